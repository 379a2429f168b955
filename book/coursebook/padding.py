"""Figures and tables of chapter 2. The padding in them is NumPy's or torch's, never the solution's."""

from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.datasets import load_sample_image

from coursebook import roles
from coursebook.drawing import grid, panels, show_image
from coursebook.photographs import photograph
from coursebook.tables import show_table

NUMPY_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
STYLES = {"zeros": "-", "circular": "-.", "reflect": "--", "replicate": ":"}
COLORS = {"zeros": roles.zeros, "circular": roles.circular, "reflect": roles.reflect, "replicate": roles.replicate}


def print_shrinking(n: int, k: int) -> list[int]:
    """Prints and returns the widths of a stack of unpadded layers, until the filter no longer fits."""
    sizes = [n]
    while sizes[-1] >= k:
        sizes.append(sizes[-1] - k + 1)
    print(" → ".join(map(str, sizes)), f"→ the {k} × {k} filter no longer fits")
    return sizes


def figure_shrinking(n: int) -> dict[int, int]:
    """Width over layers for three filters. Returns side → how many layers fit."""
    _, ax = plt.subplots(figsize=(4.1, 2.8))
    layers = {}
    for k, marker, color in zip((3, 5, 7), "os^", roles.SERIES, strict=False):
        sizes = [n]
        while sizes[-1] >= k:
            sizes.append(sizes[-1] - k + 1)
        layers[k] = len(sizes) - 1
        ax.plot(sizes, marker=marker, color=color)
        at = layers[k] // 2
        left = k == 7  # the others are to its right
        beside = 1.3 if left else -1.6 if k == 5 else 0  # off the grid's line at 20
        ax.text(
            at + (-0.5 if left else 0.9 if k == 5 else 0.5),
            sizes[at] + beside,
            f"{k} × {k}",
            color=color,
            ha="right" if left else "left",
            va="center",
        )
    ax.set_xlabel("layers")
    ax.set_ylabel("width of the map (cells)")
    ax.set_ylim(0, n + 1)
    ax.grid(axis="y")
    return layers


def figure_visits(n: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    """How many windows read each input cell, without padding and with same padding. Returns both counts."""
    p = (k - 1) // 2
    counts = []
    for rim in (0, p):
        places = n + 2 * rim - k + 1
        along = np.convolve(np.ones(places, dtype=int), np.ones(k, dtype=int))[rim : rim + n]
        counts.append(np.outer(along, along))
    axes = panels(1, 2, (2.2, 2.5))
    for ax, count, title in zip(axes, counts, ("no padding", f"padding {p}"), strict=True):
        grid(ax, count, title=title, shade=True, color=roles.count)
    return counts[0], counts[1]


def figure_example(x: np.ndarray, w: np.ndarray) -> None:
    """Chapter 1's example with a rim of zeros, and its output."""
    padded = np.pad(x, 1)
    out = np.einsum("ijuv,uv->ij", sliding_window_view(padded, w.shape), w)
    _, ax = plt.subplots(figsize=(4.8, 2.8))
    covered = [(row, column) for row in range(3) for column in range(3)]
    grid(ax, padded, title="padded input, 6 × 6", border=1, cells=covered, windows=[(0, 0, 3, 3)])
    grid(ax, out, title="output, 4 × 4", origin=(7, 1), cells=[(0, 0)], windows=[(1, 1, 2, 2)], color=roles.result)


def _brackets(ax: plt.Axes, starts: tuple[int, int], k: int, y: float) -> None:
    for start, color, label in zip(starts, roles.SERIES[:2], ("first", "last"), strict=True):
        low = y if label == "first" else y + 0.3
        ax.plot([start + 0.08, start + k - 0.08], [low, low], color=color, marker="|")
        ax.text(start + k / 2, low + 0.12, label, color=color, ha="center", va="top", fontsize=9)


def figure_valid_same_full(n: int, k: int) -> None:
    """One axis of n cells under k taps, with the three named amounts of padding."""
    _, ax = plt.subplots(figsize=(4.4, 4))
    for line, (name, p) in enumerate({"valid": 0, "same": (k - 1) // 2, "full": k - 1}.items()):
        left, y = k - 1 - p, 2.6 * line
        cells = np.array([["0"] * p + [str(value + 1) for value in range(n)] + ["0"] * p])
        outputs = n + 2 * p - k + 1
        grid(ax, cells, border=(0, 0, p, p), origin=(left, y), title=f"{name}: {outputs} places")
        _brackets(ax, (left, left + outputs - 1), k, y + 1.2)
    ax.set_ylim(7.4, -1)


def figure_even(n: int, k: int) -> None:
    """Same padding for an even number of taps: the odd cell after."""
    before = (k - 1) // 2
    after = k - 1 - before
    cells = np.array([["0"] * before + [str(value + 1) for value in range(n)] + ["0"] * after])
    _, ax = plt.subplots(figsize=(4.8, 1.7))
    grid(ax, cells, border=(0, 0, before, after), title=f"{before} before, {after} after")
    _brackets(ax, (0, n - 1), k, 1.2)
    ax.set_ylim(2.1, -0.9)


def figure_modes(row: np.ndarray, p: int) -> dict[str, np.ndarray]:
    """One row padded in each mode, NumPy's words translated. Returns mode → padded row."""
    rows = {mode: np.pad(row, p, mode=name) for mode, name in NUMPY_MODES.items()}
    _, ax = plt.subplots(figsize=(4.3, 2.6))
    for line, (mode, values) in enumerate(rows.items()):
        grid(ax, values[None, :], border=(0, 0, p, p), origin=(0, 1.4 * line))
        ax.text(-0.3, 1.4 * line + 0.5, mode, ha="right", va="center", color=roles.ink)
    for column in range(len(row) + 2 * p):
        ax.text(column + 0.5, -0.2, f"{column - p}".replace("-", "−"), ha="center", fontsize=9, color=roles.muted)
    ax.text(-0.3, -0.2, "q", ha="right", fontsize=9, color=roles.muted)
    ax.set_xlim(-2.6, len(row) + 2 * p + 0.1)
    ax.set_ylim(5.4, -0.8)
    return rows


def figure_photograph_modes(pad2d: Callable[..., np.ndarray]) -> None:
    """The flower with a rim of 40 pixels in each mode, by the function given."""
    photo, p = photograph("flower"), 40
    axes = panels(2, 2, (2.25, 2.1))
    for ax, mode in zip(axes.flat, NUMPY_MODES, strict=True):
        show_image(ax, pad2d(photo, p, mode), title=mode, limits=(0, 1))
        height, width = photo.shape
        ax.plot([p, p + width, p + width, p, p], [p, p, p + height, p + height, p], color=roles.result, linewidth=1)


def _mean_filter(image: np.ndarray, k: int) -> np.ndarray:
    return sliding_window_view(image, (k, k)).mean(axis=(2, 3))


def damage(center: str | None, side: int = 64, k: int = 11) -> dict[str, np.ndarray]:
    """Error of a padded mean against the mean of the true surroundings, over the distance from the border.

    Args:
        center: what is subtracted from the brightness first: nothing, the mean of the "photograph" or of the "piece".
        side: pixels of a piece's edge.
        k: side of the mean's window.
    """
    p = k // 2
    ring = np.minimum.outer(_distance(side), _distance(side))
    sums = {mode: np.zeros(7) for mode in STYLES}
    pieces = 0
    for file in ("china.jpg", "flower.jpg"):
        gray = load_sample_image(file) / 255 @ np.array([0.299, 0.587, 0.114])
        for top in (40, 160, 280):
            for left in (40, 190, 340, 490):
                pieces += 1
                wide = gray[top - p : top + side + p, left - p : left + side + p]
                zero = {None: 0.0, "photograph": gray.mean(), "piece": wide[p : p + side, p : p + side].mean()}[center]
                wide = wide - zero
                truth, piece = _mean_filter(wide, k), wide[p : p + side, p : p + side]
                for mode, total in sums.items():
                    error = np.abs(_mean_filter(np.pad(piece, p, mode=NUMPY_MODES[mode]), k) - truth)
                    total += [error[ring == distance].mean() for distance in range(7)]
    assert pieces == 24
    return {mode: total / pieces for mode, total in sums.items()}


def figure_damage() -> dict[str, np.ndarray]:
    """Draws the damage of each mode; zeros with and without centering. Returns the curves by name."""
    plain = damage(None)
    curves = {"zeros": plain.pop("zeros")}
    for center in ("photograph", "piece"):
        centered = damage(center)
        curves[f"zeros, minus the {center}'s mean"] = centered.pop("zeros")
        assert all(np.allclose(centered[mode], plain[mode]) for mode in plain)
    curves |= plain
    _, ax = plt.subplots(figsize=(4.1, 4))
    finer = iter([(0, (5, 1)), (0, (1, 1))])  # zeros with a mean taken off
    for (name, errors), marker in zip(curves.items(), "oD^svx", strict=True):
        mode = name.split(",")[0]
        style = STYLES[mode] if name == mode else next(finer)
        ax.plot(errors, linestyle=style, marker=marker, color=COLORS[mode], label=name)
    ax.set_xlabel("distance from the border (pixels)")
    ax.set_ylabel("mean error (brightness 0 to 1)")
    ax.legend(loc="lower left", bbox_to_anchor=(-0.1, 1))
    ax.grid(axis="y")
    return curves


def _distance(n: int) -> np.ndarray:
    return np.minimum(np.arange(n), np.arange(n)[::-1])


def show_border_shares(sizes: tuple[int, ...], p: int) -> dict[int, tuple[int, int]]:
    """Shows and returns, per size, how many outputs of a same-sized map see the border."""
    shares = {n: (n**2 - max(n - 2 * p, 0) ** 2, n**2) for n in sizes}
    rows = [
        (f"{n} × {n}", f"{count:,}", f"{seen:,}", f"{100 * seen / count:.1f} %") for n, (seen, count) in shares.items()
    ]
    show_table((f"map, padding {p}", "outputs", "see the border", "share"), rows)
    return shares


def figure_influence(n: int) -> np.ndarray:
    """After how many 3 × 3 layers each cell of an n × n map depends on the border. Returns the counts."""
    rings = 1 + np.minimum.outer(_distance(n), _distance(n))
    _, ax = plt.subplots(figsize=(3.2, 3.2))
    grid(ax, rings, shade=True, color=roles.count)
    return rings
