"""Banks of right and wrong programs, one module a chapter: what the hidden tests must accept and must name.

A program is a function under `@right("graded_function")` or `@wrong("graded_function", "misconception_key")`.
It is ordinary NumPy as a student would write it, is given its graded name, and replaces the solution's cell in a
notebook; it may call `np` and the chapter's other graded functions, and nothing else from its module.
"""

from __future__ import annotations

import importlib
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Program:
    """A student's program: its graded function, its source, and the misconception that it holds (None: right)."""

    function: str
    title: str
    source: str
    misconception: str | None


def _source(function: Callable, name: str) -> str:
    text = textwrap.dedent(inspect.getsource(function))
    body = text[re.search(r"^(def|class) ", text, re.M).start() :]  # type: ignore[union-attr]
    return re.sub(r"^(def|class) \w+", rf"\1 {name}", body, count=1)


def right(name: str) -> Callable[[Callable], Callable]:
    """Marks a program that computes `name` correctly."""

    def mark(function: Callable) -> Callable:
        function.program = Program(name, function.__name__, _source(function, name), None)  # type: ignore[attr-defined]
        return function

    return mark


def wrong(name: str, misconception: str) -> Callable[[Callable], Callable]:
    """Marks a program for `name` whose author holds `misconception` (a key of the question)."""

    def mark(function: Callable) -> Callable:
        function.program = Program(name, function.__name__, _source(function, name), misconception)  # type: ignore[attr-defined]
        return function

    return mark


def programs(chapter: str) -> Iterator[Program]:
    """Every program of one chapter's bank, in the order of the file."""
    module = importlib.import_module(f"{__name__}.{chapter}")
    for value in vars(module).values():
        if hasattr(value, "program"):
            yield value.program
