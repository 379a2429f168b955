"""Chapter 4: images and filters with depth, and what a network of them costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..stride.reference import Pair, conv_output_size, pair

Layer = Mapping[str, Any]


def conv2d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> Tensor:
    """y[n, f, i, j] = bias[f] + sum of x~[n, c, i * s_h + u * d_h, j * s_w + v * d_w] * weight[f, c, u, v].

    The sum runs over c, u and v; x~ is x padded with zeros.

    Args:
        x: (N, C, H, W) float.
        weight: (F, C / groups, kH, kW) float.
        bias: (F,) float, or None.
        stride: (row, column) or one for both.
        padding: zeros at each end of an axis, (row, column) or one for both.
        dilation: (row, column) or one for both.
        groups: parts into which channels and filters are divided (1 in chapter 4).

    Returns:
        (N, F, oH, oW) float.

    Source: torch.nn.functional.conv2d.
    """
    b = None if bias is None else bias.double()
    return F.conv2d(x.double(), weight.double(), b, pair(stride), pair(padding), pair(dilation), groups)


def conv2d_shape(
    input_shape: tuple[int, int, int, int],
    weight_shape: tuple[int, int, int, int],
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
) -> tuple[int, int, int, int]:
    """(N, F, oH, oW), sizes by `conv_output_size`.

    Args:
        input_shape: (N, C, H, W).
        weight_shape: (F, C, kH, kW).
        stride: (row, column) or one for both.
        padding: (row, column) or one for both.
        dilation: (row, column) or one for both.
    """
    rows, columns = (
        conv_output_size(n, k, *rest)
        for n, k, *rest in zip(
            input_shape[2:], weight_shape[2:], pair(stride), pair(padding), pair(dilation), strict=True
        )
    )
    return (input_shape[0], weight_shape[0], rows, columns)


def module(layer: Layer) -> nn.Module:
    """The torch module that a layer's dict describes, without storage (device "meta").

    Args:
        layer: "type" and torch's own argument names and defaults: conv2d (in_channels, out_channels, kernel_size,
            stride, padding, dilation, groups, bias), linear (in_features, out_features, bias), batch_norm2d
            (num_features), max_pool2d and avg_pool2d (kernel_size, stride, padding), adaptive_avg_pool2d
            (output_size), relu and flatten.
    """
    kinds: dict[str, type[nn.Module]] = {
        "conv2d": nn.Conv2d,
        "linear": nn.Linear,
        "batch_norm2d": nn.BatchNorm2d,
        "max_pool2d": nn.MaxPool2d,
        "avg_pool2d": nn.AvgPool2d,
        "adaptive_avg_pool2d": nn.AdaptiveAvgPool2d,
        "relu": nn.ReLU,
        "flatten": nn.Flatten,
    }
    options = {name: value for name, value in layer.items() if name != "type"}
    if layer["type"] in ("conv2d", "linear", "batch_norm2d"):
        options["device"] = "meta"
    return kinds[layer["type"]](**options)


def count_parameters(layers: Sequence[Layer]) -> int:
    """Learned numbers of a network: F * (C / groups) * kH * kW weights and F biases for each convolution, and so on.

    Args:
        layers: dicts as `module` reads them, first layer first. Running statistics of batch norm are not learned.
    """
    return sum(parameter.numel() for layer in layers for parameter in module(layer).parameters())


def trace(layers: Sequence[Layer], input_shape: tuple[int, ...]) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """The shapes before and after each layer, without the batch axis.

    Args:
        layers: dicts as `module` reads them; the features that reach a linear layer are not checked.
        input_shape: (C, H, W) of one image.
    """
    shapes = [tuple(input_shape)]
    for layer in layers:
        if layer["type"] == "linear":
            shapes.append((layer["out_features"],))
        else:
            shapes.append(tuple(module(layer).eval()(torch.empty(1, *shapes[-1], device="meta")).shape[1:]))
    return list(pairwise(shapes))


def macs_by_layer(layers: Sequence[Layer], input_shape: tuple[int, ...]) -> list[int]:
    """Multiplications of each layer for one image; arguments as `count_macs`."""
    counts = []
    for layer, (_, after) in zip(layers, trace(layers, input_shape), strict=True):
        weight = getattr(module(layer), "weight", None)
        if layer["type"] == "conv2d" and weight is not None:
            counts.append(weight.numel() * after[1] * after[2])
        else:
            counts.append(weight.numel() if layer["type"] == "linear" and weight is not None else 0)
    return counts


def count_macs(layers: Sequence[Layer], input_shape: tuple[int, ...]) -> int:
    """Multiply-accumulates for one image: every weight of a convolution once for each output position.

    Args:
        layers: dicts as `module` reads them. Only convolutions and linear layers count; biases do not.
        input_shape: (C, H, W).
    """
    return sum(macs_by_layer(layers, input_shape))


def activation_column(x: Tensor, weight: Tensor, bias: Tensor, i: int, j: int) -> Tensor:
    """v[f] = bias[f] + sum(x[:, i : i + kH, j : j + kW] * weight[f]): all filters at one place.

    Args:
        x: (C, H, W) float.
        weight: (F, C, kH, kW) float.
        bias: (F,) float.
        i: output row, stride 1 and no padding.
        j: output column.

    Returns:
        (F,) float.

    Source: a column of torch.nn.functional.conv2d's output.
    """
    return conv2d(x[None], weight, bias)[0, :, i, j]
