"""How values cross the sandbox's wall: plain data only, bounded, no pickle.

Both sides load this file; in the sandbox it stands alone, with the standard library and NumPy. A message is
a length, a JSON header and the raw bytes of its arrays. Whoever reads treats every byte as hostile.
"""

import json
import struct

import numpy as np

MAX_DEPTH = 16
MAX_ITEMS = 100_000
MAX_TEXT = 100_000
_LENGTH = struct.Struct("<II")
_DTYPES = {
    np.dtype(name).str for name in ("?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16")
}


class WireError(Exception):
    """Bytes that do not follow the protocol."""


class Opaque:
    """Stands for an object that is not plain data; only the name of its type crosses the wall."""

    def __init__(self, type_name):
        """Keeps a type's name, cut to 100 characters."""
        self.type_name = str(type_name)[:100]

    def __repr__(self):
        """Shows the type's name."""
        return f"<{self.type_name}>"


def _pack(value, blobs, depth):
    kind = type(value)
    if depth > MAX_DEPTH:
        return ["x", "too deeply nested data"]
    if value is None:
        return ["n"]
    if kind is bool or kind is np.bool_:
        return ["b", bool(value)]
    if kind is int or isinstance(value, np.integer):
        value = int(value)
        return ["i", str(value)] if abs(value) < 10**300 else ["x", "int with over 300 digits"]
    if kind in (np.float32, np.float16):
        value, kind = np.asarray(value), np.ndarray  # so that its precision crosses, too
    if kind is float or kind is np.float64:
        return ["f", float(value).hex()]
    if kind is str:
        return ["s", value] if len(value) <= MAX_TEXT else ["x", f"str of {len(value)} characters"]
    if kind is bytes:
        blobs.append(value)
        return ["y", len(value)]
    if kind is np.ndarray:
        array = value.astype(value.dtype.newbyteorder("<"), copy=False)
        if array.dtype.str not in _DTYPES:
            return ["x", f"ndarray of {value.dtype}"]
        blobs.append(array.tobytes())
        return ["a", array.dtype.str, list(array.shape)]
    if kind in (list, tuple):
        return ["l" if kind is list else "t", [_pack(item, blobs, depth + 1) for item in value]]
    if kind is dict:
        return ["d", [[str(key), _pack(item, blobs, depth + 1)] for key, item in value.items()]]
    return ["x", f"{kind.__module__}.{kind.__qualname__}" if kind.__module__ != "builtins" else kind.__qualname__]


def encode(value):
    """Bytes of one message: None, bool, int, float, str, bytes, plain arrays, and lists, tuples, dicts of them.

    Anything else is replaced by its type's name (`Opaque` after decoding), subclasses of ndarray included.
    """
    blobs = []
    header = json.dumps(_pack(value, blobs, 0)).encode()
    body = b"".join(blobs)
    return _LENGTH.pack(len(header), len(body)) + header + body


def can_change(values):
    """Whether a call can change one of the values that it is given, or what lies in it: arrays, lists, dicts."""
    return any(isinstance(v, (np.ndarray, list, dict)) or (isinstance(v, tuple) and can_change(v)) for v in values)


def modified(left, args, kwargs):
    """Whether what a call has left of its inputs, encoded (None where none can change), is not what it was given."""
    return can_change([*args, *kwargs.values()]) and left != encode([tuple(args), dict(kwargs)])


def changed(left, args, kwargs):
    """Where the inputs that a call has left differ from those it was given: each place as a list of keys and indices.

    The first of them is an argument's place, or its name. Nothing is told of what cannot be read.
    """
    try:
        header, _ = _LENGTH.unpack(left[: _LENGTH.size])
        sent = decode(left[_LENGTH.size : _LENGTH.size + header], left[_LENGTH.size + header :])
        given = copied([tuple(args), dict(kwargs)])
        return [place for one, other in zip(given, sent, strict=True) for place in _apart(one, other)]
    except (WireError, struct.error, TypeError, ValueError):
        return []


def _apart(one, other):
    """The places at which two values differ, the deepest that are told apart."""
    if type(one) is not type(other):
        return [[]]
    if isinstance(one, (list, tuple)):
        if len(one) != len(other):
            return [[]]
        return [[at, *place] for at, pair in enumerate(zip(one, other, strict=True)) for place in _apart(*pair)]
    if isinstance(one, dict):
        if list(one) != list(other):
            return [[]]
        return [[key, *place] for key in one for place in _apart(one[key], other[key])]
    return [] if encode(one) == encode(other) else [[]]


def copied(value):
    """An independent copy of plain data, as it arrives on the other side of the wall."""
    data = encode(value)
    header, _ = _LENGTH.unpack(data[: _LENGTH.size])
    return decode(data[_LENGTH.size : _LENGTH.size + header], data[_LENGTH.size + header :])


def _text(raw):
    """Text that every writer can encode: a lone surrogate, which JSON can spell, becomes a question mark."""
    return str(raw)[:MAX_TEXT].encode("utf-8", "replace").decode()


class _Reader:
    def __init__(self, body):
        self.body = memoryview(body)
        self.at = 0
        self.items = 0

    def take(self, count):
        if count < 0 or self.at + count > len(self.body):
            raise WireError("an array is longer than its message")
        piece = self.body[self.at : self.at + count]
        self.at += count
        return piece

    def array(self, dtype, shape):
        if dtype not in _DTYPES or type(shape) is not list or len(shape) > 32:
            raise WireError("an array of unknown type")
        if not all(type(n) is int and 0 <= n < 2**31 for n in shape):
            raise WireError("an array with an impossible shape")
        size = 1
        for n in shape:
            size *= n
        flat = np.frombuffer(self.take(size * np.dtype(dtype).itemsize), dtype=dtype)
        return flat.reshape(shape).copy()

    def value(self, node, depth=0):
        self.items += 1
        if depth > MAX_DEPTH + 1 or self.items > MAX_ITEMS or type(node) is not list or not node:
            raise WireError("a message that is too large or not of the protocol")
        tag, *rest = node
        if tag == "n":
            return None
        if tag == "a":
            return self.array(rest[0], rest[1])
        if tag in ("l", "t"):
            items = [self.value(item, depth + 1) for item in rest[0]]
            return items if tag == "l" else tuple(items)
        if tag == "d":
            return {_text(key): self.value(item, depth + 1) for key, item in rest[0]}
        return self.scalar(tag, rest[0])

    def scalar(self, tag, raw):
        if tag == "b":
            return bool(raw)
        if tag == "i":
            if type(raw) is not str or len(raw) > 302:
                raise WireError("a number with too many digits")
            return int(raw)
        if tag == "f":
            return float.fromhex(raw)
        if tag == "s":
            return _text(raw)
        if tag == "y":
            return bytes(self.take(int(raw)))
        if tag == "x":
            return Opaque(_text(raw))
        raise WireError("an unknown tag")


def decode(header, body):
    """The value of one message.

    Raises:
        WireError: the bytes do not follow the protocol, in whatever way.
    """
    try:
        return _Reader(body).value(json.loads(header))
    except WireError:
        raise
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError, MemoryError) as error:
        raise WireError(f"not a message: {type(error).__name__}") from None


def receive(read_exactly, max_bytes):
    """The next message, or None at the end of the stream.

    Args:
        read_exactly: takes a count, returns that many bytes, or fewer at the end of the stream.
        max_bytes: largest message that is read.

    Raises:
        WireError: the message is larger, cut short, or not of the protocol.
    """
    prefix = read_exactly(_LENGTH.size)
    if not prefix:
        return None
    if len(prefix) < _LENGTH.size:
        raise WireError("a message was cut short")
    header_size, body_size = _LENGTH.unpack(prefix)
    if header_size + body_size > max_bytes:
        raise WireError(f"a message of {header_size + body_size} bytes; at most {max_bytes} are read")
    header = read_exactly(header_size)
    body = read_exactly(body_size)
    if len(header) < header_size or len(body) < body_size:
        raise WireError("a message was cut short")
    return decode(header, body)
