"""Chapter 10 in torch: initial weights, batch normalization forward and backward, and folding it away."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

Layer = Mapping[str, Any]
"""A layer's tensors, and numbers, by torch's names."""


def fan_in(shape: Sequence[int]) -> int:
    """The number of inputs that one output adds up: C * kH * kW for (F, C, kH, kW), C for (F, C)."""
    return math.prod(shape[1:])


def kaiming_normal(shape: Sequence[int], seed: int) -> Tensor:
    """W = sqrt(2 / fan_in) * z, with z standard normal.

    Args:
        shape: (F, C, kH, kW) or (out, in) of ints.
        seed: of the generator whose standard_normal(shape) is z.

    Returns:
        float64 of `shape`.

    Source: He et al. 2015, Delving deep into rectifiers, equation 10; torch.nn.init.kaiming_normal_ with mode fan_in.
    """
    z = np.random.default_rng(seed).standard_normal(tuple(shape))
    return torch.tensor(z) * math.sqrt(2 / fan_in(shape))


def batch_norm2d(
    x: Tensor,
    running_mean: Tensor,
    running_var: Tensor,
    weight: Tensor,
    bias: Tensor,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> tuple[Tensor, Tensor, Tensor]:
    """Y = weight * (x - mean) / sqrt(var + eps) + bias, channel by channel.

    Args:
        x: (N, C, H, W) float.
        running_mean: (C,) float.
        running_var: (C,) float.
        weight: (C,) float, the paper's gamma.
        bias: (C,) float, the paper's beta.
        training: whether mean and variance are the batch's; otherwise they are the running ones.
        momentum: the share of the batch in the new running statistics.
        eps: added to the variance.

    Returns:
        y, and the running mean and variance afterwards.

    Source: torch.nn.functional.batch_norm; Ioffe and Szegedy 2015, algorithm 1.
    """
    mean, var = running_mean.double().clone(), running_var.double().clone()
    y = F.batch_norm(x.double(), mean, var, weight.double(), bias.double(), training, momentum, eps)
    return y, mean, var


def batch_norm2d_backward(
    grad_output: Tensor, x: Tensor, weight: Tensor, eps: float = 1e-5
) -> tuple[Tensor, Tensor, Tensor]:
    """The gradients of batch_norm2d in training, by automatic differentiation.

    Args:
        grad_output: (N, C, H, W) float.
        x: (N, C, H, W) float.
        weight: (C,) float.
        eps: added to the variance.

    Returns:
        the gradients of x, of weight and of bias.

    Source: torch.autograd; Ioffe and Szegedy 2015, section 3.
    """
    x, weight = x.double().detach().requires_grad_(), weight.double().detach().requires_grad_()
    bias = torch.zeros_like(weight, requires_grad=True)
    with torch.enable_grad():
        y = F.batch_norm(x, None, None, weight, bias, training=True, eps=eps)
    grads = torch.autograd.grad(y, (x, weight, bias), grad_output.double())
    return grads[0], grads[1], grads[2]


def fold_batch_norm(conv: Layer, bn: Layer) -> tuple[Tensor, Tensor]:
    """The weight and bias of one convolution that does what conv and bn, in evaluation, do together.

    Args:
        conv: "weight" (F, C, kH, kW) and "bias" (F,) or None.
        bn: "weight", "bias", "running_mean", "running_var", (F,) each, and "eps".

    Returns:
        the folded weight (F, C, kH, kW) and bias (F,).

    Source: torch.nn.utils.fuse_conv_bn_weights.
    """
    weight, mean, var = conv["weight"].double(), bn["running_mean"].double(), bn["running_var"].double()
    scale = bn["weight"].double() / torch.sqrt(var + bn["eps"])
    before = torch.zeros_like(scale) if conv["bias"] is None else conv["bias"].double()
    return weight * scale.reshape(-1, 1, 1, 1), (before - mean) * scale + bn["bias"].double()
