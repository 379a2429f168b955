"""Programs that somebody wrote who had seen chapter 3's notebook alone, and none of its questions.

Above each wrong program stands what is wrong with it, in its author's words. Left out are those whose idea a
program of bank.py holds already.
"""

import numpy as np

from autograde.course.program import edited, right


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
