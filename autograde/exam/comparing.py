"""An answer beside what was expected: whether it is right, and if not, where and how it departs; plain arrays only.

An answer is right when its type, shape and dtype fit and every number is within the rounding error that its own
dtype and the length of the longest sum explain.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograde.exam.findings import Slack
from autograde.exam.patterns import pattern, runs
from autograde.exam.sizes import number_told, shape_told

MAX_PICTURE = 24
MAX_SHOWN = 300
"""Characters of an answer's own words (its keys) that a message repeats."""
NAN = "nan comes of 0 / 0, of inf - inf, or of the mean of nothing"
INFINITE = "inf comes of a division by 0, of exp of a large number, or of a start that nothing has replaced"
ALONE = Slack()
"""For an answer of no case: rounding alone is no error."""
MAX_NAMED = 8
"""Parts of an answer that are told one by one."""
FEW = 4
"""Numbers that are told one by one; of a longer list it is told where the right ones are."""
LONG = 10**18
"""From here on a whole number is told by its number of digits."""


@dataclass(frozen=True)
class Difference:
    """Where and how an answer departs from what was expected.

    Args:
        kind: a verdict other than "correct".
        message: one sentence to the student.
        mask: for values, a small boolean picture (2-D) of where the answer differs, None where there is none.
        arrays: for values, the answer and what was expected.
        told: what can be said of it in a tutor's words, where it is known at once.
        beside: which other parts of the answer are right, or "".
    """

    kind: str
    message: str
    mask: np.ndarray | None = None
    arrays: tuple[np.ndarray, np.ndarray] | None = None
    told: str = ""
    beside: str = ""

    def within(self, place: str) -> Difference:
        """The same, in a part of the answer."""
        return replace(self, message=f"{place}: {self.message}")

    def relation(self) -> str:
        """What the error means, or how the answer relates to what was expected; "" where nothing is known."""
        if self.told or self.arrays is None:
            return self.told
        with np.errstate(over="ignore", invalid="ignore"):
            return pattern(*self.arrays)


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
    if isinstance(value, str):
        return f"the text {_cut(repr(value))}"
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
    if want.ndim == 0:
        return Difference("wrong_value", _pair(float(want), float(got)), told=number_told(float(got), float(want)))
    index = tuple(int(i) for i in np.argwhere(wrong)[0])
    count = f"{int(wrong.sum())} of {wrong.size} values differ"
    message = f"{count}; the first at index {index}: {_pair(want[index], got[index])}"
    whole = got.dtype.kind in "iu" and want.dtype.kind == "f" and bool((want != np.trunc(want)).any())
    told = f"your answer has type {got.dtype}, which holds no fractions" if whole else ""
    return Difference("wrong_value", message, _picture(wrong), (got, want), told)


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


def compare(got: Any, want: Any, slack: Slack = ALONE) -> Difference | None:
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
    found = {index: compare(one, other, slack) for index, (one, other) in enumerate(zip(got, want, strict=True))}
    wrong = {index: difference for index, difference in found.items() if difference}
    if not wrong:
        return None
    first = min(wrong)
    order = _another_order(got, want, list(wrong), slack)
    if order:  # then it says nothing which of them stand right
        return replace(wrong[first].within(f"value {first}"), told=order, beside="")
    right = [f"{index}" for index in found if index not in wrong]
    if any(map(_is_large, want)) or len(want) <= FEW:
        beside = _right_beside("value", "values", right, len(wrong))
    else:
        beside = runs([index in wrong for index in found])
    inner = "" if isinstance(want[first], tuple) else wrong[first].beside
    both = "; ".join(part for part in (inner, beside) if part)
    return replace(wrong[first].within(f"value {first}"), beside=both)


def _is_large(value: Any) -> bool:
    """Whether a part of an answer is more than one number: then it is worth a word that it is right."""
    return isinstance(value, (Mapping, list, tuple)) or (type(value) is np.ndarray and value.size > 1)


def _right_beside(thing: str, things: str, names: Sequence[str], wrong: int) -> str:
    """That some parts of an answer are right, where others are wrong; "" where none is."""
    if not names:
        return ""
    if len(names) > MAX_NAMED:
        return f"{len(names)} of {len(names) + wrong} {things} are right"
    if len(names) == 1:
        return f"{thing} {names[0]} is right"
    return f"{things} {', '.join(names[:-1])} and {names[-1]} are right"


def _another_order(got: Sequence[Any], want: Sequence[Any], wrong: Sequence[int], slack: Slack) -> str:
    """That an answer's wrong values are those that were expected at other places, or ""."""
    if _all_plain([*got, *want]) and len({type(one) for one in [*got, *want]}) == 1 and sorted(got) == list(want):
        return "the values are right, and not in ascending order"
    if not 2 <= len(wrong) <= MAX_NAMED or (len(want) < 3 and not all(map(_is_large, want))):
        return ""
    places = {at: [to for to in wrong if compare(got[at], want[to], slack) is None] for at in wrong}
    if any(len(to) != 1 for to in places.values()) or sorted(to[0] for to in places.values()) != sorted(wrong):
        return ""
    moved = ", ".join(f"your value {at} is the expected value {to[0]}" for at, to in places.items())
    return f"the values are right, and stand in another order: {moved}"


def _all_plain(values: Sequence[Any]) -> bool:
    """Whether all are whole numbers, or tuples of them."""
    items = [item for one in values for item in (one if isinstance(one, tuple) else (one,))]
    return all(type(item) is int for item in items)


def _lacking(got: Sequence[Any], want: Sequence[Any]) -> str:
    """What a list of whole numbers, or of tuples of them, lacks or has too much, where it should ascend."""
    if not want or not _all_plain([*got, *want]):
        return ""
    if list(want) != sorted(set(want)):
        return _cut_short(list(got), list(want))
    lacks, over = sorted(set(want) - set(got))[:1], [one for one in got if one not in set(want)][:1]
    told = [(what, one) for what, some in (("lacks", lacks), ("should not have", over)) for one in some]
    return "; ".join(f"your list {what} {_describe(one)}" for what, one in told)


def _cut_short(got: list[Any], want: list[Any]) -> str:
    """That a list is the expected one without its first or last values, or ""."""
    for first in range(len(want) - len(got) + 1) if got else ():
        if want[first : first + len(got)] == got:
            last = len(want) - len(got) - first
            parts = [f"{what} {some}" for what, some in (("first", first), ("last", last)) if some]
            return f"your list is the expected one without its {' and its '.join(parts)}"
    return ""


def _compare_mappings(got: Any, want: Mapping[str, Any], slack: Slack) -> Difference | None:
    if not isinstance(got, dict) or set(got) != set(want):
        keys = _cut(f"{sorted(got)}") if isinstance(got, dict) else _describe(got)
        lacks = [repr(key) for key in want if isinstance(got, dict) and key not in got][:MAX_NAMED]
        told = f"your dict lacks {', '.join(lacks)}" if lacks else ""
        return Difference("wrong_shape", f"expected a dict with the keys {sorted(want)}, got {keys}", told=told)
    found = {key: compare(got[key], want[key], slack) for key in want}
    wrong = {key: difference for key, difference in found.items() if difference}
    if not wrong:
        return None
    first, difference = next(iter(wrong.items()))
    right = [f"{key!r}" for key in want if key not in wrong and _is_large(want[key])]
    return replace(difference.within(f"{first!r}"), beside=_right_beside("entry", "entries", right, len(wrong)))


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
