"""Grades classes in several ways, in one run on one machine, checks that the scores agree, and prints a table.

    python benchmarks/throughput.py [--students 20 200] [--plain 20] [--otter BIN] [--json FILE]

`autograde grade` is timed with an exam at hand, as a course keeps one for each assignment, and with one that is drawn when
the run begins. A run is timed whole, from the command to its end; the first line is timed on the terminal.

Plain nbgrader is nbgrader 0.9.6 as it comes: hidden tests compare against torch in the student's kernel. The floor is
a fresh Python with NumPy for each submission that runs the cells and calls the functions, and checks nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests import sample_class
from tests.conftest import COURSE, exam_of, programs

NAME = "filter_arithmetic"
PLAIN_CONFIG = """
c = get_config()
c.CourseDirectory.source_directory = "source"
c.CourseDirectory.release_directory = "exercises"
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\\nraise NotImplementedError()"}
"""
FLOOR = """
import json, pickle, sys
import numpy as np
cases = pickle.load(open(sys.argv[2], "rb"))
namespace = {"np": np}
for cell in json.load(open(sys.argv[1]))["cells"]:
    grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
    if cell["cell_type"] == "code" and not grade_id.startswith("test_") and grade_id != "setup":
        exec("".join(cell["source"]), namespace)
for function, calls in cases.items():
    for args, kwargs in calls:
        try:
            namespace[function](*args, **kwargs)
        except Exception:
            pass
"""


def write_class(folder: Path, students: int) -> None:
    """Every fourth student has one wrong function; the others are right in different ways."""
    bank = list(programs(NAME))
    right = [p for p in bank if p.misconception is None]
    wrong = [p for p in bank if p.misconception is not None]
    for number in range(students):
        replaced = {p.function: p.source for p in right[number % 5 :: 3]}
        if number % 4 == 3:
            program = wrong[number % len(wrong)]
            replaced[program.function] = program.source
        path = folder / "submitted" / f"s{number:04d}" / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        notebook = json.loads((COURSE.exercises / NAME / f"{NAME}.ipynb").read_text("utf-8"))
        solved = {cell.id: cell.source for cell in exam_of(NAME).assignment.cells if cell.role == "solution"} | replaced
        for cell in notebook["cells"]:
            if cell["id"] in solved:
                cell["source"] = solved[cell["id"]].splitlines(keepends=True)
        path.write_text(json.dumps(notebook), "utf-8")


def gradebook_scores(folder: Path) -> dict[str, dict[str, float]]:
    """Points by student and function, as the gradebook has them."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as book:
        return {
            entry.student.id: {g.name: g.auto_score for nb in entry.notebooks for g in nb.grades}
            for entry in book.assignment_submissions(NAME)
        }


FIRST = re.compile(rb"\\| [1-9][0-9]*/[0-9]+ ")
"""The bar of `autograde grade` when the first submission is graded."""


@dataclass(frozen=True)
class Timed:
    """A command: wall-clock seconds to its end and to its first result on the terminal, and the most memory that it held."""

    seconds: float
    first_s: float | None
    peak_mib: float


def own_peak_mib(pid: int) -> float:
    """The most memory that a process has held so far."""
    found = re.search(r"^VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text("utf-8"), re.M)
    return int(found[1]) / 1024 if found else 0.0


def timed(command: list[str], folder: Path) -> Timed:
    """Runs a command that must succeed."""
    programs_folder = Path(sys.executable).parent
    environment = {
        **os.environ,
        "PATH": f"{programs_folder}{os.pathsep}{os.environ['PATH']}",
        "PYTHONWARNINGS": "ignore",
    }
    said, first, peak = b"", None, 0.0
    start = time.perf_counter()
    with (folder / "stdout.txt").open("wb") as out:
        done = subprocess.Popen(
            [str(programs_folder / command[0]), *command[1:]],
            cwd=folder,
            env=environment,
            stdout=out,
            stderr=subprocess.PIPE,
        )
        assert done.stderr is not None
        while piece := os.read(done.stderr.fileno(), 65536):
            said += piece
            # Asked of the process itself: what the kernel sums up at its end begins with this process's own size.
            peak = max(peak, own_peak_mib(done.pid))
            if first is None and FIRST.search(said):
                first = time.perf_counter() - start
        code = done.wait()
        done.stderr.close()
    if code != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{said.decode(errors='replace')[-3000:]}")
    return Timed(time.perf_counter() - start, first, peak)


def run(command: list[str], folder: Path) -> float:
    """Wall-clock seconds of a command that must succeed."""
    return timed(command, folder).seconds


def ours(folder: Path, students: int, jobs: int, ahead: bool) -> tuple[Timed, dict]:
    """`autograde grade`, with an exam at hand or without, and its scores."""
    sample_class.make_course(folder)
    run(["autograde", "release", NAME], folder)
    write_class(folder, students)
    if ahead:
        # Two, so that one stays and no process draws another one beside what is timed next.
        run(["autograde", "draw", NAME, "--count", "2"], folder)
        policy = folder / "autograde.toml"
        policy.write_text(policy.read_text("utf-8").replace("draw_ahead = false", "draw_ahead = true"), "utf-8")
    found = timed(["autograde", "grade", NAME, "--jobs", str(jobs), "--json", "report.json"], folder)
    assert found.first_s is not None, "the first result was not seen"
    return found, gradebook_scores(folder)


def plain_course(folder: Path) -> None:
    """A course under nbgrader's own configuration, with our hidden tests, which compare with torch in the kernel."""
    sample_class.make_course(folder)
    run(["autograde", "release", NAME], folder)
    for made in (folder / "exercises" / NAME, folder / ".autograde"):
        shutil.rmtree(made, ignore_errors=True)
    (folder / "gradebook.db").unlink()
    (folder / "nbgrader_config.py").write_text(PLAIN_CONFIG)
    run(["nbgrader", "generate_assignment", NAME], folder)


def plain(folder: Path, students: int) -> tuple[float, dict]:
    """Seconds and scores of `nbgrader autograde` without any configuration of ours."""
    plain_course(folder)
    write_class(folder, students)
    seconds = run(["nbgrader", "autograde", NAME], folder)
    return seconds, gradebook_scores(folder)


def floor(folder: Path, jobs: int) -> float:
    """Seconds of one bare Python a submission, `jobs` at a time."""
    import pickle

    cases = {function: [(c[0], dict(c[1])) for c in ask.cases] for function, ask in exam_of(NAME).asks.items()}
    (folder / "cases.pkl").write_bytes(pickle.dumps(cases))
    (folder / "floor.py").write_text(FLOOR)
    python = str(ROOT / COURSE.policy.student_python)
    paths = sorted((folder / "submitted").glob(f"*/{NAME}/{NAME}.ipynb"))

    def one(path: Path) -> None:
        command = [python, str(folder / "floor.py"), str(path), str(folder / "cases.pkl")]
        subprocess.run(command, check=True, env={"OPENBLAS_NUM_THREADS": "1"}, capture_output=True)

    start = time.perf_counter()
    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(one, paths))
    return time.perf_counter() - start


OTTER_TEST = """
>>> import pickle, numpy as np
>>> cases = pickle.load(open({path!r}, "rb"))[{function!r}]
>>> bool(all(np.shape({function}(*args)) == want.shape for args, want in cases))
True
>>> bool(all(np.allclose({function}(*args), want, atol=1e-6) for args, want in cases))
True
"""


def otter(folder: Path, students: int, programs_folder: Path) -> tuple[float, dict]:
    """Seconds and scores of one `otter run` a submission; expected answers are precomputed, so that torch is not needed."""
    import pickle
    import zipfile

    exam = exam_of(NAME)
    folder.mkdir()
    answers = folder / "answers.pkl"
    pairs = {
        f: [(c[0], e.value) for c, e in zip(ask.cases, exam.expectations[f], strict=True)]
        for f, ask in exam.asks.items()
    }
    answers.write_bytes(pickle.dumps(pairs))
    with zipfile.ZipFile(folder / "autograder.zip", "w") as bundle:
        bundle.writestr("otter_config.json", "{}")
        for name, content in exam.files.items():
            bundle.writestr(f"files/{name}", content)
        for function, points in exam.assignment.points.items():
            code = OTTER_TEST.format(path=str(answers), function=function).strip()
            case = {"code": code, "hidden": False, "locked": False}
            suite = {"cases": [case], "scored": True, "setup": "", "teardown": "", "type": "doctest"}
            test = {"name": function, "points": points, "suites": [suite]}
            bundle.writestr(f"tests/{function}.py", f"OK_FORMAT = True\ntest = {test!r}\n")
    write_class(folder, students)
    environment = {**os.environ, "PATH": f"{programs_folder}{os.pathsep}{os.environ['PATH']}"}
    scores = {}
    start = time.perf_counter()
    for path in sorted((folder / "submitted").glob(f"*/{NAME}/{NAME}.ipynb")):
        command = [str(programs_folder / "otter"), "run", "-a", str(folder / "autograder.zip"), path.name]
        subprocess.run(command, cwd=path.parent, env=environment, check=True, capture_output=True)
        results = json.loads((path.parent / "results.json").read_text("utf-8"))["tests"]
        scores[path.parts[-3]] = {f"test_{t['name']}": t["score"] for t in results if "score" in t}
    return time.perf_counter() - start, scores


def differences(one: dict, other: dict) -> list[str]:
    """Students whose scores the two ways of grading disagree on; all or nothing is plain nbgrader's way."""
    best = exam_of(NAME).assignment.points
    wrong = []
    for student in one.keys() & other.keys():
        for cell, points in one[student].items():
            full = points == best[cell.removeprefix("test_")]
            if full != (other[student][cell] == best[cell.removeprefix("test_")]):
                wrong.append(f"{student} {cell}: {points} and {other[student][cell]}")
    return wrong


AHEAD, FRESH, FLOOR_ROW, PLAIN = (
    "autograde grade",
    "autograde grade, exam drawn in the run",
    "bare Python (floor)",
    "plain nbgrader",
)
OTTER = "otter-grader (otter run)"


def agree(one: dict, other: dict, whose: str) -> None:
    """Stops the benchmark where two ways of grading disagree."""
    disagreeing = differences(one, other)
    if disagreeing:
        raise SystemExit(f"{whose} scores disagree: " + "; ".join(disagreeing))


def one_class(base: Path, students: int, arguments: argparse.Namespace) -> dict:
    """One class graded in every way: seconds a submission, and how many submissions each way graded."""
    count = students if arguments.plain is None else min(arguments.plain, students)
    rows, graded = {}, {}

    def note(way: str, seconds: float, many: int) -> None:
        rows[way], graded[way] = seconds / many, many

    kept, scores = ours(base / "ours", students, arguments.jobs, ahead=True)
    note(AHEAD, kept.seconds, students)
    fresh, fresh_scores = ours(base / "fresh", students, arguments.jobs, ahead=False)
    note(FRESH, fresh.seconds, students)
    agree(scores, fresh_scores, "drawn ahead and fresh")
    note(FLOOR_ROW, floor(base / "ours", arguments.jobs), students)
    if count:
        seconds, plain_scores = plain(base / "plain", count)
        note(PLAIN, seconds, count)
        agree(scores, plain_scores, "ours and plain nbgrader's")
    if arguments.otter:
        seconds, otter_scores = otter(base / "otter", count, arguments.otter.absolute())
        note(OTTER, seconds, count)
        agree(scores, otter_scores, "ours and otter's")
    first = {AHEAD: kept.first_s, FRESH: fresh.first_s}
    return {
        "students": students,
        "rows": rows,
        "graded": graded,
        "first_line_s": first,
        "peak_mib": {AHEAD: round(kept.peak_mib), FRESH: round(fresh.peak_mib)},
    }


def show(one: dict, jobs: int) -> None:
    """Prints a class's table."""
    rows, floor_s = one["rows"], one["rows"][FLOOR_ROW]
    print(f"{one['students']} submissions of {NAME}, {jobs} jobs, {os.cpu_count()} cores, {platform.machine()}")
    print(
        f"{'':40}{'s a submission':>16}{'throughput against plain':>26}{'against the floor':>19}{'first line':>12}{'its own memory':>17}"
    )
    for name, seconds in rows.items():
        ratio = f"{rows[PLAIN] / seconds:.1f}x" if PLAIN in rows else "-"
        first = f"{one['first_line_s'][name]:.2f} s" if name in one["first_line_s"] else "-"
        peak = f"{one['peak_mib'][name]} MiB" if name in one["peak_mib"] else "-"
        print(f"{name:40}{seconds:>16.3f}{ratio:>26}{seconds / floor_s:>18.2f}x{first:>12}{peak:>17}")
    print(f"scores agree on {one['graded'].get(PLAIN, 0)} submissions\n", flush=True)


def main() -> None:
    """Runs the comparison and prints it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, nargs="+", default=[20, 200])
    parser.add_argument("--plain", type=int, default=20, help="how many of them plain nbgrader grades (default: 20)")
    parser.add_argument(
        "--otter", type=Path, metavar="BIN", help="bin folder of an environment with otter-grader and ipykernel"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    classes = []
    for students in arguments.students:
        with tempfile.TemporaryDirectory() as temporary:
            classes.append(one_class(Path(temporary), students, arguments))
        show(classes[-1], arguments.jobs)
    if arguments.json:
        told = {"jobs": arguments.jobs, "cores": os.cpu_count(), "classes": classes}
        arguments.json.write_text(json.dumps(told, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
