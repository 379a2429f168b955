"""Figures and tables of chapter 4."""

from collections.abc import Callable, Sequence

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_sample_image

from coursebook import palette
from coursebook.drawing import grid, show_image
from coursebook.networks import Layer
from coursebook.volumes import arrow, frame, place, volume


def figure_two_channels(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Both channels, both planes of the filter, the two maps that they make, and their sum. Returns the sum."""
    maps = [
        np.array([[(x[c, i : i + 2, j : j + 2] * w[c]).sum() for j in range(2)] for i in range(2)]) for c in range(2)
    ]
    total = maps[0] + maps[1]
    _, ax = plt.subplots(figsize=(5.6, 3.3))
    for c, (color, y) in enumerate(((palette.blue, 0.0), (palette.green, 4.4))):
        grid(ax, x[c], origin=(0, y), title=f"channel {c}", windows=[(0, 0, 2, 2)], color=color)
        grid(ax, w[c], origin=(4.4, y + 0.5), title=f"plane {c}", color=color, windows=[(0, 0, 2, 2)])
        grid(ax, maps[c], origin=(8, y + 0.5), title=f"its part {c}", cells=[(0, 0)], color=color)
        ax.text(3.7, y + 1.5, "⋆", ha="center", va="center", fontsize=14, color=palette.ink)
        ax.text(7.2, y + 1.5, "=", ha="center", va="center", fontsize=14, color=palette.ink)
        arrow(ax, (10.2, y + 1.5), (11.4, 3.35 if c == 0 else 4.05))
    ax.text(9, 3.7, "+", ha="center", va="center", fontsize=14, color=palette.ink)
    grid(ax, total, origin=(11.8, 2.7), title="one map", cells=[(0, 0)], color=palette.orange)
    frame(ax, -0.1, 14, -1, 7.6)
    return total


def color_photograph() -> np.ndarray:
    """A small crop of the flower with its three channels, (3, H, W), 0 to 1."""
    return load_sample_image("flower.jpg")[90:310:2, 180:440:2].transpose(2, 0, 1) / 255


def figure_color(photo: np.ndarray, weights: Sequence[float]) -> tuple[float, float]:
    """The three channels in gray, and the answer of a filter with one weight for each.

    Returns:
        The answer's mean over the flower's middle, and over the top left corner.
    """
    mixed = np.tensordot(np.array(weights), photo, axes=1)
    _, axes = plt.subplots(2, 2, figsize=(4.8, 4.3))
    for ax, channel, name in zip(axes.flat, photo, ("red", "green", "blue"), strict=False):
        show_image(ax, channel, title=f"channel {name}", limits=(0, 1))
    show_image(axes[1, 1], mixed, title="red − green", limits=(-0.6, 0.6))
    rows, columns = mixed.shape
    middle = mixed[rows // 3 : 2 * rows // 3, columns // 3 : 2 * columns // 3]
    return float(middle.mean()), float(mixed[: rows // 6, : columns // 6].mean())


def figure_slide(filters: int = 5) -> list[tuple[int, int]]:
    """The window in an 11 by 11 by 4 volume at four of its sixteen places, and the columns filled so far.

    Returns:
        The window's first (row, column) at each of the four.
    """
    n, c, k, s, o = 11, 4, 5, 2, 4
    starts = []
    _, axes = plt.subplots(2, 2, figsize=(6.4, 4.9))
    for ax, step in zip(axes.flat, (0, 1, 6, 15), strict=True):
        i, j = divmod(step, o)
        starts.append((i * s, j * s))
        volume(ax, (n, n, c), lines=True)
        volume(ax, (k, k, c), at=(j * s, i * s, 0), color=palette.orange, alpha=0.3, linewidth=1.8, zorder=3)
        cell, left, top = 1.5, 16.5, 3.4
        for row in range(o):
            for column in range(o):
                done = row * o + column
                if done < step:
                    corner = (left + column * cell, top + row * cell)
                    ax.add_patch(plt.Rectangle(corner, cell, cell, facecolor=palette.blue, alpha=0.3, zorder=2))
        origin = (left, top)
        volume(ax, (o * cell, o * cell, filters * cell), origin=origin, linewidth=0.9, alpha=0.04)
        for line in range(1, o):
            ax.plot([left + line * cell] * 2, [top, top + o * cell], color=palette.grid, linewidth=0.8)
            ax.plot([left, left + o * cell], [top + line * cell] * 2, color=palette.grid, linewidth=0.8)
        for f in range(filters):
            volume(
                ax, (cell, cell, cell), at=(j * cell, i * cell, (filters - 1 - f) * cell), origin=origin,
                color=palette.blue, alpha=0.35, linewidth=1, zorder=4 + f,
            )  # fmt: skip
        ax.text(0, n + 1.2, f"window from ({i * s}, {j * s})", fontsize=9, color=palette.orange)
        ax.text(left - 1, n + 1.2, f"column V[:, {i}, {j}]", fontsize=9, color=palette.blue)
        arrow(ax, (13.6, 5.6), (15.9, 5.6))
        frame(ax, -0.3, 26.2, -1.8, n + 1.8)
    return starts


def figure_depth_of_volume() -> None:
    """First meaning: how many numbers stand behind each other at one place of a volume."""
    _, ax = plt.subplots(figsize=(4.8, 2.6))
    volume(ax, (8, 8, 3), color=palette.blue, alpha=0.12, linewidth=1.3)
    ax.text(4, 9.2, "image, depth 3", ha="center", color=palette.blue)
    volume(ax, (8, 8, 10), origin=(14, 0), color=palette.orange, alpha=0.12, linewidth=1.3)
    ax.text(18, 9.2, "map stack, depth 10", ha="center", color=palette.orange)
    for origin, depth, color in (((0, 0), 3, palette.blue), ((14, 0), 10, palette.orange)):
        start, end = place(8.6, 8.4, 0, origin), place(8.6, 8.4, depth, origin)
        ax.annotate("", end, start, arrowprops={"arrowstyle": "<->", "color": color})
    frame(ax, -0.5, 27.5, -4, 10)


def figure_depth_of_filter() -> None:
    """Second meaning: a filter's own depth is its input's; the number of filters is the output's."""
    _, ax = plt.subplots(figsize=(5.2, 2.9))
    volume(ax, (7, 7, 3), origin=(0, 2.2), color=palette.blue, alpha=0.12, linewidth=1.3)
    ax.text(3.5, 11, "input 3 deep", ha="center", color=palette.blue)
    for f in range(4):
        volume(ax, (2, 2, 3), origin=(12 + 0.0, 0.4 + 2.9 * f), color=palette.green, alpha=0.3, linewidth=1.2)
        arrow(ax, (15.8, 1.2 + 2.9 * f), (19.2, 4.8 + 0.5 * f))
    ax.text(13.4, 12.9, "4 filters, each 3 deep", ha="center", color=palette.green)
    volume(ax, (5, 5, 4), origin=(20, 3.3), color=palette.orange, alpha=0.15, linewidth=1.3)
    for f in range(1, 4):
        line = [place(*corner, (20, 3.3)) for corner in ((0, 0, f), (5, 0, f), (5, 5, f))]
        ax.plot(*zip(*line, strict=True), color=palette.orange, linewidth=1)
    ax.text(23, 11, "output 4 deep", ha="center", color=palette.orange)
    frame(ax, -0.5, 28, -1.4, 13.6)


def figure_depth_of_network(widths: Sequence[int]) -> None:
    """Third meaning: how many layers with weights stand behind each other."""
    _, ax = plt.subplots(figsize=(5.6, 2.3))
    x = 0.0
    for number, width in enumerate(widths, start=1):
        side = 8 - 0.9 * (number - 1)
        volume(ax, (1.2, side, 3), origin=(x, 4 - side / 2), color=palette.purple, alpha=0.15, linewidth=1.2)
        ax.text(x + 0.6, 9, str(number), ha="center", color=palette.purple)
        if number < len(widths):
            arrow(ax, (x + 2.5, 4), (x + 3.9, 4))
        ax.text(x + 0.6, -2.2, str(width), ha="center", fontsize=9, color=palette.muted)
        x += 4.2
    ax.text((x - 3) / 2, 10.9, f"depth {len(widths)}: layers with weights", ha="center", color=palette.purple)
    ax.text((x - 3) / 2, -3.9, "outputs' depth", ha="center", fontsize=9, color=palette.muted)
    frame(ax, -0.5, x, -4.6, 11.6)


def figure_sharing(unshared: int, shared: int) -> None:
    """Parameters of AlexNet's first layer if each neuron had its own, and with shared filters."""
    _, ax = plt.subplots(figsize=(4.8, 1.7))
    ax.barh([1, 0], [unshared, shared], color=[palette.muted, palette.blue], height=0.55)
    for y, value in ((1, unshared), (0, shared)):
        ax.text(value * 1.4, y, f"{value:,}", va="center", fontsize=9)
    ax.set_xscale("log")
    ax.set_xlim(1e2, 2e10)
    ax.set_yticks([1, 0], ["own weights for\neach neuron", "one filter for\neach map"])
    ax.set_xlabel("parameters (log scale)")


def costs(
    layers: Sequence[Layer],
    input_shape: tuple[int, int, int],
    count_parameters: Callable[..., int],
    count_macs: Callable[..., int],
) -> list[tuple[str, int, int]]:
    """(name, parameters, multiply-accumulates) of each layer with weights, by the given counting functions."""
    found, numbers = [], {"conv2d": 0, "linear": 0}
    for i, layer in enumerate(layers):
        kind = layer["type"]
        if kind not in numbers:
            continue
        numbers[kind] += 1
        macs = count_macs(layers[: i + 1], input_shape) - count_macs(layers[:i], input_shape)
        found.append((f"{'conv' if kind == 'conv2d' else 'fc'}{numbers[kind]}", count_parameters([layer]), macs))
    return found


def print_costs(rows: Sequence[tuple[str, int, int]]) -> None:
    """Prints what `costs` found, with a last line of sums."""
    print(f"{'layer':8}{'parameters':>13}{'MACs':>17}")
    for name, parameters, macs in [*rows, ("sum", sum(r[1] for r in rows), sum(r[2] for r in rows))]:
        print(f"{name:8}{parameters:13,}{macs:17,}")


def figure_costs(rows: Sequence[tuple[str, int, int]]) -> tuple[float, float]:
    """Where VGG-16 keeps its weights, and where it computes.

    Returns:
        The linear layers' share of the parameters and of the multiply-accumulates.
    """
    names = [row[0] for row in rows]
    _, axes = plt.subplots(2, 1, figsize=(5.6, 3.9), sharex=True)
    shares = []
    for ax, column, color, unit in ((axes[0], 1, palette.blue, "parameters"), (axes[1], 2, palette.orange, "MACs")):
        values = np.array([row[column] for row in rows], dtype=float)
        bars = ax.bar(names, 100 * values / values.sum(), color=color, width=0.75)
        for bar, name in zip(bars, names, strict=True):
            bar.set_hatch("//" if name.startswith("fc") else "")
        ax.set_ylabel(f"% of {unit}")
        ax.grid(axis="y")
        shares.append(float(sum(values[k] for k, name in enumerate(names) if name.startswith("fc")) / values.sum()))
    axes[1].tick_params(axis="x", rotation=60)
    return shares[0], shares[1]


Shape = tuple[int, int, int]


def volume_lines(volumes: Sequence[tuple[str, Shape]]) -> list[tuple[int, str, Shape]]:
    """(how many in a row, type, (C, H, W)) of a network's volumes: neighbors that are alike make one line."""
    lines: list[tuple[int, str, Shape]] = []
    for kind, shape in volumes:
        if lines and lines[-1][1:] == (kind, shape):
            lines[-1] = (lines[-1][0] + 1, kind, shape)
        else:
            lines.append((1, kind, shape))
    return lines


def print_volumes(volumes: Sequence[tuple[str, Shape]]) -> int:
    """Prints the numbers in each volume and their sum; returns the sum."""
    names = {"conv2d": "conv", "max_pool2d": "pool", "linear": "fc"}
    total = 0
    for count, kind, (c, h, w) in volume_lines(volumes):
        total += count * c * h * w
        times = f"{count} × " if count > 1 else ""
        print(f"{times:>4}{names.get(kind, kind):6} {f'{c} × {h} × {w}':>15} {count * c * h * w:12,}")
    print(f"{'together':26} {total:12,} = {4 * total / 1e6:.0f} MB in float32")
    return total


def figure_layout() -> None:
    """The twelve numbers of a (3, 2, 2) image in memory, channels first and channels last."""
    first = np.arange(12).reshape(3, 2, 2)
    last = first.transpose(1, 2, 0)
    _, ax = plt.subplots(figsize=(5.6, 2.1))
    tones = {0: palette.blue, 1: palette.orange, 2: palette.green}
    for y, values, label in ((0, first.ravel(), "channels first, (C, H, W)"), (2.6, last.ravel(), "channels last")):
        ax.text(0, y - 0.35, label, color=palette.ink)
        for k, value in enumerate(values):
            color = tones[int(value) // 4]
            ax.add_patch(plt.Rectangle((k, y), 1, 1, facecolor=color, alpha=0.3, edgecolor=palette.muted))
            ax.text(k + 0.5, y + 0.5, f"{'RGB'[int(value) // 4]}{int(value) % 4}", ha="center", va="center", fontsize=9)
    frame(ax, -0.1, 12.1, -1.1, 3.8)
