"""Which wrong functions call other wrong functions: these are to be mended first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from autograde.exam.findings import Finding

MAX_SOURCE = 100_000
"""Characters of a cell beyond which nobody has written it by hand, and it is not read."""


_PREFIX = "(?:[rR][bBfF]?|[bBfF][rR]?|[uU])?"
_LONG = _PREFIX + r"""(?:'''(?:[^'\\]|\\.|'(?!''))*+(?:''')?|\"\"\"(?:[^"\\]|\\.|"(?!""))*+(?:\"\"\")?)"""
_SHORT = _PREFIX + r"""(?:'(?:[^'\\\n]|\\.)*+'?|"(?:[^"\\\n]|\\.)*+"?)"""
# Each piece takes what it can and gives nothing back (*+), also where its end is missing: so the scan is linear in
# whatever a student writes. Python's own tokenizer needs a minute for 48 kB of escaped quotes.
_NUMBER = r"\.[0-9]\w*+|[0-9]++(?:\.\w*+|\w++)?"
_PIECE = re.compile(rf"{_LONG}|{_SHORT}|#[^\n]*+|{_NUMBER}|(?P<name>[^\W\d]\w*+)|(?P<joint>\\\n)|\.\.\.|\n|\S", re.S)


def names_used(source: str) -> set[str]:
    """Names that a cell uses, without what stands in text or comments or behind a dot.

    The text is not parsed: a student may write what overflows a parser's stack.
    """
    if len(source) > MAX_SOURCE:
        return set()
    names: set[str] = set()
    before = ""
    for piece in _PIECE.finditer(source):
        if piece["name"] and before not in (".", "def", "class"):
            names.add(piece["name"])
        if not piece["joint"]:  # a line that a backslash continues
            before = piece[0]
    return names


def mend_first(findings: Mapping[str, Finding], sources: Mapping[str, str]) -> dict[str, Finding]:
    """The findings; one on a wrong function names the wrong functions before it that its cell uses.

    Args:
        findings: by function, in the notebook's order.
        sources: by function, the text of its cell.
    """
    wrong = [function for function, finding in findings.items() if finding.verdict != "correct"]
    marked = dict(findings)
    for place, function in enumerate(wrong):
        used = names_used(sources.get(function, ""))
        causes = tuple(cause for cause in wrong[:place] if cause in used)
        if causes:
            marked[function] = replace(findings[function], mend_first=causes)
    return marked
