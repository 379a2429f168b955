"""How good are the tests? Programs whose verdict is known, or ought to be, go through the hidden and the visible ones.

Three kinds: the right programs of the bank, its wrong ones (each holds a misconception), and every mutant of the
solution. A mutant that no input tells from the solution is no mistake; the course lists it, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from queue import SimpleQueue
from typing import Any

from autograde.author.mutants import mutants
from autograde.course import Course
from autograde.errors import UsageError
from autograde.exam.model import Exam
from autograde.exam.prepare import prepare
from autograde.run.grade import finding
from autograde.sandbox import Cell, Job, Sandbox

KINDS = ("right", "idea", "mutant")
TIMEOUT_S = 15.0
"""For a cell, and for the answers of one program; a mutant may loop for ever."""


@dataclass(frozen=True)
class Program:
    """A program for one graded function.

    Args:
        kind: one of `KINDS`.
        title: its name in the bank, or what the mutant changes.
        source: the text of the solution's cell.
        idea: the misconception that a wrong program of the bank holds.
    """

    kind: str
    title: str
    source: str
    idea: str = ""


@dataclass(frozen=True)
class Trial:
    """What became of one program.

    Args:
        kind: as the program's.
        title: as the program's.
        hidden: the hidden tests' verdict.
        named: the misconception that the verdict names, or "".
        visible: whether the visible tests stop it.
        excused: why it is no mistake though the hidden tests pass it, or "".
        well: whether the tests did what they should.
    """

    kind: str
    title: str
    hidden: str
    named: str
    visible: bool
    excused: str
    well: bool


def programs(course: Course, exam: Exam, function: str) -> list[Program]:
    """All programs for one function: the bank's, and the mutants of the solution."""
    found = []
    for one in course.content.bank(exam.assignment.name):
        if one.function == function:
            found.append(
                Program("idea" if one.misconception else "right", one.title, one.source, one.misconception or "")
            )
    solution = exam.assignment.by_id()[function].source
    return found + [Program("mutant", one.change, one.source) for one in mutants(solution)]


def _job(exam: Exam, function: str, source: str) -> Job:
    """The notebook up to the function's cell with this program in it, its question, and its visible tests."""
    steps: list[Any] = []
    for cell in exam.assignment.cells:
        if cell.id == f"test_{function}":
            return Job([*steps, exam.asks[function], Cell("visible", cell.released)], exam.files)
        if cell.kind == "code":  # earlier test cells too: a later one may use what they define
            text = source if cell.id == function else cell.released if cell.role == "test" else cell.source
            steps.append(Cell(cell.id, text))
    raise UsageError(f"{exam.assignment.name} has no test cell for {function}")


def attempt(exam: Exam, function: str, program: Program, sandbox: Sandbox, excused: str = "") -> Trial:
    """Runs one program through the hidden and the visible tests.

    Raises:
        SandboxError: the sandbox itself broke.
    """
    outcome = sandbox.run(_job(exam, function, program.source))
    found = finding(exam, function, outcome.answers.get(function, ()))
    passed = found.verdict == "correct"
    stopped = "visible" not in outcome.ended or outcome.ended["visible"].kind != "ok"
    if program.kind == "right":
        well = passed and not stopped
    elif program.kind == "idea":
        well = not passed and found.misconception == program.idea
    else:
        well = not passed or bool(excused)
    return Trial(program.kind, program.title, found.verdict, found.misconception or "", stopped, excused, well)


def audit(
    course: Course, names: Sequence[str], seed: int, jobs: int, tell: Callable[[int, int], None] = lambda *_: None
) -> Iterator[tuple[str, str, list[Trial]]]:
    """Yields (assignment, function, trials), function after function.

    Args:
        course: the course.
        names: assignments.
        seed: what the hidden inputs are drawn from.
        jobs: sandboxes at work.
        tell: called with (done, all) of the function's programs.

    Raises:
        UsageError: an assignment has no bank, or the list of excuses is not as expected.
    """
    policy = replace(course.policy, cell_timeout_s=min(TIMEOUT_S, course.policy.cell_timeout_s))
    idle: SimpleQueue[Sandbox] = SimpleQueue()
    boxes = [Sandbox(course.root, policy) for _ in range(jobs)]
    for box in boxes:
        idle.put(box)

    def run(exam: Exam, function: str, program: Program) -> Trial:
        box = idle.get()
        try:
            reasons = course.content.excuses(exam.assignment.name).get(function, {})
            return attempt(exam, function, program, box, reasons.get(program.title, ""))
        finally:
            idle.put(box)

    try:
        with ThreadPoolExecutor(jobs) as pool:
            for name in names:
                exam = prepare(course, name, seed, "cpu")
                for function in exam.assignment.points:
                    todo = programs(course, exam, function)
                    trials = []
                    for trial in pool.map(partial(run, exam, function), todo):
                        trials.append(trial)
                        tell(len(trials), len(todo))
                    yield name, function, trials
    finally:
        for box in boxes:
            box.close()


def figures(trials: Sequence[Trial]) -> dict[str, int]:
    """Counts for a table: programs of each kind, and how many of them each kind of test stops."""
    right = [one for one in trials if one.kind == "right"]
    ideas = [one for one in trials if one.kind == "idea"]
    changed = [one for one in trials if one.kind == "mutant"]
    real = [one for one in changed if not one.excused]
    return {
        "right": len(right),
        "right_passed": sum(one.well for one in right),
        "ideas": len(ideas),
        "ideas_named": sum(one.well for one in ideas),
        "ideas_visible": sum(one.visible for one in ideas),
        "mutants": len(real),
        "mutants_hidden": sum(one.hidden != "correct" for one in real),
        "mutants_visible": sum(one.visible for one in real),
        "equivalent": len(changed) - len(real),
    }


def record(results: Sequence[tuple[str, str, list[Trial]]], seed: int) -> dict[str, Any]:
    """The audit as plain data: figures by function, and every trial that did not go as it should."""
    functions = [{"assignment": name, "function": function, **figures(trials)} for name, function, trials in results]
    every = [trial for _, _, trials in results for trial in trials]
    amiss = [
        {"assignment": name, "function": function, **asdict(trial)}
        for name, function, trials in results
        for trial in trials
        if not trial.well
    ]
    return {"seed": seed, "total": figures(every), "functions": functions, "amiss": amiss}


COLUMNS = (
    ("right programs pass", "right_passed", "right"),
    ("ideas named", "ideas_named", "ideas"),
    ("mutants caught", "mutants_hidden", "mutants"),
    ("ideas, visible", "ideas_visible", "ideas"),
    ("mutants, visible", "mutants_visible", "mutants"),
)


def table_row(title: str, counts: Mapping[str, int]) -> str:
    """One line of the printed table."""
    cells = (f"{counts[part]}/{counts[whole]}" for _, part, whole in COLUMNS)
    return f"{title:44s}" + "".join(f"{cell:>21s}" for cell in cells) + f"{counts['equivalent']:>12d}"


def table_head() -> str:
    """The printed table's first line."""
    return f"{'function':44s}" + "".join(f"{name:>21s}" for name, _, _ in COLUMNS) + f"{'equivalent':>12s}"
