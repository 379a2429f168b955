"""Chapter 12's NumPy network gives torch's numbers at every stage, from a file that torch saved."""

import dataclasses
import json
import sys

import numpy as np
import pytest
import torch
from torch import nn

from benchmarks import degradation, pairing, resnet_forward
from benchmarks.clothes import torch_logits
from solutions.networks import CifarResNet, resnet
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def book():
    """The book's loader of weights, and the solution's functions."""
    sys.path.insert(0, str(ROOT / "book"))
    try:
        from coursebook import resnet as helpers
        from coursebook import solution

        return helpers, solution("resnet")
    finally:
        sys.path.remove(str(ROOT / "book"))


def _telling(model: nn.Module, seed: int) -> nn.Module:
    """The model in float64 with statistics, scales and shifts that all show in its output."""
    generator = torch.Generator().manual_seed(seed)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            shape = module.running_mean.shape
            module.running_mean.copy_(0.3 * torch.randn(shape, generator=generator))
            module.running_var.copy_(0.5 + torch.rand(shape, generator=generator))
            module.weight.data.copy_(0.5 + 0.5 * torch.rand(shape, generator=generator))
            module.bias.data.copy_(0.3 * torch.randn(shape, generator=generator))
    return model.double().eval()


NETWORKS = {
    "CIFAR ResNet-20 A": (lambda: CifarResNet(20), (2, 3, 32, 30)),
    "CIFAR ResNet-20 B": (lambda: CifarResNet(20, "B"), (1, 3, 31, 32)),
    "CIFAR ResNet-56 A": (lambda: CifarResNet(56), (1, 3, 32, 32)),
    "ResNet-18": (lambda: resnet(18), (1, 3, 224, 224)),
    "ResNet-34": (lambda: resnet(34), (1, 3, 64, 50)),
    "ResNet-50": (lambda: resnet(50), (1, 3, 47, 64)),
}


@pytest.mark.parametrize(("make", "shape"), NETWORKS.values(), ids=list(NETWORKS))
def test_every_stage_is_torchs_with_weights_from_a_saved_file(make, shape, tmp_path, book):
    helpers, numpy_resnet = book
    torch.manual_seed(0)
    model = _telling(make(), 1)
    x = torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    torch.save(model.state_dict(), tmp_path / "weights.pth")
    state = helpers.load_state(tmp_path / "weights.pth")
    assert set(state) == {name for name in model.state_dict() if not name.endswith("num_batches_tracked")}
    with torch.no_grad():
        wanted = model.stages(x)
    got = helpers.stages(numpy_resnet, state, x.numpy())
    assert list(got) == list(wanted)
    for name, want in wanted.items():
        error = np.abs(got[name] - want.numpy()).max() / want.abs().max()
        assert error < 1e-8, f"{name}: relative error {error}"
    np.testing.assert_allclose(numpy_resnet.resnet_forward(state, x.numpy()), got["fc"], rtol=0, atol=0)


def test_a_state_without_a_network_is_refused(tmp_path, book):
    helpers, _ = book
    torch.save({"epoch": 3, "weights": [1, 2]}, tmp_path / "other.pth")
    with pytest.raises(ValueError, match="expected a state dict"):
        helpers.load_state(tmp_path / "other.pth")


def test_a_checkpoint_that_wraps_the_state_loads_too(tmp_path, book):
    helpers, _ = book
    model = CifarResNet(8, width=2)
    torch.save({"state_dict": {f"module.{k}": v for k, v in model.state_dict().items()}}, tmp_path / "wrapped.pth")
    state = helpers.load_state(tmp_path / "wrapped.pth")
    np.testing.assert_array_equal(state["fc.bias"], model.fc.bias.detach().numpy())


def test_the_pictures_beside_the_notebook_are_classified_as_recorded(book):
    _, numpy_resnet = book
    with np.load(ROOT / "solutions" / "resnet" / "given" / "resnet20.npz", allow_pickle=False) as file:
        about = json.loads(str(file["about"]))
        state = {name: file[name].astype(float) for name in file.files if name != "about"}
    with np.load(ROOT / "solutions" / "resnet" / "given" / "clothes.npz", allow_pickle=False) as file:
        pictures, logits = file["pictures"], file["logits"]
        assert "MIT License" in str(file["license"])
    assert pictures.dtype == np.uint8
    x = (pictures[:, None] / 255 - about["mean"]) / about["deviation"]
    np.testing.assert_allclose(torch_logits(state, x), logits, atol=1e-9)
    np.testing.assert_allclose(numpy_resnet.resnet_forward(state, x), logits, atol=1e-9)


def test_the_pairing_benchmark_runs_and_moving_filters_undoes_a_pairing(tmp_path, monkeypatch):
    def made(split, side, count, device):
        generator = torch.Generator().manual_seed(len(split))
        return torch.randn(48, 1, 8, 8, generator=generator), torch.arange(48) % 10

    monkeypatch.setattr(degradation, "tensors", made)
    settings = dataclasses.replace(pairing.SETTINGS, iterations=2, milestones=(1,), batch=16, width=4, pictures=48)
    found = pairing.measure(settings, 1, 3)
    assert found["with_its_filters"] == [found["straight"][0]["final_test_error"]]
    assert found["same_start"]["largest_difference"] < 1e-9
    assert len(found["permuted"]) == len(found["pairing_changed_afterwards"]) == 1


def test_the_time_benchmark_compares_the_same_answers(tmp_path):
    found = resnet_forward.measure(rounds=1, side=64)
    assert found["largest_relative_difference"] < 1e-4
    assert found["ratio"] == round(found["numpy_ms"] / found["torch_ms"], 2)
    assert found["threads"]["torch"] == 1
