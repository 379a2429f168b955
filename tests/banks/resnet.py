"""Chapter 12's bank: right and wrong programs for the sum, its shortcuts, the blocks and whole networks."""

import numpy as np

from tests.banks import right, wrong


@right("residual_add")
def add_checked(x, f):
    if np.shape(x) != np.shape(f):
        raise ValueError(f"{np.shape(x)} and {np.shape(f)} differ")
    return np.add(x, f)


@right("residual_add")
def add_one_by_one(x, f):
    if not x.shape == f.shape:
        raise ValueError("one shape, please")
    y = np.empty(x.shape)
    for place in np.ndindex(*x.shape):
        y[place] = x[place] + f[place]
    return y


@right("residual_add")
def add_into_a_copy(x, f):
    y = x.copy()
    if list(f.shape) != list(y.shape):
        raise ValueError("shapes differ")
    y += f
    return y


@right("residual_add")
def add_stacked_float32(x, f):
    return np.stack([x, f]).astype(np.float32).sum(axis=0)


@wrong("residual_add", "shapes_stretched")
def add_plus(x, f):
    return x + f


@wrong("residual_add", "concatenated")
def add_concatenate(x, f):
    if x.shape != f.shape:
        raise ValueError("shapes differ")
    return np.concatenate([x, f], axis=1)


@wrong("residual_add", "pairs_reversed")
def add_reversed(x, f):
    if x.shape != f.shape:
        raise ValueError("shapes differ")
    return x + f[:, ::-1]


@wrong("residual_add", "first_map_to_all")
def add_first_map(x, f):
    if x.shape != f.shape:
        raise ValueError("shapes differ")
    return f + x[:, :1]


@wrong("residual_add", "mean_map_to_all")
def add_mean_map(x, f):
    if x.shape != f.shape:
        raise ValueError("shapes differ")
    return f + x.mean(axis=1, keepdims=True)


@wrong("residual_add", "one_number_added")
def add_a_number(x, f):
    if x.shape != f.shape:
        raise ValueError("shapes differ")
    return f + x.mean(axis=(2, 3), keepdims=True)


@wrong("residual_add", "relu_included")
def add_rectified(x, f):
    if x.shape != f.shape:
        raise ValueError("shapes differ")
    return relu(x + f)


@wrong("residual_add", "relu_before_addition")
def add_rectified_branch(x, f):
    if x.shape != f.shape:
        raise ValueError("shapes differ")
    return x + relu(f)


@wrong("residual_add", "relu_on_skip")
def add_rectified_skip(x, f):
    if x.shape != f.shape:
        raise ValueError("shapes differ")
    return relu(x) + f


@wrong("residual_add", "averaged")
def add_mean(x, f):
    if x.shape != f.shape:
        raise ValueError("shapes differ")
    return (x + f) / 2


@wrong("residual_add", "multiplied")
def add_product(x, f):
    if x.shape != f.shape:
        raise ValueError("shapes differ")
    return x * f


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


@wrong("projection_shortcut", "zeros_on_both_sides")
def short_zeros_both(x, channels, stride=1, option="A", state=None):
    if option == "A":
        x = x[:, :, ::stride, ::stride]
        new = channels - x.shape[1]
        return np.pad(x, [(0, 0), (new // 2, new - new // 2), (0, 0), (0, 0)])
    y = conv(x, state, "downsample.0", stride)
    return norm(y, state, "downsample.1")


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


@wrong("projection_shortcut", "option_b_pooled")
def short_b_pooled(x, channels, stride=1, option="A", state=None):
    if option == "A":
        x = x[:, :, ::stride, ::stride]
        new = channels - x.shape[1]
        return np.pad(x, [(0, 0), (0, new), (0, 0), (0, 0)])
    h, w = x.shape[2] // stride, x.shape[3] // stride
    x = x[:, :, : h * stride, : w * stride]
    x = x.reshape(*x.shape[:2], h, stride, w, stride).mean((3, 5))
    y = conv(x, state, "downsample.0")
    return norm(y, state, "downsample.1")


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


@wrong("projection_shortcut", "option_b_without_stride")
def short_b_no_stride(x, channels, stride=1, option="A", state=None):
    if option == "A":
        x = x[:, :, ::stride, ::stride]
        new = channels - x.shape[1]
        return np.pad(x, [(0, 0), (0, new), (0, 0), (0, 0)])
    y = conv(x, state, "downsample.0")
    return norm(y, state, "downsample.1")


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


@wrong("projection_shortcut", "eps_forgotten")
def short_no_eps(x, channels, stride=1, option="A", state=None):
    if option == "A":
        x = x[:, :, ::stride, ::stride]
        new = channels - x.shape[1]
        return np.pad(x, [(0, 0), (0, new), (0, 0), (0, 0)])
    y = conv(x, state, "downsample.0", stride)
    y = (y - state["downsample.1.running_mean"][:, None, None]) / np.sqrt(state["downsample.1.running_var"])[
        :, None, None
    ]
    return y * state["downsample.1.weight"][:, None, None] + state["downsample.1.bias"][:, None, None]


@wrong("projection_shortcut", "relu_on_shortcut")
def short_rectified(x, channels, stride=1, option="A", state=None):
    if option == "A":
        x = x[:, :, ::stride, ::stride]
        new = channels - x.shape[1]
        return np.pad(x, [(0, 0), (0, new), (0, 0), (0, 0)])
    y = conv(x, state, "downsample.0", stride)
    return relu(norm(y, state, "downsample.1"))


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


@wrong("basic_block", "relu_before_and_after")
def basic_relu_before_and_after(x, state, stride=1):
    f = relu(norm(conv(x, state, "conv1", stride), state, "bn1"))
    f = norm(conv(f, state, "conv2"), state, "bn2")
    if "downsample.0.weight" in state:
        skip = norm(conv(x, state, "downsample.0", stride), state, "downsample.1")
    elif x.shape != f.shape:
        skip = np.zeros_like(f)
        skip[:, : x.shape[1]] = x[:, :, ::stride, ::stride]
    else:
        skip = x
    return relu(skip + relu(f))


@wrong("basic_block", "relu_on_skip")
def basic_relu_on_skip(x, state, stride=1):
    f = relu(norm(conv(x, state, "conv1", stride), state, "bn1"))
    f = norm(conv(f, state, "conv2"), state, "bn2")
    if "downsample.0.weight" in state:
        skip = norm(conv(x, state, "downsample.0", stride), state, "downsample.1")
    elif x.shape != f.shape:
        skip = np.zeros_like(f)
        skip[:, : x.shape[1]] = x[:, :, ::stride, ::stride]
    else:
        skip = x
    return relu(relu(skip) + f)


@wrong("basic_block", "relu_on_input")
def basic_relu_on_input(x, state, stride=1):
    x = relu(x)
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


@wrong("basic_block", "no_relu_after_addition")
def basic_no_relu_after_addition(x, state, stride=1):
    f = relu(norm(conv(x, state, "conv1", stride), state, "bn1"))
    f = norm(conv(f, state, "conv2"), state, "bn2")
    if "downsample.0.weight" in state:
        skip = norm(conv(x, state, "downsample.0", stride), state, "downsample.1")
    elif x.shape != f.shape:
        skip = np.zeros_like(f)
        skip[:, : x.shape[1]] = x[:, :, ::stride, ::stride]
    else:
        skip = x
    return skip + f


@wrong("basic_block", "no_inner_relu")
def basic_no_inner_relu(x, state, stride=1):
    f = norm(conv(x, state, "conv1", stride), state, "bn1")
    f = norm(conv(f, state, "conv2"), state, "bn2")
    if "downsample.0.weight" in state:
        skip = norm(conv(x, state, "downsample.0", stride), state, "downsample.1")
    elif x.shape != f.shape:
        skip = np.zeros_like(f)
        skip[:, : x.shape[1]] = x[:, :, ::stride, ::stride]
    else:
        skip = x
    return relu(skip + f)


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


@wrong("basic_block", "concatenated")
def basic_concatenated(x, state, stride=1):
    f = relu(norm(conv(x, state, "conv1", stride), state, "bn1"))
    f = norm(conv(f, state, "conv2"), state, "bn2")
    if "downsample.0.weight" in state:
        skip = norm(conv(x, state, "downsample.0", stride), state, "downsample.1")
    elif x.shape != f.shape:
        skip = np.zeros_like(f)
        skip[:, : x.shape[1]] = x[:, :, ::stride, ::stride]
    else:
        skip = x
    return relu(np.concatenate([skip, f], axis=1))


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


@wrong("basic_block", "last_norm_forgotten")
def basic_last_norm_forgotten(x, state, stride=1):
    f = relu(norm(conv(x, state, "conv1", stride), state, "bn1"))
    f = conv(f, state, "conv2")
    if "downsample.0.weight" in state:
        skip = norm(conv(x, state, "downsample.0", stride), state, "downsample.1")
    elif x.shape != f.shape:
        skip = np.zeros_like(f)
        skip[:, : x.shape[1]] = x[:, :, ::stride, ::stride]
    else:
        skip = x
    return relu(skip + f)


@wrong("basic_block", "shortcut_norm_forgotten")
def basic_shortcut_norm_forgotten(x, state, stride=1):
    f = relu(norm(conv(x, state, "conv1", stride), state, "bn1"))
    f = norm(conv(f, state, "conv2"), state, "bn2")
    if "downsample.0.weight" in state:
        skip = conv(x, state, "downsample.0", stride)
    elif x.shape != f.shape:
        skip = np.zeros_like(f)
        skip[:, : x.shape[1]] = x[:, :, ::stride, ::stride]
    else:
        skip = x
    return relu(skip + f)


@wrong("basic_block", "eps_forgotten")
def basic_eps_forgotten(x, state, stride=1):
    def norm(y, state, name):
        deviation = np.sqrt(state[f"{name}.running_var"])[:, None, None]
        hat = (y - state[f"{name}.running_mean"][:, None, None]) / deviation
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


@wrong("basic_block", "zeros_first")
def basic_zeros_first(x, state, stride=1):
    f = relu(norm(conv(x, state, "conv1", stride), state, "bn1"))
    f = norm(conv(f, state, "conv2"), state, "bn2")
    if "downsample.0.weight" in state:
        skip = norm(conv(x, state, "downsample.0", stride), state, "downsample.1")
    elif x.shape != f.shape:
        skip = np.zeros_like(f)
        skip[:, f.shape[1] - x.shape[1] :] = x[:, :, ::stride, ::stride]
    else:
        skip = x
    return relu(skip + f)


@wrong("basic_block", "zeros_on_both_sides")
def basic_zeros_on_both_sides(x, state, stride=1):
    f = relu(norm(conv(x, state, "conv1", stride), state, "bn1"))
    f = norm(conv(f, state, "conv2"), state, "bn2")
    if "downsample.0.weight" in state:
        skip = norm(conv(x, state, "downsample.0", stride), state, "downsample.1")
    elif x.shape != f.shape:
        skip = np.zeros_like(f)
        before = (f.shape[1] - x.shape[1]) // 2
        skip[:, before : before + x.shape[1]] = x[:, :, ::stride, ::stride]
    else:
        skip = x
    return relu(skip + f)


@wrong("basic_block", "channels_repeated")
def basic_channels_repeated(x, state, stride=1):
    f = relu(norm(conv(x, state, "conv1", stride), state, "bn1"))
    f = norm(conv(f, state, "conv2"), state, "bn2")
    if "downsample.0.weight" in state:
        skip = norm(conv(x, state, "downsample.0", stride), state, "downsample.1")
    elif x.shape != f.shape:
        copies = -(-f.shape[1] // x.shape[1])
        skip = np.concatenate([x[:, :, ::stride, ::stride]] * copies, axis=1)[:, : f.shape[1]]
    else:
        skip = x
    return relu(skip + f)


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


@wrong("basic_block", "stride_on_second")
def basic_stride_on_second(x, state, stride=1):
    f = relu(norm(conv(x, state, "conv1"), state, "bn1"))
    f = norm(conv(f, state, "conv2", stride), state, "bn2")
    if "downsample.0.weight" in state:
        skip = norm(conv(x, state, "downsample.0", stride), state, "downsample.1")
    elif x.shape != f.shape:
        skip = np.zeros_like(f)
        skip[:, : x.shape[1]] = x[:, :, ::stride, ::stride]
    else:
        skip = x
    return relu(skip + f)


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


@wrong("bottleneck", "versions_swapped")
def neck_versions_swapped(x, state, stride=1, version="1.5"):
    first, second = (1, stride) if version == "1" else (stride, 1)
    f = relu(norm(conv(x, state, "conv1", first), state, "bn1"))
    f = relu(norm(conv(f, state, "conv2", second), state, "bn2"))
    f = norm(conv(f, state, "conv3"), state, "bn3")
    skip = x
    if "downsample.0.weight" in state:
        skip = norm(conv(x, state, "downsample.0", stride), state, "downsample.1")
    return relu(skip + f)


@wrong("bottleneck", "always_first")
def neck_always_first(x, state, stride=1, version="1.5"):
    first, second = stride, 1
    f = relu(norm(conv(x, state, "conv1", first), state, "bn1"))
    f = relu(norm(conv(f, state, "conv2", second), state, "bn2"))
    f = norm(conv(f, state, "conv3"), state, "bn3")
    skip = x
    if "downsample.0.weight" in state:
        skip = norm(conv(x, state, "downsample.0", stride), state, "downsample.1")
    return relu(skip + f)


@wrong("bottleneck", "always_3x3")
def neck_always_3x3(x, state, stride=1, version="1.5"):
    first, second = 1, stride
    f = relu(norm(conv(x, state, "conv1", first), state, "bn1"))
    f = relu(norm(conv(f, state, "conv2", second), state, "bn2"))
    f = norm(conv(f, state, "conv3"), state, "bn3")
    skip = x
    if "downsample.0.weight" in state:
        skip = norm(conv(x, state, "downsample.0", stride), state, "downsample.1")
    return relu(skip + f)


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


@wrong("bottleneck", "relu_before_and_after")
def neck_relu_before_and_after(x, state, stride=1, version="1.5"):
    first, second = (stride, 1) if version == "1" else (1, stride)
    f = relu(norm(conv(x, state, "conv1", first), state, "bn1"))
    f = relu(norm(conv(f, state, "conv2", second), state, "bn2"))
    f = norm(conv(f, state, "conv3"), state, "bn3")
    skip = x
    if "downsample.0.weight" in state:
        skip = norm(conv(x, state, "downsample.0", stride), state, "downsample.1")
    return relu(skip + relu(f))


@wrong("bottleneck", "relu_on_skip")
def neck_relu_on_skip(x, state, stride=1, version="1.5"):
    first, second = (stride, 1) if version == "1" else (1, stride)
    f = relu(norm(conv(x, state, "conv1", first), state, "bn1"))
    f = relu(norm(conv(f, state, "conv2", second), state, "bn2"))
    f = norm(conv(f, state, "conv3"), state, "bn3")
    skip = x
    if "downsample.0.weight" in state:
        skip = norm(conv(x, state, "downsample.0", stride), state, "downsample.1")
    return relu(relu(skip) + f)


@wrong("bottleneck", "relu_on_input")
def neck_relu_on_input(x, state, stride=1, version="1.5"):
    first, second = (stride, 1) if version == "1" else (1, stride)
    x = relu(x)
    f = relu(norm(conv(x, state, "conv1", first), state, "bn1"))
    f = relu(norm(conv(f, state, "conv2", second), state, "bn2"))
    f = norm(conv(f, state, "conv3"), state, "bn3")
    skip = x
    if "downsample.0.weight" in state:
        skip = norm(conv(x, state, "downsample.0", stride), state, "downsample.1")
    return relu(skip + f)


@wrong("bottleneck", "no_relu_after_addition")
def neck_no_relu_after_addition(x, state, stride=1, version="1.5"):
    first, second = (stride, 1) if version == "1" else (1, stride)
    f = relu(norm(conv(x, state, "conv1", first), state, "bn1"))
    f = relu(norm(conv(f, state, "conv2", second), state, "bn2"))
    f = norm(conv(f, state, "conv3"), state, "bn3")
    skip = x
    if "downsample.0.weight" in state:
        skip = norm(conv(x, state, "downsample.0", stride), state, "downsample.1")
    return skip + f


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


@wrong("bottleneck", "concatenated")
def neck_concatenated(x, state, stride=1, version="1.5"):
    first, second = (stride, 1) if version == "1" else (1, stride)
    f = relu(norm(conv(x, state, "conv1", first), state, "bn1"))
    f = relu(norm(conv(f, state, "conv2", second), state, "bn2"))
    f = norm(conv(f, state, "conv3"), state, "bn3")
    skip = x
    if "downsample.0.weight" in state:
        skip = norm(conv(x, state, "downsample.0", stride), state, "downsample.1")
    return relu(np.concatenate([skip, f], axis=1))


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


@wrong("bottleneck", "last_norm_forgotten")
def neck_last_norm_forgotten(x, state, stride=1, version="1.5"):
    first, second = (stride, 1) if version == "1" else (1, stride)
    f = relu(norm(conv(x, state, "conv1", first), state, "bn1"))
    f = relu(norm(conv(f, state, "conv2", second), state, "bn2"))
    f = conv(f, state, "conv3")
    skip = x
    if "downsample.0.weight" in state:
        skip = norm(conv(x, state, "downsample.0", stride), state, "downsample.1")
    return relu(skip + f)


@wrong("bottleneck", "shortcut_norm_forgotten")
def neck_shortcut_norm_forgotten(x, state, stride=1, version="1.5"):
    first, second = (stride, 1) if version == "1" else (1, stride)
    f = relu(norm(conv(x, state, "conv1", first), state, "bn1"))
    f = relu(norm(conv(f, state, "conv2", second), state, "bn2"))
    f = norm(conv(f, state, "conv3"), state, "bn3")
    skip = x
    if "downsample.0.weight" in state:
        skip = conv(x, state, "downsample.0", stride)
    return relu(skip + f)


@wrong("bottleneck", "eps_forgotten")
def neck_eps_forgotten(x, state, stride=1, version="1.5"):
    def norm(y, state, name):
        deviation = np.sqrt(state[f"{name}.running_var"])[:, None, None]
        hat = (y - state[f"{name}.running_mean"][:, None, None]) / deviation
        return hat * state[f"{name}.weight"][:, None, None] + state[f"{name}.bias"][:, None, None]

    first, second = (stride, 1) if version == "1" else (1, stride)
    f = relu(norm(conv(x, state, "conv1", first), state, "bn1"))
    f = relu(norm(conv(f, state, "conv2", second), state, "bn2"))
    f = norm(conv(f, state, "conv3"), state, "bn3")
    skip = x
    if "downsample.0.weight" in state:
        skip = norm(conv(x, state, "downsample.0", stride), state, "downsample.1")
    return relu(skip + f)


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


@wrong("preact_block", "skip_activated")
def preact_skip_activated(x, state, stride=1):
    ready = relu(norm(x, state, "bn1"))
    skip = ready
    if "downsample.weight" in state:
        skip = conv(ready, state, "downsample", stride)
    f = conv(ready, state, "conv1", stride)
    f = conv(relu(norm(f, state, "bn2")), state, "conv2")
    return skip + f


@wrong("preact_block", "relu_after_addition")
def preact_relu_after_addition(x, state, stride=1):
    ready = relu(norm(x, state, "bn1"))
    skip = x
    if "downsample.weight" in state:
        skip = conv(ready, state, "downsample", stride)
    f = conv(ready, state, "conv1", stride)
    f = conv(relu(norm(f, state, "bn2")), state, "conv2")
    return relu(skip + f)


@wrong("preact_block", "relu_before_norm")
def preact_relu_before_norm(x, state, stride=1):
    ready = norm(relu(x), state, "bn1")
    skip = x
    if "downsample.weight" in state:
        skip = conv(ready, state, "downsample", stride)
    f = conv(ready, state, "conv1", stride)
    f = conv(norm(relu(f), state, "bn2"), state, "conv2")
    return skip + f


@wrong("preact_block", "no_relu")
def preact_no_relu(x, state, stride=1):
    ready = norm(x, state, "bn1")
    skip = x
    if "downsample.weight" in state:
        skip = conv(ready, state, "downsample", stride)
    f = conv(ready, state, "conv1", stride)
    f = conv(norm(f, state, "bn2"), state, "conv2")
    return skip + f


@wrong("preact_block", "no_batch_norm")
def preact_no_batch_norm(x, state, stride=1):
    ready = relu(x)
    skip = x
    if "downsample.weight" in state:
        skip = conv(ready, state, "downsample", stride)
    f = conv(ready, state, "conv1", stride)
    f = conv(relu(f), state, "conv2")
    return skip + f


@wrong("preact_block", "one_activation")
def preact_one_activation(x, state, stride=1):
    ready = relu(norm(x, state, "bn1"))
    skip = x
    if "downsample.weight" in state:
        skip = conv(ready, state, "downsample", stride)
    f = conv(ready, state, "conv1", stride)
    f = conv(f, state, "conv2")
    return skip + f


@wrong("preact_block", "no_shortcut")
def preact_no_shortcut(x, state, stride=1):
    ready = relu(norm(x, state, "bn1"))
    f = conv(ready, state, "conv1", stride)
    f = conv(relu(norm(f, state, "bn2")), state, "conv2")
    return f


@wrong("preact_block", "concatenated")
def preact_concatenated(x, state, stride=1):
    ready = relu(norm(x, state, "bn1"))
    skip = x
    if "downsample.weight" in state:
        skip = conv(ready, state, "downsample", stride)
    f = conv(ready, state, "conv1", stride)
    f = conv(relu(norm(f, state, "bn2")), state, "conv2")
    return np.concatenate([skip, f], axis=1)


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


@wrong("resnet_forward", "relu_before_addition")
def net_relu_before_addition(state, x):
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
        return skip + relu(f)

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


@wrong("resnet_forward", "relu_before_and_after")
def net_relu_before_and_after(state, x):
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
        return relu(skip + relu(f))

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


@wrong("resnet_forward", "relu_on_skip")
def net_relu_on_skip(state, x):
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
        return relu(relu(skip) + f)

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


@wrong("resnet_forward", "no_relu_after_addition")
def net_no_relu_after_addition(state, x):
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
        return skip + f

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


@wrong("resnet_forward", "no_inner_relu")
def net_no_inner_relu(state, x):
    def block(x, own, stride):
        deep = "conv3.weight" in own
        f = norm(conv(x, own, "conv1", 1 if deep else stride), own, "bn1")
        f = norm(conv(f, own, "conv2", stride if deep else 1), own, "bn2")
        if deep:
            f = norm(conv(f, own, "conv3"), own, "bn3")
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


@wrong("resnet_forward", "no_shortcut")
def net_no_shortcut(state, x):
    def block(x, own, stride):
        deep = "conv3.weight" in own
        f = relu(norm(conv(x, own, "conv1", 1 if deep else stride), own, "bn1"))
        f = norm(conv(f, own, "conv2", stride if deep else 1), own, "bn2")
        if deep:
            f = norm(conv(relu(f), own, "conv3"), own, "bn3")
        return relu(f)

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


@wrong("resnet_forward", "batch_statistics")
def net_batch_statistics(state, x):
    def norm(y, state, name):
        mean, var = y.mean((0, 2, 3), keepdims=True), y.var((0, 2, 3), keepdims=True)
        hat = (y - mean) / np.sqrt(var + 1e-5)
        return hat * state[f"{name}.weight"][:, None, None] + state[f"{name}.bias"][:, None, None]

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


@wrong("resnet_forward", "last_norm_forgotten")
def net_last_norm_forgotten(state, x):
    def block(x, own, stride):
        deep = "conv3.weight" in own
        f = relu(norm(conv(x, own, "conv1", 1 if deep else stride), own, "bn1"))
        f = conv(f, own, "conv2", stride if deep else 1)
        if deep:
            f = conv(relu(norm(f, own, "bn2")), own, "conv3")
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


@wrong("resnet_forward", "shortcut_norm_forgotten")
def net_shortcut_norm_forgotten(state, x):
    def block(x, own, stride):
        deep = "conv3.weight" in own
        f = relu(norm(conv(x, own, "conv1", 1 if deep else stride), own, "bn1"))
        f = norm(conv(f, own, "conv2", stride if deep else 1), own, "bn2")
        if deep:
            f = norm(conv(relu(f), own, "conv3"), own, "bn3")
        if "downsample.0.weight" in own:
            skip = conv(x, own, "downsample.0", stride)
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


@wrong("resnet_forward", "eps_forgotten")
def net_eps_forgotten(state, x):
    def norm(y, state, name):
        deviation = np.sqrt(state[f"{name}.running_var"])[:, None, None]
        hat = (y - state[f"{name}.running_mean"][:, None, None]) / deviation
        return hat * state[f"{name}.weight"][:, None, None] + state[f"{name}.bias"][:, None, None]

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


@wrong("resnet_forward", "zeros_first")
def net_zeros_first(state, x):
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
            skip[:, f.shape[1] - x.shape[1] :] = x[:, :, ::stride, ::stride]
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


@wrong("resnet_forward", "zeros_on_both_sides")
def net_zeros_on_both_sides(state, x):
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
            before = (f.shape[1] - x.shape[1]) // 2
            skip[:, before : before + x.shape[1]] = x[:, :, ::stride, ::stride]
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


@wrong("resnet_forward", "channels_repeated")
def net_channels_repeated(state, x):
    def block(x, own, stride):
        deep = "conv3.weight" in own
        f = relu(norm(conv(x, own, "conv1", 1 if deep else stride), own, "bn1"))
        f = norm(conv(f, own, "conv2", stride if deep else 1), own, "bn2")
        if deep:
            f = norm(conv(relu(f), own, "conv3"), own, "bn3")
        if "downsample.0.weight" in own:
            skip = norm(conv(x, own, "downsample.0", stride), own, "downsample.1")
        else:
            copies = f.shape[1] // x.shape[1]
            skip = np.tile(x[:, :, ::stride, ::stride], (1, copies, 1, 1))
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


@wrong("resnet_forward", "stride_on_second")
def net_stride_on_second(state, x):
    def block(x, own, stride):
        deep = "conv3.weight" in own
        f = relu(norm(conv(x, own, "conv1"), own, "bn1"))
        f = norm(conv(f, own, "conv2", stride), own, "bn2")
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


@wrong("resnet_forward", "pool_not_padded")
def net_pool_not_padded(state, x):
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
        x = max_pool2d(x, 3, 2)
    for stage in (1, 2, 3, 4):
        numbers = {int(name.split(".")[1]) for name in state if name.startswith(f"layer{stage}.")}
        for number in sorted(numbers):
            prefix = f"layer{stage}.{number}."
            own = {name.removeprefix(prefix): state[name] for name in state if name.startswith(prefix)}
            stride = 2 if stage > 1 and number == 0 else 1
            x = block(x, own, stride)
    return linear(x.mean((2, 3)), state["fc.weight"], state["fc.bias"])


@wrong("resnet_forward", "pool_2x2")
def net_pool_2x2(state, x):
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
        x = max_pool2d(x, 2)
    for stage in (1, 2, 3, 4):
        numbers = {int(name.split(".")[1]) for name in state if name.startswith(f"layer{stage}.")}
        for number in sorted(numbers):
            prefix = f"layer{stage}.{number}."
            own = {name.removeprefix(prefix): state[name] for name in state if name.startswith(prefix)}
            stride = 2 if stage > 1 and number == 0 else 1
            x = block(x, own, stride)
    return linear(x.mean((2, 3)), state["fc.weight"], state["fc.bias"])


@wrong("resnet_forward", "pool_average")
def net_pool_average(state, x):
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
        x = conv2d_gemm(x.reshape(-1, 1, *x.shape[2:]), np.full((1, 1, 3, 3), 1 / 9), None, 2, 1)
        x = x.reshape(-1, len(state["conv1.weight"]), *x.shape[2:])
    for stage in (1, 2, 3, 4):
        numbers = {int(name.split(".")[1]) for name in state if name.startswith(f"layer{stage}.")}
        for number in sorted(numbers):
            prefix = f"layer{stage}.{number}."
            own = {name.removeprefix(prefix): state[name] for name in state if name.startswith(prefix)}
            stride = 2 if stage > 1 and number == 0 else 1
            x = block(x, own, stride)
    return linear(x.mean((2, 3)), state["fc.weight"], state["fc.bias"])


@wrong("resnet_forward", "pool_for_cifar_too")
def net_pool_for_cifar_too(state, x):
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
    x = max_pool2d(x, 3, 2, 1)
    for stage in (1, 2, 3, 4):
        numbers = {int(name.split(".")[1]) for name in state if name.startswith(f"layer{stage}.")}
        for number in sorted(numbers):
            prefix = f"layer{stage}.{number}."
            own = {name.removeprefix(prefix): state[name] for name in state if name.startswith(prefix)}
            stride = 2 if stage > 1 and number == 0 else 1
            x = block(x, own, stride)
    return linear(x.mean((2, 3)), state["fc.weight"], state["fc.bias"])


@wrong("resnet_forward", "stem_not_strided")
def net_stem_not_strided(state, x):
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
    x = relu(norm(conv(x, state, "conv1"), state, "bn1"))
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


@wrong("resnet_forward", "stem_not_rectified")
def net_stem_not_rectified(state, x):
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
    x = norm(conv(x, state, "conv1", 2 if large else 1), state, "bn1")
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


@wrong("resnet_forward", "every_block_strided")
def net_every_block_strided(state, x):
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
            stride = 2 if stage > 1 else 1
            x = block(x, own, stride)
    return linear(x.mean((2, 3)), state["fc.weight"], state["fc.bias"])


@wrong("resnet_forward", "first_stage_strided")
def net_first_stage_strided(state, x):
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
            stride = 2 if number == 0 else 1
            x = block(x, own, stride)
    return linear(x.mean((2, 3)), state["fc.weight"], state["fc.bias"])


@wrong("resnet_forward", "no_stage_strided")
def net_no_stage_strided(state, x):
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
            stride = 1
            x = block(x, own, stride)
    return linear(x.mean((2, 3)), state["fc.weight"], state["fc.bias"])


@wrong("resnet_forward", "version_1")
def net_version_1(state, x):
    def block(x, own, stride):
        deep = "conv3.weight" in own
        f = relu(norm(conv(x, own, "conv1", stride), own, "bn1"))
        f = norm(conv(f, own, "conv2"), own, "bn2")
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


@wrong("resnet_forward", "names_sorted_as_text")
def net_names_sorted_as_text(state, x):
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
        numbers = {name.split(".")[1] for name in state if name.startswith(f"layer{stage}.")}
        for place, number in enumerate(sorted(numbers)):
            prefix = f"layer{stage}.{number}."
            own = {name.removeprefix(prefix): state[name] for name in state if name.startswith(prefix)}
            stride = 2 if stage > 1 and place == 0 else 1
            x = block(x, own, stride)
    return linear(x.mean((2, 3)), state["fc.weight"], state["fc.bias"])


@wrong("resnet_forward", "first_blocks_only")
def net_first_blocks_only(state, x):
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
        for number in sorted(numbers)[:1]:
            prefix = f"layer{stage}.{number}."
            own = {name.removeprefix(prefix): state[name] for name in state if name.startswith(prefix)}
            stride = 2 if stage > 1 and number == 0 else 1
            x = block(x, own, stride)
    return linear(x.mean((2, 3)), state["fc.weight"], state["fc.bias"])


@wrong("resnet_forward", "maximum_at_the_end")
def net_maximum_at_the_end(state, x):
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
    return linear(x.max((2, 3)), state["fc.weight"], state["fc.bias"])


@wrong("resnet_forward", "fc_bias_forgotten")
def net_fc_bias_forgotten(state, x):
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
    return linear(x.mean((2, 3)), state["fc.weight"])


@wrong("resnet_forward", "softmax_applied")
def net_softmax_applied(state, x):
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
    logits = linear(x.mean((2, 3)), state["fc.weight"], state["fc.bias"])
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
