"""Device, memory and stop button of the stand-in host."""

from __future__ import annotations

from typing import Any

import torch

OOM_EXCEPTION = torch.cuda.OutOfMemoryError
interrupted = False
#: What :func:`load_models_gpu` was asked for: the models, and the bytes beside them.
loaded: list[tuple[list[Any], int]] = []
#: Times the cache was emptied.
emptied = 0


class InterruptProcessingException(BaseException):
    """Raised inside a node when the user pressed stop."""


def throw_exception_if_processing_interrupted() -> None:
    global interrupted
    if interrupted:
        interrupted = False
        raise InterruptProcessingException


def get_torch_device() -> torch.device:
    return torch.device("cpu")


def unet_offload_device() -> torch.device:
    return torch.device("cpu")


def free_memory(memory_required: float, device: torch.device) -> None: ...


def load_models_gpu(models: list[Any], memory_required: float = 0, force_full_load: bool = False) -> None:
    loaded.append((models, int(memory_required)))
    for patcher in models:
        patcher.model.to(patcher.load_device)


def soft_empty_cache() -> None:
    global emptied
    emptied += 1
