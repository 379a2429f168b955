"""Programs for chapter 6."""

import numpy as np

from autograde.course.program import edited, right, wrong


@right("max_pool2d")
def six_loops(x, kernel_size, stride=None, padding=0, dilation=1):
    kH, kW = np.broadcast_to(kernel_size, 2)
    sh, sw = np.broadcast_to(kernel_size if stride is None else stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    dh, dw = np.broadcast_to(dilation, 2)
    N, C, H, W = x.shape
    oH = (H + 2 * ph - dh * (kH - 1) - 1) // sh + 1
    oW = (W + 2 * pw - dw * (kW - 1) - 1) // sw + 1
    y = np.empty((N, C, oH, oW))
    for n in range(N):
        for c in range(C):
            for i in range(oH):
                for j in range(oW):
                    best = None
                    for u in range(kH):
                        for v in range(kW):
                            r, s = i * sh + u * dh - ph, j * sw + v * dw - pw
                            if 0 <= r < H and 0 <= s < W and (best is None or x[n, c, r, s] > best):
                                best = x[n, c, r, s]
                    y[n, c, i, j] = best
    return y


@right("max_pool2d")
def strided_view(x, kernel_size, stride=None, padding=0, dilation=1):
    (kh, kw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (kernel_size, padding, dilation))
    sh, sw = np.broadcast_to(kernel_size if stride is None else stride, 2)
    p = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=-np.inf)
    span = dh * (kh - 1) + 1, dw * (kw - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(p, span, axis=(2, 3))
    return windows[:, :, ::sh, ::sw, ::dh, ::dw].max(axis=(-1, -2))


@right("max_pool2d")
def rows_then_columns_in_single_precision(x, kernel_size, stride=None, padding=0, dilation=1):
    def along_the_last_axis(a, k, s, p, d):
        a = np.concatenate(
            [np.full((*a.shape[:-1], p), -1e30, np.float32), a, np.full((*a.shape[:-1], p), -1e30, "f4")], -1
        )
        places = np.arange(0, a.shape[-1] - d * (k - 1), s)[:, None] + d * np.arange(k)
        return a[..., places].max(axis=-1)

    options = [
        np.broadcast_to(v, 2) for v in (kernel_size, kernel_size if stride is None else stride, padding, dilation)
    ]
    wide = along_the_last_axis(x.astype(np.float32), *(v[1] for v in options))
    return along_the_last_axis(wide.swapaxes(2, 3), *(v[0] for v in options)).swapaxes(2, 3)


@wrong("max_pool2d", "padded_with_zeros")
def zeros_in_the_border(x, kernel_size, stride=None, padding=0, dilation=1):
    stride = kernel_size if stride is None else stride
    (kh, kw), (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding, dilation))
    p = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    span = dh * (kh - 1) + 1, dw * (kw - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(p, span, axis=(2, 3))[:, :, ::sh, ::sw, ::dh, ::dw]
    return windows.max(axis=(4, 5))


@wrong("max_pool2d", "average_instead")
def means(x, kernel_size, stride=None, padding=0, dilation=1):
    stride = kernel_size if stride is None else stride
    (kh, kw), (sh, sw), (ph, pw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    windows = np.lib.stride_tricks.sliding_window_view(p, (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw]
    return windows.mean(axis=(4, 5))


absolute_values = edited(
    zeros_in_the_border,
    "largest_magnitude",
    """
    -    p = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    +    p = np.pad(abs(x).astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=-np.inf)
    """,
)


@wrong("max_pool2d", "dilation_ignored")
def dense_window(x, kernel_size, stride=None, padding=0, dilation=1):
    dilation = 1
    stride = kernel_size if stride is None else stride
    (kh, kw), (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding, dilation))
    p = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=-np.inf)
    span = dh * (kh - 1) + 1, dw * (kw - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(p, span, axis=(2, 3))[:, :, ::sh, ::sw, ::dh, ::dw]
    return windows.max(axis=(4, 5))


gaps_for_steps = edited(dense_window, "dilation_counts_gaps", ("dilation = 1", "dilation = np.add(dilation, 1)"))


@wrong("max_pool2d", "stride_defaults_to_one")
def moves_by_one(x, kernel_size, stride=None, padding=0, dilation=1):
    stride = 1 if stride is None else stride
    (kh, kw), (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding, dilation))
    p = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=-np.inf)
    span = dh * (kh - 1) + 1, dw * (kw - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(p, span, axis=(2, 3))[:, :, ::sh, ::sw, ::dh, ::dw]
    return windows.max(axis=(4, 5))


always_side_by_side = edited(
    moves_by_one, "stride_is_always_the_kernel", ("1 if stride is None else stride", "kernel_size")
)


@wrong("max_pool2d", "stride_ignored_in_window")
def window_starts_at_i(x, kernel_size, stride=None, padding=0, dilation=1):
    stride = kernel_size if stride is None else stride
    (kh, kw), (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding, dilation))
    p = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=-np.inf)
    span = dh * (kh - 1) + 1, dw * (kw - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(p, span, axis=(2, 3))[..., ::dh, ::dw]
    oH, oW = -(-windows.shape[2] // sh), -(-windows.shape[3] // sw)
    windows = windows[:, :, :oH, :oW]
    return windows.max(axis=(4, 5))


channels_pooled_too = edited(
    moves_by_one,
    "pools_over_channels",
    ("(axis=(4, 5))", "(axis=(4, 5)).max(axis=1, keepdims=True)"),
    ("stride = 1 if stride", "stride = kernel_size if stride"),
)


@wrong("max_pool2d", "padding_forgotten_in_the_size")
def size_of_the_bare_image(x, kernel_size, stride=None, padding=0, dilation=1):
    stride = kernel_size if stride is None else stride
    (kh, kw), (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding, dilation))
    p = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=-np.inf)
    span = dh * (kh - 1) + 1, dw * (kw - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(p, span, axis=(2, 3))[:, :, ::sh, ::sw, ::dh, ::dw]
    oH, oW = (x.shape[2] - span[0]) // sh + 1, (x.shape[3] - span[1]) // sw + 1
    return windows[:, :, :oH, :oW].max(axis=(4, 5))


no_border = edited(dense_window, "padding_ignored", ("dilation = 1", "padding = 0"))
half_the_padding = edited(
    zeros_in_the_border,
    "padding_is_total",
    """
    -    p = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    +    p = np.pad(
    +        x.astype(float), ((0, 0), (0, 0), (ph // 2, ph - ph // 2), (pw // 2, pw - pw // 2)), constant_values=-np.inf
    +    )
    """,
)
one_window_more = edited(
    zeros_in_the_border,
    "ceil_for_floor",
    """
    -    p = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    +    p = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph + sh - 1), (pw, pw + sw - 1)), constant_values=-np.inf)
    """,
)
kernel_by_column_first = edited(
    dense_window,
    "kernel_size_pair_swapped",
    """
    -    dilation = 1
    +    if np.ndim(kernel_size):
    +        kernel_size = kernel_size[::-1]
    """,
)
stride_by_column_first = edited(
    dense_window,
    "stride_pair_swapped",
    """
    -    dilation = 1
    +    if np.ndim(stride):
    +        stride = stride[::-1]
    """,
)


@wrong("max_pool2d", "padding_pair_swapped")
def padding_by_column_first(x, kernel_size, stride=None, padding=0, dilation=1):
    stride = kernel_size if stride is None else stride
    (kh, kw), (sh, sw), (pw, ph), (dh, dw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding, dilation))
    p = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=-np.inf)
    span = dh * (kh - 1) + 1, dw * (kw - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(p, span, axis=(2, 3))[:, :, ::sh, ::sw, ::dh, ::dw]
    return windows.max(axis=(4, 5))


dilation_by_column_first = edited(
    padding_by_column_first, "dilation_pair_swapped", ("(pw, ph), (dh, dw)", "(ph, pw), (dw, dh)")
)
everything_by_column_first = edited(
    padding_by_column_first,
    "height_width_swapped",
    ("(kh, kw), (sh, sw), (pw, ph), (dh, dw)", "(kw, kh), (sw, sh), (pw, ph), (dw, dh)"),
)


@right("avg_pool2d")
def loops_over_outputs(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    kH, kW = np.broadcast_to(kernel_size, 2)
    sh, sw = np.broadcast_to(kernel_size if stride is None else stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    N, C, H, W = x.shape
    y = np.zeros((N, C, (H + 2 * ph - kH) // sh + 1, (W + 2 * pw - kW) // sw + 1))
    for i in range(y.shape[2]):
        for j in range(y.shape[3]):
            top, left = i * sh - ph, j * sw - pw
            inside = x[:, :, max(top, 0) : top + kH, max(left, 0) : left + kW]
            count = kH * kW if count_include_pad else inside.shape[2] * inside.shape[3]
            y[:, :, i, j] = inside.sum(axis=(2, 3)) / count
    return y


@right("avg_pool2d")
def nan_for_padding(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    (kh, kw), (ph, pw) = np.broadcast_to(kernel_size, 2), np.broadcast_to(padding, 2)
    sh, sw = (kh, kw) if stride is None else np.broadcast_to(stride, 2)
    border = 0.0 if count_include_pad else np.nan
    p = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=border)
    windows = np.lib.stride_tricks.sliding_window_view(p, (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw]
    return np.nanmean(windows, axis=(4, 5))


@right("avg_pool2d")
def summed_area_table(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    (kh, kw), (ph, pw) = np.broadcast_to(kernel_size, 2), np.broadcast_to(padding, 2)
    sh, sw = np.broadcast_to(kernel_size if stride is None else stride, 2)

    def sums(a):
        table = np.pad(a, ((0, 0), (0, 0), (ph + 1, ph), (pw + 1, pw))).cumsum(axis=2).cumsum(axis=3)
        all_of_them = table[:, :, kh:, kw:] - table[:, :, :-kh, kw:] - table[:, :, kh:, :-kw] + table[:, :, :-kh, :-kw]
        return all_of_them[:, :, ::sh, ::sw]

    return sums(x) / (kh * kw if count_include_pad else sums(np.ones((1, 1, *x.shape[2:]))))


@right("avg_pool2d")
def two_matrices_in_single_precision(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    def matrix(n, k, s, p):
        first = np.arange((n + 2 * p - k) // s + 1)[:, None] * s - p
        pixel = np.arange(n)
        inside = ((first <= pixel) & (pixel < first + k)).astype(np.float32)
        return inside / (k if count_include_pad else inside.sum(axis=1, keepdims=True))

    options = [np.broadcast_to(v, 2) for v in (kernel_size, kernel_size if stride is None else stride, padding)]
    rows = matrix(x.shape[2], *(v[0] for v in options)).astype(np.float32)
    columns = matrix(x.shape[3], *(v[1] for v in options)).astype(np.float32)
    return rows @ x.astype(np.float32) @ columns.T


@wrong("avg_pool2d", "padding_counted_inverted")
def flag_inverted(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    stride = kernel_size if stride is None else stride
    (kh, kw), (sh, sw), (ph, pw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding))
    border = ((0, 0), (0, 0), (ph, ph), (pw, pw))
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, border), (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw]
    count = kh * kw
    if count_include_pad:
        inside = np.pad(np.ones_like(x), border)
        count = np.lib.stride_tricks.sliding_window_view(inside, (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw].sum(
            axis=(4, 5)
        )
    return windows.sum(axis=(4, 5)) / count


@wrong("avg_pool2d", "padding_always_counted")
def always_all_places(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    stride = kernel_size if stride is None else stride
    (kh, kw), (sh, sw), (ph, pw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding))
    border = ((0, 0), (0, 0), (ph, ph), (pw, pw))
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, border), (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw]
    count = kh * kw
    return windows.sum(axis=(4, 5)) / count


only_inside = edited(
    always_all_places,
    "padding_never_counted",
    """
    -    count = kh * kw
    +    inside = np.pad(np.ones_like(x), border)
    +    count = np.lib.stride_tricks.sliding_window_view(inside, (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw].sum(axis=(4, 5))
    """,
)


@wrong("avg_pool2d", "sum_not_divided")
def sums(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    stride = kernel_size if stride is None else stride
    (kh, kw), (sh, sw), (ph, pw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding))
    border = ((0, 0), (0, 0), (ph, ph), (pw, pw))
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, border), (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw]
    count = kh * kw
    if not count_include_pad:
        inside = np.pad(np.ones_like(x), border)
        count = np.lib.stride_tricks.sliding_window_view(inside, (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw].sum(
            axis=(4, 5)
        )
    if count_include_pad:
        return windows.sum(axis=(4, 5))
    return windows.sum(axis=(4, 5)) / count * kh * kw


@wrong("avg_pool2d", "maximum_instead")
def maxima(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    stride = kernel_size if stride is None else stride
    (kh, kw), (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding, 1))
    p = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=-np.inf)
    span = dh * (kh - 1) + 1, dw * (kw - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(p, span, axis=(2, 3))[:, :, ::sh, ::sw, ::dh, ::dw]
    return windows.max(axis=(4, 5))


type_of_the_input = edited(
    flag_inverted,
    "output_takes_integer_type",
    ("windows.sum(axis=(4, 5)) / count", "(windows.sum(axis=(4, 5)) / count).astype(x.dtype)"),
    ("if count_include_pad:", "if not count_include_pad:"),
)
averages_move_by_one = edited(
    flag_inverted,
    "stride_defaults_to_one",
    ("if count_include_pad:", "if not count_include_pad:"),
    ("stride = kernel_size if stride", "stride = 1 if stride"),
)
averages_side_by_side = edited(
    flag_inverted,
    "stride_is_always_the_kernel",
    ("if count_include_pad:", "if not count_include_pad:"),
    ("kernel_size if stride is None else stride", "kernel_size"),
)


@wrong("avg_pool2d", "stride_ignored_in_window")
def averages_start_at_i(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    stride = kernel_size if stride is None else stride
    (kh, kw), (sh, sw), (ph, pw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding))
    border = ((0, 0), (0, 0), (ph, ph), (pw, pw))
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, border), (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw]
    count = kh * kw
    if not count_include_pad:
        inside = np.pad(np.ones_like(x), border)
        count = np.lib.stride_tricks.sliding_window_view(inside, (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw].sum(
            axis=(4, 5)
        )
    oH, oW = windows.shape[2:4]
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, border), (kh, kw), axis=(2, 3))[:, :, :oH, :oW]
    if not count_include_pad:
        count = np.lib.stride_tricks.sliding_window_view(inside, (kh, kw), axis=(2, 3))[:, :, :oH, :oW].sum(axis=(4, 5))
    return windows.sum(axis=(4, 5)) / count


channels_averaged_too = edited(
    flag_inverted,
    "pools_over_channels",
    ("windows.sum(axis=(4, 5)) / count", "(windows.sum(axis=(4, 5)) / count).mean(axis=1, keepdims=True)"),
    ("if count_include_pad:", "if not count_include_pad:"),
)
averages_of_the_bare_size = edited(
    sums,
    "padding_forgotten_in_the_size",
    """
    -    if count_include_pad:
    -        return windows.sum(axis=(4, 5))
    -    return windows.sum(axis=(4, 5)) / count * kh * kw
    +    oH, oW = (x.shape[2] - kh) // sh + 1, (x.shape[3] - kw) // sw + 1
    +    return (windows.sum(axis=(4, 5)) / count)[:, :, :oH, :oW]
    """,
)
averages_without_border = edited(
    flag_inverted,
    "padding_ignored",
    ("if count_include_pad:", "if not count_include_pad:"),
    """
     def avg_pool2d(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    +    padding = 0
    """,
)
averages_with_half_the_padding = edited(
    flag_inverted,
    "padding_is_total",
    ("if count_include_pad:", "if not count_include_pad:"),
    """
    -    border = ((0, 0), (0, 0), (ph, ph), (pw, pw))
    +    border = ((0, 0), (0, 0), (ph // 2, ph - ph // 2), (pw // 2, pw - pw // 2))
    """,
)
one_average_more = edited(
    flag_inverted,
    "ceil_for_floor",
    ("if count_include_pad:", "if not count_include_pad:"),
    ("((0, 0), (0, 0), (ph, ph), (pw, pw))", "((0, 0), (0, 0), (ph, ph + sh - 1), (pw, pw + sw - 1))"),
)
averages_kernel_by_column_first = edited(
    flag_inverted,
    "kernel_size_pair_swapped",
    ("if count_include_pad:", "if not count_include_pad:"),
    """
     def avg_pool2d(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    +    if np.ndim(kernel_size):
    +        kernel_size = kernel_size[::-1]
    """,
)
averages_stride_by_column_first = edited(
    flag_inverted,
    "stride_pair_swapped",
    ("if count_include_pad:", "if not count_include_pad:"),
    """
     def avg_pool2d(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    +    if np.ndim(stride):
    +        stride = stride[::-1]
    """,
)
averages_padding_by_column_first = edited(
    flag_inverted, "padding_pair_swapped", ("if count_include_pad:", "if not count_include_pad:"), ("ph, pw", "pw, ph")
)
averages_all_by_column_first = edited(
    flag_inverted,
    "height_width_swapped",
    ("if count_include_pad:", "if not count_include_pad:"),
    ("(kh, kw), (sh, sw), (ph, pw)", "(kw, kh), (sw, sh), (pw, ph)"),
)


@right("global_avg_pool2d")
def means_twice(x):
    return x.mean(axis=3).mean(axis=2)


@right("global_avg_pool2d")
def maps_as_rows(x):
    rows = x.reshape(x.shape[0], x.shape[1], -1)
    return rows.sum(axis=-1) / rows.shape[-1]


@right("global_avg_pool2d")
def einsum_in_single_precision(x):
    return np.einsum("nchw->nc", x.astype(np.float32)) / np.float32(x.shape[2] * x.shape[3])


@right("global_avg_pool2d")
def one_large_window(x):
    return avg_pool2d(x, x.shape[2:])[:, :, 0, 0]


keeps_axes = edited(
    one_large_window, "axes_kept", ("avg_pool2d(x, x.shape[2:])[:, :, 0, 0]", "x.mean(axis=(2, 3), keepdims=True)")
)
mean_of_axis_two = edited(one_large_window, "rows_only", ("avg_pool2d(x, x.shape[2:])[:, :, 0, 0]", "x.mean(axis=2)"))
mean_of_the_last_axis = edited(
    one_large_window, "columns_only", ("avg_pool2d(x, x.shape[2:])[:, :, 0, 0]", "x.mean(axis=-1)")
)
mean_over_the_batch = edited(
    one_large_window, "batch_averaged", ("avg_pool2d(x, x.shape[2:])[:, :, 0, 0]", "x.mean(axis=(0, 2, 3))")
)


@wrong("global_avg_pool2d", "channels_averaged")
def one_number_an_image(x):
    return np.array([image.mean() for image in x])


channels_last = edited(
    one_large_window, "channels_read_last", ("avg_pool2d(x, x.shape[2:])[:, :, 0, 0]", "x.mean(axis=(1, 2))")
)
sum_of_the_map = edited(
    one_large_window, "sum_not_divided", ("avg_pool2d(x, x.shape[2:])[:, :, 0, 0]", "x.sum(axis=(2, 3))")
)
largest_of_the_map = edited(
    one_large_window, "maximum_instead", ("avg_pool2d(x, x.shape[2:])[:, :, 0, 0]", "x.max(axis=(2, 3))")
)


@right("adaptive_avg_pool2d")
def averaging_matrices(x, output_size):
    def matrix(n, o):
        m = np.zeros((o, n))
        for i in range(o):
            start, end = int(np.floor(i * n / o)), int(np.ceil((i + 1) * n / o))
            m[i, start:end] = 1 / (end - start)
        return m

    oH, oW = np.broadcast_to(output_size, 2)
    return np.einsum("ai,bj,ncij->ncab", matrix(x.shape[2], oH), matrix(x.shape[3], oW), x)


@right("adaptive_avg_pool2d")
def pixels_that_touch_the_cell(x, output_size):
    def axis_means(a, o):
        n = a.shape[-1]
        k = np.arange(n)
        cells = [(k + 1) * o > i * n for i in range(o)]
        cells = [cell & (k * o < (i + 1) * n) for i, cell in enumerate(cells)]
        return np.stack([a[..., cell].mean(axis=-1) for cell in cells], axis=-1)

    oH, oW = (output_size, output_size) if isinstance(output_size, int) else output_size
    return axis_means(axis_means(x, oW).swapaxes(2, 3), oH).swapaxes(2, 3)


@right("adaptive_avg_pool2d")
def loops_in_single_precision(x, output_size):
    oH, oW = np.broadcast_to(output_size, 2)
    N, C, H, W = x.shape
    y = np.zeros((N, C, oH, oW), dtype=np.float32)
    for n in range(N):
        for c in range(C):
            for i in range(oH):
                for j in range(oW):
                    window = x[
                        n, c, i * H // oH : ((i + 1) * H + oH - 1) // oH, j * W // oW : ((j + 1) * W + oW - 1) // oW
                    ]
                    y[n, c, i, j] = window.mean()
    return y


@wrong("adaptive_avg_pool2d", "rest_dropped")
def equal_windows(x, output_size):
    oH, oW = np.broadcast_to(output_size, 2)
    H, W = x.shape[2:]
    y = np.zeros((*x.shape[:2], oH, oW))
    for i in range(oH):
        for j in range(oW):
            top, bottom = i * (H // oH), (i + 1) * (H // oH)
            left, right = j * (W // oW), (j + 1) * (W // oW)
            y[:, :, i, j] = x[:, :, top:bottom, left:right].mean(axis=(2, 3))
    return y


both_ends_rounded_down = edited(
    equal_windows,
    "windows_never_overlap",
    """
    -            top, bottom = i * (H // oH), (i + 1) * (H // oH)
    -            left, right = j * (W // oW), (j + 1) * (W // oW)
    +            top, bottom = i * H // oH, (i + 1) * H // oH
    +            left, right = j * W // oW, (j + 1) * W // oW
    """,
)


@wrong("adaptive_avg_pool2d", "split_like_a_list")
def array_split(x, output_size):
    oH, oW = np.broadcast_to(output_size, 2)
    y = np.stack([part.mean(axis=2) for part in np.array_split(x, oH, axis=2)], axis=2)
    return np.stack([part.mean(axis=3) for part in np.array_split(y, oW, axis=3)], axis=3)


@wrong("adaptive_avg_pool2d", "one_kernel_for_all")
def one_kernel_and_stride(x, output_size):
    oH, oW = np.broadcast_to(output_size, 2)
    H, W = x.shape[2:]
    y = np.zeros((*x.shape[:2], oH, oW))
    for i in range(oH):
        for j in range(oW):
            top = i * (H // oH)
            bottom = top + H - (oH - 1) * (H // oH)
            left = j * (W // oW)
            right = left + W - (oW - 1) * (W // oW)
            y[:, :, i, j] = x[:, :, top:bottom, left:right].mean(axis=(2, 3))
    return y


@wrong("adaptive_avg_pool2d", "nearest_pixel")
def first_pixel_of_the_window(x, output_size):
    oH, oW = np.broadcast_to(output_size, 2)
    H, W = x.shape[2:]
    y = np.zeros((*x.shape[:2], oH, oW))
    for i in range(oH):
        for j in range(oW):
            top = i * H // oH
            left = j * W // oW
            y[:, :, i, j] = x[:, :, top, left]
    return y


@wrong("adaptive_avg_pool2d", "output_size_is_kernel")
def size_of_the_window(x, output_size):
    return avg_pool2d(x, output_size)


width_first = edited(
    equal_windows,
    "height_width_swapped",
    """
    -            top, bottom = i * (H // oH), (i + 1) * (H // oH)
    -            left, right = j * (W // oW), (j + 1) * (W // oW)
    +            top, bottom = i * H // oH, -(-(i + 1) * H // oH)
    +            left, right = j * W // oW, -(-(j + 1) * W // oW)
    """,
    ("oH, oW = np.broadcast_to(output_size, 2)", "oW, oH = np.broadcast_to(output_size, 2)"),
)


@wrong("adaptive_avg_pool2d", "maximum_instead")
def adaptive_maxima(x, output_size):
    oH, oW = np.broadcast_to(output_size, 2)
    H, W = x.shape[2:]
    y = np.zeros((*x.shape[:2], oH, oW))
    for i in range(oH):
        for j in range(oW):
            top, bottom = i * H // oH, -(-(i + 1) * H // oH)
            left, right = j * W // oW, -(-(j + 1) * W // oW)
            y[:, :, i, j] = x[:, :, top:bottom, left:right].max(axis=(2, 3))
    return y


@right("receptive_field")
def backwards_from_one_unit(layers):
    size, jump, start = 1, 1, 0
    for layer in reversed(layers):
        kernel_size, stride = layer[0], layer[1]
        dilation = layer[2] if len(layer) > 2 else 1
        padding = layer[3] if len(layer) > 3 else 0
        size = (size - 1) * stride + dilation * (kernel_size - 1) + 1
        start = start * stride - padding
        jump *= stride
    return size, jump, start


@right("receptive_field")
def sum_of_products(layers):
    full = [(*layer, *(1, 0)[len(layer) - 2 :]) for layer in layers]
    jumps = [1]
    for layer in full:
        jumps.append(jumps[-1] * layer[1])
    size = 1 + sum((k - 1) * d * jump for (k, _, d, _), jump in zip(full, jumps[:-1], strict=True))
    return [size, jumps[-1], -sum(p * jump for (_, _, _, p), jump in zip(full, jumps[:-1], strict=True))]


@right("receptive_field")
def pixels_reached(layers):
    def first_and_last(unit):
        reached = (unit, unit)
        for layer in layers[::-1]:
            k, s, d, p = (*layer, *(1, 0)[len(layer) - 2 :])
            reached = (reached[0] * s - p, reached[1] * s - p + (k - 1) * d)
        return reached

    first, last = first_and_last(0)
    return np.array([last - first + 1, first_and_last(1)[0] - first, first])


@wrong("receptive_field", "own_stride_counted")
def jump_too_early(layers):
    size, jump, start = 1, 1, 0
    for layer in layers:
        k, s = layer[:2]
        d = layer[2] if len(layer) > 2 else 1
        p = layer[3] if len(layer) > 3 else 0
        size += d * (k - 1) * jump * s
        start -= p * jump
        jump *= s
    return size, jump, start


sum_of_kernels = edited(
    jump_too_early,
    "kernels_added_up",
    ("size += d * (k - 1) * jump * s", "size += k"),
    ("size, jump, start = 1", "size, jump, start = 0"),
)
no_strides = edited(jump_too_early, "strides_ignored", (" * jump * s\n", "\n"))
last_layer_first = edited(
    jump_too_early, "order_reversed", ("in layers:", "in layers[::-1]:"), (" * jump * s\n", " * jump\n")
)
from_zero = edited(jump_too_early, "starts_at_zero", ("start = 1, 1", "start = 0, 1"), (" * jump * s\n", " * jump\n"))
k_steps = edited(jump_too_early, "whole_kernel_added", ("(k - 1) * jump * s", "k * jump"))
dilation_not_read = edited(jump_too_early, "dilation_ignored", ("d * (k - 1) * jump * s", "(k - 1) * jump"))
window_is_a_product = edited(
    jump_too_early, "dilation_times_kernel_size", ("d * (k - 1) * jump * s", "(d * k - 1) * jump")
)
narrower_by_the_padding = edited(
    jump_too_early, "padding_widens", ("d * (k - 1) * jump * s", "d * (k - 1) * jump - p * jump")
)
paddings_added_up = edited(
    jump_too_early, "start_without_jump", (" * jump * s\n", " * jump\n"), ("-= p * jump", "-= p")
)
padded_after_the_stride = edited(
    jump_too_early, "own_stride_moves_start", (" * jump * s\n", " * jump\n"), ("-= p * jump", "-= p * jump * s")
)
into_the_image = edited(jump_too_early, "start_positive", (" * jump * s\n", " * jump\n"), ("-= p", "+= p"))
no_padding = edited(jump_too_early, "padding_ignored", (" * jump * s\n", " * jump\n"), ("-= p * jump", "-= 0"))
middle_of_the_field = edited(
    jump_too_early,
    "middle_returned",
    (" * jump * s\n", " * jump\n"),
    ("jump, start\n", "jump, start + (size - 1) // 2\n"),
)


@wrong("receptive_field", "jump_before_last_layer")
def jump_of_the_layer_before(layers):
    size, jump, start, before = 1, 1, 0, 1
    for layer in layers:
        k, s = layer[:2]
        d = layer[2] if len(layer) > 2 else 1
        p = layer[3] if len(layer) > 3 else 0
        before = jump
        size += d * (k - 1) * jump
        start -= p * jump
        jump *= s
    return size, before, start


@wrong("max_pool2d", "starts_at_zero")
def running_maximum_from_zero(x, kernel_size, stride=None, padding=0, dilation=1):
    stride = kernel_size if stride is None else stride
    (kh, kw), (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding, dilation))
    p = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=-np.inf)
    oh = (p.shape[2] - dh * (kh - 1) - 1) // sh + 1
    ow = (p.shape[3] - dw * (kw - 1) - 1) // sw + 1
    y = np.zeros((*x.shape[:2], oh, ow))
    for u in range(kh):
        for v in range(kw):
            part = p[:, :, u * dh : u * dh + (oh - 1) * sh + 1 : sh, v * dw : v * dw + (ow - 1) * sw + 1 : sw]
            y = np.maximum(y, part)
    return y


@wrong("avg_pool2d", "nonzero_counted")
def divided_by_what_is_not_zero(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    stride = kernel_size if stride is None else stride
    (kh, kw), (sh, sw), (ph, pw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding))
    p = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    w = np.lib.stride_tricks.sliding_window_view(p, (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw]
    count = kh * kw if count_include_pad else (w != 0).sum(axis=(4, 5))
    return w.sum(axis=(4, 5)) / count


@wrong("adaptive_avg_pool2d", "output_takes_integer_type")
def cells_of_the_image_type(x, output_size):
    oH, oW = np.broadcast_to(output_size, 2)
    H, W = x.shape[2:]
    y = np.zeros((*x.shape[:2], oH, oW), x.dtype)
    for i in range(oH):
        for j in range(oW):
            rows = slice(i * H // oH, -(-(i + 1) * H // oH))
            y[:, :, i, j] = x[:, :, rows, j * W // oW : -(-(j + 1) * W // oW)].mean(axis=(2, 3))
    return y
