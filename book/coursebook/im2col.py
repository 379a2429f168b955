"""Figures and tables of chapter 7."""

import json
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

from coursebook import roles
from coursebook.drawing import grid
from coursebook.tables import show_table

RESULT = Path(__file__).resolve().parents[2] / "benchmarks" / "results" / "convolution.json"
MARKS = {
    "im2col": ("o", roles.im2col),
    "view, tap by tap": ("s", roles.tap_by_tap),
    "view": ("v", roles.view),
    "FFT": ("^", roles.fft),
    "loops": ("X", roles.loops),
    "torch": ("D", roles.torch),
}
"""Marker and color of each way to compute a convolution."""
WAYS = ("loops", "view", "FFT", "view, tap by tap", "im2col", "torch")


def measured() -> dict[str, Any]:
    """What `benchmarks/convolution.py` wrote."""
    return json.loads(RESULT.read_text("utf-8"))


def figure_columns(x: np.ndarray, columns: np.ndarray) -> None:
    """A 4 by 4 image with two of its 3 by 3 windows, and the four columns; columns are (9, 4)."""
    _, ax = plt.subplots(figsize=(4.2, 3.9))
    grid(ax, x, windows=[(0, 0, 3, 3)], title="image", origin=(0, 2))
    grid(ax, columns, windows=[(0, 0, 9, 1)], title="columns", origin=(5.8, 0))
    for (row, column), at, tone in (((0, 0), (0, 2), roles.SERIES[0]), ((1, 0), (0, 2), roles.SERIES[1])):
        ax.add_patch(
            Rectangle((at[0] + column, at[1] + row), 3, 3, fill=False, linewidth=2.4, edgecolor=tone, zorder=3)
        )
    ax.add_patch(Rectangle((7.8, 0), 1, 9, fill=False, linewidth=2.4, edgecolor=roles.SERIES[1], zorder=3))
    ax.text(4.9, 4.2, "→", ha="center", va="center", fontsize=16)
    ax.text(6.3, 9.2, "(0, 0)", ha="center", va="top", color=roles.SERIES[0], fontsize=9)
    ax.text(8.3, 9.2, "(1, 0)", ha="center", va="top", color=roles.SERIES[1], fontsize=9)
    ax.set_ylim(9.9, -1.1)


def figure_product(filters: int, depth: int, places: int) -> None:
    """The three matrices of one product, to scale: filters, columns and outputs."""
    _, ax = plt.subplots(figsize=(4.1, 1.5))
    gap = 120
    boxes = (
        ((depth + gap, 0), (places, depth), roles.window, f"columns, {depth} × {places:,}"),
        ((0, depth + gap), (depth, filters), roles.taps, f"filters\n{filters} × {depth}"),
        ((depth + gap, depth + gap), (places, filters), roles.result, f"outputs, {filters} × {places:,}"),
    )
    for (left, top), (width, height), tone, text in boxes:
        ax.add_patch(Rectangle((left, top), width, height, facecolor=tone, alpha=0.2, edgecolor="none"))
        ax.add_patch(Rectangle((left, top), width, height, fill=False, edgecolor=tone, linewidth=1.2))
        y, side = {"c": (top + height / 2, "center"), "f": (top + height + 30, "top"), "o": (top + height + 30, "top")}[
            text[0]
        ]
        ax.text(left + width / 2, y, text, ha="center", va=side, color=tone, fontsize=9)
    ax.set_xlim(-60, depth + gap + places + 20)
    ax.set_ylim(depth + gap + filters + 260, -20)
    ax.set_aspect("equal")
    ax.set_axis_off()


def figure_addresses(height: int = 3, width: int = 4, k: int = 2) -> list[list[int]]:
    """Memory of a height by width image as one row, and where four windows of a view read. Returns the addresses."""
    windows = [(i, j) for i in (0, 1) for j in (0, 1)]
    places = [[(i + u) * width + j + v for u in range(k) for v in range(k)] for i, j in windows]
    tones = roles.SERIES[:4]
    _, ax = plt.subplots(figsize=(4.1, 2))
    grid(ax, np.arange(height * width)[None, :])
    for line, (window, reads, tone) in enumerate(zip(windows, places, tones, strict=True)):
        y = 1.75 + 0.75 * line
        ax.plot([reads[0] + 0.5, reads[-1] + 0.5], [y, y], color=roles.line, zorder=1)
        ax.scatter([p + 0.5 for p in reads], [y] * len(reads), color=tone, s=28, zorder=2)
        ax.text(-0.4, y, f"window {window}", ha="right", va="center", color=tone, fontsize=9)
    ax.text(-0.4, 0.5, "memory", ha="right", va="center", fontsize=9)
    ax.set_xlim(-3.7, height * width + 0.1)
    ax.set_ylim(4.5, -0.2)
    return places


def figure_wrap(row: np.ndarray, taps: np.ndarray) -> np.ndarray:
    """Circular correlation of a row: whole windows, and those that wrap around. Returns all outputs."""
    n, k = len(row), len(taps)
    reads = (np.arange(n)[:, None] + np.arange(k)) % n
    outputs = row[reads] @ taps
    good = n - k + 1
    _, ax = plt.subplots(figsize=(4.2, 3))
    grid(ax, row[None, :], title="row")
    grid(ax, outputs[None, :], origin=(0, 5.6), cells=[(0, i) for i in range(good, n)], color=roles.missed)
    starts = ((0, roles.window), (good - 1, roles.window), (good + 1, roles.missed))
    for line, (start, tone) in enumerate(starts):
        y = 1.6 + 0.9 * line
        for pixel in reads[start]:
            ax.add_patch(Rectangle((pixel + 0.06, y), 0.88, 0.5, facecolor=tone, alpha=0.4, edgecolor=tone))
        ax.text(n + 0.25, y + 0.25, f"window {start}", va="center", color=tone, fontsize=9)
    ax.text(0, 5.35, "outputs", ha="left", va="bottom")
    ax.set_xlim(-0.1, n + 2.7)
    ax.set_ylim(6.8, -1.1)
    return outputs


def show_times(data: dict[str, Any]) -> None:
    """Shows torch's milliseconds, and the others' times over torch's."""
    rows = []
    for layer in data["layers"]:
        s = layer["seconds"]
        ratio = {name: seconds / s["torch"] for name, seconds in s.items()}
        times = [f"{ratio['im2col']:.1f}×", f"{ratio['view, tap by tap']:.1f}×", f"{ratio['view']:.0f}×"]
        times += [f"{ratio['FFT']:.0f}×", f"{ratio['loops']:,.0f}×"]
        rows.append((layer["name"].replace("×", " × "), f"{1e3 * s['torch']:.2f} ms", *times))
    show_table(("layer", "torch", "im2col", "taps", "view", "FFT", "loops"), rows, narrow="names-above")


def _short(name: str) -> str:
    return name.replace("ResNet-50 ", "ResNet ").replace("×", " × ")


def figure_ratios(data: dict[str, Any]) -> None:
    """Each way's time over torch's, one line a layer, on a logarithmic axis."""
    _, ax = plt.subplots(figsize=(4.1, 4))
    names = [_short(layer["name"]) for layer in data["layers"]]
    shown = [way for way in MARKS if way != "torch"]
    for shift, way in zip(np.linspace(-0.24, 0.24, len(shown)), shown, strict=True):  # so that no mark covers another
        marker, tone = MARKS[way]
        ratios = [layer["seconds"][way] / layer["seconds"]["torch"] for layer in data["layers"]]
        ax.scatter(ratios, np.arange(len(names)) + shift, marker=marker, color=tone, s=26, label=way, zorder=3)
    ax.axvline(1, color=roles.torch, linewidth=1.6)
    ax.text(1.08, -0.72, "torch", color=roles.torch, ha="left", va="center", fontsize=9)
    ax.axvline(3, color=roles.muted, linewidth=1, linestyle=":")
    ax.set_xscale("log")
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -1)
    ax.grid(axis="x")
    ax.set_xlabel("time over torch's (dotted: 3)")
    ax.legend(loc="lower center", bbox_to_anchor=(0.32, 1.0), ncols=3, columnspacing=1, handletextpad=0.2, fontsize=8)


def roof(data: dict[str, Any], intensity: np.ndarray | float) -> np.ndarray | float:
    """What the machine allows at an intensity in FLOP per byte of main memory, in FLOP/s."""
    roofs = data["roofs"]
    return np.minimum(roofs["flops_per_s"], intensity * roofs["memory_bytes_per_s"])


def figure_roofline(data: dict[str, Any]) -> float:
    """Both measured roofs, and torch and im2col below them. Returns the ridge, in FLOP per byte."""
    roofs = data["roofs"]
    ridge = roofs["flops_per_s"] / roofs["memory_bytes_per_s"]
    intensity = np.geomspace(0.7, 400, 200)
    _, ax = plt.subplots(figsize=(4, 3.8))
    ax.plot(intensity, roof(data, intensity) / 1e9, color=roles.ink, linewidth=1.8)
    cached = np.minimum(roofs["flops_per_s"], intensity * roofs["cache_bytes_per_s"])
    ax.plot(intensity, cached / 1e9, color=roles.muted, linewidth=1.2, linestyle="--")
    for way, marker, tone in (("torch", *MARKS["torch"]), ("im2col", *MARKS["im2col"])):
        points = [(each["flops"] / each["bytes"][way], each["flops"] / each["seconds"][way]) for each in data["layers"]]
        ax.scatter(
            *zip(*[(x, y / 1e9) for x, y in points], strict=True), marker=marker, color=tone, s=32, label=way, zorder=3
        )
    slow = [(each["flops"] / each["bytes"]["view"], each["flops"] / each["seconds"]["view"]) for each in data["layers"]]
    ax.scatter(
        *zip(*[(x, y / 1e9) for x, y in slow], strict=True),
        marker=MARKS["view"][0],
        color=MARKS["view"][1],
        s=32,
        label="view (einsum)",
    )
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_ylim(0.1, 400)
    ax.text(380, roofs["flops_per_s"] / 1e9 * 1.12, "best matrix product", ha="right", va="bottom", fontsize=8.5)
    ax.text(4.6, 33, "main memory", fontsize=8, ha="left", va="top")
    ax.text(1.1, 31, "cache", color=roles.muted, fontsize=8, ha="right", va="bottom")
    ax.set_xlabel("FLOP per byte moved")
    ax.set_ylabel("GFLOP/s")
    ax.legend(loc="lower center", bbox_to_anchor=(0.45, 1.0), ncols=3, fontsize=8, columnspacing=1, handletextpad=0.2)
    return ridge


def figure_sweep(data: dict[str, Any]) -> list[int]:
    """Times for growing filters. Returns the sizes at which the FFT is faster than im2col."""
    _, ax = plt.subplots(figsize=(4.1, 3))
    sizes = [row["kernel_size"] for row in data["sweep"]]
    for way in ("im2col", "FFT", "torch"):
        marker, tone = MARKS[way]
        times = [1e3 * row["seconds"][way] for row in data["sweep"]]
        ax.plot(sizes, times, marker=marker, color=tone, markersize=4.5)
        place = {"im2col": "center", "FFT": "bottom", "torch": "top"}[way]
        ax.text(sizes[-1] * 1.12, times[-1], way, color=tone, va=place, fontsize=9)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlim(0.9, 75)
    ax.set_xticks(sizes, [str(k) for k in sizes])
    ax.minorticks_off()
    ax.set_xlabel("filter's height and width k")
    ax.set_ylabel("time (ms)")
    ax.grid(axis="y")
    return [row["kernel_size"] for row in data["sweep"] if row["seconds"]["FFT"] < row["seconds"]["im2col"]]
