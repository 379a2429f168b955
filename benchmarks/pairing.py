"""Does it matter which map of x is added to which map of F(x)? Trains small ResNets with the usual and with permuted pairings.

    python benchmarks/pairing.py                 some minutes on one thread
    python benchmarks/pairing.py --quick         one seed and a few steps, into a file of your choice (--output)

Each seed trains ResNet-8 twice, on the same pictures in the same order: once adding map c to map c, once adding map c of x to map
p(c) of F(x), with a permutation p drawn for each block and kept. Afterwards it permutes the pairing of the trained networks, alone and
together with the last filters. Results go to benchmarks/results/pairing.json. It needs torch, NumPy and Fashion-MNIST.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import json
import platform
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "book")]

from benchmarks import degradation
from solutions.networks import BasicBlock, CifarResNet

SETTINGS = dataclasses.replace(
    degradation.SMALL, pictures=4_000, iterations=240, milestones=(160, 210), log_every=40, test_every=10_000
)
SEEDS = 10


def blocks(model: CifarResNet) -> list[BasicBlock]:
    """The model's blocks, in the order in which x passes them."""
    return [module for module in model.modules() if isinstance(module, BasicBlock)]


def draw(model: CifarResNet, seed: int) -> list[torch.Tensor]:
    """One permutation of the output channels for each block, none of which keeps a channel in its place."""
    generator = torch.Generator().manual_seed(seed)
    found = []
    for block in blocks(model):
        count = block.conv2.out_channels
        order = torch.randperm(count, generator=generator)
        places = torch.empty(count, dtype=torch.int64)
        places[order] = order.roll(1)  # one cycle through all channels: no channel stays
        found.append(places)
    return found


def repair(model: CifarResNet, pairing: list[torch.Tensor]) -> None:
    """From now on map c of x is added to map pairing[c] of F(x)."""
    for block, places in zip(blocks(model), pairing, strict=True):
        block.bn2.register_forward_hook(lambda module, inputs, output, places=places: output[:, places])


def permute_filters(model: CifarResNet, pairing: list[torch.Tensor]) -> None:
    """Moves each block's last filters, and their normalization, to where the pairing looks for them."""
    with torch.no_grad():
        for block, places in zip(blocks(model), pairing, strict=True):
            for tensor in (block.conv2.weight, *block.bn2.parameters(), block.bn2.running_mean, block.bn2.running_var):
                tensor[places] = tensor.clone()


def trained(
    seed: int, permuted: bool, settings: degradation.Settings, data: tuple, test: tuple
) -> tuple[CifarResNet, dict]:
    """One network after training, and its curves."""
    model = degradation.build(8, True, settings, seed)
    if permuted:
        repair(model, draw(model, seed))
    return model, degradation.train(model, settings, seed, data, test)


def same_start(settings: degradation.Settings, data: tuple, steps: int) -> dict[str, float]:
    """Both pairings from the same function: losses of `steps` steps in float64, and how far they drift apart."""
    losses = []
    for permuted in (False, True):
        model = degradation.build(8, True, settings, 0).double()
        if permuted:
            pairing = draw(model, 0)
            repair(model, pairing)
            permute_filters(model, pairing)
        optimizer = torch.optim.SGD(model.parameters(), settings.learning_rate, settings.momentum)
        losses.append([])
        for step in range(steps):
            part = slice(step * settings.batch, (step + 1) * settings.batch)
            loss = F.cross_entropy(model(data[0][part].double()), data[1][part])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses[-1].append(float(loss.detach()))
    gap = max(abs(a - b) for a, b in zip(*losses, strict=True))
    return {"steps": steps, "first_loss": losses[0][0], "last_loss": losses[0][-1], "largest_difference": gap}


def measure(settings: degradation.Settings, seeds: int, steps: int) -> dict:
    """All of it."""
    cpu = torch.device("cpu")
    data = degradation.tensors("train", settings.side, settings.pictures, cpu)
    test = degradation.tensors("test", settings.side, None, cpu)
    started = time.perf_counter()
    result: dict = {"straight": [], "permuted": [], "pairing_changed_afterwards": [], "with_its_filters": []}
    for seed in range(seeds):
        for name in ("straight", "permuted"):
            model, run = trained(seed, name == "permuted", settings, data, test)
            result[name].append({key: run[key] for key in ("final_train_error", "final_test_error")})
            if name == "straight":
                pairing = draw(model, 1000 + seed)
                repair(model, pairing)
                result["pairing_changed_afterwards"].append(degradation.error(model, *test))
                permute_filters(model, pairing)
                result["with_its_filters"].append(degradation.error(model, *test))
        print(f"seed {seed}: {result['straight'][-1]} {result['permuted'][-1]}", flush=True)
    result["same_start"] = same_start(settings, data, steps)
    return {
        "made_by": "python benchmarks/pairing.py",
        "machine": f"{platform.machine()}, {torch.get_num_threads()} thread",
        "torch": torch.__version__,
        "python": platform.python_version(),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "seconds": round(time.perf_counter() - started),
        "network": "CifarResNet(8, option A, width 8), 14x14 pictures",
        "data": "Fashion-MNIST, Xiao, Rasul and Vollgraf 2017, arXiv:1708.07747",
        "settings": dataclasses.asdict(settings),
        **result,
    }


def main() -> None:
    """Reads the arguments, trains, writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one seed, a few steps")
    parser.add_argument("--output", type=Path, default=degradation.RESULTS / "pairing.json")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    settings, seeds = (
        (dataclasses.replace(SETTINGS, iterations=4, milestones=(2,)), 1) if arguments.quick else (SETTINGS, SEEDS)
    )
    result = measure(settings, seeds, 2 if arguments.quick else 20)
    arguments.output.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    print(f"{arguments.output}: {result['seconds']} s")


if __name__ == "__main__":
    main()
