"""Chapter 7's questions: columns and back, and convolution as a matrix product, on a view, and through the FFT."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from autograde.questions import Case, Misconception, Question, Rng, read_driver, signed, whole

from ..channels import reference as channels
from ..stride.reference import Pair, conv_output_size, pair
from ..volumes import VOLUME_IDEAS, VOLUME_KIN, scrambled
from ..windows import FRACTIONS, WHOLE, changed, framed, pairs_swapped, window_ideas
from . import reference as ref
from .drivers.view_memory import MANY_BYTES

SINGLE = "float32 stays float32"
COLUMNS, FOLD, GEMM, VIEW, SPECTRUM = (f"im2col-{part}" for part in ("columns", "fold", "gemm", "view", "fft"))


def _images(rng: Rng) -> list[Case]:
    n, c = (int(value) for value in rng.choice([2, 3, 4], 2, replace=False))
    return [
        Case("windows overlap", (signed(rng, n, c, 5, 6), (3, 2))),
        Case("one number for both axes, stride 2", (signed(rng, 3, 2, 6, 9), 3, 2)),
        Case("unequal strides that do not divide", (signed(rng, 2, 4, 7, 8), (3, 4), (3, 2))),
        Case("unequal padding", (signed(rng, 2, 3, 4, 6), (2, 3), (1, 2), (2, 1)), group="padding, dilation"),
        Case("unequal dilation", (signed(rng, 3, 2, 8, 10), (3, 2), 1, 0, (2, 3)), group="padding, dilation"),
        Case(
            "everything unequal",
            (signed(rng, 2, 3, 9, 7), (2, 3)),
            {"stride": (3, 2), "padding": (1, 3), "dilation": (4, 2)},
            group="padding, dilation",
        ),
        Case("a kernel of one pixel", (signed(rng, 3, 4, 2, 5), 1), group="edges"),
        Case("one window, as large as the image", (signed(rng, 2, 3, 4, 5), (4, 5)), group="edges"),
        Case("one row, one channel", (signed(rng, 2, 1, 1, 7), (1, 3), (1, 2)), group="edges"),
        Case(SINGLE, (signed(rng, 2, 3, 4, 5).astype(np.float32), (2, 3)), group="type", dtype="float32"),
        Case("whole numbers", (whole(rng, 3, 2, 5, 4), (3, 2)), group="type"),
    ]


def _to_fold(
    rng: Rng,
    label: str,
    n: int,
    depth: int,
    size: tuple[int, int],
    kernel_size: Pair,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    group: str = "general",
) -> Case:
    """A case of `col2im`: the columns that such an image of `depth` channels would have."""
    options = (kernel_size, stride, padding, dilation)
    taps = math.prod(pair(kernel_size))
    places = math.prod(conv_output_size(*numbers) for numbers in zip(size, *map(pair, options), strict=True))
    return Case(label, (signed(rng, n, depth * taps, places), size, *options), group=group, terms=taps)


def _in_single_precision(case: Case) -> Case:
    columns, *rest = case.args
    return dataclasses.replace(case, args=(columns.astype(np.float32), *rest), dtype="float32")


def _foldings(rng: Rng) -> list[Case]:
    n, c = (int(value) for value in rng.choice([2, 3, 4], 2, replace=False))
    return [
        _to_fold(rng, "windows overlap", n, c, (5, 6), (3, 2)),
        _to_fold(rng, "one number for both axes, stride 2", 3, 2, (7, 9), 3, 2),
        _to_fold(rng, "pixels that no window reaches", 2, 3, (8, 9), (2, 3), (3, 4)),
        _to_fold(rng, "unequal padding", 2, 3, (4, 6), (2, 3), (1, 2), (2, 1), group="padding"),
        _to_fold(rng, "padding on one axis", 3, 2, (6, 5), (3, 2), 1, (1, 0), group="padding"),
        _to_fold(rng, "unequal dilation", 3, 2, (8, 10), (3, 2), (2, 1), 0, (2, 3), group="dilation"),
        _to_fold(rng, "everything unequal", 2, 3, (9, 7), (2, 3), (3, 2), (1, 3), (4, 2), group="dilation"),
        _to_fold(rng, "windows of one pixel", 2, 4, (3, 5), 1),
        _in_single_precision(_to_fold(rng, SINGLE, 2, 3, (4, 5), (2, 3), group="type")),
        _square(_to_fold(rng, "one number for the images' two sides", 2, 3, (5, 5), (2, 3))),
    ]


def _square(case: Case) -> Case:
    """The case with one number for the images' two sides."""
    columns, (side, _), *rest = case.args
    return dataclasses.replace(case, args=(columns, side, *rest))


def _convolutions(rng: Rng) -> list[Case]:
    n, c, f = (int(value) for value in rng.choice([2, 3, 4, 5], 3, replace=False))
    b = signed(rng, 4, 6) * 3
    return [
        Case("no bias", (signed(rng, n, c, 6, 7), signed(rng, f, c, 3, 2)), terms=6 * c),
        Case(
            "as many filters as output columns",
            (signed(rng, 2, 3, 5, 8), signed(rng, 5, 3, 2, 4), b[0, :5]),
            terms=25,
        ),
        Case(
            "stride 2, an odd width",
            (signed(rng, 2, 3, 8, 9), signed(rng, 4, 3, 3, 4), b[1, :4], 2),
            group="stride, padding, dilation",
            terms=37,
        ),
        Case(
            "unequal strides that do not divide, unequal padding",
            (signed(rng, 3, 2, 6, 9), signed(rng, 4, 2, 3, 2), b[2, :4], (2, 3), (1, 2)),
            group="stride, padding, dilation",
            terms=13,
        ),
        Case(
            "everything unequal",
            (signed(rng, 2, 4, 7, 8), signed(rng, 3, 4, 2, 3)),
            {"stride": (3, 1), "padding": (1, 3), "dilation": (2, 4)},
            group="stride, padding, dilation",
            terms=24,
        ),
        Case("one channel, one row", (signed(rng, 2, 1, 1, 5), signed(rng, 3, 1, 1, 3), b[3, :3]), terms=4),
        Case("filters of one tap", (signed(rng, 3, 4, 2, 5), signed(rng, 2, 4, 1, 1)), terms=4),
        Case(FRACTIONS, (whole(rng, 2, 3, 5, 4), signed(rng, 4, 3, 2, 3), b[3, :4]), group=WHOLE, terms=19),
    ]


def _convolutions_with_a_large_one(rng: Rng) -> list[Case]:
    image, weight = signed(rng, 1, 2, 196, 207), signed(rng, 2, 2, 21, 23)
    large = Case("windows that would fill 250 megabytes", (image, weight), group="memory", terms=2 * 21 * 23)
    return [*_convolutions(rng), large]


def _parts(x: Tensor, kernel_size: Pair, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1) -> Tensor:
    """`im2col` with its axes apart: (N, C, kH, kW, oH, oW)."""
    options = (kernel_size, stride, padding, dilation)
    places = (conv_output_size(*numbers) for numbers in zip(x.shape[2:], *map(pair, options), strict=True))
    return ref.im2col(x, *options).reshape(len(x), x.shape[1], *pair(kernel_size), *places)


def _maps(x: Tensor, kernel_size: Pair, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1) -> Tensor:
    """`im2col` with the places as a map: (N, C * kH * kW, oH, oW)."""
    return _parts(x, kernel_size, stride, padding, dilation).flatten(1, 3)


def _relaid(*order: int) -> Callable[..., Tensor]:
    """`im2col` whose six axes come in another order before two of them are made of all but the first."""

    def variant(*args: Any, **kwargs: Any) -> Tensor:
        columns = ref.im2col(*args, **kwargs)
        return _parts(*args, **kwargs).permute(order).reshape(columns.shape)

    return variant


def _flattened(idea: Misconception) -> Misconception:
    """An idea about `_maps` as one about `im2col`."""
    return dataclasses.replace(idea, variant=lambda *args, **kwargs: idea.variant(*args, **kwargs).flatten(2))


def _geometry() -> tuple[Misconception, ...]:
    """Wrong ideas about where the windows of `im2col` lie."""
    swaps = pairs_swapped(_maps, "kernel_size", "stride", "padding", "dilation")
    named = {idea.key for idea in swaps}
    rest = [idea for idea in window_ideas(_maps) if idea.key not in named]
    return tuple(_flattened(idea) for idea in (*swaps, *rest))


COLUMN_IDEAS = (
    Misconception(
        "channels_run_fastest",
        _relaid(0, 2, 3, 1, 4, 5),
        "Your columns hold the channels of one tap side by side; each channel's taps belong together.",
        "Row (c * kH + u) * kW + v of the columns: the channel moves slowest, as it does in weight.reshape(F, -1).",
        COLUMNS,
    ),
    Misconception(
        "taps_by_column",
        _relaid(0, 1, 3, 2, 4, 5),
        "You list the taps of a window column by column.",
        "Row (c * kH + u) * kW + v of the columns: v, the tap's column, moves fastest.",
        COLUMNS,
    ),
    Misconception(
        "positions_by_column",
        _relaid(0, 1, 2, 3, 5, 4),
        "You list the windows column by column.",
        "Window (i, j) is column i * oW + j: go along a row of the output first.",
        COLUMNS,
    ),
    Misconception(
        "reshape_where_transpose_was_needed",
        _relaid(0, 1, 4, 5, 2, 3),
        "You reshaped windows whose places come before their taps; the numbers stayed where they were.",
        "reshape keeps the order in memory. Transpose (N, C, oH, oW, kH, kW) to (N, C, kH, kW, oH, oW) first.",
        COLUMNS,
    ),
    Misconception(
        "patches_reshaped",
        _relaid(0, 4, 5, 1, 2, 3),
        "You reshaped one patch a row into one patch a column; that takes a transpose.",
        "reshape keeps the order in memory. An (oH * oW, C * kH * kW) matrix becomes its transpose by .T alone.",
        COLUMNS,
    ),
    Misconception(
        "batch_items_mixed",
        _relaid(1, 2, 3, 0, 4, 5),
        "Your images are mixed: you built (C * kH * kW, N * oH * oW) and reshaped it to start with N.",
        "reshape keeps the order in memory. Bring the axis of the images to the front with a transpose.",
        COLUMNS,
    ),
    Misconception(
        "images_side_by_side",
        lambda *args, **kwargs: ref.im2col(*args, **kwargs).permute(1, 0, 2).flatten(1),
        "You put all images into one matrix, side by side.",
        "The answer has an axis for the images: (N, C * kH * kW, oH * oW).",
        COLUMNS,
    ),
    Misconception(
        "patches_as_rows",
        lambda *args, **kwargs: ref.im2col(*args, **kwargs).transpose(1, 2),
        "Your patches are rows; here each is a column.",
        "The answer is (N, C * kH * kW, oH * oW), so that the filters' matrix can stand on its left.",
        COLUMNS,
    ),
    Misconception(
        "first_channel_only",
        changed(ref.im2col, x=lambda a: a["x"][:, :1]),
        "Your columns hold the first channel only.",
        "A patch spans the whole depth: C * kH * kW numbers.",
        COLUMNS,
    ),
    Misconception(
        "taps_backwards",
        lambda *args, **kwargs: _parts(*args, **kwargs).flip(2, 3).flatten(4).flatten(1, 3),
        "Your patches run from their last pixel to their first.",
        "A patch is copied as it stands. Nothing is flipped in a cross-correlation.",
        "filter-arithmetic-flip",
    ),
    *_geometry(),
)

Write = Callable[[Tensor, Tensor], Tensor]
"""Old values and the ones that arrive there, to new values."""


def _split(columns: Tensor, output_size: Pair, *options: Pair) -> Tensor:
    """Columns as (N, C, kH, kW, oH, oW)."""
    kernel_size = pair(options[0])
    numbers = zip(pair(output_size), *map(pair, options), strict=True)
    places = [conv_output_size(*each) for each in numbers]
    return columns.double().reshape(len(columns), -1, *kernel_size, *places)


def _stamped(write: Write, at: Pair | None = None) -> Callable[..., Tensor]:
    """`col2im` before its padding is cut off, tap by tap, with another way to write and perhaps another stride."""

    def variant(
        columns: Tensor,
        output_size: Pair,
        kernel_size: Pair,
        stride: Pair = 1,
        padding: Pair = 0,
        dilation: Pair = 1,
    ) -> Tensor:
        parts = _split(columns, output_size, kernel_size, stride, padding, dilation)
        (h, w), (p_h, p_w), (d_h, d_w) = pair(output_size), pair(padding), pair(dilation)
        s_h, s_w = pair(stride if at is None else at)
        y = parts.new_zeros(*parts.shape[:2], h + 2 * p_h, w + 2 * p_w)
        rows, columns_ = (torch.arange(n, device=parts.device) for n in parts.shape[4:])
        for u in range(parts.shape[2]):
            for v in range(parts.shape[3]):
                place = (..., (rows * s_h + u * d_h)[:, None], (columns_ * s_w + v * d_w)[None, :])
                y[place] = write(y[place], parts[:, :, u, v])
        return y

    return variant


def _cut(full: Callable[..., Tensor], begin: Callable[[int], int], end: Callable[[int, int], int]) -> Any:
    """`full` with rows and columns from `begin(p)` up to `end(n, p)` kept; n counts the padding."""

    def variant(
        columns: Tensor,
        output_size: Pair,
        kernel_size: Pair,
        stride: Pair = 1,
        padding: Pair = 0,
        dilation: Pair = 1,
    ) -> Tensor:
        y = full(columns, output_size, kernel_size, stride, padding, dilation)
        rows, columns_ = (slice(begin(p), end(n, p)) for n, p in zip(y.shape[2:], pair(padding), strict=True))
        return y[:, :, rows, columns_]

    return variant


def _fold(full: Callable[..., Tensor]) -> Callable[..., Tensor]:
    return _cut(full, lambda p: p, lambda n, p: n - p)


def _last_window(
    columns: Tensor, output_size: Pair, kernel_size: Pair, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1
) -> Tensor:
    """`col2im` before its padding is cut off, window by window; the last one that is written stays."""
    parts = _split(columns, output_size, kernel_size, stride, padding, dilation)
    (h, w), (p_h, p_w) = pair(output_size), pair(padding)
    (s_h, s_w), (d_h, d_w) = pair(stride), pair(dilation)
    y = parts.new_zeros(*parts.shape[:2], h + 2 * p_h, w + 2 * p_w)
    reach_h, reach_w = d_h * (parts.shape[2] - 1) + 1, d_w * (parts.shape[3] - 1) + 1
    for i in range(parts.shape[4]):
        for j in range(parts.shape[5]):
            top, left = i * s_h, j * s_w
            y[:, :, top : top + reach_h : d_h, left : left + reach_w : d_w] = parts[..., i, j]
    return y


def _refolded(order: tuple[int, ...], shape: Callable[[torch.Size], tuple[int, ...]]) -> Callable[..., Tensor]:
    """`col2im` of columns whose axes are read as `shape(N, C, kH, kW, oH, oW)` and brought back by `order`."""

    def variant(
        columns: Tensor,
        output_size: Pair,
        kernel_size: Pair,
        stride: Pair = 1,
        padding: Pair = 0,
        dilation: Pair = 1,
    ) -> Tensor:
        parts = _split(columns, output_size, kernel_size, stride, padding, dilation)
        read = parts.reshape(shape(parts.shape)).permute(order).reshape(columns.shape)
        return ref.col2im(read, output_size, kernel_size, stride, padding, dilation)

    return variant


def _averaged(columns: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    count = ref.col2im(torch.ones_like(columns), *args, **kwargs)
    return ref.col2im(columns, *args, **kwargs) / count.clamp(min=1)


def _turned(columns: Tensor, output_size: Pair, kernel_size: Pair, *args: Any, **kwargs: Any) -> Tensor:
    taps = columns.reshape(len(columns), -1, *pair(kernel_size), columns.shape[2]).flip(2, 3)
    return ref.col2im(taps.reshape(columns.shape), output_size, kernel_size, *args, **kwargs)


_SUM = _stamped(torch.add)
FOLD_IDEAS = (
    Misconception(
        "overlap_overwritten",
        _fold(_stamped(lambda old, new: new)),
        "Where windows overlap, you keep only what was written last.",
        "A pixel that lies in several windows gets the sum of what they bring: add. Indexing with arrays and += "
        "writes each pixel once only; slices, or np.add.at, add every time.",
        FOLD,
    ),
    Misconception(
        "later_window_wins",
        _fold(_last_window),
        "Where windows overlap, you keep only the last window.",
        "A pixel that lies in several windows gets the sum of what they bring: += in place of =.",
        FOLD,
    ),
    Misconception(
        "overlap_averaged",
        _averaged,
        "You divide each pixel by the number of its windows.",
        "col2im adds and does not divide; so it undoes im2col only where windows do not overlap.",
        FOLD,
    ),
    Misconception(
        "padding_not_cut",
        _SUM,
        "Your image still wears its padding.",
        "Add into an image of height H + 2p, and then cut p rows and columns off at each end.",
        FOLD,
    ),
    Misconception(
        "padding_cut_at_the_end",
        _cut(_SUM, lambda p: 0, lambda n, p: n - 2 * p),
        "You cut the whole padding off at the bottom and on the right.",
        "The image starts p rows down and p columns to the right: cut p off at each end.",
        FOLD,
    ),
    Misconception(
        "crop_at_zero",
        _cut(_SUM, lambda p: p, lambda n, p: -p),
        "Your image is empty where the padding is 0.",
        "p:-p is empty at p = 0, since -0 is 0. Let the slice end at p + H.",
        "padding-crop",
    ),
    Misconception(
        "stride_ignored_in_window",
        _fold(_stamped(torch.add, at=1)),
        "You put the windows next to each other as with stride 1.",
        "Window (i, j) starts at row i * stride and column j * stride.",
        "stride-window",
    ),
    Misconception(
        "channels_run_fastest",
        _refolded((0, 3, 1, 2, 4, 5), lambda s: (s[0], s[2], s[3], s[1], s[4], s[5])),
        "You read the columns as if the channels of one tap lay side by side.",
        "Row (c * kH + u) * kW + v of the columns: the channel moves slowest.",
        COLUMNS,
    ),
    Misconception(
        "taps_by_column",
        _refolded((0, 1, 3, 2, 4, 5), lambda s: (s[0], s[1], s[3], s[2], s[4], s[5])),
        "You read the taps of a window column by column.",
        "Row (c * kH + u) * kW + v of the columns: v, the tap's column, moves fastest.",
        COLUMNS,
    ),
    Misconception(
        "positions_by_column",
        _refolded((0, 1, 2, 3, 5, 4), lambda s: (s[0], s[1], s[2], s[3], s[5], s[4])),
        "You read the windows column by column.",
        "Window (i, j) is column i * oW + j: go along a row of the output first.",
        COLUMNS,
    ),
    Misconception(
        "batch_items_mixed",
        _refolded((3, 0, 1, 2, 4, 5), lambda s: (s[1], s[2], s[3], s[0], s[4], s[5])),
        "Your images are mixed: you reshaped the columns as if their axes were (C, kH, kW, N, oH, oW).",
        "reshape keeps the order in memory, and N is the first axis of the columns.",
        COLUMNS,
    ),
    Misconception(
        "taps_backwards",
        _turned,
        "You put each window back from its last pixel to its first.",
        "col2im puts every number back where im2col took it; nothing is flipped.",
        FOLD,
    ),
)


def _picked(section: str, *keys: str) -> tuple[Misconception, ...]:
    """Chapter 4's ideas about a convolution, those named by `keys`; `section` for what chapter 4 teaches itself."""
    ideas = {idea.key: idea for idea in VOLUME_IDEAS}
    moved = {"patch_channel_order", "batch_items_mixed", "reshape_where_transpose_was_needed", "kernel_flipped"}
    return tuple(dataclasses.replace(ideas[key], section=section) if key in moved else ideas[key] for key in keys)


def _bias_after(*order: int) -> Callable[..., Tensor]:
    """`conv2d_gemm` whose product lies in memory in another order and is reshaped, before the bias is added."""
    product = scrambled(changed(channels.conv2d, bias=lambda a: None), order)

    def variant(
        x: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1
    ) -> Tensor:
        y = product(x, weight, bias, stride, padding, dilation)
        return y if bias is None else y + bias.double()[:, None, None]

    return variant


def _either_way(idea: Misconception, *order: int) -> tuple[Misconception, Misconception]:
    """A scrambled answer whose bias was added before the numbers were scrambled, and after."""
    return idea, dataclasses.replace(idea, key=f"{idea.key}_then_bias", variant=_bias_after(*order))


GEMM_IDEAS = (
    *_picked(GEMM, "patch_channel_order"),
    *_either_way(_picked(GEMM, "batch_items_mixed")[0], 1, 0, 2, 3),
    *_either_way(_picked(GEMM, "reshape_where_transpose_was_needed")[0], 0, 2, 3, 1),
    *_picked(
        GEMM,
        "output_channels_last",
        "kernel_flipped",
        "kernel_transposed",
        "bias_on_the_last_axis",
        "bias_of_first_filter",
        "bias_left_out",
        "first_channel_only",
    ),
    Misconception(
        "output_read_by_column",
        scrambled(ref.conv2d_gemm, (0, 1, 3, 2)),
        "You laid the columns of the product out column by column.",
        "Column i * oW + j belongs to row i and column j: the last reshape is to (N, F, oH, oW).",
        GEMM,
    ),
    *_picked(
        GEMM,
        "stride_ignored_in_window",
        "stride_pair_swapped",
        "padding_pair_swapped",
        "dilation_pair_swapped",
        "padding_is_total",
        "dilation_ignored",
        "dilation_counts_gaps",
        "output_takes_integer_type",
    ),
)


def _is_large(x: Tensor, weight: Tensor) -> bool:
    """Whether the case asks for memory: its windows together would fill hundreds of megabytes."""
    return 8 * math.prod(weight.shape[1:]) * math.prod(x.shape[2:]) > MANY_BYTES


def _copying(*args: Any, **kwargs: Any) -> dict[str, Any]:
    if _is_large(args[0], args[1]):
        return {"y": None, "copies_the_windows": True}
    return ref.conv2d_strided_view(*args, **kwargs)


def _watched(idea: Misconception) -> Misconception:
    """An idea about values as one about the driver's answers; it says nothing where memory is asked for."""

    def variant(*args: Any, **kwargs: Any) -> dict[str, Any]:
        if _is_large(args[0], args[1]):
            raise ValueError("whoever holds this idea may copy the windows or not")
        return {"y": idea.variant(*args, **kwargs), "copies_the_windows": False}

    return dataclasses.replace(idea, variant=variant)


VIEW_IDEAS = (
    Misconception(
        "windows_copied",
        _copying,
        "Your numbers are right, but your function makes a copy of all windows.",
        "reshape, np.tensordot, einsum with optimize=True and im2col copy a view whose windows overlap. Multiply the "
        "view as it is, or one tap of all windows at a time.",
        VIEW,
    ),
    *map(
        _watched,
        _picked(
            VIEW,
            "kernel_flipped",
            "kernel_transposed",
            "first_channel_only",
            "one_plane_for_all_channels",
            "output_channels_last",
            "bias_on_the_last_axis",
            "bias_left_out",
            "stride_ignored_in_window",
            "stride_pair_swapped",
            "padding_pair_swapped",
            "dilation_pair_swapped",
            "height_width_swapped",
            "padding_is_total",
            "dilation_ignored",
            "dilation_counts_gaps",
            "output_takes_integer_type",
        ),
    ),
)


def _around(a: dict[str, Any]) -> Tensor:
    """The images, continued periodically by the padding."""
    x, (p_h, p_w) = a["x"], pair(a["padding"])
    rows = torch.arange(-p_h, x.shape[2] + p_h, device=x.device) % x.shape[2]
    columns = torch.arange(-p_w, x.shape[3] + p_w, device=x.device) % x.shape[3]
    return x[:, :, rows][..., columns]


def _from_zero(flip: bool) -> Callable[..., Tensor]:
    """The full result cut from its first row and column on, where the first whole window comes k - 1 later."""

    def early(a: dict[str, Any]) -> Tensor:
        (p_h, p_w), (d_h, d_w), (k_h, k_w) = pair(a["padding"]), pair(a["dilation"]), a["weight"].shape[2:]
        top, left = p_h + d_h * (k_h - 1), p_w + d_w * (k_w - 1)
        kept_h, kept_w = p_h - d_h * (k_h - 1), p_w - d_w * (k_w - 1)
        return F.pad(a["x"].double(), (left, kept_w, top, kept_h))

    def turned(a: dict[str, Any]) -> Tensor:
        weight: Tensor = a["weight"]
        return weight.flip(2, 3) if flip else weight

    return changed(channels.conv2d, x=early, weight=turned, padding=lambda a: 0)


def _magnitude(
    x: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1
) -> Tensor:
    y = channels.conv2d(x, weight, None, stride, padding, dilation).abs()
    return y if bias is None else y + bias.double()[:, None, None]


def _laid_out(x: Tensor, weight: Tensor, padding: Pair, dilation: Pair) -> tuple[Tensor, Tensor]:
    """The images with their padding, and the filters with zeros between their taps."""
    (p_h, p_w), (d_h, d_w) = pair(padding), pair(dilation)
    f, c, k_h, k_w = weight.shape
    spread = weight.new_zeros(f, c, d_h * (k_h - 1) + 1, d_w * (k_w - 1) + 1, dtype=torch.float64)
    spread[..., ::d_h, ::d_w] = weight.double()
    return F.pad(x.double(), (p_w, p_w, p_h, p_h)), spread


def _circular(
    first: Callable[[int], int], last: Callable[[int, int], int], conjugate: bool = True
) -> Callable[..., Tensor]:
    """The circular result at the padded size n, kept from `first(r)` up to `last(n, r)`; the filter reaches over r."""

    def variant(
        x: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1
    ) -> Tensor:
        padded, spread = _laid_out(x, weight, padding, dilation)
        size = padded.shape[2:]
        bank = torch.fft.rfft2(spread, s=size)
        product = torch.einsum("ncij,fcij->nfij", torch.fft.rfft2(padded), bank.conj() if conjugate else bank)
        rows, columns = (
            slice(first(r), last(n, r), s) for n, r, s in zip(size, spread.shape[2:], pair(stride), strict=True)
        )
        y: Tensor = torch.fft.irfft2(product, s=size)[:, :, rows, columns]
        return y if bias is None else y + bias.double()[:, None, None]

    return variant


def _size_guessed(
    x: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1
) -> Tensor:
    """The inverse real transform without being told the width, which it takes to be even."""
    rows, columns = channels.conv2d_shape(x.shape, weight.shape, stride, padding, dilation)[2:]  # type: ignore[arg-type]
    s_h, s_w = pair(stride)
    padded, spread = _laid_out(x, weight, padding, dilation)
    bank = torch.fft.rfft2(spread, s=padded.shape[2:]).conj()
    y = torch.fft.irfft2(torch.einsum("ncij,fcij->nfij", torch.fft.rfft2(padded), bank))
    y = y[:, :, ::s_h, ::s_w][:, :, :rows, :columns]
    return y if bias is None else y + bias.double()[:, None, None]


SPECTRUM_IDEAS = (
    Misconception(
        "kernel_flipped",
        next(idea.variant for idea in VOLUME_IDEAS if idea.key == "kernel_flipped"),
        "Your filters are flipped: a product of two spectra is a convolution, where cross-correlation was asked for.",
        "Take the complex conjugate of the filters' spectrum, or flip the filters before you transform them.",
        SPECTRUM,
    ),
    Misconception(
        "cut_at_zero",
        _from_zero(flip=False),
        "You flip the filter, which is right, and then cut the result from its first row and column on.",
        "With a flipped filter the first whole window ends at row d * (kH - 1): cut from there, and likewise for "
        "columns. With the conjugate in place of the flip the first window is at 0.",
        SPECTRUM,
    ),
    Misconception(
        "flipped_and_cut_at_zero",
        _from_zero(flip=True),
        "You multiply the spectra as they are and cut the result from its first row and column on.",
        "That is a convolution, with outputs of half-filled windows in front. Take the conjugate of the filters' "
        "spectrum, and both are repaired.",
        SPECTRUM,
    ),
    Misconception(
        "conjugate_left_out",
        _circular(lambda r: 0, lambda n, r: n - r + 1, conjugate=False),
        "You multiply the spectra as they are: that is a circular convolution, and its first rows and columns, which "
        "you keep, wrap around.",
        "Take the complex conjugate of the filters' spectrum. Then the product is the cross-correlation, and its first "
        "windows are the whole ones.",
        SPECTRUM,
    ),
    Misconception(
        "last_windows_kept",
        _circular(lambda r: r - 1, lambda n, r: n),
        "You keep the last rows and columns of the result, where the first are the whole windows.",
        "With the conjugate, output 0 is the window that starts at pixel 0, and the last d * (k - 1) outputs wrap "
        "around: drop those. Whole windows come last only where the filter is convolved.",
        SPECTRUM,
    ),
    Misconception(
        "wrapped_windows_kept",
        _circular(lambda r: 0, lambda n, r: n),
        "Your output is too large: it still holds the windows that wrap around.",
        "The inverse transform gives as many outputs as the padded image has pixels. The last d * (k - 1) along each "
        "axis wrap around: cut them off before you apply the stride.",
        SPECTRUM,
    ),
    Misconception(
        "padding_behind_only",
        framed(channels.conv2d, lambda p, s: (0, 2 * p)),
        "Your images stand in the corner: all their padding lies below and on the right.",
        "s= fills up with zeros at the end of an axis only. Pad the images at both ends first, then transform them.",
        SPECTRUM,
    ),
    Misconception(
        "wraps_around",
        changed(channels.conv2d, x=_around, padding=lambda a: 0),
        "Your border wraps around: windows at one side see pixels of the other side.",
        "The transform takes an image to be periodic. Put the zeros around it before you transform it.",
        SPECTRUM,
    ),
    Misconception(
        "stride_not_applied",
        changed(channels.conv2d, stride=lambda a: 1),
        "Your output has every window, as with stride 1.",
        "The transform gives all windows at once; keep every s_h-th row and every s_w-th column of them.",
        SPECTRUM,
    ),
    Misconception(
        "magnitude_taken",
        _magnitude,
        "Your answers are never negative before the bias: you take the magnitude of the complex result.",
        "The imaginary part is rounding only. Keep the real part, which has a sign.",
        SPECTRUM,
    ),
    Misconception(
        "size_guessed",
        _size_guessed,
        "Your answer is wrong where the padded width is odd: irfft2 was not told the size.",
        "Half a spectrum does not say whether the width was even. Give the size: irfft2(spectrum, s=(height, width)).",
        SPECTRUM,
    ),
    *_picked(
        SPECTRUM,
        "first_channel_only",
        "kernel_transposed",
        "bias_on_the_last_axis",
        "bias_left_out",
        "stride_ignored_in_window",
        "stride_pair_swapped",
        "padding_pair_swapped",
        "dilation_pair_swapped",
        "padding_is_total",
        "dilation_ignored",
        "dilation_counts_gaps",
        "output_takes_integer_type",
    ),
)

_SHARES = {"general": 0.4, "stride, padding, dilation": 0.5, WHOLE: 0.1}


def _taps_apart(x: Tensor, kernel_size: Pair, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1) -> Tensor:
    """Columns whose taps stand `stride` apart; as many windows as there should be must fit."""
    (k_h, k_w), (s_h, s_w), (p_h, p_w) = pair(kernel_size), pair(stride), pair(padding)
    places = [
        conv_output_size(n, k, s, p, d)
        for n, k, s, p, d in zip(
            x.shape[2:], pair(kernel_size), pair(stride), pair(padding), pair(dilation), strict=True
        )
    ]
    padded = F.pad(x.double(), (p_w, p_w, p_h, p_h))
    taps = []
    for u in range(k_h):
        for v in range(k_w):
            rows = slice(u * s_h, u * s_h + s_h * (places[0] - 1) + 1, s_h)
            met = padded[:, :, rows, v * s_w : v * s_w + s_w * (places[1] - 1) + 1 : s_w]
            if list(met.shape[2:]) != places:
                raise ValueError("the last window reaches beyond the padded image")
            taps.append(met)
    return torch.stack(taps, 2).flatten(3).flatten(1, 2)


COLUMN_KIN = (
    Misconception(
        "stride_between_taps",
        _taps_apart,
        "Your taps stand `stride` pixels apart.",
        "From window to window it is `stride` pixels, from tap to tap `dilation`.",
        "stride-dilation",
    ),
    *(
        Misconception(
            f"padding_{word}",
            framed(ref.im2col, lambda p, s, before=before, after=after: (before * p, after * p)),
            f"You put all of the padding {where}.",
            "The padding is added at both ends of an axis: np.pad takes (before, after) for each.",
            "padding-total",
        )
        for word, before, after, where in (
            ("before_twice", 2, 0, "above and on the left"),
            ("after_twice", 0, 2, "below and on the right"),
        )
    ),
)


def _torch_order(
    x: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1
) -> Tensor:
    right = ref.conv2d_gemm(x, weight, bias, stride, padding, dilation)
    found = ref.conv2d_gemm(x, weight, bias, dilation, padding, stride)
    return found.reshape(right.shape)


GEMM_KIN = (
    Misconception(
        "im2col_in_torchs_order",
        _torch_order,
        "You give im2col the stride and the dilation in each other's place.",
        "Your own im2col takes (x, kernel_size, stride, padding, dilation); torch's unfold names the dilation first.",
        GEMM,
    ),
    Misconception(
        "weight_read_by_columns",
        changed(
            ref.conv2d_gemm,
            weight=lambda a: a["weight"].reshape(-1, len(a["weight"])).T.reshape(a["weight"].shape),
        ),
        "Your matrix of filters holds each filter's taps scattered: reshape(-1, F).T does not turn rows into columns.",
        "weight.reshape(F, -1) lays each filter out as a row; nothing else is needed.",
        GEMM,
    ),
    Misconception(
        "rows_for_columns_at_the_end",
        lambda *args, **kwargs: (y := ref.conv2d_gemm(*args, **kwargs)).reshape(*y.shape[:2], y.shape[3], y.shape[2]),
        "Your last reshape names the columns before the rows.",
        "A product's columns come in the order of the outputs' rows: (N, F, oH, oW).",
        GEMM,
    ),
    *VOLUME_KIN,
)


def _strides_of_x(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
) -> Tensor:
    """A view of the padded images by the strides of the images before padding."""
    (s_h, s_w), (p_h, p_w), (d_h, d_w) = pair(stride), pair(padding), pair(dilation)
    padded = F.pad(x.double(), (p_w, p_w, p_h, p_h)).contiguous()
    kernel = tuple(weight.shape[2:])
    places = tuple(map(conv_output_size, x.shape[2:], kernel, pair(stride), pair(padding), pair(dilation)))
    images, maps, rows, columns = x.contiguous().stride()
    steps = (images, maps, rows * s_h, columns * s_w, rows * d_h, columns * d_w)
    windows = padded.as_strided((*x.shape[:2], *places, *kernel), steps)
    y = torch.einsum("ncijuv,fcuv->nfij", windows, weight.double())
    return y if bias is None else y + bias.double()[:, None, None]


VIEW_KIN = (
    _watched(
        Misconception(
            "strides_before_padding",
            _strides_of_x,
            "You view the padded images with the strides of the images before padding.",
            "Strides are the steps in one array's memory, and the rows of the padded images are longer: take those of "
            "the array that you view.",
            VIEW,
        )
    ),
    *map(_watched, VOLUME_KIN),
)

QUESTIONS = (
    Question(
        "im2col",
        ref.im2col,
        _images,
        COLUMN_IDEAS,
        COLUMNS,
        {"general": 0.4, "padding, dilation": 0.3, "edges": 0.2, "type": 0.1},
        kin=COLUMN_KIN,
    ),
    Question(
        "col2im",
        ref.col2im,
        _foldings,
        FOLD_IDEAS,
        FOLD,
        {"general": 0.4, "padding": 0.3, "dilation": 0.2, "type": 0.1},
    ),
    Question("conv2d_gemm", ref.conv2d_gemm, _convolutions, GEMM_IDEAS, GEMM, _SHARES, kin=GEMM_KIN),
    Question(
        "conv2d_strided_view",
        ref.conv2d_strided_view,
        _convolutions_with_a_large_one,
        VIEW_IDEAS,
        VIEW,
        {"general": 0.2, "stride, padding, dilation": 0.3, "memory": 0.4, WHOLE: 0.1},
        read_driver(__file__, "view_memory"),
        memory_mib=80,  # a third of the large case's windows
        kin=VIEW_KIN,
    ),
    Question("conv2d_fft", ref.conv2d_fft, _convolutions, SPECTRUM_IDEAS, SPECTRUM, _SHARES, kin=VOLUME_KIN),
)
