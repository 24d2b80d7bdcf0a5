"""Lip contours of a face: measured from landmarks, and moved to another opening and width.

A mouth is four contours of :data:`KNOTS` points from the left to the right corner of the image: upper outer, upper inner,
lower inner, lower outer. The landmarks are every second (outer) and every third (inner) of those points, so both
directions are exact. Lengths are pixels unless they are said to be in face widths.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline

from ...tracking.landmarks import face_width

#: Points a contour.
KNOTS = 13
UPPER_OUTER, UPPER_INNER, LOWER_INNER, LOWER_OUTER = range(4)

_LANDMARKS = (
    np.array([48, 49, 50, 51, 52, 53, 54]),
    np.array([60, 61, 62, 63, 64]),
    np.array([60, 67, 66, 65, 64]),
    np.array([48, 59, 58, 57, 56, 55, 54]),
)
#: The contour points whose gap :func:`~seamsync.tracking.landmarks.lip_opening` averages.
_MEASURED = np.array([3, 6, 9])
#: Exponent of the half sine that is the gap along a mouth that opens from closed.
_ARCH = 0.8
#: Share of a growing gap that the upper lip takes (the jaw takes the rest), and that the corners sink.
_UPPER_SHARE, _CORNER_SINK = 0.14, 0.1
#: How far each contour follows a change of the gap, downwards.
_SHARES = {
    UPPER_OUTER: -0.8 * _UPPER_SHARE,
    UPPER_INNER: -_UPPER_SHARE,
    LOWER_INNER: 1 - _UPPER_SHARE,
    LOWER_OUTER: 0.94 * (1 - _UPPER_SHARE),
}
#: How far the jaw's contour follows the gap, landmarks 3…13: the chin drops, the jaw turns about its hinge.
_JAW = np.arange(3, 14)
_JAW_FOLLOWS = 0.62 * np.array([0.05, 0.16, 0.4, 0.72, 0.95, 1.0, 0.95, 0.72, 0.4, 0.16, 0.05])


def _spline_weights(points: int) -> np.ndarray:
    """Cubic spline through ``points`` evenly spaced knots, evaluated at :data:`KNOTS`, as a matrix."""
    return CubicSpline(np.linspace(0, 1, points), np.eye(points), axis=0)(np.linspace(0, 1, KNOTS))


_OUTER_SPLINE, _INNER_SPLINE = _spline_weights(7), _spline_weights(5)
#: Nearest smooth inner contour: projection of 13 heights onto the spline of five landmarks.
INNER_SMOOTH = _INNER_SPLINE @ np.linalg.pinv(_INNER_SPLINE)


def contours_of(landmarks: np.ndarray) -> np.ndarray:
    """Lip contours float64 ``[..., 4, 13, 2]`` of landmarks ``[..., 68, 2]``, in the same pixels."""
    splines = (_OUTER_SPLINE, _INNER_SPLINE, _INNER_SPLINE, _OUTER_SPLINE)
    return np.stack([w @ landmarks[..., i, :].astype(np.float64) for w, i in zip(splines, _LANDMARKS, strict=True)], -3)


def with_contours(landmarks: np.ndarray, contours: np.ndarray) -> np.ndarray:
    """``landmarks`` ``[..., 68, 2]`` with the lips of ``contours`` ``[..., 4, 13, 2]``: float64, a copy."""
    moved = np.array(landmarks, np.float64)
    for row, index in enumerate(_LANDMARKS):
        moved[..., index, :] = contours[..., row, :: 12 // (len(index) - 1), :]
    return moved


@dataclass(frozen=True, eq=False)
class MouthAxes:
    """Own coordinates of mouths: x along the corners, y down across them, origin midway, in face widths.

    Attributes:
        origin: float64 ``[..., 2]`` pixels.
        along: float64 ``[..., 2]``, unit vector.
        unit: float64 ``[...]``, face width in pixels.
    """

    origin: np.ndarray
    along: np.ndarray
    unit: np.ndarray

    def inward(self, points: np.ndarray) -> np.ndarray:
        """Pixels ``[..., N, 2]`` → own coordinates."""
        d = (points - self.origin[..., None, :]) / self.unit[..., None, None]
        a = self.along[..., None, :]
        return np.stack([d[..., 0] * a[..., 0] + d[..., 1] * a[..., 1], d[..., 1] * a[..., 0] - d[..., 0] * a[..., 1]], -1)

    def outward(self, points: np.ndarray) -> np.ndarray:
        """Own coordinates ``[..., N, 2]`` → pixels."""
        a = self.along[..., None, :]
        x, y = points[..., 0], points[..., 1]
        d = np.stack([x * a[..., 0] - y * a[..., 1], x * a[..., 1] + y * a[..., 0]], -1)
        return d * self.unit[..., None, None] + self.origin[..., None, :]


def mouth_axes(landmarks: np.ndarray) -> MouthAxes:
    """The axes of the mouths in ``landmarks`` ``[..., 68, 2]``."""
    left, right = landmarks[..., 48, :].astype(np.float64), landmarks[..., 54, :].astype(np.float64)
    across = right - left
    along = across / np.maximum(np.linalg.norm(across, axis=-1, keepdims=True), 1e-6)
    return MouthAxes((left + right) / 2, along, face_width(landmarks).astype(np.float64))


def own_contours(contours: np.ndarray, axes: MouthAxes) -> np.ndarray:
    """Contours ``[..., 4, 13, 2]`` in their own coordinates."""
    flat = contours.reshape(*contours.shape[:-3], 4 * KNOTS, 2)
    return axes.inward(flat).reshape(contours.shape)


def pixel_contours(own: np.ndarray, axes: MouthAxes) -> np.ndarray:
    """The inverse of :func:`own_contours`."""
    flat = own.reshape(*own.shape[:-3], 4 * KNOTS, 2)
    return axes.outward(flat).reshape(own.shape)


def gap_of(own: np.ndarray) -> np.ndarray:
    """Mean gap of the inner lips, ``[...]`` face widths, of own contours ``[..., 4, 13, 2]``; lip_opening()'s measure."""
    return (own[..., LOWER_INNER, :, 1] - own[..., UPPER_INNER, :, 1])[..., _MEASURED].mean(-1)


def drive(own: np.ndarray, gap: np.ndarray | float, stretch: np.ndarray | float = 1.0) -> np.ndarray:
    """Mouths moved to another gap and width.

    The upper lip rises by a seventh of the change, the lower lip drops by the rest, and the corners sink a little. An open
    mouth keeps the profile of its gap; a closed one opens as an arch.

    Args:
        own: float ``[..., 4, 13, 2]``, own coordinates.
        gap: float ``[...]``, ≥ 0, wanted mean gap in face widths.
        stretch: float ``[...]``, factor of the width.

    Returns:
        float64 ``[..., 4, 13, 2]``; the same shape for the gap it has and stretch 1.
    """
    gap, stretch = np.asarray(gap, np.float64)[..., None], np.asarray(stretch, np.float64)[..., None]
    now = np.maximum(own[..., LOWER_INNER, :, 1] - own[..., UPPER_INNER, :, 1], 0.0)
    mean = now[..., _MEASURED].mean(-1, keepdims=True)
    trust = np.clip((mean - 0.008) / 0.03, 0, 1)
    inner = _arch((own[..., UPPER_INNER, :, 0] + own[..., LOWER_INNER, :, 0]) / 2)
    level = np.maximum(inner[..., _MEASURED].mean(-1, keepdims=True), 1e-6)
    sink = _CORNER_SINK * (gap - mean)
    moved = np.array(own, np.float64)
    moved[..., 0] *= stretch[..., None]
    for row, share in _SHARES.items():
        arch = inner if row in (UPPER_INNER, LOWER_INNER) else _arch(own[..., row, :, 0])
        change = (gap - mean) * ((1 - trust) * arch / level + trust * now / np.maximum(mean, 1e-6))
        moved[..., row, :, 1] += share * np.maximum(change, -now) + sink * (1 - arch)
    return moved


def _arch(x: np.ndarray) -> np.ndarray:
    """Return the gap along a mouth that opens from closed: 0 at the corners, at most 1, ``[..., 13]`` at places ``x``.

    It follows the place between the corners, not the number of the point: landmarks crowd in the middle of the lips.
    """
    first, last = x[..., :1], x[..., -1:]
    return np.sin(np.pi * np.clip((x - first) / np.maximum(last - first, 1e-6), 0, 1)) ** _ARCH


def drop_jaw(landmarks: np.ndarray, axes: MouthAxes, change: np.ndarray | float) -> np.ndarray:
    """``landmarks`` ``[..., 68, 2]`` with the jaw dropped for a gap that grew by ``change`` ``[...]`` face widths: a copy."""
    moved = np.array(landmarks, np.float64)
    down = np.stack([-axes.along[..., 1], axes.along[..., 0]], -1)
    pixels = np.asarray(change)[..., None] * axes.unit[..., None] * _JAW_FOLLOWS
    moved[..., _JAW, :] += pixels[..., None] * down[..., None, :]
    return moved


def yaw_of(landmarks: np.ndarray) -> np.ndarray:
    """How far faces turn aside, radians ``[...]``, positive towards the image's right, from ``[..., 68, 2]``.

    The nose tip stands about 0.55 half face widths before the plane of the jaw's ends, so it moves to their side as the
    head turns: a share of tan(yaw).
    """
    left, right, tip = landmarks[..., 0, :], landmarks[..., 16, :], landmarks[..., 30, :]
    across = right - left
    half = np.maximum((across**2).sum(-1), 1e-6) / 2
    share = ((tip - (left + right) / 2) * across).sum(-1) / half
    return np.arctan(share / 0.55)


def pitch_of(landmarks: np.ndarray) -> np.ndarray:
    """How far the nose tip stands below the eyes over the nose's length, ``[...]`` from ``[..., 68, 2]``: grows with a nod."""
    eyes = landmarks[..., 36:48, :].mean(-2)
    base, tip = landmarks[..., 33, :] - eyes, landmarks[..., 30, :] - eyes
    return (tip * base).sum(-1) / np.maximum((base**2).sum(-1), 1e-6)
