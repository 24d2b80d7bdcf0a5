"""Plan the composite before a pixel is read: outline, patch corners and ROI of every output frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from ..arrays import smoothstep
from ..errors import SeamSyncError
from ..media.clips import MouthClip
from ..media.planes import Box, align_box
from ..media.video import VideoInfo
from ..progress import Check, no_check
from ..tracking.align import apply_affine
from ..tracking.front.masks import FrontMasks
from ..tracking.landmarks import JAW, MOUTH_CORNERS, NOSE, NOSE_BASE, face_width
from ..tracking.pose import head_pose
from ..tracking.track import FaceTrack, scenes_in_order
from .mask.bounds import cover_lips, stay_on_face
from .mask.feather import alpha_extent
from .mask.jaw import jaw_reach, past_jaw
from .mask.shapes import WITHIN_FACE, WITHOUT_MOUTH, Outlines, face_frames, outlines
from .mask.temporal import ema, smooth_outlines
from .settings import MouthMask, SeamSettings

#: Pixels around the mask that the seam's metrics and filters need.
MARGIN = 8
#: Least width of the soft edge around the lips, face widths.
LIP_COVER = 0.03
#: Frames planned at once, to limit the memory of float64 arrays in a long clip.
_BLOCK = 1024

Indices = np.ndarray | Sequence[int]
_LOWER_FACE = np.concatenate([JAW[3:6], JAW[11:14], NOSE_BASE, MOUTH_CORNERS])


STATUS = ("composited", "no face", "left alone", "outside the frame", "profile", "mouth covered")
#: Weight of the past, forwards and backwards, in the yaw that fades profiles and in the reach past the chin: some ten frames.
_YAW_BETA, _REACH_BETA = 0.8, 0.7
#: A reach past the chin is kept over so many frames around, so that it is whole when the jaws differ.
_REACH_FRAMES = 9
#: Share of the mouth from which on an object fades the new mouth, and from which on the frame keeps its own pixels; and frames
#: over which the share is averaged.
_COVERED, _COVERED_FRAMES = (0.35, 0.5), 3


@dataclass(frozen=True, eq=False)
class SeamPlan:
    """Hold the geometry of the seam over time, a few hundred bytes a frame; compute the rest for a batch at a time.

    Attributes:
        track: of the target.
        mouths: one entry an output frame.
        shape: smoothed outlines of the mask, in face coordinates.
        boxes: int32 ``[T,4]``, ROI as x0, y0, x1, y1 in whole pixels on the chroma grid, inside
            the frame; all 0 where the mask lies outside it.
        scene: int32 ``[T]``.
        compose: bool ``[T]``; False: the frame passes through untouched.
        status: why, an entry of :data:`STATUS` a frame, int8 ``[T]``.
        facing: float32 ``[T]``, weight of the new mouth, from 1 for a face that looks ahead to 0 in profile, or where something
            covers half of the mouth.
        reach: float32 ``[T]``, how far the mask may reach past the target's chin, face widths; see :mod:`.mask.jaw`.
        front: what is in front of the target's face, where it is known.
    """

    track: FaceTrack
    mouths: MouthClip
    shape: Outlines
    boxes: np.ndarray
    scene: np.ndarray
    compose: np.ndarray
    status: np.ndarray
    facing: np.ndarray
    reach: np.ndarray
    front: FrontMasks | None = None

    def __len__(self) -> int:
        return len(self.compose)

    def box(self, index: int) -> Box:
        """Return the ROI of one frame."""
        x0, y0, x1, y1 = (int(v) for v in self.boxes[index])
        return x0, y0, x1, y1

    def landmarks(self, indices: Indices) -> np.ndarray:
        """Return the target's landmarks in these output frames, float32 ``[B,68,2]``, pixels."""
        return self.track.landmarks[self.mouths.frames[indices]]

    def face_width(self, indices: Indices) -> np.ndarray:
        """Return the face width in these output frames, float32 ``[B]``, pixels."""
        return face_width(self.landmarks(indices))

    def outline(self, indices: Indices) -> np.ndarray:
        """Return the mask's outline in frame pixels, float64 ``[B,RAYS,2]``."""
        return self.shape.take(indices).points(face_frames(self.landmarks(indices)))

    def quad(self, indices: Indices) -> np.ndarray:
        """Return the corners of the patch's usable part in frame pixels, in order, float64 ``[B,4,2]``."""
        height, width = self.mouths.patches.shape[2:]
        low, right, bottom = self.mouths.inset, width - self.mouths.inset, height - self.mouths.inset
        corners = np.array([[low, low], [right, low], [right, bottom], [low, bottom]], np.float64)
        return apply_affine(self.mouths.to_frame[indices], corners)

    def profile(self, indices: Indices) -> np.ndarray:
        """Return the weight of the new mouth by yaw and by what covers the mouth, float32 ``[B]``, 1…0."""
        return self.facing[indices]

    def motion(self, indices: Indices) -> np.ndarray:
        """Return the velocity of the lower face, float64 ``[B,2]``, pixels a frame.

        It is the central difference of cheeks, nose and mouth corners, which speech moves little. At the ends of a scene it is
        one-sided, in a scene of one frame 0.
        """
        rows = np.asarray(indices, np.int64)
        before, after = np.maximum(rows - 1, 0), np.minimum(rows + 1, len(self) - 1)
        before = np.where(self.scene[before] == self.scene[rows], before, rows)
        after = np.where(self.scene[after] == self.scene[rows], after, rows)
        there, here = (self.landmarks(which)[:, _LOWER_FACE].astype(np.float64).mean(1) for which in (after, before))
        return (there - here) / np.maximum(after - before, 1)[:, None]


def plan_seam(
    track: FaceTrack,
    mouths: MouthClip,
    settings: SeamSettings,
    info: VideoInfo,
    check: Check = no_check,
    front: FrontMasks | None = None,
) -> SeamPlan:
    """Plan all output frames.

    Args:
        track: of the target, one entry a frame of it.
        mouths: one entry an output frame; ``mouths.frames`` says which target frame each belongs to.
        settings: mask and temporal settings are used.
        info: of the target.
        check: called for every block of frames.
        front: what is in front of the target's face, of :func:`~.faces.find_occluders`.

    Raises:
        SeamSyncError: track, mouths, video or the user's mask do not belong together.
    """
    track.check_clip(info)
    if settings.mask.external is not None:
        settings.mask.external.check_clip(info)
    last = int(mouths.frames.max(initial=-1))
    if last >= len(track):
        raise SeamSyncError(f"the mouths belong to target frame {last}, but the track has only {len(track)} frames")
    scene = scenes_in_order(track.scene, mouths.frames)
    shape = free_outlines(track, mouths, settings, scene, check)
    reach = jaw_reaches(track, mouths, settings.mask, scene)
    shape = Outlines.join(
        [
            _bounded(shape.take(b), track.landmarks[mouths.frames[b]], _of(mouths.landmarks, b), settings.mask, reach[b])
            for b in _blocks(len(mouths), check)
        ]
    )
    facing = _facing(track.landmarks, mouths.frames, scene, settings)
    bare = np.ones_like(facing) if front is None else _bare(front, mouths.frames, scene)
    kept = [~track.visible[mouths.frames], ~mouths.active, facing == 0, bare == 0]
    status = np.select(kept, [1, 2, 4, 5], 0).astype(np.int8)
    boxes, facing = np.zeros((len(mouths), 4), np.int32), facing * bare
    plan = SeamPlan(track, mouths, shape, boxes, scene, status == 0, status, facing, reach, front)
    widening = settings.temporal.motion_widening
    for block in _blocks(len(mouths), check):
        motion = widening * plan.motion(block) if widening else None
        margin = alpha_extent(plan.face_width(block), settings.mask, motion) + MARGIN
        plan.boxes[block] = _boxes(_extent(plan, block, settings.mask), margin, info)
    status[(status == 0) & (plan.boxes[:, 2] <= plan.boxes[:, 0])] = 3
    return replace(plan, compose=status == 0)


def free_outlines(
    track: FaceTrack, mouths: MouthClip, settings: SeamSettings, scene: np.ndarray, check: Check = no_check
) -> Outlines:
    """Return smoothed outlines without bounds: neither the border of the face nor the lips limit them.

    Args:
        track, mouths, settings, check: as for :func:`plan_seam`.
        scene: int32 ``[T]`` of the output frames.
    """
    shapes = [
        outlines(track.landmarks[mouths.frames[block]], _of(mouths.landmarks, block), settings.mask)[0]
        for block in _blocks(len(mouths), check)
    ]
    smooth = smooth_outlines(Outlines.join(shapes), scene, settings.temporal)
    return past_jaw(smooth, jaw_reaches(track, mouths, settings.mask, scene))


def jaw_reaches(track: FaceTrack, mouths: MouthClip, mask: MouthMask, scene: np.ndarray) -> np.ndarray:
    """Return how far the mask may reach past the target's chin, smoothed, float32 ``[T]``, face widths."""
    parts = [
        jaw_reach(track.landmarks[mouths.frames[b]], _of(mouths.landmarks, b), mask) for b in _blocks(len(mouths), no_check)
    ]
    reach = np.concatenate([np.zeros(0, np.float32), *parts])
    if not reach.any():
        return reach
    early = np.concatenate(
        [maximum_filter1d(part, _REACH_FRAMES) for part in np.split(reach, np.flatnonzero(np.diff(scene)) + 1)]
    )
    return ema(early, _REACH_BETA, scene, zero_phase=True)


def _blocks(count: int, check: Check) -> Iterator[np.ndarray]:
    """Yield indices of frames planned together; call the check before each block."""
    for start in range(0, count, _BLOCK):
        check()
        yield np.arange(start, min(start + _BLOCK, count))


def _bounded(
    shape: Outlines, original: np.ndarray, generated: np.ndarray | None, mask: MouthMask, reach: np.ndarray
) -> Outlines:
    """Limit smoothed outlines to the target's face, whose border must not fold, and extend them around both faces' lips."""
    if mask.shape in WITHIN_FACE:
        shape = stay_on_face(shape, original, None, mask, reach)
    if mask.shape in WITHOUT_MOUTH:
        return shape
    return cover_lips(shape, original, generated, max(LIP_COVER + mask.erosion - mask.dilation, 0.0))


def _extent(plan: SeamPlan, indices: Indices, mask: MouthMask) -> np.ndarray:
    """Return points that the ROI must contain, ``[B,N,2]``.

    These are the outline; the patch, where another mask may extend past the outline; and the nose of an aligned patch, from
    which the motion of the face is measured.
    """
    parts = [plan.outline(indices)]
    joined = [mask.region_mode] * bool(mask.regions) + [mask.external_mode] * (mask.external is not None)
    if {"union", "replace"} & set(joined):
        parts.append(plan.quad(indices))
    if mask.alignment:
        parts.append(plan.landmarks(indices)[:, NOSE[2:]].astype(np.float64))
    return np.concatenate(parts, axis=1)


def _facing(landmarks: np.ndarray, frames: np.ndarray, scene: np.ndarray, settings: SeamSettings) -> np.ndarray:
    """Return the weight by yaw: 1 up to ``profile_start``, 0 from ``profile_end`` on. The yaw is smoothed within scenes without
    delay.
    """
    start, end = settings.mask.profile_start, settings.mask.profile_end
    if start >= 90:
        return np.ones(len(frames), np.float32)
    turned = np.concatenate([np.abs(head_pose(part)[0]) for part in np.split(landmarks, range(_BLOCK, len(landmarks), _BLOCK))])
    smooth = ema(turned[frames].astype(np.float32), _YAW_BETA, scene, zero_phase=True)
    return smoothstep(np.clip((end - smooth) / max(end - start, 1e-6), 0, 1))


def _bare(front: FrontMasks, frames: np.ndarray, scene: np.ndarray) -> np.ndarray:
    """Return the weight by what covers the mouth: 1 up to a third of it, 0 from half of it on, float32 ``[T]``."""
    covered = front.covered[frames].astype(np.float64)
    if not covered.any():
        return np.ones(len(frames), np.float32)
    for number in np.unique(scene):
        at = scene == number
        covered[at] = uniform_filter1d(covered[at], _COVERED_FRAMES, mode="nearest")
    low, high = _COVERED
    return smoothstep(np.clip((high - covered) / (high - low), 0, 1)).astype(np.float32)


def _of(landmarks: np.ndarray | None, indices: np.ndarray) -> np.ndarray | None:
    return None if landmarks is None else landmarks[indices]


def _boxes(points: np.ndarray, margin: np.ndarray, info: VideoInfo) -> np.ndarray:
    low = np.floor(points.min(1) - margin[:, None]).astype(np.int64)
    high = np.ceil(points.max(1) + margin[:, None]).astype(np.int64)
    outside = (high <= 0).any(1) | (low >= [info.width, info.height]).any(1)
    boxes = np.zeros((len(low), 4), np.int32)
    for index in np.flatnonzero(~outside):
        boxes[index] = align_box((*low[index].tolist(), *high[index].tolist()), info)
    return boxes
