"""Which wrong functions call other wrong functions: these are to be mended first."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Mapping
from dataclasses import replace

from autograde.exam.checker import Finding

MAX_SOURCE = 100_000
"""Characters of a cell beyond which nobody has written it by hand, and it is not read."""


def names_used(source: str) -> set[str]:
    """Names that a cell uses, without what stands in text or comments or behind a dot; none where it is no Python.

    The text is cut into tokens and not parsed: a student may write what overflows a parser's stack.
    """
    if len(source) > MAX_SOURCE:
        return set()
    names: set[str] = set()
    before = ""
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.NAME and before not in (".", "def", "class"):
                names.add(token.string)
            before = token.string
    except (tokenize.TokenError, SyntaxError):
        return set()
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
