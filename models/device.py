"""Pick the torch device."""

from __future__ import annotations

import torch

from ..errors import SeamSyncError, check_choice

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
