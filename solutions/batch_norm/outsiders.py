"""Programs that somebody wrote who had seen chapter 10's notebook alone, and none of its questions.

Above each wrong program stands what is wrong with it, in its author's words. Left out are those whose idea a
program of bank.py holds already.
"""

import numpy as np

from autograde.course.program import edited, right, stray, wrong


@right("kaiming_normal")
def outside_kaiming_normal(shape, rng):
    fan_in = np.prod(shape[1:])
    return rng.standard_normal(shape) * np.sqrt(2 / fan_in)


# own generator, rng ignored
outside_kaiming_normal_5 = edited(
    outside_kaiming_normal,
    "",
    """
    -    return rng.standard_normal(shape) * np.sqrt(2 / fan_in)
    +    return np.random.randn(*shape) * np.sqrt(2 / fan_in)
    """,
    says="ValueError: your function drew no number from the rng that it was given: call rng.standard_normal(shape)",
)


@right("batch_norm2d")
def outside_batch_norm2d(x, running_mean, running_var, weight, bias, training=False, momentum=0.1, eps=1e-5):
    s = (None, slice(None), None, None)
    if training:
        m = x.size // x.shape[1]
        mean, var = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
        running_mean = (1 - momentum) * running_mean + momentum * mean
        running_var = (1 - momentum) * running_var + momentum * var * m / (m - 1)
    else:
        mean, var = running_mean, running_var
    y = weight[s] * (x - mean[s]) / np.sqrt(var[s] + eps) + bias[s]
    return y, running_mean, running_var


# running statistics changed in place
outside_batch_norm2d_7 = edited(
    outside_batch_norm2d,
    "",
    """
    -        running_mean = (1 - momentum) * running_mean + momentum * mean
    -        running_var = (1 - momentum) * running_var + momentum * var * m / (m - 1)
    +        running_mean *= 1 - momentum
    +        running_mean += momentum * mean
    +        running_var *= 1 - momentum
    +        running_var += momentum * var * m / (m - 1)
    """,
    says="the answer is right, but your function changed its inputs `running_mean` and `running_var`: ",
)

# statistics over the batch axis only
outside_batch_norm2d_10 = edited(
    outside_batch_norm2d,
    "variances_of_places_averaged",
    """
    -        mean, var = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
    +        mean, var = x.mean(axis=0).mean(axis=(1, 2)), x.var(axis=0).mean(axis=(1, 2))
    """,
)

# returns (y, running_var, running_mean)
outside_batch_norm2d_11 = edited(
    outside_batch_norm2d,
    "",
    """
    -    return y, running_mean, running_var
    +    return y, running_var, running_mean
    """,
    says="the values are right, and stand in another order: your value 1 is the expected value 2, your value 2 is the expected value 1",
)

# gamma and beta swapped
outside_batch_norm2d_12 = edited(
    outside_batch_norm2d,
    "weight: bias",
    """
    -    y = weight[s] * (x - mean[s]) / np.sqrt(var[s] + eps) + bias[s]
    +    y = bias[s] * (x - mean[s]) / np.sqrt(var[s] + eps) + weight[s]
    """,
)


@right("batch_norm2d_backward")
def outside_batch_norm2d_backward(grad_output, x, weight, eps=1e-5):
    ax, s = (0, 2, 3), (None, slice(None), None, None)
    mean, var = x.mean(axis=ax, keepdims=True), x.var(axis=ax, keepdims=True)
    xhat = (x - mean) / np.sqrt(var + eps)
    g = grad_output * weight[s]
    gx = (g - g.mean(axis=ax, keepdims=True) - xhat * (g * xhat).mean(axis=ax, keepdims=True)) / np.sqrt(var + eps)
    return gx, (grad_output * xhat).sum(axis=ax), grad_output.sum(axis=ax)


# sums in place of means
outside_batch_norm2d_backward_4 = edited(
    outside_batch_norm2d_backward,
    "sums_for_means",
    """
    -    gx = (g - g.mean(axis=ax, keepdims=True) - xhat * (g * xhat).mean(axis=ax, keepdims=True)) / np.sqrt(var + eps)
    +    gx = (g - g.sum(axis=ax, keepdims=True) - xhat * (g * xhat).sum(axis=ax, keepdims=True)) / np.sqrt(var + eps)
    """,
)

# gradient of weight uses g with gamma in it
outside_batch_norm2d_backward_6 = edited(
    outside_batch_norm2d_backward,
    "gamma_in_both_gradients",
    """
    -    return gx, (grad_output * xhat).sum(axis=ax), grad_output.sum(axis=ax)
    +    return gx, (g * xhat).sum(axis=ax), g.sum(axis=ax)
    """,
)

# order: weight and bias swapped
outside_batch_norm2d_backward_7 = edited(
    outside_batch_norm2d_backward,
    "",
    """
    -    return gx, (grad_output * xhat).sum(axis=ax), grad_output.sum(axis=ax)
    +    return gx, grad_output.sum(axis=ax), (grad_output * xhat).sum(axis=ax)
    """,
    says="the values are right, and stand in another order: your value 1 is the expected value 2, your value 2 is the expected value 1",
)


@right("fold_batch_norm")
def outside_fold_batch_norm(conv, bn):
    s = bn["weight"] / np.sqrt(bn["running_var"] + bn["eps"])
    b = 0 if conv["bias"] is None else conv["bias"]
    return conv["weight"] * s[:, None, None, None], (b - bn["running_mean"]) * s + bn["bias"]


# bias not scaled
outside_fold_batch_norm_3 = edited(
    outside_fold_batch_norm,
    "",
    """
    -    return conv["weight"] * s[:, None, None, None], (b - bn["running_mean"]) * s + bn["bias"]
    +    return conv["weight"] * s[:, None, None, None], (b - bn["running_mean"]) + bn["bias"]
    """,
    says="You subtract the running mean without scaling it.",
)

# crashes on bias None
outside_fold_batch_norm_5 = edited(
    outside_fold_batch_norm,
    "",
    """
    -    b = 0 if conv["bias"] is None else conv["bias"]
    +    b = conv["bias"]
    """,
    says="there is None where a value is needed: an argument left out, or a function without return",
)

# changes the weight in place
outside_fold_batch_norm_6 = edited(
    outside_fold_batch_norm,
    "",
    """
    -    return conv["weight"] * s[:, None, None, None], (b - bn["running_mean"]) * s + bn["bias"]
    +    conv["weight"] *= s[:, None, None, None]
    +    return conv["weight"] * np.ones_like(s)[:, None, None, None], (b - bn["running_mean"]) * s + bn["bias"]
    """,
    says="the answer is right, but your function changed its input `conv['weight']`: ",
)


# By another author, who had seen the notebook alone, too: all of his programs.


# momentum taken as Keras takes it, the share of the old statistics
@wrong("batch_norm2d", "momentum_inverted")
def second_batch_norm2d_1(x, running_mean, running_var, weight, bias, training=False, momentum=0.1, eps=1e-5):
    if training:
        m = x.shape[0] * x.shape[2] * x.shape[3]
        mean = x.mean(axis=(0, 2, 3))
        var = x.var(axis=(0, 2, 3))
        running_mean = momentum * running_mean + (1 - momentum) * mean
        running_var = momentum * running_var + (1 - momentum) * var * m / (m - 1)
    else:
        mean, var = running_mean, running_var
    x_hat = (x - mean[:, None, None]) / np.sqrt(var[:, None, None] + eps)
    return weight[:, None, None] * x_hat + bias[:, None, None], running_mean, running_var


# normalizes with the unbiased variance too
@wrong("batch_norm2d", "unbiased_normalization")
def second_batch_norm2d_2(x, running_mean, running_var, weight, bias, training=False, momentum=0.1, eps=1e-5):
    shape = (1, -1, 1, 1)
    if training:
        mean = np.mean(x, axis=(0, 2, 3))
        var = np.var(x, axis=(0, 2, 3), ddof=1)
        new_mean = (1 - momentum) * running_mean + momentum * mean
        new_var = (1 - momentum) * running_var + momentum * var
    else:
        mean, var = running_mean, running_var
        new_mean, new_var = running_mean, running_var
    y = (x - mean.reshape(shape)) / np.sqrt(var.reshape(shape) + eps)
    return weight.reshape(shape) * y + bias.reshape(shape), new_mean, new_var


# moves the running statistics in the arrays that it was given
@stray("batch_norm2d", "your function changed its inputs `running_mean` and `running_var`: ")
def second_batch_norm2d_3(x, running_mean, running_var, weight, bias, training=False, momentum=0.1, eps=1e-5):
    mean, var = running_mean, running_var
    if training:
        mean = x.mean(axis=(0, 2, 3))
        var = x.var(axis=(0, 2, 3))
    y = (x - mean[None, :, None, None]) / np.sqrt(var[None, :, None, None] + eps)
    y = y * weight[None, :, None, None] + bias[None, :, None, None]
    if training:
        n = x.size / x.shape[1]
        running_mean *= 1 - momentum
        running_mean += momentum * mean
        running_var *= 1 - momentum
        running_var += momentum * var * n / (n - 1)
    return y, running_mean.copy(), running_var.copy()


# adds eps to the deviation, outside of the square root
@wrong("batch_norm2d", "eps_outside")
def second_batch_norm2d_4(x, running_mean, running_var, weight, bias, training=False, momentum=0.1, eps=1e-5):
    N, C, H, W = x.shape
    y = np.empty(x.shape)
    new_mean, new_var = np.array(running_mean, float), np.array(running_var, float)
    for c in range(C):
        values = x[:, c]
        if training:
            mu, var = values.mean(), values.var()
            new_mean[c] = (1 - momentum) * running_mean[c] + momentum * mu
            new_var[c] = (1 - momentum) * running_var[c] + momentum * values.var(ddof=1)
        else:
            mu, var = running_mean[c], running_var[c]
        y[:, c] = weight[c] * (values - mu) / (np.sqrt(var) + eps) + bias[c]
    return y, new_mean, new_var


# takes mean and variance for constants, as in evaluation
@wrong("batch_norm2d_backward", "statistics_constant")
def second_batch_norm2d_backward_1(grad_output, x, weight, eps=1e-5):
    axes = (0, 2, 3)
    mean = x.mean(axis=axes, keepdims=True)
    std = np.sqrt(x.var(axis=axes, keepdims=True) + eps)
    x_hat = (x - mean) / std
    grad_x = grad_output * weight.reshape(1, -1, 1, 1) / std
    return grad_x, (grad_output * x_hat).sum(axis=axes), grad_output.sum(axis=axes)


# gamma is missing in g (the visible numbers have gamma 1)
@wrong("batch_norm2d_backward", "no_weight")
def second_batch_norm2d_backward_2(grad_output, x, weight, eps=1e-5):
    ax = (0, 2, 3)
    mu = x.mean(ax, keepdims=True)
    inv = 1 / np.sqrt(x.var(ax, keepdims=True) + eps)
    xh = (x - mu) * inv
    g = grad_output
    dx = inv * (g - g.mean(ax, keepdims=True) - xh * (g * xh).mean(ax, keepdims=True))
    return dx, np.sum(g * xh, axis=ax), np.sum(g, axis=ax)


# the weight's gradient is made of gamma times the gradient, as g is in the formula
@wrong("batch_norm2d_backward", "gamma_included")
def second_batch_norm2d_backward_3(grad_output, x, weight, eps=1e-5):
    N, C, H, W = x.shape
    m = N * H * W
    rows = x.transpose(1, 0, 2, 3).reshape(C, m)
    g = grad_output.transpose(1, 0, 2, 3).reshape(C, m) * weight[:, None]
    std = np.sqrt(rows.var(axis=1, keepdims=True) + eps)
    xhat = (rows - rows.mean(axis=1, keepdims=True)) / std
    dx = (g - g.mean(axis=1, keepdims=True) - xhat * (g * xhat).mean(axis=1, keepdims=True)) / std
    dx = dx.reshape(C, N, H, W).transpose(1, 0, 2, 3)
    return dx, (g * xhat).sum(axis=1), grad_output.sum(axis=(0, 2, 3))


# eps is forgotten (it is 0 in the visible numbers)
@wrong("fold_batch_norm", "no_eps")
def second_fold_batch_norm_1(conv, bn):
    scale = bn["weight"] / np.sqrt(bn["running_var"])
    bias = conv["bias"] if conv["bias"] is not None else np.zeros(len(scale))
    return conv["weight"] * scale[:, None, None, None], (bias - bn["running_mean"]) * scale + bn["bias"]


# without a bias in the convolution the new bias is only beta, the mean is forgotten
@wrong("fold_batch_norm", "no_bias_no_mean")
def second_fold_batch_norm_2(conv, bn):
    s = bn["weight"] / np.sqrt(bn["running_var"] + bn["eps"])
    w = np.einsum("f,fcuv->fcuv", s, conv["weight"])
    if conv["bias"] is None:
        b = bn["bias"].copy()
    else:
        b = (conv["bias"] - bn["running_mean"]) * s + bn["bias"]
    return w, b


# scales the weight of the dict in place
@stray("fold_batch_norm", "your function changed its input `conv['weight']`: ")
def second_fold_batch_norm_3(conv, bn):
    factor = bn["weight"] / (bn["running_var"] + bn["eps"]) ** 0.5
    new_weight = conv["weight"]
    for f in range(len(factor)):
        new_weight[f] *= factor[f]
    old_bias = 0 if conv["bias"] is None else conv["bias"]
    new_bias = (old_bias - bn["running_mean"]) * factor + bn["bias"]
    return new_weight, new_bias


# the mean is subtracted after the scaling, not scaled with the bias
@wrong("fold_batch_norm", "mean_not_scaled")
def second_fold_batch_norm_4(conv, bn):
    std = np.sqrt(bn["running_var"] + bn["eps"])
    gamma, beta, mu = bn["weight"], bn["bias"], bn["running_mean"]
    b = np.zeros_like(mu) if conv["bias"] is None else conv["bias"]
    W = conv["weight"] * (gamma / std).reshape(-1, 1, 1, 1)
    return W, b * gamma / std - mu + beta


# counts the outputs (fan-out) in place of the inputs
@wrong("kaiming_normal", "fan_out")
def second_kaiming_normal_1(shape, rng):
    fan = shape[0]
    if len(shape) == 4:
        fan *= shape[2] * shape[3]
    return rng.standard_normal(shape) * np.sqrt(2.0 / fan)


# scales by the variance 2 / fan-in, the square root is missing
@wrong("kaiming_normal", "variance_as_deviation")
def second_kaiming_normal_2(shape, rng):
    fan_in = int(np.prod(shape[1:]))
    return rng.standard_normal(shape) * (2 / fan_in)


# unpacks four numbers from the shape, an error for a linear layer
@stray("kaiming_normal", "4 names stand here for 2 values: print what is unpacked")
def second_kaiming_normal_3(shape, rng):
    F, C, kH, kW = shape
    std = np.sqrt(2 / (C * kH * kW))
    return std * rng.standard_normal(shape)
