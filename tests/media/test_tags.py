"""Colour tags read from codes, and the convention where there are none."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from seamsync.media.tags import ColorTags, read_tags


@dataclass
class Codes:
    """Stands for a frame and a codec context."""

    colorspace: int = 2
    color_range: int = 0
    color_primaries: int = 2
    color_trc: int = 2


@pytest.mark.parametrize(
    ("code", "height", "matrix", "written"),
    [(1, 480, "bt709", 1), (5, 1080, "bt601", 5), (6, 1080, "bt601", 6), (9, 480, "bt2020", 9)]
    + [(2, 719, "bt601", 6), (2, 720, "bt709", 1), (0, 1080, "bt709", 1)],
)
def test_matrix(code: int, height: int, matrix: str, written: int) -> None:
    """A stated matrix is kept, one that is not follows the height."""
    tags = read_tags(Codes(code), Codes(), height)
    assert (tags.matrix, tags.colorspace) == (matrix, written)


def test_range_primaries_and_transfer_are_carried() -> None:
    """HDR's codes pass through; full range from the frame or from the pixel format."""
    tags = read_tags(Codes(9, color_range=2), Codes(color_primaries=9, color_trc=16), 2160)
    assert tags == ColorTags("bt2020", True, 9, 16, 9)
    assert not read_tags(Codes(color_range=1), Codes(), 100).full_range
    assert read_tags(Codes(), Codes(), 100, full_range=True).full_range
