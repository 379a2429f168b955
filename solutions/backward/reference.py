"""Chapter 8: gradients of windows that overlap, and how to find out whether a gradient is right."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ..pooling.reference import avg_pool2d, max_pool2d
from ..stride.reference import Pair, pair
from .drivers.functions import scalar_function

Verdict = tuple[bool, float | str, tuple[int, ...] | None]
"""(passed, worst relative error, index of the worst entry); an infinite error is the word "inf"."""


def conv2d_backward(
    grad_output: Tensor, x: Tensor, weight: Tensor, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1
) -> tuple[Tensor, Tensor, Tensor]:
    """The gradients of sum(grad_output * conv2d(x, weight, bias)) by x, weight and bias, from torch's autograd.

    Args:
        grad_output: (N, F, oH, oW) float.
        x: (N, C, H, W) float.
        weight: (F, C, kH, kW) float.
        stride: (row, column) or one for both.
        padding: zeros at each end, (row, column) or one for both.
        dilation: (row, column) or one for both.

    Returns:
        grad_x: (N, C, H, W) float.
        grad_weight: (F, C, kH, kW) float.
        grad_bias: (F,) float.

    Source: torch.autograd.grad, torch.nn.functional.conv2d.
    """
    bias = torch.zeros(weight.shape[0], dtype=torch.float64, device=x.device)
    leaves = [value.detach().double().requires_grad_() for value in (x, weight, bias)]
    y = F.conv2d(leaves[0], leaves[1], leaves[2], pair(stride), pair(padding), pair(dilation))
    grad_x, grad_weight, grad_bias = torch.autograd.grad(y, leaves, grad_output.double())
    return grad_x, grad_weight, grad_bias


def max_pool2d_backward(
    grad_output: Tensor, x: Tensor, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0
) -> Tensor:
    """The gradient of sum(grad_output * max_pool2d(x)) by x; of equal maxima, the first in row-major order gets it.

    Args:
        grad_output: (N, C, oH, oW) float.
        x: (N, C, H, W) float.
        kernel_size: (row, column) or one for both.
        stride: (row, column) or one for both; None takes kernel_size.
        padding: (row, column) or one for both, at most half of the kernel size.

    Returns:
        (N, C, H, W) float.

    Source: torch.autograd.grad, torch.nn.functional.max_pool2d.
    """
    leaf = x.detach().double().requires_grad_()
    (grad_x,) = torch.autograd.grad(max_pool2d(leaf, kernel_size, stride, padding), leaf, grad_output.double())
    return grad_x


def avg_pool2d_backward(
    grad_output: Tensor,
    input_shape: Sequence[int],
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    count_include_pad: bool = True,
) -> Tensor:
    """The gradient of sum(grad_output * avg_pool2d(x)) by x, whatever the values of x.

    Args:
        grad_output: (N, C, oH, oW) float.
        input_shape: (N, C, H, W).
        kernel_size: (row, column) or one for both.
        stride: (row, column) or one for both; None takes kernel_size.
        padding: (row, column) or one for both, at most half of the kernel size.
        count_include_pad: whether padded places counted in the divisor.

    Returns:
        (N, C, H, W) float.

    Source: torch.autograd.grad, torch.nn.functional.avg_pool2d.
    """
    leaf = torch.zeros(*input_shape, dtype=torch.float64, device=grad_output.device, requires_grad=True)
    y = avg_pool2d(leaf, kernel_size, stride, padding, count_include_pad)
    (grad_x,) = torch.autograd.grad(y, leaf, grad_output.double())
    return grad_x


def numerical_gradient(f: str, x: Tensor, eps: float = 1e-6) -> Tensor:
    """(f(x + eps e) - f(x - eps e)) / (2 eps) for each unit vector e.

    Args:
        f: name of a `scalar_function`.
        x: float, any shape.
        eps: the step to either side.

    Returns:
        float, shape of x.

    Source: the central difference; its error is eps^2 / 6 times the third derivative, to leading order.
    """
    return central(f, [x], 0, eps)


def gradient_check(
    f: str,
    values: Sequence[Tensor],
    grads: Sequence[Tensor | None],
    eps: float = 1e-6,
    tolerance: float = 1e-5,
    floor: float = 1e-3,
) -> dict[str, Verdict]:
    """By name: whether |a - n| / max(|a|, |n|, floor) stays within the tolerance everywhere, its maximum, and where.

    Args:
        f: name of a `scalar_function` of several arrays.
        values: its arguments, in the order of its parameters.
        grads: for each argument its analytic gradient a, or None where it is not checked.
        eps: the step of the numerical gradient n.
        tolerance: the largest relative error that passes.
        floor: entries smaller than this are compared as if they were this large.

    Returns:
        for each name with a gradient (passed, error, index): index is that of the first worst entry, None where the
        check passes or shapes differ; the error is infinite where shapes differ or an entry of a is not finite.
    """
    names = parameters(f)
    result: dict[str, Verdict] = {}
    for place, (name, analytic) in enumerate(zip(names, grads, strict=True)):
        if analytic is None:
            continue
        if analytic.shape != values[place].shape:
            result[name] = (False, "inf", None)
            continue
        numeric = central(f, values, place, eps)
        scale = torch.maximum(analytic.abs(), numeric.abs()).clamp(min=floor)
        error = ((analytic - numeric).abs() / scale).where(analytic.isfinite(), torch.inf)
        worst = float(error.max())
        passed = worst <= tolerance
        result[name] = (passed, worst if math.isfinite(worst) else "inf", None if passed else first_worst(error))
    return result


def parameters(f: str) -> tuple[str, ...]:
    """The names of a `scalar_function`'s arguments, in order."""
    code = scalar_function(f).__code__
    return code.co_varnames[: code.co_argcount]


def central(f: str, values: Sequence[Tensor], place: int, eps: float) -> Tensor:
    """The central difference of a `scalar_function` by its argument number `place`."""
    function = scalar_function(f)
    x = values[place].double()
    before, after = [v.double() for v in values[:place]], [v.double() for v in values[place + 1 :]]
    steps = eps * torch.eye(x.numel(), dtype=torch.float64, device=x.device).reshape(-1, *x.shape)
    differences = [function(*before, x + e, *after) - function(*before, x - e, *after) for e in steps]
    return (torch.stack(differences) / (2 * eps)).reshape(x.shape)


def first_worst(error: Tensor) -> tuple[int, ...]:
    """The index of the largest entry, the first in row-major order among equals."""
    first = int((error.flatten() == error.max()).nonzero()[0])
    return tuple(int(i) for i in torch.unravel_index(torch.tensor(first), error.shape))
