"""Make alpha from an outline: erode → dilate → feather.

The signed distance to the outline (polygon.py), in widths of the soft edge, is a ramp. The falloff shapes the ramp. It is
computed on a coarse lattice and interpolated to the pixels once.
"""

from __future__ import annotations

import math

import numpy as np
import torch

from ...tracking.landmarks import OUTER_LIPS
from ..frame_batch import FrameBatch
from ..pixels.primitives import distance
from ..settings import MouthMask
from .polygon import Lattice, signed_distance
from .shapes import WITHOUT_MOUTH, face_frames

#: Motion widens the soft edge by at most this many face widths: a whip pan must not fade the mouth.
MOST_WIDENING = 0.15
#: Share of the soft edge that lies outside the outline.
OUTSIDE_SHARE = {"inward": 0.0, "centred": 0.5, "outward": 1.0}
#: How far a Gaussian reaches to either side, in widths of the soft edge: 3 standard deviations of half that width.
GAUSSIAN_REACH = 1.5
#: Lips are enlarged by this, in face widths: their edge is soft, and landmarks miss it by a pixel or two.
LIP_MARGIN = 0.02
#: Exponent of the smooth minimum that narrows the soft edge: the larger, the nearer to the lips it begins.
NARROWING = 4
#: Most lattice nodes a frame. The error's share of the soft edge depends on their number, not on the size of the face.
NODES = 6_000
#: Least width of the soft edge, pixels: what it takes to look smooth.
LEAST_WIDTH = 1.0
#: Least width of the soft edge's inner part, pixels, so that nothing is divided by 0.
LEAST_CORE = 1e-3
#: Added, squared, to the squared distance from the outline's centre, face widths, so that directions have no kink there.
CENTRE_RADIUS = 0.05
#: Half the range of a Gaussian's alpha before it is clipped to 0…1: a little more than 0.5, so that both ends are exact.
GAUSSIAN_HALF_RANGE = 0.500001
#: The outline must lie this many pixels deeper in the patch than alpha reaches, for the patch's border to be left out.
COVER_MARGIN = 1


def feather_width(face_width: np.ndarray, settings: MouthMask, scale: float = 1.0) -> np.ndarray:
    """Return the width of the soft edge, ``clamp(feather · face width, min, max)``, at least a pixel to look smooth.

    Args:
        face_width: float ``[T]``, ROI pixels.
        settings: feather, and its limits in frame pixels.
        scale: ROI pixels a frame pixel.

    Returns:
        float ``[T]``, ROI pixels.
    """
    limits = (settings.feather_min * scale, settings.feather_max * scale)
    return np.maximum(np.clip(settings.feather * face_width, *limits), LEAST_WIDTH)


def alpha_extent(face_width: np.ndarray, settings: MouthMask, motion: np.ndarray | None = None) -> np.ndarray:
    """Return how far alpha extends past the outline, in frame pixels.

    Args:
        face_width: float ``[T]``, frame pixels.
        settings: morphology and falloff.
        motion: float ``[T,2]``, as for :func:`alpha_from_outline`.

    Returns:
        float ``[T]``; negative where alpha ends inside the outline.
    """
    width = feather_width(face_width, settings) * max(_sides(settings))
    if motion is not None:
        width = width + np.linalg.norm(_limited(motion, face_width), axis=-1)
    outside = GAUSSIAN_REACH if settings.falloff == "gaussian" else OUTSIDE_SHARE[settings.feather_side]
    return outside * width + (settings.dilation - settings.erosion) * face_width


def alpha_from_outline(
    batch: FrameBatch, settings: MouthMask, motion: np.ndarray | None = None, device: torch.device | None = None
) -> torch.Tensor:
    """Return the weight of the patch at every pixel of the ROI.

    Alpha is 0 outside the patch and falls to 0 towards its border, so the border is never visible.

    Args:
        batch: outline, patch corners, face width and pose of B frames.
        settings: morphology and falloff.
        motion: float ``[B,2]`` in frame pixels; the soft edge widens by this motion's part across it.
        device: of alpha; None: the CPU.

    Returns:
        float32 ``[B,1,H,W]``, 0…1.
    """
    device = device or torch.device("cpu")
    lattice = Lattice.over(batch.size, math.ceil(math.sqrt(math.prod(batch.size) / NODES)))
    signed = signed_distance(batch.outline, lattice, device)
    shrink, grow = (_column(ratio * batch.face_width, device) for ratio in (settings.erosion, settings.dilation))
    if settings.erosion > 0 and settings.dilation > 0:
        signed = signed - lattice.take(_lost_by_erosion(lattice.fill(signed), shrink))
    soft = _soft_edge(batch, settings, motion, lattice, device)
    span, outside = (
        (2 * GAUSSIAN_REACH, GAUSSIAN_REACH) if settings.falloff == "gaussian" else (1.0, OUTSIDE_SHARE[settings.feather_side])
    )
    depth = signed - shrink + grow
    core = (soft * (span - outside)).clamp(min=LEAST_CORE)  # from the contour to where alpha is 1
    if settings.shape not in WITHOUT_MOUTH and span > outside:
        core = _up_to_lips(core, depth, batch, lattice)
    ramp = torch.where(depth > 0, depth * (span - outside) / core, depth / soft).add_(outside).div_(span)
    if not _covers(batch, alpha_extent(batch.face_width / batch.scale, settings, motion) * batch.scale):
        ramp = torch.minimum(ramp, _line_distance(batch.quad, lattice, device) / soft)
    return _shaped(lattice.fill(ramp).clamp_(0, 1), settings)


def _up_to_lips(core: torch.Tensor, depth: torch.Tensor, batch: FrameBatch, lattice: Lattice) -> torch.Tensor:
    """Narrow the inner part of the soft edge to the distance between the contour and the lips of either face.

    So the original mouth is never visible through it. A smooth minimum avoids a ridge where narrowing begins.
    """
    lips = np.concatenate(batch.faces(OUTER_LIPS)).astype(np.float64)
    inside = signed_distance(lips, lattice, depth.device).unflatten(0, (-1, len(batch))).amax(0)
    away = (-inside - _column(LIP_MARGIN * batch.face_width, depth.device)).clamp_(min=0)
    limit = (depth.clamp(min=0) + away).clamp_(min=LEAST_CORE)
    return core / (1 + (core / limit) ** NARROWING) ** (1 / NARROWING)


def _tensor(values: np.ndarray, device: torch.device) -> torch.Tensor:
    return torch.from_numpy(np.asarray(values, np.float32)).to(device)


def _column(values: np.ndarray, device: torch.device) -> torch.Tensor:
    """Return one number a frame as ``[B,1,1,1]``."""
    return _tensor(values, device)[:, None, None, None]


def _lost_by_erosion(signed: torch.Tensor, shrink: torch.Tensor) -> torch.Tensor:
    """Return how much farther a pixel is from the eroded mask than from the outline moved inwards: 0 except at thin parts.

    The exact transform counts from whole pixels, so differences below one are ignored.
    """
    eroded = signed > shrink
    excess = distance(~eroded) - 0.5 - (shrink - signed) - 0.75
    return torch.where(eroded, 0.0, excess.clamp_(min=0))


def _sides(settings: MouthMask) -> tuple[float, float, float]:
    return settings.feather_top, settings.feather_sides, settings.feather_chin


def _soft_edge(
    batch: FrameBatch, settings: MouthMask, motion: np.ndarray | None, lattice: Lattice, device: torch.device
) -> torch.Tensor:
    """Return the width of the soft edge: ``[B,1,1,1]``, or ``[B,1,h,w]`` where it depends on the direction from the outline's
    centre.
    """
    soft = _column(feather_width(batch.face_width, settings, batch.scale), device)
    if motion is None and set(_sides(settings)) == {1.0}:
        return soft
    y, x = (_tensor(axis, device) for axis in lattice.nodes())
    centre = batch.outline.mean(1)
    x, y = x - _column(centre[:, 0], device), y[:, None] - _column(centre[:, 1], device)
    away = (x * x + y * y + _column((CENTRE_RADIUS * batch.face_width) ** 2, device)).sqrt_()

    def _along(direction: np.ndarray) -> torch.Tensor:  # cosine of the angle to it, times its length
        return (_column(direction[:, 0], device) * x + _column(direction[:, 1], device) * y) / away

    down = face_frames(batch.landmarks)[:, :, 1]
    cosine = _along(down / np.linalg.norm(down, axis=-1, keepdims=True))
    top, sides, chin = _sides(settings)
    share = sides + (top - sides) * cosine.clamp(max=0) ** 2 + (chin - sides) * cosine.clamp(min=0) ** 2
    return soft * share if motion is None else soft * share + _along(_limited(motion * batch.scale, batch.face_width)).abs()


def _limited(motion: np.ndarray, face_width: np.ndarray) -> np.ndarray:
    """Limit motion ``[B,2]`` to :data:`MOST_WIDENING` face widths."""
    length = np.linalg.norm(motion, axis=-1, keepdims=True)
    return motion * np.minimum(1, MOST_WIDENING * face_width[:, None] / np.maximum(length, 1e-9))


def _covers(batch: FrameBatch, extent: np.ndarray) -> bool:
    """Say whether every outline lies deeper in its patch than alpha extends past it: the patch's border has no effect."""
    normal, offset = _edges(batch.quad)
    depth = batch.outline @ np.swapaxes(normal, 1, 2) - offset[:, None]
    return bool((depth.min((1, 2)) >= extent + COVER_MARGIN).all())


def _shaped(ramp: torch.Tensor, settings: MouthMask) -> torch.Tensor:
    """Shape a ramp 0…1 into alpha: by a smoothstep, or by the profile of an edge blurred by a Gaussian (cut at 3 σ)."""
    if settings.falloff == "gaussian":
        end = 2 * GAUSSIAN_REACH / math.sqrt(2)
        alpha = ramp.sub_(0.5).mul_(2 * end).erf_().mul_(GAUSSIAN_HALF_RANGE / math.erf(end)).add_(0.5).clamp_(0, 1)
    else:
        alpha = smoothstep(ramp if settings.falloff_gamma == 1 else ramp.pow_(settings.falloff_gamma))
    return alpha if settings.opacity == 1 else alpha.mul_(settings.opacity)


def smoothstep(ramp: torch.Tensor) -> torch.Tensor:
    """``3t² − 2t³``: no kink at either end of the soft edge, so the eye finds no Mach band."""
    return (ramp * -2).add_(3).mul_(ramp).mul_(ramp)


def quad_distance(quad: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Return the distance of each pixel centre to the nearest edge line of a convex quadrangle, positive inside.

    Args:
        quad: float ``[B,4,2]``, corners in order, pixels.
        size: (height, width).

    Returns:
        float32 ``[B,1,H,W]``, pixels.
    """
    return _line_distance(quad.cpu().double().numpy(), Lattice.over(size, 1), quad.device)


def _line_distance(quad: np.ndarray, lattice: Lattice, device: torch.device) -> torch.Tensor:
    """Return :func:`quad_distance` at the nodes of a lattice: ``[B,1,h,w]``."""
    y, x = lattice.nodes()
    normal, offset = _edges(quad)
    rows, columns = (_tensor(part, device) for part in (normal[..., 1:] * y - offset[..., None], normal[..., :1] * x))
    return (rows[..., None] + columns[:, :, None]).amin(1, keepdim=True)


def _edges(quad: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return edge lines of convex quadrangles: unit normals ``[B,4,2]`` that point inside, and offsets ``[B,4]``."""
    edge = np.roll(quad, -1, axis=1) - quad
    normal = edge[..., ::-1] * (-1, 1)
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-9)
    inside = ((quad.mean(1, keepdims=True) - quad) * normal).sum(-1, keepdims=True)
    normal *= np.where(inside < 0, -1.0, 1.0)
    return normal, (quad * normal).sum(-1)
