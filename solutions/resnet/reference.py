"""Chapter 12 in torch: residual blocks and networks, from state dicts with torchvision's names, and their training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

State = Mapping[str, Tensor]
"""Parameters and running statistics by torchvision's names."""


def norm(x: Tensor, state: State, name: str) -> Tensor:
    """Batch normalization `name` of (N, C, H, W), with the running statistics."""
    weight, bias, mean, var = (
        state[f"{name}.{part}"].double() for part in ("weight", "bias", "running_mean", "running_var")
    )
    return F.batch_norm(x.double(), mean, var, weight, bias)


def conv(x: Tensor, state: State, name: str, stride: int = 1) -> Tensor:
    """Convolution `name` of (N, C, H, W), with padding kH // 2 and without a bias."""
    weight = state[f"{name}.weight"].double()
    return F.conv2d(x.double(), weight, stride=stride, padding=weight.shape[2] // 2)


def part(state: State, prefix: str) -> dict[str, Tensor]:
    """The entries whose names start with `prefix` and a dot, by the rest of their names."""
    return {name[len(prefix) + 1 :]: value for name, value in state.items() if name.startswith(f"{prefix}.")}


def residual_add(x: Tensor, f: Tensor) -> Tensor:
    """Y = x + f, entry by entry.

    Args:
        x: float of any shape.
        f: float, shaped as x.

    Returns:
        float, shaped as x.

    Raises:
        ValueError: the shapes differ.

    Source: He et al. 2016a, Deep residual learning for image recognition, equation 1.
    """
    if x.shape != f.shape:
        raise ValueError(f"expected two arrays of one shape, got {tuple(x.shape)} and {tuple(f.shape)}")
    return x.double() + f.double()


def projection_shortcut(
    x: Tensor, channels: int, stride: int = 1, option: str = "A", state: State | None = None
) -> Tensor:
    """The shortcut where shapes change: zeros for new channels (A), or a 1×1 convolution and batch norm (B).

    Args:
        x: (N, C, H, W) float.
        channels: C' of the output, at least C.
        stride: int, of both axes.
        option: "A" or "B".
        state: for B, downsample.0.weight (C', C, 1, 1) and the four (C',) of downsample.1.

    Returns:
        (N, C', ceil(H / stride), ceil(W / stride)) float.

    Source: He et al. 2016a, section 3.3 and torchvision.models.resnet.
    """
    if option == "A" or state is None:
        return F.pad(x.double()[:, :, ::stride, ::stride], (0, 0, 0, 0, 0, channels - x.shape[1]))
    return norm(conv(x, state, "downsample.0", stride), state, "downsample.1")


def shortcut(x: Tensor, state: State, channels: int, stride: int) -> Tensor:
    """The shortcut: x where shapes stay; else option B where the state has a projection, and A where it has none."""
    if "downsample.0.weight" in state:
        return projection_shortcut(x, channels, stride, "B", state)
    if stride != 1 or channels != x.shape[1]:
        return projection_shortcut(x, channels, stride)
    return x.double()


def basic_block(x: Tensor, state: State, stride: int = 1) -> Tensor:
    """Y = ReLU(shortcut(x) + BN(conv2(ReLU(BN(conv1(x)))))), with two 3×3 convolutions.

    Args:
        x: (N, C, H, W) float.
        state: conv1.weight (C', C, 3, 3), conv2.weight (C', C', 3, 3), weight, bias, running_mean and running_var of
            bn1 and bn2, and perhaps downsample.0 and downsample.1.
        stride: int, of conv1.

    Returns:
        (N, C', ceil(H / stride), ceil(W / stride)) float.

    Source: He et al. 2016a, figures 2 and 5 left; torchvision.models.resnet.BasicBlock.
    """
    f = F.relu(norm(conv(x, state, "conv1", stride), state, "bn1"))
    f = norm(conv(f, state, "conv2"), state, "bn2")
    return F.relu(residual_add(shortcut(x, state, f.shape[1], stride), f))


def bottleneck(x: Tensor, state: State, stride: int = 1, version: str = "1.5") -> Tensor:
    """Y = ReLU(shortcut(x) + F(x)), with F = 1×1, 3×3, 1×1 convolutions, each normalized, ReLU between them.

    Args:
        x: (N, C, H, W) float.
        state: conv1.weight (W, C, 1, 1), conv2.weight (W, W, 3, 3), conv3.weight (C', W, 1, 1), bn1 to bn3, and
            perhaps downsample.0 and downsample.1.
        stride: int.
        version: "1" strides conv1 (the models that He et al. released), "1.5" strides conv2 (torchvision).

    Returns:
        (N, C', ceil(H / stride), ceil(W / stride)) float.

    Source: He et al. 2016a, figure 5 right; torchvision.models.resnet.Bottleneck.
    """
    first, second = (stride, 1) if version == "1" else (1, stride)
    f = F.relu(norm(conv(x, state, "conv1", first), state, "bn1"))
    f = F.relu(norm(conv(f, state, "conv2", second), state, "bn2"))
    f = norm(conv(f, state, "conv3"), state, "bn3")
    return F.relu(residual_add(shortcut(x, state, f.shape[1], stride), f))


def preact_block(x: Tensor, state: State, stride: int = 1) -> Tensor:
    """Y = shortcut + conv2(ReLU(BN(conv1(ReLU(BN(x)))))), with nothing behind the addition.

    Args:
        x: (N, C, H, W) float.
        state: bn1 (C,), conv1.weight (C', C, 3, 3), bn2 (C',), conv2.weight (C', C', 3, 3), and perhaps
            downsample.weight (C', C, 1, 1), which takes ReLU(BN1(x)); without it the shortcut is x.
        stride: int, of conv1 and of the projection.

    Returns:
        (N, C', ceil(H / stride), ceil(W / stride)) float.

    Source: He et al. 2016b, Identity mappings in deep residual networks, figure 1 b and appendix.
    """
    ready = F.relu(norm(x, state, "bn1"))
    f = F.relu(norm(conv(ready, state, "conv1", stride), state, "bn2"))
    skip = conv(ready, state, "downsample", stride) if "downsample.weight" in state else x
    return residual_add(skip, conv(f, state, "conv2"))


def resnet_forward(state: State, x: Tensor) -> Tensor:
    """The logits of a ResNet, whose depth, block and shortcuts are read from its state dict.

    A 7×7 conv1 has stride 2 and a 3×3 maximum pool of stride 2 behind it (ImageNet); a 3×3 one has neither (CIFAR).
    The first block of every stage but the first has stride 2. Blocks with a conv3 are bottlenecks of version 1.5.

    Args:
        state: as torchvision names it: conv1, bn1, layer1.0.conv1 and so on, fc.weight, fc.bias.
        x: (N, C, H, W) float.

    Returns:
        (N, classes) float.

    Source: He et al. 2016a, table 1 and section 4.2; torchvision.models.resnet.
    """
    large = state["conv1.weight"].shape[2] == 7
    x = F.relu(norm(conv(x, state, "conv1", 2 if large else 1), state, "bn1"))
    if large:
        x = F.max_pool2d(x, 3, 2, 1)
    stage = 1
    while f"layer{stage}.0.conv1.weight" in state:
        number = 0
        while own := part(state, f"layer{stage}.{number}"):
            block = bottleneck if "conv3.weight" in own else basic_block
            x = block(x, own, 2 if stage > 1 and number == 0 else 1)
            number += 1
        stage += 1
    return F.linear(x.mean((2, 3)), state["fc.weight"].double(), state["fc.bias"].double())


def trained_norm(x: Tensor, state: State, name: str) -> Tensor:
    """Batch normalization `name` in training: by the batch's statistics; the state's running ones move on, in place."""
    return F.batch_norm(
        x.double(),
        state[f"{name}.running_mean"],
        state[f"{name}.running_var"],
        state[f"{name}.weight"],
        state[f"{name}.bias"],
        training=True,
    )


def trained_block(x: Tensor, state: State, stride: int = 1) -> Tensor:
    """`basic_block` in training; the state's running statistics move on, in place."""
    f = F.relu(trained_norm(conv(x, state, "conv1", stride), state, "bn1"))
    f = trained_norm(conv(f, state, "conv2"), state, "bn2")
    return F.relu(residual_add(shortcut(x, state, f.shape[1], stride), f))


BLOCK = ("conv1.weight", "bn1.weight", "bn1.bias", "conv2.weight", "bn2.weight", "bn2.bias")
"""What a basic block without a projection learns."""


def basic_block_backward(grad_output: Tensor, x: Tensor, state: State, stride: int = 1) -> dict[str, Tensor]:
    """The gradients of a loss by what went into a basic block in training, by torch's autograd.

    Args:
        grad_output: (N, C', oH, oW) float, the loss's gradient at the block's output.
        x: (N, C, H, W) float.
        state: as `basic_block` wants it, without a projection.
        stride: int, of conv1 and of the shortcut.

    Returns:
        by name, "x" and those of `BLOCK`, a gradient of the same shape.

    Source: torch.autograd; Ioffe and Szegedy 2015 for the statistics in training.
    """
    copies = {name: value.double().clone() for name, value in state.items()}
    leaves = {"x": x.double().clone(), **{name: copies[name] for name in BLOCK}}
    for leaf in leaves.values():
        leaf.requires_grad_()
    y = trained_block(leaves["x"], copies, stride)
    found = torch.autograd.grad(y, list(leaves.values()), grad_output.double())
    return dict(zip(leaves, found, strict=True))


def trained_network(state: State, x: Tensor) -> Tensor:
    """The logits of a CIFAR ResNet of basic blocks in training; the running statistics move on, in place."""
    x = F.relu(trained_norm(conv(x, state, "conv1"), state, "bn1"))
    stage = 1
    while f"layer{stage}.0.conv1.weight" in state:
        number = 0
        while own := part(state, f"layer{stage}.{number}"):
            x = trained_block(x, own, 2 if stage > 1 and number == 0 else 1)
            number += 1
        stage += 1
    return F.linear(x.mean((2, 3)), state["fc.weight"], state["fc.bias"])


def train_resnet(
    state: State,
    images: Tensor,
    labels: Tensor,
    batches: Sequence[Sequence[int]],
    lr: float,
    momentum: float = 0.9,
    weight_decay: float = 0.0,
) -> tuple[list[float], dict[str, Tensor]]:
    """One step of SGD a batch, as torch.optim.SGD takes it: the losses, and the state behind the last step.

    Args:
        state: as torchvision names it, for a CIFAR ResNet of basic blocks without projections.
        images: (N, C, H, W) float.
        labels: (N,) whole numbers.
        batches: the images' numbers, batch after batch.
        lr: the learning rate.
        momentum: how much of the velocity stays.
        weight_decay: how much of a parameter joins its gradient.

    Source: torch.optim.SGD, torch.nn.functional.cross_entropy.
    """
    trained = {name: value.double().clone() for name, value in state.items()}
    learned = [value.requires_grad_() for name, value in trained.items() if "running" not in name]
    optimizer = torch.optim.SGD(learned, lr, momentum, weight_decay=weight_decay)
    losses = []
    for batch in batches:
        chosen = torch.as_tensor(batch, device=images.device)
        optimizer.zero_grad()
        loss = F.cross_entropy(trained_network(trained, images.double()[chosen]), labels[chosen])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, {name: value.detach() for name, value in trained.items()}
