"""Trains the small U-Net of chapter 14 with and without its skips on a made task: which pixels belong to a figure?

    python benchmarks/segmentation.py            three seeds of each, about ten minutes on one CPU core
    python benchmarks/segmentation.py --more     the same at three other learning rates, and five times as long: an hour on one CPU core
    python benchmarks/segmentation.py --quick    one short run of each, written to the file that --output names

Pictures are drawn by NumPy: filled discs, and outlines one or two pixels wide, in noise. Results go to
benchmarks/results/segmentation.json (segmentation-more.json with --more, which takes up where it stopped), one trained state of each kind to
benchmarks/results/segmentation.npz (float32). It needs torch and NumPy.
"""

from __future__ import annotations

import argparse
import datetime
import json
import platform
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from autograde.exam.oracle import device_name, pick_device
from solutions.beyond.reference import unet_forward

RESULTS = ROOT / "benchmarks" / "results"
SIDE = 32
KINDS = {
    "with skips": (True, (6, 12, 24)),
    "without skips": (False, (6, 12, 24)),
    "without skips, wider": (False, (7, 14, 27)),
}
"""Whether there are skips, and the widths of the two levels and the bottom."""

RATE = 3e-3
STEPS = 600
MORE = [(rate, STEPS, seed) for seed in range(3) for rate in (1e-3, 1e-2, 3e-2)] + [(1e-2, 5 * STEPS, 0)]
"""Learning rate, steps and seed of the further runs."""


def pictures(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Made pictures and their masks.

    Args:
        count: how many.
        seed: of the generator.

    Returns:
        (count, 1, 32, 32) float32, a figure of brightness 1 in noise of deviation 0.5, and (count, 32, 32) int64, 1 on a figure.
    """
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(float)
    masks = np.zeros((count, SIDE, SIDE), bool)
    for mask in masks:
        for _ in range(rng.integers(1, 4)):
            row, column, radius = *rng.uniform(6, SIDE - 6, 2), rng.uniform(3, 9)
            kind = rng.integers(3)
            if kind == 0:
                mask |= np.hypot(rows - row, columns - column) < radius * 0.7
            elif kind == 1:
                mask |= abs(np.hypot(rows - row, columns - column) - radius) < 0.8
            else:
                distance = np.maximum(abs(rows - row), abs(columns - column) * rng.uniform(0.5, 1.5))
                mask |= abs(distance - radius) < 0.6
    noisy = masks + rng.normal(0, 0.5, masks.shape)
    return noisy[:, None].astype(np.float32), masks.astype(np.int64)


def initial_state(widths: tuple[int, ...], skips: bool, seed: int) -> dict[str, torch.Tensor]:
    """Kaiming-normal weights and biases of zero, by the names that `unet_forward` reads."""
    generator = torch.Generator().manual_seed(seed)
    sizes = {f"down{level}": (width, (1, *widths)[level - 1], 3) for level, width in enumerate(widths[:-1], start=1)}
    sizes["bottom"] = (widths[-1], widths[-2], 3)
    for level in range(len(widths) - 1, 0, -1):
        sizes[f"up{level}"] = (widths[level - 1], widths[level] + (widths[level - 1] if skips else 0), 3)
    sizes["head"] = (2, widths[0], 1)
    state = {}
    for name, (outputs, inputs, kernel) in sizes.items():
        shape = (outputs, inputs, kernel, kernel)
        drawn = torch.randn(shape, generator=generator, dtype=torch.float64)
        state[f"{name}.weight"] = drawn * (2 / (inputs * kernel**2)) ** 0.5
        state[f"{name}.bias"] = torch.zeros(outputs, dtype=torch.float64)
    return state


def intersection_over_union(state: dict[str, torch.Tensor], x: torch.Tensor, y: torch.Tensor, skips: bool) -> float:
    """Pixels that both call figure, over pixels that either does, over the whole set."""
    with torch.no_grad():
        found = torch.cat([unet_forward(state, part, skips).argmax(1) for part in x.split(100)]) == 1
    return float((found & (y == 1)).sum() / (found | (y == 1)).sum())


def train(
    kind: str, seed: int, steps: int, device: torch.device, rate: float = RATE
) -> tuple[dict, dict[str, torch.Tensor]]:
    """One run: its curve and its result on 500 pictures that it has not seen, and the trained state."""
    skips, widths = KINDS[kind]
    x, y = (torch.tensor(part, device=device) for part in pictures(2000, 1))
    held_x, held_y = (torch.tensor(part, device=device) for part in pictures(500, 2))
    state = {name: value.to(device).requires_grad_() for name, value in initial_state(widths, skips, seed).items()}
    optimizer = torch.optim.Adam(state.values(), lr=rate)
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [steps * 2 // 3])
    generator = torch.Generator().manual_seed(seed)
    losses: list[float] = []
    curve = []
    for step in range(1, steps + 1):
        chosen = torch.randint(0, len(x), (16,), generator=generator).to(device)
        loss = F.cross_entropy(unet_forward(state, x[chosen], skips), y[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(float(loss.detach()))
        if step % max(1, steps // 30) == 0:
            curve.append(round(float(np.mean(losses)), 5))
            losses.clear()
    run = {
        "kind": kind,
        "seed": seed,
        "parameters": sum(value.numel() for value in state.values()),
        "loss": curve,
        "iou": round(intersection_over_union(state, held_x, held_y, skips), 5),
    }
    return run, {name: value.detach() for name, value in state.items()}


def setting(device: torch.device, command: str) -> dict:
    """Where and how a file of results was made."""
    return {
        "made_by": f"python benchmarks/segmentation.py{command}",
        "device": device_name(device),
        "machine": platform.machine(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "batch": 16,
        "widths": {kind: widths for kind, (_, widths) in KINDS.items()},
    }


def train_more(device: torch.device, output: Path) -> None:
    """Every kind at the settings of `MORE`; each run is written as soon as it is there, and what is there isn't run again."""
    runs = json.loads(output.read_text("utf-8"))["runs"] if output.exists() else []
    there = {(run["kind"], run["rate"], run["steps"], run["seed"]) for run in runs}
    for rate, steps, seed in MORE:
        for kind in KINDS:
            if (kind, rate, steps, seed) not in there:
                run = train(kind, seed, steps, device, rate)[0] | {"rate": rate, "steps": steps}
                del run["loss"]
                runs.append(run)
                about = setting(device, " --more")
                output.write_text(json.dumps({"about": about, "runs": runs}, indent=1) + "\n", "utf-8")
                print(run, flush=True)


def main() -> None:
    """Trains every kind and writes what came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one seed, 30 steps")
    parser.add_argument("--more", action="store_true", help="other learning rates, and longer runs")
    parser.add_argument("--output", type=Path, default=None)
    parser.add_argument("--device", default="auto", help="auto, cuda or cpu")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    device = pick_device(arguments.device)
    if arguments.more:
        train_more(device, arguments.output or RESULTS / "segmentation-more.json")
        return
    output = arguments.output or RESULTS / "segmentation.json"
    steps = 30 if arguments.quick else STEPS
    runs, states = [], {}
    for seed in range(1 if arguments.quick else 3):
        for kind in KINDS:
            run, state = train(kind, seed, steps, device)
            runs.append(run)
            print(
                f"{kind}, seed {seed}: intersection over union {run['iou']:.4f}, {run['parameters']} parameters",
                flush=True,
            )
            if seed == 0 and kind != "without skips, wider":
                states |= {f"{kind}/{name}": value.cpu().numpy().astype(np.float32) for name, value in state.items()}
    about = setting(device, " --quick" if arguments.quick else "") | {"steps": steps}
    output.write_text(json.dumps({"about": about, "runs": runs}, indent=1) + "\n", "utf-8")
    np.savez_compressed(output.with_suffix(".npz"), about=np.array(json.dumps(about)), **states)


if __name__ == "__main__":
    main()
