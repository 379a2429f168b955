"""Programs that somebody wrote who had seen chapter 10's notebook alone, and none of its questions.

Above each wrong program stands what is wrong with it, in its author's words. Left out are those whose idea a
program of bank.py holds already.
"""

import numpy as np

from autograde.course.program import edited, right


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
    says="the answer is right, but your function changed its input: work on a copy",
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
    says="the answer is right, but your function changed its input: work on a copy",
)
