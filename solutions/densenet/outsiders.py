"""Programs that somebody wrote who had seen chapter 13's notebook alone, and none of its questions.

Above each wrong program stands what is wrong with it, in its author's words. Left out are those whose idea a
program of bank.py holds already.
"""

import numpy as np

from autograde.course.program import edited, right


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
