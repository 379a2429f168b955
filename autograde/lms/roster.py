"""A class's list of students, read from the CSV that nbgrader, Canvas or Moodle gives.

Source:
    nbgrader's columns are those of `nbgrader db student import`; Canvas's those of its gradebook's export
    (`lib/gradebook_exporter.rb` of github.com/instructure/canvas-lms); Moodle's those of its list of participants and
    of its grade export.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

from autograde.errors import UsageError
from autograde.lms.formulas import unguarded

LONGEST = 128
"""What a column of nbgrader's gradebook holds."""
CANVAS_HIDDEN = re.compile(r"\s*(Muted|Manual Posting.*)?\s*", re.IGNORECASE)
"""Cells of the line in which Canvas marks assignments whose scores students do not see."""
TEST_STUDENT = "Student, Test"
ENCODINGS = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows-1252"}
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
EXPECTED = (
    "expected nbgrader's columns (id, first_name, last_name, email, lms_user_id), Canvas's gradebook export (Student, "
    "ID, SIS User ID, SIS Login ID, Section) or Moodle's (First name, Last name, Email address, Username or ID number)"
)


@dataclass(frozen=True)
class Student:
    """A student as the gradebook has one; an empty text is what nobody told."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""
    line: int = field(default=0, compare=False)

    def completed(self, other: Student) -> Student:
        """The student with what the other one tells; where the other is silent, nothing changes."""
        told = {one.name: getattr(other, one.name) for one in fields(self) if getattr(other, one.name)}
        return replace(self, **told)


@dataclass(frozen=True)
class Roster:
    """What a file holds.

    Args:
        about: the layout, the encoding and the separator, for people.
        skipped: lines that are no students, and why.
        problems: lines that are refused, and what to do.
    """

    about: str
    students: Sequence[Student]
    skipped: Sequence[str]
    problems: Sequence[str]


@dataclass(frozen=True)
class Changes:
    """What a roster changes in a gradebook."""

    added: Sequence[Student]
    updated: Sequence[tuple[Student, Student]]
    unchanged: Sequence[Student]
    absent: Sequence[str]
    problems: Sequence[str]

    @property
    def listed(self) -> list[Student]:
        """Everybody on the roster, as the gradebook is to have them."""
        return [*self.added, *(new for _, new in self.updated), *self.unchanged]


# A field's possible columns, in the order in which they are taken.
LAYOUTS: dict[str, dict[str, tuple[str, ...]]] = {
    "Canvas's gradebook export": {
        "id": ("sis login id",),
        "name": ("student",),
        "last_name": ("lastname",),
        "first_name": ("firstname",),
        "lms_user_id": ("id", "sis user id"),
    },
    "Moodle's list": {
        "id": ("username", "id number"),
        "first_name": ("first name",),
        "last_name": ("last name", "surname"),
        "email": ("email address", "email"),
        "lms_user_id": ("id number",),
    },
    "nbgrader's columns": {
        "id": ("id", "student_id"),
        "first_name": ("first_name",),
        "last_name": ("last_name",),
        "email": ("email",),
        "lms_user_id": ("lms_user_id",),
    },
}
CANVAS, MOODLE, NBGRADER = LAYOUTS


def _key(title: str) -> str:
    return " ".join(title.split()).casefold()


def _layout(keys: Sequence[str]) -> str | None:
    """The layout that a header has, or None."""
    have = set(keys)
    if (have >= {"student", "id"} or have >= {"lastname", "firstname", "id"}) and have & {"sis login id", "section"}:
        return CANVAS
    if "first name" in have and have & {"last name", "surname"}:
        return MOODLE
    return NBGRADER if have & {"id", "student_id"} else None


def decode(content: bytes) -> tuple[str, str]:
    """(text, encoding) of a file as spreadsheets save them.

    Raises:
        UsageError: it is no text, with the line where that shows.
    """
    if content.startswith(b"PK\x03\x04"):
        raise UsageError("this is a workbook, not a CSV file: save it as CSV (UTF-8) in the spreadsheet program")
    utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError as error:
            bad = error
            continue
        if "\0" in text:
            line = text[: text.index("\0")].count("\n") + 1
            raise UsageError(f"line {line} holds a null character: expected a CSV file in UTF-8")
        return text.replace("\r\n", "\n").replace("\r", "\n"), encoding
    line = content[: bad.start].count(b"\n") + 1
    raise UsageError(f"line {line} is neither UTF-8 nor Windows-1252: save the file as CSV (UTF-8)")


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """(number of its first line, cells) of each record that is not blank."""
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise UsageError(f"line {line}: {error}: a quote is not closed, or text follows a closed one") from error
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield line, [_plain(cell) for cell in cells]


def _plain(cell: str) -> str:
    """A cell on one line, without the apostrophe that an export puts before a formula."""
    return " ".join(unguarded(cell).split())


def read_roster(content: bytes, id_column: str | None = None) -> Roster:
    """The students of a CSV file, known by its header.

    Args:
        content: the file's bytes.
        id_column: the column with the student ids, where it is not the layout's own.

    Raises:
        UsageError: the file cannot be read as a list of students.
    """
    text, encoding = decode(content)
    first = next((line for line in text.split("\n") if line.strip()), "")
    for delimiter in DELIMITERS:
        header = [_key(title) for title in next(csv.reader([first], delimiter=delimiter), [])]
        layout = _layout(header)
        if layout is not None:
            break
    else:
        raise UsageError(f"the first line is no header that is known: {EXPECTED}; found {first[:200] or 'nothing'!r}")
    columns = _columns(layout, header, id_column)
    records = _records(text, delimiter)
    next(records)
    students, skipped, problems = _students(records, columns, len(header), layout)
    return Roster(f"{layout}, {ENCODINGS[encoding]}, {DELIMITERS[delimiter]}-separated", students, skipped, problems)


def _columns(layout: str, header: Sequence[str], id_column: str | None) -> dict[str, list[int]]:
    """Which cells hold each field; the first that is not empty counts."""
    columns = {
        name: [header.index(title) for title in titles if title in header] for name, titles in LAYOUTS[layout].items()
    }
    if id_column is not None:
        if _key(id_column) not in header:
            raise UsageError(f"no column {id_column!r}: expected one of {', '.join(filter(None, header))}")
        columns["id"] = [header.index(_key(id_column))]
    else:
        # Two columns may hold the ids, but one column holds them all.
        columns["id"] = columns["id"][:1]
    if not columns["id"]:
        raise UsageError(
            f"{layout} has no column {' or '.join(LAYOUTS[layout]['id'])!r}: name the one with the students' logins "
            f"with --id-column; the file has {', '.join(filter(None, header))}"
        )
    return columns


def _students(
    records: Iterator[tuple[int, list[str]]], columns: Mapping[str, Sequence[int]], width: int, layout: str
) -> tuple[list[Student], list[str], list[str]]:
    students: list[Student] = []
    skipped: list[str] = []
    problems: list[str] = []
    lines: dict[str, int] = {}
    for line, cells in records:
        reason = _no_student(cells) if layout == CANVAS else None
        if reason is not None:
            skipped.append(f"line {line} is skipped: {reason}")
            continue
        student = _student(line, cells, columns)
        wrong = _wrong(student)
        if any(cells[width:]):
            wrong = f"{len(cells)} cells where the header has {width}: put quotes around a cell with a separator in it"
        elif wrong is None and student.id.casefold() in lines:
            wrong = f"the id {student.id!r} stands in line {lines[student.id.casefold()]} already"
        if wrong is not None:
            problems.append(f"line {line} is refused: {wrong}")
            continue
        lines[student.id.casefold()] = line
        students.append(student)
    return students, skipped, problems


def _no_student(cells: Sequence[str]) -> str | None:
    """Why a line of Canvas's export is no student's, or None."""
    if "Points Possible" in cells[0]:
        return "it holds the points possible"
    if cells[0] == TEST_STUDENT:
        return "it is Canvas's test student"
    if all(CANVAS_HIDDEN.fullmatch(cell) for cell in cells):
        return "it tells which assignments are posted by hand"
    return None


def _student(line: int, cells: Sequence[str], columns: Mapping[str, Sequence[int]]) -> Student:
    def cell(name: str) -> str:
        return next((cells[at] for at in columns.get(name, ()) if at < len(cells) and cells[at]), "")

    # Canvas writes both names in one cell, `Last, First`.
    last, _, first = cell("name").partition(",")
    return Student(
        cell("id"),
        cell("first_name") or first.strip(),
        cell("last_name") or last.strip(),
        cell("email"),
        cell("lms_user_id"),
        line,
    )


def _wrong(student: Student) -> str | None:
    """Why a student cannot be entered, or None."""
    name = student.id
    if not name:
        return "it has no id"
    if re.search(r"[\s/\\+]", name) or not name.isprintable() or name.startswith("."):
        return f"the id {name!r} cannot name a folder of submissions: no space, no slash, no plus sign, no dot in front"
    for one in fields(student):
        if one.name != "line" and len(getattr(student, one.name)) > LONGEST:
            return f"{one.name} is longer than the {LONGEST} characters that a gradebook holds"
    return None


def compare(known: Mapping[str, Student], listed: Sequence[Student]) -> Changes:
    """What entering the listed students changes among the known ones."""
    added, updated, unchanged, problems = [], [], [], []
    spelled = {name.casefold(): name for name in known}
    for student in listed:
        old = known.get(student.id)
        other = spelled.get(student.id.casefold())
        if old is None and other is not None:
            problems.append(
                f"line {student.line} is refused: the gradebook knows {other!r}, which differs from {student.id!r} in "
                "capitals only: write one of them everywhere"
            )
        elif old is None:
            added.append(student)
        elif old.completed(student) == old:
            unchanged.append(old)
        else:
            updated.append((old, old.completed(student)))
    listed_ids = {student.id.casefold() for student in listed}
    absent = sorted(name for name in known if name.casefold() not in listed_ids)
    return Changes(added, updated, unchanged, absent, problems)


def told(changes: Changes) -> Iterator[str]:
    """What the changes are, in lines for people."""
    yield from (f"new: {_about(student)}" for student in changes.added)
    for old, new in changes.updated:
        pairs = ((one.name, getattr(old, one.name), getattr(new, one.name)) for one in fields(old) if one.compare)
        yield f"changed: {old.id}: " + ", ".join(f"{name} {a!r} to {b!r}" for name, a, b in pairs if a != b)
    yield f"{len(changes.added)} new, {len(changes.updated)} changed, {len(changes.unchanged)} as they were"
    if changes.absent:
        yield f"in the gradebook, not in the file, and kept: {', '.join(changes.absent)}"


def _about(student: Student) -> str:
    name = " ".join(part for part in (student.first_name, student.last_name) if part)
    return f"{student.id} ({name})" if name else student.id
