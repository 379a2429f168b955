"""Programs for chapter 7."""

import numpy as np

from autograde.course.program import edited, right, wrong


@right("im2col")
def seven_loops(x, kernel_size, stride=1, padding=0, dilation=1):
    (kH, kW), (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding, dilation))
    N, C, H, W = x.shape
    oH = (H + 2 * ph - dh * (kH - 1) - 1) // sh + 1
    oW = (W + 2 * pw - dw * (kW - 1) - 1) // sw + 1
    columns = np.zeros((N, C * kH * kW, oH * oW), x.dtype)
    for n in range(N):
        for c in range(C):
            for u in range(kH):
                for v in range(kW):
                    for i in range(oH):
                        for j in range(oW):
                            r, s = i * sh + u * dh - ph, j * sw + v * dw - pw
                            if 0 <= r < H and 0 <= s < W:
                                columns[n, (c * kH + u) * kW + v, i * oW + j] = x[n, c, r, s]
    return columns


@right("im2col")
def windows_of_a_view(x, kernel_size, stride=1, padding=0, dilation=1):
    (kH, kW), (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding, dilation))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    view = np.lib.stride_tricks.sliding_window_view(p, (dh * (kH - 1) + 1, dw * (kW - 1) + 1), axis=(2, 3))
    view = view[:, :, ::sh, ::sw, ::dh, ::dw].transpose(0, 1, 4, 5, 2, 3)
    return view.reshape(len(x), -1, view.shape[4] * view.shape[5]).astype(np.float32)


@right("im2col")
def arrays_of_indices(x, kernel_size, stride=1, padding=0, dilation=1):
    (kH, kW), (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding, dilation))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    C, H, W = p.shape[1:]
    oH, oW = (H - dh * (kH - 1) - 1) // sh + 1, (W - dw * (kW - 1) - 1) // sw + 1
    c = np.repeat(np.arange(C), kH * kW)[:, None]
    r = np.tile(np.repeat(np.arange(kH), kW), C)[:, None] * dh + np.repeat(np.arange(oH), oW) * sh
    s = np.tile(np.arange(kW), C * kH)[:, None] * dw + np.tile(np.arange(oW), oH) * sw
    return p[:, c, r, s]


@right("im2col")
def a_list_of_patches(x, kernel_size, stride=1, padding=0, dilation=1):
    (kH, kW), (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding, dilation))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    H, W = p.shape[2] - dh * (kH - 1), p.shape[3] - dw * (kW - 1)
    patches = []
    for i in range(0, H, sh):
        for j in range(0, W, sw):
            patches.append(p[:, :, i : i + dh * kH : dh, j : j + dw * kW : dw][:, :, :kH, :kW].reshape(len(x), -1))
    return np.stack(patches, axis=-1)


@wrong("im2col", "channels_run_fastest")
def channels_inside(x, kernel_size, stride=1, padding=0, dilation=1):
    (kH, kW), (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding, dilation))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    N, C, H, W = p.shape
    oH, oW = (H - dh * (kH - 1) - 1) // sh + 1, (W - dw * (kW - 1) - 1) // sw + 1
    patches = np.zeros((N, C, kH, kW, oH, oW))
    for u in range(kH):
        for v in range(kW):
            patches[:, :, u, v] = p[:, :, u * dh :: sh, v * dw :: sw][:, :, :oH, :oW]
    return patches.transpose(0, 2, 3, 1, 4, 5).reshape(N, kH * kW * C, oH * oW)


columns_of_taps_first = edited(
    channels_inside,
    "taps_by_column",
    """
    -            patches[:, :, u, v] = p[:, :, u * dh :: sh, v * dw :: sw][:, :, :oH, :oW]
    -    return patches.transpose(0, 2, 3, 1, 4, 5).reshape(N, kH * kW * C, oH * oW)
    +            patches[:, :, v, u] = p[:, :, u * dh :: sh, v * dw :: sw][:, :, :oH, :oW]
    +    return patches.reshape(N, C * kH * kW, oH * oW)
    """,
    ("C, kH, kW, oH", "C, kW, kH, oH"),
)
down_before_across = edited(
    channels_inside,
    "positions_by_column",
    """
    -            patches[:, :, u, v] = p[:, :, u * dh :: sh, v * dw :: sw][:, :, :oH, :oW]
    -    return patches.transpose(0, 2, 3, 1, 4, 5).reshape(N, kH * kW * C, oH * oW)
    +            patches[:, :, u, v] = p[:, :, u * dh :: sh, v * dw :: sw][:, :, :oH, :oW].transpose(0, 1, 3, 2)
    +    return patches.reshape(N, C * kH * kW, oH * oW)
    """,
    ("((N, C, kH, kW, oH, oW))", "((N, C, kH, kW, oW, oH))"),
)


@wrong("im2col", "reshape_where_transpose_was_needed")
def view_reshaped(x, kernel_size, stride=1, padding=0, dilation=1):
    (kH, kW), (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding, dilation))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    view = np.lib.stride_tricks.sliding_window_view(p, (dh * (kH - 1) + 1, dw * (kW - 1) + 1), axis=(2, 3))
    view = view[:, :, ::sh, ::sw, ::dh, ::dw]
    N, C, oH, oW = view.shape[:4]
    return view.reshape(N, C * kH * kW, oH * oW)


@wrong("im2col", "patches_reshaped")
def rows_reshaped_to_columns(x, kernel_size, stride=1, padding=0, dilation=1):
    (kH, kW), (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding, dilation))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    N, C, H, W = p.shape
    oH, oW = (H - dh * (kH - 1) - 1) // sh + 1, (W - dw * (kW - 1) - 1) // sw + 1
    rows = np.zeros((N, oH * oW, C * kH * kW))
    for i in range(oH):
        for j in range(oW):
            patch = p[:, :, i * sh : i * sh + dh * (kH - 1) + 1 : dh, j * sw : j * sw + dw * (kW - 1) + 1 : dw]
            rows[:, i * oW + j] = patch.reshape(N, -1)
    return rows.reshape(N, C * kH * kW, oH * oW)


one_matrix_cut_up = edited(
    channels_inside,
    "batch_items_mixed",
    """
    -    return patches.transpose(0, 2, 3, 1, 4, 5).reshape(N, kH * kW * C, oH * oW)
    +    matrix = patches.transpose(1, 2, 3, 0, 4, 5).reshape(C * kH * kW, N * oH * oW)
    +    return matrix.reshape(N, C * kH * kW, oH * oW)
    """,
)
one_matrix_for_the_batch = edited(
    channels_inside,
    "images_side_by_side",
    """
    -    return patches.transpose(0, 2, 3, 1, 4, 5).reshape(N, kH * kW * C, oH * oW)
    +    return patches.transpose(1, 2, 3, 0, 4, 5).reshape(C * kH * kW, N * oH * oW)
    """,
)
transposed = edited(
    channels_inside,
    "patches_as_rows",
    """
    -    return patches.transpose(0, 2, 3, 1, 4, 5).reshape(N, kH * kW * C, oH * oW)
    +    return patches.reshape(N, C * kH * kW, oH * oW).transpose(0, 2, 1)
    """,
)


@wrong("im2col", "first_channel_only")
def one_channel(x, kernel_size, stride=1, padding=0, dilation=1):
    (kH, kW), (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding, dilation))
    p = np.pad(x[:, :1], ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    N, C, H, W = p.shape
    oH, oW = (H - dh * (kH - 1) - 1) // sh + 1, (W - dw * (kW - 1) - 1) // sw + 1
    patches = np.zeros((N, C, kH, kW, oH, oW))
    for u in range(kH):
        for v in range(kW):
            patches[:, :, u, v] = p[:, :, u * dh :: sh, v * dw :: sw][:, :, :oH, :oW]
    return patches.reshape(N, C * kH * kW, oH * oW)


taps_from_the_end = edited(
    one_channel,
    "taps_backwards",
    ("[:, :, u, v] = p", "[:, :, kH - 1 - u, kW - 1 - v] = p"),
    """
    -    p = np.pad(x[:, :1], ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    +    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    """,
)
kernel_width_first = edited(
    one_channel,
    "kernel_size_pair_swapped",
    """
    -    p = np.pad(x[:, :1], ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    +    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    """,
    """
     def im2col(x, kernel_size, stride=1, padding=0, dilation=1):
    +    if np.ndim(kernel_size):
    +        kernel_size = kernel_size[::-1]
    """,
)
stride_width_first = edited(
    one_channel,
    "stride_pair_swapped",
    """
    -    (kH, kW), (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding, dilation))
    -    p = np.pad(x[:, :1], ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    +    (kH, kW), (sw, sh), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding, dilation))
    +    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    """,
)
padding_width_first = edited(
    one_channel,
    "padding_pair_swapped",
    """
    -    (kH, kW), (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding, dilation))
    -    p = np.pad(x[:, :1], ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    +    (kH, kW), (sh, sw), (pw, ph), (dh, dw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding, dilation))
    +    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    """,
)
dilation_width_first = edited(
    one_channel,
    "dilation_pair_swapped",
    """
    -    (kH, kW), (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding, dilation))
    -    p = np.pad(x[:, :1], ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    +    (kH, kW), (sh, sw), (ph, pw), (dw, dh) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding, dilation))
    +    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    """,
)
everything_width_first = edited(
    one_channel,
    "height_width_swapped",
    """
    -    (kH, kW), (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding, dilation))
    -    p = np.pad(x[:, :1], ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    +    (kW, kH), (sw, sh), (pw, ph), (dw, dh) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding, dilation))
    +    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    """,
)
windows_side_by_side = edited(
    one_channel,
    "stride_ignored_in_window",
    ("p[:, :, u * dh :: sh, v * dw :: sw][:, :, :oH, :oW]", "p[:, :, u * dh :, v * dw :][:, :, :oH, :oW]"),
    """
    -    p = np.pad(x[:, :1], ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    +    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    """,
)


@wrong("im2col", "first_of_pair_for_both")
def one_number_for_two(x, kernel_size, stride=1, padding=0, dilation=1):
    sh = sw = np.broadcast_to(stride, 2)[0]
    ph = pw = np.broadcast_to(padding, 2)[0]
    dh = dw = np.broadcast_to(dilation, 2)[0]
    kH, kW = np.broadcast_to(kernel_size, 2)
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    N, C, H, W = p.shape
    oH, oW = (H - dh * (kH - 1) - 1) // sh + 1, (W - dw * (kW - 1) - 1) // sw + 1
    patches = np.zeros((N, C, kH, kW, oH, oW))
    for u in range(kH):
        for v in range(kW):
            patches[:, :, u, v] = p[:, :, u * dh :: sh, v * dw :: sw][:, :, :oH, :oW]
    return patches.reshape(N, C * kH * kW, oH * oW)


half_the_padding = edited(
    one_channel,
    "padding_is_total",
    """
    -    p = np.pad(x[:, :1], ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    +    p = np.pad(x, ((0, 0), (0, 0), (ph // 2, ph - ph // 2), (pw // 2, pw - pw // 2)))
    """,
)
padding_in_front = edited(
    one_channel,
    "padding_before_only",
    ("pad(x[:, :1], ((0, 0), (0, 0), (ph, ph), (pw, pw)))", "pad(x, ((0, 0), (0, 0), (ph, 0), (pw, 0)))"),
)
dense_windows = edited(
    one_channel,
    "dilation_ignored",
    """
    -    p = np.pad(x[:, :1], ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    +    dh = dw = 1
    +    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    """,
)
gaps_for_steps = edited(
    one_channel,
    "dilation_counts_gaps",
    """
    -    p = np.pad(x[:, :1], ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    +    dh, dw = dh + 1, dw + 1
    +    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    """,
)
one_window_more = edited(
    one_channel,
    "ceil_for_floor",
    """
    -    p = np.pad(x[:, :1], ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    +    p = np.pad(x, ((0, 0), (0, 0), (ph, ph + sh - 1), (pw, pw + sw - 1)))
    """,
)


@right("col2im")
def six_loops(columns, output_size, kernel_size, stride=1, padding=0, dilation=1):
    (kH, kW), (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding, dilation))
    H, W = np.broadcast_to(output_size, 2)
    oH, oW = (H + 2 * ph - dh * (kH - 1) - 1) // sh + 1, (W + 2 * pw - dw * (kW - 1) - 1) // sw + 1
    N, C = len(columns), columns.shape[1] // (kH * kW)
    image = np.zeros((N, C, H, W), columns.dtype)
    for c in range(C):
        for u in range(kH):
            for v in range(kW):
                for i in range(oH):
                    for j in range(oW):
                        r, s = i * sh + u * dh - ph, j * sw + v * dw - pw
                        if 0 <= r < H and 0 <= s < W:
                            image[:, c, r, s] += columns[:, (c * kH + u) * kW + v, i * oW + j]
    return image


@right("col2im")
def window_by_window_in_single_precision(columns, output_size, kernel_size, stride=1, padding=0, dilation=1):
    (kH, kW), (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding, dilation))
    H, W = np.broadcast_to(output_size, 2)
    oH, oW = (H + 2 * ph - dh * (kH - 1) - 1) // sh + 1, (W + 2 * pw - dw * (kW - 1) - 1) // sw + 1
    image = np.zeros((len(columns), columns.shape[1] // (kH * kW), H + 2 * ph, W + 2 * pw), dtype=np.float32)
    for i in range(oH):
        for j in range(oW):
            patch = columns[:, :, i * oW + j].reshape(*image.shape[:2], kH, kW)
            top, left = i * sh, j * sw
            image[:, :, top : top + dh * (kH - 1) + 1 : dh, left : left + dw * (kW - 1) + 1 : dw] += patch
    return image[:, :, ph : ph + H, pw : pw + W]


@right("col2im")
def add_at(columns, output_size, kernel_size, stride=1, padding=0, dilation=1):
    (kH, kW), (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding, dilation))
    H, W = np.broadcast_to(output_size, 2)
    oH, oW = (H + 2 * ph - dh * (kH - 1) - 1) // sh + 1, (W + 2 * pw - dw * (kW - 1) - 1) // sw + 1
    C = columns.shape[1] // (kH * kW)
    c = np.repeat(np.arange(C), kH * kW)[:, None]
    r = np.tile(np.repeat(np.arange(kH), kW), C)[:, None] * dh + np.repeat(np.arange(oH), oW) * sh
    s = np.tile(np.arange(kW), C * kH)[:, None] * dw + np.tile(np.arange(oW), oH) * sw
    image = np.zeros((len(columns), C, H + 2 * ph, W + 2 * pw), columns.dtype)
    np.add.at(image, (slice(None), c, r, s), columns)
    return image[:, :, ph : ph + H, pw : pw + W]


@right("col2im")
def transpose_of_im2col(columns, output_size, kernel_size, stride=1, padding=0, dilation=1):
    H, W = np.broadcast_to(output_size, 2)
    places = im2col(np.arange(1, H * W + 1).reshape(1, 1, H, W), kernel_size, stride, padding, dilation)
    hits = places.ravel()[:, None] == np.arange(1, H * W + 1)
    C = columns.shape[1] * columns.shape[2] // places.size
    return (columns.reshape(len(columns), C, -1) @ hits.astype(columns.dtype)).reshape(len(columns), C, H, W)


indices_and_plus = edited(
    add_at, "overlap_overwritten", ("np.add.at(image, (slice(None), c, r, s), columns)", "image[:, c, r, s] += columns")
)


@wrong("col2im", "overlap_overwritten")
def assigns_each_tap(columns, output_size, kernel_size, stride=1, padding=0, dilation=1):
    (kH, kW), (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding, dilation))
    H, W = np.broadcast_to(output_size, 2)
    oH, oW = (H + 2 * ph - dh * (kH - 1) - 1) // sh + 1, (W + 2 * pw - dw * (kW - 1) - 1) // sw + 1
    N, C = len(columns), columns.shape[1] // (kH * kW)
    taps = columns.reshape(N, C, kH, kW, oH, oW)
    image = np.zeros((N, C, H + 2 * ph, W + 2 * pw))
    for u in range(kH):
        for v in range(kW):
            rows, cols = slice(u * dh, u * dh + sh * oH, sh), slice(v * dw, v * dw + sw * oW, sw)
            image[:, :, rows, cols] = taps[:, :, u, v]
    return image[:, :, ph : ph + H, pw : pw + W]


assigns_each_window = edited(
    window_by_window_in_single_precision,
    "later_window_wins",
    """
    -            image[:, :, top : top + dh * (kH - 1) + 1 : dh, left : left + dw * (kW - 1) + 1 : dw] += patch
    +            image[:, :, top : top + dh * (kH - 1) + 1 : dh, left : left + dw * (kW - 1) + 1 : dw] = patch
    """,
    """
    -    image = np.zeros((len(columns), columns.shape[1] // (kH * kW), H + 2 * ph, W + 2 * pw), dtype=np.float32)
    +    image = np.zeros((len(columns), columns.shape[1] // (kH * kW), H + 2 * ph, W + 2 * pw))
    """,
)


@wrong("col2im", "overlap_averaged")
def mean_of_the_windows(columns, output_size, kernel_size, stride=1, padding=0, dilation=1):
    (kH, kW), (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding, dilation))
    H, W = np.broadcast_to(output_size, 2)
    oH, oW = (H + 2 * ph - dh * (kH - 1) - 1) // sh + 1, (W + 2 * pw - dw * (kW - 1) - 1) // sw + 1
    N, C = len(columns), columns.shape[1] // (kH * kW)
    taps = columns.reshape(N, C, kH, kW, oH, oW)
    image = np.zeros((N, C, H + 2 * ph, W + 2 * pw))
    count = np.zeros(image.shape)
    for u in range(kH):
        for v in range(kW):
            rows, cols = slice(u * dh, u * dh + sh * oH, sh), slice(v * dw, v * dw + sw * oW, sw)
            image[:, :, rows, cols] += taps[:, :, u, v]
            count[:, :, rows, cols] += 1
    image = image / np.maximum(count, 1)
    return image[:, :, ph : ph + H, pw : pw + W]


returns_the_padded_image = edited(
    assigns_each_tap,
    "padding_not_cut",
    """
    -            image[:, :, rows, cols] = taps[:, :, u, v]
    -    return image[:, :, ph : ph + H, pw : pw + W]
    +            image[:, :, rows, cols] += taps[:, :, u, v]
    +    return image
    """,
)
first_rows_and_columns = edited(
    assigns_each_tap,
    "padding_cut_at_the_end",
    """
    -            image[:, :, rows, cols] = taps[:, :, u, v]
    -    return image[:, :, ph : ph + H, pw : pw + W]
    +            image[:, :, rows, cols] += taps[:, :, u, v]
    +    return image[:, :, :H, :W]
    """,
)
minus_zero = edited(
    assigns_each_tap,
    "crop_at_zero",
    """
    -            image[:, :, rows, cols] = taps[:, :, u, v]
    -    return image[:, :, ph : ph + H, pw : pw + W]
    +            image[:, :, rows, cols] += taps[:, :, u, v]
    +    return image[:, :, ph:-ph, pw:-pw]
    """,
)
windows_put_side_by_side = edited(
    assigns_each_tap,
    "stride_ignored_in_window",
    """
    -            rows, cols = slice(u * dh, u * dh + sh * oH, sh), slice(v * dw, v * dw + sw * oW, sw)
    -            image[:, :, rows, cols] = taps[:, :, u, v]
    +            rows, cols = slice(u * dh, u * dh + oH), slice(v * dw, v * dw + oW)
    +            image[:, :, rows, cols] += taps[:, :, u, v]
    """,
)
channels_read_inside = edited(
    assigns_each_tap,
    "channels_run_fastest",
    ("image[:, :, rows, cols] = taps[:, :, u, v]", "image[:, :, rows, cols] += taps[:, :, u, v]"),
    ("(N, C, kH, kW, oH, oW)", "(N, kH, kW, C, oH, oW).transpose(0, 3, 1, 2, 4, 5)"),
)
taps_read_by_column = edited(
    assigns_each_tap,
    "taps_by_column",
    ("image[:, :, rows, cols] = taps[:, :, u, v]", "image[:, :, rows, cols] += taps[:, :, u, v]"),
    ("(N, C, kH, kW, oH, oW)", "(N, C, kW, kH, oH, oW).swapaxes(2, 3)"),
)
places_read_by_column = edited(
    assigns_each_tap,
    "positions_by_column",
    ("image[:, :, rows, cols] = taps[:, :, u, v]", "image[:, :, rows, cols] += taps[:, :, u, v]"),
    ("(N, C, kH, kW, oH, oW)", "(N, C, kH, kW, oW, oH).swapaxes(4, 5)"),
)
images_read_inside = edited(
    assigns_each_tap,
    "batch_items_mixed",
    ("image[:, :, rows, cols] = taps[:, :, u, v]", "image[:, :, rows, cols] += taps[:, :, u, v]"),
    ("(N, C, kH, kW, oH, oW)", "(C, kH, kW, N, oH, oW).transpose(3, 0, 1, 2, 4, 5)"),
)
windows_turned = edited(
    assigns_each_tap,
    "taps_backwards",
    ("[:, :, rows, cols] = taps[:, :, u, v]", "[:, :, rows, cols] += taps[:, :, kH - 1 - u, kW - 1 - v]"),
)


@right("conv2d_gemm")
def image_by_image(x, weight, bias=None, stride=1, padding=0, dilation=1):
    F = len(weight)
    places = [
        1 + (x.shape[a] + 2 * p - d * (weight.shape[a] - 1) - 1) // s
        for a, s, p, d in zip((2, 3), *(np.broadcast_to(v, 2) for v in (stride, padding, dilation)), strict=True)
    ]
    maps = []
    for columns in im2col(x, weight.shape[2:], stride, padding, dilation):
        product = np.dot(weight.reshape(F, -1), columns)
        if bias is not None:
            product = product + bias[:, np.newaxis]
        maps.append(product.reshape(F, *places))
    return np.array(maps)


@right("conv2d_gemm")
def one_product_for_the_batch(x, weight, bias=None, stride=1, padding=0, dilation=1):
    F, C, kH, kW = weight.shape
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    oH = (x.shape[2] + 2 * ph - dh * (kH - 1) - 1) // sh + 1
    oW = (x.shape[3] + 2 * pw - dw * (kW - 1) - 1) // sw + 1
    columns = im2col(x, (kH, kW), (sh, sw), (ph, pw), (dh, dw))
    matrix = columns.transpose(1, 0, 2).reshape(C * kH * kW, -1)
    y = (weight.reshape(F, -1) @ matrix).reshape(F, len(x), oH, oW).transpose(1, 0, 2, 3)
    return y if bias is None else y + bias.reshape(1, F, 1, 1)


@right("conv2d_gemm")
def patches_on_the_left_in_single_precision(x, weight, bias=None, stride=1, padding=0, dilation=1):
    F, _, kH, kW = weight.shape
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    oH = (x.shape[2] + 2 * ph - dh * (kH - 1) - 1) // sh + 1
    oW = (x.shape[3] + 2 * pw - dw * (kW - 1) - 1) // sw + 1
    rows = im2col(x.astype(np.float32), (kH, kW), (sh, sw), (ph, pw), (dh, dw)).transpose(0, 2, 1)
    y = (rows @ weight.reshape(F, -1).astype(np.float32).T).reshape(len(x), oH, oW, F).transpose(0, 3, 1, 2)
    return y if bias is None else y + bias.astype(np.float32).reshape(1, F, 1, 1)


@right("conv2d_gemm")
def einsum_of_columns(x, weight, bias=None, stride=1, padding=0, dilation=1):
    F, _, kH, kW = weight.shape
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    oH = (x.shape[2] + 2 * ph - dh * (kH - 1) - 1) // sh + 1
    oW = (x.shape[3] + 2 * pw - dw * (kW - 1) - 1) // sw + 1
    y = np.einsum("fk,nkl->nfl", weight.reshape(F, -1), im2col(x, (kH, kW), (sh, sw), (ph, pw), (dh, dw)))
    y = y.reshape(len(x), F, oH, oW)
    return y if bias is None else y + bias.reshape(1, F, 1, 1)


rows_taps_then_channels = edited(
    one_product_for_the_batch,
    "patch_channel_order",
    """
    -    matrix = columns.transpose(1, 0, 2).reshape(C * kH * kW, -1)
    -    y = (weight.reshape(F, -1) @ matrix).reshape(F, len(x), oH, oW).transpose(1, 0, 2, 3)
    +    columns = columns.reshape(len(x), C, kH * kW, -1).transpose(0, 2, 1, 3).reshape(len(x), C * kH * kW, -1)
    +    y = weight.reshape(F, -1) @ columns
    +    y = y.reshape(len(x), F, oH, oW)
    """,
)


@wrong("conv2d_gemm", "batch_items_mixed")
def bias_on_the_product(x, weight, bias=None, stride=1, padding=0, dilation=1):
    F, C, kH, kW = weight.shape
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    oH = (x.shape[2] + 2 * ph - dh * (kH - 1) - 1) // sh + 1
    oW = (x.shape[3] + 2 * pw - dw * (kW - 1) - 1) // sw + 1
    columns = im2col(x, (kH, kW), (sh, sw), (ph, pw), (dh, dw)).transpose(1, 0, 2).reshape(C * kH * kW, -1)
    y = weight.reshape(F, -1) @ columns
    if bias is not None:
        y = y + bias[:, None]
    y = y.reshape(len(x), F, oH, oW)
    return y


@wrong("conv2d_gemm", "reshape_where_transpose_was_needed")
def bias_on_the_rows(x, weight, bias=None, stride=1, padding=0, dilation=1):
    F, _, kH, kW = weight.shape
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    oH = (x.shape[2] + 2 * ph - dh * (kH - 1) - 1) // sh + 1
    oW = (x.shape[3] + 2 * pw - dw * (kW - 1) - 1) // sw + 1
    y = im2col(x, (kH, kW), (sh, sw), (ph, pw), (dh, dw)).transpose(0, 2, 1) @ weight.reshape(F, -1).T
    if bias is not None:
        y = y + bias
    y = y.reshape(len(x), F, oH, oW)
    return y


filters_first_reshaped = edited(
    einsum_of_columns,
    "batch_items_mixed_then_bias",
    """
    -    y = np.einsum("fk,nkl->nfl", weight.reshape(F, -1), im2col(x, (kH, kW), (sh, sw), (ph, pw), (dh, dw)))
    +    columns = im2col(x, (kH, kW), (sh, sw), (ph, pw), (dh, dw)).transpose(1, 0, 2).reshape(C * kH * kW, -1)
    +    y = weight.reshape(F, -1) @ columns
    """,
    ("F, _, kH", "F, C, kH"),
)
filters_last_reshaped = edited(
    einsum_of_columns,
    "reshape_where_transpose_was_needed_then_bias",
    """
    -    y = np.einsum("fk,nkl->nfl", weight.reshape(F, -1), im2col(x, (kH, kW), (sh, sw), (ph, pw), (dh, dw)))
    +    y = im2col(x, (kH, kW), (sh, sw), (ph, pw), (dh, dw)).transpose(0, 2, 1) @ weight.reshape(F, -1).T
    """,
)


@wrong("conv2d_gemm", "output_channels_last")
def maps_at_the_end(x, weight, bias=None, stride=1, padding=0, dilation=1):
    F, C, kH, kW = weight.shape
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    oH = (x.shape[2] + 2 * ph - dh * (kH - 1) - 1) // sh + 1
    oW = (x.shape[3] + 2 * pw - dw * (kW - 1) - 1) // sw + 1
    y = weight.reshape(F, C * kH * kW) @ im2col(x, (kH, kW), (sh, sw), (ph, pw), (dh, dw))
    y = y.reshape(len(x), F, oH, oW)
    y = y if bias is None else y + bias.reshape(1, F, 1, 1)
    return y.transpose(0, 2, 3, 1)


filters_turned = edited(
    einsum_of_columns,
    "kernel_flipped",
    """
    -    y = np.einsum("fk,nkl->nfl", weight.reshape(F, -1), im2col(x, (kH, kW), (sh, sw), (ph, pw), (dh, dw)))
    +    y = weight[:, :, ::-1, ::-1].reshape(F, C * kH * kW) @ im2col(x, (kH, kW), (sh, sw), (ph, pw), (dh, dw))
    """,
    ("F, _, kH", "F, C, kH"),
)


@wrong("conv2d_gemm", "kernel_transposed")
def filters_transposed(x, weight, bias=None, stride=1, padding=0, dilation=1):
    F, C, kH, kW = weight.shape
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    oH = (x.shape[2] + 2 * ph - dh * (kW - 1) - 1) // sh + 1
    oW = (x.shape[3] + 2 * pw - dw * (kH - 1) - 1) // sw + 1
    y = weight.transpose(0, 1, 3, 2).reshape(F, C * kH * kW) @ im2col(x, (kW, kH), (sh, sw), (ph, pw), (dh, dw))
    y = y.reshape(len(x), F, oH, oW)
    return y if bias is None else y + bias.reshape(1, F, 1, 1)


bias_as_it_is = edited(
    maps_at_the_end,
    "bias_on_the_last_axis",
    """
    -    y = y if bias is None else y + bias.reshape(1, F, 1, 1)
    -    return y.transpose(0, 2, 3, 1)
    +    return y if bias is None else y + bias
    """,
)
one_bias_for_all = edited(
    maps_at_the_end,
    "bias_of_first_filter",
    """
    -    y = y if bias is None else y + bias.reshape(1, F, 1, 1)
    -    return y.transpose(0, 2, 3, 1)
    +    return y if bias is None else y + bias[0]
    """,
)
no_bias = edited(
    maps_at_the_end,
    "bias_left_out",
    """
    -    y = y if bias is None else y + bias.reshape(1, F, 1, 1)
    -    return y.transpose(0, 2, 3, 1)
    +    return y
    """,
)


@wrong("conv2d_gemm", "first_channel_only")
def one_plane(x, weight, bias=None, stride=1, padding=0, dilation=1):
    x, weight = x[:, :1], weight[:, :1]
    F, C, kH, kW = weight.shape
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    oH = (x.shape[2] + 2 * ph - dh * (kH - 1) - 1) // sh + 1
    oW = (x.shape[3] + 2 * pw - dw * (kW - 1) - 1) // sw + 1
    y = weight.reshape(F, C * kH * kW) @ im2col(x, (kH, kW), (sh, sw), (ph, pw), (dh, dw))
    y = y.reshape(len(x), F, oH, oW)
    return y if bias is None else y + bias.reshape(1, F, 1, 1)


@wrong("conv2d_gemm", "output_read_by_column")
def width_before_height(x, weight, bias=None, stride=1, padding=0, dilation=1):
    F, C, kH, kW = weight.shape
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    oH = (x.shape[2] + 2 * ph - dh * (kH - 1) - 1) // sh + 1
    oW = (x.shape[3] + 2 * pw - dw * (kW - 1) - 1) // sw + 1
    y = weight.reshape(F, C * kH * kW) @ im2col(x, (kH, kW), (sh, sw), (ph, pw), (dh, dw))
    y = y.reshape(len(x), F, oH, oW).swapaxes(2, 3).reshape(len(x), F, oH, oW)
    return y if bias is None else y + bias.reshape(1, F, 1, 1)


@wrong("conv2d_gemm", "stride_ignored_in_window")
def dense_columns(x, weight, bias=None, stride=1, padding=0, dilation=1):
    F, C, kH, kW = weight.shape
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    oH = (x.shape[2] + 2 * ph - dh * (kH - 1) - 1) // sh + 1
    oW = (x.shape[3] + 2 * pw - dw * (kW - 1) - 1) // sw + 1
    y = weight.reshape(F, C * kH * kW) @ im2col(x, (kH, kW), 1, (ph, pw), (dh, dw))
    dense_w = x.shape[3] + 2 * pw - dw * (kW - 1)
    y = y.reshape(len(x), F, -1, dense_w)[:, :, :oH, :oW]
    return y if bias is None else y + bias.reshape(1, F, 1, 1)


stride_by_column_first = edited(
    width_before_height,
    "stride_pair_swapped",
    ("(len(x), F, oH, oW).swapaxes(2, 3).reshape(len(x), F, oH, oW)", "(len(x), F, oH, oW)"),
    """
    -    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    +    (sw, sh), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    """,
)
padding_by_column_first = edited(
    width_before_height,
    "padding_pair_swapped",
    ("(len(x), F, oH, oW).swapaxes(2, 3).reshape(len(x), F, oH, oW)", "(len(x), F, oH, oW)"),
    """
    -    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    +    (sh, sw), (pw, ph), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    """,
)
dilation_by_column_first = edited(
    width_before_height,
    "dilation_pair_swapped",
    ("(len(x), F, oH, oW).swapaxes(2, 3).reshape(len(x), F, oH, oW)", "(len(x), F, oH, oW)"),
    """
    -    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    +    (sh, sw), (ph, pw), (dw, dh) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    """,
)
padding_shared_out = edited(
    width_before_height,
    "padding_is_total",
    ("(len(x), F, oH, oW).swapaxes(2, 3).reshape(len(x), F, oH, oW)", "(len(x), F, oH, oW)"),
    """
         (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    +    x = np.pad(x, ((0, 0), (0, 0), (ph // 2, ph - ph // 2), (pw // 2, pw - pw // 2)))
    +    ph = pw = 0
    """,
)
dense_filters = edited(
    width_before_height,
    "dilation_ignored",
    ("(len(x), F, oH, oW).swapaxes(2, 3).reshape(len(x), F, oH, oW)", "(len(x), F, oH, oW)"),
    """
         (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    +    dh = dw = 1
    """,
)
one_gap_too_many = edited(
    width_before_height,
    "dilation_counts_gaps",
    ("(len(x), F, oH, oW).swapaxes(2, 3).reshape(len(x), F, oH, oW)", "(len(x), F, oH, oW)"),
    """
         (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    +    dh, dw = dh + 1, dw + 1
    """,
)


@right("conv2d_strided_view")
def as_strided(x, weight, bias=None, stride=1, padding=0, dilation=1):
    C, kH, kW = weight.shape[1:]
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    oH = (p.shape[2] - dh * (kH - 1) - 1) // sh + 1
    oW = (p.shape[3] - dw * (kW - 1) - 1) // sw + 1
    n, c, h, w = p.strides
    view = np.lib.stride_tricks.as_strided(
        p, (len(x), C, oH, oW, kH, kW), (n, c, h * sh, w * sw, h * dh, w * dw), writeable=False
    )
    y = np.einsum("ncijuv,fcuv->nfij", view, weight)
    return y if bias is None else y + bias[:, None, None]


@right("conv2d_strided_view")
def a_product_a_tap(x, weight, bias=None, stride=1, padding=0, dilation=1):
    kH, kW = weight.shape[2:]
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    view = np.lib.stride_tricks.sliding_window_view(p, (dh * (kH - 1) + 1, dw * (kW - 1) + 1), axis=(2, 3))
    view = view[:, :, ::sh, ::sw, ::dh, ::dw]
    y = np.zeros((len(x), len(weight), *view.shape[2:4]))
    for u in range(kH):
        for v in range(kW):
            y += (weight[:, :, u, v] @ view[..., u, v].transpose(0, 2, 1, 3)).transpose(0, 2, 1, 3)
    return y if bias is None else y + bias[:, None, None]


@right("conv2d_strided_view")
def row_by_row(x, weight, bias=None, stride=1, padding=0, dilation=1):
    kH, kW = weight.shape[2:]
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    view = np.lib.stride_tricks.sliding_window_view(p, (dh * (kH - 1) + 1, dw * (kW - 1) + 1), axis=(2, 3))
    view = view[:, :, ::sh, ::sw, ::dh, ::dw]
    rows = [np.tensordot(view[:, :, i], weight, axes=((1, 3, 4), (1, 2, 3))) for i in range(view.shape[2])]
    y = np.stack(rows, axis=1).transpose(0, 3, 1, 2)
    return y if bias is None else y + bias[:, None, None]


@right("conv2d_strided_view")
def filter_by_filter_in_single_precision(x, weight, bias=None, stride=1, padding=0, dilation=1):
    kH, kW = weight.shape[2:]
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    p = np.pad(x.astype(np.float32), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    view = np.lib.stride_tricks.sliding_window_view(p, (dh * (kH - 1) + 1, dw * (kW - 1) + 1), axis=(2, 3))
    view = view[:, :, ::sh, ::sw, ::dh, ::dw]
    y = np.zeros((len(x), len(weight), *view.shape[2:4]), np.float32)
    for f, taps in enumerate(weight.astype(np.float32)):
        y[:, f] = np.einsum("ncijuv,cuv->nij", view, taps)
    return y if bias is None else y + bias.astype(np.float32)[:, None, None]


tensordot = edited(
    row_by_row,
    "windows_copied",
    """
    -    rows = [np.tensordot(view[:, :, i], weight, axes=((1, 3, 4), (1, 2, 3))) for i in range(view.shape[2])]
    -    y = np.stack(rows, axis=1).transpose(0, 3, 1, 2)
    +    y = np.tensordot(view, weight, axes=((1, 4, 5), (1, 2, 3))).transpose(0, 3, 1, 2)
    """,
)
optimized_einsum = edited(
    row_by_row,
    "windows_copied",
    """
    -    rows = [np.tensordot(view[:, :, i], weight, axes=((1, 3, 4), (1, 2, 3))) for i in range(view.shape[2])]
    -    y = np.stack(rows, axis=1).transpose(0, 3, 1, 2)
    +    y = np.einsum("ncijuv,fcuv->nfij", view, weight, optimize=True)
    """,
)
reshaped_windows = edited(
    row_by_row,
    "windows_copied",
    """
    -    rows = [np.tensordot(view[:, :, i], weight, axes=((1, 3, 4), (1, 2, 3))) for i in range(view.shape[2])]
    -    y = np.stack(rows, axis=1).transpose(0, 3, 1, 2)
    +    N, C, oH, oW = view.shape[:4]
    +    matrix = view.transpose(0, 2, 3, 1, 4, 5).reshape(N * oH * oW, C * kH * kW)
    +    y = (matrix @ weight.reshape(len(weight), -1).T).reshape(N, oH, oW, -1).transpose(0, 3, 1, 2)
    """,
)


@wrong("conv2d_strided_view", "windows_copied")
def columns_again(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return conv2d_gemm(x, weight, bias, stride, padding, dilation)


@wrong("conv2d_strided_view", "windows_copied")
def copies_in_single_precision(x, weight, bias=None, stride=1, padding=0, dilation=1):
    kH, kW = weight.shape[2:]
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    view = np.lib.stride_tricks.sliding_window_view(p, (dh * (kH - 1) + 1, dw * (kW - 1) + 1), axis=(2, 3))
    view = view[:, :, ::sh, ::sw, ::dh, ::dw].astype(np.float32)
    y = np.einsum("ncijuv,fcuv->nfij", view, weight.astype(np.float32))
    return y if bias is None else y + bias.astype(np.float32)[:, None, None]


@wrong("conv2d_strided_view", "kernel_flipped")
def view_turned(x, weight, bias=None, stride=1, padding=0, dilation=1):
    kH, kW = weight.shape[2:]
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    view = np.lib.stride_tricks.sliding_window_view(p, (dh * (kH - 1) + 1, dw * (kW - 1) + 1), axis=(2, 3))
    view = view[:, :, ::sh, ::sw, ::dh, ::dw][..., ::-1, ::-1]
    y = np.einsum("ncijuv,fcuv->nfij", view, weight)
    return y if bias is None else y + bias[:, None, None]


@wrong("conv2d_strided_view", "kernel_transposed")
def letters_of_taps_exchanged(x, weight, bias=None, stride=1, padding=0, dilation=1):
    kW, kH = weight.shape[2:]
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    view = np.lib.stride_tricks.sliding_window_view(p, (dh * (kH - 1) + 1, dw * (kW - 1) + 1), axis=(2, 3))
    view = view[:, :, ::sh, ::sw, ::dh, ::dw]
    y = np.einsum("ncijuv,fcvu->nfij", view, weight)
    return y if bias is None else y + bias[:, None, None]


view_of_one_channel = edited(
    row_by_row,
    "first_channel_only",
    """
    -    rows = [np.tensordot(view[:, :, i], weight, axes=((1, 3, 4), (1, 2, 3))) for i in range(view.shape[2])]
    -    y = np.stack(rows, axis=1).transpose(0, 3, 1, 2)
    +    y = np.einsum("ncijuv,fcuv->nfij", view[:, :1], weight[:, :1])
    """,
)
plane_zero = edited(
    row_by_row,
    "one_plane_for_all_channels",
    """
    -    rows = [np.tensordot(view[:, :, i], weight, axes=((1, 3, 4), (1, 2, 3))) for i in range(view.shape[2])]
    -    y = np.stack(rows, axis=1).transpose(0, 3, 1, 2)
    +    y = np.einsum("ncijuv,fuv->nfij", view, weight[:, 0])
    """,
)
filters_last = edited(
    view_turned,
    "output_channels_last",
    """
    -    return y if bias is None else y + bias[:, None, None]
    +    y = y if bias is None else y + bias[:, None, None]
    +    return np.moveaxis(y, 1, -1)
    """,
    ("[:, :, ::sh, ::sw, ::dh, ::dw][..., ::-1, ::-1]", "[:, :, ::sh, ::sw, ::dh, ::dw]"),
)
bias_added_plainly = edited(
    view_turned,
    "bias_on_the_last_axis",
    ("bias[:, None, None]", "bias"),
    ("[:, :, ::sh, ::sw, ::dh, ::dw][..., ::-1, ::-1]", "[:, :, ::sh, ::sw, ::dh, ::dw]"),
)
bias_forgotten = edited(
    view_turned,
    "bias_left_out",
    ("y if bias is None else y + bias[:, None, None]", "y"),
    ("[:, :, ::sh, ::sw, ::dh, ::dw][..., ::-1, ::-1]", "[:, :, ::sh, ::sw, ::dh, ::dw]"),
)
first_windows = edited(
    view_turned,
    "stride_ignored_in_window",
    """
    -    view = view[:, :, ::sh, ::sw, ::dh, ::dw][..., ::-1, ::-1]
    +    oH, oW = view[:, :, ::sh, ::sw].shape[2:4]
    +    view = view[:, :, :oH, :oW, ::dh, ::dw]
    """,
)
view_stride_by_column = edited(
    view_turned,
    "stride_pair_swapped",
    ("[:, :, ::sh, ::sw, ::dh, ::dw][..., ::-1, ::-1]", "[:, :, ::sh, ::sw, ::dh, ::dw]"),
    ("sh, sw", "sw, sh"),
)
view_padding_by_column = edited(
    view_turned,
    "padding_pair_swapped",
    ("[:, :, ::sh, ::sw, ::dh, ::dw][..., ::-1, ::-1]", "[:, :, ::sh, ::sw, ::dh, ::dw]"),
    ("ph, pw", "pw, ph"),
)
view_dilation_by_column = edited(
    view_turned,
    "dilation_pair_swapped",
    ("[:, :, ::sh, ::sw, ::dh, ::dw][..., ::-1, ::-1]", "[:, :, ::sh, ::sw, ::dh, ::dw]"),
    ("dh, dw", "dw, dh"),
)
view_all_by_column = edited(
    view_turned,
    "height_width_swapped",
    ("[:, :, ::sh, ::sw, ::dh, ::dw][..., ::-1, ::-1]", "[:, :, ::sh, ::sw, ::dh, ::dw]"),
    ("(sh, sw), (ph, pw), (dh, dw)", "(sw, sh), (pw, ph), (dw, dh)"),
)
view_half_padding = edited(
    view_turned,
    "padding_is_total",
    ("[:, :, ::sh, ::sw, ::dh, ::dw][..., ::-1, ::-1]", "[:, :, ::sh, ::sw, ::dh, ::dw]"),
    """
    -    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    +    p = np.pad(x, ((0, 0), (0, 0), (ph // 2, ph - ph // 2), (pw // 2, pw - pw // 2)))
    """,
)
view_dense = edited(
    view_turned,
    "dilation_ignored",
    ("[:, :, ::sh, ::sw, ::dh, ::dw][..., ::-1, ::-1]", "[:, :, ::sh, ::sw, ::dh, ::dw]"),
    """
         (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    +    dh = dw = 1
    """,
)
view_gaps = edited(
    view_turned,
    "dilation_counts_gaps",
    ("[:, :, ::sh, ::sw, ::dh, ::dw][..., ::-1, ::-1]", "[:, :, ::sh, ::sw, ::dh, ::dw]"),
    """
         (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    +    dh, dw = dh + 1, dw + 1
    """,
)


@right("conv2d_fft")
def flipped_and_full(x, weight, bias=None, stride=1, padding=0, dilation=1):
    F, C, kH, kW = weight.shape
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    taps = np.zeros((F, C, dh * (kH - 1) + 1, dw * (kW - 1) + 1))
    taps[:, :, ::dh, ::dw] = weight
    size = p.shape[2] + taps.shape[2] - 1, p.shape[3] + taps.shape[3] - 1
    X, K = np.fft.rfft2(p, s=size), np.fft.rfft2(taps[:, :, ::-1, ::-1], s=size)
    y = np.fft.irfft2(np.einsum("ncij,fcij->nfij", X, K), s=size)
    top, left = taps.shape[2] - 1, taps.shape[3] - 1
    y = y[:, :, top : p.shape[2] : sh, left : p.shape[3] : sw]
    return y if bias is None else y + bias[:, None, None]


@right("conv2d_fft")
def complex_transform_of_powers_of_two(x, weight, bias=None, stride=1, padding=0, dilation=1):
    F, C, kH, kW = weight.shape
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    taps = np.zeros((F, C, dh * (kH - 1) + 1, dw * (kW - 1) + 1))
    taps[:, :, ::dh, ::dw] = weight
    size = [1 << int(n).bit_length() for n in p.shape[2:]]
    X, K = np.fft.fft2(p, s=size), np.fft.fft2(taps, s=size)
    y = np.fft.ifft2(np.einsum("ncij,fcij->nfij", X, K.conj()), s=size).real
    y = y[:, :, : p.shape[2] - taps.shape[2] + 1 : sh, : p.shape[3] - taps.shape[3] + 1 : sw]
    return y if bias is None else y + bias[:, None, None]


@right("conv2d_fft")
def channel_by_channel(x, weight, bias=None, stride=1, padding=0, dilation=1):
    F, C, kH, kW = weight.shape
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    taps = np.zeros((F, C, dh * (kH - 1) + 1, dw * (kW - 1) + 1))
    taps[:, :, ::dh, ::dw] = weight
    size = p.shape[2:]
    X, K = np.fft.rfft2(p), np.fft.rfft2(taps, s=size)
    y = sum(np.fft.irfft2(X[:, None, c] * K[None, :, c].conj(), s=size) for c in range(C))
    y = y[:, :, : size[0] - taps.shape[2] + 1 : sh, : size[1] - taps.shape[3] + 1 : sw]
    return y if bias is None else y + bias[:, None, None]


@right("conv2d_fft")
def single_precision(x, weight, bias=None, stride=1, padding=0, dilation=1):
    F, C, kH, kW = weight.shape
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    p = np.pad(x.astype(np.float32), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    taps = np.zeros((F, C, dh * (kH - 1) + 1, dw * (kW - 1) + 1), np.float32)
    taps[:, :, ::dh, ::dw] = weight
    size = p.shape[2:]
    X, K = np.fft.rfft2(p), np.fft.rfft2(taps, s=size)
    y = np.fft.irfft2(np.einsum("ncij,fcij->nfij", X, K.conj()), s=size)
    y = y[:, :, : size[0] - taps.shape[2] + 1 : sh, : size[1] - taps.shape[3] + 1 : sw]
    return y if bias is None else y + bias.astype(np.float32)[:, None, None]


convolves = edited(
    flipped_and_full, "kernel_flipped", ("np.fft.rfft2(taps[:, :, ::-1, ::-1], s=size)", "np.fft.rfft2(taps, s=size)")
)
flipped_but_early = edited(
    flipped_and_full,
    "cut_at_zero",
    """
    -    top, left = taps.shape[2] - 1, taps.shape[3] - 1
    -    y = y[:, :, top : p.shape[2] : sh, left : p.shape[3] : sw]
    +    y = y[:, :, : p.shape[2] - taps.shape[2] + 1 : sh, : p.shape[3] - taps.shape[3] + 1 : sw]
    """,
)
convolves_and_early = edited(
    complex_transform_of_powers_of_two,
    "flipped_and_cut_at_zero",
    """
    -    size = [1 << int(n).bit_length() for n in p.shape[2:]]
    -    X, K = np.fft.fft2(p, s=size), np.fft.fft2(taps, s=size)
    -    y = np.fft.ifft2(np.einsum("ncij,fcij->nfij", X, K.conj()), s=size).real
    +    size = p.shape[2] + taps.shape[2] - 1, p.shape[3] + taps.shape[3] - 1
    +    X, K = np.fft.rfft2(p, s=size), np.fft.rfft2(taps, s=size)
    +    y = np.fft.irfft2(np.einsum("ncij,fcij->nfij", X, K), s=size)
    """,
)
plain_product_first_rows = edited(
    channel_by_channel,
    "conjugate_left_out",
    """
    -    y = sum(np.fft.irfft2(X[:, None, c] * K[None, :, c].conj(), s=size) for c in range(C))
    +    y = np.fft.irfft2(np.einsum("ncij,fcij->nfij", X, K), s=size)
    """,
)
last_rows_of_the_correlation = edited(
    channel_by_channel,
    "last_windows_kept",
    """
    -    y = sum(np.fft.irfft2(X[:, None, c] * K[None, :, c].conj(), s=size) for c in range(C))
    -    y = y[:, :, : size[0] - taps.shape[2] + 1 : sh, : size[1] - taps.shape[3] + 1 : sw]
    +    y = np.fft.irfft2(np.einsum("ncij,fcij->nfij", X, K.conj()), s=size)
    +    y = y[:, :, taps.shape[2] - 1 :: sh, taps.shape[3] - 1 :: sw]
    """,
)
nothing_cut_off = edited(
    channel_by_channel,
    "wrapped_windows_kept",
    """
    -    y = sum(np.fft.irfft2(X[:, None, c] * K[None, :, c].conj(), s=size) for c in range(C))
    -    y = y[:, :, : size[0] - taps.shape[2] + 1 : sh, : size[1] - taps.shape[3] + 1 : sw]
    +    y = np.fft.irfft2(np.einsum("ncij,fcij->nfij", X, K.conj()), s=size)
    +    y = y[:, :, ::sh, ::sw]
    """,
)


@wrong("conv2d_fft", "padding_behind_only")
def padded_by_the_transform(x, weight, bias=None, stride=1, padding=0, dilation=1):
    F, C, kH, kW = weight.shape
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    taps = np.zeros((F, C, dh * (kH - 1) + 1, dw * (kW - 1) + 1))
    taps[:, :, ::dh, ::dw] = weight
    size = x.shape[2] + 2 * ph, x.shape[3] + 2 * pw
    X, K = np.fft.rfft2(x, s=size), np.fft.rfft2(taps, s=size)
    y = np.fft.irfft2(np.einsum("ncij,fcij->nfij", X, K.conj()), s=size)
    y = y[:, :, : size[0] - taps.shape[2] + 1 : sh, : size[1] - taps.shape[3] + 1 : sw]
    return y if bias is None else y + bias[:, None, None]


periodic_border = edited(
    channel_by_channel,
    "wraps_around",
    """
    -    y = sum(np.fft.irfft2(X[:, None, c] * K[None, :, c].conj(), s=size) for c in range(C))
    +    y = np.fft.irfft2(np.einsum("ncij,fcij->nfij", X, K.conj()), s=size)
    """,
    ("(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))", '(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)), mode="wrap")'),
)


@wrong("conv2d_fft", "stride_not_applied")
def all_windows(x, weight, bias=None, stride=1, padding=0, dilation=1):
    F, C, kH, kW = weight.shape
    (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (padding, dilation))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    taps = np.zeros((F, C, dh * (kH - 1) + 1, dw * (kW - 1) + 1))
    taps[:, :, ::dh, ::dw] = weight
    size = p.shape[2:]
    X, K = np.fft.rfft2(p), np.fft.rfft2(taps, s=size)
    y = np.fft.irfft2(np.einsum("ncij,fcij->nfij", X, K.conj()), s=size)
    y = y[:, :, : size[0] - taps.shape[2] + 1, : size[1] - taps.shape[3] + 1]
    return y if bias is None else y + bias[:, None, None]


absolute_value = edited(
    channel_by_channel,
    "magnitude_taken",
    """
    -    X, K = np.fft.rfft2(p), np.fft.rfft2(taps, s=size)
    -    y = sum(np.fft.irfft2(X[:, None, c] * K[None, :, c].conj(), s=size) for c in range(C))
    +    X, K = np.fft.fft2(p), np.fft.fft2(taps, s=size)
    +    y = np.abs(np.fft.ifft2(np.einsum("ncij,fcij->nfij", X, K.conj())))
    """,
)
no_size_for_the_inverse = edited(
    channel_by_channel,
    "size_guessed",
    """
    -    y = sum(np.fft.irfft2(X[:, None, c] * K[None, :, c].conj(), s=size) for c in range(C))
    +    y = np.fft.irfft2(np.einsum("ncij,fcij->nfij", X, K.conj()))
    """,
)
spectrum_of_one_channel = edited(
    channel_by_channel,
    "first_channel_only",
    """
    -    y = sum(np.fft.irfft2(X[:, None, c] * K[None, :, c].conj(), s=size) for c in range(C))
    +    y = np.fft.irfft2(np.einsum("ncij,fcij->nfij", X[:, :1], K[:, :1].conj()), s=size)
    """,
)
taps_transposed = edited(
    channel_by_channel,
    "kernel_transposed",
    """
    -    y = sum(np.fft.irfft2(X[:, None, c] * K[None, :, c].conj(), s=size) for c in range(C))
    +    y = np.fft.irfft2(np.einsum("ncij,fcij->nfij", X, K.conj()), s=size)
    """,
    """
     def conv2d_fft(x, weight, bias=None, stride=1, padding=0, dilation=1):
    +    weight = weight.swapaxes(2, 3)
    """,
)
bias_plain = edited(
    channel_by_channel,
    "bias_on_the_last_axis",
    ("bias[:, None, None]", "bias"),
    """
    -    y = sum(np.fft.irfft2(X[:, None, c] * K[None, :, c].conj(), s=size) for c in range(C))
    +    y = np.fft.irfft2(np.einsum("ncij,fcij->nfij", X, K.conj()), s=size)
    """,
)
bias_unused = edited(
    channel_by_channel,
    "bias_left_out",
    ("y if bias is None else y + bias[:, None, None]", "y"),
    """
    -    y = sum(np.fft.irfft2(X[:, None, c] * K[None, :, c].conj(), s=size) for c in range(C))
    +    y = np.fft.irfft2(np.einsum("ncij,fcij->nfij", X, K.conj()), s=size)
    """,
)
first_of_all_windows = edited(
    channel_by_channel,
    "stride_ignored_in_window",
    """
    -    y = sum(np.fft.irfft2(X[:, None, c] * K[None, :, c].conj(), s=size) for c in range(C))
    -    y = y[:, :, : size[0] - taps.shape[2] + 1 : sh, : size[1] - taps.shape[3] + 1 : sw]
    +    y = np.fft.irfft2(np.einsum("ncij,fcij->nfij", X, K.conj()), s=size)
    +    oH, oW = (size[0] - taps.shape[2]) // sh + 1, (size[1] - taps.shape[3]) // sw + 1
    +    y = y[:, :, :oH, :oW]
    """,
)
spectrum_stride_by_column = edited(
    channel_by_channel,
    "stride_pair_swapped",
    """
    -    y = sum(np.fft.irfft2(X[:, None, c] * K[None, :, c].conj(), s=size) for c in range(C))
    +    y = np.fft.irfft2(np.einsum("ncij,fcij->nfij", X, K.conj()), s=size)
    """,
    ("sh, sw", "sw, sh"),
)
spectrum_padding_by_column = edited(
    channel_by_channel,
    "padding_pair_swapped",
    """
    -    y = sum(np.fft.irfft2(X[:, None, c] * K[None, :, c].conj(), s=size) for c in range(C))
    +    y = np.fft.irfft2(np.einsum("ncij,fcij->nfij", X, K.conj()), s=size)
    """,
    ("ph, pw", "pw, ph"),
)
spectrum_dilation_by_column = edited(
    channel_by_channel,
    "dilation_pair_swapped",
    """
    -    y = sum(np.fft.irfft2(X[:, None, c] * K[None, :, c].conj(), s=size) for c in range(C))
    +    y = np.fft.irfft2(np.einsum("ncij,fcij->nfij", X, K.conj()), s=size)
    """,
    ("dh, dw", "dw, dh"),
)
spectrum_half_padding = edited(
    channel_by_channel,
    "padding_is_total",
    """
    -    y = sum(np.fft.irfft2(X[:, None, c] * K[None, :, c].conj(), s=size) for c in range(C))
    +    y = np.fft.irfft2(np.einsum("ncij,fcij->nfij", X, K.conj()), s=size)
    """,
    """
    -    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    +    p = np.pad(x, ((0, 0), (0, 0), (ph // 2, ph - ph // 2), (pw // 2, pw - pw // 2)))
    """,
)
spectrum_dense = edited(
    channel_by_channel,
    "dilation_ignored",
    """
    -    y = sum(np.fft.irfft2(X[:, None, c] * K[None, :, c].conj(), s=size) for c in range(C))
    +    y = np.fft.irfft2(np.einsum("ncij,fcij->nfij", X, K.conj()), s=size)
    """,
    """
         (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    +    dh = dw = 1
    """,
)
spectrum_gaps = edited(
    channel_by_channel,
    "dilation_counts_gaps",
    """
    -    y = sum(np.fft.irfft2(X[:, None, c] * K[None, :, c].conj(), s=size) for c in range(C))
    +    y = np.fft.irfft2(np.einsum("ncij,fcij->nfij", X, K.conj()), s=size)
    """,
    """
         (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    +    dh, dw = dh + 1, dw + 1
    """,
)


@wrong("conv2d_gemm", "output_takes_integer_type")
def product_of_the_image_type(x, weight, bias=None, stride=1, padding=0, dilation=1):
    columns = im2col(x, weight.shape[2:], stride, padding, dilation)
    size = output_places(x.shape[2:], weight.shape[2:], stride, padding, dilation)
    y = np.empty((len(x), len(weight), columns.shape[2]), x.dtype)
    y[...] = weight.reshape(len(weight), -1) @ columns + (0 if bias is None else bias[:, None])
    return y.reshape(len(x), len(weight), *size)


@wrong("conv2d_strided_view", "output_takes_integer_type")
def view_into_the_image_type(x, weight, bias=None, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    span = dh * (weight.shape[2] - 1) + 1, dw * (weight.shape[3] - 1) + 1
    view = np.lib.stride_tricks.sliding_window_view(p, span, axis=(2, 3))[:, :, ::sh, ::sw, ::dh, ::dw]
    y = np.zeros((len(x), len(weight), *view.shape[2:4]), x.dtype)
    for f, taps in enumerate(weight):
        y[:, f] = np.einsum("ncijuv,cuv->nij", view, taps) + (0 if bias is None else bias[f])
    return y


image_type_through_the_spectrum = edited(
    channel_by_channel,
    "output_takes_integer_type",
    """
    -    return y if bias is None else y + bias[:, None, None]
    +    y = y if bias is None else y + bias[:, None, None]
    +    return y.astype(x.dtype)
    """,
)
