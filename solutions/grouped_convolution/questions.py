"""Chapter 5's questions: 1 by 1 convolution, groups, the depthwise separable convolution, the channel shuffle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from autograde.questions import Case, Misconception, Question, Rng, signed, whole

from ..channels.reference import conv2d
from ..stride.reference import Pair
from ..volumes import bias_ideas, layout_ideas
from ..windows import FRACTIONS, WHOLE, changed, cut_off, fractions_lost, window_ideas, window_kin
from . import reference as ref

ONE, GROUPS, DEPTHWISE, SHUFFLE = (f"grouped-{part}" for part in ("1x1", "groups", "depthwise", "shuffle"))


def _pointwise(rng: Rng) -> list[Case]:
    b = signed(rng, 3, 5) * 3
    n = int(rng.integers(2, 5))
    return [
        Case("no bias", (signed(rng, n, 5, 3, 4), signed(rng, 6, 5, 1, 1)), terms=5),
        Case("as many filters as channels", (signed(rng, 2, 4, 3, 5), signed(rng, 4, 4, 1, 1)), terms=4),
        Case("bias", (signed(rng, 3, 5, 2, 6), signed(rng, 4, 5, 1, 1), b[0, :4]), group="bias", terms=6),
        Case(
            "as many filters as columns",
            (signed(rng, 2, 3, 4, 5), signed(rng, 5, 3, 1, 1)),
            {"bias": b[1]},
            group="bias",
            terms=4,
        ),
        Case("one pixel", (signed(rng, 3, 4, 1, 1), signed(rng, 2, 4, 1, 1)), terms=4),
        Case("one channel", (signed(rng, 2, 1, 3, 4), signed(rng, 3, 1, 1, 1), b[2, :3]), group="bias", terms=2),
        Case(FRACTIONS, (whole(rng, 2, 3, 4, 2), signed(rng, 5, 3, 1, 1), b[0]), group=WHOLE, terms=4),
    ]


def _groups(rng: Rng) -> list[Case]:
    b = signed(rng, 3, 6) * 3
    n = int(rng.integers(2, 4))
    return [
        Case("two groups", (signed(rng, n, 8, 4, 5), signed(rng, 6, 4, 2, 3)), {"groups": 2}, terms=24),
        Case(
            "three groups, bias",
            (signed(rng, 2, 6, 5, 6), signed(rng, 9, 2, 3, 2), signed(rng, 9) * 3),
            {"groups": 3},
            terms=13,
        ),
        Case(
            "as many filters as output columns",
            (signed(rng, 2, 4, 3, 8), signed(rng, 6, 2, 2, 3), b[0]),
            {"groups": 2},
            terms=13,
        ),
        Case("one group is the ordinary convolution", (signed(rng, 2, 3, 4, 6), signed(rng, 5, 3, 3, 2)), terms=18),
        Case(
            "depthwise: two filters for each channel",
            (signed(rng, 2, 3, 6, 7), signed(rng, 6, 1, 3, 2), b[1], 2, 1, 1, 3),
            group="depthwise",
            terms=7,
        ),
        Case(
            "unequal strides, padding and dilation",
            (signed(rng, 2, 6, 7, 8), signed(rng, 4, 3, 2, 3)),
            {"stride": (3, 2), "padding": (1, 3), "dilation": (2, 4), "groups": 2},
            group="stride, padding, dilation",
            terms=18,
        ),
        Case(
            "strides that do not divide",
            (signed(rng, 3, 4, 6, 9), signed(rng, 6, 2, 3, 2), b[2], (2, 3), (1, 2)),
            {"groups": 2},
            group="stride, padding, dilation",
            terms=13,
        ),
        Case(
            FRACTIONS,
            (whole(rng, 2, 4, 5, 3), signed(rng, 6, 2, 3, 2), b[0]),
            {"groups": 2},
            group=WHOLE,
            terms=13,
        ),
    ]


def _separable(rng: Rng) -> list[Case]:
    b = signed(rng, 3, 6) * 3
    n = int(rng.integers(2, 4))
    return [
        Case("no bias", (signed(rng, n, 3, 5, 6), signed(rng, 3, 1, 3, 2), signed(rng, 5, 3, 1, 1)), terms=18),
        Case(
            "as many filters as channels, bias",
            (signed(rng, 2, 4, 4, 6), signed(rng, 4, 1, 2, 3), signed(rng, 4, 4, 1, 1), b[0, :4]),
            group="bias",
            terms=25,
        ),
        Case(
            "as many filters as output columns",
            (signed(rng, 2, 3, 4, 8), signed(rng, 3, 1, 2, 3), signed(rng, 6, 3, 1, 1), b[1]),
            group="bias",
            terms=19,
        ),
        Case(
            "unequal strides that do not divide, unequal padding",
            (signed(rng, 3, 2, 6, 9), signed(rng, 2, 1, 3, 2), signed(rng, 4, 2, 1, 1), b[2, :4], (2, 3), (1, 2)),
            group="stride, padding",
            terms=13,
        ),
        Case(
            "stride 2, padding 2",
            (signed(rng, 2, 3, 5, 8), signed(rng, 3, 1, 3, 4), signed(rng, 2, 3, 1, 1)),
            {"stride": 2, "padding": 2},
            group="stride, padding",
            terms=36,
        ),
        Case(
            "one channel, one row", (signed(rng, 2, 1, 1, 5), signed(rng, 1, 1, 1, 3), signed(rng, 3, 1, 1, 1)), terms=3
        ),
        Case(
            FRACTIONS,
            (whole(rng, 2, 3, 5, 4), signed(rng, 3, 1, 2, 3), signed(rng, 5, 3, 1, 1), b[2, :5]),
            group=WHOLE,
            terms=19,
        ),
    ]


def _shuffles(rng: Rng) -> list[Case]:
    n, h = int(rng.integers(2, 4)), int(rng.integers(2, 5))
    return [
        Case("6 channels in 2 groups", (signed(rng, n, 6, h, 5), 2)),
        Case("6 channels in 3 groups", (signed(rng, 2, 6, 3, 4), 3)),
        Case("20 channels in 4 groups", (signed(rng, 3, 20, 1, 2), 4)),
        Case("one group", (signed(rng, 2, 5, 2, 3), 1), group="edges"),
        Case("as many groups as channels", (signed(rng, 2, 4, 3, 2), 4), group="edges"),
    ]


def _reshaped_only(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Rows of C numbers cut out of x as it lies in memory, and the products put back in the same way."""
    y = x.double().reshape(-1, x.shape[1]) @ weight.double()[:, :, 0, 0].T
    y = y if bias is None else y + bias.double()
    return y.reshape(x.shape[0], weight.shape[0], *x.shape[2:])


def _across(order: Callable[[int, int], Sequence[int]]) -> Callable[..., Tensor]:
    """`grouped_conv2d` as a sum over parts: `order(channels, groups)` lists x's channels as the groups take them."""
    return changed(ref.grouped_conv2d, x=lambda a: a["x"][:, order(a["x"].shape[1], a["groups"])])


def _interleave(count: int, groups: int) -> list[int]:
    """Group after group takes every `groups`-th of `count`."""
    return [q + groups * k for q in range(groups) for k in range(count // groups)]


def _filters_interleaved(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> Tensor:
    """Filter f belongs to group f % groups."""
    order = torch.tensor(_interleave(len(weight), groups), device=weight.device)
    parts = None if bias is None else bias[order]
    y = ref.grouped_conv2d(x, weight[order], parts, stride, padding, dilation, groups)
    return y[:, torch.argsort(order)]


def _outputs_interleaved(x: Tensor, weight: Tensor, bias: Tensor | None = None, *rest: Pair, **options: Pair) -> Tensor:
    """The groups' maps are stacked behind each other instead of one group after the other; the bias is right."""
    groups = rest[3] if len(rest) > 3 else options.get("groups", 1)
    assert isinstance(groups, int)
    y = torch.channel_shuffle(ref.grouped_conv2d(x, weight, None, *rest, **options), groups)  # type: ignore[arg-type]
    return y if bias is None else y + bias.double()[:, None, None]


def _groups_added(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> Tensor:
    y = ref.grouped_conv2d(x, weight, bias, stride, padding, dilation, groups)
    return y.unflatten(1, (groups, -1)).sum(1)


def _padded_twice(
    x: Tensor,
    depthwise_weight: Tensor,
    pointwise_weight: Tensor,
    bias: Tensor | None = None,
    stride: Pair = 1,
    padding: Pair = 0,
) -> Tensor:
    return conv2d(_depthwise(x, depthwise_weight, stride, padding), pointwise_weight, bias, 1, padding)


def _strided_twice(
    x: Tensor,
    depthwise_weight: Tensor,
    pointwise_weight: Tensor,
    bias: Tensor | None = None,
    stride: Pair = 1,
    padding: Pair = 0,
) -> Tensor:
    return conv2d(_depthwise(x, depthwise_weight, stride, padding), pointwise_weight, bias, stride)


def _depthwise(x: Tensor, depthwise_weight: Tensor, stride: Pair = 1, padding: Pair = 0) -> Tensor:
    return conv2d(x, depthwise_weight, None, stride, padding, groups=x.shape[1])


def _middle(change: Callable[[Tensor, Tensor | None], tuple[Tensor, Tensor | None]]) -> Callable[..., Tensor]:
    """`depthwise_separable_conv2d` with `change` applied to the maps between the steps, and to the bias."""

    def variant(
        x: Tensor,
        depthwise_weight: Tensor,
        pointwise_weight: Tensor,
        bias: Tensor | None = None,
        stride: Pair = 1,
        padding: Pair = 0,
    ) -> Tensor:
        maps, late_bias = change(_depthwise(x, depthwise_weight, stride, padding), bias)
        return ref.conv1x1(maps, pointwise_weight, late_bias)

    return variant


def _bias_early(maps: Tensor, bias: Tensor | None) -> tuple[Tensor, None]:
    return (maps if bias is None else maps + bias.double()[:, None, None]), None


def _pointwise_left_out(
    x: Tensor,
    depthwise_weight: Tensor,
    pointwise_weight: Tensor,
    bias: Tensor | None = None,
    stride: Pair = 1,
    padding: Pair = 0,
) -> Tensor:
    return _bias_early(_depthwise(x, depthwise_weight, stride, padding), bias)[0]


def _pointwise_first(
    x: Tensor,
    depthwise_weight: Tensor,
    pointwise_weight: Tensor,
    bias: Tensor | None = None,
    stride: Pair = 1,
    padding: Pair = 0,
) -> Tensor:
    mixed = ref.conv1x1(x, pointwise_weight)
    kernels = depthwise_weight.expand(mixed.shape[1], -1, -1, -1) if x.shape[1] == 1 else depthwise_weight
    return _bias_early(_depthwise(mixed, kernels, stride, padding), bias)[0]


def _without(ideas: tuple[Misconception, ...], *keys: str) -> tuple[Misconception, ...]:
    return tuple(idea for idea in ideas if idea.key not in keys)


FLIPPED = Misconception(
    "kernel_flipped",
    changed(ref.grouped_conv2d, weight=lambda a: a["weight"].flip(2, 3)),
    "Your filters are flipped: this is convolution, where cross-correlation was asked for.",
    "Tap weight[f, c, u, v] meets the pixel u rows and v columns from the window's first pixel.",
    "filter-arithmetic-flip",
)

ONE_IDEAS = (
    Misconception(
        "pixels_cut_by_reshape",
        _reshaped_only,
        "Your rows of C numbers are not pixels: reshape cut them along the image's rows.",
        "In (N, C, H, W) a pixel's channels lie H * W numbers apart. Bring the channels to the end with a transpose, "
        "and back after the product.",
        ONE,
    ),
    Misconception(
        "weight_transposed",
        changed(ref.conv1x1, weight=lambda a: a["weight"].transpose(0, 1)),
        "Your weight matrix is transposed: inputs and outputs have changed places.",
        "weight is (F, C, 1, 1): row f holds what filter f does with each channel.",
        ONE,
    ),
    Misconception(
        "first_channel_only",
        changed(ref.conv1x1, x=lambda a: a["x"][:, :1], weight=lambda a: a["weight"][:, :1]),
        "Your output uses the first channel only.",
        "A filter of one pixel still spans the whole depth: the sum runs over all channels.",
        ONE,
    ),
    Misconception(
        "channels_averaged",
        changed(ref.conv1x1, weight=lambda a: a["weight"].double() / a["weight"].shape[1]),
        "You average over the channels.",
        "The channels' contributions are added up, and not divided by their number.",
        ONE,
    ),
    *layout_ideas(ref.conv1x1),
    *_without(bias_ideas(ref.conv1x1), "bias_per_tap"),
    fractions_lost(ref.conv1x1),
)

GROUP_IDEAS = (
    Misconception(
        "first_group_only",
        _across(lambda count, groups: [k % (count // groups) for k in range(count)]),
        "All your filters look at the first group's channels.",
        "Group g has its own channels: those from g * C / groups up to (g + 1) * C / groups.",
        GROUPS,
    ),
    Misconception(
        "groups_ignored",
        changed(
            ref.grouped_conv2d,
            weight=lambda a: a["weight"].repeat(1, a["groups"], 1, 1),
            groups=lambda a: 1,
        ),
        "Your filters see every channel, with the same planes again for each group.",
        "A filter has C / groups planes, and sees only its own group's channels.",
        GROUPS,
    ),
    Misconception(
        "channels_interleaved",
        _across(_interleave),
        "Your groups take every groups-th channel.",
        "Consecutive channels belong together: with 6 channels in 2 groups these are 0, 1, 2 and 3, 4, 5.",
        GROUPS,
    ),
    Misconception(
        "filters_interleaved",
        _filters_interleaved,
        "Your filters are dealt out to the groups in turn.",
        "Consecutive filters belong together: the first F / groups filters see the first group, and so on.",
        GROUPS,
    ),
    Misconception(
        "outputs_interleaved",
        _outputs_interleaved,
        "Your groups' maps are interleaved.",
        "The maps stand in the order of the filters, one group after the other: concatenate along axis 1.",
        GROUPS,
    ),
    Misconception(
        "groups_added_up",
        _groups_added,
        "You add the groups' outputs up.",
        "Each group makes maps of its own; they are put behind each other, and F maps come out.",
        GROUPS,
    ),
    Misconception(
        "bias_restarts_in_each_group",
        changed(
            ref.grouped_conv2d,
            bias=lambda a: (
                None if a.get("bias") is None else a["bias"][: len(a["weight"]) // a["groups"]].repeat(a["groups"])
            ),
        ),
        "Every group gets the first group's biases.",
        "There is one bias for each of the F filters: group g takes its own part of them.",
        GROUPS,
    ),
    FLIPPED,
    Misconception(
        "kernel_transposed",
        changed(ref.grouped_conv2d, weight=lambda a: a["weight"].transpose(2, 3)),
        "Your filters are transposed: rows and columns have changed places.",
        "weight is (F, C / groups, kH, kW): the last but one axis counts rows, the last counts columns.",
        "filter-arithmetic-transpose",
    ),
    *layout_ideas(ref.grouped_conv2d),
    *bias_ideas(ref.grouped_conv2d),
    *window_ideas(ref.grouped_conv2d),
    fractions_lost(ref.grouped_conv2d),
)


def _ungrouped(seen: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    """`depthwise_separable_conv2d` whose depthwise filters all read the same: `seen(x)`."""

    def variant(
        x: Tensor, depthwise_weight: Tensor, pointwise_weight: Tensor, bias: Tensor | None = None,
        stride: Any = 1, padding: Any = 0,
    ) -> Tensor:  # fmt: skip
        maps = F.conv2d(seen(x.double()), depthwise_weight.double(), None, stride, padding)
        return F.conv2d(maps, pointwise_weight.double(), None if bias is None else bias.double())

    return variant


def _cut_off_twice(
    x: Tensor,
    depthwise_weight: Tensor,
    pointwise_weight: Tensor,
    bias: Tensor | None = None,
    stride: Pair = 1,
    padding: Pair = 0,
) -> Tensor:
    """Both steps write into arrays of x's type."""
    maps = cut_off(x, conv2d(x, depthwise_weight, None, stride, padding, groups=x.shape[1]))
    return cut_off(x, ref.conv1x1(maps, pointwise_weight, bias))


SEPARABLE_IDEAS = (
    Misconception(
        "all_read_the_first_channel",
        _ungrouped(lambda x: x[:, :1]),
        "All your depthwise filters read channel 0.",
        "The depthwise step has as many groups as channels: filter c reads channel c.",
        DEPTHWISE,
    ),
    Misconception(
        "all_read_all_channels",
        _ungrouped(lambda x: x.sum(1, keepdim=True)),
        "Each of your depthwise filters reads all channels, and adds them up.",
        "The depthwise step has as many groups as channels: filter c reads channel c alone.",
        DEPTHWISE,
    ),
    Misconception(
        "first_kernel_for_all",
        changed(
            ref.depthwise_separable_conv2d,
            depthwise_weight=lambda a: a["depthwise_weight"][:1].expand(a["depthwise_weight"].shape),
        ),
        "Every channel is filtered with the first channel's kernel.",
        "Channel c has a kernel of its own, depthwise_weight[c, 0].",
        DEPTHWISE,
    ),
    Misconception(
        "channels_added_too_early",
        _middle(lambda maps, bias: (maps.sum(1, keepdim=True).expand(maps.shape), bias)),
        "Your depthwise step already adds the channels up.",
        "In the depthwise step each channel keeps its own map; only the pointwise step mixes them.",
        DEPTHWISE,
    ),
    Misconception(
        "pointwise_first",
        _pointwise_first,
        "You mix the channels first and filter them afterwards.",
        "First each channel is filtered by itself, then the pointwise step mixes the filtered maps.",
        DEPTHWISE,
    ),
    Misconception(
        "pointwise_left_out",
        _pointwise_left_out,
        "Your output is that of the depthwise step alone.",
        "The pointwise step turns the C filtered maps into F maps.",
        DEPTHWISE,
    ),
    Misconception(
        "pointwise_transposed",
        changed(ref.depthwise_separable_conv2d, pointwise_weight=lambda a: a["pointwise_weight"].transpose(0, 1)),
        "Your pointwise matrix is transposed: inputs and outputs have changed places.",
        "pointwise_weight is (F, C, 1, 1): row f holds what filter f does with each channel.",
        ONE,
    ),
    Misconception(
        "relu_between",
        _middle(lambda maps, bias: (maps.relu(), bias)),
        "You put a ReLU between the two steps.",
        "MobileNet has an activation there; this function computes the two convolutions only.",
        DEPTHWISE,
    ),
    Misconception(
        "bias_before_pointwise",
        _middle(_bias_early),
        "You add the bias between the two steps.",
        "The bias belongs to the F output maps: it is added at the end.",
        DEPTHWISE,
    ),
    Misconception(
        "padded_twice",
        _padded_twice,
        "Your pointwise step is padded too.",
        "A filter of one pixel needs no border: stride and padding belong to the depthwise step.",
        DEPTHWISE,
    ),
    Misconception(
        "strided_twice",
        _strided_twice,
        "Both your steps have the stride.",
        "The stride belongs to the depthwise step; the pointwise step looks at every pixel that is left.",
        DEPTHWISE,
    ),
    replace(
        FLIPPED,
        variant=changed(ref.depthwise_separable_conv2d, depthwise_weight=lambda a: a["depthwise_weight"].flip(2, 3)),
    ),
    *layout_ideas(ref.depthwise_separable_conv2d),
    *_without(bias_ideas(ref.depthwise_separable_conv2d), "bias_per_tap"),
    *window_ideas(ref.depthwise_separable_conv2d),
    replace(fractions_lost(ref.depthwise_separable_conv2d), variant=_cut_off_twice),
)

SHUFFLE_IDEAS = (
    Misconception(
        "shuffle_inverted",
        lambda x, groups: torch.channel_shuffle(x.double(), x.shape[1] // groups),
        "This is the inverse shuffle: you read the channels in C / groups rows of groups channels each.",
        "The channels come as `groups` groups of C / groups each: reshape to (groups, C / groups), then transpose.",
        SHUFFLE,
    ),
    Misconception(
        "nothing_moved",
        lambda x, groups: x.double(),
        "Your channels stand where they stood.",
        "reshape there and back moves nothing. Between the two, exchange the groups' axis with the next.",
        SHUFFLE,
    ),
    Misconception(
        "groups_reversed",
        lambda x, groups: x.double().unflatten(1, (groups, -1)).flip(1).flatten(1, 2),
        "You exchange whole groups.",
        "The shuffle takes one channel of each group in turn, so that every new group holds some of each old one.",
        SHUFFLE,
    ),
    Misconception(
        "pixels_shuffled_too",
        lambda x, groups: x.double().reshape(len(x), groups, -1).transpose(1, 2).reshape(x.shape),
        "You shuffle pixels too: their axes were merged with the channels in a group.",
        "Keep height and width as axes of their own: (N, groups, C / groups, H, W).",
        SHUFFLE,
    ),
    Misconception(
        "all_in_one_table",
        lambda x, groups: x.double().reshape(groups, -1).T.reshape(x.shape),
        "You shuffle images and pixels too: all axes were merged in one table.",
        "Only the channel axis is cut in two and put together again: (N, groups, C / groups, H, W).",
        SHUFFLE,
    ),
    Misconception(
        "batch_items_mixed",
        lambda x, groups: x.double().reshape(groups, -1, len(x), *x.shape[2:]).transpose(0, 1).reshape(x.shape),
        "Your images are mixed with each other.",
        "The batch axis comes first and stays there: (N, groups, C / groups, H, W).",
        SHUFFLE,
    ),
)


def _sliced_by_channels(
    x: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1,
    groups: int = 1,
) -> Tensor:  # fmt: skip
    c, f = x.shape[1] // groups, len(weight) // groups
    maps = [
        conv2d(
            x[:, q * c : (q + 1) * c],
            weight[q * c : q * c + f],
            None if bias is None else bias[q * f : (q + 1) * f][: len(weight[q * c : q * c + f])],
            stride, padding, dilation,
        )
        for q in range(groups)
    ]  # fmt: skip
    return torch.cat(maps, 1)


ONE_KIN = (
    Misconception(
        "batch_read_as_channels_of_pixels",
        lambda x, weight, bias=None: (
            ref.conv1x1(x.reshape(x.shape[1], -1).T.reshape(1, -1, 1, x.shape[1]).transpose(1, 3), weight, None)[
                0, :, 0
            ].reshape(len(x), len(weight), *x.shape[2:])
            + (0.0 if bias is None else bias.double()[:, None, None])
        ),
        "You reshape the batch to (C, N · H · W), which mixes the images.",
        "reshape keeps the order in memory, and there the images come first: bring the channels to the front with "
        "transpose, or multiply each image by itself, x.reshape(N, C, H * W).",
        ONE,
    ),
)

GROUP_KIN = (
    Misconception(
        "everything_dealt_out_in_turn",
        changed(
            ref.grouped_conv2d,
            x=lambda a: a["x"].unflatten(1, (-1, a["groups"])).transpose(1, 2).flatten(1, 2),
            weight=lambda a: a["weight"].unflatten(0, (-1, a["groups"])).transpose(0, 1).flatten(0, 1),
            bias=lambda a: None if a["bias"] is None else a["bias"].view(-1, a["groups"]).T.flatten(),
        ),
        "Your groups take every groups-th channel and every groups-th filter.",
        "A group's channels are neighbors, and so are its filters: it begins at q * C / groups, and at q * F / groups.",
        GROUPS,
    ),
    Misconception(
        "bias_per_group",
        changed(
            ref.grouped_conv2d,
            bias=lambda a: (
                None
                if a["bias"] is None
                else a["bias"][: a["groups"]].repeat_interleave(len(a["weight"]) // a["groups"])
            ),
        ),
        "Each group of yours has one bias for all of its filters.",
        "There is one bias for each of the F filters: group q takes those from q * F / groups on.",
        GROUPS,
    ),
    Misconception(
        "first_filters_for_all",
        changed(
            ref.grouped_conv2d,
            weight=lambda a: a["weight"][: len(a["weight"]) // a["groups"]].repeat(a["groups"], 1, 1, 1),
        ),
        "Every group uses the first group's filters.",
        "Group q has its own filters: those from q * F / groups up to (q + 1) * F / groups.",
        GROUPS,
    ),
    Misconception(
        "filters_sliced_by_channels",
        _sliced_by_channels,
        "You cut the filters where the channels are cut.",
        "A group has C / groups channels and F / groups filters: weight's slices go by F / groups.",
        GROUPS,
    ),
    Misconception(
        "joined_along_the_batch",
        lambda *args, **kwargs: torch.cat(
            ref.grouped_conv2d(*args, **kwargs).chunk(args[6] if len(args) > 6 else kwargs.get("groups", 1), 1)
        ),
        "You join the groups' maps along the axis of the images.",
        "The maps of an image stand in one row: join them along axis 1.",
        GROUPS,
    ),
    *window_kin(ref.grouped_conv2d),
)


def _mixed_then_grouped(
    x: Tensor,
    depthwise_weight: Tensor,
    pointwise_weight: Tensor,
    bias: Tensor | None = None,
    stride: Pair = 1,
    padding: Pair = 0,
) -> Tensor:
    """The steps exchanged, with as many groups as mixed maps, which the C kernels are shared out to."""
    mixed, c = ref.conv1x1(x, pointwise_weight, bias), len(depthwise_weight)
    f = mixed.shape[1]
    maps = [
        conv2d(mixed[:, q : q + 1], depthwise_weight[q * c // f : (q + 1) * c // f], None, stride, padding)
        for q in range(f)
        if q * c // f < (q + 1) * c // f
    ]
    return torch.cat(maps, 1)


SEPARABLE_KIN = (
    Misconception(
        "both_steps_strided_and_padded",
        lambda x, depthwise_weight, pointwise_weight, bias=None, stride=1, padding=0: conv2d(
            _depthwise(x, depthwise_weight, stride, padding), pointwise_weight, bias, stride, padding
        ),
        "Both your steps have the stride and the padding.",
        "They belong to the depthwise step; the pointwise step looks at every pixel that is left, and needs no border.",
        DEPTHWISE,
    ),
    Misconception(
        "pointwise_first_by_groups",
        _mixed_then_grouped,
        "You mix the channels first and filter them afterwards.",
        "First each channel is filtered by itself, then the pointwise step mixes the filtered maps.",
        DEPTHWISE,
    ),
    *window_kin(ref.depthwise_separable_conv2d),
)

SHUFFLE_KIN = (
    Misconception(
        "groups_begin_at_multiples_of_groups",
        lambda x, groups: x.double()[
            :, [(q * groups + k) % x.shape[1] for k in range(x.shape[1] // groups) for q in range(groups)]
        ],
        "Your group q begins at channel q * groups.",
        "A group has C / groups channels: group q begins at q * C / groups.",
        SHUFFLE,
    ),
    Misconception(
        "images_exchanged_with_groups",
        lambda x, groups: x.double().unflatten(1, (groups, -1)).transpose(0, 1).reshape(x.shape),
        "You exchange the axis of the images with that of the groups.",
        "Behind the first reshape the axes are (N, groups, C / groups, H, W): exchange 1 and 2.",
        SHUFFLE,
    ),
)

QUESTIONS: Sequence[Question] = (
    Question(
        "conv1x1", ref.conv1x1, _pointwise, ONE_IDEAS, ONE, {"general": 0.6, "bias": 0.3, WHOLE: 0.1}, kin=ONE_KIN
    ),
    Question(
        "grouped_conv2d",
        ref.grouped_conv2d,
        _groups,
        GROUP_IDEAS,
        GROUPS,
        {"general": 0.4, "depthwise": 0.2, "stride, padding, dilation": 0.3, WHOLE: 0.1},
        kin=GROUP_KIN,
    ),
    Question(
        "depthwise_separable_conv2d",
        ref.depthwise_separable_conv2d,
        _separable,
        SEPARABLE_IDEAS,
        DEPTHWISE,
        {"general": 0.3, "bias": 0.3, "stride, padding": 0.3, WHOLE: 0.1},
        kin=SEPARABLE_KIN,
    ),
    Question(
        "channel_shuffle",
        ref.channel_shuffle,
        _shuffles,
        SHUFFLE_IDEAS,
        SHUFFLE,
        {"general": 0.8, "edges": 0.2},
        kin=SHUFFLE_KIN,
    ),
)
