"""Blocks: means against NumPy, the blur with zeros around against SciPy, and the way back."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage
from seamsync.blending.pixels.coarse import block_means, enlarge, gaussian_spread


@pytest.mark.parametrize(("size", "step"), [((12, 20), 4), ((13, 22), 4), ((7, 5), 3), ((9, 9), 1)])
def test_block_means_against_numpy(size: tuple[int, int], step: int) -> None:
    """Every block is its mean; the total is kept, zeros filling the margins."""
    image = torch.from_numpy(np.random.default_rng(0).random((2, 1, *size), dtype=np.float32))
    means = block_means(image, step)
    assert means.shape[-2:] == tuple(-(-length // step) for length in size)
    missing = [-length % step for length in size]
    padded = np.pad(image.numpy(), [(0, 0), (0, 0), *((m // 2, m - m // 2) for m in missing)])
    height, width = means.shape[-2:]
    expected = padded.reshape(2, 1, height, step, width, step).mean((3, 5))
    np.testing.assert_allclose(means.numpy(), expected, atol=1e-6)


def test_spread_against_scipy() -> None:
    """A Gaussian that reads zeros outside the picture."""
    image = torch.from_numpy(np.random.default_rng(1).random((1, 2, 30, 41), dtype=np.float32))
    out = gaussian_spread(image, 2.5)
    for band in range(2):
        expected = ndimage.gaussian_filter(image[0, band].double().numpy(), 2.5, mode="constant", truncate=3.2)
        np.testing.assert_allclose(out[0, band].numpy(), expected, atol=2e-3)


@pytest.mark.parametrize(("size", "step"), [((24, 40), 4), ((25, 42), 4), ((17, 30), 3)])
def test_a_slope_comes_back(size: tuple[int, int], step: int) -> None:
    """What is linear is the same after reducing and enlarging, away from the border."""
    rows, columns = torch.meshgrid(torch.arange(size[0]), torch.arange(size[1]), indexing="ij")
    image = (0.01 * rows + 0.02 * columns)[None, None]
    out = enlarge(block_means(image, step), step, size)
    assert out.shape == image.shape
    inner = (..., slice(2 * step, -2 * step), slice(2 * step, -2 * step))
    assert (out - image)[inner].abs().max() < 1e-5
