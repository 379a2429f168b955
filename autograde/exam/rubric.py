"""How the answers of one function are weighed and told: the part of a question that travels without torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Idea:
    """A wrong idea as a card tells it.

    Args:
        key: its stable name.
        text: one sentence that names it.
        why: why it is wrong, and what to do.
        page: the section of the book to read, relative to the book's front page.
    """

    key: str
    text: str
    why: str
    page: str


@dataclass(frozen=True)
class Rubric:
    """How the answers of one function are weighed and told.

    Args:
        groups: share of the points of each case group.
        page: the section of the book that teaches the function, relative to the book's front page.
        ideas: the wrong ideas that answers can betray, most specific first.
    """

    groups: Mapping[str, float]
    page: str
    ideas: tuple[Idea, ...] = ()

    @property
    def keys(self) -> list[str]:
        """The ideas' keys, in order."""
        return [idea.key for idea in self.ideas]

    def idea(self, key: str | None) -> Idea | None:
        """The idea of that key; None for None, and for an idea that is no longer known."""
        return next((idea for idea in self.ideas if idea.key == key), None)
