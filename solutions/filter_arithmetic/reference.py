"""Chapter 1: one filter over one image."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def cross_correlate2d(x: Tensor, w: Tensor) -> Tensor:
    """y[i, j] = sum over u, v of x[i + u, j + v] * w[u, v].

    Args:
        x: (H, W) float.
        w: (kH, kW) float.

    Returns:
        (H - kH + 1, W - kW + 1) float.

    Source: torch.nn.functional.conv2d.
    """
    x, w = x.double(), w.double()
    return F.conv2d(x[None, None], w[None, None])[0, 0]


def convolve2d(x: Tensor, w: Tensor) -> Tensor:
    """Cross-correlation with the filter flipped in both axes; shapes as `cross_correlate2d`.

    Source: Goodfellow, Bengio, Courville, Deep Learning, equation 9.5.
    """
    return cross_correlate2d(x, w.flip(0, 1))


def filter_response(x: Tensor, w: Tensor, b: float) -> Tensor:
    """Cross-correlation plus one bias for each output; shapes as `cross_correlate2d`."""
    return cross_correlate2d(x, w) + b


def correlation_as_matrix(w: Tensor, input_shape: tuple[int, int]) -> Tensor:
    """The matrix M with M @ x.ravel() = cross_correlate2d(x, w).ravel(), rows and columns in row-major order.

    Args:
        w: (kH, kW) float.
        input_shape: (H, W) of the input.

    Returns:
        ((H - kH + 1) * (W - kW + 1), H * W) float: a doubly blocked Toeplitz matrix.

    Source: each column is the response to one impulse (Dumoulin and Visin 2016, section 4.1).
    """
    height, width = input_shape
    impulses = torch.eye(height * width, dtype=torch.float64, device=w.device).reshape(-1, 1, height, width)
    return F.conv2d(impulses, w.double()[None, None]).flatten(1).T
