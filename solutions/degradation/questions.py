"""Chapter 11's questions: the identity by ReLU pairs, plain and residual stacks, their gradients, the learning rate."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from autograde.questions import Case, Misconception, Question, Rng, signed

from . import reference as ref

IDENTITY, STACK, GRADIENT, STEPS, RESIDUAL = (
    f"degradation-{part}" for part in ("identity", "stack", "gradient", "steps", "residual")
)


# ---- the identity by ReLU pairs ----


def _lengths(rng: Rng) -> list[Case]:
    three = sorted(int(value) for value in rng.choice([2, 3, 4, 5, 6, 7], 3, replace=False))
    return [*(Case(f"length {n}", (n,)) for n in three), Case("one number", (1,))]


def _eye(n: int) -> Tensor:
    return torch.eye(n, dtype=torch.float64)


def _pair(signs: tuple[float, float, float, float]) -> Callable[[int], tuple[Tensor, Tensor]]:
    a, b, c, d = signs
    return lambda n: (torch.cat([a * _eye(n), b * _eye(n)]), torch.cat([c * _eye(n), d * _eye(n)], 1))


def _interleaved(n: int) -> tuple[Tensor, Tensor]:
    first, second = ref.identity_with_relu(n)
    order = [half * n + i for i in range(n) for half in (0, 1)]
    return first[order], second[:, order]


IDENTITY_QUESTION = Question(
    "identity_with_relu",
    ref.identity_with_relu,
    _lengths,
    (
        Misconception(
            "absolute_value", _pair((1, -1, 1, 1)),
            "Your second matrix adds both halves, which gives |x|.",
            "For a negative entry the second half holds −x, a positive number: it must be subtracted.",
            IDENTITY,
        ),
        Misconception(
            "same_twice", _pair((1, 1, 1, -1)),
            "Both halves of your first matrix carry x, so their difference is 0.",
            "The second half must carry −x: that is where the negative entries survive the ReLU.",
            IDENTITY,
        ),
        Misconception(
            "one_width", lambda n: (_eye(n), _eye(n)),
            "You use the identity matrix twice; the ReLU between them sets every negative entry to 0.",
            "n hidden units can hold only one sign of each entry. Use 2n: one for x, one for −x.",
            IDENTITY,
        ),
        Misconception(
            "halved", _pair((1, -1, 0.5, -0.5)),
            "You halve the second matrix.",
            "Of the two hidden units of an entry only one is above 0, so nothing is counted twice.",
            IDENTITY,
        ),
        Misconception(
            "transposed", lambda n: tuple(matrix.T for matrix in ref.identity_with_relu(n)),
            "Your matrices stand the other way round: (n, 2n) first.",
            "A weight is (outputs, inputs), as torch has it: the first makes 2n numbers of n.",
            IDENTITY,
        ),
        Misconception(
            "interleaved", _interleaved,
            "Your pairs are interleaved: x₀, −x₀, x₁, −x₁ and so on.",
            "That is an identity too. Here the first n hidden units carry x and the last n carry −x, so that "
            "answers can be compared.",
            IDENTITY,
        ),
    ),
    IDENTITY,
)  # fmt: skip


# ---- stacks ----


def _weights(rng: Rng, depth: int, n: int) -> list[Any]:
    return [signed(rng, n, n) / n**0.5 for _ in range(depth)]


def _plain_cases(rng: Rng) -> list[Case]:
    return [
        Case("three layers", (signed(rng, 4, 5), _weights(rng, 3, 5)), terms=15),
        Case("two layers", (signed(rng, 6, 3), _weights(rng, 2, 3)), terms=6),
        Case("one layer", (signed(rng, 3, 4), _weights(rng, 1, 4)), group="edges", terms=4),
        Case("no layer", (signed(rng, 2, 5), []), group="edges"),
    ]


def _stacked(
    layer: Callable[[Tensor, Tensor, bool], Tensor], backward: bool = False
) -> Callable[[Tensor, Sequence[Tensor]], Tensor]:
    """A plain stack whose layer, told whether it is the last, is `layer`."""

    def variant(x: Tensor, weights: Sequence[Tensor]) -> Tensor:
        h = x.double()
        order = list(weights)[::-1] if backward else list(weights)
        for number, weight in enumerate(order):
            h = layer(h, weight.double(), number == len(order) - 1)
        return h

    return variant


PLAIN = Question(
    "plain_stack",
    ref.plain_stack,
    _plain_cases,
    (
        Misconception(
            "last_linear", _stacked(lambda h, w, last: h @ w.T if last else torch.relu(h @ w.T)),
            "Your last layer has no ReLU.",
            "In this stack every layer is the same: a product, then a ReLU, the last one included.",
            STACK,
        ),
        Misconception(
            "no_relu", _stacked(lambda h, w, last: h @ w.T),
            "Your stack has no ReLU at all.",
            "Without it any depth is one matrix product; ReLU comes behind each layer.",
            STACK,
        ),
        Misconception(
            "relu_at_the_end", _stacked(lambda h, w, last: torch.relu(h @ w.T) if last else h @ w.T),
            "You apply the ReLU once, at the end.",
            "It comes behind each layer; otherwise all the layers before it are one matrix product.",
            STACK,
        ),
        Misconception(
            "relu_first", _stacked(lambda h, w, last: torch.relu(h) @ w.T),
            "You apply the ReLU before the product.",
            "Each layer is ReLU(h Wᵀ): the product first.",
            STACK,
        ),
        Misconception(
            "transposed", _stacked(lambda h, w, last: torch.relu(h @ w)),
            "You multiply with W; a weight of shape (outputs, inputs) wants its transpose.",
            "Rows of h are examples: h Wᵀ takes the dot product of each with each row of W.",
            STACK,
        ),
        Misconception(
            "reversed", _stacked(lambda h, w, last: torch.relu(h @ w.T), backward=True),
            "You apply the layers from last to first.",
            "weights[0] is the layer that sees x.",
            STACK,
        ),
    ),
    STACK,
    {"general": 0.75, "edges": 0.25},
)  # fmt: skip


# ---- gradients ----


def _stacks(rng: Rng) -> list[Case]:
    def stack(kind: str, count: int, n: int, depth: int) -> dict[str, Any]:
        # Mostly positive inputs and weights keep some unit of each layer alive, whatever the depth.
        weights = [(abs(signed(rng, n, n)) - 0.55) / n for _ in range(depth)]
        # About half of the gates are closed in a plain stack's first layer, and in each F, whose shortcut lives on.
        for layer in range(0, depth if kind == "residual" else 1, 2):
            weights[layer] = signed(rng, n, n) / n
        return {"kind": kind, "x": signed(rng, count, n) + 1.0, "weights": weights}

    cases = [
        Case("a plain stack", (stack("plain", 4, 5, 4), 4), terms=80),
        Case("the first layers of a plain stack", (stack("plain", 3, 6, 5), 3), terms=80),
        Case("one layer", (stack("plain", 5, 3, 2), 1), terms=15),
        Case("a residual stack", (stack("residual", 4, 5, 4), 4), group="residual", terms=80),
        Case("the first block of a residual stack", (stack("residual", 3, 4, 6), 2), group="residual", terms=80),
        Case("a deeper residual stack", (stack("residual", 2, 3, 8), 8), group="residual", terms=200),
    ]
    dead = stack("plain", 3, 4, 4)
    dead["weights"][int(rng.integers(1, 3))] *= 0
    closing = stack("residual", 5, 4, 4)
    closing["weights"][3] = 1.5 * signed(rng, 4, 4)
    return [
        *cases,
        Case("a plain stack with a layer of zeros", (dead, 4), terms=80),
        Case("ReLUs closed behind the last sum", (closing, 4), group="residual", terms=80),
    ]


Gradients = tuple[list[Tensor], list[Tensor]]


def _gradients(
    stack: Mapping[str, Any],
    depth: int,
    masked: bool = True,
    shortcut: bool = True,
    outer: bool = True,
    inner: bool = True,
    open_at_zero: bool = False,
    early_shortcut: bool = False,
    by_branch: bool = False,
) -> Gradients:
    """Gradients at the weights and at what enters each layer, by hand, with parts left out where asked."""
    weights = [weight.double() for weight in stack["weights"][:depth]]
    residual = stack["kind"] == "residual"
    h, inputs, sums, gates = stack["x"].double(), [], [], []
    kept = h
    for number, weight in enumerate(weights):
        if number % 2 == 0:
            kept = h
        inputs.append(h)
        total = h @ weight.T
        gates.append(total)
        if residual and number % 2:
            total = total + kept
        sums.append(total)
        if not by_branch:
            gates[-1] = total
        h = torch.relu(total)
    g = torch.full_like(h, 1 / len(h))
    at_weights, at_inputs = [], []
    skipped = torch.zeros_like(g)
    for number in reversed(range(depth)):
        second = residual and number % 2 == 1
        gated = outer if second else inner or not residual
        arrived = g
        if masked and gated:
            g = g * ((gates[number] >= 0) if open_at_zero else (gates[number] > 0))
        if second and shortcut:
            skipped = arrived if early_shortcut else g
        at_weights.append(g.T @ inputs[number])
        g = g @ weights[number]
        if residual and number % 2 == 0 and shortcut:
            g = g + skipped
        at_inputs.append(g)
    return at_weights[::-1], at_inputs[::-1]


def _norms(tensors: Sequence[Tensor]) -> Tensor:
    return torch.stack([tensor.norm() for tensor in tensors])


GRADIENT_QUESTION = Question(
    "gradient_norms",
    ref.gradient_norms,
    _stacks,
    (
        Misconception(
            "squared", lambda stack, depth: ref.gradient_norms(stack, depth) ** 2,
            "You return the sum of squares; the norm is its square root.",
            "The Frobenius norm is √(sum of squared entries).",
            GRADIENT,
        ),
        Misconception(
            "reversed", lambda stack, depth: ref.gradient_norms(stack, depth).flip(0),
            "Your norms come last layer first.",
            "You meet the layers from last to first on the way back; turn the list round before you return it.",
            GRADIENT,
        ),
        Misconception(
            "not_averaged", lambda stack, depth: ref.gradient_norms(stack, depth) * len(stack["x"]),
            "You start from a gradient of 1; the loss is the sum divided by N, so each output gets 1 / N.",
            "The loss is a mean over the examples.",
            GRADIENT,
        ),
        Misconception(
            "at_activations", lambda stack, depth: _norms(_gradients(stack, depth)[1]),
            "You return the gradients at the activations; the weights' are asked for.",
            "At layer l the weight's gradient is gᵀ h, with h what entered the layer.",
            GRADIENT,
        ),
        Misconception(
            "no_mask", lambda stack, depth: _norms(_gradients(stack, depth, masked=False)[0]),
            "Your gradients pass the ReLUs as if these were not there.",
            "Where a ReLU's input is not above 0 its output does not move: the gradient there is 0.",
            GRADIENT,
        ),
        Misconception(
            "open_at_zero", lambda stack, depth: _norms(_gradients(stack, depth, open_at_zero=True)[0]),
            "Your ReLUs let a gradient through where their input is exactly 0.",
            "torch's ReLU has the derivative 0 at 0: the gate is open where the input is above 0, not where it is 0.",
            GRADIENT,
        ),
        Misconception(
            "no_shortcut", lambda stack, depth: _norms(_gradients(stack, depth, shortcut=False)[0]),
            "On the way back you leave out the shortcuts.",
            "h is used twice, by F and by the sum, so its two gradients add up: the shortcut passes the sum's "
            "gradient on unchanged.",
            GRADIENT,
        ),
        Misconception(
            "shortcut_before_the_mask",
            lambda stack, depth: _norms(_gradients(stack, depth, early_shortcut=True)[0]),
            "Your shortcut passes on the gradient from before the ReLU behind the addition.",
            "That ReLU comes after the sum, so on the way back its mask comes first, for branch and shortcut alike.",
            GRADIENT,
        ),
        Misconception(
            "outer_mask", lambda stack, depth: _norms(_gradients(stack, depth, outer=False)[0]),
            "You forget the ReLU behind the addition on the way back.",
            "The gradient meets that ReLU first, before it splits into the branch and the shortcut.",
            GRADIENT,
        ),
        Misconception(
            "inner_mask", lambda stack, depth: _norms(_gradients(stack, depth, inner=False)[0]),
            "On the way back through F you forget the ReLU between its two layers.",
            "A block has two ReLUs, and the gradient meets both: the outer one before it splits, the inner one "
            "inside of F.",
            GRADIENT,
        ),
        Misconception(
            "plain_unmasked",
            lambda stack, depth: _norms(_gradients(stack, depth, masked=stack["kind"] != "plain")[0]),
            "In a plain stack your gradients pass the ReLUs as if these were not there.",
            "Where a ReLU's input is not above 0 its output does not move: the gradient there is 0, whatever the "
            "stack's kind.",
            GRADIENT,
        ),
        Misconception(
            "absolute_values", lambda stack, depth: torch.stack([g.abs().sum() for g in _gradients(stack, depth)[0]]),
            "You add up absolute values; the Frobenius norm is asked for.",
            "It is √(sum of squared entries).",
            GRADIENT,
        ),
        Misconception(
            "all_layers", lambda stack, depth: ref.gradient_norms(stack, len(stack["weights"])),
            "You use all the layers of the stack, not the first depth of them.",
            "weights[:depth] is the stack that is asked for.",
            GRADIENT,
        ),
        Misconception(
            "largest", lambda stack, depth: torch.stack([g.abs().max() for g in _gradients(stack, depth)[0]]),
            "You return the largest entry of each gradient; the norm is asked for.",
            "The Frobenius norm is √(sum of squared entries).",
            GRADIENT,
        ),
    ),
    GRADIENT,
    {"general": 0.5, "residual": 0.5},
)  # fmt: skip


# ---- the learning rate ----


def _iterations(rng: Rng) -> list[Case]:
    base = float(rng.choice([0.1, 0.05, 0.2]))
    return [
        Case("before the first milestone", (int(rng.integers(1, 30_000)), base, [32_000, 48_000])),
        Case("between two", (int(rng.integers(33_000, 47_000)), base, (32_000, 48_000))),
        Case("after the last", (int(rng.integers(49_000, 64_000)), base, [32_000, 48_000])),
        Case("exactly at a milestone", (400, 0.3, [400, 600]), group="edges"),
        Case("one before", (599, 0.3, [400, 600]), group="edges"),
        Case("no milestone", (7, 0.02, []), group="edges"),
        Case("three, not in order", (40, 0.4, [60, 30, 80]), group="edges"),
        Case("exactly at the second of three", _at_the_second(rng), group="edges"),
    ]


def _at_the_second(rng: Rng) -> tuple[int, float, list[int]]:
    milestone = int(rng.integers(100, 900))
    return milestone, float(rng.uniform(0.05, 0.5)), [milestone // 2, milestone, 2 * milestone]


def _count(iteration: int, milestones: Sequence[int]) -> int:
    return sum(iteration >= milestone for milestone in milestones)


def _until_larger(iteration: int, base: float, milestones: Sequence[int]) -> float:
    """Stops at the first milestone that lies ahead."""
    for milestone in milestones:
        if iteration < milestone:
            break
        base /= 10
    return base


RATE = Question(
    "step_learning_rate",
    ref.step_learning_rate,
    _iterations,
    (
        Misconception(
            "one_late", lambda i, base, milestones: base / 10.0 ** sum(i > m for m in milestones),
            "At the milestone itself you still use the old rate.",
            "Iterations count from 0: the milestone is the first iteration at the new rate, as in torch.",
            STEPS,
        ),
        Misconception(
            "first_only", lambda i, base, milestones: base / 10.0 ** min(_count(i, milestones), 1),
            "You divide once, whichever milestone has been reached.",
            "Each milestone divides again: after two of them the rate is base / 100.",
            STEPS,
        ),
        Misconception(
            "in_a_row", _until_larger,
            "You stop at the first milestone that lies ahead, which is right only for milestones in order.",
            "Count all milestones that are not above the iteration.",
            STEPS,
        ),
        Misconception(
            "linear", lambda i, base, milestones: base * (1 - 0.1 * _count(i, milestones)),
            "You subtract a tenth of base at each milestone.",
            "The rate is divided by 10 at each: base, base / 10, base / 100.",
            STEPS,
        ),
        Misconception(
            "divided_by_count", lambda i, base, milestones: base / max(10 * _count(i, milestones), 1),
            "You divide by 10 times the number of milestones.",
            "Each milestone divides by 10 again, so two of them divide by 100, not by 20.",
            STEPS,
        ),
        Misconception(
            "halved", lambda i, base, milestones: base / 2.0 ** _count(i, milestones),
            "You halve the rate at each milestone; the recipe divides it by 10.",
            "He et al. divide the rate by 10, twice.",
            STEPS,
        ),
    ),
    STEPS,
    {"general": 0.5, "edges": 0.5},
)  # fmt: skip


# ---- residual stacks ----


def _residual_cases(rng: Rng) -> list[Case]:
    positive = abs(signed(rng, 3, 4))
    zeros = [0 * weight for weight in _weights(rng, 4, 4)]
    return [
        Case("two blocks", (signed(rng, 4, 5), _weights(rng, 4, 5)), terms=20),
        Case("three blocks", (signed(rng, 5, 3), _weights(rng, 6, 3)), terms=18),
        Case("one block", (signed(rng, 2, 6), _weights(rng, 2, 6)), terms=12),
        Case("all weights zero, nothing negative", (positive, zeros), group="identity"),
        Case("all weights zero", (signed(rng, 4, 3), [0 * w for w in _weights(rng, 2, 3)]), group="identity"),
        Case("no block", (signed(rng, 2, 5), []), group="identity"),
    ]


def _blocks(block: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]) -> Callable[..., Tensor]:
    """A residual stack whose block, given h, V, W and the stack's x, is `block`."""

    def variant(x: Tensor, weights: Sequence[Tensor]) -> Tensor:
        h = x.double()
        for first, second in zip(weights[::2], weights[1::2], strict=True):
            h = block(h, first.double(), second.double(), x.double())
        return h

    return variant


def _each_layer(x: Tensor, weights: Sequence[Tensor]) -> Tensor:
    h = x.double()
    for weight in weights:
        h = torch.relu(h + h @ weight.double().T)
    return h


relu = torch.relu
RESIDUAL_QUESTION = Question(
    "residual_stack",
    ref.residual_stack,
    _residual_cases,
    (
        Misconception(
            "relu_before_addition", _blocks(lambda h, v, w, x: h + relu(relu(h @ v.T) @ w.T)),
            "You apply the last ReLU to F, before the addition.",
            "Then a block could only ever add something positive. The ReLU comes after the addition: ReLU(h + F(h)).",
            RESIDUAL,
        ),
        Misconception(
            "no_last_relu", _blocks(lambda h, v, w, x: h + relu(h @ v.T) @ w.T),
            "Your block ends with the addition; the ReLU behind it is missing.",
            "This block is ReLU(h + F(h)), as in the first ResNet.",
            RESIDUAL,
        ),
        Misconception(
            "no_inner_relu", _blocks(lambda h, v, w, x: relu(h + h @ v.T @ w.T)),
            "Between the two products of F there is no ReLU.",
            "Without it the two matrices are one. F(h) = ReLU(h Vᵀ) Wᵀ.",
            RESIDUAL,
        ),
        Misconception(
            "two_relus_in_f", _blocks(lambda h, v, w, x: relu(h + relu(relu(h @ v.T) @ w.T))),
            "You apply a ReLU to F before the addition and another one after it.",
            "F ends with its second product, so that it can subtract; only the sum passes a ReLU.",
            RESIDUAL,
        ),
        Misconception(
            "no_shortcut", _blocks(lambda h, v, w, x: relu(relu(h @ v.T) @ w.T)),
            "Your stack has no shortcut: nothing is added to F.",
            "Each block gives ReLU(h + F(h)), with h what entered the block.",
            RESIDUAL,
        ),
        Misconception(
            "from_the_start", _blocks(lambda h, v, w, x: relu(x + relu(h @ v.T) @ w.T)),
            "Your shortcuts all start at the stack's input.",
            "A block's shortcut carries what entered that block.",
            RESIDUAL,
        ),
        Misconception(
            "each_layer", _each_layer,
            "You put a shortcut around each single layer.",
            "A block holds two layers; its shortcut goes around both.",
            RESIDUAL,
        ),
        Misconception(
            "layers_swapped", _blocks(lambda h, v, w, x: relu(h + relu(h @ w.T) @ v.T)),
            "You apply each block's second weight first.",
            "weights[::2] are the layers that see h, weights[1::2] those behind the inner ReLU.",
            RESIDUAL,
        ),
        Misconception(
            "around_the_relu", _blocks(lambda h, v, w, x: relu(relu(h @ v.T) + relu(h @ v.T) @ w.T)),
            "What you add is the output of the block's first layer.",
            "The shortcut starts before the first layer: it carries h as it entered the block.",
            RESIDUAL,
        ),
        Misconception(
            "transposed", _blocks(lambda h, v, w, x: relu(h + relu(h @ v) @ w)),
            "You multiply with the weights; shapes (outputs, inputs) want their transposes.",
            "Rows of h are examples: h Vᵀ takes the dot product of each with each row of V.",
            STACK,
        ),
    ),
    RESIDUAL,
    {"general": 0.7, "identity": 0.3},
)  # fmt: skip


def _overlapping(x: Tensor, weights: Sequence[Tensor]) -> Tensor:
    h = x.double()
    for first, second in itertools.pairwise(weights):
        h = relu(h + relu(h @ first.double().T) @ second.double().T)
    return h


RESIDUAL_KIN = (
    Misconception(
        "pairs_overlap",
        _overlapping,
        "Your blocks share weights: the second of one is the first of the next.",
        "Each block has two of its own: weights[0] and [1], then [2] and [3].",
        RESIDUAL,
    ),
)

GRADIENT_KIN = (
    Misconception(
        "spectral_norm",
        lambda stack, depth: torch.stack([torch.linalg.matrix_norm(g, 2) for g in _gradients(stack, depth)[0]]),
        "You return each gradient's largest singular value: that is what np.linalg.norm(g, 2) means for a matrix.",
        "The norm that is asked for is √(sum of squared entries): np.linalg.norm(g).",
        GRADIENT,
    ),
    Misconception(
        "masked_by_the_branch",
        lambda stack, depth: _norms(_gradients(stack, depth, by_branch=True)[0]),
        "Behind the addition you mask with F alone.",
        "The ReLU there is given h + F: its mask is where the sum is above 0.",
        GRADIENT,
    ),
    Misconception(
        "all_layers_then_the_first",
        lambda stack, depth: ref.gradient_norms(stack, len(stack["weights"]))[:depth],
        "You run the whole stack, and give back the first depth of its norms.",
        "The network that is asked for has weights[:depth] alone: what comes behind them is not there.",
        GRADIENT,
    ),
)

PLAIN_KIN = (
    Misconception(
        "input_rectified",
        lambda x, weights: ref.plain_stack(torch.relu(x.double()), weights),
        "You begin with a ReLU of x.",
        "Each layer is a product and then a ReLU: x itself enters the first product, negative numbers included.",
        STACK,
    ),
)

IDENTITY_KIN = (
    Misconception(
        "halves_exchanged",
        _pair((-1, 1, -1, 1)),
        "Your halves have changed places: the first one carries -x.",
        "The product is x all the same, but the text names an order: the first n hidden units carry x, the last n -x.",
        IDENTITY,
    ),
    Misconception(
        "first_matrix_lies",
        lambda n: (ref.identity_with_relu(n)[1], ref.identity_with_relu(n)[1]),
        "Your first matrix has 2n columns.",
        "A makes 2n numbers of n: it is (2n, n), the two blocks one above the other.",
        IDENTITY,
    ),
)

QUESTIONS = (
    replace(IDENTITY_QUESTION, kin=IDENTITY_KIN),
    replace(PLAIN, kin=PLAIN_KIN),
    replace(RESIDUAL_QUESTION, kin=RESIDUAL_KIN),
    replace(GRADIENT_QUESTION, kin=GRADIENT_KIN),
    RATE,
)
