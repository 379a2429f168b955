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
# # 10 · Batch normalization
#
# Fifty layers multiply fifty factors. You now write what keeps their product near 1: initial weights of the right size,
# and a layer that sets every channel's mean to 0 and its variance to 1, forward and backward. At the end you
# fold that layer away.
# Read chapter 10 of the book first; it works out most of the numbers that the tests below use.
#
# Write NumPy. `numpy` and `matplotlib` are all that you may import. Replace each `raise NotImplementedError()`,
# run the test cell below it, and read what it says. The hidden tests ask the same functions for other sizes.
#
# `earlier` lies beside this notebook and holds a working `conv2d`. If you have written your own, paste it below the
# import.

# %% tags=["setup"]
import numpy as np
from check import expect, recorded
from earlier import conv2d

# %% [markdown]
# ## Weights that neither fade nor explode
#
# An output adds up fan-in products, so its variance is fan-in times that of one product; a ReLU halves the second
# moment. The deviation that makes up for both is
#
# $$\sigma = \sqrt{\frac{2}{C\,k_H\,k_W}}$$
#
# Draw `rng.standard_normal(shape)` once, so that everyone gets the same numbers from the same generator, and scale.

# %% [markdown]
# <details><summary>Hint 1: what is the fan-in?</summary>
#
# How many numbers does one output add up? Which axes of the weight count them, and which axis does not?
#
# <details><summary>Hint 2: two kinds of shape</summary>
#
# If "18 inputs: deviation 1/3" passes and "a linear layer with 8 inputs: deviation 1/2" fails, your fan-in counts axes
# that only a convolution has.
#
# <details><summary>Hint 3: a table to fill in</summary>
#
# | shape | inputs of one output | deviation |
# | --- | --- | --- |
# | (4, 2, 3, 3) | 18 | 1/3 |
# | (5, 8) | ? | ? |
# | (6, 1, 1, 1) | ? | ? |
#
# Which axis is in none of the products?
#
# </details></details></details>


# %% nbgrader={"grade_id": "kaiming_normal", "solution": true}
def kaiming_normal(shape, rng):
    """Normal weights for a layer that a ReLU follows.

    Args:
        shape: (F, C, kH, kW) for filters, or (out, in) for a linear layer: tuple of ints.
        rng: np.random.Generator; draw from it once, with standard_normal.

    Returns:
        array of `shape` with mean 0 and deviation sqrt(2 / fan-in).
    """
    ### BEGIN SOLUTION
    fan_in = np.prod(shape[1:])
    return rng.standard_normal(shape) * np.sqrt(2 / fan_in)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_kaiming_normal", "grade": true, "points": 2}
draws = np.random.default_rng(0).standard_normal((2, 3, 2, 3))
expect("18 inputs: deviation 1/3", kaiming_normal((2, 3, 2, 3), np.random.default_rng(0)), draws / 3)
draws = np.random.default_rng(1).standard_normal((4, 8))
expect("a linear layer with 8 inputs: deviation 1/2", kaiming_normal((4, 8), np.random.default_rng(1)), draws / 2)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("batch_norm.kaiming_normal", kaiming_normal)
### END HIDDEN TESTS

# %% [markdown]
# ## Normalizing a channel
#
# With $m = N H W$ values of a channel, in training:
#
# $$\mu_c = \frac{1}{m}\sum x, \qquad \sigma_c^2 = \frac{1}{m}\sum (x - \mu_c)^2, \qquad
# y = \gamma_c\,\frac{x - \mu_c}{\sqrt{\sigma_c^2 + \epsilon}} + \beta_c$$
#
# The running statistics are kept for evaluation, as torch keeps them: `momentum` is the share of the new batch, and the
# running variance gets the unbiased estimate $\sigma_c^2\, m / (m - 1)$. In evaluation they take the place of
# $\mu_c$ and $\sigma_c^2$, and do not change. Torch writes the new ones into the old arrays. You return new arrays, and
# leave those that you are given as they are.

# %% [markdown]
# <details><summary>Hint 1: which axes?</summary>
#
# Each channel is normalized by itself, with everything that it holds in the batch. Which axes are summed over?
#
# <details><summary>Hint 2: broadcasting one number a channel</summary>
#
# `(C,)` beside `(N, C, H, W)` lines up with W: it needs two more axes behind its own. If "running variance, unbiased"
# fails, two variances are wanted and you used one; if "and leaves them alone" fails, the running ones move in
# evaluation.
#
# <details><summary>Hint 3: a table to fill in</summary>
#
# x (2, 3, 4, 5), momentum 0.1:
#
# | number | made of | one for | which division |
# | --- | --- | --- | --- |
# | mean | ? values | each of 3 channels | by 40 |
# | variance that normalizes | 40 values | ? | by ? |
# | variance that is kept | 40 values | ? | by ? |
# | new running mean | ? of the old, ? of the batch's | each channel | |
#
# </details></details></details>


# %% nbgrader={"grade_id": "batch_norm2d", "solution": true}
def batch_norm2d(x, running_mean, running_var, weight, bias, training=False, momentum=0.1, eps=1e-5):
    """Y = weight * (x - mean) / sqrt(var + eps) + bias, channel by channel.

    Args:
        x: (N, C, H, W) array.
        running_mean: (C,) array.
        running_var: (C,) array.
        weight: (C,) array, gamma.
        bias: (C,) array, beta.
        training: bool, whether to normalize with the batch's statistics; otherwise with the running ones.
        momentum: float, the share of the batch in the new running statistics.
        eps: float, added to the variance.

    Returns:
        y (N, C, H, W), and the running mean (C,) and running variance (C,) afterwards.
    """
    ### BEGIN SOLUTION
    mean, var = running_mean, running_var
    if training:
        mean, var = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
        unbiased = x.var(axis=(0, 2, 3), ddof=1)
        running_mean = (1 - momentum) * running_mean + momentum * mean
        running_var = (1 - momentum) * running_var + momentum * unbiased
    hat = (x - mean[:, None, None]) / np.sqrt(var + eps)[:, None, None]
    return weight[:, None, None] * hat + bias[:, None, None], running_mean, running_var
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_batch_norm2d", "grade": true, "points": 5}
x = np.array([[[[1.0, 3.0]], [[10.0, 30.0]]], [[[5.0, 7.0]], [[50.0, 70.0]]]])  # two images, two channels, 1x2
zeros, ones = np.zeros(2), np.ones(2)
before = np.zeros(2), np.ones(2)
y, mean, var = batch_norm2d(x, *before, ones, zeros, training=True, momentum=0.5, eps=0.0)
root = 5**0.5
row = [[[-3 / root, -1 / root]], [[-3 / root, -1 / root]]], [[[1 / root, 3 / root]], [[1 / root, 3 / root]]]
expect("both channels become the same", y, row)
expect("running mean, half old and half new", mean, [2.0, 20.0])
expect("running variance, unbiased", var, [0.5 + 0.5 * 20 / 3, 0.5 + 0.5 * 2000 / 3])
expect("the arrays that were given stay as they are", before, (zeros, ones))
y, mean, var = batch_norm2d(x, np.array([1.0, 10.0]), np.array([4.0, 400.0]), ones, zeros, eps=0.0)
expect("evaluation uses the running statistics", y[0, 0], [[0.0, 1.0]])
expect("and leaves them alone", mean, [1.0, 10.0])
recorded("batch_norm", "batch_norm2d", batch_norm2d)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("batch_norm.batch_norm2d", batch_norm2d)
### END HIDDEN TESTS

# %% [markdown]
# ## The gradient
#
# Every value moves the mean and the variance of its channel, and through them every output in it. With
# $\hat x = (x - \mu_c) / \sqrt{\sigma_c^2 + \epsilon}$ and $g = \gamma_c\, \partial L / \partial y$ the three paths
# add up to
#
# $$\frac{\partial L}{\partial x} = \frac{1}{\sqrt{\sigma_c^2 + \epsilon}}
# \Bigl(g - \operatorname{mean}(g) - \hat x \cdot \operatorname{mean}(g\,\hat x)\Bigr)$$
#
# where means are over the channel.

# %% [markdown]
# <details><summary>Hint 1: the two easy ones</summary>
#
# weight multiplies x̂ everywhere in its channel, bias is added everywhere. What do a channel's gradients do when one
# number is used m times?
#
# <details><summary>Hint 2: recompute</summary>
#
# You are not given mean and variance, but x: compute them again, as in training. If the gradients of weight and bias
# are right and x's is not, one of the three terms of the formula is missing, or not taken over the whole channel.
#
# <details><summary>Hint 3: shapes to fill in</summary>
#
# x (2, 3, 4, 5):
#
# | array | shape |
# | --- | --- |
# | mean and deviation, to go beside x | (1, 3, ?, ?) |
# | x̂ | (2, 3, 4, 5) |
# | the mean of g, and that of g · x̂ | (?, 3, ?, ?) |
# | gradient of weight: a sum of ? · ? | (3,) |
# | gradient of bias: a sum of ? | (3,) |
#
# </details></details></details>


# %% nbgrader={"grade_id": "batch_norm2d_backward", "solution": true}
def batch_norm2d_backward(grad_output, x, weight, eps=1e-5):
    """The gradients of batch_norm2d in training.

    Args:
        grad_output: (N, C, H, W) array, the loss's gradient at y.
        x: (N, C, H, W) array, what went in.
        weight: (C,) array, gamma.
        eps: float, added to the variance.

    Returns:
        the gradients of x (N, C, H, W), of weight (C,) and of bias (C,).
    """
    ### BEGIN SOLUTION
    axes = (0, 2, 3)
    deviation = np.sqrt(x.var(axis=axes, keepdims=True) + eps)
    hat = (x - x.mean(axis=axes, keepdims=True)) / deviation
    g = grad_output * weight[:, None, None]
    through_mean = g.mean(axis=axes, keepdims=True)
    through_variance = hat * (g * hat).mean(axis=axes, keepdims=True)
    grad_x = (g - through_mean - through_variance) / deviation
    return grad_x, (grad_output * hat).sum(axis=axes), grad_output.sum(axis=axes)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_batch_norm2d_backward", "grade": true, "points": 5}
x, root = np.array([1.0, 3.0, 5.0, 7.0]).reshape(1, 1, 2, 2), 5**0.5
g = np.array([1.0, 0.0, 0.0, 0.0]).reshape(1, 1, 2, 2)
grad_x, grad_weight, grad_bias = batch_norm2d_backward(g, x, np.ones(1), eps=0.0)
expect("one output pulls on all four inputs", grad_x.ravel() * root, [0.3, -0.4, -0.1, 0.2])
expect("weight's gradient is x̂ there", grad_weight, [-3 / root])
expect("bias's gradient", grad_bias, [1.0])
expect("a gradient that is equal everywhere moves nothing", batch_norm2d_backward(g * 0 + 2, x, np.ones(1))[0], x * 0)
recorded("batch_norm", "batch_norm2d_backward", batch_norm2d_backward)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("batch_norm.batch_norm2d_backward", batch_norm2d_backward)
### END HIDDEN TESTS

# %% [markdown]
# ## Folding it away
#
# After training, mean and variance are constants, and a convolution with a normalization behind it is one convolution.
#
# $$s_f = \frac{\gamma_f}{\sqrt{\sigma_f^2 + \epsilon}}, \qquad W'_f = s_f W_f, \qquad
# b'_f = (b_f - \mu_f)\, s_f + \beta_f$$

# %% [markdown]
# <details><summary>Hint 1: write both layers as one line</summary>
#
# y = γ (W·x + b − μ) / √(σ² + ε) + β. What is multiplied with x, and what is left?
#
# <details><summary>Hint 2: no bias</summary>
#
# `conv["bias"]` may be None. If "two filters of one tap" passes and "their biases" fails, see what is subtracted from
# the old bias, and what is scaled. If "without a bias" fails, see which number stands for a bias that is not there.
#
# <details><summary>Hint 3: shapes to fill in</summary>
#
# 4 filters over 3 channels, 2 × 5 taps:
#
# | array | shape |
# | --- | --- |
# | conv's weight | (4, 3, 2, 5) |
# | the scale s | (?,) |
# | s, to go beside the weight | (4, ?, ?, ?) |
# | the new bias: (old bias − ?) · s + ? | (?,) |
#
# </details></details></details>


# %% nbgrader={"grade_id": "fold_batch_norm", "solution": true}
def fold_batch_norm(conv, bn):
    """One convolution in place of a convolution and the batch normalization behind it.

    Args:
        conv: dict with "weight" (F, C, kH, kW) and "bias" (F,) or None.
        bn: dict with "weight", "bias", "running_mean" and "running_var", (F,) arrays each, and "eps", a float.

    Returns:
        the new weight (F, C, kH, kW) and bias (F,).
    """
    ### BEGIN SOLUTION
    scale = bn["weight"] / np.sqrt(bn["running_var"] + bn["eps"])
    old_bias = 0.0 if conv["bias"] is None else conv["bias"]
    return conv["weight"] * scale[:, None, None, None], (old_bias - bn["running_mean"]) * scale + bn["bias"]
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_fold_batch_norm", "grade": true, "points": 3}
conv = {"weight": np.array([2.0, 4.0]).reshape(2, 1, 1, 1), "bias": np.array([1.0, 0.0])}
bn = {"weight": np.array([3.0, 1.0]), "bias": np.array([0.5, 0.0]), "eps": 0.0}
bn |= {"running_mean": np.array([2.0, -1.0]), "running_var": np.array([9.0, 4.0])}
weight, bias = fold_batch_norm(conv, bn)
expect("two filters of one tap", weight.ravel(), [2.0, 2.0])
expect("their biases", bias, [-0.5, 0.5])
expect("conv is left as it is", (conv["weight"].ravel(), conv["bias"]), (np.array([2.0, 4.0]), np.array([1.0, 0.0])))
expect("without a bias", fold_batch_norm({**conv, "bias": None}, bn)[1], [-1.5, 0.5])
x = np.arange(12.0).reshape(1, 1, 3, 4)
both, _, _ = batch_norm2d(conv2d(x, conv["weight"], conv["bias"]), eps=0.0, **{k: bn[k] for k in bn if k != "eps"})
expect("one layer does what two did", conv2d(x, weight, bias), both)
recorded("batch_norm", "fold_batch_norm", fold_batch_norm)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("batch_norm.fold_batch_norm", fold_batch_norm)
### END HIDDEN TESTS
