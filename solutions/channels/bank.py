"""Programs for chapter 4."""

import numpy as np

from autograde.course.program import edited, right, wrong


@right("conv2d")
def seven_loops(x, weight, bias=None, stride=1, padding=0, dilation=1):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    dh, dw = np.broadcast_to(dilation, 2)
    N, C, H, W = x.shape
    F, _, kH, kW = weight.shape
    oH = (H + 2 * ph - dh * (kH - 1) - 1) // sh + 1
    oW = (W + 2 * pw - dw * (kW - 1) - 1) // sw + 1
    y = np.zeros((N, F, oH, oW))
    for n in range(N):
        for f in range(F):
            for i in range(oH):
                for j in range(oW):
                    total = 0.0 if bias is None else bias[f]
                    for c in range(C):
                        for u in range(kH):
                            for v in range(kW):
                                r, s = i * sh + u * dh - ph, j * sw + v * dw - pw
                                if 0 <= r < H and 0 <= s < W:
                                    total += x[n, c, r, s] * weight[f, c, u, v]
                    y[n, f, i, j] = total
    return y


@right("conv2d")
def patches_times_matrix(x, weight, bias=None, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    F, C, kH, kW = weight.shape
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    rows = np.arange(0, p.shape[2] - dh * (kH - 1), sh)[:, None] + dh * np.arange(kH)
    columns = np.arange(0, p.shape[3] - dw * (kW - 1), sw)[:, None] + dw * np.arange(kW)
    patches = p[:, :, rows[:, None, :, None], columns[None, :, None, :]]
    matrix = patches.transpose(0, 2, 3, 1, 4, 5).reshape(-1, C * kH * kW)
    y = matrix @ weight.reshape(F, -1).T
    if bias is not None:
        y += bias
    return y.reshape(len(x), len(rows), len(columns), F).transpose(0, 3, 1, 2)


@right("conv2d")
def fourier(x, weight, bias=None, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    F, C, kH, kW = weight.shape
    big = np.zeros((F, C, dh * (kH - 1) + 1, dw * (kW - 1) + 1))
    big[:, :, ::dh, ::dw] = weight
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    size = p.shape[2:]
    product = np.fft.rfft2(p)[:, None] * np.conj(np.fft.rfft2(big, size))[None]
    full = np.fft.irfft2(product.sum(axis=2), size)
    y = full[:, :, : size[0] - big.shape[2] + 1 : sh, : size[1] - big.shape[3] + 1 : sw]
    return y if bias is None else y + np.asarray(bias).reshape(1, F, 1, 1)


@right("conv2d")
def single_precision_tensordot(x, weight, bias=None, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    p = np.pad(x.astype(np.float32), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    span = dh * (weight.shape[2] - 1) + 1, dw * (weight.shape[3] - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(p, span, axis=(2, 3))[:, :, ::sh, ::sw, ::dh, ::dw]
    y = np.tensordot(windows, weight.astype(np.float32), axes=[(1, 4, 5), (1, 2, 3)])
    if bias is not None:
        y = y + bias.astype(np.float32)
    return np.moveaxis(y, -1, 1)


@wrong("conv2d", "first_channel_only")
def one_channel(x, weight, bias=None, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    span = dh * (weight.shape[2] - 1) + 1, dw * (weight.shape[3] - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(p, span, axis=(2, 3))[:, :, ::sh, ::sw, ::dh, ::dw]
    y = np.einsum("nijuv,fuv->nfij", windows[:, 0], weight[:, 0])
    return y if bias is None else y + bias[:, None, None]


mean_over_channels = edited(
    one_channel,
    "channels_averaged",
    """
    -    y = np.einsum("nijuv,fuv->nfij", windows[:, 0], weight[:, 0])
    +    y = np.einsum("ncijuv,fcuv->nfij", windows, weight) / x.shape[1]
    """,
)
flat_filters = edited(
    one_channel,
    "one_plane_for_all_channels",
    """
    -    y = np.einsum("nijuv,fuv->nfij", windows[:, 0], weight[:, 0])
    +    y = np.einsum("ncijuv,fuv->nfij", windows, weight[:, 0])
    """,
)
mathematics_convolution = edited(
    one_channel,
    "kernel_flipped",
    """
    -    y = np.einsum("nijuv,fuv->nfij", windows[:, 0], weight[:, 0])
    +    y = np.einsum("ncijuv,fcuv->nfij", windows, weight[:, :, ::-1, ::-1])
    """,
)
rows_for_columns = edited(
    one_channel,
    "kernel_transposed",
    ('("nijuv,fuv->nfij", windows[:, 0], weight[:, 0])', '("ncijuv,fcuv->nfij", windows, weight)'),
    """
     def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1):
    +    weight = weight.swapaxes(2, 3)
    """,
)
patches_with_channels_last = edited(
    one_channel,
    "patch_channel_order",
    """
    -    y = np.einsum("nijuv,fuv->nfij", windows[:, 0], weight[:, 0])
    +    patches = windows.transpose(0, 2, 3, 4, 5, 1)
    +    patches = patches.reshape(*patches.shape[:3], -1)
    +    y = np.moveaxis(patches @ weight.reshape(len(weight), -1).T, -1, 1)
    """,
)
x_reshaped_from_channels_last = edited(
    one_channel,
    "input_read_channels_last",
    ('("nijuv,fuv->nfij", windows[:, 0], weight[:, 0])', '("ncijuv,fcuv->nfij", windows, weight)'),
    """
     def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1):
    +    N, C, H, W = x.shape
    +    x = x.reshape(N, H, W, C).transpose(0, 3, 1, 2)
    """,
)


@wrong("conv2d", "output_channels_last")
def channels_at_the_end(x, weight, bias=None, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    span = dh * (weight.shape[2] - 1) + 1, dw * (weight.shape[3] - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(p, span, axis=(2, 3))[:, :, ::sh, ::sw, ::dh, ::dw]
    y = np.einsum("ncijuv,fcuv->nfij", windows, weight)
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


@wrong("conv2d", "bias_on_the_last_axis")
def bias_along_the_columns(x, weight, bias=None, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    span = dh * (weight.shape[2] - 1) + 1, dw * (weight.shape[3] - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(p, span, axis=(2, 3))[:, :, ::sh, ::sw, ::dh, ::dw]
    y = np.einsum("ncijuv,fcuv->nfij", windows, weight)
    return y if bias is None else y + bias


bias_for_each_channel = edited(
    bias_along_the_columns, "bias_per_channel", ("y + bias", "y + weight.shape[1] * bias[:, None, None]")
)
bias_for_each_tap = edited(
    bias_along_the_columns, "bias_per_tap", ("y + bias", "y + weight[0].size * bias[:, None, None]")
)
one_bias_for_all = edited(bias_along_the_columns, "bias_of_first_filter", ("y + bias", "y + bias[0]"))
no_bias = edited(bias_along_the_columns, "bias_left_out", ("y if bias is None else y + bias", "y"))


@wrong("conv2d", "stride_ignored_in_window")
def window_starts_at_i(x, weight, bias=None, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    span = dh * (weight.shape[2] - 1) + 1, dw * (weight.shape[3] - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(p, span, axis=(2, 3))[:, :, :, :, ::dh, ::dw]
    oh, ow = -(-windows.shape[2] // sh), -(-windows.shape[3] // sw)
    windows = windows[:, :, :oh, :ow]
    y = np.einsum("ncijuv,fcuv->nfij", windows, weight)
    return y if bias is None else y + bias[:, None, None]


stride_by_column_first = edited(
    bias_along_the_columns, "stride_pair_swapped", ("y + bias", "y + bias[:, None, None]"), ("sh, sw", "sw, sh")
)
padding_by_column_first = edited(
    bias_along_the_columns, "padding_pair_swapped", ("y + bias", "y + bias[:, None, None]"), ("ph, pw", "pw, ph")
)
dilation_by_column_first = edited(
    bias_along_the_columns, "dilation_pair_swapped", ("y + bias", "y + bias[:, None, None]"), ("dh, dw", "dw, dh")
)
everything_by_column_first = edited(
    bias_along_the_columns,
    "height_width_swapped",
    ("y + bias", "y + bias[:, None, None]"),
    ("(sh, sw), (ph, pw), (dh, dw)", "(sw, sh), (pw, ph), (dw, dh)"),
)
one_number_for_both_axes = edited(
    bias_along_the_columns,
    "first_of_pair_for_both",
    ("y + bias", "y + bias[:, None, None]"),
    """
     def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1):
    +    stride, padding, dilation = (v if isinstance(v, int) else v[0] for v in (stride, padding, dilation))
    """,
)


@wrong("conv2d", "padding_is_total")
def half_the_padding(x, weight, bias=None, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    p = np.pad(x, ((0, 0), (0, 0), (ph // 2, ph - ph // 2), (pw // 2, pw - pw // 2)))
    span = dh * (weight.shape[2] - 1) + 1, dw * (weight.shape[3] - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(p, span, axis=(2, 3))[:, :, ::sh, ::sw, ::dh, ::dw]
    y = np.einsum("ncijuv,fcuv->nfij", windows, weight)
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
    bias_along_the_columns,
    "dilation_ignored",
    ("y + bias", "y + bias[:, None, None]"),
    """
     def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1):
    +    dilation = 1
    """,
)


@wrong("conv2d", "dilation_counts_gaps")
def taps_too_far_apart(x, weight, bias=None, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, np.add(dilation, 1)))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    span = dh * (weight.shape[2] - 1) + 1, dw * (weight.shape[3] - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(p, span, axis=(2, 3))[:, :, ::sh, ::sw, ::dh, ::dw]
    y = np.einsum("ncijuv,fcuv->nfij", windows, weight)
    return y if bias is None else y + bias[:, None, None]


one_window_more = edited(
    half_the_padding,
    "ceil_for_floor",
    """
    -    p = np.pad(x, ((0, 0), (0, 0), (ph // 2, ph - ph // 2), (pw // 2, pw - pw // 2)))
    +    p = np.pad(x, ((0, 0), (0, 0), (ph, ph + sh - 1), (pw, pw + sw - 1)))
    """,
)


@right("conv2d_shape")
def count_the_starts(input_shape, weight_shape, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    rows = len(range(0, input_shape[2] + 2 * ph - dh * (weight_shape[2] - 1), sh))
    columns = len(range(0, input_shape[3] + 2 * pw - dw * (weight_shape[3] - 1), sw))
    return input_shape[0], weight_shape[0], rows, columns


@right("conv2d_shape")
def with_arrays(input_shape, weight_shape, stride=1, padding=0, dilation=1):
    n, k = np.array(input_shape[2:]), np.array(weight_shape[2:])
    s, p, d = (np.ones(2, int) * v for v in (stride, padding, dilation))
    window = k + (k - 1) * (d - 1)
    return tuple([input_shape[0], weight_shape[0], *((n + 2 * p - window) // s + 1)])


@right("conv2d_shape")
def pad_and_take_every(input_shape, weight_shape, stride=1, padding=0, dilation=1):
    lanes = [np.ones(size) for size in input_shape[2:]]
    sizes = []
    for axis, (lane, taps) in enumerate(zip(lanes, weight_shape[2:], strict=True)):
        s, p, d = (int(np.broadcast_to(value, 2)[axis]) for value in (stride, padding, dilation))
        sizes.append(len(np.pad(lane, p)[d * (taps - 1) :: s]))
    return input_shape[0], weight_shape[0], *sizes


@wrong("conv2d_shape", "depth_of_the_input")
def depth_kept(input_shape, weight_shape, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    (N, C, H, W), (kH, kW) = input_shape, weight_shape[2:]
    oH = (H + 2 * ph - dh * (kH - 1) - 1) // sh + 1
    oW = (W + 2 * pw - dw * (kW - 1) - 1) // sw + 1
    return N, C, oH, oW


@wrong("conv2d_shape", "depth_multiplied")
def a_map_for_each_plane(input_shape, weight_shape, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    (N, H, W), (F, kH, kW) = (input_shape[0], *input_shape[2:]), (weight_shape[0], *weight_shape[2:])
    oH = (H + 2 * ph - dh * (kH - 1) - 1) // sh + 1
    oW = (W + 2 * pw - dw * (kW - 1) - 1) // sw + 1
    return N, input_shape[1] * F, oH, oW


@wrong("conv2d_shape", "batch_left_out")
def three_numbers(input_shape, weight_shape, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    (H, W), (F, kH, kW) = input_shape[2:], (weight_shape[0], *weight_shape[2:])
    oH = (H + 2 * ph - dh * (kH - 1) - 1) // sh + 1
    oW = (W + 2 * pw - dw * (kW - 1) - 1) // sw + 1
    return F, oH, oW


depth_at_the_end = edited(a_map_for_each_plane, "output_channels_last", ("input_shape[1] * F, oH, oW", "oH, oW, F"))
width_before_height = edited(
    a_map_for_each_plane,
    "kernel_sides_swapped",
    ("return N, input_shape[1] * F, oH, oW", "return N, F, oH, oW"),
    ("kH, kW", "kW, kH"),
)


@wrong("conv2d_shape", "ceil_for_floor")
def rounded_up(input_shape, weight_shape, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    (N, H, W), (F, kH, kW) = (input_shape[0], *input_shape[2:]), (weight_shape[0], *weight_shape[2:])
    oH = -((dh * (kH - 1) + 1 - H - 2 * ph) // sh) + 1
    oW = -((dw * (kW - 1) + 1 - W - 2 * pw) // sw) + 1
    return N, F, oH, oW


@wrong("conv2d_shape", "plus_one_forgotten")
def steps_not_places(input_shape, weight_shape, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    (N, H, W), (F, kH, kW) = (input_shape[0], *input_shape[2:]), (weight_shape[0], *weight_shape[2:])
    oH = (H + 2 * ph - dh * (kH - 1) - 1) // sh
    oW = (W + 2 * pw - dw * (kW - 1) - 1) // sw
    return N, F, oH, oW


@wrong("conv2d_shape", "padding_is_total")
def padding_once(input_shape, weight_shape, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    (N, H, W), (F, kH, kW) = (input_shape[0], *input_shape[2:]), (weight_shape[0], *weight_shape[2:])
    oH = (H + ph - dh * (kH - 1) - 1) // sh + 1
    oW = (W + pw - dw * (kW - 1) - 1) // sw + 1
    return N, F, oH, oW


@wrong("conv2d_shape", "dilation_ignored")
def dense_window(input_shape, weight_shape, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw) = (np.broadcast_to(v, 2) for v in (stride, padding))
    (N, H, W), (F, kH, kW) = (input_shape[0], *input_shape[2:]), (weight_shape[0], *weight_shape[2:])
    oH = (H + 2 * ph - (kH - 1) - 1) // sh + 1
    oW = (W + 2 * pw - (kW - 1) - 1) // sw + 1
    return N, F, oH, oW


shape_stride_by_column_first = edited(
    a_map_for_each_plane,
    "stride_pair_swapped",
    ("return N, input_shape[1] * F, oH, oW", "return N, F, oH, oW"),
    ("sh, sw", "sw, sh"),
)
shape_padding_by_column_first = edited(
    a_map_for_each_plane,
    "padding_pair_swapped",
    ("return N, input_shape[1] * F, oH, oW", "return N, F, oH, oW"),
    ("ph, pw", "pw, ph"),
)
shape_dilation_by_column_first = edited(
    a_map_for_each_plane,
    "dilation_pair_swapped",
    ("return N, input_shape[1] * F, oH, oW", "return N, F, oH, oW"),
    ("dh, dw", "dw, dh"),
)
shape_all_by_column_first = edited(
    a_map_for_each_plane,
    "height_width_swapped",
    ("return N, input_shape[1] * F, oH, oW", "return N, F, oH, oW"),
    ("(sh, sw), (ph, pw), (dh, dw)", "(sw, sh), (pw, ph), (dw, dh)"),
)


@right("count_parameters")
def table_of_counts(layers):
    def conv2d(in_channels, out_channels, kernel_size, groups=1, bias=True, **rest):
        taps = np.prod(np.broadcast_to(kernel_size, 2))
        return out_channels * (in_channels // groups) * taps + (out_channels if bias else 0)

    def linear(in_features, out_features, bias=True):
        return (in_features + int(bias)) * out_features

    def batch_norm2d(num_features):
        return num_features * 2

    counters = {"conv2d": conv2d, "linear": linear, "batch_norm2d": batch_norm2d}
    total = 0
    for layer in layers:
        options = dict(layer)
        kind = options.pop("type")
        if kind in counters:
            total += counters[kind](**options)
    return int(total)


@right("count_parameters")
def sizes_of_real_arrays(layers):
    arrays = []
    for layer in layers:
        if layer["type"] == "conv2d":
            kH, kW = np.broadcast_to(layer["kernel_size"], 2)
            shape = (layer["out_channels"], layer["in_channels"] // layer.get("groups", 1), kH, kW)
            arrays.append(np.broadcast_to(0.0, shape))
            if layer.get("bias", True):
                arrays.append(np.zeros(shape[0]))
        if layer["type"] == "linear":
            arrays.append(np.broadcast_to(0.0, (layer["out_features"], layer["in_features"])))
            if layer.get("bias", True):
                arrays.append(np.zeros(layer["out_features"]))
        if layer["type"] == "batch_norm2d":
            arrays += [np.ones(layer["num_features"]), np.zeros(layer["num_features"])]
    return sum(a.size for a in arrays)


@right("count_parameters")
def group_by_group(layers):
    total = 0
    for layer in layers:
        bias = 1 if layer.get("bias", True) else 0
        if "in_channels" in layer:
            k = layer["kernel_size"]
            taps = k * k if isinstance(k, int) else k[0] * k[1]
            groups = layer.get("groups", 1)
            for _ in range(groups):
                total += layer["in_channels"] // groups * (layer["out_channels"] // groups) * taps
            total += bias * layer["out_channels"]
        elif "in_features" in layer:
            total += (layer["in_features"] + bias) * layer["out_features"]
        elif "num_features" in layer:
            total += layer["num_features"] + layer["num_features"]
    return total


@wrong("count_parameters", "biases_left_out")
def weights_only(layers):
    total = 0
    for layer in layers:
        if layer["type"] == "conv2d":
            kH, kW = np.broadcast_to(layer["kernel_size"], 2)
            depth = layer["in_channels"] // layer.get("groups", 1)
            total += layer["out_channels"] * depth * kH * kW
        elif layer["type"] == "linear":
            total += layer["in_features"] * layer["out_features"]
        elif layer["type"] == "batch_norm2d":
            total += 2 * layer["num_features"]
    return int(total)


bias_option_not_read = edited(
    weights_only,
    "bias_always_counted",
    """
                 total += layer["in_features"] * layer["out_features"]
    +            total += layer["out_features"] if has_bias else 0
    """,
    """
                 total += layer["out_channels"] * depth * kH * kW
    +            total += layer["out_channels"] if has_bias else 0
    """,
    """
         for layer in layers:
    +        has_bias = True
    """,
)
one_bias = edited(
    weights_only,
    "one_bias_per_layer",
    """
                 total += layer["in_features"] * layer["out_features"]
    +            total += has_bias
    """,
    """
                 total += layer["out_channels"] * depth * kH * kW
    +            total += has_bias
    """,
    """
         for layer in layers:
    +        has_bias = layer.get("bias", True)
    """,
)
a_bias_for_each_plane = edited(
    weights_only,
    "bias_per_plane",
    """
                 total += layer["in_features"] * layer["out_features"]
    +            total += layer["out_features"] if has_bias else 0
    """,
    """
                 total += layer["out_channels"] * depth * kH * kW
    +            total += layer["out_channels"] * depth if has_bias else 0
    """,
    """
         for layer in layers:
    +        has_bias = layer.get("bias", True)
    """,
)


@wrong("count_parameters", "input_depth_forgotten")
def flat_filters_counted(layers):
    total = 0
    for layer in layers:
        has_bias = layer.get("bias", True)
        if layer["type"] == "conv2d":
            kH, kW = np.broadcast_to(layer["kernel_size"], 2)
            total += layer["out_channels"] * kH * kW
            total += layer["out_channels"] if has_bias else 0
        elif layer["type"] == "linear":
            total += layer["in_features"] * layer["out_features"]
            total += layer["out_features"] if has_bias else 0
        elif layer["type"] == "batch_norm2d":
            total += 2 * layer["num_features"]
    return int(total)


groups_not_read = edited(
    flat_filters_counted,
    "groups_ignored",
    """
    -            total += layer["out_channels"] * kH * kW
    +            depth = layer["in_channels"]
    +            total += layer["out_channels"] * depth * kH * kW
    """,
)
side_for_taps = edited(
    flat_filters_counted,
    "kernel_not_squared",
    """
    -            kH, kW = np.broadcast_to(layer["kernel_size"], 2)
    -            total += layer["out_channels"] * kH * kW
    +            taps = np.prod(layer["kernel_size"])
    +            depth = layer["in_channels"] // layer.get("groups", 1)
    +            total += layer["out_channels"] * depth * taps
    """,
)
square_kernels = edited(
    flat_filters_counted,
    "kernel_height_squared",
    """
    -            kH, kW = np.broadcast_to(layer["kernel_size"], 2)
    -            total += layer["out_channels"] * kH * kW
    +            kH, _ = np.broadcast_to(layer["kernel_size"], 2)
    +            depth = layer["in_channels"] // layer.get("groups", 1)
    +            total += layer["out_channels"] * depth * kH * kH
    """,
)


@wrong("count_parameters", "batch_norm_forgotten")
def no_batch_norm(layers):
    total = 0
    for layer in layers:
        has_bias = layer.get("bias", True)
        if layer["type"] == "conv2d":
            kH, kW = np.broadcast_to(layer["kernel_size"], 2)
            depth = layer["in_channels"] // layer.get("groups", 1)
            total += layer["out_channels"] * depth * kH * kW
            total += layer["out_channels"] if has_bias else 0
        elif layer["type"] == "linear":
            total += layer["in_features"] * layer["out_features"]
            total += layer["out_features"] if has_bias else 0
    return int(total)


four_a_channel = edited(
    no_batch_norm,
    "running_statistics_counted",
    """
                 total += layer["out_features"] if has_bias else 0
    +        elif layer["type"] == "batch_norm2d":
    +            total += 4 * layer["num_features"]
    """,
)
convolutions_only = edited(
    no_batch_norm,
    "linear_forgotten",
    """
    -        elif layer["type"] == "linear":
    -            total += layer["in_features"] * layer["out_features"]
    -            total += layer["out_features"] if has_bias else 0
    +        elif layer["type"] == "batch_norm2d":
    +            total += 2 * layer["num_features"]
    """,
)


@right("count_macs")
def shapes_by_hand(layers, input_shape):
    shape, total = list(input_shape), 0
    for layer in layers:
        kind = layer["type"]
        if kind == "conv2d" or kind in ("max_pool2d", "avg_pool2d"):
            k = np.broadcast_to(layer["kernel_size"], 2)
            s = np.broadcast_to(layer.get("stride", k if kind != "conv2d" else 1), 2)
            p = np.broadcast_to(layer.get("padding", 0), 2)
            d = np.broadcast_to(layer.get("dilation", 1), 2)
            size = (np.array(shape[1:]) + 2 * p - d * (k - 1) - 1) // s + 1
            if kind == "conv2d":
                shape[0] = layer["out_channels"]
                total += int(size.prod() * k.prod()) * shape[0] * layer["in_channels"] // layer.get("groups", 1)
            shape[1:] = size.tolist()
        elif kind == "adaptive_avg_pool2d":
            shape[1:] = np.broadcast_to(layer["output_size"], 2).tolist()
        elif kind == "linear":
            total += layer["in_features"] * layer["out_features"]
    return total


@right("count_macs")
def weights_times_places(layers, input_shape):
    total, shape = 0, (1, *input_shape)
    for layer in layers:
        weights = count_parameters([{**layer, "bias": False}])
        if layer["type"] == "linear":
            total += weights
        elif layer["type"] == "adaptive_avg_pool2d":
            size = layer["output_size"]
            shape = (*shape[:2], size, size) if isinstance(size, int) else (*shape[:2], *size)
        elif "kernel_size" in layer:
            k = layer["kernel_size"]
            k = (k, k) if isinstance(k, int) else k
            default = 1 if layer["type"] == "conv2d" else k
            window = (layer.get("out_channels", shape[1]), shape[1], *k)
            options = layer.get("stride", default), layer.get("padding", 0), layer.get("dilation", 1)
            shape = conv2d_shape(shape, window, *options)
            if layer["type"] == "conv2d":
                total += weights * shape[2] * shape[3]
    return total


@right("count_macs")
def recursion(layers, input_shape):
    if not layers:
        return 0
    first, *rest = layers
    if first["type"] == "linear":
        return first["in_features"] * first["out_features"] + count_macs(rest, (first["out_features"],))
    if first["type"] == "adaptive_avg_pool2d":
        return count_macs(rest, (input_shape[0], *np.broadcast_to(first["output_size"], 2).tolist()))
    if "kernel_size" not in first:
        return count_macs(rest, input_shape)
    kH, kW = np.broadcast_to(first["kernel_size"], 2).tolist()
    sh, sw = np.broadcast_to(first.get("stride", 1 if "in_channels" in first else (kH, kW)), 2).tolist()
    ph, pw = np.broadcast_to(first.get("padding", 0), 2).tolist()
    dh, dw = np.broadcast_to(first.get("dilation", 1), 2).tolist()
    C, H, W = input_shape
    oH = len(range(0, H + 2 * ph - dh * (kH - 1), sh))
    oW = len(range(0, W + 2 * pw - dw * (kW - 1), sw))
    macs = 0
    if "in_channels" in first:
        macs = first["out_channels"] * oH * oW * kH * kW * (first["in_channels"] // first.get("groups", 1))
    return macs + count_macs(rest, (first.get("out_channels", C), oH, oW))


@wrong("count_macs", "counted_twice")
def flops(layers, input_shape):
    total, shape = 0, (1, *input_shape)
    for layer in layers:
        weights = count_parameters([{**layer, "bias": False}])
        if layer["type"] == "linear":
            total += weights
            shape = (1, layer["out_features"])
        elif layer["type"] == "adaptive_avg_pool2d":
            shape = (*shape[:2], *np.broadcast_to(layer["output_size"], 2))
        elif "kernel_size" in layer:
            is_conv = layer["type"] == "conv2d"
            k = np.broadcast_to(layer["kernel_size"], 2)
            s = layer.get("stride", 1 if is_conv else k)
            p, d = layer.get("padding", 0), layer.get("dilation", 1)
            shape = conv2d_shape(shape, (layer.get("out_channels", shape[1]), 1, *k), s, p, d)
            if is_conv:
                total += weights * shape[2] * shape[3]
    return 2 * int(total)


biases_too = edited(
    flops,
    "biases_counted",
    """
    -                total += weights * shape[2] * shape[3]
    -    return 2 * int(total)
    +                total += count_parameters([layer]) * shape[2] * shape[3]
    +    return int(total)
    """,
    ("total += weights", 'total += weights + (layer["out_features"] if layer.get("bias", True) else 0)'),
)
each_weight_once = edited(
    flops,
    "positions_forgotten",
    """
    -                total += weights * shape[2] * shape[3]
    -    return 2 * int(total)
    +                total += weights
    +    return int(total)
    """,
)
a_window_for_each_pixel = edited(
    flops,
    "input_positions",
    """
    -                total += weights * shape[2] * shape[3]
    -    return 2 * int(total)
    +                total += weights * H * W
    +    return int(total)
    """,
    """
             elif "kernel_size" in layer:
    +            H, W = shape[2:]
    """,
)
macs_without_groups = edited(
    flops,
    "groups_ignored",
    ("return 2 * int(total)", "return int(total)"),
    """
     def count_macs(layers, input_shape):
    +    layers = [{**layer, "groups": 1} if layer["type"] == "conv2d" else layer for layer in layers]
    """,
)
macs_of_flat_filters = edited(
    flops,
    "input_depth_forgotten",
    ("return 2 * int(total)", "return int(total)"),
    """
     def count_macs(layers, input_shape):
    +    flat = {"in_channels": 1, "groups": 1}
    +    layers = [{**layer, **flat} if layer["type"] == "conv2d" else layer for layer in layers]
    """,
)
only_convolutions_change_the_size = edited(
    flops,
    "pools_do_not_shrink",
    ("return 2 * int(total)", "return int(total)"),
    """
     def count_macs(layers, input_shape):
    +    layers = [layer for layer in layers if "pool" not in layer["type"]]
    """,
)
comparisons_counted = edited(
    flops,
    "pools_counted",
    """
    -    return 2 * int(total)
    +            else:
    +                total += np.prod(shape[1:]) * np.prod(k)
    +    return int(total)
    """,
)


@wrong("count_macs", "linear_forgotten")
def macs_of_convolutions_only(layers, input_shape):
    total, shape = 0, (1, *input_shape)
    for layer in layers:
        weights = count_parameters([{**layer, "bias": False}])
        if layer["type"] == "linear":
            shape = (1, layer["out_features"])
        elif layer["type"] == "adaptive_avg_pool2d":
            shape = (*shape[:2], *np.broadcast_to(layer["output_size"], 2))
        elif "kernel_size" in layer:
            is_conv = layer["type"] == "conv2d"
            k = np.broadcast_to(layer["kernel_size"], 2)
            s = layer.get("stride", 1 if is_conv else k)
            p, d = layer.get("padding", 0), layer.get("dilation", 1)
            shape = conv2d_shape(shape, (layer.get("out_channels", shape[1]), 1, *k), s, p, d)
            if is_conv:
                total += weights * shape[2] * shape[3]
    return int(total)


sizes_rounded_up = edited(
    flops,
    "ceil_for_floor",
    ("return 2 * int(total)", "return int(total)"),
    """
    -            shape = conv2d_shape(shape, (layer.get("out_channels", shape[1]), 1, *k), s, p, d)
    +            s, p, d = (np.broadcast_to(v, 2) for v in (s, p, d))
    +            size = np.ceil((np.array(shape[2:]) + 2 * p - d * (k - 1) - 1) / s).astype(int) + 1
    +            shape = (1, layer.get("out_channels", shape[1]), *size)
    """,
)
padding_not_read = edited(
    macs_of_convolutions_only,
    "padding_ignored",
    ('layer.get("padding", 0)', "0"),
    """
             if layer["type"] == "linear":
    +            total += weights
    """,
)
dilation_not_read = edited(
    macs_of_convolutions_only,
    "dilation_ignored",
    ('layer.get("dilation", 1)', "1"),
    """
             if layer["type"] == "linear":
    +            total += weights
    """,
)
width_before_height_in_the_input = edited(
    macs_of_convolutions_only,
    "height_width_swapped",
    """
             if layer["type"] == "linear":
    +            total += weights
    """,
    """
     def count_macs(layers, input_shape):
    +    input_shape = (input_shape[0], *input_shape[:0:-1])
    """,
)


@right("activation_column")
def loop_over_filters(x, weight, bias, i, j):
    column = []
    for f in range(len(weight)):
        total = bias[f]
        for c in range(weight.shape[1]):
            for u in range(weight.shape[2]):
                for v in range(weight.shape[3]):
                    total += x[c, i + u, j + v] * weight[f, c, u, v]
        column.append(total)
    return np.array(column)


@right("activation_column")
def matrix_times_vector(x, weight, bias, i, j):
    window = x[:, i : i + weight.shape[2], j : j + weight.shape[3]]
    return weight.reshape(len(weight), -1) @ window.reshape(-1) + bias


@right("activation_column")
def out_of_the_whole_convolution(x, weight, bias, i, j):
    return conv2d(x[np.newaxis], weight, bias)[0, :, i, j]


@right("activation_column")
def single_precision_column(x, weight, bias, i, j):
    window = x[:, i : i + weight.shape[2], j : j + weight.shape[3]].astype(np.float32)
    return np.einsum("cuv,fcuv->f", window, weight.astype(np.float32)) + bias.astype(np.float32)


@wrong("activation_column", "row_column_swapped")
def column_before_row(x, weight, bias, i, j):
    i, j = j, i
    window = x[:, i : i + weight.shape[2], j : j + weight.shape[3]]
    return np.einsum("cuv,fcuv->f", window, weight) + bias


@wrong("activation_column", "window_centered")
def middle_at_i_and_j(x, weight, bias, i, j):
    top, left = weight.shape[2] // 2, weight.shape[3] // 2
    p = np.pad(x, ((0, 0), (top, weight.shape[2]), (left, weight.shape[3])))
    window = p[:, i : i + weight.shape[2], j : j + weight.shape[3]]
    return np.einsum("cuv,fcuv->f", window, weight) + bias


tiles = edited(
    column_before_row, "windows_do_not_overlap", ("j = j, i", "j = i * weight.shape[2], j * weight.shape[3]")
)


@wrong("activation_column", "first_filter_only")
def one_neuron(x, weight, bias, i, j):
    window = x[:, i : i + weight.shape[2], j : j + weight.shape[3]]
    return np.sum(window * weight[0]) + bias[0]


sum_of_everything = edited(
    one_neuron, "filters_added_up", ("(window * weight[0]) + bias[0]", "(window * weight) + bias.sum()")
)


@wrong("activation_column", "first_channel_only")
def one_channel_of_the_column(x, weight, bias, i, j):
    window = x[:, i : i + weight.shape[2], j : j + weight.shape[3]]
    return np.einsum("uv,fuv->f", window[0], weight[:, 0]) + bias


@wrong("activation_column", "channels_averaged")
def mean_channel_of_the_column(x, weight, bias, i, j):
    window = x[:, i : i + weight.shape[2], j : j + weight.shape[3]]
    return np.einsum("cuv,fcuv->f", window, weight) / len(x) + bias


@wrong("activation_column", "kernel_flipped")
def column_flipped(x, weight, bias, i, j):
    window = x[:, i : i + weight.shape[2], j : j + weight.shape[3]]
    return np.einsum("cuv,fcuv->f", window[:, ::-1, ::-1], weight) + bias


column_without_bias = edited(
    one_neuron, "bias_left_out", ("sum(window * weight[0]) + bias[0]", 'einsum("cuv,fcuv->f", window, weight)')
)


@wrong("activation_column", "bias_of_first_filter")
def column_with_one_bias(x, weight, bias, i, j):
    window = x[:, i : i + weight.shape[2], j : j + weight.shape[3]]
    return np.einsum("cuv,fcuv->f", window, weight) + bias[0]


@wrong("conv2d", "output_takes_integer_type")
def zeros_of_the_image_type(x, weight, bias=None, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
    p = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    span = dh * (weight.shape[2] - 1) + 1, dw * (weight.shape[3] - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(p, span, axis=(2, 3))[:, :, ::sh, ::sw, ::dh, ::dw]
    y = np.zeros((len(x), len(weight), *windows.shape[2:4]), x.dtype)
    for n, f, i, j in np.ndindex(y.shape):
        y[n, f, i, j] = np.sum(windows[n, :, i, j] * weight[f]) + (0 if bias is None else bias[f])
    return y


@wrong("activation_column", "output_takes_integer_type")
def column_of_the_image_type(x, weight, bias, i, j):
    column = np.zeros(len(weight), x.dtype)
    for f in range(len(weight)):
        column[f] = np.sum(x[:, i : i + weight.shape[2], j : j + weight.shape[3]] * weight[f]) + bias[f]
    return column
