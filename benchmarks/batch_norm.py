"""Trains chapter 10's stacks on digits, with and without batch normalization, and records what came out.

    python benchmarks/batch_norm.py [--epochs 5] [--out benchmarks/results]

Writes batch_norm.json: losses and accuracies of stacks of 20 layers with two learning rates and three seeds, with four
sizes of initial weights, of other depths, and of plain stacks that are given five times as long. Minutes on two cores.
"""

from __future__ import annotations

import argparse
import datetime
import itertools
import json
import os
import platform
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

for _pool in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):  # small products: threads only wait
    os.environ.setdefault(_pool, "1")

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "book"))

from coursebook import batch_norm, convnet, solution

SCALES = {"half": 0.5, "without the 2": 0.5**0.5, "Kaiming": 1.0, "double": 2.0}
RATES = (0.001, 0.01)
SEEDS = (0, 1, 2)
DEPTH = 20


def run(scale: str, depth: int, normalize: bool, lr: float, epochs: int, seed: int) -> dict:
    """Trains one stack: its settings, the mean loss of each epoch, all losses, and both accuracies."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)  # weights of half the size lead to the smallest floats, which are slow
    images, labels, held_images, held_labels = solution("convnet").load_digits(convnet.DIGITS)
    state = batch_norm.start(solution("batch_norm").kaiming_normal, depth, SCALES[scale], seed)
    net = batch_norm.train(state, images, labels, normalize=normalize, lr=lr, epochs=epochs, seed=seed)
    by_epoch = np.mean(np.reshape(net.losses, (epochs, -1)), axis=1)
    return {
        "scale": scale, "depth": depth, "normalize": normalize, "lr": lr, "epochs": epochs, "seed": seed,
        "by_epoch": [round(float(loss), 5) if np.isfinite(loss) else None for loss in by_epoch],
        "losses": [round(loss, 4) if np.isfinite(loss) else None for loss in net.losses],
        "training_accuracy": net.accuracy(images, labels),
        "accuracy": net.accuracy(held_images, held_labels),
    }  # fmt: skip


def settings(epochs: int) -> list[tuple]:
    """Every run's arguments."""
    both, kaiming = (False, True), ("Kaiming",)
    seeds = list(itertools.product(kaiming, (DEPTH,), both, RATES, (epochs,), SEEDS))
    scales = list(itertools.product([s for s in SCALES if s != "Kaiming"], (DEPTH,), both, RATES, (epochs,), SEEDS[:1]))
    depths = list(itertools.product(kaiming, (5, 10, 40), both, RATES[1:], (epochs,), SEEDS[:2]))
    patient = list(itertools.product(kaiming, (DEPTH,), (False,), RATES[:1], (5 * epochs,), SEEDS[:2]))
    return seeds + scales + depths + patient


def main() -> None:
    """Runs all, writes one file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=convnet.RESULTS)
    options = parser.parse_args()
    with ProcessPoolExecutor(options.workers) as pool:
        runs = []
        for made in pool.map(run, *zip(*settings(options.epochs), strict=True)):
            print({key: value for key, value in made.items() if key != "losses"}, flush=True)
            runs.append(made)
    for made in runs:  # whole curves only of what the chapter draws
        shown = made["scale"] == "Kaiming" and made["depth"] == DEPTH and made["epochs"] == options.epochs
        if not shown:
            del made["losses"]
    about = {
        "made_by": "python benchmarks/batch_norm.py",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} CPU cores, {platform.system()}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "torch": torch.__version__,
        "runs": runs,
    }
    (options.out / "batch_norm.json").write_text(json.dumps(about) + "\n", "utf-8")


if __name__ == "__main__":
    main()
