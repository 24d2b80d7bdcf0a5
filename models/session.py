"""A generator at work on one clip: speech goes in, in pieces of any size, mouths come out.

A session works in one of two ways. When all speech was pushed and :meth:`Session.finish` was called before the first mouth
is taken, it sees the whole utterance and plans over all of it. Otherwise it streams: a mouth comes out as soon as the speech
that it depends on is complete, and what depends on the whole utterance (loudness, plans) is estimated from the last
:data:`HISTORY` seconds.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ..errors import SeamSyncError
from ..media.audio import Audio
from ..media.clips import MouthClip, store_patches
from ..media.frame import VideoInfo
from ..media.loops import play_order
from ..tracking.loops import matching_loop
from ..tracking.track import FaceTrack
from .audio_buffer import AudioBuffer

if TYPE_CHECKING:
    from .options import GenerateOptions

#: Seconds of speech that estimates are made from while streaming.
HISTORY = 10
#: Fields of a batch beside its patches, which a clip has too.
_ARRAYS = ("frames", "to_frame", "active", "landmarks", "opacity")


@dataclass(frozen=True, eq=False)
class MouthBatch:
    """Mouths of N consecutive output frames.

    Attributes:
        first: index of the first output frame, counted from the session's beginning.
        patches: uint8 ``[N,3,h,w]``, RGB.
        frames: int64 ``[N]``, the target frame each mouth belongs to.
        to_frame: float64 ``[N,2,3]``, patch pixel → frame pixel.
        active: bool ``[N]``; False: leave the frame alone.
        landmarks: float ``[N,68,2]`` of the generated face in frame pixels, where the generator knows them.
        opacity: float32 ``[N]``, 0…1; None: 1 everywhere.
    """

    first: int
    patches: np.ndarray
    frames: np.ndarray
    to_frame: np.ndarray
    active: np.ndarray
    landmarks: np.ndarray | None = None
    opacity: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.frames)

    def rest(self, begin: int) -> MouthBatch:
        """Return the mouths without the first ``begin``."""
        parts = {name: None if (part := getattr(self, name)) is None else part[begin:] for name in ("patches", *_ARRAYS)}
        return MouthBatch(self.first + begin, **parts)  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[tuple[int, np.ndarray]]:
        """Yield (output frame, patch uint8 ``[3,h,w]``)."""
        return ((self.first + row, patch) for row, patch in enumerate(self.patches))


@dataclass(frozen=True, eq=False)
class Summary:
    """What is known of an utterance when all its mouths were taken; the fields are those of :class:`MouthClip`."""

    source: dict[str, Any]
    curves: dict[str, np.ndarray] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class Session(ABC):
    """Base of all sessions: the audio clock, the order of the target's frames, and both ways of working.

    Sample 0 of an utterance belongs to the first output frame that was not taken before. Output frame k shows the target's
    frame that the options' ``loop`` gives it. Calls must come from one thread at a time.

    Args:
        info: of the target clip.
        track: its face, one entry a frame.
        options: see :class:`~seamsync.models.base.GenerateOptions`.

    Example::

        session = generator.prepare(source, track, options)
        for samples in microphone:
            session.push(samples, 16_000)
            for batch in session.patches():
                for frame, patch in batch:
                    show(frame, patch)
    """

    def __init__(self, info: VideoInfo, track: FaceTrack, options: GenerateOptions) -> None:
        self.info, self.track, self.options = info, track, options
        self.audio = AudioBuffer()
        self._loop = matching_loop(track) if options.loop == "restart" else None
        #: Output frames taken before this utterance, and of it.
        self.origin, self.taken = 0, 0
        self._finished = self._streaming = False
        self._whole: Iterator[MouthBatch] | None = None

    def push(self, samples: np.ndarray, rate: int) -> None:
        """Append speech.

        Args:
            samples: float32 ``[C,N]``, nominally −1…1, of any length. They are not copied: do not write to them afterwards.
            rate: samples a second, the same for the whole utterance.

        Raises:
            SeamSyncError: another shape, rate or number of channels, or the utterance is finished.
        """
        self.push_audio(Audio(samples, rate))

    def push_audio(self, audio: Audio) -> None:
        """Append speech as :meth:`push` does. Long sound that lies in a file stays there."""
        if self._finished:
            raise SeamSyncError("this utterance is finished; call clear() before pushing the next one")
        self.audio.append(audio)

    def finish(self) -> None:
        """End the utterance: no more speech follows, so that its last mouths can be taken."""
        self._finished = True

    def clear(self) -> None:
        """Drop all speech that is not shown yet, and be ready for another utterance; output frames are counted on."""
        self.origin, self.taken = self.origin + self.taken, 0
        self.audio = AudioBuffer()
        self._finished = self._streaming = False
        self._whole = None

    def skip(self, count: int) -> None:
        """Leave out the first ``count`` mouths of a finished utterance, of which none was taken: an earlier run made them."""
        self.taken = count

    def patches(self) -> Iterator[MouthBatch]:
        """Yield the mouths that are ready and were not taken before.

        Taking mouths before any speech was pushed gives none, but reads the clip, so that the first mouth comes sooner.

        Raises:
            SeamSyncError: the utterance is finished and has no samples, or the clip cannot be read.
        """
        if self._finished and not self._streaming and self._whole is None:
            self._whole = self._all_at_once()
        # A loop, not "yield from": that would close the iterator with this one, and the mouths left would be lost.
        for batch in self._stream() if self._whole is None else self._whole:
            late = self.origin + self.taken - batch.first
            if late < len(batch):
                rest = batch.rest(late) if late > 0 else batch
                self.taken += len(rest)
                yield rest

    @abstractmethod
    def summary(self) -> Summary:
        """Return what reports say of the utterance; call it when it is finished and all its mouths were taken."""

    @abstractmethod
    def _all_at_once(self) -> Iterator[MouthBatch]:
        """Yield the mouths of the whole utterance, which is finished, in order, at least from frame ``taken`` on."""

    @abstractmethod
    def _open(self) -> None:
        """Read what streaming needs of the clip; called before every piece, so it must remember."""

    @abstractmethod
    def _ready(self) -> int:
        """Return how many frames of the utterance, from its first, have all the speech they depend on."""

    @abstractmethod
    def _next(self, first: int, last: int, ended: bool) -> Iterator[MouthBatch]:
        """Yield the mouths ``first`` … ``last`` − 1 of the utterance; ``ended``: no speech follows."""

    def _stream(self) -> Iterator[MouthBatch]:
        self._streaming = True
        self._open()
        ready = self.length() if self._finished else min(self._ready(), self.audio.frames(self.info.fps))
        if self.options.loop == "end":
            ready = min(ready, self.info.frame_count - self.origin)
        if self.taken < ready:
            yield from self._next(self.taken, ready, self._finished)
        self.audio.drop(self._oldest_sample())

    def _oldest_sample(self) -> int:
        """Return the first sample that mouths to come may depend on."""
        seconds = int(self.taken / self.info.fps) - HISTORY - 2
        return max(seconds, 0) * self.audio.rate

    def spoken(self) -> int:
        """Return how many output frames the speech lasts, at least 1.

        Raises:
            SeamSyncError: no samples were pushed.
        """
        if not self.audio.count:
            raise SeamSyncError("audio is empty (0 samples); give speech of at least one video frame's length")
        return max(1, round(self.audio.count * self.info.fps / self.audio.rate))

    def length(self) -> int:
        """Return how many output frames the finished utterance has: those spoken, and the target's rest if it is kept."""
        return max(len(self._played(self.origin + self.spoken())) - self.origin, 0)

    def order(self) -> np.ndarray:
        """Return the target's frame for every output frame of the finished utterance, int64 ``[N]``."""
        return self._played(self.origin + self.spoken())[self.origin :]

    def endless_order(self, first: int, last: int) -> np.ndarray:
        """Return the target's frames of the utterance's output frames ``first`` … ``last`` − 1, if speech went on for ever."""
        wanted = max(self.origin + last, self.info.frame_count + 1)
        return self._played(wanted)[self.origin + first : self.origin + last]

    def _played(self, wanted: int) -> np.ndarray:
        options = self.options
        return play_order(self.info.frame_count, wanted, loop=options.loop, keep_rest=options.keep_rest, seam=self._loop)

    def history(self) -> tuple[int, Audio]:
        """Return the utterance's frame that the last seconds of speech begin with, and that speech.

        The window begins :data:`HISTORY` seconds before the first frame that was not taken, or with the utterance.
        """
        first = max(self.taken - int(HISTORY * self.info.fps), 0)
        return first, self.audio.since(self.audio.sample_of(first, self.info.fps))


class KeptBatches(Protocol):
    """Where the mouths of an utterance are kept while they are made, for a later run of the same job."""

    def batches(self) -> Iterator[MouthBatch]:
        """Yield the mouths that an earlier run made, from the first frame on, without a gap."""
        ...

    def keep(self, batch: MouthBatch) -> None:
        """Keep the mouths that follow."""
        ...

    def finish(self, summary: Summary) -> None:
        """Report that all were made."""
        ...


def generate_clip(session: Session, audio: Audio, kept: KeptBatches | None = None) -> MouthClip:
    """Return the mouths of a whole utterance: push all of the speech, finish, take everything.

    Args:
        session: a fresh one.
        audio: the speech; its first sample belongs to the clip's first frame.
        kept: what an earlier run made; it is not made again.

    Raises:
        SeamSyncError: no samples.
    """
    session.push_audio(audio)
    session.finish()

    def _batches() -> Iterator[MouthBatch]:
        if kept is None:
            yield from session.patches()
            return
        count = 0
        for batch in kept.batches():
            count += len(batch)
            yield batch
        session.skip(count)
        for batch in session.patches():
            kept.keep(batch)
            yield batch
        kept.finish(session.summary())

    return join_batches(_batches(), session.summary)


def join_batches(batches: Iterable[MouthBatch], summary: Callable[[], Summary]) -> MouthClip:
    """Return a clip of consecutive batches, whose patches go to a temporary file past a size.

    Args:
        batches: at least one.
        summary: called when all were taken.
    """
    taken: list[MouthBatch] = []

    def _patches() -> Iterator[np.ndarray]:
        for batch in batches:
            # The rest is small and stays in memory. A slice of the patches would keep them all alive.
            taken.append(replace(batch, patches=np.empty((0, 3, 1, 1), np.uint8)))
            yield batch.patches

    def _joined(name: str) -> Any:
        return None if getattr(taken[0], name) is None else np.concatenate([getattr(batch, name) for batch in taken])

    patches = store_patches(_patches())
    parts, known = {name: _joined(name) for name in _ARRAYS}, summary()
    return MouthClip(patches=patches, **parts, source=known.source, curves=known.curves, notes=known.notes)
