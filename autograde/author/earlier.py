"""What an assignment may use of earlier chapters: a part of `solutions/earlier.py`, cut for each release.

The library has one `# %% CHAPTER` section a chapter, in the course's order. An assignment gets the functions that its
notebook imports, and what these call; it may name functions of the sections above its own, so that no release holds
what its assignment, or a later one, asks for.
"""

from __future__ import annotations

import ast
import re

from autograde.course.assignment import Assignment
from autograde.errors import UsageError

MODULE = "earlier"
_SECTION = re.compile(r"^# %% (\w+)$", re.M)


def wanted(assignment: Assignment) -> list[str]:
    """The names that a notebook imports from `earlier`, sorted.

    Raises:
        UsageError: it imports the whole module, or a function under another name.
    """
    names: set[str] = set()
    for cell in assignment.cells:
        if cell.kind != "code" or MODULE not in cell.source:
            continue
        for node in ast.walk(ast.parse(cell.source)):
            whole = isinstance(node, ast.Import) and any(alias.name == MODULE for alias in node.names)
            if isinstance(node, ast.ImportFrom) and node.module == MODULE:
                whole = any(alias.name == "*" or alias.asname for alias in node.names)
                names |= {alias.name for alias in node.names}
            if whole:
                raise UsageError(
                    f"{assignment.name}, cell {cell.id}: expected `from {MODULE} import NAME, ...`, "
                    "which says what the release must hold; write the names"
                )
    return sorted(names)


def sections(library: str) -> dict[str, str]:
    """The chapter that each function of the library belongs to, in the file's order."""
    chapters = {library[: found.start()].count("\n") + 1: found[1] for found in _SECTION.finditer(library)}
    lines = sorted(chapters)
    return {
        node.name: chapters[max(line for line in lines if line < node.lineno)]
        for node in ast.parse(library).body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef))
    }


def _needed(definitions: dict[str, ast.stmt], names: list[str]) -> set[str]:
    """`names` and everything of the library that they use, directly or not."""
    needed: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            used = {node.id for node in ast.walk(definitions[name]) if isinstance(node, ast.Name)}
            waiting += sorted(used & set(definitions))
    return needed


def cut(library: str, assignment: Assignment) -> str | None:
    """The module `earlier` that is released with one assignment; None where the notebook imports none.

    Args:
        library: the text of solutions/earlier.py.
        assignment: the notebook.

    Raises:
        UsageError: the notebook names a function that the library lacks, or that is not earlier.
    """
    names = wanted(assignment)
    if not names:
        return None
    order = _SECTION.findall(library)
    if assignment.name not in order:
        raise UsageError(
            f"solutions/{MODULE}.py has no section `# %% {assignment.name}`: "
            "put one where the chapter stands, even an empty one"
        )
    section_of = sections(library)
    for name in names:
        if name not in section_of:
            raise UsageError(f"{assignment.name} imports {name} from {MODULE}; it holds {', '.join(section_of)}")
    tree = ast.parse(library)
    definitions: dict[str, ast.stmt] = {
        node.name: node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))
    }
    needed = _needed(definitions, names)
    for name in sorted(needed):
        if order.index(section_of[name]) >= order.index(assignment.name):
            raise UsageError(
                f"{assignment.name} would be released with {name}, which {section_of[name]} teaches: "
                "only functions of earlier chapters may go into its release"
            )
    parts = [f'"""{ast.get_docstring(tree, clean=False)}"""', "import numpy as np"]
    chapter = ""
    for name, node in definitions.items():
        if name in needed:
            heading = "" if section_of[name] == chapter else f"# From the chapter {section_of[name]}\n"
            chapter = section_of[name]
            parts.append("\n" + heading + str(ast.get_source_segment(library, node)))
    return "\n\n".join(parts) + "\n"
