"""How much the landmarks jump from frame to frame, and how much smoothing has taken of it.

The columns ``landmark_jitter``, ``landmark_jitter_raw`` and ``still`` come from the track, see
:mod:`seamsync.tracking.jitter`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .metric import Goal, Metric, Spike
from .reductions import root_mean_square
from .spikes import usual

#: Fewer frames with a resting head than this say nothing of how much smoothing steadies it.
_ENOUGH = 40
#: A frame is a spike from this share of the face width on, and from this many times the usual jitter on.
_VISIBLE, _TIMES = 0.01, 4.0


def jitter_spike(values: Sequence[float], target: Sequence[float] = ()) -> bool:
    """Return whether the landmarks jump: by over 1 % of the face width and 4 times the median of the 25 frames before.

    Args:
        values: ``landmark_jitter`` up to the frame, NaN where it has no meaning.
        target: not used.
    """
    return values[-1] > _VISIBLE and values[-1] > _TIMES * usual(values)


def jitter_ratio(columns: Mapping[str, np.ndarray]) -> float | None:
    """Return the jitter of the landmarks after smoothing over that before, in the frames in which the head rests.

    Of a head that moves, motion above 5 Hz is partly its own, and must not be smoothed away.

    Args:
        columns: ``landmark_jitter``, ``landmark_jitter_raw`` and ``still``, ``[T]`` each.

    Returns:
        NaN if the head rests in fewer than 40 frames; None if the track was never smoothed.
    """
    return _ratio(columns, np.asarray(columns["still"], bool), _ENOUGH) if "landmark_jitter_raw" in columns else None


def jitter_ratio_all(columns: Mapping[str, np.ndarray]) -> float | None:
    """Return :func:`jitter_ratio` over all frames."""
    return _ratio(columns, np.True_, 1) if "landmark_jitter_raw" in columns else None


def _ratio(columns: Mapping[str, np.ndarray], used: np.ndarray | np.bool_, least: int) -> float:
    pair = np.stack([np.asarray(columns[name], np.float64) for name in ("landmark_jitter", "landmark_jitter_raw")])
    used = used & ~np.isnan(pair).any(0)
    if used.sum() < least:
        return np.nan
    after, before = np.sqrt((pair[:, used] ** 2).mean(1))
    return float(after / before) if before > 0 else np.nan


METRICS = (
    Metric(
        "landmark_jitter_ratio",
        "jitter of a resting head's landmarks over that before smoothing",
        goal=Goal(high=0.25),
        combine=jitter_ratio,
    ),
    Metric(
        "landmark_jitter",
        "jitter of the landmarks, a share of the face width",
        "face widths",
        reduce=root_mean_square,
        spike=Spike(jitter_spike, lambda value: f"the landmarks jump by {100 * value:.1f} % of the face width"),
    ),
    Metric(
        "landmark_jitter_raw",
        "jitter of the landmarks before the track was smoothed, a share of the face width",
        "face widths",
        reduce=root_mean_square,
        detail=True,
    ),
    Metric(
        "landmark_jitter_ratio_all",
        "jitter after smoothing over that before, heads that move included",
        combine=jitter_ratio_all,
        detail=True,
    ),
    Metric("landmark_jitter_spikes", "frames in which the landmarks jump", "frames", detail=True),
)
