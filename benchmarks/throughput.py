"""Grades one class in several ways, in one run on one machine, checks that the scores agree, and prints a table.

    python benchmarks/throughput.py [--students 20] [--plain 20] [--otter BIN] [--json FILE]

Plain nbgrader is nbgrader 0.9.6 as it comes: hidden tests compare against torch in the student's kernel. The floor is
a fresh Python with NumPy for each submission that runs the cells and calls the functions, and checks nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests import sample_class
from tests.conftest import COURSE, exam_of, programs

NAME = "filter_arithmetic"
PLAIN_CONFIG = """
c = get_config()
c.CourseDirectory.source_directory = "solutions"
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


def run(command: list[str], folder: Path) -> float:
    """Wall-clock seconds of a command that must succeed."""
    programs_folder = Path(sys.executable).parent
    environment = {
        **os.environ,
        "PATH": f"{programs_folder}{os.pathsep}{os.environ['PATH']}",
        "PYTHONWARNINGS": "ignore",
    }
    start = time.perf_counter()
    done = subprocess.run(
        [str(programs_folder / command[0]), *command[1:]],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr[-3000:]}")
    return time.perf_counter() - start


def ours(folder: Path, students: int, jobs: int) -> tuple[float, dict]:
    """Seconds and scores of `autograde grade`, start-up and gradebook included."""
    sample_class.make_course(folder)
    run(["autograde", "release", NAME], folder)
    write_class(folder, students)
    seconds = run(["autograde", "grade", NAME, "--jobs", str(jobs), "--json", "report.json"], folder)
    return seconds, gradebook_scores(folder)


def plain(folder: Path, students: int) -> tuple[float, dict]:
    """Seconds and scores of `nbgrader autograde` without any configuration of ours."""
    folder.mkdir()
    (folder / "nbgrader_config.py").write_text(PLAIN_CONFIG)
    (folder / "solutions").mkdir()
    shutil.copytree(COURSE.sources / NAME, folder / "solutions" / NAME)
    run(["nbgrader", "generate_assignment", NAME], folder)
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


def main() -> None:
    """Runs the comparison and prints it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=20)
    parser.add_argument("--plain", type=int, help="how many of them plain nbgrader grades (default: all)")
    parser.add_argument(
        "--otter", type=Path, metavar="BIN", help="bin folder of an environment with otter-grader and ipykernel"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    count = arguments.students if arguments.plain is None else arguments.plain
    with tempfile.TemporaryDirectory() as temporary:
        base = Path(temporary)
        own, own_scores = ours(base / "ours", arguments.students, arguments.jobs)
        peak_mib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        bare = floor(base / "ours", arguments.jobs)
        rows = {"autograde grade": own / arguments.students, "bare Python (floor)": bare / arguments.students}
        if count:
            seconds, scores = plain(base / "plain", count)
            rows["plain nbgrader"] = seconds / count
            disagreeing = differences(own_scores, scores)
            if disagreeing:
                raise SystemExit("scores disagree: " + "; ".join(disagreeing))
        if arguments.otter:
            seconds, scores = otter(base / "otter", count, arguments.otter.absolute())
            rows["otter-grader (otter run)"] = seconds / count
            disagreeing = differences(own_scores, scores)
            if disagreeing:
                raise SystemExit("otter's scores disagree: " + "; ".join(disagreeing))
    print(
        f"{arguments.students} submissions of {NAME}, {arguments.jobs} jobs, {os.cpu_count()} cores, {platform.machine()}"
    )
    print(f"{'':24}{'s a submission':>16}{'throughput against plain':>26}{'against the floor':>19}")
    for name, seconds in rows.items():
        ratio = f"{rows['plain nbgrader'] / seconds:.1f}x" if count else "-"
        print(f"{name:24}{seconds:>16.3f}{ratio:>26}{rows['bare Python (floor)'] / seconds:>18.2f}x")
    if count:
        print(f"scores agree on {count} submissions")
    print(f"largest process of autograde: {peak_mib:.0f} MiB")
    if arguments.json:
        arguments.json.write_text(
            json.dumps(
                {"students": arguments.students, "jobs": arguments.jobs, "peak_mib": round(peak_mib), "rows": rows},
                indent=1,
            )
        )


if __name__ == "__main__":
    main()
