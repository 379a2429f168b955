"""What earlier chapters built, in working order, for the chapters that stand on it. It needs NumPy only.

Use your own functions instead where you have them: paste them below the notebook's import.
"""

import numpy as np


# From the chapter stride
def pair(value):
    """(row, column): one number stands for both axes."""
    if np.ndim(value):
        row, column = value
        return int(row), int(column)
    return int(value), int(value)


def taps(x, kernel_size, stride, padding, dilation, fill=0):
    """For each tap (u, v) of a window: u, v, and what all windows have at it, shaped (..., oH, oW).

    Args:
        x: (..., H, W) array.
        kernel_size, stride, padding, dilation: int, or pair (row, column) of ints.
        fill: the value that the border gets.
    """
    (kernel_h, kernel_w), (step_h, step_w) = pair(kernel_size), pair(stride)
    (border_h, border_w), (gap_h, gap_w) = pair(padding), pair(dilation)
    if border_h or border_w:
        sides = [(0, 0)] * (x.ndim - 2) + [(border_h, border_h), (border_w, border_w)]
        x = np.pad(x, sides, constant_values=fill)
    last_h, last_w = x.shape[-2] - gap_h * (kernel_h - 1), x.shape[-1] - gap_w * (kernel_w - 1)
    for u, v in np.ndindex(kernel_h, kernel_w):
        yield u, v, x[..., u * gap_h : u * gap_h + last_h : step_h, v * gap_w : v * gap_w + last_w : step_w]


# From the chapter channels
def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1):
    """Torch's conv2d: one product of matrices a tap, added up.

    Args:
        x: (N, C, H, W) array.
        weight: (F, C, kH, kW) array.
        bias: (F,) array or None.
        stride, padding, dilation: int, or pair (row, column) of ints.

    Returns:
        (N, F, oH, oW) array.
    """
    response = 0 if bias is None else np.reshape(bias, (-1, 1, 1))
    for u, v, part in taps(x, weight.shape[2:], stride, padding, dilation):
        response = response + np.moveaxis(np.tensordot(weight[:, :, u, v], part, axes=(1, 1)), 0, 1)
    return response


# From the chapter pooling
def max_pool2d(x, kernel_size, stride=None, padding=0, dilation=1):
    """Torch's max_pool2d: the largest value of each window.

    Args:
        x: (N, C, H, W) array.
        kernel_size, padding, dilation: int, or pair (row, column) of ints.
        stride: the same, or None for kernel_size.

    Returns:
        (N, C, oH, oW) array.
    """
    step = kernel_size if stride is None else stride
    x = x + 0.0  # whole numbers have no infinity to be padded with
    return np.maximum.reduce([part for _, _, part in taps(x, kernel_size, step, padding, dilation, fill=-np.inf)])


def avg_pool2d(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    """Torch's avg_pool2d: the mean of each window.

    Args:
        x: (N, C, H, W) array.
        kernel_size, padding: int, or pair (row, column) of ints.
        stride: the same, or None for kernel_size.
        count_include_pad: bool, whether padded places count in the divisor.

    Returns:
        (N, C, oH, oW) array.
    """
    step = kernel_size if stride is None else stride
    counted = np.full(x.shape[2:], 1.0)
    border = pair(padding)
    if count_include_pad:
        counted = np.full((x.shape[2] + 2 * border[0], x.shape[3] + 2 * border[1]), 1.0)
    total = sum(part for _, _, part in taps(x, kernel_size, step, padding, 1))
    return total / sum(part for _, _, part in taps(counted, kernel_size, step, 0 if count_include_pad else padding, 1))
