"""What the mask covers: all of the original mouth, and nothing outside the face."""

from __future__ import annotations

import torch

from ...blending.pixels.sums import count_true
from .face import FaceParts
from .measurement import Measurement
from .metric import Goal, Metric
from .reductions import mean

#: Alpha from which the patch counts as visible, and from which it counts as covering.
_VISIBLE, _COVERING = 0.02, 0.98


def overspill(alpha: torch.Tensor, parts: FaceParts, *, known: bool = True) -> torch.Tensor:
    """Return the share of the original mouth's pixels that show (alpha < 0.98) beside the generated mouth.

    Args:
        alpha: float32 ``[B,1,H,W]``.
        parts: masks of the faces.
        known: whether the generator gives landmarks; if not, all of the original mouth has to be covered.

    Returns:
        float32 ``[B]``, 0…1, NaN if the mouth is not in the picture.
    """
    shows = parts.old_mouth & (parts.boxed(alpha) < _COVERING)
    shows = shows & ~parts.new_mouth if known else shows
    return _share(shows, parts.old_mouth)


def fold(alpha: torch.Tensor, parts: FaceParts) -> torch.Tensor:
    """Return the share of the mask (alpha > 0.02) outside the target's face: float32 ``[B]``, 0…1, NaN without a mask.

    Where the generated chin lies higher, the face goes on as far as the mask has to reach to hide the target's.
    """
    mask = alpha > _VISIBLE
    return _share(mask & ~parts.border, mask)


def _share(part: torch.Tensor, whole: torch.Tensor) -> torch.Tensor:
    return count_true(part) / count_true(whole)  # 0 / 0 is NaN


def _with_front(m: Measurement) -> torch.Tensor:
    """Return alpha, 1 also where something is in front of the lips: what covers them needs no new mouth."""
    return m.alpha if m.front is None else torch.where(m.front > 0, 1.0, m.alpha)


METRICS = (
    Metric(
        "overspill",
        "share of the original lips that shows beside the new ones",
        goal=Goal(high=0.001),
        measure=lambda m: overspill(_with_front(m), m.parts, known=m.batch.generated is not None),
        reduce=mean,
        fading=False,
    ),
    Metric(
        "fold",
        "share of the mask outside the face",
        goal=Goal(high=0.0),
        measure=lambda m: fold(m.alpha, m.parts),
        reduce=mean,
    ),
)
