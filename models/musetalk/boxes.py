"""The rectangles that MuseTalk sees: the published ones in whole pixels, and ours, level with the face and steady.

The network was trained on boxes from the chin up to as far above the bridge of the nose as the chin is below it, as wide as
the face's 68 landmarks, with some room under the chin. Its masked half begins at the bridge of the nose (landmark 29).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import check_range
from ...tracking.face_box import steady_boxes
from ...tracking.track import FaceTrack

#: The landmark whose height is the middle of the box.
BRIDGE = 29
#: Pixels of the frame that version 1.5 adds under the chin.
PUBLISHED_MARGIN = 10


@dataclass(frozen=True)
class MouthBox:
    """Choose how the box is computed.

    Attributes:
        margin: room under the chin, as a share of the box's height; 10 px of the 250 that faces had in training are 0.04.
        level: rotate the box with the eyes. False: along the frame, as published.
        steadiness: standard deviation, in seconds, of the average over the box's size and its place on the head.
    """

    margin: float = 0.04
    level: bool = True
    steadiness: float = 0.25

    def __post_init__(self) -> None:
        check_range("margin", self.margin, 0.0, 0.5)
        check_range("steadiness", self.steadiness, 0.0, 10.0, "s")


def mouth_boxes(track: FaceTrack, options: MouthBox) -> np.ndarray:
    """Return the box in every frame of a track, in parts of pixels.

    Args:
        track: smoothed.
        options: see :class:`MouthBox`.

    Returns:
        float64 ``[T,5]`` as :func:`~seamsync.tracking.face_box.face_boxes`: left, top, width, height, roll.
    """

    def _corners(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        low, high = points.min(1), points.max(1)
        low[:, 1] = 2 * points[:, BRIDGE, 1] - high[:, 1]
        high[:, 1] += options.margin * (high[:, 1] - low[:, 1])
        return low, high

    boxes = steady_boxes(track, _corners, level=options.level, steadiness=options.steadiness)
    boxes[:, 2:4] = np.maximum(boxes[:, 2:4], 2)
    return boxes


def published_box(
    landmarks: np.ndarray, found: Sequence[float] | None, shift: int = 0
) -> tuple[float, float, float, float] | None:
    """Return the rectangle of the published program, before its margin.

    Args:
        landmarks: ``[68,2]`` of one frame; cut to whole pixels, as there.
        found: left, top, right, bottom of the face detector's box, which is taken where the landmarks give no rectangle inside
            the frame's left border; None: no face.
        shift: pixels by which landmark 29 is moved down (``bbox_shift`` of version 1; 0 in 1.5). It can become the lowest.

    Returns:
        left, top, right, bottom; None where there is no face.
    """
    if found is None:
        return None
    points = np.trunc(landmarks).astype(np.int64)
    points[BRIDGE, 1] += shift
    left, right, bottom = int(points[:, 0].min()), int(points[:, 0].max()), int(points[:, 1].max())
    top = max(0, 2 * int(points[BRIDGE, 1]) - bottom)
    if bottom - top <= 0 or right - left <= 0 or left < 0:
        return float(found[0]), float(found[1]), float(found[2]), float(found[3])
    return float(left), float(top), float(right), float(bottom)


def published_boxes(track: FaceTrack) -> np.ndarray:
    """Return the rectangle of version 1.5 in every frame, with 10 pixels under the chin, clipped to the frame.

    Where the published program falls back on its face detector, the bounding box of the landmarks is taken. A box is at least
    2 pixels wide and high; what that program does with smaller ones is an error.

    Args:
        track: the face.

    Returns:
        float64 ``[T,5]``: left, top, width, height in whole pixels, roll 0.
    """
    width, height = track.frame_size
    limit = np.array([width, height, width, height])
    boxes = np.zeros((len(track), 5))
    for index, points in enumerate(track.landmarks):
        around = np.clip(np.concatenate([points.min(0), points.max(0)]), 0, limit)
        box = published_box(points, np.trunc(around).tolist())
        assert box is not None
        left, top, right, bottom = np.clip(box, 0, limit)
        bottom = min(bottom + PUBLISHED_MARGIN, height)
        boxes[index, :4] = left, top, max(right - left, 2), max(bottom - top, 2)
    return boxes
