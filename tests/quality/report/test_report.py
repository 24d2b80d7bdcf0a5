"""Reports: a row a frame, stable text, written whole or not at all."""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from seamsync.errors import SeamSyncError
from seamsync.quality.report.pictures import ring_png
from seamsync.quality.report.report import SeamReport
from seamsync.quality.worst import Shot

REPORT = SeamReport(
    columns={"frame": np.arange(2), "status": np.array(["composited", "no face"]), "x": np.array([1 / 3, np.nan])},
    summary={"frames": np.int64(2)},
    settings={"mask": {"shape": "contour"}},
    notes=("1 of 2 frames keep their original pixels: no face",),
)


def test_csv_has_a_row_a_frame() -> None:
    """Header and rows; NaN is empty."""
    assert REPORT.to_csv() == "frame,status,x\n0,composited,0.333333\n1,no face,\n"
    assert len(REPORT) == 2


def test_json_carries_settings_and_versions() -> None:
    """Readable by anything."""
    body = json.loads(REPORT.to_json())
    assert body["summary"] == {"frames": 2}
    assert body["settings"]["mask"]["shape"] == "contour"
    assert "torch" in body["versions"]


def test_save(tmp_path: Path) -> None:
    """All three files, nothing else."""
    written = REPORT.save(tmp_path / "new")
    names = ["seam.csv", "seam.html", "seam.json"]
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == names == sorted(p.name for p in written)
    assert written[-1].suffix == ".html"
    assert len(list(csv.DictReader(written[0].open()))) == 2


def test_save_with_pictures_of_the_ring(tmp_path: Path) -> None:
    """One a shot, named after the report; the page stays last."""
    alpha = np.zeros((20, 30), np.uint8)
    alpha[5:15, 5:25] = 255
    greys = [np.full((20, 30, 3), level, np.uint8) for level in (90, 91)]
    shots = tuple(Shot(k, 1.0, grey, grey, alpha, 40.0) for k, grey in enumerate(greys))
    written = replace(REPORT, shots=shots).save(tmp_path, "take", seam_ring=True)
    assert [p.name for p in written] == ["take_ring_1.png", "take_ring_2.png", "take.csv", "take.json", "take.html"]
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(p.name for p in written)
    assert written[0].read_bytes() == ring_png(shots[0]) != ring_png(shots[1]) == written[1].read_bytes()


def test_two_equal_runs_write_equal_files(tmp_path: Path) -> None:
    """Byte for byte: nothing of when or where."""
    first, second = (REPORT.save(tmp_path / name) for name in ("one", "two"))
    for one, two in zip(first, second, strict=True):
        assert one.read_bytes() == two.read_bytes()


def test_verdict_names_what_is_missed() -> None:
    """In a line, with numbers and goals; a share is told as a share."""
    numbers = {"seam_step": 0.5, "ring_ssim": 0.99, "gradient_mismatch": 0.1, "gradient_mismatch_within": 0.9, "tpsnr": np.nan}
    report = SeamReport(columns={}, summary=numbers)
    assert report.failed() == ["gradient_mismatch", "seam_step"] == json.loads(report.to_json())["failed"]
    told = "gradient_mismatch ≤ 0.12 on 90 % of frames (goal 95 %), seam_step 0.5 (goal ≤ 0.25)"
    assert report.verdict() == f"the seam meets 1 of 3 goals; missed: {told}"
    assert SeamReport(columns={}, summary={"seam_step": 0.1}).verdict() == "the seam meets all 1 goals"
    assert REPORT.verdict() == "the seam was not measured"
    assert report.numbers()["tpsnr"] is None


def test_inputs_are_told_by_their_bytes(tmp_path: Path) -> None:
    """Files by role and name; what is no file is passed over; one that is gone is an error."""
    (tmp_path / "a.wav").write_bytes(b"abc")
    report = REPORT.with_inputs(face=object(), audio=tmp_path / "a.wav", track=None).with_inputs(mask=str(tmp_path / "a.wav"))
    known = hashlib.sha256(b"abc").hexdigest()
    assert report.inputs == {"audio a.wav": known, "mask a.wav": known} == json.loads(report.to_json())["inputs"]
    with pytest.raises(SeamSyncError, match=r"cannot read .*gone\.mp4"):
        REPORT.with_inputs(face=tmp_path / "gone.mp4")


def test_save_where_a_file_stands(tmp_path: Path) -> None:
    """A file in the way is an error that names it."""
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(SeamSyncError, match=r"cannot write the report to .*taken"):
        REPORT.save(tmp_path / "taken")
    assert (tmp_path / "taken").read_text() == "mine"
