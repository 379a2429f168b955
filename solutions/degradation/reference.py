"""Chapter 11 in torch: the identity by ReLU pairs, plain and residual stacks, their gradients, learning-rate steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor


def identity_with_relu(n: int) -> tuple[Tensor, Tensor]:
    """A = [I; -I] and B = [I, -I], so that B ReLU(A x) = ReLU(x) - ReLU(-x) = x.

    Args:
        n: length of x.

    Returns:
        A, (2n, n) float64, and B, (n, 2n) float64.
    """
    one = torch.eye(n, dtype=torch.float64)
    return torch.cat([one, -one]), torch.cat([one, -one], 1)


def plain_stack(x: Tensor, weights: Sequence[Tensor]) -> Tensor:
    """H = ReLU(h W^T), for each W in turn.

    Args:
        x: (N, n) float.
        weights: (n, n) float each, the first layer first.

    Returns:
        (N, n) float.
    """
    h = x.double()
    for weight in weights:
        h = torch.relu(h @ weight.double().T)
    return h


def residual_stack(x: Tensor, weights: Sequence[Tensor]) -> Tensor:
    """H = ReLU(h + ReLU(h V^T) W^T), for each pair V, W in turn.

    Args:
        x: (N, n) float.
        weights: an even number of (n, n) float, the first layer first.

    Returns:
        (N, n) float.

    Source: He et al. 2016, Deep residual learning, equation 1, with linear layers.
    """
    h = x.double()
    for first, second in zip(weights[::2], weights[1::2], strict=True):
        h = torch.relu(h + torch.relu(h @ first.double().T) @ second.double().T)
    return h


def gradient_norms(stack: Mapping[str, Any], depth: int) -> Tensor:
    """The Frobenius norms of the loss's gradients at the first `depth` weights, with loss = sum(output) / N.

    Args:
        stack: "kind", "plain" or "residual"; "x" (N, n) float; "weights", a list of (n, n) float.
        depth: how many layers to use; even for a residual stack.

    Returns:
        (depth,) float64.

    Source: torch.autograd.
    """
    weights = [weight.double().detach().requires_grad_() for weight in stack["weights"][:depth]]
    forward = plain_stack if stack["kind"] == "plain" else residual_stack
    with torch.enable_grad():
        loss = forward(stack["x"], weights).sum() / len(stack["x"])
    return torch.stack([gradient.norm() for gradient in torch.autograd.grad(loss, weights)])


def step_learning_rate(iteration: int, base: float, milestones: Sequence[int]) -> float:
    """The rate base / 10 ** (the number of milestones that iteration has reached).

    Args:
        iteration: counted from 0.
        base: the first learning rate.
        milestones: iterations, in any order, at which it is divided by 10.

    Returns:
        float.

    Source: torch.optim.lr_scheduler.MultiStepLR with gamma 0.1.
    """
    return base / 10.0 ** sum(iteration >= milestone for milestone in milestones)
