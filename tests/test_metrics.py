"""The seam meter as a whole: its columns, its summary, its goals."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch
from seam_scenes import SIZE, chunk_of, composite, ellipse, picture
from seamsync.blending.metrics import COLUMNS, GOALS, SeamMeter, failed, summary
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
    assert set(columns) == set(COLUMNS)
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
    chunk = replace(chunk_of(2), generated=None)
    columns = meter.add(chunk, target, target.flip(0), alpha) | meter.finish()
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
            chunk = chunk_of(first=t)
            pictures = (target, result, alpha)
            if mirrored:
                marks = (chunk.landmarks[:, MIRROR] * (-1, 1) + (SIZE[1], 0)).astype(np.float32)
                chunk = replace(chunk, landmarks=marks, generated=marks)
                pictures = tuple(p.flip(-1).contiguous() for p in pictures)
            rows.append(meter.add(chunk, *pictures))
        columns.append({name: np.concatenate([row[name] for row in rows]) for name in rows[0]} | meter.finish())
    for name, column in columns[0].items():
        loose = name in ("skin_delta_e", "lip_delta_e")  # not measured in every row and column
        np.testing.assert_allclose(columns[1][name], column, rtol=0.15 if loose else 5e-3, atol=1e-4, err_msg=name)


def test_a_supersampled_chunk_measures_the_stored_pictures() -> None:
    """Landmarks and widths of a ROI drawn larger are taken down with it."""
    chunk, target = chunk_of(), picture(0)
    made = composite(target, picture(1), ellipse())
    large = replace(
        chunk,
        size=(2 * SIZE[0], 2 * SIZE[1]),
        scale=2.0,
        face_width=2 * chunk.face_width,
        landmarks=2 * chunk.landmarks,
        generated=2 * chunk.landmarks,
    )
    one, two = (SeamMeter(Fraction(25)).add(c, target, made, ellipse()) for c in (chunk, large))
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


def test_goals_say_what_they_are_of() -> None:
    """Each has a phrase and an end; ranges take both ends in."""
    assert all(goal.what and (np.isfinite(goal.low) or np.isfinite(goal.high)) for goal in GOALS.values())
    assert GOALS["sharpness_ratio"].met(np.array([0.79, 0.8, 1.25, 1.26])).tolist() == [False, True, True, False]


def test_strain_counts_the_end_of_the_range_as_one() -> None:
    """From the ideal outwards, on both sides; without end where there is no room, without meaning for NaN."""
    sharp, fold, like = GOALS["sharpness_ratio"], GOALS["fold"], GOALS["tpsnr_min"]
    np.testing.assert_allclose(sharp.strain(np.array([1.0, 0.8, 1.25, 0.6, 3.0, np.nan])), [0, 1, 1, 2, 4, 0])
    assert fold.strain(np.array([0.0, 1e-3])).tolist() == [0, 4]
    np.testing.assert_allclose(like.strain(np.array([50.0, 40.0, 28.0, 16.0])), [0, 0, 0.5, 1])


def test_goals_in_signs() -> None:
    """One end, two, and the share of frames."""
    told = [GOALS[name].text() for name in ("seam_step", "tpsnr", "sharpness_ratio", "gradient_mismatch")]
    assert told == ["≤ 0.25", "≥ 21", "0.8…1.25", "≤ 0.12 on 95 % of frames"]
