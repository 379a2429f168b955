"""How a whole answer relates to the expected one, in the words that visible tests use, too (solutions/check.py)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import chain, permutations

import numpy as np

TINY = float(np.finfo(float).tiny)
FARTHEST = 2
"""Rows or columns by which an answer may be shifted."""
DISTINCT = 4
"""Numbers that differ, from which on an order of the axes tells something: zeros and ones fit several."""
SMALL = 3
"""From here on, that a whole number is a multiple of another is worth a word."""
SOME_RIGHT = 0.5
"""The share of right values from which on slices are wrong in places, and not as a whole."""
MOST_SLICES = 64
"""Slices of an axis that are looked for among the expected ones."""
CHANCE = 0.01
"""From this chance on, that a row is right says nothing."""


def _close(one: np.ndarray, other: np.ndarray) -> bool:
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=1e-5, atol=1e-7))


def pattern(got: np.ndarray, expected: np.ndarray) -> str:
    """A sentence on how a wrong answer relates to the expected one, or "" where there is no such relation.

    Args:
        got: the answer, of the expected shape.
        expected: an array of numbers.
    """
    if expected.size < 3 or expected.dtype.kind == "b" or not np.isfinite(got).all() or np.ptp(expected) == 0:
        return ""
    got, expected = got.astype(float), expected.astype(float)
    if _close(got, expected):  # what differs is too little to be told by its places
        return ""
    # One after the other, until one holds: the last ones try every order of the axes.
    ways = (_scaled, _signed, _repeated, _moved, _reordered, _partly, _each, _placed)
    said = next(chain.from_iterable(told(got, expected) for told in ways), None)
    if said is not None:
        return said
    if _close(np.sort(got, axis=None), np.sort(expected, axis=None)):
        return "these are the expected numbers, in other places"
    return ""


ROUNDED = (
    (np.floor, "rounded down, as // does"),
    (np.trunc, "without what stands after the point, as in an array of whole numbers"),
    (np.round, "rounded to a whole number"),
)


def _scaled(got: np.ndarray, expected: np.ndarray) -> Iterator[str]:
    if _close(got, -expected):
        yield "every value has the wrong sign"
    more = float((got - expected).flat[0])
    if _close(got - expected, np.full(got.shape, more)):
        yield f"every value is too {'large' if more > 0 else 'small'} by {abs(more):.6g}"
    factor = float((got * expected).sum() / max(float((expected * expected).sum()), TINY))
    if abs(factor) > 1e-9 and _close(got, factor * expected):
        parts = 1 / abs(factor)
        if parts > 1.5 and abs(parts - round(parts)) < 1e-9 * parts:
            minus = ", with the wrong sign" if factor < 0 else ""
            yield f"every value is what was expected, divided by {round(parts)}{minus}"
        yield f"every value is {factor:.6g} times what was expected"
    for rounded, words in ROUNDED:
        if _close(got, rounded(expected)):
            yield f"every value is what was expected, {words}"


def _signed(got: np.ndarray, expected: np.ndarray) -> Iterator[str]:
    if _close(got, np.abs(expected)):
        yield "every value has lost its sign, as after np.abs or a square"
    if _close(got, np.maximum(expected, 0)):
        yield "what should be below 0 is 0, as after a ReLU too many"
    if expected.min() >= 0 and expected.any() and _close(np.maximum(got, 0), expected):
        yield "what should be 0 is below 0, as without the last ReLU"


NAMES = {2: ("row", "column"), 4: ("image", "channel", "row", "column")}
"""What the axes of an answer count, where their number tells it."""


def _repeated(got: np.ndarray, expected: np.ndarray) -> Iterator[str]:
    """One number, or one slice, that is everywhere where the expected ones differ."""
    if not got.any():
        return
    if _close(got, np.full(got.shape, got.flat[0])):
        yield "all numbers of your answer are equal"
    for axis, name in enumerate(NAMES.get(expected.ndim, ())):
        one, other = (np.take(value, [0], axis) for value in (got, expected))
        same = _close(got, np.broadcast_to(one, got.shape))
        if same and np.count_nonzero(one) > 1 and not _close(expected, np.broadcast_to(other, got.shape)):
            yield f"every {name} of your answer is the same"


def _moved(got: np.ndarray, expected: np.ndarray) -> Iterator[str]:
    if expected.ndim < 2:
        if _close(got, expected[::-1]):
            yield "the expected values come in reverse order"
        return
    if _close(got, expected[..., ::-1, ::-1]):
        yield "this is the expected answer turned by half a turn: rows and columns run backwards"
    if _close(got, expected[..., ::-1]):
        yield "this is the expected answer mirrored: the columns run backwards"
    if _close(got, expected[..., ::-1, :]):
        yield "this is the expected answer mirrored: the rows run backwards"
    if _close(got, expected.swapaxes(-1, -2)):
        yield "this is the expected answer transposed: rows and columns have changed places"
    for steps in range(1, FARTHEST + 1):
        for axis, words in ((-2, ("row", "down", "up")), (-1, ("column", "to the right", "to the left"))):
            if expected.shape[axis] > steps + 1:
                yield from _shifted(np.moveaxis(got, axis, 0), np.moveaxis(expected, axis, 0), steps, words)
    telling = expected.ndim <= 4 and len(np.unique(expected.round(6))) >= DISTINCT
    for order in permutations(range(expected.ndim)) if telling else ():
        if order != tuple(range(expected.ndim)) and _close(got.ravel(), expected.transpose(order).ravel()):
            yield (
                f"these are the expected numbers with the axes in the order {order}, as after a reshape where a "
                "transpose was needed"
            )


def _reordered(got: np.ndarray, expected: np.ndarray) -> Iterator[str]:
    """Slices that are all right, and stand in other places."""
    for axis in (1, 0) if expected.ndim in NAMES else ():
        size = expected.shape[axis]
        if not 2 <= size <= MOST_SLICES or expected.size < 2 * size:
            continue
        ours, theirs = (np.moveaxis(value, axis, 0) for value in (got, expected))
        fits = [[to for to in range(size) if _close(one, theirs[to])] for one in ours]
        if sorted(fits) == [[to] for to in range(size)]:
            at = next((at for at, (to,) in enumerate(fits) if at != to), 0)
            name = NAMES[expected.ndim][axis]
            yield (
                f"every {name} is right, and stands in another place: number {at} of your answer is number "
                f"{fits[at][0]} of what was expected, counted from 0"
            )


def _shifted(got: np.ndarray, expected: np.ndarray, steps: int, words: tuple[str, str, str]) -> Iterator[str]:
    thing, on, back = words
    if np.ptp(expected[:-steps]) and _close(got[steps:], expected[:-steps]):
        yield f"the expected values are shifted {on} by {steps} {thing}{'s' * (steps > 1)}"
    if np.ptp(expected[steps:]) and _close(got[:-steps], expected[steps:]):
        yield f"the expected values are shifted {back} by {steps} {thing}{'s' * (steps > 1)}"


def _partly(got: np.ndarray, expected: np.ndarray) -> Iterator[str]:
    right = np.isclose(got, expected, rtol=1e-5, atol=1e-7)
    if expected.ndim >= 3 and len(right) > 1 and right[0].all() and not any(one.all() for one in right[1:]):
        yield "the first image is right and no other is: is there a loop or an axis for the batch?"
    if expected.ndim >= 2 and min(expected.shape[-2:]) > 3:
        inside = np.zeros(right.shape, bool)
        inside[..., 1:-1, 1:-1] = True
        if right[inside].all() and 3 * (~right).sum() >= (~inside).sum():  # a few wrong ones lie there by chance
            yield "all that is wrong lies at the border of the last two axes: the inside is right"
    if right.any() and not got[~right].any():
        yield "every value that is wrong is 0, as where nothing was written"
    if not got.any():
        yield "the answer is 0 everywhere, as where nothing was written"


def _each(got: np.ndarray, expected: np.ndarray) -> Iterator[str]:
    """Channels, axis 1 of four or of two, that are each wrong in one and the same way."""
    if expected.ndim not in (2, 4) or expected.shape[1] < 2 or expected.size == expected.shape[1]:
        return
    thing = "channel" if expected.ndim == 4 else "column"
    got, expected = (np.moveaxis(value, 1, 0).reshape(value.shape[1], -1) for value in (got, expected))
    more = got - expected
    if _close(more, np.broadcast_to(more[:, :1], more.shape)):
        yield f"each {thing} is off by a number of its own, the same at every place: look at what is added, as a bias"
    factors = (got * expected).sum(1, keepdims=True) / np.maximum((expected * expected).sum(1, keepdims=True), TINY)
    if factors.all() and _close(got, factors * expected):
        yield f"each {thing} is a multiple of its own of what was expected: look at what it is multiplied with"


def _placed(got: np.ndarray, expected: np.ndarray) -> Iterator[str]:
    wrong = ~np.isclose(got, expected, rtol=1e-5, atol=1e-7)
    for axis, name in enumerate(NAMES.get(expected.ndim, ())):
        size = expected.shape[axis]
        amiss = wrong.any(axis=tuple(other for other in range(expected.ndim) if other != axis))
        if size < 3 or amiss.all():
            continue
        right, which = size - int(amiss.sum()), "last" if amiss[0] else "first"
        if right == size - 1:
            one = int(np.argmax(amiss))
            which = "the first" if one == 0 else "the last" if one == size - 1 else "one"
            yield f"all that is wrong lies in {which} {name}, number {one}, counted from 0"
        elif (amiss[1:] != amiss[:-1]).sum() == 1 and _by_no_chance(wrong, expected, axis, amiss):
            some = f"{name} is" if right == 1 else f"{right} of {size} {name}s are"
            yield f"the {which} {some} right, and no other is"


def _by_no_chance(wrong: np.ndarray, expected: np.ndarray, axis: int, amiss: np.ndarray) -> bool:
    """Whether slices along an axis are right while the others, those that are amiss, are wrong; a 0 tells nothing."""
    wrong, telling = np.moveaxis(wrong, axis, 0), np.moveaxis(expected, axis, 0) != 0
    count, others = int(telling[~amiss].sum()), ~wrong[amiss][telling[amiss]]
    if count < 4 or not others.size or float(others.mean()) > SOME_RIGHT:
        return False
    return float(others.mean()) ** count < CHANCE


def fact(told: str) -> str:
    """A sentence of this module without its guess at a cause: what comes behind "as where", "as from", "as after"."""
    return told.split(", as ")[0]


def shape_told(answer: np.ndarray, expected: np.ndarray) -> str:
    """How an answer of a wrong shape relates to the expected one, in words, or ""."""
    got, want = answer.shape, expected.shape
    if 0 in got and 0 not in want:
        return "it is empty, as where a slice ends before it begins: -0 is 0, so `[p:-p]` is empty at p = 0"
    for axis in range(max(len(got), len(want))):
        if len(got) == len(want) - 1 and got == want[:axis] + want[axis + 1 :]:
            return (
                f"axis {axis} is missing, as where a sum, a mean or a maximum runs over it (the 0 of np.max(x, 0) is "
                "an axis), or an index takes it away"
            )
        if len(want) == len(got) - 1 and want == got[:axis] + got[axis + 1 :]:
            return f"axis {axis} is one too many, as where it should have been summed over"
    if [size for size in got if size != 1] == [size for size in want if size != 1] and len(got) > len(want):
        return "axes of length 1 are too many: what has one number there could go without"
    if len(got) != len(want):
        return f"it has {len(got)} {'axis' if len(got) == 1 else 'axes'} in place of {len(want)}"
    if len(want) == 2 and got == want[::-1]:
        return "as if rows and columns had changed places"
    if sorted(got) == sorted(want):
        if _transposed(answer, expected):
            return "the numbers are right, and the axes stand in another order"
        return _joined(got, want) or "the same sizes in another order, but the numbers are not those of a transpose"
    if _joined(got, want):
        return _joined(got, want)
    apart = [axis for axis in range(len(want)) if got[axis] != want[axis]]
    more = {got[axis] - want[axis] for axis in apart}
    where = " and ".join(f"axis {axis}" for axis in apart)
    if more not in ({1}, {-1}):
        return ""
    if len(want) not in (2, 4) or apart[0] < len(want) - 2:  # no rows or columns, which a window's + 1 counts
        return f"{where}: one {'more' if more == {1} else 'less'} than expected"
    if more == {1}:
        return f"{where}: one too many, as from a + 1 too many, or a rounding"
    return f"{where}: one too few, as from a + 1 that is lost, or a rounding"


def _joined(got: tuple[int, ...], want: tuple[int, ...]) -> str:
    """That one axis is some times as long as expected, and another as many times as short, or ""."""
    longer = [axis for axis in range(len(want)) if got[axis] > want[axis]]
    shorter = [axis for axis in range(len(want)) if got[axis] < want[axis]]
    if len(longer) != 1 or len(shorter) != 1 or math.prod(got) != math.prod(want):
        return ""
    (on,), (off,) = longer, shorter
    if got[on] % want[on] or want[off] % got[off]:
        return ""
    times = got[on] // want[on]
    return (
        f"axis {on} is {times} times as long as expected, at the cost of axis {off}: along which axis are parts "
        "joined, or repeated?"
    )


def _transposed(got: np.ndarray, expected: np.ndarray) -> bool:
    """Whether some order of the answer's axes makes it right; a few numbers only do not tell."""
    numbers = got.dtype.kind in "iufb" and expected.dtype.kind in "iufb"
    if not numbers or expected.ndim > 4 or len(np.unique(expected)) < DISTINCT:
        return False
    got, expected = got.astype(float), expected.astype(float)
    return any(_close(got.transpose(order), expected) for order in permutations(range(got.ndim)))


def number_told(got: float, want: float) -> str:
    """How a wrong number relates to the expected one, in words, or ""."""
    if isinstance(got, int) and isinstance(want, int):
        return _whole_told(got, want)
    if want and got == -want:
        return "it has the wrong sign"
    factor = got / want if want else 0.0
    if 1 < abs(factor) < 1e6 and abs(factor - round(factor)) < 1e-9 * abs(factor):
        return f"it is {round(factor)} times what was expected"
    if factor and 1 < abs(1 / factor) < 1e6 and abs(1 / factor - round(1 / factor)) < 1e-9 * abs(1 / factor):
        return f"it is what was expected, divided by {round(1 / factor)}"
    return ""


def _whole_told(got: int, want: int) -> str:
    """`number_told` of whole numbers; small ones, as indices are, often are multiples by chance."""
    if abs(want) > 1 and got == -want:
        return "it has the wrong sign"
    if abs(got - want) == 1:
        return f"one too {'many' if got > want else 'few'}"
    if min(got, want) >= SMALL and got % want == 0:
        return f"it is {got // want} times what was expected"
    if min(got, want) >= SMALL and want % got == 0:
        return f"it is what was expected, divided by {want // got}"
    return ""
