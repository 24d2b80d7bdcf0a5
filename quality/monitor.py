"""Warns of a visible fault while the render still runs, so that nobody waits an hour for a clip that has to be done again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from .metrics.goals import GOALS, Goal

#: Called with a sentence for the user.
Warn = Callable[[str], None]

#: Frames looked at together: their mean, or their share within the goal, has to reach it; how often that is looked at.
WINDOW, EVERY = 100, 25
#: Frames for which a kind of fault is not told of again, and how many warnings a clip gives at most.
_PAUSE, _MOST = 250, 20
#: Frames before one that say what is usual there, and the fewest that do.
_USUAL, _LEAST = 25, 8
#: A drop in likeness by so many dB is a spike where it goes under the goal of the mean;
_DROP = 6.0
#: a frame at most so much less alike than the target's own jumps with its target, as at a flash, and is not told of;
_WITH_TARGET = 3.0
#: so is so many times the usual jitter, from this share of the face width on.
_TIMES, _VISIBLE = 4.0, 0.01


def no_warning(text: str) -> None:
    """The callback that tells nobody."""


def likeness_spike(values: Sequence[float]) -> bool:
    """Whether a frame is suddenly less like the one before: under 21 dB, and 6 dB under the median of the 25 before it.

    Args:
        values: ``tpsnr`` up to the frame, dB, NaN where it has no meaning.
    """
    return values[-1] < GOALS["tpsnr"].low and values[-1] < _usual(values) - _DROP


def jitter_spike(values: Sequence[float]) -> bool:
    """Whether the landmarks jump: by over 1 % of the face width, and four times the median of the 25 frames before.

    Args:
        values: ``landmark_jitter`` up to the frame, NaN where it has no meaning.
    """
    return values[-1] > _VISIBLE and values[-1] > _TIMES * _usual(values)


def _usual(values: Sequence[float]) -> float:
    """Median of the known values among the frames before the last, NaN where there are too few."""
    before = np.array(values[-_USUAL - 1 : -1])
    known = before[~np.isnan(before)]
    return float(np.median(known)) if len(known) >= _LEAST else np.nan


#: The flicker of colour has no goal of its own; this much is seen.
_GOALS = {**GOALS, "photo_flicker": Goal("flicker of the colour along the seam, 8-bit levels", high=3.0)}
_SPIKES = {"tpsnr": likeness_spike, "landmark_jitter": jitter_spike}
_TARGET = "tpsnr_target"


@dataclass
class QualityMonitor:
    """Looks at the numbers of each frame as they come.

    It tells of a frame that jumps, of landmarks that jump, and of a measure that misses its goal over the last 100
    frames; each kind once in 250 frames at most, a measure again only after it has been good in between.

    Attributes:
        fps: frames a second, to name times.
        warn: told each warning.
        flicker: gives the columns ``alpha_flicker`` and ``photo_flicker`` of the last frames; called every 25 frames.
        told: all warnings so far.
        spikes: how many frames so far were a spike of ``tpsnr`` and of ``landmark_jitter``.
    """

    fps: Fraction
    warn: Warn = no_warning
    flicker: Callable[[], Mapping[str, np.ndarray]] = dict
    told: list[str] = field(default_factory=list)
    spikes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_SPIKES, 0))
    _recent: dict[str, deque[float]] = field(default_factory=dict, repr=False)
    _last: dict[str, int] = field(default_factory=dict, repr=False)
    _missing: set[str] = field(default_factory=set, repr=False)

    def add(self, rows: Sequence[int], numbers: Mapping[str, np.ndarray]) -> None:
        """Look at one batch.

        Args:
            rows: output frames, in order.
            numbers: columns of the report, ``[B]`` each; those without a goal and a spike are passed over.
        """
        watched = {name: values.tolist() for name, values in numbers.items() if name in (*GOALS, *_SPIKES, _TARGET)}
        for index, row in enumerate(rows):
            for name, values in watched.items():
                self._recent.setdefault(name, deque(maxlen=WINDOW)).append(values[index])
            self._look_for_spikes(row)
            if (row + 1) % EVERY == 0:
                self._look_back(row)

    def summary(self) -> dict[str, int]:
        """``tpsnr_spikes`` and ``landmark_jitter_spikes``: frames."""
        return {f"{name}_spikes": count for name, count in self.spikes.items()}

    def _look_for_spikes(self, row: int) -> None:
        recent = {name: list(self._recent.get(name, [np.nan])) for name in _SPIKES}
        found = {name: spike(recent[name]) for name, spike in _SPIKES.items()}
        likeness, jitter = (values[-1] for values in recent.values())
        with_target = likeness >= self._recent.get(_TARGET, [np.nan])[-1] - _WITH_TARGET
        found["tpsnr"] &= not with_target
        for name, spike in found.items():
            self.spikes[name] += spike
        if found["tpsnr"] or (likeness < GOALS["tpsnr_min"].low and not with_target):
            self._tell("jump", row, f"the mouth jumps ({likeness:.1f} dB against the frame before)")
        if found["landmark_jitter"]:
            self._tell("jitter", row, f"the landmarks jump by {100 * jitter:.1f} % of the face width")

    def _look_back(self, row: int) -> None:
        """Compare the last frames with the goals."""
        for name, values in {**self._recent, **self.flicker()}.items():
            known = np.array(values)[~np.isnan(values)]
            if name not in _GOALS or len(known) < WINDOW // 2:
                continue
            fault = _fault(name, _GOALS[name], known)
            if not fault:
                self._missing.discard(name)
            elif name not in self._missing and self._tell(name, row, fault):
                self._missing.add(name)

    def _tell(self, kind: str, row: int, text: str) -> bool:
        """Warn, unless that was done lately; whether it was done."""
        if len(self.told) >= _MOST or row - self._last.get(kind, -_PAUSE) < _PAUSE:
            return False
        self._last[kind] = row
        self.told.append(f"frame {row} ({float(row / self.fps):.2f} s): {text}")
        self.warn(self.told[-1])
        return True


def _fault(name: str, goal: Goal, values: np.ndarray) -> str:
    """What the values of a measure over the last frames miss, in words; empty where they are good."""
    mean, outside = values.mean(), 1 - goal.met(values).mean()
    if goal.share is None:
        return "" if goal.met(mean) else f"{name} is {mean:.3g} over the last {len(values)} frames ({goal.text()})"
    if outside <= 1 - goal.share:
        return ""
    allowed = 100 * (1 - goal.share)
    return f"{100 * outside:.0f} % of the last {len(values)} frames miss {name} {goal.range_text()} ({allowed:.0f} % may)"
