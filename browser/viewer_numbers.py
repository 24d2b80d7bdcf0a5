"""The numbers of a viewer: which frames to show, the metrics over time, the faults of the worst frames."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from ..quality.kept_masks import evenly_spaced
from ..quality.metrics.goals import failed
from ..quality.metrics.metric import Goal
from ..quality.metrics.registry import columns, frame_goal, phrase
from ..quality.report.plots import bins
from ..quality.report.report import SeamReport

#: Most faults named of a worst frame.
_FAULTS = 3


def shown_rows(report: SeamReport, most: int) -> np.ndarray:
    """Choose the frames to show: the worst, the peak of every metric with a goal, and evenly spaced ones with a known mask.

    Args:
        report: of the clip.
        most: number of frames, larger than that of worst frames and peaks.

    Returns:
        int64, ascending; all frames if there are no more than ``most``.
    """
    count = len(report)
    if count <= most:
        return np.arange(count)
    picked = {shot.frame for shot in report.shots} | set(_peaks(report.columns))
    masked = np.array([mask.frame for mask in report.masks], np.int64)
    choice = masked if len(masked) else np.arange(count)
    return np.array(sorted(picked | set(choice[evenly_spaced(len(choice), most - len(picked))].tolist())), np.int64)


def _peaks(values: Mapping[str, np.ndarray]) -> list[int]:
    """Return the frame of each metric's worst value, if that is out of the goal's range."""
    found = []
    for name, goal in _goals(values).items():
        errors = goal.normalized_error(values[name])
        if errors.max(initial=0) > 1:
            found.append(int(errors.argmax()))
    return found


def _goals(values: Mapping[str, np.ndarray]) -> dict[str, Goal]:
    """Return the goals of a single frame for the columns that the report has."""
    return {name: goal for name in columns() if name in values and (goal := frame_goal(name))}


def timelines(report: SeamReport) -> list[dict[str, Any]]:
    """Return every metric that has values, those that miss their goal first.

    Returns:
        A dict each: ``name``, ``what`` (its phrase), ``goal`` (of one frame, in signs), ``low`` and ``high`` (ends of the
        goal's range or None), ``missed``, ``values`` (one a bin of :func:`~seamsync.quality.report.plots.bins`, the farthest
        from the ideal; None if there is none) and ``at`` (the frame of each).
    """
    missed = set(failed(report.summary))
    names = [name for name in columns() if name in report.columns and not np.isnan(report.columns[name]).all()]
    return [_timeline(name, report, name in missed) for name in sorted(names, key=lambda name: name not in missed)]


def _timeline(name: str, report: SeamReport, missed: bool) -> dict[str, Any]:
    values, goal = np.asarray(report.columns[name], np.float64), frame_goal(name)
    errors = np.abs(values) if goal is None else goal.normalized_error(values)
    errors = np.where(np.isnan(values), -1.0, errors)
    edges = bins(len(values))
    at = np.array([first + int(errors[first:end].argmax()) for first, end in pairwise(edges)])
    return {
        "name": name,
        "what": phrase(name),
        "goal": goal.range_text() if goal else "",
        "low": _end(goal.low) if goal else None,
        "high": _end(goal.high) if goal else None,
        "missed": missed,
        "values": [_plain(value) for value in values[at]],
        "at": at.tolist(),
    }


def worst_words(report: SeamReport) -> list[dict[str, Any]]:
    """Return the worst frames, the worst first: ``frame``, and ``faults``, its metrics farthest out of range."""
    return [{"frame": shot.frame, "faults": _faults(report, shot.frame)} for shot in report.shots if not shot.typical]


def _faults(report: SeamReport, frame: int) -> list[str]:
    values = {name: report.columns[name][frame] for name in _goals(report.columns)}
    errors = {name: float(goal.normalized_error(values[name])) for name, goal in _goals(report.columns).items()}
    past = sorted((name for name in errors if errors[name] > 1), key=lambda name: -errors[name])
    return [_fault(name, values[name]) for name in past[:_FAULTS]]


def _fault(name: str, value: float) -> str:
    goal = frame_goal(name)
    return f"{name.replace('_', ' ')} {value:.3g}" + (f" ({goal.range_text()})" if goal else "")


def _end(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else float(f"{value:.4g}")
