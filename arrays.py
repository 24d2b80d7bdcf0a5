"""Small functions on arrays that several packages use."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

Number = TypeVar("Number")


def runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """Return where each run of true values begins and ends (exclusive).

    Args:
        flags: bool ``[T]``.

    Returns:
        (first, one past the last) of each, in order.

    Example:
        >>> runs(np.array([True, True, False, True]))
        [(0, 2), (3, 4)]
    """
    padded = np.zeros(len(flags) + 2, np.int8)
    padded[1:-1] = flags
    edges = np.flatnonzero(np.diff(padded)).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))


def smoothstep(ramp: Number) -> Number:
    """Return 3·r² − 2·r³ for r in 0…1: a rise from 0 to 1 without corners.

    Args:
        ramp: a number, array or tensor, 0…1.
    """
    return ramp * ramp * (3 - 2 * ramp)  # type: ignore[operator]
