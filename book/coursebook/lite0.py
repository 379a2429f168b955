"""EfficientNet-Lite0 with its ImageNet weights, for chapters 4, 6 and 14: arrays, photographs, tables and figures.

The weights come with a package of requirements.txt; the module that reads them is the one that students get.
"""

import importlib.util
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.patches import Rectangle
from PIL import Image
from sklearn.datasets import load_sample_image

from coursebook import roles
from coursebook.tables import show_table
from solutions.beyond import reference

ROOT = Path(__file__).resolve().parents[2]
SIDE = 224
State = Mapping[str, np.ndarray]


def _given() -> ModuleType:
    path = ROOT / "solutions" / "beyond" / "given" / "lite0.py"
    spec = importlib.util.spec_from_file_location("lite0", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not there")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GIVEN = _given()
STRIDES: tuple[int, ...] = GIVEN.STRIDES
"""The strides of the 16 blocks."""


@cache
def state() -> dict[str, np.ndarray]:
    """The network's arrays in float32, as `lite0.read` beside the notebook reads them."""
    return GIVEN.read()


@cache
def names() -> list[str]:
    """The 1,000 classes' names."""
    return GIVEN.names()


def picture(name: str, size: int = SIDE) -> np.ndarray:
    """A photograph of scikit-learn, its largest square in the middle, scaled: (size, size, 3) uint8, read-only."""
    whole = load_sample_image(name)
    side = min(whole.shape[:2])
    top, left = ((size - side) // 2 for size in whole.shape[:2])
    square = Image.fromarray(whole[top : top + side, left : left + side])
    small = np.array(square.resize((size, size), Image.Resampling.BICUBIC))
    small.setflags(write=False)
    return small


def prepared(photograph: np.ndarray) -> np.ndarray:
    """(H, W, 3) values from 0 to 255 as the network takes them: (3, H, W), (v - 127) / 128, float64."""
    return ((photograph.astype(float) - 127) / 128).transpose(2, 0, 1)


def block(arrays: Mapping[str, Any], number: int) -> dict[str, Any]:
    """One block's arrays, or tensors, named as `inverted_residual` takes them."""
    start = f"blocks.{number}."
    return {name.removeprefix(start): value for name, value in arrays.items() if name.startswith(start)}


def windows(arrays: State) -> list[tuple[int, int]]:
    """(kernel size, stride) of every layer that looks beyond one place: the stem and the 16 depthwise layers."""
    taps = [arrays[f"blocks.{number}.depthwise.weight"].shape[2] for number in range(len(STRIDES))]
    return [(arrays["stem.weight"].shape[2], 2), *zip(taps, STRIDES, strict=True)]


def ways(arrays: State) -> list[tuple[list[tuple[int, int]], int]]:
    """The same for counting paths with shortcuts: (layers, shortcut's stride), 0 where a block adds nothing."""
    found: list[tuple[list[tuple[int, int]], int]] = [([(3, 2)], 0)]
    for number, (kernel_size, stride) in enumerate(windows(arrays)[1:]):
        own = block(arrays, number)
        entrance = own.get("expand.weight", own["depthwise.weight"])
        channels = entrance.shape[1] if "expand.weight" in own else len(entrance)
        adds = stride == 1 and len(own["project.weight"]) == channels
        found.append(([(kernel_size, stride)], 1 if adds else 0))
    return found


def parts(arrays: State) -> list[dict[str, Any]]:
    """The network part by part, from its arrays: stem, groups of like blocks, head, linear layer.

    Each has a name, blocks, taps (of its filters), maps (in, inside, out), sums (blocks that add), side (of what
    comes out), parameters, and macs for one picture.
    """
    rows: list[dict[str, Any]] = []
    side = SIDE // 2
    norm = 2 * len(arrays["bn0.weight"])
    weight = arrays["stem.weight"]
    stem = {"name": "stem", "blocks": 1, "taps": 3, "maps": (3, 3, 32), "sums": 0, "side": side}
    rows.append(stem | {"parameters": weight.size + norm, "macs": weight.size * side**2})
    for number, (_, shortcut) in enumerate(ways(arrays)[1:]):
        own, stride = block(arrays, number), STRIDES[number]
        filters, project = own["depthwise.weight"], own["project.weight"]
        macs = own["expand.weight"].size * side**2 if "expand.weight" in own else 0
        side = -(-side // stride)
        macs += (filters.size + project.size) * side**2
        parameters = sum(value.size for name, value in own.items() if "running" not in name)
        if shortcut and rows[-1]["maps"][2] == len(project):
            rows[-1]["blocks"] += 1
            rows[-1]["sums"] += 1
            rows[-1]["parameters"] += parameters
            rows[-1]["macs"] += macs
        else:
            maps = (rows[-1]["maps"][2], len(filters), len(project))
            row = {"name": f"stage {len(rows)}", "blocks": 1, "taps": filters.shape[2], "maps": maps, "sums": 0}
            rows.append(row | {"side": side, "parameters": parameters, "macs": macs})
    head, linear = arrays["head.weight"], arrays["fc.weight"]
    size = head.size + 2 * len(head)
    row = {"name": "head", "blocks": 1, "taps": 1, "maps": (head.shape[1], head.shape[1], len(head)), "sums": 0}
    rows.append(row | {"side": side, "parameters": size, "macs": head.size * side**2})
    row = {"name": "linear", "blocks": 1, "taps": 1, "maps": (linear.shape[1], linear.shape[1], len(linear))}
    rows.append(row | {"sums": 0, "side": 1, "parameters": linear.size + len(linear), "macs": linear.size})
    return rows


def show_parts(rows: Sequence[Mapping[str, Any]]) -> None:
    """One line a part."""
    lines = []
    for row in rows:
        maps = ", ".join(map(str, row["maps"]))
        taps = f"{row['taps']} × {row['taps']}"
        macs = f"{row['macs'] / 1e6:.0f}M"
        lines.append((row["name"], maps, row["blocks"], taps, row["sums"], row["side"], f"{row['parameters']:,}", macs))
    header = ("part", "maps in, inside, out", "blocks", "filters", "sums", "side", "parameters", "MACs")
    show_table(header, lines, words=2, narrow="stacked")


# ---- figures ----


def figure_block(widths: tuple[int, int, int]) -> None:
    """A bottleneck and an inverted one: boxes as wide as they have maps, and the shortcut between the ends."""
    _, axes = plt.subplots(1, 2, figsize=(4.1, 3.3))
    narrow, inner, _ = widths
    sorts = (
        ("bottleneck (ResNet-50)", (256, 64, 64, 256), ("1 × 1", "3 × 3", "1 × 1"), 256),
        (
            "inverted (Lite0)",
            (narrow, inner, inner, narrow),
            ("1 × 1, expand", "3 × 3, depthwise", "1 × 1, project"),
            inner,
        ),
    )
    for ax, (title, counts, steps, most) in zip(axes, sorts, strict=True):
        for row, count in enumerate(counts):
            width = 1.7 * count / most
            tint = roles.branch if row in (0, 3) else roles.activation
            ax.add_patch(Rectangle((-width / 2, row - 0.16), width, 0.32, facecolor=tint, alpha=0.35, edgecolor=tint))
            ax.text(0, row, f"{count}", ha="center", va="center", fontsize=9)
        for row, step in enumerate(steps):
            ax.annotate("", (0, row + 0.82), (0, row + 0.18), arrowprops={"arrowstyle": "->", "color": roles.muted})
            ax.text(0.07, row + 0.5, step, ha="left", va="center", fontsize=8, color=roles.muted)
        edge, lane = min(-0.85 * counts[0] / most, -0.24), -1.1  # beside the number, which may be wider than its box
        ax.plot([edge, lane, lane], [0, 0, 3], color=roles.shortcut, linewidth=2)
        bend = {"arrowstyle": "->", "color": roles.shortcut, "linewidth": 2, "shrinkA": 0}
        ax.annotate("", (edge, 3), (lane, 3), arrowprops=bend)
        ax.text(lane - 0.07, 1.5, "added", rotation=90, ha="right", va="center", fontsize=8, color=roles.shortcut)
        ax.set_title(title, fontsize=9)
        ax.set_xlim(-1.4, 1.5)
        ax.set_ylim(3.4, -0.4)
        ax.axis("off")
    plt.show()


def figure_odd_zero(size: int = 8, taps: int = 3, stride: int = 2) -> dict[str, list[int]]:
    """Windows of stride 2 over an even axis, padded as torch's padding 1 does and as TensorFlow does.

    Returns:
        for both, the first place of each window; place 0 is the first pixel.
    """
    total = (size // stride - 1) * stride + taps - size
    before = {"torch, padding=1": taps // 2, "TensorFlow, same": total // 2}
    _, axes = plt.subplots(2, 1, figsize=(4.1, 2.6))
    starts = {}
    for ax, (title, zeros) in zip(axes, before.items(), strict=True):
        starts[title] = [stride * k - zeros for k in range(size // stride)]
        behind = 1 if starts[title][-1] + taps > size else 0
        for place in range(-zeros, size + behind):
            inside = 0 <= place < size
            style = {"edgecolor": roles.ink if inside else roles.muted, "linestyle": "-" if inside else (0, (2, 2))}
            ax.add_patch(Rectangle((place, 0), 1, 1, fill=False, linewidth=1, **style))
            ax.text(place + 0.5, 0.5, f"{place}" if inside else "0", ha="center", va="center",
                    color=roles.ink if inside else roles.muted, fontsize=9)  # fmt: skip
        for k, start in enumerate(starts[title]):
            tint, level = roles.SERIES[k % 2], -0.25 - 0.3 * (k % 2)
            ax.plot([start + 0.12, start + taps - 0.12], [level, level], color=tint, linewidth=3)
        ax.set_title(title, fontsize=9, loc="left")
        ax.set_xlim(-1.1, size + 1.1)
        ax.set_ylim(-0.75, 1.1)
        ax.set_aspect("equal")
        ax.axis("off")
    plt.show()
    return starts


def figure_answers(pictures: Sequence[np.ndarray], chances: np.ndarray, count: int = 5) -> None:
    """Photographs, and below each the classes with the largest probabilities."""
    _, axes = plt.subplots(2, len(pictures), figsize=(4.1, 3.7), height_ratios=(1.5, 1), layout="constrained")
    for column, (photograph, row) in enumerate(zip(pictures, chances, strict=True)):
        axes[0, column].imshow(photograph)
        axes[0, column].axis("off")
        best = np.argsort(-row)[:count]
        ax = axes[1, column]
        ax.barh(np.arange(count) + 0.2, row[best], height=0.3, color=roles.right, alpha=0.6)
        for place, k in enumerate(best):
            ax.text(0, place - 0.2, f"{names()[k]} {row[k]:.2f}", va="center", fontsize=9)
        ax.set_xlim(0, 0.4)
        ax.invert_yaxis()
        ax.axis("off")
    plt.show()


def kinds(weight: np.ndarray) -> dict[str, list[int]]:
    """Filters (F, 3, kH, kW) sorted by two shares of their squared weights.

    "dead": all weights are below 0.001. "color": less than a tenth of the squares is alike in the three colors. "edge":
    less than a hundredth is left when the taps of each color are averaged, so that an even area gets about 0. "other":
    the rest.
    """
    squares = (weight**2).sum((1, 2, 3))
    alike = weight.shape[1] * (weight.mean(1) ** 2).sum((1, 2)) / squares
    even = weight.shape[2] * weight.shape[3] * (weight.mean((2, 3)) ** 2).sum(1) / squares
    found: dict[str, list[int]] = {"dead": [], "color": [], "edge": [], "other": []}
    for k in range(len(weight)):
        if np.abs(weight[k]).max() < 1e-3:
            found["dead"].append(k)
        elif alike[k] < 0.1:
            found["color"].append(k)
        else:
            found["edge" if even[k] < 0.01 else "other"].append(k)
    return found


def figure_stem(maps: np.ndarray, chosen: Sequence[int]) -> dict[str, list[int]]:
    """The stem's 32 filters as colors, and the maps of eight of them. Returns the filters by `kinds`."""
    weight = state()["stem.weight"]
    sorts = kinds(weight)
    letters = dict(zip(chosen, "abcdefgh", strict=True))
    figure = plt.figure(figsize=(4.1, 4.9), layout="constrained")
    upper, lower = figure.subfigures(2, 1, height_ratios=(1, 1.45))
    order = [k for kind in ("color", "edge", "other", "dead") for k in sorts[kind]]
    for ax, k in zip(upper.subplots(4, 8).flat, order, strict=True):
        strength = max(float(np.abs(weight[k]).max()), 1e-3)
        ax.imshow(0.5 + weight[k].transpose(1, 2, 0) / strength / 2, interpolation="nearest")
        ax.set_xticks([])
        ax.set_yticks([])
        for spine in ax.spines.values():
            spine.set_visible(k in letters)
            spine.set(color=roles.ink, linewidth=2)
        ax.set_xlabel(letters.get(k, " "), labelpad=1, fontsize=9)
    for ax, (k, letter) in zip(lower.subplots(2, 4).flat, letters.items(), strict=True):
        reach = max(float(np.abs(maps[k]).max()), 1e-3)
        ax.imshow(maps[k], cmap="gray", vmin=-reach, vmax=reach)
        kind = next(kind for kind, found in sorts.items() if k in found)
        ax.set_title(f"{letter}: {kind}", fontsize=8)
        ax.axis("off")
    plt.show()
    return sorts


# ---- the field of view, measured ----


def middle_of(unit: int, layers: Sequence[tuple[int, int]]) -> float:
    """The pixel below the middle of a unit's field, with TensorFlow's padding on sizes that the strides divide."""
    place = float(unit)
    for kernel_size, stride in reversed(layers):
        before = (kernel_size - stride) // 2
        place = stride * place + (kernel_size - 1) / 2 - before
    return place


@cache
def measured_fields(size: int = 448, probes: int = 2) -> dict[str, np.ndarray]:
    """How much a late unit's answers change with each pixel: (size, size) shares that sum to one, for each photograph.

    A unit of the last convolution, in the middle, has 1,280 maps. They are added up with random signs; the gradient of
    that sum with respect to the picture is squared, added over the three colors, and averaged over the random signs.

    Args:
        size: of the picture, a multiple of 32.
        probes: how many random signs are drawn.
    """
    tensors = {name: torch.tensor(value) for name, value in state().items()}
    signs = torch.Generator().manual_seed(0)
    found = {}
    for name in ("china.jpg", "flower.jpg"):
        x = torch.tensor(prepared(picture(name, size))[None]).float().requires_grad_()
        *_, maps = reference.lite0_maps(tensors, x, STRIDES)
        unit = maps[0, :, (size // 32 - 1) // 2, (size // 32 - 1) // 2]
        total = np.zeros((size, size))
        for _ in range(probes):
            sign = 2.0 * torch.randint(0, 2, (len(unit),), generator=signs) - 1
            (gradient,) = torch.autograd.grad((unit * sign).sum(), x, retain_graph=True)
            total += (gradient[0].double() ** 2).sum(0).numpy()
        found[name] = total / total.sum()
    return found


def around(profile: np.ndarray, middle: float, share: float = 0.95) -> int:
    """The width of the smallest stretch around a pixel that holds at least a share of a profile that sums to one."""
    center = round(middle)
    for reach in range(len(profile)):
        if profile[max(center - reach, 0) : center + reach + 1].sum() >= share:
            return 2 * reach + 1
    raise ValueError(f"the profile adds up to {profile.sum():.3f}, less than {share}")


def figure_field(field: int) -> dict[str, tuple[int, int]]:
    """The measured shares, below the computed field. Returns the widths that hold 95 % of them, (rows, columns)."""
    layers = windows(state())
    fields = measured_fields()
    size = len(next(iter(fields.values())))
    middle = middle_of((size // 32 - 1) // 2, layers)
    _, ax = plt.subplots(figsize=(4.1, 2.9))
    styles = {"china.jpg": (roles.SERIES[3], "-"), "flower.jpg": (roles.SERIES[1], "--")}
    widths = {}
    top = 0.0
    for name, shares in fields.items():
        rows, columns = shares.sum(1), shares.sum(0)
        widths[name] = around(rows, middle), around(columns, middle)
        color, style = styles[name]
        bins = (rows + columns).reshape(-1, 8).sum(1) / 2 * 100
        top = max(top, float(bins.max()))
        ax.plot(np.arange(4, size, 8) - middle, bins, style, color=color, label=name.removesuffix(".jpg"))
    bars = ((field, "computed field", roles.window), (SIDE, "a picture", roles.muted))
    for level, (width, label, color) in enumerate(bars):
        height = top * (1.34 - 0.16 * level)
        ax.plot([-width / 2, width / 2], [height, height], color=color, linewidth=4, solid_capstyle="butt")
        ax.text(-width / 2, height - 0.035 * top, f"{label}: {width}", ha="left", va="top", fontsize=8, color=color)
    ax.set_xlabel("pixels from the middle of the unit's field")
    ax.set_ylabel("% of the squared gradient")
    ax.set_xlim(-440, 440)
    ax.set_ylim(0, 1.4 * top)
    ax.legend(loc="center right", fontsize=8)
    plt.show()
    return widths
