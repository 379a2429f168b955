"""What may be typed after `autograde`."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from autograde import __version__


def _seed(text: str) -> int:
    if not text.isdigit() or int(text) >= 2**63:
        raise argparse.ArgumentTypeError(f"a seed is a whole number from 0 to 2**63 - 1, not {text!r}")
    return int(text)


def _jobs(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 256:
        raise argparse.ArgumentTypeError(f"the number of jobs is a whole number from 1 to 256, not {text!r}")
    return int(text)


def _count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 100:
        raise argparse.ArgumentTypeError(f"the number of exams is a whole number from 1 to 100, not {text!r}")
    return int(text)


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    made = argparse.ArgumentParser(prog="autograde", description="Grades NumPy notebooks against torch, in a sandbox.")
    made.add_argument("--version", action="version", version=f"autograde {__version__}")
    about_course = "the course's root folder (default: the course around the current folder)"
    made.add_argument("--course", type=Path, metavar="DIR", help=about_course)
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, about: str) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=about, description=about)
        one.add_argument("--course", type=Path, metavar="DIR", default=argparse.SUPPRESS, help=about_course)
        return one

    def device(target: argparse.ArgumentParser) -> None:
        target.add_argument(
            "--device", default="auto", metavar="D", help="auto, cuda or cpu: where torch computes the references"
        )

    one = command("release", "Makes exercises/ from solutions/.")
    one.add_argument("names", nargs="*", metavar="NAME", help="assignments; all of them by default")

    one = command("check", "Grades one notebook, without a gradebook.")
    one.add_argument("notebook", type=Path, metavar="NOTEBOOK")
    one.add_argument("--watch", action="store_true", help="grade it again whenever it is saved, until Ctrl-C")
    one.add_argument("--assignment", metavar="NAME", help="when the file's name is not the assignment's")
    two = command("grade", "Grades submitted/ into nbgrader's gradebook and autograded/.")
    two.add_argument("names", nargs="+", metavar="NAME", help="assignments, graded one after the other")
    two.add_argument(
        "--jobs", type=_jobs, default=os.cpu_count() or 1, metavar="N", help="processes (default: one a core)"
    )
    two.add_argument("--force", action="store_true", help="grade again what is graded already")
    two.add_argument("--scheduler", metavar="ADDRESS", help="a Dask scheduler, to grade on its workers")
    two.add_argument("--db", metavar="URL", help="another gradebook, as nbgrader's db_url")
    for target in (one, two):
        target.add_argument("--json", metavar="FILE", help="write the report as JSON (- for standard output)")
        target.add_argument("--seed", type=_seed, metavar="S", help="draw the hidden inputs from this seed")
        target.add_argument(
            "--no-isolation", action="store_true", help="run without bubblewrap: only for notebooks that you trust"
        )
        device(target)

    one = command("draw", "Draws exams ahead, so that a run begins at once; other commands do it in the background.")
    one.add_argument("names", nargs="*", metavar="NAME", help="assignments; all of them by default")
    one.add_argument("--count", type=_count, default=1, metavar="N", help="exams at hand for each (default: 1)")
    device(one)

    one = command("report", "Writes one HTML page on a class that has been graded.")
    one.add_argument("name", metavar="NAME")
    one.add_argument("--output", type=Path, metavar="FILE", help="where to write it (default: .autograde/NAME.html)")

    one = command("roster", "Enters a class's students from a CSV of nbgrader's, Canvas's or Moodle's.")
    one.add_argument("file", type=Path, metavar="FILE")
    one.add_argument("--dry-run", action="store_true", help="show what would change, and change nothing")
    one.add_argument("--id-column", metavar="COLUMN", help="the column with the logins that students hand in under")
    two = command("export", "Writes an assignment's scores for another system to import.")
    two.add_argument("name", metavar="NAME")
    two.add_argument("--format", required=True, choices=["csv", "canvas", "moodle"], help="whose columns to write")
    two.add_argument("--output", metavar="FILE", help="where to (- prints; default: .autograde/NAME-FORMAT.csv)")
    two.add_argument("--column", help="the assignment's column in Canvas or Moodle (default: NAME)")
    two.add_argument(
        "--identify",
        choices=["email", "username", "idnumber"],
        default="email",
        help="by what Moodle is to find students (default: email)",
    )
    two.add_argument(
        "--missing",
        choices=["empty", "zero"],
        default="empty",
        help="the score of who handed nothing in (default: empty)",
    )
    for target in (one, two):
        target.add_argument("--db", metavar="URL", help="another gradebook, as nbgrader's db_url")

    one = command("new", "Writes a chapter: a folder, a page, a line in each list, and a release that works.")
    one.add_argument("name", metavar="NAME")
    one.add_argument("--title", required=True, help="its title")
    one.add_argument("--after", required=True, metavar="CHAPTER", help="the chapter before it")
    device(one)
    one = command("record", "Records torch's answers for the visible tests, on a GPU where there is one.")
    one.add_argument("names", nargs="*", metavar="NAME", help="assignments; all of them by default")
    device(one)
    one = command("audit", "Tells how good the tests are: what they catch of wrong programs, and what survives.")
    one.add_argument("names", nargs="*", metavar="NAME", help="assignments; all of them by default")
    one.add_argument("--jobs", type=_jobs, default=os.cpu_count() or 1, metavar="N", help="processes")
    one.add_argument(
        "--seed", type=_seed, nargs="+", metavar="S", help="draw the hidden inputs from these seeds (default: 1 2 3)"
    )
    one.add_argument("--json", metavar="FILE", help="write the figures as JSON (- for standard output)")
    one.add_argument("--keep", action="store_true", help="keep each assignment's figures beside its notebook")
    one = command(
        "pack", "Makes practice packs: what the pages ask in the reader's browser, from a seed that is no secret."
    )
    one.add_argument("names", nargs="*", metavar="NAME", help="assignments; all of them by default")
    one.add_argument("--output", type=Path, metavar="DIR", help="where to (default: .autograde/practice)")
    command("doctor", "Tells what this machine can do, and what to do about what it cannot.")
    return made
