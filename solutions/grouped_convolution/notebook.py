# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 5 · Grouped convolution
#
# Chapter 4's filter sees every channel and many pixels at once. Mobile networks take the two apart: filters that see
# one pixel, filters that see some channels, and a shuffle that lets the groups hear of each other.
# Read chapter 5 of the book first; it works out most of the numbers that the tests below use.
#
# Write NumPy. `numpy` and `matplotlib` are all that you may import. Replace each `raise NotImplementedError()`,
# run the test cell below it, and read what it says. The hidden tests ask the same functions for other sizes.
#
# `earlier` lies beside this notebook and holds a working `conv2d`, which you wrote in chapter 4. If you have your own,
# paste it into a new cell below the import, with the helpers that it calls.

# %% tags=["setup"]
import numpy as np
from check import expect, recorded
from earlier import conv2d


# %% [markdown]
# ## A filter of one pixel
#
# With one tap for each channel nothing is left of the window. At every pixel, the $C$ numbers of the input become $F$
# numbers, by the same matrix everywhere:
#
# $$y_{n,f,i,j} = b_f + \sum_{c=0}^{C-1} w_{f,c}\; x_{n,c,i,j}$$

# %% [markdown]
# <details><summary>Hint 1: one pixel</summary>
#
# Take one pixel of one image: a vector of C numbers. What shape has the matrix that makes F numbers of it, and where
# do you find this matrix in weight?
#
# <details><summary>Hint 2: all pixels at once</summary>
#
# The sum runs over channels only; images, rows and columns stay. `np.einsum` can say exactly this. If you reshape, the
# axis that you sum over has to be the last or the first before you do: bring it there with `transpose`. Channels that
# are mixed show in "three channels into two" already, images that are mixed only where there is more than one.
#
# <details><summary>Hint 3: shapes to fill in</summary>
#
# x (2, 3, 4, 5), weight (6, 3, 1, 1). If you use a matrix product, it wants the channels at the end:
#
# | array | shape |
# | --- | --- |
# | weight, without its window | (?, ?) |
# | x, the channels moved to the end | (2, 4, ?, ?) |
# | times the matrix, turned so that it fits | (2, 4, 5, ?) |
# | the channels moved back | (?, ?, ?, ?) |
#
# </details></details></details>


# %% nbgrader={"grade_id": "conv1x1", "solution": true}
def conv1x1(x, weight, bias=None):
    """Mixes the channels of each pixel.

    Args:
        x: (N, C, H, W) array, the images.
        weight: (F, C, 1, 1) array, the filters.
        bias: (F,) array, or None for no bias.

    Returns:
        (N, F, H, W) array.
    """
    ### BEGIN SOLUTION
    y = np.einsum("nchw,fc->nfhw", x, weight[:, :, 0, 0])
    return y if bias is None else y + np.reshape(bias, (1, -1, 1, 1))
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_conv1x1", "grade": true, "points": 3}
x = np.arange(12).reshape(1, 3, 2, 2)
rgb = np.array([[1, 1, 1], [0, 2, -1]]).reshape(2, 3, 1, 1)
expect("three channels into two", conv1x1(x, rgb), [[[[12, 15], [18, 21]], [[0, 1], [2, 3]]]])
expect("with bias", conv1x1(x, rgb, np.array([10, 0])), [[[[22, 25], [28, 31]], [[0, 1], [2, 3]]]])
recorded("grouped_convolution", "conv1x1", conv1x1)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("grouped_convolution.conv1x1", conv1x1)
### END HIDDEN TESTS

# %% [markdown]
# ## Groups
#
# Divide the $C$ channels into $g$ groups of $C / g$ consecutive channels, and the $F$ filters into $g$ groups of
# $F / g$ consecutive filters. The filters of a group see that group's channels only, so each has $C / g$ planes. The
# maps stand in the order of the filters:
#
# $$y_{n,f} = b_f + \sum_{c=0}^{C/g - 1} \tilde{x}_{n,\; q\,C/g + c} \star w_{f,c}
# \qquad\text{with}\qquad q = \lfloor f / (F / g) \rfloor$$
#
# Here $\star$ is chapter 3's cross-correlation with stride, padding and dilation. One group is the ordinary
# convolution, and as many groups as channels is the depthwise one.

# %% [markdown]
# <details><summary>Hint 1: small convolutions</summary>
#
# Each group is an ordinary convolution, with fewer channels and fewer filters. Which slices of x and of weight belong
# to group q?
#
# <details><summary>Hint 2: how to go on</summary>
#
# Ask `conv2d` once for each group, and put the maps behind each other along axis 1. If "two groups: one filter for each
# channel" fails, compare what group 1 reads with what group 0 reads.
#
# <details><summary>Hint 3: numbers to fill in</summary>
#
# Six channels, four filters, two groups:
#
# | group q | channels of x | filters of weight | maps of the answer |
# | --- | --- | --- | --- |
# | 0 | 0 to 2 | 0 to ? | ? |
# | 1 | ? | ? | 2 and 3 |
#
# Write a row for any C, F and g. Which of the biases does group q get?
#
# </details></details></details>


# %% nbgrader={"grade_id": "grouped_conv2d", "solution": true}
def grouped_conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Cross-correlates a batch with filters that see one group of the channels each.

    Args:
        x: (N, C, H, W) array, the images; C is a multiple of groups.
        weight: (F, C / groups, kH, kW) array, the filters; F is a multiple of groups.
        bias: (F,) array, or None for no bias.
        stride: int, or pair (row, column) of ints.
        padding: int, or pair (row, column) of ints: zeros added at each end of an axis.
        dilation: int, or pair (row, column) of ints.
        groups: int, number of groups.

    Returns:
        (N, F, oH, oW) array.
    """
    ### BEGIN SOLUTION
    filters, depth = weight.shape[:2]
    maps = []
    for q in range(groups):
        mine = slice(q * filters // groups, (q + 1) * filters // groups)
        channels = x[:, q * depth : (q + 1) * depth]
        biases = None if bias is None else bias[mine]
        maps.append(conv2d(channels, weight[mine], biases, stride, padding, dilation))
    return np.concatenate(maps, axis=1)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_grouped_conv2d", "grade": true, "points": 5}
image = np.stack([np.arange(9).reshape(3, 3), np.arange(1, 10).reshape(3, 3)])[None]
filters = np.stack([np.arange(4).reshape(2, 2), np.arange(1, 5).reshape(2, 2)])
expect("one group is chapter 4", grouped_conv2d(image, filters[None]), [[[[56, 72], [104, 120]]]])
apart = [[[[19, 25], [37, 43]], [[37, 47], [67, 77]]]]
expect("two groups: one filter for each channel", grouped_conv2d(image, filters[:, None], groups=2), apart)
volume = np.sin(np.arange(2 * 6 * 5 * 4)).reshape(2, 6, 5, 4)
bank = np.cos(np.arange(4 * 3 * 3 * 2)).reshape(4, 3, 3, 2)
blocks = np.zeros((4, 6, 3, 2))
blocks[:2, :3], blocks[2:, 3:] = bank[:2], bank[2:]
expect(
    "two groups are a block-diagonal full convolution",
    grouped_conv2d(volume, bank, groups=2, stride=(2, 1), padding=1),
    grouped_conv2d(volume, blocks, stride=(2, 1), padding=1),
)
recorded("grouped_convolution", "grouped_conv2d", grouped_conv2d)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("grouped_convolution.grouped_conv2d", grouped_conv2d)
### END HIDDEN TESTS

# %% [markdown]
# ## Depthwise, then pointwise
#
# MobileNet divides the work: first each channel is filtered by a kernel of its own (as many groups as channels), and
# then a 1 by 1 convolution mixes the filtered maps. Stride and padding belong to the first step, the bias comes at the
# end, and here nothing stands between the two.

# %% [markdown]
# <details><summary>Hint 1: you have both steps</summary>
#
# Both steps are functions that you wrote above. Compare the shapes of the two weights with the shapes that those
# functions want.
#
# <details><summary>Hint 2: how many groups</summary>
#
# depthwise_weight has C filters with one plane each. If "stride 2, padding 1, bias" fails with the right shape, see
# whether the bias was added before the maps were mixed; with another shape, which of the two steps moves by 2.
#
# <details><summary>Hint 3: a table to fill in</summary>
#
# x (2, 4, 9, 9), depthwise_weight (4, 1, 3, 3), pointwise_weight (6, 4, 1, 1), stride 2, padding 1:
#
# | step | groups | stride | padding | bias | its answer |
# | --- | --- | --- | --- | --- | --- |
# | depthwise | ? | ? | ? | ? | (2, 4, 5, ?) |
# | pointwise | 1 | 1 | ? | ? | (2, ?, 5, 5) |
#
# </details></details></details>


# %% nbgrader={"grade_id": "depthwise_separable_conv2d", "solution": true}
def depthwise_separable_conv2d(x, depthwise_weight, pointwise_weight, bias=None, stride=1, padding=0):
    """Filters each channel by itself, and then mixes the channels of each pixel.

    Args:
        x: (N, C, H, W) array, the images.
        depthwise_weight: (C, 1, kH, kW) array, one filter for each channel.
        pointwise_weight: (F, C, 1, 1) array.
        bias: (F,) array, added at the end, or None for no bias.
        stride: int, or pair (row, column) of ints, of the depthwise step.
        padding: int, or pair (row, column) of ints, of the depthwise step.

    Returns:
        (N, F, oH, oW) array.
    """
    ### BEGIN SOLUTION
    maps = grouped_conv2d(x, depthwise_weight, None, stride, padding, groups=x.shape[1])
    return conv1x1(maps, pointwise_weight, bias)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_depthwise_separable_conv2d", "grade": true, "points": 3}
mix = np.array([[1, 1], [1, -1]]).reshape(2, 2, 1, 1)
expect(
    "the sum and the difference of the maps above",
    depthwise_separable_conv2d(image, filters[:, None], mix),
    [[[[56, 72], [104, 120]], [[-18, -22], [-30, -34]]]],
)
expect(
    "stride 2, padding 1, bias",
    depthwise_separable_conv2d(image, filters[:, None], mix, np.array([0, 100]), 2, 1),
    [[[[4, 26], [57, 120]], [[96, 90], [85, 66]]]],
)
corner = np.zeros((2, 1, 2, 2))
corner[:, :, 1, 1] = 1
padded = depthwise_separable_conv2d(image, corner, mix[:1], padding=1)
expect("padding 1 at both ends", padded, np.pad(image[:, :1] + image[:, 1:], ((0, 0), (0, 0), (0, 1), (0, 1))))
recorded("grouped_convolution", "depthwise_separable_conv2d", depthwise_separable_conv2d)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("grouped_convolution.depthwise_separable_conv2d", depthwise_separable_conv2d)
### END HIDDEN TESTS

# %% [markdown]
# ## The channel shuffle
#
# After many layers with groups, the groups still know nothing of each other. ShuffleNet moves the channels between the
# layers: it takes the first channel of each group, then the second of each, and so on. Six channels in two groups,
# `0 1 2 | 3 4 5`, become `0 3 1 4 2 5`:
#
# $$y_{n,\; k g + q} = x_{n,\; q\,C/g + k}$$

# %% [markdown]
# <details><summary>Hint 1: a table</summary>
#
# Write the channels' numbers into a table with one row for each group. In which order does the shuffle read it?
#
# <details><summary>Hint 2: reading columns</summary>
#
# Reading a table by columns is reading its transpose by rows. If "two groups" gives 0 2 4 1 3 5, your table has a
# column for each group where it should have a row.
#
# <details><summary>Hint 3: shapes to fill in</summary>
#
# x (2, 6, 4, 5), two groups:
#
# | step | shape |
# | --- | --- |
# | the channels as a table, a row for each group | (2, ?, ?, 4, 5) |
# | the two axes of the table exchanged | (2, ?, ?, 4, 5) |
# | channels again | (2, 6, 4, 5) |
#
# </details></details></details>


# %% nbgrader={"grade_id": "channel_shuffle", "solution": true}
def channel_shuffle(x, groups):
    """Takes one channel of each group in turn.

    Args:
        x: (N, C, H, W) array; C is a multiple of groups.
        groups: int, number of groups.

    Returns:
        (N, C, H, W) array.
    """
    ### BEGIN SOLUTION
    images, depth, height, width = x.shape
    return x.reshape(images, groups, depth // groups, height, width).swapaxes(1, 2).reshape(x.shape)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_channel_shuffle", "grade": true, "points": 2}
numbers = np.arange(6.0).reshape(1, 6, 1, 1)
expect("two groups", channel_shuffle(numbers, 2).ravel(), [0, 3, 1, 4, 2, 5])
expect("three groups", channel_shuffle(numbers, 3).ravel(), [0, 2, 4, 1, 3, 5])
expect("three groups undo two", channel_shuffle(channel_shuffle(numbers, 2), 3), numbers)
recorded("grouped_convolution", "channel_shuffle", channel_shuffle)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("grouped_convolution.channel_shuffle", channel_shuffle)
### END HIDDEN TESTS
