"""Where a viewer looks: a window of one size that stays still, or follows the face gently where the face moves far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ..media.planes import Box

#: Margin around the boxes, a share of their size, so that the seam is seen with its surroundings.
_MARGIN = 0.25
#: The window stays where it is while all boxes together fill no more than this many times the largest one.
_STILL = 1.8
#: Frames over which a moving window is steadied (deviation of a Gaussian).
_STEADY = 6.0


@dataclass(frozen=True, eq=False)
class Crop:
    """A window into each of some frames.

    Attributes:
        origins: int64 ``[N,2]``, its top left corner x, y in frame pixels, even.
        size: its width and height, frame pixels.
        cell: width and height it is shown at.
    """

    origins: np.ndarray
    size: tuple[int, int]
    cell: tuple[int, int]

    @property
    def scale(self) -> np.ndarray:
        """Shown pixels a frame pixel, across and down: float64 ``[2]``."""
        return np.array(self.cell) / np.array(self.size)

    def box(self, index: int) -> Box:
        """The window of the ``index``-th frame."""
        x, y = (int(value) for value in self.origins[index])
        return x, y, x + self.size[0], y + self.size[1]

    def points(self, index: int, points: np.ndarray) -> np.ndarray:
        """Frame pixels as shown pixels: float64 ``[...,2]``."""
        return (points - self.origins[index]) * self.scale

    def show(self, picture: np.ndarray) -> np.ndarray:
        """A picture cut by :meth:`box`, uint8 ``[h,w]`` or ``[h,w,3]``, at the size it is shown at."""
        return picture if self.size == self.cell else cv2.resize(picture, self.cell, interpolation=cv2.INTER_AREA)

    def place(self, index: int, alpha: np.ndarray, box: Box) -> np.ndarray:
        """A small mask that fills ``box`` of the frame, as it lies in the window: uint8, 0 outside the box."""
        low, high = np.array(box[:2], np.float64), np.array(box[2:], np.float64)
        step = (high - low) / alpha.shape[1::-1] * self.scale
        shift = self.points(index, low) + step / 2 - 0.5  # from pixel centre to pixel centre
        matrix = np.array([[step[0], 0, shift[0]], [0, step[1], shift[1]]])
        return cv2.warpAffine(alpha, matrix, self.cell, flags=cv2.INTER_LINEAR)


def crop_windows(boxes: Mapping[int, Box], rows: np.ndarray, scene: np.ndarray, frame_size: tuple[int, int], side: int) -> Crop:
    """The window of each shown frame.

    Args:
        boxes: what has to be seen, by frame; the whole frame is shown where there is none.
        rows: int64 ``[N]``, frames to show.
        scene: int ``[T]`` of all frames; a window never glides across a cut.
        frame_size: width and height of the frames, pixels.
        side: longer side of what is shown, at most.
    """
    frame = np.array(frame_size) // 2 * 2
    known = np.array(sorted(boxes), np.int64)
    corners = np.array([boxes[int(row)] for row in known], np.float64).reshape(-1, 2, 2)
    if not len(known):
        corners, known = np.array([[[0, 0], frame]], np.float64), rows[:1]
    centres, largest = corners.mean(1), (corners[:, 1] - corners[:, 0]).max(0)
    union = corners[:, 1].max(0) - corners[:, 0].min(0)
    if union.prod() <= _STILL * largest.prod():
        places = np.repeat((corners[:, 1].max(0) + corners[:, 0].min(0))[None] / 2, len(rows), 0)
        largest = union
    else:
        places = np.stack([_steadied(int(row), known, centres, scene) for row in rows])
    size = np.minimum(np.ceil(largest * (1 + 2 * _MARGIN) / 2) * 2, frame).astype(np.int64)
    origins = (np.clip(places - size / 2, 0, frame - size) // 2 * 2).astype(np.int64)
    cell = np.maximum(np.round(size * min(1.0, side / size.max())), 1).astype(int)
    return Crop(origins, (int(size[0]), int(size[1])), (int(cell[0]), int(cell[1])))


def _steadied(row: int, known: np.ndarray, centres: np.ndarray, scene: np.ndarray) -> np.ndarray:
    """Where a line through the centres around a frame, those of its scene, is at that frame; float64 ``[2]``.

    Fitted with weights that fall with the distance in time; a mean would lag behind the face at the ends of a scene.
    """
    here = scene[known] == scene[row]
    here = here if here.any() else np.ones(len(known), bool)
    apart, places = (known[here] - row).astype(np.float64), centres[here]
    weights = np.exp(((apart**2).min() - apart**2) / (2 * _STEADY**2))
    weights /= weights.sum()
    middle, time = weights @ places, weights @ apart
    slope = (weights * (apart - time)) @ (places - middle) / max(weights @ (apart - time) ** 2, 1e-9)
    return middle - slope * time if apart.min() <= 0 <= apart.max() else places[np.abs(apart).argmin()]


def mouth_window(mouths: Sequence[np.ndarray], cell: tuple[int, int]) -> list[float]:
    """The part of a shown picture to zoom to: x, y, width, height in shown pixels, of the picture's own aspect.

    Args:
        mouths: points ``[n,2]`` around the mouth of each shown frame, shown pixels; none: the picture's middle half.
        cell: width and height of the picture.
    """
    size = np.array(cell, np.float64)
    if not len(mouths):
        return [float(value) for value in (*size / 4, *size / 2)]
    low, high = (np.median([way(points, axis=0) for points in mouths], axis=0) for way in (np.min, np.max))
    share = float(np.clip((1.7 * (high - low) / size).max(), 0.1, 1.0))
    corner = np.clip((low + high) / 2 - share * size / 2, 0, size * (1 - share))
    return [round(float(value), 2) for value in (*corner, *share * size)]
