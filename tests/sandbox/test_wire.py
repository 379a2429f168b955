"""What crosses the sandbox's wall: plain data whole, anything else as a name, hostile bytes as an error."""

import contextlib
import io
import json
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays, floating_dtypes, integer_dtypes

from autograde.sandbox import wire

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.binary(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


def _through(value):
    return wire.receive(io.BytesIO(wire.encode(value)).read, 1 << 24)


@given(PLAIN)
def test_plain_data_come_back_as_they_went(value):
    assert _through(value) == value


@given(arrays(st.one_of(floating_dtypes(sizes=(32, 64)), integer_dtypes()), array_shapes(min_dims=0, min_side=0)))
def test_arrays_come_back_with_shape_values_and_kind(array):
    back = _through(array)
    assert type(back) is np.ndarray
    assert back.shape == array.shape
    assert back.dtype.kind == array.dtype.kind
    np.testing.assert_array_equal(back, array)


class Sneaky(np.ndarray):
    """Claims to equal everything."""

    def __eq__(self, other):
        return np.ones(self.shape, bool)


@pytest.mark.parametrize(
    "value",
    [
        np.zeros(2).view(Sneaky),
        np.ma.masked_array([1.0, 2.0], [True, False]),
        np.zeros((1, 1)).view(np.matrix),
        np.array([object()]),
        np.array(["text"]),
        np.zeros(2, dtype=[("a", float)]),
        np.zeros(2, np.longdouble),
        lambda: None,
        10**400,
    ],
    ids=["subclass", "masked", "matrix", "objects", "strings", "structured", "longdouble", "function", "huge-int"],
)
def test_anything_else_crosses_as_a_name(value):
    assert isinstance(_through(value), wire.Opaque)


def test_a_list_in_itself_ends():
    value: list = []
    value.append(value)
    assert _through(value) is not None


def _message(header: object, body: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<II", len(text), len(body)) + text + body


@pytest.mark.parametrize(
    "data",
    [
        b"\x01",
        struct.pack("<II", 2**31, 2**31),
        _message(b"not json"),
        _message(["a", "<f8", [2]], b"12345678"),
        _message(["a", "|O", [1]], b"12345678"),
        _message(["a", "<f8", [-1]], b""),
        _message(["a", "<f8", [2**40, 2**40]], b""),
        _message(["a", "<f8", "x"], b""),
        _message(["i", "9" * 400]),
        _message(["i", 5]),
        _message(["f", "zz"]),
        _message(["?"]),
        _message([]),
        _message({"a": 1}),
        _message(["t", 7]),
        _message(["d", [1]]),
        _message(["y", 10], b"123"),
        _message(b"[" * 100_000 + b"]" * 100_000),
        _message(["l", [["n"]] * (wire.MAX_ITEMS + 1)]),
    ],
)
def test_hostile_bytes_are_refused(data):
    with pytest.raises(wire.WireError):
        wire.receive(io.BytesIO(data).read, 1 << 24)


@given(st.binary(min_size=1, max_size=200))
def test_random_bytes_are_refused_or_harmless(data):
    with contextlib.suppress(wire.WireError):
        assert not callable(wire.receive(io.BytesIO(data).read, 1 << 20))


def test_the_end_of_the_stream_is_no_message():
    assert wire.receive(io.BytesIO(b"").read, 10) is None
