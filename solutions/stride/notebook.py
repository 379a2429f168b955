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
# # 3 · Stride
#
# A window need not move by one pixel. You now write the formula for the output's size, a filter with stride, padding
# and dilation, the transposed convolution, which runs the other way, and two lists: of the strides that leave nothing
# over, and of all settings that give a size which you want.
# Read chapter 3 of the book first: it works out the formulas, and most of the numbers, that the tests below use.
#
# Write NumPy. `numpy` and `matplotlib` are all that you may import. Replace each `raise NotImplementedError()`,
# run the test cell below it, and read what it says. The hidden tests ask the same functions for other sizes.

# %% tags=["setup"]
import numpy as np
from check import expect, recorded

# %% [markdown]
# ## The output's size
#
# An axis of $n$ pixels is padded by $p$ at each end. A window of $k$ taps, $d$ apart, moves over it in steps of $s$:
#
# $$o = \left\lfloor \frac{n + 2p - d\,(k - 1) - 1}{s} \right\rfloor + 1$$
#
# A window that would reach beyond the padded axis is dropped, which is why the quotient is rounded down.

# %% [markdown]
# <details><summary>Hint 1: count places, not pixels</summary>
#
# Draw ten boxes and a window of three. How far can the window's first tap go before the last tap falls off?
#
# <details><summary>Hint 2: the way and the steps</summary>
#
# Take the window's length, d(k - 1) + 1, off the padded axis. What is left is the way that the window can go. If "5
# pixels, 3 taps, stride 2" passes and "6 pixels, 3 taps, stride 2: rounded down" fails, you round up, or to the
# nearest.
#
# <details><summary>Hint 3: a table to fill in</summary>
#
# | n | k | s | p | d | window's length | way | whole steps | places |
# | --- | --- | --- | --- | --- | --- | --- | --- | --- |
# | 10 | 3 | 2 | 0 | 1 | 3 | 7 | 3 | ? |
# | 6 | 3 | 2 | 1 | 1 | 3 | ? | ? | 3 |
# | 7 | 3 | 1 | 0 | 2 | ? | ? | ? | 3 |
#
# </details></details></details>


# %% nbgrader={"grade_id": "conv_output_size", "solution": true}
def conv_output_size(n, k, stride=1, padding=0, dilation=1):
    """The number of places at which a window fits on one axis.

    Args:
        n: int, pixels along the axis.
        k: int, taps of the filter along the axis; the window fits at least once.
        stride: int, pixels from one window to the next.
        padding: int, pixels added at each end.
        dilation: int, pixels from one tap to the next.

    Returns:
        int, the output's size along the axis.
    """
    ### BEGIN SOLUTION
    return (n + 2 * padding - dilation * (k - 1) - 1) // stride + 1
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_conv_output_size", "grade": true, "points": 1}
expect("4 pixels, 3 taps", conv_output_size(4, 3), 2)
expect("5 pixels, 4 taps, padding 2", conv_output_size(5, 4, padding=2), 6)
expect("5 pixels, 3 taps, padding 1 keeps the size", conv_output_size(5, 3, 1, 1), 5)
expect("5 pixels, 3 taps, padding 2", conv_output_size(5, 3, 1, 2), 7)
expect("5 pixels, 3 taps, stride 2", conv_output_size(5, 3, 2), 2)
expect("6 pixels, 3 taps, stride 2: rounded down", conv_output_size(6, 3, 2), 2)
expect("5 pixels, 3 taps, stride 2, padding 1", conv_output_size(5, 3, 2, 1), 3)
expect("6 pixels give 3 as well", conv_output_size(6, 3, 2, 1), 3)
expect("10 pixels, 3 taps, stride 2: rounded down", conv_output_size(10, 3, stride=2), 4)
expect("7 pixels, 3 taps that stand 2 apart", conv_output_size(7, 3, dilation=2), 3)
recorded("stride", "conv_output_size", conv_output_size)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("stride.conv_output_size", conv_output_size)
### END HIDDEN TESTS

# %% [markdown]
# ## A filter with stride, padding and dilation
#
# Each of the three is an int, which stands for both axes, or a pair (row, column):
#
# $$y_{i,j} = b + \sum_{u=0}^{k_H-1} \sum_{v=0}^{k_W-1} \tilde{x}_{i s_H + u d_H,\; j s_W + v d_W}\; w_{u,v}$$
#
# where $\tilde{x}$ is the image with $p_H$ rows of zeros above and below it, and $p_W$ columns of zeros on its left and
# on its right.

# %% [markdown]
# <details><summary>Hint 1: start from what you know</summary>
#
# Your loop of chapter 1 is nearly it. First make a pair of each of the three (`s if isinstance(s, tuple) else (s, s)`),
# then pad, then find the output's size with the function above, once for each axis.
#
# <details><summary>Hint 2: where a window starts</summary>
#
# Output (i, j) does not start at pixel (i, j). After i steps of s rows, the window starts at row i · s. If "padding 1,
# stride 2" fails and its first number is right, look there. If "dilation 2" fails, look at where tap u stands.
#
# <details><summary>Hint 3: numbers to fill in</summary>
#
# For one tap (u, v), the pixels that it meets over all outputs are a slice of the padded image with a step. Seven rows,
# three taps, stride 3, padding 1, dilation 2, so the padded image has 9 rows and the output 2:
#
# | u | first row | step | rows met |
# | --- | --- | --- | --- |
# | 0 | 0 | 3 | 0 and 3 |
# | 1 | ? | 3 | ? |
# | 2 | 4 | ? | ? |
#
# </details></details></details>


# %% nbgrader={"grade_id": "conv2d_single", "solution": true}
def conv2d_single(x, w, b=0.0, stride=1, padding=0, dilation=1):
    """Cross-correlates an image of one channel with one filter.

    Args:
        x: (H, W) array, the image.
        w: (kH, kW) array, the filter; it fits into the padded image.
        b: number, the bias.
        stride: int, or pair (row, column) of ints.
        padding: int, or pair (row, column) of ints: zeros added at each end of an axis.
        dilation: int, or pair (row, column) of ints.

    Returns:
        (oH, oW) array; oH and oW are what `conv_output_size` says for the rows and for the columns.
    """
    ### BEGIN SOLUTION
    (s_h, s_w), (p_h, p_w), (d_h, d_w) = (
        value if np.ndim(value) else (value, value) for value in (stride, padding, dilation)
    )
    out_h = conv_output_size(x.shape[0], w.shape[0], s_h, p_h, d_h)
    out_w = conv_output_size(x.shape[1], w.shape[1], s_w, p_w, d_w)
    padded = np.pad(x, ((p_h, p_h), (p_w, p_w)))
    y = np.full((out_h, out_w), float(b))
    for u in range(w.shape[0]):
        for v in range(w.shape[1]):
            top, left = u * d_h, v * d_w
            y += padded[top : top + s_h * out_h : s_h, left : left + s_w * out_w : s_w] * w[u, v]
    return y
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_conv2d_single", "grade": true, "points": 4}
x = np.array([[1, 2, 3, 0], [0, 1, 2, 3], [3, 0, 1, 2], [2, 3, 0, 1]])
w = np.array([[2, 0, 1], [0, 1, 2], [1, 0, 2]])
expect("chapter 1's example with bias 3", conv2d_single(x, w, 3), [[18, 19], [9, 18]])
expect("padding 1, stride 2", conv2d_single(x, w, stride=2, padding=1), [[7, 10], [10, 15]])
expect("padding 1, stride (2, 1)", conv2d_single(x, w, 0, (2, 1), 1), [[7, 12, 10, 2], [10, 6, 15, 6]])
expect("dilation 2", conv2d_single(x, np.array([[0, 1], [2, 3]]), dilation=2), [[12, 6], [6, 12]])
uneven = conv2d_single(np.ones((7, 9)), w, 0, (3, 2), (1, 0), (2, 1))
expect("shape for unequal pairs", np.shape(uneven), (2, 4))
recorded("stride", "conv2d_single", conv2d_single)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("stride.conv2d_single", conv2d_single)
### END HIDDEN TESTS

# %% [markdown]
# ## The transposed convolution
#
# Now each input pixel gives instead of being collected. Pixel $(i, j)$ stamps $x_{i,j}$ times the filter onto the
# output at row $i s_H - p_H$ and column $j s_W - p_W$, and where stamps overlap they add up:
#
# $$y_{i s_H + u - p_H,\; j s_W + v - p_W} \mathrel{+}= x_{i,j}\; w_{u,v}$$
#
# What lands outside is lost, so padding makes this output smaller. Along each axis its size is
# $(n - 1)s + k + p_{\text{out}} - 2p$, where $p_{\text{out}}$ is the output padding: rows and columns more at the
# bottom and on the right.

# %% [markdown]
# <details><summary>Hint 1: forget the padding at first</summary>
#
# Without padding the output is (n - 1)s + k long, and every stamp lies inside. Fill that with zeros, and stamp.
#
# <details><summary>Hint 2: stamps</summary>
#
# Two loops over the input's pixels are enough. If "stride 2: stamps side by side" passes and "stride 1: stamps overlap"
# fails, a stamp of yours takes the place of another where it should be added to it.
#
# <details><summary>Hint 3: lengths to fill in</summary>
#
# A row of 2 pixels, three taps, stride 2, padding 1, output padding 1:
#
# | step | length |
# | --- | --- |
# | all stamps, and the output padding at the end | ? |
# | pixel 0 stamps the places | 0, 1, 2 |
# | pixel 1 stamps the places | ? |
# | what is left when `padding` is cut off at each end | 4 |
#
# Where does the slice that cuts end, counted from the front? Think of padding 0 as well.
#
# </details></details></details>


# %% nbgrader={"grade_id": "conv_transpose2d_single", "solution": true}
def conv_transpose2d_single(x, w, stride=1, padding=0, output_padding=0):
    """The transposed convolution of an image of one channel with one filter.

    Args:
        x: (H, W) array, the image.
        w: (kH, kW) array, the filter.
        stride: int, or pair (row, column) of ints.
        padding: int, or pair (row, column) of ints: cut off at each end of an axis.
        output_padding: int, or pair (row, column) of ints, smaller than the stride: added at the bottom and on the
            right, before the padding is cut off.

    Returns:
        ((H - 1) * stride - 2 * padding + kH + output_padding, the same for the width) array.
    """
    ### BEGIN SOLUTION
    (s_h, s_w), (p_h, p_w), (q_h, q_w) = (
        value if np.ndim(value) else (value, value) for value in (stride, padding, output_padding)
    )
    height = (x.shape[0] - 1) * s_h + w.shape[0] + q_h
    width = (x.shape[1] - 1) * s_w + w.shape[1] + q_w
    y = np.zeros((height, width))
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            y[i * s_h : i * s_h + w.shape[0], j * s_w : j * s_w + w.shape[1]] += x[i, j] * w
    return y[p_h : height - p_h, p_w : width - p_w]
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_conv_transpose2d_single", "grade": true, "points": 4}
quad = np.array([[0, 1], [2, 3]])
expect(
    "stride 2: stamps side by side",
    conv_transpose2d_single(quad, np.ones((2, 2)), 2),
    [[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 3, 3], [2, 2, 3, 3]],
)
expect("stride 1: stamps overlap", conv_transpose2d_single(quad, quad), [[0, 0, 1], [0, 4, 6], [4, 12, 9]])
ones = np.ones((1, 3))
expect("one row, stride 2", conv_transpose2d_single(ones[:, :2], ones, (1, 2)), [[1, 1, 2, 1, 1]])
expect("padding cuts both ends", conv_transpose2d_single(ones[:, :2], ones, (1, 2), (0, 1)), [[1, 2, 1]])
expect("output padding", conv_transpose2d_single(ones[:, :2], ones, (1, 2), (0, 1), (0, 1)), [[1, 2, 1, 1]])
recorded("stride", "conv_transpose2d_single", conv_transpose2d_single)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("stride.conv_transpose2d_single", conv_transpose2d_single)
### END HIDDEN TESTS

# %% [markdown]
# ## Strides that leave nothing over
#
# Some older texts allow only strides for which the size formula needs no rounding, dilation being 1. List them:
# all $s$ with $1 \le s \le \max(1,\, n + 2p - k)$ for which $(n + 2p - k) / s$ is whole.

# %% [markdown]
# <details><summary>Hint 1: what must divide</summary>
#
# It is the way that the window can go, not the number of pixels and not the number of windows.
#
# <details><summary>Hint 2: just try</summary>
#
# Try every stride in turn, and keep it when the remainder is 0. If "10 pixels, 3 taps: 7 is prime" gives [1], your
# range ends too early; if "one place only" fails, think of a way of 0.
#
# <details><summary>Hint 3: a table to fill in</summary>
#
# | n | k | p | the way | strides to try | strides that divide |
# | --- | --- | --- | --- | --- | --- |
# | 7 | 3 | 0 | 4 | 1 to 4 | ? |
# | 10 | 3 | 1 | ? | 1 to ? | 1, 3, 9 |
# | 5 | 5 | 0 | ? | 1 to ? | 1 |
#
# </details></details></details>


# %% nbgrader={"grade_id": "valid_strides", "solution": true}
def valid_strides(n, k, padding=0):
    """The strides at which windows cover a padded axis to its end, with nothing left over.

    Args:
        n: int, pixels along the axis.
        k: int, taps of the filter, at most n + 2 * padding.
        padding: int, pixels added at each end.

    Returns:
        List of ints in ascending order.
    """
    ### BEGIN SOLUTION
    way = n + 2 * padding - k
    return [stride for stride in range(1, max(1, way) + 1) if way % stride == 0]
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_valid_strides", "grade": true, "points": 1}
expect("10 pixels, 3 taps: 7 is prime", valid_strides(10, 3), [1, 7])
expect("with padding 1", valid_strides(10, 3, 1), [1, 3, 9])
expect("7 pixels, 3 taps", valid_strides(7, 3), [1, 2, 4])
expect("stride 4 divides for 227 pixels and 11 taps", 4 in valid_strides(227, 11), True)
expect("but not for 224", valid_strides(224, 11), [1, 3, 71, 213])
expect("one place only", valid_strides(5, 5), [1])
recorded("stride", "valid_strides", valid_strides)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("stride.valid_strides", valid_strides)
### END HIDDEN TESTS

# %% [markdown]
# ## The way back
#
# You want 56 places from 112 pixels. Which windows give them? List all triples $(k, s, p)$ of kernel size, stride and
# padding, dilation 1, with
#
# $$1 \le k \le \text{largest} \qquad 1 \le s \le k \qquad 0 \le p \le \lfloor k / 2 \rfloor$$
#
# for which the window fits and the output has the size that you want. The second limit skips no pixel, the third keeps
# every window on the image.

# %% [markdown]
# <details><summary>Hint 1: you have the way there</summary>
#
# Few triples are within the limits, and `conv_output_size` tells what each of them gives.
#
# <details><summary>Hint 2: the ends of the ranges</summary>
#
# All three limits belong to what is allowed. If "half of 8 pixels" lacks a triple, see which of the ranges ends too
# early: the one that is missing has its largest k, s or p.
#
# <details><summary>Hint 3: a table to fill in</summary>
#
# 8 pixels, 4 places, kernels up to 3:
#
# | k | s may be | p may be | triples that give 4 |
# | --- | --- | --- | --- |
# | 1 | 1 | 0 | none |
# | 2 | 1, 2 | 0, ? | (2, 2, 0) |
# | 3 | ? | ? | (3, ?, ?) |
#
# </details></details></details>


# %% nbgrader={"grade_id": "settings_for", "solution": true}
def settings_for(n, out, largest):
    """All windows that turn n pixels into `out` places.

    Args:
        n: int, pixels along the axis.
        out: int, places that are wanted, at least 1.
        largest: int, the largest kernel size to try.

    Returns:
        List of tuples (kernel_size, stride, padding) of ints within the limits above, in ascending order.
    """
    ### BEGIN SOLUTION
    found = []
    for k in range(1, largest + 1):
        for stride in range(1, k + 1):
            for padding in range(k // 2 + 1):
                if conv_output_size(n, k, stride, padding) == out:
                    found.append((k, stride, padding))
    return found
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_settings_for", "grade": true, "points": 2}
expect("half of 8 pixels", settings_for(8, 4, 3), [(2, 2, 0), (3, 2, 1)])
expect("half of 112 pixels", settings_for(112, 56, 4), [(2, 2, 0), (3, 2, 1), (4, 2, 1)])
expect("a rest may be left over", settings_for(10, 4, 3), [(3, 2, 0), (3, 3, 1)])
expect("the same size", settings_for(9, 9, 5), [(1, 1, 0), (3, 1, 1), (5, 1, 2)])
expect("a padding of half the window", settings_for(3, 4, 2), [(2, 1, 1)])
ordered = [(4, 4, 0), (5, 3, 0), (5, 4, 0), (5, 4, 1), (5, 5, 0), (5, 5, 1), (5, 5, 2)]
expect("in ascending order", settings_for(10, 2, 5), ordered)
expect("a stride above the kernel is none of them", len(settings_for(6, 2, 2)), 0)
expect("no window makes 20 places of 5 pixels", len(settings_for(5, 20, 9)), 0)
recorded("stride", "settings_for", settings_for)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("stride.settings_for", settings_for)
### END HIDDEN TESTS
