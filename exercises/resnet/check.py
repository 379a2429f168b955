"""Says in words how an answer differs from what was expected. It needs NumPy only and lies beside the notebook."""

import inspect
import itertools
import json
import os
import traceback

import numpy as np


class AnswerError(AssertionError):
    """An answer that is not what was expected."""

    def _render_traceback_(self):
        """What Jupyter prints in place of a traceback: the line of the test that failed, and the message."""
        lines = [frame for frame in traceback.extract_tb(self.__traceback__) if frame.filename != __file__]
        return [*(f"line {frame.lineno}:  {frame.line}\n" for frame in lines[-1:]), str(self)]


def expect(label, got, expected):
    """Compares an answer with a number from the book.

    Args:
        label: what the case is about.
        got: your answer.
        expected: an array or nested list, a number, or a tuple or list of whole numbers.

    Raises:
        AnswerError: they differ; the message says where and how.
    """
    _say(label, "", _difference(got, expected))


def recorded(notebook, name, function):
    """Compares a function with answers that torch gave, recorded in the .npz file beside the notebook.

    Args:
        notebook: the notebook's name, which is the file's name too.
        name: the function's name.
        function: your function.

    Raises:
        FileNotFoundError: the file is not beside the notebook.
        AnswerError: an answer differs.
    """
    __tracebackhide__ = True  # an error in your function is shown without this file's lines
    path = f"{notebook}.npz"
    if not os.path.exists(path):
        raise FileNotFoundError(f"{path} is not in {os.getcwd()}: put it beside the notebook, as it was handed out")
    with np.load(path, allow_pickle=False) as file:
        about = json.loads(str(file["about"]))
        for case in about["cases"]:
            if case["function"] == name:
                label = f"torch's answer: {case['label']}"
                args, kwargs = _inputs(file, case)
                asked = _call(name, args, kwargs)
                try:
                    got = function(*args, **kwargs)
                except Exception:
                    print(f"✗ {label}\n  asked     {asked}\n  your function stopped with the error below")
                    raise
                expected = _value(file, case["expected"])
                difference = _difference(got, expected, exact=True) or _in_type(got, case.get("dtype"))
                changed = _changed(function, (args, kwargs), _inputs(file, case))
                _say(label, asked, difference + _also(difference, changed))


def _inputs(file, case):
    """A recorded case's arguments, read anew."""
    args = [_value(file, item) for item in case["args"]]
    return args, {key: _value(file, item) for key, item in case["kwargs"].items()}


def _changed(function, left, given):
    """The inputs that a call has left other than they were given: `x`, `state['conv1.weight']`, `weights[0]`."""
    names = [dict(inspect.signature(function).bind(*args, **kwargs).arguments) for args, kwargs in (left, given)]
    return [f"`{place}`" for name, value in names[1].items() for place in _apart(name, names[0][name], value)]


def _apart(name, one, other):
    """The names of the parts of an input that differ."""
    if isinstance(one, dict) and isinstance(other, dict) and list(one) == list(other):
        return [place for key in one for place in _apart(f"{name}[{key!r}]", one[key], other[key])]
    if isinstance(one, (tuple, list)) and isinstance(other, (tuple, list)) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [place for at, pair in pairs for place in _apart(f"{name}[{at}]", *pair)]
    return [] if _equal(one, other) else [name]


def _equal(one, other):
    if _is_array(one) or _is_array(other):
        return _is_array(one) and np.array_equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)
    if isinstance(one, (tuple, list)):
        return len(one) == len(other) and all(map(_equal, one, other))
    return one == other


def _also(difference, changed):
    if not changed:
        return []
    named = changed if len(changed) <= 4 else [*changed[:4], f"{len(changed) - 4} more"]
    which = f"inputs {', '.join(named[:-1])} and {named[-1]}" if len(named) > 1 else f"input {named[0]}"
    what = (
        f"changed its {which}: `=` alone copies nothing, and `+=`, `*=` and `[...] =` write into what was given; "
        "work on a copy"
    )
    return [f"your function also {what}" if difference else f"the answer is right, but your function {what}"]


def _say(label, asked, difference):
    if difference:
        lines = [f"✗ {label}", *([f"asked     {asked}"] if asked else []), *difference]
        raise AnswerError("\n  ".join(lines))
    print(f"✓ {label}")


def _difference(got, expected, exact=False):
    """Lines that say how an answer differs from what was expected; none when it does not.

    A list of whole numbers stands for an array, too, unless `exact`.
    """
    if isinstance(got, np.bool_):  # what a comparison of NumPy's numbers gives is as good as a bool
        got = bool(got)
    if isinstance(expected, (bool, str)) or expected is None:
        if type(got) is not type(expected) or got != expected:
            return _pair(repr(expected), repr(got) if type(got) is type(expected) else _described(got))
    elif got is None:
        return ["your function returned None: does it end with a return statement?"]
    elif isinstance(expected, int):
        if not isinstance(got, (int, np.integer)) or isinstance(got, bool):
            return _pair(f"{expected}, a whole number (int)", _described(got))
        if got != expected:
            return _pair(expected, got)
    elif _are_whole(expected) and (exact or isinstance(expected, tuple) or not _is_array(got)):
        return _in_whole(got, expected)
    elif _are_listed(expected):
        return _in_listed(got, expected)
    elif isinstance(expected, dict):
        return _in_dict(got, expected, exact)
    elif exact and isinstance(expected, list) and all(type(item) is float for item in expected):
        return _in_floats(got, expected)
    elif _is_several(expected):
        return _in_several(got, expected, exact)
    else:
        return _in_array(got, np.asarray(expected))
    return []


def _are_whole(values):
    return isinstance(values, (tuple, list)) and all(type(item) is int for item in values)


def _in_whole(got, expected):
    """How a tuple or list differs from one of whole numbers."""
    if _is_array(got) and got.ndim == 1:
        got = got.tolist()
    several = isinstance(got, (tuple, list))
    if not several or list(got) != list(expected):
        return _pair(repr(expected), repr(got) if several else _described(got))
    if not all(isinstance(item, (int, np.integer)) and not isinstance(item, bool) for item in got):
        return [
            *_pair(f"{expected!r}, whole numbers (int)", repr(got)),
            "// gives whole numbers; / and np.floor do not",
        ]
    return []


def _are_listed(values):
    return (
        isinstance(values, list) and bool(values) and all(isinstance(one, tuple) and _are_whole(one) for one in values)
    )


def _in_listed(got, expected):
    """How a list differs from one of tuples of whole numbers."""
    if not isinstance(got, (list, tuple)):
        return _pair(f"a list of {len(expected)} tuples", _described(got))
    for number, (one, other) in enumerate(zip(got, expected, strict=False)):  # the shorter one ends
        difference = _in_whole(one, other)
        if difference:
            return [f"at place {number} of the list, counted from 0:", *difference, *_lacking(got, expected)]
    if len(got) != len(expected):
        return [*_pair(f"a list of {len(expected)}", f"a list of {len(got)}"), *_lacking(got, expected)]
    return []


def _lacking(got, expected):
    """What an ascending list lacks, or has too much."""
    lacks = [one for one in expected if one not in got]
    over = [one for one in got if one not in expected]
    return [f"your list {what} {some[0]!r}" for what, some in (("lacks", lacks), ("should not have", over)) if some]


def _in_dict(got, expected, exact):
    if not isinstance(got, dict):
        return _pair(f"a dict with the keys {', '.join(map(repr, expected))}", _described(got))
    for key in expected:
        if key not in got:
            return _pair(f"a dict with the key {key!r}", f"only the keys {', '.join(map(repr, got)) or '(none)'}")
        difference = _difference(got[key], expected[key], exact)
        if difference:
            return [f"at the key {key!r}:", *difference]
    if exact and len(got) > len(expected):
        return _pair(f"only the keys {', '.join(map(repr, expected))}", f"the keys {', '.join(map(repr, got))}")
    return []


def _in_floats(got, expected):
    """How a list of numbers differs from another; an array is none."""
    if not isinstance(got, (list, tuple)) or len(got) != len(expected):
        several = isinstance(got, (list, tuple))
        return _pair(f"a list of {len(expected)} floats", f"a list of {len(got)}" if several else _described(got))
    if not all(isinstance(item, (int, float, np.number)) for item in got):
        return _pair(f"a list of {len(expected)} floats", _described(got))
    return _in_array(np.asarray(got), np.asarray(expected))


def _in_several(got, expected, exact=False):
    if not isinstance(got, (tuple, list)) or len(got) != len(expected):
        several = isinstance(got, (tuple, list))
        kinds = [f"a {type(one).__name__} of {len(one)}" for one in ((expected, got) if several else (expected,))]
        return _pair(kinds[0], kinds[1] if several else _described(got))
    pairs = enumerate(zip(got, expected, strict=True))
    wrong = {number: found for number, (one, other) in pairs if (found := _difference(one, other, exact))}
    if not wrong:
        return []
    first = min(wrong)
    return [
        f"in value {first} of the {len(expected)} that you return, counted from 0:",
        *wrong[first],
        *_another_order(got, expected, wrong, exact),
    ]


def _another_order(got, expected, wrong, exact):
    """That wrong values are those that were expected at other places."""
    if not 2 <= len(wrong) <= 8 or (len(expected) < 3 and not all(np.size(one) > 1 for one in expected)):
        return []
    places = {at: [to for to in wrong if not _difference(got[at], expected[to], exact)] for at in wrong}
    if any(len(to) != 1 for to in places.values()) or sorted(to[0] for to in places.values()) != sorted(wrong):
        return []
    moved = ", ".join(f"your value {at} is the expected value {to[0]}" for at, to in places.items())
    return [f"the values are right, and stand in another order: {moved}"]


def _in_array(got, expected):
    number = isinstance(got, (int, float, np.number)) and expected.ndim == 0
    if not _is_array(got) and not number:
        return _pair(f"an array of shape {expected.shape}", _described(got))
    got = np.asarray(got)
    if got.shape != expected.shape:
        shapes = _pair(f"shape {expected.shape}", f"shape {got.shape}")
        return shapes + _shape_told(got, expected)
    if got.dtype.kind not in "iufb" or got.dtype == np.float16:
        return _pair(f"numbers of type {expected.dtype}", f"values of type {got.dtype}")
    if (got.dtype.kind == "b") != (expected.dtype.kind == "b"):
        return _pair(f"values of type {expected.dtype}", f"values of type {got.dtype}")
    bad = ~np.isfinite(got)
    eps = np.finfo(got.dtype).eps if got.dtype.kind == "f" else np.finfo(float).eps
    with np.errstate(invalid="ignore"):
        error = np.abs(got - expected.astype(float))
    wrong = bad | (error > 1e4 * eps * max(1.0, np.abs(expected).max(initial=1.0)))
    if not wrong.any():
        return []
    if got.dtype.kind in "iu" and expected.dtype.kind == "f" and np.array_equal(np.trunc(expected), got):
        return [f"your answer has type {got.dtype}, which cuts off fractions; expected {expected.dtype}"]
    return _in_values(got, expected, bad if bad.any() else wrong)


def _in_type(got, dtype):
    """What to say of an answer that is right, but whose numbers should have the type that was given."""
    if dtype is None or got.dtype == dtype:
        return []
    return ["the values are right, but not their type", *_pair(f"{dtype}, as you were given", str(got.dtype))]


def _in_values(got, expected, wrong):
    """What to say of arrays of one shape that differ where `wrong` is true."""
    index = tuple(int(i) for i in np.argwhere(wrong)[0])
    where = []
    if wrong.size > 1:
        what = "are not finite" if not np.isfinite(got[index]) else "differ"
        where = [f"{wrong.sum()} of {wrong.size} values {what}; the first is at index {index}"]
    lines = [*where, *_pair(*_numbers(expected[index], got[index]))]
    if got.dtype.kind in "iu" and expected.dtype.kind == "f" and (expected != np.trunc(expected)).any():
        return [*lines, f"your answer has type {got.dtype}, which holds no fractions"]
    if 1 < got.size <= 40 and got.ndim <= 2:
        lines += ["all of your answer:", *("  " + line for line in str(got).splitlines())]
    return lines + _pattern(got, expected)


def _numbers(expected, got):
    """Both numbers in words, with as many digits as it takes to tell them apart."""
    for digits in (6, 9, 12, 17):
        texts = f"{float(expected):.{digits}g}", f"{float(got):.{digits}g}"
        if texts[0] != texts[1]:
            break
    return texts


def _pattern(got, expected):
    """A sentence on how the whole answer relates to what was expected, where there is such a relation."""
    if expected.size < 3 or expected.dtype.kind == "b" or not np.isfinite(got).all() or np.ptp(expected) == 0:
        return []
    got, expected = got.astype(float), expected.astype(float)
    if _close(got, expected):  # what differs is too little to be told by its places
        return []
    ways = (_scaled, _signed, _repeated, _moved, _reordered, _partly, _each, _placed, _amiss)
    said = [sentence for way in ways for sentence in way(got, expected)]
    if not said and _close(np.sort(got, axis=None), np.sort(expected, axis=None)):
        said = ["these are the expected numbers, in other places"]
    return said[:1]


def _close(one, other):
    return one.shape == other.shape and np.allclose(one, other, rtol=1e-5, atol=1e-7)


def _scaled(got, expected):
    if _close(got, -expected):
        yield "every value has the wrong sign"
    more = float((got - expected).flat[0])
    if _close(got - expected, np.full(got.shape, more)):
        yield f"every value is too {'large' if more > 0 else 'small'} by {abs(more):.6g}"
    factor = float((got * expected).sum() / max(float((expected * expected).sum()), 1e-300))
    if abs(factor) > 1e-9 and _close(got, factor * expected):
        parts = 1 / abs(factor)
        if parts > 1.5 and abs(parts - round(parts)) < 1e-9 * parts:
            minus = ", with the wrong sign" if factor < 0 else ""
            yield f"every value is what was expected, divided by {round(parts)}{minus}"
        yield f"every value is {factor:.6g} times what was expected"
    for rounded, words in (
        (np.floor, "rounded down, as // does"),
        (np.trunc, "without what stands after the point, as in an array of whole numbers"),
        (np.round, "rounded to a whole number"),
    ):
        if _close(got, rounded(expected)):
            yield f"every value is what was expected, {words}"


def _signed(got, expected):
    if _close(got, np.abs(expected)):
        yield "every value has lost its sign, as after np.abs or a square"
    if _close(got, np.maximum(expected, 0)):
        yield "what should be below 0 is 0, as after a ReLU too many"
    if expected.min() >= 0 and expected.any() and _close(np.maximum(got, 0), expected):
        yield "what should be 0 is below 0, as without the last ReLU"


_NAMES = {2: ("row", "column"), 4: ("image", "channel", "row", "column")}


def _repeated(got, expected):
    """One number, or one slice, that is everywhere where the expected ones differ."""
    if not got.any():
        return
    if _close(got, np.full(got.shape, got.flat[0])):
        yield "all numbers of your answer are equal"
    for axis, name in enumerate(_NAMES.get(expected.ndim, ())):
        one, other = (np.take(value, [0], axis) for value in (got, expected))
        same = _close(got, np.broadcast_to(one, got.shape))
        if same and np.count_nonzero(one) > 1 and not _close(expected, np.broadcast_to(other, got.shape)):
            yield f"every {name} of your answer is the same"


def _moved(got, expected):
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
    for steps in (1, 2):
        for axis, words in ((-2, ("row", "down", "up")), (-1, ("column", "to the right", "to the left"))):
            if expected.shape[axis] > steps + 1:
                yield from _shifted(np.moveaxis(got, axis, 0), np.moveaxis(expected, axis, 0), steps, words)
    telling = expected.ndim <= 4 and len(np.unique(expected.round(6))) >= 4
    for order in itertools.permutations(range(expected.ndim)) if telling else ():
        if order != tuple(range(expected.ndim)) and _close(got.ravel(), expected.transpose(order).ravel()):
            yield (
                f"these are the expected numbers with the axes in the order {order}, as after a reshape where a "
                "transpose was needed"
            )


def _reordered(got, expected):
    """Slices that are all right, and stand in other places."""
    for axis in (1, 0) if expected.ndim in _NAMES else ():
        size = expected.shape[axis]
        if not 2 <= size <= 64 or expected.size < 2 * size:
            continue
        ours, theirs = (np.moveaxis(value, axis, 0) for value in (got, expected))
        fits = [[to for to in range(size) if _close(one, theirs[to])] for one in ours]
        if sorted(fits) == [[to] for to in range(size)]:
            at = next((at for at, (to,) in enumerate(fits) if at != to), 0)
            name = _NAMES[expected.ndim][axis]
            yield (
                f"every {name} is right, and stands in another place: number {at} of your answer is number "
                f"{fits[at][0]} of what was expected, counted from 0"
            )


def _shifted(got, expected, steps, words):
    thing, on, back = words
    if np.ptp(expected[:-steps]) and _close(got[steps:], expected[:-steps]):
        yield f"the expected values are shifted {on} by {steps} {thing}{'s' * (steps > 1)}"
    if np.ptp(expected[steps:]) and _close(got[:-steps], expected[steps:]):
        yield f"the expected values are shifted {back} by {steps} {thing}{'s' * (steps > 1)}"


def _partly(got, expected):
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


def _each(got, expected):
    if expected.ndim not in (2, 4) or expected.shape[1] < 2 or expected.size == expected.shape[1]:
        return
    thing = "channel" if expected.ndim == 4 else "column"
    got, expected = (np.moveaxis(value, 1, 0).reshape(value.shape[1], -1) for value in (got, expected))
    more = got - expected
    if _close(more, np.broadcast_to(more[:, :1], more.shape)):
        yield f"each {thing} is off by a number of its own, the same at every place: look at what is added, as a bias"
    factors = (got * expected).sum(1, keepdims=True) / np.maximum((expected * expected).sum(1, keepdims=True), 1e-300)
    if factors.all() and _close(got, factors * expected):
        yield f"each {thing} is a multiple of its own of what was expected: look at what it is multiplied with"


def _placed(got, expected):
    wrong = ~np.isclose(got, expected, rtol=1e-5, atol=1e-7)
    for axis, name in enumerate(_NAMES.get(expected.ndim, ())):
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


def _amiss(got, expected):
    """What the wrong values alone have in common, or in a list where the right ones are."""
    wrong = ~np.isclose(got, expected, rtol=1e-5, atol=1e-7)
    count, size = int(wrong.sum()), wrong.size
    one, other = got[wrong], expected[wrong]
    if 2 <= count < size:
        if _close(one, -other):
            yield "every value that is wrong has the wrong sign"
        more = float((one - other)[0])
        if _close(one - other, np.full(one.shape, more)):
            yield f"every value that is wrong is too {'large' if more > 0 else 'small'} by {abs(more):.6g}"
        if other.all() and _close(one / other, np.full(one.shape, one[0] / other[0])):
            yield f"every value that is wrong is {one[0] / other[0]:.6g} times what was expected"
        if np.ptp(one) == 0 and np.ptp(other):
            yield f"every value that is wrong is {one[0]:.6g}"
        if not other.any():
            yield "all that is wrong should be 0"
    if expected.ndim == 1 and count < size and expected[~wrong].all():
        yield from _runs(list(wrong))


def _runs(wrong):
    """Where in a list the right values are, unless they are scattered."""
    count, first, last = len(wrong), wrong.index(True), len(wrong) - wrong[::-1].index(True)
    right = [at for at, amiss in enumerate(wrong) if not amiss]
    if first == last - 1:
        yield f"value {first} alone is wrong"
    elif all(wrong[first:last]) and first == 0:
        yield f"the last {count - last} of {count} values are right, and no other is"
    elif all(wrong[first:last]) and last == count:
        yield f"the first {first} of {count} values are right, and no other is"
    elif all(wrong[first:last]):
        yield f"values {first} to {last - 1} are wrong, and no other is"
    elif len(right) > 1 and right[-1] - right[0] == len(right) - 1:
        yield f"values {right[0]} to {right[-1]} are right, and those before and behind them are wrong"


def _by_no_chance(wrong, expected, axis, amiss):
    """Whether slices along an axis are right while the others, those that are amiss, are wrong; a 0 tells nothing."""
    wrong, telling = np.moveaxis(wrong, axis, 0), np.moveaxis(expected, axis, 0) != 0
    count, others = int(telling[~amiss].sum()), ~wrong[amiss][telling[amiss]]
    return count >= 4 and others.size > 0 and others.mean() <= 0.5 and float(others.mean()) ** count < 0.01


def _shape_told(answer, expected):
    """How an answer of a wrong shape relates to the expected one, in words; none where there is no relation."""
    got, want = answer.shape, expected.shape
    if 0 in got and 0 not in want:
        return ["it is empty, as where a slice ends before it begins: -0 is 0, so `[p:-p]` is empty at p = 0"]
    for axis in range(max(len(got), len(want))):
        if len(got) == len(want) - 1 and got == want[:axis] + want[axis + 1 :]:
            return [
                f"axis {axis} is missing, as where a sum, a mean or a maximum runs over it (the 0 of np.max(x, 0) is "
                "an axis), or an index takes it away"
            ]
        if len(want) == len(got) - 1 and want == got[:axis] + got[axis + 1 :]:
            return [f"axis {axis} is one too many, as where it should have been summed over"]
    if [size for size in got if size != 1] == [size for size in want if size != 1] and len(got) > len(want):
        return ["axes of length 1 are too many: what has one number there could go without"]
    if len(got) != len(want):
        return [f"it has {len(got)} {'axis' if len(got) == 1 else 'axes'} in place of {len(want)}"]
    if len(want) == 2 and got == want[::-1]:
        return ["as if rows and columns had changed places"]
    if sorted(got) == sorted(want):
        if _transposed(answer, expected):
            return ["the numbers are right, and the axes stand in another order"]
        return _joined(got, want) or ["the same sizes in another order, but the numbers are not those of a transpose"]
    if _joined(got, want):
        return _joined(got, want)
    apart = [axis for axis in range(len(want)) if got[axis] != want[axis]]
    more = {got[axis] - want[axis] for axis in apart}
    where = " and ".join(f"axis {axis}" for axis in apart)
    windows = len(want) in (2, 4) and apart[0] >= len(want) - 2  # rows and columns, which a window's + 1 counts
    if more == {-2} and windows:
        return [f"{where}: two too few, as from a - 1 where a + 1 belongs"]
    if more not in ({1}, {-1}):
        return _alone(apart, len(want))
    if not windows:
        return [f"{where}: one {'more' if more == {1} else 'less'} than expected"]
    if more == {1}:
        return [f"{where}: one too many, as from a + 1 too many, or a rounding"]
    return [f"{where}: one too few, as from a + 1 that is lost, or a rounding"]


def _alone(apart, axes):
    """That some axes are wrong, and not all."""
    if len(apart) == axes:
        return []
    if len(apart) == 1:
        return [f"axis {apart[0]} alone is wrong: look at how that size is worked out"]
    where = f"{', '.join(map(str, apart[:-1]))} and {apart[-1]}"
    return [f"axes {where} alone are wrong: look at how these sizes are worked out"]


def _joined(got, want):
    """That one axis is some times as long as expected, and another as many times as short."""
    longer = [axis for axis in range(len(want)) if got[axis] > want[axis]]
    shorter = [axis for axis in range(len(want)) if got[axis] < want[axis]]
    if len(longer) != 1 or len(shorter) != 1 or np.prod(got) != np.prod(want):
        return []
    on, off = longer[0], shorter[0]
    if got[on] % want[on] or want[off] % got[off]:
        return []
    times = got[on] // want[on]
    return [
        f"axis {on} is {times} times as long as expected, at the cost of axis {off}: along which axis are parts "
        "joined, or repeated?"
    ]


def _transposed(got, expected):
    """Whether some order of the answer's axes makes it right; a few numbers only do not tell."""
    numbers = got.dtype.kind in "iufb" and expected.dtype.kind in "iufb"
    if not numbers or expected.ndim > 4 or len(np.unique(expected)) < 4:
        return False
    got, expected = got.astype(float), expected.astype(float)
    return any(_close(got.transpose(order), expected) for order in itertools.permutations(range(got.ndim)))


def _value(file, item):
    if not isinstance(item, dict):
        return item
    ((kind, content),) = item.items()
    if kind == "array":
        return np.array(file[content])
    if kind == "dict":
        return {key: _value(file, one) for key, one in content.items()}
    items = [_value(file, one) for one in content]
    return tuple(items) if kind == "tuple" else items


def _call(name, args, kwargs):
    """A call in words: a number as it is, an array as its shape."""

    def one(value):
        if _is_array(value):
            return f"array {value.shape}" + (f" of {value.dtype}" if value.dtype != np.float64 else "")
        if isinstance(value, dict):
            return "{" + ", ".join(f"{key!r}: {one(item)}" for key, item in value.items()) + "}"
        if isinstance(value, (list, tuple)) and _is_several(value):
            return "[" + ", ".join(map(one, value)) + "]"
        return repr(value)

    parts = [one(value) for value in args] + [f"{key}={one(value)}" for key, value in kwargs.items()]
    return f"{name}({', '.join(part if len(part) <= 120 else part[:117] + '...' for part in parts)})"


def _pair(expected, got):
    return [f"expected  {expected}", f"got       {got}"]


def _described(value):
    if _is_array(value):
        return f"an array of shape {value.shape}"
    if value is None:
        return "None: does your function end with a return statement?"
    text = repr(value)
    kind = f"{'an' if type(value).__name__[0] in 'aeiou' else 'a'} {type(value).__name__}"
    return f"{kind}, {text}" if len(text) <= 60 and "\n" not in text else kind


def _is_several(expected):
    """Whether several values are expected, an array among them or a tuple with a fraction or a dict in it."""
    if isinstance(expected, tuple) and any(isinstance(item, (float, dict)) for item in expected):
        return True
    return isinstance(expected, (tuple, list)) and any(_is_array(item) for item in expected)


def _is_array(value):
    return isinstance(value, np.ndarray)
