"""The sharpness of the skin inside the mask against the target's."""

from __future__ import annotations

import torch

from ...blending.pixels.sums import count_true
from .face import FaceParts
from .metric import Goal, Metric
from .picture import ENOUGH, laplacian, squared_sum
from .reductions import mean


def sharpness_ratio(
    target: torch.Tensor, composite: torch.Tensor, alpha: torch.Tensor, parts: FaceParts, *, backend: str | None = None
) -> torch.Tensor:
    """Return the Laplacian energy (mean square) of the composite's luma over the target's, on the skin where alpha > 0.5.

    Args:
        target, composite: luma, float32 ``[B,1,H,W]``.
        alpha: float32 ``[B,1,H,W]``.
        parts: masks of the faces.
        backend: as in :class:`~.measurement.Measurement`.

    Returns:
        float32 ``[B]``, 1 if equally sharp; NaN if there is too little skin or the target is flat.
    """
    skin = (alpha > 0.5) & ~parts.lips_around
    energy = [squared_sum(laplacian(luma, backend=backend), skin, backend=backend) for luma in (target, composite)]
    known = (count_true(skin, backend=backend) >= ENOUGH) & (energy[0] > 0)
    return torch.where(known, energy[1] / energy[0].clamp(min=1e-20), torch.nan)


METRICS = (
    Metric(
        "sharpness_ratio",
        "sharpness of the new skin over the target's",
        better="target",
        goal=Goal(low=0.8, high=1.25, ideal=1.0),
        measure=lambda m: sharpness_ratio(*m.luma, m.alpha, m.parts, backend=m.backend),
        reduce=mean,
    ),
)
