"""Figures and tables of chapter 6."""

from collections.abc import Callable, Sequence

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from matplotlib.patches import Rectangle

from coursebook import roles
from coursebook.drawing import grid, panels, show_image
from coursebook.photographs import photograph

LABELS = {
    "AlexNet": (0.5, 240, "left", "bottom"),
    "VGG-16": (18.8, 230, "left", "bottom"),
    "ResNet-18": (18.8, 435, "left", "center"),
    "ResNet-50 v1": (45, 483, "right", "center"),
}
"""Where each network's name lies on the figure of its fields: x, y, and what of the text is there."""
Windows = Sequence[tuple[int, ...]]
"""(kernel_size, stride) or (kernel_size, stride, dilation) of each layer, first layer first."""


def figure_max(x: np.ndarray) -> np.ndarray:
    """Chapter 1's image with its four windows, and the largest number of each. Returns the four."""
    y = F.max_pool2d(torch.tensor(x)[None, None].double(), 2)[0, 0].numpy().astype(int)
    _, ax = plt.subplots(figsize=(4.3, 2.4))
    for k, color in enumerate(roles.SERIES[:4]):
        i, j = divmod(k, 2)
        rows, columns = slice(2 * i, 2 * i + 2), slice(2 * j, 2 * j + 2)
        peaks = [tuple(place) for place in np.argwhere(x[rows, columns] == y[i, j])]
        grid(ax, x[rows, columns], origin=(2.15 * j, 2.15 * i), windows=[(0, 0, 2, 2)], cells=peaks, color=color)
        grid(ax, y[i : i + 1, j : j + 1], origin=(6.4 + 1.1 * j, 1.05 + 1.1 * i), cells=[(0, 0)], color=color)
    ax.text(5.3, 2.15, "→", ha="center", va="center", fontsize=16)
    ax.set_xlim(-0.1, 8.8)
    ax.set_ylim(4.4, -0.2)
    return y


def figure_photograph(k: int = 6) -> tuple[float, float, float]:
    """Every k-th pixel, the means and the maxima of k by k windows. Returns their mean brightness."""
    photo = photograph("roof")
    rows, columns = (size // k * k for size in photo.shape)
    blocks = photo[:rows, :columns].reshape(rows // k, k, columns // k, k)
    pictures = photo[:rows:k, :columns:k], blocks.mean((1, 3)), blocks.max((1, 3))
    axes = panels(2, 2, (2.25, 1.75))
    titles = ("original", f"every {k}th pixel", f"average of {k} × {k}", f"maximum of {k} × {k}")
    for ax, picture, title in zip(axes.flat, (photo, *pictures), titles, strict=True):
        show_image(ax, picture, title=title, limits=(0, 1))
    return tuple(float(picture.mean()) for picture in pictures)  # type: ignore[return-value]


def figure_padding(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """An all-negative image pooled 3 by 3, stride 2, padding 1, with both borders. Returns both answers."""
    answers = []
    axes = panels(1, 2, (2.2, 3.5))
    for ax, fill, name in zip(axes, (-np.inf, 0.0), ("−∞ at the border", "0 at the border"), strict=True):
        padded = np.pad(x.astype(float), 1, constant_values=fill)
        y = F.max_pool2d(torch.tensor(padded)[None, None], 3, 2)[0, 0].numpy().astype(int)
        text = np.where(np.isinf(padded), "−∞", padded.astype(object))
        cells = [[str(v) if isinstance(v, str) else f"{v:.0f}".replace("-", "−") for v in row] for row in text]
        grid(ax, np.array(cells), border=1, windows=[(0, 0, 3, 3)], title=name)
        grid(
            ax,
            y,
            origin=(2, 7.6),
            title="maxima",
            color=roles.wrong,
            cells=list(zip(*np.where(y == 0), strict=True)),
        )
        answers.append(y)
    return answers[0], answers[1]


def figure_counts(n: int, k: int, s: int, p: int) -> np.ndarray:
    """How many places of each window lie inside the image, and what a mean of ones becomes. Returns the counts."""
    ones = torch.ones(1, 1, n, n)
    counts = (F.avg_pool2d(ones, k, s, p) * k * k)[0, 0].round().numpy().astype(int)
    axes = panels(1, 2, (2.2, 2.5))
    grid(axes[0], counts, title="places inside the image", shade=True, color=roles.count)
    grid(axes[1], counts / k**2, title=f"mean of ones, over {k * k}", shade=True)
    return counts


def bounds(n: int, o: int) -> list[tuple[int, int]]:
    """(first, last) pixel of each adaptive window, found by asking torch where an output's gradient goes."""
    x = torch.ones(1, 1, n, requires_grad=True)
    found = []
    for i in range(o):
        (gradient,) = torch.autograd.grad(F.adaptive_avg_pool1d(x, o)[0, 0, i], x)
        places = gradient[0, 0].nonzero()
        found.append((int(places.min()), int(places.max())))
    return found


def figure_adaptive(pairs: Sequence[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """The windows of adaptive pools along one axis, for several (n, o). Returns their bounds."""
    _, axes = plt.subplots(len(pairs), 1, figsize=(4.2, 1.05 * len(pairs)))
    found = []
    for ax, (n, o) in zip(axes, pairs, strict=True):
        windows = bounds(n, o)
        found.append(windows)
        grid(ax, np.arange(n)[None, :])
        for i, (first, last) in enumerate(windows):
            y = 1.22 + 0.3 * (i % 2)
            color = roles.SERIES[i % 2]
            ax.plot([first + 0.1, last + 0.9], [y, y], color=color, marker="|")
        ax.text(-0.3, 0.5, f"{n} → {o}", ha="right", va="center", color=roles.ink)
        ax.set_xlim(-1.8, max(pair[0] for pair in pairs) + 0.1)
        ax.set_ylim(1.8, -0.1)
    return found


def figure_two_layers() -> tuple[int, int]:
    """What one unit sees through two layers of three taps, the first at stride 1 and at stride 2. Returns both."""
    _, axes = plt.subplots(2, 1, figsize=(4.3, 2.9))
    seen = []
    for ax, s in zip(axes, (1, 2), strict=True):
        n = 11
        first = [s * i for i in range((n - 3) // s + 1)]
        unit = len(first) // 2
        chosen = [unit - 1, unit, unit + 1]
        pixels = sorted({first[i] + u for i in chosen for u in range(3)})
        seen.append(len(pixels))
        for pixel in range(n):
            color = roles.window if pixel in pixels else roles.line
            ax.add_patch(Rectangle((pixel, 3), 0.8, 0.8, facecolor=color, alpha=0.55, edgecolor=roles.muted))
        for i, start in enumerate(first):
            center = start + 1
            on = i in chosen
            color = roles.taps if on else roles.line
            ax.add_patch(Rectangle((center, 1.5), 0.8, 0.8, facecolor=color, alpha=0.55, edgecolor=roles.muted))
            for u in range(3):
                ax.plot([center + 0.4, start + u + 0.4], [2.3, 3], color=roles.taps if on else roles.line, linewidth=1)
        center = first[unit] + 1
        ax.add_patch(Rectangle((center, 0), 0.8, 0.8, facecolor=roles.result, alpha=0.55, edgecolor=roles.muted))
        for i in chosen:
            ax.plot([center + 0.4, first[i] + 1.4], [0.8, 1.5], color=roles.result, linewidth=1)
        for y, name in ((0.4, "layer 2"), (1.9, f"layer 1, stride {s}"), (3.4, "image")):
            ax.text(-0.3, y, name, ha="right", va="center", fontsize=9)
        ax.text(n + 0.1, 3.4, f"{len(pixels)} pixels", va="center", color=roles.window)
        ax.set_xlim(-3.2, n + 2.4)
        ax.set_ylim(4, -0.2)
        ax.set_aspect("equal")
        ax.set_axis_off()
    return seen[0], seen[1]


def figure_growth(
    networks: dict[str, Windows], receptive_field: Callable[[Windows], tuple[int, int, int]]
) -> dict[str, int]:
    """The field after each layer with a window, for several networks. Returns the last of each."""
    _, ax = plt.subplots(figsize=(4.1, 3.2))
    last = {}
    for (name, layers), marker, color in zip(networks.items(), "os^D", roles.SERIES, strict=False):
        fields = [receptive_field(layers[:i])[0] for i in range(len(layers) + 1)]
        last[name] = fields[-1]
        ax.plot(fields, marker=marker, color=color, markersize=3)
        x, y, across, up = LABELS[name]
        ax.text(x, y, f"{name}: {fields[-1]}", color=color, fontsize=9, ha=across, va=up)
    ax.axhline(224, color=roles.muted, linestyle=":", linewidth=1.2)
    ax.text(51, 229, "image, 224", color=roles.muted, fontsize=8.5, ha="right", va="bottom")
    ax.set_xlabel("layers with a window")
    ax.set_ylabel("receptive field (pixels)")
    ax.grid(axis="y")
    return last


def seen_by_gradient(layers: Windows) -> int:
    """How far a unit sees, from torch: the span of pixels whose gradient is not zero, with all taps equal."""
    x = torch.ones(1, 1, 1200, dtype=torch.float64, requires_grad=True)
    y = x
    for kernel_size, stride, *dilation in layers:
        taps = torch.full((1, 1, kernel_size), 1 / kernel_size, dtype=torch.float64)
        y = F.conv1d(y, taps, stride=stride, dilation=dilation[0] if dilation else 1)
    (gradient,) = torch.autograd.grad(y[0, 0, y.shape[2] // 2], x)
    places = gradient[0, 0].nonzero()
    return int(places.max() - places.min() + 1)


def paths(layers: Windows) -> np.ndarray:
    """The share of paths from each pixel of a unit's field to the unit: its gradient when all taps are equal."""
    unit = torch.ones(1, 1, 1, dtype=torch.float64)
    for kernel_size, stride, *dilation in reversed(layers):
        taps = torch.full((1, 1, kernel_size), 1 / kernel_size, dtype=torch.float64)
        unit = F.conv_transpose1d(unit, taps, stride=stride, dilation=dilation[0] if dilation else 1)
    return unit[0, 0].numpy()


Block = tuple[list[tuple[int, int]], int]
"""The (kernel_size, stride) of a residual block's layers, and its shortcut's stride: 0 for the stem, which has none."""

STEM: Block = ([(7, 2), (3, 2)], 0)


def blocks_of_two() -> list[Block]:
    """ResNet-18: its stem and eight blocks of two 3 by 3 layers."""
    strides = [2 if stage and not block else 1 for stage in range(4) for block in range(2)]
    return [STEM, *(([(3, stride), (3, 1)], stride) for stride in strides)]


def blocks_of_three() -> list[Block]:
    """ResNet-50, version 1: its stem and sixteen blocks of 1 by 1, 3 by 3 and 1 by 1, the stride in the first."""
    strides = [2 if stage and not block else 1 for stage, count in enumerate((3, 4, 6, 3)) for block in range(count)]
    return [STEM, *(([(1, stride), (3, 1), (1, 1)], stride) for stride in strides)]


def _spread(unit: np.ndarray, kernel_size: int, stride: int, tap: float) -> np.ndarray:
    wide = np.zeros((len(unit) - 1) * stride + 1)
    wide[::stride] = unit
    return np.convolve(wide, np.full(kernel_size, tap))


def paths_with_shortcuts(blocks: Sequence[Block], weigh: str) -> np.ndarray:
    """The share of paths from each pixel of a unit's field to the unit, in a network of residual blocks, on one axis.

    Args:
        blocks: the stem, then the blocks, first one first.
        weigh: "no shortcuts"; "each path alike": a tap counts 1, and so does a shortcut; "both ways alike": a block's
            layers together count as much as its shortcut.
    """
    unit = np.ones(1)
    for layers, shortcut in reversed(blocks):
        branch = unit
        for kernel_size, stride in reversed(layers):
            branch = _spread(branch, kernel_size, stride, 1 if weigh == "each path alike" else 1 / kernel_size)
        if shortcut and weigh != "no shortcuts":
            around = _spread(unit, 1, shortcut, 1)
            rim = (len(branch) - len(around)) // 2  # both are centered on the same pixels
            branch[rim : rim + len(around)] += around
        unit = branch / branch.sum()
    return unit


def shortcut_gradient(blocks: Sequence[Block], weigh: str) -> np.ndarray:
    """The same from torch: the gradient of a unit in the middle, with padding as in the real networks, scaled to 1."""
    x = torch.zeros(1, 1, 2048, dtype=torch.float64, requires_grad=True)
    y = x
    for layers, shortcut in blocks:
        z = y
        for kernel_size, stride in layers:
            tap = 1 if weigh == "each path alike" else 1 / kernel_size
            taps = torch.full((1, 1, kernel_size), tap, dtype=torch.float64)
            z = F.conv1d(z, taps, stride=stride, padding=kernel_size // 2)
        y = z + y[:, :, ::shortcut] if shortcut and weigh != "no shortcuts" else z
    (gradient,) = torch.autograd.grad(y[0, 0, y.shape[2] // 2], x)
    places = gradient[0, 0].nonzero()
    found = gradient[0, 0, places.min() : places.max() + 1]
    return (found / found.sum()).numpy()


def random_gradients(layers: Windows, seed: int = 0, trials: int = 100, channels: int = 8) -> np.ndarray:
    """The squared gradient of a unit over its field, with random taps in torch; the mean of trials that sum to one."""
    torch.manual_seed(seed)
    x = torch.zeros(1, trials, len(paths(layers)), requires_grad=True)
    y, depth = x, 1
    for kernel_size, stride, *dilation in layers:
        # All trials at once: each is a group, and groups do not mix.
        weight = torch.randn(trials * channels, depth, kernel_size) / (depth * kernel_size) ** 0.5
        y = F.conv1d(y, weight, stride=stride, dilation=dilation[0] if dilation else 1, groups=trials)
        depth = channels
    (gradient,) = torch.autograd.grad(y[0, ::channels].sum(), x)
    squared = gradient[0].double() ** 2
    return (squared / squared.sum(1, keepdim=True)).mean(0).numpy()


def middle_share(profile: np.ndarray, share: float = 0.95) -> int:
    """How many pixels around the middle hold at least a share of a symmetric profile."""
    low, high = (len(profile) - 1) // 2, len(profile) // 2
    while profile[low : high + 1].sum() < share - 1e-12 and low > 0:
        low, high = low - 1, high + 1
    return high - low + 1


def figure_effective(depths: Sequence[int]) -> list[tuple[int, int]]:
    """Shares of paths for stacks of three taps, and random gradients beside them. Returns (field, 95 %) of each."""
    _, axes = plt.subplots(len(depths), 1, figsize=(4.1, 1.7 * len(depths)), sharex=True)
    found = []
    half = max(depths)
    for ax, depth in zip(axes, depths, strict=True):
        layers = [(3, 1)] * depth
        profile = paths(layers)
        place = np.arange(-depth, depth + 1)
        found.append((len(profile), middle_share(profile)))
        ax.bar(place, profile, width=1, color=roles.paths, alpha=0.45, label="share of paths")
        ax.plot(place, random_gradients(layers), color=roles.backward, linewidth=1.3, label="squared gradient")
        ax.hlines(0, -depth - 0.5, depth + 0.5, color=roles.window, linewidth=5, label="receptive field")
        ax.text(
            half, profile.max() * 0.9, f"{depth} layers\nfield {found[-1][0]}, 95 % in {found[-1][1]}",
            ha="right", va="top", fontsize=9,
        )  # fmt: skip
        ax.set_yticks([])
        ax.set_xlim(-half - 1, half + 1)
        ax.set_ylabel("share")
    axes[0].legend(loc="upper left", fontsize=8.5)
    axes[-1].set_xlabel("pixel, counted from the middle")
    return found
