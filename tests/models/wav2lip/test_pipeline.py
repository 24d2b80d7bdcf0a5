"""The whole way with a checkpoint of the true layout: from files on disk to the finished clip."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import numpy as np
import pytest
from drawn_mouths import drawn_clip, speech
from lip_stubs import Stub, lip_network
from seamsync import cli
from seamsync.media.audio import load_audio
from seamsync.media.encode import VideoWriter
from seamsync.media.encode_options import EncodeSettings
from seamsync.media.video import VideoReader
from seamsync.models import weights
from seamsync.models.options import GenerateOptions
from seamsync.models.wav2lip.generator import Wav2LipGenerator
from seamsync.pipeline import LipSyncOptions, lipsync, track_video
from seamsync.runtime import Runtime
from seamsync.tracking.options import SmoothOptions
from wav2lip_files import published_container, save_legacy
from wav2lip_reference import random_state

COUNT = 8


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A clip, its track, speech, and a checkpoint with random weights in the published container."""
    folder = tmp_path_factory.mktemp("wav2lip")
    source, track = drawn_clip(np.linspace(0.02, 0.1, COUNT))
    with VideoWriter(folder / "face.mp4", source.info, settings=EncodeSettings(lossless=True)) as writer:
        for frame in source.frames():
            writer.write(frame)
    sound = speech([(0, COUNT / 25)], COUNT / 25)
    with wave.open(str(folder / "speech.wav"), "wb") as stream:
        stream.setnchannels(1)
        stream.setsampwidth(2)
        stream.setframerate(sound.rate)
        stream.writeframes((sound.samples[0] * 32767).astype("<i2").tobytes())
    track.save(folder / "face.npz")
    save_legacy(published_container(random_state(), prefix="module."), folder / "wav2lip.pth")
    return {name.split(".")[1]: folder / name for name in ("face.mp4", "face.npz", "speech.wav", "wav2lip.pth")}


def _command(files: dict[str, Path], out: Path, *more: str) -> int:
    inputs = ["--face", str(files["mp4"]), "--audio", str(files["wav"]), "--track", str(files["npz"])]
    return cli.main(["lipsync", *inputs, "-o", str(out), "--quiet", "--device", "cpu", *more])


def test_command(files: dict[str, Path], tmp_path: Path) -> None:
    """Mouths are new, the rest is the target to the bit, and the report names the checkpoint."""
    out = tmp_path / "out.mp4"
    more = ["--checkpoint", str(files["pth"]), "--silence", "generate", "--lossless", "--report", str(tmp_path / "report")]
    assert _command(files, out, *more) == 0
    before, after = (np.stack([frame.y for frame in VideoReader(path).frames()]).astype(int) for path in (files["mp4"], out))
    assert before.shape == after.shape == (COUNT, 240, 320)
    changed = before != after
    assert changed[:, 170:200, 130:190].mean() > 0.5
    assert not changed[:, :110].any()
    assert not changed[:, :, :90].any()
    told = json.loads(next((tmp_path / "report").glob("*.json")).read_text(encoding="utf-8"))
    generator = told["settings"]["generator"]
    assert (generator["name"], generator["frames_generated"], generator["size"]) == ("wav2lip.pth", COUNT, 96)


def test_missing_and_truncated(
    files: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Weights that are not there, or not whole: one line that says so, and no file."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "nothing"))
    monkeypatch.delenv("SEAMSYNC_MODELS", raising=False)
    assert _command(files, tmp_path / "out.mp4", "--generator", "wav2lip") == cli.FAILED
    said = capsys.readouterr().err
    assert "not for commercial use" in said
    assert "435,807,851 bytes" in said
    part = tmp_path / "wav2lip_gan.pth"
    part.write_bytes(files["pth"].read_bytes()[:1_000_000])
    assert _command(files, tmp_path / "out.mp4", "--checkpoint", str(part)) == cli.FAILED
    assert "it has 1,000,000 bytes, the published file has 435,801,865" in capsys.readouterr().err
    assert not (tmp_path / "out.mp4").exists()


def test_identity_on_a_real_clip(media: Path, tmp_path: Path) -> None:
    """A network that answers with what it sees: a real face stays as it was, but for the softness of 96 pixels."""
    if weights.status("facemesh")[0] != "present":
        pytest.skip("the facemesh weights are not here; run: seamsync models get facemesh")
    source = VideoReader(media / "outdoor_yaw_480x480.mp4", duration=0.25)
    track = track_video(source, smooth=SmoothOptions(), runtime=Runtime(device="cpu"))
    options = LipSyncOptions(
        generator=Wav2LipGenerator(lip_network(Stub(96))),
        generate=GenerateOptions(silence="generate"),
        encode=EncodeSettings(lossless=True),
    )
    made = lipsync(
        source, load_audio(media / "english_60s.wav", duration=0.25), tmp_path / "a.mp4", options=options, track=track
    )
    lows, highs = track.landmarks[:, 3:14].min(1).astype(int), track.landmarks[:, 3:14].max(1).astype(int)
    assert made.mouths.active.all()
    for before, after, low, high in zip(source.frames(), VideoReader(made.path).frames(), lows, highs, strict=True):
        lower = (slice(low[1], high[1]), slice(low[0], high[0]))
        off = np.abs(before.rgb()[lower].astype(int) - after.rgb()[lower])
        assert off.mean() < 2.0
        assert np.percentile(off, 99) < 25
