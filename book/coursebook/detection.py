"""Boxes of chapter 14: how much two overlap, which are kept, and a picture of them."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
from matplotlib.patches import Rectangle
from sklearn.datasets import load_sample_image

from coursebook import roles

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in pixels; rows count downward."""
GRID = 7
"""Cells a side of the first YOLO."""
BOXES: tuple[tuple[Box, float], ...] = (
    ((84, 40, 224, 180), 0.92),
    ((104, 60, 234, 200), 0.75),
    ((140, 186, 240, 213), 0.60),
)
"""Boxes and scores as a detector might give them for flower.jpg at half its size; drawn by hand."""


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes: 1 where they are the same, 0 where they are apart."""
    wide = max(0.0, min(one[2], other[2]) - max(one[0], other[0]))
    high = max(0.0, min(one[3], other[3]) - max(one[1], other[1]))
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return wide * high / (areas - wide * high)


def keep_best(boxes: Sequence[tuple[Box, float]], limit: float) -> list[int]:
    """Places of the boxes that are kept: best first, without those that overlap a kept one by more than `limit`."""
    kept: list[int] = []
    for place in sorted(range(len(boxes)), key=lambda place: -boxes[place][1]):
        if all(overlap(boxes[place][0], boxes[other][0]) <= limit for other in kept):
            kept.append(place)
    return kept


def cell(box: Box, size: tuple[int, int]) -> tuple[int, int]:
    """Row and column of the `GRID` × `GRID` cell that holds the middle of a box, in a picture of (height, width)."""
    middle = (box[1] + box[3]) / 2, (box[0] + box[2]) / 2
    return int(GRID * middle[0] / size[0]), int(GRID * middle[1] / size[1])


def figure_boxes(limit: float) -> list[int]:
    """The photograph twice: with boxes and scores, and with YOLO's cells. Returns the places that are kept."""
    picture = load_sample_image("flower.jpg")[:426:2, ::2]
    high, wide = picture.shape[:2]
    kept = keep_best(BOXES, limit)
    _, axes = plt.subplots(2, 1, figsize=(4.1, 5.6))
    for ax in axes:
        ax.imshow(picture, alpha=0.55)
        ax.set_xticks([])
        ax.set_yticks([])
        ax.spines[:].set_visible(False)
    for place, (box, score) in enumerate(BOXES):
        color, style = (roles.right, "-") if place in kept else (roles.wrong, "--")
        axes[0].add_patch(
            Rectangle(
                box[:2], box[2] - box[0], box[3] - box[1], fill=False, edgecolor=color, linestyle=style, linewidth=2
            )
        )
        text = f"{'ABC'[place]} {score:.2f}"
        at = (box[0] + 3, box[1] + 5) if place != 1 else (box[2] - 3, box[1] + 5)
        axes[0].text(
            *at, text, color=color, fontsize=10, va="top", ha="left" if place != 1 else "right",
            bbox={"facecolor": roles.line, "edgecolor": "none", "pad": 1.5, "alpha": 1},
        )  # fmt: skip
    axes[0].set_xlabel("boxes and their scores")
    for line in range(1, GRID):
        axes[1].axhline(high * line / GRID - 0.5, color=roles.ink, linewidth=0.7)
        axes[1].axvline(wide * line / GRID - 0.5, color=roles.ink, linewidth=0.7)
    for place in kept:
        box = BOXES[place][0]
        row, column = cell(box, (high, wide))
        axes[1].add_patch(
            Rectangle(
                (column * wide / GRID - 0.5, row * high / GRID - 0.5), wide / GRID, high / GRID,
                facecolor=roles.right, alpha=0.6,
            )
        )  # fmt: skip
        axes[1].add_patch(
            Rectangle(box[:2], box[2] - box[0], box[3] - box[1], fill=False, edgecolor=roles.right, linewidth=2)
        )
    axes[1].set_xlabel("7 × 7 cells; filled: those that answer")
    plt.show()
    return kept
