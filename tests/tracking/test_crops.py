"""Crops show what the region says, at the border too, and points go there and back."""

from __future__ import annotations

import numpy as np
from blobs import RED, paint, source_of
from hypothesis import given, settings
from hypothesis import strategies as st
from seamsync.media.frame import PlanarFrame
from seamsync.tracking.align import apply_affine
from seamsync.tracking.crops import crop_to_frame, cut_affine, cut_crop, region_to_crop, shrunk_rgb


def _frame(*discs: tuple[float, float, float]) -> PlanarFrame:
    (frame,) = source_of([paint([(*d, RED) for d in discs], size=(320, 240))]).frames()
    return frame


def _red_center(crop: np.ndarray) -> np.ndarray:
    rows, columns = np.nonzero((crop[..., 0].astype(int) - crop[..., 1]) > 60)
    return np.array([columns.mean() + 0.5, rows.mean() + 0.5])


@given(x=st.floats(0, 300), y=st.floats(0, 200), side=st.floats(20, 500), roll=st.floats(-3, 3))
@settings(max_examples=40, deadline=None)
def test_there_and_back(x: float, y: float, side: float, roll: float) -> None:
    """Crop pixels of a frame point map back to it, and depth scales along."""
    region = np.array([[x, y, side, roll]])
    points = np.array([[[12.0, 34.0], [250.0, 100.0]]])
    placed = apply_affine(region_to_crop(region, 192), points)
    back = crop_to_frame(np.concatenate([placed, np.full((1, 2, 1), 192.0)], -1), region, 192)
    np.testing.assert_allclose(back[..., :2], points, atol=1e-2)
    np.testing.assert_allclose(back[..., 2], side, rtol=1e-5)


def test_the_region_s_corners_and_middle() -> None:
    """Its centre is the crop's middle; with roll, the upper edge runs along it."""
    (affine,) = region_to_crop(np.array([[50.0, 60, 20, np.pi / 2]]), 100)
    np.testing.assert_allclose(
        apply_affine(affine, np.array([[50.0, 60], [60, 50], [60, 70]])), [[50, 50], [0, 0], [100, 0]], atol=1e-9
    )


def test_crop_of_a_disc() -> None:
    """A disc lands where its centre maps to: enlarged, shrunk, turned."""
    frame = _frame((100, 120, 30))
    for side, roll in ((50, 0.0), (100, 0.7), (220, -2.0)):
        region = np.array([105.0, 115, side, roll])
        expected = apply_affine(region_to_crop(region, 64), np.array([[100.0, 120]]))[0]
        np.testing.assert_allclose(_red_center(cut_crop(frame, region, 64)), expected, atol=0.6)


def test_crop_past_the_border_is_black_there() -> None:
    """Half outside: the outer half is black, the inner one is the picture."""
    crop = cut_crop(_frame((10, 120, 30)), np.array([0.0, 120, 64, 0.0]), 64)
    assert (crop[:, :30] == 0).all()
    assert (crop[:, 34:].max(-1) > 50).all()


def test_crop_outside_is_black() -> None:
    """A region far away gives a black crop, not an error."""
    crop = cut_crop(_frame(), np.array([-500.0, 900, 64, 0.0]), 32)
    assert crop.shape == (32, 32, 3)
    assert not crop.any()


def test_shrunk_rgb_is_the_average() -> None:
    """Averaging the planes first gives the average of the RGB pixels."""
    frame = _frame((60, 60, 50))
    wanted = frame.rgb((20, 20, 100, 100)).reshape(20, 4, 20, 4, 3).mean(axis=(1, 3))
    assert np.abs(shrunk_rgb(frame, (20, 20, 100, 100), (20, 20)) - wanted).max() <= 2
    np.testing.assert_array_equal(shrunk_rgb(frame, (20, 20, 30, 40), (10, 20)), frame.rgb((20, 20, 30, 40)))


def test_box_of_another_aspect_ratio() -> None:
    """A box twice as wide as high shows the disc where its affine says, at half the width it has down."""
    to_frame = np.array([[2.0, 0, 20.3], [0, 1.0, 70.6]])
    crop = cut_affine(_frame((100, 120, 40)), to_frame, 96)
    np.testing.assert_allclose(_red_center(crop), [(100 - 20.3) / 2, 120 - 70.6], atol=0.5)
    rows, columns = np.nonzero((crop[..., 0].astype(int) - crop[..., 1]) > 60)
    assert abs(np.ptp(rows) - 2 * np.ptp(columns)) <= 3


def test_border_can_be_repeated() -> None:
    """Where asked for, what lies outside the frame shows its border instead of black."""
    to_frame = np.array([[1.0, 0, -20], [0, 1.0, 60]])
    black, repeated = (cut_affine(_frame(), to_frame, 64, extend=extend) for extend in (False, True))
    assert not black[:, :18].any()
    np.testing.assert_allclose(repeated[:, :18].astype(int), np.repeat(repeated[:, 20:21], 18, 1), atol=2)
    np.testing.assert_array_equal(black[:, 24:], repeated[:, 24:])
