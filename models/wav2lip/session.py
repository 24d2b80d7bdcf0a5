"""Wav2Lip at work on one clip: crops of the face, windows of the spectrogram, the network in batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ...media.audio import Audio
from ...media.clips import SpilledArray, store_patches
from ...media.video import FrameSource
from ...progress import Progress, ProgressRepeater
from ...tracking.crops import cut_affine
from ...tracking.face_box import box_to_frame, face_boxes
from ...tracking.track import FaceTrack, scenes_in_order
from ..options import GenerateOptions
from ..session import HISTORY, MouthBatch, Session, Summary
from ..speech.curves import speech_curves
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
from .pauses import Pauses, continue_fade, fade_frames, plan_pauses

if TYPE_CHECKING:
    from .generator import Wav2LipGenerator


class Wav2LipSession(Session):
    """See :class:`~seamsync.models.session.Session`.

    What the network is given depends on 200 ms of speech only, so patches are the same however the speech is cut into
    pieces. Pauses are planned over the whole utterance when it is known. While streaming they are planned over the last
    :data:`~seamsync.models.session.HISTORY` seconds: the loud level that silence is measured against is that of the window, and
    a pause is recognised 300 ms after it began.

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
        super().__init__(source.info, track, options)
        self._generator, self._network = generator, generator.network
        self._source, self._progress = source, ProgressRepeater(progress)
        self._to_frame = box_to_frame(face_boxes(track, generator.box), generator.network.size)
        self._faces: np.ndarray | SpilledArray | None = None
        #: Of the last frame that was streamed.
        self._opacity: float | None = None
        self._reset()

    def _reset(self) -> None:
        self._pauses: Pauses | None = None
        self._generated = self._skipped = 0
        self._visible: np.ndarray = np.zeros(0, bool)

    def clear(self) -> None:
        """See :meth:`~seamsync.models.session.Session.clear`."""
        super().clear()
        self._reset()

    def summary(self) -> Summary:
        """See :meth:`~seamsync.models.session.Session.summary`; without curves when the utterance was streamed."""
        source = self._facts()
        if self._pauses is None:
            return Summary(source)
        silent = self._pauses.silent
        speech = speech_curves(self.audio.since(0), self.info.fps, len(silent), check=self._progress.repeat)
        if silent.all():
            notes: tuple[str, ...] = ("no speech was heard in the audio",)
        else:
            kept = int((self._visible & ~(self._pauses.opacity > 0)).sum())
            notes = (f"{kept} of {len(silent)} frames are silent and keep the clip's own mouth",) if kept else ()
        return Summary(source, {"silent": silent, "speech": speech.opening}, notes)

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

    def _all_at_once(self) -> Iterator[MouthBatch]:
        order, audio, fps = self.order(), self.audio.since(0), self.info.fps
        if not len(order):
            return
        mel = cover_frames(self._heard(audio), fps, len(order))
        starts = window_starts(fps, len(order), mel.shape[1], self._generator.offset_frames)
        threshold = self._generator.silence_threshold
        pauses = plan_pauses(audio, self.track, order, self.spoken(), self.options, threshold)
        self._pauses, self._visible = pauses, self.track.visible[order]
        begin = self.taken  # mouths before it were made in an earlier run, and are counted
        self._generated = int((self._visible & (pauses.opacity > 0))[:begin].sum())
        self._skipped = int((pauses.opacity[:begin] == 0).sum())
        left = Pauses(pauses.silent[begin:], pauses.opacity[begin:], pauses.hushed[begin:])
        yield from self._generate(self.origin + begin, order[begin:], mel, starts[begin:], left, len(order))

    def _heard(self, audio: Audio) -> np.ndarray:
        """Return the spectrogram, scaled over silence by the options' strength."""
        mel, strength = mel_spectrogram(audio, pad_mode=self._generator.pad_mode), self.options.mouth_amplitude
        return mel if strength == 1 else np.clip((mel - SILENT) * np.float32(strength) + SILENT, SILENT, -SILENT)

    def _generate(
        self, first: int, order: np.ndarray, mel: np.ndarray, starts: np.ndarray, pauses: Pauses, total: int
    ) -> Iterator[MouthBatch]:
        """Yield mouths for the target's frames in ``order``, as many as the network takes at once.

        Args:
            first: output frame of the first of them.
            order: int64 ``[N]``.
            mel: float32 ``[80,M]``.
            starts: int64 ``[N]``, first column of each frame's window.
            pauses: N frames.
            total: told as the job's length.
        """
        size, step, to_frame = self._network.size, self._network.batch, self._to_frame[order]
        active = self.track.visible[order] & (pauses.opacity > 0)
        faces = self._crops(order[active])
        for begin in range(0, len(order), step):
            at = slice(begin, min(begin + step, len(order)))
            rows = np.flatnonzero(active[at])
            patches = np.zeros((at.stop - begin, 3, size, size), np.uint8)
            for row in rows:
                patches[row] = next(faces)
            heard = take_windows(mel, starts[at][rows])
            heard[pauses.hushed[at][rows]] = SILENT
            patches[rows] = self._network.infer(heard, patches[rows])
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

    def _next(self, first: int, last: int, ended: bool) -> Iterator[MouthBatch]:
        order = self.endless_order(first, last)
        mel, starts = self._windows(first, last, ended)
        pauses = self._plan(first, last, ended)
        yield from self._generate(self.origin + first, order, mel, starts, pauses, last)

    def _windows(self, first: int, last: int, ended: bool) -> tuple[np.ndarray, np.ndarray]:
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

    def _plan(self, first: int, last: int, ended: bool) -> Pauses:
        """Return the pauses among frames ``first`` … ``last`` − 1, as the last seconds of speech show them."""
        begin, audio = self.history()
        end = max(self.length() if ended else self.audio.frames(self.info.fps), last)
        spoken = self.spoken() - begin if ended else end - begin
        order, threshold = self.endless_order(begin, end), self._generator.silence_threshold
        plan = plan_pauses(audio, self.track, order, spoken, self.options, threshold)
        at = slice(first - begin, last - begin)
        order = self.endless_order(max(first - 1, -self.origin), last)
        joined = np.diff(scenes_in_order(self.track.scene, order), prepend=-1)[-len(plan.silent[at]) :] == 0
        opacity = continue_fade(plan.opacity[at], self._opacity, joined, fade_frames(self.info.fps))
        self._opacity = float(opacity[-1])
        return Pauses(plan.silent[at], opacity, plan.hushed[at])
