"""Device and stop button of the stand-in host."""

from __future__ import annotations

import torch

interrupted = False


class InterruptProcessingException(BaseException):
    """Raised inside a node when the user pressed stop."""


def throw_exception_if_processing_interrupted() -> None:
    global interrupted
    if interrupted:
        interrupted = False
        raise InterruptProcessingException


def get_torch_device() -> torch.device:
    return torch.device("cpu")
