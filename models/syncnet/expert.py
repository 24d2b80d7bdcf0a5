"""Run the SyncNet that Wav2Lip was trained against, on a fifth of a second of speech and five half faces.

The LSE-C and LSE-D of papers come from another network, SyncNet 2 (:mod:`.v2`). Numbers of the two must not be compared.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..wav2lip.layers import Unit, units
from ..weights import check_keys, load_state_dict
from .layers import FACE, SPEECH
from .windows import FRAMES, crop_windows

#: Side of a face crop; the network takes the lower half.
SIDE = 96


class SyncNet(nn.Module):
    """Implement the network; its ``state_dict`` has the published 217 keys, shapes and order."""

    def __init__(self) -> None:
        super().__init__()
        self.face_encoder = units(3 * FRAMES, FACE)
        self.audio_encoder = units(1, SPEECH)

    def forward(self, mel: Tensor, faces: Tensor) -> tuple[Tensor, Tensor]:
        """Return embeddings of speech and faces. The better they match, the higher their dot product, 0…1.

        Args:
            mel: float ``[B,1,80,16]``, −4…4.
            faces: float ``[B,15,48,96]``, lower halves of five face crops at 25 frames a second, BGR 0…1, frame after frame.

        Returns:
            float ``[B,512]`` each, of length 1.
        """
        return self.embed_speech(mel), self.embed_faces(faces)

    def embed_speech(self, mel: Tensor) -> Tensor:
        """Return embeddings of mel windows alone."""
        return F.normalize(self.audio_encoder(mel).flatten(1))

    def embed_faces(self, faces: Tensor) -> Tensor:
        """Return embeddings of faces alone."""
        return F.normalize(self.face_encoder(faces).flatten(1))


def load_syncnet(path: Path, device: torch.device) -> SyncNet:
    """Load the published network for inference, with batch norm folded into the convolutions.

    Raises:
        SeamSyncError: the file is missing or damaged, or holds another network.
    """
    network, weights = SyncNet(), load_state_dict(path)
    check_keys(network.state_dict(), weights, path.name)
    network.load_state_dict(weights)
    network.eval().requires_grad_(False)
    for part in network.modules():
        if isinstance(part, Unit):
            part.fold()
    return network.to(device)


def face_windows(crops: np.ndarray) -> Tensor:
    """Return every window of five successive crops.

    Args:
        crops: uint8 ``[N,48,96,3]``, RGB, lower halves of 96 × 96 crops of the un-padded face box, at 25 frames a second.

    Returns:
        float32 ``[N−4,15,48,96]``, as :meth:`SyncNet.forward` takes them; N < 5 gives none.
    """
    return crop_windows(crops, SIDE // 2, SIDE).flatten(1, 2).div_(255)
