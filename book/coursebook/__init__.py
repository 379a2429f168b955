"""What the executed pages of the book share: colors, drawings of grids, and the assignments' solutions.

>>> from coursebook import grid, palette, show_image, solution
"""

from coursebook import palette
from coursebook.drawing import grid, show_image
from coursebook.solutions import SolutionError, solution

__all__ = ["SolutionError", "grid", "palette", "show_image", "solution"]
