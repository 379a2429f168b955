"""Grades a large class on a Dask cluster of processes on this machine, and records throughput, memory and the writer's share.

    python benchmarks/scale.py [--submissions 10000] [--folder DIR] [--json FILE]

A tenth of the class is graded by 1, 2, 4 ... workers up to the number of cores, with SQLite, and with PostgreSQL where it is
installed; then the whole class by as many workers as there are cores. What is cut short goes on where it was when the
same command is given again. A worker is one process with one thread, which drives one sandbox. The submitting process and
the scheduler run beside the workers, on the same cores.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from throughput import NAME, own_peak_mib, run, write_class

from autograde.course import find_course
from autograde.nbgrader_adapter.gradebook import ClassRecords
from autograde.run.classroom import ClassRun
from autograde.run.ledger import only_grader
from tests import sample_class, servers

NOTE_S = 2.0
"""Seconds between two notes of how far a session has come."""


@dataclass(frozen=True)
class Stage:
    """One class, graded once."""

    name: str
    workers: int
    submissions: int
    gradebook: str


def stages(submissions: int, cores: int) -> Iterator[Stage]:
    """What is graded, in order."""
    tenth = max(1, submissions // 10)
    counts = [count for count in (1, 2, 4, 8, 16, 32, 64) if count <= cores]
    for workers in counts:
        yield Stage(f"{workers}-sqlite", workers, tenth, "sqlite")
    if servers.postgres_programs() is not None:
        yield Stage(f"{counts[-1]}-postgresql", counts[-1], tenth, "postgresql")
    yield Stage("whole", counts[-1], submissions, "sqlite")


def resident_mib() -> float:
    """Memory that this process holds at the moment."""
    pages = int(Path("/proc/self/statm").read_text("utf-8").split()[1])
    return pages * resource.getpagesize() / 2**20


def drive(address: str, db: str | None, notes: Path) -> None:
    """Submits the class in the current folder, and notes how far it has come; runs in a process of its own."""
    course, writing_s = find_course(Path.cwd()), 0.0
    save = ClassRecords.save

    def timed_save(*arguments: Any) -> None:
        nonlocal writing_s
        began = time.perf_counter()
        save(*arguments)
        writing_s += time.perf_counter() - began

    ClassRecords.save = timed_save  # type: ignore[method-assign]
    with only_grader(course), ClassRun(course, NAME, db) as classroom:
        before = len(classroom.records)
        classroom.start(None, "cpu", 1, address)
        start, cpu, noted = time.perf_counter(), time.process_time(), 0.0
        memory: dict[int, float] = {}

        def note() -> None:
            told = {
                "graded": len(classroom.records) - before,
                "seconds": time.perf_counter() - start,
                "submitting_cpu_s": time.process_time() - cpu,
                "writing_s": writing_s,
                "resident_mib": memory,
                "peak_mib": own_peak_mib(os.getpid()),
            }
            partial = notes.with_suffix(".tmp")
            partial.write_text(json.dumps(told), "utf-8")
            os.replace(partial, notes)

        for graded, _ in enumerate(classroom.grade(), 1):
            if graded % max(1, len(classroom.todo) // 10) == 0:
                memory[before + graded] = round(resident_mib(), 1)
            if time.perf_counter() - noted > NOTE_S:
                noted = time.perf_counter()
                note()
        note()
        if classroom.failed:
            raise SystemExit(f"the grader failed on {classroom.failed[:5]}")


def make_class(folder: Path, stage: Stage, db: str | None) -> None:
    """A course with its class, released; made whole before it gets its name."""
    made = folder.with_name(f"{folder.name}.making")
    shutil.rmtree(made, ignore_errors=True)
    sample_class.make_course(made)
    if db is not None:
        with (made / "nbgrader_config.py").open("a", encoding="utf-8") as config:
            config.write(f"\nc.CourseDirectory.db_url = {db!r}\n")
    run(["autograde", "release", NAME], made)
    write_class(made, stage.submissions)
    policy = made / "autograde.toml"
    policy.write_text(policy.read_text("utf-8").replace("draw_ahead = false", "draw_ahead = true"), "utf-8")
    made.rename(folder)


@contextlib.contextmanager
def gradebook(stage: Stage, folder: Path) -> Iterator[str | None]:
    """The address of the stage's gradebook; None for the one in the course's folder."""
    if stage.gradebook == "sqlite":
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="scale-postgres-") as place, servers.postgres(Path(place)) as address:
        # A server's data goes with it, so a class in it is graded in one session.
        shutil.rmtree(folder, ignore_errors=True)
        yield address


def grade_stage(stage: Stage, base: Path) -> dict[str, Any]:
    """Grades a stage's class, in as many sessions as it takes; returns the figures."""
    folder = base / stage.name
    with gradebook(stage, folder) as db:
        if not folder.is_dir():
            make_class(folder, stage, db)
        run(["autograde", "draw", NAME], folder)  # a session takes one; without, it would hold torch in memory
        session = len(list(folder.glob("session-*.json")))
        port = servers.free_port()
        with servers.scheduler(port, folder), contextlib.ExitStack() as stack:
            for _ in range(stage.workers):
                stack.enter_context(servers.worker(port, folder))
            command = [sys.executable, str(Path(__file__).resolve()), "--drive", f"tcp://127.0.0.1:{port}"]
            command += ["--notes", str(folder / f"session-{session}.json"), *(["--db", db] if db else [])]
            subprocess.run(command, cwd=folder, check=True)
    found = figures(stage, folder)
    shutil.rmtree(folder)
    return found


def figures(stage: Stage, folder: Path) -> dict[str, Any]:
    """The sessions of a stage, added up."""
    sessions = [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("session-*.json"))]
    total = {key: sum(one[key] for one in sessions) for key in ("graded", "seconds", "submitting_cpu_s", "writing_s")}
    notebooks = len(list((folder / "autograded").glob(f"*/{NAME}/{NAME}.ipynb")))
    if notebooks != stage.submissions:
        raise SystemExit(f"{stage.name}: {notebooks} graded notebooks, expected {stage.submissions}")
    memory = {int(at): mib for one in sessions for at, mib in one["resident_mib"].items()}
    return {
        **asdict(stage),
        "sessions": len(sessions),
        **{key: round(value, 3) for key, value in total.items()},
        "per_second": round(total["graded"] / total["seconds"], 3),
        "writers_share": round(total["writing_s"] / total["seconds"], 4),
        "resident_mib": memory,
        "peak_mib": round(max(one["peak_mib"] for one in sessions)),
    }


def show(found: list[dict[str, Any]]) -> None:
    """Prints the stages."""
    print(f"{'stage':16}{'workers':>8}{'submissions':>12}{'a second':>10}{'writing':>9}{'peak':>10}  resident at")
    for one in found:
        first, *_, last = [*one["resident_mib"].items()] * 2
        memory = f"{first[0]}: {first[1]:.0f} MiB, {last[0]}: {last[1]:.0f} MiB"
        share = f"{100 * one['writers_share']:.1f}%"
        print(
            f"{one['name']:16}{one['workers']:>8}{one['submissions']:>12}{one['per_second']:>10.2f}{share:>9}"
            f"{one['peak_mib']:>6} MiB  {memory}",
            flush=True,
        )


def main() -> None:
    """Runs what is missing, and prints and records all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--submissions", type=int, default=10_000)
    parser.add_argument(
        "--folder", type=Path, help="where the classes are made (default: in the folder for temporary files)"
    )
    parser.add_argument("--json", type=Path)
    parser.add_argument("--drive", metavar="ADDRESS", help=argparse.SUPPRESS)
    parser.add_argument("--notes", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--db", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.drive:
        drive(arguments.drive, arguments.db, arguments.notes)
        return
    cores = os.cpu_count() or 1
    base = arguments.folder or Path(tempfile.gettempdir()) / f"autograde-scale-{arguments.submissions}"
    base.mkdir(parents=True, exist_ok=True)
    kept = base / "stages.json"
    done = json.loads(kept.read_text("utf-8")) if kept.exists() else []
    for stage in stages(arguments.submissions, cores):
        if any(one["name"] == stage.name for one in done):
            continue
        done.append(grade_stage(stage, base))
        kept.write_text(json.dumps(done), "utf-8")
        show(done[-1:])
    show(done)
    if arguments.json:
        told = {"submissions": arguments.submissions, "cores": cores, "machine": platform.machine(), "stages": done}
        arguments.json.write_text(json.dumps(told, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
