"""How a seam is usually blended: what the methods are measured against.

Plain functions on NumPy pictures, written as they are found in the field: float32 for NumPy's own, bytes for OpenCV's.
Masks are of the picture's size, 0…255 bytes or 0…1 floats as said.
"""

from __future__ import annotations

import cv2
import numpy as np

#: OpenCV's clones by the names of the settings.
CLONES = {"source": cv2.NORMAL_CLONE, "mixed": cv2.MIXED_CLONE}


def blur_and_alpha(target: np.ndarray, patch: np.ndarray, mask: np.ndarray, sigma: float) -> np.ndarray:
    """A blurred mask and a cross-fade, on whatever it is given: the whole frame, usually.

    Args:
        target, patch: float32 ``[H,W,3]``.
        mask: uint8 ``[H,W]``, 0 or 255.
        sigma: of the blur, pixels.

    Returns:
        float32 ``[H,W,3]``.
    """
    alpha = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), sigma)[..., None]
    return patch * alpha + target * (1 - alpha)


def laplacian_blend(target: np.ndarray, patch: np.ndarray, alpha: np.ndarray, levels: int) -> np.ndarray:
    """Burt & Adelson (1983) as usually written: Laplacian pyramids of both pictures, a Gaussian one of the mask.

    Args:
        target, patch: float32 ``[H,W,3]``, the whole frame or an ROI.
        alpha: float32 ``[H,W]``, 0…1.
        levels: bands.

    Returns:
        float32 ``[H,W,3]``.
    """
    bands = [_bands(picture, levels) for picture in (patch, target)]
    weights = [alpha]
    for _ in range(levels - 1):
        weights.append(cv2.pyrDown(weights[-1]))
    mixed = [a * w[..., None] + b * (1 - w[..., None]) for a, b, w in zip(*bands, weights, strict=True)]
    out = mixed[-1]
    for band in mixed[-2::-1]:
        out = cv2.pyrUp(out, dstsize=band.shape[1::-1]) + band
    return out


def _bands(picture: np.ndarray, levels: int) -> list[np.ndarray]:
    out = []
    for _ in range(levels - 1):
        smaller = cv2.pyrDown(picture)
        out.append(picture - cv2.pyrUp(smaller, dstsize=picture.shape[1::-1]))
        picture = smaller
    return [*out, picture]


def multiband_blender(target: np.ndarray, patch: np.ndarray, mask: np.ndarray, levels: int) -> np.ndarray:
    """OpenCV's stitching blender on an ROI.

    Args:
        target, patch: int16 ``[h,w,3]``, 0…255.
        mask: uint8 ``[h,w]``, 0…255.
        levels: bands.

    Returns:
        int16 ``[h,w,3]``.
    """
    blender = cv2.detail.MultiBandBlender(0, levels - 1)
    blender.prepare((0, 0, mask.shape[1], mask.shape[0]))
    blender.feed(target, 255 - mask, (0, 0))
    blender.feed(patch, mask, (0, 0))
    out, _ = blender.blend(None, None)  # type: ignore[call-overload]
    return out


def seamless_clone(
    frame: np.ndarray, patch: np.ndarray, mask: np.ndarray, corner: tuple[int, int], gradients: str = "source"
) -> np.ndarray:
    """OpenCV's Poisson clone into a whole frame.

    Args:
        frame: uint8 ``[H,W,3]``.
        patch: uint8 ``[h,w,3]``, the ROI's size.
        mask: uint8 ``[h,w]``, 0 or 255, with at least one pixel set and none on its border.
        corner: frame pixel (x, y) of the ROI's top left.
        gradients: "source" or "mixed".

    Returns:
        uint8 ``[H,W,3]``.
    """
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    centre = (
        corner[0] + int(columns[0] + columns[-1] + 1) // 2,  # OpenCV puts the middle of the mask's box there
        corner[1] + int(rows[0] + rows[-1] + 1) // 2,
    )
    return cv2.seamlessClone(patch, frame, mask, centre, CLONES[gradients])


def precise_distance(mask: np.ndarray) -> np.ndarray:
    """OpenCV's exact Euclidean distance transform, float32 ``[h,w]`` of uint8 ``[h,w]``."""
    return cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
