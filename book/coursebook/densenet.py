"""Figures and tables of chapter 13."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.patches import Rectangle
from torch import nn

from coursebook import roles
from solutions.dense_networks import DenseNet

RESULTS = Path(__file__).resolve().parents[2] / "benchmarks" / "results"
TONES = (roles.muted, *roles.SERIES[:4])


def measured() -> dict[str, Any]:
    """What benchmarks/dense_memory.py recorded."""
    return json.loads((RESULTS / "dense_memory.json").read_text("utf-8"))


def figure_block(inputs: int, growth: int, layers: int) -> None:
    """Each layer's input as a row of maps, colored by the layer that made them."""
    _, ax = plt.subplots(figsize=(3.8, 2.6))
    for row in range(layers + 1):
        x = 0
        for made, count in enumerate([inputs] + [growth] * row):
            for _ in range(count):
                ax.add_patch(
                    Rectangle((x, row + 0.1), 0.85, 0.7, facecolor=TONES[made], alpha=0.35, edgecolor=TONES[made])
                )
                x += 1
        name = f"layer {row + 1} reads" if row < layers else "the block gives"
        ax.text(-0.4, row + 0.45, name, ha="right", va="center")
        ax.text(x + 0.25, row + 0.45, str(x), ha="left", va="center")
    ax.set_xlim(-6.3, inputs + growth * layers + 1.6)
    ax.set_ylim(layers + 1.1, -0.1)
    ax.axis("off")
    plt.show()


def figure_bottleneck(growth: int) -> None:
    """Weights of a layer with and without a bottleneck, against the channels that it reads."""
    channels = np.arange(growth, 33 * growth, growth)
    _, ax = plt.subplots(figsize=(3.8, 2.7))
    ax.plot(channels, 9 * channels * growth / 1000, color=roles.SERIES[1], label="3 × 3 alone")
    narrow = (4 * growth * channels + 36 * growth**2) / 1000
    ax.plot(channels, narrow, color=roles.SERIES[0], linestyle="--", label="1 × 1 to 4k, then 3 × 3")
    ax.set_xlabel("channels that the layer reads")
    ax.set_ylabel("weights, thousands")
    ax.legend()
    plt.show()


def channels_along(model: nn.Module) -> list[int]:
    """Channels behind the stem, each dense layer and each transition of a DenseNet."""
    found: list[int] = []
    for name, part in model.features.items():
        if name == "conv0":
            found.append(part.out_channels)
        elif name.startswith("denseblock"):
            for layer in part.values():
                found.append(found[-1] + layer(torch.empty(1, found[-1], 4, 4, device="meta")).shape[1])
        elif name.startswith("transition"):
            found.append(part.conv.out_channels)
    return found


def figure_channels(model: nn.Module) -> None:
    """How many maps there are after each layer of a DenseNet."""
    channels = channels_along(model)
    _, ax = plt.subplots(figsize=(3.8, 2.5))
    ax.step(range(len(channels)), channels, where="post", color=roles.SERIES[0])
    for at in [i for i in range(1, len(channels)) if channels[i] < channels[i - 1]]:
        ax.plot(at, channels[at], "o", color=roles.SERIES[1])
    ax.plot([], [], "o", color=roles.SERIES[1], label="after a transition")
    ax.set_xlabel("layer")
    ax.set_ylabel("maps")
    ax.legend()
    plt.show()


def figure_memory(rows: Sequence[dict[str, Any]], counted: Sequence[tuple[int, int]]) -> None:
    """NumPy's bytes, measured and counted, for copies and for one store."""
    layers = [row["layers"] for row in rows]
    _, ax = plt.subplots(figsize=(3.8, 2.7))
    ax.plot(layers, [row["numpy_copies"] / 2**20 for row in rows], "o", color=roles.copies, label="copies, measured")
    ax.plot(layers, [copies / 2**20 for copies, _ in counted], color=roles.copies, label="copies, counted")
    ax.plot(layers, [row["numpy_shared"] / 2**20 for row in rows], "s", color=roles.shared, label="one store, measured")
    ax.plot(layers, [one / 2**20 for _, one in counted], "--", color=roles.shared, label="one store, counted")
    ax.set_xlabel("layers in the block")
    ax.set_ylabel("MiB kept")
    ax.legend()
    plt.show()


def figure_recomputation(rows: Sequence[dict[str, Any]]) -> None:
    """What torch's autograd keeps, with and without recomputation."""
    layers = [row["layers"] for row in rows]
    _, ax = plt.subplots(figsize=(3.8, 2.6))
    ax.semilogy(layers, [row["torch_kept"] / 2**20 for row in rows], "o-", color=roles.copies, label="all kept")
    again = [row["torch_kept_recomputing"] / 2**20 for row in rows]
    ax.semilogy(layers, again, "s--", color=roles.shared, label="made again on the way back")
    ax.set_xlabel("layers in the block")
    ax.set_ylabel("MiB kept by autograd")
    ax.legend()
    plt.show()


def shapes(model: DenseNet, side: int) -> list[tuple[str, int, int]]:
    """(part, channels, height) behind each part of a network made on the meta device, for a square picture."""
    with torch.no_grad():
        parts = model.eval().stages(torch.empty(1, 3, side, side, device="meta"))
    return [(name, value.shape[1], value.shape[2]) for name, value in parts.items() if value.ndim == 4]


def parameters(model: nn.Module) -> int:
    """Learned numbers of a module."""
    return sum(parameter.numel() for parameter in model.parameters())


def kept_for_backward(make: Callable[[], nn.Module], side: int, channels: int = 3) -> int:
    """Bytes that torch's autograd keeps of one square float32 picture in training, without weights; computes no number.

    Args:
        make: makes the network.
        side: of the picture.
        channels: of the picture.
    """
    with torch.device("meta"):
        model, x = make().train(), torch.empty(1, channels, side, side)
    own = {value.untyped_storage()._cdata for value in (*model.parameters(), *model.buffers())}
    saved: dict[int, torch.Tensor] = {}

    def keep(value: torch.Tensor) -> torch.Tensor:
        place = value.untyped_storage()._cdata
        if place not in own:
            saved[place] = value  # two layers that keep the same array are one entry
        return value

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda value: value):
        model(x)
    return sum(value.untyped_storage().nbytes() for value in saved.values())


def figure_results(rows: Sequence[tuple[str, int, int, float]]) -> None:
    """Top-1 error of ResNets and DenseNets against their weights, and against the bytes kept of a picture.

    Args:
        rows: (name, parameters, bytes kept, error in %).
    """
    _, axes = plt.subplots(2, 1, figsize=(4.1, 5.4))
    axes[0].set_xlabel("weights, millions")
    axes[1].set_xlabel("kept of one 224 × 224 picture, MiB")
    looks = {"ResNet": (roles.residual, "o", "-"), "DenseNet": (roles.dense, "s", "--")}
    for ax, column, unit in zip(axes, (1, 2), (1e6, 2**20), strict=True):
        for family, (color, marker, style) in looks.items():
            own = [row for row in rows if row[0].startswith(f"{family}-")]
            places = [row[column] / unit for row in own]
            ax.plot(places, [row[3] for row in own], marker, color=color, linestyle=style, markersize=5, label=family)
            for row, place in zip(own, places, strict=True):
                left = (family == "DenseNet") == (column == 1)  # where no line passes
                ax.annotate(
                    row[0].split("-")[1], (place, row[3]), (-4, -12) if left else (3, 4), textcoords="offset points",
                    ha="right" if left else "left", color=color, fontsize=8.5,
                )  # fmt: skip
        ax.set_ylim(20, 29)
        ax.set_xlim(0, 1.1 * max(row[column] for row in rows) / unit)
        ax.set_ylabel("top-1 error in %")
        ax.legend(loc="upper right")
    plt.show()
