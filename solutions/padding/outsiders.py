"""Programs that somebody wrote who had seen chapter 2's notebook alone, and none of its questions.

Above each wrong program stands what is wrong with it, in its author's words. Left out are those whose idea a
program of bank.py holds already.
"""

import numpy as np

from autograde.course.program import edited, right, stray, wrong


@right("source_index")
def outside_source_index(n, before, after, mode):
    places = np.arange(-before, n + after)
    if mode == "zeros":
        return np.where((places < 0) | (places >= n), -1, places)
    if mode == "replicate":
        return np.clip(places, 0, n - 1)
    if mode == "circular":
        return places % n
    if mode == "reflect":
        places = np.abs(places)
        return np.where(places >= n, 2 * (n - 1) - places, places)
    raise ValueError(mode)


# mixed up circular and replicate
outside_source_index_3 = edited(
    outside_source_index,
    "circular_replicate_swapped",
    """
             return np.where((places < 0) | (places >= n), -1, places)
    +    if mode == "circular":
    +        return np.clip(places, 0, n - 1)
    """,
    """
    -        return np.clip(places, 0, n - 1)
    -    if mode == "circular":
    """,
)

# zeros marks only the front
outside_source_index_5 = edited(
    outside_source_index,
    "zeros_in_front_only",
    """
    -        return np.where((places < 0) | (places >= n), -1, places)
    +        return np.where(places < 0, -1, places)
    """,
)

# clip goes up to n
outside_source_index_6 = edited(
    outside_source_index,
    "replicate_beyond_the_end",
    """
    -        return np.clip(places, 0, n - 1)
    +        return np.clip(places, 0, n)
    """,
)


@right("same_padding")
def outside_same_padding(kernel_size, dilation=1):
    total = dilation * (kernel_size - 1)
    return (total // 2, total - total // 2)


# kernel_size // 2 on both sides
outside_same_padding_4 = edited(
    outside_same_padding,
    "",
    """
    -    return (total // 2, total - total // 2)
    +    return (kernel_size // 2, kernel_size // 2)
    """,
    says="You take half the kernel for each side, which is right for odd kernels only.",
)

# returns floats with true division
outside_same_padding_5 = edited(
    outside_same_padding,
    "",
    """
    -    return (total // 2, total - total // 2)
    +    return (total / 2, total / 2)
    """,
    says="value 0: expected a whole number (int), got 4.0",
)


@right("conv2d_padded")
def outside_conv2d_padded(x, w, b, padding, mode="zeros"):
    return cross_correlate2d(pad2d(x, padding, mode), w) + b


# adds the bias before filtering (to the padded image)
outside_conv2d_padded_3 = edited(
    outside_conv2d_padded,
    "bias_in_the_image",
    """
    -    return cross_correlate2d(pad2d(x, padding, mode), w) + b
    +    return cross_correlate2d(pad2d(x, padding, mode) + b, w)
    """,
)

# pads the output rather than the input
outside_conv2d_padded_4 = edited(
    outside_conv2d_padded,
    "output_padded",
    """
    -    return cross_correlate2d(pad2d(x, padding, mode), w) + b
    +    return pad2d(cross_correlate2d(x, w) + b, padding, mode)
    """,
)


# By another author, who had seen the notebook alone, too: all of his programs.


# the mode is never handed on to pad2d
@wrong("conv2d_padded", "mode_ignored")
def second_conv2d_padded_1(x, w, b, padding, mode="zeros"):
    padded = pad2d(x, padding)
    return cross_correlate2d(padded, w) + b


# adds the bias to the image and then pads with zeros and filters
@wrong("conv2d_padded", "bias_before_padding")
def second_conv2d_padded_2(x, w, b, padding, mode="zeros"):
    y = pad2d(x + b, padding, mode)
    return cross_correlate2d(y, w)


# cuts the answer down to the image's size, as if padding were always "same" (wrong where padding is wider)
@wrong("conv2d_padded", "cropped_to_input")
def second_conv2d_padded_3(x, w, b, padding, mode="zeros"):
    H, W = x.shape
    x_pad = pad2d(x, padding, mode)
    y = cross_correlate2d(x_pad, w) + b
    return y[:H, :W]


# gives a pair (pad_h, pad_w) straight to np.pad, which takes it as (before, after) of every axis
@wrong("pad2d", "pair_is_before_after")
def second_pad2d_1(x, padding, mode="zeros"):
    NAMES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    if not isinstance(padding, int) and len(padding) == 4:
        top, bottom, left, right = padding
        padding = ((top, bottom), (left, right))
    return np.pad(x, padding, mode=NAMES[mode])


# four numbers read in the order of torch's F.pad (left, right, top, bottom)
@wrong("pad2d", "sides_in_torch_order")
def second_pad2d_2(x, padding, mode="zeros"):
    if isinstance(padding, int):
        top = bottom = left = right = padding
    elif len(padding) == 2:
        top = bottom = padding[0]
        left = right = padding[1]
    else:
        left, right, top, bottom = padding
    np_mode = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}[mode]
    return np.pad(x, ((top, bottom), (left, right)), mode=np_mode)


# "reflect" is looked up as NumPy's "symmetric", which repeats the edge
@wrong("pad2d", "reflect_repeats_edge")
def second_pad2d_3(x, padding, mode="zeros"):
    if np.ndim(padding) == 0:
        p = ((padding, padding), (padding, padding))
    elif len(padding) == 2:
        p = ((padding[0],) * 2, (padding[1],) * 2)
    else:
        p = (tuple(padding[:2]), tuple(padding[2:]))
    modes = {
        "zeros": "constant",
        "reflect": "symmetric",
        "replicate": "edge",
        "circular": "wrap",
    }
    return np.pad(x, p, modes[mode])


# writes -1 for "no pixel" and then replaces every -1 in the result by 0, pixels of value -1 included
@wrong("pad2d", "minus_one_cleared")
def second_pad2d_4(x, padding, mode="zeros"):
    if isinstance(padding, int):
        t = b = l = r = padding
    elif len(padding) == 2:
        t, l = padding
        b, r = t, l
    else:
        t, b, l, r = padding
    rows = source_index(x.shape[0], t, b, mode)
    cols = source_index(x.shape[1], l, r, mode)
    y = np.zeros((len(rows), len(cols)))
    for i, a in enumerate(rows):
        for j, c in enumerate(cols):
            if a == -1 or c == -1:
                y[i, j] = -1
            else:
                y[i, j] = x[a, c]
    if mode == "zeros":
        y[y == -1] = 0  # -1 stands for a zero
    return y


# halves the total rounded down on both sides, one pixel missing for even filters
@wrong("same_padding", "odd_pixel_lost")
def second_same_padding_1(kernel_size, dilation=1):
    p = dilation * (kernel_size - 1) // 2
    return p, p


# halves the steps first and multiplies by the dilation afterwards: (3, 6) where (4, 5) is right
@wrong("same_padding", "halved_before_the_dilation")
def second_same_padding_2(kernel_size, dilation=1):
    steps = kernel_size - 1
    before = steps // 2
    after = steps - before
    return before * dilation, after * dilation


# counts taps in place of the steps between them, total d * k - 1
@wrong("same_padding", "dilation_times_kernel_size")
def second_same_padding_3(kernel_size, dilation=1):
    effective = kernel_size * dilation
    total = effective - 1
    before = total // 2
    return (before, total - before)


# the mirror at the end repeats the edge pixel (2n - 1 - q in place of 2n - 2 - q)
@wrong("source_index", "reflect_repeats_right_edge")
def second_source_index_1(n, before, after, mode):
    q = np.arange(-before, n + after)
    if mode == "zeros":
        return np.where((q < 0) | (q > n - 1), -1, q)
    elif mode == "replicate":
        return np.clip(q, 0, n - 1)
    elif mode == "circular":
        return q % n
    elif mode == "reflect":
        q = np.abs(q)
        return np.where(q >= n, 2 * n - 1 - q, q)


# folds with the period 2(n - 1), which is 0 for an axis of one pixel: ZeroDivisionError for n = 1
@stray("source_index", "something is divided by 0: which of the numbers in this line can be 0?")
def second_source_index_2(n, before, after, mode):
    result = []
    period = 2 * (n - 1)
    for place in range(-before, n + after):
        if 0 <= place < n:
            inside = True
        else:
            inside = False
        if mode == "zeros":
            result.append(place if inside else -1)
        elif mode == "replicate":
            result.append(min(max(place, 0), n - 1))
        elif mode == "circular":
            result.append(place % n)
        else:
            m = place % period
            result.append(m if m < n else period - m)
    return result


# circular takes n - 1 off at the far end, so that pixel 0 is skipped there
@wrong("source_index", "circular_skips_the_first")
def second_source_index_3(n, before, after, mode):
    idx = np.arange(-before, n + after)
    left = idx < 0
    right = idx >= n
    if mode == "zeros":
        idx[left | right] = -1
    if mode == "reflect":
        idx[left] = -idx[left]
        idx[right] = 2 * (n - 1) - idx[right]
    if mode == "replicate":
        idx[left] = 0
        idx[right] = n - 1
    if mode == "circular":
        idx[left] = idx[left] + n
        idx[right] = idx[right] - (n - 1)
    return idx
