"""Chapter 1's questions: cross-correlation, convolution, bias, and the filter as a matrix."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from autograde.questions import Case, Misconception, Question, Rng, signed, whole

from ..windows import FRACTIONS, WHOLE, cut_off, played
from . import reference as ref

FLIP, BIAS, TRANSPOSE, MATRIX = (f"filter-arithmetic-{part}" for part in ("flip", "bias", "transpose", "matrix"))


def _pairs(rng: Rng) -> list[Case]:
    return [
        Case("unequal sizes, signed values", (signed(rng, 6, 9), signed(rng, 2, 3)), terms=6),
        Case("a tall filter", (signed(rng, 8, 5), signed(rng, 4, 3)), terms=12),
        Case(FRACTIONS, (whole(rng, 5, 7), signed(rng, 3, 2)), group=WHOLE, terms=6),
        Case("one row", (signed(rng, 1, 7), signed(rng, 1, 3)), group="edges", terms=3),
        Case("a filter of one tap", (signed(rng, 4, 3), signed(rng, 1, 1)), group="edges"),
        Case("a filter as large as the input", (signed(rng, 3, 5), signed(rng, 3, 5)), group="edges", terms=15),
    ]


def _biased(rng: Rng) -> list[Case]:
    biases = signed(rng, 6) * 3
    return [
        Case(case.label, (*case.args, float(b)), group=case.group, terms=case.terms + 1)
        for case, b in zip(_pairs(rng), biases, strict=True)
    ]


def _matrices(rng: Rng) -> list[Case]:
    return [
        Case("unequal sizes, signed values", (signed(rng, 2, 3), (4, 6))),
        Case("a tall filter", (signed(rng, 3, 2), (5, 4))),
        Case("one row", (signed(rng, 1, 3), (1, 5)), group="edges"),
        Case("a filter as large as the input", (signed(rng, 2, 3), (2, 3)), group="edges"),
    ]


def _flip(x: Tensor, w: Tensor, *bias: float) -> Tensor:
    return ref.filter_response(x, w.flip(0, 1), *bias) if bias else ref.convolve2d(x, w)


def _flip_one(axis: int):
    return lambda x, w: ref.cross_correlate2d(x, w.flip(axis))


def _padded(x: Tensor, w: Tensor) -> Tensor:
    """An output as large as the input, zeros around."""
    top, left = (w.shape[0] - 1) // 2, (w.shape[1] - 1) // 2
    framed = torch.nn.functional.pad(x, (left, w.shape[1] - 1 - left, top, w.shape[0] - 1 - top))
    return ref.cross_correlate2d(framed, w)


def _last_window_lost(x: Tensor, w: Tensor, b: float = 0.0) -> Tensor:
    return ref.filter_response(x, w, b)[:-1, :-1]


def _bias_in_the_corner(x: Tensor, w: Tensor, b: float) -> Tensor:
    y = ref.cross_correlate2d(x, w)
    y[0, 0] += b
    return y


def _truncated(x: Tensor, w: Tensor, b: float = 0.0) -> Tensor:
    return cut_off(x, ref.filter_response(x, w, b))


def _swapped_shape_matrix(w: Tensor, input_shape: tuple[int, int]) -> Tensor:
    return ref.correlation_as_matrix(w, (input_shape[1], input_shape[0]))


def _reordered(w: Tensor, input_shape: tuple[int, int], *axes: int) -> Tensor:
    """The matrix with the axes (output row, output column, input row, input column) in another order."""
    height, width = input_shape
    out_h, out_w = height - w.shape[0] + 1, width - w.shape[1] + 1
    m = ref.correlation_as_matrix(w, input_shape).reshape(out_h, out_w, height, width)
    return m.permute(*axes).reshape(out_h * out_w, height * width)


FLIPPED = Misconception(
    "kernel_flipped",
    _flip,
    "Your filter is flipped: this is the convolution of mathematics, not the cross-correlation that was asked for.",
    "Cross-correlation multiplies x[i + u, j + v] by w[u, v], with the same sign before both offsets.",
    FLIP,
)
TRANSPOSED = Misconception(
    "kernel_transposed",
    lambda x, w, b=0.0: ref.filter_response(x, w.T, b),
    "Your filter is transposed: rows and columns of w have changed places.",
    "w[u, v] goes with x[i + u, j + v]: u counts rows in both, v counts columns in both.",
    TRANSPOSE,
)
LAST_LOST = Misconception(
    "last_window_lost",
    _last_window_lost,
    "Your output lacks its last row and column.",
    "A filter of k taps fits n - k + 1 times into n samples: the window that starts at n - k still fits.",
    "filter-arithmetic-by-hand",
)
TRUNCATED = Misconception(
    "output_takes_integer_type",
    _truncated,
    "Your output array has the input's whole-number type, so every sum loses its fraction.",
    "Make the output with np.zeros(shape), which is float64, rather than with zeros_like(x) or dtype=x.dtype.",
    "filter-arithmetic-by-hand",
)


def _of_flipped(idea: Misconception) -> Misconception:
    return replace(idea, variant=lambda x, w: idea.variant(x, w.flip(0, 1)))


def _last_zero(x: Tensor, w: Tensor) -> Tensor:
    y = ref.cross_correlate2d(x, w).clone()
    y[-1], y[:, -1] = 0, 0
    return y


def _looped(rows: int, columns: int, exchanged: bool = False) -> Callable[[Tensor, Tensor], Tensor]:
    """Windows cut out one by one, as NumPy cuts and stretches them: sides `rows` and `columns` of the filter."""

    def variant(x: Tensor, w: Tensor) -> Tensor:
        y = torch.zeros_like(ref.cross_correlate2d(x, w))
        for i in range(y.shape[0]):
            for j in range(y.shape[1]):
                top, left = (j, i) if exchanged else (i, j)
                y[i, j] = (x[top : top + w.shape[rows], left : left + w.shape[columns]] * w.double()).sum()
        return y

    return variant


def _cut_to_a_square(x: Tensor, w: Tensor) -> Tensor:
    if w.shape[0] > w.shape[1]:
        raise ValueError("a square of the filter's height is wider than the filter")
    return ref.cross_correlate2d(x, w[:, : w.shape[0]])


CORRELATION_KIN = (
    Misconception(
        "filter_cut_to_a_square",
        _cut_to_a_square,
        "You take the filter for a square with as many columns as it has rows.",
        "A filter has kH rows and kW columns: use the second of its sizes for the columns.",
        "filter-arithmetic-by-hand",
    ),
    Misconception(
        "last_row_and_column_left",
        _last_zero,
        "Your last row and your last column are never written.",
        "The window fits H - kH + 1 times into H rows: a loop over range(H - kH) leaves the last place out.",
        "filter-arithmetic-by-hand",
    ),
    Misconception(
        "filter_taken_for_square",
        _looped(0, 0),
        "Your windows are as wide as the filter is high.",
        "A filter has kH rows and kW columns: use the second of its sizes for the columns.",
        "filter-arithmetic-by-hand",
    ),
    Misconception(
        "places_exchanged",
        _looped(0, 1, exchanged=True),
        "Your window for output (i, j) starts at row j and column i.",
        "The first index counts rows in the image as in the output: start at row i and column j.",
        "filter-arithmetic-by-hand",
    ),
    Misconception(
        "products_averaged",
        lambda x, w: ref.cross_correlate2d(x, w) / w.numel(),
        "You take the mean of the products.",
        "The products of a window are added up, and not divided by their number.",
        "filter-arithmetic-by-hand",
    ),
)


def _laid_out(row: str, column: str) -> Callable[[Tensor, tuple[int, int]], Tensor]:
    """The matrix whose places are counted with other lengths of a row: of "H", "W", "oH" or "oW"."""

    def variant(w: Tensor, input_shape: tuple[int, int]) -> Tensor:
        (height, width), (k_h, k_w) = input_shape, w.shape
        lengths = {"H": height, "W": width, "oH": height - k_h + 1, "oW": width - k_w + 1}
        out_h, out_w = lengths["oH"], lengths["oW"]
        matrix = torch.zeros(out_h * out_w, height * width, dtype=torch.float64, device=w.device)
        for i in range(out_h):
            for j in range(out_w):
                for u in range(k_h):
                    for v in range(k_w):
                        matrix[i * lengths[row] + j, (i + u) * lengths[column] + j + v] = w[u, v]
        return matrix

    return variant


def _rolled(w: Tensor, input_shape: tuple[int, int]) -> Tensor:
    first = ref.correlation_as_matrix(w, input_shape)[0]
    count = (input_shape[0] - w.shape[0] + 1) * (input_shape[1] - w.shape[1] + 1)
    return torch.stack([first.roll(place) for place in range(count)])


ROLLED = Misconception(
    "rolled_by_one",
    _rolled,
    "You move the first row of the matrix on by one place for each output.",
    "At the end of an image's row the filter jumps by kW places: output (i, j) begins at pixel i * W + j.",
    MATRIX,
)
MATRIX_KIN = tuple(
    Misconception(
        f"{what}_counted_by_{row}_and_{column}",
        _laid_out(row, column),
        f"You number the {what} with the wrong length of a row.",
        why,
        MATRIX,
    )
    for what, row, column, why in (
        ("outputs", "W", "W", "Output (i, j) has the row i * oW + j of the matrix: an output's row has oW places."),
        ("outputs", "oH", "W", "Output (i, j) has the row i * oW + j of the matrix: an output's row has oW places."),
        ("outputs", "H", "W", "Output (i, j) has the row i * oW + j of the matrix: an output's row has oW places."),
        ("pixels", "oW", "H", "Pixel (a, b) has the column a * W + b of the matrix: an image's row has W pixels."),
        ("pixels", "oW", "oW", "Pixel (a, b) has the column a * W + b of the matrix: an image's row has W pixels."),
    )
)

QUESTIONS: Sequence[Question] = (
    Question(
        "cross_correlate2d",
        ref.cross_correlate2d,
        _pairs,
        (
            FLIPPED,
            TRANSPOSED,
            Misconception(
                "padded_to_input_size",
                _padded,
                "Your output is as large as the input, so you padded; this function pads nothing.",
                "Only windows that lie wholly inside the input count: (H - kH + 1, W - kW + 1) of them.",
                "filter-arithmetic-by-hand",
            ),
            LAST_LOST,
            TRUNCATED,
        ),
        "filter-arithmetic-by-hand",
        {"general": 0.65, "edges": 0.25, WHOLE: 0.1},
        figure=played(),
        kin=CORRELATION_KIN,
    ),
    Question(
        "convolve2d",
        ref.convolve2d,
        _pairs,
        (
            Misconception(
                "kernel_not_flipped",
                ref.cross_correlate2d,
                "Your filter is not flipped: this is cross-correlation.",
                "Convolution turns the filter by 180 degrees first: w[::-1, ::-1].",
                FLIP,
            ),
            Misconception(
                "flipped_rows_only",
                _flip_one(0),
                "Your filter is flipped from top to bottom only.",
                "Convolution flips both axes, which is a turn by 180 degrees, not a mirror image.",
                FLIP,
            ),
            Misconception(
                "flipped_columns_only",
                _flip_one(1),
                "Your filter is flipped from left to right only.",
                "Convolution flips both axes, which is a turn by 180 degrees, not a mirror image.",
                FLIP,
            ),
            Misconception(
                "kernel_transposed",
                lambda x, w: ref.cross_correlate2d(x, w.T),
                "Your filter is transposed where it should be turned by 180 degrees.",
                "A transpose mirrors at the diagonal; convolution wants w[::-1, ::-1].",
                FLIP,
            ),
            Misconception(
                "image_flipped",
                lambda x, w: ref.cross_correlate2d(x.flip(0, 1), w),
                "You flip the image in place of the filter, so your output is turned by 180 degrees.",
                "Leave x as it is and flip w in both axes: w[::-1, ::-1].",
                FLIP,
            ),
            _of_flipped(LAST_LOST),
            _of_flipped(TRUNCATED),
        ),
        FLIP,
        {"general": 0.65, "edges": 0.25, WHOLE: 0.1},
        figure=played(flip=True),
        kin=(
            Misconception(
                "quarter_turn",
                lambda x, w: ref.cross_correlate2d(x, w.rot90()),
                "Your filter is turned by 90 degrees.",
                "Convolution turns it by 180 degrees: w[::-1, ::-1], or two quarter turns.",
                FLIP,
            ),
            Misconception(
                "quarter_turn_back",
                lambda x, w: ref.cross_correlate2d(x, w.rot90(-1)),
                "Your filter is turned by 90 degrees.",
                "Convolution turns it by 180 degrees: w[::-1, ::-1], or two quarter turns.",
                FLIP,
            ),
            Misconception(
                "answer_flipped",
                lambda x, w: ref.cross_correlate2d(x, w).flip(0, 1),
                "You turn the answer in place of the filter.",
                "Turn w before you slide it over x: w[::-1, ::-1]. Turning the outputs only moves them.",
                FLIP,
            ),
        ),
    ),
    Question(
        "filter_response",
        ref.filter_response,
        _biased,
        (
            Misconception(
                "bias_per_tap",
                lambda x, w, b: ref.cross_correlate2d(x, w) + b * w.numel(),
                "Your bias is added once for each tap of the filter.",
                "The bias is added once for each output, after the sum over the window is complete.",
                BIAS,
            ),
            Misconception(
                "bias_left_out",
                lambda x, w, b: ref.cross_correlate2d(x, w),
                "Your bias is missing.",
                "Add b to every output: y = (sum over the window) + b.",
                BIAS,
            ),
            Misconception(
                "bias_subtracted",
                lambda x, w, b: ref.cross_correlate2d(x, w) - b,
                "Your bias has the wrong sign.",
                "The bias is added: y = (sum over the window) + b.",
                BIAS,
            ),
            Misconception(
                "bias_in_the_corner",
                _bias_in_the_corner,
                "Your bias reaches the first output only.",
                "The same bias is added to every output of the filter.",
                BIAS,
            ),
            FLIPPED,
            TRANSPOSED,
            LAST_LOST,
            TRUNCATED,
        ),
        BIAS,
        {"general": 0.65, "edges": 0.25, WHOLE: 0.1},
        figure=played(),
        kin=(
            Misconception(
                "bias_in_the_filter",
                lambda x, w, b: ref.cross_correlate2d(x, w.double() + b),
                "Your bias is added to each tap of the filter, and so multiplied with the pixels.",
                "It is added once for each output, after the sum over the window is complete.",
                BIAS,
            ),
            Misconception(
                "bias_in_the_image",
                lambda x, w, b: ref.cross_correlate2d(x.double() + b, w),
                "Your bias is added to each pixel of the image, and so multiplied with the taps.",
                "It is added once for each output, after the sum over the window is complete.",
                BIAS,
            ),
        ),
    ),
    Question(
        "correlation_as_matrix",
        ref.correlation_as_matrix,
        _matrices,
        (
            Misconception(
                "matrix_transposed",
                lambda w, input_shape: ref.correlation_as_matrix(w, input_shape).T,
                "Your matrix is transposed: it maps outputs to inputs.",
                "One row for each output, one column for each input pixel, so that M @ x.ravel() lists the outputs.",
                MATRIX,
            ),
            Misconception(
                "kernel_flipped",
                lambda w, input_shape: ref.correlation_as_matrix(w.flip(0, 1), input_shape),
                "Your matrix belongs to convolution: the filter in it is flipped.",
                "Row (i, j) holds w[u, v] in the column of pixel (i + u, j + v).",
                MATRIX,
            ),
            Misconception(
                "column_major",
                lambda w, input_shape: _reordered(w, input_shape, 1, 0, 3, 2),
                "You count pixels down the columns; ravel() counts along the rows.",
                "Pixel (i, j) of an H by W image has number i * W + j; output (i, j) has number i * (W - kW + 1) + j.",
                MATRIX,
            ),
            Misconception(
                "outputs_column_major",
                lambda w, input_shape: _reordered(w, input_shape, 1, 0, 2, 3),
                "Your matrix has the right rows in another order: you number the outputs down the columns.",
                "Output (i, j) is row i * (W - kW + 1) + j of the matrix, as ravel() counts along the rows.",
                MATRIX,
            ),
            Misconception(
                "height_width_swapped",
                _swapped_shape_matrix,
                "You read input_shape as (width, height).",
                "Shapes are (rows, columns): input_shape is (H, W), as x.shape gives it.",
                TRANSPOSE,
            ),
        ),
        MATRIX,
        {"general": 0.75, "edges": 0.25},
        kin=(ROLLED, *MATRIX_KIN),
    ),
)
