"""Combine a pixel with its neighbours: half and double resolution, Laplacian, box mean.

Two backends, chosen and tested like those of :mod:`primitives`: OpenCV a picture at a time on a CPU, torch batches
elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import torch
from torch.nn import functional as F

from .primitives import on_cpu

_BINOMIAL = np.array([1, 2, 1], np.float32) / 4


def _each(images: torch.Tensor, out: torch.Tensor, function: Callable[[np.ndarray, np.ndarray], object]) -> torch.Tensor:
    """Run ``function(plane, result)`` over every plane of ``[B,C,h,w]`` and of ``out``, ``[B,C,H,W]`` in memory."""
    if images.shape[:2] == (1, 1):
        function(images.numpy()[0, 0], out.numpy()[0, 0])  # the loops would take as long as a small grid
        return out
    for planes, results in zip(images.numpy(), out.numpy(), strict=True):
        for plane, result in zip(planes, results, strict=True):
            function(plane, result)
    return out


def downsample2x(images: torch.Tensor, *, out: torch.Tensor | None = None, backend: str | None = None) -> torch.Tensor:
    """Halve the resolution, by (1 3 3 1)/8 each way, with 0 beyond the border.

    The taps are symmetric around the new pixel's centre, so a mirrored picture gives the mirrored result (those of Burt &
    Adelson 1983 are centred on every other old pixel).

    Args:
        images: float32 ``[B,C,H,W]``; an odd side counts as one longer, by a line of 0.
        out: memory for the result; fresh memory by default, which on a CPU costs as much as the computation.

    Returns:
        float32 ``[B,C,⌈H/2⌉,⌈W/2⌉]``.
    """
    height, width = (images.shape[-2] + 1) // 2, (images.shape[-1] + 1) // 2
    odd = images.shape[-2] % 2, images.shape[-1] % 2
    out = images.new_empty(*images.shape[:2], height, width) if out is None else out
    if on_cpu(images, backend):

        def _one(plane: np.ndarray, result: np.ndarray) -> None:
            if any(odd):
                plane = cv2.copyMakeBorder(plane, 0, odd[0], 0, odd[1], cv2.BORDER_CONSTANT)
            smooth = cv2.sepFilter2D(plane, -1, _BINOMIAL, _BINOMIAL, borderType=cv2.BORDER_CONSTANT)
            cv2.resize(smooth, (width, height), dst=result, interpolation=cv2.INTER_AREA)  # means of 2 × 2

        return _each(images, out, _one)
    planes = F.pad(images, (0, odd[1], 0, odd[0])).flatten(0, 1)[:, None]
    taps = torch.tensor([1, 3, 3, 1], dtype=images.dtype, device=images.device) / 8
    return out.copy_(F.conv2d(planes, (taps[:, None] * taps)[None, None], stride=2, padding=1).view_as(out))


def upsample2x(images: torch.Tensor, *, out: torch.Tensor | None = None, backend: str | None = None) -> torch.Tensor:
    """Double the resolution, bilinear, borders replicated; inside it is four times the transpose of :func:`downsample2x`.

    Each result is a mean of the four nearest pixels.

    Args:
        images: float32 ``[B,C,h,w]``.
        out: as for :func:`downsample2x`.

    Returns:
        float32 ``[B,C,2h,2w]``.
    """
    height, width = images.shape[-2] * 2, images.shape[-1] * 2
    out = images.new_empty(*images.shape[:2], height, width) if out is None else out
    if on_cpu(images, backend):

        def _one(plane: np.ndarray, result: np.ndarray) -> None:
            cv2.resize(plane, (width, height), dst=result, interpolation=cv2.INTER_LINEAR)

        return _each(images, out, _one)
    return out.copy_(F.interpolate(images, scale_factor=2, mode="bilinear", align_corners=False))


def laplacian(images: torch.Tensor, *, out: torch.Tensor | None = None, backend: str | None = None) -> torch.Tensor:
    """Sum the differences to the four neighbours; none across the border (Neumann).

    Args:
        images: float32 ``[B,C,H,W]``.
        out: as for :func:`downsample2x`; not ``images`` itself.

    Returns:
        float32 ``[B,C,H,W]``.
    """
    out = torch.empty_like(images) if out is None else out
    if on_cpu(images, backend):

        def _one(plane: np.ndarray, result: np.ndarray) -> None:
            cv2.Laplacian(plane, cv2.CV_32F, dst=result, ksize=1, borderType=cv2.BORDER_REPLICATE)

        return _each(images, out, _one)
    out.zero_()
    for axis in (-2, -1):
        step = images.diff(dim=axis)
        inner = images.shape[axis] - 1
        out.narrow(axis, 0, inner).add_(step)
        out.narrow(axis, 1, inner).sub_(step)
    return out


def five_point(
    images: torch.Tensor, centre: float, beside: float, *, out: torch.Tensor | None = None, backend: str | None = None
) -> torch.Tensor:
    """Return ``centre`` times each pixel plus ``beside`` times the sum of its four neighbours, with 0 beyond the border.

    Args:
        images: float32 ``[B,C,H,W]``.
        centre, beside: weights.
        out: as for :func:`laplacian`.

    Returns:
        float32 ``[B,C,H,W]``.
    """
    out = torch.empty_like(images) if out is None else out
    if on_cpu(images, backend):
        kernel = np.array([[0, beside, 0], [beside, centre, beside], [0, beside, 0]], np.float32)

        def _one(plane: np.ndarray, result: np.ndarray) -> None:
            cv2.filter2D(plane, -1, kernel, dst=result, borderType=cv2.BORDER_CONSTANT)

        return _each(images, out, _one)
    torch.mul(images, centre, out=out)
    for axis in (-2, -1):
        inner = images.shape[axis] - 1
        out.narrow(axis, 0, inner).add_(images.narrow(axis, 1, inner), alpha=beside)
        out.narrow(axis, 1, inner).add_(images.narrow(axis, 0, inner), alpha=beside)
    return out


def box_mean(images: torch.Tensor, radius: int | np.ndarray, *, backend: str | None = None) -> torch.Tensor:
    """Average a (2 · radius + 1)² square, borders reflected (without repeating the edge pixel).

    Args:
        images: float32 ``[B,C,H,W]``.
        radius: pixels, one or whole numbers ``[B]``; 0 returns the input. Limited so that the square fits the picture.
    """
    radii = np.minimum(np.broadcast_to(radius, len(images)), min(images.shape[-2:]) - 1)
    if len(set(radii.tolist())) > 1:
        pairs = zip(images.split(1), radii.tolist(), strict=True)
        return torch.cat([box_mean(image, one, backend=backend) for image, one in pairs])
    if not len(radii) or radii[0] < 1:
        return images
    side, reach = 2 * int(radii[0]) + 1, int(radii[0])
    if on_cpu(images, backend):

        def _one(plane: np.ndarray, result: np.ndarray) -> None:
            cv2.blur(plane, (side, side), dst=result, borderType=cv2.BORDER_REFLECT_101)

        return _each(images, torch.empty_like(images), _one)
    padded = F.pad(images, (reach, reach, reach, reach), mode="reflect")
    return F.avg_pool2d(F.avg_pool2d(padded, (1, side), stride=1), (side, 1), stride=1)
