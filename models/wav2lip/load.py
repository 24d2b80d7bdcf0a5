"""Wav2Lip from a file of the user's own: which of the layouts it is, and what else people mistake for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import torch

from ...errors import SeamSyncError
from ..weights import check_keys, load_state_dict
from .entry import OTHERS
from .network import Wav2Lip
from .onnx import read_onnx

#: Blocks of the face encoder → side of the picture.
_SIDES = {7: 96, 8: 256, 9: 288}
_WANTED = "wav2lip.pth, wav2lip_gan.pth, or a Wav2Lip of 256 or 288 pixels"


def load_wav2lip(
    path: str | Path, device: torch.device | str = "cpu", dtype: torch.dtype = torch.float32, *, fold: bool = False
) -> Wav2Lip:
    """The network in a file, ready for inference; nothing in the file is executed, nothing but its weights is kept.

    Reads the published ``.pth`` files (legacy containers with the optimizer's state), ``.pt`` of TorchScript,
    ``.safetensors``, and ``.onnx`` (whose weights are taken out). The picture's size follows from the weights.

    Args:
        path: the file.
        device: where the network is put.
        dtype: of its weights.
        fold: work batch norm into the convolutions; ``.onnx`` files mostly are so already.

    Raises:
        SeamSyncError: missing, truncated, or another network; says what it looks like.
    """
    path = Path(path)
    if path.suffix == ".onnx":
        network = read_onnx(path)
    else:
        state = load_state_dict(path)
        network = Wav2Lip(picture_size(state, path.name))
        check_keys(network.state_dict(), state, path.name)
        network.load_state_dict(state)
    network = network.eval().requires_grad_(False)
    return (network.fold() if fold else network).to(device, dtype)


def picture_size(keys: Mapping[str, object] | Iterable[str], name: str) -> int:
    """Side of the picture, in pixels, of the layout that has these keys.

    Args:
        keys: of a state dict.
        name: what the user calls the checkpoint.

    Raises:
        SeamSyncError: no Wav2Lip generator, or one of another layout.
    """
    found = list(keys)
    other = next((what for start, what in OTHERS.items() if any(key.startswith(start) for key in found)), None)
    if other:
        raise SeamSyncError(f"{name} is {other}; give {_WANTED}")
    blocks = {key.split(".")[1] for key in found if key.startswith("face_encoder_blocks.")}
    if not blocks:
        raise SeamSyncError(f"{name} is no Wav2Lip: its {len(found)} keys begin with {', '.join(found[:2])}; give {_WANTED}")
    if len(blocks) not in _SIDES:
        why = f"has {len(blocks)} blocks in its face encoder, known are 7, 8 and 9 (96, 256 and 288 pixels)"
        raise SeamSyncError(f"{name} is a Wav2Lip of another layout: it {why}; give {_WANTED}")
    return _SIDES[len(blocks)]
