"""A verdict as a card that a student can read: plain text, and HTML that runs no script and trusts no text."""

from __future__ import annotations

import re
from html import escape

import numpy as np

from autograde.exam.findings import Finding
from autograde.exam.rubric import Rubric

TITLES = {
    "correct": "Correct",
    "wrong_value": "Wrong values",
    "wrong_shape": "Wrong shape",
    "wrong_dtype": "Wrong type",
    "non_finite": "Not a number",
    "modified_input": "Input was changed",
    "error": "Error",
    "timeout": "Out of time",
    "no_answer": "No answer",
}
_BOX = (
    "border:1px solid #8c959f;border-left:6px solid {color};border-radius:6px;padding:0.6em 0.9em;margin:0.4em 0;"
    "font-family:system-ui,sans-serif;line-height:1.45;max-width:48em;color:#1f2328;background:#ffffff"
)


def page_url(book_url: str, page: str) -> str:
    """Where a page of the book is; the front page for a section that the book does not have."""
    return f"{book_url.rstrip('/')}/{page}"


def first(finding: Finding) -> str:
    """A sentence on the wrong functions that this one uses; "" when it uses none."""
    if not finding.mend_first:
        return ""
    *others, last = [f"`{name}`" for name in finding.mend_first]
    names = f"{', '.join(others)} and {last}" if others else last
    return f"This function uses {names}, which {'are' if others else 'is'} not right yet: mend {names} first."


def counted(finding: Finding) -> str:
    """How many cases are right, and what all the others have in common; "" where none is."""
    if not finding.passed:
        return ""
    parted = f" It is {finding.parted}." if finding.parted else ""
    return f"{finding.passed} of {finding.total} cases are right.{parted}"


def named(rubric: Rubric, finding: Finding) -> list[str]:
    """The idea that explains the answers, and why it is wrong; hedged where it explains many of them, not all."""
    idea = rubric.idea(finding.misconception or finding.likely)
    if idea is None:
        return []
    return [idea.text if finding.misconception else f"One thing that fits: {idea.text}", idea.why]


def message(rubric: Rubric, finding: Finding) -> str:
    """The finding in one paragraph of plain text."""
    if finding.verdict == "correct":
        return finding.message
    parts = [finding.message.rstrip(".") + "."]
    if finding.label:
        parts.insert(0, f"Case “{finding.label}”, {finding.asked}:")
    if finding.parted:
        parts.append(f"It is {finding.parted}.")
    parts += named(rubric, finding)
    if finding.mend_first:
        parts.append(first(finding))
    return " ".join(parts)


def text_card(rubric: Rubric, finding: Finding, points: float, maximum: float, book_url: str) -> str:
    """The card as plain text."""
    lines = [f"{finding.function}: {TITLES[finding.verdict]}, {points:g} of {maximum:g} points"]
    if finding.verdict == "correct":
        return f"{lines[0]} ({finding.message})"
    if counted(finding):
        lines.append(f"  {counted(finding)}")
    if finding.label:
        lines += [f"  first failing case: {finding.label}", f"  asked: {finding.asked}"]
    lines.append(f"  {finding.message}")
    if finding.mask is not None:
        lines.append("  where it differs (# wrong, . right):")
        lines += ["    " + "".join("#" if wrong else "." for wrong in row) for row in finding.mask]
    lines += [f"  {text}" for text in named(rubric, finding)]
    if finding.mend_first:
        lines.append(f"  {first(finding)}")
    lines.append(f"  read: {page_url(book_url, _page(rubric, finding))}")
    return "\n".join(lines)


def _page(rubric: Rubric, finding: Finding) -> str:
    idea = rubric.idea(finding.misconception or finding.likely)
    return idea.page if idea else rubric.page


def code_words(text: str) -> str:
    """Escaped text, with what stands between backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _picture(mask: np.ndarray) -> str:
    """The mask as a small SVG: filled squares differ, outlined ones agree."""
    rows, columns = mask.shape
    side = 12
    squares = "".join(
        f'<rect x="{j * side + 1}" y="{i * side + 1}" width="{side - 2}" height="{side - 2}" '
        f'fill="{"#b35900" if mask[i, j] else "#ffffff"}" stroke="#6e7781"/>'
        for i in range(rows)
        for j in range(columns)
    )
    label = f"{int(mask.sum())} of {mask.size} values shown differ"
    return (
        f'<svg role="img" aria-label="{label}" width="{columns * side}" height="{rows * side}" '
        f'viewBox="0 0 {columns * side} {rows * side}" xmlns="http://www.w3.org/2000/svg">{squares}</svg>'
    )


def html_card(rubric: Rubric, finding: Finding, points: float, maximum: float, book_url: str) -> str:
    """The card as HTML; every text in it is escaped, and it holds no script, style sheet or remote resource."""
    right = finding.verdict == "correct"
    color = "#1a7f37" if right else "#b35900"
    mark = "✓" if right else "✗"
    rows = [
        # MathJax, where a page has it, passes over these classes: a student's words are no formulas.
        f'<div class="tex2jax_ignore mathjax_ignore" style="{_BOX.format(color=color)}">',
        f'<strong style="color:{color}">{mark} {TITLES[finding.verdict]}</strong> · '
        f"<code>{escape(finding.function)}</code> · {points:g} of {maximum:g} points",
    ]
    if right:
        return "".join([*rows, f"<br>{escape(finding.message)}</div>"])
    if counted(finding):
        rows.append(f"<br>{code_words(counted(finding))}")
    if finding.label:
        rows.append(f"<br>First failing case: {escape(finding.label)}, <code>{escape(finding.asked)}</code>")
    rows.append(f"<br>{escape(finding.message)}")
    if finding.mask is not None:
        rows.append(f'<div style="margin:0.5em 0">Where it differs:<br>{_picture(finding.mask)}</div>')
    idea = named(rubric, finding)
    if idea:
        rows.append(f'<p style="margin:0.5em 0"><strong>{code_words(idea[0])}</strong> {code_words(idea[1])}</p>')
    if finding.mend_first:
        rows.append(f'<p style="margin:0.5em 0">{code_words(first(finding))}</p>')
    url = page_url(book_url, _page(rubric, finding))
    rows.append(f'<p style="margin:0.5em 0 0">Read <a href="{escape(url)}">the section of the book</a>.</p></div>')
    return "".join(rows)
