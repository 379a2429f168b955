"""Programs that somebody wrote who had seen chapter 2's notebook alone, and none of its questions.

Above each wrong program stands what is wrong with it, in its author's words. Left out are those whose idea a
program of bank.py holds already.
"""

import numpy as np

from autograde.course.program import edited, right


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
