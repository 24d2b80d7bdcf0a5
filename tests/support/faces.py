"""A drawn-up face for the tests: 68 landmarks of plausible proportions, and tracks made of it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from scipy.spatial.transform import Rotation
from seamsync.tracking import pose
from seamsync.tracking.track import FaceTrack


def face68(centre: tuple[float, float] = (160.0, 130.0), width: float = 120.0, *, opening: float = 0.0) -> np.ndarray:
    """Frontal face, float32 ``[68,2]``: middle of the eyes at ``centre``, ``opening`` in face widths."""
    points = np.zeros((68, 2))
    turn = np.linspace(np.pi, 0, 17)
    points[:17] = np.stack([0.5 * np.cos(turn), 0.12 + 0.78 * np.sin(turn)], -1)
    points[:17, 1] -= 0.12 * (1 - np.sin(turn))
    points[17:22] = np.stack([np.linspace(-0.4, -0.12, 5), np.full(5, -0.13)], -1)
    points[22:27] = np.stack([np.linspace(0.12, 0.4, 5), np.full(5, -0.13)], -1)
    points[27:31] = np.stack([np.zeros(4), np.linspace(0.0, 0.3, 4)], -1)
    points[31:36] = np.stack([np.linspace(-0.12, 0.12, 5), np.full(5, 0.37)], -1)
    for start, x in ((36, -0.22), (42, 0.22)):
        ring = np.array([(-0.09, 0), (-0.03, -0.03), (0.03, -0.03), (0.09, 0), (0.03, 0.03), (-0.03, 0.03)])
        points[start : start + 6] = ring + (x, 0)
    angle = np.deg2rad([180, 210, 240, 270, 300, 330, 0, 30, 60, 90, 120, 150])
    points[48:60] = np.stack([0.2 * np.cos(angle), 0.57 + 0.07 * np.sin(angle)], -1)
    inner = np.deg2rad([180, 225, 270, 315, 0, 45, 90, 135])
    points[60:68] = np.stack([0.15 * np.cos(inner), 0.57 + 0 * np.sin(inner)], -1)
    points[[65, 66, 67], 1] += opening
    points[55:60, 1] += opening
    points[5:12, 1] += 0.5 * opening
    return (points * width + centre).astype(np.float32)


def turned_face(yaw: float, pitch: float, roll: float, scale: float = 150.0) -> np.ndarray:
    """The generic head turned by known angles in degrees, seen from far away, float64 ``[68,2]``.

    Points that say nothing about pose lie on the nose bridge.
    """
    turn = Rotation.from_euler("ZXY", [roll, pitch, -yaw], degrees=True).as_matrix()
    points = np.tile([300.0, 200.0], (68, 1))
    points[pose.POSE_POINTS] += scale * (pose._FACE @ turn.T)[:, :2]
    return points


def track_of(landmarks: np.ndarray, size: tuple[int, int] = (320, 240), *, fps: int = 25) -> FaceTrack:
    """All-visible single-scene track of landmarks ``[T,68,2]``."""
    count = len(landmarks)
    return FaceTrack(
        landmarks=landmarks,
        confidence=np.ones(count, np.float32),
        visible=np.ones(count, bool),
        scene=np.zeros(count, np.int32),
        frame_size=size,
        fps=Fraction(fps),
    )
