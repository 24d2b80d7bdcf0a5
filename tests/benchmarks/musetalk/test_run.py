"""The benchmarks ``musetalk`` and ``generators``: their parts, on little material."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from paths import SAMPLE
from seamsync.benchmarks import generators
from seamsync.benchmarks.musetalk import gpu
from seamsync.benchmarks.musetalk import run as musetalk
from seamsync.benchmarks.musetalk.loop import Job, plain_loop
from seamsync.benchmarks.musetalk.run import Scene
from seamsync.benchmarks.musetalk.stand_ins import stand_ins
from seamsync.media.audio import load_audio
from seamsync.media.encode_options import EncodeSettings
from seamsync.media.video import VideoReader
from seamsync.models import weights
from seamsync.models.base import Generator
from seamsync.models.musetalk.boxes import published_boxes
from seamsync.models.musetalk.generator import MuseTalkGenerator
from seamsync.models.musetalk.layouts import Layout, unet_shapes
from seamsync.models.musetalk.published_clip import published_frames
from seamsync.models.musetalk.run import MuseTalkNetwork
from seamsync.models.options import GenerateOptions
from seamsync.models.rewrite.generator import Rewrite
from seamsync.pipeline import track_video
from seamsync.runtime import Runtime
from seamsync.tracking.options import SmoothOptions


@pytest.fixture
def _face() -> None:
    if weights.status("facemesh")[0] != "present":
        pytest.skip("the facemesh weights are not on this machine; run: seamsync models get facemesh")


def _read(path: Path) -> np.ndarray:
    """A picture as whole numbers, BGR."""
    return np.asarray(cv2.imread(str(path))).astype(int)


def test_the_loop_writes_a_talking_clip(tmp_path: Path) -> None:
    """Blocks of colour in the lower half of the box, nothing elsewhere; a picture a frame, and sound."""
    speech = load_audio(SAMPLE / "speech.wav", duration=0.4)
    boxes = np.tile(np.array([150, 120, 350, 380]), (20, 1))
    job = Job(SAMPLE / "face.mp4", speech, tmp_path, tmp_path / "out.mp4", EncodeSettings(lossless=True), boxes, stand_ins())
    assert plain_loop(job) == 10
    made = VideoReader(job.out)
    assert made.info.has_audio
    assert made.info.frame_count == len(list((tmp_path / "out").glob("*.png"))) == 10
    before, after = (_read(tmp_path / kind / "00000005.png") for kind in ("in", "out"))
    changed = (before != after).any(-1)
    assert changed[260:370, 160:340].mean() > 0.9
    assert not changed[:200].any()


@pytest.mark.usefixtures("_face")
def test_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three lines on a part of the sample: faces known twice, and found, where the detector costs most."""
    monkeypatch.setattr(musetalk, "detector_seconds", lambda scene: 10.0)
    known, natural, found = musetalk.speed_rows(Scene(SAMPLE / "face.mp4", SAMPLE / "speech.wav", tmp_path, 0.3), 1)
    assert found["baseline"] == pytest.approx(known["baseline"] + 80, abs=11)
    assert natural["met"] is None
    assert found["met"] is True
    assert (tmp_path / "ours.mp4").is_file()


def test_the_gpu_part_runs_without_one() -> None:
    """Random weights of unit gain, and the two ways of running, on a CPU in little."""
    small = Layout((32, 32, 32, 32))
    state = gpu.random_state(unet_shapes(small), torch.float32)
    assert float(state["conv_in.weight"].std()) == pytest.approx((1 / (8 * 9)) ** 0.5, rel=0.1)
    network = MuseTalkNetwork(stand_ins(), torch.device("cpu"))
    assert gpu.seconds_a_frame(network.infer, 1, 1) > 0
    assert gpu._UNET + gpu._DECODER == 800.0


@pytest.mark.usefixtures("_face")
def test_generators_side_by_side(tmp_path: Path) -> None:
    """Every number of each beside the built-in one's, and a sheet with a column each."""
    made: dict[str, Generator] = {
        "rewrite": Rewrite("warp"),
        "musetalk": MuseTalkGenerator(MuseTalkNetwork(stand_ins(), torch.device("cpu"), batch=8)),
    }
    lines = generators.compare(SAMPLE / "face.mp4", load_audio(SAMPLE / "speech.wav", duration=0.3), made, tmp_path)
    names = [line["case"] for line in lines]
    assert names[0] == "rewrite: seconds"
    assert "musetalk: gradient_mismatch" in names
    assert all(line["ratio"] == 1 for line in lines if line["case"].startswith("rewrite") and line["baseline"])
    sheet = cv2.imread(str(tmp_path / "generators.png"))
    assert sheet is not None
    assert sheet.shape[1] == 3 * 300


def test_generators_that_are_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Those without their weights are left out."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("SEAMSYNC_MODELS", raising=False)
    assert list(generators.present()) == ["rewrite"]


@pytest.mark.usefixtures("_face")
def test_published_mode_is_the_plain_loop(tmp_path: Path) -> None:
    """Crops, windows and blend of the mode ``published`` give the loop's own pictures, but for the decoder's rounding."""
    speech = load_audio(SAMPLE / "speech.wav", duration=0.4)
    source = VideoReader(SAMPLE / "face.mp4", duration=0.44)
    track = track_video(source, smooth=SmoothOptions(), runtime=Runtime(device="cpu"))
    generator = MuseTalkGenerator(MuseTalkNetwork(stand_ins(), torch.device("cpu"), batch=4), published=True)
    clip = generator.generate(source, track, speech, GenerateOptions(silence="generate"))
    boxes = published_boxes(track)[:, :4].astype(int)
    boxes[:, 2:] += boxes[:, :2]
    job = Job(SAMPLE / "face.mp4", speech, tmp_path, tmp_path / "out.mp4", EncodeSettings(), boxes, stand_ins())
    count = plain_loop(job)
    skin = np.ones((512, 512), int)
    pictures = list(published_frames(source, clip, lambda picture: skin, mask="raw"))
    assert count == len(pictures) == 10
    for index, (picture, frame) in enumerate(zip(pictures, source.frames(), strict=False)):
        before, after = (_read(tmp_path / kind / f"{index:08d}.png") for kind in ("in", "out"))
        changed, theirs = picture[..., ::-1].astype(int) - frame.rgb()[..., ::-1], after - before
        assert np.abs(theirs).max() > 50
        assert np.corrcoef(changed.ravel(), theirs.ravel())[0, 1] > 0.98
        assert np.abs(changed - theirs).mean() < 0.5
        np.testing.assert_array_equal(changed.any((1, 2)), theirs.any((1, 2)))
