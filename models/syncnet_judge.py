"""What measures lip-sync while frames stream by: a network that sees crops, with the speech it compares them to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

import numpy as np
import torch

from ..media.audio import Audio
from ..media.frame import PlanarFrame
from ..tracking.track import FaceTrack
from . import weights
from .mel import mel_spectrogram
from .syncnet import SIDE, SyncNet, face_windows, load_syncnet, speech_windows
from .syncnet_crops import cut_region, face_regions, wide_regions
from .syncnet_mfcc import mfcc
from .syncnet_v2 import SIDE as WIDE
from .syncnet_v2 import SyncNet2, cepstra_windows, face_volumes, load_syncnet2
from .weights import ModelFolders

#: What lies outside the frame, in the crops SyncNet 2 was trained on.
_GREY = 110


class SyncJudge(Protocol):
    """A network that embeds lips and speech, both at 25 frames a second; window t begins at frame t and holds five."""

    #: The registry's name of the network: scores of two networks must not be compared.
    name: ClassVar[str]
    #: Outside the speech are embeddings of zeros, see :func:`~.syncnet_scores.sync_distances`.
    zeros: ClassVar[bool]

    def regions(self, track: FaceTrack) -> np.ndarray:
        """What of each frame :meth:`crop` is to cut: float64 ``[T,4]``, x0, y0, x1, y1."""
        ...

    def crop(self, frame: PlanarFrame, region: np.ndarray) -> np.ndarray:
        """A crop uint8 ``[rows,columns,3]``."""
        ...

    def see(self, crops: np.ndarray) -> np.ndarray:
        """Embeddings float32 ``[N−4,D]`` of crops ``[N,rows,columns,3]``."""
        ...

    def hear(self, first: int, last: int) -> np.ndarray:
        """Embeddings float32 ``[B,D]`` of the speech, windows ``first`` … ``last`` or as far as it goes."""
        ...


@dataclass(frozen=True, eq=False)
class ExpertJudge:
    """Wav2Lip's own :class:`~.syncnet.SyncNet`.

    Attributes:
        network: on its device.
        mel: of the speech, float32 ``[80,N]``.
        device: where the network is.
    """

    network: SyncNet
    mel: np.ndarray
    device: torch.device
    name: ClassVar[str] = "lipsync_expert"
    zeros: ClassVar[bool] = False

    def regions(self, track: FaceTrack) -> np.ndarray:
        """See :class:`SyncJudge`."""
        return face_regions(track)

    def crop(self, frame: PlanarFrame, region: np.ndarray) -> np.ndarray:
        """See :class:`SyncJudge`."""
        return cut_region(frame, region, SIDE)[SIDE // 2 :]

    @torch.inference_mode()
    def see(self, crops: np.ndarray) -> np.ndarray:
        """See :class:`SyncJudge`."""
        return self.network.see(face_windows(crops).to(self.device)).cpu().numpy()

    @torch.inference_mode()
    def hear(self, first: int, last: int) -> np.ndarray:
        """See :class:`SyncJudge`."""
        return self.network.hear(speech_windows(self.mel, first, last).to(self.device)).cpu().numpy()


@dataclass(frozen=True, eq=False)
class PaperJudge:
    """:class:`~.syncnet_v2.SyncNet2`, whose scores are those of papers.

    Attributes:
        network: on its device.
        cepstra: of the speech, float32 ``[13,N]``.
        device: where the network is.
    """

    network: SyncNet2
    cepstra: np.ndarray
    device: torch.device
    name: ClassVar[str] = "syncnet_v2"
    zeros: ClassVar[bool] = True

    def regions(self, track: FaceTrack) -> np.ndarray:
        """See :class:`SyncJudge`."""
        return wide_regions(track)

    def crop(self, frame: PlanarFrame, region: np.ndarray) -> np.ndarray:
        """See :class:`SyncJudge`."""
        return cut_region(frame, region, WIDE, _GREY)

    @torch.inference_mode()
    def see(self, crops: np.ndarray) -> np.ndarray:
        """See :class:`SyncJudge`."""
        return self.network.see(face_volumes(crops).to(self.device)).cpu().numpy()

    @torch.inference_mode()
    def hear(self, first: int, last: int) -> np.ndarray:
        """See :class:`SyncJudge`."""
        return self.network.hear(cepstra_windows(self.cepstra, first, last).to(self.device)).cpu().numpy()


def expert_judge(path: Path, audio: Audio, device: torch.device) -> ExpertJudge:
    """Wav2Lip's own network, from ``lipsync_expert.pth``.

    Raises:
        SeamSyncError: the file is missing or holds another network, or the audio is empty.
    """
    return ExpertJudge(load_syncnet(path, device), mel_spectrogram(audio), device)


def paper_judge(path: Path, audio: Audio, device: torch.device) -> PaperJudge:
    """The network of papers, from ``syncnet_v2.model``.

    Raises:
        SeamSyncError: the file is missing or holds another network, or the audio is empty.
    """
    return PaperJudge(load_syncnet2(path, device), mfcc(audio), device)


def load_judge(audio: Audio, device: torch.device, models: ModelFolders | None = None) -> SyncJudge | None:
    """Wav2Lip's own network where its file is present; None where it is not.

    Args:
        audio: the speech, time 0 at the first frame.
        device: where to work.
        models: a host's folders of models, if any.

    Raises:
        SeamSyncError: the file holds another network, or the audio is empty.
    """
    if weights.status("lipsync_expert", models)[0] != "present":
        return None
    (path,) = weights.find("lipsync_expert", models).values()
    return expert_judge(path, audio, device)
