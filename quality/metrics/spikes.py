"""What is usual in the frames before one, to tell a spike from an ordinary frame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

#: Frames before one that say what is usual, and the fewest known values among them that do.
_BEFORE, _LEAST = 25, 8


def usual(values: Sequence[float]) -> float:
    """Return the median of the known values among the 25 before the last; NaN if fewer than 8 are known."""
    before = np.array(values[-_BEFORE - 1 : -1])
    known = before[~np.isnan(before)]
    return float(np.median(known)) if len(known) >= _LEAST else np.nan
