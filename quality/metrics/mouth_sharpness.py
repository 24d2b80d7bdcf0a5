"""The sharpness of the new mouth against the target's own mouth, opened as far."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import torch

from ...blending.pixels.sums import count_true
from ...tracking.landmarks import lip_opening
from .measurement import Measurement
from .metric import Goal, Metric
from .picture import ENOUGH, laplacian, squared_sum
from .reductions import mean

#: Mouths whose openings fall into the same or neighbouring steps of this many face widths are opened alike.
_STEP = 0.015
#: The largest step: wider mouths are alike.
_STEPS = 20
#: Frames of the target that give its sharpness at an opening, at least.
_FRAMES = 3


class MouthSharpness:
    """Compare the Laplacian energy (mean square) inside the lips: composite / target's median at like opening.

    The target's own mouth is seen in every frame, opened this far or that far, so its sharpness at an opening is known when
    the clip has been read.

    Args:
        fps: frames a second; not used.
    """

    def __init__(self, fps: Fraction) -> None:
        self._rows: list[np.ndarray] = []

    def update(self, measurement: Measurement) -> dict[str, np.ndarray]:
        """Take the next batch; nothing is known yet."""
        m = measurement
        faces = [m.batch.landmarks, m.batch.landmarks if m.batch.generated is None else m.batch.generated]
        steps = [np.clip(lip_opening(marks.astype(np.float64)) / _STEP, 0, _STEPS).astype(int) for marks in faces]
        masks = m.parts.old_mouth, m.parts.new_mouth
        energies = [_energy(m.parts.boxed(luma), mask, m.backend) for luma, mask in zip(m.luma, masks, strict=True)]
        self._rows.append(np.stack([*steps, *energies]))
        return {}

    def compute(self, last: int | None = None) -> dict[str, np.ndarray]:
        """Return ``mouth_sharpness_ratio``, float64 ``[T]``; NaN where the target's mouth is never opened as far."""
        rows = np.concatenate(self._rows, axis=1) if self._rows else np.zeros((4, 0))
        old, new, before, after = rows
        usual = np.array([_median(before[np.abs(old - step) <= 1]) for step in range(_STEPS + 1)])
        ratio = after / usual[new.astype(int)]
        return {"mouth_sharpness_ratio": ratio if last is None else ratio[-last:]}


def _energy(luma: torch.Tensor, mask: torch.Tensor, backend: str | None) -> np.ndarray:
    """Return the mean square of the Laplacian over a mask: float64 ``[B]``, NaN of too few pixels or none of it."""
    pixels = count_true(mask, backend=backend)
    energy = squared_sum(laplacian(luma.contiguous(), backend=backend), mask, backend=backend) / pixels
    return torch.where((pixels >= ENOUGH) & (energy > 0), energy, torch.nan).double().cpu().numpy()


def _median(energies: np.ndarray) -> float:
    known = energies[~np.isnan(energies)]
    return float(np.median(known)) if len(known) >= _FRAMES else np.nan


METRICS = (
    Metric(
        "mouth_sharpness_ratio",
        "sharpness of the new mouth over that of the target's own, opened as far",
        better="higher",
        goal=Goal(low=0.7, ideal=1.0),
        tracker=MouthSharpness,
        reduce=mean,
    ),
)
