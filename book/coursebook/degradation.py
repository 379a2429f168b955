"""Experiments, figures and recorded curves of chapter 11."""

import importlib.util
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from IPython.display import Markdown, display
from matplotlib.axes import Axes

from coursebook import roles
from coursebook.drawing import scrub
from solutions.networks import CifarResNet

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "degradation-small.json"
RATES = RESULTS.with_name("degradation-rates.json")
LENGTHS = RESULTS.with_name("degradation-lengths-small.json")
GPU = RESULTS.with_name("gpu.json")
LOOK = {"plain": (roles.plain, "--", "s"), "residual": (roles.residual, "-", "o")}
Run = dict[str, Any]


def recorded() -> tuple[dict, list[Run]]:
    """What `python benchmarks/degradation.py curves` found out, of the seeds for which every network was trained."""
    kept = json.loads(RESULTS.read_text("utf-8"))
    seeds = {run["seed"] for run in kept["runs"]}
    kinds = {(run["kind"], run["depth"]) for run in kept["runs"]}
    whole = {seed for seed in seeds if {(r["kind"], r["depth"]) for r in kept["runs"] if r["seed"] == seed} == kinds}
    return kept["about"], [run for run in kept["runs"] if run["seed"] in whole]


def lengths() -> list[Run]:
    """What `python benchmarks/degradation.py lengths` found out: a run a seed."""
    runs: list[Run] = json.loads(LENGTHS.read_text("utf-8"))["runs"]
    return runs


def of(runs: Sequence[Run], kind: str, depth: int, key: str) -> np.ndarray:
    """One entry of each run of a kind and depth, a row a seed."""
    return np.array([run[key] for run in runs if (run["kind"], run["depth"]) == (kind, depth)])


def benchmark() -> ModuleType:
    """benchmarks/degradation.py, which made what is recorded."""
    spec = importlib.util.spec_from_file_location("degradation_benchmark", ROOT / "benchmarks" / "degradation.py")
    if spec is None or spec.loader is None:
        raise ImportError("benchmarks/degradation.py is not there")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def rates() -> tuple[dict, list[Run], dict[tuple[str, int], str]]:
    """What `python benchmarks/degradation.py rates` found out so far, and each network's best rate."""
    kept = json.loads(RATES.read_text("utf-8"))
    return kept["about"], kept["runs"], benchmark().chosen_rates(kept["runs"])


def full_size(path: Path = GPU) -> str:
    """What `make gpu` recorded of the networks at full size, as a table; "" where it has recorded nothing."""
    if not path.exists():
        return ""
    kept = json.loads(path.read_text("utf-8"))
    jobs, about = kept["jobs"], kept["about"]
    lines = [
        f"make gpu: {about['device']}, torch {about['torch']}, {about['date']}",
        f"{about['settings']['iterations']:,} iterations; final error in %, training and test, median of the seeds",
        f"{'':14}{'rate':20}{'parameters':>12}{'training':>10}{'test':>8}{'training, longer':>18}",
    ]
    names = {name.rsplit("-s", 1)[0].removeprefix("run-") for name in jobs if name.startswith("run-")}
    for name in sorted(names):
        own, longer = (
            [job for key, job in jobs.items() if key.startswith(f"{prefix}-{name}-s")] for prefix in ("run", "long")
        )
        ends = [100 * np.median([job[f"final_{which}_error"] for job in own]) for which in ("train", "test")]
        late = f"{100 * np.median([job['final_train_error'] for job in longer]):18.2f}" if longer else f"{'–':>18}"
        lines.append(f"{name:14}{own[0]['rate']:20}{own[0]['parameters']:12,}{ends[0]:10.2f}{ends[1]:8.2f}{late}")
    return "\n".join(lines)


def arm(runs: Sequence[Run], kind: str, depth: int, rate: str, key: str) -> np.ndarray:
    """One number in %, of each run of a network at a rate, seeds in order; empty when there is none yet."""
    ordered = sorted(runs, key=lambda run: run["seed"])
    return 100 * np.array([run[key] for run in ordered if _arm(run) == (kind, depth, rate)])


def whole(about: dict, runs: Sequence[Run], kind: str, depth: int) -> list[Run]:
    """A network's runs of the seeds for which every rate is in, so that its rates can be compared."""
    own = [run for run in runs if (run["kind"], run["depth"]) == (kind, depth)]
    seeds = [run["seed"] for run in own]
    return [run for run in own if seeds.count(run["seed"]) == len(about["rates"])]


def say_what_rates_show() -> None:
    """Shows what the tables of `rates_rows` hold."""
    said = "Final error in %, training and test: medians of the seeds for which a network has all five rates."
    display(Markdown(f"{said} Bold: at the rate that it chose."))


def rates_rows(about: dict, runs: Sequence[Run], chosen: dict[tuple[str, int], str], kind: str) -> list[list[str]]:
    """Training and test error in % of a kind's arms, medians of the `whole` seeds; bold at the chosen rate.

    Returns:
        the header, a network a column, and one row a rate.
    """
    depths = sorted({run["depth"] for run in runs if run["kind"] == kind})
    rows = [["learning rate", *(f"{kind}-{depth}" for depth in depths)]]
    for rate in (rate["name"] for rate in about["rates"]):
        cells = [rate]
        for depth in depths:
            even = whole(about, runs, kind, depth)
            trained, tested = (arm(even, kind, depth, rate, f"final_{w}_error") for w in ("train", "test"))
            bold = "**" if chosen.get((kind, depth)) == rate else ""
            cells.append(f"{bold}{np.median(trained):.1f}, {np.median(tested):.1f}{bold}" if len(trained) else "–")
        rows.append(cells)
    return rows


def gaps_at_best(
    runs: Sequence[Run], chosen: dict[tuple[str, int], str], shallow: tuple[str, int], deep: tuple[str, int]
) -> dict[int, float]:
    """By how many points of training error `deep` ends above `shallow`, both at their chosen rates; {seed: points}."""
    ends = [
        {run["seed"]: run["final_train_error"] for run in runs if (*network, chosen.get(network)) == _arm(run)}
        for network in (shallow, deep)
    ]
    return {seed: 100 * (ends[1][seed] - ends[0][seed]) for seed in sorted(ends[0].keys() & ends[1].keys())}


def _arm(run: Run) -> tuple[str, int, str]:
    return run["kind"], run["depth"], run["rate"]


def best_scale(curve: np.ndarray, x: np.ndarray) -> tuple[float, float]:
    """The a that makes the largest of |a curve - x| smallest, and that error, by ternary search."""
    low, high = 0.0, 4 * float(np.abs(x).max() / np.abs(curve).max())

    def largest(a: float) -> float:
        return float(np.abs(np.asarray(a, curve.dtype) * curve - x).max())

    for _ in range(120):
        left, right = low + (high - low) / 3, high - (high - low) / 3
        low, high = (low, right) if largest(left) <= largest(right) else (left, high)
    return low, largest(low)


def saturating_errors(widths: Sequence[float], dtype: type = np.float32) -> dict[str, list[float]]:
    """The largest error on [-1, 1] of the best a tanh(b x) and a (sigmoid(b x) - 1/2), for each b."""
    x = np.linspace(-1, 1, 401).astype(dtype)
    half = dtype(0.5)
    curves: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "tanh": np.tanh,
        "sigmoid": lambda z: 1 / (1 + np.exp(-z)) - half,
    }
    return {name: [best_scale(f(dtype(b) * x), x)[1] for b in widths] for name, f in curves.items()}


def learn_identity(
    kind: str, depth: int, scale: float = 1.0, rate: float = 0.03, steps: int = 150, seeds: int = 5
) -> tuple[np.ndarray, np.ndarray]:
    """Stacks that learn to give back |normal| numbers, by SGD with momentum 0.9.

    Args:
        kind: "plain", "residual", or "near": plain, with the identity added to every initial matrix.
        depth: layers, of n = 8 units each.
        scale: weights start normal with deviation scale * sqrt(2 / n).
        rate: of learning.
        steps: of gradient descent.
        seeds: how many; all are trained at once, each by itself.

    Returns:
        (steps + 1, seeds) losses, and for each seed how many of the 8 outputs are 0 for every example at the end.
    """
    n, count = 8, 128
    draws = torch.Generator().manual_seed(11)
    x = torch.randn(seeds, count, n, generator=draws, dtype=torch.float64).abs()
    deviation = scale * (2 / n) ** 0.5
    start = torch.eye(n, dtype=torch.float64) if kind == "near" else torch.zeros(n, n, dtype=torch.float64)
    weights = [
        (start + torch.randn(seeds, n, n, generator=draws, dtype=torch.float64) * deviation).requires_grad_()
        for _ in range(depth)
    ]
    optimizer = torch.optim.SGD(weights, lr=rate, momentum=0.9)
    track = []
    h = x
    for _ in range(steps + 1):
        h = x
        if kind == "residual":
            for first, second in zip(weights[::2], weights[1::2], strict=True):
                h = F.relu(h + F.relu(h @ first.mT) @ second.mT)
        else:
            for weight in weights:
                h = F.relu(h @ weight.mT)
        losses = (h - x).square().mean((1, 2))
        track.append(losses.detach().numpy())
        optimizer.zero_grad()
        losses.sum().backward()
        optimizer.step()
    return np.array(track), (h.detach() == 0).all(1).sum(1).numpy()


def first_step(
    images: np.ndarray, labels: np.ndarray, depth: int, residual: bool, rate: float = 0.1, mode: str = "fan_out"
) -> dict:
    """One step of an untrained network with batch normalization: what it does to the first layer's filters.

    `mode` says what the start counts, a layer's outputs ("fan_out") or its inputs ("fan_in").

    Returns:
        "norms" of the gradient and "lengths" of the start, a 3x3 filter bank each; "before" and "after", the first
        bank's length; "cosine" between the two; "aligned", the cosine between that bank and its gradient.
    """
    torch.manual_seed(0)
    model = CifarResNet(depth, residual=residual, width=8, inputs=1)
    banks = [m for m in model.modules() if isinstance(m, torch.nn.Conv2d) and m.kernel_size == (3, 3)]
    for bank in banks:
        torch.nn.init.kaiming_normal_(bank.weight, mode=mode, nonlinearity="relu")
    x = F.interpolate(torch.tensor(images, dtype=torch.float32), size=14)
    F.cross_entropy(model((x - x.mean()) / x.std()), torch.tensor(labels)).backward()
    start = banks[0].weight.detach().flatten()
    slope = torch.as_tensor(banks[0].weight.grad).flatten()
    moved = start - rate * slope
    return {
        "norms": [float(torch.as_tensor(bank.weight.grad).norm()) for bank in banks],
        "lengths": [float(bank.weight.detach().norm()) for bank in banks],
        "before": float(start.norm()),
        "after": float(moved.norm()),
        "cosine": float(F.cosine_similarity(start, moved, dim=0)),
        "aligned": float(F.cosine_similarity(start, slope, dim=0)),
    }


def _steps(ax: Axes, milestones: Sequence[int], names: bool) -> None:
    """Dotted lines where the learning rate is divided by 10."""
    for milestone in milestones:
        ax.axvline(milestone, color=roles.muted, linestyle=":", linewidth=1)
        if names:
            ax.text(milestone + 8, ax.get_ylim()[1], "rate ÷ 10", color=roles.muted, fontsize=8, ha="left", va="top")


def figure_halves() -> None:
    """ReLU(x), ReLU(-x) with its sign turned, and their sum."""
    _, axes = plt.subplots(1, 3, figsize=(4.2, 1.7), sharey=True)
    x = np.array([-3.5, 0.0, 3.5])
    at = -3.0
    panels = (
        (lambda v: np.maximum(v, 0), "ReLU(x)", roles.plus),
        (lambda v: -np.maximum(-v, 0), "−ReLU(−x)", roles.minus),
        (lambda v: v, "their sum", roles.total),
    )
    for ax, (f, title, color) in zip(axes, panels, strict=True):
        ax.axhline(0, color=roles.line, linewidth=0.8)
        ax.axvline(0, color=roles.line, linewidth=0.8)
        ax.plot(x, f(x), color=color, linewidth=2)
        ax.plot(at, f(at), "o", color=roles.ink)
        ax.set_title(title)
        ax.set_xticks([-3, 0, 3])
        ax.set_yticks([-3, 0, 3])
        ax.set_xlabel("x")
        ax.set_aspect("equal")


def figure_curves(about: dict, runs: Sequence[Run]) -> None:
    """Training and test error of plain-20 and plain-56 against the iteration, a thin line a seed, their mean thick."""
    _, axes = plt.subplots(2, 1, figsize=(4.1, 4.8), sharex=True, sharey=True)
    for ax, which, name in zip(axes, ("train", "test"), ("training", "test"), strict=True):
        ax.set_ylim(0, 0.92)
        for depth, style in ((56, "-"), (20, "--")):
            time = of(runs, "plain", depth, "iteration" if which == "train" else "test_iteration")[0]
            every = of(runs, "plain", depth, f"{which}_error")
            lines = ax.plot(time, every.T, color=roles.plain, linewidth=0.7, alpha=0.55)
            mean = every.mean(0)
            lines += ax.plot(time, mean, color=roles.plain, linestyle=style, linewidth=2)
            scrub(lines, "iteration", int(time[0]), int(time[-1]))
            ax.text(time[-1] + 12, mean[-1], f"plain-{depth}", color=roles.plain, va="center", fontsize=9)
        _steps(ax, about["settings"]["milestones"], names=True)
        ax.set_ylabel(f"{name} error")
    axes[1].set_xlabel("iteration")


def figure_depths(runs: Sequence[Run]) -> None:
    """Final training error against depth, a mark a seed, the median as a line."""
    _, ax = plt.subplots(figsize=(4.1, 3.0))
    depths = sorted({run["depth"] for run in runs})
    for kind, (color, style, marker) in LOOK.items():
        finals = [of(runs, kind, depth, "final_train_error") for depth in depths]
        ax.plot(depths, [np.median(f) for f in finals], color=color, linestyle=style, label=kind)
        for depth, final in zip(depths, finals, strict=True):
            ax.plot([depth] * len(final), final, marker, color=color, markersize=4.5, alpha=0.8)
    ax.set_xticks(depths)
    ax.set_ylim(0, None)
    ax.set_xlabel("layers with weights")
    ax.set_ylabel("final training error")
    ax.legend()


def figure_rates(about: dict, runs: Sequence[Run], chosen: dict[tuple[str, int], str]) -> None:
    """Final training error of four networks at each rate: a mark a run, lines through the medians of whole seeds."""
    _, ax = plt.subplots(figsize=(4.1, 3.8))
    names = [rate["name"] for rate in about["rates"]]
    ends = []
    for kind, (color, _, marker) in LOOK.items():
        for depth, style in ((56, "-"), (20, ":")):
            found = [arm(runs, kind, depth, name, "final_train_error") for name in names]
            places = [place for place, errors in enumerate(found) if len(errors)]
            if not places:
                continue
            even = whole(about, runs, kind, depth) or runs
            medians = [float(np.median(arm(even, kind, depth, names[at], "final_train_error"))) for at in places]
            ax.plot(places, medians, color=color, linestyle=style)
            for place in places:
                full = chosen.get((kind, depth)) == names[place]
                face = color if full else "none"
                ax.plot(
                    [place] * len(found[place]), found[place], marker, color=color, markerfacecolor=face, markersize=5
                )
            ends.append([medians[-1], f"{kind}-{depth}", color])
    ax.set_yscale("log")
    low = 0.0
    for height, label, color in sorted(ends):
        low = max(height, low * 1.13)
        ax.text(len(names) - 0.8, low, label, color=color, fontsize=9, va="center")
    ax.set_yticks([5, 10, 20, 40, 80], labels=["5", "10", "20", "40", "80"])
    ax.minorticks_off()
    ax.set_ylim(5, None)
    ax.set_xlim(-0.3, len(names) + 0.5)
    ax.set_xticks(range(len(names)), labels=[name.replace(" after ", "\nafter ").replace(", ", "\n") for name in names])
    ax.tick_params(axis="x", labelsize=8)
    ax.set_xlabel("learning rate")
    ax.set_ylabel("final training error in %")


def figure_scales(norms: Callable[[dict, int], np.ndarray], seeds: int = 5) -> dict[str, np.ndarray]:
    """The gradient at the first layer of stacks of 2 to 50 layers, median of the seeds. Returns it by its label."""
    depths = [2, 4, 8, 12, 16, 20, 26, 32, 38, 44, 50]
    lines = (
        ("plain, 1.4 times", "plain", 1.4, roles.SERIES[4], ":", "^"),
        ("plain, deviation √(2/n)", "plain", 1.0, roles.plain, "-", "o"),
        ("plain, 0.7 times", "plain", 0.7, roles.SERIES[3], "--", "s"),
        ("residual, 0.3 times", "residual", 0.3, roles.residual, "-", "D"),
    )
    _, ax = plt.subplots(figsize=(4.1, 3.4))
    found = {}
    for label, kind, scale, color, style, marker in lines:
        firsts = np.zeros((seeds, len(depths)))
        for seed in range(seeds):
            draws = np.random.default_rng(seed)
            n = 32
            x = draws.normal(size=(32, n))
            weights = [draws.normal(size=(n, n)) * scale * (2 / n) ** 0.5 for _ in range(max(depths))]
            for column, depth in enumerate(depths):
                firsts[seed, column] = norms({"kind": kind, "x": x, "weights": weights}, depth)[0]
        found[label] = np.median(firsts, axis=0)
        ax.semilogy(depths, found[label], color=color, linestyle=style, marker=marker, markersize=3.5, label=label)
    ax.set_xlabel("layers")
    ax.set_ylabel("gradient at the first layer")
    ax.set_ylim(1e-9, 1e14)
    ax.legend(loc="upper left")
    return found


def figure_layers(runs: Sequence[Run], iterations: Sequence[str] = ("1", "400", "800")) -> dict[str, np.ndarray]:
    """Recorded gradient norms of 56-layer networks by layer. Returns the seeds' medians, a row an iteration."""
    _, axes = plt.subplots(2, 1, figsize=(4.1, 4.6), sharex=True, sharey=True)
    colors = (roles.SERIES[4], roles.SERIES[3], roles.SERIES[2])
    found = {}
    for ax, kind in zip(axes, LOOK, strict=True):
        rows = []
        for iteration, color, style in zip(iterations, colors, (":", "-", "--"), strict=True):
            every = np.array([row[iteration] for row in of(runs, kind, 56, "gradient_norms")])
            rows.append(np.median(every, axis=0))
            ax.semilogy(
                range(1, len(rows[-1]) + 1), rows[-1], color=color, linestyle=style, label=f"iteration {iteration}"
            )
        found[kind] = np.array(rows)
        ax.set_ylabel("norm of the gradient")
        ax.set_title(f"{kind}-56", loc="left")
    axes[0].legend()
    axes[1].set_xlabel("3 × 3 layer, the first at the left")
    return found


def figure_first_step(steps: dict[str, dict], rate: float, factor: float) -> dict[str, np.ndarray]:
    """How far the first step moves each filter bank, in lengths of the bank, and a line that falls by `factor` a layer.

    Returns:
        {name: one share a bank, the first layer's first}.
    """
    looks = {
        "plain-20": (roles.plain, ":"),
        "plain-56": (roles.plain, "-"),
        "residual-56": (roles.residual, "-"),
    }
    _, ax = plt.subplots(figsize=(4.1, 3.2))
    found = {name: rate * np.array(one["norms"]) / np.array(one["lengths"]) for name, one in steps.items()}
    for name, shares in found.items():
        color, style = looks[name]
        places = np.arange(1, len(shares) + 1)
        ax.semilogy(places, shares, color=color, linestyle=style)
        at = 5 if name == "plain-20" else len(shares) // 3
        ax.text(at + 1, shares[at] * (2.4 if name == "residual-56" else 1.5), name, color=color, fontsize=9)
    places = np.arange(2, 20)  # the first stage, where all banks have one shape
    height = np.median(found["plain-56"][1:19] * factor**places)
    ax.semilogy(places, height / factor**places, color=roles.ink, linewidth=0.9, linestyle="--")
    ax.text(11, 2 * height / factor**11, f"÷ {factor:.2f} a layer", color=roles.ink, fontsize=8.5)
    ax.axhline(1, color=roles.muted, linewidth=0.9, linestyle=":")
    ax.text(55, 1.2, "as long as the filters", color=roles.muted, fontsize=8.5, ha="right")
    ax.set_xlabel("3 × 3 layer, the first at the left")
    ax.set_ylabel("first step, in lengths of the filters")
    plt.show()
    return found


def figure_learning(tracks: Sequence[tuple[str, np.ndarray]]) -> None:
    """Losses while stacks learn the identity: a thin line a seed, the median thick."""
    _, ax = plt.subplots(figsize=(4.1, 3.2))
    looks = ((roles.plain, "--"), (roles.SERIES[3], ":"), (roles.SERIES[2], "-."), (roles.residual, "-"))
    for (label, track), (color, style) in zip(tracks, looks, strict=True):
        ax.semilogy(track, color=color, linewidth=0.6, alpha=0.5)
        ax.semilogy(np.median(track, axis=1), color=color, linestyle=style, linewidth=2, label=label)
    ax.axhline(0.01, color=roles.muted, linewidth=0.8, linestyle=":")
    ax.set_xlabel("step")
    ax.set_ylabel("mean squared error")
    ax.set_ylim(None, 3e4)
    ax.legend(fontsize=8.5, loc="upper right")
