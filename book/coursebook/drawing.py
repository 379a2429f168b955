"""Drawings that several chapters share: a matrix with its numbers, a photograph, and panels that a page may place."""

from collections.abc import Iterable, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.path import Path
from matplotlib.transforms import Affine2D

from coursebook import roles

Window = tuple[int, int, int, int]
"""A highlighted region: (first row, first column, rows, columns)."""


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    number = float(value)  # type: ignore[arg-type]
    if np.isnan(number):
        return ""
    return (f"{number:.0f}" if number.is_integer() else f"{number:.2g}").replace("-", "\N{MINUS SIGN}")


def grid(
    ax: Axes,
    array: object,
    *,
    title: str | None = None,
    windows: Iterable[Window] = (),
    cells: Iterable[tuple[int, int]] = (),
    border: int | Sequence[int] = 0,
    color: str = roles.plus,
    shade: bool = False,
    peak: float | None = None,
    origin: tuple[float, float] = (0.0, 0.0),
) -> None:
    """Draws a small matrix with its numbers in the cells, one unit a cell, row 0 at the top.

    Args:
        ax: the axes to draw on; the axis frame is removed and the aspect made equal.
        array: (H, W) numbers, or strings that are written as they are. NaN leaves a cell empty.
        title: a short line above the matrix.
        windows: regions (row, column, rows, columns) to outline in `color`.
        cells: (row, column) of single cells to fill with `color`, for example the taps of a dilated window.
        border: how many outer cells are padding, one number or (top, bottom, left, right); they are drawn
            dashed and muted.
        color: one of `roles`.
        shade: also tint each cell by its magnitude, strongest at the largest absolute value; negative
            cells are tinted `roles.minus`.
        peak: the magnitude of the strongest tint, so that several matrices share one scale.
        origin: (x, y) of the top left corner, to draw several matrices on one axes.
    """
    values = np.asarray(array)
    if values.ndim != 2:
        raise ValueError(f"grid draws a matrix with 2 axes, not an array of shape {values.shape}")
    rows, columns = values.shape
    top, bottom, left, right = (border,) * 4 if isinstance(border, int) else border
    x0, y0 = origin
    filled = set(cells)
    if peak is None:
        peak = float(np.nanmax(np.abs(values))) if shade and values.size else 0.0

    for row in range(rows):
        for column in range(columns):
            outside = not (top <= row < rows - bottom and left <= column < columns - right)
            corner = (x0 + column, y0 + row)
            if (row, column) in filled:
                ax.add_patch(Rectangle(corner, 1, 1, facecolor=color, alpha=0.25, edgecolor="none"))
            elif shade and peak:
                value = float(values[row, column])
                tint = roles.minus if value < 0 else color
                strength = 0.6 * abs(value) / peak
                ax.add_patch(Rectangle(corner, 1, 1, facecolor=tint, alpha=strength, edgecolor="none"))
            ax.add_patch(
                Rectangle(
                    corner, 1, 1, fill=False, linewidth=0.8,
                    edgecolor=roles.muted, linestyle=(0, (2, 2)) if outside else "solid",
                )
            )  # fmt: skip
            ax.text(
                corner[0] + 0.5, corner[1] + 0.5, _text(values[row, column]),
                ha="center", va="center_baseline", color=roles.muted if outside else roles.ink,
            )  # fmt: skip
    for row, column, height, width in windows:
        ax.add_patch(
            Rectangle((x0 + column, y0 + row), width, height, fill=False, linewidth=2.4, edgecolor=color, zorder=3)
        )
    if title is not None:
        ax.text(x0, y0 - 0.25, title, ha="left", va="bottom", color=roles.ink)

    # Widen the limits that earlier drawings on the same axes left, instead of replacing them.
    margin = 0.1
    box = (x0 - margin, x0 + columns + margin, y0 - margin - (0.9 if title else 0), y0 + rows + margin)
    if getattr(ax, "_coursebook_grid", False):
        (old_left, old_right), (old_bottom, old_top) = ax.get_xlim(), ax.get_ylim()
        box = (min(box[0], old_left), max(box[1], old_right), min(box[2], old_top), max(box[3], old_bottom))
    ax._coursebook_grid = True  # type: ignore[attr-defined]
    ax.set_xlim(box[0], box[1])
    ax.set_ylim(box[3], box[2])
    ax.set_aspect("equal")
    ax.set_axis_off()


_INK = LinearSegmentedColormap.from_list("ink", [(0, 0, 0, 0), (0, 0, 0, 0.9)])


def show_ink(ax: Axes, image: np.ndarray, high: float) -> None:
    """Shows what was written or drawn on paper, digits or clothes: ink that the page turns over in the dark theme.

    Args:
        ax: the axes to draw on.
        image: (H, W), 0 for paper.
        high: the value of the darkest ink.
    """
    ax.imshow(image, cmap=_INK, vmin=0, vmax=high)
    ax.set_gid(f"{ax.get_gid() or 'axes'}_ink")  # course_ext.figures makes a class of it


def show_image(
    ax: Axes,
    image: np.ndarray,
    *,
    title: str | None = None,
    limits: tuple[float, float] | None = None,
) -> None:
    """Shows a photograph or a filter's response without axes, in gray when it has one channel.

    Args:
        ax: the axes to draw on.
        image: (H, W) or (H, W, 3). Floats with three channels are expected in [0, 1].
        title: a short line above the image.
        limits: values drawn black and white; by default the image's smallest and largest. Give both images of
            a comparison the same limits.
    """
    low, high = limits if limits is not None else (None, None)
    ax.imshow(image, vmin=low, vmax=high)
    if title is not None:
        ax.set_title(title)
    ax.set_axis_off()


def scrub(lines: Iterable[Line2D], name: str, first: int, last: int) -> None:
    """Lets a reader draw lines up to a place, with a slider that the page puts below the figure.

    Args:
        lines: their points are evenly spaced in what runs along them; the first and the last are its ends.
        name: of what runs, in one word: step, layer.
        first: its value at the lines' first point. Other lines of the figure may begin elsewhere.
        last: and at their last.
    """
    for one in lines:
        one.set_gid(f"scrub_{name}_{first}_{last}")


class PanelFigure(Figure):
    """A figure whose axes the page may place one by one: three in a row on a desk, one below the other on a phone.

    When it is drawn, an empty rectangle is written for each axes, as wide as its column and as high as its row; the
    book's extension cuts the SVG along them (`course_ext.figures`). Other formats keep the figure as it is.
    """

    def draw(self, renderer: RendererBase) -> None:
        """Draws the figure, and the rectangles."""
        super().draw(renderer)
        boxes = [(ax, ax.get_tightbbox(renderer)) for ax in self.axes]
        spots = [(ax.get_subplotspec(), box) for ax, box in boxes]
        context = renderer.new_gc()
        context.set_linewidth(0)
        for number, (spot, _) in enumerate(spots):
            across = [box for other, box in spots if other.rowspan == spot.rowspan]
            down = [box for other, box in spots if other.colspan == spot.colspan]
            low, high = min(box.y0 for box in across), max(box.y1 for box in across)
            left, right = min(box.x0 for box in down), max(box.x1 for box in down)
            place = Affine2D().scale(right - left, high - low).translate(left, low)
            renderer.open_group("panel", gid=f"panel_{number}")
            renderer.draw_path(context, Path.unit_rectangle(), place)
            renderer.close_group("panel")
        context.restore()


def panels(rows: int, columns: int, size: tuple[float, float], **options: object) -> np.ndarray:
    """Axes that the page may place one by one.

    Args:
        rows: of the figure on paper.
        columns: of the figure on paper.
        size: (width, height) of one of them, in inches.
        **options: for `matplotlib.pyplot.subplots`.

    Returns:
        (rows, columns) axes, or (columns,) for a single row.
    """
    width, height = size
    _, axes = plt.subplots(
        rows, columns, figsize=(columns * width, rows * height), FigureClass=PanelFigure, **options  # type: ignore[arg-type]
    )  # fmt: skip
    for number, ax in enumerate(np.atleast_1d(axes).flat):
        ax.set_gid(f"panel_axes_{number}")
    return axes
