"""Similarities against brute-force least squares, thin plates against SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import RBFInterpolator
from seamsync.errors import SeamSyncError
from seamsync.tracking import align


def _random(seed: int, *shape: int, scale: float = 100.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, scale, shape)


def _least_squares(source: np.ndarray, target: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Similarity of one frame by the normal equations, a row for every coordinate."""
    rows, wanted = [], []
    for (x, y), (u, v), w in zip(source, target, np.sqrt(weights), strict=True):
        rows += [[w * x, -w * y, w, 0], [w * y, w * x, 0, w]]
        wanted += [w * u, w * v]
    a, b, tx, ty = np.linalg.lstsq(np.array(rows), np.array(wanted), rcond=None)[0]
    return np.array([[a, -b, tx], [b, a, ty]])


@given(seed=st.integers(0, 1000), count=st.integers(2, 12))
@settings(max_examples=40, deadline=None)
def test_similarity_equals_least_squares(seed: int, count: int) -> None:
    """The closed form is the weighted least-squares solution, frame by frame."""
    source, target = _random(seed, 3, count, 2), _random(seed + 1, 3, count, 2)
    weights = np.random.default_rng(seed + 2).uniform(0.1, 2, count)
    got = align.fit_similarity(source, target, weights)
    for t in range(3):
        np.testing.assert_allclose(got[t], _least_squares(source[t], target[t], weights), atol=1e-8)


def test_similarity_recovers_a_known_one() -> None:
    """A turned, scaled, shifted copy gives back its scale and angle, and points land on their targets."""
    source = _random(0, 4, 68, 2)
    angle, scale = np.array([0.0, 0.3, -2.0, 3.0]), np.array([1.0, 0.4, 2.0, 1.3])
    true = np.zeros((4, 2, 3))
    true[:, 0, 0] = true[:, 1, 1] = scale * np.cos(angle)
    true[:, 1, 0] = scale * np.sin(angle)
    true[:, 0, 1] = -true[:, 1, 0]
    true[:, :, 2] = _random(1, 4, 2)
    got = align.fit_similarity(source, align.apply_affine(true, source))
    np.testing.assert_allclose(got, true, atol=1e-9)
    found_scale, found_angle = align.similarity_parts(got)
    np.testing.assert_allclose(found_scale, scale)
    np.testing.assert_allclose(found_angle, angle, atol=1e-12)


def test_similarity_never_mirrors() -> None:
    """Mirrored points still get a proper rotation."""
    source = _random(3, 10, 2)
    got = align.fit_similarity(source, source * [-1, 1])
    assert np.linalg.det(got[:, :2]) >= 0


def test_similarity_of_coincident_points_is_a_shift() -> None:
    """No spread, no NaN: the points are only moved."""
    got = align.fit_similarity(np.full((5, 2), 3.0), np.full((5, 2), 7.0))
    np.testing.assert_allclose(got, [[1, 0, 4], [0, 1, 4]])


def test_zero_weight_ignores_a_point() -> None:
    """An outlier of weight 0 changes nothing."""
    source = _random(4, 6, 2)
    target = source + [5.0, -2.0]
    target[0] += 500
    got = align.fit_similarity(source, target, np.array([0, 1, 1, 1, 1, 1]))
    np.testing.assert_allclose(got, [[1, 0, 5], [0, 1, -2]], atol=1e-9)


@given(seed=st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_inverse_and_composition(seed: int) -> None:
    """Composition is application in turn, and the inverse undoes."""
    a, b = _random(seed, 3, 2, 3, scale=1), _random(seed + 1, 3, 2, 3, scale=1)
    a[:, 0, 0] += 5
    a[:, 1, 1] += 5
    points = _random(seed + 2, 3, 7, 2)
    together = align.apply_affine(align.compose_affine(b, a), points)
    np.testing.assert_allclose(together, align.apply_affine(b, align.apply_affine(a, points)), atol=1e-8)
    np.testing.assert_allclose(align.apply_affine(align.invert_affine(a), align.apply_affine(a, points)), points, atol=1e-8)


def test_singular_affine_is_refused() -> None:
    """A flattening affine has no inverse."""
    with pytest.raises(SeamSyncError, match="singular"):
        align.invert_affine(np.zeros((1, 2, 3)))


@pytest.mark.parametrize("regularisation", [0.0, 1e-3, 0.3])
def test_thin_plate_equals_scipy(regularisation: float) -> None:
    """Same values as SciPy's radial basis functions, where smoothing counts in squared pixels."""
    source, target = _random(5, 2, 20, 2), _random(6, 2, 20, 2)
    asked = _random(7, 50, 2)
    plate = align.fit_thin_plate(source, target, regularisation)
    got = plate.apply(asked)
    for t in range(2):
        unit = np.sqrt(((source[t] - source[t].mean(0)) ** 2).sum(-1).mean())
        smoothing = regularisation * unit**2
        reference = RBFInterpolator(source[t], target[t], kernel="thin_plate_spline", smoothing=smoothing)
        np.testing.assert_allclose(got[t], reference(asked), atol=1e-6)


def test_thin_plate_interpolates_and_flattens() -> None:
    """Without regularisation targets are met; with a huge one only the affine part is left."""
    source, target = _random(8, 15, 2), _random(9, 15, 2)
    np.testing.assert_allclose(align.fit_thin_plate(source, target).apply(source), target, atol=1e-6)
    flat = align.fit_thin_plate(source, target, 1e9).apply(source)
    plane = np.column_stack([np.ones(15), source])
    np.testing.assert_allclose(flat, plane @ np.linalg.lstsq(plane, target, rcond=None)[0], atol=1e-4)


@given(seed=st.integers(0, 200), scale=st.sampled_from([0.5, 2.0, 10.0]))
@settings(max_examples=15, deadline=None)
def test_thin_plate_scales_with_the_picture(seed: int, scale: float) -> None:
    """The same settings bend the same way at any resolution."""
    source, target, asked = _random(seed, 12, 2), _random(seed + 1, 12, 2), _random(seed + 2, 9, 2)
    small = align.fit_thin_plate(source, target, 0.05).apply(asked)
    large = align.fit_thin_plate(source * scale, target * scale, 0.05).apply(asked * scale)
    np.testing.assert_allclose(large, small * scale, atol=1e-5 * scale)


@pytest.mark.parametrize("box", [(10, 20, 74, 61), (0, 0, 1, 1), (-5, -5, 12, 4)])
def test_dense_map_equals_evaluation_everywhere(box: tuple[int, int, int, int]) -> None:
    """Step 1 is the spline at every pixel centre; the default stays within 0.05 px for a smooth bend."""
    source = np.random.default_rng(10).uniform(-20, 90, (2, 20, 2))
    plate = align.fit_thin_plate(source, source + 6 * np.sin(source[..., ::-1] / 25), 0.02)
    x0, y0, x1, y1 = box
    x, y = np.meshgrid(np.arange(x0, x1) + 0.5, np.arange(y0, y1) + 0.5)
    exact = plate.apply(np.stack([x.ravel(), y.ravel()], -1)).reshape(2, y1 - y0, x1 - x0, 2)
    np.testing.assert_allclose(align.dense_map(plate, box, 1), exact, atol=1e-4)
    coarse = align.dense_map(plate, box)
    assert coarse.dtype == np.float32
    assert np.abs(coarse - exact).max() < 0.05


def test_identity_plate_maps_pixels_to_themselves() -> None:
    """No displacement gives the pixel centres."""
    source = _random(12, 10, 2)
    mapped = align.dense_map(align.fit_thin_plate(source, source), (3, 4, 20, 30))
    np.testing.assert_allclose(mapped[0, 0], [3.5, 4.5], atol=1e-4)
    np.testing.assert_allclose(mapped[-1, -1], [19.5, 29.5], atol=1e-4)


def test_bad_input_is_named() -> None:
    """Shapes, coincident points, empty boxes and steps are refused with the reason."""
    good = _random(13, 5, 2)
    with pytest.raises(SeamSyncError, match=r"N ≥ 3.*\[2,2\]"):
        align.fit_thin_plate(good[:2], good[:2])
    with pytest.raises(SeamSyncError, match=r"\[5,2\] and \[4,2\]"):
        align.fit_similarity(good, good[:4])
    with pytest.raises(SeamSyncError, match="distinct"):
        align.fit_thin_plate(np.zeros((5, 2)), good)
    with pytest.raises(SeamSyncError, match="box must be"):
        align.dense_map(align.fit_thin_plate(good, good), (4, 4, 4, 9))
    with pytest.raises(SeamSyncError, match="step must be"):
        align.dense_map(align.fit_thin_plate(good, good), (0, 0, 4, 4), 0)


def test_a_thin_plate_followed_by_an_affine_is_one() -> None:
    """Evaluated at once, it gives what both give one after the other; joined plates give each its own."""
    rng = np.random.default_rng(4)
    source, target = rng.random((3, 9, 2)) * 100, rng.random((3, 9, 2)) * 100
    affine = rng.normal(size=(3, 2, 3))
    plate, points = align.fit_thin_plate(source, target), rng.random((3, 20, 2)) * 100
    np.testing.assert_allclose(plate.then(affine).apply(points), align.apply_affine(affine, plate.apply(points)), atol=1e-8)
    joined = align.ThinPlate.join([align.fit_thin_plate(s, t) for s, t in zip(source, target, strict=True)])
    np.testing.assert_allclose(joined.apply(points), plate.apply(points), atol=1e-8)
