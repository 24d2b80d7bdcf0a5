"""Reach past the target's chin where the generated one lies higher: the target's lower jaw would stay under closed lips."""

from __future__ import annotations

import numpy as np

from ...arrays import smoothstep
from ...tracking.align import apply_affine, invert_affine
from ...tracking.landmarks import JAW
from ..settings import MouthMask
from .shapes import RAYS, WITHIN_FACE, Outlines, face_frames

#: The mask reaches this far past the chin, face widths: its soft edge lies beyond the shadow under the jaw.
_REACH = 0.22
#: A chin that lies higher by the first is tracked inexactly, one by the second has moved, face widths.
_SAME, _HIGHER = 0.025, 0.04
#: The reach is full in directions whose sine is above the second (1 is straight down), none below the first.
_BESIDE, _BELOW = 0.3, 0.8
_CHIN = np.array([7, 8, 9])


def jaw_reach(original: np.ndarray, generated: np.ndarray | None, mask: MouthMask) -> np.ndarray:
    """Return how far the mask may reach past the target's chin, float32 ``[T]``, face widths.

    Args:
        original: the target's landmarks, float32 ``[T,68,2]``, pixels.
        generated: the same of the generated face, or None.
        mask: only shapes that end at the border of the face have a reach.
    """
    if generated is None or mask.shape not in WITHIN_FACE:
        return np.zeros(len(original), np.float32)
    to_face = invert_affine(face_frames(original))
    before, after = (apply_affine(to_face, face[:, _CHIN])[..., 1].mean(1) for face in (original, generated))
    higher = np.clip((before - after - _SAME) / (_HIGHER - _SAME), 0, 1)
    return (_REACH * smoothstep(higher)).astype(np.float32)


def past_jaw(shape: Outlines, reach: np.ndarray) -> Outlines:
    """Return outlines that reach further down.

    Args:
        shape: outlines of T frames.
        reach: ``[T]``, face widths.
    """
    angles = np.arange(RAYS) * (2 * np.pi / RAYS) + shape.angle[:, None]
    return Outlines(shape.centre, (shape.radii + reach[:, None] * _downward(np.sin(angles))).astype(np.float32), shape.angle)


def lowered_jaw(landmarks: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """Return landmarks with the jaw's contour moved outwards, as outlines are by :func:`past_jaw`.

    Args:
        landmarks: float ``[B,68,2]``, pixels.
        reach: ``[B]``, pixels.

    Returns:
        A copy.
    """
    out, to_frame = landmarks.astype(np.float64), face_frames(landmarks)
    ray = out[:, JAW] - out[:, [33]]  # from the nose's base: the middle of a lower face
    ray /= np.maximum(np.linalg.norm(ray, axis=-1, keepdims=True), 1e-6)
    down = to_frame[:, :, 1] / np.maximum(np.linalg.norm(to_frame[:, :, 1], axis=-1, keepdims=True), 1e-6)
    out[:, JAW] += reach[:, None, None] * _downward((ray * down[:, None]).sum(-1))[..., None] * ray
    return out


def _downward(sine: np.ndarray) -> np.ndarray:
    """Return the share of the reach in a direction, from the sine of its angle to the line of the eyes."""
    return smoothstep(np.clip((sine - _BESIDE) / (_BELOW - _BESIDE), 0, 1))
