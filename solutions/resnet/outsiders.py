"""Programs that somebody wrote who had seen chapter 12's notebook alone, and none of its questions.

Above each wrong program stands what is wrong with it, in its author's words. Left out are those whose idea a
program of bank.py holds already.
"""

import numpy as np

from autograde.course.program import edited, right, stray, wrong


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
    says="the answer is right, but your function changed its input `x`: ",
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
    "prefix_without_dot",
    """
    -            p = f"layer{l}.{b}."
    -            own = {k[len(p) :]: v for k, v in state.items() if k.startswith(p)}
    +            p = f"layer{l}.{b}"
    +            own = {k[len(p) :].split(".", 1)[-1]: v for k, v in state.items() if k.startswith(p)}
    """,
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


# By another author, who had seen the notebook alone, too: all of his programs.


# the shortcut is chosen by the stride, so option A is missed at stride 1 with more channels
@stray("basic_block", "You choose the shortcut by the stride.")
def second_basic_block_1(x, state, stride=1):
    f = relu(norm(conv(x, state, "conv1", stride), state, "bn1"))
    f = norm(conv(f, state, "conv2"), state, "bn2")
    channels = f.shape[1]
    if "downsample.0.weight" in state:
        shortcut = projection_shortcut(x, channels, stride, "B", state)
    elif stride != 1:
        shortcut = projection_shortcut(x, channels, stride, "A")
    else:
        shortcut = x
    return relu(shortcut + f)


# copy-paste, bn1 behind the second convolution too
@wrong("basic_block", "first_norm_twice")
def second_basic_block_2(x, state, stride=1):
    out = conv(x, state, "conv1", stride)
    out = norm(out, state, "bn1")
    out = relu(out)
    out = conv(out, state, "conv2")
    out = norm(out, state, "bn1")
    if "downsample.0.weight" in state:
        identity = projection_shortcut(x, out.shape[1], stride, "B", state)
    elif x.shape == out.shape:
        identity = x
    else:
        identity = projection_shortcut(x, out.shape[1], stride)
    return relu(residual_add(identity, out))


# F is rectified before the sum, so it can only add
@wrong("basic_block", "relu_before_and_after")
def second_basic_block_3(x, state, stride=1):
    def conv_bn_relu(h, k, s):
        return relu(norm(conv(h, state, f"conv{k}", s), state, f"bn{k}"))

    f = conv_bn_relu(conv_bn_relu(x, 1, stride), 2, 1)
    if "downsample.0.weight" in state:
        short = projection_shortcut(x, f.shape[1], stride, option="B", state=state)
    else:
        short = x if x.shape == f.shape else projection_shortcut(x, f.shape[1], stride)
    return relu(residual_add(short, f))


# looks for the downsample only where shapes differ, though the state may have one at equal shapes
@wrong("basic_block", "projection_by_shape")
def second_basic_block_4(x, state, stride=1):
    h = relu(norm(conv(x, state, "conv1", stride), state, "bn1"))
    f = norm(conv(h, state, "conv2"), state, "bn2")
    if x.shape == f.shape:
        return relu(residual_add(x, f))
    option = "B" if "downsample.0.weight" in state else "A"
    return relu(residual_add(projection_shortcut(x, f.shape[1], stride, option, state), f))


# the shortcut passes on grad_output from before the last ReLU
@wrong("basic_block_backward", "shortcut_not_masked")
def second_basic_block_backward_1(grad_output, x, state, stride=1):
    s = dict(state)
    z1 = conv(x, s, "conv1", stride)
    s |= statistics(z1, s, "bn1")[0]
    n1 = norm(z1, s, "bn1")
    r1 = relu(n1)
    z2 = conv(r1, s, "conv2")
    s |= statistics(z2, s, "bn2")[0]
    f = norm(z2, s, "bn2")
    short = x if x.shape == f.shape else projection_shortcut(x, f.shape[1], stride)
    g = relu_backward(grad_output, short + f)
    d, dg2, db2 = batch_norm2d_backward(g, z2, s["bn2.weight"])
    d, dw2, _ = conv2d_backward(d, r1, s["conv2.weight"], 1, 1)
    d = relu_backward(d, n1)
    d, dg1, db1 = batch_norm2d_backward(d, z1, s["bn1.weight"])
    dx, dw1, _ = conv2d_backward(d, x, s["conv1.weight"], stride, 1)
    dx[:, :, ::stride, ::stride] += grad_output[:, : x.shape[1]]
    return {
        "x": dx,
        "conv1.weight": dw1,
        "bn1.weight": dg1,
        "bn1.bias": db1,
        "conv2.weight": dw2,
        "bn2.weight": dg2,
        "bn2.bias": db2,
    }


# the last ReLU is masked by F alone, the sum with the shortcut is forgotten
@wrong("basic_block_backward", "masked_by_the_branch")
def second_basic_block_backward_2(grad_output, x, state, stride=1):
    a = conv(x, state, "conv1", stride)
    a_hat = norm(a, {**state, **statistics(a, state, "bn1")[0]}, "bn1")
    h = relu(a_hat)
    b = conv(h, state, "conv2")
    f = norm(b, {**state, **statistics(b, state, "bn2")[0]}, "bn2")
    g = relu_backward(grad_output, f)
    grads = {}
    up, grads["bn2.weight"], grads["bn2.bias"] = batch_norm2d_backward(g, b, state["bn2.weight"])
    up, grads["conv2.weight"], _ = conv2d_backward(up, h, state["conv2.weight"], 1, 1)
    up = relu_backward(up, a_hat)
    up, grads["bn1.weight"], grads["bn1.bias"] = batch_norm2d_backward(up, a, state["bn1.weight"])
    up, grads["conv1.weight"], _ = conv2d_backward(up, x, state["conv1.weight"], stride, 1)
    shortcut = np.zeros(x.shape)
    shortcut[:, :, ::stride, ::stride] = g[:, : x.shape[1]]
    grads["x"] = up + shortcut
    return grads


# option A's gradient is spread over all pixels with np.repeat, not laid on every second one
@wrong("basic_block_backward", "shortcut_gradient_repeated")
def second_basic_block_backward_3(grad_output, x, state, stride=1):
    st = {**state}
    c1 = conv(x, st, "conv1", stride)
    st.update(statistics(c1, st, "bn1")[0])
    n1 = norm(c1, st, "bn1")
    c2 = conv(relu(n1), st, "conv2")
    st.update(statistics(c2, st, "bn2")[0])
    n2 = norm(c2, st, "bn2")
    if n2.shape == x.shape:
        g = relu_backward(grad_output, n2 + x)
        gx = g
    else:
        g = relu_backward(grad_output, n2 + projection_shortcut(x, n2.shape[1], stride))
        gx = g[:, : x.shape[1]].repeat(stride, axis=2).repeat(stride, axis=3)
        gx = gx[:, :, : x.shape[2], : x.shape[3]]
    gc2, gw_bn2, gb_bn2 = batch_norm2d_backward(g, c2, st["bn2.weight"])
    gr, gw2, _ = conv2d_backward(gc2, relu(n1), st["conv2.weight"], 1, 1)
    gc1, gw_bn1, gb_bn1 = batch_norm2d_backward(relu_backward(gr, n1), c1, st["bn1.weight"])
    gf, gw1, _ = conv2d_backward(gc1, x, st["conv1.weight"], stride, 1)
    out = {"x": gx + gf, "conv1.weight": gw1, "conv2.weight": gw2}
    out |= {"bn1.weight": gw_bn1, "bn1.bias": gb_bn1, "bn2.weight": gw_bn2, "bn2.bias": gb_bn2}
    return out


# runs the branch with the state's running statistics, as in evaluation
@wrong("basic_block_backward", "evaluated_on_the_way_there")
def second_basic_block_backward_4(grad_output, x, state, stride=1):
    c1 = conv(x, state, "conv1", stride)
    b1 = norm(c1, state, "bn1")
    r1 = relu(b1)
    c2 = conv(r1, state, "conv2")
    b2 = norm(c2, state, "bn2")
    if b2.shape == x.shape:
        total = x + b2
    else:
        total = projection_shortcut(x, b2.shape[1], stride) + b2
    grad = relu_backward(grad_output, total)
    result = {}
    d, result["bn2.weight"], result["bn2.bias"] = batch_norm2d_backward(grad, c2, state["bn2.weight"])
    d, result["conv2.weight"], _ = conv2d_backward(d, r1, state["conv2.weight"], 1, 1)
    d, result["bn1.weight"], result["bn1.bias"] = batch_norm2d_backward(relu_backward(d, b1), c1, state["bn1.weight"])
    d, result["conv1.weight"], _ = conv2d_backward(d, x, state["conv1.weight"], stride, 1)
    d[:, :, ::stride, ::stride] += grad[:, : x.shape[1]]
    result["x"] = d
    return result


# compares version with the number 1, which no string equals, so the stride is always conv2's
@wrong("bottleneck", "always_3x3")
def second_bottleneck_1(x, state, stride=1, version="1.5"):
    if version == 1:
        s1, s2 = stride, 1
    else:
        s1, s2 = 1, stride
    f = relu(norm(conv(x, state, "conv1", s1), state, "bn1"))
    f = relu(norm(conv(f, state, "conv2", s2), state, "bn2"))
    f = norm(conv(f, state, "conv3"), state, "bn3")
    if "downsample.0.weight" in state:
        x = projection_shortcut(x, f.shape[1], stride, "B", state)
    return relu(residual_add(x, f))


# the downsample is used only where the stride is above 1, the first block of layer1 grows at stride 1
@stray("bottleneck", "You take the projection only where the stride is above 1.")
def second_bottleneck_2(x, state, stride=1, version="1.5"):
    strides = {"1": (stride, 1), "1.5": (1, stride)}[version]
    out = relu(norm(conv(x, state, "conv1", strides[0]), state, "bn1"))
    out = relu(norm(conv(out, state, "conv2", strides[1]), state, "bn2"))
    out = norm(conv(out, state, "conv3"), state, "bn3")
    identity = x
    if stride > 1:
        identity = projection_shortcut(x, out.shape[1], stride, "B", state)
    return relu(identity + out)


# a ReLU behind the third normalization as well
@wrong("bottleneck", "relu_before_and_after")
def second_bottleneck_3(x, state, stride=1, version="1.5"):
    f = x
    for k in (1, 2, 3):
        s = stride if (k == 1 and version == "1") or (k == 2 and version == "1.5") else 1
        f = relu(norm(conv(f, state, f"conv{k}", s), state, f"bn{k}"))
    if "downsample.0.weight" in state:
        short = projection_shortcut(x, f.shape[1], stride, "B", state)
    else:
        short = x
    return relu(residual_add(short, f))


# the shortcut without a projection is ReLU(BN(x)), not x itself
@wrong("preact_block", "skip_activated")
def second_preact_block_1(x, state, stride=1):
    ready = relu(norm(x, state, "bn1"))
    f = conv(ready, state, "conv1", stride)
    f = conv(relu(norm(f, state, "bn2")), state, "conv2")
    if "downsample.weight" in state:
        ready = conv(ready, state, "downsample", stride)
    return residual_add(ready, f)


# the projection reads x before normalization and ReLU
@wrong("preact_block", "projection_from_raw_x")
def second_preact_block_2(x, state, stride=1):
    out = relu(norm(x, state, "bn1"))
    out = conv(out, state, "conv1", stride)
    out = relu(norm(out, state, "bn2"))
    out = conv(out, state, "conv2")
    shortcut = conv(x, state, "downsample", stride) if "downsample.weight" in state else x
    return shortcut + out


# puts half of the zeros in front and half behind, as some CIFAR code does
@wrong("projection_shortcut", "zeros_on_both_sides")
def second_projection_shortcut_1(x, channels, stride=1, option="A", state=None):
    if option == "A":
        more = channels - x.shape[1]
        small = x[:, :, ::stride, ::stride]
        return np.pad(small, ((0, 0), (more // 2, more - more // 2), (0, 0), (0, 0)))
    return norm(conv(x, state, "downsample.0", stride), state, "downsample.1")


# allocates H // stride rows, an error where stride does not divide the size
@stray(
    "projection_shortcut",
    "these arrays do not fit: they differ along axis -2, 3 against 2: one place too many or too few: look at how th",
)
def second_projection_shortcut_2(x, channels, stride=1, option="A", state=None):
    N, C, H, W = x.shape
    if option == "A":
        out = np.zeros((N, channels, H // stride, W // stride))
        out[:, :C] = x[:, :, ::stride, ::stride]
        return out
    y = conv(x, state, "downsample.0", stride)
    return norm(y, state, "downsample.1")


# option B takes every stride-th pixel first and then gives the stride to the convolution too
@wrong("projection_shortcut", "strided_twice")
def second_projection_shortcut_3(x, channels, stride=1, option="A", state=None):
    x = x[:, :, ::stride, ::stride]
    if option == "A":
        n, c, h, w = x.shape
        zeros = np.zeros((n, channels - c, h, w), dtype=x.dtype)
        return np.concatenate([x, zeros], axis=1)
    y = conv2d_gemm(x, state["downsample.0.weight"], None, stride, 0)
    return norm(y, state, "downsample.1")


# writes the sum into x
@stray("residual_add", "your function changed its input `x`: ")
def second_residual_add_1(x, f):
    if x.shape != f.shape:
        raise ValueError(f"shapes do not match: {x.shape} and {f.shape}")
    x += f
    return x


# an assert raises AssertionError, not ValueError
@stray(
    "residual_add",
    "an `assert` stops with AssertionError: where another error is asked for, write `raise` and its name",
)
def second_residual_add_2(x, f):
    assert x.shape == f.shape, f"x has {x.shape}, f has {f.shape}"
    return x + f


# leaves the check to NumPy, which stretches axes of size 1 without an error
@wrong("residual_add", "shapes_stretched")
def second_residual_add_3(x, f):
    try:
        return np.add(x, f)
    except ValueError:
        raise ValueError(f"cannot add {x.shape} and {f.shape}")


# the first block of the first stage has stride 2 too
@wrong("resnet_forward", "first_stage_strided")
def second_resnet_forward_1(state, x):
    imagenet = state["conv1.weight"].shape[2] == 7
    x = relu(norm(conv(x, state, "conv1", 2 if imagenet else 1), state, "bn1"))
    if imagenet:
        x = max_pool2d(x, 3, 2, 1)
    stage = 1
    while f"layer{stage}.0.conv1.weight" in state:
        number = 0
        while f"layer{stage}.{number}.conv1.weight" in state:
            prefix = f"layer{stage}.{number}."
            own = {name[len(prefix) :]: v for name, v in state.items() if name.startswith(prefix)}
            block = bottleneck if "conv3.weight" in own else basic_block
            x = block(x, own, 2 if number == 0 else 1)
            number += 1
        stage += 1
    return linear(global_avg_pool2d(x), state["fc.weight"], state["fc.bias"])


# the stem's pool has no padding
@wrong("resnet_forward", "pool_not_padded")
def second_resnet_forward_2(state, x):
    def sub(prefix):
        return {k[len(prefix) :]: v for k, v in state.items() if k.startswith(prefix)}

    if state["conv1.weight"].shape[2] == 7:
        x = conv2d_gemm(x, state["conv1.weight"], None, 2, 3)
        x = max_pool2d(relu(norm(x, state, "bn1")), 3, 2)
    else:
        x = relu(norm(conv(x, state, "conv1"), state, "bn1"))
    for stage in range(1, 5):
        for number in range(1000):
            own = sub(f"layer{stage}.{number}.")
            if not own:
                break
            stride = 2 if stage > 1 and number == 0 else 1
            if "conv3.weight" in own:
                x = bottleneck(x, own, stride, "1.5")
            else:
                x = basic_block(x, own, stride)
    return linear(x.mean(axis=(2, 3)), state["fc.weight"], state["fc.bias"])


# sorts the blocks' names as text, so block 10 runs before block 2
@wrong("resnet_forward", "names_sorted_as_text")
def second_resnet_forward_3(state, x):
    big = state["conv1.weight"].shape[2] == 7
    x = relu(norm(conv(x, state, "conv1", 2 if big else 1), state, "bn1"))
    if big:
        x = max_pool2d(x, 3, 2, 1)
    blocks = sorted({".".join(name.split(".")[:2]) for name in state if name.startswith("layer")})
    for block in blocks:
        own = {name[len(block) + 1 :]: value for name, value in state.items() if name.startswith(block + ".")}
        stage, number = block[len("layer") :].split(".")
        stride = 2 if number == "0" and stage != "1" else 1
        if "conv3.weight" in own:
            x = bottleneck(x, own, stride)
        else:
            x = basic_block(x, own, stride)
    return linear(global_avg_pool2d(x), state["fc.weight"], state["fc.bias"])


# no ReLU in the stem, as the table's "bn1" line suggests to a quick reader
@wrong("resnet_forward", "stem_not_rectified")
def second_resnet_forward_4(state, x):
    seven = state["conv1.weight"].shape[-1] == 7
    h = norm(conv(x, state, "conv1", 2 if seven else 1), state, "bn1")
    if seven:
        h = max_pool2d(h, 3, 2, 1)
    stage = 0
    while any(name.startswith(f"layer{stage + 1}.") for name in state):
        stage += 1
        i = 0
        while f"layer{stage}.{i}.conv1.weight" in state:
            p = f"layer{stage}.{i}."
            part = {k.replace(p, "", 1): v for k, v in state.items() if k.startswith(p)}
            s = 2 if (i == 0 and stage > 1) else 1
            h = bottleneck(h, part, s) if "conv3.weight" in part else basic_block(h, part, s)
            i += 1
    return linear(h.mean((2, 3)), state["fc.weight"], state["fc.bias"])


# the gradient of the mean is spread over the map without dividing by its number of pixels
@wrong("train_resnet", "mean_not_shared_out")
def second_train_resnet_1(state, images, labels, batches, lr, momentum=0.9, weight_decay=0.0):
    state = {name: np.array(value, dtype=float) for name, value in state.items()}
    trained = [name for name in state if name.endswith((".weight", ".bias"))]
    velocity = {name: np.zeros_like(state[name]) for name in trained}
    losses = []
    for batch in batches:
        x, y = images[batch], labels[batch]
        moved = {}

        def normed(z, own, name, prefix=""):
            used, after = statistics(z, own, name)
            moved.update({prefix + key: value for key, value in after.items()})
            own.update(used)
            return norm(z, own, name)

        top = dict(state)
        z0 = conv(x, top, "conv1")
        n0 = normed(z0, top, "bn1")
        h = relu(n0)
        blocks = []
        stage = 1
        while f"layer{stage}.0.conv1.weight" in state:
            number = 0
            while f"layer{stage}.{number}.conv1.weight" in state:
                prefix = f"layer{stage}.{number}."
                own = {k[len(prefix) :]: v for k, v in state.items() if k.startswith(prefix)}
                stride = 2 if stage > 1 and number == 0 else 1
                blocks.append((prefix, own, stride, h))
                use = dict(own)
                met = relu(normed(conv(h, use, "conv1", stride), use, "bn1", prefix))
                normed(conv(met, use, "conv2"), use, "bn2", prefix)
                h = basic_block(h, use, stride)
                number += 1
            stage += 1
        pooled = global_avg_pool2d(h)
        loss, g = softmax_cross_entropy(linear(pooled, state["fc.weight"], state["fc.bias"]), y)
        losses.append(float(loss))
        grads = {}
        g, grads["fc.weight"], grads["fc.bias"] = linear_backward(g, pooled, state["fc.weight"])
        g = np.ones(h.shape) * g[:, :, None, None]
        for prefix, own, stride, entered in reversed(blocks):
            back = basic_block_backward(g, entered, own, stride)
            g = back.pop("x")
            grads.update({prefix + k: v for k, v in back.items()})
        g, grads["bn1.weight"], grads["bn1.bias"] = batch_norm2d_backward(relu_backward(g, n0), z0, state["bn1.weight"])
        _, grads["conv1.weight"], _ = conv2d_backward(g, x, state["conv1.weight"], 1, 1)
        for name in trained:
            state[name], velocity[name] = sgd_momentum_step(
                state[name], grads[name], velocity[name], lr, momentum, weight_decay
            )
        state.update(moved)
    return losses, state


# keeps the batch's statistics as the running ones, they should only move towards them
@wrong("train_resnet", "batch_statistics_kept")
def second_train_resnet_2(state, images, labels, batches, lr, momentum=0.9, weight_decay=0.0):
    s = {k: v.copy() for k, v in state.items()}
    vel = {}
    losses = []
    for batch in batches:
        x = images[batch]
        c0 = conv(x, s, "conv1")
        s |= statistics(c0, s, "bn1")[0]
        b0 = norm(c0, s, "bn1")
        h = relu(b0)
        tape = []
        for stage in range(1, 10):
            for num in range(100):
                pre = f"layer{stage}.{num}."
                own = {k[len(pre) :]: v for k, v in s.items() if k.startswith(pre)}
                if not own:
                    break
                stride = 2 if num == 0 and stage > 1 else 1
                z = conv(h, own, "conv1", stride)
                own |= statistics(z, own, "bn1")[0]
                z = conv(relu(norm(z, own, "bn1")), own, "conv2")
                own |= statistics(z, own, "bn2")[0]
                tape.append((pre, own, stride, h))
                s |= {pre + k: v for k, v in own.items()}
                h = basic_block(h, own, stride)
        mean = h.mean(axis=(2, 3))
        loss, g = softmax_cross_entropy(linear(mean, s["fc.weight"], s["fc.bias"]), labels[batch])
        losses.append(float(loss))
        grads = {}
        g, grads["fc.weight"], grads["fc.bias"] = linear_backward(g, mean, s["fc.weight"])
        g = np.broadcast_to(g[:, :, None, None], h.shape) / (h.shape[2] * h.shape[3])
        for pre, own, stride, inp in tape[::-1]:
            d = basic_block_backward(g, inp, own, stride)
            g = d["x"]
            for k in d:
                if k != "x":
                    grads[pre + k] = d[k]
        g = relu_backward(g, b0)
        g, grads["bn1.weight"], grads["bn1.bias"] = batch_norm2d_backward(g, c0, s["bn1.weight"])
        grads["conv1.weight"] = conv2d_backward(g, x, s["conv1.weight"], 1, 1)[1]
        for k, grad in grads.items():
            s[k], vel[k] = sgd_momentum_step(s[k], grad, vel.get(k, np.zeros_like(grad)), lr, momentum, weight_decay)
    return losses, s


# the stem's bn1 and conv1 never move, the way back ends at the first block
@wrong("train_resnet", "stem_not_trained")
def second_train_resnet_3(state, images, labels, batches, lr, momentum=0.9, weight_decay=0.0):
    params = {k: np.copy(v) for k, v in state.items()}
    velocities = {k: np.zeros_like(v) for k, v in params.items() if "running" not in k}
    history = []

    def block_names():
        stage = 1
        while f"layer{stage}.0.conv1.weight" in params:
            k = 0
            while f"layer{stage}.{k}.conv1.weight" in params:
                yield f"layer{stage}.{k}.", (2 if stage > 1 and k == 0 else 1)
                k += 1
            stage += 1

    for idx in batches:
        xb, yb = images[np.array(idx)], labels[np.array(idx)]
        running = {}
        z = conv(xb, params, "conv1")
        used, after = statistics(z, params, "bn1")
        running.update(after)
        x = relu(norm(z, {**params, **used}, "bn1"))
        saved = []
        for prefix, stride in block_names():
            block = {k[len(prefix) :]: v for k, v in params.items() if k.startswith(prefix)}
            saved.append((prefix, block, stride, x))
            train_block = dict(block)
            z = conv(x, block, "conv1", stride)
            used, after = statistics(z, block, "bn1")
            train_block.update(used)
            running.update({prefix + k: v for k, v in after.items()})
            z = conv(relu(norm(z, train_block, "bn1")), block, "conv2")
            used, after = statistics(z, block, "bn2")
            train_block.update(used)
            running.update({prefix + k: v for k, v in after.items()})
            x = basic_block(x, train_block, stride)
        pooled = global_avg_pool2d(x)
        logits = linear(pooled, params["fc.weight"], params["fc.bias"])
        loss, grad = softmax_cross_entropy(logits, yb)
        history.append(float(loss))
        grad, dw, db = linear_backward(grad, pooled, params["fc.weight"])
        grads = {"fc.weight": dw, "fc.bias": db}
        h, w = x.shape[2:]
        grad = np.tile(grad[:, :, None, None] / (h * w), (1, 1, h, w))
        for prefix, block, stride, inp in reversed(saved):
            d = basic_block_backward(grad, inp, block, stride)
            grad = d.pop("x")
            for k, v in d.items():
                grads[prefix + k] = v
        for k in grads:
            params[k], velocities[k] = sgd_momentum_step(params[k], grads[k], velocities[k], lr, momentum, weight_decay)
        params.update(running)
    return history, params


# momentum is lost, the velocities begin at 0 in every step; and the unseen running statistics stay as they were
@stray("train_resnet", "2 of 2 values differ")
def second_train_resnet_4(state, images, labels, batches, lr, momentum=0.9, weight_decay=0.0):
    net = {k: np.array(v) for k, v in state.items()}
    losses = []
    for b in batches:
        x = images[b]
        z0 = conv(x, net, "conv1")
        n0 = norm(z0, {**net, **statistics(z0, net, "bn1")[0]}, "bn1")
        h = relu(n0)
        stack, stage, num = [], 1, 0
        while f"layer{stage}.{num}.conv1.weight" in net:
            pre = f"layer{stage}.{num}."
            own = {k[len(pre) :]: v for k, v in net.items() if k.startswith(pre)}
            stride = 2 if (stage > 1 and num == 0) else 1
            z1 = conv(h, own, "conv1", stride)
            own.update(statistics(z1, own, "bn1")[0])
            z2 = conv(relu(norm(z1, own, "bn1")), own, "conv2")
            own.update(statistics(z2, own, "bn2")[0])
            stack.append((pre, own, stride, h))
            h = basic_block(h, own, stride)
            num += 1
            if f"layer{stage}.{num}.conv1.weight" not in net:
                stage, num = stage + 1, 0
        feat = global_avg_pool2d(h)
        loss, g = softmax_cross_entropy(linear(feat, net["fc.weight"], net["fc.bias"]), labels[b])
        losses.append(float(loss))
        g, gw, gb = linear_backward(g, feat, net["fc.weight"])
        grads = {"fc.weight": gw, "fc.bias": gb}
        g = np.repeat(np.repeat(g[:, :, None, None], h.shape[2], 2), h.shape[3], 3) / h[0, 0].size
        while stack:
            pre, own, stride, inp = stack.pop()
            res = basic_block_backward(g, inp, own, stride)
            g = res.pop("x")
            grads.update((pre + k, v) for k, v in res.items())
        g, grads["bn1.weight"], grads["bn1.bias"] = batch_norm2d_backward(relu_backward(g, n0), z0, net["bn1.weight"])
        grads["conv1.weight"] = conv2d_backward(g, x, net["conv1.weight"], 1, 1)[1]
        for k in grads:
            v = np.zeros_like(net[k])
            net[k], v = sgd_momentum_step(net[k], grads[k], v, lr, momentum, weight_decay)
    return losses, net
