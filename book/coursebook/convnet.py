"""Training, figures and recorded results of chapter 9."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from matplotlib.axes import Axes

from coursebook import roles
from coursebook.drawing import panels, scrub, show_ink
from coursebook.photographs import MAPS, SIGNED

ROOT = Path(__file__).resolve().parents[2]
DIGITS = ROOT / "solutions" / "convnet" / "given" / "digits.npz"
RESULTS = ROOT / "benchmarks" / "results"
State = Mapping[str, np.ndarray]


def recorded() -> dict:
    """What `python benchmarks/digits.py` found out."""
    return json.loads((RESULTS / "digits.json").read_text("utf-8"))


def recorded_state() -> dict[str, np.ndarray]:
    """The parameters after the recorded training, by torch's names."""
    with np.load(RESULTS / "digits.npz", allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def torch_losses(
    state: State, images: np.ndarray, labels: np.ndarray, *, epochs: int, batch_size: int, lr: float,
    momentum: float = 0.9, weight_decay: float = 0.0, seed: int = 0, steps: int | None = None,
) -> list[float]:  # fmt: skip
    """The same network trained by torch in float64, on the same batches: the loss of every step, `steps` at most."""
    p = {name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in state.items()}
    optimizer = torch.optim.SGD(list(p.values()), lr=lr, momentum=momentum, weight_decay=weight_decay)
    rng = np.random.default_rng(seed)
    x, y = torch.tensor(images), torch.tensor(labels)
    losses: list[float] = []
    for _ in range(epochs):
        order = rng.permutation(len(images))
        for start in range(0, len(images), batch_size):
            if len(losses) == steps:
                return losses
            batch = torch.tensor(order[start : start + batch_size])
            z = x[batch]
            for layer in ("conv1", "conv2"):
                z = F.max_pool2d(F.relu(F.conv2d(z, p[f"{layer}.weight"], p[f"{layer}.bias"], padding=1)), 2)
            loss = F.cross_entropy(F.linear(z.flatten(1), p["fc.weight"], p["fc.bias"]), y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses


def confusion(labels: np.ndarray, read: np.ndarray) -> np.ndarray:
    """(10, 10) counts: row the label, column what was read."""
    table = np.zeros((10, 10), int)
    np.add.at(table, (labels, read), 1)
    return table


def _bare(ax: Axes) -> None:
    """No ticks, and a thin frame on all four sides."""
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set(visible=True, color=roles.line, linewidth=0.8)


def figure_examples(images: np.ndarray, labels: np.ndarray) -> None:
    """The first example of each digit."""
    _, axes = plt.subplots(2, 5, figsize=(4.1, 1.8))
    for digit, ax in enumerate(axes.flat):
        show_ink(ax, images[np.flatnonzero(labels == digit)[0], 0], 1)
        _bare(ax)


def figure_shift(logits: np.ndarray) -> np.ndarray:
    """Exponentials of three logits, as they are and shifted, and the same probabilities. Returns the latter."""
    shifted = logits - logits.max()
    probabilities = np.exp(shifted) / np.exp(shifted).sum()
    axes = panels(1, 3, (1.8, 2.1))
    shown = (
        (logits, "logits", (0, 1250)),
        (shifted, "minus the largest", (-6.5, 1.5)),
        (probabilities, "probabilities", (0, 1.1)),
    )
    for ax, (values, title, limits) in zip(axes, shown, strict=True):
        bars = ax.bar(range(len(values)), values, color=roles.forward)
        ax.bar_label(bars, [f"{v:.4g}" if v >= 1 else f"{v:.2g}".replace("-", "−") for v in values], padding=2)
        ax.axhline(0, color=roles.muted, linewidth=0.8)
        ax.set_title(title)
        ax.set_ylim(*limits)
        _bare(ax)
    return probabilities


def valley(
    step: Callable[..., tuple[np.ndarray, np.ndarray]], momentum: float, lr: float, steps: int
) -> tuple[np.ndarray, np.ndarray]:
    """Steps down f(a, b) = (a^2 + 25 b^2) / 2 from (-9, 1): places, and f there."""
    curve = np.array([1.0, 25.0])
    p, v = np.array([-9.0, 1.0]), np.zeros(2)
    places = [p]
    for _ in range(steps):
        p, v = step(p, curve * p, v, lr, momentum)
        places.append(p)
    track = np.array(places)
    return track, (curve * track**2).sum(1) / 2


def figure_valley(step: Callable[..., tuple[np.ndarray, np.ndarray]]) -> tuple[float, float]:
    """Twenty steps down a narrow valley without and with momentum. Returns the heights at the end."""
    _, axes = plt.subplots(2, 1, figsize=(4.1, 3.5), sharex=True)
    a, b = np.meshgrid(np.linspace(-10, 3, 120), np.linspace(-1.6, 1.6, 80))
    last = []
    for ax, momentum in zip(axes, (0.0, 0.7), strict=True):
        track, heights = valley(step, momentum, 0.07, 20)
        last.append(float(heights[-1]))
        ax.contour(a, b, (a**2 + 25 * b**2) / 2, levels=[0.5, 3, 10, 25, 45], colors=roles.muted, linewidths=0.6)
        color = roles.SERIES[1] if momentum else roles.SERIES[0]
        scrub(ax.plot(*track.T, marker="o", markersize=3, color=color), "step", 0, 20)
        ax.plot(0, 0, marker="*", markersize=10, color=roles.ink, zorder=4)
        ax.set_title(f"momentum {momentum:g}: height {heights[-1]:.2g} after 20 steps")
        _bare(ax)
    return last[0], last[1]


def figure_losses(ours: Sequence[float], theirs: Sequence[float], a_step: int = 45) -> None:
    """Two loss curves on a logarithmic axis, torch's as dots on ours, and how far they are apart."""
    _, axes = plt.subplots(2, 1, figsize=(4.1, 4), sharex=True, height_ratios=(2, 1))
    epochs = np.arange(1, len(ours) + 1) / a_step
    axes[0].semilogy(epochs, ours, color=roles.ours, linewidth=0.8, label="NumPy")
    axes[0].semilogy(epochs[::25], theirs[::25], "o", color=roles.torch, markersize=3.5, label="torch, every 25th step")
    axes[0].set_ylabel("loss of the batch")
    axes[0].legend()
    apart = np.abs(np.subtract(ours, theirs))
    axes[1].semilogy(epochs, np.maximum(apart, 1e-18), color=roles.difference, linewidth=0.8)
    axes[1].axhline(1e-6, color=roles.muted, linestyle=":")
    axes[1].text(epochs[-1], 2e-6, "$10^{-6}$", ha="right", va="bottom", color=roles.muted, fontsize=9)
    axes[1].set_ylim(1e-18, 1e-3)
    axes[1].set_ylabel("apart by")
    axes[1].set_xticks(range(0, 21, 5))
    axes[1].set_xlabel("epoch")


def figure_filters(before: State, after: State) -> None:
    """The sixteen filters of the first layer before and after the training, on one scale of colors."""
    _, axes = plt.subplots(4, 8, figsize=(4.1, 2.6))
    both = [state["conv1.weight"][:, 0] for state in (before, after)]
    peak = max(float(np.abs(taps).max()) for taps in both)
    for half, taps in enumerate(both):
        for number, ax in enumerate(axes[2 * half : 2 * half + 2].flat):
            ax.imshow(taps[number], cmap=SIGNED, vmin=-peak, vmax=peak)
            _bare(ax)
    axes[0, 0].set_title("before", loc="left")
    axes[2, 0].set_title("after", loc="left")


def figure_maps(image: np.ndarray, before: np.ndarray, after: np.ndarray) -> None:
    """One digit, and its first six maps behind the first ReLU before and after the training."""
    _, axes = plt.subplots(2, 7, figsize=(4.1, 1.5))
    peak = float(max(before[:6].max(), after[:6].max()))
    for row, maps, name in zip(axes, (before, after), ("before", "after"), strict=True):
        show_ink(row[0], image, 1)
        row[0].set_ylabel(name)
        for ax, one in zip(row[1:], maps, strict=False):
            ax.imshow(one, cmap=MAPS, vmin=0, vmax=peak)
        for ax in row:
            _bare(ax)


def figure_confusion(table: np.ndarray) -> None:
    """A confusion matrix: counts, the diagonal in the color of what is right."""
    _, ax = plt.subplots(figsize=(4.4, 4.2))
    for (row, column), count in np.ndenumerate(table):
        if count:
            color = roles.right if row == column else roles.wrong
            strength = 0.15 + 0.45 * count / table.max() if row == column else 0.45
            ax.add_patch(plt.Rectangle((column - 0.5, row - 0.5), 1, 1, color=color, alpha=strength, linewidth=0))
            ax.text(column, row, str(count), ha="center", va="center", color=roles.ink, fontsize=9)
    ax.set_xlim(-0.5, 9.5)
    ax.set_ylim(9.5, -0.5)
    ax.set_xticks(range(10))
    ax.set_yticks(range(10))
    ax.set_xlabel("read as")
    ax.set_ylabel("label")
    ax.set_aspect("equal")


def figure_mistakes(images: np.ndarray, labels: np.ndarray, probabilities: np.ndarray, count: int) -> np.ndarray:
    """The images whose label has the lowest probabilities, worst first. Returns their places."""
    right = probabilities[np.arange(len(labels)), labels]
    worst = np.argsort(right)[:count]
    axes = panels(1, count, (1.15, 1.9))
    for ax, place in zip(axes, worst, strict=True):
        read = int(probabilities[place].argmax())
        show_ink(ax, images[place, 0], 1)
        ax.set_title(
            f"label {labels[place]}\nread as {read}\n{100 * probabilities[place, read]:.0f} % sure", fontsize=10
        )
        _bare(ax)
    return worst
