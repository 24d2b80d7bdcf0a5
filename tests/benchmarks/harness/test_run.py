"""The quality harness on drawn clips: every job once, the same twice, on from where it was stopped."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from faces import face68, track_of
from seam_scenes import HeldClip
from seamsync.benchmarks.harness import clip as quality_clip
from seamsync.benchmarks.harness import run as quality
from seamsync.benchmarks.harness.run import QualityRun, run_quality
from seamsync.benchmarks.harness.score import Standing
from seamsync.benchmarks.harness.store import Job
from seamsync.errors import SeamSyncError
from seamsync.files import _suffix, remove_abandoned
from seamsync.media.encode import VideoWriter
from seamsync.media.encode_options import EncodeSettings
from seamsync.media.video import VideoReader
from seamsync.quality.metrics.registry import seam_columns

COUNT = 4
CONFIGS = "fast:\nsharp:\n  preset: baseline\n  mask: {feather: [0.01, 0.03]}\n"
NAMES = ["fast", "sharp feather=0.01", "sharp feather=0.03", "baseline"]


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two textured faces that go to the right, as clips with their tracks."""
    folder = tmp_path_factory.mktemp("clips")
    for seed in range(2):
        texture = cv2.GaussianBlur(np.random.default_rng(seed).normal(128, 90, (240, 340)), (0, 0), 3)
        held = HeldClip([np.roll(texture, t, 1)[:, :320].clip(30, 220).astype(np.uint8) for t in range(COUNT)])
        with VideoWriter(folder / f"clip{seed}.mp4", held.info, settings=EncodeSettings(lossless=True)) as writer:
            for frame in held.frames():
                writer.write(frame)
        track_of(np.stack([face68((160.0 + t, 100.0)) for t in range(COUNT)])).save(folder / f"clip{seed}.npz")
    (folder / "configs.yaml").write_text(CONFIGS, encoding="utf-8")
    return folder


def run_of(clips: Path, out: Path) -> QualityRun:
    """One kind of mouth, four configurations."""
    return QualityRun(clips, out, clips / "configs.yaml", kinds=("96",), frames=COUNT, tracks=clips)


@pytest.fixture(scope="module")
def done(clips: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Standing]]:
    """A finished run and its ranking."""
    out = tmp_path_factory.mktemp("quality") / "out"
    return out, run_quality(run_of(clips, out))


def tables(out: Path) -> dict[str, bytes]:
    """Every CSV in a folder of results."""
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*.csv"))}


def test_every_clip_by_every_configuration(done: tuple[Path, list[Standing]]) -> None:
    """A row a frame, configuration and clip with all metrics; a line a job; a line a configuration."""
    out, standings = done
    for clip in ("clip0", "clip1"):
        with (out / "clips" / clip / "frames.csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert [(row["configuration"], row["frame"]) for row in rows] == [(n, str(k)) for n in NAMES for k in range(COUNT)]
        assert all(float(row["seam_step"]) >= 0 for row in rows)
        assert set(seam_columns()) <= set(rows[0])
    with (out / "results.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert [(line["clip"], line["configuration"]) for line in lines] == [(c, n) for c in ("clip0", "clip1") for n in NAMES]
    body = json.loads((out / "summary.json").read_text())
    assert [line["name"] for line in body["ranking"]] == [one.name for one in standings]
    assert sorted(one.name for one in standings) == sorted(NAMES)
    assert standings[0].name == "fast"


def test_pictures_and_clips_for_people(done: tuple[Path, list[Standing]]) -> None:
    """A sheet a clip, and each result beside its original: alike but for the mouth, at most 640 px wide."""
    out, _ = done
    sheet = cv2.imread(str(out / "clips" / "clip1" / "sheet_96.png"))
    assert sheet is not None
    assert sheet.shape[1] == 300 * (1 + len(NAMES))
    sides = sorted((out / "clips" / "clip1").glob("side_*.mp4"))
    assert len(sides) == len(NAMES)
    source = VideoReader(sides[0])
    assert (source.info.width, source.info.frame_count, source.info.fps) == (640, COUNT, Fraction(25))
    for frame in source.frames():
        picture = frame.rgb().astype(int)
        change = np.abs(picture[:, :312] - picture[:, -312:]).mean(-1)
        assert change[100:212, 100:212].mean() > 4
        assert change[:20].mean() < 2


def test_a_killed_run_goes_on_where_it_was(
    done: tuple[Path, list[Standing]], clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was finished is not done again, what was cut off is, and the tables are, byte for byte, those of a run in one go
    in another folder."""
    ran: list[str] = []
    real_run, real_write = quality_clip.run_job, Job.write

    def _counted(job: Job, *rest: object) -> None:
        ran.append(f"{job.clip} {job.configuration.name}")
        real_run(job, *rest)  # type: ignore[arg-type]

    def _killed(job: Job, *rest: object) -> None:
        if len(ran) == 4:
            job.path(".csv").write_text("half a li", encoding="utf-8")
            job.path(".csv").with_name(f".fast.{_suffix('0' * 16)}").touch()
            raise KeyboardInterrupt
        real_write(job, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(quality, "run_job", _counted)
    monkeypatch.setattr(Job, "write", _killed)
    with pytest.raises(KeyboardInterrupt):
        run_quality(run_of(clips, tmp_path))
    monkeypatch.setattr(Job, "write", real_write)
    first = ran.copy()
    ran.clear()
    remove_abandoned.cache_clear()  # as in a new process
    run_quality(run_of(clips, tmp_path))
    assert first == ["clip0 original", *(f"clip0 {name}" for name in NAMES[:3])]
    assert ran == [first[3], "clip0 baseline", "clip1 original", *(f"clip1 {name}" for name in NAMES)]
    assert tables(tmp_path) == tables(done[0])
    assert not list(tmp_path.rglob("*.part"))


def test_only_what_changed_is_done_again(
    done: tuple[Path, list[Standing]], clips: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing the second time; after a change of code or of a setting, what depends on it."""
    ran: list[str] = []

    def _stopped(job: Job, *rest: object) -> None:
        ran.append(job.configuration.name)
        raise SeamSyncError("stopped")

    monkeypatch.setattr(quality, "run_job", _stopped)
    run = run_of(clips, done[0])
    run_quality(run)
    assert ran == []
    (clips / "other.yaml").write_text(CONFIGS.replace("0.03", "0.04"), encoding="utf-8")
    with pytest.raises(SeamSyncError, match="left out: stopped"):
        run_quality(replace(run, configs=clips / "other.yaml"))
    assert ran == ["sharp feather=0.04"] * 2
    monkeypatch.setattr(quality, "code_version", lambda: "another")
    with pytest.raises(SeamSyncError, match="left out: stopped"):
        run_quality(run)
    assert ran[2:] == ["original"] * 2


def test_clips_that_cannot_be_used_are_left_out(clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a note; an error when none can be."""
    folder = tmp_path / "clips"
    folder.mkdir()
    (folder / "broken.mp4").write_bytes(b"no video")
    run = replace(run_of(clips, tmp_path / "out"), clips=folder, configs=None)
    with pytest.raises(SeamSyncError, match="no clip could be used"):
        run_quality(run)
    (folder / "good.mp4").write_bytes((clips / "clip0.mp4").read_bytes())
    (tmp_path / "good.npz").write_bytes((clips / "clip0.npz").read_bytes())
    (tmp_path / "configs.yaml").write_text("baseline:\n", encoding="utf-8")
    run_quality(replace(run, tracks=tmp_path, configs=tmp_path / "configs.yaml"))
    assert "note: broken.mp4 with 96 mouths is left out" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kinds": ("97",)}, "kind of mouth"),
        ({"kinds": ("rewrite",)}, "rewrite needs speech"),
        ({"frames": 1}, "frames"),
        ({"clips": Path("nowhere")}, "no .mp4 clips in nowhere"),
    ],
)
def test_wrong_options(clips: Path, tmp_path: Path, changes: dict[str, object], message: str) -> None:
    """Said before any work."""
    with pytest.raises(SeamSyncError, match=message):
        run_quality(replace(run_of(clips, tmp_path / "out"), **changes))  # type: ignore[arg-type]


def test_quick_and_defaults(clips: Path) -> None:
    """Quick is one kind of mouth; else all, the generator's too where there is speech; the detector adds a hard paste."""
    run = QualityRun(clips, clips)
    assert run.mouths() == ["96", "96 askew", "256", "256 askew"]
    assert replace(run, quick=True).mouths() == ["96"]
    assert replace(run, quick=True, kinds=("256",)).mouths() == ["256"]
    assert run.configurations()[0].name == "original"
    assert replace(run, detector=True).configurations()[-1].name == "hard paste"


def test_speech_is_that_named_like_the_clip(tmp_path: Path) -> None:
    """The longest common beginning; any where none is alike; None without speech."""
    clip = tmp_path / "garden_1080.mp4"
    assert quality_clip.speech_beside(clip) is None
    for name in ("english.wav", "garden_speech.wav", "gar.wav"):
        (tmp_path / name).touch()
    assert quality_clip.speech_beside(clip) == tmp_path / "garden_speech.wav"
    assert quality_clip.speech_beside(tmp_path / "selfie.mp4") is not None
