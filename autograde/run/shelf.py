"""Exams drawn ahead, so that a run begins at once and imports no torch.

The promise is that nobody who hands work in can know the inputs that it will be asked. An exam that is drawn when the
run begins keeps it by not existing yet. An exam drawn ahead may be older than the work, and keeps it by being secret:

- It lies in a folder that the grader's account alone can open (0700). Where that cannot be had, there is no shelf.
  Students' code sees neither the folder nor anything else of the course. A run without isolation lets it see both, so
  such a run takes nothing from the shelf, and empties it.
- One run takes it. It is gone from the disk before the first student's code starts, and no later run can have it: what
  that code prints of the inputs, or feedback tells of them, is of no use for work that comes after.
- It is bound to all that decides a score: the grader, the questions, what students were given, the versions of
  Python, NumPy and torch, the book's addresses that feedback names. When one of them changes, it is thrown away.

Whoever can read the folder can read the solutions, too. A course that wants the literal rule, a seed that did not
exist when the work was handed in, sets `draw_ahead = false`.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.metadata
import os
import pickle
import platform
import secrets
import stat
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from autograde.course import Course
from autograde.errors import UsageError
from autograde.exam.model import Exam
from autograde.exam.prepare import new_seed, pages, prepare
from autograde.run.ledger import combined, exam_digests

_PARTIAL = ".partial-"
_BACKGROUND = "import os, sys; os.nice(10); from autograde.cli import main; sys.exit(main(sys.argv[1:]))"


def _decides(course: Course, name: str) -> str:
    """A digest of all that an exam depends on besides its seed."""
    torch = importlib.metadata.version("torch")
    parts = {**exam_digests(course, name), "versions": f"{platform.python_version()} {np.__version__} {torch}"}
    return combined((part, value.encode()) for part, value in parts.items())[:32]


class Shelf:
    """A course's exams drawn ahead, a file each: NAME.DIGEST.DEVICE.TOKEN."""

    def __init__(self, course: Course) -> None:
        self._course = course
        self.folder = course.state / "exams"

    def _secret(self) -> bool:
        """Whether the folder is there, ours, and closed to everyone else."""
        try:
            found = self.folder.lstat()
        except OSError:
            return False
        return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077

    def _files(self, name: str) -> list[Path]:
        """The exams of an assignment that still hold; those that do not are thrown away."""
        if not self._secret():
            return []
        digest = _decides(self._course, name)
        held = []
        for path in sorted(self.folder.glob(f"{name}.*.*.*")):
            owner, made_from, _, _ = path.name.rsplit(".", 3)
            if owner == name and made_from == digest:
                held.append(path)
            elif owner == name:
                path.unlink(missing_ok=True)
        return held

    def count(self, name: str) -> int:
        """How many exams of an assignment are at hand."""
        return len(self._files(name))

    def take(self, name: str, device: str = "auto") -> Exam | None:
        """An exam that nobody else gets, or None where there is none for the device."""
        for path in self._files(name):
            if device not in ("auto", path.name.rsplit(".", 3)[2]):
                continue
            content = self._claim(path)
            exam = None if content is None else self._read(content)
            if exam is not None:
                return exam
        return None

    def _claim(self, path: Path) -> bytes | None:
        """The content of a file, which is gone from the disk; None where another run was faster, or it is not ours."""
        try:
            with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
                if os.fstat(file.fileno()).st_uid != os.geteuid():
                    return None
                path.unlink()  # for one process alone this succeeds
                folder = os.open(self.folder, os.O_RDONLY)
                try:
                    os.fsync(folder)  # so that a power cut does not bring back what is used
                finally:
                    os.close(folder)
                return file.read()
        except OSError:
            return None

    def _read(self, content: bytes) -> Exam | None:
        try:
            addresses, exam = pickle.loads(content)  # the grader's own file, in a folder that is its own
        except Exception:  # noqa: BLE001  (cut off by a power cut: pickle raises what it likes, and another is drawn)
            return None
        page = self._course.content.page
        return exam if all(page(label) == address for label, address in addresses.items()) else None

    def fill(self, names: Sequence[str], device: str, count: int) -> Iterator[str]:
        """Draws until each assignment has `count` exams at hand, one of each first; yields a name for each drawn.

        Nothing is drawn while another process draws.

        Raises:
            UsageError: the folder cannot be kept from others' eyes, or no such assignment or device.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self._secret():
            raise UsageError(
                f"{self.folder} is not closed to others, so exams cannot be drawn ahead: make it yours, with mode "
                "0700, or set draw_ahead = false"
            )
        with (self.folder / "lock").open("a") as lock, contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for cut_short in self.folder.glob(f"{_PARTIAL}*"):
                cut_short.unlink()
            for wanted in range(1, count + 1):
                for name in names:
                    if self.count(name) < wanted and self._draw(name, device):
                        yield name

    def _draw(self, name: str, device: str) -> bool:
        """Draws one; False where what decides it has changed meanwhile."""
        digest = _decides(self._course, name)
        exam = prepare(self._course, name, new_seed(), device)
        content = pickle.dumps((pages(self._course, name), exam), protocol=5)
        if _decides(self._course, name) != digest:
            return False
        partial = self.folder / f"{_PARTIAL}{secrets.token_hex(8)}"
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        os.replace(partial, self.folder / f"{name}.{digest}.{exam.device.split()[0]}.{secrets.token_hex(8)}")
        return True

    def clear(self) -> None:
        """Throws all away: somebody may have seen them."""
        for path in (*self.folder.glob("*.*.*.*"), *self.folder.glob(f"{_PARTIAL}*")):
            path.unlink(missing_ok=True)


def exam_for(course: Course, name: str, seed: int | None, device: str, isolated: bool = True) -> Exam:
    """The exam of one run: of this seed; without one, from the shelf; or drawn now, from a new seed.

    Raises:
        UsageError: no such assignment, no such device, or a graded cell without a question.
    """
    if not isolated:
        Shelf(course).clear()
    elif seed is None and course.policy.draw_ahead:
        found = Shelf(course).take(name, device)
        if found is not None:
            return found
    return prepare(course, name, new_seed() if seed is None else seed, device)


def draw_later(course: Course, names: Sequence[str], device: str, count: int) -> None:
    """Starts a process of low priority that draws what is missing and outlives this one; its words go into a log."""
    if not course.policy.draw_ahead or all(Shelf(course).count(name) >= count for name in names):
        return
    course.state.mkdir(exist_ok=True)
    log = str(course.state / "draw.log")
    command = ["--course", str(course.root), "draw", *names, "--count", str(count), "--device", device]
    spawn_apart([sys.executable, "-c", _BACKGROUND, *command], log)


def spawn_apart(command: Sequence[str], log: str) -> None:
    """Starts a process in a session of its own, which nobody waits for."""
    new = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    opened = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0), (os.POSIX_SPAWN_OPEN, 1, log, new, 0o600)]
    streams = [*opened, (os.POSIX_SPAWN_DUP2, 1, 2)]
    os.posix_spawn(command[0], list(command), os.environ, file_actions=streams, setsid=True)
