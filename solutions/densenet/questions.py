"""Chapter 13's questions: dense layers, blocks, transitions and networks, and the memory they take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from autograde.questions import Case, Misconception, Question, Rng, signed

from ..dense_networks import DenseBlock, DenseLayer, DenseNet, Transition
from ..resnet.reference import norm, part
from . import reference as ref
from .reference import State, members

CONCATENATE, LAYER, BLOCK, TRANSITION, NETWORK, MEMORY = (
    f"densenet-{name}" for name in ("concatenate", "layer", "block", "transition", "network", "memory")
)


def drawn_state(rng: Rng, module: torch.nn.Module) -> dict[str, np.ndarray]:
    """Values for a module's parameters and statistics, of a size that keeps a deep stack's numbers near 1."""
    state = {}
    for name, value in module.state_dict().items():
        shape = tuple(value.shape)
        if name.endswith("running_var"):
            state[name] = rng.uniform(0.5, 2.0, shape)
        elif not name.endswith("num_batches_tracked"):
            fan_in = int(np.prod(shape[1:])) if len(shape) > 1 else 1
            state[name] = signed(rng, *shape) / np.sqrt(fan_in)
    return state


def _made(make: Callable[[], torch.nn.Module], rng: Rng) -> dict[str, np.ndarray]:
    with torch.device("meta"):
        return drawn_state(rng, make())


# ---- a layer ----


def _layers(rng: Rng) -> list[Case]:
    def case(label: str, n: int, c: int, h: int, w: int, growth: int, bottleneck: int, group: str) -> Case:
        state = _made(lambda: DenseLayer(c, growth, bottleneck), rng)
        return Case(label, (signed(rng, n, c, h, w), state), group=group, terms=9 * max(c, bottleneck * growth))

    return [
        case("with a bottleneck", 2, 5, 4, 6, 3, 2, "bottleneck"),
        case("a wide bottleneck", 3, 4, 5, 3, 2, 4, "bottleneck"),
        case("as many new maps as old ones", 2, 3, 4, 5, 3, 1, "bottleneck"),
        case("without a bottleneck", 3, 4, 5, 6, 2, 0, "plain"),
        case("without a bottleneck, one row", 2, 3, 1, 5, 3, 0, "plain"),
    ]


def _batch_norm(x: Tensor, state: State, name: str) -> Tensor:
    """The batch's statistics in place of the running ones."""
    return F.batch_norm(
        x.double(), None, None, state[f"{name}.weight"].double(), state[f"{name}.bias"].double(), training=True
    )


def _layer(
    *,
    relu: Callable[[Tensor], Tensor] = F.relu,
    normal: Callable[[Tensor, State, str], Tensor] = norm,
    second: Callable[[Tensor, State, str], Tensor] = norm,
    second_relu: bool = True,
    padding: bool = True,
    last: Callable[[Tensor], Tensor] = lambda y: y,
) -> Callable[[Tensor, State], Tensor]:
    """A dense layer with one of its steps done otherwise."""

    def variant(x: Tensor, state: State) -> Tensor:
        weight = state["conv1.weight"].double()
        y = F.conv2d(relu(normal(x, state, "norm1")), weight, padding=weight.shape[-1] // 2 if padding else 0)
        if "conv2.weight" in state:
            weight = state["conv2.weight"].double()
            y = second(y, state, "norm2")
            y = F.conv2d(relu(y) if second_relu else y, weight, padding=int(padding))
        return last(y)

    return variant


def _relu_then_norm(x: Tensor, state: State, name: str) -> Tensor:
    return norm(F.relu(x.double()), state, name)


def _nothing(x: Tensor, *_: Any) -> Tensor:
    return x.double()


LAYER_QUESTION = Question(
    "dense_layer",
    ref.dense_layer,
    _layers,
    (
        Misconception(
            "with_the_input", lambda x, state: torch.cat([x.double(), ref.dense_layer(x, state)], 1),
            "You give back the input's maps too.",
            "The layer gives its k new maps alone; the block puts them beside the old ones.",
            LAYER,
        ),
        Misconception(
            "relu_before_norm", _layer(relu=_nothing, normal=_relu_then_norm, second=_relu_then_norm),
            "You apply the ReLU before the normalization.",
            "The order is batch normalization, ReLU, convolution.",
            LAYER,
        ),
        Misconception(
            "no_relu", _layer(relu=_nothing),
            "You leave the ReLUs out.",
            "The order is batch normalization, ReLU, convolution, twice with a bottleneck.",
            LAYER,
        ),
        Misconception(
            "relu_at_the_end", _layer(last=F.relu),
            "You apply one more ReLU behind the last convolution.",
            "New maps leave the layer as the convolution gives them; whoever reads them normalizes first.",
            LAYER,
        ),
        Misconception(
            "no_second_norm", _layer(second=_nothing),
            "Between the 1×1 and the 3×3 convolution you leave out the normalization.",
            "A bottleneck layer is BN, ReLU, 1×1, BN, ReLU, 3×3.",
            LAYER,
        ),
        Misconception(
            "batch_statistics", _layer(normal=_batch_norm, second=_batch_norm),
            "You normalize with the batch's statistics.",
            "A trained network's answer uses running_mean and running_var.",
            LAYER,
        ),
        Misconception(
            "no_second_relu", _layer(second_relu=False),
            "Between the 1×1 and the 3×3 convolution you leave out the ReLU.",
            "A bottleneck layer is BN, ReLU, 1×1, BN, ReLU, 3×3.",
            LAYER,
        ),
        Misconception(
            "no_padding", _layer(padding=False),
            "Your 3×3 convolution has no padding, so the new maps are smaller than the old ones.",
            "Maps can stand side by side only if their sizes agree: padding 1.",
            LAYER,
        ),
        Misconception(
            "added_to_the_input", lambda x, state: x.double() + ref.dense_layer(x, state),
            "You add the new maps to the input, as a ResNet does.",
            "A dense layer's maps are kept beside the old ones, not added to them.",
            LAYER,
        ),
    ),
    LAYER,
    {"bottleneck": 0.6, "plain": 0.4},
)  # fmt: skip


# ---- a block ----


def _blocks(rng: Rng) -> list[Case]:
    def case(label: str, n: int, c: int, h: int, w: int, layers: int, growth: int, bottleneck: int, group: str) -> Case:
        state = _made(lambda: DenseBlock(layers, c, growth, bottleneck), rng)
        return Case(label, (signed(rng, n, c, h, w), state), group=group, terms=9 * (c + layers * growth))

    return [
        case("three layers", 2, 4, 3, 5, 3, 2, 2, "general"),
        case("two layers without a bottleneck", 3, 2, 4, 3, 2, 3, 0, "general"),
        case("as many new maps as entered", 2, 3, 3, 4, 2, 3, 1, "general"),
        case("one layer that adds as many maps as entered", 2, 3, 4, 5, 1, 3, 2, "general"),
        case("eleven layers", 1, 2, 2, 3, 11, 1, 0, "many layers"),
    ]


def _block(
    sees: Callable[[list[Tensor]], Tensor] = ref.side_by_side,
    gives: Callable[[list[Tensor]], Tensor] = ref.side_by_side,
) -> Callable[[Tensor, State], Tensor]:
    """A dense block whose layers see, and which gives, something else."""

    def variant(x: Tensor, state: State) -> Tensor:
        features = [x.double()]
        for name in members(state, "denselayer"):
            features.append(ref.dense_layer(sees(features), part(state, name)))
        return gives(features)

    return variant


def _newest_first(features: list[Tensor]) -> Tensor:
    return ref.side_by_side(features[::-1])


def _sum(features: list[Tensor]) -> Tensor:
    return torch.stack(features).sum(0)


def _along(axis: int) -> Callable[[Tensor, State], Tensor]:
    return _block(*[lambda features: torch.cat(features, axis)] * 2)


BLOCK_QUESTION = Question(
    "dense_block",
    ref.dense_block,
    _blocks,
    (
        Misconception(
            "newest_first", _block(_newest_first, _newest_first),
            "You put new maps in front of the old ones.",
            "The block's input comes first, then each layer's maps in their order; the weights count on it.",
            BLOCK,
        ),
        Misconception(
            "new_maps_alone", _block(gives=lambda features: ref.side_by_side(features[1:])),
            "Your block gives its layers' maps without the maps that entered it.",
            "The block's own input stays part of its output: C + layers · k maps.",
            BLOCK,
        ),
        Misconception(
            "last_layer_alone", _block(gives=lambda features: features[-1]),
            "Your block gives the last layer's maps only.",
            "Everything that was made stays: the input and every layer's maps.",
            BLOCK,
        ),
        Misconception(
            "newest_twice", _block(gives=lambda features: ref.side_by_side([*features, features[-1]])),
            "The last layer's maps stand in your output twice.",
            "Each layer's maps are appended once.",
            BLOCK,
        ),
        Misconception(
            "added", _block(_sum, _sum),
            "You add the layers' maps, as a ResNet does.",
            "A dense block concatenates, so each layer's weight expects more maps than the last one's.",
            BLOCK,
        ),
        Misconception(
            "axis_0", _along(0),
            "You concatenate along axis 0, the images.",
            "(N, C, H, W): the maps are counted by axis 1. np.concatenate takes axis 0 when none is given.",
            CONCATENATE,
        ),
        Misconception(
            "axis_2", _along(2),
            "You concatenate along axis 2: the maps stand on top of each other as one tall picture.",
            "(N, C, H, W): the maps are counted by axis 1.",
            CONCATENATE,
        ),
        Misconception(
            "last_axis", _along(3),
            "You concatenate along the last axis, as for pictures stored (H, W, C).",
            "Here channels come second: axis 1.",
            CONCATENATE,
        ),
    ),
    BLOCK,
    {"general": 0.75, "many layers": 0.25},
)  # fmt: skip


# ---- a transition ----


def _transitions(rng: Rng) -> list[Case]:
    def case(label: str, n: int, c: int, kept: int, h: int, w: int, group: str) -> Case:
        state = _made(lambda: Transition(c, kept), rng)
        return Case(label, (signed(rng, n, c, h, w), state), group=group, terms=4 * c)

    return [
        case("half of the maps", 2, 6, 3, 4, 6, "general"),
        case("all of the maps", 3, 4, 4, 6, 2, "general"),
        case("odd sizes", 2, 5, 2, 5, 7, "odd sizes"),
        case("one row of windows", 1, 3, 2, 2, 5, "odd sizes"),
    ]


def _transition(
    pool: Callable[[Tensor], Tensor] = lambda y: F.avg_pool2d(y, 2),
    before: Callable[[Tensor, State], Tensor] = lambda x, state: F.relu(norm(x, state, "norm")),
    after: Callable[[Tensor], Tensor] = lambda y: y,
) -> Callable[[Tensor, State], Tensor]:
    """A transition with another pool, something else before its convolution, or something behind it."""

    def variant(x: Tensor, state: State) -> Tensor:
        return pool(after(F.conv2d(before(x, state), state["conv.weight"].double())))

    return variant


TRANSITION_QUESTION = Question(
    "transition",
    ref.transition,
    _transitions,
    (
        Misconception(
            "maximum_pool", _transition(lambda y: F.max_pool2d(y, 2)),
            "You take the largest value of each window.",
            "A transition averages: 2×2 average pool with stride 2.",
            TRANSITION,
        ),
        Misconception(
            "no_pool", _transition(lambda y: y),
            "Your transition does not shrink the maps.",
            "Behind the 1×1 convolution comes a 2×2 average pool with stride 2.",
            TRANSITION,
        ),
        Misconception(
            "stride_1", _transition(lambda y: F.avg_pool2d(y, 2, 1)),
            "Your pool moves by one place at a time.",
            "Windows lie side by side: stride 2.",
            TRANSITION,
        ),
        Misconception(
            "every_second", _transition(lambda y: y[:, :, ::2, ::2]),
            "You keep every second place and throw the others away.",
            "The pool averages over each 2×2 window.",
            TRANSITION,
        ),
        Misconception(
            "rest_kept", _transition(lambda y: F.avg_pool2d(y, 2, ceil_mode=True)),
            "With an odd size you keep the row that is left over, as a window of its own.",
            "The output's size is rounded down, as in every pool of this course.",
            TRANSITION,
        ),
        Misconception(
            "no_relu", _transition(before=lambda x, state: norm(x, state, "norm")),
            "You leave the ReLU out.",
            "The order is batch normalization, ReLU, 1×1 convolution, pool.",
            TRANSITION,
        ),
        Misconception(
            "no_norm", _transition(before=lambda x, state: F.relu(x.double())),
            "You leave the batch normalization out.",
            "The order is batch normalization, ReLU, 1×1 convolution, pool.",
            TRANSITION,
        ),
        Misconception(
            "pool_before_relu", lambda x, state: F.conv2d(
                F.relu(F.avg_pool2d(norm(x, state, "norm"), 2)), state["conv.weight"].double()
            ),
            "You pool before the ReLU.",
            "The pool may change places with the 1×1 convolution, which is linear like it, but not with the ReLU.",
            TRANSITION,
        ),
        Misconception(
            "relu_after", _transition(before=lambda x, state: norm(x, state, "norm"), after=F.relu),
            "Your ReLU comes behind the convolution.",
            "The order is batch normalization, ReLU, 1×1 convolution, pool.",
            TRANSITION,
        ),
        Misconception(
            "batch_statistics", _transition(before=lambda x, state: F.relu(_batch_norm(x, state, "norm"))),
            "You normalize with the batch's statistics.",
            "A trained network's answer uses running_mean and running_var.",
            TRANSITION,
        ),
    ),
    TRANSITION,
    {"general": 0.6, "odd sizes": 0.4},
)  # fmt: skip


# ---- whole networks ----


def _networks(rng: Rng) -> list[Case]:
    def case(label: str, group: str, image: tuple[int, ...], *args: Any, **kwargs: Any) -> Case:
        state = _made(lambda: DenseNet(*args, **kwargs), rng)
        if "features.norm0.bias" in state:
            # No later layer may close all its gates: what the stem does must reach the logits.
            state |= {name: abs(value) for name, value in state.items() if "norm" in name and name.endswith(".bias")}
            # Half of the stem's maps stay above 0 and half below: else the pool hides whether there is a ReLU.
            state["features.norm0.bias"] = np.resize([1.0, -2.5], state["features.norm0.bias"].shape)
        return Case(label, (state, signed(rng, *image)), group=group, terms=3000)

    small = {"imagenet": False, "classes": 5}
    return [
        case("DenseNet-BC for small pictures", "cifar", (2, 3, 9, 12), (2, 3, 2), 2, 4, 2, 0.5, **small),
        case("the names of DenseNet-121", "imagenet", (1, 3, 64, 70), (2, 3, 2, 1), 2, 4, 2, 0.5, classes=4),
        case("a DenseNet without bottleneck", "cifar", (3, 1, 8, 10), (1, 2, 2), 3, 4, 0, 1.0, inputs=1, **small),
    ]


def _network(
    *,
    stem_norm: bool = True,
    stem_relu: bool = True,
    stem_pool: Callable[[Tensor], Tensor] = lambda y: F.max_pool2d(y, 3, 2, 1),
    shrink: Callable[[Tensor, State], Tensor] = ref.transition,
    last_norm: bool = True,
    last_relu: bool = True,
    pool: Callable[[Tensor], Tensor] = lambda y: y.mean((2, 3)),
    bias: bool = True,
    softmax: bool = False,
    after_last: bool = False,
) -> Callable[[State, Tensor], Tensor]:
    """A DenseNet with one of its steps done otherwise."""

    def variant(state: State, x: Tensor) -> Tensor:
        features = part(state, "features")
        weight = features["conv0.weight"].double()
        if "norm0.weight" in features:
            y = F.conv2d(x.double(), weight, stride=2, padding=3)
            y = norm(y, features, "norm0") if stem_norm else y
            y = stem_pool(F.relu(y) if stem_norm and stem_relu else y)
        else:
            y = F.conv2d(x.double(), weight, padding=1)
        blocks = members(features, "denseblock")
        for number, name in enumerate(blocks, start=1):
            y = ref.dense_block(y, part(features, name))
            if number < len(blocks):
                y = shrink(y, part(features, f"transition{number}"))
        y = F.avg_pool2d(y, 2) if after_last else y
        y = norm(y, features, f"norm{len(blocks) + 1}") if last_norm else y
        y = pool(F.relu(y) if last_relu else y)
        y = F.linear(y, state["classifier.weight"].double(), state["classifier.bias"].double() if bias else None)
        return y.softmax(1) if softmax else y

    return variant


NETWORK_QUESTION = Question(
    "densenet_forward",
    ref.densenet_forward,
    _networks,
    (
        Misconception(
            "no_last_norm", _network(last_norm=False),
            "Behind the last block you leave out the normalization.",
            "No transition follows the last block, but one more BN and ReLU do, before the average.",
            NETWORK,
        ),
        Misconception(
            "no_last_relu", _network(last_relu=False),
            "Behind the last normalization you leave out the ReLU.",
            "The last block's maps pass BN and ReLU before they are averaged.",
            NETWORK,
        ),
        Misconception(
            "nothing_behind_the_last", _network(last_norm=False, last_relu=False),
            "Behind the last block you leave out both the normalization and the ReLU.",
            "No transition follows the last block, but one more BN and ReLU do, before the average.",
            NETWORK,
        ),
        Misconception(
            "global_maximum", _network(pool=lambda y: y.amax((2, 3))),
            "You take each map's maximum at the end.",
            "The classifier reads each map's mean.",
            NETWORK,
        ),
        Misconception(
            "no_bias", _network(bias=False),
            "You leave out the classifier's bias.",
            "classifier.bias is the one bias of the network's weights; add it.",
            NETWORK,
        ),
        Misconception(
            "probabilities", _network(softmax=True),
            "You return probabilities.",
            "The network gives logits; the softmax belongs to the loss.",
            NETWORK,
        ),
        Misconception(
            "no_pool_in_transition",
            _network(shrink=lambda y, s: F.conv2d(F.relu(norm(y, s, "norm")), s["conv.weight"].double())),
            "Your maps stay as large as they were from block to block.",
            "Each transition ends with a 2×2 average pool.",
            NETWORK,
        ),
        Misconception(
            "no_stem_norm", _network(stem_norm=False),
            "In the 7×7 stem you leave out normalization and ReLU.",
            "Where the state has features.norm0, BN and ReLU follow the first convolution, before the pool.",
            NETWORK,
        ),
        Misconception(
            "no_stem_relu", _network(stem_relu=False),
            "In the 7×7 stem you leave out the ReLU.",
            "Normalization and ReLU follow the first convolution, before the pool.",
            NETWORK,
        ),
        Misconception(
            "stem_pool_unpadded", _network(stem_pool=lambda y: F.max_pool2d(y, 3, 2)),
            "Your stem's pool has no padding.",
            "It is 3×3 with stride 2 and padding 1.",
            NETWORK,
        ),
        Misconception(
            "no_stem_pool", _network(stem_pool=lambda y: y),
            "In the 7×7 stem you leave out the maximum pool.",
            "ImageNet's stem ends with a 3×3 maximum pool, stride 2, padding 1.",
            NETWORK,
        ),
        Misconception(
            "stem_pool_2", _network(stem_pool=lambda y: F.max_pool2d(y, 2)),
            "Your stem's pool is 2×2.",
            "It is 3×3 with stride 2 and padding 1.",
            NETWORK,
        ),
        Misconception(
            "pool_behind_the_last", _network(after_last=True),
            "You pool once more behind the last block.",
            "Transitions stand between blocks; after the last one comes the mean of each map.",
            NETWORK,
        ),
    ),
    NETWORK,
    {"cifar": 0.6, "imagenet": 0.4},
)  # fmt: skip


# ---- memory ----


def _memories(rng: Rng) -> list[Case]:
    layers, inputs, growth, h, w = (int(value) for value in rng.choice(np.arange(3, 20), 5, replace=False))
    return [
        Case("copies", (layers, inputs, growth, h, w)),
        Case("one store", (layers, inputs, growth, h, w, True), group="shared"),
        Case("DenseNet-121's first block", (6, 64, 32, 56, 56)),
        Case("float64", (layers + 1, inputs, growth, w, h), {"itemsize": 8}),
        Case("float16, one store", (12, 128, 32, 28, 27), {"shared": True, "itemsize": 2}, group="shared"),
        Case("no layer", (0, inputs, growth, h, w)),
    ]


def _stored(
    copied: Callable[[list[int]], int] = sum,
    shared_as: Callable[[list[int]], int] = lambda widths: widths[-1],
    item: Callable[[int], int] = lambda itemsize: itemsize,
    plane: Callable[[int, int], int] = lambda h, w: h * w,
) -> Callable[..., int]:
    def variant(
        layers: int, inputs: int, growth: int, height: int, width: int, shared: bool = False, itemsize: int = 4
    ) -> int:
        widths = [inputs + number * growth for number in range(layers + 1)]
        return item(itemsize) * plane(height, width) * (shared_as if shared else copied)(widths)

    return variant


MEMORY_QUESTION = Question(
    "feature_memory",
    ref.feature_memory,
    _memories,
    (
        Misconception(
            "linear_copies", _stored(copied=lambda widths: widths[-1]),
            "Your copies take no more than the shared store.",
            "Copied, each layer's input is kept by itself: the sum of inputs + l · growth, which grows with the "
            "square of the layers.",
            MEMORY,
        ),
        Misconception(
            "shared_ignored", _stored(shared_as=sum),
            "You add up every layer's input although they share one store.",
            "Views take no memory of their own: what counts is the store with all of the maps, inputs + layers · "
            "growth.",
            MEMORY,
        ),
        Misconception(
            "no_output", _stored(lambda widths: sum(widths[:-1]), lambda widths: widths[-2] if len(widths) > 1 else 0),
            "You leave out the block's output.",
            "The output, with the last layer's maps in it, is stored too: l runs from 0 to layers.",
            MEMORY,
        ),
        Misconception(
            "new_maps_alone",
            _stored(lambda widths: sum(width - widths[0] for width in widths), lambda widths: widths[-1] - widths[0]),
            "You leave out the maps that entered the block.",
            "They are part of every layer's input.",
            MEMORY,
        ),
        Misconception(
            "numbers", _stored(item=lambda itemsize: 1),
            "You count numbers; bytes are asked for.",
            "Multiply with itemsize.",
            MEMORY,
        ),
        Misconception(
            "always_float32", _stored(item=lambda itemsize: 4),
            "You take 4 bytes a number, whatever itemsize says.",
            "Multiply with itemsize.",
            MEMORY,
        ),
        Misconception(
            "square_maps", _stored(plane=lambda h, w: h * h),
            "You take the height twice.",
            "A map has height · width numbers.",
            MEMORY,
        ),
    ),
    MEMORY,
    {"general": 0.6, "shared": 0.4},
)  # fmt: skip


def _one_relu(first: bool) -> Callable[[Tensor, State], Tensor]:
    """A layer that rectifies before one of its convolutions only."""

    def variant(x: Tensor, state: State) -> Tensor:
        weight, narrow = state["conv1.weight"].double(), "conv2.weight" in state
        y = norm(x, state, "norm1")
        y = F.conv2d(F.relu(y) if first else y, weight, padding=weight.shape[-1] // 2)
        if narrow:
            y = norm(y, state, "norm2")
            y = F.conv2d(y if first else F.relu(y), state["conv2.weight"].double(), padding=1)
        return y

    return variant


def _bottleneck_given(x: Tensor, state: State) -> Tensor:
    weight = state["conv1.weight"].double()
    return F.conv2d(F.relu(norm(x, state, "norm1")), weight, padding=weight.shape[-1] // 2)


def _padded_by(first: int | None, second: int) -> Callable[[Tensor, State], Tensor]:
    """A layer with other paddings where it has a bottleneck; None is right."""

    def variant(x: Tensor, state: State) -> Tensor:
        weight = state["conv1.weight"].double()
        own = weight.shape[-1] // 2 if first is None else first
        y = F.conv2d(F.relu(norm(x, state, "norm1")), weight, padding=own)
        if "conv2.weight" in state:
            y = F.conv2d(F.relu(norm(y, state, "norm2")), state["conv2.weight"].double(), padding=second)
        return y

    return variant


LAYER_KIN = (
    Misconception(
        "conv2_not_padded", _padded_by(None, 0),
        "Your 3×3 convolution behind the bottleneck has no padding.",
        "A 3×3 filter takes padding 1, or the maps shrink and fit no longer beside the others.",
        LAYER,
    ),
    Misconception(
        "conv1_always_padded", _padded_by(1, 1),
        "Your 1×1 convolution is padded, too.",
        "A 1×1 filter takes no padding: only a 3×3 filter takes 1.",
        LAYER,
    ),
    Misconception(
        "first_relu_forgotten", _one_relu(first=False),
        "There is no ReLU before your first convolution.",
        "The order is batch normalization, ReLU, convolution: before each of the two.",
        LAYER,
    ),
    Misconception(
        "bottleneck_given", _bottleneck_given,
        "Where there is a bottleneck you stop behind it.",
        "A layer with conv2.weight goes on: norm2, ReLU, and the 3×3 convolution to the k new maps.",
        LAYER,
    ),
)  # fmt: skip


def _by_name(x: Tensor, state: State) -> Tensor:
    features = [x.double()]
    for name in sorted(members(state, "denselayer")):
        features.append(ref.dense_layer(ref.side_by_side(features), part(state, name)))
    return ref.side_by_side(features)


def _chained(x: Tensor, state: State) -> Tensor:
    y = x.double()
    for name in members(state, "denselayer"):
        y = ref.dense_layer(y, part(state, name))
    return y


BLOCK_KIN = (
    Misconception(
        "layers_chained", _chained,
        "Each of your layers reads the layer before it alone.",
        "Layer l reads the block's input and all the maps made before, put side by side.",
        BLOCK,
    ),
    Misconception(
        "no_layer_found", lambda x, state: x.double(),
        "You give back the input alone: no layer was run.",
        "The layers are called denselayer1, denselayer2 and so on, and count from 1.",
        BLOCK,
    ),
    Misconception(
        "layers_sorted_as_text", _by_name,
        "You run the layers in the order of their names as text: denselayer1, denselayer10, denselayer2.",
        "Turn the number into an int, or count up from 1.",
        BLOCK,
    ),
)  # fmt: skip


def _small_stem_rectified(state: State, x: Tensor) -> Tensor:
    features = ref.part(state, "features")
    if "norm0.weight" in features:
        return ref.densenet_forward(state, x)
    stem = F.relu(F.conv2d(x.double(), features["conv0.weight"].double(), padding=1))
    same = torch.zeros(stem.shape[1], stem.shape[1], 3, 3, dtype=torch.float64, device=stem.device)
    same[range(len(same)), range(len(same)), 1, 1] = 1.0
    return ref.densenet_forward({**state, "features.conv0.weight": same}, stem)


def _large_stem(state: State, x: Tensor) -> Tensor:
    if "features.norm0.weight" not in state:
        raise ValueError("the state has no features.norm0.weight")
    return ref.densenet_forward(state, x)


NETWORK_KIN = (
    Misconception(
        "square_last_pool", _network(pool=lambda y: F.avg_pool2d(y, y.shape[2])[:, :, 0, 0]),
        "Your last mean is that of a square, with as many columns as the maps have rows.",
        "Maps need not be square, and then some columns are left out: average over both axes.",
        NETWORK,
    ),
    Misconception(
        "small_stem_rectified", _small_stem_rectified,
        "The stem of your small networks has a ReLU.",
        "Without features.norm0 the stem is the 3×3 convolution alone: the first block brings its own normalization.",
        NETWORK,
    ),
    Misconception(
        "large_stem_always", _large_stem,
        "Every network gets ImageNet's stem in your function.",
        "Only a state with features.norm0 has it; the small networks' stem is a 3×3 convolution with padding 1.",
        NETWORK,
    ),
)  # fmt: skip

MEMORY_KIN = (
    Misconception(
        "last_layer_left_out_of_the_store", _stored(shared_as=lambda widths: widths[-2]),
        "Your shared store lacks the last layer's maps.",
        "What is shared is as large as the block's output: C + L · k maps.",
        MEMORY,
    ),
    Misconception(
        "every_array_as_large_as_the_output", _stored(copied=lambda widths: len(widths) * widths[-1]),
        "You count each of the L + 1 arrays as large as the output.",
        "They grow: layer l reads C + (l - 1) · k maps, and only the output has C + L · k.",
        MEMORY,
    ),
    Misconception(
        "output_left_out", _stored(copied=lambda widths: sum(widths[:-1])),
        "You count what each layer reads, and leave the block's output out.",
        "L layers mean L + 1 arrays: the last one is the output, C + L · k maps.",
        MEMORY,
    ),
    Misconception(
        "outputs_counted_with_the_last_twice", _stored(copied=lambda widths: sum(widths[1:]) + widths[-1]),
        "Your layers count from 1: you count each input with the layer's own maps in it, and the output twice.",
        "Layer l reads C + (l - 1) · k maps: the first one reads C.",
        MEMORY,
    ),
    Misconception(
        "inputs_left_out", _stored(copied=lambda widths: sum(widths[1:])),
        "You count what stands behind each layer, and leave the block's input out.",
        "L layers mean L + 1 arrays: the first layer's input, C maps, is one of them.",
        MEMORY,
    ),
)  # fmt: skip


def _half_kept(x: Tensor, state: State) -> Tensor:
    return ref.transition(x, {**state, "conv.weight": state["conv.weight"][: x.shape[1] // 2]})


TRANSITION_KIN = (
    Misconception(
        "half_always", _half_kept,
        "You keep half of the maps, whatever the state says.",
        "How many maps stay is the number of filters of conv.weight: 0.5 is the compression of one network.",
        TRANSITION,
    ),
)  # fmt: skip


QUESTIONS = (
    replace(LAYER_QUESTION, kin=LAYER_KIN),
    replace(BLOCK_QUESTION, kin=BLOCK_KIN),
    replace(TRANSITION_QUESTION, kin=TRANSITION_KIN),
    replace(NETWORK_QUESTION, kin=NETWORK_KIN),
    replace(MEMORY_QUESTION, kin=MEMORY_KIN),
)
