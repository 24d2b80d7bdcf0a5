"""Fill frames in which the face was not measured: interpolate short gaps, leave long ones invisible but finite."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..arrays import runs
from .landmarks import MESH_POINTS


def fill_gaps(
    points: Sequence[np.ndarray | None], confidence: Sequence[float], scene: np.ndarray, max_gap: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Join the measured frames into arrays without gaps.

    Args:
        points: for each frame float ``[P,2 or 3]``, or ``None`` where the face was not seen.
        confidence: for each frame, 0…1.
        scene: int ``[T]``.
        max_gap: the longest gap, in frames, that is interpolated (linearly, within a scene) and counts as visible.

    Returns:
        float32 ``[T,P,2 or 3]`` without gaps (frames beyond the reach repeat the nearest measured one; zeros when there is
        none at all), confidence float32 ``[T]`` (0 where not measured), visible bool ``[T]``.
    """
    seen = np.array([p is not None for p in points], bool)
    measured = [p for p in points if p is not None]
    chance = np.where(seen, np.asarray(confidence, np.float32), 0).astype(np.float32)
    if not measured:
        return np.zeros((len(points), MESH_POINTS, 3), np.float32), chance, seen
    at = np.flatnonzero(seen)
    known = np.stack(measured).astype(np.float32)
    frames = np.arange(len(points))
    after = np.clip(np.searchsorted(at, frames), 0, len(at) - 1)
    before = np.clip(np.searchsorted(at, frames, side="right") - 1, 0, len(at) - 1)
    nearer = np.where(np.abs(at[after] - frames) < np.abs(frames - at[before]), after, before)
    whole = known[nearer]
    visible = seen.copy()
    for start, stop in runs(~seen):
        inside = start > 0 and stop < len(points) and scene[start - 1] == scene[stop]
        if inside and stop - start <= max_gap:
            weight = ((np.arange(start, stop) - start + 1) / (stop - start + 1))[:, None, None]
            whole[start:stop] = (1 - weight) * whole[start - 1] + weight * whole[stop]
            visible[start:stop] = True
    return whole, chance, visible
