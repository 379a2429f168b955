"""Which wrong idea explains a student's answers: all of them, or many."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograde.exam.comparing import compare
from autograde.exam.findings import Answer, Expectation, Slack


def _each(value: Any, change: Callable[[np.ndarray], np.ndarray]) -> Any:
    """`value` with `change` made to its floats, in all its arrays, lists, tuples and dicts."""
    if isinstance(value, (list, tuple)):
        return [_each(item, change) for item in value]
    if isinstance(value, Mapping):
        return {key: _each(item, change) for key, item in value.items()}
    if isinstance(value, (float, np.floating)) or (type(value) is np.ndarray and value.dtype.kind == "f"):
        return np.asarray(change(np.asarray(value)))
    return value


def _same(got: Any, variant: Any, slack: Slack) -> bool:
    """Whether an answer is a variant's, which may have overflowed: numbers equal, others in the same places."""
    if _all_finite(variant):
        return compare(got, variant, slack) is None
    # No error is larger than a limit of nan or inf: such a variant would equal every answer.
    places = compare(_each(got, np.isfinite), _each(variant, np.isfinite), slack)
    return places is None and compare(_each(got, _finite), _each(variant, _finite), slack) is None


def _all_finite(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(map(_all_finite, value))
    if isinstance(value, Mapping):
        return all(map(_all_finite, value.values()))
    if isinstance(value, (float, np.floating)) or (type(value) is np.ndarray and value.dtype.kind == "f"):
        return bool(np.isfinite(value).all())
    return True


def _finite(value: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(value), value, 0.0).astype(value.dtype)


def diagnose(answers: Sequence[Answer], expectations: Sequence[Expectation], keys: Sequence[str]) -> str | None:
    """The key of the first misconception that explains every answer, right and wrong, or None.

    A misconception explains the answers when they equal its variant on all the cases where it has one, and
    at least one of those cases tells it from the reference.
    """
    return next((key for key in keys if _explains(key, answers, expectations, False)), None) or next(
        (key for key in keys if _explains(key, answers, expectations, True)), None
    )


def _explains(key: str, answers: Sequence[Answer], expectations: Sequence[Expectation], single: bool) -> bool:
    """Whether an idea explains the answers; in float32 where `single`, for ideas that come out otherwise there."""
    explained = telling = 0
    for answer, expectation in zip(answers, expectations, strict=True):
        variants = expectation.singles if single else expectation.variants
        if key not in variants:
            continue
        if answer.status != "ok" or not _same(answer.value, variants[key], expectation.slack):
            return False
        explained += 1
        telling += compare(variants[key], expectation.value, expectation.slack) is not None
    return bool(explained and telling)


def suspect(
    answers: Sequence[Answer], expectations: Sequence[Expectation], wrong: Sequence[bool], keys: Sequence[str]
) -> str | None:
    """The key of an idea that explains at least half of the wrong answers and contradicts no right one, or None.

    Of several, the one that explains most; of these, the most specific. There may be a second mistake beside it.
    """
    counts = {key: _fitting(key, answers, expectations, wrong) for key in keys}
    best = max(keys, key=lambda key: counts[key], default=None)
    return best if best is not None and 2 * counts[best] >= sum(wrong) > 0 else None


def _fitting(key: str, answers: Sequence[Answer], expectations: Sequence[Expectation], wrong: Sequence[bool]) -> int:
    """How many wrong answers an idea explains; 0 for one that should have spoiled a right answer."""
    count = 0
    for answer, expectation, amiss in zip(answers, expectations, wrong, strict=True):
        variant = expectation.variants.get(key)
        if key not in expectation.variants or compare(variant, expectation.value, expectation.slack) is None:
            continue
        if not amiss:
            return 0
        count += answer.status == "ok" and _same(answer.value, variant, expectation.slack)
    return count
