"""Cut square, level crops of faces out of frames, and map crop pixels back to frame pixels."""

from __future__ import annotations

import cv2
import numpy as np
import torch

from ..media.frame import PlanarFrame
from ..media.planes import Box, chroma_box, rgb_from_planes
from ..tensors import one_thread
from .align import apply_affine, invert_affine


def region_to_crop(regions: np.ndarray, size: int) -> np.ndarray:
    """Return affines from frame pixels to crop pixels.

    Args:
        regions: float ``[...,4]``: centre x, y, side, roll.
        size: side of the crop in pixels.

    Returns:
        float64 ``[...,2,3]``.
    """
    center, side, roll = regions[..., :2], regions[..., 2], regions[..., 3]
    a, b = size / side * np.cos(roll), size / side * np.sin(roll)
    linear = np.stack([np.stack([a, b], -1), np.stack([-b, a], -1)], -2)
    shift = size / 2 - (linear @ center[..., None])[..., 0]
    return np.concatenate([linear, shift[..., None]], -1)


@one_thread()
def shrunk_rgb(frame: PlanarFrame, box: Box, size: tuple[int, int]) -> np.ndarray:
    """Average a box of a frame down to ``size``, then convert it to RGB.

    This is faster than to convert first, and as exact.

    Args:
        frame: a frame of the clip.
        box: x0, y0, x1, y1 inside the frame, x0 and y0 even.
        size: width, height in pixels, at most those of the box.

    Returns:
        uint8 ``[height,width,3]``.
    """
    x0, y0, x1, y1 = box
    if size == (x1 - x0, y1 - y0):
        return frame.rgb(box)
    c0, r0, c1, r1 = chroma_box(box, frame.chroma)
    parts = (frame.y[y0:y1, x0:x1], frame.u[r0:r1, c0:c1], frame.v[r0:r1, c0:c1])
    y, u, v = (torch.from_numpy(cv2.resize(part, size, interpolation=cv2.INTER_AREA))[None] for part in parts)
    rgb = rgb_from_planes(y, u, v, frame.color, frame.bit_depth)[0]
    return rgb.permute(1, 2, 0).mul(255).round_().clamp_(0, 255).to(torch.uint8).contiguous().numpy()


def cut_crop(frame: PlanarFrame, region: np.ndarray, size: int) -> np.ndarray:
    """Cut one crop. Only the pixels under it are converted to RGB. What lies outside the frame is black.

    Args:
        frame: a frame of the clip.
        region: float ``[4]``: centre x, y, side, roll.
        size: side of the crop in pixels.

    Returns:
        uint8 ``[size,size,3]`` RGB. Large regions are averaged down first, so that fine texture does not flicker.
    """
    return cut_affine(frame, invert_affine(region_to_crop(region, size)), size)


def cut_affine(frame: PlanarFrame, to_frame: np.ndarray, size: int, *, extend: bool = False) -> np.ndarray:
    """Sample a frame through an affine: a rotated square, or a box of another aspect ratio.

    Args:
        frame: a frame of the clip.
        to_frame: float64 ``[2,3]``, crop pixel → frame pixel.
        size: side of the crop in pixels.
        extend: repeat the frame's border outside of it; otherwise black.

    Returns:
        uint8 ``[size,size,3]`` RGB, as :func:`cut_crop`; black where it shows nothing of the frame.
    """
    height, width = frame.y.shape[:2]
    corners = apply_affine(to_frame, np.array([[0, 0], [size, 0], [0, size], [size, size]]))
    low = np.clip(np.floor(corners.min(0)) - 2, 0, (width, height)).astype(int) & ~1
    high = np.clip(np.ceil(corners.max(0)) + 2, 0, (width, height)).astype(int)
    if (high - low < 2).any():
        return np.zeros((size, size, 3), np.uint8)
    shape = high - low
    step = float(np.linalg.norm(to_frame[:, :2], axis=0).min())
    shrunk = np.maximum(np.round(shape / max(1.0, step)), 1).astype(int)
    pixels = shrunk_rgb(frame, (int(low[0]), int(low[1]), int(high[0]), int(high[1])), (int(shrunk[0]), int(shrunk[1])))
    from_shrunk = np.array([[shape[0] / shrunk[0], 0, low[0]], [0, shape[1] / shrunk[1], low[1]], [0, 0, 1]])
    to_crop = invert_affine(to_frame) @ from_shrunk
    to_crop[:, 2] += to_crop[:, :2] @ [0.5, 0.5] - 0.5  # OpenCV counts from the centre of the first pixel
    border = cv2.BORDER_REPLICATE if extend else cv2.BORDER_CONSTANT
    return cv2.warpAffine(pixels, to_crop, (size, size), flags=cv2.INTER_LINEAR, borderMode=border)


def crop_to_frame(points: np.ndarray, regions: np.ndarray, size: int) -> np.ndarray:
    """Map landmarks ``[B,P,2 or 3]`` from crop pixels to frame pixels, depth scaled alike. Return float32."""
    placed = apply_affine(invert_affine(region_to_crop(regions, size)), points[..., :2])
    depth = points[..., 2:] * (regions[:, 2] / size)[:, None, None]
    return np.concatenate([placed, depth], -1).astype(np.float32)
