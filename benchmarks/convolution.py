"""One convolution, six ways: loops, im2col, a strided view, the FFT and torch, on layers of LeNet, AlexNet and ResNet-50.

    python benchmarks/convolution.py            # benchmarks/results/convolution.json, about a minute
    python benchmarks/convolution.py --quick --output /tmp/quick.json

All ways run in one process, in turn, round after round, so that whatever else the machine does strikes all of them; a
time is the median of its rounds, and what counts is its ratio to torch's. Every way's answer is compared with torch's
before it is timed. The seven loops would take hours: they are timed on some outputs of one filter, and scaled by the
number of outputs. Two roofs are measured too: the best product of two large matrices, and the speed of a copy, once
for arrays that fit into the cache and once for arrays that do not.

Every way has one thread, unless --threads says otherwise: NumPy's and torch's pools of threads wait for work by spinning,
and on few cores each would slow the other down.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import statistics
import sys
import time

_threads = argparse.ArgumentParser(add_help=False)
_threads.add_argument("--threads", type=int, default=1, help="threads of every way (default: 1)")
THREADS = _threads.parse_known_args()[0].threads
for _pool in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):  # read when NumPy and torch are imported
    os.environ[_pool] = str(THREADS)

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "book"))

from coursebook import solution

RESULT = ROOT / "benchmarks" / "results" / "convolution.json"
MIB = 1 << 20
SLOW_S = 0.25
"""A way that takes longer than this is run in the first rounds only."""


@dataclass(frozen=True)
class Layer:
    """A convolution to be timed."""

    name: str
    images: tuple[int, int, int, int]
    filters: tuple[int, int, int, int]
    stride: int = 1
    padding: int = 0

    @property
    def places(self) -> tuple[int, int]:
        """(oH, oW)."""
        rows, columns = (
            (n + 2 * self.padding - k) // self.stride + 1
            for n, k in zip(self.images[2:], self.filters[2:], strict=True)
        )
        return rows, columns

    @property
    def outputs(self) -> int:
        """Numbers in the answer."""
        return self.images[0] * self.filters[0] * self.places[0] * self.places[1]

    @property
    def flops(self) -> int:
        """A multiplication and an addition for each tap of each output."""
        return 2 * self.outputs * self.filters[1] * self.filters[2] * self.filters[3]

    @property
    def column_entries(self) -> int:
        """Numbers in im2col's matrix."""
        return self.flops // 2 // self.filters[0]


LAYERS = (
    Layer("LeNet-5 conv1", (64, 1, 28, 28), (6, 1, 5, 5), padding=2),
    Layer("LeNet-5 conv2", (64, 6, 14, 14), (16, 6, 5, 5)),
    Layer("AlexNet conv1", (1, 3, 227, 227), (96, 3, 11, 11), stride=4),
    Layer("ResNet-50 3×3, 56²", (1, 64, 56, 56), (64, 64, 3, 3), padding=1),
    Layer("ResNet-50 3×3, 28²", (1, 128, 28, 28), (128, 128, 3, 3), padding=1),
    Layer("ResNet-50 3×3, 14²", (1, 256, 14, 14), (256, 256, 3, 3), padding=1),
    Layer("ResNet-50 3×3, 7²", (1, 512, 7, 7), (512, 512, 3, 3), padding=1),
    Layer("ResNet-50 1×1, 56²", (1, 64, 56, 56), (256, 64, 1, 1)),
    Layer("ResNet-50 1×1, 14²", (1, 1024, 14, 14), (256, 1024, 1, 1)),
)
TINY = (
    Layer("tiny 3×3", (2, 3, 7, 6), (4, 3, 3, 3), padding=1),
    Layer("tiny strided", (1, 2, 11, 9), (3, 2, 5, 3), stride=2),
)

SWEEP = tuple(Layer(f"{k}×{k}", (1, 4, 128, 128), (4, 4, k, k), padding=k // 2) for k in (1, 3, 5, 7, 11, 15, 21, 31))
"""One image and few channels, filters from small to huge: where does the FFT begin to pay?"""

Way = Callable[[np.ndarray, np.ndarray, int, int], np.ndarray]


def loops(x: np.ndarray, weight: np.ndarray, stride: int, padding: int, outputs: int) -> tuple[float, np.ndarray]:
    """Seconds that plain loops take for the first `outputs` outputs of image 0 and filter 0, and those outputs.

    The loops over images, filters, rows and columns are one loop here, which costs less than four; the three inner ones
    are as chapter 4 writes them.
    """
    padded = np.pad(x[:1], ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    _, depth, rows, columns = weight.shape
    width = (padded.shape[3] - columns) // stride + 1
    answers = np.zeros(outputs)
    start = time.perf_counter()
    for place in range(outputs):
        i, j = divmod(place, width)
        total = 0.0
        for c in range(depth):
            for u in range(rows):
                for v in range(columns):
                    total += padded[0, c, i * stride + u, j * stride + v] * weight[0, c, u, v]
        answers[place] = total
    return time.perf_counter() - start, answers


def tap_by_tap(x: np.ndarray, weight: np.ndarray, stride: int, padding: int) -> np.ndarray:
    """A view of all windows, and one product of matrices for each tap of it; nothing is copied."""
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    view = np.lib.stride_tricks.sliding_window_view(padded, weight.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    y = np.zeros((len(x), view.shape[2], len(weight), view.shape[3]), x.dtype)
    for u, v in np.ndindex(weight.shape[2:]):
        y += weight[:, :, u, v] @ view[..., u, v].transpose(0, 2, 1, 3)
    return y.transpose(0, 2, 1, 3)


def ways() -> dict[str, Way]:
    """The assignment's solutions, and the view multiplied tap by tap."""
    chapter = solution("im2col")
    return {
        "im2col": lambda x, w, s, p: chapter.conv2d_gemm(x, w, None, s, p),
        "view": lambda x, w, s, p: chapter.conv2d_strided_view(x, w, None, s, p),
        "view, tap by tap": tap_by_tap,
        "FFT": lambda x, w, s, p: chapter.conv2d_fft(x, w, None, s, p),
    }


def timed(call: Callable[[], Any]) -> float:
    """Seconds of one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def on_gpu(x: torch.Tensor, w: torch.Tensor, layer: Layer) -> Callable[[], None]:
    """One convolution on the GPU, waited for; the arrays are there already."""
    device_x, device_w = x.cuda(), w.cuda()

    def call() -> None:
        F.conv2d(device_x, device_w, None, layer.stride, layer.padding)
        torch.cuda.synchronize()

    return call


def rounds(calls: dict[str, Callable[[], Any]], count: int) -> dict[str, list[float]]:
    """Times by name: each call once a round, after one round that does not count."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    slow = {name for name, call in calls.items() if timed(call) > SLOW_S}
    for number in range(count):
        for name, call in calls.items():
            if name not in slow or number < 3:
                times[name].append(timed(call))
    return times


def sweep(layers: tuple[Layer, ...], count: int) -> list[dict[str, Any]]:
    """Seconds of torch, im2col and the FFT for growing filters."""
    rows = []
    for layer in layers:
        rng = np.random.default_rng(7)
        x, weight = (rng.normal(size=shape).astype(np.float32) for shape in (layer.images, layer.filters))
        theirs, their_weight = torch.from_numpy(x), torch.from_numpy(weight)
        calls: dict[str, Callable[[], Any]] = {
            name: lambda way=way, x=x, w=weight, p=layer.padding: way(x, w, 1, p)
            for name, way in ways().items()
            if name in ("im2col", "FFT")
        }
        calls["torch"] = lambda x=theirs, w=their_weight, p=layer.padding: F.conv2d(x, w, None, 1, p)
        times = rounds(calls, count)
        medians = {name: statistics.median(values) for name, values in times.items()}
        rows.append(
            {"kernel_size": layer.filters[2], "images": layer.images, "filters": layer.filters, "seconds": medians}
        )
    return rows


def measure(layer: Layer, count: int, loop_macs: int) -> dict[str, Any]:
    """Times, work and traffic of one layer."""
    rng = np.random.default_rng(7)
    x = rng.normal(size=layer.images).astype(np.float32)
    weight = rng.normal(size=layer.filters).astype(np.float32) / np.float32(np.sqrt(layer.flops / 2 / layer.outputs))
    theirs, their_weight = torch.from_numpy(x), torch.from_numpy(weight)
    truth = F.conv2d(theirs.double(), their_weight.double(), None, layer.stride, layer.padding).numpy()
    calls: dict[str, Callable[[], Any]] = {
        "torch": lambda: F.conv2d(theirs, their_weight, None, layer.stride, layer.padding)
    }
    errors = {"torch": float(np.abs(calls["torch"]().numpy() - truth).max())}
    for name, way in ways().items():
        calls[name] = lambda way=way: way(x, weight, layer.stride, layer.padding)
        answer = calls[name]()
        errors[name] = float(np.abs(answer - truth).max())
        if answer.dtype != np.float32 or errors[name] > 1e-4:
            raise SystemExit(f"{layer.name}: {name} gives {answer.dtype} and is off by {errors[name]:.2g}")
    chapter = solution("im2col")
    options = (layer.filters[2:], layer.stride, layer.padding)
    columns, matrix = chapter.im2col(x, *options), weight.reshape(len(weight), -1)
    calls["the columns alone"] = lambda: chapter.im2col(x, *options)
    calls["the product alone"] = lambda: matrix @ columns
    wide, wide_weight = x.astype(np.float64), weight.astype(np.float64)
    calls["im2col in float64"] = lambda: chapter.conv2d_gemm(wide, wide_weight, None, layer.stride, layer.padding)
    if torch.cuda.is_available():
        calls["torch on CUDA"] = on_gpu(theirs, their_weight, layer)
    times = rounds(calls, count)

    part = min(
        layer.outputs // layer.images[0] // layer.filters[0], max(2, loop_macs * 2 * layer.outputs // layer.flops)
    )
    seconds, answers = loops(x, weight, layer.stride, layer.padding, part)
    errors["loops"] = float(np.abs(answers - truth[0, 0].ravel()[:part]).max())
    if errors["loops"] > 1e-4:
        raise SystemExit(f"{layer.name}: loops are off by {errors['loops']:.2g}")
    medians = {name: statistics.median(values) for name, values in times.items()}
    medians["loops"] = seconds * layer.outputs / part
    touched = 4 * (x.size + weight.size + layer.outputs)
    traffic = {name: touched for name in ("torch", "view", "view, tap by tap", "loops", "torch on CUDA")}
    traffic["im2col"] = touched + 2 * 4 * layer.column_entries
    return {
        "name": layer.name,
        "images": layer.images,
        "filters": layer.filters,
        "stride": layer.stride,
        "padding": layer.padding,
        "flops": layer.flops,
        "columns_bytes": 4 * layer.column_entries,
        "bytes": {name: traffic[name] for name in medians if name in traffic},
        "seconds": medians,
        "fastest": {name: min(values) for name, values in times.items()},
        "runs": {name: len(values) for name, values in times.items()},
        "loops_outputs": part,
        "outputs": layer.outputs,
        "largest_error": errors,
    }


def copying(name: str, mib: int, pieces: int) -> dict[str, Callable[[], Any]]:
    """NumPy's and torch's copy of an array of `mib`, `pieces` times."""
    source = np.ones(mib * MIB // 8)
    target = np.empty_like(source)
    torch_source, torch_target = torch.from_numpy(source), torch.from_numpy(target)
    return {
        name: lambda: [np.copyto(target, source) for _ in range(pieces)],
        f"{name}, torch": lambda: [torch_target.copy_(torch_source) for _ in range(pieces)],
    }


def roofs(count: int, size: int, cache_mib: int, memory_mib: int) -> dict[str, float]:
    """The machine's speeds: FLOP/s of the best product of two square float32 matrices, bytes/s of a copy."""
    rng = np.random.default_rng(0)
    a, b = (rng.normal(size=(size, size)).astype(np.float32) for _ in range(2))
    ta, tb = torch.from_numpy(a), torch.from_numpy(b)
    copies: dict[str, Callable[[], Any]] = {}
    for name, mib in (("cache", cache_mib), ("memory", memory_mib)):
        copies |= copying(name, mib, max(1, memory_mib // mib))
    times = rounds({"numpy": lambda: a @ b, "torch": lambda: ta @ tb, **copies}, count)
    best = {name: min(values) for name, values in times.items()}

    def moved(name: str, mib: int) -> float:
        return 2 * mib * MIB * max(1, memory_mib // mib) / min(best[name], best[f"{name}, torch"])

    return {
        "matrix_size": size,
        "flops_per_s": 2 * size**3 / min(best["numpy"], best["torch"]),
        "flops_per_s_numpy": 2 * size**3 / best["numpy"],
        "flops_per_s_torch": 2 * size**3 / best["torch"],
        "cache_copy_mib": cache_mib,
        "cache_bytes_per_s": moved("cache", cache_mib),
        "memory_copy_mib": memory_mib,
        "memory_bytes_per_s": moved("memory", memory_mib),
    }


def processor() -> str:
    """The processor's name, as Linux tells it."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def about(arguments: argparse.Namespace) -> dict[str, Any]:
    """Where and how the numbers were made."""
    return {
        "command": "python benchmarks/convolution.py"
        + (f" --threads {THREADS}" if THREADS != 1 else "")
        + (" --quick" if arguments.quick else ""),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "processor": processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "load_before": round(os.getloadavg()[0], 2),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": np.show_config("dicts")["Build Dependencies"]["blas"]["name"],
        "torch": torch.__version__,
        "dtype": "float32",
    }


def main() -> None:
    """Measures, prints a table of ratios to torch, writes the JSON file."""
    parser = argparse.ArgumentParser(description="times one convolution six ways", parents=[_threads])
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that all runs; the times mean nothing")
    parser.add_argument("--output", type=Path, default=None, help=f"default: {RESULT.relative_to(ROOT)}")
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    if arguments.quick and arguments.output is None:
        parser.error("--quick needs --output: its times are not results")
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    made = about(arguments)
    count = 2 if arguments.quick else arguments.rounds
    peak = roofs(count, 64 if arguments.quick else 2048, 1 if arguments.quick else 4, 2 if arguments.quick else 256)
    layers = [
        measure(each, count, 500 if arguments.quick else 200_000) for each in (TINY if arguments.quick else LAYERS)
    ]
    growing = sweep(SWEEP[:2] if arguments.quick else SWEEP, count)
    names = [name for name in ("loops", "view", "view, tap by tap", "FFT", "im2col") if name in layers[0]["seconds"]]
    print(f"{'':22}{'torch, ms':>11}" + "".join(f"{name:>18}" for name in names))
    for layer in layers:
        seconds = layer["seconds"]
        ratios = "".join(f"{seconds[name] / seconds['torch']:>17.1f}×" for name in names)
        print(f"{layer['name']:22}{1e3 * seconds['torch']:>11.2f}{ratios}")
    output = arguments.output or RESULT
    output.write_text(
        json.dumps({"about": made, "roofs": peak, "layers": layers, "sweep": growing}, indent=1, ensure_ascii=False)
        + "\n",
        "utf-8",
    )
    print(f"written to {output}")


if __name__ == "__main__":
    main()
