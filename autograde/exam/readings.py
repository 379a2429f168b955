"""What Python's and NumPy's errors mean, in the words of a tutor; from an error's text alone."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

Found = re.Match[str]
MAX_TEXT = 2_000
"""Characters of an error that are read; a student may write what a pattern would take long over."""
NOTHING = "-0 is 0, so `[p:-p]` is empty at p = 0"
"""Beside a slice that came out empty."""
_SHAPE = r"\(([\d, ]*)\)"


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.replace(" ", "").split(",") if part)


def _axes(one: tuple[int, ...], other: tuple[int, ...]) -> list[int]:
    """The axes, counted from the end, along which two shapes do not fit: sizes that differ, none of them 1."""
    pairs = zip(reversed(one), reversed(other), strict=False)
    return [-place for place, (a, b) in enumerate(pairs, 1) if a != b and 1 not in (a, b)]


def _misfit(one: tuple[int, ...], other: tuple[int, ...]) -> str:
    """Why two shapes do not fit each other."""
    apart = _axes(one, other)
    if one == other[::-1] or (len(one) >= 2 and one[-2:] == other[-2:][::-1] and len(apart) == 2):
        return "rows and columns of one of them have changed places"
    if not apart:
        return "one has axes that the other lacks: print both shapes before this line"
    where = " and ".join(f"axis {axis}, {one[axis]} against {other[axis]}" for axis in apart)
    if any(0 in (one[axis], other[axis]) for axis in apart):
        return (
            f"they differ along {where}: one is empty there, as a slice is that ends before it begins, or begins "
            f"beyond the end: {NOTHING}"
        )
    if 1 == min(len(one), len(other)) < max(len(one), len(other)):  # as a bias beside what it is added to
        return f"they differ along {where}: what does that axis count in each of them?"
    if all(axis >= -2 and abs(one[axis] - other[axis]) == 1 for axis in apart):
        return (
            f"they differ along {where}: one place too many or too few: look at how that size is worked out, with its "
            "+ 1 and its rounding, and at the slice's start, end, step"
        )
    if all(axis >= -2 for axis in apart):
        return f"they differ along {where}: look at how that size is worked out, and at the slice's start, end, step"
    return f"they differ along {where}: what does that axis count in each of them?"


def _broadcast(found: Found) -> str:
    shapes = [_numbers(shape) for shape in re.findall(_SHAPE, found[0])]
    return f"these arrays do not fit: {_misfit(shapes[0], shapes[1])}"


def _core(found: Found) -> str:
    return (
        f"a product adds up over an axis that both factors have: here it has {found[2]} entries in one and {found[1]} "
        "in the other"
    )


_REMAPPED = re.compile(rf"{_SHAPE}->\(([\d, a-z]*)\)")


def _remapped(found: Found) -> str:
    """Of einsum: which letter has two sizes. Axes stand in the letters' order; those missing in front are left out."""
    operands = [
        (_numbers(shape), [part.strip() for part in told.split(",") if part.strip()][::-1])
        for shape, told in _REMAPPED.findall(found[1])
    ]
    for place in range(max((len(axes) for _, axes in operands), default=0)):
        sizes = [
            (f"{axes[place]} in array {number}" + _axis_of(shape, int(axes[place])), axes[place])
            for number, (shape, axes) in enumerate(operands)
            if place < len(axes) and axes[place].isdigit() and axes[place] != "1"
        ]
        for told, size in sizes[1:]:
            if size != sizes[0][1]:
                return f"one letter of einsum has two sizes, counted from 0: {sizes[0][0]}, {told}"
    return "the letters of einsum and the arrays' axes do not fit: print both shapes"


def _axis_of(shape: tuple[int, ...], size: int) -> str:
    """Which axis has this size, where one has."""
    return f" (its axis {shape.index(size)})" if shape.count(size) == 1 else ""


def _label(found: Found) -> str:
    where = f"{found[3]} in array {found[2]}, counted from 0, and {found[4]} before"
    return f"the letter {found[1]} of einsum has two sizes: {where}"


def _letters(found: Found) -> str:
    return f"array {found[1]} of einsum, counted from 0, has fewer axes than letters: print its shape"


def _reshape(found: Found) -> str:
    size, shape = int(found[1]), [part.strip() for part in found[2].split(",") if part.strip()]
    known = [int(part) for part in shape if part.lstrip("-").isdigit() and int(part) >= 0]
    wanted = math.prod(known)
    if len(known) < len(shape) or (wanted and size % wanted):
        return f"the array holds {size} numbers, which is no multiple of {wanted}"
    return f"the array holds {size} numbers, and the new shape {wanted}"


def _index(found: Found) -> str:
    index, axis, size = (int(found[number]) for number in (1, 2, 3))
    if index == size:
        return (
            f"axis {axis} has the places 0 to {size - 1}: the index is one beyond its end, as from a loop that runs "
            "once too often, or a place counted with another array's sizes"
        )
    return f"axis {axis} has the places 0 to {size - 1} only: do the index and the axis belong together?"


def _joined(found: Found) -> str:
    one, other = int(found[2]), int(found[3])
    said = f"arrays that are joined may differ along one axis alone; these also differ along axis {found[1]}"
    if 0 in (one, other):
        return f"{said}, where one is empty, as a slice is that ends before it begins: {NOTHING}"
    return f"{said}, {one} against {other}"


def _unknown(found: Found) -> str:
    return f"`{found[1]}` is used before anything was given that name: is the line that makes it missing?"


def _unset(found: Found) -> str:
    return f"on this way through your function nothing was given the name `{found[1]}`"


def _key(found: Found) -> str:
    return f"the dict has no entry {found[1]}: print its keys (are there any?), and compare"


def _aligned(found: Found) -> str:
    one, other = _numbers(found[1]), _numbers(found[2])
    if not one or not other:
        return "a product of matrices has a number for a factor: multiply with * instead"
    return (
        f"a product adds up over the first one's last axis and the second one's last but one: {one[-1]} entries "
        f"against {other[-2] if len(other) > 1 else other[-1]}"
    )


def _axis(found: Found) -> str:
    return f"an array of {found[2]} axes has no axis {found[1]}: they count from 0"


def _attribute(found: Found) -> str:
    return f"nothing was kept under the name {found[1]}: which line should keep it, and was it run before this one?"


def _names(found: Found) -> str:
    return f"{found[1]} names stand here for {found[2]} values: print what is unpacked"


ONE_FOR_BOTH = "a single int came where several were read: where an int stands for both axes, make a pair of it first"
FLOAT_SIZE = "a size or a place is a float: // gives whole numbers, / does not"
# Most specific first.
READINGS: tuple[tuple[str, Callable[[Found], str] | str], ...] = (
    (r"^UnboundLocalError: .*?variable '(\w+)'", _unset),
    (r"^NameError: name '(\w+)' is not defined", _unknown),
    (rf"operands could not be broadcast together with shapes {_SHAPE} {_SHAPE}", _broadcast),
    (rf"output operand with shape {_SHAPE} doesn't match the broadcast shape {_SHAPE}", _broadcast),
    (rf"could not broadcast input array from shape {_SHAPE} into shape {_SHAPE}", _broadcast),
    (rf"expected one shape, got {_SHAPE} and {_SHAPE}", _broadcast),
    (r"mismatch in its core dimension .*?\(size (\d+) is different from (\d+)\)", _core),
    (rf"shapes {_SHAPE} and {_SHAPE} not aligned", _aligned),
    (r"shape-mismatch for sum", "a product adds up over axes that both factors have, and here these differ in size"),
    (r"remapped shapes \[original->remapped\]: (.*)", _remapped),
    (r"Size of label '(\w)' for operand (\d+) \((\d+)\) does not match previous terms \((\d+)\)", _label),
    (r"contains too many subscripts for operand (\d+)", _letters),
    (
        r"operand has more dimensions than subscripts given in einstein sum",
        "an array has more axes than einsum has letters for it: print its shape, and give every axis a letter",
    ),
    (
        r"einstein sum|einsum\(\)",
        "the letters of einsum and the arrays' axes do not fit: print both shapes",
    ),
    (r"cannot reshape array of size (\d+) into shape \(([^)]*)\)", _reshape),
    (r"^IndexError: index (-?\d+) is out of bounds for axis (\d+) with size (\d+)", _index),
    (r"axis (-?\d+) is out of bounds for array of dimension (\d+)", _axis),
    (
        r"along dimension (\d+), the array at index \d+ has size (\d+) and the array at index \d+ has size (\d+)",
        _joined,
    ),
    (r"(?:tuple|list) index out of range", "the tuple or list is shorter than that: places count from 0"),
    (r"need at least one array to", "the list that is joined is empty: is anything put into it on this way?"),
    (r"pop from empty list", "more is taken out of the list than was put in: do the two loops run equally often?"),
    (r"index can't contain negative values", "`np.pad` is asked for fewer than 0 pixels on some side"),
    (r"negative dimensions are not allowed", "a size came out below 0: look at the sign of each of its terms"),
    (r"window shape cannot be larger", "the window is larger than what it moves over: was that padded?"),
    (
        r"zero-size array to reduction|of an empty sequence",
        f"a window came out empty: its slice ends before it begins: {NOTHING}",
    ),
    (
        r"step cannot be zero|arg 3 must not be zero",
        "the step of a slice or range is 0: print it before this line",
    ),
    (r"^ZeroDivisionError", "something is divided by 0: which of the numbers in this line can be 0?"),
    (r"zip\(\) argument \d+ is (shorter|longer)", "the lists that are walked side by side differ in length"),
    (r"does not result in an equal division", "the array cannot be split into that many equal parts along this axis"),
    (r"^KeyError: ('[^']*'|\S+)", _key),
    (r"has no attribute '(\w+)'", _attribute),
    (r"cannot unpack non-iterable int|must be an iterable, not int", ONE_FOR_BOTH),
    (r"'int' (?:object )?is not (?:subscriptable|iterable)|'int' has no len", ONE_FOR_BOTH),
    (
        r"must be a string.* not '(?:tuple|list)'",
        "a pair came where a single number was read: make a pair of both forms first, and then take its two numbers",
    ),
    (r"not enough values to unpack \(expected (\d+), got (\d+)\)", _names),
    (r"too many values to unpack", "there are more values than names for them: print what is unpacked"),
    (r"NoneType", "there is None where a value is needed: an argument left out, or a function without return"),
    (r"'float' object cannot be interpreted|slice indices must be", FLOAT_SIZE),
    (r"only integer", FLOAT_SIZE),
    (r"convert float infinity to integer", "an array of whole numbers holds no inf: make one of floats, astype(float)"),
    (
        r"truth value of an array",
        "an `if`, `and` or `or` asks a whole array at once: whether an argument was given is asked with `is not None`; "
        "for its numbers ask one of them, or use np.where",
    ),
    (r"too many indices for array", "the array has fewer axes than the brackets name: print its shape"),
    (
        r"axes don't match|repeated axis|duplicate value in 'axis'|have different lengths",
        "each axis of the array is named exactly once",
    ),
    (r"object is not callable", "a value is called like a function: has a variable taken a function's name?"),
    (r"read-only", "the array belongs to the caller and may not be changed: work on a copy"),
    (r"positional argument|keyword argument", "the call and the definition name different arguments"),
    (r"unsupported operand type", "an operator stands between two values of types that it does not take"),
    (
        r"^AssertionError",
        "an `assert` stops with AssertionError: where another error is asked for, write `raise` and its name",
    ),
    (r"^RecursionError", "the function calls itself again and again: which call should be the last?"),
    (r"^no answer within", "a loop seems never to end: does what its condition reads change in every round?"),
    (
        r"^MemoryError|Unable to allocate",
        "an array is far larger than what is needed: print the shape that you ask for",
    ),
)
"""What an error's text holds, and what is said of it."""


_WHERE = re.compile(r" \(line \d+: .*", re.S)


def reading(text: str) -> str:
    """A sentence on what an error means, or "" for one that is not known here.

    Args:
        text: the error as the sandbox tells it, "ValueError: ... (line 3: ...)".
    """
    text = _WHERE.sub("", text[:MAX_TEXT])  # a student's line may hold any word
    for pattern, tell in READINGS:
        found = re.search(pattern, text)
        if found:
            return tell if isinstance(tell, str) else tell(found)
    return ""
