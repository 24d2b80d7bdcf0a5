"""What the compositor knows before it has seen a pixel: for every output frame the outline, the patch's corners, the ROI."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..media.clips import MouthClip
from ..media.planes import Box, align_box
from ..media.video import VideoInfo
from ..tensors import SeamSyncError, check_shape
from ..tracking.align import apply_affine
from ..tracking.landmarks import OUTER_LIPS
from ..tracking.track import FaceTrack
from .feather import reach
from .settings import SeamSettings
from .shapes import outlines
from .temporal import smooth_outlines

#: Pixels around the mask that the seam's metrics and filters look at.
MARGIN = 8


@dataclass(frozen=True, eq=False)
class SeamPlan:
    """Geometry of the seam over time; a few hundred bytes a frame.

    Attributes:
        points: float32 ``[T,N,2]``, outline of the mask in frame pixels.
        quad: float32 ``[T,4,2]``, corners of the patch's usable part in frame pixels.
        lips: float32 ``[T,L,2]``, outer lips of the original and the generated face, which colour statistics leave out.
        boxes: int64 ``[T,4]``, ROI as x0, y0, x1, y1 in whole pixels on the chroma grid, inside
            the frame; all 0 where the mask lies outside it.
        face_width: float32 ``[T]``, pixels.
        scene: int32 ``[T]``.
        compose: bool ``[T]``; False: the frame passes through untouched.
        status: why, an entry of :data:`STATUS` a frame, int8 ``[T]``.
    """

    points: np.ndarray
    quad: np.ndarray
    lips: np.ndarray
    boxes: np.ndarray
    face_width: np.ndarray
    scene: np.ndarray
    compose: np.ndarray
    status: np.ndarray

    def __len__(self) -> int:
        return len(self.compose)

    def box(self, index: int) -> Box:
        """ROI of one frame."""
        x0, y0, x1, y1 = (int(v) for v in self.boxes[index])
        return x0, y0, x1, y1


STATUS = ("composited", "no face", "left alone", "outside the frame")


def plan_seam(track: FaceTrack, mouths: MouthClip, settings: SeamSettings, info: VideoInfo) -> SeamPlan:
    """Lay out the whole job.

    Args:
        track: of the target, one entry a frame of it.
        mouths: one entry an output frame; ``mouths.frames`` says which target frame each belongs to.
        settings: mask and temporal settings are used.
        info: of the target.

    Raises:
        SeamSyncError: track, mouths and video do not belong together.
    """
    _check_match(track, mouths, info)
    shown = track.take(mouths.frames)
    generated = mouths.landmarks
    shape, to_frame = outlines(shown.landmarks, generated, settings.mask)
    points = smooth_outlines(shape, shown.scene, settings.temporal).points(to_frame)
    width = shown.face_width
    boxes = _boxes(points, reach(width, settings.mask) + MARGIN, info)
    empty = boxes[:, 2] <= boxes[:, 0]
    status = np.select([~shown.visible, ~mouths.active, empty], [1, 2, 3], 0).astype(np.int8)
    lips = shown.landmarks if generated is None else np.concatenate([shown.landmarks, generated], axis=1)
    picks = np.concatenate([OUTER_LIPS + start for start in range(0, lips.shape[1], 68)])
    return SeamPlan(
        points=points.astype(np.float32),
        quad=apply_affine(mouths.to_frame, _patch_corners(mouths)).astype(np.float32),
        lips=lips[:, picks],
        boxes=boxes,
        face_width=width.astype(np.float32),
        scene=shown.scene,
        compose=status == 0,
        status=status,
    )


def _check_match(track: FaceTrack, mouths: MouthClip, info: VideoInfo) -> None:
    if track.frame_size != (info.width, info.height):
        raise SeamSyncError(
            f"the face track is of a {track.frame_size[0]}×{track.frame_size[1]} clip, "
            f"the video is {info.width}×{info.height}; track this video, or give the one that was tracked"
        )
    check_shape("mouths.frames", mouths.frames, "T", len(mouths))
    last = int(mouths.frames.max(initial=-1))
    if last >= len(track):
        raise SeamSyncError(f"the mouths belong to target frame {last}, but the track has only {len(track)} frames")


def _patch_corners(mouths: MouthClip) -> np.ndarray:
    height, width = mouths.patches.shape[2:]
    low, right, bottom = mouths.inset, width - mouths.inset, height - mouths.inset
    return np.array([[low, low], [right, low], [right, bottom], [low, bottom]], np.float64)


def _boxes(points: np.ndarray, margin: np.ndarray, info: VideoInfo) -> np.ndarray:
    low = np.floor(points.min(1) - margin[:, None]).astype(np.int64)
    high = np.ceil(points.max(1) + margin[:, None]).astype(np.int64)
    outside = (high <= 0).any(1) | (low >= [info.width, info.height]).any(1)
    boxes = np.zeros((len(low), 4), np.int64)
    for index in np.flatnonzero(~outside):
        boxes[index] = align_box((*low[index].tolist(), *high[index].tolist()), info)
    return boxes
