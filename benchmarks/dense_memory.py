"""What a dense block of chapter 13 keeps in memory: copies against one store, and torch with and without recomputation.

    python benchmarks/dense_memory.py            under two minutes on one CPU core
    python benchmarks/dense_memory.py --quick    two sizes, written to the file that --output names

NumPy's bytes are counted by tracemalloc. torch's are the storages that autograd keeps for the way back, each counted once; recomputation is
torch.utils.checkpoint around each layer, as Pleiss et al. (2017) propose for the concatenation and the normalization. Times are
those of one forward and one backward pass, as a ratio of medians taken in turn. Results go to benchmarks/results/dense_memory.json.
"""

from __future__ import annotations

import argparse
import datetime
import json
import platform
import sys
import time
import tracemalloc
from pathlib import Path

import numpy as np
import torch
from torch.utils.checkpoint import checkpoint

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from solutions.dense_networks import DenseBlock

RESULTS = ROOT / "benchmarks" / "results"
INPUTS, GROWTH, SIDE, BATCH = 24, 12, 16, 8
DEPTHS = (2, 4, 6, 8, 12, 16, 20, 24)


def numpy_bytes(layers: int, shared: bool) -> int:
    """Bytes that are held after a block whose layers have all run, their inputs kept for the way back."""
    new = np.zeros((BATCH, GROWTH, SIDE, SIDE), np.float32)
    entered = np.zeros((BATCH, INPUTS, SIDE, SIDE), np.float32)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    if shared:
        store = np.empty((BATCH, INPUTS + layers * GROWTH, SIDE, SIDE), np.float32)
        store[:, :INPUTS] = entered
        kept = [store[:, :INPUTS]]
        for layer in range(layers):
            end = INPUTS + (layer + 1) * GROWTH
            store[:, end - GROWTH : end] = new
            kept.append(store[:, :end])
    else:
        kept = [entered.copy()]
        for _ in range(layers):
            kept.append(np.concatenate([kept[-1], new], axis=1))
    held = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert len(kept) == layers + 1
    return held


def run_block(block: DenseBlock, x: torch.Tensor, recompute: bool) -> torch.Tensor:
    """The block's output; with recomputation, what each layer makes inside is thrown away and made again on the way back."""
    if not recompute:
        return block(x)
    features = [x]
    for layer in block.values():
        # The concatenation happens inside: what is kept is each feature once, not each layer's copy of all of them.
        features.append(
            checkpoint(lambda *parts, layer=layer: layer(torch.cat(parts, 1)), *features, use_reentrant=False)
        )
    return torch.cat(features, 1)


def torch_bytes(block: DenseBlock, x: torch.Tensor, recompute: bool) -> int:
    """Bytes of the storages that autograd keeps from a forward pass, parameters apart, each counted once."""
    own = {parameter.untyped_storage().data_ptr() for parameter in block.parameters()}
    kept: dict[int, int] = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        output = run_block(block, x, recompute)
    del output
    return sum(kept.values())


def step_seconds(block: DenseBlock, x: torch.Tensor, recompute: bool) -> float:
    """Seconds of one forward and one backward pass."""
    started = time.perf_counter()
    run_block(block, x, recompute).sum().backward()
    return time.perf_counter() - started


def measure(layers: int, repeats: int) -> dict:
    """All that is measured of a block of one depth."""
    torch.manual_seed(0)
    block = DenseBlock(layers, INPUTS, GROWTH, 4)
    x = torch.randn(BATCH, INPUTS, SIDE, SIDE, requires_grad=True)
    plain, recomputed = run_block(block, x, False), run_block(block, x, True)
    assert torch.equal(plain, recomputed), "recomputation must not change the answer"
    times: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(repeats):
        for recompute in times:
            times[recompute].append(step_seconds(block, x, recompute))
    return {
        "layers": layers,
        "numpy_copies": numpy_bytes(layers, False),
        "numpy_shared": numpy_bytes(layers, True),
        "torch_kept": torch_bytes(block, x, False),
        "torch_kept_recomputing": torch_bytes(block, x, True),
        "time_ratio_recomputing": round(float(np.median(times[True]) / np.median(times[False])), 3),
    }


def main() -> None:
    """Measures every depth and writes the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two depths, one repeat")
    parser.add_argument("--output", type=Path, default=RESULTS / "dense_memory.json")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    depths, repeats = ((2, 4), 1) if arguments.quick else (DEPTHS, 9)
    rows = [measure(layers, repeats) for layers in depths]
    for row in rows:
        print(row, flush=True)
    about = {
        "made_by": "python benchmarks/dense_memory.py" + (" --quick" if arguments.quick else ""),
        "machine": f"{platform.machine()}, one CPU thread",
        "torch": torch.__version__,
        "numpy": np.__version__,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "inputs": INPUTS,
        "growth": GROWTH,
        "side": SIDE,
        "batch": BATCH,
    }
    arguments.output.write_text(json.dumps({"about": about, "rows": rows}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
