"""The command: what it prints, how it fails, what it leaves behind."""

from __future__ import annotations

import hashlib
import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from paths import SAMPLE
from seamsync import cli, pipeline
from seamsync.errors import SeamSyncError
from seamsync.media.audio import cut_audio
from seamsync.media.video import VideoReader
from seamsync.models import weights
from seamsync.models.options import GenerateOptions
from seamsync.tracking.track import FaceTrack

FACE, SPEECH = str(SAMPLE / "face.mp4"), str(SAMPLE / "speech.wav")


@pytest.fixture
def facemesh() -> None:
    """The detector's files."""
    if weights.status("facemesh")[0] != "present":
        pytest.skip("the facemesh weights are not on this machine; run: seamsync models get facemesh")


@pytest.mark.usefixtures("facemesh")
def test_track_then_lipsync(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A saved track is used again; result, path and report are there, named and with the pictures the settings ask for."""
    out, track, report, config = (tmp_path / name for name in ("out.mp4", "face.npz", "report", "take.yaml"))
    config.write_text("run_tag: take\nexport_seam_ring: true\n", encoding="utf-8")
    assert cli.main(["track", "--face", FACE, "--duration", "0.4", "-o", str(track), "--quiet"]) == 0
    assert len(FaceTrack.load(track)) == 10
    arguments = ["lipsync", "--face", FACE, "--audio", SPEECH, "-o", str(out), "--duration", "0.4", "--audio-duration", "0.8"]
    arguments += [
        "--track",
        str(track),
        "--report",
        str(report),
        "--config",
        str(config),
        "--loudness",
        "-16",
        "--encoder-preset",
        "ultrafast",
        "--quiet",
    ]
    assert cli.main(arguments) == 0
    lines = capsys.readouterr().out.strip().splitlines()
    assert lines[-1] == str(out)
    assert lines[2].startswith("the seam meets ")
    assert lines[3] == f"report: {report / 'take.html'}"
    inputs = json.loads((report / "take.json").read_text(encoding="utf-8"))["inputs"]
    assert list(inputs) == ["audio speech.wav", "face face.mp4", "track face.npz"]
    assert inputs["audio speech.wav"] == hashlib.sha256(Path(SPEECH).read_bytes()).hexdigest()
    assert VideoReader(out).info.frame_count == 20
    names = sorted(p.name for p in report.iterdir())
    assert [name for name in names if "ring" not in name] == ["take.csv", "take.html", "take.json"]
    assert [name for name in names if "ring" in name] == [f"take_ring_{k}.png" for k in range(1, len(names) - 2)] != []


@pytest.mark.usefixtures("facemesh")
def test_demo(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The first command of the README, on less speech."""
    whole = pipeline.open_audio
    monkeypatch.setattr(pipeline, "open_audio", lambda path: cut_audio(whole(path), duration=0.3))
    assert cli.main(["demo", "--out", str(tmp_path / "new"), "--encoder-preset", "ultrafast", "--quiet"]) == 0
    assert capsys.readouterr().out.strip().endswith("demo.mp4")
    assert (tmp_path / "new" / "demo.mp4").exists()
    inputs = json.loads((tmp_path / "new" / "seam.json").read_text(encoding="utf-8"))["inputs"]
    assert list(inputs) == ["audio speech.wav", "face face.mp4"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--face", "no.mp4", "--audio", SPEECH], "no.mp4"),
        (["--face", FACE, "--audio", "no.wav"], "no.wav"),
        (["--face", FACE, "--audio", SPEECH, "--preset", "natrual"], "did you mean 'natural'"),
        (["--face", FACE, "--audio", SPEECH, "--fps", "fast"], "frame rate must be a number"),
        (["--face", FACE, "--audio", SPEECH, "--start", "99"], "99"),
        (["--face", FACE, "--audio", SPEECH, "--track", "no.npz"], "no face track at no.npz"),
        (["--face", FACE, "--audio", SPEECH, "--device", "tpu"], "device must be one of"),
        (["--face", FACE, "--audio", SPEECH, "--device", "cpu:x"], "device must be auto, cpu"),
        (["--face", FACE, "--audio", SPEECH, "--device", "cuda:99"], "'cuda:99' is not available"),
        (["--face", FACE, "--audio", SPEECH, "--strength", "nan"], "mouth_amplitude must be 0…4"),
        (["--face", FACE, "--audio", SPEECH, "--report", FACE], "cannot write in the folder"),
    ],
)
def test_errors_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    """Wrong input ends with exit code 1 and a sentence on stderr, not a traceback."""
    assert cli.main(["lipsync", *arguments, "-o", str(tmp_path / "out.mp4"), "--quiet"]) == cli.FAILED
    captured = capsys.readouterr()
    assert message in captured.err
    assert "Traceback" not in captured.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words", [[], ["--keep-rest"], ["--loop", "end", "--silence", "keep", "--strength", "0.5", "--keep-rest"]]
)
def test_options_of_the_mouths_reach_the_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    """Each is given to the pipeline as it was asked for."""
    given: list[GenerateOptions] = []

    def _lipsync(*_: object, options: pipeline.LipSyncOptions, **__: object) -> None:
        given.append(options.generate)
        raise SeamSyncError("enough was seen")

    monkeypatch.setattr(pipeline, "lipsync", _lipsync)
    command = ["lipsync", "--face", FACE, "--audio", SPEECH, "-o", str(tmp_path / "out.mp4"), "--quiet", *words]
    assert cli.main(command) == cli.FAILED
    usual = GenerateOptions()
    (got,) = given
    assert got.keep_rest is ("--keep-rest" in words)
    wanted = ("end", "keep", 0.5) if "--loop" in words else (usual.loop, usual.silence, usual.mouth_amplitude)
    assert (got.loop, got.silence, got.mouth_amplitude) == wanted


@pytest.mark.parametrize("arguments", [["demo", "--out", FACE], ["track", "--face", FACE, "-o", f"{FACE}/face.npz"]])
def test_unwritable_outputs_fail_before_any_work(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    """A file where a folder is needed is found out before the clip is looked at."""
    for work in ("track_video", "lipsync"):
        monkeypatch.setattr(pipeline, work, lambda *_, **__: pytest.fail("work was done"))
    assert cli.main([*arguments, "--quiet"]) == cli.FAILED
    assert "cannot write in the folder" in capsys.readouterr().err


def test_inputs_are_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The clip named as its own output is refused, and stays."""
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(Path(FACE).read_bytes())
    assert cli.main(["lipsync", "--face", str(clip), "--audio", SPEECH, "-o", str(clip), "--quiet"]) == cli.FAILED
    assert "would be overwritten" in capsys.readouterr().err
    assert clip.read_bytes() == Path(FACE).read_bytes()


def test_interrupt(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C is exit code 130 and a calm sentence."""

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "lipsync", stop)
    assert cli.main(["lipsync", "--face", FACE, "--audio", SPEECH, "-o", str(tmp_path / "o.mp4"), "--quiet"]) == cli.STOPPED
    assert "stopped" in capsys.readouterr().err


def test_models_lists_every_entry(capsys: pytest.CaptureFixture[str]) -> None:
    """Name, state, purpose, licence."""
    assert cli.main(["models"]) == 0
    text = capsys.readouterr().out
    assert "facemesh" in text
    assert "Apache-2.0" in text
    assert "wav2lip_gan" in text


def test_models_get(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a name, an unknown one, and one that must be fetched by hand."""
    assert cli.main(["models", "get"]) == cli.FAILED
    assert "which model?" in capsys.readouterr().err
    assert cli.main(["models", "get", "facemsh"]) == cli.FAILED
    assert "did you mean 'facemesh'" in capsys.readouterr().err


def test_bars_count_every_stage(capsys: pytest.CaptureFixture[str]) -> None:
    """A bar a stage, up to its total."""
    bars = cli.Bars()
    for stage in ("track", "composite"):
        for done in range(1, 4):
            bars(stage, done, 3)
    bars.close()
    text = capsys.readouterr().err
    assert "track" in text
    assert "composite" in text
    assert text.count("3/3") >= 2


def test_notes_stand_above_the_bar(capsys: pytest.CaptureFixture[str]) -> None:
    """On a line of their own, on stderr, with and without bars; the bar goes on."""
    for quiet in (False, True):
        bars = cli.Bars(quiet)
        bars("composite", 1, 3)
        bars.note("frame 1: the mouth jumps")
        bars("composite", 3, 3)
        bars.close()
        told = capsys.readouterr()
        assert "note: frame 1: the mouth jumps" in re.split(r"[\r\n]+", told.err)
        assert told.out == ""
        assert ("3/3" in told.err) == (not quiet)


@pytest.mark.usefixtures("facemesh")
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_process_leaves_nothing(tmp_path: Path, stop: signal.Signals) -> None:
    """Ctrl-C, or a service manager's stop, while the result is being written."""
    command = [sys.executable, "-m", "seamsync.cli", "lipsync", "--face", FACE, "--audio", SPEECH]
    process = subprocess.Popen([*command, "-o", str(tmp_path / "out.mp4")], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob(".out.mp4*")) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(stop)
    text = process.communicate(timeout=60)[1]
    assert process.returncode == cli.STOPPED, text
    assert "stopped" in text
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["", "lipsync", "wav2lip", "track", "queue", "models"])
def test_help_does_not_wait_for_torch(command: str) -> None:
    """Nor for what else takes long to import."""
    code = "import atexit, sys; atexit.register(lambda: print({'torch', 'scipy', 'cv2', 'av', 'aiohttp'} & set(sys.modules)))\n"
    code += f"from seamsync import cli; cli.main({[*command.split(), '--help']})"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.startswith("usage: seamsync")
    assert told.endswith("set()\n")
