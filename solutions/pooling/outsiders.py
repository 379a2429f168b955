"""Programs that somebody wrote who had seen chapter 6's notebook alone, and none of its questions.

Above each wrong program stands what is wrong with it, in its author's words. Left out are those whose idea a
program of bank.py holds already.
"""

import numpy as np

from autograde.course.program import edited, right, stray, wrong


@right("max_pool2d")
def outside_max_pool2d(x, kernel_size, stride=None, padding=0, dilation=1):
    if stride is None:
        stride = kernel_size
    (kH, kW), (sH, sW), (pH, pW), (dH, dW) = pair(kernel_size), pair(stride), pair(padding), pair(dilation)
    N, C, H, W = x.shape
    oH, oW = conv_output_size(H, kH, sH, pH, dH), conv_output_size(W, kW, sW, pW, dW)
    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (pH, pH), (pW, pW)), constant_values=-np.inf)
    out = np.zeros((N, C, oH, oW))
    for i in range(oH):
        for j in range(oW):
            window = xp[:, :, i * sH : i * sH + dH * (kH - 1) + 1 : dH, j * sW : j * sW + dW * (kW - 1) + 1 : dW]
            out[:, :, i, j] = window.max(axis=(2, 3))
    return out


# maximum over the channels too
outside_max_pool2d_3 = edited(
    outside_max_pool2d,
    "maximum_of_all_channels",
    """
    -            out[:, :, i, j] = window.max(axis=(2, 3))
    +            out[:, :, i, j] = window.max(axis=(1, 2, 3))[:, None]
    """,
)

# swaps the kernel pair
outside_max_pool2d_5 = edited(
    outside_max_pool2d,
    "",
    """
    -    (kH, kW), (sH, sW), (pH, pW), (dH, dW) = pair(kernel_size), pair(stride), pair(padding), pair(dilation)
    +    (kW, kH), (sH, sW), (pH, pW), (dH, dW) = pair(kernel_size), pair(stride), pair(padding), pair(dilation)
    """,
    says="You read the pair `kernel_size` as (column, row).",
)

# mean rather than max
outside_max_pool2d_7 = edited(
    outside_max_pool2d,
    "mean_in_place_of_maximum",
    """
    -            out[:, :, i, j] = window.max(axis=(2, 3))
    +            out[:, :, i, j] = window.mean(axis=(2, 3))
    """,
)

# uses the row stride for the columns
outside_max_pool2d_9 = edited(
    outside_max_pool2d,
    "",
    """
    -            window = xp[:, :, i * sH : i * sH + dH * (kH - 1) + 1 : dH, j * sW : j * sW + dW * (kW - 1) + 1 : dW]
    +            window = xp[:, :, i * sH : i * sH + dH * (kH - 1) + 1 : dH, j * sH : j * sH + dW * (kW - 1) + 1 : dW]
    """,
    says="The size of your output is right, but its windows use the first number for both axes of `stride`.",
)

# pads with -1
outside_max_pool2d_10 = edited(
    outside_max_pool2d,
    "padded_with_-1",
    """
    -    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (pH, pH), (pW, pW)), constant_values=-np.inf)
    +    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (pH, pH), (pW, pW)), constant_values=-1)
    """,
)


@right("avg_pool2d")
def outside_avg_pool2d(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    if stride is None:
        stride = kernel_size
    (kH, kW), (sH, sW), (pH, pW) = pair(kernel_size), pair(stride), pair(padding)
    N, C, H, W = x.shape
    oH, oW = conv_output_size(H, kH, sH, pH), conv_output_size(W, kW, sW, pW)
    spec = ((0, 0), (0, 0), (pH, pH), (pW, pW))
    xp = np.pad(x, spec)
    ones = np.pad(np.ones_like(x), spec)
    out = np.zeros((N, C, oH, oW))
    for i in range(oH):
        for j in range(oW):
            a = (slice(None), slice(None), slice(i * sH, i * sH + kH), slice(j * sW, j * sW + kW))
            m = kH * kW if count_include_pad else ones[a].sum(axis=(2, 3))
            out[:, :, i, j] = xp[a].sum(axis=(2, 3)) / m
    return out


# divides by kH * kH
outside_avg_pool2d_4 = edited(
    outside_avg_pool2d,
    "divided_by_the_height_squared",
    """
    -            m = kH * kW if count_include_pad else ones[a].sum(axis=(2, 3))
    +            m = kH * kH if count_include_pad else ones[a].sum(axis=(2, 3))
    """,
)

# whole-number division
outside_avg_pool2d_5 = edited(
    outside_avg_pool2d,
    "mean_rounded_down",
    """
    -            out[:, :, i, j] = xp[a].sum(axis=(2, 3)) / m
    +            out[:, :, i, j] = xp[a].sum(axis=(2, 3)) // m
    """,
)

# pads with -inf as in max pool
outside_avg_pool2d_6 = edited(
    outside_avg_pool2d,
    "padded_with_infinity",
    """
    -    xp = np.pad(x, spec)
    +    xp = np.pad(x.astype(float), spec, constant_values=-np.inf)
    """,
)

# stride None taken as 1 and padding not counted by default
outside_avg_pool2d_7 = edited(
    outside_avg_pool2d,
    "",
    """
    -def avg_pool2d(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    +def avg_pool2d(x, kernel_size, stride=None, padding=0, count_include_pad=False):
    """,
    """
    -        stride = kernel_size
    +        stride = 1
    """,
    says="Your windows move by one pixel where no stride is given.",
)


@right("global_avg_pool2d")
def outside_global_avg_pool2d(x):
    return x.mean(axis=(2, 3))


# mean over the channels
outside_global_avg_pool2d_2 = edited(
    outside_global_avg_pool2d,
    "channels_alone_averaged",
    """
    -    return x.mean(axis=(2, 3))
    +    return x.mean(axis=1)
    """,
)


@right("adaptive_avg_pool2d")
def outside_adaptive_avg_pool2d(x, output_size):
    oH, oW = pair(output_size)
    N, C, H, W = x.shape
    out = np.zeros((N, C, oH, oW))
    for i in range(oH):
        for j in range(oW):
            t, b = i * H // oH, -(-(i + 1) * H // oH)
            l, r = j * W // oW, -(-(j + 1) * W // oW)
            out[:, :, i, j] = x[:, :, t:b, l:r].mean(axis=(2, 3))
    return out


# end one pixel less (took "- 1" as the slice end)
outside_adaptive_avg_pool2d_4 = edited(
    outside_adaptive_avg_pool2d,
    "last_pixel_left_out_but_one",
    """
     def adaptive_avg_pool2d(x, output_size):
    +    t0 = lambda a, n, o: a * n // o + 1
    """,
    """
    -            t, b = i * H // oH, -(-(i + 1) * H // oH)
    -            l, r = j * W // oW, -(-(j + 1) * W // oW)
    +            t, b = i * H // oH, max(-(-(i + 1) * H // oH) - 1, t0(i, H, oH))
    +            l, r = j * W // oW, max(-(-(j + 1) * W // oW) - 1, t0(j, W, oW))
    """,
)


@right("receptive_field")
def outside_receptive_field(layers):
    r, j, a = 1, 1, 0
    for k, s, *rest in layers:
        d = rest[0] if len(rest) > 0 else 1
        p = rest[1] if len(rest) > 1 else 0
        r += d * (k - 1) * j
        a -= p * j
        j *= s
    return r, j, a


# jump updated before it is used
outside_receptive_field_1 = edited(
    outside_receptive_field,
    "",
    """
             p = rest[1] if len(rest) > 1 else 0
    +        j *= s
    """,
    """
             a -= p * j
    -        j *= s
    """,
    says="You let a layer's own stride widen its own kernel.",
)


# By another author, who had seen the notebook alone, too: all of his programs.


# stride n // o and kernel n - (o - 1) * stride, the recipe from forums, right only where o divides n
@wrong("adaptive_avg_pool2d", "one_kernel_for_all")
def second_adaptive_avg_pool2d_1(x, output_size):
    oh, ow = pair(output_size)
    H, W = x.shape[2:]
    sh, sw = H // oh, W // ow
    kh, kw = H - (oh - 1) * sh, W - (ow - 1) * sw
    out = np.zeros((x.shape[0], x.shape[1], oh, ow))
    for i in range(oh):
        for j in range(ow):
            out[:, :, i, j] = x[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw].mean(axis=(2, 3))
    return out


# a window starts at the right place but always has ceil(n / o) pixels
@wrong("adaptive_avg_pool2d", "window_sizes_all_equal")
def second_adaptive_avg_pool2d_2(x, output_size):
    oH, oW = pair(output_size)
    N, C, H, W = x.shape
    kH, kW = int(np.ceil(H / oH)), int(np.ceil(W / oW))
    y = np.empty((N, C, oH, oW))
    for i in range(oH):
        r = int(np.floor(i * H / oH))
        for j in range(oW):
            c = int(np.floor(j * W / oW))
            y[:, :, i, j] = np.mean(x[:, :, r : r + kH, c : c + kW], axis=(2, 3))
    return y


# rounds the stop up with "// o + 1", one pixel too many where the division is exact
@wrong("adaptive_avg_pool2d", "end_rounded_up_always")
def second_adaptive_avg_pool2d_3(x, output_size):
    oH, oW = output_size if isinstance(output_size, tuple) else (output_size, output_size)
    H, W = x.shape[-2:]
    rows = []
    for i in range(oH):
        cols = []
        for j in range(oW):
            cell = x[..., i * H // oH : (i + 1) * H // oH + 1, j * W // oW : (j + 1) * W // oW + 1]
            cols.append(cell.mean(axis=(-2, -1)))
        rows.append(np.stack(cols, axis=-1))
    return np.stack(rows, axis=-2)


# without count_include_pad it divides by the number of nonzero entries, so zeros of the image do not count
@wrong("avg_pool2d", "nonzero_counted")
def second_avg_pool2d_1(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    kh, kw = pair(kernel_size)
    sh, sw = pair(kernel_size if stride is None else stride)
    ph, pw = pair(padding)
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    win = np.lib.stride_tricks.sliding_window_view(xp, (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw]
    total = win.sum(axis=(-1, -2))
    if count_include_pad:
        return total / (kh * kw)
    count = np.count_nonzero(win, axis=(-1, -2))
    return total / np.maximum(count, 1)


# the answer has x's dtype, so means of an image of ints lose their fractions
@wrong("avg_pool2d", "output_takes_integer_type")
def second_avg_pool2d_2(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    k, p = pair(kernel_size), pair(padding)
    s = k if stride is None else pair(stride)
    N, C, H, W = x.shape
    oH = conv_output_size(H, k[0], s[0], p[0])
    oW = conv_output_size(W, k[1], s[1], p[1])
    out = np.zeros_like(x, shape=(N, C, oH, oW))
    for i in range(oH):
        for j in range(oW):
            top, left = i * s[0] - p[0], j * s[1] - p[1]
            inside = x[:, :, max(top, 0) : top + k[0], max(left, 0) : left + k[1]]
            m = k[0] * k[1] if count_include_pad else inside.shape[2] * inside.shape[3]
            out[:, :, i, j] = inside.sum(axis=(2, 3)) / m
    return out


# the stride of the columns is taken from the rows where none is given
@wrong("avg_pool2d", "stride_of_the_kernels_rows")
def second_avg_pool2d_3(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    kH, kW = pair(kernel_size)
    if stride is None:
        stride = kH
    sH, sW = pair(stride)
    pH, pW = pair(padding)

    def window_sums(a):
        a = np.pad(a, ((0, 0), (0, 0), (pH, pH), (pW, pW)))
        oH, oW = (a.shape[2] - kH) // sH + 1, (a.shape[3] - kW) // sW + 1
        total = np.zeros((a.shape[0], a.shape[1], oH, oW))
        for u in range(kH):
            for v in range(kW):
                total += a[:, :, u : u + (oH - 1) * sH + 1 : sH, v : v + (oW - 1) * sW + 1 : sW]
        return total

    if count_include_pad:
        return window_sums(x) / (kH * kW)
    return window_sums(x) / window_sums(np.ones(x.shape))


# divides by H squared
@wrong("global_avg_pool2d", "divided_by_the_height_squared")
def second_global_avg_pool2d_1(x):
    return x.sum(axis=(2, 3)) / x.shape[2] ** 2


# after the first mean the axes have moved on, so the second mean goes over the channels
@wrong("global_avg_pool2d", "channels_read_last")
def second_global_avg_pool2d_2(x):
    over_rows = np.mean(x, axis=2)
    return np.mean(over_rows, axis=1)


# pads with zeros, which win over negative numbers
@wrong("max_pool2d", "padded_with_zeros")
def second_max_pool2d_1(x, kernel_size, stride=None, padding=0, dilation=1):
    k = pair(kernel_size)
    s = pair(stride) if stride is not None else k
    p = pair(padding)
    d = pair(dilation)
    N, C, H, W = x.shape
    xp = np.pad(x, ((0, 0), (0, 0), (p[0], p[0]), (p[1], p[1])))
    oH = conv_output_size(H, k[0], s[0], p[0], d[0])
    oW = conv_output_size(W, k[1], s[1], p[1], d[1])
    out = np.empty((N, C, oH, oW), dtype=x.dtype)
    for i in range(oH):
        for j in range(oW):
            r, c = i * s[0], j * s[1]
            out[:, :, i, j] = xp[:, :, r : r + d[0] * (k[0] - 1) + 1 : d[0], c : c + d[1] * (k[1] - 1) + 1 : d[1]].max(
                axis=(2, 3)
            )
    return out


# .max() without axis, the largest number of all images and channels at that place
@wrong("max_pool2d", "maximum_of_the_batch")
def second_max_pool2d_2(x, kernel_size, stride=None, padding=0, dilation=1):
    kh, kw = pair(kernel_size)
    sh, sw = pair(kernel_size if stride is None else stride)
    ph, pw = pair(padding)
    dh, dw = pair(dilation)
    padded = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=-np.inf)
    oh = (padded.shape[2] - dh * (kh - 1) - 1) // sh + 1
    ow = (padded.shape[3] - dw * (kw - 1) - 1) // sw + 1
    out = np.zeros((x.shape[0], x.shape[1], oh, ow))
    for i in range(oh):
        for j in range(ow):
            window = padded[:, :, i * sh : i * sh + dh * kh : dh, j * sw : j * sw + dw * kw : dw]
            out[:, :, i, j] = window.max()
    return out


# the size follows the dilation, but the window is cut out without it
@wrong("max_pool2d", "dilation_in_the_size_alone")
def second_max_pool2d_3(x, kernel_size, stride=None, padding=0, dilation=1):
    kh, kw = pair(kernel_size)
    sh, sw = pair(stride) if stride else (kh, kw)
    ph, pw = pair(padding)
    dh, dw = pair(dilation)
    n, c, h, w = x.shape
    xp = np.full((n, c, h + 2 * ph, w + 2 * pw), -np.inf)
    xp[:, :, ph : ph + h, pw : pw + w] = x
    oh, ow = conv_output_size(h, kh, sh, ph, dh), conv_output_size(w, kw, sw, pw, dw)
    y = np.full((n, c, oh, ow), -np.inf)
    for i in range(oh):
        for j in range(ow):
            y[:, :, i, j] = np.max(xp[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw], axis=(2, 3))
    return y


# np.pad cannot put -inf into an array of ints: OverflowError for images of ints with padding
@stray("max_pool2d", "an array of whole numbers holds no inf: make one of floats, astype(float)")
def second_max_pool2d_4(x, kernel_size, stride=None, padding=0, dilation=1):
    if stride is None:
        stride = kernel_size
    (kH, kW), (sH, sW), (pH, pW), (dH, dW) = map(pair, (kernel_size, stride, padding, dilation))
    H, W = x.shape[2:]
    oH = conv_output_size(H, kH, sH, pH, dH)
    oW = conv_output_size(W, kW, sW, pW, dW)
    xp = np.pad(x, [(0, 0), (0, 0), (pH, pH), (pW, pW)], constant_values=-np.inf)
    best = np.full(x.shape[:2] + (oH, oW), -np.inf)
    for u in range(kH):
        for v in range(kW):
            seen = xp[:, :, u * dH : u * dH + (oH - 1) * sH + 1 : sH, v * dW : v * dW + (oW - 1) * sW + 1 : sW]
            best = np.maximum(best, seen)
    return best


# the layer's own stride is multiplied in before its window is added
@stray("receptive_field", "You let a layer's own stride widen its own kernel.")
def second_receptive_field_1(layers):
    r, jump, start = 1, 1, 0
    for layer in layers:
        k, s = layer[0], layer[1]
        d = layer[2] if len(layer) > 2 else 1
        p = layer[3] if len(layer) > 3 else 0
        jump *= s
        r += d * (k - 1) * jump
        start -= p * jump
    return r, jump, start


# start is the center of the first field, as in the blog posts, not its first pixel
@stray("receptive_field", "You give the middle of the first field, or half of it, in place of its first pixel.")
def second_receptive_field_2(layers):
    j, r, start = 1, 1, 0
    for layer in layers:
        k, s, d, p = tuple(layer) + (1, 0)[len(layer) - 2 :]
        k_eff = d * (k - 1) + 1
        start = start + ((k_eff - 1) // 2 - p) * j
        r = r + (k_eff - 1) * j
        j = j * s
    return (r, j, start)


# the paddings are summed without the strides of the layers before
@wrong("receptive_field", "start_without_jump")
def second_receptive_field_3(layers):
    field, jump, first = 1, 1, 0
    for kernel, stride, *rest in layers:
        dilation = rest[0] if rest else 1
        padding = rest[1] if len(rest) == 2 else 0
        field += dilation * (kernel - 1) * jump
        first -= padding
        jump *= stride
    return field, jump, first
