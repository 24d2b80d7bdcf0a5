"""``seamsync wav2lip`` from the command line, with a checkpoint of the published layout and random weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from paths import SAMPLE
from scipy.io import wavfile
from seamsync import cli
from seamsync.cli.wav2lip.flags import FLAGS
from seamsync.media.audio import load_audio
from seamsync.media.video import VideoReader
from seamsync.models import weights
from wav2lip_reference import random_state

FACE, SPEECH = str(SAMPLE / "face.mp4"), str(SAMPLE / "speech.wav")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> str:
    """As published: a legacy container, ``module.`` before every key, an optimizer's state beside them."""
    path = tmp_path_factory.mktemp("weights") / "wav2lip.pth"
    state = {f"module.{key}": value for key, value in random_state(96).items()}
    body = {"state_dict": state, "optimizer": {"state": {}, "param_groups": []}, "global_step": 1, "global_epoch": 1}
    torch.save(body, path, _use_new_zipfile_serialization=False)
    return str(path)


@pytest.fixture
def facemesh() -> None:
    """The detector's files."""
    if weights.status("facemesh")[0] != "present":
        pytest.skip("the facemesh weights are not on this machine; run: seamsync models get facemesh")


def words(path: Path, start: float, seconds: float, of: str | Path = SPEECH) -> str:
    """A stretch of speech as a file."""
    speech = load_audio(of, start=start, duration=seconds)
    wavfile.write(path, speech.rate, np.rint(speech.samples[0] * 32767).astype(np.int16))
    return str(path)


@pytest.mark.usefixtures("facemesh")
def test_the_forks_own_words(
    tmp_path: Path, checkpoint: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fork's recommended command, unchanged: the default output, its frames, new mouths, what is said."""
    monkeypatch.chdir(tmp_path)
    audio = words(tmp_path / "speech.wav", 0.5, 0.4)
    arguments = ["wav2lip", "--checkpoint_path", checkpoint, "--face", FACE, "--audio", audio, "--fp16", "--silence_gating"]
    arguments += ["--silence_threshold", "0.01", "--blend_method", "hd", "--mouth_region_size", "0.4", "--blur_intensity", "41"]
    arguments += ["--sharpen_mouth", "--sharpen_amount", "0.6", "--temporal_smooth", "--resize_factor", "2"]
    arguments += ["--face_det_batch_size", "8", "--img_size", "96", "--quiet", "--report", "report"]
    assert cli.main(arguments) == 0
    told = capsys.readouterr()
    assert "does not slow the motion" in told.err
    assert told.out.splitlines()[0] == "10 of 10 frames have a new mouth (wav2lip.pth)"
    assert told.out.splitlines()[-1] == str(tmp_path / "results" / "result_voice.mp4")
    assert (tmp_path / "report" / "seam.json").is_file()
    made, source = VideoReader(tmp_path / "results" / "result_voice.mp4"), VideoReader(FACE)
    assert (made.info.width, made.info.height) == (source.info.width // 2, source.info.height // 2)
    assert made.info.frame_count == 10
    assert made.info.has_audio


@pytest.mark.usefixtures("facemesh")
@pytest.mark.parametrize("clip", ["presenter_576x768.mp4", "garden_1080x1920.mp4"])
def test_real_clips(tmp_path: Path, media: Path, checkpoint: str, clip: str) -> None:
    """Half a second of real clips: every frame a new mouth, and far from it the picture as it was."""
    out, audio = tmp_path / "out.mp4", words(tmp_path / "speech.wav", 4.0, 0.5, media / "english_60s.wav")
    files = ["--checkpoint_path", checkpoint, "--face", str(media / clip), "--audio", audio, "--outfile", str(out)]
    assert cli.main(["wav2lip", *files, "--quiet"]) == 0
    made = [frame.rgb().astype(int) for frame in VideoReader(out).frames()]
    before = [frame.rgb().astype(int) for frame in VideoReader(media / clip, duration=0.6).frames()][: len(made)]
    assert len(made) == 12
    change = np.abs(np.stack(made) - np.stack(before)).mean((0, 3))
    assert np.percentile(change, 99.9) > 8
    assert np.median(change) < 2


def test_explain_needs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Every flag, its value, what it sets and why; without a checkpoint, a face or a sound."""
    assert (
        cli.main(["wav2lip", "--explain", "--blend_method", "hd", "--mouth_region_size", "0.3", "--pads", "0", "20", "0", "0"])
        == 0
    )
    out = capsys.readouterr().out
    for flag in FLAGS:
        assert f"--{flag.name}" in out
    for line in ("--mouth_region_size 0.3", "mask.scale = 0.75", "generator.pads = 0 20 0 0", "enhance.method = hd"):
        assert line in out
    nothing = out.split("Of no effect:")[1]
    assert {name for name in ("face_det_batch_size", "face_det_stride", "img_size", "pads") if f"--{name}" in nothing} == {
        "face_det_batch_size",
        "face_det_stride",
        "img_size",
    }


def test_required_flags(capsys: pytest.CaptureFixture[str]) -> None:
    """Ends as the original's parser ends."""
    with pytest.raises(SystemExit) as stopped:
        cli.main(["wav2lip", "--face", FACE])
    assert stopped.value.code == 2
    assert "the following arguments are required: --checkpoint_path, --audio" in capsys.readouterr().err


def test_no_checkpoint(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The message has the path looked at, the page, the size and the licence; nothing is left behind."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("SEAMSYNC_MODELS", str(tmp_path / "models"))
    absent = "checkpoints/wav2lip_gan.pth"
    assert cli.main(["wav2lip", "--checkpoint_path", absent, "--face", FACE, "--audio", SPEECH, "--quiet"]) == 1
    told = capsys.readouterr().err
    for part in (absent, "435,801,865 bytes", "https://github.com/Rudrabha/Wav2Lip", "research only"):
        assert part in told
    assert cli.main(["wav2lip", "--checkpoint_path", "mine.pth", "--face", FACE, "--audio", SPEECH, "--quiet"]) == 1
    assert "no checkpoint at mine.pth" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
