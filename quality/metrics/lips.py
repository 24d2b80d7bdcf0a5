"""The lag between the lip opening that the speech asks for and the one that is there."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...tracking.landmarks import lip_opening
from ...tracking.lip_sync import lip_lag
from .metric import Goal, Metric


def lip_numbers(driven: np.ndarray, opening: np.ndarray, used: np.ndarray | None = None) -> dict[str, float]:
    """Return ``av_offset`` (frames; positive: the lips come late) and ``av_correlation``.

    Args:
        driven: float ``[T]``, the opening that the speech asks for: ``MouthClip.curves["opening"]``.
        opening: float ``[T]``, the opening that is there.
        used: bool ``[T]``, frames to compare; None: all.
    """
    found = lip_lag(driven, opening, used)
    return {"av_offset": found.offset, "av_correlation": found.correlation}


def generated_lip_numbers(
    curves: Mapping[str, np.ndarray], landmarks: np.ndarray | None, active: np.ndarray
) -> dict[str, float]:
    """Return :func:`lip_numbers` of generated mouths; empty if the generator gives no landmarks or no opening curve.

    Compares the curve that drove the generator with the lip opening of the landmarks that the generator gives. It reads no
    pixels. So it finds mouths in the wrong frame at no cost, but neither a generator whose landmarks are wrong nor sound
    that was shifted later. :func:`~..inspect.inspect.inspect_clips` finds those: it tracks the finished file.

    Args:
        curves, landmarks, active: of a :class:`~seamsync.media.clips.MouthClip`.
    """
    if landmarks is None or "opening" not in curves:
        return {}
    return lip_numbers(curves["opening"], lip_opening(landmarks.astype(np.float64)), active)


METRICS = (
    Metric(
        "av_offset",
        "lag of the lips behind the speech, frames",
        "frames",
        better="target",
        goal=Goal(low=0.0, high=0.0, needs=("av_correlation", 0.5)),
    ),
    Metric(
        "av_correlation",
        "how well lips and speech go together, 1 at best",
        better="higher",
        detail=True,
    ),
)
