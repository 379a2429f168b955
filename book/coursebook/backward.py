"""Figures of chapter 8."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from coursebook import roles
from coursebook.drawing import grid, panels


def _node(ax: Axes, x: float, y: float, text: str, color: str) -> None:
    box = {"boxstyle": "circle,pad=0.35", "facecolor": "none", "edgecolor": color, "linewidth": 1.6}
    ax.text(x, y, text, ha="center", va="center", bbox=box, color=roles.ink)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], color: str, bend: float = 0.0) -> None:
    style = {"arrowstyle": "->", "color": color, "linewidth": 1.5, "shrinkA": 15, "shrinkB": 15}
    ax.annotate("", end, start, arrowprops={**style, "connectionstyle": f"arc3,rad={bend}"})


def figure_graph() -> None:
    """One value used twice: values run to the right, gradients to the left, and two of them meet at x."""
    _, ax = plt.subplots(figsize=(3.7, 2.6))
    places = {"x": (0, 0), "u": (2.2, 1), "v": (2.2, -1), "L": (4.4, 0)}
    for start, end in (("x", "u"), ("x", "v"), ("u", "L"), ("v", "L")):
        _arrow(ax, places[start], places[end], roles.forward, 0.14)
        _arrow(ax, places[end], places[start], roles.backward, 0.14)
    for name, value, color in (
        ("x", 2, roles.ink),
        ("u", 6, roles.ink),
        ("v", 4, roles.ink),
        ("L", 24, roles.ink),
    ):
        _node(ax, *places[name], f"${name}$\n{value}", color)
    for x, y, text in ((0.75, 0.98, "4 · 3 = 12"), (0.75, -0.98, "6 · 4 = 24"), (3.75, 0.98, "4"), (3.75, -0.98, "6")):
        ax.text(x, y, text, color=roles.backward, ha="center", va="center")
    ax.text(-0.45, 0, "12 + 24\n= 36", color=roles.backward, ha="right", va="center")
    ax.set_xlim(-1.4, 4.9)
    ax.set_ylim(-1.6, 1.6)
    ax.set_axis_off()


def figure_row(g: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Each output of a row stamps g times the filter; the stamps are added. Returns the sum."""
    k, n = len(w), len(g) + len(w) - 1
    total = np.zeros(n)
    _, ax = plt.subplots(figsize=(3.8, 2.5))
    for i, value in enumerate(g):
        stamp = np.full(n, np.nan)
        stamp[i : i + k] = value * w
        total[i : i + k] += value * w
        grid(ax, stamp[None], origin=(0, 1.15 * i), windows=[(0, i, 1, k)], color=roles.backward)
        ax.text(-0.25, 1.15 * i + 0.5, f"g{'₀₁₂'[i]} = {value:g}", ha="right", va="center")
    grid(ax, total[None], origin=(0, 1.15 * len(g) + 0.35), shade=True)
    ax.text(-0.25, 1.15 * len(g) + 0.85, "sum", ha="right", va="center")
    ax.set_xlim(-1.9, n + 0.1)
    return total


def figure_stamps(w: np.ndarray, g: np.ndarray) -> np.ndarray:
    """The stamp of each window in a 4 by 4 image, and their sum. Returns the sum."""
    total = np.zeros((g.shape[0] + w.shape[0] - 1, g.shape[1] + w.shape[1] - 1))
    axes = panels(2, 2, (1.9, 2.1))
    for ax, (i, j) in zip(axes.flat, np.ndindex(g.shape), strict=True):
        stamp = np.full(total.shape, np.nan)
        place = slice(i, i + w.shape[0]), slice(j, j + w.shape[1])
        stamp[place] = g[i, j] * w
        total[place] += g[i, j] * w
        grid(ax, stamp, title=f"window ({i}, {j})", windows=[(i, j, *w.shape)], color=roles.backward)
    return total


def figure_sum(total: np.ndarray, users: np.ndarray) -> None:
    """How many windows read each pixel, beside the gradient."""
    axes = panels(1, 2, (1.95, 2.2))
    grid(axes[0], users, title="windows that read it", shade=True, color=roles.count)
    grid(axes[1], total, title="gradient", shade=True)


def figure_peak(peak: np.ndarray, grad: np.ndarray) -> None:
    """Four overlapping windows on one maximum, one a panel, and the gradient that they add up to."""
    axes = panels(1, 5, (1.15, 1.4))
    for ax, (i, j) in zip(axes, np.ndindex(2, 2), strict=False):
        grid(ax, peak, title=f"({i}, {j})", windows=[(i, j, 2, 2)], cells=[(1, 1)])
    grid(axes[4], grad, title="gradient", shade=True)


def figure_steps(steps: np.ndarray, forward: np.ndarray, central: np.ndarray) -> None:
    """The error of both differences over the step, on logarithmic axes."""
    _, ax = plt.subplots(figsize=(3.7, 2.8))
    ax.loglog(steps, forward, marker="s", markersize=3.5, color=roles.SERIES[1], label="forward")
    ax.loglog(steps, central, marker="o", markersize=3.5, color=roles.SERIES[0], label="central")
    ax.set_xlabel("step ε")
    ax.set_ylabel("error of the derivative")
    ax.legend()
    ax.grid(axis="y")
