"""What the compositor says of its work."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch
from faces import face68, track_of
from seamsync.blending.composite import Compositor
from seamsync.blending.match.color import ColorGains
from seamsync.blending.plan import plan_seam
from seamsync.blending.settings import SeamSettings
from seamsync.media.clips import MouthClip
from seamsync.media.video import PlanarFrame, VideoInfo
from seamsync.quality.recorder import ReportRecorder
from seamsync.tracking.jitter import jitter_over_time
from seamsync.tracking.landmarks import STABLE
from seamsync.tracking.options import SmoothOptions
from seamsync.tracking.smooth import smooth_track


class GreyClip:
    """A grey frame."""

    def __init__(self, info: VideoInfo) -> None:
        self._info = info

    def frame(self) -> PlanarFrame:
        """A fresh one, with a bright bar across it."""
        info = self._info
        frame = PlanarFrame.blank(info.width, info.height, info.chroma, info.bit_depth, info.color)
        for plane in frame.planes:
            plane[...] = 128
        frame.y[:, 150:170] = 200
        return frame


def test_rows_summary_and_notes() -> None:
    """A row a frame with exact times; numbers where a frame was composited, NaN elsewhere; a note a reason."""
    info = VideoInfo("test", 320, 240, Fraction(30000, 1001), 3)
    mouths = MouthClip(
        patches=np.zeros((3, 3, 100, 160), np.uint8),
        to_frame=np.tile(np.array([[1.0, 0, 80], [0, 1.0, 130]]), (3, 1, 1)),
        active=np.array([True, False, True]),
        frames=np.array([0, 1, 2]),
        source={"name": "test"},
    )
    settings = SeamSettings()
    log = ReportRecorder()
    plan = plan_seam(track_of(np.stack([face68()] * 3)), mouths, settings, info)
    log.begin(plan, mouths, info)
    source = GreyClip(info)
    engine = Compositor(plan, mouths, settings, info, torch.device("cpu"))
    composed = engine.compose([2], [source.frame()])
    height, width = composed.alpha.shape[-2:]
    alpha, delta = torch.zeros(1, 1, height, width), torch.zeros(1, 3, height, width)
    alpha[..., : height // 2, :] = 1
    delta[..., : height // 2, :] = 0.2
    gains = ColorGains(np.eye(3), np.zeros(3), np.array([0.0, -3.0, 1.0]), full_scale=100.0)
    log.add([2], replace(composed, delta=delta, alpha=alpha, gains=[gains], columns={"poisson_residual": np.array([0.5])}))
    report = log.report(settings, mouths, ["from the reader"])
    assert report.columns["time"][2] == float(2 * Fraction(1001, 30000))
    assert report.columns["status"].tolist() == ["composited", "left alone", "composited"]
    np.testing.assert_allclose(report.columns["mask_share"], [np.nan, np.nan, 0.5], atol=0.01)
    np.testing.assert_allclose(report.columns["poisson_residual"], [np.nan, np.nan, 0.5])
    assert report.columns["gradient_mismatch"][2] > 0
    assert report.summary["gradient_mismatch"] == report.columns["gradient_mismatch"][2]
    assert np.isnan(report.columns["gradient_mismatch"][:2]).all()
    assert json.loads(report.to_json())["summary"]["tpsnr"] is None  # one frame has no other to be compared with
    np.testing.assert_allclose(report.columns["mean_change"][2], 0.2, atol=1e-6)
    np.testing.assert_allclose(report.columns["color_shift"][2], 0.03)
    assert report.summary["frames"] == 3
    assert report.notes == ("from the reader", "1 of 3 frames keep their original pixels: left alone")
    assert report.settings["generator"] == {"name": "test"}
    (shot,) = report.shots  # the only composited frame is the worst one
    assert (shot.frame, shot.severity) == (2, report.columns["severity"][2])
    assert shot.target.shape == (height, width, 3) == shot.result.shape
    assert (shot.alpha[: height // 2] == 255).all()
    assert shot.result[0, 0].astype(int) - shot.target[0, 0] == pytest.approx([51] * 3, abs=1)
    np.testing.assert_allclose(report.columns["landmark_jitter"], [0, np.nan, 0], atol=1e-6)
    assert report.summary["tpsnr_spikes"] == 0


def test_the_track_and_the_lips_are_told_of() -> None:
    """Tremble before and after smoothing on a resting head, and lips a frame late, without a pixel composited."""
    count = 60
    info, random = VideoInfo("test", 320, 240, Fraction(25), count), np.random.default_rng(0)
    driven = np.abs(np.sin(np.arange(count) / 3)) * 0.08
    mouths = MouthClip(
        patches=np.zeros((count, 3, 100, 160), np.uint8),
        to_frame=np.tile(np.array([[1.0, 0, 80], [0, 1.0, 130]]), (count, 1, 1)),
        active=np.arange(count) != 7,
        frames=np.arange(count)[::-1].copy(),
        landmarks=np.stack([face68(opening=float(o)) for o in np.roll(driven, 1)]),
        curves={"opening": driven},
    )
    measured = track_of((face68() + random.normal(0, 0.4, (count, 68, 2))).astype(np.float32))
    for track, raw in ((measured, False), (smooth_track(measured, SmoothOptions()), True)):
        log = ReportRecorder()
        log.begin(plan_seam(track, mouths, SeamSettings(), info), mouths, info)
        report = log.report(SeamSettings(), mouths)
        assert report.summary["av_offset"] == 1
        assert "av_offset" in report.failed()
        assert ("landmark_jitter_ratio" in report.summary) == ("landmark_jitter_raw" in report.columns) == raw
    before = jitter_over_time(measured, STABLE)[::-1]
    np.testing.assert_allclose(np.delete(report.columns["landmark_jitter_raw"], 7), np.delete(before, 7), rtol=1e-6)
    assert np.isnan(report.columns["landmark_jitter_raw"][7])
    assert report.columns["still"].tolist() == (np.arange(count) != 7).tolist()
    assert report.summary["landmark_jitter_ratio"] == pytest.approx(
        report.summary["landmark_jitter"] / report.summary["landmark_jitter_raw"]
    )
    assert report.summary["landmark_jitter_ratio"] < 0.25


def test_faults_are_told_while_the_stream_runs() -> None:
    """A mouth that flashes is warned of before the next frame is composited, and stands in the report."""
    count = 12
    info, settings = VideoInfo("test", 320, 240, Fraction(25), count), SeamSettings()
    patches = np.full((count, 3, 100, 160), 128, np.uint8)
    patches[10] = 255
    mouths = MouthClip(
        patches=patches,
        to_frame=np.tile(np.array([[1.0, 0, 80], [0, 1.0, 130]]), (count, 1, 1)),
        active=np.ones(count, bool),
        frames=np.arange(count),
        source={"name": "test"},
    )
    told: list[str] = []
    log, source = ReportRecorder(warn=told.append), GreyClip(info)
    plan = plan_seam(track_of(np.stack([face68()] * count)), mouths, settings, info)
    log.begin(plan, mouths, info)
    engine = Compositor(plan, mouths, settings, info, torch.device("cpu"))
    for index in range(count):
        composed = engine.compose([index], [source.frame()])
        if index == 10:
            bright = torch.where(composed.alpha > 0.5, 1 - composed.target, 0)
            composed = replace(composed, delta=bright)
        log.add([index], composed)
        assert len(told) == (index >= 10)
    assert told[0].startswith("frame 10 (0.40 s): the mouth jumps (")
    report = log.report(settings, mouths)
    assert report.warnings == tuple(told)
    assert report.shots[0].frame == 10


def test_overspill_is_not_told_of_a_fade() -> None:
    """Original lips that show because the mouth fades in are meant to; where it is seen in full, they count."""
    info = VideoInfo("test", 320, 240, Fraction(25), 2)
    mouths = MouthClip(
        patches=np.zeros((2, 3, 100, 160), np.uint8),
        to_frame=np.tile(np.array([[1.0, 0, 80], [0, 1.0, 130]]), (2, 1, 1)),
        active=np.ones(2, bool),
        frames=np.arange(2),
        opacity=np.array([0.4, 1.0], np.float32),
    )
    settings = SeamSettings()
    plan = plan_seam(track_of(np.stack([face68()] * 2)), mouths, settings, info)
    log = ReportRecorder()
    log.begin(plan, mouths, info)
    engine, source = Compositor(plan, mouths, settings, info, torch.device("cpu")), GreyClip(info)
    composed = engine.compose([0, 1], [source.frame(), source.frame()])
    log.add([0, 1], replace(composed, alpha=composed.alpha * 0.4))
    assert np.isnan(log.columns["overspill"][0])
    assert log.columns["overspill"][1] > 0.9
