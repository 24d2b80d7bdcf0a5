"""Measure how loud speech is over time, without the rumble under the voice, and how loud the noise behind it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import numpy as np

from .samples import BLOCK, release

#: Samples a second of the speech that is measured.
RATE = 16_000
#: Sound below this many dB of full scale is silence, however quiet the rest is.
SILENCE_FLOOR = -70.0

#: The high-pass: Hz of half amplitude, and samples of its linear-phase kernel. 60 Hz is 40 dB down, 90 Hz is kept.
_CUTOFF, _TAPS = 75.0, 1601
#: Noise is measured every 20 ms over 40 ms; where it stays within 4 dB for 300 ms it is steady.
_STEP = RATE // 50
_STEADY, _RANGE = 14, 4.0
#: Measurements around a moment in which its noise is looked for: 5 s each way.
_REACH = 250
#: Sound is noise up to this many dB over the steady noise, and always this many under the loud level.
_MARGIN, _UNDER_LOUD = 6.0, 12.0


def high_passed(wave: np.ndarray, first: int, last: int) -> np.ndarray:
    """Return speech without offset, mains hum and rumble: samples ``first`` … ``last``, the same for any division into pieces.

    Args:
        wave: float32 ``[N]``, :data:`RATE` samples a second; beyond its ends it is mirrored.
        first, last: 0 ≤ first ≤ last ≤ N.

    Returns:
        float64 ``[last − first]``.
    """
    from scipy.signal import oaconvolve  # a second to import

    if last == first:
        return np.empty(0)
    half = _TAPS // 2
    low, high = max(first - half, 0), min(last + half, len(wave))
    piece = np.pad(wave[low:high].astype(np.float64), (low - first + half, last + half - high), mode="symmetric")
    release(wave)
    return piece[half:-half] - np.asarray(oaconvolve(piece, _low_pass(), mode="valid"))


@cache
def _low_pass() -> np.ndarray:
    """Return the kernel that passes what lies under the voice; its sum is 1."""
    from scipy.signal import firwin

    return np.asarray(firwin(_TAPS, _CUTOFF, fs=RATE), np.float64)


def measure(wave: np.ndarray, windows: np.ndarray, function: Callable[[np.ndarray], float]) -> np.ndarray:
    """Apply a function to the high-passed samples of each window, in memory that does not grow with the sound.

    Args:
        wave: float32 ``[N]``, :data:`RATE` samples a second.
        windows: int64 ``[T,2]``, first sample and the one after the last, neither moving back.
        function: of float64 ``[n]``; n may be 0.

    Returns:
        float64 ``[T]``.
    """
    return np.array([function(piece) for piece in _pieces(wave, windows)])


def _pieces(wave: np.ndarray, windows: np.ndarray) -> Iterator[np.ndarray]:
    begin, block = 0, np.empty(0)
    for first, last in windows.tolist():
        if last > begin + len(block):
            begin = first
            block = high_passed(wave, begin, min(max(begin + BLOCK, last), len(wave)))
        yield block[first - begin : last - begin] if last > first else block[:0]


def level(samples: np.ndarray) -> float:
    """Return the RMS in dB of full scale, −200 for none."""
    return float(10 * np.log10(max(np.dot(samples, samples) / max(len(samples), 1), 1e-20)))


def loud_level(levels: np.ndarray) -> float:
    """Return the 95th percentile of the levels above :data:`SILENCE_FLOOR`; 0 where there is none."""
    audible = levels[levels > SILENCE_FLOOR]
    return float(np.percentile(audible, 95)) if len(audible) else 0.0


def noise_limits(wave: np.ndarray, windows: np.ndarray, loud: float) -> np.ndarray:
    """Return up to which level the sound around each window is noise, in dB; −∞ where no noise is known.

    Noise is what stays at one level for 300 ms, well under the voice: neither voice nor breath does. Its level is followed
    over time, from 5 s before to 5 s after: the lowest level before and the lowest after, whichever is higher.

    Args:
        wave: float32 ``[N]``, :data:`RATE` samples a second.
        windows: int64 ``[T,2]``, samples.
        loud: the loud level of the speech, dB.

    Returns:
        float64 ``[T]``, at most 12 dB under ``loud``.
    """
    from scipy.ndimage import maximum_filter1d, minimum_filter1d, uniform_filter1d  # the list of nodes does without SciPy

    starts = np.arange(max(len(wave) // _STEP - 1, 0))[:, None] * _STEP
    levels = measure(wave, starts + [0, 2 * _STEP], level)
    if len(levels) < _STEADY:
        return np.full(len(windows), -np.inf)
    spread = maximum_filter1d(levels, _STEADY) - minimum_filter1d(levels, _STEADY)
    mean = uniform_filter1d(levels, _STEADY)
    noise = (spread <= _RANGE) & (mean > SILENCE_FLOOR) & (mean < loud - _UNDER_LOUD)
    steady = np.where(noise, mean, np.inf)
    size, shift = _REACH + 1, _REACH // 2
    before, after = (minimum_filter1d(steady, size, mode="constant", cval=np.inf, origin=o) for o in (shift, -shift))
    floor = np.where(np.isinf(before) | np.isinf(after), np.minimum(before, after), np.maximum(before, after))
    floor = np.where(np.isinf(floor), -np.inf, floor)
    at = np.clip(windows.mean(1) // _STEP - 1, 0, len(floor) - 1).astype(int)
    return np.minimum(floor[at] + _MARGIN, loud - _UNDER_LOUD)
