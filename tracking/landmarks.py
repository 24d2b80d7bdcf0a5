"""Define sets of the iBUG 68 landmarks, and compute them from the 468-point face mesh.

Sources: Sagonas et al., "300 Faces in-the-Wild" (2013), for the 68-point numbering; the MediaPipe face mesh topology
(Kartynnik et al., "Real-time Facial Surface Geometry from Monocular Video on Mobile GPUs", 2019) for the 468 points.
"""

from __future__ import annotations

import numpy as np

JAW = np.arange(0, 17)
BROWS = np.arange(17, 27)
NOSE_BRIDGE = np.arange(27, 31)
NOSE_BASE = np.arange(31, 36)
NOSE = np.arange(27, 36)
EYE_LEFT_OF_IMAGE = np.arange(36, 42)
EYE_RIGHT_OF_IMAGE = np.arange(42, 48)
EYES = np.arange(36, 48)
OUTER_LIPS = np.arange(48, 60)
INNER_LIPS = np.arange(60, 68)
LIPS = np.arange(48, 68)
MOUTH_CORNERS = np.array([48, 54])
CHIN = np.arange(6, 11)
#: Points that speech hardly moves: the frame of reference for pose.
STABLE = np.concatenate([BROWS, NOSE, EYES])

#: Inner upper and lower lip points that face each other.
INNER_UPPER = np.array([61, 62, 63])
INNER_LOWER = np.array([67, 66, 65])

#: For each of the 68 points, the mirrored one.
MIRROR = np.array(
    [16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    + [26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 27, 28, 29, 30, 35, 34, 33, 32, 31]
    + [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40]
    + [54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65]
)

#: Points of the face mesh.
MESH_POINTS = 468

#: Vertex of the 468-point mesh that stands for each of the 68 points.
MESH_TO_68 = np.array(
    [127, 234, 93, 58, 172, 136, 150, 176, 152, 400, 379, 365, 397, 288, 323, 454, 356]  # jaw
    + [70, 63, 105, 66, 107, 336, 296, 334, 293, 300]  # brows
    + [168, 197, 5, 4, 98, 97, 2, 326, 327]  # nose
    + [33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380]  # eyes
    + [61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181]  # outer lips
    + [78, 82, 13, 312, 308, 317, 14, 87]  # inner lips
)


def landmarks_from_mesh(mesh: np.ndarray) -> np.ndarray:
    """Return the 68 landmarks of a 468-point mesh.

    Args:
        mesh: float ``[..., 468, 2 or 3]``, pixels.

    Returns:
        float32 ``[..., 68, 2]``, pixels.
    """
    return np.ascontiguousarray(mesh[..., MESH_TO_68, :2], dtype=np.float32)


def face_width(landmarks: np.ndarray) -> np.ndarray:
    """Return the distance of the jaw end points (0 and 16), the unit of every radius.

    Args:
        landmarks: float ``[..., 68, 2]``, pixels.

    Returns:
        float ``[...]``, pixels. In profile the two points come together, so the width is at least 0.8 times the distance
        from nose bridge to chin, about its proportion in a frontal face.
    """
    across = np.linalg.norm(landmarks[..., 16, :] - landmarks[..., 0, :], axis=-1)
    down = np.linalg.norm(landmarks[..., 8, :] - landmarks[..., 27, :], axis=-1)
    return np.maximum(across, 0.8 * down)


def lip_opening(landmarks: np.ndarray) -> np.ndarray:
    """Return the gap between the inner lips over the face width (dimensionless, 0 = closed).

    Args:
        landmarks: float ``[..., 68, 2]``, pixels.

    Returns:
        float ``[...]``; the mean of three facing pairs, measured across the line of the mouth corners.
    """
    across = landmarks[..., 54, :] - landmarks[..., 48, :]
    unit = across / np.maximum(np.linalg.norm(across, axis=-1, keepdims=True), 1e-6)
    normal = np.stack([-unit[..., 1], unit[..., 0]], axis=-1)
    gap = landmarks[..., INNER_LOWER, :] - landmarks[..., INNER_UPPER, :]
    return (gap * normal[..., None, :]).sum(-1).mean(-1) / face_width(landmarks)


def lip_width(landmarks: np.ndarray) -> np.ndarray:
    """Return the distance of the mouth corners over the face width: float ``[...]`` from ``[..., 68, 2]``."""
    return np.linalg.norm(landmarks[..., 54, :] - landmarks[..., 48, :], axis=-1) / face_width(landmarks)
