"""Figures and tables of chapter 5."""

import math
from collections.abc import Callable, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

from coursebook import roles
from coursebook.drawing import grid, panels
from coursebook.networks import Layer, Projection, volumes
from coursebook.volumes import arrow, frame, volume

TONES = roles.SERIES[:4]


def figure_pixel(x: np.ndarray, matrix: np.ndarray, place: tuple[int, int]) -> np.ndarray:
    """One pixel's channels as a column, the filters as a matrix, and the pixel's new channels. Returns these."""
    i, j = place
    column = x[:, i, j]
    result = matrix @ column
    _, ax = plt.subplots(figsize=(4.4, 2.4))
    for c in range(len(x)):
        grid(ax, x[c], origin=(0, 2.35 * c), cells=[place], color=roles.window)
        ax.text(-0.25, 2.35 * c + 1, f"c = {c}", ha="right", va="center", fontsize=9)
    grid(
        ax,
        matrix,
        origin=(5, 2.3),
        title="filters (F, C)",
        cells=[tuple(c) for c in np.argwhere(matrix)],
        color=roles.taps,
    )
    grid(ax, column[:, None], origin=(8.8, 1.8), title="pixel", cells=[(c, 0) for c in range(len(x))])
    ax.text(10.6, 3.3, "=", fontsize=13, ha="center", va="center")
    cells = [(f, 0) for f in range(len(matrix))]
    grid(ax, result[:, None], origin=(11.4, 2.3), title="new pixel", cells=cells, color=roles.result)
    arrow(ax, (2.5, 3.3), (4.6, 3.3))
    frame(ax, -1.7, 14.2, -0.2, 6.9)
    return result


def figure_blocks(channels: int = 8, filters: int = 8) -> list[int]:
    """Which channels (columns) each filter (row) sees, for 1, 2, 4 and 8 groups. Returns the numbers of pairs."""
    pairs = []
    axes = panels(2, 2, (2.2, 2.4))
    for ax, g in zip(axes.flat, (1, 2, 4, 8), strict=True):
        sees = np.array([[c * g // channels == f * g // filters for c in range(channels)] for f in range(filters)])
        pairs.append(int(sees.sum()))
        cells = list(zip(*np.where(sees), strict=True))
        grid(ax, np.full(sees.shape, np.nan), cells=cells, title=f"g = {g}: {sees.sum()} planes")
        ax.text(channels / 2, filters + 0.75, "channels", ha="center", va="center", fontsize=9.5, color=roles.muted)
        ax.text(-0.6, filters / 2, "filters", rotation=90, ha="center", va="center", fontsize=9.5, color=roles.muted)
        ax.set_xlim(-1, channels + 0.1)
        ax.set_ylim(filters + 1.2, -1)
    return pairs


def figure_separable(depth: int = 4, filters: int = 6) -> None:
    """A depthwise step, where each channel keeps its own map, and a pointwise step that mixes them."""
    _, ax = plt.subplots(figsize=(4.3, 2.4))
    side, gap = 5, 1.7
    for c in range(depth):
        tone = TONES[c % len(TONES)]
        y = c * (side * 0.36 + 0.4)
        for x in (0, 11.0):
            small = 0.36 * side
            ax.add_patch(Rectangle((x, y), small, small, facecolor=tone, alpha=0.3, edgecolor=tone))
        ax.add_patch(Rectangle((5.6, y + 0.45), 0.9, 0.9, facecolor=tone, alpha=0.6, edgecolor=tone))
        arrow(ax, (2.2, y + 0.9), (5.2, y + 0.9))
        arrow(ax, (6.9, y + 0.9), (10.6, y + 0.9))
    middle = depth * (side * 0.36 + 0.4) / 2
    for f in range(filters):
        y = middle + (f - filters / 2) * gap * 0.9 + 0.3
        volume(ax, (0.8, 0.8, depth * 0.5), origin=(16.2, y), color=roles.muted, alpha=0.35)
        ax.add_patch(
            Rectangle((22.2, y - 0.3), 1.35, 1.35, facecolor=roles.SERIES[4], alpha=0.2, edgecolor=roles.SERIES[4])
        )
        arrow(ax, (18.6, y + 0.4), (21.8, y + 0.4))
    arrow(ax, (13.2, middle), (15.6, middle))
    for x, text in (
        (0.9, f"{depth} channels"),
        (6.1, "k × k each"),
        (11.9, f"{depth} maps"),
        (16.9, "1 × 1"),
        (22.9, f"{filters} maps"),
    ):
        ax.text(x, -1.5, text, ha="center", va="center", fontsize=9)
    ax.text(6.1, 10.3, "depthwise", ha="center", color=roles.ink)
    ax.text(17.6, 10.3, "pointwise", ha="center", color=roles.ink)
    frame(ax, -1.4, 25.2, -2.2, 10.9)


def figure_ratio(sides: Sequence[int]) -> dict[int, float]:
    """Cost of the separable pair over the full convolution, by number of filters. Returns side → ratio at 512."""
    f = np.unique(np.logspace(0, 10, 60, base=2).round())
    _, ax = plt.subplots(figsize=(4.1, 2.8))
    for k, style, color in zip(sides, ("-", "--", ":"), TONES, strict=False):
        ax.plot(f, 1 / f + 1 / k**2, linestyle=style, color=color)
        ax.text(f[-1] * 1.2, 1 / k**2, f"{k} × {k}: 1/{k * k}", va="center", fontsize=9, color=color)
    ax.axhline(1, color=roles.muted, linewidth=1.2, linestyle="-.")
    ax.text(f[-1] * 1.2, 1.06, "full layer: 1", va="bottom", fontsize=9, color=roles.muted)
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.set_xlim(0.8, 2**14)
    ax.set_xticks([1, 4, 16, 64, 256, 1024], ["1", "4", "16", "64", "256", "1024"])
    ax.set_ylim(0.015, 1.8)
    ax.set_yticks([0.02, 0.05, 0.1, 0.2, 0.5, 1], ["0.02", "0.05", "0.1", "0.2", "0.5", "1"])
    ax.minorticks_off()
    ax.set_xlabel("filters F")
    ax.set_ylabel("cost, as a share of the full one")
    return {k: 1 / 512 + 1 / k**2 for k in sides}


def _layer_lines(ax: plt.Axes, channels: int, groups: int, y: float, reached: set[int]) -> set[int]:
    """Draws a grouped layer's connections from row y to row y + 2; returns the outputs that `reached` reaches."""
    size, after = channels // groups, set()
    for f in range(channels):
        for c in range(f // size * size, f // size * size + size):
            on = c in reached
            if on:
                after.add(f)
            ax.plot(
                [c, f],
                [y, y + 2],
                color=roles.window if on else roles.muted,
                linewidth=1.3 if on else 0.5,
                zorder=2 if on else 1,
            )
    return after


def figure_shuffle(channels: int = 9, groups: int = 3) -> tuple[int, int]:
    """How far channel 0 spreads in two grouped layers, without and with a shuffle between. Returns both counts."""
    _, axes = plt.subplots(2, 1, figsize=(4.1, 4.6))
    counts = []
    for ax, shuffled in zip(axes, (False, True), strict=True):
        reached = _layer_lines(ax, channels, groups, 0, {0})
        rows = [{0}, reached]
        if shuffled:
            order = np.arange(channels).reshape(groups, -1).T.ravel()
            moved = {int(np.flatnonzero(order == c)[0]) for c in reached}
            for target, source in enumerate(order):
                on = int(source) in reached
                color = roles.result if on else roles.muted
                ax.plot([source, target], [2, 3.4], color=color, linewidth=1.5 if on else 0.5, linestyle="--")
        else:
            moved = reached
            for c in range(channels):
                ax.plot(
                    [c, c],
                    [2, 3.4],
                    color=roles.result if c in reached else roles.muted,
                    linestyle="--",
                    linewidth=1.5 if c in reached else 0.5,
                )
        last = _layer_lines(ax, channels, groups, 3.4, moved)
        counts.append(len(last))
        for y, here in zip((0, 2, 3.4, 5.4), (*rows, moved, last), strict=True):
            for c in range(channels):
                ax.plot(c, y, marker="o", markersize=6, color=roles.window if c in here else roles.muted, zorder=3)
        ax.set_title("with a shuffle between the layers" if shuffled else "without a shuffle")
        ax.set_ylim(5.8, -0.4)
        ax.set_axis_off()
    return counts[0], counts[1]


def kinds(network: tuple[list[Layer], list[Projection]], count_parameters: Callable[..., int]) -> dict[str, int]:
    """Parameters of a network's 1 by 1 convolutions, of its larger ones, and of everything else."""
    layers, projections = network
    found = {"1 × 1": 0, "3 × 3": 0, "other": 0}
    for layer in [*layers, *(one for branch, _ in projections for one in branch)]:
        name = {1: "1 × 1", 3: "3 × 3"}.get(layer.get("kernel_size", 0), "other")
        found[name if layer["type"] == "conv2d" else "other"] += count_parameters([layer])
    return found


def figure_kinds(found: dict[str, dict[str, int]]) -> None:
    """Parameters by kind of layer, one bar a network."""
    _, ax = plt.subplots(figsize=(4.1, 2.1))
    for row, (_, parts) in enumerate(found.items()):
        left = 0.0
        for (kind, value), color in zip(parts.items(), TONES, strict=False):
            width = value / 1e6
            middle = left + width / 2
            ax.barh(row, width, left=left, height=0.55, facecolor=color, alpha=0.35, edgecolor=color)
            if row == 0:
                ax.text(middle, row - 0.42, kind, ha="center", va="center", color=color)
            narrow = width < 2  # its number would run into its neighbor's
            ax.text(middle, row - 0.42 * narrow, f"{width:.1f}", ha="center", va="center", fontsize=9)
            left += width
    ax.set_yticks(range(len(found)), list(found))
    ax.set_ylim(len(found) - 0.6, -0.6)
    ax.set_xlabel("parameters (millions)")


def figure_table(channels: int = 6, groups: int = 2) -> list[int]:
    """Channel numbers as a table with one row a group, its transpose, and the transpose read by rows."""
    table = np.arange(channels).reshape(groups, -1)
    order = table.T.ravel()
    size = channels // groups
    _, ax = plt.subplots(figsize=(4.3, 1.8))
    grid(ax, table, origin=(0, 0.5), title="reshape", cells=[(0, k) for k in range(size)], color=roles.window)
    grid(ax, table.T, origin=(5, 0), title="transpose", cells=[(k, 0) for k in range(size)], color=roles.window)
    firsts = [(0, int(at)) for at in np.flatnonzero(order < size)]
    grid(ax, order[None], origin=(9, 1), title="reshape", cells=firsts, color=roles.window)
    arrow(ax, (size + 0.3, 1.5), (4.7, 1.5))
    arrow(ax, (5.3 + groups, 1.5), (8.7, 1.5))
    frame(ax, -0.2, 9.2 + channels, -1.1, 3.3)
    return order.tolist()


def moved_numbers(
    layers: Sequence[Layer], shape: tuple[int, int, int], count_parameters: Callable[..., int]
) -> dict[str, int]:
    """How many numbers the layers read and write at the least, by kind: their inputs, parameters and outputs."""
    moved = {"1 × 1": 0, "depthwise": 0, "others": 0}
    steps = [layer for layer in layers if layer["type"] not in ("relu", "flatten", "batch_norm2d")]
    for layer, (_, before), (_, after) in zip(steps, *(volumes(layers, shape)[i:] for i in (0, 1)), strict=False):
        kind = "depthwise" if layer.get("groups", 1) > 1 else "1 × 1" if layer.get("kernel_size") == 1 else "others"
        moved[kind] += math.prod(before) + count_parameters([layer]) + math.prod(after)
    return moved
