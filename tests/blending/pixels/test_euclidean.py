"""The distance transform in torch: exact, for every mask and batch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from seamsync.blending.pixels.euclidean import squared_distance


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 37), st.integers(1, 37), st.sampled_from([0.02, 0.5, 0.9, 0.995]))
def test_exact_for_random_masks(seed: int, height: int, width: int, share: float) -> None:
    """Whole squared distances equal SciPy's, whatever the size and density."""
    rng = np.random.default_rng(seed)
    mask = rng.random((2, height, width)) < share
    mask[:, rng.integers(height), rng.integers(width)] = False
    expected = np.stack([np.asarray(ndimage.distance_transform_edt(one)) for one in mask]) ** 2
    np.testing.assert_array_equal(squared_distance(torch.from_numpy(mask)), np.rint(expected))


def test_follows_its_definition() -> None:
    """Equal to the smallest of all pairs."""
    mask = torch.from_numpy(np.random.default_rng(0).random((13, 17)) < 0.9)
    false = (~mask).nonzero()
    every = torch.stack(torch.meshgrid(torch.arange(13), torch.arange(17), indexing="ij"), -1)
    expected = ((every[:, :, None] - false) ** 2).sum(-1).amin(-1)
    assert torch.equal(squared_distance(mask), expected)


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1), (6, 7)])
def test_without_an_outside(size: tuple[int, int]) -> None:
    """A full picture has the longest distance everywhere, an empty one none; neither touches its neighbour in the batch."""
    both = squared_distance(torch.stack([torch.ones(size, dtype=torch.bool), torch.zeros(size, dtype=torch.bool)]))
    assert (both[0] == (size[0] + size[1]) ** 2).all()
    assert (both[1] == 0).all()
