"""Programs that somebody wrote who had seen chapter 4's notebook alone, and none of its questions.

Above each wrong program stands what is wrong with it, in its author's words. Left out are those whose idea a
program of bank.py holds already.
"""

import numpy as np

from autograde.course.program import edited, right


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
    says="an `if`, `and` or `or` asks a whole array at once: ask one number, or use np.where",
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
