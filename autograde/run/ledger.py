"""What has been graded: one small file a submission, written after the gradebook, so that a killed run goes on."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from autograde.course import Course
from autograde.errors import GradebookError
from autograde.exam.prepare import support_files
from autograde.run.submission import Receipt, Submission, read_work

PACKAGE = Path(__file__).resolve().parents[1]
ENGINE = ("course/assignment.py", "exam", "questions", "run/grade.py", "run/notebook.py", "sandbox")
"""The parts of the grader that decide a score."""

WORK, ENGINE_PART, CONTENT, FILES = "the submission", "the grader", "the assignment's tests", "what students were given"


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


def combined(parts: Iterable[tuple[str, bytes]]) -> str:
    """One digest of named parts."""
    digest = hashlib.sha256()
    for name, content in parts:
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _engine() -> str:
    paths = [PACKAGE / part for part in ENGINE]
    files = sorted(file for path in paths for file in (path.rglob("*.py") if path.is_dir() else [path]))
    return combined((str(file.relative_to(PACKAGE)), file.read_bytes()) for file in files)


def exam_digests(course: Course, name: str) -> dict[str, str]:
    """What decides a score besides the submission, part by part."""
    sources = course.content.sources(name)
    return {
        ENGINE_PART: _engine(),
        CONTENT: combined((str(path.relative_to(course.root)), path.read_bytes()) for path in sources),
        FILES: combined(sorted(support_files(course, name).items())),
    }


class Ledger:
    """The records of one assignment under .autograde/.

    Attributes:
        unreadable: files of records that are cut or damaged, found by `records`.
    """

    def __init__(self, course: Course, name: str) -> None:
        self._course = course
        self._folder = course.state / name
        self._exam = exam_digests(course, name)
        self.unreadable: list[Path] = []

    def _path(self, student: str) -> Path:
        return self._folder / f"{hashlib.sha256(student.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}.json"

    def find(self, submission: Submission) -> tuple[dict[str, Any] | None, str]:
        """The record of this very work in this very exam, or None and what has changed ("" for work that is new)."""
        entry = _entry(self._path(submission.student))
        if entry is None:
            return None, ""
        now = {WORK: read_work(submission, self._course.policy).digest, **self._exam}
        known: Mapping[str, str] = entry["digests"]
        changed = next((part for part in now if known.get(part) != now[part]), None)
        return (entry["record"], "") if changed is None else (None, changed)

    def records(self) -> list[dict[str, Any]]:
        """All records of the assignment that can be read, sorted by student."""
        paths = sorted(self._folder.glob("*.json"))
        entries = {path: _entry(path) for path in paths}
        self.unreadable = [path for path, entry in entries.items() if entry is None]
        found = [entry["record"] for entry in entries.values() if entry is not None]
        return sorted(found, key=lambda record: record["student"])

    def note(self, receipt: Receipt, record: dict[str, Any], seed: int) -> None:
        """Keeps a record of the work that the receipt is for, with the seed that it was graded with."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(receipt.student)
        partial = path.with_suffix(".tmp")
        digests = {WORK: receipt.digest, **self._exam}
        partial.write_text(json.dumps({"digests": digests, "seed": seed, "record": record}), "utf-8")
        os.replace(partial, path)


def _entry(path: Path) -> dict[str, Any] | None:
    """What a file holds; None where there is none, or where it is no entry of this ledger."""
    try:
        entry = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    whole = isinstance(entry, dict) and isinstance(entry.get("digests"), dict) and isinstance(entry.get("record"), dict)
    return entry if whole and {"student", "functions", "score"} <= set(entry["record"]) else None
