"""Scores of lip-sync in the reports of the two commands that make one, with a judge in the network's place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from paths import SAMPLE
from planted import FPS, SIZE, inspected, write
from seamsync.media.audio import Audio, load_audio
from seamsync.media.encode_options import EncodeSettings
from seamsync.media.video import VideoReader
from seamsync.models import weights
from seamsync.pipeline import LipSyncOptions, lipsync
from seamsync.quality import sync
from sync_clips import PlainJudge

COUNT, LATE = 48, 3


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[Audio]:
    """Stands in for the network: hears the level of each 40 ms, and remembers the speech it was given."""
    given: list[Audio] = []

    def _load(audio: Audio, device: torch.device, models: Path | None = None) -> PlainJudge:
        given.append(audio)
        return PlainJudge(audio.samples[0, 320::640])

    monkeypatch.setattr(sync, "load_judge", _load)
    return given


@pytest.mark.parametrize("start", [0.0, 0.4])
def test_inspect_finds_the_offset(tmp_path: Path, judged: list[Audio], start: float) -> None:
    """Speech and picture are compared from the same second on, wherever the inspection begins."""
    levels = np.random.default_rng(0).uniform(0.1, 0.9, COUNT + LATE)
    frames = np.full((COUNT, SIZE[1], SIZE[0], 3), 128.0)
    frames[:, :16, :16] = 255 * levels[:COUNT, None, None, None]
    clip, still = write(tmp_path / "a.mp4", frames, crf=None), np.zeros(COUNT)
    speech = Audio(np.repeat(levels[LATE:], 640)[None], 16000)
    report = inspected(clip, clip, still, still, audio=speech, span=(start, None))
    assert report.summary["sync_offset"] == LATE
    assert report.summary["lse_d"] == pytest.approx(0, abs=0.02)
    assert report.summary["sync_network"] == "plain"
    assert len(report.columns["lse_d"]) == COUNT - round(start * FPS)
    assert "lse_d" in report.to_json()
    assert judged[0].duration == pytest.approx(COUNT / FPS - start)


def test_inspect_without_speech_has_no_scores(tmp_path: Path, judged: list[Audio]) -> None:
    """Nothing is loaded for a clip that nobody gave speech for."""
    clip = write(tmp_path / "a.mp4", np.full((12, SIZE[1], SIZE[0], 3), 128.0), crf=None)
    report = inspected(clip, clip, np.zeros(12), np.zeros(12))
    assert "lse_d" not in report.summary
    assert judged == []


def test_lipsync_reports_scores(tmp_path: Path, judged: list[Audio]) -> None:
    """A row a frame of the result, from the frames as they are written."""
    if weights.status("facemesh")[0] != "present":
        pytest.skip("the facemesh weights are not on this machine; run: seamsync models get facemesh")
    face, speech = VideoReader(SAMPLE / "face.mp4", duration=0.8), load_audio(SAMPLE / "speech.wav", duration=0.8)
    options = LipSyncOptions(encode=EncodeSettings(preset="ultrafast"))
    report = lipsync(face, speech, tmp_path / "out.mp4", options=options).report
    assert len(report.columns["lse_d"]) == len(report.columns["frame"]) == 20
    assert np.isfinite(report.columns["lse_d"]).sum() >= 1
    assert report.summary["sync_network"] == "plain"
    assert judged[0].duration == pytest.approx(0.8, abs=0.01)
