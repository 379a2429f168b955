"""Wires challenge, reference, sandbox and checker together: one exam, any number of submissions."""

from __future__ import annotations

import queue
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from autograde import challenge, checker
from autograde.assignment import Assignment, load_assignment
from autograde.checker import Answer, Expectation, Finding
from autograde.course import Course
from autograde.dependents import mend_first
from autograde.errors import SandboxError, UsageError
from autograde.notebook import BadNotebookError, MergedCell, merge, parse, plan, read_bytes
from autograde.policy import Policy
from autograde.sandbox import Ask, Cell, Job, Outcome, Sandbox


@dataclass(frozen=True)
class Exam:
    """All that grading one assignment needs, computed once for a class; plain data, so it travels to other processes.

    Args:
        assignment: cells and points.
        seed: what the inputs were drawn from.
        device: where the references were computed.
        asks: what each function is asked.
        expectations: what each function should answer, with each misconception's answer.
        files: what lies beside the notebook, by name.
    """

    assignment: Assignment
    seed: int
    device: str
    asks: Mapping[str, Ask]
    expectations: Mapping[str, tuple[Expectation, ...]]
    files: Mapping[str, bytes]


@dataclass
class Graded:
    """One submission's result.

    Attributes:
        student: who handed it in.
        findings: by function, in the notebook's order.
        points: points earned by function.
        cells: the notebook as graded.
        outcome: raw output of the cells, for the autograded notebook.
        reason: why nothing could be graded, or "".
    """

    student: str
    findings: dict[str, Finding]
    points: dict[str, float]
    cells: list[MergedCell] = field(default_factory=list)
    outcome: Outcome = field(default_factory=Outcome)
    reason: str = ""

    @property
    def score(self) -> float:
        """The sum of the points earned."""
        return sum(self.points.values())


def new_seed() -> int:
    """A seed that did not exist when the work was handed in."""
    return secrets.randbits(48)


def _cut(text: str) -> str:
    return text if len(text) <= 160 else text[:157] + "..."


def _holds_array(value: Any) -> bool:
    if isinstance(value, Mapping):
        return _holds_array(list(value.values()))
    return isinstance(value, np.ndarray) or (isinstance(value, (list, tuple)) and any(map(_holds_array, value)))


def describe(name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    """A call in shapes: "pad2d(array (4, 6), (1, 2), mode='reflect')"; no array's values."""

    def one(value: Any) -> str:
        if isinstance(value, np.ndarray):
            return f"array {value.shape}"
        if isinstance(value, Mapping):
            return _cut("{" + ", ".join(f"{key!r}: {one(item)}" for key, item in value.items()) + "}")
        if isinstance(value, (list, tuple)) and _holds_array(value):
            return _cut("[" + ", ".join(one(item) for item in value) + "]")
        return _cut(f"{value:.4g}" if isinstance(value, float) else repr(value))

    parts = [one(value) for value in args] + [f"{key}={one(value)}" for key, value in kwargs.items()]
    return f"{name}({', '.join(parts)})"


def expect_case(question: challenge.Question, case: challenge.Case, device: Any) -> Expectation:
    """What a case should give, and what each misconception would give in its place."""
    from autograde.reference.evaluate import evaluate

    variants: dict[str, Any] = {}
    for idea in question.misconceptions:
        try:
            variants[idea.key] = evaluate(idea.variant, case.args, case.kwargs, device)
        except (RuntimeError, ValueError, IndexError, TypeError, ZeroDivisionError, NotImplementedError):
            continue  # the idea leads nowhere on this case, so it predicts nothing
    value = evaluate(question.reference, case.args, case.kwargs, device)
    asked = describe(question.name, case.args, case.kwargs)
    return Expectation(case.label, asked, case.group, case.terms, value, variants)


def support_files(course: Course, name: str) -> dict[str, bytes]:
    """What lies beside an assignment's notebook when students open it."""
    folder = course.exercises / name
    return {
        path.name: path.read_bytes() for path in sorted(folder.glob("*")) if path.is_file() and path.suffix != ".ipynb"
    }


def prepare(course: Course, name: str, seed: int, device_name: str = "auto") -> Exam:
    """Draws the cases and computes the references, once for a class.

    Raises:
        UsageError: no such assignment, no such device, or a graded cell without a question.
    """
    from autograde.reference.evaluate import device_name as full_name
    from autograde.reference.evaluate import pick_device

    assignment = load_assignment(course.source(name))
    device = pick_device(device_name)
    questions = challenge.questions(name)
    missing = [function for function in assignment.points if function not in questions]
    if missing:
        raise UsageError(f"{course.source(name)} grades {missing[0]}, which autograde/challenge/{name}.py does not ask")
    asks: dict[str, Ask] = {}
    expectations: dict[str, tuple[Expectation, ...]] = {}
    for function in assignment.points:
        question = questions[function]
        cases = question.draw(seed)
        asks[function] = Ask(function, [(case.args, case.kwargs) for case in cases], question.driver)
        expectations[function] = tuple(expect_case(question, case, device) for case in cases)
    return Exam(assignment, seed, full_name(device), asks, expectations, support_files(course, name))


def _finding(exam: Exam, function: str, records: Sequence[Mapping[str, Any]]) -> Finding:
    question = challenge.questions(exam.assignment.name)[function]
    answers = [Answer(r["status"], r.get("value"), r.get("text", ""), r.get("modified", False)) for r in records]
    keys = [idea.key for idea in question.misconceptions]
    return checker.check(function, answers, exam.expectations[function], question.groups, keys)


def _nothing(exam: Exam, student: str, reason: str) -> Graded:
    findings = {
        function: Finding(function, "no_answer", 0.0, reason, total=len(exam.expectations[function]))
        for function in exam.assignment.points
    }
    return Graded(student, findings, dict.fromkeys(findings, 0.0), reason=reason)


def _unanswered(records: Sequence[Mapping[str, Any]]) -> bool:
    return not records or all(record["status"] == "no_answer" for record in records)


def _interrogate(exam: Exam, merged: list[MergedCell], sandbox: Sandbox, time_factor: float) -> Outcome:
    """Runs the notebook; functions that had no answer in their place are asked again where all cells have run."""
    steps = plan(merged, exam.asks)
    outcome = sandbox.run(Job(steps, exam.files, time_factor))
    places = {step.id: place for place, step in enumerate(steps)}
    late = [
        function
        for function in exam.asks
        if _unanswered(outcome.answers.get(function, ()))
        and any(
            isinstance(step, Cell) and function in step.source for step in steps[places.get(f"test_{function}", 0) :]
        )
    ]
    if late:
        cells = [
            step for step in steps if isinstance(step, Cell) and not outcome.ended.get(step.id, "").startswith("no end")
        ]
        asks = [exam.asks[function] for function in late]
        again = sandbox.run(Job([*cells, *asks], exam.files, time_factor))
        outcome.answers.update({f: records for f, records in again.answers.items() if not _unanswered(records)})
    return outcome


def grade_cells(
    exam: Exam, student: str, content: bytes, name: str, sandbox: Sandbox, time_factor: float = 1.0
) -> Graded:
    """Grades the notebook with this content, under `time_factor` times the policy's limits on time.

    Raises:
        SandboxError: the sandbox itself broke.
    """
    try:
        merged = merge(parse(content, name), exam.assignment)
    except BadNotebookError as error:
        return _nothing(exam, student, str(error))
    outcome = _interrogate(exam, merged, sandbox, time_factor)
    findings: dict[str, Finding] = {}
    points: dict[str, float] = {}
    for function, maximum in exam.assignment.points.items():
        finding = _finding(exam, function, outcome.answers.get(function, ()))
        if function not in outcome.answers and outcome.incidents:
            finding = replace(finding, message=f"not reached: {outcome.incidents[-1]}")
        findings[function] = finding
        points[function] = round(min(max(finding.share, 0.0), 1.0) * maximum, 4)
    sources = {cell.id: cell.source for cell in merged}
    return Graded(student, mend_first(findings, sources), points, merged, outcome)


@dataclass(frozen=True)
class Submission:
    """Whose notebook lies where."""

    student: str
    path: Path


@dataclass(frozen=True)
class Work:
    """A submission as it is sent to a worker, on this machine or another: its bytes, or why there are none."""

    student: str
    name: str
    content: bytes
    reason: str = ""


def read_work(submission: Submission, policy: Policy) -> Work:
    """Reads one submitted file; whatever is wrong with the file becomes its reason."""
    try:
        return Work(submission.student, submission.path.name, read_bytes(submission.path, policy.notebook_mib))
    except BadNotebookError as error:
        return Work(submission.student, submission.path.name, b"", str(error))


class Worker:
    """Grades submissions one after the other in one process; starts its sandbox at the first, and anew if it breaks."""

    def __init__(self, root: Path, policy: Policy, isolated: bool = True) -> None:
        self._root, self._policy, self._isolated = root, policy, isolated
        self._sandbox: Sandbox | None = None

    def start(self) -> None:
        """Starts the sandbox's interpreter, which warms up while the caller goes on."""
        if self._sandbox is None:
            self._sandbox = Sandbox(self._root, self._policy, self._isolated)

    def grade(self, exam: Exam, work: Work) -> Graded:
        """The result of one submission; a broken sandbox is tried once more, then named as the reason.

        Raises:
            IsolationError: isolation does not work on this machine.
        """
        if work.reason:
            return _nothing(exam, work.student, work.reason)
        for attempt in (1, 2):
            try:
                self.start()
                assert self._sandbox is not None
                factor = float(self._policy.time_factors.get(work.student, 1.0))
                return grade_cells(exam, work.student, work.content, work.name, self._sandbox, factor)
            except SandboxError as error:
                self._sandbox = None
                if attempt == 2:
                    return _nothing(exam, work.student, f"the sandbox broke twice: {error}")
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Ends the sandbox."""
        if self._sandbox is not None:
            self._sandbox.close()
            self._sandbox = None


class WorkerPool:
    """Workers for a class on one machine: each submission goes to whichever is free.

    Their sandboxes are processes of their own, so threads are enough to drive them; they start at once, and warm up
    while the references are computed.
    """

    def __init__(self, root: Path, policy: Policy, size: int, isolated: bool = True) -> None:
        self._idle: queue.SimpleQueue[Worker] = queue.SimpleQueue()
        self._workers = [Worker(root, policy, isolated) for _ in range(size)]
        for worker in self._workers:
            worker.start()
            self._idle.put(worker)

    def grade(self, exam: Exam, work: Work) -> Graded:
        """The result of one submission, by the next worker that is free."""
        worker = self._idle.get()
        try:
            return worker.grade(exam, work)
        finally:
            self._idle.put(worker)

    def close(self) -> None:
        """Ends all sandboxes."""
        for worker in self._workers:
            worker.close()


def grade_all(
    works: Iterable[Work], executor: Executor, job: Callable[..., Graded], exam: Any, ahead: int = 8
) -> Iterator[Graded]:
    """Results in the order in which they come; at most `ahead` submissions are in flight, so memory does not grow.

    Args:
        works: what to grade, read as it is needed.
        executor: any executor of concurrent.futures' kind.
        job: called as job(exam, work).
        exam: the exam, or what the executor turns into it (a Dask future).
        ahead: how many submissions are in flight.
    """
    waiting: set[Future[Graded]] = set()
    for work in works:
        waiting.add(executor.submit(job, exam, work))
        if len(waiting) >= ahead:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)
    while waiting:
        done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        yield from (future.result() for future in done)
