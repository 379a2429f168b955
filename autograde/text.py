"""Text that strangers wrote, made fit to be kept, and fit to be printed on a terminal."""

from __future__ import annotations

import re

_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f]"  # control characters, those that begin a terminal's commands among them
    r"|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"  # what turns the direction of writing, or ends a line
    r"|[\ud800-\udfff]"  # halves of characters, which no file can hold
)


def storable(text: str) -> str:
    """The text with a question mark in place of what UTF-8 cannot carry (lone surrogates)."""
    return text.encode("utf-8", "replace").decode()


def visible(text: str) -> str:
    r"""The text with every character that a reader does not see written as \uXXXX; tabs and line breaks stay.

    The form is JSON's own, so that a report in JSON still says the same.
    """
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def one_line(text: str) -> str:
    """The text on one line: a line break in a stranger's text could begin a line of the grader's own."""
    return visible(re.sub(r"\r\n?|\n", " ↵ ", text.strip()))
