"""Warns of a visible fault while the render still runs, so that a bad clip is noticed before its end."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from ..progress import Warn, no_warning
from .metrics.metric import Goal
from .metrics.registry import METRICS, columns, window_goal

#: Frames whose mean, or share within the goal, has to reach the goal; the goals are checked every so many frames.
WINDOW, EVERY = 100, 25
#: Frames for which a kind of fault is not reported again, and the most warnings of a clip.
_PAUSE, _MOST = 250, 20
_UNKNOWN = (np.nan,)


@dataclass
class QualityMonitor:
    """Checks the numbers of each frame as they come.

    Warns of spikes (:class:`~.metrics.metric.Spike`) and of metrics that miss their goal over the last 100 frames. Each
    kind is reported at most once in 250 frames, and a missed goal only again after it has been met.

    Attributes:
        fps: frames a second, to give times.
        warn: receives each warning.
        late_columns: gives the columns of the last frames that need several frames, as flicker; called every 25 frames.
        warnings: all warnings so far.
        spikes: number of spikes so far, by the metric's name.
    """

    fps: Fraction
    warn: Warn = no_warning
    late_columns: Callable[[], Mapping[str, np.ndarray]] = dict
    warnings: list[str] = field(default_factory=list)
    spikes: dict[str, int] = field(init=False)
    _recent: dict[str, deque[float]] = field(default_factory=dict, repr=False)
    _last: dict[str, int] = field(default_factory=dict, repr=False)
    _missing: set[str] = field(default_factory=set, repr=False)

    def __post_init__(self) -> None:
        self.spikes = dict.fromkeys((name for name, metric in METRICS.items() if metric.spike), 0)

    def add(self, rows: Sequence[int], numbers: Mapping[str, np.ndarray]) -> None:
        """Check one batch.

        Args:
            rows: output frames, in order.
            numbers: columns of the report, ``[B]`` each; those of no metric are not used.
        """
        watched = {name: values.tolist() for name, values in numbers.items() if name in columns()}
        for index, row in enumerate(rows):
            for name, values in watched.items():
                self._recent.setdefault(name, deque(maxlen=WINDOW)).append(values[index])
            self._check_spikes(row)
            if (row + 1) % EVERY == 0:
                self._check_goals(row)

    def summary(self) -> dict[str, int]:
        """Return the number of frames with a spike, as ``NAME_spikes``."""
        return {f"{name}_spikes": count for name, count in self.spikes.items()}

    def _check_spikes(self, row: int) -> None:
        for name in self.spikes:
            spike = METRICS[name].spike
            values = list(self._recent.get(name, _UNKNOWN))
            target = list(self._recent.get(f"{name}_target", _UNKNOWN))
            if spike is None:
                continue
            found = bool(spike.found(values, target))
            self.spikes[name] += found
            if found or spike.severe(values, target):
                self._report(f"{name} spike", row, spike.text(values[-1]))

    def _check_goals(self, row: int) -> None:
        """Compare the last frames with the goals."""
        for name, values in {**self._recent, **self.late_columns()}.items():
            known, goal = np.array(values)[~np.isnan(values)], window_goal(name)
            if goal is None or len(known) < WINDOW // 2:
                continue
            fault = _fault(name, goal, known)
            if not fault:
                self._missing.discard(name)
            elif name not in self._missing and self._report(name, row, fault):
                self._missing.add(name)

    def _report(self, kind: str, row: int, text: str) -> bool:
        """Warn, unless this kind was reported lately or there were too many warnings; return whether it was done."""
        if len(self.warnings) >= _MOST or row - self._last.get(kind, -_PAUSE) < _PAUSE:
            return False
        self._last[kind] = row
        self.warnings.append(f"frame {row} ({float(row / self.fps):.2f} s): {text}")
        self.warn(self.warnings[-1])
        return True


def _fault(name: str, goal: Goal, values: np.ndarray) -> str:
    """Return what a metric's values over the last frames miss, in words; empty if they meet the goal."""
    mean, outside = values.mean(), 1 - goal.met(values).mean()
    if goal.share is None:
        return "" if goal.met(mean) else f"{name} is {mean:.3g} over the last {len(values)} frames ({goal.text()})"
    if outside <= 1 - goal.share:
        return ""
    allowed = 100 * (1 - goal.share)
    return f"{100 * outside:.0f} % of the last {len(values)} frames miss {name} {goal.range_text()} ({allowed:.0f} % may)"
