"""Figures and tables of chapter 4."""

from collections.abc import Callable, Sequence

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_sample_image

from coursebook import roles
from coursebook.drawing import grid, panels, show_image
from coursebook.networks import Layer
from coursebook.tables import show_table
from coursebook.volumes import SLANT, arrow, frame, place, volume


def figure_two_channels(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Both channels, both planes of the filter, the two maps that they make, and their sum. Returns the sum."""
    maps = [
        np.array([[(x[c, i : i + 2, j : j + 2] * w[c]).sum() for j in range(2)] for i in range(2)]) for c in range(2)
    ]
    total = maps[0] + maps[1]
    _, ax = plt.subplots(figsize=(4.3, 3.9))
    for c, (color, y) in enumerate(((roles.SERIES[0], 0.0), (roles.SERIES[2], 4.4))):
        grid(ax, x[c], origin=(0, y), title=f"channel {c}", windows=[(0, 0, 2, 2)], color=color)
        grid(ax, w[c], origin=(4.1, y + 0.5), title=f"plane {c}", color=color, windows=[(0, 0, 2, 2)])
        grid(ax, maps[c], origin=(7.2, y + 0.5), title=f"its part {c}", cells=[(0, 0)], color=color)
        ax.text(3.55, y + 1.5, "⋆", ha="center", va="center", fontsize=22, color=roles.ink)
        ax.text(6.65, y + 1.5, "=", ha="center", va="center", fontsize=14, color=roles.ink)
    ax.text(8.2, 3.3, "+", ha="center", va="center", fontsize=14, color=roles.ink)
    ax.text(8.2, 7.6, "=", ha="center", va="center", fontsize=14, color=roles.ink)
    ax.text(7, 9.3, "one map", ha="right", va="center", color=roles.ink)
    grid(ax, total, origin=(7.2, 8.3), cells=[(0, 0)], color=roles.result)
    frame(ax, -0.1, 9.9, -1, 10.4)
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
    axes = panels(2, 2, (2.2, 2))
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
    axes = panels(2, 2, (2.25, 1.7))
    for ax, step in zip(axes.flat, (0, 1, 6, 15), strict=True):
        i, j = divmod(step, o)
        starts.append((i * s, j * s))
        volume(ax, (n, n, c), lines=True)
        volume(ax, (k, k, c), at=(j * s, i * s, 0), color=roles.window, alpha=0.3, linewidth=1.8, zorder=3)
        cell, left, top = 1.5, 16.5, 3.4
        for row in range(o):
            for column in range(o):
                done = row * o + column
                if done < step:
                    corner = (left + column * cell, top + row * cell)
                    ax.add_patch(plt.Rectangle(corner, cell, cell, facecolor=roles.result, alpha=0.3, zorder=2))
        origin = (left, top)
        volume(ax, (o * cell, o * cell, filters * cell), origin=origin, linewidth=0.9, alpha=0.04)
        for line in range(1, o):
            ax.plot([left + line * cell] * 2, [top, top + o * cell], color=roles.line, linewidth=0.8)
            ax.plot([left, left + o * cell], [top + line * cell] * 2, color=roles.line, linewidth=0.8)
        for f in range(filters):
            volume(
                ax, (cell, cell, cell), at=(j * cell, i * cell, (filters - 1 - f) * cell), origin=origin,
                color=roles.result, alpha=0.35, linewidth=1, zorder=4 + f,
            )  # fmt: skip
        ax.text(-0.3, n + 0.7, f"window from ({i * s}, {j * s})", fontsize=9, va="top", color=roles.window)
        ax.text(26.2, n + 2.7, f"column V[:, {i}, {j}]", fontsize=9, ha="right", va="top", color=roles.result)
        arrow(ax, (13.6, 5.6), (15.9, 5.6))
        frame(ax, -0.3, 26.2, -1.8, n + 4.6)
    return starts


def figure_depth_of_volume() -> None:
    """First meaning: how many numbers stand behind each other at one place of a volume."""
    _, ax = plt.subplots(figsize=(4.2, 2.4))
    volume(ax, (8, 8, 3), color=roles.window, alpha=0.12, linewidth=1.3)
    ax.text(4, 9.2, "image, depth 3", ha="center", color=roles.window)
    volume(ax, (8, 8, 10), origin=(14, 0), color=roles.result, alpha=0.12, linewidth=1.3)
    ax.text(18, 9.2, "map stack, depth 10", ha="center", color=roles.result)
    for origin, depth, color in (((0, 0), 3, roles.window), ((14, 0), 10, roles.result)):
        start, end = place(8.6, 8.4, 0, origin), place(8.6, 8.4, depth, origin)
        ax.annotate("", end, start, arrowprops={"arrowstyle": "<->", "color": color})
    frame(ax, -0.5, 27.5, -4, 10)


def figure_depth_of_filter() -> None:
    """Second meaning: a filter's own depth is its input's; the number of filters is the output's."""
    _, ax = plt.subplots(figsize=(4.3, 2.7))
    volume(ax, (7, 7, 3), origin=(0, 2.2), color=roles.window, alpha=0.12, linewidth=1.3)
    ax.text(3.5, 11, "input 3 deep", ha="center", color=roles.window)
    for f in range(4):
        volume(ax, (2, 2, 3), origin=(12 + 0.0, 0.4 + 2.9 * f), color=roles.taps, alpha=0.3, linewidth=1.2)
        arrow(ax, (15.8, 1.2 + 2.9 * f), (19.2, 4.8 + 0.5 * f))
    ax.text(13.4, 12.9, "4 filters, each 3 deep", ha="center", color=roles.taps)
    volume(ax, (5, 5, 4), origin=(20, 3.3), color=roles.result, alpha=0.15, linewidth=1.3)
    for f in range(1, 4):
        line = [place(*corner, (20, 3.3)) for corner in ((0, 0, f), (5, 0, f), (5, 5, f))]
        ax.plot(*zip(*line, strict=True), color=roles.result, linewidth=1)
    ax.text(23, 11, "output 4 deep", ha="center", color=roles.result)
    frame(ax, -0.5, 28, -1.4, 13.6)


def figure_depth_of_network(outputs: Sequence[tuple[int, int]]) -> None:
    """Third meaning: how many layers with weights stand behind each other.

    Args:
        outputs: (channels, side) of each layer's output; both are drawn by their square roots.
    """
    _, ax = plt.subplots(figsize=(4.2, 2.6))
    color = roles.SERIES[3]
    x = 0.0
    for number, (channels, side) in enumerate(outputs, start=1):
        deep, high = channels**0.5, 1.5 * side**0.5
        volume(ax, (0.8, high, deep), origin=(x, -high / 2), color=color, alpha=0.2, linewidth=1.2)
        middle = x + 0.4 + SLANT[0] * deep / 2
        ax.text(middle, 6, f"{channels}", ha="center", fontsize=9, color=roles.muted)
        ax.text(middle, -6.6, str(number), ha="center", color=color)
        x += 0.8 + SLANT[0] * deep + 2.2
        if number < len(outputs):
            arrow(ax, (x - 1.9, 0), (x - 0.4, 0))
    ax.text((x - 2.2) / 2, -8.4, f"depth {len(outputs)}: layers with weights", ha="center", color=color)
    ax.text((x - 2.2) / 2, 7.5, "channels of each output", ha="center", fontsize=9, color=roles.muted)
    frame(ax, -0.5, x - 1.6, -9.2, 7.9)


def figure_sharing(unshared: int, shared: int) -> None:
    """Parameters of AlexNet's first layer if each neuron had its own, and with shared filters, as areas."""
    side = (unshared / shared) ** 0.5
    _, ax = plt.subplots(figsize=(4.1, 2))
    ax.add_patch(plt.Rectangle((0, 0), side, side, facecolor=roles.muted, alpha=0.3, edgecolor=roles.muted))
    ax.text(side + 3, side / 2, f"own weights for\neach neuron:\n{unshared:,}", va="center")
    ax.add_patch(plt.Rectangle((-8, side / 2), 1, 1, facecolor=roles.parameters, edgecolor=roles.parameters))
    text = f"one filter for\neach map:\n{shared:,}"
    ax.text(-11, side / 2 + 0.5, text, ha="right", va="center", color=roles.parameters)
    frame(ax, -52, side + 50, -1, side + 1)


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


def figure_costs(rows: Sequence[tuple[str, int, int]]) -> tuple[float, float]:
    """Where VGG-16 keeps its weights, and where it computes.

    Returns:
        The linear layers' share of the parameters and of the multiply-accumulates.
    """
    places = np.arange(len(rows))
    linear = np.array([row[0].startswith("fc") for row in rows])
    _, axes = plt.subplots(1, 2, figsize=(4.1, 3.8), sharey=True)
    shares = []
    for ax, column, color, unit in ((axes[0], 1, roles.parameters, "parameters"), (axes[1], 2, roles.macs, "MACs")):
        values = np.array([row[column] for row in rows], dtype=float)
        percent = 100 * values / values.sum()
        for some, strength in ((~linear, 0.45), (linear, 1.0)):
            ax.barh(places[some], percent[some], color=color, alpha=strength, height=0.75)
        for row in np.flatnonzero(percent > 10):
            ax.text(percent[row], row, f" {percent[row]:.0f} %", va="center", fontsize=9)
        ax.set_xlabel(f"% of {unit}")
        ax.set_xlim(0, 1.3 * percent.max())
        ax.tick_params(axis="y", length=0)
        shares.append(float(values[linear].sum() / values.sum()))
    axes[0].set_yticks(places, [row[0] for row in rows])
    axes[0].set_ylim(len(rows) - 0.4, -0.6)
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


def show_volumes(volumes: Sequence[tuple[str, Shape]]) -> int:
    """Shows the numbers in each volume and their sum; returns the sum."""
    names = {"conv2d": "conv", "max_pool2d": "pool", "linear": "fc"}
    total, rows = 0, []
    for count, kind, (c, h, w) in volume_lines(volumes):
        total += count * c * h * w
        times = f"{count} × " if count > 1 else ""
        rows.append((f"{times}{names.get(kind, kind)}", f"{c} × {h} × {w}", f"{count * c * h * w:,}"))
    rows.append(("together", f"{4 * total / 1e6:.0f} MB in float32", f"{total:,}"))
    show_table(("layers", "gives", "numbers"), rows)
    return total


def figure_layout() -> None:
    """The twelve numbers of a (3, 2, 2) image in memory, channels first and channels last."""
    first = np.arange(12).reshape(3, 2, 2)
    last = first.transpose(1, 2, 0)
    _, ax = plt.subplots(figsize=(4.3, 1.9))
    tones = (roles.red_channel, roles.green_channel, roles.blue_channel)
    for y, values, label in ((0, first.ravel(), "channels first, (C, H, W)"), (2.6, last.ravel(), "channels last")):
        ax.text(0, y - 0.35, label, color=roles.ink)
        for k, value in enumerate(values):
            color = tones[int(value) // 4]
            ax.add_patch(plt.Rectangle((k, y), 1, 1, facecolor=color, alpha=0.3, edgecolor=roles.muted))
            ax.text(k + 0.5, y + 0.5, f"{'RGB'[int(value) // 4]}{int(value) % 4}", ha="center", va="center", fontsize=9)
    frame(ax, -0.1, 12.1, -1.1, 3.8)
