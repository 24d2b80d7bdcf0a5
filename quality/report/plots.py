"""The report's plots: a metric over time as the points of a line, in shares of the plot's width and height."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..metrics.metric import Goal
from ..metrics.registry import columns as metric_columns
from ..metrics.registry import frame_goal

#: Bins of a line. A bin of a longer clip holds several frames, of which the lowest and the highest value are drawn.
BINS = 800
#: Width and height of a plot in its own units.
WIDTH, HEIGHT = 1000.0, 100.0
#: Margin above and below the values, a share of their range.
_MARGIN = 0.06


@dataclass(frozen=True)
class Plot:
    """One metric over time. Positions are per cent of the plot's width, from the left, and of its height, from the top.

    Attributes:
        name: of the metric.
        goal: of one frame, in signs; empty: none.
        line: SVG path of the line, in :data:`WIDTH` × :data:`HEIGHT` units; it breaks at missing values.
        limits: positions of the ends of the goal's range.
        bad: parts of the height (top, height) that are out of the range.
        ticks: (position, text) of the values on the axis.
        marks: (position across, position down, number of the picture, whether it is out of range).
        values: one a bin, the farthest from the ideal; None: none.
    """

    name: str
    goal: str
    line: str
    limits: list[float]
    bad: list[tuple[float, float]]
    ticks: list[tuple[float, str]]
    marks: list[tuple[float, float, int, bool]]
    values: list[float | None]


def seam_plots(columns: Mapping[str, np.ndarray], worst: Sequence[int]) -> list[Plot]:
    """Return a plot of every metric that has values.

    Args:
        columns: of the report, ``[T]`` each.
        worst: frames to mark, the worst first.
    """
    names = [name for name in metric_columns() if name in columns and not np.isnan(columns[name]).all()]
    return [_plot(name, np.asarray(columns[name], np.float64), worst) for name in names]


def cuts(scene: np.ndarray) -> list[float]:
    """Return where scenes begin, per cent of the width."""
    return [round(100 * (int(cut) + 1) / len(scene), 3) for cut in np.flatnonzero(np.diff(scene))]


def seconds(times: np.ndarray) -> list[tuple[float, str]]:
    """Return the ticks of the time axis: (position, text: ``1:05`` or ``2.5 s``)."""
    if len(times) < 2:
        return []
    step = float(times[1] - times[0])
    length = float(times[-1]) + step
    shown = [tick for tick in _ticks(0.0, length, 6) if tick <= 0.97 * length]
    texts = [f"{int(t // 60)}:{t % 60:02.0f}" if length >= 60 else f"{t:g} s" for t in shown]
    return [(round(100 * (t + step / 2) / length, 3), text) for t, text in zip(shown, texts, strict=True)]


def bins(length: int) -> np.ndarray:
    """Return the first frame of each bin, and the end of the last: int64 ``[B+1]``."""
    return np.linspace(0, length, min(length, BINS) + 1).astype(np.int64)


def _plot(name: str, values: np.ndarray, worst: Sequence[int]) -> Plot:
    goal = frame_goal(name)
    limits = [end for end in (goal.low, goal.high) if np.isfinite(end)] if goal else []
    low, high = _range(values, limits)
    edges = bins(len(values))
    parts = [part[~np.isnan(part)] for part in np.split(values, edges[1:-1])]

    def _down(value: float) -> float:
        return round(100 * (high - value) / (high - low), 3)

    marks = [
        (
            round(100 * (frame + 0.5) / len(values), 3),
            _down(values[frame]),
            number,
            bool(goal and goal.normalized_error(values[frame]) > 1),
        )
        for number, frame in enumerate(worst, 1)
        if not np.isnan(values[frame])
    ]
    return Plot(
        name=name,
        goal=goal.range_text() if goal else "",
        line=_line(parts, lambda value: HEIGHT / 100 * _down(value)),
        limits=[_down(end) for end in limits],
        bad=_outside(goal, _down) if goal else [],
        ticks=[(_down(tick), f"{tick:.4g}") for tick in _ticks(low, high, 3)],
        marks=marks,
        values=[_farthest(part, goal) for part in parts],
    )


def _range(values: np.ndarray, limits: Sequence[float]) -> tuple[float, float]:
    """Return the range of the plot: all values and the ends of the goal, with a margin."""
    both = [float(np.nanmin(values)), float(np.nanmax(values)), *limits]
    low, high = min(both), max(both)
    margin = _MARGIN * (high - low) or 0.5 * abs(high) or 1.0
    return low - margin, high + margin


def _ticks(low: float, high: float, count: int) -> list[float]:
    """Return about ``count`` round numbers between: multiples of 1, 2 or 5 times a power of ten."""
    rough = (high - low) / count
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(float(power * size) for size in (1, 2, 5, 10) if power * size >= rough * 0.999)
    first = int(np.ceil(low / step))
    return [round(k * step, 10) for k in range(first, int(np.floor(high / step)) + 1)]


def _outside(goal: Goal, down: Callable[[float], float]) -> list[tuple[float, float]]:
    above = [(0.0, down(goal.high))] if np.isfinite(goal.high) else []
    below = [(down(goal.low), round(100 - down(goal.low), 3))] if np.isfinite(goal.low) else []
    return above + below


def _line(parts: Sequence[np.ndarray], place: Callable[[float], float]) -> str:
    """Return the path through the lowest and highest value of each bin; an empty bin breaks it."""
    out, drawing = [], False
    for index, part in enumerate(parts):
        if len(part) == 0:
            drawing = False
            continue
        x = (index + 0.5) / len(parts) * WIDTH
        for value in dict.fromkeys((float(part.min()), float(part.max()))):
            # Each start draws a dot's length: a value between two gaps stays visible.
            out.append(f"{'L' if drawing else 'M'}{x:.1f} {place(value):.2f}" + ("" if drawing else "h.1"))
            drawing = True
    return "".join(out)


def _farthest(part: np.ndarray, goal: Goal | None) -> float | None:
    if len(part) == 0:
        return None
    errors = goal.normalized_error(part) if goal else part
    return float(f"{part[int(np.argmax(errors))]:.4g}")
