"""Programs for chapter 5."""

import numpy as np

from autograde.course.program import edited, right, wrong


@right("conv1x1")
def channels_to_the_end(x, weight, bias=None):
    y = np.moveaxis(x, 1, -1) @ weight[:, :, 0, 0].T
    if bias is not None:
        y = y + bias
    return np.moveaxis(y, -1, 1)


@right("conv1x1")
def image_by_image(x, weight, bias=None):
    C, H, W = x.shape[1:]
    matrix = weight.reshape(-1, C)
    y = np.stack([(matrix @ image.reshape(C, H * W)).reshape(-1, H, W) for image in x])
    return y if bias is None else y + bias.reshape(1, -1, 1, 1)


@right("conv1x1")
def pixel_by_pixel(x, weight, bias=None):
    N, C, H, W = x.shape
    y = np.zeros((N, len(weight), H, W))
    for n in range(N):
        for f in range(len(weight)):
            for i in range(H):
                for j in range(W):
                    for c in range(C):
                        y[n, f, i, j] += x[n, c, i, j] * weight[f, c, 0, 0]
                    if bias is not None:
                        y[n, f, i, j] += bias[f]
    return y


@right("conv1x1")
def broadcast_in_single_precision(x, weight, bias=None):
    y = (x.astype(np.float32)[:, None] * weight.astype(np.float32)[None]).sum(axis=2)
    return y if bias is None else y + bias.astype(np.float32)[:, None, None]


@wrong("conv1x1", "pixels_cut_by_reshape")
def no_transpose_at_all(x, weight, bias=None):
    N, C, H, W = x.shape
    y = x.reshape(-1, C) @ weight.reshape(-1, C).T
    if bias is not None:
        y = y + bias
    return y.reshape(N, -1, H, W)


@wrong("conv1x1", "weight_transposed")
def inputs_for_outputs(x, weight, bias=None):
    y = np.moveaxis(np.moveaxis(x, 1, -1) @ weight[:, :, 0, 0], -1, 1)
    return y if bias is None else y + bias[:, None, None]


@wrong("conv1x1", "first_channel_only")
def one_channel(x, weight, bias=None):
    y = np.einsum("nhw,f->nfhw", x[:, 0], weight[:, 0, 0, 0])
    return y if bias is None else y + bias[:, None, None]


@wrong("conv1x1", "channels_averaged")
def mean_over_channels(x, weight, bias=None):
    y = np.einsum("nchw,fc->nfhw", x, weight[:, :, 0, 0]) / x.shape[1]
    return y if bias is None else y + bias[:, None, None]


@wrong("conv1x1", "input_read_channels_last")
def x_reshaped_from_channels_last_1x1(x, weight, bias=None):
    N, C, H, W = x.shape
    x = x.reshape(N, H, W, C).transpose(0, 3, 1, 2)
    y = np.einsum("nchw,fc->nfhw", x, weight[:, :, 0, 0])
    return y if bias is None else y + bias[:, None, None]


@wrong("conv1x1", "output_channels_last")
def channels_at_the_end_1x1(x, weight, bias=None):
    y = np.einsum("nchw,fc->nfhw", x, weight[:, :, 0, 0])
    if bias is not None:
        y = y + bias[:, None, None]
    return np.moveaxis(y, 1, -1)


filters_first_then_reshape_1x1 = edited(
    channels_at_the_end_1x1,
    "batch_items_mixed",
    ("np.moveaxis(y, 1, -1)", "np.ascontiguousarray(y.swapaxes(0, 1)).reshape(y.shape)"),
)
rows_of_filters_reshaped_1x1 = edited(
    channels_at_the_end_1x1,
    "reshape_where_transpose_was_needed",
    ("np.moveaxis(y, 1, -1)", "np.ascontiguousarray(np.moveaxis(y, 1, -1)).reshape(y.shape)"),
)


@wrong("conv1x1", "bias_on_the_last_axis")
def bias_along_the_columns_1x1(x, weight, bias=None):
    y = np.einsum("nchw,fc->nfhw", x, weight[:, :, 0, 0])
    return y if bias is None else y + bias


bias_for_each_channel_1x1 = edited(
    bias_along_the_columns_1x1, "bias_per_channel", ("y + bias", "y + weight.shape[1] * bias[:, None, None]")
)
one_bias_for_all_1x1 = edited(bias_along_the_columns_1x1, "bias_of_first_filter", ("y + bias", "y + bias[0]"))
no_bias_1x1 = edited(bias_along_the_columns_1x1, "bias_left_out", ("y if bias is None else y + bias", "y"))


@right("grouped_conv2d")
def loops(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    F, D, kH, kW = weight.shape
    oH = (p.shape[2] - dh * (kH - 1) - 1) // sh + 1
    oW = (p.shape[3] - dw * (kW - 1) - 1) // sw + 1
    y = np.zeros((len(x), F, oH, oW))
    for n in range(len(x)):
        for f in range(F):
            first = f // (F // groups) * D
            for i in range(oH):
                for j in range(oW):
                    if bias is not None:
                        y[n, f, i, j] = bias[f]
                    for c in range(D):
                        for u in range(kH):
                            for v in range(kW):
                                y[n, f, i, j] += p[n, first + c, i * sh + u * dh, j * sw + v * dw] * weight[f, c, u, v]
    return y


@right("grouped_conv2d")
def block_diagonal(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    F, D, kH, kW = weight.shape
    full = np.zeros((F, x.shape[1], dh * (kH - 1) + 1, dw * (kW - 1) + 1))
    for f in range(F):
        q = f * groups // F
        full[f, q * D : (q + 1) * D, ::dh, ::dw] = weight[f]
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    windows = np.lib.stride_tricks.sliding_window_view(p, full.shape[2:], axis=(2, 3))[:, :, ::sh, ::sw]
    y = np.tensordot(windows, full, axes=[(1, 4, 5), (1, 2, 3)]).transpose(0, 3, 1, 2)
    return y if bias is None else y + bias.reshape(-1, 1, 1)


@right("grouped_conv2d")
def split_and_concatenate(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    if groups > 1:
        biases = [None] * groups if bias is None else np.split(bias, groups)
        parts = zip(np.split(x, groups, axis=1), np.split(weight, groups), biases, strict=True)
        return np.concatenate([grouped_conv2d(*part, stride, padding, dilation) for part in parts], axis=1)
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    span = dh * (weight.shape[2] - 1) + 1, dw * (weight.shape[3] - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(p, span, axis=(2, 3))[:, :, ::sh, ::sw, ::dh, ::dw]
    y = np.einsum("ncijuv,fcuv->nfij", windows, weight)
    return y if bias is None else y + bias[:, None, None]


@right("grouped_conv2d")
def single_precision_matrices(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    F, D, kH, kW = weight.shape
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw))).astype(np.float32)
    rows = np.arange(0, p.shape[2] - dh * (kH - 1), sh)[:, None] + dh * np.arange(kH)
    columns = np.arange(0, p.shape[3] - dw * (kW - 1), sw)[:, None] + dw * np.arange(kW)
    patches = p[:, :, rows[:, None, :, None], columns[None, :, None, :]]
    patches = patches.reshape(len(x), groups, D, len(rows), len(columns), kH, kW).transpose(1, 2, 5, 6, 0, 3, 4)
    y = weight.astype(np.float32).reshape(groups, F // groups, -1) @ patches.reshape(groups, D * kH * kW, -1)
    y = y.reshape(F, len(x), len(rows), len(columns)).swapaxes(0, 1)
    return y if bias is None else y + bias.astype(np.float32)[:, None, None]


@wrong("grouped_conv2d", "first_group_only")
def everyone_sees_the_first_group(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    span = dh * (weight.shape[2] - 1) + 1, dw * (weight.shape[3] - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(p, span, axis=(2, 3))[:, :, ::sh, ::sw, ::dh, ::dw]
    N, C, oH, oW, kH, kW = windows.shape
    windows = windows.reshape(N, groups, C // groups, oH, oW, kH, kW)
    filters = weight.reshape(groups, -1, C // groups, kH, kW)
    y = np.einsum("ncijuv,gfcuv->ngfij", windows[:, 0], filters).reshape(N, len(weight), oH, oW)
    return y if bias is None else y + bias[:, None, None]


same_planes_for_every_group = edited(
    everyone_sees_the_first_group,
    "groups_ignored",
    """
    -    y = np.einsum("ncijuv,gfcuv->ngfij", windows[:, 0], filters).reshape(N, len(weight), oH, oW)
    +    y = np.einsum("nhcijuv,gfcuv->ngfij", windows, filters).reshape(N, len(weight), oH, oW)
    """,
)
every_gth_channel = edited(
    everyone_sees_the_first_group,
    "channels_interleaved",
    """
    -    y = np.einsum("ncijuv,gfcuv->ngfij", windows[:, 0], filters).reshape(N, len(weight), oH, oW)
    +    y = np.einsum("ngcijuv,gfcuv->ngfij", windows, filters).reshape(N, len(weight), oH, oW)
    """,
    ("(N, groups, C // groups, oH, oW, kH, kW)", "(N, C // groups, groups, oH, oW, kH, kW).swapaxes(1, 2)"),
)
filters_dealt_in_turn = edited(
    everyone_sees_the_first_group,
    "filters_interleaved",
    """
    -    filters = weight.reshape(groups, -1, C // groups, kH, kW)
    -    y = np.einsum("ncijuv,gfcuv->ngfij", windows[:, 0], filters).reshape(N, len(weight), oH, oW)
    +    filters = weight.reshape(-1, groups, C // groups, kH, kW)
    +    y = np.einsum("ngcijuv,fgcuv->nfgij", windows, filters).reshape(N, len(weight), oH, oW)
    """,
)
stacked_on_the_wrong_axis = edited(
    everyone_sees_the_first_group,
    "outputs_interleaved",
    """
    -    y = np.einsum("ncijuv,gfcuv->ngfij", windows[:, 0], filters).reshape(N, len(weight), oH, oW)
    +    y = np.einsum("ngcijuv,gfcuv->nfgij", windows, filters).reshape(N, len(weight), oH, oW)
    """,
)


@wrong("grouped_conv2d", "groups_added_up")
def sum_of_the_groups(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    span = dh * (weight.shape[2] - 1) + 1, dw * (weight.shape[3] - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(p, span, axis=(2, 3))[:, :, ::sh, ::sw, ::dh, ::dw]
    N, C, oH, oW, kH, kW = windows.shape
    windows = windows.reshape(N, groups, C // groups, oH, oW, kH, kW)
    filters = weight.reshape(groups, -1, C // groups, kH, kW)
    y = np.einsum("ngcijuv,gfcuv->nfij", windows, filters)
    if bias is not None:
        y = y + bias.reshape(groups, -1).sum(axis=0)[:, None, None]
    return y


biases_of_the_first_group = edited(
    everyone_sees_the_first_group,
    "bias_restarts_in_each_group",
    """
    -    y = np.einsum("ncijuv,gfcuv->ngfij", windows[:, 0], filters).reshape(N, len(weight), oH, oW)
    -    return y if bias is None else y + bias[:, None, None]
    +    y = np.einsum("ngcijuv,gfcuv->ngfij", windows, filters).reshape(N, len(weight), oH, oW)
    +    return y if bias is None else y + np.tile(bias[: len(bias) // groups], groups)[:, None, None]
    """,
)
mathematics_convolution = edited(
    everyone_sees_the_first_group,
    "kernel_flipped",
    """
    -    y = np.einsum("ncijuv,gfcuv->ngfij", windows[:, 0], filters).reshape(N, len(weight), oH, oW)
    +    y = np.einsum("ngcijuv,gfcuv->ngfij", windows, filters[..., ::-1, ::-1]).reshape(N, len(weight), oH, oW)
    """,
)
rows_for_columns = edited(
    everyone_sees_the_first_group,
    "kernel_transposed",
    """
    -    y = np.einsum("ncijuv,gfcuv->ngfij", windows[:, 0], filters).reshape(N, len(weight), oH, oW)
    +    y = np.einsum("ngcijuv,gfcuv->ngfij", windows, filters).reshape(N, len(weight), oH, oW)
    """,
    """
     def grouped_conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    +    weight = weight.swapaxes(2, 3)
    """,
)
x_reshaped_from_channels_last = edited(
    everyone_sees_the_first_group,
    "input_read_channels_last",
    """
    -    y = np.einsum("ncijuv,gfcuv->ngfij", windows[:, 0], filters).reshape(N, len(weight), oH, oW)
    +    y = np.einsum("ngcijuv,gfcuv->ngfij", windows, filters).reshape(N, len(weight), oH, oW)
    """,
    """
     def grouped_conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    +    N, C, H, W = x.shape
    +    x = x.reshape(N, H, W, C).transpose(0, 3, 1, 2)
    """,
)


@wrong("grouped_conv2d", "output_channels_last")
def channels_at_the_end(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    span = dh * (weight.shape[2] - 1) + 1, dw * (weight.shape[3] - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(p, span, axis=(2, 3))[:, :, ::sh, ::sw, ::dh, ::dw]
    N, C, oH, oW, kH, kW = windows.shape
    windows = windows.reshape(N, groups, C // groups, oH, oW, kH, kW)
    filters = weight.reshape(groups, -1, C // groups, kH, kW)
    y = np.einsum("ngcijuv,gfcuv->ngfij", windows, filters).reshape(N, len(weight), oH, oW)
    if bias is not None:
        y = y + bias[:, None, None]
    return np.moveaxis(y, 1, -1)


filters_first_then_reshape = edited(
    channels_at_the_end,
    "batch_items_mixed",
    ("np.moveaxis(y, 1, -1)", "np.ascontiguousarray(y.swapaxes(0, 1)).reshape(y.shape)"),
)
rows_of_filters_reshaped = edited(
    channels_at_the_end,
    "reshape_where_transpose_was_needed",
    ("np.moveaxis(y, 1, -1)", "np.ascontiguousarray(np.moveaxis(y, 1, -1)).reshape(y.shape)"),
)
bias_along_the_columns = edited(
    everyone_sees_the_first_group,
    "bias_on_the_last_axis",
    """
    -    y = np.einsum("ncijuv,gfcuv->ngfij", windows[:, 0], filters).reshape(N, len(weight), oH, oW)
    -    return y if bias is None else y + bias[:, None, None]
    +    y = np.einsum("ngcijuv,gfcuv->ngfij", windows, filters).reshape(N, len(weight), oH, oW)
    +    return y if bias is None else y + bias
    """,
)
bias_for_each_channel = edited(
    everyone_sees_the_first_group,
    "bias_per_channel",
    """
    -    y = np.einsum("ncijuv,gfcuv->ngfij", windows[:, 0], filters).reshape(N, len(weight), oH, oW)
    -    return y if bias is None else y + bias[:, None, None]
    +    y = np.einsum("ngcijuv,gfcuv->ngfij", windows, filters).reshape(N, len(weight), oH, oW)
    +    return y if bias is None else y + weight.shape[1] * bias[:, None, None]
    """,
)
bias_for_each_tap = edited(
    everyone_sees_the_first_group,
    "bias_per_tap",
    """
    -    y = np.einsum("ncijuv,gfcuv->ngfij", windows[:, 0], filters).reshape(N, len(weight), oH, oW)
    -    return y if bias is None else y + bias[:, None, None]
    +    y = np.einsum("ngcijuv,gfcuv->ngfij", windows, filters).reshape(N, len(weight), oH, oW)
    +    return y if bias is None else y + weight[0].size * bias[:, None, None]
    """,
)
one_bias_for_all = edited(
    everyone_sees_the_first_group,
    "bias_of_first_filter",
    """
    -    y = np.einsum("ncijuv,gfcuv->ngfij", windows[:, 0], filters).reshape(N, len(weight), oH, oW)
    -    return y if bias is None else y + bias[:, None, None]
    +    y = np.einsum("ngcijuv,gfcuv->ngfij", windows, filters).reshape(N, len(weight), oH, oW)
    +    return y if bias is None else y + bias[0]
    """,
)
no_bias = edited(
    everyone_sees_the_first_group,
    "bias_left_out",
    """
    -    y = np.einsum("ncijuv,gfcuv->ngfij", windows[:, 0], filters).reshape(N, len(weight), oH, oW)
    -    return y if bias is None else y + bias[:, None, None]
    +    y = np.einsum("ngcijuv,gfcuv->ngfij", windows, filters).reshape(N, len(weight), oH, oW)
    +    return y
    """,
)


@wrong("grouped_conv2d", "stride_ignored_in_window")
def window_starts_at_i(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    span = dh * (weight.shape[2] - 1) + 1, dw * (weight.shape[3] - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(p, span, axis=(2, 3))[:, :, :, :, ::dh, ::dw]
    oh, ow = -(-windows.shape[2] // sh), -(-windows.shape[3] // sw)
    windows = windows[:, :, :oh, :ow]
    N, C, oH, oW, kH, kW = windows.shape
    windows = windows.reshape(N, groups, C // groups, oH, oW, kH, kW)
    filters = weight.reshape(groups, -1, C // groups, kH, kW)
    y = np.einsum("ngcijuv,gfcuv->ngfij", windows, filters).reshape(N, len(weight), oH, oW)
    return y if bias is None else y + bias[:, None, None]


stride_by_column_first = edited(
    everyone_sees_the_first_group,
    "stride_pair_swapped",
    """
    -    y = np.einsum("ncijuv,gfcuv->ngfij", windows[:, 0], filters).reshape(N, len(weight), oH, oW)
    +    y = np.einsum("ngcijuv,gfcuv->ngfij", windows, filters).reshape(N, len(weight), oH, oW)
    """,
    ("sh, sw", "sw, sh"),
)
padding_by_column_first = edited(
    everyone_sees_the_first_group,
    "padding_pair_swapped",
    """
    -    y = np.einsum("ncijuv,gfcuv->ngfij", windows[:, 0], filters).reshape(N, len(weight), oH, oW)
    +    y = np.einsum("ngcijuv,gfcuv->ngfij", windows, filters).reshape(N, len(weight), oH, oW)
    """,
    ("ph, pw", "pw, ph"),
)
dilation_by_column_first = edited(
    everyone_sees_the_first_group,
    "dilation_pair_swapped",
    """
    -    y = np.einsum("ncijuv,gfcuv->ngfij", windows[:, 0], filters).reshape(N, len(weight), oH, oW)
    +    y = np.einsum("ngcijuv,gfcuv->ngfij", windows, filters).reshape(N, len(weight), oH, oW)
    """,
    ("dh, dw", "dw, dh"),
)
everything_by_column_first = edited(
    everyone_sees_the_first_group,
    "height_width_swapped",
    """
    -    y = np.einsum("ncijuv,gfcuv->ngfij", windows[:, 0], filters).reshape(N, len(weight), oH, oW)
    +    y = np.einsum("ngcijuv,gfcuv->ngfij", windows, filters).reshape(N, len(weight), oH, oW)
    """,
    ("(sh, sw), (ph, pw), (dh, dw)", "(sw, sh), (pw, ph), (dw, dh)"),
)
one_number_for_both_axes = edited(
    everyone_sees_the_first_group,
    "first_of_pair_for_both",
    """
    -    y = np.einsum("ncijuv,gfcuv->ngfij", windows[:, 0], filters).reshape(N, len(weight), oH, oW)
    +    y = np.einsum("ngcijuv,gfcuv->ngfij", windows, filters).reshape(N, len(weight), oH, oW)
    """,
    """
     def grouped_conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    +    stride, padding, dilation = (v if isinstance(v, int) else v[0] for v in (stride, padding, dilation))
    """,
)


@wrong("grouped_conv2d", "padding_is_total")
def half_the_padding(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    p = np.pad(x, ((0, 0), (0, 0), (ph // 2, ph - ph // 2), (pw // 2, pw - pw // 2)))
    span = dh * (weight.shape[2] - 1) + 1, dw * (weight.shape[3] - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(p, span, axis=(2, 3))[:, :, ::sh, ::sw, ::dh, ::dw]
    N, C, oH, oW, kH, kW = windows.shape
    windows = windows.reshape(N, groups, C // groups, oH, oW, kH, kW)
    filters = weight.reshape(groups, -1, C // groups, kH, kW)
    y = np.einsum("ngcijuv,gfcuv->ngfij", windows, filters).reshape(N, len(weight), oH, oW)
    return y if bias is None else y + bias[:, None, None]


top_and_left = edited(
    half_the_padding,
    "padding_before_only",
    """
    -    p = np.pad(x, ((0, 0), (0, 0), (ph // 2, ph - ph // 2), (pw // 2, pw - pw // 2)))
    +    p = np.pad(x, ((0, 0), (0, 0), (ph, 0), (pw, 0)))
    """,
)
dense_taps = edited(
    half_the_padding,
    "dilation_ignored",
    """
    -    p = np.pad(x, ((0, 0), (0, 0), (ph // 2, ph - ph // 2), (pw // 2, pw - pw // 2)))
    +    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    """,
    """
     def grouped_conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    +    dilation = 1
    """,
)
taps_too_far_apart = edited(
    half_the_padding,
    "dilation_counts_gaps",
    """
    -    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    -    p = np.pad(x, ((0, 0), (0, 0), (ph // 2, ph - ph // 2), (pw // 2, pw - pw // 2)))
    +    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, np.add(dilation, 1)))
    +    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    """,
)
one_window_more = edited(
    half_the_padding,
    "ceil_for_floor",
    """
    -    p = np.pad(x, ((0, 0), (0, 0), (ph // 2, ph - ph // 2), (pw // 2, pw - pw // 2)))
    +    p = np.pad(x, ((0, 0), (0, 0), (ph, ph + sh - 1), (pw, pw + sw - 1)))
    """,
)


@right("depthwise_separable_conv2d")
def one_full_filter_for_each_map(x, depthwise_weight, pointwise_weight, bias=None, stride=1, padding=0):
    weight = pointwise_weight * depthwise_weight.swapaxes(0, 1)
    return grouped_conv2d(x, weight, bias, stride, padding)


@right("depthwise_separable_conv2d")
def stride_after_mixing(x, depthwise_weight, pointwise_weight, bias=None, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    dense = grouped_conv2d(x, depthwise_weight, padding=padding, groups=len(depthwise_weight))
    return conv1x1(dense, pointwise_weight, bias)[:, :, ::sh, ::sw]


@right("depthwise_separable_conv2d")
def windows_and_einsum(x, depthwise_weight, pointwise_weight, bias=None, stride=1, padding=0):
    (sh, sw), (ph, pw) = (np.broadcast_to(v, 2) for v in (stride, padding))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    windows = np.lib.stride_tricks.sliding_window_view(p, depthwise_weight.shape[2:], axis=(2, 3))[:, :, ::sh, ::sw]
    maps = (windows * depthwise_weight[:, 0, None, None]).sum(axis=(4, 5))
    y = np.einsum("ncij,fc->nfij", maps, pointwise_weight[..., 0, 0])
    return y if bias is None else y + bias[None, :, None, None]


@right("depthwise_separable_conv2d")
def channel_by_channel_in_single_precision(x, depthwise_weight, pointwise_weight, bias=None, stride=1, padding=0):
    (sh, sw), (ph, pw) = (np.broadcast_to(v, 2) for v in (stride, padding))
    total = 0
    for c in range(x.shape[1]):
        p = np.pad(x[:, c].astype(np.float32), ((0, 0), (ph, ph), (pw, pw)))
        windows = np.lib.stride_tricks.sliding_window_view(p, depthwise_weight.shape[2:], axis=(1, 2))[:, ::sh, ::sw]
        single = np.tensordot(windows, depthwise_weight[c, 0].astype(np.float32), 2)
        total = total + single[:, None] * pointwise_weight[:, c].astype(np.float32)
    return total if bias is None else total + bias.astype(np.float32)[:, None, None]


@wrong("depthwise_separable_conv2d", "first_kernel_for_all")
def one_kernel(x, depthwise_weight, pointwise_weight, bias=None, stride=1, padding=0):
    (sh, sw), (ph, pw) = (np.broadcast_to(v, 2) for v in (stride, padding))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    windows = np.lib.stride_tricks.sliding_window_view(p, depthwise_weight.shape[2:], axis=(2, 3))[:, :, ::sh, ::sw]
    maps = np.einsum("ncijuv,uv->ncij", windows, depthwise_weight[0, 0])
    y = np.einsum("ncij,fc->nfij", maps, pointwise_weight[:, :, 0, 0])
    return y if bias is None else y + bias[:, None, None]


@wrong("depthwise_separable_conv2d", "channels_added_too_early")
def depthwise_adds_up(x, depthwise_weight, pointwise_weight, bias=None, stride=1, padding=0):
    (sh, sw), (ph, pw) = (np.broadcast_to(v, 2) for v in (stride, padding))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    windows = np.lib.stride_tricks.sliding_window_view(p, depthwise_weight.shape[2:], axis=(2, 3))[:, :, ::sh, ::sw]
    maps = np.einsum("ncijuv,cuv->nij", windows, depthwise_weight[:, 0])
    y = np.einsum("nij,fc->nfij", maps, pointwise_weight[:, :, 0, 0])
    return y if bias is None else y + bias[:, None, None]


@wrong("depthwise_separable_conv2d", "pointwise_first")
def mix_then_filter(x, depthwise_weight, pointwise_weight, bias=None, stride=1, padding=0):
    mixed = np.einsum("nchw,fc->nfhw", x, pointwise_weight[:, :, 0, 0])
    (sh, sw), (ph, pw) = (np.broadcast_to(v, 2) for v in (stride, padding))
    p = np.pad(mixed, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    windows = np.lib.stride_tricks.sliding_window_view(p, depthwise_weight.shape[2:], axis=(2, 3))[:, :, ::sh, ::sw]
    y = np.einsum("ncijuv,cuv->ncij", windows, depthwise_weight[:, 0])
    return y if bias is None else y + bias[:, None, None]


@wrong("depthwise_separable_conv2d", "pointwise_left_out")
def depthwise_only(x, depthwise_weight, pointwise_weight, bias=None, stride=1, padding=0):
    (sh, sw), (ph, pw) = (np.broadcast_to(v, 2) for v in (stride, padding))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    windows = np.lib.stride_tricks.sliding_window_view(p, depthwise_weight.shape[2:], axis=(2, 3))[:, :, ::sh, ::sw]
    y = np.einsum("ncijuv,cuv->ncij", windows, depthwise_weight[:, 0])
    return y if bias is None else y + bias[:, None, None]


@wrong("depthwise_separable_conv2d", "pointwise_transposed")
def mixing_matrix_transposed(x, depthwise_weight, pointwise_weight, bias=None, stride=1, padding=0):
    (sh, sw), (ph, pw) = (np.broadcast_to(v, 2) for v in (stride, padding))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    windows = np.lib.stride_tricks.sliding_window_view(p, depthwise_weight.shape[2:], axis=(2, 3))[:, :, ::sh, ::sw]
    maps = np.einsum("ncijuv,cuv->ncij", windows, depthwise_weight[:, 0])
    y = np.moveaxis(np.moveaxis(maps, 1, -1) @ pointwise_weight[:, :, 0, 0], -1, 1)
    return y if bias is None else y + bias[:, None, None]


activation_in_the_middle = edited(
    mixing_matrix_transposed,
    "relu_between",
    """
    -    y = np.moveaxis(np.moveaxis(maps, 1, -1) @ pointwise_weight[:, :, 0, 0], -1, 1)
    +    y = np.einsum("ncij,fc->nfij", np.maximum(maps, 0), pointwise_weight[:, :, 0, 0])
    """,
)


@wrong("depthwise_separable_conv2d", "bias_before_pointwise")
def bias_in_the_middle(x, depthwise_weight, pointwise_weight, bias=None, stride=1, padding=0):
    (sh, sw), (ph, pw) = (np.broadcast_to(v, 2) for v in (stride, padding))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    windows = np.lib.stride_tricks.sliding_window_view(p, depthwise_weight.shape[2:], axis=(2, 3))[:, :, ::sh, ::sw]
    maps = np.einsum("ncijuv,cuv->ncij", windows, depthwise_weight[:, 0])
    if bias is not None:
        maps = maps + bias[:, None, None]
    y = np.einsum("ncij,fc->nfij", maps, pointwise_weight[:, :, 0, 0])
    return y


pointwise_padded_too = edited(
    mixing_matrix_transposed,
    "padded_twice",
    """
    -    y = np.moveaxis(np.moveaxis(maps, 1, -1) @ pointwise_weight[:, :, 0, 0], -1, 1)
    +    maps = np.pad(maps, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    +    y = np.einsum("ncij,fc->nfij", maps, pointwise_weight[:, :, 0, 0])
    """,
)
pointwise_strided_too = edited(
    mixing_matrix_transposed,
    "strided_twice",
    """
    -    y = np.moveaxis(np.moveaxis(maps, 1, -1) @ pointwise_weight[:, :, 0, 0], -1, 1)
    +    y = np.einsum("ncij,fc->nfij", maps[:, :, ::sh, ::sw], pointwise_weight[:, :, 0, 0])
    """,
)
kernels_flipped = edited(
    one_kernel,
    "kernel_flipped",
    """
    -    maps = np.einsum("ncijuv,uv->ncij", windows, depthwise_weight[0, 0])
    +    maps = np.einsum("ncijuv,cuv->ncij", windows, depthwise_weight[:, 0, ::-1, ::-1])
    """,
)


@wrong("depthwise_separable_conv2d", "input_read_channels_last")
def x_reshaped_from_channels_last_separable(x, depthwise_weight, pointwise_weight, bias=None, stride=1, padding=0):
    N, C, H, W = x.shape
    x = x.reshape(N, H, W, C).transpose(0, 3, 1, 2)
    (sh, sw), (ph, pw) = (np.broadcast_to(v, 2) for v in (stride, padding))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    windows = np.lib.stride_tricks.sliding_window_view(p, depthwise_weight.shape[2:], axis=(2, 3))[:, :, ::sh, ::sw]
    maps = np.einsum("ncijuv,cuv->ncij", windows, depthwise_weight[:, 0])
    y = np.einsum("ncij,fc->nfij", maps, pointwise_weight[:, :, 0, 0])
    return y if bias is None else y + bias[:, None, None]


@wrong("depthwise_separable_conv2d", "output_channels_last")
def channels_at_the_end_separable(x, depthwise_weight, pointwise_weight, bias=None, stride=1, padding=0):
    (sh, sw), (ph, pw) = (np.broadcast_to(v, 2) for v in (stride, padding))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    windows = np.lib.stride_tricks.sliding_window_view(p, depthwise_weight.shape[2:], axis=(2, 3))[:, :, ::sh, ::sw]
    maps = np.einsum("ncijuv,cuv->ncij", windows, depthwise_weight[:, 0])
    y = np.einsum("ncij,fc->nfij", maps, pointwise_weight[:, :, 0, 0])
    if bias is not None:
        y = y + bias[:, None, None]
    return np.moveaxis(y, 1, -1)


filters_first_then_reshape_separable = edited(
    channels_at_the_end_separable,
    "batch_items_mixed",
    ("np.moveaxis(y, 1, -1)", "np.ascontiguousarray(y.swapaxes(0, 1)).reshape(y.shape)"),
)
rows_of_filters_reshaped_separable = edited(
    channels_at_the_end_separable,
    "reshape_where_transpose_was_needed",
    ("np.moveaxis(y, 1, -1)", "np.ascontiguousarray(np.moveaxis(y, 1, -1)).reshape(y.shape)"),
)


@wrong("depthwise_separable_conv2d", "bias_on_the_last_axis")
def bias_along_the_columns_separable(x, depthwise_weight, pointwise_weight, bias=None, stride=1, padding=0):
    (sh, sw), (ph, pw) = (np.broadcast_to(v, 2) for v in (stride, padding))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    windows = np.lib.stride_tricks.sliding_window_view(p, depthwise_weight.shape[2:], axis=(2, 3))[:, :, ::sh, ::sw]
    maps = np.einsum("ncijuv,cuv->ncij", windows, depthwise_weight[:, 0])
    y = np.einsum("ncij,fc->nfij", maps, pointwise_weight[:, :, 0, 0])
    return y if bias is None else y + bias


bias_for_each_channel_separable = edited(
    bias_along_the_columns_separable, "bias_per_channel", ("y + bias", "y + x.shape[1] * bias[:, None, None]")
)
one_bias_for_all_separable = edited(
    bias_along_the_columns_separable, "bias_of_first_filter", ("y + bias", "y + bias[0]")
)
no_bias_separable = edited(bias_along_the_columns_separable, "bias_left_out", ("y if bias is None else y + bias", "y"))


@wrong("depthwise_separable_conv2d", "stride_ignored_in_window")
def window_starts_at_i_separable(x, depthwise_weight, pointwise_weight, bias=None, stride=1, padding=0):
    (sh, sw), (ph, pw) = (np.broadcast_to(v, 2) for v in (stride, padding))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    windows = np.lib.stride_tricks.sliding_window_view(p, depthwise_weight.shape[2:], axis=(2, 3))
    oH, oW = -(-windows.shape[2] // sh), -(-windows.shape[3] // sw)
    windows = windows[:, :, :oH, :oW]
    maps = np.einsum("ncijuv,cuv->ncij", windows, depthwise_weight[:, 0])
    y = np.einsum("ncij,fc->nfij", maps, pointwise_weight[:, :, 0, 0])
    return y if bias is None else y + bias[:, None, None]


stride_by_column_first_separable = edited(
    bias_along_the_columns_separable,
    "stride_pair_swapped",
    ("y + bias", "y + bias[:, None, None]"),
    ("sh, sw", "sw, sh"),
)
padding_by_column_first_separable = edited(
    bias_along_the_columns_separable,
    "padding_pair_swapped",
    ("y + bias", "y + bias[:, None, None]"),
    ("ph, pw", "pw, ph"),
)
both_by_column_first_separable = edited(
    bias_along_the_columns_separable,
    "height_width_swapped",
    ("y + bias", "y + bias[:, None, None]"),
    ("(sh, sw), (ph, pw)", "(sw, sh), (pw, ph)"),
)
one_number_for_both_axes_separable = edited(
    bias_along_the_columns_separable,
    "first_of_pair_for_both",
    ("y + bias", "y + bias[:, None, None]"),
    """
     def depthwise_separable_conv2d(x, depthwise_weight, pointwise_weight, bias=None, stride=1, padding=0):
    +    stride, padding = (v if isinstance(v, int) else v[0] for v in (stride, padding))
    """,
)


@wrong("depthwise_separable_conv2d", "padding_is_total")
def half_the_padding_separable(x, depthwise_weight, pointwise_weight, bias=None, stride=1, padding=0):
    (sh, sw), (ph, pw) = (np.broadcast_to(v, 2) for v in (stride, padding))
    p = np.pad(x, ((0, 0), (0, 0), (ph // 2, ph - ph // 2), (pw // 2, pw - pw // 2)))
    windows = np.lib.stride_tricks.sliding_window_view(p, depthwise_weight.shape[2:], axis=(2, 3))[:, :, ::sh, ::sw]
    maps = np.einsum("ncijuv,cuv->ncij", windows, depthwise_weight[:, 0])
    y = np.einsum("ncij,fc->nfij", maps, pointwise_weight[:, :, 0, 0])
    return y if bias is None else y + bias[:, None, None]


top_and_left_separable = edited(
    half_the_padding_separable,
    "padding_before_only",
    """
    -    p = np.pad(x, ((0, 0), (0, 0), (ph // 2, ph - ph // 2), (pw // 2, pw - pw // 2)))
    +    p = np.pad(x, ((0, 0), (0, 0), (ph, 0), (pw, 0)))
    """,
)
one_window_more_separable = edited(
    half_the_padding_separable,
    "ceil_for_floor",
    """
    -    p = np.pad(x, ((0, 0), (0, 0), (ph // 2, ph - ph // 2), (pw // 2, pw - pw // 2)))
    +    p = np.pad(x, ((0, 0), (0, 0), (ph, ph + sh - 1), (pw, pw + sw - 1)))
    """,
)


@right("channel_shuffle")
def list_of_places(x, groups):
    C = x.shape[1]
    return x[:, [q * (C // groups) + k for k in range(C // groups) for q in range(groups)]]


@right("channel_shuffle")
def transposed_table(x, groups):
    order = np.arange(x.shape[1]).reshape(groups, -1).T.ravel()
    return np.take(x, order, axis=1).astype(np.float32)


@right("channel_shuffle")
def write_with_a_step(x, groups):
    y = np.empty_like(x)
    for q, part in enumerate(np.split(x, groups, axis=1)):
        y[:, q::groups] = part
    return y


@wrong("channel_shuffle", "shuffle_inverted")
def read_with_a_step(x, groups):
    return np.concatenate([x[:, q::groups] for q in range(groups)], axis=1)


@wrong("channel_shuffle", "nothing_moved")
def there_and_back(x, groups):
    N, C, H, W = x.shape
    return x.reshape(N, groups, C // groups, H, W).reshape(N, C, H, W)


@wrong("channel_shuffle", "groups_reversed")
def groups_exchanged(x, groups):
    return np.concatenate(np.split(x, groups, axis=1)[::-1], axis=1)


@wrong("channel_shuffle", "pixels_shuffled_too")
def pixels_merged(x, groups):
    return x.reshape(len(x), groups, -1).transpose(0, 2, 1).reshape(x.shape)


@wrong("channel_shuffle", "batch_items_mixed")
def batch_forgotten(x, groups):
    N, C, H, W = x.shape
    return x.reshape(groups, C // groups, N, H, W).swapaxes(0, 1).reshape(N, C, H, W)


@wrong("depthwise_separable_conv2d", "all_read_the_first_channel")
def depthwise_on_channel_zero(x, depthwise_weight, pointwise_weight, bias=None, stride=1, padding=0):
    maps = grouped_conv2d(x[:, :1], depthwise_weight, None, stride, padding)
    return grouped_conv2d(maps, pointwise_weight, bias)


@wrong("depthwise_separable_conv2d", "all_read_all_channels")
def depthwise_without_groups(x, depthwise_weight, pointwise_weight, bias=None, stride=1, padding=0):
    everything = np.repeat(depthwise_weight, x.shape[1], axis=1)
    maps = grouped_conv2d(x, everything, None, stride, padding)
    return grouped_conv2d(maps, pointwise_weight, bias)


@wrong("channel_shuffle", "all_in_one_table")
def one_table_for_everything(x, groups):
    return x.reshape(groups, -1).T.reshape(x.shape)


@wrong("conv1x1", "output_takes_integer_type")
def pixels_of_the_image_type(x, weight, bias=None):
    y = np.zeros((len(x), len(weight), *x.shape[2:]), x.dtype)
    for f in range(len(weight)):
        y[:, f] = np.sum(x * weight[f], axis=1) + (0 if bias is None else bias[f])
    return y


@wrong("grouped_conv2d", "output_takes_integer_type")
def groups_of_the_image_type(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    span = dh * (weight.shape[2] - 1) + 1, dw * (weight.shape[3] - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(p, span, axis=(2, 3))[:, :, ::sh, ::sw, ::dh, ::dw]
    y = np.zeros((len(x), len(weight), *windows.shape[2:4]), x.dtype)
    depth = weight.shape[1]
    for f, plane in enumerate(weight):
        first = f * groups // len(weight) * depth
        seen = windows[:, first : first + depth]
        y[:, f] = np.einsum("ncijuv,cuv->nij", seen, plane) + (0 if bias is None else bias[f])
    return y


@wrong("depthwise_separable_conv2d", "output_takes_integer_type")
def both_steps_of_the_image_type(x, depthwise_weight, pointwise_weight, bias=None, stride=1, padding=0):
    maps = grouped_conv2d(x, depthwise_weight, None, stride, padding, 1, x.shape[1]).astype(x.dtype)
    return conv1x1(maps, pointwise_weight, bias).astype(x.dtype)
