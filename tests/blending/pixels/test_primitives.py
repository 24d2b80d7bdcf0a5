"""Both backends of every primitive, against each other and against slow references."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from seamsync.blending.pixels import primitives
from skimage.color import rgb2lab

BACKENDS = (None, "torch")


def picture(height: int, width: int, channels: int = 3, seed: int = 0) -> torch.Tensor:
    """Smooth random picture, float32 ``[1,C,h,w]`` in 0…1."""
    noise = np.random.default_rng(seed).random((channels, height, width))
    smooth = ndimage.gaussian_filter(noise, (0, 2, 2))
    smooth = (smooth - smooth.min()) / np.ptp(smooth)
    return torch.from_numpy(smooth.astype(np.float32))[None]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("size", [(1, 1), (7, 12), (33, 20)])
def test_distance_is_exact(backend: str | None, size: tuple[int, int]) -> None:
    """Equal to SciPy's exact Euclidean transform."""
    mask = torch.from_numpy(np.random.default_rng(1).random((2, 1, *size)) > 0.2)
    mask[..., 0, 0] = False
    expected = np.stack([np.asarray(ndimage.distance_transform_edt(m[0].numpy())) for m in mask])[:, None]
    np.testing.assert_allclose(primitives.distance(mask, backend=backend), expected, atol=1e-4)


@pytest.mark.parametrize("backend", BACKENDS)
def test_distance_without_an_outside(backend: str | None) -> None:
    """A full mask is far from everything and an empty one everywhere at 0."""
    assert (primitives.distance(torch.ones(1, 1, 5, 6, dtype=torch.bool), backend=backend) == 11).all()
    assert (primitives.distance(torch.zeros(1, 1, 5, 6, dtype=torch.bool), backend=backend) == 0).all()


@pytest.mark.parametrize("backend", BACKENDS)
def test_distance_is_opencvs_precise_one(backend: str | None) -> None:
    """Equal to ``cv2.distanceTransform`` on the whole picture, for masks that touch no, one and all borders."""
    y, x = np.mgrid[:90, :120]
    masks = [np.hypot(x - cx, y - cy) < r for cx, cy, r in ((60, 45, 20), (2, 40, 30), (60, 45, 70))]
    expected = [cv2.distanceTransform(m.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE) for m in masks]
    got = primitives.distance(torch.from_numpy(np.stack(masks))[:, None], backend=backend)
    np.testing.assert_allclose(got[:, 0], np.stack(expected), atol=1e-4)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("step", [1, 2, 4])
def test_area_mean_is_the_mean_of_squares(backend: str | None, step: int) -> None:
    """Of whole squares only; what is left over at the end is dropped."""
    image = picture(14, 23)
    small = primitives.area_mean(image, step, backend=backend)
    for row, column in np.ndindex(14 // step, 23 // step):
        square = image[0, :, row * step : (row + 1) * step, column * step : (column + 1) * step]
        np.testing.assert_allclose(small[0, :, row, column], square.mean((-2, -1)), atol=1e-6)
    assert small.shape[-2:] == (14 // step, 23 // step)


@pytest.mark.parametrize("factors", [(1, 1), (2, 3), (5, 4)])
def test_upsample_backends_agree(factors: tuple[int, int]) -> None:
    """Both enlarge alike, and a ramp stays a ramp between the outermost centres."""
    image = picture(9, 11, channels=1)
    one, two = (primitives.upsample(image, factors, backend=backend) for backend in BACKENDS)
    torch.testing.assert_close(one, two, atol=1e-6, rtol=0)
    ramp = ((torch.arange(8) + 0.5) * factors[1]).expand(1, 1, 3, 8).contiguous()
    inside = slice(factors[1], -factors[1])
    expected = torch.arange(8 * factors[1]) + 0.5
    torch.testing.assert_close(primitives.upsample(ramp, factors)[0, 0, 0, inside], expected[inside], atol=1e-4, rtol=0)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("sigma", [0.7, 2.0, 9.0])
def test_blur_matches_scipy(backend: str | None, sigma: float) -> None:
    """Equal to SciPy's Gaussian with the same cut and border."""
    image = picture(31, 40)
    radius = min(int(np.ceil(3 * sigma)), 30)
    expected = ndimage.gaussian_filter(image[0].double().numpy(), (0, sigma, sigma), mode="mirror", radius=(0, radius, radius))
    np.testing.assert_allclose(primitives.gaussian_blur(image, sigma, backend=backend)[0], expected, atol=2e-5)


@pytest.mark.parametrize("backend", BACKENDS)
def test_warp_identity_is_exact(backend: str | None) -> None:
    """The identity returns the picture, bytes as 0…1."""
    image = (picture(20, 30) * 255).to(torch.uint8)
    same = primitives.warp(image, torch.eye(2, 3, dtype=torch.float64)[None], (20, 30), backend=backend)
    np.testing.assert_allclose(same, image.float() / 255, atol=2e-6)


@pytest.mark.parametrize("backend", BACKENDS)
def test_warp_places_pixel_centres(backend: str | None) -> None:
    """Doubling puts a source pixel's centre at twice its coordinate: a ramp stays the same ramp."""
    ramp = ((torch.arange(16) + 0.5) / 16).expand(1, 1, 16, 16).contiguous()
    matrix = torch.tensor([[[2.0, 0, 0], [0, 2.0, 0]]], dtype=torch.float64)
    wide = primitives.warp(ramp, matrix, (32, 32), backend=backend)
    expected = (torch.arange(32) + 0.5) / 32
    np.testing.assert_allclose(wide[0, 0, 5, 1:-1], expected[1:-1], atol=1e-3)


def test_warp_backends_agree() -> None:
    """A turn and a shift of a smooth picture come out alike."""
    image = picture(64, 48)
    matrix = torch.tensor([[[0.9, -0.3, 12.4], [0.3, 0.9, -3.2]]], dtype=torch.float64)
    one, two = (primitives.warp(image, matrix, (70, 60), backend=backend) for backend in BACKENDS)
    assert (one - two).abs().max() < 4 / 255  # OpenCV places samples on a grid of 1/32 px


def test_strong_reduction_does_not_alias() -> None:
    """A fine checkerboard reduced eightfold is grey."""
    board = ((torch.arange(64)[:, None] + torch.arange(64)) % 2).float()[None, None]
    matrix = torch.tensor([[[0.125, 0, 0], [0, 0.125, 0]]], dtype=torch.float64)
    small = primitives.warp(board, matrix, (8, 8))
    assert (small - 0.5).abs().max() < 0.05


@pytest.mark.parametrize("backend", BACKENDS)
def test_polygon_takes_pixels_by_their_centre(backend: str | None) -> None:
    """A square whose sides lie just before and just behind pixel centres."""
    square = torch.tensor([[[10.4, 12.6], [30.4, 12.6], [30.4, 40.6], [10.4, 40.6]]])
    filled = primitives.fill_polygon(square, (50, 50), backend=backend)[0, 0]
    expected = torch.zeros(50, 50, dtype=torch.bool)
    expected[13:41, 10:30] = True
    assert torch.equal(filled, expected)


@pytest.mark.parametrize("backend", BACKENDS)
def test_polygon_has_its_area_wherever_it_lies(backend: str | None) -> None:
    """A disc's radius, from its area, within a twentieth of a pixel at any place between pixels."""
    angle = torch.arange(96) * (2 * torch.pi / 96)
    for shift in np.linspace(0, 1, 7):
        disc = torch.stack([40 + shift + 25 * angle.cos(), 38 + 0.7 * shift + 25 * angle.sin()], -1)[None]
        area = int(primitives.fill_polygon(disc, (80, 84), backend=backend).sum())
        assert np.sqrt(area / np.pi) == pytest.approx(25, abs=0.05)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000))
def test_polygon_backends_agree(seed: int) -> None:
    """Both fill an outline alike, inside the picture, across its border and outside."""
    rng = np.random.default_rng(seed)
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    radius = rng.uniform(5, 25, 40)
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], -1) + rng.uniform(-20, 80, 2)
    both = (primitives.fill_polygon(torch.from_numpy(points)[None], (60, 64), backend=b) for b in BACKENDS)
    assert torch.equal(*both)


@pytest.mark.parametrize("backend", BACKENDS)
def test_lab_matches_scikit_image_and_returns(backend: str | None) -> None:
    """Lab of random colours equals scikit-image's; the way back is the identity."""
    image = picture(16, 16, seed=4)
    expected = rgb2lab(image[0].permute(1, 2, 0).double().numpy()).transpose(2, 0, 1)
    lab = primitives.rgb_to_lab(image, backend=backend)
    np.testing.assert_allclose(lab[0], expected, atol=0.35)
    np.testing.assert_allclose(primitives.lab_to_rgb(lab, backend=backend), image, atol=4e-3)


def test_a_batch_of_different_scales_equals_single_frames() -> None:
    """Whether a frame is averaged down first does not depend on its neighbours."""
    images = torch.cat([picture(40, 40, seed=s) for s in (0, 1)])
    matrix = torch.tensor([[[0.3, 0, 2], [0, 0.3, 1]], [[0.9, 0, 2], [0, 0.9, 1]]], dtype=torch.float64)
    single = torch.cat([primitives.warp(i[None], m[None], (30, 30)) for i, m in zip(images, matrix, strict=True)])
    assert torch.equal(primitives.warp(images, matrix, (30, 30)), single)


@pytest.mark.parametrize("backend", BACKENDS)
def test_remap_takes_pixels_from_where_the_map_says(backend: str | None) -> None:
    """Against SciPy's interpolation; outside positions repeat the border; an affine map equals the affine warp."""
    image = picture(30, 40)
    rng = np.random.default_rng(1)
    places = (np.stack(np.meshgrid(np.arange(25), np.arange(20)), -1) * 1.4 + rng.normal(0, 0.7, (20, 25, 2))).astype(
        np.float32
    )
    out = primitives.remap(image, torch.from_numpy(places)[None], backend=backend)[0].numpy()
    coordinates = [places[..., 1] - 0.5, places[..., 0] - 0.5]
    for band, mine in zip(image[0].numpy(), out, strict=True):
        theirs = ndimage.map_coordinates(band, coordinates, order=1, mode="nearest")
        assert np.abs(mine - theirs).max() < 0.02  # OpenCV interpolates in steps of 1/32 pixel
    matrix = torch.tensor([[[1.2, 0.1, 3.0], [-0.1, 1.2, 5.0]]], dtype=torch.float64)
    grid = np.stack(np.meshgrid(np.arange(48), np.arange(36)), -1) + 0.5
    back = (grid - matrix[0, :, 2].numpy()) @ np.linalg.inv(matrix[0, :, :2].numpy()).T
    same = primitives.remap(image, torch.from_numpy(back.astype(np.float32))[None], backend=backend)
    assert (same - primitives.warp(image, matrix, (36, 48), backend=backend)).abs().max() < 0.02


@pytest.mark.parametrize("backend", BACKENDS)
def test_remap_does_not_alias(backend: str | None) -> None:
    """A fine checkerboard shrunk to a quarter turns grey."""
    board = ((torch.arange(80)[:, None] + torch.arange(80)) % 2).float()[None, None]
    places = (torch.stack(torch.meshgrid(torch.arange(20.0), torch.arange(20.0), indexing="xy"), -1) + 0.5) * 4
    out = primitives.remap(board, places[None], backend=backend)
    assert (out - 0.5).abs().max() < 0.05
