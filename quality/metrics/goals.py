"""What the numbers of a report should reach (docs/architecture.md §7), and whether they do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

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
        slack: where the untouched target itself is out of the range (its number stands under ``NAME_target``), so much
            worse than the target is met too; None: the target is not looked at.
        needs: another number of the summary, and how large it has to be for this one to say anything.
    """

    what: str
    low: float = -np.inf
    high: float = np.inf
    share: float | None = None
    ideal: float = 0.0
    slack: float | None = None
    needs: tuple[str, float] | None = None

    def met(self, values: np.ndarray | float) -> np.ndarray:
        """Whether values lie in the range, bool like ``values``."""
        return (np.asarray(values) >= self.low) & (np.asarray(values) <= self.high)

    def normalized_error(self, values: np.ndarray | float) -> np.ndarray:
        """How far values are from the ideal, the end of the range counting as 1: float64 like ``values``, 0…:data:`WORST`;
        0 for NaN."""
        off = np.asarray(values, np.float64) - self.ideal
        end = np.where(off > 0, self.high - self.ideal, self.ideal - self.low)
        share = np.abs(off) / np.maximum(end, 1e-9)
        return np.nan_to_num(share, nan=0.0).clip(0, WORST)

    def relaxed(self, target: float) -> Goal:
        """The goal for a clip whose untouched target has that number: itself, or wider where the target misses it."""
        if self.slack is None or np.isnan(target) or self.met(target):
            return self
        return replace(self, low=min(self.low, target - self.slack), high=max(self.high, target + self.slack))

    def range_text(self) -> str:
        """The range in signs, such as ``≤ 0.12`` or ``0.8…1.25``."""
        if self.low == self.high:
            return f"{self.low:g}"
        if np.isfinite(self.low) and np.isfinite(self.high):
            return f"{self.low:g}…{self.high:g}"
        return f"≤ {self.high:.3g}" if np.isfinite(self.high) else f"≥ {self.low:.3g}"

    def text(self) -> str:
        """The goal in signs, such as ``≤ 0.12 on 95 % of frames``."""
        return self.range_text() if self.share is None else f"{self.range_text()} on {100 * self.share:g} % of frames"


#: Goals by the names of a summary. ``photo_flicker`` has none of its own: it is to be below the baseline's. Those of
#: ``tpsnr`` are eased where the target itself misses them: likeness falls when the face turns or light changes, which no
#: composite can mend.
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
    "tpsnr": Goal("likeness of successive frames, dB", low=21.0, ideal=40.0, slack=0.5),
    "tpsnr_deviation": Goal("spread of that likeness, dB", high=3.0, slack=0.5),
    "tpsnr_min": Goal("worst likeness of successive frames, dB", low=16.0, ideal=40.0, slack=0.5),
    "tpsnr_below_16": Goal("share of frames under 16 dB", high=0.05, slack=0.01),
    "landmark_jitter_ratio": Goal("trembling of a resting head's landmarks over the measured ones'", high=0.25),
    "av_offset": Goal("lag of the lips behind the speech, frames", low=0.0, high=0.0, needs=("av_correlation", 0.5)),
}


def frame_goal(name: str) -> Goal | None:
    """What a column should reach in a single frame; None where it has no goal. A frame must only not jump (16 dB)."""
    return GOALS["tpsnr_min"] if name == "tpsnr" else GOALS.get(name)


def goal_of(name: str, numbers: Mapping[str, float]) -> Goal:
    """The goal that a summary is held to: eased where its target misses it (:meth:`Goal.relaxed`)."""
    return GOALS[name].relaxed(_number(numbers, f"{name}_target"))


def failed(numbers: Mapping[str, float]) -> list[str]:
    """Names of the goals that a summary misses; one that could not be measured is not missed."""
    return [name for name in measured(numbers) if not reached(name, numbers)]


def measured(numbers: Mapping[str, float]) -> list[str]:
    """Names of the goals for which a summary has a number that says something."""
    return [name for name, goal in GOALS.items() if not np.isnan(_number(numbers, name)) and _speaks(goal, numbers)]


def reached(name: str, numbers: Mapping[str, float]) -> bool:
    """Whether a summary that has the number meets its goal."""
    goal = goal_of(name, numbers)
    return bool(goal.met(numbers[name]) if goal.share is None else numbers[f"{name}_within"] >= goal.share)


def _speaks(goal: Goal, numbers: Mapping[str, float]) -> bool:
    return goal.needs is None or _number(numbers, goal.needs[0]) >= goal.needs[1]


def _number(numbers: Mapping[str, float], name: str) -> float:
    value = numbers.get(name, np.nan)
    return np.nan if value is None else float(value)
