"""Wrong ideas about stride, padding, dilation and pairs, for any function that moves a window over x."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import torch.nn.functional as F
from torch import Tensor

from autograde.questions import Misconception, changed

from .stride.reference import pair

FLOOR, WINDOW, DILATION, PAIRS = (f"stride-{part}" for part in ("floor", "window", "dilation", "pairs"))
WHOLE = "whole numbers"
"""The group of points for a case that asks whole numbers of a function whose answers have fractions."""
FRACTIONS = "whole numbers in, fractions out"
"""That case's label."""


def swapped(name: str) -> Callable[[dict[str, Any]], Any]:
    """A change for `changed`: the pair called `name`, its two numbers exchanged."""
    return lambda a: (a[name][1], a[name][0]) if isinstance(a[name], (tuple, list)) else a[name]


def framed(function: Callable[..., Any], sides: Callable[[int, int], tuple[int, int]]) -> Callable[..., Any]:
    """`function` with other zero padding: `sides(p, stride)` gives (before, after) for an axis."""

    def frame(a: dict[str, Any]) -> Tensor:
        stride = a["kernel_size"] if a["stride"] is None else a["stride"]
        (p_h, p_w), (s_h, s_w) = pair(a["padding"]), pair(stride)
        return F.pad(a["x"].double(), (*sides(p_w, s_w), *sides(p_h, s_h)))

    return changed(function, x=frame, padding=lambda a: 0)


def cut_off(x: Tensor, y: Tensor) -> Tensor:
    """What is left of y in an array of x's type: of whole numbers, where x has them."""
    return y if x.dtype.is_floating_point else y.trunc().long()


def fractions_lost(function: Callable[..., Any], sums: str = "sum") -> Misconception:
    """The output as an array of x's type, for any function of x; `sums` says what loses its fraction."""
    signature = inspect.signature(function)

    def variant(*args: Any, **kwargs: Any) -> Tensor:
        return cut_off(signature.bind(*args, **kwargs).arguments["x"], function(*args, **kwargs))

    return Misconception(
        "output_takes_integer_type",
        variant,
        f"Your output array has the input's whole-number type, so every {sums} loses its fraction.",
        "Make the output with np.zeros(shape), which is float64, rather than with zeros_like(x) or dtype=x.dtype.",
        "filter-arithmetic-by-hand",
    )


def side_by_side(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` with an output of the right size whose windows start as with stride 1."""
    dense = changed(function, stride=lambda a: 1)

    def variant(*args: Any, **kwargs: Any) -> Tensor:
        rows, columns = function(*args, **kwargs).shape[-2:]
        return dense(*args, **kwargs)[..., :rows, :columns]

    return variant


def pairs_swapped(function: Callable[..., Any], *names: str) -> tuple[Misconception, ...]:
    """One misconception for each pair read as (column, row), and one for all of them together."""
    why = "Pairs are (row, column), in the order of x's last two axes: the first number belongs to the height."
    single = tuple(
        Misconception(
            f"{name}_pair_swapped",
            changed(function, **{name: swapped(name)}),
            f"You read the pair `{name}` as (column, row).",
            why,
            PAIRS,
        )
        for name in names
    )
    together = Misconception(
        "height_width_swapped",
        changed(function, **{name: swapped(name) for name in names}),
        "You read every pair as (column, row).",
        why,
        PAIRS,
    )
    return (*single, together)


def window_ideas(function: Callable[..., Any]) -> tuple[Misconception, ...]:
    """Wrong ideas about stride, padding and dilation (where there is one), for any function of x that has them."""
    names = [name for name in ("stride", "padding", "dilation") if name in inspect.signature(function).parameters]
    ideas = (
        Misconception(
            "stride_ignored_in_window",
            side_by_side(function),
            "Your output has the right size, but its windows lie next to each other as with stride 1.",
            "Output (i, j) belongs to the window that starts at row i * stride and column j * stride.",
            WINDOW,
        ),
        *pairs_swapped(function, *names),
        Misconception(
            "first_of_pair_for_both",
            changed(
                function,
                **{name: lambda a, name=name: pair(a[name])[0] for name in names},
            ),
            "You use the first number of a pair for both axes.",
            "Pairs are (row, column): the second number belongs to the width.",
            PAIRS,
        ),
        Misconception(
            "padding_is_total",
            framed(function, lambda p, s: (p // 2, p - p // 2)),
            "You share the padding out between the two ends of an axis; it is meant for each end.",
            "padding=p makes the axis n + 2p pixels long.",
            "padding-total",
        ),
        Misconception(
            "padding_before_only",
            framed(function, lambda p, s: (p, 0)),
            "You pad above and on the left only.",
            "The padding is added at both ends of an axis.",
            "padding-total",
        ),
        Misconception(
            "dilation_ignored",
            changed(function, dilation=lambda a: 1),
            "Your filter's taps lie next to each other whatever the dilation is.",
            "Neighboring taps meet pixels that stand `dilation` apart.",
            DILATION,
        ),
        Misconception(
            "dilation_counts_gaps",
            changed(function, dilation=lambda a: (pair(a["dilation"])[0] + 1, pair(a["dilation"])[1] + 1)),
            "You read the dilation as the number of pixels left out between two taps.",
            "Dilation is the distance from one tap to the next: dilation 1 is the ordinary filter.",
            DILATION,
        ),
        Misconception(
            "ceil_for_floor",
            framed(function, lambda p, s: (p, p + s - 1)),
            "You keep a last window that reaches beyond the padded image.",
            "Only windows that fit count: the output's size is rounded down.",
            FLOOR,
        ),
    )
    return tuple(idea for idea in ideas if "dilation" in names or not idea.key.startswith("dilation"))
