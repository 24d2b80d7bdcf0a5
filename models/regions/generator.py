"""Play mouth regions as a generator: each output frame has the picture that was made for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np

from ...arrays import frame_numbers
from ...errors import SeamSyncError
from ...media.clips import MouthClip
from ...media.loops import LOOPS, play_order
from ...media.video import FrameSource
from ...progress import Progress, no_progress
from ...runtime import DEFAULT_RUNTIME, Runtime
from ...tracking.track import FaceTrack
from ..base import Generator
from ..generated_face import with_generated_landmarks
from ..options import GenerateOptions
from ..session import MouthBatch, Session, Summary, join_batches
from .options import RegionOptions
from .place import Placement, place_regions
from .read import Regions

#: Pictures read at once.
_BATCH = 32


class RegionPlayer:
    """Read regions as mouths of consecutive output frames.

    Args:
        regions: the pictures and bounds.
        track: the target's face.
        order: int64 ``[N]``, the target's frame of each output frame, unless the regions name their own.
        options: how the bounds are read.

    Raises:
        SeamSyncError: no picture can be read, or the bounds do not lie on the mouth.

    Attributes:
        frames: int64 ``[N]``, the target's frame of each output frame.
        missing: output frames whose region has no picture that can be read, of those played so far.
    """

    def __init__(self, regions: Regions, track: FaceTrack, order: np.ndarray, options: RegionOptions) -> None:
        self._regions, self._count = regions, len(order)
        known = min(len(order), len(regions))
        self.frames = np.array(order)
        if regions.targets is not None:
            self.frames[:known] = _within(regions.targets[:known], len(track))
        rows = np.full((len(order), regions.rows.shape[1]), np.nan)
        rows[:known] = regions.rows[:known]
        width, height = self._size(known)
        self._place: Placement = place_regions(rows, (width, height), track.take(self.frames), options, regions.size)
        self._shape = (height, width)
        rectangles = np.nan_to_num(self._place.rectangles)
        self._to_frame = np.zeros((len(order), 2, 3))
        self._to_frame[:, 0, 0] = (rectangles[:, 2] - rectangles[:, 0]) / width
        self._to_frame[:, 1, 1] = (rectangles[:, 3] - rectangles[:, 1]) / height
        self._to_frame[:, :, 2] = rectangles[:, :2]
        self.missing: list[int] = []

    def _size(self, known: int) -> tuple[int, int]:
        """Return width and height of the first picture; the others are brought to them."""
        for index in range(known):
            if (picture := self._regions.picture(index)) is not None:
                return picture.shape[1], picture.shape[0]
        raise SeamSyncError(f"none of the {len(self._regions)} pictures of {self._regions.name} can be read; export them again")

    def play(self, first: int, last: int, origin: int = 0) -> Iterator[MouthBatch]:
        """Yield the mouths of output frames ``first`` … ``last`` − 1; ``origin`` is added to their numbers."""
        for begin in range(first, last, _BATCH):
            at = slice(begin, min(begin + _BATCH, last))
            patches = np.zeros((at.stop - begin, 3, *self._shape), np.uint8)
            active = self._place.usable[at].copy()
            for row, index in enumerate(range(begin, at.stop)):
                picture = self._regions.picture(index) if index < len(self._regions) else None
                if picture is None:
                    active[row] = False
                    self.missing.append(index)
                elif active[row]:
                    patches[row] = self._resized(picture).transpose(2, 0, 1)
            yield MouthBatch(origin + begin, patches, self.frames[at], self._to_frame[at], active)

    def _resized(self, picture: np.ndarray) -> np.ndarray:
        height, width = self._shape
        if picture.shape[:2] == (height, width):
            return picture
        smaller = picture.shape[0] > height
        return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)

    def summary(self) -> Summary:
        """Return what reports say of the mouths played."""
        source = {"name": "regions", "from": self._regions.name, "pictures": len(self._regions)}
        notes = list(self._place.notes)
        if self.missing:
            numbers = frame_numbers(np.isin(np.arange(self._count), self.missing))
            notes.append(f"{len(self.missing)} frames have no mouth region and keep the clip's own: {numbers}")
        if len(self._regions) > self._count:
            notes.append(f"the last {len(self._regions) - self._count} mouth regions are not used: the speech ends before them")
        return Summary(source, notes=tuple(notes))


def _within(targets: np.ndarray, count: int) -> np.ndarray:
    if targets.max() >= count:
        raise SeamSyncError(f"target_frame must be 0…{count - 1}, the frames of the clip, got {targets.max()}")
    return targets


def import_regions(
    source: FrameSource,
    track: FaceTrack,
    regions: Regions,
    *,
    options: RegionOptions | None = None,
    loop: str = LOOPS[0],
    runtime: Runtime = DEFAULT_RUNTIME,
) -> MouthClip:
    """Make mouths of regions that were generated elsewhere, one an output frame.

    Args:
        source: the clip into which they go.
        track: its face.
        regions: pictures and bounds, from :func:`.read.read_regions`.
        options: how the bounds are read.
        loop: how the clip goes on where there are more regions than frames.
        runtime: where the generated lips are tracked, and whom the job informs.

    Raises:
        SeamSyncError: no picture can be read, or the bounds do not lie on the mouth.
    """
    order = play_order(source.info.frame_count, max(len(regions), 1), loop=loop)
    player = RegionPlayer(regions, track, order, options or RegionOptions())

    def batches() -> Iterator[MouthBatch]:
        """Yield the mouths, with progress."""
        for batch in player.play(0, len(order)):
            yield batch
            runtime.progress("import", batch.first + len(batch), len(order))

    return with_generated_landmarks(source, track, join_batches(batches(), player.summary), runtime)


class RegionGenerator(Generator):
    """Gives the regions that were made elsewhere as the mouths of a speech.

    Args:
        regions: pictures and bounds.
        options: how the bounds are read.
    """

    name = "regions"

    def __init__(self, regions: Regions, options: RegionOptions | None = None) -> None:
        self.regions, self.options = regions, options or RegionOptions()

    def prepare(
        self, source: FrameSource, track: FaceTrack, options: GenerateOptions, progress: Progress = no_progress
    ) -> Session:
        """Return a session for a clip; see :meth:`~seamsync.models.base.Generator.prepare`."""
        return _RegionSession(self, source, track, options, progress)


class _RegionSession(Session):
    """Plays region k as output frame k of the utterance; no region waits for more speech than its own frame's."""

    def __init__(
        self, generator: RegionGenerator, source: FrameSource, track: FaceTrack, options: GenerateOptions, progress: Progress
    ) -> None:
        super().__init__(source.info, track, options)
        self._generator, self._progress = generator, progress
        self._player: RegionPlayer | None = None

    def clear(self) -> None:
        """See :meth:`~seamsync.models.session.Session.clear`."""
        super().clear()
        self._player = None

    def summary(self) -> Summary:
        """See :meth:`~seamsync.models.session.Session.summary`."""
        return self._play(self.order()).summary()

    def _play(self, order: np.ndarray) -> RegionPlayer:
        if self._player is None:
            self._player = RegionPlayer(self._generator.regions, self.track, order, self._generator.options)
        return self._player

    def _all_at_once(self) -> Iterator[MouthBatch]:
        order = self.order()
        if not len(order):
            return
        for batch in self._play(order).play(self.taken, len(order), self.origin):
            self._progress("generate", batch.first - self.origin + len(batch), len(order))
            yield batch

    def _open(self) -> None:
        """Read nothing: pictures are read when their frame comes."""

    def _ready(self) -> int:
        return self.audio.frames(self.info.fps)

    def _next(self, first: int, last: int, ended: bool) -> Iterator[MouthBatch]:
        regions: Any = self._generator.regions
        order = self.endless_order(0, max(len(regions), last))
        player = self._play(order)
        if last > len(player.frames):
            self._player = None
            player = self._play(order)
        yield from player.play(first, last, self.origin)
