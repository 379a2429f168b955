"""Grades the corpus of dishonest and unlucky submissions with plain nbgrader and with this grader, and prints both.

    python benchmarks/integrity.py [--json FILE] [--family NAME]

Plain nbgrader runs students' code as whoever calls it, so entries that exhaust the machine are left out of its column
("not run"), and the others run with a limit on memory, processes and time. Each entry is a class of one, beside an
honest student, so that what one entry does to the command is seen by itself.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from throughput import plain_course

from tests import sample_class
from tests.corpus import CORPUS, NAME, Entry, write_corpus

BIN = Path(sys.executable).parent
ENVIRONMENT = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "PYTHONWARNINGS": "ignore"}
LIMITS = ["timeout", "120", "prlimit", "--as=8589934592", "--cpu=100", "--fsize=104857600"]


def scores(folder: Path) -> dict[str, float]:
    """Scores by student, as the gradebook has them."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as book:
        return {entry.student.id: entry.score for entry in book.assignment_submissions(NAME)}


def with_plain(entry: Entry, honest: Entry, template: Path, base: Path) -> tuple[float | None, float | None]:
    """The entry's score and its honest neighbor's with plain nbgrader; None where there is none."""
    folder = base / entry.name
    shutil.copytree(template, folder)
    write_corpus(folder / "submitted", [honest, entry] if entry.name != honest.name else [honest])
    subprocess.run(
        [*LIMITS, BIN / "nbgrader", "autograde", NAME], cwd=folder, capture_output=True, check=False, env=ENVIRONMENT
    )
    found = scores(folder)
    graded = {s: v for s, v in found.items() if (folder / "autograded" / s / NAME / f"{NAME}.ipynb").exists()}
    return graded.get(entry.name), graded.get(honest.name)


def with_ours(base: Path) -> dict[str, float]:
    """Scores of the whole corpus, one class, with this grader."""
    folder = base / "ours"
    sample_class.make_course(folder)
    (folder / "autograde.toml").write_text("draw_ahead = false\ncell_timeout_s = 2\ntotal_timeout_s = 20\n")
    write_corpus(folder / "submitted")
    for command in (["release", NAME], ["grade", NAME]):
        subprocess.run([BIN / "autograde", *command], cwd=folder, check=True, capture_output=True, env=ENVIRONMENT)
    return scores(folder)


def judge(entry: Entry, score: float | None) -> str:
    """What a score means for this entry."""
    if score is None:
        return "no score"
    return "right" if score == entry.earns else "UNEARNED" if score > entry.earns else "LOST"


def main() -> None:
    """Runs the comparison and prints it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--family")
    arguments = parser.parse_args()
    chosen = [entry for entry in CORPUS if arguments.family in (None, entry.family)]
    honest = next(entry for entry in CORPUS if entry.name == "honest-1")
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        base = Path(temporary)
        plain_course(base / "template")
        own = with_ours(base)
        for entry in chosen:
            plain, neighbor = (None, None) if entry.heavy else with_plain(entry, honest, base / "template", base)
            harmed = not entry.heavy and neighbor != honest.earns
            verdict = "not run" if entry.heavy else judge(entry, plain) + (", neighbor harmed" if harmed else "")
            rows.append(
                (
                    entry.family,
                    entry.name,
                    entry.tries,
                    entry.earns,
                    plain,
                    verdict,
                    own.get(entry.name),
                    judge(entry, own.get(entry.name)),
                )
            )
            print(f"{entry.family:11} {entry.name:24} {verdict:28} {rows[-1][-1]:10} {entry.tries}", flush=True)
    print()
    for column, title in ((5, "plain nbgrader"), (7, "autograde")):
        counts = Counter(row[column].split(",")[0] for row in rows)
        print(f"{title:16} " + ", ".join(f"{key} {n}" for key, n in sorted(counts.items())))
    print(f"{'':16} neighbor harmed by plain nbgrader: {sum('harmed' in row[5] for row in rows)}")
    if arguments.json:
        keys = ("family", "name", "tries", "earns", "plain", "plain_verdict", "autograde", "autograde_verdict")
        arguments.json.write_text(json.dumps([dict(zip(keys, row, strict=True)) for row in rows], indent=1) + "\n")


if __name__ == "__main__":
    main()
