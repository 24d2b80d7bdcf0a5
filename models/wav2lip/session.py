"""Wav2Lip at work on one clip: crops of the face, windows of the spectrogram, the network in batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ...media.audio import Audio
from ...media.clips import SpilledArray, store_patches
from ...media.video import FrameSource
from ...progress import Progress
from ...tracking.crops import cut_affine
from ...tracking.face_box import box_to_frame, face_boxes
from ...tracking.track import FaceTrack
from ..options import GenerateOptions
from ..paused_session import PausedSession
from ..pauses import Pauses
from ..session import HISTORY, MouthBatch
from ..speech.mel import (
    COLUMNS_PER_SECOND,
    SILENT,
    complete_columns,
    complete_frames,
    cover_frames,
    covered_columns,
    mel_spectrogram,
    take_windows,
    total_columns,
    window_starts,
)

if TYPE_CHECKING:
    from .generator import Wav2LipGenerator


#: A spectrogram, float32 ``[80,M]``, and the first column of each frame's window, int64 ``[N]``.
Windows: TypeAlias = tuple[np.ndarray, np.ndarray]


class Wav2LipSession(PausedSession[Windows]):
    """See :class:`~seamsync.models.paused_session.PausedSession`.

    What the network is given depends on 200 ms of speech only, so patches are the same however the speech is cut into pieces.

    Args:
        generator: the network and its settings.
        source: the target clip.
        track: its face.
        options: see :class:`~seamsync.models.options.GenerateOptions`; ``mouth_amplitude`` scales what is heard over silence.
        progress: called with the stage ``"generate"``, and ``"read faces"`` while streaming.
    """

    def __init__(
        self,
        generator: Wav2LipGenerator,
        source: FrameSource,
        track: FaceTrack,
        options: GenerateOptions,
        progress: Progress,
    ) -> None:
        super().__init__(source.info, track, options, progress, generator.silence_threshold)
        self._generator, self._network = generator, generator.network
        self._source = source
        self._to_frame = box_to_frame(face_boxes(track, generator.box), generator.network.size)
        self._faces: np.ndarray | SpilledArray | None = None

    def _facts(self) -> dict[str, Any]:
        """Return what was run and how, for reports."""
        network, settings = self._network, self._generator
        silence = settings.silence_threshold
        return {
            "name": settings.name,
            "size": network.size,
            "device": str(network.device),
            "precision": str(network.dtype).removeprefix("torch."),
            "batch": network.batch,
            "frames_generated": self._generated,
            "frames_skipped": self._skipped,
            **vars(settings.box),
            "offset_frames": settings.offset_frames,
            "pad_mode": settings.pad_mode,
            **{name: getattr(self.options, name) for name in ("silence", "silence_threshold", "loop", "mouth_amplitude")},
            **({} if silence is None else {"silence_threshold": silence}),
        }

    def _hear_whole(self, begin: int, count: int) -> Windows:
        fps = self.info.fps
        mel = cover_frames(self._heard(self.audio.since(0)), fps, count)
        return mel, window_starts(fps, count, mel.shape[1], self._generator.offset_frames)[begin:]

    def _heard(self, audio: Audio) -> np.ndarray:
        """Return the spectrogram, scaled over silence by the options' strength."""
        mel, strength = mel_spectrogram(audio, pad_mode=self._generator.pad_mode), self.options.mouth_amplitude
        return mel if strength == 1 else np.clip((mel - SILENT) * np.float32(strength) + SILENT, SILENT, -SILENT)

    def _generate(self, first: int, order: np.ndarray, heard: Windows, pauses: Pauses, total: int) -> Iterator[MouthBatch]:
        mel, starts = heard
        size, step, to_frame = self._network.size, self._network.batch, self._to_frame[order]
        active = self.track.visible[order] & (pauses.opacity > 0)
        faces = self._crops(order[active])
        for begin in range(0, len(order), step):
            at = slice(begin, min(begin + step, len(order)))
            rows = np.flatnonzero(active[at])
            patches = np.zeros((at.stop - begin, 3, size, size), np.uint8)
            for row in rows:
                patches[row] = next(faces)
            windows = take_windows(mel, starts[at][rows])
            windows[pauses.hushed[at][rows]] = SILENT
            patches[rows] = self._network.infer(windows, patches[rows])
            self._generated += len(rows)
            self._skipped += int((pauses.opacity[at] == 0).sum())
            self._progress("generate", at.stop + total - len(order), total)
            yield MouthBatch(
                first + begin, patches, order[at], to_frame[at], active[at], opacity=np.asarray(pauses.opacity[at])
            )

    def _crops(self, frames: np.ndarray) -> Iterator[np.ndarray]:
        """Yield the face in each of the target's frames, uint8 ``[3,S,S]``, cut now, or from memory once all were cut."""
        if self._faces is not None:
            return (self._faces[int(frame)] for frame in frames)
        return self._cut(frames)

    def _cut(self, frames: np.ndarray) -> Iterator[np.ndarray]:
        size = self._network.size
        for frame, pixels in zip(frames, self._source.frames(frames), strict=True):
            yield cut_affine(pixels, self._to_frame[frame], size, extend=True).transpose(2, 0, 1)

    def _open(self) -> None:
        """Cut all faces once: a stream shows frames again and again, and decoding them one at a time would be slow."""
        if self._faces is None:
            count = self.info.frame_count

            def _all() -> Iterator[np.ndarray]:
                for done, face in enumerate(self._cut(np.arange(count))):
                    self._progress("read faces", done + 1, count)
                    yield face[None]

            self._faces = store_patches(_all())

    def _ready(self) -> int:
        if not self.audio.rate:
            return 0
        columns = complete_columns(self.audio.settled(), self.audio.rate)
        return complete_frames(columns, self.info.fps, self._generator.offset_frames)

    def _oldest_sample(self) -> int:
        earlier = max(-self._generator.offset_frames, 0) / self.info.fps
        seconds = int(self.taken / self.info.fps - earlier) - HISTORY - 2
        return max(seconds, 0) * self.audio.rate

    def _hear_piece(self, first: int, last: int, ended: bool) -> Windows:
        """Return a piece of the utterance's spectrogram, and where in it the windows of frames ``first`` … ``last`` − 1 begin.

        The piece begins a second before the first window, on a whole second of the utterance: there the samples and the
        columns of any sample rate begin together, so its columns are those of the whole spectrogram.
        """
        fps, offset = self.info.fps, self._generator.offset_frames
        columns = total_columns(self.audio.count, self.audio.rate)
        covered = covered_columns(columns, fps, self.length()) if ended else columns
        length = last if not ended else self.length()
        starts = window_starts(fps, length, covered, offset)[first:last]
        second = max(int(min(int(starts.min()), columns - 1) // COLUMNS_PER_SECOND) - 1, 0)
        mel = self._heard(self.audio.since(second * self.audio.rate))
        begin = second * COLUMNS_PER_SECOND
        missing = max(covered - begin - mel.shape[1], 0)
        return np.pad(mel, ((0, 0), (0, missing)), constant_values=SILENT), starts - begin
