"""The command line: arguments in, the only place that prints and exits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from autograde.cli import authoring, class_work, grading
from autograde.cli.arguments import parser
from autograde.cli.terminal import note
from autograde.course import course_at, find_course
from autograde.errors import AutogradeError

COMMANDS = {
    "release": authoring.release,
    "check": grading.check,
    "draw": grading.draw,
    "grade": grading.grade,
    "new": authoring.new,
    "record": authoring.record,
    "report": class_work.report,
    "roster": class_work.roster,
    "export": class_work.export,
    "audit": authoring.audit,
    "pack": authoring.pack,
    "doctor": authoring.doctor,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command. Returns the exit code: 0, 1 when a command finds something amiss, 2 for an error."""
    arguments = parser().parse_args(argv)
    try:
        # Where the instructor stands, or what is named; never what lies around a notebook, which is the student's.
        course = find_course(Path.cwd()) if arguments.course is None else course_at(arguments.course)
        return COMMANDS[arguments.command](arguments, course)
    except AutogradeError as error:
        note(f"autograde: {error}")
        return 2
    except KeyboardInterrupt:
        note("autograde: stopped; what is graded is saved, and the next run goes on from there")
        return 130
    except BrokenPipeError:
        return 2
    except OSError as error:
        # A full disk, a folder that may not be written: what is graded is saved, and the next run goes on from there.
        note(f"autograde: {error}; mend it and run the command again, which goes on where it was")
        return 2
