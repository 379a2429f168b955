"""A small case below a card: lines to paste into the notebook, and the answers side by side; HTML without a script."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np

from autograde.exam.findings import SmallCase, Tried
from autograde.feedback.cards import page_url

DIGITS = 4
"""Decimals that are shown of a right answer."""
_FRAME = (
    "margin:0.6em 0 0;padding:0.6em 0.9em;border:1px solid #8c959f;border-radius:6px;font-family:system-ui,sans-serif"
)
_PRE = (
    "margin:0.3em 0;padding:0.6em;border:1px solid #8c959f;border-radius:6px;overflow-x:auto;white-space:pre;"
    "max-width:100%;font:14px/1.45 ui-monospace,monospace"
)
_SIDE = "display:flex;flex-wrap:wrap;gap:0.4em 1.2em;margin:0.6em 0 0"


_DIFFERENCE = f'print("difference", np.round(np.subtract({{}}, {{}}), {DIGITS - 1}), sep="\\n")'


def _is_several(value: Any) -> bool:
    """Whether an answer is several arrays, perhaps with numbers among them."""
    return isinstance(value, tuple) and any(isinstance(one, np.ndarray) for one in value)


def _plain(array: np.ndarray, first: str = "") -> str:
    """An array as Python reads it, below `first`; whole floats without their point."""
    shown = array.round(DIGITS) + 0 if array.dtype.kind == "f" else array  # the 0 turns -0 into 0
    if array.dtype.kind == "f" and np.isfinite(shown).all() and (shown == np.rint(shown)).all():
        shown = shown.astype(np.int64)
    return np.array2string(shown, separator=", ", threshold=shown.size + 1, max_line_width=1000, prefix=first)


def _code(value: Any, first: str = "") -> str:
    """A value as an expression."""
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and not value.ndim):
        return _code(value.item())
    if isinstance(value, float):
        return repr(float(f"{value:.10g}"))
    if isinstance(value, np.ndarray):
        opening = "np.array("
        dtype = {"float64": ", float", "int64": "", "bool": ""}.get(str(value.dtype), f", np.{value.dtype}")
        return f"{opening}{_plain(value, first + opening)}{dtype})"
    if _is_several(value):
        return "(\n    " + "\n    ".join(f"{_code(one, '    ')}," for one in value) + "\n)"
    return repr(value)


def snippet(function: str, case: SmallCase) -> str:
    """Lines of Python that call the function and print its answer beside the right one."""
    lines, given = [], []

    def argument(name: str, value: Any) -> str:
        if not isinstance(value, np.ndarray):
            return _code(value)
        lines.append(f"{name} = {_code(value, f'{name} = ')}")
        return name

    given += [argument(name, value) for name, value in zip(case.names, case.args, strict=True)]
    given += [f"{name}={argument(name, value)}" for name, value in case.kwargs.items()]
    right = case.expectation.value
    lines += [
        f"got = {function}({', '.join(given)})",
        f"expected = {_code(right, 'expected = ')}",
        'print("expected", expected, "got", got, sep="\\n")',
    ]
    if isinstance(right, np.ndarray):
        lines += ["if np.shape(got) == expected.shape:", f"    {_DIFFERENCE.format('got', 'expected')}"]
    elif _is_several(right):
        lines += ["for one, right in zip(got, expected):", "    if np.shape(one) == np.shape(right):"]
        lines.append(f"        {_DIFFERENCE.format('one', 'right')}")
    return "\n".join(lines)


def _shown(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return _plain(value)
    if _is_several(value):
        return "\n\n".join(map(_shown, value))
    return _code(value)


def _answers(tried: Tried) -> Mapping[str, str]:
    """What stands side by side: its title, and the text."""
    right, yours = tried.case.expectation.value, tried.value
    told = {"Expected": _shown(right), "Yours": tried.text if yours is None else _shown(yours)}
    rights, answers = (one if isinstance(one, tuple) else (one,) for one in (right, yours))
    if yours is not None and [np.shape(one) for one in rights] == [np.shape(one) for one in answers]:
        with np.errstate(invalid="ignore", over="ignore"):
            away = [np.subtract(one, other, dtype=np.float64) for one, other in zip(answers, rights, strict=True)]
        told["Difference"] = "\n\n".join(map(_plain, away))
    return told


def html(function: str, tried: Tried, book_url: str) -> str:
    """The small case as HTML; it trusts no text, and holds no script, style sheet or remote resource."""
    code = snippet(function, tried.case)
    sides = "".join(
        f'<div style="min-width:0;max-width:100%"><strong>{title}</strong>'
        f'<pre tabindex="0" role="group" aria-label="{title}, {escape(function)}" style="{_PRE}">{escape(text)}</pre>'
        "</div>"
        for title, text in _answers(tried).items()
    )
    figure = ""
    if tried.case.figure:
        address = escape(page_url(book_url, tried.case.figure))
        figure = f'<p style="margin:0.5em 0 0"><a href="{address}">See these numbers step by step</a> in the book.</p>'
    return (
        f'<div class="tex2jax_ignore mathjax_ignore" style="{_FRAME}">'
        "<strong>A small case to try at home.</strong> Its numbers are not the graders’, and your function gets it "
        "wrong, too. "
        "Click or tap the lines: all of them are selected. Copy them into a new cell at the end of your notebook."
        f'<pre tabindex="0" role="group" aria-label="Lines to copy, {escape(function)}" '
        f'style="{_PRE};-webkit-user-select:all;user-select:all">{escape(code)}</pre>'
        f'<div style="{_SIDE}">{sides}</div>{figure}</div>'
    )
