"""Figures and tables of chapter 3."""

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from numpy.lib.stride_tricks import sliding_window_view

from coursebook import roles
from coursebook.drawing import grid, panels, show_image
from coursebook.photographs import photograph
from coursebook.tables import show_table

CASES = ((4, 3, 1, 0), (5, 4, 1, 2), (5, 3, 1, 1), (5, 3, 1, 2), (5, 3, 2, 0), (5, 3, 2, 1), (6, 3, 2, 1), (6, 3, 2, 0))
"""(input, kernel, stride, padding): the seven cases of Dumoulin and Visin, chapter 2, and one that does not divide."""


def _size(n: int, k: int, s: int, p: int = 0) -> int:
    return (n + 2 * p - k) // s + 1


def figure_ten(signal: np.ndarray, k: int, s: int) -> None:
    """A row of cells, the windows that fit at stride s, and the cells that none of them reads."""
    n = len(signal)
    count = _size(n, k, s)
    unread = [(0, column) for column in range((count - 1) * s + k, n)]
    _, ax = plt.subplots(figsize=(4.3, 1.6))
    grid(ax, signal[None, :], cells=unread, color=roles.missed)
    for i in range(count):
        y = 1.25 + 0.4 * (i % 2)
        ax.plot([i * s + 0.08, i * s + k - 0.08], [y, y], color=roles.window, marker="|")
        ax.text(i * s + k / 2, y + 0.08, "y" + "₀₁₂₃₄₅₆₇₈₉"[i], color=roles.window, ha="center", va="top", fontsize=9)
    for column in range(n):
        ax.text(column + 0.5, -0.15, str(column), ha="center", fontsize=9, color=roles.muted)
    ax.set_ylim(2.2, -0.6)


def show_cases() -> list[tuple[int, int, int, int, int]]:
    """Shows the formula's working for each case beside torch's size. Returns (n, k, s, p, o)."""
    found, rows = [], []
    for n, k, s, p in CASES:
        size = F.conv1d(torch.zeros(1, 1, n), torch.zeros(1, 1, k), stride=s, padding=p).shape[-1]
        work = f"({n} + {2 * p} − {k}) / {s} = {(n + 2 * p - k) / s:g}"
        rows.append((n, k, s, p, work, _size(n, k, s, p), size))
        found.append((n, k, s, p, size))
    show_table(("$n$", "$k$", "$s$", "$p$", "$(n + 2p - k) / s$", "floor + 1", "torch"), rows, words=0)
    return found


def figure_staircase() -> None:
    """Output size over input size for strides 1, 2 and 3 with three taps."""
    n = np.arange(3, 16)
    _, ax = plt.subplots(figsize=(4.1, 2.8))
    for s, marker, color in zip((1, 2, 3), "os^", roles.SERIES, strict=False):
        sizes = [_size(size, 3, s) for size in n]
        ax.plot(n, sizes, marker=marker, color=color, drawstyle="steps-post", label=f"stride {s}")
    ax.set_xlabel("input size n (cells)")
    ax.set_ylabel("output size o (cells)")
    ax.legend()
    ax.grid(axis="y")


def figure_aliasing(s: int = 4) -> tuple[float, float]:
    """Every s-th pixel without and with a blur before.

    Returns:
        For both, the mean absolute change of the small picture when the photograph moves by one pixel.
    """
    photo = photograph()
    weights = np.array([1, 2, 3, 4, 3, 2, 1]) / 16
    soft = sliding_window_view(np.pad(photo, 3, mode="reflect"), (7, 7))
    blurred = np.einsum("ijuv,u,v->ij", soft, weights, weights)
    axes = panels(1, 3, (2.15, 1.9))
    for ax, picture, title in zip(
        axes, (photo, photo[::s, ::s], blurred[::s, ::s]), ("original", f"every {s}th pixel", "blur, then the same"),
        strict=True,
    ):  # fmt: skip
        show_image(ax, picture, title=title, limits=(0, 1))
    gaps = [
        float(np.abs(a[::s, 1:-s:s] - a[::s, :-s:s][:, : a[::s, 1:-s:s].shape[1]]).mean()) for a in (photo, blurred)
    ]
    return gaps[0], gaps[1]


def figure_dilation() -> None:
    """Which cells nine taps read at dilation 1, 2 and 3."""
    axes = panels(1, 3, (1.75, 2.1))
    for d, ax in enumerate(axes, start=1):
        reach = 2 * d + 1
        cells = [(d * u, d * v) for u in range(3) for v in range(3)]
        grid(ax, np.full((7, 7), np.nan), cells=cells, windows=[(0, 0, reach, reach)], title=f"d = {d}, reach {reach}")


def figure_unread() -> np.ndarray:
    """Cells after the last window, strides 1 to 4 by input sizes 5 to 12, three taps. Returns the counts."""
    sizes, strides = range(5, 13), range(1, 5)
    unread = np.zeros((len(strides), len(sizes)), dtype=int)
    for row, s in enumerate(strides):
        for column, n in enumerate(sizes):
            unread[row, column] = n - ((_size(n, 3, s) - 1) * s + 3)
    _, ax = plt.subplots(figsize=(4.3, 2.5))
    grid(ax, unread, shade=True, color=roles.missed)
    for column, n in enumerate(sizes):
        ax.text(column + 0.5, -0.15, str(n), ha="center", color=roles.muted)
    for row, s in enumerate(strides):
        ax.text(-0.2, row + 0.5, f"stride {s}", ha="right", va="center", color=roles.ink)
    ax.text(len(sizes) / 2, -0.65, "input size n (cells)", ha="center", color=roles.ink)
    ax.set_xlim(-1.8, len(sizes) + 0.1)
    ax.set_ylim(len(strides) + 0.1, -1.1)
    return unread


def figure_transposed() -> np.ndarray:
    """Three inputs paint three copies of [1, 1, 1], two cells apart. Returns the sums."""
    values, k, s = (1, 2, 3), 3, 2
    n = (len(values) - 1) * s + k
    copies = np.zeros((len(values), n), dtype=int)
    for i, value in enumerate(values):
        copies[i, i * s : i * s + k] = value
    _, ax = plt.subplots(figsize=(4.4, 3))
    for i, value in enumerate(values):
        grid(ax, copies[i : i + 1, i * s : i * s + k], origin=(i * s, 1.15 * i), cells=[(0, u) for u in range(k)])
        ax.text(-0.3, 1.15 * i + 0.5, f"input {value}", ha="right", va="center", color=roles.ink)
    total = copies.sum(axis=0)
    shared = [(0, column) for column in range(n) if (copies[:, column] > 0).sum() > 1]
    grid(ax, total[None, :], origin=(0, 3.8), cells=shared, color=roles.result)
    ax.text(-0.3, 4.3, "sum", ha="right", va="center", color=roles.ink)
    ax.set_xlim(-1.8, n + 0.1)
    ax.set_ylim(4.9, -0.1)
    return total


def figure_checkerboard() -> tuple[np.ndarray, np.ndarray]:
    """How many copies cover each cell at stride 2, for 3 × 3 and for 4 × 4 taps. Returns both counts."""
    coats = []
    axes = panels(1, 2, (2.3, 2.6))
    for ax, k in zip(axes, (3, 4), strict=True):
        ones = torch.ones(1, 1, 4, 4)
        coats.append(F.conv_transpose2d(ones, torch.ones(1, 1, k, k), stride=2)[0, 0].numpy().astype(int))
        grid(ax, coats[-1], title=f"k = {k}, s = 2", shade=True, color=roles.count)
    return coats[0], coats[1]
