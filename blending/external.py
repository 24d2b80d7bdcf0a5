"""Apply a mask that the user brings, as ComfyUI's MASK."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ..errors import SeamSyncError
from ..media.frame import VideoInfo
from ..tensors import Array, check_dtype, check_finite, check_shape, shape_text

#: Values may leave 0…1 by this much, as resized masks do; further out they are taken for 0…255 or something else.
_SLACK = 0.02


@dataclass(frozen=True, eq=False)
class ExternalMask:
    """Hold weights over the target's frame.

    Attributes:
        weights: uint8 ``[N,h,w]``, 0…255, at the frame's size or another of the same aspect; one picture for the whole
            clip, or one a target frame.
    """

    weights: np.ndarray

    def __post_init__(self) -> None:
        check_dtype("mask", self.weights, "uint8")
        check_shape("mask", self.weights, "N,h,w", None, None, None)
        if 0 in self.weights.shape:
            raise SeamSyncError(f"mask must be [N,h,w] with at least one picture, got {shape_text(self.weights.shape)}")

    @classmethod
    def from_mask(cls, mask: Array) -> ExternalMask:
        """Make a mask of floats, as ComfyUI gives them.

        Args:
            mask: float ``[N,h,w]`` or ``[h,w]``, 0…1 (1: the new mouth is visible), NumPy or torch on any device.

        Raises:
            SeamSyncError: another shape or kind, NaN, or values that are not 0…1.
        """
        given = tuple(mask.shape)
        if len(given) not in (2, 3) or 0 in given:
            raise SeamSyncError(f"mask must be [N,h,w] or [h,w], got {shape_text(given)}")
        if "float" not in str(mask.dtype):
            raise SeamSyncError(f"mask must be float 0…1, got {str(mask.dtype).removeprefix('torch.')}; divide bytes by 255")
        pictures = mask if len(given) == 3 else mask[None]
        return cls(np.stack([_to_bytes(picture) for picture in pictures]))

    def check_clip(self, info: VideoInfo) -> None:
        """Raise unless this mask fits a clip: one picture or one a frame, of its aspect within rounding.

        Raises:
            SeamSyncError: says how they differ.
        """
        count, height, width = self.weights.shape
        if count not in (1, info.frame_count):
            raise SeamSyncError(
                f"the mask has {count} pictures, {info.name} has {info.frame_count} frames; give one picture for the whole "
                "clip, or one for every frame of the target"
            )
        if abs(width * info.height - height * info.width) > max(info.width, info.height):
            raise SeamSyncError(
                f"the mask is {width}×{height}, {info.name} is {info.width}×{info.height}; give a mask of that size, or of "
                "the same aspect"
            )

    def on_roi(
        self, frames: np.ndarray, origin: np.ndarray, size: tuple[int, int], scale: float, frame_size: tuple[int, int]
    ) -> torch.Tensor:
        """Return the mask under the ROIs; only their boxes are read.

        Args:
            frames: int ``[B]``, target frames.
            origin: float ``[B,2]``, frame pixel of each ROI's top left corner.
            size: (height, width) of the ROIs in ROI pixels.
            scale: ROI pixels a frame pixel.
            frame_size: (width, height) of the target.

        Returns:
            float32 ``[B,1,H,W]`` on the CPU, 0…1; past the frame the border's weight is repeated.
        """
        from .pixels.primitives import warp  # here, as settings are read before pixels are touched

        count, height, width = self.weights.shape
        to_mask = np.array([width, height]) / frame_size
        margin = 2 * np.ceil(to_mask / scale).astype(int) + 2  # what interpolation, or averaging down, takes in
        low = np.floor(origin * to_mask).astype(int) - margin
        extent = np.ceil(np.array(size[::-1]) / scale * to_mask).astype(int) + 2 * margin + 1
        extent += extent % 2  # averaging down takes pairs
        cut, matrices = [], np.zeros((len(frames), 2, 3))
        for place, frame in enumerate(np.zeros_like(frames) if count == 1 else frames):
            rows = np.clip(np.arange(low[place, 1], low[place, 1] + extent[1]), 0, height - 1)
            columns = np.clip(np.arange(low[place, 0], low[place, 0] + extent[0]), 0, width - 1)
            cut.append(self.weights[frame][np.ix_(rows, columns)])
            matrices[place, [0, 1], [0, 1]] = scale / to_mask
            matrices[place, :, 2] = scale * (low[place] / to_mask - origin[place])
        return warp(torch.from_numpy(np.stack(cut))[:, None], torch.from_numpy(matrices), size)


def _to_bytes(picture: Array) -> np.ndarray:
    """Convert one picture ``[h,w]`` of 0…1 to uint8."""
    values = picture.detach().float().cpu().numpy() if isinstance(picture, torch.Tensor) else picture.astype(np.float32)
    check_finite("mask", values)
    low, high = float(values.min()), float(values.max())
    if low < -_SLACK or high > 1 + _SLACK:
        raise SeamSyncError(f"mask must be 0…1, got {low:g}…{high:g}; divide bytes by 255")
    return np.rint(values.clip(0, 1) * 255).astype(np.uint8)
