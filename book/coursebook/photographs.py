"""The course's photographs, and how maps are colored.

Both photographs come with scikit-learn: china.jpg by Flickr user danielbuechele and flower.jpg by Flickr user
vultilion, both CC BY 2.0. The pages that show one name its photographer in the caption.
"""

from functools import cache

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, to_rgba
from sklearn.datasets import load_sample_image

from coursebook import palette, roles


def _from_nothing(color: str) -> list[tuple[float, float, float, float]]:
    """The color with no, and with all of its strength: at zero the page shines through, light or dark."""
    return [to_rgba(palette.both(color), 0), to_rgba(palette.both(color), 1)]


SIGNED = LinearSegmentedColormap.from_list("signed", [*_from_nothing(roles.minus)[::-1], *_from_nothing(roles.plus)])
"""The color of a minus below zero and of a plus above."""
MAPS = LinearSegmentedColormap.from_list("maps", _from_nothing(roles.plus))
"""For what has no sign."""

_LUMA = np.array([0.299, 0.587, 0.114])
_CROPS = {
    "pagoda": ("china.jpg", slice(70, 270), slice(90, 330)),
    "roof": ("china.jpg", slice(150, 250), slice(95, 245)),
    "flower": ("flower.jpg", slice(90, 250), slice(200, 400)),
}


@cache
def photograph(name: str = "pagoda") -> np.ndarray:
    """Returns a crop of a photograph as brightness from 0 to 1, read-only, (H, W) float64."""
    file, rows, columns = _CROPS[name]
    gray = load_sample_image(file)[rows, columns] / 255 @ _LUMA
    gray.setflags(write=False)
    return gray
