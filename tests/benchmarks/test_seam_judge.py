"""The benchmark of the seam judges all methods alike, on pictures in memory."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from faces import face68, track_of
from seam_scenes import HeldClip, ellipse, picture
from seamsync.benchmarks import seams
from seamsync.benchmarks.harness.sheets import CELL, contact_sheet
from seamsync.benchmarks.mouths import simulated_mouths
from seamsync.benchmarks.seam_judge import Judged, Stage, hard_edged, judge, seamless_clone, set_stage
from seamsync.blending.presets import PRESETS
from seamsync.quality.metrics.registry import seam_columns

COUNT = 6
METHODS = {"baseline": PRESETS["baseline"], "hard paste": hard_edged(PRESETS["baseline"])}
#: Numbers that need an open mouth, lips that stand out, or teeth; the drawn pictures have none.
OF_OPEN_MOUTHS = {"opening_ratio", "teeth_chroma", "lip_contrast_ratio", "mouth_sharpness_ratio"}


@pytest.fixture(scope="module")
def stage() -> Stage:
    """A textured face that goes to the right, with small mouths."""
    texture = cv2.GaussianBlur(np.random.default_rng(0).normal(128, 90, (240, 340)), (0, 0), 3)
    clip = HeldClip([np.roll(texture, t, 1)[:, :320].clip(30, 220).astype(np.uint8) for t in range(COUNT)])
    track = track_of(np.stack([face68((160.0 + t, 100.0)) for t in range(COUNT)]))
    return set_stage(clip, track, simulated_mouths(clip, track, size=96), METHODS.values())


@pytest.fixture(scope="module")
def judged(stage: Stage) -> dict[str, Judged]:
    """The plain feather, a hard paste, and the clone."""
    return judge(stage, METHODS, {"clone": ("baseline", seamless_clone)}, shown=[2, 4])


def test_every_method_is_measured(judged: dict[str, Judged]) -> None:
    """In order, with every column that a closed mouth can have; the engine changes nothing outside the mask, the clone does."""
    assert list(judged) == ["baseline", "hard paste", "clone"]
    names = set(seam_columns()) - OF_OPEN_MOUTHS - {"occluder_change"}  # the preset baseline looks for nothing in front
    assert all(np.isfinite([method.own[name] for name in names]).all() for method in judged.values())
    assert [method.outside > 0 for method in judged.values()] == [False, False, True]
    assert all(set(method.pictures) == {2, 4} for method in judged.values())


def test_the_numbers_tell_the_methods_apart(judged: dict[str, Judged]) -> None:
    """A hard paste steps more than a feather, the clone less; at the ends of the hard paste's edge is its own step."""
    steps = {name: method.own["seam_step"] for name, method in judged.items()}
    assert steps["hard paste"] > 2 * steps["baseline"] > 4 * steps["clone"]
    assert judged["hard paste"].ends == pytest.approx(steps["hard paste"], rel=0.3)
    assert judged["baseline"].ends < steps["baseline"]


def test_the_first_method_is_its_own_rival(judged: dict[str, Judged]) -> None:
    """On the shared seam it has its own numbers, and others are measured where it is."""
    first = judged["baseline"]
    for name in first.common:
        assert first.common[name] == first.rival[name] == first.own[name]
    assert judged["clone"].rival["seam_step"] == pytest.approx(first.own["seam_step"], rel=0.1)


def test_pieces_and_patches_lie_in_the_frame(stage: Stage) -> None:
    """Targets have the boxes' size; patches show what the later frame has there, plus the cast, but for softness."""
    for index, target in stage.targets.items():
        x0, y0, x1, y1 = stage.boxes[index]
        assert target.shape == (1, 3, y1 - y0, x1 - x0)
    chunk = stage.batch(0)
    x, y = chunk.landmarks[0, 33].astype(int)
    middle = (slice(None), slice(None), slice(y - 15, y + 15), slice(x - 15, x + 15))
    difference = stage.patch(0)[middle] - stage.targets[0][middle]
    np.testing.assert_allclose(difference.mean((0, 2, 3)) * 255, [9, -5, 6], atol=6)
    assert [stage.batch(i).fresh[0] for i in range(3)] == [True, False, False]


def test_clone_of_the_target_is_the_target() -> None:
    """And an empty mask changes nothing."""
    target = picture(0)
    made = seamless_clone(target, target, (ellipse(0.0, centre=(85, 90)) > 0.5).float())
    assert (made - target).abs().max() < 2.5 / 255
    assert torch.equal(seamless_clone(target, picture(1), torch.zeros_like(target[:, :1])), target)


def test_contact_sheet_has_a_column_a_method(stage: Stage, judged: dict[str, Judged], tmp_path: Path) -> None:
    """The target and three methods; two frames, three views each."""
    contact_sheet(stage, judged, tmp_path / "sheet.png")
    sheet = cv2.imread(str(tmp_path / "sheet.png"))
    assert sheet is not None
    assert sheet.shape[1] == 4 * CELL
    assert sheet.shape[0] > 6 * CELL
    assert sheet[:, :CELL].std() > 5


def test_lines_and_file_of_the_benchmark(judged: dict[str, Judged], tmp_path: Path) -> None:
    """Each preset against the baseline, the best against its limits and the clone; met or not as the numbers say."""
    named = {"baseline": judged["baseline"], "maximum concealment": judged["clone"], "seamlessClone": judged["clone"]}
    results = {("one", "96"): named, ("two", "96"): named}
    lines = {line["case"]: line for line in seams.lines(results, "96")}
    better, limit = (lines[f"96 | maximum concealment | seam_step{more}"] for more in ("", " within its limit"))
    assert better["ratio"] == pytest.approx(judged["clone"].own["seam_step"] / judged["baseline"].own["seam_step"])
    assert better["met"] is True
    assert limit["ratio"] == pytest.approx(judged["clone"].own["seam_step"] / seams.REACH["seam_step"])
    assert lines["96 | maximum concealment | pixels changed outside"]["met"] is False
    assert lines["96 | maximum concealment | photo_flicker against the clone"]["ratio"] == pytest.approx(1)
    assert lines["96 | maximum concealment | photo_flicker against the clone"]["met"] is False
    seams.write(results, tmp_path / "seams.csv")
    with (tmp_path / "seams.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 6
    assert float(rows[0]["seam_step"]) == pytest.approx(judged["baseline"].own["seam_step"], rel=1e-4)
