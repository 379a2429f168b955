"""Figures, recorded runs and small counts of chapter 14."""

import importlib.util
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from matplotlib.patches import Rectangle

from coursebook import roles
from coursebook.drawing import grid

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results"
KINDS = {"with skips": roles.residual, "without skips": roles.plain, "without skips, wider": roles.wider}
MARKERS = {"with skips": "o", "without skips": "s", "without skips, wider": "^"}
NORMS = {"normalized after the sum": roles.SERIES[1], "normalized inside the branch": roles.SERIES[0]}


def segmentation() -> ModuleType:
    """benchmarks/segmentation.py, which makes the task's pictures and trained the networks."""
    spec = importlib.util.spec_from_file_location("segmentation", ROOT / "benchmarks" / "segmentation.py")
    if spec is None or spec.loader is None:
        raise ImportError("benchmarks/segmentation.py is not there")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def measured() -> list[dict[str, Any]]:
    """The nine recorded runs."""
    return json.loads((RESULTS / "segmentation.json").read_text("utf-8"))["runs"]


def measured_at_all_rates() -> list[dict[str, Any]]:
    """The recorded runs, those at other learning rates and longer ones, too, each with its rate and its steps."""
    own = segmentation()
    more = json.loads((RESULTS / "segmentation-more.json").read_text("utf-8"))["runs"]
    return [{**run, "rate": own.RATE, "steps": own.STEPS} for run in measured()] + more


def trained(kind: str) -> dict[str, np.ndarray]:
    """The recorded state of one kind, seed 0, in float64."""
    with np.load(RESULTS / "segmentation.npz") as file:
        return {name.split("/")[1]: file[name].astype(float) for name in file.files if name.startswith(f"{kind}/")}


def figure_upsample() -> None:
    """Four values, each turned into a block, and the tiles that they are often mistaken for."""
    _, ax = plt.subplots(figsize=(4.1, 1.9))
    small = np.array([[1, 2], [3, 4]])
    grid(ax, small, origin=(0, 1), cells=[(0, 0)])
    blocks = small.repeat(2, 0).repeat(2, 1)
    grid(ax, blocks, origin=(2.7, 0), cells=[(0, 0), (0, 1), (1, 0), (1, 1)])
    grid(ax, np.tile(small, (2, 2)), origin=(7.4, 0), cells=[(0, 0), (0, 2), (2, 0), (2, 2)], color=roles.SERIES[1])
    ax.text(1, 0.75, "small", ha="center")
    ax.text(4.7, -0.3, "np.repeat", ha="center")
    ax.text(9.4, -0.3, "np.tile", ha="center")
    ax.set_xlim(-0.2, 11.6)
    ax.set_ylim(4.3, -0.9)
    plt.show()


def figure_unet(widths: Sequence[int], side: int) -> None:
    """The hourglass: a box for each group of maps, as tall as the maps and as wide as they are many."""
    _, ax = plt.subplots(figsize=(4.1, 3.4))
    levels, step, drop = len(widths) - 1, 1.6, 2.0
    depths = [*range(levels), levels, *reversed(range(levels))]
    for column, depth in enumerate(depths):
        height, width = 1.2 / 2**depth, 0.05 * widths[depth] + 0.12
        x, y = step * column, drop * depth
        tint = roles.SERIES[2] if column > levels else roles.SERIES[0]
        ax.add_patch(
            Rectangle((x - width / 2, y - height / 2), width, height, facecolor=tint, alpha=0.35, edgecolor=tint)
        )
        shape = f"{widths[depth]} × {side // 2**depth}²"
        ax.text(x, y + height / 2 + 0.08, shape, ha="center", va="top", fontsize=9)
    for depth in range(levels):
        inner = (depth + 0.85, drop * (depth + 1) - 0.6 / 2 ** (depth + 1) - 0.1)
        for mirrored in (False, True):
            ends = [(step * depth + 0.35, drop * depth + 0.6 / 2**depth + 0.35), (step * inner[0], inner[1])]
            if mirrored:
                ends = [(2 * step * levels - x, y) for x, y in reversed(ends)]
            ax.annotate("", ends[1], ends[0], arrowprops={"arrowstyle": "->", "color": roles.muted})
        ends = [(step * depth + 0.5, drop * depth), (step * (2 * levels - depth) - 0.5, drop * depth)]
        ax.annotate("", ends[1], ends[0], arrowprops={"arrowstyle": "->", "color": roles.shortcut, "linewidth": 2})
        ax.text(step * levels, drop * depth - 0.1, "skip", ha="center", va="bottom", color=roles.shortcut)
    ax.text(0, drop * levels, "pool", color=roles.muted, ha="center", va="center")
    ax.text(2 * step * levels, drop * levels, "upsample", color=roles.muted, ha="center", va="center")
    ax.set_xlim(-0.8, 2 * step * levels + 0.8)
    ax.set_ylim(drop * levels + 0.6, -0.7)
    ax.axis("off")
    plt.show()


def figure_pictures(x: np.ndarray, y: np.ndarray, found: Mapping[str, np.ndarray], chosen: Sequence[int]) -> None:
    """Some held-out pictures, their masks, and what two networks mark."""
    columns = {"picture": x[:, 0], "mask": y, **found}
    _, axes = plt.subplots(len(chosen), 4, figsize=(4.1, 1.08 * len(chosen) + 0.25), layout="constrained")
    for row, index in enumerate(chosen):
        for ax, (title, values) in zip(axes[row], columns.items(), strict=True):
            low, high = (-1, 2) if title == "picture" else (0, 1)
            ax.imshow(values[index], cmap="gray", vmin=low, vmax=high, interpolation="nearest")
            ax.set_xticks([])
            ax.set_yticks([])
            ax.spines[:].set_visible(False)
            if row == 0:
                ax.set_title(title, fontsize=9)
    plt.show()


def figure_runs(runs: Sequence[Mapping[str, Any]]) -> None:
    """Intersection over union against the learning rate: a mark for each run, and lines through the medians."""
    _, ax = plt.subplots(figsize=(4.1, 3))
    rates = sorted({run["rate"] for run in runs})
    for kind, color in KINDS.items():
        scores = [[run["iou"] for run in runs if (run["kind"], run["rate"]) == (kind, rate)] for rate in rates]
        for place, found in enumerate(scores):
            ax.plot([place] * len(found), found, MARKERS[kind], color=color, markersize=4)
        ax.plot(range(len(rates)), [np.median(found) for found in scores], "-", color=color, label=kind)
    ax.set_xticks(range(len(rates)), [f"{rate:g}" for rate in rates])
    ax.set_xlabel("learning rate")
    ax.set_ylabel("intersection over union")
    ax.set_ylim(-0.04, 0.95)
    ax.legend(loc="lower left", fontsize=8)
    plt.show()


def plain(layers: int, channels: int, side: int) -> int:
    """Multiply-accumulates of a small network: a 3×3 stem on 3 channels, 3×3 layers, the mean, a linear layer."""
    stem = 9 * 3 * channels * side**2
    return stem + layers * 9 * channels**2 * side**2 + channels * 10


def figure_scaling(layers: int, channels: int, side: int) -> None:
    """How a small network's work grows in each direction, over that of the base network."""
    factors = np.array([1, 1.25, 1.5, 1.75, 2])
    base = plain(layers, channels, side)
    lines = {
        "depth": [plain(round(layers * f), channels, side) for f in factors],
        "width": [plain(layers, round(channels * f), side) for f in factors],
        "resolution": [plain(layers, channels, round(side * f)) for f in factors],
    }
    styles = dict(
        zip(("depth", "width", "resolution"), zip(("o-", "s--", "^:"), roles.SERIES, strict=False), strict=False)
    )
    _, ax = plt.subplots(figsize=(4.1, 2.8))
    for name, values in lines.items():
        style, color = styles[name]
        ax.plot(factors, np.array(values) / base, style, color=color, label=name)
    ax.set_xlabel("factor in one direction")
    ax.set_ylabel("work, times the base")
    ax.legend()
    plt.show()


def last_gradients(stacks: Sequence[int], width: int, seeds: int) -> dict[str, np.ndarray]:
    """Norm of the gradient of the last sublayer's first weights, before training, for stacks of several lengths.

    A sublayer is a linear layer to 4 · width, ReLU and a linear layer back. Values are averaged over the seeds.
    """
    norms = {}
    for name in NORMS:
        behind = name.endswith("sum")
        found = np.zeros(len(stacks))
        for at, sublayers in enumerate(stacks):
            for seed in range(seeds):
                generator = torch.Generator().manual_seed(seed)
                x, target = torch.randn(2, 64, width, generator=generator)
                for _ in range(sublayers):
                    spread = (2 / (5 * width)) ** 0.5
                    up = (torch.randn(width, 4 * width, generator=generator) * spread).requires_grad_()
                    down = torch.randn(4 * width, width, generator=generator) * spread
                    branch = torch.relu((x if behind else F.layer_norm(x, (width,))) @ up) @ down
                    x = F.layer_norm(x + branch, (width,)) if behind else x + branch
                loss = (F.layer_norm(x, (width,)) * target).sum(1).mean()
                found[at] += float(torch.autograd.grad(loss, up)[0].norm())
        norms[name] = found / seeds
    return norms


def figure_norms(stacks: Sequence[int], norms: Mapping[str, np.ndarray]) -> None:
    """The last sublayer's gradient against the stack's length, for both places of the normalization."""
    _, ax = plt.subplots(figsize=(4.1, 2.8))
    for (name, values), style in zip(norms.items(), ("s--", "o-"), strict=True):
        ax.plot(stacks, values, style, color=NORMS[name], label=name)
    ax.set_xscale("log", base=2)
    ax.set_xticks(stacks, [str(count) for count in stacks])
    ax.set_ylim(0, None)
    ax.set_xlabel("sublayers in the stack")
    ax.set_ylabel("gradient of the last one")
    ax.legend(fontsize=8)
    plt.show()
