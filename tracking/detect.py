"""Run the tracking pass: find the face, follow it from frame to frame, find it again when it was lost."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, pairwise

import numpy as np

from ..media.frame import PlanarFrame
from ..media.video import FrameSource
from ..progress import Progress, no_progress
from .crops import crop_to_frame, cut_crop
from .gaps import fill_gaps
from .networks import FaceNetworks, FoundFaces, strongest_faces, turn_faces
from .options import TrackOptions
from .plausible import plausible_faces, plausible_step
from .scenes import SceneMeter
from .select_face import NO_CANDIDATES, SAME_LOOK, Candidates, FaceMemory, appearance, choose_again, choose_first, look_distance
from .track import FaceTrack

#: Frames tracked at once.
CHUNK = 8
#: A region that refining moved by more than this share of its side is refined again.
_SETTLED = 0.08
#: A face detected with at least this score is upright. On 22 clips upside-down faces scored 0.80 at most.
_CLEARLY_UPRIGHT = 0.85
#: When the face has been away this many frames, only every fourth frame is searched (and, on a hit, those between).
_PATIENCE, _STRIDE = 8, 4


def _chunks(frames: Iterator[PlanarFrame]) -> Iterator[list[PlanarFrame]]:
    while chunk := list(islice(frames, CHUNK)):
        yield chunk


def track_face(
    source: FrameSource,
    networks: FaceNetworks,
    options: TrackOptions | None = None,
    progress: Progress = no_progress,
) -> FaceTrack:
    """Follow one face through a clip, in one pass, in memory that does not grow with pixels.

    Args:
        source: the clip.
        networks: detector and landmark network, on whatever device they were loaded to.
        options: which face, and the least confidence.
        progress: called as ``("track", done, total)`` for every search, and every few frames that are followed.

    Returns:
        A track with one entry a frame. Frames without the face are invisible and repeat their neighbours' landmarks; a
        clip without any face is invisible throughout, with landmarks of zero. Nothing is smoothed yet.

    Raises:
        Cancelled: by ``progress``.
    """
    info, options = source.info, options or TrackOptions()
    follower = _Follower(networks, options, (info.width, info.height), float(info.fps))
    progress("track", 0, info.frame_count)
    for chunk in _chunks(iter(source.frames())):
        for done in follower.feed(chunk):
            progress("track", done, max(done, info.frame_count))
    scene = follower.meter.scenes()
    points, confidence, visible = fill_gaps(follower.points, follower.confidence, scene, options.max_gap)
    return FaceTrack.from_points(points, confidence, visible, scene, (info.width, info.height), info.fps)


class _Follower:
    """Keep the state of the pass: what was measured so far, and the face as it was last."""

    def __init__(self, networks: FaceNetworks, options: TrackOptions, size: tuple[int, int], fps: float) -> None:
        self.points: list[np.ndarray | None] = []
        self.confidence: list[float] = []
        self.meter = SceneMeter()
        self._networks, self._options, self._size, self._fps = networks, options, size, fps
        self._memory: FaceMemory | None = None
        self._following = False
        self._moved_on = False
        self._searches = 0

    def feed(self, frames: list[PlanarFrame]) -> Iterator[int]:
        """Track the next frames. Yield the number of frames done after each step.

        A frame that may be a cut begins a new search.
        """
        breaks = [i for i, frame in enumerate(frames) if self.meter.push(frame)]
        edges = [0, *(i for i in breaks if i > 0), len(frames)]
        for start, stop in pairwise(edges):
            if start in breaks:
                self._following, self._moved_on = False, True
            yield from self._segment(frames[start:stop])

    def _segment(self, frames: list[PlanarFrame]) -> Iterator[int]:
        start = 0
        while start < len(frames):
            if self._following and self._memory is not None:
                start += self._follow(frames[start:], self._memory)
            else:
                away = self._memory.absent if self._memory else len(self.points)
                ahead = _STRIDE if away >= _PATIENCE else 1
                start += self._search(frames[start : start + ahead])
            yield len(self.points)

    def _measure(self, frames: list[PlanarFrame], regions: np.ndarray) -> Candidates:
        """Fit landmarks in regions ``[B,4]``, one a frame. Refine each region by its own landmarks."""
        size = self._networks.crop_size
        crops = np.stack([cut_crop(f, r, size) for f, r in zip(frames, regions, strict=True)])
        points, confidence = self._networks.fit_landmarks(crops)
        points = crop_to_frame(points, regions, size)
        again, used = np.arange(len(frames)), regions.copy()
        for _ in range(2):
            refined = self._networks.crop_regions(points[again])
            crops[again] = [cut_crop(frames[i], r, size) for i, r in zip(again, refined, strict=True)]
            used[again] = refined
            fitted, confidence[again] = self._networks.fit_landmarks(crops[again])
            points[again] = crop_to_frame(fitted, refined, size)
            moved = np.linalg.norm(self._networks.crop_regions(points[again])[:, :2] - refined[:, :2], axis=1)
            again = again[moved > _SETTLED * refined[:, 2]]
            if not len(again):
                break
        return Candidates(points, self._networks.crop_regions(points), confidence, appearance(crops, used, self._size))

    def _sure(self, found: Candidates) -> np.ndarray:
        return (found.confidence >= self._options.min_confidence) & plausible_faces(found.points, self._size)

    def _follow(self, frames: list[PlanarFrame], memory: FaceMemory) -> int:
        """Track on from the last frame. Return how many frames were good, or None when the face is lost."""
        found = self._measure(frames, memory.predict(len(frames)))
        sure = self._sure(found)
        for i in range(len(frames)):
            known = look_distance(found.looks[i], memory.look) <= memory.same_limit(self._fps)
            if not (sure[i] and known and plausible_step(memory.points, found.points[i], memory.region, found.regions[i])):
                self._following = i > 0
                return i
            memory.update(found.regions[i], found.points[i], found.looks[i])
            self._record(found.points[i], found.confidence[i])
        return len(frames)

    def _record(self, points: np.ndarray | None, confidence: float = 0.0) -> None:
        self.points.append(points)
        self.confidence.append(float(confidence))

    def _search(self, frames: list[PlanarFrame]) -> int:
        """Search the face in the last of these frames. When it is there, measure the frames before it, backwards."""
        last = frames[-1]
        found = self._candidates(last)
        place = self._choose(found)
        if place is None:
            for _ in frames:
                self._record(None)
            if self._memory:
                self._memory.absent += len(frames)
            return len(frames)
        region, points, look = found.regions[place], found.points[place], found.looks[place]
        earlier = self._backwards(frames[:-1], region, look)
        for one in earlier:
            self._record(*one)
        self._record(points, found.confidence[place])
        if self._memory is None or self._moved_on:
            self._memory = FaceMemory(region, points, look)
        else:
            self._memory.absent += len(frames) - 1
            self._memory.update(region, points, look)
            self._memory.velocity = np.zeros(2)
        self._memory.other_looks.extend(found.looks[i] for i in range(len(found.looks)) if i != place)
        self._following, self._moved_on = True, False
        return len(frames)

    def _backwards(self, frames: list[PlanarFrame], region: np.ndarray, look: np.ndarray) -> list[tuple]:
        """Measure the frames before a hit, backwards. Give (None, 0) from where the face was not there yet."""
        out: list[tuple] = []
        for frame in reversed(frames):
            found = self._measure([frame], region[None])
            if not self._sure(found)[0] or look_distance(found.looks[0], look) > SAME_LOOK:
                break
            region = found.regions[0]
            out.insert(0, (found.points[0], found.confidence[0]))
        return [(None, 0.0)] * (len(frames) - len(out)) + out

    def _candidates(self, frame: PlanarFrame) -> Candidates:
        """Return all faces in a frame that the landmark network confirms."""
        faces = self._detect(frame.rgb())
        if not len(faces):
            return NO_CANDIDATES
        found = self._measure([frame] * len(faces), faces.regions)
        return found.take(np.flatnonzero(self._sure(found)))

    def _detect(self, picture: np.ndarray) -> FoundFaces:
        """Detect faces in a picture, also upside-down ones.

        The detector finds an upside-down face with a low score and the wrong roll. The landmark network then places a mouth on
        its forehead with full confidence. So where a score is low the picture is searched rotated by 180° too. Of two faces in
        one place the one with the higher score is kept. While no face is known, every second empty picture is searched in this
        way.
        """
        faces = self._networks.find_faces(picture)
        self._searches += 1
        unknown = not len(faces) and self._memory is None and self._searches % 2 == 1
        if unknown or (faces.scores < _CLEARLY_UPRIGHT).any():
            turned = self._networks.find_faces(np.ascontiguousarray(picture[::-1, ::-1]))
            faces = strongest_faces(faces, turn_faces(turned, self._size))
        return faces

    def _choose(self, found: Candidates) -> int | None:
        if self._memory is not None:
            again = choose_again(found, self._memory, self._fps, moved_on=self._moved_on)
            if again is not None or not self._moved_on:
                return again
        return choose_first(found, self._options.face, self._options.index, self._size)
