"""Residual and dense networks as torch modules, with torchvision's names in their state dicts.

They hold the published networks' parameters and nothing else, so that a file of pretrained weights loads into them by
name. Everything runs on any device and in any float type.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence

import torch.nn.functional as F
from torch import Tensor, nn


def _conv(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)


class PadShortcut(nn.Module):
    """Option A of He et al. (2016a): every stride-th pixel, and zeros for the channels that are new.

    Args:
        channels: the output's channels.
        stride: int.
    """

    def __init__(self, channels: int, stride: int) -> None:
        super().__init__()
        self.channels, self.stride = channels, stride

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, channels, ceil(H / stride), ceil(W / stride))."""
        return F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.channels - x.shape[1]))


def projection(inputs: int, outputs: int, stride: int) -> nn.Module:
    """Option B of He et al. (2016a): a strided 1×1 convolution and batch normalization."""
    return nn.Sequential(_conv(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))


class BasicBlock(nn.Module):
    """ReLU(BN(conv3×3(ReLU(BN(conv3×3(x))))) + shortcut(x)); without the shortcut where `residual` is False.

    Args:
        inputs: input channels.
        outputs: output channels.
        stride: of the first convolution.
        shortcut: makes the shortcut where shapes differ, from (inputs, outputs, stride).
        residual: whether there is a shortcut at all.
    """

    expansion = 1

    def __init__(
        self, inputs: int, outputs: int, stride: int, shortcut: Callable[..., nn.Module], residual: bool = True
    ) -> None:
        super().__init__()
        self.conv1, self.bn1 = _conv(inputs, outputs, 3, stride), nn.BatchNorm2d(outputs)
        self.conv2, self.bn2 = _conv(outputs, outputs, 3), nn.BatchNorm2d(outputs)
        self.residual = residual
        if residual and (stride != 1 or inputs != outputs):
            self.downsample = shortcut(inputs, outputs, stride)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, H / stride, W / stride)."""
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if not self.residual:
            return F.relu(y)
        return F.relu(y + (self.downsample(x) if hasattr(self, "downsample") else x))


class Bottleneck(nn.Module):
    """1×1 down to `width`, 3×3, 1×1 up to 4 · `width`, added to the shortcut, then ReLU.

    Args:
        inputs: input channels.
        width: channels of the 3×3 convolution.
        stride: int.
        version: "1" strides the first 1×1 (the models that He et al. released), "1.5" the 3×3 (torchvision).
    """

    expansion = 4

    def __init__(self, inputs: int, width: int, stride: int, version: str = "1.5") -> None:
        super().__init__()
        first, second = (stride, 1) if version == "1" else (1, stride)
        self.conv1, self.bn1 = _conv(inputs, width, 1, first), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = _conv(width, width, 3, second), nn.BatchNorm2d(width)
        self.conv3, self.bn3 = _conv(width, 4 * width, 1), nn.BatchNorm2d(4 * width)
        if stride != 1 or inputs != 4 * width:
            self.downsample = projection(inputs, 4 * width, stride)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, 4 · width, H / stride, W / stride)."""
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn3(self.conv3(F.relu(self.bn2(self.conv2(y)))))
        return F.relu(y + (self.downsample(x) if hasattr(self, "downsample") else x))


class ResNet(nn.Module):
    """The ImageNet networks of He et al. (2016a): 7×7 stem, maximum pool, four stages, average, linear.

    Args:
        blocks: number of blocks in each of the four stages.
        bottleneck: whether blocks are bottlenecks.
        version: of the bottleneck, "1" or "1.5".
        widths: the stages' widths.
        classes: outputs.
        inputs: input channels.
    """

    def __init__(
        self,
        blocks: Sequence[int],
        bottleneck: bool = False,
        version: str = "1.5",
        widths: Sequence[int] = (64, 128, 256, 512),
        classes: int = 1000,
        inputs: int = 3,
    ) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inputs, widths[0], 7, 2, 3, bias=False), nn.BatchNorm2d(widths[0])
        channels = widths[0]
        for stage, (count, width) in enumerate(zip(blocks, widths, strict=True), start=1):
            parts: list[nn.Module] = []
            for number in range(count):
                stride = 2 if stage > 1 and number == 0 else 1
                if bottleneck:
                    parts.append(Bottleneck(channels, width, stride, version))
                else:
                    parts.append(BasicBlock(channels, width, stride, projection))
                channels = width * (4 if bottleneck else 1)
            setattr(self, f"layer{stage}", nn.Sequential(*parts))
        self.fc = nn.Linear(channels, classes)

    def stages(self, x: Tensor) -> OrderedDict[str, Tensor]:
        """What each stage gives for (N, C, H, W) images, the logits (N, classes) last."""
        found: OrderedDict[str, Tensor] = OrderedDict()
        x = found["stem"] = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        for name in ("layer1", "layer2", "layer3", "layer4"):
            x = found[name] = getattr(self, name)(x)
        found["fc"] = self.fc(x.mean((2, 3)))
        return found

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, classes)."""
        return self.stages(x)["fc"]


class CifarResNet(nn.Module):
    """The CIFAR networks of He et al. (2016a): 3×3 stem and three stages of n blocks, 6n + 2 layers with weights.

    Args:
        depth: 6n + 2.
        option: "A" pads new channels with zeros, "B" projects.
        residual: False leaves every shortcut out: the plain network.
        width: channels of the first stage; the others have twice and four times as many.
        classes: outputs.
        inputs: input channels.
    """

    def __init__(
        self,
        depth: int,
        option: str = "A",
        residual: bool = True,
        width: int = 16,
        classes: int = 10,
        inputs: int = 3,
    ) -> None:
        super().__init__()
        if depth < 8 or (depth - 2) % 6:
            raise ValueError(f"a CIFAR ResNet has 6n + 2 layers, such as 8, 20, 32 or 56, not {depth}")
        if option not in ("A", "B"):
            raise ValueError(f"expected the option A (zeros) or B (projection), not {option!r}")
        shortcut = projection if option == "B" else lambda inputs, outputs, stride: PadShortcut(outputs, stride)
        self.conv1, self.bn1 = _conv(inputs, width, 3), nn.BatchNorm2d(width)
        channels = width
        for stage in (1, 2, 3):
            parts = []
            outputs = width * 2 ** (stage - 1)
            for number in range((depth - 2) // 6):
                stride = 2 if stage > 1 and number == 0 else 1
                parts.append(BasicBlock(channels, outputs, stride, shortcut, residual))
                channels = outputs
            setattr(self, f"layer{stage}", nn.Sequential(*parts))
        self.fc = nn.Linear(channels, classes)

    def stages(self, x: Tensor) -> OrderedDict[str, Tensor]:
        """What each stage gives for (N, C, H, W) images, the logits (N, classes) last."""
        found: OrderedDict[str, Tensor] = OrderedDict()
        x = found["stem"] = F.relu(self.bn1(self.conv1(x)))
        for name in ("layer1", "layer2", "layer3"):
            x = found[name] = getattr(self, name)(x)
        found["fc"] = self.fc(x.mean((2, 3)))
        return found

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, classes)."""
        return self.stages(x)["fc"]


def resnet(depth: int, version: str = "1.5", classes: int = 1000) -> ResNet:
    """ResNet-18, 34, 50, 101 or 152 of He et al. (2016a), Table 1.

    Raises:
        ValueError: another depth.
    """
    table = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
    if depth not in table:
        raise ValueError(f"expected a depth of {', '.join(map(str, table))}, not {depth}")
    return ResNet(table[depth], bottleneck=depth >= 50, version=version, classes=classes)


class WideBlock(nn.Module):
    """Pre-activation block of Zagoruyko and Komodakis (2016): BN, ReLU, conv3×3, BN, ReLU, conv3×3, added."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(inputs), _conv(inputs, outputs, 3, stride)
        self.bn2, self.conv2 = nn.BatchNorm2d(outputs), _conv(outputs, outputs, 3)
        if inputs != outputs:
            self.downsample = _conv(inputs, outputs, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, H / stride, W / stride)."""
        ready = F.relu(self.bn1(x))
        y = self.conv2(F.relu(self.bn2(self.conv1(ready))))
        return y + (self.downsample(ready) if hasattr(self, "downsample") else x)


class WideResNet(nn.Module):
    """WRN-depth-k of Zagoruyko and Komodakis (2016) for CIFAR: 6n + 4 layers, stages k times as wide.

    Args:
        depth: 6n + 4.
        k: widening factor.
        classes: outputs.
    """

    def __init__(self, depth: int = 28, k: int = 10, classes: int = 10) -> None:
        super().__init__()
        self.conv1 = _conv(3, 16, 3)
        channels = 16
        for stage in (1, 2, 3):
            parts = []
            for number in range((depth - 4) // 6):
                outputs = 16 * k * 2 ** (stage - 1)
                parts.append(WideBlock(channels, outputs, 2 if stage > 1 and number == 0 else 1))
                channels = outputs
            setattr(self, f"layer{stage}", nn.Sequential(*parts))
        self.bn = nn.BatchNorm2d(channels)
        self.fc = nn.Linear(channels, classes)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, H, W) to (N, classes)."""
        x = self.conv1(x)
        for name in ("layer1", "layer2", "layer3"):
            x = getattr(self, name)(x)
        return self.fc(F.relu(self.bn(x)).mean((2, 3)))
