"""Fashion-MNIST, where it lies on the machine: 70,000 gray pictures of clothes, 28×28, in ten classes.

Source: Xiao, Rasul and Vollgraf, 2017, https://arxiv.org/abs/1708.07747; MIT license, Zalando SE. Nothing is ever
downloaded. It needs NumPy only.
"""

import gzip
import hashlib
import os
from pathlib import Path

import numpy as np

PLACES = (Path("/usr/share/datasets/fashion-mnist"),)
"""Where Debian's package dataset-fashion-mnist puts the files."""
VARIABLE = "FASHION_MNIST"
CLASSES = ("T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
CHECKSUMS = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
"""SHA-256 of the files without their compression, which differs between the places that offer them."""


class DataError(Exception):
    """The data are not there, or are not what they should be."""


def folder(place: str | os.PathLike[str] | None = None) -> Path:
    """The folder with the four files.

    Args:
        place: where to look; by default the folder that the environment variable FASHION_MNIST names, then `PLACES`.

    Raises:
        DataError: they are in none of these.
    """
    named = place if place is not None else os.environ.get(VARIABLE)
    tried = (Path(named),) if named else PLACES
    for path in tried:
        if all((path / f"{name}.gz").is_file() or (path / name).is_file() for name in CHECKSUMS):
            return path
    raise DataError(
        f"Fashion-MNIST is not in {' or '.join(str(path) for path in tried)}. On Debian and Ubuntu run "
        "`apt-get install dataset-fashion-mnist`; elsewhere put the four files that "
        "https://github.com/zalandoresearch/fashion-mnist lists into a folder (compressed or not) and name it in the "
        f"environment variable {VARIABLE}"
    )


def _read(path: Path, name: str) -> bytes:
    packed = path / f"{name}.gz"
    try:
        content = gzip.decompress(packed.read_bytes()) if packed.is_file() else (path / name).read_bytes()
    except (OSError, EOFError) as error:
        raise DataError(f"{packed} cannot be read: {error}; fetch it again") from error
    found = hashlib.sha256(content).hexdigest()
    if found != CHECKSUMS[name]:
        raise DataError(
            f"{path / name} is damaged or another file: its SHA-256 is {found}, "
            f"expected {CHECKSUMS[name]}; fetch it again"
        )
    return content


def load(split: str = "train", place: str | os.PathLike[str] | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The pictures and their classes.

    Args:
        split: "train" (60,000) or "test" (10,000).
        place: as `folder` takes it.

    Returns:
        (N, 28, 28) uint8 array, 0 for background to 255, and (N,) uint8 array, indices into `CLASSES`.

    Raises:
        DataError: the files are missing, or their checksum is wrong.
        ValueError: another split.
    """
    prefixes = {"train": "train", "test": "t10k"}
    if split not in prefixes:
        raise ValueError(f'expected the split "train" or "test", not {split!r}')
    path = folder(place)
    images = _read(path, f"{prefixes[split]}-images-idx3-ubyte")
    labels = _read(path, f"{prefixes[split]}-labels-idx1-ubyte")
    # An IDX file starts with 4 bytes for its kind and 4 for each axis.
    return np.frombuffer(images, np.uint8, offset=16).reshape(-1, 28, 28), np.frombuffer(labels, np.uint8, offset=8)
