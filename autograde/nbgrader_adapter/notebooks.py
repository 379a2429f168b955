"""Notebooks as nbgrader stores them: the author's, made from a source, and the graded, made from a result."""

from __future__ import annotations

import re
from html import escape
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode, from_dict
from nbgrader import utils

from autograde.course import Assignment, SourceCell
from autograde.exam.model import Exam
from autograde.feedback import cards
from autograde.run.grade import Graded
from autograde.run.notebook import MergedCell

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


def _node(kind: str, source: str, cell_id: str) -> NotebookNode:
    """A cell as nbformat makes it, without its validation, which costs more than all else; tests validate instead."""
    name = re.sub(r"[^A-Za-z0-9_-]", "-", cell_id)[:64]
    node = NotebookNode(id=name, cell_type=kind, metadata=NotebookNode(), source=source)
    if kind == "code":
        node["outputs"] = []
        node["execution_count"] = None
    return node


def source_notebook(assignment: Assignment) -> NotebookNode:
    """The author's notebook, with solutions and hidden tests, as nbgrader's source folder wants it."""
    notebook = nbformat.v4.new_notebook(metadata=METADATA)
    for cell in assignment.cells:
        node = _node(cell.kind, cell.source, cell.id)
        if cell.role in ("solution", "test", "locked"):
            node.metadata["nbgrader"] = _grader_metadata(cell)
        notebook.cells.append(node)
    return notebook


def _released_checksum(cell: SourceCell) -> str:
    node = _node(cell.kind, cell.released, cell.id)
    node.metadata["nbgrader"] = _grader_metadata(cell)
    return utils.compute_checksum(node)


def _outputs(exam: Exam, graded: Graded, cell_id: str, role: str, book_url: str) -> list[NotebookNode]:
    if role == "test":
        function = cell_id.removeprefix("test_")
        points, maximum = graded.points[function], exam.assignment.points[function]
        card = (exam.rubric[function], graded.findings[function], points, maximum, book_url)
        # nbgrader takes the first execute_result that is a number for the score, and shows the HTML beside it.
        data = {"text/plain": repr(float(points)), "text/html": cards.html_card(*card)}
        output = {"output_type": "execute_result", "metadata": {}, "data": data, "execution_count": None}
        return [from_dict(output)]
    outputs = []
    if graded.outcome.output.get(cell_id):
        outputs.append(from_dict({"output_type": "stream", "name": "stdout", "text": graded.outcome.output[cell_id]}))
    return outputs


def graded_notebook(exam: Exam, graded: Graded, book_url: str) -> NotebookNode:
    """The notebook for autograded/: the author's cells restored, printed text, a card and the score in each test cell.

    Hidden tests are nowhere in it.
    """
    notebook = nbformat.v4.new_notebook(metadata=METADATA)
    if graded.reason:
        notebook.cells.append(_node("markdown", unreadable(graded.reason), "reason"))
    cells = graded.cells or [_blank(cell) for cell in exam.assignment.cells]
    authors = {cell.released for cell in exam.assignment.cells}
    for cell in cells:
        own = cell.kind == "markdown" and cell.source not in authors
        node = _node(cell.kind, harmless(cell.source) if own else cell.source, cell.id)
        role = "extra" if cell.origin is None else cell.origin.role
        if cell.origin is not None and role in ("solution", "test", "locked"):
            node.metadata["nbgrader"] = {
                **_grader_metadata(cell.origin),
                "cell_type": cell.origin.kind,
                "checksum": _released_checksum(cell.origin),
            }
            if role != "solution":
                node.metadata["editable"] = False
                node.metadata["deletable"] = False
        if cell.kind == "code":
            node["outputs"] = _outputs(exam, graded, cell.id, role, book_url)
        notebook.cells.append(node)
    return notebook


def harmless(text: str) -> str:
    """A student's text cell without anything that a browser would run: its HTML is shown as text, its links are plain.

    Feedback pages and the formgrader render text cells, HTML included, in the reader's own session.
    """
    escaped = re.sub(r"<(?=[A-Za-z/!?])", "&lt;", text)
    return re.sub(r"(?i)\b(java|vb)script\s*(:|&colon;|&#0*58;?|&#x0*3a;?)|\bdata\s*:", r"(removed)", escaped)


def unreadable(reason: str) -> str:
    """The text of the cell that says why a submission could not be graded."""
    return f"**This submission could not be graded.** {escape(reason)}"


def _blank(cell: SourceCell) -> MergedCell:
    return MergedCell(cell.id, cell.kind, cell.released, cell)
