"""Bounds of mouth regions: every way in which people write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from seamsync.errors import SeamSyncError
from seamsync.models.regions.bounds import first_number, read_bounds, rows_of

ROWS = [[10, 20, 30, 40], [11.5, 20, 31, 40], [12, 20, 32, 40]]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("b.json", json.dumps(ROWS)),
        ("b.json", json.dumps({"bounds": ROWS})),
        ("b.json", json.dumps([{"rect": row} for row in ROWS])),
        ("b.json", json.dumps({str(k): {"rect": row} for k, row in enumerate(ROWS)})),
        ("b.json", json.dumps({str(k): row for k, row in enumerate(ROWS, 1)})),
        ("b.csv", "x1,y1,x2,y2\n10,20,30,40\n11.5,20,31,40\n12,20,32,40\n"),
        ("b.txt", "# left top right bottom\n10 20 30 40\n11.5  20 31 40\n\n12;20;32;40\n"),
    ],
)
def test_files(name: str, text: str, tmp_path: Path) -> None:
    """The same rows come from each."""
    (tmp_path / name).write_text(text)
    assert read_bounds(tmp_path / name).tolist() == ROWS


def test_arrays(tmp_path: Path) -> None:
    """NPY of any width, and one row that holds for all."""
    np.save(tmp_path / "b.npy", np.array([[1, 2, 3, 4, 1280, 720]]))
    assert read_bounds(tmp_path / "b.npy").tolist() == [[1, 2, 3, 4, 1280, 720]]
    assert rows_of((1, 2, 3, 4)).shape == (1, 4)


def test_frames_without_a_row() -> None:
    """They are NaN, whether the list has None or the numbers skip one."""
    for rows in ([ROWS[0], None, ROWS[2]], {"1": ROWS[0], "3": ROWS[2]}):
        assert np.isnan(rows_of(rows)).all(1).tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([], "rows of four numbers"),
        ("10 20 30 40", "rows of four numbers"),
        ([None], "got no row"),
        ([[1, 2, 3]], "four to six numbers"),
        ([[1, 2, 3, True]], "four to six numbers"),
        ([[1, 2, 3, "4"]], "four to six numbers"),
        ([ROWS[0], [1, 2, 3, 4, 5]], "rows of 4, 5"),
        ({"left": 1}, "under bounds, rect, bbox, box"),
        ({"7": ROWS[0]}, "numbered from 0 or from 1, got 7"),
        ({"0": ROWS[0], "99999999999": ROWS[0]}, "numbered up to"),
    ],
)
def test_what_is_no_bounds(value: Any, words: str) -> None:
    """The message shows the value and the form."""
    with pytest.raises(SeamSyncError, match=words):
        rows_of(value)


@pytest.mark.parametrize("content", [b"[[1, 2", b"\x93NUMPY\x01\x00\x76\x00{'descr': '|O'", b""])
@pytest.mark.parametrize("suffix", [".json", ".csv", ".npy"])
def test_damaged_files(content: bytes, suffix: str, tmp_path: Path) -> None:
    """A named error, whatever the parser raises."""
    path = tmp_path / f"b{suffix}"
    path.write_bytes(content)
    with pytest.raises(SeamSyncError):
        read_bounds(path)


def test_other_files(tmp_path: Path) -> None:
    """A missing file and one of another kind are refused with the kinds that can be read."""
    with pytest.raises(SeamSyncError, match="bounds"):
        read_bounds(tmp_path / "none.json")
    with pytest.raises(SeamSyncError, match=r"json, \.csv, \.txt, \.npy"):
        read_bounds(tmp_path / "bounds.xml")


def test_counting() -> None:
    """People count from 0 or from 1."""
    assert (first_number([3, 0]), first_number([1, 2])) == (0, 1)
