"""Make outlines of the mask: every shape as a closed curve of radii around a centre, in face coordinates.

Face coordinates have their origin between the eyes, which are level, and one unit a face width. An outline that is fixed on the
face has constant numbers, so smoothing them over time (temporal.py) adds no lag.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ...tracking.align import apply_affine, invert_affine
from ...tracking.face_frame import face_frames
from ...tracking.landmarks import BROWS, EYES, JAW, MOUTH_CORNERS, NOSE, NOSE_BASE, OUTER_LIPS
from ..settings import MouthMask

#: Directions in which an outline is sampled.
RAYS = 96
_ANGLES = np.arange(RAYS) * (2 * np.pi / RAYS)
_DIRECTIONS = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=-1)
_LOWER_JAW = JAW[2:15]
_UPPER_FACE = np.concatenate([JAW[:3], JAW[14:], BROWS, NOSE, EYES])
#: Shapes that leave the mouth out.
WITHOUT_MOUTH = ("upper_face",)
#: Shapes that end at the border of the face.
WITHIN_FACE = ("contour", "jaw")


@dataclass(frozen=True, eq=False)
class Outlines:
    """Hold the outline of the mask in every frame.

    Attributes:
        centre: float32 ``[T,2]`` in face coordinates.
        radii: float32 ``[T,RAYS]`` in face widths, along fixed directions, counting from +x towards +y.
        angle: float32 ``[T]``, rotation of those directions in radians, relative to the eyes.
    """

    centre: np.ndarray
    radii: np.ndarray
    angle: np.ndarray

    def take(self, indices: np.ndarray | Sequence[int]) -> Outlines:
        """Return the outlines of some frames."""
        return Outlines(self.centre[indices], self.radii[indices], self.angle[indices])

    @staticmethod
    def join(parts: Sequence[Outlines]) -> Outlines:
        """Concatenate outlines."""
        empty = Outlines(np.empty((0, 2), np.float32), np.empty((0, RAYS), np.float32), np.empty(0, np.float32))
        parts = [empty, *parts]
        return Outlines(*(np.concatenate([getattr(p, name) for p in parts]) for name in ("centre", "radii", "angle")))

    def points(self, to_frame: np.ndarray) -> np.ndarray:
        """Return vertices in frame pixels, float64 ``[T,RAYS,2]``.

        Args:
            to_frame: float64 ``[T,2,3]``, face coordinates → frame pixels, of :func:`face_frames`.
        """
        cos, sin = np.cos(self.angle)[:, None], np.sin(self.angle)[:, None]
        x, y = _DIRECTIONS[:, 0] * self.radii, _DIRECTIONS[:, 1] * self.radii
        local = np.stack([x * cos - y * sin, x * sin + y * cos], axis=-1) + self.centre[:, None]
        return apply_affine(to_frame, local)


def outlines(original: np.ndarray, generated: np.ndarray | None, settings: MouthMask) -> tuple[Outlines, np.ndarray]:
    """Return the outline of the mask in every frame, unsmoothed.

    Args:
        original: float32 ``[T,68,2]``, the target's landmarks in pixels.
        generated: the same of the generated face, or None; hulls are taken over both, to cover a mouth that opens wider
            than the original.
        settings: shape, scale, padding, upper boundary, roundness, rotation.

    Returns:
        The outlines, and ``to_frame`` float64 ``[T,2,3]`` that takes them to pixels.
    """
    to_frame = face_frames(original)
    to_face = invert_affine(to_frame)
    points = apply_affine(to_face, original)
    both = points if generated is None else np.concatenate([points, apply_affine(to_face, generated)], axis=1)
    angle = _mouth_angle(points) if settings.rotation else np.zeros(len(points))
    pivot = points[:, MOUTH_CORNERS].mean(1)
    both = _turn(both, pivot, -angle)
    centre, radii = _SHAPES[settings.shape](both, settings)
    radii = np.maximum(radii * settings.scale + settings.padding, 1e-3)
    centre = _turn(centre[:, None], pivot, angle)[:, 0]
    return Outlines(centre.astype(np.float32), radii.astype(np.float32), angle.astype(np.float32)), to_frame


def _mouth_angle(points: np.ndarray) -> np.ndarray:
    across = points[:, MOUTH_CORNERS[1]] - points[:, MOUTH_CORNERS[0]]
    return np.clip(np.arctan2(across[:, 1], np.maximum(across[:, 0], 1e-6)), -0.5, 0.5)


def _turn(points: np.ndarray, pivot: np.ndarray, angle: np.ndarray) -> np.ndarray:
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    x, y = points[..., 0] - pivot[:, None, 0], points[..., 1] - pivot[:, None, 1]
    return np.stack([x * cos - y * sin + pivot[:, None, 0], x * sin + y * cos + pivot[:, None, 1]], axis=-1)


def _pick(both: np.ndarray, indices: np.ndarray) -> np.ndarray:
    """Return the landmarks ``indices`` of the original followed by those of the generated face."""
    return np.concatenate([both[:, indices + start] for start in range(0, both.shape[1], 68)], axis=1)


def _extent(both: np.ndarray, settings: MouthMask, side: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return centre and half size of the box from the upper boundary to the chin, as wide as the points ``side``."""
    bridge = both[:, 27, 1]
    chin = _pick(both, np.array([7, 8, 9]))[..., 1].max(1)
    across = _pick(both, side)[..., 0]
    top = np.minimum(bridge + settings.upper_boundary, chin - 0.05)
    low, high = across.min(1), across.max(1)
    centre = np.stack([(low + high) / 2, (top + chin) / 2], axis=-1)
    return centre, np.stack([(high - low) / 2, (chin - top) / 2], axis=-1)


def _power(half: np.ndarray, exponent: float) -> np.ndarray:
    """Return radii of ``|x/a|^n + |y/b|^n = 1`` with half axes ``[T,2]``."""
    scaled = np.abs(_DIRECTIONS[None] / np.maximum(half, 1e-6)[:, None])
    return (scaled**exponent).sum(-1) ** (-1 / exponent)


def _ellipse(both: np.ndarray, settings: MouthMask) -> tuple[np.ndarray, np.ndarray]:
    centre, half = _extent(both, settings, np.array([48, 54]))
    half[:, 0] *= 1.45
    return centre, _power(half, 2.0)


def _wide_ellipse(both: np.ndarray, settings: MouthMask) -> tuple[np.ndarray, np.ndarray]:
    centre, half = _extent(both, settings, np.array([3, 13]))
    return centre, _power(half, 2.0)


def _superellipse(both: np.ndarray, settings: MouthMask) -> tuple[np.ndarray, np.ndarray]:
    centre, half = _extent(both, settings, np.array([4, 12]))
    half[:, 0] *= 0.95
    return centre, _power(half, 4.0)


def _box(both: np.ndarray, settings: MouthMask) -> tuple[np.ndarray, np.ndarray]:
    centre, half = _extent(both, settings, np.array([4, 12]))
    scaled = np.abs(_DIRECTIONS[None] / np.maximum(half, 1e-6)[:, None])
    return centre, 1 / scaled.max(-1)


def _mouth(both: np.ndarray, settings: MouthMask) -> tuple[np.ndarray, np.ndarray]:
    centre, radii = hull_radii(_pick(both, OUTER_LIPS))
    return centre, radii + 0.06


def _contour(both: np.ndarray, settings: MouthMask) -> tuple[np.ndarray, np.ndarray]:
    """Return the lower face: cheeks, chin, lips and the part of the nose below the upper boundary."""
    top = (both[:, 27, 1] + settings.upper_boundary)[:, None]
    lips, nose = _pick(both, OUTER_LIPS), _pick(both, NOSE[1:])
    nose[..., 1] = np.maximum(nose[..., 1], top)
    jaws = [_below(both[:, _LOWER_JAW + start], top, lips[:, 0]) for start in range(0, both.shape[1], 68)]
    return _rounded_hull(np.concatenate([*jaws, nose, lips], axis=1), settings)


def _jaw(both: np.ndarray, settings: MouthMask) -> tuple[np.ndarray, np.ndarray]:
    """Return the face from the nose's base down: the jaw up to its contour, with chin, lower cheeks and lips."""
    top = both[:, NOSE_BASE, 1].max(1)[:, None]
    lips = _pick(both, OUTER_LIPS)
    faces = [_below(both[:, JAW + start], top, lips[:, 0]) for start in range(0, both.shape[1], 68)]
    return _rounded_hull(np.concatenate([*faces, lips], axis=1), settings)


def _below(line: np.ndarray, top: np.ndarray, instead: np.ndarray) -> np.ndarray:
    """Return the part of a polyline ``[T,N,2]`` below ``top`` ``[T,1]``: ends of its cut edges ``[T,2N-2,2]``.

    Edges above become the point ``instead`` ``[T,2]``, which a hull over lips and jaw contains anyway.
    """
    a, b = line[:, :-1], line[:, 1:]
    rise = b[..., 1] - a[..., 1]
    cut = np.clip((top - a[..., 1]) / np.where(np.abs(rise) < 1e-9, 1e-9, rise), 0, 1)[..., None]
    crossing = a + cut * (b - a)
    low_a, low_b = ((end[..., 1] >= top)[..., None] for end in (a, b))
    spare = np.where(low_a | low_b, crossing, instead[:, None])
    return np.concatenate([np.where(low_a, a, spare), np.where(low_b, b, spare)], axis=1)


def _upper_face(both: np.ndarray, settings: MouthMask) -> tuple[np.ndarray, np.ndarray]:
    """Return the 68-point upper face: brows and what is just above them, eyes, nose, the jaw's ends; not the mouth."""
    above = _pick(both, BROWS) - (0.0, 0.06)
    return _rounded_hull(np.concatenate([_pick(both, _UPPER_FACE), above], axis=1), settings)


def _rounded_hull(points: np.ndarray, settings: MouthMask) -> tuple[np.ndarray, np.ndarray]:
    """Return the hull with smooth corners, nowhere outside the hull itself, which may be the border of the face."""
    centre, radii = hull_radii(points)
    return centre, np.minimum(_round(radii, settings.roundness), radii)


def hull_radii(points: np.ndarray, centre: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Return the convex hull as radii; a ray leaves a convex hull at its nearest edge line.

    Args:
        points: float ``[T,N,2]``.
        centre: float ``[T,2]``, inside the hulls; None: the middle of their boxes.

    Returns:
        The centre float64 ``[T,2]``, and radii float64 ``[T,RAYS]``, 0 for points on one line.
    """
    centres = np.empty((len(points), 2))
    radii = np.empty((len(points), RAYS))
    for t, cloud in enumerate(points):
        hull = cv2.convexHull(cloud.astype(np.float32))[:, 0].astype(np.float64)
        centres[t] = (hull.min(0) + hull.max(0)) / 2 if centre is None else centre[t]
        edge = np.roll(hull, -1, axis=0) - hull
        normal = np.stack([edge[:, 1], -edge[:, 0]], axis=-1)
        offset = ((hull - centres[t]) * normal).sum(-1)
        sign = np.sign(offset.sum()) or 1.0
        along = _DIRECTIONS @ (normal * sign).T
        reach = np.where(along > 1e-9, np.abs(offset) / np.maximum(along, 1e-9), np.inf)
        radii[t] = np.where(np.isfinite(reach.min(1)), reach.min(1), 0.0)
    return centres, radii


def _round(radii: np.ndarray, roundness: float) -> np.ndarray:
    """Smooth radii ``[T,RAYS]`` by a circular Gaussian; 1 smooths over a sixth of the circle."""
    if roundness == 0:
        return radii
    distance = np.minimum(np.arange(RAYS), RAYS - np.arange(RAYS))
    kernel = np.exp(-0.5 * (distance / (roundness * RAYS / 24)) ** 2)
    spectrum = np.fft.rfft(radii, axis=-1) * np.fft.rfft(kernel / kernel.sum())
    return np.fft.irfft(spectrum, n=RAYS, axis=-1)


_SHAPES = {
    "contour": _contour,
    "ellipse": _ellipse,
    "wide_ellipse": _wide_ellipse,
    "superellipse": _superellipse,
    "box": _box,
    "mouth": _mouth,
    "jaw": _jaw,
    "upper_face": _upper_face,
}
