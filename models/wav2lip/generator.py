"""Mouths by Wav2Lip: crops of the smoothed face, what each frame hears, the network in batches, nothing run in silence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from ...errors import check_choice, check_range
from ...media.audio import Audio
from ...media.clips import MouthClip, store_patches
from ...media.video import FrameSource
from ...progress import Progress, ProgressRepeater, no_progress
from ...tracking.crops import cut_affine
from ...tracking.face_box import FaceBox, box_to_frame, face_boxes
from ...tracking.track import FaceTrack, require_face
from ..base import GenerateOptions, played_frames
from ..speech.curves import speech_curves
from ..speech.mel import PAD_MODES, SILENT, cover_frames, mel_spectrogram, take_windows, window_starts
from .pauses import Pauses, plan_pauses
from .run import LipNetwork


@dataclass(frozen=True)
class Wav2LipGenerator:
    """The generator; see :class:`~seamsync.models.base.Generator`.

    Attributes:
        network: ready to run.
        name: of the checkpoint, for reports.
        box: where the network looks.
        silence_threshold: amplitude 0…1 under which a frame is silent, as in the enhanced fork (0.01 there); None: by the
            options' threshold in dB under the speech's own loud level.
        offset_frames: frames by which the sound is heard earlier (negative) or later than published inference has it; −1 is
            the alignment of the training.
        pad_mode: one of :data:`~seamsync.models.speech.mel.PAD_MODES`.
    """

    network: LipNetwork
    name: str = "wav2lip"
    box: FaceBox = field(default_factory=FaceBox)
    silence_threshold: float | None = None
    offset_frames: int = 0
    pad_mode: str = "reflect"

    def __post_init__(self) -> None:
        check_choice("pad_mode", self.pad_mode, PAD_MODES)
        check_range("offset_frames", self.offset_frames, -1000, 1000, "frames")

    def generate(
        self,
        source: FrameSource,
        track: FaceTrack,
        audio: Audio,
        options: GenerateOptions | None = None,
        progress: Progress = no_progress,
    ) -> MouthClip:
        """One patch for every output frame, at the network's own size; memory does not grow with the clip's length.

        Frames without a visible face, and those that keep their own mouth, come back inactive and black. ``curves`` holds
        ``silent``, bool, and ``speech``, the speech's own curve 0…1; ``source`` what was run, and how many frames were not.

        Args:
            source: the target clip.
            track: its face, smoothed, one entry a frame of ``source``.
            audio: the speech; time 0 is the clip's first frame.
            options: see :class:`~seamsync.models.base.GenerateOptions`; ``strength`` scales what is heard over silence.
            progress: called with the stage ``"generate"``.

        Raises:
            SeamSyncError: no visible face in the clip, empty audio, or a track of another clip.
        """
        options = options or GenerateOptions()
        track.check_clip(source.info)
        require_face(track, source.info.name)
        fps = source.info.fps
        order, spoken = played_frames(source.info, track, audio, options)
        mel = cover_frames(self._heard(audio, options.strength), fps, len(order))
        starts = window_starts(fps, len(order), mel.shape[1], self.offset_frames)
        pauses = plan_pauses(audio, track, order, spoken, options, self.silence_threshold)
        active = track.visible[order] & (pauses.opacity > 0)
        to_frame = box_to_frame(face_boxes(track, self.box), self.network.size)[order]
        job = _Job(self.network, mel, starts, to_frame, np.flatnonzero(active), pauses)
        told = ProgressRepeater(progress)
        patches = store_patches(job.patches(source, order, told))
        return MouthClip(
            patches,
            to_frame,
            active,
            order,
            source=self._told(options, pauses, active),
            curves={"silent": pauses.silent, "speech": speech_curves(audio, fps, len(order), check=told.repeat).opening},
            notes=_notes(pauses, active, track.visible[order]),
            opacity=pauses.opacity,
        )

    def _heard(self, audio: Audio, strength: float) -> np.ndarray:
        mel = mel_spectrogram(audio, pad_mode=self.pad_mode)
        return mel if strength == 1 else np.clip((mel - SILENT) * np.float32(strength) + SILENT, SILENT, -SILENT)

    def _told(self, options: GenerateOptions, pauses: Pauses, active: np.ndarray) -> dict[str, Any]:
        """What was run and how, for reports."""
        network = self.network
        return {
            "name": self.name,
            "size": network.size,
            "device": str(network.device),
            "precision": str(network.dtype).removeprefix("torch."),
            "batch": network.batch,
            "frames_generated": int(active.sum()),
            "frames_skipped": int((pauses.opacity == 0).sum()),
            **asdict(self.box),
            **{name: getattr(self, name) for name in ("offset_frames", "pad_mode")},
            **{name: getattr(options, name) for name in ("silence", "silence_threshold", "loop", "strength")},
            **({} if self.silence_threshold is None else {"silence_threshold": self.silence_threshold}),
        }


def _notes(pauses: Pauses, active: np.ndarray, visible: np.ndarray) -> tuple[str, ...]:
    if pauses.silent.all():
        return ("no speech was heard in the audio",)
    kept = int((visible & ~active).sum())
    return (f"{kept} of {len(active)} frames are silent and keep the clip's own mouth",) if kept else ()


@dataclass(frozen=True, eq=False)
class _Job:
    """What is to be done for each output frame; ``wanted`` are those the network is run for."""

    network: LipNetwork
    mel: np.ndarray
    starts: np.ndarray
    to_frame: np.ndarray
    wanted: np.ndarray
    pauses: Pauses

    def patches(self, source: FrameSource, order: np.ndarray, progress: Progress) -> Iterator[np.ndarray]:
        """Patches in order, uint8 ``[n,3,S,S]``, as many as the network takes at once; only the frames wanted are decoded."""
        size, step = self.network.size, self.network.batch
        frames = source.frames(order[self.wanted])
        for first in range(0, len(order), step):
            last = min(first + step, len(order))
            chunk = np.zeros((last - first, 3, size, size), np.uint8)
            rows = self.wanted[(self.wanted >= first) & (self.wanted < last)]
            for row in rows:
                chunk[row - first] = cut_affine(next(frames), self.to_frame[row], size, extend=True).transpose(2, 0, 1)
            heard = take_windows(self.mel, self.starts[rows])
            heard[self.pauses.hushed[rows]] = SILENT
            chunk[rows - first] = self.network.infer(heard, chunk[rows - first])
            progress("generate", last, len(order))
            yield chunk
