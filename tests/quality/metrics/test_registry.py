"""The registry: a metric is declared once, and everything that shows metrics follows from that entry."""

from __future__ import annotations

from fractions import Fraction

import metrics_page
import numpy as np
import pytest
import torch
from seam_scenes import chunk_of, composite, ellipse, picture
from seamsync.browser.viewer_numbers import timelines
from seamsync.cli.output import print_report
from seamsync.quality.metrics.goals import failed
from seamsync.quality.metrics.measurement import Measurement
from seamsync.quality.metrics.meter import SeamMeter, summary
from seamsync.quality.metrics.metric import Goal, Metric, Spike
from seamsync.quality.metrics.reductions import mean
from seamsync.quality.metrics.registry import METRICS, columns, frame_goal, goals, phrase, window_goal
from seamsync.quality.monitor import QualityMonitor
from seamsync.quality.report.report import SeamReport
from seamsync.quality.worst import severity

FRAMES = 60


def brightness(measurement: Measurement) -> torch.Tensor:
    """Return by how much the composite is brighter than the target, float32 ``[B]``."""
    return (measurement.composite - measurement.target).mean((1, 2, 3))


TOY = Metric(
    "toy_brightness",
    "added brightness, toy units",
    "toy units",
    goal=Goal(high=0.01),
    measure=brightness,
    reduce=mean,
    spike=Spike(lambda values, target: values[-1] > 0.05, lambda value: f"a toy flash of {value:.2f}"),
)


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Metric:
    """A metric that is added in one place."""
    monkeypatch.setitem(METRICS, TOY.name, TOY)
    return TOY


def report() -> SeamReport:
    """A report of a composite that is much too bright, as :class:`ReportRecorder` makes it."""
    meter, target, mask = SeamMeter(Fraction(25)), picture(0), ellipse()
    bright = composite(target, target + 0.2, mask)
    rows = [meter.add(chunk_of(first=t), target, bright, mask) for t in range(FRAMES)]
    found = {name: np.concatenate([row[name] for row in rows]) for name in rows[0]} | meter.finish()
    found |= {"scene": np.zeros(FRAMES, int), "time": np.arange(FRAMES) / 25}
    return SeamReport(found, summary(found))


def test_one_entry_gives_column_summary_and_goal(toy: Metric) -> None:
    """The column is measured, reduced, and held to its goal."""
    made = report()
    value = made.summary[toy.name]
    assert value == pytest.approx(made.columns[toy.name].mean())
    assert 0.01 < value < 0.2
    assert made.summary[f"{toy.name}_p95"] == pytest.approx(value)
    assert made.summary[f"{toy.name}_within"] == 0
    assert toy.name in failed(made.summary)
    assert toy.name in made.verdict()
    assert toy.name in made.to_csv().splitlines()[0]
    without = {name: values for name, values in made.columns.items() if name != toy.name}
    assert (severity(made.columns) > severity(without)).all()


def test_one_entry_gives_page_viewer_and_command(toy: Metric, capsys: pytest.CaptureFixture[str]) -> None:
    """With its phrase, its goal and its values."""
    made = report()
    page = made.to_html("toy")
    assert page.count(toy.name) > 2
    assert toy.phrase in page
    line = next(one for one in timelines(made) if one["name"] == toy.name)
    assert (line["what"], line["goal"], line["missed"]) == (toy.phrase, "≤ 0.01", True)
    print_report(made, [])
    assert any(text.startswith(toy.name) and text.endswith("≤ 0.01") for text in capsys.readouterr().out.splitlines())


def test_one_entry_gives_warnings(toy: Metric) -> None:
    """Of a missed goal and of a spike; the spikes are counted."""
    values = np.full(100, 0.02)
    values[10] = 0.3
    monitor = QualityMonitor(Fraction(25))
    monitor.add(range(100), {toy.name: values})
    assert monitor.warnings[0] == "frame 10 (0.40 s): a toy flash of 0.30"
    assert any(toy.name in text and text.endswith("(≤ 0.01)") for text in monitor.warnings)
    assert monitor.summary()[f"{toy.name}_spikes"] == 1


def test_entries_are_complete() -> None:
    """Names are those of the entries; what a goal needs and what is reduced exists; directions agree with the goals."""
    assert len({metric.phrase for metric in METRICS.values()}) == len(METRICS)
    for name, metric in METRICS.items():
        assert metric.name == name
        assert phrase(name) == metric.phrase
        assert not (metric.measure and metric.tracker), name
        assert (metric.reduce is not None) or not (metric.measure or metric.tracker), f"{name} is measured but not reduced"
        assert not metric.column or metric.column in columns()
        assert metric.goal is None or metric.goal.needs is None or metric.goal.needs[0] in METRICS
        ends = {"lower": (False, True), "higher": (True, False), "target": (True, True)}
        if metric.goal:
            assert (np.isfinite(metric.goal.low), np.isfinite(metric.goal.high)) == ends[metric.better or ""], name


def test_goals_of_a_frame_and_of_a_window() -> None:
    """Columns alone have them; they may differ from the clip's."""
    assert frame_goal("seam_step") == window_goal("seam_step") == goals()["seam_step"]
    assert frame_goal("tpsnr") == goals()["tpsnr_min"]
    assert window_goal("tpsnr") == goals()["tpsnr"]
    assert "photo_flicker" not in goals()
    assert window_goal("photo_flicker") == Goal(high=3.0)
    assert frame_goal("av_offset") is window_goal("av_offset") is frame_goal("no such column") is None
    assert phrase("no_such_column") == "no such column"


def test_an_unknown_column_is_not_watched() -> None:
    """A column that no metric declares gives no warning."""
    monitor = QualityMonitor(Fraction(25))
    monitor.add(range(100), {"mask_share": np.full(100, 1e9)})
    assert monitor.warnings == []


def test_the_page_of_metrics_is_current() -> None:
    """``docs/metrics.md`` is what tools/metrics_page.py writes."""
    assert metrics_page.PAGE.read_text(encoding="utf-8") == metrics_page.page()
