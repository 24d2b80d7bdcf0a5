"""Who answers for the memory of a device: PyTorch alone, or a host that shares it among many models."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import nn


class Memory(Protocol):
    """Keeps networks in a device's memory, and may take one off while it rests."""

    def place(self, network: nn.Module, device: torch.device, room: int) -> None:
        """Have a network on a device; called before each use, as it may have been taken off since the last.

        Args:
            network: whose parameters move in place; their type and strides stay.
            device: where it is about to run.
            room: bytes that it needs there beside its weights.
        """
        ...

    def ran_out(self, error: RuntimeError) -> bool:
        """Whether an error means that a device ran out of memory; if so, what is held without need is let go of."""
        ...


class PlainMemory:
    """PyTorch alone: what was moved to a device stays there."""

    def place(self, network: nn.Module, device: torch.device, room: int) -> None:
        """See :class:`Memory`; ``room`` is left to chance."""
        network.to(device)

    def ran_out(self, error: RuntimeError) -> bool:
        """See :class:`Memory`."""
        if not (isinstance(error, torch.cuda.OutOfMemoryError) or "out of memory" in str(error).lower()):
            return False
        if torch.cuda.is_initialized():
            torch.cuda.empty_cache()
        return True
