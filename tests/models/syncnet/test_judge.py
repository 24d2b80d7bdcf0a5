"""What the networks are shown: crops of a frame, and judges from files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from faces import face68, track_of
from seamsync.errors import SeamSyncError
from seamsync.media.audio import Audio
from seamsync.media.frame import PlanarFrame
from seamsync.media.tags import FULL_RANGE, ColorTags
from seamsync.models import registry
from seamsync.models.speech.mel import mel_spectrogram
from seamsync.models.syncnet.crops import cut_region, face_regions, wide_regions
from seamsync.models.syncnet.judge import EXPERT, PAPERS, NetworkKind, judge_of, load_judge
from seamsync.models.syncnet.mfcc import mfcc
from syncnet2_reference import random_state as paper_state
from syncnet2_reference import reference as paper_reference
from syncnet_reference import random_state as expert_state
from syncnet_reference import reference as expert_reference

CPU = torch.device("cpu")
SPEECH = Audio(np.random.default_rng(0).normal(0, 0.1, (1, 32000)).clip(-1, 1), 16000)


def ramp_frame(width: int, height: int) -> PlanarFrame:
    """Grey that rises by one level a pixel, to the right and downward."""
    frame = PlanarFrame.blank(width, height, (1, 1), 8, ColorTags(color_range=FULL_RANGE))
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


def saved(kind: NetworkKind, folder: Path) -> Path:
    """A file of made-up weights in the layout that was published."""
    state = {"lipsync_expert": {"state_dict": expert_state()}, "syncnet_v2": paper_state()}[kind.name]
    (entry,) = registry.get(kind.name).files
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(state, folder / entry.name)
    return folder / entry.name


def test_expert(tmp_path: Path) -> None:
    """Sees lower halves and hears mel windows; past the end there is nothing to hear."""
    judge = judge_of(EXPERT, saved(EXPERT, tmp_path), SPEECH, CPU)
    assert (judge.name, judge.zeros) == ("lipsync_expert", False)
    track, frame = track_of(face68((60, 50), 80)[None], (120, 120)), ramp_frame(120, 120)
    (region,) = judge.regions(track)
    np.testing.assert_array_equal(region, face_regions(track)[0])
    np.testing.assert_array_equal(judge.crop(frame, region), cut_region(frame, region, 96)[48:])
    crops = np.random.default_rng(1).integers(0, 256, (7, 48, 96, 3), np.uint8)
    five = torch.from_numpy(np.stack([crops[t : t + 5, :, :, ::-1] for t in range(3)])).permute(0, 1, 4, 2, 3)
    starts = [int(3.2 * t) for t in range(3, 9)]
    mel = torch.from_numpy(np.stack([mel_spectrogram(SPEECH)[None, :, start : start + 16] for start in starts]))
    heard, seen = expert_reference(expert_state(), mel, five.reshape(3, 15, 48, 96) / 255)
    np.testing.assert_allclose(judge.embed_faces(crops), seen, atol=1e-6)
    np.testing.assert_allclose(judge.embed_speech(3, 9), heard, atol=1e-6)
    assert judge.embed_speech(0, 500).shape == (46, 512)  # int(3.2 · 45) + 16 = 160 of 161 columns
    assert judge.embed_speech(400, 500).shape == (0, 512)


def test_papers(tmp_path: Path) -> None:
    """Sees wide faces over grey, at 224 pixels, and hears 200 ms in steps of 40."""
    judge = judge_of(PAPERS, saved(PAPERS, tmp_path), SPEECH, CPU)
    assert (judge.name, judge.zeros) == ("syncnet_v2", True)
    track, frame = track_of(face68((32, 25), 50)[None], (64, 64)), ramp_frame(64, 64)
    (region,) = judge.regions(track)
    np.testing.assert_array_equal(region, wide_regions(track)[0])
    crop = judge.crop(frame, region)
    np.testing.assert_array_equal(crop, cut_region(frame, region, 224, 110))
    assert (crop[:, 0] == 110).all()
    crops = np.stack([np.roll(crop, 30 * k, 1) for k in range(6)])
    volumes = torch.from_numpy(np.stack([crops[t : t + 5, :, :, ::-1] for t in range(2)])).permute(0, 4, 1, 2, 3)
    cepstra = torch.from_numpy(np.stack([mfcc(SPEECH)[None, :, 4 * t : 4 * t + 20] for t in range(3, 9)]))
    for got, branch, shown in ((judge.embed_faces(crops), "lip", volumes), (judge.embed_speech(3, 9), "aud", cepstra)):
        expected = paper_reference(paper_state(), branch, shown)
        np.testing.assert_allclose(got, expected, atol=1e-5 * float(expected.abs().max()))
    assert judge.embed_speech(0, 500).shape == (45, 1024)
    assert judge.embed_speech(400, 500).shape == (0, 1024)


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty models folder, the only one."""
    monkeypatch.delenv("SEAMSYNC_MODELS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "models"


def put(kind: NetworkKind, models: Path) -> Path:
    """The same file, where it is looked for."""
    return saved(kind, models / "seamsync" / registry.get(kind.name).folder)


@pytest.fixture
def unhashed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files with any content pass for the published ones."""
    entries = [registry.get(name) for name in registry.names()]
    free = [replace(entry, files=tuple(replace(file, sha256="") for file in entry.files)) for entry in entries]
    monkeypatch.setattr(registry, "_ENTRIES", tuple(free))


def test_no_file_no_judge(models: Path) -> None:
    """Without weights there is none, without a word."""
    assert load_judge(SPEECH, CPU, models) is None


@pytest.mark.usefixtures("unhashed")
def test_the_network_of_papers_is_preferred(models: Path) -> None:
    """Each is taken where it is alone; of both, that of papers."""
    for kind in (EXPERT, PAPERS):
        put(kind, models)
        judge = load_judge(SPEECH, CPU, models)
        assert judge is not None
        assert judge.kind is kind


def test_another_file_of_that_name_is_told(models: Path) -> None:
    """Only the published bytes judge as papers do; the other network does not take the place of a damaged file."""
    put(EXPERT, models)
    put(PAPERS, models)
    with pytest.raises(
        SeamSyncError, match=r"syncnet_v2 is damaged: put syncnet_v2\.model into .* from https\S+ \(54,573,114 bytes\)"
    ):
        load_judge(SPEECH, CPU, models)
