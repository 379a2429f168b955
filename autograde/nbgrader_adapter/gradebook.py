"""Results into nbgrader's gradebook and autograded/, a batch in one transaction, by one writer."""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import parse_utc

from autograde.course import Course
from autograde.errors import GradebookError, UsageError
from autograde.grade import Exam, Graded, Submission
from autograde.nbgrader_adapter import load_config
from autograde.nbgrader_adapter.notebooks import graded_notebook
from autograde.notebook import BadNotebookError, read_bytes

SECRET = re.compile(r"[0-9a-f]{32,256}")


def _secret(submission: Submission) -> str:
    """The secret by which nbgrader's exchange gives feedback back; a new one for work that came another way."""
    try:
        text = read_bytes(submission.path.parent / "submission_secret.txt", 1).decode().strip()
    except (BadNotebookError, UnicodeDecodeError):
        text = ""
    return text if SECRET.fullmatch(text) else secrets.token_hex(64)


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
        self._config = load_config(course.root)
        self._folders = CourseDirectory(config=self._config)
        self._db_url = db_url or self._folders.db_url
        self._late = AssignLatePenalties(config=self._config)
        self._late.init_plugin()

    def submissions(self, name: str) -> list[Submission]:
        """Every student's notebook for an assignment, also where the file is missing; sorted by student.

        Raises:
            UsageError: nobody handed anything in.
        """
        pattern = Path(self._folders.format_path(self._folders.submitted_directory, "*", name))
        found = sorted(pattern.parent.parent.glob(f"*/{name}"))
        submissions = [Submission(folder.parent.name, folder / f"{name}.ipynb") for folder in found]
        if not submissions:
            raise UsageError(f"no submission of {name}: expected {pattern}/{name}.ipynb")
        return submissions

    def graded_path(self, student: str, name: str) -> Path:
        """Where the graded notebook of a student goes."""
        return Path(self._folders.format_path(self._folders.autograded_directory, student, name)) / f"{name}.ipynb"

    @contextmanager
    def _gradebook(self) -> Iterator[Any]:
        try:
            with Gradebook(self._db_url, self._folders.course_id) as gradebook:
                yield gradebook
        except sqlalchemy.exc.DatabaseError as error:
            raise GradebookError(
                f"the gradebook {self._db_url} cannot be used: {error.orig}; is another program writing it, or is it "
                "no gradebook?"
            ) from error
        except sqlalchemy.exc.ArgumentError as error:
            raise GradebookError(f"the gradebook {self._db_url} cannot be used: {error}") from error

    def check(self, name: str) -> None:
        """Raises GradebookError unless the gradebook knows the assignment."""
        with self._gradebook() as gradebook:
            try:
                gradebook.find_notebook(name, name)
            except MissingEntry as error:
                raise GradebookError(
                    f"the gradebook does not know {name}: run `autograde release {name}` first"
                ) from error

    def save(self, exam: Exam, batch: Sequence[tuple[Submission, Graded]]) -> None:
        """Writes the graded notebooks, then all scores of the batch in one transaction.

        Manual scores, extra credit and comments stay as they are; late penalties are worked out anew.

        Raises:
            GradebookError: the gradebook cannot be written; nothing of the batch is in it then.
        """
        for submission, graded in batch:
            self._write_notebook(exam, submission, graded)
        with self._gradebook() as gradebook:
            commit = gradebook.db.commit
            # nbgrader's calls commit one by one; a batch is one transaction, so they only flush.
            gradebook.db.commit = gradebook.db.flush
            with gradebook.db.no_autoflush:
                for submission, graded in batch:
                    self._enter(gradebook, exam, submission, graded)
            commit()

    def _write_notebook(self, exam: Exam, submission: Submission, graded: Graded) -> None:
        path = self.graded_path(graded.student, exam.assignment.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        # Feedback is released under a name made from the submission's secret, and nbgrader stops for the whole class
        # where one submission lacks either file. An empty timestamp is nbgrader's word for none.
        timestamp = self._timestamp(submission)
        text = "" if timestamp is None else f"{timestamp:%Y-%m-%d %H:%M:%S.%f} UTC\n"
        _write(path.parent / "timestamp.txt", text)
        _write(path.parent / "submission_secret.txt", _secret(submission))
        notebook = graded_notebook(exam, graded, self._course.book_url)
        _write(path, json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")

    def _enter(self, gradebook: Any, exam: Exam, submission: Submission, graded: Graded) -> None:
        name = exam.assignment.name
        gradebook.update_or_create_student(graded.student)
        timestamp = self._timestamp(submission)
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

    def _timestamp(self, submission: Submission) -> Any:
        try:
            text = read_bytes(submission.path.parent / "timestamp.txt", 1).decode().strip()
            return parse_utc(text) if text else None
        except (BadNotebookError, ValueError, OverflowError):
            return None  # a timestamp that is none says nothing about lateness

    def _penalty(self, student: str, entry: Any, notebook: Any) -> float | None:
        notebook.late_submission_penalty = None
        if entry.total_seconds_late <= 0:
            return None
        penalty = self._late.plugin_inst.late_submission_penalty(student, notebook.score, entry.total_seconds_late)
        return None if penalty is None else self._late._check_late_penalty(notebook, penalty)
