"""Checkpoints in the containers that Wav2Lip's files really have, written by the tests themselves."""

from __future__ import annotations

import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

import torch
import torch._utils
from wav2lip_reference import random_state

_MAGIC, _PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
_STORAGES = {torch.float32: torch.FloatStorage, torch.int64: torch.LongStorage}


class _Stored:
    """A tensor's storage, to be written after the pickle."""

    def __init__(self, key: str, tensor: torch.Tensor) -> None:
        self.key, self.tensor = key, tensor.contiguous()


class _LegacyPickler(pickle.Pickler):
    """Pickles tensors as PyTorch did before 1.6, as if they had lain on the first GPU."""

    def __init__(self, stream: Any) -> None:
        super().__init__(stream, protocol=2)
        self.stored: list[_Stored] = []

    def reducer_override(self, value: Any) -> Any:
        """Tensors become calls that rebuild them from their storage."""
        if not isinstance(value, torch.Tensor):
            return NotImplemented
        self.stored.append(stored := _Stored(str(10_000 + len(self.stored)), value))
        stride = stored.tensor.stride()
        return torch._utils._rebuild_tensor_v2, (stored, 0, tuple(value.shape), stride, False, OrderedDict())

    def persistent_id(self, value: Any) -> Any:
        """Storages are named, with the device they lay on."""
        if isinstance(value, _Stored):
            kind = _STORAGES[value.tensor.dtype]
            return ("storage", kind, value.key, "cuda:0", value.tensor.numel(), None)
        return None


def save_legacy(content: Any, path: Path) -> Path:
    """Write a container of PyTorch's first format whose storages are tagged ``cuda:0``."""
    with path.open("wb") as stream:
        system = {"protocol_version": _PROTOCOL, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
        for part in (_MAGIC, _PROTOCOL, system):
            pickle.dump(part, stream, protocol=2)
        pickler = _LegacyPickler(stream)
        pickler.dump(content)
        ordered = sorted(pickler.stored, key=lambda stored: stored.key)
        pickle.dump([stored.key for stored in ordered], stream, protocol=2)
        for stored in ordered:
            stream.write(stored.tensor.numel().to_bytes(8, "little"))
            stream.write(stored.tensor.numpy().tobytes())
    return path


def published_container(state: dict[str, torch.Tensor], *, prefix: str = "") -> dict[str, Any]:
    """The state dict as the published files hold it: beside Adam's state (of a few weights only) and two counters."""
    moments = {number: {"step": 9, "exp_avg": torch.ones(2), "exp_avg_sq": torch.ones(2)} for number in range(3)}
    group = {"lr": 1e-4, "betas": (0.5, 0.999), "eps": 1e-8, "weight_decay": 0, "amsgrad": False, "params": [0, 1, 2]}
    weights = OrderedDict((prefix + key, value) for key, value in state.items())
    optimizer = {"state": moments, "param_groups": [group]}
    return {"state_dict": weights, "optimizer": optimizer, "global_step": 258_000, "global_epoch": 88}


def random_checkpoint(folder: Path, name: str = "wav2lip_gan.pth") -> Path:
    """A file of the published container and layout, with random weights, in a folder that is made for it."""
    folder.mkdir(parents=True, exist_ok=True)
    return save_legacy(published_container(random_state()), folder / name)
