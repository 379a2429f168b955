"""Programs as students write them: an assignment's bank holds right and wrong ones, and tests its tests.

A right program is a function (or class) under `@right("graded_function")`, a wrong one under
`@wrong("graded_function", "misconception_key")`, and a wrong one that no idea of the question explains, under
`@stray("graded_function", "what its card says")`. It is ordinary NumPy, is given its graded name, and replaces the
solution's cell in a notebook; it may call `np` and the assignment's other graded functions, and nothing else of its
module. Most wrong programs are another program with one thing changed, and are written so:

    twice = edited(by_loops, "counted_twice", ("total = 0", "total = x[0]"))
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any


@dataclass(frozen=True)
class Program:
    """A student's program.

    Args:
        function: the graded function that it is for.
        title: its name in the bank.
        source: its text.
        misconception: the key of the idea that it holds; None for a right program, "" for a wrong one without an idea.
        says: of a wrong program without an idea, what its card must say.
    """

    function: str
    title: str
    source: str
    misconception: str | None
    says: str = ""


def _source(function: Callable[..., Any], name: str) -> str:
    text = textwrap.dedent(inspect.getsource(function))
    start = re.search(r"^(def|class) ", text, re.M)
    if start is None:
        raise ValueError(f"{function!r} is no function and no class")
    return re.sub(r"^(def|class) \w+", rf"\1 {name}", text[start.start() :], count=1)


def _marked(name: str, misconception: str | None, says: str = "") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def mark(function: Callable[..., Any]) -> Callable[..., Any]:
        program = Program(name, function.__name__, _source(function, name), misconception, says)
        function.program = program  # type: ignore[attr-defined]
        return function

    return mark


def right(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Marks a program that computes `name` correctly."""
    return _marked(name, None)


def wrong(name: str, misconception: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Marks a program for `name` whose author holds `misconception` (a key of the question)."""
    return _marked(name, misconception)


def stray(name: str, says: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Marks a wrong program for `name` that no idea of the question explains; its card must hold the words `says`."""
    if not says:
        raise ValueError(f"a stray program for {name} wants the words that its card must hold")
    return _marked(name, "", says)


def edited(base: Any, misconception: str | None, *edits: tuple[str, str] | str, says: str = "") -> Program:
    """Another program with some of its text replaced; its title is the name that the bank gives it.

    Args:
        base: a function under `right` or `wrong`.
        misconception: what the new program's author holds, None for a right program, or "" for what no idea explains.
        edits: made one after the other. A pair (old, new) replaces a piece of a line. A text replaces lines: those
            after - or a space by those after + or a space, as a patch shows them.
        says: of a wrong program that no idea explains, what its card must say.

    Raises:
        ValueError: an old text is not there exactly once, or a program without an idea lacks its words.
    """
    if (misconception == "") != bool(says):
        raise ValueError(
            f"an edit of {base.program.title}: a program without an idea, and no other, wants its card's words"
        )
    program: Program = base.program
    source = f"\n{program.source}\n"
    for edit in edits:
        old, new = _lines(edit) if isinstance(edit, str) else edit
        count = source.count(old)
        if count != 1:
            raise ValueError(
                f"{program.function}, an edit of {program.title} for {misconception}: expected {old!r} once, "
                f"found it {count} times"
            )
        source = source.replace(old, new)
    return replace(
        program, title=f"{program.title}, edited", source=source[1:-1], misconception=misconception, says=says
    )


def _lines(patch: str) -> tuple[str, str]:
    """The lines that a patch takes away and those that it brings, each with the line breaks around it."""
    lines = textwrap.dedent(patch).strip("\n").split("\n")
    wrong = [line for line in lines if line[:1] not in ("-", "+", " ", "")]
    if wrong:
        raise ValueError(f"expected lines that begin with -, + or a space, not {wrong[0]!r}")
    old, new = ([line[1:] for line in lines if line[:1] not in (other,)] for other in "+-")
    return "\n" + "\n".join(old) + "\n", "\n" + "".join(f"{line}\n" for line in new)


def programs(module: ModuleType) -> Iterator[Program]:
    """Every program of a bank, in the order of its file."""
    for name, value in vars(module).items():
        if isinstance(value, Program):
            yield replace(value, title=name)
        elif isinstance(getattr(value, "program", None), Program):
            yield value.program
