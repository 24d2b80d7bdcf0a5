"""What the networks are shown: crops of a frame, and judges from files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from faces import face68, track_of
from seamsync.media.audio import Audio
from seamsync.media.frame import PlanarFrame
from seamsync.media.tags import ColorTags
from seamsync.models.mel import mel_spectrogram
from seamsync.models.syncnet import face_windows, load_syncnet, speech_windows
from seamsync.models.syncnet_crops import cut_region, face_regions, wide_regions
from seamsync.models.syncnet_judge import expert_judge, load_judge, paper_judge
from seamsync.models.syncnet_v2 import SyncNet2
from syncnet_reference import random_state

CPU = torch.device("cpu")
SPEECH = Audio(np.random.default_rng(0).normal(0, 0.1, (1, 32000)).clip(-1, 1), 16000)


def ramp_frame(width: int, height: int) -> PlanarFrame:
    """Grey that rises by one level a pixel, to the right and downward."""
    frame = PlanarFrame.blank(width, height, (1, 1), 8, ColorTags(full_range=True))
    frame.y[...] = np.arange(width) + np.arange(height)[:, None]
    frame.u[...] = frame.v[...] = 128
    return frame


@pytest.mark.parametrize("corner", [(20.0, 30.0), (21.0, 31.0), (20.3, 30.6)])
@pytest.mark.parametrize("size", [96, 30])
def test_crop_keeps_its_place(corner: tuple[float, float], size: int) -> None:
    """Each pixel of the crop is the ramp's value where its middle lies, enlarged or shrunk, to a level."""
    x0, y0 = corner
    region = np.array([x0, y0, x0 + 60, y0 + 40])
    crop = cut_region(ramp_frame(120, 100), region, size)
    assert crop.shape == (size, size, 3)
    x = x0 + (np.arange(size) + 0.5) * 60 / size - 0.5
    y = y0 + (np.arange(size) + 0.5) * 40 / size - 0.5
    expected = x + y[:, None]
    assert np.abs(crop[..., 0] - expected).max() < 1.1
    assert abs((crop[..., 0] - expected).mean()) < 0.3


def test_whole_pixels_are_copied() -> None:
    """A region of the crop's own size, at whole pixels, is not resampled."""
    frame = ramp_frame(130, 110)
    np.testing.assert_array_equal(cut_region(frame, np.array([10.0, 6, 106, 102]), 96), frame.rgb((10, 6, 106, 102)))


def test_outside_the_frame() -> None:
    """What lies outside has the fill, or goes on as the border does."""
    frame = ramp_frame(100, 100)
    crop = cut_region(frame, np.array([-50.0, 0, 50, 100]), 50, 110)
    assert (crop[:, :25] == 110).all()
    assert abs(int(crop[20, 25, 0]) - 42) <= 1
    extended = cut_region(frame, np.array([-50.0, 0, 50, 100]), 50)
    np.testing.assert_array_equal(extended[:, 25:], crop[:, 25:])
    assert abs(int(extended[20, 0, 0]) - 41) <= 1
    assert (cut_region(frame, np.array([0.0, 50, 100, 150]), 50, 110)[25:] == 110).all()
    assert (cut_region(frame, np.array([-90.0, 0, -10, 80]), 8, 110) == 110).all()


def test_regions_hold_the_face() -> None:
    """The plain box is that of the landmarks with a forehead; the wide one a square 1.4 times its longer side, from its top."""
    points = face68()
    track = track_of(np.tile(points, (20, 1, 1)))
    low, high = points.min(0), points.max(0)
    top = low[1] - (high[1] - low[1]) / 8
    plain = np.array([low[0], top, *high])
    np.testing.assert_allclose(face_regions(track), np.tile(plain, (20, 1)), atol=0.01)
    half, x = max(plain[2:] - plain[:2]) / 2, (low[0] + high[0]) / 2
    y = (top + high[1]) / 2
    expected = [x - 1.4 * half, y - half, x + 1.4 * half, y + 1.8 * half]
    np.testing.assert_allclose(wide_regions(track), np.tile(expected, (20, 1)), atol=0.01)


def test_wide_regions_are_steadied_within_scenes() -> None:
    """A head that is elsewhere for six frames is passed over; a cut is not smeared."""
    landmarks = np.tile(face68(), (60, 1, 1))
    landmarks[10:16] += 5
    landmarks[40:] += 50
    track = replace(track_of(landmarks), scene=np.repeat([0, 1], [40, 20]))
    steady = wide_regions(track)
    still = wide_regions(track_of(np.tile(face68(), (5, 1, 1))))[0]
    np.testing.assert_allclose(steady[:40], np.tile(still, (40, 1)), atol=0.01)
    np.testing.assert_allclose(steady[40:], np.tile(still + 50, (20, 1)), atol=0.01)


def test_expert(tmp_path: Path) -> None:
    """Sees lower halves and hears the mel windows as its network does; past the end there is nothing to hear."""
    file = tmp_path / "lipsync_expert.pth"
    torch.save({"state_dict": random_state()}, file)
    judge, network = expert_judge(file, SPEECH, CPU), load_syncnet(file, CPU)
    track, frame = track_of(face68((60, 50), 80)[None], (120, 120)), ramp_frame(120, 120)
    (region,) = judge.regions(track)
    np.testing.assert_array_equal(region, face_regions(track)[0])
    np.testing.assert_array_equal(judge.crop(frame, region), cut_region(frame, region, 96)[48:])
    crops = np.random.default_rng(1).integers(0, 256, (7, 48, 96, 3), np.uint8)
    np.testing.assert_array_equal(judge.see(crops), network.see(face_windows(crops)).numpy())
    mel = mel_spectrogram(SPEECH)
    np.testing.assert_array_equal(judge.hear(3, 9), network.hear(speech_windows(mel, 3, 9)).numpy())
    assert judge.hear(0, 500).shape == (46, 512)  # int(3.2 · 45) + 16 = 160 of 161 columns
    assert judge.hear(400, 500).shape == (0, 512)


def test_paper(tmp_path: Path) -> None:
    """Sees wide faces over grey, at 224 pixels, and hears 200 ms in steps of 40."""
    file = tmp_path / "syncnet_v2.model"
    torch.manual_seed(0)
    torch.save(SyncNet2().state_dict(), file)
    judge = paper_judge(file, SPEECH, CPU)
    track = track_of(face68((32, 25), 50)[None], (64, 64))
    crop = judge.crop(ramp_frame(64, 64), judge.regions(track)[0])
    assert crop.shape == (224, 224, 3)
    assert (crop[:, 0] == 110).all()
    assert judge.see(np.stack([crop] * 5)).shape == (1, 1024)
    assert judge.hear(0, 500).shape == (45, 1024)
    assert judge.hear(400, 500).shape == (0, 1024)


def test_no_file_no_judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without weights there is none, without a word."""
    monkeypatch.setenv("SEAMSYNC_MODELS", str(tmp_path / "none"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert load_judge(SPEECH, CPU) is None
