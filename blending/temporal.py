"""Smoothing over time of the mask's outline and of the colour gains; never of pixels, never across a cut."""

from __future__ import annotations

import numpy as np
from scipy.signal import lfilter

from .settings import SeamTemporal
from .shapes import Outlines


def ema(values: np.ndarray, beta: float, scene: np.ndarray, *, zero_phase: bool) -> np.ndarray:
    """Exponential moving average along the first axis, begun anew at every cut.

    Args:
        values: float ``[T, …]``.
        beta: weight of the past, 0…1; 0 returns the values.
        scene: int ``[T]``; frames of one scene stand together.
        zero_phase: run it forwards and backwards (Gustafsson 1996), which delays nothing and smooths twice.

    Returns:
        float array of the same shape and dtype.
    """
    if beta == 0 or len(values) == 0:
        return values
    columns = values.reshape(len(values), -1)
    out = np.empty_like(columns)
    edges = np.flatnonzero(np.diff(scene)) + 1
    for part in np.split(np.arange(len(values)), edges):
        for column in range(columns.shape[1]):  # one at a time: float64 of all would weigh more than the track
            smooth = _run(columns[part, column], beta)
            out[part, column] = _run(smooth[::-1], beta)[::-1] if zero_phase else smooth
    return out.reshape(values.shape)


def _run(values: np.ndarray, beta: float) -> np.ndarray:
    """y[t] = beta y[t-1] + (1 - beta) x[t], begun at rest on the first value."""
    start = np.asarray(values[:1], np.float64) * beta
    smooth, _ = lfilter([1 - beta], [1, -beta], values.astype(np.float64), axis=0, zi=start)
    return smooth


def smooth_outlines(shape: Outlines, scene: np.ndarray, settings: SeamTemporal) -> Outlines:
    """Outlines whose centre, radii and angle are smoothed in face coordinates.

    Args:
        shape: of T frames.
        scene: int ``[T]``.
        settings: beta and direction.
    """

    def _smooth(values: np.ndarray) -> np.ndarray:
        return ema(values, settings.mask_beta, scene, zero_phase=settings.zero_phase)

    return Outlines(centre=_smooth(shape.centre), radii=_smooth(shape.radii), angle=_smooth(shape.angle))
