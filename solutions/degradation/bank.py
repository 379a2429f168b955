"""Programs for chapter 11."""

import numpy as np

from autograde.course.program import edited, right, wrong


@right("identity_with_relu")
def identity_by_stacking(n):
    A = np.concatenate([np.eye(n), -np.eye(n)], axis=0)
    return A, A.T.copy()


@right("identity_with_relu")
def identity_entry_by_entry(n):
    A, B = np.zeros((2 * n, n)), np.zeros((n, 2 * n))
    for i in range(n):
        A[i, i] = B[i, i] = 1
        A[n + i, i] = B[i, n + i] = -1
    return A, B


@right("identity_with_relu")
def identity_by_kron(n):
    signs = np.array([[1.0], [-1.0]])
    return np.kron(signs, np.eye(n)), np.kron(signs.T, np.eye(n))


@wrong("identity_with_relu", "absolute_value")
def identity_absolute(n):
    return np.vstack([np.eye(n), -np.eye(n)]), np.hstack([np.eye(n), np.eye(n)])


@wrong("identity_with_relu", "same_twice")
def identity_same_twice(n):
    return np.vstack([np.eye(n), np.eye(n)]), np.hstack([np.eye(n), -np.eye(n)])


@wrong("identity_with_relu", "one_width")
def identity_one_width(n):
    return np.eye(n), np.eye(n)


@wrong("identity_with_relu", "halved")
def identity_halved(n):
    return np.vstack([np.eye(n), -np.eye(n)]), 0.5 * np.hstack([np.eye(n), -np.eye(n)])


@wrong("identity_with_relu", "transposed")
def identity_transposed(n):
    return np.hstack([np.eye(n), -np.eye(n)]), np.vstack([np.eye(n), -np.eye(n)])


@wrong("identity_with_relu", "interleaved")
def identity_interleaved(n):
    A = np.zeros((2 * n, n))
    for i in range(n):
        A[2 * i, i], A[2 * i + 1, i] = 1.0, -1.0
    return A, A.T.copy()


@right("plain_stack")
def plain_by_where(x, weights):
    h = np.array(x, dtype=float)
    for w in weights:
        z = np.einsum("ni,oi->no", h, w)
        h = np.where(z > 0, z, 0.0)
    return h


@right("plain_stack")
def plain_recursive(x, weights):
    if len(weights) == 0:
        return x
    return plain_stack(np.maximum(x @ weights[0].T, 0), weights[1:])


@right("plain_stack")
def plain_example_by_example(x, weights):
    rows = []
    for row in x:
        for w in weights:
            row = np.clip(w @ row, 0, None)
        rows.append(row)
    return np.array(rows)


@wrong("plain_stack", "last_linear")
def plain_last_linear(x, weights):
    h = x
    for i, w in enumerate(weights):
        h = h @ w.T
        if i < len(weights) - 1:
            h = relu(h)
    return h


@wrong("plain_stack", "no_relu")
def plain_no_relu(x, weights):
    h = x
    for w in weights:
        h = h @ w.T
    return h


plain_relu_at_the_end = edited(plain_no_relu, "relu_at_the_end", ("return h", "return relu(h) if len(weights) else h"))
plain_relu_first = edited(plain_no_relu, "relu_first", ("h = h @ w", "h = relu(h) @ w"))
plain_transposed = edited(plain_no_relu, "transposed", ("h @ w.T", "relu(h @ w)"))


@wrong("plain_stack", "reversed")
def plain_reversed(x, weights):
    h = x
    for w in reversed(weights):
        h = relu(h @ w.T)
    return h


@right("residual_stack")
def residual_by_index(x, weights):
    h = np.asarray(x, dtype=float)
    for i in range(0, len(weights), 2):
        inner = np.maximum(h @ np.transpose(weights[i]), 0.0)
        h = np.maximum(inner @ np.transpose(weights[i + 1]) + h, 0.0)
    return h


@right("residual_stack")
def residual_columns(x, weights):
    h, left = x.T, list(weights)
    while left:
        v, w = left.pop(0), left.pop(0)
        h = relu(h + w @ relu(v @ h))
    return h.T


@right("residual_stack")
def residual_recursive(x, weights):
    if not weights:
        return x
    f = np.einsum("nj,oj->no", relu(np.einsum("ni,ji->nj", x, weights[0])), weights[1])
    return residual_stack(relu(x + f), weights[2:])


@wrong("residual_stack", "relu_before_addition")
def residual_relu_before(x, weights):
    h = x
    for v, w in zip(weights[::2], weights[1::2], strict=True):
        h = h + relu(relu(h @ v.T) @ w.T)
    return h


residual_no_last_relu = edited(residual_relu_before, "no_last_relu", ("(relu(h @ v.T) @ w.T)", "(h @ v.T) @ w.T"))
residual_no_inner_relu = edited(
    residual_relu_before, "no_inner_relu", ("h = h + relu(relu(h @ v.T) @ w.T)", "h = relu(h + (h @ v.T) @ w.T)")
)
residual_two_relus = edited(
    residual_relu_before,
    "two_relus_in_f",
    ("h = h + relu(relu(h @ v.T) @ w.T)", "h = relu(h + relu(relu(h @ v.T) @ w.T))"),
)
residual_no_shortcut = edited(
    residual_relu_before, "no_shortcut", ("h = h + relu(relu(h @ v.T) @ w.T)", "h = relu(relu(h @ v.T) @ w.T)")
)
residual_from_the_start = edited(
    residual_relu_before, "from_the_start", ("h = h + relu(relu(h @ v.T) @ w.T)", "h = relu(x + relu(h @ v.T) @ w.T)")
)


@wrong("residual_stack", "each_layer")
def residual_each_layer(x, weights):
    h = x
    for w in weights:
        h = relu(h + h @ w.T)
    return h


@wrong("residual_stack", "around_the_relu")
def residual_around_the_relu(x, weights):
    h = x
    for v, w in zip(weights[::2], weights[1::2], strict=True):
        h = relu(h @ v.T)
        h = relu(h + h @ w.T)
    return h


residual_transposed = edited(
    residual_relu_before, "transposed", ("h = h + relu(relu(h @ v.T) @ w.T)", "h = relu(h + relu(h @ v) @ w)")
)


@right("gradient_norms")
def norms_block_by_block(stack, depth):
    ws, h, n = stack["weights"], stack["x"], len(stack["x"])
    if stack["kind"] == "plain":
        hs = [h]
        for w in ws[:depth]:
            hs.append(np.maximum(hs[-1] @ w.T, 0))
        g, found = np.ones_like(hs[-1]) / n, []
        for k in range(depth - 1, -1, -1):
            g = g * (hs[k + 1] > 0)
            found.insert(0, np.sqrt(np.sum((g.T @ hs[k]) ** 2)))
            g = g @ ws[k]
        return np.array(found)
    kept = []
    for k in range(0, depth, 2):
        middle = np.maximum(h @ ws[k].T, 0)
        out = np.maximum(h + middle @ ws[k + 1].T, 0)
        kept.append((h, middle, out))
        h = out
    g, found = np.ones_like(h) / n, []
    for b in range(len(kept) - 1, -1, -1):
        before, middle, out = kept[b]
        g = g * (out > 0)
        inner = (g @ ws[2 * b + 1]) * (middle > 0)
        found = [np.linalg.norm(inner.T @ before), np.linalg.norm(g.T @ middle), *found]
        g = g + inner @ ws[2 * b]
    return np.array(found)


@right("gradient_norms")
def norms_by_complex_steps(stack, depth):
    ws = [np.array(w, dtype=complex) for w in stack["weights"][:depth]]
    norms = np.zeros(depth)
    for layer in range(depth):
        for place in np.ndindex(*ws[layer].shape):
            ws[layer][place] += 1e-30j
            h = before = stack["x"]
            for k, w in enumerate(ws):
                if k % 2 == 0:
                    before = h
                z = h @ w.T + (before if stack["kind"] == "residual" and k % 2 else 0)
                h = np.where(z.real > 0, z, 0)
            ws[layer][place] -= 1e-30j
            norms[layer] += (h.sum().imag / 1e-30 / len(h)) ** 2
    return norms**0.5


@right("gradient_norms")
def norms_by_jacobians(stack, depth):
    x, ws, residual = stack["x"], stack["weights"][:depth], stack["kind"] == "residual"
    grads = [np.zeros(w.shape) for w in ws]
    for row in x:
        h, trace, at_block = row, [], row
        for k, w in enumerate(ws):
            if k % 2 == 0:
                at_block = h
            z = w @ h + (at_block if residual and k % 2 else 0)
            trace.append((h, (z > 0).astype(float)))
            h = np.maximum(z, 0)
        g, skip = np.ones(len(h)), 0
        for k in range(depth - 1, -1, -1):
            h, mask = trace[k]
            g = g * mask
            if residual and k % 2:
                skip = g
            grads[k] += np.outer(g, h) / len(x)
            g = ws[k].T @ g + (skip if residual and k % 2 == 0 else 0)
    return np.array([np.linalg.norm(g) for g in grads])


@wrong("gradient_norms", "squared")
def norms_squared(stack, depth):
    ws, residual, h = stack["weights"][:depth], stack["kind"] == "residual", stack["x"]
    ins, zs = [], []
    for k, w in enumerate(ws):
        ins.append(h)
        z = h @ w.T + (ins[k - 1] if residual and k % 2 else 0)
        zs.append(z)
        h = relu(z)
    g, skip, norms = np.full(h.shape, 1 / len(h)), 0, np.zeros(depth)
    for k in range(depth - 1, -1, -1):
        g = g * (zs[k] > 0)
        if residual and k % 2:
            skip = g
        norms[k] = np.sum((g.T @ ins[k]) ** 2)
        g = g @ ws[k] + (skip if residual and k % 2 == 0 else 0)
    return norms


norms_reversed = edited(
    norms_squared,
    "reversed",
    ("return norms", "return np.array(norms)"),
    ("norms[k] = np.sum((g.T @ ins[k]) ** 2)", "norms.append(np.linalg.norm(g.T @ ins[k]))"),
    ("np.zeros(depth)", "[]"),
)
norms_not_averaged = edited(
    norms_squared,
    "not_averaged",
    ("np.sum((g.T @ ins[k]) ** 2)", "np.linalg.norm(g.T @ ins[k])"),
    """
    -    g, skip, norms = np.full(h.shape, 1 / len(h)), 0, np.zeros(depth)
    +    g, skip, norms = np.ones(h.shape), 0, np.zeros(depth)
    """,
)


@wrong("gradient_norms", "at_activations")
def norms_at_activations(stack, depth):
    ws, residual, h = stack["weights"][:depth], stack["kind"] == "residual", stack["x"]
    ins, zs = [], []
    for k, w in enumerate(ws):
        ins.append(h)
        z = h @ w.T + (ins[k - 1] if residual and k % 2 else 0)
        zs.append(z)
        h = relu(z)
    g, skip, norms = np.full(h.shape, 1 / len(h)), 0, np.zeros(depth)
    for k in range(depth - 1, -1, -1):
        g = g * (zs[k] > 0)
        if residual and k % 2:
            skip = g
        g = g @ ws[k] + (skip if residual and k % 2 == 0 else 0)
        norms[k] = np.linalg.norm(g)
    return norms


@wrong("gradient_norms", "no_mask")
def norms_no_mask(stack, depth):
    ws, residual, h = stack["weights"][:depth], stack["kind"] == "residual", stack["x"]
    ins = []
    for k, w in enumerate(ws):
        ins.append(h)
        h = relu(h @ w.T + (ins[k - 1] if residual and k % 2 else 0))
    g, skip, norms = np.full(h.shape, 1 / len(h)), 0, np.zeros(depth)
    for k in range(depth - 1, -1, -1):
        if residual and k % 2:
            skip = g
        norms[k] = np.linalg.norm(g.T @ ins[k])
        g = g @ ws[k] + (skip if residual and k % 2 == 0 else 0)
    return norms


@wrong("gradient_norms", "open_at_zero")
def norms_open_at_zero(stack, depth):
    ws, residual, h = stack["weights"][:depth], stack["kind"] == "residual", stack["x"]
    ins, zs = [], []
    for k, w in enumerate(ws):
        ins.append(h)
        zs.append(h @ w.T + (ins[k - 1] if residual and k % 2 else 0))
        h = np.maximum(zs[k], 0)
    g, skip, norms = np.full(h.shape, 1 / len(h)), 0, np.zeros(depth)
    for k in range(depth - 1, -1, -1):
        g = np.where(zs[k] < 0, 0, g)
        if residual and k % 2:
            skip = g
        norms[k] = np.linalg.norm(g.T @ ins[k])
        g = g @ ws[k] + (skip if residual and k % 2 == 0 else 0)
    return norms


@wrong("gradient_norms", "no_shortcut")
def norms_no_shortcut(stack, depth):
    ws, residual, h = stack["weights"][:depth], stack["kind"] == "residual", stack["x"]
    ins, zs = [], []
    for k, w in enumerate(ws):
        ins.append(h)
        z = h @ w.T + (ins[k - 1] if residual and k % 2 else 0)
        zs.append(z)
        h = relu(z)
    g, norms = np.full(h.shape, 1 / len(h)), np.zeros(depth)
    for k in range(depth - 1, -1, -1):
        g = g * (zs[k] > 0)
        norms[k] = np.linalg.norm(g.T @ ins[k])
        g = g @ ws[k]
    return norms


@wrong("gradient_norms", "outer_mask")
def norms_outer_mask(stack, depth):
    ws, residual, h = stack["weights"][:depth], stack["kind"] == "residual", stack["x"]
    ins, zs = [], []
    for k, w in enumerate(ws):
        ins.append(h)
        z = h @ w.T + (ins[k - 1] if residual and k % 2 else 0)
        zs.append(z)
        h = relu(z)
    g, skip, norms = np.full(h.shape, 1 / len(h)), 0, np.zeros(depth)
    for k in range(depth - 1, -1, -1):
        if residual and k % 2:
            skip = g
        else:
            g = g * (zs[k] > 0)
        norms[k] = np.linalg.norm(g.T @ ins[k])
        g = g @ ws[k] + (skip if residual and k % 2 == 0 else 0)
    return norms


@wrong("gradient_norms", "all_layers")
def norms_all_layers(stack, depth):
    ws, residual, h = stack["weights"], stack["kind"] == "residual", stack["x"]
    ins, zs = [], []
    for k, w in enumerate(ws):
        ins.append(h)
        z = h @ w.T + (ins[k - 1] if residual and k % 2 else 0)
        zs.append(z)
        h = relu(z)
    g, skip, norms = np.full(h.shape, 1 / len(h)), 0, np.zeros(len(ws))
    for k in range(len(ws) - 1, -1, -1):
        g = g * (zs[k] > 0)
        if residual and k % 2:
            skip = g
        norms[k] = np.linalg.norm(g.T @ ins[k])
        g = g @ ws[k] + (skip if residual and k % 2 == 0 else 0)
    return norms


norms_largest = edited(norms_squared, "largest", ("np.sum((g.T @ ins[k]) ** 2)", "np.abs(g.T @ ins[k]).max()"))


@right("step_learning_rate")
def rate_by_loop(iteration, base, milestones):
    for milestone in milestones:
        if milestone <= iteration:
            base = base / 10
    return base


@right("step_learning_rate")
def rate_by_array(iteration, base, milestones):
    return float(base * 10.0 ** -np.count_nonzero(np.array(milestones) <= iteration))


@right("step_learning_rate")
def rate_by_search(iteration, base, milestones):
    return base / 10 ** int(np.searchsorted(sorted(milestones), iteration, side="right"))


@wrong("step_learning_rate", "one_late")
def rate_one_late(iteration, base, milestones):
    return base * 0.1 ** sum(iteration > m for m in milestones)


@wrong("step_learning_rate", "first_only")
def rate_first_only(iteration, base, milestones):
    return base / 10 if any(iteration >= m for m in milestones) else base


@wrong("step_learning_rate", "in_a_row")
def rate_in_a_row(iteration, base, milestones):
    for milestone in milestones:
        if iteration < milestone:
            return base
        base /= 10
    return base


@wrong("step_learning_rate", "linear")
def rate_linear(iteration, base, milestones):
    return base - 0.1 * base * sum(iteration >= m for m in milestones)


@wrong("step_learning_rate", "divided_by_count")
def rate_divided_by_count(iteration, base, milestones):
    reached = sum(iteration >= m for m in milestones)
    return base / (10 * reached) if reached else base


@wrong("step_learning_rate", "halved")
def rate_halved(iteration, base, milestones):
    return base * 0.5 ** sum(iteration >= m for m in milestones)


@wrong("residual_stack", "layers_swapped")
def residual_layers_swapped(x, weights):
    h = x
    for i in range(0, len(weights), 2):
        h = relu(h + relu(h @ weights[i + 1].T) @ weights[i].T)
    return h


norms_inner_mask = edited(
    norms_squared,
    "inner_mask",
    ("np.sum((g.T @ ins[k]) ** 2)", "np.linalg.norm(g.T @ ins[k])"),
    """
    -        g = g * (zs[k] > 0)
    +        if not residual or k % 2:
    +            g = g * (zs[k] > 0)
    """,
)
norms_plain_unmasked = edited(
    norms_squared,
    "plain_unmasked",
    ("np.sum((g.T @ ins[k]) ** 2)", "np.linalg.norm(g.T @ ins[k])"),
    """
    -        g = g * (zs[k] > 0)
    +        if residual:
    +            g = g * (zs[k] > 0)
    """,
)
norms_absolute_values = edited(
    norms_squared, "absolute_values", ("np.sum((g.T @ ins[k]) ** 2)", "np.abs(g.T @ ins[k]).sum()")
)
