"""Programs that somebody wrote who had seen chapter 9's notebook alone, and none of its questions.

Above each wrong program stands what is wrong with it, in its author's words. Left out are those whose idea a
program of bank.py holds already.
"""

import numpy as np

from autograde.course.program import edited, right


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
    says="the answer is right, but your function changed its input: work on a copy",
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
    says="the answer is right, but your function changed its input: work on a copy",
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
