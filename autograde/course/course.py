"""Where a course keeps what: its root, the solutions, the release, the submissions."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from autograde.course.content import TITLE_FILE, Content
from autograde.course.folder import load_content
from autograde.errors import ConfigError, UsageError
from autograde.policy import FILE_NAME, Policy, load_policy

MARKER = "nbgrader_config.py"
HANDED_IN = ("submitted", "autograded", "feedback")
"""Folders of students' work, or of what was made from it: no course is in one of them."""


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
    """Whether a folder has what makes a course's root; nothing in it is read."""
    return (folder / MARKER).is_file() and (folder / "solutions" / TITLE_FILE).is_file()


def handed_in_folder(folder: Path) -> Path | None:
    """The outermost folder of students' work that `folder` is, or lies in: what is there is a stranger's."""
    return next((one for one in (*reversed(folder.parents), folder) if one.name in HANDED_IN), None)


def course_at(root: Path) -> Course:
    """The course whose root is this very folder. Owners and links are looked at before any file of it is read.

    Raises:
        UsageError: the folder is no course's root, or lies where students' work is kept.
        ConfigError: a file that the grader would obey is somebody else's, or lies elsewhere.
    """
    root = root.resolve()
    students = handed_in_folder(root)
    if students is not None:
        raise UsageError(
            f"{root} is no course: {students} holds students' work, and nothing below it is obeyed; cd into the course,"
            " or name it with --course"
        )
    if not is_course(root):
        raise UsageError(f"{root} is no course: expected {MARKER} and solutions/{TITLE_FILE} in it")
    _refuse_foreign(root)
    return Course(root, load_policy(root))


def _refuse_foreign(root: Path) -> None:
    """Raises ConfigError unless what decides how work is graded lies in the course and belongs to who grades."""
    trusted = {0, os.geteuid()}
    if os.geteuid() == 0 and os.environ.get("SUDO_UID", "").isdigit():
        trusted.add(int(os.environ["SUDO_UID"]))  # the person behind sudo
    for name in ("", MARKER, FILE_NAME, "solutions", f"solutions/{TITLE_FILE}"):
        path = root / name
        if not path.exists() and not path.is_symlink():
            continue
        place = path.resolve()
        if place != root and root not in place.parents:
            raise ConfigError(f"{path} is a link to {place}, out of the course: put the file itself there")
        owner = path.stat().st_uid
        if owner not in trusted:
            raise ConfigError(
                f"{path} belongs to the user with the number {owner}, neither to you ({os.geteuid()}) nor to root, so "
                "it is not obeyed: make it yours (chown), or grade as its owner"
            )


def find_course(start: Path) -> Course:
    """The course that `start` lies in: the nearest folder above it with nbgrader_config.py and solutions/course.toml.

    A folder of students' work is passed over with all that is in it, whatever a student put there.

    Raises:
        UsageError: there is none.
        ConfigError: see `course_at`.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        if handed_in_folder(folder) is None and is_course(folder):
            return course_at(folder)
    raise UsageError(
        f"{start} is in no course: expected a folder above it with {MARKER} and solutions/{TITLE_FILE}; "
        "cd into the course, or name it with --course"
    )
