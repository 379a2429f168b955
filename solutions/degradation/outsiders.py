"""Programs that somebody wrote who had seen chapter 11's notebook alone, and none of its questions.

Above each wrong program stands what is wrong with it, in its author's words. Left out are those whose idea a
program of bank.py holds already.
"""

import numpy as np

from autograde.course.program import edited, right, stray, wrong


@right("identity_with_relu")
def outside_identity_with_relu(n):
    I = np.eye(n)
    return np.vstack([I, -I]), np.hstack([I, -I])


# the two halves swapped
outside_identity_with_relu_2 = edited(
    outside_identity_with_relu,
    "halves_exchanged",
    """
    -    return np.vstack([I, -I]), np.hstack([I, -I])
    +    return np.vstack([-I, I]), np.hstack([-I, I])
    """,
)

# A has the wrong shape (n, 2n)
outside_identity_with_relu_3 = edited(
    outside_identity_with_relu,
    "first_matrix_lies",
    """
    -    return np.vstack([I, -I]), np.hstack([I, -I])
    +    return np.hstack([I, -I]), np.hstack([I, -I])
    """,
)


@right("residual_stack")
def outside_residual_stack(x, weights):
    for v, w in zip(weights[::2], weights[1::2]):
        x = relu(x + relu(x @ v.T) @ w.T)
    return x


# pairs overlap
outside_residual_stack_5 = edited(
    outside_residual_stack,
    "pairs_overlap",
    """
    -    for v, w in zip(weights[::2], weights[1::2]):
    +    for v, w in zip(weights, weights[1:]):
    """,
)


@right("gradient_norms")
def outside_gradient_norms(stack, depth):
    ws = stack["weights"][:depth]
    h = stack["x"]
    n = len(h)
    grads = [None] * depth
    if stack["kind"] == "plain":
        hs = [h]
        for w in ws:
            hs.append(relu(hs[-1] @ w.T))
        g = np.ones_like(hs[-1]) / n
        for l in range(depth - 1, -1, -1):
            g = g * (hs[l + 1] > 0)
            grads[l] = g.T @ hs[l]
            g = g @ ws[l]
    else:
        kept = []
        for b in range(0, depth, 2):
            m = relu(h @ ws[b].T)
            o = relu(h + m @ ws[b + 1].T)
            kept.append((h, m, o))
            h = o
        g = np.ones_like(h) / n
        for b in range(depth - 2, -1, -2):
            h, m, o = kept[b // 2]
            g = g * (o > 0)
            grads[b + 1] = g.T @ m
            gm = (g @ ws[b + 1]) * (m > 0)
            grads[b] = gm.T @ h
            g = g + gm @ ws[b]
    return np.array([np.sqrt((d**2).sum()) for d in grads])


# uses all weights, then the first depth norms
outside_gradient_norms_3 = edited(
    outside_gradient_norms,
    "all_layers_then_the_first",
    """
    -    ws = stack["weights"][:depth]
    +    asked, depth = depth, len(stack["weights"])
    +    ws = stack["weights"]
    """,
    """
    -    return np.array([np.sqrt((d**2).sum()) for d in grads])
    +    return np.array([np.sqrt((d**2).sum()) for d in grads])[:asked]
    """,
)


# By another author, who had seen the notebook alone, too: all of his programs.


# the shortcut passes on the gradient from before the last ReLU's mask
@wrong("gradient_norms", "shortcut_before_the_mask")
def second_gradient_norms_1(stack, depth):
    h = stack["x"]
    weights = stack["weights"][:depth]
    N = len(h)
    norms = np.zeros(depth)
    if stack["kind"] == "plain":
        kept = []
        for W in weights:
            z = h @ W.T
            kept.append((h, z))
            h = relu(z)
        g = np.full(h.shape, 1 / N)
        for l in reversed(range(depth)):
            inp, z = kept[l]
            g = g * (z > 0)
            norms[l] = np.linalg.norm(g.T @ inp)
            g = g @ weights[l]
        return norms
    kept = []
    for b in range(0, depth, 2):
        z1 = h @ weights[b].T
        a = relu(z1)
        z2 = a @ weights[b + 1].T + h
        kept.append((h, z1, a, z2))
        h = relu(z2)
    g = np.full(h.shape, 1 / N)
    for b in reversed(range(0, depth, 2)):
        inp, z1, a, z2 = kept[b // 2]
        g2 = g * (z2 > 0)
        norms[b + 1] = np.linalg.norm(g2.T @ a)
        g1 = (g2 @ weights[b + 1]) * (z1 > 0)
        norms[b] = np.linalg.norm(g1.T @ inp)
        g = g + g1 @ weights[b]
    return norms


# np.linalg.norm(..., 2) of a matrix is its largest singular value, not the root of the sum of squares
@wrong("gradient_norms", "spectral_norm")
def second_gradient_norms_2(stack, depth):
    x, weights = stack["x"], stack["weights"][:depth]
    residual = stack["kind"] == "residual"
    inputs, masks, h = [], [], x
    for l, W in enumerate(weights):
        if l % 2 == 0:
            block_in = h
        inputs.append(h)
        z = h @ W.T
        if residual and l % 2 == 1:
            z = z + block_in
        masks.append(z > 0)
        h = relu(z)
    g = np.ones_like(h) / len(x)
    norms = []
    for l in range(depth - 1, -1, -1):
        g = g * masks[l]
        if residual and l % 2 == 1:
            skip = g
        norms.append(np.linalg.norm(g.T @ inputs[l], 2))
        g = g @ weights[l]
        if residual and l % 2 == 0:
            g = g + skip
    return np.array(norms[::-1])


# the loss is taken as the sum, without 1/N
@wrong("gradient_norms", "not_averaged")
def second_gradient_norms_3(stack, depth):
    def forward(h, weights):
        tape = []
        if stack["kind"] == "plain":
            for W in weights:
                z = h @ W.T
                tape.append((h, z > 0))
                h = relu(z)
        else:
            for V, W in zip(weights[::2], weights[1::2]):
                z = h @ V.T
                tape.append((h, z > 0))
                r = relu(z)
                s = r @ W.T + h
                tape.append((r, s > 0))
                h = relu(s)
        return h, tape

    weights = stack["weights"][:depth]
    y, tape = forward(stack["x"], weights)
    g = np.ones(y.shape)
    out = [0.0] * depth
    short = 0
    for l in range(depth)[::-1]:
        h, open_ = tape[l]
        g = g * open_
        if l % 2 == 1:
            short = g
        out[l] = np.sqrt(((g.T @ h) ** 2).sum())
        g = g @ weights[l]
        if stack["kind"] == "residual" and l % 2 == 0:
            g = g + short
    return np.array(out)


# the mask of a block's second layer is that of F alone, the sum with h is forgotten
@wrong("gradient_norms", "masked_by_the_branch")
def second_gradient_norms_4(stack, depth):
    W = stack["weights"][:depth]
    h = stack["x"]
    res = stack["kind"] == "residual"
    ins, zs = [], []
    start = h
    for l in range(depth):
        if l % 2 == 0:
            start = h
        ins.append(h)
        z = h @ W[l].T
        zs.append(z)
        h = relu(z + start) if res and l % 2 == 1 else relu(z)
    g = np.ones_like(h) / h.shape[0]
    norms = np.zeros(depth)
    for l in range(depth - 1, -1, -1):
        g = g * (zs[l] > 0)
        if l % 2 == 1:
            g_short = g
        norms[l] = np.sqrt(np.sum((g.T @ ins[l]) ** 2))
        g = g @ W[l]
        if res and l % 2 == 0:
            g = g + g_short
    return norms


# the units x and -x stand interleaved, not x's half first
@wrong("identity_with_relu", "interleaved")
def second_identity_with_relu_1(n):
    A = np.zeros((2 * n, n))
    B = np.zeros((n, 2 * n))
    for k in range(n):
        A[2 * k, k] = 1
        A[2 * k + 1, k] = -1
        B[k, 2 * k] = 1
        B[k, 2 * k + 1] = -1
    return A, B


# adds the two halves, which gives the absolute value
@wrong("identity_with_relu", "absolute_value")
def second_identity_with_relu_2(n):
    eye = np.eye(n)
    A = np.concatenate([eye, -eye], axis=0)
    B = np.concatenate([eye, eye], axis=1)
    return A, B


# no ReLU behind the last layer, as for logits
@wrong("plain_stack", "last_linear")
def second_plain_stack_1(x, weights):
    h = x
    for l, W in enumerate(weights):
        h = h @ W.T
        if l < len(weights) - 1:
            h = np.maximum(h, 0)
    return h


# starts with a ReLU of x, wrong for negative inputs
@wrong("plain_stack", "input_rectified")
def second_plain_stack_2(x, weights):
    h = relu(x)
    for W in weights:
        h = relu(h @ W.T)
    return h


# h is x itself and every layer is written into it, so the caller's x is overwritten
@stray("plain_stack", "your function changed its input `x`: ")
def second_plain_stack_3(x, weights):
    h = x
    for W in weights:
        h[:] = h.dot(W.T)
        h[h < 0] = 0
    return h


# rectifies F before the sum
@wrong("residual_stack", "two_relus_in_f")
def second_residual_stack_1(x, weights):
    h = x
    for V, W in zip(weights[0::2], weights[1::2]):
        f = plain_stack(h, [V, W])
        h = relu(h + f)
    return h


# every block adds the network's input x, not its own input
@wrong("residual_stack", "from_the_start")
def second_residual_stack_2(x, weights):
    h = x
    for b in range(0, len(weights), 2):
        f = relu(h @ weights[b].T) @ weights[b + 1].T
        h = relu(x + f)
    return h


# the shortcut is added behind the last ReLU
@wrong("residual_stack", "relu_before_addition")
def second_residual_stack_3(x, weights):
    out = x.copy()
    for i in range(len(weights) // 2):
        identity = out
        out = relu(out @ weights[2 * i].T)
        out = relu(out @ weights[2 * i + 1].T)
        out = out + identity
    return out


# the rate falls one iteration late (> in place of >=)
@wrong("step_learning_rate", "one_late")
def second_step_learning_rate_1(iteration, base, milestones):
    lr = base
    for m in milestones:
        if iteration > m:
            lr = lr / 10
    return lr


# stops at the first milestone that is not reached, which needs milestones in order
@wrong("step_learning_rate", "in_a_row")
def second_step_learning_rate_2(iteration, base, milestones):
    count = 0
    for m in milestones:
        if iteration < m:
            break
        count += 1
    return base * 0.1**count


# divides by 10 times the number of milestones in place of 10 to that power
@wrong("step_learning_rate", "divided_by_count")
def second_step_learning_rate_3(iteration, base, milestones):
    reached = len([m for m in milestones if m <= iteration])
    if reached == 0:
        return base
    return base / (10 * reached)
