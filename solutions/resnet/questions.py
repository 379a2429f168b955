"""Chapter 12's questions: the sum, its shortcuts, three residual blocks, and whole networks from a state dict."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from autograde.questions import Case, Misconception, Question, Rng, signed

from ..backward.reference import conv2d_backward
from ..batch_norm.reference import batch_norm2d_backward
from ..networks import BasicBlock, Bottleneck, CifarResNet, PadShortcut, ResNet, WideBlock, projection
from . import reference as ref
from .reference import State

SUM, PAIRING, SHORTCUTS, BLOCKS, BOTTLENECK, PREACT, NETWORK, BACKWARD, TRAINING = (
    f"resnet-{part}"
    for part in (
        "sum", "pairing", "shortcuts", "blocks", "bottleneck", "preact", "network", "backward", "training",
    )
)  # fmt: skip
Act = Callable[[Tensor], Tensor]
REFUSED, SAYING, SILENT = (f"a ValueError{what}" for what in ("", " that says both shapes", " that does not"))

REFUSES = f"""
def ask(student, x, f, message=False):
    if x.shape == f.shape:
        return student(x, f)
    try:
        return student(x, f)
    except ValueError as error:
        digits = "".join(filter(str.isdigit, str(error)))
        said = all("".join(map(str, one.shape)) in digits for one in (x, f))
        return {REFUSED!r} if not message else {SAYING!r} if said else {SILENT!r}
"""
"""The sizes count, in their order, however they are written."""


# ---- drawing state dicts ----


def drawn(rng: Rng, model: Callable[[], nn.Module], counters: bool = False) -> dict[str, np.ndarray]:
    """A state dict with the names and shapes of `model`, such that every entry shows in the output.

    Args:
        rng: source of randomness.
        model: makes the module; its memory is never taken.
        counters: whether num_batches_tracked is there too, as in a saved file.
    """
    with torch.device("meta"):
        shapes = {name: tuple(value.shape) for name, value in model().state_dict().items()}
    state: dict[str, np.ndarray] = {}
    for name, shape in shapes.items():
        if name.endswith("num_batches_tracked"):
            if counters:
                state[name] = np.array(int(rng.integers(100, 1000)))
        elif name.endswith("running_var"):
            state[name] = rng.uniform(0.05, 2.0, shape)
        elif len(shape) > 1:
            state[name] = rng.standard_normal(shape) * np.sqrt(2 / np.prod(shape[1:]))
        else:
            state[name] = 0.6 * signed(rng, *shape)
    return state


def near_eps(state: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The state with one variance of every normalization near eps, so that leaving eps out shows in float32, too.

    The channel's weight shrinks as its deviation does: what comes out is as large as before.
    """
    changed = dict(state)
    for name in state:
        if name.endswith("running_var"):
            weight = name.replace("running_var", "weight")
            changed[name], changed[weight] = state[name].copy(), state[weight].copy()
            changed[name][0] = 2e-5
            changed[weight][0] *= np.sqrt(2e-5)
    return changed


# ---- one thing done otherwise ----


def _same(x: Tensor) -> Tensor:
    return x


def batch_statistics(x: Tensor, state: State, name: str) -> Tensor:
    """Batch normalization with the mean and the variance of x itself."""
    axes = (0, 2, 3)
    hat = (x - x.mean(axes, keepdim=True)) / (x.var(axes, correction=0, keepdim=True) + 1e-5).sqrt()
    weight, bias = (state[f"{name}.{part}"].double().reshape(-1, 1, 1) for part in ("weight", "bias"))
    return weight * hat + bias


def no_eps(x: Tensor, state: State, name: str) -> Tensor:
    """Batch normalization that divides by the deviation as it is."""
    var = state[f"{name}.running_var"].double()
    return ref.norm(x, {**state, f"{name}.running_var": var - 1e-5}, name)


def no_norm(x: Tensor, state: State, name: str) -> Tensor:
    """The normalization left out."""
    return x


def padded(sides: Callable[[int], tuple[int, int]]) -> Callable[..., Tensor]:
    """Option A with its zeros elsewhere: `sides(new)` says how many channels of them come before and behind."""

    def pad(x: Tensor, channels: int, stride: int) -> Tensor:
        return F.pad(x.double()[:, :, ::stride, ::stride], (0, 0, 0, 0, *sides(channels - x.shape[1])))

    return pad


def _zeros_behind(x: Tensor, channels: int, stride: int) -> Tensor:
    return ref.projection_shortcut(x, channels, stride)


zeros_first = padded(lambda new: (new, 0))
zeros_both = padded(lambda new: (new // 2, new - new // 2))


def repeated(x: Tensor, channels: int, stride: int) -> Tensor:
    """Option A with the channels repeated where zeros should be."""
    x = x.double()[:, :, ::stride, ::stride]
    return torch.cat([x] * (-(-channels // x.shape[1])), 1)[:, :channels]


def pooled(x: Tensor, channels: int, stride: int) -> Tensor:
    """Option A with average pooling in place of every stride-th pixel."""
    return _zeros_behind(F.avg_pool2d(x.double(), stride), channels, 1)


Norm = Callable[[Tensor, State, str], Tensor]


@dataclass(frozen=True)
class Way:
    """How someone puts residual blocks together; the defaults are right, and an idea changes one of them.

    Attributes:
        norm: batch normalization, everywhere but in the shortcut and behind the branch's last convolution.
        last_norm: the one behind the branch's last convolution.
        skip_norm: the one of the projection.
        inner: between the branch's convolutions.
        branch: on F(x) before the addition.
        skip: on the shortcut before the addition.
        after: behind the addition.
        entry: on x before anything.
        join: the addition.
        pad: option A.
        late: whether a basic block's stride sits in its second convolution.
    """

    norm: Norm = ref.norm
    last_norm: Norm = ref.norm
    skip_norm: Norm = ref.norm
    inner: Act = F.relu
    branch: Act = _same
    skip: Act = _same
    after: Act = F.relu
    entry: Act = _same
    join: Callable[[Tensor, Tensor], Tensor] = ref.residual_add
    pad: Callable[..., Tensor] = _zeros_behind
    late: bool = False

    def shortcut(self, x: Tensor, state: State, channels: int, stride: int) -> Tensor:
        """What is added to the branch."""
        if "downsample.0.weight" in state:
            return self.skip_norm(ref.conv(x, state, "downsample.0", stride), state, "downsample.1")
        return self.pad(x, channels, stride) if stride != 1 or channels != x.shape[1] else x.double()

    def basic(self, x: Tensor, state: State, stride: int = 1) -> Tensor:
        """A basic block."""
        x = self.entry(x.double())
        first, second = (1, stride) if self.late else (stride, 1)
        f = self.inner(self.norm(ref.conv(x, state, "conv1", first), state, "bn1"))
        f = self.branch(self.last_norm(ref.conv(f, state, "conv2", second), state, "bn2"))
        return self.after(self.join(self.skip(self.shortcut(x, state, f.shape[1], stride)), f))

    def bottleneck(
        self, x: Tensor, state: State, stride: int = 1, version: str = "1.5", strides: tuple[int, ...] | None = None
    ) -> Tensor:
        """A bottleneck; `strides`, where given, are those of the three convolutions."""
        x = self.entry(x.double())
        a, b, c = strides or ((stride, 1, 1) if version == "1" else (1, stride, 1))
        f = self.inner(self.norm(ref.conv(x, state, "conv1", a), state, "bn1"))
        f = self.inner(self.norm(ref.conv(f, state, "conv2", b), state, "bn2"))
        f = self.branch(self.last_norm(ref.conv(f, state, "conv3", c), state, "bn3"))
        return self.after(self.join(self.skip(self.shortcut(x, state, f.shape[1], stride)), f))

    def network(
        self,
        state: State,
        x: Tensor,
        *,
        stem_stride: int = 2,
        stem_act: Act = F.relu,
        pool: Callable[[Tensor], Tensor] = lambda x: F.max_pool2d(x, 3, 2, 1),
        pool_small: bool = False,
        strides: Callable[[int, int], int] = lambda stage, number: 2 if stage > 1 and number == 0 else 1,
        version: str = "1.5",
        order: Callable[[list[int]], list[int]] = sorted,
        mean: Act = lambda x: x.mean((2, 3)),
        bias: float = 1.0,
        head: Act = _same,
    ) -> Tensor:
        """A whole network; each keyword is one habit."""
        large = state["conv1.weight"].shape[2] == 7
        x = stem_act(self.norm(ref.conv(x, state, "conv1", stem_stride if large else 1), state, "bn1"))
        x = pool(x) if large or pool_small else x
        for stage in range(1, 5):
            numbers = sorted({int(name.split(".")[1]) for name in state if name.startswith(f"layer{stage}.")})
            for place, number in enumerate(order(numbers)):
                own = ref.part(state, f"layer{stage}.{number}")
                step = strides(stage, place)
                x = self.bottleneck(x, own, step, version) if "conv3.weight" in own else self.basic(x, own, step)
        return head(F.linear(mean(x), state["fc.weight"].double(), bias * state["fc.bias"].double()))


RIGHT = Way()


def _otherwise(**habits: Any) -> Callable[..., Tensor]:
    return lambda state, x: RIGHT.network(state, x, **habits)


Build = Callable[[Way], Callable[..., Tensor]]


def _ideas(build: Build, section: str, *names: str) -> tuple[Misconception, ...]:
    """The ideas called `names` about blocks, for the function that `build` makes of a way."""
    return tuple(
        Misconception(name, build(replace(RIGHT, **changes)), idea, why, where or section)
        for name in names
        for changes, idea, why, where in [IDEAS[name]]
    )


def _every_norm(norm: Norm) -> dict[str, Norm]:
    return {"norm": norm, "last_norm": norm, "skip_norm": norm}


IDEAS: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "relu_before_addition": (
        {"branch": F.relu, "after": _same},
        "Your last ReLU stands before the addition.",
        "A ReLU on F(x) leaves it nothing but additions: the block could only ever raise x. Add first, then rectify.",
        BLOCKS,
    ),
    "relu_before_and_after": (
        {"branch": F.relu},
        "You rectify F(x) before the addition, and the sum again after it.",
        "F(x) must be able to be negative, or the block could only raise x. There is one ReLU at the end, on the sum.",
        BLOCKS,
    ),
    "relu_on_skip": (
        {"skip": F.relu},
        "You rectify the shortcut before the addition.",
        "The shortcut carries x as it is, or its projection; the only ReLU behind it is the one on the sum.",
        BLOCKS,
    ),
    "relu_on_input": (
        {"entry": F.relu},
        "You rectify x before both paths, as an in-place ReLU on x does.",
        "A block takes x as it comes. If your ReLU writes into its argument, give it a copy.",
        BLOCKS,
    ),
    "no_relu_after_addition": (
        {"after": _same},
        "There is no ReLU behind your addition.",
        "The block's last step is ReLU(F(x) + shortcut).",
        BLOCKS,
    ),
    "no_inner_relu": (
        {"inner": _same},
        "There is no ReLU between your convolutions.",
        "Without it two convolutions in a row are one linear map. ReLU follows every normalization but the last.",
        BLOCKS,
    ),
    "no_shortcut": (
        {"join": lambda skip, f: f},
        "Your block gives ReLU(F(x)) and leaves the shortcut out.",
        "That is a plain block. Add x, or its projection, before the last ReLU.",
        SUM,
    ),
    "branch_twice": (
        {"join": lambda skip, f: f + f},
        "You add F(x) to itself: x was overwritten before the addition.",
        "Keep what came in under a name of its own until the sum.",
        SUM,
    ),
    "concatenated": (
        {"join": lambda skip, f: torch.cat((skip, f), 1)},
        "You concatenate the shortcut and F(x).",
        "A residual block adds, entry by entry: as many channels come out as F has. Concatenation is DenseNet's way.",
        SUM,
    ),
    "batch_statistics": (
        _every_norm(batch_statistics),
        "You normalize with the mean and variance of the batch at hand.",
        "These networks are evaluated: running_mean and running_var stand in the state dict.",
        "batch-running",
    ),
    "no_batch_norm": (
        _every_norm(no_norm),
        "You leave batch normalization out.",
        "Every convolution of a block has one behind it: bn1 after conv1, bn2 after conv2, downsample.1 after "
        "downsample.0.",
        BLOCKS,
    ),
    "last_norm_forgotten": (
        {"last_norm": no_norm},
        "The last normalization of your branch is missing.",
        "F(x) is normalized too before it is added: only the ReLU waits until after the sum.",
        BLOCKS,
    ),
    "eps_forgotten": (
        _every_norm(no_eps),
        "You divide by the square root of running_var without eps.",
        "torch adds eps = 1e-5 to the variance, and no state dict mentions it.",
        "batch-statistics",
    ),
    "shortcut_norm_forgotten": (
        {"skip_norm": no_norm},
        "Your projection is a bare convolution.",
        "downsample.0 is the 1×1 convolution, downsample.1 the batch normalization behind it.",
        SHORTCUTS,
    ),
    "zeros_first": (
        {"pad": zeros_first},
        "You put option A's zeros before x's channels.",
        "x's channels stay where they were; the new ones come behind them.",
        SHORTCUTS,
    ),
    "zeros_on_both_sides": (
        {"pad": zeros_both},
        "You share option A's zeros out to both sides of x's channels.",
        "Some codes do that; here x keeps its channels 0 to C − 1, and all the zeros come behind.",
        SHORTCUTS,
    ),
    "channels_repeated": (
        {"pad": repeated},
        "You fill the new channels with copies of x's.",
        "Option A adds nothing to the new channels: they are F's alone.",
        SHORTCUTS,
    ),
    "shortcut_pooled": (
        {"pad": pooled},
        "You average windows to make the shortcut smaller.",
        "Option A takes every stride-th pixel as it is, x[:, :, ::stride, ::stride].",
        SHORTCUTS,
    ),
    "stride_on_second": (
        {"late": True},
        "Your stride sits in conv2.",
        "conv1 has the stride; conv2 works on the small maps.",
        BLOCKS,
    ),
}


# ---- the sum ----


def _sums(rng: Rng) -> list[Case]:
    def pair(*shapes: tuple[int, ...]) -> tuple[np.ndarray, ...]:
        return tuple(signed(rng, *shape) for shape in shapes)

    same = (2, 3, 4, 5), (1, 4, 1, 3), (3, 3, 3, 2)
    return [
        *(Case(f"maps of shape {shape}", pair(shape, shape)) for shape in same),
        Case("one map against three", pair((2, 3, 4, 5), (2, 1, 4, 5)), group="shapes"),
        Case("one image against two", pair((1, 3, 2, 4), (2, 3, 2, 4)), group="shapes"),
        Case("means against maps", pair((2, 3, 1, 1), (2, 3, 2, 4)), group="shapes"),
        Case("another number of channels", pair((2, 2, 3, 4), (2, 4, 3, 4)), group="shapes"),
        Case("smaller maps", pair((2, 3, 6, 4), (2, 3, 3, 2)), group="shapes"),
        Case("equal shapes with axes of one", pair((1, 3, 1, 4), (1, 3, 1, 4)), group="shapes"),
        Case("what the error says", pair((2, 3, 4, 5), (2, 6, 4, 5)), {"message": True}, group="message"),
        Case("a sum beside it", pair((2, 6, 3, 4), (2, 6, 3, 4)), group="message"),
    ]


def _answered(x: Tensor, f: Tensor, message: bool = False) -> Any:
    return ref.residual_add(x, f) if x.shape == f.shape else SAYING if message else REFUSED


def _broadcast(x: Tensor, f: Tensor, message: bool = False) -> Any:
    try:
        return x + f
    except RuntimeError:
        return SAYING if message else REFUSED


def _silent(x: Tensor, f: Tensor, message: bool = False) -> Any:
    return SILENT if message else _answered(x, f)


def _joined(join: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
    """`join` where the shapes agree; it predicts nothing where they don't."""

    def variant(x: Tensor, f: Tensor, message: bool = False) -> Tensor:
        if x.shape != f.shape:
            raise NotImplementedError
        return join(x.double(), f.double())

    return variant


ADD = Question(
    "residual_add",
    _answered,
    _sums,
    (
        Misconception(
            "shapes_stretched", _broadcast,
            "You let NumPy stretch arrays of other shapes.",
            "x + f broadcasts axes of size 1 without a word, and a forgotten projection goes unnoticed. Compare the "
            "shapes and raise ValueError.",
            SUM,
        ),
        Misconception(
            "shapes_not_said", _silent,
            "Your ValueError does not say which shapes came.",
            "Put both into its message, f\"{x.shape} and {f.shape}\": whoever reads it sees at once what does not fit.",
            SUM,
        ),
        Misconception(
            "concatenated", _joined(lambda x, f: torch.cat((x, f), 1)),
            "You concatenate the maps.",
            "A residual sum adds, entry by entry: the shape stays.",
            SUM,
        ),
        Misconception(
            "pairs_reversed", _joined(lambda x, f: x + f.flip(1)),
            "You add the maps in reversed order, the first to the last.",
            "Map c of x is added to map c of f. Nothing is matched by content: training arranges f to fit.",
            PAIRING,
        ),
        Misconception(
            "first_map_to_all", _joined(lambda x, f: x[:, :1] + f),
            "You add the first map of x to every map of f.",
            "X is all of its maps: each has its own partner.",
            SUM,
        ),
        Misconception(
            "mean_map_to_all", _joined(lambda x, f: x.mean(1, keepdim=True) + f),
            "You average x's maps into one and add that to every map of f.",
            "X is all of its maps: each has its own partner, and nothing is mixed.",
            SUM,
        ),
        Misconception(
            "one_number_added", _joined(lambda x, f: x.mean((2, 3), keepdim=True) + f),
            "You add one number for each map of x.",
            "X is whole maps: entry (i, j) is added to entry (i, j).",
            SUM,
        ),
        Misconception(
            "relu_included", _joined(lambda x, f: F.relu(x + f)),
            "You rectify the sum.",
            "This function is the sum alone; the block has the ReLU.",
            SUM,
        ),
        Misconception(
            "relu_before_addition", _joined(lambda x, f: x + F.relu(f)),
            "You rectify f before the addition.",
            "f may be negative: that is how a block takes something away from x.",
            BLOCKS,
        ),
        Misconception(
            "relu_on_skip", _joined(lambda x, f: F.relu(x) + f),
            "You rectify x before the addition.",
            "The shortcut carries x as it is.",
            BLOCKS,
        ),
        Misconception(
            "averaged", _joined(lambda x, f: (x + f) / 2),
            "You take the mean of x and f.",
            "It is their sum: with f = 0 the answer must be x itself.",
            SUM,
        ),
        Misconception(
            "multiplied", _joined(lambda x, f: x * f),
            "You multiply x and f.",
            "The two paths are added: with f = 0 the answer must be x itself.",
            SUM,
        ),
    ),
    SUM,
    {"general": 0.6, "shapes": 0.3, "message": 0.1},
    REFUSES,
)  # fmt: skip


# ---- shortcuts ----


def _shortcuts(rng: Rng) -> list[Case]:
    def a(label: str, shape: tuple[int, ...], channels: int, stride: int) -> Case:
        return Case(label, (signed(rng, *shape), channels, stride), group="A")

    def b(label: str, shape: tuple[int, ...], channels: int, stride: int) -> Case:
        parts = drawn(rng, lambda: projection(shape[1], channels, stride))
        state = {f"downsample.{name}": value for name, value in parts.items()}
        return Case(label, (signed(rng, *shape), channels, stride, "B", state), group="B", terms=2 * shape[1])

    return [
        a("option A, stride 2, odd rows", (2, 3, 5, 4), 8, 2),
        b("option B, stride 2, odd rows", (2, 3, 5, 4), 5, 2),
        a("option A, stride 2, twice the channels", (1, 2, 6, 8), 4, 2),
        a("option A, stride 3", (2, 4, 6, 9), 7, 3),
        a("option A, stride 1", (3, 2, 3, 5), 5, 1),
        a("option A, stride 2, as many channels", (2, 3, 4, 6), 3, 2),
        b("option B, stride 2, even sizes", (3, 2, 6, 4), 4, 2),
        b("option B, stride 1", (2, 4, 3, 5), 3, 1),
        b("option B, stride 3", (1, 3, 6, 9), 6, 3),
    ]


def _project(
    pad: Callable[..., Tensor] = _zeros_behind,
    norm: Norm = ref.norm,
    act: Act = _same,
    shrink: Callable[[Tensor, int], Tensor] = lambda x, s: x[:, :, ::s, ::s],
    border: int = 0,
) -> Callable[..., Tensor]:
    def variant(
        x: Tensor, channels: int, stride: int = 1, option: str = "A", state: State | None = None
    ) -> Tensor:  # fmt: skip
        if option == "A" or state is None:
            return pad(x, channels, stride)
        wide = F.pad(x.double(), (border,) * 4)
        return act(norm(ref.conv(shrink(wide, stride), state, "downsample.0"), state, "downsample.1"))

    return variant


def _from_one(x: Tensor, channels: int, stride: int) -> Tensor:
    return _zeros_behind(x[:, :, stride - 1 :, stride - 1 :], channels, stride)


def _pool(x: Tensor, stride: int) -> Tensor:
    return F.avg_pool2d(x, stride)


SHORTCUT = Question(
    "projection_shortcut",
    ref.projection_shortcut,
    _shortcuts,
    (
        *(
            Misconception(name, _project(pad), *IDEAS[name][1:3], SHORTCUTS)
            for name, pad in (
                ("zeros_first", zeros_first), ("zeros_on_both_sides", zeros_both), ("channels_repeated", repeated),
            )
        ),
        Misconception(
            "shortcut_pooled", _project(pooled, shrink=_pool),
            "You average windows to make the shortcut smaller.",
            "Both options take every stride-th pixel as it is: A by a slice, B by the stride of its 1×1 convolution.",
            SHORTCUTS,
        ),
        Misconception(
            "option_a_pooled", _project(pooled), *IDEAS["shortcut_pooled"][1:3], SHORTCUTS,
        ),
        Misconception(
            "option_b_pooled", _project(shrink=_pool),
            "You average windows before the 1×1 convolution.",
            "Later networks do (ResNet-D). Option B is one 1×1 convolution with a stride.",
            SHORTCUTS,
        ),
        Misconception(
            "last_of_each_step", _project(_from_one, shrink=lambda x, s: x[:, :, s - 1 :: s, s - 1 :: s]),
            "You take the last pixel of every step.",
            "Start at pixel 0: a strided window starts there, and the shortcut must meet the same places as F.",
            SHORTCUTS,
        ),
        Misconception(
            "stride_ignored", _project(lambda x, c, s: _zeros_behind(x, c, 1), shrink=lambda x, s: x),
            "Your shortcut is as large as x.",
            "F's first convolution has a stride; the shortcut needs the same, or the shapes differ.",
            SHORTCUTS,
        ),
        Misconception(
            "option_b_without_stride", _project(shrink=lambda x, s: x),
            "Your 1×1 convolution has no stride.",
            "It has F's stride; otherwise the shapes differ.",
            SHORTCUTS,
        ),
        Misconception(
            "shortcut_norm_forgotten", _project(norm=no_norm), *IDEAS["shortcut_norm_forgotten"][1:3], SHORTCUTS,
        ),
        Misconception(
            "batch_statistics", _project(norm=batch_statistics), *IDEAS["batch_statistics"][1:3], "batch-running",
        ),
        Misconception(
            "eps_forgotten", _project(norm=no_eps), *IDEAS["eps_forgotten"][1:3], "batch-statistics",
        ),
        Misconception(
            "relu_on_shortcut", _project(act=F.relu),
            "You rectify the projection.",
            "Option B is a convolution and a normalization. The block's ReLU comes after the addition.",
            SHORTCUTS,
        ),
        Misconception(
            "padded_1x1", _project(border=1),
            "You pad x before the 1×1 convolution.",
            "A 1×1 window never reaches over the edge: its padding is 0.",
            SHORTCUTS,
        ),
    ),
    SHORTCUTS,
    {"A": 0.5, "B": 0.5},
)  # fmt: skip


# ---- basic block ----

BLOCK_NAMES = (
    "relu_before_addition", "relu_before_and_after", "relu_on_skip", "relu_on_input", "no_relu_after_addition",
    "no_inner_relu", "no_shortcut", "branch_twice", "concatenated", "batch_statistics", "no_batch_norm",
    "last_norm_forgotten", "shortcut_norm_forgotten", "eps_forgotten",
)  # fmt: skip
PAD_NAMES = ("zeros_first", "zeros_on_both_sides", "channels_repeated", "shortcut_pooled")


def _basics(rng: Rng) -> list[Case]:
    def case(label: str, shape: tuple[int, ...], outputs: int, stride: int, group: str, tiny: bool = False) -> Case:
        def pads(inputs: int, outputs: int, stride: int) -> nn.Module:
            return PadShortcut(outputs, stride)

        make = pads if group == "padded" else projection
        state = drawn(rng, lambda: BasicBlock(shape[1], outputs, stride, make))
        state = near_eps(state) if tiny else state
        args = (signed(rng, *shape), state) if stride == 1 else (signed(rng, *shape), state, stride)
        return Case(label, args, group=group, terms=40 * outputs)

    def projected(label: str, shape: tuple[int, ...]) -> Case:
        state = drawn(rng, lambda: BasicBlock(shape[1], shape[1], 1, projection))
        more = drawn(rng, lambda: projection(shape[1], shape[1], 1))
        state |= {f"downsample.{name}": value for name, value in more.items()}
        return Case(label, (signed(rng, *shape), state), group="projection", terms=40 * shape[1])

    return [
        case("shapes stay", (2, 3, 5, 4), 3, 1, "identity"),
        case("projection with stride 2", (2, 3, 5, 6), 4, 2, "projection"),
        case("shapes stay, one image of one row", (1, 4, 1, 5), 4, 1, "identity", tiny=True),
        case("projection with stride 1", (3, 2, 4, 3), 5, 1, "projection", tiny=True),
        case("zeros for three new channels, stride 2", (2, 2, 5, 7), 5, 2, "padded"),
        case("zeros, twice the channels, even sizes", (1, 2, 4, 6), 4, 2, "padded"),
        projected("a projection though shapes stay", (2, 3, 4, 5)),
        case("zeros for three new channels, stride 1", (2, 2, 4, 3), 5, 1, "padded"),
    ]


def _adds_inner(x: Tensor, state: State, stride: int = 1) -> Tensor:
    inner = F.relu(ref.norm(ref.conv(x, state, "conv1", stride), state, "bn1"))
    return F.relu(ref.residual_add(inner, ref.norm(ref.conv(inner, state, "conv2"), state, "bn2")))


BASIC = Question(
    "basic_block",
    ref.basic_block,
    _basics,
    (
        Misconception(
            "adds_inner", _adds_inner,
            "You add what conv1 gave, not what came into the block.",
            "The shortcut jumps over both convolutions. If x was overwritten on the way, keep it under a name of "
            "its own.",
            BLOCKS,
        ),
        *_ideas(lambda way: way.basic, BLOCKS, *BLOCK_NAMES, *PAD_NAMES, "stride_on_second"),
    ),
    BLOCKS,
    {"identity": 0.4, "projection": 0.3, "padded": 0.3},
)  # fmt: skip


# ---- bottleneck ----


def _bottlenecks(rng: Rng) -> list[Case]:
    def case(
        label: str, shape: tuple[int, ...], width: int, stride: int, version: str, group: str, tiny: bool = False
    ) -> Case:
        state = drawn(rng, lambda: Bottleneck(shape[1], width, stride, version))
        state = near_eps(state) if tiny else state
        more = {"version": version} if version == "1" else {}
        return Case(label, (signed(rng, *shape), state, stride), more, group=group, terms=60 * width)

    return [
        case("shapes stay", (2, 8, 5, 4), 2, 1, "1.5", "identity"),
        case("version 1.5, stride 2", (2, 3, 5, 6), 2, 2, "1.5", "1.5"),
        case("version 1, stride 2", (1, 4, 7, 4), 3, 2, "1", "1"),
        case("shapes stay, version 1", (1, 12, 3, 2), 3, 1, "1", "identity"),
        case("version 1.5, more channels at stride 1", (3, 2, 4, 3), 2, 1, "1.5", "1.5"),
        case("version 1.5, even sizes", (1, 5, 6, 4), 3, 2, "1.5", "1.5", tiny=True),
        case("version 1, even sizes", (2, 2, 4, 6), 2, 2, "1", "1", tiny=True),
    ]


def _strided(which: Callable[[str], int]) -> Callable[..., Tensor]:
    """A bottleneck whose stride sits in convolution `which(version)`, counted from 0."""

    def variant(x: Tensor, state: State, stride: int = 1, version: str = "1.5") -> Tensor:
        return RIGHT.bottleneck(x, state, stride, strides=tuple(stride if i == which(version) else 1 for i in range(3)))

    return variant


BOTTLENECKS = Question(
    "bottleneck",
    ref.bottleneck,
    _bottlenecks,
    (
        Misconception(
            "versions_swapped", _strided(lambda version: 1 if version == "1" else 0),
            "You have the two versions the wrong way round.",
            "Version 1, of the models that He et al. released, strides the first 1×1 convolution; version 1.5 the 3×3.",
            BOTTLENECK,
        ),
        Misconception(
            "always_first", _strided(lambda version: 0),
            "Your stride sits in the first 1×1 convolution whatever the version is.",
            "That is version 1. Version 1.5 strides the 3×3 convolution, so that no pixel goes unread.",
            BOTTLENECK,
        ),
        Misconception(
            "always_3x3", _strided(lambda version: 1),
            "Your stride sits in the 3×3 convolution whatever the version is.",
            "That is version 1.5. Version 1 strides the first 1×1 convolution.",
            BOTTLENECK,
        ),
        *_ideas(lambda way: way.bottleneck, BOTTLENECK, *BLOCK_NAMES),
    ),
    BOTTLENECK,
    {"identity": 0.3, "1": 0.3, "1.5": 0.4},
)  # fmt: skip


# ---- pre-activation ----


def _preacts(rng: Rng) -> list[Case]:
    def case(label: str, shape: tuple[int, ...], outputs: int, stride: int, group: str) -> Case:
        state = drawn(rng, lambda: WideBlock(shape[1], outputs, stride))
        return Case(label, (signed(rng, *shape), state, stride), group=group, terms=40 * outputs)

    return [
        case("shapes stay", (2, 3, 5, 4), 3, 1, "identity"),
        case("projection with stride 2", (2, 3, 5, 6), 4, 2, "projection"),
        case("shapes stay, one image of one row", (1, 4, 1, 5), 4, 1, "identity"),
        case("projection with stride 1", (3, 2, 4, 3), 5, 1, "projection"),
    ]


def _preact(
    *,
    norm: Norm = ref.norm,
    act: Callable[[Tensor, State, str, Norm], Tensor] = lambda x, state, name, norm: F.relu(norm(x, state, name)),
    second: bool = True,
    raw_projection: bool = False,
    ready_skip: bool = False,
    after: Act = _same,
    join: Callable[[Tensor, Tensor], Tensor] = ref.residual_add,
    late: bool = False,
) -> Callable[..., Tensor]:
    """A pre-activation block with one thing of it done otherwise."""

    def variant(x: Tensor, state: State, stride: int = 1) -> Tensor:
        x = x.double()
        ready = act(x, state, "bn1", norm)
        f = ref.conv(ready, state, "conv1", 1 if late else stride)
        f = act(f, state, "bn2", norm) if second else f
        f = ref.conv(f, state, "conv2", stride if late else 1)
        skip = ready if ready_skip else x
        if "downsample.weight" in state:
            skip = ref.conv(x if raw_projection else ready, state, "downsample", stride)
        return after(join(skip, f))

    return variant


def _relu_then_norm(x: Tensor, state: State, name: str, norm: Norm) -> Tensor:
    return norm(F.relu(x), state, name)


def _norm_only(x: Tensor, state: State, name: str, norm: Norm) -> Tensor:
    return norm(x, state, name)


def _relu_only(x: Tensor, state: State, name: str, norm: Norm) -> Tensor:
    return F.relu(x)


PREACTS = Question(
    "preact_block",
    ref.preact_block,
    _preacts,
    (
        Misconception(
            "projection_from_raw_x", _preact(raw_projection=True),
            "Your projection takes x itself.",
            "Where shapes change, the normalized and rectified x goes into both paths: the block acts once, then "
            "forks.",
            PREACT,
        ),
        Misconception(
            "skip_activated", _preact(ready_skip=True),
            "Your shortcut carries the normalized and rectified x where shapes stay.",
            "There x goes through untouched. If your ReLU or norm writes into x, give it a copy.",
            PREACT,
        ),
        Misconception(
            "relu_after_addition", _preact(after=F.relu),
            "There is a ReLU behind your addition.",
            "That is the block of 2015. Here nothing stands behind the sum, so that x can pass every block unchanged.",
            PREACT,
        ),
        Misconception(
            "relu_before_norm", _preact(act=_relu_then_norm),
            "You rectify first and normalize then.",
            "The order is normalization, ReLU, convolution, twice.",
            PREACT,
        ),
        Misconception(
            "no_relu", _preact(act=_norm_only),
            "There is no ReLU in your branch.",
            "The order is normalization, ReLU, convolution, twice.",
            PREACT,
        ),
        Misconception(
            "no_batch_norm", _preact(act=_relu_only),
            "You leave batch normalization out.",
            "bn1 comes before conv1, and bn2 before conv2, each with a ReLU.",
            PREACT,
        ),
        Misconception(
            "one_activation", _preact(second=False),
            "Nothing stands between your two convolutions.",
            "bn2 and a ReLU come before conv2.",
            PREACT,
        ),
        Misconception(
            "no_shortcut", _preact(join=lambda skip, f: f), *IDEAS["no_shortcut"][1:3], SUM,
        ),
        Misconception(
            "concatenated", _preact(join=lambda skip, f: torch.cat((skip, f), 1)), *IDEAS["concatenated"][1:3], SUM,
        ),
        Misconception(
            "batch_statistics", _preact(norm=batch_statistics), *IDEAS["batch_statistics"][1:3], "batch-running",
        ),
        Misconception(
            "stride_on_second", _preact(late=True), *IDEAS["stride_on_second"][1:3], BLOCKS,
        ),
    ),
    PREACT,
    {"identity": 0.5, "projection": 0.5},
)  # fmt: skip


# ---- whole networks ----


def _networks(rng: Rng) -> list[Case]:
    def case(
        label: str,
        make: Callable[[], nn.Module],
        shape: tuple[int, ...],
        group: str,
        saved: bool,
        tiny: bool = False,
    ) -> Case:
        state = drawn(rng, make, saved)
        state = near_eps(state) if tiny else state
        return Case(label, (state, signed(rng, *shape)), group=group, terms=3000)

    return [
        case("CIFAR, option A", lambda: CifarResNet(8, width=2, classes=5), (2, 3, 9, 11), "cifar", False),
        case(
            "ImageNet's, basic blocks",
            lambda: ResNet((2, 1, 2, 1), widths=(2, 4, 3, 5), classes=6),
            (2, 3, 32, 40), "basic", True,
        ),
        case(
            "ImageNet's, bottlenecks",
            lambda: ResNet((1, 2, 1, 2), True, widths=(2, 3, 2, 4), classes=3, inputs=1),
            (1, 1, 33, 38), "bottleneck", True, tiny=True,
        ),
        case(
            "CIFAR, option B",
            lambda: CifarResNet(14, "B", width=3, classes=4), (3, 3, 10, 12), "cifar", True, tiny=True,
        ),
        case(
            "CIFAR, eleven blocks in a stage",
            lambda: CifarResNet(68, width=2, classes=3, inputs=1), (1, 1, 8, 9), "cifar", False,
        ),
    ]  # fmt: skip


def _as_strings(numbers: list[int]) -> list[int]:
    return sorted(numbers, key=str)


FORWARD = Question(
    "resnet_forward",
    ref.resnet_forward,
    _networks,
    (
        *_ideas(
            lambda way: way.network, NETWORK, *(n for n in BLOCK_NAMES if n not in ("concatenated", "relu_on_input")),
            *PAD_NAMES[:3], "stride_on_second",
        ),
        Misconception(
            "no_maximum_pool", _otherwise(pool=_same),
            "The maximum pool behind the 7×7 convolution is missing.",
            "It has no weights, so no name in the state dict reminds you: 3×3, stride 2, padding 1.",
            NETWORK,
        ),
        Misconception(
            "pool_not_padded", _otherwise(pool=lambda x: F.max_pool2d(x, 3, 2)),
            "Your maximum pool has no padding.",
            "It is 3×3 with stride 2 and padding 1: 112 becomes 56.",
            NETWORK,
        ),
        Misconception(
            "pool_2x2", _otherwise(pool=lambda x: F.max_pool2d(x, 2)),
            "Your maximum pool is 2×2.",
            "It is 3×3 with stride 2 and padding 1: its windows overlap.",
            NETWORK,
        ),
        Misconception(
            "pool_average", _otherwise(pool=lambda x: F.avg_pool2d(x, 3, 2, 1)),
            "The pool behind your 7×7 convolution averages.",
            "It takes the maximum. The average comes at the end, over whole maps.",
            NETWORK,
        ),
        Misconception(
            "pool_for_cifar_too", _otherwise(pool_small=True),
            "You pool behind the 3×3 stem of a CIFAR network.",
            "Small images are not shrunk before the first stage; only the 7×7 stem has a pool.",
            NETWORK,
        ),
        Misconception(
            "stem_not_strided", _otherwise(stem_stride=1),
            "Your 7×7 convolution has stride 1.",
            "It has stride 2 and padding 3: 224 becomes 112.",
            NETWORK,
        ),
        Misconception(
            "stem_not_rectified", _otherwise(stem_act=_same),
            "There is no ReLU behind your first normalization.",
            "conv1, bn1, ReLU: the stem ends like every layer.",
            NETWORK,
        ),
        Misconception(
            "every_block_strided", _otherwise(strides=lambda stage, number: 2 if stage > 1 else 1),
            "Every block of your later stages has stride 2.",
            "Only a stage's first block has; the others keep the size.",
            NETWORK,
        ),
        Misconception(
            "first_stage_strided", _otherwise(strides=lambda stage, number: 2 if number == 0 else 1),
            "Your first stage has stride 2 too.",
            "layer1 works on the maps as the stem gives them. layer2 and those behind it start with stride 2.",
            NETWORK,
        ),
        Misconception(
            "no_stage_strided", _otherwise(strides=lambda stage, number: 1),
            "None of your blocks has a stride.",
            "The first block of every stage but the first has stride 2. Weights don't show it: you have to know.",
            NETWORK,
        ),
        Misconception(
            "version_1", _otherwise(version="1"),
            "Your bottlenecks stride the first 1×1 convolution.",
            "torchvision's files were trained as version 1.5: the 3×3 has the stride. No weight shows the difference.",
            BOTTLENECK,
        ),
        Misconception(
            "names_sorted_as_text", _otherwise(order=_as_strings),
            "You go through the blocks in the order of their names as text: 1, 10, 2.",
            "Turn the number into an int, or count up while the name is there.",
            NETWORK,
        ),
        Misconception(
            "first_blocks_only", _otherwise(order=lambda numbers: numbers[:1]),
            "You run the first block of each stage only.",
            "layer1.0, layer1.1 and so on: count up while the names go on.",
            NETWORK,
        ),
        Misconception(
            "maximum_at_the_end", _otherwise(mean=lambda x: x.amax((2, 3))),
            "You take each last map's maximum.",
            "The last pool is the mean of each map.",
            "pooling-global",
        ),
        Misconception(
            "fc_bias_forgotten", _otherwise(bias=0.0),
            "You leave out fc.bias.",
            "The linear layer is the only one here with a bias.",
            NETWORK,
        ),
        Misconception(
            "softmax_applied", _otherwise(head=lambda logits: logits.softmax(1)),
            "You return probabilities.",
            "The network's answer is its logits; a softmax belongs to the loss.",
            "convnet-softmax",
        ),
    ),
    NETWORK,
    {"cifar": 0.4, "basic": 0.3, "bottleneck": 0.3},
    neighbors=False,
)  # fmt: skip

# ---- back through a block ----


def _arrivals(rng: Rng) -> list[Case]:
    def case(label: str, sizes: tuple[int, int, int, int, int, int], group: str) -> Case:
        n, c, h, w, channels, stride = sizes
        state = drawn(rng, lambda: BasicBlock(c, channels, stride, projection))
        if channels != c or stride != 1:  # option A: no projection
            state = {name: value for name, value in state.items() if not name.startswith("downsample")}
        out = (n, channels, -(-h // stride), -(-w // stride))
        return Case(label, (signed(rng, *out), signed(rng, n, c, h, w), state, stride), group=group, terms=2000)

    return [
        case("x as it is on the shortcut", (3, 2, 4, 5, 2, 1), "identity"),
        case("one image, one row", (1, 3, 1, 7, 3, 1), "identity"),
        case("more channels, the same size", (2, 2, 3, 4, 5, 1), "shrinking"),
        case("stride 2, odd and even sizes", (3, 2, 5, 6, 4, 2), "shrinking"),
    ]


def _passing(x: Tensor) -> Tensor:
    """A ReLU on the way there, nothing on the way back."""
    return x + (F.relu(x) - x).detach()


def _constant_statistics(x: Tensor, state: State, name: str) -> Tensor:
    """Batch normalization whose mean and variance are taken for constants on the way back."""
    axes = (0, 2, 3)
    mean, var = x.detach().mean(axes, keepdim=True), x.detach().var(axes, correction=0, keepdim=True)
    weight, bias = (state[f"{name}.{part}"].double().reshape(-1, 1, 1) for part in ("weight", "bias"))
    return weight * (x - mean) / (var + 1e-5).sqrt() + bias


def _constant_variance(x: Tensor, state: State, name: str) -> Tensor:
    """Batch normalization whose variance is taken for a constant on the way back."""
    axes = (0, 2, 3)
    centered, var = x - x.mean(axes, keepdim=True), x.detach().var(axes, correction=0, keepdim=True)
    weight, bias = (state[f"{name}.{part}"].double().reshape(-1, 1, 1) for part in ("weight", "bias"))
    return weight * centered / (var + 1e-5).sqrt() + bias


Gradients = dict[str, Tensor]


def _back(**habits: Any) -> Callable[..., Gradients]:
    """The gradients of a block in training that is put together in another way."""
    way = replace(RIGHT, **{**_every_norm(batch_statistics), **habits})

    def variant(grad_output: Tensor, x: Tensor, state: State, stride: int = 1) -> Gradients:
        leaves = {"x": x, **{name: state[name] for name in ref.BLOCK}}
        leaves = {name: value.double().clone().requires_grad_() for name, value in leaves.items()}
        y = way.basic(leaves["x"], {**state, **leaves}, stride)
        found = torch.autograd.grad(y, list(leaves.values()), grad_output.double())
        return dict(zip(leaves, found, strict=True))

    return variant


_through_branch = _back(skip=lambda skip: skip.detach())
"""The gradients without what comes back along the shortcut."""


def _with_x(make: Callable[[Tensor, Tensor, Tensor, int], Tensor]) -> Callable[..., Gradients]:
    """The right gradients but for x's, which `make` puts together.

    From the right one, the branch's part, the gradient that arrives, and the stride.
    """

    def variant(grad_output: Tensor, x: Tensor, state: State, stride: int = 1) -> Gradients:
        right = ref.basic_block_backward(grad_output, x, state, stride)
        branch = _through_branch(grad_output, x, state, stride)["x"]
        return {**right, "x": make(right["x"], branch, grad_output.double(), stride)}

    return variant


def _unmasked(right: Tensor, branch: Tensor, arriving: Tensor, stride: int) -> Tensor:
    """What comes along the shortcut has not passed the last ReLU."""
    x = branch.clone()
    x[:, :, ::stride, ::stride] += arriving[:, : x.shape[1]]
    return x


def _laid_dense(right: Tensor, branch: Tensor, arriving: Tensor, stride: int) -> Tensor:
    """What comes along the shortcut is laid into the first rows and columns, as with stride 1."""
    along = (right - branch)[:, :, ::stride, ::stride]
    x = branch.clone()
    x[:, :, : along.shape[2], : along.shape[3]] += along
    return x


def _averaged(grad_output: Tensor, x: Tensor, state: State, stride: int = 1) -> Gradients:
    right = ref.basic_block_backward(grad_output, x, state, stride)
    return {name: value if name == "x" else value / len(x) for name, value in right.items()}


def _swapped_norms(grad_output: Tensor, x: Tensor, state: State, stride: int = 1) -> Gradients:
    right = ref.basic_block_backward(grad_output, x, state, stride)
    pairs = {"bn1.weight": "bn1.bias", "bn2.weight": "bn2.bias"}
    pairs.update({other: name for name, other in list(pairs.items())})
    return {name: right[pairs.get(name, name)] for name in right}


BACK = Question(
    "basic_block_backward",
    ref.basic_block_backward,
    _arrivals,
    (
        Misconception(
            "shortcut_gradient_forgotten", _with_x(lambda right, branch, arriving, stride: branch),
            "Your gradient of x is the branch's alone.",
            "x goes two ways, so two gradients come back to it, and they add: the shortcut's passes no weight at all.",
            BACKWARD,
        ),
        Misconception(
            "branch_gradient_forgotten", _with_x(lambda right, branch, arriving, stride: right - branch),
            "Your gradient of x is the shortcut's alone.",
            "x goes two ways, so two gradients come back to it, and they add: the other one comes through conv1.",
            BACKWARD,
        ),
        Misconception(
            "shortcut_not_masked", _with_x(_unmasked),
            "What comes back along your shortcut has not passed the last ReLU.",
            "The ReLU is behind the sum: where it was closed, neither way gets anything. Mask first, then split.",
            BACKWARD,
        ),
        Misconception(
            "stride_ignored_on_shortcut", _with_x(_laid_dense),
            "What comes back along your shortcut lands in the first rows and columns.",
            "Option A read every stride-th pixel: its gradient goes back to these, x[:, :, ::stride, ::stride].",
            BACKWARD,
        ),
        Misconception(
            "last_relu_ignored", _back(after=_passing),
            "Your gradient passes the last ReLU everywhere.",
            "Where the sum of shortcut and branch was not above 0, nothing comes back.",
            BACKWARD,
        ),
        Misconception(
            "inner_relu_ignored", _back(inner=_passing),
            "Your gradient passes the ReLU between the convolutions everywhere.",
            "Where bn1's output was not above 0, nothing comes back.",
            BACKWARD,
        ),
        Misconception(
            "statistics_are_constants", _back(norm=_constant_statistics, last_norm=_constant_statistics),
            "You take the batch's mean and variance for constants.",
            "In training they are made of x itself, and the gradient goes through both: chapter 10's "
            "batch_norm2d_backward does it.",
            "batch-backward",
        ),
        Misconception(
            "variance_is_constant", _back(norm=_constant_variance, last_norm=_constant_variance),
            "You take the batch's variance for a constant.",
            "In training it is made of x itself, and the gradient goes through it, too: chapter 10's "
            "batch_norm2d_backward does it.",
            "batch-backward",
        ),
        Misconception(
            "running_statistics", _back(norm=ref.norm, last_norm=ref.norm),
            "You normalize with the running statistics.",
            "A block is trained with the mean and the variance of the batch at hand.",
            "batch-running",
        ),
        Misconception(
            "averaged_over_images", _averaged,
            "You divide the parameters' gradients by the number of images.",
            "grad_output holds the loss's own division already: add up what the images send.",
            "backward-weight",
        ),
        Misconception(
            "norm_gradients_swapped", _swapped_norms,
            "Your gradients of the normalizations' weights and biases have changed places.",
            "batch_norm2d_backward gives x's gradient, then weight's, then bias's.",
            "batch-backward",
        ),
    ),
    BACKWARD,
    {"identity": 0.5, "shrinking": 0.5},
)  # fmt: skip


# ---- a training ----


def _lessons(rng: Rng) -> list[Case]:
    def case(label: str, blocks: int, shape: tuple[int, int, int, int], steps: int, group: str, **options: Any) -> Case:
        n, c = shape[:2]
        state = drawn(rng, lambda: CifarResNet(6 * blocks + 2, width=2, classes=3, inputs=c))
        state = {name: value for name, value in state.items() if blocks > 1 or not name.startswith("layer3")}
        state["fc.weight"] = state["fc.weight"][:, : 8 if blocks > 1 else 4]
        batches = [[int(k) for k in rng.permutation(n)[: 5 - step % 2]] for step in range(steps)]
        args = (state, signed(rng, *shape), rng.permutation(np.arange(n) % 3), batches, 0.05)
        return Case(label, args, options, group, terms=3000, tolerance=1e-6)

    return [
        case("one step", 1, (7, 1, 7, 5), 1, "general"),
        case("four steps, momentum 0.5", 1, (7, 1, 7, 5), 4, "general", momentum=0.5),
        case("three stages of two blocks", 2, (6, 2, 9, 5), 3, "deep"),
        case("weight decay", 1, (8, 1, 5, 8), 3, "decay", weight_decay=0.05),
    ]


Trained = tuple[list[float], dict[str, Tensor]]


def _of_the_batch(before: State, after: State, images: Tensor) -> State:
    """The mean and the biased variance of a batch, from how the running statistics moved on."""
    found = {}
    for name, old in before.items():
        halved = max(int(name[5]) - 1, 0) if name.startswith("layer") else 0
        count = len(images) * math.prod(-(-size // 2**halved) for size in images.shape[2:])
        own = (after[name] - 0.9 * old) / 0.1
        found[name] = own * (count - 1) / count if name.endswith("var") else own
    return found


def _lesson(
    kept: Callable[[str], bool] = lambda name: True,
    forward: Callable[[State, Tensor], Tensor] = ref.trained_network,
    batches: Callable[[list[Any]], list[Any]] = lambda every: every,
    lr: Callable[[float, int], float] = lambda lr, size: lr,
    memory: bool = True,
    running: bool = True,
    decay_all: bool = True,
    late: bool = False,
    spared: Callable[[str], bool] = lambda name: False,
    settled: bool = False,
) -> Callable[..., Trained]:
    """`train_resnet` with another habit: what is updated, how the network is run, which batches, which rate."""

    def variant(
        state: State, images: Tensor, labels: Tensor, every: list[Any], rate: float,
        momentum: float = 0.9, weight_decay: float = 0.0,
    ) -> Trained:  # fmt: skip
        trained = {name: value.double().clone() for name, value in state.items()}
        names = [name for name in trained if "running" not in name and kept(name)]
        velocity = {name: torch.zeros_like(trained[name]) for name in names}
        losses = []
        for batch in batches(every):
            chosen = torch.as_tensor(batch, device=images.device)
            leaves = {name: trained[name].detach().requires_grad_() for name in names}
            before = {name: value.clone() for name, value in trained.items() if "running" in name}
            loss = F.cross_entropy(forward({**trained, **leaves}, images.double()[chosen]), labels[chosen])
            gradients = torch.autograd.grad(loss, list(leaves.values()))
            for name, gradient in zip(names, gradients, strict=True):
                decay = weight_decay if (decay_all or trained[name].ndim > 1) and not spared(name) else 0.0
                old = velocity[name] if memory else torch.zeros_like(gradient)
                velocity[name] = momentum * old + gradient + decay * trained[name]
                trained[name] = (trained[name] - lr(rate, len(batch)) * velocity[name]).detach()
            if late:
                loss = F.cross_entropy(ref.resnet_forward(trained, images.double()[chosen]), labels[chosen])
            losses.append(loss.item())
            if settled:
                trained.update(_of_the_batch(before, trained, images[chosen]))
        if not running:
            trained.update({name: value.double() for name, value in state.items() if "running" in name})
        return losses, trained

    return variant


def _unlike(**fixed: Any) -> Callable[..., Trained]:
    """`train_resnet` that takes some of its options for what they are not."""

    def variant(
        state: State, images: Tensor, labels: Tensor, batches: list[Any], lr: float,
        momentum: float = 0.9, weight_decay: float = 0.0,
    ) -> Trained:  # fmt: skip
        options = {"momentum": momentum, "weight_decay": weight_decay, **fixed}
        return ref.train_resnet(state, images, labels, batches, lr, **options)

    return variant


TRAIN = Question(
    "train_resnet",
    ref.train_resnet,
    _lessons,
    (
        Misconception(
            "momentum_ignored", _unlike(momentum=0.9),
            "Your momentum is 0.9 whatever was given.",
            "Give sgd_momentum_step the momentum that train_resnet was given.",
            "convnet-sgd",
        ),
        Misconception(
            "decay_ignored", _unlike(weight_decay=0.0),
            "Your weight decay has no effect.",
            "Give sgd_momentum_step the weight_decay that train_resnet was given.",
            "convnet-sgd",
        ),
        Misconception(
            "velocity_lost", _lesson(memory=False),
            "Every step of yours starts from a velocity of zeros.",
            "Keep each parameter's velocity from one batch to the next.",
            "convnet-sgd",
        ),
        Misconception(
            "weights_alone_decay", _lesson(decay_all=False),
            "You spare biases and normalizations from weight decay.",
            "Many recipes do; here, as in torch.optim.SGD, every parameter decays.",
            "convnet-sgd",
        ),
        Misconception(
            "running_statistics_kept", _lesson(running=False),
            "Your running statistics are those that were given.",
            "In training each batch moves them on; without that the trained network is lost in evaluation.",
            "batch-running",
        ),
        Misconception(
            "evaluation_in_training", _lesson(forward=ref.resnet_forward),
            "You train with the running statistics.",
            "In training a batch is normalized with its own mean and variance, and the running ones move on.",
            "batch-running",
        ),
        Misconception(
            "ascends", _lesson(lr=lambda lr, size: -lr),
            "Your training walks up the loss.",
            "A step goes against the gradient.",
            "convnet-sgd",
        ),
        Misconception(
            "rate_divided_by_batch", _lesson(lr=lambda lr, size: lr / size),
            "Your gradients are divided by the batch's size once more.",
            "softmax_cross_entropy's gradient is that of the mean already.",
            "convnet-softmax",
        ),
        Misconception(
            "first_batch_again", _lesson(batches=lambda every: [every[0]] * len(every)),
            "You train on the first batch again and again.",
            "Each step takes the next batch.",
            TRAINING,
        ),
        Misconception(
            "blocks_not_trained", _lesson(kept=lambda name: not name.startswith("layer")),
            "Your blocks keep the weights that they were given.",
            "basic_block_backward names the gradients within its block: put the block's own name before them.",
            TRAINING,
        ),
        Misconception(
            "last_layer_alone", _lesson(kept=lambda name: name.startswith("fc")),
            "You train the last layer alone.",
            "Every gradient goes further back: through the mean, the blocks, the first normalization and convolution.",
            TRAINING,
        ),
        Misconception(
            "stem_not_trained", _lesson(kept=lambda name: name.startswith(("layer", "fc"))),
            "Your first convolution and normalization keep what they were given.",
            "Behind the first block the gradient goes on to bn1 and conv1.",
            TRAINING,
        ),
        Misconception(
            "norms_not_trained", _lesson(kept=lambda name: "bn" not in name),
            "Your normalizations keep the weights and biases that they were given.",
            "They are parameters like the filters: batch_norm2d_backward gives their gradients.",
            TRAINING,
        ),
    ),
    TRAINING,
    {"general": 0.5, "deep": 0.3, "decay": 0.2},
    single_precision=False,
    neighbors=False,
)  # fmt: skip


def _norm_reused(x: Tensor, state: State, stride: int = 1) -> Tensor:
    return RIGHT.basic(x, {**state, **{f"bn2.{name}": value for name, value in ref.part(state, "bn1").items()}}, stride)


def _zeros_always(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """A block that looks for no projection."""

    def variant(x: Tensor, state: State, *rest: Any, **more: Any) -> Tensor:
        own = {name: value for name, value in state.items() if not name.startswith("downsample")}
        return function(x, own, *rest, **more)

    return variant


def _strided_twice(x: Tensor, channels: int, stride: int = 1, option: str = "A", state: State | None = None) -> Tensor:
    if option == "A":
        return ref.projection_shortcut(x, channels, stride, option, state)
    return ref.projection_shortcut(x[:, :, ::stride, ::stride], channels, stride, option, state)


SHORTCUT_KIN = (
    Misconception(
        "strided_twice",
        _strided_twice,
        "With option B you take every stride-th pixel, and the convolution takes every stride-th of those.",
        "The stride belongs to the 1×1 convolution; nothing is left out before it.",
        SHORTCUTS,
    ),
)


def _by_stride(function: Callable[..., Tensor], state_first: bool) -> Callable[..., Tensor]:
    """A block whose shortcut is x wherever the stride is 1, unless it looks for a projection first."""

    def variant(x: Tensor, state: State, stride: int = 1, *rest: Any, **more: Any) -> Tensor:
        y = function(x, state, stride, *rest, **more)
        if stride == 1 and y.shape != x.shape and not (state_first and "downsample.0.weight" in state):
            raise ValueError("x and F differ in their channels")
        return y

    return variant


def _by_shape(x: Tensor, state: State, stride: int = 1) -> Tensor:
    y = ref.basic_block(x, state, stride)
    return _zeros_always(ref.basic_block)(x, state, stride) if y.shape == x.shape else y


BASIC_KIN = (
    Misconception(
        "shortcut_by_stride", _by_stride(ref.basic_block, state_first=True),
        "You choose the shortcut by the stride.",
        "More channels at stride 1 need option A, too: ask whether x has F's shape.",
        SHORTCUTS,
    ),
    Misconception(
        "projection_by_shape", _by_shape,
        "You look for the projection only where the shapes differ.",
        "Where the state has downsample.0.weight, the shortcut is option B, whatever the shapes are: ask for it first.",
        SHORTCUTS,
    ),
    Misconception(
        "first_norm_twice", _norm_reused,
        "bn1 stands behind both of your convolutions.",
        "bn1 belongs to conv1, bn2 to conv2.",
        BLOCKS,
    ),
    Misconception(
        "projection_ignored", _zeros_always(ref.basic_block),
        "Your shortcut never takes the projection of the state.",
        "Where the state has downsample.0.weight, the shortcut is option B, whatever the shapes are.",
        SHORTCUTS,
    ),
)  # fmt: skip


def _both_strided(x: Tensor, state: State, stride: int = 1, version: str = "1.5") -> Tensor:
    y = RIGHT.bottleneck(x, state, stride, strides=(stride, stride, 1))
    return y


def _no_second_relu(x: Tensor, state: State, stride: int = 1, version: str = "1.5") -> Tensor:
    a, b = (stride, 1) if version == "1" else (1, stride)
    f = F.relu(ref.norm(ref.conv(x, state, "conv1", a), state, "bn1"))
    f = ref.norm(ref.conv(f, state, "conv2", b), state, "bn2")
    f = ref.norm(ref.conv(f, state, "conv3"), state, "bn3")
    return F.relu(ref.residual_add(ref.shortcut(x, state, f.shape[1], stride), f))


BOTTLENECK_KIN = (
    Misconception(
        "projection_by_stride", _by_stride(ref.bottleneck, state_first=False),
        "You take the projection only where the stride is above 1.",
        'The first block of layer1 has more channels at stride 1: ask for "downsample.0.weight" in the state.',
        SHORTCUTS,
    ),
    Misconception(
        "both_strided", _both_strided,
        "Two of your convolutions have the stride.",
        "One of conv1 and conv2 has it, the other 1: which of them depends on the version.",
        BOTTLENECK,
    ),
    Misconception(
        "second_relu_forgotten", _no_second_relu,
        "There is no ReLU behind your bn2.",
        "A ReLU follows the first two normalizations; the third waits for the sum.",
        BOTTLENECK,
    ),
    Misconception(
        "projection_ignored", _zeros_always(ref.bottleneck),
        "Your shortcut never takes the projection of the state.",
        "Where the state has downsample.0.weight, the shortcut is option B, whatever the shapes are.",
        SHORTCUTS,
    ),
)  # fmt: skip


def _raw_first(x: Tensor, state: State, stride: int = 1) -> Tensor:
    ready = F.relu(ref.norm(x, state, "bn1"))
    f = ref.conv(F.relu(ref.norm(ref.conv(x, state, "conv1", stride), state, "bn2")), state, "conv2")
    skip = ref.conv(ready, state, "downsample", stride) if "downsample.weight" in state else x
    return ref.residual_add(skip, f)


PREACT_KIN = (
    Misconception(
        "raw_into_conv1", _raw_first,
        "Your conv1 takes x itself.",
        "Normalization and ReLU come before each convolution: conv1 takes ReLU(BN1(x)).",
        PREACT,
    ),
)  # fmt: skip


def _masked_by_branch(grad_output: Tensor, x: Tensor, state: State, stride: int = 1) -> Gradients:
    f = F.relu(batch_statistics(ref.conv(x, state, "conv1", stride), state, "bn1"))
    f = batch_statistics(ref.conv(f, state, "conv2"), state, "bn2")
    return _back(after=_passing)(grad_output.double() * (f > 0), x, state, stride)


def _evaluated(forward: State) -> State:
    """A state whose running statistics are those of a fresh network."""
    return {
        name: torch.zeros_like(value) if name.endswith("mean") else torch.ones_like(value)
        if name.endswith("var") else value
        for name, value in forward.items()
    }  # fmt: skip


def _evaluated_there(own: bool) -> Callable[..., Gradients]:
    """The way there in evaluation, and the way back through batch normalization in training."""

    def variant(grad_output: Tensor, x: Tensor, state: State, stride: int = 1) -> Gradients:
        used = state if own else _evaluated(state)
        x, g = x.double(), grad_output.double()
        first = ref.conv(x, state, "conv1", stride)
        normed = ref.norm(first, used, "bn1")
        second = ref.conv(F.relu(normed), state, "conv2")
        total = ref.residual_add(ref.shortcut(x, state, second.shape[1], stride), ref.norm(second, used, "bn2"))
        g = g * (total > 0)
        grads: Gradients = {}
        back, grads["bn2.weight"], grads["bn2.bias"] = batch_norm2d_backward(g, second, state["bn2.weight"])
        back, grads["conv2.weight"], _ = conv2d_backward(back, F.relu(normed), state["conv2.weight"], 1, 1)
        back = back * (normed > 0)
        back, grads["bn1.weight"], grads["bn1.bias"] = batch_norm2d_backward(back, first, state["bn1.weight"])
        back, grads["conv1.weight"], _ = conv2d_backward(back, x, state["conv1.weight"], stride, 1)
        back = back.clone()
        back[:, :, ::stride, ::stride] += g[:, : x.shape[1]]
        return {"x": back, **grads}

    return variant


def _conv1_unstrided(grad_output: Tensor, x: Tensor, state: State, stride: int = 1) -> Gradients:
    if stride != 1:
        raise ValueError("the gradient and the windows of conv1 do not fit")
    return ref.basic_block_backward(grad_output, x, state, stride)


def _laid_repeated(right: Tensor, branch: Tensor, arriving: Tensor, stride: int) -> Tensor:
    """What comes along the shortcut is repeated over blocks as large as the stride."""
    along = (right - branch)[:, :, ::stride, ::stride].repeat_interleave(stride, 2).repeat_interleave(stride, 3)
    return branch + along[:, :, : branch.shape[2], : branch.shape[3]]


BACK_KIN = (
    Misconception(
        "shortcut_gradient_repeated", _with_x(_laid_repeated),
        "You repeat what comes back along the shortcut over all pixels of a step.",
        "Option A read every stride-th pixel, and only these get something back: x[:, :, ::stride, ::stride].",
        BACKWARD,
    ),
    Misconception(
        "stride_not_passed_back", _conv1_unstrided,
        "Your way back through conv1 has no stride.",
        "conv1 had the block's stride on the way there: give conv2d_backward the same.",
        BACKWARD,
    ),
    Misconception(
        "masked_by_the_branch", _masked_by_branch,
        "Your last ReLU is masked with the branch alone.",
        "That ReLU was given the sum of shortcut and branch: the mask is where the sum is above 0.",
        BACKWARD,
    ),
    *(
        Misconception(
            f"evaluated_on_the_way_there{more}", _evaluated_there(own),
            "Your way there normalizes as in evaluation, your way back as in training.",
            "What goes into each layer must be what training puts there: training=True on the way there, too.",
            BACKWARD,
        )
        for more, own in (("", True), ("_from_fresh", False))
    ),
)  # fmt: skip


def _through(y: Tensor, change: Callable[[Tensor], Tensor]) -> Tensor:
    """Y as it is, with another gradient."""
    changed_gradient = change(y)
    return changed_gradient + (y - changed_gradient).detach()


def _network(stem: bool, mean: bool) -> Callable[[State, Tensor], Tensor]:
    """A network in training whose gradient passes its first ReLU everywhere, or is not shared out by the last mean."""

    def forward(state: State, x: Tensor) -> Tensor:
        x = ref.trained_norm(ref.conv(x, state, "conv1"), state, "bn1")
        x = _passing(x) if stem else F.relu(x)
        stage = 1
        while f"layer{stage}.0.conv1.weight" in state:
            number = 0
            while own := ref.part(state, f"layer{stage}.{number}"):
                x = ref.trained_block(x, own, 2 if stage > 1 and number == 0 else 1)
                number += 1
            stage += 1
        v = x.mean((2, 3))
        v = _through(v, lambda y: y * x.shape[2] * x.shape[3]) if mean else v
        return F.linear(v, state["fc.weight"], state["fc.bias"])

    return forward


TRAIN_KIN = (
    Misconception(
        "batch_statistics_kept", _lesson(settled=True),
        "What you keep as running statistics are those of the last batch.",
        "The running ones move on by a tenth of the way: keep the second dict that `statistics` gives.",
        TRAINING,
    ),
    Misconception(
        "mean_not_shared_out", _lesson(forward=_network(stem=False, mean=True)),
        "The gradient of your maps is not divided by their size.",
        "Each map's mean sends 1 / (H * W) of its gradient to each of its pixels.",
        TRAINING,
    ),
    Misconception(
        "first_relu_ignored", _lesson(forward=_network(stem=True, mean=False)),
        "Your gradient passes the first ReLU as if it were not there.",
        "On the way back it is masked with what bn1 gave: relu_backward(gradient, what that ReLU was given).",
        TRAINING,
    ),
    Misconception(
        "norms_do_not_decay", _lesson(spared=lambda name: "bn" in name),
        "You spare the normalizations from weight decay.",
        "Many recipes do; here, as in torch.optim.SGD, every parameter decays.",
        "convnet-sgd",
    ),
    Misconception(
        "loss_after_the_step", _lesson(late=True),
        "Your losses are those after each step.",
        "The loss that the step was made for is asked for: keep it before anything moves.",
        TRAINING,
    ),
)  # fmt: skip


_LAYER = re.compile(r"(layer\d+\.\d)\d+(\..*)")


def _without_dot(state: State, x: Tensor) -> Tensor:
    """Blocks by a prefix without its dot: block 1 gets what is block 10's."""
    taken = {f"{found[1]}{found[2]}": value for name, value in state.items() if (found := _LAYER.fullmatch(name))}
    return ref.resnet_forward({**state, **taken}, x)


FORWARD_KIN = (
    Misconception(
        "prefix_without_dot", _without_dot,
        "Your block 1 has the arrays of block 10.",
        'Every name that begins with "layer1.1" does so with "layer1.10", too: look for "layer1.1." with its dot.',
        NETWORK,
    ),
)  # fmt: skip


QUESTIONS: Sequence[Question] = (
    ADD,
    replace(SHORTCUT, kin=SHORTCUT_KIN),
    replace(BASIC, kin=BASIC_KIN),
    replace(BOTTLENECKS, kin=BOTTLENECK_KIN),
    replace(PREACTS, kin=PREACT_KIN),
    replace(FORWARD, kin=FORWARD_KIN),
    replace(BACK, kin=BACK_KIN),
    replace(TRAIN, kin=TRAIN_KIN),
)
