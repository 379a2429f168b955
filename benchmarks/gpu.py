"""Everything that wants a GPU, as one queue of jobs: answers recorded on CUDA, and the training runs of chapters 11 to 13 at full size.

    make gpu                                         works for at most nine minutes, says what is left; call it again until nothing is
    python benchmarks/gpu.py --minutes 0             works until all is done
    python benchmarks/gpu.py --processes 6           six processes share the GPU, which one small network doesn't fill
    python benchmarks/gpu.py --preset tiny --device cpu --work DIR      the same jobs on made pictures, in seconds

In this order: torch's answers for the visible tests; every network at every learning rate on 55,000 pictures, judged by 5,000 others; three
seeds of each at its best rate; three of those three times as long; blocks taken out; the loss around two trained networks. A process that is
stopped loses at most the seconds since its last checkpoint, and no job is done twice. Finished jobs lie in WORK/jobs, one file each; once all are
there they become benchmarks/results/gpu.json. It needs torch, NumPy and, but for the tiny preset, Fashion-MNIST (see book/coursebook/fashion.py).
"""

from __future__ import annotations

import argparse
import dataclasses
import fcntl
import functools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "book")]

from coursebook import fashion

from autograde.author.record import record
from autograde.course.folder import load_content
from autograde.errors import AutogradeError
from benchmarks import degradation, deletion
from solutions.dense_networks import DenseNet

Network = tuple[str, int]
Pair = tuple[torch.Tensor, torch.Tensor]


@dataclass(frozen=True)
class Preset:
    """What is done at one size.

    Attributes:
        settings: of every training run.
        held_out: the last so many training pictures, which judge the learning rates.
        depths: of plain and residual networks, ascending.
        dense: depth and growth rate of the DenseNet-BC.
        warm_up: iterations at a tenth of the rate, where a rate has a warm-up.
        seeds: runs of each network at its best rate.
        longer: how many times as long the last runs are.
        deleted: depth of the networks from which blocks are taken.
        grid: points a side of the loss's landscape.
        assignments: whose answers are recorded; none means all.
        made: whether pictures are drawn in place of Fashion-MNIST.
    """

    settings: degradation.Settings
    held_out: int
    depths: tuple[int, ...]
    dense: tuple[int, int]
    warm_up: int
    seeds: int
    longer: int
    deleted: int
    grid: int
    assignments: tuple[str, ...] = ()
    made: bool = False


TINY = degradation.Settings(8, 64, 2, 4, (2, 3), True, 2, 2, batch=16)
PRESETS = {
    "full": Preset(degradation.FULL, 5_000, (8, 20, 32, 56), (100, 12), 400, 3, 3, 20, 31),
    "tiny": Preset(TINY, 16, (8, 14), (10, 2), 1, 1, 2, 8, 3, ("padding",), made=True),
}


class Stop(Exception):  # noqa: N818 - no error: the time is up
    """The time is up; what was done is kept."""


@dataclass
class Desk:
    """Where a process works: preset, device, folder, and until when."""

    preset: Preset
    device: torch.device
    work: Path
    deadline: float
    compiled: bool = False

    def path(self, kind: str, name: str, suffix: str) -> Path:
        """WORK/KIND/NAME.SUFFIX; its folder is there."""
        folder = self.work / kind
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{name}.{suffix}"

    def done(self, name: str) -> dict | None:
        """A finished job's result."""
        path = self.path("jobs", name, "json")
        return json.loads(path.read_text("utf-8")) if path.exists() else None

    def late(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() > self.deadline

    def pictures(self, split: str) -> Pair:
        """Pictures and classes of "train" or "test" on the device."""
        settings = self.preset.settings
        if not self.preset.made:
            return degradation.tensors(
                split, settings.side, settings.pictures if split == "train" else None, self.device
            )
        generator = torch.Generator().manual_seed(len(split))
        y = torch.arange(settings.pictures) % 10
        x = torch.randn(len(y), 1, settings.side, settings.side, generator=generator) + y[:, None, None, None] / 3
        return x.to(self.device), y.to(self.device)


def keep(path: Path, write: Callable[[Path], object]) -> None:
    """Writes a file whole or not at all."""
    half = path.with_suffix(".part")
    write(half)
    half.replace(path)


@contextmanager
def claim(path: Path) -> Iterator[bool]:
    """Whether this process alone has the file's lock; the lock ends with the process, however it ends."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def build(network: Network, preset: Preset, seed: int) -> nn.Module:
    """An untrained network: ("plain" or "residual", depth), or ("dense", depth)."""
    kind, depth = network
    if kind != "dense":
        return degradation.build(depth, kind == "residual", preset.settings, seed)
    torch.manual_seed(seed)
    growth = preset.dense[1]
    model = DenseNet((((depth - 4) // 6),) * 3, growth, 2 * growth, 4, 0.5, imagenet=False, classes=10, inputs=1)
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
    return model.to(memory_format=torch.channels_last)


def networks(preset: Preset) -> list[Network]:
    """All of them, deepest plain one first: what tells most comes first."""
    return [(kind, depth) for depth in reversed(preset.depths) for kind in ("plain", "residual")] + [
        ("dense", preset.dense[0])
    ]


def train(
    desk: Desk, name: str, network: Network, rate: degradation.Rate, seed: int, longer: int, choosing: bool
) -> dict:
    """One run, from its last checkpoint on.

    Args:
        desk: where it works.
        name: of the job.
        network: kind and depth.
        rate: how the learning rate is chosen.
        seed: of weights and order.
        longer: by how much iterations and milestones are multiplied.
        choosing: whether it is judged by the held-out pictures, on which it is not trained, and not by the test pictures.

    Raises:
        Stop: the time is up; a checkpoint is written.
    """
    preset, settings = desk.preset, desk.preset.settings
    x, y = desk.pictures("train")
    judges = (x[-preset.held_out :], y[-preset.held_out :]) if choosing else desk.pictures("test")
    if choosing:
        x, y = x[: -preset.held_out], y[: -preset.held_out]
    model = build(network, preset, seed).to(desk.device)
    steps = [milestone * longer for milestone in settings.milestones] if rate.steps else []
    optimizer = torch.optim.SGD(
        model.parameters(), rate.learning_rate, settings.momentum, weight_decay=settings.weight_decay
    )
    generator = torch.Generator().manual_seed(seed)
    order = torch.empty(0, dtype=torch.int64)
    curve: dict[str, list] = {"iteration": [], "train_loss": [], "train_error": []}
    first, seconds = 1, 0.0
    checkpoint = desk.path("checkpoints", name, "pt")
    if checkpoint.exists():
        kept = torch.load(checkpoint, map_location=desk.device, weights_only=True)
        model.load_state_dict(kept["model"])
        optimizer.load_state_dict(kept["optimizer"])
        generator.set_state(kept["generator"].cpu())
        order, curve, first, seconds = kept["order"].cpu(), kept["curve"], kept["next"], kept["seconds"]
    forward = torch.compile(model, mode="reduce-overhead") if desk.compiled else model
    sums = torch.zeros(2, device=desk.device)
    started = time.monotonic()
    for iteration in range(first, settings.iterations * longer + 1):
        if len(order) < settings.batch:
            order = torch.randperm(len(x), generator=generator)
        chosen, order = order[: settings.batch].to(desk.device), order[settings.batch :]
        images = degradation.augmented(x[chosen], generator) if settings.augment else x[chosen]
        logits = forward(images.contiguous(memory_format=torch.channels_last))
        loss = F.cross_entropy(logits, y[chosen])
        optimizer.zero_grad()
        loss.backward()
        warming = iteration <= (preset.warm_up if rate.warm_up else 0)
        fraction = 0.1 if warming else 0.1 ** sum(iteration > step for step in steps)
        optimizer.param_groups[0]["lr"] = rate.learning_rate * fraction
        optimizer.step()
        sums += torch.stack([loss.detach(), (logits.detach().argmax(1) != y[chosen]).float().mean()])
        if iteration % settings.log_every == 0:
            means = (sums / settings.log_every).tolist()
            sums.zero_()
            curve["iteration"].append(iteration)
            curve["train_loss"].append(round(means[0], 5))
            curve["train_error"].append(round(means[1], 5))
            if desk.late() and iteration < settings.iterations * longer:
                state = {
                    "model": model.state_dict(),
                    "optimizer": optimizer.state_dict(),
                    "generator": generator.get_state(),
                }
                state |= {
                    "order": order,
                    "curve": curve,
                    "next": iteration + 1,
                    "seconds": seconds + time.monotonic() - started,
                }
                keep(checkpoint, functools.partial(torch.save, state))
                raise Stop
    trained = dict(model.state_dict())
    found = {"kind": network[0], "depth": network[1], "rate": rate.name, "seed": seed, "longer": longer, **curve}
    found |= {"final_train_error": degradation.error(model, x, y)}
    found |= {"held_out_error" if choosing else "final_test_error": degradation.error(model, *judges)}
    found |= {"parameters": sum(value.numel() for value in model.parameters())}
    found |= {"seconds": round(seconds + time.monotonic() - started, 1)}
    if not choosing and longer == 1:
        keep(desk.path("states", name, "pt"), lambda path: torch.save(trained, path))
    checkpoint.unlink(missing_ok=True)
    return found


def trained(desk: Desk, name: str, network: Network) -> nn.Module:
    """The network of a finished run, in evaluation mode."""
    model = build(network, desk.preset, 0)
    model.load_state_dict(torch.load(desk.path("states", name, "pt"), map_location="cpu", weights_only=True))
    return model.to(desk.device).eval()


def directions(model: nn.Module, seed: int) -> list[torch.Tensor]:
    """A random direction in weight space whose filters are as long as the model's own; 0 for biases and normalizations.

    Source: Li et al., 2018, section 4.
    """
    generator = torch.Generator().manual_seed(seed)
    found = []
    for weight in model.parameters():
        draw = torch.randn(weight.shape, generator=generator).to(weight.device)
        if weight.ndim > 1:
            rows = draw.flatten(1)
            lengths = weight.detach().flatten(1).norm(dim=1) / rows.norm(dim=1)
            found.append((rows * lengths[:, None]).reshape(weight.shape))
        else:
            found.append(torch.zeros_like(draw))
    return found


@torch.no_grad()
def landscape(desk: Desk, name: str, network: Network) -> dict:
    """The training loss around a trained network, over two random directions from -1 to 1; the first 5,000 pictures.

    Raises:
        Stop: the time is up; the rows so far are kept.
    """
    model = trained(desk, f"run-{network[0]}-{network[1]}-s0", network)
    x, y = (part[:5_000] for part in desk.pictures("train"))
    start = [weight.detach().clone() for weight in model.parameters()]
    one, two = directions(model, 1), directions(model, 2)
    steps = torch.linspace(-1, 1, desk.preset.grid).tolist()
    kept = desk.path("checkpoints", name, "json")
    rows: list[list[float]] = json.loads(kept.read_text("utf-8")) if kept.exists() else []
    while len(rows) < len(steps):
        row = []
        for b in steps:
            for weight, centre, u, v in zip(model.parameters(), start, one, two, strict=True):
                weight.copy_(centre + steps[len(rows)] * u + b * v)
            losses = [
                F.cross_entropy(model(part), want, reduction="sum")
                for part, want in zip(x.split(500), y.split(500), strict=True)
            ]
            row.append(round(float(torch.stack(losses).sum()) / len(y), 5))
        rows.append(row)
        if desk.late() and len(rows) < len(steps):
            keep(kept, lambda path: path.write_text(json.dumps(rows), "utf-8"))
            raise Stop
    kept.unlink(missing_ok=True)
    return {"kind": network[0], "depth": network[1], "steps": steps, "loss": rows}


class _Elsewhere:
    """A course's content whose recorded answers go into another folder: a dry run must not touch the committed ones."""

    def __init__(self, content: object, folder: Path) -> None:
        self._content, self._folder = content, folder

    def __getattr__(self, name: str) -> object:
        return getattr(self._content, name)

    def recorded(self, name: str) -> Path:
        """FOLDER/NAME.npz."""
        return self._folder / f"{name}.npz"


def answers(desk: Desk, name: str) -> dict:
    """Torch's answers for one assignment's visible tests, recorded on the device."""
    content = load_content(ROOT / "solutions")
    there = _Elsewhere(content, desk.work / "answers") if desk.preset.made else content
    return record(there, name, desk.device.type)  # type: ignore[arg-type]


def deletions(desk: Desk, run: str, network: Network) -> dict:
    """Mistakes of a finished run's network on the test pictures, without each set of its blocks."""
    return {"wrong": deletion.deletions(trained(desk, run, network), *desk.pictures("test"))}


def best(desk: Desk, network: Network) -> degradation.Rate | None:
    """The rate with the smallest held-out error, once all have been tried."""
    tried = [(desk.done(rate_job(network, rate)), rate) for rate in degradation.RATES]
    errors = [(found["held_out_error"], number) for number, (found, _) in enumerate(tried) if found is not None]
    return degradation.RATES[min(errors)[1]] if len(errors) == len(tried) else None


def rate_job(network: Network, rate: degradation.Rate) -> str:
    """The name of the job that tries a rate."""
    return f"rate-{network[0]}-{network[1]}-{rate.name.replace(', ', '-').replace(' ', '-')}"


def jobs(desk: Desk) -> dict[str, Callable[[], dict] | None]:
    """Every job by its name, in order; None where what it needs is not there yet."""
    preset = desk.preset
    found: dict[str, Callable[[], dict] | None] = {}
    for name in preset.assignments or load_content(ROOT / "solutions").names:
        found[f"answers-{name}"] = functools.partial(answers, desk, name)
    for network in networks(preset):
        for rate in degradation.RATES:
            job = rate_job(network, rate)
            found[job] = functools.partial(train, desk, job, network, rate, 0, 1, True)
    long = [
        network
        for network in networks(preset)
        if network[0] != "dense" and network[1] in (preset.deleted, preset.depths[-1])
    ]
    for prefix, longer, some in (("run", 1, networks(preset)), ("long", preset.longer, long)):
        for network in some:
            rate = best(desk, network)
            for seed in range(preset.seeds):
                job = f"{prefix}-{network[0]}-{network[1]}-s{seed}"
                found[job] = functools.partial(train, desk, job, network, rate, seed, longer, False) if rate else None
    for kind in ("plain", "residual"):
        for seed in range(preset.seeds):
            run = f"run-{kind}-{preset.deleted}-s{seed}"
            cut = functools.partial(deletions, desk, run, (kind, preset.deleted))
            found[f"deletions-{kind}-{preset.deleted}-s{seed}"] = cut if desk.done(run) else None
        deep = (kind, preset.depths[-1])
        job = f"landscape-{kind}-{deep[1]}"
        look = functools.partial(landscape, desk, job, deep)
        found[job] = look if desk.done(f"run-{kind}-{deep[1]}-s0") else None
    return found


def work(desk: Desk) -> None:
    """Does jobs until the time is up or none is left that nobody else has in hand."""
    while not desk.late():
        for name, job in jobs(desk).items():
            if job is None or desk.done(name) is not None:
                continue
            with claim(desk.path("locks", name, "lock")) as mine:
                if not mine or desk.done(name) is not None:
                    continue
                try:
                    found = job()
                except Stop:
                    return
                keep(
                    desk.path("jobs", name, "json"),
                    lambda path, found=found: path.write_text(json.dumps(found), "utf-8"),
                )
                print(f"{name}: done\n", end="", flush=True)  # one write, so that processes' lines stay apart
                break
        else:
            return


def collect(desk: Desk, output: Path) -> int:
    """Writes the results when every job is done; returns how many are not."""
    names = list(jobs(desk))
    results = {name: desk.done(name) for name in names}
    left = sum(result is None for result in results.values())
    if not left:
        header = degradation.about(desk.preset.settings, desk.device, "make gpu")
        preset = {key: value for key, value in dataclasses.asdict(desk.preset).items() if key != "settings"}
        lines = ",\n".join(f"{json.dumps(name)}:{json.dumps(results[name], separators=(',', ':'))}" for name in names)
        text = f'{{"about":{json.dumps({**header, "preset": preset})},\n"jobs":{{\n{lines}\n}}}}\n'
        keep(output, lambda path: path.write_text(text, "utf-8"))
    return left


def main() -> None:
    """Reads the arguments, works alone or starts the processes that do, collects."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", choices=PRESETS, default="full")
    parser.add_argument("--device", default="cuda", help="auto, cuda or cpu")
    parser.add_argument("--minutes", type=float, default=8.5, help="0 for as long as it takes")
    parser.add_argument("--processes", type=int, default=1, help="that share the device")
    parser.add_argument("--compile", action="store_true", help="torch.compile, with CUDA graphs")
    parser.add_argument("--work", type=Path, default=ROOT / "benchmarks" / "gpu-work")
    parser.add_argument(
        "--output", type=Path, default=None, help="by default benchmarks/results/gpu.json, or WORK/tiny.json"
    )
    parser.add_argument(
        "--deadline", type=float, default=None, help=argparse.SUPPRESS
    )  # of a process that another started
    given = parser.parse_args()
    deadline = given.deadline or (time.monotonic() + 60 * given.minutes if given.minutes else float("inf"))
    torch.set_num_threads(1)
    desk = Desk(PRESETS[given.preset], degradation.pick_device(given.device), given.work, deadline, given.compile)
    if given.processes > 1:
        own = [argument for argument in sys.argv[1:] if not argument.startswith("--deadline")]
        command = [sys.executable, __file__, *own, "--processes", "1", "--deadline", str(deadline)]
        started = [subprocess.Popen(command) for _ in range(given.processes)]
        if failed := [process.args for process in started if process.wait()]:
            sys.exit(f"{len(failed)} of {given.processes} processes failed; see above")
    else:
        work(desk)
    if given.deadline is None:
        output = given.output or (
            degradation.RESULTS / "gpu.json" if given.preset == "full" else given.work / f"{given.preset}.json"
        )
        left = collect(desk, output)
        print(f"{left} jobs are left: call it again" if left else f"all done: {os.path.relpath(output)}")


if __name__ == "__main__":
    try:
        main()
    except (AutogradeError, fashion.DataError) as error:
        sys.exit(f"benchmarks/gpu.py: {error}")
