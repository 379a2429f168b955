# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 11 · Degradation
#
# A deeper network can copy a shallower one and pass the result through. You now write down the weights that would do
# so, build stacks with and without shortcuts, and measure what reaches their first layers on the way back.
# Read chapter 11 of the book first; it works out most of the numbers that the tests below use.
#
# Write NumPy. `numpy` and `matplotlib` are all that you may import. Replace each `raise NotImplementedError()`,
# run the test cell below it, and read what it says. The hidden tests ask the same functions for other sizes.
#
# `earlier` lies beside this notebook and holds a working `relu`. If you have written your own, paste it below the
# import.

# %% tags=["setup"]
import numpy as np
from check import expect, recorded
from earlier import relu

# %% [markdown]
# ## An identity that a ReLU cannot spoil
#
# $$B\,\operatorname{ReLU}(A\,x) = \operatorname{ReLU}(x) - \operatorname{ReLU}(-x) = x$$
#
# The first half of the hidden units carries $x$, the second half $-x$.

# %% [markdown]
# <details><summary>Hint 1: one number</summary>
#
# Take x = −3. What are ReLU(x) and ReLU(−x)? How do you get −3 from these two?
#
# <details><summary>Hint 2: shapes</summary>
#
# A makes 2n numbers of n, and B makes n numbers of 2n. If "negative numbers come through" fails at the -3 alone, one of
# the four blocks has the wrong sign.
#
# <details><summary>Hint 3: a trace to fill in</summary>
#
# n = 1, x = -3:
#
# | step | values |
# | --- | --- |
# | A x, two numbers | -3 and ? |
# | ReLU of both | ? and 3 |
# | B times these: ? times the first, ? times the second | -3 |
#
# For n = 2 each of these numbers becomes a block. Which n × n matrix takes the place of 1?
#
# </details></details></details>


# %% nbgrader={"grade_id": "identity_with_relu", "solution": true}
def identity_with_relu(n):
    """Weights of two layers with a ReLU between them that give back what came in.

    Args:
        n: int, the length of x.

    Returns:
        A (2n, n) and B (n, 2n), arrays of -1, 0 and 1 with B @ relu(A @ x) = x; the first n hidden units carry x, the
        last n carry -x.
    """
    ### BEGIN SOLUTION
    one = np.eye(n)
    return np.vstack([one, -one]), np.hstack([one, -one])
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_identity_with_relu", "grade": true, "points": 2}
A, B = identity_with_relu(3)
expect("negative numbers come through", B @ relu(A @ np.array([-3.0, 0.0, 2.5])), [-3.0, 0.0, 2.5])
A, B = identity_with_relu(2)
expect("twice the width", A, [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
expect("and back", B, [[1.0, 0.0, -1.0, 0.0], [0.0, 1.0, 0.0, -1.0]])
recorded("degradation", "identity_with_relu", identity_with_relu)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("degradation.identity_with_relu", identity_with_relu)
### END HIDDEN TESTS

# %% [markdown]
# ## A plain stack
#
# $$h_{l+1} = \operatorname{ReLU}(h_l W_l^{\mathsf T}), \qquad h_0 = x$$
#
# Every layer ends with its ReLU, the last one too.

# %% [markdown]
# <details><summary>Hint 1: shapes</summary>
#
# Rows of x are examples, and a weight is (outputs, inputs). Which of the two must be transposed?
#
# <details><summary>Hint 2: a loop</summary>
#
# Keep one array h and overwrite it layer after layer, without touching x. If "one layer" fails and the shape is right,
# see which factor is transposed.
#
# <details><summary>Hint 3: shapes to fill in</summary>
#
# x (5, 3), two weights of (3, 3):
#
# | array | shape |
# | --- | --- |
# | x | (5, 3) |
# | the first weight, so that its inputs meet x's numbers | (?, ?) |
# | h behind the first layer | (?, ?) |
# | what comes back for an empty list | (?, ?) |
#
# </details></details></details>


# %% nbgrader={"grade_id": "plain_stack", "solution": true}
def plain_stack(x, weights):
    """One layer after the other, each a product and a ReLU.

    Args:
        x: (N, n) array, an example a row.
        weights: list of (n, n) arrays (outputs, inputs), the first layer first.

    Returns:
        (N, n) array.
    """
    ### BEGIN SOLUTION
    h = x
    for weight in weights:
        h = relu(h @ weight.T)
    return h
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_plain_stack", "grade": true, "points": 2}
x = np.array([[1.0, 2.0]])
V, W = np.array([[1.0, -1.0], [0.0, 1.0]]), np.array([[1.0, 1.0], [-1.0, 0.0]])
expect("one layer", plain_stack(x, [V]), [[0.0, 2.0]])
expect("two layers", plain_stack(x, [V, W]), [[2.0, 0.0]])
expect("no layer", plain_stack(x, []), [[1.0, 2.0]])
recorded("degradation", "plain_stack", plain_stack)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("degradation.plain_stack", plain_stack)
### END HIDDEN TESTS

# %% [markdown]
# ## A residual stack
#
# Weights in pairs: a block of two layers, and a shortcut around both.
#
# $$h_{b+1} = \operatorname{ReLU}\bigl(h_b + F(h_b)\bigr), \qquad
# F(h) = \operatorname{ReLU}(h\,V^{\mathsf T})\,W^{\mathsf T}$$

# %% [markdown]
# <details><summary>Hint 1: two at a time</summary>
#
# `weights[::2]` are the first layers of the blocks. Which slice holds the second ones?
#
# <details><summary>Hint 2: count the ReLUs</summary>
#
# A block has two. If "weights of zero: what came in goes out" fails, the shortcut is missing, or was overwritten; if
# "F takes half away" fails with what came in, F itself is rectified before the sum.
#
# <details><summary>Hint 3: a trace to fill in</summary>
#
# One block, h = [1, 2], first weight the identity, second minus the identity:
#
# | step | values |
# | --- | --- |
# | first weight, ReLU | [1, ?] |
# | second weight | [?, -2] |
# | plus what came in | [?, ?] |
# | the last ReLU | [0, 0] |
#
# </details></details></details>


# %% nbgrader={"grade_id": "residual_stack", "solution": true}
def residual_stack(x, weights):
    """Blocks of two layers, each with a shortcut around it that is added before the last ReLU.

    Args:
        x: (N, n) array, an example a row.
        weights: list of an even number of (n, n) arrays (outputs, inputs), the first layer first.

    Returns:
        (N, n) array.
    """
    ### BEGIN SOLUTION
    h = x
    for first, second in zip(weights[::2], weights[1::2], strict=True):
        h = relu(h + relu(h @ first.T) @ second.T)
    return h
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_residual_stack", "grade": true, "points": 3}
expect("weights of zero: what came in goes out", residual_stack(x, [0 * V, 0 * W] * 10), x)
expect("one block", residual_stack(x, [V, W]), [[3.0, 2.0]])
expect("F takes half away", residual_stack(x, [np.eye(2), -np.eye(2) / 2]), [[0.5, 1.0]])
expect("F takes more away than came in", residual_stack(x, [np.eye(2), -2 * np.eye(2)]), [[0.0, 0.0]])
expect("two blocks", residual_stack(x, [V, W, W, V]), [[8.0, 2.0]])
recorded("degradation", "residual_stack", residual_stack)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("degradation.residual_stack", residual_stack)
### END HIDDEN TESTS

# %% [markdown]
# ## What reaches the first layer
#
# The loss is the sum of all outputs, divided by the number of examples: $L = \frac{1}{N}\sum_{n,i} y_{n,i}$. How large
# is its gradient at each weight?
#
# $$\left\lVert \frac{\partial L}{\partial W_l} \right\rVert =
# \sqrt{\textstyle\sum_{ij} (\partial L / \partial W_{l,ij})^2}$$

# %% [markdown]
# <details><summary>Hint 1: forward first, and keep</summary>
#
# On the way back you need, for each layer, what entered it and where its ReLU's input was above 0. Store both.
#
# <details><summary>Hint 2: one layer back</summary>
#
# With g at the layer's output: g stops where the ReLU was closed. Of what two arrays is the weight's gradient made, and
# what goes further back? The test prints each gradient, the last layer first: the first norm that is wrong tells where
# your way back leaves the right one.
#
# <details><summary>Hint 3: shapes to fill in</summary>
#
# x (5, 3), a residual stack of two layers:
#
# | array | shape |
# | --- | --- |
# | what entered each layer | (5, 3) |
# | where its ReLU's input was above 0; for the second, with ? added | (5, 3) |
# | g at the output | (5, 3), each entry 1/? |
# | the gradient at a weight | (?, ?), from (3, 5) times (5, 3) |
# | g where the block began: what came through F, plus ? | (5, 3) |
#
# </details></details></details>


# %% nbgrader={"grade_id": "gradient_norms", "solution": true}
def gradient_norms(stack, depth):
    """The norm of the loss's gradient at each of the first `depth` weights.

    The loss is the sum of all outputs, divided by N, the number of examples.

    Args:
        stack: dict with "kind", "plain" or "residual"; "x", an (N, n) array; "weights", a list of (n, n) arrays.
        depth: int, how many of the weights make up the network; even for a residual stack.

    Returns:
        (depth,) array, the first layer first.
    """
    ### BEGIN SOLUTION
    weights, h = stack["weights"][:depth], stack["x"]
    residual = stack["kind"] == "residual"
    entered, opened = [], []
    for number, weight in enumerate(weights):
        closes_block = residual and number % 2 == 1
        before = h @ weight.T
        if closes_block:
            before = before + entered[number - 1]
        entered.append(h)
        opened.append(before > 0)
        h = relu(before)
    g = np.full(h.shape, 1 / len(h))
    norms = np.zeros(depth)
    along_shortcut = 0.0
    for number in reversed(range(depth)):
        g = g * opened[number]
        if residual and number % 2 == 1:
            along_shortcut = g
        norms[number] = np.linalg.norm(g.T @ entered[number])
        g = g @ weights[number]
        if residual and number % 2 == 0:
            g = g + along_shortcut
    return norms
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_gradient_norms", "grade": true, "points": 5}
half = np.array([[0.5]])
plain = {"kind": "plain", "x": np.array([[4.0]]), "weights": [half] * 6}
expect("each layer halves what comes back", gradient_norms(plain, 3), [1.0, 1.0, 1.0])
expect("and the deeper it is, the less", gradient_norms(plain, 6), [0.125] * 6)
residual = {**plain, "kind": "residual"}
expect("with a shortcut", gradient_norms(residual, 2), [2.0, 2.0])
expect("deeper, and more", gradient_norms(residual, 4), [2.5, 2.5, 2.5, 2.5])
closed = {**residual, "weights": [-half, half]}
expect("a closed ReLU inside of F lets nothing through", gradient_norms(closed, 2), [0.0, 0.0])
edge = {"kind": "plain", "x": np.array([[1.0, -1.0]]), "weights": [np.ones((2, 2))]}
expect("nor does one whose input is 0", gradient_norms(edge, 1), [0.0])


def by_differences(stack, layer, step=2.0**-10):
    """The gradient at one layer's weight by central differences, which are exact here: ReLU networks have no curves."""
    run = residual_stack if stack["kind"] == "residual" else plain_stack
    slopes = np.zeros(stack["weights"][layer].shape)
    for place in np.ndindex(slopes.shape):
        ends = []
        for move in (step, -step):
            moved = [weight.copy() for weight in stack["weights"]]
            moved[layer][place] += move
            ends.append(run(stack["x"], moved).sum() / len(stack["x"]))
        slopes[place] = (ends[0] - ends[1]) / (2 * step)
    return slopes


rng = np.random.default_rng(5516)  # each ReLU is open for an example, a last one closed for another
wide = {"x": rng.normal(size=(3, 2)), "weights": list(rng.normal(size=(4, 2, 2)))}
for kind in ("plain", "residual"):
    norms = gradient_norms({**wide, "kind": kind}, 4)
    for layer in (3, 2, 1, 0):  # from the end, where the way back begins
        gradient = by_differences({**wide, "kind": kind}, layer)
        print(f"{kind}, weight {layer}: the gradient is {gradient.round(4).tolist()}")
        expect(f"{kind}, the norm at weight {layer}", norms[layer], np.linalg.norm(gradient))
recorded("degradation", "gradient_norms", gradient_norms)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("degradation.gradient_norms", gradient_norms)
### END HIDDEN TESTS

# %% [markdown]
# ## The steps in the curve
#
# He et al. divide the learning rate by 10 at certain iterations, the milestones. Iterations count from 0; at
# the milestone the new rate holds already.

# %% [markdown]
# <details><summary>Hint 1: how many</summary>
#
# All that matters is how many milestones the iteration has reached.
#
# <details><summary>Hint 2: reached</summary>
#
# Is 400 reached at iteration 400? The text above says. "from 32k on" fails if you say no.
#
# <details><summary>Hint 3: a table to fill in</summary>
#
# Base 0.1, milestones 32,000 and 48,000:
#
# | iteration | milestones reached | rate |
# | --- | --- | --- |
# | 31,999 | 0 | 0.1 |
# | 32,000 | ? | ? |
# | 48,000 | ? | 0.001 |
#
# </details></details></details>


# %% nbgrader={"grade_id": "step_learning_rate", "solution": true}
def step_learning_rate(iteration, base, milestones):
    """The learning rate of one iteration.

    Args:
        iteration: int, counted from 0.
        base: float, the rate before the first milestone.
        milestones: list or tuple of ints, in any order; at each the rate is divided by 10.

    Returns:
        float.
    """
    ### BEGIN SOLUTION
    reached = sum(1 for milestone in milestones if iteration >= milestone)
    return base * 0.1**reached
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_step_learning_rate", "grade": true, "points": 1}
expect("CIFAR, before 32k", step_learning_rate(31_999, 0.1, [32_000, 48_000]), 0.1)
expect("from 32k on", step_learning_rate(32_000, 0.1, [32_000, 48_000]), 0.01)
expect("from 48k on", step_learning_rate(50_000, 0.1, [32_000, 48_000]), 0.001)
expect("milestones in another order", step_learning_rate(40_000, 0.1, (48_000, 32_000)), 0.01)
recorded("degradation", "step_learning_rate", step_learning_rate)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("degradation.step_learning_rate", step_learning_rate)
### END HIDDEN TESTS
