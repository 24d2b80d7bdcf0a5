"""Luma, slopes, dilation and chosen pixels, by both backends, against SciPy and loops."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage
from seamsync.quality.metrics.picture import Pixels, dilate, halved, laplacian, luma_chroma, norm, sample, sobel, squared_sum

BACKENDS = pytest.mark.parametrize("backend", [None, "torch"])


def random_planes(batch: int = 2, channels: int = 1, size: tuple[int, int] = (23, 31), seed: int = 0) -> torch.Tensor:
    """Noise 0…1, float32 ``[B,C,H,W]``."""
    return torch.rand(batch, channels, *size, generator=torch.Generator().manual_seed(seed))


def test_luma_and_chroma_are_bt709() -> None:
    """White is 1 without colour; pure blue and red reach the end of their axis; odd sizes repeat the last row and column."""
    colours = torch.tensor([[1.0, 1, 1], [0, 0, 1], [1, 0, 0]])[:, :, None, None].expand(-1, -1, 3, 5)
    luma, chroma = luma_chroma(colours.contiguous())
    assert chroma.shape == (3, 2, 2, 3)
    np.testing.assert_allclose(luma[:, 0, 0, 0], [1, 0.0722, 0.2126], atol=1e-6)
    np.testing.assert_allclose(chroma[:, :, 1, 2], [[0, 0], [0.5, -0.0458], [-0.1146, 0.5]], atol=1e-4)


def test_halving_is_the_mean_of_four() -> None:
    """Against reshaping; an odd last column counts twice."""
    planes = random_planes(size=(6, 9))
    even = planes[..., :8].numpy().reshape(2, 1, 3, 2, 4, 2).mean((3, 5))
    np.testing.assert_allclose(halved(planes)[..., :4], even, atol=1e-6)
    np.testing.assert_allclose(halved(planes)[..., 4], planes[..., 8].numpy().reshape(2, 1, 3, 2).mean(-1), atol=1e-6)


@BACKENDS
def test_sobel_and_laplacian_match_scipy(backend: str | None) -> None:
    """With the border repeated, in units a pixel."""
    planes = random_planes()
    slopes, bend = sobel(planes, backend=backend).numpy(), laplacian(planes, backend=backend).numpy()
    for image, slope, bent in zip(planes[:, 0].numpy().astype(np.float64), slopes, bend[:, 0], strict=True):
        np.testing.assert_allclose(slope[0], ndimage.sobel(image, 1, mode="nearest") / 8, atol=1e-6)
        np.testing.assert_allclose(slope[1], ndimage.sobel(image, 0, mode="nearest") / 8, atol=1e-6)
        np.testing.assert_allclose(bent, ndimage.laplace(image, mode="nearest"), atol=1e-5)


@BACKENDS
def test_squared_sum_counts_the_mask_alone(backend: str | None) -> None:
    """Against NumPy; nothing where the mask is empty."""
    one, two, mask = random_planes(3), random_planes(3, seed=1), random_planes(3, seed=2) > 0.6
    mask[1] = False
    expected = (((one - two).double() ** 2) * mask).sum((1, 2, 3))
    np.testing.assert_allclose(squared_sum(one - two, mask, backend=backend), expected, rtol=1e-5)


@BACKENDS
def test_dilation_is_by_exact_distance(backend: str | None) -> None:
    """Against SciPy's distance transform, radii apart in one batch."""
    masks, radius = random_planes(3, size=(40, 33)) > 0.99, np.array([1.0, 4.5, 6.3])
    grown = dilate(masks, radius, backend=backend)
    for mask, r, out in zip(masks[:, 0].numpy(), radius, grown[:, 0].numpy(), strict=True):
        np.testing.assert_array_equal(out, ndimage.distance_transform_edt(~mask) <= r)


@BACKENDS
def test_dilation_of_nothing_is_nothing(backend: str | None) -> None:
    """Nor does the border of the picture count as mask."""
    assert not dilate(torch.zeros(1, 1, 9, 9, dtype=torch.bool), np.array([3.0]), backend=backend).any()


def test_sample_is_bilinear_with_centres_at_half() -> None:
    """On a ramp the value is the place; past the border it stays."""
    ramp = (torch.arange(8.0) + 0.5).expand(1, 1, 5, 8).contiguous()
    points = torch.tensor([[[0.5, 0.5], [3.75, 2.0], [7.5, 4.5], [-3.0, 2.0], [20.0, 2.0]]])
    np.testing.assert_allclose(sample(ramp, points)[0, 0], [0.5, 3.75, 7.5, 0.5, 7.5], atol=1e-5)


@BACKENDS
def test_pixels_take_sum_and_mean(backend: str | None) -> None:
    """Against boolean indexing, with different numbers of pixels in a batch and none in one of them."""
    picture, mask = random_planes(3, 2), random_planes(3, seed=1) > 0.7
    mask[1] = False
    pixels = Pixels.of(mask, backend=backend)
    mean, total = pixels.mean(pixels.take(picture)), pixels.sum(pixels.take(picture))
    np.testing.assert_array_equal(pixels.count(), mask.sum((1, 2, 3)))
    assert torch.isnan(mean[1]).all()
    assert (total[1] == 0).all()
    for row in (0, 2):
        np.testing.assert_allclose(mean[row], picture[row][:, mask[row, 0]].mean(-1), rtol=1e-5)


@BACKENDS
def test_sums_around_match_a_loop(backend: str | None) -> None:
    """Only chosen pixels within the square count, themselves included."""
    mask, values = random_planes(2, seed=3) > 0.8, random_planes(2, 3, seed=4)
    pixels = Pixels.of(mask, backend=backend)
    sums = pixels.around(pixels.take(values), 4, backend=backend)
    places = pixels.points()
    for row in range(2):
        chosen = np.argwhere(mask[row, 0].numpy())
        for column in range(sums.shape[2]):
            if pixels.weight[row, column] == 0:
                continue
            x, y = (places[row, column] - 0.5).int().tolist()
            near = chosen[np.abs(chosen - (y, x)).max(1) <= 4]
            np.testing.assert_allclose(sums[row, :, column], values[row][:, near[:, 0], near[:, 1]].sum(-1), rtol=1e-4)


def test_length_is_euclidean() -> None:
    """Against NumPy."""
    vectors = random_planes(2, 3)[..., 0]
    np.testing.assert_allclose(norm(vectors), np.linalg.norm(vectors.numpy(), axis=1), rtol=1e-6)
