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
# # 2 · Padding
#
# A filter of three taps costs the image two rows and two columns each time. You now write the border that pays for
# them: four ways to fill it, the amount that keeps the size, and a filter over a padded image.
# Read chapter 2 of the book first: it works out the rules, and most of the numbers, that the tests below use.
#
# Write NumPy. `numpy` and `matplotlib` are all that you may import. Replace each `raise NotImplementedError()`,
# run the test cell below it, and read what it says. The hidden tests ask the same functions for other sizes.

# %% tags=["setup"]
import numpy as np
from check import expect, recorded

# %% [markdown]
# ## Padding an image
#
# Put `top` rows above the image, `bottom` rows below it, `left` columns before it and `right` columns after it:
#
# $$y_{i,j} = x_{i-\mathrm{top},\; j-\mathrm{left}} \quad\text{inside the image}$$
#
# The mode says what stands outside. For the row `1 2 3 4`, padded by two on each side:
#
# | mode | left | image | right | |
# | --- | --- | --- | --- | --- |
# | `"zeros"` | `0 0` | `1 2 3 4` | `0 0` | |
# | `"reflect"` | `3 2` | `1 2 3 4` | `3 2` | a mirror that does not repeat the edge |
# | `"replicate"` | `1 1` | `1 2 3 4` | `4 4` | the edge, again and again |
# | `"circular"` | `3 4` | `1 2 3 4` | `1 2` | the opposite end |
#
# Both axes are padded in the same way, corners included.

# %% [markdown]
# <details><summary>Hint 1: sort out the argument first</summary>
#
# `padding` comes in three forms. Turn each of them into the four numbers top, bottom, left and right before you
# touch the image. After that there is only one case left.
#
# <details><summary>Hint 2: two axes, one after the other</summary>
#
# Pad the rows, and then pad the columns of the result. The corners then come out right by themselves. A single
# function that lists, for one axis, which row of the image stands at each place serves both axes and all modes.
#
# <details><summary>Hint 3: the indices</summary>
#
# For an axis of n pixels, the places run from -before to n + after - 1. `replicate` clips them to 0 … n - 1,
# `circular` takes them modulo n, and `reflect` turns a place q < 0 into -q and a place q ≥ n into 2(n - 1) - q.
# With `zeros`, make the whole output first, and let the image's slice end at top + H rather than at -bottom.
#
# </details></details></details>


# %% nbgrader={"grade_id": "pad2d", "solution": true}
def pad2d(x, padding, mode="zeros"):
    """Pads an image on its four sides.

    Args:
        x: (H, W) array, the image; it stays as it is.
        padding: int p (p on every side), or a pair (pad_h, pad_w) (pad_h above and below, pad_w left and right), or
            four ints (top, bottom, left, right). None is negative.
        mode: "zeros", "reflect", "replicate" or "circular". With "reflect" every side is smaller than the size of
            its axis, with "circular" at most as large.

    Returns:
        (top + H + bottom, left + W + right) array.
    """
    ### BEGIN SOLUTION
    if np.ndim(padding) == 0:
        padding = (padding, padding)
    if len(padding) == 2:
        padding = (padding[0], padding[0], padding[1], padding[1])
    top, bottom, left, right = padding
    names = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    return np.pad(x, ((top, bottom), (left, right)), mode=names[mode])
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_pad2d", "grade": true, "points": 4}
row = np.array([[1.0, 2.0, 3.0, 4.0]])
expect("zeros", pad2d(row, (0, 2)), [[0, 0, 1, 2, 3, 4, 0, 0]])
expect("reflect", pad2d(row, (0, 2), "reflect"), [[3, 2, 1, 2, 3, 4, 3, 2]])
expect("replicate", pad2d(row, (0, 2), "replicate"), [[1, 1, 1, 2, 3, 4, 4, 4]])
expect("circular", pad2d(row, (0, 2), mode="circular"), [[3, 4, 1, 2, 3, 4, 1, 2]])
small = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
expect("one zero on every side", pad2d(small, 1), [[0, 0, 0, 0, 0], [0, 1, 2, 3, 0], [0, 4, 5, 6, 0], [0, 0, 0, 0, 0]])
expect("corners are padded too", pad2d(small, 1, "replicate")[:, 0], [1, 1, 4, 4])
expect("a row below and two columns before", pad2d(small, (0, 1, 2, 0)), [[0, 0, 1, 2, 3], [0, 0, 4, 5, 6], [0] * 5])
expect("no padding", pad2d(small, 0), small)
recorded("padding", "pad2d", pad2d)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("padding.pad2d", pad2d)
### END HIDDEN TESTS

# %% [markdown]
# ## How much keeps the size
#
# At stride 1, an axis of $n$ pixels gives $n + \mathrm{before} + \mathrm{after} - d\,(k - 1)$ outputs, where $k$ is
# the number of taps and $d$ the dilation, the distance from one tap to the next. For `same` padding the output has $n$
# pixels again. Share the padding out evenly; when the total is odd, the extra pixel goes **after**, as in torch.

# %% [markdown]
# <details><summary>Hint 1: first the total</summary>
#
# Set the number of outputs equal to n and solve for before + after. How large is it for a filter of three taps?
#
# <details><summary>Hint 2: dilation</summary>
#
# k taps have k - 1 steps between them, and each step is d pixels long. The window is one pixel longer than all the
# steps together, and a window of one pixel needs no padding.
#
# <details><summary>Hint 3: sharing out</summary>
#
# The total is d(k - 1). Before gets half of it, rounded down; after gets what is left.
#
# </details></details></details>


# %% nbgrader={"grade_id": "same_padding", "solution": true}
def same_padding(kernel_size, dilation=1):
    """The padding of one axis that keeps its size at stride 1.

    Args:
        kernel_size: int, number of taps along the axis, at least 1; it may be even.
        dilation: int, distance from one tap to the next, at least 1.

    Returns:
        Tuple of two ints, (before, after). When the total is odd, after is larger by one.
    """
    ### BEGIN SOLUTION
    total = dilation * (kernel_size - 1)
    return total // 2, total - total // 2
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_same_padding", "grade": true, "points": 2}
expect("three taps", same_padding(3), (1, 1))
expect("four taps: the odd pixel goes after", same_padding(4), (1, 2))
expect("three taps, two apart", same_padding(3, dilation=2), (2, 2))
expect("one tap", same_padding(1), (0, 0))
recorded("padding", "same_padding", same_padding)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("padding.same_padding", same_padding)
### END HIDDEN TESTS

# %% [markdown]
# ## A filter over a padded image
#
# Pad, then cross-correlate, then add the bias, in this order:
#
# $$y_{i,j} = b + \sum_{u=0}^{k_H-1} \sum_{v=0}^{k_W-1} \tilde{x}_{i+u,\,j+v}\; w_{u,v}$$
#
# where $\tilde{x}$ is the padded image. Every output gets the bias, also those at the border.

# %% [markdown]
# <details><summary>Hint 1: you have both halves</summary>
#
# You wrote the first half a moment ago, and the second half in chapter 1.
#
# <details><summary>Hint 2: forget the image</summary>
#
# Once the image is padded, you need x no more. Count the windows that fit into the padded image: the output has
# as many rows and columns as that.
#
# <details><summary>Hint 3: the sizes</summary>
#
# The output has H + top + bottom - kH + 1 rows, and W + left + right - kW + 1 columns. For each tap (u, v), the pixels
# that it meets are a slice of the padded image, as large as the output, that starts at (u, v).
#
# </details></details></details>


# %% nbgrader={"grade_id": "conv2d_padded", "solution": true}
def conv2d_padded(x, w, b, padding, mode="zeros"):
    """Pads an image, cross-correlates it with a filter and adds a bias.

    Args:
        x: (H, W) array, the image.
        w: (kH, kW) array, the filter; it fits into the padded image.
        b: number, the bias.
        padding: as in `pad2d`.
        mode: as in `pad2d`.

    Returns:
        (top + H + bottom - kH + 1, left + W + right - kW + 1) array.
    """
    ### BEGIN SOLUTION
    padded = pad2d(x, padding, mode)
    out_h, out_w = padded.shape[0] - w.shape[0] + 1, padded.shape[1] - w.shape[1] + 1
    y = np.full((out_h, out_w), float(b))
    for u in range(w.shape[0]):
        for v in range(w.shape[1]):
            y += padded[u : u + out_h, v : v + out_w] * w[u, v]
    return y
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_conv2d_padded", "grade": true, "points": 4}
x = np.array([[1, 2, 3, 0], [0, 1, 2, 3], [3, 0, 1, 2], [2, 3, 0, 1]])
w = np.array([[2, 0, 1], [0, 1, 2], [1, 0, 2]])
same = [[7, 12, 10, 2], [4, 15, 16, 10], [10, 6, 15, 6], [8, 10, 4, 3]]
expect("chapter 1's example with padding 1", conv2d_padded(x, w, 0, 1), same)
expect("and with bias 3", conv2d_padded(x, w, 3, (1, 1)), np.add(same, 3))
expect("padding 0 is chapter 1 again", conv2d_padded(x, w, 0, 0), [[15, 16], [6, 15]])
before, after = same_padding(4)
box = conv2d_padded(x, np.ones((4, 4)), 0, (before, after, before, after))
expect("`same` keeps the size for an even filter", np.shape(box), (4, 4))
recorded("padding", "conv2d_padded", conv2d_padded)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("padding.conv2d_padded", conv2d_padded)
### END HIDDEN TESTS
