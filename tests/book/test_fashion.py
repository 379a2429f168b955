"""Fashion-MNIST is read where it lies, never fetched, and refused when it is not what it should be."""

import gzip
import hashlib

import numpy as np
import pytest
from coursebook import fashion


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with two training and two test pictures, compressed and not."""
    sums = {}
    for name, header, values in (
        ("train-images-idx3-ubyte", 16, np.arange(2 * 784) % 256),
        ("train-labels-idx1-ubyte", 8, np.array([3, 9])),
        ("t10k-images-idx3-ubyte", 16, np.arange(2 * 784)[::-1] % 256),
        ("t10k-labels-idx1-ubyte", 8, np.array([0, 1])),
    ):
        content = bytes(header) + values.astype(np.uint8).tobytes()
        sums[name] = hashlib.sha256(content).hexdigest()
        if name.startswith("train"):
            (tmp_path / f"{name}.gz").write_bytes(gzip.compress(content))
        else:
            (tmp_path / name).write_bytes(content)
    monkeypatch.setattr(fashion, "CHECKSUMS", sums)
    return tmp_path


def test_both_splits_are_read_compressed_or_not(place):
    images, labels = fashion.load("train", place)
    assert images.shape == (2, 28, 28)
    assert images[0, 0, :3].tolist() == [0, 1, 2]
    assert labels.tolist() == [3, 9]
    assert fashion.load("test", place)[0][1, 27, 27] == 0


def test_the_variable_names_the_folder(place, monkeypatch):
    monkeypatch.setenv(fashion.VARIABLE, str(place))
    assert fashion.folder() == place


def test_absent_files_are_named_with_what_to_do(tmp_path):
    with pytest.raises(fashion.DataError, match=r"apt-get install dataset-fashion-mnist.*FASHION_MNIST"):
        fashion.load("train", tmp_path)


def test_another_file_is_refused(place):
    path = place / "t10k-labels-idx1-ubyte"
    path.write_bytes(path.read_bytes()[:-1] + b"\x07")
    with pytest.raises(fashion.DataError, match="SHA-256"):
        fashion.load("test", place)


def test_a_cut_off_file_is_refused(place):
    path = place / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(fashion.DataError, match="cannot be read"):
        fashion.load("train", place)


def test_another_split_is_refused(place):
    with pytest.raises(ValueError, match="split"):
        fashion.load("validation", place)
