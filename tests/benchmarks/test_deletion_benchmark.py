"""Blocks taken out: what is left is the shortcut, every set is counted, and the record is the shipped network's."""

import dataclasses
import json

import pytest
import torch

from benchmarks import degradation, deletion
from tests.conftest import ROOT, skip_or_fail

CPU = torch.device("cpu")
RECORD = json.loads((ROOT / "benchmarks" / "results" / "deletion.json").read_text("utf-8"))


def _network(residual):
    torch.manual_seed(1)
    model = degradation.build(8, residual, degradation.SMALL, 0)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 1.5)
            module.bias.data.normal_()
    return model.eval()


@pytest.mark.parametrize("residual", [True, False])
def test_every_set_of_blocks_is_counted_as_a_network_without_them(residual):
    model = _network(residual)
    x, y = torch.randn(40, 1, 12, 10), torch.arange(40) % 10
    found = deletion.deletions(model, x, y, part=16)
    assert len(found) == 8
    for out in range(8):
        h = torch.relu(model.bn1(model.conv1(x)))
        for number, (block, channels) in enumerate(
            zip((model.layer1, model.layer2, model.layer3), (8, 16, 32), strict=True)
        ):
            if not out >> number & 1:
                h = block(h)
            elif number:
                small = h[:, :, ::2, ::2]
                h = torch.cat([small, small.new_zeros(len(x), channels - small.shape[1], *small.shape[2:])], 1)
        assert found[out] == int((model.fc(h.mean((2, 3))).argmax(1) != y).sum())
    assert len(set(found)) > 1


def test_counting_leaves_the_network_as_it_was():
    model = _network(True)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    deletion.deletions(model, torch.randn(8, 1, 8, 8), torch.zeros(8, dtype=torch.int64))
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_the_record_is_whole_and_of_the_shipped_network():
    from coursebook import fashion

    assert {name: len(wrong) for name, wrong in RECORD["wrong"].items()} == {"plain": 512, "residual": 512}
    assert RECORD["pictures"] == deletion.PICTURES
    assert RECORD["settings"] == json.loads(json.dumps(dataclasses.asdict(degradation.WEIGHTS)))
    try:
        x, y = degradation.tensors("test", 28, 300, CPU)
    except fashion.DataError as error:
        skip_or_fail(str(error))
    model = deletion.shipped(CPU)
    with torch.no_grad():
        for out in (0, 1 << 0, 1 << 8):
            h = torch.relu(model.bn1(model.conv1(x)))
            for number, block in enumerate((*model.layer1, *model.layer2, *model.layer3)):
                h = deletion.passed_by(block, h) if out >> number & 1 else block(h)
            wrong = int((model.fc(h.mean((2, 3))).argmax(1) != y).sum())
            share = RECORD["wrong"]["residual"][out] / RECORD["pictures"]
            assert wrong / len(y) == pytest.approx(share, abs=4 * (share * (1 - share) / len(y)) ** 0.5)


@pytest.mark.parametrize("residual", [True, False])
def test_a_network_without_a_block_has_its_statistics_renewed_and_nothing_else(residual):
    model = _network(residual)
    x, y, pictures = torch.randn(40, 1, 12, 10), torch.arange(40) % 10, torch.randn(48, 1, 12, 10)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    found = deletion.renewed(model, pictures, x, y, 16)
    assert len(found) == 4
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    one = deletion.without(model, 1)
    assert torch.equal(one.layer2[0](x.repeat(1, 8, 1, 1)), deletion.passed_by(model.layer2[0], x.repeat(1, 8, 1, 1)))
    assert torch.equal(one.layer3[0](x.repeat(1, 16, 1, 1)), model.layer3[0](x.repeat(1, 16, 1, 1)))
    deletion.renew(one, pictures, 16)
    assert not one.training
    assert one.bn1.momentum == model.bn1.momentum
    first = model.conv1(pictures).detach()
    torch.testing.assert_close(one.bn1.running_mean, first.mean((0, 2, 3)))
    by_batch = torch.stack([part.var((0, 2, 3)) for part in first.split(16)])
    torch.testing.assert_close(one.bn1.running_var, by_batch.mean(0))
    assert found[2] == int((one(x).argmax(1) != y).sum())
    assert all(
        torch.equal(value, before[name])
        for name, value in one.state_dict().items()
        if "running" not in name and "tracked" not in name
    )
