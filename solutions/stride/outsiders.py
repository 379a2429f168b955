"""Programs that somebody wrote who had seen chapter 3's notebook alone, and none of its questions.

Above each wrong program stands what is wrong with it, in its author's words. Left out are those whose idea a
program of bank.py holds already.
"""

import numpy as np

from autograde.course.program import edited, right, stray, wrong


@right("conv2d_single")
def outside_conv2d_single(x, w, b=0.0, stride=1, padding=0, dilation=1):
    def pair(v):
        return (v, v) if np.ndim(v) == 0 else tuple(v)

    sH, sW = pair(stride)
    pH, pW = pair(padding)
    dH, dW = pair(dilation)
    H, W = x.shape
    kH, kW = w.shape
    oH = conv_output_size(H, kH, sH, pH, dH)
    oW = conv_output_size(W, kW, sW, pW, dW)
    xp = np.pad(x, ((pH, pH), (pW, pW)))
    out = np.zeros((oH, oW))
    for i in range(oH):
        for j in range(oW):
            window = xp[i * sH : i * sH + dH * (kH - 1) + 1 : dH, j * sW : j * sW + dW * (kW - 1) + 1 : dW]
            out[i, j] = (window * w).sum() + b
    return out


# padding only at top and left
outside_conv2d_single_4 = edited(
    outside_conv2d_single,
    "padding_before_twice",
    """
    -    xp = np.pad(x, ((pH, pH), (pW, pW)))
    +    xp = np.pad(x, ((2 * pH, 0), (2 * pW, 0)))
    """,
)

# uses column dilation for rows
outside_conv2d_single_6 = edited(
    outside_conv2d_single,
    "",
    """
    -            window = xp[i * sH : i * sH + dH * (kH - 1) + 1 : dH, j * sW : j * sW + dW * (kW - 1) + 1 : dW]
    +            window = xp[i * sH : i * sH + dH * (kH - 1) + 1 : dW, j * sW : j * sW + dW * (kW - 1) + 1 : dW]
    """,
    says="12 of 12 values differ",
)

# takes ints only: pairs raise a TypeError
outside_conv2d_single_7 = edited(
    outside_conv2d_single,
    "",
    """
    -    sH, sW = pair(stride)
    -    pH, pW = pair(padding)
    -    dH, dW = pair(dilation)
    +    sH = sW = int(stride)
    +    pH = pW = int(padding)
    +    dH = dW = int(dilation)
    """,
    says="a pair came where a single number was read: make a pair of both forms first, and then take its two numbers",
)


@right("valid_strides")
def outside_valid_strides(n, k, padding=0):
    way = n + 2 * padding - k
    return [s for s in range(1, max(1, way) + 1) if way % s == 0]


# divides the number of windows
outside_valid_strides_2 = edited(
    outside_valid_strides,
    "places_divided",
    """
    -    return [s for s in range(1, max(1, way) + 1) if way % s == 0]
    +    return [s for s in range(1, max(1, way) + 1) if (way + 1) % s == 0]
    """,
)


@right("settings_for")
def outside_settings_for(n, out, largest):
    found = []
    for k in range(1, largest + 1):
        for s in range(1, k + 1):
            for p in range(0, k // 2 + 1):
                if n + 2 * p >= k and conv_output_size(n, k, s, p) == out:
                    found.append((k, s, p))
    return found


# padding range excludes k // 2
outside_settings_for_1 = edited(
    outside_settings_for,
    "",
    """
    -            for p in range(0, k // 2 + 1):
    +            for p in range(0, k // 2):
    """,
    says="You leave out the largest padding that is allowed.",
)

# triples in the order (k, p, s)
outside_settings_for_3 = edited(
    outside_settings_for,
    "",
    """
    -                    found.append((k, s, p))
    +                    found.append((k, p, s))
    """,
    says="Your triples are (k, p, s).",
)


# By another author, who had seen the notebook alone, too: all of his programs.


# np.pad(x, (pH, pW)) pads pH in front and pW behind, on both axes
@wrong("conv2d_single", "pair_is_before_after")
def second_conv2d_single_1(x, w, b=0.0, stride=1, padding=0, dilation=1):
    sh, sw = stride if isinstance(stride, tuple) else (stride, stride)
    ph, pw = padding if isinstance(padding, tuple) else (padding, padding)
    dh, dw = dilation if isinstance(dilation, tuple) else (dilation, dilation)
    kh, kw = w.shape
    xp = np.pad(x, (ph, pw))
    oh = (xp.shape[0] - dh * (kh - 1) - 1) // sh + 1
    ow = (xp.shape[1] - dw * (kw - 1) - 1) // sw + 1
    y = np.full((oh, ow), float(b))
    for i in range(oh):
        for j in range(ow):
            for u in range(kh):
                for v in range(kw):
                    y[i, j] += xp[i * sh + u * dh, j * sw + v * dw] * w[u, v]
    return y


# blows the filter up to d * k taps in place of d * (k - 1) + 1, so the last windows are missing
@wrong("conv2d_single", "window_of_dilation_times_kernel")
def second_conv2d_single_2(x, w, b=0.0, stride=1, padding=0, dilation=1):
    two = lambda a: a if isinstance(a, (tuple, list)) else (a, a)
    (sh, sw), (ph, pw), (dh, dw) = two(stride), two(padding), two(dilation)
    kh, kw = w.shape
    big = np.zeros((kh * dh, kw * dw))
    big[::dh, ::dw] = w
    xp = np.pad(x, ((ph, ph), (pw, pw)))
    win = np.lib.stride_tricks.sliding_window_view(xp, big.shape)[::sh, ::sw]
    return (win * big).sum(axis=(2, 3)) + b


# the stride is taken as (column, row), like (x, y) coordinates
@wrong("conv2d_single", "stride_pair_swapped")
def second_conv2d_single_3(x, w, b=0.0, stride=1, padding=0, dilation=1):
    sx, sy = stride if isinstance(stride, tuple) else (stride, stride)
    ph, pw = padding if isinstance(padding, tuple) else (padding, padding)
    dh, dw = dilation if isinstance(dilation, tuple) else (dilation, dilation)
    H, W = x.shape
    kH, kW = w.shape
    padded = np.zeros((H + 2 * ph, W + 2 * pw))
    padded[ph : ph + H, pw : pw + W] = x
    oH = conv_output_size(H, kH, sy, ph, dh)
    oW = conv_output_size(W, kW, sx, pw, dw)
    out = np.zeros((oH, oW))
    for i in range(oH):
        for j in range(oW):
            r, c = i * sy, j * sx
            window = padded[r : r + dh * (kH - 1) + 1 : dh, c : c + dw * (kW - 1) + 1 : dw]
            out[i, j] = np.sum(window * w) + b
    return out


# takes the dilated window to be d * k long in place of d * (k - 1) + 1
@wrong("conv_output_size", "dilation_times_kernel_size")
def second_conv_output_size_1(n, k, stride=1, padding=0, dilation=1):
    return (n + 2 * padding - dilation * k) // stride + 1


# rounds up (np.ceil) where a window that does not fit has to be dropped
@wrong("conv_output_size", "ceil_for_floor")
def second_conv_output_size_2(n, k, stride=1, padding=0, dilation=1):
    window = dilation * (k - 1) + 1
    return int(np.ceil((n + 2 * padding - window) / stride)) + 1


# adds the padding once in place of at both ends
@wrong("conv_output_size", "padding_is_total")
def second_conv_output_size_3(n, k, stride=1, padding=0, dilation=1):
    k_eff = k + (k - 1) * (dilation - 1)
    o = (n + padding - k_eff) // stride + 1
    return o


# a stamp overwrites what other stamps left there
@wrong("conv_transpose2d_single", "overlap_overwritten")
def second_conv_transpose2d_single_1(x, w, stride=1, padding=0, output_padding=0):
    sh, sw = stride if isinstance(stride, tuple) else (stride, stride)
    ph, pw = padding if isinstance(padding, tuple) else (padding, padding)
    oph, opw = output_padding if isinstance(output_padding, tuple) else (output_padding, output_padding)
    H, W = x.shape
    kH, kW = w.shape
    full = np.zeros(((H - 1) * sh + kH + oph, (W - 1) * sw + kW + opw))
    for i in range(H):
        for j in range(W):
            full[i * sh : i * sh + kH, j * sw : j * sw + kW] = x[i, j] * w
    return full[ph : full.shape[0] - ph, pw : full.shape[1] - pw]


# cuts the padding off first and then appends zeros as output padding
@wrong("conv_transpose2d_single", "output_padding_is_zeros")
def second_conv_transpose2d_single_2(x, w, stride=1, padding=0, output_padding=0):
    def both(v):
        return (v, v) if np.isscalar(v) else v

    (sh, sw), (ph, pw), (oh, ow) = both(stride), both(padding), both(output_padding)
    H, W = x.shape
    kH, kW = w.shape
    y = np.zeros(((H - 1) * sh + kH, (W - 1) * sw + kW))
    for u in range(kH):
        for v in range(kW):
            y[u : u + (H - 1) * sh + 1 : sh, v : v + (W - 1) * sw + 1 : sw] += x * w[u, v]
    y = y[ph : y.shape[0] - ph, pw : y.shape[1] - pw]
    return np.pad(y, ((0, oh), (0, ow)))


# spreads the pixels out and filters with the filter as it is; it has to be turned by 180 degrees
@wrong("conv_transpose2d_single", "kernel_flipped")
def second_conv_transpose2d_single_3(x, w, stride=1, padding=0, output_padding=0):
    s = stride if isinstance(stride, tuple) else (stride, stride)
    p = padding if isinstance(padding, tuple) else (padding, padding)
    op = output_padding if isinstance(output_padding, tuple) else (output_padding, output_padding)
    H, W = x.shape
    kH, kW = w.shape
    spread = np.zeros(((H - 1) * s[0] + 1, (W - 1) * s[1] + 1))
    spread[:: s[0], :: s[1]] = x
    spread = np.pad(spread, ((kH - 1, kH - 1 + op[0]), (kW - 1, kW - 1 + op[1])))
    y = conv2d_single(spread, w)
    return y[p[0] : y.shape[0] - p[0], p[1] : y.shape[1] - p[1]]


# crops with [p:-p], which is empty where the padding is 0
@stray("conv_transpose2d_single", "-0 is 0, so `[p:-p]` is empty at p = 0")
def second_conv_transpose2d_single_4(x, w, stride=1, padding=0, output_padding=0):
    if isinstance(stride, int):
        stride = (stride, stride)
    if isinstance(padding, int):
        padding = (padding, padding)
    if isinstance(output_padding, int):
        output_padding = (output_padding, output_padding)
    H, W = x.shape
    kH, kW = w.shape
    out = np.zeros(((H - 1) * stride[0] + kH + output_padding[0], (W - 1) * stride[1] + kW + output_padding[1]))
    for (i, j), value in np.ndenumerate(x):
        r, c = i * stride[0], j * stride[1]
        out[r : r + kH, c : c + kW] += value * w
    if padding != (0, 0):
        out = out[padding[0] : -padding[0], padding[1] : -padding[1]]
    return out


# the loops run kernel, padding, stride, and the list is not sorted by (k, s, p)
@stray(
    "settings_for",
    "the values are right, and not in ascending order",
)
def second_settings_for_1(n, out, largest):
    answer = []
    for k in range(1, largest + 1):
        for p in range(0, k // 2 + 1):
            if k > n + 2 * p:
                continue
            for s in range(1, k + 1):
                if conv_output_size(n, k, s, p) == out:
                    answer.append((k, s, p))
    return answer


# leaves out the largest padding, range(k // 2)
@wrong("settings_for", "largest_padding_left_out")
def second_settings_for_2(n, out, largest):
    return [
        (k, s, p)
        for k in range(1, largest + 1)
        for s in range(1, k + 1)
        for p in range(max(1, k // 2))
        if n + 2 * p >= k and conv_output_size(n, k, s, p) == out
    ]


# accepts only sizes without a rest, as in the exercise before
@wrong("settings_for", "only_even_divisions")
def second_settings_for_3(n, out, largest):
    found = []
    for k in range(1, largest + 1):
        for s in range(1, k + 1):
            for p in range(0, k // 2 + 1):
                way = n + 2 * p - k
                if way < 0 or way % s != 0:
                    continue
                if way // s + 1 == out:
                    found.append((k, s, p))
    return found


# asks whether the number of windows at stride 1 is divisible, not the way
@wrong("valid_strides", "window_count_divided")
def second_valid_strides_1(n, k, padding=0):
    places = n + 2 * padding - k + 1
    return [s for s in range(1, places + 1) if places % s == 0]


# collects divisor pairs in a set and returns list(set), which is not always in ascending order
@stray(
    "valid_strides",
    "the values are right, and not in ascending order",
)
def second_valid_strides_2(n, k, padding=0):
    way = n + 2 * padding - k
    if way == 0:
        return [1]
    found = set()
    for s in range(1, int(way**0.5) + 1):
        if way % s == 0:
            found.add(s)
            found.add(way // s)
    return list(found)


# for a way of 0 the range is empty and so is the answer
@wrong("valid_strides", "one_window_has_none")
def second_valid_strides_3(n, k, padding=0):
    strides = []
    for s in range(1, n + 2 * padding - k + 1):
        if ((n + 2 * padding - k) / s).is_integer():
            strides.append(s)
    return strides
