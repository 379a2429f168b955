"""The hidden test as plain nbgrader runs it: in the student's kernel, against torch, with an assertion.

Under this course's nbgrader configuration the call never reaches a kernel: the grader asks the function in a sandbox
and decides outside.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograde.course import find_course
from autograde.errors import UsageError
from autograde.exam.checker import check
from autograde.exam.findings import Answer
from autograde.exam.prepare import expect_case, new_seed, rubric
from autograde.feedback import cards


def hidden_test(name: str, function: Callable[..., Any], seed: int | None = None) -> None:
    """Compares `function` with torch on freshly drawn cases.

    Args:
        name: "assignment.function".
        function: the student's function.
        seed: what the cases are drawn from; a new one by default.

    Raises:
        AssertionError: an answer is wrong; the message is the feedback's.
        UsageError: there is no such question.
    """
    from autograde.exam.oracle import pick_device

    assignment, _, asked = name.partition(".")
    content = find_course(Path.cwd()).content
    if assignment not in content.names or asked not in content.questions(assignment):
        raise UsageError(f"no question {name!r}: expected ASSIGNMENT.FUNCTION, one of {', '.join(content.names)}")
    question = content.questions(assignment)[asked]
    cases = question.draw(new_seed() if seed is None else seed)
    expectations = [expect_case(question, case, pick_device("cpu")) for case in cases]
    answers: list[Answer] = []
    ask: Callable[..., Any] | None = None
    if question.driver is not None:
        namespace: dict[str, Any] = {}
        exec(compile(question.driver, "<driver>", "exec"), namespace)
        ask = namespace["ask"]
    for case in cases:
        args, kwargs = copy.deepcopy(case.args), copy.deepcopy(dict(case.kwargs))
        for value in args:
            if hasattr(value, "setflags"):
                value.setflags(write=True)
        value = ask(function, *args, **kwargs) if ask else function(*args, **kwargs)
        answers.append(Answer("ok", value))
    told = rubric(question, content)
    finding = check(question.name, answers, expectations, told.groups, told.keys)
    if finding.verdict != "correct":
        raise AssertionError(cards.message(told, finding))
