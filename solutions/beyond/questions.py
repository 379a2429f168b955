"""Chapter 14's questions: upsampling, U-Net's skip, a small U-Net, compound scaling."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from autograde.questions import Case, Misconception, Question, Rng, signed

from . import reference as ref
from .reference import State

UPSAMPLE, SKIP, NETWORK, SCALING = (f"beyond-{part}" for part in ("upsample", "skip", "unet", "scaling"))


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


# ---- compound scaling ----

Scaled = tuple[int, int, int, float]


def _rounds(value: float, up: bool) -> bool:
    """Whether rounding to the nearest goes up (or down), and not by the last bit of a float."""
    return 0.52 < value % 1 < 0.98 if up else 0.02 < value % 1 < 0.48


def _drawn(rng: Rng, up: bool, phi: float, *coefficients: float) -> tuple[Any, ...]:
    """Sizes of a base network; scaled, channels and side round up or down, and layers the other way round."""
    alpha, beta, gamma = coefficients or (1.2, 1.1, 1.15)
    while True:
        layers, channels, side = int(rng.integers(11, 40)), int(rng.integers(3, 40)) * 8, int(rng.integers(60, 300))
        exact = channels * beta**phi / 8, side * gamma**phi
        if all(_rounds(value, up) for value in exact) and _rounds(layers * alpha**phi, not up):
            return phi, layers, channels, side, *coefficients


def _scales(rng: Rng) -> list[Case]:
    return [
        Case("phi 1", _drawn(rng, True, 1)),
        Case("phi 3", _drawn(rng, False, 3)),
        Case("a phi between", _drawn(rng, True, 2.5)),
        Case("the base network", (0, 18, 32, 224)),
        Case("other coefficients", _drawn(rng, False, 2, 1.3, 1.15, 1.05), group="coefficients"),
        Case("a smaller network", _drawn(rng, True, -1, 1.4, 1.2, 1.1), group="coefficients"),
    ]


def _scaled(
    layers_of: Callable[[float], int] = math.ceil,
    channels_of: Callable[[float], int] = lambda c: 8 * round(c / 8),
    side_of: Callable[[float], int] = round,
    cost: Callable[[float, float, float], float] = lambda a, b, c: a * b**2 * c**2,
    power: Callable[[float, float], float] = lambda base, phi: base**phi,
    order: tuple[int, int, int] = (0, 1, 2),
) -> Callable[..., Scaled]:
    """Compound scaling with another rounding, cost, power, or order of its coefficients."""

    def variant(
        phi: float, layers: int, channels: int, side: int, alpha: float = 1.2, beta: float = 1.1, gamma: float = 1.15
    ) -> Scaled:
        bases = alpha, beta, gamma
        a, b, c = (bases[index] for index in order)
        return (
            layers_of(layers * power(a, phi)), channels_of(channels * power(b, phi)), side_of(side * power(c, phi)),
            power(cost(alpha, beta, gamma), phi),
        )  # fmt: skip

    return variant


SCALING_QUESTION = Question(
    "compound_scaling",
    ref.compound_scaling,
    _scales,
    (
        Misconception(
            "no_squares", _scaled(cost=lambda a, b, c: a * b * c),
            "In the cost, width and resolution count once; they count twice.",
            "Twice the width means twice the inputs and twice the filters; twice the resolution, twice the rows and "
            "twice the columns.",
            SCALING,
        ),
        Misconception(
            "all_squared", _scaled(cost=lambda a, b, c: (a * b * c) ** 2),
            "In the cost, depth counts squared.",
            "Twice the layers cost twice as much: alpha · beta² · gamma².",
            SCALING,
        ),
        Misconception(
            "times_phi", _scaled(power=lambda base, phi: 1 + phi * (base - 1)),
            "You scale in proportion to phi; phi is an exponent.",
            "Each step of phi multiplies again: alpha ** phi.",
            SCALING,
        ),
        Misconception(
            "layers_down", _scaled(layers_of=math.floor),
            "You round the layers down.",
            "Layers are rounded up, so that the network is never shallower than asked.",
            SCALING,
        ),
        Misconception(
            "layers_nearest", _scaled(layers_of=round),
            "You round the layers to the nearest number.",
            "Layers are rounded up.",
            SCALING,
        ),
        Misconception(
            "any_channels", _scaled(channels_of=round),
            "Your channels are no multiple of 8.",
            "Round channels / 8 and multiply by 8: hardware likes it so.",
            SCALING,
        ),
        Misconception(
            "channels_down", _scaled(channels_of=lambda c: 8 * int(c / 8)),
            "You round the channels down to a multiple of 8.",
            "The nearest multiple is asked for.",
            SCALING,
        ),
        Misconception(
            "channels_up", _scaled(channels_of=lambda c: 8 * math.ceil(c / 8)),
            "You round the channels up to a multiple of 8.",
            "The nearest multiple is asked for, which may be the lower one.",
            SCALING,
        ),
        Misconception(
            "side_cut", _scaled(side_of=int),
            "You cut the side's fraction off.",
            "Round to the nearest whole number.",
            SCALING,
        ),
        Misconception(
            "alpha_on_width", _scaled(order=(1, 0, 2)),
            "You scale depth by beta and width by alpha.",
            "alpha is for depth, beta for width, gamma for resolution.",
            SCALING,
        ),
        Misconception(
            "gamma_on_width", _scaled(order=(0, 2, 1)),
            "You scale width by gamma and resolution by beta.",
            "alpha is for depth, beta for width, gamma for resolution.",
            SCALING,
        ),
        Misconception(
            "one_step", lambda phi, layers, channels, side, alpha=1.2, beta=1.1, gamma=1.15: (
                *ref.compound_scaling(phi, layers, channels, side, alpha, beta, gamma)[:3], alpha * beta**2 * gamma**2
            ),
            "Your cost is that of phi = 1.",
            "It is (alpha · beta² · gamma²) ** phi.",
            SCALING,
        ),
    ),
    SCALING,
    {"general": 0.6, "coefficients": 0.4},
)  # fmt: skip

QUESTIONS = (UPSAMPLE_QUESTION, SKIP_QUESTION, NETWORK_QUESTION, SCALING_QUESTION)
