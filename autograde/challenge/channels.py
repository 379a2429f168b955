"""Chapter 4's questions: convolution with depth, its shape, its cost, and one column of its output."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

from autograde.challenge.draw import signed
from autograde.challenge.model import Case, Misconception, Rng
from autograde.challenge.stride import changed, window_ideas
from autograde.reference import channels as ref

DEPTH, BIAS, SHAPE, PARAMETERS, MACS, LAYOUT, COLUMN = (
    f"channels-{part}" for part in ("depth", "bias", "shape", "parameters", "macs", "layout", "column")
)
Layer = dict[str, Any]


def _layer(kind: str, **options: Any) -> Layer:
    return {"type": kind, **options}


def _conv(in_channels: int, out_channels: int, kernel_size: Any, **options: Any) -> Layer:
    return _layer("conv2d", in_channels=in_channels, out_channels=out_channels, kernel_size=kernel_size, **options)


def _head(*features: int) -> list[Layer]:
    pairs = zip(features, features[1:], strict=False)
    return [_layer("flatten"), *(_layer("linear", in_features=n, out_features=m) for n, m in pairs)]


def _vgg16() -> list[Layer]:
    layers, depth = [], 3
    for width, count in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(count):
            layers += [_conv(depth, width, 3, padding=1), _layer("relu")]
            depth = width
        layers.append(_layer("max_pool2d", kernel_size=2))
    return [*layers, *_head(25088, 4096, 4096, 1000)]


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
        _layer("adaptive_avg_pool2d", output_size=(2, 1)),
        *_head(6 * c, classes),
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
        Case("every type of layer", (_small_network(rng),)),
        Case("layers that learn nothing", ([_layer("relu"), _layer("max_pool2d", kernel_size=2)],)),
        Case("VGG-16", (_vgg16(),), group="networks"),
        Case("AlexNet with groups", (_alexnet_grouped(),), group="networks"),
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
        Case("VGG-16", (_vgg16(), (3, 224, 224)), group="networks"),
        Case("AlexNet with groups", (_alexnet_grouped(), (3, 227, 227)), group="networks"),
    ]


def _columns(rng: Rng) -> list[Case]:
    f = int(rng.integers(4, 8))
    return [
        Case("an inner place", (signed(rng, 3, 8, 9), signed(rng, f, 3, 3, 2), signed(rng, f) * 3, 2, 4), terms=19),
        Case("the first place", (signed(rng, 4, 5, 7), signed(rng, 3, 4, 2, 4), signed(rng, 3) * 3, 0, 0), terms=33),
        Case("the last place", (signed(rng, 2, 6, 5), signed(rng, 4, 2, 3, 2), signed(rng, 4) * 3, 3, 3), terms=13),
        Case("one row down", (signed(rng, 3, 7, 8), signed(rng, 2, 3, 2, 3), signed(rng, 2) * 3, 1, 2), terms=19),
        Case(
            "one channel, one tap", (signed(rng, 1, 3, 4), signed(rng, 5, 1, 1, 1), signed(rng, 5) * 3, 1, 3), terms=2
        ),
    ]


def scrambled(function: Callable[..., Tensor], order: tuple[int, ...]) -> Callable[..., Tensor]:
    """`function` whose (N, F, oH, oW) answer lies in memory in another order of axes, and is reshaped to the right one."""

    def variant(*args: Any, **kwargs: Any) -> Tensor:
        y = function(*args, **kwargs)
        return y.permute(order).reshape(y.shape)

    return variant


def _with_bias(
    function: Callable[..., Tensor], add: Callable[[Tensor, Tensor, Tensor], Tensor]
) -> Callable[..., Tensor]:
    """`function` with another bias: `add(y, bias, weight)` gets the answer without one."""
    plain = changed(function, bias=lambda a: None)
    wanted = changed(lambda **a: a, **{}) if False else None
    del wanted

    def variant(x: Tensor, weight: Tensor, bias: Tensor | None = None, *rest: Any, **options: Any) -> Tensor:
        y = plain(x, weight, None, *rest, **options)
        return y if bias is None else add(y, bias.double(), weight)

    return variant


def bias_ideas(function: Callable[..., Tensor]) -> tuple[Misconception, ...]:
    """Wrong ideas about a bias of shape (F,), for any function of x, weight and bias with an (N, F, ...) answer."""
    return (
        Misconception(
            "bias_on_the_last_axis",
            _with_bias(function, lambda y, bias, weight: y + bias),
            "Your bias runs along the columns of the output.",
            "y + bias lines the bias up with the last axis. There is one bias for each filter, and the filters are axis "
            "1: give the bias the shape (1, F, 1, 1) first.",
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
            _with_bias(function, lambda y, bias, weight: y),
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
)


def _relaid(weight: Tensor) -> Tensor:
    """The filters' numbers read as if each were (kH, kW, C)."""
    filters, depth, rows, columns = weight.shape
    return weight.reshape(filters, rows, columns, depth).permute(0, 3, 1, 2)
