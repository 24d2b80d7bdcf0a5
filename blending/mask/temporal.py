"""Smooth the mask's outline and the colour gains over time; never pixels, never across a cut.

Outliers are rejected first, by the identifier of Hampel ("The Influence Curve and Its Role in Robust Estimation", 1974): a
value far from the median of its neighbours, in units of their median absolute deviation, is replaced by that median.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.signal import lfilter

from ..settings import SeamTemporal
from .shapes import Outlines

#: Frames the median looks at, and how far from it a value may be: in deviations of its neighbours, and in any case this
#: many face widths (or radians).
_WINDOW, _DEVIATIONS, _FLOOR = 5, 3.0, 0.015


def reject_outliers(values: np.ndarray, scene: np.ndarray) -> np.ndarray:
    """Replace values that jump for a frame or two by the median of the five around them.

    Motion of any speed passes: its values are monotone, so the median is the value itself. At a reversal the deviation of the
    neighbours is as large as the value's. At the ends of a scene the window is mirrored.

    Args:
        values: float ``[T, …]``, outline parameters in face widths or radians.
        scene: int ``[T]``; frames of one scene are adjacent.

    Returns:
        An array of the same shape and dtype; scenes of fewer than three frames as they were.
    """
    columns = values.reshape(len(values), math.prod(values.shape[1:]))
    out = columns.copy()
    for part in _scenes(scene):
        if len(part) < _WINDOW // 2 + 1:
            continue
        for column in range(columns.shape[1]):
            padded = np.pad(columns[part, column], _WINDOW // 2, mode="reflect")
            around = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)
            middle = np.median(around, axis=1)
            spread = 1.4826 * np.median(np.abs(around - middle[:, None]), axis=1)
            jumps = np.abs(columns[part, column] - middle) > np.maximum(_DEVIATIONS * spread, _FLOOR)
            out[part[jumps], column] = middle[jumps]
    return out.reshape(values.shape)


def _scenes(scene: np.ndarray) -> list[np.ndarray]:
    """Return the frames of each scene."""
    return np.split(np.arange(len(scene)), np.flatnonzero(np.diff(scene)) + 1)


def ema(values: np.ndarray, beta: float, scene: np.ndarray, *, zero_phase: bool) -> np.ndarray:
    """Average exponentially along the first axis, starting anew at every cut.

    Args:
        values: float ``[T, …]``.
        beta: weight of the past, 0…1; 0 returns the values.
        scene: int ``[T]``; frames of one scene are adjacent.
        zero_phase: run it forwards and backwards (Gustafsson 1996), which adds no delay and smooths twice.

    Returns:
        float array of the same shape and dtype.
    """
    if beta == 0 or len(values) == 0:
        return values
    columns = values.reshape(len(values), -1)
    out = np.empty_like(columns)
    for part in _scenes(scene):
        for column in range(columns.shape[1]):  # one at a time: float64 of all would weigh more than the track
            smooth = _run(columns[part, column], beta)
            out[part, column] = _run(smooth[::-1], beta)[::-1] if zero_phase else smooth
    return out.reshape(values.shape)


def _run(values: np.ndarray, beta: float) -> np.ndarray:
    """Compute y[t] = beta y[t-1] + (1 - beta) x[t], with y[0] = x[0]."""
    start = np.asarray(values[:1], np.float64) * beta
    smooth, _ = lfilter([1 - beta], [1, -beta], values.astype(np.float64), axis=0, zi=start)
    return smooth


def smooth_outlines(shape: Outlines, scene: np.ndarray, settings: SeamTemporal) -> Outlines:
    """Reject outliers of outlines' centre, radii and angle, and smooth them in face coordinates.

    Args:
        shape: of T frames.
        scene: int ``[T]``.
        settings: whether outliers are rejected, beta and direction.
    """

    def _smooth(values: np.ndarray) -> np.ndarray:
        steady = reject_outliers(values, scene) if settings.reject_outliers else values
        return ema(steady, settings.mask_beta, scene, zero_phase=settings.zero_phase)

    return Outlines(centre=_smooth(shape.centre), radii=_smooth(shape.radii), angle=_smooth(shape.angle))
