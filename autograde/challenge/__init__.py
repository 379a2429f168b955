"""What each graded function is asked: a seed in, frozen inputs out, with points and misconceptions.

One module a chapter, named as the chapter's assignment, with a tuple `QUESTIONS` in the order of the notebook.
"""

from __future__ import annotations

import importlib
import pkgutil

from autograde.challenge.model import Case, Misconception, Question
from autograde.errors import UsageError

__all__ = ["Case", "Misconception", "Question", "assignments", "question", "questions"]

_NOT_CHAPTERS = {"model", "draw"}


def assignments() -> list[str]:
    """Names of the assignments that have challenges, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if module.name not in _NOT_CHAPTERS)


def questions(assignment: str) -> dict[str, Question]:
    """The questions of one assignment by function name, in the notebook's order.

    Raises:
        UsageError: there is no such assignment.
    """
    if assignment not in assignments():
        raise UsageError(f"unknown assignment {assignment!r}: expected one of {', '.join(assignments())}")
    module = importlib.import_module(f"{__name__}.{assignment}")
    return {question.name: question for question in module.QUESTIONS}


def question(name: str) -> Question:
    """The question called "assignment.function".

    Raises:
        UsageError: there is no such assignment or function.
    """
    assignment, _, function = name.partition(".")
    found = questions(assignment)
    if function not in found:
        raise UsageError(f"{assignment} has no question {function!r}: expected one of {', '.join(found)}")
    return found[function]
