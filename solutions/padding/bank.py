"""Programs for chapter 2."""

import numpy as np

from autograde.course.program import edited, right, wrong


@right("source_index")
def place_by_place(n, before, after, mode):
    pixels = []
    for q in range(-before, n + after):
        if 0 <= q < n:
            pixels.append(q)
        elif mode == "zeros":
            pixels.append(-1)
        elif mode == "replicate":
            pixels.append(0 if q < 0 else n - 1)
        elif mode == "circular":
            pixels.append(q + n if q < 0 else q - n)
        else:
            pixels.append(-q if q < 0 else 2 * n - 2 - q)
    return pixels


@right("source_index")
def a_padded_row_of_numbers(n, before, after, mode):
    names = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    return np.pad(
        np.arange(n), (before, after), mode=names[mode], **({"constant_values": -1} if mode == "zeros" else {})
    )


@right("source_index")
def two_ends_put_together(n, before, after, mode):
    pixels = list(range(n))
    front = {
        "zeros": [-1] * before,
        "replicate": [0] * before,
        "circular": pixels[n - before :],
        "reflect": pixels[1 : before + 1][::-1],
    }[mode]
    behind = {
        "zeros": [-1] * after,
        "replicate": [n - 1] * after,
        "circular": pixels[:after],
        "reflect": pixels[n - 1 - after : n - 1][::-1],
    }[mode]
    return tuple(front + pixels + behind)


@wrong("source_index", "reflect_repeats_right_edge")
def mirror_at_n(n, before, after, mode):
    q = np.arange(-before, n + after)
    if mode == "circular":
        return q % n
    if mode == "replicate":
        return q.clip(0, n - 1)
    if mode == "reflect":
        return np.where(q < 0, abs(q), np.where(q >= n, 2 * n - 1 - q, q))
    return np.where((q < 0) | (q >= n), -1, q)


mirror_between_pixels = edited(mirror_at_n, "reflect_repeats_edge", ("abs(q)", "-1 - q"))
behind_in_front = edited(
    mirror_at_n, "before_after_swapped", ("-before, n + after", "-after, n + before"), ("2 * n - 1", "2 * n - 2")
)
first_pixel_for_none = edited(
    mirror_at_n, "zeros_show_first_pixel", ("(q >= n), -1", "(q >= n), 0"), ("2 * n - 1", "2 * n - 2")
)
edge_for_none = edited(
    mirror_at_n,
    "zeros_replicate",
    ("return np.where((q < 0) | (q >= n), -1, q)", "return np.minimum(np.maximum(q, 0), n - 1)"),
    ("2 * n - 1", "2 * n - 2"),
)
two_modes_mixed_up = edited(
    mirror_at_n,
    "reflect_replicate_swapped",
    ('"replicate"', '"mirror"'),
    ('"reflect"', '"replicate"'),
    ('"mirror"', '"reflect"'),
    ("2 * n - 1 - q, q))", "2 * n - 2 - q, q)).clip(0, n - 1)"),
)
nothing_behind = edited(mirror_at_n, "after_left_out", ("n + after", "n"))


@wrong("source_index", "places_themselves")
def no_rule(n, before, after, mode):
    return np.arange(-before, n + after)


@wrong("source_index", "reflect_not_reversed")
def beside_the_edge(n, before, after, mode):
    if mode == "reflect":
        pixels = list(range(n))
        return pixels[1 : before + 1] + pixels + pixels[n - 1 - after : n - 1]
    q = np.arange(-before, n + after)
    return (
        q % n
        if mode == "circular"
        else q.clip(0, n - 1)
        if mode == "replicate"
        else np.where((q < 0) | (q >= n), -1, q)
    )


@wrong("source_index", "circular_from_own_end")
def near_end_again(n, before, after, mode):
    q = np.arange(-before, n + after)
    if mode == "circular":
        pixels = np.arange(n)
        return np.concatenate([pixels[:before], pixels, pixels[n - after :]])
    if mode == "reflect":
        return np.abs(n - 1 - np.abs(n - 1 - q))
    return q.clip(0, n - 1) if mode == "replicate" else np.where((q < 0) | (q >= n), -1, q)


@right("pad2d")
def by_index_lists(x, padding, mode="zeros"):
    if isinstance(padding, int):
        padding = [padding] * 4
    elif len(padding) == 2:
        padding = np.repeat(padding, 2)
    top, bottom, left, right = padding

    def places(before, n, after):
        k = np.arange(-before, n + after)
        if mode == "circular":
            return k % n
        if mode == "replicate":
            return np.clip(k, 0, n - 1)
        return np.where(k < 0, -k, np.where(k >= n, 2 * (n - 1) - k, k))

    H, W = x.shape
    if mode == "zeros":
        y = np.zeros((top + H + bottom, left + W + right))
        y[top : top + H, left : left + W] = x
        return y
    return x[np.ix_(places(top, H, bottom), places(left, W, right))]


@right("pad2d")
def pixel_by_pixel(x, padding, mode="zeros"):
    p = (padding,) * 4 if np.isscalar(padding) else tuple(padding)
    top, bottom, left, right = p if len(p) == 4 else (p[0], p[0], p[1], p[1])
    H, W = x.shape

    def source(k, n):
        if mode == "circular":
            return k + n if k < 0 else k - n if k >= n else k
        if mode == "replicate":
            return min(max(k, 0), n - 1)
        return abs(k) if k < n else 2 * n - 2 - k

    y = [[0.0] * (left + W + right) for _ in range(top + H + bottom)]
    for i in range(-top, H + bottom):
        for j in range(-left, W + right):
            if mode != "zeros" or (0 <= i < H and 0 <= j < W):
                y[i + top][j + left] = float(x[source(i, H), source(j, W)])
    return np.array(y)


@right("pad2d")
def selection_matrices(x, padding, mode="zeros"):
    p = np.atleast_1d(padding)
    top, bottom, left, right = np.repeat(p, 4 // len(p))

    def matrix(before, n, after):
        k = np.arange(-before, n + after)
        if mode == "circular":
            k = k % n
        elif mode == "replicate":
            k = k.clip(0, n - 1)
        elif mode == "reflect":
            k = (n - 1) - np.abs((n - 1) - np.abs(k))
        return (k[:, None] == np.arange(n)).astype(float)

    return matrix(top, x.shape[0], bottom) @ x @ matrix(left, x.shape[1], right).T


@right("pad2d")
def strips_in_single_precision(x, padding, mode="zeros"):
    if np.ndim(padding) == 0:
        top = bottom = left = right = padding
    elif len(padding) == 2:
        top = bottom = padding[0]
        left = right = padding[1]
    else:
        top, bottom, left, right = padding

    def rows(a, before, after):
        n = len(a)
        if mode == "zeros":
            parts = np.zeros((before, a.shape[1]), a.dtype), a, np.zeros((after, a.shape[1]), a.dtype)
        elif mode == "replicate":
            parts = np.tile(a[:1], (before, 1)), a, np.tile(a[-1:], (after, 1))
        elif mode == "circular":
            parts = a[n - before :], a, a[:after]
        else:
            parts = a[1 : before + 1][::-1], a, a[n - 1 - after : n - 1][::-1]
        return np.concatenate(parts)

    return rows(rows(x.astype(np.float32), top, bottom).T, left, right).T


@wrong("pad2d", "padding_is_total")
def total_over_both_sides(x, padding, mode="zeros"):
    if np.ndim(padding) == 0:
        padding = (padding, padding)
    if len(padding) == 2:
        a, b = padding
        padding = (a // 2, a - a // 2, b // 2, b - b // 2)
    top, bottom, left, right = padding
    names = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    return np.pad(x, ((top, bottom), (left, right)), mode=names[mode])


@wrong("pad2d", "height_width_swapped")
def width_first(x, padding, mode="zeros"):
    if np.ndim(padding) == 0:
        padding = (padding, padding)
    if len(padding) == 2:
        pad_w, pad_h = padding
        padding = (pad_h, pad_h, pad_w, pad_w)
    names = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    return np.pad(x, (padding[:2], padding[2:]), mode=names[mode])


@wrong("pad2d", "pair_is_before_after")
def pair_handed_to_numpy(x, padding, mode="zeros"):
    names = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    if np.ndim(padding) and len(padding) == 4:
        padding = (padding[:2], padding[2:])
    return np.pad(x, padding, mode=names[mode])


@wrong("pad2d", "sides_in_torch_order")
def left_right_top_bottom(x, padding, mode="zeros"):
    if np.ndim(padding) == 0:
        padding = (padding, padding)
    if len(padding) == 2:
        padding = (padding[1], padding[1], padding[0], padding[0])
    left, right, top, bottom = padding
    names = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    return np.pad(x, ((top, bottom), (left, right)), mode=names[mode])


@wrong("pad2d", "sides_clockwise")
def as_in_a_style_sheet(x, padding, mode="zeros"):
    if np.ndim(padding) == 0:
        padding = (padding, padding)
    if len(padding) == 2:
        padding = (padding[0], padding[1], padding[0], padding[1])
    top, right, bottom, left = padding
    names = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    return np.pad(x, ((top, bottom), (left, right)), mode=names[mode])


@wrong("pad2d", "reflect_repeats_edge")
def numpy_symmetric(x, padding, mode="zeros"):
    if np.ndim(padding) == 0:
        padding = (padding, padding)
    if len(padding) == 2:
        padding = np.repeat(padding, 2)
    names = {"zeros": "constant", "reflect": "symmetric", "replicate": "edge", "circular": "wrap"}
    return np.pad(x, (padding[:2], padding[2:]), mode=names[mode])


@wrong("pad2d", "reflect_not_reversed")
def copy_beside_the_edge(x, padding, mode="zeros"):
    if np.ndim(padding) == 0:
        padding = (padding, padding)
    if len(padding) == 2:
        padding = np.repeat(padding, 2)
    if mode == "reflect":
        top, bottom, left, right = padding
        y = np.vstack([x[1 : top + 1], x, x[len(x) - 1 - bottom : -1]])
        return np.hstack([y[:, 1 : left + 1], y, y[:, y.shape[1] - 1 - right : -1]])
    names = {"zeros": "constant", "replicate": "edge", "circular": "wrap"}
    return np.pad(x, (padding[:2], padding[2:]), mode=names[mode])


names_mixed_up = edited(
    numpy_symmetric, "reflect_replicate_swapped", ('symmetric", "replicate": "edge', 'edge", "replicate": "reflect')
)


@wrong("pad2d", "circular_from_own_end")
def repeats_the_near_end(x, padding, mode="zeros"):
    if np.ndim(padding) == 0:
        padding = (padding, padding)
    if len(padding) == 2:
        padding = np.repeat(padding, 2)
    if mode == "circular":
        top, bottom, left, right = padding
        y = np.vstack([x[:top], x, x[len(x) - bottom :]])
        return np.hstack([y[:, :left], y, y[:, y.shape[1] - right :]])
    names = {"zeros": "constant", "reflect": "reflect", "replicate": "edge"}
    return np.pad(x, (padding[:2], padding[2:]), mode=names[mode])


@wrong("pad2d", "corners_left_zero")
def four_strips(x, padding, mode="zeros"):
    if np.ndim(padding) == 0:
        padding = (padding, padding)
    if len(padding) == 2:
        padding = np.repeat(padding, 2)
    top, bottom, left, right = padding
    H, W = x.shape
    names = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    y = np.zeros((top + H + bottom, left + W + right))
    y[:, left : left + W] = np.pad(x, ((top, bottom), (0, 0)), mode=names[mode])
    y[top : top + H] = np.pad(x, ((0, 0), (left, right)), mode=names[mode])
    return y


@wrong("pad2d", "mode_ignored")
def always_zeros(x, padding, mode="zeros"):
    if np.ndim(padding) == 0:
        padding = (padding, padding)
    if len(padding) == 2:
        padding = np.repeat(padding, 2)
    return np.pad(x, (padding[:2], padding[2:]))


@wrong("pad2d", "crop_at_zero")
def slice_to_minus_p(x, padding, mode="zeros"):
    if np.ndim(padding) == 0:
        padding = (padding, padding)
    if len(padding) == 2:
        padding = np.repeat(padding, 2)
    top, bottom, left, right = padding
    if mode == "zeros":
        y = np.zeros((top + x.shape[0] + bottom, left + x.shape[1] + right))
        y[top:-bottom, left:-right] = x
        return y
    names = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    return np.pad(x, (padding[:2], padding[2:]), mode=names[mode])


@right("same_padding")
def span_minus_one(kernel_size, dilation=1):
    span = (kernel_size - 1) * dilation + 1
    before = (span - 1) // 2
    after = span // 2
    return before, after


@right("same_padding")
def one_pixel_at_a_time(kernel_size, dilation=1):
    before = after = 0
    n = 1000
    while n + before + after - dilation * (kernel_size - 1) < n:
        if before < after:
            before += 1
        else:
            after += 1
    return before, after


@right("same_padding")
def distance_of_the_last_tap(kernel_size, dilation=1):
    taps = range(0, kernel_size * dilation, dilation)
    before, odd = divmod(taps[-1], 2)
    return (before, before + odd)


@wrong("same_padding", "odd_pixel_before")
def extra_pixel_on_the_left(kernel_size, dilation=1):
    total = dilation * (kernel_size - 1)
    return total - total // 2, total // 2


@wrong("same_padding", "dilation_ignored")
def no_dilation(kernel_size, dilation=1):
    return (kernel_size - 1) // 2, kernel_size // 2


@wrong("same_padding", "dilation_counts_gaps")
def holes_between_taps(kernel_size, dilation=1):
    total = kernel_size + (kernel_size - 1) * dilation - 1
    return total // 2, total - total // 2


@wrong("same_padding", "dilation_times_kernel_size")
def span_is_a_product(kernel_size, dilation=1):
    total = dilation * kernel_size - 1
    return total // 2, total - total // 2


@wrong("same_padding", "total_on_each_side")
def full_padding(kernel_size, dilation=1):
    return dilation * (kernel_size - 1), dilation * (kernel_size - 1)


@wrong("same_padding", "odd_pixel_lost")
def both_rounded_down(kernel_size, dilation=1):
    p = dilation * (kernel_size - 1) // 2
    return p, p


half_the_kernel = edited(
    both_rounded_down, "half_kernel_each_side", ("dilation * (kernel_size - 1) // 2", "kernel_size // 2 * dilation")
)


@right("conv2d_padded")
def four_loops(x, w, b, padding, mode="zeros"):
    p = pad2d(x, padding, mode)
    kH, kW = w.shape
    y = np.zeros((len(p) - kH + 1, len(p[0]) - kW + 1))
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            for u in range(kH):
                for v in range(kW):
                    y[i, j] += p[i + u, j + v] * w[u, v]
            y[i, j] += b
    return y


@right("conv2d_padded")
def columns_times_weights(x, w, b, padding, mode="zeros"):
    p = np.ascontiguousarray(pad2d(x, padding, mode))
    windows = np.lib.stride_tricks.sliding_window_view(p, w.shape)
    return (windows.reshape(-1, w.size) @ w.ravel() + b).reshape(windows.shape[:2])


@right("conv2d_padded")
def fourier(x, w, b, padding, mode="zeros"):
    p = pad2d(x, padding, mode)
    spectrum = np.fft.rfft2(p) * np.conj(np.fft.rfft2(w, p.shape))
    y = np.fft.irfft2(spectrum, p.shape)
    return y[: p.shape[0] - w.shape[0] + 1, : p.shape[1] - w.shape[1] + 1] + b


@right("conv2d_padded")
def single_precision(x, w, b, padding, mode="zeros"):
    p = pad2d(x.astype(np.float32), padding, mode).astype(np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(p, w.shape)
    return np.einsum("ijuv,uv->ij", windows, w.astype(np.float32)) + np.float32(b)


@wrong("conv2d_padded", "kernel_flipped")
def mathematics_convolution(x, w, b, padding, mode="zeros"):
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding, mode), w.shape)
    return np.einsum("ijuv,uv->ij", windows, w[::-1, ::-1]) + b


@wrong("conv2d_padded", "kernel_transposed")
def transposed(x, w, b, padding, mode="zeros"):
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding, mode), w.T.shape)
    return np.einsum("ijuv,uv->ij", windows, w.T) + b


@wrong("conv2d_padded", "bias_before_padding")
def bias_on_the_image(x, w, b, padding, mode="zeros"):
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x + b, padding, mode), w.shape)
    return np.einsum("ijuv,uv->ij", windows, w)


@wrong("conv2d_padded", "bias_inside_only")
def bias_where_windows_are_whole(x, w, b, padding, mode="zeros"):
    p = np.array(padding) if np.ndim(padding) else np.full(2, padding)
    top, left = (p[0], p[2]) if len(p) == 4 else p
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding, mode), w.shape)
    y = np.einsum("ijuv,uv->ij", windows, w)
    for i in range(x.shape[0] - w.shape[0] + 1):
        for j in range(x.shape[1] - w.shape[1] + 1):
            y[top + i, left + j] += b
    return y


@wrong("conv2d_padded", "bias_per_tap")
def bias_in_the_sum(x, w, b, padding, mode="zeros"):
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding, mode), w.shape)
    return (windows * w + b).sum(axis=(2, 3))


@wrong("conv2d_padded", "bias_left_out")
def no_bias(x, w, b, padding, mode="zeros"):
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding, mode), w.shape)
    return np.einsum("ijuv,uv->ij", windows, w)


@wrong("conv2d_padded", "padding_forgotten")
def filters_the_bare_image(x, w, b, padding, mode="zeros"):
    return np.einsum("ijuv,uv->ij", np.lib.stride_tricks.sliding_window_view(x, w.shape), w) + b


@wrong("conv2d_padded", "cropped_to_input")
def always_the_input_size(x, w, b, padding, mode="zeros"):
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding, mode), w.shape)
    y = np.einsum("ijuv,uv->ij", windows, w) + b
    return y[: x.shape[0], : x.shape[1]]


@wrong("conv2d_padded", "padding_is_total")
def half_of_the_padding(x, w, b, padding, mode="zeros"):
    if np.ndim(padding) == 0:
        padding = (padding, padding)
    if len(padding) == 2:
        padding = [half for p in padding for half in (p // 2, (p + 1) // 2)]
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding, mode), w.shape)
    return np.einsum("ijuv,uv->ij", windows, w) + b


@wrong("conv2d_padded", "height_width_swapped")
def columns_first(x, w, b, padding, mode="zeros"):
    if np.ndim(padding) and len(padding) == 2:
        padding = padding[::-1]
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding, mode), w.shape)
    return np.einsum("ijuv,uv->ij", windows, w) + b


before_and_after = edited(columns_first, "pair_is_before_after", ("padding[::-1]", "(*padding, *padding)"))


@wrong("conv2d_padded", "sides_in_torch_order")
def last_axis_first(x, w, b, padding, mode="zeros"):
    if np.ndim(padding) and len(padding) == 4:
        left, right, top, bottom = padding
        padding = (top, bottom, left, right)
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding, mode), w.shape)
    return np.einsum("ijuv,uv->ij", windows, w) + b


round_the_clock = edited(last_axis_first, "sides_clockwise", ("left, right, top, bottom", "top, right, bottom, left"))


@wrong("conv2d_padded", "reflect_repeats_edge")
def symmetric_instead(x, w, b, padding, mode="zeros"):
    if mode == "reflect":
        sides = (padding,) * 4 if np.ndim(padding) == 0 else np.repeat(padding, 4 // len(padding))
        p = np.pad(x, (sides[:2], sides[2:]), mode="symmetric")
    else:
        p = pad2d(x, padding, mode)
    return np.einsum("ijuv,uv->ij", np.lib.stride_tricks.sliding_window_view(p, w.shape), w) + b


@wrong("conv2d_padded", "mode_ignored")
def mode_not_handed_on(x, w, b, padding, mode="zeros"):
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), w.shape)
    return np.einsum("ijuv,uv->ij", windows, w) + b


@wrong("conv2d_padded", "crop_at_zero")
def embeds_to_minus_p(x, w, b, padding, mode="zeros"):
    p = pad2d(x, padding, mode)
    if mode == "zeros":
        sides = (padding,) * 4 if np.ndim(padding) == 0 else np.repeat(padding, 4 // len(padding))
        p = np.zeros(p.shape)
        p[sides[0] : -sides[1], sides[2] : -sides[3]] = x
    return np.einsum("ijuv,uv->ij", np.lib.stride_tricks.sliding_window_view(p, w.shape), w) + b


@wrong("conv2d_padded", "output_takes_integer_type")
def zeros_of_the_input_type(x, w, b, padding, mode="zeros"):
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding, mode), w.shape)
    y = np.zeros(windows.shape[:2], dtype=x.dtype)
    for i, j in np.ndindex(*y.shape):
        y[i, j] = (windows[i, j] * w).sum() + b
    return y
