"""Deep stacks, figures and recorded results of chapter 10."""

import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import LogLocator

from coursebook import roles
from coursebook.convnet import DIGITS, RESULTS
from coursebook.drawing import grid, scrub

__all__ = ["DIGITS", "NumpyStack", "Trained", "cosines", "deep_stack", "recorded", "start", "train"]

State = dict[str, np.ndarray]
MOMENTUM = 0.1


def recorded() -> dict[str, Any]:
    """What `python benchmarks/batch_norm.py` found out."""
    return json.loads((RESULTS / "batch_norm.json").read_text("utf-8"))


# ---- fifty random layers ----


@dataclass(frozen=True)
class Signals:
    """What went through a stack, one number a layer."""

    activation: np.ndarray
    """Root mean square behind each ReLU."""
    gradient: np.ndarray
    """Root mean square of the gradient at each convolution's output."""
    cosine: np.ndarray
    """Mean cosine between the activations of two different images."""


def cosines(features: torch.Tensor) -> float:
    """The mean cosine of all pairs of rows of an (N, D) tensor."""
    unit = F.normalize(features, eps=1e-37)
    n = len(unit)
    return float(((unit @ unit.T).sum() - n) / (n * (n - 1)))


def deep_stack(
    images: np.ndarray, draw: Callable[..., np.ndarray], scale: float, *, normalize: bool,
    depth: int = 50, channels: int = 48, circular: bool = True, seed: int = 0,
) -> Signals:  # fmt: skip
    """Sends images through random 3 by 3 layers with ReLU, and a random gradient back.

    Args:
        images: (N, 1, H, W), mean 0 and deviation 1.
        draw: kaiming_normal(shape, rng).
        scale: factor on what `draw` gives.
        normalize: whether a batch normalization stands before each ReLU.
        depth: number of layers.
        channels: of every layer.
        circular: pad circularly, so that border pixels add up as many products as others; otherwise with zeros.
        seed: of the weights.
    """
    rng = np.random.default_rng(seed)
    x = torch.tensor(images, dtype=torch.float32)
    maps, outputs = [], []
    for _ in range(depth):
        weight = torch.tensor(scale * draw((channels, x.shape[1], 3, 3), rng), dtype=torch.float32)
        padded = F.pad(x, (1, 1, 1, 1), mode="circular" if circular else "constant")
        z = F.conv2d(padded, weight).requires_grad_()
        z.retain_grad()
        x = F.relu(F.batch_norm(z, None, None, training=True) if normalize else z)
        maps.append(z)
        outputs.append(x)
    gradient = torch.tensor(np.random.default_rng(seed + 1).standard_normal(x.shape), dtype=torch.float32)
    x.backward(gradient)
    arrived = [z.grad for z in maps if z.grad is not None]
    return Signals(
        np.array([y.detach().double().square().mean().sqrt().item() for y in outputs]),
        np.array([g.double().square().mean().sqrt().item() for g in arrived]),
        np.array([cosines(y.detach().flatten(1)) for y in outputs]),
    )


def figure_factors(signals: Mapping[str, Sequence[Signals]], expected: float) -> dict[str, np.ndarray]:
    """By what each layer multiplies the gradient on its way back, a dot a seed, the seeds' mean as a line.

    Args:
        signals: one `Signals` a seed, without and with normalization.
        expected: the factor that theory gives for wide normalized layers.

    Returns:
        {name: (seeds, depth - 1) factors}, the first layer's first.
    """
    _, ax = plt.subplots(figsize=(4.1, 2.9))
    found = {}
    for (name, runs), color, marker in zip(signals.items(), (roles.unnormalized, roles.normalized), "so", strict=True):
        factors = np.array([run.gradient[:-1] / run.gradient[1:] for run in runs])
        layers = np.arange(1, factors.shape[1] + 1)
        for row in factors:
            ax.plot(layers, row, marker, color=color, markersize=2.5, alpha=0.35)
        ax.plot(layers, factors.mean(0), color=color, linewidth=1.6, label=name)
        found[name] = factors
    ax.axhline(expected, color=roles.ink, linestyle="--", linewidth=1)
    ax.text(50, expected + 0.06, "√(π/(π − 1))", color=roles.ink, ha="right", va="bottom", fontsize=9)
    ax.set_xlabel("layer")
    ax.set_ylabel("factor on the gradient")
    ax.legend(loc="upper left", ncols=2, bbox_to_anchor=(0, 1.16), borderaxespad=0)
    plt.show()
    return found


# ---- a stack that is trained ----


def start(draw: Callable[..., np.ndarray], depth: int, scale: float = 1.0, seed: int = 0, channels: int = 16) -> State:
    """Filters times `scale`, scales 1, shifts 0, and a small linear layer for ten classes."""
    rng = np.random.default_rng(seed)
    state: State = {}
    for layer in range(depth):
        state[f"{layer}.filters"] = scale * draw((channels, channels if layer else 1, 3, 3), rng)
        state[f"{layer}.weight"], state[f"{layer}.bias"] = np.ones(channels), np.zeros(channels)
    state["fc.weight"] = rng.standard_normal((10, 4 * channels)) / np.sqrt(4 * channels)
    state["fc.bias"] = np.zeros(10)
    return state


def batches(count: int, size: int, epochs: int, seed: int) -> Iterator[np.ndarray]:
    """The places of each batch, every epoch in another order."""
    rng = np.random.default_rng(seed)
    for _ in range(epochs):
        order = rng.permutation(count)
        yield from (order[first : first + size] for first in range(0, count, size))


@dataclass
class Trained:
    """A stack in torch: its parameters, running statistics, and the losses on the way."""

    parameters: dict[str, torch.Tensor]
    running: list[tuple[torch.Tensor, torch.Tensor]]
    normalize: bool
    losses: list[float]

    @property
    def depth(self) -> int:
        """Convolutions in the stack."""
        return len(self.running)

    def forward(self, x: torch.Tensor, training: bool) -> torch.Tensor:
        """Logits: depth times conv, normalization or bias, ReLU; two 2 by 2 pools on the way; a linear layer."""
        for layer, (mean, var) in enumerate(self.running):
            filters, weight, bias = (self.parameters[f"{layer}.{name}"] for name in ("filters", "weight", "bias"))
            if self.normalize:
                x = F.conv2d(x, filters, padding=1)
                x = F.relu(F.batch_norm(x, mean, var, weight, bias, training, MOMENTUM))
            else:
                x = F.relu(F.conv2d(x, filters, bias, padding=1))
            if layer + 1 in (self.depth // 3, 2 * self.depth // 3):
                x = F.max_pool2d(x, 2)
        return F.linear(x.flatten(1), self.parameters["fc.weight"], self.parameters["fc.bias"])

    def accuracy(self, images: np.ndarray, labels: np.ndarray) -> float:
        """The share that is read rightly, in evaluation."""
        kind = self.parameters["fc.weight"].dtype
        with torch.no_grad():
            read = self.forward(torch.tensor(images, dtype=kind), training=False).argmax(1)
        return float((read.numpy() == labels).mean())


def train(
    state: Mapping[str, np.ndarray], images: np.ndarray, labels: np.ndarray, *, normalize: bool, lr: float,
    epochs: int = 1, seed: int = 0, steps: int | None = None, dtype: torch.dtype = torch.float32,
) -> Trained:  # fmt: skip
    """Batches of 32, momentum 0.9, no weight decay."""
    p = {name: torch.tensor(value, dtype=dtype, requires_grad=True) for name, value in state.items()}
    depth = sum(name.endswith(".filters") for name in state)
    channels = len(state["0.bias"])
    running = [(torch.zeros(channels, dtype=dtype), torch.ones(channels, dtype=dtype)) for _ in range(depth)]
    net = Trained(p, running, normalize, [])
    optimizer = torch.optim.SGD(list(p.values()), lr=lr, momentum=0.9)
    x, y = torch.tensor(images, dtype=dtype), torch.tensor(labels)
    for places in batches(len(images), 32, epochs, seed):
        if len(net.losses) == steps:
            break
        loss = F.cross_entropy(net.forward(x[places], training=True), y[places])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        net.losses.append(loss.item())
    return net


def answers(net: Trained, image: np.ndarray, label: int, mates: np.ndarray, size: int, draws: int = 100) -> np.ndarray:
    """The right digit's logit minus the largest other one, in training, in `draws` batches of random mates."""
    rng = np.random.default_rng(size)
    found = []
    for _ in range(draws):
        batch = np.concatenate([image[None], mates[rng.choice(len(mates), size - 1, replace=False)]])
        found.append(margin(net, batch, label, training=True))
    return np.array(found)


def margin(net: Trained, batch: np.ndarray, label: int, *, training: bool) -> float:
    """By how much the first image's right logit leads. The running statistics stay as they were."""
    before = [(mean.clone(), var.clone()) for mean, var in net.running]
    with torch.no_grad():
        logits = net.forward(torch.tensor(batch, dtype=net.parameters["fc.weight"].dtype), training)[0].numpy()
    net.running = before
    return float(logits[label] - np.delete(logits, label).max())


class NumpyStack:
    """The same normalized stack out of the course's functions, which `tools` holds by name."""

    def __init__(self, state: Mapping[str, np.ndarray], tools: Mapping[str, Callable[..., Any]]) -> None:
        """Copies the parameters; running statistics start at 0 and 1."""
        self.p = {name: np.array(value, dtype=float) for name, value in state.items()}
        self.velocity = {name: np.zeros_like(value) for name, value in self.p.items()}
        self.tools = tools
        self.depth = sum(name.endswith(".filters") for name in state)
        self.running = [(np.zeros_like(b), np.ones_like(b)) for b in (self.p["0.bias"],) * self.depth]

    def step(self, images: np.ndarray, labels: np.ndarray, lr: float) -> float:
        """One step of training; returns the loss before it."""
        t, p, kept, x = self.tools, self.p, [], images
        for layer in range(self.depth):
            z = t["conv2d"](x, p[f"{layer}.filters"], padding=1)
            normed, *new = t["batch_norm2d"](z, *self.running[layer], p[f"{layer}.weight"], p[f"{layer}.bias"], True)
            self.running[layer] = (new[0], new[1])
            rectified = t["relu"](normed)
            pooled = layer + 1 in (self.depth // 3, 2 * self.depth // 3)
            kept.append((x, z, normed, rectified, pooled))
            x = t["max_pool2d"](rectified, 2) if pooled else rectified
        flat = x.reshape(len(x), -1)
        loss, grad = t["softmax_cross_entropy"](t["linear"](flat, p["fc.weight"], p["fc.bias"]), labels)
        grads = {}
        grad, grads["fc.weight"], grads["fc.bias"] = t["linear_backward"](grad, flat, p["fc.weight"])
        grad = grad.reshape(x.shape)
        for layer in reversed(range(self.depth)):
            x, z, normed, rectified, pooled = kept[layer]
            grad = t["max_pool2d_backward"](grad, rectified, 2) if pooled else grad
            grad = t["relu_backward"](grad, normed)
            grad, grads[f"{layer}.weight"], grads[f"{layer}.bias"] = t["batch_norm2d_backward"](
                grad, z, p[f"{layer}.weight"]
            )
            grad, grads[f"{layer}.filters"], _ = t["conv2d_backward"](grad, x, p[f"{layer}.filters"], padding=1)
        for name, value in p.items():
            p[name], self.velocity[name] = t["sgd_momentum_step"](value, grads[name], self.velocity[name], lr)
        return loss


# ---- figures ----

STYLES = {
    "double": (roles.double, "^"),
    "Kaiming": (roles.kaiming, "o"),
    "without the 2": (roles.without_two, "s"),
    "half": (roles.half, "v"),
}


def _through_layers(ax: Axes, lines: Mapping[str, np.ndarray], title: str, back: bool) -> None:
    """One line for each start, drawn from the layer where the signal enters: the last one on the way back."""
    for name, values in lines.items():
        color, marker = STYLES[name]
        order = slice(None, None, -1 if back else 1)
        drawn = ax.semilogy(
            np.arange(1, len(values) + 1)[order], values[order], color=color, marker=marker, markersize=4,
            markevery=(0, 7), label=name, linewidth=1.5,
        )  # fmt: skip
        scrub(drawn, "layers back" if back else "layers", 1, len(values))
    ax.set_title(title)
    ax.yaxis.set_major_locator(LogLocator(numticks=6))
    ax.minorticks_off()
    ax.grid(axis="y")


def figure_sizes(runs: Mapping[tuple[str, bool], Signals], what: str, label: str) -> None:
    """One line for each start, without normalization above and with it below; `what` is a field of Signals."""
    _, axes = plt.subplots(2, 1, figsize=(3.9, 5), sharex=True, height_ratios=(3, 2))
    for ax, normalized in zip(axes, (False, True), strict=True):
        lines = {name: getattr(runs[name, normalized], what) for name in STYLES}
        title = "with batch normalization" if normalized else "without normalization"
        _through_layers(ax, lines, title, back=what == "gradient")
        ax.set_ylabel(label)
    if what == "activation":
        axes[1].set_ylim(0.05, 20)
    axes[0].legend(ncols=2, loc="lower left", bbox_to_anchor=(0, 1.15), borderaxespad=0, fontsize=8.5)
    axes[1].set_xlabel("layer")


def figure_cosines(plain: Signals, normalized: Signals) -> None:
    """How alike the activations of different images are, behind each layer."""
    _, ax = plt.subplots(figsize=(3.9, 2.6))
    layers = np.arange(1, len(plain.cosine) + 1)
    ax.plot(layers, plain.cosine, color=roles.kaiming, marker="o", markevery=7, label="Kaiming alone")
    ax.plot(
        layers, normalized.cosine, color=roles.normalized, marker="s", markevery=7, label="with batch normalization"
    )
    ax.set_ylim(0, 1.05)
    ax.set_xlabel("layer")
    ax.set_ylabel("mean cosine")
    ax.legend(loc="center right", bbox_to_anchor=(1, 0.56), fontsize=8.5)
    ax.grid(axis="y")


def figure_axes(n: int = 3, c: int = 4) -> dict[str, int]:
    """All maps of a batch, images down and channels across, four times, with one mean's maps filled.

    Returns:
        how many means each normalization takes, two groups for the last.
    """
    kinds: dict[str, tuple[Callable[[int, int], bool], int]] = {
        "batch": (lambda i, j: j == 1, c),
        "layer": (lambda i, j: i == 1, n),
        "instance": (lambda i, j: i == 1 and j == 1, n * c),
        "group": (lambda i, j: i == 1 and j < 2, n * 2),
    }
    _, axes = plt.subplots(2, 2, figsize=(3.8, 3.7))
    for ax, (name, (inside, means)) in zip(axes.flat, kinds.items(), strict=True):
        for i, j, cell in itertools.product(range(n), range(c), range(9)):
            corner = (1.25 * j + cell % 3 / 3, 1.25 * i + cell // 3 / 3)
            color, alpha = (roles.window, 0.5) if inside(i, j) else (roles.muted, 0.06)
            ax.add_patch(Rectangle(corner, 1 / 3, 1 / 3, facecolor=color, alpha=alpha, edgecolor="none"))
            ax.add_patch(Rectangle(corner, 1 / 3, 1 / 3, fill=False, edgecolor=roles.line, linewidth=0.6))
        for i, j in itertools.product(range(n), range(c)):
            edge = roles.window if inside(i, j) else roles.muted
            ax.add_patch(Rectangle((1.25 * j, 1.25 * i), 1, 1, fill=False, edgecolor=edge, linewidth=1))
        ax.set_title(f"{name}: {means} means", fontsize=9.5)
        ax.text(-0.15, 1.25 * n / 2, "N images", rotation=90, ha="right", va="center", fontsize=9, color=roles.muted)
        ax.text(1.25 * c / 2, 1.25 * n - 0.1, "C channels", ha="center", va="top", fontsize=9, color=roles.muted)
        ax.set_xlim(-0.7, 1.25 * c)
        ax.set_ylim(1.25 * n + 0.35, -0.1)
        ax.set_aspect("equal")
        ax.set_axis_off()
    return {name: means for name, (_, means) in kinds.items()}


def figure_running(track: np.ndarray, batch: np.ndarray, target: float, other: np.ndarray) -> None:
    """A running mean's approach, beside the batches' own means, for two momenta."""
    _, ax = plt.subplots(figsize=(3.9, 3.1))
    steps = np.arange(1, len(batch) + 1)
    ax.plot(steps, batch, ".", color=roles.muted, markersize=4, label="mean of the batch")
    ax.plot(np.arange(len(track)), track, color=roles.SERIES[0], label="running mean, momentum 0.1")
    ax.plot(np.arange(len(other)), other, color=roles.SERIES[1], linestyle="--", linewidth=1.4, label="the same, 0.01")
    ax.axhline(target, color=roles.ink, linewidth=0.9, linestyle=":")
    ax.set_xlabel("updates")
    ax.set_ylabel("mean")
    ax.set_ylim(-0.15, max(batch.max(), target) * 1.25)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), fontsize=8.5)


def figure_mates(answers: Mapping[int, np.ndarray], alone: float) -> None:
    """One image's answer in many batches of several sizes, and its answer in evaluation."""
    _, ax = plt.subplots(figsize=(3.9, 2.6))
    rng = np.random.default_rng(0)
    for row, values in enumerate(answers.values()):
        ax.plot(values, row + rng.uniform(-0.25, 0.25, len(values)), ".", color=roles.training, markersize=4, alpha=0.5)
    ax.axvline(alone, color=roles.evaluation, linewidth=1.6)
    ax.text(alone, -0.75, " in evaluation", color=roles.evaluation, va="center", fontsize=9)
    ax.set_yticks(range(len(answers)), [f"batch of {size}" for size in answers])
    ax.set_ylim(len(answers) - 0.4, -1.1)
    ax.set_xlabel("right logit minus the largest other")


def figure_paths(rows: Sequence[tuple[str, np.ndarray]]) -> None:
    """Rows of four numbers that add up, with their names; the last one is their sum."""
    _, ax = plt.subplots(figsize=(4.1, 2.5))
    peak = max(float(np.abs(values).max()) for _, values in rows)
    for i, (name, values) in enumerate(rows):
        last = i == len(rows) - 1
        y = 1.2 * i + (0.3 if last else 0)
        grid(ax, values[None], origin=(0, y), shade=True, peak=peak)
        ax.text(-0.2, y + 0.5, name, ha="right", va="center", color=roles.ink)
    ax.set_xlim(-3.1, len(rows[0][1]) + 0.1)


def figure_training(curves: Mapping[str, Sequence[Sequence[float]]], a_step: int = 45) -> None:
    """Losses of every step, smoothed over 15, several seeds a name."""
    _, ax = plt.subplots(figsize=(3.9, 2.9))
    looks = ((roles.unnormalized, "--"), (roles.normalized, "-"))
    for (name, runs), (color, style) in zip(curves.items(), looks, strict=True):
        for k, losses in enumerate(runs):
            smooth = np.convolve(losses, np.ones(15) / 15, mode="valid")
            ax.plot(
                (np.arange(len(smooth)) + 15) / a_step, smooth, color=color, linestyle=style, linewidth=1.3,
                label=name if k == 0 else None,
            )  # fmt: skip
    ax.axhline(np.log(10), color=roles.muted, linewidth=0.9, linestyle=":")
    ax.text(5, np.log(10) + 0.08, "log 10: a guess", color=roles.muted, fontsize=8.5, va="bottom", ha="right")
    ax.set_ylim(0, 2.75)
    ax.set_xlabel("epoch")
    ax.set_ylabel("training loss")
    ax.legend(loc="lower left", bbox_to_anchor=(0.2, 0.44))
