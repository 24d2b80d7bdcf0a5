"""Which video frames are silent, so that no mouth need be generated for them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from ...arrays import runs
from ...errors import SeamSyncError, check_range
from ...media.audio import Audio
from ...media.levels import RATE, level, loud_level, measure, noise_limits

#: A sound this many times as loud as the threshold is speech however short it is.
_CERTAIN = 2.0
#: What is left of a click's height by the high-pass, at least.
_KEPT = 0.98


def silent_frames(
    audio: Audio, fps: Fraction, count: int, *, threshold: float = 0.01, min_silence: float = 0.2, min_sound: float = 0.1
) -> np.ndarray:
    """Frames in which the sound stays under an absolute level.

    As in the enhanced fork of Wav2Lip, a frame is quiet when no sample of its own time, [t/fps, (t+1)/fps), of the 16 kHz
    mono sound reaches ``threshold``; frames past the end are quiet. With both durations 0 that is the answer, frame for
    frame. Otherwise what lies under the voice (offset, mains hum, rumble) does not count, nor does steady noise well under
    it (:func:`~seamsync.media.levels.noise_limits`). Then faint sounds that are too short for speech are taken for quiet, and
    dips too short for a pause (the closure of a p or t) for speech; so the answer does not flicker.

    :func:`...media.audio.silent_frames` measures against the track's own loud level instead.

    Args:
        audio: any rate and channels; heard as :attr:`~seamsync.media.audio.Audio.speech`.
        fps: frames a second, > 0.
        count: number of frames T.
        threshold: amplitude 0…1 of full scale; 0.01 is −40 dB.
        min_silence: seconds; a shorter silence does not count, at the clip's ends either.
        min_sound: seconds; a shorter sound between silences that stays under twice the threshold does not count.

    Returns:
        bool ``[T]``.

    Raises:
        SeamSyncError: ``fps`` not above 0, or a value out of its range.
    """
    check_range("threshold", threshold, 0, 1)
    check_range("min_silence", min_silence, 0, 60, "s")
    check_range("min_sound", min_sound, 0, 60, "s")
    if not (min_silence or min_sound):
        return frame_peaks(audio, fps, count) < threshold
    wave, windows = audio.speech.samples[0], _own_times(audio, fps, count)
    peaks = measure(wave, windows, _peak) / _KEPT
    levels = measure(wave, windows, level)
    quiet = (peaks < threshold) | (levels < noise_limits(wave, windows, loud_level(levels)))
    for first, last in runs(~quiet):
        if last - first < min_sound * fps and peaks[first:last].max() < _CERTAIN * threshold:
            quiet[first:last] = True
    for first, last in runs(quiet):
        if last - first < min_silence * fps:
            quiet[first:last] = False
    return quiet


def frame_peaks(audio: Audio, fps: Fraction, count: int) -> np.ndarray:
    """Largest amplitude in each video frame's own time, of the 16 kHz mono sound: float64 ``[T]``, 0 past the end.

    Raises:
        SeamSyncError: ``fps`` not above 0 or above 16 000, or a negative ``count``.
    """
    windows = _own_times(audio, fps, count)
    return np.array([_peak(audio.speech.block(first, last)) for first, last in windows.tolist()])


def _own_times(audio: Audio, fps: Fraction, count: int) -> np.ndarray:
    """Samples of the 16 kHz sound in each frame's own time, int64 ``[T,2]``, inside the sound."""
    if not 0 < fps <= RATE:
        raise SeamSyncError(f"fps must be more than 0 and at most {RATE}, got {fps}")
    check_range("count", count, 0, 2**40, "frames")
    num, den, end = RATE * fps.denominator, fps.numerator, audio.speech.count
    starts = [t * num // den for t in range(count)]
    return np.array([(min(start, end), min(start + num // den, end)) for start in starts], np.int64).reshape(-1, 2)


def _peak(samples: np.ndarray) -> float:
    return float(np.abs(samples).max(initial=0))
