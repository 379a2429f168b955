"""Figures and tables of chapter 1. Each function draws one idea; the numbers in them are computed here."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.lib.stride_tricks import sliding_window_view

from coursebook import roles
from coursebook.drawing import grid, panels, show_image
from coursebook.photographs import MAPS, SIGNED, photograph
from coursebook.tables import show_table

BLUR = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]) / 256
SHARPEN = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])
SOBEL_X = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])


def correlate(image: np.ndarray, taps: np.ndarray) -> np.ndarray:
    """Cross-correlation by strided windows, (H, W) with (kH, kW): quick, and independent of the solutions."""
    return np.einsum("ijuv,uv->ij", sliding_window_view(image, taps.shape), taps)


def _symbol(ax: Axes, x: float, y: float, text: str) -> None:
    ax.text(x, y, text, ha="center", va="center", fontsize=22 if text == "⋆" else 14, color=roles.ink)


def print_window(x: np.ndarray, w: np.ndarray, i: int, j: int) -> None:
    """Prints the arithmetic of output cell (i, j), one term a tap."""
    window = x[i : i + w.shape[0], j : j + w.shape[1]]
    terms = " + ".join(f"{value}·{tap}" for value, tap in zip(window.ravel(), w.ravel(), strict=True))
    print(f"window at ({i}, {j}):  {terms} = {(window * w).sum()}")


def figure_first_window(x: np.ndarray, w: np.ndarray) -> None:
    """Input, filter and output, with the first window and the first output cell marked."""
    _, ax = plt.subplots(figsize=(4.4, 1.9))
    covered = [(row, column) for row in range(3) for column in range(3)]
    grid(ax, x, title="input x, 4 × 4", cells=covered, windows=[(0, 0, 3, 3)])
    _symbol(ax, 4.6, 2, "⋆")
    grid(ax, w, title="filter w, 3 × 3", origin=(5.2, 0.5), windows=[(0, 0, 3, 3)])
    _symbol(ax, 8.8, 2, "=")
    grid(ax, correlate(x, w), title="output, 2 × 2", origin=(9.4, 1), cells=[(0, 0)], color=roles.result)


def figure_four_windows(x: np.ndarray, w: np.ndarray) -> None:
    """The four places of the window, each with the number that it gives."""
    result = correlate(x, w)
    axes = panels(2, 2, (1.9, 2.1))
    for (i, j), ax in np.ndenumerate(axes):
        covered = [(i + u, j + v) for u in range(3) for v in range(3)]
        grid(ax, x, title=f"cell ({i}, {j}): {result[i, j]}", cells=covered, windows=[(i, j, 3, 3)])


def figure_bias_threshold() -> dict[float, float]:
    """Positive Sobel responses at three biases. Returns bias → share of the outputs above zero."""
    response = correlate(photograph(), SOBEL_X)
    shares = {}
    axes = panels(1, 3, (2.15, 2))
    for ax, bias in zip(axes, (0.0, -0.25, -1.0), strict=True):
        shifted = response + bias
        shares[bias] = float((shifted > 0).mean())
        show_image(ax, np.maximum(shifted, 0) > 0, title=f"b = {bias:g}".replace("-", "−"), limits=(0, 1))
    return shares


def figure_impulse(impulse: np.ndarray, w: np.ndarray) -> None:
    """The impulse, the filter, and what correlation and convolution make of them."""
    _, ax = plt.subplots(figsize=(4.8, 2))
    grid(ax, impulse, title="impulse", shade=True)
    grid(ax, w, title="filter", origin=(6.2, 1), shade=True)
    grid(ax, correlate(impulse, w), title="correlation", origin=(10.4, 1), shade=True, color=roles.correlation)
    grid(
        ax,
        correlate(impulse, np.rot90(w, 2)),
        title="convolution",
        origin=(14.6, 1),
        shade=True,
        color=roles.convolution,
    )


def figure_photograph() -> None:
    """A photograph, blurred and sharpened, all with black at 0 and white at 1."""
    photo = photograph()
    pictures = {"photograph": photo, "blur": correlate(photo, BLUR), "sharpen": correlate(photo, SHARPEN)}
    axes = panels(1, 3, (2.15, 2))
    for ax, (title, picture) in zip(axes, pictures.items(), strict=True):
        show_image(ax, picture[40:140, 40:160], title=title, limits=(0, 1))


def show_brightness() -> dict[str, tuple[float, float, float]]:
    """Shows and returns mean, minimum and maximum of the photograph and of its three responses."""
    photo = photograph()
    numbers: dict[str, tuple[float, float, float]] = {}
    rows = []
    for name, taps in {"photograph": None, "blur": BLUR, "sharpen": SHARPEN, "Sobel": SOBEL_X}.items():
        picture = photo if taps is None else correlate(photo, taps)
        mean, low, high = numbers[name] = float(picture.mean()), float(picture.min()), float(picture.max())
        total = "" if taps is None else f"{taps.sum():g}"
        rows.append((name, total, f"{mean:.3f}", f"{low:.2f}".replace("-", "−"), f"{high:.2f}"))
    show_table(("picture", "taps sum to", "mean", "smallest", "largest"), rows)
    return numbers


def figure_sobel() -> None:
    """Both Sobel responses with their signs, and their length."""
    photo = photograph()
    across, down = correlate(photo, SOBEL_X), correlate(photo, SOBEL_X.T)
    length = np.hypot(across, down)
    axes = panels(1, 3, (2.15, 2))
    pictures = (
        ("to the right", across, SIGNED, -2, 2),
        ("downward", down, SIGNED, -2, 2),
        ("length", length, MAPS, 0, 3),
    )
    for ax, (title, picture, colors, low, high) in zip(axes, pictures, strict=True):
        ax.imshow(picture, cmap=colors, vmin=low, vmax=high)
        ax.set_title(title)
        ax.set_axis_off()


def scene_with_cross() -> np.ndarray:
    """A 9 by 12 scene: a diagonal cross of 5s in the upper left, a flat square of 6s in the lower right."""
    scene = np.zeros((9, 12), dtype=int)
    scene[[1, 1, 2, 3, 3], [1, 3, 2, 1, 3]] = 5
    scene[4:8, 6:10] = 6
    return scene


def figure_template(scene: np.ndarray, plain: np.ndarray, balanced: np.ndarray) -> None:
    """A scene and its responses to a shape, and to the same shape with taps that sum to zero."""
    first, second = correlate(scene, plain), correlate(scene, balanced)
    axes = panels(1, 3, (2.15, 1.9))
    axes[0].imshow(scene, cmap="gray", vmin=0, vmax=9)
    axes[1].imshow(first, cmap=MAPS, vmin=0, vmax=45)
    axes[2].imshow(second, cmap=SIGNED, vmin=-1.3 * second.max(), vmax=1.3 * second.max())
    titles = ("scene", f"taps sum to {plain.sum()}", f"taps sum to {balanced.sum()}")
    for ax, title in zip(axes, titles, strict=True):
        ax.set_title(title)
        ax.set_xticks([])
        ax.set_yticks([])
        for spine in ax.spines.values():
            spine.set(visible=True, color=roles.line)
    for ax, picture in ((axes[1], first), (axes[2], second)):
        for row, column in ((1, 1), (4, 6)):
            ax.text(column, row, picture[row, column], ha="center", va="center", color=roles.ink)


def figure_outer_product() -> None:
    """The binomial blur as a column times a row."""
    taps = np.array([1, 4, 6, 4, 1])
    _, ax = plt.subplots(figsize=(3.6, 3.4))
    grid(ax, taps[None, :], origin=(2, 0), color=roles.SERIES[1], shade=True, title="row")
    grid(ax, taps[:, None], origin=(0.4, 1.6), color=roles.SERIES[2], shade=True, title="column")
    grid(ax, np.outer(taps, taps), origin=(2, 1.6), shade=True)


def show_separable_costs(shape: tuple[int, int], sides: tuple[int, ...]) -> dict[int, tuple[int, int]]:
    """Shows and returns, for each side k, the MACs of one square pass and of a row pass plus a column pass."""
    height, width = shape
    costs, rows = {}, []
    for k in sides:
        out_height, out_width = height - k + 1, width - k + 1
        square = out_height * out_width * k * k
        thin = height * out_width * k + out_height * out_width * k
        costs[k] = (square, thin)
        rows.append((k, f"{square:,}", f"{thin:,}", f"{square / thin:.1f} times"))
    show_table(("side k", "MACs in one pass", "in two", "fewer by"), rows, words=0)
    return costs


def figure_cost() -> None:
    """MACs per output cell over the filter's side: k squared, and 2 k."""
    k = np.arange(1, 32)
    _, ax = plt.subplots(figsize=(4.1, 2.8))
    square, thin = roles.SERIES[:2]
    ax.plot(k, k**2, color=square)
    ax.plot(k, 2 * k, color=thin, linestyle="--")
    ax.text(22, 22**2, "square filter: k²  ", color=square, ha="right", va="bottom", fontsize=9)
    ax.text(31, 2 * 31 + 30, "column and row: 2k", color=thin, ha="right", va="bottom", fontsize=9)
    ax.set_xlabel("side k of the filter (taps)")
    ax.set_ylabel("MACs per output cell")
    ax.grid(axis="y")


def figure_equivariance(w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A shape and its response, before and after a move by (2, 3). Returns both responses."""
    first, moved = np.zeros((9, 10), dtype=int), np.zeros((9, 10), dtype=int)
    for image, (row, column) in ((first, (2, 2)), (moved, (4, 5))):
        image[row : row + 3, column] = 1
        image[row + 2, column + 1] = 1
    responses = correlate(first, w), correlate(moved, w)
    axes = panels(2, 2, (2.25, 2.2))
    for (left, right), image, response, name in zip(
        axes, (first, moved), responses, ("shape", "moved shape"), strict=True
    ):
        grid(left, image, title=name, shade=True)
        grid(right, response, title="response", shade=True)
    return responses


def figure_matrix(x: np.ndarray, w: np.ndarray) -> None:
    """The matrix of `w` on an input of the shape of `x`; its structural zeros stay empty."""
    height, width = x.shape
    out_height, out_width = height - w.shape[0] + 1, width - w.shape[1] + 1
    rows = []
    for i in range(out_height):
        for j in range(out_width):
            image = np.full((height, width), np.nan)
            image[i : i + w.shape[0], j : j + w.shape[1]] = w
            rows.append(image.ravel())
    matrix = np.array(rows)
    used = [(int(row), int(column)) for row, column in np.argwhere(~np.isnan(matrix))]
    blocks = [(out_width * i, width * r, out_width, width) for i in range(out_height) for r in range(height)]
    _, ax = plt.subplots(figsize=(4.1, 1.8))
    grid(ax, matrix, cells=used, windows=blocks, color=roles.taps)
    for column in range(height * width):
        ax.text(column + 0.5, -0.2, f"{column // width},{column % width}", ha="center", fontsize=8, color=roles.muted)
    for row in range(len(rows)):
        ax.text(-0.2, row + 0.5, f"{row // out_width},{row % out_width}", ha="right", va="center", fontsize=8,
                color=roles.muted)  # fmt: skip
    ax.text(0, -0.95, "input cell (row, column)", ha="left", fontsize=9, color=roles.ink)
    ax.text(-1.45, 2, "output cell", rotation=90, ha="center", va="center", fontsize=9, color=roles.ink)
    ax.set_xlim(-1.9, height * width + 0.1)
    ax.set_ylim(len(rows) + 0.1, -1.7)


def show_matrix_counts(side: int, k: int) -> dict[str, int]:
    """Shows and returns how large the matrix of a k × k filter on a square input is, and how little it holds."""
    out = side - k + 1
    counts = {"entries": out**2 * side**2, "used": out**2 * k**2, "different": k**2}
    share = f"{100 * counts['used'] / counts['entries']:.2f} %"
    rows = (
        ("entries", f"{counts['entries']:,}", ""),
        ("places that hold a tap", f"{counts['used']:,}", share),
        ("different numbers", f"{counts['different']:,}", ""),
    )
    show_table((f"{side} × {side} input, {k} × {k} filter", f"a matrix of {out**2} × {side**2}", "share"), rows)
    return counts
