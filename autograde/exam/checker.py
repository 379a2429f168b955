"""Answers and expectations in, verdict and diagnosis out; plain arrays only, nothing printed.

A wrong answer is compared with what each misconception would have given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from autograde.exam.comparing import Difference, compare
from autograde.exam.findings import SHOWN_AT_HOME, Answer, Expectation, Finding, SmallCase, Tried
from autograde.exam.ideas import diagnose, suspect, tells
from autograde.exam.inputs import changed
from autograde.exam.patterns import fact
from autograde.exam.readings import reading
from autograde.exam.traits import parted
from autograde.text import one_line

MAX_SHOWN, MAX_TEXT = 240, 300
"""Numbers and characters of an answer that are shown beside the right one."""


def judge(answer: Answer, expectation: Expectation) -> Difference | None:
    """None when the answer earns its case, otherwise what is wrong with it."""
    if answer.status != "ok":
        return Difference(answer.status, answer.text, told=reading(answer.text))
    difference = compare(answer.value, expectation.value, expectation.slack)
    dtype = np.asarray(answer.value).dtype if difference is None and expectation.dtype is not None else None
    if dtype is not None and dtype != expectation.dtype:
        message = (
            f"the values are right, but not their type: expected {expectation.dtype}, as you were given, got {dtype}"
        )
        return Difference("wrong_dtype", message)
    if difference is None and answer.modified:
        said = changed(answer.changed, expectation.names, expectation.traits)
        return Difference("modified_input", f"the answer is right, but your function {said}")
    return difference


def check(
    function: str,
    answers: Sequence[Answer],
    expectations: Sequence[Expectation],
    groups: Mapping[str, float],
    keys: Sequence[str] = (),
) -> Finding:
    """The verdict on one function.

    Args:
        function: its name.
        answers: one for each expectation, in order; fewer when the function stopped answering.
        expectations: what each case should give.
        groups: share of the points of each case group; a share is earned when all its cases are right.
        keys: misconception keys, most specific first.
    """
    padded = [
        *answers,
        *[Answer("no_answer", text="your function gave no answer")] * (len(expectations) - len(answers)),
    ]
    differences = [judge(answer, expectation) for answer, expectation in zip(padded, expectations, strict=True)]
    wrong = [difference is not None for difference in differences]
    failed = {e.group for e, amiss in zip(expectations, wrong, strict=True) if amiss}
    passed = wrong.count(False)
    share = sum(part for group, part in groups.items() if group not in failed)
    total = len(expectations)
    if passed == total:
        return Finding(function, "correct", 1.0, f"all {total} cases are right", passed=passed, total=total)
    idea = diagnose(padded, expectations, keys)
    likely = None if idea else suspect(padded, expectations, wrong, keys)
    telling = tells(idea or likely, padded, expectations, wrong)
    if padded[wrong.index(True)].status == "error":
        telling = []  # an error has its line: that tells more than what came in other cases
    at = (telling or wrong).index(True)
    first, asked = differences[at], expectations[at]
    assert first is not None
    # Where an idea is named, it is the cause, and another guess beside it is noise.
    relation = fact(first.relation()) if telling else first.relation()
    also = padded[at].modified and first.kind != "modified_input"
    said = f"your function also {changed(padded[at].changed, asked.names, asked.traits)}" if also else ""
    return Finding(
        function,
        first.kind,
        min(max(share, 0.0), 1.0),
        "; ".join(part for part in (first.message, relation, first.beside, said) if part),
        asked.label,
        asked.asked,
        idea,
        first.mask,
        passed,
        total,
        likely=likely,
        relation="; ".join(part for part in (relation, first.beside) if part),
        parted="" if idea or likely else parted([one.traits for one in expectations], wrong),
    )


def at_home(found: Finding, cases: Sequence[SmallCase], answers: Sequence[Answer]) -> Tried | None:
    """The small case that shows best what is wrong with a function, or None where it gets all of them right.

    One with the label of the first failing case, if there is one; of these, one that a figure of the book shows; of
    these, the smallest.

    Args:
        found: the verdict on the function.
        cases: small cases, the smallest first.
        answers: what the function answered, in the same order; fewer when it stopped answering.
    """
    wrong = []
    for case, answer in zip(cases, answers, strict=False):
        difference = judge(answer, case.expectation)
        if difference is not None and difference.kind in SHOWN_AT_HOME:
            wrong.append(_tried(case, answer))
    return min(wrong, key=lambda one: (one.case.label != found.label, not one.case.figure), default=None)


def _tried(case: SmallCase, answer: Answer) -> Tried:
    """The case with what is shown of the answer; a stranger's may be of any size."""
    if answer.status != "ok":
        return Tried(case, text=one_line(answer.text)[:MAX_TEXT])
    value = answer.value
    parts = value if isinstance(value, tuple) else [value]
    if parts and all(type(part) is np.ndarray for part in parts):
        if sum(part.size for part in parts) <= MAX_SHOWN:
            return Tried(case, value)
        shapes = ", ".join(str(part.shape) for part in parts)
        return Tried(case, text=f"numbers in an array of shape {shapes}")
    return Tried(case, text=one_line(repr(value)[:MAX_TEXT]))
