"""Chapter 9's questions: the pieces around the convolutions, the network, the step and the training."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from autograde.questions import Case, Misconception, Question, Rng, read_driver, signed

from . import reference as ref

RELU, LINEAR, SOFTMAX, SGD, NETWORK, TRAINING = (
    f"convnet-{part}" for part in ("relu", "linear", "softmax", "sgd", "network", "training")
)
DIGITS = Path(__file__).with_name("digits.npz")
"""600 of scikit-learn's digits, (600, 8, 8) from 0 to 16; digits.md says where they come from."""

READ_WELL = 0.75
"""The share of unseen digits that a trained network must read."""

COUNTING = "a network that counts"
WATCHED = f"{COUNTING}, and a function that watches"
Update = tuple[Tensor, Tensor]
Loss = tuple[Any, Tensor]


@cache
def _digits() -> tuple[np.ndarray, np.ndarray]:
    with np.load(DIGITS, allow_pickle=False) as file:
        return file["images"][:, None] / 16.0, file["labels"].astype(np.int64)


def _rectified(rng: Rng) -> list[Case]:
    return [
        Case("both signs", (signed(rng, 2, 3, 4, 5),)),
        Case("a matrix with zeros", (signed(rng, 4, 7) * rng.choice([0.0, 1.0], (4, 7)),)),
        Case("large and small values", (signed(rng, 3, 5) * [0.01, 1.0, 3.0, 7.0, 40.0],)),
        Case("nothing positive", (-abs(signed(rng, 3, 1, 2)),)),
    ]


def _with_zeros(rng: Rng, *shape: int) -> np.ndarray:
    """Signed values, every third of them zero."""
    x = signed(rng, *shape)
    x.flat[:: 3 if shape[-1] % 3 else 2] = 0.0
    return x


def _masked(rng: Rng) -> list[Case]:
    return [
        Case("both signs", (signed(rng, 2, 3, 4, 5), signed(rng, 2, 3, 4, 5))),
        Case("zeros in x", (signed(rng, 4, 7), _with_zeros(rng, 4, 7)), group="at zero"),
        Case("nothing positive", (signed(rng, 3, 4), -abs(_with_zeros(rng, 3, 4))), group="at zero"),
        Case("one axis", (signed(rng, 9), signed(rng, 9))),
    ]


def _layers(rng: Rng) -> list[Case]:
    n, i, o = (int(value) for value in rng.choice([3, 4, 5, 6, 7], 3, replace=False))
    return [
        Case("unequal sizes", (signed(rng, n, i), signed(rng, o, i), signed(rng, o) * 3), terms=i + 1),
        Case("no bias", (signed(rng, 2, 5), signed(rng, 3, 5)), terms=5),
        Case("as many outputs as inputs", (signed(rng, 3, 4), signed(rng, 4, 4), signed(rng, 4)), terms=5),
        Case("as many examples as outputs", (signed(rng, 3, 5), signed(rng, 3, 5), signed(rng, 3) * 3), terms=6),
        Case("one example, one output", (signed(rng, 1, 6), signed(rng, 1, 6), signed(rng, 1)), terms=7),
    ]


def _layers_back(rng: Rng) -> list[Case]:
    n, i, o = (int(value) for value in rng.choice([3, 4, 5, 6, 7], 3, replace=False))
    return [
        Case("unequal sizes", (signed(rng, n, o), signed(rng, n, i), signed(rng, o, i)), terms=8),
        Case("as many outputs as inputs", (signed(rng, 3, 4), signed(rng, 3, 4), signed(rng, 4, 4)), terms=8),
        Case("as many examples as outputs", (signed(rng, 4, 4), signed(rng, 4, 6), signed(rng, 4, 6)), terms=8),
        Case("one example", (signed(rng, 1, 3), signed(rng, 1, 5), signed(rng, 3, 5)), terms=8),
    ]


def _logits(rng: Rng) -> list[Case]:
    n, k = (int(value) for value in rng.choice([3, 4, 5, 6], 2, replace=False))
    spread = signed(rng, 3, 5) + np.array([[400.0], [0.0], [-900.0]])
    # Logits near 1000 round by 1000 eps, and a program may subtract before or after it exponentiates: hence the terms.
    return [
        Case("unequal sizes", (signed(rng, n, k) * 2, rng.integers(0, k, n)), terms=n * k),
        Case("one example, two classes", (signed(rng, 1, 2), rng.integers(0, 2, 1)), terms=4),
        Case("as many examples as classes", (signed(rng, 4, 4) * 2, rng.permutation(4)), terms=16),
        Case("logits near 1000", (signed(rng, 3, 4) + 1000, rng.integers(0, 4, 3)), group="stable", terms=2000),
        Case("rows that lie hundreds apart", (spread, rng.integers(0, 5, 3)), group="stable", terms=2000),
        Case(
            "a label whose probability is below the smallest float",
            (np.array([[0.0, 900.0, 3.0], [2.0, -1.0, 0.5]]) + signed(rng, 2, 3), np.array([0, 2])),
            group="stable",
            terms=2000,
        ),
    ]


def _steps(rng: Rng) -> list[Case]:
    def three(*shape: int) -> tuple[np.ndarray, ...]:
        return tuple(signed(rng, *shape) for _ in range(3))

    lr, mu = float(rng.uniform(0.05, 0.3)), float(rng.uniform(0.6, 0.8))
    return [
        Case("a velocity and the default momentum", (*three(3, 4), lr), terms=4),
        Case("another momentum", (*three(2, 3, 2, 1), 0.02, mu), terms=4),
        Case("the first step, from velocity 0", (*three(5)[:2], np.zeros(5), lr), terms=4),
        Case("no momentum", (*three(2, 5), lr, 0.0), terms=4),
        Case("weight decay", (*three(4, 3), lr, mu), {"weight_decay": 0.3}, group="weight decay", terms=6),
        Case("weight decay, no momentum", (*three(6), 0.1, 0.0, 0.05), group="weight decay", terms=6),
    ]


def _networks(rng: Rng) -> list[Case]:
    def network(channels: int, first: int, second: int, rows: int, columns: int, classes: int) -> list[np.ndarray]:
        shapes = [
            *((first, channels, 3, 3), (first,), (second, first, 3, 3), (second,)),
            *((classes, second * (rows // 4) * (columns // 4)), (classes,)),
        ]
        return [signed(rng, *shape) / math.sqrt(math.prod(shape[1:])) for shape in shapes]

    first, second, classes = (int(value) for value in rng.choice([2, 3, 4, 5], 3, replace=False))
    values = network(2, first, second, 9, 14, classes)
    x, grad = signed(rng, 4, 2, 9, 14), signed(rng, 4, classes) / 4
    gray, small = network(1, 3, 2, 8, 8, 6), signed(rng, 3, 1, 8, 8)
    grad_small = signed(rng, 3, 6) / 3
    return [
        Case("logits", ("forward", x, grad, values), terms=100),
        Case("logits of gray images", ("forward", small, grad_small, gray), terms=60),
        Case("gradients", ("backward", x, grad, values), group="backward", terms=400),
        Case("gradients of a second batch", ("second batch", small, grad_small, gray), group="backward", terms=200),
        Case("logits after the parameters are written to", ("update", x, grad, values), group="parameters", terms=100),
        Case(
            "logits after the caller's own arrays are written to",
            ("own copies", x, grad, values),
            group="parameters",
            terms=100,
        ),
        Case(
            "gradients kept while a second batch goes through",
            ("kept gradients", small, grad_small, gray),
            group="parameters",
            terms=200,
        ),
    ]


def _trainings(rng: Rng) -> list[Case]:
    def counted(n: int, classes: int, network: str = COUNTING) -> tuple[Any, ...]:
        images = np.arange(n, dtype=float)[:, None, None, None] + np.zeros((1, 1, 2, 3))
        return (network, images, rng.integers(0, classes, n), *_counting_values(rng, n, classes))

    lr, seed = float(rng.uniform(0.05, 0.2)), int(rng.integers(1000))
    images, labels = _digits()
    order = rng.permutation(len(images))
    held, shown = order[:150], order[150:]
    # The digits lie beside the notebook with their labels: classes get other names, so that the file is no answer.
    labels = rng.permutation(10)[labels]
    weights = (
        rng.normal(size=(8, 1, 3, 3)) * math.sqrt(2 / 9),
        np.zeros(8),
        rng.normal(size=(10, 128)) / 8,
        np.zeros(10),
    )
    options = {"epochs": 3, "batch_size": 5, "lr": lr, "momentum": 0.7, "weight_decay": 0.02, "seed": seed}
    return [
        Case("what a run does, batches that do not divide", counted(22, 3), options, group="loop", terms=40),
        Case(
            "what a run does, batches that divide", counted(24, 4), {**options, "batch_size": 6}, group="loop", terms=40
        ),
        Case(
            "450 real digits, and 150 that it has not seen",
            ("a network that reads digits", images[shown], labels[shown], (images[held],), list(weights)),
            {"epochs": 5, "batch_size": 25, "lr": 0.05, "momentum": 0.9, "weight_decay": 1e-4, "seed": seed},
            group="learning",
            kept={"held_labels": labels[held]},
            share=READ_WELL,
        ),
        Case(
            "a function that is shown each step",
            counted(int(rng.integers(9, 40)), 3, WATCHED),
            {**options, "batch_size": 4},
            group="show",
        ),
    ]


def _counting_values(rng: Rng, n: int, classes: int) -> tuple[tuple[np.ndarray, ...], list[np.ndarray]]:
    """Logits of each image, and two parameters with their gradients, which never change."""
    table = signed(rng, n, classes)
    return (table,), [signed(rng, 2, 3), signed(rng, 4), signed(rng, 2, 3), signed(rng, 4)]


# Wrong ideas, as torch functions.


def _naive_softmax(z: Tensor) -> Tensor:
    return z.exp() / z.exp().sum(1, keepdim=True)


def _from_probabilities(probabilities: Tensor, labels: Tensor) -> Loss:
    loss = -probabilities[torch.arange(len(labels)), labels].log().mean()
    return loss, (probabilities - F.one_hot(labels, probabilities.shape[1])) / len(labels)


def _scaled(
    loss: Callable[[int, int], float], gradient: Callable[[int, int], float]
) -> Callable[[Tensor, Tensor], Loss]:
    """The right loss and gradient, times what `loss` and `gradient` make of (N, K)."""

    def variant(logits: Tensor, labels: Tensor) -> Loss:
        value, grad = ref.softmax_cross_entropy(logits, labels)
        n, k = logits.shape
        return value * loss(n, k), grad * gradient(n, k)

    return variant


def _over_the_batch(logits: Tensor, labels: Tensor) -> Loss:
    return _from_probabilities(logits.double().softmax(0), labels)


def _softmax_twice(logits: Tensor, labels: Tensor) -> Loss:
    return ref.softmax_cross_entropy(logits.double().softmax(1), labels)


def _batch_maximum(logits: Tensor, labels: Tensor) -> Loss:
    return _from_probabilities(_naive_softmax(logits.double() - logits.max()), labels)


def _no_one_hot(logits: Tensor, labels: Tensor) -> Loss:
    loss, _ = ref.softmax_cross_entropy(logits, labels)
    return loss, logits.double().softmax(1) / len(labels)


def _of_probabilities(logits: Tensor, labels: Tensor) -> Loss:
    loss, _ = ref.softmax_cross_entropy(logits, labels)
    p = logits.double().softmax(1)
    return loss, -F.one_hot(labels, p.shape[1]) / p / len(labels)


def _step(
    velocity: Callable[[Tensor, Tensor, float, float], Tensor] = lambda v, g, mu, lr: mu * v + g,
    move: Callable[[Tensor, Tensor, Tensor, float, float], Tensor] = lambda new, old, g, mu, lr: -lr * new,
    decayed: Callable[[Tensor, Tensor, float], Tensor] = lambda g, p, wd: g + wd * p,
    shrink: Callable[[float, float], float] = lambda lr, wd: 0.0,
) -> Callable[..., Update]:
    """A step with another velocity, move, decayed gradient, or a shrinking of the parameter beside the velocity."""

    def variant(
        parameter: Tensor, gradient: Tensor, old: Tensor, lr: float, momentum: float = 0.9, weight_decay: float = 0.0
    ) -> Update:
        p, old = parameter.double(), old.double()
        g = decayed(gradient.double(), p, weight_decay)
        new = velocity(old, g, momentum, lr)
        return p + move(new, old, g, momentum, lr) - shrink(lr, weight_decay) * p, new

    return variant


def _net(state: dict[str, Tensor], x: Tensor, idea: str) -> Tensor:
    """`ref.conv_net` with one wrong idea in it."""

    def rectify(y: Tensor, layer: str) -> Tensor:
        if idea in ("relu forgotten", f"relu after {layer} forgotten"):
            return y
        passing = idea in ("mask forgotten", f"mask of {layer} forgotten")
        return y + (F.relu(y) - y).detach() if passing else F.relu(y)

    def bias(name: str) -> Tensor:
        b = state[f"{name}.bias"]
        return b - b.detach() if idea == "biases ignored" else b

    x = x.double()
    for layer in ("conv1", "conv2"):
        x = rectify(F.conv2d(x, state[f"{layer}.weight"], bias(layer), padding=1), layer)
        x = F.avg_pool2d(x, 2) if idea == "average pools" else F.max_pool2d(x, 2)
    flat = x.permute(0, 2, 3, 1).flatten(1) if idea == "channels last" else x.flatten(1)
    logits = F.linear(flat, state["fc.weight"], bias("fc"))
    if idea == "logits rectified":
        return logits + (F.relu(logits) - logits).detach()
    if idea == "probabilities":
        return logits + (logits.softmax(1) - logits).detach()
    return logits


def _asked(idea: str = "") -> Callable[..., Any]:
    """What the driver asks `ConvNet`, answered in torch, with a wrong idea or none."""

    def back(state: dict[str, Tensor], x: Tensor, grad_logits: Tensor) -> dict[str, Tensor]:
        if not idea:
            return ref.gradients(state, x, grad_logits)
        leaves = {name: value.detach().requires_grad_() for name, value in state.items()}
        found = torch.autograd.grad(_net(leaves, x, idea), list(leaves.values()), grad_logits.double())
        scale = len(x) if idea == "averaged again" else 1
        return {name: value / scale for name, value in zip(leaves, found, strict=True)}

    def answer(task: str, x: Tensor, grad_logits: Tensor, values: Sequence[Tensor]) -> Any:
        state = ref.named(values)
        if (task == "update" and idea != "copies") or (task == "own copies" and idea == "shared"):
            state = {name: value * 0.5 - 0.125 for name, value in state.items()}
        if task in ("forward", "update", "own copies"):
            return _net(state, x, idea) if idea else ref.conv_net(state, x)
        if task == "kept gradients" and idea != "written over":
            return back(state, x[:2], grad_logits[:2])
        found = back(state, x, grad_logits)
        if task == "second batch" and idea == "accumulates":
            first = back(state, x[:2], grad_logits[:2])
            found = {name: value + first[name] for name, value in found.items()}
        return found

    return answer


class _Orders:
    """Which images each step sees, with a wrong idea or none."""

    def __init__(self, n: int, batch_size: int, epochs: int, idea: str) -> None:
        rng = np.random.default_rng(0)
        once = rng.permutation(n)
        self.epochs: list[list[np.ndarray]] = []
        for _ in range(1 if idea == "one epoch" else epochs):
            order = rng.integers(0, n, n) if idea == "replacement" else rng.permutation(n)
            if idea in ("not shuffled", "first batch"):
                order = np.arange(n)
            elif idea == "shuffled once":
                order = once
            batches = [order[start : start + batch_size] for start in range(0, n, batch_size)]
            if idea == "first batch":
                batches = [order[:batch_size]] * len(batches)
            if idea == "last dropped":
                batches = [batch for batch in batches if len(batch) == batch_size]
            self.epochs.append(batches)


def _counted(
    labels: Tensor, table: Tensor, values: Sequence[Tensor], options: dict[str, Any], idea: str
) -> dict[str, Any]:
    n, epochs = len(labels), options["epochs"]
    orders = _Orders(n, options["batch_size"], epochs, idea).epochs
    parameters, gradients = [value.double() for value in values[:2]], values[2:]
    velocities = [torch.zeros_like(p) for p in parameters]
    for batches in orders:
        if idea == "velocity anew each epoch":
            velocities = [torch.zeros_like(p) for p in parameters]
        for _ in batches:
            if idea == "velocity lost":
                velocities = [torch.zeros_like(p) for p in parameters]
            moved = [
                ref.sgd_momentum_step(
                    p, g, v, options["lr"],
                    0.9 if idea == "default momentum" else options["momentum"],
                    0.0 if idea == "decay forgotten" or (idea == "biases spared" and p.dim() == 1)
                    else options["weight_decay"],
                )
                for p, g, v in zip(parameters, gradients, velocities, strict=True)
            ]  # fmt: skip
            velocities = [v for _, v in moved]
            if idea == "ascends":
                parameters = [2 * p - new for p, (new, _) in zip(parameters, moved, strict=True)]
            elif idea != "never updates":
                parameters = [new for new, _ in moved]
    flat = [np.concatenate(batches).tolist() for batches in orders] + [[]] * (epochs - len(orders))
    sizes = [len(batch) for batches in orders for batch in batches]
    seen = _chunks([batch for batches in orders for batch in batches], epochs) if idea == "one epoch" else flat
    facts: dict[str, Any] = {
        "sizes of the batches": sizes,
        "every image once an epoch": all(sorted(order) == list(range(n)) for order in seen),
        "every label with its own image": idea != "labels left",
        "another order than the images lie in": seen[0] != list(range(n)),
        "a new order in every epoch": len({tuple(order) for order in seen}) == epochs,
        "parameters at the end": parameters,
        "number of losses": len(orders) if idea == "loss an epoch" else len(sizes),
    }
    if n % options["batch_size"] == 0:
        if idea in ("labels left", "first batch", "one epoch", "replacement"):
            raise NotImplementedError("the losses depend on the order")
        facts["mean of the losses"] = ref.softmax_cross_entropy(table, labels)[0]
    facts["the same order for the same seed"] = idea != "no seed"
    facts["another for another"] = idea not in ("fixed seed", "not shuffled", "first batch")
    return facts


def _chunks(steps: list[np.ndarray], epochs: int) -> list[list[int]]:
    share = max(1, -(-len(steps) // epochs))
    return [[int(n) for step in steps[i * share : (i + 1) * share] for n in step] for i in range(epochs)]


SHOWS = {"show from zero": (0, True), "never shows": (1, False)}
"""What an idea makes of `show`: the first number it hears, and whether it hears anything."""


def _trained(idea: str = "") -> Callable[..., Any]:
    """What the driver finds out about `train`, in torch, with a wrong idea or none."""

    def answer(
        network: str,
        images: Tensor,
        labels: Tensor,
        extra: Sequence[Tensor],
        values: Sequence[Tensor],
        held_labels: Tensor | None = None,
        **options: Any,
    ) -> dict[str, Any]:
        if network == COUNTING:
            return _counted(labels, extra[0], values, options, idea)
        if network == WATCHED and idea in ("", *SHOWS):
            steps = options["epochs"] * math.ceil(len(labels) / options["batch_size"])
            first, told = SHOWS.get(idea, (1, True))
            return {
                "step and steps": [(first + step, steps) for step in range(steps)] if told else [],
                "the loss of each step": told,
            }
        if idea:
            raise NotImplementedError("what such a network takes a digit for depends on the order that is drawn")
        return {"unseen digits": held_labels}

    return answer


RELU_IDEAS = (
    Misconception(
        "absolute_value",
        lambda x: x.double().abs(),
        "You take the absolute value.",
        "A negative input gives 0: it is cut off, not folded up.",
        RELU,
    ),
    Misconception(
        "minimum_for_maximum",
        lambda x: x.double().clamp(max=0),
        "You keep the negative values and cut the positive ones off.",
        "ReLU is max(x, 0): what is positive passes.",
        RELU,
    ),
    Misconception(
        "step_instead",
        lambda x: (x > 0).double(),
        "You return 1 where the input is positive.",
        "A positive input passes with its value. The step is ReLU's derivative.",
        RELU,
    ),
    Misconception(
        "capped_at_one",
        lambda x: x.double().clamp(0, 1),
        "You cut off what is above 1 too.",
        "ReLU has no upper bound: only what is below 0 is cut off.",
        RELU,
    ),
    Misconception(
        "leaky",
        lambda x: F.leaky_relu(x.double(), 0.01),
        "You let a hundredth of the negative values pass.",
        "That is the leaky ReLU. Here negative inputs give exactly 0.",
        RELU,
    ),
)

RELU_BACKWARD_IDEAS = (
    Misconception(
        "gradient_passes_at_zero",
        lambda grad_output, x: torch.where(x >= 0, grad_output.double(), 0.0),
        "You let the gradient pass where the input is exactly 0.",
        "By torch's convention, and this book's, it is stopped there: the mask is x > 0.",
        RELU,
    ),
    Misconception(
        "gradient_unchanged",
        lambda grad_output, x: grad_output.double(),
        "You pass the whole gradient on. A mask output >= 0 does the same, since a ReLU's output is never negative.",
        "Where x <= 0 the output did not depend on x, and its gradient is 0.",
        RELU,
    ),
    Misconception(
        "mask_of_the_gradient",
        lambda grad_output, x: grad_output.double().clamp(min=0),
        "You cut off the gradient's negative values.",
        "The mask comes from the input x. The gradient keeps both signs.",
        RELU,
    ),
    Misconception(
        "mask_of_both",
        lambda grad_output, x: torch.where(x > 0, grad_output.double().clamp(min=0), 0.0),
        "You mask with the input, and cut off the gradient's negative values as well.",
        "The gradient keeps both signs: a negative one says that a larger x lowers the loss.",
        RELU,
    ),
    Misconception(
        "mask_without_gradient",
        lambda grad_output, x: (x > 0).double(),
        "You return the mask alone.",
        "The mask is ReLU's own derivative. The chain rule multiplies it with the gradient that arrives.",
        RELU,
    ),
    Misconception(
        "multiplied_by_x",
        lambda grad_output, x: grad_output.double() * x.double().clamp(min=0),
        "You multiply the gradient with ReLU's output.",
        "Multiply with ReLU's derivative, which is 1 where x > 0, whatever x is.",
        RELU,
    ),
    Misconception(
        "mask_inverted",
        lambda grad_output, x: torch.where(x > 0, 0.0, grad_output.double()),
        "You stop the gradient where the input is positive.",
        "Where x > 0 the output moves with x, so there the gradient passes.",
        RELU,
    ),
)

LINEAR_IDEAS = (
    Misconception(
        "weight_not_transposed",
        lambda x, weight, bias=None: x.double() @ weight.double() + (0 if bias is None else bias.double()),
        "You multiply x with the weight as it lies.",
        "The weight is (out, in), one row an output: y = x @ weight.T.",
        LINEAR,
    ),
    Misconception(
        "bias_forgotten",
        lambda x, weight, bias=None: ref.linear(x, weight),
        "You forget the bias.",
        "Output k gets bias[k], in every row.",
        LINEAR,
    ),
    Misconception(
        "bias_a_row",
        lambda x, weight, bias=None: ref.linear(x, weight) + (0 if bias is None else bias.double()[:, None]),
        "You add one bias to each example instead of each output.",
        "bias has one entry an output: it belongs to y's columns.",
        LINEAR,
    ),
    Misconception(
        "bias_subtracted",
        lambda x, weight, bias=None: ref.linear(x, weight, None if bias is None else -bias),
        "You subtract the bias.",
        "The bias is added.",
        LINEAR,
    ),
    Misconception(
        "bias_once_a_product",
        lambda x, weight, bias=None: ref.linear(x, weight, None if bias is None else bias * x.shape[1]),
        "You add the bias to every product.",
        "Add it once an output, after the sum.",
        LINEAR,
    ),
    Misconception(
        "rectified",
        lambda x, weight, bias=None: ref.linear(x, weight, bias).clamp(min=0),
        "You rectify the output.",
        "A linear layer has no ReLU of its own: negative outputs stay.",
        LINEAR,
    ),
)


def _linear_back(
    x: Callable[..., Tensor] = lambda g, x, w: g @ w,
    weight: Callable[..., Tensor] = lambda g, x, w: g.T @ x,
    bias: Callable[..., Tensor] = lambda g, x, w: g.sum(0),
) -> Callable[..., tuple[Tensor, Tensor, Tensor]]:
    def variant(grad_output: Tensor, given: Tensor, w: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        three = grad_output.double(), given.double(), w.double()
        return x(*three), weight(*three), bias(*three)

    return variant


LINEAR_BACKWARD_IDEAS = (
    Misconception(
        "bias_gradient_not_summed",
        _linear_back(bias=lambda g, x, w: g),
        "Your bias gradient still has a row for each example.",
        "All examples share one bias, so its gradient is the sum over the batch.",
        LINEAR,
    ),
    Misconception(
        "bias_gradient_summed_over_outputs",
        _linear_back(bias=lambda g, x, w: g.sum(1)),
        "You sum the bias gradient over the outputs.",
        "Sum over the batch, the first axis: each output has its own bias.",
        LINEAR,
    ),
    Misconception(
        "bias_gradient_averaged",
        _linear_back(bias=lambda g, x, w: g.mean(0)),
        "You average the bias gradient over the batch.",
        "The loss has divided by N already. Here the examples' gradients are added.",
        LINEAR,
    ),
    Misconception(
        "averaged_over_the_batch",
        _linear_back(weight=lambda g, x, w: g.T @ x / len(g), bias=lambda g, x, w: g.mean(0)),
        "You divide the gradients of weight and bias by the batch's size.",
        "The loss has divided by N already; a second time makes every step N times too short.",
        LINEAR,
    ),
    Misconception(
        "weight_gradient_transposed",
        _linear_back(weight=lambda g, x, w: x.T @ g),
        "Your weight gradient is transposed.",
        "It has the weight's shape, (out, in): grad_output.T @ x.",
        LINEAR,
    ),
    Misconception(
        "weight_not_transposed",
        _linear_back(x=lambda g, x, w: g @ w.T, weight=lambda g, x, w: x.T @ g),
        "You treat the weight as (in, out), so both its gradient and that of x are transposed.",
        "The weight is (out, in): the gradients are grad_output @ weight and grad_output.T @ x.",
        LINEAR,
    ),
    Misconception(
        "input_gradient_transposed",
        _linear_back(x=lambda g, x, w: g @ w.T),
        "You multiply with the transposed weight on the way back.",
        "Forward is x @ weight.T, so backward is grad_output @ weight.",
        LINEAR,
    ),
    Misconception(
        "order_of_the_answers",
        lambda grad_output, x, weight: (
            (back := ref.linear_backward(grad_output, x, weight))[1], back[2], back[0]
        ),
        "You return the gradients as (weight, bias, x).",
        "The order is x, weight, bias.",
        LINEAR,
    ),
)  # fmt: skip

SOFTMAX_IDEAS = (
    Misconception(
        "softmax_overflows",
        lambda logits, labels: _from_probabilities(_naive_softmax(logits.double()), labels),
        "Your softmax overflows: exp(1000) is infinite, and infinite over infinite is NaN.",
        "Subtract each row's maximum first. The probabilities stay the same, and no exponent is above 0.",
        SOFTMAX,
        lambda logits, labels: _from_probabilities(_naive_softmax(logits.float()), labels),
    ),
    Misconception(
        "maximum_of_the_batch",
        _batch_maximum,
        "You subtract one maximum from the whole batch, so that every exponential of a much lower row is 0.",
        "Each row needs its own maximum: axis=1 with keepdims=True.",
        SOFTMAX,
        lambda logits, labels: _from_probabilities(_naive_softmax(logits.float() - logits.float().max()), labels),
    ),
    Misconception(
        "log_of_a_rounded_probability",
        lambda logits, labels: _from_probabilities(logits.double().softmax(1), labels),
        "You take the logarithm of a probability that has rounded to 0.",
        "Never form it: the loss is log(sum(exp(z))) - z[label], with z shifted by its row's maximum.",
        SOFTMAX,
    ),
    Misconception(
        "gradient_not_averaged",
        _scaled(lambda n, k: 1, lambda n, k: n),
        "Your gradient is not divided by the batch's size.",
        "The loss is a mean over N examples, so each example's gradient carries 1 / N.",
        SOFTMAX,
    ),
    Misconception(
        "gradient_averaged_twice",
        _scaled(lambda n, k: 1, lambda n, k: 1 / n),
        "Your gradient is divided by the batch's size twice.",
        "One mean, one division by N.",
        SOFTMAX,
    ),
    Misconception(
        "summed_over_the_batch",
        _scaled(lambda n, k: n, lambda n, k: n),
        "You add the examples' losses up, and their gradients go with them.",
        "The loss is the mean over the batch; then the step's length does not depend on the batch's size.",
        SOFTMAX,
    ),
    Misconception(
        "averaged_over_classes_too",
        _scaled(lambda n, k: 1 / k, lambda n, k: 1 / k),
        "You divide by the number of classes as well.",
        "The mean is over the N examples: np.mean of an (N, K) array divides by N * K.",
        SOFTMAX,
    ),
    Misconception(
        "loss_negative",
        _scaled(lambda n, k: -1, lambda n, k: 1),
        "Your loss has the wrong sign.",
        "The loss is minus the logarithm of the label's probability, so it is never negative.",
        SOFTMAX,
    ),
    Misconception(
        "gradient_negative",
        _scaled(lambda n, k: 1, lambda n, k: -1),
        "Your gradient points the other way.",
        "It is probabilities minus one-hot: raising the label's logit lowers the loss.",
        SOFTMAX,
    ),
    Misconception(
        "label_not_subtracted",
        _no_one_hot,
        "Your gradient is the probabilities alone.",
        "At the label's place subtract 1, before the division by N.",
        SOFTMAX,
    ),
    Misconception(
        "gradient_of_the_probabilities",
        _of_probabilities,
        "You give the loss's gradient at the probabilities.",
        "The gradient at the logits goes through the softmax too; what is left is (p - onehot) / N.",
        SOFTMAX,
    ),
    Misconception(
        "softmax_over_the_batch",
        _over_the_batch,
        "Your softmax runs down the batch.",
        "Probabilities of one example add up to 1: the sum runs over the classes, axis 1.",
        SOFTMAX,
    ),
    Misconception(
        "softmax_twice",
        _softmax_twice,
        "You apply the softmax twice.",
        "logits are the network's raw outputs; one softmax makes them probabilities.",
        SOFTMAX,
    ),
)

SGD_IDEAS = (
    Misconception(
        "learning_rate_in_the_velocity",
        _step(lambda v, g, mu, lr: mu * v + lr * g, lambda new, old, g, mu, lr: -new),
        "You keep the learning rate inside the velocity.",
        "torch's velocity adds gradients; lr scales the whole velocity in the step, so a change of lr acts at once.",
        SGD,
    ),
    Misconception(
        "velocity_is_the_step",
        _step(lambda v, g, mu, lr: mu * v - lr * g, lambda new, old, g, mu, lr: new),
        "Your velocity is the step itself, minus and learning rate included, as in Keras.",
        "Here, as in torch, v = momentum * v + g, and the step is - lr * v.",
        SGD,
    ),
    Misconception(
        "running_average",
        _step(lambda v, g, mu, lr: mu * v + (1 - mu) * g),
        "Your velocity is a running average of the gradients.",
        "torch adds the whole gradient: v = momentum * v + g.",
        SGD,
    ),
    Misconception(
        "momentum_inverted",
        _step(lambda v, g, mu, lr: (1 - mu) * v + mu * g),
        "You keep 1 - momentum of the velocity.",
        "momentum says how much of the old velocity stays.",
        SGD,
    ),
    Misconception(
        "old_velocity_used",
        _step(move=lambda new, old, g, mu, lr: -lr * old),
        "You step with the velocity from before.",
        "Update the velocity first, and step with the new one.",
        SGD,
    ),
    Misconception(
        "velocity_ignored",
        _step(lambda v, g, mu, lr: g),
        "You ignore the velocity.",
        "The new velocity is momentum times the old one, plus the gradient.",
        SGD,
    ),
    Misconception(
        "nesterov",
        _step(move=lambda new, old, g, mu, lr: -lr * (g + mu * new)),
        "You take Nesterov's step.",
        "It looks one step ahead: g + momentum * v. The plain step, torch's default, is lr times the new velocity.",
        SGD,
    ),
    Misconception(
        "ascends",
        _step(move=lambda new, old, g, mu, lr: lr * new),
        "You walk up the loss.",
        "The gradient points uphill: subtract lr times the velocity.",
        SGD,
    ),
    Misconception(
        "learning_rate_forgotten",
        _step(move=lambda new, old, g, mu, lr: -new),
        "Your step has no learning rate.",
        "The step is lr times the velocity.",
        SGD,
    ),
    Misconception(
        "weight_decay_forgotten",
        _step(decayed=lambda g, p, wd: g),
        "You ignore weight_decay.",
        "weight_decay * parameter joins the gradient before the velocity is made.",
        SGD,
    ),
    Misconception(
        "weight_decay_grows",
        _step(decayed=lambda g, p, wd: g - wd * p),
        "Your weight decay makes weights grow.",
        "The gradient of (wd / 2) * p**2 is + wd * p; the step subtracts it, and the weight shrinks.",
        SGD,
    ),
    Misconception(
        "weight_decay_beside_the_velocity",
        _step(decayed=lambda g, p, wd: g, shrink=lambda lr, wd: lr * wd),
        "Your weight decay shrinks the parameter, but does not enter the velocity.",
        "That is decoupled decay, AdamW's idea. torch's SGD adds weight_decay * parameter to the gradient.",
        SGD,
    ),
    Misconception(
        "weight_decay_without_learning_rate",
        _step(decayed=lambda g, p, wd: g, shrink=lambda lr, wd: wd),
        "Your weight decay takes its share of the parameter whatever the learning rate is.",
        "Add weight_decay * parameter to the gradient; the learning rate then scales both.",
        SGD,
    ),
)

NETWORK_IDEAS = (
    Misconception(
        "relu_forgotten",
        _asked("relu forgotten"),
        "Your network has no ReLU.",
        "Without it the convolutions could be multiplied out into one. ReLU follows each convolution.",
        NETWORK,
    ),
    Misconception(
        "relu_mask_forgotten",
        _asked("mask forgotten"),
        "Your gradient passes the ReLUs as if they were not there.",
        "On the way back each ReLU masks with its own input: relu_backward(gradient, what relu was given).",
        NETWORK,
    ),
    Misconception(
        "probabilities_returned",
        _asked("probabilities"),
        "Your forward returns probabilities.",
        "It returns logits, the linear layer's raw outputs; the loss applies the softmax.",
        NETWORK,
    ),
    Misconception(
        "logits_rectified",
        _asked("logits rectified"),
        "You rectify the logits.",
        "No ReLU follows the last layer: logits have both signs.",
        NETWORK,
    ),
    Misconception(
        "flattened_channels_last",
        _asked("channels last"),
        "You flatten with the channels last.",
        "The linear layer's columns are in the order of (C, H, W): x.reshape(N, -1), without a transpose.",
        NETWORK,
    ),
    Misconception(
        "average_pools",
        _asked("average pools"),
        "Your pools take averages.",
        "This network's pools keep the largest value of each window.",
        NETWORK,
    ),
    Misconception(
        "biases_ignored",
        _asked("biases ignored"),
        "Your forward leaves the biases out.",
        "Each layer adds its own: conv1.bias, conv2.bias and fc.bias.",
        NETWORK,
    ),
    Misconception(
        "averaged_again",
        _asked("averaged again"),
        "Your backward divides by the batch's size.",
        "grad_logits carries the loss's 1 / N already. Backward only passes it on.",
        NETWORK,
    ),
    Misconception(
        "gradients_accumulate",
        _asked("accumulates"),
        "Your gradients pile up from batch to batch.",
        "Each backward returns the gradients of the last forward alone: start from fresh arrays.",
        NETWORK,
    ),
    Misconception(
        "parameters_copied",
        _asked("copies"),
        "Your parameters() hands out copies, so what is written into them never reaches the network.",
        "Return the arrays themselves that forward computes with.",
        NETWORK,
    ),
    Misconception(
        "arrays_shared",
        _asked("shared"),
        "Your network computes with the caller's own arrays: whoever writes into those changes the network.",
        "__init__ keeps its own copies, such as np.array(value).",
        NETWORK,
    ),
    Misconception(
        "gradients_written_over",
        _asked("written over"),
        "Your backward writes into the arrays that it gave out before.",
        "It returns new arrays each time: whoever has kept the last batch's gradients must find them as they were.",
        NETWORK,
    ),
)

TRAIN_IDEAS = (
    Misconception(
        "never_updates",
        _trained("never updates"),
        "Your training never changes the network.",
        "`p = new` only gives a name to another array. Write into the network's own: `p[...] = new`.",
        TRAINING,
    ),
    Misconception(
        "ascends",
        _trained("ascends"),
        "Your training walks up the loss.",
        "Subtract the velocity times the learning rate; sgd_momentum_step returns the parameter after that step.",
        TRAINING,
    ),
    Misconception(
        "labels_left_behind",
        _trained("labels left"),
        "You shuffle the images and leave their labels in place.",
        "Draw one order and use it for both: images[order] and labels[order].",
        TRAINING,
    ),
    Misconception(
        "not_shuffled",
        _trained("not shuffled"),
        "You go through the images in the order in which they lie.",
        "Draw a new order in every epoch, so that batches differ: rng.permutation(len(images)).",
        TRAINING,
    ),
    Misconception(
        "shuffled_once",
        _trained("shuffled once"),
        "Every epoch of yours has the same order: it is drawn before the loop, or a generator is made anew inside it.",
        "Draw a new order inside the loop over the epochs, from one generator made before it.",
        TRAINING,
    ),
    Misconception(
        "drawn_with_replacement",
        _trained("replacement"),
        "You draw images at random, so that an epoch repeats some and misses others.",
        "An epoch sees every image once: cut a permutation into batches.",
        TRAINING,
    ),
    Misconception(
        "last_batch_dropped",
        _trained("last dropped"),
        "You drop the last batch when it is not full.",
        "An epoch sees every image: the last batch may be smaller.",
        TRAINING,
    ),
    Misconception(
        "always_the_first_batch",
        _trained("first batch"),
        "You train on the first batch again and again.",
        "Batch number b is order[b * batch_size : (b + 1) * batch_size].",
        TRAINING,
    ),
    Misconception(
        "one_epoch_only",
        _trained("one epoch"),
        "You go through the images once, whatever epochs says.",
        "The loop over the batches stands inside a loop over the epochs.",
        TRAINING,
    ),
    Misconception(
        "velocity_lost",
        _trained("velocity lost"),
        "Your velocity starts from zero in every step.",
        "Keep what sgd_momentum_step returns as the velocity, one for each parameter, for the next step.",
        TRAINING,
    ),
    Misconception(
        "velocity_anew_each_epoch",
        _trained("velocity anew each epoch"),
        "Your velocity starts from zero in every epoch.",
        "Make the velocities once, before the first epoch.",
        TRAINING,
    ),
    Misconception(
        "momentum_not_passed_on",
        _trained("default momentum"),
        "You do not pass momentum on, so that every step uses the default.",
        "Give sgd_momentum_step the lr, momentum and weight_decay that train was given.",
        TRAINING,
    ),
    Misconception(
        "weight_decay_not_passed_on",
        _trained("decay forgotten"),
        "You do not pass weight_decay on.",
        "Give sgd_momentum_step the lr, momentum and weight_decay that train was given.",
        TRAINING,
    ),
    Misconception(
        "biases_spared",
        _trained("biases spared"),
        "Your weight decay leaves the biases out.",
        "Some programs do so on purpose. Here, as in torch's SGD, every parameter decays, biases included.",
        TRAINING,
    ),
    Misconception(
        "seed_not_used",
        _trained("no seed"),
        "Your order is another each time, whatever the seed.",
        "Make the generator from the seed, np.random.default_rng(seed): then a run can be repeated.",
        TRAINING,
    ),
    Misconception(
        "seed_fixed",
        _trained("fixed seed"),
        "Your order is the same for every seed.",
        "Make the generator from the seed that train was given: np.random.default_rng(seed).",
        TRAINING,
    ),
    Misconception(
        "one_loss_an_epoch",
        _trained("loss an epoch"),
        "You return one loss an epoch.",
        "Append the loss of every step: the curve shows what happens inside an epoch too.",
        TRAINING,
    ),
    Misconception(
        "show_never_called",
        _trained("never shows"),
        "Your training never calls show.",
        "Where show is not None, call it after each step: show(number, all, loss).",
        TRAINING,
    ),
    Misconception(
        "show_counts_from_zero",
        _trained("show from zero"),
        "Your training shows the steps with numbers from 0.",
        "The first step has the number 1, so that the last one has the number of all steps.",
        TRAINING,
    ),
)

NETWORK_KIN = tuple(
    Misconception(key, _asked(idea), text, why, NETWORK)
    for layer, number in (("conv1", "first"), ("conv2", "second"))
    for key, idea, text, why in (
        (
            f"{number}_relu_forgotten",
            f"relu after {layer} forgotten",
            f"There is no ReLU after your {layer}.",
            "A ReLU follows each of the two convolutions.",
        ),
        (
            f"{number}_mask_forgotten",
            f"mask of {layer} forgotten",
            f"Your gradient passes the ReLU after {layer} as if it were not there.",
            f"On the way back it is masked with what that ReLU was given: relu_backward(gradient, what {layer} gave).",
        ),
    )
)


def _half_logged(logits: Tensor, labels: Tensor, small: float) -> Loss:
    p = logits.double().softmax(1)
    _, grad = ref.softmax_cross_entropy(logits, labels)
    return -(p[torch.arange(len(labels)), labels] + small).log().mean(), grad


def _columns_lowered(logits: Tensor, labels: Tensor) -> Loss:
    loss, _ = ref.softmax_cross_entropy(logits, labels)
    p = logits.double().softmax(1)
    p[:, labels.unique()] -= 1
    return loss, p / len(labels)


def _down_the_batch(logits: Tensor, labels: Tensor) -> Loss:
    loss, _ = ref.softmax_cross_entropy(logits, labels)
    p = (logits.double() - logits.double().amax(1, keepdim=True)).exp()
    p = p / p.sum(0, keepdim=True)
    return loss, (p - F.one_hot(labels, p.shape[1])) / len(labels)


SOFTMAX_KIN = (
    Misconception(
        "loss_summed",
        _scaled(lambda n, k: n, lambda n, k: 1),
        "Your loss is the sum over the batch; its gradient is that of the mean.",
        "Both belong to the mean: divide the loss by N as well.",
        SOFTMAX,
    ),
    *(
        Misconception(
            f"{number:g}_in_the_logarithm",
            lambda logits, labels, number=number: _half_logged(logits, labels, number),
            "You add a small number inside the logarithm, so that your loss is a little too small, and wrong where the "
            "probability is smaller still.",
            "Nothing needs saving: the loss is log(sum(exp(z))) - z[label], with z shifted by its row's maximum.",
            SOFTMAX,
        )
        for number in (1e-7, 1e-8, 1e-9, 1e-10, 1e-12)
    ),
    Misconception(
        "whole_columns_lowered",
        _columns_lowered,
        "You subtract 1 in whole columns: p[:, labels] means these columns of every row.",
        "Each row loses 1 at its own label: p[np.arange(N), labels] -= 1.",
        SOFTMAX,
    ),
    Misconception(
        "gradient_softmax_over_the_batch",
        _down_the_batch,
        "The softmax in your gradient runs down the batch; that of your loss does not.",
        "Probabilities of one example add up to 1: the sum runs over the classes, axis 1.",
        SOFTMAX,
    ),
)

LINEAR_KIN = (
    Misconception(
        "weight_reshaped",
        lambda x, weight, bias=None: (
            x.double() @ weight.double().reshape(weight.shape[::-1]) + (0 if bias is None else bias.double())
        ),
        "You reshape the weight where a transpose is needed.",
        "reshape keeps the numbers in their order and cuts rows elsewhere; weight.T exchanges rows and columns.",
        LINEAR,
    ),
)

LINEAR_BACKWARD_KIN = (
    Misconception(
        "weight_gradient_averaged",
        _linear_back(weight=lambda g, x, w: g.T @ x / len(g)),
        "You divide the gradient of the weight by the batch's size.",
        "The loss has divided by N already. Here the examples' gradients are added.",
        LINEAR,
    ),
)

QUESTIONS: Sequence[Question] = (
    Question("relu", ref.relu, _rectified, RELU_IDEAS, RELU),
    Question("relu_backward", ref.relu_backward, _masked, RELU_BACKWARD_IDEAS, RELU, {"general": 0.5, "at zero": 0.5}),
    Question("linear", ref.linear, _layers, LINEAR_IDEAS, LINEAR, kin=LINEAR_KIN),
    Question(
        "linear_backward", ref.linear_backward, _layers_back, LINEAR_BACKWARD_IDEAS, LINEAR, kin=LINEAR_BACKWARD_KIN
    ),
    Question(
        "softmax_cross_entropy",
        ref.softmax_cross_entropy,
        _logits,
        SOFTMAX_IDEAS,
        SOFTMAX,
        {"general": 0.6, "stable": 0.4},
        kin=SOFTMAX_KIN,
    ),
    Question(
        "sgd_momentum_step",
        ref.sgd_momentum_step,
        _steps,
        SGD_IDEAS,
        SGD,
        {"general": 0.7, "weight decay": 0.3},
    ),
    Question(
        "ConvNet",
        _asked(),
        _networks,
        NETWORK_IDEAS,
        NETWORK,
        {"general": 0.35, "backward": 0.5, "parameters": 0.15},
        read_driver(__file__, "network"),
        kin=NETWORK_KIN,
    ),
    Question(
        "train",
        _trained(),
        _trainings,
        TRAIN_IDEAS,
        TRAINING,
        {"loop": 0.55, "learning": 0.4, "show": 0.05},
        read_driver(__file__, "train"),
        single_precision=False,
    ),
)
