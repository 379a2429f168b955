"""What is special about a case's arguments, and which of it parts the wrong cases from the right ones.

A sentence that is always true, and often leads: "wrong in every case with `dilation` above 1, and right in all others".
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

MAX_ENTRIES = 8
"""Entries of a dict that part the cases, from which on none of them is worth a word: whole layers come and go."""
Traits = Sequence[Sequence[str]]
"""In words, by how much they tell: settings, what is within a pair, kinds of values, what lies in dicts, lengths."""
RANKS = 5
KEYS, LENGTHS = 3, 4
AGAIN = 2
"""Cases that must be wrong, and right, for a length to be no coincidence: every case has lengths of its own."""


def traits(function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], plain: bool = True) -> Traits:
    """What is special about a call's arguments; no array's values.

    Args:
        function: what knows the arguments' names and defaults.
        args: positional arguments.
        kwargs: the others.
        plain: whether a student's function gets these arguments as they are; otherwise arrays alone, and what may be
            left out.
    """
    found: list[dict[str, None]] = [{} for _ in range(RANKS)]
    for name, (value, default) in _bound(function, args, kwargs).items():
        if plain or default is not inspect.Parameter.empty or isinstance(value, np.ndarray):
            for rank, words in _told(name, value, default):
                found[rank][words] = None
    return tuple(map(tuple, found))


def _bound(function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """By name, each argument of a call, and what it is where it is left out."""
    try:
        signature = inspect.signature(function)
    except ValueError:  # a function of torch's own
        return {}
    bound = signature.bind_partial(*args, **kwargs)  # what a student is not given is not told
    bound.apply_defaults()
    return {name: (value, signature.parameters[name].default) for name, value in bound.arguments.items()}


def names(function: Callable[..., Any]) -> tuple[str, ...]:
    """The arguments' names, in order; none for a function of torch's own."""
    try:
        return tuple(inspect.signature(function).parameters)
    except ValueError:
        return ()


def _told(name: str, value: Any, default: Any) -> Iterator[tuple[int, str]]:
    if default is None:
        yield 0, f"without `{name}`" if value is None else f"with `{name}` given"
    if isinstance(value, (bool, str)):
        yield 0, f"with `{name}` {value!r}"
    elif isinstance(value, float) and isinstance(default, float):
        yield 0, f"with `{name}` {'other than ' if value != default else ''}{default!r}"
    elif _numbers(value):
        yield from _of_numbers(name, value, default)
    elif isinstance(value, np.ndarray):
        yield from _of_array(name, value)
    elif isinstance(value, Mapping):
        yield from ((0, f"where {key!r} of `{name}` is None") for key, one in value.items() if one is None)
        yield from ((KEYS, f"where `{name}` has {key!r}") for key in value)
    elif isinstance(value, list):
        count = "no entry" if not value else "one entry" if len(value) == 1 else "several entries"
        yield 2, f"where `{name}` has {count}"
        for entry in value:
            yield from ((2, words) for words in _of_entry(name, entry))


def _of_entry(name: str, entry: Any) -> Iterator[str]:
    """What is special about one entry of a list: a dict's keys and words, or how many numbers a tuple has."""
    if isinstance(entry, Mapping):
        for key, one in entry.items():
            yield f"where an entry of `{name}` has {key!r}" + (f" {one!r}" if isinstance(one, (str, bool)) else "")
    elif isinstance(entry, tuple):
        yield f"where an entry of `{name}` has {len(entry)} numbers"
        for place, one in enumerate(entry[1:], 1):
            if type(one) is int and one > 1:
                yield f"where number {place} of an entry of `{name}` is above 1"


def _numbers(value: Any) -> tuple[int, ...]:
    """A whole number, or a pair of them, as a tuple; empty for anything else."""
    values = value if isinstance(value, tuple) and len(value) == 2 else (value,)
    return values if all(type(one) is int for one in values) else ()


def _of_numbers(name: str, value: Any, default: Any) -> Iterator[tuple[int, str]]:
    numbers = _numbers(value)
    if type(default) is int:
        above = any(one > default for one in numbers)
        yield 0, f"with `{name}` above {default}" if above else f"with `{name}` {default}"
    elif len({one % 2 for one in numbers}) == 1:
        yield 2, f"with an {'odd' if numbers[0] % 2 else 'even'} `{name}`"
    if len(numbers) == 2:
        if default == 0 and min(numbers) == 0 < max(numbers):
            yield 1, f"where one number of `{name}` is 0 and the other is not"
        elif numbers[0] != numbers[1]:
            yield 1, f"where the two numbers of `{name}` differ"
    yield 2, f"where `{name}` is a {'pair' if len(numbers) == 2 else 'single number'}"


def _of_array(name: str, value: np.ndarray) -> Iterator[tuple[int, str]]:
    if value.dtype.kind in "iu":
        yield 2, whole(name)
    elif value.dtype == np.float32:
        yield 2, f"where `{name}` is float32"
    if value.ndim == 4:
        yield LENGTHS, f"where axis 0 of `{name}` has {'one place' if len(value) == 1 else 'several places'}"
        yield LENGTHS, f"where axis 1 of `{name}` has {'one place' if value.shape[1] == 1 else 'several places'}"


def whole(name: str) -> str:
    """That an argument is an array of whole numbers."""
    return f"where `{name}` holds whole numbers"


def parted(found: Sequence[Traits], wrong: Sequence[bool]) -> str:
    """That some trait is every wrong case's and no right one's, in words; "" where none is, or several tell as much.

    Args:
        found: each case's traits.
        wrong: whether its answer is.
    """
    cases = [pair for pair in zip(found, wrong, strict=True) if pair[0]]
    amiss, right = ([one for one, no in cases if no is which] for which in (True, False))
    if len(cases) < len(found) or not amiss or not right:
        return ""
    for rank in range(RANKS):
        elsewhere = {words for one in right for words in one[rank]}
        common = [words for words in amiss[0][rank] if all(words in one[rank] for one in amiss)]
        telling = [words for words in common if words not in elsewhere]
        most = MAX_ENTRIES if rank == KEYS else 1
        if rank == LENGTHS and min(len(amiss), len(right)) < AGAIN:
            return ""
        if telling:
            return f"wrong in every case {telling[0]}, and right in all others" if len(telling) <= most else ""
    return ""
