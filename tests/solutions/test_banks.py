"""Every right program earns full marks, every wrong one is caught and its idea named; each hint is of use to one."""

from __future__ import annotations

import ast
import functools
import re
import textwrap
from dataclasses import dataclass, replace

import pytest

from autograde.course.program import Program
from autograde.exam import verdict
from autograde.exam.findings import SHOWN_AT_HOME, Finding, Tried
from autograde.feedback.cards import message
from autograde.questions.neighbors import neighbors
from autograde.run.grade import finding
from autograde.sandbox import Cell, Job, Sandbox
from tests.conftest import ASSIGNMENTS, exam_of, programs, questions_of

PROGRAMS = [(name, program) for name in ASSIGNMENTS for program in programs(name)]
PATIENCE = 40
"""A job has many programs, and so many times the time of a notebook."""
QUOTED = re.compile(r'`[^`"]*(?:"[^"]*"[^`"]*)*`|"([^"]+)"( passes\b)?')
"""In a hint, code, or a visible test's label in quotes, perhaps one that is said to pass."""
UNSEEN = re.compile(r"fails alone|the others? (test )?pass")
WATCHED = """\
try:
{}
except Exception as problem:
    raise RuntimeError(f"at {{problem.__traceback__.tb_lineno - 1}}: {{problem}}") from None
"""
"""A visible test cell that says at which of its lines it stops."""


@dataclass(frozen=True)
class Labels:
    """The labels of a visible test cell.

    Args:
        lines: each label with the last line of its test, in the cell's order.
    """

    lines: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, cell: str) -> Labels:
        """The labels in a cell's text; where one is put together by the cell, `*` stands for what is put in."""
        found = []
        for call in ast.walk(ast.parse(cell)):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "expect":
                parts = call.args[0].values if isinstance(call.args[0], ast.JoinedStr) else [call.args[0]]
                label = "".join(part.value if isinstance(part, ast.Constant) else "*" for part in parts)
                found.append((label, call.end_lineno or 0))
        return cls(tuple(sorted(found, key=lambda one: one[1])))

    def place(self, label: str) -> int | None:
        """Where in the cell's order a label is, or None where the cell has none like it."""
        for number, (one, _) in enumerate(self.lines):
            if re.fullmatch(".*".join(map(re.escape, one.split("*"))), label):
                return number
        return None

    def stopped(self, text: str) -> str:
        """The label of the test at which a watched cell stopped, or "" where it was none with a label."""
        said = re.search(r"at (\d+): (?:✗ ([^\n]*))?", text)
        if said is None or said[2]:
            return said[2] if said else ""
        return next((label for label, line in self.lines if line >= int(said[1])), "")


def _label(value: object) -> str:
    return f"{value.function}:{value.title}" if isinstance(value, Program) else str(value)


@functools.cache
def _findings(name: str, function: str, sandbox: Sandbox) -> dict[str, tuple[Finding, str, Tried | None]]:
    """By title, the verdict on each of a function's programs, where a visible test stops it, and its small case.

    One process runs them one after the other. They follow the notebook's cells up to the function's own, as they would
    in a submission, and each is asked under a name of its own.
    """
    exam = exam_of(name)
    cells = exam.assignment.by_id()
    before = exam.assignment.cells[: [cell.id for cell in exam.assignment.cells].index(function)]
    steps = [
        Cell(cell.id, cell.released if cell.role == "test" else cell.source) for cell in before if cell.kind == "code"
    ]
    visible = WATCHED.format(textwrap.indent(cells[f"test_{function}"].released, "    "))
    hinted = [one for text, functions in _hints(name) if _quoted(text) for one in functions]
    small = exam.small[function]
    cases = exam.asks[function].cases
    asked_here = replace(exam.asks[function], cases=[*cases, *((one.args, one.kwargs) for one in small)])
    asked = {f"{function}_{i}": one for i, one in enumerate(programs(name)) if one.function == function}
    for alias, program in asked.items():
        steps += [
            Cell(alias, f"{program.source}\n{alias} = {function}"),
            replace(asked_here, function=alias),
        ]
        if program.misconception is not None and function in hinted:
            steps.append(Cell(f"{alias} visible", visible))
    outcome = sandbox.run(Job(steps, exam.files, PATIENCE))
    labels = Labels.of(cells[f"test_{function}"].released)
    found = {}
    for alias, program in asked.items():
        ended = outcome.ended.get(f"{alias} visible")
        stopped = labels.stopped(ended.text) if ended else ""
        answers, at_home = outcome.answers[alias][: len(cases)], outcome.answers[alias][len(cases) :]
        verdict_on_it = finding(exam, function, answers)
        found[program.title] = verdict_on_it, stopped, verdict.at_home(verdict_on_it, at_home, small)
    return found


@functools.cache
def _hints(name: str) -> tuple[tuple[str, list[str]], ...]:
    """An assignment's hints, the text of each set with the functions whose cells follow it."""
    found: list[tuple[str, list[str]]] = []
    for cell in exam_of(name).assignment.cells:
        if cell.kind == "markdown" and "<summary>Hint" in cell.source:
            found.append((" ".join(cell.source.split()), []))
        elif cell.role == "solution" and found:
            found[-1][1].append(cell.id)
    return tuple(found)


def _quoted(text: str) -> list[tuple[str, bool]]:
    """The labels that hints quote, in their order, each with whether its test is said to pass."""
    return [(one[1], bool(one[2])) for one in QUOTED.finditer(text) if one[1]]


@pytest.mark.parametrize(("name", "program"), PROGRAMS, ids=_label)
def test_program_gets_the_verdict_that_its_bank_states(name, program, sandbox):
    found, _, tried = _findings(name, program.function, sandbox)[program.title]
    if program.misconception is None:
        assert found.verdict == "correct", found
        assert found.share == 1
        assert tried is None, tried  # a small case that a right program gets wrong is none
    else:
        assert found.verdict != "correct"
        assert found.share < 1
        assert (found.misconception or "") == program.misconception or program.says, found
        if program.says:
            assert program.says in message(exam_of(name).rubric[program.function], found)


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_most_wrong_programs_get_a_small_case_to_try_at_home(name, sandbox):
    for function, small in exam_of(name).small.items():
        judged = _findings(name, function, sandbox).values() if small else ()
        tried = [tried for found, _, tried in judged if found.verdict in SHOWN_AT_HOME]
        assert 2 * sum(one is not None for one in tried) >= len(tried), function


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_bank_covers_every_function_and_every_misconception(name):
    bank = list(programs(name))
    for function, question in questions_of(name).items():
        right = [program for program in bank if program.function == function and program.misconception is None]
        held = {program.misconception for program in bank if program.function == function} - {None, ""}
        assert len(right) >= 3, f"{function} has {len(right)} right programs"
        assert held - {idea.key for idea in neighbors(question)} == {idea.key for idea in question.misconceptions}


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_hints_quote_visible_tests_at_which_wrong_programs_stop(name, sandbox):
    cells, troubles = exam_of(name).assignment.by_id(), []
    for text, functions in _hints(name):
        quoted = _quoted(text)
        if UNSEEN.search(text):
            troubles.append(f"{functions}: a cell stops at its first failure, so nobody sees that a test fails alone")
        labels = {one: Labels.of(cells[f"test_{one}"].released) for one in functions if quoted}
        stops = {stop for one in labels for _, stop, _ in _findings(name, one, sandbox).values()}
        for number, (label, passes) in enumerate(quoted):
            own = next((one for one in labels.values() if one.place(label) is not None), None)
            later = next((one for one, passed in quoted[number:] if not passed), "")
            if own is None:
                troubles.append(f"{functions}: no visible test is called {label!r}")
            elif passes and not (later and own.place(label) <= (own.place(later) or 0)):
                troubles.append(f"{functions}: {label!r} does not run before what fails, {later!r}")
            elif not passes and label not in stops:
                troubles.append(f"{functions}: no wrong program of the bank stops at {label!r}")
    assert not troubles, "\n".join(troubles)
