"""Process fields that change slowly in blocks: means of blocks, a blur with zeros around, and bilinear enlargement."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional as F

from .primitives import area_mean, gaussian_blur, upsample


def block_means(images: torch.Tensor, step: int) -> torch.Tensor:
    """Return means of blocks of ``step`` pixels, with zeros around where they do not fit.

    Args:
        images: float32 ``[B,C,H,W]``.
        step: side of a block, pixels.

    Returns:
        float32 ``[B,C,⌈H/step⌉,⌈W/step⌉]``, the same for a mirrored picture, mirrored (but for one odd pixel).
    """
    (top, bottom), (left, right) = (_margins(length, step) for length in images.shape[-2:])
    return area_mean(F.pad(images, (left, right, top, bottom)), step)


def gaussian_spread(images: torch.Tensor, sigma: float) -> torch.Tensor:
    """Blur ``[B,C,H,W]`` by a Gaussian with zeros around the picture; ``sigma`` > 0 in its pixels."""
    margin = int(np.ceil(3 * sigma))
    return gaussian_blur(F.pad(images, (margin,) * 4), sigma)[..., margin:-margin, margin:-margin]


def enlarge(blocks: torch.Tensor, step: int, size: tuple[int, int]) -> torch.Tensor:
    """Enlarge the result of :func:`block_means` bilinearly.

    Args:
        blocks: float32 ``[B,C,h,w]``.
        step: side of a block, pixels.
        size: (H, W) of the picture.

    Returns:
        float32 ``[B,C,H,W]``.
    """
    (top, _), (left, _) = (_margins(length, step) for length in size)
    return upsample(blocks, (step, step))[..., top : top + size[0], left : left + size[1]]


def _margins(length: int, step: int) -> tuple[int, int]:
    """Return margins that make a whole number of blocks, as even on both sides as possible."""
    missing = -length % step
    return missing // 2, missing - missing // 2
