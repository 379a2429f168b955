"""Chapter 6: layers without weights that make images smaller, and how much of the image a neuron sees."""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor

from ..stride.reference import Pair, pair


def max_pool2d(
    x: Tensor, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0, dilation: Pair = 1
) -> Tensor:
    """y[n, c, i, j] = max over u, v of x~[n, c, i * s_h + u * d_h, j * s_w + v * d_w], x~ padded with -inf.

    Args:
        x: (N, C, H, W) float.
        kernel_size: (row, column) or one for both.
        stride: (row, column) or one for both; None takes kernel_size.
        padding: (row, column) or one for both, at most half of the kernel size.
        dilation: (row, column) or one for both.

    Returns:
        (N, C, oH, oW) float, sizes by `conv_output_size`.

    Source: torch.nn.functional.max_pool2d.
    """
    steps = pair(kernel_size if stride is None else stride)
    return F.max_pool2d(x.double(), pair(kernel_size), steps, pair(padding), pair(dilation))


def avg_pool2d(
    x: Tensor, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0, count_include_pad: bool = True
) -> Tensor:
    """y[n, c, i, j] = the window's sum over its number of places (of those inside the image if padding is not counted).

    Args:
        x: (N, C, H, W) float.
        kernel_size: (row, column) or one for both.
        stride: (row, column) or one for both; None takes kernel_size.
        padding: zeros at each end, (row, column) or one for both, at most half of the kernel size.
        count_include_pad: whether padded places count in the divisor.

    Returns:
        (N, C, oH, oW) float, sizes by `conv_output_size`.

    Source: torch.nn.functional.avg_pool2d.
    """
    steps = pair(kernel_size if stride is None else stride)
    return F.avg_pool2d(x.double(), pair(kernel_size), steps, pair(padding), False, count_include_pad)


def global_avg_pool2d(x: Tensor) -> Tensor:
    """y[n, c] = mean over i, j of x[n, c, i, j].

    Args:
        x: (N, C, H, W) float.

    Returns:
        (N, C) float.

    Source: Lin, Chen and Yan 2014, Network in network, section 3.2.
    """
    return x.double().mean((2, 3))


def adaptive_avg_pool2d(x: Tensor, output_size: Pair) -> Tensor:
    """y[..., i, j] = the mean of rows floor(i H / oH) to ceil((i + 1) H / oH) - 1, and of columns likewise.

    Args:
        x: (N, C, H, W) float.
        output_size: (oH, oW) or one for both; it may be larger than the input.

    Returns:
        (N, C, oH, oW) float.

    Source: torch.nn.functional.adaptive_avg_pool2d.
    """
    return F.adaptive_avg_pool2d(x.double(), pair(output_size))


def receptive_field(layers: Sequence[tuple[int, ...]]) -> tuple[int, int, int]:
    """(r, j, a): r = 1 + sum d_l * (k_l - 1) * j_(l - 1), j_l = s_1 * ... * s_l, a = -sum p_l * j_(l - 1).

    Args:
        layers: (kernel_size, stride), with dilation as a third and padding as a fourth number, along one axis, first
            layer first.

    Returns:
        the pixels of the input that one unit of the last layer sees along the axis, 1 without layers; the pixels from
        one unit's field to its neighbor's; the first pixel of the first unit's field, below 0 in the border.

    Source: Araujo, Norris and Sim 2019, Computing receptive fields of convolutional neural networks, equations 2 to 4.
    """
    size, jump, start = 1, 1, 0
    for kernel_size, stride, *rest in layers:
        dilation, padding = (*rest, *(1, 0)[len(rest) :])
        size += dilation * (kernel_size - 1) * jump
        start -= padding * jump
        jump *= stride
    return size, jump, start
