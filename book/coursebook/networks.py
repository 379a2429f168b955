"""Real networks as lists of layers, in the form that the assignment of chapter 4 counts.

A layer is a dict: its type, and the options that torch gives it. Where a network branches, its list is the path that
an image takes without the shortcuts, and the projections on the shortcuts stand beside it.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import nn

Layer = dict[str, Any]
RELU: Layer = {"type": "relu"}
FLATTEN: Layer = {"type": "flatten"}


def conv(in_channels: int, out_channels: int, kernel_size: int | tuple[int, int], **options: Any) -> Layer:
    """A convolution; options are those of torch's Conv2d."""
    sizes = {"in_channels": in_channels, "out_channels": out_channels, "kernel_size": kernel_size}
    return {"type": "conv2d", **sizes, **options}


def pool(kernel_size: int, stride: int | None = None, padding: int = 0) -> Layer:
    """A maximum pool; its stride is its kernel size where none is given."""
    return {"type": "max_pool2d", "kernel_size": kernel_size, "stride": stride or kernel_size, "padding": padding}


def head(*features: int) -> list[Layer]:
    """Flattens, then linear layers with a ReLU between two of them."""
    layers = [FLATTEN]
    for n, m in pairwise(features):
        layers += [{"type": "linear", "in_features": n, "out_features": m}, RELU]
    return layers[:-1]


def lenet5() -> list[Layer]:
    """LeNet-5 as it is usually written today: every filter of the second layer sees all six maps."""
    halve = pool(2)
    return [conv(1, 6, 5, padding=2), RELU, halve, conv(6, 16, 5), RELU, halve, *head(400, 120, 84, 10)]


def alexnet() -> list[Layer]:
    """AlexNet in one tower, for images of 224 by 224, with the widths of torchvision."""
    rest = [conv(192, 384, 3, padding=1), RELU, conv(384, 256, 3, padding=1), RELU, conv(256, 256, 3, padding=1), RELU]
    first = [conv(3, 64, 11, stride=4, padding=2), RELU, pool(3, 2), conv(64, 192, 5, padding=2), RELU, pool(3, 2)]
    return [*first, *rest, pool(3, 2), *head(9216, 4096, 4096, 1000)]


def alexnet_grouped() -> list[Layer]:
    """AlexNet as published, in two towers, for images of 227 by 227."""
    first = [conv(3, 96, 11, stride=4), RELU, pool(3, 2), conv(96, 256, 5, padding=2, groups=2), RELU, pool(3, 2)]
    rest = [conv(256, 384, 3, padding=1), RELU, conv(384, 384, 3, padding=1, groups=2), RELU]
    last = [conv(384, 256, 3, padding=1, groups=2), RELU, pool(3, 2)]
    return [*first, *rest, *last, *head(9216, 4096, 4096, 1000)]


def vgg16() -> list[Layer]:
    """VGG-16, for images of 224 by 224."""
    layers, depth = [], 3
    for width, count in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(count):
            layers += [conv(depth, width, 3, padding=1), RELU]
            depth = width
        layers.append(pool(2))
    return [*layers, *head(25088, 4096, 4096, 1000)]


def _with_norm(layer: Layer) -> list[Layer]:
    """A convolution without a bias, followed by batch norm."""
    return [{**layer, "bias": False}, {"type": "batch_norm2d", "num_features": layer["out_channels"]}]


def _end(depth: int) -> list[Layer]:
    return [{"type": "adaptive_avg_pool2d", "output_size": 1}, *head(depth, 1000)]


Projection = tuple[list[Layer], tuple[int, int, int]]
"""The layers on a shortcut, and the shape (C, H, W) that enters them."""


def resnet18() -> list[Layer]:
    """The path through ResNet-18's layers, without its shortcuts, for images of 224 by 224."""
    layers, depth = [*_with_norm(conv(3, 64, 7, stride=2, padding=3)), RELU, pool(3, 2, 1)], 64
    for width in (64, 128, 256, 512):
        for block in range(2):
            stride = 2 if block == 0 and width > 64 else 1
            layers += [*_with_norm(conv(depth, width, 3, stride=stride, padding=1)), RELU]
            layers += [*_with_norm(conv(width, width, 3, padding=1)), RELU]
            depth = width
    return [*layers, *_end(depth)]


def bottleneck_network(
    *, groups: int = 1, group_width: int = 64, stride_on_1x1: bool = False
) -> tuple[list[Layer], list[Projection]]:
    """The path through a network of 50 layers, and its projections, for images of 224 by 224.

    Args:
        groups: groups of each 3 by 3 convolution.
        group_width: channels of a group in the first stage; later stages double it.
        stride_on_1x1: whether a block shrinks in its first convolution (version 1) or in its second.
    """
    layers, projections = [*_with_norm(conv(3, 64, 7, stride=2, padding=3)), RELU, pool(3, 2, 1)], []
    depth, size = 64, 56
    for stage, count in enumerate((3, 4, 6, 3)):
        width, out = groups * group_width * 2**stage, 256 * 2**stage
        for block in range(count):
            stride = 2 if block == 0 and stage > 0 else 1
            early, late = (stride, 1) if stride_on_1x1 else (1, stride)
            if block == 0:
                projections.append((_with_norm(conv(depth, out, 1, stride=stride)), (depth, size, size)))
            layers += [*_with_norm(conv(depth, width, 1, stride=early)), RELU]
            layers += [*_with_norm(conv(width, width, 3, stride=late, padding=1, groups=groups)), RELU]
            layers += [*_with_norm(conv(width, out, 1)), RELU]
            depth, size = out, size // stride
    return [*layers, *_end(depth)], projections


def resnext50() -> tuple[list[Layer], list[Projection]]:
    """ResNeXt-50 32x4d: 32 groups of 4 channels in the first stage."""
    return bottleneck_network(groups=32, group_width=4)


def mobilenet(*, separable: bool = True) -> list[Layer]:
    """MobileNet at full width for images of 224 by 224, or the same with full convolutions in place of its pairs."""
    layers, depth = [*_with_norm(conv(3, 32, 3, stride=2, padding=1)), RELU], 32
    steps = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]
    for width, stride in steps:
        if separable:
            layers += [*_with_norm(conv(depth, depth, 3, stride=stride, padding=1, groups=depth)), RELU]
            layers += [*_with_norm(conv(depth, width, 1)), RELU]
        else:
            layers += [*_with_norm(conv(depth, width, 3, stride=stride, padding=1)), RELU]
        depth = width
    return [*layers, *_end(depth)]


def windows(layers: Sequence[Layer]) -> list[tuple[int, int]]:
    """(kernel_size, stride) of every layer that has a window: the form in which `receptive_field` reads a network."""
    return [
        (layer["kernel_size"], layer.get("stride", 1))
        for layer in layers
        if layer["type"] in ("conv2d", "max_pool2d", "avg_pool2d")
    ]


_MODULES = {
    "conv2d": nn.Conv2d, "linear": nn.Linear, "batch_norm2d": nn.BatchNorm2d, "max_pool2d": nn.MaxPool2d,
    "avg_pool2d": nn.AvgPool2d, "adaptive_avg_pool2d": nn.AdaptiveAvgPool2d, "relu": nn.ReLU, "flatten": nn.Flatten,
}  # fmt: skip


def _modules(layers: Sequence[Layer]) -> nn.Sequential:
    return nn.Sequential(
        *(_MODULES[layer["type"]](**{key: layer[key] for key in layer if key != "type"}) for layer in layers)
    ).eval()


def volumes(layers: Sequence[Layer], input_shape: tuple[int, int, int]) -> list[tuple[str, tuple[int, int, int]]]:
    """What enters and what each convolution, pool and linear layer leaves, as (type, (C, H, W)), from torch."""
    found = [("image", input_shape)]
    with torch.device("meta"):
        y = torch.empty(1, *input_shape)
        for layer, module in zip(layers, _modules(layers), strict=True):
            y = module(y)
            if layer["type"] not in ("relu", "flatten", "batch_norm2d"):
                found.append((layer["type"], (*y.shape[1:], 1, 1)[:3]))
    return found


def torch_counts(layers: Sequence[Layer], input_shape: tuple[int, int, int]) -> tuple[int, int]:
    """Parameters and multiply-accumulates of the same layers as torch modules, without computing a number."""
    macs = 0

    def count(module: nn.Module, _: object, out: torch.Tensor) -> None:
        nonlocal macs
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            macs += module.weight.numel() * out[0, 0].numel() if out.ndim == 4 else module.weight.numel()

    with torch.device("meta"):
        network = _modules(layers)
        for module in network:
            module.register_forward_hook(count)
        network(torch.empty(1, *input_shape))
    return sum(parameter.numel() for parameter in network.parameters()), macs
