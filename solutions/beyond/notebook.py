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
# # 14 · Beyond
#
# Concatenated shortcuts carry an edge over a whole hourglass, and that is what makes a network draw. You now write a
# small U-Net
# out of its pieces, and the rule by which networks are made larger in three directions at once.
# Read chapter 14 of the book first; every number in the tests below is worked out there.
#
# Write NumPy. `numpy` and `matplotlib` are all that you may import. Replace each `raise NotImplementedError()`,
# run the test cell below it, and read what it says. The hidden tests ask the same functions for other sizes.
#
# `earlier` lies beside this notebook and holds working versions of what earlier chapters built. If you have written
# your
# own, paste them below the import.

# %% tags=["setup"]
import numpy as np
from check import expect, recorded
from earlier import conv2d_gemm, max_pool2d, relu

# %% [markdown]
# ## Back up
#
# Nearest upsampling by the factors $r$ and $s$ has nothing to learn:
#
# $$y_{n,c,i,j} = x_{n,\,c,\,\lfloor i / r \rfloor,\,\lfloor j / s \rfloor}$$

# %% [markdown]
# <details><summary>Hint 1: one row</summary>
#
# What should [1, 2] become with the factor 2: [1, 2, 1, 2] or [1, 1, 2, 2]?
#
# <details><summary>Hint 2: two functions</summary>
#
# `np.tile` does one of these, `np.repeat` the other. Both take one axis at a time, or almost.
#
# <details><summary>Hint 3: one number or a pair</summary>
#
# `np.ndim(scale_factor)` is 0 for a number.
#
# </details></details></details>


# %% nbgrader={"grade_id": "upsample_nearest", "solution": true}
def upsample_nearest(x, scale_factor=2):
    """Each value becomes a block of equal values.

    Args:
        x: (N, C, H, W) array.
        scale_factor: int, or pair (row, column) of ints.

    Returns:
        (N, C, row * H, column * W) array.
    """
    ### BEGIN SOLUTION
    row, column = (scale_factor, scale_factor) if np.ndim(scale_factor) == 0 else scale_factor
    return np.repeat(np.repeat(x, row, axis=2), column, axis=3)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_upsample_nearest", "grade": true, "points": 2}
x = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
doubled = [[[[1.0, 1.0, 2.0, 2.0], [1.0, 1.0, 2.0, 2.0], [3.0, 3.0, 4.0, 4.0], [3.0, 3.0, 4.0, 4.0]]]]
expect("four blocks", upsample_nearest(x), doubled)
expect("wider only", upsample_nearest(x, (1, 3))[0, 0, 0], [1.0, 1.0, 1.0, 2.0, 2.0, 2.0])
recorded("beyond", "upsample_nearest", upsample_nearest)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("beyond.upsample_nearest", upsample_nearest)
### END HIDDEN TESTS

# %% [markdown]
# ## Across
#
# The encoder's maps are at least as large as the decoder's. Cut out their middle, first row $\lfloor (H - h) / 2
# \rfloor$, and put the
# decoder's maps behind them.

# %% [markdown]
# <details><summary>Hint 1: where to start</summary>
#
# H = 7 and h = 4: how many rows go, and how many of them in front?
#
# <details><summary>Hint 2: where to stop</summary>
#
# From the first row on, h rows. Written so, nothing special happens when the sizes agree.
#
# <details><summary>Hint 3: the order</summary>
#
# `np.concatenate` with the encoder's maps first. Along which axis?
#
# </details></details></details>


# %% nbgrader={"grade_id": "unet_skip", "solution": true}
def unet_skip(encoder, decoder):
    """The middle of the encoder's maps, and behind them the decoder's.

    Args:
        encoder: (N, C, H, W) array.
        decoder: (N, D, h, w) array, with h at most H and w at most W.

    Returns:
        (N, C + D, h, w) array; where H - h is odd, the row more is cut off behind, and columns likewise.
    """
    ### BEGIN SOLUTION
    h, w = decoder.shape[2:]
    first_row, first_column = (encoder.shape[2] - h) // 2, (encoder.shape[3] - w) // 2
    middle = encoder[:, :, first_row : first_row + h, first_column : first_column + w]
    return np.concatenate([middle, decoder], axis=1)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_unet_skip", "grade": true, "points": 3}
encoder = np.arange(20.0).reshape(1, 1, 4, 5)
decoder = np.full((1, 1, 2, 2), -1.0)
expect("the middle, and the decoder", unet_skip(encoder, decoder), [[[[6.0, 7.0], [11.0, 12.0]], [[-1.0] * 2] * 2]])
expect("nothing to crop", unet_skip(encoder, encoder).shape, (1, 2, 4, 5))
recorded("beyond", "unet_skip", unet_skip)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("beyond.unet_skip", unet_skip)
### END HIDDEN TESTS

# %% [markdown]
# ## A small U-Net
#
# Down: convolution, ReLU, keep the maps, 2×2 maximum pool; once for each level. Bottom: convolution and ReLU. Up,
# from the deepest level to the
# first: upsample by 2, join with the maps kept at that level (unless `skips` is False), convolution, ReLU. At the end
# the head's 1×1 convolution,
# without a ReLU.

# %% [markdown]
# <details><summary>Hint 1: how many levels?</summary>
#
# The state has down1.weight, down2.weight and so on. Count them.
#
# <details><summary>Hint 2: what is kept</summary>
#
# The skip brings back what the pool threw away. So are the maps kept before the pool or behind it?
#
# <details><summary>Hint 3: last in, first out</summary>
#
# The maps kept last are joined first: a list and its pop() will do.
#
# </details></details></details>


# %% nbgrader={"grade_id": "unet_forward", "solution": true}
def unet_forward(state, x, skips=True):
    """A logit for each class and pixel.

    Args:
        state: dict of arrays: "down1.weight" (F, C, 3, 3) and "down1.bias" (F,), "down2", ..., "bottom", ..., "up2",
            "up1",
            and "head" with a (classes, F, 1, 1) weight. Padding is 1 for 3x3 filters and 0 for 1x1.
        x: (N, C, H, W) array.
        skips: bool, whether each "up" reads the maps of its "down" in front of the upsampled ones.

    Returns:
        (N, classes, h, w) array; h and w are H and W where 2 ** levels divides them.
    """
    ### BEGIN SOLUTION
    levels = 0
    kept = []
    while f"down{levels + 1}.weight" in state:
        levels += 1
        x = relu(conv2d_gemm(x, state[f"down{levels}.weight"], state[f"down{levels}.bias"], padding=1))
        kept.append(x)
        x = max_pool2d(x, 2)
    x = relu(conv2d_gemm(x, state["bottom.weight"], state["bottom.bias"], padding=1))
    for level in range(levels, 0, -1):
        x = upsample_nearest(x)
        if skips:
            x = unet_skip(kept.pop(), x)
        x = relu(conv2d_gemm(x, state[f"up{level}.weight"], state[f"up{level}.bias"], padding=1))
    return conv2d_gemm(x, state["head.weight"], state["head.bias"])
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_unet_forward", "grade": true, "points": 5}
same = np.zeros((1, 1, 3, 3))
same[0, 0, 1, 1] = 1.0  # the 3x3 filter that changes nothing
none = np.zeros(1)
state = {"down1.weight": same, "down1.bias": none, "bottom.weight": same, "bottom.bias": none, "up1.bias": none}
state |= {
    "up1.weight": np.concatenate([same, 10 * same], axis=1),
    "head.weight": np.ones((1, 1, 1, 1)),
    "head.bias": none,
}
expect("each pixel, and ten times its block's largest", unet_forward(state, x), [[[[41.0, 42.0], [43.0, 44.0]]]])
blind = {**state, "up1.weight": 10 * same}
expect("without the skip every block is one color", unet_forward(blind, x, skips=False), [[[[40.0] * 2] * 2]])
recorded("beyond", "unet_forward", unet_forward)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("beyond.unet_forward", unet_forward)
### END HIDDEN TESTS

# %% [markdown]
# ## Larger in three directions
#
# $$\text{depth} \propto \alpha^\phi, \qquad \text{width} \propto \beta^\phi, \qquad \text{resolution} \propto
# \gamma^\phi$$
#
# Multiply-accumulates grow by $(\alpha\,\beta^2\,\gamma^2)^\phi$. Layers are rounded up, channels to the nearest
# multiple of 8, the side to the nearest
# whole number.

# %% [markdown]
# <details><summary>Hint 1: phi = 1</summary>
#
# 10 layers and alpha = 1.2 give 12. What do phi = 2 and phi = 0 give?
#
# <details><summary>Hint 2: three roundings</summary>
#
# `math` is not among your imports: `np.ceil` gives a float, and int() makes it whole.
#
# <details><summary>Hint 3: multiples of 8</summary>
#
# How many eights are there, to the nearest? Multiply that by 8.
#
# </details></details></details>


# %% nbgrader={"grade_id": "compound_scaling", "solution": true}
def compound_scaling(phi, layers, channels, side, alpha=1.2, beta=1.1, gamma=1.15):
    """A base network's sizes, scaled by the compound coefficient phi.

    Args:
        phi: number; 0 gives the base network.
        layers: int, of the base network.
        channels: int, of one of its layers.
        side: int, height and width of its input.
        alpha, beta, gamma: floats, for depth, width and resolution.

    Returns:
        layers (int, rounded up), channels (int, the nearest multiple of 8), side (int, the nearest whole number), and
            the factor (float) by which multiply-accumulates grow before any rounding. Halfway cases are not asked.
    """
    ### BEGIN SOLUTION
    deep, wide, large = alpha**phi, beta**phi, gamma**phi
    cost = deep * wide**2 * large**2
    return int(np.ceil(layers * deep)), int(np.rint(channels * wide / 8)) * 8, int(np.rint(side * large)), float(cost)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_compound_scaling", "grade": true, "points": 2}
layers, channels, side, cost = compound_scaling(1, 18, 32, 224)
expect("one step: sizes", [layers, channels, side], [22, 32, 258])
expect("one step: nearly twice the work", cost, np.array(1.2 * 1.1**2 * 1.15**2))
layers, channels, side, cost = compound_scaling(3, 18, 32, 224)
expect("three steps: sizes", [layers, channels, side], [32, 40, 341])
expect("three steps: about seven times the work", cost, np.array((1.2 * 1.1**2 * 1.15**2) ** 3))
recorded("beyond", "compound_scaling", compound_scaling)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("beyond.compound_scaling", compound_scaling)
### END HIDDEN TESTS
