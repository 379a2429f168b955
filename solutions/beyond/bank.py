"""Programs for chapter 14."""

import numpy as np

from autograde.course.program import edited, right, wrong


@right("upsample_nearest")
def up_by_index(x, scale_factor=2):
    r, s = np.broadcast_to(scale_factor, 2)
    rows = np.arange(x.shape[2] * r) // r
    columns = np.arange(x.shape[3] * s) // s
    return x[:, :, rows][:, :, :, columns]


@right("upsample_nearest")
def up_by_kron(x, scale_factor=2):
    return np.kron(x, np.ones((1, 1, *np.broadcast_to(scale_factor, 2))))


@right("upsample_nearest")
def up_by_loops(x, scale_factor=2):
    r, s = (scale_factor, scale_factor) if isinstance(scale_factor, int) else scale_factor
    n, c, h, w = x.shape
    y = np.empty((n, c, h * r, w * s))
    for i in range(r):
        for j in range(s):
            y[:, :, i::r, j::s] = x
    return y


@wrong("upsample_nearest", "tiled")
def up_tiled(x, scale_factor=2):
    return np.tile(x, tuple(np.broadcast_to(scale_factor, 2)))


@wrong("upsample_nearest", "zeros_between")
def up_zeros(x, scale_factor=2):
    r, s = np.broadcast_to(scale_factor, 2)
    y = np.zeros((*x.shape[:2], x.shape[2] * r, x.shape[3] * s))
    y[:, :, ::r, ::s] = x
    return y


@wrong("upsample_nearest", "swapped")
def up_swapped(x, scale_factor=2):
    s, r = np.broadcast_to(scale_factor, 2)
    return x.repeat(r, axis=2).repeat(s, axis=3)


@wrong("upsample_nearest", "rows_only")
def up_rows_only(x, scale_factor=2):
    return x.repeat(np.broadcast_to(scale_factor, 2)[0], axis=2)


@wrong("upsample_nearest", "first_factor")
def up_first_factor(x, scale_factor=2):
    r = scale_factor if isinstance(scale_factor, int) else scale_factor[0]
    return x.repeat(r, axis=2).repeat(r, axis=3)


@wrong("upsample_nearest", "bilinear")
def up_bilinear(x, scale_factor=2):
    def along(v, f, axis):
        n = v.shape[axis]
        at = np.clip((np.arange(n * f) + 0.5) / f - 0.5, 0, n - 1)
        low = np.floor(at).astype(int)
        high = np.minimum(low + 1, n - 1)
        shape = [1] * 4
        shape[axis] = -1
        share = (at - low).reshape(shape)
        return np.take(v, low, axis) * (1 - share) + np.take(v, high, axis) * share

    r, s = np.broadcast_to(scale_factor, 2)
    return along(along(x, r, 2), s, 3)


@right("unet_skip")
def skip_by_hstack(encoder, decoder):
    cut_h = encoder.shape[2] - decoder.shape[2]
    cut_w = encoder.shape[3] - decoder.shape[3]
    top, left = cut_h // 2, cut_w // 2
    bottom, right = cut_h - top, cut_w - left
    part = encoder[:, :, top : encoder.shape[2] - bottom, left : encoder.shape[3] - right]
    return np.hstack([part, decoder])


@right("unet_skip")
def skip_into_one_array(encoder, decoder):
    n, c, big_h, big_w = encoder.shape
    d, h, w = decoder.shape[1:]
    y = np.zeros((n, c + d, h, w))
    for i in range(h):
        for j in range(w):
            y[:, :c, i, j] = encoder[:, :, i + (big_h - h) // 2, j + (big_w - w) // 2]
    y[:, c:] = decoder
    return y


@right("unet_skip")
def skip_by_take(encoder, decoder):
    for axis in (2, 3):
        start = (encoder.shape[axis] - decoder.shape[axis]) // 2
        encoder = np.take(encoder, np.arange(start, start + decoder.shape[axis]), axis=axis)
    return np.concatenate((encoder, decoder), 1)


@wrong("unet_skip", "corner")
def skip_corner(encoder, decoder):
    h, w = decoder.shape[2:]
    return np.concatenate([encoder[:, :, :h, :w], decoder], axis=1)


@wrong("unet_skip", "far_corner")
def skip_far_corner(encoder, decoder):
    h, w = decoder.shape[2:]
    return np.concatenate([encoder[:, :, -h:, -w:], decoder], axis=1)


@wrong("unet_skip", "odd_in_front")
def skip_odd_in_front(encoder, decoder):
    h, w = decoder.shape[2:]
    top, left = (encoder.shape[2] - h + 1) // 2, (encoder.shape[3] - w + 1) // 2
    return np.concatenate([encoder[:, :, top : top + h, left : left + w], decoder], axis=1)


@wrong("unet_skip", "decoder_first")
def skip_decoder_first(encoder, decoder):
    h, w = decoder.shape[2:]
    top, left = (encoder.shape[2] - h) // 2, (encoder.shape[3] - w) // 2
    return np.concatenate([decoder, encoder[:, :, top : top + h, left : left + w]], axis=1)


@wrong("unet_skip", "added")
def skip_added(encoder, decoder):
    h, w = decoder.shape[2:]
    top, left = (encoder.shape[2] - h) // 2, (encoder.shape[3] - w) // 2
    return encoder[:, :, top : top + h, left : left + w] + decoder


@wrong("unet_skip", "wrong_axis")
def skip_wrong_axis(encoder, decoder):
    h, w = decoder.shape[2:]
    top, left = (encoder.shape[2] - h) // 2, (encoder.shape[3] - w) // 2
    return np.concatenate([encoder[:, :, top : top + h, left : left + w], decoder])


@wrong("unet_skip", "decoder_padded")
def skip_decoder_padded(encoder, decoder):
    rows, columns = encoder.shape[2] - decoder.shape[2], encoder.shape[3] - decoder.shape[3]
    sides = ((0, 0), (0, 0), (rows // 2, rows - rows // 2), (columns // 2, columns - columns // 2))
    return np.concatenate([encoder, np.pad(decoder, sides)], axis=1)


@wrong("unet_skip", "resized")
def skip_resized(encoder, decoder):
    h, w = decoder.shape[2:]
    rows = np.arange(h) * encoder.shape[2] // h
    columns = np.arange(w) * encoder.shape[3] // w
    return np.concatenate([encoder[:, :, rows][:, :, :, columns], decoder], axis=1)


@right("unet_forward")
def unet_recursive(state, x, skips=True):
    def conv(v, name):
        w = state[name + ".weight"]
        return conv2d_gemm(v, w, state[name + ".bias"], padding=w.shape[-1] // 2)

    def hourglass(v, level):
        if f"down{level}.weight" not in state:
            return np.maximum(conv(v, "bottom"), 0)
        kept = np.maximum(conv(v, f"down{level}"), 0)
        back = upsample_nearest(hourglass(max_pool2d(kept, 2), level + 1))
        return np.maximum(conv(unet_skip(kept, back) if skips else back, f"up{level}"), 0)

    return conv(hourglass(x, 1), "head")


@right("unet_forward")
def unet_with_einsum(state, x, skips=True):
    def conv(v, name):
        w = state[name + ".weight"]
        p = w.shape[-1] // 2
        v = np.pad(v, ((0, 0), (0, 0), (p, p), (p, p)))
        view = np.lib.stride_tricks.sliding_window_view(v, w.shape[2:], axis=(2, 3))
        return np.einsum("nchwuv,fcuv->nfhw", view, w) + state[name + ".bias"][:, None, None]

    levels = len([name for name in state if name.startswith("down")]) // 2
    store = {}
    for level in range(1, levels + 1):
        x = store[level] = relu(conv(x, f"down{level}"))
        h, w = x.shape[2] // 2 * 2, x.shape[3] // 2 * 2
        x = np.maximum(
            np.maximum(x[:, :, 0:h:2, 0:w:2], x[:, :, 1:h:2, 0:w:2]),
            np.maximum(x[:, :, 0:h:2, 1:w:2], x[:, :, 1:h:2, 1:w:2]),
        )
    x = relu(conv(x, "bottom"))
    for level in reversed(range(1, levels + 1)):
        x = upsample_nearest(x)
        x = relu(conv(unet_skip(store[level], x) if skips else x, f"up{level}"))
    return conv(x, "head")


@right("unet_forward")
def unet_image_by_image(state, x, skips=True):
    levels = sum(1 for name in state if name.startswith("up")) // 2
    answers = []
    for image in x:
        h, kept = image[None], []
        for level in range(levels):
            h = relu(conv2d_gemm(h, state[f"down{level + 1}.weight"], state[f"down{level + 1}.bias"], 1, 1))
            kept.append(h)
            h = max_pool2d(h, 2, 2)
        h = relu(conv2d_gemm(h, state["bottom.weight"], state["bottom.bias"], 1, 1))
        for level in range(levels)[::-1]:
            h = upsample_nearest(h, (2, 2))
            h = unet_skip(kept[level], h) if skips else h
            h = relu(conv2d_gemm(h, state[f"up{level + 1}.weight"], state[f"up{level + 1}.bias"], 1, 1))
        answers.append(conv2d_gemm(h, state["head.weight"], state["head.bias"]))
    return np.concatenate(answers)


@wrong("unet_forward", "after_the_pool")
def unet_after_the_pool(state, x, skips=True):
    levels, kept = 0, []
    while f"down{levels + 1}.weight" in state:
        levels += 1
        x = relu(conv2d_gemm(x, state[f"down{levels}.weight"], state[f"down{levels}.bias"], padding=1))
        x = max_pool2d(x, 2)
        kept.append(upsample_nearest(x))
    x = relu(conv2d_gemm(x, state["bottom.weight"], state["bottom.bias"], padding=1))
    for level in range(levels, 0, -1):
        x = upsample_nearest(x)
        if skips:
            x = unet_skip(kept.pop(), x)
        x = relu(conv2d_gemm(x, state[f"up{level}.weight"], state[f"up{level}.bias"], padding=1))
    return conv2d_gemm(x, state["head.weight"], state["head.bias"])


unet_average_pool = edited(
    unet_after_the_pool,
    "average_pool",
    """
    -        x = max_pool2d(x, 2)
    -        kept.append(upsample_nearest(x))
    +        kept.append(x)
    +        h, w = x.shape[2] // 2, x.shape[3] // 2
    +        x = x[:, :, : 2 * h, : 2 * w].reshape(*x.shape[:2], h, 2, w, 2).mean(axis=(3, 5))
    """,
)


@wrong("unet_forward", "zeros_between")
def unet_zeros(state, x, skips=True):
    levels, kept = 0, []
    while f"down{levels + 1}.weight" in state:
        levels += 1
        x = relu(conv2d_gemm(x, state[f"down{levels}.weight"], state[f"down{levels}.bias"], padding=1))
        kept.append(x)
        x = max_pool2d(x, 2)
    x = relu(conv2d_gemm(x, state["bottom.weight"], state["bottom.bias"], padding=1))
    for level in range(levels, 0, -1):
        x = x.repeat(2, axis=2).repeat(2, axis=3)
        x[:, :, 1::2] = 0
        x[:, :, :, 1::2] = 0
        if skips:
            x = unet_skip(kept.pop(), x)
        x = relu(conv2d_gemm(x, state[f"up{level}.weight"], state[f"up{level}.bias"], padding=1))
    return conv2d_gemm(x, state["head.weight"], state["head.bias"])


unet_tiled = edited(
    unet_zeros,
    "tiled",
    """
    -        x = x.repeat(2, axis=2).repeat(2, axis=3)
    -        x[:, :, 1::2] = 0
    -        x[:, :, :, 1::2] = 0
    +        x = np.tile(x, (1, 1, 2, 2))
    """,
)


@wrong("unet_forward", "decoder_first")
def unet_decoder_first(state, x, skips=True):
    levels, kept = 0, []
    while f"down{levels + 1}.weight" in state:
        levels += 1
        x = relu(conv2d_gemm(x, state[f"down{levels}.weight"], state[f"down{levels}.bias"], padding=1))
        kept.append(x)
        x = max_pool2d(x, 2)
    x = relu(conv2d_gemm(x, state["bottom.weight"], state["bottom.bias"], padding=1))
    for level in range(levels, 0, -1):
        x = upsample_nearest(x)
        if skips:
            x = np.roll(unet_skip(kept[level - 1], x), x.shape[1], axis=1)
        x = relu(conv2d_gemm(x, state[f"up{level}.weight"], state[f"up{level}.bias"], padding=1))
    return conv2d_gemm(x, state["head.weight"], state["head.bias"])


unet_corner = edited(
    unet_decoder_first,
    "corner",
    """
    -            x = np.roll(unet_skip(kept[level - 1], x), x.shape[1], axis=1)
    +            x = np.concatenate([kept[level - 1][:, :, : x.shape[2], : x.shape[3]], x], axis=1)
    """,
)
unet_relu_on_logits = edited(
    unet_decoder_first,
    "relu_on_logits",
    """
    -    return conv2d_gemm(x, state["head.weight"], state["head.bias"])
    +    return relu(conv2d_gemm(x, state["head.weight"], state["head.bias"]))
    """,
    ("x = np.roll(unet_skip(kept[level - 1], x), x.shape[1], axis=1)", "x = unet_skip(kept.pop(), x)"),
)
unet_probabilities = edited(
    unet_decoder_first,
    "probabilities",
    """
    -    return conv2d_gemm(x, state["head.weight"], state["head.bias"])
    +    x = np.exp(conv2d_gemm(x, state["head.weight"], state["head.bias"]))
    +    return x / x.sum(axis=1, keepdims=True)
    """,
    ("x = np.roll(unet_skip(kept[level - 1], x), x.shape[1], axis=1)", "x = unet_skip(kept.pop(), x)"),
)
unet_linear_bottom = edited(
    unet_decoder_first,
    "linear_bottom",
    ("x = np.roll(unet_skip(kept[level - 1], x), x.shape[1], axis=1)", "x = unet_skip(kept.pop(), x)"),
    """
    -    x = relu(conv2d_gemm(x, state["bottom.weight"], state["bottom.bias"], padding=1))
    +    x = conv2d_gemm(x, state["bottom.weight"], state["bottom.bias"], padding=1)
    """,
)


@wrong("unet_forward", "no_bias")
def unet_no_bias(state, x, skips=True):
    levels, kept = 0, []
    while f"down{levels + 1}.weight" in state:
        levels += 1
        x = relu(conv2d_gemm(x, state[f"down{levels}.weight"], None, padding=1))
        kept.append(x)
        x = max_pool2d(x, 2)
    x = relu(conv2d_gemm(x, state["bottom.weight"], padding=1))
    for level in range(levels, 0, -1):
        x = upsample_nearest(x)
        if skips:
            x = unet_skip(kept.pop(), x)
        x = relu(conv2d_gemm(x, state[f"up{level}.weight"], None, padding=1))
    return conv2d_gemm(x, state["head.weight"])


unet_linear_way_up = edited(
    unet_decoder_first,
    "linear_way_up",
    """
    -            x = np.roll(unet_skip(kept[level - 1], x), x.shape[1], axis=1)
    -        x = relu(conv2d_gemm(x, state[f"up{level}.weight"], state[f"up{level}.bias"], padding=1))
    +            x = unet_skip(kept.pop(), x)
    +        x = conv2d_gemm(x, state[f"up{level}.weight"], state[f"up{level}.bias"], padding=1)
    """,
)


@right("inverted_residual")
def block_by_windows(x, state, stride=1, eps=1e-3):
    def norm(h, name):
        mean, var, gamma, beta = (
            np.reshape(state[f"{name}.{key}"], (-1, 1, 1)) for key in ("running_mean", "running_var", "weight", "bias")
        )
        return gamma * (h - mean) / np.sqrt(var + eps) + beta

    h = x
    if "expand.weight" in state:
        h = np.minimum(relu(norm(np.einsum("nchw,fc->nfhw", x, state["expand.weight"][:, :, 0, 0]), "bn0")), 6)
    w = state["depthwise.weight"][:, 0]
    pads = [(0, 0), (0, 0)]
    for n, k in zip(h.shape[2:], w.shape[1:], strict=True):
        out = (n + stride - 1) // stride
        need = max(0, (out - 1) * stride + k - n)
        pads += [(need // 2, need - need // 2)]
    view = np.lib.stride_tricks.sliding_window_view(np.pad(h, pads), w.shape[1:], axis=(2, 3))
    h = np.einsum("nchwuv,cuv->nchw", view[:, :, ::stride, ::stride], w)
    h = np.minimum(relu(norm(h, "bn1")), 6)
    h = norm(np.einsum("nchw,fc->nfhw", h, state["project.weight"][:, :, 0, 0]), "bn2")
    if h.shape == x.shape and stride == 1:
        h = h + x
    return h


@right("inverted_residual")
def block_folded(x, state, stride=1, eps=1e-3):
    def folded(conv, bn):
        scale = state[bn + ".weight"] / np.sqrt(state[bn + ".running_var"] + eps)
        shift = state[bn + ".bias"] - state[bn + ".running_mean"] * scale
        return state[conv + ".weight"] * scale.reshape(-1, 1, 1, 1), shift

    y = x if "expand.weight" not in state else conv2d_gemm(x, *folded("expand", "bn0")).clip(0, 6)
    weight, shift = folded("depthwise", "bn1")
    n, c, h, w = y.shape
    out_h, out_w = int(np.ceil(h / stride)), int(np.ceil(w / stride))
    k_h, k_w = weight.shape[2:]
    frame = np.zeros((n, c, max((out_h - 1) * stride + k_h, h), max((out_w - 1) * stride + k_w, w)))
    top, left = (frame.shape[2] - h) // 2, (frame.shape[3] - w) // 2
    frame[:, :, top : top + h, left : left + w] = y
    z = np.zeros((n, c, out_h, out_w)) + shift.reshape(-1, 1, 1)
    for u in range(k_h):
        for v in range(k_w):
            part = frame[:, :, u : u + stride * (out_h - 1) + 1 : stride, v : v + stride * (out_w - 1) + 1 : stride]
            z += weight[:, 0, u, v].reshape(-1, 1, 1) * part
    z = conv2d_gemm(np.clip(z, 0, 6), *folded("project", "bn2"))
    return x + z if stride == 1 and len(state["project.weight"]) == x.shape[1] else z


@right("inverted_residual")
def block_at_stride_one_first(x, state, stride=1, eps=1e-3):
    def norm(h, name):
        keys = ["running_mean", "running_var", "weight", "bias"]
        return batch_norm2d(h, *[state[name + "." + key] for key in keys], False, 0.1, eps)[0]

    h = x
    if "expand.weight" in state:
        h = norm(conv2d_gemm(h, state["expand.weight"]), "bn0")
        h = np.where(h < 0, 0, np.where(h > 6, 6, h))
    weight = state["depthwise.weight"]
    before = []
    for n, k in zip(h.shape[2:], weight.shape[2:], strict=True):
        rest = n % stride or stride
        before.append(max(k - rest, 0) // 2)
    large = grouped_conv2d(h, weight, padding=weight.shape[2:], groups=h.shape[1])
    top, left = weight.shape[2] - before[0], weight.shape[3] - before[1]
    h = large[:, :, top : top + x.shape[2] : stride, left : left + x.shape[3] : stride]
    h = norm(h, "bn1")
    h = norm(conv2d_gemm(np.maximum(0, np.minimum(h, 6)), state["project.weight"]), "bn2")
    if stride != 1 or h.shape[1] != x.shape[1]:
        return h
    return h + x


@wrong("inverted_residual", "relu")
def block_relu(x, state, stride=1, eps=1e-3):
    def norm(h, name):
        keys = ("running_mean", "running_var", "weight", "bias")
        return batch_norm2d(h, *(state[f"{name}.{key}"] for key in keys), eps=eps)[0]

    def total(n, k):
        return max((-(-n // stride) - 1) * stride + k - n, 0)

    def bend(h):
        return np.maximum(h, 0)

    h = x
    if "expand.weight" in state:
        h = bend(norm(conv2d_gemm(h, state["expand.weight"]), "bn0"))
    w = state["depthwise.weight"]
    rows, columns = total(h.shape[2], w.shape[2]), total(h.shape[3], w.shape[3])
    h = np.pad(h, ((0, 0), (0, 0), (rows // 2, rows - rows // 2), (columns // 2, columns - columns // 2)))
    h = bend(norm(grouped_conv2d(h, w, stride=stride, groups=len(w)), "bn1"))
    h = norm(conv2d_gemm(h, state["project.weight"]), "bn2")
    if stride == 1 and h.shape == x.shape:
        h = x + h
    return h


SIX = ("return np.maximum(h, 0)", "return np.clip(h, 0, 6)")
block_linear_expansion = edited(
    block_relu,
    "linear_expansion",
    SIX,
    (
        'bend(norm(conv2d_gemm(h, state["expand.weight"]), "bn0"))',
        'norm(conv2d_gemm(h, state["expand.weight"]), "bn0")',
    ),
)
block_linear_depthwise = edited(
    block_relu,
    "linear_depthwise",
    SIX,
    (
        'bend(norm(grouped_conv2d(h, w, stride=stride, groups=len(w)), "bn1"))',
        'norm(grouped_conv2d(h, w, stride=stride, groups=len(w)), "bn1")',
    ),
)
block_bent_projection = edited(
    block_relu,
    "bent_projection",
    SIX,
    (
        'norm(conv2d_gemm(h, state["project.weight"]), "bn2")',
        'bend(norm(conv2d_gemm(h, state["project.weight"]), "bn2"))',
    ),
)
block_bent_sum = edited(
    block_relu,
    "bent_sum",
    SIX,
    """
    -        h = x + h
    -    return h
    +        h = x + h
    +    return bend(h)
    """,
)
block_never_added = edited(
    block_relu,
    "never_added",
    SIX,
    """
    -    if stride == 1 and h.shape == x.shape:
    -        h = x + h
    """,
)
block_concatenated = edited(block_relu, "concatenated", SIX, ("h = x + h", "h = np.concatenate([x, h], axis=1)"))
block_padded_evenly = edited(
    block_relu,
    "padded_evenly",
    SIX,
    """
    -    rows, columns = total(h.shape[2], w.shape[2]), total(h.shape[3], w.shape[3])
    -    h = np.pad(h, ((0, 0), (0, 0), (rows // 2, rows - rows // 2), (columns // 2, columns - columns // 2)))
    -    h = bend(norm(grouped_conv2d(h, w, stride=stride, groups=len(w)), "bn1"))
    +    border = w.shape[2] // 2, w.shape[3] // 2
    +    h = bend(norm(grouped_conv2d(h, w, stride=stride, padding=border, groups=len(w)), "bn1"))
    """,
)
block_padded_by_height = edited(
    block_relu, "padded_by_height", SIX, ("(columns // 2, columns - columns // 2)))", "(rows // 2, rows - rows // 2)))")
)
block_stride_on_expansion = edited(
    block_relu,
    "stride_on_expansion",
    SIX,
    ('conv2d_gemm(h, state["expand.weight"])', 'conv2d_gemm(h, state["expand.weight"], stride=stride)'),
    ("max((-(-n // stride) - 1) * stride + k - n, 0)", "k - 1"),
    ("grouped_conv2d(h, w, stride=stride, groups=len(w))", "grouped_conv2d(h, w, groups=len(w))"),
)
block_batch_statistics = edited(block_relu, "batch_statistics", SIX, ("eps=eps)[0]", "training=True, eps=eps)[0]"))
block_no_root = edited(
    block_relu,
    "no_root",
    SIX,
    """
    -        return batch_norm2d(h, *(state[f"{name}.{key}"] for key in keys), eps=eps)[0]
    +        mean, var, gamma, beta = (state[f"{name}.{key}"][:, None, None] for key in keys)
    +        return gamma * (h - mean) / (var + eps) + beta
    """,
)
block_torch_eps = edited(block_relu, "torch_eps", SIX, (", eps=eps)[0]", ")[0]"))
block_fixed_eps = edited(block_relu, "fixed_eps", SIX, (", eps=eps)[0]", ", eps=1e-3)[0]"))
block_no_last_norm = edited(
    block_relu,
    "no_last_norm",
    SIX,
    ('norm(conv2d_gemm(h, state["project.weight"]), "bn2")', 'conv2d_gemm(h, state["project.weight"])'),
)
