"""Chapter 2: what surrounds an image before it is filtered."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..filter_arithmetic.reference import filter_response

Padding = int | tuple[int, ...]


def sides(padding: Padding) -> tuple[int, int, int, int]:
    """The padding of each side, (top, bottom, left, right).

    Args:
        padding: p for every side, (pad_h, pad_w) for each side of an axis, or (top, bottom, left, right).
    """
    if isinstance(padding, int):
        return (padding,) * 4
    if len(padding) == 2:
        return (padding[0], padding[0], padding[1], padding[1])
    top, bottom, left, right = padding
    return (top, bottom, left, right)


def source_index(n: int, before: int, after: int, mode: str) -> list[int]:
    """The pixel at each place of a padded axis, by torch's own padding of the row 0, 1, ..., n - 1; -1 for none.

    Args:
        n: pixels along the axis.
        before: places in front of it, below n for "reflect", at most n for "circular".
        after: places behind it, with the same limits.
        mode: as in `pad2d`.

    Source: torch.nn.functional.pad.
    """
    shown = pad2d(torch.arange(1, n + 1)[None], (0, 0, before, after), mode)[0]
    return [int(pixel) - 1 for pixel in shown]


def pad2d(x: Tensor, padding: Padding, mode: str = "zeros") -> Tensor:
    """y[i, j] = x[i - top, j - left] inside; outside, what `mode` puts there.

    Args:
        x: (H, W) float.
        padding: as `sides` reads it.
        mode: "zeros", "reflect" (mirror that does not repeat the edge; padding below the size), "replicate" (the
            edge again and again) or "circular" (the opposite end; padding up to the size).

    Returns:
        (top + H + bottom, left + W + right) float.

    Source: torch.nn.functional.pad, with the names of torch.nn.Conv2d's padding_mode.
    """
    top, bottom, left, right = sides(padding)
    torch_mode = "constant" if mode == "zeros" else mode
    return F.pad(x.double()[None, None], (left, right, top, bottom), mode=torch_mode)[0, 0]


def same_padding(kernel_size: int, dilation: int = 1) -> tuple[int, int]:
    """(before, after), dilation * (kernel_size - 1) in total, an odd pixel after.

    Args:
        kernel_size: taps along one axis.
        dilation: distance between neighboring taps.

    Source: torch.nn.Conv2d(padding="same"), stride 1.
    """
    total = dilation * (kernel_size - 1)
    return total // 2, total - total // 2


def conv2d_padded(x: Tensor, w: Tensor, b: float, padding: Padding, mode: str = "zeros") -> Tensor:
    """Pad, then cross-correlate, then add the bias once for each output.

    Args:
        x: (H, W) float.
        w: (kH, kW) float.
        b: the bias.
        padding: as `sides` reads it.
        mode: as in `pad2d`.

    Returns:
        (top + H + bottom - kH + 1, left + W + right - kW + 1) float.

    Source: torch.nn.Conv2d with padding_mode.
    """
    return filter_response(pad2d(x, padding, mode), w, b)
