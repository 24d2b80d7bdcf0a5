"""Both backends of the stencils, against slow references and each other."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from seamsync.blending.pixels import stencils

BACKENDS = (None, "torch")
SIZES = [(1, 1), (2, 7), (9, 2), (13, 18)]


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    """Random numbers, float32."""
    return torch.from_numpy(np.random.default_rng(seed).random(shape, np.float32))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("size", [(2, 2), (8, 14), (1, 6), (7, 9)])
def test_halve_weighs_four_by_four(backend: str | None, size: tuple[int, int]) -> None:
    """Every new pixel is the (1 3 3 1)/8 mean of those around its centre, 0 beyond the border."""
    images = noise(2, 3, *size)
    taps = np.array([1, 3, 3, 1]) / 8
    padded = np.pad(images.double().numpy(), ((0, 0), (0, 0), (1, 2), (1, 2)))
    expected = np.zeros((2, 3, (size[0] + 1) // 2, (size[1] + 1) // 2))
    for y, x in np.ndindex(expected.shape[2:]):
        square = padded[..., 2 * y : 2 * y + 4, 2 * x : 2 * x + 4]
        expected[..., y, x] = (square * taps[:, None] * taps).sum((-2, -1))
    np.testing.assert_allclose(stencils.downsample2x(images, backend=backend), expected, atol=1e-6)


@pytest.mark.parametrize("backend", BACKENDS)
def test_double_is_four_times_the_transpose_of_halve(backend: str | None) -> None:
    """⟨double(a), b⟩ = 4 ⟨a, halve(b)⟩ away from the border: what makes a V-cycle symmetric."""
    small, large = torch.zeros(1, 1, 8, 9), noise(1, 1, 16, 18, seed=1)
    small[..., 1:-1, 1:-1] = noise(1, 1, 6, 7)
    left = (stencils.upsample2x(small, backend=backend) * large).sum()
    right = 4 * (small * stencils.downsample2x(large, backend=backend)).sum()
    assert left == pytest.approx(float(right), rel=1e-5)


@pytest.mark.parametrize("backend", BACKENDS)
def test_double_keeps_a_slope(backend: str | None) -> None:
    """A plane stays a plane, at the new pixels' centres."""
    slope = (torch.arange(6.0) + 0.5)[None, None, None].expand(1, 1, 5, 6)
    expected = (torch.arange(12.0) + 0.5) / 2
    doubled = stencils.upsample2x(slope, backend=backend)
    np.testing.assert_allclose(doubled[..., 1:-1], expected[1:-1].expand(1, 1, 10, 10), atol=1e-6)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("size", SIZES)
def test_laplacian_matches_scipy(backend: str | None, size: tuple[int, int]) -> None:
    """Five points, and nothing crosses the border."""
    images = noise(2, 2, *size)
    expected = np.stack([[ndimage.laplace(plane, mode="nearest") for plane in image] for image in images.double().numpy()])
    np.testing.assert_allclose(stencils.laplacian(images, backend=backend), expected, atol=2e-6)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("size", SIZES)
def test_five_point_matches_scipy(backend: str | None, size: tuple[int, int]) -> None:
    """Weights of a pixel and of its neighbours, 0 beyond the border."""
    images = noise(2, 2, *size)
    kernel = np.array([[0, 0.3, 0], [0.3, -0.7, 0.3], [0, 0.3, 0]])
    planes = images.double().numpy()
    expected = np.stack([[ndimage.correlate(plane, kernel, mode="constant") for plane in image] for image in planes])
    np.testing.assert_allclose(stencils.five_point(images, -0.7, 0.3, backend=backend), expected, atol=2e-6)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("radius", [0, 1, 4])
def test_box_mean_matches_scipy(backend: str | None, radius: int) -> None:
    """Mean of the square, borders reflected."""
    images = noise(2, 2, 11, 14)
    expected = images.double().numpy()
    for axis in (2, 3):
        expected = ndimage.uniform_filter1d(expected, 2 * radius + 1, axis, mode="mirror")
    np.testing.assert_allclose(stencils.box_mean(images, radius, backend=backend), expected, atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 19), st.integers(1, 19), st.integers(0, 12), st.integers(0, 99))
def test_backends_agree(height: int, width: int, radius: int, seed: int) -> None:
    """Any size, the smallest too; a box larger than the picture is limited."""
    images = noise(1, 2, height, width, seed=seed)
    for function in (stencils.downsample2x, stencils.upsample2x, stencils.laplacian):
        np.testing.assert_allclose(function(images), function(images, backend="torch"), atol=2e-6)
    boxed = stencils.box_mean(images, radius)
    np.testing.assert_allclose(boxed, stencils.box_mean(images, radius, backend="torch"), atol=2e-6)
