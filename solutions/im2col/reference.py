"""Chapter 7: convolution as one matrix product, as a view of windows, and as a product of spectra."""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F
from torch import Tensor

from ..channels import reference as channels
from ..stride.reference import Pair, pair


def im2col(x: Tensor, kernel_size: Pair, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1) -> Tensor:
    """columns[n, (c * kH + u) * kW + v, i * oW + j] = x~[n, c, i * s_h + u * d_h, j * s_w + v * d_w].

    Args:
        x: (N, C, H, W) float.
        kernel_size: (row, column) or one for both.
        stride: (row, column) or one for both.
        padding: zeros at each end of an axis, (row, column) or one for both.
        dilation: (row, column) or one for both.

    Returns:
        (N, C * kH * kW, oH * oW) float.

    Source: torch.nn.functional.unfold, whose last arguments stand in another order.
    """
    return F.unfold(x.double(), pair(kernel_size), pair(dilation), pair(padding), pair(stride))


def col2im(
    columns: Tensor,
    output_size: Pair,
    kernel_size: Pair,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
) -> Tensor:
    """x~[n, c, i * s_h + u * d_h, j * s_w + v * d_w] += columns[n, (c * kH + u) * kW + v, i * oW + j]; padding cut off.

    Args:
        columns: (N, C * kH * kW, oH * oW) float.
        output_size: (H, W) of the result or one for both.
        kernel_size: (row, column) or one for both.
        stride: (row, column) or one for both.
        padding: rows and columns of zeros that `im2col` added at each end, (row, column) or one for both.
        dilation: (row, column) or one for both.

    Returns:
        (N, C, H, W) float.

    Source: torch.nn.functional.fold, whose last arguments stand in another order.
    """
    options = pair(kernel_size), pair(dilation), pair(padding), pair(stride)
    return F.fold(columns.double(), pair(output_size), *options)


def conv2d_gemm(
    x: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1
) -> Tensor:
    """y[n] = weight as an (F, C * kH * kW) matrix times the columns of image n, plus the bias; `channels.conv2d`.

    Args:
        x: (N, C, H, W) float.
        weight: (F, C, kH, kW) float.
        bias: (F,) float, or None.
        stride: (row, column) or one for both.
        padding: zeros at each end of an axis, (row, column) or one for both.
        dilation: (row, column) or one for both.

    Returns:
        (N, F, oH, oW) float.

    Source: torch.nn.functional.conv2d.
    """
    return channels.conv2d(x, weight, bias, stride, padding, dilation)


def conv2d_strided_view(
    x: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1
) -> dict[str, Any]:
    """`channels.conv2d`, and whether all windows were held in memory at once: they are not.

    Args:
        x: (N, C, H, W) float.
        weight: (F, C, kH, kW) float.
        bias: (F,) float, or None.
        stride: (row, column) or one for both.
        padding: zeros at each end of an axis, (row, column) or one for both.
        dilation: (row, column) or one for both.

    Returns:
        dict of "y", (N, F, oH, oW) float, and "copies_the_windows", bool: what the question's driver answers.

    Source: torch.nn.functional.conv2d.
    """
    return {"y": channels.conv2d(x, weight, bias, stride, padding, dilation), "copies_the_windows": False}


def conv2d_fft(
    x: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1
) -> Tensor:
    """y[n, f] = the inverse transform of sum over c of X[n, c] * conj(W[f, c]), strided; `channels.conv2d`.

    Args:
        x: (N, C, H, W) float.
        weight: (F, C, kH, kW) float.
        bias: (F,) float, or None.
        stride: (row, column) or one for both.
        padding: zeros at each end of an axis, (row, column) or one for both.
        dilation: (row, column) or one for both.

    Returns:
        (N, F, oH, oW) float.

    Source: torch.nn.functional.conv2d; Mathieu, Henaff and LeCun 2014, Fast training of convolutional networks
        through FFTs, section 2.
    """
    return channels.conv2d(x, weight, bias, stride, padding, dilation)
