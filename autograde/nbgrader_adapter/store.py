"""Where nbgrader's configuration places a class: its folders, its gradebook, its timestamps.

SQLAlchemy and nbgrader are imported where they are used: who looks for submissions waits for neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from autograde.course import Course
from autograde.errors import EntryError, GradebookError, UsageError
from autograde.nbgrader_adapter import load_config
from autograde.nbgrader_adapter.folders import Folders
from autograde.run.submission import Submission, misnamed
from autograde.text import visible

if TYPE_CHECKING:
    import sqlalchemy

_MOMENT = re.compile(
    r"(?P<time>[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?)"
    r"( (?P<zone>[A-Za-z0-9+/:_-]{1,40}))?"
)
_OFFSET = re.compile(r"(?P<sign>[+-])(?P<hours>[0-9]{2}):?(?P<minutes>[0-9]{2})")


class Store:
    """A class's folders and gradebook.

    Args:
        course: the course.
        db_url: another gradebook than the configured one, as nbgrader's db_url.

    Attributes:
        config: nbgrader's configuration.
        db_url: the gradebook's address.
    """

    def __init__(self, course: Course, db_url: str | None = None) -> None:
        self.config = load_config(course.root)
        self._folders = Folders(self.config, course.root)
        self.db_url: str = db_url or self._folders.db_url

    @property
    def gradebook_path(self) -> Path | None:
        """The gradebook's file; None where a server keeps it."""
        import sqlalchemy

        with self._told():
            url = sqlalchemy.engine.make_url(self.db_url)
        return Path(url.database) if url.drivername.startswith("sqlite") and url.database else None

    def has_gradebook(self) -> bool:
        """Whether there is a gradebook; to open one that is missing would make it."""
        return self.gradebook_path is None or self.gradebook_path.is_file()

    @contextmanager
    def gradebook(self) -> Iterator[Any]:
        """The gradebook, open, as nbgrader's objects.

        Raises:
            GradebookError: it cannot be used.
            EntryError: it refuses what was to be entered.
        """
        from nbgrader.api import Gradebook

        with self._told(), Gradebook(self.db_url, self._folders.course_id) as gradebook:
            yield gradebook

    @contextmanager
    def transaction(self) -> Iterator[sqlalchemy.Connection]:
        """A connection to the gradebook; what is done by it is done as a whole or not at all.

        Raises:
            GradebookError: it cannot be used.
            EntryError: it refuses what was to be entered.
        """
        import sqlalchemy

        with self._told():
            engine = sqlalchemy.create_engine(self.db_url)
            try:
                with engine.begin() as connection:
                    yield connection
            finally:
                engine.dispose()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """SQLAlchemy's errors as the grader's own."""
        import sqlalchemy

        try:
            yield
        except (sqlalchemy.exc.DataError, sqlalchemy.exc.IntegrityError) as error:
            raise EntryError(f"the gradebook refuses an entry: {error.orig}") from error
        except sqlalchemy.exc.DatabaseError as error:
            raise GradebookError(
                f"the gradebook {self.db_url} cannot be used: {error.orig}; is another program writing it, or is it "
                "no gradebook?"
            ) from error
        except sqlalchemy.exc.ArgumentError as error:
            raise GradebookError(f"the gradebook {self.db_url} cannot be used: {error}") from error

    def handed_in(self, name: str) -> list[Path]:
        """The folders that students handed in for an assignment, sorted."""
        pattern = self._folders.path(self._folders.submitted_directory, "*", name)
        return sorted(pattern.parent.parent.glob(f"*/{name}"))

    def submissions(self, name: str) -> list[Submission]:
        """Every student's notebook for an assignment, also where the file is missing; sorted by student.

        Raises:
            UsageError: nobody handed anything in.
        """
        found = [_submission(folder, name) for folder in self.handed_in(name)]
        if not found:
            pattern = self._folders.path(self._folders.submitted_directory, "*", name)
            raise UsageError(f"no submission of {name}: expected {pattern}/{name}.ipynb")
        return found

    def graded_path(self, student: str, name: str) -> Path:
        """Where the graded notebook of a student goes."""
        return self._folders.path(self._folders.autograded_directory, student, name) / f"{name}.ipynb"

    def feedback_path(self, student: str, name: str) -> Path:
        """Where the feedback page of a student goes."""
        return self._folders.path(self._folders.feedback_directory, student, name) / f"{name}.html"


def _submission(folder: Path, name: str) -> Submission:
    student = folder.parent.name
    return Submission(visible(student), folder / f"{name}.ipynb", folder.parent.parent, misnamed(student))


def moment(text: str) -> datetime | None:
    """When work was handed in, UTC, by its timestamp.txt; None for a text that says nothing about lateness.

    Read is what nbgrader writes, `2026-01-10 12:00:00.000000 UTC`, and no more: dateutil, which nbgrader asks, takes
    the rest of a student's text for the path of a time zone's file, and opens it.
    """
    found = _MOMENT.fullmatch(text)
    if found is None:
        return None
    try:
        local = datetime.fromisoformat(found["time"])
        zone = _zone(found["zone"] or "UTC")
        return None if zone is None else local.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def _zone(name: str) -> tzinfo | None:
    """A time zone by its name or its offset; None for one that is not known."""
    offset = _OFFSET.fullmatch(name)
    if offset:
        minutes = 60 * int(offset["hours"]) + int(offset["minutes"])
        return timezone(timedelta(minutes=-minutes if offset["sign"] == "-" else minutes))
    if name in ("UTC", "GMT", "Z"):
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
