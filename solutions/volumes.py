"""Wrong ideas about depth, bias and memory layout, for any function of x and weight with an (N, F, ...) answer."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from torch import Tensor

from autograde.questions import Misconception

from .channels import reference as ref
from .windows import changed, fractions_lost, window_ideas, window_kin

DEPTH, BIAS, LAYOUT = (f"channels-{part}" for part in ("depth", "bias", "layout"))


def scrambled(function: Callable[..., Tensor], order: tuple[int, ...]) -> Callable[..., Tensor]:
    """`function` whose (N, F, oH, oW) answer lies in memory in another order, and is reshaped."""

    def variant(*args: Any, **kwargs: Any) -> Tensor:
        y = function(*args, **kwargs)
        return y.permute(order).reshape(y.shape)

    return variant


def _with_bias(
    function: Callable[..., Tensor], add: Callable[[Tensor, Tensor, Tensor], Tensor]
) -> Callable[..., Tensor]:
    """`function` with another bias: `add(y, bias, weight)` gets the answer without one."""
    plain = changed(function, bias=lambda a: None)
    signature = inspect.signature(function)
    name = "weight" if "weight" in signature.parameters else "pointwise_weight"

    def variant(*args: Any, **kwargs: Any) -> Tensor:
        asked = signature.bind(*args, **kwargs).arguments
        y, bias = plain(*args, **kwargs), asked.get("bias")
        return y if bias is None else add(y, bias.double(), asked[name])

    return variant


def bias_ideas(function: Callable[..., Tensor]) -> tuple[Misconception, ...]:
    """Wrong ideas about a bias of shape (F,), for any function of x, weight and bias with an (N, F, ...) answer.

    Where filters have one tap, "bias_per_tap" and "bias_per_channel" are one idea: leave one out.
    """
    return (
        Misconception(
            "bias_on_the_last_axis",
            _with_bias(function, lambda y, bias, weight: y + bias),
            "Your bias runs along the columns of the output.",
            "y + bias lines the bias up with the last axis. There is one bias for each filter, and the filters are "
            "axis 1: give the bias the shape (1, F, 1, 1) first.",
            BIAS,
        ),
        Misconception(
            "bias_per_channel",
            _with_bias(function, lambda y, bias, weight: y + weight.shape[1] * bias[:, None, None]),
            "Your bias is added once for each input channel.",
            "The bias is added once for each output, after the sum over all channels.",
            BIAS,
        ),
        Misconception(
            "bias_per_tap",
            _with_bias(function, lambda y, bias, weight: y + weight[0].numel() * bias[:, None, None]),
            "Your bias is added once for each tap of the filter.",
            "The bias is added once for each output, after the sum over all taps of all channels.",
            BIAS,
        ),
        Misconception(
            "bias_of_first_filter",
            _with_bias(function, lambda y, bias, weight: y + bias[0]),
            "Every output map gets the first filter's bias.",
            "Each filter has its own bias: bias[f] goes to the whole map f.",
            BIAS,
        ),
        Misconception(
            "bias_left_out",
            changed(function, bias=lambda a: None),
            "Your bias is missing.",
            "Add bias[f] to every output of filter f.",
            BIAS,
        ),
    )


def layout_ideas(function: Callable[..., Tensor]) -> tuple[Misconception, ...]:
    """Wrong ideas about the order of axes in memory, for any function of x with an (N, F, ...) answer."""
    return (
        Misconception(
            "input_read_channels_last",
            changed(function, x=lambda a: a["x"].reshape(*(a["x"].shape[k] for k in (0, 2, 3, 1))).permute(0, 3, 1, 2)),
            "You read x as if its channels came last.",
            "x is (N, C, H, W). To bring the channels to the end, transpose; reshape would only cut the same row of "
            "numbers in other places.",
            LAYOUT,
        ),
        Misconception(
            "output_channels_last",
            lambda *args, **kwargs: function(*args, **kwargs).permute(0, 2, 3, 1),
            "Your output has its channels at the end.",
            "The output is (N, F, oH, oW), so that it can be the next layer's input.",
            LAYOUT,
        ),
        Misconception(
            "batch_items_mixed",
            scrambled(function, (1, 0, 2, 3)),
            "Your images are mixed with each other: the filters' axis came first, and reshape did not move it.",
            "reshape keeps the order in memory. From (F, N, oH, oW), a transpose brings N to the front.",
            LAYOUT,
        ),
        Misconception(
            "reshape_where_transpose_was_needed",
            scrambled(function, (0, 2, 3, 1)),
            "Your maps are mixed with each other: the filters' axis came last, and reshape did not move it.",
            "reshape keeps the order in memory. From (N, oH, oW, F), a transpose brings F to axis 1.",
            LAYOUT,
        ),
    )


def _relaid(weight: Tensor) -> Tensor:
    """The filters' numbers read as if each were (kH, kW, C)."""
    filters, depth, rows, columns = weight.shape
    return weight.reshape(filters, rows, columns, depth).permute(0, 3, 1, 2)


VOLUME_IDEAS = (
    Misconception(
        "first_channel_only",
        changed(ref.conv2d, x=lambda a: a["x"][:, :1], weight=lambda a: a["weight"][:, :1]),
        "Your output uses the first channel only.",
        "A filter spans the whole depth of its input: the sum runs over all channels.",
        DEPTH,
    ),
    Misconception(
        "channels_averaged",
        changed(ref.conv2d, weight=lambda a: a["weight"].double() / a["weight"].shape[1]),
        "You average over the channels.",
        "The channels' contributions are added up, and not divided by their number.",
        DEPTH,
    ),
    Misconception(
        "one_plane_for_all_channels",
        changed(ref.conv2d, weight=lambda a: a["weight"][:, :1].expand(a["weight"].shape)),
        "You use the filter's first plane for every channel.",
        "A filter has its own taps for each channel: weight[f, c] goes with x[:, c].",
        DEPTH,
    ),
    Misconception(
        "kernel_flipped",
        changed(ref.conv2d, weight=lambda a: a["weight"].flip(2, 3)),
        "Your filters are flipped: this is convolution, where cross-correlation was asked for.",
        "Tap weight[f, c, u, v] meets the pixel u rows and v columns from the window's first pixel.",
        "filter-arithmetic-flip",
    ),
    Misconception(
        "kernel_transposed",
        changed(ref.conv2d, weight=lambda a: a["weight"].transpose(2, 3)),
        "Your filters are transposed: rows and columns have changed places.",
        "weight is (F, C, kH, kW): the last but one axis counts rows, the last counts columns.",
        "filter-arithmetic-transpose",
    ),
    Misconception(
        "patch_channel_order",
        changed(ref.conv2d, weight=lambda a: _relaid(a["weight"])),
        "Your patches and your filters are flattened in different orders.",
        "weight.reshape(F, -1) runs through the channels first, then rows, then columns. The patches must do the same.",
        LAYOUT,
    ),
    *layout_ideas(ref.conv2d),
    *bias_ideas(ref.conv2d),
    *window_ideas(ref.conv2d),
    fractions_lost(ref.conv2d),
)

VOLUME_KIN = (
    Misconception(
        "channels_reversed",
        changed(ref.conv2d, weight=lambda a: a["weight"].flip(1)),
        "Your filters' planes meet the channels in reverse order.",
        "weight[f, c] goes with x[:, c]: only rows and columns could ever be turned, and here not even these.",
        DEPTH,
    ),
    *window_kin(ref.conv2d),
)
