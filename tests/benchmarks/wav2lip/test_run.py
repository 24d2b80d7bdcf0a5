"""The benchmark ``wav2lip``: its parts, on little material."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from paths import SAMPLE
from seamsync.benchmarks.wav2lip import run as wav2lip
from seamsync.benchmarks.wav2lip.gpu import gpu_rows
from seamsync.benchmarks.wav2lip.run import Mirror, Scene, mirror
from seamsync.media.audio import Audio, load_audio
from seamsync.media.encode import VideoWriter
from seamsync.media.encode_options import EncodeSettings
from seamsync.media.video import VideoReader
from seamsync.media.wav import write_wav
from seamsync.models import weights


def test_both_sides_get_the_same_stand_in() -> None:
    """Each is handed its own face back."""
    faces = np.random.default_rng(0).integers(0, 256, (2, 3, 96, 96), np.uint8)
    mel = np.zeros((2, 1, 80, 16), np.float32)
    pair = np.concatenate([faces * 0, faces], 1) / 255.0
    np.testing.assert_array_equal(Mirror().infer(mel, faces), faces)
    np.testing.assert_array_equal(mirror(mel, pair), faces / 255.0)


def test_the_gpu_lines_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a network, on a second of a small picture: two lines that miss or meet their goals."""
    monkeypatch.setattr("seamsync.benchmarks.wav2lip.gpu.SIZE", (320, 180))
    monkeypatch.setattr("seamsync.benchmarks.wav2lip.gpu.BOX", (40, 140, 110, 200))
    rows = gpu_rows(tmp_path, Mirror(), seconds=1, rounds=1)  # type: ignore[arg-type]
    assert [line["baseline"] for line in rows] == [1000.0, 3.0]
    assert all(line["ours"] > 0 for line in rows)
    assert (tmp_path / "gpu.mp4").is_file()


def test_speed_and_gating(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines on half a second of the sample: the loop with its detectors is slower, gating skips the silence."""
    if weights.status("facemesh")[0] != "present":
        pytest.skip("the facemesh weights are not on this machine; run: seamsync models get facemesh")
    monkeypatch.setattr(wav2lip, "detectors", lambda scene: {"a slow detector": 10.0})
    source = VideoReader(SAMPLE / "face.mp4", duration=0.6)
    with VideoWriter(tmp_path / wav2lip.CLIP, source.info, settings=EncodeSettings(preset="ultrafast")) as writer:
        for frame in source.frames():
            writer.write(frame)
    write_wav(Audio(np.zeros((1, 16000), np.float32), 16000), tmp_path / wav2lip.SPEECH)
    scene = Scene(tmp_path, tmp_path, 0.5)
    first, further, known = wav2lip.speed_rows(scene, quick=True)
    assert first["baseline"] == further["baseline"] == pytest.approx(known["baseline"] + 120)
    assert first["met"] is further["met"] is True
    assert known["met"] is None
    spared, seconds = wav2lip.gating_rows(scene, Mirror(), quick=True)  # type: ignore[arg-type]
    assert (spared["ours"], spared["baseline"]) == (1, 1)
    assert seconds["ours"] > 0


def test_speech_as_a_file(tmp_path: Path) -> None:
    """Comes back as it was, to 16 bit."""
    wave = np.sin(np.arange(1600) / 9)[None].astype(np.float32) * 0.5
    back = load_audio(write_wav(Audio(wave, 16000), tmp_path / "a.wav"))
    np.testing.assert_allclose(back.samples, wave, atol=2e-4)
