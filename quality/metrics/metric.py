"""What a metric is: its name, its words, what it should reach, how it is measured, reduced and watched."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, Protocol

import numpy as np
import torch

from .measurement import Measurement

#: The largest normalized error: a miss by this many times the goal is as bad as any.
WORST = 4.0


@dataclass(frozen=True)
class Goal:
    """The range that a number should lie in.

    Attributes:
        low, high: ends of the range, both included; an infinite end is open.
        share: share of the frames that have to lie in the range; None: the number of the whole clip has to.
        ideal: the value of a perfect composite.
        slack: if the untouched target itself misses the range (its number is ``NAME_target`` in the summary), the range is
            widened to the target's number and this much more; None: the target is not looked at.
        needs: name of another number of the summary, and the least value at which this number has a meaning.
    """

    low: float = -np.inf
    high: float = np.inf
    share: float | None = None
    ideal: float = 0.0
    slack: float | None = None
    needs: tuple[str, float] | None = None

    def met(self, values: np.ndarray | float) -> np.ndarray:
        """Return whether values lie in the range, bool like ``values``."""
        return (np.asarray(values) >= self.low) & (np.asarray(values) <= self.high)

    def normalized_error(self, values: np.ndarray | float) -> np.ndarray:
        """Return the distance from the ideal in units of the distance between the ideal and the end of the range.

        Returns:
            float64 like ``values``, 0…:data:`WORST`; 1 at the end of the range, 0 for NaN.
        """
        off = np.asarray(values, np.float64) - self.ideal
        end = np.where(off > 0, self.high - self.ideal, self.ideal - self.low)
        share = np.abs(off) / np.maximum(end, 1e-9)
        return np.nan_to_num(share, nan=0.0).clip(0, WORST)

    def relaxed(self, target: float) -> Goal:
        """Return the goal for a clip whose untouched target has the number ``target``: wider if the target misses it."""
        if self.slack is None or np.isnan(target) or self.met(target):
            return self
        return replace(self, low=min(self.low, target - self.slack), high=max(self.high, target + self.slack))

    def range_text(self) -> str:
        """Return the range in signs: ``≤ 0.12``, ``0.8…1.25``."""
        if self.low == self.high:
            return f"{self.low:g}"
        if np.isfinite(self.low) and np.isfinite(self.high):
            return f"{self.low:g}…{self.high:g}"
        return f"≤ {self.high:.3g}" if np.isfinite(self.high) else f"≥ {self.low:.3g}"

    def text(self) -> str:
        """Return the goal in signs: ``≤ 0.12 on 95 % of frames``."""
        return self.range_text() if self.share is None else f"{self.range_text()} on {100 * self.share:g} % of frames"


@dataclass(frozen=True)
class Spike:
    """A fault of a single frame that the monitor warns of at once.

    Attributes:
        found: whether the last frame is a spike, given the column up to that frame and the same column of the untouched
            target (NaN where a number is unknown); spikes are counted in the summary as ``NAME_spikes``.
        text: the warning, given the value of the frame.
        severe: whether to warn although ``found`` is False, same arguments.
    """

    found: Callable[[Sequence[float], Sequence[float]], bool]
    text: Callable[[float], str]
    severe: Callable[[Sequence[float], Sequence[float]], bool] = lambda values, target: False


class Tracker(Protocol):
    """A measurement that follows the clip over time: state, ``update``, ``compute``. Metrics may share one."""

    def __init__(self, fps: Fraction) -> None:
        """Begin a clip of ``fps`` frames a second."""

    def update(self, measurement: Measurement) -> dict[str, np.ndarray]:
        """Take the next batch. Return the columns that are known at once, float64 ``[B]`` each."""
        ...

    def compute(self, last: int | None = None) -> dict[str, np.ndarray]:
        """Return the columns that need later frames too, float64, one value a frame seen.

        Args:
            last: return only this many frames, the newest, as if the clip ended now.
        """
        ...


@dataclass(frozen=True)
class Metric:
    """One number that a report gives; its entry is the only place where it is declared.

    Attributes:
        name: of the report's column and of the summary's number.
        phrase: what it is, in a few words, with its unit; the user reads it, and it is the key of its translations.
        unit: of the values; empty for a share, a ratio or an index.
        better: which direction is better; ``target``: as near to the goal's ideal as possible; None: neither.
        goal: of the summary's number; None: the number is reported only.
        frame_goal: of a single frame; None: as ``goal``. It marks bad frames in pages and ranks the worst frames.
        window_goal: of the last 100 frames, watched while the render runs; None: as ``goal``.
        measure: measures a batch frame by frame: float ``[B]``, NaN where the number has no meaning.
        tracker: measures over time instead; metrics of one tracker share it.
        reduce: makes the summary's number of a column's known values, float64 ``[N]``, N ≥ 1.
        column: name of the column that is reduced, if it is not the metric's own.
        combine: makes the summary's number of several columns; None where a column that it needs is missing.
        spike: a fault of a single frame to warn of.
        detail: the number explains another; pages list it, the command's short list does not.
        fading: whether it has a meaning in a frame that fades into the original on purpose.
        judge: name of the summary's text that says which network gave the number; empty: none.
    """

    name: str
    phrase: str
    unit: str = ""
    better: Literal["lower", "higher", "target"] | None = "lower"
    goal: Goal | None = None
    frame_goal: Goal | None = None
    window_goal: Goal | None = None
    measure: Callable[[Measurement], torch.Tensor | np.ndarray] | None = None
    tracker: type[Tracker] | None = None
    reduce: Callable[[np.ndarray], float] | None = None
    column: str = ""
    combine: Callable[[Mapping[str, np.ndarray]], float | None] | None = None
    spike: Spike | None = None
    detail: bool = False
    fading: bool = True
    judge: str = ""

    @property
    def is_column(self) -> bool:
        """Whether the report has a column of this name whose values are plotted and reduced."""
        return self.reduce is not None and not self.column

    @property
    def title(self) -> str:
        """The name in words: ``seam step``."""
        return self.name.replace("_", " ")

    @property
    def bad_percentile(self) -> int:
        """The percentile of a column that 95 % of the frames are no worse than."""
        return 95 if self.better == "lower" else 5
