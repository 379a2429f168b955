"""Programs that somebody wrote who had seen chapter 1's notebook alone, and none of its questions.

Above each wrong program stands what is wrong with it, in its author's words. Left out are those whose idea a
program of bank.py holds already.
"""

import numpy as np

from autograde.course.program import edited, right, stray, wrong


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


# By another author, who had seen the notebook alone, too: all of his programs.


# turns the filter by 90 degrees only (np.rot90 once)
@wrong("convolve2d", "quarter_turn")
def second_convolve2d_1(x, w):
    return cross_correlate2d(x, np.rot90(w))


# [::-1] turns the rows around, the columns stay as they are
@wrong("convolve2d", "flipped_rows_only")
def second_convolve2d_2(x, w):
    kernel = w[::-1]
    return cross_correlate2d(x, kernel)


# turns the filter in place, so the caller's w is changed (and the next call uses it turned)
@stray("convolve2d", "your function changed its input `w`: ")
def second_convolve2d_3(x, w):
    kH, kW = w.shape
    w[:] = w[::-1, ::-1].copy()
    H, W = x.shape
    y = np.zeros((H - kH + 1, W - kW + 1))
    for u in range(kH):
        for v in range(kW):
            y += w[u, v] * x[u : u + y.shape[0], v : v + y.shape[1]]
    return y


# rolls the first row on by one for each output, forgets the jump at the end of an image row
@wrong("correlation_as_matrix", "rolled_by_one")
def second_correlation_as_matrix_1(w, input_shape):
    H, W = input_shape
    kH, kW = w.shape
    oH, oW = H - kH + 1, W - kW + 1
    first = np.zeros((H, W))
    first[:kH, :kW] = w
    first = first.ravel()
    M = np.array([np.roll(first, n) for n in range(oH * oW)])
    return M


# the pixel's place in ravel is computed with H in place of W (right for square images only)
@wrong("correlation_as_matrix", "pixels_counted_by_oW_and_H")
def second_correlation_as_matrix_2(w, input_shape):
    H, W = input_shape
    kH, kW = w.shape
    oH, oW = H - kH + 1, W - kW + 1
    M = np.zeros((oH * oW, H * W))
    for i in range(oH):
        for j in range(oW):
            for u in range(kH):
                for v in range(kW):
                    col = (i + u) * H + (j + v)
                    M[i * oW + j, col] = w[u, v]
    return M


# matrix of ints, which cuts the fractions off a filter of floats
@stray("correlation_as_matrix", "expected float64.")
def second_correlation_as_matrix_3(w, input_shape):
    H, W = input_shape
    kH, kW = w.shape
    rows = []
    for i in range(H - kH + 1):
        for j in range(W - kW + 1):
            img = np.zeros((H, W), dtype=int)
            img[i : i + kH, j : j + kW] = w
            rows.append(img.flatten())
    return np.stack(rows)


# assumes that the filter is square, takes the number of rows for the columns too
@wrong("cross_correlate2d", "filter_cut_to_a_square")
def second_cross_correlate2d_1(x, w):
    H, W = x.shape
    k = w.shape[0]
    out = np.zeros((H - k + 1, W - k + 1))
    for i in range(H - k + 1):
        for j in range(W - k + 1):
            patch = x[i : i + k, j : j + k]
            out[i, j] = np.sum(patch * w[:k, :k])
    return out


# the answer gets the image's dtype, so an image of ints cuts off the fractions of a float filter
@wrong("cross_correlate2d", "output_takes_integer_type")
def second_cross_correlate2d_2(x, w):
    h, wd = x.shape
    kh, kw = w.shape
    y = np.zeros((h - kh + 1, wd - kw + 1), dtype=x.dtype)
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            y[i, j] = (x[i : i + kh, j : j + kw] * w).sum()
    return y


# flips the filter, as in the textbook definition of convolution
@wrong("cross_correlate2d", "kernel_flipped")
def second_cross_correlate2d_3(x, w):
    x = np.asarray(x)
    w_flipped = np.flipud(np.fliplr(w))
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape)
    return np.einsum("ijuv,uv->ij", windows, w_flipped)


# the loops end one place too early, so the last row and column of the answer stay 0
@wrong("cross_correlate2d", "last_row_and_column_left")
def second_cross_correlate2d_4(x, w):
    H, W = x.shape
    kH, kW = w.shape
    y = np.zeros((H - kH + 1, W - kW + 1))
    for i in range(0, H - kH):
        for j in range(0, W - kW):
            for u in range(kH):
                for v in range(kW):
                    y[i, j] += x[i + u, j + v] * w[u, v]
    return y


# the bias is added inside the loop over the taps, once for each tap
@wrong("filter_response", "bias_per_tap")
def second_filter_response_1(x, w, b):
    H, W = x.shape
    kH, kW = w.shape
    y = np.zeros((H - kH + 1, W - kW + 1))
    for i in range(H - kH + 1):
        for j in range(W - kW + 1):
            for u in range(kH):
                for v in range(kW):
                    y[i, j] += x[i + u, j + v] * w[u, v] + b
    return y


# adds the bias to every pixel of the image before filtering
@wrong("filter_response", "bias_in_the_image")
def second_filter_response_2(x, w, b):
    x_with_bias = np.array(x) + b
    return cross_correlate2d(x_with_bias, w)
