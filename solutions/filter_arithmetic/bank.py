"""Programs for chapter 1."""

import numpy as np

from autograde.course.program import edited, right, wrong


@right("cross_correlate2d")
def four_loops(x, w):
    H, W = x.shape
    kH, kW = w.shape
    y = np.zeros((H - kH + 1, W - kW + 1))
    for i in range(H - kH + 1):
        for j in range(W - kW + 1):
            for u in range(kH):
                for v in range(kW):
                    y[i, j] += x[i + u, j + v] * w[u, v]
    return y


@right("cross_correlate2d")
def strided_view(x, w):
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape)
    return np.einsum("ijuv,uv->ij", windows, w)


@right("cross_correlate2d")
def fourier(x, w):
    H, W = x.shape
    kH, kW = w.shape
    spectrum = np.fft.rfft2(x, (H, W)) * np.conj(np.fft.rfft2(w, (H, W)))
    return np.fft.irfft2(spectrum, (H, W))[: H - kH + 1, : W - kW + 1]


@right("cross_correlate2d")
def single_precision(x, w):
    windows = np.lib.stride_tricks.sliding_window_view(x.astype(np.float32), w.shape)
    return np.asfortranarray(np.tensordot(windows, w.astype(np.float32), 2))


@wrong("cross_correlate2d", "kernel_flipped")
def mathematics_convolution(x, w):
    kH, kW = w.shape
    y = np.zeros((x.shape[0] - kH + 1, x.shape[1] - kW + 1))
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            y[i, j] = np.sum(x[i : i + kH, j : j + kW] * w[::-1, ::-1])
    return y


@wrong("cross_correlate2d", "kernel_transposed")
def transposed(x, w):
    return np.einsum("ijuv,uv->ij", np.lib.stride_tricks.sliding_window_view(x, w.T.shape), w.T)


@wrong("cross_correlate2d", "padded_to_input_size")
def same_size(x, w):
    kH, kW = w.shape
    top, left = (kH - 1) // 2, (kW - 1) // 2
    p = np.pad(x, ((top, kH - 1 - top), (left, kW - 1 - left)))
    return np.einsum("ijuv,uv->ij", np.lib.stride_tricks.sliding_window_view(p, w.shape), w)


@wrong("cross_correlate2d", "last_window_lost")
def off_by_one(x, w):
    kH, kW = w.shape
    y = np.zeros((x.shape[0] - kH, x.shape[1] - kW))
    for i in range(x.shape[0] - kH):
        for j in range(x.shape[1] - kW):
            y[i, j] = np.sum(x[i : i + kH, j : j + kW] * w)
    return y


@wrong("cross_correlate2d", "output_takes_integer_type")
def zeros_of_the_input_type(x, w):
    kH, kW = w.shape
    y = np.zeros((x.shape[0] - kH + 1, x.shape[1] - kW + 1), dtype=x.dtype)
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            y[i, j] = np.sum(x[i : i + kH, j : j + kW] * w)
    return y


@right("convolve2d")
def flip_then_windows(x, w):
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape)
    return (windows * np.flip(w)).sum(axis=(2, 3))


@right("convolve2d")
def scatter_of_inputs(x, w):
    H, W = x.shape
    kH, kW = w.shape
    full = np.zeros((H + kH - 1, W + kW - 1))
    for i in range(H):
        for j in range(W):
            full[i : i + kH, j : j + kW] += x[i, j] * w
    return full[kH - 1 : H, kW - 1 : W]


@right("convolve2d")
def negative_indices(x, w):
    kH, kW = w.shape
    out = [
        [
            sum(x[i + u, j + v] * w[-1 - u, -1 - v] for u in range(kH) for v in range(kW))
            for j in range(x.shape[1] - kW + 1)
        ]
        for i in range(x.shape[0] - kH + 1)
    ]
    return np.array(out)


@wrong("convolve2d", "kernel_not_flipped")
def correlation_again(x, w):
    return cross_correlate2d(x, w)


upside_down = edited(
    correlation_again, "flipped_rows_only", ("cross_correlate2d(x, w)", "cross_correlate2d(x, w[::-1])")
)
mirrored = edited(
    correlation_again, "flipped_columns_only", ("cross_correlate2d(x, w)", "cross_correlate2d(x, w[:, ::-1])")
)
transpose_for_flip = edited(
    correlation_again, "kernel_transposed", ("cross_correlate2d(x, w)", "cross_correlate2d(x, w.T)")
)
image_turned = edited(
    correlation_again, "image_flipped", ("return cross_correlate2d(x, w)", "return cross_correlate2d(x[::-1, ::-1], w)")
)
convolution_off_by_one = edited(
    correlation_again, "last_window_lost", ("cross_correlate2d(x, w)", "cross_correlate2d(x, w[::-1, ::-1])[:-1, :-1]")
)


@wrong("convolve2d", "output_takes_integer_type")
def convolution_of_the_input_type(x, w):
    return cross_correlate2d(x, w[::-1, ::-1]).astype(x.dtype)


@right("filter_response")
def add_in_place(x, w, b):
    y = cross_correlate2d(x, w)
    y += b
    return y


@right("filter_response")
def bias_as_a_start(x, w, b):
    kH, kW = w.shape
    y = np.full((x.shape[0] - kH + 1, x.shape[1] - kW + 1), b, dtype=float)
    for i, j in np.ndindex(*y.shape):
        y[i, j] += (x[i : i + kH, j : j + kW] * w).sum()
    return y


@right("filter_response")
def bias_as_an_extra_tap(x, w, b):
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape)
    rows = windows.reshape(-1, w.size)
    rows = np.hstack([rows, np.ones((len(rows), 1))])
    return (rows @ np.append(w.ravel(), b)).reshape(windows.shape[:2])


@wrong("filter_response", "bias_per_tap")
def bias_in_the_sum(x, w, b):
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape)
    return (windows * w + b).sum(axis=(2, 3))


@wrong("filter_response", "bias_left_out")
def no_bias(x, w, b):
    return cross_correlate2d(x, w)


threshold = edited(no_bias, "bias_subtracted", ("(x, w)", "(x, w) - b"))
bias_once_for_all = edited(add_in_place, "bias_in_the_corner", ("y += b", "y[0, 0] += b"))
response_flipped = edited(no_bias, "kernel_flipped", ("(x, w)", "(x, w[::-1, ::-1]) + b"))
response_transposed = edited(no_bias, "kernel_transposed", ("(x, w)", "(x, w.T) + b"))
response_off_by_one = edited(no_bias, "last_window_lost", ("(x, w)", "(x, w)[:-1, :-1] + b"))


@wrong("filter_response", "output_takes_integer_type")
def response_of_the_input_type(x, w, b):
    return (cross_correlate2d(x, w) + b).astype(x.dtype)


@right("correlation_as_matrix")
def impulse_by_impulse(w, input_shape):
    H, W = input_shape
    columns = []
    for pixel in range(H * W):
        impulse = np.zeros(H * W)
        impulse[pixel] = 1
        columns.append(cross_correlate2d(impulse.reshape(H, W), w).ravel())
    return np.stack(columns, axis=1)


@right("correlation_as_matrix")
def index_arithmetic(w, input_shape):
    H, W = input_shape
    kH, kW = w.shape
    oH, oW = H - kH + 1, W - kW + 1
    M = np.zeros((oH * oW, H * W))
    for row in range(oH * oW):
        i, j = divmod(row, oW)
        for u in range(kH):
            M[row, (i + u) * W + j : (i + u) * W + j + kW] = w[u]
    return M


@right("correlation_as_matrix")
def blocks_of_toeplitz(w, input_shape):
    H, W = input_shape
    kH, kW = w.shape
    oH, oW = H - kH + 1, W - kW + 1
    return sum(np.kron(np.eye(oH, H, u), sum(w[u, v] * np.eye(oW, W, v) for v in range(kW))) for u in range(kH))


@wrong("correlation_as_matrix", "matrix_transposed")
def outputs_in_columns(w, input_shape):
    H, W = input_shape
    rows = []
    for pixel in range(H * W):
        impulse = np.zeros(H * W)
        impulse[pixel] = 1
        rows.append(cross_correlate2d(impulse.reshape(H, W), w).ravel())
    return np.stack(rows)


@wrong("correlation_as_matrix", "kernel_flipped")
def convolution_matrix(w, input_shape):
    H, W = input_shape
    columns = [cross_correlate2d(e.reshape(H, W), w[::-1, ::-1]).ravel() for e in np.eye(H * W)]
    return np.stack(columns, axis=1)


@wrong("correlation_as_matrix", "column_major")
def fortran_order(w, input_shape):
    H, W = input_shape
    columns = [cross_correlate2d(e.reshape(H, W, order="F"), w).ravel(order="F") for e in np.eye(H * W)]
    return np.stack(columns, axis=1)


@wrong("correlation_as_matrix", "outputs_column_major")
def outputs_down_the_columns(w, input_shape):
    H, W = input_shape
    kH, kW = w.shape
    oH, oW = H - kH + 1, W - kW + 1
    M = np.zeros((oH * oW, H * W))
    for i in range(oH):
        for j in range(oW):
            image = np.zeros((H, W))
            image[i : i + kH, j : j + kW] = w
            M[j * oH + i] = image.ravel()
    return M


@wrong("correlation_as_matrix", "height_width_swapped")
def width_first(w, input_shape):
    W, H = input_shape
    columns = [cross_correlate2d(e.reshape(H, W), w).ravel() for e in np.eye(H * W)]
    return np.stack(columns, axis=1)
