"""What the executed pages of the book share: colors, drawings of grids, and the assignments' solutions.

>>> from coursebook import grid, palette, show_image, solution
"""

import sys
from pathlib import Path

# Pages use the chapters' references, `from solutions.resnet import reference`, which are beside the book.
sys.path.append(str(Path(__file__).resolve().parents[2]))

from coursebook import palette
from coursebook.drawing import grid, show_image
from coursebook.solutions import SolutionError, solution

__all__ = ["SolutionError", "grid", "palette", "show_image", "solution"]
