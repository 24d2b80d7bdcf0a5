"""The HD chain: larger and crisper, the same colours, no halos, flat skin left flat."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, laplace
from seamsync.enhance.hd import hd_patches

FULL: dict[str, Any] = {"scale": 2, "edges": 0.35, "smoothing": 0.5, "sharpening": 0.5, "contrast": 0.15}
NOTHING: dict[str, Any] = {"scale": 2, "edges": 0.0, "smoothing": 0.0, "sharpening": 0.0, "contrast": 0.0}


def soft_mouth(blur: float = 1.0) -> np.ndarray:
    """Skin, lips and a dark opening, softened: uint8 ``[1,3,48,64]``."""
    picture = np.empty((192, 256, 3), np.float32)
    picture[...] = (190, 140, 120)
    cv2.ellipse(picture, (128, 96), (76, 36), 0, 0, 360, (170, 80, 80), -1, cv2.LINE_AA)
    cv2.ellipse(picture, (128, 96), (48, 12), 0, 0, 360, (50, 20, 20), -1, cv2.LINE_AA)
    small = cv2.resize(cv2.GaussianBlur(picture, (0, 0), 4 * blur), (64, 48), interpolation=cv2.INTER_AREA)
    return np.rint(small).astype(np.uint8).transpose(2, 0, 1)[None]


def test_without_strengths_it_is_cubic_enlarging() -> None:
    """Twice the size by OpenCV's cubic, and the colours nearly as they were."""
    patch = soft_mouth()
    wanted = cv2.resize(patch[0].transpose(1, 2, 0).astype(np.float32), (128, 96), interpolation=cv2.INTER_CUBIC)
    assert np.abs(hd_patches(patch, **NOTHING)[0].transpose(1, 2, 0) - wanted).max() <= 2


@pytest.mark.parametrize("scale", [1, 2, 3, 4])
def test_size_and_place(scale: int) -> None:
    """A bright spot stays at its place, times the scale."""
    patch = np.full((1, 3, 40, 50), 90, np.uint8)
    patch[..., 9:12, 29:32] = 230
    large = hd_patches(patch, **(FULL | {"scale": scale}))[0].astype(float).sum(0)
    assert large.shape == (40 * scale, 50 * scale)
    weight = np.clip(large - np.median(large) - 60, 0, None)
    y, x = np.mgrid[: 40 * scale, : 50 * scale] + 0.5
    centre = np.array([(x * weight).sum(), (y * weight).sum()]) / weight.sum()
    np.testing.assert_allclose(centre, (30.5 * scale, 10.5 * scale), atol=0.15 * scale)


def test_it_is_crisper_than_enlarging_alone() -> None:
    """The Laplacian's energy grows at least by half."""
    plain, crisp = (hd_patches(soft_mouth(), **how)[0].astype(float).mean(0) for how in (NOTHING, FULL))
    assert (laplace(crisp)[4:-4, 4:-4] ** 2).mean() > 1.5 * (laplace(plain)[4:-4, 4:-4] ** 2).mean()


def test_no_halos() -> None:
    """Skin beside the lips becomes hardly lighter than skin is, and the opening hardly darker, even at full strength."""
    strong = hd_patches(soft_mouth(), **{**FULL, "edges": 1.0, "sharpening": 1.0, "contrast": 0.0})[0].astype(int)
    assert strong[0].max() <= 190 + 20
    own = soft_mouth()[0]
    assert strong.min() >= int(own.min()) - 25


def test_colours_are_the_pictures_own() -> None:
    """Mean and deviation of each channel stay."""
    own, made = soft_mouth()[0].astype(float), hd_patches(soft_mouth(), **FULL)[0].astype(float)
    np.testing.assert_allclose(made.mean((1, 2)), own.mean((1, 2)), atol=1.0)
    np.testing.assert_allclose(made.std((1, 2)), own.std((1, 2)), atol=1.5)


def test_flat_skin_stays_flat() -> None:
    """Nothing is invented."""
    flat = np.full((1, 3, 32, 32), 77, np.uint8)
    assert np.abs(hd_patches(flat, **FULL).astype(int) - 77).max() <= 1


def test_noise_on_skin_is_smoothed_not_sharpened() -> None:
    """The filter takes more of it away than the sharpening brings back."""
    noisy = np.random.default_rng(0).normal(140, 4, (1, 3, 48, 48))
    noisy = np.rint(gaussian_filter(noisy, (0, 0, 0.5, 0.5)) * 1.0).astype(np.uint8)
    deviations = [hd_patches(noisy, **{**FULL, "contrast": 0.0, "smoothing": s})[0, 0].astype(float).std() for s in (0.0, 1.0)]
    assert deviations[1] < deviations[0]


def test_mirrored_input_mirrored_output() -> None:
    """No preferred side."""
    patch = soft_mouth() // 2 + np.random.default_rng(1).integers(0, 40, (1, 3, 48, 64)).astype(np.uint8)
    one, two = hd_patches(patch, **FULL), hd_patches(patch[..., ::-1].copy(), **FULL)[..., ::-1]
    assert np.abs(one.astype(int) - two.astype(int)).max() <= 2
