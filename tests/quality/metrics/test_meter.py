"""The seam meter as a whole: its columns, its summary, its goals."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch
from seam_scenes import SIZE, chunk_of, composite, ellipse, picture
from seamsync.quality.metrics.goals import failed
from seamsync.quality.metrics.meter import SeamMeter, summary
from seamsync.quality.metrics.registry import seam_columns
from seamsync.tracking.landmarks import MIRROR

#: Half axes of a mask that stays inside the face.
WITHIN = (34.0, 26.0)


def measure(made: list[torch.Tensor], targets: list[torch.Tensor], *, backend: str | None = None) -> dict[str, np.ndarray]:
    """All columns of a clip of single frames with one mask."""
    meter = SeamMeter(Fraction(25), backend=backend)
    rows = [meter.add(chunk_of(first=t), targets[t], made[t], ellipse(half=WITHIN)) for t in range(len(made))]
    assert meter.indices == list(range(len(made)))
    return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]} | meter.finish()


@pytest.mark.parametrize("backend", [None, "torch"])
def test_the_target_itself_reaches_every_goal(backend: str | None) -> None:
    """Perfect values, and nothing missed."""
    frames = [picture(0)] * 6
    columns = measure([f.clone() for f in frames], frames, backend=backend)
    assert set(columns) == set(seam_columns())
    assert all(len(column) == 6 and column.dtype == np.float64 for column in columns.values())
    numbers = summary(columns)
    for name in ("gradient_mismatch", "seam_step", "skin_delta_e", "lip_delta_e", "overspill", "fold", "photo_flicker"):
        assert numbers[name] == pytest.approx(0, abs=1e-6), name
    assert numbers["ring_ssim"] == pytest.approx(1)
    assert numbers["sharpness_ratio"] == pytest.approx(1)
    assert failed(numbers) == []


def test_a_bad_composite_misses_its_goals() -> None:
    """A cast that flickers, blurred, pasted with a hard edge past the jaw."""
    targets = [picture(0, detail=0.02)] * 8
    blurred = torch.nn.functional.avg_pool2d(targets[0], 5, stride=1, padding=2, count_include_pad=False)
    meter, hard = SeamMeter(Fraction(25)), ellipse(0.0)
    rows = []
    for t, target in enumerate(targets):
        cast = torch.tensor([0.12, -0.06, 0.1])[:, None, None] * (1 + 0.3 * (-1) ** t)
        rows.append(meter.add(chunk_of(first=t), target, composite(target, blurred + cast, hard), hard))
    columns = {name: np.concatenate([row[name] for row in rows]) for name in rows[0]} | meter.finish()
    numbers = summary(columns)
    missed = {"gradient_mismatch", "seam_step", "ring_ssim", "skin_delta_e", "lip_delta_e", "fold", "sharpness_ratio"}
    missed |= {"mouth_sharpness_ratio"}
    assert set(failed(numbers)) == missed
    assert numbers["photo_flicker"] > 3
    assert numbers["seam_step_within"] == 0


def test_backends_agree() -> None:
    """All columns, either way."""
    targets = [picture(t) for t in range(6)]
    made = [composite(t, picture(9), ellipse(half=WITHIN)) for t in targets]
    one, two = measure(made, targets), measure(made, targets, backend="torch")
    for name, column in one.items():
        np.testing.assert_allclose(column, two[name], rtol=1e-3, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("backend", [None, "torch"])
@pytest.mark.parametrize("fill", [0.0, 1.0])
def test_empty_and_full_masks_do_not_crash(backend: str | None, fill: float) -> None:
    """What has no meaning is NaN, and a summary of nothing is NaN."""
    alpha, target = torch.full((2, 1, *SIZE), fill), torch.cat([picture(0), picture(1)])
    meter = SeamMeter(Fraction(25), backend=backend)
    batch = replace(chunk_of(2), generated=None)
    columns = meter.add(batch, target, target.flip(0), alpha) | meter.finish()
    for name in ("gradient_mismatch", "seam_step", "ring_ssim", "alpha_flicker"):
        assert np.isnan(columns[name]).all(), name
        assert np.isnan(summary(columns)[name])
    assert np.isnan(columns["skin_delta_e"]).all() == (fill == 0)
    assert columns["overspill"].tolist() == [1 - fill] * 2
    assert "ring_ssim" not in failed(summary(columns))


def test_a_mirrored_clip_has_the_same_numbers() -> None:
    """Left and right do not matter."""
    targets, alpha = [picture(t) for t in range(6)], ellipse(6, centre=(80, 105), half=(36, 24))
    made = [composite(t, picture(9 + i), alpha) for i, t in enumerate(targets)]
    columns = []
    for mirrored in (False, True):
        meter, rows = SeamMeter(Fraction(25)), []
        for t, (target, result) in enumerate(zip(targets, made, strict=True)):
            batch = chunk_of(first=t)
            pictures = (target, result, alpha)
            if mirrored:
                marks = (batch.landmarks[:, MIRROR] * (-1, 1) + (SIZE[1], 0)).astype(np.float32)
                batch = replace(batch, landmarks=marks, generated=marks)
                pictures = tuple(p.flip(-1).contiguous() for p in pictures)
            rows.append(meter.add(batch, *pictures))
        columns.append({name: np.concatenate([row[name] for row in rows]) for name in rows[0]} | meter.finish())
    for name, column in columns[0].items():
        loose = name in ("skin_delta_e", "lip_delta_e")  # not measured in every row and column
        np.testing.assert_allclose(columns[1][name], column, rtol=0.15 if loose else 5e-3, atol=1e-4, err_msg=name)


def test_a_supersampled_chunk_measures_the_stored_pictures() -> None:
    """Landmarks and widths of a ROI drawn larger are taken down with it."""
    batch, target = chunk_of(), picture(0)
    made = composite(target, picture(1), ellipse())
    large = replace(
        batch,
        size=(2 * SIZE[0], 2 * SIZE[1]),
        scale=2.0,
        face_width=2 * batch.face_width,
        landmarks=2 * batch.landmarks,
        generated=2 * batch.landmarks,
    )
    one, two = (SeamMeter(Fraction(25)).add(c, target, made, ellipse()) for c in (batch, large))
    for name, column in one.items():
        np.testing.assert_array_equal(column, two[name], err_msg=name)


def test_summary_takes_means_shares_and_roots() -> None:
    """Of the frames that have a value; p95 looks at the worse end."""
    values = np.array([0.1, 0.1, 0.1, 0.3, np.nan])
    numbers = summary({"gradient_mismatch": values, "ring_ssim": values, "alpha_flicker": np.array([0.03, 0.04, np.nan])})
    assert numbers["gradient_mismatch"] == pytest.approx(0.15)
    assert numbers["gradient_mismatch_within"] == 0.75
    assert numbers["gradient_mismatch_p95"] == pytest.approx(0.27)
    assert numbers["ring_ssim_p95"] == pytest.approx(0.1)
    assert numbers["alpha_flicker"] == pytest.approx(np.sqrt(0.00125))
    assert failed(numbers) == ["gradient_mismatch", "ring_ssim"]
    assert "fold" not in numbers


def test_summary_of_steadiness() -> None:
    """Mean, deviation, minimum, and the share under 16 dB."""
    numbers = summary({"tpsnr": np.array([np.nan, 30.0, 30.0, 30.0, 10.0])})
    assert numbers["tpsnr"] == 25
    assert numbers["tpsnr_min"] == 10
    assert numbers["tpsnr_below_16"] == 0.25
    assert numbers["tpsnr_deviation"] == pytest.approx(np.std([30, 30, 30, 10]))
    assert failed(numbers) == ["tpsnr_deviation", "tpsnr_min", "tpsnr_below_16"]


def test_a_mouth_that_rests_and_speaks_is_no_unrest() -> None:
    """Likeness above what the eye tells apart does not spread; flicker below it does."""
    resting, flickering = np.tile([36.0, 60.0], 20), np.tile([24.0, 60.0], 20)
    assert summary({"tpsnr": resting})["tpsnr_deviation"] == 0
    assert failed(summary({"tpsnr": flickering})) == ["tpsnr_deviation"]


def test_summary_holds_the_target_beside() -> None:
    """The same numbers of the target's own likeness, and the verdict that they ease."""
    shaky, calm = np.array([np.nan, 30.0, 40.0, 20.0, 30.0]), np.array([np.nan, 30.0, 31.0, 30.0, 31.0])
    numbers = summary({"tpsnr": shaky, "tpsnr_target": shaky + [0, 0, 1, 0, 0]})
    assert numbers["tpsnr_deviation_target"] == pytest.approx(np.std([30, 35, 20, 30]))
    assert (numbers["tpsnr_target"], numbers["tpsnr_min_target"], numbers["tpsnr_below_16_target"]) == (30.25, 20, 0)
    assert numbers["tpsnr_target_p95"] < 30  # the worse end
    assert failed(numbers) == []
    assert failed(summary({"tpsnr": shaky, "tpsnr_target": calm})) == ["tpsnr_deviation"]


def test_jitter_ratio_is_of_resting_heads() -> None:
    """Root mean squares over the frames where the head rests; over all beside it; few frames give no verdict."""
    still = np.arange(100) < 50
    after, before = np.where(still, 0.002, 0.009), np.full(100, 0.01)
    before[60] = after[70] = np.nan
    columns = {"landmark_jitter": after, "landmark_jitter_raw": before, "still": still}
    numbers = summary(columns)
    assert numbers["landmark_jitter_ratio"] == pytest.approx(0.2)
    assert numbers["landmark_jitter_raw"] == pytest.approx(0.01)
    assert numbers["landmark_jitter_ratio_all"] == pytest.approx(np.sqrt((50 * 0.2**2 + 48 * 0.9**2) / 98))
    assert "landmark_jitter_ratio" not in failed(numbers)
    assert failed(summary(columns | {"landmark_jitter": 2 * after})) == ["landmark_jitter_ratio"]
    few = summary(columns | {"still": np.arange(100) < 39})
    assert np.isnan(few["landmark_jitter_ratio"])
    assert np.isfinite(few["landmark_jitter_ratio_all"])
    assert not any("ratio" in name for name in summary({"landmark_jitter": after}))
