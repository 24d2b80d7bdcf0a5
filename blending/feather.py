"""From an outline to alpha: erode → dilate → feather."""

from __future__ import annotations

import numpy as np
import torch

from .primitives import distance, fill_polygon, gaussian_blur
from .settings import MouthMask


def feather_width(face_width: np.ndarray, settings: MouthMask) -> np.ndarray:
    """Width of the soft edge in pixels, ``clamp(feather · face width, min, max)``; float ``[T]`` from ``[T]``."""
    return np.clip(settings.feather * face_width, settings.feather_min, settings.feather_max)


def reach(face_width: np.ndarray, settings: MouthMask) -> np.ndarray:
    """How far alpha can reach past the outline, in pixels; float ``[T]`` from ``[T]``."""
    width = feather_width(face_width, settings)
    outside = {"inward": 0.0, "centred": 0.5, "outward": 1.0}[settings.side] * width
    soft = 1.5 * width if settings.falloff == "gaussian" else outside
    return soft + (settings.dilation - settings.erosion) * face_width


def alpha_from_outline(
    points: torch.Tensor, quad: torch.Tensor, face_width: torch.Tensor, size: tuple[int, int], settings: MouthMask
) -> torch.Tensor:
    """Weight of the patch at every pixel of the ROI.

    Args:
        points: float64 ``[B,N,2]``, outline in ROI pixels.
        quad: float64 ``[B,4,2]``, corners of the patch's usable part in ROI pixels, in order; alpha is 0 outside it
            and falls to 0 towards it, so that the patch's own border can never show.
        face_width: float64 ``[B]``, pixels.
        size: (height, width) of the ROI.
        settings: morphology and falloff.

    Returns:
        float32 ``[B,1,H,W]``, 0…1.
    """
    mask = fill_polygon(points, size)
    width = face_width.clone().to(mask.device, torch.float32)
    soft = (settings.feather * width).clamp(settings.feather_min, settings.feather_max).clamp(min=1e-3)[:, None, None, None]
    shrink, grow = (ratio * width[:, None, None, None] for ratio in (settings.erosion, settings.dilation))
    start = {"inward": 0.0, "centred": 0.5, "outward": 1.0}[settings.side]
    past = (2.5 if settings.falloff == "gaussian" else start) * soft + grow - shrink
    patch_edge = None if _covers(quad, points, past) else quad_distance(quad, size) / soft
    if settings.erosion > 0 and settings.dilation > 0:
        mask, shrink = signed_distance(mask) > shrink, torch.zeros_like(shrink)
    if settings.falloff == "gaussian":
        signed = signed_distance(mask) - shrink + grow
        alpha = torch.cat([gaussian_blur((one > 0).float()[None], float(s) / 2) for one, s in zip(signed, soft, strict=True)])
        return settings.opacity * (alpha if patch_edge is None else alpha * patch_edge.clamp(0, 1))
    inward = settings.side == "inward" and settings.dilation == 0
    signed = (distance(mask) - 0.5 if inward else signed_distance(mask)) - shrink + grow
    ramp = (signed / soft).add_(start)
    ramp = (ramp if patch_edge is None else torch.minimum(ramp, patch_edge)).clamp_(0, 1)
    return smoothstep(ramp if settings.gamma == 1 else ramp**settings.gamma).mul_(settings.opacity)


def _covers(quad: torch.Tensor, points: torch.Tensor, reach: torch.Tensor) -> bool:
    """Whether every outline lies deeper in its patch than alpha reaches past it, so that the patch's border cannot matter."""
    normal, offset = _edges(quad)
    depth = (points.to(normal) @ normal.transpose(1, 2) - offset[:, None]).amin((1, 2))
    return bool((depth >= reach.flatten() + 1).all())


def smoothstep(ramp: torch.Tensor) -> torch.Tensor:
    """``3t² − 2t³``: no kink at either end of the soft edge, so the eye finds no Mach band."""
    return ramp * ramp * (3 - 2 * ramp)


def signed_distance(mask: torch.Tensor) -> torch.Tensor:
    """Distance to the contour, positive inside, in pixels; the contour runs between the pixels.

    Args:
        mask: bool ``[B,1,H,W]``.

    Returns:
        float32 ``[B,1,H,W]``.
    """
    return torch.where(mask, distance(mask) - 0.5, 0.5 - distance(~mask))


def quad_distance(quad: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Distance of each pixel centre to the nearest edge line of a convex quadrangle, positive inside.

    Args:
        quad: float ``[B,4,2]``, corners in order, pixels.
        size: (height, width).

    Returns:
        float32 ``[B,1,H,W]``, pixels.
    """
    normal, offset = _edges(quad)
    x = torch.arange(size[1], dtype=torch.float32, device=quad.device) + 0.5
    y = torch.arange(size[0], dtype=torch.float32, device=quad.device) + 0.5
    out: torch.Tensor | None = None
    for n, d in zip(normal.float().unbind(1), offset.float().unbind(1), strict=True):
        line = (n[:, :1] * x)[:, None, :] + (n[:, 1:] * y)[:, :, None] - d[:, None, None]
        out = line if out is None else torch.minimum(out, line)
    assert out is not None
    return out[:, None]


def _edges(quad: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Edge lines of convex quadrangles: unit normals ``[B,4,2]`` that point inside, and offsets ``[B,4]``."""
    edge = quad.roll(-1, 1) - quad
    normal = torch.stack([-edge[..., 1], edge[..., 0]], dim=-1)
    normal = normal / normal.norm(dim=-1, keepdim=True).clamp(min=1e-9)
    inside = ((quad.mean(1, keepdim=True) - quad) * normal).sum(-1, keepdim=True)
    normal = normal * torch.where(inside < 0, -1.0, 1.0)
    return normal, (quad * normal).sum(-1)
