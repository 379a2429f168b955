"""What the executed pages of the book share: colors, drawings of grids, and the assignments' solutions.

>>> from coursebook import grid, panels, roles, show_image, show_ink, show_table, solution

Names come when they are asked for, so that `coursebook.fashion`, which needs NumPy only, can be imported where
matplotlib is missing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coursebook import palette, roles
    from coursebook.drawing import grid, panels, show_image, show_ink
    from coursebook.solutions import SolutionError, solution
    from coursebook.tables import show_table

__all__ = [
    "SolutionError", "grid", "palette", "panels", "roles", "show_image", "show_ink", "show_table", "solution",
]  # fmt: skip

_HOMES = {
    "SolutionError": "coursebook.solutions",
    "grid": "coursebook.drawing",
    "panels": "coursebook.drawing",
    "show_image": "coursebook.drawing",
    "show_ink": "coursebook.drawing",
    "show_table": "coursebook.tables",
    "solution": "coursebook.solutions",
}


def __getattr__(name: str) -> Any:
    """Imports what `from coursebook import NAME` asks for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'coursebook' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
