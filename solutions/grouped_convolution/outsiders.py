"""Programs that somebody wrote who had seen chapter 5's notebook alone, and none of its questions.

Above each wrong program stands what is wrong with it, in its author's words. Left out are those whose idea a
program of bank.py holds already.
"""

import numpy as np

from autograde.course.program import edited, right, stray, wrong


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


# By another author, who had seen the notebook alone, too: all of his programs.


# folds images and channels into the table together, which mixes the images of a batch
@wrong("channel_shuffle", "batch_items_mixed")
def second_channel_shuffle_1(x, groups):
    N, C, H, W = x.shape
    table = x.reshape(groups, -1, H, W)
    return table.reshape(groups, C // groups, N, H, W).swapaxes(0, 1).reshape(N, C, H, W)


# the table has a column for each group where it should have a row
@wrong("channel_shuffle", "shuffle_inverted")
def second_channel_shuffle_2(x, groups):
    n, c, h, w = x.shape
    order = np.arange(c).reshape(c // groups, groups).T.ravel()
    return x[:, order]


# group q is taken to start at channel q * groups, right only where C is groups squared
@wrong("channel_shuffle", "groups_begin_at_multiples_of_groups")
def second_channel_shuffle_3(x, groups):
    y = np.zeros_like(x)
    C = x.shape[1]
    per_group = C // groups
    for q in range(groups):
        for k in range(per_group):
            y[:, k * groups + q] = x[:, (q * groups + k) % C]
    return y


# the reshape mixes the images of a batch
@wrong("conv1x1", "batch_read_as_channels_of_pixels")
def second_conv1x1_1(x, weight, bias=None):
    N, C, H, W = x.shape
    F = weight.shape[0]
    y = weight.reshape(F, C) @ x.reshape(C, N * H * W)
    y = y.reshape(N, F, H, W)
    if bias is not None:
        y = y + bias.reshape(1, F, 1, 1)
    return y


# tensordot puts the filters first, and reshape in place of transpose brings only the shape back
@wrong("conv1x1", "batch_items_mixed")
def second_conv1x1_2(x, weight, bias=None):
    n, _, h, w = x.shape
    f = weight.shape[0]
    out = np.tensordot(weight[:, :, 0, 0], x, axes=([1], [1]))  # (F, N, H, W)
    if bias is not None:
        out = out + bias[:, None, None, None]
    return out.reshape(n, f, h, w)


# `if bias` asks an array for its truth value, an error for more than one filter
@stray("conv1x1", "whether an argument was given is asked with `is not None`")
def second_conv1x1_3(x, weight, bias=None):
    mixed = np.einsum("fc,nchw->nfhw", weight[:, :, 0, 0], x)
    if bias:
        mixed = mixed + bias[None, :, None, None]
    return mixed


# puts a ReLU between the two steps, as in MobileNet
@wrong("depthwise_separable_conv2d", "relu_between")
def second_depthwise_separable_conv2d_1(x, depthwise_weight, pointwise_weight, bias=None, stride=1, padding=0):
    C = x.shape[1]
    h = grouped_conv2d(x, depthwise_weight, stride=stride, padding=padding, groups=C)
    h = np.maximum(h, 0)
    return conv1x1(h, pointwise_weight, bias)


# stride and padding are given to the pointwise step as well
@wrong("depthwise_separable_conv2d", "both_steps_strided_and_padded")
def second_depthwise_separable_conv2d_2(x, depthwise_weight, pointwise_weight, bias=None, stride=1, padding=0):
    y = grouped_conv2d(x, depthwise_weight, None, stride, padding, groups=depthwise_weight.shape[0])
    y = conv2d(y, pointwise_weight, bias, stride, padding)
    return y


# dilation is not handed on to conv2d
@wrong("grouped_conv2d", "dilation_ignored")
def second_grouped_conv2d_1(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    c = x.shape[1] // groups
    f = weight.shape[0] // groups
    maps = []
    for g in range(groups):
        b = None if bias is None else bias[g * f : (g + 1) * f]
        maps.append(conv2d(x[:, g * c : (g + 1) * c], weight[g * f : (g + 1) * f], b, stride, padding))
    return np.concatenate(maps, axis=1)


# group q takes every groups-th channel and filter, not consecutive ones
@wrong("grouped_conv2d", "everything_dealt_out_in_turn")
def second_grouped_conv2d_2(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    parts = []
    for q in range(groups):
        xs = x[:, q::groups]
        ws = weight[q::groups]
        bs = bias[q::groups] if bias is not None else None
        parts.append(conv2d(xs, ws, bs, stride, padding, dilation))
    return np.concatenate(parts, axis=1)


# gives each group one bias, bias[q], in place of a slice with a bias for each of its filters
@wrong("grouped_conv2d", "bias_per_group")
def second_grouped_conv2d_3(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    xs = np.split(x, groups, axis=1)
    ws = np.split(weight, groups, axis=0)
    outs = [conv2d(a, b, None, stride, padding, dilation) for a, b in zip(xs, ws)]
    if bias is not None:
        for q in range(groups):
            outs[q] = outs[q] + bias[q]
    return np.concatenate(outs, axis=1)
