"""Face coordinates: the origin between the eyes, which are level, and one unit a face width."""

from __future__ import annotations

import numpy as np

from .landmarks import EYES, face_width


def face_frames(landmarks: np.ndarray) -> np.ndarray:
    """Return the similarity from face coordinates to frame pixels.

    Args:
        landmarks: float ``[T,68,2]``, pixels.

    Returns:
        float64 ``[T,2,3]``: origin at the middle of the eyes, x along the eyes, unit = face width. Landmarks that coincide,
        as in a clip without a face, give an upright frame of 0.001 px, which can be inverted.
    """
    points = landmarks.astype(np.float64)
    left, right = points[:, EYES[:6]].mean(1), points[:, EYES[6:]].mean(1)
    apart = np.linalg.norm(right - left, axis=-1, keepdims=True)
    axis = np.where(apart > 1e-6, (right - left) / np.maximum(apart, 1e-6), (1.0, 0.0))
    axis *= np.maximum(face_width(points), 1e-3)[:, None]
    matrix = np.empty((len(points), 2, 3))
    matrix[:, 0, 0] = matrix[:, 1, 1] = axis[:, 0]
    matrix[:, 1, 0], matrix[:, 0, 1] = axis[:, 1], -axis[:, 1]
    matrix[:, :, 2] = (left + right) / 2
    return matrix
