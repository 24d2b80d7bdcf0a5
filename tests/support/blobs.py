"""Faces a test can know the truth of: coloured discs on grey frames, and networks that find such discs."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import torch
from faces import face68
from seamsync.media.sources import TensorSource
from seamsync.tracking.networks import FoundFaces

RED, BLUE, GREEN = (200, 60, 60), (60, 60, 200), (60, 170, 60)
#: Where a disc is in one frame: x, y, diameter, colour; later ones lie in front.
Disc = tuple[float, float, float, tuple[int, int, int]]


def paint(discs: Sequence[Disc], size: tuple[int, int] = (160, 120), background: int = 110) -> np.ndarray:
    """One frame, uint8 ``[h,w,3]``: a gradient with the discs on it."""
    x, y = np.meshgrid(np.arange(size[0]) + 0.5, np.arange(size[1]) + 0.5)
    frame = np.repeat((background + 20 * x / size[0])[..., None], 3, -1)
    for cx, cy, diameter, color in discs:
        frame[(x - cx) ** 2 + (y - cy) ** 2 <= (diameter / 2) ** 2] = color
    return frame.astype(np.uint8)


def source_of(frames: Sequence[np.ndarray], fps: int = 25) -> TensorSource:
    """The frames as a clip."""
    return TensorSource(torch.from_numpy(np.stack(frames)).float() / 255, Fraction(fps))


class DiscNetworks:
    """Finds discs of saturated colour and lays 68 points on them; counts what it is asked."""

    crop_size = 64

    def __init__(self) -> None:
        self.searches = 0
        self.fits = 0

    def _discs(self, image: np.ndarray) -> list[tuple[float, float, float, float]]:
        """x, y, diameter and fill of every colour present, in pixels; fill is 1 for a whole disc."""
        found = []
        for color in (RED, BLUE, GREEN):
            # Hue only, so that flashes and dim scenes do not matter.
            share = image.astype(float) - image.mean(-1, keepdims=True)
            wanted = np.array(color) - np.mean(color)
            mask = (share @ wanted) > 0.6 * np.linalg.norm(wanted) * np.maximum(np.linalg.norm(share, axis=-1), 30)
            rows, columns = np.nonzero(mask)
            if len(rows) < 30:
                continue
            across = max(np.ptp(columns), np.ptp(rows)) + 1
            center_x, center_y = (columns.min() + columns.max() + 1) / 2, (rows.min() + rows.max() + 1) / 2
            found.append((float(center_x), float(center_y), float(across), len(rows) / (np.pi / 4 * across**2)))
        return found

    def find_faces(self, image: np.ndarray) -> FoundFaces:
        """One region a disc, 1.5 diameters wide."""
        self.searches += 1
        rows = [(x, y, 1.5 * d, 0.0) for x, y, d, fill in self._discs(image) if fill > 0.45]
        return FoundFaces(np.array(rows, np.float64).reshape(-1, 4), np.ones(len(rows), np.float32))

    def fit_landmarks(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The disc nearest the crop's middle; improbable when there is none, or little of it is seen."""
        self.fits += len(crops)
        points, chances = np.zeros((len(crops), 68, 2), np.float32), np.zeros(len(crops), np.float32)
        for i, crop in enumerate(crops):
            middle = crop.shape[0] / 2
            found = sorted(self._discs(crop), key=lambda d: np.hypot(d[0] - middle, d[1] - middle))
            if not found or np.hypot(found[0][0] - middle, found[0][1] - middle) > 0.4 * crop.shape[0]:
                continue
            x, y, across, fill = found[0]
            points[i] = face68((x, y), across)
            chances[i] = 0.99 if fill > 0.45 else 0.1
        return points, chances

    def crop_regions(self, points: np.ndarray) -> np.ndarray:
        """Back from the points to the disc's region."""
        width = np.linalg.norm(points[:, 16] - points[:, 0], axis=-1)
        middle = points[:, [39, 42]].mean(1)
        return np.column_stack([middle, np.maximum(1.5 * width, 1.0), np.zeros(len(points))]).astype(np.float64)


def centers(landmarks: np.ndarray) -> np.ndarray:
    """Disc centres of landmarks laid by :class:`DiscNetworks`: ``[T,2]``."""
    return landmarks[:, [39, 42]].mean(1)
