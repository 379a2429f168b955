"""Weights, stages, tables and figures of chapter 12."""

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, Rectangle
from torch import nn

from coursebook import roles
from coursebook.drawing import grid, show_ink
from solutions import networks as nets

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results"
State = Mapping[str, np.ndarray]


def load_state(path: str | Path) -> dict[str, np.ndarray]:
    """The arrays of a file that torch saved, by name; counters of batches are left out.

    Args:
        path: of a state dict, or of a checkpoint that has one under "state_dict" or "model"; names that start with
            "module." lose it.

    Raises:
        ValueError: there is no state dict in it.
    """
    found = torch.load(path, map_location="cpu", weights_only=True)
    for key in ("state_dict", "model"):
        if isinstance(found, Mapping) and isinstance(found.get(key), Mapping):
            found = found[key]
    if not isinstance(found, Mapping) or not all(isinstance(value, torch.Tensor) for value in found.values()):
        raise ValueError(
            f"{path}: expected a state dict, names and tensors; got {type(found).__name__} of other things"
        )
    return {
        name.removeprefix("module."): value.numpy()
        for name, value in found.items()
        if not name.endswith("num_batches_tracked")
    }


def trained() -> tuple[dict[str, np.ndarray], dict]:
    """The trained ResNet-20's state dict in float64, and what the file says about itself."""
    with np.load(ROOT / "solutions" / "resnet" / "given" / "resnet20.npz", allow_pickle=False) as file:
        return (
            {name: file[name].astype(float) for name in file.files if name != "about"},
            json.loads(str(file["about"])),
        )


def clothes() -> dict[str, np.ndarray]:
    """The 40 test pictures, their labels, and torch's logits."""
    with np.load(ROOT / "solutions" / "resnet" / "given" / "clothes.npz", allow_pickle=False) as file:
        return {name: file[name] for name in ("pictures", "labels", "logits")}


def recorded(name: str) -> dict:
    """What `python benchmarks/NAME.py` found out."""
    return json.loads((RESULTS / f"{name}.json").read_text("utf-8"))


def stages(chapter: ModuleType, state: State, x: np.ndarray) -> OrderedDict[str, np.ndarray]:
    """What the chapter's functions give after the stem, after each stage, and as logits."""
    large = state["conv1.weight"].shape[2] == 7
    found: OrderedDict[str, np.ndarray] = OrderedDict()
    x = chapter.relu(chapter.norm(chapter.conv(x, state, "conv1", 2 if large else 1), state, "bn1"))
    x = found["stem"] = chapter.max_pool2d(x, 3, 2, 1) if large else x
    for own, stride, stage in _blocks(state):
        x = found[stage] = (chapter.bottleneck if "conv3.weight" in own else chapter.basic_block)(x, own, stride)
    found["fc"] = chapter.linear(x.mean((2, 3)), state["fc.weight"], state["fc.bias"])
    return found


def _blocks(state: State) -> list[tuple[dict[str, np.ndarray], int, str]]:
    """(state, stride, stage) of each block."""
    names = {tuple(name.split(".")[:2]) for name in state if name.startswith("layer")}
    found = []
    for stage, number in sorted(names, key=lambda pair: (pair[0], int(pair[1]))):
        prefix = f"{stage}.{number}."
        own = {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
        found.append((own, 2 if stage != "layer1" and number == "0" else 1, stage))
    return found


def counts(make: Callable[[], nn.Module], side: int, channels: int = 3) -> tuple[int, int]:
    """Parameters and multiply-accumulates of a network for one square picture, without computing a number."""
    macs = 0

    def count(module: nn.Module, _: object, out: torch.Tensor) -> None:
        nonlocal macs
        macs += out[0].numel() * module.weight[0].numel()

    with torch.device("meta"):
        model = make().eval()
        for module in model.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                module.register_forward_hook(count)
        model(torch.empty(1, channels, side, side))
    return sum(parameter.numel() for parameter in model.parameters()), macs


def branch_sizes(chapter: ModuleType, state: State, x: np.ndarray) -> list[tuple[str, float, float, float]]:
    """For each block: name, mean squares of shortcut and F(x), and where F(x) is negative among positive shortcuts.

    The last is a share, from 0 to 1.
    """
    x = chapter.relu(chapter.norm(chapter.conv(x, state, "conv1"), state, "bn1"))
    found = []
    number: dict[str, int] = {}
    for own, stride, stage in _blocks(state):
        f = chapter.relu(chapter.norm(chapter.conv(x, own, "conv1", stride), own, "bn1"))
        f = chapter.norm(chapter.conv(f, own, "conv2"), own, "bn2")
        skip = chapter.shortcut_for(x, f, own, stride)
        number[stage] = number.get(stage, -1) + 1
        found.append(
            (
                f"{stage[5:]}.{number[stage]}",
                float((skip**2).mean()),
                float((f**2).mean()),
                float((f[skip > 0] < 0).mean()),
            )
        )
        x = chapter.relu(skip + f)
    return found


# ---- figures ----


def figure_sum(x: np.ndarray, f: np.ndarray) -> np.ndarray:
    """Two maps of x, two of F(x), their sums, as numbers in cells. Returns the sum."""
    total = x + f
    maps, size = len(x), x.shape[-1]
    _, ax = plt.subplots(figsize=(3.9, 2.9))
    for column, (array, name, color) in enumerate(
        ((x, "X", roles.shortcut), (f, "F(X)", roles.branch), (total, "X + F(X)", roles.total))
    ):
        for c in range(maps):
            at = column * (size + 1.3), c * (size + 1.2)
            title = f"{name}, map {c}" if column < 2 else f"sum, map {c}"
            grid(ax, array[c], title=title, cells=[(0, 1)], color=color, origin=at)
            if column:
                sign = "+" if column == 1 else "="
                ax.text(at[0] - 0.65, at[1] + size / 2, sign, ha="center", va="center", fontsize=15, color=roles.ink)
    plt.show()
    return total


def _bare(ax: Axes) -> None:
    ax.set_xticks([])
    ax.set_yticks([])
    for side in ax.spines.values():
        side.set_visible(False)


def figure_pairing(record: Mapping) -> None:
    """Test errors of both arms, and of the trained network after its pairing changes, one dot a seed."""
    rows = [
        ("c with c,\ntrained so", [run["final_test_error"] for run in record["straight"]], roles.SERIES[0], "o"),
        ("c with p(c),\ntrained so", [run["final_test_error"] for run in record["permuted"]], roles.SERIES[2], "s"),
        ("changed\nafterwards", record["pairing_changed_afterwards"], roles.wrong, "D"),
        ("changed, and\nfilters moved", record["with_its_filters"], roles.SERIES[3], "^"),
    ]
    drawn, axes = plt.subplots(1, 2, figsize=(3.9, 2.8), sharey=True, width_ratios=(2, 1))
    drawn.get_layout_engine().set(wspace=0.08)
    for ax, limits in zip(axes, ((15, 20), (80, 100)), strict=True):
        for row, (_, values, color, marker) in enumerate(rows):
            percent = np.array(values) * 100
            ax.plot(percent, np.full(len(values), row), marker, color=color, markersize=6, alpha=0.6)
            ax.plot(percent.mean(), row + 0.32, "|", color=roles.ink, markersize=9, markeredgewidth=2)
        ax.set_xlim(*limits)
        ax.set_ylim(len(rows) - 0.4, -0.5)
    axes[0].set_yticks(range(len(rows)), [name for name, *_ in rows])
    axes[1].spines["left"].set_linestyle((0, (2, 3)))
    axes[1].tick_params(axis="y", length=0)
    axes[1].set_xticks([85, 95])  # the break of the axis: no two numbers beside each other there
    drawn.supxlabel("test error, percent", fontsize=plt.rcParams["axes.labelsize"])
    plt.show()


def figure_shortcuts(x: np.ndarray, a: np.ndarray, b: np.ndarray) -> None:
    """One 4x4 map, what option A makes of it, and what option B does."""
    _, ax = plt.subplots(figsize=(3.9, 2.5))
    every = [(i, j) for i in (0, 2) for j in (0, 2)]
    grid(ax, x[0], title="X", cells=every, color=roles.window, origin=(0, 0.6))
    for row, (maps, name, color) in enumerate(((a, "A", roles.SERIES[0]), (b, "B", roles.SERIES[1]))):
        for c, values in enumerate(maps):
            at = 6.0 + 3.6 * c, 3.6 * row
            grid(ax, values, title=f"{name}, map {c}", origin=at, color=color)
        ax.annotate(
            "", (5.7, 1 + 3.6 * row), (4.25, 2.2 + 1.0 * row), arrowprops={"arrowstyle": "->", "color": roles.muted}
        )
    plt.show()


def _box(ax: Axes, x: float, y: float, text: str, color: str, width: float = 2.6) -> None:
    ax.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - 0.36), width, 0.72, boxstyle="round,pad=0,rounding_size=0.12", facecolor="none",
            edgecolor=color, linewidth=1.4,
        )
    )  # fmt: skip
    ax.text(x, y, text, ha="center", va="center", color=color, fontsize=9)


def figure_blocks(columns: Sequence[tuple[str, Sequence[str], str, str]]) -> None:
    """Blocks side by side: title, the branch's layers from above, the shortcut's label, what follows the sum."""
    _, ax = plt.subplots(figsize=(3.9, 4.2))
    for place, (title, layers, skip, after) in enumerate(columns):
        x = 4.6 * place
        ax.text(x + 0.55, -1.15, title, ha="center", va="center", color=roles.ink)
        ax.text(x, -0.35, "X", ha="center", va="center", color=roles.ink)
        bottom = len(layers) + 0.2
        arrow = {"arrowstyle": "-", "color": roles.muted, "linewidth": 1.2}
        for row, layer in enumerate(layers):
            y = row + 0.6
            ax.annotate("", (x, y - 0.36), (x, y - 0.64 if row else -0.12), arrowprops=arrow)
            color = roles.branch if "×" in layer else roles.activation if layer == "ReLU" else roles.muted
            _box(ax, x, y, layer, color)
        ax.annotate("", (x, bottom + 0.1), (x, bottom - 0.24), arrowprops=arrow)
        ax.plot(
            [x, x + 2.1, x + 2.1, x + 0.28], [0, 0, bottom + 0.35, bottom + 0.35], color=roles.shortcut, linewidth=1.6
        )
        ax.text(x + 2.02, bottom / 2, skip, rotation=90, ha="right", va="center", color=roles.shortcut, fontsize=9)
        ax.add_patch(plt.Circle((x, bottom + 0.35), 0.26, fill=False, edgecolor=roles.ink, linewidth=1.4))
        ax.text(x, bottom + 0.35, "+", ha="center", va="center_baseline", color=roles.ink, fontsize=12)
        ax.annotate("", (x, bottom + 0.98 if after else bottom + 1.1), (x, bottom + 0.62), arrowprops=arrow)
        if after:
            _box(ax, x, bottom + 1.35, after, roles.activation)
    ax.set_xlim(-1.6, 4.6 * (len(columns) - 1) + 2.4)
    ax.set_ylim(max(len(layers) for _, layers, *_ in columns) + 2.2, -1.5)
    ax.set_axis_off()
    plt.show()


def figure_unread(size: int) -> int:
    """Which pixels of a map a strided 1x1 and a strided 3x3 window read. Returns how many the first leaves unread."""
    seen = np.zeros((2, size, size), int)
    for i in range(0, size, 2):
        for j in range(0, size, 2):
            seen[0, i, j] += 1
            seen[1, max(0, i - 1) : i + 2, max(0, j - 1) : j + 2] += 1
    _, axes = plt.subplots(1, 2, figsize=(3.9, 2.3))
    for ax, counted, title in zip(axes, seen, ("1: the 1 × 1", "1.5: the 3 × 3"), strict=True):
        grid(ax, counted, title=title, cells=list(zip(*np.nonzero(counted), strict=True)), color=roles.window)
    plt.show()
    return int((seen[0] == 0).sum())


def figure_branches(sizes: Sequence[tuple[str, float, float, float]]) -> np.ndarray:
    """Root mean squares of shortcut and branch, block by block. Returns their ratios, branch over shortcut."""
    names = [name for name, *_ in sizes]
    skip, branch = (np.sqrt([row[k] for row in sizes]) for k in (1, 2))
    _, ax = plt.subplots(figsize=(3.9, 2.6))
    places = np.arange(len(names))
    ax.bar(places - 0.2, skip, 0.36, color=roles.shortcut, label="shortcut")
    ax.bar(places + 0.2, branch, 0.36, color=roles.branch, label="F(X)")
    ax.set_xticks(places, names)
    ax.set_xlabel("stage.block")
    ax.set_ylabel("root mean square")
    ax.legend(ncols=2, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2)
    plt.show()
    return branch / skip


def figure_clothes(
    pictures: np.ndarray, labels: np.ndarray, read: np.ndarray, classes: Sequence[str], count: int = 20
) -> None:
    """The first pictures, each with what the network read; wrong ones are framed and name the label too."""
    columns = 4
    rows = -(-count // columns)
    _, axes = plt.subplots(rows, columns, figsize=(3.9, 1.25 * rows))
    for ax, picture, label, answer in zip(axes.flat, pictures, labels, read, strict=False):
        show_ink(ax, picture, pictures.max())
        _bare(ax)
        right = label == answer
        text = classes[answer] if right else f"{classes[answer]}\n(is: {classes[label]})"
        ax.set_xlabel(text, fontsize=9, color=roles.ink if right else roles.wrong)
        if not right:
            ax.add_patch(Rectangle((-0.5, -0.5), 28, 28, fill=False, edgecolor=roles.wrong, linewidth=2))
    plt.show()


# ---- an untrained stack ----


def untrained(images: np.ndarray, labels: np.ndarray, depth: int, residual: bool, seed: int) -> dict[str, np.ndarray]:
    """One pass there and back through a fresh network for CIFAR's stages, with He et al.'s initial weights.

    Args:
        images: (N, 1, H, W), shrunk or grown to 14 × 14 here.
        labels: (N,).
        depth: 6n + 2.
        residual: whether the blocks have shortcuts.
        seed: of the weights.

    Returns:
        "ratio" of the root mean squares of branch and shortcut, a number a block (NaN where there is no shortcut);
        "gain", the norm of the gradient before each block over that after it.
    """
    torch.manual_seed(seed)
    model = nets.CifarResNet(depth, residual=residual, inputs=1)
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    x = F.interpolate(torch.tensor(images, dtype=torch.float32), size=14)
    h = F.relu(model.bn1(model.conv1((x - x.mean()) / x.std())))
    between, ratios = [h], []
    for block in (*model.layer1, *model.layer2, *model.layer3):
        branch = block.bn2(block.conv2(F.relu(block.bn1(block.conv1(h)))))
        skip = (block.downsample(h) if hasattr(block, "downsample") else h) if residual else torch.zeros(())
        ratios.append(float((branch.detach().square().mean() / skip.detach().square().mean()).sqrt()))
        h = F.relu(skip + branch)
        between.append(h)
    for maps in between:
        maps.retain_grad()
    F.cross_entropy(model.fc(h.mean((2, 3))), torch.tensor(labels)).backward()
    norms = np.array([float(torch.as_tensor(maps.grad).norm()) for maps in between])
    return {"ratio": np.array(ratios) if residual else np.full(len(ratios), np.nan), "gain": norms[:-1] / norms[1:]}


def figure_tame(plain: Sequence[Mapping], residual: Sequence[Mapping], factor: float) -> None:
    """Of untrained networks, a line a seed: branch over shortcut, and each block's gain on the gradient."""
    _, axes = plt.subplots(2, 1, figsize=(4.1, 4.8), sharex=True)
    count = len(residual[0]["gain"])
    places = np.arange(1, count + 1)
    stage = count // 3
    for number in range(3):
        own = places[number * stage : (number + 1) * stage]
        for run in residual:
            axes[0].plot(own, run["ratio"][own - 1], "o-", color=roles.residual, markersize=3, linewidth=0.9, alpha=0.7)
    axes[0].plot(places[:stage], 1 / np.sqrt(places[:stage]), color=roles.ink, linestyle="--", linewidth=1)
    axes[0].text(3.4, 0.47, "1/√l", color=roles.ink, fontsize=9, ha="right", va="top")
    axes[0].set_ylim(0, None)
    axes[0].set_ylabel("branch over shortcut")
    for runs, color, marker, style in ((plain, roles.plain, "s", "--"), (residual, roles.residual, "o", "-")):
        for run in runs:
            axes[1].plot(
                places, run["gain"], marker, color=color, linestyle=style, markersize=3, linewidth=0.9, alpha=0.7
            )
    axes[1].axhline(factor, color=roles.ink, linestyle="--", linewidth=1)
    axes[1].text(count, factor + 0.02, "π/(π − 1), two layers", color=roles.ink, fontsize=8.5, ha="right", va="bottom")
    axes[1].axhline(1, color=roles.muted, linestyle=":", linewidth=1)
    axes[1].text(6.5, 1.57, "plain-56", color=roles.plain, fontsize=9, va="bottom")
    axes[1].text(count, 0.88, "residual-56", color=roles.residual, fontsize=9, ha="right", va="bottom")
    axes[1].set_ylabel("gain on the gradient")
    axes[1].set_xlabel("block, the first at the left")
    for ax in axes:
        for edge in (stage, 2 * stage):
            ax.axvline(edge + 0.5, color=roles.line, linewidth=1)
    axes[0].set_xticks([1, *range(stage, count + 1, stage)])
    plt.show()


def figure_deletion(
    record: Mapping,
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Errors of a plain and a residual network without one block, and without any number of them.

    Args:
        record: of benchmarks/deletion.py.

    Returns:
        {name: errors in %, whole first and then without each block}, the same with statistics collected anew, and
        {name: (3, blocks + 1) smallest, mean and largest error in % over all choices of so many blocks}.
    """
    names = record["blocks"]
    _, axes = plt.subplots(2, 1, figsize=(4.1, 5.2))
    looks = {"plain": (roles.plain, "s", "--"), "residual": (roles.residual, "o", "-")}
    alone, again, many = {}, {}, {}
    out = np.array([place.bit_count() for place in range(2 ** len(names))])
    for shift, (kind, (color, marker, style)) in zip((0.2, -0.2), looks.items(), strict=True):
        errors = np.round(1000 * np.array(record["wrong"][kind]) / record["pictures"]) / 10  # as the component rounds
        alone[kind] = errors[[0, *(1 << block for block in range(len(names)))]]
        many[kind] = np.array(
            [[f(errors[out == count]) for count in range(len(names) + 1)] for f in (np.min, np.mean, np.max)]
        )
        axes[0].bar(
            np.arange(len(names) + 1) + shift,
            alone[kind],
            0.38,
            color=color,
            label=f"{kind}-20",
        )
        again[kind] = np.round(1000 * np.array(record["renewed"]["wrong"][kind]) / record["pictures"]) / 10
        axes[0].plot(
            np.arange(len(names) + 1) + shift,
            again[kind],
            "D",
            color=roles.ink,
            markersize=4,
            label="statistics renewed" if kind == "residual" else None,
        )
        counts = np.arange(len(names) + 1)
        axes[1].fill_between(counts, many[kind][0], many[kind][2], color=color, alpha=0.18, linewidth=0)
        axes[1].plot(counts, many[kind][1], marker, color=color, linestyle=style, markersize=4, label=f"{kind}-20")
    for ax in axes:
        ax.axhline(90, color=roles.muted, linestyle=":", linewidth=1)
        ax.set_ylim(0, 100)
        ax.set_ylabel("test error in %")
    axes[0].set_xticks(range(len(names) + 1), ["none", *names])
    axes[0].tick_params(axis="x", labelsize=8.5)
    axes[0].set_xlabel("the block that is out")
    axes[0].legend(ncols=2, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2)
    axes[1].set_xlabel("blocks that are out")
    axes[1].set_xticks(range(len(names) + 1))
    plt.show()
    return alone, again, many
