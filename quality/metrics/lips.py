"""Do the lips move when they should? The lag between the opening that was asked for and the one that came."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...tracking.landmarks import lip_opening
from ...tracking.lip_sync import lip_lag


def lip_numbers(driven: np.ndarray, opening: np.ndarray, used: np.ndarray | None = None) -> dict[str, float]:
    """What a summary says of the lips: ``av_offset`` (frames, positive: the lips come late) and ``av_correlation``.

    Args:
        driven: float ``[T]``, the opening that the speech asks for, such as ``MouthClip.curves["opening"]``.
        opening: float ``[T]``, the one that is there.
        used: bool ``[T]``, frames to look at.
    """
    found = lip_lag(driven, opening, used)
    return {"av_offset": found.offset, "av_correlation": found.correlation}


def generated_lip_numbers(
    curves: Mapping[str, np.ndarray], landmarks: np.ndarray | None, active: np.ndarray
) -> dict[str, float]:
    """:func:`lip_numbers` of mouths whose generator tells its landmarks and the curve that drove it; empty for others.

    Compared are the curve that the generator was driven by and the lip opening of the landmarks that it gives with its
    mouths: what it *says* it drew, not what the finished pixels show. So this finds mouths that were put into the wrong
    frame, by a generator, a loop or a cut, at no cost; it does not find a generator that is wrong about its own lips, nor
    sound that was shifted afterwards. For these the finished file is tracked and held against its sound, see
    :func:`~..inspect.inspect.inspect_clips`.

    Args:
        curves, landmarks, active: of a :class:`~seamsync.media.clips.MouthClip`.
    """
    if landmarks is None or "opening" not in curves:
        return {}
    return lip_numbers(curves["opening"], lip_opening(landmarks.astype(np.float64)), active)
