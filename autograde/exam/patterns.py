"""How a whole answer relates to the expected one, in the words that visible tests use, too (solutions/check.py)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, permutations

import numpy as np

TINY = float(np.finfo(float).tiny)
FARTHEST = 2
"""Rows or columns by which an answer may be shifted."""


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
    said = next(chain.from_iterable(told(got, expected) for told in (_scaled, _moved, _partly)), None)
    if said is not None:
        return said
    if _close(np.sort(got, axis=None), np.sort(expected, axis=None)):
        return "these are the expected numbers, in other places"
    return ""


def _scaled(got: np.ndarray, expected: np.ndarray) -> Iterator[str]:
    if _close(got, -expected):
        yield "every value has the wrong sign"
    more = float((got - expected).flat[0])
    if _close(got - expected, np.full(got.shape, more)):
        yield f"every value is too {'large' if more > 0 else 'small'} by {abs(more):.6g}"
    factor = float((got * expected).sum() / max(float((expected * expected).sum()), TINY))
    if abs(factor) > 1e-9 and _close(got, factor * expected):
        yield f"every value is {factor:.6g} times what was expected"


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
    for order in permutations(range(expected.ndim)) if expected.ndim <= 4 else ():
        if order != tuple(range(expected.ndim)) and _close(got.ravel(), expected.transpose(order).ravel()):
            yield (
                f"these are the expected numbers with the axes in the order {order}, as after a reshape where a "
                "transpose was needed"
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
    if expected.ndim >= 2 and min(expected.shape[-2:]) > 2:
        inside = np.zeros(right.shape, bool)
        inside[..., 1:-1, 1:-1] = True
        if right[inside].all() and not right[~inside].all():
            yield "all that is wrong lies at the border of the last two axes: the inside is right"
    if right.any() and not got[~right].any():
        yield "every value that is wrong is 0, as where nothing was written"
