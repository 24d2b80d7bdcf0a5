"""Limit outlines that were smoothed over time: they must cover the lips and stay on the face."""

from __future__ import annotations

import numpy as np

from ...tracking.align import apply_affine, invert_affine
from ...tracking.landmarks import OUTER_LIPS
from ..settings import MouthMask
from .jaw import past_jaw
from .shapes import RAYS, Outlines, face_frames, hull_radii

#: Alpha below this is invisible, and 0 to the metric ``fold``.
VISIBLE = 0.02
#: Tolerance for distances on a lattice and for the straight edges of polygons, face widths.
ROUNDING = 0.012


def cover_lips(shape: Outlines, original: np.ndarray, generated: np.ndarray | None, margin: float = 0.0) -> Outlines:
    """Extend smoothed outlines so that they contain the lips of both faces.

    Args:
        shape: smoothed outlines of T frames.
        original, generated: landmarks as for :func:`outlines`.
        margin: distance from the lips, face widths.

    Returns:
        The same outlines, moved outwards only where a lip would be outside.
    """
    to_face = invert_affine(face_frames(original))
    faces = [apply_affine(to_face, face[:, OUTER_LIPS]) for face in (original, generated) if face is not None]
    lips = np.concatenate([_dense(face) for face in faces], axis=1) - shape.centre[:, None]
    away = np.linalg.norm(lips, axis=-1) + margin
    ray = (np.arctan2(lips[..., 1], lips[..., 0]) - shape.angle[:, None]) / (2 * np.pi) * RAYS
    radii = shape.radii.copy()
    frame = np.broadcast_to(np.arange(len(radii))[:, None], away.shape)
    for side in (0, 1):  # the rays on either side of each point
        np.maximum.at(radii, (frame, (np.floor(ray).astype(int) + side) % RAYS), away.astype(np.float32))
    return Outlines(shape.centre, radii, shape.angle)


def _dense(ring: np.ndarray, steps: int = 8) -> np.ndarray:
    """Return a closed ring ``[T,N,2]`` with ``steps`` points an edge, ``[T,N·steps,2]``."""
    share = (np.arange(steps) / steps)[:, None, None, None]
    points = ring[None] * (1 - share) + np.roll(ring, -1, axis=1)[None] * share
    return np.concatenate(list(points), axis=1)


def stay_on_face(
    shape: Outlines,
    original: np.ndarray,
    generated: np.ndarray | None,
    mask: MouthMask,
    reach: np.ndarray | None = None,
) -> Outlines:
    """Limit outlines so that no visible alpha lies past the border of both faces, also where smoothing delays them.

    An outline may extend past the face by the distance in which alpha stays invisible.

    Args:
        shape: smoothed outlines of T frames.
        original, generated: landmarks as for :func:`~seamsync.blending.mask.shapes.outlines`.
        mask: its scale and padding move the limit; an inward soft edge and erosion allow a larger one.
        reach: ``[T]``, how far past the chin the mask may reach, face widths, of :func:`~seamsync.blending.mask.jaw.jaw_reach`.

    Returns:
        The same outlines, moved inwards only where they would be visible.
    """
    to_face = invert_affine(face_frames(original))
    faces = np.concatenate([apply_affine(to_face, face) for face in (original, generated) if face is not None], axis=1)
    cos, sin = np.cos(shape.angle)[:, None], np.sin(shape.angle)[:, None]
    x, y = np.moveaxis(faces - shape.centre[:, None], -1, 0)
    turned = np.stack([x * cos + y * sin, y * cos - x * sin], axis=-1)
    _, limit = hull_radii(turned, np.zeros_like(shape.centre))
    unseen = 0.0
    if mask.feather_side == "inward" and mask.falloff == "distance":  # where the smoothstep of ramp^gamma becomes visible
        narrowest = mask.feather * min(mask.feather_top, mask.feather_sides, mask.feather_chin)
        unseen = narrowest * (VISIBLE / 3) ** (0.5 / mask.falloff_gamma) + mask.erosion - mask.dilation
    limit = limit * mask.scale + mask.padding + max(unseen - ROUNDING, 0.0)
    if reach is not None:
        limit = past_jaw(Outlines(shape.centre, limit, shape.angle), reach).radii
    return Outlines(shape.centre, np.minimum(shape.radii, limit).astype(np.float32), shape.angle)
