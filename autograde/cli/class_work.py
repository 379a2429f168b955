"""Commands around a graded class: its report, its list of students, its scores for another system."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from autograde.cli.terminal import note, say
from autograde.course import Course, load_assignment
from autograde.errors import UsageError
from autograde.exam.prepare import rubrics
from autograde.text import visible

if TYPE_CHECKING:
    from autograde.feedback.over_weeks import Week
    from autograde.nbgrader_adapter.class_list import ClassList


def report(arguments: argparse.Namespace, course: Course) -> int:
    """`autograde report`."""
    from autograde.feedback.class_report import render
    from autograde.nbgrader_adapter.class_list import ClassList
    from autograde.run.ledger import Ledger

    name = arguments.name
    assignment = load_assignment(course.source(name), name)
    ledger = Ledger(course, name)
    class_list = ClassList(course)
    graded, here = ledger.records(), class_list.here(name)
    records = [record for record in graded if record["student"] in here]
    for path in ledger.unreadable:
        note(f"{path} is damaged and left out: `autograde grade {name}` writes it anew")
    if len(records) < len(graded):
        note(f"{len(graded) - len(records)} who were graded have left the class and are left out")
    if not records:
        raise UsageError(f"no graded submission of {name}: run `autograde grade {name}` first")
    target: Path = arguments.output or course.state / f"{name}.html"
    folder = target.absolute().parent
    pages = {who: quote(os.path.relpath(page, folder)) for who, page in class_list.feedback(name, here).items()}
    try:
        target.write_text(
            render(assignment, rubrics(course, name), records, course.book_url, pages, _weeks(course, class_list)),
            "utf-8",
        )
    except OSError as error:
        raise UsageError(
            f"cannot write the page to {target}: {error.strerror}; name a file in a folder that exists"
        ) from error
    say(f"the report on {len(records)} submissions of {name} is {target}")
    return 0


def _weeks(course: Course, class_list: ClassList) -> list[Week]:
    """The assignments that have been graded, in the course's order."""
    from autograde.feedback.over_weeks import Week
    from autograde.run.ledger import Ledger

    weeks = []
    for number, name in enumerate(course.assignments(), 1):
        graded = Ledger(course, name).records()
        here = class_list.here(name) if graded else set()
        records = [record for record in graded if record["student"] in here]
        if records:
            weeks.append(Week(number, name, rubrics(course, name), records))
    return weeks


def roster(arguments: argparse.Namespace, course: Course) -> int:
    """`autograde roster`."""
    from autograde.lms import roster as rosters
    from autograde.nbgrader_adapter.class_list import ClassList

    path: Path = arguments.file
    try:
        found = rosters.read_roster(path.read_bytes(), arguments.id_column)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}; name a CSV file with the class's students") from error
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from error
    class_list = ClassList(course, arguments.db)
    changes = rosters.compare(class_list.students(), found.students)
    say(f"{path}: {found.about}")
    for line in (*found.skipped, *rosters.told(changes)):
        say(line)
    problems = [*found.problems, *changes.problems]
    if arguments.dry_run:
        say("nothing is changed (--dry-run)")
    else:
        class_list.enter(changes.listed, str(path))
    for line in problems:
        note(f"{path}: {line}")
    return 1 if problems else 0


def export(arguments: argparse.Namespace, course: Course) -> int:
    """`autograde export`."""
    from autograde.lms import exports
    from autograde.nbgrader_adapter.class_list import ClassList

    name, kind = arguments.name, arguments.format
    scores = ClassList(course, arguments.db).scores(name)
    sheet = exports.make_sheet(kind, scores, arguments.column, arguments.identify, arguments.missing)
    if arguments.output == "-":
        sys.stdout.write(visible(sheet.text.replace("\r\n", "\n")) if sys.stdout.isatty() else sheet.text)
    else:
        target = Path(arguments.output) if arguments.output else course.state / f"{name}-{kind}.csv"
        exports.write(sheet, target)
        say(f"the scores of {len(scores.rows)} students in {name} are in {target}")
    for line in sheet.problems:
        note(line)
    return 1 if sheet.problems else 0
