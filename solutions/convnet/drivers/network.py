"""Asks `ConvNet`: one network, and one of its ways."""

import numpy as np

NAMES = ("conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias", "fc.weight", "fc.bias")


def ask(student, task, x, grad_logits, values):
    """What a task makes the student's network answer.

    A task is "forward", "backward", "update", "own copies", "second batch" or "kept gradients".
    """
    given = {name: np.array(value) for name, value in zip(NAMES, values, strict=True)}
    net = student(given)
    if task == "own copies":
        for value in given.values():
            value[...] = value * 0.5 - 0.125
    if task in ("second batch", "kept gradients"):
        net.forward(x[:2])
        first = net.backward(grad_logits[:2])
    logits = net.forward(x)
    if task in ("forward", "own copies"):
        return logits
    if task == "kept gradients":
        net.backward(grad_logits)
        return first
    if task == "update":
        for value in net.parameters().values():
            value[...] = value * 0.5 - 0.125
        return net.forward(x)
    return net.backward(grad_logits)
