"""Chapter 14 in torch: upsampling, U-Net's skip, a small U-Net, the inverted residual block and EfficientNet-Lite0."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

Pair = int | tuple[int, int]
State = Mapping[str, Tensor]
Around = Callable[[Tensor, tuple[int, int], int], Tensor]


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


def same_padded(x: Tensor, kernel: tuple[int, int], stride: int) -> Tensor:
    """Zeros around each map, for ceil(size / stride) places; where their number is odd, one more comes after."""
    sides: list[int] = []
    for size, taps in zip(reversed(x.shape[2:]), reversed(kernel), strict=True):
        total = max((-(-size // stride) - 1) * stride + taps - size, 0)
        sides += [total // 2, total - total // 2]
    return F.pad(x, sides)


def _normalized(x: Tensor, state: State, name: str, eps: float) -> Tensor:
    parts = (state[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias"))
    return F.batch_norm(x, *parts, training=False, eps=eps)


def _block(x: Tensor, state: State, stride: int, eps: float, around: Around = same_padded) -> Tensor:
    """`inverted_residual` in the dtype of its arguments."""
    h = x
    if "expand.weight" in state:
        h = F.relu6(_normalized(F.conv2d(h, state["expand.weight"]), state, "bn0", eps))
    filters = state["depthwise.weight"]
    rows, columns = filters.shape[2:]
    h = F.conv2d(around(h, (rows, columns), stride), filters, stride=stride, groups=len(filters))
    h = F.relu6(_normalized(h, state, "bn1", eps))
    h = _normalized(F.conv2d(h, state["project.weight"]), state, "bn2", eps)
    return x + h if stride == 1 and h.shape[1] == x.shape[1] else h


def inverted_residual(x: Tensor, state: State, stride: int = 1, eps: float = 1e-3) -> Tensor:
    """Expand, filter each map, project, and add x where the shapes allow.

    Args:
        x: (N, C, H, W) float.
        state: "expand.weight" (E, C, 1, 1) and "bn0" (both left out where nothing is expanded), "depthwise.weight"
            (E, 1, kH, kW) and "bn1", "project.weight" (F, E, 1, 1) and "bn2"; a bn has ".weight", ".bias",
            ".running_mean" and ".running_var".
        stride: of the depthwise filters.
        eps: what is added to each variance.

    Returns:
        (N, F, ceil(H / stride), ceil(W / stride)) float; x is added where stride is 1 and F is C.

    Source: Sandler et al. 2018, MobileNetV2, figure 3 and table 1, with the padding that TensorFlow calls SAME.
    """
    return _block(x.double(), {name: value.double() for name, value in state.items()}, stride, eps)


def lite0_maps(
    state: State, x: Tensor, strides: Sequence[int], eps: float = 1e-3, around: Around = same_padded
) -> Iterator[Tensor]:
    """What EfficientNet-Lite0 holds after its stem, after each block, and after its last convolution, in turn.

    Args:
        state: the network's arrays, named as `lite0.read` in given/ names them.
        x: (N, 3, H, W) float; its dtype and the state's are one, and the answers'.
        strides: of the blocks.
        eps: of every batch normalization.
        around: puts zeros around maps, for the stem's and the depthwise filters.

    Source: github.com/tensorflow/tpu, models/official/efficientnet/lite.
    """
    h = F.conv2d(around(x, (3, 3), 2), state["stem.weight"], stride=2)
    yield (h := F.relu6(_normalized(h, state, "bn0", eps)))
    for number, stride in enumerate(strides):
        start = f"blocks.{number}."
        own = {name.removeprefix(start): value for name, value in state.items() if name.startswith(start)}
        yield (h := _block(h, own, stride, eps, around))
    yield F.relu6(_normalized(F.conv2d(h, state["head.weight"]), state, "bn1", eps))


def lite0_logits(
    state: State, x: Tensor, strides: Sequence[int], eps: float = 1e-3, around: Around = same_padded
) -> Tensor:
    """The (N, 1000) logits of EfficientNet-Lite0; arguments as in `lite0_maps`."""
    *_, last = lite0_maps(state, x, strides, eps, around)
    return F.linear(last.mean((2, 3)), state["fc.weight"], state["fc.bias"])
