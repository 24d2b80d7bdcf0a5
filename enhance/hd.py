"""Enlarge and sharpen small, soft mouths: the HD chain.

The steps are those that users of Wav2Lip apply by hand: twice the size (cubic), stronger lines, a bilateral filter, Lanczos to
the wanted size, sharpening in several passes, local contrast (CLAHE), and the picture's own colours again.

Sources: Tomasi & Manduchi, "Bilateral Filtering for Gray and Color Images" (1998); Zuiderveld, "Contrast Limited Adaptive
Histogram Equalization" (1994); Reinhard et al., "Color Transfer between Images" (2001).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

#: Edges this steep (levels of 255 a pixel) are strengthened by half of what the steepest are.
_STEEP = 12.0
#: Standard deviation in space (pixels of the doubled picture) and in colour (levels, at full smoothing) of the filter.
_SPACE, _COLOR = 2.0, 30.0
#: Passes of sharpening: deviation in pixels of the generator's picture, and amount at full sharpening.
_PASSES = ((0.35, 0.8), (0.7, 0.5), (1.4, 0.3))
#: A pass moves no pixel further than this (levels) past the lightest and darkest around it: no light lines along the lips.
_MARGIN = 6.0
_CLIP, _TILES = 2.0, (4, 4)
#: Contrast is restored by this factor at most.
_LEAST, _MOST = 0.7, 1.4


def hd_patches(
    patches: np.ndarray, *, scale: int, edges: float, smoothing: float, sharpening: float, contrast: float
) -> np.ndarray:
    """Apply the whole chain to a generator's patches, never resized before.

    Args:
        patches: uint8 ``[T,3,h,w]``, RGB.
        scale: output pixels a patch pixel, ≥ 1.
        edges, smoothing, sharpening, contrast: strength of each step, 0…1; 0 leaves it out.

    Returns:
        uint8 ``[T,3,h·scale,w·scale]``. Pixel (x, y) of the input lies at scale · (x, y), pixel centres at .5.
    """
    height, width = patches.shape[2] * scale, patches.shape[3] * scale
    out = np.empty((len(patches), 3, height, width), np.uint8)
    for patch, result in zip(patches, out, strict=True):
        own = np.ascontiguousarray(patch.transpose(1, 2, 0), np.float32)
        large = cv2.resize(own, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        large = _strengthen_edges(large, edges)
        large = _smooth(large, smoothing)
        large = _resize(large, (width, height))
        for sigma, amount in _PASSES:
            large = _sharpen(large, sigma * scale, amount * sharpening)
        large = _local_contrast(large, contrast)
        large = _with_colors_of(large, own)
        result[...] = np.clip(np.rint(large), 0, 255).transpose(2, 0, 1)
    return out


def _blur(picture: np.ndarray, sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(picture, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101)


def _strengthen_edges(picture: np.ndarray, strength: float) -> np.ndarray:
    """Apply unsharp masking only where there is an edge."""
    if strength == 0:
        return picture
    luma = _blur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), 1.0)
    steep = cv2.magnitude(*(cv2.Sobel(luma, cv2.CV_32F, 1 - axis, axis, scale=0.125) for axis in (0, 1)))
    weight = (2 * strength * steep / (steep + np.float32(_STEEP)))[..., None]
    return picture + weight * (picture - _blur(picture, 1.5))


def _smooth(picture: np.ndarray, strength: float) -> np.ndarray:
    """Average noise and blocks away on either side of the edges."""
    if strength == 0:
        return picture
    return cv2.bilateralFilter(picture, 7, _COLOR * strength, _SPACE, borderType=cv2.BORDER_REFLECT_101)


def _resize(picture: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """Resize to (width, height): Lanczos when enlarged, means of pixels when reduced, as OpenCV's Lanczos would alias."""
    if picture.shape[1] == size[0]:
        return picture
    kind = cv2.INTER_LANCZOS4 if size[0] > picture.shape[1] else cv2.INTER_AREA
    return cv2.resize(picture, tuple(size), interpolation=kind)


def _sharpen(picture: np.ndarray, sigma: float, amount: float) -> np.ndarray:
    """Apply unsharp masking that stays near the values around each pixel."""
    if amount == 0:
        return picture
    around = np.ones((3, 3), np.uint8)
    low, high = cv2.erode(picture, around) - _MARGIN, cv2.dilate(picture, around) + _MARGIN
    return np.clip(picture + amount * (picture - _blur(picture, sigma)), low, high)


def _local_contrast(picture: np.ndarray, strength: float) -> np.ndarray:
    """Apply CLAHE to luma, mixed in by ``strength``; chroma stays."""
    if strength == 0:
        return picture
    luma = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    equalised = cv2.createCLAHE(_CLIP, _TILES).apply(np.clip(np.rint(luma), 0, 255).astype(np.uint8))
    return picture + (strength * (equalised - luma))[..., None]


def _with_colors_of(picture: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Restore each channel's mean and standard deviation to those of the generator's picture."""
    mean, deviation = picture.mean((0, 1)), picture.std((0, 1))
    gain = np.clip((own.std((0, 1)) + 1) / (deviation + 1), _LEAST, _MOST)
    return (picture - mean) * gain + own.mean((0, 1))
