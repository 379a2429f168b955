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


def global_avg_pool2d(x):
    """The mean of each map: (N, C, H, W) array to (N, C) array."""
    return np.sum(x, axis=(2, 3)) / (x.shape[2] * x.shape[3])


# From the chapter im2col
def windows(x, kernel_size, stride=1, padding=0, dilation=1, fill=0):
    """A view of every window of the padded images.

    Args:
        x: (N, C, H, W) array.
        kernel_size, stride, padding, dilation: int, or pair (row, column) of ints.
        fill: the value that the border gets.

    Returns:
        (N, C, oH, oW, kH, kW) array, which shares the padded images' memory.
    """
    (kernel_h, kernel_w), (step_h, step_w) = pair(kernel_size), pair(stride)
    (border_h, border_w), (gap_h, gap_w) = pair(padding), pair(dilation)
    if border_h or border_w:
        x = np.pad(x, ((0, 0), (0, 0), (border_h, border_h), (border_w, border_w)), constant_values=fill)
    extent = gap_h * (kernel_h - 1) + 1, gap_w * (kernel_w - 1) + 1
    every = np.lib.stride_tricks.sliding_window_view(x, extent, axis=(2, 3))
    return every[:, :, ::step_h, ::step_w, ::gap_h, ::gap_w]


def conv2d_gemm(x, weight, bias=None, stride=1, padding=0, dilation=1):
    """Torch's conv2d, as one product of matrices an image.

    Args:
        x: (N, C, H, W) array.
        weight: (F, C, kH, kW) array.
        bias: (F,) array or None.
        stride, padding, dilation: int, or pair (row, column) of ints.

    Returns:
        (N, F, oH, oW) array.
    """
    view = windows(x, weight.shape[2:], stride, padding, dilation)
    count, _, rows, cols = view.shape[:4]
    matrix = view.transpose(0, 1, 4, 5, 2, 3).reshape(count, -1, rows * cols)
    response = (weight.reshape(len(weight), -1) @ matrix).reshape(count, len(weight), rows, cols)
    return response if bias is None else response + np.reshape(bias, (-1, 1, 1))


# From the chapter convnet
def relu(x):
    """The larger of x and 0, entry by entry, for arrays of any shape."""
    return np.where(x > 0, x, 0.0)


def linear(x, weight, bias=None):
    """A linear layer, as torch has it.

    Args:
        x: (N, in) array.
        weight: (out, in) array.
        bias: (out,) array or None.

    Returns:
        (N, out) array.
    """
    product = np.matmul(x, np.transpose(weight))
    return product if bias is None else product + bias


# From the chapter batch_norm
def batch_norm2d(x, running_mean, running_var, weight, bias, training=False, momentum=0.1, eps=1e-5):
    """Torch's batch normalization of each channel.

    Args:
        x: (N, C, H, W) array.
        running_mean, running_var, weight, bias: (C,) arrays.
        training: bool, whether to normalize with the batch's statistics.
        momentum: float, the share of the batch in the new running statistics.
        eps: float, added to the variance.

    Returns:
        y (N, C, H, W), and the running mean and variance afterwards.
    """
    average, spread, after = running_mean, running_var, (running_mean, running_var)
    if training:
        count = x.size // x.shape[1]
        average = np.einsum("nchw->c", x) / count
        spread = np.einsum("nchw,nchw->c", x, x) / count - average**2
        pairs = ((running_mean, average), (running_var, spread * count / (count - 1)))
        after = tuple(old + momentum * (new - old) for old, new in pairs)
    factor = weight / (spread + eps) ** 0.5
    return x * factor.reshape(-1, 1, 1) + (bias - average * factor).reshape(-1, 1, 1), *after
