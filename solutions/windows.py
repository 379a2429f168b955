"""Wrong ideas about stride, padding, dilation and pairs, for any function that moves a window over x."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import torch.nn.functional as F
from torch import Tensor

from autograde.questions import Misconception, UnchangedError, changed

from .stride.reference import pair

FLOOR, WINDOW, DILATION, PAIRS = (f"stride-{part}" for part in ("floor", "window", "dilation", "pairs"))
WHOLE = "whole numbers"
"""The group of points for a case that asks whole numbers of a function whose answers have fractions."""
FRACTIONS = "whole numbers in, fractions out"
"""That case's label."""

LETTERS = {"kernel_size": "k", "padding": "p", "stride": "s", "dilation": "d", "output_padding": "q"}
"""What the playground calls a function's settings."""
PLAYED = {
    "n": (1, 12),
    "k": (1, 7),
    "p": (0, 4),
    "s": (1, 5),
    "d": (1, 4),
    "q": (0, 4),
    "c": (1, 3),
    "f": (1, 3),
}
"""What the playground's fields hold."""
TYPED = 999
"""The largest number that it takes."""


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


def played(number: int = 1, op: str = "conv", flip: bool = False) -> Callable[..., str]:
    """A question's `figure`: how a page's playground shows a call, where everything in it is square.

    Args:
        number: which playground of the section's page.
        op: what it does, in its own words.
        flip: whether it starts with the kernel flipped.
    """

    def figure(x: Any, *, mode: str = "zeros", count_include_pad: bool = True, **more: Any) -> str:
        w, b = more.pop("w", more.pop("weight", None)), more.pop("b", more.pop("bias", None))
        settings = {name: value if isinstance(value, tuple) else (value,) for name, value in more.items()}
        if settings.get("stride", (None,)) == (None,):
            settings["stride"] = settings.get("kernel_size", (1,))
        sizes = {"c": 1, "f": 1, "p": 0, "d": 1, "q": 0, "n": x.shape[-1]}
        sizes |= {letter: settings[name][0] for name, letter in LETTERS.items() if name in settings}
        sizes |= {} if w is None else {"k": w.shape[-1]}
        sizes |= {} if x.ndim == 2 else {"c": x.shape[1]}
        sizes |= {} if w is None or w.ndim == 2 else {"f": w.shape[0]}
        even = [len(set(one.shape[-2:])) == 1 for one in (x, w) if one is not None]
        even += [len(set(pair)) == 1 for pair in settings.values()]
        fits = all(low <= sizes[letter] <= high for letter, (low, high) in PLAYED.items())
        alone = x.ndim == 2 or (len(x) == 1 and (w is not None or sizes["c"] == 1))
        if not (all(even) and fits and alone and abs(x).max() <= TYPED):
            return ""
        parts = [f"op{op}", *(f"{letter}{size}" for letter, size in sizes.items()), f"m{mode}", f"flip{int(flip)}"]
        parts += [f"include{int(count_include_pad)}", f"x{_listed(x)}"]
        parts += [] if w is None else [f"w{_listed(w)}"]
        parts += [f"b{_listed([0.0] * sizes['f'] if b is None else b)}"] if op == "conv" else []
        return f"?play{number}={'_'.join(parts)}#conv-playground-{number}"

    return figure


def _listed(values: Any) -> str:
    """Numbers as an address has them."""
    return ",".join(f"{value:g}" for value in np.ravel(values))


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


BEYOND = 64
"""Rows and columns that no window leaves, behind the image."""


def in_right_size(function: Callable[..., Any], fill: float = 0.0, **made: Callable[[dict[str, Any]], Any]) -> Any:
    """`function` with an output of the right size, and other arguments inside its windows.

    Args:
        function: of x, with an (..., oH, oW) answer.
        fill: what stands behind the image, where a window reaches there.
        **made: the other arguments, as for `changed`.
    """
    other = changed(function, x=lambda a: F.pad(a["x"].double(), (0, BEYOND, 0, BEYOND), value=fill), **made)

    def variant(*args: Any, **kwargs: Any) -> Tensor:
        rows, columns = function(*args, **kwargs).shape[-2:]
        return other(*args, **kwargs)[..., :rows, :columns]

    return variant


def window_kin(function: Callable[..., Any], fill: float = 0.0) -> tuple[Misconception, ...]:
    """Ideas about windows that sit inside an output of the right size, and padding on one side alone."""
    names = [name for name in ("stride", "dilation") if name in inspect.signature(function).parameters]
    kin = [
        Misconception(
            f"{name}_{word}_in_window",
            in_right_size(function, fill, **{name: lambda a, name=name, order=order: _of(a, name, order)}),
            f"The size of your output is right, but its windows use {said} of `{name}`.",
            "Pairs are (row, column): the first number belongs to rows, the second to columns. Look at where a "
            "window's slices start, end and step.",
            PAIRS,
        )
        for name in names
        for word, order, said in (
            ("swapped", (1, 0), "the two numbers, exchanged,"),
            ("first", (0, 0), "the first number for both axes"),
            ("second", (1, 1), "the second number for both axes"),
        )
    ]
    if "dilation" in names:
        kin.append(
            Misconception(
                "window_of_dilation_times_kernel",
                changed(function, x=lambda a: _without_the_last(a, fill), padding=lambda a: 0),
                "You take dilation * k for the window's length, so that the last windows are missing.",
                "k taps have k - 1 gaps between them, so the window is dilation * (k - 1) + 1 pixels long.",
                DILATION,
            )
        )
        kin.append(
            Misconception(
                "dilation_in_the_size_alone",
                in_right_size(function, fill, dilation=lambda a: _changed_to_one(a["dilation"])),
                "The size of your output follows the dilation, and your windows do not.",
                "The taps of a window stand `dilation` apart: give its slices that step.",
                DILATION,
            )
        )
    if len(names) == 2:
        exchanged = {"stride": lambda a: _step(a), "dilation": lambda a: a["dilation"]}
        kin.append(
            Misconception(
                "stride_for_dilation_in_window",
                in_right_size(function, fill, stride=exchanged["dilation"], dilation=exchanged["stride"]),
                "The size of your output is right, but in its windows stride and dilation have changed places.",
                "From window to window it is `stride` pixels, from tap to tap `dilation`.",
                DILATION,
            )
        )
    sides = {
        "padding_before_twice": (
            (2, 0),
            "You pad twice as much above and on the left, and nothing below and on the right.",
        ),
        "padding_after_twice": (
            (0, 2),
            "You pad twice as much below and on the right, and nothing above and on the left.",
        ),
        "padding_after_only": ((0, 1), "You pad below and on the right only."),
    }
    kin += [
        Misconception(
            key,
            framed(function, lambda p, s, before=before, after=after: (before * p, after * p)),
            text,
            "The padding is added at both ends of an axis: np.pad takes (before, after) for each.",
            "padding-total",
        )
        for key, ((before, after), text) in sides.items()
        if fill == 0.0
    ]
    if fill == 0.0:
        kin.append(
            Misconception(
                "pair_is_before_after",
                changed(function, x=_padded_before_and_after, padding=lambda a: 0),
                "You read the pair `padding` as (before, after) for both axes, as np.pad does.",
                "Its first number goes on both ends of the rows' axis, its second on both ends of the columns' axis.",
                "padding-sides",
            )
        )
    return tuple(kin)


def _padded_before_and_after(a: dict[str, Any]) -> Tensor:
    before, after = pair(a["padding"])
    if before == after:
        raise UnchangedError
    return F.pad(a["x"].double(), (before, after, before, after))


def _without_the_last(a: dict[str, Any], fill: float) -> Tensor:
    """The padded image without what a window that is longer by dilation - 1 would want at its end."""
    (p_h, p_w), (d_h, d_w) = pair(a["padding"]), pair(a["dilation"])
    if (d_h, d_w) == (1, 1):
        raise UnchangedError
    padded = F.pad(a["x"].double(), (p_w, p_w, p_h, p_h), value=fill)
    return padded[..., : padded.shape[-2] - d_h + 1, : padded.shape[-1] - d_w + 1]


def _changed_to_one(dilation: Any) -> int:
    if pair(dilation) == (1, 1):
        raise UnchangedError
    return 1


def _step(a: dict[str, Any]) -> Any:
    return a["kernel_size"] if a["stride"] is None else a["stride"]


def _of(a: dict[str, Any], name: str, order: tuple[int, int]) -> tuple[int, int]:
    """Of a pair among the arguments, its numbers in another order; it must be one whose two numbers differ."""
    value = pair(_step(a) if name == "stride" else a[name])
    if value[0] == value[1]:
        raise UnchangedError
    return value[order[0]], value[order[1]]
