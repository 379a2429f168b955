"""Which code cells of a chapter run in the page: those that need NumPy and Python alone, or the reader's own answers.

A page's code is read statement by statement. One that names a module which the page does not have, or a name that such
a statement has bound, stays out; `solution("NAME")` of the chapter itself becomes what the reader has written in the
assignment. A cell runs when all its statements do, after the page's other statements that do.
"""

import ast
import functools
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jupytext

from course_ext.words import N_, _

HAS = frozenset({"numpy", "__future__"})
"""What the page's Python can import beside the standard library."""
LACKS = {
    "torch": N_("it needs torch"),
    "matplotlib": N_("it draws with matplotlib"),
    "coursebook": N_("it needs the book’s own modules, with their data and figures"),
    "solutions": N_("it needs the course’s references, in torch"),
    "scipy": N_("it needs SciPy"),
    "sklearn": N_("it needs scikit-learn"),
}
EARLIER = N_("it needs what you write in an earlier chapter")
OTHER = N_("it needs more than NumPy")
NOT_SHOWN = frozenset({"remove-cell", "remove-input"})
_SOLUTION = re.compile(r"""\bsolution\(["'](\w+)["']\)""")
_SCOPES = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.FunctionDef, ast.ClassDef)


def _imported(statement: ast.stmt) -> Iterator[tuple[str, str]]:
    """(module, name that it binds) of each import in a statement."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Import):
            yield from ((one.name.split(".")[0], one.asname or one.name.split(".")[0]) for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (((node.module or "").split(".")[0], one.asname or one.name) for one in node.names)


def _bound(node: ast.AST) -> Iterator[str]:
    """Names that a statement gives a value to, without those of scopes within it."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
        return
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from (name for _, name in _imported(node))  # type: ignore[arg-type]
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, _SCOPES) or isinstance(node, ast.Module):
            yield from _bound(child)


def _needs(statement: ast.stmt, text: str, chapter: str, known: dict[str, frozenset[str]]) -> frozenset[str]:
    """What a statement needs beside NumPy: "own" for the reader's answers, otherwise reasons to stay out."""
    needs = set()
    solved = _SOLUTION.findall(text)
    for name in solved:
        needs.add("own" if name == chapter else EARLIER)
    for module, name in _imported(statement):
        if module not in HAS and module not in sys.stdlib_module_names and (module, name) != ("coursebook", "solution"):
            needs.add(LACKS.get(module, OTHER))
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            needs |= known.get(node.id, frozenset())
    return frozenset(needs)


def _generators(statement: ast.stmt, known: set[str]) -> set[str]:
    """Those of the names of random generators that a statement uses."""
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)} & known


@functools.lru_cache(maxsize=64)
def _read(path: Path, version: int) -> dict[str, Any]:
    del version  # a part of the cache's key
    known: dict[str, frozenset[str]] = {}
    generators: set[str] = set()
    segments: list[dict[str, str]] = []
    cells: list[dict[str, Any]] = []
    for cell in jupytext.read(path).cells:
        if cell.cell_type != "code":
            continue
        all_needs: set[str] = set()
        at = len(segments)
        for statement in ast.parse(cell.source).body:
            text = ast.get_source_segment(cell.source, statement) or ""
            if isinstance(statement, ast.FunctionDef | ast.ClassDef) and statement.decorator_list:
                first = statement.decorator_list[0].lineno - 1
                text = "\n".join(cell.source.splitlines()[first : statement.end_lineno])
            needs = _needs(statement, text, path.stem, known)
            known.update(dict.fromkeys(_bound(statement), needs))
            if not needs <= {"own"}:  # a generator that it has moved on is not at the same place here
                known.update({name: needs for name in _generators(statement, generators)})
            generators |= set(_bound(statement)) if "default_rng(" in text else set()
            all_needs |= needs
            from_book = any((module, name) == ("coursebook", "solution") for module, name in _imported(statement))
            if not isinstance(statement, ast.Assert) and needs <= {"own"} and not from_book:
                segments.append({"kind": "own" if needs else "free", "source": text})
        if not NOT_SHOWN & set(cell.metadata.get("tags", ())):
            why = next((need for need in [*LACKS.values(), EARLIER, OTHER] if need in all_needs), "")
            kind = "" if why else "own" if all_needs else "free"
            cells.append(
                {"source": cell.source, "kind": kind, "why": _(why) if why else "", "at": at, "end": len(segments)}
            )
    return {"segments": segments, "cells": cells}


def read(path: Path) -> dict[str, Any]:
    """What the page must know of a chapter's cells: the statements that run, and the shown cells, each with its place.

    Args:
        path: the chapter's source; its name is the assignment's.
    """
    return _read(path, path.stat().st_mtime_ns)


def data(path: Path) -> bytes:
    """The same as JSON."""
    return json.dumps(read(path), ensure_ascii=False).encode()


def kinds(path: Path) -> str:
    """A letter for each shown cell: f runs with NumPy alone, o with the reader's own answers too, - not at all."""
    return "".join({"free": "f", "own": "o"}.get(cell["kind"], "-") for cell in read(path)["cells"])
