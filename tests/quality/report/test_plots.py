"""The report's plots: lines, ticks, limits and marks in the right places."""

from __future__ import annotations

import re

import numpy as np
import pytest
from seamsync.quality.report.plots import BINS, bins, cuts, seam_plots, seconds


def points(line: str) -> np.ndarray:
    """Corners of a path, ``[n,2]``."""
    return np.array([[float(x), float(y)] for x, y in re.findall(r"[ML]([\d.]+) ([-\d.]+)", line)])


def test_a_line_passes_through_every_value() -> None:
    """Left to right in the middle of each frame's share; higher values higher up, by the scale that the ticks have."""
    values = np.array([0.0, 0.1, 0.3, 0.2])
    (plot,) = seam_plots({"gradient_mismatch": values}, [])
    corners = points(plot.line)
    np.testing.assert_allclose(corners[:, 0], [125, 375, 625, 875])
    places, told = np.array([place for place, _ in plot.ticks]), np.array([float(text) for _, text in plot.ticks])
    slope, start = np.polyfit(told, places, 1)
    np.testing.assert_allclose(corners[:, 1], start + slope * values, atol=0.02)
    np.testing.assert_allclose(plot.limits, [start + slope * 0.12], atol=0.02)
    assert plot.bad == [(0.0, plot.limits[0])]
    assert plot.goal == "≤ 0.12"
    assert plot.values == [0.0, 0.1, 0.3, 0.2]


def test_ranges_have_two_limits_and_lows_are_bad_below() -> None:
    """What is red is what misses the goal."""
    sharp, like = seam_plots({"sharpness_ratio": np.array([0.5, 1.5]), "ring_ssim": np.array([0.9, 1.0])}, [])
    if sharp.name != "sharpness_ratio":
        sharp, like = like, sharp
    assert [part[0] for part in sharp.bad] == [0.0, max(sharp.limits)]
    assert sum(sharp.bad[1]) == pytest.approx(100)
    assert like.bad == [(like.limits[0], pytest.approx(100 - like.limits[0]))]


def test_gaps_break_the_line() -> None:
    """A frame without a number is not drawn over, one alone is a dot."""
    (plot,) = seam_plots({"seam_step": np.array([0.1, np.nan, 0.2, np.nan, 0.1, 0.1])}, [0, 1])
    assert plot.line.count("M") == 3
    assert plot.line.count("h.1") == 3
    assert plot.values[1] is None
    assert [mark[2] for mark in plot.marks] == [1]


def test_marks_lie_on_the_line_and_know_what_is_past_the_goal() -> None:
    """In the order of the worst frames."""
    values = np.linspace(0, 0.5, 11)
    (plot,) = seam_plots({"seam_step": values}, [10, 2])
    corners = points(plot.line)
    for (x, y, _, _), frame in zip(plot.marks, (10, 2), strict=True):
        np.testing.assert_allclose([x * 10, y], corners[frame], atol=0.06)
    assert [(number, past) for _, _, number, past in plot.marks] == [(1, True), (2, False)]


def test_long_clips_keep_their_extremes_in_a_short_line() -> None:
    """An hour has no more points than a minute, and one bad frame is still seen."""
    values = np.full(90_000, 0.01)
    values[44_321] = 0.9
    (plot,) = seam_plots({"seam_step": values}, [])
    assert len(points(plot.line)) <= 2 * BINS
    assert len(plot.line) < 30_000
    assert max(value for value in plot.values if value is not None) == 0.9
    edges = bins(90_000)
    assert len(edges) == BINS + 1
    assert edges[0] == 0
    assert edges[-1] == 90_000


def test_unmeasured_metrics_have_no_plot() -> None:
    """Nor has a column that is no metric."""
    assert seam_plots({"seam_step": np.full(5, np.nan), "face_width": np.arange(5.0)}, []) == []


@pytest.mark.parametrize("value", [0.0, 0.02, 30.0])
def test_a_constant_has_room_around(value: float) -> None:
    """Even 0 everywhere with a goal of 0."""
    for name in ("fold", "landmark_jitter"):
        (plot,) = seam_plots({name: np.full(4, value)}, [])
        corners = points(plot.line)
        assert ((corners[:, 1] > 0) & (corners[:, 1] < 100)).all()
        assert plot.ticks


def test_cuts_and_seconds() -> None:
    """Cuts stand between the frames; seconds are round."""
    assert cuts(np.array([0, 0, 1, 1])) == [50.0]
    assert cuts(np.zeros(4)) == []
    short, long = (seconds(np.arange(n) / 25) for n in (125, 25 * 300))
    assert [text for _, text in short] == ["0 s", "1 s", "2 s", "3 s", "4 s"]
    assert short[1][0] == pytest.approx(100 * 25.5 / 125, abs=1e-3)
    assert [text for _, text in long] == ["0:00", "0:50", "1:40", "2:30", "3:20", "4:10"]
    assert seconds(np.array([0.0])) == []
