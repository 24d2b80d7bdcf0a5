"""Manage the memory of a device: PyTorch alone, or a host that shares it among many models."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import nn


class Memory(Protocol):
    """Keep networks in a device's memory. A network may be moved off while it is not used."""

    def place(self, network: nn.Module, device: torch.device, working_bytes: int) -> None:
        """Move a network to a device; call it before each use, as the network may have been moved off since the last.

        Args:
            network: whose parameters move in place; their type and strides stay.
            device: on which it will run.
            working_bytes: bytes that it needs there beside its weights.
        """
        ...

    def ran_out(self, error: RuntimeError) -> bool:
        """Say whether an error means that a device ran out of memory; if so, free unused memory."""
        ...


class PlainMemory:
    """Use PyTorch alone: what was moved to a device stays there."""

    def place(self, network: nn.Module, device: torch.device, working_bytes: int) -> None:
        """See :class:`Memory`; ``working_bytes`` is ignored."""
        network.to(device)

    def ran_out(self, error: RuntimeError) -> bool:
        """See :class:`Memory`."""
        if not (isinstance(error, torch.cuda.OutOfMemoryError) or "out of memory" in str(error).lower()):
            return False
        if torch.cuda.is_initialized():
            torch.cuda.empty_cache()
        return True
