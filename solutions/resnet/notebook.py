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
# # 12 · ResNet
#
# You now write the network that this course has been walking to: the sum, the shortcuts, three kinds of block, and a
# function that runs any ResNet from a file of trained weights. Then you send gradients back through a block, and train
# a small ResNet on digits. At the end, a ResNet-20 with 269,434 trained numbers sorts pictures of clothes in code that
# is all yours.
# Read chapter 12 of the book first; it works out most of the numbers that the tests below use.
#
# Write NumPy. `numpy` and `matplotlib` are all that you may import. Replace each `raise NotImplementedError()`,
# run the test cell below it, and read what it says. The hidden tests ask the same functions for other sizes.
#
# `earlier` lies beside this notebook and holds what earlier chapters built, in working order: a fast convolution
# (chapter 7's), batch normalization, ReLU, the pools and the linear layer, the gradients of all of these, chapter 8's
# judge, and chapter 9's loss and step. If you have written your own, paste them below the import.

# %% tags=["setup"]
import json

import matplotlib.pyplot as plt
import numpy as np
from check import expect, recorded
from earlier import (
    batch_norm2d,
    batch_norm2d_backward,
    conv2d_backward,
    conv2d_gemm,
    global_avg_pool2d,
    gradient_check,
    linear,
    linear_backward,
    max_pool2d,
    relu,
    relu_backward,
    sgd_momentum_step,
    softmax_cross_entropy,
)

# %% [markdown]
# ## Two helpers
#
# Trained weights come as a *state dict*: a dict from names to arrays, as torch saves it. A block's convolution `conv1`
# has the entry `conv1.weight`; a batch normalization `bn1` has four, `bn1.weight`, `bn1.bias`, `bn1.running_mean` and
# `bn1.running_var`. Other entries, such as `bn1.num_batches_tracked`, may be there and are not needed.
#
# These two read such names. Use them, or don't. Up to `resnet_forward` everything is *evaluation*: no statistics of a
# batch are taken.


# %%
def conv(x, state, name, stride=1):
    """Convolution `name` of the state: padding that keeps the size at stride 1, and no bias."""
    weight = state[f"{name}.weight"]
    return conv2d_gemm(x, weight, None, stride, weight.shape[2] // 2)


def norm(x, state, name):
    """Batch normalization `name` of the state, in evaluation."""
    parts = [state[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")]
    return batch_norm2d(x, *parts)[0]


# %% [markdown]
# ## The sum
#
# $$Y_{n,c,i,j} = X_{n,c,i,j} + F_{n,c,i,j}$$
#
# One plus sign would do, if NumPy did not stretch axes of size 1. A sum of unlike shapes is a mistake in the
# network: raise `ValueError`, and say in its message which shapes came.

# %% [markdown]
# <details><summary>Hint 1: what can go wrong in silence?</summary>
#
# `np.zeros((2, 3, 4, 5)) + np.zeros((2, 1, 4, 5))` gives an array. Should it?
#
# <details><summary>Hint 2: the comparison</summary>
#
# Shapes are tuples; tuples can be compared with `!=`. If "x is left as it is: a ReLU and the next block read it" fails,
# the sum was written into x; if "two maps and one map are refused" fails, NumPy stretched an axis.
#
# <details><summary>Hint 3: a table to fill in</summary>
#
# | x | f | answer |
# | --- | --- | --- |
# | (2, 3, 4, 5) | (2, 3, 4, 5) | an array of ? |
# | (2, 3, 4, 5) | (2, 1, 4, 5) | ? |
# | (2, 3, 4, 5) | (3, 4, 5) | ? |
#
# Which of these would NumPy add without a word?
#
# </details></details></details>


# %% nbgrader={"grade_id": "residual_add", "solution": true}
def residual_add(x, f):
    """The sum x + f, entry by entry, for arrays of one shape.

    Args:
        x: array of any shape, what came into the block.
        f: array, shaped as x, what the block's convolutions made of it.

    Returns:
        array, shaped as x.

    Raises:
        ValueError: the shapes differ; its message says both.
    """
    ### BEGIN SOLUTION
    if x.shape != f.shape:
        raise ValueError(f"cannot add shortcut and branch: expected one shape, got {x.shape} and {f.shape}")
    return x + f
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_residual_add", "grade": true, "points": 2}
x = np.array([[[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]])  # one image, two maps of 2x2
f = np.array([[[[0.0, -2.0], [1.0, 0.0]], [[-5.0, 1.0], [0.0, 2.0]]]])
expect("two maps and two maps", residual_add(x, f), [[[[1, 0], [4, 4]], [[0, 7], [7, 10]]]])
expect("x is left as it is: a ReLU and the next block read it", x[0, 0], [[1, 2], [3, 4]])
expect("f is left as it is", f[0, 0], [[0, -2], [1, 0]])
expect("F = 0 gives x", residual_add(x, 0 * x), x)
said = "no error"
try:
    residual_add(x, f[:, :1])
except ValueError as error:
    said = str(error)
expect("two maps and one map are refused", said != "no error", True)
digits = "".join(filter(str.isdigit, said))  # of (1, 2, 2, 2) and (1, 1, 2, 2), however you write them
expect("the error says which shapes came", "1222" in digits and "1122" in digits, True)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("resnet.residual_add", residual_add)
### END HIDDEN TESTS

# %% [markdown]
# ## Where shapes change
#
# The first block of a stage halves the maps and doubles the channels, and x no longer fits. Two ways to make it fit:
#
# - **Option A**: every `stride`-th pixel, `x[:, :, ::stride, ::stride]`, and zeros as the new channels, behind x's own.
#   No parameters.
# - **Option B**: a 1×1 convolution with that stride, then batch normalization. In the state dict the two are called
#   `downsample.0` and `downsample.1`.

# %% [markdown]
# <details><summary>Hint 1: option A's zeros</summary>
#
# `np.pad` takes (before, after) for each of the four axes. Only one of the eight numbers is not 0.
#
# <details><summary>Hint 2: option B in two calls</summary>
#
# `conv` and `norm` above take the names `"downsample.0"` and `"downsample.1"`. If "option B: 2x and 10 − 2x" has no
# negative numbers, a ReLU came behind it; if "option A: corners, then zeros" has the corners in the wrong map, the
# zeros are in front.
#
# <details><summary>Hint 3: shapes to fill in</summary>
#
# x (2, 3, 5, 6), channels 7, stride 2:
#
# | option | step | shape |
# | --- | --- | --- |
# | A | every second pixel | (2, 3, ?, ?) |
# | A | with ? maps of zeros behind | (2, ?, ?, ?) |
# | B | the 1×1 convolution | (2, ?, ?, ?) |
# | B | normalized | ? |
#
# `np.pad` takes eight numbers for four axes. How many of them are not 0?
#
# </details></details></details>


# %% nbgrader={"grade_id": "projection_shortcut", "solution": true}
def projection_shortcut(x, channels, stride=1, option="A", state=None):
    """The shortcut of a block that changes shapes.

    Args:
        x: (N, C, H, W) array.
        channels: int, the output's channels, at least C.
        stride: int, for rows and columns.
        option: "A", zeros for the new channels, or "B", a 1×1 convolution and batch normalization.
        state: for option B, a dict with "downsample.0.weight" (channels, C, 1, 1) and "downsample.1.weight",
            "downsample.1.bias", "downsample.1.running_mean", "downsample.1.running_var", (channels,) each.

    Returns:
        (N, channels, ceil(H / stride), ceil(W / stride)) array.
    """
    ### BEGIN SOLUTION
    if option == "B":
        return norm(conv(x, state, "downsample.0", stride), state, "downsample.1")
    new = channels - x.shape[1]
    return np.pad(x[:, :, ::stride, ::stride], ((0, 0), (0, new), (0, 0), (0, 0)))
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_projection_shortcut", "grade": true, "points": 4}
x = np.arange(1.0, 10.0).reshape(1, 1, 3, 3)
zeros, corners = [[0, 0], [0, 0]], [[1, 3], [7, 9]]
expect("option A: corners, then zeros", projection_shortcut(x, 2, 2), [[corners, zeros]])
doubled = {"downsample.0.weight": np.array([2.0, -2.0]).reshape(2, 1, 1, 1)}
doubled |= {"downsample.1.weight": np.ones(2), "downsample.1.bias": np.array([0.0, 10.0])}
doubled |= {"downsample.1.running_mean": np.zeros(2), "downsample.1.running_var": np.full(2, 1 - 1e-5)}
both = [[[[2, 6], [14, 18]], [[8, 4], [-4, -8]]]]
expect("option B: 2x and 10 − 2x", projection_shortcut(x, 2, 2, "B", doubled), both)
recorded("resnet", "projection_shortcut", projection_shortcut)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("resnet.projection_shortcut", projection_shortcut)
### END HIDDEN TESTS

# %% [markdown]
# ## The basic block
#
# $$Y = \operatorname{ReLU}\bigl(\operatorname{shortcut}(X) + F(X)\bigr), \qquad
# F(X) = \operatorname{BN}_2(W_2 \star \operatorname{ReLU}(\operatorname{BN}_1(W_1 \star X)))$$
#
# Both convolutions are 3×3 with padding 1; conv1 has the stride. The shortcut is option B where the state has
# `downsample.0.weight`, x itself where F has x's shape, and option A otherwise.

# %% [markdown]
# <details><summary>Hint 1: count the ReLUs</summary>
#
# There are two: one between the convolutions, one behind the sum. None stands between conv2 and the sum.
#
# <details><summary>Hint 2: keep x</summary>
#
# Give the branch a name of its own, such as `f`. If "all weights 0: the identity" fails, the shortcut is lost; if "F =
# −x / 2 halves x" fails with x itself, F was rectified before the sum.
#
# <details><summary>Hint 3: shapes to fill in</summary>
#
# x (2, 3, 5, 6), conv1.weight (4, 3, 3, 3), stride 2, no `downsample`:
#
# | array | shape |
# | --- | --- |
# | conv1, bn1, ReLU | (2, ?, ?, ?) |
# | conv2, bn2 | ? |
# | the shortcut: which of the three cases? | (2, 4, ?, ?) |
# | the sum, the last ReLU | ? |
#
# The bottleneck needs two of the three cases again: what must a function know to choose among them?
#
# </details></details></details>


# %% nbgrader={"grade_id": "basic_block", "solution": true}
def basic_block(x, state, stride=1):
    """ReLU(shortcut(x) + F(x)), with two 3×3 convolutions in F.

    Args:
        x: (N, C, H, W) array.
        state: dict with "conv1.weight" (F, C, 3, 3), "conv2.weight" (F, F, 3, 3), the four of "bn1" and of "bn2", and
            perhaps those of "downsample.0" and "downsample.1".
        stride: int, of conv1 and of the shortcut.

    Returns:
        (N, F, ceil(H / stride), ceil(W / stride)) array.
    """
    ### BEGIN SOLUTION
    f = relu(norm(conv(x, state, "conv1", stride), state, "bn1"))
    f = norm(conv(f, state, "conv2"), state, "bn2")
    return relu(residual_add(shortcut_for(x, f, state, stride), f))


def shortcut_for(x, f, state, stride):
    """What is added to the branch f: x, or option B where the state has it, or option A."""
    if "downsample.0.weight" in state:
        return projection_shortcut(x, f.shape[1], stride, "B", state)
    if x.shape != f.shape:
        return projection_shortcut(x, f.shape[1], stride, "A")
    return x
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_basic_block", "grade": true, "points": 5}
def plain_norm(name, channels):
    """A batch normalization that changes nothing: mean 0, variance 1 together with eps, weight 1, bias 0."""
    ones, zeros = np.ones(channels), np.zeros(channels)
    return {f"{name}.weight": ones, f"{name}.bias": zeros, f"{name}.running_mean": zeros} | {
        f"{name}.running_var": ones - 1e-5
    }


x = np.array([[[[1.0, 2.0, 3.0]], [[4.0, 5.0, 6.0]]]])  # two maps of one row
state = plain_norm("bn1", 2) | plain_norm("bn2", 2)
state |= {"conv1.weight": np.zeros((2, 2, 3, 3)), "conv2.weight": np.zeros((2, 2, 3, 3))}
expect("all weights 0: the identity", basic_block(x, state), x)
state["conv1.weight"] = np.zeros((2, 2, 3, 3))
state["conv1.weight"][0, 0, 1, 1] = state["conv1.weight"][1, 1, 1, 1] = 1.0  # the tap in the middle
state["conv2.weight"] = -0.5 * state["conv1.weight"]
expect("F = −x / 2 halves x", basic_block(x, state), x / 2)
state["conv2.weight"] = -2.0 * state["conv1.weight"]
expect("F = −2x: the ReLU behind the sum gives 0", basic_block(x, state), 0 * x)
pair = np.arange(1.0, 10.0).reshape(1, 1, 3, 3)
grown = plain_norm("bn1", 2) | plain_norm("bn2", 2)
grown |= {"conv1.weight": np.zeros((2, 1, 3, 3)), "conv2.weight": np.zeros((2, 2, 3, 3))}
expect("option A where shapes change: corners, then zeros", basic_block(pair, grown, 2), [[corners, zeros]])
kept = state | plain_norm("downsample.1", 2) | {"downsample.0.weight": 3.0 * np.eye(2).reshape(2, 2, 1, 1)}
expect("option B where the state has it, though shapes stay", basic_block(x, kept), x)
grown["bn2.bias"] = np.array([-4.0, 2.0])
mixed = [[[[0, 0], [3, 5]], [[2, 2], [2, 2]]]]
expect("and F is added to it before the ReLU", basic_block(pair, grown, 2), mixed)
wider = plain_norm("bn1", 3) | plain_norm("bn2", 3)
wider |= {"conv1.weight": np.zeros((3, 1, 3, 3)), "conv2.weight": np.zeros((3, 3, 3, 3))}
expect("option A at stride 1: x, then zeros", basic_block(pair, wider), np.concatenate([pair, 0 * pair, 0 * pair], 1))
recorded("resnet", "basic_block", basic_block)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("resnet.basic_block", basic_block)
### END HIDDEN TESTS

# %% [markdown]
# ## The bottleneck
#
# A 1×1 convolution down to a quarter of the channels, a 3×3 one there, a 1×1 one up again; each is normalized, and a
# ReLU follows the first two. Version "1", that of the models that He et al. released, gives the stride to the first
# 1×1 convolution; version "1.5", torchvision's, to the 3×3. The shortcut is option B where the state has
# `downsample.0.weight`, which it also has at stride 1 if the channels grow; otherwise F has x's shape, and the shortcut
# is x itself.

# %% [markdown]
# <details><summary>Hint 1: two strides</summary>
#
# One of conv1 and conv2 has `stride`, the other 1. Which is which depends on `version` alone.
#
# <details><summary>Hint 2: padding</summary>
#
# A 1×1 convolution has padding 0, a 3×3 one padding 1; `conv` above takes care of both. If "1.5: sums of windows
# around the corners" passes and "1: all four corners' sum" fails, the stride is at the same convolution in both
# versions.
#
# <details><summary>Hint 3: shapes to fill in</summary>
#
# x (2, 16, 5, 6), width 4, stride 2, `downsample` in the state:
#
# | behind | version 1 | version 1.5 |
# | --- | --- | --- |
# | conv1, bn1, ReLU | (2, 4, 3, 3) | (2, 4, ?, ?) |
# | conv2, bn2, ReLU | ? | (2, 4, 3, 3) |
# | conv3, bn3 | ? | ? |
# | the shortcut | (2, 16, ?, ?) | ? |
#
# </details></details></details>


# %% nbgrader={"grade_id": "bottleneck", "solution": true}
def bottleneck(x, state, stride=1, version="1.5"):
    """ReLU(shortcut(x) + F(x)), with 1×1, 3×3 and 1×1 convolutions in F.

    Args:
        x: (N, C, H, W) array.
        state: dict with "conv1.weight" (W, C, 1, 1), "conv2.weight" (W, W, 3, 3), "conv3.weight" (4W, W, 1, 1), the
            four each of "bn1", "bn2" and "bn3", and, where shapes change, those of "downsample.0" and "downsample.1".
        stride: int.
        version: "1", the stride is conv1's, or "1.5", it is conv2's.

    Returns:
        (N, 4W, ceil(H / stride), ceil(W / stride)) array.
    """
    ### BEGIN SOLUTION
    strides = {"1": (stride, 1), "1.5": (1, stride)}[version]
    f = relu(norm(conv(x, state, "conv1", strides[0]), state, "bn1"))
    f = relu(norm(conv(f, state, "conv2", strides[1]), state, "bn2"))
    f = norm(conv(f, state, "conv3"), state, "bn3")
    return relu(residual_add(shortcut_for(x, f, state, stride), f))
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_bottleneck", "grade": true, "points": 4}
state = plain_norm("bn1", 1) | plain_norm("bn2", 1) | plain_norm("bn3", 4) | plain_norm("downsample.1", 4)
state |= {"conv1.weight": np.ones((1, 1, 1, 1)), "conv2.weight": np.ones((1, 1, 3, 3))}
state |= {"conv3.weight": np.ones((4, 1, 1, 1)), "downsample.0.weight": np.zeros((4, 1, 1, 1))}
x = np.arange(1.0, 10.0).reshape(1, 1, 3, 3)
expect("1.5: sums of windows around the corners", bottleneck(x, state, 2)[0, 0], [[12, 16], [24, 28]])
expect("1: all four corners' sum", bottleneck(x, state, 2, "1")[0, 0], [[20, 20], [20, 20]])
state["downsample.0.weight"] = np.full((4, 1, 1, 1), 2.0)
summed = [[14, 25, 22], [35, 55, 45], [38, 55, 46]]
expect("stride 1, one map in and four out: projected", bottleneck(x, state)[0, 3], summed)
recorded("resnet", "bottleneck", bottleneck)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("resnet.bottleneck", bottleneck)
### END HIDDEN TESTS

# %% [markdown]
# ## Pre-activation
#
# $$Y = \operatorname{shortcut} + W_2 \star \operatorname{ReLU}(\operatorname{BN}_2(W_1 \star
# \operatorname{ReLU}(\operatorname{BN}_1(X))))$$
#
# Normalization and ReLU come before each convolution, and nothing comes behind the sum. The shortcut is x itself,
# untouched. Where shapes change, the state has a `downsample.weight`, a bare 1×1 convolution with the block's stride,
# and it takes $\operatorname{ReLU}(\operatorname{BN}_1(X))$.

# %% [markdown]
# <details><summary>Hint 1: one value, two users</summary>
#
# Compute ReLU(BN1(x)) once and name it. conv1 takes it; who else may?
#
# <details><summary>Hint 2: the name of the projection</summary>
#
# `conv(ready, state, "downsample", stride)` reads `downsample.weight`.
#
# <details><summary>Hint 3: shapes to fill in</summary>
#
# x (2, 3, 5, 6), conv1.weight (4, 3, 3, 3), stride 2, `downsample.weight` in the state:
#
# | array | made of | shape |
# | --- | --- | --- |
# | normalized and rectified | x | (2, 3, 5, 6) |
# | conv1 | ? | (2, ?, ?, ?) |
# | bn2, ReLU, conv2 | conv1's maps | ? |
# | the shortcut | ? | (2, 4, ?, ?) |
# | the sum | ? and ? | ? |
#
# How many ReLUs are in this table, and what would one more do to a negative x on its way through many blocks?
#
# </details></details></details>


# %% nbgrader={"grade_id": "preact_block", "solution": true}
def preact_block(x, state, stride=1):
    """The sum shortcut + F(x), with normalization and ReLU before each convolution of F and nothing behind the sum.

    Args:
        x: (N, C, H, W) array.
        state: dict with the four of "bn1", (C,) each, "conv1.weight" (F, C, 3, 3), the four of "bn2", (F,) each,
            "conv2.weight" (F, F, 3, 3), and perhaps "downsample.weight" (F, C, 1, 1).
        stride: int, of conv1 and of the projection.

    Returns:
        (N, F, ceil(H / stride), ceil(W / stride)) array.
    """
    ### BEGIN SOLUTION
    ready = relu(norm(x, state, "bn1"))
    shortcut = conv(ready, state, "downsample", stride) if "downsample.weight" in state else x
    f = conv(ready, state, "conv1", stride)
    f = conv(relu(norm(f, state, "bn2")), state, "conv2")
    return residual_add(shortcut, f)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_preact_block", "grade": true, "points": 4}
middle = np.zeros((2, 2, 3, 3))
middle[0, 0, 1, 1] = middle[1, 1, 1, 1] = 1.0
state = plain_norm("bn1", 2) | plain_norm("bn2", 2) | {"conv1.weight": middle, "conv2.weight": middle}
x = np.array([[[[1.0, -2.0, 3.0]], [[-4.0, 5.0, -6.0]]]])
expect("x + ReLU(x), negative where x is", preact_block(x, state), [[[[2, -2, 6]], [[-4, 10, -6]]]])
state["downsample.weight"] = np.eye(2).reshape(2, 2, 1, 1)
expect("a projection takes ReLU(BN(x))", preact_block(x, state), [[[[2, 0, 6]], [[0, 10, 0]]]])
recorded("resnet", "preact_block", preact_block)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("resnet.preact_block", preact_block)
### END HIDDEN TESTS

# %% [markdown]
# ## A whole network from its state dict
#
# | part | in the state dict | ImageNet's | CIFAR's |
# | --- | --- | --- | --- |
# | stem | `conv1`, `bn1` | 7×7, stride 2, padding 3, ReLU, then a 3×3 maximum pool, stride 2, padding 1 | 3×3, ReLU |
# | stages | `layer1.0.…`, `layer1.1.…`, …, `layer2.0.…`, … | four | three |
# | head | `fc.weight`, `fc.bias` | mean of each map, linear | the same |
#
# The first block of every stage but the first has stride 2; all others have stride 1. A block with a `conv3.weight` is
# a bottleneck of version 1.5, others are basic blocks. Everything else stands in the names and the shapes.

# %% [markdown]
# <details><summary>Hint 1: one block's share</summary>
#
# `{name[len(prefix):]: value for name, value in state.items() if name.startswith(prefix)}` with the prefix
# `"layer2.0."` is the dict that basic_block wants.
#
# <details><summary>Hint 2: how many blocks?</summary>
#
# Count up while `layer{stage}.{number}.conv1.weight` is there. Sorted as text, layer1.10 comes before layer1.2.
#
# <details><summary>Hint 3: which family?</summary>
#
# conv1.weight.shape[2] is 7 for ImageNet's networks and 3 for CIFAR's.
#
# </details></details></details>


# %% nbgrader={"grade_id": "resnet_forward", "solution": true}
def resnet_forward(state, x):
    """The logits of a ResNet with basic blocks or bottlenecks, for CIFAR or ImageNet.

    Args:
        state: dict of arrays by torchvision's names.
        x: (N, C, H, W) array.

    Returns:
        (N, classes) array of logits.
    """
    ### BEGIN SOLUTION
    imagenet = state["conv1.weight"].shape[2] == 7
    x = relu(norm(conv(x, state, "conv1", 2 if imagenet else 1), state, "bn1"))
    if imagenet:
        x = max_pool2d(x, 3, stride=2, padding=1)
    for own, stride in blocks_of(state):
        x = (bottleneck if "conv3.weight" in own else basic_block)(x, own, stride)
    return linear(global_avg_pool2d(x), state["fc.weight"], state["fc.bias"])


def blocks_of(state):
    """State and stride of every block, in the order in which x passes them."""
    stage = number = 0
    while True:
        prefix = f"layer{stage + 1}.{number}."
        own = {name[len(prefix) :]: value for name, value in state.items() if name.startswith(prefix)}
        if own:
            yield own, 2 if stage > 0 and number == 0 else 1
            number += 1
        elif number > 0:
            stage, number = stage + 1, 0
        else:
            return
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_resnet_forward", "grade": true, "points": 6}
def still(inputs, maps, bias=0.0):
    """A block whose F is its last bias alone: it adds `bias` to all that its shortcut brings."""
    own = plain_norm("bn1", maps) | plain_norm("bn2", maps) | {"bn2.bias": np.full(maps, bias)}
    return own | {"conv1.weight": np.zeros((maps, inputs, 3, 3)), "conv2.weight": np.zeros((maps, maps, 3, 3))}


def named(number, own):
    """A block's state under the name of its place."""
    return {f"layer{number}.{name}": value for name, value in own.items()}


alone = np.pad(np.ones((1, 1, 1, 1)), ((0, 0), (0, 0), (1, 1), (1, 1)))  # the tap in the middle
tiny = {"conv1.weight": alone, **plain_norm("bn1", 1), **named("1.0", still(1, 1))}
tiny |= named("2.0", still(1, 2, 4.0)) | named("3.0", still(2, 2))
tiny |= {"fc.weight": np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), "fc.bias": np.array([0.0, 0.0, 100.0])}
picture = np.arange(1.0, 26.0).reshape(1, 1, 5, 5)
expect("CIFAR's, nothing but shortcuts and a bias of 4: corners", resnet_forward(tiny, picture), [[17, 4, 121]])
for number in range(1, 11):
    tiny |= named(f"1.{number}", still(1, 1, {2: -21.0, 10: 5.0}.get(number, 0.0)))
expect("eleven blocks, in the order of their numbers", resnet_forward(tiny, picture), [[10, 4, 114]])


def shifting():
    """A bottleneck whose 3×3 convolution reads each pixel's right neighbor; its shortcut brings zeros."""
    own = {"conv1.weight": np.ones((1, 1, 1, 1)), "conv2.weight": np.roll(alone, 1, axis=3)}
    own |= {"conv3.weight": np.ones((1, 1, 1, 1)), "downsample.0.weight": np.zeros((1, 1, 1, 1))}
    return own | plain_norm("bn1", 1) | plain_norm("bn2", 1) | plain_norm("bn3", 1) | plain_norm("downsample.1", 1)


necks = {"conv1.weight": alone, **plain_norm("bn1", 1), **named("1.0", shifting()), **named("2.0", shifting())}
necks |= {"fc.weight": np.array([[9.0]]), "fc.bias": np.array([0.0])}
expect("bottlenecks of version 1.5, the stride in the 3×3 convolution", resnet_forward(necks, picture), [[84]])
recorded("resnet", "resnet_forward", resnet_forward)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("resnet.resnet_forward", resnet_forward)
### END HIDDEN TESTS

# %% [markdown]
# ## Back through a block
#
# From here on the blocks are in *training*: a normalization takes the mean and variance of the batch that it is given,
# and moves its running statistics on. This helper tells both. With the first of its two dicts in a state, `norm` and
# your `basic_block` do what training does.


# %%
def statistics(x, state, name):
    """What batch normalization `name` does with x in training: the statistics it uses, and the running ones afterwards.

    Both are dicts of (C,) arrays, with the names f"{name}.running_mean" and f"{name}.running_var".
    """
    mean, var = f"{name}.running_mean", f"{name}.running_var"
    parts = (state[mean], state[var], state[f"{name}.weight"], state[f"{name}.bias"])
    after = batch_norm2d(x, *parts, training=True)
    return {mean: x.mean(axis=(0, 2, 3)), var: x.var(axis=(0, 2, 3))}, {mean: after[1], var: after[2]}


# %% [markdown]
# The block is that of `basic_block`, in training, and its shortcut is x itself or option A. A gradient $g$ arrives at
# its output. It passes the last ReLU first. Then it goes two ways, and where they began, at x, what comes back adds up:
#
# $$\frac{\partial L}{\partial X} = \operatorname{shortcut}^{\mathsf T}(g') + F^{\mathsf T}(g'),
# \qquad g' = g \cdot [\operatorname{shortcut}(X) + F(X) > 0]$$
#
# $\mathsf T$ means: each gradient back to where its numbers came from. Nothing on the shortcut has a weight.
#
# The judge in the test cell runs your `basic_block`. If that is wrong, it calls right gradients wrong: pass the tests
# of `basic_block` first.

# %% [markdown]
# <details><summary>Hint 1: first forward</summary>
#
# `conv2d_backward`, `batch_norm2d_backward` and `relu_backward` want what went *into* their layer. So run the branch
# once, and give each array on the way a name.
#
# <details><summary>Hint 2: the way back, in reverse</summary>
#
# Go through the branch from its end: bn2, conv2, ReLU, bn1, conv1. If the judge passes all parameters and not x, look
# at the shortcut; if it passes bn2's and conv2's alone, look between the convolutions; if it passes nothing, at the
# last ReLU.
#
# <details><summary>Hint 3: shapes to fill in</summary>
#
# x (2, 3, 5, 6), conv1.weight (4, 3, 3, 3), stride 2:
#
# | array | shape | read by |
# | --- | --- | --- |
# | grad_output | (2, 4, ?, ?) | the last ReLU, with the sum |
# | bn2's gradient of its input | (2, 4, ?, ?) | conv2, with what went into conv2 |
# | conv2's gradient of its input | (2, ?, ?, ?) | the inner ReLU, with ? |
# | conv1's gradient of its input | (2, 3, ?, ?) | |
# | the shortcut's part, laid on every second pixel of x | (2, ?, 3, 3) | |
#
# Which of the four channels at the output has no x to go back to?
#
# </details></details></details>


# %% nbgrader={"grade_id": "basic_block_backward", "solution": true}
def basic_block_backward(grad_output, x, state, stride=1):
    """The gradients of a loss by what went into basic_block(x, state, stride) in training.

    Args:
        grad_output: (N, F, oH, oW) array, the loss's gradient by the block's output.
        x: (N, C, H, W) array.
        state: as for `basic_block`, without "downsample"; its running statistics play no part.
        stride: int, of conv1 and of the shortcut.

    Returns:
        dict of arrays: "x", "conv1.weight", "bn1.weight", "bn1.bias", "conv2.weight", "bn2.weight" and "bn2.bias", each
        shaped as what it belongs to.
    """
    ### BEGIN SOLUTION
    first = conv(x, state, "conv1", stride)
    normed = norm(first, {**state, **statistics(first, state, "bn1")[0]}, "bn1")
    inner = relu(normed)
    second = conv(inner, state, "conv2")
    f = norm(second, {**state, **statistics(second, state, "bn2")[0]}, "bn2")
    g = relu_backward(grad_output, shortcut_for(x, f, state, stride) + f)
    grads = {}
    back, grads["bn2.weight"], grads["bn2.bias"] = batch_norm2d_backward(g, second, state["bn2.weight"])
    back, grads["conv2.weight"], _ = conv2d_backward(back, inner, state["conv2.weight"], 1, 1)
    back = relu_backward(back, normed)
    back, grads["bn1.weight"], grads["bn1.bias"] = batch_norm2d_backward(back, first, state["bn1.weight"])
    back, grads["conv1.weight"], _ = conv2d_backward(back, x, state["conv1.weight"], stride, 1)
    back[:, :, ::stride, ::stride] += g[:, : x.shape[1]]
    return {"x": back, **grads}
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_basic_block_backward", "grade": true, "points": 5}
def drawn_block(c, channels, seed):
    """Random parameters of a block."""
    rng = np.random.default_rng(seed)
    own = {"conv1.weight": rng.normal(size=(channels, c, 3, 3)) / (3 * np.sqrt(c))}
    own["conv2.weight"] = rng.normal(size=(channels, channels, 3, 3)) / (3 * np.sqrt(channels))
    for name in ("bn1", "bn2"):
        own |= {f"{name}.weight": rng.uniform(0.5, 1.5, channels), f"{name}.bias": rng.normal(size=channels) / 2}
        own |= {f"{name}.running_mean": np.zeros(channels), f"{name}.running_var": np.ones(channels)}
    return own


def judged(x, own, stride):
    """What chapter 8's judge says of each gradient; the loss is the sum of g times your block's output, in training."""
    g = np.random.default_rng(12).normal(size=basic_block(x, own, stride).shape)

    def loss(x, **parameters):
        now = {**own, **parameters}
        now |= statistics(conv(x, now, "conv1", stride), now, "bn1")[0]
        met = relu(norm(conv(x, now, "conv1", stride), now, "bn1"))
        now |= statistics(conv(met, now, "conv2"), now, "bn2")[0]
        return (g * basic_block(x, now, stride)).sum()

    grads = basic_block_backward(g, x, own, stride)
    return gradient_check(loss, {"x": x, **own}, grads)


for label, sizes in (("x on the shortcut", (2, 2, 1)), ("option A, stride 2", (2, 3, 2))):
    x = np.random.default_rng(1).normal(size=(2, sizes[0], 3, 4))
    verdicts = judged(x, drawn_block(sizes[0], sizes[1], 2), sizes[2])
    for name in ("bn2.weight", "bn2.bias", "conv2.weight", "bn1.weight", "bn1.bias", "conv1.weight", "x"):
        passed, error, place = verdicts[name]
        where = "" if passed else f": wrong, most at {place}, by {error:.2g}"
        expect(f"{label}, the judge on {name}{where}", passed, True)
recorded("resnet", "basic_block_backward", basic_block_backward)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("resnet.basic_block_backward", basic_block_backward)
### END HIDDEN TESTS

# %% [markdown]
# ## Train a ResNet
#
# Chapter 9's digits, 8 × 8 pixels, and a ResNet of basic blocks with option A: a 3×3 convolution, bn1, ReLU, then
# layer1.0, layer2.0 and so on as in `resnet_forward`, the mean of each map, and fc. Only now it learns. For each batch:
#
# 1. run the network in training, and move the running statistics on;
# 2. take the loss and its gradient at the logits from `softmax_cross_entropy`;
# 3. go back through fc, the mean, every block, and the beginning;
# 4. let `sgd_momentum_step` move every parameter. Velocities begin at 0 and live as long as the training.
#
# Work on copies: the state that was given stays as it is. torch, given the same batches, has the same losses.

# %% [markdown]
# <details><summary>Hint 1: keep what went in</summary>
#
# On the way forward, put into a list for each block: its name, its own part of the state, its stride, and the x that
# entered it. The way back reads the list from its end.
#
# <details><summary>Hint 2: names</summary>
#
# `basic_block_backward` says `conv1.weight`; the state says `layer2.0.conv1.weight`. If the first loss is right and the
# second is not, a parameter of yours does not move, or moves by the wrong step. If the losses are right and the state
# is not, look at the running statistics.
#
# <details><summary>Hint 3: shapes to fill in</summary>
#
# 32 digits, 8 channels in layer1 and 16 in layer2:
#
# | what | shape | on the way back |
# | --- | --- | --- |
# | the batch | (32, 1, 8, 8) | |
# | behind conv1, bn1, ReLU | (32, ?, 8, 8) | the last that is needed |
# | behind layer1.0 | (32, 8, ?, ?) | |
# | behind layer2.0 | (32, ?, ?, ?) | each pixel gets ? of its map's gradient |
# | the mean of each map | (32, ?) | |
# | the logits | (32, 10) | from softmax_cross_entropy |
#
# </details></details></details>


# %% nbgrader={"grade_id": "train_resnet", "solution": true}
def train_resnet(state, images, labels, batches, lr, momentum=0.9, weight_decay=0.0):
    """Trains a ResNet of basic blocks, one step for each batch.

    Args:
        state: dict of arrays, as for `resnet_forward`, with a 3×3 conv1 and without "downsample"; it stays as it is.
        images: (N, C, H, W) array.
        labels: (N,) array of whole numbers.
        batches: list of lists of whole numbers; each says which images make up the batch.
        lr: float, the learning rate.
        momentum: float.
        weight_decay: float, for every parameter.

    Returns:
        tuple: the list of losses, floats, one a batch, each before its step; and the trained state, a dict with the
        names of `state`, running statistics included.
    """
    ### BEGIN SOLUTION
    trained = {name: np.array(value, dtype=float) for name, value in state.items()}
    heads = sorted({name.removesuffix("conv1.weight") for name in state if name.endswith(".conv1.weight")})
    velocities = {name: np.zeros_like(value) for name, value in trained.items()}
    losses = []
    for batch in batches:
        entered = images[batch]
        stem, opened, blocks = stem_in_training(trained, entered)
        h = relu(opened)
        for head in heads:
            own = {name.removeprefix(head): value for name, value in trained.items() if name.startswith(head)}
            stride = 2 if head.endswith(".0.") and not head.startswith("layer1") else 1
            blocks.append((head, own, stride, h))
            h = block_in_training(h, own, stride)
            trained.update({head + name: own[name] for name in own if "running" in name})
        loss, g = softmax_cross_entropy(
            linear(global_avg_pool2d(h), trained["fc.weight"], trained["fc.bias"]), labels[batch]
        )
        grads = {}
        g, grads["fc.weight"], grads["fc.bias"] = linear_backward(g, global_avg_pool2d(h), trained["fc.weight"])
        g = g[:, :, None, None] * np.ones(h.shape) / (h.shape[2] * h.shape[3])
        for head, own, stride, x in reversed(blocks):
            parts = basic_block_backward(g, x, own, stride)
            g = parts.pop("x")
            grads.update({head + name: value for name, value in parts.items()})
        g = relu_backward(g, opened)
        g, grads["bn1.weight"], grads["bn1.bias"] = batch_norm2d_backward(g, stem, trained["bn1.weight"])
        grads["conv1.weight"] = conv2d_backward(g, entered, trained["conv1.weight"], 1, 1)[1]
        for name, gradient in grads.items():
            trained[name], velocities[name] = sgd_momentum_step(
                trained[name], gradient, velocities[name], lr, momentum, weight_decay
            )
        losses.append(float(loss))
    return losses, trained


def normed_in_training(x, state, name):
    """Batch normalization in training; the state's running statistics move on."""
    used, after = statistics(x, state, name)
    y = norm(x, {**state, **used}, name)
    state.update(after)
    return y


def stem_in_training(state, images):
    """What bn1 is given, what it gives, and an empty list for the blocks."""
    stem = conv(images, state, "conv1")
    return stem, normed_in_training(stem, state, "bn1"), []


def block_in_training(x, own, stride):
    """A basic block's output in training; its running statistics move on."""
    f = relu(normed_in_training(conv(x, own, "conv1", stride), own, "bn1"))
    f = normed_in_training(conv(f, own, "conv2"), own, "bn2")
    return relu(shortcut_for(x, f, own, stride) + f)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_train_resnet", "grade": true, "points": 5}
def small_resnet(widths=(8, 16), classes=10, seed=0):
    """A fresh ResNet with one block a stage, for images of one channel."""
    rng = np.random.default_rng(seed)
    fresh = {"conv1.weight": rng.normal(size=(widths[0], 1, 3, 3)) * np.sqrt(2 / 9), **plain_norm("bn1", widths[0])}
    c = widths[0]
    for stage, channels in enumerate(widths, 1):
        own = {}
        for name, depth in (("conv1", c), ("conv2", channels)):
            own[f"{name}.weight"] = rng.normal(size=(channels, depth, 3, 3)) * np.sqrt(2 / (9 * depth))
        own |= plain_norm("bn1", channels) | plain_norm("bn2", channels)
        fresh |= {f"layer{stage}.0.{name}": value for name, value in own.items()}
        c = channels
    return fresh | {"fc.weight": rng.normal(size=(classes, c)) / np.sqrt(c), "fc.bias": np.zeros(classes)}


def orders(images, epochs, size, seed=0):
    """Batches of `size` images in a new random order for each epoch."""
    rng = np.random.default_rng(seed)
    every = [rng.permutation(images).tolist() for _ in range(epochs)]
    return [order[start : start + size] for order in every for start in range(0, images, size)]


with np.load("digits.npz", allow_pickle=False) as file:
    digits, names = file["images"][:, None] / 16, file["labels"].astype(int)
mixed = np.random.default_rng(0).permutation(len(digits))
learned, held = mixed[:1437], mixed[1437:]
fresh = small_resnet()
losses, trained = train_resnet(fresh, digits[learned], names[learned], orders(640, 4, 32), 0.05)
expect("a loss for each of 4 x 20 steps", len(losses), 80)
expect("the state that was given is as it was", fresh["fc.bias"], np.zeros(10))
expect("every name is there, and no other", sorted(trained) == sorted(fresh), True)
expect("the loss falls to a quarter", bool(np.mean(losses[-5:]) < losses[0] / 4), True)
read = resnet_forward(trained, digits[held]).argmax(axis=1) == names[held]
print(f"held-out digits read after 80 steps: {read.mean():.1%}")
expect("at least 75 % of the held-out digits are read", bool(read.mean() >= 0.75), True)
recorded("resnet", "train_resnet", train_resnet)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("resnet.train_resnet", train_resnet)
### END HIDDEN TESTS

# %% [markdown]
# Now play, with all 1,437 digits: `orders(1437, 8, 32)` is 360 steps, as in chapter 9, and takes some seconds. Compare
# what is read with chapter 9's network. Then take the shortcuts out. Nothing here is graded.

# %% [markdown]
# ## Pictures that no one trained on
#
# `resnet20.npz` holds a ResNet-20 that torch trained on the 60,000 training pictures of Fashion-MNIST; how, and with
# which test error, stands in its entry `about`. `clothes.npz` holds 40 of the *test* pictures, with torch's logits for
# them. Nothing below is graded; it is what your functions are for.
#
# Pictures: Fashion-MNIST by Xiao, Rasul and Vollgraf (2017), © 2017 Zalando SE, MIT license; the license's text is
# the file's entry `license`.

# %%
with np.load("resnet20.npz") as file:
    trained = {name: file[name].astype(float) for name in file.files if name != "about"}  # float64, to compare
    about = json.loads(str(file["about"]))
with np.load("clothes.npz") as file:
    pictures, labels, logits = file["pictures"], file["labels"], file["logits"]
count = 10  # up to 40, which takes a few seconds
x = (pictures[:count, None] / 255 - about["mean"]) / about["deviation"]  # as the training pictures were
answers = resnet_forward(trained, x)
expect(f"torch's logits for {count} pictures", answers, logits[:count])
right = answers.argmax(axis=1) == labels[:count]
print(f"right: {right.sum()} of {count}; of all 10,000: {1 - about['test_error']:.2%}")

# %%
plt.imshow(pictures[:count].swapaxes(0, 1).reshape(28, -1), cmap="gray_r")
plt.axis("off")
print(
    " · ".join(about["classes"][k] + ("" if ok else " ✗") for k, ok in zip(answers.argmax(axis=1), right, strict=True))
)
