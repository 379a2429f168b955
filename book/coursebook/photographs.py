"""The course's photographs, and how a response that has a sign is colored.

Both photographs come with scikit-learn: china.jpg by Flickr user danielbuechele and flower.jpg by Flickr user
vultilion, both CC BY 2.0. The pages that show one name its photographer in the caption.
"""

from functools import cache

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from sklearn.datasets import load_sample_image

from coursebook import palette

SIGNED = LinearSegmentedColormap.from_list("signed", [palette.blue, "white", palette.orange])
"""Blue below zero, white at zero, orange above."""

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
