"""The viewer's figures: no peak is lost, however long the clip."""

from __future__ import annotations

import numpy as np
from seamsync.browser.viewer_numbers import shown_rows, timelines, worst_words
from seamsync.quality.report.plots import BINS
from view_cases import PEAK, WORST, report


def test_the_frames_shown_are_few_and_the_right_ones() -> None:
    """All of a short clip; of a long one the worst, the peaks, and others evenly spaced among those with a mask."""
    np.testing.assert_array_equal(shown_rows(report(40), 40), np.arange(40))
    rows = shown_rows(report(400), 50)
    assert len(rows) <= 50
    assert {PEAK, WORST} <= set(rows.tolist())
    assert np.diff(rows).max() <= 2 * 400 / 48
    known = {mask.frame for mask in report(400).masks[::9]}
    some = shown_rows(report(400, masks=report(400).masks[::9]), 50)
    assert set(some.tolist()) - {PEAK, WORST} <= known


def test_timelines_keep_every_value_of_a_short_clip() -> None:
    """One bin a frame, None where there was no number; missed goals first, metrics without numbers left out."""
    told = report(40)
    told.columns["seam_step"] = np.full(40, np.nan)
    lines = timelines(told)
    assert [line["name"] for line in lines] == ["gradient_mismatch", "ring_ssim", "photo_flicker"]
    assert [line["missed"] for line in lines] == [True, False, False]
    assert [(line["low"], line["high"]) for line in lines] == [(None, 0.12), (0.97, None), (None, None)]
    for line in lines:
        values = told.columns[line["name"]]
        assert line["at"] == list(range(40))
        assert [value is None for value in line["values"]] == np.isnan(values).tolist()
        np.testing.assert_allclose([v for v in line["values"] if v is not None], values[~np.isnan(values)], rtol=1e-3)


def test_a_long_clip_loses_no_peak() -> None:
    """Bins hold several frames; the value told is the farthest from the goal, with the frame it is of."""
    count = 5 * BINS + 3
    line = timelines(report(count))[0]
    assert len(line["values"]) == len(line["at"]) == BINS
    best = int(np.argmax(line["values"]))
    assert (line["at"][best], line["values"][best]) == (PEAK, 0.9)
    assert (np.diff(line["at"]) > 0).all()


def test_worst_frames_are_told_in_words() -> None:
    """What is beyond its goal, the worst first; nothing where all is well."""
    told = report(40)
    assert worst_words(told) == [{"frame": WORST, "faults": []}]
    told.columns["gradient_mismatch"][WORST] = 0.31
    told.columns["ring_ssim"][WORST] = 0.5
    assert worst_words(told)[0]["faults"] == ["ring ssim 0.5 (≥ 0.97)", "gradient mismatch 0.31 (≤ 0.12)"]
