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
# function that runs any ResNet from a file of trained weights. At the end, a ResNet-20 with 269,434 trained
# numbers sorts pictures of clothes in code that is all yours.
# Read chapter 12 of the book first; every number in the tests below is worked out there.
#
# Write NumPy. `numpy` and `matplotlib` are all that you may import. Replace each `raise NotImplementedError()`,
# run the test cell below it, and read what it says. The hidden tests ask the same functions for other sizes.
#
# `earlier` lies beside this notebook and holds what earlier chapters built, in working order: a fast convolution
# (chapter 7's), batch normalization, ReLU, the pools and the linear layer. If you have written your own, paste them
# below the import.

# %% tags=["setup"]
import json

import matplotlib.pyplot as plt
import numpy as np
from check import expect, recorded
from earlier import batch_norm2d, conv2d_gemm, global_avg_pool2d, linear, max_pool2d, relu

# %% [markdown]
# ## Two helpers
#
# Trained weights come as a *state dict*: a dict from names to arrays, as torch saves it. A block's convolution `conv1`
# has the entry `conv1.weight`; a batch normalization `bn1` has four, `bn1.weight`, `bn1.bias`, `bn1.running_mean` and
# `bn1.running_var`. Other entries, such as `bn1.num_batches_tracked`, may be there and are not needed.
#
# These two read such names. Use them, or don't. Everything here is *evaluation*: no statistics of a batch are taken.


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
# Shapes are tuples; tuples can be compared with `!=`.
#
# <details><summary>Hint 3: a new array</summary>
#
# `x += f` writes into x, which others may still need. `x + f` makes a new array.
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
        ValueError: the shapes differ.
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
try:
    residual_add(x, f[:, :1])
    refused = False
except ValueError:
    refused = True
expect("two maps and one map are refused", refused, True)
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
# `conv` and `norm` above take the names "downsample.0" and "downsample.1".
#
# <details><summary>Hint 3: what doesn't come behind it</summary>
#
# No ReLU: a shortcut may be negative, and the block's ReLU waits for the sum.
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
doubled = {"downsample.0.weight": np.array([2.0, -1.0]).reshape(2, 1, 1, 1)}
doubled |= {"downsample.1.weight": np.ones(2), "downsample.1.bias": np.array([0.0, 10.0])}
doubled |= {"downsample.1.running_mean": np.zeros(2), "downsample.1.running_var": np.full(2, 1 - 1e-5)}
both = [[[[2, 6], [14, 18]], [[9, 7], [3, 1]]]]
expect("option B: 2x and 10 − x", projection_shortcut(x, 2, 2, "B", doubled), both)
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
# Give the branch a name of its own, such as `f`. If you write `x = relu(...)`, the shortcut is lost.
#
# <details><summary>Hint 3: a function for the shortcut</summary>
#
# The bottleneck needs the same three cases. Write them once, as a function of x, state, the branch's channels and the
# stride.
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
# 1×1 convolution; version "1.5", torchvision's, to the 3×3.

# %% [markdown]
# <details><summary>Hint 1: two strides</summary>
#
# One of conv1 and conv2 has `stride`, the other 1. Which is which depends on `version` alone.
#
# <details><summary>Hint 2: padding</summary>
#
# A 1×1 convolution has padding 0, a 3×3 one padding 1; `conv` above takes care of both.
#
# <details><summary>Hint 3: the shortcut</summary>
#
# As in the basic block: option B where the state has downsample.0.weight, else x.
#
# </details></details></details>


# %% nbgrader={"grade_id": "bottleneck", "solution": true}
def bottleneck(x, state, stride=1, version="1.5"):
    """ReLU(shortcut(x) + F(x)), with 1×1, 3×3 and 1×1 convolutions in F.

    Args:
        x: (N, C, H, W) array.
        state: dict with "conv1.weight" (W, C, 1, 1), "conv2.weight" (W, W, 3, 3), "conv3.weight" (4W, W, 1, 1), the
            four each of "bn1", "bn2" and "bn3", and perhaps those of "downsample.0" and "downsample.1".
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
# <details><summary>Hint 3: how it ends</summary>
#
# return residual_add(shortcut, f). No ReLU.
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
# `{name[len(prefix):]: value for name, value in state.items() if name.startswith(prefix)}` with the prefix "layer2.0."
# is the dict that basic_block wants.
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
recorded("resnet", "resnet_forward", resnet_forward)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("resnet.resnet_forward", resnet_forward)
### END HIDDEN TESTS

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
