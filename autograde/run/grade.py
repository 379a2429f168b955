"""Grades one submission: the sandbox runs it and is told what to ask, the checker decides."""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from autograde.exam import verdict
from autograde.exam.dependents import mend_first
from autograde.exam.findings import SHOWN_AT_HOME, Finding, Tried
from autograde.exam.model import Exam
from autograde.run.notebook import BadNotebookError, MergedCell, merge, parse, plan
from autograde.sandbox import Ask, Cell, Ended, Job, Outcome, Sandbox
from autograde.text import one_line, storable, visible

MAX_FAULT = 20_000
"""Characters of a traceback that are kept, its end."""


@dataclass
class Graded:
    """One submission's result.

    Attributes:
        student: who handed it in.
        findings: by function, in the notebook's order.
        points: points earned by function.
        tried: by function, a small case that it gets wrong, for its feedback.
        cells: the notebook as graded.
        outcome: raw output of the cells, for the autograded notebook.
        reason: why nothing could be graded, or "".
        fault: the traceback of a fault of the grader's own, or "".
    """

    student: str
    findings: dict[str, Finding]
    points: dict[str, float]
    cells: list[MergedCell] = field(default_factory=list)
    outcome: Outcome = field(default_factory=Outcome)
    reason: str = ""
    fault: str = ""
    tried: dict[str, Tried] = field(default_factory=dict)

    @property
    def score(self) -> float:
        """The sum of the points earned."""
        return sum(self.points.values())


def failed(exam: Exam, student: str, error: BaseException) -> Graded:
    """The result of work on which the grader itself failed; what happened goes into a log, not to the student."""
    reason = f"the grader failed on this submission: {type(error).__name__}; see .autograde/errors.log"
    graded = nothing(exam, student, reason)
    graded.fault = visible("".join(traceback.format_exception(error)))[-MAX_FAULT:]
    return graded


def finding(exam: Exam, function: str, records: Sequence[Mapping[str, Any]]) -> Finding:
    """The verdict on what the sandbox says that a function answered."""
    return verdict.finding(function, records, exam.expectations[function], exam.rubric[function])


def nothing(exam: Exam, student: str, reason: str) -> Graded:
    """The result of work that cannot be graded, and why."""
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
        cells = [step for step in steps if isinstance(step, Cell) and not outcome.hung(step.id)]
        asks = [exam.asks[function] for function in late]
        again = sandbox.run(Job([*cells, *asks], exam.files, time_factor), spent_s=outcome.spent_s)
        outcome.answers.update({f: records for f, records in again.answers.items() if not _unanswered(records)})
    return _storable(outcome)


def _storable(outcome: Outcome) -> Outcome:
    """What came back, with text that can be kept, and reasons on one line: here a student's text enters the grader."""
    for records in outcome.answers.values():
        for record in records:
            record["text"] = one_line(record.get("text", ""))
    outcome.output = {place: storable(text) for place, text in outcome.output.items()}
    outcome.ended = {place: Ended(end.kind, one_line(end.text)) for place, end in outcome.ended.items()}
    outcome.incidents = [one_line(text) for text in outcome.incidents]
    return outcome


def _explained(found: Finding, merged: Sequence[MergedCell], outcome: Outcome) -> Finding:
    """The finding of a function without an answer, told with what became of the cell that should have defined it."""
    name = re.escape(found.function)
    defines = re.compile(rf"^(?:(?:async )?def|class) +{name}\b|^{name} *=", re.M)
    for cell in merged:
        ended = outcome.ended.get(cell.id)
        if ended is not None and ended.kind != "ok" and defines.search(cell.source):
            what = f"the cell that should define {found.function} came to no good end: {ended.text}"
            return replace(found, message=what)
    return found


def _tried(
    exam: Exam,
    merged: list[MergedCell],
    findings: Mapping[str, Finding],
    outcome: Outcome,
    sandbox: Sandbox,
    time_factor: float,
) -> dict[str, Tried]:
    """By function, a small case that it gets wrong. It is asked when all points are given, in a process of its own.

    That process has seen none of the exam's inputs, so what it answers cannot tell them.
    """
    wrong = [name for name, found in findings.items() if found.verdict in SHOWN_AT_HOME and exam.small.get(name)]
    if not wrong or outcome.incidents:
        return {}
    cells = [Cell(cell.id, cell.source) for cell in merged if _runs(cell, outcome)]
    asks = [Ask(name, [(case.args, case.kwargs) for case in exam.small[name]]) for name in wrong]
    again = _storable(sandbox.run(Job([*cells, *asks], exam.files, time_factor), spent_s=outcome.spent_s))
    if again.incidents:
        return {}
    found = {name: verdict.at_home(findings[name], again.answers.get(name, ()), exam.small[name]) for name in wrong}
    return {name: one for name, one in found.items() if one is not None}


def _runs(cell: MergedCell, outcome: Outcome) -> bool:
    is_test = cell.origin is not None and cell.origin.role == "test"
    return cell.kind == "code" and bool(cell.source.strip()) and not is_test and not outcome.hung(cell.id)


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
        return nothing(exam, student, str(error))
    outcome = _interrogate(exam, merged, sandbox, time_factor)
    findings: dict[str, Finding] = {}
    points: dict[str, float] = {}
    for function, maximum in exam.assignment.points.items():
        records = outcome.answers.get(function, ())
        found = finding(exam, function, records)
        if function not in outcome.answers and outcome.incidents:
            found = replace(found, message=f"not reached: {outcome.incidents[-1]}")
        elif _unanswered(records) and "defines no" in found.message:
            found = _explained(found, merged, outcome)
        findings[function] = found
        points[function] = round(min(max(found.share, 0.0), 1.0) * maximum, 4)
    sources = {cell.id: cell.source for cell in merged}
    tried = _tried(exam, merged, findings, outcome, sandbox, time_factor)
    return Graded(student, mend_first(findings, sources), points, merged, outcome, tried=tried)
