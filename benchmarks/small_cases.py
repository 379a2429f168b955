"""What the small cases in feedback cost: drawing them for an exam, and asking them of each wrong submission.

    python benchmarks/small_cases.py [--students 24] [--names padding stride]

Exams are prepared and classes are graded with small cases and without, in turn, in one run on one machine. Every second
student has one wrong function. The scores of both must be the same.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from autograde.exam import prepare
from autograde.exam.model import Exam
from autograde.run.grade import Graded, grade_cells
from autograde.sandbox import Sandbox
from tests.conftest import ASSIGNMENTS, COURSE, document, programs, submission

ROUNDS = 4


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """Wall-clock seconds of some work, and its result."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def a_class(name: str, students: int) -> list[bytes]:
    """Notebooks, every second of them with one wrong program of the bank."""
    wrong = [program for program in programs(name) if program.misconception is not None]
    replaced = [{one.function: one.source} for one in (wrong[(7 * turn) % len(wrong)] for turn in range(students))]
    return [document(submission(name, replaced[turn] if turn % 2 else None)) for turn in range(students)]


def graded(exam: Exam, notebooks: list[bytes], box: Sandbox) -> list[Graded]:
    """The results of a class."""
    name = f"{exam.assignment.name}.ipynb"
    return [grade_cells(exam, str(number), content, name, box) for number, content in enumerate(notebooks)]


def measured(name: str, students: int, box: Sandbox) -> dict[str, Any]:
    """Both ways of one assignment; the least of some rounds, for others' work only adds, after one that warms up."""
    exam = prepare.prepare(COURSE, name, 1, "cpu")
    notebooks = a_class(name, students)
    ways = {"with": exam, "without": replace(exam, small={})}
    times: dict[str, list[float]] = {"with": [], "without": [], "drawn with": [], "drawn without": []}
    shown = 0
    for turn in range(ROUNDS + 1):
        scores = {}
        for way, one in ways.items():
            taken, results = seconds(lambda one=one: graded(one, notebooks, box))
            scores[way] = [result.points for result in results]
            if way == "with":
                shown = sum(len(result.tried) for result in results)
            with patch.object(prepare, "small_cases", prepare.small_cases if way == "with" else lambda *_: ()):
                drawn, _ = seconds(lambda: prepare.prepare(COURSE, name, 1, "cpu"))
            if turn:
                times[way].append(taken)
                times[f"drawn {way}"].append(drawn)
        if scores["with"] != scores["without"]:
            raise SystemExit(f"{name}: small cases changed a score")
    least = {way: min(found) for way, found in times.items()}
    return {"assignment": name, "students": students, "small cases shown": shown, **least}


def main() -> None:
    """Prints one line an assignment."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--students", type=int, default=24)
    parser.add_argument("--names", nargs="+", default=ASSIGNMENTS, choices=ASSIGNMENTS)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    rows = []
    with Sandbox(ROOT, COURSE.policy) as box:
        for name in arguments.names:
            row = measured(name, arguments.students, box)
            rows.append(row)
            drawn, plain = row["drawn with"], row["drawn without"]
            print(
                f"{name:20} grading {row['without']:6.2f} s → {row['with']:6.2f} s ({row['with'] / row['without']:.2f}×), "
                f"an exam {plain:5.2f} s → {drawn:5.2f} s, {row['small cases shown']} shown",
                flush=True,
            )
    grading, drawing = (
        {way: sum(row[f"{what}{way}"] for row in rows) for way in ("without", "with")} for what in ("", "drawn ")
    )
    print(
        f"{'all':20} grading {grading['with'] / grading['without']:.2f}×, exams {drawing['with'] / drawing['without']:.2f}×"
    )
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
