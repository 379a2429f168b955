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
# # 13 · DenseNet
#
# A dense layer adds nothing to what came before; it puts its maps beside it. You now write the layer, the block and the
# transition, run whole DenseNets on their weights, and count the bytes.
# Read chapter 13 of the book first; it works out most of the numbers that the tests below use.
#
# Write NumPy. `numpy` and `matplotlib` are all that you may import. Replace each `raise NotImplementedError()`,
# run the test cell below it, and read what it says. The hidden tests ask the same functions for other sizes.
#
# `earlier` lies beside this notebook and holds working versions of what earlier chapters built. If you have written
# your own, paste them below the import.

# %% tags=["setup"]
import numpy as np
from check import expect, recorded
from earlier import avg_pool2d, batch_norm2d, conv2d_gemm, global_avg_pool2d, linear, max_pool2d, relu


# %%
def part(state, prefix):
    """Of a state, the entries under one name: those of "norm1" as "weight", "bias" and so on."""
    return {name[len(prefix) + 1 :]: value for name, value in state.items() if name.startswith(prefix + ".")}


def normalize(x, state, name):
    """Batch normalization in evaluation, with the weight, bias and running statistics under name."""
    norm = part(state, name)
    return batch_norm2d(x, norm["running_mean"], norm["running_var"], norm["weight"], norm["bias"])[0]


# %% [markdown]
# ## A dense layer
#
# Batch normalization, ReLU, 1×1 convolution to a bottleneck, and once more with a 3×3 convolution, padding 1, to $k$
# new maps. A layer without a bottleneck has one of each, and its convolution is the 3×3.

# %% [markdown]
# <details><summary>Hint 1: which kind is it?</summary>
#
# The state tells: only a layer with a bottleneck has `conv2.weight`.
#
# <details><summary>Hint 2: the padding</summary>
#
# A 1×1 filter needs none, a 3×3 filter 1. If "with a bottleneck of two maps" passes and "a 3x3 filter of ones adds up
# what is above 0" fails, a layer without a bottleneck takes another way in your code.
#
# <details><summary>Hint 3: shapes to fill in</summary>
#
# x (2, 6, 5, 5), growth 4, bottleneck of 16:
#
# | behind | shape |
# | --- | --- |
# | norm1, ReLU | (2, 6, 5, 5) |
# | conv1, 1×1 | (2, ?, 5, 5) |
# | norm2, ReLU | ? |
# | conv2, 3×3 | (2, ?, 5, 5) |
#
# Which of these shapes is the answer's, and does it hold x?
#
# </details></details></details>


# %% nbgrader={"grade_id": "dense_layer", "solution": true}
def dense_layer(x, state):
    """The new maps that one layer makes of everything before it.

    Args:
        x: (N, C, H, W) array.
        state: dict of arrays, "norm1.weight", "norm1.bias", "norm1.running_mean", "norm1.running_var",
            "conv1.weight", and, with a bottleneck, the same for "norm2" and "conv2".

    Returns:
        (N, k, H, W) array, the new maps alone.
    """
    ### BEGIN SOLUTION
    y = relu(normalize(x, state, "norm1"))
    if "conv2.weight" not in state:
        return conv2d_gemm(y, state["conv1.weight"], padding=1)
    y = conv2d_gemm(y, state["conv1.weight"])
    y = relu(normalize(y, state, "norm2"))
    return conv2d_gemm(y, state["conv2.weight"], padding=1)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_dense_layer", "grade": true, "points": 4}
def plain_norm(maps, name):
    """A normalization that changes nothing but for eps: mean 0, variance 1."""
    return {
        f"{name}.weight": np.ones(maps), f"{name}.bias": np.zeros(maps),
        f"{name}.running_mean": np.zeros(maps), f"{name}.running_var": np.ones(maps) - 1e-5,
    }  # fmt: skip


x = np.array([[[[1.0, -2.0], [3.0, 4.0]]]])
counting = {**plain_norm(1, "norm1"), "conv1.weight": np.ones((1, 1, 3, 3))}
narrow = {**plain_norm(1, "norm1"), "conv1.weight": np.array([2.0, -1.0]).reshape(2, 1, 1, 1)}
narrow |= {**plain_norm(2, "norm2"), "conv2.weight": np.ones((1, 2, 3, 3))}
expect("with a bottleneck of two maps", dense_layer(x, narrow), [[[[16.0, 16.0], [16.0, 16.0]]]])
expect("a 3x3 filter of ones adds up what is above 0", dense_layer(x, counting), [[[[8.0, 8.0], [8.0, 8.0]]]])
recorded("densenet", "dense_layer", dense_layer)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("densenet.dense_layer", dense_layer)
### END HIDDEN TESTS

# %% [markdown]
# ## A dense block
#
# $$x_l = H_l([x_0, x_1, \ldots, x_{l-1}])
# \qquad
# [x_0, x_1, \ldots] \in \mathbb{R}^{N \times (C + k + k + \cdots) \times H \times W}$$
#
# Layer $l$ sees $C + (l - 1)\,k$ maps, and the block gives $C + L\,k$: the oldest first. Of the four axes of a batch,
# `np.concatenate` joins the first one when you name none.

# %% [markdown]
# <details><summary>Hint 1: a list</summary>
#
# Keep a list of features that starts with the block's input. What does each layer read, and what does it append?
#
# <details><summary>Hint 2: names</summary>
#
# The layers are called denselayer1, denselayer2 and so on, and sorted() puts denselayer10 before denselayer2. If "the
# maps are put side by side, not the images" gives (4, …), you joined the images.
#
# <details><summary>Hint 3: shapes to fill in</summary>
#
# x (2, 3, 4, 5), three layers of growth 2:
#
# | layer | reads | gives | maps kept afterwards |
# | --- | --- | --- | --- |
# | 1 | (2, 3, 4, 5) | (2, 2, 4, 5) | 5 |
# | 2 | (2, ?, 4, 5) | ? | ? |
# | 3 | ? | ? | 9 |
#
# Of the answer's nine maps, which are x's?
#
# </details></details></details>


# %% nbgrader={"grade_id": "dense_block", "solution": true}
def dense_block(x, state):
    """Layers that each see the block's input and all the maps made before.

    Args:
        x: (N, C, H, W) array.
        state: dict of arrays, "denselayer1.norm1.weight" and so on; dense_layer takes
            part(state, "denselayer1").

    Returns:
        (N, C + layers * k, H, W) array: the input's maps first, then each layer's.
    """
    ### BEGIN SOLUTION
    layers = len({name.split(".")[0] for name in state})
    for number in range(1, layers + 1):
        x = np.concatenate([x, dense_layer(x, part(state, f"denselayer{number}"))], axis=1)
    return x
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_dense_block", "grade": true, "points": 5}
block = {f"denselayer1.{name}": value for name, value in counting.items()}
block |= {f"denselayer2.{name}": value for name, value in plain_norm(2, "norm1").items()}
block |= {"denselayer2.conv1.weight": np.ones((1, 2, 3, 3))}
expect("the maps are put side by side, not the images", np.shape(dense_block(x, block)), (1, 3, 2, 2))
expect("one map in, three out", dense_block(x, block)[0, :, 0, 0], [1.0, 8.0, 40.0])
expect("the input is the first of them, untouched", dense_block(x, block)[:, :1], x)
eleven = {}
for number in range(1, 12):
    times_first = np.zeros((1, number, 3, 3))
    times_first[0, 0, 1, 1] = number
    eleven |= {f"denselayer{number}.{name}": value for name, value in plain_norm(number, "norm1").items()}
    eleven |= {f"denselayer{number}.conv1.weight": times_first}
counted = dense_block(np.ones((1, 1, 1, 1)), eleven)[0, :, 0, 0]
expect("eleven layers, in the order of their numbers", counted, [1, *range(1, 12)])
recorded("densenet", "dense_block", dense_block)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("densenet.dense_block", dense_block)
### END HIDDEN TESTS

# %% [markdown]
# ## A transition
#
# Between two blocks: batch normalization, ReLU, a 1×1 convolution that keeps a share $\theta$ of the maps, and a 2×2
# average pool.

# %% [markdown]
# <details><summary>Hint 1: what fixes the number of maps?</summary>
#
# θ is not an argument. Where do you read how many maps stay?
#
# <details><summary>Hint 2: the pool</summary>
#
# Windows lie side by side. If "an odd size is rounded down" fails, see which stride and padding the pool was given.
#
# <details><summary>Hint 3: shapes to fill in</summary>
#
# x (2, 6, 5, 8), and a convolution that keeps half of the maps:
#
# | behind | shape |
# | --- | --- |
# | norm, ReLU | (2, 6, 5, 8) |
# | the 1×1 convolution | (2, ?, 5, 8) |
# | the pool | (2, ?, ?, ?) |
#
# </details></details></details>


# %% nbgrader={"grade_id": "transition", "solution": true}
def transition(x, state):
    """Fewer maps, of half the size.

    Args:
        x: (N, C, H, W) array.
        state: dict of arrays, "norm.weight", "norm.bias", "norm.running_mean", "norm.running_var" and "conv.weight".

    Returns:
        (N, C', H // 2, W // 2) array, with C' the filters of the convolution.
    """
    ### BEGIN SOLUTION
    y = relu(normalize(x, state, "norm"))
    return avg_pool2d(conv2d_gemm(y, state["conv.weight"]), 2)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_transition", "grade": true, "points": 3}
halving = {**plain_norm(2, "norm"), "conv.weight": np.array([1.0, -1.0]).reshape(1, 2, 1, 1)}
pair_of_maps = np.concatenate([x, np.full((1, 1, 2, 2), 1.0)], axis=1)
expect("two maps in, one number out", transition(pair_of_maps, halving), [[[[1.0]]]])
expect("an odd size is rounded down", transition(np.ones((1, 2, 5, 7)), halving).shape, (1, 1, 2, 3))
recorded("densenet", "transition", transition)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("densenet.transition", transition)
### END HIDDEN TESTS

# %% [markdown]
# ## A whole network
#
# Stem, blocks with transitions between them, a last normalization and ReLU, the mean of each map, a linear layer. The
# state says the rest: `features.norm0` is there for ImageNet's stem (7×7, stride 2, padding 3, normalization, ReLU, 3×3
# maximum pool with stride 2 and padding 1) and absent for the small networks, whose stem is a 3×3 convolution with
# padding 1.

# %% [markdown]
# <details><summary>Hint 1: names first</summary>
#
# Print the names of a state: which layers has it, and how many blocks?
#
# <details><summary>Hint 2: the last normalization</summary>
#
# It is called norm5 behind four blocks and norm4 behind three. If only torch's answers fail, look at what only
# larger networks have: a 7×7 stem with its pool, and transitions.
#
# <details><summary>Hint 3: shapes to fill in</summary>
#
# A DenseNet-BC for 3 × 32 × 32, 8 maps in the stem, growth 4, two blocks of three layers:
#
# | behind | shape |
# | --- | --- |
# | the stem, 3×3 | (1, 8, 32, 32) |
# | block 1 | (1, ?, 32, 32) |
# | its transition | (1, 10, ?, ?) |
# | block 2 | (1, ?, ?, ?) |
# | the last norm and ReLU | ? |
# | the mean of each map, and the classifier | (1, ?) and (1, classes) |
#
# </details></details></details>


# %% nbgrader={"grade_id": "densenet_forward", "solution": true}
def densenet_forward(state, x):
    """The logits of a DenseNet, which is read from its state.

    Args:
        state: dict of arrays by torchvision's names: "features.conv0.weight", "features.transition1.conv.weight",
            "features.denseblock1.denselayer1.norm1.weight", "features.norm5.weight", "classifier.weight" and so
            on.
        x: (N, C, H, W) array.

    Returns:
        (N, classes) array.
    """
    ### BEGIN SOLUTION
    features = part(state, "features")
    if "norm0.weight" in features:
        y = relu(normalize(conv2d_gemm(x, features["conv0.weight"], stride=2, padding=3), features, "norm0"))
        y = max_pool2d(y, 3, stride=2, padding=1)
    else:
        y = conv2d_gemm(x, features["conv0.weight"], padding=1)
    blocks = len({name.split(".")[0] for name in features if name.startswith("denseblock")})
    for number in range(1, blocks + 1):
        y = dense_block(y, part(features, f"denseblock{number}"))
        if number < blocks:
            y = transition(y, part(features, f"transition{number}"))
    y = relu(normalize(y, features, f"norm{blocks + 1}"))
    return linear(global_avg_pool2d(y), state["classifier.weight"], state["classifier.bias"])
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_densenet_forward", "grade": true, "points": 5}
tiny = {"features.conv0.weight": np.pad(np.ones((1, 1, 1, 1)), ((0, 0), (0, 0), (1, 1), (1, 1)))}
tiny |= {f"features.denseblock1.{name}": value for name, value in block.items()}
tiny |= {f"features.{name}": value for name, value in plain_norm(3, "norm2").items()}
tiny |= {"classifier.weight": np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]]), "classifier.bias": np.array([0.0, -1.0])}
expect("one block behind a stem that changes nothing", densenet_forward(tiny, x), [[2.0, 47.0]])
recorded("densenet", "densenet_forward", densenet_forward)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("densenet.densenet_forward", densenet_forward)
### END HIDDEN TESTS

# %% [markdown]
# ## What a block stores
#
# Each concatenation is a copy: layer $l$'s input has $C + (l - 1)\,k$ maps, and the block's output $C + L\,k$. Kept
# one by one for the way back they add up; as views of one store they take what the output takes.

# %% [markdown]
# <details><summary>Hint 1: list them</summary>
#
# For C = 3, k = 2 and two layers: how many maps has each layer's input, and how many has the output?
#
# <details><summary>Hint 2: the sum</summary>
#
# L layers mean L + 1 arrays. If "shared: the 7 of the output" passes and "3 + 5 + 7 maps of one number"
# gives 8, the output is missing from your sum.
#
# <details><summary>Hint 3: a table to fill in</summary>
#
# C = 3, k = 2, two layers, maps of 1 × 1:
#
# | array | maps |
# | --- | --- |
# | layer 1's input | 3 |
# | layer 2's input | ? |
# | the output | ? |
# | all of them, copied | 15 |
# | shared | ? |
#
# And how many bytes has a map of 4 × 5 numbers of 8 bytes?
#
# </details></details></details>


# %% nbgrader={"grade_id": "feature_memory", "solution": true}
def feature_memory(layers, inputs, growth, height, width, shared=False, itemsize=4):
    """Bytes for each layer's input and the block's output, as copies or as views of one store.

    Args:
        layers: int, number of layers of the block.
        inputs: int, maps that enter the block.
        growth: int, maps that each layer adds.
        height, width: ints, of a map.
        shared: bool, whether all of them share one store; otherwise each is a copy of its own.
        itemsize: int, bytes of a number.

    Returns:
        int.
    """
    ### BEGIN SOLUTION
    output = inputs + layers * growth
    maps = output if shared else (layers + 1) * (inputs + output) // 2
    return maps * height * width * itemsize
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_feature_memory", "grade": true, "points": 2}
expect("shared: the 7 of the output", feature_memory(2, 3, 2, 1, 1, shared=True, itemsize=1), 7)
expect("3 + 5 + 7 maps of one number", feature_memory(2, 3, 2, 1, 1, itemsize=1), 15)
expect("DenseNet-121's third block, copied", feature_memory(24, 256, 32, 14, 14), 12_544_000)
expect("and shared", feature_memory(24, 256, 32, 14, 14, shared=True), 802_816)
recorded("densenet", "feature_memory", feature_memory)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("densenet.feature_memory", feature_memory)
### END HIDDEN TESTS
