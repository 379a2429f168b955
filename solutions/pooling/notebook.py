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
# # 6 · Pooling
#
# A pool makes an image smaller and learns nothing. You now write the four pools that networks use, and a function that
# tells how much of the image a neuron sees.
# Read chapter 6 of the book first; it works out most of the numbers that the tests below use.
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


# %%
def pair(value):
    """(row, column): an int stands for both axes."""
    return (value, value) if np.ndim(value) == 0 else tuple(value)


# %% [markdown]
# ## The largest value of a window
#
# Windows move as in chapter 3, over each channel by itself:
#
# $$y_{n,c,i,j} = \max_{u,v}\; \tilde{x}_{n,\,c,\,i s_H + u d_H,\; j s_W + v d_W}$$
#
# Two things differ from a filter. The stride is the kernel size where none is given, so that the windows lie side by
# side. And a padded place must never win, so $\tilde{x}$ is padded with $-\infty$.

# %% [markdown]
# <details><summary>Hint 1: sizes first</summary>
#
# The output's height and width follow the same formula as a filter's. Which axes does a pool leave alone?
#
# <details><summary>Hint 2: a running maximum</summary>
#
# In chapter 4 you added up one slice of the padded image for each tap. Here you keep the larger of two arrays, entry by
# entry. If "all negative stays negative" fails with zeros, ask what the maximum starts from, and what stands at the
# border.
#
# <details><summary>Hint 3: shapes to fill in</summary>
#
# x (2, 3, 5, 6), windows of (3, 2), no stride given, padding (1, 0):
#
# | array | shape | holds at the border |
# | --- | --- | --- |
# | padded | (2, 3, ?, 6) | ? |
# | the answer, at the start | (2, 3, ?, ?) | |
# | what tap (u, v) meets in all windows | (2, 3, ?, ?) | |
#
# Which stride is it? And which type must the padded array have, to hold what stands at the border?
#
# </details></details></details>


# %% nbgrader={"grade_id": "max_pool2d", "solution": true}
def max_pool2d(x, kernel_size, stride=None, padding=0, dilation=1):
    """The largest value of each window, for each channel by itself.

    Args:
        x: (N, C, H, W) array, the images.
        kernel_size: int, or pair (row, column) of ints.
        stride: int, or pair (row, column) of ints; None takes kernel_size.
        padding: int, or pair (row, column) of ints, at most half of the kernel size; padded places never win.
        dilation: int, or pair (row, column) of ints.

    Returns:
        (N, C, oH, oW) array; oH and oW follow chapter 3's formula.
    """
    ### BEGIN SOLUTION
    (k_h, k_w), (s_h, s_w) = pair(kernel_size), pair(kernel_size if stride is None else stride)
    (p_h, p_w), (d_h, d_w) = pair(padding), pair(dilation)
    border = ((0, 0), (0, 0), (p_h, p_h), (p_w, p_w))
    padded = np.pad(x.astype(float), border, constant_values=-np.inf)
    out_h = conv_output_size(x.shape[2], k_h, s_h, p_h, d_h)
    out_w = conv_output_size(x.shape[3], k_w, s_w, p_w, d_w)
    y = np.full((*x.shape[:2], out_h, out_w), -np.inf)
    for u in range(k_h):
        for v in range(k_w):
            top, left = u * d_h, v * d_w
            y = np.maximum(y, padded[:, :, top : top + s_h * out_h : s_h, left : left + s_w * out_w : s_w])
    return y
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_max_pool2d", "grade": true, "points": 4}
x = np.array([[1, 2, 3, 0], [0, 1, 2, 3], [3, 0, 1, 2], [2, 3, 0, 1]])[None, None]
expect("chapter 1's image, 2x2 windows", max_pool2d(x, 2), [[[[2, 3], [3, 2]]]])
expect("overlapping windows", max_pool2d(x, 2, stride=1), [[[[2, 3, 3], [3, 2, 3], [3, 3, 2]]]])
expect("all negative stays negative", max_pool2d(-x - 1, 2, 2, 1), [[[[-2, -3, -1], [-1, -1, -3], [-3, -1, -2]]]])
expect("no number is so low that padding wins", max_pool2d(np.full((1, 1, 1, 1), -1e12), 3, 1, 1), [[[[-1e12]]]])
expect("112, k 3, s 2, p 1 gives 56", np.shape(max_pool2d(np.zeros((1, 1, 112, 8)), 3, 2, 1)), (1, 1, 56, 4))
recorded("pooling", "max_pool2d", max_pool2d)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("pooling.max_pool2d", max_pool2d)
### END HIDDEN TESTS

# %% [markdown]
# ## The average of a window
#
# $$y_{n,c,i,j} = \frac{1}{m_{i,j}} \sum_{u,v} \tilde{x}_{n,\,c,\,i s_H + u,\; j s_W + v}$$
#
# Here $\tilde{x}$ is padded with zeros. With `count_include_pad=True`, which is torch's default, $m$ is $k_H k_W$
# everywhere. With `False`, $m_{i,j}$ counts only those places of the window that lie inside the image.

# %% [markdown]
# <details><summary>Hint 1: a sum and a count</summary>
#
# The sum is what you just wrote, with + for the maximum and 0 for the padding. Only the divisor needs thought.
#
# <details><summary>Hint 2: when the count varies</summary>
#
# How many places of a corner's window lie inside the image? If "padding does not count" fails with 4/9 in the corners,
# the divisor is still the whole window's. You could work it out from i and j, or let a pool count for you.
#
# <details><summary>Hint 3: numbers to fill in</summary>
#
# An image of 3 × 3 ones, windows of 3 × 3, stride 2, padding 1. For the four windows:
#
# | | top left | top right | bottom left | bottom right |
# | --- | --- | --- | --- | --- |
# | sum of the padded image | 4 | ? | ? | ? |
# | places inside the image | ? | ? | ? | 4 |
#
# Both rows come from one function. What is it given in the second row?
#
# </details></details></details>


# %% nbgrader={"grade_id": "avg_pool2d", "solution": true}
def avg_pool2d(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    """The mean of each window, for each channel by itself.

    Args:
        x: (N, C, H, W) array, the images.
        kernel_size: int, or pair (row, column) of ints.
        stride: int, or pair (row, column) of ints; None takes kernel_size.
        padding: int, or pair (row, column) of ints, at most half of the kernel size: zeros at each end of an axis.
        count_include_pad: bool, whether padded places count in the divisor.

    Returns:
        (N, C, oH, oW) array; oH and oW follow chapter 3's formula.
    """
    ### BEGIN SOLUTION
    (k_h, k_w), (s_h, s_w) = pair(kernel_size), pair(kernel_size if stride is None else stride)
    p_h, p_w = pair(padding)
    out_h = conv_output_size(x.shape[2], k_h, s_h, p_h)
    out_w = conv_output_size(x.shape[3], k_w, s_w, p_w)

    def window_sums(images):
        padded = np.pad(images, ((0, 0), (0, 0), (p_h, p_h), (p_w, p_w)))
        sums = np.zeros((*images.shape[:2], out_h, out_w))
        for u in range(k_h):
            for v in range(k_w):
                sums += padded[:, :, u : u + s_h * out_h : s_h, v : v + s_w * out_w : s_w]
        return sums

    count = k_h * k_w if count_include_pad else window_sums(np.ones((1, 1, *x.shape[2:])))
    return window_sums(x) / count
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_avg_pool2d", "grade": true, "points": 3}
expect("chapter 1's image, 2x2 windows", avg_pool2d(x, 2), [[[[1, 2], [2, 1]]]])
ones = np.ones((1, 1, 3, 3))
expect("padding counts: a corner has 4 of 9", avg_pool2d(ones, 3, 2, 1), np.full((1, 1, 2, 2), 4 / 9))
expect("padding does not count", avg_pool2d(ones, 3, 2, 1, count_include_pad=False), np.ones((1, 1, 2, 2)))
recorded("pooling", "avg_pool2d", avg_pool2d)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("pooling.avg_pool2d", avg_pool2d)
### END HIDDEN TESTS

# %% [markdown]
# ## One number for each map
#
# At the end of a modern network each map is averaged as a whole, whatever its size, and a vector of $C$ numbers is left
# for the classifier:
#
# $$y_{n,c} = \frac{1}{HW} \sum_{i,j} x_{n,c,i,j}$$

# %% [markdown]
# <details><summary>Hint 1: what stays</summary>
#
# Which two axes does the answer keep?
#
# <details><summary>Hint 2: NumPy's means</summary>
#
# `np.mean` takes an axis, or several at once. If "two images, three channels" fails with another shape, see which axes
# are left.
#
# <details><summary>Hint 3: axes to fill in</summary>
#
# | axis | 0 | 1 | 2 | 3 |
# | --- | --- | --- | --- | --- |
# | counts | images | ? | ? | columns |
# | is in the answer | ? | ? | no | ? |
#
# </details></details></details>


# %% nbgrader={"grade_id": "global_avg_pool2d", "solution": true}
def global_avg_pool2d(x):
    """The mean of each map.

    Args:
        x: (N, C, H, W) array, the images.

    Returns:
        (N, C) array.
    """
    ### BEGIN SOLUTION
    return np.mean(x, axis=(2, 3))
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_global_avg_pool2d", "grade": true, "points": 1}
expect("two images, three channels", np.shape(global_avg_pool2d(np.ones((2, 3, 4, 5)))), (2, 3))
expect("chapter 1's image", global_avg_pool2d(x), [[1.5]])
recorded("pooling", "global_avg_pool2d", global_avg_pool2d)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("pooling.global_avg_pool2d", global_avg_pool2d)
### END HIDDEN TESTS

# %% [markdown]
# ## As many windows as you ask for
#
# An adaptive pool is told the output's size $o$ instead of the window's. Along an axis of $n$ pixels, output $i$ is the
# mean of the pixels
#
# $$\left\lfloor \frac{i\, n}{o} \right\rfloor \;\ldots\; \left\lceil \frac{(i + 1)\, n}{o} \right\rceil - 1$$
#
# Where $o$ does not divide $n$, windows differ in size and neighbors may share a pixel. $o$ may even be larger than
# $n$.

# %% [markdown]
# <details><summary>Hint 1: by hand</summary>
#
# List the windows for 5 pixels and 3 outputs: they are 0–1, 1–3 and 3–4.
#
# <details><summary>Hint 2: two loops</summary>
#
# Loop over the output's rows and columns, and cut each window out of all images and channels at once. If "sizes that
# divide: chapter 1's image" passes and "5 pixels, 3 outputs" fails, look at where your windows end.
#
# <details><summary>Hint 3: numbers to fill in</summary>
#
# 5 pixels, 3 outputs; a slice ends before its stop:
#
# | i | i · 5 / 3 | start | (i + 1) · 5 / 3 | stop |
# | --- | --- | --- | --- | --- |
# | 0 | 0 | 0 | 1.67 | 2 |
# | 1 | 1.67 | ? | 3.33 | ? |
# | 2 | 3.33 | ? | 5 | 5 |
#
# `//` rounds down. What does it do with a negative number, and how does that help to round up?
#
# </details></details></details>


# %% nbgrader={"grade_id": "adaptive_avg_pool2d", "solution": true}
def adaptive_avg_pool2d(x, output_size):
    """Means of as many windows as asked for.

    Args:
        x: (N, C, H, W) array, the images.
        output_size: int, or pair (oH, oW) of ints.

    Returns:
        (N, C, oH, oW) array.
    """
    ### BEGIN SOLUTION
    out_h, out_w = pair(output_size)
    height, width = x.shape[2:]
    y = np.zeros((*x.shape[:2], out_h, out_w))
    for i in range(out_h):
        for j in range(out_w):
            rows = slice(i * height // out_h, -(-(i + 1) * height // out_h))
            columns = slice(j * width // out_w, -(-(j + 1) * width // out_w))
            y[:, :, i, j] = x[:, :, rows, columns].mean(axis=(2, 3))
    return y
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_adaptive_avg_pool2d", "grade": true, "points": 3}
row = np.array([1.0, 3.0, 5.0, 7.0, 9.0]).reshape(1, 1, 1, 5)
expect("sizes that divide: chapter 1's image", adaptive_avg_pool2d(x, 2), [[[[1, 2], [2, 1]]]])
expect("5 pixels, 3 outputs", adaptive_avg_pool2d(row, (1, 3)), [[[[2, 5, 8]]]])
expect("one output is the global mean", adaptive_avg_pool2d(x, 1), [[[[1.5]]]])
expect("2 pixels, 3 outputs", adaptive_avg_pool2d(row[..., :2], (1, 3)), [[[[1, 2, 3]]]])
recorded("pooling", "adaptive_avg_pool2d", adaptive_avg_pool2d)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("pooling.adaptive_avg_pool2d", adaptive_avg_pool2d)
### END HIDDEN TESTS

# %% [markdown]
# ## How much a neuron sees, and where
#
# Along one axis, a unit of the last layer depends on $r$ pixels of the image. Layer $l$ adds its $k_l - 1$ steps, each
# $d_l$ units of the layer before it long, and a unit there is as many pixels wide as all strides before it multiplied:
#
# $$r = 1 + \sum_l d_l\,(k_l - 1) \prod_{m < l} s_m
# \qquad
# j = \prod_l s_l
# \qquad
# a = -\sum_l p_l \prod_{m < l} s_m$$
#
# $j$, the jump, is the way in pixels from one unit's field to its neighbor's, and $a$ the first pixel of the first
# unit's field. Padding moves it out of the image, below 0. Unit $i$ sees the pixels from $a + i j$ to
# $a + i j + r - 1$.

# %% [markdown]
# <details><summary>Hint 1: two layers by hand</summary>
#
# Take two filters of three taps with stride 1. How many pixels does one unit of the second layer see? And if the first
# has stride 2?
#
# <details><summary>Hint 2: three numbers to carry</summary>
#
# Go through the layers from the image on, and carry how many pixels a unit sees, how many lie between two neighboring
# units, and where the first unit's field starts. If "the first with stride 2" fails with 9 in place of 7, a layer's own
# stride has widened its own window.
#
# <details><summary>Hint 3: a table to fill in</summary>
#
# | layer (k, s, d, p) | jump before | field | start | jump after |
# | --- | --- | --- | --- | --- |
# | none | | 1 | 0 | 1 |
# | (3, 2, 1, 1) | 1 | 3 | ? | 2 |
# | (3, 1, 2, 2) | ? | 11 | -5 | ? |
#
# Which of the columns does a row need before it may change the jump?
#
# </details></details></details>


# %% nbgrader={"grade_id": "receptive_field", "solution": true}
def receptive_field(layers):
    """What a unit of the last layer sees of the image, along one axis.

    Args:
        layers: list of tuples (kernel_size, stride), (kernel_size, stride, dilation) or (kernel_size, stride,
            dilation, padding) of ints, first layer first; dilation is 1 and padding 0 where they are left out.

    Returns:
        Tuple of three ints: the size of the field, the jump from one unit's field to the next, and the first pixel of
        the first unit's field; (1, 1, 0) for an empty list.
    """
    ### BEGIN SOLUTION
    size, jump, start = 1, 1, 0
    for kernel_size, stride, *rest in layers:
        dilation = rest[0] if rest else 1
        padding = rest[1] if len(rest) > 1 else 0
        size += dilation * (kernel_size - 1) * jump
        start -= padding * jump
        jump *= stride
    return size, jump, start
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_receptive_field", "grade": true, "points": 3}
expect("two filters of 3 taps", receptive_field([(3, 1), (3, 1)]), (5, 1, 0))
expect("no layer: each pixel sees itself", receptive_field([]), (1, 1, 0))
expect("the first with stride 2", receptive_field([(3, 2), (3, 1)]), (7, 2, 0))
expect("the second with dilation 2", receptive_field([(3, 1), (3, 1, 2)]), (7, 1, 0))
expect("padding moves the first field", receptive_field([(3, 2, 1, 1), (3, 1, 2, 2)]), (11, 2, -5))
vgg16 = 2 * [(3, 1), (3, 1), (2, 2)] + 3 * [(3, 1), (3, 1), (3, 1), (2, 2)]
expect("VGG-16 up to its last pool", receptive_field(vgg16), (212, 32, 0))
padded = [(k, s, 1, 1 if k == 3 else 0) for k, s in vgg16]
expect("and with its padding", receptive_field(padded), (212, 32, -90))
alexnet = [(11, 4), (3, 2), (5, 1), (3, 2), (3, 1), (3, 1), (3, 1), (3, 2)]
expect("AlexNet up to its last pool", receptive_field(alexnet)[0], 195)
resnet18 = [(7, 2), (3, 2)] + 4 * [(3, 1)] + 3 * [(3, 2), (3, 1), (3, 1), (3, 1)]
expect("ResNet-18", receptive_field(resnet18)[:2], (435, 32))
recorded("pooling", "receptive_field", receptive_field)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("pooling.receptive_field", receptive_field)
### END HIDDEN TESTS
