"""Programs that somebody wrote who had seen chapter 14's notebook alone, and none of its questions.

Above each wrong program stands what is wrong with it, in its author's words. Left out are those whose idea a
program of bank.py holds already.
"""

import numpy as np

from autograde.course.program import edited, right


@right("upsample_nearest")
def outside_upsample_nearest(x, scale_factor=2):
    r, s = (scale_factor, scale_factor) if np.ndim(scale_factor) == 0 else scale_factor
    return x.repeat(r, axis=2).repeat(s, axis=3)


# pairs not handled
outside_upsample_nearest_3 = edited(
    outside_upsample_nearest,
    "",
    """
    -    r, s = (scale_factor, scale_factor) if np.ndim(scale_factor) == 0 else scale_factor
    +    r, s = scale_factor, scale_factor
    """,
    says="You take one number for both axes only.",
)

# repeats channels and rows
outside_upsample_nearest_4 = edited(
    outside_upsample_nearest,
    "channels_and_rows_repeated",
    """
    -    return x.repeat(r, axis=2).repeat(s, axis=3)
    +    return x.repeat(r, axis=1).repeat(s, axis=2)
    """,
)


@right("unet_skip")
def outside_unet_skip(encoder, decoder):
    h, w = decoder.shape[2:]
    t, l = (encoder.shape[2] - h) // 2, (encoder.shape[3] - w) // 2
    return np.concatenate([encoder[:, :, t : t + h, l : l + w], decoder], axis=1)


# t:-t, empty or too large
outside_unet_skip_4 = edited(
    outside_unet_skip,
    "",
    """
    -    return np.concatenate([encoder[:, :, t : t + h, l : l + w], decoder], axis=1)
    +    return np.concatenate([encoder[:, :, t:-t, l:-l], decoder], axis=1)
    """,
    says="You crop with [k:-k], which is empty where k is 0, and keeps a row too many where the difference is odd.",
)


@right("unet_forward")
def outside_unet_forward(state, x, skips=True):
    def conv(x, name):
        w = state[f"{name}.weight"]
        return conv2d_gemm(x, w, state.get(f"{name}.bias"), 1, w.shape[2] // 2)

    levels = sum(k.startswith("down") and k.endswith(".weight") for k in state)
    kept = []
    for i in range(1, levels + 1):
        x = relu(conv(x, f"down{i}"))
        kept.append(x)
        x = max_pool2d(x, 2)
    x = relu(conv(x, "bottom"))
    for i in range(levels, 0, -1):
        x = upsample_nearest(x, 2)
        if skips:
            x = unet_skip(kept[i - 1], x)
        x = relu(conv(x, f"up{i}"))
    return conv(x, "head")


# keeps the pooled maps
outside_unet_forward_1 = edited(
    outside_unet_forward,
    "",
    """
             x = relu(conv(x, f"down{i}"))
    +        x = max_pool2d(x, 2)
    """,
    """
             kept.append(x)
    -        x = max_pool2d(x, 2)
    """,
    says="You keep the maps behind the pool, which are too small for the skip.",
)

# skips in the wrong order (first level to the deepest)
outside_unet_forward_2 = edited(
    outside_unet_forward,
    "",
    """
    -            x = unet_skip(kept[i - 1], x)
    +            x = unet_skip(kept[levels - i], x)
    """,
    says="On the way up you take the kept maps in the order in which you kept them.",
)

# ignores skips=False
outside_unet_forward_4 = edited(
    outside_unet_forward,
    "",
    """
    -        if skips:
    +        if True:
    """,
    says="You join the kept maps whatever skips says.",
)


@right("inverted_residual")
def outside_inverted_residual(x, state, stride=1, eps=1e-3):
    def bn(y, n):
        return batch_norm2d(
            y, state[n + ".running_mean"], state[n + ".running_var"], state[n + ".weight"], state[n + ".bias"], eps=eps
        )[0]

    def relu6(y):
        return np.minimum(np.maximum(y, 0), 6)

    y = x
    if "expand.weight" in state:
        y = relu6(bn(conv2d_gemm(y, state["expand.weight"]), "bn0"))
    w = state["depthwise.weight"]
    pads = []
    for n, k in zip(y.shape[2:], w.shape[2:]):
        o = -(-n // stride)
        total = max((o - 1) * stride + k - n, 0)
        pads.append((total // 2, total - total // 2))
    y = np.pad(y, ((0, 0), (0, 0), *pads))
    y = relu6(bn(grouped_conv2d(y, w, None, stride, groups=w.shape[0]), "bn1"))
    y = bn(conv2d_gemm(y, state["project.weight"]), "bn2")
    if stride == 1 and y.shape[1] == x.shape[1]:
        y = y + x
    return y


# shortcut also when channels differ
outside_inverted_residual_6 = edited(
    outside_inverted_residual,
    "",
    """
    -    if stride == 1 and y.shape[1] == x.shape[1]:
    +    if stride == 1:
    """,
    says="You add x at stride 1 whatever the number of channels is.",
)

# bn0 applied although there is no expansion: KeyError
outside_inverted_residual_8 = edited(
    outside_inverted_residual,
    "",
    """
    -    if "expand.weight" in state:
    +    if True:
    """,
    says="You expand always.",
)
