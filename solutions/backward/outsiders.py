"""Programs that somebody wrote who had seen chapter 8's notebook alone, and none of its questions.

Above each wrong program stands what is wrong with it, in its author's words. Left out are those whose idea a
program of bank.py holds already.
"""

import numpy as np

from autograde.course.program import edited, right, stray, wrong


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
    says="the answer is right, but your function changed its input `x`: ",
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


# By another author, who had seen the notebook alone, too: all of his programs.


# counts the places inside without shifting the window by the padding
@stray("avg_pool2d_backward", "You count a window's places inside as if it began at the image's first pixel.")
def second_avg_pool2d_backward_1(grad_output, input_shape, kernel_size, stride=None, padding=0, count_include_pad=True):
    kh, kw = pair(kernel_size)
    sh, sw = pair(kernel_size if stride is None else stride)
    ph, pw = pair(padding)
    N, C, H, W = input_shape
    grad = np.zeros((N, C, H + 2 * ph, W + 2 * pw))
    for i in range(grad_output.shape[2]):
        for j in range(grad_output.shape[3]):
            r, c = i * sh, j * sw
            if count_include_pad:
                m = kh * kw
            else:
                m = max(1, min(r + kh, H) - r) * max(1, min(c + kw, W) - c)
            grad[:, :, r : r + kh, c : c + kw] += grad_output[:, :, i, j][..., None, None] / m
    return grad[:, :, ph : ph + H, pw : pw + W]


# the parts are written (=), so where windows overlap the last one replaces the others
@wrong("avg_pool2d_backward", "overlap_overwritten")
def second_avg_pool2d_backward_2(grad_output, input_shape, kernel_size, stride=None, padding=0, count_include_pad=True):
    kH, kW = pair(kernel_size)
    sH, sW = pair(stride or kernel_size)
    pH, pW = pair(padding)
    N, C, H, W = input_shape
    gx = np.zeros((N, C, H + 2 * pH, W + 2 * pW))
    ones = np.pad(np.ones((H, W)), ((pH, pH), (pW, pW)))
    for i in range(grad_output.shape[2]):
        for j in range(grad_output.shape[3]):
            rows, cols = slice(i * sH, i * sH + kH), slice(j * sW, j * sW + kW)
            m = kH * kW if count_include_pad else ones[rows, cols].sum()
            gx[:, :, rows, cols] = grad_output[:, :, i : i + 1, j : j + 1] / m
    return gx[:, :, pH : pH + H, pW : pW + W]


# spreads the gradient with np.repeat and crops, right only for windows side by side
@wrong("avg_pool2d_backward", "repeated_by_the_stride")
def second_avg_pool2d_backward_3(grad_output, input_shape, kernel_size, stride=None, padding=0, count_include_pad=True):
    N, C, H, W = input_shape
    kh, kw = pair(kernel_size)
    sh, sw = pair(stride) if stride is not None else (kh, kw)
    ph, pw = pair(padding)
    inside = np.pad(np.ones((H, W)), ((ph, ph), (pw, pw)))
    oh, ow = grad_output.shape[2:]
    m = np.full((oh, ow), kh * kw, dtype=float)
    if not count_include_pad:
        for i in range(oh):
            for j in range(ow):
                m[i, j] = inside[i * sh : i * sh + kh, j * sw : j * sw + kw].sum()
    g = (grad_output / m).repeat(sh, axis=2).repeat(sw, axis=3)
    full = np.zeros((N, C, H + 2 * ph, W + 2 * pw))
    h, w = min(full.shape[2], g.shape[2]), min(full.shape[3], g.shape[3])
    full[:, :, :h, :w] = g[:, :, :h, :w]
    return full[:, :, ph : ph + H, pw : pw + W]


# the border is cut off with pH:-pH, pW:-pW, empty where one of the two is 0
@stray("conv2d_backward", "-0 is 0, so `[p:-p]` is empty at p = 0")
def second_conv2d_backward_1(grad_output, x, weight, stride=1, padding=0, dilation=1):
    (sH, sW), (pH, pW), (dH, dW) = pair(stride), pair(padding), pair(dilation)
    N, F, oH, oW = grad_output.shape
    kH, kW = weight.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (pH, pH), (pW, pW)))
    grad_xp = np.zeros(xp.shape)
    grad_weight = np.zeros(weight.shape)
    for i in range(oH):
        for j in range(oW):
            rows = slice(i * sH, i * sH + dH * (kH - 1) + 1, dH)
            cols = slice(j * sW, j * sW + dW * (kW - 1) + 1, dW)
            g = grad_output[:, :, i, j]
            grad_weight += np.einsum("nf,ncuv->fcuv", g, xp[:, :, rows, cols])
            grad_xp[:, :, rows, cols] += np.einsum("nf,fcuv->ncuv", g, weight)
    if pH > 0 or pW > 0:
        grad_x = grad_xp[:, :, pH:-pH, pW:-pW]
    else:
        grad_x = grad_xp
    return grad_x, grad_weight, grad_output.sum(axis=(0, 2, 3))


# the gradients of weight and bias are averaged over the batch, not added
@wrong("conv2d_backward", "batch_averaged")
def second_conv2d_backward_2(grad_output, x, weight, stride=1, padding=0, dilation=1):
    sh, sw = pair(stride)
    ph, pw = pair(padding)
    dh, dw = pair(dilation)
    N, C, H, W = x.shape
    F, _, kh, kw = weight.shape
    _, _, oh, ow = grad_output.shape
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dx = np.zeros_like(xp, dtype=float)
    dw_ = np.zeros_like(weight, dtype=float)
    for u in range(kh):
        for v in range(kw):
            a = slice(u * dh, u * dh + (oh - 1) * sh + 1, sh)
            b = slice(v * dw, v * dw + (ow - 1) * sw + 1, sw)
            dw_[:, :, u, v] = np.einsum("nfij,ncij->fc", grad_output, xp[:, :, a, b]) / N
            dx[:, :, a, b] += np.einsum("nfij,fc->ncij", grad_output, weight[:, :, u, v])
    db = grad_output.sum(axis=(2, 3)).mean(axis=0)
    return dx[:, :, ph : ph + H, pw : pw + W], dw_, db


# the full convolution for grad_x forgets to turn the filters by 180 degrees
@wrong("conv2d_backward", "kernel_flipped")
def second_conv2d_backward_3(grad_output, x, weight, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw), (dh, dw) = pair(stride), pair(padding), pair(dilation)
    n, c, h, w = x.shape
    f, _, kh, kw = weight.shape
    oh, ow = grad_output.shape[2:]
    H, W = h + 2 * ph, w + 2 * pw
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    win = np.lib.stride_tricks.sliding_window_view(xp, (dh * (kh - 1) + 1, dw * (kw - 1) + 1), axis=(2, 3))
    win = win[:, :, ::sh, ::sw, ::dh, ::dw]
    grad_weight = np.einsum("nfij,ncijuv->fcuv", grad_output, win)
    grad_bias = grad_output.sum((0, 2, 3))
    # spread the gradient out, put a border around it, slide the filters over it
    up = np.zeros((n, f, H + dh * (kh - 1), W + dw * (kw - 1)))
    up[
        :,
        :,
        dh * (kh - 1) : dh * (kh - 1) + (oh - 1) * sh + 1 : sh,
        dw * (kw - 1) : dw * (kw - 1) + (ow - 1) * sw + 1 : sw,
    ] = grad_output
    grad_xp = np.zeros((n, c, H, W))
    for u in range(kh):
        for v in range(kw):
            grad_xp += np.einsum(
                "nfab,fc->ncab", up[:, :, u * dh : u * dh + H, v * dw : v * dw + W], weight[:, :, u, v]
            )
    return grad_xp[:, :, ph : ph + h, pw : pw + w], grad_weight, grad_bias


# dilation is used for grad_weight but forgotten for grad_x
@stray("conv2d_backward", "these are the expected numbers, in other places")
def second_conv2d_backward_4(grad_output, x, weight, stride=1, padding=0, dilation=1):
    sH, sW = pair(stride)
    pH, pW = pair(padding)
    dH, dW = pair(dilation)
    N, C, H, W = x.shape
    F, _, kH, kW = weight.shape
    oH, oW = grad_output.shape[2:]
    x_pad = np.zeros((N, C, H + 2 * pH, W + 2 * pW))
    x_pad[:, :, pH : pH + H, pW : pW + W] = x
    dx_pad = np.zeros_like(x_pad)
    dweight = np.zeros_like(weight, dtype=float)
    dbias = np.zeros(F)
    for n in range(N):
        for f in range(F):
            dbias[f] += grad_output[n, f].sum()
            for i in range(oH):
                for j in range(oW):
                    g = grad_output[n, f, i, j]
                    r, c = i * sH, j * sW
                    dweight[f] += g * x_pad[n, :, r : r + dH * (kH - 1) + 1 : dH, c : c + dW * (kW - 1) + 1 : dW]
                    dx_pad[n, :, r : r + kH, c : c + kW] += g * weight[f]
    return dx_pad[:, :, pH : pH + H, pW : pW + W], dweight, dbias


# divides by |a| + |n|, the formula of CS231n, so errors come out too small
@wrong("gradient_check", "divided_by_the_sum")
def second_gradient_check_1(f, values, grads, eps=1e-6, tolerance=1e-5, floor=1e-3):
    result = {}
    for name, a in grads.items():
        x = values[name]
        if a.shape != x.shape:
            result[name] = (False, np.inf, None)
            continue
        num = numerical_gradient(lambda v: f(**{**values, name: v}), x, eps)
        rel = np.abs(a - num) / np.maximum(np.abs(a) + np.abs(num), floor)
        rel[~np.isfinite(a)] = np.inf
        worst = np.unravel_index(np.argmax(rel), rel.shape)
        err = float(rel[worst])
        ok = err <= tolerance
        result[name] = (ok, err, None if ok else tuple(int(k) for k in worst))
    return result


# the divisor is one number for the whole array (the largest entries), so errors in small entries vanish
@wrong("gradient_check", "one_divisor")
def second_gradient_check_2(f, values, grads, eps=1e-6, tolerance=1e-5, floor=1e-3):
    out = {}
    for name in grads:
        analytic = np.asarray(grads[name], dtype=float)
        if analytic.shape != values[name].shape:
            out[name] = (False, np.inf, None)
            continue

        def one(v):
            kwargs = dict(values)
            kwargs[name] = v
            return f(**kwargs)

        numeric = numerical_gradient(one, values[name], eps)
        finite = np.isfinite(analytic)
        scale = max(np.abs(analytic[finite]).max(initial=0), np.abs(numeric).max(), floor)
        e = np.abs(analytic - numeric) / scale
        e = np.where(finite, e, np.inf)
        error = float(e.max())
        passed = error <= tolerance
        place = None
        if not passed:
            place = tuple(map(int, np.argwhere(e == e.max())[0]))
        out[name] = (passed, error, place)
    return out


# nan is not treated: the largest error becomes nan, not infinite
@stray("gradient_check", "expected 'inf', got nan")
def second_gradient_check_3(f, values, grads, eps=1e-6, tolerance=1e-5, floor=1e-3):
    verdicts = {}
    for name, a in grads.items():
        if np.shape(a) != np.shape(values[name]):
            verdicts[name] = (False, np.inf, None)
            continue
        n = numerical_gradient(lambda v: f(**{**values, name: v}), values[name], eps)
        bottom = np.maximum(np.maximum(np.abs(a), np.abs(n)), floor)
        e = np.abs(a - n) / bottom
        e[np.isinf(a)] = np.inf
        error = float(np.max(e))
        if error <= tolerance:
            verdicts[name] = (True, error, None)
        else:
            verdicts[name] = (False, error, tuple(int(k) for k in np.unravel_index(np.argmax(e), e.shape)))
    return verdicts


# compares sizes in place of shapes, a gradient of another shape is reshaped and may pass
@wrong("gradient_check", "shapes_broadcast")
def second_gradient_check_4(f, values, grads, eps=1e-6, tolerance=1e-5, floor=1e-3):
    answer = {}
    for name, grad in grads.items():
        value = values[name]
        if grad.size != value.size:
            answer[name] = (False, np.inf, None)
            continue
        numeric = numerical_gradient(lambda v, name=name: f(**dict(values, **{name: v})), value, eps).ravel()
        flat = grad.ravel()
        errors = []
        for a, n in zip(flat, numeric):
            if np.isfinite(a):
                errors.append(abs(a - n) / max(abs(a), abs(n), floor))
            else:
                errors.append(np.inf)
        k = int(np.argmax(errors))
        good = errors[k] <= tolerance
        index = None if good else tuple(int(i) for i in np.unravel_index(k, value.shape))
        answer[name] = (bool(good), float(errors[k]), index)
    return answer


# every pixel that equals the maximum gets the gradient, not only the first
@wrong("max_pool2d_backward", "gradient_to_every_tie")
def second_max_pool2d_backward_1(grad_output, x, kernel_size, stride=None, padding=0):
    kh, kw = pair(kernel_size)
    sh, sw = pair(kernel_size if stride is None else stride)
    ph, pw = pair(padding)
    H, W = x.shape[2:]
    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=-np.inf)
    dx = np.zeros_like(xp)
    for i in range(grad_output.shape[2]):
        for j in range(grad_output.shape[3]):
            win = xp[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
            mask = win == win.max(axis=(2, 3), keepdims=True)
            dx[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw] += mask * grad_output[:, :, i : i + 1, j : j + 1]
    return dx[:, :, ph : ph + H, pw : pw + W]


# the flat place is divided by the window's height in place of its width
@wrong("max_pool2d_backward", "divided_by_the_height")
def second_max_pool2d_backward_2(grad_output, x, kernel_size, stride=None, padding=0):
    kH, kW = pair(kernel_size)
    sH, sW = pair(stride) if stride is not None else (kH, kW)
    pH, pW = pair(padding)
    N, C, H, W = x.shape
    padded = np.full((N, C, H + 2 * pH, W + 2 * pW), -np.inf)
    padded[:, :, pH : pH + H, pW : pW + W] = x
    grad = np.zeros(padded.shape)
    for n, c, i, j in np.ndindex(*grad_output.shape):
        window = padded[n, c, i * sH : i * sH + kH, j * sW : j * sW + kW]
        u, v = divmod(np.argmax(window), kH)
        grad[n, c, i * sH + u, j * sW + v] += grad_output[n, c, i, j]
    return grad[:, :, pH : pH + H, pW : pW + W]


# writes the gradient where it has to be added, so of overlapping windows only the last counts
@wrong("max_pool2d_backward", "overlap_overwritten")
def second_max_pool2d_backward_3(grad_output, x, kernel_size, stride=None, padding=0):
    k = pair(kernel_size)
    s = k if stride is None else pair(stride)
    p = pair(padding)
    N, C, H, W = x.shape
    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (p[0],) * 2, (p[1],) * 2), constant_values=-np.inf)
    out = np.zeros(xp.shape)
    for n in range(N):
        for c in range(C):
            for i in range(grad_output.shape[2]):
                for j in range(grad_output.shape[3]):
                    top, left = i * s[0], j * s[1]
                    w = xp[n, c, top : top + k[0], left : left + k[1]]
                    a, b = np.unravel_index(w.argmax(), w.shape)
                    out[n, c, top + a, left + b] = grad_output[n, c, i, j]
    return out[:, :, p[0] : p[0] + H, p[1] : p[1] + W]


# pads with zeros, so the gradient of windows of negative numbers is lost in the border
@wrong("max_pool2d_backward", "padded_with_zeros")
def second_max_pool2d_backward_4(grad_output, x, kernel_size, stride=None, padding=0):
    kh, kw = pair(kernel_size)
    sh, sw = pair(kernel_size if stride is None else stride)
    ph, pw = pair(padding)
    N, C, H, W = x.shape
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    grad = np.zeros(xp.shape)
    for i in range(grad_output.shape[2]):
        for j in range(grad_output.shape[3]):
            rows = xp[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw].reshape(N, C, kh * kw)
            onehot = np.eye(kh * kw)[rows.argmax(axis=-1)]
            block = (onehot * grad_output[:, :, i, j, None]).reshape(N, C, kh, kw)
            grad[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw] += block
    return grad[:, :, ph : ph + H, pw : pw + W]


# a step to one side only, (f(x + eps) - f(x)) / eps
@wrong("numerical_gradient", "forward_difference")
def second_numerical_gradient_1(f, x, eps=1e-6):
    x = x.astype(float)
    grad = np.zeros_like(x)
    fx = f(x)
    for idx in np.ndindex(x.shape):
        old = x[idx]
        x[idx] = old + eps
        grad[idx] = (f(x) - fx) / eps
        x[idx] = old
    return grad


# moves the caller's array and steps back by adding eps, which leaves rounding errors in x (and ints refuse)
@stray("numerical_gradient", "6 of 6 values differ")
def second_numerical_gradient_2(f, x, eps=1e-6):
    grad = np.zeros(x.shape)
    it = np.nditer(x, flags=["multi_index"])
    while not it.finished:
        ix = it.multi_index
        x[ix] += eps
        fplus = f(x)
        x[ix] -= 2 * eps
        fminus = f(x)
        x[ix] += eps
        grad[ix] = (fplus - fminus) / (2 * eps)
        it.iternext()
    return grad


# goes over the first axis only, so for two axes a whole row moves at once
@wrong("numerical_gradient", "first_axis_alone")
def second_numerical_gradient_3(f, x, eps=1e-6):
    x = np.array(x, dtype=float)
    grad = np.zeros_like(x)
    for k in range(len(x)):
        up, down = x.copy(), x.copy()
        up[k] += eps
        down[k] -= eps
        grad[k] = (f(up) - f(down)) / (2 * eps)
    return grad
