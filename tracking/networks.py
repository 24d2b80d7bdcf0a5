"""Define the interface of face detector and landmark network; the networks are in ``models/``.

A *region* is the square crop that a landmark network takes: centre x, centre y, side (pixels of the frame) and roll (radians, x
towards y). Its upper edge is rotated by the roll, and the eyes are level in the crop.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True, eq=False)
class FoundFaces:
    """Hold the faces found in one picture, best first.

    Attributes:
        regions: float64 ``[N,4]``: centre x, y, side in pixels of the picture, and roll in radians.
        scores: float32 ``[N]``, 0…1.
    """

    regions: np.ndarray
    scores: np.ndarray

    def __len__(self) -> int:
        return len(self.scores)


def turn_faces(faces: FoundFaces, size: tuple[int, int]) -> FoundFaces:
    """Map faces found in a picture rotated by 180° to the picture itself.

    Args:
        faces: in pixels of the turned picture.
        size: width and height of the picture in pixels.
    """
    centres = np.array(size, np.float64) - faces.regions[:, :2]
    return FoundFaces(np.column_stack([centres, faces.regions[:, 2], faces.regions[:, 3] + np.pi]), faces.scores)


def strongest_faces(one: FoundFaces, other: FoundFaces) -> FoundFaces:
    """Join two detections of one picture. Where centres are closer than half a side, keep the higher score.

    Returns:
        The faces that are kept, best first.
    """
    regions, scores = np.concatenate([one.regions, other.regions]), np.concatenate([one.scores, other.scores])
    kept: list[int] = []
    for place in np.argsort(-scores, kind="stable"):
        near = [np.linalg.norm(regions[place, :2] - regions[k, :2]) < max(regions[place, 2], regions[k, 2]) / 2 for k in kept]
        if not any(near):
            kept.append(int(place))
    return FoundFaces(regions[kept], scores[kept])


class FaceNetworks(Protocol):
    """Find faces and fit landmarks: a detector and a landmark network that belong together."""

    #: Side of the square crops, in pixels.
    crop_size: int

    def find_faces(self, image: np.ndarray) -> FoundFaces:
        """Return every face in a picture, uint8 ``[H,W,3]`` RGB, of any size."""
        ...

    def fit_landmarks(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Fit landmarks in crops, in batch.

        Args:
            crops: uint8 ``[B,S,S,3]`` RGB, S = ``crop_size``, one face each, eyes level.

        Returns:
            float32 ``[B,468,3]`` (mesh) or ``[B,68,2]``, pixels of the crop (depth in the same unit), and the
            probability that the crop shows a face, float32 ``[B]``, 0…1.
        """
        ...

    def crop_regions(self, points: np.ndarray) -> np.ndarray:
        """Return the regions to crop for faces with these points ``[B,P,2 or 3]``: float64 ``[B,4]``, same pixels."""
        ...


def level_boxes(points: np.ndarray, roll: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return bounding boxes along and across a direction.

    Args:
        points: float ``[B,P,2 or 3]``.
        roll: float ``[B]``, the direction's angle in radians, x towards y.

    Returns:
        float64 ``[B,2]`` middles, in the points' own coordinates, and ``[B,2]`` lengths along and across.
    """
    flat = points[..., :2].astype(np.float64)
    along, across = np.stack([np.cos(roll), np.sin(roll)], -1), np.stack([-np.sin(roll), np.cos(roll)], -1)
    level = np.stack([(flat * along[:, None]).sum(-1), (flat * across[:, None]).sum(-1)], -1)
    low, high = level.min(1), level.max(1)
    middle = (low + high) / 2
    return middle[:, :1] * along + middle[:, 1:] * across, high - low
