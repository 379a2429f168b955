"""Call a torch function with NumPy arguments and get NumPy answers back."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import torch

from autograde.errors import UsageError

DEVICES = ("auto", "cuda", "cpu")


def pick_device(name: str = "auto") -> torch.device:
    """The device to compute references on; `auto` takes CUDA where there is one.

    Raises:
        UsageError: the name is unknown, or CUDA is asked for where there is none.
    """
    if name not in DEVICES:
        raise UsageError(f"unknown device {name!r}: expected one of {', '.join(DEVICES)}")
    if name == "cuda" and not torch.cuda.is_available():
        raise UsageError("no CUDA device on this machine: use --device cpu, or auto")
    if name == "cpu" or not torch.cuda.is_available():
        return torch.device("cpu")
    # TF32 keeps 10 bits of mantissa: an answer rounded so could not be told from a wrong one.
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    return torch.device("cuda")


def device_name(device: torch.device) -> str:
    """What reports call the device: "cpu", or "cuda (NVIDIA H200)"."""
    return f"cuda ({torch.cuda.get_device_name(device)})" if device.type == "cuda" else device.type


def to_torch(value: Any, device: torch.device) -> Any:
    """Arrays become tensors on `device` (floats as float64, whole numbers as int64); containers are walked."""
    if isinstance(value, np.ndarray):
        dtype = torch.float64 if value.dtype.kind == "f" else torch.bool if value.dtype.kind == "b" else torch.int64
        return torch.tensor(value, dtype=dtype, device=device)
    if isinstance(value, (list, tuple)):
        return type(value)(to_torch(item, device) for item in value)
    if isinstance(value, Mapping):
        return {key: to_torch(item, device) for key, item in value.items()}
    return value


def to_numpy(value: Any) -> Any:
    """Tensors become arrays; containers are walked; all else stays as it is."""
    if isinstance(value, torch.Tensor):
        return value.detach().cpu().numpy()
    if isinstance(value, (list, tuple)):
        return type(value)(to_numpy(item) for item in value)
    if isinstance(value, Mapping):
        return {key: to_numpy(item) for key, item in value.items()}
    return value


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Within it torch works with one thread.

    An exam's arrays are small: on a busy machine threads wait for each other a hundred times longer than they work.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def evaluate(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any], device: torch.device
) -> Any:
    """`function` applied in torch on `device`, with NumPy in and out."""
    with _one_thread():
        return to_numpy(function(*to_torch(args, device), **to_torch(dict(kwargs), device)))
