"""Programs that somebody wrote who had seen chapter 8's notebook alone, and none of its questions.

Above each wrong program stands what is wrong with it, in its author's words. Left out are those whose idea a
program of bank.py holds already.
"""

import numpy as np

from autograde.course.program import edited, right


@right("numerical_gradient")
def outside_numerical_gradient(f, x, eps=1e-6):
    grad = np.zeros(x.shape)
    for k in np.ndindex(x.shape):
        up = x.astype(float)
        down = x.astype(float)
        up[k] += eps
        down[k] -= eps
        grad[k] = (f(up) - f(down)) / (2 * eps)
    return grad


# changes x in place and does not restore it; whole-number x also cuts the step
outside_numerical_gradient_3 = edited(
    outside_numerical_gradient,
    "",
    """
    -        up = x.astype(float)
    -        down = x.astype(float)
    -        up[k] += eps
    -        down[k] -= eps
    -        grad[k] = (f(up) - f(down)) / (2 * eps)
    +        x[k] += eps
    +        hi = f(x)
    +        x[k] -= 2 * eps
    +        grad[k] = (hi - f(x)) / (2 * eps)
    """,
    says="the answer is right, but your function changed its input: work on a copy",
)

# moves all entries at once
outside_numerical_gradient_5 = edited(
    outside_numerical_gradient,
    "all_entries_moved_each_time",
    """
    -        up[k] += eps
    -        down[k] -= eps
    +        up += eps
    +        down -= eps
    """,
)

# loops over the first axis only
outside_numerical_gradient_6 = edited(
    outside_numerical_gradient,
    "first_axis_alone",
    """
    -    for k in np.ndindex(x.shape):
    +    for k in range(len(x)):
    """,
)


@right("gradient_check")
def outside_gradient_check(f, values, grads, eps=1e-6, tolerance=1e-5, floor=1e-3):
    verdicts = {}
    for name, a in grads.items():
        n = numerical_gradient(lambda v: f(**{**values, name: v}), values[name], eps)
        if np.shape(a) != n.shape:
            verdicts[name] = (False, np.inf, None)
            continue
        e = np.abs(a - n) / np.maximum(np.maximum(np.abs(a), np.abs(n)), floor)
        e = np.where(np.isfinite(a), e, np.inf)
        worst = float(e.max())
        if worst <= tolerance:
            verdicts[name] = (True, worst, None)
        else:
            verdicts[name] = (False, worst, tuple(int(i) for i in np.unravel_index(e.argmax(), e.shape)))
    return verdicts


# ignores the floor
outside_gradient_check_5 = edited(
    outside_gradient_check,
    "floor_ignored",
    """
    -        e = np.abs(a - n) / np.maximum(np.maximum(np.abs(a), np.abs(n)), floor)
    +        e = np.abs(a - n) / np.maximum(np.maximum(np.abs(a), np.abs(n)), 1e-12)
    """,
)

# gives the index also when passed
outside_gradient_check_7 = edited(
    outside_gradient_check,
    "",
    """
    -            verdicts[name] = (True, worst, None)
    +            verdicts[name] = (True, worst, tuple(int(i) for i in np.unravel_index(e.argmax(), e.shape)))
    """,
    says="'x': value 2: expected None, got the tuple (0, 1)",
)


@right("conv2d_backward")
def outside_conv2d_backward(grad_output, x, weight, stride=1, padding=0, dilation=1):
    (sH, sW), (pH, pW), (dH, dW) = pair(stride), pair(padding), pair(dilation)
    F, C, kH, kW = weight.shape
    N, _, H, W = x.shape
    oH, oW = grad_output.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (pH, pH), (pW, pW)))
    gx = np.zeros(xp.shape)
    gw = np.zeros(weight.shape)
    for i in range(oH):
        for j in range(oW):
            a = (
                slice(None),
                slice(None),
                slice(i * sH, i * sH + dH * (kH - 1) + 1, dH),
                slice(j * sW, j * sW + dW * (kW - 1) + 1, dW),
            )
            g = grad_output[:, :, i, j]
            gw += np.einsum("nf,ncuv->fcuv", g, xp[a])
            gx[a] += np.einsum("nf,fcuv->ncuv", g, weight)
    return gx[:, :, pH : pH + H, pW : pW + W], gw, grad_output.sum(axis=(0, 2, 3))


# gradient of the weight overwritten: only the last window counts
outside_conv2d_backward_2 = edited(
    outside_conv2d_backward,
    "weight_gradient_of_the_last_place",
    """
    -            gw += np.einsum("nf,ncuv->fcuv", g, xp[a])
    +            gw = np.einsum("nf,ncuv->fcuv", g, xp[a])
    """,
)

# gradient of the weight averaged over the batch
outside_conv2d_backward_3 = edited(
    outside_conv2d_backward,
    "weight_gradient_averaged_over_the_batch",
    """
    -    return gx[:, :, pH : pH + H, pW : pW + W], gw, grad_output.sum(axis=(0, 2, 3))
    +    return gx[:, :, pH : pH + H, pW : pW + W], gw / N, grad_output.sum(axis=(0, 2, 3))
    """,
)

# returns (grad_weight, grad_x, grad_bias)
outside_conv2d_backward_6 = edited(
    outside_conv2d_backward,
    "",
    """
    -    return gx[:, :, pH : pH + H, pW : pW + W], gw, grad_output.sum(axis=(0, 2, 3))
    +    return gw, gx[:, :, pH : pH + H, pW : pW + W], grad_output.sum(axis=(0, 2, 3))
    """,
    says="the values are right, and stand in another order: your value 0 is the expected value 1, your value 1 is the expected value 0",
)

# weight gradient from the padded image rolled back by the padding
outside_conv2d_backward_10 = edited(
    outside_conv2d_backward,
    "weight_gradient_from_unpadded",
    """
    -            gw += np.einsum("nf,ncuv->fcuv", g, xp[a])
    +            gw += np.einsum("nf,ncuv->fcuv", g, np.roll(xp, (-pH, -pW), (2, 3))[a])
    """,
)

# only the first image of the batch in grad_weight, and the bias averaged
outside_conv2d_backward_11 = edited(
    outside_conv2d_backward,
    "",
    """
    -            gw += np.einsum("nf,ncuv->fcuv", g, xp[a])
    +            gw += np.einsum("nf,ncuv->fcuv", g[:1], xp[a][:1])
    """,
    """
    -    return gx[:, :, pH : pH + H, pW : pW + W], gw, grad_output.sum(axis=(0, 2, 3))
    +    return gx[:, :, pH : pH + H, pW : pW + W], gw, grad_output.mean(axis=(0, 2, 3))
    """,
    says="Your bias gradient is a mean.",
)


@right("max_pool2d_backward")
def outside_max_pool2d_backward(grad_output, x, kernel_size, stride=None, padding=0):
    (kH, kW), (pH, pW) = pair(kernel_size), pair(padding)
    sH, sW = (kH, kW) if stride is None else pair(stride)
    N, C, H, W = x.shape
    oH, oW = grad_output.shape[2:]
    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (pH, pH), (pW, pW)), constant_values=-np.inf)
    gx = np.zeros(xp.shape)
    n, c = np.ogrid[:N, :C]
    for i in range(oH):
        for j in range(oW):
            window = xp[:, :, i * sH : i * sH + kH, j * sW : j * sW + kW].reshape(N, C, -1)
            u, v = np.divmod(window.argmax(axis=2), kW)
            gx[n, c, i * sH + u, j * sW + v] += grad_output[:, :, i, j]
    return gx[:, :, pH : pH + H, pW : pW + W]


# divmod by kH
outside_max_pool2d_backward_5 = edited(
    outside_max_pool2d_backward,
    "divided_by_the_height",
    """
    -            u, v = np.divmod(window.argmax(axis=2), kW)
    +            u, v = np.divmod(window.argmax(axis=2), kH)
    """,
)


@right("avg_pool2d_backward")
def outside_avg_pool2d_backward(grad_output, input_shape, kernel_size, stride=None, padding=0, count_include_pad=True):
    (kH, kW), (pH, pW) = pair(kernel_size), pair(padding)
    sH, sW = (kH, kW) if stride is None else pair(stride)
    N, C, H, W = input_shape
    inside = np.pad(np.ones((H, W)), ((pH, pH), (pW, pW)))
    gx = np.zeros((N, C, H + 2 * pH, W + 2 * pW))
    for i in range(grad_output.shape[2]):
        for j in range(grad_output.shape[3]):
            a = (slice(i * sH, i * sH + kH), slice(j * sW, j * sW + kW))
            m = kH * kW if count_include_pad else inside[a].sum()
            gx[(slice(None), slice(None)) + a] += grad_output[:, :, i, j, None, None] / m
    return gx[:, :, pH : pH + H, pW : pW + W]


# cuts all the padding off at the bottom and on the right
outside_avg_pool2d_backward_4 = edited(
    outside_avg_pool2d_backward,
    "cut_at_the_end",
    """
    -    return gx[:, :, pH : pH + H, pW : pW + W]
    +    return gx[:, :, :H, :W]
    """,
)

# divides by m twice
outside_avg_pool2d_backward_5 = edited(
    outside_avg_pool2d_backward,
    "divided_twice",
    """
    -            gx[(slice(None), slice(None)) + a] += grad_output[:, :, i, j, None, None] / m
    +            gx[(slice(None), slice(None)) + a] += grad_output[:, :, i, j, None, None] / m**2
    """,
)
