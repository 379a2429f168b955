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
# # 7 · im2col
#
# Your convolution of chapter 4 is right, and slow. You now write it again, each time the way some library does it: as
# one matrix product, on a view that copies nothing, and, if you like, through the Fourier transform.
# Read chapter 7 of the book first; it works out most of the numbers that the tests below use.
#
# Write NumPy. `numpy` and `matplotlib` are all that you may import. Replace each `raise NotImplementedError()`,
# run the test cell below it, and read what it says. The hidden tests ask the same functions for other sizes.
#
# `earlier` lies beside this notebook and holds a working `conv_output_size`, which you wrote in chapter 3. If you have
# your own, paste it into a new cell below the import, with the helpers that it calls.

# %% tags=["setup"]
import tracemalloc

import numpy as np
from check import expect, recorded
from earlier import conv_output_size

# %% [markdown]
# Three helpers are given: `pair`, chapter 3's formula for both axes at once, and a function for the tests that reports
# how much memory a call takes at its peak.


# %%
def pair(value):
    """(row, column): an int stands for both axes."""
    return (value, value) if np.ndim(value) == 0 else tuple(value)


def output_places(size, kernel_size, stride, padding, dilation):
    """(oH, oW): how many windows fit into an image of `size` = (H, W), along each axis."""
    return tuple(map(conv_output_size, size, *map(pair, (kernel_size, stride, padding, dilation))))


def peak_bytes(function, *args):
    """The most memory that `function(*args)` holds at once, beyond its arguments."""
    tracemalloc.start()
    function(*args)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


# %% [markdown]
# ## Every window a column
#
# `im2col` writes the numbers of each window into a column of its own. Row $(c\,k_H + u)\,k_W + v$ of the answer holds
# what tap $(c, u, v)$ meets, column $i\,o_W + j$ belongs to the window of output $(i, j)$:
#
# $$\text{columns}_{n,\;(c k_H + u) k_W + v,\;i\,o_W + j} = \tilde{x}_{n,\,c,\,i s_H + u d_H,\; j s_W + v d_W}$$
#
# torch calls it `unfold`, and takes its last arguments in another order.

# %% [markdown]
# <details><summary>Hint 1: six axes</summary>
#
# A number of the answer is known by six indices: n, c, u, v, i, j. Which of them make up the row, which the column, and
# in which order?
#
# <details><summary>Hint 2: one tap at a time</summary>
#
# Fix a tap (u, v). What it meets in all windows, images and channels is one slice of the padded batch, as in chapter 4.
# If "the first window, a row after the other" fails and the shape is right, your axes stand in another order; if
# "float32 stays float32" fails, look at the array that you copy into.
#
# <details><summary>Hint 3: shapes to fill in</summary>
#
# x (2, 3, 5, 6), kernel (2, 4), so that (4, 3) windows fit:
#
# | array | shape | axes |
# | --- | --- | --- |
# | what tap (u, v) meets | (2, 3, ?, ?) | n, c, i, j |
# | all taps together | (2, 3, 2, 4, ?, ?) | n, c, ?, ?, i, j |
# | the answer | (2, ?, ?) | n, row, column |
#
# Which three axes make the row of the answer? They must stand beside each other, in that order.
#
# </details></details></details>


# %% nbgrader={"grade_id": "im2col", "solution": true}
def im2col(x, kernel_size, stride=1, padding=0, dilation=1):
    """Each window of each image as a column.

    Args:
        x: (N, C, H, W) array, the images.
        kernel_size: int, or pair (row, column) of ints.
        stride: int, or pair (row, column) of ints.
        padding: int, or pair (row, column) of ints: zeros added at each end of an axis.
        dilation: int, or pair (row, column) of ints.

    Returns:
        (N, C * kH * kW, oH * oW) array of x's dtype.
    """
    ### BEGIN SOLUTION
    (k_h, k_w), (s_h, s_w), (p_h, p_w), (d_h, d_w) = map(pair, (kernel_size, stride, padding, dilation))
    out_h, out_w = output_places(x.shape[2:], kernel_size, stride, padding, dilation)
    padded = np.pad(x, ((0, 0), (0, 0), (p_h, p_h), (p_w, p_w)))
    columns = np.empty((*x.shape[:2], k_h, k_w, out_h, out_w), x.dtype)
    for u in range(k_h):
        for v in range(k_w):
            rows = slice(u * d_h, u * d_h + s_h * out_h, s_h)
            columns[:, :, u, v] = padded[:, :, rows, v * d_w : v * d_w + s_w * out_w : s_w]
    return columns.reshape(len(x), -1, out_h * out_w)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_im2col", "grade": true, "points": 4}
x = np.array([[1, 2, 3, 0], [0, 1, 2, 3], [3, 0, 1, 2], [2, 3, 0, 1]])[None, None]
columns = im2col(x, 3)
expect("chapter 1's image has four windows of nine", np.shape(columns), (1, 9, 4))
expect("the first window, a row after the other", columns[0, :, 0], [1, 2, 3, 0, 1, 2, 3, 0, 1])
expect("what the first tap meets in all windows", columns[0, 0], [1, 2, 0, 1])
two = np.arange(18).reshape(1, 2, 3, 3)
expect("channels come one after the other", im2col(two, 2)[0, :, 0], [0, 1, 3, 4, 9, 10, 12, 13])
expect("AlexNet's first layer", np.shape(im2col(np.zeros((1, 3, 227, 227), np.float32), 11, 4)), (1, 363, 3025))
expect("float32 stays float32", str(im2col(np.ones((1, 1, 3, 3), np.float32), 2).dtype), "float32")
recorded("im2col", "im2col", im2col)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("im2col.im2col", im2col)
### END HIDDEN TESTS

# %% [markdown]
# ## And back, adding
#
# `col2im` takes every number of the columns back to the pixel that it came from. Where windows overlap, several numbers
# arrive at one pixel, and their sum stays there. The padding is cut off at the end. It does not undo `im2col`. Chapter
# 8 needs it for the gradient. torch calls it `fold`.

# %% [markdown]
# <details><summary>Hint 1: the same loop, read backwards</summary>
#
# In `im2col` a slice of the padded image was copied into the columns. Which two sides of that assignment change places,
# and what else changes?
#
# <details><summary>Hint 2: where to add</summary>
#
# Start from zeros of the padded size. If "windows side by side: col2im undoes im2col" passes and "how many 2x2 windows
# hold a pixel" gives ones, a number is written where it should be added. If "padding of the columns alone" fails with
# an empty answer, think of a slice p:-p where p is 0.
#
# <details><summary>Hint 3: shapes to fill in</summary>
#
# columns (2, 24, 12), images of (5, 6), kernel (2, 4), padding (0, 1), stride (1, 2):
#
# | array | shape |
# | --- | --- |
# | the columns with their six axes | (2, ?, 2, 4, ?, ?) |
# | the zeros to begin with | (2, ?, 5, ?) |
# | the part of tap (u, v), and the slice that it is added to | (2, 3, ?, ?) |
# | the answer | (2, 3, 5, 6) |
#
# </details></details></details>


# %% nbgrader={"grade_id": "col2im", "solution": true}
def col2im(columns, output_size, kernel_size, stride=1, padding=0, dilation=1):
    """Adds each column back into the window that it came from.

    Args:
        columns: (N, C * kH * kW, oH * oW) array.
        output_size: pair (H, W) of ints, the size of the images without padding; or an int for both.
        kernel_size: int, or pair (row, column) of ints.
        stride: int, or pair (row, column) of ints.
        padding: int, or pair (row, column) of ints: zeros that `im2col` added at each end of an axis.
        dilation: int, or pair (row, column) of ints.

    Returns:
        (N, C, H, W) array of the columns' dtype; 0 where no window reaches.
    """
    ### BEGIN SOLUTION
    (k_h, k_w), (s_h, s_w), (p_h, p_w), (d_h, d_w) = map(pair, (kernel_size, stride, padding, dilation))
    height, width = pair(output_size)
    out_h, out_w = output_places((height, width), kernel_size, stride, padding, dilation)
    parts = columns.reshape(len(columns), -1, k_h, k_w, out_h, out_w)
    padded = np.zeros((*parts.shape[:2], height + 2 * p_h, width + 2 * p_w), columns.dtype)
    for u in range(k_h):
        for v in range(k_w):
            rows = slice(u * d_h, u * d_h + s_h * out_h, s_h)
            padded[:, :, rows, v * d_w : v * d_w + s_w * out_w : s_w] += parts[:, :, u, v]
    return padded[:, :, p_h : p_h + height, p_w : p_w + width]
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_col2im", "grade": true, "points": 4}
ones = np.ones((1, 4, 9))
expect("windows side by side: col2im undoes im2col", col2im(im2col(x, 2, 2), 4, 2, 2), x)
expect(
    "how many 2x2 windows hold a pixel",
    col2im(ones, 4, 2)[0, 0],
    [[1, 2, 2, 1], [2, 4, 4, 2], [2, 4, 4, 2], [1, 2, 2, 1]],
)
expect("padding is cut off", col2im(im2col(x, 3, 1, 1), 4, 3, 1, 1)[0, 0, 0], [4, 12, 18, 0])
held = [[2, 3, 3, 2], [4, 6, 6, 4], [4, 6, 6, 4], [2, 3, 3, 2]]
expect("padding of the columns alone", col2im(np.ones((1, 9, 8)), 4, 3, 1, (0, 1))[0, 0], held)
expect("no window reaches the last row", col2im(np.ones((1, 4, 2)), (3, 4), 2, 2)[0, 0, 2], [0, 0, 0, 0])
recorded("im2col", "col2im", col2im)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("im2col.col2im", col2im)
### END HIDDEN TESTS

# %% [markdown]
# ## One matrix product
#
# With the filters as rows of an $F \times C k_H k_W$ matrix, every output of an image is one entry of one product:
#
# $$y_n = W_{F \times C k_H k_W}\;\cdot\;\text{columns}_n$$
#
# Call your `im2col`. Between it and the answer there is no loop of your own.

# %% [markdown]
# <details><summary>Hint 1: shapes first</summary>
#
# Write down the shape of both factors for one image, and the shape of their product. Which two of its numbers are the
# wanted axes already, and which one has to be split?
#
# <details><summary>Hint 2: the batch</summary>
#
# `A @ B` with a matrix A and an array B of three axes multiplies A with each matrix of B, and keeps the images first.
# If "two images keep apart" fails with the right numbers in wrong places, a reshape has cut through both images.
#
# <details><summary>Hint 3: shapes to fill in</summary>
#
# x (2, 3, 5, 6), weight (7, 3, 2, 4), so that (4, 3) windows fit:
#
# | array | shape |
# | --- | --- |
# | the filters as rows | (7, ?) |
# | the columns | (2, ?, ?) |
# | their product | (2, ?, ?) |
# | the bias, so that it goes down the rows of each product | (?, ?) |
# | the answer | (2, 7, ?, ?) |
#
# </details></details></details>


# %% nbgrader={"grade_id": "conv2d_gemm", "solution": true}
def conv2d_gemm(x, weight, bias=None, stride=1, padding=0, dilation=1):
    """Chapter 4's convolution as a product of two matrices.

    Args:
        x: (N, C, H, W) array, the images.
        weight: (F, C, kH, kW) array, the filters.
        bias: (F,) array, or None for no bias.
        stride: int, or pair (row, column) of ints.
        padding: int, or pair (row, column) of ints: zeros added at each end of an axis.
        dilation: int, or pair (row, column) of ints.

    Returns:
        (N, F, oH, oW) array.
    """
    ### BEGIN SOLUTION
    filters = len(weight)
    product = weight.reshape(filters, -1) @ im2col(x, weight.shape[2:], stride, padding, dilation)
    if bias is not None:
        product += np.reshape(bias, (filters, 1)).astype(product.dtype)
    return product.reshape(len(x), filters, *output_places(x.shape[2:], weight.shape[2:], stride, padding, dilation))
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_conv2d_gemm", "grade": true, "points": 4}
w = np.array([[2, 0, 1], [0, 1, 2], [1, 0, 2]])[None, None]
expect("chapter 1's example", conv2d_gemm(x, w), [[[[15, 16], [6, 15]]]])
expect("with bias 3", conv2d_gemm(x, w, np.array([3])), [[[[18, 19], [9, 18]]]])
deep = np.stack([np.arange(9).reshape(3, 3), np.arange(1, 10).reshape(3, 3)])[None]
taps = np.stack([np.arange(4).reshape(2, 2), np.arange(1, 5).reshape(2, 2)])[None]
expect("chapter 4's two channels", conv2d_gemm(deep, taps), [[[[56, 72], [104, 120]]]])
both, bank = np.concatenate([deep, -deep]), np.concatenate([taps, 10 * taps])
maps = np.array([[[56, 72], [104, 120]], [[560, 720], [1040, 1200]]])
expect("two images keep apart", conv2d_gemm(both, bank), np.stack([maps, -maps]))
recorded("im2col", "conv2d_gemm", conv2d_gemm)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("im2col.conv2d_gemm", conv2d_gemm)
### END HIDDEN TESTS

# %% [markdown]
# ## No copy of the windows
#
# The columns hold most pixels $k_H k_W$ times. A view holds none of them again: it is the padded image with other
# strides, in bytes, one axis for each of the six indices. `np.lib.stride_tricks.sliding_window_view` makes it.
#
# Only numbers are asked for here, and memory: at no time may your function hold all windows. A third of what they would
# fill in float64 is the limit of the tests.

# %% [markdown]
# <details><summary>Hint 1: the view</summary>
#
# Ask for windows along the last two axes of the padded images. What shape comes back, and which of its axes does the
# stride thin out, which the dilation?
#
# <details><summary>Hint 2: dilation</summary>
#
# A dilated window spans d * (k - 1) + 1 pixels: take the view for that span. If "less than a third of the windows"
# fails and the numbers are right, something copies the view: `reshape`, `np.tensordot`, and einsum's `optimize=True`
# do.
#
# <details><summary>Hint 3: shapes to fill in</summary>
#
# padded (2, 3, 7, 9), weight (4, 3, 2, 2), stride (2, 1), dilation (1, 3):
#
# | array | shape |
# | --- | --- |
# | windows of (2, 4) along the last two axes | (2, 3, 6, 6, ?, ?) |
# | every second row of windows | (2, 3, ?, 6, 2, 4) |
# | every third pixel along a window's row | (2, 3, ?, 6, 2, ?) |
# | the answer: a sum over three of these six axes | (2, ?, ?, 6) |
#
# </details></details></details>


# %% nbgrader={"grade_id": "conv2d_strided_view", "solution": true}
def conv2d_strided_view(x, weight, bias=None, stride=1, padding=0, dilation=1):
    """Chapter 4's convolution on a view of the windows, without a copy of them.

    Args:
        x: (N, C, H, W) array, the images.
        weight: (F, C, kH, kW) array, the filters.
        bias: (F,) array, or None for no bias.
        stride: int, or pair (row, column) of ints.
        padding: int, or pair (row, column) of ints: zeros added at each end of an axis.
        dilation: int, or pair (row, column) of ints.

    Returns:
        (N, F, oH, oW) array.
    """
    ### BEGIN SOLUTION
    (s_h, s_w), (p_h, p_w), (d_h, d_w) = pair(stride), pair(padding), pair(dilation)
    spans = d_h * (weight.shape[2] - 1) + 1, d_w * (weight.shape[3] - 1) + 1
    padded = np.pad(x, ((0, 0), (0, 0), (p_h, p_h), (p_w, p_w)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, spans, axis=(2, 3))
    y = np.einsum("nchwuv,fcuv->nfhw", windows[:, :, ::s_h, ::s_w, ::d_h, ::d_w], weight)
    return y if bias is None else y + np.reshape(bias, (1, -1, 1, 1)).astype(y.dtype)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_conv2d_strided_view", "grade": true, "points": 4}
expect("chapter 1's example", conv2d_strided_view(x, w), [[[[15, 16], [6, 15]]]])
expect("stride 2, padding 1", conv2d_strided_view(x, w, None, 2, 1), [[[[7, 10], [10, 15]]]])
large, bank = np.ones((1, 8, 40, 42)), np.ones((2, 8, 5, 5))
windows_in_bytes = 36 * 38 * 8 * 5 * 5 * 8
taken = peak_bytes(conv2d_strided_view, large, bank)
print(f"all windows: {windows_in_bytes} bytes; your function took {taken}")
expect("less than a third of the windows", taken < windows_in_bytes / 3, True)
recorded("im2col", "conv2d_gemm", conv2d_strided_view)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("im2col.conv2d_strided_view", conv2d_strided_view)
### END HIDDEN TESTS

# %% [markdown]
# ## A product of spectra
#
# This one is optional: it has no points, and its tests tell you all the same whether it is right.
#
# The discrete Fourier transform turns a circular convolution into a product, frequency by frequency. With the conjugate
# of the filter's spectrum it becomes a circular cross-correlation:
#
# $$\hat{y}_{n,f} = \sum_{c} \hat{x}_{n,c}\; \overline{\hat{w}_{f,c}}$$
#
# `numpy.fft` is all that you need: `rfft2` of the padded images and of the filters, both of one size, and `irfft2`.

# %% [markdown]
# <details><summary>Hint 1: one size for both</summary>
#
# The two spectra must have the same shape, so the filter is filled up with zeros to the padded image's size: `rfft2`
# does it when you give it `s=`. Write a dilated filter with its gaps first.
#
# <details><summary>Hint 2: which outputs are right</summary>
#
# A circular window wraps around only where it hangs over the end. If "chapter 2's example, padding 1" has wrong
# numbers at one border, you kept windows that wrap. If "a row of odd width" fails, `irfft2` was not told the width.
#
# <details><summary>Hint 3: shapes to fill in</summary>
#
# padded (2, 3, 7, 9), weight (4, 3, 2, 2), dilation (1, 3), stride (2, 1):
#
# | array | shape |
# | --- | --- |
# | a filter with its gaps written out | (4, 3, ?, ?) |
# | both spectra | (., 3, 7, ?) |
# | their product, summed over the channels | (2, 4, 7, ?) |
# | back in pixels | (2, 4, ?, ?) |
# | rows and columns whose windows are whole | (2, 4, ?, ?) |
# | after the stride | (2, 4, ?, ?) |
#
# </details></details></details>


# %% nbgrader={"grade_id": "conv2d_fft", "solution": true}
def conv2d_fft(x, weight, bias=None, stride=1, padding=0, dilation=1):
    """Chapter 4's convolution through the fast Fourier transform.

    Args:
        x: (N, C, H, W) array, the images.
        weight: (F, C, kH, kW) array, the filters.
        bias: (F,) array, or None for no bias.
        stride: int, or pair (row, column) of ints.
        padding: int, or pair (row, column) of ints: zeros added at each end of an axis.
        dilation: int, or pair (row, column) of ints.

    Returns:
        (N, F, oH, oW) array of real numbers.
    """
    ### BEGIN SOLUTION
    (s_h, s_w), (p_h, p_w), (d_h, d_w) = pair(stride), pair(padding), pair(dilation)
    padded = np.pad(x, ((0, 0), (0, 0), (p_h, p_h), (p_w, p_w)))
    spans = d_h * (weight.shape[2] - 1) + 1, d_w * (weight.shape[3] - 1) + 1
    spread = np.zeros((*weight.shape[:2], *spans), weight.dtype)
    spread[..., ::d_h, ::d_w] = weight
    size = padded.shape[2:]
    images, filters = np.fft.rfft2(padded), np.fft.rfft2(spread, s=size)
    product = images.transpose(2, 3, 0, 1) @ filters.conj().transpose(2, 3, 1, 0)
    every = np.fft.irfft2(product.transpose(2, 3, 0, 1), s=size)
    y = every[:, :, : size[0] - spans[0] + 1 : s_h, : size[1] - spans[1] + 1 : s_w]
    return y if bias is None else y + np.reshape(bias, (1, -1, 1, 1)).astype(y.dtype)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_conv2d_fft", "grade": true, "points": 0}
expect("chapter 1's example", conv2d_fft(x, w), [[[[15, 16], [6, 15]]]])
padded_answer = [[[[7, 12, 10, 2], [4, 15, 16, 10], [10, 6, 15, 6], [8, 10, 4, 3]]]]
expect("chapter 2's example, padding 1", conv2d_fft(x, w, padding=1), padded_answer)
row, taps = np.array([1, 2, 3, 4, 5]).reshape(1, 1, 1, 5), np.array([1, 0, -1]).reshape(1, 1, 1, 3)
expect("a row of odd width", conv2d_fft(row, taps), [[[[-2, -2, -2]]]])
expect("stride 2 and a bias", conv2d_fft(row, taps, np.array([10]), (1, 2)), [[[[8, 8]]]])
recorded("im2col", "conv2d_fft", conv2d_fft)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("im2col.conv2d_fft", conv2d_fft)
### END HIDDEN TESTS
