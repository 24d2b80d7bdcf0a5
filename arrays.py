"""Small functions on arrays that several packages use."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

Number = TypeVar("Number")


def runs(flags: np.ndarray) -> np.ndarray:
    """Return where each run of true values begins and ends (exclusive).

    Args:
        flags: bool ``[T]``.

    Returns:
        int64 ``[N,2]``, in order.

    Example:
        >>> runs(np.array([True, True, False, True])).tolist()
        [[0, 2], [3, 4]]
    """
    padded = np.zeros(len(flags) + 2, np.int8)
    padded[1:-1] = flags
    return np.flatnonzero(np.diff(padded)).reshape(-1, 2)


def smoothstep(ramp: Number) -> Number:
    """Return 3·r² − 2·r³ for r in 0…1: a rise from 0 to 1 without corners.

    Args:
        ramp: a number, array or tensor, 0…1.
    """
    return ramp * ramp * (3 - 2 * ramp)  # type: ignore[operator]
