"""Pictures, masks and chunks for the tests of the blend methods."""

from __future__ import annotations

import numpy as np
import torch
from scipy import ndimage
from seamsync.blending.frame_batch import FrameBatch


def chunk_of(count: int, size: tuple[int, int], **changes: object) -> FrameBatch:
    """Frames 0…count−1 of one scene, ROI at the frame's corner, face as wide as the ROI."""
    parts: dict[str, object] = {
        "indices": np.arange(count),
        "scene": np.zeros(count, np.int32),
        "fresh": np.arange(count) == 0,
        "origin": np.zeros((count, 2)),
        "size": size,
        "scale": 1.0,
        "face_width": np.full(count, size[1], np.float32),
        "landmarks": np.zeros((count, 68, 2), np.float32),
        "generated": None,
        "outline": np.zeros((count, 4, 2)),
        "quad": np.zeros((count, 4, 2)),
    }
    return FrameBatch(**(parts | changes))  # type: ignore[arg-type]


def pictures(count: int, size: tuple[int, int], seed: int = 0, sigma: float = 1.5) -> torch.Tensor:
    """Smooth random pictures that fill 0…1, float32 ``[B,3,h,w]``."""
    noise = np.random.default_rng(seed).random((count, 3, *size))
    smooth = ndimage.gaussian_filter(noise, (0, 0, sigma, sigma))
    smooth -= smooth.min()
    return torch.from_numpy((smooth / max(smooth.max(), 1e-9)).astype(np.float32))


def soft_disc(count: int, size: tuple[int, int], radius: float, soft: float, shift: float = 0.0) -> torch.Tensor:
    """Alpha of a disc in the middle that falls over ``soft`` pixels inwards, float32 ``[B,1,h,w]``."""
    y, x = np.mgrid[: size[0], : size[1]] + 0.5
    distance = radius - np.hypot(x - size[1] / 2 - shift, y - size[0] / 2)
    ramp = np.clip(distance / soft, 0, 1)
    alpha = (ramp * ramp * (3 - 2 * ramp)).astype(np.float32)
    return torch.from_numpy(alpha).expand(count, 1, *size).contiguous()
