"""Chapter 14 in torch: upsampling, U-Net's skip, a small U-Net, compound scaling."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

Pair = int | tuple[int, int]
State = Mapping[str, Tensor]


def upsample_nearest(x: Tensor, scale_factor: Pair = 2) -> Tensor:
    """Each value becomes a block of equal values.

    Args:
        x: (N, C, H, W) float.
        scale_factor: whole (row, column), or one for both.

    Returns:
        (N, C, row · H, column · W) float.

    Source: torch.nn.functional.interpolate with mode nearest.
    """
    rows, columns = (scale_factor, scale_factor) if isinstance(scale_factor, int) else scale_factor
    return x.double().repeat_interleave(rows, 2).repeat_interleave(columns, 3)


def center_crop(x: Tensor, height: int, width: int) -> Tensor:
    """The middle of each map; where a difference is odd, the row or column more is cut off behind."""
    top, left = (x.shape[2] - height) // 2, (x.shape[3] - width) // 2
    return x[:, :, top : top + height, left : left + width]


def unet_skip(encoder: Tensor, decoder: Tensor) -> Tensor:
    """The encoder's maps, cropped to the decoder's size about their middle, and behind them the decoder's.

    Args:
        encoder: (N, C, H, W) float.
        decoder: (N, D, h, w) float, h at most H and w at most W.

    Returns:
        (N, C + D, h, w) float.

    Source: Ronneberger, Fischer and Brox 2015, U-Net, section 2.
    """
    return torch.cat([center_crop(encoder.double(), *decoder.shape[2:]), decoder.double()], 1)


def _conv(x: Tensor, state: State, name: str) -> Tensor:
    weight = state[f"{name}.weight"].double()
    return F.conv2d(x, weight, state[f"{name}.bias"].double(), padding=weight.shape[-1] // 2)


def unet_forward(state: State, x: Tensor, skips: bool = True) -> Tensor:
    """A small U-Net: a convolution a level, 2×2 maximum pools down, nearest upsampling back up.

    Args:
        state: "down1", "down2", ..., "bottom", ..., "up2", "up1" and "head", each with ".weight" and ".bias"; filters
            are 3×3 with padding 1, but the head's, which are 1×1.
        x: (N, C, H, W) float.
        skips: whether each "up" reads the maps of its "down" beside the upsampled ones.

    Returns:
        (N, classes, h, w) float, logits for each pixel; h and w are H and W made divisible by 2 ** levels.

    Source: after Ronneberger, Fischer and Brox 2015, with one convolution a level and padding.
    """
    levels = sum(name.startswith("down") and name.endswith(".weight") for name in state)
    h, kept = x.double(), []
    for level in range(1, levels + 1):
        h = torch.relu(_conv(h, state, f"down{level}"))
        kept.append(h)
        h = F.max_pool2d(h, 2)
    h = torch.relu(_conv(h, state, "bottom"))
    for level in range(levels, 0, -1):
        h = upsample_nearest(h)
        if skips:
            h = unet_skip(kept[level - 1], h)
        h = torch.relu(_conv(h, state, f"up{level}"))
    return _conv(h, state, "head")


def compound_scaling(
    phi: float,
    layers: int,
    channels: int,
    side: int,
    alpha: float = 1.2,
    beta: float = 1.1,
    gamma: float = 1.15,
) -> tuple[int, int, int, float]:
    """Depth times alpha ** phi, width times beta ** phi, resolution times gamma ** phi.

    Args:
        phi: the compound coefficient.
        layers: of the base network.
        channels: of one of its layers.
        side: of its input.
        alpha: for depth.
        beta: for width.
        gamma: for resolution.

    Returns:
        layers, rounded up; channels, to the nearest multiple of 8; side, to the nearest whole number; and by what the
        multiply-accumulates grow before rounding, (alpha · beta² · gamma²) ** phi.

    Source: Tan and Le 2019, EfficientNet, equation 3.
    """
    return (
        math.ceil(layers * alpha**phi),
        8 * round(channels * beta**phi / 8),
        round(side * gamma**phi),
        (alpha * beta**2 * gamma**2) ** phi,
    )
