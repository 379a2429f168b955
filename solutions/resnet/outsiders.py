"""Programs that somebody wrote who had seen chapter 12's notebook alone, and none of its questions.

Above each wrong program stands what is wrong with it, in its author's words. Left out are those whose idea a
program of bank.py holds already.
"""

import numpy as np

from autograde.course.program import edited, right


@right("residual_add")
def outside_residual_add(x, f):
    if x.shape != f.shape:
        raise ValueError(f"shapes {x.shape} and {f.shape} differ")
    return x + f


# adds in place
outside_residual_add_3 = edited(
    outside_residual_add,
    "",
    """
    -    if x.shape != f.shape:
    -        raise ValueError(f"shapes {x.shape} and {f.shape} differ")
    -    return x + f
    +    if np.shape(x) != np.shape(f):
    +        raise ValueError(f"shapes differ: {np.shape(x)} and {np.shape(f)}")
    +    x += f
    +    return x
    """,
    says="the answer is right, but your function changed its input: work on a copy",
)

# assert in place of ValueError
outside_residual_add_4 = edited(
    outside_residual_add,
    "",
    """
    -    if x.shape != f.shape:
    -        raise ValueError(f"shapes {x.shape} and {f.shape} differ")
    +    assert np.shape(x) == np.shape(f), (np.shape(x), np.shape(f))
    """,
    says="an `assert` stops with AssertionError: where another error is asked for, write `raise` and its name",
)


@right("basic_block")
def outside_basic_block(x, state, stride=1):
    f = relu(norm(conv(x, state, "conv1", stride), state, "bn1"))
    f = norm(conv(f, state, "conv2"), state, "bn2")
    if "downsample.0.weight" in state:
        s = projection_shortcut(x, f.shape[1], stride, "B", state)
    elif f.shape == x.shape:
        s = x
    else:
        s = projection_shortcut(x, f.shape[1], stride)
    return relu(residual_add(s, f))


# bn1 used twice
outside_basic_block_4 = edited(
    outside_basic_block,
    "first_norm_twice",
    """
    -    f = norm(conv(f, state, "conv2"), state, "bn2")
    +    f = norm(conv(f, state, "conv2"), state, "bn1")
    """,
)

# ignores downsample: always option A
outside_basic_block_6 = edited(
    outside_basic_block,
    "projection_ignored",
    """
    -    if "downsample.0.weight" in state:
    +    if False:
    """,
)


@right("bottleneck")
def outside_bottleneck(x, state, stride=1, version="1.5"):
    s1, s2 = (stride, 1) if version == "1" else (1, stride)
    f = relu(norm(conv(x, state, "conv1", s1), state, "bn1"))
    f = relu(norm(conv(f, state, "conv2", s2), state, "bn2"))
    f = norm(conv(f, state, "conv3"), state, "bn3")
    if "downsample.0.weight" in state:
        s = projection_shortcut(x, f.shape[1], stride, "B", state)
    elif f.shape == x.shape:
        s = x
    else:
        s = projection_shortcut(x, f.shape[1], stride)
    return relu(residual_add(s, f))


# no ReLU after bn2
outside_bottleneck_3 = edited(
    outside_bottleneck,
    "second_relu_forgotten",
    """
    -    f = relu(norm(conv(f, state, "conv2", s2), state, "bn2"))
    +    f = norm(conv(f, state, "conv2", s2), state, "bn2")
    """,
)

# stride in both
outside_bottleneck_5 = edited(
    outside_bottleneck,
    "",
    """
    -    s1, s2 = (stride, 1) if version == "1" else (1, stride)
    +    s1, s2 = (stride, stride)
    """,
    says="Two of your convolutions have the stride.",
)


@right("preact_block")
def outside_preact_block(x, state, stride=1):
    a = relu(norm(x, state, "bn1"))
    s = conv(a, state, "downsample", stride) if "downsample.weight" in state else x
    f = conv(a, state, "conv1", stride)
    f = conv(relu(norm(f, state, "bn2")), state, "conv2")
    return residual_add(s, f)


# convolution first, then normalization
outside_preact_block_4 = edited(
    outside_preact_block,
    "raw_into_conv1",
    """
    -    f = conv(a, state, "conv1", stride)
    -    f = conv(relu(norm(f, state, "bn2")), state, "conv2")
    +    f = relu(norm(conv(x, state, "conv1", stride), state, "bn2"))
    +    f = conv(f, state, "conv2")
    """,
)


@right("resnet_forward")
def outside_resnet_forward(state, x):
    big = state["conv1.weight"].shape[2] == 7
    x = relu(norm(conv(x, state, "conv1", 2 if big else 1), state, "bn1"))
    if big:
        x = max_pool2d(x, 3, 2, 1)
    l = 1
    while f"layer{l}.0.conv1.weight" in state:
        b = 0
        while f"layer{l}.{b}.conv1.weight" in state:
            p = f"layer{l}.{b}."
            own = {k[len(p) :]: v for k, v in state.items() if k.startswith(p)}
            stride = 2 if l > 1 and b == 0 else 1
            x = bottleneck(x, own, stride) if "conv3.weight" in own else basic_block(x, own, stride)
            b += 1
        l += 1
    return linear(global_avg_pool2d(x), state["fc.weight"], state["fc.bias"])


# only the blocks 0 to 9 by prefix without a dot: layer1.1 also takes layer1.10
outside_resnet_forward_3 = edited(
    outside_resnet_forward,
    "",
    """
    -            p = f"layer{l}.{b}."
    -            own = {k[len(p) :]: v for k, v in state.items() if k.startswith(p)}
    +            p = f"layer{l}.{b}"
    +            own = {k[len(p) :].split(".", 1)[-1]: v for k, v in state.items() if k.startswith(p)}
    """,
    says="3 of 3 values differ",
)


@right("basic_block_backward")
def outside_basic_block_backward(grad_output, x, state, stride=1):
    def bn(y, n):
        c = y.shape[1]
        return batch_norm2d(y, np.zeros(c), np.ones(c), state[n + ".weight"], state[n + ".bias"], training=True)[0]

    c1 = conv(x, state, "conv1", stride)
    n1 = bn(c1, "bn1")
    r1 = relu(n1)
    c2 = conv(r1, state, "conv2")
    n2 = bn(c2, "bn2")
    s = x if n2.shape == x.shape else projection_shortcut(x, n2.shape[1], stride)
    grads = {}
    g = relu_backward(grad_output, s + n2)
    d, grads["bn2.weight"], grads["bn2.bias"] = batch_norm2d_backward(g, c2, state["bn2.weight"])
    d, grads["conv2.weight"], _ = conv2d_backward(d, r1, state["conv2.weight"], 1, 1)
    d = relu_backward(d, n1)
    d, grads["bn1.weight"], grads["bn1.bias"] = batch_norm2d_backward(d, c1, state["bn1.weight"])
    d, grads["conv1.weight"], _ = conv2d_backward(d, x, state["conv1.weight"], stride, 1)
    d[:, :, ::stride, ::stride] += g[:, : x.shape[1]]
    grads["x"] = d
    return grads


# last ReLU mask from F alone
outside_basic_block_backward_2 = edited(
    outside_basic_block_backward,
    "masked_by_the_branch",
    """
    -    g = relu_backward(grad_output, s + n2)
    +    g = relu_backward(grad_output, n2)
    """,
)

# shortcut overwrites the path through F
outside_basic_block_backward_6 = edited(
    outside_basic_block_backward,
    "",
    """
    -    d[:, :, ::stride, ::stride] += g[:, : x.shape[1]]
    +    d[:, :, ::stride, ::stride] = g[:, : x.shape[1]]
    """,
    says="Your gradient of x is the shortcut's alone.",
)

# normalization of running statistics in the forward pass
outside_basic_block_backward_7 = edited(
    outside_basic_block_backward,
    "evaluated_on_the_way_there_from_fresh",
    """
    -        return batch_norm2d(y, np.zeros(c), np.ones(c), state[n + ".weight"], state[n + ".bias"], training=True)[0]
    +        return batch_norm2d(y, np.zeros(c), np.ones(c), state[n + ".weight"], state[n + ".bias"], training=False)[0]
    """,
)

# stride not passed to the backward of conv1
outside_basic_block_backward_8 = edited(
    outside_basic_block_backward,
    "",
    """
    -    d, grads["conv1.weight"], _ = conv2d_backward(d, x, state["conv1.weight"], stride, 1)
    +    d, grads["conv1.weight"], _ = conv2d_backward(d, x, state["conv1.weight"], 1, 1)
    """,
    says="Your way back through conv1 has no stride.",
)


@right("train_resnet")
def outside_train_resnet(state, images, labels, batches, lr, momentum=0.9, weight_decay=0.0):
    state = {k: np.array(v, dtype=float) for k, v in state.items()}
    run = lambda k: "running" in k
    vel = {k: np.zeros_like(v) for k, v in state.items() if not run(k)}
    names = []
    l = 1
    while f"layer{l}.0.conv1.weight" in state:
        b = 0
        while f"layer{l}.{b}.conv1.weight" in state:
            names.append((f"layer{l}.{b}.", 2 if l > 1 and b == 0 else 1))
            b += 1
        l += 1
    losses = []

    def bn(y, own, n, p, new):
        out, m, v = batch_norm2d(
            y, own[n + ".running_mean"], own[n + ".running_var"], own[n + ".weight"], own[n + ".bias"], training=True
        )
        new[p + n + ".running_mean"], new[p + n + ".running_var"] = m, v
        return out

    for batch in batches:
        x0, t = images[batch], labels[batch]
        new, grads, kept = {}, {}, []
        c0 = conv(x0, state, "conv1")
        n0 = bn(c0, state, "bn1", "", new)
        x = relu(n0)
        for p, stride in names:
            own = {k[len(p) :]: v for k, v in state.items() if k.startswith(p)}
            kept.append((p, own, stride, x))
            f = relu(bn(conv(x, own, "conv1", stride), own, "bn1", p, new))
            f = bn(conv(f, own, "conv2"), own, "bn2", p, new)
            s = x if f.shape == x.shape else projection_shortcut(x, f.shape[1], stride)
            x = relu(s + f)
        v = global_avg_pool2d(x)
        loss, g = softmax_cross_entropy(linear(v, state["fc.weight"], state["fc.bias"]), t)
        losses.append(float(loss))
        g, grads["fc.weight"], grads["fc.bias"] = linear_backward(g, v, state["fc.weight"])
        g = np.broadcast_to(g[:, :, None, None] / (x.shape[2] * x.shape[3]), x.shape)
        for p, own, stride, xin in reversed(kept):
            some = basic_block_backward(g, xin, own, stride)
            g = some.pop("x")
            for k, d in some.items():
                grads[p + k] = d
        g = relu_backward(g, n0)
        g, grads["bn1.weight"], grads["bn1.bias"] = batch_norm2d_backward(g, c0, state["bn1.weight"])
        grads["conv1.weight"] = conv2d_backward(g, x0, state["conv1.weight"], 1, 1)[1]
        for k, d in grads.items():
            state[k], vel[k] = sgd_momentum_step(state[k], d, vel[k], lr, momentum, weight_decay)
        state.update(new)
    return losses, state


# gradient of the mean not divided by H*W
outside_train_resnet_2 = edited(
    outside_train_resnet,
    "mean_not_shared_out",
    """
    -        g = np.broadcast_to(g[:, :, None, None] / (x.shape[2] * x.shape[3]), x.shape)
    +        g = np.broadcast_to(g[:, :, None, None], x.shape)
    """,
)

# weight decay only for weights of convolutions and fc, not for bn
outside_train_resnet_4 = edited(
    outside_train_resnet,
    "norms_do_not_decay",
    """
    -            state[k], vel[k] = sgd_momentum_step(state[k], d, vel[k], lr, momentum, weight_decay)
    +            state[k], vel[k] = sgd_momentum_step(
    +                state[k], d, vel[k], lr, momentum, weight_decay if "bn" not in k else 0.0
    +            )
    """,
)

# stem ReLU skipped on the way back
outside_train_resnet_5 = edited(
    outside_train_resnet,
    "first_relu_ignored",
    """
    -        g = relu_backward(g, n0)
    """,
)

# loss taken after the step
outside_train_resnet_6 = edited(
    outside_train_resnet,
    "loss_after_the_step",
    """
             state.update(new)
    +        losses[-1] = float(softmax_cross_entropy(resnet_forward(state, images[batch]), labels[batch])[0])
    """,
)
