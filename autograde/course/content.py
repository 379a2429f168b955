"""The seam between the grader and what it grades: all that the engine asks of a course's content.

The engine knows no chapter. Whatever answers to this protocol is a course; `autograde.course.folder` answers from a
folder a chapter, and a course may bring its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from autograde.course.program import Program
from autograde.questions.model import Question

TITLE_FILE = "course.toml"
"""The file in a course's folder of solutions that makes it one."""


class Content(Protocol):
    """A course's content.

    Attributes:
        id: what nbgrader calls the course; letters, digits, hyphens.
        title: what people call it.
        names: the assignments, in reading order.
        book: the folder of the book's sources; there need not be one.
    """

    id: str
    title: str
    names: tuple[str, ...]
    book: Path

    def notebook(self, name: str) -> Path:
        """The source of an assignment's notebook, in jupytext's percent format."""
        ...

    def given(self, name: str) -> Sequence[Path]:
        """What students get beside the notebook, as it is: recorded answers, data, helpers. Nothing else does."""
        ...

    def recorded(self, name: str) -> Path:
        """Where the reference's answers for the visible tests are kept; one of `given`, once it is there."""
        ...

    def library(self) -> Path | None:
        """Working versions of what earlier assignments ask, from which each release gets its part; None without one."""
        ...

    def questions(self, name: str) -> Mapping[str, Question]:
        """What the hidden tests ask, by function, in the notebook's order. This may import torch."""
        ...

    def sources(self, name: str) -> Sequence[Path]:
        """The files that decide a score: notebook, questions, references, and whatever these use."""
        ...

    def page(self, label: str) -> str:
        """Where the book has the section with this label, relative to its front page; "" where it has none."""
        ...

    def bank(self, name: str) -> Sequence[Program]:
        """Right and wrong programs, by which the questions are tested."""
        ...

    def excuses(self, name: str) -> Mapping[str, Mapping[str, str]]:
        """By function: changes of the solution that no input can tell from it, each with the reason."""
        ...
