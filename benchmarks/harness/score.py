"""Which configuration is best: goals missed first, then how far past the goals, over all clips and mouths.

Every job (a clip, a kind of mouth, a configuration) is compared with the goals of docs/architecture.md §7 and, for
``photo_flicker``, with the baseline of the same clip and mouths. It must be below the baseline, which so misses it itself.
A number that could not be measured, where the baseline's could, counts as missed.
Ranked is by goals missed, in all; between equals by the distance, the mean over jobs of what lies past each goal, in the
goal's own unit, at most :data:`CAP` of them, times its weight.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...quality.metrics.goals import goal_of, measured, reached
from ...quality.metrics.metric import Goal
from ...quality.metrics.registry import goals
from .configs import BASELINE

#: (clip, mouths) → numbers of :func:`~...quality.metrics.meter.summary`.
Numbers = Mapping[tuple[str, str], Mapping[str, float]]

FLICKER = "photo_flicker"
#: How far past a goal still makes a difference, in the goal's unit.
CAP = 5.0
#: What counts as one unit past the goal where that is not the goal itself.
UNITS = {"ring_ssim": 0.03, "fold": 0.01, "sharpness_ratio": 0.2, "tpsnr": 3.0, "tpsnr_min": 3.0, "av_offset": 1.0}
#: What the eye goes to counts twice; the steadiness of the whole face is mostly the clip's own.
WEIGHTS = {
    **dict.fromkeys(("gradient_mismatch", "seam_step", "ring_ssim", FLICKER), 2.0),
    **dict.fromkeys(("tpsnr", "tpsnr_deviation", "tpsnr_min", "tpsnr_below_16"), 0.25),
}


@dataclass(frozen=True)
class Standing:
    """One line of the ranking.

    Attributes:
        name: the configuration.
        goals: all goals of all its jobs.
        missed: how many of them it misses.
        distance: past the goals, weighted; 0 is all met.
        means: of every number of :func:`ranked`, over the jobs that have it.
        deltas: mean difference to the baseline's, over the jobs where both have it.
    """

    name: str
    goals: int
    missed: int
    distance: float
    means: dict[str, float]
    deltas: dict[str, float]


def ranked_numbers() -> tuple[str, ...]:
    """Return the names of the numbers that are ranked: those with a goal, and the flicker."""
    return (*dict.fromkeys([*goals(), FLICKER]),)


def rank(results: Mapping[str, Numbers]) -> list[Standing]:
    """The configurations, best first; equal ones in the order given.

    Args:
        results: configuration → its jobs; :data:`~.configs.BASELINE` is one of them, and all have its jobs.
    """
    baseline = results[BASELINE]
    return sorted((_standing(name, jobs, baseline) for name, jobs in results.items()), key=lambda s: (s.missed, s.distance))


def misses(numbers: Mapping[str, float], baseline: Mapping[str, float]) -> dict[str, float]:
    """Goals of one job that are missed → how far past, in units up to :data:`CAP`."""
    found = {}
    for name in ranked_numbers():
        past = _past(name, numbers, baseline)
        if past is not None:
            found[name] = min(past, CAP)
    return found


def _past(name: str, numbers: Mapping[str, float], baseline: Mapping[str, float]) -> float | None:
    """Units past one goal; None where it is met, or nothing is known of it."""
    value, other = numbers.get(name, np.nan), baseline.get(name, np.nan)
    if np.isnan(value):
        return None if np.isnan(other) else CAP
    if name == FLICKER:
        return None if value < other or np.isnan(other) else value / max(other, 1e-9) - 1
    if name not in measured(numbers) or reached(name, numbers):
        return None
    goal = goal_of(name, numbers)
    value = value if goal.share is None else numbers[f"{name}_p95"]
    return float(max(value - goal.high, goal.low - value, 0.0)) / _unit(name, goal)


def _unit(name: str, goal: Goal) -> float:
    """Return what counts as one unit past a goal: that of :data:`UNITS`, or the goal itself."""
    return UNITS.get(name) or abs(goal.high if np.isfinite(goal.high) else goal.low) or 1.0


def _standing(name: str, jobs: Numbers, baseline: Numbers) -> Standing:
    past = [misses(numbers, baseline[job]) for job, numbers in jobs.items()]
    weight = sum(WEIGHTS.get(goal, 1.0) for goal in ranked_numbers())
    distances = [sum(WEIGHTS.get(goal, 1.0) * units for goal, units in one.items()) / weight for one in past]
    values = {key: np.array([numbers.get(key, np.nan) for numbers in jobs.values()]) for key in ranked_numbers()}
    theirs = {key: np.array([baseline[job].get(key, np.nan) for job in jobs]) for key in ranked_numbers()}
    return Standing(
        name=name,
        goals=len(ranked_numbers()) * len(jobs),
        missed=sum(len(one) for one in past),
        distance=float(np.mean(distances)) if distances else 0.0,
        means={key: _mean(values[key]) for key in ranked_numbers()},
        deltas={key: _mean(values[key] - theirs[key]) for key in ranked_numbers()},
    )


def _mean(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else np.nan


def as_csv(standings: Sequence[Standing], more: Mapping[str, Mapping[str, float]]) -> str:
    """A line a configuration: rank, goals, distance, means, differences to the baseline, and ``more`` columns.

    Args:
        standings: of :func:`rank`.
        more: column → configuration → number; missing ones stay empty.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    deltas = [f"{key} - {BASELINE}" for key in ranked_numbers()]
    writer.writerow(["rank", "configuration", "goals", "missed", "distance", *ranked_numbers(), *deltas, *more])
    for place, one in enumerate(standings, 1):
        extra = [column.get(one.name, np.nan) for column in more.values()]
        numbers = [one.distance, *one.means.values(), *one.deltas.values(), *extra]
        writer.writerow([place, one.name, one.goals, one.missed, *(_text(number) for number in numbers)])
    return text.getvalue()


def as_table(standings: Sequence[Standing], more: Mapping[str, Mapping[str, float]]) -> str:
    """The same for a terminal: means, and below each in brackets the difference to the baseline."""
    shown = [name for name in ranked_numbers() if not name.startswith("tpsnr_")]
    head = ["", "configuration", "missed", "distance", *shown, *more]
    lines = [head]
    for place, one in enumerate(standings, 1):
        extra = [_text(column.get(one.name, np.nan), 3) for column in more.values()]
        means = [_text(one.means[name], 3) for name in shown]
        lines.append([str(place), one.name, f"{one.missed}/{one.goals}", _text(one.distance, 3), *means, *extra])
        if one.name != BASELINE:
            change = [f"({one.deltas[name]:+.2g})" if np.isfinite(one.deltas[name]) else "" for name in shown]
            lines.append(["", "", "", "", *change, *[""] * len(more)])
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)


def _text(number: float, digits: int = 6) -> str:
    return "" if np.isnan(number) else f"{number:.{digits}g}"
