"""How long chapter 12's NumPy ResNet-18 takes for one 224x224 picture, beside torch on the CPU: a ratio, measured in one run.

    python benchmarks/resnet_forward.py
    python benchmarks/resnet_forward.py --quick --output /tmp/quick.json

Both compute in float32 on one thread, in turns; the numbers are medians. The result goes to benchmarks/results/resnet_forward.json.
It needs torch and NumPy.
"""

from __future__ import annotations

import os

if __name__ == "__main__":  # a BLAS reads them once, when NumPy is loaded; who imports this module keeps their own
    os.environ |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")

import argparse
import datetime
import json
import platform
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "book")]

from coursebook import solution

from solutions.networks import resnet

RESULT = ROOT / "benchmarks" / "results" / "resnet_forward.json"


def measure(rounds: int, side: int = 224) -> dict:
    """Medians over `rounds` of both, after one unmeasured call of each."""
    chapter = solution("resnet")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = resnet(18).eval()
    state = {name: value.numpy() for name, value in model.state_dict().items()}
    x = torch.randn(1, 3, side, side)
    times: dict[str, list[float]] = {"numpy": [], "torch": []}
    with torch.no_grad():
        for number in range(rounds + 1):
            started = time.perf_counter()
            ours = chapter.resnet_forward(state, x.numpy())
            between = time.perf_counter()
            theirs = model(x).numpy()
            ended = time.perf_counter()
            if number:
                times["numpy"].append(between - started)
                times["torch"].append(ended - between)
    torch.set_num_threads(threads)
    numpy_ms, torch_ms = (round(1000 * statistics.median(times[name]), 2) for name in ("numpy", "torch"))
    return {
        "made_by": "python benchmarks/resnet_forward.py",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "threads": {"numpy": int(os.environ.get("OPENBLAS_NUM_THREADS", os.cpu_count() or 1)), "torch": 1},
        "numpy": np.__version__,
        "torch": torch.__version__,
        "python": platform.python_version(),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "network": "ResNet-18, one picture, float32",
        "side": side,
        "rounds": rounds,
        "numpy_ms": numpy_ms,
        "torch_ms": torch_ms,
        "ratio": round(numpy_ms / torch_ms, 2),
        "numpy_range_ms": [round(1000 * f(times["numpy"]), 2) for f in (min, max)],
        "torch_range_ms": [round(1000 * f(times["torch"]), 2) for f in (min, max)],
        "largest_relative_difference": float(np.abs(ours - theirs).max() / np.abs(theirs).max()),
    }


def main() -> None:
    """Reads the arguments, measures, writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one round of a 64x64 picture")
    parser.add_argument("--output", type=Path, default=RESULT)
    arguments = parser.parse_args()
    found = measure(1, 64) if arguments.quick else measure(15)
    arguments.output.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
