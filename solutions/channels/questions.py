"""Chapter 4's questions: convolution with depth, its shape, its cost, and one column of its output."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from autograde.questions import Case, Misconception, Question, Rng, signed, whole

from ..stride.reference import conv_output_size, pair
from ..volumes import VOLUME_IDEAS, VOLUME_KIN
from ..windows import FRACTIONS, WHOLE, changed, fractions_lost, pairs_swapped, played
from . import reference as ref

DEPTH, BIAS, SHAPE, PARAMETERS, MACS, LAYOUT, COLUMN = (
    f"channels-{part}" for part in ("depth", "bias", "shape", "parameters", "macs", "layout", "column")
)
Layer = dict[str, Any]


def _layer(kind: str, **options: Any) -> Layer:
    return {"type": kind, **options}


def _conv(in_channels: int, out_channels: int, kernel_size: Any, **options: Any) -> Layer:
    return _layer("conv2d", in_channels=in_channels, out_channels=out_channels, kernel_size=kernel_size, **options)


def _head(*features: int) -> list[Layer]:
    return [_layer("flatten"), *(_layer("linear", in_features=n, out_features=m) for n, m in pairwise(features))]


VGG_WIDTHS = (64, 128, 256, 512, 512)


def _vgg16(widths: Sequence[int] = VGG_WIDTHS, classes: int = 1000) -> list[Layer]:
    layers, depth = [], 3
    for width, count in zip(widths, (2, 2, 3, 3, 3), strict=True):
        for _ in range(count):
            layers += [_conv(depth, width, 3, padding=1), _layer("relu")]
            depth = width
        layers.append(_layer("max_pool2d", kernel_size=2))
    return [*layers, *_head(49 * depth, 4096, 4096, classes)]


def _other_vgg16(rng: Rng) -> list[Layer]:
    """VGG-16 with widths and classes that no paper lists."""
    return _vgg16([int(width) for width in rng.integers(9, 400, 5)], int(rng.integers(5, 900)))


def _alexnet_grouped() -> list[Layer]:
    pool = _layer("max_pool2d", kernel_size=3, stride=2)
    convolutions = [
        *(_conv(3, 96, 11, stride=4), pool),
        *(_conv(96, 256, 5, padding=2, groups=2), pool),
        _conv(256, 384, 3, padding=1),
        _conv(384, 384, 3, padding=1, groups=2),
        *(_conv(384, 256, 3, padding=1, groups=2), pool),
    ]
    return [*convolutions, *_head(9216, 4096, 4096, 1000)]


def _small_network(rng: Rng) -> list[Layer]:
    """Every type of layer once; made for images of 3 channels, 20 rows and 37 columns."""
    a, b, c, classes = (int(n) for n in rng.choice(range(5, 14), 4, replace=False))
    return [
        _conv(3, 2 * a, (5, 2), stride=(1, 2), bias=False),
        _layer("batch_norm2d", num_features=2 * a),
        _layer("relu"),
        _layer("max_pool2d", kernel_size=3, stride=2, padding=1),
        _conv(2 * a, 4 * b, 3, padding=(2, 1), groups=2),
        _layer("avg_pool2d", kernel_size=(2, 3)),
        _conv(4 * b, 3 * c, 2, stride=2, dilation=(1, 2)),
        _layer("adaptive_avg_pool2d", output_size=(3, 2)),
        _conv(3 * c, 4, 1),
        *_head(24, classes),
    ]


def _depths(rng: Rng, count: int) -> list[int]:
    return [int(n) for n in rng.choice(range(2, 2 + count + 2), count, replace=False)]


def _volumes(rng: Rng) -> list[Case]:
    n, c, f = _depths(rng, 3)
    b = signed(rng, 5, 8) * 3
    return [
        Case("no bias", (signed(rng, n, c, 6, 7), signed(rng, f, c, 3, 2)), terms=6 * c),
        Case("stride 2", (signed(rng, 2, 3, 8, 9), signed(rng, 4, 3, 3, 4), b[0, :4], 2), group="bias", terms=37),
        Case(
            "as many filters as output columns",
            (signed(rng, 2, 3, 5, 8), signed(rng, 5, 3, 2, 4), b[1, :5]),
            group="bias",
            terms=25,
        ),
        Case(
            "unequal strides that do not divide, unequal padding",
            (signed(rng, 3, 2, 6, 9), signed(rng, 4, 2, 3, 2), b[2, :4], (2, 3), (1, 2)),
            group="stride, padding, dilation",
            terms=13,
        ),
        Case(
            "everything unequal",
            (signed(rng, 2, 4, 7, 8), signed(rng, 3, 4, 2, 3)),
            {"stride": (3, 1), "padding": (1, 3), "dilation": (2, 4)},
            group="stride, padding, dilation",
            terms=24,
        ),
        Case("one channel, one filter, one row", (signed(rng, 2, 1, 1, 5), signed(rng, 1, 1, 1, 3), b[3, :1]), terms=4),
        Case("filters of one tap", (signed(rng, 3, 4, 2, 5), signed(rng, 2, 4, 1, 1)), terms=4),
        Case(FRACTIONS, (whole(rng, 2, 3, 5, 4), signed(rng, 4, 3, 2, 3), b[4, :4]), group=WHOLE, terms=19),
    ]


def _shapes(rng: Rng) -> list[Case]:
    n, c, f = _depths(rng, 3)
    m, d, g = _depths(rng, 3)
    k = int(rng.integers(3, 6))
    return [
        Case("no padding", ((n, c, 6 + k, 11), (f, c, k, 2))),
        Case("strides that do not divide", ((m, d, 3 * k + 4, 14), (g, d, 3, 4), (3, 4))),
        Case("unequal padding", ((n, d, 9, 8 + k), (f + 4, d, 3, 2)), {"stride": 2, "padding": (k, 1)}),
        Case("unequal dilation", ((m, c, 17, 12 + k), (g, c, 4, 3), 1, (0, 2), (2, 3))),
        Case("everything unequal", ((1, c, 20, 31), (f, c, 5, 2), (3, 2), (4, 1), (2, 7))),
        Case("a filter as large as the image", ((n, 1, 4, 7), (1, 1, 4, 7))),
    ]


def _networks_for_parameters(rng: Rng) -> list[Case]:
    c, f, groups = _depths(rng, 3)
    grouped = _conv(3 * groups, 4 * groups, (2, 3), groups=groups, bias=False)
    return [
        Case("one convolution", ([_conv(c, f, 5)],)),
        Case("groups and no bias", ([_conv(c, 3 * groups, (4, 3), stride=2), grouped],)),
        Case(
            "a linear layer without a bias",
            ([_layer("linear", in_features=7 * c, out_features=5 * f, bias=False), *_head(5 * f, 3)],),
        ),
        Case("every type of layer", (_small_network(rng),)),
        Case("layers that learn nothing", ([_layer("relu"), _layer("max_pool2d", kernel_size=2)],)),
        Case("VGG-16", (_vgg16(),), group="networks"),
        Case("AlexNet with groups", (_alexnet_grouped(),), group="networks"),
        Case("VGG-16 with other widths", (_other_vgg16(rng),), group="networks"),
    ]


def _networks_for_macs(rng: Rng) -> list[Case]:
    c, f, groups = _depths(rng, 3)
    one = _conv(c, f, (3, 2), stride=(2, 3), padding=(1, 0))
    pool = _layer("max_pool2d", kernel_size=(3, 2), stride=(2, 1))
    grouped = _conv(3 * groups, 4 * groups, (2, 3), groups=groups, bias=False)
    return [
        Case("one convolution", ([one], (c, 12, 18))),
        Case("a pool between, groups", ([_conv(c, 3 * groups, 3), pool, grouped], (c, 14, 11))),
        Case("every type of layer", (_small_network(rng), (3, 20, 37))),
        Case("linear layers", (_head(9 * c, 7, f), (c, 3, 3))),
        Case(
            "one number for an adaptive pool's two axes",
            ([_layer("adaptive_avg_pool2d", output_size=5), _conv(c, f, (3, 2))], (c, 11, 8)),
        ),
        Case("dilation", ([_conv(c, f, (2, 3), dilation=(4, 2)), _conv(f, c, 2)], (c, 13, 12))),
        Case("VGG-16", (_vgg16(), (3, 224, 224)), group="networks"),
        Case("AlexNet with groups", (_alexnet_grouped(), (3, 227, 227)), group="networks"),
        Case("VGG-16 with other widths", (_other_vgg16(rng), (3, 224, 224)), group="networks"),
    ]


def _columns(rng: Rng) -> list[Case]:
    f = int(rng.integers(4, 8))
    return [
        Case("an inner place", (signed(rng, 3, 8, 9), signed(rng, f, 3, 3, 2), signed(rng, f) * 3, 2, 4), terms=19),
        Case("the first place", (signed(rng, 4, 5, 7), signed(rng, 3, 4, 2, 4), signed(rng, 3) * 3, 0, 0), terms=33),
        Case("the last place", (signed(rng, 2, 6, 5), signed(rng, 4, 2, 3, 2), signed(rng, 4) * 3, 3, 3), terms=13),
        Case("one row down", (signed(rng, 3, 7, 10), signed(rng, 2, 3, 2, 3), signed(rng, 2) * 3, 1, 2), terms=19),
        Case(
            "one channel, one tap", (signed(rng, 1, 3, 4), signed(rng, 5, 1, 1, 1), signed(rng, 5) * 3, 2, 1), terms=2
        ),
        Case(
            FRACTIONS,
            (whole(rng, 2, 5, 6), signed(rng, 4, 2, 3, 2), signed(rng, 4) * 3, 1, 3),
            group=WHOLE,
            terms=13,
        ),
    ]


Cost = Callable[[Layer, tuple[int, ...], tuple[int, ...]], int]
"""What one layer costs, from its dict and the shapes before and after it."""


def _walk(
    layers: Sequence[Layer], shape: tuple[int, ...], size: Callable[..., int]
) -> Iterator[tuple[Layer, tuple[int, ...], tuple[int, ...]]]:
    """Each layer with the shapes before and after it; `size` gives an axis' output."""
    for layer in layers:
        before = shape
        if layer["type"] == "linear":
            shape = (layer["out_features"],)
        elif layer["type"] == "adaptive_avg_pool2d":
            shape = (shape[0], *pair(layer["output_size"]))
        elif "kernel_size" in layer:
            stride = layer.get("stride", 1 if layer["type"] == "conv2d" else layer["kernel_size"])
            options = (layer["kernel_size"], stride, layer.get("padding", 0), layer.get("dilation", 1))
            sizes = (size(*numbers) for numbers in zip(shape[1:], *map(pair, options), strict=True))
            shape = (layer.get("out_channels", shape[0]), *sizes)
        yield layer, before, shape


def _is(layer: Layer, *kinds: str) -> bool:
    return layer["type"] in kinds


def _weights(layer: Layer) -> int:
    """Weights of a convolution or linear layer, 0 for others."""
    if _is(layer, "linear"):
        return layer["in_features"] * layer["out_features"]
    if not _is(layer, "conv2d"):
        return 0
    depth = layer["in_channels"] // layer.get("groups", 1)
    return layer["out_channels"] * depth * math.prod(pair(layer["kernel_size"]))


def _biases(layer: Layer) -> int:
    width = layer.get("out_channels") or layer.get("out_features") or 0
    return int(width) if layer.get("bias", True) else 0


def _macs(layer: Layer, before: tuple[int, ...], after: tuple[int, ...]) -> int:
    return _weights(layer) * (math.prod(after[1:]) if _is(layer, "conv2d") else 1)


def _groups_ignored(layer: Layer) -> Layer:
    return {**layer, "groups": 1} if "groups" in layer else layer


def _costing(
    cost: Cost,
    size: Callable[..., int] = conv_output_size,
    seen: Callable[[Layer], Layer] = lambda layer: layer,
) -> Callable[..., int]:
    """`count_macs` with another cost, another size formula, or layers seen differently."""
    return lambda layers, input_shape: sum(
        cost(*step) for step in _walk([seen(layer) for layer in layers], tuple(input_shape), size)
    )


def _counting(count: Callable[[Layer], int]) -> Callable[..., int]:
    """`count_parameters` with another count for convolutions and linear layers; batch norm keeps its own."""
    return lambda layers: sum(
        2 * layer["num_features"] if _is(layer, "batch_norm2d") else count(layer) for layer in layers
    )


def _kernel(layer: Layer, change: Callable[[Any], Any]) -> Layer:
    return {**layer, "kernel_size": change(layer["kernel_size"])} if _is(layer, "conv2d") else layer


def _input_depth_forgotten(layer: Layer) -> Layer:
    return {**layer, "in_channels": 1, "groups": 1} if _is(layer, "conv2d") else layer


def _ceiled(n: int, k: int, stride: int, padding: int, dilation: int) -> int:
    return -(-(n + 2 * padding - dilation * (k - 1) - 1) // stride) + 1


SHAPE_IDEAS = (
    Misconception(
        "depth_of_the_input",
        lambda *args, **kwargs: (args[0][0], args[0][1], *ref.conv2d_shape(*args, **kwargs)[2:]),
        "Your output is as deep as the input.",
        "Each filter makes one map, so the output's depth is the number of filters, whatever the input's depth is.",
        DEPTH,
    ),
    Misconception(
        "depth_multiplied",
        lambda *args, **kwargs: (args[0][0], args[0][1] * args[1][0], *ref.conv2d_shape(*args, **kwargs)[2:]),
        "You give each filter one map for every input channel.",
        "A filter adds its channels up into one map: the depth is the number of filters.",
        DEPTH,
    ),
    Misconception(
        "batch_left_out",
        lambda *args, **kwargs: ref.conv2d_shape(*args, **kwargs)[1:],
        "Your shape lacks the batch axis.",
        "The shape is (N, F, oH, oW): each of the N images gives F maps.",
        SHAPE,
    ),
    Misconception(
        "output_channels_last",
        lambda *args, **kwargs: tuple(ref.conv2d_shape(*args, **kwargs)[k] for k in (0, 2, 3, 1)),
        "You put the channels last.",
        "The shape is (N, F, oH, oW), in the order of the input's.",
        LAYOUT,
    ),
    Misconception(
        "kernel_sides_swapped",
        changed(ref.conv2d_shape, weight_shape=lambda a: tuple(a["weight_shape"][k] for k in (0, 1, 3, 2))),
        "You have exchanged the filter's height and width.",
        "weight_shape is (F, C, kH, kW): kH goes with H.",
        SHAPE,
    ),
    Misconception(
        "ceil_for_floor",
        lambda input_shape, weight_shape, stride=1, padding=0, dilation=1: (
            input_shape[0],
            weight_shape[0],
            *map(_ceiled, input_shape[2:], weight_shape[2:], pair(stride), pair(padding), pair(dilation)),
        ),
        "You round up where the window no longer fits.",
        "A window that would reach beyond the padded image is dropped: the quotient is rounded down.",
        "stride-floor",
    ),
    Misconception(
        "plus_one_forgotten",
        lambda *args, **kwargs: tuple(size - (axis > 1) for axis, size in enumerate(ref.conv2d_shape(*args, **kwargs))),
        "You count the steps; the places are one more.",
        "The window stands at its first place before it makes a step, hence the + 1.",
        "stride-window",
    ),
    Misconception(
        "padding_is_total",
        lambda input_shape, weight_shape, stride=1, padding=0, dilation=1: ref.conv2d_shape(
            (*input_shape[:2], input_shape[2] + pair(padding)[0], input_shape[3] + pair(padding)[1]),
            weight_shape,
            stride,
            0,
            dilation,
        ),
        "You count the padding once; it is added at both ends.",
        "padding=p makes an axis n + 2p pixels long.",
        "padding-total",
    ),
    Misconception(
        "dilation_ignored",
        changed(ref.conv2d_shape, dilation=lambda a: 1),
        "Your size does not depend on the dilation.",
        "Taps that stand `dilation` apart make the window dilation * (k - 1) + 1 pixels long.",
        "stride-dilation",
    ),
    *pairs_swapped(ref.conv2d_shape, "stride", "padding", "dilation"),
)

PARAMETER_IDEAS = (
    Misconception(
        "biases_left_out",
        _counting(_weights),
        "You count the weights only.",
        "Each filter and each output of a linear layer has a bias too, unless the layer says bias=False.",
        PARAMETERS,
    ),
    Misconception(
        "bias_always_counted",
        lambda layers: ref.count_parameters(
            [{**layer, "bias": True} if _is(layer, "conv2d", "linear") else layer for layer in layers]
        ),
        "You count biases in layers that have none.",
        "A layer with bias=False has weights only.",
        PARAMETERS,
    ),
    Misconception(
        "one_bias_per_layer",
        _counting(lambda layer: _weights(layer) + min(_biases(layer), 1)),
        "You count one bias for each layer.",
        "Each filter has a bias of its own, and so has each output of a linear layer.",
        PARAMETERS,
    ),
    Misconception(
        "bias_per_plane",
        _counting(
            lambda layer: _weights(layer) + _biases(layer) * layer.get("in_channels", 1) // layer.get("groups", 1)
        ),
        "You count a bias for every plane of a filter.",
        "A filter adds its planes up into one number, and then adds one bias.",
        PARAMETERS,
    ),
    Misconception(
        "input_depth_forgotten",
        lambda layers: ref.count_parameters([_input_depth_forgotten(layer) for layer in layers]),
        "Your filters have one plane only.",
        "A filter spans the whole depth of its input: kH * kW weights for each channel that it sees.",
        DEPTH,
    ),
    Misconception(
        "groups_ignored",
        lambda layers: ref.count_parameters([_groups_ignored(layer) for layer in layers]),
        "You do not divide by the groups.",
        "With groups, a filter sees in_channels / groups channels only.",
        PARAMETERS,
    ),
    Misconception(
        "kernel_not_squared",
        lambda layers: ref.count_parameters(
            [_kernel(layer, lambda k: (k, 1) if isinstance(k, int) else k) for layer in layers]
        ),
        "You take kernel_size for the number of taps.",
        "kernel_size=3 means 3 rows and 3 columns: nine taps for each channel.",
        PARAMETERS,
    ),
    Misconception(
        "kernel_height_squared",
        lambda layers: ref.count_parameters([_kernel(layer, lambda k: pair(k)[0]) for layer in layers]),
        "You square the kernel's height where its two sides differ.",
        "kernel_size may be a pair (kH, kW): multiply the two.",
        PARAMETERS,
    ),
    Misconception(
        "batch_norm_forgotten",
        lambda layers: ref.count_parameters([layer for layer in layers if not _is(layer, "batch_norm2d")]),
        "You leave batch norm out.",
        "Batch norm learns a scale and a shift for each channel: 2 * num_features.",
        PARAMETERS,
    ),
    Misconception(
        "running_statistics_counted",
        lambda layers: (
            ref.count_parameters(layers)
            + sum(2 * layer["num_features"] for layer in layers if _is(layer, "batch_norm2d"))
        ),
        "You count batch norm's running mean and variance.",
        "They are kept, not learned; only the scale and the shift are parameters.",
        PARAMETERS,
    ),
    Misconception(
        "linear_forgotten",
        lambda layers: ref.count_parameters([layer for layer in layers if not _is(layer, "linear")]),
        "You leave the linear layers out.",
        "They have in_features * out_features weights and out_features biases, most of many older networks.",
        PARAMETERS,
    ),
)

MAC_IDEAS = (
    Misconception(
        "counted_twice",
        lambda layers, input_shape: 2 * ref.count_macs(layers, input_shape),
        "Your count is twice the right one: these are floating-point operations.",
        "A multiply-accumulate is one multiplication and one addition together, counted once.",
        MACS,
    ),
    Misconception(
        "biases_counted",
        _costing(
            lambda layer, before, after: (
                _macs(layer, before, after)
                + (math.prod(after) if _is(layer, "conv2d", "linear") and _biases(layer) else 0)
            )
        ),
        "You count the biases.",
        "Adding a bias multiplies nothing: only weights make multiply-accumulates.",
        MACS,
    ),
    Misconception(
        "positions_forgotten",
        _costing(lambda layer, before, after: _weights(layer)),
        "You count each weight once.",
        "A convolution uses all its weights again at every place of its output: times oH * oW.",
        MACS,
    ),
    Misconception(
        "input_positions",
        _costing(lambda layer, before, after: _weights(layer) * (math.prod(before[1:]) if _is(layer, "conv2d") else 1)),
        "You count a window for each pixel of the input.",
        "There are as many windows as outputs: oH * oW, which stride and padding change.",
        MACS,
    ),
    Misconception(
        "groups_ignored",
        lambda layers, input_shape: ref.count_macs([_groups_ignored(layer) for layer in layers], input_shape),
        "You do not divide by the groups.",
        "With groups, a filter sees in_channels / groups channels only.",
        MACS,
    ),
    Misconception(
        "input_depth_forgotten",
        _costing(_macs, seen=_input_depth_forgotten),
        "Your filters have one plane only.",
        "A filter spans the whole depth of its input: kH * kW products for each channel that it sees.",
        DEPTH,
    ),
    Misconception(
        "pools_do_not_shrink",
        _costing(_macs, seen=lambda layer: _layer("relu") if "pool" in layer["type"] else layer),
        "You follow the shape through the convolutions only.",
        "A pool multiplies nothing, but it makes the image smaller for the layers behind it.",
        MACS,
    ),
    Misconception(
        "pools_counted",
        _costing(
            lambda layer, before, after: (
                math.prod(after) * math.prod(pair(layer["kernel_size"]))
                if _is(layer, "max_pool2d", "avg_pool2d")
                else _macs(layer, before, after)
            )
        ),
        "You count the pools.",
        "By convention only convolutions and linear layers count: a pool has no weights to multiply by.",
        MACS,
    ),
    Misconception(
        "linear_forgotten",
        _costing(lambda layer, before, after: 0 if _is(layer, "linear") else _macs(layer, before, after)),
        "You leave the linear layers out.",
        "A linear layer uses each of its in_features * out_features weights once.",
        MACS,
    ),
    Misconception(
        "ceil_for_floor",
        _costing(_macs, size=_ceiled),
        "You round sizes up where a window no longer fits.",
        "A window that would reach beyond the padded image is dropped: the quotient is rounded down.",
        "stride-floor",
    ),
    Misconception(
        "padding_ignored",
        _costing(_macs, size=lambda n, k, stride, padding, dilation: conv_output_size(n, k, stride, 0, dilation)),
        "You follow the shape without the padding.",
        "Padding adds rows and columns at both ends, so that more windows fit.",
        SHAPE,
    ),
    Misconception(
        "dilation_ignored",
        _costing(_macs, size=lambda n, k, stride, padding, dilation: conv_output_size(n, k, stride, padding, 1)),
        "You follow the shape without the dilation.",
        "Taps that stand `dilation` apart make the window dilation * (k - 1) + 1 pixels long: fewer windows fit.",
        "stride-dilation",
    ),
    Misconception(
        "height_width_swapped",
        lambda layers, input_shape: _costing(_macs)(layers, (input_shape[0], input_shape[2], input_shape[1])),
        "You read input_shape as (C, W, H).",
        "Shapes are (C, H, W); kernels, strides and paddings that are pairs come in the order (row, column).",
        LAYOUT,
    ),
)


def _centered(x: Tensor, weight: Tensor, bias: Tensor, i: int, j: int) -> Tensor:
    top, left = weight.shape[2] // 2, weight.shape[3] // 2
    framed = F.pad(x.double(), (left, weight.shape[3], top, weight.shape[2]))
    return ref.activation_column(framed, weight, bias, i, j)


COLUMN_IDEAS = (
    Misconception(
        "row_column_swapped",
        changed(ref.activation_column, i=lambda a: a["j"], j=lambda a: a["i"]),
        "You have exchanged i and j.",
        "i is the row and j the column of the output, as in v[:, i, j].",
        COLUMN,
    ),
    Misconception(
        "window_centered",
        _centered,
        "Your window has its middle at (i, j).",
        "Without padding, output (i, j) belongs to the window whose first pixel is (i, j).",
        COLUMN,
    ),
    Misconception(
        "windows_do_not_overlap",
        changed(
            ref.activation_column,
            i=lambda a: a["i"] * a["weight"].shape[2],
            j=lambda a: a["j"] * a["weight"].shape[3],
        ),
        "Your windows stand side by side, a filter's size apart.",
        "With stride 1 the next window starts one pixel further on, and overlaps the last.",
        COLUMN,
    ),
    Misconception(
        "first_filter_only",
        lambda *args: ref.activation_column(*args)[0],
        "You give one neuron of the column.",
        "All filters look at the same window: the column has one number for each of them.",
        COLUMN,
    ),
    Misconception(
        "filters_added_up",
        lambda *args: ref.activation_column(*args).sum(),
        "You add the filters' answers up.",
        "The filters look at the same window, but each keeps its own number.",
        COLUMN,
    ),
    Misconception(
        "first_channel_only",
        changed(ref.activation_column, x=lambda a: a["x"][:1], weight=lambda a: a["weight"][:, :1]),
        "Your column uses the first channel only.",
        "Each neuron sees the whole depth of the input.",
        DEPTH,
    ),
    Misconception(
        "channels_averaged",
        changed(ref.activation_column, weight=lambda a: a["weight"].double() / a["weight"].shape[1]),
        "You average over the channels.",
        "The channels' contributions are added up, and not divided by their number.",
        DEPTH,
    ),
    Misconception(
        "kernel_flipped",
        changed(ref.activation_column, weight=lambda a: a["weight"].flip(2, 3)),
        "Your filters are flipped: this is convolution, where cross-correlation was asked for.",
        "The window's first pixel meets the filter's first tap.",
        "filter-arithmetic-flip",
    ),
    Misconception(
        "bias_left_out",
        changed(ref.activation_column, bias=lambda a: torch.zeros_like(a["bias"])),
        "Your bias is missing.",
        "Add bias[f] to the number of filter f.",
        BIAS,
    ),
    Misconception(
        "bias_of_first_filter",
        changed(ref.activation_column, bias=lambda a: a["bias"][:1].expand(a["bias"].shape)),
        "Every neuron gets the first filter's bias.",
        "Each filter has its own bias: the column gets the whole vector.",
        BIAS,
    ),
    fractions_lost(ref.activation_column),
)

CONV_KIN = (
    Misconception(
        "first_image_for_all",
        changed(ref.conv2d, x=lambda a: a["x"][:1].expand(a["x"].shape)),
        "Every image of your answer is made of the first one.",
        "Image n of the answer comes from image n of x.",
        DEPTH,
    ),
    *VOLUME_KIN,
)

PARAMETER_KIN = (
    Misconception(
        "filters_divided_by_the_groups",
        _counting(
            lambda layer: (
                (_weights(layer) // layer.get("groups", 1) if _is(layer, "conv2d") else _weights(layer))
                + _biases(layer)
            )
        ),
        "You divide the filters by the groups as well as the channels.",
        "There are F filters, whatever the groups: each of them sees C / groups channels.",
        PARAMETERS,
    ),
    Misconception(
        "linear_bias_per_input",
        _counting(
            lambda layer: (
                _weights(layer)
                + (layer["in_features"] if _is(layer, "linear") and layer.get("bias", True) else _biases(layer))
            )
        ),
        "You count a linear layer's biases by its inputs.",
        "There is one bias for each output: out_features of them.",
        PARAMETERS,
    ),
    Misconception(
        "convolution_bias_always_counted",
        lambda layers: ref.count_parameters(
            [{**layer, "bias": True} if _is(layer, "conv2d") else layer for layer in layers]
        ),
        "You count biases in convolutions that have none.",
        'A convolution with "bias": False has weights only.',
        PARAMETERS,
    ),
    Misconception(
        "linear_bias_always_counted",
        lambda layers: ref.count_parameters(
            [{**layer, "bias": True} if _is(layer, "linear") else layer for layer in layers]
        ),
        "You count biases in linear layers that have none.",
        'A linear layer with "bias": False has weights only, as a convolution has.',
        PARAMETERS,
    ),
    Misconception(
        "batch_norm_once",
        lambda layers: (
            ref.count_parameters(layers) - sum(layer["num_features"] for layer in layers if _is(layer, "batch_norm2d"))
        ),
        "You count one number for each channel of a batch norm.",
        "It learns two, a scale and a shift.",
        PARAMETERS,
    ),
)

MAC_KIN = (
    Misconception(
        "padding_of_pools_ignored",
        _costing(
            _macs, seen=lambda layer: {**layer, "padding": 0} if _is(layer, "max_pool2d", "avg_pool2d") else layer
        ),
        "You leave the padding of the pools out.",
        "A pool may have padding, too: its output is as large as a convolution's with the same numbers.",
        MACS,
    ),
    Misconception(
        "pool_stride_of_one",
        _costing(_macs, seen=lambda layer: {"stride": 1, **layer} if _is(layer, "max_pool2d", "avg_pool2d") else layer),
        "Your pools move by 1 where they name no stride.",
        "A pool's stride is its kernel size where it is left out; only a convolution's is 1.",
        MACS,
    ),
    Misconception(
        "bias_of_convolutions_counted",
        _costing(
            lambda layer, before, after: _macs(layer, before, after) + (math.prod(after) if _is(layer, "conv2d") else 0)
        ),
        "You count one more for each output of a convolution, as for its bias.",
        "Adding a bias multiplies nothing: only weights make multiply-accumulates.",
        MACS,
    ),
    Misconception(
        "adaptive_pool_ignored",
        _costing(_macs, seen=lambda layer: _layer("relu") if _is(layer, "adaptive_avg_pool2d") else layer),
        "Your adaptive pools leave the size as it was.",
        'Behind an "adaptive_avg_pool2d" height and width are its output_size.',
        MACS,
    ),
)


def _moved_in(x: Tensor, weight: Tensor, bias: Tensor, i: int, j: int) -> Tensor:
    return ref.activation_column(x, weight, bias, max(i - weight.shape[2] // 2, 0), max(j - weight.shape[3] // 2, 0))


COLUMN_KIN = (
    Misconception(
        "filters_added_up_in_each",
        lambda x, weight, bias, i, j: (
            ref.activation_column(x, weight, torch.zeros_like(bias), i, j).sum() + bias.double()
        ),
        "You add all filters up, and each entry holds the sum of all of them.",
        "The column has one number for each filter: sum over axes 1, 2 and 3 of the products, and keep axis 0.",
        COLUMN,
    ),
    Misconception(
        "channels_kept",
        lambda x, weight, bias, i, j: (
            x.double()[:, i : i + weight.shape[2], j : j + weight.shape[3]] * weight.double()
        ).sum((0, 2, 3)),
        "You add the filters up and keep the channels.",
        "The column has one number for each filter: the sum runs over channels, rows and columns.",
        COLUMN,
    ),
    Misconception(
        "window_centered_inside",
        _moved_in,
        "Your window has its middle at (i, j), but for places near the border.",
        "Without padding, output (i, j) belongs to the window whose first pixel is (i, j).",
        COLUMN,
    ),
)

QUESTIONS: Sequence[Question] = (
    Question("conv2d_shape", ref.conv2d_shape, _shapes, SHAPE_IDEAS, SHAPE),
    Question(
        "conv2d",
        ref.conv2d,
        _volumes,
        VOLUME_IDEAS,
        DEPTH,
        {"general": 0.3, "bias": 0.3, "stride, padding, dilation": 0.3, WHOLE: 0.1},
        kin=CONV_KIN,
        figure=played(),
    ),
    Question(
        "count_parameters",
        ref.count_parameters,
        _networks_for_parameters,
        PARAMETER_IDEAS,
        PARAMETERS,
        {"general": 0.6, "networks": 0.4},
        kin=PARAMETER_KIN,
    ),
    Question(
        "count_macs",
        ref.count_macs,
        _networks_for_macs,
        MAC_IDEAS,
        MACS,
        {"general": 0.6, "networks": 0.4},
        kin=MAC_KIN,
    ),
    Question(
        "activation_column",
        ref.activation_column,
        _columns,
        COLUMN_IDEAS,
        COLUMN,
        {"general": 0.9, WHOLE: 0.1},
        kin=COLUMN_KIN,
    ),
)
