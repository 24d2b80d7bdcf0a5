"""Compute from the landmarks the face box that Wav2Lip takes as input.

The network was trained on boxes of the detector S3FD, from ear to ear and from the middle of the forehead to the chin. The
published program detects them in every full frame and averages them over five frames. Here the box comes from the 68 landmarks
at no cost: their bounding box, extended above the brows by an eighth of its height, as FaceFusion does for the same network.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..errors import SeamSyncError, check_range
from .align import apply_affine
from .filters import local_quadratic
from .jitter import stretches
from .landmarks import EYE_LEFT_OF_IMAGE, EYE_RIGHT_OF_IMAGE, STABLE
from .track import FaceTrack

#: The forehead above the brows, as a share of the landmarks' height.
FOREHEAD = 1 / 8


@dataclass(frozen=True)
class FaceBox:
    """Choose how the face box is computed.

    Attributes:
        pads: (top, bottom, left, right) pixels of the frame that are added to it, as the published command's ``--pads``;
            negative ones take away.
        level: rotate the box with the eyes, as nearly all faces of the training set are upright. False: along the frame, as
            published.
        steadiness: standard deviation, in seconds, of the average over the box's size and its place on the head. It keeps
            the box from following the jaw. 0: every frame by itself.
    """

    pads: tuple[float, float, float, float] = (0.0, 10.0, 0.0, 0.0)
    level: bool = True
    steadiness: float = 0.25

    def __post_init__(self) -> None:
        if len(self.pads) != 4:
            raise SeamSyncError(f"pads must be four numbers, top, bottom, left, right in pixels, got {self.pads}")
        check_range("steadiness", self.steadiness, 0.0, 10.0, "s")


def face_boxes(track: FaceTrack, options: FaceBox) -> np.ndarray:
    """Return the box in every frame of a track.

    Args:
        track: smoothed.
        options: see :class:`FaceBox`.

    Returns:
        float64 ``[T,5]``: left, top, width, height in pixels along the box's own edges, whose first corner lies at (0, 0)
        turned by roll, the last number, in radians (x towards y) about the frame's origin. :func:`box_to_frame` makes
        affines of it.

    Raises:
        SeamSyncError: pads that leave nothing of the box.
    """

    def _corners(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        low, high = points.min(1), points.max(1)
        low[:, 1] -= FOREHEAD * (high[:, 1] - low[:, 1])
        return low, high

    top, bottom, left, right = options.pads
    boxes = steady_boxes(track, _corners, level=options.level, steadiness=options.steadiness)
    boxes[:, :2] -= left, top
    boxes[:, 2:4] += left + right, top + bottom
    size = boxes[track.visible, 2:4]
    if (size < 2).any():
        raise SeamSyncError(f"pads {options.pads} leave {size.min():.0f} pixels of the face's box; give larger ones, or none")
    boxes[:, 2:4] = np.maximum(boxes[:, 2:4], 2)
    return boxes


def steady_boxes(
    track: FaceTrack, corners: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]], *, level: bool, steadiness: float
) -> np.ndarray:
    """Return a box around each frame's landmarks whose size and place on the head are averaged over time.

    Args:
        track: smoothed.
        corners: upper left and lower right corner, float64 ``[T,2]`` each, of the box around landmarks ``[T,68,2]``, which are
            turned so that the box lies along the axes.
        level: turn the box with the eyes.
        steadiness: standard deviation of the average, in seconds.

    Returns:
        float64 ``[T,5]`` as :func:`face_boxes`.
    """
    points = track.landmarks.astype(np.float64)
    along = points[:, EYE_RIGHT_OF_IMAGE].mean(1) - points[:, EYE_LEFT_OF_IMAGE].mean(1)
    roll = np.arctan2(along[:, 1], along[:, 0]) * level
    points = apply_affine(_turn(-roll), points)
    head = points[:, STABLE]
    centre = head.mean(1)
    unit = np.sqrt(((head - centre[:, None]) ** 2).sum(-1).mean(1))[:, None]
    low, high = corners(points)
    edges = np.concatenate([low - centre, high - centre], 1) / unit
    for first, last in stretches(track):
        edges[first:last] = local_quadratic(edges[first:last], steadiness * float(track.fps))
    low, high = centre + edges[:, :2] * unit, centre + edges[:, 2:] * unit
    return np.column_stack([low, high - low, roll])


def box_to_frame(boxes: np.ndarray, size: int) -> np.ndarray:
    """Return affines from the pixels of a ``size`` × ``size`` crop of each box to those of the frame.

    Args:
        boxes: float64 ``[T,5]`` of :func:`face_boxes`.
        size: side of the crop in pixels; the box's aspect ratio is not kept, as published.

    Returns:
        float64 ``[T,2,3]``; pixel centres lie at .5 in both.
    """
    turn = _turn(boxes[:, 4])[:, :, :2]
    linear = turn * (boxes[:, 2:4] / size)[:, None, :]
    return np.concatenate([linear, turn @ boxes[:, :2, None]], -1)


def _turn(roll: np.ndarray) -> np.ndarray:
    """Return rotations about the origin, ``[T,2,3]``."""
    a, b, zero = np.cos(roll), np.sin(roll), np.zeros_like(roll)
    return np.stack([np.stack([a, -b, zero], -1), np.stack([b, a, zero], -1)], 1)
