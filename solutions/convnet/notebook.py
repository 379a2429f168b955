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
# # 9 · A network that learns
#
# You now build a network out of your own functions, and train it to read handwritten digits. Four pieces are still
# missing: ReLU, the linear layer, the loss, and the step. Then comes the network, and then the training.
# Read chapter 9 of the book first; it works out most of the numbers that the tests below use.
#
# Write NumPy. `numpy` and `matplotlib` are all that you may import. Replace each `raise NotImplementedError()`,
# run the test cell below it, and read what it says. The hidden tests ask the same functions for other sizes.
#
# The convolutions and pools of earlier chapters come from `earlier.py`, which lies beside this notebook. If you have
# written your own, paste them into a cell below the import: yours then take the place of ours.

# %% tags=["setup"]
import numpy as np
from check import expect, recorded
from earlier import conv2d_backward, conv2d_gemm, max_pool2d, max_pool2d_backward

# %% [markdown]
# ## ReLU, and its way back
#
# $$y = \max(x, 0) \qquad\qquad
# \frac{\partial L}{\partial x} = \begin{cases} \partial L / \partial y & x > 0 \\ 0 & x \le 0 \end{cases}$$
#
# Both work entry by entry, on arrays of any shape. At $x = 0$ the gradient is stopped, as in torch.

# %% [markdown]
# <details><summary>Hint 1: two arrays, entry by entry</summary>
#
# `np.max` gives the largest entry of one array. Which function takes the larger of two?
#
# <details><summary>Hint 2: the mask</summary>
#
# A comparison gives an array of booleans, and multiplying with it keeps or clears. If "the mask comes from x" fails on
# the way back, you have asked the wrong array; if "negative gradients pass too" gives zeros, you have cut the gradient.
#
# <details><summary>Hint 3: a table to fill in</summary>
#
# | x | relu(x) | grad_output | grad_x |
# | --- | --- | --- | --- |
# | -1 | 0 | 5 | ? |
# | 0 | 0 | 5 | ? |
# | 2 | ? | -3 | -3 |
#
# </details></details></details>


# %% nbgrader={"grade_id": "relu", "solution": true}
def relu(x):
    """The larger of x and 0, entry by entry.

    Args:
        x: array of any shape.

    Returns:
        New array, shaped as x.
    """
    ### BEGIN SOLUTION
    return np.maximum(x, 0)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_relu", "grade": true, "points": 1}
expect("both signs, and zero", relu(np.array([[-2.0, 0.0, 3.0], [0.5, -0.1, 7.0]])), [[0, 0, 3], [0.5, 0, 7]])
recorded("convnet", "relu", relu)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("convnet.relu", relu)
### END HIDDEN TESTS


# %% nbgrader={"grade_id": "relu_backward", "solution": true}
def relu_backward(grad_output, x):
    """The gradient of relu.

    Args:
        grad_output: array of any shape, the loss's gradient at relu's output.
        x: array, shaped as grad_output, what relu was given.

    Returns:
        New array, the loss's gradient at x.
    """
    ### BEGIN SOLUTION
    return grad_output * (x > 0)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_relu_backward", "grade": true, "points": 1}
x = np.array([-2.0, 0.0, 3.0, 0.5])
expect("the mask comes from x", relu_backward(np.array([1.0, 1.0, 1.0, 1.0]), x), [0, 0, 1, 1])
expect("negative gradients pass too", relu_backward(np.array([-4.0, -5.0, -6.0, 7.0]), x), [0, 0, -6, 7])
recorded("convnet", "relu_backward", relu_backward)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("convnet.relu_backward", relu_backward)
### END HIDDEN TESTS

# %% [markdown]
# ## The linear layer, and its way back
#
# Each of `out` outputs is a weighted sum of all `in` inputs, plus a bias. torch keeps the weights as (out, in), one
# row an output:
#
# $$Y = X W^T + b$$
#
# Books call it affine, dense or fully connected. With $G = \partial L / \partial Y$ the three gradients are
# $\partial L / \partial X = G W$, $\partial L / \partial W = G^T X$, and for the bias the sum of $G$'s rows.

# %% [markdown]
# <details><summary>Hint 1: let the shapes decide</summary>
#
# Write down the shapes of X, W and Y. In which order, and with which transpose, do they fit?
#
# <details><summary>Hint 2: the way back has the shapes of what it belongs to</summary>
#
# The gradient of W has the shape of W. You have G, (N, out), and X, (N, in): only one product gives that shape. If
# "by hand" fails on the way back and names value 2, see over which axis the bias's gradient is added up.
#
# <details><summary>Hint 3: shapes to fill in</summary>
#
# N = 5, in = 3, out = 2:
#
# | array | shape | made of |
# | --- | --- | --- |
# | x | (5, 3) | |
# | weight | (?, ?) | |
# | y | (5, 2) | |
# | grad_x | (?, ?) | G (5, 2) and weight |
# | grad_weight | (?, ?) | G and x |
# | grad_bias | (?,) | G alone |
#
# </details></details></details>


# %% nbgrader={"grade_id": "linear", "solution": true}
def linear(x, weight, bias=None):
    """Weighted sums of the inputs: x times the transposed weight, plus the bias.

    Args:
        x: (N, in) array, one example a row.
        weight: (out, in) array.
        bias: (out,) array, or None.

    Returns:
        (N, out) array.
    """
    ### BEGIN SOLUTION
    y = x @ weight.T
    return y if bias is None else y + bias
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_linear", "grade": true, "points": 1}
x = np.array([[1.0, 2.0, 3.0], [0.0, -1.0, 1.0]])
weight = np.array([[1.0, 0.0, -1.0], [2.0, 1.0, 0.0]])
expect("by hand, no bias", linear(x, weight), [[-2, 4], [-1, -1]])
expect("with a bias", linear(x, weight, np.array([10.0, 20.0])), [[8, 24], [9, 19]])
recorded("convnet", "linear", linear)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("convnet.linear", linear)
### END HIDDEN TESTS


# %% nbgrader={"grade_id": "linear_backward", "solution": true}
def linear_backward(grad_output, x, weight):
    """The gradients of linear.

    Args:
        grad_output: (N, out) array, the loss's gradient at linear's output.
        x: (N, in) array, what linear was given.
        weight: (out, in) array.

    Returns:
        The gradients of x, of weight and of the bias, three arrays shaped as these.
    """
    ### BEGIN SOLUTION
    return grad_output @ weight, grad_output.T @ x, grad_output.sum(axis=0)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_linear_backward", "grade": true, "points": 2}
grad = np.array([[1.0, 0.0], [2.0, -1.0]])
expect(
    "by hand",
    linear_backward(grad, x, weight),
    (np.array([[1, 0, -1], [0, -1, -2]]), np.array([[1, 0, 5], [0, 1, -1]]), np.array([3, -1])),
)
recorded("convnet", "linear_backward", linear_backward)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("convnet.linear_backward", linear_backward)
### END HIDDEN TESTS

# %% [markdown]
# ## The loss
#
# The network's raw outputs are called logits. Softmax turns a row of them into probabilities, and the loss is minus the
# logarithm of the probability of the right class, averaged over the batch:
#
# $$L = \frac{1}{N} \sum_n \Big( \log \sum_k e^{z_{n,k}} - z_{n,\,\text{label}_n} \Big) \qquad\qquad
# \frac{\partial L}{\partial z} = \frac{1}{N}\,(\text{softmax}(z) - \text{onehot}(\text{label}))$$
#
# Logits may be large. $e^{1000}$ is more than a float can hold, yet the loss is an ordinary number: your function must
# give it.

# %% [markdown]
# <details><summary>Hint 1: move the row</summary>
#
# What happens to the probabilities of a row, and to the loss, if you subtract the same number from all its logits?
#
# <details><summary>Hint 2: which number</summary>
#
# Subtract each row's own maximum (`keepdims=True` keeps the shapes fitting). If "probabilities 5/8 and 3/8" passes and
# "large logits: the loss" is inf or nan, a logarithm of 0 is taken somewhere.
#
# <details><summary>Hint 3: a trace to fill in</summary>
#
# One row of logits, [1000, 998], label 1:
#
# | step | values |
# | --- | --- |
# | minus the maximum | [0, ?] |
# | exponentials | [1, 0.135] |
# | their sum, and its logarithm | 1.135 and ? |
# | loss: the logarithm minus the label's shifted logit | ? |
# | gradient: probabilities, minus 1 at the label, divided by ? | [0.881, ?] |
#
# </details></details></details>


# %% nbgrader={"grade_id": "softmax_cross_entropy", "solution": true}
def softmax_cross_entropy(logits, labels):
    """The mean over the batch of minus the logarithm of the right class's probability, and its gradient.

    Args:
        logits: (N, K) array.
        labels: (N,) array of whole numbers from 0 to K - 1.

    Returns:
        The loss, a number, and its gradient at the logits, (N, K) array.
    """
    ### BEGIN SOLUTION
    rows = np.arange(len(labels))
    shifted = logits - logits.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    sums = exponentials.sum(axis=1, keepdims=True)
    loss = np.mean(np.log(sums[:, 0]) - shifted[rows, labels])
    grad_logits = exponentials / sums
    grad_logits[rows, labels] -= 1
    return loss, grad_logits / len(labels)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_softmax_cross_entropy", "grade": true, "points": 3}
logits, labels = np.log(np.array([[1.0, 2.0, 5.0], [4.0, 3.0, 1.0]])), np.array([2, 1])
loss, grad = softmax_cross_entropy(logits, labels)
expect("probabilities 5/8 and 3/8", loss, np.log(64 / 15) / 2)
expect("its gradient", grad, np.array([[1 / 8, 2 / 8, -3 / 8], [4 / 8, -5 / 8, 1 / 8]]) / 2)
loss, grad = softmax_cross_entropy(np.array([[1000.0, 0.0], [0.0, -1000.0]]), np.array([1, 0]))
expect("large logits: the loss", loss, 500.0)
expect("large logits: the gradient", grad, [[0.5, -0.5], [0, 0]])
recorded("convnet", "softmax_cross_entropy", softmax_cross_entropy)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("convnet.softmax_cross_entropy", softmax_cross_entropy)
### END HIDDEN TESTS

# %% [markdown]
# ## The step
#
# Stochastic gradient descent with momentum keeps a velocity for each parameter. This is torch's form:
#
# $$v \leftarrow \mu\, v + (g + \lambda\, p) \qquad\qquad p \leftarrow p - \eta\, v$$
#
# with the learning rate $\eta$ (`lr`), the momentum $\mu$ and the weight decay $\lambda$. Return new arrays; leave
# those that you were given as they are.

# %% [markdown]
# <details><summary>Hint 1: the order</summary>
#
# Two lines, in the order of the formula. Which of the two velocities does the second line use?
#
# <details><summary>Hint 2: three places</summary>
#
# lr stands in the second line only, momentum in the first only, and weight decay joins the gradient.
#
# <details><summary>Hint 3: new arrays</summary>
#
# `v = momentum * v + ...` makes a new array. `v *= momentum` writes into the one that you were given.
#
# </details></details></details>


# %% nbgrader={"grade_id": "sgd_momentum_step", "solution": true}
def sgd_momentum_step(parameter, gradient, velocity, lr, momentum=0.9, weight_decay=0.0):
    """One step of stochastic gradient descent with momentum, as torch takes it.

    Args:
        parameter: array of any shape.
        gradient: array, shaped as parameter, the loss's gradient there.
        velocity: array, shaped as parameter, 0 before the first step.
        lr: float, the learning rate.
        momentum: float, how much of the velocity stays.
        weight_decay: float, how much of the parameter joins its gradient.

    Returns:
        The new parameter and the new velocity, two new arrays.
    """
    ### BEGIN SOLUTION
    velocity = momentum * velocity + gradient + weight_decay * parameter
    return parameter - lr * velocity, velocity
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_sgd_momentum_step", "grade": true, "points": 2}
p, v = np.array([1.0, -2.0]), np.zeros(2)
p, v = sgd_momentum_step(p, np.array([0.5, 1.0]), v, lr=0.1)
expect("the first step is the gradient's", (p, v), (np.array([0.95, -2.1]), np.array([0.5, 1.0])))
p, v = sgd_momentum_step(p, np.array([0.5, 1.0]), v, lr=0.1)
expect("the second is 1.9 times as long", (p, v), (np.array([0.855, -2.29]), np.array([0.95, 1.9])))
p, v = sgd_momentum_step(np.array([2.0]), np.array([1.0]), np.array([4.0]), 0.1, 0.5, weight_decay=0.25)
expect("weight decay", (p, v), (np.array([1.65]), np.array([3.5])))
recorded("convnet", "sgd_momentum_step", sgd_momentum_step)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("convnet.sgd_momentum_step", sgd_momentum_step)
### END HIDDEN TESTS

# %% [markdown]
# ## The network
#
# Twice convolution, ReLU and pool; then flatten, and a linear layer:
#
#     conv1 → relu → pool → conv2 → relu → pool → flatten → fc
#
# Both convolutions have stride 1 and padding 1, both pools 2 × 2 windows with stride 2. To flatten is to put an image's
# maps one after the other, each row by row, as `reshape` does with (C, H, W). The parameters have torch's names, and
# come as a dictionary:
#
# | name | shape |
# | --- | --- |
# | `conv1.weight`, `conv1.bias` | (F1, C, 3, 3), (F1,) |
# | `conv2.weight`, `conv2.bias` | (F2, F1, 3, 3), (F2,) |
# | `fc.weight`, `fc.bias` | (K, F2 · H/4 · W/4), (K,), each division rounded down |
#
# Forward keeps what backward will need. Backward starts from the loss's gradient at the logits and returns a
# dictionary of gradients with the same names.

# %% [markdown]
# <details><summary>Hint 1: the functions</summary>
#
# You have all eight: `conv2d_gemm(x, weight, bias, stride, padding)` and
# `conv2d_backward(grad_output, x, weight, stride, padding)`, which returns three gradients; `max_pool2d(x, 2)` and
# `max_pool2d_backward(grad_output, x, 2)`; and relu and linear with their ways back, from above.
#
# <details><summary>Hint 2: what to keep</summary>
#
# Every function's way back needs what that function was given. If "finite differences agree: fc.weight" passes and
# "finite differences agree: conv2.weight" fails, look between them: the reshape, the pool, the ReLU. If "what is
# written into the parameters counts" fails, `parameters` hands out copies; if the next one fails, `__init__` made
# none.
#
# <details><summary>Hint 3: shapes to fill in</summary>
#
# images (2, 2, 9, 7), 3 filters, then 4, then 5 logits:
#
# | behind | shape | its way back needs |
# | --- | --- | --- |
# | conv1 | (2, 3, 9, 7) | the images |
# | relu | ? | ? |
# | pool | (2, 3, ?, ?) | what the ReLU gave |
# | conv2 | (2, ?, ?, ?) | ? |
# | relu, pool | (2, 4, 2, ?) | ? |
# | flattened | (2, ?) | the shape before |
# | fc | (2, 5) | ? |
#
# Read the last column from below.
#
# </details></details></details>


# %% nbgrader={"grade_id": "ConvNet", "solution": true}
class ConvNet:
    """Conv-ReLU-Pool, twice, then flatten and linear."""

    def __init__(self, state):
        """Keeps its own copies of the parameters.

        Args:
            state: dict of arrays by name: conv1.weight, conv1.bias, conv2.weight, conv2.bias, fc.weight, fc.bias.
        """
        ### BEGIN SOLUTION
        self.state = {name: np.array(value, dtype=float) for name, value in state.items()}
        ### END SOLUTION

    def parameters(self):
        """The parameters by name: the very arrays that forward uses, so that writing into them changes the network.

        Returns:
            dict of arrays, with the names of `state`.
        """
        ### BEGIN SOLUTION
        return self.state
        ### END SOLUTION

    def forward(self, x):
        """The logits of a batch.

        Args:
            x: (N, C, H, W) array, the images.

        Returns:
            (N, K) array.
        """
        ### BEGIN SOLUTION
        self.rounds = []
        for layer in ("conv1", "conv2"):
            maps = conv2d_gemm(x, self.state[layer + ".weight"], self.state[layer + ".bias"], stride=1, padding=1)
            rectified = relu(maps)
            self.rounds.append((layer, x, maps, rectified))
            x = max_pool2d(rectified, 2)
        self.pooled_shape = x.shape
        self.features = x.reshape(len(x), -1)
        return linear(self.features, self.state["fc.weight"], self.state["fc.bias"])
        ### END SOLUTION

    def backward(self, grad_logits):
        """The gradients of the parameters for the batch that forward saw last.

        Args:
            grad_logits: (N, K) array, the loss's gradient at the logits.

        Returns:
            dict of new arrays, with the names and shapes of the parameters.
        """
        ### BEGIN SOLUTION
        gradients = {}
        grad, gradients["fc.weight"], gradients["fc.bias"] = linear_backward(
            grad_logits, self.features, self.state["fc.weight"]
        )
        grad = grad.reshape(self.pooled_shape)
        for layer, x, maps, rectified in reversed(self.rounds):
            grad = relu_backward(max_pool2d_backward(grad, rectified, 2), maps)
            grad, gradients[layer + ".weight"], gradients[layer + ".bias"] = conv2d_backward(
                grad, x, self.state[layer + ".weight"], stride=1, padding=1
            )
        return gradients
        ### END SOLUTION


# %% nbgrader={"grade_id": "test_ConvNet", "grade": true, "points": 5}
impulse = np.zeros((1, 1, 3, 3))
impulse[0, 0, 1, 1] = 1.0
given = {
    "conv1.weight": impulse,
    "conv1.bias": np.zeros(1),
    "conv2.weight": np.concatenate([2 * impulse, -impulse]),
    "conv2.bias": np.array([0.0, 20.0]),
    "fc.weight": np.array([[1.0, 0.0], [0.0, 1.0], [1.0, -1.0]]),
    "fc.bias": np.array([0.0, 0.0, 100.0]),
}
net = ConvNet(given)
image = np.arange(16.0).reshape(1, 1, 4, 4)
expect("by hand: 2 x 15, and 20 - 5", net.forward(image), [[30, 15, 115]])
gradients = net.backward(np.array([[1.0, 0.0, 0.0]]))
expect("by hand: what fc.weight met", gradients["fc.weight"], [[30, 15], [0, 0], [0, 0]])
expect("by hand: the largest pixel moves the first logit by 2", gradients["conv1.bias"], [2.0])
expect("a gradient for each parameter", sorted(gradients) == sorted(net.parameters()), True)
net.parameters()["fc.bias"][...] = 1.0
expect("what is written into the parameters counts", net.forward(image), [[31, 16, 16]])
given["fc.bias"][...] = 50.0
expect("what is written into the arrays that it was given does not", net.forward(image), [[31, 16, 16]])
again = net.backward(np.array([[0.0, 1.0, 0.0]]))
expect("gradients given out before stay as they were", gradients["fc.weight"], [[30, 15], [0, 0], [0, 0]])
expect("each backward begins at zero", again["fc.weight"], [[0, 0], [30, 15], [0, 0]])
larger = {**given, "conv1.bias": np.array([-10.0]), "conv2.bias": np.array([0.0, 33.0])}
larger = ConvNet({**larger, "fc.weight": np.eye(8), "fc.bias": np.zeros(8)})
flat = [[34, 42, 98, 106, 33, 30, 2, 0]]
expect("map after map, and a ReLU in each round", larger.forward(np.arange(64.0).reshape(1, 1, 8, 8)), flat)

rng = np.random.default_rng(3)
shapes = {"conv1": (3, 2, 3, 3), "conv2": (4, 3, 3, 3), "fc": (5, 4 * 2 * 1)}
state = {f"{name}.weight": rng.normal(size=shape) for name, shape in shapes.items()}
state.update({f"{name}.bias": rng.normal(size=shape[0]) for name, shape in shapes.items()})
images, direction = rng.normal(size=(2, 2, 9, 7)), rng.normal(size=(2, 5))
net = ConvNet(state)
net.forward(images)
gradients = net.backward(direction)
for name in ("fc.weight", "fc.bias", "conv2.weight", "conv2.bias", "conv1.weight", "conv1.bias"):
    gradient = gradients[name]
    bump = rng.normal(size=gradient.shape)
    ahead, behind = (ConvNet({**state, name: state[name] + h * bump}).forward(images) for h in (1e-6, -1e-6))
    slope = ((ahead - behind) * direction).sum() / 2e-6
    close = bool(abs((gradient * bump).sum() - slope) < 1e-5 * max(1.0, abs(slope)))
    expect(f"finite differences agree: {name}", close, True)
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("convnet.ConvNet", ConvNet)
### END HIDDEN TESTS

# %% [markdown]
# ## Digits
#
# 1,797 handwritten digits of 8 × 8 pixels lie beside this notebook: the test set of *Optical Recognition of
# Handwritten Digits*, E. Alpaydin and C. Kaynak, 1998, UCI Machine Learning Repository, [doi
# 10.24432/C50P49](https://doi.org/10.24432/C50P49), CC BY 4.0, by way of scikit-learn. Four fifths are for training.
# The network never sees the rest before it is tested.


# %% tags=["setup"]
def load_digits(path="digits.npz", seed=0):
    """Training images and labels, and held-out images and labels: (N, 1, 8, 8) arrays from 0 to 1, and (N,) ints."""
    with np.load(path, allow_pickle=False) as file:
        images, labels = file["images"][:, None] / 16, file["labels"].astype(int)
    order = np.random.default_rng(seed).permutation(len(images))
    shown, held = order[:1437], order[1437:]
    return images[shown], labels[shown], images[held], labels[held]


def initial_state(first=16, second=32, seed=0):
    """Random parameters for images of 8 x 8 and ten classes; chapter 10 says why of this size."""
    rng = np.random.default_rng(seed)
    state = {}
    for name, shape in (("conv1", (first, 1, 3, 3)), ("conv2", (second, first, 3, 3)), ("fc", (10, second * 4))):
        state[f"{name}.weight"] = rng.normal(size=shape) * np.sqrt(2 / np.prod(shape[1:]))
        state[f"{name}.bias"] = np.zeros(shape[0])
    return state


def accuracy(net, images, labels):
    """The share of images whose largest logit is their label's."""
    return float(np.mean(net.forward(images).argmax(axis=1) == labels))


def progress(step, steps, loss):
    """A line of text that overwrites itself, at most 33 times in a run."""
    done = 32 * step // steps
    if step == 1 or done > 32 * (step - 1) // steps:
        end = "\n" if step == steps else ""
        print(f"\r[{'#' * done:.<32}] step {step} of {steps}, loss {loss:.3f} ", end=end, flush=True)


# %% [markdown]
# ## The training
#
# An epoch draws a new random order of the images and goes through it in batches of `batch_size`; the last batch may be
# smaller. One generator, made from `seed`, draws the orders of all epochs: `rng = np.random.default_rng(seed)`, and
# `rng.permutation(N)` once an epoch. For each batch: forward, loss, backward, and a step for every parameter, biases
# included. A velocity begins at 0 and lives as long as the training.

# %% [markdown]
# <details><summary>Hint 1: two loops</summary>
#
# One over the epochs; inside it draws an order with `rng.permutation`. One over the places where batches start.
#
# <details><summary>Hint 2: what lives how long</summary>
#
# The generator and the velocities are made once, before the loops; the order once an epoch; gradients in every step. If
# "the same seed gives the same losses" fails, the order is not drawn from the seed; if "each epoch draws another order"
# fails, it is drawn too seldom, or from a new generator. If "momentum acts from the second step on" or "a velocity
# outlives its epoch" fails, the velocities live too short.
#
# <details><summary>Hint 3: a trace to fill in</summary>
#
# 5 images, batches of 2, 2 epochs:
#
# | step | epoch | images | velocity before |
# | --- | --- | --- | --- |
# | 1 | 1 | order[0:2] | 0 |
# | 2 | 1 | order[?:?] | of step ? |
# | 3 | 1 | order[4:?], one image | of step 2 |
# | 4 | 2 | a new order's [?:?] | of step ? |
#
# How many losses come back? And does the network hear of `parameter = new`?
#
# </details></details></details>


# %% nbgrader={"grade_id": "train", "solution": true}
def train(net, images, labels, epochs, batch_size, lr, momentum=0.9, weight_decay=0.0, seed=0, show=None):
    """Trains a network in place.

    Args:
        net: an object with the methods forward(x), backward(grad_logits) and parameters() of ConvNet.
        images: (N, C, H, W) array.
        labels: (N,) array of whole numbers.
        epochs: int, how many times every image is seen.
        batch_size: int; the last batch of an epoch may be smaller.
        lr: float, the learning rate.
        momentum: float.
        weight_decay: float.
        seed: int, for the generator that draws the orders.
        show: None, or a function that is called after each step with its number from 1 on, the number of all
            steps, and the loss.

    Returns:
        list of floats, the loss of every step.
    """
    ### BEGIN SOLUTION
    generator = np.random.default_rng(seed)
    velocities = {name: np.zeros_like(value) for name, value in net.parameters().items()}
    starts = range(0, len(images), batch_size)
    losses = []
    for _ in range(epochs):
        order = generator.permutation(len(images))
        for start in starts:
            batch = order[start : start + batch_size]
            loss, grad_logits = softmax_cross_entropy(net.forward(images[batch]), labels[batch])
            gradients = net.backward(grad_logits)
            for name, parameter in net.parameters().items():
                parameter[...], velocities[name] = sgd_momentum_step(
                    parameter, gradients[name], velocities[name], lr, momentum, weight_decay
                )
            losses.append(float(loss))
            if show is not None:
                show(len(losses), epochs * len(starts), losses[-1])
    return losses
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_train", "grade": true, "points": 5}
shown_images, shown_labels, held_images, held_labels = load_digits()


def short_run(**options):
    """The losses of a few steps, from the same network every time."""
    shown = {"epochs": 1, "batch_size": 32, "lr": 0.05, "seed": 3, **options}
    return np.array(train(ConvNet(initial_state()), shown_images[:96], shown_labels[:96], **shown))


def biases_after_a_step(weight_decay):
    """The last layer's biases, which were 1."""
    net = ConvNet({**initial_state(), "fc.bias": np.ones(10)})
    train(net, shown_images[:32], shown_labels[:32], 1, 32, 0.05, weight_decay=weight_decay)
    return net.parameters()["fc.bias"]


expect("a loss for each of 2 x 3 steps", len(short_run(epochs=2)), 6)
three = short_run()
expect("the same seed gives the same losses", short_run(), three)
expect("another seed draws another order", bool(np.all(short_run(seed=4) != three)), True)
standing = short_run(epochs=2, lr=0.0)
expect("each epoch draws another order", bool(np.all(standing[3:] != standing[:3])), True)
whole = short_run(epochs=3, batch_size=96)
expect("a step makes the loss smaller", bool(whole[1] < whole[0]), True)
expect("momentum acts from the second step on", short_run(momentum=0.5) != three, [False, False, True])
slower = short_run(epochs=3, batch_size=96, momentum=0.5)
expect("a velocity outlives its epoch", bool(slower[2] != whole[2]), True)
expect("weight decay acts from the first step on", short_run(weight_decay=0.1) != three, [False, True, True])
pulled = biases_after_a_step(0.0) - biases_after_a_step(1.0)
expect("weight decay pulls at the biases, too", pulled, np.full(10, 0.05))

net = ConvNet(initial_state())
before = accuracy(net, held_images, held_labels)
losses = train(net, shown_images, shown_labels, epochs=8, batch_size=32, lr=0.05, weight_decay=1e-4, show=progress)
expect("a loss for each of 8 x 45 steps, the last batch included", len(losses), 360)
expect("the loss falls to a twentieth", bool(np.mean(losses[-45:]) < losses[0] / 20), True)
after = accuracy(net, held_images, held_labels)
print(f"held-out digits read: {before:.1%} before, {after:.1%} after the training")
expect("at least 95 % of the held-out digits are read", after >= 0.95, True)
told = []
short_run(show=lambda step, steps, loss: told.append((step, steps)))
expect("show hears of each step", told, [(1, 3), (2, 3), (3, 3)])
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("convnet.train", train)
### END HIDDEN TESTS

# %% [markdown]
# Now play. Train for 20 epochs: you should reach 97 % and more, within a minute. Then halve the number of filters,
# drop the momentum, or take a learning rate ten times as large, and watch the loss.
