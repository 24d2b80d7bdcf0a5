"""Generated mouths made crisper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np

from ..media.clips import MouthClip, store_patches
from ..tensors import Progress, check_range, no_progress

_CHUNK = 32  # patches held at once


def sharpen_patches(patches: np.ndarray, *, amount: float, radius: float) -> np.ndarray:
    """Unsharp masking: what a Gaussian blur takes away is added once more, times ``amount``.

    Args:
        patches: uint8 ``[T,3,h,w]``.
        amount: ≥ 0; 0 returns the patches as they are.
        radius: standard deviation of the blur, pixels, > 0.

    Returns:
        uint8 ``[T,3,h,w]``, rounded and clipped to 0…255. The border is mirrored, so that it gains no line.
    """
    sharp = np.empty_like(patches)
    for index, patch in enumerate(patches):
        picture = np.ascontiguousarray(patch.transpose(1, 2, 0), np.float32)
        blurred = cv2.GaussianBlur(picture, (0, 0), radius, borderType=cv2.BORDER_REFLECT_101)
        sharp[index] = np.clip(np.rint(picture + amount * (picture - blurred)), 0, 255).transpose(2, 0, 1)
    return sharp


def sharpen_mouths(mouths: MouthClip, *, amount: float, radius: float = 1.0, progress: Progress = no_progress) -> MouthClip:
    """The same mouths, sharpened by :func:`sharpen_patches`, in memory that does not grow with the clip.

    Raises:
        SeamSyncError: ``amount`` outside 0…10 or ``radius`` outside 0.1…64 pixels.
    """
    check_range("amount", amount, 0, 10)
    check_range("radius", radius, 0.1, 64, "px")
    if not amount:
        return mouths

    def _chunks() -> Iterator[np.ndarray]:
        for start in range(0, len(mouths), _CHUNK):
            yield sharpen_patches(mouths.patches[start : start + _CHUNK], amount=amount, radius=radius)
            progress("enhance", min(start + _CHUNK, len(mouths)), len(mouths))

    source = {**mouths.source, "sharpen": {"amount": amount, "radius": radius}}
    return replace(mouths, patches=store_patches(_chunks()), source=source)
