"""The expression of a mouth: its shape and place in the face, without its opening.

A smile, a mouth drawn to one side, bared or pursed lips: shapes that speech alone does not make. Every mouth is closed as a
model (:func:`~seamsync.models.rewrite.lips.drive`), so that two mouths that differ in their opening alone have nearly the
same expression.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d, median_filter

from ...tracking.landmarks import face_width
from .lips import KNOTS, LOWER_OUTER, UPPER_OUTER, MouthAxes, contours_of, drive, mouth_axes, own_contours, pixel_contours

#: Outer lip points that are compared: corners and three of the upper lip, three of the lower one.
_UPPER, _LOWER = np.arange(0, KNOTS, 3), np.arange(3, KNOTS - 1, 3)
#: Half width (seconds) of the neighbourhood that says how a face looks at the time.
_AROUND = 0.5


def expressions(landmarks: np.ndarray) -> np.ndarray:
    """Measure the expression of mouths.

    Args:
        landmarks: float ``[S,68,2]``, pixels.

    Returns:
        float64 ``[S,16]``, face widths: x and y of eight outer lip points of the closed mouth, from the nose's base, along
        the line through the eyes and across it.
    """
    marks = landmarks.astype(np.float64)
    axes = mouth_axes(marks)
    closed = pixel_contours(drive(own_contours(contours_of(marks), axes), np.zeros(len(marks))), axes)
    points = np.concatenate([closed[:, UPPER_OUTER, _UPPER], closed[:, LOWER_OUTER, _LOWER]], 1)
    across = marks[:, 42:48].mean(1) - marks[:, 36:42].mean(1)
    along = across / np.maximum(np.linalg.norm(across, axis=-1, keepdims=True), 1e-6)
    return MouthAxes(marks[:, 33], along, face_width(marks)).inward(points).reshape(len(marks), -1)


def usual_around(values: np.ndarray, scene: np.ndarray, usable: np.ndarray, fps: float) -> np.ndarray:
    """Return what is usual in the neighbourhood of each frame: the smoothed median over half a second on either side.

    Args:
        values: float ``[S,K]``.
        scene: ``[S]``; no neighbourhood reaches across a cut.
        usable: bool ``[S]``, frames whose values count; the others take those of the nearest.
        fps: frames a second.

    Returns:
        float64 ``[S,K]``.
    """
    usual = np.array(values, np.float64)
    half = max(1, round(_AROUND * fps))
    for number in np.unique(scene):
        at = np.flatnonzero(scene == number)
        known = at[usable[at]]
        if not len(known):
            continue
        filled = usual[known[np.abs(at[:, None] - known).argmin(1)]]
        steady = median_filter(filled, size=(2 * half + 1, 1), mode="nearest")
        usual[at] = gaussian_filter1d(steady, half / 2, axis=0, mode="nearest")
    return usual
