"""The meter of lip-sync: planted offsets at every frame rate, gaps and cuts, pieces, and what it keeps."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from faces import face68, track_of
from seamsync.media.audio import Audio
from seamsync.models import registry
from seamsync.models.syncnet.scores import sync_distances
from seamsync.quality.report.report import SeamReport
from seamsync.quality.sync import SyncMeter, SyncRecorder
from sync_clips import PlainJudge, grey_frame
from syncnet2_reference import random_state as papers_state
from syncnet_reference import random_state


def curve(count: int, seed: int = 0) -> np.ndarray:
    """Float64 ``[count]``, 0…1, never twice the same."""
    return np.random.default_rng(seed).uniform(0, 1, count)


def run(
    judge: PlainJudge,
    levels: np.ndarray,
    fps: Fraction = Fraction(25),
    *,
    scene: np.ndarray | None = None,
    seen: np.ndarray | None = None,
    given: np.ndarray | None = None,
) -> tuple[dict[str, np.ndarray], dict[str, float | str]]:
    """The meter over a clip of grey frames; ``given``: frames it gets to see."""
    count = len(levels)
    track = track_of(np.tile(face68(), (count, 1, 1)))
    track = replace(
        track, fps=fps, scene=track.scene if scene is None else scene, visible=track.visible if seen is None else seen
    )
    meter = SyncMeter(judge, track)
    for index in range(count) if given is None else given.tolist():
        meter.add(index, grey_frame(levels[index]))
    return meter.finish()


@pytest.mark.parametrize("fps", [Fraction(25), Fraction(24), Fraction(30000, 1001), Fraction(50), Fraction(60)], ids=str)
@pytest.mark.parametrize("late", [-7, 0, 3])
def test_planted_offset(fps: Fraction, late: int) -> None:
    """A picture that is so many frames (of 40 ms) late is found so, whatever the clip's rate."""
    speech = np.interp(np.arange(200), np.arange(0, 200, 3), curve(67))  # slow enough for 24 fps
    times = (np.arange(int(6 * fps)) + 0.5) / float(fps)
    levels = np.interp(times * 25 - 0.5 - late, np.arange(200) - 20, speech)
    columns, numbers = run(PlainJudge(speech[20:]), levels, fps)
    assert numbers["sync_offset"] == late
    assert isinstance(numbers["lse_c"], float)
    assert numbers["lse_c"] > 0.3
    assert len(columns["lse_d"]) == len(columns["lse_c"]) == len(levels)
    assert numbers["sync_network"] == "plain"


def test_batches_make_the_whole() -> None:
    """Streamed, the numbers are those of all embeddings at once, at the frame in the middle of each window."""
    speech, levels = curve(90), np.round(curve(100, 1) * 255) / 255
    judge = PlainJudge(speech)
    columns, numbers = run(judge, levels)
    assert len(judge.batches) > 3
    faces, heard = (np.lib.stride_tricks.sliding_window_view(v.astype(np.float32), 5) for v in (levels, speech))
    distances = sync_distances(faces, heard)
    means = np.nanmean(distances, 0)
    best = int(means.argmin())
    assert numbers["sync_offset"] == 15 - best
    assert numbers["lse_d"] == pytest.approx(means[best], abs=1e-5)
    assert numbers["lse_c"] == pytest.approx(np.median(means) - means[best], abs=1e-5)
    np.testing.assert_allclose(columns["lse_d"][2:-2], distances[:, best], atol=1e-5)
    assert np.isnan(columns["lse_d"][[0, 1, -2, -1]]).all()


def test_speech_is_heard_once() -> None:
    """No window of speech is embedded twice, and none long before it is needed."""
    judge = PlainJudge(curve(300))
    run(judge, curve(300))
    heard = [t for first, last in judge.heard for t in range(first, min(last, 296))]
    assert heard == list(range(296))
    assert max(last - first for first, last in judge.heard) < 40


def test_windows_through_gaps_and_cuts_are_left_out() -> None:
    """Windows with an unseen or a missing frame, or with two scenes, have no numbers; all others have."""
    levels = curve(100)
    scene, seen, given = np.repeat([0, 1], 50), np.ones(100, bool), np.delete(np.arange(100), 80)
    seen[20] = False
    columns, numbers = run(PlainJudge(levels), np.round(levels * 255) / 255, scene=scene, seen=seen, given=given)
    unknown = np.isnan(columns["lse_d"])
    expected = {0, 1, 98, 99, *range(18, 23), *range(48, 52), *range(78, 83)}
    assert set(np.flatnonzero(unknown).tolist()) == expected
    assert numbers["sync_offset"] == 0
    np.testing.assert_allclose(columns["lse_d"][~unknown], 0, atol=0.01)


def test_runs_too_short() -> None:
    """Four frames at a time, or none, give no numbers."""
    seen = np.arange(60) % 5 > 0
    for count in (60, 0):
        columns, numbers = run(PlainJudge(curve(60)), curve(60)[:count], seen=seen[:count])
        assert len(columns["lse_d"]) == count
        assert np.isnan(columns["lse_d"]).all()
        assert np.isnan(float(numbers["lse_d"]))


def test_sound_that_ends_early() -> None:
    """Windows past the end of the sound compare to what there is."""
    levels = np.round(curve(120) * 255) / 255
    columns, numbers = run(PlainJudge(levels[:70]), levels)
    assert numbers["sync_offset"] == 0
    known = np.flatnonzero(np.isfinite(columns["lse_d"]))
    np.testing.assert_array_equal(known, np.arange(2, 68))


def watched(audio: Audio | None, models: Path | None = None, *, start: float = 0.0, count: int = 30) -> SeamReport:
    """A report of grey frames, measured by a recorder."""
    track = track_of(np.tile(face68((60, 45), 60), (count, 1, 1)), (120, 120))
    recorder = SyncRecorder(audio, track, torch.device("cpu"), models, start=start)
    for index, level in enumerate(curve(count)):
        recorder.add(index, grey_frame(level, 120))
    report = SeamReport({"frame": np.arange(count)}, {"frames": count}, notes=("before",))
    return report.with_measured(*recorder.finish())


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty models folder, the only one."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("SEAMSYNC_MODELS", raising=False)
    (tmp_path / "seamsync" / "wav2lip").mkdir(parents=True)
    return tmp_path


NOISE = Audio(np.random.default_rng(0).normal(0, 0.1, (1, 32000)).clip(-1, 1), 16000)


@pytest.mark.parametrize("audio", [None, NOISE])
def test_without_weights_nothing_happens(models: Path, audio: Audio | None) -> None:
    """The report stays as it was."""
    report = watched(audio, models)
    assert list(report.columns) == ["frame"]
    assert report.summary == {"frames": 30}
    assert report.notes == ("before",)


def test_with_weights_the_report_has_scores(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The published file's columns and numbers, of the speech from ``start`` on."""
    monkeypatch.setattr(registry, "_ENTRIES", tuple(_unhashed(entry) for entry in registry._ENTRIES))
    torch.save({"state_dict": random_state()}, models / "seamsync" / "wav2lip" / "lipsync_expert.pth")
    report = watched(NOISE, models)
    assert set(report.columns) == {"frame", "lse_d", "lse_c"}
    known = np.isfinite(report.columns["lse_d"])
    assert known.sum() == 26 - abs(report.summary["sync_offset"])
    np.testing.assert_array_equal(known, np.isfinite(report.columns["lse_c"]))
    assert report.summary["sync_network"] == "lipsync_expert"
    assert 0 < report.summary["lse_d"] < 2**0.5
    late = watched(NOISE, models, start=0.4)
    cut = watched(Audio(NOISE.samples[:, 6400:], 16000), models)
    assert late.summary["lse_d"] == cut.summary["lse_d"] != report.summary["lse_d"]
    assert "lse_d" not in watched(NOISE, models, start=2.0).summary


def test_the_network_of_papers_comes_first(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its file beside the other it judges, and every window counts, those at the sound's ends too."""
    monkeypatch.setattr(registry, "_ENTRIES", tuple(_unhashed(entry) for entry in registry._ENTRIES))
    for folder, name, state in (
        ("wav2lip", "lipsync_expert.pth", random_state()),
        ("syncnet", "syncnet_v2.model", papers_state()),
    ):
        (models / "seamsync" / folder).mkdir(exist_ok=True)
        torch.save(state, models / "seamsync" / folder / name)
    report = watched(NOISE, models, count=20)
    assert report.summary["sync_network"] == "syncnet_v2"
    np.testing.assert_array_equal(np.flatnonzero(np.isfinite(report.columns["lse_d"])), np.arange(2, 18))
    assert report.summary["lse_d"] > 0
    assert report.notes == ("before",)


def test_a_damaged_file_costs_nothing_but_a_note(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clip is finished all the same, and the report says why it has no scores."""
    monkeypatch.setattr(registry, "_ENTRIES", tuple(_unhashed(entry) for entry in registry._ENTRIES))
    (models / "seamsync" / "wav2lip" / "lipsync_expert.pth").write_bytes(b"half of it")
    report = watched(NOISE, models)
    assert "lse_d" not in report.summary
    assert report.notes[0] == "before"
    assert "lip-sync was not measured" in report.notes[1]
    assert "lipsync_expert.pth" in report.notes[1]


def _unhashed(entry: registry.ModelEntry) -> registry.ModelEntry:
    """The entry, of files with any content."""
    return replace(entry, files=tuple(replace(file, sha256="") for file in entry.files))
