"""Answers and expectations in, verdict and diagnosis out; plain arrays only, nothing printed.

An answer is right when its type, shape and dtype fit and every number is within the rounding error that its own
dtype and the length of the longest sum explain. A wrong answer is then compared with what each misconception
would have given.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from autograde.exam.patterns import number_told, pattern, shape_told
from autograde.exam.readings import reading

VERDICTS = (
    "correct",
    "wrong_value",
    "wrong_shape",
    "wrong_dtype",
    "non_finite",
    "modified_input",
    "error",
    "timeout",
    "no_answer",
)
SAFETY = 8.0
"""Factor over eps * terms * scale; a sum in any order, or through an FFT, stays below it."""

MAX_PICTURE = 24
MAX_SHOWN = 300
"""Characters of an answer's own words (its keys) that a message repeats."""
NAN = "nan comes of 0 / 0, of inf - inf, or of the mean of nothing"
INFINITE = "inf comes of a division by 0, of exp of a large number, or of a start that nothing has replaced"
ALSO_CHANGED = "; your function also changed its input: work on a copy"
LONG = 10**18
"""From here on a whole number is told by its number of digits."""


@dataclass(frozen=True)
class Slack:
    """How large an error is no error.

    Args:
        terms: length of the longest sum.
        absolute: the largest error, where it is given; otherwise it follows from dtype and terms.
        plain: the precision of a plain number; a float beside arrays of float32 was worked out as they were.
        share: the smallest share of an array's values that must be right.
    """

    terms: int = 1
    absolute: float | None = None
    plain: type[np.floating] = np.float64
    share: float = 1.0

    def limit(self, dtype: np.dtype, scale: float) -> float:
        """Largest error that rounding explains: SAFETY * eps(dtype) * terms * scale, sqrt(eps) * scale at most.

        Half of a number's digits are never rounding's: a longer sum would forgive whole wrong ideas in float32.
        """
        if self.absolute is not None:
            return self.absolute
        eps = float(np.finfo(dtype if dtype.kind == "f" else np.float64).eps)
        return min(SAFETY * eps * max(self.terms, 4), eps**0.5) * scale


@dataclass(frozen=True)
class Expectation:
    """What one case should give.

    Args:
        label: what is special about the case.
        asked: the call in words and shapes, without the inputs' values.
        group: part of the points.
        terms: length of the longest sum.
        value: the reference's answer.
        variants: by misconception key, what a student who holds it would answer (absent where it leads nowhere).
        tolerance: largest absolute error, where dtype and terms do not tell it.
        singles: as variants, for ideas whose answer in float32 is another one (what overflows there).
        share: the smallest share of an array's values that must be right, 1 for all.
        dtype: the type that the answer's numbers must have, where the text promises one.
    """

    label: str
    asked: str
    group: str
    terms: int
    value: Any
    variants: Mapping[str, Any] = field(default_factory=dict)
    tolerance: float | None = None
    singles: Mapping[str, Any] = field(default_factory=dict)
    share: float = 1.0
    dtype: str | None = None

    @property
    def slack(self) -> Slack:
        """What the case forgives."""
        return Slack(self.terms, self.tolerance, share=self.share)


@dataclass(frozen=True)
class Answer:
    """What came back for one case.

    Args:
        status: "ok", "error", "timeout" or "no_answer".
        value: the plain value, for "ok".
        text: the error in words, for the others.
        modified: whether the call changed its inputs.
    """

    status: str
    value: Any = None
    text: str = ""
    modified: bool = False


@dataclass(frozen=True)
class Difference:
    """Where and how an answer departs from what was expected.

    Args:
        kind: a verdict other than "correct".
        message: one sentence to the student.
        mask: for values, a small boolean picture (2-D) of where the answer differs, None where there is none.
        arrays: for values, the answer and what was expected.
        told: what can be said of it in a tutor's words, where it is known at once.
    """

    kind: str
    message: str
    mask: np.ndarray | None = None
    arrays: tuple[np.ndarray, np.ndarray] | None = None
    told: str = ""

    def within(self, place: str) -> Difference:
        """The same, in a part of the answer."""
        return replace(self, message=f"{place}: {self.message}")

    def relation(self) -> str:
        """What the error means, or how the answer relates to what was expected; "" where nothing is known."""
        if self.told or self.arrays is None:
            return self.told
        with np.errstate(over="ignore", invalid="ignore"):
            return pattern(*self.arrays)


@dataclass(frozen=True)
class Finding:
    """The verdict on one function.

    Args:
        function: its name.
        verdict: one of `VERDICTS`.
        share: the part of the points earned, from 0 to 1.
        message: one or two sentences to the student.
        label: the first failing case, in words ("" when all are right).
        asked: that case's call in shapes.
        misconception: key of the idea that explains the answers, or None.
        mask: a small picture of where the first failing answer differs.
        passed: number of right answers.
        total: number of cases.
        mend_first: functions that this one uses and that are wrong too.
        likely: key of an idea that explains many of the answers, where none explains all, or None.
        relation: what the message says in a tutor's words of the first failing answer, or "".
    """

    function: str
    verdict: str
    share: float
    message: str
    label: str = ""
    asked: str = ""
    misconception: str | None = None
    mask: np.ndarray | None = None
    passed: int = 0
    total: int = 0
    mend_first: tuple[str, ...] = ()
    likely: str | None = None
    relation: str = ""


def _number(value: Any) -> str:
    """A number in few characters; Python itself refuses to write a whole number of more than 4300 digits."""
    if type(value) is int and abs(value) >= LONG:
        return f"a whole number of {int(math.log10(abs(value))) + 1} digits"
    return repr(value)


def _cut(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]} …"


def _describe(value: Any) -> str:
    if type(value) is np.ndarray:
        return f"an array of shape {value.shape}"
    if isinstance(value, (bool, int, float)) or value is None:
        return _number(value)
    if (
        isinstance(value, (list, tuple))
        and all(isinstance(item, (bool, int, float)) and abs(item) < LONG for item in value)
        and len(value) <= 16
    ):
        return f"the {type(value).__name__} {value!r}"
    if isinstance(value, (list, tuple)):
        return f"a {type(value).__name__} of {len(value)} items"
    return f"an object of type {getattr(value, 'type_name', type(value).__name__)}"


@np.errstate(over="ignore", invalid="ignore")  # an answer of 1e308 is wrong, and no reason to warn
def _compare_arrays(got: np.ndarray, want: np.ndarray, slack: Slack) -> Difference | None:
    if got.shape != want.shape:
        said = f"expected shape {want.shape}, got {got.shape}"
        return Difference("wrong_shape", said, told=shape_told(got, want))
    if got.dtype.kind not in "iufb" or got.dtype == np.float16 or (got.dtype.kind == "b") != (want.dtype.kind == "b"):
        return Difference("wrong_dtype", f"expected numbers of type {want.dtype}, got {got.dtype}")
    if got.dtype.kind == "f" and not np.isfinite(got).all():
        index = tuple(int(i) for i in np.argwhere(~np.isfinite(got))[0])
        said = f"index {index} of your answer is {got[index]}"
        return Difference(
            "non_finite", said, _picture(~np.isfinite(got)), told=NAN if np.isnan(got[index]) else INFINITE
        )
    if want.dtype.kind in "iub" and got.dtype.kind in "iub":
        wrong = got != want
    else:
        scale = float(np.abs(want).max(initial=1.0))
        wrong = np.abs(got.astype(np.float64) - want) > slack.limit(got.dtype, scale)
    if not wrong.any():
        return None
    if slack.share < 1:
        right = 1.0 - float(wrong.mean())
        few = f"{right:.0%} of the {wrong.size} values are right; at least {slack.share:.0%} are asked for"
        return None if right >= slack.share else Difference("wrong_value", few)
    if got.dtype.kind in "iu" and want.dtype.kind == "f" and np.array_equal(np.trunc(want), got):
        return Difference(
            "wrong_dtype", f"your answer has type {got.dtype}, which cuts off fractions; expected {want.dtype}"
        )
    index = tuple(int(i) for i in np.argwhere(wrong)[0])
    count = f"{int(wrong.sum())} of {wrong.size} values differ"
    message = f"{count}; the first at index {index}: {_pair(want[index], got[index])}"
    return Difference("wrong_value", message, _picture(wrong), (got, want))


def _pair(want: float, got: float) -> str:
    """Both numbers in words, with as many digits as it takes to tell them apart."""
    texts = ((f"{float(want):.{digits}g}", f"{float(got):.{digits}g}") for digits in (6, 9, 12, 17))
    one, other = next((pair for pair in texts if pair[0] != pair[1]), (repr(float(want)), repr(float(got))))
    return f"expected {one}, got {other}"


def _picture(wrong: np.ndarray) -> np.ndarray | None:
    """The last two axes of the first slice with a difference, cut to MAX_PICTURE on each side."""
    if wrong.ndim == 0 or wrong.size == 1:
        return None
    plane = np.atleast_2d(wrong)
    leading = plane.reshape(-1, *plane.shape[-2:])
    first = int(np.argmax(leading.any(axis=(1, 2))))
    return leading[first][:MAX_PICTURE, :MAX_PICTURE].copy()


def compare(got: Any, want: Any, slack: Slack = Slack()) -> Difference | None:
    """None when `got` is right, otherwise the first difference.

    Args:
        got: a plain value from the sandbox.
        want: the reference's value: array, int, float, bool, str, None, or a list, tuple or dict of them.
        slack: how large an error is no error.
    """
    if isinstance(want, np.generic):
        want = want.item()
    dtype: np.dtype = np.dtype(slack.plain)
    if isinstance(got, np.generic) or (type(got) is np.ndarray and got.ndim == 0 and type(want) is not np.ndarray):
        dtype, got = got.dtype, got.item()
    if type(want) is np.ndarray:
        if want.ndim == 0 and type(got) in (int, float):
            got = np.asarray(got, dtype=dtype if type(got) is float else None)
        if type(got) is not np.ndarray:
            return Difference("wrong_dtype", f"expected an array of shape {want.shape}, got {_describe(got)}")
        return _compare_arrays(got, want, slack)
    if isinstance(want, (list, tuple)):
        return _compare_sequences(got, want, slack)
    if isinstance(want, Mapping):
        return _compare_mappings(got, want, slack)
    return _compare_scalars(got, want, slack, dtype)


def _compare_sequences(got: Any, want: Sequence[Any], slack: Slack) -> Difference | None:
    if type(got) is np.ndarray and got.ndim == 1 and all(type(item) is int for item in want):
        got = got.tolist()
    if not isinstance(got, (list, tuple)):
        return Difference("wrong_dtype", f"expected {_describe(want)}, got {_describe(got)}")
    if len(got) != len(want):
        return Difference("wrong_shape", f"expected {len(want)} values, got {_describe(got)}", told=_lacking(got, want))
    if any(isinstance(one, (np.ndarray, np.generic)) and one.dtype == np.float32 for one in got):
        slack = replace(slack, plain=np.float32)
    for index, (one, other) in enumerate(zip(got, want, strict=True)):
        difference = compare(one, other, slack)
        if difference:
            return difference.within(f"value {index}")
    return None


def _lacking(got: Sequence[Any], want: Sequence[Any]) -> str:
    """What a list of whole numbers, or of tuples of them, lacks or has too much, where it should ascend."""

    def plain(value: Any) -> bool:
        return type(value) is int or (isinstance(value, tuple) and all(type(item) is int for item in value))

    if len(want) < 2 or not all(map(plain, [*got, *want])) or list(want) != sorted(set(want)):
        return ""
    lacks, over = sorted(set(want) - set(got))[:1], [one for one in got if one not in set(want)][:1]
    told = [(what, one) for what, some in (("lacks", lacks), ("should not have", over)) for one in some]
    return "; ".join(f"your list {what} {_describe(one)}" for what, one in told)


def _compare_mappings(got: Any, want: Mapping[str, Any], slack: Slack) -> Difference | None:
    if not isinstance(got, dict) or set(got) != set(want):
        keys = _cut(f"{sorted(got)}") if isinstance(got, dict) else _describe(got)
        return Difference("wrong_shape", f"expected a dict with the keys {sorted(want)}, got {keys}")
    for key in want:
        difference = compare(got[key], want[key], slack)
        if difference:
            return difference.within(f"{key!r}")
    return None


def _compare_scalars(got: Any, want: Any, slack: Slack, dtype: np.dtype) -> Difference | None:
    if isinstance(want, bool) or want is None or isinstance(want, str):
        same = type(got) is type(want) and got == want
        return None if same else Difference("wrong_value", f"expected {want!r}, got {_describe(got)}")
    if type(got) not in (int, float):
        return Difference("wrong_dtype", f"expected a number, got {_describe(got)}")
    if isinstance(want, int):
        if type(got) is not int:
            return Difference("wrong_dtype", f"expected a whole number (int), got {got!r}")
        if got == want:
            return None
        return Difference("wrong_value", f"expected {want}, got {_number(got)}", told=number_told(got, want))
    if type(got) is int:
        if abs(got) >= 2**1023:  # no float holds it
            return Difference("wrong_value", f"expected {want:.6g}, got {_number(got)}")
        got = float(got)
    if not np.isfinite(got):
        return Difference("non_finite", f"your answer is {got}", told=NAN if np.isnan(got) else INFINITE)
    limit = slack.limit(dtype, max(1.0, abs(want)))
    if abs(got - want) <= limit:
        return None
    return Difference("wrong_value", _pair(want, got), told=number_told(got, want))


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
    message = f"{first.message}; {relation}" if relation else first.message
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
