"""Compute mel-frequency cepstra as SyncNet 2 was trained on.

Source: Davis and Mermelstein (1980), with the defaults of python_speech_features: frames of 25 ms every 10 ms without a
window, pre-emphasis 0.97, 26 triangles on the scale 2595·log10(1 + f/700) up to 8 kHz, 13 coefficients of an orthonormal
DCT, lifter 22, the first replaced by the logarithm of the frame's energy.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.fft import dct

from ...errors import SeamSyncError
from ...media.audio import Audio
from ...media.samples import release

#: Coefficients of a column.
COEFFICIENTS = 13
COLUMNS_PER_SECOND = 100

_RATE = 16000
_FRAME, _HOP, _FFT, _BANDS, _LIFTER = 400, _RATE // COLUMNS_PER_SECOND, 512, 26, 22
_PRE_EMPHASIS = 0.97
_LEAST = float(np.finfo(np.float64).eps)
_BLOCK = 4096  # columns at once


def mfcc(audio: Audio) -> np.ndarray:
    """Return cepstra of a sound, every 10 ms, with working memory that does not grow with its length.

    Args:
        audio: any rate and channels; heard as :attr:`~seamsync.media.audio.Audio.speech`, rounded to 16 bit as in training.

    Returns:
        float32 ``[13,N]``, N = 1 + ⌈(samples − 400) / 160⌉, at least 1; the last column is filled up with zeros.

    Raises:
        SeamSyncError: no sound in it.
    """
    if not audio.count:
        raise SeamSyncError("audio is empty (0 samples); give speech of at least one video frame's length")
    wave = audio.speech.samples[0]
    count = 1 + max(-(-(len(wave) - _FRAME) // _HOP), 0)
    cepstra = np.empty((COEFFICIENTS, count), np.float32)
    for first in range(0, count, _BLOCK):
        last = min(first + _BLOCK, count)
        cepstra[:, first:last] = _columns(_emphasised(wave, first * _HOP, (last - 1) * _HOP + _FRAME))
        release(wave)
    return cepstra


def _emphasised(wave: np.ndarray, begin: int, end: int) -> np.ndarray:
    """Return pre-emphasised 16-bit samples ``begin`` … ``end``, zeros past the end of the sound: float64."""
    before = max(begin - 1, 0)
    samples = np.round(wave[before:end].astype(np.float64) * 32768).clip(-32768, 32767)
    last = samples[:-1] if begin else np.concatenate([[0.0], samples[:-1]])
    emphasised = samples[begin - before :] - _PRE_EMPHASIS * last
    return np.pad(emphasised, (0, end - begin - len(emphasised)))


def _columns(samples: np.ndarray) -> np.ndarray:
    """Return cepstra of the frames in ``samples``: float64 ``[13,N]``."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, _FRAME)[::_HOP]
    power = np.abs(np.fft.rfft(frames, _FFT, axis=1)) ** 2 / _FFT
    bands = power @ _triangles().T
    lifter = 1 + _LIFTER / 2 * np.sin(np.pi * np.arange(COEFFICIENTS) / _LIFTER)
    cepstra = np.asarray(dct(np.log(_above_zero(bands)), norm="ortho", axis=1))[:, :COEFFICIENTS] * lifter
    cepstra[:, 0] = np.log(_above_zero(power.sum(1)))
    return cepstra.T


def _above_zero(values: np.ndarray) -> np.ndarray:
    """Replace zeros by the least number, so that they have a logarithm."""
    return np.where(values == 0, _LEAST, values)


@cache
def _triangles() -> np.ndarray:
    """Return weights of the transform's bins in each band, float64 ``[26,257]``; corners lie on whole bins."""
    mel = np.linspace(0, 2595 * np.log10(1 + _RATE / 2 / 700), _BANDS + 2)
    corners = np.floor((_FFT + 1) * 700 * (10 ** (mel / 2595) - 1) / _RATE)
    low, centre, high = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    bins = np.arange(_FFT // 2 + 1)
    rising, falling = (bins - low) / (centre - low), (high - bins) / (high - centre)
    return np.where(bins < centre, rising, falling).clip(0)
