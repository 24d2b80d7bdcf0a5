"""Reading mouth regions: folders, JSON lines, pictures in memory."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from seamsync.errors import SeamSyncError
from seamsync.models.regions.read import read_regions

ROW = [10, 20, 18, 28]


def picture(value: int, side: int = 8) -> np.ndarray:
    """A picture whose red, green and blue differ."""
    return np.tile(np.array([value, value // 2, 7], np.uint8), (side, side, 1))


def encoded(value: int, kind: str = "PNG") -> bytes:
    """The same as a file."""
    file = io.BytesIO()
    Image.fromarray(picture(value)).save(file, kind)
    return file.getvalue()


def write_lines(path: Path, lines: list[dict[str, Any]]) -> Path:
    """Write JSON lines."""
    path.write_text("\n".join(json.dumps(line) for line in lines) + "\n")
    return path


@pytest.mark.parametrize("first", [0, 1])
def test_folder(first: int, tmp_path: Path) -> None:
    """Numbers count from 0 or 1 and sort by value; a gap is a missing mouth; bounds lie beside the pictures."""
    for number in (0, 1, 3, 10):
        (tmp_path / f"mouth_{number + first}.png").write_bytes(encoded(10 * number))
    (tmp_path / "bounds.json").write_text(json.dumps({str(k): [k, 20, 30, 40] for k in range(11)}))
    regions = read_regions(tmp_path)
    assert [k for k in range(len(regions)) if regions.picture(k) is not None] == [0, 1, 3, 10]
    np.testing.assert_array_equal(regions.picture(10), picture(100))
    assert regions.rows[:, 0].tolist() == list(range(11))


def test_missing_at_the_end(tmp_path: Path) -> None:
    """More rows than pictures: the last pictures are missing."""
    for number in range(3):
        (tmp_path / f"{number}.jpg").write_bytes(encoded(number, "JPEG"))
    assert len(read_regions(tmp_path, [ROW] * 5)) == 5


def test_lines(tmp_path: Path) -> None:
    """Base64 with and without a data address, null for a missing mouth, any order, the target's frame and the size."""
    text = base64.b64encode(encoded(200)).decode()
    lines = [
        {"frame": 2, "image": f"data:image/png;base64,{text}", "bounds": ROW, "target_frame": 7},
        {"frame": 0, "prediction_data": text, "rect": ROW, "target_frame": 5, "size": [384, 216]},
        {"frame": 3, "image": None, "bounds": ROW},
    ]
    regions = read_regions(write_lines(tmp_path / "m.jsonl", lines))
    assert [regions.picture(k) is not None for k in range(4)] == [True, False, True, False]
    np.testing.assert_array_equal(regions.picture(2), picture(200))
    assert np.isnan(regions.rows).all(1).tolist() == [False, True, False, False]
    assert regions.size == (384, 216)
    assert regions.targets is not None
    assert regions.targets.tolist() == [5, 6, 7, 8]


def test_lines_without_numbers_take_bounds_of_a_file(tmp_path: Path) -> None:
    """They stand in the order of the output; one row holds for all."""
    text = base64.b64encode(encoded(9)).decode()
    regions = read_regions(write_lines(tmp_path / "m.jsonl", [{"image": text}] * 3), ROW)
    assert regions.rows.tolist() == [ROW] * 3


def test_in_memory(tmp_path: Path) -> None:
    """Paths, bytes, pictures of 8 bits or floats, None, and an array of all."""
    (tmp_path / "a.png").write_bytes(encoded(50))
    regions = read_regions([tmp_path / "a.png", encoded(50), picture(50), picture(50) / 255, None, b"broken"], ROW)
    for index in range(4):
        np.testing.assert_array_equal(regions.picture(index), picture(50))
    assert regions.picture(4) is regions.picture(5) is None
    assert len(read_regions(np.zeros((5, 8, 8, 3), np.float32), ROW)) == 5


def test_broken_pictures_are_missing(tmp_path: Path) -> None:
    """Cut off, no picture, far too large: the frame keeps the original."""
    big = io.BytesIO()
    Image.new("L", (5000, 10)).save(big, "PNG")
    text = [base64.b64encode(one).decode() for one in (encoded(200)[:40], b"text", big.getvalue())]
    lines = [{"image": one, "bounds": ROW} for one in [*text, "no base64 !", 12]]
    regions = read_regions(write_lines(tmp_path / "m.jsonl", lines))
    assert all(regions.picture(k) is None for k in range(len(regions)))


def test_wrong_input_is_explained(tmp_path: Path) -> None:
    """Counts, names, kinds of files."""
    cases: list[tuple[Any, Any, str]] = [
        ([picture(1)] * 3, [ROW] * 2, "are 3, but there are 2 rows"),
        ([picture(1)] * 3, None, "need bounds"),
        (tmp_path / "none", ROW, "folder of pictures or a .jsonl file"),
        (tmp_path, ROW, "named by their frame.*got none"),
    ]
    for source, bounds, words in cases:
        with pytest.raises(SeamSyncError, match=words):
            read_regions(source, bounds)
    (tmp_path / "first.png").write_bytes(encoded(1))
    with pytest.raises(SeamSyncError, match=r"got first\.png"):
        read_regions(tmp_path, ROW)
    (tmp_path / "first.png").rename(tmp_path / "5.png")
    with pytest.raises(SeamSyncError, match="got 5 as the lowest"):
        read_regions(tmp_path, ROW)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no lines"),
        ("[1]", "no object"),
        ("{", "cannot be read as mouth regions"),
        ('{"frame": -1}', "whole number from 0"),
        ('{"frame": 1}\n{"frame": 1}', "each once"),
        ('{"bounds": [1, 2]}', "four to six numbers"),
        ('{"bounds": [1, 2, 3, 4], "size": [0, 3]}', "width, height"),
        ('{"bounds": [1, 2, 3, 4], "target_frame": "x"}', "target_frame"),
    ],
)
def test_wrong_lines(text: str, words: str, tmp_path: Path) -> None:
    """The file's name and the value are in the message."""
    (tmp_path / "m.jsonl").write_text(text)
    with pytest.raises(SeamSyncError, match=words):
        read_regions(tmp_path / "m.jsonl")
