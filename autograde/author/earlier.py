"""What an assignment may use of earlier chapters: a part of `solutions/earlier.py`, cut for each release.

The library has one `# %% CHAPTER` section a chapter, in the course's order. An assignment gets the functions that its
notebook imports, and what these call; it may name functions of the sections above its own, so that no release holds
what its assignment, or a later one, asks for.
"""

from __future__ import annotations

import ast
import builtins
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
        name: chapters[max(line for line in lines if line < node.lineno)]
        for name, node in _definitions(ast.parse(library)).items()
        if lines and lines[0] < node.lineno and not isinstance(node, (ast.Import, ast.ImportFrom))
    }


def _definitions(tree: ast.Module) -> dict[str, ast.stmt]:
    """By name, the statement at the top of the library that makes it: function, class, constant or import."""
    found: dict[str, ast.stmt] = {}
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found[node.name] = node
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {(alias.asname or alias.name).split(".")[0]: node for alias in node.names}
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [one for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)]
            found |= {one.id: node for one in names}
    return found


def _made_inside(node: ast.AST) -> set[str]:
    """Names that a definition makes for itself: arguments, variables, inner functions."""
    made: set[str] = set()
    for one in ast.walk(node):
        if isinstance(one, ast.arg):
            made.add(one.arg)
        elif isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            made.add(one.id)
        elif isinstance(one, (ast.FunctionDef, ast.ClassDef)):
            made.add(one.name)
        elif isinstance(one, ast.ExceptHandler):
            made |= {one.name} if one.name else set()
        elif isinstance(one, (ast.Import, ast.ImportFrom)):
            made |= {(alias.asname or alias.name).split(".")[0] for alias in one.names}
    return made


def _needed(definitions: dict[str, ast.stmt], names: list[str]) -> set[str]:
    """`names` and everything of the library that they use, directly or not: functions, constants, imports.

    Raises:
        UsageError: a name that is used is nowhere: the student would get a NameError.
    """
    needed: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in needed:
            continue
        needed.add(name)
        node = definitions[name]
        used = {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)}
        nowhere = used - set(definitions) - _made_inside(node) - set(dir(builtins))
        if nowhere:
            raise UsageError(f"{MODULE}.py: {name} uses {min(nowhere)}, which the library does not define or import")
        waiting += sorted(used & set(definitions))
    return needed


def _text(library: str, node: ast.stmt) -> str:
    """A statement's text, decorators included."""
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(one.lineno for one in decorators)])
    return "\n".join(library.split("\n")[first - 1 : node.end_lineno])


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
    definitions = _definitions(tree)
    needed = _needed(definitions, names)
    for name in sorted(needed & set(section_of)):
        if order.index(section_of[name]) >= order.index(assignment.name):
            raise UsageError(
                f"{assignment.name} would be released with {name}, which {section_of[name]} teaches: "
                "only functions of earlier chapters may go into its release"
            )
    imports = {id(node): node for name, node in definitions.items() if name in needed and name not in section_of}
    texts = [_text(library, node) for node in imports.values()]
    parts = [f'"""{ast.get_docstring(tree, clean=False)}"""', "\n".join(texts) or "import numpy as np"]
    chapter, done = "", set(imports)
    for name, node in definitions.items():
        if name in needed and id(node) not in done:
            heading = "" if section_of[name] == chapter else f"# From the chapter {section_of[name]}\n"
            chapter = section_of[name]
            done.add(id(node))
            parts.append("\n" + heading + _text(library, node))
    return "\n\n".join(parts) + "\n"
