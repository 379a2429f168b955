"""The path of the course, and the map of it that the front page shows."""

import itertools
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.patches import Circle

from coursebook import palette


@dataclass(frozen=True)
class Chapter:
    """One stop: its file's name and the words on the map."""

    name: str
    title: str
    gives: str


PARTS: tuple[tuple[str, str, tuple[Chapter, ...]], ...] = (
    ("I", "Filter arithmetic", (
        Chapter("filter_arithmetic", "Filter arithmetic", "what one filter computes"),
        Chapter("padding", "Padding", "what happens at the border"),
        Chapter("stride", "Stride", "the output's size, exactly"),
    )),
    ("II", "Channel depth", (
        Chapter("channels", "Channels", "filters as deep as their input"),
        Chapter("grouped_convolution", "Grouped convolution", "fewer weights, fewer products"),
        Chapter("pooling", "Pooling", "shrinking, and how far a neuron sees"),
    )),
    ("III", "Fast, and trainable", (
        Chapter("im2col", "im2col", "one matrix product instead of loops"),
        Chapter("backward", "Backward", "gradients where windows overlap"),
        Chapter("convnet", "A network that learns", "97 % on digits, in NumPy alone"),
        Chapter("batch_norm", "Batch normalization", "deep stacks that train"),
    )),
    ("IV", "Depth", (
        Chapter("degradation", "Degradation", "why deeper was worse"),
        Chapter("resnet", "ResNet", "shortcuts that are added"),
        Chapter("densenet", "DenseNet", "shortcuts that are concatenated"),
        Chapter("beyond", "Beyond", "where else they turn up"),
    )),
)  # fmt: skip

_COLORS = (palette.blue, palette.green, palette.orange, palette.purple)


def draw_path(ax: Axes) -> None:
    """Draws the fourteen chapters as stops on one line, colored by part."""
    y, number = 0.0, 0
    stops: list[float] = []
    for (part, name, chapters), color in zip(PARTS, _COLORS, strict=True):
        ax.text(0.5, y, f"Part {part}: {name}", color=color, weight="bold", va="center", size=10.5)
        y += 0.85
        for chapter in chapters:
            number += 1
            ax.add_patch(Circle((0, y), 0.24, facecolor=color, edgecolor=color, zorder=3))
            ax.text(0.5, y - 0.17, f"{number}  {chapter.title}", color=palette.ink, va="center", size=10)
            ax.text(0.5, y + 0.23, chapter.gives, color=palette.muted, va="center", size=8.5)
            stops.append(y)
            y += 0.98
        y += 0.12
    for above, below in itertools.pairwise(stops):
        ax.plot([0, 0], [above + 0.24, below - 0.24], color=palette.muted, linewidth=1.6, zorder=1)
    ax.set_xlim(-0.4, 6.4)
    ax.set_ylim(y - 0.3, -0.5)
    ax.set_aspect("equal")
    ax.set_axis_off()
