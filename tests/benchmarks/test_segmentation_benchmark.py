"""The made task and its training command: masks fit their pictures, and a quick run writes what the page reads."""

import json
import subprocess
import sys

import numpy as np
import torch

from benchmarks import segmentation
from tests.conftest import ROOT

RESULT = ROOT / "benchmarks" / "results" / "segmentation.json"


def test_pictures_are_brighter_on_their_figures_and_repeat():
    x, y = segmentation.pictures(50, 3)
    assert x.shape == (50, 1, 32, 32)
    assert y.shape == (50, 32, 32)
    assert 0.02 < y.mean() < 0.5
    assert abs(x[:, 0][y == 1].mean() - 1) < 0.05
    assert abs(x[:, 0][y == 0].mean()) < 0.05
    assert np.array_equal(segmentation.pictures(50, 3)[0], x)


def test_intersection_over_union_is_one_for_the_mask_itself_and_what_is_counted_otherwise():
    # A network that does nothing but compare each pixel with 0.5: its skip and its head alone.
    center = torch.zeros(1, 1, 3, 3, dtype=torch.float64)
    center[0, 0, 1, 1] = 1.0
    none = torch.zeros(1, dtype=torch.float64)
    state = {"down1.weight": center, "down1.bias": none, "bottom.weight": 0 * center, "bottom.bias": none}
    state |= {"up1.weight": torch.cat([center, 0 * center], 1), "up1.bias": none}
    state |= {"head.weight": torch.tensor([0.0, 1.0]).double().reshape(2, 1, 1, 1)}
    state |= {"head.bias": torch.tensor([0.5, 0.0]).double()}
    y = torch.zeros(1, 4, 4, dtype=torch.int64)
    y[0, 1, :3] = 1
    x = y[:, None].double()
    assert segmentation.intersection_over_union(state, x, y, True) == 1
    x[0, 0, 3, 3] = 1
    x[0, 0, 1, 0] = 0
    assert segmentation.intersection_over_union(state, x, y, True) == 2 / 4


def test_quick_run_writes_the_same_fields_as_the_committed_result(tmp_path):
    path = tmp_path / "quick.json"
    command = [sys.executable, str(ROOT / "benchmarks" / "segmentation.py"), "--quick", "--output", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    quick, committed = json.loads(path.read_text("utf-8")), json.loads(RESULT.read_text("utf-8"))
    assert set(quick["about"]) == set(committed["about"])
    assert set(quick["runs"][0]) == set(committed["runs"][0])
    assert {run["kind"] for run in quick["runs"]} == {run["kind"] for run in committed["runs"]}
    with np.load(path.with_suffix(".npz")) as one, np.load(RESULT.with_suffix(".npz")) as other:
        assert one.files == other.files
        assert all(one[name].shape == other[name].shape for name in one.files)


def test_further_runs_are_those_that_were_recorded_and_are_taken_up_again(tmp_path, monkeypatch):
    recorded = json.loads((RESULT.parent / "segmentation-more.json").read_text("utf-8"))["runs"]
    assert {(run["rate"], run["steps"], run["seed"], run["kind"]) for run in recorded} == {
        (*setting, kind) for setting in segmentation.MORE for kind in segmentation.KINDS
    }
    monkeypatch.setattr(segmentation, "MORE", [(1e-3, 1, 0)])
    path = tmp_path / "more.json"
    device = torch.device("cpu")
    segmentation.train_more(device, path)
    first = path.read_text("utf-8")
    assert [set(run) for run in json.loads(first)["runs"]] == [set(recorded[0])] * 3
    monkeypatch.setattr(segmentation, "train", None)
    segmentation.train_more(device, path)
    assert path.read_text("utf-8") == first
