"""What a viewer shows beside the pictures: which frames, the metrics over time, the worst frames in words."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from ..quality.kept_masks import evenly_spaced
from ..quality.metrics.goals import Goal, failed, frame_goal
from ..quality.metrics.meter import COLUMNS, OTHERS
from ..quality.metrics.phrases import phrase
from ..quality.report.plots import bins
from ..quality.report.report import SeamReport

#: Faults told of a worst frame.
_FAULTS = 3


def shown_rows(report: SeamReport, most: int) -> np.ndarray:
    """Frames to show: the worst ones, the peak of every metric that has a goal, and evenly spaced ones whose mask is known.

    Args:
        report: of the clip.
        most: how many frames, more than the worst ones and the peaks.

    Returns:
        int64, ascending; all frames where there are no more than ``most``.
    """
    count = len(report)
    if count <= most:
        return np.arange(count)
    picked = {shot.frame for shot in report.shots} | set(_peaks(report.columns))
    masked = np.array([mask.frame for mask in report.masks], np.int64)
    choice = masked if len(masked) else np.arange(count)
    return np.array(sorted(picked | set(choice[evenly_spaced(len(choice), most - len(picked))].tolist())), np.int64)


def _peaks(columns: Mapping[str, np.ndarray]) -> list[int]:
    """The frame of each metric's farthest value, where it is out of its range."""
    found = []
    for name, goal in _goals(columns).items():
        strain = goal.normalized_error(columns[name])
        if strain.max(initial=0) > 1:
            found.append(int(strain.argmax()))
    return found


def _goals(columns: Mapping[str, np.ndarray]) -> dict[str, Goal]:
    return {name: goal for name in COLUMNS if name in columns and (goal := frame_goal(name))}


def timelines(report: SeamReport) -> list[dict[str, Any]]:
    """Every metric that has values, those that miss their goal first.

    Returns:
        A dict each: ``name``, ``what`` (a phrase), ``goal`` (of one frame, in signs), ``low`` and ``high`` (ends of the
        goal's range or None), ``missed``, ``values`` (one a bin of :func:`~seamsync.quality.report.plots.bins`, the farthest
        from the ideal; None where there is none) and ``at`` (the frame of each).
    """
    missed = set(failed(report.summary))
    names = [name for name in (*COLUMNS, *OTHERS) if name in report.columns and not np.isnan(report.columns[name]).all()]
    return [_timeline(name, report, name in missed) for name in sorted(names, key=lambda name: name not in missed)]


def _timeline(name: str, report: SeamReport, missed: bool) -> dict[str, Any]:
    values, goal = np.asarray(report.columns[name], np.float64), frame_goal(name)
    strain = np.abs(values) if goal is None else goal.normalized_error(values)
    strain = np.where(np.isnan(values), -1.0, strain)
    edges = bins(len(values))
    at = np.array([first + int(strain[first:end].argmax()) for first, end in pairwise(edges)])
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
    """The worst frames, the worst first: ``frame`` and ``faults``, what is most out of its range."""
    told = []
    for shot in report.shots:
        if not shot.typical:
            strains = {
                name: float(goal.normalized_error(report.columns[name][shot.frame]))
                for name, goal in _goals(report.columns).items()
            }
            past = sorted((name for name in strains if strains[name] > 1), key=lambda name: -strains[name])[:_FAULTS]
            told.append({"frame": shot.frame, "faults": [_fault(name, report.columns[name][shot.frame]) for name in past]})
    return told


def _fault(name: str, value: float) -> str:
    goal = frame_goal(name)
    return f"{name.replace('_', ' ')} {value:.3g}" + (f" ({goal.range_text()})" if goal else "")


def _end(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else float(f"{value:.4g}")
