"""Measures a clip with every registered metric, batch after batch, and reduces the columns to a summary.

T is the target, C the composite; everything is measured on the ROI.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import torch

from ...blending.frame_batch import FrameBatch
from .measurement import Measurement
from .metric import Metric, Tracker
from .registry import METRICS

#: Ending of the columns and numbers of the untouched target.
_TARGET = "_target"


@dataclass
class SeamMeter:
    """Measures one clip.

    Attributes:
        fps: frames a second.
        backend: ``"torch"`` takes the GPU's way on a CPU too, for tests.
        indices: output frames added so far, in order.
    """

    fps: Fraction
    backend: str | None = None
    indices: list[int] = field(default_factory=list)
    _trackers: list[Tracker] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        kinds = dict.fromkeys(metric.tracker for metric in METRICS.values() if metric.tracker)
        self._trackers = [kind(self.fps) for kind in kinds]

    def add(
        self,
        batch: FrameBatch,
        target: torch.Tensor,
        composite: torch.Tensor,
        alpha: torch.Tensor,
        generated: torch.Tensor | None = None,
        front: torch.Tensor | None = None,
    ) -> dict[str, np.ndarray]:
        """Measure one batch; batches come in the order of the clip.

        Args:
            batch: geometry of the frames; that of a supersampled ROI is scaled to the size of the pictures.
            target, composite: gamma-coded RGB, float32 ``[B,3,H,W]``, 0…1.
            alpha: float32 ``[B,1,H,W]``, 0…1.
            generated: the generated picture as it was placed, like ``target``; None: the numbers that need it are NaN.
            front: weight of what is in front of the face, like ``alpha``; None: nothing.

        Returns:
            The columns known at once, float64 ``[B]`` each, NaN where a number has no meaning (no mask, no lips, the
            first frame of a scene).
        """
        self.indices += batch.indices.tolist()
        size = target.shape[-2], target.shape[-1]
        batch = batch if batch.size == size else batch.unscaled(size)
        measurement = Measurement(batch, target, composite, alpha, self.backend, generated, front)
        values = {name: metric.measure(measurement) for name, metric in METRICS.items() if metric.measure}
        on_device = {name: value for name, value in values.items() if isinstance(value, torch.Tensor)}
        columns: dict[str, np.ndarray] = {}
        if on_device:
            rows = torch.stack(list(on_device.values())).double().cpu().numpy()  # one transfer for all
            columns |= dict(zip(on_device, rows, strict=True))
        columns |= {name: np.asarray(value, np.float64) for name, value in values.items() if name not in on_device}
        for tracker in self._trackers:
            columns |= tracker.update(measurement)
        return columns

    def finish(self, last: int | None = None) -> dict[str, np.ndarray]:
        """Return the columns that need later frames too, float64, one value a frame of ``indices``.

        Args:
            last: return only this many frames, the newest, as if the clip ended now.
        """
        columns: dict[str, np.ndarray] = {}
        for tracker in self._trackers:
            columns |= tracker.compute(last)
        return columns


def summary(columns: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Reduce columns to numbers of the whole clip, from the frames in which they are known; NaN if there is none.

    Args:
        columns: of a report, ``[T]`` each; a metric whose column is missing is left out.

    Returns:
        Each metric's number under its name. For a metric with a column of its own also ``NAME_p95``, the value that 95 % of
        the frames are no worse than, and, if it has a goal, ``NAME_within``, the share of frames within that goal. For
        a metric whose target is measured too, ``NAME_target``.
    """
    numbers: dict[str, float] = {}
    for name, metric in METRICS.items():
        column = metric.column or name
        for ending in ("", _TARGET):
            if metric.reduce and f"{column}{ending}" in columns:
                values = _known(columns[f"{column}{ending}"])
                numbers[f"{name}{ending}"] = metric.reduce(values) if len(values) else np.nan
        if metric.is_column and name in columns:
            numbers |= _distribution(metric, _known(columns[name]))
        number = metric.combine(columns) if metric.combine else None
        if number is not None:
            numbers[name] = number
    return numbers


def _distribution(metric: Metric, values: np.ndarray) -> dict[str, float]:
    """Return ``NAME_p95`` and ``NAME_within`` of a column's known values."""
    known = len(values) > 0
    numbers = {f"{metric.name}_p95": float(np.percentile(values, metric.bad_percentile)) if known else np.nan}
    if metric.goal:
        numbers[f"{metric.name}_within"] = float(metric.goal.met(values).mean()) if known else np.nan
    return numbers


def _known(values: np.ndarray) -> np.ndarray:
    values = np.asarray(values, np.float64)
    return values[~np.isnan(values)]
