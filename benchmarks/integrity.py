"""Grades the corpus of dishonest and unlucky submissions with plain nbgrader and with this grader, and prints both.

    python benchmarks/integrity.py [--json FILE] [--family NAME] [--jobs 2]

Plain nbgrader runs students' code as whoever calls it. Here its command is shut into a bubblewrap of its own, which sees
the disk but writes to its course alone, without network and without other processes, under limits on memory and time: that
protects this machine and none of the class. Entries that exhaust a machine are left out of its column ("not run"). Each
entry is a class of one, beside an honest student, so that what one entry does to the command is seen by itself.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from throughput import plain_course

from tests import sample_class
from tests.corpus import CORPUS, NAME, Entry, write_corpus

BIN = Path(sys.executable).parent
ENVIRONMENT = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "PYTHONWARNINGS": "ignore"}
LIMITS = ["timeout", "300", "prlimit", "--as=8589934592", "--cpu=100", "--fsize=104857600"]
WALL = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--unshare-pid", "--unshare-net"]
WALL += ["--unshare-ipc", "--die-with-parent"]


@dataclass(frozen=True)
class Row:
    """What became of one entry: its scores (None where there is none), and what they mean."""

    family: str
    name: str
    tries: str
    earns: float
    plain: float | None
    plain_verdict: str
    neighbor_harmed: bool
    autograde: float | None
    autograde_verdict: str


def scores(folder: Path) -> dict[str, float]:
    """Scores by student, as the gradebook has them."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as book:
        return {entry.student.id: entry.score for entry in book.assignment_submissions(NAME)}


def with_plain(entry: Entry, honest: Entry, template: Path, base: Path) -> tuple[float | None, float | None]:
    """The entry's score and its honest neighbor's with plain nbgrader; None where there is none."""
    folder = base / entry.name
    shutil.copytree(template, folder, symlinks=True)
    write_corpus(folder / "submitted", [honest, entry] if entry.name != honest.name else [honest])
    (folder / "tmp").mkdir()
    own = {"HOME": str(folder / "tmp"), "TMPDIR": str(folder / "tmp")}
    command = [*LIMITS, *WALL, "--bind", folder, folder, "--chdir", folder, BIN / "nbgrader", "autograde", NAME]
    subprocess.run(command, capture_output=True, check=False, env={**ENVIRONMENT, **own})
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


def compare(entry: Entry, honest: Entry, own: dict[str, float], base: Path) -> Row:
    """Both graders on one entry."""
    score = own.get(entry.name)
    about = (entry.family, entry.name, entry.tries, entry.earns)
    if entry.heavy:
        return Row(*about, None, "not run", False, score, judge(entry, score))
    plain, neighbor = with_plain(entry, honest, base / "template", base)
    return Row(*about, plain, judge(entry, plain), neighbor != honest.earns, score, judge(entry, score))


def main() -> None:
    """Runs the comparison and prints it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--family")
    parser.add_argument("--jobs", type=int, default=2, help="classes under plain nbgrader at a time")
    arguments = parser.parse_args()
    chosen = [entry for entry in CORPUS if arguments.family in (None, entry.family)]
    honest = next(entry for entry in CORPUS if entry.name == "honest-1")
    rows = []
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(arguments.jobs) as pool:
        base = Path(temporary)
        plain_course(base / "template")
        own = with_ours(base)
        for row in pool.map(lambda entry: compare(entry, honest, own, base), chosen):
            rows.append(row)
            plain = row.plain_verdict + (", neighbor harmed" if row.neighbor_harmed else "")
            print(f"{row.family:11} {row.name:24} {plain:28} {row.autograde_verdict:10} {row.tries}", flush=True)
    print()
    for title, verdicts in (
        ("plain nbgrader", Counter(row.plain_verdict for row in rows)),
        ("autograde", Counter(row.autograde_verdict for row in rows)),
    ):
        print(f"{title:16} " + ", ".join(f"{key} {n}" for key, n in sorted(verdicts.items())))
    print(f"{'':16} neighbor harmed by plain nbgrader: {sum(row.neighbor_harmed for row in rows)}")
    if arguments.json:
        about = {"nbgrader": version("nbgrader"), "python": platform.python_version(), "system": platform.platform()}
        text = json.dumps({"about": about, "rows": [asdict(row) for row in rows]}, indent=1)
        arguments.json.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
