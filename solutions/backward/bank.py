"""Programs for chapter 8."""

import numpy as np

from autograde.course.program import edited, right, wrong


@right("conv2d_backward")
def seven_loops(grad_output, x, weight, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    N, F, oH, oW = grad_output.shape
    C, kH, kW = weight.shape[1:]
    H, W = x.shape[2:]
    dx, dw_, db = np.zeros(x.shape), np.zeros(weight.shape), np.zeros(F)
    for n in range(N):
        for f in range(F):
            for i in range(oH):
                for j in range(oW):
                    g = grad_output[n, f, i, j]
                    db[f] += g
                    for u in range(kH):
                        for v in range(kW):
                            r, s = i * sh + u * dh - ph, j * sw + v * dw - pw
                            if 0 <= r < H and 0 <= s < W:
                                for c in range(C):
                                    dx[n, c, r, s] += g * weight[f, c, u, v]
                                    dw_[f, c, u, v] += g * x[n, c, r, s]
    return dx, dw_, db


@right("conv2d_backward")
def full_correlation_with_the_turned_filter(grad_output, x, weight, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    N, F, oH, oW = grad_output.shape
    kH, kW = weight.shape[2:]
    H, W = x.shape[2:]
    spread = np.zeros((N, F, H + 2 * ph - dh * (kH - 1), W + 2 * pw - dw * (kW - 1)))
    spread[:, :, ::sh, ::sw][:, :, :oH, :oW] = grad_output
    reach = ((0, 0), (0, 0), (dh * (kH - 1),) * 2, (dw * (kW - 1),) * 2)
    span = dh * (kH - 1) + 1, dw * (kW - 1) + 1
    view = np.lib.stride_tricks.sliding_window_view(np.pad(spread, reach), span, axis=(2, 3))[..., ::dh, ::dw]
    dx = np.einsum("nfabuv,fcuv->ncab", view, weight[:, :, ::-1, ::-1])
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    met = np.lib.stride_tricks.sliding_window_view(padded, spread.shape[2:], axis=(2, 3))[:, :, ::dh, ::dw]
    return dx[:, :, ph : ph + H, pw : pw + W], np.einsum("nfij,ncuvij->fcuv", spread, met), grad_output.sum((0, 2, 3))


@right("conv2d_backward")
def scattered_with_index_arrays(grad_output, x, weight, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    _N, _F, oH, oW = grad_output.shape
    _C, kH, kW = weight.shape[1:]
    rows = (np.arange(oH) * sh)[:, None, None, None] + (np.arange(kH) * dh)[None, None, :, None]
    columns = (np.arange(oW) * sw)[None, :, None, None] + (np.arange(kW) * dw)[None, None, None, :]
    padded = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dp = np.zeros(padded.shape)
    sent = np.tensordot(grad_output, weight, axes=(1, 0)).transpose(0, 3, 1, 2, 4, 5)
    np.add.at(dp, (slice(None), slice(None), rows, columns), sent)
    windows = padded[:, :, rows, columns]
    dw_ = np.tensordot(grad_output, windows, axes=((0, 2, 3), (0, 2, 3)))
    return [dp[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]], dw_, np.einsum("nfij->f", grad_output)]


@right("conv2d_backward")
def window_by_window_in_single_precision(grad_output, x, weight, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    g, w = grad_output.astype(np.float32), weight.astype(np.float32)
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw))).astype(np.float32)
    dp, dw_ = np.zeros_like(xp), np.zeros_like(w)
    for i in range(g.shape[2]):
        for j in range(g.shape[3]):
            r = i * sh + dh * np.arange(w.shape[2])
            c = j * sw + dw * np.arange(w.shape[3])
            window = np.ix_(range(xp.shape[0]), range(xp.shape[1]), r, c)
            dp[window] += np.tensordot(g[:, :, i, j], w, axes=1)
            dw_ += np.tensordot(g[:, :, i, j].T, xp[window], axes=1)
    H, W = x.shape[2:]
    return dp[:, :, ph : H + ph, pw : W + pw], dw_, g.sum(axis=-1).sum(axis=-1).sum(axis=0)


@wrong("conv2d_backward", "overlap_overwritten")
def assigned_to_the_window(grad_output, x, weight, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    oH, oW = grad_output.shape[2:]
    kH, kW = weight.shape[2:]
    H, W = x.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dxp, dweight = np.zeros(xp.shape), np.zeros(weight.shape)
    for i in range(oH):
        for j in range(oW):
            rows = slice(i * sh, i * sh + dh * (kH - 1) + 1, dh)
            columns = slice(j * sw, j * sw + dw * (kW - 1) + 1, dw)
            g = grad_output[:, :, i, j]
            dxp[:, :, rows, columns] = np.einsum("nf,fcuv->ncuv", g, weight)
            dweight += np.einsum("nf,ncuv->fcuv", g, xp[:, :, rows, columns])
    dx = dxp[:, :, ph : ph + H, pw : pw + W]
    return dx, dweight, grad_output.sum(axis=(0, 2, 3))


@wrong("conv2d_backward", "overlap_and_filters_overwritten")
def assigned_filter_by_filter(grad_output, x, weight, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    N, F, oH, oW = grad_output.shape
    kH, kW = weight.shape[2:]
    H, W = x.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dxp, dweight = np.zeros(xp.shape), np.zeros(weight.shape)
    for n in range(N):
        for f in range(F):
            for i in range(oH):
                for j in range(oW):
                    rows = slice(i * sh, i * sh + dh * (kH - 1) + 1, dh)
                    columns = slice(j * sw, j * sw + dw * (kW - 1) + 1, dw)
                    dxp[n, :, rows, columns] = grad_output[n, f, i, j] * weight[f]
                    dweight[f] += grad_output[n, f, i, j] * xp[n, :, rows, columns]
    return dxp[:, :, ph : ph + H, pw : pw + W], dweight, grad_output.sum(axis=(0, 2, 3))


@wrong("conv2d_backward", "taps_overwritten")
def assigned_tap_by_tap(grad_output, x, weight, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    oH, oW = grad_output.shape[2:]
    H, W = x.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dxp, dweight = np.zeros(xp.shape), np.zeros(weight.shape)
    for u in range(weight.shape[2]):
        for v in range(weight.shape[3]):
            rows = slice(u * dh, u * dh + sh * oH, sh)
            columns = slice(v * dw, v * dw + sw * oW, sw)
            dxp[:, :, rows, columns] = np.tensordot(grad_output, weight[:, :, u, v], axes=(1, 0)).transpose(0, 3, 1, 2)
            dweight[:, :, u, v] = np.tensordot(grad_output, xp[:, :, rows, columns], axes=((0, 2, 3), (0, 2, 3)))
    return dxp[:, :, ph : ph + H, pw : pw + W], dweight, grad_output.sum(axis=(0, 2, 3))


filter_gradient_assigned = edited(
    assigned_filter_by_filter,
    "weight_gradient_overwritten",
    """
    -                    dxp[n, :, rows, columns] = grad_output[n, f, i, j] * weight[f]
    -                    dweight[f] += grad_output[n, f, i, j] * xp[n, :, rows, columns]
    +                    dxp[n, :, rows, columns] += grad_output[n, f, i, j] * weight[f]
    +                    dweight[f] = grad_output[n, f, i, j] * xp[n, :, rows, columns]
    """,
)
filter_gradient_image_by_image = edited(
    assigned_to_the_window,
    "images_overwritten",
    """
    -            dxp[:, :, rows, columns] = np.einsum("nf,fcuv->ncuv", g, weight)
    -            dweight += np.einsum("nf,ncuv->fcuv", g, xp[:, :, rows, columns])
    +            dxp[:, :, rows, columns] += np.einsum("nf,fcuv->ncuv", g, weight)
    +            dweight += np.einsum("f,cuv->fcuv", g[-1], xp[-1, :, rows, columns])
    """,
)
cut_with_minus_p = edited(
    assigned_to_the_window,
    "crop_at_zero",
    ("[:, :, ph : ph + H, pw : pw + W]", "[:, :, ph:-ph, pw:-pw]"),
    """
    -            dxp[:, :, rows, columns] = np.einsum("nf,fcuv->ncuv", g, weight)
    +            dxp[:, :, rows, columns] += np.einsum("nf,fcuv->ncuv", g, weight)
    """,
    ("H, W = x.shape[2:]", "_H, _W = x.shape[2:]"),
)
border_left_on = edited(
    assigned_to_the_window,
    "border_kept",
    ("dxp[:, :, ph : ph + H, pw : pw + W]", "dxp"),
    """
    -            dxp[:, :, rows, columns] = np.einsum("nf,fcuv->ncuv", g, weight)
    +            dxp[:, :, rows, columns] += np.einsum("nf,fcuv->ncuv", g, weight)
    """,
    ("H, W = x.shape[2:]", "_H, _W = x.shape[2:]"),
)


@wrong("conv2d_backward", "rest_cut_off")
def size_from_the_windows(grad_output, x, weight, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    oH, oW = grad_output.shape[2:]
    kH, kW = weight.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    reach_h, reach_w = sh * (oH - 1) + dh * (kH - 1) + 1, sw * (oW - 1) + dw * (kW - 1) + 1
    dxp, dweight = np.zeros((*x.shape[:2], reach_h, reach_w)), np.zeros(weight.shape)
    for i in range(oH):
        for j in range(oW):
            rows = slice(i * sh, i * sh + dh * (kH - 1) + 1, dh)
            columns = slice(j * sw, j * sw + dw * (kW - 1) + 1, dw)
            g = grad_output[:, :, i, j]
            dxp[:, :, rows, columns] += np.einsum("nf,fcuv->ncuv", g, weight)
            dweight += np.einsum("nf,ncuv->fcuv", g, xp[:, :, rows, columns])
    dx = dxp[:, :, ph : reach_h - ph, pw : reach_w - pw]
    return dx, dweight, grad_output.sum(axis=(0, 2, 3))


stamps_the_turned_filter = edited(
    assigned_to_the_window,
    "kernel_flipped",
    """
    -            dxp[:, :, rows, columns] = np.einsum("nf,fcuv->ncuv", g, weight)
    +            dxp[:, :, rows, columns] += np.einsum("nf,fcuv->ncuv", g, weight[:, :, ::-1, ::-1])
    """,
)
weight_reshaped = edited(
    assigned_to_the_window,
    "filters_reshaped",
    """
    -            dxp[:, :, rows, columns] = np.einsum("nf,fcuv->ncuv", g, weight)
    +            dxp[:, :, rows, columns] += np.einsum("nf,cfuv->ncuv", g, swapped)
    """,
    """
         dxp, dweight = np.zeros(xp.shape), np.zeros(weight.shape)
    +    swapped = weight.reshape(weight.shape[1], weight.shape[0], kH, kW)
    """,
)
weight_as_it_is = edited(
    assigned_to_the_window,
    "filter_axes_not_swapped",
    """
    -            dxp[:, :, rows, columns] = np.einsum("nf,fcuv->ncuv", g, weight)
    +            dxp[:, :, rows, columns] += np.einsum("nf,cfuv->ncuv", g, weight)
    """,
)
derivative_alone = edited(
    assigned_to_the_window,
    "grad_output_ignored",
    """
    -            dxp[:, :, rows, columns] = np.einsum("nf,fcuv->ncuv", g, weight)
    +            dxp[:, :, rows, columns] += np.einsum("nf,fcuv->ncuv", g, weight)
    """,
    """
         (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    +    grad_output = np.ones_like(grad_output)
    """,
)


@wrong("conv2d_backward", "stride_ignored")
def windows_next_to_each_other(grad_output, x, weight, stride=1, padding=0, dilation=1):
    (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (padding, dilation))
    oH, oW = grad_output.shape[2:]
    kH, kW = weight.shape[2:]
    H, W = x.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dxp, dweight = np.zeros(xp.shape), np.zeros(weight.shape)
    for i in range(oH):
        for j in range(oW):
            rows = slice(i, i + dh * (kH - 1) + 1, dh)
            columns = slice(j, j + dw * (kW - 1) + 1, dw)
            g = grad_output[:, :, i, j]
            dxp[:, :, rows, columns] += np.einsum("nf,fcuv->ncuv", g, weight)
            dweight += np.einsum("nf,ncuv->fcuv", g, xp[:, :, rows, columns])
    dx = dxp[:, :, ph : ph + H, pw : pw + W]
    return dx, dweight, grad_output.sum(axis=(0, 2, 3))


taps_next_to_each_other = edited(
    windows_next_to_each_other,
    "dilation_ignored",
    """
    -            rows = slice(i, i + dh * (kH - 1) + 1, dh)
    -            columns = slice(j, j + dw * (kW - 1) + 1, dw)
    +            rows = slice(i * sh, i * sh + kH)
    +            columns = slice(j * sw, j * sw + kW)
    """,
    """
    -    (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (padding, dilation))
    +    (sh, sw), (ph, pw) = (np.broadcast_to(v, 2) for v in (stride, padding))
    """,
)
gaps_between_taps = edited(
    assigned_to_the_window,
    "dilation_counts_gaps",
    """
    -            dxp[:, :, rows, columns] = np.einsum("nf,fcuv->ncuv", g, weight)
    +            dxp[:, :, rows, columns] += np.einsum("nf,fcuv->ncuv", g, weight)
    """,
    """
         (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    +    dh, dw = dh + 1, dw + 1
    """,
)
stride_by_column_first = edited(
    assigned_to_the_window,
    "stride_pair_swapped",
    """
    -            dxp[:, :, rows, columns] = np.einsum("nf,fcuv->ncuv", g, weight)
    +            dxp[:, :, rows, columns] += np.einsum("nf,fcuv->ncuv", g, weight)
    """,
    ("sh, sw", "sw, sh"),
)
padding_by_column_first = edited(
    assigned_to_the_window,
    "padding_pair_swapped",
    """
    -            dxp[:, :, rows, columns] = np.einsum("nf,fcuv->ncuv", g, weight)
    +            dxp[:, :, rows, columns] += np.einsum("nf,fcuv->ncuv", g, weight)
    """,
    ("ph, pw", "pw, ph"),
)
dilation_by_column_first = edited(
    assigned_to_the_window,
    "dilation_pair_swapped",
    """
    -            dxp[:, :, rows, columns] = np.einsum("nf,fcuv->ncuv", g, weight)
    +            dxp[:, :, rows, columns] += np.einsum("nf,fcuv->ncuv", g, weight)
    """,
    ("dh, dw", "dw, dh"),
)
all_pairs_by_column_first = edited(
    assigned_to_the_window,
    "height_width_swapped",
    """
    -            dxp[:, :, rows, columns] = np.einsum("nf,fcuv->ncuv", g, weight)
    +            dxp[:, :, rows, columns] += np.einsum("nf,fcuv->ncuv", g, weight)
    """,
    ("(sh, sw), (ph, pw), (dh, dw)", "(sw, sh), (pw, ph), (dw, dh)"),
)


@wrong("conv2d_backward", "first_of_pair_for_both")
def one_number_for_both_axes(grad_output, x, weight, stride=1, padding=0, dilation=1):
    sh = sw = np.broadcast_to(stride, 2)[0]
    ph = pw = np.broadcast_to(padding, 2)[0]
    dh = dw = np.broadcast_to(dilation, 2)[0]
    oH, oW = grad_output.shape[2:]
    kH, kW = weight.shape[2:]
    H, W = x.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dxp, dweight = np.zeros(xp.shape), np.zeros(weight.shape)
    for i in range(oH):
        for j in range(oW):
            rows = slice(i * sh, i * sh + dh * (kH - 1) + 1, dh)
            columns = slice(j * sw, j * sw + dw * (kW - 1) + 1, dw)
            g = grad_output[:, :, i, j]
            dxp[:, :, rows, columns] += np.einsum("nf,fcuv->ncuv", g, weight)
            dweight += np.einsum("nf,ncuv->fcuv", g, xp[:, :, rows, columns])
    dx = dxp[:, :, ph : ph + H, pw : pw + W]
    return dx, dweight, grad_output.sum(axis=(0, 2, 3))


filter_gradient_turned = edited(
    assigned_to_the_window,
    "weight_gradient_flipped",
    """
    -    return dx, dweight, grad_output.sum(axis=(0, 2, 3))
    +    return dx, dweight[:, :, ::-1, ::-1], grad_output.sum(axis=(0, 2, 3))
    """,
    """
    -            dxp[:, :, rows, columns] = np.einsum("nf,fcuv->ncuv", g, weight)
    +            dxp[:, :, rows, columns] += np.einsum("nf,fcuv->ncuv", g, weight)
    """,
)
channels_before_filters = edited(
    assigned_to_the_window,
    "weight_gradient_axes_swapped",
    """
    -            dxp[:, :, rows, columns] = np.einsum("nf,fcuv->ncuv", g, weight)
    -            dweight += np.einsum("nf,ncuv->fcuv", g, xp[:, :, rows, columns])
    +            dxp[:, :, rows, columns] += np.einsum("nf,fcuv->ncuv", g, weight)
    +            dweight += np.einsum("nf,ncuv->cfuv", g, xp[:, :, rows, columns])
    """,
    ("(weight.shape)", "(weight.swapaxes(0, 1).shape)"),
)
first_channel_in_the_filter_gradient = edited(
    assigned_to_the_window,
    "first_channel_for_all",
    """
    -            dxp[:, :, rows, columns] = np.einsum("nf,fcuv->ncuv", g, weight)
    -            dweight += np.einsum("nf,ncuv->fcuv", g, xp[:, :, rows, columns])
    +            dxp[:, :, rows, columns] += np.einsum("nf,fcuv->ncuv", g, weight)
    +            dweight += np.einsum("nf,ncuv->fcuv", g, xp[:, :1, rows, columns])
    """,
)
mean_over_the_batch = edited(
    assigned_to_the_window,
    "batch_averaged",
    """
    -    return dx, dweight, grad_output.sum(axis=(0, 2, 3))
    +    N = len(x)
    +    return dx, dweight / N, grad_output.sum(axis=(0, 2, 3)) / N
    """,
    """
    -            dxp[:, :, rows, columns] = np.einsum("nf,fcuv->ncuv", g, weight)
    +            dxp[:, :, rows, columns] += np.einsum("nf,fcuv->ncuv", g, weight)
    """,
)
bias_gradient_over_n = edited(
    assigned_to_the_window,
    "bias_gradient_averaged_over_the_batch",
    ("(axis=(0, 2, 3))", "(axis=(0, 2, 3)) / len(x)"),
    """
    -            dxp[:, :, rows, columns] = np.einsum("nf,fcuv->ncuv", g, weight)
    +            dxp[:, :, rows, columns] += np.einsum("nf,fcuv->ncuv", g, weight)
    """,
)
bias_gradient_as_mean = edited(
    assigned_to_the_window,
    "bias_gradient_averaged",
    """
    -    return dx, dweight, grad_output.sum(axis=(0, 2, 3))
    +    return dx, dweight, grad_output.mean(axis=(0, 2, 3))
    """,
    """
    -            dxp[:, :, rows, columns] = np.einsum("nf,fcuv->ncuv", g, weight)
    +            dxp[:, :, rows, columns] += np.einsum("nf,fcuv->ncuv", g, weight)
    """,
)
bias_gradient_for_each_image = edited(
    assigned_to_the_window,
    "bias_gradient_per_image",
    ("grad_output.sum(axis=(0, 2, 3))", "grad_output.sum(axis=(2, 3))"),
    """
    -            dxp[:, :, rows, columns] = np.einsum("nf,fcuv->ncuv", g, weight)
    +            dxp[:, :, rows, columns] += np.einsum("nf,fcuv->ncuv", g, weight)
    """,
)
bias_gradient_for_each_place = edited(
    assigned_to_the_window,
    "bias_gradient_per_place",
    ("(0, 2, 3)", "0"),
    """
    -            dxp[:, :, rows, columns] = np.einsum("nf,fcuv->ncuv", g, weight)
    +            dxp[:, :, rows, columns] += np.einsum("nf,fcuv->ncuv", g, weight)
    """,
)
bias_gradient_on_the_last_axis = edited(
    assigned_to_the_window,
    "bias_gradient_of_the_columns",
    ("(axis=(0, 2, 3))", "(axis=(0, 1, 2))"),
    """
    -            dxp[:, :, rows, columns] = np.einsum("nf,fcuv->ncuv", g, weight)
    +            dxp[:, :, rows, columns] += np.einsum("nf,fcuv->ncuv", g, weight)
    """,
)
weight_first = edited(
    assigned_to_the_window,
    "results_in_another_order",
    ("dx, dweight, grad_output.sum(axis=(0, 2, 3))", "dweight, grad_output.sum(axis=(0, 2, 3)), dx"),
    """
    -            dxp[:, :, rows, columns] = np.einsum("nf,fcuv->ncuv", g, weight)
    +            dxp[:, :, rows, columns] += np.einsum("nf,fcuv->ncuv", g, weight)
    """,
)


@right("max_pool2d_backward")
def six_loops_for_the_maximum(grad_output, x, kernel_size, stride=None, padding=0):
    kH, kW = np.broadcast_to(kernel_size, 2)
    sh, sw = np.broadcast_to(kernel_size if stride is None else stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    N, C, H, W = x.shape
    dx = np.zeros(x.shape)
    for n in range(N):
        for c in range(C):
            for i in range(grad_output.shape[2]):
                for j in range(grad_output.shape[3]):
                    best, place = -np.inf, None
                    for r in range(max(0, i * sh - ph), min(H, i * sh - ph + kH)):
                        for s in range(max(0, j * sw - pw), min(W, j * sw - pw + kW)):
                            if x[n, c, r, s] > best:
                                best, place = x[n, c, r, s], (r, s)
                    dx[n, c][place] += grad_output[n, c, i, j]
    return dx


@right("max_pool2d_backward")
def places_in_a_strided_view(grad_output, x, kernel_size, stride=None, padding=0):
    (kh, kw), (ph, pw) = (np.broadcast_to(v, 2) for v in (kernel_size, padding))
    sh, sw = np.broadcast_to(kernel_size if stride is None else stride, 2)
    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=-np.inf)
    view = np.lib.stride_tricks.sliding_window_view(xp, (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw]
    u, v = np.divmod(view.reshape(*view.shape[:4], -1).argmax(-1), kw)
    n, c, i, j = np.indices(grad_output.shape)
    dxp = np.zeros(xp.shape)
    np.add.at(dxp, (n, c, i * sh + u, j * sw + v), grad_output)
    return dxp[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]]


@right("max_pool2d_backward")
def tap_by_tap_until_given_away(grad_output, x, kernel_size, stride=None, padding=0):
    (kh, kw), (ph, pw) = (np.broadcast_to(v, 2) for v in (kernel_size, padding))
    sh, sw = np.broadcast_to(kernel_size if stride is None else stride, 2)
    oH, oW = grad_output.shape[2:]
    xp = np.pad(x.astype(np.float32), ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=np.float32(-3e38))
    taps = [(u, v, np.s_[..., u : u + sh * oH : sh, v : v + sw * oW : sw]) for u in range(kh) for v in range(kw)]
    best = np.max([xp[place] for _, _, place in taps], axis=0)
    left, dxp = grad_output.astype(np.float32), np.zeros(xp.shape, np.float32)
    for _, _, place in taps:
        hit = xp[place] == best
        dxp[place] += hit * left
        left = np.where(hit, 0, left)
    return dxp[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]]


@wrong("max_pool2d_backward", "gradient_to_every_tie")
def mask_of_the_maximum(grad_output, x, kernel_size, stride=None, padding=0):
    stride = kernel_size if stride is None else stride
    (kh, kw), (sh, sw), (ph, pw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding))
    N, C, H, W = x.shape
    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=-np.inf)
    dxp = np.zeros(xp.shape)
    for n in range(N):
        for c in range(C):
            for i in range(grad_output.shape[2]):
                for j in range(grad_output.shape[3]):
                    window = xp[n, c, i * sh : i * sh + kh, j * sw : j * sw + kw]
                    dxp[n, c, i * sh : i * sh + kh, j * sw : j * sw + kw] += (window == window.max()) * grad_output[
                        n, c, i, j
                    ]
    return dxp[:, :, ph : ph + H, pw : pw + W]


mask_divided = edited(
    mask_of_the_maximum,
    "gradient_shared_among_ties",
    """
    -                    dxp[n, c, i * sh : i * sh + kh, j * sw : j * sw + kw] += (window == window.max()) * grad_output[
    -                        n, c, i, j
    -                    ]
    +                    mask = window == window.max()
    +                    dxp[n, c, i * sh : i * sh + kh, j * sw : j * sw + kw] += mask / mask.sum() * grad_output[n, c, i, j]
    """,
)
last_largest = edited(
    mask_of_the_maximum,
    "last_of_the_ties",
    """
    -                    dxp[n, c, i * sh : i * sh + kh, j * sw : j * sw + kw] += (window == window.max()) * grad_output[
    -                        n, c, i, j
    -                    ]
    +                    u, v = np.argwhere(window == window.max())[-1]
    +                    dxp[n, c, i * sh + u, j * sw + v] += grad_output[n, c, i, j]
    """,
)
argmax_of_the_transpose = edited(
    mask_of_the_maximum,
    "first_tie_by_columns",
    """
    -                    dxp[n, c, i * sh : i * sh + kh, j * sw : j * sw + kw] += (window == window.max()) * grad_output[
    -                        n, c, i, j
    -                    ]
    +                    v, u = np.unravel_index(window.T.argmax(), window.T.shape)
    +                    dxp[n, c, i * sh + u, j * sw + v] += grad_output[n, c, i, j]
    """,
)
place_assigned = edited(
    mask_of_the_maximum,
    "overlap_overwritten",
    """
    -                    dxp[n, c, i * sh : i * sh + kh, j * sw : j * sw + kw] += (window == window.max()) * grad_output[
    -                        n, c, i, j
    -                    ]
    +                    u, v = np.unravel_index(window.argmax(), window.shape)
    +                    dxp[n, c, i * sh + u, j * sw + v] = grad_output[n, c, i, j]
    """,
)
window_assigned = edited(
    mask_of_the_maximum,
    "window_overwritten",
    """
    -                    dxp[n, c, i * sh : i * sh + kh, j * sw : j * sw + kw] += (window == window.max()) * grad_output[
    -                        n, c, i, j
    -                    ]
    +                    mask = np.zeros(window.shape)
    +                    mask[np.unravel_index(window.argmax(), window.shape)] = 1
    +                    dxp[n, c, i * sh : i * sh + kh, j * sw : j * sw + kw] = mask * grad_output[n, c, i, j]
    """,
)


@wrong("max_pool2d_backward", "padded_with_zeros")
def zeros_around(grad_output, x, kernel_size, stride=None, padding=0):
    stride = kernel_size if stride is None else stride
    (kh, kw), (sh, sw), (ph, pw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding))
    N, C, H, W = x.shape
    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dxp = np.zeros(xp.shape)
    for n in range(N):
        for c in range(C):
            for i in range(grad_output.shape[2]):
                for j in range(grad_output.shape[3]):
                    window = xp[n, c, i * sh : i * sh + kh, j * sw : j * sw + kw]
                    u, v = np.unravel_index(window.argmax(), window.shape)
                    dxp[n, c, i * sh + u, j * sw + v] += grad_output[n, c, i, j]
    return dxp[:, :, ph : ph + H, pw : pw + W]


@wrong("max_pool2d_backward", "whole_window_gets_it")
def all_of_the_window(grad_output, x, kernel_size, stride=None, padding=0):
    stride = kernel_size if stride is None else stride
    (kh, kw), (sh, sw), (ph, pw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding))
    N, C, H, W = x.shape
    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=-np.inf)
    dxp = np.zeros(xp.shape)
    for n in range(N):
        for c in range(C):
            for i in range(grad_output.shape[2]):
                for j in range(grad_output.shape[3]):
                    dxp[n, c, i * sh : i * sh + kh, j * sw : j * sw + kw] += grad_output[n, c, i, j]
    return dxp[:, :, ph : ph + H, pw : pw + W]


evenly = edited(all_of_the_window, "average_instead", ("[n, c, i, j]", "[n, c, i, j] / (kh * kw)"))
argmax_of_magnitudes = edited(
    zeros_around,
    "largest_magnitude",
    """
    -                    u, v = np.unravel_index(window.argmax(), window.shape)
    +                    u, v = np.unravel_index(abs(window).argmax(), window.shape)
    """,
)
times_the_maximum = edited(
    zeros_around,
    "multiplied_by_the_maximum",
    ("[n, c, i, j]", "[n, c, i, j] * window.max()"),
    """
    -    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    +    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=-np.inf)
    """,
)
a_one_for_each_maximum = edited(
    zeros_around,
    "grad_output_ignored",
    ("grad_output[n, c, i, j]", "1"),
    """
    -    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    +    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=-np.inf)
    """,
)
maxima_cut_with_minus_p = edited(
    zeros_around,
    "crop_at_zero",
    ("[:, :, ph : ph + H, pw : pw + W]", "[:, :, ph:-ph, pw:-pw]"),
    """
    -    N, C, H, W = x.shape
    -    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    +    N, C, _H, _W = x.shape
    +    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=-np.inf)
    """,
)
maxima_border_left_on = edited(
    zeros_around,
    "border_kept",
    ("dxp[:, :, ph : ph + H, pw : pw + W]", "dxp"),
    """
    -    N, C, H, W = x.shape
    -    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    +    N, C, _H, _W = x.shape
    +    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=-np.inf)
    """,
)
maxima_windows_next_to_each_other = edited(
    zeros_around,
    "stride_ignored",
    """
    -    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    +    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=-np.inf)
    """,
    ("kernel_size if stride is None else stride", "1"),
)
maxima_stride_one_by_default = edited(
    zeros_around,
    "stride_defaults_to_one",
    """
    -    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    +    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=-np.inf)
    """,
    ("stride = kernel_size if stride", "stride = 1 if stride"),
)
maxima_kernel_by_column_first = edited(
    zeros_around,
    "kernel_size_pair_swapped",
    """
    -    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    +    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=-np.inf)
    """,
    """
     def max_pool2d_backward(grad_output, x, kernel_size, stride=None, padding=0):
    +    if np.ndim(kernel_size):
    +        kernel_size = kernel_size[::-1]
    """,
)
maxima_stride_by_column_first = edited(
    zeros_around,
    "stride_pair_swapped",
    """
    -    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    +    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=-np.inf)
    """,
    """
     def max_pool2d_backward(grad_output, x, kernel_size, stride=None, padding=0):
    +    if np.ndim(stride):
    +        stride = stride[::-1]
    """,
)
maxima_padding_by_column_first = edited(
    zeros_around,
    "padding_pair_swapped",
    """
    -    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    +    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=-np.inf)
    """,
    ("ph, pw", "pw, ph"),
)
maxima_all_by_column_first = edited(
    zeros_around,
    "height_width_swapped",
    """
    -    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    +    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=-np.inf)
    """,
    ("(kh, kw), (sh, sw), (ph, pw)", "(kw, kh), (sw, sh), (pw, ph)"),
)


@right("avg_pool2d_backward")
def pixel_by_pixel(grad_output, input_shape, kernel_size, stride=None, padding=0, count_include_pad=True):
    kH, kW = np.broadcast_to(kernel_size, 2)
    sh, sw = np.broadcast_to(kernel_size if stride is None else stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    N, C, H, W = input_shape
    dx = np.zeros((N, C, H, W))
    for i in range(grad_output.shape[2]):
        for j in range(grad_output.shape[3]):
            inside = [
                (r, s)
                for r in range(i * sh - ph, i * sh - ph + kH)
                for s in range(j * sw - pw, j * sw - pw + kW)
                if 0 <= r < H and 0 <= s < W
            ]
            for r, s in inside:
                dx[:, :, r, s] += grad_output[:, :, i, j] / (kH * kW if count_include_pad else len(inside))
    return dx


@right("avg_pool2d_backward")
def matrices_of_both_axes(grad_output, input_shape, kernel_size, stride=None, padding=0, count_include_pad=True):
    def matrix(axis):
        k, p = np.broadcast_to(kernel_size, 2)[axis], np.broadcast_to(padding, 2)[axis]
        s = np.broadcast_to(kernel_size if stride is None else stride, 2)[axis]
        first = np.arange(grad_output.shape[2 + axis])[:, None] * s - p
        pixel = np.arange(input_shape[2 + axis])
        m = ((pixel >= first) & (pixel < first + k)).astype(float)
        return m / k if count_include_pad else m / m.sum(axis=1, keepdims=True)

    return np.einsum("ia,jb,ncij->ncab", matrix(0), matrix(1), grad_output)


@right("avg_pool2d_backward")
def tap_by_tap(grad_output, input_shape, kernel_size, stride=None, padding=0, count_include_pad=True):
    (kh, kw), (ph, pw) = (np.broadcast_to(v, 2) for v in (kernel_size, padding))
    sh, sw = np.broadcast_to(kernel_size if stride is None else stride, 2)
    N, C, H, W = input_shape
    oH, oW = grad_output.shape[2:]
    places = [np.s_[..., u : u + sh * oH : sh, v : v + sw * oW : sw] for u in range(kh) for v in range(kw)]
    inside = np.pad(np.ones((H, W), np.float32), ((ph, ph), (pw, pw)))
    count = kh * kw if count_include_pad else sum(inside[place] for place in places)
    dxp = np.zeros((N, C, *inside.shape), np.float32)
    for place in places:
        dxp[place] += (grad_output / count).astype(np.float32)
    return dxp[:, :, ph : ph + H, pw : pw + W]


@wrong("avg_pool2d_backward", "overlap_overwritten")
def mean_assigned(grad_output, input_shape, kernel_size, stride=None, padding=0, count_include_pad=True):
    stride = kernel_size if stride is None else stride
    (kh, kw), (sh, sw), (ph, pw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding))
    N, C, H, W = input_shape
    ones = np.pad(np.ones((H, W)), ((ph, ph), (pw, pw)))
    dxp = np.zeros((N, C, H + 2 * ph, W + 2 * pw))
    for i in range(grad_output.shape[2]):
        for j in range(grad_output.shape[3]):
            rows, columns = slice(i * sh, i * sh + kh), slice(j * sw, j * sw + kw)
            m = kh * kw if count_include_pad else ones[rows, columns].sum()
            dxp[:, :, rows, columns] = grad_output[:, :, i, j][:, :, None, None] / m
    return dxp[:, :, ph : ph + H, pw : pw + W]


@wrong("avg_pool2d_backward", "not_divided")
def whole_gradient_to_all(grad_output, input_shape, kernel_size, stride=None, padding=0, count_include_pad=True):
    stride = kernel_size if stride is None else stride
    (kh, kw), (sh, sw), (ph, pw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding))
    N, C, H, W = input_shape
    dxp = np.zeros((N, C, H + 2 * ph, W + 2 * pw))
    for i in range(grad_output.shape[2]):
        for j in range(grad_output.shape[3]):
            rows, columns = slice(i * sh, i * sh + kh), slice(j * sw, j * sw + kw)
            dxp[:, :, rows, columns] += grad_output[:, :, i, j][:, :, None, None]
    return dxp[:, :, ph : ph + H, pw : pw + W]


flag_the_wrong_way_round = edited(
    mean_assigned,
    "padding_counted_inverted",
    """
    -            m = kh * kw if count_include_pad else ones[rows, columns].sum()
    -            dxp[:, :, rows, columns] = grad_output[:, :, i, j][:, :, None, None] / m
    +            m = kh * kw if not count_include_pad else ones[rows, columns].sum()
    +            dxp[:, :, rows, columns] += grad_output[:, :, i, j][:, :, None, None] / m
    """,
)
flag_not_read = edited(
    whole_gradient_to_all,
    "padding_always_counted",
    """
    -            dxp[:, :, rows, columns] += grad_output[:, :, i, j][:, :, None, None]
    +            m = kh * kw
    +            dxp[:, :, rows, columns] += grad_output[:, :, i, j][:, :, None, None] / m
    """,
)
always_the_pixels_inside = edited(
    mean_assigned,
    "padding_never_counted",
    """
    -            m = kh * kw if count_include_pad else ones[rows, columns].sum()
    -            dxp[:, :, rows, columns] = grad_output[:, :, i, j][:, :, None, None] / m
    +            m = ones[rows, columns].sum()
    +            dxp[:, :, rows, columns] += grad_output[:, :, i, j][:, :, None, None] / m
    """,
)
windows_side_by_side = edited(
    mean_assigned,
    "stride_is_always_the_kernel",
    """
    -            dxp[:, :, rows, columns] = grad_output[:, :, i, j][:, :, None, None] / m
    +            dxp[:, :, rows, columns] += grad_output[:, :, i, j][:, :, None, None] / m
    """,
    ("kernel_size if stride is None else stride", "kernel_size"),
)
a_share_without_a_gradient = edited(
    mean_assigned,
    "grad_output_ignored",
    """
    -            dxp[:, :, rows, columns] = grad_output[:, :, i, j][:, :, None, None] / m
    +            dxp[:, :, rows, columns] += 1 / m
    """,
)
means_cut_with_minus_p = edited(
    mean_assigned,
    "crop_at_zero",
    """
    -            dxp[:, :, rows, columns] = grad_output[:, :, i, j][:, :, None, None] / m
    -    return dxp[:, :, ph : ph + H, pw : pw + W]
    +            dxp[:, :, rows, columns] += grad_output[:, :, i, j][:, :, None, None] / m
    +    return dxp[:, :, ph:-ph, pw:-pw]
    """,
)
means_border_left_on = edited(
    mean_assigned,
    "border_kept",
    """
    -            dxp[:, :, rows, columns] = grad_output[:, :, i, j][:, :, None, None] / m
    -    return dxp[:, :, ph : ph + H, pw : pw + W]
    +            dxp[:, :, rows, columns] += grad_output[:, :, i, j][:, :, None, None] / m
    +    return dxp
    """,
)


@wrong("avg_pool2d_backward", "stride_ignored")
def means_windows_next_to_each_other(
    grad_output, input_shape, kernel_size, stride=None, padding=0, count_include_pad=True
):
    stride = 1
    (kh, kw), (sh, sw), (ph, pw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding))
    N, C, H, W = input_shape
    ones = np.pad(np.ones((H, W)), ((ph, ph), (pw, pw)))
    dxp = np.zeros((N, C, H + 2 * ph, W + 2 * pw))
    for i in range(grad_output.shape[2]):
        for j in range(grad_output.shape[3]):
            rows, columns = slice(i * sh, i * sh + kh), slice(j * sw, j * sw + kw)
            m = kh * kw if count_include_pad else ones[rows, columns].sum()
            dxp[:, :, rows, columns] += grad_output[:, :, i, j][:, :, None, None] / m
    return dxp[:, :, ph : ph + H, pw : pw + W]


means_stride_one_by_default = edited(
    mean_assigned,
    "stride_defaults_to_one",
    """
    -            dxp[:, :, rows, columns] = grad_output[:, :, i, j][:, :, None, None] / m
    +            dxp[:, :, rows, columns] += grad_output[:, :, i, j][:, :, None, None] / m
    """,
    ("stride = kernel_size if stride", "stride = 1 if stride"),
)
means_kernel_by_column_first = edited(
    mean_assigned,
    "kernel_size_pair_swapped",
    """
    -            dxp[:, :, rows, columns] = grad_output[:, :, i, j][:, :, None, None] / m
    +            dxp[:, :, rows, columns] += grad_output[:, :, i, j][:, :, None, None] / m
    """,
    """
     def avg_pool2d_backward(grad_output, input_shape, kernel_size, stride=None, padding=0, count_include_pad=True):
    +    if np.ndim(kernel_size):
    +        kernel_size = kernel_size[::-1]
    """,
)
means_stride_by_column_first = edited(
    mean_assigned,
    "stride_pair_swapped",
    """
    -            dxp[:, :, rows, columns] = grad_output[:, :, i, j][:, :, None, None] / m
    +            dxp[:, :, rows, columns] += grad_output[:, :, i, j][:, :, None, None] / m
    """,
    """
     def avg_pool2d_backward(grad_output, input_shape, kernel_size, stride=None, padding=0, count_include_pad=True):
    +    if np.ndim(stride):
    +        stride = stride[::-1]
    """,
)
means_padding_by_column_first = edited(
    means_windows_next_to_each_other,
    "padding_pair_swapped",
    """
    -    stride = 1
    -    (kh, kw), (sh, sw), (ph, pw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding))
    +    stride = kernel_size if stride is None else stride
    +    (kh, kw), (sh, sw), (pw, ph) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding))
    """,
)
means_all_by_column_first = edited(
    mean_assigned,
    "height_width_swapped",
    """
    -            dxp[:, :, rows, columns] = grad_output[:, :, i, j][:, :, None, None] / m
    +            dxp[:, :, rows, columns] += grad_output[:, :, i, j][:, :, None, None] / m
    """,
    ("(kh, kw), (sh, sw), (ph, pw)", "(kw, kh), (sw, sh), (pw, ph)"),
)


@right("numerical_gradient")
def entry_by_entry_in_place_and_back(f, x, eps=1e-6):
    x = np.array(x, dtype=float)
    g = np.zeros(x.shape)
    it = np.nditer(x, flags=["multi_index"], op_flags=["readwrite"])
    for entry in it:
        old = float(entry)
        x[it.multi_index] = old + eps
        high = f(x)
        x[it.multi_index] = old - eps
        low = f(x)
        x[it.multi_index] = old
        g[it.multi_index] = (high - low) / 2 / eps
    return g


@right("numerical_gradient")
def unit_vectors(f, x, eps=1e-6):
    steps = np.eye(x.size).reshape(x.size, *x.shape) * eps
    return np.array([(f(x + e) - f(x - e)) / (2 * eps) for e in steps]).reshape(x.shape)


@right("numerical_gradient")
def two_one_sided_differences(f, x, eps=1e-6):
    gradient = []
    for k in range(x.size):
        up, down = x.astype(float), x.astype(float)
        up.flat[k] += eps
        down.flat[k] -= eps
        gradient.append(0.5 * (f(up) / eps - f(down) / eps))
    return np.reshape(gradient, x.shape)


@wrong("numerical_gradient", "forward_difference")
def one_side(f, x, eps=1e-6):
    g = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        moved = x.astype(float)
        moved[index] += eps
        g[index] = (f(moved) - f(x)) / eps
    return g


@wrong("numerical_gradient", "divided_by_eps")
def half_of_the_way(f, x, eps=1e-6):
    g = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        up, down = x.astype(float), x.astype(float)
        up[index] += eps
        down[index] -= eps
        g[index] = (f(up) - f(down)) / eps
    return g


@wrong("numerical_gradient", "half_a_step")
def half_to_either_side(f, x, eps=1e-6):
    g = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        up, down = x.astype(float), x.astype(float)
        up[index] += eps / 2
        down[index] -= eps / 2
        g[index] = (f(up) - f(down)) / eps
    return g


@wrong("numerical_gradient", "steps_accumulate")
def never_put_back(f, x, eps=1e-6):
    moved = x.astype(float)
    g = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        moved[index] += eps
        up = f(moved)
        moved[index] -= 2 * eps
        g[index] = (up - f(moved)) / (2 * eps)
    return g


@wrong("numerical_gradient", "step_lost_in_whole_numbers")
def copy_keeps_the_type(f, x, eps=1e-6):
    g = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[index] = x[index] + eps
        down[index] = x[index] - eps
        g[index] = (f(up) - f(down)) / (2 * eps)
    return g


@wrong("numerical_gradient", "all_entries_moved_together")
def the_formula_as_it_stands(f, x, eps=1e-6):
    return (f(x + eps) - f(x - eps)) / (2 * eps)


@wrong("numerical_gradient", "flattened")
def a_list_of_partial_derivatives(f, x, eps=1e-6):
    steps = np.eye(x.size).reshape(x.size, *x.shape) * eps
    return np.array([(f(x + e) - f(x - e)) / (2 * eps) for e in steps])


@right("gradient_check")
def entries_in_a_loop(f, values, grads, eps=1e-6, tolerance=1e-5, floor=1e-3):
    verdicts = {}
    for name in grads:
        a = grads[name]
        if a.shape != values[name].shape:
            verdicts[name] = (False, float("inf"), None)
            continue
        worst, where = -1.0, None
        for index in np.ndindex(a.shape):
            up, down = values[name].astype(float), values[name].astype(float)
            up[index] += eps
            down[index] -= eps
            n = (f(**{**values, name: up}) - f(**{**values, name: down})) / (2 * eps)
            e = abs(a[index] - n) / max(abs(a[index]), abs(n), floor) if np.isfinite(a[index]) else np.inf
            if e > worst:
                worst, where = e, index
        verdicts[name] = [worst <= tolerance, worst, None if worst <= tolerance else where]
    return verdicts


@right("gradient_check")
def with_errors_silenced(f, values, grads, eps=1e-6, tolerance=1e-5, floor=1e-3):
    def one(name, a):
        def alone(v):
            given = dict(values)
            given[name] = v
            return f(**given)

        if np.shape(a) != np.shape(values[name]):
            return False, np.inf, None
        n = numerical_gradient(alone, values[name], eps)
        with np.errstate(all="ignore"):
            e = np.abs(a - n) / np.fmax(np.fmax(np.abs(a), np.abs(n)), floor)
        e[~np.isfinite(e)] = np.inf
        if e.max() <= tolerance:
            return True, e.max(), None
        return False, e.max(), np.unravel_index(np.argmax(e), e.shape)

    return {name: one(name, a) for name, a in grads.items()}


@right("gradient_check")
def sorted_errors(f, values, grads, eps=1e-6, tolerance=1e-5, floor=1e-3):
    result = {}
    for name, a in grads.items():
        passed, error, index = False, np.inf, None
        if a.shape == values[name].shape:
            n = numerical_gradient(lambda v, name=name: f(**dict(values, **{name: v})), values[name], eps)
            scale = np.clip(np.max([np.abs(np.nan_to_num(a)), np.abs(n)], axis=0), floor, None)
            e = np.where(np.isfinite(a), np.abs(np.nan_to_num(a) - n) / scale, np.inf)
            index = tuple(np.argwhere(e == e.max())[0])
            error = e[index]
            passed = not error > tolerance
        result[name] = (passed, error, None if passed else index)
    return result


@wrong("gradient_check", "absolute_error")
def plain_difference(f, values, grads, eps=1e-6, tolerance=1e-5, floor=1e-3):
    verdicts = {}
    for name, a in grads.items():
        if a.shape != values[name].shape:
            verdicts[name] = (False, np.inf, None)
            continue
        n = numerical_gradient(lambda v, name=name: f(**{**values, name: v}), values[name], eps)
        e = np.abs(a - n)
        e = np.where(np.isfinite(a), e, np.inf)
        index = np.unravel_index(e.argmax(), e.shape)
        passed = e[index] <= tolerance
        verdicts[name] = (passed, e[index], None if passed else index)
    return verdicts


below_the_tolerance = edited(
    plain_difference,
    "strictly_below",
    ("[index] <= tolerance", "[index] < tolerance"),
    ("(a - n)", "(a - n) / np.maximum(np.maximum(np.abs(a), np.abs(n)), floor)"),
)


@wrong("gradient_check", "index_of_the_largest_difference")
def index_from_the_plain_differences(f, values, grads, eps=1e-6, tolerance=1e-5, floor=1e-3):
    verdicts = {}
    for name, a in grads.items():
        if a.shape != values[name].shape:
            verdicts[name] = (False, np.inf, None)
            continue
        n = numerical_gradient(lambda v, name=name: f(**{**values, name: v}), values[name], eps)
        e = np.abs(a - n) / np.maximum(np.maximum(np.abs(a), np.abs(n)), floor)
        e = np.where(np.isfinite(a), e, np.inf)
        index = np.unravel_index(np.argmax(np.abs(a - n)), a.shape)
        passed = e.max() <= tolerance
        verdicts[name] = (passed, e.max(), None if passed else index)
    return verdicts


@wrong("gradient_check", "forward_difference")
def own_one_sided_difference(f, values, grads, eps=1e-6, tolerance=1e-5, floor=1e-3):
    verdicts = {}
    for name, a in grads.items():
        if a.shape != values[name].shape:
            verdicts[name] = (False, np.inf, None)
            continue
        n = np.zeros(a.shape)
        for place in np.ndindex(a.shape):
            moved = values[name].astype(float)
            moved[place] += eps
            n[place] = (f(**{**values, name: moved}) - f(**values)) / eps
        e = np.abs(a - n) / np.maximum(np.maximum(np.abs(a), np.abs(n)), floor)
        e = np.where(np.isfinite(a), e, np.inf)
        index = np.unravel_index(e.argmax(), e.shape)
        passed = e[index] <= tolerance
        verdicts[name] = (passed, e[index], None if passed else index)
    return verdicts


@wrong("gradient_check", "divided_by_eps")
def own_difference_over_eps(f, values, grads, eps=1e-6, tolerance=1e-5, floor=1e-3):
    verdicts = {}
    for name, a in grads.items():
        if a.shape != values[name].shape:
            verdicts[name] = (False, np.inf, None)
            continue
        n = np.zeros(a.shape)
        for place in np.ndindex(a.shape):
            up, down = values[name].astype(float), values[name].astype(float)
            up[place] += eps
            down[place] -= eps
            n[place] = (f(**{**values, name: up}) - f(**{**values, name: down})) / eps
        e = np.abs(a - n) / np.maximum(np.maximum(np.abs(a), np.abs(n)), floor)
        e = np.where(np.isfinite(a), e, np.inf)
        index = np.unravel_index(e.argmax(), e.shape)
        passed = e[index] <= tolerance
        verdicts[name] = (passed, e[index], None if passed else index)
    return verdicts


over_the_sum = edited(
    plain_difference, "divided_by_the_sum", ("(a - n)", "(a - n) / np.maximum(np.abs(a) + np.abs(n), floor)")
)
over_the_numerical_one = edited(
    plain_difference, "divided_by_the_numerical", ("(a - n)", "(a - n) / np.maximum(np.abs(n), floor)")
)
norms = edited(
    plain_difference,
    "one_error_for_the_whole_array",
    """
    -        e = np.abs(a - n)
    +        size = max(np.linalg.norm(a), np.linalg.norm(n), floor)
    +        e = np.full(a.shape, np.linalg.norm(a - n) / size)
    """,
)
averaged_errors = edited(
    index_from_the_plain_differences,
    "mean_of_the_errors",
    """
    -        index = np.unravel_index(np.argmax(np.abs(a - n)), a.shape)
    -        passed = e.max() <= tolerance
    -        verdicts[name] = (passed, e.max(), None if passed else index)
    +        index = np.unravel_index(e.argmax(), e.shape)
    +        passed = e.mean() <= tolerance
    +        verdicts[name] = (passed, e.mean(), None if passed else index)
    """,
)
difference_with_its_sign = edited(
    plain_difference,
    "sign_of_the_difference",
    ("e = np.abs(a - n)", "e = (a - n) / np.maximum(np.maximum(np.abs(a), np.abs(n)), floor)"),
)
no_smallest_denominator = edited(
    plain_difference, "no_floor", ("(a - n)", "(a - n) / np.maximum(np.abs(a), np.abs(n))")
)
floor_in_the_sum = edited(
    plain_difference, "floor_added", ("(a - n)", "(a - n) / (np.maximum(np.abs(a), np.abs(n)) + floor)")
)


@wrong("gradient_check", "shapes_broadcast")
def shapes_not_compared(f, values, grads, eps=1e-6, tolerance=1e-5, floor=1e-3):
    verdicts = {}
    for name, a in grads.items():
        n = numerical_gradient(lambda v, name=name: f(**{**values, name: v}), values[name], eps)
        e = np.abs(a - n) / np.maximum(np.maximum(np.abs(a), np.abs(n)), floor)
        e = np.where(np.isfinite(a), e, np.inf)
        index = np.unravel_index(e.argmax(), e.shape)
        passed = e[index] <= tolerance
        verdicts[name] = (passed, e[index], None if passed else index)
    return verdicts


largest_number_without_nan = edited(
    plain_difference,
    "not_finite_passes",
    """
    -        e = np.abs(a - n)
    -        e = np.where(np.isfinite(a), e, np.inf)
    -        index = np.unravel_index(e.argmax(), e.shape)
    +        e = np.abs(a - n) / np.maximum(np.maximum(np.abs(a), np.abs(n)), floor)
    +        index = np.unravel_index(np.nanargmax(e), e.shape)
    """,
)
argmax_as_it_comes = edited(
    index_from_the_plain_differences,
    "flat_index",
    ("index = np.unravel_index(np.argmax(np.abs(a - n)), a.shape)", "index = e.argmax()"),
)
