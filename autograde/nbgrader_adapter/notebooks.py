"""Notebooks as nbgrader stores them: the author's, made from a source, and the graded, made from a result.

They are plain data: nbformat takes longer to import than a small class to grade, and its validation costs more than all
else. Tests validate instead.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Mapping
from typing import Any

from autograde.course import Assignment, SourceCell
from autograde.exam.model import Exam
from autograde.feedback import at_home, cards
from autograde.run.grade import Graded
from autograde.run.notebook import MergedCell
from autograde.text import one_line

UNGRADED = "This submission could not be graded."
SHOWN_CELL, SHOWN_TEXT, SHOWN_OUTPUT = 100_000, 2_000_000, 1_000_000
"""Characters of a student's that a graded notebook holds: of one cell, of all cells, of all that they printed."""
RENDERED = 40_000
"""Characters of a student's text cells that are rendered; the rest is shown as it was typed."""
SHOWN_PICTURES = 16 << 20
"""Characters of pasted pictures that it holds."""

ABOUT = "autograde"
"""The key of what a graded notebook notes for its feedback page."""

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def _grader_metadata(cell: SourceCell) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "schema_version": 3,
        "grade_id": cell.id,
        "grade": cell.role == "test",
        "solution": cell.role == "solution",
        "locked": cell.role in ("test", "locked"),
        "task": False,
    }
    if cell.role == "test":
        metadata["points"] = int(cell.points) if cell.points == int(cell.points) else cell.points
    return metadata


Data = dict[str, Any]
"""A notebook, a cell or an output, as its JSON has it."""


def _notebook() -> Data:
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": METADATA, "cells": []}


def _node(kind: str, source: str, cell_id: str) -> Data:
    name = re.sub(r"[^A-Za-z0-9_-]", "-", cell_id)[:64]
    node: Data = {"id": name, "cell_type": kind, "metadata": {}, "source": source}
    if kind == "code":
        node["outputs"] = []
        node["execution_count"] = None
    return node


def source_notebook(assignment: Assignment) -> Data:
    """The author's notebook, with solutions and hidden tests, as nbgrader's source folder wants it."""
    notebook = _notebook()
    for cell in assignment.cells:
        node = _node(cell.kind, cell.source, cell.id)
        if cell.role in ("solution", "test", "locked"):
            node["metadata"]["nbgrader"] = _grader_metadata(cell)
        notebook["cells"].append(node)
    return notebook


@functools.lru_cache(maxsize=4096)
def released_checksum(cell: SourceCell) -> str:
    """The checksum by which nbgrader sees whether a released cell was changed; a test compares it with nbgrader's."""
    about = _grader_metadata(cell)
    locked = not about["solution"] and (about["grade"] or about["locked"])
    parts = [cell.released, cell.kind, str(about["grade"]), str(about["solution"]), str(locked), cell.id]
    if about["grade"]:
        parts.append(str(float(about["points"])))
    return hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest()


class _Room:
    """How much of a submission a graded notebook may still show; feedback pages are made from it, and sent."""

    def __init__(self) -> None:
        self._text, self._output, self._picture, self._rendered = SHOWN_TEXT, SHOWN_OUTPUT, SHOWN_PICTURES, RENDERED

    def text(self, source: str) -> tuple[str, int]:
        """What is shown of a cell's text, and how many of its characters are left out."""
        kept = source[: min(SHOWN_CELL, self._text)]
        self._text -= len(kept)
        return kept, len(source) - len(kept)

    def output(self, printed: str) -> str:
        """What is shown of what a cell printed."""
        kept = printed[: self._output]
        self._output -= len(kept)
        left = len(printed) - len(kept)
        return f"{kept}\n[{left} characters are left out: a graded notebook shows {SHOWN_OUTPUT}]" if left else kept

    def markdown(self, size: int) -> bool:
        """Whether a text cell of this size is rendered, which is work."""
        self._rendered -= size
        return self._rendered >= 0

    def picture(self, size: int) -> bool:
        """Whether there is room for a picture, which then is taken."""
        fits = size <= self._picture
        self._picture -= size if fits else 0
        return fits


def _outputs(
    exam: Exam, graded: Graded, cell_id: str, role: str, book_url: str, printed: Mapping[str, str]
) -> list[Data]:
    if role == "test":
        function = cell_id.removeprefix("test_")
        points, maximum = graded.points[function], exam.assignment.points[function]
        rubric, found = exam.rubric[function], graded.findings[function]
        card = (rubric, found, points, maximum, book_url)
        idea = next(iter(cards.named(rubric, found)), "")
        about = {"function": function, "verdict": found.verdict, "mend_first": list(found.mend_first), "idea": idea}
        # nbgrader takes the first execute_result that is a number for the score, and shows the HTML beside it.
        tried = graded.tried.get(function)
        below = "" if tried is None else at_home.html(function, tried, book_url)
        data = {"text/plain": repr(float(points)), "text/html": cards.html_card(*card) + below}
        metadata = {ABOUT: about}
        return [{"output_type": "execute_result", "metadata": metadata, "data": data, "execution_count": None}]
    outputs = []
    if printed.get(cell_id):
        outputs.append({"output_type": "stream", "name": "stdout", "text": printed[cell_id]})
    return outputs


def _shown(cell: MergedCell, room: _Room) -> str:
    """A student's cell as it is shown: code as it is, text as safe HTML, both within limits."""
    from autograde.nbgrader_adapter.text_cells import as_rendered, as_typed  # with all that sanitizes

    kept, left = room.text(cell.source)
    told = f"{left} characters are left out here; the submitted file has them all"
    if cell.kind == "code":
        return f"{kept}\n# … {told}" if left else kept
    if left:
        return as_typed(f"{kept}\n… {told}")
    return as_rendered(kept, cell.pictures, room.picture) if room.markdown(len(kept)) else as_typed(kept)


def graded_notebook(exam: Exam, graded: Graded, book_url: str) -> Data:
    """The notebook for autograded/: the author's cells restored, printed text, a card and the score in each test cell.

    Hidden tests are nowhere in it. What a student wrote is safe to show, and bounded.
    """
    notebook = _notebook()
    if graded.reason:
        notebook["cells"].append(_node("markdown", unreadable(graded.reason), "reason"))
    cells = graded.cells or [_blank(cell) for cell in exam.assignment.cells]
    authors = {cell.released for cell in exam.assignment.cells}
    room = _Room()
    printed = {place: room.output(text) for place, text in graded.outcome.output.items() if text}
    for cell in cells:
        source = cell.source if cell.source in authors else _shown(cell, room)
        node = _node(cell.kind, source, cell.id)
        if cell.kind == "markdown" and cell.source in authors:
            node["metadata"][ABOUT] = {"author": True}
        role = "extra" if cell.origin is None else cell.origin.role
        if cell.origin is not None and role in ("solution", "test", "locked"):
            node["metadata"]["nbgrader"] = {
                **_grader_metadata(cell.origin),
                "cell_type": cell.origin.kind,
                "checksum": released_checksum(cell.origin),
            }
            if role != "solution":
                node["metadata"]["editable"] = False
                node["metadata"]["deletable"] = False
        if cell.kind == "code":
            node["outputs"] = _outputs(exam, graded, cell.id, role, book_url, printed)
        notebook["cells"].append(node)
    return notebook


def unreadable(reason: str) -> str:
    """The text of the cell that says why a submission could not be graded; it may repeat a student's words."""
    from autograde.nbgrader_adapter.text_cells import spelled

    return f"<div><strong>{UNGRADED}</strong> {spelled(one_line(reason))}</div>"


def _blank(cell: SourceCell) -> MergedCell:
    return MergedCell(cell.id, cell.kind, cell.released, cell)
