"""The course's NumPy DenseNet agrees with torch's at every part, on the same weights, and memory is what is counted."""

import numpy as np
import pytest
import torch
from coursebook import solution

from solutions.dense_networks import DenseNet, cifar_densenet, densenet
from solutions.densenet import reference as reference
from solutions.densenet.questions import drawn_state

NETWORKS = {
    "DenseNet-121": (lambda: densenet(121), (1, 3, 64, 72)),
    "DenseNet-BC-100-12": (lambda: cifar_densenet(100, 12, True), (2, 3, 16, 12)),
    "DenseNet L40 k12": (lambda: cifar_densenet(40, 12), (2, 3, 12, 16)),
    "small": (lambda: DenseNet((2, 1), 3, 4, imagenet=False, classes=5, inputs=1), (3, 1, 9, 7)),
}


def _close(got, want):
    scale = np.abs(want).max()
    assert got.shape == want.shape
    assert np.abs(got - want).max() <= 1e-8 * scale


@pytest.mark.parametrize("name", NETWORKS)
def test_numpy_agrees_with_torch_at_every_part(name):
    ours = solution("densenet")
    make, shape = NETWORKS[name]
    model = make().double().eval()
    rng = np.random.default_rng(4)
    state = drawn_state(rng, model)
    model.load_state_dict({key: torch.tensor(value) for key, value in state.items()}, strict=False)
    x = rng.normal(size=shape)
    with torch.no_grad():
        stages = model.stages(torch.tensor(x))
    y = None
    for stage, want in stages.items():
        if stage.startswith("denseblock"):
            _close(ours.dense_block(y, ours.part(state, f"features.{stage}")), want.numpy())
        elif stage.startswith("transition"):
            _close(ours.transition(y, ours.part(state, f"features.{stage}")), want.numpy())
        y = want.numpy()
    logits = ours.densenet_forward(state, x)
    _close(logits, stages["classifier"].numpy())
    tensors = {key: torch.tensor(value) for key, value in state.items()}
    _close(reference.densenet_forward(tensors, torch.tensor(x)).numpy(), logits)


def test_a_state_saved_by_torch_loads_by_its_names(tmp_path):
    torch.manual_seed(0)
    model = DenseNet((2, 2), 3, 4, imagenet=True, classes=5).eval()
    torch.save(model.state_dict(), tmp_path / "dense.pth")
    loaded = torch.load(tmp_path / "dense.pth", weights_only=True)
    state = {name: value.numpy() for name, value in loaded.items()}
    x = np.random.default_rng(1).normal(size=(2, 3, 32, 40))
    with torch.no_grad():
        want = model.double()(torch.tensor(x)).numpy()
    _close(solution("densenet").densenet_forward(state, x), want)


@pytest.mark.parametrize("shared", [False, True])
def test_counted_bytes_are_those_of_the_arrays(shared):
    layers, inputs, growth, height, width = 5, 3, 2, 4, 6
    store = np.zeros((1, inputs + layers * growth, height, width), np.float32)
    views = [store[:, : inputs + number * growth] for number in range(layers + 1)]
    held = store.nbytes if shared else sum(view.copy().nbytes for view in views)
    assert solution("densenet").feature_memory(layers, inputs, growth, height, width, shared) == held
