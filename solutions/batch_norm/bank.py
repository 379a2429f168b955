"""Chapter 10's bank: right and wrong programs for initial weights, batch normalization and folding."""

import numpy as np

from autograde.course.program import edited, right, wrong


@right("kaiming_normal")
def kaiming_scaled(shape, rng):
    z = rng.standard_normal(shape)
    return z * (2 / np.prod(shape[1:])) ** 0.5


@right("kaiming_normal")
def kaiming_by_normal(shape, rng):
    fan_in = 1
    for size in shape[1:]:
        fan_in *= size
    return rng.normal(0.0, np.sqrt(2.0 / fan_in), shape)


@right("kaiming_normal")
def kaiming_one_by_one(shape, rng):
    w = np.zeros(shape)
    fan_in = w[0].size
    for place in np.ndindex(*shape):
        w[place] = rng.standard_normal() / np.sqrt(fan_in / 2)
    return w


@wrong("kaiming_normal", "fan_out")
def kaiming_fan_out(shape, rng):
    fan_out = shape[0] * np.prod(shape[2:])
    return rng.standard_normal(shape) * np.sqrt(2 / fan_out)


@wrong("kaiming_normal", "no_two")
def kaiming_without_relu(shape, rng):
    return rng.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))


@wrong("kaiming_normal", "variance_as_deviation")
def kaiming_variance(shape, rng):
    return rng.normal(0, 2 / np.prod(shape[1:]), shape)


kaiming_channels_only = edited(
    kaiming_without_relu, "no_kernel_area", ("(shape) / np.sqrt(np.prod(shape[1:]))", "(shape) * np.sqrt(2 / shape[1])")
)


@wrong("kaiming_normal", "all_weights")
def kaiming_all_weights(shape, rng):
    w = rng.standard_normal(shape)
    return w * np.sqrt(2 / w.size)


@wrong("kaiming_normal", "both_fans")
def kaiming_glorot(shape, rng):
    fan_in = np.prod(shape[1:])
    fan_out = shape[0] * np.prod(shape[2:])
    return rng.standard_normal(shape) * np.sqrt(2 / (fan_in + fan_out))


@wrong("kaiming_normal", "uniform")
def kaiming_uniform(shape, rng):
    bound = np.sqrt(6 / np.prod(shape[1:]))
    return rng.uniform(-bound, bound, shape)


@right("batch_norm2d")
def norm_loops(x, running_mean, running_var, weight, bias, training=False, momentum=0.1, eps=1e-5):
    y = np.zeros(x.shape)
    new_mean, new_var = np.array(running_mean, float), np.array(running_var, float)
    for c in range(x.shape[1]):
        values = [float(v) for v in x[:, c].ravel()]
        mean, var = new_mean[c], new_var[c]
        if training:
            mean = sum(values) / len(values)
            squares = sum((v - mean) ** 2 for v in values)
            var = squares / len(values)
            new_mean[c] = new_mean[c] + momentum * (mean - new_mean[c])
            new_var[c] = new_var[c] + momentum * (squares / (len(values) - 1) - new_var[c])
        y[:, c] = weight[c] * (x[:, c] - mean) / (var + eps) ** 0.5 + bias[c]
    return y, new_mean, new_var


@right("batch_norm2d")
def norm_einsum(x, running_mean, running_var, weight, bias, training=False, momentum=0.1, eps=1e-5):
    m = x.shape[0] * x.shape[2] * x.shape[3]
    if training:
        mean = np.einsum("nchw->c", x) / m
        centred = x - mean.reshape(1, -1, 1, 1)
        var = np.einsum("nchw,nchw->c", centred, centred) / m
        after = (
            (1 - momentum) * running_mean + momentum * mean,
            (1 - momentum) * running_var + momentum * var * m / (m - 1),
        )
    else:
        mean, var = running_mean, running_var
        after = running_mean.copy(), running_var.copy()
    scale = weight / np.sqrt(var + eps)
    shift = bias - mean * scale
    return np.einsum("nchw,c->nchw", x, scale) + shift.reshape(1, -1, 1, 1), *after


@right("batch_norm2d")
def norm_channels_first(x, running_mean, running_var, weight, bias, training=False, momentum=0.1, eps=1e-5):
    flat = np.moveaxis(x, 1, 0).reshape(x.shape[1], -1)
    mean, var = np.asarray(running_mean), np.asarray(running_var)
    if training:
        running_mean = mean * (1 - momentum) + momentum * flat.mean(1)
        running_var = var * (1 - momentum) + momentum * flat.var(1, ddof=1)
        mean, var = flat.mean(1), flat.var(1)
    flat = (flat - mean[:, None]) / np.sqrt(var[:, None] + eps)
    flat = flat * weight[:, None] + bias[:, None]
    n, c, h, w = x.shape
    return flat.reshape(c, n, h, w).swapaxes(0, 1), running_mean, running_var


@wrong("batch_norm2d", "per_activation")
def norm_per_activation(x, running_mean, running_var, weight, bias, training=False, momentum=0.1, eps=1e-5):
    mean, var = running_mean.reshape(1, -1, 1, 1), running_var.reshape(1, -1, 1, 1)
    if training:
        mean, var = x.mean(0, keepdims=True), x.var(0, keepdims=True)
    if training:
        running_mean = (1 - momentum) * running_mean + momentum * x.mean((0, 2, 3))
        running_var = (1 - momentum) * running_var + momentum * x.var((0, 2, 3), ddof=1)
    hat = (x - mean) / np.sqrt(var + eps)
    return weight.reshape(1, -1, 1, 1) * hat + bias.reshape(1, -1, 1, 1), running_mean, running_var


norm_per_image = edited(
    norm_per_activation,
    "per_image",
    """
    -        mean, var = x.mean(0, keepdims=True), x.var(0, keepdims=True)
    +        mean, var = x.mean((2, 3), keepdims=True), x.var((2, 3), keepdims=True)
    """,
)
norm_whole_batch = edited(
    norm_per_activation,
    "whole_batch",
    """
    -        mean, var = x.mean(0, keepdims=True), x.var(0, keepdims=True)
    +        mean, var = x.mean((0, 1, 2, 3), keepdims=True), x.var((0, 1, 2, 3), keepdims=True)
    """,
)
norm_per_example = edited(
    norm_per_activation,
    "per_example",
    """
    -        mean, var = x.mean(0, keepdims=True), x.var(0, keepdims=True)
    +        mean, var = x.mean((1, 2, 3), keepdims=True), x.var((1, 2, 3), keepdims=True)
    """,
)
norm_unbiased = edited(
    norm_per_activation,
    "unbiased_normalization",
    """
    -        mean, var = x.mean(0, keepdims=True), x.var(0, keepdims=True)
    +        mean, var = x.mean((0, 2, 3), keepdims=True), x.var((0, 2, 3), keepdims=True, ddof=1)
    """,
)
norm_biased_running = edited(
    norm_per_activation,
    "biased_running",
    ("((0, 2, 3), ddof=1)", "((0, 2, 3))"),
    """
    -        mean, var = x.mean(0, keepdims=True), x.var(0, keepdims=True)
    +        mean, var = x.mean((0, 2, 3), keepdims=True), x.var((0, 2, 3), keepdims=True)
    """,
)


@wrong("batch_norm2d", "momentum_inverted")
def norm_momentum_inverted(x, running_mean, running_var, weight, bias, training=False, momentum=0.1, eps=1e-5):
    mean, var = running_mean.reshape(1, -1, 1, 1), running_var.reshape(1, -1, 1, 1)
    if training:
        mean, var = x.mean((0, 2, 3), keepdims=True), x.var((0, 2, 3), keepdims=True)
    if training:
        running_mean = momentum * running_mean + (1 - momentum) * x.mean((0, 2, 3))
        running_var = momentum * running_var + (1 - momentum) * x.var((0, 2, 3), ddof=1)
    hat = (x - mean) / np.sqrt(var + eps)
    return weight.reshape(1, -1, 1, 1) * hat + bias.reshape(1, -1, 1, 1), running_mean, running_var


@wrong("batch_norm2d", "running_in_training")
def norm_running_in_training(x, running_mean, running_var, weight, bias, training=False, momentum=0.1, eps=1e-5):
    mean, var = running_mean.reshape(1, -1, 1, 1), running_var.reshape(1, -1, 1, 1)
    if training:
        running_mean = (1 - momentum) * running_mean + momentum * x.mean((0, 2, 3))
        running_var = (1 - momentum) * running_var + momentum * x.var((0, 2, 3), ddof=1)
    hat = (x - mean) / np.sqrt(var + eps)
    return weight.reshape(1, -1, 1, 1) * hat + bias.reshape(1, -1, 1, 1), running_mean, running_var


norm_updated_in_training = edited(
    norm_running_in_training,
    "updated_in_training",
    """
             running_var = (1 - momentum) * running_var + momentum * x.var((0, 2, 3), ddof=1)
    +    if training:
    +        mean, var = running_mean.reshape(1, -1, 1, 1), running_var.reshape(1, -1, 1, 1)
    """,
)
norm_batch_in_evaluation = edited(
    norm_running_in_training,
    "batch_in_evaluation",
    """
         mean, var = running_mean.reshape(1, -1, 1, 1), running_var.reshape(1, -1, 1, 1)
    +    mean, var = x.mean((0, 2, 3), keepdims=True), x.var((0, 2, 3), keepdims=True)
    """,
)


@wrong("batch_norm2d", "updates_in_evaluation")
def norm_updates_in_evaluation(x, running_mean, running_var, weight, bias, training=False, momentum=0.1, eps=1e-5):
    mean, var = running_mean.reshape(1, -1, 1, 1), running_var.reshape(1, -1, 1, 1)
    if training:
        mean, var = x.mean((0, 2, 3), keepdims=True), x.var((0, 2, 3), keepdims=True)
    running_mean = (1 - momentum) * running_mean + momentum * x.mean((0, 2, 3))
    running_var = (1 - momentum) * running_var + momentum * x.var((0, 2, 3), ddof=1)
    hat = (x - mean) / np.sqrt(var + eps)
    return weight.reshape(1, -1, 1, 1) * hat + bias.reshape(1, -1, 1, 1), running_mean, running_var


@wrong("batch_norm2d", "never_updates")
def norm_never_updates(x, running_mean, running_var, weight, bias, training=False, momentum=0.1, eps=1e-5):
    mean, var = running_mean.reshape(1, -1, 1, 1), running_var.reshape(1, -1, 1, 1)
    if training:
        mean, var = x.mean((0, 2, 3), keepdims=True), x.var((0, 2, 3), keepdims=True)
    hat = (x - mean) / np.sqrt(var + eps)
    return weight.reshape(1, -1, 1, 1) * hat + bias.reshape(1, -1, 1, 1), running_mean, running_var


norm_eps_outside = edited(
    norm_per_activation,
    "eps_outside",
    ("(x - mean) / np.sqrt(var + eps)", "(x - mean) / (np.sqrt(var) + eps)"),
    """
    -        mean, var = x.mean(0, keepdims=True), x.var(0, keepdims=True)
    +        mean, var = x.mean((0, 2, 3), keepdims=True), x.var((0, 2, 3), keepdims=True)
    """,
)
norm_no_root = edited(
    norm_per_activation,
    "no_root",
    ("(x - mean) / np.sqrt(var + eps)", "(x - mean) / (var + eps)"),
    """
    -        mean, var = x.mean(0, keepdims=True), x.var(0, keepdims=True)
    +        mean, var = x.mean((0, 2, 3), keepdims=True), x.var((0, 2, 3), keepdims=True)
    """,
)
norm_no_scale_and_shift = edited(
    norm_per_activation,
    "no_scale_and_shift",
    ("weight.reshape(1, -1, 1, 1) * hat + bias.reshape(1, -1, 1, 1)", "hat"),
    """
    -        mean, var = x.mean(0, keepdims=True), x.var(0, keepdims=True)
    +        mean, var = x.mean((0, 2, 3), keepdims=True), x.var((0, 2, 3), keepdims=True)
    """,
)


@right("batch_norm2d_backward")
def grad_paths(grad_output, x, weight, eps=1e-5):
    axes, m = (0, 2, 3), x.shape[0] * x.shape[2] * x.shape[3]
    w = weight.reshape(1, -1, 1, 1)
    centred = x - x.mean(axes, keepdims=True)
    var = (centred**2).mean(axes, keepdims=True)
    root = 1 / np.sqrt(var + eps)
    d_hat = grad_output * w
    d_var = (d_hat * centred).sum(axes, keepdims=True) * -0.5 * root**3
    d_mean = -(d_hat * root).sum(axes, keepdims=True)
    d_x = d_hat * root + d_var * 2 * centred / m + d_mean / m
    return d_x, (grad_output * centred * root).sum(axes), grad_output.sum(axes)


@right("batch_norm2d_backward")
def grad_by_channel(grad_output, x, weight, eps=1e-5):
    grad_x = np.empty(x.shape)
    grad_w, grad_b = [], []
    for c in range(x.shape[1]):
        v, up = x[:, c].ravel(), grad_output[:, c].ravel()
        s = np.sqrt(np.var(v) + eps)
        hat = (v - np.mean(v)) / s
        inner = up - np.mean(up) - hat * np.mean(up * hat)
        grad_x[:, c] = (weight[c] / s * inner).reshape(x[:, c].shape)
        grad_w.append(np.dot(up, hat))
        grad_b.append(np.sum(up))
    return grad_x, np.array(grad_w), np.array(grad_b)


@right("batch_norm2d_backward")
def grad_as_projection(grad_output, x, weight, eps=1e-5):
    n, c, h, w = x.shape
    flat = x.transpose(1, 0, 2, 3).reshape(c, -1)
    up = grad_output.transpose(1, 0, 2, 3).reshape(c, -1)
    m = flat.shape[1]
    s = np.sqrt(flat.var(1) + eps)
    hat = (flat - flat.mean(1)[:, None]) / s[:, None]
    grad = np.zeros(flat.shape)
    for k in range(c):
        jacobian = np.eye(m) - 1 / m - np.outer(hat[k], hat[k]) / m
        grad[k] = weight[k] / s[k] * (jacobian @ up[k])
    return grad.reshape(c, n, h, w).transpose(1, 0, 2, 3), (up * hat).sum(1), up.sum(1)


@wrong("batch_norm2d_backward", "statistics_constant")
def grad_statistics_constant(grad_output, x, weight, eps=1e-5):
    axes = (0, 2, 3)
    deviation = np.sqrt(x.var(axes, keepdims=True) + eps)
    hat = (x - x.mean(axes, keepdims=True)) / deviation
    g = grad_output * weight.reshape(1, -1, 1, 1)
    grad_x = g / deviation
    return grad_x, (grad_output * hat).sum(axes), grad_output.sum(axes)


grad_variance_constant = edited(
    grad_statistics_constant,
    "variance_constant",
    ("grad_x = g / deviation", "grad_x = (g - g.mean(axes, keepdims=True)) / deviation"),
)
grad_mean_constant = edited(
    grad_statistics_constant,
    "mean_constant",
    ("grad_x = g / deviation", "grad_x = (g - hat * (g * hat).mean(axes, keepdims=True)) / deviation"),
)


@wrong("batch_norm2d_backward", "no_weight")
def grad_no_weight(grad_output, x, weight, eps=1e-5):
    axes = (0, 2, 3)
    deviation = np.sqrt(x.var(axes, keepdims=True) + eps)
    hat = (x - x.mean(axes, keepdims=True)) / deviation
    g = grad_output
    grad_x = (g - g.mean(axes, keepdims=True) - hat * (g * hat).mean(axes, keepdims=True)) / deviation
    return grad_x, (grad_output * hat).sum(axes), grad_output.sum(axes)


grad_not_divided = edited(
    grad_statistics_constant,
    "not_divided",
    ("g / deviation", "g - g.mean(axes, keepdims=True) - hat * (g * hat).mean(axes, keepdims=True)"),
)
grad_averaged = edited(
    grad_no_weight,
    "averaged",
    ("sum(axes), grad_output.sum", "mean(axes), grad_output.mean"),
    ("g = grad_output", "g = grad_output * weight.reshape(1, -1, 1, 1)"),
)


@wrong("batch_norm2d_backward", "raw_input")
def grad_raw_input(grad_output, x, weight, eps=1e-5):
    axes = (0, 2, 3)
    deviation = np.sqrt(x.var(axes, keepdims=True) + eps)
    hat = (x - x.mean(axes, keepdims=True)) / deviation
    g = grad_output * weight.reshape(1, -1, 1, 1)
    grad_x = (g - g.mean(axes, keepdims=True) - hat * (g * hat).mean(axes, keepdims=True)) / deviation
    return grad_x, (grad_output * x).sum(axes), grad_output.sum(axes)


grad_only_over_batch = edited(
    grad_raw_input,
    "only_over_batch",
    """
    -    return grad_x, (grad_output * x).sum(axes), grad_output.sum(axes)
    +    return grad_x, (grad_output * hat).sum(axis=0), grad_output.sum(axis=0)
    """,
)


@right("fold_batch_norm")
def fold_loops(conv, bn):
    weight = np.array(conv["weight"], float)
    bias = np.zeros(len(weight))
    for k in range(len(weight)):
        scale = bn["weight"][k] / (bn["running_var"][k] + bn["eps"]) ** 0.5
        weight[k] *= scale
        before = 0 if conv["bias"] is None else conv["bias"][k]
        bias[k] = scale * (before - bn["running_mean"][k]) + bn["bias"][k]
    return weight, bias


@right("fold_batch_norm")
def fold_matrix(conv, bn):
    scale = np.diag(bn["weight"] * (bn["running_var"] + bn["eps"]) ** -0.5)
    flat = conv["weight"].reshape(len(scale), -1)
    shift = -bn["running_mean"] if conv["bias"] is None else conv["bias"] - bn["running_mean"]
    return (scale @ flat).reshape(conv["weight"].shape), scale @ shift + bn["bias"]


@right("fold_batch_norm")
def fold_einsum(conv, bn):
    scale = bn["weight"] / np.sqrt(bn["running_var"] + bn["eps"])
    bias = bn["bias"] - scale * bn["running_mean"]
    if conv["bias"] is not None:
        bias = bias + scale * conv["bias"]
    return np.einsum("f,fchw->fchw", scale, conv["weight"]), bias


@wrong("fold_batch_norm", "bias_not_scaled")
def fold_bias_not_scaled(conv, bn):
    scale = bn["weight"] / np.sqrt(bn["running_var"] + bn["eps"])
    before = np.zeros(len(scale)) if conv["bias"] is None else conv["bias"]
    return conv["weight"] * scale[:, None, None, None], before - bn["running_mean"] * scale + bn["bias"]


@wrong("fold_batch_norm", "bias_dropped")
def fold_bias_dropped(conv, bn):
    scale = bn["weight"] / np.sqrt(bn["running_var"] + bn["eps"])
    return conv["weight"] * scale[:, None, None, None], bn["bias"] - bn["running_mean"] * scale


@wrong("fold_batch_norm", "mean_not_scaled")
def fold_mean_not_scaled(conv, bn):
    scale = bn["weight"] / np.sqrt(bn["running_var"] + bn["eps"])
    before = np.zeros(len(scale)) if conv["bias"] is None else conv["bias"]
    return conv["weight"] * scale[:, None, None, None], before * scale - bn["running_mean"] + bn["bias"]


@wrong("fold_batch_norm", "mean_forgotten")
def fold_mean_forgotten(conv, bn):
    scale = bn["weight"] / np.sqrt(bn["running_var"] + bn["eps"])
    before = np.zeros(len(scale)) if conv["bias"] is None else conv["bias"]
    return conv["weight"] * scale[:, None, None, None], before * scale + bn["bias"]


@wrong("fold_batch_norm", "no_root")
def fold_no_root(conv, bn):
    scale = bn["weight"] / (bn["running_var"] + bn["eps"])
    before = np.zeros(len(scale)) if conv["bias"] is None else conv["bias"]
    return conv["weight"] * scale[:, None, None, None], (before - bn["running_mean"]) * scale + bn["bias"]


fold_eps_outside = edited(fold_no_root, "eps_outside", ('bn["running_var"]', 'np.sqrt(bn["running_var"])'))
fold_no_eps = edited(
    fold_no_root, "no_eps", ('["weight"] / (bn["running_var"] + bn["eps"])', '["weight"] / np.sqrt(bn["running_var"])')
)


@wrong("fold_batch_norm", "no_gamma")
def fold_no_gamma(conv, bn):
    scale = 1 / np.sqrt(bn["running_var"] + bn["eps"])
    before = np.zeros(len(scale)) if conv["bias"] is None else conv["bias"]
    return conv["weight"] * scale[:, None, None, None], (before - bn["running_mean"]) * scale + bn["bias"]


@wrong("fold_batch_norm", "input_axis")
def fold_input_axis(conv, bn):
    scale = bn["weight"] / np.sqrt(bn["running_var"] + bn["eps"])
    before = np.zeros(len(scale)) if conv["bias"] is None else conv["bias"]
    return conv["weight"] * scale[:, None, None], (before - bn["running_mean"]) * scale + bn["bias"]


@wrong("fold_batch_norm", "last_axis")
def fold_last_axis(conv, bn):
    scale = bn["weight"] / np.sqrt(bn["running_var"] + bn["eps"])
    before = np.zeros(len(scale)) if conv["bias"] is None else conv["bias"]
    return conv["weight"] * scale, (before - bn["running_mean"]) * scale + bn["bias"]


grad_gamma_included = edited(grad_raw_input, "gamma_included", ("grad_output * x", "g * hat"))
grad_unbiased = edited(
    grad_no_weight,
    "unbiased",
    ("g = grad_output", "g = grad_output * weight.reshape(1, -1, 1, 1)"),
    ("(x.var(axes, keepdims=True) + eps)", "(x.var(axes, keepdims=True, ddof=1) + eps)"),
)
fold_gamma_alone = edited(fold_no_gamma, "gamma_alone", ('1 / np.sqrt(bn["running_var"] + bn["eps"])', 'bn["weight"]'))
