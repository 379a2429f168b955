"""Chapter 2's questions: places and pixels, padding and its modes, `same`, and a padded filter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from autograde.questions import Case, Misconception, Question, Rng, signed, whole

from ..filter_arithmetic.reference import cross_correlate2d
from ..windows import FRACTIONS, WHOLE, cut_off, played
from . import reference as ref

MODES, TOTAL, SAME, SIDES, CROP, INDEX = (
    f"padding-{part}" for part in ("modes", "total", "same", "sides", "crop", "index")
)


def _axes(rng: Rng) -> list[Case]:
    n = [int(value) for value in rng.permutation(np.arange(5, 10))]
    return [
        Case("zeros, unequal ends", (n[0], 1, 3, "zeros"), group="zeros"),
        Case("reflect, unequal ends", (n[1], 4, 2, "reflect")),
        Case("reflect, as far as it goes", (3, 2, 2, "reflect")),
        Case("replicate, unequal ends", (n[2], 2, n[3], "replicate")),
        Case("circular, unequal ends", (n[3], 2, 4, "circular")),
        Case("circular, as far as it goes", (n[4], n[4], 1, "circular")),
        Case("one pixel", (1, 2, 3, "replicate"), group="edges"),
        Case("no places more", (n[0], 0, 0, "circular"), group="edges"),
        Case("places in front alone", (n[1], 3, 0, "reflect"), group="edges"),
        Case("zeros, several in front", (n[2], 3, 1, "zeros"), group="zeros"),
        Case("one pixel, and no places more", (1, 0, 0, "reflect"), group="edges"),
    ]


def _paddings(rng: Rng) -> list[Case]:
    return [
        Case("the same number on every side", (signed(rng, 4, 7), 3), group="zeros"),
        Case("a pair: rows and columns differ", (signed(rng, 5, 4), (1, 3)), group="zeros"),
        Case("four different sides", (signed(rng, 3, 5), (2, 1, 4, 3)), group="zeros"),
        Case("reflect", (signed(rng, 4, 6), (2, 3), "reflect"), group="modes"),
        Case("replicate, four different sides", (signed(rng, 5, 4), (1, 2, 3, 0), "replicate"), group="modes"),
        Case("circular, four different sides", (signed(rng, 4, 5), (3, 1, 0, 2)), {"mode": "circular"}, group="modes"),
        Case("one row, padding at its ends only", (signed(rng, 1, 6), (0, 2)), group="edges"),
        Case("no padding at all", (signed(rng, 2, 3), 0), {"mode": "replicate"}, group="edges"),
        Case("pixels of -1", (np.maximum(signed(rng, 3, 4), -1.0), (1, 2)), group="edges"),
    ]


def _kernel_sizes(rng: Rng) -> list[Case]:
    odd, even, wide = int(rng.choice([5, 7, 9, 11])), int(rng.choice([4, 6, 8, 10])), int(rng.choice([3, 5, 7]))
    return [
        Case(f"kernel size {odd}", (odd,), group="odd kernels"),
        Case("kernel size 1", (1,), {"dilation": 2}, group="odd kernels"),
        Case(f"kernel size {even}", (even,), group="even kernels"),
        Case("kernel size 2", (2, 1), group="even kernels"),
        Case(f"kernel size {even}, dilation 3", (even, 3), group="dilation"),
        Case(f"kernel size {wide}, dilation 2", (wide,), {"dilation": 2}, group="dilation"),
    ]


def _padded_filters(rng: Rng) -> list[Case]:
    b = [float(value) for value in signed(rng, 8) * 3]
    return [
        Case("padding 1, a tall filter", (signed(rng, 6, 4), signed(rng, 3, 2), b[0], 1), terms=7),
        Case("a pair, more padding than `same`", (signed(rng, 4, 7), signed(rng, 2, 3), b[1], (1, 3)), terms=7),
        Case(FRACTIONS, (whole(rng, 5, 6), signed(rng, 2, 3), b[2], 2), group=WHOLE, terms=7),
        Case("reflect", (signed(rng, 5, 4), signed(rng, 3, 4), b[3], (2, 3), "reflect"), group="modes", terms=13),
        Case("circular", (signed(rng, 4, 6), signed(rng, 3, 2), b[4], 2), {"mode": "circular"}, group="modes", terms=7),
        Case(
            "four different sides", (signed(rng, 3, 6), signed(rng, 3, 2), b[5], (2, 0, 1, 3)), group="sides", terms=7
        ),
        Case(
            "one row, padding at its ends", (signed(rng, 1, 5), signed(rng, 1, 3), b[7], (0, 2)), group="sides", terms=4
        ),
        Case("no padding", (signed(rng, 4, 3), signed(rng, 2, 1), b[6], 0), group="sides", terms=3),
    ]


def _gathered(mode: str, index: Callable[[Tensor, int], Tensor]) -> Callable[..., Tensor]:
    """`pad2d` that finds the pixels of one mode by `index` (positions from -before to n + after, and n)."""

    def variant(x: Tensor, padding: ref.Padding, asked: str = "zeros") -> Tensor:
        if asked != mode:
            return ref.pad2d(x, padding, asked)
        top, bottom, left, right = ref.sides(padding)
        rows = index(torch.arange(-top, x.shape[0] + bottom, device=x.device), x.shape[0])
        columns = index(torch.arange(-left, x.shape[1] + right, device=x.device), x.shape[1])
        return x.double()[rows][:, columns]

    return lambda x, padding, mode="zeros": variant(x, padding, mode)


def _edge_repeated(i: Tensor, n: int) -> Tensor:
    return torch.where(i < 0, -1 - i, torch.where(i >= n, 2 * n - 1 - i, i))


def _mirror(i: Tensor, n: int) -> Tensor:
    return torch.where(i < 0, -i, torch.where(i >= n, 2 * n - 2 - i, i)).clamp(0, n - 1)


def _not_reversed(i: Tensor, n: int) -> Tensor:
    after = i[-1] - n + 1
    return torch.where(i < 0, i - i[0] + 1, torch.where(i >= n, i - after - 1, i))


def _own_end(i: Tensor, n: int) -> Tensor:
    after = i[-1] - n + 1
    return torch.where(i < 0, i - i[0], torch.where(i >= n, i - after, i))


def _listed(mode: str, index: Callable[[Tensor, int], Tensor]) -> Callable[..., list[int]]:
    """`source_index` that finds the pixels of one mode by `index` (places from -before to n + after, and n)."""

    def variant(n: int, before: int, after: int, asked: str) -> list[int]:
        if asked != mode:
            return ref.source_index(n, before, after, asked)
        found: list[int] = index(torch.arange(-before, n + after), n).tolist()
        return found

    return lambda n, before, after, mode: variant(n, before, after, mode)


def _swapped_lists(n: int, before: int, after: int, mode: str) -> list[int]:
    if mode == "replicate":
        return _listed("replicate", _mirror)(n, before, after, mode)
    return ref.source_index(n, before, after, "replicate" if mode == "reflect" else mode)


def _right_edge_repeated(i: Tensor, n: int) -> Tensor:
    return torch.where(i < 0, -i, torch.where(i >= n, 2 * n - 1 - i, i))


def _swapped_modes(x: Tensor, padding: ref.Padding, mode: str = "zeros") -> Tensor:
    if mode == "replicate":
        return _gathered("replicate", _mirror)(x, padding, mode)
    return ref.pad2d(x, padding, "replicate" if mode == "reflect" else mode)


def _corners_zero(x: Tensor, padding: ref.Padding, mode: str = "zeros") -> Tensor:
    top, _, left, _ = ref.sides(padding)
    y = ref.pad2d(x, padding, mode)
    rows = torch.arange(len(y), device=y.device) - top
    columns = torch.arange(y.shape[1], device=y.device) - left
    inside = [(index >= 0) & (index < n) for index, n in ((rows, x.shape[0]), (columns, x.shape[1]))]
    return torch.where(inside[0][:, None] | inside[1], y, 0.0)


def _embedded(x: Tensor, padding: ref.Padding, mode: str = "zeros") -> Tensor:
    """`y[top:-bottom, left:-right] = x`: a side of 0 makes the slice empty, and nothing or an error comes of it."""
    _, bottom, _, right = ref.sides(padding)
    y = ref.pad2d(x, padding, mode)
    if mode != "zeros" or 0 not in (bottom, right):
        return y
    if (bottom == 0 and x.shape[0] > 1) or (right == 0 and x.shape[1] > 1):
        raise ValueError("only an axis of size 1 can be broadcast into an empty slice")
    return torch.zeros_like(y)


def _total(padding: ref.Padding) -> ref.Padding:
    if isinstance(padding, int):
        padding = (padding, padding)
    if len(padding) == 4:
        return padding
    rows, columns = padding
    return (rows // 2, rows - rows // 2, columns // 2, columns - columns // 2)


def _reading(length: int, order: tuple[int, ...]) -> Callable[..., Tensor]:
    """`pad2d` whose author reads a padding of `length` numbers in another order."""

    def variant(x: Tensor, padding: ref.Padding, mode: str = "zeros") -> Tensor:
        if isinstance(padding, int) or len(padding) != length:
            return ref.pad2d(x, padding, mode)
        return ref.pad2d(x, tuple(padding[k] for k in order), mode)

    return variant


PAD_TOTAL = Misconception(
    "padding_is_total",
    lambda x, padding, mode="zeros": ref.pad2d(x, _total(padding), mode),
    "You share the padding out between the two sides of an axis; it is meant for each side.",
    "padding=1 adds one row above and one row below, so that the axis grows by 2. Some libraries count the total: "
    "check which convention you read.",
    TOTAL,
)
PAIR_SWAPPED = Misconception(
    "height_width_swapped",
    _reading(2, (1, 1, 0, 0)),
    "You read the pair as (columns, rows).",
    "A pair is (pad_h, pad_w), in the order of x.shape: the first number goes above and below.",
    SIDES,
)
PAIR_BEFORE_AFTER = Misconception(
    "pair_is_before_after",
    _reading(2, (0, 1, 0, 1)),
    "You read the pair as (before, after) for both axes, as np.pad does.",
    "Here a pair is (pad_h, pad_w): its first number goes on both ends of the rows' axis, its second on both ends of "
    "the columns' axis.",
    SIDES,
)
TORCH_ORDER = Misconception(
    "sides_in_torch_order",
    _reading(4, (2, 3, 0, 1)),
    "You read the four sides as (left, right, top, bottom), the order of torch's F.pad.",
    "Here they are (top, bottom, left, right): rows' axis first. F.pad starts from the last axis.",
    SIDES,
)
CLOCKWISE = Misconception(
    "sides_clockwise",
    _reading(4, (0, 2, 3, 1)),
    "You read the four sides clockwise, (top, right, bottom, left), as style sheets do.",
    "Here they are (top, bottom, left, right): the two sides of the rows' axis, then the two of the columns' axis.",
    SIDES,
)
EDGE_REPEATED = Misconception(
    "reflect_repeats_edge",
    _gathered("reflect", _edge_repeated),
    "Your reflection repeats the pixel on the edge.",
    "`reflect` mirrors at the edge pixel itself, so the first padded pixel equals the second pixel of the image. "
    "NumPy calls the other mirror `symmetric`.",
    MODES,
)
MODE_IGNORED = Misconception(
    "mode_ignored",
    lambda x, padding, mode="zeros": ref.pad2d(x, padding),
    "You pad with zeros whatever the mode is.",
    "Zeros are one choice of four: `reflect`, `replicate` and `circular` fill the border from the image.",
    MODES,
)
EMBEDDED = Misconception(
    "crop_at_zero",
    _embedded,
    "Your slice ends at minus the padding, and finds no room for the image when that padding is 0.",
    "p:-p is empty at p = 0, since -0 is 0. Count from the front instead: the image ends at p + its size.",
    CROP,
)


def _filtered(idea: Misconception) -> Misconception:
    pad = idea.variant
    return replace(idea, variant=lambda x, w, b, padding, mode="zeros": cross_correlate2d(pad(x, padding, mode), w) + b)


def _bias_inside(x: Tensor, w: Tensor, b: float, padding: ref.Padding, mode: str = "zeros") -> Tensor:
    top, _, left, _ = ref.sides(padding)
    y = ref.conv2d_padded(x, w, 0.0, padding, mode)
    y[top : top + x.shape[0] - w.shape[0] + 1, left : left + x.shape[1] - w.shape[1] + 1] += b
    return y


def _truncated(x: Tensor, w: Tensor, b: float, padding: ref.Padding, mode: str = "zeros") -> Tensor:
    return cut_off(x, ref.conv2d_padded(x, w, b, padding, mode))


def _bias_padded(x: Tensor, w: Tensor, b: float, padding: ref.Padding, mode: str = "zeros") -> Tensor:
    return cross_correlate2d(ref.pad2d(x, padding, mode) + b, w)


def _output_padded(x: Tensor, w: Tensor, b: float, padding: ref.Padding, mode: str = "zeros") -> Tensor:
    return ref.pad2d(cross_correlate2d(x, w) + b, padding, mode)


def _output_padded_first(x: Tensor, w: Tensor, b: float, padding: ref.Padding, mode: str = "zeros") -> Tensor:
    return ref.pad2d(cross_correlate2d(x, w), padding, mode) + b


FILTER_KIN = (
    Misconception(
        "bias_in_the_image",
        _bias_padded,
        "Your bias is added to the padded image, and so multiplied with the taps.",
        "Pad, then filter, then add the bias, once to each output.",
        "filter-arithmetic-bias",
    ),
    *(
        Misconception(
            f"output_padded{more}",
            variant,
            "You pad the output in place of the image.",
            "The border belongs around the image, before the filter slides over it.",
            TOTAL,
        )
        for more, variant in (("", _output_padded), ("_before_bias", _output_padded_first))
    ),
)


def _minus_one_cleared(x: Tensor, padding: ref.Padding, mode: str = "zeros") -> Tensor:
    y = ref.pad2d(x, padding, mode)
    return torch.where(y == -1, 0.0, y) if mode == "zeros" else y


QUESTIONS: Sequence[Question] = (
    Question(
        "source_index",
        ref.source_index,
        _axes,
        (
            Misconception(
                "before_after_swapped",
                lambda n, before, after, mode: ref.source_index(n, after, before, mode),
                "You put the places of `after` in front, and those of `before` behind.",
                "The arguments come in the axis's order: before, then the pixels, then after.",
                INDEX,
            ),
            Misconception(
                "reflect_repeats_edge",
                _listed("reflect", _edge_repeated),
                "Your reflection repeats the pixel on the edge.",
                "`reflect` mirrors at the edge pixel itself, so the place beside it shows the second pixel. NumPy "
                "calls the other mirror `symmetric`.",
                MODES,
            ),
            Misconception(
                "reflect_repeats_right_edge",
                _listed("reflect", _right_edge_repeated),
                "Your mirror is right in front, and repeats the last pixel behind.",
                "The last pixel has the number n - 1: the mirror is there, not at n, and place q shows 2 (n - 1) - q.",
                MODES,
            ),
            Misconception(
                "reflect_not_reversed",
                _listed("reflect", _not_reversed),
                "Your reflection lists the pixels beside the edge without turning their order round.",
                "A mirror reverses: outwards from the edge you meet the pixels that you meet inwards from it.",
                MODES,
            ),
            Misconception(
                "reflect_replicate_swapped",
                _swapped_lists,
                "You have exchanged `reflect` and `replicate`.",
                "`replicate` repeats the edge pixel as often as needed; `reflect` mirrors the axis at its edge.",
                MODES,
            ),
            Misconception(
                "circular_from_own_end",
                _listed("circular", _own_end),
                "Your circular padding takes the pixels from the same end of the axis.",
                "A circle goes on at the other end: in front of the first pixel stand the last ones.",
                MODES,
            ),
            Misconception(
                "zeros_show_first_pixel",
                _listed("zeros", lambda i, n: torch.where((i < 0) | (i >= n), 0, i)),
                "With `zeros` your places outside show pixel 0.",
                "0 is the number of the first pixel. A place that shows no pixel is -1 here.",
                INDEX,
            ),
            Misconception(
                "zeros_replicate",
                lambda n, before, after, mode: ref.source_index(
                    n, before, after, "replicate" if mode == "zeros" else mode
                ),
                "With `zeros` your places outside show the edge's pixels.",
                "`zeros` invents: a place outside shows no pixel, which is -1 here.",
                MODES,
            ),
            Misconception(
                "places_themselves",
                lambda n, before, after, mode: list(range(-before, n + after)),
                "You give the places' own numbers, whatever the mode is.",
                "A place below 0 or from n on is no pixel's number yet: apply the mode's rule to it.",
                INDEX,
            ),
            Misconception(
                "after_left_out",
                lambda n, before, after, mode: ref.source_index(n, before, after, mode)[: before + n],
                "Your list ends with the last pixel: the places of `after` are missing.",
                "The places run from -before to n + after - 1.",
                INDEX,
            ),
        ),
        INDEX,
        {"general": 0.6, "zeros": 0.2, "edges": 0.2},
        kin=(
            Misconception(
                "circular_skips_the_first",
                _listed("circular", lambda i, n: torch.where(i >= n, i - n + 1, i % n)),
                "With `circular` your places behind the last pixel begin with pixel 1.",
                "Behind the last pixel the circle goes on with pixel 0: take n off, not n - 1.",
                INDEX,
            ),
            Misconception(
                "zeros_in_front_only",
                _listed("zeros", lambda i, n: torch.where(i < 0, -1, i)),
                "With `zeros` your places behind the last pixel are not marked.",
                "From n on a place shows no pixel either: it is -1 there too.",
                INDEX,
            ),
            Misconception(
                "circular_replicate_swapped",
                lambda n, before, after, mode: ref.source_index(
                    n, before, after, {"circular": "replicate", "replicate": "circular"}.get(mode, mode)
                ),
                "You have exchanged `circular` and `replicate`.",
                "`replicate` repeats the edge pixel as often as needed; `circular` goes on at the other end.",
                MODES,
            ),
            Misconception(
                "replicate_beyond_the_end",
                _listed("replicate", lambda i, n: i.clamp(0, n)),
                "With `replicate` your places behind the last pixel show a pixel n, which is not there.",
                "Pixels are numbered from 0: the last one is n - 1.",
                MODES,
            ),
            Misconception(
                "reflect_beyond_the_end",
                _listed("reflect", lambda i, n: torch.where(i >= n, 2 * n - i, i.abs())),
                "With `reflect` your mirror behind the last pixel stands one pixel too far out.",
                "The last pixel has the number n - 1: the mirror is there, and place q shows 2 (n - 1) - q.",
                MODES,
            ),
            Misconception(
                "zeros_behind_only",
                _listed("zeros", lambda i, n: torch.where(i >= n, -1, i)),
                "With `zeros` your places in front of the first pixel keep their own numbers.",
                "Below 0 a place shows no pixel: it is -1 there, however far it lies.",
                INDEX,
            ),
        ),
    ),
    Question(
        "pad2d",
        ref.pad2d,
        _paddings,
        (
            PAD_TOTAL,
            PAIR_SWAPPED,
            PAIR_BEFORE_AFTER,
            TORCH_ORDER,
            CLOCKWISE,
            EDGE_REPEATED,
            Misconception(
                "reflect_not_reversed",
                _gathered("reflect", _not_reversed),
                "Your reflection copies the pixels beside the edge without turning their order round.",
                "A mirror reverses: outwards from the edge you meet the pixels that you meet inwards from it.",
                MODES,
            ),
            Misconception(
                "reflect_replicate_swapped",
                _swapped_modes,
                "You have exchanged `reflect` and `replicate`.",
                "`replicate` repeats the edge pixel as often as needed; `reflect` mirrors the image at its edge.",
                MODES,
            ),
            Misconception(
                "circular_from_own_end",
                _gathered("circular", _own_end),
                "Your circular padding takes the pixels from the same end of the image.",
                "A circle goes on at the other end: above the first row stand the last rows.",
                MODES,
            ),
            Misconception(
                "corners_left_zero",
                _corners_zero,
                "Your four corners are still zero.",
                "A corner is padded in both axes: pad the rows first, and then the columns of what you have, corners "
                "included.",
                MODES,
            ),
            MODE_IGNORED,
            EMBEDDED,
        ),
        MODES,
        {"zeros": 0.4, "modes": 0.4, "edges": 0.2},
        kin=(
            Misconception(
                "minus_one_cleared",
                _minus_one_cleared,
                "You clear every -1 of the image, also those that are pixels.",
                "A number that stands for no pixel may be a pixel's, too: write the 0 where no pixel stands.",
                MODES,
            ),
        ),
    ),
    Question(
        "same_padding",
        ref.same_padding,
        _kernel_sizes,
        (
            Misconception(
                "odd_pixel_before",
                lambda kernel_size, dilation=1: ref.same_padding(kernel_size, dilation)[::-1],
                "Your odd pixel stands before; here it goes after.",
                "When the total is odd, torch puts the extra pixel at the bottom and on the right.",
                SAME,
            ),
            Misconception(
                "dilation_ignored",
                lambda kernel_size, dilation=1: ref.same_padding(kernel_size),
                "Your padding does not depend on the dilation.",
                "Taps that stand `dilation` apart span dilation * (kernel_size - 1) + 1 pixels, and the border grows "
                "with that span.",
                SAME,
            ),
            Misconception(
                "dilation_counts_gaps",
                lambda kernel_size, dilation=1: ref.same_padding(kernel_size, dilation + 1),
                "You read the dilation as the number of pixels left out between two taps.",
                "Dilation is the distance from one tap to the next: dilation 1 is the ordinary filter.",
                SAME,
            ),
            Misconception(
                "dilation_times_kernel_size",
                lambda kernel_size, dilation=1: ref.same_padding(dilation * kernel_size),
                "You take dilation * kernel_size for the filter's span.",
                "k taps have k - 1 gaps between them, so the span is dilation * (kernel_size - 1) + 1.",
                SAME,
            ),
            Misconception(
                "total_on_each_side",
                lambda kernel_size, dilation=1: (dilation * (kernel_size - 1),) * 2,
                "You put the whole padding on each side: that is `full`, not `same`.",
                "`same` shares dilation * (kernel_size - 1) out between the two sides.",
                TOTAL,
            ),
            Misconception(
                "odd_pixel_lost",
                lambda kernel_size, dilation=1: (dilation * (kernel_size - 1) // 2,) * 2,
                "Both your sides are rounded down, so the output of an even kernel is one pixel too small.",
                "When the total is odd the sides differ: before gets the smaller half, after gets the rest.",
                SAME,
            ),
            Misconception(
                "half_kernel_each_side",
                lambda kernel_size, dilation=1: (dilation * (kernel_size // 2),) * 2,
                "You take half the kernel for each side, which is right for odd kernels only.",
                "An even kernel needs an odd total at dilation 1, and no two equal sides add up to that.",
                SAME,
            ),
        ),
        SAME,
        {"odd kernels": 0.3, "even kernels": 0.4, "dilation": 0.3},
        kin=(
            Misconception(
                "halved_before_the_dilation",
                lambda kernel_size, dilation=1: (
                    (kernel_size - 1) // 2 * dilation,
                    (kernel_size - 1 - (kernel_size - 1) // 2) * dilation,
                ),
                "You share out the gaps between the taps, and multiply each share with the dilation.",
                "The sides may differ by one pixel, not by one gap: multiply first, and share the total out.",
                SAME,
            ),
        ),
    ),
    Question(
        "conv2d_padded",
        ref.conv2d_padded,
        _padded_filters,
        (
            Misconception(
                "kernel_flipped",
                lambda x, w, b, padding, mode="zeros": ref.conv2d_padded(x, w.flip(0, 1), b, padding, mode),
                "Your filter is flipped: this is convolution, where cross-correlation was asked for.",
                "Padding changes nothing about the filter: tap w[u, v] meets pixel [i + u, j + v] of the padded image.",
                "filter-arithmetic-flip",
            ),
            Misconception(
                "kernel_transposed",
                lambda x, w, b, padding, mode="zeros": ref.conv2d_padded(x, w.T, b, padding, mode),
                "Your filter is transposed: rows and columns of w have changed places.",
                "w[u, v]: u counts rows and v counts columns, as in the padded image.",
                "filter-arithmetic-transpose",
            ),
            Misconception(
                "bias_before_padding",
                lambda x, w, b, padding, mode="zeros": cross_correlate2d(ref.pad2d(x.double() + b, padding, mode), w),
                "You add the bias to the image, before it is padded and filtered.",
                "The bias belongs to the output: pad, then filter, then add b once to each output.",
                "filter-arithmetic-bias",
            ),
            Misconception(
                "bias_inside_only",
                _bias_inside,
                "Your bias is missing where the filter reaches into the border.",
                "Every output gets the bias, also those whose window lies partly on padding.",
                "filter-arithmetic-bias",
            ),
            Misconception(
                "bias_per_tap",
                lambda x, w, b, padding, mode="zeros": ref.conv2d_padded(x, w, b * w.numel(), padding, mode),
                "Your bias is added once for each tap of the filter.",
                "The bias is added once for each output, after the sum over the window is complete.",
                "filter-arithmetic-bias",
            ),
            Misconception(
                "bias_left_out",
                lambda x, w, b, padding, mode="zeros": ref.conv2d_padded(x, w, 0.0, padding, mode),
                "Your bias is missing.",
                "Add b to every output, after filtering.",
                "filter-arithmetic-bias",
            ),
            Misconception(
                "padding_forgotten",
                lambda x, w, b, padding, mode="zeros": cross_correlate2d(x, w) + b,
                "Your output is that of the image without padding.",
                "Filter the padded image, not x: the output grows by the padding of both sides.",
                TOTAL,
            ),
            Misconception(
                "cropped_to_input",
                lambda x, w, b, padding, mode="zeros": ref.conv2d_padded(x, w, b, padding, mode)[
                    : x.shape[0], : x.shape[1]
                ],
                "Your output is cut to the input's size.",
                "Only `same` padding keeps the size. Here it is H + top + bottom - kH + 1, which may be more than H.",
                SAME,
            ),
            *(
                _filtered(idea)
                for idea in (PAD_TOTAL, PAIR_SWAPPED, PAIR_BEFORE_AFTER, TORCH_ORDER, CLOCKWISE, EDGE_REPEATED)
            ),
            _filtered(MODE_IGNORED),
            _filtered(EMBEDDED),
            Misconception(
                "output_takes_integer_type",
                _truncated,
                "Your output array has the input's whole-number type, so every sum loses its fraction.",
                "Make the output with np.zeros(shape), which is float64, rather than with zeros_like(x).",
                "filter-arithmetic-by-hand",
            ),
        ),
        "padding-by-hand",
        {"general": 0.4, "modes": 0.25, "sides": 0.25, WHOLE: 0.1},
        kin=FILTER_KIN,
        figure=played(),
    ),
)
