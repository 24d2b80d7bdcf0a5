"""A frame made small, cheaply: the planes are shrunk before they become RGB."""

from __future__ import annotations

import numpy as np

from .frame import PlanarFrame


def thumbnail(frame: PlanarFrame, side: int = 256) -> np.ndarray:
    """The frame's picture with a longer side of at most ``side`` pixels.

    Each pixel is the mean of those it covers, taken plane by plane: gamma-coded values, good for a look.

    Returns:
        uint8 RGB ``[h,w,3]``, gamma-coded.
    """
    import cv2  # here, as progress is set up before pixels are touched

    scale = min(1.0, side / max(frame.width, frame.height))
    size = max(1, round(frame.width * scale)), max(1, round(frame.height * scale))
    small = PlanarFrame.blank(*size, (1, 1), frame.bit_depth, frame.color)
    for plane, view in zip(frame.planes, small.planes, strict=True):
        view[...] = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    return small.rgb()
