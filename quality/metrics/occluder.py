"""What is in front of the mouth: a hand, a cup or a microphone must keep its own pixels."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional as F

from .measurement import Measurement
from .metric import Goal, Metric
from .picture import ENOUGH
from .reductions import mean

#: Weight from which a pixel is cut, and by how much the object itself is smaller than its cut, face widths.
_SURE, _INSET = 0.9, 0.04


def occluder_change(target: torch.Tensor, composite: torch.Tensor, front: torch.Tensor, face_width: float) -> torch.Tensor:
    """Return the mean absolute change of the object's pixels in 8-bit levels, over R, G and B.

    Args:
        target, composite: gamma-coded RGB, float32 ``[B,3,H,W]``, 0…1.
        front: float32 ``[B,1,H,W]``, weight of what is in front of the face.
        face_width: pixels.

    Returns:
        float32 ``[B]``, NaN where nothing is in front.
    """
    inset = max(1, round(_INSET * face_width))
    sure = -F.max_pool2d(-front, 2 * inset + 1, 1, inset) >= _SURE
    count = sure.sum((1, 2, 3))
    change = ((composite - target).abs().mean(1, keepdim=True) * sure).sum((1, 2, 3))
    return torch.where(count >= ENOUGH, 255 * change / count, torch.nan)


def _measure(m: Measurement) -> torch.Tensor | np.ndarray:
    if m.front is None:
        return np.full(len(m.batch), np.nan)
    return occluder_change(m.target, m.composite, m.front, float(m.batch.face_width[0]))


METRICS = (
    Metric(
        "occluder_change",
        "change of what is in front of the mouth, 8-bit levels",
        "8-bit levels",
        goal=Goal(high=4.0, share=0.95),
        measure=_measure,
        reduce=mean,
    ),
)
