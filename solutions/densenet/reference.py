"""Chapter 13 in torch: concatenation, dense layers and blocks, transitions, whole networks, and what they store.

A state is a dict of tensors by torchvision's names; batch normalization is in evaluation throughout.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ..resnet.reference import norm, part

State = Mapping[str, Tensor]


def members(state: State, stem: str) -> list[str]:
    """The first parts of names that are `stem` and a number, by number: denselayer1, denselayer2, ..., denselayer10."""
    heads = {name.split(".")[0] for name in state}
    found = [head for head in heads if head.startswith(stem) and head.removeprefix(stem).isdigit()]
    return sorted(found, key=lambda head: int(head.removeprefix(stem)))


def side_by_side(features: Sequence[Tensor]) -> Tensor:
    """The maps of all features side by side, in their order.

    Args:
        features: (N, C_i, H, W) float each.

    Returns:
        (N, sum of C_i, H, W) float.

    Source: torch.cat with dim 1; Huang et al. 2017, equation 2.
    """
    return torch.cat([feature.double() for feature in features], 1)


def dense_layer(x: Tensor, state: State) -> Tensor:
    """conv3×3(ReLU(BN(conv1×1(ReLU(BN(x)))))), or conv3×3(ReLU(BN(x))) where the state has no conv2.

    Args:
        x: (N, C, H, W) float.
        state: norm1.*, conv1.weight and, with a bottleneck, norm2.* and conv2.weight.

    Returns:
        the new maps alone, (N, k, H, W) float.

    Source: Huang et al. 2017, section 3, composite function and bottleneck layers.
    """
    weight = state["conv1.weight"].double()
    y = F.conv2d(F.relu(norm(x, state, "norm1")), weight, padding=weight.shape[-1] // 2)
    if "conv2.weight" in state:
        y = F.conv2d(F.relu(norm(y, state, "norm2")), state["conv2.weight"].double(), padding=1)
    return y


def dense_block(x: Tensor, state: State) -> Tensor:
    """Layer after layer, each seeing the block's input and all maps made before it.

    Args:
        x: (N, C, H, W) float.
        state: denselayer1.*, denselayer2.*, and so on.

    Returns:
        (N, C + layers · k, H, W) float: the input first, then each layer's maps.

    Source: Huang et al. 2017, equation 2.
    """
    features = [x]
    for name in members(state, "denselayer"):
        features.append(dense_layer(side_by_side(features), part(state, name)))
    return side_by_side(features)


def transition(x: Tensor, state: State) -> Tensor:
    """avg_pool2×2(conv1×1(ReLU(BN(x)))).

    Args:
        x: (N, C, H, W) float.
        state: norm.* and conv.weight.

    Returns:
        (N, C', floor(H / 2), floor(W / 2)) float.

    Source: Huang et al. 2017, section 3, pooling layers and compression.
    """
    return F.avg_pool2d(F.conv2d(F.relu(norm(x, state, "norm")), state["conv.weight"].double()), 2)


def densenet_forward(state: State, x: Tensor) -> Tensor:
    """A DenseNet's logits, its shape read from the state.

    Args:
        state: by torchvision's names; with features.norm0.* the stem is ImageNet's, 7×7 with stride 2, normalization,
            ReLU and a 3×3 maximum pool with stride 2; without it CIFAR's, 3×3.
        x: (N, C, H, W) float.

    Returns:
        (N, classes) float.

    Source: Huang et al. 2017, table 1.
    """
    features = part(state, "features")
    weight = features["conv0.weight"].double()
    if "norm0.weight" in features:
        y = F.relu(norm(F.conv2d(x.double(), weight, stride=2, padding=3), features, "norm0"))
        y = F.max_pool2d(y, 3, 2, 1)
    else:
        y = F.conv2d(x.double(), weight, padding=1)
    blocks = members(features, "denseblock")
    for number, name in enumerate(blocks, start=1):
        y = dense_block(y, part(features, name))
        if number < len(blocks):
            y = transition(y, part(features, f"transition{number}"))
    y = F.relu(norm(y, features, f"norm{len(blocks) + 1}")).mean((2, 3))
    return F.linear(y, state["classifier.weight"].double(), state["classifier.bias"].double())


def feature_memory(
    layers: int, inputs: int, growth: int, height: int, width: int, shared: bool = False, itemsize: int = 4
) -> int:
    """Bytes that a dense block's features take: each layer's input and the block's output, copied or shared.

    Args:
        layers: number of layers.
        inputs: maps that enter the block.
        growth: maps that each layer adds.
        height: of a map.
        width: of a map.
        shared: whether all of them are views of one store; otherwise each concatenation is a copy that is kept.
        itemsize: bytes of a number.

    Returns:
        int: itemsize · H · W times the sum of inputs + l · growth over l = 0 ... layers; shared, times the last alone.

    Source: Pleiss et al. 2017, Memory-efficient implementation of DenseNets.
    """
    widths = [inputs + number * growth for number in range(layers + 1)]
    return itemsize * height * width * (widths[-1] if shared else sum(widths))
