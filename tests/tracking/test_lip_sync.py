"""The lag between driven and measured lips."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d
from seamsync.tracking.lip_sync import LAGS, lip_lag


def opening(count: int = 120, seed: int = 0) -> np.ndarray:
    """Syllables: smooth noise, 0 and up, ``[T]``."""
    return np.maximum(gaussian_filter1d(np.random.default_rng(seed).standard_normal(count), 2.0), 0)


def reference(driven: np.ndarray, measured: np.ndarray, used: np.ndarray, lags: int) -> tuple[int, float]:
    """Frame by frame: the lag whose correlation over the frames that every lag can use is the highest."""
    shared = [
        t for t in range(lags, len(driven) - lags) if used[t] and all(used[t + shift] for shift in range(-lags, lags + 1))
    ]
    scores = {
        shift: float(np.corrcoef([driven[t] for t in shared], [measured[t + shift] for t in shared])[0, 1])
        for shift in range(-lags, lags + 1)
    }
    best = max(scores, key=lambda shift: (round(scores[shift], 12), -abs(shift)))
    return best, scores[best]


@pytest.mark.parametrize("shift", [-3, -1, 0, 1, 2])
def test_planted_offset(shift: int) -> None:
    """Lips that move a frame late are found one frame late, in noise and another unit."""
    driven = opening()
    noise = 0.05 * driven.std() * np.random.default_rng(1).standard_normal(len(driven))
    found = lip_lag(driven, 0.02 + 0.2 * np.roll(driven, shift) + 0.2 * noise)
    assert found.offset == shift
    assert found.correlation > 0.98
    assert (found.at_zero < found.correlation) == (shift != 0)


@pytest.mark.parametrize("seed", range(4))
def test_against_the_slow_reference(seed: int) -> None:
    """Random curves with frames that cannot be used."""
    random = np.random.default_rng(seed)
    driven, measured = opening(seed=seed), opening(seed=seed + 50)
    used = random.random(len(driven)) > 0.02
    found = lip_lag(driven, measured, used)
    best, score = reference(driven, measured, used, LAGS)
    assert found.offset == best
    assert found.correlation == pytest.approx(score, abs=1e-9)


def test_nothing_to_say() -> None:
    """Still lips, too few frames, and no frames at all have no lag."""
    driven = opening()
    for measured, used in ((np.zeros(120), np.ones(120, bool)), (driven, np.arange(120) < 12), (driven, np.zeros(120, bool))):
        assert np.isnan(lip_lag(driven, measured, used).offset)
    assert np.isnan(lip_lag(np.empty(0), np.empty(0)).correlation)
