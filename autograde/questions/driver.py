"""Reads a driver: what asks a function where a plain call would not do (a class, a callback)."""

from __future__ import annotations

import re
from pathlib import Path

_SIBLING = re.compile(r"^from \.(\w+) import .*$", re.M)


def read_driver(questions_file: str, name: str) -> str:
    """The source of drivers/NAME.py beside a module of questions, in one piece.

    A driver travels to the student's process as text, so a line `from .other import ...` is replaced by the text of
    drivers/other.py, whatever it names.

    Args:
        questions_file: the module's `__file__`.
        name: the driver's, without ".py"; its text defines `ask(student, *args, **kwargs)`.

    Raises:
        ValueError: the text defines no `ask`.
        OSError: there is no such file.
    """
    folder = Path(questions_file).parent / "drivers"

    def read(part: str) -> str:
        return _SIBLING.sub(lambda found: read(found[1]), (folder / f"{part}.py").read_text("utf-8"))

    text = read(name)
    if not re.search(r"^def ask\(student\b", text, re.M):
        raise ValueError(f"{folder / name}.py: expected `def ask(student, ...)`")
    return text
