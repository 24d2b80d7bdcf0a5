"""Regions as mouths: the right picture on the right frame, at the right place."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch
from faces import face68, track_of
from seamsync.errors import SeamSyncError
from seamsync.media.audio import Audio
from seamsync.media.sources import TensorSource
from seamsync.models.options import GenerateOptions
from seamsync.models.regions.generator import RegionGenerator, import_regions
from seamsync.models.regions.options import RegionOptions
from seamsync.models.regions.read import Regions, read_regions
from seamsync.runtime import Runtime
from seamsync.tracking.track import FaceTrack

SIZE, COUNT = (320, 240), 8
ROW = [100.0, 120.0, 220.0, 240.0]


def clip() -> TensorSource:
    """A blank clip."""
    return TensorSource(torch.zeros(COUNT, SIZE[1], SIZE[0], 3), Fraction(25))


def face() -> FaceTrack:
    """A face that stands still."""
    return track_of(np.stack([face68()] * COUNT), SIZE)


def made(count: int = COUNT, missing: int | None = 2) -> Regions:
    """Pictures that show their own number."""
    return read_regions([None if k == missing else np.full((40, 60, 3), k, np.uint8) for k in range(count)], ROW)


def speech(frames: int) -> Audio:
    """Noise of so many frames."""
    return Audio(np.random.default_rng(0).uniform(-0.1, 0.1, (1, frames * 640)).astype(np.float32), 16_000)


def test_every_frame_has_its_own_picture() -> None:
    """A missing one keeps the original and is reported; places map the picture's corners to the bounds' corners."""
    mouths = import_regions(clip(), face(), made(), runtime=Runtime("cpu"))
    assert np.asarray(mouths.patches[:])[:, 0, 0, 0].tolist() == [0, 1, 0, 3, 4, 5, 6, 7]
    assert mouths.active.tolist() == [k != 2 for k in range(COUNT)]
    np.testing.assert_allclose(mouths.to_frame[0] @ (0, 0, 1), ROW[:2])
    np.testing.assert_allclose(mouths.to_frame[0] @ (60, 40, 1), ROW[2:])
    assert any("1 frames have no mouth region" in note and note.endswith(": 2") for note in mouths.notes)


def test_an_inner_part_is_in_register() -> None:
    """A ramp, cut as 328 pixels and given without its border, lies on the ramp again."""
    ramp = np.linspace(0, 120, 329)[:-1] + 60 / 328  # values at the centres of 328 pixels between x = 100 and 220
    inner = np.tile(ramp[4:324, None], (320, 1, 3)).astype(np.uint8)
    mouths = import_regions(clip(), face(), read_regions([inner] * COUNT, ROW), runtime=Runtime("cpu"))
    x = mouths.to_frame[0] @ (100.5, 0.5, 1)
    assert x[0] - 100 == pytest.approx(ramp[104])


def test_pictures_of_several_sizes() -> None:
    """They are brought to the first one's."""
    pictures = [np.full((40, 60, 3), 9, np.uint8), np.full((80, 120, 3), 9, np.uint8)] * 4
    mouths = import_regions(clip(), face(), read_regions(pictures, ROW), runtime=Runtime("cpu"))
    assert mouths.patches.shape == (COUNT, 3, 40, 60)
    assert (np.asarray(mouths.patches) == 9).all()


@pytest.mark.parametrize(("count", "spoken", "note"), [(5, 8, "3 frames have no mouth region"), (8, 6, "last 2 mouth regions")])
def test_as_a_generator(count: int, spoken: int, note: str) -> None:
    """The speech decides the length; what is too much or too little is reported."""
    generator = RegionGenerator(made(count, None), RegionOptions())
    mouths = generator.generate(clip(), face(), speech(spoken))
    assert mouths.active.sum() == min(count, spoken)
    assert len(mouths) == spoken
    assert any(note in one for one in mouths.notes)


def test_streamed_as_at_once() -> None:
    """A region comes as soon as its own frame's speech is complete."""
    session = RegionGenerator(made()).prepare(clip(), face(), GenerateOptions())
    whole = speech(COUNT).samples
    shown = []
    for start in range(0, whole.shape[1], 500):
        session.push(whole[:, start : start + 500], 16_000)
        shown += [(number, int(patch[0, 0, 0])) for batch in session.patches() for number, patch in batch]
        assert len(shown) >= min(start + 500, whole.shape[1]) // 640
    assert shown == [(k, 0 if k == 2 else k) for k in range(COUNT)]


def test_regions_may_name_the_targets_frames() -> None:
    """The frame that a region was made for is shown with it."""
    regions = Regions(made(4, None).pictures, np.tile(ROW, (4, 1)), targets=np.array([3, 3, 2, 1]))
    mouths = import_regions(clip(), face(), regions, runtime=Runtime("cpu"))
    assert mouths.frames.tolist() == [3, 3, 2, 1]
    with pytest.raises(SeamSyncError, match="target_frame must be 0…7"):
        import_regions(clip(), face(), Regions(regions.pictures, regions.rows, targets=np.array([0, 1, 2, 8])))


def test_nothing_to_play() -> None:
    """All pictures broken: an error, not a clip without mouths."""
    with pytest.raises(SeamSyncError, match="none of the 3 pictures"):
        import_regions(clip(), face(), read_regions([b"x"] * 3, ROW))
