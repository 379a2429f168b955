"""A practice pack: an exam of a seed that everybody may know, in a file, for whoever has NumPy and no torch.

It holds cases, answers, each wrong idea's answers, points and the cards' texts. It is one compressed stream: a header
in JSON, and the bytes of every array that occurs, each once, since what an idea leaves right is right in many places.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from autograde.exam.findings import Expectation
from autograde.exam.rubric import Idea, Rubric

VERSION = 3
"""Of the form; a pack of another one is refused."""
SEED = 2026
"""What practice is drawn from, always. Exams are drawn from secret seeds of 48 bits."""
_LENGTH = struct.Struct("<I")


@dataclass(frozen=True)
class Asked:
    """What one function is asked: the driver's source or None, and the arguments of each call."""

    driver: str | None
    cases: Sequence[tuple[tuple[Any, ...], Mapping[str, Any]]]


@dataclass(frozen=True)
class Practice:
    """All that practicing one assignment takes, by function and in the notebook's order."""

    name: str
    points: Mapping[str, float]
    asked: Mapping[str, Asked]
    expectations: Mapping[str, tuple[Expectation, ...]]
    rubric: Mapping[str, Rubric]


class _Pool:
    """Arrays by their content."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, tuple[int, ...], bytes], int] = {}

    def place(self, array: np.ndarray) -> int:
        if array.dtype.hasobject:
            raise TypeError(f"expected an array of numbers, not one of {array.dtype}")
        little = array.astype(array.dtype.newbyteorder("<"), copy=False)
        return self._places.setdefault((little.dtype.str, array.shape, little.tobytes()), len(self._places))

    def described(self) -> list[tuple[str, tuple[int, ...]]]:
        return [(dtype, shape) for dtype, shape, _ in self._places]

    def data(self) -> bytes:
        return b"".join(data for _, _, data in self._places)


def _plain(value: Any, pool: _Pool) -> Any:
    """A value as JSON can hold it; what JSON has no word for is a table with one key."""
    if isinstance(value, np.ndarray):
        return {"array": pool.place(value)}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return {"dict": [[key, _plain(item, pool)] for key, item in value.items()]}
    if isinstance(value, tuple):
        return {"tuple": [_plain(item, pool) for item in value]}
    if isinstance(value, list):
        return [_plain(item, pool) for item in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"expected numbers, text and arrays, not {type(value).__name__}")


def _value(node: Any, arrays: Sequence[np.ndarray]) -> Any:
    if isinstance(node, list):
        return [_value(item, arrays) for item in node]
    if not isinstance(node, dict):
        return node
    ((kind, held),) = node.items()
    if kind == "array":
        return arrays[held]
    if kind == "dict":
        return {key: _value(item, arrays) for key, item in held}
    return tuple(_value(item, arrays) for item in held)


def _fields(thing: Any) -> dict[str, Any]:
    return {one.name: getattr(thing, one.name) for one in fields(thing)}


def packed(practice: Practice) -> bytes:
    """The pack of it; the same practice gives the same bytes.

    Raises:
        TypeError: a case or an answer is no plain data.
    """
    pool = _Pool()
    functions = [
        {
            "name": name,
            "points": practice.points[name],
            "driver": asked.driver,
            "cases": _plain([(tuple(args), dict(kwargs)) for args, kwargs in asked.cases], pool),
            "expectations": [_plain(_fields(one), pool) for one in practice.expectations[name]],
            "groups": dict(practice.rubric[name].groups),
            "page": practice.rubric[name].page,
            "ideas": [_fields(idea) for idea in practice.rubric[name].ideas],
        }
        for name, asked in practice.asked.items()
    ]
    about = {"version": VERSION, "name": practice.name, "functions": functions, "arrays": pool.described()}
    header = json.dumps(about, ensure_ascii=False, separators=(",", ":")).encode()
    return zlib.compress(_LENGTH.pack(len(header)) + header + pool.data(), 9)


def _arrays(described: Sequence[Sequence[Any]], data: memoryview) -> list[np.ndarray]:
    arrays, at = [], 0
    for dtype, shape in described:
        count = int(np.prod(shape, dtype=np.int64))
        arrays.append(np.frombuffer(data, dtype, count, at).reshape(shape))  # not writable, as cases are
        at += arrays[-1].nbytes
    return arrays


def unpacked(content: bytes) -> Practice:
    """What a pack holds.

    Raises:
        ValueError: the content is no pack, or one of another version.
    """
    try:
        data = zlib.decompress(content)
    except zlib.error as error:
        raise ValueError(f"this is no practice pack: {error}") from error
    start = _LENGTH.size + _LENGTH.unpack_from(data)[0]
    about = json.loads(data[_LENGTH.size : start])
    if about["version"] != VERSION:
        raise ValueError(f"expected a practice pack of version {VERSION}, got one of version {about['version']}")
    arrays = _arrays(about["arrays"], memoryview(data)[start:])
    by_name = {one["name"]: one for one in about["functions"]}
    return Practice(
        about["name"],
        {name: one["points"] for name, one in by_name.items()},
        {name: Asked(one["driver"], _value(one["cases"], arrays)) for name, one in by_name.items()},
        {
            name: tuple(Expectation(**_value(fact, arrays)) for fact in one["expectations"])
            for name, one in by_name.items()
        },
        {
            name: Rubric(one["groups"], one["page"], tuple(Idea(**idea) for idea in one["ideas"]))
            for name, one in by_name.items()
        },
    )
