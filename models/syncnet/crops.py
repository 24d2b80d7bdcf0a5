"""Cut the crops of a frame that SyncNet takes."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import median_filter

from ...media.frame import PlanarFrame
from ...tracking.crops import cut_affine
from ...tracking.face_box import FaceBox, face_boxes
from ...tracking.track import FaceTrack

#: As in the networks' training: along the frame, without a margin.
_PLAIN = FaceBox(pads=(0, 0, 0, 0), level=False)
#: SyncNet 2: boxes are steadied over so many frames, and widened by this share of half their side.
_STEADY, _MARGIN = 13, 0.4


def face_regions(track: FaceTrack) -> np.ndarray:
    """Return the un-padded box of the face in each frame: float64 ``[T,4]``, x0, y0, x1, y1 in frame pixels."""
    boxes = face_boxes(track, _PLAIN)
    return np.column_stack([boxes[:, :2], boxes[:, :2] + boxes[:, 2:4]])


def wide_regions(track: FaceTrack) -> np.ndarray:
    """Return a square around each face, as for SyncNet 2: smoothed within its scene, with margins beside and below.

    It is the published crop of real videos: centre and half of the longer side are medians over 13 frames, with 0.4 of that
    half more on either side, and 0.8 of it below.

    Returns:
        float64 ``[T,4]``, as of :func:`face_regions`; it may reach outside the frame.
    """
    low, high = np.split(face_regions(track), 2, axis=1)
    found = np.column_stack([(low + high) / 2, (high - low).max(1) / 2])
    for number in np.unique(track.scene):
        rows = track.scene == number
        found[rows] = median_filter(found[rows], (_STEADY, 1), mode="nearest")
    x, y, half = found.T
    return np.column_stack([x - half * (1 + _MARGIN), y - half, x + half * (1 + _MARGIN), y + half * (1 + 2 * _MARGIN)])


def cut_region(frame: PlanarFrame, region: np.ndarray, size: int, fill: int | None = None) -> np.ndarray:
    """Cut a rectangle of a frame as a square, without its aspect ratio; see :func:`~...tracking.crops.cut_affine`.

    Args:
        frame: a frame of the clip.
        region: float ``[4]``, x0, y0, x1, y1 in frame pixels.
        size: side of the crop, pixels.
        fill: level 0…255 of what lies outside the frame; None: the frame's border is repeated.

    Returns:
        uint8 ``[size,size,3]`` RGB.
    """
    low, scale = region[:2], (region[2:] - region[:2]) / size
    crop = cut_affine(frame, np.column_stack([np.diag(scale), low]), size, extend=True)
    if fill is not None:
        places = low + (np.arange(size)[:, None] + 0.5) * scale
        columns, rows = ((places < 0) | (places >= (frame.width, frame.height))).T
        crop[:, columns] = crop[rows] = fill
    return crop
