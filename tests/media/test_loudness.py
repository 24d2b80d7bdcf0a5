"""Loudness against the reference values of ITU-R BS.1770-4 and EBU Tech 3341."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from seamsync.errors import SeamSyncError
from seamsync.media.loudness import LOUDNESS_RATE, integrated_loudness


def _sine(seconds: float, level_db: float, hertz: float = 997.0) -> np.ndarray:
    """Sine ``[N]`` whose peak is ``level_db`` of full scale."""
    time = np.arange(round(seconds * LOUDNESS_RATE)) / LOUDNESS_RATE
    return 10 ** (level_db / 20) * np.sin(2 * np.pi * hertz * time)


def test_reference_sine_in_one_channel() -> None:
    """BS.1770-4: a 997 Hz full-scale sine in one of two channels reads −3.01 LUFS."""
    samples = np.stack([_sine(5, 0), np.zeros(5 * LOUDNESS_RATE)])
    assert integrated_loudness(samples, LOUDNESS_RATE, np.ones(2)) == pytest.approx(-3.01, abs=0.01)


@pytest.mark.parametrize("level", [-23.0, -33.0])
def test_ebu_stereo_sine(level: float) -> None:
    """EBU Tech 3341, cases 1 and 2: a stereo 1 kHz sine of −23 dBFS reads −23 LUFS, −33 reads −33."""
    samples = np.tile(_sine(20, level, 1000), (2, 1))
    assert integrated_loudness(samples, LOUDNESS_RATE, np.ones(2)) == pytest.approx(level, abs=0.1)


def test_ebu_gating() -> None:
    """EBU Tech 3341, case 4: quiet and silent parts are gated away; the loud part's −23 LUFS stands."""
    levels = [(10, -72), (10, -36), (60, -23), (10, -36), (10, -72)]
    samples = np.tile(np.concatenate([_sine(seconds, level, 1000) for seconds, level in levels]), (2, 1))
    assert integrated_loudness(samples, LOUDNESS_RATE, np.ones(2)) == pytest.approx(-23, abs=0.1)


def test_surround_weights() -> None:
    """EBU Tech 3341, case 6: 5.0 sines of −28, −24 (centre) and −30 dBFS (surround, weight 1.41) read −23 LUFS."""
    samples = np.stack([_sine(20, level, 1000) for level in (-28, -28, -24, -30, -30)])
    weights = np.array([1, 1, 1, 1.41, 1.41])
    assert integrated_loudness(samples, LOUDNESS_RATE, weights) == pytest.approx(-23, abs=0.1)


def test_silence_and_nothing() -> None:
    """Nothing above the absolute gate is minus infinity, not a warning or NaN."""
    for samples in (np.zeros((1, LOUDNESS_RATE)), np.zeros((1, 0)), _sine(2, -75)[None]):
        assert integrated_loudness(samples, LOUDNESS_RATE, np.ones(1)) == -np.inf


def test_shorter_than_a_block() -> None:
    """200 ms are measured as one block, near what a long sound of that level reads."""
    short, long = (integrated_loudness(_sine(seconds, -20)[None], LOUDNESS_RATE, np.ones(1)) for seconds in (0.2, 5))
    assert short == pytest.approx(long, abs=0.3)


def test_only_at_its_own_rate() -> None:
    """The filters are given for 48 kHz; another rate is refused, not measured wrongly."""
    with pytest.raises(SeamSyncError, match="got 44100 Hz; resample first"):
        integrated_loudness(np.zeros((1, 9)), 44100, np.ones(1))


def test_long_sound_is_measured_in_little_memory() -> None:
    """A piece at a time: the same as for a short sound of the same level, in less memory than the sound itself has."""
    tone = np.tile(np.sin(np.arange(48000) * 2 * np.pi * 997 / 48000).astype(np.float32), (1, 120))
    tracemalloc.start()
    try:
        loudness = integrated_loudness(tone, 48000, np.ones(1))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert loudness == pytest.approx(integrated_loudness(tone[:, :240000], 48000, np.ones(1)), abs=1e-3)
    assert peak < tone.nbytes
