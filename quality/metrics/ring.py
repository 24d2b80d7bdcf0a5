"""The seam ring: the band around the 0.5 contour of alpha, and the contour itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ...blending.frame_batch import FrameBatch
from ...blending.pixels.primitives import gaussian_blur
from .picture import Pixels, dilate, norm, sobel

#: Half width of the ring as a share of the face width, and its limits in pixels of the frame.
_SHARE, _LEAST, _MOST = 0.02, 3.0, 8.0
#: Blur (standard deviation, px) of alpha before its gradient is taken: the staircase of a hard mask has no direction.
_SMOOTH = 1.5
#: Largest distance of the contour from the centre of its pixel, px.
_OFF = 1.5


@dataclass(frozen=True, eq=False)
class SeamRing:
    """The seam ring of B composites.

    Attributes:
        band: bool ``[B,1,H,W]``, pixels no further from the contour than the half width.
        pixels: the pixels of ``band``, packed.
        contour: pixels with alpha > 0.5 beside one without; a chain one pixel wide.
        points: float32 ``[B,N,2]``, the nearest point of the contour to each pixel of ``contour``, ROI pixels.
        outward: float32 ``[B,N,2]``, unit normals of the contour; 0 where alpha is flat.
    """

    band: torch.Tensor
    pixels: Pixels
    contour: Pixels
    points: torch.Tensor
    outward: torch.Tensor


def half_width(batch: FrameBatch) -> np.ndarray:
    """Return the half width of the ring, float64 ``[B]``, ROI pixels: clamp(0.02 · face width, 3, 8) pixels of the frame."""
    return np.clip(_SHARE * batch.face_width.astype(np.float64), _LEAST * batch.scale, _MOST * batch.scale)


def seam_ring(alpha: torch.Tensor, batch: FrameBatch, *, backend: str | None = None) -> SeamRing:
    """Return the ring of one batch.

    The contour runs between pixels: its distance from a pixel is that of the nearest pixel on the other side, less half a
    pixel (as in :func:`~seamsync.blending.mask.feather.signed_distance`). The border of the picture is no contour.

    Args:
        alpha: float32 ``[B,1,H,W]``, 0…1.
        batch: face widths and scale are used.
    """
    inside = alpha > 0.5
    outside = ~inside
    reach = half_width(batch) + 0.5
    band = dilate(inside, reach, backend=backend) & dilate(outside, reach, backend=backend)
    contour = Pixels.of(inside & dilate(outside, np.ones(len(alpha)), backend=backend), backend=backend)
    smooth = gaussian_blur(alpha, _SMOOTH * batch.scale, backend=backend)
    slope = contour.take(sobel(smooth, backend=backend))
    steep = norm(slope).clamp(min=1e-6)
    outward = -slope / steep[:, None]
    off = ((contour.take(smooth)[:, 0] - 0.5) / steep).clamp(-_OFF, _OFF)
    points = contour.points() + (outward * off[:, None]).transpose(1, 2)
    return SeamRing(band, Pixels.of(band, backend=backend), contour, points, outward.transpose(1, 2))
