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
# # 8 · Backward
#
# A network learns from gradients. You first write a tool that says whether a gradient is right, without knowing any
# calculus. Then you send gradients back through a convolution and through two pools, and your own tool judges them.
# Read chapter 8 of the book first; it works out most of the numbers that the tests below use.
#
# Write NumPy. `numpy` and `matplotlib` are all that you may import. Replace each `raise NotImplementedError()`,
# run the test cell below it, and read what it says. The hidden tests ask the same functions for other sizes.

# %% tags=["setup"]
import numpy as np
from check import expect, recorded


# %% [markdown]
# ## A judge: the gradient without calculus
#
# $$\frac{\partial f}{\partial x_k} \approx \frac{f(x + \varepsilon e_k) - f(x - \varepsilon e_k)}{2 \varepsilon}$$
#
# Here $e_k$ is 1 at entry $k$ and 0 elsewhere. `f` takes an array of the shape of `x` and returns a number. It is
# slow, two calls for each entry, and it knows nothing of what you derived: that is what makes it a judge.

# %% [markdown]
# <details><summary>Hint 1: one entry</summary>
#
# Copy x, move one entry by eps, and call f. What else do you need?
#
# <details><summary>Hint 2: any shape</summary>
#
# `np.ndindex(x.shape)` goes through all indices of an array, however many axes it has. If "cubes at 2 and -1, a step
# of 1/2" gives 15.25 first, you step to one side only. If "whole numbers" gives 15 first, an array of ints has cut your
# steps off.
#
# <details><summary>Hint 3: a trace to fill in</summary>
#
# f sums the cubes, x = [2, -1], eps = 1/2:
#
# | entry | x moved up | f | x moved down | f | slope |
# | --- | --- | --- | --- | --- | --- |
# | 0 | [2.5, -1] | 14.625 | [1.5, -1] | ? | ? |
# | 1 | [?, ?] | ? | [2, -1.5] | 4.625 | 3.25 |
#
# What must be true of entry 0 before entry 1 is moved? And of the array that the caller gave?
#
# </details></details></details>


# %% nbgrader={"grade_id": "numerical_gradient", "solution": true}
def numerical_gradient(f, x, eps=1e-6):
    """The central difference of f at x, entry by entry.

    Args:
        f: function that takes an array of x's shape and returns a number.
        x: array of any shape; it is left as it is.
        eps: float, the step to either side.

    Returns:
        array of x's shape.
    """
    ### BEGIN SOLUTION
    moved = x.astype(float)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        middle = moved[index]
        moved[index] = middle + eps
        upper = f(moved)
        moved[index] = middle - eps
        gradient[index] = (upper - f(moved)) / (2 * eps)
        moved[index] = middle
    return gradient
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_numerical_gradient", "grade": true, "points": 3}
expect(
    "cubes at 2 and -1, a step of 1/2",
    numerical_gradient(lambda a: (a**3).sum(), np.array([2.0, -1.0]), 0.5),
    [12.25, 3.25],
)
product = numerical_gradient(lambda a: a[0, 0] * a[0, 1] * a[1, 0] / 2, np.array([[2, 3], [5, 7]]), 0.25)
expect("whole numbers", product, [[7.5, 5.0], [3.0, 0.0]])
kept = np.array([[0.1, 0.2, 0.3]])
numerical_gradient(lambda a: (a**2).sum(), kept)
expect("x is left as it is", bool((kept == [[0.1, 0.2, 0.3]]).all()), True)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("backward.numerical_gradient", numerical_gradient)
### END HIDDEN TESTS

# %% [markdown]
# ## Which one is wrong?
#
# `f` takes several arrays by name, as `f(**values)`, and `grads` holds the gradient that you derived for some of them
# or all. For each name in `grads`, compare every entry $a$ of it with the numerical gradient $n$:
#
# $$e = \frac{|a - n|}{\max(|a|,\; |n|,\; \text{floor})}$$
#
# The answer is a dict: for each name in `grads` a tuple `(passed, error, index)`.
#
# - `error` is the largest $e$, and `passed` says whether it is at most `tolerance`.
# - `index` is the place of the largest $e$, a tuple with one whole number for each axis; `None` if the check is passed.
# - If the gradient has not the shape of its array, the answer is `(False, np.inf, None)`.
# - An entry $a$ that is not finite (nan or infinite) has the error `np.inf`.

# %% [markdown]
# <details><summary>Hint 1: one name at a time</summary>
#
# `numerical_gradient` wants a function of one array. Make one that holds the others still:
# `lambda a: f(**{**values, name: a})`.
#
# <details><summary>Hint 2: entry by entry</summary>
#
# `np.maximum` takes the larger of two arrays; apply it twice. If "another shape" fails, compare shapes before numbers:
# NumPy stretches what it can. If "its error" passes and "its place" fails, see what `np.argmax` counts.
#
# <details><summary>Hint 3: a trace to fill in</summary>
#
# One name, a gradient a of (2, 2), its central differences n, floor 0.001:
#
# | entry | a | n | divisor | e |
# | --- | --- | --- | --- | --- |
# | (0, 0) | 4 | 4 | 4 | 0 |
# | (1, 0) | -4 | -8 | ? | 0.5 |
# | (1, 1) | 0 | 1e-9 | ? | ? |
#
# Which e is reported, and what is the third part of the answer when the check is passed? An a that is nan has no e:
# what takes its place?
#
# </details></details></details>


# %% nbgrader={"grade_id": "gradient_check", "solution": true}
def gradient_check(f, values, grads, eps=1e-6, tolerance=1e-5, floor=1e-3):
    """Compares gradients with central differences, and says which is wrong and where.

    Args:
        f: function that is called as f(**values) and returns a number.
        values: dict of arrays by name; they are left as they are.
        grads: dict of arrays by name, the gradients to check; a name of values may be missing.
        eps: float, the step of the central difference.
        tolerance: float, the largest relative error that passes.
        floor: float, the smallest number that a difference is divided by.

    Returns:
        dict by name of tuples (passed, error, index): bool, float, and a tuple of ints or None.
    """
    ### BEGIN SOLUTION
    verdicts = {}
    for name, analytic in grads.items():
        if analytic.shape != values[name].shape:
            verdicts[name] = (False, np.inf, None)
            continue
        numeric = numerical_gradient(lambda a, name=name: f(**{**values, name: a}), values[name], eps)
        largest = np.maximum(np.maximum(np.abs(analytic), np.abs(numeric)), floor)
        finite = np.isfinite(analytic)
        errors = np.where(
            finite, np.abs(np.where(finite, analytic, 0) - numeric) / np.where(finite, largest, 1), np.inf
        )
        index = tuple(int(i) for i in np.unravel_index(errors.argmax(), errors.shape))
        passed = bool(errors[index] <= tolerance)
        verdicts[name] = (passed, float(errors[index]), None if passed else index)
    return verdicts
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_gradient_check", "grade": true, "points": 4}
a, b = np.array([[1.0, 2], [-1, 3]]), np.array([[2.0, 1], [4, -2]])
f = lambda a, b: (a**2 * b).sum()  # noqa: E731
right = {"a": 2 * a * b, "b": a**2}
wrong = {"a": right["a"].copy(), "b": right["b"].copy()}
wrong["a"][1, 0] = -4
verdicts = gradient_check(f, {"a": a, "b": b}, wrong, eps=0.25)
expect("the wrong one is named", verdicts["a"][0], False)
expect("its error", verdicts["a"][1], 0.5)
expect("its place", verdicts["a"][2], (1, 0))
expect("the right one passes", verdicts["b"][0], True)
expect("the right one has no place", verdicts["b"][2] is None, True)
shaped = gradient_check(f, {"a": a, "b": b}, {"b": right["b"][None]})
expect("another shape", (shaped["b"][0], shaped["b"][1] == np.inf, shaped["b"][2]) == (False, True, None), True)
expect("only what is asked for", sorted(shaped) == ["b"], True)
loose = gradient_check(f, {"a": a, "b": b}, wrong, eps=0.25, tolerance=0.5)
expect("an error as large as the tolerance passes", loose["a"], (True, 0.5, None))
unknown = {"a": right["a"].copy(), "b": right["b"].copy()}
unknown["a"][0, 1], unknown["b"][1, 1] = np.nan, np.inf
poisoned = gradient_check(f, {"a": a, "b": b}, unknown, eps=0.25)
expect("nan is infinitely wrong, and has a place", tuple(poisoned["a"]) == (False, np.inf, (0, 1)), True)
expect("and so is infinity", tuple(poisoned["b"]) == (False, np.inf, (1, 1)), True)
floored = gradient_check(f, {"a": a, "b": b}, wrong, eps=0.25, floor=16.0)
expect("a floor above both makes the error smaller", floored["a"][1], 0.25)
twice = {"a": right["a"].copy(), "b": right["b"].copy()}
twice["a"][1, 1], twice["b"][0, 0], twice["b"][1, 1] = -24, 0.5, 7.5
doubled = gradient_check(f, {"a": a, "b": b}, twice, eps=0.25)
expect("twice as large is half wrong", doubled["a"], (False, 0.5, (1, 1)))
expect("half of 1 is worse than 7.5 for 9", doubled["b"][2], (0, 0))
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("backward.gradient_check", gradient_check)
### END HIDDEN TESTS


# %%
def pair(value):
    """(row, column): an int stands for both axes."""
    return (value, value) if np.ndim(value) == 0 else tuple(value)


# %% [markdown]
# ## Back through a convolution
#
# Let $g = \partial L / \partial y$ be the gradient that arrives at the output of `conv2d(x, weight, bias, ...)`. With
# $\tilde{x}$ for the padded image, tap $(u, v)$ of filter $f$ met pixel $(i s_H + u d_H,\; j s_W + v d_W)$, and so
#
# $$\frac{\partial L}{\partial \tilde{x}_{n,c,a,b}} = \sum_{f,i,j,u,v\ \text{that meet}\ (a,b)} g_{n,f,i,j}\;
# w_{f,c,u,v}
# \qquad
# \frac{\partial L}{\partial w_{f,c,u,v}} = \sum_{n,i,j} g_{n,f,i,j}\; \tilde{x}_{n,\,c,\,i s_H + u d_H,\; j s_W + v
# d_W}
# \qquad
# \frac{\partial L}{\partial b_f} = \sum_{n,i,j} g_{n,f,i,j}$$
#
# The gradient of $x$ is that of $\tilde{x}$ without its border. Each gradient has the shape of what it belongs to.

# %% [markdown]
# <details><summary>Hint 1: the easy ones first</summary>
#
# The bias was added to every output of its filter. Which axes of grad_output have to go? Then do stride 1 and no
# padding with loops over the output's rows and columns: cut the window out, and ask what it sends to the filter and
# what the filter sends to it.
#
# <details><summary>Hint 2: one slice for each tap</summary>
#
# In chapter 4 you took, for each tap, the slice of the padded image that the tap meets in all windows. The same slice
# serves twice. If the judge passes weight and bias and finds x wrong, see whether you add into x, and what is cut off
# at the border.
#
# <details><summary>Hint 3: shapes to fill in</summary>
#
# x (2, 2, 4, 5), weight (3, 2, 3, 2), stride (2, 3), padding (1, 2), so grad_output is (2, 3, 2, 3):
#
# | array | shape |
# | --- | --- |
# | the padded image, and the gradient that you add up in | (2, 2, ?, ?) |
# | the slice that a tap meets | (2, 2, ?, ?) |
# | what it sends to grad_weight[:, :, u, v]: a sum over three axes | (?, ?) |
# | what grad_output sends to the slice: a sum over the filters | (2, ?, ?, ?) |
# | the part that is x's, from row 1 and column 2 on | (2, 2, ?, ?) |
#
# </details></details></details>


# %% nbgrader={"grade_id": "conv2d_backward", "solution": true}
def conv2d_backward(grad_output, x, weight, stride=1, padding=0, dilation=1):
    """The gradients of a loss by what went into conv2d(x, weight, bias, stride, padding, dilation).

    Args:
        grad_output: (N, F, oH, oW) array, the loss's gradient by the convolution's output.
        x: (N, C, H, W) array, the images.
        weight: (F, C, kH, kW) array, the filters.
        stride: int, or pair (row, column) of ints.
        padding: int, or pair (row, column) of ints: zeros at each end of an axis.
        dilation: int, or pair (row, column) of ints.

    Returns:
        tuple of three arrays: grad_x (N, C, H, W), grad_weight (F, C, kH, kW), grad_bias (F,).
    """
    ### BEGIN SOLUTION
    (s_h, s_w), (p_h, p_w), (d_h, d_w) = pair(stride), pair(padding), pair(dilation)
    height, width = x.shape[2:]
    out_h, out_w = grad_output.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (p_h, p_h), (p_w, p_w)))
    grad_padded = np.zeros(padded.shape)
    grad_weight = np.zeros(weight.shape)
    for u in range(weight.shape[2]):
        for v in range(weight.shape[3]):
            top, left = u * d_h, v * d_w
            met = (..., slice(top, top + s_h * out_h, s_h), slice(left, left + s_w * out_w, s_w))
            grad_weight[:, :, u, v] = np.einsum("nfij,ncij->fc", grad_output, padded[met])
            grad_padded[met] += np.einsum("nfij,fc->ncij", grad_output, weight[:, :, u, v])
    grad_x = grad_padded[:, :, p_h : p_h + height, p_w : p_w + width]
    return grad_x, grad_weight, grad_output.sum(axis=(0, 2, 3))
    ### END SOLUTION


# %% [markdown]
# Ask your judge before you ask the tests: it needs no numbers of ours. `conv2d`, `max_pool2d` and `avg_pool2d` are
# those of chapters 4 and 6, from `earlier.py`; put your own in their place if you like. Each line should say `True`; a
# `False` comes with the largest error and its place. These cells are not graded.

# %%
from earlier import avg_pool2d, conv2d, max_pool2d


def judge(f, values, grads):
    """Prints what your `gradient_check` says of each gradient."""
    for name, verdict in gradient_check(f, values, grads).items():
        print(f"{name:7}", *verdict)


def judge_convolution():
    """Stride, padding and sizes all differ, so that no two of them can be mixed up."""
    rng = np.random.default_rng(8)
    values = {"x": rng.normal(size=(2, 2, 4, 5)), "weight": rng.normal(size=(3, 2, 3, 2)), "bias": rng.normal(size=3)}
    options = {"stride": (2, 3), "padding": (1, 2)}
    g = rng.normal(size=conv2d(**values, **options).shape)
    derived = conv2d_backward(g, values["x"], values["weight"], **options)
    judge(lambda **some: (g * conv2d(**some, **options)).sum(), values, dict(zip(values, derived, strict=True)))


judge_convolution()

# %% nbgrader={"grade_id": "test_conv2d_backward", "grade": true, "points": 6}
x = np.array([[1.0, 2, 3, 0], [0, 1, 2, 3], [3, 0, 1, 2], [2, 3, 0, 1]])[None, None]
w = np.array([[2.0, 0, 1], [0, 1, 2], [1, 0, 2]])[None, None]
ones = np.ones((1, 1, 2, 2))
grad_x, grad_w, grad_b = conv2d_backward(ones, x, w)
expect("four windows, overlaps add", grad_x, [[[[2, 2, 1, 1], [2, 3, 4, 3], [1, 2, 5, 4], [1, 1, 2, 2]]]])
expect("each tap adds up what it met", grad_w, [[[[4, 8, 8], [4, 4, 8], [8, 4, 4]]]])
expect("the bias is in every output", grad_b, [4.0])
one = np.zeros((1, 1, 2, 2))
one[0, 0, 0, 1] = 10
expect("one window stamps the filter", conv2d_backward(one, x, w)[0][0, 0, :3, 1:], 10 * w[0, 0])
expect(
    "stride 3 leaves two rows over", conv2d_backward(ones, np.ones((1, 1, 8, 6)), w, 3)[0][0, 0, 6:], np.zeros((2, 6))
)
expect("padding 1 has x's shape", np.shape(conv2d_backward(np.ones((1, 1, 4, 4)), x, w, 1, 1)[0]), (1, 1, 4, 4))
recorded("backward", "conv2d_backward", conv2d_backward)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("backward.conv2d_backward", conv2d_backward)
### END HIDDEN TESTS

# %% [markdown]
# ## Back through a maximum
#
# An output equals one pixel of its window, so its gradient goes to that pixel whole, and to no other. Where the maximum
# occurs more than once in a window, the first one in row-major order gets it all; that is torch's rule. A pixel that is
# the maximum of several windows gets the sum.

# %% [markdown]
# <details><summary>Hint 1: one window</summary>
#
# Flatten the window. `np.argmax` says where the first of its largest numbers stands. `divmod` by the window's width
# turns that into a row and a column.
#
# <details><summary>Hint 2: all images and channels at once</summary>
#
# Loop over the output's rows and columns only. If "a maximum shared by four windows" gives 1, you write where you
# should add; if "all equal" fails with more than one winner a window, ask for the first maximum, not for all.
#
# <details><summary>Hint 3: shapes to fill in</summary>
#
# x (2, 3, 5, 6), windows (3, 2), padding (1, 0). For one place (i, j) of the output:
#
# | array | shape |
# | --- | --- |
# | the padded image | (2, 3, ?, 6) |
# | the window, and the same as rows | (2, 3, 3, 2) and (2, 3, ?) |
# | the place of the first maximum in each row | (?, ?) |
# | 1 at that place and 0 elsewhere | (2, 3, ?) |
# | times grad_output[:, :, i, j], as a window again | (2, 3, ?, ?) |
#
# What stands in the border, so that it never wins?
#
# </details></details></details>


# %% nbgrader={"grade_id": "max_pool2d_backward", "solution": true}
def max_pool2d_backward(grad_output, x, kernel_size, stride=None, padding=0):
    """The gradient of a loss by what went into max_pool2d(x, kernel_size, stride, padding).

    Args:
        grad_output: (N, C, oH, oW) array, the loss's gradient by the pool's output.
        x: (N, C, H, W) array, the images.
        kernel_size: int, or pair (row, column) of ints.
        stride: int, or pair (row, column) of ints; None takes kernel_size.
        padding: int, or pair (row, column) of ints, at most half of the kernel size.

    Returns:
        (N, C, H, W) array.
    """
    ### BEGIN SOLUTION
    (k_h, k_w), (s_h, s_w) = pair(kernel_size), pair(kernel_size if stride is None else stride)
    p_h, p_w = pair(padding)
    images, channels, height, width = x.shape
    border = ((0, 0), (0, 0), (p_h, p_h), (p_w, p_w))
    padded = np.pad(x.astype(float), border, constant_values=-np.inf)
    grad_padded = np.zeros(padded.shape)
    for i in range(grad_output.shape[2]):
        for j in range(grad_output.shape[3]):
            place = (..., slice(i * s_h, i * s_h + k_h), slice(j * s_w, j * s_w + k_w))
            first = padded[place].reshape(images, channels, -1).argmax(axis=-1)
            chosen = np.arange(k_h * k_w) == first[..., None]
            share = chosen.reshape(images, channels, k_h, k_w) * grad_output[:, :, i, j, None, None]
            grad_padded[place] += share
    return grad_padded[:, :, p_h : p_h + height, p_w : p_w + width]
    ### END SOLUTION


# %% [markdown]
# The judge again. Its x holds no number twice: at a tie a maximum has no slope for it to find.


# %%
def judge_maximum():
    """Windows overlap, and reach into the padding."""
    rng = np.random.default_rng(9)
    x = rng.permutation(np.arange(48.0)).reshape(2, 1, 4, 6) / 10
    h = rng.normal(size=max_pool2d(x, (3, 2), (2, 1), (1, 0)).shape)
    grad_x = max_pool2d_backward(h, x, (3, 2), (2, 1), (1, 0))
    judge(lambda x: (h * max_pool2d(x, (3, 2), (2, 1), (1, 0))).sum(), {"x": x}, {"x": grad_x})


judge_maximum()

# %% nbgrader={"grade_id": "test_max_pool2d_backward", "grade": true, "points": 4}
peak = np.zeros((1, 1, 3, 3))
peak[0, 0, 1, 1] = 9
expect("a maximum shared by four windows", max_pool2d_backward(ones, peak, 2, 1), [[[[0, 0, 0], [0, 4, 0], [0, 0, 0]]]])
corners = [[[[1, 0, 1, 0], [0, 0, 0, 0], [1, 0, 1, 0], [0, 0, 0, 0]]]]
expect("all equal", max_pool2d_backward(ones, np.zeros((1, 1, 4, 4)), 2), corners)
g = np.array([[1.0, 10], [100, 1000]])[None, None]
first = [[[[0, 1, 10, 0], [0, 0, 0, 0], [100, 0, 0, 1000], [0, 0, 0, 0]]]]
expect("chapter 1's image: the first of a tie", max_pool2d_backward(g, x, 2), first)
below = max_pool2d_backward(ones, -x - 1, 3, 2, 1)
expect("all negative, padded: nothing is lost", float(below.sum()), np.array(4.0))
lowest = max_pool2d_backward(np.ones((1, 1, 1, 1)), np.full((1, 1, 1, 1), -1e12), 3, 1, 1)
expect("however low a number is, padding gets nothing", lowest, [[[[1]]]])
recorded("backward", "max_pool2d_backward", max_pool2d_backward)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("backward.max_pool2d_backward", max_pool2d_backward)
### END HIDDEN TESTS

# %% [markdown]
# ## Back through a mean
#
# Each pixel of a window entered the mean with the factor $1/m$, so each gets $g/m$ back. The values of the image play
# no part; its shape is enough. With `count_include_pad=True`, $m$ is $k_H k_W$; with `False` it is the number of the
# window's places inside the image, as in chapter 6.

# %% [markdown]
# <details><summary>Hint 1: no argmax</summary>
#
# Take your function for the maximum. What does each place of the window get now?
#
# <details><summary>Hint 2: the shape</summary>
#
# There is no x to pad: make an array of zeros of the padded size. If "padding counted" passes and "padding not counted"
# fails, look at the divisor of the windows in the corners.
#
# <details><summary>Hint 3: a table to fill in</summary>
#
# input_shape (1, 1, 3, 3), windows 3 × 3, stride 2, padding 1, grad_output all 1:
#
# | window | places inside | each of them gets, counted | not counted |
# | --- | --- | --- | --- |
# | top left | 4 | 1/9 | ? |
# | top right | ? | ? | 1/4 |
#
# A pixel in the middle lies in all four windows. What does it get in each case?
#
# </details></details></details>


# %% nbgrader={"grade_id": "avg_pool2d_backward", "solution": true}
def avg_pool2d_backward(grad_output, input_shape, kernel_size, stride=None, padding=0, count_include_pad=True):
    """The gradient of a loss by what went into avg_pool2d(x, kernel_size, stride, padding, count_include_pad).

    Args:
        grad_output: (N, C, oH, oW) array, the loss's gradient by the pool's output.
        input_shape: tuple of ints (N, C, H, W), the shape of x.
        kernel_size: int, or pair (row, column) of ints.
        stride: int, or pair (row, column) of ints; None takes kernel_size.
        padding: int, or pair (row, column) of ints, at most half of the kernel size: zeros at each end of an axis.
        count_include_pad: bool, whether padded places counted in the divisor.

    Returns:
        (N, C, H, W) array.
    """
    ### BEGIN SOLUTION
    (k_h, k_w), (s_h, s_w) = pair(kernel_size), pair(kernel_size if stride is None else stride)
    p_h, p_w = pair(padding)
    images, channels, height, width = input_shape
    inside = np.pad(np.ones((height, width)), ((p_h, p_h), (p_w, p_w)))
    grad_padded = np.zeros((images, channels, *inside.shape))
    for i in range(grad_output.shape[2]):
        for j in range(grad_output.shape[3]):
            window = (slice(i * s_h, i * s_h + k_h), slice(j * s_w, j * s_w + k_w))
            count = k_h * k_w if count_include_pad else inside[window].sum()
            grad_padded[(..., *window)] += grad_output[:, :, i, j, None, None] / count
    return grad_padded[:, :, p_h : p_h + height, p_w : p_w + width]
    ### END SOLUTION


# %%
def judge_mean():
    """Both ways of counting, over windows that overlap and reach into the padding."""
    rng = np.random.default_rng(10)
    x = rng.normal(size=(1, 2, 4, 5))
    for count in (True, False):
        options = {"kernel_size": (3, 2), "stride": (2, 1), "padding": (1, 0), "count_include_pad": count}
        g = rng.normal(size=avg_pool2d(x, **options).shape)
        grad_x = avg_pool2d_backward(g, x.shape, **options)
        judge(lambda x, g=g, options=options: (g * avg_pool2d(x, **options)).sum(), {"x": x}, {"x": grad_x})


judge_mean()

# %% nbgrader={"grade_id": "test_avg_pool2d_backward", "grade": true, "points": 3}
quarter = [[[[0.25, 0.5, 0.25], [0.5, 1, 0.5], [0.25, 0.5, 0.25]]]]
expect("four overlapping windows", avg_pool2d_backward(ones, (1, 1, 3, 3), 2, 1), quarter)
nine = np.full((1, 1, 1, 1), 9.0)
expect("padding counted", avg_pool2d_backward(nine, (1, 1, 2, 2), 3, 2, 1), [[[[1, 1], [1, 1]]]])
counted = avg_pool2d_backward(ones, (1, 1, 3, 3), 3, 2, 1, count_include_pad=False)
expect("padding not counted", counted, [[[[0.25, 0.5, 0.25], [0.5, 1, 0.5], [0.25, 0.5, 0.25]]]])
recorded("backward", "avg_pool2d_backward", avg_pool2d_backward)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("backward.avg_pool2d_backward", avg_pool2d_backward)
### END HIDDEN TESTS
