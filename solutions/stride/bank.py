"""Programs for chapter 3."""

import numpy as np

from autograde.course.program import edited, right, stray, wrong


@right("conv_output_size")
def count_the_starts(n, k, stride=1, padding=0, dilation=1):
    return len(range(0, n + 2 * padding - dilation * (k - 1), stride))


@right("conv_output_size")
def walk(n, k, stride=1, padding=0, dilation=1):
    count, first = 0, -padding
    while first + dilation * (k - 1) <= n + padding - 1:
        count += 1
        first += stride
    return count


@right("conv_output_size")
def floor_of_a_float(n, k, stride=1, padding=0, dilation=1):
    return int(np.floor((n + 2 * padding - (dilation * (k - 1) + 1)) / stride + 1))


@right("conv_output_size")
def window_length_first(n, k, stride=1, padding=0, dilation=1):
    window = k + (k - 1) * (dilation - 1)
    return (n + 2 * padding - window + stride) // stride


@wrong("conv_output_size", "ceil_for_floor")
def rounded_up(n, k, stride=1, padding=0, dilation=1):
    return int(np.ceil((n + 2 * padding - dilation * (k - 1) - 1) / stride)) + 1


@wrong("conv_output_size", "rounded_to_nearest")
def rounded(n, k, stride=1, padding=0, dilation=1):
    return round((n + 2 * padding - dilation * (k - 1) - 1) / stride) + 1


@wrong("conv_output_size", "not_rounded")
def a_fraction(n, k, stride=1, padding=0, dilation=1):
    return (n + 2 * padding - dilation * (k - 1) - 1) / stride + 1


@wrong("conv_output_size", "plus_one_forgotten")
def steps(n, k, stride=1, padding=0, dilation=1):
    return (n + 2 * padding - dilation * (k - 1) - 1) // stride


@wrong("conv_output_size", "plus_one_in_the_fraction")
def one_in_the_numerator(n, k, stride=1, padding=0, dilation=1):
    return (n + 2 * padding - dilation * (k - 1)) // stride


@wrong("conv_output_size", "stride_ignored")
def no_stride(n, k, stride=1, padding=0, dilation=1):
    return n + 2 * padding - dilation * (k - 1)


@wrong("conv_output_size", "padding_is_total")
def padding_once(n, k, stride=1, padding=0, dilation=1):
    return (n + padding - dilation * (k - 1) - 1) // stride + 1


no_dilation = edited(padding_once, "dilation_ignored", ("padding - dilation * (k - 1) - 1", "2 * padding - k"))
product_for_the_window = edited(
    padding_once, "dilation_times_kernel_size", ("padding - dilation * (k - 1) - 1", "2 * padding - dilation * k")
)
holes = edited(
    padding_once, "dilation_counts_gaps", ("padding - dilation * (k - 1) - 1", "2 * padding - (k + (k - 1) * dilation)")
)


@right("conv2d_single")
def four_loops(x, w, b=0.0, stride=1, padding=0, dilation=1):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    dh, dw = np.broadcast_to(dilation, 2)
    H, W = x.shape
    kH, kW = w.shape
    oH = (H + 2 * ph - dh * (kH - 1) - 1) // sh + 1
    oW = (W + 2 * pw - dw * (kW - 1) - 1) // sw + 1
    y = np.zeros((oH, oW))
    for i in range(oH):
        for j in range(oW):
            total = float(b)
            for u in range(kH):
                for v in range(kW):
                    r, c = i * sh + u * dh - ph, j * sw + v * dw - pw
                    if 0 <= r < H and 0 <= c < W:
                        total += x[r, c] * w[u, v]
            y[i, j] = total
    return y


@right("conv2d_single")
def strided_view(x, w, b=0.0, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    p = np.pad(x, ((ph, ph), (pw, pw)))
    span = dh * (w.shape[0] - 1) + 1, dw * (w.shape[1] - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(p, span)[::sh, ::sw, ::dh, ::dw]
    return np.einsum("ijuv,uv->ij", windows, w) + b


@right("conv2d_single")
def dilated_filter_then_subsample(x, w, b=0.0, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    big = np.zeros((dh * (w.shape[0] - 1) + 1, dw * (w.shape[1] - 1) + 1))
    big[::dh, ::dw] = w
    p = np.zeros((x.shape[0] + 2 * ph, x.shape[1] + 2 * pw))
    p[ph : ph + x.shape[0], pw : pw + x.shape[1]] = x
    spectrum = np.fft.fft2(p) * np.conj(np.fft.fft2(big, p.shape))
    dense = np.fft.ifft2(spectrum).real[: len(p) - len(big) + 1, : p.shape[1] - big.shape[1] + 1]
    return dense[::sh, ::sw] + b


@right("conv2d_single")
def gather_in_single_precision(x, w, b=0.0, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    p = np.pad(x, ((ph, ph), (pw, pw))).astype(np.float32)
    kH, kW = w.shape
    rows = np.arange(0, p.shape[0] - dh * (kH - 1), sh)[:, None] + dh * np.arange(kH)
    columns = np.arange(0, p.shape[1] - dw * (kW - 1), sw)[:, None] + dw * np.arange(kW)
    patches = p[rows[:, None, :, None], columns[None, :, None, :]]
    y = patches.reshape(-1, kH * kW) @ w.astype(np.float32).ravel()
    return y.reshape(len(rows), len(columns)) + np.float32(b)


mathematics_convolution = edited(
    strided_view, "kernel_flipped", ('("ijuv,uv->ij", windows, w) + b', '("ijuv,uv->ij", windows, w[::-1, ::-1]) + b')
)
transposed = edited(
    strided_view,
    "kernel_transposed",
    """
     def conv2d_single(x, w, b=0.0, stride=1, padding=0, dilation=1):
    +    w = w.T
    """,
)


@wrong("conv2d_single", "stride_ignored_in_window")
def window_starts_at_i(x, w, b=0.0, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    p = np.pad(x, ((ph, ph), (pw, pw)))
    oH = conv_output_size(x.shape[0], w.shape[0], sh, ph, dh)
    oW = conv_output_size(x.shape[1], w.shape[1], sw, pw, dw)
    y = np.zeros((oH, oW))
    for i in range(oH):
        for j in range(oW):
            window = p[i : i + dh * (w.shape[0] - 1) + 1 : dh, j : j + dw * (w.shape[1] - 1) + 1 : dw]
            y[i, j] = (window * w).sum() + b
    return y


stride_by_column_first = edited(strided_view, "stride_pair_swapped", ("sh, sw", "sw, sh"))
padding_by_column_first = edited(strided_view, "padding_pair_swapped", ("ph, pw", "pw, ph"))
dilation_by_column_first = edited(strided_view, "dilation_pair_swapped", ("dh, dw", "dw, dh"))
everything_by_column_first = edited(
    strided_view, "height_width_swapped", ("(sh, sw), (ph, pw), (dh, dw)", "(sw, sh), (pw, ph), (dw, dh)")
)


@wrong("conv2d_single", "first_of_pair_for_both")
def one_number_for_both_axes(x, w, b=0.0, stride=1, padding=0, dilation=1):
    s, p, d = (v if isinstance(v, int) else v[0] for v in (stride, padding, dilation))
    padded = np.pad(x, p)
    span = d * (w.shape[0] - 1) + 1, d * (w.shape[1] - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(padded, span)[::s, ::s, ::d, ::d]
    return np.einsum("ijuv,uv->ij", windows, w) + b


half_the_padding = edited(
    strided_view,
    "padding_is_total",
    ("(x, ((ph, ph), (pw, pw)))", "(x, ((ph // 2, ph - ph // 2), (pw // 2, pw - pw // 2)))"),
)
top_and_left = edited(strided_view, "padding_before_only", ("(x, ((ph, ph), (pw, pw)))", "(x, ((ph, 0), (pw, 0)))"))


@wrong("conv2d_single", "dilation_ignored")
def dense_taps(x, w, b=0.0, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw) = (np.broadcast_to(v, 2) for v in (stride, padding))
    p = np.pad(x, ((ph, ph), (pw, pw)))
    windows = np.lib.stride_tricks.sliding_window_view(p, w.shape)[::sh, ::sw]
    return np.einsum("ijuv,uv->ij", windows, w) + b


@wrong("conv2d_single", "dilation_counts_gaps")
def taps_too_far_apart(x, w, b=0.0, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw), (gh, gw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    p = np.pad(x, ((ph, ph), (pw, pw)))
    span = w.shape[0] + gh * (w.shape[0] - 1), w.shape[1] + gw * (w.shape[1] - 1)
    windows = np.lib.stride_tricks.sliding_window_view(p, span)[::sh, ::sw, :: gh + 1, :: gw + 1]
    return np.einsum("ijuv,uv->ij", windows, w) + b


@wrong("conv2d_single", "ceil_for_floor")
def one_window_more(x, w, b=0.0, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    span = dh * (w.shape[0] - 1) + 1, dw * (w.shape[1] - 1) + 1
    oH = -(-(x.shape[0] + 2 * ph - span[0]) // sh) + 1
    oW = -(-(x.shape[1] + 2 * pw - span[1]) // sw) + 1
    p = np.zeros(((oH - 1) * sh + span[0], (oW - 1) * sw + span[1]))
    p[ph : ph + x.shape[0], pw : pw + x.shape[1]] = x
    windows = np.lib.stride_tricks.sliding_window_view(p, span)[::sh, ::sw, ::dh, ::dw]
    return np.einsum("ijuv,uv->ij", windows, w) + b


bias_on_the_image = edited(
    strided_view,
    "bias_before_filter",
    ('np.einsum("ijuv,uv->ij", windows, w) + b', "(windows * w).sum(axis=(2, 3))"),
    ("p = np.pad(x, ((ph, ph), (pw, pw)))", "p = np.pad(x + b, ((ph, ph), (pw, pw)))"),
)
bias_in_the_sum = edited(
    strided_view, "bias_per_tap", ('np.einsum("ijuv,uv->ij", windows, w) + b', "(windows * w + b).sum(axis=(2, 3))")
)
no_bias = edited(strided_view, "bias_left_out", ('("ijuv,uv->ij", windows, w) + b', '("ijuv,uv->ij", windows, w)'))


@wrong("conv2d_single", "output_takes_integer_type")
def zeros_of_the_input_type(x, w, b=0.0, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    p = np.pad(x, ((ph, ph), (pw, pw)))
    span = dh * (w.shape[0] - 1) + 1, dw * (w.shape[1] - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(p, span)[::sh, ::sw, ::dh, ::dw]
    y = np.zeros(windows.shape[:2], dtype=x.dtype)
    y[:] = np.einsum("ijuv,uv->ij", windows, w) + b
    return y


@right("conv_transpose2d_single")
def gather_for_each_output(x, w, stride=1, padding=0, output_padding=0):
    (sh, sw), (ph, pw), (qh, qw) = (np.broadcast_to(v, 2) for v in (stride, padding, output_padding))
    y = np.zeros(((len(x) - 1) * sh - 2 * ph + len(w) + qh, (len(x[0]) - 1) * sw - 2 * pw + len(w[0]) + qw))
    for r in range(y.shape[0]):
        for c in range(y.shape[1]):
            for i in range(x.shape[0]):
                for j in range(x.shape[1]):
                    u, v = r + ph - i * sh, c + pw - j * sw
                    if 0 <= u < w.shape[0] and 0 <= v < w.shape[1]:
                        y[r, c] += x[i, j] * w[u, v]
    return y


@right("conv_transpose2d_single")
def zeros_between_then_flipped_filter(x, w, stride=1, padding=0, output_padding=0):
    (sh, sw), (ph, pw), (qh, qw) = (np.broadcast_to(v, 2) for v in (stride, padding, output_padding))
    kH, kW = w.shape
    spread = np.zeros(((len(x) - 1) * sh + 1, (x.shape[1] - 1) * sw + 1))
    spread[::sh, ::sw] = x
    spread = np.pad(spread, ((kH - 1, kH - 1 + qh), (kW - 1, kW - 1 + qw)))
    windows = np.lib.stride_tricks.sliding_window_view(spread, (kH, kW))
    y = np.einsum("ijuv,uv->ij", windows, w[::-1, ::-1])
    return y[ph : len(y) - ph, pw : y.shape[1] - pw]


@right("conv_transpose2d_single")
def two_placement_matrices(x, w, stride=1, padding=0, output_padding=0):
    (sh, sw), (ph, pw), (qh, qw) = (np.broadcast_to(v, 2) for v in (stride, padding, output_padding))

    def placement(n, k, s, p, q):
        out = np.arange((n - 1) * s - 2 * p + k + q)
        return (out[:, None, None] + p == np.arange(n)[:, None] * s + np.arange(k)).astype(float)

    rows = placement(x.shape[0], w.shape[0], sh, ph, qh)
    columns = placement(x.shape[1], w.shape[1], sw, pw, qw)
    return np.einsum("aiu,bjv,ij,uv->ab", rows, columns, x, w)


@right("conv_transpose2d_single")
def tap_by_tap_in_single_precision(x, w, stride=1, padding=0, output_padding=0):
    (sh, sw), (ph, pw), (qh, qw) = (np.broadcast_to(v, 2) for v in (stride, padding, output_padding))
    H, W = x.shape
    y = np.zeros(((H - 1) * sh + len(w) + qh, (W - 1) * sw + w.shape[1] + qw), dtype=np.float32)
    for u in range(w.shape[0]):
        for v in range(w.shape[1]):
            y[u : u + (H - 1) * sh + 1 : sh, v : v + (W - 1) * sw + 1 : sw] += np.float32(w[u, v]) * x.astype("f4")
    return y[ph : len(y) - ph, pw : y.shape[1] - pw]


stamps_turned_round = edited(
    zeros_between_then_flipped_filter,
    "kernel_flipped",
    """
    -    windows = np.lib.stride_tricks.sliding_window_view(spread, (kH, kW))
    -    y = np.einsum("ijuv,uv->ij", windows, w[::-1, ::-1])
    +    y = np.einsum("ijuv,uv->ij", np.lib.stride_tricks.sliding_window_view(spread, (kH, kW)), w)
    """,
)


@wrong("conv_transpose2d_single", "overlap_overwritten")
def assigns(x, w, stride=1, padding=0, output_padding=0):
    (sh, sw), (ph, pw), (qh, qw) = (np.broadcast_to(v, 2) for v in (stride, padding, output_padding))
    y = np.zeros(((len(x) - 1) * sh + len(w) + qh, (x.shape[1] - 1) * sw + w.shape[1] + qw))
    for i, j in np.ndindex(*x.shape):
        y[i * sh : i * sh + w.shape[0], j * sw : j * sw + w.shape[1]] = x[i, j] * w
    return y[ph : len(y) - ph, pw : y.shape[1] - pw]


@wrong("conv_transpose2d_single", "ordinary_convolution")
def forward(x, w, stride=1, padding=0, output_padding=0):
    return conv2d_single(x, w, 0, stride, padding)


@wrong("conv_transpose2d_single", "padding_grows_output")
def pads_the_output(x, w, stride=1, padding=0, output_padding=0):
    (ph, pw), (qh, qw) = (np.broadcast_to(v, 2) for v in (padding, output_padding))
    sh, sw = np.broadcast_to(stride, 2)
    y = np.zeros(((len(x) - 1) * sh + len(w) + qh + 2 * ph, (x.shape[1] - 1) * sw + w.shape[1] + qw + 2 * pw))
    for i, j in np.ndindex(*x.shape):
        y[ph + i * sh : ph + i * sh + w.shape[0], pw + j * sw : pw + j * sw + w.shape[1]] += x[i, j] * w
    return y


@wrong("conv_transpose2d_single", "padding_ignored")
def nothing_cut(x, w, stride=1, padding=0, output_padding=0):
    (sh, sw), (qh, qw) = (np.broadcast_to(v, 2) for v in (stride, output_padding))
    y = np.zeros(((len(x) - 1) * sh + len(w) + qh, (x.shape[1] - 1) * sw + w.shape[1] + qw))
    for i, j in np.ndindex(*x.shape):
        y[i * sh : i * sh + w.shape[0], j * sw : j * sw + w.shape[1]] += x[i, j] * w
    return y


@wrong("conv_transpose2d_single", "crop_at_zero")
def slice_to_minus_p(x, w, stride=1, padding=0, output_padding=0):
    (sh, sw), (ph, pw), (qh, qw) = (np.broadcast_to(v, 2) for v in (stride, padding, output_padding))
    y = np.zeros(((len(x) - 1) * sh + len(w) + qh, (x.shape[1] - 1) * sw + w.shape[1] + qw))
    for i, j in np.ndindex(*x.shape):
        y[i * sh : i * sh + w.shape[0], j * sw : j * sw + w.shape[1]] += x[i, j] * w
    return y[ph:-ph, pw:-pw]


@wrong("conv_transpose2d_single", "stride_ignored")
def stamps_at_i_and_j(x, w, stride=1, padding=0, output_padding=0):
    ph, pw = np.broadcast_to(padding, 2)
    y = np.zeros((len(x) - 1 + len(w), x.shape[1] - 1 + w.shape[1]))
    for i, j in np.ndindex(*x.shape):
        y[i : i + w.shape[0], j : j + w.shape[1]] += x[i, j] * w
    return y[ph : len(y) - ph, pw : y.shape[1] - pw]


@wrong("conv_transpose2d_single", "stride_counts_zeros")
def stride_zeros_between(x, w, stride=1, padding=0, output_padding=0):
    (sh, sw), (ph, pw), (qh, qw) = (np.broadcast_to(v, 2) for v in (stride, padding, output_padding))
    kH, kW = w.shape
    spread = np.zeros((len(x) + (len(x) - 1) * sh, x.shape[1] + (x.shape[1] - 1) * sw))
    spread[:: sh + 1, :: sw + 1] = x
    spread = np.pad(spread, ((kH - 1, kH - 1 + qh), (kW - 1, kW - 1 + qw)))
    y = np.einsum("ijuv,uv->ij", np.lib.stride_tricks.sliding_window_view(spread, (kH, kW)), np.flip(w))
    return y[ph : len(y) - ph, pw : y.shape[1] - pw]


@wrong("conv_transpose2d_single", "output_padding_ignored")
def no_output_padding(x, w, stride=1, padding=0, output_padding=0):
    (sh, sw), (ph, pw) = (np.broadcast_to(v, 2) for v in (stride, padding))
    y = np.zeros(((len(x) - 1) * sh + len(w), (x.shape[1] - 1) * sw + w.shape[1]))
    for i, j in np.ndindex(*x.shape):
        y[i * sh : i * sh + w.shape[0], j * sw : j * sw + w.shape[1]] += x[i, j] * w
    return y[ph : len(y) - ph, pw : y.shape[1] - pw]


@wrong("conv_transpose2d_single", "output_padding_is_zeros")
def zeros_at_the_end(x, w, stride=1, padding=0, output_padding=0):
    (sh, sw), (ph, pw), (qh, qw) = (np.broadcast_to(v, 2) for v in (stride, padding, output_padding))
    y = np.zeros(((len(x) - 1) * sh + len(w), (x.shape[1] - 1) * sw + w.shape[1]))
    for i, j in np.ndindex(*x.shape):
        y[i * sh : i * sh + w.shape[0], j * sw : j * sw + w.shape[1]] += x[i, j] * w
    return np.pad(y[ph : len(y) - ph, pw : y.shape[1] - pw], ((0, qh), (0, qw)))


@wrong("conv_transpose2d_single", "output_padding_before")
def extra_rows_on_top(x, w, stride=1, padding=0, output_padding=0):
    (sh, sw), (ph, pw), (qh, qw) = (np.broadcast_to(v, 2) for v in (stride, padding, output_padding))
    y = np.zeros(((len(x) - 1) * sh + len(w) + qh, (x.shape[1] - 1) * sw + w.shape[1] + qw))
    for i, j in np.ndindex(*x.shape):
        y[qh + i * sh : qh + i * sh + w.shape[0], qw + j * sw : qw + j * sw + w.shape[1]] += x[i, j] * w
    return y[ph : len(y) - ph, pw : y.shape[1] - pw]


transposed_stride_by_column_first = edited(
    slice_to_minus_p,
    "stride_pair_swapped",
    ("ph:-ph, pw:-pw", "ph : len(y) - ph, pw : y.shape[1] - pw"),
    ("sh, sw", "sw, sh"),
)
transposed_padding_by_column_first = edited(
    slice_to_minus_p,
    "padding_pair_swapped",
    ("ph:-ph, pw:-pw", "ph : len(y) - ph, pw : y.shape[1] - pw"),
    ("(ph, pw)", "(pw, ph)"),
)
output_padding_by_column_first = edited(
    slice_to_minus_p,
    "output_padding_pair_swapped",
    ("ph:-ph, pw:-pw", "ph : len(y) - ph, pw : y.shape[1] - pw"),
    ("qh, qw", "qw, qh"),
)
all_by_column_first = edited(
    slice_to_minus_p,
    "height_width_swapped",
    ("ph:-ph, pw:-pw", "ph : len(y) - ph, pw : y.shape[1] - pw"),
    ("(sh, sw), (ph, pw), (qh, qw)", "(sw, sh), (pw, ph), (qw, qh)"),
)


@right("valid_strides")
def by_remainders(n, k, padding=0):
    way = n + 2 * padding - k
    s = np.arange(1, max(way, 1) + 1)
    return s[way % s == 0].tolist()


@right("valid_strides")
def divisors_in_pairs(n, k, padding=0):
    way = n + 2 * padding - k
    if way == 0:
        return [1]
    small = [s for s in range(1, int(way**0.5) + 1) if way % s == 0]
    return sorted({*small, *(way // s for s in small)})


@right("valid_strides")
def last_window_ends_at_the_end(n, k, padding=0):
    found = [1]
    for stride in range(2, n + 2 * padding - k + 1):
        start = 0
        while start + k < n + 2 * padding:
            start += stride
        if start + k == n + 2 * padding:
            found.append(stride)
    return found


@wrong("valid_strides", "window_count_divided")
def divides_the_places(n, k, padding=0):
    places = n + 2 * padding - k + 1
    return [s for s in range(1, places + 1) if places % s == 0]


@wrong("valid_strides", "padded_width_divided")
def divides_the_width(n, k, padding=0):
    return [s for s in range(1, max(1, n + 2 * padding - k) + 1) if (n + 2 * padding) % s == 0]


@wrong("valid_strides", "padded_width_divisors")
def divisors_of_the_width(n, k, padding=0):
    width = n + 2 * padding
    return [s for s in range(1, width + 1) if width % s == 0]


@wrong("valid_strides", "padding_is_total")
def strides_padding_once(n, k, padding=0):
    way = n + padding - k
    return [s for s in range(1, max(1, way) + 1) if way % s == 0]


@wrong("valid_strides", "padding_ignored")
def strides_without_padding(n, k, padding=0):
    return [s for s in range(1, max(1, n - k) + 1) if (n - k) % s == 0]


@wrong("valid_strides", "stride_at_most_kernel")
def no_gaps_wanted(n, k, padding=0):
    way = n + 2 * padding - k
    return [s for s in range(1, k + 1) if s <= max(1, way) and way % s == 0]


range_stops_early = edited(
    no_gaps_wanted, "largest_left_out", ("(1, k + 1) if s <= max(1, way) and way %", "(1, way) if way %")
)
strides_from_two = edited(
    no_gaps_wanted, "one_left_out", ("range(1, k + 1) if s <= max(1, way) and way", "range(2, way + 1) if way")
)
empty_for_one_window = edited(
    no_gaps_wanted, "one_window_has_none", ("(1, k + 1) if s <= max(1, way) and way %", "(1, way + 1) if way %")
)


@right("settings_for")
def every_triple(n, out, largest):
    found = []
    for k in range(1, largest + 1):
        for s in range(1, k + 1):
            for p in range(k // 2 + 1):
                way = n + 2 * p - k
                if way >= 0 and way // s + 1 == out:
                    found.append((k, s, p))
    return found


@right("settings_for")
def through_the_size(n, out, largest):
    found = set()
    for k in range(largest, 0, -1):
        for p in range(k // 2, -1, -1):
            found |= {(k, s, p) for s in range(1, k + 1) if conv_output_size(n, k, s, p) == out}
    return sorted(found)


@right("settings_for")
def by_inequality(n, out, largest):
    k, s, p = np.meshgrid(*[np.arange(largest + 1)] * 3, indexing="ij")
    way = n + 2 * p - k
    fits = (s >= 1) & (s <= k) & (2 * p <= k) & (way >= 0) & ((out - 1) * s <= way) & (way < out * s)
    return [tuple(int(number) for number in triple) for triple in np.argwhere(fits)]


@wrong("settings_for", "only_even_divisions")
def nothing_left_over(n, out, largest):
    found = []
    for k in range(1, largest + 1):
        for s in range(1, k + 1):
            for p in range(k // 2 + 1):
                way = n + 2 * p - k
                if way >= 0 and way == (out - 1) * s:
                    found.append((k, s, p))
    return found


quotient_rounded_up = edited(every_triple, "ceil_for_floor", ("way // s + 1 == out", "-(-way // s) + 1 == out"))
steps_counted = edited(every_triple, "plus_one_forgotten", ("way // s + 1", "way // s"))
padding_counted_once = edited(
    every_triple, "padding_is_total", ("if way >= 0 and way // s", "if way >= 0 and (n + p - k) // s")
)
odd_windows = edited(every_triple, "odd_kernels_only", ("range(1, largest + 1)", "range(1, largest + 1, 2)"))
range_without_its_end = edited(every_triple, "largest_left_out", ("largest + 1", "largest"))
windows_overlap = edited(every_triple, "stride_below_kernel", ("range(1, k + 1)", "range(1, k)"))
half_without_its_end = edited(every_triple, "padding_below_half", ("k // 2 + 1", "(k - 1) // 2 + 1"))
padding_up_to_the_kernel = edited(every_triple, "padding_at_most_kernel", ("k // 2 + 1", "k + 1"))
any_stride = edited(every_triple, "stride_above_kernel", ("range(1, k + 1)", "range(1, max(n, k) + 1)"))
dense_windows = edited(every_triple, "stride_one_only", ("range(1, k + 1)", "[1]"))
padding_second = edited(
    every_triple, "order_k_p_s", ("(k, s, p))", "(k, p, s))"), ("return found", "return sorted(found)")
)
stride_first = edited(
    every_triple, "order_s_k_p", ("(k, s, p))", "(s, k, p))"), ("return found", "return sorted(found)")
)


@stray("conv2d_single", "one too few, as from a + 1 that is lost")
def last_window_lost(x, w, b=0.0, stride=1, padding=0, dilation=1):
    (s_h, s_w), (p_h, p_w), (d_h, d_w) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    p = np.pad(x, ((p_h, p_h), (p_w, p_w)))
    out_h = (len(p) - d_h * (len(w) - 1) - 1) // s_h
    out_w = (p.shape[1] - d_w * (w.shape[1] - 1) - 1) // s_w
    y = np.full((out_h, out_w), float(b))
    for i in range(out_h):
        for j in range(out_w):
            window = p[i * s_h : i * s_h + d_h * len(w) : d_h, j * s_w : j * s_w + d_w * w.shape[1] : d_w]
            y[i, j] += (window[: len(w), : w.shape[1]] * w).sum()
    return y


@stray("conv2d_single", "Two things at once: ")
def flipped_and_without_bias(x, w, b=0.0, stride=1, padding=0, dilation=1):
    (s_h, s_w), (p_h, p_w), (d_h, d_w) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    p = np.pad(x, ((p_h, p_h), (p_w, p_w)))
    spans = d_h * (len(w) - 1) + 1, d_w * (w.shape[1] - 1) + 1
    view = np.lib.stride_tricks.sliding_window_view(p, spans)[::s_h, ::s_w, ::d_h, ::d_w]
    return np.einsum("ijuv,uv->ij", view, w[::-1, ::-1])
