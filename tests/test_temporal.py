"""Smoothing of mask parameters: a plain recursion, no lag, nothing across a cut."""

from __future__ import annotations

import numpy as np
import pytest
from seamsync.blending.temporal import ema

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
