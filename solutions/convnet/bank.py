"""Programs for chapter 9."""

import numpy as np

from autograde.course.program import edited, right, wrong


@right("relu")
def where(x):
    return np.where(x > 0, x, 0.0)


@right("relu")
def mask(x):
    return x * (x > 0)


@right("relu")
def one_by_one(x):
    y = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        if x[index] > 0:
            y[index] = x[index]
    return y


@right("relu")
def half_of_the_sum_in_single_precision(x):
    x = x.astype(np.float32)
    return (x + np.abs(x)) / 2


folds = edited(mask, "absolute_value", ("return x * (x > 0)", "return np.abs(x)"))
keeps_negatives = edited(mask, "minimum_for_maximum", ("return x * (x > 0)", "return np.minimum(x, 0)"))
ones = edited(mask, "step_instead", ("return x * (x > 0)", "return (x > 0).astype(float)"))
clips = edited(mask, "capped_at_one", ("return x * (x > 0)", "return np.clip(x, 0, 1)"))
leaks = edited(mask, "leaky", ("return x * (x > 0)", "return np.where(x > 0, x, 0.01 * x)"))


@right("relu_backward")
def where_positive(grad_output, x):
    return np.where(x > 0, grad_output, 0.0)


@right("relu_backward")
def copy_and_clear(grad_output, x):
    grad = np.array(grad_output)
    grad[x <= 0] = 0
    return grad


@right("relu_backward")
def from_the_output(grad_output, x):
    return grad_output * (relu(x) > 0)


@right("relu_backward")
def one_at_a_time(grad_output, x):
    flat = [g if v > 0 else 0.0 for g, v in zip(grad_output.ravel(), x.ravel(), strict=True)]
    return np.array(flat).reshape(x.shape)


at_zero_too = edited(
    from_the_output, "gradient_passes_at_zero", ("grad_output * (relu(x) > 0)", "grad_output * (x >= 0)")
)
mask_of_a_rectified_output = edited(
    from_the_output, "gradient_unchanged", ("grad_output * (relu(x) > 0)", "grad_output * (np.maximum(x, 0) >= 0)")
)
rectifies_the_gradient = edited(
    from_the_output, "mask_of_the_gradient", ("return grad_output * (relu(x) > 0)", "return np.maximum(grad_output, 0)")
)
guided = edited(
    where_positive, "mask_of_both", ("np.where(x > 0, grad_output, 0.0)", "np.maximum(grad_output, 0) * (x > 0)")
)
only_the_derivative = edited(
    from_the_output, "mask_without_gradient", ("return grad_output * (relu(x) > 0)", "return (x > 0).astype(float)")
)
times_the_output = edited(
    from_the_output, "multiplied_by_x", ("grad_output * (relu(x) > 0)", "grad_output * np.maximum(x, 0)")
)


@wrong("relu_backward", "mask_inverted")
def wrong_half(grad_output, x):
    grad = grad_output.copy()
    grad[x > 0] = 0
    return grad


@right("linear")
def einsum(x, weight, bias=None):
    y = np.einsum("ni,oi->no", x, weight)
    if bias is not None:
        y = y + bias
    return y


@right("linear")
def loops(x, weight, bias=None):
    y = np.zeros((len(x), len(weight)))
    for n in range(len(x)):
        for k in range(len(weight)):
            y[n, k] = sum(x[n, i] * weight[k, i] for i in range(x.shape[1]))
            if bias is not None:
                y[n, k] += bias[k]
    return y


@right("linear")
def bias_as_a_weight(x, weight, bias=None):
    if bias is None:
        bias = np.zeros(len(weight))
    ones = np.ones((len(x), 1))
    return np.hstack([x, ones]) @ np.hstack([weight, bias[:, None]]).T


@right("linear")
def column_by_column_in_single_precision(x, weight, bias=None):
    x, weight = x.astype(np.float32), weight.astype(np.float32)
    y = np.stack([x @ row for row in weight], axis=1)
    return y if bias is None else y + bias.astype(np.float32)


@wrong("linear", "weight_not_transposed")
def as_it_lies(x, weight, bias=None):
    y = x @ weight
    return y if bias is None else y + bias


@wrong("linear", "bias_forgotten")
def no_bias(x, weight, bias=None):
    return x @ weight.T


@wrong("linear", "bias_a_row")
def bias_down_the_batch(x, weight, bias=None):
    y = x @ weight.T
    return y if bias is None else y + bias.reshape(-1, 1)


minus_bias = edited(bias_down_the_batch, "bias_subtracted", ("y + bias.reshape(-1, 1)", "y - bias"))


@wrong("linear", "bias_once_a_product")
def bias_in_the_loop(x, weight, bias=None):
    y = np.zeros((len(x), len(weight)))
    for i in range(x.shape[1]):
        y += np.outer(x[:, i], weight[:, i])
        if bias is not None:
            y += bias
    return y


relu_at_the_end = edited(
    einsum, "rectified", ("return y", "return relu(y)"), ('np.einsum("ni,oi->no", x, weight)', "x @ weight.T")
)


@right("linear_backward")
def einsums(grad_output, x, weight):
    grad_x = np.einsum("no,oi->ni", grad_output, weight)
    grad_weight = np.einsum("no,ni->oi", grad_output, x)
    return grad_x, grad_weight, np.einsum("no->o", grad_output)


@right("linear_backward")
def example_by_example(grad_output, x, weight):
    grad_x, grad_weight, grad_bias = np.zeros(x.shape), np.zeros(weight.shape), np.zeros(len(weight))
    for n in range(len(x)):
        grad_x[n] = weight.T @ grad_output[n]
        grad_weight += np.outer(grad_output[n], x[n])
        grad_bias += grad_output[n]
    return grad_x, grad_weight, grad_bias


@right("linear_backward")
def a_list_in_single_precision(grad_output, x, weight):
    g, x, w = (a.astype(np.float32) for a in (grad_output, x, weight))
    return [g.dot(w), (x.T @ g).T, np.ones(len(g), np.float32) @ g]


@wrong("linear_backward", "bias_gradient_not_summed")
def bias_a_row_each(grad_output, x, weight):
    return grad_output @ weight, grad_output.T @ x, grad_output


wrong_axis = edited(
    bias_a_row_each, "bias_gradient_summed_over_outputs", ("x, grad_output", "x, grad_output.sum(axis=1)")
)
mean_of_rows = edited(bias_a_row_each, "bias_gradient_averaged", ("x, grad_output", "x, grad_output.mean(axis=0)"))


@wrong("linear_backward", "averaged_over_the_batch")
def divides_by_n(grad_output, x, weight):
    n = len(x)
    return grad_output @ weight, grad_output.T @ x / n, grad_output.sum(axis=0) / n


@wrong("linear_backward", "weight_gradient_transposed")
def x_first(grad_output, x, weight):
    return grad_output @ weight, x.T @ grad_output, grad_output.sum(axis=0)


as_if_in_by_out = edited(x_first, "weight_not_transposed", ("@ weight, x", "@ weight.T, x"))


@wrong("linear_backward", "input_gradient_transposed")
def forward_again(grad_output, x, weight):
    return linear(grad_output, weight), grad_output.T @ x, grad_output.sum(axis=0)


@wrong("linear_backward", "order_of_the_answers")
def weight_first(grad_output, x, weight):
    return grad_output.T @ x, grad_output.sum(axis=0), grad_output @ weight


@right("softmax_cross_entropy")
def log_softmax(logits, labels):
    z = logits - np.max(logits, axis=1, keepdims=True)
    log_p = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    onehot = np.eye(logits.shape[1])[labels]
    return -np.sum(log_p * onehot) / len(labels), (np.exp(log_p) - onehot) / len(labels)


@right("softmax_cross_entropy")
def row_by_row(logits, labels):
    total, grad = 0.0, np.zeros(logits.shape)
    for n, (row, label) in enumerate(zip(logits, labels, strict=True)):
        top = max(row)
        e = [np.exp(value - top) for value in row]
        total += np.log(sum(e)) + top - row[label]
        for k in range(len(row)):
            grad[n, k] = (e[k] / sum(e) - (k == label)) / len(labels)
    return total / len(labels), grad


@right("softmax_cross_entropy")
def logaddexp(logits, labels):
    log_sum = np.logaddexp.reduce(logits, axis=1)
    grad = np.exp(logits - log_sum[:, None])
    grad[np.arange(len(labels)), labels] -= 1.0
    return (log_sum - np.take_along_axis(logits, labels[:, None], 1)[:, 0]).mean(), grad / len(labels)


@wrong("softmax_cross_entropy", "softmax_overflows")
def naive(logits, labels):
    p = np.exp(logits) / np.sum(np.exp(logits), axis=1, keepdims=True)
    rows = np.arange(len(labels))
    loss = -np.mean(np.log(p[rows, labels]))
    p[rows, labels] -= 1
    return loss, p / len(labels)


@wrong("softmax_cross_entropy", "maximum_of_the_batch")
def one_maximum(logits, labels):
    e = np.exp(logits - np.max(logits))
    p = e / e.sum(axis=1, keepdims=True)
    rows = np.arange(len(labels))
    loss = -np.log(p[rows, labels]).mean()
    p[rows, labels] -= 1
    return loss, p / len(labels)


@wrong("softmax_cross_entropy", "log_of_a_rounded_probability")
def log_afterwards(logits, labels):
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    rows = np.arange(len(labels))
    loss = -np.log(p[rows, labels]).mean()
    p[rows, labels] -= 1
    return loss, p / len(labels)


@wrong("softmax_cross_entropy", "gradient_not_averaged")
def no_n(logits, labels):
    z = logits - logits.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    n = len(logits)
    grad = np.exp(log_p)
    grad[np.arange(n), labels] -= 1
    return -log_p[np.arange(n), labels].mean(), grad


two_ns = edited(
    no_n,
    "gradient_averaged_twice",
    """
    -    return -log_p[np.arange(n), labels].mean(), grad
    +    grad = grad / n
    +    return -log_p[np.arange(n), labels].mean(), grad / n
    """,
)
sums = edited(
    no_n, "summed_over_the_batch", ("[np.arange(n), labels].mean(), grad", "[np.arange(n), labels].sum(), grad")
)


@wrong("softmax_cross_entropy", "averaged_over_classes_too")
def mean_of_the_table(logits, labels):
    z = logits - logits.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    k = logits.shape[1]
    grad = np.exp(log_p)
    onehot = np.eye(k)[labels]
    return -np.mean(onehot * log_p), (grad - onehot) / onehot.size


log_likelihood = edited(
    no_n,
    "loss_negative",
    """
    -    return -log_p[np.arange(n), labels].mean(), grad
    +    return log_p[np.arange(n), labels].mean(), grad / n
    """,
)


@wrong("softmax_cross_entropy", "gradient_negative")
def label_minus_probability(logits, labels):
    z = logits - logits.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    n, k = logits.shape
    grad = np.exp(log_p)
    return -log_p[np.arange(n), labels].mean(), (np.eye(k)[labels] - grad) / n


probabilities_only = edited(
    label_minus_probability,
    "label_not_subtracted",
    ("(np.eye(k)[labels] - grad)", "grad"),
    ("n, k = logits.shape", "n = len(logits)"),
)
minus_one_over_p = edited(
    label_minus_probability,
    "gradient_of_the_probabilities",
    ("(), (np.eye(k)[labels] - grad) / n", "(), -np.eye(k)[labels] / grad / n"),
)


@wrong("softmax_cross_entropy", "softmax_over_the_batch")
def axis_zero(logits, labels):
    p = np.exp(logits - logits.max(axis=0))
    p /= p.sum(axis=0)
    rows = np.arange(len(labels))
    loss = -np.log(p[rows, labels]).mean()
    p[rows, labels] -= 1
    return loss, p / len(labels)


probabilities_as_logits = edited(
    log_afterwards,
    "softmax_twice",
    """
         p = np.exp(logits - logits.max(axis=1, keepdims=True))
    +    p /= p.sum(axis=1, keepdims=True)
    +    p = np.exp(p)
    """,
)


@right("sgd_momentum_step")
def two_lines(parameter, gradient, velocity, lr, momentum=0.9, weight_decay=0.0):
    v = momentum * velocity + (gradient + weight_decay * parameter)
    return parameter - lr * v, v


@right("sgd_momentum_step")
def copies_in_place(parameter, gradient, velocity, lr, momentum=0.9, weight_decay=0.0):
    v, p = velocity.copy(), parameter.copy()
    v *= momentum
    v += gradient
    v += weight_decay * p
    p -= lr * v
    return [p, v]


@right("sgd_momentum_step")
def entry_by_entry(parameter, gradient, velocity, lr, momentum=0.9, weight_decay=0.0):
    new_p, new_v = np.empty(parameter.shape), np.empty(parameter.shape)
    for i in np.ndindex(parameter.shape):
        new_v[i] = gradient[i] + weight_decay * parameter[i] + momentum * velocity[i]
        new_p[i] = parameter[i] - lr * new_v[i]
    return new_p, new_v


@wrong("sgd_momentum_step", "learning_rate_in_the_velocity")
def velocity_of_steps(parameter, gradient, velocity, lr, momentum=0.9, weight_decay=0.0):
    g = gradient + weight_decay * parameter
    v = momentum * velocity + lr * g
    return parameter - v, v


@wrong("sgd_momentum_step", "velocity_is_the_step")
def as_in_keras(parameter, gradient, velocity, lr, momentum=0.9, weight_decay=0.0):
    v = momentum * velocity - lr * (gradient + weight_decay * parameter)
    return parameter + v, v


@wrong("sgd_momentum_step", "running_average")
def average_of_gradients(parameter, gradient, velocity, lr, momentum=0.9, weight_decay=0.0):
    v = momentum * velocity + (1 - momentum) * (gradient + weight_decay * parameter)
    return parameter - lr * v, v


@wrong("sgd_momentum_step", "momentum_inverted")
def other_way_round(parameter, gradient, velocity, lr, momentum=0.9, weight_decay=0.0):
    v = (1 - momentum) * velocity + momentum * (gradient + weight_decay * parameter)
    return parameter - lr * v, v


@wrong("sgd_momentum_step", "old_velocity_used")
def parameter_first(parameter, gradient, velocity, lr, momentum=0.9, weight_decay=0.0):
    p = parameter - lr * velocity
    return p, momentum * velocity + gradient + weight_decay * parameter


@wrong("sgd_momentum_step", "velocity_ignored")
def plain(parameter, gradient, velocity, lr, momentum=0.9, weight_decay=0.0):
    g = gradient + weight_decay * parameter
    return parameter - lr * g, g


@wrong("sgd_momentum_step", "nesterov")
def looks_ahead(parameter, gradient, velocity, lr, momentum=0.9, weight_decay=0.0):
    g = gradient + weight_decay * parameter
    v = momentum * velocity + g
    return parameter - lr * (g + momentum * v), v


@wrong("sgd_momentum_step", "ascends")
def uphill(parameter, gradient, velocity, lr, momentum=0.9, weight_decay=0.0):
    v = momentum * velocity + gradient + weight_decay * parameter
    return parameter + lr * v, v


whole_velocity = edited(uphill, "learning_rate_forgotten", ("parameter + lr * v", "parameter - v"))
no_decay = edited(two_lines, "weight_decay_forgotten", ("(gradient + weight_decay * parameter)", "gradient"))
minus_decay = edited(
    two_lines, "weight_decay_grows", ("(gradient + weight_decay * parameter)", "gradient - weight_decay * parameter")
)


@wrong("sgd_momentum_step", "weight_decay_beside_the_velocity")
def decoupled(parameter, gradient, velocity, lr, momentum=0.9, weight_decay=0.0):
    v = momentum * velocity + gradient
    return parameter - lr * v - lr * weight_decay * parameter, v


@wrong("sgd_momentum_step", "weight_decay_without_learning_rate")
def shrinks_first(parameter, gradient, velocity, lr, momentum=0.9, weight_decay=0.0):
    v = momentum * velocity + gradient
    return (1 - weight_decay) * parameter - lr * v, v


@right("ConvNet")
class LineByLine:
    def __init__(self, state):
        self.p = {name: np.array(value, dtype=float) for name, value in state.items()}

    def parameters(self):
        return self.p

    def forward(self, x):
        p, self.x = self.p, x
        self.a1 = conv2d_gemm(x, p["conv1.weight"], p["conv1.bias"], 1, 1)
        self.r1 = relu(self.a1)
        self.m1 = max_pool2d(self.r1, 2)
        self.a2 = conv2d_gemm(self.m1, p["conv2.weight"], p["conv2.bias"], 1, 1)
        self.r2 = relu(self.a2)
        self.m2 = max_pool2d(self.r2, 2)
        self.flat = self.m2.reshape(len(x), -1)
        return linear(self.flat, p["fc.weight"], p["fc.bias"])

    def backward(self, grad_logits):
        p, g = self.p, {}
        d, g["fc.weight"], g["fc.bias"] = linear_backward(grad_logits, self.flat, p["fc.weight"])
        d = max_pool2d_backward(d.reshape(self.m2.shape), self.r2, 2)
        d = relu_backward(d, self.a2)
        d, g["conv2.weight"], g["conv2.bias"] = conv2d_backward(d, self.m1, p["conv2.weight"], 1, 1)
        d = max_pool2d_backward(d, self.r1, 2)
        d = relu_backward(d, self.a1)
        _, g["conv1.weight"], g["conv1.bias"] = conv2d_backward(d, self.x, p["conv1.weight"], 1, 1)
        return g


@right("ConvNet")
class LayersAsClosures:
    def __init__(self, state):
        self.state = {name: np.array(value) for name, value in state.items()}

    def parameters(self):
        return dict(self.state.items())

    def _convolve(self, x, layer):
        weight, bias = self.state[layer + ".weight"], self.state[layer + ".bias"]
        padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
        y = np.einsum("nchwuv,fcuv->nfhw", windows, weight) + bias[:, None, None]

        def back(grad):
            self.found[layer + ".weight"] = np.einsum("nfhw,nchwuv->fcuv", grad, windows)
            self.found[layer + ".bias"] = grad.sum((0, 2, 3))
            into = np.zeros(padded.shape)
            for u in range(3):
                for v in range(3):
                    spread = np.einsum("nfhw,fc->nchw", grad, weight[:, :, u, v])
                    into[:, :, u : u + grad.shape[2], v : v + grad.shape[3]] += spread
            return into[:, :, 1:-1, 1:-1]

        return y, back

    def _shrink(self, x):
        rows, columns = x.shape[2] // 2, x.shape[3] // 2
        blocks = x[:, :, : 2 * rows, : 2 * columns].reshape(*x.shape[:2], rows, 2, columns, 2)
        y = blocks.max(axis=(3, 5))

        def back(grad):
            into = np.zeros(x.shape)
            inside = (blocks == y[:, :, :, None, :, None]) * grad[:, :, :, None, :, None]
            into[:, :, : 2 * rows, : 2 * columns] = inside.reshape(*x.shape[:2], 2 * rows, 2 * columns)
            return into

        return y, back

    def forward(self, x):
        self.tape = []
        for layer in ("conv1", "conv2"):
            x, back = self._convolve(x, layer)
            self.tape.append(back)
            x, back = self._shrink(x)
            self.tape.append(back)
            self.tape.append(lambda grad, positive=(x > 0): grad * positive)
            x = np.maximum(x, 0)
        self.last = x
        return x.reshape(len(x), -1) @ self.state["fc.weight"].T + self.state["fc.bias"]

    def backward(self, grad_logits):
        flat = self.last.reshape(len(self.last), -1)
        self.found = {"fc.weight": grad_logits.T @ flat, "fc.bias": grad_logits.sum(axis=0)}
        grad = (grad_logits @ self.state["fc.weight"]).reshape(self.last.shape)
        # Pool, then ReLU gives the same as ReLU, then pool: the largest value is cut off or not.
        for back in reversed(self.tape):
            grad = back(grad)
        return self.found


@right("ConvNet")
class GradientsInAFixedOrder:
    def __init__(self, state):
        self.p = {name: np.array(value, dtype=float) for name, value in state.items()}

    def parameters(self):
        return self.p

    def forward(self, x):
        p, self.x = self.p, x
        self.a1 = conv2d_gemm(x, p["conv1.weight"], p["conv1.bias"], 1, 1)
        self.r1 = relu(self.a1)
        self.m1 = max_pool2d(self.r1, 2)
        self.a2 = conv2d_gemm(self.m1, p["conv2.weight"], p["conv2.bias"], 1, 1)
        self.r2 = relu(self.a2)
        self.m2 = relu(max_pool2d(self.a2, 2))
        self.flat = self.m2.reshape(len(x), -1)
        return linear(self.flat, p["fc.weight"], p["fc.bias"])

    def backward(self, grad_logits):
        p = self.p
        g = dict.fromkeys(sorted(p))
        d, g["fc.weight"], g["fc.bias"] = linear_backward(grad_logits, self.flat, p["fc.weight"])
        d = max_pool2d_backward(d.reshape(self.m2.shape), self.r2, 2)
        d = relu_backward(d, self.a2)
        d, g["conv2.weight"], g["conv2.bias"] = conv2d_backward(d, self.m1, p["conv2.weight"], 1, 1)
        d = max_pool2d_backward(d, self.r1, 2)
        d = relu_backward(d, self.a1)
        _, g["conv1.weight"], g["conv1.bias"] = conv2d_backward(d, self.x, p["conv1.weight"], 1, 1)
        return g


@wrong("ConvNet", "relu_forgotten")
class NoRelu:
    def __init__(self, state):
        self.p = {name: np.array(value, dtype=float) for name, value in state.items()}

    def parameters(self):
        return self.p

    def forward(self, x):
        p, self.x = self.p, x
        self.a1 = conv2d_gemm(x, p["conv1.weight"], p["conv1.bias"], 1, 1)
        self.r1 = self.a1
        self.m1 = max_pool2d(self.r1, 2)
        self.a2 = conv2d_gemm(self.m1, p["conv2.weight"], p["conv2.bias"], 1, 1)
        self.r2 = self.a2
        self.m2 = max_pool2d(self.r2, 2)
        self.flat = self.m2.reshape(len(x), -1)
        return linear(self.flat, p["fc.weight"], p["fc.bias"])

    def backward(self, grad_logits):
        p, g = self.p, {}
        d, g["fc.weight"], g["fc.bias"] = linear_backward(grad_logits, self.flat, p["fc.weight"])
        d = max_pool2d_backward(d.reshape(self.m2.shape), self.r2, 2)
        d, g["conv2.weight"], g["conv2.bias"] = conv2d_backward(d, self.m1, p["conv2.weight"], 1, 1)
        d = max_pool2d_backward(d, self.r1, 2)
        _, g["conv1.weight"], g["conv1.bias"] = conv2d_backward(d, self.x, p["conv1.weight"], 1, 1)
        return g


NoMask = edited(
    NoRelu, "relu_mask_forgotten", ("r2 = self.a2", "r2 = relu(self.a2)"), ("r1 = self.a1", "r1 = relu(self.a1)")
)
Softmax = edited(
    LineByLine,
    "probabilities_returned",
    """
    -        return linear(self.flat, p["fc.weight"], p["fc.bias"])
    +        z = linear(self.flat, p["fc.weight"], p["fc.bias"])
    +        e = np.exp(z - z.max(axis=1, keepdims=True))
    +        return e / e.sum(axis=1, keepdims=True)
    """,
)
ReluAtTheEnd = edited(
    LineByLine,
    "logits_rectified",
    """
    -        return linear(self.flat, p["fc.weight"], p["fc.bias"])
    +        return relu(linear(self.flat, p["fc.weight"], p["fc.bias"]))
    """,
)
ChannelsLast = edited(
    LineByLine,
    "flattened_channels_last",
    """
    -        d = max_pool2d_backward(d.reshape(self.m2.shape), self.r2, 2)
    +        n, c, h, w = self.m2.shape
    +        d = max_pool2d_backward(d.reshape(n, h, w, c).transpose(0, 3, 1, 2), self.r2, 2)
    """,
    """
    -        self.flat = self.m2.reshape(len(x), -1)
    +        self.flat = self.m2.transpose(0, 2, 3, 1).reshape(len(x), -1)
    """,
)


@wrong("ConvNet", "average_pools")
class AveragePools:
    def __init__(self, state):
        self.p = {name: np.array(value, dtype=float) for name, value in state.items()}

    def parameters(self):
        return self.p

    def forward(self, x):
        p, self.x = self.p, x
        self.a1 = conv2d_gemm(x, p["conv1.weight"], p["conv1.bias"], 1, 1)
        self.r1 = relu(self.a1)
        self.m1 = self._mean(self.r1)
        self.a2 = conv2d_gemm(self.m1, p["conv2.weight"], p["conv2.bias"], 1, 1)
        self.r2 = relu(self.a2)
        self.m2 = self._mean(self.r2)
        self.flat = self.m2.reshape(len(x), -1)
        return linear(self.flat, p["fc.weight"], p["fc.bias"])

    def backward(self, grad_logits):
        p, g = self.p, {}
        d, g["fc.weight"], g["fc.bias"] = linear_backward(grad_logits, self.flat, p["fc.weight"])
        d = self._mean_backward(d.reshape(self.m2.shape), self.r2)
        d = relu_backward(d, self.a2)
        d, g["conv2.weight"], g["conv2.bias"] = conv2d_backward(d, self.m1, p["conv2.weight"], 1, 1)
        d = self._mean_backward(d, self.r1)
        d = relu_backward(d, self.a1)
        _, g["conv1.weight"], g["conv1.bias"] = conv2d_backward(d, self.x, p["conv1.weight"], 1, 1)
        return g

    def _mean(self, x):
        h, w = x.shape[2] // 2, x.shape[3] // 2
        return x[:, :, : 2 * h, : 2 * w].reshape(*x.shape[:2], h, 2, w, 2).mean(axis=(3, 5))

    def _mean_backward(self, grad, x):
        back = np.zeros(x.shape)
        h, w = grad.shape[2:]
        back[:, :, : 2 * h, : 2 * w] = grad.repeat(2, axis=2).repeat(2, axis=3) / 4
        return back


NoBiases = edited(
    LineByLine,
    "biases_ignored",
    ('(self.flat, p["fc.weight"], p["fc.bias"])', '(self.flat, p["fc.weight"])'),
    ('p["conv2.bias"]', "None"),
    ('p["conv1.bias"]', "None"),
)
DividesByN = edited(
    LineByLine, "averaged_again", ("return g", "return {name: value / len(self.x) for name, value in g.items()}")
)
PilesUp = edited(
    LineByLine,
    "gradients_accumulate",
    """
    -        return g
    +        for name in g:
    +            self.total[name] += g[name]
    +        return {name: value.copy() for name, value in self.total.items()}
    """,
    """
             self.p = {name: np.array(value, dtype=float) for name, value in state.items()}
    +        self.total = {name: np.zeros_like(value) for name, value in self.p.items()}
    """,
)
KeepsTheCallersArrays = edited(
    LineByLine,
    "arrays_shared",
    ("{name: np.array(value, dtype=float) for name, value in state.items()}", "dict(state)"),
)
OneDictOfGradients = edited(
    LineByLine,
    "gradients_written_over",
    """
    -        return g
    +        for name in g:
    +            self.gradients[name][...] = g[name]
    +        return self.gradients
    """,
    """
             self.p = {name: np.array(value, dtype=float) for name, value in state.items()}
    +        self.gradients = {name: np.zeros_like(value) for name, value in self.p.items()}
    """,
)
HandsOutCopies = edited(
    LineByLine, "parameters_copied", ("return self.p", "return {name: value.copy() for name, value in self.p.items()}")
)


@right("train")
def shuffles_a_list_of_places(
    net, images, labels, epochs, batch_size, lr, momentum=0.9, weight_decay=0.0, seed=0, show=None
):
    import random

    random.seed(seed)
    places = list(range(len(images)))
    velocity = {name: np.zeros(value.shape) for name, value in net.parameters().items()}
    losses = []
    for _ in range(epochs):
        random.shuffle(places)
        order = np.array(places)
        for start in range(0, len(images), batch_size):
            batch = order[start : start + batch_size]
            loss, grad = softmax_cross_entropy(net.forward(images[batch]), labels[batch])
            losses.append(loss)
            gradients = net.backward(grad)
            for name, p in net.parameters().items():
                p[...], velocity[name] = sgd_momentum_step(
                    p, gradients[name], velocity[name], lr, momentum, weight_decay
                )
            if show:
                show(len(losses), epochs * -(-len(images) // batch_size), loss)
    return losses


@right("train")
def shuffled_copies(net, images, labels, epochs, batch_size, lr, momentum=0.9, weight_decay=0.0, seed=0, show=None):
    rng = np.random.default_rng(seed)
    velocity = {name: np.zeros(value.shape) for name, value in net.parameters().items()}
    losses, steps = [], epochs * ((len(images) + batch_size - 1) // batch_size)
    for _ in range(epochs):
        order = rng.permutation(len(images))
        x, y = images[order], labels[order]
        while len(x):
            loss, grad = softmax_cross_entropy(net.forward(x[:batch_size]), y[:batch_size])
            x, y = x[batch_size:], y[batch_size:]
            losses.append(loss)
            gradients = net.backward(grad)
            for name, p in net.parameters().items():
                p[...], velocity[name] = sgd_momentum_step(
                    p, gradients[name], velocity[name], lr, momentum, weight_decay
                )
            if show is not None:
                show(len(losses), steps, losses[-1])
    return losses


unseen = edited(
    shuffled_copies,
    "show_never_called",
    """
    -            if show is not None:
    -                show(len(losses), steps, losses[-1])
    """,
)
shown_before_the_loss_is_kept = edited(
    shuffled_copies, "show_counts_from_zero", ("show(len(losses), steps", "show(len(losses) - 1, steps")
)


@right("train")
def split_at_multiples(net, images, labels, epochs, batch_size, lr, momentum=0.9, weight_decay=0.0, seed=0, show=None):
    rng = np.random.default_rng(seed)
    velocity = {name: np.zeros(value.shape) for name, value in net.parameters().items()}
    losses = []
    for _ in range(epochs):
        order = rng.permutation(len(images))
        for batch in np.split(order, range(batch_size, len(order), batch_size)):
            loss, grad = softmax_cross_entropy(net.forward(images[batch]), labels[batch])
            losses += [float(loss)]
            gradients = net.backward(grad)
            for name, g in gradients.items():
                p = net.parameters()[name]
                velocity[name] = momentum * velocity[name] + g + weight_decay * p
                p -= lr * velocity[name]
            if callable(show):
                show(len(losses), epochs * int(np.ceil(len(order) / batch_size)), float(loss))
    return losses


@wrong("train", "never_updates")
def gives_names(net, images, labels, epochs, batch_size, lr, momentum=0.9, weight_decay=0.0, seed=0, show=None):
    rng = np.random.default_rng(seed)
    velocity = {name: np.zeros(value.shape) for name, value in net.parameters().items()}
    losses = []
    for _ in range(epochs):
        order = rng.permutation(len(images))
        for start in range(0, len(images), batch_size):
            batch = order[start : start + batch_size]
            loss, grad = softmax_cross_entropy(net.forward(images[batch]), labels[batch])
            losses.append(loss)
            gradients = net.backward(grad)
            for name, p in net.parameters().items():
                p, velocity[name] = sgd_momentum_step(p, gradients[name], velocity[name], lr, momentum, weight_decay)
    return losses


steps_back = edited(
    gives_names,
    "ascends",
    """
    -                p, velocity[name] = sgd_momentum_step(p, gradients[name], velocity[name], lr, momentum, weight_decay)
    +                new, velocity[name] = sgd_momentum_step(p, gradients[name], velocity[name], lr, momentum, weight_decay)
    +                p[...] = p + (p - new)
    """,
)


@wrong("train", "labels_left_behind")
def images_only(net, images, labels, epochs, batch_size, lr, momentum=0.9, weight_decay=0.0, seed=0, show=None):
    rng = np.random.default_rng(seed)
    velocity = {name: np.zeros(value.shape) for name, value in net.parameters().items()}
    losses = []
    for _ in range(epochs):
        order = rng.permutation(len(images))
        for start in range(0, len(images), batch_size):
            batch = order[start : start + batch_size]
            loss, grad = softmax_cross_entropy(net.forward(images[batch]), labels[start : start + batch_size])
            losses.append(loss)
            gradients = net.backward(grad)
            for name, p in net.parameters().items():
                p[...], velocity[name] = sgd_momentum_step(
                    p, gradients[name], velocity[name], lr, momentum, weight_decay
                )
    return losses


@wrong("train", "not_shuffled")
def in_order(net, images, labels, epochs, batch_size, lr, momentum=0.9, weight_decay=0.0, seed=0, show=None):
    velocity = {name: np.zeros(value.shape) for name, value in net.parameters().items()}
    losses = []
    for _ in range(epochs):
        order = np.arange(len(images))
        for start in range(0, len(images), batch_size):
            batch = order[start : start + batch_size]
            loss, grad = softmax_cross_entropy(net.forward(images[batch]), labels[batch])
            losses.append(loss)
            gradients = net.backward(grad)
            for name, p in net.parameters().items():
                p[...], velocity[name] = sgd_momentum_step(
                    p, gradients[name], velocity[name], lr, momentum, weight_decay
                )
    return losses


@wrong("train", "shuffled_once")
def one_order(net, images, labels, epochs, batch_size, lr, momentum=0.9, weight_decay=0.0, seed=0, show=None):
    rng = np.random.default_rng(seed)
    velocity = {name: np.zeros(value.shape) for name, value in net.parameters().items()}
    losses = []
    order = rng.permutation(len(images))
    for _ in range(epochs):
        for start in range(0, len(images), batch_size):
            batch = order[start : start + batch_size]
            loss, grad = softmax_cross_entropy(net.forward(images[batch]), labels[batch])
            losses.append(loss)
            gradients = net.backward(grad)
            for name, p in net.parameters().items():
                p[...], velocity[name] = sgd_momentum_step(
                    p, gradients[name], velocity[name], lr, momentum, weight_decay
                )
    return losses


random_draws = edited(
    in_order,
    "drawn_with_replacement",
    ("order = np.arange(len(images))", "order = rng.integers(0, len(images), len(images))"),
    """
     def train(net, images, labels, epochs, batch_size, lr, momentum=0.9, weight_decay=0.0, seed=0, show=None):
    +    rng = np.random.default_rng(seed)
    """,
)
full_batches_only = edited(
    images_only,
    "last_batch_dropped",
    """
    -            loss, grad = softmax_cross_entropy(net.forward(images[batch]), labels[start : start + batch_size])
    +            loss, grad = softmax_cross_entropy(net.forward(images[batch]), labels[batch])
    """,
    ("(images), batch_size", "(images) - batch_size + 1, batch_size"),
)
same_slice = edited(
    in_order,
    "always_the_first_batch",
    """
    -        for start in range(0, len(images), batch_size):
    -            batch = order[start : start + batch_size]
    +        for _start in range(0, len(images), batch_size):
    +            batch = order[:batch_size]
    """,
)
once_through = edited(
    one_order,
    "one_epoch_only",
    """
    -    order = rng.permutation(len(images))
    -    for _ in range(epochs):
    +    for _ in range(1):
    +        order = rng.permutation(len(images))
    """,
)
zeros_each_time = edited(
    images_only,
    "velocity_lost",
    ("gradients[name], velocity[name], lr, momentum", "gradients[name], np.zeros(p.shape), lr, momentum"),
    """
    -            loss, grad = softmax_cross_entropy(net.forward(images[batch]), labels[start : start + batch_size])
    +            loss, grad = softmax_cross_entropy(net.forward(images[batch]), labels[batch])
    """,
)
velocity_inside = edited(
    in_order,
    "velocity_anew_each_epoch",
    """
    -        order = np.arange(len(images))
    +        velocity = {name: np.zeros(value.shape) for name, value in net.parameters().items()}
    +        order = rng.permutation(len(images))
    """,
    """
    -    velocity = {name: np.zeros(value.shape) for name, value in net.parameters().items()}
    +    rng = np.random.default_rng(seed)
    """,
)
default_momentum = edited(
    images_only,
    "momentum_not_passed_on",
    ("lr, momentum, weight_decay", "lr, weight_decay=weight_decay"),
    """
    -            loss, grad = softmax_cross_entropy(net.forward(images[batch]), labels[start : start + batch_size])
    +            loss, grad = softmax_cross_entropy(net.forward(images[batch]), labels[batch])
    """,
)
no_decay_given = edited(
    gives_names,
    "weight_decay_not_passed_on",
    """
    -                p, velocity[name] = sgd_momentum_step(p, gradients[name], velocity[name], lr, momentum, weight_decay)
    +                p[...], velocity[name] = sgd_momentum_step(p, gradients[name], velocity[name], lr, momentum)
    """,
)
own_generator = edited(shuffled_copies, "seed_not_used", ("default_rng(seed)", "default_rng()"))
always_seed_0 = edited(shuffled_copies, "seed_fixed", ("default_rng(seed)", "default_rng(0)"))


@wrong("train", "one_loss_an_epoch")
def mean_of_an_epoch(net, images, labels, epochs, batch_size, lr, momentum=0.9, weight_decay=0.0, seed=0, show=None):
    rng = np.random.default_rng(seed)
    velocity = {name: np.zeros(value.shape) for name, value in net.parameters().items()}
    losses = []
    for _ in range(epochs):
        total = []
        order = rng.permutation(len(images))
        for start in range(0, len(images), batch_size):
            batch = order[start : start + batch_size]
            loss, grad = softmax_cross_entropy(net.forward(images[batch]), labels[batch])
            total.append(loss)
            gradients = net.backward(grad)
            for name, p in net.parameters().items():
                p[...], velocity[name] = sgd_momentum_step(
                    p, gradients[name], velocity[name], lr, momentum, weight_decay
                )
        losses.append(np.mean(total))
    return losses
