"""Programs that somebody wrote who had seen chapter 1's notebook alone, and none of its questions.

Above each wrong program stands what is wrong with it, in its author's words. Left out are those whose idea a
program of bank.py holds already.
"""

import numpy as np

from autograde.course.program import edited, right


@right("cross_correlate2d")
def outside_cross_correlate2d(x, w):
    H, W = x.shape
    kH, kW = w.shape
    out = np.zeros((H - kH + 1, W - kW + 1))
    for i in range(H - kH + 1):
        for j in range(W - kW + 1):
            out[i, j] = np.sum(x[i : i + kH, j : j + kW] * w)
    return out


# loops stop one short, so the last row and column stay 0
outside_cross_correlate2d_2 = edited(
    outside_cross_correlate2d,
    "last_row_and_column_left",
    """
    -    for i in range(H - kH + 1):
    -        for j in range(W - kW + 1):
    +    for i in range(H - kH):
    +        for j in range(W - kW):
    """,
)

# takes the filter for square: uses kH for the columns too
outside_cross_correlate2d_4 = edited(
    outside_cross_correlate2d,
    "filter_taken_for_square",
    """
    -            out[i, j] = np.sum(x[i : i + kH, j : j + kW] * w)
    +            out[i, j] = np.sum(x[i : i + kH, j : j + kH] * w)
    """,
)

# swapped i and j in the window
outside_cross_correlate2d_5 = edited(
    outside_cross_correlate2d,
    "places_exchanged",
    """
    -            out[i, j] = np.sum(x[i : i + kH, j : j + kW] * w)
    +            out[i, j] = np.sum(x[j : j + kH, i : i + kW] * w)
    """,
)

# takes the mean of products, not the sum
outside_cross_correlate2d_6 = edited(
    outside_cross_correlate2d,
    "products_averaged",
    """
    -            out[i, j] = np.sum(x[i : i + kH, j : j + kW] * w)
    +            out[i, j] = np.mean(x[i : i + kH, j : j + kW] * w)
    """,
)


@right("convolve2d")
def outside_convolve2d(x, w):
    return cross_correlate2d(x, w[::-1, ::-1])


# turns by 90 degrees only
outside_convolve2d_3 = edited(
    outside_convolve2d,
    "quarter_turn",
    """
    -    return cross_correlate2d(x, w[::-1, ::-1])
    +    return cross_correlate2d(x, np.rot90(w))
    """,
)

# flips the result, not the filter
outside_convolve2d_4 = edited(
    outside_convolve2d,
    "answer_flipped",
    """
    -    return cross_correlate2d(x, w[::-1, ::-1])
    +    return cross_correlate2d(x, w)[::-1, ::-1]
    """,
)


@right("filter_response")
def outside_filter_response(x, w, b):
    return cross_correlate2d(x, w) + b


# adds the bias to every tap
outside_filter_response_1 = edited(
    outside_filter_response,
    "bias_in_the_filter",
    """
    -    return cross_correlate2d(x, w) + b
    +    return cross_correlate2d(x, w + b)
    """,
)


@right("correlation_as_matrix")
def outside_correlation_as_matrix(w, input_shape):
    H, W = input_shape
    kH, kW = w.shape
    oH, oW = H - kH + 1, W - kW + 1
    M = np.zeros((oH * oW, H * W))
    for i in range(oH):
        for j in range(oW):
            for u in range(kH):
                for v in range(kW):
                    M[i * oW + j, (i + u) * W + (j + v)] = w[u, v]
    return M


# column of a pixel computed with H in place of W
outside_correlation_as_matrix_1 = edited(
    outside_correlation_as_matrix,
    "pixels_counted_by_oW_and_H",
    """
    -                    M[i * oW + j, (i + u) * W + (j + v)] = w[u, v]
    +                    M[i * oW + j, (i + u) * H + (j + v)] = w[u, v]
    """,
)

# row of the output computed with W of the image in place of oW
outside_correlation_as_matrix_2 = edited(
    outside_correlation_as_matrix,
    "",
    """
    -                    M[i * oW + j, (i + u) * W + (j + v)] = w[u, v]
    +                    M[i * W + j, (i + u) * W + (j + v)] = w[u, v]
    """,
    says="You number the outputs with the wrong length of a row.",
)

# matrix of whole numbers cuts off fractional taps
outside_correlation_as_matrix_5 = edited(
    outside_correlation_as_matrix,
    "",
    """
    -    M = np.zeros((oH * oW, H * W))
    +    M = np.zeros((oH * oW, H * W), dtype=int)
    """,
    says="your answer has type int64, which cuts off fractions; expected float64",
)

# row of the output with oH in place of oW
outside_correlation_as_matrix_6 = edited(
    outside_correlation_as_matrix,
    "outputs_counted_by_oH_and_W",
    """
    -                    M[i * oW + j, (i + u) * W + (j + v)] = w[u, v]
    +                    M[i * oH + j, (i + u) * W + (j + v)] = w[u, v]
    """,
)
