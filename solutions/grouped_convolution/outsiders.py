"""Programs that somebody wrote who had seen chapter 5's notebook alone, and none of its questions.

Above each wrong program stands what is wrong with it, in its author's words. Left out are those whose idea a
program of bank.py holds already.
"""

import numpy as np

from autograde.course.program import edited, right


@right("conv1x1")
def outside_conv1x1(x, weight, bias=None):
    out = np.einsum("fc,nchw->nfhw", weight[:, :, 0, 0], x)
    if bias is not None:
        out = out + bias[:, None, None]
    return out


# reshapes (H*W, F) to maps without a transpose
outside_conv1x1_2 = edited(
    outside_conv1x1,
    "",
    """
    -    out = np.einsum("fc,nchw->nfhw", weight[:, :, 0, 0], x)
    +    out = (x.transpose(0, 2, 3, 1) @ weight[:, :, 0, 0].T).reshape(x.shape[0], weight.shape[0], *x.shape[2:])
    """,
    says="these are the expected numbers with the axes in the order (0, 2, 3, 1), as after a reshape where a transpose was needed",
)


@right("grouped_conv2d")
def outside_grouped_conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    c, f = x.shape[1] // groups, weight.shape[0] // groups
    parts = []
    for q in range(groups):
        b = None if bias is None else bias[q * f : (q + 1) * f]
        parts.append(conv2d(x[:, q * c : (q + 1) * c], weight[q * f : (q + 1) * f], b, stride, padding, dilation))
    return np.concatenate(parts, axis=1)


# joins on the batch axis
outside_grouped_conv2d_1 = edited(
    outside_grouped_conv2d,
    "joined_along_the_batch",
    """
    -    return np.concatenate(parts, axis=1)
    +    return np.concatenate(parts, axis=0)
    """,
)

# filters sliced by channel count
outside_grouped_conv2d_6 = edited(
    outside_grouped_conv2d,
    "filters_sliced_by_channels",
    """
    -        parts.append(conv2d(x[:, q * c : (q + 1) * c], weight[q * f : (q + 1) * f], b, stride, padding, dilation))
    +        parts.append(conv2d(x[:, q * c : (q + 1) * c], weight[q * c : q * c + f], b, stride, padding, dilation))
    """,
)

# every group uses the first filters
outside_grouped_conv2d_7 = edited(
    outside_grouped_conv2d,
    "first_filters_for_all",
    """
    -        parts.append(conv2d(x[:, q * c : (q + 1) * c], weight[q * f : (q + 1) * f], b, stride, padding, dilation))
    +        parts.append(conv2d(x[:, q * c : (q + 1) * c], weight[:f], b, stride, padding, dilation))
    """,
)


@right("depthwise_separable_conv2d")
def outside_depthwise_separable_conv2d(x, depthwise_weight, pointwise_weight, bias=None, stride=1, padding=0):
    y = grouped_conv2d(x, depthwise_weight, None, stride, padding, 1, x.shape[1])
    return conv1x1(y, pointwise_weight, bias)


# pointwise first
outside_depthwise_separable_conv2d_2 = edited(
    outside_depthwise_separable_conv2d,
    "pointwise_first_by_groups",
    """
    -    y = grouped_conv2d(x, depthwise_weight, None, stride, padding, 1, x.shape[1])
    -    return conv1x1(y, pointwise_weight, bias)
    +    y = conv1x1(x, pointwise_weight, bias)
    +    return grouped_conv2d(y, depthwise_weight, None, stride, padding, 1, y.shape[1])
    """,
)

# forgets padding
outside_depthwise_separable_conv2d_3 = edited(
    outside_depthwise_separable_conv2d,
    "padding: left out",
    """
    -    y = grouped_conv2d(x, depthwise_weight, None, stride, padding, 1, x.shape[1])
    +    y = grouped_conv2d(x, depthwise_weight, None, stride, 0, 1, x.shape[1])
    """,
)


@right("channel_shuffle")
def outside_channel_shuffle(x, groups):
    n, c, h, w = x.shape
    return x.reshape(n, groups, c // groups, h, w).swapaxes(1, 2).reshape(n, c, h, w)


# swaps the wrong axes
outside_channel_shuffle_3 = edited(
    outside_channel_shuffle,
    "images_exchanged_with_groups",
    """
    -    return x.reshape(n, groups, c // groups, h, w).swapaxes(1, 2).reshape(n, c, h, w)
    +    return x.reshape(n, groups, c // groups, h, w).swapaxes(0, 1).reshape(n, c, h, w)
    """,
)
