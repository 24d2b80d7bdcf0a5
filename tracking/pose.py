"""Fit the rotation of a generic face to 68 landmarks: head pose.

The camera model is scaled orthography (DeMenthon & Davis, "Model-Based Object Pose in 25 Lines of Code", 1995, without its
perspective part). A first rotation comes from the affine fit. A few rounds then give each landmark the model's depth and rotate
the model onto the result (Umeyama 1991). They converge to the least squares.
"""

from __future__ import annotations

import numpy as np

from ..tensors import check_shape

#: Points that speech does not move: ends of the jaw, eye corners, nose.
POSE_POINTS = np.array([0, 1, 15, 16, 36, 39, 42, 45, 27, 28, 29, 30, 31, 33, 35])
#: Where they lie in a face of width 1 that looks at the camera: x right in the image, y down, z away. Symmetrised means of
#: the face mesh over five people, measured for this file; the ends of the jaw and the outer eye corners are level.
_FACE = np.array(
    [(-0.50, 0.02, 0.52), (-0.49, 0.12, 0.56), (0.49, 0.12, 0.56), (0.50, 0.02, 0.52)]  # jaw
    + [(-0.33, 0.02, 0.16), (-0.13, 0.03, 0.12), (0.13, 0.03, 0.12), (0.33, 0.02, 0.16)]  # eye corners
    + [(0.0, 0.0, 0.0), (0.0, 0.11, -0.06), (0.0, 0.22, -0.13), (0.0, 0.28, -0.14)]  # nose bridge
    + [(-0.12, 0.34, 0.05), (0.0, 0.36, -0.01), (0.12, 0.34, 0.05)]  # nose base
)
_ROUNDS = 8


def head_pose(landmarks: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return yaw, pitch and roll of the head.

    Args:
        landmarks: float ``[T,68,2]``, pixels.

    Returns:
        Three float64 ``[T]``, degrees: yaw positive where the face looks to the right of the image, pitch where it looks
        down, roll where it leans clockwise. The error is about 5°, as faces differ. Landmarks that coincide give 0.

    Raises:
        SeamSyncError: the landmarks have another shape.
    """
    check_shape("landmarks", landmarks, "T,68,2", None, 68, 2)
    points = landmarks[:, POSE_POINTS].astype(np.float64)
    points -= points.mean(1, keepdims=True)
    model = _FACE - _FACE.mean(0)
    turn = _nearest_turn(np.swapaxes(np.linalg.pinv(model) @ points, 1, 2))
    for _ in range(_ROUNDS):
        turned = model @ np.swapaxes(turn, 1, 2)
        size = np.sqrt((points**2).sum((1, 2)) / np.maximum((turned[..., :2] ** 2).sum((1, 2)), 1e-12))
        deep = np.concatenate([points, size[:, None, None] * turned[..., 2:]], axis=-1)
        turn = _rotation(np.swapaxes(deep, 1, 2) @ model)
    yaw = np.arctan2(turn[:, 2, 0], turn[:, 2, 2])
    pitch = np.arcsin(np.clip(turn[:, 2, 1], -1, 1))
    roll = np.arctan2(-turn[:, 0, 1], turn[:, 1, 1])
    return np.degrees(yaw), np.degrees(pitch), np.degrees(roll)


def _nearest_turn(affine: np.ndarray) -> np.ndarray:
    """Return the rotations ``[T,3,3]`` whose first two rows are nearest to the directions of ``[T,2,3]``."""
    left, _, right = np.linalg.svd(affine, full_matrices=False)
    rows = left @ right
    return np.concatenate([rows, np.cross(rows[:, :1], rows[:, 1:])], axis=1)


def _rotation(product: np.ndarray) -> np.ndarray:
    """Return the rotations ``[T,3,3]`` nearest to matrices, without mirroring."""
    left, _, right = np.linalg.svd(product)
    left[:, :, 2] *= np.linalg.det(left @ right)[:, None]
    return left @ right
