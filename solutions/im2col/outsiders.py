"""Programs that somebody wrote who had seen chapter 7's notebook alone, and none of its questions.

Above each wrong program stands what is wrong with it, in its author's words. Left out are those whose idea a
program of bank.py holds already.
"""

import numpy as np

from autograde.course.program import edited, right


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
    says="the letters of einsum and the arrays' axes do not fit: print both shapes",
)
