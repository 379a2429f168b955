"""Programs that somebody wrote who had seen chapter 6's notebook alone, and none of its questions.

Above each wrong program stands what is wrong with it, in its author's words. Left out are those whose idea a
program of bank.py holds already.
"""

import numpy as np

from autograde.course.program import edited, right


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
