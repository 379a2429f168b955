"""Results into nbgrader's gradebook and autograded/, a batch in one transaction, by one writer.

SQLAlchemy is imported when the gradebook is opened, beside sandboxes that are warming up by then.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from autograde.course import Course
from autograde.errors import GradebookError
from autograde.exam.model import Exam
from autograde.nbgrader_adapter.notebooks import graded_notebook
from autograde.nbgrader_adapter.store import Store, moment
from autograde.run.grade import Graded
from autograde.run.submission import SECRET_FILE, TIMESTAMP, Receipt, Submission

if TYPE_CHECKING:
    from autograde.nbgrader_adapter.rows import Entry


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
        self._late: Any = None

    def submissions(self, name: str) -> list[Submission]:
        """Every student's notebook for an assignment; see `Store.submissions`."""
        return self._store.submissions(name)

    def graded_path(self, student: str, name: str) -> Path:
        """Where the graded notebook of a student goes."""
        return self._store.graded_path(student, name)

    def check(self, name: str) -> None:
        """Raises GradebookError unless the gradebook knows the assignment."""
        from autograde.nbgrader_adapter import rows

        path = self._store.gradebook_path
        if path is not None and path.parent.is_dir() and not path.exists():
            raise GradebookError(f"there is no gradebook at {path}: run `autograde release {name}` first")
        with self._store.transaction() as connection:
            rows.check(connection, name)

    def save(self, exam: Exam, batch: Sequence[tuple[Receipt, Graded]]) -> None:
        """Writes the graded notebooks, then all scores of the batch in one transaction.

        Manual scores, extra credit and comments stay as they are; late penalties are worked out anew.

        Raises:
            GradebookError: the gradebook cannot be written; nothing of the batch is in it then.
        """
        for receipt, graded in batch:
            self._write_notebook(exam, receipt, graded)
        from autograde.nbgrader_adapter.rows import Writer

        entries = [_entry(receipt, graded) for receipt, graded in batch]
        with self._store.transaction() as connection:
            Writer(connection, exam.assignment.name).enter(entries, self._penalty)

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

    def _penalty(self, student: str, score: float, seconds: float) -> float | None:
        """What nbgrader's plugin takes off late work."""
        if self._late is None:
            # nbgrader takes seconds to import, and who is never late never needs it.
            from nbgrader.preprocessors import AssignLatePenalties

            self._late = AssignLatePenalties(config=self._store.config)
            self._late.init_plugin()
        penalty = self._late.plugin_inst.late_submission_penalty(student, score, seconds)
        return None if penalty is None else self._late._check_late_penalty(SimpleNamespace(score=score), penalty)


def _entry(receipt: Receipt, graded: Graded) -> Entry:
    from autograde.nbgrader_adapter.rows import Entry

    silent = {function for function, finding in graded.findings.items() if finding.verdict == "no_answer"}
    return Entry(graded.student, moment(receipt.timestamp), graded.points, silent)
