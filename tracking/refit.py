"""Fit landmarks where a face is known to be: no detection, no following."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from ..media.frame import PlanarFrame
from ..progress import Progress, no_progress
from .crops import crop_to_frame, cut_crop
from .landmarks import MESH_POINTS, landmarks_from_mesh
from .networks import FaceNetworks, level_boxes

#: Frames fitted at once.
_CHUNK = 8
#: Side of the first region over the longer side of the landmarks' level box, and how far its centre lies above the box's, as a
#: share of the box's height: the landmarks have no forehead.
_SIDE, _UP = 1.8, 0.12
#: Outer eye corners.
_EYES = (36, 45)

#: Changes a crop uint8 ``[S,S,3]`` of one frame, given its number and its region.
Change = Callable[[int, np.ndarray, np.ndarray], np.ndarray]


def refit_landmarks(
    frames: Iterable[PlanarFrame],
    near: np.ndarray,
    networks: FaceNetworks,
    *,
    change: Change | None = None,
    progress: Progress = no_progress,
    stage: str = "track result",
) -> tuple[np.ndarray, np.ndarray]:
    """Fit the landmarks of faces whose places are nearly known.

    Args:
        frames: T frames.
        near: float ``[T,68,2]``, landmarks of about these faces, pixels of the frames.
        networks: only their landmark network is used.
        change: changes what the network is shown; None: it is shown the frames.
        progress: called as ``(stage, done, T)`` every few frames.
        stage: its name.

    Returns:
        Landmarks float32 ``[T,68,2]``, pixels of the frames, and the probability that each crop showed a face, float32 ``[T]``.
    """
    points = np.array(near, np.float32)
    confidence = np.zeros(len(near), np.float32)
    regions = face_regions(points)
    batch: list[PlanarFrame] = []
    for index, frame in enumerate(frames):
        batch.append(frame)
        if len(batch) == _CHUNK or index + 1 == len(near):
            rows = np.arange(index + 1 - len(batch), index + 1)
            points[rows], confidence[rows] = _fit(batch, rows, regions[rows], networks, change)
            batch = []
            progress(stage, index + 1, len(near))
    return points, confidence


def _fit(
    frames: list[PlanarFrame], rows: np.ndarray, regions: np.ndarray, networks: FaceNetworks, change: Change | None
) -> tuple[np.ndarray, np.ndarray]:
    """Fit once in the given regions, and once in those of the fitted points."""
    placed, _ = _fit_in(frames, rows, regions, networks, change)
    placed, confidence = _fit_in(frames, rows, networks.crop_regions(placed), networks, change)
    return landmarks_from_mesh(placed) if placed.shape[1] == MESH_POINTS else placed[..., :2], confidence


def _fit_in(
    frames: list[PlanarFrame], rows: np.ndarray, regions: np.ndarray, networks: FaceNetworks, change: Change | None
) -> tuple[np.ndarray, np.ndarray]:
    """Fit in the given regions; return the network's points in pixels of the frames, and the probabilities of a face."""
    size = networks.crop_size
    crops = [cut_crop(frame, region, size) for frame, region in zip(frames, regions, strict=True)]
    if change is not None:
        crops = [change(int(row), crop, region) for row, crop, region in zip(rows, crops, regions, strict=True)]
    fitted, confidence = networks.fit_landmarks(np.stack(crops))
    return crop_to_frame(fitted, regions, size), confidence


def face_regions(landmarks: np.ndarray) -> np.ndarray:
    """Return regions around faces, eyes level: float64 ``[T,4]`` of landmarks ``[T,68,2]``."""
    eyes = landmarks[:, _EYES[1]] - landmarks[:, _EYES[0]]
    roll = np.arctan2(eyes[:, 1], eyes[:, 0]).astype(np.float64)
    middle, size = level_boxes(landmarks, roll)
    up = _UP * size[:, 1:] * np.stack([np.sin(roll), -np.cos(roll)], -1)
    return np.column_stack([middle + up, _SIDE * np.maximum(size.max(1), 1.0), roll])
