"""Every right program earns full marks, every wrong one is caught and its idea named."""

import pytest

from autograde.course.program import Program
from tests.conftest import ASSIGNMENTS, exam_of, grade, programs, questions_of, submission

PROGRAMS = [(name, program) for name in ASSIGNMENTS for program in programs(name)]


def _label(value: object) -> str:
    return f"{value.function}:{value.title}" if isinstance(value, Program) else str(value)


@pytest.mark.parametrize(("name", "program"), PROGRAMS, ids=_label)
def test_program_gets_the_verdict_that_its_bank_states(name, program, sandbox):
    graded = grade(name, submission(name, {program.function: program.source}), sandbox)
    finding = graded.findings[program.function]
    maximum = exam_of(name).assignment.points[program.function]
    if program.misconception is None:
        assert finding.verdict == "correct", finding
        assert graded.points[program.function] == maximum
    else:
        assert finding.verdict != "correct"
        assert graded.points[program.function] < maximum
        assert finding.misconception == program.misconception, finding


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_bank_covers_every_function_and_every_misconception(name):
    bank = list(programs(name))
    for function, question in questions_of(name).items():
        right = [program for program in bank if program.function == function and program.misconception is None]
        held = {program.misconception for program in bank if program.function == function} - {None}
        assert len(right) >= 3, f"{function} has {len(right)} right programs"
        assert held == {idea.key for idea in question.misconceptions}
