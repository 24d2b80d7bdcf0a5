"""Small pictures of frames."""

from __future__ import annotations

import numpy as np
import pytest
from seamsync.media.frame import PlanarFrame
from seamsync.media.tags import ColorTags
from seamsync.media.thumbnail import patch_thumbnail, thumbnail


def frame_of(width: int, height: int, depth: int = 8) -> PlanarFrame:
    """Dark above, bright below, reddish."""
    frame = PlanarFrame.blank(width, height, (2, 2), depth, ColorTags())
    levels = 4 if depth == 10 else 1
    frame.y[: height // 2], frame.y[height // 2 :] = 50 * levels, 200 * levels
    frame.u[...], frame.v[...] = 120 * levels, 140 * levels
    return frame


@pytest.mark.parametrize("depth", [8, 10])
@pytest.mark.parametrize(("size", "small"), [((640, 360), (256, 144)), ((360, 640), (144, 256)), ((64, 48), (64, 48))])
def test_the_picture_is_that_of_the_frame(size: tuple[int, int], small: tuple[int, int], depth: int) -> None:
    """Its shape, never larger than the frame, and its colours, whatever the bit depth."""
    frame = frame_of(*size, depth)
    picture = thumbnail(frame)
    assert picture.shape == (small[1], small[0], 3)
    assert picture.dtype == np.uint8
    full = frame.rgb()
    for mine, whole in ((picture[2], full[2]), (picture[-3], full[-3])):
        assert np.abs(mine[5].astype(int) - whole[5]).max() <= 2


@pytest.mark.parametrize(("size", "small"), [((512, 256), (256, 128)), ((96, 96), (96, 96))])
def test_a_patch_is_shown_as_it_is(size: tuple[int, int], small: tuple[int, int]) -> None:
    """Channels last, never larger than the patch; each pixel the mean of those it covers."""
    patch = np.zeros((3, size[1], size[0]), np.uint8)
    patch[0], patch[1, :, ::2], patch[2, : size[1] // 2] = 200, 100, 80
    picture = patch_thumbnail(patch)
    assert picture.shape == (small[1], small[0], 3)
    assert picture.dtype == np.uint8
    factor = size[0] // small[0]
    covered = patch.reshape(3, small[1], factor, small[0], factor).mean((2, 4)).transpose(1, 2, 0)
    assert np.abs(picture - covered).max() <= 0.5
