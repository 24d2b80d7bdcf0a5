"""Smoothing of mask parameters: a plain recursion, no lag, nothing across a cut."""

from __future__ import annotations

import numpy as np
import pytest
from seamsync.blending.mask.temporal import ema, reject_outliers

ONE_SCENE = np.zeros(60, np.int32)


def test_matches_the_plain_recursion() -> None:
    """The causal filter is y = βy + (1 − β)x from the first value on."""
    values = np.random.default_rng(0).random((60, 2)).astype(np.float32)
    expected = values.astype(np.float64).copy()
    for t in range(1, 60):
        expected[t] = 0.8 * expected[t - 1] + 0.2 * values[t]
    np.testing.assert_allclose(ema(values, 0.8, ONE_SCENE, zero_phase=False), expected, atol=1e-6)


def test_zero_phase_does_not_trail() -> None:
    """A bump stays where it is, and a mirrored sequence gives the mirrored result."""
    bump = np.exp(-0.5 * ((np.arange(60) - 30) / 4.0) ** 2)[:, None]
    smooth = ema(bump, 0.8, ONE_SCENE, zero_phase=True)
    assert int(smooth.argmax()) == 30
    assert int(ema(bump, 0.8, ONE_SCENE, zero_phase=False).argmax()) > 31


@pytest.mark.parametrize("zero_phase", [True, False])
def test_never_across_a_cut(zero_phase: bool) -> None:
    """Changing frames past a cut changes nothing before it, and the other way round."""
    scene = np.repeat([0, 1], 30).astype(np.int32)
    values = np.random.default_rng(1).random((60, 3))
    other = values.copy()
    other[30:] += 100
    before, after = (ema(v, 0.9, scene, zero_phase=zero_phase) for v in (values, other))
    np.testing.assert_array_equal(before[:30], after[:30])
    np.testing.assert_allclose(after[30:] - before[30:], 100)


def test_off_and_empty() -> None:
    """β = 0 returns the values; no frames are no trouble."""
    values = np.random.default_rng(2).random((60, 1))
    np.testing.assert_array_equal(ema(values, 0.0, ONE_SCENE, zero_phase=True), values)
    assert ema(np.zeros((0, 2)), 0.9, np.zeros(0, np.int32), zero_phase=True).shape == (0, 2)


def slow_rejection(values: np.ndarray) -> np.ndarray:
    """The definition, a frame at a time."""
    mirrored = [values[2], values[1], *values, values[-2], values[-3]]
    out = values.copy()
    for t, value in enumerate(values):
        around = sorted(mirrored[t : t + 5])
        spread = 1.4826 * sorted(abs(v - around[2]) for v in around)[2]
        if abs(value - around[2]) > max(3 * spread, 0.015):
            out[t] = around[2]
    return out


def test_outliers_as_defined() -> None:
    """Against the definition, on a noisy curve with jumps, at the ends too."""
    rng = np.random.default_rng(3)
    values = 0.1 * np.sin(np.arange(60) / 5) + rng.normal(0, 0.004, 60)
    values[[0, 7, 8, 30, 59]] += (0.2, -0.3, -0.32, 0.4, 0.3)
    got = reject_outliers(np.stack([values, -values], -1), ONE_SCENE)
    np.testing.assert_allclose(got[:, 0], slow_rejection(values), atol=1e-12)
    np.testing.assert_allclose(got[:, 1], -got[:, 0], atol=1e-12)
    assert np.abs(got[[0, 7, 8, 30, 59], 0] - 0.1 * np.sin(np.array([0, 7, 8, 30, 59]) / 5)).max() < 0.06


@pytest.mark.parametrize(
    "motion",
    [
        np.linspace(0, 6, 60),
        0.3 * np.sin(np.arange(60) * 0.9),
        np.repeat([0.0, 0.4], 30),
        np.where(np.arange(60) % 12 < 5, 0.3, 0.0),
    ],
)
def test_true_motion_is_not_touched(motion: np.ndarray) -> None:
    """A fast ramp, a swing of seven frames, a step, and a mouth open for five frames pass as they are."""
    np.testing.assert_array_equal(reject_outliers(motion, ONE_SCENE)[3:-3], motion[3:-3])


def test_outliers_do_not_look_across_a_cut() -> None:
    """A scene of two frames between others stays, however different."""
    scene = np.repeat([0, 1, 2], [20, 2, 38]).astype(np.int32)
    values = np.where(scene == 1, 5.0, 0.0)
    np.testing.assert_array_equal(reject_outliers(values, scene), values)
    assert reject_outliers(np.zeros((0, 3)), np.zeros(0, np.int32)).shape == (0, 3)
