"""How good are the tests? Programs whose verdict is known, or ought to be, go through the hidden and the visible ones.

Five kinds: the right programs of the bank, its wrong ones (each holds a misconception), every mutant of the solution,
and the solution made to ignore one of its arguments, or to answer in another type; these two the visible tests have to
stop as well as the hidden ones. A changed program that no input tells from the solution is no mistake; the course lists
it, with the reason. The bank's programs are asked the cases of several seeds, and once more in float32.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from queue import SimpleQueue
from typing import Any

import numpy as np

from autograde.author.mutants import TYPES, ignoring, mutants, typed
from autograde.author.single import SUFFIX, in_float32
from autograde.author.tally import Trial
from autograde.course import Course
from autograde.errors import UsageError
from autograde.exam.findings import Finding
from autograde.exam.model import Exam
from autograde.exam.prepare import prepare
from autograde.questions.model import Question
from autograde.run.grade import finding
from autograde.sandbox import Cell, Job, Sandbox

SEEDS = (1, 2, 3)
KEPT = "audit.json"
"""The file beside a notebook's source that keeps the figures of its assignment."""
IN_WORDS = ("wrong_dtype", "modified_input")
"""Verdicts that say by themselves what was misunderstood."""
TIMEOUT_S = 15.0
"""For a cell, and for the answers of one program to one seed's cases; a mutant may loop for ever."""


@dataclass(frozen=True)
class Program:
    """A program for one graded function.

    Args:
        kind: one of the tally's `KINDS`.
        title: its name in the bank, or what the mutant changes.
        source: the text of the solution's cell.
        idea: the misconception that a wrong program of the bank holds.
    """

    kind: str
    title: str
    source: str
    idea: str = ""


def programs(course: Course, exam: Exam, function: str) -> list[Program]:
    """All programs for one function: the bank's, and the mutants of the solution."""
    found = []
    for one in course.content.bank(exam.assignment.name):
        if one.function == function:
            kind = "right" if one.misconception is None else "idea" if one.misconception else "stray"
            found.append(Program(kind, one.title, one.source, one.misconception or ""))
    solution = exam.assignment.by_id()[function].source
    found += [Program("mutant", one.change, one.source) for one in mutants(solution)]
    found += [Program("ignoring", one.change, one.source) for one in ignoring(solution)]
    types = [one for one in typed(solution) if one.change in _asked_types(exam, function)]
    return found + [Program("typed", one.change, one.source) for one in types]


def _asked_types(exam: Exam, function: str) -> set[str]:
    """Changes of the answer's type that are mistakes somewhere, if any is: where floats are asked, and where a type is.

    An answer without floats has no type to lose.
    """
    expected = exam.expectations[function]
    first, other = (f"{function} {change}" for change in TYPES)
    floats = any(_holds_floats(one.value) for one in expected)
    return ({first} if floats else set()) | ({other} if any(one.dtype for one in expected) else set())


def _holds_floats(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(map(_holds_floats, value))
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def _job(exams: Sequence[Exam], function: str, program: Program, single: str | None) -> Job:
    """The notebook up to the function's cell with this program in it, its questions, and its visible tests."""
    exam, steps = exams[0], list[Any]()
    ask = replace(exam.asks[function], cases=[case for one in exams for case in one.asks[function].cases])
    for cell in exam.assignment.cells:
        if cell.id == f"test_{function}":
            steps.append(ask)
            if single is not None:
                steps += [Cell("single", single), replace(ask, function=f"{function}{SUFFIX}")]
            return Job([*steps, Cell("visible", cell.released)], exam.files)
        if cell.kind == "code":  # earlier test cells too: a later one may use what they define
            text = program.source if cell.id == function else cell.released if cell.role == "test" else cell.source
            steps.append(Cell(cell.id, text))
    raise UsageError(f"{exam.assignment.name} has no test cell for {function}")


def _findings(exams: Sequence[Exam], function: str, records: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """The verdict of each exam on its part of the answers; what came after the last answer is the last exam's."""
    start = 0
    for exam in exams:
        end = start + len(exam.expectations[function])
        yield finding(exam, function, records[start:end])
        start = end


def _trial(program: Program, findings: Sequence[Finding], stopped: bool, excused: str, single: bool = False) -> Trial:
    """What became of a program under every exam; the first that is not as it should be speaks for all."""

    def well(found: Finding) -> bool:
        passed = found.verdict == "correct"
        if program.kind == "right":
            return passed and (single or not stopped)
        if program.kind == "idea":
            return not passed and found.misconception == program.idea
        return bool(excused) or (not passed and (stopped or program.kind in ("mutant", "stray")))

    told = next((found for found in findings if not well(found)), findings[0])
    named, likely = told.misconception or "", told.likely or ""
    words = bool(told.relation or told.parted) or told.verdict in IN_WORDS
    return Trial(program.kind, program.title, told.verdict, named, stopped, excused, well(told), single, likely, words)


def attempt(
    exams: Sequence[Exam], function: str, program: Program, sandbox: Sandbox, excused: str = "", single: bool = False
) -> list[Trial]:
    """Runs one program through the hidden tests of each exam and the visible ones, and where asked in float32.

    Raises:
        SandboxError: the sandbox itself broke.
    """
    banked = program.kind in ("right", "idea")
    asked = exams if banked else exams[:1]
    cell = in_float32(program.source, function) if single and banked else None
    outcome = sandbox.run(_job(asked, function, program, cell))
    stopped = "visible" not in outcome.ended or outcome.ended["visible"].kind != "ok"
    found = list(_findings(asked, function, outcome.answers.get(function, ())))
    trials = [_trial(program, found, stopped, excused)]
    if cell is not None:
        found = list(_findings(asked, function, outcome.answers.get(f"{function}{SUFFIX}", ())))
        trials.append(_trial(program, found, stopped, excused, single=True))
    return trials


def audit(
    course: Course,
    names: Sequence[str],
    seeds: Sequence[int],
    jobs: int,
    tell: Callable[[int, int], None] = lambda *_: None,
) -> Iterator[tuple[str, str, list[Trial]]]:
    """Yields (assignment, function, trials), function after function.

    Args:
        course: the course.
        names: assignments.
        seeds: what the hidden inputs are drawn from; mutants are asked those of the first alone.
        jobs: sandboxes at work.
        tell: called with (done, all) of the function's programs.

    Raises:
        UsageError: an assignment has no bank, or the list of excuses is not as expected.
    """
    seconds = len(seeds) * min(TIMEOUT_S, course.policy.cell_timeout_s)
    policy = replace(course.policy, cell_timeout_s=seconds)
    idle: SimpleQueue[Sandbox] = SimpleQueue()
    boxes = [Sandbox(course.root, policy) for _ in range(jobs)]
    for box in boxes:
        idle.put(box)

    def run(exams: Sequence[Exam], question: Question, program: Program) -> list[Trial]:
        box, function = idle.get(), question.name
        try:
            reason = course.content.excuses(exams[0].assignment.name).get(function, {}).get(program.title, "")
            return attempt(exams, function, program, box, reason, question.single_precision)
        finally:
            idle.put(box)

    try:
        with ThreadPoolExecutor(jobs) as pool:
            for name in names:
                exams = [prepare(course, name, seed, "cpu", at_home=False) for seed in seeds]
                questions = course.content.questions(name)
                for function in exams[0].assignment.points:
                    todo = programs(course, exams[0], function)
                    trials: list[Trial] = []
                    for done, some in enumerate(pool.map(partial(run, exams, questions[function]), todo), 1):
                        trials += some
                        tell(done, len(todo))
                    yield name, function, trials
    finally:
        for box in boxes:
            box.close()
