"""Programs that somebody wrote who had seen chapter 9's notebook alone, and none of its questions.

Above each wrong program stands what is wrong with it, in its author's words. Left out are those whose idea a
program of bank.py holds already.
"""

import numpy as np

from autograde.course.program import edited, right, stray, wrong


@right("relu")
def outside_relu(x):
    return np.maximum(x, 0)


# changes x in place
outside_relu_1 = edited(
    outside_relu,
    "",
    """
    -    return np.maximum(x, 0)
    +    x[x < 0] = 0
    +    return x
    """,
    says="the answer is right, but your function changed its input `x`: ",
)


@right("linear")
def outside_linear(x, weight, bias=None):
    y = x @ weight.T
    if bias is not None:
        y = y + bias
    return y


# weight reshaped rather than transposed
outside_linear_3 = edited(
    outside_linear,
    "weight_reshaped",
    """
    -    y = x @ weight.T
    +    y = x @ weight.reshape(weight.shape[1], weight.shape[0])
    """,
)


@right("linear_backward")
def outside_linear_backward(grad_output, x, weight):
    return grad_output @ weight, grad_output.T @ x, grad_output.sum(axis=0)


# divides grad_weight by N again
outside_linear_backward_4 = edited(
    outside_linear_backward,
    "weight_gradient_averaged",
    """
    -    return grad_output @ weight, grad_output.T @ x, grad_output.sum(axis=0)
    +    return grad_output @ weight, grad_output.T @ x / len(x), grad_output.sum(axis=0)
    """,
)


@right("softmax_cross_entropy")
def outside_softmax_cross_entropy(logits, labels):
    n = len(logits)
    z = logits - logits.max(axis=1, keepdims=True)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    loss = (np.log(np.exp(z).sum(axis=1)) - z[np.arange(n), labels]).mean()
    p[np.arange(n), labels] -= 1
    return loss, p / n


# loss summed, not averaged
outside_softmax_cross_entropy_3 = edited(
    outside_softmax_cross_entropy,
    "loss_summed",
    """
    -    loss = (np.log(np.exp(z).sum(axis=1)) - z[np.arange(n), labels]).mean()
    +    loss = (np.log(np.exp(z).sum(axis=1)) - z[np.arange(n), labels]).sum()
    """,
)

# softmax over the batch axis
outside_softmax_cross_entropy_4 = edited(
    outside_softmax_cross_entropy,
    "gradient_softmax_over_the_batch",
    """
    -    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    +    p = np.exp(z) / np.exp(z).sum(axis=0, keepdims=True)
    """,
)

# subtracts 1 in whole columns
outside_softmax_cross_entropy_5 = edited(
    outside_softmax_cross_entropy,
    "whole_columns_lowered",
    """
    -    p[np.arange(n), labels] -= 1
    +    p[:, labels] -= 1
    """,
)

# log with + 1e-8 of clipped probabilities
outside_softmax_cross_entropy_6 = edited(
    outside_softmax_cross_entropy,
    "1e-08_in_the_logarithm",
    """
    -    loss = (np.log(np.exp(z).sum(axis=1)) - z[np.arange(n), labels]).mean()
    +    loss = -np.log(p[np.arange(n), labels] + 1e-8).mean()
    """,
)


@right("sgd_momentum_step")
def outside_sgd_momentum_step(parameter, gradient, velocity, lr, momentum=0.9, weight_decay=0.0):
    velocity = momentum * velocity + gradient + weight_decay * parameter
    return parameter - lr * velocity, velocity


# dampening (1 - momentum)
outside_sgd_momentum_step_1 = edited(
    outside_sgd_momentum_step,
    "",
    """
    -    velocity = momentum * velocity + gradient + weight_decay * parameter
    +    velocity = momentum * velocity + (1 - momentum) * gradient + weight_decay * parameter
    """,
    says="Your velocity is a running average of the gradients.",
)

# changes arrays in place
outside_sgd_momentum_step_4 = edited(
    outside_sgd_momentum_step,
    "",
    """
    -    velocity = momentum * velocity + gradient + weight_decay * parameter
    +    velocity *= momentum
    +    velocity += gradient + weight_decay * parameter
    """,
    says="the answer is right, but your function changed its input `velocity`: ",
)

# returns (velocity, parameter)
outside_sgd_momentum_step_5 = edited(
    outside_sgd_momentum_step,
    "",
    """
    -    return parameter - lr * velocity, velocity
    +    return velocity, parameter - lr * velocity
    """,
    says="the values are right, and stand in another order: your value 0 is the expected value 1, your value 1 is the expected value 0",
)


@right("ConvNet")
class outside_ConvNet:
    def __init__(self, state):
        self.p = {k: np.array(v, dtype=float) for k, v in state.items()}

    def parameters(self):
        return self.p

    def forward(self, x):
        p = self.p
        self.x = x
        self.c1 = conv2d_gemm(x, p["conv1.weight"], p["conv1.bias"], 1, 1)
        self.r1 = relu(self.c1)
        self.p1 = max_pool2d(self.r1, 2)
        self.c2 = conv2d_gemm(self.p1, p["conv2.weight"], p["conv2.bias"], 1, 1)
        self.r2 = relu(self.c2)
        self.p2 = max_pool2d(self.r2, 2)
        self.flat = self.p2.reshape(len(x), -1)
        return linear(self.flat, p["fc.weight"], p["fc.bias"])

    def backward(self, grad_logits):
        p, g = self.p, {}
        d, g["fc.weight"], g["fc.bias"] = linear_backward(grad_logits, self.flat, p["fc.weight"])
        d = max_pool2d_backward(d.reshape(self.p2.shape), self.r2, 2)
        d = relu_backward(d, self.c2)
        d, g["conv2.weight"], g["conv2.bias"] = conv2d_backward(d, self.p1, p["conv2.weight"], 1, 1)
        d = max_pool2d_backward(d, self.r1, 2)
        d = relu_backward(d, self.c1)
        d, g["conv1.weight"], g["conv1.bias"] = conv2d_backward(d, self.x, p["conv1.weight"], 1, 1)
        return g


# forgets the second ReLU on the way back
outside_ConvNet_3 = edited(
    outside_ConvNet,
    "second_mask_forgotten",
    """
    -        d = relu_backward(d, self.c2)
    """,
)

# second pool backward gets the enlarged pooled map as its input
outside_ConvNet_4 = edited(
    outside_ConvNet,
    "",
    """
    -        d = max_pool2d_backward(d.reshape(self.p2.shape), self.r2, 2)
    +        d = max_pool2d_backward(d.reshape(self.p2.shape), np.repeat(np.repeat(self.p2, 2, 2), 2, 3), 2)
    """,
    says="these arrays do not fit: they differ along axis -1, 6 against 7: one place too many or too few: look at how that size is worked out, with its + 1 and",
)

# no padding in conv2 backward
outside_ConvNet_5 = edited(
    outside_ConvNet,
    "",
    """
    -        d, g["conv2.weight"], g["conv2.bias"] = conv2d_backward(d, self.p1, p["conv2.weight"], 1, 1)
    +        d, g["conv2.weight"], g["conv2.bias"] = conv2d_backward(d, self.p1, p["conv2.weight"], 1, 0)
    """,
    says="a product adds up over axes that both factors have, and here these differ in size",
)

# flattens channels last
outside_ConvNet_6 = edited(
    outside_ConvNet,
    "",
    """
    -        self.flat = self.p2.reshape(len(x), -1)
    +        self.flat = self.p2.transpose(0, 2, 3, 1).reshape(len(x), -1)
    """,
    says="You flatten with the channels last.",
)

# gradient dict without the bias of fc
outside_ConvNet_7 = edited(
    outside_ConvNet,
    "",
    """
             d, g["conv1.weight"], g["conv1.bias"] = conv2d_backward(d, self.x, p["conv1.weight"], 1, 1)
    +        del g["fc.bias"]
    """,
    says="expected a dict with the keys ['conv1.bias', 'conv1.weight', 'conv2.bias', 'conv2.weight', 'fc.bias', 'fc.weight'], got ['conv1.bias',",
)

# no ReLU after conv1
outside_ConvNet_8 = edited(
    outside_ConvNet,
    "first_relu_forgotten",
    """
    -        self.r1 = relu(self.c1)
    +        self.r1 = self.c1
    """,
    """
    -        d = relu_backward(d, self.c1)
    """,
)


@right("train")
def outside_train(net, images, labels, epochs, batch_size, lr, momentum=0.9, weight_decay=0.0, seed=0, show=None):
    rng = np.random.default_rng(seed)
    velocity = {k: np.zeros_like(v) for k, v in net.parameters().items()}
    losses, total = [], epochs * -(-len(images) // batch_size)
    for _ in range(epochs):
        order = rng.permutation(len(images))
        for start in range(0, len(images), batch_size):
            b = order[start : start + batch_size]
            loss, g = softmax_cross_entropy(net.forward(images[b]), labels[b])
            grads = net.backward(g)
            for k, p in net.parameters().items():
                new, velocity[k] = sgd_momentum_step(p, grads[k], velocity[k], lr, momentum, weight_decay)
                p[...] = new
            losses.append(float(loss))
            if show is not None:
                show(len(losses), total, float(loss))
    return losses


# one loss an epoch
outside_train_5 = edited(
    outside_train,
    "",
    """
    -            losses.append(float(loss))
    +            if start + batch_size >= len(images):
    +                losses.append(float(loss))
    """,
    says="You return one loss an epoch.",
)


# By another author, who had seen the notebook alone, too: all of his programs.


# keeps a new dict, but the arrays in it are still the caller's
@wrong("ConvNet", "arrays_shared")
class second_ConvNet_1:
    def __init__(self, state):
        self.state = dict(state)

    def parameters(self):
        return self.state

    def forward(self, x):
        s = self.state
        self.x = x
        self.a1 = conv2d_gemm(x, s["conv1.weight"], s["conv1.bias"], 1, 1)
        self.h1 = relu(self.a1)
        self.p1 = max_pool2d(self.h1, 2)
        self.a2 = conv2d_gemm(self.p1, s["conv2.weight"], s["conv2.bias"], 1, 1)
        self.h2 = relu(self.a2)
        self.p2 = max_pool2d(self.h2, 2)
        self.flat = self.p2.reshape(x.shape[0], -1)
        return linear(self.flat, s["fc.weight"], s["fc.bias"])

    def backward(self, grad_logits):
        s, g = self.state, {}
        d, g["fc.weight"], g["fc.bias"] = linear_backward(grad_logits, self.flat, s["fc.weight"])
        d = max_pool2d_backward(d.reshape(self.p2.shape), self.h2, 2)
        d = relu_backward(d, self.a2)
        d, g["conv2.weight"], g["conv2.bias"] = conv2d_backward(d, self.p1, s["conv2.weight"], 1, 1)
        d = max_pool2d_backward(d, self.h1, 2)
        d = relu_backward(d, self.a1)
        d, g["conv1.weight"], g["conv1.bias"] = conv2d_backward(d, self.x, s["conv1.weight"], 1, 1)
        return g


# gradients are added to those of the last backward, as torch does until zero_grad
@wrong("ConvNet", "gradients_accumulate")
class second_ConvNet_2:
    def __init__(self, state):
        self.params = {name: np.array(value, dtype=float) for name, value in state.items()}
        self.grads = {name: np.zeros_like(value) for name, value in self.params.items()}

    def parameters(self):
        return self.params

    def forward(self, x):
        self.cache = {}
        h = x
        for name in ("conv1", "conv2"):
            z = conv2d_gemm(h, self.params[name + ".weight"], self.params[name + ".bias"], 1, 1)
            r = relu(z)
            self.cache[name] = (h, z, r)
            h = max_pool2d(r, 2)
        self.shape = h.shape
        self.flat = h.reshape(len(h), -1)
        return linear(self.flat, self.params["fc.weight"], self.params["fc.bias"])

    def backward(self, grad_logits):
        g, dw, db = linear_backward(grad_logits, self.flat, self.params["fc.weight"])
        self.grads["fc.weight"] = self.grads["fc.weight"] + dw
        self.grads["fc.bias"] = self.grads["fc.bias"] + db
        g = g.reshape(self.shape)
        for name in ("conv2", "conv1"):
            h, z, r = self.cache[name]
            g = relu_backward(max_pool2d_backward(g, r, 2), z)
            g, dw, db = conv2d_backward(g, h, self.params[name + ".weight"], 1, 1)
            self.grads[name + ".weight"] = self.grads[name + ".weight"] + dw
            self.grads[name + ".bias"] = self.grads[name + ".bias"] + db
        return dict(self.grads)


# flattens with the channels last, so fc.weight meets the numbers in another order
@wrong("ConvNet", "flattened_channels_last")
class second_ConvNet_3:
    def __init__(self, state):
        self.p = {k: v.copy() for k, v in state.items()}

    def parameters(self):
        return self.p

    def forward(self, x):
        p = self.p
        self.x = x
        self.z1 = conv2d_gemm(x, p["conv1.weight"], p["conv1.bias"], 1, 1)
        self.r1 = relu(self.z1)
        self.m1 = max_pool2d(self.r1, 2)
        self.z2 = conv2d_gemm(self.m1, p["conv2.weight"], p["conv2.bias"], 1, 1)
        self.r2 = relu(self.z2)
        m2 = max_pool2d(self.r2, 2).transpose(0, 2, 3, 1)
        self.last_shape = m2.shape
        self.f = m2.reshape(x.shape[0], -1)
        return linear(self.f, p["fc.weight"], p["fc.bias"])

    def backward(self, grad_logits):
        p = self.p
        df, dwf, dbf = linear_backward(grad_logits, self.f, p["fc.weight"])
        dm2 = df.reshape(self.last_shape).transpose(0, 3, 1, 2)
        dz2 = relu_backward(max_pool2d_backward(dm2, self.r2, 2), self.z2)
        dm1, dw2, db2 = conv2d_backward(dz2, self.m1, p["conv2.weight"], 1, 1)
        dz1 = relu_backward(max_pool2d_backward(dm1, self.r1, 2), self.z1)
        _, dw1, db1 = conv2d_backward(dz1, self.x, p["conv1.weight"], 1, 1)
        return {
            "conv1.weight": dw1,
            "conv1.bias": db1,
            "conv2.weight": dw2,
            "conv2.bias": db2,
            "fc.weight": dwf,
            "fc.bias": dbf,
        }


# parameters() hands out copies, so a step written into them never reaches the network
@wrong("ConvNet", "parameters_copied")
class second_ConvNet_4:
    def __init__(self, state):

        self.weights = {name: value.copy() for name, value in state.items()}

    def parameters(self):
        return {name: value.copy() for name, value in self.weights.items()}

    def _w(self, layer):
        return self.weights[f"{layer}.weight"], self.weights[f"{layer}.bias"]

    def forward(self, x):
        self.saved = [x]
        for layer in ["conv1", "conv2"]:
            x = conv2d_gemm(x, *self._w(layer), 1, 1)
            self.saved.append(x)
            x = relu(x)
            self.saved.append(x)
            x = max_pool2d(x, 2)
            self.saved.append(x)
        return linear(x.reshape(len(x), -1), *self._w("fc"))

    def backward(self, grad_logits):
        x0, z1, r1, p1, z2, r2, p2 = self.saved
        grads = {}
        g, grads["fc.weight"], grads["fc.bias"] = linear_backward(
            grad_logits, p2.reshape(len(p2), -1), self.weights["fc.weight"]
        )
        g = relu_backward(max_pool2d_backward(g.reshape(p2.shape), r2, 2), z2)
        g, grads["conv2.weight"], grads["conv2.bias"] = conv2d_backward(g, p1, self.weights["conv2.weight"], 1, 1)
        g = relu_backward(max_pool2d_backward(g, r1, 2), z1)
        _, grads["conv1.weight"], grads["conv1.bias"] = conv2d_backward(g, x0, self.weights["conv1.weight"], 1, 1)
        return grads


# adds the bias without asking whether it is None
@stray("linear", "there is None where a value is needed: an argument left out, or a function without return")
def second_linear_1(x, weight, bias=None):
    return np.dot(x, weight.T) + bias


# makes the weight fit with reshape where it has to be transposed
@wrong("linear", "weight_reshaped")
def second_linear_2(x, weight, bias=None):
    out_features, in_features = weight.shape
    w = weight.reshape(in_features, out_features)
    y = x @ w
    if bias is not None:
        y = y + bias
    return y


# the bias is turned into a column, one bias for each example (an error where N is not out)
@wrong("linear", "bias_a_row")
def second_linear_3(x, weight, bias=None):
    y = (weight @ x.T).T
    if bias is not None:
        y += bias.reshape(-1, 1)
    return y


# divides the gradients of weight and bias by the batch size, as many lecture notes do
@wrong("linear_backward", "averaged_over_the_batch")
def second_linear_backward_1(grad_output, x, weight):
    m = x.shape[0]
    grad_x = grad_output @ weight
    grad_weight = grad_output.T @ x / m
    grad_bias = grad_output.sum(axis=0) / m
    return grad_x, grad_weight, grad_bias


# computes the transposed gradient of weight and reshapes it
@stray(
    "linear_backward",
    "these are the expected numbers with the axes in the order (1, 0), as after a reshape where a transpose was nee",
)
def second_linear_backward_2(grad_output, x, weight):
    grad_weight = np.dot(x.T, grad_output).reshape(weight.shape)
    return np.dot(grad_output, weight), grad_weight, np.sum(grad_output, axis=0)


# the bias's gradient keeps a row axis, shape (1, out)
@stray("linear_backward", "axis 0 is one too many, as where it should have been summed over")
def second_linear_backward_3(grad_output, x, weight):
    dx = np.einsum("no,oi->ni", grad_output, weight)
    dw = np.einsum("no,ni->oi", grad_output, x)
    db = np.sum(grad_output, axis=0, keepdims=True)
    return dx, dw, db


# writes into the array that it was given
@stray("relu", "your function changed its input `x`: ")
def second_relu_1(x):
    x[x < 0] = 0
    return x


# np.max(x, 0) takes the maximum along axis 0, not entry by entry
@stray("relu", "(the 0 of np.max(x, 0) is an axis)")
def second_relu_2(x):
    return np.max(x, 0)


# lets the gradient through at 0 as well
@wrong("relu_backward", "gradient_passes_at_zero")
def second_relu_backward_1(grad_output, x):
    mask = np.ones(x.shape)
    mask[x < 0] = 0
    return grad_output * mask


# clears entries in grad_output itself
@stray("relu_backward", "your function changed its input `grad_output`: ")
def second_relu_backward_2(grad_output, x):
    dx = grad_output
    dx[x <= 0] = 0
    return dx


# also applies the ReLU to the gradient, so negative gradients are lost
@wrong("relu_backward", "mask_of_both")
def second_relu_backward_3(grad_output, x):
    return np.where(x > 0, np.maximum(grad_output, 0), 0.0)


# lr goes into the velocity and the velocity is added, the form of CS231n
@wrong("sgd_momentum_step", "velocity_is_the_step")
def second_sgd_momentum_step_1(parameter, gradient, velocity, lr, momentum=0.9, weight_decay=0.0):
    gradient = gradient + weight_decay * parameter
    v = momentum * velocity - lr * gradient
    return parameter + v, v


# the velocity is changed in place
@stray("sgd_momentum_step", "your function changed its input `velocity`: ")
def second_sgd_momentum_step_2(parameter, gradient, velocity, lr, momentum=0.9, weight_decay=0.0):
    g = gradient + weight_decay * parameter
    velocity *= momentum
    velocity += g
    new = parameter - lr * velocity
    return new, velocity.copy()


# weight decay shrinks the parameter beside the velocity, as AdamW does, and never enters it
@wrong("sgd_momentum_step", "weight_decay_beside_the_velocity")
def second_sgd_momentum_step_3(parameter, gradient, velocity, lr, momentum=0.9, weight_decay=0.0):
    v = momentum * velocity + gradient
    p = parameter * (1 - lr * weight_decay) - lr * v
    return p, v


# dampens the gradient by 1 - momentum (a moving average)
@wrong("sgd_momentum_step", "running_average")
def second_sgd_momentum_step_4(parameter, gradient, velocity, lr, momentum=0.9, weight_decay=0.0):
    v = momentum * velocity + (1 - momentum) * (gradient + weight_decay * parameter)
    return parameter - lr * v, v


# subtracts the largest logit of the whole batch, so rows far below it underflow to log(0)
@wrong("softmax_cross_entropy", "maximum_of_the_batch")
def second_softmax_cross_entropy_1(logits, labels):
    N = logits.shape[0]
    z = logits - np.max(logits)
    e = np.exp(z)
    s = e.sum(axis=1, keepdims=True)
    loss = np.mean(np.log(s[:, 0]) - z[np.arange(N), labels])
    grad = e / s
    grad[np.arange(N), labels] -= 1
    return loss, grad / N


# a small number inside of the logarithm bounds the loss at about 27.6
@wrong("softmax_cross_entropy", "1e-12_in_the_logarithm")
def second_softmax_cross_entropy_2(logits, labels):
    n, k = logits.shape
    shifted = logits - logits.max(axis=1, keepdims=True)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    onehot = np.eye(k)[labels]
    loss = -np.sum(onehot * np.log(p + 1e-12)) / n
    return loss, (p - onehot) / n


# grad[:, labels] takes 1 off whole columns, not one entry in each row
@wrong("softmax_cross_entropy", "whole_columns_lowered")
def second_softmax_cross_entropy_3(logits, labels):
    N = len(labels)
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -log_p[np.arange(N), labels].mean()
    grad = np.exp(log_p)
    grad[:, labels] -= 1
    return loss, grad / N


# the gradient is that of the sum, not divided by N
@wrong("softmax_cross_entropy", "gradient_not_averaged")
def second_softmax_cross_entropy_4(logits, labels):
    loss = 0.0
    grad = np.zeros(logits.shape)
    for n in range(len(logits)):
        row = logits[n] - logits[n].max()
        total = np.exp(row).sum()
        loss += np.log(total) - row[labels[n]]
        grad[n] = np.exp(row) / total
        grad[n, labels[n]] -= 1
    return loss / len(logits), grad


# the velocities are set to 0 at the beginning of each epoch
@wrong("train", "velocity_anew_each_epoch")
def second_train_1(net, images, labels, epochs, batch_size, lr, momentum=0.9, weight_decay=0.0, seed=0, show=None):
    rng = np.random.default_rng(seed)
    n = len(images)
    per_epoch = -(-n // batch_size)
    losses = []
    for epoch in range(epochs):
        velocity = {name: np.zeros_like(p) for name, p in net.parameters().items()}
        order = rng.permutation(n)
        for start in range(0, n, batch_size):
            pick = order[start : start + batch_size]
            loss, grad = softmax_cross_entropy(net.forward(images[pick]), labels[pick])
            grads = net.backward(grad)
            for name, p in net.parameters().items():
                new, velocity[name] = sgd_momentum_step(p, grads[name], velocity[name], lr, momentum, weight_decay)
                p[...] = new
            losses.append(float(loss))
            if show is not None:
                show(len(losses), epochs * per_epoch, float(loss))
    return losses


# drops the last batch of an epoch where it is smaller
@wrong("train", "last_batch_dropped")
def second_train_2(net, images, labels, epochs, batch_size, lr, momentum=0.9, weight_decay=0.0, seed=0, show=None):
    rng = np.random.default_rng(seed)
    params = net.parameters()
    vel = {k: np.zeros(v.shape) for k, v in params.items()}
    batches = len(images) // batch_size
    losses, step = [], 0
    for _ in range(epochs):
        perm = rng.permutation(len(images))
        for b in range(batches):
            idx = perm[b * batch_size : (b + 1) * batch_size]
            loss, dlogits = softmax_cross_entropy(net.forward(images[idx]), labels[idx])
            grads = net.backward(dlogits)
            for k in params:
                params[k][...], vel[k] = sgd_momentum_step(params[k], grads[k], vel[k], lr, momentum, weight_decay)
            losses.append(float(loss))
            step += 1
            if show:
                show(step, epochs * batches, losses[-1])
    return losses


# makes the generator anew in each epoch, so every epoch goes through the same order
@wrong("train", "shuffled_once")
def second_train_3(net, images, labels, epochs, batch_size, lr, momentum=0.9, weight_decay=0.0, seed=0, show=None):
    params = net.parameters()
    velocities = {name: np.zeros_like(value) for name, value in params.items()}
    losses = []
    steps = epochs * int(np.ceil(len(images) / batch_size))
    for epoch in range(epochs):
        order = np.random.default_rng(seed).permutation(len(images))
        shuffled, answers = images[order], labels[order]
        for i in range(0, len(images), batch_size):
            xb, yb = shuffled[i : i + batch_size], answers[i : i + batch_size]
            loss, g = softmax_cross_entropy(net.forward(xb), yb)
            grads = net.backward(g)
            for name, value in params.items():
                new_value, velocities[name] = sgd_momentum_step(
                    value, grads[name], velocities[name], lr, momentum, weight_decay
                )
                value[:] = new_value
            losses.append(float(loss))
            if show is not None:
                show(len(losses), steps, float(loss))
    return losses


# weight decay is left out for the biases
@wrong("train", "biases_spared")
def second_train_4(net, images, labels, epochs, batch_size, lr, momentum=0.9, weight_decay=0.0, seed=0, show=None):
    rng = np.random.default_rng(seed)
    velocity = {}
    for name, p in net.parameters().items():
        velocity[name] = np.zeros_like(p)
    losses = []
    n = images.shape[0]
    total = epochs * ((n + batch_size - 1) // batch_size)
    for epoch in range(epochs):
        order = rng.permutation(n)
        for start in range(0, n, batch_size):
            batch = order[start : start + batch_size]
            loss, grad = softmax_cross_entropy(net.forward(images[batch]), labels[batch])
            for name, g in net.backward(grad).items():
                p = net.parameters()[name]
                decay = 0.0 if name.endswith("bias") else weight_decay
                new, velocity[name] = sgd_momentum_step(p, g, velocity[name], lr, momentum, decay)
                np.copyto(p, new)
            losses.append(float(loss))
            if show is not None:
                show(len(losses), total, losses[-1])
    return losses
