"""One reading of the clip: every mouth it holds, as a patch and as measurements."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d, median_filter

from ...errors import SeamSyncError
from ...media.clips import SpilledArray
from ...media.video import FrameSource
from ...progress import Progress
from ...tracking.front.find import find_front
from ...tracking.front.masks import FrontMasks
from ...tracking.landmarks import lip_opening, lip_width
from ...tracking.track import FaceTrack
from .appearance import CONTACT, MouthAppearance, measure, move_inner
from .expression import expressions, usual_around
from .focus import blur, sharpness
from .lips import MouthAxes, contours_of, gap_of, mouth_axes, own_contours, pitch_of, yaw_of
from .paint import MouthLook
from .region import Region, lower_face, read_patches

#: A talking clip: the lip opening spreads this far (face widths, 5th to 95th percentile), and each of so many equal parts of
#: the spread has so many sharp mouths.
_TALKING_SPREAD, _TALKING_PARTS, _TALKING_MOUTHS = 0.05, 3, 2
#: Blur (see focus.blur()) from which on a mouth is not counted among them.
_BLURRED = 0.8
#: Radians beyond which a turned face lends no mouths, and from which on mouths move less, until they rest.
_LENDS, _MOVES, _RESTS = 0.75, 0.6, 1.0
#: Standard deviations at which the Gaussian of :func:`smooth_scenes` ends.
_TRUNCATED = 4.0
#: Gap (face widths) above closed that a face which has not been seen talking opens to.
_DEFAULT_REACH = 0.085


@dataclass(frozen=True, eq=False)
class MouthBank:
    """The mouths of a clip, S source frames.

    Attributes:
        patches: uint8 ``[S,3,side,side]``.
        region: where they are.
        landmarks: float64 ``[S,68,2]``, patch pixels.
        axes: the mouths' axes, patch pixels, ``[S]``.
        own: float64 ``[S,4,13,2]``, lip contours as found on the picture, own coordinates.
        looks: a look each; invisible frames repeat a neighbour's.
        light: float64 ``[S,4]`` and
        thumbs: float32 ``[S,96]``, see :class:`~seamsync.models.rewrite.appearance.MouthAppearance`.
        opening: float64 ``[S]``, lip_opening() of the landmarks.
        width: float64 ``[S]``, lip_width() of the landmarks.
        yaw: float64 ``[S]``, radians.
        pitch: float64 ``[S]``, see :func:`~seamsync.models.rewrite.lips.pitch_of`.
        expression: float64 ``[S,16]``, see :func:`~seamsync.models.rewrite.expression.expressions`, and
        usual: float64 ``[S,16]``, what is usual in the neighbourhood of each frame.
        blur: float64 ``[S,2]``, see :func:`~seamsync.models.rewrite.focus.blur`.
        visible: bool ``[S]``.
        scene: int32 ``[S]``.
        closed: lip_opening() of this face with closed lips.
        reach: how far above ``closed`` it opens in speech, face widths.
        talking: whether there are enough different mouths to search in.
        front: what is in front of the mouths.
    """

    patches: np.ndarray | SpilledArray
    region: Region
    landmarks: np.ndarray
    axes: MouthAxes
    own: np.ndarray
    looks: list[MouthLook]
    light: np.ndarray
    thumbs: np.ndarray
    opening: np.ndarray
    width: np.ndarray
    yaw: np.ndarray
    pitch: np.ndarray
    expression: np.ndarray
    usual: np.ndarray
    blur: np.ndarray
    visible: np.ndarray
    scene: np.ndarray
    closed: float
    reach: float
    talking: bool
    front: FrontMasks

    def __len__(self) -> int:
        return len(self.visible)

    @property
    def usable(self) -> np.ndarray:
        """Mouths that can be shown in other frames, bool ``[S]``: seen from the front, with nothing before them."""
        return self.visible & (np.abs(self.yaw) < _LENDS) & ~self.front.shown(len(self))

    def clear_near(self, frame: int) -> int | None:
        """Return the nearest frame of the same scene whose mouth nothing covers; None: there is none."""
        clear = np.flatnonzero(self.visible & (self.scene == self.scene[frame]) & ~self.front.shown(len(self)))
        return int(clear[np.abs(clear - frame).argmin()]) if len(clear) else None

    @property
    def mobility(self) -> np.ndarray:
        """How far each face lets its mouth be moved, 0…1 ``[S]``: a mouth seen from the side cannot be opened from there."""
        return np.clip((_RESTS - np.abs(self.yaw)) / (_RESTS - _MOVES), 0, 1)


def read_mouths(source: FrameSource, track: FaceTrack, count: int, progress: Progress) -> MouthBank:
    """Read the first ``count`` frames once.

    Raises:
        SeamSyncError: none of them shows the face.
    """
    if not track.visible[:count].any():
        raise SeamSyncError(
            f"no visible face in the first {count} frames of {source.info.name}; choose a part of the clip that shows "
            "the face, or track it with a lower min_confidence"
        )
    region = lower_face(track)
    landmarks = region.to_patch(track.landmarks[:count].astype(np.float64), np.arange(count))
    axes = mouth_axes(landmarks)
    traced = own_contours(contours_of(landmarks), axes)
    sights: dict[int, tuple[MouthAppearance, np.ndarray]] = {}

    def _visit(frame: int, patch: np.ndarray) -> None:
        one = MouthAxes(axes.origin[frame], axes.along[frame], axes.unit[frame])
        sights[frame] = measure(patch, traced[frame], one), sharpness(patch, one)

    front = find_front(source, track, np.arange(count), progress)
    covered = front.shown(count)
    patches = read_patches(source, track, region, count, _visit, progress)
    clear = [frame for frame in sorted(sights) if not covered[frame]] or sorted(sights)
    seen, sharp = zip(*(sights[i] for i in _nearest(np.array(clear), count)), strict=True)
    visible, scene = track.visible[:count], track.scene[:count]
    own = move_inner(traced, _steady(np.stack([one.moves for one in seen]), scene))
    opening, expression = lip_opening(landmarks), expressions(landmarks)
    frontal = visible & (np.abs(yaw_of(landmarks)) < _LENDS) & ~covered
    blurs = blur(np.stack(sharp), opening, frontal)
    closed, reach, talking = _range(opening, gap_of(own), visible, frontal, blurs[:, 1])
    return MouthBank(
        patches=patches,
        region=region,
        landmarks=landmarks,
        axes=axes,
        own=own,
        looks=_steady_looks([one.look for one in seen], scene),
        light=np.stack([one.light for one in seen]),
        thumbs=np.stack([one.thumb for one in seen]),
        opening=opening,
        width=lip_width(landmarks),
        yaw=yaw_of(landmarks),
        pitch=pitch_of(landmarks),
        expression=expression,
        usual=usual_around(expression, scene, visible, float(track.fps)),
        blur=blurs,
        visible=visible,
        scene=scene,
        closed=closed,
        reach=reach,
        talking=talking,
        front=front,
    )


def _nearest(seen: np.ndarray, count: int) -> np.ndarray:
    """For each of ``count`` frames the nearest seen one."""
    at = np.arange(count)
    after = np.clip(np.searchsorted(seen, at), 0, len(seen) - 1)
    before = np.maximum(after - 1, 0)
    return np.where(np.abs(seen[after] - at) < np.abs(at - seen[before]), seen[after], seen[before])


def smoothing_radius(spread: float) -> int:
    """Return how many frames away a value still counts in :func:`smooth_scenes`."""
    return int(_TRUNCATED * spread + 0.5)


def smooth_scenes(values: np.ndarray, scene: np.ndarray, spread: float) -> np.ndarray:
    """Values ``[T, …]`` smoothed over time (Gaussian, ``spread`` frames), each scene ``[T]`` by itself: float64."""
    smooth = np.array(values, np.float64)
    for number in np.unique(scene):
        at = scene == number
        smooth[at] = gaussian_filter1d(smooth[at], spread, axis=0, mode="nearest", truncate=_TRUNCATED)
    return smooth


def _steady(values: np.ndarray, scene: np.ndarray) -> np.ndarray:
    """Values ``[S, …]`` without outliers and jitter over time, each scene by itself."""
    steady = np.array(values, np.float64)
    for number in np.unique(scene):
        at = scene == number
        flat = steady[at].reshape(int(at.sum()), -1)
        steady[at] = median_filter(flat, size=(5, 1), mode="nearest").reshape(steady[at].shape)
    return smooth_scenes(steady, scene, 1.5)


def _steady_looks(looks: list[MouthLook], scene: np.ndarray) -> list[MouthLook]:
    """Looks whose colours and split do not flicker."""
    table = np.stack([np.concatenate([k.lip, k.skin, k.dark, [k.split, k.hollow]]) for k in looks])
    table = _steady(table, scene)
    colours = table[:, :9].astype(np.float32).reshape(-1, 3, 3)
    return [MouthLook(c[0], c[1], c[2], float(t[9]), float(t[10])) for c, t in zip(colours, table, strict=True)]


def _range(
    opening: np.ndarray, gap: np.ndarray, visible: np.ndarray, frontal: np.ndarray, blurred: np.ndarray
) -> tuple[float, float, bool]:
    """Closed opening, reach and whether the face talks, from what was seen of it: all ``[S]``."""
    # What the landmarks read when the lips on the picture would touch.
    closed = float(np.median((opening - gap)[visible])) + CONTACT
    if frontal.sum() < 3:
        return closed, _DEFAULT_REACH, False
    low, usual, high = np.percentile(opening[frontal], [5, 90, 95])
    sharp = opening[frontal & (blurred < _BLURRED)]
    counts, _ = np.histogram(np.clip(sharp, low, high), _TALKING_PARTS, (low, max(high, low + 1e-6)))
    if high - low < _TALKING_SPREAD or counts.min() < _TALKING_MOUTHS:
        return closed, _DEFAULT_REACH, False
    closed = float(min(low, max(closed, 0.0)))
    return closed, float(np.clip(usual - closed, 0.06, 0.16)), True
