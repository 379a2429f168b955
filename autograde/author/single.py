"""A program as it would be in float32: arrays go in and come out in single precision."""

from __future__ import annotations

import re

SUFFIX = "_in_float32"
"""Of the name under which the program in float32 is asked."""

_WRAPPER = """
def {name}{suffix}(*args, **kwargs):
    import numpy as np

    def single(value):
        if isinstance(value, np.ndarray):
            return value.astype(np.float32) if value.dtype.kind == "f" else value
        if isinstance(value, np.floating):
            return np.float32(value)
        if isinstance(value, (list, tuple)):
            return type(value)(single(item) for item in value)
        if isinstance(value, dict):
            return {{key: single(item) for key, item in value.items()}}
        return value

    return single({name}(*single(args), **single(kwargs)))
"""


def in_float32(source: str, function: str) -> str | None:
    """The text of a cell that defines FUNCTION_in_float32 after `source`; None for a class, which keeps a state."""
    if re.search(rf"^class {re.escape(function)}\b", source, re.M):
        return None
    return _WRAPPER.format(name=function, suffix=SUFFIX)
