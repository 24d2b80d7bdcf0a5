"""How the values of a column become one number of the summary: float from float64 ``[N]``, N ≥ 1, without NaN."""

from __future__ import annotations

import numpy as np


def mean(values: np.ndarray) -> float:
    """Return the mean."""
    return float(values.mean())


def root_mean_square(values: np.ndarray) -> float:
    """Return the root mean square: the mean of deviations."""
    return float(np.sqrt(np.mean(values**2)))


def minimum(values: np.ndarray) -> float:
    """Return the least value."""
    return float(values.min())
