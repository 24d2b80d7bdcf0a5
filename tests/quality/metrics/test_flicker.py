"""Flicker of the seam: planted trembles are heard, still seams and cuts are not."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest
import torch
from faces import face68
from seam_scenes import CENTRE, MOUTH, SIZE, WIDTH, chunk_of, ellipse, picture
from seamsync.blending.frame_batch import FrameBatch
from seamsync.quality.metrics.flicker import FlickerMeter
from seamsync.quality.metrics.measurement import Measurement
from seamsync.quality.metrics.ring import seam_ring

FPS = Fraction(25)
FRAMES = 40


def flicker(
    alphas: list[torch.Tensor], changes: list[torch.Tensor], *, batch: int = 1, chunks: list[FrameBatch] | None = None
) -> dict[str, np.ndarray]:
    """Columns of a clip of single frames, or of ``batch`` at a time."""
    meter = FlickerMeter(FPS)
    for first in range(0, len(alphas), batch):
        part = slice(first, first + batch)
        count = len(alphas[part])
        chunk = chunk_of(count, first=first) if chunks is None else chunks[first]
        change = torch.cat(changes[part])
        meter.update(Measurement(chunk, torch.full_like(change, 0.3), 0.3 + change, torch.cat(alphas[part])))
    return meter.compute()


def rms(column: np.ndarray) -> float:
    """Root mean square of the middle of a clip, where no end is near."""
    return float(np.sqrt(np.mean(column[8:-8] ** 2)))


def still() -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """A mask and a change of colour that do not move."""
    return [ellipse()] * FRAMES, [torch.full((1, 3, *SIZE), 0.05)] * FRAMES


def test_a_still_seam_does_not_flicker() -> None:
    """Neither does one that drifts slowly: brighter by a level a frame, growing by a pixel in ten frames."""
    alphas, changes = still()
    columns = flicker(alphas, changes)
    assert columns["alpha_flicker"].shape == (FRAMES,)
    assert np.nanmax(columns["alpha_flicker"]) < 1e-3
    assert np.nanmax(columns["photo_flicker"]) < 0.02
    drifting = [ellipse(half=(44 + t / 10, 34 + t / 10)) for t in range(FRAMES)]
    brighter = [torch.full((1, 3, *SIZE), t / 255) for t in range(FRAMES)]
    columns = flicker(drifting, brighter)
    assert rms(columns["alpha_flicker"]) < 0.004
    assert rms(columns["photo_flicker"]) < 0.05


def test_a_planted_flicker_has_its_deviation() -> None:
    """±4 levels every other frame (12.5 Hz) read 4; a 1 Hz wave of the same height reads next to nothing."""
    alphas, _ = still()
    fast = [torch.full((1, 3, *SIZE), 4 / 255 * (-1) ** t) for t in range(FRAMES)]
    slow = [torch.full((1, 3, *SIZE), 4 / 255 * float(np.sin(2 * np.pi * t / 25))) for t in range(FRAMES)]
    assert rms(flicker(alphas, fast)["photo_flicker"]) == pytest.approx(4, rel=0.03)
    assert rms(flicker(alphas, slow)["photo_flicker"]) < 0.1


def test_a_trembling_mask_is_heard() -> None:
    """A 12 px ramp that grows and shrinks by 1 px shifts alpha by 1/12 of full scale, a sixth of its mean; swaying too."""
    _, changes = still()
    breathing = [ellipse(half=(46 + (-1) ** t, 36 + (-1) ** t)) for t in range(FRAMES)]
    swaying = [ellipse(centre=(MOUTH[0] + (-1) ** t, MOUTH[1])) for t in range(FRAMES)]
    assert rms(flicker(breathing, changes)["alpha_flicker"]) == pytest.approx(1 / 6, rel=0.15)
    assert rms(flicker(swaying, changes)["alpha_flicker"]) > 0.08


def to_the_letter(alphas: list[torch.Tensor]) -> float:
    """Deviation over time of the mean of alpha over each frame's own seam ring, as a share of its mean."""
    rings = [seam_ring(alpha, chunk_of()).pixels for alpha in alphas]
    means = np.array([float(ring.mean(ring.take(alpha))) for ring, alpha in zip(rings, alphas, strict=True)])
    return float(means.std() / means.mean())


@pytest.mark.parametrize("fault", ["sways", "breathes", "fades"])
def test_planted_trembles_read_more_than_the_definition_to_the_letter(fault: str) -> None:
    """A mean over the whole ring misses a mask that moves by a pixel; this one is beyond its goal."""
    sign = [(-1) ** t for t in range(FRAMES)]
    planted = {
        "sways": [ellipse(centre=(MOUTH[0] + s, MOUTH[1])) for s in sign],
        "breathes": [ellipse(half=(46 + s, 36 + s)) for s in sign],
        "fades": [ellipse() * (0.9 + 0.1 * s) for s in sign],
    }[fault]
    found = rms(flicker(planted, still()[1])["alpha_flicker"])
    assert found > 0.08
    assert found > to_the_letter(planted)
    assert fault == "fades" or to_the_letter(planted) < 0.01


def test_the_face_may_move() -> None:
    """Mask and change that go with a fast turning, trembling, growing face do not flicker."""
    random = np.random.default_rng(0)
    chunks, alphas, changes = [], [], []
    base, texture = face68(CENTRE, WIDTH), picture(3, detail=0.1)[0].permute(1, 2, 0).numpy() - 0.5
    for t in range(FRAMES):
        turn = cv2.getRotationMatrix2D(MOUTH, 4 * random.normal(), 1 + 0.02 * random.normal())
        turn[:, 2] += random.normal(0, 2, 2)
        shift = turn.copy()
        shift[:, 2] += turn[:, :2] @ (0.5, 0.5) - 0.5
        marks = (base @ turn[:, :2].T + turn[:, 2]).astype(np.float32)[None]
        chunks.append(chunk_of(first=t, landmarks=marks, generated=marks))
        alphas.append(torch.from_numpy(cv2.warpAffine(ellipse()[0, 0].numpy(), shift, SIZE[::-1]))[None, None])
        moved = cv2.warpAffine(texture, shift, SIZE[::-1], borderMode=cv2.BORDER_REPLICATE)
        changes.append(torch.from_numpy(moved).permute(2, 0, 1)[None])
    columns = flicker(alphas, changes, chunks=chunks)
    assert rms(columns["alpha_flicker"]) < 0.02
    assert rms(columns["photo_flicker"]) < 0.3 * 255 * float(texture.std())
    stays = flicker(alphas, changes)
    assert rms(stays["alpha_flicker"]) > 3 * rms(columns["alpha_flicker"])


def test_nothing_crosses_a_cut() -> None:
    """A jump at a cut is none; stretches too short, and frames without a mask, are NaN."""
    alphas, _ = still()
    changes = [torch.full((1, 3, *SIZE), 0.0 if t < 20 else 0.2) for t in range(FRAMES)]
    chunks = [chunk_of(first=t, fresh=np.array([t in (0, 20, 37)])) for t in range(FRAMES)]
    alphas[5] = torch.zeros_like(alphas[5])
    columns = flicker(alphas, changes, chunks=chunks)
    for name in ("alpha_flicker", "photo_flicker"):
        assert np.flatnonzero(np.isnan(columns[name])).tolist() == [5, 37, 38, 39], name
    assert np.nanmax(columns["photo_flicker"]) < 0.05
    joined = flicker(alphas, changes)["photo_flicker"]
    assert np.nanmax(joined) > 5


def test_batches_equal_single_frames_and_empty_clips_give_empty_columns() -> None:
    """Chunking is not seen in the numbers."""
    alphas = [ellipse(half=(44 + t % 3, 34)) for t in range(12)]
    changes = [picture(t) - 0.5 for t in range(12)]
    one, four = flicker(alphas, changes), flicker(alphas, changes, batch=4)
    for name, column in one.items():
        np.testing.assert_allclose(column, four[name], rtol=1e-3)
    assert all(len(column) == 0 for column in FlickerMeter(FPS).compute().values())


def test_full_masks_are_followed_at_the_border() -> None:
    """A mask that fills the picture has no contour, but does no harm."""
    columns = flicker([torch.ones(1, 1, *SIZE)] * 8, [torch.zeros(1, 3, *SIZE)] * 8)
    assert np.nanmax(columns["photo_flicker"]) == 0


def test_the_newest_frames_alone() -> None:
    """What is asked of the last frames is what a clip of them alone would have, however they came in chunks."""
    alphas = [ellipse(half=(34 + (t % 3), 26)) for t in range(30)]
    whole, tail = FlickerMeter(Fraction(25)), FlickerMeter(Fraction(25))
    for meter, first in ((whole, 0), (tail, 20)):
        for t in range(first, 30, 5):
            chunk = chunk_of(5, first=t)
            target = torch.cat([picture(0)] * 5)
            meter.update(Measurement(chunk, target, target + 0.01 * (t % 2), torch.cat(alphas[t : t + 5])))
    newest = whole.compute(last=10)
    assert [len(column) for column in newest.values()] == [10, 10]
    for name, column in whole.compute(last=30).items():
        np.testing.assert_array_equal(column, whole.compute()[name])
    for name, column in tail.compute().items():
        np.testing.assert_allclose(newest[name], column, rtol=0.2, err_msg=name)
