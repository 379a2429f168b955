"""Every right program earns full marks, every wrong one is caught and its idea named."""

from __future__ import annotations

import functools
from dataclasses import replace

import pytest

from autograde.course.program import Program
from autograde.exam.findings import Finding
from autograde.feedback.cards import message
from autograde.questions.neighbors import neighbors
from autograde.run.grade import finding
from autograde.sandbox import Cell, Job, Sandbox
from tests.conftest import ASSIGNMENTS, exam_of, programs, questions_of

PROGRAMS = [(name, program) for name in ASSIGNMENTS for program in programs(name)]
PATIENCE = 40
"""A job has many programs, and so many times the time of a notebook."""


def _label(value: object) -> str:
    return f"{value.function}:{value.title}" if isinstance(value, Program) else str(value)


@functools.cache
def _findings(name: str, function: str, sandbox: Sandbox) -> dict[str, Finding]:
    """By title, the verdict on each of a function's programs, which one process runs one after the other.

    They follow the notebook's cells up to the function's own, as they would in a submission, and each is asked under
    a name of its own.
    """
    exam = exam_of(name)
    before = exam.assignment.cells[: [cell.id for cell in exam.assignment.cells].index(function)]
    steps = [Cell(cell.id, cell.source) for cell in before if cell.kind == "code" and cell.role != "test"]
    asked = {f"{function}_{i}": one for i, one in enumerate(programs(name)) if one.function == function}
    for alias, program in asked.items():
        steps += [
            Cell(alias, f"{program.source}\n{alias} = {function}"),
            replace(exam.asks[function], function=alias),
        ]
    answers = sandbox.run(Job(steps, exam.files, PATIENCE)).answers
    return {program.title: finding(exam, function, answers[alias]) for alias, program in asked.items()}


@pytest.mark.parametrize(("name", "program"), PROGRAMS, ids=_label)
def test_program_gets_the_verdict_that_its_bank_states(name, program, sandbox):
    found = _findings(name, program.function, sandbox)[program.title]
    if program.misconception is None:
        assert found.verdict == "correct", found
        assert found.share == 1
    else:
        assert found.verdict != "correct"
        assert found.share < 1
        assert (found.misconception or "") == program.misconception or program.says, found
        if program.says:
            assert program.says in message(exam_of(name).rubric[program.function], found)


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_bank_covers_every_function_and_every_misconception(name):
    bank = list(programs(name))
    for function, question in questions_of(name).items():
        right = [program for program in bank if program.function == function and program.misconception is None]
        held = {program.misconception for program in bank if program.function == function} - {None, ""}
        assert len(right) >= 3, f"{function} has {len(right)} right programs"
        assert held - {idea.key for idea in neighbors(question)} == {idea.key for idea in question.misconceptions}
