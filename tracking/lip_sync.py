"""Measure the lag between the lip opening that was driven and the one in the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Frames on either side in which the lag is looked for.
LAGS = 5
#: The lag is unknown for fewer frames than this, or for lips that hardly move (standard deviation).
_ENOUGH, _STILL = 10, 1e-4


@dataclass(frozen=True)
class LipLag:
    """Say how measured lips follow driven ones.

    Attributes:
        offset: frames by which the measured opening comes late (positive) or early, NaN where it is unknown.
        correlation: Pearson's, at that offset.
        at_zero: the same without an offset.
    """

    offset: float
    correlation: float
    at_zero: float


def lip_lag(driven: np.ndarray, measured: np.ndarray, used: np.ndarray | None = None, *, lags: int = LAGS) -> LipLag:
    """Return the lag at which ``measured[t + lag]`` correlates best with ``driven[t]``.

    Every lag uses the same frames, those that all lags can use. Of equal correlations the smallest lag is taken.

    Args:
        driven: float ``[T]``, the lip opening that was asked for, in any unit.
        measured: float ``[T]``, the opening in the picture, as of :func:`~seamsync.tracking.landmarks.lip_opening`.
        used: bool ``[T]``, frames where both are known; None: all.
        lags: largest lag, frames.
    """
    count = len(driven)
    known = np.isfinite(driven) & np.isfinite(measured) & (True if used is None else used)
    at = np.arange(lags, max(count - lags, lags))
    shifts = np.array(sorted(range(-lags, lags + 1), key=abs))
    at = at[known[at] & known[at[:, None] + shifts].all(1)]
    if len(at) < _ENOUGH or min(driven[at].std(), measured[at].std()) < _STILL:
        return LipLag(np.nan, np.nan, np.nan)
    found = np.array([_pearson(driven[at], measured[at + shift]) for shift in shifts])
    best = int(found.argmax())
    return LipLag(float(shifts[best]), float(found[best]), float(found[0]))


def _pearson(one: np.ndarray, two: np.ndarray) -> float:
    one, two = one - one.mean(), two - two.mean()
    return float((one * two).sum() / max(np.sqrt((one**2).sum() * (two**2).sum()), 1e-12))
