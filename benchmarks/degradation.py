"""Trains plain and residual stacks of growing depth on Fashion-MNIST, and keeps every curve.

    python benchmarks/degradation.py curves                      what two CPU cores can do in about an hour
    python benchmarks/degradation.py curves --preset full        on a GPU: 28x28 pictures, He et al.'s recipe, a quarter as long
    python benchmarks/degradation.py rates --threads 1           the same stacks at five learning rates each: five hours on one core
    python benchmarks/degradation.py lengths --threads 1         plain-56 once more: how long its first filter bank grows
    python benchmarks/degradation.py weights                     a ResNet-20 for the chapter on ResNet

Curves go to benchmarks/results/degradation-PRESET.json, those of `rates` to degradation-rates.json, lengths to degradation-lengths-PRESET.json, one entry a run; a run that is there already is not repeated, so that a
stopped command goes on where it was. Weights go to solutions/resnet/given/resnet20.npz. Both say on which device, with which versions, seeds and
settings they were made. It needs torch and NumPy, and Fashion-MNIST (see book/coursebook/fashion.py).
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "book")]

from coursebook import fashion

from autograde.exam.oracle import device_name, pick_device
from solutions.networks import CifarResNet

RESULTS = ROOT / "benchmarks" / "results"


@dataclass(frozen=True)
class Settings:
    """How one network is trained.

    Attributes:
        side: pixels of a picture's side; below 28 the 28x28 picture is averaged down.
        pictures: how many of the 60,000 training pictures are used.
        width: channels of the first stage.
        iterations: steps of stochastic gradient descent.
        milestones: iterations at which the learning rate is divided by 10.
        augment: whether pictures are shifted by up to 2 pixels and mirrored at random.
        log_every: iterations between two entries of the training curve.
        test_every: iterations between two entries of the test curve.
    """

    side: int
    pictures: int
    width: int
    iterations: int
    milestones: tuple[int, ...]
    augment: bool
    log_every: int
    test_every: int
    batch: int = 128
    learning_rate: float = 0.1
    momentum: float = 0.9
    weight_decay: float = 1e-4


SMALL = Settings(14, 10_000, 8, 800, (400, 600), False, 20, 80)
FULL = Settings(28, 60_000, 16, 16_000, (8_000, 12_000), True, 100, 500)
WEIGHTS = Settings(28, 60_000, 16, 1_410, (940, 1_250), True, 47, 470)
PRESETS = {"small": SMALL, "full": FULL}
DEPTHS = (8, 20, 32, 56)
HELD_OUT = 5_000
"""The last so many of the 60,000 training pictures: `rates` judges a learning rate by them, and no network is trained on them."""


@dataclass(frozen=True)
class Rate:
    """One way to choose the learning rate.

    Attributes:
        name: how results name it.
        learning_rate: at the start, or once the warm-up is over.
        warm_up: iterations at a tenth of it before, as He et al. warm up their ResNet-110.
        steps: whether it is divided by 10 at the settings' milestones.
    """

    name: str
    learning_rate: float
    warm_up: int = 0
    steps: bool = True


LENGTHS_AT = (1, 2, 5, 10, 30, 100, 400, 800)
"""The iterations before whose step `lengths` measures."""
RATES = (
    Rate("0.1", 0.1),
    Rate("0.1 after warm-up", 0.1, warm_up=100),
    Rate("0.03", 0.03),
    Rate("0.01", 0.01),
    Rate("0.01, constant", 0.01, steps=False),
)
NETWORKS = (
    ("plain", 56),
    ("plain", 20),
    ("residual", 20),
    ("residual", 56),
    *((kind, depth) for depth in (8, 32) for kind in ("plain", "residual")),
)
"""The order in which `rates` trains them: what tells most comes first."""


def tensors(split: str, side: int, count: int | None, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures (N, 1, side, side), with mean 0 and deviation 1 over the training set, and classes (N,)."""
    images, labels = fashion.load(split)
    x = torch.tensor(images[:count], device=device)[:, None].float() / 255
    x = F.adaptive_avg_pool2d(x, side) if side != 28 else x
    mean, deviation = (0.2860, 0.3530) if side == 28 else (0.2860, 0.3301)
    return (x - mean) / deviation, torch.tensor(labels[:count], dtype=torch.int64, device=device)


def augmented(x: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Each picture shifted by up to 2 pixels and mirrored with probability 1/2; one draw a picture."""
    count, side = len(x), x.shape[-1]
    padded = F.pad(x, (2, 2, 2, 2), value=float(x.min()))
    windows = padded.unfold(2, side, 1).unfold(3, side, 1)[:, 0]
    shift = torch.randint(0, 5, (2, count), generator=generator)
    moved = windows[torch.arange(count, device=x.device), shift[0].to(x.device), shift[1].to(x.device)][:, None]
    mirrored = (torch.rand(count, generator=generator) < 0.5).to(x.device)
    return torch.where(mirrored[:, None, None, None], moved.flip(3), moved)


def build(depth: int, residual: bool, settings: Settings, seed: int) -> CifarResNet:
    """A network with He et al.'s initial weights: normal, deviation sqrt(2 / (outputs * kernel area))."""
    torch.manual_seed(seed)
    model = CifarResNet(depth, residual=residual, width=settings.width, inputs=1)
    for module in model.modules():
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return model.to(memory_format=torch.channels_last)


def gradient_norms(model: CifarResNet) -> list[float]:
    """The norm of the loss's gradient with respect to each 3x3 filter bank, first layer first."""
    return [
        round(float(module.weight.grad.norm()), 6)
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Conv2d) and "downsample" not in name and module.weight.grad is not None
    ]


@torch.no_grad()
def error(model: CifarResNet, x: torch.Tensor, y: torch.Tensor) -> float:
    """The share of pictures that the model, in evaluation mode, gets wrong."""
    model.eval()
    wrong = sum(
        int((model(part).argmax(1) != want).sum()) for part, want in zip(x.split(500), y.split(500), strict=True)
    )
    model.train()
    return round(wrong / len(y), 5)


def train(
    model: CifarResNet,
    settings: Settings,
    seed: int,
    training: tuple[torch.Tensor, torch.Tensor],
    test: tuple[torch.Tensor, torch.Tensor],
    say: bool = False,
    warm_up: int = 0,
    watch: Callable[[int, CifarResNet], None] | None = None,
) -> dict:
    """Trains `model` in place and returns its curves; the first `warm_up` iterations at a tenth of the learning rate.

    `watch`, where there is one, is called with each iteration's number and the network before the step.

    Returns:
        "iteration", "train_loss" and "train_error" (means over the steps since the last entry, as the network stood at each step),
        "test_iteration" and "test_error", "gradient_norms" {iteration: one number a layer}, "final_train_error" and "final_test_error"
        in evaluation mode over all pictures.
    """
    x, y = training
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.SGD(
        model.parameters(), settings.learning_rate, settings.momentum, weight_decay=settings.weight_decay
    )
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, settings.milestones)
    curves: dict = {key: [] for key in ("iteration", "train_loss", "train_error", "test_iteration", "test_error")}
    curves["gradient_norms"] = {}
    losses, errors = [], []
    order = torch.empty(0, dtype=torch.int64)
    for iteration in range(1, settings.iterations + 1):
        if len(order) < settings.batch:
            order = torch.randperm(len(x), generator=generator)
        chosen, order = order[: settings.batch].to(x.device), order[settings.batch :]
        images = augmented(x[chosen], generator) if settings.augment else x[chosen]
        logits = model(images.contiguous(memory_format=torch.channels_last))
        loss = F.cross_entropy(logits, y[chosen])
        optimizer.zero_grad()
        loss.backward()
        if iteration in (1, settings.iterations // 2, settings.iterations):
            curves["gradient_norms"][str(iteration)] = gradient_norms(model)
        if watch:
            watch(iteration, model)
        rate = optimizer.param_groups[0]["lr"]
        if iteration <= warm_up:
            optimizer.param_groups[0]["lr"] = rate / 10
        optimizer.step()
        optimizer.param_groups[0]["lr"] = rate
        schedule.step()
        losses.append(loss.detach())
        errors.append((logits.argmax(1) != y[chosen]).float().mean())
        if iteration % settings.log_every == 0:
            curves["iteration"].append(iteration)
            curves["train_loss"].append(round(float(torch.stack(losses).mean()), 5))
            curves["train_error"].append(round(float(torch.stack(errors).mean()), 5))
            losses, errors = [], []
        if iteration % settings.test_every == 0:
            curves["test_iteration"].append(iteration)
            curves["test_error"].append(error(model, test[0][:2000], test[1][:2000]))
            if say:
                print(
                    f"  {iteration:6d}  loss {curves['train_loss'][-1]:.4f}  test error {curves['test_error'][-1]:.4f}",
                    flush=True,
                )
    curves["final_train_error"] = error(model, x, y)
    curves["final_test_error"] = error(model, *test)
    return curves


def about(settings: Settings, device: torch.device, command: str) -> dict:
    """Where and how results are made."""
    return {
        "made_by": command,
        "device": device_name(device),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "python": platform.python_version(),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "settings": dataclasses.asdict(settings),
        "data": "Fashion-MNIST, Xiao, Rasul and Vollgraf 2017, arXiv:1708.07747",
    }


def curves(arguments: argparse.Namespace, device: torch.device) -> None:
    """Trains every stack that the results lack."""
    settings = PRESETS[arguments.preset]
    path = RESULTS / f"degradation-{arguments.preset}.json"
    kept = json.loads(path.read_text("utf-8")) if path.exists() else {"runs": []}
    header = about(settings, device, f"python benchmarks/degradation.py curves --preset {arguments.preset}")
    if kept["runs"] and kept["about"]["settings"] != json.loads(json.dumps(header["settings"])):
        sys.exit(f"{path} was made with other settings: expected {header['settings']}; move it away first")
    training = tensors("train", settings.side, settings.pictures, device)
    test = tensors("test", settings.side, None, device)
    done = {(run["kind"], run["depth"], run["seed"]) for run in kept["runs"]}
    todo = [
        (seed, depth, kind)
        for seed in range(arguments.seeds)
        for depth in arguments.depths
        for kind in ("plain", "residual")
    ]
    for seed, depth, kind in todo:
        if (kind, depth, seed) in done:
            continue
        started = time.perf_counter()
        model = build(depth, kind == "residual", settings, seed).to(device)
        run = train(model, settings, seed, training, test)
        kept["runs"].append({"kind": kind, "depth": depth, "seed": seed, **run})
        kept["about"] = header
        path.write_text(json.dumps(kept, separators=(",", ":")).replace('{"kind"', '\n{"kind"') + "\n", "utf-8")
        print(
            f"{kind}-{depth}, seed {seed}: training error {run['train_error'][-1]:.4f}, test error {run['final_test_error']:.4f}, "
            f"{time.perf_counter() - started:.0f} s",
            flush=True,
        )


def chosen_rates(runs: list[dict]) -> dict[tuple[str, int], str]:
    """The best rate of each network by held-out error, mean over the seeds for which every rate is in; {(kind, depth): name}."""
    chosen = {}
    for network in {(run["kind"], run["depth"]): None for run in runs}:
        errors = {
            (run["rate"], run["seed"]): run["held_out_error"] for run in runs if (run["kind"], run["depth"]) == network
        }
        names = [rate.name for rate in RATES]
        whole = [seed for seed in {seed for _, seed in errors} if all((name, seed) in errors for name in names)]
        if whole:
            chosen[network] = min(names, key=lambda name: sum(errors[name, seed] for seed in whole))
    return chosen


def _next(runs: list[dict], networks: list[tuple[str, int]], seeds: int) -> tuple[str, int, Rate, int] | None:
    """What `rates` trains next: seed 0 at all rates, then the other seeds at each network's best rate, then all that is left."""
    done = {(run["kind"], run["depth"], run["rate"], run["seed"]) for run in runs}
    best = chosen_rates([run for run in runs if run["seed"] == 0])
    todo = [(*network, rate, 0) for network in networks for rate in RATES]
    todo += [
        (*n, rate, seed) for seed in range(1, seeds) for n in networks for rate in RATES if best.get(n) == rate.name
    ]
    todo += [(*network, rate, seed) for seed in range(1, seeds) for network in networks for rate in RATES]
    return next((one for one in todo if (one[0], one[1], one[2].name, one[3]) not in done), None)


def rates(arguments: argparse.Namespace, device: torch.device) -> None:
    """Trains every stack at every rate that the results lack; a rate is judged by pictures held out of the training set."""
    settings = SMALL
    path = RESULTS / "degradation-rates.json"
    kept = json.loads(path.read_text("utf-8")) if path.exists() else {"runs": []}
    header = about(settings, device, "python benchmarks/degradation.py rates --threads 1")
    machine = {key: header.pop(key) for key in ("device", "machine", "threads", "torch", "python")}
    header |= {"rates": [dataclasses.asdict(rate) for rate in RATES], "held_out": HELD_OUT}
    header = json.loads(json.dumps(header))
    kept.setdefault("about", {**header, "machines": []})
    for key in ("settings", "rates", "held_out"):
        if kept["about"][key] != header[key]:
            sys.exit(f"{path} was made with other {key}: expected {header[key]}; move it away first")
    if machine not in kept["about"]["machines"]:
        kept["about"]["machines"].append(machine)
    training = tensors("train", settings.side, settings.pictures, device)
    held_out = tuple(part[-HELD_OUT:] for part in tensors("train", settings.side, None, device))
    test = tensors("test", settings.side, None, device)
    networks = [network for network in NETWORKS if network[1] in arguments.depths]
    while one := _next(kept["runs"], networks, arguments.seeds):
        kind, depth, rate, seed = one
        started = time.perf_counter()
        model = build(depth, kind == "residual", settings, seed).to(device)
        how = dataclasses.replace(
            settings,
            learning_rate=rate.learning_rate,
            milestones=settings.milestones if rate.steps else (),
            test_every=settings.iterations,
        )
        run = train(model, how, seed, training, held_out, warm_up=rate.warm_up)
        entry = {"kind": kind, "depth": depth, "rate": rate.name, "seed": seed}
        entry |= {key: [round(value, 4) for value in run[key]] for key in ("train_loss", "train_error")}
        entry |= {"final_train_error": run["final_train_error"], "held_out_error": run["final_test_error"]}
        entry |= {"final_test_error": error(model, *test), "machine": kept["about"]["machines"].index(machine)}
        kept["runs"].append(entry)
        kept["about"]["date"] = header["date"]
        half = path.with_suffix(".part")
        half.write_text(json.dumps(kept, separators=(",", ":")).replace('{"kind"', '\n{"kind"') + "\n", "utf-8")
        half.replace(path)
        print(
            f"{kind}-{depth}, rate {rate.name}, seed {seed}: training error {entry['final_train_error']:.4f}, held-out "
            f"{entry['held_out_error']:.4f}, test {entry['final_test_error']:.4f}, {time.perf_counter() - started:.0f} s",
            flush=True,
        )


def lengths(arguments: argparse.Namespace, device: torch.device) -> None:
    """Trains plain-56 as `curves` did, and records how long its first filter bank is on the way."""
    settings = PRESETS[arguments.preset]
    path = RESULTS / f"degradation-lengths-{arguments.preset}.json"
    training = tensors("train", settings.side, settings.pictures, device)
    test = tensors("test", settings.side, None, device)
    found: dict = {
        "about": about(settings, device, f"python benchmarks/degradation.py lengths --preset {arguments.preset}")
    }
    found["runs"] = []
    for seed in range(arguments.seeds):
        model = build(56, False, settings, seed).to(device)
        bank = next(module.weight for module in model.modules() if isinstance(module, torch.nn.Conv2d))
        seen: dict[str, float] = {}

        def watch(iteration: int, _: CifarResNet, bank: torch.Tensor = bank, seen: dict[str, float] = seen) -> None:
            if iteration in LENGTHS_AT:
                seen[str(iteration)] = round(float(bank.detach().norm()), 4)

        run = train(model, settings, seed, training, test, watch=watch)
        found["runs"].append({"seed": seed, "length": seen, "gradient_norms": run["gradient_norms"]})
        path.write_text(json.dumps(found, separators=(",", ":")).replace('{"seed"', '\n{"seed"') + "\n", "utf-8")
        print(f"plain-56, seed {seed}, length of the first bank before each step: {seen}", flush=True)


def weights(device: torch.device) -> None:
    """Trains ResNet-20 (option A, one input channel) and keeps its state dict as float32, with provenance."""
    settings = WEIGHTS
    training, test = tensors("train", 28, None, device), tensors("test", 28, None, device)
    model = build(20, True, settings, 0).to(device)
    run = train(model, settings, 0, training, test, say=True)
    state = {name: value.cpu().numpy() for name, value in model.state_dict().items() if "num_batches" not in name}
    header = about(settings, device, "python benchmarks/degradation.py weights")
    header |= {
        "mean": 0.2860,
        "deviation": 0.3530,
        "seed": 0,
        "test_error": run["final_test_error"],
        "classes": fashion.CLASSES,
    }
    path = ROOT / "solutions" / "resnet" / "given" / "resnet20.npz"
    np.savez_compressed(
        path, about=np.array(json.dumps(header)), **{k: np.ascontiguousarray(v) for k, v in state.items()}
    )
    print(f"{path}: {path.stat().st_size} bytes, test error {run['final_test_error']}")


def main() -> None:
    """Reads the arguments and trains."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("curves", "rates", "lengths", "weights"))
    parser.add_argument("--preset", choices=PRESETS, default="small")
    parser.add_argument("--depths", type=int, nargs="+", default=DEPTHS, help="6n + 2 each")
    parser.add_argument("--seeds", type=int, default=3, help="how many, from 0 on")
    parser.add_argument("--device", default="auto", help="auto, cuda or cpu")
    parser.add_argument("--threads", type=int, default=None, help="CPU threads")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    device = pick_device(arguments.device)
    if arguments.what == "curves":
        curves(arguments, device)
    elif arguments.what == "rates":
        rates(arguments, device)
    elif arguments.what == "lengths":
        lengths(arguments, device)
    else:
        weights(device)


if __name__ == "__main__":
    main()
