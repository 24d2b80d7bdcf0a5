"""Filters over time against slow fits and known signals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seamsync.tracking.filters import adaptive_ema, local_quadratic, noise_level, one_euro, zero_phase


@given(count=st.integers(3, 25), sigma=st.floats(0.5, 4), seed=st.integers(0, 100))
@settings(max_examples=40, deadline=None)
def test_local_quadratic_is_a_weighted_parabola_at_every_frame(count: int, sigma: float, seed: int) -> None:
    """Against numpy's weighted polynomial fit, ends included."""
    values = np.random.default_rng(seed).normal(size=(count, 2))
    got = local_quadratic(values, sigma)
    reach = max(2, int(np.ceil(4 * sigma)))
    for t in range(count):
        near = np.arange(max(0, t - reach), min(count, t + reach + 1))
        weight = np.exp(-0.5 * ((near - t) / sigma) ** 2)
        plane = np.column_stack([np.ones(len(near)), near - t, (near - t) ** 2]) * np.sqrt(weight)[:, None]
        wanted = np.linalg.lstsq(plane, values[near] * np.sqrt(weight)[:, None], rcond=None)[0][0]
        np.testing.assert_allclose(got[t], wanted, atol=1e-6)


@pytest.mark.parametrize("power", [1, 2])
def test_steady_and_accelerating_motion_passes(power: int) -> None:
    """It is neither delayed nor pulled in at the ends."""
    line = (np.arange(30.0) ** power)[:, None] * [0.01, -0.02]
    np.testing.assert_allclose(local_quadratic(line, 3.0), line, atol=1e-12)
    np.testing.assert_allclose(zero_phase(line, np.ones(2), 25.0), line, atol=1e-12)


@pytest.mark.parametrize("frequency", [0.02, 0.08, 0.2])
def test_what_passes_of_a_frequency(frequency: float) -> None:
    """The response inside a long signal is the one documented."""
    wave = np.cos(2 * np.pi * frequency * np.arange(400))[:, None]
    x = (2 * np.pi * frequency * 3.0) ** 2 / 2
    np.testing.assert_allclose(local_quadratic(wave, 3.0)[50:-50], (1 + x) * np.exp(-x) * wave[50:-50], atol=2e-3)


def test_zero_phase_against_a_slow_reference() -> None:
    """Four bandwidths from wide to narrow, each trusted by 1 / (1 + (difference / limit)⁴) of what the wider ones left."""

    def parabola(series: np.ndarray, sigma: float) -> np.ndarray:
        reach, count, fitted = max(2, int(np.ceil(4 * sigma))), len(series), []
        for t in range(count):
            near = np.arange(max(0, t - reach), min(count, t + reach + 1))
            root = np.exp(-0.25 * ((near - t) / sigma) ** 2)
            plane = np.column_stack([np.ones(len(near)), near - t, (near - t) ** 2]) * root[:, None]
            fitted.append(np.linalg.lstsq(plane, series[near] * root, rcond=None)[0][0])
        return np.array(fitted)

    random = np.random.default_rng(8)
    time = np.arange(70)
    series = 0.05 * np.sin(time / 3) * (time > 25) + random.normal(0, 0.003, 70)
    limit, sigma = 0.004, 0.16 * 25
    wide, left, wanted = parabola(series, sigma), np.ones(70), np.zeros(70)
    for share in (0.6, 0.35, 0.15):
        narrow = parabola(series, share * sigma)
        trust = parabola(1 / (1 + (np.abs(wide - narrow) / limit) ** 4), 1.0).clip(0, 1)
        wanted += left * trust * wide
        left, wide = left * (1 - trust), narrow
    wanted += left * wide
    got = zero_phase(series[:, None], np.ones(1), 25.0, np.array([limit]))[:, 0]
    np.testing.assert_allclose(got, wanted, atol=1e-7)


def test_zero_phase_reversed_in_time_is_the_same() -> None:
    """No direction of time: the filter of the reversed signal is the reversed filter."""
    values = np.cumsum(np.random.default_rng(0).normal(0, 0.003, (80, 3)), axis=0)
    forward, backward = zero_phase(values, np.ones(3), 25.0), zero_phase(values[::-1], np.ones(3), 25.0)
    np.testing.assert_allclose(backward[::-1], forward, atol=1e-9)


def test_amount_zero_leaves_a_column_alone() -> None:
    """Every filter passes such columns bit for bit."""
    values = np.random.default_rng(1).normal(0, 0.01, (40, 2))
    amount = np.array([0.0, 1.0])
    for got in (
        zero_phase(values, amount, 25.0),
        adaptive_ema(values, amount, 5, 0.25),
        one_euro(values, amount, 25.0, 1.0, 10.0),
    ):
        np.testing.assert_allclose(got[:, 0], values[:, 0], atol=1e-15)
        assert np.abs(got[1:, 1] - values[1:, 1]).max() > 1e-4


def test_zero_phase_follows_a_jump() -> None:
    """A step of many times the noise is over within two frames, where a plain average of that width takes eight."""
    values = np.zeros((60, 1))
    values[30:] = 0.2
    values += np.random.default_rng(2).normal(0, 0.0005, values.shape)
    got = zero_phase(values, np.ones(1), 25.0)
    assert np.abs(got[:28]).max() < 0.01
    assert np.abs(got[32:] - 0.2).max() < 0.01


def test_noise_level_of_white_noise() -> None:
    """Within 15 % of the truth, with a slow motion on top."""
    noise = np.random.default_rng(3).normal(0, [0.01, 0.002], (400, 2))
    slow = np.sin(np.arange(400) / 15)[:, None]
    np.testing.assert_allclose(noise_level(noise + slow), [0.01, 0.002], rtol=0.15)
    assert (noise_level(noise[:3]) == 0).all()


def test_ema_at_rest_is_the_plain_recursion() -> None:
    """Where nothing moves beyond the noise, each frame goes a quarter of the way."""
    values = np.zeros((30, 1))
    values[10] = 1e-5
    got = adaptive_ema(values, np.ones(1), 5, 0.25)
    np.testing.assert_allclose(got[10:13, 0], 1e-5 * np.array([0.25, 0.25 * 0.75, 0.25 * 0.75**2]), rtol=1e-3)


def test_ema_lets_go_in_motion() -> None:
    """Fast motion is followed to within a frame's way; the plain average would trail by three."""
    values = np.arange(60.0)[:, None] * 0.02
    assert np.abs(adaptive_ema(values, np.ones(1), 5, 0.25) - values)[10:].max() < 0.02


@pytest.mark.parametrize("cutoff", [0.5, 2.0])
def test_one_euro_at_rest_is_a_low_pass(cutoff: float) -> None:
    """Without reaction to speed it is the exponential filter of that cutoff."""
    values = np.random.default_rng(4).normal(0, 1, (40, 1))
    got = one_euro(values, np.ones(1), 25.0, cutoff, 0.0)
    share = 1 / (1 + 25.0 / (2 * np.pi * cutoff))
    wanted = values[0, 0]
    for t in range(1, 40):
        wanted += share * (values[t, 0] - wanted)
        assert got[t, 0] == pytest.approx(wanted)


def test_causal_filters_do_not_look_ahead() -> None:
    """One-Euro's first frames do not depend on what follows."""
    values = np.random.default_rng(5).normal(0, 0.01, (40, 2))
    whole, part = (one_euro(v, np.ones(2), 25.0, 1.0, 10.0) for v in (values, values[:20]))
    np.testing.assert_array_equal(whole[:20], part)
