"""Chapter 3: how far a window moves, and how many places that leaves it."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

Pair = int | tuple[int, int]


def pair(value: Pair) -> tuple[int, int]:
    """(row, column): an int stands for both axes."""
    if isinstance(value, int):
        return (value, value)
    row, column = value
    return (row, column)


def conv_output_size(n: int, k: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """floor((n + 2 * padding - dilation * (k - 1) - 1) / stride) + 1.

    Args:
        n: pixels along the axis.
        k: taps along the axis.
        stride: pixels from one window to the next.
        padding: pixels added at each end.
        dilation: pixels from one tap to the next.

    Source: torch.nn.Conv2d; Dumoulin and Visin 2016, relationship 6 and section 5.1.
    """
    return (n + 2 * padding - dilation * (k - 1) - 1) // stride + 1


def conv2d_single(
    x: Tensor, w: Tensor, b: float = 0.0, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1
) -> Tensor:
    """y[i, j] = b + sum over u, v of x~[i * s_h + u * d_h, j * s_w + v * d_w] * w[u, v], x~ padded with zeros.

    Args:
        x: (H, W) float.
        w: (kH, kW) float.
        b: the bias.
        stride: (row, column) or one for both.
        padding: at each end of an axis, (row, column) or one for both.
        dilation: (row, column) or one for both.

    Returns:
        (oH, oW) float, sizes by `conv_output_size`.

    Source: torch.nn.functional.conv2d.
    """
    x, w = x.double()[None, None], w.double()[None, None]
    return F.conv2d(x, w, None, pair(stride), pair(padding), pair(dilation))[0, 0] + b


def conv_transpose2d_single(
    x: Tensor, w: Tensor, stride: Pair = 1, padding: Pair = 0, output_padding: Pair = 0
) -> Tensor:
    """y[i * s_h + u - p_h, j * s_w + v - p_w] += x[i, j] * w[u, v], over all i, j, u, v that land inside.

    Args:
        x: (H, W) float.
        w: (kH, kW) float.
        stride: (row, column) or one for both.
        padding: rows and columns cut off at each end.
        output_padding: rows and columns more at the bottom and the right, smaller than the stride.

    Returns:
        ((H - 1) * s_h - 2 * p_h + kH + op_h, the same for columns) float.

    Source: torch.nn.functional.conv_transpose2d.
    """
    x, w = x.double()[None, None], w.double()[None, None]
    return F.conv_transpose2d(x, w, None, pair(stride), pair(padding), pair(output_padding))[0, 0]


def valid_strides(n: int, k: int, padding: int = 0) -> list[int]:
    """All strides s with (n + 2 * padding - k) / s whole, from 1 to max(1, n + 2 * padding - k).

    Args:
        n: pixels along the axis.
        k: taps along the axis, at most n + 2 * padding.
        padding: pixels added at each end.

    Returns:
        the strides in ascending order.
    """
    way = n + 2 * padding - k
    return [s for s in range(1, max(1, way) + 1) if way % s == 0]


def settings_for(n: int, out: int, largest: int) -> list[tuple[int, int, int]]:
    """All (k, s, p) with conv_output_size(n, k, s, p) = out, 1 <= k <= largest, 1 <= s <= k and 0 <= p <= k / 2.

    Args:
        n: pixels along the axis.
        out: the output's size along the axis.
        largest: the largest k.

    Returns:
        the triples in ascending order.

    Source: the inequality out <= (n + 2p - k) / s + 1 < out + 1, by `conv_output_size` for each triple.
    """
    return [
        (k, s, p)
        for k in range(1, largest + 1)
        for s in range(1, k + 1)
        for p in range(k // 2 + 1)
        if n + 2 * p >= k and conv_output_size(n, k, s, p) == out
    ]
