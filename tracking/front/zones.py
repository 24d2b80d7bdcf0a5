"""Parts of the face in its small pictures, as masks."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..landmarks import BROWS, EYE_LEFT_OF_IMAGE, EYE_RIGHT_OF_IMAGE, JAW, OUTER_LIPS
from .small_faces import PIXELS, SIZE, WINDOW, small_landmarks

#: Pixels by which the face is smaller than its landmarks, as those are not exact, and by which lips and eyes are larger.
_INSET, _AROUND = 2, 3
#: Width of the rim, pixels.
_RIM = 2
#: The lower face begins this far below the eyes, face widths.
_LOWER = 0.28
#: Subpixel bits of OpenCV's polygons.
_SHIFT = 4


@dataclass(frozen=True, eq=False)
class Zones:
    """Hold parts of N faces, bool ``[N,h,w]`` each.

    Attributes:
        face: inside the contour.
        lower: the part of it below the middle of the nose.
        rim: the border of that part along the contour, where what comes from outside enters.
        upper: the part above, without the eyes: what covers a mouth does not reach there, a turn of the head does.
        around_lips: the lips and their surroundings, whose pictures change in speech.
        lips: inside the outer lips.
    """

    face: np.ndarray
    lower: np.ndarray
    rim: np.ndarray
    upper: np.ndarray
    around_lips: np.ndarray
    lips: np.ndarray

    def take(self, which: np.ndarray | slice) -> Zones:
        """Return the parts of some faces."""
        return Zones(*(getattr(self, name)[which] for name in ("face", "lower", "rim", "upper", "around_lips", "lips")))


def disc(radius: int) -> np.ndarray:
    """Return a round structuring element of OpenCV."""
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))


def zones(landmarks: np.ndarray) -> Zones:
    """Return the parts of faces with these landmarks ``[N,68,2]``, any pixels."""
    points = small_landmarks(landmarks)
    lips = _filled(points[:, OUTER_LIPS])
    around = np.array([cv2.dilate(mask, disc(_AROUND)) for mask in lips], bool).reshape(lips.shape)
    eyes = _filled(points[:, EYE_LEFT_OF_IMAGE]) | _filled(points[:, EYE_RIGHT_OF_IMAGE])
    eyes = np.array([cv2.dilate(mask, disc(_AROUND)) for mask in eyes], bool).reshape(lips.shape)
    face = _filled(points[:, np.concatenate([JAW, BROWS[::-1]])])
    face = np.array([cv2.erode(mask, disc(_INSET), borderValue=0) for mask in face], bool).reshape(lips.shape)
    below = (np.arange(SIZE[0]) >= (_LOWER - WINDOW[1]) * PIXELS)[:, None]
    inner = np.array([cv2.erode(mask, disc(_RIM), borderValue=0) for mask in face.astype(np.uint8)], bool).reshape(face.shape)
    return Zones(face, face & below, face & ~inner & below, face & ~below & ~eyes, around, lips > 0)


def _filled(polygons: np.ndarray) -> np.ndarray:
    """Return filled polygons ``[N,n,2]`` as uint8 ``[N,h,w]``."""
    masks = np.zeros((len(polygons), *SIZE), np.uint8)
    corners = np.ascontiguousarray(np.rint((polygons - 0.5).clip(-1000, 1000) * (1 << _SHIFT)), np.int32)
    for mask, polygon in zip(masks, corners, strict=True):
        cv2.fillPoly(mask, [polygon], 1, shift=_SHIFT)
    return masks
