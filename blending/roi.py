"""Cut the ROI out of the frame's planes, put it back, and enlarge it for supersampling."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch.nn import functional as F

from ..media.planes import Box, chroma_box
from ..media.video import PlanarFrame


def cut(frames: Sequence[PlanarFrame], boxes: Sequence[Box], which: int, device: torch.device) -> torch.Tensor:
    """Return one plane of every frame inside its ROI.

    Args:
        frames: B frames.
        boxes: their ROIs, all of one size; past the frame's border the last sample is repeated.
        which: 0 luma, 1 and 2 chroma.
        device: of the result.

    Returns:
        uint8 or uint16 ``[B,h,w]``.
    """
    views = []
    for frame, box in zip(frames, boxes, strict=True):
        view, (rows, columns) = _window(frame, box, which)
        views.append(np.pad(view, ((0, rows), (0, columns)), mode="edge") if rows or columns else view)
    return torch.from_numpy(np.stack(views)).to(device)


def put(frames: Sequence[PlanarFrame], boxes: Sequence[Box], which: int, planes: torch.Tensor) -> None:
    """Write planes ``[B,h,w]`` back into the frames, which are changed in place."""
    for frame, box, plane in zip(frames, boxes, planes.cpu().numpy(), strict=True):
        view, _ = _window(frame, box, which)
        view[...] = plane[: view.shape[0], : view.shape[1]]


def _window(frame: PlanarFrame, box: Box, which: int) -> tuple[np.ndarray, tuple[int, int]]:
    """Return a view of one plane inside the ROI, and how many rows and columns the ROI extends past it."""
    x0, y0, x1, y1 = box if which == 0 else chroma_box(box, frame.chroma)
    view = frame.planes[which][y0:y1, x0:x1]
    return view, (y1 - y0 - view.shape[0], x1 - x0 - view.shape[1])


def scaled_size(size: tuple[int, int], scale: float) -> tuple[int, int]:
    """Return (height, width) of an ROI ``scale`` times as large, rounded up."""
    return int(np.ceil(size[0] * scale)), int(np.ceil(size[1] * scale))


def enlarge(images: torch.Tensor, scale: float) -> torch.Tensor:
    """Enlarge bicubically, float32 ``[B,C,h,w]`` → ``[B,C,⌈h·scale⌉,⌈w·scale⌉]``; repeat the border."""
    odd = _padding(images.shape[-2:], scale)
    padded = F.pad(images, (0, odd[1], 0, odd[0]), mode="replicate") if any(odd) else images
    height, width = (round(side * scale) for side in padded.shape[-2:])
    large = F.interpolate(padded, (height, width), mode="bicubic", align_corners=False)
    height, width = scaled_size((images.shape[-2], images.shape[-1]), scale)
    return large[..., :height, :width]


def reduce(images: torch.Tensor, size: tuple[int, int], scale: float) -> torch.Tensor:
    """Undo :func:`enlarge` with antialiasing: float32 ``[B,C,⌈h·scale⌉,⌈w·scale⌉]`` → ``[B,C,h,w]``."""
    odd = _padding(size, scale)
    height, width = size[0] + odd[0], size[1] + odd[1]
    below, right = round(height * scale) - images.shape[-2], round(width * scale) - images.shape[-1]
    padded = F.pad(images, (0, right, 0, below), mode="replicate") if below or right else images
    small = F.interpolate(padded, (height, width), mode="bilinear", align_corners=False, antialias=True)
    return small[..., : size[0], : size[1]]


def _padding(size: Sequence[int], scale: float) -> tuple[int, int]:
    """Return rows and columns to add so that ``scale`` (a multiple of ½) gives whole pixels."""
    whole = float(scale).is_integer()
    return (0, 0) if whole else (size[0] % 2, size[1] % 2)


def reduce_delta(
    delta: torch.Tensor, alpha: torch.Tensor, target: torch.Tensor, enlarged: torch.Tensor, scale: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Reduce a difference computed on an enlarged ROI, and its alpha, to the frame's resolution.

    Enlarging and reducing removes fine detail from the target. Where alpha is 1 that detail must vanish with the rest of the
    target, so the lost part is subtracted in proportion to alpha.

    Args:
        delta: float32 ``[B,3,H,W]``, composite − enlarged target.
        alpha: float32 ``[B,1,H,W]``.
        target: float32 ``[B,3,h,w]``, as stored.
        enlarged: float32 ``[B,3,H,W]``, of :func:`enlarge`.
        scale: H / h.

    Returns:
        delta ``[B,3,h,w]`` and alpha ``[B,1,h,w]``.
    """
    size = (target.shape[-2], target.shape[-1])
    weight = reduce(alpha, size, scale).clamp(0, 1)
    lost = target - reduce(enlarged, size, scale)
    return (reduce(delta, size, scale) - weight * lost) * (weight > 0), weight
