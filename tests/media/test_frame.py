"""One frame: views over its memory, copies, and RGB worked by hand."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch
from seamsync.errors import SeamSyncError
from seamsync.media.frame import PlanarFrame, VideoInfo, pixel_format
from seamsync.media.planes import rgb_from_planes
from seamsync.media.tags import FULL_RANGE, ColorTags
from videos import made_frame, pattern

FORMATS = ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le"]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("size", [(48, 32), (47, 31), (1, 1)])
def test_views(name: str, size: tuple[int, int]) -> None:
    """Shapes, type and facts; writing through a view changes the frame that is encoded."""
    frame = PlanarFrame(made_frame(3, size, name), ColorTags())
    assert pixel_format(frame.chroma, frame.bit_depth) == name
    assert (frame.width, frame.height) == size
    assert frame.y.shape == (size[1], size[0])
    assert frame.u.shape == frame.v.shape == (-(-size[1] // frame.chroma[1]), -(-size[0] // frame.chroma[0]))
    frame.v[0, 0] = 99
    assert PlanarFrame(frame.frame, ColorTags()).v[0, 0] == 99


@pytest.mark.parametrize("name", FORMATS)
def test_copy_shares_nothing(name: str) -> None:
    """Changing the copy leaves the original."""
    frame = PlanarFrame(made_frame(3, (47, 31), name), ColorTags())
    other = frame.copy()
    for index, (mine, theirs) in enumerate(zip(frame.planes, other.planes, strict=True)):
        assert np.array_equal(mine, theirs)
        theirs[...] = 0
        assert np.array_equal(mine, pattern(3, mine.shape, index, frame.bit_depth))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("color", "values", "expected"),
    [
        (ColorTags(1), (63, 102, 240), (255, 1, 0)),
        (ColorTags(6), (81, 90, 240), (254, 0, 0)),
        (ColorTags(1, FULL_RANGE), (54, 99, 255), (254, 0, 0)),
        (ColorTags(9), (74, 97, 240), (255, 0, 1)),
    ],
)
@pytest.mark.parametrize("bits", [8, 10])
def test_red_in_every_matrix(color: ColorTags, values: tuple[int, int, int], expected: tuple[int, int, int], bits: int) -> None:
    """The code values of pure red, from the standards, are red."""
    frame = PlanarFrame.blank(6, 4, (2, 2), bits, color)
    for plane, value in zip(frame.planes, values, strict=True):
        plane[...] = value << (bits - 8)
    rgb = frame.rgb()
    assert rgb.shape == (4, 6, 3)
    assert rgb.dtype == np.uint8
    assert np.abs(rgb.astype(int) - expected).max() <= 1 + (color.full_range and bits == 10)


@pytest.mark.parametrize("box", [(4, 6, 20, 16), (5, 7, 20, 15), (-3, -3, 9, 9), (40, 24, 99, 199), (46, 130, 47, 131)])
@pytest.mark.parametrize("name", ["yuv420p", "yuv422p", "yuv444p10le"])
def test_box_is_a_part_of_the_whole(box: tuple[int, int, int, int], name: str) -> None:
    """Any box, odd edges and outside parts included, to the bit; and the whole is one conversion of all planes."""
    frame = PlanarFrame(made_frame(5, (47, 131), name), ColorTags())
    whole = frame.rgb()
    x0, y0, x1, y1 = max(box[0], 0), max(box[1], 0), min(box[2], 47), min(box[3], 131)
    assert np.array_equal(frame.rgb(box), whole[y0:y1, x0:x1])
    y, u, v = (torch.from_numpy(plane.copy())[None] for plane in frame.planes)
    at_once = rgb_from_planes(y, u, v, frame.color, frame.bit_depth)[0].permute(1, 2, 0) * 255
    assert np.array_equal(whole, at_once.round().clamp(0, 255).to(torch.uint8).numpy())


def test_box_outside() -> None:
    """The message names the frame's size."""
    with pytest.raises(SeamSyncError, match="must overlap the frame of 48x32"):
        PlanarFrame(made_frame(0, (48, 32)), ColorTags()).rgb((50, 0, 60, 10))


def test_duration() -> None:
    """Frames over rate, exact."""
    assert VideoInfo("clip", 8, 8, Fraction(30000, 1001), 30).duration == Fraction(1001, 1000)
