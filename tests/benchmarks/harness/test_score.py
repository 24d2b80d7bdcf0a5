"""The ranking of configurations: fewer goals missed wins, then the smaller distance; nothing is won by compositing nothing."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from seamsync.benchmarks.harness.score import CAP, WEIGHTS, Numbers, as_csv, as_table, misses, rank, ranked_numbers
from seamsync.quality.metrics.goals import failed
from seamsync.quality.metrics.registry import goals

JOB = ("clip", "96")
#: Every goal just met.
GOALS, TOLD = goals(), ranked_numbers()
GOOD = {name: goal.high if np.isfinite(goal.high) else goal.low for name, goal in GOALS.items()}
GOOD |= {f"{name}_{more}": value for name in GOALS for more, value in (("p95", GOOD[name]), ("within", 1.0))}
GOOD |= {"photo_flicker": 1.0, "av_correlation": 1.0}
BASE = GOOD | {"photo_flicker": 2.0, "seam_step": 1.0}


def test_goals_are_those_of_the_report() -> None:
    """What the report calls failed is missed here, whichever goal it is; and flicker not below the baseline's."""
    assert misses(GOOD, BASE) == {}
    for name, goal in GOALS.items():
        worse = GOOD[name] + (0.1 if np.isfinite(goal.high) else -0.1)
        numbers = GOOD | {name: worse, f"{name}_within": 0.5, f"{name}_p95": worse}
        assert list(misses(numbers, BASE)) == failed(numbers) == [name]
    assert misses(GOOD | {"photo_flicker": 3.0}, BASE) == {"photo_flicker": 0.5}
    assert list(misses(BASE, BASE)) == ["seam_step", "photo_flicker"]


def test_distance_is_in_units_of_the_goal() -> None:
    """Twice the goal is one unit, far past is the cap, and a weighted mean of all is the distance."""
    results: dict[str, Numbers] = {
        "double": {JOB: GOOD | {"seam_step": 0.5}},
        "far": {JOB: GOOD | {"skin_delta_e": 1e3}},
        "baseline": {JOB: BASE},
    }
    ranked = {one.name: one for one in rank(results)}
    whole = sum(WEIGHTS.get(name, 1.0) for name in TOLD)
    assert ranked["double"].distance == pytest.approx(2.0 / whole)
    assert ranked["far"].distance == pytest.approx(CAP / whole)
    assert ranked["double"].deltas["seam_step"] == pytest.approx(-0.5)
    assert ranked["double"].means["seam_step"] == 0.5
    assert {one.goals for one in ranked.values()} == {len(TOLD)}


def test_fewer_misses_come_first_then_the_smaller_distance() -> None:
    """Over all jobs together; equal ones stay in their order."""
    jobs = [("one", "96"), ("two", "96")]

    def _both(*numbers: dict[str, float]) -> dict[tuple[str, str], dict[str, float]]:
        return dict(zip(jobs, numbers, strict=True))

    near, wide = GOOD | {"seam_step": 0.26}, GOOD | {"seam_step": 0.5}
    results = {
        "baseline": _both(BASE, BASE),
        "two near": _both(near, near),
        "one wide": _both(GOOD, wide),
        "one near": _both(near, GOOD),
        "good": _both(GOOD, GOOD),
        "good again": _both(GOOD, GOOD),
    }
    assert [one.name for one in rank(results)] == ["good", "good again", "one near", "one wide", "two near", "baseline"]
    assert [one.missed for one in rank(results)] == [0, 0, 1, 1, 2, 4]


def test_compositing_nothing_wins_nothing() -> None:
    """Numbers that only the baseline has count as missed by as much as can be; those that nobody has do not count."""
    nothing = dict.fromkeys(GOOD, np.nan)
    ranked = rank({"nothing": {JOB: nothing}, "baseline": {JOB: BASE | {"lip_delta_e": np.nan}}})
    assert [one.name for one in ranked] == ["baseline", "nothing"]
    assert ranked[1].missed == len(TOLD) - 1
    assert ranked[1].distance == pytest.approx(CAP * (1 - 1 / sum(WEIGHTS.get(name, 1.0) for name in TOLD)))
    assert np.isnan(ranked[1].means["seam_step"])


def test_csv_and_table() -> None:
    """A row each with all numbers, empty where unknown; the table has the same order and the differences."""
    ranked = rank({"mine": {JOB: GOOD | {"fold": np.nan}}, "baseline": {JOB: BASE | {"fold": np.nan}}})
    more = {"detector_auc": {"mine": 0.61}}
    rows = list(csv.DictReader(io.StringIO(as_csv(ranked, more))))
    assert [row["configuration"] for row in rows] == ["mine", "baseline"]
    assert (rows[0]["rank"], rows[0]["detector_auc"], rows[1]["detector_auc"]) == ("1", "0.61", "")
    assert (rows[0]["seam_step"], rows[0]["seam_step - baseline"], rows[0]["fold"]) == ("0.25", "-0.75", "")
    table = as_table(ranked, more).splitlines()
    assert "detector_auc" in table[0]
    assert table[1].split()[:3] == ["1", "mine", f"0/{len(TOLD)}"]
    assert "(-0.75)" in table[2]
