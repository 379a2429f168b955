"""How a whole answer relates to the expected one, in the words that visible tests use, too (solutions/check.py)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, permutations

import numpy as np

TINY = float(np.finfo(float).tiny)
FARTHEST = 2
"""Rows or columns by which an answer may be shifted."""
DISTINCT = 4
"""Numbers that differ, from which on an order of the axes tells something: zeros and ones fit several."""
SOME_RIGHT = 0.5
"""The share of right values from which on slices are wrong in places, and not as a whole."""
MOST_SLICES = 64
"""Slices of an axis that are looked for among the expected ones."""
CHANCE = 0.01
"""From this chance on, that a row is right says nothing."""


def close(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two arrays are equal but for rounding; not the judgment, which knows dtype and terms."""
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
    if close(got, expected):  # what differs is too little to be told by its places
        return ""
    # One after the other, until one holds: the last ones try every order of the axes.
    ways = (_scaled, _signed, _repeated, _moved, _reordered, _partly, _each, _placed, _amiss)
    said = next(chain.from_iterable(told(got, expected) for told in ways), None)
    if said is not None:
        return said
    if close(np.sort(got, axis=None), np.sort(expected, axis=None)):
        return "these are the expected numbers, in other places"
    return ""


ROUNDED = (
    (np.floor, "rounded down, as // does"),
    (np.trunc, "without what stands after the point, as in an array of whole numbers"),
    (np.round, "rounded to a whole number"),
)


def _scaled(got: np.ndarray, expected: np.ndarray) -> Iterator[str]:
    if close(got, -expected):
        yield "every value has the wrong sign"
    more = float((got - expected).flat[0])
    if close(got - expected, np.full(got.shape, more)):
        yield f"every value is too {'large' if more > 0 else 'small'} by {abs(more):.6g}"
    factor = float((got * expected).sum() / max(float((expected * expected).sum()), TINY))
    if abs(factor) > 1e-9 and close(got, factor * expected):
        parts = 1 / abs(factor)
        if parts > 1.5 and abs(parts - round(parts)) < 1e-9 * parts:
            minus = ", with the wrong sign" if factor < 0 else ""
            yield f"every value is what was expected, divided by {round(parts)}{minus}"
        yield f"every value is {factor:.6g} times what was expected"
    for rounded, words in ROUNDED:
        if close(got, rounded(expected)):
            yield f"every value is what was expected, {words}"


def _signed(got: np.ndarray, expected: np.ndarray) -> Iterator[str]:
    if close(got, np.abs(expected)):
        yield "every value has lost its sign, as after np.abs or a square"
    if close(got, np.maximum(expected, 0)):
        yield "what should be below 0 is 0, as after a ReLU too many"
    if expected.min() >= 0 and expected.any() and close(np.maximum(got, 0), expected):
        yield "what should be 0 is below 0, as without the last ReLU"


NAMES = {2: ("row", "column"), 4: ("image", "channel", "row", "column")}
"""What the axes of an answer count, where their number tells it."""


def _repeated(got: np.ndarray, expected: np.ndarray) -> Iterator[str]:
    """One number, or one slice, that is everywhere where the expected ones differ."""
    if not got.any():
        return
    if close(got, np.full(got.shape, got.flat[0])):
        yield "all numbers of your answer are equal"
    for axis, name in enumerate(NAMES.get(expected.ndim, ())):
        one, other = (np.take(value, [0], axis) for value in (got, expected))
        same = close(got, np.broadcast_to(one, got.shape))
        if same and np.count_nonzero(one) > 1 and not close(expected, np.broadcast_to(other, got.shape)):
            yield f"every {name} of your answer is the same"


def _moved(got: np.ndarray, expected: np.ndarray) -> Iterator[str]:
    if expected.ndim < 2:
        if close(got, expected[::-1]):
            yield "the expected values come in reverse order"
        return
    if close(got, expected[..., ::-1, ::-1]):
        yield "this is the expected answer turned by half a turn: rows and columns run backwards"
    if close(got, expected[..., ::-1]):
        yield "this is the expected answer mirrored: the columns run backwards"
    if close(got, expected[..., ::-1, :]):
        yield "this is the expected answer mirrored: the rows run backwards"
    if close(got, expected.swapaxes(-1, -2)):
        yield "this is the expected answer transposed: rows and columns have changed places"
    for steps in range(1, FARTHEST + 1):
        for axis, words in ((-2, ("row", "down", "up")), (-1, ("column", "to the right", "to the left"))):
            if expected.shape[axis] > steps + 1:
                yield from _shifted(np.moveaxis(got, axis, 0), np.moveaxis(expected, axis, 0), steps, words)
    telling = expected.ndim <= 4 and len(np.unique(expected.round(6))) >= DISTINCT
    for order in permutations(range(expected.ndim)) if telling else ():
        if order != tuple(range(expected.ndim)) and close(got.ravel(), expected.transpose(order).ravel()):
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
        fits = [[to for to in range(size) if close(one, theirs[to])] for one in ours]
        if sorted(fits) == [[to] for to in range(size)]:
            at = next((at for at, (to,) in enumerate(fits) if at != to), 0)
            name = NAMES[expected.ndim][axis]
            yield (
                f"every {name} is right, and stands in another place: number {at} of your answer is number "
                f"{fits[at][0]} of what was expected, counted from 0"
            )


def _shifted(got: np.ndarray, expected: np.ndarray, steps: int, words: tuple[str, str, str]) -> Iterator[str]:
    thing, on, back = words
    if np.ptp(expected[:-steps]) and close(got[steps:], expected[:-steps]):
        yield f"the expected values are shifted {on} by {steps} {thing}{'s' * (steps > 1)}"
    if np.ptp(expected[steps:]) and close(got[:-steps], expected[steps:]):
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
    if close(more, np.broadcast_to(more[:, :1], more.shape)):
        yield f"each {thing} is off by a number of its own, the same at every place: look at what is added, as a bias"
    factors = (got * expected).sum(1, keepdims=True) / np.maximum((expected * expected).sum(1, keepdims=True), TINY)
    if factors.all() and close(got, factors * expected):
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


def _amiss(got: np.ndarray, expected: np.ndarray) -> Iterator[str]:
    """What the wrong values alone have in common, or in a list where the right ones are."""
    wrong = ~np.isclose(got, expected, rtol=1e-5, atol=1e-7)
    count, size = int(wrong.sum()), wrong.size
    one, other = got[wrong], expected[wrong]
    if 2 <= count < size:
        if close(one, -other):
            yield "every value that is wrong has the wrong sign"
        more = float((one - other)[0])
        if close(one - other, np.full(one.shape, more)):
            yield f"every value that is wrong is too {'large' if more > 0 else 'small'} by {abs(more):.6g}"
        if other.all() and close(one / other, np.full(one.shape, one[0] / other[0])):
            yield f"every value that is wrong is {one[0] / other[0]:.6g} times what was expected"
        if np.ptp(one) == 0 and np.ptp(other):
            yield f"every value that is wrong is {one[0]:.6g}"
        if not other.any():
            yield "all that is wrong should be 0"
    if expected.ndim == 1 and count < size and expected[~wrong].all():
        where = runs(list(wrong))
        if where:
            yield where


def runs(wrong: list[bool]) -> str:
    """Where in a list the right values are, or "" where they are scattered, or none is."""
    count, first, last = len(wrong), wrong.index(True), len(wrong) - wrong[::-1].index(True)
    if first == last - 1:
        return f"value {first} alone is wrong"
    if all(wrong[first:last]):
        if first == 0:
            return f"the last {count - last} of {count} values are right, and no other is" if last < count else ""
        if last == count:
            return f"the first {first} of {count} values are right, and no other is"
        return f"values {first} to {last - 1} are wrong, and no other is"
    right = [at for at, amiss in enumerate(wrong) if not amiss]
    if len(right) > 1 and right[-1] - right[0] == len(right) - 1:
        return f"values {right[0]} to {right[-1]} are right, and those before and behind them are wrong"
    return ""


def _by_no_chance(wrong: np.ndarray, expected: np.ndarray, axis: int, amiss: np.ndarray) -> bool:
    """Whether slices along an axis are right while the others, those that are amiss, are wrong; a 0 tells nothing."""
    wrong, telling = np.moveaxis(wrong, axis, 0), np.moveaxis(expected, axis, 0) != 0
    count, others = int(telling[~amiss].sum()), ~wrong[amiss][telling[amiss]]
    if count < 4 or not others.size or float(others.mean()) > SOME_RIGHT:
        return False
    return float(others.mean()) ** count < CHANCE


def fact(told: str) -> str:
    """A sentence on an answer without its guess at a cause: what comes behind "as where", "as from", "look at"."""
    return told.split(", as ")[0].split(": look at ")[0]
