"""Answers and expectations in, verdict and diagnosis out; plain arrays only, nothing printed.

A wrong answer is compared with what each misconception would have given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from autograde.exam.comparing import Difference, compare
from autograde.exam.findings import Answer, Expectation, Finding
from autograde.exam.ideas import diagnose, suspect
from autograde.exam.readings import reading

ALSO_CHANGED = "; your function also changed its input: work on a copy"


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
        return Difference(
            "modified_input",
            "the answer is right, but your function changed its input: work on a copy",
        )
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
    at = wrong.index(True)
    first = differences[at]
    assert first is not None
    idea = diagnose(padded, expectations, keys)
    relation = first.relation()
    message = "; ".join(part for part in (first.message, relation, first.beside) if part)
    return Finding(
        function,
        first.kind,
        min(max(share, 0.0), 1.0),
        message + (ALSO_CHANGED if padded[at].modified and first.kind != "modified_input" else ""),
        expectations[at].label,
        expectations[at].asked,
        idea,
        first.mask,
        passed,
        total,
        likely=None if idea else suspect(padded, expectations, wrong, keys),
        relation=relation,
    )
