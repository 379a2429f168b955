"""Asks `train`: with a network that notes what it is given, and with one that reads digits."""

import numpy as np


class Counting:
    """Notes what it is given; its logits are a table's, its gradients constants."""

    def __init__(self, labels, table, values):
        self.labels, self.table = labels, table
        self.state = {"fc.weight": values[0].copy(), "fc.bias": values[1].copy()}
        self.gradients = {"fc.weight": values[2], "fc.bias": values[3]}
        self.seen, self.pairs = [], []

    def parameters(self):
        """The arrays themselves, by name."""
        return self.state

    def forward(self, x):
        """Logits (N, K) of the images whose numbers their first pixels tell."""
        self.images = np.rint(np.asarray(x)[:, 0, 0, 0]).astype(int)
        return self.table[self.images].copy()

    def backward(self, grad_logits):
        """Constants, by name; notes whether each image came with its own label."""
        self.seen.append(self.images)
        self.pairs.append(np.argmin(grad_logits, axis=1) == self.labels[self.images])
        return {name: value.copy() for name, value in self.gradients.items()}


class Reader:
    """One convolution of 3 x 3 with padding 1, ReLU, a pool of 2 x 2, and a linear layer."""

    def __init__(self, values):
        names = ("conv.weight", "conv.bias", "fc.weight", "fc.bias")
        self.state = {name: value.copy() for name, value in zip(names, values, strict=True)}

    def parameters(self):
        """The arrays themselves, by name."""
        return self.state

    def forward(self, x):
        """Logits (N, K) of images (N, 1, H, W)."""
        s = self.state
        padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
        self.view = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))[:, 0]
        maps = np.tensordot(self.view, s["conv.weight"][:, 0], ((3, 4), (1, 2))) + s["conv.bias"]
        n, rows, columns, depth = maps.shape
        blocks = maps.reshape(n, rows // 2, 2, columns // 2, 2, depth).transpose(0, 1, 3, 5, 2, 4)
        self.blocks = blocks.reshape(n, rows // 2, columns // 2, depth, 4)
        self.flat = np.maximum(self.blocks.max(-1), 0).reshape(n, -1)
        return self.flat @ s["fc.weight"].T + s["fc.bias"]

    def backward(self, grad_logits):
        """The gradients of the parameters, by name."""
        n, rows, columns, depth, _ = self.blocks.shape
        back = (grad_logits @ self.state["fc.weight"] * (self.flat > 0)).reshape(n, rows, columns, depth, 1)
        winners = np.arange(4) == self.blocks.argmax(-1)[..., None]
        maps = (back * winners).reshape(n, rows, columns, depth, 2, 2).transpose(0, 1, 4, 2, 5, 3)
        maps = maps.reshape(n, 2 * rows, 2 * columns, depth)
        taps = np.tensordot(maps, self.view, ((0, 1, 2), (0, 1, 2)))
        return {
            "conv.weight": taps[:, None],
            "conv.bias": maps.sum((0, 1, 2)),
            "fc.weight": grad_logits.T @ self.flat,
            "fc.bias": grad_logits.sum(0),
        }


def counted(net, losses, epochs, batches_divide):
    """What the counting network noted, as facts that do not depend on the order that was drawn."""
    if losses is None:
        raise TypeError("train returned None; it returns the list of the losses, one a step")
    steps = [list(map(int, images)) for images in net.seen]
    share = max(1, -(-len(steps) // epochs))
    orders = [[image for step in steps[i * share : (i + 1) * share] for image in step] for i in range(epochs)]
    everything = list(range(len(net.labels)))
    facts = {
        "sizes of the batches": [len(images) for images in steps],
        "every image once an epoch": all(sorted(order) == everything for order in orders),
        "every label with its own image": bool(all(np.all(pair) for pair in net.pairs)),
        "another order than the images lie in": orders[0] != everything,
        "a new order in every epoch": len({tuple(order) for order in orders}) == epochs,
        "parameters at the end": list(net.state.values()),
        "number of losses": len(losses),
    }
    if batches_divide:
        facts["mean of the losses"] = float(np.mean(losses))
    return facts


def drawn(student, images, labels, table, values, options, seed):
    """The order in which one epoch goes through the images."""
    net = Counting(labels, table, values)
    student(net, images, labels, **{**options, "epochs": 1, "seed": seed})
    return [int(image) for step in net.seen for image in step]


def watched(student, net, images, labels, options):
    """What `show` was told of each step, and whether it heard the losses that came back."""
    told = []
    losses = student(net, images, labels, **options, show=lambda *said: told.append(said))
    return {
        "step and steps": [tuple(map(int, said[:2])) for said in told],
        "the loss of each step": [float(said[2]) for said in told] == list(map(float, losses)),
    }


def ask(student, network, images, labels, extra, values, **options):
    """Facts about a training: of a network that counts, or what one that learned to read takes unseen digits for.

    The labels of the unseen digits are not here: whether they are read well is found out outside.
    """
    if network == "a network that counts":
        net = Counting(labels, extra[0], values)
        losses = student(net, images, labels, **options)
        facts = counted(net, losses, options["epochs"], len(labels) % options["batch_size"] == 0)
        seed = options["seed"]
        first, again, other = (
            drawn(student, images, labels, extra[0], values, options, one) for one in (seed, seed, seed + 1)
        )
        return {**facts, "the same order for the same seed": first == again, "another for another": first != other}
    if network == "a network that counts, and a function that watches":
        return watched(student, Counting(labels, extra[0], values), images, labels, options)
    net = Reader(values)
    student(net, images, labels, **options)
    return {"unseen digits": np.asarray(net.forward(extra[0]).argmax(1), np.int64)}
