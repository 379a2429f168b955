"""What has been graded: one small file a submission, written after the gradebook, so that a killed run goes on."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograde.course import Course
from autograde.errors import GradebookError
from autograde.grade import Submission
from autograde.notebook import BadNotebookError, read_bytes


@contextlib.contextmanager
def only_grader(course: Course) -> Iterator[None]:
    """Holds the course for one grader; the system lets go when the process ends, however it ends.

    Raises:
        GradebookError: another grader has it.
    """
    course.state.mkdir(parents=True, exist_ok=True)
    with (course.state / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise GradebookError(f"another grader is at work on {course.root}: wait until it has ended") from error
        yield


class Ledger:
    """The records of one assignment under .autograde/."""

    def __init__(self, course: Course, name: str) -> None:
        self._folder = course.state / name
        self._limit = course.policy.notebook_mib
        # What decides a score besides the submission: the exam's own sources.
        package = Path(__file__).parent
        sources = [course.source(name), package / "challenge" / f"{name}.py", package / "reference" / f"{name}.py"]
        self._exam = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()

    def digest(self, submission: Submission) -> str:
        """A name for what was handed in and for the exam that asks; the same work in the same exam has the same."""
        try:
            content = read_bytes(submission.path, self._limit)
        except BadNotebookError as error:
            content = str(error).encode()
        return hashlib.sha256(self._exam.encode() + content).hexdigest()

    def _path(self, student: str) -> Path:
        return self._folder / f"{hashlib.sha256(student.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}.json"

    def find(self, submission: Submission) -> dict[str, Any] | None:
        """The record of this very work, or None when it is new or has changed."""
        try:
            entry = json.loads(self._path(submission.student).read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return entry["record"] if entry.get("digest") == self.digest(submission) else None

    def records(self) -> list[dict[str, Any]]:
        """All records of the assignment, sorted by student."""
        entries = [json.loads(path.read_text("utf-8")) for path in self._folder.glob("*.json")]
        return sorted((entry["record"] for entry in entries), key=lambda record: record["student"])

    def note(self, submission: Submission, record: dict[str, Any], seed: int) -> None:
        """Keeps a record, with the seed that it was graded with."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(submission.student)
        partial = path.with_suffix(".tmp")
        partial.write_text(json.dumps({"digest": self.digest(submission), "seed": seed, "record": record}), "utf-8")
        os.replace(partial, path)
