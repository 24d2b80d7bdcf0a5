"""Measure lip-sync while frames are streamed: a network embeds crops and the speech."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from ...media.audio import Audio
from ...media.frame import PlanarFrame
from ...tracking.track import FaceTrack
from .. import weights
from ..speech import mel
from ..weights import ModelFolders
from . import expert as syncnet
from . import mfcc as syncnet_mfcc
from . import v2 as syncnet_v2
from .crops import cut_region, face_regions, wide_regions
from .windows import speech_windows


class SyncJudge(Protocol):
    """Embed lips and speech, both at 25 frames a second; window t begins at frame t and has five."""

    @property
    def name(self) -> str:
        """Return the registry's name of the network: scores of two networks must not be compared."""
        ...

    @property
    def zeros(self) -> bool:
        """Say whether embeddings outside the speech are zeros, see :func:`~.scores.sync_distances`."""
        ...

    def regions(self, track: FaceTrack) -> np.ndarray:
        """Return the region of each frame that :meth:`crop` cuts: float64 ``[T,4]``, x0, y0, x1, y1."""
        ...

    def crop(self, frame: PlanarFrame, region: np.ndarray) -> np.ndarray:
        """Return a crop uint8 ``[rows,columns,3]``."""
        ...

    def embed_faces(self, crops: np.ndarray) -> np.ndarray:
        """Return embeddings float32 ``[N−4,D]`` of crops ``[N,rows,columns,3]``."""
        ...

    def embed_speech(self, first: int, last: int) -> np.ndarray:
        """Return embeddings float32 ``[B,D]`` of the speech, windows ``first`` … ``last`` or up to its end."""
        ...


class Embedder(Protocol):
    """Define what is needed of a network; :class:`~.expert.SyncNet` and :class:`~.v2.SyncNet2` are two."""

    def embed_faces(self, faces: Tensor, /) -> Tensor:
        """Return embeddings ``[B,D]`` of windows of crops."""
        ...

    def embed_speech(self, speech: Tensor, /) -> Tensor:
        """Return embeddings ``[B,D]`` of windows of the speech's features, ``[B,1,rows,span]``."""
        ...


@dataclass(frozen=True)
class NetworkKind:
    """Declare all differences between two published networks.

    Attributes:
        name: the registry's.
        zeros: see :attr:`SyncJudge.zeros`.
        load: a file to the network on a device.
        regions: regions to cut, float64 ``[T,4]`` of a track.
        side: of a crop, pixels.
        top: rows at the top of a crop that are left out.
        fill: level of what lies outside the frame; None: its border is repeated.
        faces: crops to what :meth:`Embedder.embed_faces` takes.
        features: of the speech, float32 ``[rows,N]``.
        rate: of those, columns a second.
        span: columns of a window.
    """

    name: str
    zeros: bool
    load: Callable[[Path, torch.device], Embedder]
    regions: Callable[[FaceTrack], np.ndarray]
    side: int
    top: int
    fill: int | None
    faces: Callable[[np.ndarray], Tensor]
    features: Callable[[Audio], np.ndarray]
    rate: int
    span: int


#: SyncNet 2, whose scores are those of papers.
PAPERS = NetworkKind(
    name="syncnet_v2",
    zeros=True,
    load=syncnet_v2.load_syncnet2,
    regions=wide_regions,
    side=syncnet_v2.SIDE,
    top=0,
    fill=110,
    faces=syncnet_v2.face_volumes,
    features=syncnet_mfcc.mfcc,
    rate=syncnet_mfcc.COLUMNS_PER_SECOND,
    span=syncnet_v2.SPAN,
)
#: Wav2Lip's own.
EXPERT = NetworkKind(
    name="lipsync_expert",
    zeros=False,
    load=syncnet.load_syncnet,
    regions=face_regions,
    side=syncnet.SIDE,
    top=syncnet.SIDE // 2,
    fill=None,
    faces=syncnet.face_windows,
    features=mel.mel_spectrogram,
    rate=mel.COLUMNS_PER_SECOND,
    span=mel.WINDOW,
)
#: All networks, the better known first.
KINDS = (PAPERS, EXPERT)


@dataclass(frozen=True, eq=False)
class NetworkJudge:
    """Run a published network as a :class:`SyncJudge`.

    Attributes:
        kind: which.
        network: on its device.
        features: of the speech, float32 ``[rows,N]``.
        device: where the network is.
    """

    kind: NetworkKind
    network: Embedder
    features: np.ndarray
    device: torch.device

    @property
    def name(self) -> str:
        """See :class:`SyncJudge`."""
        return self.kind.name

    @property
    def zeros(self) -> bool:
        """See :class:`SyncJudge`."""
        return self.kind.zeros

    def regions(self, track: FaceTrack) -> np.ndarray:
        """See :class:`SyncJudge`."""
        return self.kind.regions(track)

    def crop(self, frame: PlanarFrame, region: np.ndarray) -> np.ndarray:
        """See :class:`SyncJudge`."""
        return cut_region(frame, region, self.kind.side, self.kind.fill)[self.kind.top :]

    @torch.inference_mode()
    def embed_faces(self, crops: np.ndarray) -> np.ndarray:
        """See :class:`SyncJudge`."""
        return self.network.embed_faces(self.kind.faces(crops).to(self.device)).cpu().numpy()

    @torch.inference_mode()
    def embed_speech(self, first: int, last: int) -> np.ndarray:
        """See :class:`SyncJudge`."""
        windows = speech_windows(self.features, first, last, rate=self.kind.rate, span=self.kind.span)
        return self.network.embed_speech(windows.to(self.device)).cpu().numpy()


def judge_of(kind: NetworkKind, path: Path, audio: Audio, device: torch.device) -> NetworkJudge:
    """Load a network from its file.

    Args:
        kind: one of :data:`KINDS`.
        path: of its weights.
        audio: the speech, time 0 at the first frame.
        device: of the network.

    Raises:
        SeamSyncError: the file is missing or holds another network, or the audio is empty.
    """
    return NetworkJudge(kind, kind.load(path, device), kind.features(audio), device)


def load_judge(audio: Audio, device: torch.device, models: ModelFolders | None = None) -> NetworkJudge | None:
    """Load the first of :data:`KINDS` whose file is present; None where there is none.

    A damaged file is an error. The next network is not tried, as its scores would be taken for those of the first.

    Args:
        audio, device: as in :func:`judge_of`.
        models: a host's folders of models, if any.

    Raises:
        SeamSyncError: the file is damaged or holds another network, or the audio is empty.
    """
    for kind in KINDS:
        if weights.existing_files(kind.name, models):
            (path,) = weights.find(kind.name, models).values()
            return judge_of(kind, path, audio, device)
    return None
