"""Chapter 9: the pieces around the convolutions, the network that they make, and how it learns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

NAMES = ("conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias", "fc.weight", "fc.bias")
"""The parameters of the chapter's network, in the order of its layers."""


def relu(x: Tensor) -> Tensor:
    """The larger of x and 0, entry by entry.

    Args:
        x: float of any shape.

    Returns:
        float, shaped as x.

    Source: torch.nn.functional.relu.
    """
    return F.relu(x.double())


def relu_backward(grad_output: Tensor, x: Tensor) -> Tensor:
    """dL/dx = dL/dy where x > 0, and 0 elsewhere, at x = 0 too.

    Args:
        grad_output: float of any shape, the loss's gradient at the output.
        x: float, shaped as grad_output, what `relu` was given.

    Returns:
        float, shaped as x.

    Source: torch.nn.functional.relu's gradient.
    """
    return torch.where(x > 0, grad_output.double(), 0.0)


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """The product x W^T + b, one row an example.

    Args:
        x: (N, in) float.
        weight: (out, in) float.
        bias: (out,) float, or None.

    Returns:
        (N, out) float.

    Source: torch.nn.functional.linear.
    """
    return F.linear(x.double(), weight.double(), None if bias is None else bias.double())


def linear_backward(grad_output: Tensor, x: Tensor, weight: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """dL/dx = G W, dL/dW = G^T x, dL/db = the sum of G's rows, with G = dL/dy.

    Args:
        grad_output: (N, out) float, the loss's gradient at the output.
        x: (N, in) float, what `linear` was given.
        weight: (out, in) float.

    Returns:
        the gradients of x, of weight and of the bias, shaped as these.

    Source: torch.nn.functional.linear's gradient.
    """
    given = grad_output.double()
    return given @ weight.double(), given.T @ x.double(), given.sum(0)


def softmax_cross_entropy(logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """L = mean over n of log(sum_k exp z_nk) - z_n,label(n), and dL/dz = (softmax(z) - onehot(label)) / N.

    Args:
        logits: (N, K) float.
        labels: (N,) whole numbers from 0 to K - 1.

    Returns:
        the loss, a number, and its gradient at the logits, (N, K).

    Source: torch.nn.functional.cross_entropy.
    """
    z = logits.double()
    loss = F.cross_entropy(z, labels)
    return loss, (z.softmax(1) - F.one_hot(labels, z.shape[1])) / len(z)


def sgd_momentum_step(
    parameter: Tensor, gradient: Tensor, velocity: Tensor, lr: float, momentum: float = 0.9, weight_decay: float = 0.0
) -> tuple[Tensor, Tensor]:
    """One step: v' = momentum * v + (g + weight_decay * p), p' = p - lr * v'.

    Args:
        parameter: float of any shape.
        gradient: float, shaped as parameter.
        velocity: float, shaped as parameter.
        lr: the learning rate.
        momentum: how much of the velocity stays.
        weight_decay: how much of the parameter joins its gradient.

    Returns:
        the new parameter and the new velocity.

    Source: torch.optim.SGD, without dampening and Nesterov's variant.
    """
    p = parameter.double()
    new = momentum * velocity.double() + (gradient.double() + weight_decay * p)
    return p - lr * new, new


def conv_net(state: Mapping[str, Tensor], x: Tensor) -> Tensor:
    """Conv-ReLU-Pool, twice, then flatten and linear: the logits.

    Args:
        state: the parameters by `NAMES`; both convolutions have padding 1 and stride 1, both pools 2 x 2 windows.
        x: (N, C, H, W) float.

    Returns:
        (N, K) float.

    Source: the layers' order is LeNet-5's (LeCun, Bottou, Bengio and Haffner 1998), with ReLU and maximum pools.
    """
    for layer in ("conv1", "conv2"):
        x = F.conv2d(x.double(), state[f"{layer}.weight"], state[f"{layer}.bias"], padding=1)
        x = F.max_pool2d(F.relu(x), 2)
    return F.linear(x.flatten(1), state["fc.weight"], state["fc.bias"])


def gradients(state: Mapping[str, Tensor], x: Tensor, grad_logits: Tensor) -> dict[str, Tensor]:
    """The gradients of `conv_net`'s parameters by name, from the loss's gradient at the logits.

    Args:
        state: the parameters by `NAMES`.
        x: (N, C, H, W) float.
        grad_logits: (N, K) float.

    Returns:
        a gradient for each name, shaped as the parameter.
    """
    leaves = {name: value.double().detach().requires_grad_() for name, value in state.items()}
    found = torch.autograd.grad(conv_net(leaves, x), list(leaves.values()), grad_logits.double())
    return dict(zip(leaves, found, strict=True))


def named(values: Sequence[Tensor]) -> dict[str, Tensor]:
    """A state from its values in the order of `NAMES`."""
    return dict(zip(NAMES, (value.double() for value in values), strict=True))
