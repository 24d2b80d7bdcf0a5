"""Which goals a summary meets and which it misses."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .metric import Goal
from .registry import METRICS, goals


def goal_of(name: str, numbers: Mapping[str, float]) -> Goal:
    """Return the goal that a number of the summary is held to: relaxed if the clip's untouched target misses it.

    Raises:
        KeyError: the number has no goal.
    """
    return goals()[name].relaxed(_number(numbers, f"{name}_target"))


def is_relaxed(name: str, numbers: Mapping[str, float]) -> bool:
    """Return whether the goal of a number is wider than usual, because the untouched target misses it."""
    return METRICS[name].goal is not None and goal_of(name, numbers) != METRICS[name].goal


def failed(numbers: Mapping[str, float]) -> list[str]:
    """Return the names of the goals that a summary misses; a number that is unknown is not missed."""
    return [name for name in measured(numbers) if not reached(name, numbers)]


def measured(numbers: Mapping[str, float]) -> list[str]:
    """Return the names of the goals for which the summary has a number with a meaning."""
    return [name for name, goal in goals().items() if not np.isnan(_number(numbers, name)) and _has_meaning(goal, numbers)]


def reached(name: str, numbers: Mapping[str, float]) -> bool:
    """Return whether a number of the summary meets its goal."""
    goal = goal_of(name, numbers)
    return bool(goal.met(numbers[name]) if goal.share is None else numbers[f"{name}_within"] >= goal.share)


def _has_meaning(goal: Goal, numbers: Mapping[str, float]) -> bool:
    return goal.needs is None or _number(numbers, goal.needs[0]) >= goal.needs[1]


def _number(numbers: Mapping[str, float | None], name: str) -> float:
    value = numbers.get(name, np.nan)
    return np.nan if value is None else float(value)
