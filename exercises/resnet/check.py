"""Says in words how an answer differs from what was expected. It needs NumPy only and lies beside the notebook."""

import json
import os

import numpy as np


def expect(label, got, expected):
    """Compares an answer with a number from the book.

    Args:
        label: what the case is about.
        got: your answer.
        expected: an array or nested list, a number, or a tuple or list of whole numbers.

    Raises:
        AssertionError: they differ; the message says where and how.
    """
    if got is None:
        raise AssertionError(f"{label}: your function returned None. Does it end with a return statement?")
    if isinstance(expected, (bool, str)) or expected is None:
        _require(type(got) is type(expected) and got == expected, f"{label}: expected {expected!r}, got {got!r}")
    elif isinstance(expected, int):
        whole = isinstance(got, (int, np.integer)) and not isinstance(got, bool)
        _require(whole, f"{label}: expected a whole number (int), got {_kind(got)}: {got!r}")
        _require(got == expected, f"{label}: expected {expected}, got {got}")
    elif isinstance(expected, (tuple, list)) and all(type(item) is int for item in expected) and not _is_array(got):
        _require(isinstance(got, (tuple, list)), f"{label}: expected {expected!r}, got {_kind(got)}: {got!r}")
        _require(list(got) == list(expected), f"{label}: expected {expected!r}, got {got!r}")
    elif isinstance(expected, dict):
        _require(isinstance(got, dict), f"{label}: expected a dict, got {_kind(got)}")
        for key in expected:
            _require(key in got, f"{label}: expected the key {key!r}, got only {sorted(got)}")
            expect(f"{label}, {key!r}", got[key], expected[key])
    elif _is_several(expected):
        _require(isinstance(got, (tuple, list)), f"{label}: expected {len(expected)} values, got {_kind(got)}")
        _require(len(got) == len(expected), f"{label}: expected {len(expected)} values, got {len(got)}")
        for number, (one, other) in enumerate(zip(got, expected, strict=True)):
            expect(f"{label}, value {number}", one, other)
    else:
        _expect_array(label, got, np.asarray(expected))
    print(f"✓ {label}")


def _expect_array(label, got, expected):
    number = isinstance(got, (int, float, np.number)) and expected.ndim == 0
    _require(_is_array(got) or number, f"{label}: expected an array of shape {expected.shape}, got {_kind(got)}")
    got = np.asarray(got)
    _require(got.shape == expected.shape, f"{label}: expected shape {expected.shape}, got {got.shape}")
    _require(got.dtype.kind in "iufb", f"{label}: expected numbers, got type {got.dtype}")
    bad = ~np.isfinite(got)
    if bad.any():
        index = _first(bad)
        raise AssertionError(f"{label}: index {index} of your answer is {got[index]}; expected {expected[index]:.6g}")
    eps = np.finfo(got.dtype).eps if got.dtype.kind == "f" else np.finfo(float).eps
    wrong = np.abs(got - expected.astype(float)) > 1e4 * eps * max(1.0, np.abs(expected).max(initial=1.0))
    if wrong.any():
        index = _first(wrong)
        raise AssertionError(
            f"{label}: {wrong.sum()} of {wrong.size} values differ; the first is at index {index}: "
            f"expected {expected[index]:.6g}, got {got[index]:.6g}"
        )


def recorded(notebook, name, function):
    """Compares a function with answers that torch gave, recorded in the .npz file beside the notebook.

    Args:
        notebook: the notebook's name, which is the file's name too.
        name: the function's name.
        function: your function.

    Raises:
        FileNotFoundError: the file is not beside the notebook.
        AssertionError: an answer differs.
    """
    path = f"{notebook}.npz"
    if not os.path.exists(path):
        raise FileNotFoundError(f"{path} is not in {os.getcwd()}: put it beside the notebook, as it was handed out")
    with np.load(path, allow_pickle=False) as file:
        about = json.loads(str(file["about"]))
        for case in about["cases"]:
            if case["function"] == name:
                args = [_value(file, item) for item in case["args"]]
                kwargs = {key: _value(file, item) for key, item in case["kwargs"].items()}
                expect(f"torch's answer: {case['label']}", function(*args, **kwargs), _value(file, case["expected"]))


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


def _require(condition, message):
    if not condition:
        raise AssertionError(message)


def _is_several(expected):
    """Whether several values are expected, an array among them or a tuple with a fraction in it."""
    if isinstance(expected, tuple) and any(isinstance(item, float) for item in expected):
        return True
    return isinstance(expected, (tuple, list)) and any(_is_array(item) for item in expected)


def _is_array(value):
    return isinstance(value, np.ndarray)


def _kind(value):
    if _is_array(value):
        return f"an array of shape {value.shape}"
    return f"{'an' if type(value).__name__[0] in 'aeiou' else 'a'} {type(value).__name__}"


def _first(mask):
    return tuple(int(i) for i in np.argwhere(mask)[0])
