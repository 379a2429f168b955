"""Results into nbgrader's gradebook and autograded/, a batch in one transaction, by one writer."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nbgrader.api import MissingEntry
from nbgrader.preprocessors import AssignLatePenalties

from autograde.course import Course
from autograde.errors import GradebookError
from autograde.exam.model import Exam
from autograde.nbgrader_adapter.notebooks import graded_notebook
from autograde.nbgrader_adapter.store import Store, moment
from autograde.run.grade import Graded
from autograde.run.submission import SECRET_FILE, TIMESTAMP, Receipt, Submission


def _write(path: Path, text: str) -> None:
    """Writes a file as a whole or not at all, also over one that nbgrader has made read-only."""
    partial = path.with_suffix(".tmp")
    partial.write_text(text, "utf-8")
    os.replace(partial, path)


class ClassRecords:
    """The class's folders and gradebook, as nbgrader's configuration places them.

    Args:
        course: the course.
        db_url: another gradebook than the configured one, as nbgrader's db_url.
    """

    def __init__(self, course: Course, db_url: str | None = None) -> None:
        self._course = course
        self._store = Store(course, db_url)
        self._late = AssignLatePenalties(config=self._store.config)
        self._late.init_plugin()

    def submissions(self, name: str) -> list[Submission]:
        """Every student's notebook for an assignment; see `Store.submissions`."""
        return self._store.submissions(name)

    def graded_path(self, student: str, name: str) -> Path:
        """Where the graded notebook of a student goes."""
        return self._store.graded_path(student, name)

    def check(self, name: str) -> None:
        """Raises GradebookError unless the gradebook knows the assignment."""
        with self._store.gradebook() as gradebook:
            try:
                gradebook.find_notebook(name, name)
            except MissingEntry as error:
                raise GradebookError(
                    f"the gradebook does not know {name}: run `autograde release {name}` first"
                ) from error

    def save(self, exam: Exam, batch: Sequence[tuple[Receipt, Graded]]) -> None:
        """Writes the graded notebooks, then all scores of the batch in one transaction.

        Manual scores, extra credit and comments stay as they are; late penalties are worked out anew.

        Raises:
            GradebookError: the gradebook cannot be written; nothing of the batch is in it then.
        """
        for receipt, graded in batch:
            self._write_notebook(exam, receipt, graded)
        with self._store.gradebook() as gradebook:
            commit = gradebook.db.commit
            # nbgrader's calls commit one by one; a batch is one transaction, so they only flush.
            gradebook.db.commit = gradebook.db.flush
            with gradebook.db.no_autoflush:
                for receipt, graded in batch:
                    self._enter(gradebook, exam, receipt, graded)
            commit()

    def _write_notebook(self, exam: Exam, receipt: Receipt, graded: Graded) -> None:
        path = self.graded_path(graded.student, exam.assignment.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        # Feedback is released under a name made from the submission's secret, and nbgrader stops for the whole class
        # where one submission lacks either file. An empty timestamp is nbgrader's word for none.
        timestamp = moment(receipt.timestamp)
        text = "" if timestamp is None else f"{timestamp:%Y-%m-%d %H:%M:%S.%f} UTC\n"
        _write(path.parent / TIMESTAMP, text)
        # The secret by which the exchange gives feedback back; a new one for work that came another way.
        _write(path.parent / SECRET_FILE, receipt.secret or secrets.token_hex(64))
        notebook = graded_notebook(exam, graded, self._course.book_url)
        _write(path, json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")

    def _enter(self, gradebook: Any, exam: Exam, receipt: Receipt, graded: Graded) -> None:
        name = exam.assignment.name
        gradebook.update_or_create_student(graded.student)
        timestamp = moment(receipt.timestamp)
        extra = {} if timestamp is None else {"timestamp": timestamp}
        entry = gradebook.update_or_create_submission(name, graded.student, **extra)
        notebook = next(one for one in entry.notebooks if one.name == name)
        for grade in notebook.grades:
            function = grade.name.removeprefix("test_")
            if function in graded.points:
                grade.auto_score = graded.points[function]
                grade.needs_manual_grade = grade.manual_score is not None
        for comment in notebook.comments:
            finding = graded.findings.get(comment.name)
            comment.auto_comment = "No response." if finding is not None and finding.verdict == "no_answer" else None
        gradebook.db.flush()
        notebook.late_submission_penalty = self._penalty(graded.student, entry, notebook)
        gradebook.db.flush()

    def _penalty(self, student: str, entry: Any, notebook: Any) -> float | None:
        notebook.late_submission_penalty = None
        if entry.total_seconds_late <= 0:
            return None
        penalty = self._late.plugin_inst.late_submission_penalty(student, notebook.score, entry.total_seconds_late)
        return None if penalty is None else self._late._check_late_penalty(notebook, penalty)
