"""Speech → mouth-shape curves, from energy and spectrum alone: no recogniser, no weights.

A vowel's loudness between 300 and 3000 Hz (the first two or three formants) follows the opening of the mouth: Yehia, Rubin
and Vatikiotis-Bateson, "Quantitative association of vocal-tract and facial behavior" (1998). Nasals and stops put their
energy below 300 Hz, fricatives above 3500 Hz, with the lips nearly closed. Where the formant energy lies (front vowels high,
back vowels low: Peterson and Barney, 1952) tells spread lips from rounded ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy.ndimage import gaussian_filter1d, percentile_filter
from scipy.signal import ShortTimeFFT
from scipy.signal.windows import hann

from ...errors import SeamSyncError
from ...media.audio import Audio, silent_frames
from ...progress import Check, no_check

#: Analysis rate: samples a second, window and hop in samples (32 ms, 5 ms).
RATE = 16_000
_WINDOW, _HOP = 512, 80
#: Hops looked at together.
_BLOCK = 4096
#: Hz, [low, high): murmur of nasals and voicing, vowel formants, their lower and upper part, hiss.
_MURMUR, _VOWEL, _BACK, _FRONT, _HISS = (60, 300), (300, 3000), (300, 1000), (1400, 3000), (3500, 8000)
#: dB from the speech's loud level down to closed lips.
_DEPTH = 26.0
#: Standard deviation of the zero-phase smoothing, seconds: 78 ms wide at half height, so syllables (4 to 6 a second) stay.
_SMOOTH = 0.033


@dataclass(frozen=True, eq=False)
class SpeechCurves:
    """How the mouth moves to speech, one value a video frame.

    Attributes:
        opening: float64 ``[T]``, 0 closed … 1 as open as this speaker gets.
        width: float64 ``[T]``, 0 neutral … 1 spread (ee).
        rounding: float64 ``[T]``, 0 neutral … 1 rounded (oo).
        silent: bool ``[T]``, nobody speaks for 300 ms or longer.
    """

    opening: np.ndarray
    width: np.ndarray
    rounding: np.ndarray
    silent: np.ndarray

    def __len__(self) -> int:
        return len(self.opening)


def speech_curves(
    audio: Audio, fps: Fraction, count: int, *, silence_threshold: float = 35.0, check: Check = no_check
) -> SpeechCurves:
    """Mouth-shape curves of a speech track.

    Frame k stands for the time (k + ½)/fps, the middle of its showing. All levels are relative to the track's own loud
    level, so gain, DC offset and a steady noise floor do not matter; telephone speech (8 kHz) has no hiss band, and needs none.

    Args:
        audio: speech, any rate and channels; heard as :attr:`~seamsync.media.audio.Audio.speech`.
        fps: video frames a second.
        count: number of video frames T ≥ 1; past the end of the audio the mouth is closed.
        silence_threshold: dB under the loud level below which audio counts as silent.
        check: called for every few seconds of speech.

    Raises:
        SeamSyncError: the audio holds no samples.
    """
    if not audio.count:
        raise SeamSyncError("audio is empty (0 samples); give speech of at least one video frame's length")
    opening, width, rounding = _curves(audio.speech, check)
    times = (np.arange(count) + 0.5) / float(fps)
    grid = np.arange(len(opening)) * (_HOP / RATE)

    def _at_frames(curve: np.ndarray) -> np.ndarray:
        return np.clip(np.interp(times, grid, curve, right=0.0), 0.0, 1.0)

    silent = silent_frames(audio, fps, count, silence_threshold, min_seconds=0.3)
    return SpeechCurves(_at_frames(opening), _at_frames(width), _at_frames(rounding), silent)


def _curves(speech: Audio, check: Check) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Opening, width and rounding every :data:`_HOP` samples, the first at time 0."""
    murmur, vowel, back, front, hiss = _band_powers(speech, check)
    if vowel.max() <= 0:
        still = np.zeros(len(vowel))
        return still, still, still
    tiny = vowel.max() * 1e-9
    level = _loudness(vowel, tiny)
    open_ = level * _share(vowel, 0.25 * murmur, tiny) * _share(vowel, hiss, tiny)
    tilt = 10 * np.log10((front + tiny) / (back + tiny))
    voiced = open_ > 0.3
    middle = float(np.median(tilt[voiced])) if voiced.any() else -12.0
    weight = np.minimum(1.0, open_ / 0.3)
    width, rounding = weight * np.clip((tilt - middle) / 12, 0, 1), weight * np.clip((middle - tilt) / 10, 0, 1)
    open_, width, rounding = (gaussian_filter1d(c, _SMOOTH * RATE / _HOP) for c in (open_, width, rounding))
    # Smoothing lowers the peaks; the loudest syllables open fully again, over a soft knee.
    peak = float(np.percentile(open_[open_ > 0.2], 97)) if (open_ > 0.2).any() else 1.0
    return np.tanh(1.3 * open_ / max(peak, 0.3)) / np.tanh(1.3), width, rounding


def _band_powers(speech: Audio, check: Check) -> np.ndarray:
    """Power in the five bands, float64 ``[5,P]``; neither a long track nor its spectrum is ever whole in memory."""
    stft = ShortTimeFFT(hann(_WINDOW, sym=False), _HOP, RATE)
    offset = np.float32(sum(float(block.sum(dtype=np.float64)) for block in speech.blocks()) / max(speech.count, 1))
    length = max(speech.count, _WINDOW)
    picks = [(stft.f >= low) & (stft.f < high) for low, high in (_MURMUR, _VOWEL, _BACK, _FRONT, _HISS)]
    count = -(-length // _HOP) + 1
    powers = np.empty((len(picks), count))
    for start in range(0, count, _BLOCK):
        check()
        stop = min(start + _BLOCK, count)
        # A slice of the spectrum needs only the samples under it and half a window on either side.
        before = max(0, start - _WINDOW // _HOP)
        piece = (speech.block(before * _HOP, (stop + _WINDOW // _HOP) * _HOP)[0] - offset).astype(np.float64)
        piece = np.pad(piece, (0, max(0, _WINDOW - len(piece)) if speech.count < _WINDOW else 0))
        power = stft.spectrogram(piece, p0=start - before, p1=stop - before)
        powers[:, start:stop] = [power[pick].sum(0) for pick in picks]
    return powers


def _loudness(vowel: np.ndarray, tiny: float) -> np.ndarray:
    """Vowel-band power as 0…1: loud level at 1, the noise floor or :data:`_DEPTH` dB below it at 0."""
    decibel = 10 * np.log10(vowel + tiny)
    decibel = np.maximum(decibel, decibel.max() - 60)
    loud = float(np.percentile(decibel[decibel > decibel.max() - 30], 85))
    # The loud level drifts over a long recording; it is followed over some seconds, never further than 8 dB down.
    span = int(6 * RATE / _HOP)
    if len(decibel) > span:
        near = gaussian_filter1d(percentile_filter(decibel[::8], 92, size=span // 8), span / 16)
        near = np.interp(np.arange(len(decibel)), np.arange(len(near)) * 8, near)
        ceiling = np.clip(near, loud - 8, loud + 8)
    else:
        ceiling = np.full(len(decibel), loud)
    floor = float(np.percentile(decibel, 3)) + 6
    bottom = np.clip(floor, ceiling - _DEPTH, ceiling - 12)
    return np.clip((decibel - bottom) / (ceiling - bottom), 0, 1.15) ** 1.4


def _share(wanted: np.ndarray, other: np.ndarray, tiny: float) -> np.ndarray:
    """Soft vote 0…1 that ``wanted`` outweighs ``other``: 1 when it does, 0 when it is 10 dB weaker."""
    ratio = 10 * np.log10((wanted + tiny) / (other + tiny))
    return np.clip(ratio / 10 + 1, 0, 1)
