"""The functions of an assignment's reference solution, for the pages of the book to import."""

import ast
import contextlib
import importlib.util
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType

SOLUTIONS = Path(__file__).resolve().parents[2] / "solutions"

TEST_HELPERS = frozenset({"check"})
"""Modules beside the notebooks that only their tests use; a page does without."""

_HEADER = re.compile(r"^# %%(?P<rest>.*)$")


class SolutionError(LookupError):
    """A solution file, or a function in it, that a page asked for is not there."""


@dataclass(frozen=True)
class Cell:
    """One cell of a percent-format file: its header line, where its source starts, and the source."""

    header: str
    line: int
    source: str

    @property
    def is_code(self) -> bool:
        """Whether the cell is not prose."""
        return not re.match(r"\s*(\[markdown\]|\[md\]|\[raw\])", self.header)

    @property
    def is_solution(self) -> bool:
        """Whether nbgrader's metadata marks the cell as a solution."""
        return bool(re.search(r'"solution"\s*:\s*true', self.header))

    @property
    def is_setup(self) -> bool:
        """Whether the cell is tagged `setup`."""
        return bool(re.search(r'tags=\[[^\]]*"setup"', self.header))


class SolutionModule(ModuleType):
    """A module that says what it does hold when asked for what it does not."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        held = ", ".join(sorted(key for key in vars(self) if not key.startswith("_")))
        raise SolutionError(f"{self.__file__} has no solution cell that defines {name!r}; it defines: {held}")


def cells(text: str) -> list[Cell]:
    """Splits a percent-format file into cells; what stands before the first ``# %%`` is dropped."""
    found: list[Cell] = []
    header, start, lines = None, 0, []
    for number, line in enumerate([*text.splitlines(), "# %%"], start=1):
        match = _HEADER.match(line)
        if match is None:
            lines.append(line)
            continue
        if header is not None:
            found.append(Cell(header, start, "\n".join(lines)))
        header, start, lines = match["rest"], number, []
    return found


def _only_defines(source: str) -> bool:
    """Whether a cell holds imports and functions only, so that running it computes nothing."""
    try:
        body = ast.parse(source).body
    except SyntaxError:  # a cell with an IPython magic, which no page needs
        return False
    return bool(body) and all(
        isinstance(node, (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)) for node in body
    )


def _compile(cell: Cell, path: Path) -> CodeType:
    """Compiles a cell without its imports of test helpers, at the line numbers of the file."""
    tree = ast.parse("\n" * cell.line + cell.source, str(path))
    tree.body = [
        node
        for node in tree.body
        if not (isinstance(node, ast.ImportFrom) and node.module in TEST_HELPERS)
        and not (isinstance(node, ast.Import) and any(alias.name in TEST_HELPERS for alias in node.names))
    ]
    return compile(tree, str(path), "exec")


@contextlib.contextmanager
def _earlier_beside() -> Iterator[None]:
    """Within it, ``import earlier`` finds ``solutions/earlier.py``, as it does beside a notebook."""
    spec = importlib.util.spec_from_file_location("earlier", SOLUTIONS / "earlier.py")
    if spec is None or spec.loader is None:
        raise SolutionError(f"{SOLUTIONS / 'earlier.py'} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    before = sys.modules.get("earlier")
    sys.modules["earlier"] = module
    try:
        yield
    finally:
        del sys.modules["earlier"]
        if before is not None:
            sys.modules["earlier"] = before


def solution(name: str) -> ModuleType:
    """Returns ``solutions/NAME/notebook.py`` as a module that holds the solution cells only.

    Cells that run are those whose header says ``"solution": true``, those tagged ``setup``, and those that hold
    nothing but functions and imports (of anything but `TEST_HELPERS`). Tests, visible or hidden, and prose stay out.

    Args:
        name: the assignment's name, for example ``"padding"``.

    Returns:
        A module: ``solution("padding").pad2d(x, 1, "reflect")``.

    Raises:
        SolutionError: no such file, or nothing in it is marked as a solution. Asking the module for a
            function that is missing raises the same.
    """
    path = SOLUTIONS / name / "notebook.py"
    if not path.is_file():
        there = ", ".join(sorted(file.parent.name for file in SOLUTIONS.glob("*/notebook.py"))) or "none"
        raise SolutionError(f"no solution file {path}; assignments there: {there}")
    kept = cells(path.read_text(encoding="utf-8"))
    if not any(cell.is_code and cell.is_solution for cell in kept):
        raise SolutionError(f'{path} has no cell whose header says "solution": true')
    module = SolutionModule(f"solutions.{name}")
    module.__file__ = str(path)
    imports_earlier = any("from earlier import" in cell.source for cell in kept if cell.is_code)
    with _earlier_beside() if imports_earlier else contextlib.nullcontext():
        for cell in kept:
            if cell.is_code and (cell.is_solution or cell.is_setup or _only_defines(cell.source)):
                exec(_compile(cell, path), vars(module))
    return module
