"""Programs that somebody wrote who had seen chapter 14's notebook alone, and none of its questions.

Above each wrong program stands what is wrong with it, in its author's words. Left out are those whose idea a
program of bank.py holds already.
"""

import numpy as np

from autograde.course.program import edited, right, stray, wrong


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


# By another author, who had seen the notebook alone, too: all of his programs.


# pads k // 2 at both ends, as torch does, so stride 2 starts at another pixel
@wrong("inverted_residual", "padded_evenly")
def second_inverted_residual_1(x, state, stride=1, eps=1e-3):
    def bn(h, k):
        parts = [state[f"bn{k}.{p}"] for p in ("running_mean", "running_var", "weight", "bias")]
        return batch_norm2d(h, *parts, eps=eps)[0]

    h = x
    if "expand.weight" in state:
        h = np.clip(bn(conv2d_gemm(h, state["expand.weight"]), 0), 0, 6)
    w = state["depthwise.weight"]
    h = grouped_conv2d(h, w, None, stride, (w.shape[2] // 2, w.shape[3] // 2), groups=w.shape[0])
    h = np.clip(bn(h, 1), 0, 6)
    h = bn(conv2d_gemm(h, state["project.weight"]), 2)
    if stride == 1 and h.shape == x.shape:
        h = h + x
    return h


# adds x wherever the shapes agree, also with stride 2 over maps of one pixel
@wrong("inverted_residual", "added_where_shapes_agree")
def second_inverted_residual_2(x, state, stride=1, eps=1e-3):
    def normalized(maps, name):
        keys = ("running_mean", "running_var", "weight", "bias")
        return batch_norm2d(maps, *(state[f"{name}.{key}"] for key in keys), eps=eps)[0]

    def relu6(a):
        return np.minimum(relu(a), 6)

    h = x
    if "expand.weight" in state:
        h = relu6(normalized(conv2d_gemm(x, state["expand.weight"]), "bn0"))
    weight = state["depthwise.weight"]
    pads = []
    for n, k in zip(h.shape[2:], weight.shape[2:]):
        o = -(-n // stride)
        total = max((o - 1) * stride + k - n, 0)
        pads.append((total // 2, total - total // 2))
    h = np.pad(h, ((0, 0), (0, 0), *pads))
    h = relu6(normalized(grouped_conv2d(h, weight, None, stride, 0, 1, weight.shape[0]), "bn1"))
    h = normalized(conv2d_gemm(h, state["project.weight"]), "bn2")
    return h + x if h.shape == x.shape else h


# batch_norm2d gets its own default eps 1e-5, the block's eps is not handed on
@wrong("inverted_residual", "torch_eps")
def second_inverted_residual_3(x, state, stride=1, eps=1e-3):
    def bn(h, name):
        return batch_norm2d(
            h,
            state[name + ".running_mean"],
            state[name + ".running_var"],
            state[name + ".weight"],
            state[name + ".bias"],
        )[0]

    out = x
    if "expand.weight" in state:
        out = np.clip(bn(conv2d_gemm(out, state["expand.weight"]), "bn0"), 0, 6)
    E, _, kH, kW = state["depthwise.weight"].shape
    H, W = out.shape[2:]
    th = max((int(np.ceil(H / stride)) - 1) * stride + kH - H, 0)
    tw = max((int(np.ceil(W / stride)) - 1) * stride + kW - W, 0)
    out = np.pad(out, ((0, 0), (0, 0), (th // 2, th - th // 2), (tw // 2, tw - tw // 2)))
    out = np.clip(bn(grouped_conv2d(out, state["depthwise.weight"], stride=stride, groups=E), "bn1"), 0, 6)
    out = bn(conv2d_gemm(out, state["project.weight"]), "bn2")
    if stride == 1 and out.shape[1] == x.shape[1]:
        out = out + x
    return out


# the projection is clipped too, a ReLU6 behind each of the three normalizations
@wrong("inverted_residual", "bent_projection")
def second_inverted_residual_4(x, state, stride=1, eps=1e-3):
    def act(h, bn):
        mean, var = state[f"{bn}.running_mean"], state[f"{bn}.running_var"]
        y, _, _ = batch_norm2d(h, mean, var, state[f"{bn}.weight"], state[f"{bn}.bias"], eps=eps)
        return np.minimum(np.maximum(y, 0), 6)

    def same(n, k):
        total = max((-(-n // stride) - 1) * stride + k - n, 0)
        return total // 2, total - total // 2

    h = act(conv2d_gemm(x, state["expand.weight"]), "bn0") if "expand.weight" in state else x
    dw = state["depthwise.weight"]
    h = np.pad(h, ((0, 0), (0, 0), same(h.shape[2], dw.shape[2]), same(h.shape[3], dw.shape[3])))
    h = act(grouped_conv2d(h, dw, None, stride, groups=len(dw)), "bn1")
    h = act(conv2d_gemm(h, state["project.weight"]), "bn2")
    if stride == 1 and h.shape == x.shape:
        return x + h
    return h


# keeps the maps behind the pool, and brings them up once more to fit
@wrong("unet_forward", "after_the_pool")
def second_unet_forward_1(state, x, skips=True):
    levels = sum(1 for name in state if name.startswith("down") and name.endswith(".weight"))
    kept = []
    for l in range(1, levels + 1):
        x = relu(conv2d_gemm(x, state[f"down{l}.weight"], state[f"down{l}.bias"], 1, 1))
        x = max_pool2d(x, 2)
        kept.append(x)
    x = relu(conv2d_gemm(x, state["bottom.weight"], state["bottom.bias"], 1, 1))
    for l in range(levels, 0, -1):
        x = upsample_nearest(x, 2)
        if skips:
            x = unet_skip(upsample_nearest(kept[l - 1], 2), x)
        x = relu(conv2d_gemm(x, state[f"up{l}.weight"], state[f"up{l}.bias"], 1, 1))
    return conv2d_gemm(x, state["head.weight"], state["head.bias"])


# a ReLU behind the head as well, so no logit is negative
@wrong("unet_forward", "relu_on_logits")
def second_unet_forward_2(state, x, skips=True):
    def step(h, name):
        w = state[f"{name}.weight"]
        return relu(conv2d_gemm(h, w, state[f"{name}.bias"], 1, w.shape[2] // 2))

    saved, level = [], 1
    while f"down{level}.weight" in state:
        x = step(x, f"down{level}")
        saved.append(x)
        x = max_pool2d(x, 2)
        level += 1
    x = step(x, "bottom")
    while saved:
        level -= 1
        x = upsample_nearest(x)
        skip = saved.pop()
        x = step(unet_skip(skip, x) if skips else x, f"up{level}")
    return step(x, "head")


# the way up begins with up1, and the kept maps are matched by number (right for one level only)
@stray("unet_forward", "Your way up begins with up1.")
def second_unet_forward_3(state, x, skips=True):
    levels = 0
    while f"down{levels + 1}.weight" in state:
        levels += 1
    conv = lambda h, n, p: conv2d_gemm(h, state[n + ".weight"], state[n + ".bias"], padding=p)
    kept = {}
    for l in range(1, levels + 1):
        kept[l] = relu(conv(x, f"down{l}", 1))
        x = max_pool2d(kept[l], 2)
    x = relu(conv(x, "bottom", 1))
    for l in range(1, levels + 1):
        x = upsample_nearest(x, 2)
        if skips:
            x = unet_skip(kept[l], x)
        x = relu(conv(x, f"up{l}", 1))
    return conv(x, "head", 0)


# pads the decoder's maps with zeros up to the skip's size (a well-known torch U-Net does), where the skip has to be cropped
@wrong("unet_forward", "decoder_padded")
def second_unet_forward_4(state, x, skips=True):
    depth = len([k for k in state if k.startswith("down") and k.endswith("weight")])
    pyramid = []
    for d in range(depth):
        x = relu(conv2d_gemm(x, state[f"down{d + 1}.weight"], state[f"down{d + 1}.bias"], 1, 1))
        pyramid.append(x)
        x = max_pool2d(x, 2, 2)
    x = relu(conv2d_gemm(x, state["bottom.weight"], state["bottom.bias"], 1, 1))
    for d in reversed(range(depth)):
        x = upsample_nearest(x)
        if skips:
            diff_y = pyramid[d].shape[2] - x.shape[2]
            diff_x = pyramid[d].shape[3] - x.shape[3]
            x = np.pad(x, [(0, 0), (0, 0), (diff_y // 2, diff_y - diff_y // 2), (diff_x // 2, diff_x - diff_x // 2)])
            x = np.concatenate([pyramid[d], x], axis=1)
        x = relu(conv2d_gemm(x, state[f"up{d + 1}.weight"], state[f"up{d + 1}.bias"], 1, 1))
    return conv2d_gemm(x, state["head.weight"], state["head.bias"])


# rounds the rows in front up where the difference is odd
@wrong("unet_skip", "odd_in_front")
def second_unet_skip_1(encoder, decoder):
    H, W = encoder.shape[2:]
    h, w = decoder.shape[2:]
    top = int(np.ceil((H - h) / 2))
    left = int(np.ceil((W - w) / 2))
    middle = encoder[:, :, top : top + h, left : left + w]
    return np.concatenate([middle, decoder], axis=1)


# cuts the same number off in front and behind, and -0 as a stop cuts off everything
@stray("unet_skip", "arrays that are joined may differ along one axis alone; these also differ along axis 3")
def second_unet_skip_2(encoder, decoder):
    dh = encoder.shape[2] - decoder.shape[2]
    dw = encoder.shape[3] - decoder.shape[3]
    if dh == 0 and dw == 0:
        return np.concatenate((encoder, decoder), axis=1)
    a, b = dh // 2, dw // 2
    cropped = encoder[:, :, a : -(dh - a), b : -(dw - b)]
    return np.concatenate((cropped, decoder), axis=1)


# the decoder's maps come first
@wrong("unet_skip", "decoder_first")
def second_unet_skip_3(encoder, decoder):
    (H, W), (h, w) = encoder.shape[-2:], decoder.shape[-2:]
    i, j = (H - h) // 2, (W - w) // 2
    return np.hstack([decoder, encoder[..., i : i + h, j : j + w]])


# np.tile puts whole images side by side
@wrong("upsample_nearest", "tiled")
def second_upsample_nearest_1(x, scale_factor=2):
    r, s = (scale_factor, scale_factor) if np.ndim(scale_factor) == 0 else scale_factor
    return np.tile(x, (1, 1, r, s))


# the factors of a pair are exchanged, columns get the first
@wrong("upsample_nearest", "swapped")
def second_upsample_nearest_2(x, scale_factor=2):
    if isinstance(scale_factor, int):
        sx = sy = scale_factor
    else:
        sx, sy = scale_factor
    return np.repeat(np.repeat(x, sy, axis=-2), sx, axis=-1)


# puts zeros between the pixels, the way a max pool is unpooled
@wrong("upsample_nearest", "zeros_between")
def second_upsample_nearest_3(x, scale_factor=2):
    r, s = (scale_factor,) * 2 if isinstance(scale_factor, int) else scale_factor
    n, c, h, w = x.shape
    y = np.zeros((n, c, h * r, w * s), dtype=x.dtype)
    y[:, :, ::r, ::s] = x
    return y
