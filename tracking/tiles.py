"""Cut a picture into a pyramid of overlapping square tiles, in which a detector of fixed input size finds small faces too."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

#: Tile sides as fractions of the picture's short side; one tile over the whole picture (its long side) comes on top.
LEVELS = (1.0, 0.55, 0.3)
#: Smaller tiles than the detector's input are left out past this: enlarged pixels show no new faces, only false ones.
_MOST_ENLARGED = 2.0


@dataclass(frozen=True, eq=False)
class Tiles:
    """Hold the tiles of one picture.

    Attributes:
        pixels: uint8 ``[K,S,S,3]``.
        origin: float64 ``[K,2]``, the tile's upper left corner in pixels of the picture.
        scale: float64 ``[K]``, picture pixels a tile pixel.
    """

    pixels: np.ndarray
    origin: np.ndarray
    scale: np.ndarray


def _starts(length: int, size: int) -> np.ndarray:
    """Return tile starts along an axis: tiles overlap by half or more, the last ends at the edge."""
    count = -(-max(length - size, 0) // (size // 2)) + 1
    return np.round(np.linspace(0, max(length - size, 0), count)).astype(int)


def _level(image: np.ndarray, side: float, size: int) -> tuple[list[np.ndarray], list[tuple[float, float]], float]:
    """Cut tiles of ``side`` picture pixels, resampled to ``size``; black beyond the picture's edge."""
    height, width = image.shape[:2]
    scale = side / size
    small_width, small_height = max(1, round(width / scale)), max(1, round(height / scale))
    method = cv2.INTER_AREA if scale > 1 else cv2.INTER_LINEAR
    small = cv2.resize(image, (small_width, small_height), interpolation=method)
    small = np.pad(small, ((0, max(0, size - small_height)), (0, max(0, size - small_width)), (0, 0)))
    places = [(x, y) for y in _starts(small_height, size) for x in _starts(small_width, size)]
    tiles = [small[y : y + size, x : x + size] for x, y in places]
    return tiles, [(x * scale, y * scale) for x, y in places], scale


def cut_tiles(image: np.ndarray, size: int, levels: tuple[float, ...] = LEVELS) -> Tiles:
    """Cut the pyramid.

    Args:
        image: uint8 ``[H,W,3]``.
        size: side of the tiles in tile pixels.
        levels: tile sides as fractions of the short side.

    Returns:
        All tiles, the whole picture (letterboxed) first.
    """
    height, width = image.shape[:2]
    wanted = [float(max(width, height)), *(min(width, height) * level for level in levels)]
    sides = dict.fromkeys(side for i, side in enumerate(wanted) if i == 0 or side >= size / _MOST_ENLARGED)
    pixels, origin, scales = [], [], []
    for side in sides:
        tiles, places, scale = _level(image, max(side, 1.0), size)
        pixels += tiles
        origin += places
        scales += [scale] * len(tiles)
    return Tiles(np.stack(pixels), np.array(origin, np.float64), np.array(scales))
