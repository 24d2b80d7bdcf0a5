"""The seam's metrics (docs/architecture.md §7), measured in the composite's own stream, and what each should reach.

Names are the report's columns. T is the target, C the composite; everything is measured on the ROI.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import torch

from ...blending.frame_batch import FrameBatch
from .face import face_parts, fold, lip_delta_e, overspill, sharpness_ratio, skin_delta_e
from .flicker import FlickerMeter
from .goals import GOALS, Goal
from .picture import luma_chroma
from .ring import seam_ring
from .seam import gradient_mismatch, ring_ssim, seam_step
from .tpsnr import TemporalPsnr

#: Every column of :class:`SeamMeter`, in the order of the report.
COLUMNS = (
    "gradient_mismatch",
    "seam_step",
    "ring_ssim",
    "skin_delta_e",
    "lip_delta_e",
    "alpha_flicker",
    "photo_flicker",
    "overspill",
    "fold",
    "sharpness_ratio",
    "tpsnr",
    "tpsnr_target",
)

#: Columns of other measures that a :func:`summary` takes in.
OTHERS = ("landmark_jitter", "landmark_jitter_raw")
#: Columns that are deviations over time: their mean is a root mean square.
_DEVIATIONS = ("alpha_flicker", "photo_flicker", *OTHERS)
#: Successive frames less alike than this jump, in dB.
_POOR = 16.0
#: How a likeness spreads, by what is added to its name.
_SPREAD = {
    "deviation": lambda values: np.std(np.minimum(values, _STEADY)),
    "min": np.min,
    "below_16": lambda values: np.mean(values < _POOR),
}
#: Successive frames as alike as this, dB (4.5 levels of 255), hold still to the eye: beyond it, a spread is that of a mouth
#: that rests and speaks, and none that anybody sees.
_STEADY = 35.0
#: Fewer frames with a resting head than this say nothing of how much smoothing steadies it.
_ENOUGH = 40


@dataclass
class SeamMeter:
    """Measures one clip, batch after batch.

    Attributes:
        fps: frames a second.
        backend: ``"torch"`` forces the GPU's way on a CPU, for tests.
        indices: output frames added so far, in order.
    """

    fps: Fraction
    backend: str | None = None
    indices: list[int] = field(default_factory=list)
    _steadiness: TemporalPsnr = field(default_factory=TemporalPsnr, repr=False)
    _flicker: FlickerMeter = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._flicker = FlickerMeter(self.fps)

    def add(
        self, batch: FrameBatch, target: torch.Tensor, composite: torch.Tensor, alpha: torch.Tensor
    ) -> dict[str, np.ndarray]:
        """Measure one batch; batches come in the order of the clip.

        Args:
            batch: the frames; where it is of the supersampled ROI, its points are taken down to the pictures' size.
            target, composite: gamma-coded RGB, float32 ``[B,3,H,W]``, 0…1.
            alpha: float32 ``[B,1,H,W]``, 0…1.

        Returns:
            The columns known at once, float64 ``[B]`` each, NaN where a number has no meaning (no mask, no lips, the
            first frame of a scene).
        """
        self.indices += batch.indices.tolist()
        size = target.shape[-2], target.shape[-1]
        batch = batch if batch.size == size else batch.unscaled(size)
        how = {"backend": self.backend}
        ring, parts = seam_ring(alpha, batch, **how), face_parts(batch, alpha.device)
        before, after = luma_chroma(target, **how), luma_chroma(composite, **how)
        numbers = {
            "gradient_mismatch": gradient_mismatch(before[0], after[0], ring, **how),
            "seam_step": seam_step(target, composite, ring, batch.scale, **how),
            "ring_ssim": ring_ssim(before, after, ring, **how),
            "overspill": overspill(alpha, parts, known=batch.generated is not None),
            "fold": fold(alpha, parts),
            "sharpness_ratio": sharpness_ratio(before[0], after[0], alpha, parts, **how),
        }
        rows = torch.stack(list(numbers.values())).double().cpu().numpy()  # one transfer for all
        self._flicker.add(batch, target, composite, alpha)
        return {
            **dict(zip(numbers, rows, strict=True)),
            "skin_delta_e": skin_delta_e(target, composite, alpha, parts, **how),
            "lip_delta_e": lip_delta_e(target, composite, alpha, parts, **how),
            **self._steadiness.add(batch, before[0], after[0], parts.face),
        }

    def finish(self, last: int | None = None) -> dict[str, np.ndarray]:
        """The columns that need the whole clip, float64, an entry a frame of ``indices``: ``alpha_flicker`` (a share) and
        ``photo_flicker`` (8-bit levels); with ``last`` those of so many frames, the newest, as if the clip were no longer."""
        return self._flicker.finish(last)


def summary(columns: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Numbers over the whole clip, from the frames that have them; NaN where none has.

    Args:
        columns: of :class:`SeamMeter` and :data:`OTHERS`; further ones, and columns that are not there, are passed over.

    Returns:
        Under each metric's name its mean (of a flicker: root mean square); ``NAME_p95``, the value that 95 % of the
        frames are no worse than, and ``NAME_within``, the share of frames within the goal, where it has one. Of ``tpsnr``
        also ``tpsnr_deviation`` (what is above 35 dB counts as 35), ``tpsnr_min`` and ``tpsnr_below_16``, the share of
        frames under 16 dB, and the target's own as ``tpsnr_target``, ``tpsnr_deviation_target`` …. Of the landmarks
        :func:`jitter_ratios`.
    """
    out: dict[str, float] = {}
    for name in (*COLUMNS, *OTHERS):
        if name not in columns:
            continue
        values = np.asarray(columns[name], np.float64)
        values = values[~np.isnan(values)]
        none = len(values) == 0
        goal = GOALS.get(name.removesuffix("_target"), Goal(name))
        worst = 5 if np.isfinite(goal.low) else 95
        out[name] = np.nan if none else _mean(name, values)
        out[f"{name}_p95"] = np.nan if none else float(np.percentile(values, worst))
        if name in GOALS:
            out[f"{name}_within"] = np.nan if none else float(goal.met(values).mean())
        if name.startswith("tpsnr"):
            for more, number in _SPREAD.items():
                out[name.replace("tpsnr", f"tpsnr_{more}")] = np.nan if none else float(number(values))
    return out | jitter_ratios(columns)


def jitter_ratios(columns: Mapping[str, np.ndarray]) -> dict[str, float]:
    """How much smoothing has steadied the landmarks: what trembles after it over what trembled before.

    Args:
        columns: with ``landmark_jitter``, ``landmark_jitter_raw`` and ``still``.

    Returns:
        ``landmark_jitter_ratio``, over the frames in which the head rests, NaN where these are under 40: of a head that
        moves, motion above 5 Hz is partly its own, and must not be smoothed away. ``landmark_jitter_ratio_all``, over all
        frames. Empty without those columns, as of a track that was never smoothed.
    """
    if "landmark_jitter_raw" not in columns:
        return {}
    pair = np.stack([np.asarray(columns[name], np.float64) for name in OTHERS])
    known = ~np.isnan(pair).any(0)
    resting = known & np.asarray(columns["still"], bool)
    found = {"landmark_jitter_ratio": (resting, _ENOUGH), "landmark_jitter_ratio_all": (known, 1)}
    return {name: _ratio(pair[:, frames]) if frames.sum() >= least else np.nan for name, (frames, least) in found.items()}


def _ratio(pair: np.ndarray) -> float:
    after, before = np.sqrt((pair**2).mean(1))
    return float(after / before) if before > 0 else np.nan


def _mean(name: str, values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(values**2)) if name in _DEVIATIONS else values.mean())
