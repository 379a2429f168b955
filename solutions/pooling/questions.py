"""Chapter 6's questions: maximum and average pools, global and adaptive ones, and the receptive field."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from autograde.questions import Case, Misconception, Question, Rng, signed, whole

from ..stride.reference import Pair, pair
from ..windows import (
    FRACTIONS,
    WHOLE,
    changed,
    fractions_lost,
    pairs_swapped,
    played,
    side_by_side,
    swapped,
    window_kin,
)
from . import reference as ref

MAX, AVERAGE, GLOBAL, ADAPTIVE, FIELD, SIZE, JUMP = (
    f"pooling-{part}" for part in ("max", "average", "global", "adaptive", "receptive-field", "size", "jump")
)
Layers = list[tuple[int, ...]]
VGG16: Layers = [
    *([(3, 1)] * 2 + [(2, 2)]) * 2,
    *([(3, 1)] * 3 + [(2, 2)]) * 3,
]
RESNET18: Layers = [(7, 2), (3, 2), *[(3, 1)] * 4, *([(3, 2)] + [(3, 1)] * 3) * 3]


def _bottlenecks(count: int, stride: int) -> Layers:
    return [(1, stride), (3, 1), (1, 1), *[(1, 1), (3, 1), (1, 1)] * (count - 1)]


RESNET50: Layers = [(7, 2), (3, 2), *_bottlenecks(3, 1), *_bottlenecks(4, 2), *_bottlenecks(6, 2), *_bottlenecks(3, 2)]


def _maxima(rng: Rng) -> list[Case]:
    n, c = (int(value) for value in rng.choice([2, 3, 4], 2, replace=False))
    return [
        Case("windows side by side, a rest left over", (signed(rng, n, c, 5, 8), (2, 3))),
        Case("overlapping windows", (signed(rng, 2, 3, 7, 6), 3, (2, 1))),
        Case("unequal strides that do not divide", (signed(rng, 3, 2, 10, 9), (2, 4), (3, 2))),
        Case("all negative, padding", (-abs(signed(rng, 2, 3, 6, 8)), 3, 2, 1), group="padding"),
        Case(
            "unequal kernel, stride and padding",
            (signed(rng, 2, 4, 7, 9) - 1.5, (3, 4), (2, 3), (1, 2)),
            group="padding",
        ),
        Case("unequal dilation", (signed(rng, 2, 3, 8, 9), (3, 2), 1, 0, (2, 3)), group="dilation"),
        Case(
            "everything unequal",
            (signed(rng, 3, 2, 9, 10) - 1.5, (2, 3)),
            {"stride": (2, 3), "padding": (1, 0), "dilation": (4, 2)},
            group="dilation",
        ),
        Case("far below 0, padding", (-1e12 * abs(signed(rng, 2, 3, 5, 4)), 3, 2, 1), group="padding"),
        Case("whole numbers, padding", (whole(rng, 2, 3, 6, 5), (3, 2), None, 1), group="padding"),
    ]


def _holed(rng: Rng, *shape: int) -> np.ndarray:
    """Signed numbers with two zeros in each map: a zero of the image counts, one of the padding does not."""
    x = signed(rng, *shape)
    x[:, :, 0, 1] = x[:, :, 3, 5] = 0
    return x


def _averages(rng: Rng) -> list[Case]:
    n, c = (int(value) for value in rng.choice([2, 3, 4], 2, replace=False))
    return [
        Case("windows side by side, a rest left over", (signed(rng, n, c, 5, 8), (2, 3)), terms=6),
        Case("overlapping windows", (signed(rng, 2, 3, 7, 6), 3, (2, 1)), terms=9),
        Case("unequal strides", (signed(rng, 3, 2, 9, 8), (2, 4), (3, 2)), terms=8),
        Case("padding counts", (signed(rng, 2, 3, 6, 8), 3, 2, 1), group="padding", terms=9),
        Case(
            "padding does not count",
            (_holed(rng, 3, 4, 7, 9), (3, 4), (2, 3), (1, 2)),
            {"count_include_pad": False},
            group="padding",
            terms=12,
        ),
        Case(
            "padding counts, unequal",
            (signed(rng, 3, 2, 8, 7), (4, 2), (3, 1), (2, 1), True),
            group="padding",
            terms=8,
        ),
        Case(FRACTIONS, (whole(rng, 2, 3, 6, 5), (3, 2)), group=WHOLE, terms=6),
    ]


def _globals(rng: Rng) -> list[Case]:
    n, c, h, w = (int(value) for value in rng.choice([2, 3, 4, 5, 6], 4, replace=False))
    return [
        Case("unequal sizes", (signed(rng, n, c, h, w),), terms=h * w),
        Case("a wide image", (signed(rng, 4, 2, 3, 9),), terms=27),
        Case("one row, one image", (signed(rng, 1, 3, 1, 4),), terms=4),
        Case("one pixel", (signed(rng, 3, 2, 1, 1),)),
        Case(FRACTIONS, (whole(rng, 2, 3, 5, 7),), group=WHOLE, terms=35),
    ]


def _adaptives(rng: Rng) -> list[Case]:
    n, c = (int(value) for value in rng.choice([2, 3, 4], 2, replace=False))
    return [
        Case("sizes that divide", (signed(rng, n, c, 6, 8), (3, 2)), terms=8),
        Case("sizes that do not divide", (signed(rng, 2, 3, 7, 10), (3, 4)), terms=9),
        Case("one number for both axes", (signed(rng, 3, 2, 5, 11), 4), terms=8),
        Case("nearly the input's size", (signed(rng, 2, 3, 8, 6), (5, 4)), terms=6),
        Case("one number for the whole image", (signed(rng, 2, 4, 3, 5), 1), group="edges", terms=15),
        Case("an output larger than the input", (signed(rng, 2, 3, 2, 3), (5, 4)), group="edges", terms=4),
        Case(FRACTIONS, (whole(rng, 2, 3, 7, 8), (3, 2)), group=WHOLE, terms=12),
    ]


def _deep(rng: Rng) -> Layers:
    """ResNet-18's layers with other numbers of them in its four stages."""
    a, b, c, d = (int(value) for value in rng.integers(2, 12, 4))
    stages = [[(3, 2)] + [(3, 1)] * count for count in (b, c, d)]
    return [(7, 2), (3, 2), *[(3, 1)] * a, *(layer for stage in stages for layer in stage)]


def _stacks(rng: Rng) -> list[Case]:
    k = [int(value) for value in rng.integers(2, 8, 8)]
    return [
        Case("stride 1 only", ([(k[0], 1), (k[1] + 1, 1), (3, 1)],)),
        Case("strides", ([(k[2], 2), (k[3] + 2, 3), (3, 1), (2, 2)],)),
        Case("no layer", ([],)),
        Case("dilation", ([(3, 1, 2), (k[4] + 1, 1, 4), (k[5], 2)],), group="dilation"),
        Case("strides and dilation", ([(k[6], 2), (3, 3, 2), (2, 2), (k[7] + 1, 2, 3)],), group="dilation"),
        Case("padding", ([(k[1], 2, 1, 1), (k[2] + 1, 3, 1, 2), (3, 1, 1, 3)],), group="start"),
        Case("padding and dilation", ([(k[3] + 1, 3, 2, 2), (k[4], 1), (5, 2, 3, 4)],), group="start"),
        Case("VGG-16 up to its last pool", (VGG16,), group="networks"),
        Case("ResNet-18", (RESNET18,), group="networks"),
        Case("ResNet-50, version 1", (RESNET50,), group="networks"),
        Case("a ResNet of another depth", (_deep(rng),), group="networks"),
    ]


Sides = Pair | tuple[int, int, int, int]
"""A padding as students give it, or (top, bottom, left, right) for what wrong ideas make of it."""


def _frame(padding: Sides) -> tuple[int, int, int, int]:
    """(left, right, top, bottom), as torch's F.pad wants it."""
    if not isinstance(padding, int) and len(padding) == 4:
        return (padding[2], padding[3], padding[0], padding[1])
    p_h, p_w = pair(padding)
    return (p_w, p_w, p_h, p_h)


def _max(
    x: Tensor,
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Sides = 0,
    dilation: Pair = 1,
    fill: float = -math.inf,
) -> Tensor:
    """`max_pool2d` without torch's limit on the padding, also with another padding value."""
    framed = F.pad(x.double(), _frame(padding), value=fill)
    return ref.max_pool2d(framed, kernel_size, stride, 0, dilation)


def _avg(
    x: Tensor, kernel_size: Pair, stride: Pair | None = None, padding: Sides = 0, count_include_pad: bool = True
) -> Tensor:
    """`avg_pool2d` without torch's limit on the padding."""
    x = x.double()
    mean = ref.avg_pool2d(F.pad(x, _frame(padding)), kernel_size, stride)
    if count_include_pad:
        return mean
    return mean / ref.avg_pool2d(F.pad(torch.ones_like(x), _frame(padding)), kernel_size, stride)


def _shared(sides: Callable[[int, int], tuple[int, int]]) -> Callable[[dict[str, Any]], Sides]:
    """A change for `changed`: padding by `sides(p, stride)`, (before, after) for each axis."""

    def change(a: dict[str, Any]) -> Sides:
        steps = pair(a["kernel_size"] if a["stride"] is None else a["stride"])
        top, bottom = sides(pair(a["padding"])[0], steps[0])
        left, right = sides(pair(a["padding"])[1], steps[1])
        return (top, bottom, left, right)

    return change


def _size_without_padding(pool: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """`pool` with windows on the padded image, but only as many as the bare image has."""
    bare = changed(pool, padding=lambda a: 0)

    def variant(*args: Any, **kwargs: Any) -> Tensor:
        rows, columns = bare(*args, **kwargs).shape[2:]
        return pool(*args, **kwargs)[..., :rows, :columns]

    return variant


def _pool_ideas(pool: Callable[..., Tensor], section: str) -> tuple[Misconception, ...]:
    """Wrong ideas about the windows of a pool, whatever it does with them."""
    named = ("kernel_size", "stride", "padding", "dilation")[: 4 if pool is _max else 3]
    return (
        Misconception(
            "stride_defaults_to_one",
            changed(pool, stride=lambda a: 1 if a["stride"] is None else a["stride"]),
            "Your windows move by one pixel where no stride is given.",
            "A pool's stride is its kernel size unless it names one, so that the windows lie side by side.",
            section,
        ),
        Misconception(
            "stride_is_always_the_kernel",
            changed(pool, stride=lambda a: None),
            "Your windows always lie side by side.",
            "Only stride=None means the kernel size; a given stride may be smaller, so that windows overlap.",
            section,
        ),
        Misconception(
            "stride_ignored_in_window",
            side_by_side(pool),
            "Your output has the right size, but its windows start as with stride 1.",
            "Output (i, j) belongs to the window that starts at row i * stride and column j * stride.",
            "stride-window",
        ),
        Misconception(
            "pools_over_channels",
            lambda *args, **kwargs: (
                pool(*args, **kwargs).amax(1, keepdim=True)
                if pool is _max
                else pool(*args, **kwargs).mean(1, keepdim=True)
            ),
            "Your pool runs over the channels too.",
            "A pool treats each channel by itself: as many channels come out as went in.",
            section,
        ),
        Misconception(
            "padding_forgotten_in_the_size",
            _size_without_padding(pool),
            "Your output's size forgets the padding.",
            "The size is (n + 2 * padding - kernel_size) // stride + 1: padding makes room for more windows.",
            SIZE,
        ),
        Misconception(
            "padding_ignored",
            changed(pool, padding=lambda a: 0),
            "Your pool has no padding.",
            "Put padding places around the image, at both ends of each axis.",
            SIZE,
        ),
        Misconception(
            "padding_is_total",
            changed(pool, padding=_shared(lambda p, s: (p // 2, p - p // 2))),
            "You share the padding out between the two ends of an axis; it is meant for each end.",
            "padding=p makes the axis n + 2p pixels long.",
            "padding-total",
        ),
        Misconception(
            "ceil_for_floor",
            changed(pool, padding=_shared(lambda p, s: (p, p + s - 1))),
            "You keep a last window that reaches beyond the padded image.",
            "Only windows that fit count: the size is rounded down (torch rounds up only when ceil_mode is asked for).",
            SIZE,
        ),
        *pairs_swapped(pool, *named),
    )


def _over_axes(*axes: int) -> Callable[[Tensor], Tensor]:
    return lambda x: x.double().mean(axes)


def _cut(bounds: Callable[[int, int], list[tuple[int, int]]]) -> Callable[..., Tensor]:
    """`adaptive_avg_pool2d` with other windows: `bounds(n, o)` lists (start, end) along an axis."""

    def variant(x: Tensor, output_size: Pair) -> Tensor:
        o_h, o_w = pair(output_size)
        x = x.double()
        rows = torch.stack([x[:, :, a:b].mean(2) for a, b in _filled(bounds(x.shape[2], o_h))], 2)
        return torch.stack([rows[..., a:b].mean(3) for a, b in _filled(bounds(x.shape[3], o_w))], 3)

    return variant


def _filled(bounds: list[tuple[int, int]]) -> list[tuple[int, int]]:
    if any(start >= end for start, end in bounds):
        raise ValueError("a window without pixels has no mean")
    return bounds


def _split(n: int, o: int) -> list[tuple[int, int]]:
    """As np.array_split: the first n % o parts are longer by one."""
    ends = [(i + 1) * (n // o) + min(i + 1, n % o) for i in range(o)]
    return list(zip([0, *ends], ends, strict=False))


def _one_kernel(n: int, o: int) -> list[tuple[int, int]]:
    stride = n // o
    return [(i * stride, i * stride + n - (o - 1) * stride) for i in range(o)]


def _nearest(x: Tensor, output_size: Pair) -> Tensor:
    rows, columns = (
        torch.arange(o, device=x.device) * n // o for o, n in zip(pair(output_size), x.shape[2:], strict=True)
    )
    return x.double()[:, :, rows][..., columns]


def _output_size_as_kernel(x: Tensor, output_size: Pair) -> Tensor:
    sizes = [n // k for n, k in zip(x.shape[2:], pair(output_size), strict=True)]
    if 0 in sizes:
        return x.new_zeros((*x.shape[:2], *sizes))
    return ref.avg_pool2d(x, output_size)


def _adaptive_max(x: Tensor, output_size: Pair) -> Tensor:
    return F.adaptive_max_pool2d(x.double(), pair(output_size))


def _field(
    add: Callable[[int, int, int, int], int] = lambda k, s, d, jump: d * (k - 1) * jump,
    move: Callable[[int, int, int], int] = lambda p, s, jump: -p * jump,
    begin: tuple[int, int, int] = (1, 1, 0),
) -> Callable[[Layers], tuple[int, int, int]]:
    """`receptive_field` that adds `add(kernel_size, stride, dilation, jump)` and moves by `move(padding, ...)`."""

    def variant(layers: Layers) -> tuple[int, int, int]:
        size, jump, start = begin
        for kernel_size, stride, *rest in layers:
            dilation, padding = (*rest, *(1, 0)[len(rest) :])
            size += add(kernel_size, stride, dilation, jump)
            start += move(padding, stride, jump)
            jump *= stride
        return size, jump, start

    return variant


def _kernels_added_up(layers: Layers) -> tuple[int, int, int]:
    _, jump, start = ref.receptive_field(layers)
    return sum(layer[0] for layer in layers), jump, start


def _middle(layers: Layers) -> tuple[int, int, int]:
    """The first field's middle in place of its first pixel."""
    size, jump, start = ref.receptive_field(layers)
    return size, jump, start + (size - 1) // 2


def _jump_before(layers: Layers) -> tuple[int, int, int]:
    size, _, start = ref.receptive_field(layers)
    return size, math.prod(layer[1] for layer in layers[:-1]), start


MAX_IDEAS = (
    Misconception(
        "padded_with_zeros",
        changed(_max, fill=lambda a: 0.0),
        "You pad with zeros, and a zero wins where all pixels are negative.",
        "A padded place must never win a maximum: pad with minus infinity.",
        MAX,
    ),
    Misconception(
        "starts_at_zero",
        lambda *args, **kwargs: _max(*args, **kwargs).clamp(min=0),
        "No answer of yours is below 0: your running maximum starts at 0, and 0 beats every negative pixel.",
        "Start from minus infinity, which loses against any pixel.",
        MAX,
    ),
    Misconception(
        "average_instead",
        lambda x, kernel_size, stride=None, padding=0, dilation=1: _avg(x, kernel_size, stride, padding),
        "You take the windows' averages.",
        "This pool keeps the largest value of each window.",
        MAX,
    ),
    Misconception(
        "largest_magnitude",
        lambda x, *args, **kwargs: ref.max_pool2d(x.abs(), *args, **kwargs),
        "You take the largest magnitude.",
        "The maximum heeds the sign: of -3 and 2 it is 2.",
        MAX,
    ),
    Misconception(
        "dilation_ignored",
        changed(_max, dilation=lambda a: 1),
        "Your window's places lie next to each other whatever the dilation is.",
        "Neighboring places of a window stand `dilation` pixels apart.",
        "stride-dilation",
    ),
    Misconception(
        "dilation_counts_gaps",
        changed(_max, dilation=lambda a: tuple(d + 1 for d in pair(a["dilation"]))),
        "You read the dilation as the number of pixels left out between two places.",
        "Dilation is the distance from one place to the next: dilation 1 is the ordinary window.",
        "stride-dilation",
    ),
    *_pool_ideas(_max, MAX),
)


def _nonzero_counted(
    x: Tensor, kernel_size: Pair, stride: Pair | None = None, padding: Sides = 0, count_include_pad: bool = True
) -> Tensor:
    mean = _avg(x, kernel_size, stride, padding)
    return mean if count_include_pad else mean / _avg((x != 0).double(), kernel_size, stride, padding)


AVERAGE_IDEAS = (
    Misconception(
        "nonzero_counted",
        _nonzero_counted,
        "You count the numbers that are not 0, so a zero of the image is left out like one of the padding.",
        "What counts is where a place lies, not what it holds: sum a padded array of ones in the same way.",
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
        "With False, a window at the border is divided by the number of its pixels inside the image.",
        AVERAGE,
    ),
    Misconception(
        "padding_never_counted",
        changed(_avg, count_include_pad=lambda a: False),
        "You leave padded places out of the count even where count_include_pad is True.",
        "With True, every window is divided by kH * kW, at the border too.",
        AVERAGE,
    ),
    Misconception(
        "sum_not_divided",
        lambda x, kernel_size, *args, **kwargs: _avg(x, kernel_size, *args, **kwargs) * math.prod(pair(kernel_size)),
        "You add the window up without dividing.",
        "The average is the sum over the number of places.",
        AVERAGE,
    ),
    Misconception(
        "maximum_instead",
        lambda x, kernel_size, stride=None, padding=0, count_include_pad=True: _max(x, kernel_size, stride, padding),
        "You take the windows' maxima.",
        "This pool takes the mean of each window.",
        AVERAGE,
    ),
    fractions_lost(ref.avg_pool2d, "average"),
    *_pool_ideas(_avg, AVERAGE),
)

GLOBAL_IDEAS = (
    Misconception(
        "axes_kept",
        lambda x: x.double().mean((2, 3), keepdim=True),
        "Your answer keeps two axes of size 1.",
        "The answer is (N, C): one number for each map, ready for a linear layer.",
        GLOBAL,
    ),
    Misconception(
        "rows_only",
        _over_axes(2),
        "You average over the rows only.",
        "Average over both axes of the image: the last two.",
        GLOBAL,
    ),
    Misconception(
        "columns_only",
        _over_axes(3),
        "You average over the columns only.",
        "Average over both axes of the image: the last two.",
        GLOBAL,
    ),
    Misconception(
        "batch_averaged",
        _over_axes(0, 2, 3),
        "You average over the images too.",
        "Each image keeps its own numbers: the batch axis stays.",
        GLOBAL,
    ),
    Misconception(
        "channels_averaged",
        _over_axes(1, 2, 3),
        "You average over the channels too.",
        "Each channel keeps its own number: the answer is (N, C).",
        GLOBAL,
    ),
    Misconception(
        "channels_read_last",
        _over_axes(1, 2),
        "You average over axes 1 and 2, as if the channels came last.",
        "x is (N, C, H, W): the image's axes are 2 and 3. Take both at once, axis=(2, 3): after one mean that axis is "
        "gone, and those behind it move up by one.",
        "channels-layout",
    ),
    Misconception(
        "sum_not_divided",
        lambda x: x.double().sum((2, 3)),
        "You add the pixels up without dividing.",
        "The average is the sum over the number of pixels, H * W.",
        GLOBAL,
    ),
    Misconception(
        "maximum_instead",
        lambda x: x.double().amax((2, 3)),
        "You take each map's maximum.",
        "This pool takes each map's mean.",
        GLOBAL,
    ),
)

ADAPTIVE_IDEAS = (
    Misconception(
        "rest_dropped",
        _cut(lambda n, o: [(i * (n // o), (i + 1) * (n // o)) for i in range(o)]),
        "Your windows are all of the size n // o, and the pixels left over are dropped.",
        "Every pixel belongs to a window: they start at floor(i n / o) and end before ceil((i + 1) n / o).",
        ADAPTIVE,
    ),
    Misconception(
        "windows_never_overlap",
        _cut(lambda n, o: [(i * n // o, (i + 1) * n // o) for i in range(o)]),
        "Your windows end where the next begins.",
        "A window's end is rounded up, not down: where o does not divide n, neighbors share a pixel.",
        ADAPTIVE,
    ),
    Misconception(
        "split_like_a_list",
        _cut(_split),
        "You split the axis into parts, the longer ones first, as np.array_split does.",
        "Windows start at floor(i n / o) and end before ceil((i + 1) n / o), so that they lie evenly and may overlap.",
        ADAPTIVE,
    ),
    Misconception(
        "one_kernel_for_all",
        _cut(_one_kernel),
        "Your windows all have one size and one stride.",
        "Adaptive windows differ in size where o does not divide n: start and end are rounded for each.",
        ADAPTIVE,
    ),
    Misconception(
        "nearest_pixel",
        _nearest,
        "You pick one pixel for each output.",
        "Each output is the mean of its whole window.",
        ADAPTIVE,
    ),
    Misconception(
        "output_size_is_kernel",
        _output_size_as_kernel,
        "You use output_size as the kernel's size.",
        "output_size says how many windows there are along each axis, not how large they are.",
        ADAPTIVE,
    ),
    Misconception(
        "height_width_swapped",
        changed(ref.adaptive_avg_pool2d, output_size=swapped("output_size")),
        "You read output_size as (width, height).",
        "Pairs are (row, column): output_size is (oH, oW).",
        "stride-pairs",
    ),
    Misconception(
        "maximum_instead",
        _adaptive_max,
        "You take the windows' maxima.",
        "This pool takes the mean of each window.",
        ADAPTIVE,
    ),
    fractions_lost(ref.adaptive_avg_pool2d, "average"),
)

FIELD_IDEAS = (
    Misconception(
        "kernels_added_up",
        _kernels_added_up,
        "You add the kernel sizes up.",
        "Neighboring windows overlap: a layer adds k - 1 steps to what is seen, each as long as the jump before it.",
        FIELD,
    ),
    Misconception(
        "strides_ignored",
        _field(lambda k, s, d, jump: d * (k - 1)),
        "Your field does not depend on the strides.",
        "Behind a stride of 2, neighbors stand 2 input pixels apart, and so does every step of later kernels.",
        FIELD,
    ),
    Misconception(
        "own_stride_counted",
        _field(lambda k, s, d, jump: d * (k - 1) * jump * s),
        "You let a layer's own stride widen its own kernel.",
        "A layer's taps stand as far apart as the jump before it; its stride only moves the layers behind it.",
        FIELD,
    ),
    Misconception(
        "order_reversed",
        lambda layers: ref.receptive_field(layers[::-1]),
        "You went through the layers from the last to the first.",
        "With this recursion, start at the input: the jump is the product of the strides of all earlier layers.",
        FIELD,
    ),
    Misconception(
        "starts_at_zero",
        _field(begin=(0, 1, 0)),
        "Your field is one pixel too small.",
        "Without any layer a unit sees one pixel, itself: start at 1.",
        FIELD,
    ),
    Misconception(
        "whole_kernel_added",
        _field(lambda k, s, d, jump: d * k * jump),
        "You add k steps for each layer.",
        "k taps have k - 1 steps between them.",
        FIELD,
    ),
    Misconception(
        "dilation_ignored",
        _field(lambda k, s, d, jump: (k - 1) * jump),
        "Your field does not depend on the dilation.",
        "Taps that stand `dilation` apart make each of the k - 1 steps that much longer.",
        "stride-dilation",
    ),
    Misconception(
        "dilation_times_kernel_size",
        _field(lambda k, s, d, jump: (d * k - 1) * jump),
        "You take dilation * k for the window's length.",
        "k taps have k - 1 gaps between them, so the window is dilation * (k - 1) + 1 long.",
        "stride-dilation",
    ),
    Misconception(
        "padding_widens",
        lambda layers: (sum(ref.receptive_field(layers)[::2]), *ref.receptive_field(layers)[1:]),
        "You make the field smaller by the padding.",
        "The field is as wide in the border as inside; padding only moves where the first one starts.",
        JUMP,
    ),
    Misconception(
        "start_without_jump",
        _field(move=lambda p, s, jump: -p),
        "You add the paddings up as they are.",
        "A layer's padding is counted in its own units, which lie a jump of the layers before it apart.",
        JUMP,
    ),
    Misconception(
        "own_stride_moves_start",
        _field(move=lambda p, s, jump: -p * jump * s),
        "You let a layer's own stride multiply its padding.",
        "Padding is added to what the layer reads, before its stride: count it with the jump before the layer.",
        JUMP,
    ),
    Misconception(
        "start_positive",
        _field(move=lambda p, s, jump: p * jump),
        "Your start has the other sign.",
        "Padding stands before the image's first pixel, so a field that begins in it starts below 0.",
        JUMP,
    ),
    Misconception(
        "padding_ignored",
        _field(move=lambda p, s, jump: 0),
        "Your start does not depend on the padding.",
        "The first window begins in the border, p of the layer's units before its first one.",
        JUMP,
    ),
    Misconception(
        "middle_returned",
        _middle,
        "You give the middle of the first field, or half of it, in place of its first pixel.",
        "The start is the first pixel that the first unit sees.",
        JUMP,
    ),
    Misconception(
        "jump_before_last_layer",
        _jump_before,
        "Your jump leaves the last layer's stride out.",
        "The jump between the last layer's units counts every stride, its own too.",
        JUMP,
    ),
)


def _means(x: Tensor, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0, dilation: Pair = 1) -> Tensor:
    if pair(dilation) != (1, 1):
        raise NotImplementedError
    y = ref.avg_pool2d(x, kernel_size, stride, padding)
    beyond = ref.avg_pool2d(torch.ones_like(x, dtype=torch.float64), kernel_size, stride, padding) < 1
    return y.masked_fill(beyond, -math.inf)


MAX_KIN = (
    Misconception(
        "maximum_of_the_batch",
        lambda *args, **kwargs: (y := ref.max_pool2d(*args, **kwargs)).amax((0, 1), keepdim=True).expand(y.shape),
        "Your maximum is taken over all images and channels.",
        "Each channel of each image is pooled by itself: the maximum runs over axes 2 and 3 of a window.",
        MAX,
    ),
    Misconception(
        "mean_in_place_of_maximum",
        _means,
        "You take each window's mean.",
        "This pool keeps the largest value of each window.",
        MAX,
    ),
    Misconception(
        "maximum_of_all_channels",
        lambda *args, **kwargs: (y := ref.max_pool2d(*args, **kwargs)).amax(1, keepdim=True).expand(y.shape),
        "Your maximum is taken over the channels, too.",
        "Each channel is pooled by itself: the maximum runs over a window's rows and columns.",
        MAX,
    ),
    *(
        Misconception(
            f"padded_with_{number:.0f}",
            changed(
                ref.max_pool2d,
                x=lambda a, number=number: F.pad(
                    a["x"].double(), [side for p in reversed(pair(a["padding"])) for side in (p, p)], value=number
                ),
                padding=lambda a: 0,
            ),
            f"Your padding holds {number:g}, which wins where a window has nothing larger.",
            "A padded place must never win: pad with -np.inf.",
            MAX,
        )
        for number in (-1.0, -10.0, -100.0, -1000.0, -1e6, -1e9)
    ),
    *window_kin(ref.max_pool2d, -math.inf),
)


def _padded_with_infinity(
    x: Tensor, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0, count_include_pad: bool = True
) -> Tensor:
    y = ref.avg_pool2d(x, kernel_size, stride, padding, count_include_pad)
    beyond = ref.avg_pool2d(torch.ones_like(x, dtype=torch.float64), kernel_size, stride, padding) < 1
    return y.masked_fill(beyond, -math.inf)


def _height_squared(
    x: Tensor, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0, count_include_pad: bool = True
) -> Tensor:
    k_h, k_w = pair(kernel_size)
    y = ref.avg_pool2d(x, kernel_size, stride, padding, count_include_pad)
    return y * k_w / k_h if count_include_pad else y


AVERAGE_KIN = (
    Misconception(
        "stride_of_the_kernels_rows",
        changed(ref.avg_pool2d, stride=lambda a: pair(a["kernel_size"])[0] if a["stride"] is None else a["stride"]),
        "Where no stride is given, you take the kernel's number of rows for both axes.",
        "The stride is the kernel size then, as a pair: kH for the rows, kW for the columns.",
        AVERAGE,
    ),
    Misconception(
        "padded_with_infinity",
        _padded_with_infinity,
        "Your padding holds -inf, as a maximum pool's does.",
        "A mean adds all places up: pad with zeros.",
        AVERAGE,
    ),
    Misconception(
        "divided_by_the_height_squared",
        _height_squared,
        "You divide by the square of the window's height.",
        "A window has kH * kW places.",
        AVERAGE,
    ),
    Misconception(
        "mean_rounded_down",
        lambda *args, **kwargs: ref.avg_pool2d(*args, **kwargs).floor(),
        "Your means are rounded down: // gives whole numbers.",
        "Divide with /.",
        AVERAGE,
    ),
    *(idea for idea in window_kin(ref.avg_pool2d) if not idea.key.startswith("padding")),
)

_LAST_PIXEL_KIN = tuple(
    Misconception(
        f"last_pixel_left_out{more}",
        _cut(
            lambda n, o, least=least: [
                (i * n // o, max(-(-(i + 1) * n // o) - 1, i * n // o + least)) for i in range(o)
            ]
        ),
        "Your windows end one pixel too early.",
        "ceil((i + 1) n / o) - 1 is a window's last pixel; a slice ends before its stop, which is one more.",
        ADAPTIVE,
    )
    for more, least in (("", 0), ("_but_one", 1))
)

ADAPTIVE_KIN = (
    Misconception(
        "window_sizes_all_equal",
        _cut(lambda n, o: [(i * n // o, min(i * n // o - (-n // o), n)) for i in range(o)]),
        "Your windows begin where they should, and all have ceil(n / o) pixels.",
        "A window ends before ceil((i + 1) n / o), which is sooner for some of them.",
        ADAPTIVE,
    ),
    Misconception(
        "end_rounded_up_always",
        _cut(lambda n, o: [(i * n // o, min((i + 1) * n // o + 1, n)) for i in range(o)]),
        "Your windows end a pixel too late where (i + 1) n / o is whole.",
        "Adding 1 rounds up only what is no whole number: -(-a // b) rounds up, and leaves whole numbers as they are.",
        ADAPTIVE,
    ),
    *_LAST_PIXEL_KIN,
)

GLOBAL_KIN = (
    Misconception(
        "divided_by_the_height_squared",
        lambda x: x.double().sum((2, 3)) / x.shape[2] ** 2,
        "You divide by the square of the maps' height.",
        "A map has H · W pixels.",
        GLOBAL,
    ),
    Misconception(
        "channels_alone_averaged",
        lambda x: x.double().mean(1),
        "You average over the channels, and keep rows and columns.",
        "Each map becomes one number: the mean over axes 2 and 3.",
        GLOBAL,
    ),
)

QUESTIONS: Sequence[Question] = (
    Question(
        "max_pool2d",
        ref.max_pool2d,
        _maxima,
        MAX_IDEAS,
        MAX,
        {"general": 0.4, "padding": 0.4, "dilation": 0.2},
        kin=MAX_KIN,
        figure=played(op="max"),
    ),
    Question(
        "avg_pool2d",
        ref.avg_pool2d,
        _averages,
        AVERAGE_IDEAS,
        AVERAGE,
        {"general": 0.4, "padding": 0.5, WHOLE: 0.1},
        kin=AVERAGE_KIN,
        figure=played(op="average"),
    ),
    Question(
        "global_avg_pool2d",
        ref.global_avg_pool2d,
        _globals,
        GLOBAL_IDEAS,
        GLOBAL,
        {"general": 0.9, WHOLE: 0.1},
        kin=GLOBAL_KIN,
    ),
    Question(
        "adaptive_avg_pool2d",
        ref.adaptive_avg_pool2d,
        _adaptives,
        ADAPTIVE_IDEAS,
        ADAPTIVE,
        {"general": 0.6, "edges": 0.3, WHOLE: 0.1},
        kin=ADAPTIVE_KIN,
    ),
    Question(
        "receptive_field",
        ref.receptive_field,
        _stacks,
        FIELD_IDEAS,
        FIELD,
        {"general": 0.4, "dilation": 0.2, "start": 0.2, "networks": 0.2},
    ),
)
