"""Dense networks as torch modules, with torchvision's names in their state dicts."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class DenseLayer(nn.Module):
    """BN, ReLU, 1×1 to `bottleneck` · growth maps, BN, ReLU, 3×3 to growth maps; without a bottleneck: BN, ReLU, 3×3.

    Args:
        inputs: input channels.
        growth: maps that the layer adds, the paper's k.
        bottleneck: width of the 1×1 convolution in units of growth, 0 for none.
    """

    def __init__(self, inputs: int, growth: int, bottleneck: int) -> None:
        super().__init__()
        width = bottleneck * growth
        self.norm1 = nn.BatchNorm2d(inputs)
        if bottleneck:
            self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
            self.norm2 = nn.BatchNorm2d(width)
            self.conv2 = nn.Conv2d(width, growth, 3, padding=1, bias=False)
        else:
            self.conv1 = nn.Conv2d(inputs, growth, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to the new maps alone, (N, growth, H, W)."""
        y = self.conv1(F.relu(self.norm1(x)))
        return self.conv2(F.relu(self.norm2(y))) if hasattr(self, "conv2") else y


class Transition(nn.Module):
    """BN, ReLU, 1×1, 2×2 average pool.

    Args:
        inputs: input channels.
        outputs: output channels.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(inputs)
        self.conv = nn.Conv2d(inputs, outputs, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, H / 2, W / 2)."""
        return F.avg_pool2d(self.conv(F.relu(self.norm(x))), 2)


class DenseBlock(nn.ModuleDict):
    """Layers that each see the block's input and every map made before, concatenated."""

    def __init__(self, layers: int, inputs: int, growth: int, bottleneck: int) -> None:
        super().__init__()
        for number in range(layers):
            self[f"denselayer{number + 1}"] = DenseLayer(inputs + number * growth, growth, bottleneck)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, inputs + layers · growth, H, W)."""
        for layer in self.values():
            x = torch.cat([x, layer(x)], 1)
        return x


class DenseNet(nn.Module):
    """The dense networks of Huang et al. (2017).

    Args:
        blocks: number of layers in each dense block.
        growth: the growth rate k.
        stem: channels of the first convolution.
        bottleneck: width of the 1×1 convolutions in units of growth, 0 for none.
        compression: the paper's theta, the share of channels that a transition keeps.
        imagenet: 7×7 stem with normalization and a pool; False has the 3×3 stem of the CIFAR networks.
        classes: outputs.
        inputs: input channels.
    """

    def __init__(
        self,
        blocks: Sequence[int],
        growth: int,
        stem: int,
        bottleneck: int = 4,
        compression: float = 0.5,
        imagenet: bool = True,
        classes: int = 1000,
        inputs: int = 3,
    ) -> None:
        super().__init__()
        self.imagenet = imagenet
        parts: OrderedDict[str, nn.Module] = OrderedDict()
        if imagenet:
            parts["conv0"] = nn.Conv2d(inputs, stem, 7, 2, 3, bias=False)
            parts["norm0"] = nn.BatchNorm2d(stem)
        else:
            parts["conv0"] = nn.Conv2d(inputs, stem, 3, padding=1, bias=False)
        channels = stem
        for number, layers in enumerate(blocks, start=1):
            parts[f"denseblock{number}"] = DenseBlock(layers, channels, growth, bottleneck)
            channels += layers * growth
            if number < len(blocks):
                kept = int(channels * compression)
                parts[f"transition{number}"] = Transition(channels, kept)
                channels = kept
        parts[f"norm{len(blocks) + 1}"] = nn.BatchNorm2d(channels)
        self.features = nn.ModuleDict(parts)
        self.classifier = nn.Linear(channels, classes)

    def stages(self, x: Tensor) -> OrderedDict[str, Tensor]:
        """What each part gives for (N, C, H, W) images, the logits (N, classes) last."""
        found: OrderedDict[str, Tensor] = OrderedDict()
        for name, part in self.features.items():
            x = part(x)
            if name == "norm0":
                x = F.max_pool2d(F.relu(x), 3, 2, 1)
            elif name.startswith("norm"):
                x = F.relu(x)
            found[name] = x
        found["classifier"] = self.classifier(x.mean((2, 3)))
        return found

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, classes)."""
        return self.stages(x)["classifier"]


def densenet(depth: int, classes: int = 1000) -> DenseNet:
    """DenseNet-121, 169, 201 or 161 of Huang et al. (2017), Table 1 (161 as in the authors' code).

    Raises:
        ValueError: another depth.
    """
    table = {121: (6, 12, 24, 16), 169: (6, 12, 32, 32), 201: (6, 12, 48, 32), 161: (6, 12, 36, 24)}
    if depth not in table:
        raise ValueError(f"expected a depth of {', '.join(map(str, table))}, not {depth}")
    growth, stem = (48, 96) if depth == 161 else (32, 64)
    return DenseNet(table[depth], growth, stem, classes=classes)


def cifar_densenet(depth: int, growth: int, bottleneck: bool = False, classes: int = 10) -> DenseNet:
    """The CIFAR networks of Huang et al. (2017): three equal blocks; `bottleneck` makes it DenseNet-BC.

    Raises:
        ValueError: the depth does not divide into three equal blocks.
    """
    layers, rest = divmod(depth - 4, 6 if bottleneck else 3)
    if rest:
        raise ValueError(f"expected a depth of {'6' if bottleneck else '3'}n + 4, not {depth}")
    stem = 2 * growth if bottleneck else 16
    width, compression = (4, 0.5) if bottleneck else (0, 1.0)
    return DenseNet((layers,) * 3, growth, stem, width, compression, imagenet=False, classes=classes)
