"""An assignment as its author wrote it: cells with their roles, read from the percent-format source."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograde.errors import UsageError

ROLES = ("solution", "test", "locked", "text", "code")
_HIDDEN = re.compile(r"^### BEGIN HIDDEN TESTS\n.*?^### END HIDDEN TESTS\n?", re.S | re.M)
_SOLUTION = re.compile(r"^([ \t]*)### BEGIN SOLUTION\n.*?^[ \t]*### END SOLUTION[ \t]*$", re.S | re.M)
STUB = "# YOUR CODE HERE\n{0}raise NotImplementedError()"


@dataclass(frozen=True)
class SourceCell:
    """One cell of the source.

    Args:
        id: its grade_id, or cell-NN.
        kind: "code" or "markdown".
        source: the author's text, solution and hidden tests included.
        role: one of `ROLES`.
        points: for a test cell.
        tags: the cell's tags.
    """

    id: str
    kind: str
    source: str
    role: str
    points: float = 0.0
    tags: tuple[str, ...] = ()

    @property
    def released(self) -> str:
        """The text that students get: no solution, no hidden test."""
        text = _HIDDEN.sub("", self.source).rstrip("\n") if self.role == "test" else self.source
        return _SOLUTION.sub(lambda found: found[1] + STUB.format(found[1]), text)


@dataclass(frozen=True)
class Assignment:
    """Name and cells of one assignment, in the notebook's order."""

    name: str
    cells: tuple[SourceCell, ...]

    @property
    def points(self) -> Mapping[str, float]:
        """Points by graded function, in the notebook's order."""
        return {cell.id.removeprefix("test_"): cell.points for cell in self.cells if cell.role == "test"}

    @property
    def max_score(self) -> float:
        """The sum of all points."""
        return sum(self.points.values())

    def by_id(self) -> dict[str, SourceCell]:
        """The cells by id."""
        return {cell.id: cell for cell in self.cells}


def _role(kind: str, grader: Mapping[str, Any], tags: tuple[str, ...]) -> str:
    if grader.get("solution"):
        return "solution"
    if grader.get("grade"):
        return "test"
    if "setup" in tags or grader.get("locked"):
        return "locked"
    return "code" if kind == "code" else "text"


def _read(path: Path, name: str) -> Assignment:
    import jupytext

    cells: list[SourceCell] = []
    for number, cell in enumerate(jupytext.read(path, fmt="py:percent").cells):
        grader = cell.metadata.get("nbgrader", {})
        tags = tuple(cell.metadata.get("tags", ()))
        role = _role(cell.cell_type, grader, tags)
        if role in ("solution", "test") and "grade_id" not in grader:
            raise UsageError(f"{path}: cell {number} is a {role} cell without a grade_id; give it the function's name")
        setup = "setup" if role == "locked" else f"cell-{number:02d}"
        cell_id = grader.get("grade_id", setup)
        if any(other.id == cell_id for other in cells):
            cell_id = f"{cell_id}-{number:02d}"
        cells.append(SourceCell(cell_id, cell.cell_type, cell.source, role, float(grader.get("points", 0)), tags))
    assignment = Assignment(name, tuple(cells))
    solved = {cell.id for cell in cells if cell.role == "solution"}
    for function in assignment.points:
        if function not in solved:
            raise UsageError(f"{path}: test_{function} has no solution cell with the grade_id {function}")
    return assignment


@functools.lru_cache(maxsize=64)
def _read_version(path: Path, name: str, version: int) -> Assignment:
    del version  # a part of the cache's key
    return _read(path, name)


def load_assignment(path: Path, name: str) -> Assignment:
    """The assignment called `name` that a percent-format source defines.

    Raises:
        UsageError: a graded cell lacks its id, or a test its solution.
    """
    return _read_version(path, name, path.stat().st_mtime_ns)
