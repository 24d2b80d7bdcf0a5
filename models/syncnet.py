"""The SyncNet that Wav2Lip was trained against: does a fifth of a second of speech go with five half faces?

Embeddings and scores of this network are its own. The LSE-C and LSE-D of papers are those of another, SyncNet 2
(:mod:`.syncnet_v2`): numbers of the two must not be compared.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..tensors import SeamSyncError, check_dtype, check_shape
from .arch.syncnet import FACE, SPEECH
from .arch.wav2lip import Unit, units
from .mel import BANDS, COLUMNS_PER_SECOND, WINDOW, take_windows
from .weights import check_keys, load_state_dict

#: Frames a second of the pictures the network knows.
FPS = Fraction(25)
#: Pictures in a row that it looks at, at once.
FRAMES = 5
#: Side of a face crop; the network sees the lower half.
SIDE = 96


class SyncNet(nn.Module):
    """The network; its ``state_dict`` has the published 217 keys, shapes and order."""

    def __init__(self) -> None:
        super().__init__()
        self.face_encoder = units(3 * FRAMES, FACE)
        self.audio_encoder = units(1, SPEECH)

    def forward(self, mel: Tensor, faces: Tensor) -> tuple[Tensor, Tensor]:
        """Embeddings of what is heard and of what is seen; the better they go together, the higher their dot product, 0…1.

        Args:
            mel: float ``[B,1,80,16]``, −4…4.
            faces: float ``[B,15,48,96]``, lower halves of five face crops at 25 frames a second, BGR 0…1, frame after frame.

        Returns:
            float ``[B,512]`` each, of length 1.
        """
        return self.hear(mel), self.see(faces)

    def hear(self, mel: Tensor) -> Tensor:
        """Embeddings of mel windows alone."""
        return F.normalize(self.audio_encoder(mel).flatten(1))

    def see(self, faces: Tensor) -> Tensor:
        """Embeddings of faces alone."""
        return F.normalize(self.face_encoder(faces).flatten(1))


def load_syncnet(path: Path, device: torch.device) -> SyncNet:
    """The published network, ready for inference: batch norm worked into the convolutions.

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


def frames_shown(fps: Fraction, count: int) -> np.ndarray:
    """Which frame of a clip is on the screen in the middle of each frame at 25 fps: int64 ``[⌊count · 25 / fps⌋]``.

    Worked out in whole numbers; at 25 fps it is 0, 1, 2, …

    Raises:
        SeamSyncError: ``fps`` not above 0.
    """
    if fps <= 0:
        raise SeamSyncError(f"fps must be more than 0, got {fps}")
    num, den = fps.numerator, 2 * FPS.numerator * fps.denominator
    shown = [(2 * t + 1) * num // den for t in range(count * FPS.numerator * fps.denominator // num)]
    return np.array(shown, np.int64)


def face_windows(crops: np.ndarray) -> Tensor:
    """Five crops in a row, at each place there is.

    Args:
        crops: uint8 ``[N,48,96,3]``, RGB, lower halves of 96 × 96 crops of the un-padded face box, at 25 frames a second.

    Returns:
        float32 ``[N−4,15,48,96]``, as :meth:`SyncNet.forward` takes them; N < 5 gives none.
    """
    check_shape("crops", crops, "N,48,96,RGB", None, SIDE // 2, SIDE, 3)
    check_dtype("crops", crops, "uint8")
    bgr = torch.from_numpy(np.ascontiguousarray(crops[..., ::-1])).permute(0, 3, 1, 2).float().div_(255)
    count = max(len(bgr) - FRAMES + 1, 0)
    picked = torch.arange(count)[:, None] + torch.arange(FRAMES)
    return bgr[picked].reshape(count, 3 * FRAMES, SIDE // 2, SIDE)


def speech_windows(mel: np.ndarray, first: int, last: int) -> Tensor:
    """What goes with the windows of faces that begin at frames ``first`` … ``last`` at 25 fps, as the network was trained.

    Args:
        mel: float32 ``[80,N]``.
        first: first frame, ≥ 0.
        last: the frame after the last; windows past the end of the sound are left out.

    Returns:
        float32 ``[B,1,80,16]``, B = min(last, :func:`speech_count`) − first, at least 0.
    """
    check_shape("mel", mel, "bands,columns", BANDS, None)
    frames = np.arange(first, min(last, speech_count(mel.shape[1])))
    if not len(frames):
        return torch.empty(0, 1, BANDS, WINDOW)
    return torch.from_numpy(take_windows(mel, frames * COLUMNS_PER_SECOND // FPS.numerator))


def speech_count(columns: int) -> int:
    """How many frames at 25 fps have a whole window in a spectrogram of so many columns."""
    return -(-max(columns - WINDOW + 1, 0) * FPS.numerator // COLUMNS_PER_SECOND)
