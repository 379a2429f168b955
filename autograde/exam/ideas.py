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


OF_VALUES = ("ValueError", "IndexError", "KeyError", "TypeError")
"""Errors in which wrong shapes and wrong places end."""


def diagnose(answers: Sequence[Answer], expectations: Sequence[Expectation], keys: Sequence[str]) -> str | None:
    """The key of the misconception that explains every answer, right and wrong, or None.

    A misconception explains the answers when they equal its variant on all the cases where it has one, and
    at least one of those cases tells it from the reference.
    """
    for single in (False, True):
        telling = {key: _explains(key, answers, expectations, single) for key in keys}
        if any(telling.values()):
            return max(keys, key=lambda key: telling[key])
    return None


def _explains(key: str, answers: Sequence[Answer], expectations: Sequence[Expectation], single: bool) -> int:
    """How many cases tell an idea that explains the answers, or 0; where `single`, in float32."""
    telling = 0
    for answer, expectation in zip(answers, expectations, strict=True):
        variants = expectation.singles if single else expectation.variants
        if key not in variants:
            continue
        if answer.status != "ok" or not _same(answer.value, variants[key], expectation.slack):
            return 0
        telling += compare(variants[key], expectation.value, expectation.slack) is not None
    return telling


def suspect(
    answers: Sequence[Answer], expectations: Sequence[Expectation], wrong: Sequence[bool], keys: Sequence[str]
) -> str | None:
    """The key of an idea that explains at least half of the wrong answers and contradicts no right one, or None.

    Where calls ended in errors, it may explain all the wrong answers that came instead, two at least. Of several, the
    one that explains most; of these, the most specific. There may be a second mistake beside it.
    """
    counts = {key: _fitting(key, answers, expectations, wrong) for key in keys}
    best = max(keys, key=lambda key: counts[key], default=None)
    # A call that ended in an error tells nothing of the idea: where all that came fits, it may have led there.
    came = sum(amiss and answer.status == "ok" for amiss, answer in zip(wrong, answers, strict=True))
    if best is not None and counts[best] and (2 * counts[best] >= sum(wrong) or counts[best] == came >= 2):
        return best
    partly = next((key for key in keys if _explains_parts(key, answers, expectations)), None)
    if partly is not None:
        return partly
    stopping = [key for key in keys if _stops(key, answers, expectations)]
    return stopping[0] if len(stopping) == 1 else None


def _parts(value: Any) -> dict[Any, Any]:
    """The parts of an answer that has several: of a dict, or of a tuple of arrays, and of dicts in it."""
    if isinstance(value, (list, tuple)) and any(isinstance(one, (np.ndarray, Mapping, list)) for one in value):
        value = dict(enumerate(value))
    if not isinstance(value, Mapping):
        return {}
    found: dict[Any, Any] = {}
    for name, part in value.items():
        inner = part if isinstance(part, Mapping) else {"": part}
        found.update({(name, key): one for key, one in inner.items()})
    return found


def _explains_parts(key: str, answers: Sequence[Answer], expectations: Sequence[Expectation]) -> bool:
    """Whether an idea explains all the parts that it changes in every answer: other parts may hold other mistakes."""
    telling = 0
    for answer, expectation in zip(answers, expectations, strict=True):
        if key not in expectation.variants:
            continue
        got, want, variant = (_parts(one) for one in (answer.value, expectation.value, expectation.variants[key]))
        if answer.status != "ok" or not want or got.keys() != want.keys() or variant.keys() != want.keys():
            return False
        changed = [name for name in want if compare(variant[name], want[name], expectation.slack) is not None]
        if not all(_same(got[name], variant[name], expectation.slack) for name in changed):
            return False
        telling += 0 < len(changed) < len(want)
    return telling > 1


def _stops(key: str, answers: Sequence[Answer], expectations: Sequence[Expectation]) -> bool:
    """Whether an idea leads nowhere on the very cases whose calls ended in an error, and to what came on all others."""
    stopped = same = 0
    for answer, expectation in zip(answers, expectations, strict=True):
        if key in expectation.fails:
            if answer.status != "error" or not answer.text.startswith(OF_VALUES):
                return False
            stopped += 1
        elif answer.status != "ok" or key not in expectation.variants:
            return False
        else:
            if not _same(answer.value, expectation.variants[key], expectation.slack):
                return False
            same += 1
    return bool(stopped and same)


def tells(
    key: str | None, answers: Sequence[Answer], expectations: Sequence[Expectation], wrong: Sequence[bool]
) -> list[bool]:
    """Which of the wrong answers are an idea's own; empty where none is, as where it leads nowhere."""
    if key is None:
        return []
    told = [
        amiss
        and answer.status == "ok"
        and any(key in some and _same(answer.value, some[key], one.slack) for some in (one.variants, one.singles))
        for answer, one, amiss in zip(answers, expectations, wrong, strict=True)
    ]
    return told if any(told) else []


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
