"""Chapter 14's questions: upsampling, U-Net's skip, a small U-Net, the inverted residual block."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from autograde.questions import Case, Misconception, Question, Rng, signed

from . import reference as ref
from .reference import State

UPSAMPLE, SKIP, NETWORK, BLOCK, SAME = (f"beyond-{part}" for part in ("upsample", "skip", "unet", "block", "same"))


# ---- upsampling ----


def _maps(rng: Rng) -> list[Case]:
    return [
        Case("twice in both directions", (signed(rng, 2, 3, 3, 4),)),
        Case("three times", (signed(rng, 3, 2, 2, 4), 3)),
        Case("unequal factors", (signed(rng, 2, 3, 4, 3), (2, 3)), group="unequal"),
        Case("columns only", (signed(rng, 3, 2, 3, 4), (1, 2)), group="unequal"),
        Case("one pixel", (signed(rng, 2, 4, 1, 1), (3, 2)), group="unequal"),
    ]


def _factors(scale_factor: ref.Pair) -> tuple[int, int]:
    return (scale_factor, scale_factor) if isinstance(scale_factor, int) else scale_factor


def _tiled(x: Tensor, scale_factor: ref.Pair = 2) -> Tensor:
    return x.double().repeat(1, 1, *_factors(scale_factor))


def _zeros_between(x: Tensor, scale_factor: ref.Pair = 2) -> Tensor:
    rows, columns = _factors(scale_factor)
    y = torch.zeros(*x.shape[:2], rows * x.shape[2], columns * x.shape[3], dtype=torch.float64, device=x.device)
    y[:, :, ::rows, ::columns] = x
    return y


def _bilinear(x: Tensor, scale_factor: ref.Pair = 2) -> Tensor:
    factors = tuple(float(factor) for factor in _factors(scale_factor))
    return F.interpolate(x.double(), scale_factor=factors, mode="bilinear", align_corners=False)


UPSAMPLE_QUESTION = Question(
    "upsample_nearest",
    ref.upsample_nearest,
    _maps,
    (
        Misconception(
            "tiled", _tiled,
            "You lay whole copies of the map beside each other.",
            "Each value becomes a block: np.repeat along an axis, not np.tile.",
            UPSAMPLE,
        ),
        Misconception(
            "zeros_between", _zeros_between,
            "You put zeros between the values, as the first step of a transposed convolution does.",
            "Nearest upsampling fills the whole block with the value.",
            UPSAMPLE,
        ),
        Misconception(
            "swapped", lambda x, scale_factor=2: ref.upsample_nearest(x, _factors(scale_factor)[::-1]),
            "Your factors are swapped: the row's factor is applied to columns.",
            "A pair is (row, column), as everywhere in this course.",
            UPSAMPLE,
        ),
        Misconception(
            "rows_only", lambda x, scale_factor=2: ref.upsample_nearest(x, (_factors(scale_factor)[0], 1)),
            "You repeat rows and leave the columns as they are.",
            "Both of the last two axes grow.",
            UPSAMPLE,
        ),
        Misconception(
            "first_factor", lambda x, scale_factor=2: ref.upsample_nearest(x, _factors(scale_factor)[0]),
            "You apply the first factor to both directions.",
            "A pair is (row, column).",
            UPSAMPLE,
        ),
        Misconception(
            "bilinear", _bilinear,
            "Your values are interpolated between their neighbors.",
            "Nearest means that each new pixel copies the one that it lies in.",
            UPSAMPLE,
        ),
    ),
    UPSAMPLE,
    {"general": 0.5, "unequal": 0.5},
)  # fmt: skip


# ---- the skip ----


def _pairs(rng: Rng) -> list[Case]:
    return [
        Case("an even difference", (signed(rng, 2, 3, 8, 9), signed(rng, 2, 4, 4, 7))),
        Case("odd differences", (signed(rng, 3, 2, 7, 8), signed(rng, 3, 1, 4, 3))),
        Case("as many maps on both sides", (signed(rng, 2, 3, 9, 6), signed(rng, 2, 3, 4, 4))),
        Case("equal sizes", (signed(rng, 2, 4, 3, 5), signed(rng, 2, 3, 3, 5)), group="no crop"),
        Case("rows alone to crop", (signed(rng, 2, 3, 7, 5), signed(rng, 2, 2, 4, 5)), group="no crop"),
        Case("equal shapes", (signed(rng, 3, 2, 4, 3), signed(rng, 3, 2, 4, 3)), group="no crop"),
    ]


def _skip(
    crop: Callable[[Tensor, int, int], Tensor] = ref.center_crop,
    join: Callable[[Tensor, Tensor], Tensor] = lambda e, d: torch.cat([e, d], 1),
) -> Callable[[Tensor, Tensor], Tensor]:
    def variant(encoder: Tensor, decoder: Tensor) -> Tensor:
        return join(crop(encoder.double(), *decoder.shape[2:]), decoder.double())

    return variant


def _odd_in_front(x: Tensor, height: int, width: int) -> Tensor:
    top, left = -(-(x.shape[2] - height) // 2), -(-(x.shape[3] - width) // 2)
    return x[:, :, top : top + height, left : left + width]


def _decoder_padded(encoder: Tensor, decoder: Tensor) -> Tensor:
    rows, columns = encoder.shape[2] - decoder.shape[2], encoder.shape[3] - decoder.shape[3]
    sides = (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)
    return torch.cat([encoder.double(), F.pad(decoder.double(), sides)], 1)


def _resized(x: Tensor, height: int, width: int) -> Tensor:
    return F.interpolate(x, (height, width), mode="nearest")


SKIP_QUESTION = Question(
    "unet_skip",
    ref.unet_skip,
    _pairs,
    (
        Misconception(
            "corner", _skip(lambda x, h, w: x[:, :, :h, :w]),
            "You keep the top left corner of the encoder's maps.",
            "The decoder's maps show the middle of the picture: crop as much on each side.",
            SKIP,
        ),
        Misconception(
            "far_corner", _skip(lambda x, h, w: x[:, :, x.shape[2] - h :, x.shape[3] - w :]),
            "You keep the bottom right corner of the encoder's maps.",
            "The decoder's maps show the middle of the picture: crop as much on each side.",
            SKIP,
        ),
        Misconception(
            "odd_in_front", _skip(_odd_in_front),
            "Where the difference is odd, you cut the row or column more off in front.",
            "The first row kept is (H − h) // 2, rounded down: what is more is cut off behind.",
            SKIP,
        ),
        Misconception(
            "decoder_first", _skip(join=lambda e, d: torch.cat([d, e], 1)),
            "You put the decoder's maps first.",
            "The encoder's maps come first here; the weights behind the skip count on the order.",
            SKIP,
        ),
        Misconception(
            "added", _skip(join=lambda e, d: e + d),
            "You add the two, as a ResNet does.",
            "U-Net concatenates: C + D maps.",
            SKIP,
        ),
        Misconception(
            "wrong_axis", _skip(join=lambda e, d: torch.cat([e, d], 0)),
            "You concatenate along axis 0, the images.",
            "Maps are counted by axis 1.",
            SKIP,
        ),
        Misconception(
            "decoder_padded", _decoder_padded,
            "You pad the decoder's maps up to the encoder's size.",
            "Zeros would be made up; the encoder's maps are cropped instead.",
            SKIP,
        ),
        Misconception(
            "resized", _skip(_resized),
            "You shrink the encoder's maps to the decoder's size.",
            "Cropping keeps each pixel beside the pixel that shows the same place; resizing moves them.",
            SKIP,
        ),
    ),
    SKIP,
    {"general": 0.7, "no crop": 0.3},
)  # fmt: skip


# ---- a small U-Net ----


def drawn_unet(rng: Rng, widths: tuple[int, ...], inputs: int, classes: int, skips: bool = True) -> dict[str, Any]:
    """A state for `unet_forward`: widths of the levels, the last of them the bottom's."""
    state: dict[str, np.ndarray] = {}

    def put(name: str, outputs: int, channels: int, kernel: int) -> None:
        state[f"{name}.weight"] = signed(rng, outputs, channels, kernel, kernel) / kernel / channels**0.5
        state[f"{name}.bias"] = signed(rng, outputs) / 2

    for level, width in enumerate(widths[:-1], start=1):
        put(f"down{level}", width, (inputs, *widths)[level - 1], 3)
    put("bottom", widths[-1], widths[-2], 3)
    for level in range(len(widths) - 1, 0, -1):
        put(f"up{level}", widths[level - 1], widths[level] + (widths[level - 1] if skips else 0), 3)
    put("head", classes, widths[0], 1)
    return state


def _networks(rng: Rng) -> list[Case]:
    def case(label: str, group: str, image: tuple[int, ...], widths: tuple[int, ...], *options: bool) -> Case:
        state = drawn_unet(rng, widths, image[1], 2, *options)
        return Case(label, (state, signed(rng, *image), *options), group=group, terms=2000)

    return [
        case("two levels", "skips", (2, 1, 8, 12), (3, 4, 5)),
        case("equal widths", "skips", (3, 2, 6, 4), (3, 3)),
        case("sizes that do not divide", "skips", (2, 3, 11, 9), (2, 3, 4)),
        case("three levels", "skips", (1, 1, 16, 8), (2, 3, 2, 4)),
        case("without skips", "no skips", (2, 1, 8, 12), (3, 2, 4), False),
    ]


def _unet(
    *,
    keep_pooled: bool = False,
    pool: Callable[[Tensor], Tensor] = lambda h: F.max_pool2d(h, 2),
    up: Callable[[Tensor], Tensor] = ref.upsample_nearest,
    join: Callable[[Tensor, Tensor], Tensor] = ref.unet_skip,
    order: Callable[[list[Tensor]], list[Tensor]] = lambda kept: kept,
    head: Callable[[Tensor], Tensor] = lambda y: y,
    bottom: Callable[[Tensor], Tensor] = torch.relu,
    back: Callable[[Tensor], Tensor] = torch.relu,
    bias: bool = True,
    always: bool | None = None,
) -> Callable[..., Tensor]:
    """A U-Net with one of its steps done otherwise."""

    def conv(x: Tensor, state: State, name: str) -> Tensor:
        weight = state[f"{name}.weight"].double()
        return F.conv2d(x, weight, state[f"{name}.bias"].double() if bias else None, padding=weight.shape[-1] // 2)

    def variant(state: State, x: Tensor, skips: bool = True) -> Tensor:
        skips = skips if always is None else always
        levels = sum(name.startswith("down") and name.endswith(".weight") for name in state)
        h, kept = x.double(), []
        for level in range(1, levels + 1):
            h = torch.relu(conv(h, state, f"down{level}"))
            pooled = pool(h)
            kept.append(up(pooled) if keep_pooled else h)
            h = pooled
        h = bottom(conv(h, state, "bottom"))
        kept = order(kept)
        for level in range(levels, 0, -1):
            h = up(h)
            h = back(conv(join(kept[level - 1], h) if skips else h, state, f"up{level}"))
        return head(conv(h, state, "head"))

    return variant


NETWORK_QUESTION = Question(
    "unet_forward",
    ref.unet_forward,
    _networks,
    (
        Misconception(
            "after_the_pool", _unet(keep_pooled=True),
            "You keep the maps behind the pool and send these through the skip.",
            "The skip brings back what the pool throws away: keep the maps before it.",
            NETWORK,
        ),
        Misconception(
            "average_pool", _unet(pool=lambda h: F.avg_pool2d(h, 2)),
            "You average where the maximum is asked for.",
            "On the way down each level ends with a 2×2 maximum pool.",
            NETWORK,
        ),
        Misconception(
            "zeros_between", _unet(up=_zeros_between),
            "You upsample by putting zeros between the values.",
            "Nearest upsampling fills each block with its value.",
            UPSAMPLE,
        ),
        Misconception(
            "tiled", _unet(up=_tiled),
            "You upsample by laying copies of the map beside each other.",
            "Each value becomes a block: np.repeat, not np.tile.",
            UPSAMPLE,
        ),
        Misconception(
            "decoder_first", _unet(join=lambda e, d: torch.cat([d, ref.center_crop(e, *d.shape[2:])], 1)),
            "In the skip you put the decoder's maps first.",
            "The encoder's maps come first; the weights count on the order.",
            SKIP,
        ),
        Misconception(
            "corner", _unet(join=lambda e, d: torch.cat([e[:, :, : d.shape[2], : d.shape[3]], d], 1)),
            "In the skip you keep the top left corner of the encoder's maps.",
            "Crop about the middle.",
            SKIP,
        ),
        Misconception(
            "relu_on_logits", _unet(head=torch.relu),
            "You apply a ReLU to the logits.",
            "The head's convolution is the last step: a logit may be negative.",
            NETWORK,
        ),
        Misconception(
            "probabilities", _unet(head=lambda y: y.softmax(1)),
            "You return probabilities.",
            "The network gives logits; the softmax belongs to the loss.",
            NETWORK,
        ),
        Misconception(
            "linear_bottom", _unet(bottom=lambda y: y),
            "At the bottom you leave out the ReLU.",
            "Every convolution but the head's is followed by a ReLU.",
            NETWORK,
        ),
        Misconception(
            "linear_way_up", _unet(back=lambda y: y),
            "On the way up you leave out the ReLUs.",
            "Every convolution but the head's is followed by a ReLU.",
            NETWORK,
        ),
        Misconception(
            "no_bias", _unet(bias=False),
            "You leave out the biases.",
            "Each convolution has a bias beside its weight.",
            NETWORK,
        ),
    ),
    NETWORK,
    {"skips": 0.8, "no skips": 0.2},
)  # fmt: skip


# ---- the inverted residual block ----

Act = Callable[[Tensor], Tensor]
STATISTICS = ("running_mean", "running_var", "weight", "bias")


def drawn_block(rng: Rng, channels: int, inner: int | None, filters: int, kernel: tuple[int, int]) -> dict[str, Any]:
    """A state for `inverted_residual`; without `inner` it does not expand. Variances may be as small as its eps."""
    state: dict[str, np.ndarray] = {}

    def put(conv: str, norm: str, *shape: int) -> None:
        state[f"{conv}.weight"] = signed(rng, *shape) / np.prod(shape[1:]) ** 0.5
        state[f"{norm}.running_mean"] = signed(rng, shape[0]) / 2
        state[f"{norm}.running_var"] = rng.uniform(0.02, 1.0, shape[0]) ** 2
        state[f"{norm}.weight"] = rng.uniform(1.0, 3.0, shape[0])
        state[f"{norm}.bias"] = 2 * signed(rng, shape[0])

    if inner is not None:
        put("expand", "bn0", inner, channels, 1, 1)
    put("depthwise", "bn1", inner or channels, 1, *kernel)
    put("project", "bn2", filters, inner or channels, 1, 1)
    return state


def _blocks(rng: Rng) -> list[Case]:
    def case(label: str, group: str, image: tuple[int, ...], *block: Any, **options: Any) -> Case:
        args = (3 * signed(rng, *image), drawn_block(rng, image[1], *block), *options.pop("stride", ()))
        return Case(label, args, options, group=group, terms=2000)

    return [
        case("stride 1, with the sum", "stride 1", (2, 3, 5, 6), 7, 3, (3, 3)),
        case("stride 2, rows odd and columns even", "stride 2", (2, 4, 7, 8), 6, 5, (3, 3), stride=(2,)),
        case("stride 1, without the sum", "stride 1", (1, 4, 6, 5), 9, 3, (5, 3)),
        case("stride 2, 5×5 filters, as many maps out as in", "stride 2", (2, 3, 8, 9), 5, 3, (5, 5), stride=(2,)),
        case("stride 2, rows that need no zeros", "stride 2", (2, 3, 6, 7), 5, 4, (1, 3), stride=(2,)),
        case("nothing to expand", "no expansion", (3, 4, 5, 4), None, 4, (3, 3)),
        case("nothing to expand, stride 2", "no expansion", (2, 5, 6, 3), None, 2, (3, 5), stride=(2,)),
        case("another eps", "eps", (2, 2, 4, 5), 6, 2, (3, 3), eps=0.1),
        case("stride 2 over maps of one pixel", "stride 2", (2, 3, 1, 1), 5, 3, (3, 3), stride=(2,)),
    ]


def _normalized(h: Tensor, own: State, eps: float) -> Tensor:
    return F.batch_norm(h, *(own[part].double() for part in STATISTICS), training=False, eps=eps)


def _of_the_batch(h: Tensor, own: State, eps: float) -> Tensor:
    return F.batch_norm(h, None, None, own["weight"].double(), own["bias"].double(), training=True, eps=eps)


def _without_root(h: Tensor, own: State, eps: float) -> Tensor:
    mean, var, weight, bias = (own[part].double()[:, None, None] for part in STATISTICS)
    return weight * (h - mean) / (var + eps) + bias


def _total(size: int, taps: int, stride: int) -> int:
    return max((-(-size // stride) - 1) * stride + taps - size, 0)


Sides = tuple[int, int, int, int]


def _tensorflows(size: tuple[int, int], taps: tuple[int, int], stride: int) -> Sides:
    """Zeros left, right, above, below, with the odd one behind."""
    rows, columns = (_total(n, k, stride) for n, k in zip(size, taps, strict=True))
    return columns // 2, columns - columns // 2, rows // 2, rows - rows // 2


def _evenly(size: tuple[int, int], taps: tuple[int, int], stride: int) -> Sides:
    rows, columns = (k // 2 for k in taps)
    return columns, columns, rows, rows


def _by_height(size: tuple[int, int], taps: tuple[int, int], stride: int) -> Sides:
    return _tensorflows((size[0], size[0]), (taps[0], taps[0]), stride)


def _same(h: Tensor) -> Tensor:
    return h


def _mbconv(
    *,
    inside: tuple[Act, Act] = (F.relu6, F.relu6),
    projected: Act = _same,
    join: Callable[[Tensor, Tensor], Tensor] = lambda x, h: x + h,
    last: Act = _same,
    sides: Callable[[tuple[int, int], tuple[int, int], int], Sides] = _tensorflows,
    strides: Callable[[int], tuple[int, int, int]] = lambda stride: (1, stride, 1),
    norm: Callable[[Tensor, State, float], Tensor] = _normalized,
    last_norm: bool = True,
    eps_of: Callable[[float], float] = lambda eps: eps,
) -> Callable[..., Tensor]:
    """An inverted residual block with one of its steps done otherwise."""

    def variant(x: Tensor, state: State, stride: int = 1, eps: float = 1e-3) -> Tensor:
        def normalize(h: Tensor, name: str) -> Tensor:
            return norm(h, {part: state[f"{name}.{part}"] for part in STATISTICS}, eps_of(eps))

        one, two, three = strides(stride)
        h = x = x.double()
        if "expand.weight" in state:
            h = inside[0](normalize(F.conv2d(h, state["expand.weight"].double(), stride=one), "bn0"))
        filters = state["depthwise.weight"].double()
        padded = F.pad(h, sides((h.shape[2], h.shape[3]), (filters.shape[2], filters.shape[3]), two))
        h = inside[1](normalize(F.conv2d(padded, filters, stride=two, groups=len(filters)), "bn1"))
        h = F.conv2d(h, state["project.weight"].double(), stride=three)
        h = projected(normalize(h, "bn2") if last_norm else h)
        return last(join(x, h) if stride == 1 and h.shape[1] == x.shape[1] else h)

    return variant


BLOCK_QUESTION = Question(
    "inverted_residual",
    ref.inverted_residual,
    _blocks,
    (
        Misconception(
            "relu", _mbconv(inside=(F.relu, F.relu)),
            "You use ReLU, which has no upper end.",
            "This network was trained with ReLU6: what is above 6 becomes 6.",
            BLOCK,
        ),
        Misconception(
            "linear_expansion", _mbconv(inside=(_same, F.relu6)),
            "You leave out the ReLU6 after the expansion.",
            "Two of the three convolutions are followed by ReLU6: the expansion and the depthwise one.",
            BLOCK,
        ),
        Misconception(
            "linear_depthwise", _mbconv(inside=(F.relu6, _same)),
            "You leave out the ReLU6 after the depthwise filters.",
            "Two of the three convolutions are followed by ReLU6: the expansion and the depthwise one.",
            BLOCK,
        ),
        Misconception(
            "bent_projection", _mbconv(projected=F.relu6),
            "You apply ReLU6 to the projection.",
            "The narrow end stays linear: a ReLU6 there would throw away what few maps must carry.",
            BLOCK,
        ),
        Misconception(
            "bent_sum", _mbconv(last=F.relu6),
            "You apply ReLU6 to what the block returns.",
            "Nothing follows the projection and nothing follows the sum. (A ResNet's block does end with a ReLU.)",
            BLOCK,
        ),
        Misconception(
            "never_added", _mbconv(join=lambda x, h: h),
            "You leave out the sum with x.",
            "Where the stride is 1 and there are as many maps out as in, x is added.",
            BLOCK,
        ),
        Misconception(
            "concatenated", _mbconv(join=lambda x, h: torch.cat([x, h], 1)),
            "You concatenate x and the branch.",
            "This block adds, as a ResNet does; that is why F must be C.",
            BLOCK,
        ),
        Misconception(
            "padded_evenly", _mbconv(sides=_evenly),
            "At stride 2 your windows begin a zero too early, as with k // 2 zeros on every side.",
            "The total follows from the size; at stride 2 and an even size it is odd, and total // 2 zeros go before.",
            SAME,
        ),
        Misconception(
            "padded_by_height", _mbconv(sides=_by_height),
            "You compute the zeros from the height and use them for the width as well.",
            "Each axis has its own size, number of taps, and total.",
            SAME,
        ),
        Misconception(
            "stride_on_expansion", _mbconv(strides=lambda stride: (stride, 1, 1)),
            "You stride the expansion.",
            "The stride belongs to the depthwise filters: a strided 1×1 convolution skips three pixels of four.",
            BLOCK,
        ),
        Misconception(
            "batch_statistics", _mbconv(norm=_of_the_batch),
            "You normalize with the batch's own mean and variance.",
            "A trained network uses the running statistics that the state holds.",
            "batch-running",
        ),
        Misconception(
            "no_root", _mbconv(norm=_without_root),
            "You divide by the variance.",
            "Divide by the square root of variance plus eps.",
            "batch-running",
        ),
        Misconception(
            "torch_eps", _mbconv(eps_of=lambda eps: 1e-5),
            "Your batch normalization adds 1e-5, which is torch's default.",
            "Hand eps on; this network was trained with 1e-3.",
            BLOCK,
        ),
        Misconception(
            "fixed_eps", _mbconv(eps_of=lambda eps: 1e-3),
            "You add 1e-3 to the variances, whatever eps is.",
            "Hand eps on to the batch normalization.",
            BLOCK,
        ),
        Misconception(
            "no_last_norm", _mbconv(last_norm=False),
            "You leave out the batch normalization after the projection.",
            "Each of the three convolutions is followed by its own: bn0, bn1, bn2.",
            BLOCK,
        ),
    ),
    BLOCK,
    {"stride 1": 0.3, "stride 2": 0.4, "no expansion": 0.2, "eps": 0.1},
)  # fmt: skip


def _pooled_kept(state: State, x: Tensor, skips: bool = True) -> Tensor:
    """The pooled maps as they are go through the skips: the decoder's are larger, and nothing fits."""
    levels = sum(name.startswith("down") and name.endswith(".weight") for name in state)
    if skips and levels:
        raise ValueError("the pooled maps are smaller than the decoder's")
    return ref.unet_forward(state, x, skips)


def _first_level_first(state: State, x: Tensor, skips: bool = True) -> Tensor:
    return _unet(order=lambda kept: kept[::-1])(state, x, skips)


def _skips_always(state: State, x: Tensor, skips: bool = True) -> Tensor:
    return ref.unet_forward(state, x)


def _negative_crop(encoder: Tensor, decoder: Tensor) -> Tensor:
    """[t:-t, l:-l]: one row too many where a difference is odd, and nothing where it is 0."""
    rows, columns = (encoder.shape[k] - decoder.shape[k] for k in (2, 3))
    top, left = rows // 2, columns // 2
    return torch.cat([encoder.double()[:, :, top:-top, left:-left], decoder.double()], 1)


def _numbers_only(x: Tensor, scale_factor: ref.Pair = 2) -> Tensor:
    if not isinstance(scale_factor, int):
        raise TypeError("a pair came where a number was expected")
    return ref.upsample_nearest(x, scale_factor)


def _channels_and_rows(x: Tensor, scale_factor: ref.Pair = 2) -> Tensor:
    rows, columns = _factors(scale_factor)
    return x.double().repeat_interleave(rows, 1).repeat_interleave(columns, 2)


UPSAMPLE_KIN = (
    Misconception(
        "numbers_only", _numbers_only,
        "You take one number for both axes only.",
        "scale_factor may also be a pair (row, column): make a pair of a single number first.",
        UPSAMPLE,
    ),
    Misconception(
        "channels_and_rows_repeated", _channels_and_rows,
        "You repeat channels and rows in place of rows and columns.",
        "x is (N, C, H, W): rows are axis 2, columns axis 3.",
        UPSAMPLE,
    ),
)  # fmt: skip

SKIP_KIN = (
    Misconception(
        "cropped_by_negative_ends", _negative_crop,
        "You crop with [k:-k], which is empty where k is 0, and keeps a row too many where the difference is odd.",
        "Start at k and take as many rows as the decoder has: [k : k + h].",
        SKIP,
    ),
)  # fmt: skip


def _added_always(x: Tensor, state: State, stride: int = 1, eps: float = 1e-3) -> Tensor:
    y = ref.inverted_residual(x, state, stride, eps)
    if stride == 1 and y.shape[1] != x.shape[1]:
        return x.double() + y  # which fits where one of them has one channel, and else fails
    return y


def _added_where_shapes_agree(x: Tensor, state: State, stride: int = 1, eps: float = 1e-3) -> Tensor:
    y = ref.inverted_residual(x, state, stride, eps)
    return x.double() + y if stride > 1 and y.shape == x.shape else y


def _expanded_always(x: Tensor, state: State, stride: int = 1, eps: float = 1e-3) -> Tensor:
    if "expand.weight" not in state:
        raise ValueError("the state has no expand.weight")
    return ref.inverted_residual(x, state, stride, eps)


BLOCK_KIN = (
    Misconception(
        "added_whatever_the_channels", _added_always,
        "You add x at stride 1 whatever the number of channels is.",
        "x is added where stride is 1 and F is C: both, or the shapes do not fit.",
        BLOCK,
    ),
    Misconception(
        "added_where_shapes_agree", _added_where_shapes_agree,
        "You add x wherever its shape is the answer's, at stride 2 too.",
        "Over maps of one pixel stride 2 keeps the shape, and the block has no sum all the same: ask for the stride.",
        BLOCK,
    ),
    Misconception(
        "expanded_always", _expanded_always,
        "You expand always.",
        "Where E is C there is no expand.weight and no bn0: the block begins with the depthwise filters.",
        BLOCK,
    ),
)  # fmt: skip


def _one_comes_first(state: State, x: Tensor, skips: bool = True) -> Tensor:
    """The way up in the order of the numbers: where there are several levels, maps and filters do not fit."""
    levels = sum(name.startswith("down") and name.endswith(".weight") for name in state)
    if levels > 1:
        raise ValueError("up1 reads the maps of the level above, not those of the bottom")
    return ref.unet_forward(state, x, skips)


def _padded_join(encoder: Tensor, decoder: Tensor) -> Tensor:
    """The decoder's maps with zeros around them, as large as the encoder's."""
    rows, columns = (encoder.shape[k] - decoder.shape[k] for k in (2, 3))
    sides = (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)
    return torch.cat([encoder, F.pad(decoder, sides)], 1)


NETWORK_KIN = (
    Misconception(
        "up_from_one",
        _one_comes_first,
        "Your way up begins with up1.",
        "The deepest level comes first on the way up: with two levels up2 and the maps of down2, then up1 and those of "
        "down1.",
        NETWORK,
    ),
    Misconception(
        "decoder_padded",
        _unet(join=_padded_join),
        "You pad the decoder's maps up to the size of the kept ones.",
        "Here it is the kept maps that are cut to the decoder's size, as `unet_skip` does it: nothing is invented at "
        "the border.",
        NETWORK,
    ),
    Misconception(
        "skips_always",
        _skips_always,
        "You join the kept maps whatever skips says.",
        "With skips=False each up layer takes the upsampled maps alone.",
        NETWORK,
    ),
    Misconception(
        "pooled_maps_kept",
        _pooled_kept,
        "You keep the maps behind the pool, which are too small for the skip.",
        "The skip brings back what the pool throws away: keep the maps before it.",
        NETWORK,
    ),
    Misconception(
        "first_level_first",
        _first_level_first,
        "On the way up you take the kept maps in the order in which you kept them.",
        "The deepest level comes first on the way up: take them from the end, kept.pop().",
        NETWORK,
    ),
)

QUESTIONS = (
    replace(UPSAMPLE_QUESTION, kin=UPSAMPLE_KIN),
    replace(SKIP_QUESTION, kin=SKIP_KIN),
    replace(NETWORK_QUESTION, kin=NETWORK_KIN),
    replace(BLOCK_QUESTION, kin=BLOCK_KIN),
)
