"""Reports: a row a frame, stable text, written whole or not at all."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from seamsync.blending.report import SeamReport
from seamsync.tensors import SeamSyncError

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
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == ["seam.csv", "seam.html", "seam.json"] == sorted(p.name for p in written)
    assert len(list(csv.DictReader(written[0].open()))) == 2


def test_save_where_a_file_stands(tmp_path: Path) -> None:
    """A file in the way is an error that names it."""
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(SeamSyncError, match=r"cannot write the report to .*taken"):
        REPORT.save(tmp_path / "taken")
    assert (tmp_path / "taken").read_text() == "mine"
