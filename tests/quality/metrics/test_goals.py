"""Goals: their ranges, what counts as met, and how they are told."""

from __future__ import annotations

import numpy as np
from seamsync.quality.metrics.goals import failed, goal_of, measured
from seamsync.quality.metrics.registry import METRICS, goals

GOALS = goals()


def test_goals_say_what_they_are_of() -> None:
    """Each has a phrase and an end; ranges take both ends in."""
    assert all(METRICS[name].phrase and (np.isfinite(goal.low) or np.isfinite(goal.high)) for name, goal in GOALS.items())
    assert GOALS["sharpness_ratio"].met(np.array([0.79, 0.8, 1.25, 1.26])).tolist() == [False, True, True, False]


def test_strain_counts_the_end_of_the_range_as_one() -> None:
    """From the ideal outwards, on both sides; without end where there is no room, without meaning for NaN."""
    sharp, fold, like = GOALS["sharpness_ratio"], GOALS["fold"], GOALS["tpsnr_min"]
    np.testing.assert_allclose(sharp.normalized_error(np.array([1.0, 0.8, 1.25, 0.6, 3.0, np.nan])), [0, 1, 1, 2, 4, 0])
    assert fold.normalized_error(np.array([0.0, 1e-3])).tolist() == [0, 4]
    np.testing.assert_allclose(like.normalized_error(np.array([50.0, 40.0, 28.0, 16.0])), [0, 0, 0.5, 1])


def test_goals_in_signs() -> None:
    """One end, two, and the share of frames."""
    told = [GOALS[name].text() for name in ("seam_step", "tpsnr", "sharpness_ratio", "gradient_mismatch")]
    assert told == ["≤ 0.25", "≥ 21", "0.8…1.25", "≤ 0.12 on 95 % of frames"]


def test_a_goal_that_the_target_misses_is_eased() -> None:
    """To the target's own number and half a decibel, either way; not where the target meets it, nor where it is unknown."""
    spread, least = "tpsnr_deviation", "tpsnr_min"
    assert failed({spread: 4.4, f"{spread}_target": 4.0}) == []
    assert failed({spread: 4.6, f"{spread}_target": 4.0}) == [spread]
    assert failed({spread: 3.1, f"{spread}_target": 2.9}) == [spread]
    assert failed({spread: 3.1, f"{spread}_target": np.nan}) == failed({spread: 3.1}) == [spread]
    assert failed({least: 14.6, f"{least}_target": 15.0}) == []
    assert failed({least: 14.4, f"{least}_target": 15.0}) == [least]
    assert failed({"seam_step": 0.3, "seam_step_target": 9.0}) == ["seam_step"]  # others know no excuse
    assert goal_of(spread, {f"{spread}_target": 4.0}).text() == "≤ 4.5"
    assert goal_of(least, {f"{least}_target": 20.0}).text() == "≥ 16"


def test_what_says_nothing_is_not_judged() -> None:
    """An offset of lips that do not go with the speech is told, but is neither met nor missed."""
    late = {"av_offset": 1.0, "av_correlation": 0.9}
    assert failed(late) == measured(late) == ["av_offset"]
    assert measured(late | {"av_correlation": 0.3}) == measured({"av_offset": 1.0}) == []
    assert failed({"av_offset": 0.0, "av_correlation": 0.9}) == []
    assert GOALS["av_offset"].text() == "0"
    np.testing.assert_allclose(GOALS["av_offset"].normalized_error(np.array([0.0, -1.0, 1.0])), [0, 4, 4])
