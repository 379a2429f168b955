"""Chapter 3's questions: output sizes, strided and dilated windows, and the transposed convolution."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from autograde.questions import Case, Misconception, Question, Rng, signed, whole

from ..windows import FRACTIONS, WHOLE, changed, fractions_lost, pairs_swapped, played, window_ideas, window_kin
from . import reference as ref
from .reference import pair

FLOOR, WINDOW, DILATION, PAIRS, TRANSPOSED, DIVIDES, SETTINGS = (
    f"stride-{part}" for part in ("floor", "window", "dilation", "pairs", "transposed", "divides", "settings")
)


def _sizes(rng: Rng) -> list[Case]:
    s = [int(value) for value in rng.integers(3, 6, 2)]
    q = [int(value) for value in rng.integers(2, 6, 4)]
    return [
        Case("almost one more window", (s[0] * q[0] + s[0] - 1, 4, s[0], 2)),
        Case("one pixel too many", (s[1] * q[1] + 2, 3), {"stride": s[1], "padding": 1}),
        Case("the stride divides", (2 * q[2] + 1, 3, 2, 1)),
        Case("one window exactly", (5, 5), {"stride": 3}),
        Case("one tap, padding 2", (q[1], 1), {"padding": 2}),
        Case("dilation 3", (q[3] + 11, 4), {"dilation": 3}, group="dilation"),
        Case("dilation 2, stride 3, padding 1", (3 * q[3] + 8, 4, 3, 1, 2), group="dilation"),
    ]


def _windows(rng: Rng) -> list[Case]:
    b = [float(value) for value in signed(rng, 7) * 3]
    return [
        Case("stride 2 over overlapping windows", (signed(rng, 8, 7), signed(rng, 3, 4), b[0], 2), terms=13),
        Case(
            "unequal strides that do not divide, unequal padding",
            (signed(rng, 7, 9), signed(rng, 3, 2), b[1], (3, 2), (1, 2)),
            terms=7,
        ),
        Case("padding 3", (signed(rng, 4, 5), signed(rng, 2, 3), b[2]), {"padding": 3}, terms=7),
        Case("unequal dilation", (signed(rng, 6, 9), signed(rng, 2, 3), b[3], 1, 0, (2, 3)), group="dilation", terms=7),
        Case(
            "unequal strides, padding and dilation",
            (signed(rng, 8, 10), signed(rng, 3, 2), b[4], (2, 3), (3, 1), (1, 4)),
            group="dilation",
            terms=7,
        ),
        Case("no bias given, one row", (signed(rng, 1, 8), signed(rng, 1, 3)), {"stride": (1, 2)}, "edges", 3),
        Case("one tap, one column", (signed(rng, 7, 1), signed(rng, 1, 1), b[6], (3, 2)), group="edges", terms=2),
        Case(FRACTIONS, (whole(rng, 5, 7), signed(rng, 3, 2), b[0], 2), group=WHOLE, terms=7),
    ]


def _spread(rng: Rng) -> list[Case]:
    return [
        Case("stride 1", (signed(rng, 3, 5), signed(rng, 2, 3)), terms=6),
        Case("unequal strides, overlapping", (signed(rng, 3, 4), signed(rng, 3, 5), (2, 3)), terms=15),
        Case("the stride is larger than the filter", (signed(rng, 2, 4), signed(rng, 2, 1), 3), terms=2),
        Case("unequal padding", (signed(rng, 4, 3), signed(rng, 4, 5), (3, 2), (1, 2)), group="padding", terms=12),
        Case(
            "padding and output padding",
            (signed(rng, 3, 2), signed(rng, 5, 4), (3, 2), (2, 1), (2, 1)),
            group="padding",
            terms=8,
        ),
        Case(
            "one pixel, output padding alone",
            (signed(rng, 1, 1), signed(rng, 3, 2)),
            {"stride": (2, 4), "output_padding": (1, 3)},
            group="padding",
        ),
        Case(FRACTIONS, (whole(rng, 4, 3), signed(rng, 3, 2), (2, 1)), group=WHOLE, terms=4),
        Case(
            "padding of the columns alone", (signed(rng, 3, 4), signed(rng, 2, 3), 2, (0, 1)), group="padding", terms=6
        ),
    ]


SCATTERED = (65, 77, 91, 95, 209, 213)
"""Ways whose strides a set of Python's lists in no ascending order."""


def _ways(rng: Rng) -> list[Case]:
    k = [int(value) for value in rng.integers(3, 6, 4)]
    way = [int(rng.choice(choices)) for choices in ([12, 18, 20], [24, 30, 36], [13, 17, 19])]
    return [
        Case("no padding", (way[0] + k[0], k[0])),
        Case("padding 2", (way[1] + k[1] - 4, k[1], 2)),
        Case("a way of prime length", (way[2] + k[2] - 2, k[2]), {"padding": 1}),
        Case("the window fits once", (k[3], k[3]), group="edges"),
        Case("the window fits twice", (2, 5, 2), group="edges"),
        Case("a window larger than the image", (int(rng.choice([4, 6, 8, 9, 10])) + 1, 13, 6), group="edges"),
        Case("strides of many sizes", (SCATTERED[int(rng.integers(len(SCATTERED)))] + k[0], k[0])),
    ]


def _goals(rng: Rng) -> list[Case]:
    n, k = int(rng.integers(20, 40)), int(rng.integers(4, 7))
    s, p = int(rng.integers(2, k)), int(rng.integers(1, k // 2 + 1))
    half, same, tall = (int(value) for value in rng.integers(8, 25, 3))
    return [
        Case("a size that some window gives", (n, ref.conv_output_size(n, k, s, p), 7)),
        Case("half of an even size", (2 * half, half, 6)),
        Case("the same size", (same, same, 5)),
        Case("a third, and a rest left over", (3 * tall + 2, tall, 5)),
        Case("one window", (int(rng.integers(4, 7)), 1, 6), group="edges"),
        Case("kernels larger than the image", (3, 2, int(rng.integers(8, 11))), group="edges"),
        Case("nothing gives it", (same, 3 * same, 6), group="edges"),
    ]


Triples = list[tuple[int, int, int]]


def _settings(
    size: Callable[[int, int, int, int], float] = ref.conv_output_size,
    strides: Callable[[int, int], int] = lambda k, n: k,
    most: Callable[[int], int] = lambda k: k // 2,
    keep: Callable[[int, int, int, int], bool] = lambda n, k, s, p: True,
) -> Callable[[int, int, int], Triples]:
    """`settings_for` with another size, other ends of the ranges, or some of the triples left out."""

    def variant(n: int, out: int, largest: int) -> Triples:
        return [
            (k, s, p)
            for k in range(1, largest + 1)
            for s in range(1, strides(k, n) + 1)
            for p in range(most(k) + 1)
            if n + 2 * p >= k and keep(n, k, s, p) and size(n, k, s, p) == out
        ]

    return variant


def _reordered(order: tuple[int, int, int]) -> Callable[[int, int, int], list[tuple[int, ...]]]:
    """`settings_for` that gives its three numbers in another order, sorted as they are given."""
    return lambda n, out, largest: sorted(tuple(one[i] for i in order) for one in ref.settings_for(n, out, largest))


def _size(way: Callable[[int, int, int, int], int], count: Callable[[int, int], Any]) -> Callable[..., Any]:
    """An output size from the way that a window can go, and the count of places from way and stride."""
    return lambda n, k, stride=1, padding=0, dilation=1: count(way(n, k, padding, dilation), stride)


def _way(n: int, k: int, padding: int, dilation: int) -> int:
    return n + 2 * padding - dilation * (k - 1) - 1


def _floor(way: int, stride: int) -> int:
    return way // stride + 1


def _whole(x: Tensor, w: Tensor, stride: ref.Pair, output_padding: ref.Pair) -> Tensor:
    """The transposed convolution before anything is cut off; the output padding is zeros as yet."""
    op_h, op_w = pair(output_padding)
    return F.pad(ref.conv_transpose2d_single(x, w, stride), (0, op_w, 0, op_h))


def _cropped(x: Tensor, w: Tensor, stride: ref.Pair = 1, padding: ref.Pair = 0, output_padding: ref.Pair = 0) -> Tensor:
    """The transposed convolution without torch's limit on the output padding."""
    p_h, p_w = pair(padding)
    y = _whole(x, w, stride, output_padding)
    return y[p_h : y.shape[0] - p_h, p_w : y.shape[1] - p_w]


def _crop_at_zero(
    x: Tensor, w: Tensor, stride: ref.Pair = 1, padding: ref.Pair = 0, output_padding: ref.Pair = 0
) -> Tensor:
    p_h, p_w = pair(padding)
    return _whole(x, w, stride, output_padding)[p_h:-p_h, p_w:-p_w]


def _overwritten(
    x: Tensor, w: Tensor, stride: ref.Pair = 1, padding: ref.Pair = 0, output_padding: ref.Pair = 0
) -> Tensor:
    """Where windows overlap, the last one to be written stays."""
    (s_h, s_w), (p_h, p_w) = pair(stride), pair(padding)
    y = torch.zeros_like(_whole(x, w, stride, output_padding))
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            y[i * s_h : i * s_h + w.shape[0], j * s_w : j * s_w + w.shape[1]] = x[i, j] * w
    return y[p_h : y.shape[0] - p_h, p_w : y.shape[1] - p_w]


def _zeros_after(
    x: Tensor, w: Tensor, stride: ref.Pair = 1, padding: ref.Pair = 0, output_padding: ref.Pair = 0
) -> Tensor:
    op_h, op_w = pair(output_padding)
    return F.pad(ref.conv_transpose2d_single(x, w, stride, padding), (0, op_w, 0, op_h))


def _extra_before(
    x: Tensor, w: Tensor, stride: ref.Pair = 1, padding: ref.Pair = 0, output_padding: ref.Pair = 0
) -> Tensor:
    (p_h, p_w), (op_h, op_w) = pair(padding), pair(output_padding)
    y = F.pad(ref.conv_transpose2d_single(x, w, stride), (op_w, 0, op_h, 0))
    return y[p_h : y.shape[0] - p_h, p_w : y.shape[1] - p_w]


def _padding_grows(
    x: Tensor, w: Tensor, stride: ref.Pair = 1, padding: ref.Pair = 0, output_padding: ref.Pair = 0
) -> Tensor:
    p_h, p_w = pair(padding)
    return F.pad(_whole(x, w, stride, output_padding), (p_w, p_w, p_h, p_h))


def _ordinary(
    x: Tensor, w: Tensor, stride: ref.Pair = 1, padding: ref.Pair = 0, output_padding: ref.Pair = 0
) -> Tensor:
    rows, columns = (
        ref.conv_output_size(n, k, step, p)
        for n, k, step, p in zip(x.shape, w.shape, pair(stride), pair(padding), strict=True)
    )
    if min(rows, columns) < 1:
        return torch.zeros(max(rows, 0), max(columns, 0), dtype=torch.float64, device=x.device)
    return ref.conv2d_single(x, w, 0.0, stride, padding)


def _strides(way: Callable[[int, int, int], int], keep: Callable[[int, int, int], bool]) -> Callable[..., list[int]]:
    """Strides that divide another way; `keep(s, way, k)` says which of them are listed."""

    def variant(n: int, k: int, padding: int = 0) -> list[int]:
        length = way(n, k, padding)
        return [s for s in range(1, max(1, length) + 1) if length % s == 0 and keep(s, length, k)]

    return variant


def _all_of_them(s: int, way: int, k: int) -> bool:
    return True


def _way_of(n: int, k: int, padding: int) -> int:
    return n + 2 * padding - k


SIZE_IDEAS = (
    Misconception(
        "ceil_for_floor",
        _size(_way, lambda way, s: -(-way // s) + 1),
        "You round up where the window no longer fits.",
        "A window that would reach beyond the padded image is dropped: the quotient is rounded down.",
        FLOOR,
    ),
    Misconception(
        "rounded_to_nearest",
        _size(_way, lambda way, s: round(way / s) + 1),
        "You round to the nearest whole number.",
        "A window fits or it does not, however little it lacks: the quotient is rounded down.",
        FLOOR,
    ),
    Misconception(
        "not_rounded",
        _size(_way, lambda way, s: way / s + 1),
        "Your size is not a whole number where the stride does not divide.",
        "The pixels left over at the end are skipped: round the quotient down, before you add 1.",
        FLOOR,
    ),
    Misconception(
        "plus_one_forgotten",
        _size(_way, lambda way, s: way // s),
        "You count the steps; the places are one more.",
        "The window stands at its first place before it makes a step, hence the + 1.",
        WINDOW,
    ),
    Misconception(
        "plus_one_in_the_fraction",
        _size(_way, lambda way, s: (way + 1) // s),
        "Your + 1 stands inside the fraction.",
        "Divide the way that the window can go by the stride, round down, and only then add 1.",
        WINDOW,
    ),
    Misconception(
        "stride_ignored",
        _size(_way, lambda way, s: way + 1),
        "Your size does not depend on the stride.",
        "A window that moves by `stride` pixels stands at about one place in `stride`.",
        WINDOW,
    ),
    Misconception(
        "padding_is_total",
        _size(lambda n, k, p, d: _way(n, k, p, d) - p, _floor),
        "You count the padding once; it is added at both ends.",
        "padding=p makes the axis n + 2p pixels long.",
        "padding-total",
    ),
    Misconception(
        "dilation_ignored",
        _size(lambda n, k, p, d: _way(n, k, p, 1), _floor),
        "Your size does not depend on the dilation.",
        "Taps that stand `dilation` apart make the window dilation * (k - 1) + 1 pixels long.",
        DILATION,
    ),
    Misconception(
        "dilation_times_kernel_size",
        _size(lambda n, k, p, d: n + 2 * p - d * k, _floor),
        "You take dilation * k for the window's length.",
        "k taps have k - 1 gaps between them, so the window is dilation * (k - 1) + 1 pixels long.",
        DILATION,
    ),
    Misconception(
        "dilation_counts_gaps",
        _size(lambda n, k, p, d: _way(n, k, p, d + 1), _floor),
        "You read the dilation as the number of pixels left out between two taps.",
        "Dilation is the distance from one tap to the next: dilation 1 is the ordinary filter.",
        DILATION,
    ),
)

WINDOW_IDEAS = (
    Misconception(
        "kernel_flipped",
        changed(ref.conv2d_single, w=lambda a: a["w"].flip(0, 1)),
        "Your filter is flipped: this is convolution, where cross-correlation was asked for.",
        "Tap w[u, v] meets the pixel u * dilation rows and v * dilation columns from the window's first pixel.",
        "filter-arithmetic-flip",
    ),
    Misconception(
        "kernel_transposed",
        changed(ref.conv2d_single, w=lambda a: a["w"].T),
        "Your filter is transposed: rows and columns of w have changed places.",
        "w[u, v]: u counts rows and v counts columns, as in the image.",
        "filter-arithmetic-transpose",
    ),
    *window_ideas(ref.conv2d_single),
    Misconception(
        "bias_before_filter",
        changed(ref.conv2d_single, x=lambda a: a["x"].double() + a["b"], b=lambda a: 0.0),
        "You add the bias to the image, before it is padded and filtered.",
        "The bias belongs to the output: pad, then filter, then add b once to each output.",
        "filter-arithmetic-bias",
    ),
    Misconception(
        "bias_per_tap",
        changed(ref.conv2d_single, b=lambda a: a["b"] * a["w"].numel()),
        "Your bias is added once for each tap of the filter.",
        "The bias is added once for each output, after the sum over the window is complete.",
        "filter-arithmetic-bias",
    ),
    Misconception(
        "bias_left_out",
        changed(ref.conv2d_single, b=lambda a: 0.0),
        "Your bias is missing.",
        "Add b to every output.",
        "filter-arithmetic-bias",
    ),
    fractions_lost(ref.conv2d_single),
)

SPREAD_IDEAS = (
    Misconception(
        "kernel_flipped",
        changed(ref.conv_transpose2d_single, w=lambda a: a["w"].flip(0, 1)),
        "The filter in your answer is the wrong way round, by 180 degrees.",
        "There are two ways. A scatter, in which each input pixel stamps the filter, leaves it as it is: tap w[u, v] "
        "lands u rows and v columns further on. A gather, in which a filter slides over the spread-out image, needs it "
        "turned by 180 degrees: w[::-1, ::-1].",
        TRANSPOSED,
    ),
    Misconception(
        "overlap_overwritten",
        _overwritten,
        "Where two stamps overlap, you keep the last one only.",
        "Overlapping stamps add up.",
        TRANSPOSED,
    ),
    Misconception(
        "ordinary_convolution",
        _ordinary,
        "This is the ordinary convolution, which shrinks.",
        "The transposed convolution runs the other way: one input pixel reaches a whole window of outputs.",
        TRANSPOSED,
    ),
    Misconception(
        "padding_grows_output",
        _padding_grows,
        "Your padding makes the output larger.",
        "Here padding undoes the padding of the ordinary convolution: it cuts p rows or columns off at each end.",
        TRANSPOSED,
    ),
    Misconception(
        "padding_ignored",
        changed(ref.conv_transpose2d_single, padding=lambda a: 0),
        "Your padding has no effect.",
        "Cut p rows or columns off at each end of the output.",
        TRANSPOSED,
    ),
    Misconception(
        "crop_at_zero",
        _crop_at_zero,
        "Your output is empty where the padding is 0.",
        "p:-p is empty at p = 0, since -0 is 0. Let the slice end at the size minus p.",
        "padding-crop",
    ),
    Misconception(
        "stride_ignored",
        changed(ref.conv_transpose2d_single, stride=lambda a: 1, output_padding=lambda a: 0),
        "Your stamps lie one pixel apart whatever the stride is.",
        "Pixel (i, j) stamps its window at row i * stride and column j * stride of the output.",
        TRANSPOSED,
    ),
    Misconception(
        "stride_counts_zeros",
        changed(ref.conv_transpose2d_single, stride=lambda a: tuple(s + 1 for s in pair(a["stride"]))),
        "Your stamps lie one pixel too far apart.",
        "Between two input pixels stand stride - 1 zeros, so that their distance is the stride.",
        TRANSPOSED,
    ),
    Misconception(
        "output_padding_ignored",
        changed(ref.conv_transpose2d_single, output_padding=lambda a: 0),
        "Your output padding has no effect.",
        "Under a stride several input sizes share one output size; output_padding chooses among them.",
        TRANSPOSED,
    ),
    Misconception(
        "output_padding_is_zeros",
        _zeros_after,
        "Your extra rows and columns hold zeros only.",
        "output_padding makes the output larger before `padding` is cut off, so stamps may reach into it.",
        TRANSPOSED,
    ),
    Misconception(
        "output_padding_before",
        _extra_before,
        "Your extra rows and columns stand at the top and on the left.",
        "output_padding goes on one side only, at the bottom and on the right.",
        TRANSPOSED,
    ),
    *pairs_swapped(_cropped, "stride", "padding", "output_padding"),
)

STRIDE_IDEAS = (
    Misconception(
        "window_count_divided",
        _strides(lambda n, k, p: n + 2 * p - k + 1, _all_of_them),
        "You divide the number of places at stride 1; the steps between them must divide.",
        "The first place needs no step: n + 2p - k pixels are left to go, without the + 1.",
        DIVIDES,
    ),
    Misconception(
        "padded_width_divided",
        lambda n, k, padding=0: [s for s in range(1, max(1, n + 2 * padding - k) + 1) if (n + 2 * padding) % s == 0],
        "You divide the padded width, without the window's own length.",
        "The window covers k pixels before it moves; only the other n + 2p - k are divided into steps.",
        DIVIDES,
    ),
    Misconception(
        "padded_width_divisors",
        _strides(lambda n, k, p: n + 2 * p, _all_of_them),
        "You list the divisors of the padded width, without taking the window's own length off.",
        "The window covers k pixels before it moves; only the other n + 2p - k are divided into steps.",
        DIVIDES,
    ),
    Misconception(
        "padding_is_total",
        _strides(lambda n, k, p: n + p - k, _all_of_them),
        "You count the padding once; it is added at both ends.",
        "padding=p makes the axis n + 2p pixels long.",
        "padding-total",
    ),
    Misconception(
        "padding_ignored",
        _strides(lambda n, k, p: n - k, _all_of_them),
        "Your strides do not depend on the padding.",
        "The window moves over the padded axis, which is n + 2p pixels long.",
        DIVIDES,
    ),
    Misconception(
        "stride_at_most_kernel",
        _strides(_way_of, lambda s, way, k: s <= k),
        "You leave out the strides that are larger than the kernel.",
        "Such a stride skips pixels, which may be unwise, but its windows do fit a whole number of times.",
        DIVIDES,
    ),
    Misconception(
        "largest_left_out",
        _strides(_way_of, lambda s, way, k: s < way),
        "You leave out the largest stride.",
        "A stride as long as the whole way goes from the first place to the last in one step.",
        DIVIDES,
    ),
    Misconception(
        "one_left_out",
        _strides(_way_of, lambda s, way, k: s > 1),
        "You leave out stride 1.",
        "Stride 1 always fits.",
        DIVIDES,
    ),
    Misconception(
        "one_window_has_none",
        _strides(_way_of, lambda s, way, k: way > 0),
        "You give no stride where the window fits exactly once.",
        "Nothing is left to go, and 0 divided by 1 is whole: the answer there is [1].",
        DIVIDES,
    ),
)

SETTINGS_IDEAS = (
    Misconception(
        "only_even_divisions",
        _settings(keep=lambda n, k, s, p: (n + 2 * p - k) % s == 0),
        "You keep only settings whose division leaves nothing over.",
        "The size is rounded down, so a rest of up to s - 1 pixels gives the same output.",
        SETTINGS,
    ),
    Misconception(
        "ceil_for_floor",
        _settings(lambda n, k, s, p: -(-(n + 2 * p - k) // s) + 1),
        "You round the quotient up.",
        "A window that would reach beyond the padded image is dropped: round down.",
        FLOOR,
    ),
    Misconception(
        "plus_one_forgotten",
        _settings(lambda n, k, s, p: (n + 2 * p - k) // s),
        "You count the steps; the places are one more.",
        "The window stands at its first place before it makes a step, hence the + 1.",
        WINDOW,
    ),
    Misconception(
        "padding_is_total",
        _settings(lambda n, k, s, p: (n + p - k) // s + 1),
        "You count the padding once; it is added at both ends.",
        "padding=p makes the axis n + 2p pixels long.",
        "padding-total",
    ),
    Misconception(
        "odd_kernels_only",
        _settings(keep=lambda n, k, s, p: k % 2 == 1),
        "You try odd kernels only.",
        "An even kernel is unusual, and allowed: 2 taps at stride 2 halve an even axis.",
        SETTINGS,
    ),
    Misconception(
        "largest_left_out",
        lambda n, out, largest: ref.settings_for(n, out, largest - 1),
        "You leave the largest kernel out.",
        "k runs up to `largest` itself, and a range ends before its stop.",
        SETTINGS,
    ),
    Misconception(
        "stride_below_kernel",
        _settings(strides=lambda k, n: k - 1),
        "You leave out strides as large as the kernel.",
        "With s = k the windows lie side by side and skip no pixel: s runs up to k itself.",
        SETTINGS,
    ),
    Misconception(
        "padding_below_half",
        _settings(most=lambda k: (k - 1) // 2),
        "Your padding ends below half of the kernel.",
        "Half of an even kernel is allowed: p runs from 0 to k // 2, its end included.",
        SETTINGS,
    ),
    Misconception(
        "padding_at_most_kernel",
        _settings(most=lambda k: k),
        "You allow more padding than half of the kernel.",
        "Beyond half of it, whole windows would see nothing but zeros: p is at most k // 2.",
        SETTINGS,
    ),
    Misconception(
        "stride_above_kernel",
        _settings(strides=lambda k, n: max(k, n)),
        "You allow strides that are larger than the kernel.",
        "Such a stride skips pixels between the windows; here s is at most k.",
        SETTINGS,
    ),
    Misconception(
        "stride_one_only",
        _settings(strides=lambda k, n: 1),
        "You try stride 1 only.",
        "Every s from 1 to k is to be tried, for every k and p.",
        SETTINGS,
    ),
    Misconception(
        "order_k_p_s",
        _reordered((0, 2, 1)),
        "Your triples are (k, p, s).",
        "The order is kernel, stride, padding, as in torch's arguments.",
        SETTINGS,
    ),
    Misconception(
        "order_s_k_p",
        _reordered((1, 0, 2)),
        "Your triples are (s, k, p).",
        "The order is kernel, stride, padding, as in torch's arguments.",
        SETTINGS,
    ),
)

STRIDE_KIN = (
    Misconception(
        "places_divided",
        lambda n, k, padding=0: [
            s for s in range(1, max(1, n + 2 * padding - k) + 1) if (n + 2 * padding - k + 1) % s == 0
        ],
        "You divide the number of places by the stride.",
        "It is the way that the window can go, n + 2 * padding - k, that must divide: one less than the places.",
        DIVIDES,
    ),
)

SETTINGS_KIN = (
    Misconception(
        "largest_padding_left_out",
        lambda n, out, largest: [one for one in ref.settings_for(n, out, largest) if one[2] < max(one[0] // 2, 1)],
        "You leave out the largest padding that is allowed.",
        "p runs from 0 to k // 2, both included: range(k // 2 + 1).",
        SETTINGS,
    ),
)

QUESTIONS: Sequence[Question] = (
    Question("conv_output_size", ref.conv_output_size, _sizes, SIZE_IDEAS, FLOOR, {"general": 0.7, "dilation": 0.3}),
    Question(
        "conv2d_single",
        ref.conv2d_single,
        _windows,
        WINDOW_IDEAS,
        WINDOW,
        {"general": 0.4, "dilation": 0.3, "edges": 0.2, WHOLE: 0.1},
        kin=window_kin(ref.conv2d_single),
        figure=played(),
    ),
    Question(
        "conv_transpose2d_single",
        ref.conv_transpose2d_single,
        _spread,
        SPREAD_IDEAS,
        TRANSPOSED,
        {"general": 0.4, "padding": 0.5, WHOLE: 0.1},
        figure=played(2, "paint"),
    ),
    Question(
        "valid_strides", ref.valid_strides, _ways, STRIDE_IDEAS, DIVIDES, {"general": 0.7, "edges": 0.3}, kin=STRIDE_KIN
    ),
    Question(
        "settings_for",
        ref.settings_for,
        _goals,
        SETTINGS_IDEAS,
        SETTINGS,
        {"general": 0.7, "edges": 0.3},
        kin=SETTINGS_KIN,
    ),
)
