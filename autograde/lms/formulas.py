"""Where a spreadsheet would begin to compute, and the apostrophe that keeps it from it."""

from __future__ import annotations

import re

_START, _SIGN = r"(?:(?<=[;|\t\r\n])|\A)", r"(?=[\s\"]*[=+\-@＝＋－＠])"
# At a cell's first sign, and after what separates cells somewhere.
_FORMULA, _GUARDED = re.compile(_START + _SIGN), re.compile(f"{_START}'{_SIGN}")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would compute something of the text."""
    return _FORMULA.search(text) is not None


def guarded(text: str) -> str:
    """The text with an apostrophe before each formula."""
    return _FORMULA.sub("'", text)


def unguarded(text: str) -> str:
    """The text as it was before `guarded`."""
    return _GUARDED.sub("", text)
