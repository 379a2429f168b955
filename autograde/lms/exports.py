"""A class's scores as the text of files that other systems import, and what is amiss in them.

Source:
    Canvas's columns: Instructure's guide "How do I import grades in the Gradebook?"; what an import does with them:
    `lib/gradebook_importer.rb` of github.com/instructure/canvas-lms. It looks for a student by ID, then by SIS User
    ID, then by SIS Login ID, then by name; it takes a new assignment's points from the line "Points Possible".
    Moodle's columns: https://docs.moodle.org/311/en/Grade_import; what an import does with them:
    `grade/import/csv/classes/load_data.php` of github.com/moodle/moodle. It stops as a whole at an identifier that it
    does not know; an empty identifier it passes over, and enters the grade for the student of the line above.
"""

from __future__ import annotations

import csv
import io
import os
import re
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from autograde.errors import UsageError
from autograde.lms.formulas import guarded, is_formula

GRADED, NOTHING, UNGRADED, MANUAL = "graded", "no submission", "not graded", "needs manual grade"
CSV_HEADER = [
    *("assignment", "student_id", "last_name", "first_name", "email", "lms_user_id", "on_roster", "status"),
    *("timestamp", "raw_score", "late_submission_penalty", "score", "max_score"),
]
CANVAS_HEADER = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
CANVAS_RESERVED = re.compile(r"(Current|Final) (Score|Points|Grade)|Override (Score|Grade|Status)")
"""Columns with these words are computed by Canvas, whose import leaves them out."""
MOODLE_IDENTIFIERS = {"email": "Email address", "username": "Username", "idnumber": "ID number"}
MOODLE_NAMES = ["First name", "Last name"]
NO_GRADE = "-"
"""Moodle's own exports have it for no grade; an empty cell becomes 0 when the import makes a new grade item."""


@dataclass(frozen=True)
class Row:
    """What the gradebook and the folder of submissions know about one student and one assignment.

    Args:
        on_roster: whether the student was entered by the instructor, and not by grading alone.
        status: GRADED, NOTHING (no submission), UNGRADED (handed in) or MANUAL (graded, and waits for a person).
        timestamp: when the graded work was handed in, UTC.
        resubmitted: whether newer work than the graded one was handed in.
        raw_score: points with manual grades and extra credit, before the penalty; None without graded work.
    """

    student_id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""
    on_roster: bool = True
    status: str = NOTHING
    timestamp: datetime | None = None
    resubmitted: bool = False
    raw_score: float | None = None
    late_penalty: float = 0.0

    @property
    def score(self) -> float | None:
        """Points after the late penalty, never below 0."""
        return None if self.raw_score is None else max(0.0, self.raw_score - self.late_penalty)


@dataclass(frozen=True)
class ClassScores:
    """All students of a class and their scores for one assignment."""

    assignment: str
    max_score: float
    rows: Sequence[Row]


@dataclass(frozen=True)
class Sheet:
    """A file's cells, and a line for each thing in it that somebody has to look at."""

    header: Sequence[str]
    lines: Sequence[Sequence[str]]
    problems: Sequence[str]

    @property
    def text(self) -> str:
        """The file's text, RFC 4180."""
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\r\n").writerows([self.header, *self.lines])
        return buffer.getvalue()


def _number(value: float | None) -> str:
    """A number as people write it: no exponent, no trailing zeros, at most six digits after the point."""
    return "" if value is None else f"{round(value, 6) + 0.0:.6f}".rstrip("0").rstrip(".")


def _safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula, and that UTF-8 can hold.

    Where `;` separates cells, as in much of Europe, `x;=1+1` is two of them, quotation marks or not.
    """
    return guarded(text.encode("utf-8", "backslashreplace").decode())


def _line(text: str) -> str:
    """Text on one line: line breaks in a name mean nothing, and some importers read line by line."""
    return _safe(" ".join(text.split()))


def _title(column: str) -> str:
    """A column's name on one line.

    Raises:
        UsageError: there is none.
    """
    if not column.strip():
        raise UsageError("the column has no name: give one with --column")
    return " ".join(column.split())


def _score(row: Row, missing: str, none: str = "") -> str:
    score = 0.0 if missing == "zero" and row.status == NOTHING else row.score
    return none if score is None else _number(score)


def csv_sheet(scores: ClassScores, missing: str = "empty") -> Sheet:
    """One line a student, with the columns CSV_HEADER, which stay as they are."""
    lines = [
        [
            *map(_safe, (scores.assignment, row.student_id, row.last_name, row.first_name, row.email)),
            *(_safe(row.lms_user_id), "yes" if row.on_roster else "no", row.status),
            "" if row.timestamp is None else f"{row.timestamp:%Y-%m-%dT%H:%M:%SZ}",
            *(_number(row.raw_score), "" if row.raw_score is None else _number(row.late_penalty)),
            *(_score(row, missing), _number(scores.max_score)),
        ]
        for row in scores.rows
    ]
    return Sheet(CSV_HEADER, lines, _problems(scores.rows, _nothing))


def _canvas_name(row: Row) -> str:
    return ", ".join(part for part in (row.last_name, row.first_name) if part)


def canvas_sheet(scores: ClassScores, column: str, missing: str = "empty") -> Sheet:
    """Canvas's columns for its gradebook's import.

    Args:
        column: the assignment's column: a name makes a new assignment, `Name (4711)` updates the one with that id.

    Raises:
        UsageError: Canvas would leave out a column of this name.
    """
    column = _title(column)
    if CANVAS_RESERVED.search(column) or column in CANVAS_HEADER:
        raise UsageError(f"Canvas leaves out or misreads a column called {column!r}: choose another --column")
    lines = [["    Points Possible", "", "", "", "", _number(scores.max_score)]]
    for row in scores.rows:
        # Canvas reads the leading digits of a cell under ID, so that text there could be somebody else's number.
        number = re.fullmatch(r"[0-9]+", row.lms_user_id) is not None
        ids = (row.lms_user_id, "") if number else ("", row.lms_user_id)
        lines.append([*map(_line, (_canvas_name(row), *ids, row.student_id)), "", _score(row, missing)])
    problems = _problems(scores.rows, _canvas_problems)
    problems += _shared(scores.rows, "LMS id", lambda row: row.lms_user_id, "Canvas gives one student all the scores")
    return Sheet([*CANVAS_HEADER, column], lines, problems)


def _canvas_problems(row: Row) -> Iterable[str]:
    if not row.lms_user_id and not _canvas_name(row):
        yield "Canvas needs a name or its own ID: read Canvas's gradebook export with `autograde roster`"


def moodle_sheet(scores: ClassScores, column: str, identify: str = "email", missing: str = "empty") -> Sheet:
    """Moodle's columns for a grade import from CSV: names, one identifier, the grade item.

    Args:
        column: the grade item's name.
        identify: `email`, `username` (the student id) or `idnumber` (the LMS id).
    """
    header = [*MOODLE_NAMES, MOODLE_IDENTIFIERS[identify], _title(column)]
    if len(set(header)) != len(header):
        raise UsageError(f"the file has a column {column!r} already: choose another --column")

    def identifier(row: Row) -> str:
        return {"email": row.email, "username": row.student_id, "idnumber": row.lms_user_id}[identify].strip()

    def amiss(row: Row) -> Iterable[str]:
        label = MOODLE_IDENTIFIERS[identify].lower()
        if not identifier(row):
            yield f"has no {label}, at which Moodle stops: complete the roster, or delete the line from the file"
        elif identify == "email" and "@" not in identifier(row):
            yield f"{identifier(row)!r} is no email address, and Moodle stops at it: mend the roster"
        if row.score is not None and row.score > scores.max_score:
            yield (
                f"{_number(row.score)} points of {_number(scores.max_score)}: Moodle takes more than the maximum only "
                "with its settings unlimitedgrades and gradepointmax (Site administration, Grades, General settings)"
            )

    lines = [
        [
            *map(_line, (row.first_name, row.last_name, identifier(row) or f"missing:{row.student_id}")),
            _score(row, missing, NO_GRADE),
        ]
        for row in scores.rows
    ]
    problems = _problems(scores.rows, amiss)
    if identify != "username":
        outcome = "Moodle stops, or takes the last score"
        problems += _shared(scores.rows, MOODLE_IDENTIFIERS[identify], identifier, outcome)
    return Sheet(header, lines, problems)


def _nothing(row: Row) -> Iterable[str]:
    return ()


def _problems(rows: Sequence[Row], amiss: Callable[[Row], Iterable[str]]) -> list[str]:
    """A line for each thing amiss: what every format asks for, then what `amiss` says of a row."""
    found = [f"{_line(row.student_id)}: {text}" for row in rows for text in (*_work_problems(row), *amiss(row))]
    return found + _shared(rows, "id, capitals aside,", lambda row: row.student_id, "one of them is mistyped")


def _work_problems(row: Row) -> Iterable[str]:
    if row.status != NOTHING and not row.on_roster:
        yield (
            "has work but is not on the roster: enter the student (`autograde roster FILE`), correct the id, or delete "
            "the line"
        )
    if row.status == UNGRADED:
        yield "work was handed in and is not graded, so there is no score: run `autograde grade`"
    if row.status == MANUAL:
        yield "the score may change, since work waits for a manual grade: give it in the formgrader"
    if row.resubmitted:
        yield "newer work than the graded one was handed in: run `autograde grade`"
    fields = {"id": row.student_id, "last name": row.last_name, "first name": row.first_name}
    for label, text in (fields | {"email": row.email, "LMS id": row.lms_user_id}).items():
        if is_formula(text):
            yield f"the {label} {text!r} would run as a formula in a spreadsheet, so an apostrophe stands before it"


def _shared(rows: Sequence[Row], label: str, key: Callable[[Row], str], outcome: str) -> list[str]:
    """A line for each identifier that several students have."""
    owners = defaultdict(list)
    for row in rows:
        if key(row):
            owners[key(row).casefold()].append(row)
    return [
        f"{', '.join(_line(row.student_id) for row in several)}: the {label} {key(several[0])!r} is the same; "
        f"{outcome}: mend the roster"
        for several in owners.values()
        if len(several) > 1
    ]


def make_sheet(kind: str, scores: ClassScores, column: str | None, identify: str, missing: str) -> Sheet:
    """The sheet of one format, `csv`, `canvas` or `moodle`; the assignment's name is the default column.

    Raises:
        UsageError: the column cannot be called so.
    """
    if kind == "csv":
        if column is not None:
            raise UsageError("--column names a column of canvas or moodle; those of csv stay as they are")
        return csv_sheet(scores, missing)
    column = scores.assignment if column is None else column
    return (
        canvas_sheet(scores, column, missing) if kind == "canvas" else moodle_sheet(scores, column, identify, missing)
    )


def write(sheet: Sheet, target: Path) -> None:
    """Writes a sheet as a whole or not at all, over nothing but an earlier export of the same kind.

    Raises:
        UsageError: the file cannot be written, or is something else.
    """
    try:
        if target.exists() and not _is_export(target, sheet.header):
            raise UsageError(f"{target} is not an earlier export of this kind: name another file with --output")
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("wb", dir=target.parent, prefix=".export-", delete=False) as file:
            partial = Path(file.name)
            try:
                file.write(sheet.text.encode())
                file.close()
                os.replace(partial, target)
            except BaseException:
                partial.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise UsageError(
            f"cannot write the scores to {target}: {error.strerror}; name a file in a folder that may be written"
        ) from error


def _is_export(path: Path, header: Sequence[str]) -> bool:
    """Whether a file has the columns of an export; the last one's name may differ."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        line = file.readline(4096).decode("utf-8", "replace").rstrip("\r\n")
    found = next(csv.reader([line]), [])
    return len(found) == len(header) and found[:-1] == list(header[:-1])
