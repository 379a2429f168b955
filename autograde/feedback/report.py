"""Results as data: the JSON that `--json` writes, and the tables that the command line prints."""

from __future__ import annotations

import importlib.metadata
import platform
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np

import autograde
from autograde.exam.model import Exam
from autograde.feedback import cards
from autograde.run.grade import Graded


def versions() -> dict[str, str]:
    """Versions of what decides a score."""
    return {
        "autograde": autograde.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "torch": importlib.metadata.version("torch"),
    }


def submission_record(exam: Exam, graded: Graded) -> dict[str, Any]:
    """One submission as the JSON Schema describes it."""
    functions = {
        function: {
            "points": graded.points[function],
            "max_points": exam.assignment.points[function],
            "verdict": finding.verdict,
            "misconception": finding.misconception,
            "message": cards.message(exam.rubric[function], finding),
        }
        for function, finding in graded.findings.items()
    }
    return {
        "student": graded.student,
        "score": round(graded.score, 4),
        "max_score": exam.assignment.max_score,
        "reason": graded.reason or None,
        "functions": functions,
    }


def report(exam: Exam, records: list[dict[str, Any]], isolated: bool) -> dict[str, Any]:
    """The whole report as report.schema.json describes it."""
    return {
        "assignment": exam.assignment.name,
        "device": exam.device,
        "seed": exam.seed,
        "isolated": isolated,
        "versions": versions(),
        "submissions": sorted(records, key=lambda record: record["student"]),
    }


def class_table(exam: Exam, records: Iterable[dict[str, Any]]) -> str:
    """One line a student: points by function, and the score."""
    functions = list(exam.assignment.points)
    rows = sorted(records, key=lambda record: record["student"])
    width = max([7, *(len(row["student"]) for row in rows)])
    headings = [name if len(name) <= 16 else name[:15] + "…" for name in functions]
    lines = [f"{'student':<{width}}  " + "  ".join(f"{h:>16}" for h in headings) + f"  {'score':>11}"]
    for row in rows:
        cells = []
        for function in functions:
            item = row["functions"].get(function)
            if item is None:  # graded when the assignment had no such function
                cells.append("–".rjust(16))
                continue
            short = "" if item["verdict"] == "correct" else f" {item['verdict']}"
            cells.append(f"{item['points']:g}{short}"[:16].rjust(16))
        lines.append(f"{row['student']:<{width}}  {'  '.join(cells)}  {row['score']:>5g} of {row['max_score']:g}")
    return "\n".join(lines)


def misunderstood(exam: Exam, records: Iterable[dict[str, Any]]) -> str:
    """What students misunderstood, most frequent first: number of students, idea, functions."""
    students: Counter[str] = Counter()
    ideas: dict[str, str] = {}
    where: dict[str, set[str]] = {}
    for record in records:
        held = {
            (item["misconception"], function) for function, item in record["functions"].items() if item["misconception"]
        }
        students.update({key for key, _ in held})
        for key, function in held:
            where.setdefault(key, set()).add(function)
            idea = exam.rubric[function].idea(key) if function in exam.rubric else None
            ideas[key] = "an idea that the assignment no longer knows" if idea is None else idea.text
    if not students:
        return "no misconception was recognized"
    ordered = sorted(students.items(), key=lambda item: (-item[1], item[0]))
    return "\n".join(f"{n:>4}  {key} ({', '.join(sorted(where[key]))}): {ideas[key]}" for key, n in ordered)
