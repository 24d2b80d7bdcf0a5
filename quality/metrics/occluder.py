"""What is in front of the mouth: a hand, a cup or a microphone must keep its own pixels."""

from __future__ import annotations

import numpy as np
import torch

from .measurement import Measurement
from .metric import Goal, Metric
from .picture import ENOUGH
from .reductions import mean

#: Weight from which a pixel is the object's own, beyond the soft edge of its cut.
_SURE = 0.9


def occluder_change(target: torch.Tensor, composite: torch.Tensor, front: torch.Tensor) -> torch.Tensor:
    """Return the mean absolute change of the object's pixels in 8-bit levels, over R, G and B.

    Args:
        target, composite: gamma-coded RGB, float32 ``[B,3,H,W]``, 0…1.
        front: float32 ``[B,1,H,W]``, weight of what is in front of the face.

    Returns:
        float32 ``[B]``, NaN where nothing is in front.
    """
    sure = front >= _SURE
    count = sure.sum((1, 2, 3))
    change = ((composite - target).abs().mean(1, keepdim=True) * sure).sum((1, 2, 3))
    return torch.where(count >= ENOUGH, 255 * change / count, torch.nan)


def _measure(m: Measurement) -> torch.Tensor | np.ndarray:
    return np.full(len(m.batch), np.nan) if m.front is None else occluder_change(m.target, m.composite, m.front)


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
