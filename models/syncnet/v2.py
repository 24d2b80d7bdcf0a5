"""Implement SyncNet 2, the network behind the LSE-C and LSE-D of papers, in the layout of ``syncnet_v2.model``.

Source: Chung and Zisserman, "Out of time: automated lip sync in the wild" (2016), and joonson/syncnet_python. Names of
modules are the checkpoint's keys.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ..weights import check_keys, load_state_dict
from .windows import crop_windows

#: Side of a face crop.
SIDE = 224
#: Columns of cepstra that five pictures go with.
SPAN = 20

_Modules = tuple[nn.Module, ...]


def _audio_unit(channels: int, out: int, kernel: tuple[int, int] = (3, 3), padding: int = 1) -> _Modules:
    """Build convolution, batch norm, ReLU."""
    return nn.Conv2d(channels, out, kernel, padding=padding), nn.BatchNorm2d(out), nn.ReLU()


def _lip_unit(channels: int, out: int, kernel: tuple[int, int, int] = (1, 3, 3), stride: int = 1, padding: int = 1) -> _Modules:
    """Build the same over time, rows and columns; stride and padding are those of rows and columns."""
    convolution = nn.Conv3d(channels, out, kernel, (1, stride, stride), (0, padding, padding))
    return convolution, nn.BatchNorm3d(out), nn.ReLU()


def _lip_pool(padding: int = 0) -> nn.Module:
    return nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, padding, padding))


def _projection() -> nn.Sequential:
    """Build the projection of features ``[B,512]`` to an embedding ``[B,1024]``."""
    return nn.Sequential(nn.Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Linear(512, 1024))


class SyncNet2(nn.Module):
    """Implement the network; its ``state_dict`` has the published 102 keys and shapes."""

    def __init__(self) -> None:
        super().__init__()
        self.netcnnaud = nn.Sequential(
            *(*_audio_unit(1, 64), nn.Identity()),  # in the published one, pooling over one pixel
            *(*_audio_unit(64, 192), nn.MaxPool2d(3, (1, 2))),
            *_audio_unit(192, 384),
            *_audio_unit(384, 256),
            *(*_audio_unit(256, 256), nn.MaxPool2d(3, 2)),
            *_audio_unit(256, 512, (5, 4), 0),
        )
        self.netfcaud, self.netfclip = _projection(), _projection()
        self.netcnnlip = nn.Sequential(
            *(*_lip_unit(3, 96, (5, 7, 7), 2, 0), _lip_pool()),
            *(*_lip_unit(96, 256, (1, 5, 5), 2), _lip_pool(1)),
            *_lip_unit(256, 256),
            *_lip_unit(256, 256),
            *(*_lip_unit(256, 256), _lip_pool()),
            *_lip_unit(256, 512, (1, 6, 6), 1, 0),
        )

    def forward(self, cepstra: Tensor, faces: Tensor) -> tuple[Tensor, Tensor]:
        """Return embeddings of speech and faces. The better they match, the nearer they are.

        Args:
            cepstra: float ``[B,1,13,20]``, of :func:`~.mfcc.mfcc`.
            faces: float ``[B,3,5,224,224]``, five face crops at 25 frames a second, BGR 0…255.

        Returns:
            float ``[B,1024]`` each, of any length.
        """
        return self.embed_speech(cepstra), self.embed_faces(faces)

    def embed_speech(self, cepstra: Tensor) -> Tensor:
        """Return embeddings of cepstra alone."""
        return self.netfcaud(self.netcnnaud(cepstra).flatten(1))

    def embed_faces(self, faces: Tensor) -> Tensor:
        """Return embeddings of faces alone."""
        return self.netfclip(self.netcnnlip(faces).flatten(1))


def load_syncnet2(path: Path, device: torch.device) -> SyncNet2:
    """Load the published network for inference.

    Counters of batches, which files of old PyTorch lack and inference does not use, may be missing.

    Raises:
        SeamSyncError: the file is missing or damaged, or holds another network.
    """
    network = SyncNet2()
    own = network.state_dict()
    weights = {key: value for key, value in own.items() if key.endswith("num_batches_tracked")} | load_state_dict(path)
    check_keys(own, weights, path.name)
    network.load_state_dict(weights)
    return network.eval().requires_grad_(False).to(device)


def face_volumes(crops: np.ndarray) -> Tensor:
    """Return every window of five successive crops.

    Args:
        crops: uint8 ``[N,224,224,3]``, RGB, of :func:`~.crops.wide_regions`, at 25 frames a second.

    Returns:
        float32 ``[N−4,3,5,224,224]``, as :meth:`SyncNet2.forward` takes them; N < 5 gives none.
    """
    return crop_windows(crops, SIDE, SIDE).transpose(1, 2)
