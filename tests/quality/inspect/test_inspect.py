"""Finished results measured against their originals: each planted fault moves the number that is meant for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from drawn_mouths import speech
from planted import COUNT, FPS, SIZE, blended, ellipse, inspected, pictures, still, tracked, write
from seamsync.errors import SeamSyncError
from seamsync.media.sources import TensorSource
from seamsync.models.speech.curves import speech_curves
from seamsync.quality.report.report import SeamReport

OLD, NEW = 0.06, 0.02


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The original, and a fair result: the mouth closed, a little lighter, in a soft mask."""
    place = tmp_path_factory.mktemp("planted")
    write(place / "original.mp4", pictures(still(OLD)), crf=2)
    write(place / "fair.mp4", blended(pictures(still(OLD)), pictures(still(NEW)) + np.float32(4), ellipse(feather=14)))
    return place


@pytest.fixture(scope="module")
def fair(folder: Path) -> dict[str, float]:
    """Numbers of the fair result."""
    return inspected(folder / "original.mp4", folder / "fair.mp4", still(OLD), still(NEW)).summary


def planted(folder: Path, frames: np.ndarray, **more: object) -> dict[str, float]:
    """Numbers of a result with these pictures."""
    result = write(folder / "planted.mp4", frames)
    return inspected(folder / "original.mp4", result, still(OLD), still(NEW), **more).summary


def test_a_fair_result(fair: dict[str, float]) -> None:
    """All frames measured, nothing outside changed, nothing left of the old lips."""
    assert fair["measured"] == fair["frames"] == COUNT
    assert fair["outside_changed"] < 1e-3
    assert fair["codec_noise"] < 2
    assert fair["overspill"] == fair["frame_offset"] == 0
    assert fair["fold"] < 0.05  # a found edge is off by a few pixels
    assert fair["seam_step"] < 1
    assert np.isnan(fair["alpha_flicker"])  # of a found mask, nothing can be said


def mask_of(alpha: np.ndarray) -> TensorSource:
    """Weights ``[H,W,1]`` or ``[T,H,W,1]`` as a mask for the whole clip."""
    return TensorSource(torch.from_numpy(np.repeat(alpha.reshape(-1, *alpha.shape[-3:]), 3, -1)), FPS, name="mask")


def test_colour_step(folder: Path, fair: dict[str, float]) -> None:
    """A patch that is lighter all over, with a hard border: seen with the mask given, and, less sharply, with it found."""
    patch, hard = pictures(still(NEW)) + np.float32(14), ellipse(feather=0)
    frames = blended(pictures(still(OLD)), patch, hard)
    known = planted(folder, frames, mask=mask_of(hard))
    assert known["seam_step"] > 3
    assert known["skin_delta_e"] > 3.5
    found = planted(folder, frames)
    assert found["seam_step"] > fair["seam_step"] + 0.5
    assert found["skin_delta_e"] > fair["skin_delta_e"] + 1


def test_hard_edge(folder: Path, fair: dict[str, float]) -> None:
    """A patch with another texture, cut hard."""
    patch = pictures(still(NEW), seed=5)
    seen = planted(folder, blended(pictures(still(OLD)), patch, ellipse(feather=0)))
    assert seen["gradient_mismatch"] > fair["gradient_mismatch"] + 0.1
    assert seen["ring_ssim"] < fair["ring_ssim"] - 0.01


def test_flicker(folder: Path, fair: dict[str, float]) -> None:
    """A patch whose brightness alternates."""
    patch = pictures(still(NEW)) + 8 * (-1.0) ** np.arange(COUNT, dtype=np.float32)[:, None, None, None]
    seen = planted(folder, blended(pictures(still(OLD)), patch, ellipse()))
    assert seen["photo_flicker"] > fair["photo_flicker"] + 1
    assert seen["tpsnr"] < fair["tpsnr"] - 3


def test_flickering_mask_that_is_known(folder: Path) -> None:
    """With the mask given, its own flicker counts."""
    sizes = [ellipse(half=(44.0 + 5 * (k % 2), 26.0)) for k in range(COUNT)]
    alpha = np.stack(sizes)
    numbers = []
    for mask in (alpha, np.repeat(alpha[:1], COUNT, 0)):
        frames = blended(pictures(still(OLD)), pictures(still(NEW)) + np.float32(5), mask)
        numbers.append(planted(folder, frames, mask=mask_of(mask))["alpha_flicker"])
    assert numbers[0] > 0.1
    assert numbers[1] < 0.01


def test_strip_of_the_old_lips(folder: Path) -> None:
    """A mask that ends on the lower lip leaves the old one below the new."""
    old, new = pictures(still(OLD)), pictures(still(NEW)) + np.float32(6)
    seen = planted(folder, blended(old, new, ellipse(half=(44.0, 16.0), feather=2.0, down=-12.0)))
    assert seen["overspill"] > 0.05


def test_mask_past_the_jaw(folder: Path) -> None:
    """A patch that reaches below the chin."""
    patch = pictures(still(NEW)) + np.float32(12)
    seen = planted(folder, blended(pictures(still(OLD)), patch, ellipse(half=(70.0, 60.0), feather=4.0, down=25.0)))
    assert seen["fold"] > 0.1


def test_changes_elsewhere(folder: Path) -> None:
    """Pixels far from the face count as changed outside."""
    frames = blended(pictures(still(OLD)), pictures(still(NEW)), ellipse())
    frames[:, :40, :40] += 20
    seen = planted(folder, frames)
    assert seen["outside_changed"] == pytest.approx(40 * 40 / (SIZE[0] * SIZE[1]), rel=0.25)


@pytest.mark.parametrize("late", [0, 1])
def test_planted_audio_offset(tmp_path: Path, late: int) -> None:
    """Lips that move a frame after the speech are found a frame late."""
    count = 60
    audio = speech([(0.3, 0.6), (0.9, 1.1), (1.5, 2.0)], 2.4)
    driven = np.roll(speech_curves(audio, FPS, count).opening, late) * 0.08
    original = write(tmp_path / "a.mp4", pictures(still(OLD, count)), crf=2)
    result = write(tmp_path / "b.mp4", blended(pictures(still(OLD, count)), pictures(driven), ellipse()))
    report = inspected(original, result, still(OLD, count), driven, audio=audio)
    assert report.summary["av_offset"] == late
    assert report.summary["av_correlation"] > 0.95
    assert len(report.columns["driven_opening"]) == count


def is_perfect(report: SeamReport) -> bool:
    """Whether every number is the best there is."""
    seen = report.summary
    zero = ("gradient_mismatch", "seam_step", "skin_delta_e", "photo_flicker", "overspill", "fold", "outside_changed")
    return all(seen[name] < 1e-6 for name in zero) and seen["ring_ssim"] > 1 - 1e-6 and seen["sharpness_ratio"] == 1


def test_identical_files(folder: Path) -> None:
    """Nothing was changed, says the note, and the numbers are perfect."""
    same = inspected(folder / "fair.mp4", folder / "fair.mp4", still(NEW), still(NEW))
    assert is_perfect(same)
    assert same.summary["unchanged"] == COUNT
    assert any("nothing was changed" in note for note in same.notes)
    assert not same.failed()


def test_a_copy_encoded_again_is_unchanged(folder: Path) -> None:
    """Encoding noise is no mouth."""
    copy = write(folder / "copy.mp4", pictures(still(OLD)), crf=20)
    report = inspected(folder / "original.mp4", copy, still(OLD), still(OLD))
    assert report.summary["unchanged"] == COUNT


def test_frames_left_alone_are_not_measured(folder: Path) -> None:
    """Of a result that starts late, the first frames say nothing of the seam."""
    frames = blended(pictures(still(OLD, 60)), pictures(still(NEW, 60)) + np.float32(8), ellipse())
    frames[:30] = pictures(still(OLD, 30))
    original = write(folder / "long.mp4", pictures(still(OLD, 60)), crf=2)
    late = write(folder / "late.mp4", frames, crf=8)  # this grain coded more coarsely is as strong as a changed mouth
    report = inspected(original, late, still(OLD, 60), still(NEW, 60))
    status = report.columns["status"]
    assert set(status[:30]) == {"unchanged"}
    assert set(status[30:]) == {"measured"}
    assert np.isnan(report.columns["gradient_mismatch"][status == "unchanged"]).all()
    assert not np.isnan(report.columns["gradient_mismatch"][status == "measured"]).any()


def test_a_found_mask_is_told_of(folder: Path) -> None:
    """Where the mask is not given, the report says what that means; where it is, or nothing changed, it does not."""
    paths = folder / "original.mp4", folder / "fair.mp4"
    given = mask_of(ellipse())
    notes = [inspected(*paths, still(OLD), still(NEW), mask=mask).notes for mask in (None, given)]
    notes.append(inspected(paths[0], paths[0], still(OLD), still(OLD)).notes)
    assert [any("mask was found" in note for note in told) for told in notes] == [True, False, False]


def test_frames_without_a_face(folder: Path) -> None:
    """Are told of; a clip without any is refused."""
    report = inspected(folder / "original.mp4", folder / "fair.mp4", still(OLD), still(NEW))
    assert set(report.columns["status"]) == {"measured"}
    assert set(report.columns) >= {"frame", "target_frame", "time", "lip_opening", "codec_noise", "landmark_jitter"}
    hidden = tracked(still(OLD))
    hidden = replace(hidden, visible=np.zeros(COUNT, bool))
    with pytest.raises(SeamSyncError, match="no face found"):
        inspected(folder / "original.mp4", folder / "fair.mp4", still(OLD), still(NEW), track=hidden)
