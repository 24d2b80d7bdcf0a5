"""How much the landmarks of a track tremble."""

from __future__ import annotations

import numpy as np

from .filters import local_quadratic
from .landmarks import face_width
from .smooth import stretches
from .track import FaceTrack

#: Motion faster than this is tremble, in Hz.
CUTOFF = 5.0
#: Where (1 + x²/2)·exp(-x²/2) = 1/2.
_HALF = 1.8318


def landmark_jitter(track: FaceTrack, points: np.ndarray | slice = slice(None)) -> float:
    """Root-mean-square motion above 5 Hz over the face width, over the visible frames.

    The slow part is taken off by :func:`~seamsync.tracking.filters.local_quadratic` with half the amplitude passing at
    5 Hz: 3 % of a motion at 2 Hz still counts, 97 % of one at 8 Hz.

    Args:
        track: raw or smoothed.
        points: which of the 68 points to look at; all by default. Leave the lips out where somebody talks: their own
            motion goes above 5 Hz.

    Returns:
        A share of the face width; 0 for a track without visible stretches of at least 3 frames.
    """
    sigma = _HALF / (2 * np.pi * CUTOFF) * float(track.fps)
    total, count = 0.0, 0
    for start, stop in stretches(track):
        if stop - start < 3:
            continue
        marks = track.landmarks[start:stop].astype(np.float64)
        chosen = marks[:, points].reshape(stop - start, -1)
        fast = (chosen - local_quadratic(chosen, sigma)) / face_width(marks)[:, None]
        total, count = total + float((fast**2).sum()), count + fast.size // 2
    return float(np.sqrt(total / count)) if count else 0.0
