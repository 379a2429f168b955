"""The functions whose gradients are asked for; here and in the sandbox they are found by their names."""

from collections.abc import Callable
from typing import Any


def scalar_function(name: str) -> Callable[..., Any]:
    """A scalar function of arrays or tensors, by what it computes."""
    functions: dict[str, Callable[..., Any]] = {
        "sum of cubes": lambda x: (x**3).sum(),
        "squares times the next entry": lambda x: (x[..., :-1] ** 2 * x[..., 1:]).sum(),
        "row sums cubed": lambda x: (x.sum(-1) ** 3).sum(),
        "cubes times weights": lambda x, weight: (x**3 * weight).sum(),
        "squares of x times the sum of y, plus z cubed": lambda x, y, z: (x**2).sum() * y.sum() + (z**3).sum(),
    }
    return functions[name]
