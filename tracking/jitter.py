"""Measure the jitter of a track's landmarks."""

from __future__ import annotations

import numpy as np

from ..arrays import runs
from .filters import local_quadratic
from .landmarks import EYES, NOSE, face_width
from .track import FaceTrack

#: Motion faster than this counts as jitter, in Hz.
CUTOFF = 5.0
#: Where (1 + x²/2)·exp(-x²/2) = 1/2.
_HALF = 1.8318
#: A head rests that moves by at most this share of the face width within so many seconds.
_REST, _SECONDS = 0.08, 1.6
_INNER = np.concatenate([NOSE, EYES])


def stretches(track: FaceTrack) -> list[tuple[int, int]]:
    """Return runs of visible frames inside a scene, as (first, one past the last)."""
    found = []
    for scene in np.unique(track.scene):
        found += runs(track.visible & (track.scene == scene))
    return sorted(found)


def jitter_over_time(track: FaceTrack, points: np.ndarray | slice = slice(None)) -> np.ndarray:
    """Return root-mean-square motion above 5 Hz over the face width, frame by frame.

    The slow part is subtracted with :func:`~seamsync.tracking.filters.local_quadratic`, whose gain at 5 Hz is one half. 3 % of
    a motion at 2 Hz still counts, 97 % of one at 8 Hz.

    Args:
        track: raw or smoothed.
        points: which of the 68 points to look at; all by default. Leave the lips out where somebody talks: their own
            motion goes above 5 Hz.

    Returns:
        float64 ``[T]``, shares of the face width; NaN where no face is visible, and in visible stretches under 3 frames.
    """
    sigma = _HALF / (2 * np.pi * CUTOFF) * float(track.fps)
    out = np.full(len(track), np.nan)
    for start, stop in stretches(track):
        if stop - start < 3:
            continue
        marks = track.landmarks[start:stop].astype(np.float64)
        chosen = marks[:, points].reshape(stop - start, -1)
        fast = (chosen - local_quadratic(chosen, sigma)) / np.maximum(face_width(marks), 1e-3)[:, None]
        out[start:stop] = np.sqrt((fast**2).mean(1) * 2)  # a point has two coordinates
    return out


def landmark_jitter(track: FaceTrack, points: np.ndarray | slice = slice(None)) -> float:
    """Return the root mean square of :func:`jitter_over_time`, whose arguments these are, over the visible frames.

    Returns:
        A share of the face width; 0 for a track without visible stretches of at least 3 frames.
    """
    frames = jitter_over_time(track, points)
    known = frames[~np.isnan(frames)]
    return float(np.sqrt((known**2).mean())) if len(known) else 0.0


def still_frames(track: FaceTrack) -> np.ndarray:
    """Mark frames in which the head rests: eyes and nose move by at most 8 % of the face width within 1.6 s.

    All motion above 5 Hz of such a head is jitter. A head that nods or turns has some of its own.

    Args:
        track: smoothed, as measured points stray by more than a resting head moves.

    Returns:
        bool ``[T]``; False where no face is visible.
    """
    length, out = max(2, round(_SECONDS * float(track.fps))), np.zeros(len(track), bool)
    for start, stop in stretches(track):
        if stop - start < length:
            continue
        marks = track.landmarks[start:stop]
        near = np.lib.stride_tricks.sliding_window_view(marks[:, _INNER], length, axis=0)
        moved = (near.max(-1) - near.min(-1)).mean((1, 2))
        for first in start + np.flatnonzero(moved <= _REST * face_width(marks)[: len(moved)]):
            out[first : first + length] = True
    return out
