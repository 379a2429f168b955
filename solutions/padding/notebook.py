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
# them: which pixel each of its places shows, four ways to fill it, the amount that keeps the size, and a filter over a
# padded image.
# Read chapter 2 of the book first: it works out the rules, and most of the numbers, that the tests below use.
#
# Write NumPy. `numpy` and `matplotlib` are all that you may import. Replace each `raise NotImplementedError()`,
# run the test cell below it, and read what it says. The hidden tests ask the same functions for other sizes.
#
# `earlier` lies beside this notebook and holds a working `cross_correlate2d`, which you wrote in chapter 1. If you have
# your own, paste it into a new cell below the import, with the helpers that it calls.

# %% tags=["setup"]
import numpy as np
from check import expect, recorded
from earlier import cross_correlate2d

# %% [markdown]
# ## Which pixel stands where
#
# Take one axis of $n$ pixels, numbered from 0. With `before` places in front of it and `after` places behind it, the
# padded axis runs from place $-\mathrm{before}$ to place $n + \mathrm{after} - 1$. The mode says which pixel each place
# shows. For $n = 4$ and two places on each side:
#
# | mode | before | image | after | |
# | --- | --- | --- | --- | --- |
# | `"zeros"` | `-1 -1` | `0 1 2 3` | `-1 -1` | no pixel: here -1 stands for a zero |
# | `"reflect"` | `2 1` | `0 1 2 3` | `2 1` | a mirror that does not repeat the edge |
# | `"replicate"` | `0 0` | `0 1 2 3` | `3 3` | the edge, again and again |
# | `"circular"` | `2 3` | `0 1 2 3` | `0 1` | the opposite end |
#
# Write the four rules yourself, without `np.pad`: after this once you may leave it to NumPy.

# %% [markdown]
# <details><summary>Hint 1: places first</summary>
#
# Make the list of places, from -before to n + after - 1. Which of them show a pixel of their own number?
#
# <details><summary>Hint 2: one rule a mode</summary>
#
# `np.clip`, `%` and `np.where` work on all places at once. If "reflect at both ends" fails with its first places right,
# look at the last ones: a mirror that is right at the front may be one off at the end.
#
# <details><summary>Hint 3: a table to fill in</summary>
#
# n = 4, before = 2, after = 2, so there are eight places:
#
# | place q | -2 | -1 | 0 | 1 | 2 | 3 | 4 | 5 |
# | --- | --- | --- | --- | --- | --- | --- | --- | --- |
# | reflect | 2 | 1 | 0 | 1 | 2 | 3 | ? | ? |
# | how far from the edge pixel | 2 | 1 | 0 | | | 0 | ? | ? |
#
# A mirror keeps the distance from the edge pixel. Write that distance for q < 0 and for q ≥ n; go back by as much.
#
# </details></details></details>


# %% nbgrader={"grade_id": "source_index", "solution": true}
def source_index(n, before, after, mode):
    """The pixel that each place of a padded axis shows.

    Args:
        n: int, pixels along the axis.
        before: int, places in front of the axis; with "reflect" smaller than n, with "circular" at most n.
        after: int, places behind it, with the same limits.
        mode: "zeros", "reflect", "replicate" or "circular".

    Returns:
        (before + n + after,) array of ints, or a list of as many: each a pixel from 0 to n - 1, or -1 for a place
        that shows no pixel.
    """
    ### BEGIN SOLUTION
    q = np.arange(-before, n + after)
    if mode == "circular":
        return q % n
    if mode == "replicate":
        return np.clip(q, 0, n - 1)
    if mode == "reflect":
        return (n - 1) - np.abs((n - 1) - np.abs(q))
    return np.where((q < 0) | (q >= n), -1, q)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_source_index", "grade": true, "points": 2}
expect("zeros: -1 where no pixel stands", source_index(4, 2, 1, "zeros"), [-1, -1, 0, 1, 2, 3, -1])
expect("reflect at both ends", source_index(4, 2, 2, "reflect"), [2, 1, 0, 1, 2, 3, 2, 1])
expect("replicate", source_index(4, 2, 3, "replicate"), [0, 0, 0, 1, 2, 3, 3, 3, 3])
expect("circular", source_index(4, 2, 1, "circular"), [2, 3, 0, 1, 2, 3, 0])
expect("no places more", source_index(3, 0, 0, "reflect"), [0, 1, 2])
expect("not even beside one pixel", source_index(1, 0, 0, "reflect"), [0])
recorded("padding", "source_index", source_index)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("padding.source_index", source_index)
### END HIDDEN TESTS

# %% [markdown]
# ## Padding an image
#
# Put `top` rows above the image, `bottom` rows below it, `left` columns before it and `right` columns after it:
#
# $$y_{i,j} = x_{i-\mathrm{top},\; j-\mathrm{left}} \quad\text{inside the image}$$
#
# The mode says what stands outside, as above: `pad2d(row, (0, 2), "reflect")` of the row `10 20 30 40` is
# `30 20 10 20 30 40 30 20`. `np.pad` is allowed; it knows the four modes under other names.
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
# Pad the rows, and then pad the columns of the result. The corners then come out right by themselves. If "corners are
# padded too" fails, you padded both axes of x and put the strips together. `source_index` serves both axes. If "zeros"
# fails with fours at the ends: x[-1] is the last row, so put zeros where -1 has picked it.
#
# <details><summary>Hint 3: shapes to fill in</summary>
#
# x (2, 3), padding (0, 1, 2, 0):
#
# | step | shape |
# | --- | --- |
# | x | (2, 3) |
# | rows listed by `source_index(2, 0, 1, mode)` | (?, 3) |
# | then columns listed by `source_index(3, ?, ?, mode)` | (?, 5) |
#
# In which mode does a list with -1 pick a pixel that it should not, and what must stand there in its place?
#
# </details></details></details>


# %% nbgrader={"grade_id": "pad2d", "solution": true}
def pad2d(x, padding, mode="zeros"):
    """Pads an image on its four sides.

    Args:
        x: (H, W) array, the image; it stays as it is.
        padding: int p (p on every side), or a pair (pad_h, pad_w) (pad_h above and below, pad_w left and right), or
            four ints (top, bottom, left, right). No number is negative.
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


# %% nbgrader={"grade_id": "test_pad2d", "grade": true, "points": 3}
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
expect("a pixel of -1 stays what it is", pad2d(np.array([[5.0, -1.0]]), (0, 1)), [[0, 5, -1, 0]])
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
# k taps have k - 1 steps between them, and each step is d pixels long. If "three taps, two apart" fails, count the
# steps between three taps on your fingers.
#
# <details><summary>Hint 3: a table to fill in</summary>
#
# | k | d | before + after | before | after |
# | --- | --- | --- | --- | --- |
# | 3 | 1 | 2 | 1 | 1 |
# | 4 | 1 | ? | 1 | ? |
# | 4 | 3 | ? | ? | 5 |
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
expect("six taps, three apart: 15 in all", same_padding(6, 3), (7, 8))
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
# Once the image is padded, you need x no more. If "and with bias 3" fails with numbers that are too large, the bias
# went into the image, where every tap multiplies it. If "`same` keeps the size for an even filter" fails, see in which
# order you take the four sides.
#
# <details><summary>Hint 3: shapes to fill in</summary>
#
# | array | shape |
# | --- | --- |
# | x | (4, 4) |
# | padded by 1 | (?, ?) |
# | w | (3, 3) |
# | the answer | (?, ?), by chapter 1's rule, with the padded image in x's place |
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
    return cross_correlate2d(pad2d(x, padding, mode), w) + b
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_conv2d_padded", "grade": true, "points": 3}
x = np.array([[1, 2, 3, 0], [0, 1, 2, 3], [3, 0, 1, 2], [2, 3, 0, 1]])
w = np.array([[2, 0, 1], [0, 1, 2], [1, 0, 2]])
same = [[7, 12, 10, 2], [4, 15, 16, 10], [10, 6, 15, 6], [8, 10, 4, 3]]
expect("chapter 1's example with padding 1", conv2d_padded(x, w, 0, 1), same)
expect("and with bias 3", conv2d_padded(x, w, 3, (1, 1)), np.add(same, 3))
expect("padding 0 is chapter 1 again", conv2d_padded(x, w, 0, 0), [[15, 16], [6, 15]])
before, after = same_padding(4)
box = conv2d_padded(x, np.ones((4, 4)), 0, (before, after, before, after))
expect("`same` keeps the size for an even filter", np.shape(box), (4, 4))
below = [[1, 3, 5, 3], [3, 1, 3, 5], [5, 3, 1, 3], [2, 3, 0, 1]]
expect("a row below for a filter of two rows", conv2d_padded(x, np.ones((2, 1)), 0, (0, 1, 0, 0)), below)
recorded("padding", "conv2d_padded", conv2d_padded)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("padding.conv2d_padded", conv2d_padded)
### END HIDDEN TESTS
