"""The class in nbgrader's gradebook: who is on the roster, and everybody's score for an assignment."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from nbgrader.api import Assignment, Grade, MissingEntry, SubmittedAssignment, SubmittedNotebook
from nbgrader.api import Student as Entry
from sqlalchemy import case, func

from autograde.course import Course
from autograde.errors import UsageError
from autograde.lms.exports import GRADED, MANUAL, NOTHING, UNGRADED, ClassScores, Row
from autograde.lms.roster import Student
from autograde.nbgrader_adapter.store import Store, moment
from autograde.run.submission import TIMESTAMP, beside

FIELDS = ("first_name", "last_name", "email", "lms_user_id")


@dataclass(frozen=True)
class _Work:
    """What the gradebook has of one student's work for one assignment."""

    timestamp: datetime | None
    score: float
    is_graded: bool
    needs_person: bool
    penalty: float


class ClassList:
    """The students of a course's gradebook.

    Args:
        course: the course.
        db_url: another gradebook than the configured one, as nbgrader's db_url.
    """

    def __init__(self, course: Course, db_url: str | None = None) -> None:
        self._store = Store(course, db_url)
        self._memory = course.state / "roster.json"

    def students(self) -> dict[str, Student]:
        """The gradebook's students by id."""
        if not self._store.has_gradebook():
            return {}
        with self._store.gradebook() as gradebook:
            return {entry.id: _student(entry) for entry in gradebook.db.query(Entry)}

    def here(self, name: str) -> set[str]:
        """Who is in the class and has handed an assignment in: in the gradebook, with work in their folder."""
        handed_in = {folder.parent.name for folder in self._store.handed_in(name)}
        return handed_in & set(self.students()) if self._store.has_gradebook() else handed_in

    def feedback(self, name: str, students: Iterable[str]) -> dict[str, Path]:
        """By student, the feedback page on an assignment, for those who have one."""
        found = {student: self._store.feedback_path(student, name) for student in students}
        return {student: page for student, page in found.items() if page.is_file()}

    def enter(self, students: Sequence[Student], source: str) -> None:
        """Enters or updates students in one transaction, and keeps who was listed; grades stay as they are."""
        with self._store.gradebook() as gradebook:
            commit = gradebook.db.commit
            gradebook.db.commit = gradebook.db.flush  # nbgrader's calls commit one by one
            for student in students:
                told = {name: getattr(student, name) for name in FIELDS if getattr(student, name)}
                gradebook.update_or_create_student(student.id, **told)
            absent = {entry.id for entry in gradebook.db.query(Entry)} - {student.id for student in students}
            commit()
        listed = sorted(student.id for student in students)
        self._memory.parent.mkdir(parents=True, exist_ok=True)
        partial = self._memory.with_suffix(".tmp")
        partial.write_text(json.dumps({"file": source, "listed": listed, "absent": sorted(absent)}), "utf-8")
        os.replace(partial, self._memory)

    def _remembered(self) -> tuple[set[str], set[str]]:
        """(listed, absent) of the roster that was read last."""
        try:
            memory = json.loads(self._memory.read_text("utf-8"))
            return set(memory["listed"]), set(memory["absent"])
        except FileNotFoundError:
            return set(), set()
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(f"{self._memory} cannot be read: run `autograde roster FILE` again") from error

    def scores(self, name: str) -> ClassScores:
        """Every student of the gradebook, and everyone who handed the assignment in, sorted by name.

        Raises:
            UsageError: the assignment is unknown, or nobody's work is graded.
            GradebookError: the gradebook cannot be used.
        """
        if not self._store.has_gradebook():
            raise UsageError(f"no gradebook at {self._store.gradebook_path}: run `autograde grade {name}` first")
        handed_in = {path.parent.name: path for path in self._store.handed_in(name)}
        listed, absent = self._remembered()
        with self._store.gradebook() as gradebook:
            assignment = self._assignment(gradebook, name)
            works = _works(gradebook.db, assignment)
            if not works:
                raise UsageError(f"no graded submission of {name}: run `autograde grade {name}` first")
            rows = []
            for student in gradebook.db.query(Entry):
                # Grading enters students by their folder's name alone; a person who enters one tells more.
                entered = student.id not in absent and any(getattr(student, field) for field in FIELDS)
                row = Row(**_texts(student), on_roster=student.id in listed or entered)
                rows.append(self._with_work(row, works.get(student.id), handed_in.pop(student.id, None)))
            rows += [Row(student, on_roster=student in listed, status=UNGRADED) for student in handed_in]
            rows.sort(key=lambda row: (row.last_name.casefold(), row.first_name.casefold(), row.student_id))
            return ClassScores(name, float(assignment.max_score), rows)

    def _assignment(self, gradebook: Any, name: str) -> Any:
        try:
            return gradebook.find_assignment(name)
        except MissingEntry as error:
            known = sorted(title for (title,) in gradebook.db.query(Assignment.name))
            raise UsageError(
                f"the gradebook does not know {name!r}: expected one of {', '.join(known) or '(it is empty)'}; "
                "`autograde release` and `autograde grade` enter an assignment"
            ) from error

    def _with_work(self, row: Row, work: _Work | None, folder: Path | None) -> Row:
        """The row with what the gradebook has of the student's work, and what waits to be graded."""
        if work is None or not work.is_graded:
            return replace(row, status=NOTHING if folder is None and work is None else UNGRADED)
        latest = None if folder is None else moment(beside(folder, TIMESTAMP, folder.parent.parent))
        return replace(
            row,
            status=MANUAL if work.needs_person else GRADED,
            timestamp=work.timestamp,
            resubmitted=latest is not None and work.timestamp is not None and latest > work.timestamp,
            raw_score=work.score,
            late_penalty=work.penalty,
        )


def _texts(entry: Any) -> dict[str, Any]:
    return {"student_id": entry.id} | {name: getattr(entry, name) or "" for name in FIELDS}


def _student(entry: Any) -> Student:
    return Student(entry.id, entry.first_name or "", entry.last_name or "", entry.email or "", entry.lms_user_id or "")


def _works(database: Any, assignment: Any) -> dict[str, _Work]:
    """What the gradebook has of each student's work, in three queries: nbgrader's own ask for each student anew."""
    mine = SubmittedAssignment.assignment_id == assignment.id
    penalties = dict(
        database.query(SubmittedNotebook.assignment_id, func.sum(SubmittedNotebook.late_submission_penalty))
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .filter(mine)
        .group_by(SubmittedNotebook.assignment_id)
        .tuples()
    )
    has_score = Grade.auto_score.isnot(None) | Grade.manual_score.isnot(None)
    sums = (
        database.query(
            SubmittedNotebook.assignment_id,
            func.sum(Grade.score),
            func.sum(case((has_score, 1), else_=0)),
            func.sum(case((Grade.needs_manual_grade, 1), else_=0)),
        )
        .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .filter(mine)
        .group_by(SubmittedNotebook.assignment_id)
    )
    points = {identity: found for identity, *found in sums}
    works = {}
    about = (SubmittedAssignment.id, SubmittedAssignment.student_id, SubmittedAssignment.timestamp)
    for identity, student, timestamp in database.query(*about).filter(mine):
        score, scored, waiting = points.get(identity, (0.0, 0, 0))
        penalty = penalties.get(identity) or 0.0
        works[student] = _Work(timestamp, float(score), bool(scored), bool(waiting), float(penalty))
    return works
