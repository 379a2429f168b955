"""What is left of a trained network when blocks are taken out of it, one or many, without any further training?

    python benchmarks/deletion.py                   trains a plain-20 first: half an hour on one core, minutes on a GPU
    python benchmarks/deletion.py --state FILE      keeps the plain network's weights in FILE, and reads them when they are there

The residual network is the ResNet-20 that the exercises ship (solutions/resnet/given/resnet20.npz); the plain one is trained in the same
way, with the same seed, pictures and schedule, and no shortcuts. A block that is taken out hands its input on as its shortcut would: as
it came, or, where shapes change, every second pixel with maps of zeros. All 2^9 choices of blocks are tried on the first 2,000 test pictures.
Batch normalization's running means and variances were collected with all blocks in place. So whole networks, and those without one block,
are also counted with statistics that were collected anew, from the first 3,000 training pictures, with every weight as it was.
Results go to benchmarks/results/deletion.json. It needs torch, NumPy and Fashion-MNIST.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "book")]

from benchmarks import degradation
from solutions.networks import BasicBlock, CifarResNet, PadShortcut

SETTINGS = degradation.WEIGHTS
PICTURES = 2_000
RENEWED_FROM = 3_000
SHIPPED = ROOT / "solutions" / "resnet" / "given" / "resnet20.npz"


def passed_by(block: BasicBlock, x: torch.Tensor) -> torch.Tensor:
    """What follows a block that has been taken out: its shortcut alone, option A where a plain block changes shapes."""
    if hasattr(block, "downsample"):
        return F.relu(block.downsample(x))
    changes = block.conv1.stride != (1, 1) or block.conv1.in_channels != block.conv2.out_channels
    return F.relu(PadShortcut(block.conv2.out_channels, block.conv1.stride[0])(x)) if changes else x


@torch.no_grad()
def mistakes(model: CifarResNet, x: torch.Tensor, y: torch.Tensor) -> list[int]:
    """How many pictures the model gets wrong without each set of its blocks.

    Args:
        model: in evaluation mode.
        x: (N, C, H, W) pictures.
        y: (N,) classes.

    Returns:
        2^blocks counts; bit b of an index says that block b, counted from the input, is taken out.
    """
    blocks = [*model.layer1, *model.layer2, *model.layer3]
    found = [0] * 2 ** len(blocks)

    def follow(h: torch.Tensor, number: int, out: int) -> None:
        if number == len(blocks):
            found[out] = int((model.fc(h.mean((2, 3))).argmax(1) != y).sum())
            return
        follow(blocks[number](h), number + 1, out)
        follow(passed_by(blocks[number], h), number + 1, out | 1 << number)

    follow(F.relu(model.bn1(model.conv1(x))), 0, 0)
    return found


def deletions(model: CifarResNet, x: torch.Tensor, y: torch.Tensor, part: int = 500) -> list[int]:
    """`mistakes` over all pictures, `part` at a time, with batch normalization folded away."""
    model = copy.deepcopy(model).eval()
    for block in (model, *model.layer1, *model.layer2, *model.layer3):
        for conv, norm in (("conv1", "bn1"), ("conv2", "bn2")):
            if hasattr(block, conv):
                setattr(block, conv, fuse_conv_bn_eval(getattr(block, conv), getattr(block, norm)))
                setattr(block, norm, torch.nn.Identity())
    counted = [mistakes(model, *pair) for pair in zip(x.split(part), y.split(part), strict=True)]
    return [sum(column) for column in zip(*counted, strict=True)]


class Around(torch.nn.Module):
    """A block that has been taken out, where it was."""

    def __init__(self, block: BasicBlock) -> None:
        super().__init__()
        self._block = [block]  # in a list: its layers are not this module's

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Returns what `passed_by` does."""
        return passed_by(self._block[0], x)


def without(model: CifarResNet, number: int | None) -> CifarResNet:
    """A copy of the model without its block of this number, counted from the input; a whole one for None."""
    copied = copy.deepcopy(model)
    if number is not None:
        stages = (copied.layer1, copied.layer2, copied.layer3)
        stage, place = divmod(number, len(stages[0]))
        stages[stage][place] = Around(stages[stage][place])
    return copied.eval()


@torch.no_grad()
def renew(model: torch.nn.Module, pictures: torch.Tensor, batch: int) -> None:
    """Collects every running mean and variance of the model anew, from pictures alone: the mean over all batches.

    Args:
        model: gets the new statistics; nothing else of it changes. It is in evaluation mode afterwards.
        pictures: (N, C, H, W), prepared as test pictures are.
        batch: pictures at a time, as in training.
    """
    norms = [module for module in model.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    kept = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # every batch counts alike
    model.train()
    for part in pictures.split(batch):
        model(part)
    model.eval()
    for norm, momentum in zip(norms, kept, strict=True):
        norm.momentum = momentum


@torch.no_grad()
def renewed(model: CifarResNet, pictures: torch.Tensor, x: torch.Tensor, y: torch.Tensor, batch: int) -> list[int]:
    """How many of the pictures `x` a model gets wrong with renewed statistics: whole first, then without each block."""
    found = []
    for number in (None, *range(len(model.layer1) * 3)):
        one = without(model, number)
        renew(one, pictures, batch)
        found.append(
            sum(int((one(part).argmax(1) != of).sum()) for part, of in zip(x.split(500), y.split(500), strict=True))
        )
    return found


def shipped(device: torch.device) -> CifarResNet:
    """The ResNet-20 of the exercises."""
    with np.load(SHIPPED, allow_pickle=False) as file:
        state = {name: torch.tensor(file[name]) for name in file.files if name != "about"}
    model = CifarResNet(20, inputs=1)
    missing, unexpected = model.load_state_dict(state, strict=False)
    if unexpected or any(not name.endswith("num_batches_tracked") for name in missing):
        raise ValueError(f"{SHIPPED} is no ResNet-20: missing {missing}, unexpected {unexpected}")
    return model.to(device).eval()


def plain(settings: degradation.Settings, device: torch.device, state: Path | None) -> CifarResNet:
    """A plain-20 that is trained as the shipped ResNet-20 was; its weights are read from `state`, or kept there."""
    model = degradation.build(20, False, settings, 0).to(device)
    if state is not None and state.exists():
        model.load_state_dict(torch.load(state, map_location=device, weights_only=True))
        return model
    training = degradation.tensors("train", settings.side, settings.pictures, device)
    test = degradation.tensors("test", settings.side, None, device)
    degradation.train(model, settings, 0, training, test, say=True)
    if state is not None:
        torch.save(model.state_dict(), state)
    return model


def main() -> None:
    """Reads the arguments, trains what is not there, counts, writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--state", type=Path, default=None, help="where the plain network's weights are, or go")
    parser.add_argument("--device", default="auto", help="auto, cuda or cpu")
    parser.add_argument("--output", type=Path, default=degradation.RESULTS / "deletion.json")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    device = degradation.pick_device(arguments.device)
    x, y = degradation.tensors("test", SETTINGS.side, PICTURES, device)
    networks = {"plain": plain(SETTINGS, device, arguments.state), "residual": shipped(device)}
    record = degradation.about(SETTINGS, device, "python benchmarks/deletion.py")
    record |= {"seed": 0, "pictures": len(y), "blocks": ["1.0", "1.1", "1.2", "2.0", "2.1", "2.2", "3.0", "3.1", "3.2"]}
    record |= {"wrong": {name: deletions(model, x, y) for name, model in networks.items()}}
    training, _ = degradation.tensors("train", SETTINGS.side, RENEWED_FROM, device)
    again = {name: renewed(model, training, x, y, SETTINGS.batch) for name, model in networks.items()}
    record |= {"renewed": {"pictures": len(training), "wrong": again}}
    arguments.output.write_text(
        json.dumps(record, separators=(",", ":")).replace('"wrong"', '\n"wrong"', 1) + "\n", "utf-8"
    )
    for name, wrong in record["wrong"].items():
        alone = [f"{wrong[1 << block] / len(y):.1%}" for block in range(9)]
        print(f"{name}: whole {wrong[0] / len(y):.1%}, without one block {', '.join(alone)}")
        first, *rest = [f"{count / len(y):.1%}" for count in again[name]]
        print(f"{name}, statistics renewed: whole {first}, without one block {', '.join(rest)}")


if __name__ == "__main__":
    main()
