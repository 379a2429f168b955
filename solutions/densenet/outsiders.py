"""Programs that somebody wrote who had seen chapter 13's notebook alone, and none of its questions.

Above each wrong program stands what is wrong with it, in its author's words. Left out are those whose idea a
program of bank.py holds already.
"""

import numpy as np

from autograde.course.program import edited, right, stray, wrong


@right("dense_layer")
def outside_dense_layer(x, state):
    old = x
    x = conv2d_gemm(
        relu(normalize(x, state, "norm1")), state["conv1.weight"], None, 1, state["conv1.weight"].shape[2] // 2
    )
    if "conv2.weight" in state:
        x = conv2d_gemm(relu(normalize(x, state, "norm2")), state["conv2.weight"], None, 1, 1)
    return x


# second convolution after norm2 and ReLU, but no padding, in place of padding 1
outside_dense_layer_1 = edited(
    outside_dense_layer,
    "conv2_not_padded",
    """
    -    old = x
    """,
    """
    -        x = conv2d_gemm(relu(normalize(x, state, "norm2")), state["conv2.weight"], None, 1, 1)
    +        x = relu(normalize(x, state, "norm2"))
    +        x = conv2d_gemm(x, state["conv2.weight"], None, 1, 0)
    """,
)

# no ReLU before the first convolution
outside_dense_layer_2 = edited(
    outside_dense_layer,
    "first_relu_forgotten",
    """
    -    old = x
    -    x = conv2d_gemm(
    -        relu(normalize(x, state, "norm1")), state["conv1.weight"], None, 1, state["conv1.weight"].shape[2] // 2
    -    )
    +    x = conv2d_gemm(normalize(x, state, "norm1"), state["conv1.weight"], None, 1, state["conv1.weight"].shape[2] // 2)
    """,
)

# always padding 1 in conv1
outside_dense_layer_4 = edited(
    outside_dense_layer,
    "conv1_always_padded",
    """
    -    old = x
    -    x = conv2d_gemm(
    -        relu(normalize(x, state, "norm1")), state["conv1.weight"], None, 1, state["conv1.weight"].shape[2] // 2
    -    )
    +    x = conv2d_gemm(relu(normalize(x, state, "norm1")), state["conv1.weight"], None, 1, 1)
    """,
)

# skips the bottleneck: conv2 ignored
outside_dense_layer_5 = edited(
    outside_dense_layer,
    "bottleneck_given",
    """
    -    old = x
    """,
    """
    -    if "conv2.weight" in state:
    +    if False:
    """,
)


@right("dense_block")
def outside_dense_block(x, state):
    i = 1
    while f"denselayer{i}.conv1.weight" in state:
        x = np.concatenate([x, dense_layer(x, part(state, f"denselayer{i}"))], axis=1)
        i += 1
    return x


# counts from 0
outside_dense_block_3 = edited(
    outside_dense_block,
    "no_layer_found",
    """
    -    i = 1
    +    i = 0
    """,
)

# layers in the order of text sorting: 1, 10, 11, 2
outside_dense_block_4 = edited(
    outside_dense_block,
    "",
    """
    -    i = 1
    -    while f"denselayer{i}.conv1.weight" in state:
    -        x = np.concatenate([x, dense_layer(x, part(state, f"denselayer{i}"))], axis=1)
    -        i += 1
    +    for name in sorted({k.split(".")[0] for k in state}):
    +        x = np.concatenate([x, dense_layer(x, part(state, name))], axis=1)
    """,
    says="You run the layers in the order of their names as text: denselayer1, denselayer10, denselayer2.",
)

# each layer sees only the maps of the layer before
outside_dense_block_5 = edited(
    outside_dense_block,
    "layers_chained",
    """
    -        x = np.concatenate([x, dense_layer(x, part(state, f"denselayer{i}"))], axis=1)
    +        x = dense_layer(x, part(state, f"denselayer{i}"))
    """,
)


@right("densenet_forward")
def outside_densenet_forward(state, x):
    f = part(state, "features")
    if "norm0.weight" in f:
        x = relu(normalize(conv2d_gemm(x, f["conv0.weight"], None, 2, 3), f, "norm0"))
        x = max_pool2d(x, 3, 2, 1)
    else:
        x = conv2d_gemm(x, f["conv0.weight"], None, 1, 1)
    b = 1
    while any(k.startswith(f"denseblock{b}.") for k in f):
        x = dense_block(x, part(f, f"denseblock{b}"))
        if f"transition{b}.conv.weight" in f:
            x = transition(x, part(f, f"transition{b}"))
        b += 1
    last = [k for k in f if k.startswith("norm") and k.endswith(".weight") and not k.startswith("norm0")][0][:-7]
    x = relu(normalize(x, f, last))
    return linear(global_avg_pool2d(x), state["classifier.weight"], state["classifier.bias"])


# always the ImageNet stem
outside_densenet_forward_4 = edited(
    outside_densenet_forward,
    "",
    """
    -    if "norm0.weight" in f:
    +    if True:
    """,
    says="Every network gets ImageNet's stem in your function.",
)


@right("feature_memory")
def outside_feature_memory(layers, inputs, growth, height, width, shared=False, itemsize=4):
    maps = inputs + layers * growth
    if not shared:
        maps += sum(inputs + l * growth for l in range(layers))
    return maps * height * width * itemsize


# forgets the output of the block
outside_feature_memory_1 = edited(
    outside_feature_memory,
    "output_left_out",
    """
    -        maps += sum(inputs + l * growth for l in range(layers))
    +        maps = sum(inputs + l * growth for l in range(layers))
    """,
)

# layer l counted with l * growth from 1
outside_feature_memory_4 = edited(
    outside_feature_memory,
    "outputs_counted_with_the_last_twice",
    """
    -        maps += sum(inputs + l * growth for l in range(layers))
    +        maps += sum(inputs + l * growth for l in range(1, layers + 1))
    """,
)


# By another author, who had seen the notebook alone, too: all of his programs.


# goes through the layers in the order of sorted(), denselayer10 before denselayer2
@stray("dense_block", "You run the layers in the order of their names as text: denselayer1, denselayer10, denselayer2.")
def second_dense_block_1(x, state):
    layers = sorted({name.split(".")[0] for name in state})
    features = [x]
    for layer in layers:
        new = dense_layer(np.concatenate(features, axis=1), part(state, layer))
        features.append(new)
    return np.concatenate(features, axis=1)


# the newest maps come first
@wrong("dense_block", "newest_first")
def second_dense_block_2(x, state):
    l = 1
    while f"denselayer{l}.conv1.weight" in state:
        new = dense_layer(x, part(state, f"denselayer{l}"))
        x = np.concatenate([new, x], axis=1)
        l += 1
    return x


# counts the layers by five entries each, a layer with a bottleneck has ten
@stray("dense_block", "the dict has no entry 'running_mean': print its keys (are there any?)")
def second_dense_block_3(x, state):
    layers = len(state) // 5
    features = x
    for l in range(1, layers + 1):
        own = part(state, f"denselayer{l}")
        features = np.concatenate((features, dense_layer(features, own)), axis=1)
    return features


# the answer holds x in front of the new maps
@wrong("dense_layer", "with_the_input")
def second_dense_layer_1(x, state):
    h = relu(normalize(x, state, "norm1"))
    if "conv2.weight" in state:
        h = conv2d_gemm(h, state["conv1.weight"])
        h = relu(normalize(h, state, "norm2"))
        h = conv2d_gemm(h, state["conv2.weight"], padding=1)
    else:
        h = conv2d_gemm(h, state["conv1.weight"], padding=1)
    return np.concatenate([x, h], axis=1)


# no ReLU behind the second normalization
@wrong("dense_layer", "no_second_relu")
def second_dense_layer_2(x, state):
    out = conv2d_gemm(
        relu(normalize(x, state, "norm1")), state["conv1.weight"], None, 1, state["conv1.weight"].shape[2] // 2
    )
    if "conv2.weight" in state:
        out = normalize(out, state, "norm2")
        out = conv2d_gemm(out, state["conv2.weight"], None, 1, 1)
    return out


# padding 1 for both convolutions, so a bottleneck's 1x1 convolution makes the maps two pixels larger
@wrong("dense_layer", "conv1_always_padded")
def second_dense_layer_3(x, state):
    h = x
    for k in ("1", "2"):
        if "conv" + k + ".weight" in state:
            h = relu(normalize(h, state, "norm" + k))
            h = conv2d_gemm(h, state["conv" + k + ".weight"], padding=1)
    return h


# no ReLU behind the last normalization
@wrong("densenet_forward", "no_last_relu")
def second_densenet_forward_1(state, x):
    s = part(state, "features")
    if "norm0.weight" in s:
        x = conv2d_gemm(x, s["conv0.weight"], None, 2, 3)
        x = max_pool2d(relu(normalize(x, s, "norm0")), 3, 2, 1)
    else:
        x = conv2d_gemm(x, s["conv0.weight"], None, 1, 1)
    b = 1
    while f"denseblock{b}.denselayer1.conv1.weight" in s:
        x = dense_block(x, part(s, f"denseblock{b}"))
        if f"transition{b}.conv.weight" in s:
            x = transition(x, part(s, f"transition{b}"))
        b += 1
    x = normalize(x, s, f"norm{b}")
    return linear(global_avg_pool2d(x), state["classifier.weight"], state["classifier.bias"])


# the small networks' stem gets a ReLU too
@wrong("densenet_forward", "small_stem_rectified")
def second_densenet_forward_2(state, x):
    f = part(state, "features")
    big = "norm0.weight" in f
    h = conv2d_gemm(x, f["conv0.weight"], stride=2 if big else 1, padding=3 if big else 1)
    if big:
        h = normalize(h, f, "norm0")
    h = relu(h)
    if big:
        h = max_pool2d(h, 3, stride=2, padding=1)
    blocks = sorted({name.split(".")[0] for name in f if name.startswith("denseblock")})
    for k, block in enumerate(blocks, 1):
        h = dense_block(h, part(f, block))
        if k < len(blocks):
            h = transition(h, part(f, f"transition{k}"))
    h = relu(normalize(h, f, f"norm{len(blocks) + 1}"))
    return linear(h.mean(axis=(2, 3)), state["classifier.weight"], state["classifier.bias"])


# ImageNet's stem pools 2x2 windows side by side
@wrong("densenet_forward", "stem_pool_2")
def second_densenet_forward_3(state, x):
    feats = {k[len("features.") :]: v for k, v in state.items() if k.startswith("features.")}
    if "norm0.weight" in feats:
        x = conv2d_gemm(x, feats["conv0.weight"], None, 2, 3)
        x = relu(normalize(x, feats, "norm0"))
        x = max_pool2d(x, 2)
    else:
        x = conv2d_gemm(x, feats["conv0.weight"], None, 1, 1)
    number = 1
    while True:
        x = dense_block(x, part(feats, f"denseblock{number}"))
        trans = part(feats, f"transition{number}")
        number += 1
        if not trans:
            break
        x = transition(x, trans)
    x = relu(normalize(x, feats, f"norm{number}"))
    return linear(global_avg_pool2d(x), state["classifier.weight"], state["classifier.bias"])


# takes the mean with a pool of as many columns as the maps have rows (right for square maps only)
@wrong("densenet_forward", "square_last_pool")
def second_densenet_forward_4(state, x):
    s = part(state, "features")
    imagenet = "norm0.weight" in s
    if imagenet:
        x = max_pool2d(relu(normalize(conv2d_gemm(x, s["conv0.weight"], None, 2, 3), s, "norm0")), 3, 2, 1)
    else:
        x = conv2d_gemm(x, s["conv0.weight"], None, 1, 1)
    blocks = len({k.split(".")[0] for k in s if k.startswith("denseblock")})
    for b in range(1, blocks + 1):
        x = dense_block(x, part(s, f"denseblock{b}"))
        if b != blocks:
            x = transition(x, part(s, f"transition{b}"))
    x = relu(normalize(x, s, f"norm{blocks + 1}"))
    x = avg_pool2d(x, x.shape[2])[:, :, 0, 0]
    return linear(x, state["classifier.weight"], state["classifier.bias"])


# the shared store lacks the last layer's maps
@wrong("feature_memory", "last_layer_left_out_of_the_store")
def second_feature_memory_1(layers, inputs, growth, height, width, shared=False, itemsize=4):
    maps = [inputs + l * growth for l in range(layers + 1)]
    if shared:
        count = inputs + (layers - 1) * growth
    else:
        count = sum(maps)
    return count * height * width * itemsize


# copies are counted as if each of the L + 1 arrays had the output's size
@wrong("feature_memory", "every_array_as_large_as_the_output")
def second_feature_memory_2(layers, inputs, growth, height, width, shared=False, itemsize=4):
    output = (inputs + layers * growth) * height * width
    if shared:
        return output * itemsize
    return output * (layers + 1) * itemsize


# the inputs of the layers are added up, the output is forgotten; and a map has height squared numbers
@stray("feature_memory", "expected 28000, got 17248")
def second_feature_memory_3(layers, inputs, growth, height, width, shared=False, itemsize=4):
    total = 0
    maps = inputs
    for _ in range(layers):
        total += maps
        maps += growth
    if shared:
        total = maps
    return total * height**2 * itemsize


# no ReLU behind the normalization
@wrong("transition", "no_relu")
def second_transition_1(x, state):
    y = normalize(x, state, "norm")
    y = conv2d_gemm(y, state["conv.weight"])
    return avg_pool2d(y, 2)


# maximum pool in place of the mean
@wrong("transition", "maximum_pool")
def second_transition_2(x, state):
    h = relu(normalize(x, state, "norm"))
    h = conv2d_gemm(h, state["conv.weight"], None, 1, 0)
    return max_pool2d(h, 2, 2)


# keeps half of the maps whatever the convolution has, theta = 0.5 by hand
@wrong("transition", "half_always")
def second_transition_3(x, state):
    n, c, h, w = x.shape
    y = relu(normalize(x, state, "norm"))
    y = np.einsum("fc,nchw->nfhw", state["conv.weight"][: c // 2, :, 0, 0], y)
    return avg_pool2d(y, kernel_size=2, stride=2)
