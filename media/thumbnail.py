"""Shrink frames and patches: planes are shrunk before they become RGB."""

from __future__ import annotations

import numpy as np

from .frame import PlanarFrame


def thumbnail(frame: PlanarFrame, side: int = 256) -> np.ndarray:
    """Return the frame's picture with a longer side of at most ``side`` pixels.

    Each pixel is the mean of those it covers, taken plane by plane, in gamma-coded values.

    Returns:
        uint8 RGB ``[h,w,3]``, gamma-coded.
    """
    size = _size(frame.width, frame.height, side)
    small = PlanarFrame.blank(*size, (1, 1), frame.bit_depth, frame.color)
    for plane, view in zip(frame.planes, small.planes, strict=True):
        view[...] = _shrunk(plane, size)
    return small.rgb()


def patch_thumbnail(patch: np.ndarray, side: int = 256) -> np.ndarray:
    """Return the same of a mouth patch, uint8 RGB ``[3,h,w]``.

    Returns:
        uint8 RGB ``[h,w,3]``, gamma-coded.
    """
    return _shrunk(np.ascontiguousarray(patch.transpose(1, 2, 0)), _size(patch.shape[2], patch.shape[1], side))


def _size(width: int, height: int, side: int) -> tuple[int, int]:
    """Return width and height with a longer side of at most ``side``, at least a pixel each."""
    scale = min(1.0, side / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _shrunk(plane: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    import cv2  # here, as progress is set up before pixels are touched

    return cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
