"""Programs for chapter 13."""

import numpy as np

from autograde.course.program import edited, right, wrong


@right("dense_layer")
def layer_by_pieces(x, state):
    def norm_relu(v, name):
        s = {key.split(".")[1]: value for key, value in state.items() if key.startswith(name)}
        scale = s["weight"] / np.sqrt(s["running_var"] + 1e-5)
        return np.maximum(v * scale[:, None, None] + (s["bias"] - s["running_mean"] * scale)[:, None, None], 0)

    v = norm_relu(x, "norm1")
    kernel = state["conv1.weight"].shape[-1]
    v = conv2d_gemm(v, state["conv1.weight"], None, 1, (kernel - 1) // 2)
    if "conv2.weight" in state:
        v = conv2d_gemm(norm_relu(v, "norm2"), state["conv2.weight"], None, 1, 1)
    return v


@right("dense_layer")
def layer_by_einsum(x, state):
    def three(v, w):
        p = np.pad(v, ((0, 0), (0, 0), (1, 1), (1, 1)))
        view = np.lib.stride_tricks.sliding_window_view(p, (3, 3), axis=(2, 3))
        return np.einsum("nchwuv,fcuv->nfhw", view, w)

    v = relu(normalize(x, state, "norm1"))
    if "conv2.weight" in state:
        v = np.einsum("nchw,fc->nfhw", v, state["conv1.weight"][:, :, 0, 0])
        return three(relu(normalize(v, state, "norm2")), state["conv2.weight"])
    return three(v, state["conv1.weight"])


@right("dense_layer")
def layer_in_a_loop(x, state):
    number = 1
    while f"conv{number}.weight" in state:
        weight = state[f"conv{number}.weight"]
        x = conv2d_gemm(relu(normalize(x, state, f"norm{number}")), weight, padding=weight.shape[2] // 2)
        number += 1
    return x


bare_layers_without_padding = edited(
    layer_by_pieces,
    "",
    """
    -    kernel = state["conv1.weight"].shape[-1]
    -    v = conv2d_gemm(v, state["conv1.weight"], None, 1, (kernel - 1) // 2)
    +    v = conv2d_gemm(v, state["conv1.weight"])
    """,
    says="expected shape",
)


@wrong("dense_layer", "with_the_input")
def layer_with_input(x, state):
    y = relu(normalize(x, state, "norm1"))
    if "conv2.weight" in state:
        y = relu(normalize(conv2d_gemm(y, state["conv1.weight"]), state, "norm2"))
        y = conv2d_gemm(y, state["conv2.weight"], padding=1)
    else:
        y = conv2d_gemm(y, state["conv1.weight"], padding=1)
    return np.concatenate([x, y], axis=1)


@wrong("dense_layer", "relu_before_norm")
def layer_relu_first(x, state):
    y = normalize(relu(x), state, "norm1")
    if "conv2.weight" not in state:
        return conv2d_gemm(y, state["conv1.weight"], padding=1)
    y = normalize(relu(conv2d_gemm(y, state["conv1.weight"])), state, "norm2")
    return conv2d_gemm(y, state["conv2.weight"], padding=1)


@wrong("dense_layer", "no_relu")
def layer_no_relu(x, state):
    y = normalize(x, state, "norm1")
    if "conv2.weight" not in state:
        return conv2d_gemm(y, state["conv1.weight"], padding=1)
    y = normalize(conv2d_gemm(y, state["conv1.weight"]), state, "norm2")
    return conv2d_gemm(y, state["conv2.weight"], padding=1)


@wrong("dense_layer", "relu_at_the_end")
def layer_relu_at_end(x, state):
    y = relu(normalize(x, state, "norm1"))
    if "conv2.weight" not in state:
        return relu(conv2d_gemm(y, state["conv1.weight"], padding=1))
    y = relu(normalize(conv2d_gemm(y, state["conv1.weight"]), state, "norm2"))
    return relu(conv2d_gemm(y, state["conv2.weight"], padding=1))


@wrong("dense_layer", "no_second_norm")
def layer_one_norm(x, state):
    y = relu(normalize(x, state, "norm1"))
    if "conv2.weight" not in state:
        return conv2d_gemm(y, state["conv1.weight"], padding=1)
    return conv2d_gemm(relu(conv2d_gemm(y, state["conv1.weight"])), state["conv2.weight"], padding=1)


@wrong("dense_layer", "batch_statistics")
def layer_batch_statistics(x, state):
    def norm(v, name):
        hat = (v - v.mean((0, 2, 3), keepdims=True)) / np.sqrt(v.var((0, 2, 3), keepdims=True) + 1e-5)
        return hat * state[name + ".weight"][:, None, None] + state[name + ".bias"][:, None, None]

    y = relu(norm(x, "norm1"))
    if "conv2.weight" not in state:
        return conv2d_gemm(y, state["conv1.weight"], padding=1)
    return conv2d_gemm(relu(norm(conv2d_gemm(y, state["conv1.weight"]), "norm2")), state["conv2.weight"], padding=1)


@wrong("dense_layer", "no_padding")
def layer_no_padding(x, state):
    y = relu(normalize(x, state, "norm1"))
    y = conv2d_gemm(y, state["conv1.weight"])
    if "conv2.weight" in state:
        y = conv2d_gemm(relu(normalize(y, state, "norm2")), state["conv2.weight"])
    return y


@wrong("dense_layer", "added_to_the_input")
def layer_added(x, state):
    y = relu(normalize(x, state, "norm1"))
    if "conv2.weight" in state:
        y = relu(normalize(conv2d_gemm(y, state["conv1.weight"]), state, "norm2"))
        return x + conv2d_gemm(y, state["conv2.weight"], padding=1)
    return x + conv2d_gemm(y, state["conv1.weight"], padding=1)


@right("dense_block")
def block_with_a_list(x, state):
    features, number = [x], 1
    while any(name.startswith(f"denselayer{number}.") for name in state):
        features.append(dense_layer(np.concatenate(features, 1), part(state, f"denselayer{number}")))
        number += 1
    return np.concatenate(features, axis=1)


@right("dense_block")
def block_in_one_store(x, state):
    numbers = sorted({int(name.split(".")[0][len("denselayer") :]) for name in state})
    news = [
        state[
            f"denselayer{i}.conv2.weight" if f"denselayer{i}.conv2.weight" in state else f"denselayer{i}.conv1.weight"
        ].shape[0]
        for i in numbers
    ]
    n, c, h, w = x.shape
    store = np.empty((n, c + sum(news), h, w))
    store[:, :c] = x
    for i, new in zip(numbers, news, strict=True):
        store[:, c : c + new] = dense_layer(store[:, :c], part(state, f"denselayer{i}"))
        c += new
    return store


@right("dense_block")
def block_recursive(x, state):
    names = sorted({name.split(".")[0] for name in state}, key=lambda name: int(name[10:]))
    if not names:
        return x
    first = names[0] + "."
    rest = {name: value for name, value in state.items() if not name.startswith(first)}
    return dense_block(np.hstack([x, dense_layer(x, part(state, names[0]))]), rest)


@wrong("dense_block", "newest_first")
def block_newest_first(x, state):
    for number in range(1, len({name.split(".")[0] for name in state}) + 1):
        x = np.concatenate([dense_layer(x, part(state, f"denselayer{number}")), x], axis=1)
    return x


@wrong("dense_block", "axis_0")
def block_of_images(x, state):
    for number in range(1, len({name.split(".")[0] for name in state}) + 1):
        x = np.concatenate([x, dense_layer(x, part(state, f"denselayer{number}"))])
    return x


block_of_tall_maps = edited(block_of_images, "axis_2", ("))])", "))], axis=2)"))
block_of_wide_maps = edited(block_of_images, "last_axis", ("))])", "))], axis=-1)"))


@wrong("dense_block", "new_maps_alone")
def block_new_maps(x, state):
    c = x.shape[1]
    for number in range(1, len({name.split(".")[0] for name in state}) + 1):
        x = np.concatenate([x, dense_layer(x, part(state, f"denselayer{number}"))], axis=1)
    return x[:, c:]


@wrong("dense_block", "last_layer_alone")
def block_last_layer(x, state):
    for number in range(1, len({name.split(".")[0] for name in state}) + 1):
        new = dense_layer(x, part(state, f"denselayer{number}"))
        x = np.concatenate([x, new], axis=1)
    return new


block_newest_twice = edited(block_last_layer, "newest_twice", ("return new", "return np.concatenate([x, new], axis=1)"))


@wrong("dense_block", "added")
def block_added(x, state):
    for number in range(1, len({name.split(".")[0] for name in state}) + 1):
        x = x + dense_layer(x, part(state, f"denselayer{number}"))
    return x


@right("transition")
def transition_reshaped(x, state):
    y = relu(normalize(x, state, "norm"))
    y = np.einsum("nchw,fc->nfhw", y, state["conv.weight"][:, :, 0, 0])
    n, f, h, w = y.shape
    y = y[:, :, : h // 2 * 2, : w // 2 * 2]
    return y.reshape(n, f, h // 2, 2, w // 2, 2).mean(axis=(3, 5))


@right("transition")
def transition_pool_first(x, state):
    y = avg_pool2d(relu(normalize(x, state, "norm")), 2)
    return conv2d_gemm(y, state["conv.weight"])


@right("transition")
def transition_as_one_filter(x, state):
    y = relu(normalize(x, state, "norm"))
    weight = np.broadcast_to(state["conv.weight"] / 4, (*state["conv.weight"].shape[:2], 2, 2))
    return conv2d_gemm(y, np.ascontiguousarray(weight), stride=2)


@wrong("transition", "maximum_pool")
def transition_maximum(x, state):
    return max_pool2d(conv2d_gemm(relu(normalize(x, state, "norm")), state["conv.weight"]), 2)


@wrong("transition", "no_pool")
def transition_no_pool(x, state):
    return conv2d_gemm(relu(normalize(x, state, "norm")), state["conv.weight"])


@wrong("transition", "stride_1")
def transition_stride_1(x, state):
    return avg_pool2d(conv2d_gemm(relu(normalize(x, state, "norm")), state["conv.weight"]), 2, stride=1)


@wrong("transition", "every_second")
def transition_every_second(x, state):
    return conv2d_gemm(relu(normalize(x, state, "norm")), state["conv.weight"])[:, :, ::2, ::2]


@wrong("transition", "rest_kept")
def transition_rest_kept(x, state):
    y = conv2d_gemm(relu(normalize(x, state, "norm")), state["conv.weight"])
    h, w = y.shape[2:]
    rows = [y[:, :, i : i + 2] for i in range(0, h, 2)]
    return np.array(
        [
            [
                [[c.mean() for c in (row[n, f, :, j : j + 2] for j in range(0, w, 2))] for row in rows]
                for f in range(y.shape[1])
            ]
            for n in range(len(y))
        ]
    )


@wrong("transition", "no_relu")
def transition_no_relu(x, state):
    return avg_pool2d(conv2d_gemm(normalize(x, state, "norm"), state["conv.weight"]), 2)


@wrong("transition", "no_norm")
def transition_no_norm(x, state):
    return avg_pool2d(conv2d_gemm(relu(x), state["conv.weight"]), 2)


@wrong("transition", "relu_after")
def transition_relu_after(x, state):
    return avg_pool2d(relu(conv2d_gemm(normalize(x, state, "norm"), state["conv.weight"])), 2)


@wrong("transition", "batch_statistics")
def transition_batch_statistics(x, state):
    hat = (x - x.mean((0, 2, 3), keepdims=True)) / np.sqrt(x.var((0, 2, 3), keepdims=True) + 1e-5)
    y = relu(hat * state["norm.weight"][:, None, None] + state["norm.bias"][:, None, None])
    return avg_pool2d(conv2d_gemm(y, state["conv.weight"]), 2)


@right("densenet_forward")
def network_while(state, x):
    f = part(state, "features")
    if "norm0.weight" in f:
        y = relu(normalize(conv2d_gemm(x, f["conv0.weight"], stride=2, padding=3), f, "norm0"))
        y = max_pool2d(y, 3, 2, 1)
    else:
        y = conv2d_gemm(x, f["conv0.weight"], padding=1)
    b = 1
    while f"transition{b}.conv.weight" in f:
        y = dense_block(y, part(f, f"denseblock{b}"))
        y = transition(y, part(f, f"transition{b}"))
        b += 1
    y = dense_block(y, part(f, f"denseblock{b}"))
    y = relu(normalize(y, f, f"norm{b + 1}"))
    y = global_avg_pool2d(y)
    return linear(y, state["classifier.weight"], state["classifier.bias"])


@right("densenet_forward")
def network_by_names(state, x):
    y, order = x, []
    for name in state:
        head = name.split(".")[1] if name.startswith("features.") else ""
        if head and head not in order:
            order.append(head)
    f = part(state, "features")
    for head in order:
        if head == "conv0":
            large = f["conv0.weight"].shape[-1] == 7
            y = conv2d_gemm(y, f["conv0.weight"], None, 2 if large else 1, 3 if large else 1)
        elif head == "norm0":
            y = max_pool2d(np.maximum(normalize(y, f, head), 0), 3, 2, 1)
        elif head.startswith("denseblock"):
            y = dense_block(y, part(f, head))
        elif head.startswith("transition"):
            y = transition(y, part(f, head))
        else:
            y = np.maximum(normalize(y, f, head), 0)
    return y.mean(axis=(2, 3)) @ state["classifier.weight"].T + state["classifier.bias"]


@right("densenet_forward")
def network_image_by_image(state, x):
    f, rows = part(state, "features"), []
    blocks = 0
    while any(name.startswith(f"denseblock{blocks + 1}.") for name in f):
        blocks += 1
    for image in x:
        y = image[None]
        if f"norm{blocks + 1}.weight" == "norm5.weight" or "norm0.weight" in f:
            y = relu(normalize(conv2d_gemm(y, f["conv0.weight"], stride=2, padding=3), f, "norm0"))
            y = max_pool2d(y, 3, stride=2, padding=1)
        else:
            y = conv2d_gemm(y, f["conv0.weight"], padding=1)
        for b in range(blocks):
            y = dense_block(y, part(f, f"denseblock{b + 1}"))
            if b + 1 < blocks:
                y = transition(y, part(f, f"transition{b + 1}"))
        y = relu(normalize(y, f, f"norm{blocks + 1}"))[0].mean(axis=(1, 2))
        rows.append(state["classifier.weight"] @ y + state["classifier.bias"])
    return np.array(rows)


network_no_last_norm = edited(network_while, "no_last_norm", ('normalize(y, f, f"norm{b + 1}")', "y"))
network_no_last_relu = edited(
    network_while, "no_last_relu", ('y = relu(normalize(y, f, f"norm{b + 1}"))', 'y = normalize(y, f, f"norm{b + 1}")')
)
network_global_maximum = edited(network_while, "global_maximum", ("y = global_avg_pool2d(y)", "y = y.max(axis=(2, 3))"))
network_no_bias = edited(
    network_while,
    "no_bias",
    ('linear(y, state["classifier.weight"], state["classifier.bias"])', 'y @ state["classifier.weight"].T'),
)
network_probabilities = edited(
    network_while,
    "probabilities",
    """
    -    y = global_avg_pool2d(y)
    -    return linear(y, state["classifier.weight"], state["classifier.bias"])
    +    y = linear(global_avg_pool2d(y), state["classifier.weight"], state["classifier.bias"])
    +    return np.exp(y) / np.exp(y).sum(axis=1, keepdims=True)
    """,
)
network_no_pool = edited(
    network_while,
    "no_pool_in_transition",
    """
    -        y = transition(y, part(f, f"transition{b}"))
    +        y = conv2d_gemm(relu(normalize(y, f, f"transition{b}.norm")), f[f"transition{b}.conv.weight"])
    """,
)
network_no_stem_norm = edited(
    network_while,
    "no_stem_norm",
    """
    -        y = relu(normalize(conv2d_gemm(x, f["conv0.weight"], stride=2, padding=3), f, "norm0"))
    -        y = max_pool2d(y, 3, 2, 1)
    +        y = max_pool2d(conv2d_gemm(x, f["conv0.weight"], stride=2, padding=3), 3, 2, 1)
    """,
)


@wrong("densenet_forward", "no_stem_pool")
def network_no_stem_pool(state, x):
    f = part(state, "features")
    if "norm0.weight" in f:
        y = relu(normalize(conv2d_gemm(x, f["conv0.weight"], stride=2, padding=3), f, "norm0"))
    else:
        y = conv2d_gemm(x, f["conv0.weight"], padding=1)
    b = 1
    while f"transition{b}.conv.weight" in f:
        y = dense_block(y, part(f, f"denseblock{b}"))
        y = transition(y, part(f, f"transition{b}"))
        b += 1
    y = dense_block(y, part(f, f"denseblock{b}"))
    y = relu(normalize(y, f, f"norm{b + 1}"))
    y = global_avg_pool2d(y)
    return linear(y, state["classifier.weight"], state["classifier.bias"])


network_stem_pool_2 = edited(network_while, "stem_pool_2", ("3, 2, 1", "2"))
network_pool_behind = edited(
    network_while,
    "pool_behind_the_last",
    """
         y = dense_block(y, part(f, f"denseblock{b}"))
    +    y = avg_pool2d(y, 2)
    """,
)


@right("feature_memory")
def memory_loop(layers, inputs, growth, height, width, shared=False, itemsize=4):
    total, maps = 0, inputs
    for _ in range(layers):
        total += maps
        maps += growth
    return (maps if shared else total + maps) * height * width * itemsize


@right("feature_memory")
def memory_series(layers, inputs, growth, height, width, shared=False, itemsize=4):
    maps = inputs + growth * np.arange(layers + 1)
    return int(maps.max() if shared else maps.sum()) * height * width * itemsize


@right("feature_memory")
def memory_closed_form(layers, inputs, growth, height, width, shared=False, itemsize=4):
    if shared:
        return itemsize * height * width * (inputs + layers * growth)
    return itemsize * height * width * ((layers + 1) * inputs + growth * layers * (layers + 1) // 2)


@wrong("feature_memory", "linear_copies")
def memory_linear(layers, inputs, growth, height, width, shared=False, itemsize=4):
    return (inputs + layers * growth) * height * width * itemsize


@wrong("feature_memory", "shared_ignored")
def memory_shared_ignored(layers, inputs, growth, height, width, shared=False, itemsize=4):
    return sum(inputs + k * growth for k in range(layers + 1)) * height * width * itemsize


@wrong("feature_memory", "no_output")
def memory_no_output(layers, inputs, growth, height, width, shared=False, itemsize=4):
    if shared:
        maps = inputs + (layers - 1) * growth if layers else 0
    else:
        maps = sum(inputs + k * growth for k in range(layers))
    return maps * height * width * itemsize


@wrong("feature_memory", "new_maps_alone")
def memory_new_maps(layers, inputs, growth, height, width, shared=False, itemsize=4):
    maps = layers * growth if shared else sum(k * growth for k in range(layers + 1))
    return maps * height * width * itemsize


@wrong("feature_memory", "numbers")
def memory_numbers(layers, inputs, growth, height, width, shared=False, itemsize=4):
    maps = [inputs + k * growth for k in range(layers + 1)]
    return (maps[-1] if shared else sum(maps)) * height * width


memory_float32 = edited(memory_numbers, "always_float32", ("height * width", "height * width * 4"))
memory_square = edited(memory_numbers, "square_maps", ("height * width", "height * height * itemsize"))


@wrong("dense_layer", "no_second_relu")
def layer_no_second_relu(x, state):
    y = relu(normalize(x, state, "norm1"))
    if "conv2.weight" not in state:
        return conv2d_gemm(y, state["conv1.weight"], padding=1)
    return conv2d_gemm(
        normalize(conv2d_gemm(y, state["conv1.weight"]), state, "norm2"), state["conv2.weight"], padding=1
    )


@wrong("transition", "pool_before_relu")
def transition_pool_before_relu(x, state):
    return conv2d_gemm(relu(avg_pool2d(normalize(x, state, "norm"), 2)), state["conv.weight"])


network_nothing_behind = edited(
    network_while, "nothing_behind_the_last", ('relu(normalize(y, f, f"norm{b + 1}"))', "y")
)
network_no_stem_relu = edited(
    network_while,
    "no_stem_relu",
    """
    -        y = relu(normalize(conv2d_gemm(x, f["conv0.weight"], stride=2, padding=3), f, "norm0"))
    +        y = normalize(conv2d_gemm(x, f["conv0.weight"], stride=2, padding=3), f, "norm0")
    """,
)
network_stem_pool_unpadded = edited(network_while, "stem_pool_unpadded", ("(y, 3, 2, 1)", "(y, 3, 2)"))
