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


def im2col(x, kernel_size, stride=1, padding=0, dilation=1):
    """Torch's unfold: each window as a column.

    Args:
        x: (N, C, H, W) array.
        kernel_size, stride, padding, dilation: int, or pair (row, column) of ints.

    Returns:
        (N, C * kH * kW, oH * oW) array.
    """
    view = np.moveaxis(windows(x, kernel_size, stride, padding, dilation), (4, 5), (2, 3))
    return view.reshape(len(x), int(np.prod(view.shape[1:4])), -1)


def col2im(columns, output_size, kernel_size, stride=1, padding=0, dilation=1):
    """Torch's fold: columns added back to the places that they came from.

    Args:
        columns: (N, C * kH * kW, oH * oW) array.
        output_size: pair (H, W) of ints.
        kernel_size, stride, padding, dilation: int, or pair (row, column) of ints.

    Returns:
        (N, C, H, W) array.
    """
    (height, width), kernel, border = pair(output_size), pair(kernel_size), pair(padding)
    size = len(columns), columns.shape[1] // (kernel[0] * kernel[1]), height + 2 * border[0], width + 2 * border[1]
    image = np.zeros(size, columns.dtype)
    parts = columns.reshape(*size[:2], -1, columns.shape[2])
    for number, (_, _, places) in enumerate(taps(image, kernel, stride, 0, dilation)):
        places += parts[:, :, number].reshape(places.shape)
    return image[:, :, border[0] : border[0] + height, border[1] : border[1] + width]


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


# From the chapter backward
def conv2d_backward(grad_output, x, weight, stride=1, padding=0, dilation=1):
    """The gradients of conv2d.

    Args:
        grad_output: (N, F, oH, oW) array, the loss's gradient at the output.
        x: (N, C, H, W) array.
        weight: (F, C, kH, kW) array.
        stride, padding, dilation: int, or pair (row, column) of ints.

    Returns:
        The gradients of x, of weight and of the bias, shaped as these.
    """
    flat = grad_output.reshape(*grad_output.shape[:2], -1)
    columns = im2col(x, weight.shape[2:], stride, padding, dilation)
    grad_weight = np.tensordot(flat, columns, axes=((0, 2), (0, 2))).reshape(weight.shape)
    back = weight.reshape(len(weight), -1).T @ flat
    grad_x = col2im(back, x.shape[2:], weight.shape[2:], stride, padding, dilation)
    return grad_x, grad_weight, flat.sum(axis=(0, 2))


def max_pool2d_backward(grad_output, x, kernel_size, stride=None, padding=0):
    """The gradient of max_pool2d: the first largest value of each window gets all of its gradient.

    Args:
        grad_output: (N, C, oH, oW) array, the loss's gradient at the output.
        x: (N, C, H, W) array of floats.
        kernel_size, padding: int, or pair (row, column) of ints.
        stride: the same, or None for kernel_size.

    Returns:
        (N, C, H, W) array.
    """
    step = kernel_size if stride is None else stride
    view = windows(x, kernel_size, step, padding, fill=-np.inf)
    winners = view.reshape(*view.shape[:4], -1).argmax(axis=-1)
    numbers = np.arange(view.shape[4] * view.shape[5]).reshape(-1, 1, 1)
    parts = np.where(winners[:, :, None] == numbers, grad_output[:, :, None], 0.0)
    return col2im(parts.reshape(len(x), -1, winners[0, 0].size), x.shape[2:], kernel_size, step, padding)
