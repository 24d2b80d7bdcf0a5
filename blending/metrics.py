"""The seam's metrics (DESIGN §7), measured in the composite's own stream, and what each should reach.

Names are the report's columns. T is the target, C the composite; everything is measured on the ROI.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
import torch

from .chunk import Chunk
from .metrics_face import face_parts, fold, lip_delta_e, overspill, sharpness_ratio, skin_delta_e
from .metrics_filters import luma_chroma
from .metrics_flicker import FlickerMeter
from .metrics_ring import seam_ring
from .metrics_seam import gradient_mismatch, ring_ssim, seam_step
from .metrics_steady import SteadinessMeter

#: A miss by so many times the goal is as bad as any.
WORST = 4.0


@dataclass(frozen=True)
class Goal:
    """What a number of the summary should reach.

    Attributes:
        what: the number, in a phrase.
        low, high: the range that is good, ends included; the better direction is away from the finite end.
        share: how many frames have to be in it; None: the summary's own number has to.
        ideal: what the best composite has.
    """

    what: str
    low: float = -np.inf
    high: float = np.inf
    share: float | None = None
    ideal: float = 0.0

    def met(self, values: np.ndarray | float) -> np.ndarray:
        """Whether values lie in the range, bool like ``values``."""
        return (np.asarray(values) >= self.low) & (np.asarray(values) <= self.high)

    def strain(self, values: np.ndarray | float) -> np.ndarray:
        """How far values are from the ideal, the end of the range counting as 1: float64 like ``values``, 0…:data:`WORST`;
        0 for NaN."""
        off = np.asarray(values, np.float64) - self.ideal
        end = np.where(off > 0, self.high - self.ideal, self.ideal - self.low)
        share = np.abs(off) / np.maximum(end, 1e-9)
        return np.nan_to_num(share, nan=0.0).clip(0, WORST)

    def range_text(self) -> str:
        """The range in signs, such as ``≤ 0.12`` or ``0.8…1.25``."""
        if np.isfinite(self.low) and np.isfinite(self.high):
            return f"{self.low:g}…{self.high:g}"
        return f"≤ {self.high:g}" if np.isfinite(self.high) else f"≥ {self.low:g}"

    def text(self) -> str:
        """The goal in signs, such as ``≤ 0.12 on 95 % of frames``."""
        return self.range_text() if self.share is None else f"{self.range_text()} on {100 * self.share:g} % of frames"


#: Goals by the names of :func:`summary`. ``photo_flicker`` has none of its own: it is to be below the baseline's.
GOALS: dict[str, Goal] = {
    "gradient_mismatch": Goal("slopes along the seam that differ from the target's", high=0.12, share=0.95),
    "seam_step": Goal("step of colour across the seam that was not there, ΔE", high=0.25),
    "ring_ssim": Goal("structural similarity to the target along the seam", low=0.97, ideal=1.0),
    "skin_delta_e": Goal("change of the skin's mean colour, CIEDE2000", high=1.5),
    "lip_delta_e": Goal("change of the lips' mean colour, CIEDE2000", high=3.0),
    "alpha_flicker": Goal("flicker of the mask, a share of its mean", high=0.08),
    "overspill": Goal("share of the original lips that shows beside the new ones", high=0.001),
    "fold": Goal("share of the mask outside the face", high=0.0),
    "sharpness_ratio": Goal("sharpness of the new skin over the target's", low=0.8, high=1.25, ideal=1.0),
    "tpsnr": Goal("likeness of successive frames, dB", low=21.0, ideal=40.0),
    "tpsnr_deviation": Goal("spread of that likeness, dB", high=3.0),
    "tpsnr_min": Goal("worst likeness of successive frames, dB", low=16.0, ideal=40.0),
    "tpsnr_below_16": Goal("share of frames under 16 dB", high=0.05),
}

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
)

#: Columns of other measures that a :func:`summary` takes in.
OTHERS = ("landmark_jitter",)
#: Columns that are deviations over time: their mean is a root mean square.
_DEVIATIONS = ("alpha_flicker", "photo_flicker", "landmark_jitter")
#: Successive frames less alike than this jump, in dB.
_POOR = 16.0


@dataclass
class SeamMeter:
    """Measures one clip, chunk after chunk.

    Attributes:
        fps: frames a second.
        backend: ``"torch"`` forces the GPU's way on a CPU, for tests.
        indices: output frames added so far, in order.
    """

    fps: Fraction
    backend: str | None = None
    indices: list[int] = field(default_factory=list)
    _steadiness: SteadinessMeter = field(default_factory=SteadinessMeter, repr=False)
    _flicker: FlickerMeter = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._flicker = FlickerMeter(self.fps)

    def add(self, chunk: Chunk, target: torch.Tensor, composite: torch.Tensor, alpha: torch.Tensor) -> dict[str, np.ndarray]:
        """Measure one chunk; chunks come in the order of the clip.

        Args:
            chunk: the frames; where it is of the supersampled ROI, its points are taken down to the pictures' size.
            target, composite: gamma-coded RGB, float32 ``[B,3,H,W]``, 0…1.
            alpha: float32 ``[B,1,H,W]``, 0…1.

        Returns:
            The columns known at once, float64 ``[B]`` each, NaN where a number has no meaning (no mask, no lips, the
            first frame of a scene).
        """
        self.indices += chunk.indices.tolist()
        chunk = _fitted(chunk, (target.shape[-2], target.shape[-1]))
        how = {"backend": self.backend}
        ring, parts = seam_ring(alpha, chunk, **how), face_parts(chunk, alpha.device)
        before, after = luma_chroma(target), luma_chroma(composite)
        numbers = {
            "gradient_mismatch": gradient_mismatch(before[0], after[0], ring, **how),
            "seam_step": seam_step(target, composite, ring, chunk.scale, **how),
            "ring_ssim": ring_ssim(before, after, ring, **how),
            "overspill": overspill(alpha, parts, known=chunk.generated is not None),
            "fold": fold(alpha, parts),
            "sharpness_ratio": sharpness_ratio(before[0], after[0], alpha, parts, **how),
        }
        rows = torch.stack(list(numbers.values())).double().cpu().numpy()  # one transfer for all
        self._flicker.add(chunk, target, composite, alpha)
        return {
            **dict(zip(numbers, rows, strict=True)),
            "skin_delta_e": skin_delta_e(target, composite, alpha, parts, **how),
            "lip_delta_e": lip_delta_e(target, composite, alpha, parts, **how),
            "tpsnr": self._steadiness.add(chunk, after[0], parts.face, **how),
        }

    def finish(self, last: int | None = None) -> dict[str, np.ndarray]:
        """The columns that need the whole clip, float64, an entry a frame of ``indices``: ``alpha_flicker`` (a share) and
        ``photo_flicker`` (8-bit levels); with ``last`` those of so many frames, the newest, as if the clip were no longer."""
        return self._flicker.finish(last)


def _fitted(chunk: Chunk, size: tuple[int, int]) -> Chunk:
    """The chunk in the pixels of pictures of that size: its own, or those of the frame."""
    if chunk.size == size:
        return chunk
    return replace(
        chunk,
        size=size,
        scale=1.0,
        face_width=chunk.face_width / np.float32(chunk.scale),
        landmarks=chunk.landmarks / np.float32(chunk.scale),
        generated=None if chunk.generated is None else chunk.generated / np.float32(chunk.scale),
        outline=chunk.outline / chunk.scale,
        quad=chunk.quad / chunk.scale,
    )


def summary(columns: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Numbers over the whole clip, from the frames that have them; NaN where none has.

    Args:
        columns: of :class:`SeamMeter` and :data:`OTHERS`; further ones, and columns that are not there, are passed over.

    Returns:
        Under each metric's name its mean (of a flicker: root mean square); ``NAME_p95``, the value that 95 % of the
        frames are no worse than, and ``NAME_within``, the share of frames within the goal, where it has one; of ``tpsnr``
        also ``tpsnr_deviation``, ``tpsnr_min`` and ``tpsnr_below_16``, the share of frames under 16 dB.
    """
    out: dict[str, float] = {}
    for name in (*COLUMNS, *OTHERS):
        if name not in columns:
            continue
        values = np.asarray(columns[name], np.float64)
        values = values[~np.isnan(values)]
        none = len(values) == 0
        goal = GOALS.get(name, Goal(name))
        worst = 5 if np.isfinite(goal.low) else 95
        out[name] = np.nan if none else _mean(name, values)
        out[f"{name}_p95"] = np.nan if none else float(np.percentile(values, worst))
        if name in GOALS:
            out[f"{name}_within"] = np.nan if none else float(goal.met(values).mean())
        if name == "tpsnr":
            spread = (np.std, np.min, lambda v: np.mean(v < _POOR))
            for key, number in zip(("deviation", "min", "below_16"), spread, strict=True):
                out[f"tpsnr_{key}"] = np.nan if none else float(number(values))
    return out


def frame_goal(name: str) -> Goal | None:
    """What a column should reach in a single frame; None where it has no goal. A frame must only not jump (16 dB)."""
    return GOALS["tpsnr_min"] if name == "tpsnr" else GOALS.get(name)


def failed(numbers: Mapping[str, float]) -> list[str]:
    """Names of the goals that a :func:`summary` misses; one that could not be measured is not missed."""
    return [name for name in GOALS if name in measured(numbers) and not _reached(name, numbers)]


def measured(numbers: Mapping[str, float]) -> list[str]:
    """Names of the goals for which a :func:`summary` has a number."""
    return [name for name in GOALS if not np.isnan(numbers.get(name, np.nan))]


def _reached(name: str, numbers: Mapping[str, float]) -> bool:
    goal = GOALS[name]
    return bool(goal.met(numbers[name]) if goal.share is None else numbers[f"{name}_within"] >= goal.share)


def _mean(name: str, values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(values**2)) if name in _DEVIATIONS else values.mean())
