"""Mutants of a program: the same program with one small mistake, such as a student's hand makes.

Each mutant changes one place: an operator, a comparison, a number by one, a condition turned round, two items of a
pair exchanged, a statement left out. Signatures, docstrings, annotations and messages of errors stay. Two more sorts:
`ignoring` makes programs that never look at one of their arguments, `typed` those whose answers have another type.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

OPERATORS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Add,),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (),
}
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE,),
    ast.LtE: (ast.Lt,),
    ast.Gt: (ast.GtE,),
    ast.GtE: (ast.Gt,),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}


@dataclass(frozen=True)
class Mutant:
    """A changed program.

    Args:
        source: its text.
        line: the line of the original that was changed, counted from 1.
        change: the changed statement, before and after, in one line.
    """

    source: str
    line: int
    change: str


def _places(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes of function bodies that may change, in the order of the text."""

    def walk(node: ast.AST) -> Iterator[ast.AST]:
        if isinstance(node, ast.Raise | ast.Assert | ast.JoinedStr | ast.Import | ast.ImportFrom):
            return
        yield node
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            children: list[ast.AST] = list(node.body)
        elif isinstance(node, ast.AnnAssign):
            children = [node.value] if node.value else []
        elif isinstance(node, ast.Lambda):
            children = [node.body]
        else:
            children = list(ast.iter_child_nodes(node))
        for child in children:
            yield from walk(child)

    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield from walk(node)


def _bodies(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        body = getattr(node, name, None)
        if isinstance(body, list):
            yield body


def _left_out(node: ast.AST) -> Iterator[None]:
    """Leaves out one statement of a body, and puts it back."""
    for body in _bodies(node):
        for place, statement in enumerate(body):
            plain = isinstance(statement, ast.AugAssign | ast.Assign | ast.If | ast.Continue | ast.Break)
            call = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
            if plain or call:
                body[place] = ast.copy_location(ast.Pass(), statement)
                yield
                body[place] = statement


def _alternatives(node: ast.AST) -> tuple[str, list[Any]]:
    """What a node may have in place of one of its parts: the part's name, and the values."""
    if isinstance(node, ast.BinOp | ast.AugAssign):
        return "op", [other() for other in OPERATORS[type(node.op)]] if type(node.op) in OPERATORS else []
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARISONS:
        return "ops", [[other(), *node.ops[1:]] for other in COMPARISONS[type(node.ops[0])]]
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            return "value", [not node.value]
        if isinstance(node.value, int | float):
            return "value", [node.value + 1, node.value - 1]
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        return "test", [ast.copy_location(ast.UnaryOp(ast.Not(), node.test), node.test)]
    if isinstance(node, ast.BoolOp):
        return "op", [ast.Or() if isinstance(node.op, ast.And) else ast.And()]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return "op", [ast.UAdd()]
    if isinstance(node, ast.Tuple | ast.List) and len(node.elts) == 2 and isinstance(node.ctx, ast.Load):
        return "elts", [node.elts[::-1]]
    return "", []


def _changes(node: ast.AST) -> Iterator[None]:
    """Changes a node in each possible way in its turn; in the end it is as it was."""
    yield from _left_out(node)
    part, values = _alternatives(node)
    if part:
        before = getattr(node, part)
        for value in values:
            setattr(node, part, value)
            yield
        setattr(node, part, before)


def mutants(source: str) -> list[Mutant]:
    """Every program that differs from `source` in one place, without repetition.

    Raises:
        SyntaxError: the source is not Python.
    """
    tree = ast.parse(source)
    original = ast.unparse(tree)
    old, seen, found = original.split("\n"), {original}, []
    for node in list(_places(tree)):
        line = getattr(node, "lineno", 1)
        for _ in _changes(node):
            text = ast.unparse(ast.fix_missing_locations(tree))
            if text in seen:
                continue
            seen.add(text)
            new = text.split("\n")
            place = next((i for i, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), 0)
            found.append(Mutant(text, line, f"{old[place].strip()} → {new[place].strip()}"))
    return found


def _defaults(function: ast.FunctionDef) -> Iterator[tuple[str, ast.expr]]:
    """The arguments that may be left out, with what they are then."""
    placed = [*function.args.posonlyargs, *function.args.args]
    for argument, default in zip(
        placed[len(placed) - len(function.args.defaults) :], function.args.defaults, strict=True
    ):
        yield argument.arg, default
    for argument, given in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True):
        if given is not None:
            yield argument.arg, given


def ignoring(source: str) -> list[Mutant]:
    """Every program that takes one of its arguments for left out, whatever was given.

    A function's, and each method's of a class.

    Raises:
        SyntaxError: the source is not Python.
    """
    found = []
    tree = ast.parse(source)
    for node in tree.body:
        owner = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
        for function in node.body if isinstance(node, ast.ClassDef) else [node]:
            if not isinstance(function, ast.FunctionDef):
                continue
            body = function.body
            begins = int(ast.get_docstring(function, clean=False) is not None)
            for name, default in _defaults(function):
                forgets = ast.Assign([ast.Name(name, ast.Store())], copy.deepcopy(default))
                function.body = [*body[:begins], forgets, *body[begins:]]
                text = ast.unparse(ast.fix_missing_locations(tree))
                found.append(Mutant(text, function.lineno, f"{owner}{function.name} ignores {name}"))
            function.body = body
    return found


TYPES = {"has its input's type": "given", "has float64 for any input": "np.dtype(float)"}
"""What an answer's numbers may be turned into: in words, and from `given`, an input's type, whole numbers first."""

_TYPED = """{source}

_asked_for_{name} = {name}


def {name}(*args, **kwargs):
    import numpy as np

    types = [value.dtype for value in [*args, *kwargs.values()] if isinstance(value, np.ndarray)]
    given = next((one for one in types if one.kind in "iu"), types[0] if types else None)

    def turned(value):
        if isinstance(value, np.ndarray) and value.dtype.kind == "f" and given is not None:
            return value.astype({dtype})
        return type(value)(map(turned, value)) if isinstance(value, (list, tuple)) else value

    return turned(_asked_for_{name}(*args, **kwargs))
"""


def typed(source: str) -> list[Mutant]:
    """Every program whose floats come out in another type, as from an array made with the wrong dtype.

    Of functions alone: a class answers through its methods.

    Raises:
        SyntaxError: the source is not Python.
    """
    return [
        Mutant(_TYPED.format(source=source, name=node.name, dtype=dtype), node.lineno, f"{node.name} {change}")
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef)
        for change, dtype in TYPES.items()
    ]
