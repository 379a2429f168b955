"""Volumes drawn as slanted boxes: width to the right, height down, depth into the page."""

from matplotlib.axes import Axes
from matplotlib.patches import Polygon

from coursebook import roles

SLANT = (0.42, -0.34)
"""Where one step into the depth goes on the paper."""


def place(x: float, y: float, z: float, origin: tuple[float, float] = (0.0, 0.0)) -> tuple[float, float]:
    """The point on the paper of column x, row y and channel z."""
    return origin[0] + x + SLANT[0] * z, origin[1] + y + SLANT[1] * z


def volume(
    ax: Axes,
    size: tuple[float, float, float],
    *,
    at: tuple[float, float, float] = (0.0, 0.0, 0.0),
    origin: tuple[float, float] = (0.0, 0.0),
    color: str = roles.muted,
    alpha: float = 0.08,
    lines: bool = False,
    linewidth: float = 1.0,
    zorder: float = 1,
) -> None:
    """Draws a box of (columns, rows, channels).

    Args:
        ax: the axes to draw on; call `frame` when all is drawn.
        size: (columns, rows, channels) of the box.
        at: its first (column, row, channel).
        origin: (x, y) on the paper of column 0, row 0, channel 0.
        color: one of `roles`.
        alpha: how much of the color the faces show.
        lines: also draw the cells on the three faces.
        linewidth: of the edges.
        zorder: of the box; what has more covers what has less.
    """
    (x, y, z), (w, h, d) = at, size

    def face(*corners: tuple[float, float, float], shade: float) -> None:
        points = [place(*corner, origin) for corner in corners]
        ax.add_patch(Polygon(points, facecolor=color, alpha=min(1, alpha * shade), edgecolor="none", zorder=zorder))
        ax.add_patch(Polygon(points, fill=False, edgecolor=color, linewidth=linewidth, zorder=zorder + 0.1))

    def line(a: tuple[float, float, float], b: tuple[float, float, float]) -> None:
        (x0, y0), (x1, y1) = place(*a, origin), place(*b, origin)
        ax.plot([x0, x1], [y0, y1], color=roles.line, linewidth=0.7, zorder=zorder + 0.05)

    face((x, y, z), (x + w, y, z), (x + w, y + h, z), (x, y + h, z), shade=1.0)
    face((x, y, z), (x + w, y, z), (x + w, y, z + d), (x, y, z + d), shade=0.6)
    face((x + w, y, z), (x + w, y, z + d), (x + w, y + h, z + d), (x + w, y + h, z), shade=1.5)
    if lines:
        for k in range(1, int(w)):
            line((x + k, y, z), (x + k, y + h, z))
            line((x + k, y, z), (x + k, y, z + d))
        for k in range(1, int(h)):
            line((x, y + k, z), (x + w, y + k, z))
            line((x + w, y + k, z), (x + w, y + k, z + d))
        for k in range(1, int(d)):
            line((x, y, z + k), (x + w, y, z + k))
            line((x + w, y, z + k), (x + w, y + h, z + k))


def frame(ax: Axes, left: float, right: float, top: float, bottom: float) -> None:
    """Sets the paper's limits, y down, and hides the axes."""
    ax.set_xlim(left, right)
    ax.set_ylim(bottom, top)
    ax.set_aspect("equal")
    ax.set_axis_off()


def arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], color: str = roles.muted) -> None:
    """A thin arrow from start to end."""
    ax.annotate("", end, start, arrowprops={"arrowstyle": "->", "color": color, "linewidth": 1.4})
