"""Answers and expectations in, verdict and diagnosis out; plain arrays only, nothing printed.

A wrong answer is compared with what each misconception would have given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from autograde.exam.comparing import Difference, compare
from autograde.exam.findings import Answer, Expectation, Finding
from autograde.exam.ideas import diagnose, suspect, tells
from autograde.exam.inputs import changed
from autograde.exam.patterns import fact
from autograde.exam.readings import reading
from autograde.exam.traits import parted


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
