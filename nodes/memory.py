"""Place a network in ComfyUI's memory management, which moves models to the GPU and off it."""

from __future__ import annotations

import comfy.model_management as model_management
import torch
from comfy.model_patcher import ModelPatcher
from torch import nn

from .versions import known


class HostMemory:
    """Place the networks of one generator, as its :class:`~seamsync.models.memory.Memory`; it lives as long as they do."""

    def __init__(self) -> None:
        self._patchers: dict[int, ModelPatcher] = {}

    def place(self, network: nn.Module, device: torch.device, working_bytes: int) -> None:
        """See :class:`~seamsync.models.memory.Memory`; other models are moved off where memory is short."""
        patcher = self._patchers.get(id(network))
        if patcher is None:  # it holds the network, so no other gets the same id
            patcher = self._patchers[id(network)] = ModelPatcher(network, device, model_management.unet_offload_device())
        known(model_management.load_models_gpu, [patcher], memory_required=working_bytes, force_full_load=True)
        network.to(device)  # under --novram the host leaves on the CPU what is not built of its own layers

    def ran_out(self, error: RuntimeError) -> bool:
        """See :class:`~seamsync.models.memory.Memory`."""
        if not (isinstance(error, model_management.OOM_EXCEPTION) or "out of memory" in str(error).lower()):
            return False
        model_management.soft_empty_cache()
        return True
