"""Where a course keeps what: its root, the solutions, the release, the submissions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from autograde.course.content import TITLE_FILE, Content
from autograde.course.folder import load_content
from autograde.errors import UsageError
from autograde.policy import Policy, load_policy

MARKER = "nbgrader_config.py"


@dataclass(frozen=True)
class Course:
    """A course's folders, its content and its policy.

    Args:
        root: the folder with nbgrader_config.py, solutions/ and exercises/.
        policy: limits from autograde.toml.
    """

    root: Path
    policy: Policy

    @property
    def content(self) -> Content:
        """What the course asks; read anew where its files have changed."""
        return load_content(self.solutions)

    @property
    def solutions(self) -> Path:
        """The content, as its authors write it."""
        return self.root / "solutions"

    @property
    def sources(self) -> Path:
        """Nbgrader's source folder, made by a release: notebooks, and what students get beside them."""
        return self.root / "source"

    @property
    def exercises(self) -> Path:
        """What students get."""
        return self.root / "exercises"

    @property
    def state(self) -> Path:
        """The grader's own records: verdicts, seeds, what has been graded."""
        return self.root / ".autograde"

    @property
    def book_url(self) -> str:
        """Where the feedback's links to the book lead."""
        return self.policy.book_url or (self.root / "book" / "_build" / "html").as_uri()

    def assignments(self) -> list[str]:
        """Names of the assignments, in reading order."""
        return list(self.content.names)

    def source(self, name: str) -> Path:
        """The source of one assignment's notebook.

        Raises:
            UsageError: there is none of that name.
        """
        if name not in self.content.names:
            raise UsageError(f"unknown assignment {name!r}: expected one of {', '.join(self.assignments())}")
        return self.content.notebook(name)


def is_course(folder: Path) -> bool:
    """Whether a folder is a course's root."""
    return (folder / MARKER).is_file() and (folder / "solutions" / TITLE_FILE).is_file()


def find_course(start: Path) -> Course:
    """The course that `start` lies in: the nearest folder above it with nbgrader_config.py and solutions/course.toml.

    Raises:
        UsageError: there is none.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        if is_course(folder):
            return Course(folder, load_policy(folder))
    raise UsageError(
        f"{start} is in no course: expected a folder above it with {MARKER} and solutions/{TITLE_FILE}; "
        "cd into the course"
    )
