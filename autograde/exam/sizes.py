"""How shapes and single numbers relate to the expected ones; visible tests say it in the same words (check.py)."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np

from autograde.exam.patterns import DISTINCT, close

SMALL = 3
"""From here on, that a whole number is a multiple of another is worth a word."""
LARGE = 10
"""From here on, a whole number that came out 0 was never added up; a smaller one may be an index."""


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
    windows = len(want) in (2, 4) and apart[0] >= len(want) - 2  # rows and columns, which a window's + 1 counts
    if more == {-2} and windows:
        return f"{where}: two too few, as from a - 1 where a + 1 belongs"
    if more not in ({1}, {-1}):
        return _alone(apart, len(want))
    if not windows:
        return f"{where}: one {'more' if more == {1} else 'less'} than expected"
    if more == {1}:
        return f"{where}: one too many, as from a + 1 too many, or a rounding"
    return f"{where}: one too few, as from a + 1 that is lost, or a rounding"


def _alone(apart: list[int], axes: int) -> str:
    """That some axes are wrong, and not all."""
    if len(apart) == axes:
        return ""
    if len(apart) == 1:
        return f"axis {apart[0]} alone is wrong: look at how that size is worked out"
    where = f"{', '.join(map(str, apart[:-1]))} and {apart[-1]}"
    return f"axes {where} alone are wrong: look at how these sizes are worked out"


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
    return any(close(got.transpose(order), expected) for order in permutations(range(got.ndim)))


def number_told(got: float, want: float) -> str:
    """How a wrong number relates to the expected one, in words, or ""."""
    if isinstance(got, int) and isinstance(want, int):
        return _whole_told(got, want)
    if want and got == -want:
        return "it has the wrong sign"
    factor = got / want if want else 0.0
    if 1.5 < abs(factor) < 1e6 and abs(factor - round(factor)) < 1e-9 * abs(factor):
        return f"it is {round(factor)} times what was expected"
    if factor and 1.5 < abs(1 / factor) < 1e6 and abs(1 / factor - round(1 / factor)) < 1e-9 * abs(1 / factor):
        return f"it is what was expected, divided by {round(1 / factor)}"
    return ""


def _whole_told(got: int, want: int) -> str:
    """`number_told` of whole numbers; small ones, as indices are, often are multiples by chance."""
    if abs(want) > 1 and got == -want:
        return "it has the wrong sign"
    if got == 0 and abs(want) >= LARGE:
        return "it is 0, as where nothing was added up"
    if abs(got - want) == 1:
        return f"one too {'many' if got > want else 'few'}"
    if min(got, want) >= SMALL and got % want == 0:
        return f"it is {got // want} times what was expected"
    if min(got, want) >= SMALL and want % got == 0:
        return f"it is what was expected, divided by {want // got}"
    return ""
