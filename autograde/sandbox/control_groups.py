"""Control groups: one for each submission, so that the memory of all its processes and files is counted together.

A limit on a process counts neither what lies in a memory file nor what the process's children take. The kernel's
control groups count both, where the grader may make one: as root, or in a session whose groups were delegated to it
(`systemd-run --user --scope`). Version 2 is taken where it has the memory controller, version 1 otherwise.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

MOUNT = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")
PREFIX = "autograde-"
Limits = Mapping[str, str]
_numbers = itertools.count()


def _unified(mount: Path, path: str) -> Path | None:
    """The nearest group above the grader's, of version 2, in which groups with a limit on memory can be made."""
    folder = mount / path.lstrip("/")
    for candidate in (folder, *folder.parents):
        if not candidate.is_relative_to(mount):
            return None
        with contextlib.suppress(OSError):
            handed_on = (candidate / "cgroup.subtree_control").read_text("ascii").split()
            if {"memory", "pids"} <= set(handed_on) and os.access(candidate, os.W_OK):
                return candidate
    return None


def places(mount: Path = MOUNT, own: Path = OWN) -> tuple[Path, ...]:
    """The folders in which this process may make groups: one of version 2, two of version 1, or none."""
    try:
        lines = own.read_text("utf-8").splitlines()
    except OSError:
        return ()
    paths = {names: path for _, names, path in (line.split(":", 2) for line in lines)}
    if "" in paths:
        unified = _unified(mount, paths[""])
        if unified is not None:
            return (unified,)
    first = [mount / name / paths[name].lstrip("/") for name in ("memory", "pids") if name in paths]
    if len(first) == 2 and all(os.access(folder / "cgroup.procs", os.W_OK) for folder in first):
        return tuple(first)
    return ()


def _write(folder: Path, limits: Limits) -> None:
    for name, value in limits.items():
        path = folder / name
        if path.exists():  # swap and group kills are not on every kernel; the limits themselves are
            path.write_text(value, "ascii")


def _limits(memory_mib: int, processes: int) -> Limits:
    """What is written into a group, whichever of these files it has."""
    size = str(memory_mib << 20)
    return {
        "memory.max": size,
        "memory.swap.max": "0",
        "memory.limit_in_bytes": size,
        "memory.memsw.limit_in_bytes": size,
        "pids.max": str(processes),
    }


def _remove_left(place: Path) -> None:
    """Removes the empty groups of graders that were killed."""
    for folder in place.glob(f"{PREFIX}*-*"):
        pid = folder.name.removeprefix(PREFIX).split("-")[0]
        if not Path("/proc", pid).exists():
            _remove(folder)


def _remove(folder: Path) -> None:
    # Another grader may be faster, and the kernel may hold a group for a moment: the next grader removes it.
    with contextlib.suppress(OSError):
        folder.rmdir()


@contextlib.contextmanager
def group(memory_mib: int, processes: int, found: tuple[Path, ...] | None = None) -> Iterator[list[Path]]:
    """A group with these limits, gone afterwards: the files into which who writes "0" is in it; none without groups.

    Args:
        memory_mib: for all processes together, files in memory included.
        processes: processes and threads at a time.
        found: where to make it, `places` by default.
    """
    name = f"{PREFIX}{os.getpid()}-{next(_numbers)}"
    with contextlib.ExitStack() as stack:
        entries: list[Path] = []
        try:
            for place in places() if found is None else found:
                _remove_left(place)
                (place / name).mkdir()
                stack.callback(_remove, place / name)
                _write(place / name, _limits(memory_mib, processes))
                entries.append(place / name / "cgroup.procs")
        except OSError:
            entries = []  # a read-only mount, as in containers; `autograde doctor` says that there are no groups
        yield entries


def entering(entries: list[Path], command: list[str]) -> list[str]:
    """The command that goes into a group and then becomes `command`."""
    if not entries:
        return command
    # Where a group may be made but not entered, the limits of each process remain; `works` is what tells.
    script = 'while [ "$1" != -- ]; do { echo 0 > "$1"; } 2> /dev/null; shift; done; shift; exec "$@"'
    return ["/bin/sh", "-c", script, "sh", *map(str, entries), "--", *command]


def works() -> bool:
    """Whether a process that this one starts can be put into a group."""
    with group(64, 16) as entries:
        probe = entering(entries, ["/bin/cat", "/proc/self/cgroup"])
        done = subprocess.run(probe, capture_output=True, text=True, timeout=10, check=False)
        return bool(entries) and all(f"/{entry.parent.name}" in done.stdout for entry in entries)
