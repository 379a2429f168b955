"""Chapter 5: filters that see one pixel, or some of the channels only."""

from __future__ import annotations

import torch
from torch import Tensor

from ..channels.reference import conv2d
from ..stride.reference import Pair


def conv1x1(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """y[n, f, i, j] = bias[f] + sum over c of weight[f, c, 0, 0] * x[n, c, i, j].

    Args:
        x: (N, C, H, W) float.
        weight: (F, C, 1, 1) float.
        bias: (F,) float, or None.

    Returns:
        (N, F, H, W) float.

    Source: torch.nn.functional.conv2d; Lin, Chen and Yan 2014, Network in network, section 3.1.
    """
    return conv2d(x, weight, bias)


def grouped_conv2d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> Tensor:
    """`conv2d` in which filter f sees the C / groups channels of its group f // (F / groups) only.

    Args:
        x: (N, C, H, W) float; C is a multiple of groups.
        weight: (F, C / groups, kH, kW) float; F is a multiple of groups.
        bias: (F,) float, or None.
        stride: (row, column) or one for both.
        padding: (row, column) or one for both.
        dilation: (row, column) or one for both.
        groups: number of groups; consecutive channels and consecutive filters belong together.

    Returns:
        (N, F, oH, oW) float.

    Source: torch.nn.functional.conv2d.
    """
    return conv2d(x, weight, bias, stride, padding, dilation, groups)


def depthwise_separable_conv2d(
    x: Tensor,
    depthwise_weight: Tensor,
    pointwise_weight: Tensor,
    bias: Tensor | None = None,
    stride: Pair = 1,
    padding: Pair = 0,
) -> Tensor:
    """One filter for each channel, then a 1 by 1 convolution across the channels; no activation between.

    Args:
        x: (N, C, H, W) float.
        depthwise_weight: (C, 1, kH, kW) float.
        pointwise_weight: (F, C, 1, 1) float.
        bias: (F,) float, added at the end, or None.
        stride: of the depthwise step, (row, column) or one for both.
        padding: of the depthwise step, (row, column) or one for both.

    Returns:
        (N, F, oH, oW) float.

    Source: Howard et al. 2017, MobileNets, section 3.1.
    """
    return conv1x1(conv2d(x, depthwise_weight, None, stride, padding, groups=x.shape[1]), pointwise_weight, bias)


def channel_shuffle(x: Tensor, groups: int) -> Tensor:
    """y[:, k * groups + g] = x[:, g * (C / groups) + k]: one channel of each group in turn.

    Args:
        x: (N, C, H, W) float; C is a multiple of groups.
        groups: number of groups.

    Returns:
        (N, C, H, W) float.

    Source: torch.nn.ChannelShuffle; Zhang et al. 2018, ShuffleNet, section 3.1.
    """
    return torch.channel_shuffle(x.double(), groups)
