"""Chapter 10's questions: initial weights, batch normalization forward and backward, and folding."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from autograde.questions import Case, Misconception, Question, Rng, signed

from . import reference as ref

INIT, STATISTICS, RUNNING, BACKWARD, FOLD = (
    f"batch-{part}" for part in ("init", "statistics", "running", "backward", "fold")
)
Result = tuple[Tensor, Tensor, Tensor]

DRAW = """
import numpy as np

def ask(student, shape, seed):
    rng = np.random.default_rng(seed)
    drawn = student(shape, rng)
    if rng.bit_generator.state == np.random.default_rng(seed).bit_generator.state:
        raise ValueError("your function drew no number from the rng that it was given: call rng.standard_normal(shape)")
    return drawn
"""


# ---- initial weights ----


def _shapes(rng: Rng) -> list[Case]:
    seeds = [int(value) for value in rng.integers(0, 2**31, 5)]
    return [
        Case("a bank of filters", ((5, 4, 3, 2), seeds[0])),
        Case("one filter", ((1, 7, 5, 5), seeds[1])),
        Case("1×1 filters", ((6, 3, 1, 1), seeds[2])),
        Case("a linear layer", ((4, 9), seeds[3]), group="linear"),
        Case("one output", ((1, 13), seeds[4]), group="linear"),
    ]


def _drawn(deviation: Callable[[Sequence[int]], float]) -> Callable[..., Tensor]:
    def variant(shape: Sequence[int], seed: int) -> Tensor:
        return ref.kaiming_normal(shape, seed) / math.sqrt(2 / ref.fan_in(shape)) * deviation(shape)

    return variant


def _uniform(shape: Sequence[int], seed: int) -> Tensor:
    bound = math.sqrt(6 / ref.fan_in(shape))
    return torch.tensor(np.random.default_rng(seed).uniform(-bound, bound, tuple(shape)))


KAIMING = Question(
    "kaiming_normal",
    ref.kaiming_normal,
    _shapes,
    (
        Misconception(
            "fan_out", _drawn(lambda s: math.sqrt(2 / (s[0] * math.prod(s[2:])))),
            "You count how many outputs a weight feeds, not how many inputs an output adds up.",
            "The variance that grows on the way forward is that of a sum over the inputs, C · kH · kW of them: axis "
            "0, the filters, has no part in it.",
            INIT,
        ),
        Misconception(
            "no_two", _drawn(lambda s: math.sqrt(1 / ref.fan_in(s))),
            "Your deviation is √(1 / fan-in), the rule for layers without a ReLU.",
            "A ReLU sets half of the values to zero and so halves the second moment; the 2 in √(2 / fan-in) makes "
            "up for it.",
            INIT,
        ),
        Misconception(
            "variance_as_deviation", _drawn(lambda s: 2 / ref.fan_in(s)),
            "You scale by the variance 2 / fan-in; a deviation is its square root.",
            "Multiplying numbers of variance 1 by a gives variance a², so a is √(2 / fan-in). rng.normal, too, "
            "takes a deviation.",
            INIT,
        ),
        Misconception(
            "no_kernel_area", _drawn(lambda s: math.sqrt(2 / s[1])),
            "Your fan-in counts the channels and leaves out the taps of the kernel.",
            "One output adds up C · kH · kW products, all of which bring variance.",
            INIT,
        ),
        Misconception(
            "all_weights", _drawn(lambda s: math.sqrt(2 / math.prod(s))),
            "Your fan-in counts every weight of the layer; one output adds up those of its own filter only.",
            "Leave out axis 0, which counts the filters.",
            INIT,
        ),
        Misconception(
            "both_fans", _drawn(lambda s: math.sqrt(2 / (ref.fan_in(s) + s[0] * math.prod(s[2:])))),
            "Your deviation is Glorot's, √(2 / (fan-in + fan-out)).",
            "That rule balances both directions for layers without a ReLU. Kaiming's for ReLU is √(2 / fan-in).",
            INIT,
        ),
        Misconception(
            "uniform", _uniform,
            "You draw from a uniform distribution with the right variance; the function asks for a normal one.",
            "Draw rng.standard_normal(shape), then scale.",
            INIT,
        ),
    ),
    INIT,
    {"general": 0.7, "linear": 0.3},
    DRAW,
)  # fmt: skip


# ---- forward ----


def _positive(rng: Rng, count: int) -> np.ndarray:
    return rng.uniform(0.4, 2.5, count)


def _norms(rng: Rng) -> list[Case]:
    def start(c: int) -> tuple[np.ndarray, ...]:
        return signed(rng, c), _positive(rng, c), signed(rng, c), signed(rng, c)

    shifted = signed(rng, 1, 4, 1, 1) * 3
    return [
        Case(
            "training, unequal sizes", (signed(rng, 2, 4, 3, 5) + shifted, *start(4), True), group="training", terms=30
        ),
        Case(
            "training, another momentum and eps",
            (signed(rng, 3, 2, 4, 2), *start(2), True, 0.3, 0.5),
            group="training",
            terms=24,
        ),
        Case(
            "training, as many images as channels",
            (signed(rng, 3, 3, 2, 4), *start(3)),
            {"training": True, "momentum": 0.4},
            group="training",
            terms=24,
        ),
        Case("training, one image", (signed(rng, 1, 3, 2, 3), *start(3), True), group="training", terms=6),
        Case("evaluation", (signed(rng, 2, 5, 3, 4), *start(5)), group="evaluation"),
        Case("evaluation, another eps", (signed(rng, 3, 2, 1, 4), *start(2), False, 0.2, 0.3), group="evaluation"),
        Case("evaluation, one image of one row", (signed(rng, 1, 4, 1, 2), *start(4)), group="evaluation"),
    ]


def _batch(
    *,
    axes: tuple[int, ...] = (0, 2, 3),
    normal_unbiased: bool = False,
    running_unbiased: bool = True,
    inverted: bool = False,
    eps_outside: bool = False,
    no_root: bool = False,
    use: str = "mode",
    updates: str = "mode",
    affine: bool = True,
) -> Callable[..., Result]:
    """Batch normalization with one thing of it done otherwise."""

    def variant(
        x: Tensor, running_mean: Tensor, running_var: Tensor, weight: Tensor, bias: Tensor,
        training: bool = False, momentum: float = 0.1, eps: float = 1e-5,
    ) -> Result:  # fmt: skip
        x, shape = x.double(), (1, -1, 1, 1)
        mean, var = running_mean.double(), running_var.double()
        batch_mean = x.mean(axes, keepdim=True)
        batch_var = x.var(axes, correction=int(normal_unbiased), keepdim=True)
        new_mean, new_var = mean, var
        if updates == "always" or (updates == "mode" and training):
            share = 1 - momentum if inverted else momentum
            whole = x.mean((0, 2, 3)), x.var((0, 2, 3), correction=int(running_unbiased))
            new_mean, new_var = (1 - share) * mean + share * whole[0], (1 - share) * var + share * whole[1]
        batch = use == "batch" or (use == "mode" and training)
        m, v = (batch_mean, batch_var) if batch else (mean.reshape(shape), var.reshape(shape))
        if use == "updated" and training:
            m, v = new_mean.reshape(shape), new_var.reshape(shape)
        spread = v.sqrt() + eps if eps_outside else v + eps if no_root else (v + eps).sqrt()
        y = (x - m) / spread
        return (y * weight.reshape(shape) + bias.reshape(shape) if affine else y), new_mean, new_var

    return variant


FORWARD = Question(
    "batch_norm2d",
    ref.batch_norm2d,
    _norms,
    (
        Misconception(
            "per_activation", _batch(axes=(0,)),
            "You take one mean and variance for each activation, over the batch only.",
            "A convolution treats every place alike, and so does its normalization: one mean for each channel, over "
            "the images, rows and columns.",
            STATISTICS,
        ),
        Misconception(
            "per_image", _batch(axes=(2, 3)),
            "You take a mean for each image and channel; that is instance normalization.",
            "Batch normalization averages over the images too: axes 0, 2 and 3.",
            STATISTICS,
        ),
        Misconception(
            "whole_batch", _batch(axes=(0, 1, 2, 3)),
            "You take one mean over everything, channels included.",
            "Each channel has its own mean and variance: leave axis 1 out of the sum.",
            STATISTICS,
        ),
        Misconception(
            "per_example", _batch(axes=(1, 2, 3)),
            "You take a mean for each image over its channels; that is layer normalization.",
            "Batch normalization keeps the channels apart and averages over the images: axes 0, 2 and 3.",
            STATISTICS,
        ),
        Misconception(
            "unbiased_normalization", _batch(normal_unbiased=True),
            "You normalize the batch with the unbiased variance, which divides by m − 1.",
            "torch divides by m to normalize; only the running variance keeps the unbiased estimate.",
            RUNNING,
        ),
        Misconception(
            "biased_running", _batch(running_unbiased=False),
            "Your running variance keeps the biased variance, which divides by m.",
            "The running variance stands for images not seen yet, so torch keeps the unbiased estimate, with m − 1.",
            RUNNING,
        ),
        Misconception(
            "momentum_inverted", _batch(inverted=True),
            "Your momentum is the share of the old statistics; in torch it is the share of the new ones.",
            "running = (1 − momentum) · running + momentum · batch. Other libraries write it the other way round.",
            RUNNING,
        ),
        Misconception(
            "running_in_training", _batch(use="running"),
            "You normalize with the running statistics while training.",
            "In training the batch's own mean and variance are used; the running ones are only kept for later.",
            RUNNING,
        ),
        Misconception(
            "updated_in_training", _batch(use="updated"),
            "You update the running statistics first and normalize the batch with these.",
            "In training the batch is normalized with its own mean and variance alone.",
            RUNNING,
        ),
        Misconception(
            "batch_in_evaluation", _batch(use="batch"),
            "You normalize with the batch's statistics in evaluation too.",
            "In evaluation an image's answer must not depend on which images stand beside it: use the running "
            "statistics.",
            RUNNING,
        ),
        Misconception(
            "updates_in_evaluation", _batch(updates="always"),
            "Your running statistics change in evaluation.",
            "Only training updates them; evaluation gives them back as they were.",
            RUNNING,
        ),
        Misconception(
            "never_updates", _batch(updates="never"),
            "Your running statistics never change.",
            "In training they move toward the batch's: (1 − momentum) · running + momentum · batch.",
            RUNNING,
        ),
        Misconception(
            "eps_outside", _batch(eps_outside=True),
            "You add eps to the deviation, outside of the root.",
            "The formula is √(var + eps): eps is added to the variance.",
            STATISTICS,
        ),
        Misconception(
            "no_root", _batch(no_root=True),
            "You divide by the variance; the formula divides by its square root.",
            "Dividing by the deviation makes the variance 1.",
            STATISTICS,
        ),
        Misconception(
            "no_scale_and_shift", _batch(affine=False),
            "You normalize and leave out weight and bias.",
            "The last step is weight · x̂ + bias, one number each for each channel.",
            STATISTICS,
        ),
    ),
    STATISTICS,
    {"training": 0.6, "evaluation": 0.4},
)  # fmt: skip


# ---- backward ----


def _gradients(rng: Rng) -> list[Case]:
    def case(label: str, n: int, c: int, h: int, w: int, *eps: float, group: str = "general") -> Case:
        g, x = signed(rng, n, c, h, w), signed(rng, n, c, h, w)
        return Case(label, (g, x, signed(rng, c), *eps), group=group, terms=4 * n * h * w)

    return [
        case("unequal sizes", 2, 3, 4, 5),
        case("as many images as channels", 3, 3, 2, 4),
        case("a large eps", 3, 2, 3, 4, 0.5),
        case("one row", 4, 2, 1, 3, group="edges"),
        case("one image", 1, 4, 2, 3, group="edges"),
    ]


def _parts(g: Tensor, x: Tensor, eps: float, correction: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    axes = (0, 2, 3)
    spread = (x.var(axes, correction=correction, keepdim=True) + eps).sqrt()
    return g.double(), (x - x.mean(axes, keepdim=True)) / spread, spread


def _grad(
    mean_part: float = 1.0,
    var_part: float = 1.0,
    scaled: bool = True,
    keep_weight: bool = True,
    averaged: bool = False,
    raw: bool = False,
    unbiased: bool = False,
    gamma: bool = False,
) -> Callable[..., Result]:
    """The gradient with one of its parts left out or done otherwise."""

    def variant(grad_output: Tensor, x: Tensor, weight: Tensor, eps: float = 1e-5) -> Result:
        g, hat, spread = _parts(grad_output, x.double(), eps, int(unbiased))
        shape, axes = (1, -1, 1, 1), (0, 2, 3)
        inner = g * weight.reshape(shape) if keep_weight else g
        total = (
            inner - mean_part * inner.mean(axes, keepdim=True) - var_part * hat * (inner * hat).mean(axes, keepdim=True)
        )
        by = x.double() if raw else hat
        grad_weight, grad_bias = ((inner if gamma else g) * by).sum(axes), g.sum(axes)
        if averaged:
            count = g.numel() / g.shape[1]
            grad_weight, grad_bias = grad_weight / count, grad_bias / count
        return total / spread if scaled else total, grad_weight, grad_bias

    return variant


def _per_activation(grad_output: Tensor, x: Tensor, weight: Tensor, eps: float = 1e-5) -> Result:
    grad_x, _, _ = _grad()(grad_output, x, weight, eps)
    g, hat, _ = _parts(grad_output, x.double(), eps)
    return grad_x, (g * hat).sum(0), g.sum(0)


BACKWARD_QUESTION = Question(
    "batch_norm2d_backward",
    ref.batch_norm2d_backward,
    _gradients,
    (
        Misconception(
            "statistics_constant", _grad(0.0, 0.0),
            "You treat mean and variance as constants and only divide by the deviation.",
            "Both are computed from x: moving one value moves the mean and the variance of its whole channel, and "
            "so every output in it.",
            BACKWARD,
        ),
        Misconception(
            "variance_constant", _grad(1.0, 0.0),
            "You follow the path through the mean and leave out the one through the variance.",
            "The variance depends on x too; its path subtracts x̂ times the mean of grad · x̂.",
            BACKWARD,
        ),
        Misconception(
            "mean_constant", _grad(0.0, 1.0),
            "You follow the path through the variance and leave out the one through the mean.",
            "The mean depends on x too; its path subtracts the mean of the gradient.",
            BACKWARD,
        ),
        Misconception(
            "no_weight", _grad(keep_weight=False),
            "Your gradient of x leaves out the factor weight.",
            "y = weight · x̂ + bias, so what reaches x̂ is weight · grad_output.",
            BACKWARD,
        ),
        Misconception(
            "not_divided", _grad(scaled=False),
            "Your gradient of x is not divided by the deviation.",
            "x̂ = (x − mean) / √(var + eps), so its derivative brings 1 / √(var + eps) along.",
            BACKWARD,
        ),
        Misconception(
            "averaged", _grad(averaged=True),
            "You average the gradients of weight and bias; they are sums.",
            "Every value of the channel is multiplied by the same weight, and a number that is used m times gets m "
            "gradients added.",
            BACKWARD,
        ),
        Misconception(
            "raw_input", _grad(raw=True),
            "Your gradient of weight multiplies with x; it is x̂ that weight is multiplied with.",
            "y = weight · x̂ + bias, so the gradient of weight is the sum of grad_output · x̂.",
            BACKWARD,
        ),
        Misconception(
            "gamma_included", _grad(gamma=True),
            "Your gradient of weight has the factor weight in it.",
            "g = weight · grad_output is what reaches x̂. What multiplies weight is x̂ alone: sum grad_output · x̂.",
            BACKWARD,
        ),
        Misconception(
            "unbiased", _grad(unbiased=True),
            "You divide by the unbiased deviation, with m − 1.",
            "The batch was normalized with the biased variance, and its gradient needs the same; only the running "
            "variance is unbiased.",
            BACKWARD,
        ),
        Misconception(
            "only_over_batch", _per_activation,
            "You sum the gradients of weight and bias over the images only.",
            "There is one weight and one bias for each channel: sum over axes 0, 2 and 3.",
            BACKWARD,
        ),
    ),
    BACKWARD,
    {"general": 0.7, "edges": 0.3},
)  # fmt: skip


# ---- folding ----


def _foldings(rng: Rng) -> list[Case]:
    def case(label: str, f: int, c: int, h: int, w: int, bias: bool, eps: float, group: str) -> Case:
        conv = {"weight": signed(rng, f, c, h, w), "bias": signed(rng, f) if bias else None}
        bn = {
            "weight": signed(rng, f), "bias": signed(rng, f), "running_mean": signed(rng, f),
            "running_var": _positive(rng, f), "eps": eps,
        }  # fmt: skip
        return Case(label, (conv, bn), group=group)

    return [
        case("with a bias", 4, 3, 2, 5, True, 1e-5, "general"),
        case("without a bias", 5, 2, 3, 4, False, 1e-5, "no bias"),
        case("as many filters as channels", 3, 3, 3, 3, True, 0.2, "general"),
        case("one filter", 1, 4, 1, 1, False, 0.5, "no bias"),
    ]


def _folded(
    *,
    scale: Callable[[Tensor, Tensor, float], Tensor] = lambda w, v, eps: w / (v + eps).sqrt(),
    shift: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor] = lambda b, m, s, beta: (b - m) * s + beta,
    axis: int = 0,
) -> Callable[..., tuple[Tensor, Tensor]]:
    """Folding with another scale, another shift, or the scale along another axis."""

    def variant(conv: dict[str, Any], bn: dict[str, Any]) -> tuple[Tensor, Tensor]:
        weight = conv["weight"].double()
        s = scale(bn["weight"].double(), bn["running_var"].double(), bn["eps"])
        b = torch.zeros_like(s) if conv["bias"] is None else conv["bias"].double()
        shape = [1, 1, 1, 1]
        shape[axis] = -1
        return weight * s.reshape(shape), shift(b, bn["running_mean"].double(), s, bn["bias"].double())

    return variant


FOLDING = Question(
    "fold_batch_norm",
    ref.fold_batch_norm,
    _foldings,
    (
        Misconception(
            "bias_not_scaled", _folded(shift=lambda b, m, s, beta: b - m * s + beta),
            "Your convolution's old bias is not multiplied by the scale.",
            "The normalization sees response + bias as one number and scales all of it.",
            FOLD,
        ),
        Misconception(
            "bias_dropped", _folded(shift=lambda b, m, s, beta: beta - m * s),
            "You drop the convolution's own bias.",
            "It is scaled like the rest: bias = (old bias − mean) · scale + bn's bias.",
            FOLD,
        ),
        Misconception(
            "mean_not_scaled", _folded(shift=lambda b, m, s, beta: b * s - m + beta),
            "You subtract the running mean without scaling it.",
            "The mean is subtracted before the division: bias = (old bias − mean) · scale + bn's bias.",
            FOLD,
        ),
        Misconception(
            "mean_forgotten", _folded(shift=lambda b, m, s, beta: b * s + beta),
            "You leave out the running mean.",
            "Normalizing subtracts it from every response; folded, it goes into the bias.",
            FOLD,
        ),
        Misconception(
            "no_root", _folded(scale=lambda w, v, eps: w / (v + eps)),
            "Your scale divides by the variance; it must be its square root.",
            "scale = bn's weight / √(running_var + eps).",
            FOLD,
        ),
        Misconception(
            "eps_outside", _folded(scale=lambda w, v, eps: w / (v.sqrt() + eps)),
            "You add eps to the deviation, outside of the root.",
            "scale = bn's weight / √(running_var + eps).",
            FOLD,
        ),
        Misconception(
            "no_eps", _folded(scale=lambda w, v, eps: w / v.sqrt()),
            "You leave out eps.",
            "The layer that you fold divides by √(running_var + eps); to do the same the folded filter must, too.",
            FOLD,
        ),
        Misconception(
            "gamma_alone", _folded(scale=lambda w, v, eps: w),
            "You scale by bn's weight alone and never divide by the deviation.",
            "scale = bn's weight / √(running_var + eps).",
            FOLD,
        ),
        Misconception(
            "no_gamma", _folded(scale=lambda w, v, eps: 1 / (v + eps).sqrt()),
            "Your scale leaves out the normalization's own weight.",
            "scale = bn's weight / √(running_var + eps).",
            FOLD,
        ),
        Misconception(
            "input_axis", _folded(axis=1),
            "You scale along axis 1, the input channels.",
            "Normalization works on the convolution's outputs, and these are counted by axis 0 of its weight.",
            FOLD,
        ),
        Misconception(
            "last_axis", _folded(axis=3),
            "You multiply the weight with the scale as it stands, so that broadcasting puts it on the last axis.",
            "Give the scale three more axes, scale[:, None, None, None], so that each filter gets its own.",
            FOLD,
        ),
    ),
    FOLD,
    {"general": 0.6, "no bias": 0.4},
)  # fmt: skip


def _deviations_averaged(
    x: Tensor, running_mean: Tensor, running_var: Tensor, weight: Tensor, bias: Tensor,
    training: bool = False, momentum: float = 0.1, eps: float = 1e-5,
) -> Result:  # fmt: skip
    """The variance as the mean of each place's own variance over the batch."""
    if not training:
        return ref.batch_norm2d(x, running_mean, running_var, weight, bias, training, momentum, eps)
    x, shape, m = x.double(), (1, -1, 1, 1), x.numel() // x.shape[1]
    mean, var = x.mean((0, 2, 3)), x.var(0, correction=0).mean((1, 2))
    y = (x - mean.reshape(shape)) / (var.reshape(shape) + eps).sqrt()
    kept = momentum * mean, momentum * var * m / (m - 1)
    return (
        y * weight.reshape(shape) + bias.reshape(shape),
        (1 - momentum) * running_mean + kept[0],
        (1 - momentum) * running_var + kept[1],
    )


FORWARD_KIN = (
    Misconception(
        "variances_of_places_averaged",
        _deviations_averaged,
        "Your variance is the mean of each place's variance over the images.",
        "All values of a channel, whatever image and place, count together: x.var(axis=(0, 2, 3)). The "
        "places' own means differ, and that spread belongs to it.",
        STATISTICS,
    ),
)


def _summed(grad_output: Tensor, x: Tensor, weight: Tensor, eps: float = 1e-5) -> Result:
    m = x.numel() // x.shape[1]
    return _grad(mean_part=m, var_part=m)(grad_output, x, weight, eps)


def _all_with_gamma(grad_output: Tensor, x: Tensor, weight: Tensor, eps: float = 1e-5) -> Result:
    grad_x, grad_weight, grad_bias = _grad(gamma=True)(grad_output, x, weight, eps)
    return grad_x, grad_weight, grad_bias * weight


BACKWARD_KIN = (
    Misconception(
        "sums_for_means",
        _summed,
        "You subtract sums over the channel where means are asked for.",
        "Both terms are means, over the N * H * W values of a channel.",
        BACKWARD,
    ),
    Misconception(
        "gamma_in_both_gradients",
        _all_with_gamma,
        "Your gradients of weight and bias are multiplied with the weight.",
        "g = weight * grad_output belongs to the way to x. weight and bias themselves meet grad_output as it came.",
        BACKWARD,
    ),
)


def _mean_forgotten(conv: dict[str, Any], bn: dict[str, Any]) -> tuple[Tensor, Tensor]:
    weight, bias = ref.fold_batch_norm(conv, bn)
    return weight, bn["bias"].double() if conv["bias"] is None else bias


FOLDING_KIN = (
    Misconception(
        "no_bias_no_mean",
        _mean_forgotten,
        "Without a bias in the convolution you leave the running mean out, too.",
        "A missing bias is a bias of 0: the mean is still taken off, so the new bias is bn's bias - mean * scale.",
        FOLD,
    ),
)

QUESTIONS = (
    KAIMING,
    replace(FORWARD, kin=FORWARD_KIN),
    replace(BACKWARD_QUESTION, kin=BACKWARD_KIN),
    replace(FOLDING, kin=FOLDING_KIN),
)
