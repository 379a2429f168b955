"""Puts 40 test pictures of Fashion-MNIST, and torch's logits for them, into solutions/resnet/given/clothes.npz.

    python benchmarks/clothes.py

The logits are those of the trained network in solutions/resnet/given/resnet20.npz, computed by torch in float64. It needs torch, NumPy and
Fashion-MNIST (see book/coursebook/fashion.py).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "book")]

from coursebook import fashion

from solutions.networks import CifarResNet

CHAPTER = ROOT / "solutions" / "resnet"
COUNT = 40
"""The first so many of the 10,000 test pictures: nobody chose them."""


def torch_logits(state: dict[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    """What torch's ResNet-20 with these weights says to (N, 1, 28, 28), in float64."""
    model = CifarResNet(20, inputs=1).double().eval()
    missing, unexpected = model.load_state_dict({k: torch.tensor(v) for k, v in state.items()}, strict=False)
    if unexpected or any(not name.endswith("num_batches_tracked") for name in missing):
        raise ValueError(f"not the state of a ResNet-20: missing {missing}, unexpected {unexpected}")
    with torch.no_grad():
        return model(torch.tensor(x)).numpy()


def main() -> None:
    """Writes the file."""
    with np.load(CHAPTER / "given" / "resnet20.npz", allow_pickle=False) as file:
        state = {name: file[name] for name in file.files if name != "about"}
        about = json.loads(str(file["about"]))
    images, labels = fashion.load("test")
    pictures = images[:COUNT]
    logits = torch_logits(state, (pictures[:, None] / 255 - about["mean"]) / about["deviation"])
    path = CHAPTER / "given" / "clothes.npz"
    np.savez_compressed(
        path,
        pictures=pictures,
        labels=labels[:COUNT],
        logits=logits,
        license=np.array((CHAPTER / "clothes.md").read_text("utf-8")),
    )
    right = int((logits.argmax(1) == labels[:COUNT]).sum())
    print(f"{path}: {path.stat().st_size} bytes, {right} of {COUNT} right")


if __name__ == "__main__":
    main()
