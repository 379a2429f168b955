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
# # 4 · Channels
#
# An image has depth, and so has each filter. You now find the shape of a real network's output, write its convolution,
# count what a whole network learns and multiplies, and look at one column of neurons.
# Read chapter 4 of the book first; most numbers in the tests below come from there.
#
# Write NumPy. `numpy` and `matplotlib` are all that you may import. Replace each `raise NotImplementedError()`,
# run the test cell below it, and read what it says. The hidden tests ask the same functions for other sizes.
#
# `earlier` lies beside this notebook and holds a working `conv_output_size`, which you wrote in chapter 3. If you have
# your own, paste it into a new cell below the import, with the helpers that it calls.

# %% tags=["setup"]
import numpy as np
from check import expect, recorded
from earlier import conv_output_size

# %% [markdown]
# Strides, paddings, dilations and kernel sizes are an int, which stands for both axes, or a pair (row, column). This
# little function makes a pair of either:


# %%
def pair(value):
    """(row, column): an int stands for both axes."""
    return (value, value) if np.ndim(value) == 0 else tuple(value)


# %% [markdown]
# ## The output's shape
#
# $N$ images go in and come out; $F$ filters give $F$ maps; height and width follow chapter 3, each for itself.

# %% [markdown]
# <details><summary>Hint 1: four numbers, four reasons</summary>
#
# Go through the four numbers of the output in turn, and ask for each which of the two shapes it comes from.
#
# <details><summary>Hint 2: depth</summary>
#
# The input's depth and the filters' depth must agree, and neither appears in the output. If "96 filters of 11x11 over
# 227x227x3" fails with a 3, you have kept the input's.
#
# <details><summary>Hint 3: a table to fill in</summary>
#
# x (8, 3, 32, 40), weight (10, 3, 5, 7), stride (1, 2), padding (2, 0):
#
# | axis | n | k | s | p | places |
# | --- | --- | --- | --- | --- | --- |
# | height | 32 | 5 | ? | ? | 32 |
# | width | 40 | ? | 2 | ? | ? |
#
# `conv_output_size` of chapter 3 takes these four, and a dilation.
#
# </details></details></details>


# %% nbgrader={"grade_id": "conv2d_shape", "solution": true}
def conv2d_shape(input_shape, weight_shape, stride=1, padding=0, dilation=1):
    """The shape of what `conv2d` below returns.

    Args:
        input_shape: tuple of four ints, (N, C, H, W).
        weight_shape: tuple of four ints, (F, C, kH, kW).
        stride: int, or pair (row, column) of ints.
        padding: int, or pair (row, column) of ints.
        dilation: int, or pair (row, column) of ints.

    Returns:
        Tuple of four ints, (N, F, oH, oW).
    """
    ### BEGIN SOLUTION
    (s_h, s_w), (p_h, p_w), (d_h, d_w) = pair(stride), pair(padding), pair(dilation)
    images, _, height, width = input_shape
    filters, _, k_h, k_w = weight_shape
    out_h = conv_output_size(height, k_h, s_h, p_h, d_h)
    out_w = conv_output_size(width, k_w, s_w, p_w, d_w)
    return (images, filters, out_h, out_w)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_conv2d_shape", "grade": true, "points": 2}
expect("96 filters of 11x11 over 227x227x3", conv2d_shape((1, 3, 227, 227), (96, 3, 11, 11), 4), (1, 96, 55, 55))
expect("and that many neurons", int(np.prod(conv2d_shape((1, 3, 227, 227), (96, 3, 11, 11), 4))), 290400)
expect("the paper's 224 loses a place", conv2d_shape((1, 3, 224, 224), (96, 3, 11, 11), 4), (1, 96, 54, 54))
expect("the depth is the number of filters", conv2d_shape((8, 3, 32, 32), (10, 3, 5, 5), 1, 2), (8, 10, 32, 32))
expect("11x11x4, stride 2", conv2d_shape((1, 4, 11, 11), (2, 4, 5, 5), stride=2), (1, 2, 4, 4))
recorded("channels", "conv2d_shape", conv2d_shape)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("channels.conv2d_shape", conv2d_shape)
### END HIDDEN TESTS

# %% [markdown]
# ## Convolution with depth
#
# A filter has a plane of taps for each channel of its input, and adds all of them up into one map. $F$ filters make
# $F$ maps:
#
# $$y_{n,f,i,j} = b_f + \sum_{c=0}^{C-1} \sum_{u=0}^{k_H-1} \sum_{v=0}^{k_W-1}
# \tilde{x}_{n,\,c,\,i s_H + u d_H,\; j s_W + v d_W}\; w_{f,c,u,v}$$
#
# $\tilde{x}$ is the batch with zeros around each image; only the last two axes are padded. `conv2d_shape` says how
# large the answer is.

# %% [markdown]
# <details><summary>Hint 1: what is new</summary>
#
# Against chapter 3 there are three more axes: images, filters and channels. Which of them does the output have, and
# which is summed over?
#
# <details><summary>Hint 2: tap by tap</summary>
#
# Loop over the taps (u, v) only, and add up what each of them gives to all outputs at once; `np.einsum` writes such a
# sum in one line. If "two channels, one filter" gives 19 or 37 first, one channel is missing. If "with bias" passes
# and the next call ends in an error about shapes, look at the axis on which the bias lies; if "the last output of the
# second map" fails, see which filter's bias it has, and where its window starts.
#
# <details><summary>Hint 3: shapes to fill in</summary>
#
# x (1, 4, 11, 11), weight (2, 4, 5, 5), stride 2, no padding. For one tap (u, v):
#
# | array | shape |
# | --- | --- |
# | the answer | (1, ?, 4, 4) |
# | the pixels that the tap meets in all windows: rows u, u + 2, … | (1, 4, ?, ?) |
# | the tap's weights, of all filters and channels | (?, ?) |
# | their product, summed over the channels | (1, 2, ?, ?) |
# | the bias, so that it lines up with axis 1 | (1, ?, 1, 1) |
#
# </details></details></details>


# %% nbgrader={"grade_id": "conv2d", "solution": true}
def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1):
    """Cross-correlates a batch of images with a bank of filters.

    Args:
        x: (N, C, H, W) array, the images.
        weight: (F, C, kH, kW) array, the filters; they fit into the padded images.
        bias: (F,) array, one bias for each filter, or None for no bias.
        stride: int, or pair (row, column) of ints.
        padding: int, or pair (row, column) of ints: zeros added at each end of an axis.
        dilation: int, or pair (row, column) of ints.

    Returns:
        array of the shape that `conv2d_shape` says, (N, F, oH, oW).
    """
    ### BEGIN SOLUTION
    (s_h, s_w), (p_h, p_w), (d_h, d_w) = pair(stride), pair(padding), pair(dilation)
    filters, _, k_h, k_w = weight.shape
    padded = np.pad(x, ((0, 0), (0, 0), (p_h, p_h), (p_w, p_w)))
    y = np.zeros(conv2d_shape(x.shape, weight.shape, stride, padding, dilation))
    out_h, out_w = y.shape[2:]
    for u in range(k_h):
        for v in range(k_w):
            top, left = u * d_h, v * d_w
            met = padded[:, :, top : top + s_h * out_h : s_h, left : left + s_w * out_w : s_w]
            y += np.einsum("nchw,fc->nfhw", met, weight[:, :, u, v])
    return y if bias is None else y + np.reshape(bias, (1, filters, 1, 1))
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_conv2d", "grade": true, "points": 5}
x = np.stack([np.arange(9).reshape(3, 3), np.arange(1, 10).reshape(3, 3)])[None]
weight = np.stack([np.arange(4).reshape(2, 2), np.arange(1, 5).reshape(2, 2)])[None]
expect("two channels, one filter", conv2d(x, weight), [[[[56, 72], [104, 120]]]])
expect("with bias", conv2d(x, weight, np.array([-6])), [[[[50, 66], [98, 114]]]])
volume = np.sin(np.arange(11 * 11 * 4)).reshape(1, 4, 11, 11)
bank = np.cos(np.arange(2 * 4 * 5 * 5)).reshape(2, 4, 5, 5)
maps = conv2d(volume, bank, np.array([1.0, -2.0]), stride=2)
expect("11x11x4, two filters of 5x5x4, stride 2", np.shape(maps), (1, 2, 4, 4))
expect("the first output", maps[0, 0, 0, 0], np.sum(volume[0, :, :5, :5] * bank[0]) + 1)
expect("the last output of the second map", maps[0, 1, 3, 3], np.sum(volume[0, :, 6:, 6:] * bank[1]) - 2)
recorded("channels", "conv2d", conv2d)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("channels.conv2d", conv2d)
### END HIDDEN TESTS

# %% [markdown]
# ## Networks as lists
#
# From here on a network is a list of layers, and a layer is a dict: its type, and the options that torch gives it.
#
# | `"type"` | options | when left out |
# | --- | --- | --- |
# | `"conv2d"` | `in_channels`, `out_channels`, `kernel_size` | never |
# | | `stride`, `padding`, `dilation`, `groups`, `bias` | 1, 0, 1, 1, True |
# | `"linear"` | `in_features`, `out_features` | never |
# | | `bias` | True |
# | `"batch_norm2d"` | `num_features` | never |
# | `"max_pool2d"`, `"avg_pool2d"` | `kernel_size` | never |
# | | `stride`, `padding` | as kernel_size, 0 |
# | `"adaptive_avg_pool2d"` | `output_size` | never |
# | `"relu"`, `"flatten"` | none | |
#
# `kernel_size`, `stride`, `padding`, `dilation` and `output_size` are ints or pairs (row, column). Here are two
# networks:


# %%
def conv(in_channels, out_channels, kernel_size, **options):
    """A convolution's dict."""
    sizes = {"in_channels": in_channels, "out_channels": out_channels, "kernel_size": kernel_size}
    return {"type": "conv2d", **sizes, **options}


def linear(in_features, out_features):
    """A linear layer's dict."""
    return {"type": "linear", "in_features": in_features, "out_features": out_features}


relu, flatten = {"type": "relu"}, {"type": "flatten"}
pool = {"type": "max_pool2d", "kernel_size": 3, "stride": 2}
halve = {"type": "max_pool2d", "kernel_size": 2}

lenet5 = [conv(1, 6, 5, padding=2), relu, halve, conv(6, 16, 5), relu, halve]
lenet5 += [flatten, linear(400, 120), relu, linear(120, 84), relu, linear(84, 10)]
alexnet = [conv(3, 64, 11, stride=4, padding=2), relu, pool, conv(64, 192, 5, padding=2), relu, pool]
alexnet += [conv(192, 384, 3, padding=1), relu, conv(384, 256, 3, padding=1), relu, conv(256, 256, 3, padding=1)]
alexnet += [relu, pool, flatten, linear(9216, 4096), relu, linear(4096, 4096), relu, linear(4096, 1000)]

# %% [markdown]
# ## What a network learns
#
# A filter has $k_H k_W$ weights for each channel that it sees, and one bias. With $g$ groups it sees $C / g$ channels
# (chapter 5 tells why):
#
# $$F \cdot \left(\frac{C}{g}\, k_H k_W + 1\right)$$
#
# A linear layer has a weight for each pair of an input and an output, and a bias for each output. Batch norm learns two
# numbers for each channel, a scale and a shift; its running mean and variance are kept, not learned. No other layer
# learns anything. `"bias": False` takes the bias away.

# %% [markdown]
# <details><summary>Hint 1: one layer at a time</summary>
#
# Loop over the layers, look at the type, and add up. Check your count for LeNet-5's first layer by hand: 156.
#
# <details><summary>Hint 2: options that may be missing</summary>
#
# `layer.get("groups", 1)` gives the option, or 1 where the layer does not name it. If "no bias" gives 1568, look for
# `"bias"`; if "LeNet-5's first layer" gives 150 or 36, look at the bias or at the kernel's two sides.
#
# <details><summary>Hint 3: a table to fill in</summary>
#
# | layer | weights | biases | together |
# | --- | --- | --- | --- |
# | conv2d, 1 to 6, kernel 5 | 6 · 1 · 5 · ? | ? | 156 |
# | conv2d, 6 to 16, kernel (3, 5), 2 groups | 16 · ? · 3 · 5 | 16 | ? |
# | linear, 400 to 120 | ? | ? | 48,120 |
# | batch_norm2d, 16 | ? | ? | 32 |
#
# </details></details></details>


# %% nbgrader={"grade_id": "count_parameters", "solution": true}
def count_parameters(layers):
    """The number of learned numbers in a network.

    Args:
        layers: list of dicts as in the table above, first layer first.

    Returns:
        int, weights and biases of all layers together.
    """
    ### BEGIN SOLUTION
    total = 0
    for layer in layers:
        if layer["type"] == "conv2d":
            k_h, k_w = pair(layer["kernel_size"])
            weights = layer["in_channels"] // layer.get("groups", 1) * k_h * k_w
            total += layer["out_channels"] * (weights + layer.get("bias", True))
        elif layer["type"] == "linear":
            total += layer["out_features"] * (layer["in_features"] + layer.get("bias", True))
        elif layer["type"] == "batch_norm2d":
            total += 2 * layer["num_features"]
    return total
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_count_parameters", "grade": true, "points": 3}
expect("LeNet-5's first layer", count_parameters(lenet5[:1]), 156)
expect("LeNet-5", count_parameters(lenet5), 61706)
expect("AlexNet, one tower", count_parameters(alexnet), 61100840)
expect("no bias", count_parameters([conv(16, 32, (3, 1), bias=False)]), 1536)
linear_alone = [{"type": "linear", "in_features": 6, "out_features": 4, "bias": False}]
expect("a linear layer without a bias", count_parameters(linear_alone), 24)
expect("batch norm", count_parameters([{"type": "batch_norm2d", "num_features": 64}]), 128)
recorded("channels", "count_parameters", count_parameters)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("channels.count_parameters", count_parameters)
### END HIDDEN TESTS

# %% [markdown]
# ## What a network multiplies
#
# A multiply-accumulate (MAC) is one product added to a sum. A convolution uses each of its weights once for every place
# of its output, a linear layer uses each of its weights once:
#
# $$F\, o_H\, o_W \cdot \frac{C}{g}\, k_H k_W \qquad\text{and}\qquad \mathrm{in} \cdot \mathrm{out}$$
#
# Nothing else counts, biases included. But pools change the size of what follows them, so you have to follow the shape
# of one image through the network.

# %% [markdown]
# <details><summary>Hint 1: carry the shape along</summary>
#
# Keep the current shape (C, H, W) in a variable, and let every layer replace it. Print it for LeNet-5 and an image of
# 28 by 28: after the second pool it is (16, 5, 5).
#
# <details><summary>Hint 2: who changes the shape</summary>
#
# A convolution changes all three numbers, a pool height and width; its stride is its kernel size where it names none.
# If "one layer of AlexNet's paper" passes and "LeNet-5" fails, print the shape after each layer and look for the first
# that is wrong.
#
# <details><summary>Hint 3: a table to fill in</summary>
#
# The beginning of LeNet-5, from (1, 28, 28):
#
# | layer | shape behind it | weights | MACs |
# | --- | --- | --- | --- |
# | conv 1 to 6, kernel 5, padding 2 | (6, ?, 28) | 150 | 150 · ? · ? |
# | relu | ? | 0 | 0 |
# | pool, kernel 2 | (6, ?, ?) | 0 | 0 |
# | conv 6 to 16, kernel 5 | (16, 10, ?) | ? | ? |
#
# </details></details></details>


# %% nbgrader={"grade_id": "count_macs", "solution": true}
def count_macs(layers, input_shape):
    """The number of multiply-accumulates for one image.

    Args:
        layers: list of dicts as in the table above, first layer first.
        input_shape: tuple of three ints, (C, H, W).

    Returns:
        int, multiply-accumulates of all convolutions and linear layers together.
    """
    ### BEGIN SOLUTION
    total, (depth, *size) = 0, input_shape
    for layer in layers:
        if layer["type"] == "linear":
            total += layer["in_features"] * layer["out_features"]
        elif layer["type"] == "adaptive_avg_pool2d":
            size = pair(layer["output_size"])
        elif "kernel_size" in layer:
            kernel, default = pair(layer["kernel_size"]), layer["kernel_size"]
            is_conv = layer["type"] == "conv2d"
            stride = layer.get("stride", 1 if is_conv else default)
            options = stride, layer.get("padding", 0), layer.get("dilation", 1)
            depth = layer.get("out_channels", depth)
            size = conv2d_shape((1, 1, *size), (depth, 1, *kernel), *options)[2:]
            if is_conv:
                total += count_parameters([{**layer, "bias": False}]) * size[0] * size[1]
    return total
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_count_macs", "grade": true, "points": 3}
expect("one layer of AlexNet's paper", count_macs([conv(3, 96, 11, stride=4)], (3, 227, 227)), 105415200)
expect("LeNet-5", count_macs(lenet5, (1, 28, 28)), 416520)
expect("AlexNet, one tower", count_macs(alexnet, (3, 224, 224)), 714188480)
mean = {"type": "adaptive_avg_pool2d", "output_size": 4}
expect("one number for both axes of an adaptive pool", count_macs([mean, conv(2, 3, 3)], (2, 9, 8)), 216)
padded = {"type": "max_pool2d", "kernel_size": 3, "stride": 2, "padding": 1}
expect("a pool with padding", count_macs([padded, conv(2, 3, 3)], (2, 9, 8)), 324)
expect("taps that stand apart", count_macs([conv(2, 3, 3, dilation=2)], (2, 9, 8)), 1080)
recorded("channels", "count_macs", count_macs)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("channels.count_macs", count_macs)
### END HIDDEN TESTS

# %% [markdown]
# ## A column of neurons
#
# Take one place $(i, j)$ of the output, at stride 1 and without padding. All filters look at the same window of the
# image there, and their $F$ numbers stand behind each other in the output's depth:
#
# $$v_f = b_f + \sum_{c,u,v} x_{c,\,i+u,\,j+v}\; w_{f,c,u,v}$$

# %% [markdown]
# <details><summary>Hint 1: one window</summary>
#
# You need no loop over places. Cut the one window out of x that all filters see. What is its shape?
#
# <details><summary>Hint 2: many filters</summary>
#
# The window has the shape of one filter, (C, kH, kW). If "the two channels again, last place" passes and "a place of
# its own" fails, i and j have changed places, or the bias is missing.
#
# <details><summary>Hint 3: shapes to fill in</summary>
#
# x (3, 6, 7), weight (4, 3, 2, 5), bias (4,):
#
# | array | shape |
# | --- | --- |
# | the window at (i, j) | (?, ?, ?) |
# | times all filters | (4, ?, ?, ?) |
# | summed over all but the filters | (?,) |
#
# </details></details></details>


# %% nbgrader={"grade_id": "activation_column", "solution": true}
def activation_column(x, weight, bias, i, j):
    """What all filters answer at one place.

    Args:
        x: (C, H, W) array, one image.
        weight: (F, C, kH, kW) array, the filters.
        bias: (F,) array.
        i: int, row of the output, stride 1 and no padding.
        j: int, column of the output.

    Returns:
        (F,) array.
    """
    ### BEGIN SOLUTION
    window = x[:, i : i + weight.shape[2], j : j + weight.shape[3]]
    return np.sum(weight * window, axis=(1, 2, 3)) + bias
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_activation_column", "grade": true, "points": 2}
image = np.stack([np.arange(9).reshape(3, 3), np.arange(1, 10).reshape(3, 3)])
filters = np.stack([np.arange(4).reshape(2, 2), np.arange(1, 5).reshape(2, 2)])[None]
expect("the two channels again, last place", activation_column(image, filters, np.zeros(1), 1, 1), [120])
expect("a place of its own", activation_column(image, filters, np.array([-6]), 0, 1), [66])
two = np.concatenate([filters, 2 * filters])
expect("two filters, each with a bias", activation_column(image, two, np.array([1.0, -2.0]), 1, 0), [105, 206])
recorded("channels", "activation_column", activation_column)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("channels.activation_column", activation_column)
### END HIDDEN TESTS
