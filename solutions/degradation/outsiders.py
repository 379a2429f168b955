"""Programs that somebody wrote who had seen chapter 11's notebook alone, and none of its questions.

Above each wrong program stands what is wrong with it, in its author's words. Left out are those whose idea a
program of bank.py holds already.
"""

import numpy as np

from autograde.course.program import edited, right


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
