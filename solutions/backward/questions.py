"""Chapter 8's questions: gradients where windows overlap, numerical gradients, and a check that says which is wrong."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from autograde.questions import Case, Misconception, Question, Rng, read_driver, signed, whole

from ..stride.reference import Pair, pair
from ..windows import FRACTIONS, WHOLE, changed, pairs_swapped
from . import reference as ref

OVERLAP, CONV, WEIGHT, BORDER, MAX, AVERAGE, NUMERICAL, CHECK = (
    f"backward-{part}" for part in ("overlap", "conv", "weight", "border", "max", "average", "numerical", "check")
)
Parts = tuple[Tensor, Tensor, Tensor]
SPACING = "stride, padding, dilation"


def _sizes(rng: Rng) -> tuple[int, int, int]:
    n, c, f = (int(value) for value in rng.choice([2, 3, 4, 5], 3, replace=False))
    return n, c, f


def _convolutions(rng: Rng) -> list[Case]:
    n, c, f = _sizes(rng)
    return [
        Case(
            "overlapping windows", (signed(rng, n, f, 3, 5), signed(rng, n, c, 5, 6), signed(rng, f, c, 3, 2)), terms=75
        ),
        Case(
            "stride 3, a rest left over, padding 0",
            (signed(rng, 2, 4, 2, 3), signed(rng, 2, 3, 7, 10), signed(rng, 4, 3, 2, 4), 3),
            terms=32,
        ),
        Case(
            "as many filters as channels",
            (signed(rng, 2, 3, 5, 6), signed(rng, 2, 3, 4, 7), signed(rng, 3, 3, 2, 4), 1, 1),
            terms=60,
        ),
        Case(
            "overlap under stride 2, unequal padding",
            (signed(rng, 3, 2, 4, 3), signed(rng, 3, 4, 5, 7), signed(rng, 2, 4, 3, 5), 2, (2, 1)),
            group=SPACING,
            terms=36,
        ),
        Case(
            "padding on one axis only",
            (signed(rng, 2, 5, 3, 7), signed(rng, 2, 3, 5, 4), signed(rng, 5, 3, 3, 2)),
            {"padding": (0, 2)},
            group=SPACING,
            terms=42,
        ),
        Case(
            "everything unequal, large rests",
            (signed(rng, 2, 4, 3, 2), signed(rng, 2, 3, 11, 10), signed(rng, 4, 3, 2, 3), (4, 3), (1, 0), (1, 2)),
            group=SPACING,
            terms=24,
        ),
        Case(
            "overlap under dilation",
            (signed(rng, 3, 2, 3, 4), signed(rng, 3, 4, 9, 8), signed(rng, 2, 4, 3, 2)),
            {"stride": (1, 2), "padding": (0, 1), "dilation": (3, 2)},
            group=SPACING,
            terms=36,
        ),
        Case(
            "one image, one channel, one tap",
            (signed(rng, 1, 2, 3, 4), signed(rng, 1, 1, 3, 4), signed(rng, 2, 1, 1, 1)),
            terms=12,
        ),
        Case(
            FRACTIONS,
            (signed(rng, 2, 4, 3, 2), whole(rng, 2, 3, 4, 5), signed(rng, 4, 3, 2, 4)),
            group=WHOLE,
            terms=32,
        ),
    ]


def _tied(rng: Rng, *shape: int) -> np.ndarray:
    """Floats of four levels, so that nearly every window holds its maximum more than once."""
    return rng.integers(-2, 1, shape, endpoint=True).astype(float)


def _maxima(rng: Rng) -> list[Case]:
    n, c, _ = _sizes(rng)
    return [
        Case("windows side by side, a rest left over", (signed(rng, n, c, 2, 2), signed(rng, n, c, 5, 8), (2, 3))),
        Case("overlapping windows", (signed(rng, 2, 3, 5, 3), signed(rng, 2, 3, 7, 8), 3, (1, 2)), terms=9),
        Case("stride 3, large rests", (signed(rng, 3, 2, 3, 2), signed(rng, 3, 2, 11, 10), (2, 3), (4, 5)), terms=4),
        Case("ties, side by side", (signed(rng, 3, 2, 3, 2), _tied(rng, 3, 2, 7, 9), (2, 4)), group="ties", terms=4),
        Case(
            "ties in overlapping windows", (signed(rng, 2, 3, 4, 3), _tied(rng, 2, 3, 6, 7), 3, (1, 2)), {}, "ties", 9
        ),
        Case(
            "all negative, padding",
            (signed(rng, 2, 3, 3, 4), -abs(signed(rng, 2, 3, 6, 8)), 3, 2, 1),
            group="padding",
            terms=4,
        ),
        Case(
            "padding on one axis only",
            (signed(rng, 2, 4, 3, 3), signed(rng, 2, 4, 9, 10) - 1.5, (3, 4)),
            {"stride": (3, 4), "padding": (0, 2)},
            group="padding",
            terms=4,
        ),
        Case(FRACTIONS, (signed(rng, 2, 3, 2, 3), whole(rng, 2, 3, 5, 7), (2, 2)), group=WHOLE),
        Case(
            "far below 0, padding",
            (signed(rng, 2, 3, 3, 2), -1e12 * abs(signed(rng, 2, 3, 5, 4)), 3, 2, 1),
            group="padding",
            terms=4,
        ),
    ]


def _averages(rng: Rng) -> list[Case]:
    n, c, _ = _sizes(rng)
    return [
        Case("windows side by side, a rest left over", (signed(rng, n, c, 2, 2), (n, c, 5, 8), (2, 3))),
        Case("overlapping windows", (signed(rng, 2, 3, 5, 3), (2, 3, 7, 8), 3, (1, 2)), terms=9),
        Case("unequal strides", (signed(rng, 3, 2, 3, 2), (3, 2, 11, 10), (2, 3), (4, 5)), terms=4),
        Case("padding counts", (signed(rng, 2, 3, 3, 4), (2, 3, 6, 8), 3, 2, 1), group="padding", terms=4),
        Case(
            "padding does not count",
            (signed(rng, 2, 4, 4, 3), (2, 4, 7, 8), (3, 4), (2, 3), (1, 2)),
            {"count_include_pad": False},
            group="padding",
            terms=4,
        ),
        Case(
            "padding on one axis only",
            (signed(rng, 3, 2, 2, 8), (3, 2, 8, 7), (4, 2), (3, 1), (0, 1), False),
            group="padding",
            terms=4,
        ),
        Case(FRACTIONS, (whole(rng, 2, 3, 2, 3), (2, 3, 5, 7), (2, 2)), group=WHOLE, terms=4),
    ]


def _dyadic(rng: Rng, *shape: int) -> np.ndarray:
    """Quarters of both signs from 1/2 to 2: with a step of 2**-n all arithmetic on cubes is exact."""
    return rng.integers(2, 8, shape, endpoint=True) / 4 * rng.choice([-1.0, 1.0], shape)


def _differences(rng: Rng) -> list[Case]:
    rows = int(rng.integers(2, 5))
    return [
        Case("a row, a step of 1/16", ("sum of cubes", _dyadic(rng, 5), 2**-4)),
        Case("a matrix, a step of 1/4", ("squares times the next entry", _dyadic(rng, rows, 3), 2**-2)),
        Case("three axes, a step of 1/32", ("row sums cubed", _dyadic(rng, 2, rows, 3)), {"eps": 2**-5}),
        Case("one entry, four axes", ("sum of cubes", _dyadic(rng, 1, 1, 1, 1), 2**-3), group="edges"),
        Case("whole numbers", ("row sums cubed", whole(rng, 2, 3, high=4, low=-4), 2**-6), group="edges"),
        # Rounding in f, over a step of 1e-6, leaves about 1e-10.
        Case("the default step", ("sum of cubes", _dyadic(rng, 2, 3) / 2), tolerance=2e-8),
    ]


CUBES = "cubes times weights"
THREE = "squares of x times the sum of y, plus z cubed"


def _cubes(rng: Rng, *shape: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """x, its weights, and the two right gradients."""
    x, weight = _dyadic(rng, *shape), _dyadic(rng, *shape)
    return x, weight, 3 * x**2 * weight, x**3


def _spoiled(rng: Rng, grad: np.ndarray, factor: float) -> np.ndarray:
    """A copy of `grad` with one entry multiplied by `factor`."""
    copy = grad.copy()
    copy[tuple(int(rng.integers(size)) for size in grad.shape)] *= factor
    return copy


def _checks(rng: Rng) -> list[Case]:
    step = {"eps": 2**-8, "tolerance": 1e-3}
    cases = []
    x, weight, by_x, by_weight = _cubes(rng, 3, 4)
    cases.append(Case("both right", (CUBES, (x, weight), (by_x, by_weight)), step))
    x, weight, by_x, by_weight = _cubes(rng, 2, 3, 4)
    cases.append(Case("one entry too large", (CUBES, (x, weight), (_spoiled(rng, by_x, 1.5), by_weight)), step))
    x, weight, by_x, by_weight = _cubes(rng, 4, 3)
    cases.append(Case("one entry too small", (CUBES, (x, weight), (by_x, _spoiled(rng, by_weight, 0.5))), step))
    x, weight, by_x, by_weight = _cubes(rng, 5)
    cases.append(Case("signs changed", (CUBES, (x, weight), (-by_x, -by_weight)), step))
    x, y, z = _dyadic(rng, 4), 64 * abs(_dyadic(rng, 2, 3)), _dyadic(rng, 3) / 64
    by_x, by_y, by_z = 2 * x * y.sum(), np.full(y.shape, (x**2).sum()), 3 * z**2
    large, small = by_x + 0.25 * np.sign(by_x), by_z * (1 + rng.choice([0.25, 0.5], 3))
    cases.append(
        Case(
            "large gradients and small ones",
            (THREE, (x, y, z), (large, by_y, small)),
            {"eps": 2**-10, "tolerance": 2**-6, "floor": 2**-14},
            "scale",
        )
    )
    x, weight, by_x, by_weight = _cubes(rng, 2, 5)
    x, weight = x.copy(), weight * 0
    x[0, 2] = x[1, 4] = 0
    tiny = np.where(np.arange(10).reshape(2, 5) % 3 == 0, 2.0**-40, 0)
    cases.append(
        Case("entries around zero", (CUBES, (x, weight), (tiny, x**3)), {"eps": 2**-8, "tolerance": 1e-2}, "scale")
    )
    cases.append(
        Case(
            "a floor of 1/2",
            (THREE, (x[0], weight[:, :2], _dyadic(rng, 3) / 8), (x[0] * 0 + 0.125, None, np.full(3, 0.25))),
            {"eps": 2**-8, "tolerance": 0.3, "floor": 0.5},
            "scale",
        )
    )
    x, weight, by_x, by_weight = _cubes(rng, 3)
    cases.append(
        Case(
            "one gradient is not checked, one has another shape",
            (CUBES, (x, weight), (None, by_weight[None])),
            step,
            "traps",
        )
    )
    powers = 2.0 ** rng.integers(-1, 2, (2, 2)) * rng.choice([-1.0, 1.0], (2, 2))  # so each error is exact
    cases.append(
        Case(
            "an error as large as the tolerance",
            (CUBES, (powers, _dyadic(rng, 2, 2)), (None, _spoiled(rng, powers**3, 2.0))),
            {"eps": 2**-8, "tolerance": 0.5},
            "traps",
        )
    )
    holed = by_x.copy()
    holed[int(rng.integers(3))] = np.nan
    cases.append(Case("an entry is not a number", (CUBES, (x, weight), (holed, by_weight)), step, "traps"))
    x, weight, by_x, by_weight = _cubes(rng, 2, 3)
    cases.append(
        Case(
            "step, tolerance and floor left to their defaults",
            (CUBES, (x, weight), (_spoiled(rng, by_x, 0.75), by_weight)),
            tolerance=2e-8,
        )
    )
    x, weight, by_x, _ = _cubes(rng, 2, 4)
    far, wrong = (divmod(int(place), 4) for place in rng.choice(8, 2, replace=False))
    x[far], x[wrong] = 2, 0.5
    by_x, by_weight = 3 * x**2 * weight, x**3
    by_weight[far] *= 1.25
    by_weight[wrong] *= 2
    cases.append(
        Case("the largest difference is not the largest error", (CUBES, (x, weight), (by_x, by_weight)), step, "scale")
    )
    x, weight, by_x, by_weight = _cubes(rng, 4)
    by_weight[int(rng.integers(4))] = -np.inf
    cases.append(Case("an entry is infinite", (CUBES, (x, weight), (by_x, by_weight)), step, "traps"))
    return cases


PARTS = ("grad_x", "grad_weight", "grad_bias")
_SIGNATURE = inspect.signature(ref.conv2d_backward)


def _bound(*args: Any, **kwargs: Any) -> dict[str, Any]:
    bound = _SIGNATURE.bind(*args, **kwargs)
    bound.apply_defaults()
    return bound.arguments


def _with(**parts: Callable[[dict[str, Any], Tensor], Tensor]) -> Callable[..., Parts]:
    """`conv2d_backward` with some of its results replaced; `parts` get all arguments and the right result."""

    def variant(*args: Any, **kwargs: Any) -> Parts:
        a = _bound(*args, **kwargs)
        results = zip(PARTS, ref.conv2d_backward(**a), strict=True)
        grad_x, grad_weight, grad_bias = (parts[n](a, value) if n in parts else value for n, value in results)
        return grad_x, grad_weight, grad_bias

    return variant


def _room(x: Tensor, padding: Pair) -> Tensor:
    p_h, p_w = pair(padding)
    return F.pad(x.double(), (p_w, p_w, p_h, p_h))


def _taps(
    grad_output: Tensor, padded: Tensor, weight: Tensor, stride: Pair, dilation: Pair
) -> Iterator[tuple[int, int, slice, slice]]:
    """Each tap (u, v) with the rows and columns of the padded image that it meets.

    Raises:
        IndexError: they reach beyond it.
    """
    (s_h, s_w), (d_h, d_w) = pair(stride), pair(dilation)
    way_h, way_w = s_h * (grad_output.shape[2] - 1) + 1, s_w * (grad_output.shape[3] - 1) + 1
    for u in range(weight.shape[2]):
        for v in range(weight.shape[3]):
            top, left = u * d_h, v * d_w
            if top + way_h > padded.shape[2] or left + way_w > padded.shape[3]:
                raise IndexError("a window reaches beyond the padded image")
            yield u, v, slice(top, top + way_h, s_h), slice(left, left + way_w, s_w)


def _stamped(a: dict[str, Any], overwrite: bool = False) -> Tensor:
    """The gradient of the padded image, tap by tap; the last tap stays where `overwrite` is asked for."""
    grad_output, weight = a["grad_output"].double(), a["weight"].double()
    padded = torch.zeros_like(_room(a["x"], a["padding"]))
    for u, v, rows, columns in _taps(grad_output, padded, weight, a["stride"], a["dilation"]):
        part = torch.einsum("nfij,fc->ncij", grad_output, weight[:, :, u, v])
        padded[:, :, rows, columns] = part if overwrite else padded[:, :, rows, columns] + part
    return padded


def _cropped(padded: Tensor, a: dict[str, Any]) -> Tensor:
    (p_h, p_w), (height, width) = pair(a["padding"]), a["x"].shape[2:]
    return padded[:, :, p_h : p_h + height, p_w : p_w + width]


def _by_hand(
    grad_output: Tensor, x: Tensor, weight: Tensor, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1
) -> Parts:
    """`conv2d_backward` that takes the output's size from grad_output, so that other strides run where they fit."""
    a = _bound(grad_output, x, weight, stride, padding, dilation)
    padded, grad_output = _room(x, padding), grad_output.double()
    grad_weight = torch.zeros_like(weight, dtype=torch.float64)
    for u, v, rows, columns in _taps(grad_output, padded, weight, stride, dilation):
        grad_weight[:, :, u, v] = torch.einsum("nfij,ncij->fc", grad_output, padded[:, :, rows, columns])
    return _cropped(_stamped(a), a), grad_weight, grad_output.sum((0, 2, 3))


def _windows(a: dict[str, Any]) -> Iterator[tuple[Tensor, slice, slice]]:
    """grad_output at each place (N, F), in order, with the rows and columns of its window in the padded image."""
    (s_h, s_w), (d_h, d_w) = pair(a["stride"]), pair(a["dilation"])
    span_h, span_w = d_h * (a["weight"].shape[2] - 1) + 1, d_w * (a["weight"].shape[3] - 1) + 1
    for i in range(a["grad_output"].shape[2]):
        for j in range(a["grad_output"].shape[3]):
            rows = slice(i * s_h, i * s_h + span_h, d_h)
            yield a["grad_output"][:, :, i, j].double(), rows, slice(j * s_w, j * s_w + span_w, d_w)


def _last_window_stays(a: dict[str, Any], right: Tensor, filters: slice = slice(None)) -> Tensor:
    padded = torch.zeros_like(_room(a["x"], a["padding"]))
    for g, rows, columns in _windows(a):
        padded[:, :, rows, columns] = torch.einsum("nf,fcuv->ncuv", g[:, filters], a["weight"][filters].double())
    return _cropped(padded, a)


def _of_the_last_window(a: dict[str, Any], right: Tensor) -> Tensor:
    *_, (g, rows, columns) = _windows(a)
    return torch.einsum("nf,ncuv->fcuv", g[-1:], _room(a["x"], a["padding"])[-1:, :, rows, columns])


def _other_weight(change: Callable[[Tensor], Tensor]) -> Callable[[dict[str, Any], Tensor], Tensor]:
    return lambda a, right: _cropped(_stamped({**a, "weight": change(a["weight"])}), a)


def _negative_end(a: dict[str, Any], right: Tensor) -> Tensor:
    p_h, p_w = pair(a["padding"])
    return _stamped(a)[:, :, p_h:-p_h, p_w:-p_w]


def _transposed_convolution(a: dict[str, Any], right: Tensor) -> Tensor:
    stride, padding, dilation = pair(a["stride"]), pair(a["padding"]), pair(a["dilation"])
    return F.conv_transpose2d(a["grad_output"], a["weight"], None, stride, padding, dilation=dilation)


def _first_channel(a: dict[str, Any], right: Tensor) -> Tensor:
    return right[:, :1].expand(right.shape)


CONV_IDEAS = (
    Misconception(
        "overlap_overwritten",
        _with(grad_x=_last_window_stays),
        "Where windows overlap, you keep the last window's gradient only.",
        "A pixel that several windows read has several gradients, and they add up: += where you wrote =.",
        OVERLAP,
    ),
    Misconception(
        "overlap_and_filters_overwritten",
        _with(grad_x=lambda a, right: _last_window_stays(a, right, slice(-1, None))),
        "You keep only what the last filter and the last window send to a pixel.",
        "Every window of every filter that read a pixel sends it a gradient, and all add up: += where you wrote =.",
        OVERLAP,
    ),
    Misconception(
        "taps_overwritten",
        _with(grad_x=lambda a, right: _cropped(_stamped(a, overwrite=True), a)),
        "Where taps meet the same pixel, you keep the last tap's gradient only.",
        "A pixel meets one tap in each window that reads it, and the gradients add up: += where you wrote =.",
        OVERLAP,
    ),
    Misconception(
        "weight_gradient_overwritten",
        _with(grad_weight=_of_the_last_window),
        "Your filter's gradient comes from the last window of the last image alone.",
        "Every window of every image used the same filter, so all their gradients add up.",
        WEIGHT,
    ),
    Misconception(
        "images_overwritten",
        _with(
            grad_weight=lambda a, right: ref.conv2d_backward(
                **{**a, "x": a["x"][-1:], "grad_output": a["grad_output"][-1:]}
            )[1]
        ),
        "Your filter's gradient comes from the last image alone.",
        "Every image of the batch used the same filter, so their gradients add up.",
        WEIGHT,
    ),
    Misconception(
        "crop_at_zero",
        _with(grad_x=_negative_end),
        "Your grad_x is empty where the padding is 0.",
        "[p:-p] with p = 0 is [0:0], which holds nothing. Cut with [p : p + H].",
        BORDER,
    ),
    Misconception(
        "border_kept",
        _with(grad_x=lambda a, right: _stamped(a)),
        "Your grad_x still has the padding around it.",
        "The padded zeros are not part of x: their gradient is dropped, so that grad_x has the shape of x.",
        BORDER,
    ),
    Misconception(
        "rest_cut_off",
        _with(grad_x=_transposed_convolution),
        "Your grad_x is too small where the stride leaves pixels over.",
        "Pixels that no window reads have gradient 0, but they are there: grad_x has the shape of x.",
        BORDER,
    ),
    Misconception(
        "kernel_flipped",
        _with(grad_x=_other_weight(lambda w: w.flip(2, 3))),
        "The filter in your grad_x is the wrong way round, by 180 degrees.",
        "There are two ways. A scatter, in which each gradient stamps the filter into the padded image, leaves it as "
        "it is. A gather, in which filters slide over the spread-out grad_output, needs them turned by 180 degrees: "
        "weight[:, :, ::-1, ::-1].",
        CONV,
    ),
    Misconception(
        "filters_reshaped",
        _with(
            grad_x=_other_weight(lambda w: w.reshape(w.shape[1], w.shape[0], *w.shape[2:]).transpose(0, 1)),
        ),
        "You reshape the weight from (F, C, kH, kW) to (C, F, kH, kW), which mixes its numbers.",
        "reshape keeps the order in memory. To exchange two axes, transpose.",
        "channels-layout",
    ),
    Misconception(
        "filter_axes_not_swapped",
        _with(grad_x=_other_weight(lambda w: w.transpose(0, 1))),
        "In your grad_x the filters and the channels of the weight have changed places.",
        "Channel c of grad_x gets, from each filter f, weight[f, c]: the sum runs over axis 0 of the weight.",
        CONV,
    ),
    Misconception(
        "grad_output_ignored",
        changed(_by_hand, grad_output=lambda a: torch.ones_like(a["grad_output"])),
        "Your gradients do not depend on grad_output.",
        "By the chain rule, what arrives at an output multiplies everything that is sent on from it.",
        OVERLAP,
    ),
    Misconception(
        "stride_ignored",
        changed(_by_hand, stride=lambda a: 1),
        "Your windows lie next to each other as with stride 1.",
        "grad_output[..., i, j] belongs to the window that starts at row i * stride and column j * stride.",
        "stride-window",
    ),
    Misconception(
        "dilation_ignored",
        changed(_by_hand, dilation=lambda a: 1),
        "Your filter's taps lie next to each other whatever the dilation is.",
        "Tap (u, v) met the pixel u * dilation rows and v * dilation columns from the window's first one.",
        "stride-dilation",
    ),
    Misconception(
        "dilation_counts_gaps",
        changed(_by_hand, dilation=lambda a: tuple(d + 1 for d in pair(a["dilation"]))),
        "You read the dilation as the number of pixels left out between two taps.",
        "Dilation is the distance from one tap to the next: dilation 1 is the ordinary filter.",
        "stride-dilation",
    ),
    *pairs_swapped(_by_hand, "stride", "padding", "dilation"),
    Misconception(
        "first_of_pair_for_both",
        changed(
            _by_hand,
            **{name: lambda a, name=name: pair(a[name])[0] for name in ("stride", "padding", "dilation")},
        ),
        "You use the first number of a pair for both axes.",
        "Pairs are (row, column): the second number belongs to the width.",
        "stride-pairs",
    ),
    Misconception(
        "weight_gradient_flipped",
        _with(grad_weight=lambda a, right: right.flip(2, 3)),
        "Your filter's gradient is turned by 180 degrees.",
        "grad_weight[f, c, u, v] adds up grad_output times the pixel that tap (u, v) met: nothing is turned.",
        WEIGHT,
    ),
    Misconception(
        "weight_gradient_axes_swapped",
        _with(grad_weight=lambda a, right: right.transpose(0, 1)),
        "Your filter's gradient has its channels first.",
        "A gradient has the shape of what it belongs to: (F, C, kH, kW).",
        WEIGHT,
    ),
    Misconception(
        "first_channel_for_all",
        _with(grad_weight=_first_channel),
        "Your filter's gradient is the first channel's for every channel.",
        "Tap weight[f, c, u, v] met channel c of x, so channel c enters its gradient.",
        WEIGHT,
    ),
    Misconception(
        "batch_averaged",
        _with(
            grad_weight=lambda a, right: right / a["x"].shape[0],
            grad_bias=lambda a, right: right / a["x"].shape[0],
        ),
        "You average the gradients over the batch.",
        "Gradients add up. If the loss is a mean over the batch, its 1/N is already in grad_output; dividing again "
        "averages twice.",
        WEIGHT,
    ),
    Misconception(
        "bias_gradient_averaged_over_the_batch",
        _with(grad_bias=lambda a, right: right / a["x"].shape[0]),
        "You divide your bias gradient by the number of images.",
        "Gradients add up, over the batch too. If the loss is a mean over the batch, its 1/N is already in "
        "grad_output.",
        WEIGHT,
    ),
    Misconception(
        "bias_gradient_averaged",
        _with(grad_bias=lambda a, right: a["grad_output"].double().mean((0, 2, 3))),
        "Your bias gradient is a mean.",
        "The bias is added to every output of its filter, so all their gradients add up.",
        WEIGHT,
    ),
    Misconception(
        "bias_gradient_per_image",
        _with(grad_bias=lambda a, right: a["grad_output"].double().sum((2, 3))),
        "Your bias gradient has one row for each image.",
        "All images share the bias: add up over the batch too, so that its gradient is (F,).",
        WEIGHT,
    ),
    Misconception(
        "bias_gradient_per_place",
        _with(grad_bias=lambda a, right: a["grad_output"].double().sum(0)),
        "Your bias gradient has one number for each place of the output.",
        "All places of a map share the bias: add up over the rows and columns too, so that its gradient is (F,).",
        WEIGHT,
    ),
    Misconception(
        "bias_gradient_of_the_columns",
        _with(grad_bias=lambda a, right: a["grad_output"].double().sum((0, 1, 2))),
        "Your bias gradient has one number for each column.",
        "There is one bias for each filter, and the filters are axis 1: add up over axes 0, 2 and 3.",
        WEIGHT,
    ),
    Misconception(
        "results_in_another_order",
        lambda *args, **kwargs: tuple(ref.conv2d_backward(*args, **kwargs)[i] for i in (1, 2, 0)),
        "You return the gradients in another order.",
        "The order is that of the forward pass's arguments: grad_x, grad_weight, grad_bias.",
        CONV,
    ),
)

Pick = Callable[[Tensor], Tensor]
"""From windows (N, C, kH, kW) to the share of the gradient that each place gets."""


def _every(window: Tensor) -> Tensor:
    return (window == window.amax((2, 3), keepdim=True)).double()


def _first(window: Tensor) -> Tensor:
    ties = _every(window).flatten(2)
    return (ties * (ties.cumsum(2) == 1)).reshape(window.shape)


def _last(window: Tensor) -> Tensor:
    return _first(window.flip(2, 3)).flip(2, 3)


def _first_by_columns(window: Tensor) -> Tensor:
    return _first(window.transpose(2, 3)).transpose(2, 3)


def _shared(window: Tensor) -> Tensor:
    return _every(window) / _every(window).sum((2, 3), keepdim=True)


def _pool_windows(
    kernel_size: Pair, stride: Pair | None, rows: int, columns: int
) -> Iterator[tuple[int, int, slice, slice]]:
    (k_h, k_w), (s_h, s_w) = pair(kernel_size), pair(kernel_size if stride is None else stride)
    for i in range(rows):
        for j in range(columns):
            yield i, j, slice(i * s_h, i * s_h + k_h), slice(j * s_w, j * s_w + k_w)


def _routed(
    grad_output: Tensor,
    x: Tensor,
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    pick: Pick = _first,
    write: str = "add",
    fill: float = -math.inf,
) -> Tensor:
    """The gradient of the padded image under a maximum, window by window: added, or the last one stays.

    Args:
        grad_output: (N, C, oH, oW).
        x: (N, C, H, W).
        kernel_size: (row, column) or one for both.
        stride: (row, column) or one for both; None takes kernel_size.
        padding: (row, column) or one for both.
        pick: who gets how much.
        write: "add"; "places" overwrites the places that get something, "window" the whole window.
        fill: what the padding holds.

    Returns:
        (N, C, H + 2 pH, W + 2 pW).
    """
    p_h, p_w = pair(padding)
    padded = F.pad(x.double(), (p_w, p_w, p_h, p_h), value=fill)
    grad = torch.zeros_like(padded)
    for i, j, rows, columns in _pool_windows(kernel_size, stride, *grad_output.shape[2:]):
        share = pick(padded[:, :, rows, columns])
        part, old = share * grad_output[:, :, i : i + 1, j : j + 1], grad[:, :, rows, columns]
        grad[:, :, rows, columns] = (
            old + part if write == "add" else part if write == "window" else torch.where(share > 0, part, old)
        )
    return grad


def _spread(
    grad_output: Tensor,
    input_shape: Sequence[int],
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    count_include_pad: bool = True,
    add: bool = True,
    divide: bool = True,
    shifted: bool = True,
) -> Tensor:
    """The gradient of the padded image under a mean, window by window: added, or the last one stays.

    Where windows are not `shifted`, the places inside are counted as if there were no border before the image.
    """
    (k_h, k_w), grad_output = pair(kernel_size), grad_output.double()
    inside = _room(torch.ones(1, 1, *input_shape[2:], dtype=torch.float64, device=grad_output.device), padding)
    grad = torch.zeros(*input_shape[:2], *inside.shape[2:], dtype=torch.float64, device=grad_output.device)
    for i, j, rows, columns in _pool_windows(kernel_size, stride, *grad_output.shape[2:]):
        counted = inside if shifted else torch.ones(1, 1, *input_shape[2:], dtype=torch.float64)
        count = k_h * k_w if count_include_pad else max(1.0, float(counted[:, :, rows, columns].sum()))
        part = grad_output[:, :, i : i + 1, j : j + 1] / (count if divide else 1)
        grad[:, :, rows, columns] = part + (grad[:, :, rows, columns] if add else 0)
    return grad


def _inner(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """`function` without the border that it returns."""
    signature = inspect.signature(function)

    def variant(*args: Any, **kwargs: Any) -> Tensor:
        a = signature.bind(*args, **kwargs).arguments
        height, width = a["x"].shape[2:] if "x" in a else a["input_shape"][2:]
        p_h, p_w = pair(a.get("padding", 0))
        return function(*args, **kwargs)[:, :, p_h : p_h + height, p_w : p_w + width]

    variant.__signature__ = signature  # type: ignore[attr-defined]
    return variant


def _emptied(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """`function` with its border cut off by [p:-p]."""
    signature = inspect.signature(function)

    def variant(*args: Any, **kwargs: Any) -> Tensor:
        p_h, p_w = pair(signature.bind(*args, **kwargs).arguments.get("padding", 0))
        return function(*args, **kwargs)[:, :, p_h:-p_h, p_w:-p_w]

    return variant


_max, _avg = _inner(_routed), _inner(_spread)


def _pool_ideas(padded: Callable[..., Tensor], section: str) -> tuple[Misconception, ...]:
    """Wrong ideas about the windows of a pool's gradient, whatever each window does with its own."""
    cut = _max if padded is _routed else _avg
    return (
        Misconception(
            "crop_at_zero",
            _emptied(padded),
            "Your grad_x is empty where the padding is 0.",
            "[p:-p] with p = 0 is [0:0], which holds nothing. Cut with [p : p + H].",
            BORDER,
        ),
        Misconception(
            "border_kept",
            padded,
            "Your grad_x still has the padding around it.",
            "The padded places are not part of x: cut them off, so that grad_x has the shape of x.",
            BORDER,
        ),
        Misconception(
            "stride_ignored",
            changed(cut, stride=lambda a: 1),
            "Your windows lie next to each other as with stride 1.",
            "grad_output[..., i, j] belongs to the window that starts at row i * stride and column j * stride.",
            "stride-window",
        ),
        Misconception(
            "stride_defaults_to_one",
            changed(cut, stride=lambda a: 1 if a["stride"] is None else a["stride"]),
            "Your windows move by one pixel where no stride is given.",
            "A pool's stride is its kernel size unless it names one.",
            "pooling-max",
        ),
        *pairs_swapped(cut, "kernel_size", "stride", "padding"),
    )


MAX_IDEAS = (
    Misconception(
        "gradient_to_every_tie",
        changed(_max, pick=lambda a: _every),
        "Every place that holds the window's maximum gets the gradient.",
        "One place gets it all, or a tie would multiply the gradient. torch takes the first in row-major order.",
        MAX,
    ),
    Misconception(
        "gradient_shared_among_ties",
        changed(_max, pick=lambda a: _shared),
        "You share the gradient out among the places that hold the maximum.",
        "That is a possible rule, but not torch's: the first place in row-major order gets it all.",
        MAX,
    ),
    Misconception(
        "last_of_the_ties",
        changed(_max, pick=lambda a: _last),
        "Of several maxima, the last one gets your gradient.",
        "torch's rule is the first in row-major order: keep the old place unless the new one is larger, > and not >=.",
        MAX,
    ),
    Misconception(
        "first_tie_by_columns",
        changed(_max, pick=lambda a: _first_by_columns),
        "You look for the first maximum column by column.",
        "Row-major order goes through a row before it goes to the next, as np.argmax does on a flattened window.",
        MAX,
    ),
    Misconception(
        "overlap_overwritten",
        changed(_max, write=lambda a: "places"),
        "A maximum that several windows share keeps the gradient of one of them.",
        "They add up: += where you wrote =. And `grad[rows, columns] += g` with index arrays adds once where an index "
        "repeats; np.add.at adds each time.",
        OVERLAP,
    ),
    Misconception(
        "window_overwritten",
        changed(_max, write=lambda a: "window"),
        "Each window of yours wipes out what earlier windows left in it.",
        "Windows overlap, so a window's gradient is added to what is there: += where you wrote =.",
        OVERLAP,
    ),
    Misconception(
        "padded_with_zeros",
        changed(_max, fill=lambda a: 0.0),
        "You pad with zeros, and where all pixels are negative the gradient goes to the border and is lost.",
        "A padded place must never be the maximum: pad with minus infinity.",
        "pooling-max",
    ),
    Misconception(
        "whole_window_gets_it",
        changed(_max, pick=lambda a: torch.ones_like),
        "Every place of the window gets the gradient.",
        "Only the maximum reached the output. If another place changes a little, the output stays: its gradient is 0.",
        MAX,
    ),
    Misconception(
        "average_instead",
        changed(_max, pick=lambda a: lambda window: torch.ones_like(window) / window[0, 0].numel()),
        "You spread the gradient evenly over the window, as an average pool does.",
        "Only the maximum reached the output, so it gets all of the gradient.",
        MAX,
    ),
    Misconception(
        "largest_magnitude",
        changed(_max, pick=lambda a: lambda window: _first(window.nan_to_num(neginf=0.0).abs())),
        "The place of the largest magnitude gets your gradient.",
        "The maximum heeds the sign: of -3 and 2 it is 2.",
        MAX,
    ),
    Misconception(
        "multiplied_by_the_maximum",
        changed(_max, pick=lambda a: lambda window: _first(window) * window.nan_to_num(neginf=0.0)),
        "You multiply the gradient by the maximum itself.",
        "The output equals that pixel, so their gradients are equal: the factor is 1.",
        MAX,
    ),
    Misconception(
        "grad_output_ignored",
        changed(_max, grad_output=lambda a: torch.ones_like(a["grad_output"])),
        "Your gradient does not depend on grad_output.",
        "By the chain rule, what arrives at an output multiplies what is sent on from it.",
        OVERLAP,
    ),
    *_pool_ideas(_routed, MAX),
)

AVERAGE_IDEAS = (
    Misconception(
        "overlap_overwritten",
        changed(_avg, add=lambda a: False),
        "Where windows overlap, you keep the last window's gradient only.",
        "A pixel that several windows read has several gradients, and they add up: += where you wrote =.",
        OVERLAP,
    ),
    Misconception(
        "not_divided",
        changed(_avg, divide=lambda a: False),
        "Every pixel of the window gets the whole gradient.",
        "Each pixel entered the mean with a factor of 1 over the number of places; the gradient gets the same factor.",
        AVERAGE,
    ),
    Misconception(
        "padding_counted_inverted",
        changed(_avg, count_include_pad=lambda a: not a["count_include_pad"]),
        "You read count_include_pad the wrong way round.",
        "True divides by all places of the window; False divides by those inside the image.",
        AVERAGE,
    ),
    Misconception(
        "padding_always_counted",
        changed(_avg, count_include_pad=lambda a: True),
        "You count padded places even where count_include_pad is False.",
        "With False, a window at the border was divided by the number of its pixels inside the image, and so is its "
        "gradient.",
        AVERAGE,
    ),
    Misconception(
        "padding_never_counted",
        changed(_avg, count_include_pad=lambda a: False),
        "You leave padded places out of the count even where count_include_pad is True.",
        "With True, every window was divided by kH * kW, at the border too, and so is its gradient.",
        AVERAGE,
    ),
    Misconception(
        "stride_is_always_the_kernel",
        changed(_avg, stride=lambda a: None),
        "Your windows always lie side by side.",
        "Only stride=None means the kernel size; a given stride may be smaller, so that windows overlap.",
        "pooling-average",
    ),
    Misconception(
        "grad_output_ignored",
        changed(_avg, grad_output=lambda a: torch.ones_like(a["grad_output"])),
        "Your gradient does not depend on grad_output.",
        "By the chain rule, what arrives at an output multiplies what is sent on from it.",
        OVERLAP,
    ),
    *_pool_ideas(_spread, AVERAGE),
)


def _difference(
    step: Callable[[Callable[[Tensor], Tensor], Tensor, Tensor, float], Tensor],
) -> Callable[..., Tensor]:
    """A numerical gradient by another quotient: `step(f, x, e, eps)` for each unit step e of length eps."""

    def variant(f: str, x: Tensor, eps: float = 1e-6) -> Tensor:
        steps = eps * torch.eye(x.numel(), dtype=torch.float64, device=x.device).reshape(-1, *x.shape)
        return torch.stack([step(ref.scalar_function(f), x, e, eps) for e in steps]).reshape(x.shape)

    return variant


def _accumulated(f: str, x: Tensor, eps: float = 1e-6) -> Tensor:
    function, moved = ref.scalar_function(f), x.double().clone()
    result = torch.zeros_like(moved)
    for k in range(moved.numel()):
        moved.view(-1)[k] += eps
        upper = function(moved)
        moved.view(-1)[k] -= 2 * eps
        result.view(-1)[k] = (upper - function(moved)) / (2 * eps)
    return result


def _cut_off(f: Callable[[Tensor], Tensor], x: Tensor, e: Tensor, eps: float) -> Tensor:
    if not x.dtype.is_floating_point:
        return (f((x + e).trunc()) - f((x - e).trunc())) / (2 * eps)
    return (f(x + e) - f(x - e)) / (2 * eps)


def _together(f: str, x: Tensor, eps: float = 1e-6) -> Tensor:
    function, x = ref.scalar_function(f), x.double()
    return (function(x + eps) - function(x - eps)) / (2 * eps)


NUMERICAL_IDEAS = (
    Misconception(
        "forward_difference",
        _difference(lambda f, x, e, eps: (f(x + e) - f(x)) / eps),
        "You step to one side only.",
        "A forward difference is wrong by about eps / 2 times the second derivative; stepping to both sides cancels "
        "that term.",
        NUMERICAL,
    ),
    Misconception(
        "divided_by_eps",
        _difference(lambda f, x, e, eps: (f(x + e) - f(x - e)) / eps),
        "Your gradient is twice too large.",
        "From x - eps to x + eps it is 2 * eps: divide by the whole way.",
        NUMERICAL,
    ),
    Misconception(
        "half_a_step",
        _difference(lambda f, x, e, eps: (f(x + e / 2) - f(x - e / 2)) / eps),
        "You step by eps / 2.",
        "Step by eps to either side, and divide by 2 * eps.",
        NUMERICAL,
    ),
    Misconception(
        "steps_accumulate",
        _accumulated,
        "Each entry stays moved when you go on to the next.",
        "A partial derivative moves one entry and holds all others still: put the entry back first.",
        NUMERICAL,
    ),
    Misconception(
        "step_lost_in_whole_numbers",
        _difference(_cut_off),
        "Where x holds whole numbers, your step is cut off.",
        "Writing 2.000001 into an array of whole numbers stores 2. Copy x as floats: x.astype(float).",
        NUMERICAL,
    ),
    Misconception(
        "all_entries_moved_together",
        _together,
        "You move all entries at once, and get one number.",
        "That is the sum of all partial derivatives. Move one entry at a time: one number for each entry of x.",
        NUMERICAL,
    ),
    Misconception(
        "flattened",
        lambda f, x, eps=1e-6: ref.numerical_gradient(f, x, eps).flatten(),
        "Your gradient is flat.",
        "A gradient has the shape of what it belongs to.",
        NUMERICAL,
    ),
)

Numbers = tuple[Tensor, Tensor]


def _relative(a: Tensor, n: Tensor, floor: float) -> Tensor:
    return (a - n).abs() / torch.maximum(a.abs(), n.abs()).clamp(min=floor)


def _checked(
    f: str,
    values: Sequence[Tensor],
    grads: Sequence[Tensor | None],
    eps: float = 1e-6,
    tolerance: float = 1e-5,
    floor: float = 1e-3,
    numeric: Callable[[str, Sequence[Tensor], int, float], Tensor] = ref.central,
    error: Callable[[Tensor, Tensor, float], Tensor] = _relative,
    worst: Callable[[Tensor], Tensor] = torch.max,
    ranked: Callable[[Tensor, Tensor, Tensor], Tensor] = lambda each, a, n: each,
    broadcast: bool = False,
    unfinished: float = math.inf,
    strict: bool = False,
) -> dict[str, ref.Verdict]:
    """`gradient_check` with its parts to exchange.

    The index is that of the largest entry of what `ranked` makes of the errors and both gradients; `unfinished` is the
    error of an entry that is not finite.
    """
    result: dict[str, ref.Verdict] = {}
    for place, (name, a) in enumerate(zip(ref.parameters(f), grads, strict=True)):
        if a is None:
            continue
        if a.shape != values[place].shape and not broadcast:
            result[name] = (False, "inf", None)
            continue
        n = numeric(f, values, place, eps)
        each = error(a, n, floor).where(a.isfinite(), unfinished)
        if each.isnan().any():
            raise ValueError("0 / 0: the idea leads nowhere")
        found = float(worst(each))
        passed = found < tolerance if strict else found <= tolerance
        index = None if passed else ref.first_worst(ranked(each, a, n))
        result[name] = (passed, found if math.isfinite(found) else "inf", index)
    return result


def _forward(f: str, values: Sequence[Tensor], place: int, eps: float) -> Tensor:
    function, x = ref.scalar_function(f), values[place].double()
    before, after = values[:place], values[place + 1 :]
    return _difference(lambda _, x, e, eps: (function(*before, x + e, *after) - function(*before, x, *after)) / eps)(
        f, x, eps
    )


def _doubled(f: str, values: Sequence[Tensor], place: int, eps: float) -> Tensor:
    if eps < 1e-4:
        raise ValueError("every error is one half, and rounding alone decides which is the largest")
    return 2 * ref.central(f, values, place, eps)


def _flat_index(*args: Any, **kwargs: Any) -> dict[str, Any]:
    verdicts, shapes = ref.gradient_check(*args, **kwargs), {}
    bound = inspect.signature(ref.gradient_check).bind(*args, **kwargs).arguments
    for name, value in zip(ref.parameters(bound["f"]), bound["values"], strict=True):
        shapes[name] = value.shape
    flat = {
        name: None if index is None else int(np.ravel_multi_index(index, shapes[name]))
        for name, (_, _, index) in verdicts.items()
    }
    return {name: (passed, error, flat[name]) for name, (passed, error, _) in verdicts.items()}


def _whole_array(a: Tensor, n: Tensor, floor: float) -> Tensor:
    """One error for all entries; every entry has it, so that the first counts as the worst."""
    return ((a - n).norm() / torch.maximum(a.norm(), n.norm()).clamp(min=floor)).expand(a.shape)


def _apart(each: Tensor, a: Tensor, n: Tensor) -> Tensor:
    """The absolute differences, infinite where an error is."""
    return (a - n).abs().where(each.isfinite(), math.inf)


CHECK_IDEAS = (
    Misconception(
        "strictly_below",
        changed(_checked, strict=lambda a: True),
        "You demand an error below the tolerance.",
        "The tolerance is the largest error that passes: an error equal to it passes too, so compare with <=.",
        CHECK,
    ),
    Misconception(
        "absolute_error",
        changed(_checked, error=lambda a: lambda a, n, floor: (a - n).abs()),
        "Your error is absolute.",
        "A difference of 0.01 is noise in a gradient of a million and a blunder in one of 0.02: divide by the larger "
        "magnitude of the two.",
        CHECK,
    ),
    Misconception(
        "index_of_the_largest_difference",
        changed(_checked, ranked=lambda a: _apart),
        "Your index is that of the largest absolute difference; your error is that of another entry.",
        "The worst entry is the one with the largest relative error: take the index from the errors whose maximum you "
        "return.",
        CHECK,
    ),
    Misconception(
        "forward_difference",
        changed(_checked, numeric=lambda a: _forward),
        "Your numerical gradient steps to one side only.",
        "The check is only as good as its oracle: the central difference is right to eps squared.",
        NUMERICAL,
    ),
    Misconception(
        "divided_by_eps",
        changed(_checked, numeric=lambda a: _doubled),
        "Your numerical gradient is twice too large, so that right gradients have an error of one half.",
        "From x - eps to x + eps it is 2 * eps: divide by the whole way.",
        NUMERICAL,
    ),
    Misconception(
        "divided_by_the_sum",
        changed(
            _checked,
            error=lambda a: lambda a, n, floor: (a - n).abs() / (a.abs() + n.abs()).clamp(min=floor),
        ),
        "You divide by the sum of both magnitudes.",
        "Some courses do; here the larger of the two is asked for, and the error comes out about half as large with "
        "the sum.",
        CHECK,
    ),
    Misconception(
        "divided_by_the_numerical",
        changed(_checked, error=lambda a: lambda a, n, floor: (a - n).abs() / n.abs().clamp(min=floor)),
        "You divide by the numerical gradient's magnitude.",
        "Divide by the larger magnitude of the two: then the error is symmetric, and at most 2.",
        CHECK,
    ),
    Misconception(
        "one_error_for_the_whole_array",
        changed(_checked, error=lambda a: _whole_array),
        "You compare the arrays as a whole, by their norms.",
        "One wrong entry among a million is lost in a norm, which does not tell where to look. Compare entry by entry.",
        CHECK,
    ),
    Misconception(
        "mean_of_the_errors",
        changed(_checked, worst=lambda a: torch.mean),
        "You average the errors of the entries.",
        "A mean hides one wrong entry among many right ones: take the largest.",
        CHECK,
    ),
    Misconception(
        "sign_of_the_difference",
        changed(
            _checked,
            error=lambda a: lambda a, n, floor: (a - n) / torch.maximum(a.abs(), n.abs()).clamp(min=floor),
        ),
        "Your differences keep their sign, so that a gradient which is too small always passes.",
        "Take the magnitude of the difference.",
        CHECK,
    ),
    Misconception(
        "no_floor",
        changed(_checked, floor=lambda a: 0.0),
        "Your error has no floor: two numbers that are both nearly zero count as far apart.",
        "Rounding leaves about 1e-10 where the gradient is 0, and 1e-10 over 1e-10 is 1. Divide by the floor at least.",
        CHECK,
    ),
    Misconception(
        "floor_added",
        changed(
            _checked,
            error=lambda a: lambda a, n, floor: (a - n).abs() / (torch.maximum(a.abs(), n.abs()) + floor),
        ),
        "You add the floor to the denominator.",
        "The denominator is the largest of three numbers: both magnitudes and the floor.",
        CHECK,
    ),
    Misconception(
        "shapes_broadcast",
        changed(_checked, broadcast=lambda a: True),
        "A gradient of another shape passes your check.",
        "Compare the shapes first: a gradient has the shape of what it belongs to. (1, 3) has as many numbers as (3,), "
        "and NumPy broadcasts one to the other.",
        CHECK,
    ),
    Misconception(
        "not_finite_passes",
        changed(_checked, unfinished=lambda a: 0.0),
        "An entry that is not a number passes your check.",
        "Comparisons with nan are False, so `error > tolerance` lets it through: count what is not finite as "
        "infinitely wrong.",
        CHECK,
    ),
    Misconception(
        "flat_index",
        _flat_index,
        "Your index counts through the flattened array.",
        "np.unravel_index turns what np.argmax returns into one number for each axis.",
        CHECK,
    ),
)


def _cut_at_the_end(padded: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """A pool's gradient whose border is cut off below and on the right alone."""
    signature = inspect.signature(padded)

    def variant(*args: Any, **kwargs: Any) -> Tensor:
        a = signature.bind(*args, **kwargs).arguments
        height, width = a["x"].shape[2:] if "x" in a else a["input_shape"][2:]
        return padded(*args, **kwargs)[:, :, :height, :width]

    return variant


def _end_cut(key: str, variant: Callable[..., Any]) -> Misconception:
    return Misconception(
        key,
        variant,
        "You cut the border off below and on the right alone: your gradient is shifted by the padding.",
        "Pixel (0, 0) lies behind p rows and p columns of padding: cut with [p : p + H].",
        BORDER,
    )


def _divided_by_the_height(
    grad_output: Tensor, x: Tensor, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0
) -> Tensor:
    """The first maximum's number in its window, turned into row and column by the window's height."""
    (k_h, _), (p_h, p_w) = pair(kernel_size), pair(padding)
    padded = F.pad(x.double(), (p_w, p_w, p_h, p_h), value=-math.inf)
    grad, n, c = torch.zeros_like(padded), *torch.meshgrid(*map(torch.arange, x.shape[:2]), indexing="ij")
    for i, j, rows, columns in _pool_windows(kernel_size, stride, *grad_output.shape[2:]):
        number = _first(padded[:, :, rows, columns]).flatten(2).argmax(-1)
        place = (n, c, rows.start + number // k_h, columns.start + number % k_h)
        grad[place] += grad_output[:, :, i, j].double()
    return grad[:, :, p_h : p_h + x.shape[2], p_w : p_w + x.shape[3]]


MAX_KIN = (
    _end_cut("cut_at_the_end", _cut_at_the_end(_routed)),
    Misconception(
        "divided_by_the_height",
        _divided_by_the_height,
        "You turn the place of the maximum into row and column with the window's height.",
        "A row of the window has kW places: divmod(place, kW).",
        MAX,
    ),
)


def _divided_twice(
    grad_output: Tensor,
    input_shape: Sequence[int],
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    count_include_pad: bool = True,
) -> Tensor:
    counts = _divisors(input_shape, kernel_size, stride, padding, count_include_pad, grad_output)
    return ref.avg_pool2d_backward(grad_output / counts, input_shape, kernel_size, stride, padding, count_include_pad)


def _divisors(
    input_shape: Sequence[int],
    kernel_size: Pair,
    stride: Pair | None,
    padding: Pair,
    count_include_pad: bool,
    like: Tensor,
) -> Tensor:
    """What each window is divided by, beside `like`."""
    inside = _room(torch.ones(1, 1, *input_shape[2:], dtype=torch.float64), padding)
    counts = torch.full((1, 1, *like.shape[2:]), float(math.prod(pair(kernel_size))), dtype=torch.float64)
    for i, j, rows, columns in _pool_windows(kernel_size, stride, *like.shape[2:]):
        if not count_include_pad:
            counts[:, :, i, j] = inside[:, :, rows, columns].sum()
    return counts


def _repeated(
    grad_output: Tensor,
    input_shape: Sequence[int],
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    count_include_pad: bool = True,
) -> Tensor:
    """Each gradient over a block as large as the stride, as np.repeat and np.kron lay it."""
    (k_h, k_w), (s_h, s_w) = pair(kernel_size), pair(kernel_size if stride is None else stride)
    inside = _room(torch.ones(1, 1, *input_shape[2:], dtype=torch.float64), padding)
    counts = torch.full(grad_output.shape[2:], float(k_h * k_w), dtype=torch.float64)
    if not count_include_pad:
        for i, j, rows, columns in _pool_windows(kernel_size, stride, *grad_output.shape[2:]):
            counts[i, j] = inside[:, :, rows, columns].sum().clamp(min=1.0)
    blocks = (grad_output.double() / counts.to(grad_output.device)).repeat_interleave(s_h, 2).repeat_interleave(s_w, 3)
    grad = torch.zeros(*input_shape[:2], *inside.shape[2:], dtype=torch.float64, device=grad_output.device)
    height, width = (min(one, other) for one, other in zip(grad.shape[2:], blocks.shape[2:], strict=True))
    grad[:, :, :height, :width] = blocks[:, :, :height, :width]
    return grad


AVERAGE_KIN = (
    Misconception(
        "repeated_by_the_stride",
        _inner(_repeated),
        "You repeat each gradient over a block as large as the stride.",
        "np.repeat gives every pixel to one window. A window is kernel_size large: where windows overlap, a pixel gets "
        "a part of each, and they add up.",
        "backward-overlap",
    ),
    Misconception(
        "counted_without_the_border",
        _inner(partial(_spread, shifted=False)),
        "You count a window's places inside as if it began at the image's first pixel.",
        "Windows begin in the border, `padding` pixels before the image: window i covers the pixels from i * stride - "
        "padding on.",
        AVERAGE,
    ),
    _end_cut("cut_at_the_end", _cut_at_the_end(_spread)),
    Misconception(
        "divided_twice",
        _divided_twice,
        "You divide by the window's size twice.",
        "Each pixel entered the mean with the factor 1 / m: it gets g / m back.",
        AVERAGE,
    ),
)


def _of_the_last_place(a: dict[str, Any], right: Tensor) -> Tensor:
    *_, (g, rows, columns) = _windows(a)
    return torch.einsum("nf,ncuv->fcuv", g, _room(a["x"], a["padding"])[:, :, rows, columns])


def _of_the_first_image(a: dict[str, Any], right: Tensor) -> Tensor:
    return ref.conv2d_backward(**{**a, "x": a["x"][:1], "grad_output": a["grad_output"][:1]})[1]


def _from_unpadded(a: dict[str, Any], right: Tensor) -> Tensor:
    """The filter's gradient from windows that start `padding` pixels further on, as on a rolled image."""
    p_h, p_w = pair(a["padding"])
    rolled = _room(a["x"], a["padding"]).roll((-p_h, -p_w), (2, 3))
    parts = [torch.einsum("nf,ncuv->fcuv", g, rolled[:, :, rows, columns]) for g, rows, columns in _windows(a)]
    return torch.stack(parts).sum(0)


CONV_KIN = (
    Misconception(
        "weight_gradient_of_the_last_place",
        _with(grad_weight=_of_the_last_place),
        "Your filter's gradient comes from the last window alone.",
        "Every window used the same filter, so all their gradients add up: += where you wrote =.",
        WEIGHT,
    ),
    Misconception(
        "weight_gradient_of_the_first_image",
        _with(grad_weight=_of_the_first_image),
        "Your filter's gradient comes from the first image alone.",
        "Every image of the batch used the same filter, so their gradients add up.",
        WEIGHT,
    ),
    Misconception(
        "weight_gradient_from_unpadded",
        _with(grad_weight=_from_unpadded),
        "Your filter's gradient reads pixels that lie `padding` rows and columns from those that the taps met.",
        "A tap met the padded image: take the same slices of it as on the way there.",
        WEIGHT,
    ),
    Misconception(
        "weight_gradient_averaged_over_the_batch",
        _with(grad_weight=lambda a, right: right / len(a["x"])),
        "You divide your filter's gradient by the number of images.",
        "Gradients add up, over the batch too. If the loss is a mean over the batch, its 1/N is already in "
        "grad_output.",
        WEIGHT,
    ),
    _end_cut(
        "cut_at_the_end",
        _with(grad_x=lambda a, right: _stamped(a)[:, :, : a["x"].shape[2], : a["x"].shape[3]]),
    ),
)

NUMERICAL_KIN = (
    Misconception(
        "all_entries_moved_each_time",
        lambda f, x, eps=1e-6: torch.full(x.shape, float(_together(f, x, eps)), dtype=torch.float64),
        "You move all entries at once, and write the same number everywhere.",
        "Move one entry at a time, by eps to either side, and hold the others still.",
        NUMERICAL,
    ),
    Misconception(
        "first_axis_alone",
        lambda f, x, eps=1e-6: (
            ref.numerical_gradient(f, x, eps)
            if x.ndim == 1
            else torch.stack(
                [torch.full(x.shape[1:], float(_moved_at(f, x, k, eps)), dtype=torch.float64) for k in range(len(x))]
            )
        ),
        "You loop over the first axis only, and move a whole row at once.",
        "Go through every index: np.ndindex(x.shape) does, however many axes there are.",
        NUMERICAL,
    ),
)


def _moved_at(f: str, x: Tensor, k: int, eps: float) -> Tensor:
    function, step = ref.scalar_function(f), torch.zeros(x.shape, dtype=torch.float64)
    step[k] = eps
    difference: Tensor = (function(x.double() + step) - function(x.double() - step)) / (2 * eps)
    return difference


def _by_the_largest(a: Tensor, n: Tensor, floor: float) -> Tensor:
    """Every entry divided by one number."""
    finite = torch.where(a.isfinite(), a, 0.0)
    return (a - n).abs() / max(float(finite.abs().max()), float(n.abs().max()), floor)


CHECK_KIN = (
    Misconception(
        "one_divisor",
        changed(_checked, error=lambda a: _by_the_largest),
        "You divide all errors of an array by one number, its largest entry.",
        "Then an error in a small entry vanishes. Each entry has a divisor of its own: np.maximum of |a|, |n| and "
        "floor, entry by entry.",
        CHECK,
    ),
    Misconception(
        "floor_ignored",
        changed(_checked, floor=lambda a: 1e-12),
        "Your error has another floor than the one that was given.",
        "Divide by the largest of |a|, |n| and floor.",
        CHECK,
    ),
)

QUESTIONS: Sequence[Question] = (
    Question(
        "numerical_gradient",
        ref.numerical_gradient,
        _differences,
        NUMERICAL_IDEAS,
        NUMERICAL,
        {"general": 0.8, "edges": 0.2},
        read_driver(__file__, "numerical_gradient"),
        single_precision=False,
        kin=NUMERICAL_KIN,
    ),
    Question(
        "gradient_check",
        ref.gradient_check,
        _checks,
        CHECK_IDEAS,
        CHECK,
        {"general": 0.5, "scale": 0.25, "traps": 0.25},
        read_driver(__file__, "gradient_check"),
        single_precision=False,
        kin=CHECK_KIN,
    ),
    Question(
        "conv2d_backward",
        ref.conv2d_backward,
        _convolutions,
        CONV_IDEAS,
        CONV,
        {"general": 0.5, SPACING: 0.4, WHOLE: 0.1},
        kin=CONV_KIN,
    ),
    Question(
        "max_pool2d_backward",
        ref.max_pool2d_backward,
        _maxima,
        MAX_IDEAS,
        MAX,
        {"general": 0.3, "ties": 0.3, "padding": 0.3, WHOLE: 0.1},
        kin=MAX_KIN,
    ),
    Question(
        "avg_pool2d_backward",
        ref.avg_pool2d_backward,
        _averages,
        AVERAGE_IDEAS,
        AVERAGE,
        {"general": 0.4, "padding": 0.5, WHOLE: 0.1},
        kin=AVERAGE_KIN,
    ),
)
