"""Programs that somebody wrote who had seen chapter 7's notebook alone, and none of its questions.

Above each wrong program stands what is wrong with it, in its author's words. Left out are those whose idea a
program of bank.py holds already.
"""

import numpy as np

from autograde.course.program import edited, right, stray, wrong


@right("im2col")
def outside_im2col(x, kernel_size, stride=1, padding=0, dilation=1):
    (kH, kW), (sH, sW), (pH, pW), (dH, dW) = pair(kernel_size), pair(stride), pair(padding), pair(dilation)
    N, C, H, W = x.shape
    oH, oW = output_places((H, W), kernel_size, stride, padding, dilation)
    xp = np.pad(x, ((0, 0), (0, 0), (pH, pH), (pW, pW)))
    cols = np.zeros((N, C, kH, kW, oH, oW), dtype=x.dtype)
    for u in range(kH):
        for v in range(kW):
            cols[:, :, u, v] = xp[
                :, :, u * dH : u * dH + sH * (oH - 1) + 1 : sH, v * dW : v * dW + sW * (oW - 1) + 1 : sW
            ]
    return cols.reshape(N, C * kH * kW, oH * oW)


# stride and dilation mixed up
outside_im2col_4 = edited(
    outside_im2col,
    "stride_between_taps",
    """
         (kH, kW), (sH, sW), (pH, pW), (dH, dW) = pair(kernel_size), pair(stride), pair(padding), pair(dilation)
    +    u_, v_ = dH, dW
    +    dH, dW = sH, sW
    """,
)

# always float64
outside_im2col_5 = edited(
    outside_im2col,
    "",
    """
    -    cols = np.zeros((N, C, kH, kW, oH, oW), dtype=x.dtype)
    +    cols = np.zeros((N, C, kH, kW, oH, oW))
    """,
    says="the values are right, but not their type: expected float32, as you were given, got float64",
)

# puts all the padding at the bottom and on the right
outside_im2col_7 = edited(
    outside_im2col,
    "padding_after_twice",
    """
    -    xp = np.pad(x, ((0, 0), (0, 0), (pH, pH), (pW, pW)))
    +    xp = np.pad(x, ((0, 0), (0, 0), (0, 2 * pH), (0, 2 * pW)))
    """,
)


@right("col2im")
def outside_col2im(columns, output_size, kernel_size, stride=1, padding=0, dilation=1):
    H, W = pair(output_size)
    (kH, kW), (sH, sW), (pH, pW), (dH, dW) = pair(kernel_size), pair(stride), pair(padding), pair(dilation)
    oH, oW = output_places((H, W), kernel_size, stride, padding, dilation)
    N = columns.shape[0]
    C = columns.shape[1] // (kH * kW)
    cols = columns.reshape(N, C, kH, kW, oH, oW)
    out = np.zeros((N, C, H + 2 * pH, W + 2 * pW), dtype=columns.dtype)
    for u in range(kH):
        for v in range(kW):
            out[:, :, u * dH : u * dH + sH * (oH - 1) + 1 : sH, v * dW : v * dW + sW * (oW - 1) + 1 : sW] += cols[
                :, :, u, v
            ]
    return out[:, :, pH : pH + H, pW : pW + W]


# output_size pair read as (W, H)
outside_col2im_5 = edited(
    outside_col2im,
    "output_size: swapped",
    """
    -    H, W = pair(output_size)
    +    W, H = pair(output_size)
    """,
)


@right("conv2d_gemm")
def outside_conv2d_gemm(x, weight, bias=None, stride=1, padding=0, dilation=1):
    F, C, kH, kW = weight.shape
    N = x.shape[0]
    oH, oW = output_places(x.shape[2:], (kH, kW), stride, padding, dilation)
    cols = im2col(x, (kH, kW), stride, padding, dilation)
    out = weight.reshape(F, -1) @ cols
    if bias is not None:
        out = out + bias[:, None]
    return out.reshape(N, F, oH, oW)


# reshapes to (N, F, oW, oH)
outside_conv2d_gemm_2 = edited(
    outside_conv2d_gemm,
    "rows_for_columns_at_the_end",
    """
    -    return out.reshape(N, F, oH, oW)
    +    return out.reshape(N, F, oW, oH)
    """,
)

# torch order of arguments: dilation, padding, stride
outside_conv2d_gemm_3 = edited(
    outside_conv2d_gemm,
    "",
    """
    -    cols = im2col(x, (kH, kW), stride, padding, dilation)
    +    cols = im2col(x, (kH, kW), dilation, padding, stride)
    """,
    says="You give im2col the stride and the dilation in each other's place.",
)

# weights reshaped with (-1, F).T
outside_conv2d_gemm_4 = edited(
    outside_conv2d_gemm,
    "weight_read_by_columns",
    """
    -    out = weight.reshape(F, -1) @ cols
    +    out = weight.reshape(-1, F).T @ cols
    """,
)


@right("conv2d_strided_view")
def outside_conv2d_strided_view(x, weight, bias=None, stride=1, padding=0, dilation=1):
    (sH, sW), (pH, pW), (dH, dW) = pair(stride), pair(padding), pair(dilation)
    F, C, kH, kW = weight.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pH, pH), (pW, pW)))
    span = (dH * (kH - 1) + 1, dW * (kW - 1) + 1)
    view = np.lib.stride_tricks.sliding_window_view(xp, span, axis=(2, 3))[:, :, ::sH, ::sW, ::dH, ::dW]
    out = np.einsum("ncijuv,fcuv->nfij", view, weight)
    if bias is not None:
        out = out + bias[None, :, None, None]
    return out


# ignores stride in the columns
outside_conv2d_strided_view_3 = edited(
    outside_conv2d_strided_view,
    "",
    """
    -    view = np.lib.stride_tricks.sliding_window_view(xp, span, axis=(2, 3))[:, :, ::sH, ::sW, ::dH, ::dW]
    +    view = np.lib.stride_tricks.sliding_window_view(xp, span, axis=(2, 3))[:, :, ::sH, ::sH, ::dH, ::dW]
    """,
    says="'y': expected shape (3, 4, 3, 4), got (3, 4, 3, 6)",
)

# swaps u and v of the filter in einsum
outside_conv2d_strided_view_4 = edited(
    outside_conv2d_strided_view,
    "",
    """
    -    out = np.einsum("ncijuv,fcuv->nfij", view, weight)
    +    out = np.einsum("ncijuv,fcvu->nfij", view, weight)
    """,
    says="one letter of einsum has two sizes",
)


# By another author, who had seen the notebook alone, too: all of his programs.


# += with index arrays keeps one of several numbers that go to the same pixel (np.add.at would add)
@wrong("col2im", "overlap_overwritten")
def second_col2im_1(columns, output_size, kernel_size, stride=1, padding=0, dilation=1):
    H, W = pair(output_size)
    kh, kw = pair(kernel_size)
    sh, sw = pair(stride)
    ph, pw = pair(padding)
    dh, dw = pair(dilation)
    oh, ow = output_places((H, W), kernel_size, stride, padding, dilation)
    N = columns.shape[0]
    C = columns.shape[1] // (kh * kw)
    c = np.repeat(np.arange(C), kh * kw)[:, None]
    u = np.tile(np.repeat(np.arange(kh), kw), C)[:, None]
    v = np.tile(np.arange(kw), kh * C)[:, None]
    i = np.repeat(np.arange(oh), ow)[None, :]
    j = np.tile(np.arange(ow), oh)[None, :]
    out = np.zeros((N, C, H + 2 * ph, W + 2 * pw), dtype=columns.dtype)
    out[:, c, i * sh + u * dh, j * sw + v * dw] += columns
    return out[:, :, ph : ph + H, pw : pw + W]


# wants to undo im2col, and divides each pixel by the number of windows that hold it
@wrong("col2im", "overlap_averaged")
def second_col2im_2(columns, output_size, kernel_size, stride=1, padding=0, dilation=1):
    H, W = pair(output_size)
    (kH, kW), (sH, sW), (pH, pW), (dH, dW) = map(pair, (kernel_size, stride, padding, dilation))
    oH, oW = output_places((H, W), kernel_size, stride, padding, dilation)
    N = len(columns)
    six = columns.reshape(N, -1, kH, kW, oH, oW)
    img = np.zeros((N, six.shape[1], H + 2 * pH, W + 2 * pW))
    cnt = np.zeros_like(img)
    for u in range(kH):
        for v in range(kW):
            a = slice(u * dH, u * dH + (oH - 1) * sH + 1, sH)
            b = slice(v * dW, v * dW + (oW - 1) * sW + 1, sW)
            img[:, :, a, b] += six[:, :, u, v]
            cnt[:, :, a, b] += 1
    img = img / np.maximum(cnt, 1)
    return img[:, :, pH : pH + H, pW : pW + W].astype(columns.dtype)


# cuts the border off with p:-p wherever one of the paddings is not 0, empty where the other one is
@stray("col2im", "-0 is 0, so `[p:-p]` is empty at p = 0")
def second_col2im_3(columns, output_size, kernel_size, stride=1, padding=0, dilation=1):
    H, W = pair(output_size)
    kH, kW = pair(kernel_size)
    sH, sW = pair(stride)
    pH, pW = pair(padding)
    dH, dW = pair(dilation)
    oH, oW = output_places((H, W), kernel_size, stride, padding, dilation)
    N, K, L = columns.shape
    C = K // (kH * kW)
    img = np.zeros((N, C, H + 2 * pH, W + 2 * pW), columns.dtype)
    for i in range(oH):
        for j in range(oW):
            block = columns[:, :, i * oW + j].reshape(N, C, kH, kW)
            img[:, :, i * sH : i * sH + dH * (kH - 1) + 1 : dH, j * sW : j * sW + dW * (kW - 1) + 1 : dW] += block
    if pH or pW:
        img = img[:, :, pH:-pH, pW:-pW]
    return img


# forgets the conjugate, so it convolves (and the rows that it keeps are those of the correlation)
@wrong("conv2d_fft", "conjugate_left_out")
def second_conv2d_fft_1(x, weight, bias=None, stride=1, padding=0, dilation=1):
    (sH, sW), (pH, pW), (dH, dW) = map(pair, (stride, padding, dilation))
    F, C, kH, kW = weight.shape
    oH, oW = output_places(x.shape[2:], (kH, kW), 1, padding, dilation)
    xp = np.pad(x, ((0, 0), (0, 0), (pH, pH), (pW, pW)))
    big = np.zeros((F, C, dH * (kH - 1) + 1, dW * (kW - 1) + 1))
    big[:, :, ::dH, ::dW] = weight
    size = xp.shape[2:]
    X = np.fft.rfft2(xp, s=size)
    K = np.fft.rfft2(big, s=size)
    y = np.fft.irfft2(np.einsum("ncab,fcab->nfab", X, K), s=size)
    y = y[:, :, :oH, :oW][:, :, ::sH, ::sW]
    if bias is not None:
        y = y + bias[:, None, None]
    return y


# irfft2 is not told the size and takes an even width
@wrong("conv2d_fft", "size_guessed")
def second_conv2d_fft_2(x, weight, bias=None, stride=1, padding=0, dilation=1):
    sh, sw = pair(stride)
    ph, pw = pair(padding)
    dh, dw = pair(dilation)
    kh, kw = weight.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    kernel = np.zeros(weight.shape[:2] + (dh * (kh - 1) + 1, dw * (kw - 1) + 1))
    kernel[:, :, ::dh, ::dw] = weight
    spectrum = np.einsum("nchw,fchw->nfhw", np.fft.rfft2(xp), np.conj(np.fft.rfft2(kernel, s=xp.shape[2:])))
    y = np.fft.irfft2(spectrum)
    oh, ow = output_places(x.shape[2:], (kh, kw), 1, padding, dilation)
    y = y[:, :, :oh, :ow][:, :, ::sh, ::sw]
    return y if bias is None else y + bias.reshape(1, -1, 1, 1)


# weight.reshape(-1, F).T in place of reshape(F, -1), which scatters the filters' taps
@wrong("conv2d_gemm", "weight_read_by_columns")
def second_conv2d_gemm_1(x, weight, bias=None, stride=1, padding=0, dilation=1):
    F, C, kH, kW = weight.shape
    cols = im2col(x, (kH, kW), stride, padding, dilation)
    oH, oW = output_places(x.shape[2:], (kH, kW), stride, padding, dilation)
    W_mat = weight.reshape(-1, F).T
    y = W_mat @ cols
    if bias is not None:
        y = y + bias[:, None]
    return y.reshape(x.shape[0], F, oH, oW)


# gives im2col its arguments in the order of torch's unfold (dilation, padding, stride)
@wrong("conv2d_gemm", "stride: dilation")
def second_conv2d_gemm_2(x, weight, bias=None, stride=1, padding=0, dilation=1):
    N = x.shape[0]
    F = weight.shape[0]
    k = weight.shape[2:]
    oH, oW = output_places(x.shape[2:], k, dilation, padding, stride)
    columns = im2col(x, k, dilation, padding, stride)
    out = weight.reshape(F, -1) @ columns
    out = out.reshape(N, F, oH, oW)
    if bias is not None:
        out += bias.reshape(1, F, 1, 1)
    return out


# all images in one product, and the reshape to (N, F, ...) cuts through them
@wrong("conv2d_gemm", "batch_items_mixed")
def second_conv2d_gemm_3(x, weight, bias=None, stride=1, padding=0, dilation=1):
    N = x.shape[0]
    F, C, kH, kW = weight.shape
    oH, oW = output_places(x.shape[2:], (kH, kW), stride, padding, dilation)
    cols = im2col(x, (kH, kW), stride, padding, dilation)
    cols = np.hstack(list(cols))  # (C kH kW, N oH oW)
    res = np.dot(weight.reshape(F, -1), cols)
    if bias is not None:
        res = res + bias.reshape(-1, 1)
    return res.reshape(N, F, oH, oW)


# np.tensordot copies the view, so all windows are held in memory after all
@wrong("conv2d_strided_view", "windows_copied")
def second_conv2d_strided_view_1(x, weight, bias=None, stride=1, padding=0, dilation=1):
    kH, kW = weight.shape[2:]
    sH, sW = pair(stride)
    pH, pW = pair(padding)
    dH, dW = pair(dilation)
    xp = np.pad(x, ((0, 0), (0, 0), (pH, pH), (pW, pW)))
    span = (dH * (kH - 1) + 1, dW * (kW - 1) + 1)
    view = np.lib.stride_tricks.sliding_window_view(xp, span, axis=(2, 3))[:, :, ::sH, ::sW, ::dH, ::dW]
    y = np.tensordot(view, weight, axes=([1, 4, 5], [1, 2, 3])).transpose(0, 3, 1, 2)
    return y if bias is None else y + bias[:, None, None]


# as_strided on the padded images with the strides of the images before padding
@wrong("conv2d_strided_view", "strides_before_padding")
def second_conv2d_strided_view_2(x, weight, bias=None, stride=1, padding=0, dilation=1):
    N, C, H, W = x.shape
    F, _, kH, kW = weight.shape
    (sH, sW), (pH, pW), (dH, dW) = pair(stride), pair(padding), pair(dilation)
    oH, oW = output_places((H, W), (kH, kW), stride, padding, dilation)
    bn, bc, bh, bw = x.strides
    xp = np.pad(x, ((0, 0), (0, 0), (pH, pH), (pW, pW)))
    view = np.lib.stride_tricks.as_strided(
        xp,
        shape=(N, C, oH, oW, kH, kW),
        strides=(bn, bc, bh * sH, bw * sW, bh * dH, bw * dW),
    )
    out = np.einsum("ncijuv,fcuv->nfij", view, weight)
    if bias is not None:
        out = out + bias[None, :, None, None]
    return out


# windows of d * k pixels in place of d * (k - 1) + 1, so the last windows are lost with dilation
@wrong("conv2d_strided_view", "window_of_dilation_times_kernel")
def second_conv2d_strided_view_3(x, weight, bias=None, stride=1, padding=0, dilation=1):
    s, p, d = pair(stride), pair(padding), pair(dilation)
    k = weight.shape[2:]
    x = np.pad(x, ((0, 0), (0, 0), (p[0], p[0]), (p[1], p[1])))
    windows = np.lib.stride_tricks.sliding_window_view(x, (d[0] * k[0], d[1] * k[1]), axis=(2, 3))
    windows = windows[:, :, :: s[0], :: s[1], :: d[0], :: d[1]]
    y = np.einsum("nchwuv,fcuv->nfhw", windows, weight)
    if bias is not None:
        y += bias.reshape(-1, 1, 1)
    return y


# the columns are float64 whatever x is
@stray("im2col", "expected float32, as you were given, got float64.")
def second_im2col_1(x, kernel_size, stride=1, padding=0, dilation=1):
    N, C, H, W = x.shape
    (kH, kW), (sH, sW), (pH, pW), (dH, dW) = map(pair, (kernel_size, stride, padding, dilation))
    oH, oW = output_places((H, W), kernel_size, stride, padding, dilation)
    xp = np.pad(x, ((0, 0), (0, 0), (pH, pH), (pW, pW)))
    col = np.zeros((N, C * kH * kW, oH * oW))
    for i in range(oH):
        for j in range(oW):
            window = xp[:, :, i * sH : i * sH + dH * (kH - 1) + 1 : dH, j * sW : j * sW + dW * (kW - 1) + 1 : dW]
            col[:, :, i * oW + j] = window.reshape(N, -1)
    return col


# the rows are ordered tap first and channel last
@wrong("im2col", "channels_run_fastest")
def second_im2col_2(x, kernel_size, stride=1, padding=0, dilation=1):
    kh, kw = pair(kernel_size)
    sh, sw = pair(stride)
    ph, pw = pair(padding)
    dh, dw = pair(dilation)
    oh, ow = output_places(x.shape[2:], kernel_size, stride, padding, dilation)
    x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    rows = []
    for u in range(kh):
        for v in range(kw):
            tap = x[:, :, u * dh : u * dh + (oh - 1) * sh + 1 : sh, v * dw : v * dw + (ow - 1) * sw + 1 : sw]
            rows.append(tap.reshape(x.shape[0], x.shape[1], oh * ow))
    return np.concatenate(rows, axis=1)


# collects the windows as rows and brings them into shape with reshape where a transpose is needed
@wrong("im2col", "patches_reshaped")
def second_im2col_3(x, kernel_size, stride=1, padding=0, dilation=1):
    kh, kw = pair(kernel_size)
    sh, sw = pair(stride)
    ph, pw = pair(padding)
    dh, dw = pair(dilation)
    N, C, H, W = x.shape
    oh, ow = output_places((H, W), kernel_size, stride, padding, dilation)
    xp = np.pad(x, [(0, 0), (0, 0), (ph, ph), (pw, pw)])
    windows = np.empty((N, oh * ow, C * kh * kw), dtype=x.dtype)
    k = 0
    for i in range(0, oh * sh, sh):
        for j in range(0, ow * sw, sw):
            windows[:, k] = xp[:, :, i : i + dh * kh : dh, j : j + dw * kw : dw][:, :, :kh, :kw].reshape(N, -1)
            k += 1
    return windows.reshape(N, C * kh * kw, oh * ow)
