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


def numerical_gradient(f, x, eps=1e-6):
    """Central differences of f at x.

    Args:
        f: function of an array shaped as x that gives a number.
        x: array; it is left as it is.
        eps: float, the step to either side.

    Returns:
        array, shaped as x.
    """
    slopes = []
    for place in range(x.size):
        step = np.zeros(x.size)
        step[place] = eps
        step = step.reshape(x.shape)
        slopes.append((f(x + step) - f(x - step)) / (2 * eps))
    return np.array(slopes, dtype=float).reshape(x.shape)


def gradient_check(f, values, grads, eps=1e-6, tolerance=1e-5, floor=1e-3):
    """By name, whether a gradient agrees with central differences: (passed, largest relative error, its place or None).

    Args:
        f: function that is called as f(**values) and gives a number.
        values: dict of arrays.
        grads: dict of arrays, the gradients to check.
        eps, tolerance, floor: floats: the step, the largest error that passes, the smallest divisor.
    """
    answers = {}
    for name, mine in grads.items():
        answers[name] = (False, np.inf, None)
        if mine.shape == values[name].shape:
            central = numerical_gradient(lambda moved, name=name: f(**(values | {name: moved})), values[name], eps)
            with np.errstate(invalid="ignore"):
                error = abs(mine - central) / np.maximum.reduce([abs(mine), abs(central), np.full(mine.shape, floor)])
            error[~np.isfinite(mine)] = np.inf
            place = tuple(map(int, np.unravel_index(np.argmax(error), error.shape)))
            good = bool(error[place] <= tolerance)
            answers[name] = (good, float(error[place]), None if good else place)
    return answers


# From the chapter convnet
def relu(x):
    """The larger of x and 0, entry by entry, for arrays of any shape."""
    return np.where(x > 0, x, 0.0)


def relu_backward(grad_output, x):
    """The gradient of relu: the loss's gradient at its output, where x is above 0, and 0 elsewhere."""
    return np.where(x > 0, grad_output, 0.0)


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


def linear_backward(grad_output, x, weight):
    """The gradients of linear: those of x, of weight and of the bias, shaped as these.

    Args:
        grad_output: (N, out) array, the loss's gradient at the output.
        x: (N, in) array.
        weight: (out, in) array.
    """
    grad_weight = np.tensordot(grad_output, x, axes=(0, 0))
    return np.matmul(grad_output, weight), grad_weight, np.add.reduce(grad_output)


def softmax_cross_entropy(logits, labels):
    """The mean of minus the logarithm of the right class's probability, and its gradient at the logits.

    Args:
        logits: (N, K) array.
        labels: (N,) array of whole numbers from 0 to K - 1.

    Returns:
        a number, and an (N, K) array.
    """
    log_p = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    right = np.eye(logits.shape[1])[labels]
    return -(log_p * right).sum() / len(right), (np.exp(log_p) - right) / len(right)


def sgd_momentum_step(parameter, gradient, velocity, lr, momentum=0.9, weight_decay=0.0):
    """One step of SGD with momentum, as torch takes it: the new parameter and the new velocity.

    Args:
        parameter, gradient, velocity: arrays of one shape.
        lr, momentum, weight_decay: floats.
    """
    new_velocity = gradient + weight_decay * parameter + momentum * velocity
    return parameter - lr * new_velocity, new_velocity


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


def batch_norm2d_backward(grad_output, x, weight, eps=1e-5):
    """The gradients of batch_norm2d in training.

    Args:
        grad_output: (N, C, H, W) array, the loss's gradient at y.
        x: (N, C, H, W) array, what went in.
        weight: (C,) array.
        eps: float, added to the variance.

    Returns:
        The gradients of x, of weight and of bias, shaped as these.
    """
    flat, arrived = (np.moveaxis(value, 1, 0).reshape(len(weight), -1) for value in (x, grad_output))
    middle, scale = flat.mean(1, keepdims=True), 1 / np.sqrt(flat.var(1, keepdims=True) + eps)
    unit = (flat - middle) * scale
    grad_weight, grad_bias = (arrived * unit).sum(1), arrived.sum(1)
    back = arrived - (grad_bias[:, None] + unit * grad_weight[:, None]) / flat.shape[1]
    shape = (len(weight), x.shape[0], *x.shape[2:])
    return np.moveaxis((weight[:, None] * scale * back).reshape(shape), 0, 1), grad_weight, grad_bias
