"""MuseTalk at work on one clip: crops and their latents, tokens of speech, the network in batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ...media.video import FrameSource
from ...progress import Progress
from ...tracking.crops import cut_affine
from ...tracking.face_box import box_to_frame
from ...tracking.track import FaceTrack
from ..options import GenerateOptions
from ..paused_session import PausedSession
from ..pauses import Pauses
from ..session import HISTORY, MouthBatch
from .boxes import mouth_boxes, published_boxes
from .hearing import (
    BEFORE,
    OURS,
    PUBLISHED,
    RATE,
    STEP,
    STEP_RATE,
    WINDOW,
    Hearing,
    published_steps,
    silent_tokens,
    window_steps,
)
from .latents import FaceLatents
from .published import crop

if TYPE_CHECKING:
    from .generator import MuseTalkGenerator

#: Samples at 16 kHz before the end of the sound that the resampler may still change, and half of Whisper's transform.
_UNSETTLED = 64 + 200


class Speech:
    """What is heard in some frames.

    Args:
        hearing: the sound.
        steps: int64 ``[N,10]`` of the frames.
    """

    def __init__(self, hearing: Hearing, steps: np.ndarray) -> None:
        self.hearing, self.steps = hearing, steps


class MuseTalkSession(PausedSession[Speech]):
    """See :class:`~seamsync.models.paused_session.PausedSession`.

    Whisper hears 30 seconds at once, so that what it says of a moment depends a little on what follows. While streaming it
    hears the last :data:`~seamsync.models.session.HISTORY` seconds up to the newest sample; a mouth comes out 120 ms after its
    sound.

    Args:
        generator: the network and its settings.
        source: the target clip.
        track: its face.
        options: see :class:`~seamsync.models.options.GenerateOptions`; ``mouth_amplitude`` scales what is heard over silence.
        progress: called with the stage ``"generate"``, and ``"read faces"`` while streaming.
    """

    def __init__(
        self,
        generator: MuseTalkGenerator,
        source: FrameSource,
        track: FaceTrack,
        options: GenerateOptions,
        progress: Progress,
    ) -> None:
        super().__init__(source.info, track, options, progress)
        self._generator, self._network, self._source = generator, generator.network, source
        boxes = published_boxes(track) if generator.published else mouth_boxes(track, generator.box)
        self._boxes, self._to_frame = boxes, box_to_frame(boxes, generator.network.size)
        self._latents = FaceLatents(self._cut, self._network.encode)
        self._silence: np.ndarray | None = None
        self._counted = (self._network.repeated, self._network.lost)

    def _facts(self) -> dict[str, Any]:
        network, settings = self._network, self._generator
        return {
            "name": settings.name,
            "mode": "published" if settings.published else "seamsync",
            "size": network.size,
            "device": str(network.device),
            "precision": str(network.dtype).removeprefix("torch."),
            "batch": network.batch,
            "frames_generated": self._generated,
            "frames_skipped": self._skipped,
            **vars(settings.box),
            "offset_frames": settings.offset_frames,
            **{name: getattr(self.options, name) for name in ("silence", "silence_threshold", "loop", "mouth_amplitude")},
        }

    def _notes(self) -> tuple[str, ...]:
        repeated, lost = self._network.repeated - self._counted[0], self._network.lost - self._counted[1]
        notes: list[str] = []
        if repeated:
            precision = str(self._network.dtype).removeprefix("torch.")
            notes.append(
                f"{repeated} frames came out black or without numbers in {precision} and were generated again in float32"
            )
        if lost:
            notes.append(f"{lost} frames came out black in float32 too and keep the clip's own mouth; is the checkpoint whole?")
        return tuple(notes)

    def _hear_whole(self, begin: int, count: int) -> Speech:
        audio, fps = self.audio.since(0), self.info.fps
        if self._generator.published:
            steps = published_steps(float(fps), audio.speech.count / RATE)
            steps = steps[np.minimum(np.arange(count), len(steps) - 1)] if len(steps) else np.full((count, WINDOW), -1)
            return Speech(Hearing(audio, self._network.hear, PUBLISHED), steps[begin:])
        steps = window_steps(fps, count - begin, self._generator.offset_frames, begin)
        return Speech(Hearing(audio, self._network.hear, OURS), steps)

    def _hear_piece(self, first: int, last: int, ended: bool) -> Speech:
        """Return what is heard in the newest frames; the sound begins on a whole second, some seconds before them."""
        steps = window_steps(self.info.fps, last - first, self._generator.offset_frames, first)
        second = max(int(steps.min()) // STEP_RATE - HISTORY, 0)
        audio = self.audio.since(second * self.audio.rate)
        return Speech(Hearing(audio, self._network.hear, OURS, second * STEP_RATE), steps)

    def _tokens(self, speech: Speech, rows: np.ndarray, hushed: np.ndarray) -> np.ndarray:
        """Return the tokens of some frames, float32 ``[B,50,384]``: of silence where the network has to hear it."""
        strength = self.options.mouth_amplitude
        if self._silence is None and (strength != 1 or hushed.any()):
            self._silence = silent_tokens(self._network.hear)
        tokens = speech.hearing.tokens(speech.steps[rows])
        if self._silence is not None:
            tokens = self._silence + np.float32(strength) * (tokens - self._silence) if strength != 1 else tokens
            tokens[hushed] = self._silence
        return tokens

    def _generate(self, first: int, order: np.ndarray, heard: Speech, pauses: Pauses, total: int) -> Iterator[MouthBatch]:
        size, step, to_frame = self._network.size, self._network.batch, self._to_frame[order]
        active = self.track.visible[order] & (pauses.opacity > 0)
        latents = self._latents.read(order[active], step)
        for begin in range(0, len(order), step):
            at = slice(begin, min(begin + step, len(order)))
            rows = np.flatnonzero(active[at])
            patches = np.zeros((at.stop - begin, 3, size, size), np.uint8)
            if len(rows):
                seen = np.stack([next(latents) for _ in rows])
                tokens = self._tokens(heard, begin + rows, pauses.hushed[at][rows])
                patches[rows] = self._network.infer(tokens, seen)
            made = active[at] & patches.any((1, 2, 3))
            self._generated += int(made.sum())
            self._skipped += int((pauses.opacity[at] == 0).sum())
            self._progress("generate", at.stop + total - len(order), total)
            yield MouthBatch(first + begin, patches, order[at], to_frame[at], made, opacity=np.asarray(pauses.opacity[at]))

    def _cut(self, frames: np.ndarray) -> Iterator[np.ndarray]:
        """Yield the face in each of the target's frames, uint8 ``[3,S,S]``."""
        size = self._network.size
        for frame, pixels in zip(frames, self._source.frames(frames), strict=True):
            if self._generator.published:
                left, top, width, height = self._boxes[frame, :4].astype(int).tolist()
                face = crop(pixels.rgb(), (left, top, left + width, top + height), size)
            else:
                face = cut_affine(pixels, self._to_frame[frame], size, extend=True)
            yield face.transpose(2, 0, 1)

    def _open(self) -> None:
        """Encode all faces once: a stream shows frames again and again."""
        count = self.info.frame_count
        for done in self._latents.keep_all(count, self._network.batch):
            self._progress("read faces", done, count)

    def _ready(self) -> int:
        if not self.audio.rate:
            return 0
        samples = self.audio.settled() * RATE // self.audio.rate - _UNSETTLED
        # Frame t hears up to step ⌊50 · t / fps⌋ + 5, which must have been said.
        steps = samples // STEP - (WINDOW - BEFORE - 1)
        fps = self.info.fps
        frames = -(-steps * fps.numerator // (STEP_RATE * fps.denominator))
        return max(frames - self._generator.offset_frames, 0)

    def _oldest_sample(self) -> int:
        earlier = max(-self._generator.offset_frames, 0) / self.info.fps
        seconds = int(self.taken / self.info.fps - earlier) - HISTORY - 2
        return max(seconds, 0) * self.audio.rate
