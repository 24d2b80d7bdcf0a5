"""Tiles cover the picture, overlap by half, and know where they came from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seamsync.tracking.tiles import cut_tiles


@pytest.mark.parametrize("size", [(320, 180), (180, 320), (200, 200), (1080, 1920)])
def test_every_half_tile_square_is_whole_in_some_tile(size: tuple[int, int]) -> None:
    """At each level, whatever is up to half a tile wide lies uncut in at least one tile."""
    width, height = size
    tiles = cut_tiles(np.zeros((height, width, 3), np.uint8), 64)
    for scale in np.unique(tiles.scale):
        origin, side = tiles.origin[tiles.scale == scale], 64 * scale
        half = side / 2 - 2 * scale
        for x, y in np.random.default_rng(0).uniform(0, 1, (50, 2)) * np.maximum([width - half, height - half], 0):
            low, high = origin <= np.array([x, y]) + scale, origin + side >= np.array([x, y]) + half - scale
            assert (low & high).all(1).any()


@given(width=st.integers(1, 300), height=st.integers(1, 300))
@settings(max_examples=30, deadline=None)
def test_any_size(width: int, height: int) -> None:
    """Tiles of the right size for every picture, the whole of it first."""
    tiles = cut_tiles(np.full((height, width, 3), 7, np.uint8), 32)
    assert tiles.pixels.shape[1:] == (32, 32, 3)
    assert len(tiles.pixels) == len(tiles.origin) == len(tiles.scale)
    assert tiles.scale[0] == max(width, height) / 32
    np.testing.assert_array_equal(tiles.origin[0], 0)


def test_a_pixel_is_found_again() -> None:
    """A bright block in a tile maps back to where it is in the picture."""
    image = np.zeros((180, 320, 3), np.uint8)
    image[96:108, 204:216] = 255
    tiles = cut_tiles(image, 64)
    for pixels, origin, scale in zip(tiles.pixels, tiles.origin, tiles.scale, strict=True):
        rows, columns = np.nonzero(pixels[..., 0] > 200)
        if len(rows) > 4:
            place = origin + scale * (np.array([columns.mean(), rows.mean()]) + 0.5)
            np.testing.assert_allclose(place, [210, 102], atol=scale + 6)


def test_small_pictures_are_not_blown_up() -> None:
    """Below half the input's size no tile is taken, but for the whole picture."""
    assert len(cut_tiles(np.zeros((40, 40, 3), np.uint8), 128).pixels) == 1
