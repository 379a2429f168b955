"""Chapter 12's bank: right and wrong programs for the sum, its shortcuts, the blocks and whole networks."""

import numpy as np

from autograde.course.program import edited, right, wrong


@right("residual_add")
def add_checked(x, f):
    if np.shape(x) != np.shape(f):
        raise ValueError(f"{np.shape(x)} and {np.shape(f)} differ")
    return np.add(x, f)


@right("residual_add")
def add_one_by_one(x, f):
    if not x.shape == f.shape:
        raise ValueError("one shape, please, not " + " and ".join("x".join(map(str, one.shape)) for one in (x, f)))
    y = np.empty(x.shape)
    for place in np.ndindex(*x.shape):
        y[place] = x[place] + f[place]
    return y


@right("residual_add")
def add_into_a_copy(x, f):
    y = x.copy()
    if list(f.shape) != list(y.shape):
        raise ValueError("shapes differ", x.shape, f.shape)
    y += f
    return y


add_without_a_word = edited(add_into_a_copy, "shapes_not_said", (", x.shape, f.shape)", ")"))


@right("residual_add")
def add_stacked_float32(x, f):
    if x.shape != f.shape:
        raise ValueError(f"x has the shape {x.shape} and f the shape {f.shape}")
    return np.stack([x, f]).astype(np.float32).sum(axis=0)


add_plus = edited(
    add_stacked_float32,
    "shapes_stretched",
    """
    -    if x.shape != f.shape:
    -        raise ValueError(f"x has the shape {x.shape} and f the shape {f.shape}")
    -    return np.stack([x, f]).astype(np.float32).sum(axis=0)
    +    return x + f
    """,
)


@wrong("residual_add", "concatenated")
def add_concatenate(x, f):
    if x.shape != f.shape:
        raise ValueError(f"{x.shape} is not {f.shape}")
    return np.concatenate([x, f], axis=1)


add_reversed = edited(add_concatenate, "pairs_reversed", ("np.concatenate([x, f], axis=1)", "x + f[:, ::-1]"))
add_first_map = edited(add_concatenate, "first_map_to_all", ("np.concatenate([x, f], axis=1)", "f + x[:, :1]"))
add_mean_map = edited(
    add_concatenate,
    "mean_map_to_all",
    ("return np.concatenate([x, f], axis=1)", "return f + x.mean(axis=1, keepdims=True)"),
)
add_a_number = edited(
    add_concatenate,
    "one_number_added",
    ("return np.concatenate([x, f], axis=1)", "return f + x.mean(axis=(2, 3), keepdims=True)"),
)
add_rectified = edited(
    add_concatenate, "relu_included", ("return np.concatenate([x, f], axis=1)", "return relu(x + f)")
)
add_rectified_branch = edited(
    add_concatenate, "relu_before_addition", ("return np.concatenate([x, f], axis=1)", "return x + relu(f)")
)
add_rectified_skip = edited(add_concatenate, "relu_on_skip", ("np.concatenate([x, f], axis=1)", "relu(x) + f"))
add_mean = edited(add_concatenate, "averaged", ("np.concatenate([x, f], axis=1)", "(x + f) / 2"))
add_product = edited(add_concatenate, "multiplied", ("np.concatenate([x, f], axis=1)", "x * f"))


@right("projection_shortcut")
def short_filled(x, channels, stride=1, option="A", state=None):
    small = x[..., ::stride, ::stride]
    n, c, h, w = small.shape
    if option == "A":
        y = np.zeros((n, channels, h, w))
        y[:, :c] = small
        return y
    y = np.einsum("fc,nchw->nfhw", state["downsample.0.weight"][:, :, 0, 0], small)
    scale = state["downsample.1.weight"] / np.sqrt(state["downsample.1.running_var"] + 1e-5)
    shift = state["downsample.1.bias"] - scale * state["downsample.1.running_mean"]
    return y * scale[:, None, None] + shift[:, None, None]


@right("projection_shortcut")
def short_loops(x, channels, stride=1, option="A", state=None):
    n, c, h, w = x.shape
    rows, columns = range(0, h, stride), range(0, w, stride)
    y = np.zeros((n, channels, len(rows), len(columns)))
    for image in range(n):
        for channel in range(channels):
            for i, row in enumerate(rows):
                for j, column in enumerate(columns):
                    pixel = x[image, :, row, column]
                    if option == "A":
                        y[image, channel, i, j] = pixel[channel] if channel < c else 0.0
                    else:
                        value = state["downsample.0.weight"][channel, :, 0, 0] @ pixel
                        value -= state["downsample.1.running_mean"][channel]
                        value /= (state["downsample.1.running_var"][channel] + 1e-5) ** 0.5
                        y[image, channel, i, j] = (
                            state["downsample.1.weight"][channel] * value + state["downsample.1.bias"][channel]
                        )
    return y


@right("projection_shortcut")
def short_concatenated_float32(x, channels, stride=1, option="A", state=None):
    x = x.astype(np.float32)
    if option == "A":
        x = x[:, :, ::stride, ::stride]
        zeros = np.zeros((x.shape[0], channels - x.shape[1], *x.shape[2:]), np.float32)
        return np.concatenate((x, zeros), axis=1)
    state = {name: value.astype(np.float32) for name, value in state.items()}
    return norm(conv(x, state, "downsample.0", stride), state, "downsample.1")


@wrong("projection_shortcut", "zeros_first")
def short_zeros_first(x, channels, stride=1, option="A", state=None):
    if option == "A":
        x = x[:, :, ::stride, ::stride]
        new = channels - x.shape[1]
        return np.pad(x, [(0, 0), (new, 0), (0, 0), (0, 0)])
    y = conv(x, state, "downsample.0", stride)
    return norm(y, state, "downsample.1")


short_zeros_both = edited(
    short_zeros_first,
    "zeros_on_both_sides",
    """
    -        return np.pad(x, [(0, 0), (new, 0), (0, 0), (0, 0)])
    +        return np.pad(x, [(0, 0), (new // 2, new - new // 2), (0, 0), (0, 0)])
    """,
)


@wrong("projection_shortcut", "channels_repeated")
def short_tiled(x, channels, stride=1, option="A", state=None):
    if option == "A":
        x = x[:, :, ::stride, ::stride]
        return np.tile(x, (1, channels, 1, 1))[:, :channels]
    y = conv(x, state, "downsample.0", stride)
    return norm(y, state, "downsample.1")


@wrong("projection_shortcut", "shortcut_pooled")
def short_pooled(x, channels, stride=1, option="A", state=None):
    if option == "A":
        h, w = x.shape[2] // stride, x.shape[3] // stride
        x = x[:, :, : h * stride, : w * stride]
        x = x.reshape(*x.shape[:2], h, stride, w, stride).mean((3, 5))
        new = channels - x.shape[1]
        return np.pad(x, [(0, 0), (0, new), (0, 0), (0, 0)])
    h, w = x.shape[2] // stride, x.shape[3] // stride
    x = x[:, :, : h * stride, : w * stride]
    x = x.reshape(*x.shape[:2], h, stride, w, stride).mean((3, 5))
    y = conv(x, state, "downsample.0")
    return norm(y, state, "downsample.1")


@wrong("projection_shortcut", "option_a_pooled")
def short_a_pooled(x, channels, stride=1, option="A", state=None):
    if option == "A":
        h, w = x.shape[2] // stride, x.shape[3] // stride
        x = x[:, :, : h * stride, : w * stride]
        x = x.reshape(*x.shape[:2], h, stride, w, stride).mean((3, 5))
        new = channels - x.shape[1]
        return np.pad(x, [(0, 0), (0, new), (0, 0), (0, 0)])
    y = conv(x, state, "downsample.0", stride)
    return norm(y, state, "downsample.1")


short_b_pooled = edited(
    short_pooled,
    "option_b_pooled",
    """
    -        h, w = x.shape[2] // stride, x.shape[3] // stride
    -        x = x[:, :, : h * stride, : w * stride]
    -        x = x.reshape(*x.shape[:2], h, stride, w, stride).mean((3, 5))
    +        x = x[:, :, ::stride, ::stride]
    """,
)


@wrong("projection_shortcut", "last_of_each_step")
def short_last(x, channels, stride=1, option="A", state=None):
    if option == "A":
        x = x[:, :, stride - 1 :: stride, stride - 1 :: stride]
        new = channels - x.shape[1]
        return np.pad(x, [(0, 0), (0, new), (0, 0), (0, 0)])
    y = conv(x[:, :, stride - 1 :, stride - 1 :], state, "downsample.0", stride)
    return norm(y, state, "downsample.1")


@wrong("projection_shortcut", "stride_ignored")
def short_no_stride(x, channels, stride=1, option="A", state=None):
    if option == "A":
        new = channels - x.shape[1]
        return np.pad(x, [(0, 0), (0, new), (0, 0), (0, 0)])
    y = conv(x, state, "downsample.0")
    return norm(y, state, "downsample.1")


short_b_no_stride = edited(
    short_no_stride,
    "option_b_without_stride",
    """
         if option == "A":
    +        x = x[:, :, ::stride, ::stride]
    """,
)


@wrong("projection_shortcut", "shortcut_norm_forgotten")
def short_bare(x, channels, stride=1, option="A", state=None):
    if option == "A":
        x = x[:, :, ::stride, ::stride]
        new = channels - x.shape[1]
        return np.pad(x, [(0, 0), (0, new), (0, 0), (0, 0)])
    return conv(x, state, "downsample.0", stride)


@wrong("projection_shortcut", "batch_statistics")
def short_batch(x, channels, stride=1, option="A", state=None):
    if option == "A":
        x = x[:, :, ::stride, ::stride]
        new = channels - x.shape[1]
        return np.pad(x, [(0, 0), (0, new), (0, 0), (0, 0)])
    y = conv(x, state, "downsample.0", stride)
    mean, var = y.mean((0, 2, 3), keepdims=True), y.var((0, 2, 3), keepdims=True)
    y = (y - mean) / np.sqrt(var + 1e-5)
    return y * state["downsample.1.weight"][:, None, None] + state["downsample.1.bias"][:, None, None]


short_no_eps = edited(
    short_batch,
    "eps_forgotten",
    """
    -    mean, var = y.mean((0, 2, 3), keepdims=True), y.var((0, 2, 3), keepdims=True)
    -    y = (y - mean) / np.sqrt(var + 1e-5)
    +    y = (y - state["downsample.1.running_mean"][:, None, None]) / np.sqrt(state["downsample.1.running_var"])[
    +        :, None, None
    +    ]
    """,
)
short_rectified = edited(
    short_zeros_first,
    "relu_on_shortcut",
    ('return norm(y, state, "downsample.1")', 'return relu(norm(y, state, "downsample.1"))'),
    ("new, 0", "0, new"),
)


@wrong("projection_shortcut", "padded_1x1")
def short_padded(x, channels, stride=1, option="A", state=None):
    if option == "A":
        x = x[:, :, ::stride, ::stride]
        new = channels - x.shape[1]
        return np.pad(x, [(0, 0), (0, new), (0, 0), (0, 0)])
    y = conv2d_gemm(x, state["downsample.0.weight"], None, stride, 1)
    return norm(y, state, "downsample.1")


@right("basic_block")
def basic_by_hand(x, state, stride=1):
    def layer(y, conv_name, norm_name, step):
        w = state[conv_name + ".weight"]
        k = w.shape[2]
        p = k // 2
        padded = np.pad(y, ((0, 0), (0, 0), (p, p), (p, p)))
        rows, columns = (y.shape[2] - 1) // step + 1, (y.shape[3] - 1) // step + 1
        z = np.zeros((len(y), len(w), rows, columns))
        for i in range(rows):
            for j in range(columns):
                window = padded[:, :, i * step : i * step + k, j * step : j * step + k]
                z[:, :, i, j] = np.einsum("nchw,fchw->nf", window, w)
        mean, var = state[norm_name + ".running_mean"], state[norm_name + ".running_var"]
        scale = state[norm_name + ".weight"] / np.sqrt(var + 1e-5)
        return (z - mean[:, None, None]) * scale[:, None, None] + state[norm_name + ".bias"][:, None, None]

    f = np.maximum(layer(x, "conv1", "bn1", stride), 0)
    f = layer(f, "conv2", "bn2", 1)
    if "downsample.0.weight" in state:
        f += layer(x, "downsample.0", "downsample.1", stride)
    else:
        f[:, : x.shape[1]] += x[:, :, ::stride, ::stride]
    return np.maximum(f, 0)


@right("basic_block")
def basic_folded(x, state, stride=1):
    def folded(y, conv_name, norm_name, step):
        w = state[f"{conv_name}.weight"]
        s = state[f"{norm_name}.weight"] / np.sqrt(state[f"{norm_name}.running_var"] + 1e-5)
        b = state[f"{norm_name}.bias"] - s * state[f"{norm_name}.running_mean"]
        return conv2d_gemm(y, w * s[:, None, None, None], b, step, w.shape[2] // 2)

    inner = relu(folded(x, "conv1", "bn1", stride))
    branch = folded(inner, "conv2", "bn2", 1)
    if "downsample.0.weight" in state:
        skip = folded(x, "downsample.0", "downsample.1", stride)
    else:
        skip = projection_shortcut(x, branch.shape[1], stride)
    return relu(residual_add(skip, branch))


@right("basic_block")
def basic_float32(x, state, stride=1):
    x = x.astype(np.float32)
    state = {name: np.asarray(value, np.float32) for name, value in state.items()}
    f = relu(norm(conv(x, state, "conv1", stride), state, "bn1"))
    f = norm(conv(f, state, "conv2"), state, "bn2")
    if "downsample.0.weight" in state:
        skip = norm(conv(x, state, "downsample.0", stride), state, "downsample.1")
    elif x.shape != f.shape:
        skip = np.zeros_like(f)
        skip[:, : x.shape[1]] = x[:, :, ::stride, ::stride]
    else:
        skip = x
    return relu(skip + f)


@wrong("basic_block", "adds_inner")
def basic_adds_inner(x, state, stride=1):
    x = relu(norm(conv(x, state, "conv1", stride), state, "bn1"))
    f = norm(conv(x, state, "conv2"), state, "bn2")
    return relu(x + f)


@wrong("basic_block", "relu_before_addition")
def basic_relu_before_addition(x, state, stride=1):
    f = relu(norm(conv(x, state, "conv1", stride), state, "bn1"))
    f = norm(conv(f, state, "conv2"), state, "bn2")
    if "downsample.0.weight" in state:
        skip = norm(conv(x, state, "downsample.0", stride), state, "downsample.1")
    elif x.shape != f.shape:
        skip = np.zeros_like(f)
        skip[:, : x.shape[1]] = x[:, :, ::stride, ::stride]
    else:
        skip = x
    return skip + relu(f)


basic_relu_before_and_after = edited(
    basic_relu_before_addition, "relu_before_and_after", ("return skip + relu(f)", "return relu(skip + relu(f))")
)
basic_relu_on_skip = edited(
    basic_relu_before_addition, "relu_on_skip", ("return skip + relu(f)", "return relu(relu(skip) + f)")
)
basic_relu_on_input = edited(
    basic_float32,
    "relu_on_input",
    """
    -    x = x.astype(np.float32)
    -    state = {name: np.asarray(value, np.float32) for name, value in state.items()}
    +    x = relu(x)
    """,
)
basic_no_relu_after_addition = edited(basic_relu_before_addition, "no_relu_after_addition", ("relu(f)", "f"))
basic_no_inner_relu = edited(
    basic_relu_before_addition,
    "no_inner_relu",
    ("return skip + relu(f)", "return relu(skip + f)"),
    """
    -    f = relu(norm(conv(x, state, "conv1", stride), state, "bn1"))
    +    f = norm(conv(x, state, "conv1", stride), state, "bn1")
    """,
)


@wrong("basic_block", "no_shortcut")
def basic_no_shortcut(x, state, stride=1):
    f = relu(norm(conv(x, state, "conv1", stride), state, "bn1"))
    f = norm(conv(f, state, "conv2"), state, "bn2")
    return relu(f)


@wrong("basic_block", "branch_twice")
def basic_branch_twice(x, state, stride=1):
    f = relu(norm(conv(x, state, "conv1", stride), state, "bn1"))
    f = norm(conv(f, state, "conv2"), state, "bn2")
    x = f
    return relu(f + x)


basic_concatenated = edited(
    basic_relu_before_addition,
    "concatenated",
    ("return skip + relu(f)", "return relu(np.concatenate([skip, f], axis=1))"),
)


@wrong("basic_block", "batch_statistics")
def basic_batch_statistics(x, state, stride=1):
    def norm(y, state, name):
        mean, var = y.mean((0, 2, 3), keepdims=True), y.var((0, 2, 3), keepdims=True)
        hat = (y - mean) / np.sqrt(var + 1e-5)
        return hat * state[f"{name}.weight"][:, None, None] + state[f"{name}.bias"][:, None, None]

    f = relu(norm(conv(x, state, "conv1", stride), state, "bn1"))
    f = norm(conv(f, state, "conv2"), state, "bn2")
    if "downsample.0.weight" in state:
        skip = norm(conv(x, state, "downsample.0", stride), state, "downsample.1")
    elif x.shape != f.shape:
        skip = np.zeros_like(f)
        skip[:, : x.shape[1]] = x[:, :, ::stride, ::stride]
    else:
        skip = x
    return relu(skip + f)


@wrong("basic_block", "no_batch_norm")
def basic_no_batch_norm(x, state, stride=1):
    f = relu(conv(x, state, "conv1", stride))
    f = conv(f, state, "conv2")
    if "downsample.0.weight" in state:
        skip = conv(x, state, "downsample.0", stride)
    elif x.shape != f.shape:
        skip = np.zeros_like(f)
        skip[:, : x.shape[1]] = x[:, :, ::stride, ::stride]
    else:
        skip = x
    return relu(skip + f)


basic_last_norm_forgotten = edited(
    basic_no_batch_norm,
    "last_norm_forgotten",
    """
    -        skip = conv(x, state, "downsample.0", stride)
    +        skip = norm(conv(x, state, "downsample.0", stride), state, "downsample.1")
    """,
    ('relu(conv(x, state, "conv1", stride))', 'relu(norm(conv(x, state, "conv1", stride), state, "bn1"))'),
)
basic_shortcut_norm_forgotten = edited(
    basic_no_batch_norm,
    "shortcut_norm_forgotten",
    """
    -    f = relu(conv(x, state, "conv1", stride))
    -    f = conv(f, state, "conv2")
    +    f = relu(norm(conv(x, state, "conv1", stride), state, "bn1"))
    +    f = norm(conv(f, state, "conv2"), state, "bn2")
    """,
)
basic_eps_forgotten = edited(
    basic_batch_statistics,
    "eps_forgotten",
    """
    -        mean, var = y.mean((0, 2, 3), keepdims=True), y.var((0, 2, 3), keepdims=True)
    -        hat = (y - mean) / np.sqrt(var + 1e-5)
    +        deviation = np.sqrt(state[f"{name}.running_var"])[:, None, None]
    +        hat = (y - state[f"{name}.running_mean"][:, None, None]) / deviation
    """,
)
basic_zeros_first = edited(
    basic_relu_before_addition,
    "zeros_first",
    ("return skip + relu(f)", "return relu(skip + f)"),
    (": x.shape[1]", "f.shape[1] - x.shape[1] :"),
)
basic_zeros_on_both_sides = edited(
    basic_relu_before_addition,
    "zeros_on_both_sides",
    ("return skip + relu(f)", "return relu(skip + f)"),
    """
    -        skip[:, : x.shape[1]] = x[:, :, ::stride, ::stride]
    +        before = (f.shape[1] - x.shape[1]) // 2
    +        skip[:, before : before + x.shape[1]] = x[:, :, ::stride, ::stride]
    """,
)
basic_channels_repeated = edited(
    basic_relu_before_addition,
    "channels_repeated",
    ("return skip + relu(f)", "return relu(skip + f)"),
    """
    -        skip = np.zeros_like(f)
    -        skip[:, : x.shape[1]] = x[:, :, ::stride, ::stride]
    +        copies = -(-f.shape[1] // x.shape[1])
    +        skip = np.concatenate([x[:, :, ::stride, ::stride]] * copies, axis=1)[:, : f.shape[1]]
    """,
)


@wrong("basic_block", "shortcut_pooled")
def basic_shortcut_pooled(x, state, stride=1):
    f = relu(norm(conv(x, state, "conv1", stride), state, "bn1"))
    f = norm(conv(f, state, "conv2"), state, "bn2")
    if "downsample.0.weight" in state:
        skip = norm(conv(x, state, "downsample.0", stride), state, "downsample.1")
    elif x.shape != f.shape:
        h, w = x.shape[2] // stride, x.shape[3] // stride
        x = x[:, :, : h * stride, : w * stride]
        x = x.reshape(*x.shape[:2], h, stride, w, stride).mean((3, 5))
        skip = np.pad(x, ((0, 0), (0, f.shape[1] - x.shape[1]), (0, 0), (0, 0)))
    else:
        skip = x
    return relu(skip + f)


basic_stride_on_second = edited(
    basic_relu_before_addition,
    "stride_on_second",
    ("return skip + relu(f)", "return relu(skip + f)"),
    """
    -    f = relu(norm(conv(x, state, "conv1", stride), state, "bn1"))
    -    f = norm(conv(f, state, "conv2"), state, "bn2")
    +    f = relu(norm(conv(x, state, "conv1"), state, "bn1"))
    +    f = norm(conv(f, state, "conv2", stride), state, "bn2")
    """,
)


@right("bottleneck")
def neck_folded(x, state, stride=1, version="1.5"):
    def folded(y, number, step=1):
        w = state[f"conv{number}.weight"]
        s = state[f"bn{number}.weight"] / np.sqrt(state[f"bn{number}.running_var"] + 1e-5)
        b = state[f"bn{number}.bias"] - s * state[f"bn{number}.running_mean"]
        return conv2d_gemm(y, w * s.reshape(-1, 1, 1, 1), b, step, w.shape[2] // 2)

    early = stride if version == "1" else 1
    f = folded(relu(folded(relu(folded(x, 1, early)), 2, stride // early)), 3)
    if "downsample.0.weight" in state:
        x = projection_shortcut(x, f.shape[1], stride, "B", state)
    return relu(residual_add(x, f))


@right("bottleneck")
def neck_einsum(x, state, stride=1, version="1.5"):
    def point(y, w):
        return np.einsum("fc,nchw->nfhw", w[:, :, 0, 0], y)

    skip = x
    if version == "1":
        x, stride, whole = x[:, :, ::stride, ::stride], 1, stride
    else:
        whole = stride
    f = np.maximum(norm(point(x, state["conv1.weight"]), state, "bn1"), 0)
    padded = np.pad(f, ((0, 0), (0, 0), (1, 1), (1, 1)))
    every = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))[:, :, ::stride, ::stride]
    f = np.maximum(norm(np.einsum("nchwij,fcij->nfhw", every, state["conv2.weight"]), state, "bn2"), 0)
    f = norm(point(f, state["conv3.weight"]), state, "bn3")
    if "downsample.0.weight" in state:
        skip = norm(point(skip[:, :, ::whole, ::whole], state["downsample.0.weight"]), state, "downsample.1")
    return np.maximum(skip + f, 0)


@right("bottleneck")
def neck_stride_last_for_1_5(x, state, stride=1, version="1.5"):
    early, late = (stride, 1) if version == "1" else (1, stride)
    f = relu(norm(conv(x, state, "conv1", early), state, "bn1"))
    f = relu(norm(conv(f, state, "conv2"), state, "bn2"))
    f = norm(conv(f, state, "conv3", late), state, "bn3")  # the same numbers as with conv2's stride, at more work
    skip = projection_shortcut(x, f.shape[1], stride, "B", state) if "downsample.0.weight" in state else x
    return relu(skip + f)


@right("bottleneck")
def neck_float32(x, state, stride=1, version="1.5"):
    x = np.float32(x)
    state = {name: np.float32(value) for name, value in state.items()}
    first, second = (stride, 1) if version == "1" else (1, stride)
    f = relu(norm(conv(x, state, "conv1", first), state, "bn1"))
    f = relu(norm(conv(f, state, "conv2", second), state, "bn2"))
    f = norm(conv(f, state, "conv3"), state, "bn3")
    skip = x
    if "downsample.0.weight" in state:
        skip = norm(conv(x, state, "downsample.0", stride), state, "downsample.1")
    return relu(skip + f)


neck_versions_swapped = edited(
    neck_float32,
    "versions_swapped",
    """
    -    x = np.float32(x)
    -    state = {name: np.float32(value) for name, value in state.items()}
    -    first, second = (stride, 1) if version == "1" else (1, stride)
    +    first, second = (1, stride) if version == "1" else (stride, 1)
    """,
)
neck_always_first = edited(
    neck_float32,
    "always_first",
    """
    -    x = np.float32(x)
    -    state = {name: np.float32(value) for name, value in state.items()}
    -    first, second = (stride, 1) if version == "1" else (1, stride)
    +    first, second = stride, 1
    """,
)
neck_always_3x3 = edited(
    neck_float32,
    "always_3x3",
    """
    -    x = np.float32(x)
    -    state = {name: np.float32(value) for name, value in state.items()}
    -    first, second = (stride, 1) if version == "1" else (1, stride)
    +    first, second = 1, stride
    """,
)


@wrong("bottleneck", "relu_before_addition")
def neck_relu_before_addition(x, state, stride=1, version="1.5"):
    first, second = (stride, 1) if version == "1" else (1, stride)
    f = relu(norm(conv(x, state, "conv1", first), state, "bn1"))
    f = relu(norm(conv(f, state, "conv2", second), state, "bn2"))
    f = norm(conv(f, state, "conv3"), state, "bn3")
    skip = x
    if "downsample.0.weight" in state:
        skip = norm(conv(x, state, "downsample.0", stride), state, "downsample.1")
    return skip + relu(f)


neck_relu_before_and_after = edited(
    neck_relu_before_addition, "relu_before_and_after", ("return skip + relu(f)", "return relu(skip + relu(f))")
)
neck_relu_on_skip = edited(
    neck_relu_before_addition, "relu_on_skip", ("return skip + relu(f)", "return relu(relu(skip) + f)")
)
neck_relu_on_input = edited(
    neck_relu_before_addition,
    "relu_on_input",
    ("return skip + relu(f)", "return relu(skip + f)"),
    """
         first, second = (stride, 1) if version == "1" else (1, stride)
    +    x = relu(x)
    """,
)
neck_no_relu_after_addition = edited(neck_relu_before_addition, "no_relu_after_addition", ("relu(f)", "f"))


@wrong("bottleneck", "no_inner_relu")
def neck_no_inner_relu(x, state, stride=1, version="1.5"):
    first, second = (stride, 1) if version == "1" else (1, stride)
    f = norm(conv(x, state, "conv1", first), state, "bn1")
    f = norm(conv(f, state, "conv2", second), state, "bn2")
    f = norm(conv(f, state, "conv3"), state, "bn3")
    skip = x
    if "downsample.0.weight" in state:
        skip = norm(conv(x, state, "downsample.0", stride), state, "downsample.1")
    return relu(skip + f)


@wrong("bottleneck", "no_shortcut")
def neck_no_shortcut(x, state, stride=1, version="1.5"):
    first, second = (stride, 1) if version == "1" else (1, stride)
    f = relu(norm(conv(x, state, "conv1", first), state, "bn1"))
    f = relu(norm(conv(f, state, "conv2", second), state, "bn2"))
    f = norm(conv(f, state, "conv3"), state, "bn3")
    return relu(f)


@wrong("bottleneck", "branch_twice")
def neck_branch_twice(x, state, stride=1, version="1.5"):
    first, second = (stride, 1) if version == "1" else (1, stride)
    f = relu(norm(conv(x, state, "conv1", first), state, "bn1"))
    f = relu(norm(conv(f, state, "conv2", second), state, "bn2"))
    f = norm(conv(f, state, "conv3"), state, "bn3")
    x = f
    return relu(f + x)


neck_concatenated = edited(
    neck_relu_before_addition,
    "concatenated",
    ("return skip + relu(f)", "return relu(np.concatenate([skip, f], axis=1))"),
)


@wrong("bottleneck", "batch_statistics")
def neck_batch_statistics(x, state, stride=1, version="1.5"):
    def norm(y, state, name):
        mean, var = y.mean((0, 2, 3), keepdims=True), y.var((0, 2, 3), keepdims=True)
        hat = (y - mean) / np.sqrt(var + 1e-5)
        return hat * state[f"{name}.weight"][:, None, None] + state[f"{name}.bias"][:, None, None]

    first, second = (stride, 1) if version == "1" else (1, stride)
    f = relu(norm(conv(x, state, "conv1", first), state, "bn1"))
    f = relu(norm(conv(f, state, "conv2", second), state, "bn2"))
    f = norm(conv(f, state, "conv3"), state, "bn3")
    skip = x
    if "downsample.0.weight" in state:
        skip = norm(conv(x, state, "downsample.0", stride), state, "downsample.1")
    return relu(skip + f)


@wrong("bottleneck", "no_batch_norm")
def neck_no_batch_norm(x, state, stride=1, version="1.5"):
    first, second = (stride, 1) if version == "1" else (1, stride)
    f = relu(conv(x, state, "conv1", first))
    f = relu(conv(f, state, "conv2", second))
    f = conv(f, state, "conv3")
    skip = x
    if "downsample.0.weight" in state:
        skip = conv(x, state, "downsample.0", stride)
    return relu(skip + f)


neck_last_norm_forgotten = edited(
    neck_relu_before_addition,
    "last_norm_forgotten",
    ("return skip + relu(f)", "return relu(skip + f)"),
    ('f = norm(conv(f, state, "conv3"), state, "bn3")', 'f = conv(f, state, "conv3")'),
)
neck_shortcut_norm_forgotten = edited(
    neck_relu_before_addition,
    "shortcut_norm_forgotten",
    """
    -        skip = norm(conv(x, state, "downsample.0", stride), state, "downsample.1")
    -    return skip + relu(f)
    +        skip = conv(x, state, "downsample.0", stride)
    +    return relu(skip + f)
    """,
)
neck_eps_forgotten = edited(
    neck_batch_statistics,
    "eps_forgotten",
    """
    -        mean, var = y.mean((0, 2, 3), keepdims=True), y.var((0, 2, 3), keepdims=True)
    -        hat = (y - mean) / np.sqrt(var + 1e-5)
    +        deviation = np.sqrt(state[f"{name}.running_var"])[:, None, None]
    +        hat = (y - state[f"{name}.running_mean"][:, None, None]) / deviation
    """,
)


@right("preact_block")
def preact_keeps_x(x, state, stride=1):
    y = relu(norm(x, state, "bn1"))
    if "downsample.weight" in state:
        x = conv2d_gemm(y, state["downsample.weight"], stride=stride)
    y = relu(norm(conv2d_gemm(y, state["conv1.weight"], stride=stride, padding=1), state, "bn2"))
    return residual_add(x, conv2d_gemm(y, state["conv2.weight"], padding=1))


@right("preact_block")
def preact_by_hand(x, state, stride=1):
    def ready(y, name):
        s = state[name + ".weight"] / (state[name + ".running_var"] + 1e-5) ** 0.5
        return np.clip((y - state[name + ".running_mean"][:, None, None]) * s[:, None, None]
                       + state[name + ".bias"][:, None, None], 0, None)  # fmt: skip

    def taps(y, w, step):
        padded = np.pad(y, ((0, 0), (0, 0), (1, 1), (1, 1)))
        total = 0.0
        for u in range(3):
            for v in range(3):
                part = padded[:, :, u : u + y.shape[2] : step, v : v + y.shape[3] : step]
                total = total + np.einsum("fc,nchw->nfhw", w[:, :, u, v], part)
        return total

    a = ready(x, "bn1")
    f = taps(ready(taps(a, state["conv1.weight"], stride), "bn2"), state["conv2.weight"], 1)
    if "downsample.weight" not in state:
        return f + x
    return f + np.einsum("fc,nchw->nfhw", state["downsample.weight"][:, :, 0, 0], a[:, :, ::stride, ::stride])


@right("preact_block")
def preact_float32(x, state, stride=1):
    x = x.astype(np.float32)
    state = {name: value.astype(np.float32) for name, value in state.items()}
    ready = relu(norm(x, state, "bn1"))
    skip = x
    if "downsample.weight" in state:
        skip = conv(ready, state, "downsample", stride)
    f = conv(ready, state, "conv1", stride)
    f = conv(relu(norm(f, state, "bn2")), state, "conv2")
    return skip + f


@wrong("preact_block", "projection_from_raw_x")
def preact_projection_from_raw_x(x, state, stride=1):
    ready = relu(norm(x, state, "bn1"))
    skip = x
    if "downsample.weight" in state:
        skip = conv(x, state, "downsample", stride)
    f = conv(ready, state, "conv1", stride)
    f = conv(relu(norm(f, state, "bn2")), state, "conv2")
    return skip + f


preact_skip_activated = edited(
    preact_projection_from_raw_x,
    "skip_activated",
    ('skip = conv(x, state, "downsample", stride)', 'skip = conv(ready, state, "downsample", stride)'),
    ("skip = x", "skip = ready"),
)
preact_relu_after_addition = edited(
    preact_projection_from_raw_x,
    "relu_after_addition",
    ("skip + f", "relu(skip + f)"),
    ('skip = conv(x, state, "downsample", stride)', 'skip = conv(ready, state, "downsample", stride)'),
)


@wrong("preact_block", "relu_before_norm")
def preact_relu_before_norm(x, state, stride=1):
    ready = norm(relu(x), state, "bn1")
    skip = x
    if "downsample.weight" in state:
        skip = conv(ready, state, "downsample", stride)
    f = conv(ready, state, "conv1", stride)
    f = conv(norm(relu(f), state, "bn2"), state, "conv2")
    return skip + f


preact_no_relu = edited(preact_relu_before_norm, "no_relu", ("relu(f)", "f"), ("relu(x)", "x"))
preact_no_batch_norm = edited(
    preact_relu_before_norm,
    "no_batch_norm",
    ('f = conv(norm(relu(f), state, "bn2"), state, "conv2")', 'f = conv(relu(f), state, "conv2")'),
    ('ready = norm(relu(x), state, "bn1")', "ready = relu(x)"),
)
preact_one_activation = edited(
    preact_relu_before_norm,
    "one_activation",
    ('norm(relu(f), state, "bn2")', "f"),
    ('ready = norm(relu(x), state, "bn1")', 'ready = relu(norm(x, state, "bn1"))'),
)


@wrong("preact_block", "no_shortcut")
def preact_no_shortcut(x, state, stride=1):
    ready = relu(norm(x, state, "bn1"))
    f = conv(ready, state, "conv1", stride)
    f = conv(relu(norm(f, state, "bn2")), state, "conv2")
    return f


preact_concatenated = edited(
    preact_projection_from_raw_x,
    "concatenated",
    ("skip + f", "np.concatenate([skip, f], axis=1)"),
    ('skip = conv(x, state, "downsample", stride)', 'skip = conv(ready, state, "downsample", stride)'),
)


@wrong("preact_block", "batch_statistics")
def preact_batch_statistics(x, state, stride=1):
    def norm(y, state, name):
        mean, var = y.mean((0, 2, 3), keepdims=True), y.var((0, 2, 3), keepdims=True)
        hat = (y - mean) / np.sqrt(var + 1e-5)
        return hat * state[f"{name}.weight"][:, None, None] + state[f"{name}.bias"][:, None, None]

    ready = relu(norm(x, state, "bn1"))
    skip = x
    if "downsample.weight" in state:
        skip = conv(ready, state, "downsample", stride)
    f = conv(ready, state, "conv1", stride)
    f = conv(relu(norm(f, state, "bn2")), state, "conv2")
    return skip + f


@wrong("preact_block", "stride_on_second")
def preact_stride_on_second(x, state, stride=1):
    ready = relu(norm(x, state, "bn1"))
    skip = x
    if "downsample.weight" in state:
        skip = conv(ready, state, "downsample", stride)
    f = conv(ready, state, "conv1")
    f = conv(relu(norm(f, state, "bn2")), state, "conv2", stride)
    return skip + f


@right("resnet_forward")
def net_by_names(state, x):
    large = state["conv1.weight"].shape[-1] == 7
    x = relu(norm(conv(x, state, "conv1", 2 if large else 1), state, "bn1"))
    if large:
        x = max_pool2d(x, 3, 2, 1)
    for stage in (1, 2, 3, 4):
        numbers = {int(name.split(".")[1]) for name in state if name.startswith(f"layer{stage}.")}
        for number in sorted(numbers):
            prefix = f"layer{stage}.{number}."
            own = {name.removeprefix(prefix): state[name] for name in state if name.startswith(prefix)}
            stride = 2 if stage > 1 and number == 0 else 1
            x = bottleneck(x, own, stride) if "conv3.weight" in own else basic_block(x, own, stride)
    return linear(x.mean((2, 3)), state["fc.weight"], state["fc.bias"])


@right("resnet_forward")
def net_own_block(state, x):
    def block(x, own, stride):
        deep = "conv3.weight" in own
        f = relu(norm(conv(x, own, "conv1", 1 if deep else stride), own, "bn1"))
        f = norm(conv(f, own, "conv2", stride if deep else 1), own, "bn2")
        if deep:
            f = norm(conv(relu(f), own, "conv3"), own, "bn3")
        if "downsample.0.weight" in own:
            skip = norm(conv(x, own, "downsample.0", stride), own, "downsample.1")
        else:
            skip = np.zeros_like(f)
            skip[:, : x.shape[1]] = x[:, :, ::stride, ::stride]
        return relu(skip + f)

    large = state["conv1.weight"].shape[-1] == 7
    x = relu(norm(conv(x, state, "conv1", 2 if large else 1), state, "bn1"))
    if large:
        x = max_pool2d(x, 3, 2, 1)
    for stage in (1, 2, 3, 4):
        numbers = {int(name.split(".")[1]) for name in state if name.startswith(f"layer{stage}.")}
        for number in sorted(numbers):
            prefix = f"layer{stage}.{number}."
            own = {name.removeprefix(prefix): state[name] for name in state if name.startswith(prefix)}
            stride = 2 if stage > 1 and number == 0 else 1
            x = block(x, own, stride)
    return linear(x.mean((2, 3)), state["fc.weight"], state["fc.bias"])


@right("resnet_forward")
def net_float32(state, x):
    def block(x, own, stride):
        deep = "conv3.weight" in own
        f = relu(norm(conv(x, own, "conv1", 1 if deep else stride), own, "bn1"))
        f = norm(conv(f, own, "conv2", stride if deep else 1), own, "bn2")
        if deep:
            f = norm(conv(relu(f), own, "conv3"), own, "bn3")
        if "downsample.0.weight" in own:
            skip = norm(conv(x, own, "downsample.0", stride), own, "downsample.1")
        else:
            skip = np.zeros_like(f)
            skip[:, : x.shape[1]] = x[:, :, ::stride, ::stride]
        return relu(skip + f)

    x = x.astype(np.float32)
    state = {name: np.asarray(value, np.float32) for name, value in state.items()}
    large = state["conv1.weight"].shape[-1] == 7
    x = relu(norm(conv(x, state, "conv1", 2 if large else 1), state, "bn1"))
    if large:
        x = max_pool2d(x, 3, 2, 1)
    for stage in (1, 2, 3, 4):
        numbers = {int(name.split(".")[1]) for name in state if name.startswith(f"layer{stage}.")}
        for number in sorted(numbers):
            prefix = f"layer{stage}.{number}."
            own = {name.removeprefix(prefix): state[name] for name in state if name.startswith(prefix)}
            stride = 2 if stage > 1 and number == 0 else 1
            x = block(x, own, stride)
    return linear(x.mean((2, 3)), state["fc.weight"], state["fc.bias"])


@right("resnet_forward")
def net_while_names_last(state, x):
    names = [name for name in state if name.endswith(".conv1.weight")]
    blocks = sorted(tuple(int(part) for part in name[5:-13].split(".")) for name in names)
    x = np.maximum(norm(conv(x, state, "conv1", 1 + (state["conv1.weight"].shape[3] == 7)), state, "bn1"), 0)
    if state["conv1.weight"].shape[3] == 7:
        n, c, h, w = x.shape
        padded = np.full((n, c, h + 2, w + 2), -np.inf)
        padded[:, :, 1:-1, 1:-1] = x
        x = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))[:, :, ::2, ::2].max(axis=(4, 5))
    for stage, number in blocks:
        start = f"layer{stage}.{number}."
        own = {name[len(start) :]: array for name, array in state.items() if name[: len(start)] == start}
        if "conv3.weight" in own:
            x = bottleneck(x, own, 2 if (stage > 1 and number == 0) else 1, version="1.5")
        else:
            x = basic_block(x, own, 2 if (stage > 1 and number == 0) else 1)
    return x.mean(axis=(-2, -1)) @ state["fc.weight"].T + state["fc.bias"]


net_relu_before_addition = edited(
    net_own_block, "relu_before_addition", ("return relu(skip + f)", "return skip + relu(f)")
)
net_relu_before_and_after = edited(net_own_block, "relu_before_and_after", ("(skip + f)", "(skip + relu(f))"))
net_relu_on_skip = edited(net_own_block, "relu_on_skip", ("return relu(skip + f)", "return relu(relu(skip) + f)"))
net_no_relu_after_addition = edited(net_own_block, "no_relu_after_addition", ("relu(skip + f)", "skip + f"))
net_no_inner_relu = edited(
    net_own_block,
    "no_inner_relu",
    ("relu(f)", "f"),
    """
    -        f = relu(norm(conv(x, own, "conv1", 1 if deep else stride), own, "bn1"))
    +        f = norm(conv(x, own, "conv1", 1 if deep else stride), own, "bn1")
    """,
)
net_no_shortcut = edited(
    net_own_block,
    "no_shortcut",
    """
    -        if "downsample.0.weight" in own:
    -            skip = norm(conv(x, own, "downsample.0", stride), own, "downsample.1")
    -        else:
    -            skip = np.zeros_like(f)
    -            skip[:, : x.shape[1]] = x[:, :, ::stride, ::stride]
    -        return relu(skip + f)
    +        return relu(f)
    """,
)


@wrong("resnet_forward", "branch_twice")
def net_branch_twice(state, x):
    def block(x, own, stride):
        deep = "conv3.weight" in own
        f = relu(norm(conv(x, own, "conv1", 1 if deep else stride), own, "bn1"))
        f = norm(conv(f, own, "conv2", stride if deep else 1), own, "bn2")
        if deep:
            f = norm(conv(relu(f), own, "conv3"), own, "bn3")
        x = f
        return relu(x + f)

    large = state["conv1.weight"].shape[-1] == 7
    x = relu(norm(conv(x, state, "conv1", 2 if large else 1), state, "bn1"))
    if large:
        x = max_pool2d(x, 3, 2, 1)
    for stage in (1, 2, 3, 4):
        numbers = {int(name.split(".")[1]) for name in state if name.startswith(f"layer{stage}.")}
        for number in sorted(numbers):
            prefix = f"layer{stage}.{number}."
            own = {name.removeprefix(prefix): state[name] for name in state if name.startswith(prefix)}
            stride = 2 if stage > 1 and number == 0 else 1
            x = block(x, own, stride)
    return linear(x.mean((2, 3)), state["fc.weight"], state["fc.bias"])


net_batch_statistics = edited(
    net_own_block,
    "batch_statistics",
    """
     def resnet_forward(state, x):
    +    def norm(y, state, name):
    +        mean, var = y.mean((0, 2, 3), keepdims=True), y.var((0, 2, 3), keepdims=True)
    +        hat = (y - mean) / np.sqrt(var + 1e-5)
    +        return hat * state[f"{name}.weight"][:, None, None] + state[f"{name}.bias"][:, None, None]
    +
    """,
)


@wrong("resnet_forward", "no_batch_norm")
def net_no_batch_norm(state, x):
    def block(x, own, stride):
        deep = "conv3.weight" in own
        f = relu(conv(x, own, "conv1", 1 if deep else stride))
        f = conv(f, own, "conv2", stride if deep else 1)
        if deep:
            f = conv(relu(f), own, "conv3")
        if "downsample.0.weight" in own:
            skip = conv(x, own, "downsample.0", stride)
        else:
            skip = np.zeros_like(f)
            skip[:, : x.shape[1]] = x[:, :, ::stride, ::stride]
        return relu(skip + f)

    large = state["conv1.weight"].shape[-1] == 7
    x = relu(conv(x, state, "conv1", 2 if large else 1))
    if large:
        x = max_pool2d(x, 3, 2, 1)
    for stage in (1, 2, 3, 4):
        numbers = {int(name.split(".")[1]) for name in state if name.startswith(f"layer{stage}.")}
        for number in sorted(numbers):
            prefix = f"layer{stage}.{number}."
            own = {name.removeprefix(prefix): state[name] for name in state if name.startswith(prefix)}
            stride = 2 if stage > 1 and number == 0 else 1
            x = block(x, own, stride)
    return linear(x.mean((2, 3)), state["fc.weight"], state["fc.bias"])


net_last_norm_forgotten = edited(
    net_own_block,
    "last_norm_forgotten",
    """
    -            f = norm(conv(relu(f), own, "conv3"), own, "bn3")
    +            f = conv(relu(norm(f, own, "bn2")), own, "conv3")
    """,
    """
    -        f = norm(conv(f, own, "conv2", stride if deep else 1), own, "bn2")
    +        f = conv(f, own, "conv2", stride if deep else 1)
    """,
)
net_shortcut_norm_forgotten = edited(
    net_own_block,
    "shortcut_norm_forgotten",
    """
    -            skip = norm(conv(x, own, "downsample.0", stride), own, "downsample.1")
    +            skip = conv(x, own, "downsample.0", stride)
    """,
)
net_eps_forgotten = edited(
    net_own_block,
    "eps_forgotten",
    """
     def resnet_forward(state, x):
    +    def norm(y, state, name):
    +        deviation = np.sqrt(state[f"{name}.running_var"])[:, None, None]
    +        hat = (y - state[f"{name}.running_mean"][:, None, None]) / deviation
    +        return hat * state[f"{name}.weight"][:, None, None] + state[f"{name}.bias"][:, None, None]
    +
    """,
)
net_zeros_first = edited(net_own_block, "zeros_first", (": x.shape[1]", "f.shape[1] - x.shape[1] :"))
net_zeros_on_both_sides = edited(
    net_own_block,
    "zeros_on_both_sides",
    """
    -            skip[:, : x.shape[1]] = x[:, :, ::stride, ::stride]
    +            before = (f.shape[1] - x.shape[1]) // 2
    +            skip[:, before : before + x.shape[1]] = x[:, :, ::stride, ::stride]
    """,
)
net_channels_repeated = edited(
    net_own_block,
    "channels_repeated",
    """
    -            skip = np.zeros_like(f)
    -            skip[:, : x.shape[1]] = x[:, :, ::stride, ::stride]
    +            copies = f.shape[1] // x.shape[1]
    +            skip = np.tile(x[:, :, ::stride, ::stride], (1, copies, 1, 1))
    """,
)
net_stride_on_second = edited(
    net_own_block,
    "stride_on_second",
    """
    -        f = relu(norm(conv(x, own, "conv1", 1 if deep else stride), own, "bn1"))
    -        f = norm(conv(f, own, "conv2", stride if deep else 1), own, "bn2")
    +        f = relu(norm(conv(x, own, "conv1"), own, "bn1"))
    +        f = norm(conv(f, own, "conv2", stride), own, "bn2")
    """,
)


@wrong("resnet_forward", "no_maximum_pool")
def net_no_maximum_pool(state, x):
    def block(x, own, stride):
        deep = "conv3.weight" in own
        f = relu(norm(conv(x, own, "conv1", 1 if deep else stride), own, "bn1"))
        f = norm(conv(f, own, "conv2", stride if deep else 1), own, "bn2")
        if deep:
            f = norm(conv(relu(f), own, "conv3"), own, "bn3")
        if "downsample.0.weight" in own:
            skip = norm(conv(x, own, "downsample.0", stride), own, "downsample.1")
        else:
            skip = np.zeros_like(f)
            skip[:, : x.shape[1]] = x[:, :, ::stride, ::stride]
        return relu(skip + f)

    large = state["conv1.weight"].shape[-1] == 7
    x = relu(norm(conv(x, state, "conv1", 2 if large else 1), state, "bn1"))
    for stage in (1, 2, 3, 4):
        numbers = {int(name.split(".")[1]) for name in state if name.startswith(f"layer{stage}.")}
        for number in sorted(numbers):
            prefix = f"layer{stage}.{number}."
            own = {name.removeprefix(prefix): state[name] for name in state if name.startswith(prefix)}
            stride = 2 if stage > 1 and number == 0 else 1
            x = block(x, own, stride)
    return linear(x.mean((2, 3)), state["fc.weight"], state["fc.bias"])


net_pool_not_padded = edited(net_own_block, "pool_not_padded", ("(x, 3, 2, 1)", "(x, 3, 2)"))
net_pool_2x2 = edited(net_own_block, "pool_2x2", ("3, 2, 1", "2"))
net_pool_average = edited(
    net_own_block,
    "pool_average",
    """
    -        x = max_pool2d(x, 3, 2, 1)
    +        x = conv2d_gemm(x.reshape(-1, 1, *x.shape[2:]), np.full((1, 1, 3, 3), 1 / 9), None, 2, 1)
    +        x = x.reshape(-1, len(state["conv1.weight"]), *x.shape[2:])
    """,
)
net_pool_for_cifar_too = edited(
    net_no_maximum_pool,
    "pool_for_cifar_too",
    """
         x = relu(norm(conv(x, state, "conv1", 2 if large else 1), state, "bn1"))
    +    x = max_pool2d(x, 3, 2, 1)
    """,
)
net_stem_not_strided = edited(
    net_own_block,
    "stem_not_strided",
    """
    -    x = relu(norm(conv(x, state, "conv1", 2 if large else 1), state, "bn1"))
    +    x = relu(norm(conv(x, state, "conv1"), state, "bn1"))
    """,
)
net_stem_not_rectified = edited(
    net_own_block,
    "stem_not_rectified",
    """
    -    x = relu(norm(conv(x, state, "conv1", 2 if large else 1), state, "bn1"))
    +    x = norm(conv(x, state, "conv1", 2 if large else 1), state, "bn1")
    """,
)
net_every_block_strided = edited(net_own_block, "every_block_strided", ("> 1 and number == 0 else 1", "> 1 else 1"))
net_first_stage_strided = edited(
    net_own_block,
    "first_stage_strided",
    ("stride = 2 if stage > 1 and number == 0 else", "stride = 2 if number == 0 else"),
)
net_no_stage_strided = edited(
    net_own_block, "no_stage_strided", ("stride = 2 if stage > 1 and number == 0 else 1", "stride = 1")
)
net_version_1 = edited(
    net_own_block,
    "version_1",
    """
    -        f = relu(norm(conv(x, own, "conv1", 1 if deep else stride), own, "bn1"))
    -        f = norm(conv(f, own, "conv2", stride if deep else 1), own, "bn2")
    +        f = relu(norm(conv(x, own, "conv1", stride), own, "bn1"))
    +        f = norm(conv(f, own, "conv2"), own, "bn2")
    """,
)
net_names_sorted_as_text = edited(
    net_own_block,
    "names_sorted_as_text",
    ("if stage > 1 and number == 0 else 1", "if stage > 1 and place == 0 else 1"),
    """
    -        numbers = {int(name.split(".")[1]) for name in state if name.startswith(f"layer{stage}.")}
    -        for number in sorted(numbers):
    +        numbers = {name.split(".")[1] for name in state if name.startswith(f"layer{stage}.")}
    +        for place, number in enumerate(sorted(numbers)):
    """,
)
net_first_blocks_only = edited(net_own_block, "first_blocks_only", ("(numbers):", "(numbers)[:1]:"))
net_maximum_at_the_end = edited(
    net_own_block,
    "maximum_at_the_end",
    """
    -    return linear(x.mean((2, 3)), state["fc.weight"], state["fc.bias"])
    +    return linear(x.max((2, 3)), state["fc.weight"], state["fc.bias"])
    """,
)
net_fc_bias_forgotten = edited(
    net_own_block,
    "fc_bias_forgotten",
    ('(x.mean((2, 3)), state["fc.weight"], state["fc.bias"])', '(x.mean((2, 3)), state["fc.weight"])'),
)
net_softmax_applied = edited(
    net_own_block,
    "softmax_applied",
    """
    -    return linear(x.mean((2, 3)), state["fc.weight"], state["fc.bias"])
    +    logits = linear(x.mean((2, 3)), state["fc.weight"], state["fc.bias"])
    +    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    +    return e / e.sum(axis=1, keepdims=True)
    """,
)


@right("basic_block_backward")
def back_by_formula(grad_output, x, state, stride=1):
    def normalized(a, name):
        spread = np.sqrt(a.var(axis=(0, 2, 3), keepdims=True) + 1e-5)
        hat = (a - a.mean(axis=(0, 2, 3), keepdims=True)) / spread
        return hat, spread, state[f"{name}.weight"][:, None, None] * hat + state[f"{name}.bias"][:, None, None]

    def back_through(g, hat, spread, name):
        to_weight, to_bias = (g * hat).sum((0, 2, 3)), g.sum((0, 2, 3))
        count = g.size / g.shape[1]
        left = g - (to_bias[:, None, None] + hat * to_weight[:, None, None]) / count
        return state[f"{name}.weight"][:, None, None] * left / spread, to_weight, to_bias

    a = conv2d_gemm(x, state["conv1.weight"], None, stride, 1)
    hat1, spread1, b = normalized(a, "bn1")
    h = np.maximum(b, 0)
    c = conv2d_gemm(h, state["conv2.weight"], None, 1, 1)
    hat2, spread2, f = normalized(c, "bn2")
    skip = np.zeros_like(f)
    skip[:, : x.shape[1]] = x[:, :, ::stride, ::stride]
    g = np.where(skip + f > 0, grad_output, 0)
    grads = {}
    e, grads["bn2.weight"], grads["bn2.bias"] = back_through(g, hat2, spread2, "bn2")
    e, grads["conv2.weight"], _ = conv2d_backward(e, h, state["conv2.weight"], padding=1)
    e = e * (b > 0)
    e, grads["bn1.weight"], grads["bn1.bias"] = back_through(e, hat1, spread1, "bn1")
    e, grads["conv1.weight"], _ = conv2d_backward(e, x, state["conv1.weight"], stride, 1)
    grads["x"] = e.copy()
    grads["x"][:, :, ::stride, ::stride] += g[:, : x.shape[1]]
    return grads


@right("basic_block_backward")
def back_with_a_tape(grad_output, x, state, stride=1):
    tape, grads = [], {}
    y = x
    for number, step in ((1, stride), (2, 1)):
        entered = y
        y = conv2d_gemm(y, state[f"conv{number}.weight"], None, step, 1)
        tape.append(("conv", number, step, entered))
        tape.append(("bn", number, 1, y))
        gamma, beta = (state[f"bn{number}.{part}"].reshape(1, -1, 1, 1) for part in ("weight", "bias"))
        y = (y - y.mean((0, 2, 3), keepdims=True)) / (y.var((0, 2, 3), keepdims=True) + 1e-5) ** 0.5 * gamma + beta
        if number == 1:
            tape.append(("relu", 0, 1, y))
            y = relu(y)
    narrow = x[:, :, ::stride, ::stride]
    sums = y.copy()
    sums[:, : x.shape[1]] += narrow
    g = back = relu_backward(grad_output, sums)
    for kind, number, step, entered in tape[::-1]:
        if kind == "relu":
            back = relu_backward(back, entered)
        elif kind == "bn":
            back, grads[f"bn{number}.weight"], grads[f"bn{number}.bias"] = batch_norm2d_backward(
                back, entered, state[f"bn{number}.weight"]
            )
        else:
            back, grads[f"conv{number}.weight"], _ = conv2d_backward(
                back, entered, state[f"conv{number}.weight"], step, 1
            )
    along = np.zeros(x.shape)
    along[:, :, ::stride, ::stride] = g[:, : x.shape[1]]
    return {"x": back + along, **grads}


@right("basic_block_backward")
def back_in_another_order(grad_output, x, state, stride=1):
    a = conv(x, state, "conv1", stride)
    b = norm(a, {**state, **statistics(a, state, "bn1")[0]}, "bn1")
    c = conv(relu(b), state, "conv2")
    f = norm(c, {**state, **statistics(c, state, "bn2")[0]}, "bn2")
    skip = np.pad(x[:, :, ::stride, ::stride], ((0, 0), (0, f.shape[1] - x.shape[1]), (0, 0), (0, 0)))
    g = grad_output * (skip + f > 0)
    g2, w2, b2 = batch_norm2d_backward(g, c, state["bn2.weight"])
    g2, k2, _ = conv2d_backward(g2, relu(b), state["conv2.weight"], 1, 1)
    g1, w1, b1 = batch_norm2d_backward(g2 * (b > 0), a, state["bn1.weight"])
    g1, k1, _ = conv2d_backward(g1, x, state["conv1.weight"], stride, 1)
    g1[:, :, ::stride, ::stride] += g[:, : x.shape[1]]
    names = ("bn2.bias", "bn2.weight", "conv2.weight", "bn1.bias", "bn1.weight", "conv1.weight", "x")
    return dict(zip(names, (b2, w2, k2, b1, w1, k1, g1), strict=True))


ADDS_ALONG = ("    g1[:, :, ::stride, ::stride] += g[:, : x.shape[1]]\n", "")
branch_alone = edited(back_in_another_order, "shortcut_gradient_forgotten", ADDS_ALONG)
shortcut_alone = edited(
    back_in_another_order,
    "branch_gradient_forgotten",
    ("    g1[:, :, ::stride, ::stride] += g", "    g1 = 0 * g1\n    g1[:, :, ::stride, ::stride] += g"),
)
along_without_mask = edited(
    back_in_another_order, "shortcut_not_masked", ("+= g[:, : x.shape[1]]", "+= grad_output[:, : x.shape[1]]")
)
along_without_stride = edited(
    back_in_another_order,
    "stride_ignored_on_shortcut",
    ("g1[:, :, ::stride, ::stride] += g[:, :", "g1[:, :, : g.shape[2], : g.shape[3]] += g[:, :"),
)
no_last_mask = edited(back_in_another_order, "last_relu_ignored", ("grad_output * (skip + f > 0)", "grad_output"))
no_inner_mask = edited(back_in_another_order, "inner_relu_ignored", ("g2 * (b > 0)", "g2"))
FIRST = '    a = conv(x, state, "conv1", stride)\n'
CONSTANT = """    def batch_norm2d_backward(g, a, weight):
        middle, spread = a.mean((0, 2, 3), keepdims=True), np.sqrt(a.var((0, 2, 3), keepdims=True) + 1e-5)
        hat = (a - middle) / spread
        return g * weight[:, None, None] / spread, (g * hat).sum((0, 2, 3)), g.sum((0, 2, 3))

"""
constants = edited(back_in_another_order, "statistics_are_constants", (FIRST, CONSTANT + FIRST))
constant_variance = edited(
    back_in_another_order,
    "variance_is_constant",
    (FIRST, CONSTANT.replace("return g *", "return (g - g.mean((0, 2, 3), keepdims=True)) *") + FIRST),
)
RUNNING = """    def batch_norm2d_backward(g, a, weight):
        name = "bn1" if weight is state["bn1.weight"] else "bn2"
        middle, var = (state[f"{name}.running_{part}"][:, None, None] for part in ("mean", "var"))
        hat = (a - middle) / np.sqrt(var + 1e-5)
        return g * weight[:, None, None] / np.sqrt(var + 1e-5), (g * hat).sum((0, 2, 3)), g.sum((0, 2, 3))

"""
evaluated = edited(
    back_in_another_order,
    "running_statistics",
    (FIRST, RUNNING + FIRST),
    ('{**state, **statistics(a, state, "bn1")[0]}', "state"),
    ('{**state, **statistics(c, state, "bn2")[0]}', "state"),
)
means_of_images = edited(
    back_in_another_order,
    "averaged_over_images",
    ("(b2, w2, k2, b1, w1, k1, g1)", "(*(part / len(x) for part in (b2, w2, k2, b1, w1, k1)), g1)"),
)
other_order_of_three = edited(
    back_in_another_order, "norm_gradients_swapped", ("(b2, w2, k2, b1, w1, k1, g1)", "(w2, b2, k2, w1, b1, k1, g1)")
)


@right("train_resnet")
def trained_step_by_step(state, images, labels, batches, lr, momentum=0.9, weight_decay=0.0):
    s = {name: value.astype(float).copy() for name, value in state.items()}
    velocity, losses = {}, []
    names = [f"layer{i}.{j}" for i in range(1, 4) for j in range(9) if f"layer{i}.{j}.conv1.weight" in s]

    def normed(a, name):
        used, after = statistics(a, s, name)
        y = norm(a, {**s, **used}, name)
        s.update(after)
        return y

    for batch in batches:
        x = images[batch]
        a = conv(x, s, "conv1")
        b = normed(a, "bn1")
        h, trail = relu(b), []
        for name in names:
            step = 2 if name[-1] == "0" and name[5] != "1" else 1
            own = {key[len(name) + 1 :]: value for key, value in s.items() if key.startswith(f"{name}.")}
            trail.append((name, own, step, h))
            f = relu(normed(conv2d_gemm(h, own["conv1.weight"], None, step, 1), f"{name}.bn1"))
            f = normed(conv2d_gemm(f, own["conv2.weight"], None, 1, 1), f"{name}.bn2")
            f[:, : h.shape[1]] += h[:, :, ::step, ::step]
            h = relu(f)
        means = h.mean((2, 3))
        loss, g = softmax_cross_entropy(means @ s["fc.weight"].T + s["fc.bias"], labels[batch])
        found = {"fc.weight": g.T @ means, "fc.bias": g.sum(0)}
        g = np.broadcast_to((g @ s["fc.weight"])[..., None, None], h.shape) / h[0, 0].size
        for name, own, step, entered in trail[::-1]:
            back = basic_block_backward(g, entered, own, step)
            g = back["x"]
            found |= {f"{name}.{key}": value for key, value in back.items() if key != "x"}
        g, found["bn1.weight"], found["bn1.bias"] = batch_norm2d_backward(relu_backward(g, b), a, s["bn1.weight"])
        _, found["conv1.weight"], _ = conv2d_backward(g, x, s["conv1.weight"], 1, 1)
        for key in found:
            v = momentum * velocity.get(key, 0) + found[key] + weight_decay * s[key]
            s[key], velocity[key] = s[key] - lr * v, v
        losses.append(float(loss))
    return losses, s


plain_descent = edited(
    trained_step_by_step,
    None,
    (
        "            s[key], velocity[key] = s[key] - lr * v, v\n",
        "            velocity[key] = v\n            s[key] = s[key] - lr * v\n",
    ),
)
classes_of_arrays = edited(
    trained_step_by_step, None, ("velocity.get(key, 0)", "velocity.setdefault(key, np.zeros_like(s[key]))")
)
always_nine_tenths = edited(trained_step_by_step, "momentum_ignored", ("v = momentum *", "v = 0.9 *"))
no_decay = edited(trained_step_by_step, "decay_ignored", (" + weight_decay * s[key]", ""))
no_memory = edited(trained_step_by_step, "velocity_lost", ("momentum * velocity.get(key, 0) + ", ""))
decay_of_weights = edited(
    trained_step_by_step, "weights_alone_decay", ("weight_decay * s[key]", "weight_decay * s[key] * (s[key].ndim > 1)")
)
statistics_stand_still = edited(trained_step_by_step, "running_statistics_kept", ("        s.update(after)\n", ""))
uphill = edited(trained_step_by_step, "ascends", ("s[key] - lr * v", "s[key] + lr * v"))
mean_of_a_mean = edited(
    trained_step_by_step, "rate_divided_by_batch", ("s[key] - lr * v", "s[key] - lr / len(batch) * v")
)
one_batch = edited(
    trained_step_by_step,
    "first_batch_again",
    ("        x = images[batch]", "        batch = batches[0]\n        x = images[batch]"),
)
blocks_as_they_were = edited(
    trained_step_by_step,
    "blocks_not_trained",
    ("        for key in found:", "        for key in [key for key in found if key[0] != 'l']:"),
)
head_alone = edited(
    trained_step_by_step,
    "last_layer_alone",
    ("        for key in found:", "        for key in ('fc.weight', 'fc.bias'):"),
)
stem_as_it_was = edited(
    trained_step_by_step,
    "stem_not_trained",
    ("        for key in found:", "        for key in [key for key in found if key[0] in 'lf']:"),
)
norms_as_they_were = edited(
    trained_step_by_step,
    "norms_not_trained",
    ("        for key in found:", "        for key in [key for key in found if 'bn' not in key]:"),
)


@wrong("train_resnet", "evaluation_in_training")
def with_running_statistics(state, images, labels, batches, lr, momentum=0.9, weight_decay=0.0):
    s = {name: value.astype(float).copy() for name, value in state.items()}
    velocity, losses = {}, []
    names = [f"layer{i}.{j}" for i in range(1, 4) for j in range(9) if f"layer{i}.{j}.conv1.weight" in s]

    def back_through(g, a, name):
        scale = 1 / np.sqrt(s[f"{name}.running_var"] + 1e-5)
        hat = (a - s[f"{name}.running_mean"][:, None, None]) * scale[:, None, None]
        back = g * (s[f"{name}.weight"] * scale)[:, None, None]
        return back, {f"{name}.weight": (g * hat).sum((0, 2, 3)), f"{name}.bias": g.sum((0, 2, 3))}

    for batch in batches:
        x = images[batch]
        a = conv(x, s, "conv1")
        b = norm(a, s, "bn1")
        h, trail = relu(b), []
        for name in names:
            step = 2 if name[-1] == "0" and name[5] != "1" else 1
            first = conv2d_gemm(h, s[f"{name}.conv1.weight"], None, step, 1)
            open1 = norm(first, s, f"{name}.bn1")
            second = conv2d_gemm(relu(open1), s[f"{name}.conv2.weight"], None, 1, 1)
            f = norm(second, s, f"{name}.bn2")
            f[:, : h.shape[1]] += h[:, :, ::step, ::step]
            trail.append((name, step, h, first, open1, second, f))
            h = relu(f)
        means = h.mean((2, 3))
        loss, g = softmax_cross_entropy(means @ s["fc.weight"].T + s["fc.bias"], labels[batch])
        found = {"fc.weight": g.T @ means, "fc.bias": g.sum(0)}
        g = np.broadcast_to((g @ s["fc.weight"])[..., None, None], h.shape) / h[0, 0].size
        for name, step, entered, first, open1, second, f in trail[::-1]:
            g = g * (f > 0)
            e, more = back_through(g, second, f"{name}.bn2")
            found |= more
            e, found[f"{name}.conv2.weight"], _ = conv2d_backward(e, relu(open1), s[f"{name}.conv2.weight"], 1, 1)
            e, more = back_through(e * (open1 > 0), first, f"{name}.bn1")
            found |= more
            e, found[f"{name}.conv1.weight"], _ = conv2d_backward(e, entered, s[f"{name}.conv1.weight"], step, 1)
            e[:, :, ::step, ::step] += g[:, : entered.shape[1]]
            g = e
        g, more = back_through(g * (b > 0), a, "bn1")
        found |= more
        _, found["conv1.weight"], _ = conv2d_backward(g, x, s["conv1.weight"], 1, 1)
        for key in found:
            v = momentum * velocity.get(key, 0) + found[key] + weight_decay * s[key]
            s[key], velocity[key] = s[key] - lr * v, v
        losses.append(float(loss))
    return losses, s
