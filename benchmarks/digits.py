"""Trains chapter 9's network on digits in NumPy, and beside it in torch, and records both.

    python benchmarks/digits.py [--epochs 20] [--fashion] [--out benchmarks/results]

Writes digits.json (losses, accuracies, seconds, seeds, versions, machine) and digits.npz (the trained parameters). With
--fashion it also trains on 10,000 pictures of Fashion-MNIST, where the machine has them.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import sys
import time
from pathlib import Path

for _pool in (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
):  # small products: a second thread only waits
    os.environ.setdefault(_pool, "1")

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "book"))

from coursebook import convnet, fashion, solution

OPTIONS = {"batch_size": 32, "lr": 0.05, "momentum": 0.9, "weight_decay": 1e-4}
SEEDS = (0, 1, 2, 3, 4)
chapter = solution("convnet")


def run(data: tuple[np.ndarray, ...], state: dict[str, np.ndarray], epochs: int, seed: int) -> dict:
    """Trains from `state` and tests on the held-out images: losses, accuracies, seconds, parameters."""
    images, labels, held_images, held_labels = data
    net = chapter.ConvNet(state)
    start = time.perf_counter()
    losses = chapter.train(net, images, labels, epochs, seed=seed, show=chapter.progress, **OPTIONS)
    seconds = time.perf_counter() - start
    return {
        "losses": losses,
        "seconds": round(seconds, 2),
        "accuracy": chapter.accuracy(net, held_images, held_labels),
        "training_accuracy": chapter.accuracy(net, images, labels),
        "parameters": {name: value.copy() for name, value in net.parameters().items()},
    }


def in_file_order() -> tuple[np.ndarray, ...]:
    """The digits split as they lie in the file: 1,437 first, 360 last."""
    with np.load(convnet.DIGITS, allow_pickle=False) as file:
        images, labels = file["images"][:, None] / 16, file["labels"].astype(int)
    return images[:1437], labels[:1437], images[1437:], labels[1437:]


def clothes(count: int = 10_000) -> dict:
    """Two epochs on the first `count` pictures of Fashion-MNIST, tested on its 10,000 test pictures."""
    images, labels = fashion.load("train")
    held_images, held_labels = fashion.load("test")
    data = (images[:count, None] / 255, labels[:count].astype(int), held_images[:, None] / 255, held_labels.astype(int))
    rng = np.random.default_rng(0)
    state = {}
    for name, shape in (("conv1", (16, 1, 3, 3)), ("conv2", (32, 16, 3, 3)), ("fc", (10, 32 * 49))):
        state[f"{name}.weight"] = rng.normal(size=shape) * np.sqrt(2 / np.prod(shape[1:]))
        state[f"{name}.bias"] = np.zeros(shape[0])
    made = run(data, state, 2, 0)
    return {"images": count, "epochs": 2, "accuracy": made["accuracy"], "seconds": made["seconds"]}


def main() -> None:
    """Runs, compares, writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--fashion", action="store_true")
    parser.add_argument("--out", type=Path, default=convnet.RESULTS)
    options = parser.parse_args()
    data = chapter.load_digits(convnet.DIGITS)
    runs = [run(data, chapter.initial_state(seed=seed), options.epochs, seed) for seed in SEEDS]
    first = runs[0]
    theirs = convnet.torch_losses(chapter.initial_state(), *data[:2], epochs=options.epochs, seed=0, **OPTIONS)
    apart = float(np.abs(np.subtract(first["losses"], theirs)).max())
    ordered = [run(in_file_order(), chapter.initial_state(seed=seed), options.epochs, seed) for seed in SEEDS]
    about = {
        "made_by": "python benchmarks/digits.py",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} CPU cores, {platform.system()}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "torch": torch.__version__,
        **{"epochs": options.epochs, **OPTIONS},
        "seeds": list(SEEDS),
        "accuracies": [made["accuracy"] for made in runs],
        "training_accuracies": [made["training_accuracy"] for made in runs],
        "seconds": [made["seconds"] for made in runs],
        "accuracies_in_file_order": [made["accuracy"] for made in ordered],
        "largest_difference": apart,
        "losses": first["losses"],
        "torch_losses": theirs,
    }
    if options.fashion:
        about["fashion"] = clothes()
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "digits.json").write_text(json.dumps(about, indent=1) + "\n", "utf-8")
    np.savez_compressed(options.out / "digits.npz", **first["parameters"])
    print({key: value for key, value in about.items() if "losses" not in key})


if __name__ == "__main__":
    main()
