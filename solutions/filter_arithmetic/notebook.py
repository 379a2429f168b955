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
# # 1 · Filter arithmetic
#
# You write what a filter computes: cross-correlation, convolution, the bias, and the same sums as one matrix.
# Read chapter 1 of the book first: it works out the examples of the tests below. Each test cell ends with answers that
# torch gave, recorded in a file beside the notebook.
#
# Write NumPy. `numpy` and `matplotlib` are all that you may import. Replace each `raise NotImplementedError()`,
# run the test cell below it, and read what it says. The hidden tests ask the same functions for other sizes.

# %% tags=["setup"]
import numpy as np
from check import expect, recorded

# %% [markdown]
# ## Cross-correlation
#
# Slide the filter over the image. At each place where it fits, multiply what lies under each tap by the tap and
# add it all up:
#
# $$y_{i,j} = \sum_{u=0}^{k_H-1} \sum_{v=0}^{k_W-1} x_{i+u,\,j+v}\; w_{u,v}$$

# %% [markdown]
# <details><summary>Hint 1: one output by hand</summary>
#
# Lay the filter on the top left corner of the image in the first test. Which nine products add up to 15? Now move the
# filter by one column.
#
# <details><summary>Hint 2: count the places</summary>
#
# A filter of kH rows fits H - kH + 1 times into H rows; with columns it is the same. If the first test fails with
# numbers that are all a little off, see whether w is turned; if it fails with an error about shapes, count the places
# again.
#
# <details><summary>Hint 3: a table to fill in</summary>
#
# x (4, 4), w (3, 3), the answer (2, 2):
#
# | output | window: rows | columns | sum of window times w |
# | --- | --- | --- | --- |
# | (0, 0) | 0 to 2 | 0 to 2 | 15 |
# | (0, 1) | ? | ? | 16 |
# | (1, 0) | ? | ? | ? |
#
# And for the loops turned round: which pixels does tap (u, v) meet over all four outputs?
#
# </details></details></details>


# %% nbgrader={"grade_id": "cross_correlate2d", "solution": true}
def cross_correlate2d(x, w):
    """Cross-correlates an image with a filter, without padding.

    Args:
        x: (H, W) array, the image.
        w: (kH, kW) array, the filter; kH <= H and kW <= W.

    Returns:
        (H - kH + 1, W - kW + 1) array.
    """
    ### BEGIN SOLUTION
    out_h, out_w = x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1
    y = np.zeros((out_h, out_w))
    for u in range(w.shape[0]):
        for v in range(w.shape[1]):
            y += x[u : u + out_h, v : v + out_w] * w[u, v]
    return y
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_cross_correlate2d", "grade": true, "points": 4}
x = np.array([[1, 2, 3, 0], [0, 1, 2, 3], [3, 0, 1, 2], [2, 3, 0, 1]])
w = np.array([[2, 0, 1], [0, 1, 2], [1, 0, 2]])
expect("a 4x4 image and a 3x3 filter", cross_correlate2d(x, w), [[15, 16], [6, 15]])
expect(
    "a 3x3 image and a 2x2 filter",
    cross_correlate2d(np.arange(9).reshape(3, 3), np.arange(4).reshape(2, 2)),
    [[19, 25], [37, 43]],
)
recorded("filter_arithmetic", "cross_correlate2d", cross_correlate2d)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("filter_arithmetic.cross_correlate2d", cross_correlate2d)
### END HIDDEN TESTS

# %% [markdown]
# ## Convolution
#
# Convolution turns the filter by 180° first. Filter an impulse (a single 1 among zeros) with both functions:
# one of them gives the filter back as it is.

# %% [markdown]
# <details><summary>Hint 1: what differs</summary>
#
# Compare the two formulas of the chapter: in one of them both indices of w run backward. What does this do to the
# order in which the taps are met?
#
# <details><summary>Hint 2: reuse</summary>
#
# You need no new loop. If your answer equals that of `cross_correlate2d` the filter was not turned; if only some
# numbers are right, it was turned about one axis alone.
#
# <details><summary>Hint 3: a turn to fill in</summary>
#
# | w | turned by 180° |
# | --- | --- |
# | 0 1 | 3 ? |
# | 2 3 | ? 0 |
#
# What became of the order of the rows, and what of the columns?
#
# </details></details></details>


# %% nbgrader={"grade_id": "convolve2d", "solution": true}
def convolve2d(x, w):
    """Convolves an image with a filter, without padding.

    Args:
        x: (H, W) array, the image.
        w: (kH, kW) array, the filter; kH <= H and kW <= W.

    Returns:
        (H - kH + 1, W - kW + 1) array.
    """
    ### BEGIN SOLUTION
    return cross_correlate2d(x, w[::-1, ::-1])
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_convolve2d", "grade": true, "points": 2}
impulse = np.zeros((5, 5))
impulse[2, 2] = 1
expect("an impulse gives the filter back", convolve2d(impulse, w), w)
recorded("filter_arithmetic", "convolve2d", convolve2d)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("filter_arithmetic.convolve2d", convolve2d)
### END HIDDEN TESTS

# %% [markdown]
# ## The bias
#
# A filter of a network has one more number, the bias. It is added once for each output.

# %% [markdown]
# <details><summary>Hint 1: how often</summary>
#
# How many times is the bias in one output? The test's numbers are those of the first test above, and every one has
# grown by 3, though the filter has nine taps.
#
# <details><summary>Hint 2: when</summary>
#
# First complete the sum over the window. If the answer is too large by a multiple of the bias, the bias came in once
# for each tap.
#
# <details><summary>Hint 3: shapes to fill in</summary>
#
# | array | shape |
# | --- | --- |
# | x | (4, 4) |
# | what `cross_correlate2d` gives | (?, ?) |
# | b | one number |
# | their sum | (?, ?) |
#
# </details></details></details>


# %% nbgrader={"grade_id": "filter_response", "solution": true}
def filter_response(x, w, b):
    """Cross-correlation plus a bias.

    Args:
        x: (H, W) array, the image.
        w: (kH, kW) array, the filter; kH <= H and kW <= W.
        b: number, the bias.

    Returns:
        (H - kH + 1, W - kW + 1) array.
    """
    ### BEGIN SOLUTION
    return cross_correlate2d(x, w) + b
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_filter_response", "grade": true, "points": 2}
expect("the first example with bias 3", filter_response(x, w, 3), [[18, 19], [9, 18]])
recorded("filter_arithmetic", "filter_response", filter_response)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("filter_arithmetic.filter_response", filter_response)
### END HIDDEN TESTS

# %% [markdown]
# ## The filter as a matrix
#
# Cross-correlation is linear, so there is a matrix $M$ with $M\,\mathrm{vec}(x) = \mathrm{vec}(y)$, where vec
# reads an image row by row (`ravel`). Each row of $M$ holds the filter's taps in the columns of the pixels that
# they meet.

# %% [markdown]
# <details><summary>Hint 1: one row</summary>
#
# The first row of the matrix makes the first output. Which pixels does that output use, and at which places do they
# stand in x.ravel()?
#
# <details><summary>Hint 2: write it as an image</summary>
#
# A row of the matrix has H · W entries: shape it as an image of (H, W). If the matrix has the right shape and the
# product with x fails, see whether your rows come in the order of the outputs' ravel.
#
# <details><summary>Hint 3: shapes to fill in</summary>
#
# w (2, 3), input (4, 5), so the outputs are (3, 3):
#
# | array | shape |
# | --- | --- |
# | an image for each output | (3, 3, ?, ?) |
# | where the filter lies in the image of output (1, 2) | rows 1 to ?, columns ? to 4 |
# | the matrix | (9, ?) |
#
# </details></details></details>


# %% nbgrader={"grade_id": "correlation_as_matrix", "solution": true}
def correlation_as_matrix(w, input_shape):
    """The matrix that cross-correlates any image of one shape with a filter.

    Args:
        w: (kH, kW) array, the filter; kH <= H and kW <= W.
        input_shape: (H, W), shape of the image.

    Returns:
        ((H - kH + 1) * (W - kW + 1), H * W) array M, with M @ x.ravel() equal to cross_correlate2d(x, w).ravel().
    """
    ### BEGIN SOLUTION
    height, width = input_shape
    out_h, out_w = height - w.shape[0] + 1, width - w.shape[1] + 1
    matrix = np.zeros((out_h, out_w, height, width))
    for i in range(out_h):
        for j in range(out_w):
            matrix[i, j, i : i + w.shape[0], j : j + w.shape[1]] = w
    return matrix.reshape(out_h * out_w, height * width)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_correlation_as_matrix", "grade": true, "points": 4}
matrix = correlation_as_matrix(w, x.shape)
expect("shape for a 4x4 image and a 3x3 filter", np.shape(matrix), (4, 16))
expect("matrix times image", matrix @ x.ravel(), [15, 16, 6, 15])
recorded("filter_arithmetic", "correlation_as_matrix", correlation_as_matrix)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("filter_arithmetic.correlation_as_matrix", correlation_as_matrix)
### END HIDDEN TESTS
