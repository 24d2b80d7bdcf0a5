"""Pick the torch device, and the type that a network works in there."""

from __future__ import annotations

import torch

from ..errors import SeamSyncError, check_choice
from .options import PRECISIONS

DEVICES = ("auto", "cpu", "cuda", "mps")


def pick_device(name: str = "auto") -> torch.device:
    """Return the torch device called ``name``; ``auto`` takes a CUDA GPU where there is one.

    Raises:
        SeamSyncError: the device is unknown or missing.
    """
    kind, _, number = name.partition(":")
    check_choice("device", kind, DEVICES)
    if number and not (kind == "cuda" and number.isdecimal()):
        raise SeamSyncError(f"device must be {', '.join(DEVICES)} or cuda:0, cuda:1, …, got {name!r}")
    if kind == "auto":
        kind = "cuda" if torch.cuda.is_available() else "cpu"
        return torch.device(kind)
    gpus = torch.cuda.device_count()
    available = {"cpu": True, "cuda": int(number or 0) < gpus, "mps": torch.backends.mps.is_available()}
    if not available[kind]:
        raise SeamSyncError(f"device {name!r} is not available to this PyTorch ({torch.__version__}); use 'auto' or 'cpu'")
    return torch.device(name)


def pick_dtype(precision: str, device: torch.device) -> torch.dtype:
    """The type that ``precision`` comes to on a device.

    Args:
        precision: one of :data:`PRECISIONS`. A CPU has no arithmetic for float16 and gets float32; a GPU without bfloat16 gets
            float16.
        device: where the network runs.

    Raises:
        SeamSyncError: an unknown name.
    """
    check_choice("precision", precision, PRECISIONS)
    half = precision != "float32" if device.type != "cpu" else precision == "bfloat16"
    if not half:
        return torch.float32
    known = device.type != "cuda" or torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.bfloat16 if precision == "bfloat16" and known else torch.float16
