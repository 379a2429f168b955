"""Programs that somebody wrote who had seen chapter 4's notebook alone, and none of its questions.

Above each wrong program stands what is wrong with it, in its author's words. Left out are those whose idea a
program of bank.py holds already.
"""

import numpy as np

from autograde.course.program import edited, right, stray, wrong


@right("conv2d_shape")
def outside_conv2d_shape(input_shape, weight_shape, stride=1, padding=0, dilation=1):
    n, c, h, w = input_shape
    f, _, kh, kw = weight_shape
    (sh, sw), (ph, pw), (dh, dw) = pair(stride), pair(padding), pair(dilation)
    return (n, f, conv_output_size(h, kh, sh, ph, dh), conv_output_size(w, kw, sw, pw, dw))


# height settings used for the width too
outside_conv2d_shape_2 = edited(
    outside_conv2d_shape,
    "pairs: first",
    """
    -    return (n, f, conv_output_size(h, kh, sh, ph, dh), conv_output_size(w, kw, sw, pw, dw))
    +    return (n, f, conv_output_size(h, kh, sh, ph, dh), conv_output_size(w, kw, sh, ph, dh))
    """,
)


@right("conv2d")
def outside_conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1):
    (sH, sW), (pH, pW), (dH, dW) = pair(stride), pair(padding), pair(dilation)
    F, C, kH, kW = weight.shape
    N, _, oH, oW = conv2d_shape(x.shape, weight.shape, stride, padding, dilation)
    xp = np.pad(x, ((0, 0), (0, 0), (pH, pH), (pW, pW)))
    out = np.zeros((N, F, oH, oW))
    for n in range(N):
        for f in range(F):
            for i in range(oH):
                for j in range(oW):
                    window = xp[
                        n, :, i * sH : i * sH + dH * (kH - 1) + 1 : dH, j * sW : j * sW + dW * (kW - 1) + 1 : dW
                    ]
                    out[n, f, i, j] = (window * weight[f]).sum()
                    if bias is not None:
                        out[n, f, i, j] += bias[f]
    return out


# pads all four axes
outside_conv2d_3 = edited(
    outside_conv2d,
    "",
    """
    -    xp = np.pad(x, ((0, 0), (0, 0), (pH, pH), (pW, pW)))
    +    xp = np.pad(x, ((pH, pH), (pH, pH), (pH, pH), (pW, pW)))
    """,
    says="these arrays do not fit: they differ along axis -3, 4 against 2: what does that axis count in each of them?",
)

# all images get the first image
outside_conv2d_6 = edited(
    outside_conv2d,
    "first_image_for_all",
    """
    -                        n, :, i * sH : i * sH + dH * (kH - 1) + 1 : dH, j * sW : j * sW + dW * (kW - 1) + 1 : dW
    +                        0, :, i * sH : i * sH + dH * (kH - 1) + 1 : dH, j * sW : j * sW + dW * (kW - 1) + 1 : dW
    """,
)

# dilation pair swapped
outside_conv2d_8 = edited(
    outside_conv2d,
    "",
    """
    -    (sH, sW), (pH, pW), (dH, dW) = pair(stride), pair(padding), pair(dilation)
    +    (sH, sW), (pH, pW), (dW, dH) = pair(stride), pair(padding), pair(dilation)
    """,
    says="108 of 108 values differ",
)

# output of x.dtype: whole numbers cut off the fractions
outside_conv2d_9 = edited(
    outside_conv2d,
    "",
    """
    -    out = np.zeros((N, F, oH, oW))
    +    out = np.zeros((N, F, oH, oW), dtype=x.dtype)
    """,
    says="your answer has type int64, which holds no fractions",
)

# tests `if bias` on an array
outside_conv2d_10 = edited(
    outside_conv2d,
    "",
    """
    -                    if bias is not None:
    +                    if bias:
    """,
    says="whether an argument was given is asked with `is not None`",
)

# flips the channels too and forgets the bias
outside_conv2d_11 = edited(
    outside_conv2d,
    "",
    """
    -                    out[n, f, i, j] = (window * weight[f]).sum()
    +                    out[n, f, i, j] = (window * weight[f, ::-1]).sum()
    """,
    """
    -                        out[n, f, i, j] += bias[f]
    +                        out[n, f, i, j] += 0
    """,
    says="288 of 288 values differ",
)


@right("count_parameters")
def outside_count_parameters(layers):
    total = 0
    for layer in layers:
        kind = layer["type"]
        if kind == "conv2d":
            kh, kw = pair(layer["kernel_size"])
            g = layer.get("groups", 1)
            total += layer["out_channels"] * (layer["in_channels"] // g) * kh * kw
            if layer.get("bias", True):
                total += layer["out_channels"]
        elif kind == "linear":
            total += layer["in_features"] * layer["out_features"]
            if layer.get("bias", True):
                total += layer["out_features"]
        elif kind.startswith("batch_norm"):
            total += 2 * layer.get("num_features", layer.get("channels", 0))
    return total


# always counts the bias of a convolution
outside_count_parameters_2 = edited(
    outside_count_parameters,
    "convolution_bias_always_counted",
    """
    -            if layer.get("bias", True):
    -                total += layer["out_channels"]
    +            total += layer["out_channels"]
    """,
)

# linear bias counted by in_features
outside_count_parameters_5 = edited(
    outside_count_parameters,
    "linear_bias_per_input",
    """
    -                total += layer["out_features"]
    +                total += layer["in_features"]
    """,
)


@right("count_macs")
def outside_count_macs(layers, input_shape):
    c, h, w = input_shape
    total = 0
    for layer in layers:
        kind = layer["type"]
        if kind == "conv2d":
            (kh, kw), (sh, sw) = pair(layer["kernel_size"]), pair(layer.get("stride", 1))
            (ph, pw), (dh, dw) = pair(layer.get("padding", 0)), pair(layer.get("dilation", 1))
            h, w = conv_output_size(h, kh, sh, ph, dh), conv_output_size(w, kw, sw, pw, dw)
            c = layer["out_channels"]
            total += c * h * w * (layer["in_channels"] // layer.get("groups", 1)) * kh * kw
        elif kind == "linear":
            total += layer["in_features"] * layer["out_features"]
        elif kind in ("max_pool2d", "avg_pool2d"):
            (kh, kw), (sh, sw) = pair(layer["kernel_size"]), pair(layer.get("stride", layer["kernel_size"]))
            ph, pw = pair(layer.get("padding", 0))
            h, w = conv_output_size(h, kh, sh, ph), conv_output_size(w, kw, sw, pw)
        elif kind == "adaptive_avg_pool2d":
            h, w = pair(layer["output_size"])
    return total


# pool stride defaults to 1
outside_count_macs_1 = edited(
    outside_count_macs,
    "pool_stride_of_one",
    """
    -            (kh, kw), (sh, sw) = pair(layer["kernel_size"]), pair(layer.get("stride", layer["kernel_size"]))
    +            (kh, kw), (sh, sw) = pair(layer["kernel_size"]), pair(layer.get("stride", 1))
    """,
)

# counts the biases too
outside_count_macs_3 = edited(
    outside_count_macs,
    "bias_of_convolutions_counted",
    """
    -            total += c * h * w * (layer["in_channels"] // layer.get("groups", 1)) * kh * kw
    +            total += c * h * w * (layer["in_channels"] // layer.get("groups", 1)) * kh * kw + c * h * w
    """,
)

# adaptive pool does not change the size
outside_count_macs_4 = edited(
    outside_count_macs,
    "adaptive_pool_ignored",
    """
    -            h, w = pair(layer["output_size"])
    +            pass
    """,
)


@right("activation_column")
def outside_activation_column(x, weight, bias, i, j):
    F, C, kH, kW = weight.shape
    return (x[:, i : i + kH, j : j + kW] * weight).sum(axis=(1, 2, 3)) + bias


# sums over the filters rather than over the channels
outside_activation_column_1 = edited(
    outside_activation_column,
    "channels_kept",
    """
    -    return (x[:, i : i + kH, j : j + kW] * weight).sum(axis=(1, 2, 3)) + bias
    +    return (x[:, i : i + kH, j : j + kW] * weight).sum(axis=(0, 2, 3))
    """,
)

# window centred on (i, j)
outside_activation_column_4 = edited(
    outside_activation_column,
    "window_centered_inside",
    """
    -    return (x[:, i : i + kH, j : j + kW] * weight).sum(axis=(1, 2, 3)) + bias
    +    return (
    +        x[:, max(i - kH // 2, 0) : max(i - kH // 2, 0) + kH, max(j - kW // 2, 0) : max(j - kW // 2, 0) + kW] * weight
    +    ).sum(axis=(1, 2, 3)) + bias
    """,
)

# returns (F, 1, 1)
outside_activation_column_5 = edited(
    outside_activation_column,
    "",
    """
    -    return (x[:, i : i + kH, j : j + kW] * weight).sum(axis=(1, 2, 3)) + bias
    +    return (x[:, i : i + kH, j : j + kW] * weight).sum(axis=(1, 2, 3)).reshape(-1, 1, 1) + bias.reshape(-1, 1, 1)
    """,
    says="axes of length 1 are too many: what has one number there could go without",
)


# By another author, who had seen the notebook alone, too: all of his programs.


# sums over the filters too, so each filter gets the sum of all (plus its own bias)
@wrong("activation_column", "filters_added_up_in_each")
def second_activation_column_1(x, weight, bias, i, j):
    F, C, kH, kW = weight.shape
    window = x[:, i : i + kH, j : j + kW]
    return np.sum(window * weight) + bias


# i goes along the columns and j along the rows
@wrong("activation_column", "row_column_swapped")
def second_activation_column_2(x, weight, bias, i, j):
    kH, kW = weight.shape[-2:]
    out = []
    for f in range(len(weight)):
        total = bias[f]
        for c in range(x.shape[0]):
            for u in range(kH):
                for v in range(kW):
                    total += x[c, j + u, i + v] * weight[f, c, u, v]
        out.append(total)
    return np.array(out)


# adds the bias inside the loop over the channels, so it comes in C times
@wrong("conv2d", "bias_per_channel")
def second_conv2d_1(x, weight, bias=None, stride=1, padding=0, dilation=1):
    N, F, oH, oW = conv2d_shape(x.shape, weight.shape, stride, padding, dilation)
    (sH, sW), (pH, pW), (dH, dW) = pair(stride), pair(padding), pair(dilation)
    C, kH, kW = weight.shape[1:]
    xp = np.pad(x, ((0, 0), (0, 0), (pH, pH), (pW, pW)))
    y = np.zeros((N, F, oH, oW))
    for n in range(N):
        for f in range(F):
            for c in range(C):
                for i in range(oH):
                    for j in range(oW):
                        win = xp[
                            n, c, i * sH : i * sH + dH * (kH - 1) + 1 : dH, j * sW : j * sW + dW * (kW - 1) + 1 : dW
                        ]
                        y[n, f, i, j] += np.sum(win * weight[f, c])
                if bias is not None:
                    y[n, f] += bias[f]
    return y


# the loop over the images reads image 0 each time
@wrong("conv2d", "first_image_for_all")
def second_conv2d_2(x, weight, bias=None, stride=1, padding=0, dilation=1):
    out = np.zeros(conv2d_shape(x.shape, weight.shape, stride, padding, dilation))
    sH, sW = pair(stride)
    pH, pW = pair(padding)
    dH, dW = pair(dilation)
    kH, kW = weight.shape[2:]
    image = np.pad(x[0], ((0, 0), (pH, pH), (pW, pW)))
    for n in range(x.shape[0]):
        for f in range(weight.shape[0]):
            for i in range(out.shape[2]):
                for j in range(out.shape[3]):
                    rows = i * sH + dH * np.arange(kH)
                    cols = j * sW + dW * np.arange(kW)
                    window = image[:, rows[:, None], cols]
                    out[n, f, i, j] = (window * weight[f]).sum()
            if bias is not None:
                out[n, f] += bias[f]
    return out


# pads (pH, pW) as (before, after) on both axes, right only where both are equal
@wrong("conv2d", "pair_is_before_after")
def second_conv2d_3(x, weight, bias=None, stride=1, padding=0, dilation=1):
    sh, sw = pair(stride)
    dh, dw = pair(dilation)
    kh, kw = weight.shape[2:]
    x = np.pad(x, ((0, 0), (0, 0), pair(padding), pair(padding)), mode="constant")
    view = np.lib.stride_tricks.sliding_window_view(x, (dh * (kh - 1) + 1, dw * (kw - 1) + 1), axis=(2, 3))
    view = view[:, :, ::sh, ::sw, ::dh, ::dw]
    y = np.einsum("ncijuv,fcuv->nfij", view, weight)
    if bias is not None:
        y = y + bias.reshape(1, -1, 1, 1)
    return y


# the sum is kept in an array of x's dtype, so fractions are cut off when the images are ints
@stray("conv2d", "your answer has type int64, which holds no fractions")
def second_conv2d_4(x, weight, bias=None, stride=1, padding=0, dilation=1):
    N, F, oH, oW = conv2d_shape(x.shape, weight.shape, stride, padding, dilation)
    sH, sW = pair(stride)
    pH, pW = pair(padding)
    dH, dW = pair(dilation)
    _, C, kH, kW = weight.shape
    xp = np.zeros((N, C, x.shape[2] + 2 * pH, x.shape[3] + 2 * pW), dtype=x.dtype)
    xp[:, :, pH : pH + x.shape[2], pW : pW + x.shape[3]] = x
    y = np.zeros((N, F, oH, oW), dtype=x.dtype)
    for u in range(kH):
        for v in range(kW):
            part = xp[:, :, u * dH : u * dH + (oH - 1) * sH + 1 : sH, v * dW : v * dW + (oW - 1) * sW + 1 : sW]
            y[...] = y + np.einsum("nchw,fc->nfhw", part, weight[:, :, u, v])
    if bias is not None:
        y[...] = y + bias[:, None, None]
    return y


# dilation is forgotten in the call of conv_output_size
@wrong("conv2d_shape", "dilation_ignored")
def second_conv2d_shape_1(input_shape, weight_shape, stride=1, padding=0, dilation=1):
    N, C, H, W = input_shape
    F, _, kH, kW = weight_shape
    sH, sW = pair(stride)
    pH, pW = pair(padding)
    oH = conv_output_size(H, kH, sH, pH)
    oW = conv_output_size(W, kW, sW, pW)
    return (N, F, oH, oW)


# copy-paste, the width takes the row's stride and padding
@wrong("conv2d_shape", "stride and padding: first")
def second_conv2d_shape_2(input_shape, weight_shape, stride=1, padding=0, dilation=1):
    stride, padding, dilation = pair(stride), pair(padding), pair(dilation)
    n, _, h, w = input_shape
    f = weight_shape[0]
    out_h = conv_output_size(h, weight_shape[2], stride[0], padding[0], dilation[0])
    out_w = conv_output_size(w, weight_shape[3], stride[0], padding[0], dilation[1])
    return n, f, out_h, out_w


# the padding of a pool is forgotten when the shape is carried along
@wrong("count_macs", "padding_of_pools_ignored")
def second_count_macs_1(layers, input_shape):
    C, H, W = input_shape
    macs = 0
    for layer in layers:
        t = layer["type"]
        if t == "conv2d":
            k, s = pair(layer["kernel_size"]), pair(layer.get("stride", 1))
            p, d = pair(layer.get("padding", 0)), pair(layer.get("dilation", 1))
            H = conv_output_size(H, k[0], s[0], p[0], d[0])
            W = conv_output_size(W, k[1], s[1], p[1], d[1])
            C = layer["out_channels"]
            macs += C * H * W * (layer["in_channels"] // layer.get("groups", 1)) * k[0] * k[1]
        elif t in ("max_pool2d", "avg_pool2d"):
            k = pair(layer["kernel_size"])
            s = pair(layer.get("stride", layer["kernel_size"]))
            H = conv_output_size(H, k[0], s[0])
            W = conv_output_size(W, k[1], s[1])
        elif t == "adaptive_avg_pool2d":
            H, W = pair(layer["output_size"])
        elif t == "linear":
            macs += layer["in_features"] * layer["out_features"]
    return macs


# counts the bias as a multiplication, where there is one
@wrong("count_macs", "biases_counted")
def second_count_macs_2(layers, input_shape):
    c, h, w = input_shape
    total = 0
    for layer in layers:
        if layer["type"] == "conv2d":
            weight_shape = (layer["out_channels"], layer["in_channels"], *pair(layer["kernel_size"]))
            _, c, h, w = conv2d_shape(
                (1, c, h, w), weight_shape, layer.get("stride", 1), layer.get("padding", 0), layer.get("dilation", 1)
            )
            total += count_parameters([layer]) * h * w
        elif layer["type"] == "linear":
            total += count_parameters([layer])
        elif layer["type"].endswith("pool2d") and "kernel_size" in layer:
            shape = (c, c, *pair(layer["kernel_size"]))
            stride = layer.get("stride", layer["kernel_size"])
            _, c, h, w = conv2d_shape((1, c, h, w), shape, stride, layer.get("padding", 0))
        elif layer["type"] == "adaptive_avg_pool2d":
            h, w = pair(layer["output_size"])
    return total


# multiplies by the places of a convolution's input in place of its output, and ignores groups
@stray("count_macs", "You count a window for each pixel of the input.")
def second_count_macs_3(layers, input_shape):
    shape = list(input_shape)
    macs = 0
    for l in layers:
        if l["type"] == "conv2d":
            kh, kw = pair(l["kernel_size"])
            macs += l["out_channels"] * shape[1] * shape[2] * l["in_channels"] * kh * kw
            s, p, d = pair(l.get("stride", 1)), pair(l.get("padding", 0)), pair(l.get("dilation", 1))
            shape = [
                l["out_channels"],
                conv_output_size(shape[1], kh, s[0], p[0], d[0]),
                conv_output_size(shape[2], kw, s[1], p[1], d[1]),
            ]
        elif l["type"] in ["max_pool2d", "avg_pool2d"]:
            kh, kw = pair(l["kernel_size"])
            s, p = pair(l.get("stride", (kh, kw))), pair(l.get("padding", 0))
            shape[1] = conv_output_size(shape[1], kh, s[0], p[0])
            shape[2] = conv_output_size(shape[2], kw, s[1], p[1])
        elif l["type"] == "adaptive_avg_pool2d":
            shape[1:] = pair(l["output_size"])
        elif l["type"] == "linear":
            macs += l["in_features"] * l["out_features"]
    return macs


# divides the filters by the groups as well as the channels
@wrong("count_parameters", "filters_divided_by_the_groups")
def second_count_parameters_1(layers):
    total = 0
    for layer in layers:
        kind = layer["type"]
        if kind == "conv2d":
            kh, kw = pair(layer["kernel_size"])
            g = layer.get("groups", 1)
            cin = layer["in_channels"] // g
            cout = layer["out_channels"] // g
            total += cin * cout * kh * kw
            if layer.get("bias", True):
                total += layer["out_channels"]
        elif kind == "linear":
            total += layer["in_features"] * layer["out_features"]
            if layer.get("bias", True):
                total += layer["out_features"]
        elif kind == "batch_norm2d":
            total += 2 * layer["num_features"]
    return total


# squares the first side of a kernel that is a pair
@wrong("count_parameters", "kernel_height_squared")
def second_count_parameters_2(layers):
    def conv_params(l):
        k = l["kernel_size"]
        if not isinstance(k, int):
            k = k[0]
        weights = l["out_channels"] * l["in_channels"] // l.get("groups", 1) * k**2
        return weights + l["out_channels"] * int(l.get("bias", True))

    def linear_params(l):
        return (l["in_features"] + int(l.get("bias", True))) * l["out_features"]

    n = 0
    for l in layers:
        if l["type"] == "conv2d":
            n += conv_params(l)
        if l["type"] == "linear":
            n += linear_params(l)
        if l["type"] == "batch_norm2d":
            n += 2 * l["num_features"]
    return n


# batch norm counts its running mean and variance too, and groups are ignored
@stray("count_parameters", "You do not divide by the groups.")
def second_count_parameters_3(layers):
    count = 0
    for layer in layers:
        if layer["type"] == "conv2d":
            kernel = layer["kernel_size"]
            k = kernel * kernel if isinstance(kernel, int) else kernel[0] * kernel[1]
            bias = 1 if layer.get("bias", True) else 0
            count += layer["out_channels"] * (layer["in_channels"] * k + bias)
        elif layer["type"] == "linear":
            bias = 1 if layer.get("bias", True) else 0
            count += layer["out_features"] * (layer["in_features"] + bias)
        elif layer["type"] == "batch_norm2d":
            count += 4 * layer["num_features"]
    return count
