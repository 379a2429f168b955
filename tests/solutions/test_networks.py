"""The torch networks have the published numbers of parameters and of multiply-accumulates, and torchvision's names."""

import pytest
import torch
from torch import nn

from solutions.dense_networks import DenseNet, cifar_densenet, densenet
from solutions.networks import CifarResNet, WideResNet, resnet

PARAMETERS = {
    "ResNet-18": (lambda: resnet(18), 11_689_512),
    "ResNet-34": (lambda: resnet(34), 21_797_672),
    "ResNet-50": (lambda: resnet(50), 25_557_032),
    "ResNet-101": (lambda: resnet(101), 44_549_160),
    "ResNet-152": (lambda: resnet(152), 60_192_808),
    "CIFAR ResNet-20 A": (lambda: CifarResNet(20), 269_722),
    "CIFAR ResNet-56 A": (lambda: CifarResNet(56), 853_018),
    "CIFAR ResNet-110 A": (lambda: CifarResNet(110), 1_727_962),
    "CIFAR ResNet-20 B": (lambda: CifarResNet(20, "B"), 272_474),
    "WRN-28-10": (lambda: WideResNet(28, 10), 36_479_194),
    "DenseNet-121": (lambda: densenet(121), 7_978_856),
    "DenseNet-169": (lambda: densenet(169), 14_149_480),
    "DenseNet-201": (lambda: densenet(201), 20_013_928),
    "DenseNet-161": (lambda: densenet(161), 28_681_000),
    "DenseNet L40 k12": (lambda: cifar_densenet(40, 12), 1_019_722),
    "DenseNet L100 k12": (lambda: cifar_densenet(100, 12), 6_979_642),
    "DenseNet-BC-100-12": (lambda: cifar_densenet(100, 12, True), 769_162),
    "DenseNet-BC-250-24": (lambda: cifar_densenet(250, 24, True), 15_324_406),
    "DenseNet-BC-190-40": (lambda: cifar_densenet(190, 40, True), 25_624_430),
}
MACS = {
    "ResNet-18": (lambda: resnet(18), 1_814_073_344),
    "ResNet-50 v1": (lambda: resnet(50, "1"), 3_857_973_248),
    "ResNet-50 v1.5": (lambda: resnet(50, "1.5"), 4_089_184_256),
}


@pytest.fixture(autouse=True)
def _shapes_only():
    """Modules are made without memory for their weights: only shapes are counted here."""
    with torch.device("meta"):
        yield


def _count(model):
    return sum(p.numel() for p in model.parameters())


@pytest.mark.parametrize(("make", "published"), PARAMETERS.values(), ids=list(PARAMETERS))
def test_parameters(make, published):
    assert _count(make()) == published


@pytest.mark.parametrize(("make", "published"), MACS.values(), ids=list(MACS))
def test_multiply_accumulates_of_a_224_image(make, published):
    total = 0

    def count(module, _, output):
        nonlocal total
        total += output[0].numel() * module.weight[0].numel()

    model = make()
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            module.register_forward_hook(count)
    model(torch.empty(1, 3, 224, 224))
    assert total == published


def test_compression_left_on_gives_a_smaller_network():
    as_bc = DenseNet((12, 12, 12), 12, 24, 0, 0.5, imagenet=False, classes=10)
    assert _count(as_bc) == 599_050  # with DenseNet-BC's stem of 2k maps, as the authors' code has it by default
    compression_alone = DenseNet((12, 12, 12), 12, 16, 0, 0.5, imagenet=False, classes=10)
    assert _count(compression_alone) == 578_090


def test_names_are_torchvisions():
    names = set(resnet(50).state_dict())
    assert {
        "conv1.weight", "bn1.running_var", "layer1.0.downsample.0.weight", "layer1.0.downsample.1.num_batches_tracked",
        "layer4.2.conv3.weight", "layer4.2.bn3.bias", "fc.weight", "fc.bias",
    } <= names  # fmt: skip
    assert len(names) == 320
    names = set(densenet(121).state_dict())
    assert {
        "features.conv0.weight", "features.norm0.bias", "features.denseblock1.denselayer1.norm1.weight",
        "features.denseblock4.denselayer16.conv2.weight", "features.transition3.conv.weight",
        "features.norm5.running_mean", "classifier.weight",
    } <= names  # fmt: skip


@pytest.mark.parametrize("depth", [7, 19, 2])
def test_depths_that_are_none_are_refused(depth):
    with pytest.raises(ValueError, match="6n \\+ 2"):
        CifarResNet(depth)


def test_other_arguments_that_are_none_are_refused():
    with pytest.raises(ValueError, match="option A"):
        CifarResNet(20, "C")
    with pytest.raises(ValueError, match="a depth of 18"):
        resnet(19)
    with pytest.raises(ValueError, match="a depth of 121"):
        densenet(120)
    with pytest.raises(ValueError, match="6n \\+ 4"):
        cifar_densenet(99, 12, True)
