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
from seamsync.models.musetalk.generator import MuseTalkGenerator
from seamsync.models.musetalk.layouts import Layout, unet_shapes
from seamsync.models.musetalk.run import MuseTalkNetwork
from seamsync.models.rewrite.generator import Rewrite


@pytest.fixture
def _face() -> None:
    if weights.status("facemesh")[0] != "present":
        pytest.skip("the facemesh weights are not on this machine; run: seamsync models get facemesh")


def test_the_loop_writes_a_talking_clip(tmp_path: Path) -> None:
    """Blocks of colour in the lower half of the box, nothing elsewhere; a picture a frame, and sound."""
    speech = load_audio(SAMPLE / "speech.wav", duration=0.4)
    boxes = np.tile(np.array([150, 120, 350, 380]), (20, 1))
    job = Job(SAMPLE / "face.mp4", speech, tmp_path, tmp_path / "out.mp4", EncodeSettings(lossless=True), boxes, stand_ins())
    assert plain_loop(job) == 10
    made = VideoReader(job.out)
    assert made.info.has_audio
    assert made.info.frame_count == len(list((tmp_path / "out").glob("*.png"))) == 10
    before, after = (cv2.imread(str(tmp_path / kind / "00000005.png")).astype(int) for kind in ("in", "out"))
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
