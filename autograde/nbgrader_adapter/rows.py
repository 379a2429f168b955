"""Scores as rows of nbgrader's gradebook, a batch at a time.

nbgrader's own objects ask the database for each relation, and importing them takes longer than grading a small class.
So what they would write is written here to the same tables, whose version is looked at first; a test compares the two.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from autograde.errors import GradebookError

VERSION = "e43177bfe90b"
"""The version of the tables that nbgrader 0.9.6 makes."""
SILENT = "No response."
"""nbgrader's comment on a cell without an answer."""


def _table(name: str, *columns: str, **typed: Any) -> sa.TableClause:
    plain = [sa.column(column, sa.String()) for column in columns]
    return sa.table(name, *plain, *(sa.column(column, kind) for column, kind in typed.items()))


ALEMBIC = _table("alembic_version", "version_num")
ASSIGNMENT = _table("assignment", "id", "name", duedate=sa.DateTime())
NOTEBOOK = _table("notebook", "id", "name", "assignment_id")
CELL = _table("base_cell", "id", "name", "notebook_id", "type")
STUDENT = _table("student", "id")
SUBMISSION = _table(
    "submitted_assignment", "id", "assignment_id", "student_id", timestamp=sa.DateTime(), extension=sa.Interval()
)
PART = _table(
    "submitted_notebook",
    "id",
    "assignment_id",
    "notebook_id",
    flagged=sa.Boolean(),
    late_submission_penalty=sa.Float(),
)
GRADE = _table(
    "grade",
    "id",
    "notebook_id",
    "cell_id",
    auto_score=sa.Float(),
    manual_score=sa.Float(),
    extra_credit=sa.Float(),
    needs_manual_grade=sa.Boolean(),
)
COMMENT = _table("comment", "id", "notebook_id", "cell_id", auto_comment=sa.Text())


@dataclass(frozen=True)
class Entry:
    """What is entered for one submission.

    Args:
        student: whose.
        timestamp: when it was handed in, UTC; None leaves what the gradebook has.
        points: by function.
        silent: functions that gave no answer.
    """

    student: str
    timestamp: datetime | None
    points: Mapping[str, float]
    silent: Collection[str]


Penalty = Callable[[str, float, float], float | None]
"""By student, score and seconds late, what is taken off."""


def check(connection: sa.Connection, name: str) -> None:
    """Raises GradebookError unless the gradebook is nbgrader's, of the known version, and knows the assignment."""
    unknown = GradebookError(f"the gradebook does not know {name}: run `autograde release {name}` first")
    if not sa.inspect(connection).has_table("alembic_version"):
        raise unknown
    version = connection.scalar(sa.select(ALEMBIC.c.version_num))
    if version != VERSION:
        raise GradebookError(f"the gradebook's version is {version}, expected {VERSION}: run `nbgrader db upgrade`")
    found = sa.select(NOTEBOOK.c.id).join(ASSIGNMENT, ASSIGNMENT.c.id == NOTEBOOK.c.assignment_id)
    if connection.scalar(found.where(ASSIGNMENT.c.name == name, NOTEBOOK.c.name == name)) is None:
        raise unknown


class Writer:
    """Enters submissions of one assignment, in the transaction of a connection.

    Args:
        connection: to the gradebook.
        name: the assignment, and its graded notebook.
    """

    def __init__(self, connection: sa.Connection, name: str) -> None:
        self._run = connection.execute
        self._assignment = self._run(sa.select(ASSIGNMENT).where(ASSIGNMENT.c.name == name)).one()
        mine = NOTEBOOK.c.assignment_id == self._assignment.id
        self._notebooks = {row.name: row.id for row in self._run(sa.select(NOTEBOOK).where(mine))}
        self._graded = self._notebooks[name]
        self._cells: dict[str, list[Any]] = defaultdict(list)
        for cell in self._run(sa.select(CELL).where(CELL.c.notebook_id.in_(list(self._notebooks.values())))):
            self._cells[cell.notebook_id].append(cell)

    def enter(self, entries: Sequence[Entry], penalty: Penalty) -> None:
        """Enters or updates the submissions; manual scores, extra credit and comments stay as they are."""
        self._add_students([entry.student for entry in entries])
        submissions = self._submissions(entries)
        parts = self._parts([one.id for one in submissions.values()])
        known = self._scores(list(parts.values()))
        self._set_comments(entries, submissions, parts)
        late = []
        for entry in entries:
            one = submissions[entry.student]
            score, seconds = known_score(known[parts[one.id]], entry.points), self._seconds_late(one)
            taken = penalty(entry.student, score, seconds) if seconds > 0 else None
            late.append({"row": parts[one.id], "taken": taken})
        self._set_scores(entries, submissions, parts, known)
        chosen = sa.update(PART).where(PART.c.id == sa.bindparam("row"))
        self._run(chosen.values(late_submission_penalty=sa.bindparam("taken")), late)

    def _add_students(self, students: Sequence[str]) -> None:
        known = set(self._run(sa.select(STUDENT.c.id).where(STUDENT.c.id.in_(students))).scalars())
        self._insert(STUDENT, [{"id": student} for student in students if student not in known])

    def _insert(self, table: sa.TableClause, rows: list[dict[str, Any]]) -> None:
        if rows:
            self._run(sa.insert(table), rows)

    def _submissions(self, entries: Sequence[Entry]) -> dict[str, Any]:
        """By student, the submission's row, with this timestamp; new ones with all that nbgrader mirrors into them."""
        known = {row.student_id for row in self._find(entries)}
        stamps = [
            {"who": entry.student, "moment": entry.timestamp}
            for entry in entries
            if entry.student in known and entry.timestamp is not None
        ]
        if stamps:
            mine = (SUBMISSION.c.assignment_id == self._assignment.id, SUBMISSION.c.student_id == sa.bindparam("who"))
            self._run(sa.update(SUBMISSION).where(*mine).values(timestamp=sa.bindparam("moment")), stamps)
        new = [
            {
                "id": _new_id(),
                "assignment_id": self._assignment.id,
                "student_id": entry.student,
                "timestamp": entry.timestamp,
            }
            for entry in entries
            if entry.student not in known
        ]
        self._insert(SUBMISSION, new)
        self._mirror([row["id"] for row in new])
        return {row.student_id: row for row in self._find(entries)}

    def _find(self, entries: Sequence[Entry]) -> list[Any]:
        mine = SUBMISSION.c.assignment_id == self._assignment.id
        theirs = SUBMISSION.c.student_id.in_([entry.student for entry in entries])
        return list(self._run(sa.select(SUBMISSION).where(mine, theirs)))

    def _mirror(self, submissions: Sequence[str]) -> None:
        """The assignment's notebooks, and an empty score or comment for each of their cells."""
        parts, grades, comments = [], [], []
        for submission in submissions:
            for notebook in self._notebooks.values():
                part = {"id": _new_id(), "assignment_id": submission, "notebook_id": notebook, "flagged": False}
                parts.append(part)
                for cell in self._cells[notebook]:
                    row = {"id": _new_id(), "notebook_id": part["id"], "cell_id": cell.id}
                    if cell.type in ("GradeCell", "TaskCell"):
                        grades.append({**row, "needs_manual_grade": True})
                    if cell.type in ("SolutionCell", "TaskCell"):
                        comments.append({**row, "id": _new_id()})
        self._insert(PART, parts)
        self._insert(GRADE, grades)
        self._insert(COMMENT, comments)

    def _parts(self, submissions: Sequence[str]) -> dict[str, str]:
        """By submission, the graded notebook's row."""
        found = sa.select(PART).where(PART.c.assignment_id.in_(submissions), PART.c.notebook_id == self._graded)
        return {row.assignment_id: row.id for row in self._run(found)}

    def _names(self) -> dict[str, str]:
        return {cell.id: cell.name for cell in self._cells[self._graded]}

    def _scores(self, parts: Sequence[str]) -> dict[str, list[tuple[str, Any]]]:
        """By notebook, (function, its row) for each score."""
        names = self._names()
        scores: dict[str, list[tuple[str, Any]]] = {part: [] for part in parts}
        for row in self._run(sa.select(GRADE).where(GRADE.c.notebook_id.in_(parts))):
            scores[row.notebook_id].append((names[row.cell_id].removeprefix("test_"), row))
        return scores

    def _set_scores(
        self,
        entries: Sequence[Entry],
        submissions: Mapping[str, Any],
        parts: Mapping[str, str],
        known: Mapping[str, Sequence[tuple[str, Any]]],
    ) -> None:
        rows = [
            {"row": row.id, "points": float(entry.points[function]), "manual": row.manual_score is not None}
            for entry in entries
            for function, row in known[parts[submissions[entry.student].id]]
            if function in entry.points
        ]
        values: dict[str, Any] = {"auto_score": sa.bindparam("points"), "needs_manual_grade": sa.bindparam("manual")}
        if rows:
            self._run(sa.update(GRADE).where(GRADE.c.id == sa.bindparam("row")).values(**values), rows)

    def _set_comments(self, entries: Sequence[Entry], submissions: Mapping[str, Any], parts: Mapping[str, str]) -> None:
        names, silent = self._names(), {parts[submissions[one.student].id]: one.silent for one in entries}
        found = self._run(sa.select(COMMENT).where(COMMENT.c.notebook_id.in_(list(silent))))
        rows = [
            {"row": row.id, "told": SILENT if names[row.cell_id] in silent[row.notebook_id] else None} for row in found
        ]
        if rows:
            chosen = sa.update(COMMENT).where(COMMENT.c.id == sa.bindparam("row"))
            self._run(chosen.values(auto_comment=sa.bindparam("told")), rows)

    def _seconds_late(self, submission: Any) -> float:
        due = self._assignment.duedate
        if submission.timestamp is None or due is None:
            return 0.0
        extended = due if submission.extension is None else due + submission.extension
        return max(0.0, (submission.timestamp - extended).total_seconds())


def known_score(known: Sequence[tuple[str, Any]], points: Mapping[str, float]) -> float:
    """A notebook's score: what a person gave, else these points; extra credit on top."""
    total = 0.0
    for function, row in known:
        auto = points.get(function, row.auto_score)
        own = auto if row.manual_score is None else row.manual_score
        total += 0.0 if own is None else own + (row.extra_credit or 0.0)
    return total


def _new_id() -> str:
    return uuid.uuid4().hex
