"""Where a course keeps what: its root, the solutions, the release, the submissions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from autograde.errors import UsageError
from autograde.policy import Policy, load_policy

MARKER = "nbgrader_config.py"
HELPERS = ("__init__", "check", "earlier")
"""Modules of solutions/ that are no assignments: they lie beside the notebooks."""


@dataclass(frozen=True)
class Course:
    """A course's folders and its policy.

    Args:
        root: the folder with nbgrader_config.py, solutions/ and exercises/.
        policy: limits from autograde.toml.
    """

    root: Path
    policy: Policy

    @property
    def solutions(self) -> Path:
        """Hand-written sources, one percent-format .py an assignment."""
        return self.root / "solutions"

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
        """Names of the assignments that have a source, sorted."""
        return sorted(path.stem for path in self.solutions.glob("*.py") if path.stem not in HELPERS)

    def source(self, name: str) -> Path:
        """The source of one assignment.

        Raises:
            UsageError: there is none of that name.
        """
        if name not in self.assignments():
            raise UsageError(f"unknown assignment {name!r}: expected one of {', '.join(self.assignments())}")
        return self.solutions / f"{name}.py"


def find_course(start: Path) -> Course:
    """The course that `start` lies in: the nearest folder above it with nbgrader_config.py and solutions/.

    Raises:
        UsageError: there is none.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / MARKER).is_file() and (folder / "solutions").is_dir():
            return Course(folder, load_policy(folder))
    raise UsageError(
        f"{start} is in no course: expected a folder above it with {MARKER} and solutions/; cd into the course"
    )
