"""Mel spectrograms as Wav2Lip's networks were trained on, and which columns each video frame hears.

Recipe (Prajwal et al., "A Lip Sync Expert Is All You Need for Speech to Lip Generation In the Wild", 2020, and its
published settings): 16 kHz mono, pre-emphasis 0.97, magnitude of an 800-point transform every 200 samples under a periodic
Hann window centred on its column, 80 bands on Slaney's mel scale between 55 and 7600 Hz (each of unit area), decibel over
20 dB down to −100 dB, stretched to −4…4.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import numpy as np
from scipy.signal.windows import hann

from ...errors import SeamSyncError, check_choice, check_range
from ...media.audio import Audio
from ...media.samples import release
from ...tensors import check_shape

#: Samples a second the recipe works at.
RATE = 16000
#: Bands of a column.
BANDS = 80
#: Columns a second.
COLUMNS_PER_SECOND = 80
#: Columns one video frame hears, 200 ms whatever the frame rate.
WINDOW = 16
#: What a silent band reads; the loudest reads +4.
SILENT = -4.0
#: How the sound goes on before its beginning and past its end: ``reflect`` as librosa did when the published networks were
#: trained, ``constant`` (zeros) as it does since 0.10. Only the first two and the last two columns differ.
PAD_MODES = ("reflect", "constant")

_FFT = 800
_HOP = RATE // COLUMNS_PER_SECOND
#: Samples at 16 kHz before the end of the sound that the resampler may still change.
_RESAMPLER = 64
_PRE_EMPHASIS = 0.97
_LOWEST, _HIGHEST = 55.0, 7600.0
_REFERENCE, _FLOOR = 20.0, -100.0  # dB
_BLOCK = 2048  # columns transformed at once: 13 MB of samples


def mel_spectrogram(audio: Audio, *, pad_mode: str = "reflect") -> np.ndarray:
    """Mel spectrogram of a sound, worked out in float64, in blocks: beside the result it takes the same memory for any length.

    Args:
        audio: any rate and channels; heard as :attr:`~seamsync.media.audio.Audio.speech`.
        pad_mode: one of :data:`PAD_MODES`.

    Returns:
        float32 ``[80,N]``, −4…4, lowest band first; N = 1 + samples // 200, column c centred on second c/80.

    Raises:
        SeamSyncError: no sound in it, or an unknown ``pad_mode``.
    """
    check_choice("pad_mode", pad_mode, PAD_MODES)
    if not audio.count:
        raise SeamSyncError("audio is empty (0 samples); give speech of at least one video frame's length")
    wave = audio.speech.samples[0]
    columns = 1 + len(wave) // _HOP
    mel = np.empty((BANDS, columns), np.float32)
    for first in range(0, columns, _BLOCK):
        last = min(first + _BLOCK, columns)
        samples = _emphasised(wave, first * _HOP - _FFT // 2, (last - 1) * _HOP + _FFT // 2, pad_mode)
        mel[:, first:last] = _columns(samples)
        release(wave)
    return mel


def _emphasised(wave: np.ndarray, begin: int, end: int, pad_mode: str) -> np.ndarray:
    """Samples ``begin`` … ``end``, which may lie outside the wave, of the pre-emphasised sound: float64 ``[end − begin]``."""
    index, count = np.arange(begin, end), len(wave)
    if pad_mode == "reflect":
        index = np.abs((index + count - 1) % max(2 * count - 2, 1) - (count - 1))
    inside = (index >= 0) & (index < count)
    index = np.clip(index, 0, count - 1)
    before = np.where(index > 0, wave[index - 1], 0).astype(np.float64)
    return (wave[index] - _PRE_EMPHASIS * before) * inside


def _columns(samples: np.ndarray) -> np.ndarray:
    """Columns of samples that reach half a window beyond the first and the last: ``[800 + 200·(N−1)]`` → float64 ``[80,N]``."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, _FFT)[::_HOP]
    magnitude = np.abs(np.fft.rfft(frames * hann(_FFT, sym=False), axis=1))
    power = mel_filters() @ magnitude.T
    decibel = 20 * np.log10(np.maximum(power, 10 ** (_FLOOR / 20))) - _REFERENCE
    return np.clip(8 * (decibel - _FLOOR) / -_FLOOR - 4, SILENT, -SILENT)


@cache
def mel_filters() -> np.ndarray:
    """Weights of the transform's bins in each band, float64 ``[80,401]``, read-only; see :func:`slaney_filters`."""
    filters = slaney_filters(BANDS, _FFT // 2 + 1, _LOWEST, _HIGHEST)
    filters.flags.writeable = False
    return filters


def slaney_filters(bands: int, bins: int, lowest: float, highest: float) -> np.ndarray:
    """Return the weights of a transform's bins in each mel band.

    Triangles between neighbouring centres on the mel scale of Slaney's Auditory Toolbox (1998), linear (3 mel each 200 Hz)
    up to 1000 Hz and logarithmic (27 mel each factor 6.4) above, scaled to unit area over Hz.

    Args:
        bands: number of bands.
        bins: number of the transform's bins, evenly from 0 to 8000 Hz.
        lowest, highest: Hz, where the first band begins and the last one ends.

    Returns:
        float64 ``[bands,bins]``.
    """
    corners = _hertz(np.linspace(_mel(lowest), _mel(highest), bands + 2))
    hertz = np.linspace(0, RATE / 2, bins)
    low, centre, high = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    triangles = np.maximum(0, np.minimum((hertz - low) / (centre - low), (high - hertz) / (high - centre)))
    return triangles * 2 / (high - low)


def _mel(hertz: float) -> float:
    """Slaney's mel of a frequency."""
    return 3 * hertz / 200 if hertz < 1000 else 15 + 27 * np.log(hertz / 1000) / np.log(6.4)


def _hertz(mel: np.ndarray) -> np.ndarray:
    """Frequencies of Slaney's mels."""
    return np.where(mel < 15, 200 * mel / 3, 1000 * 6.4 ** ((mel - 15) / 27))


def window_starts(fps: Fraction, count: int, columns: int, offset_frames: int = 0) -> np.ndarray:
    """First column of the window each video frame hears: ⌊80 · (t + offset) / fps⌋, kept inside the spectrogram.

    Worked out in whole numbers of any size: nothing wraps, and the sound does not drift from the picture. The published
    command multiplies by the rounded quotient 80/fps. That is the same at 24, 25, 29.97, 30, 50, 59.94 and 60 frames a
    second over 15 minutes, but at 24000/1001 one column (12.5 ms) early in 23 frames, the first of them frame 300. It also
    ends with the first window that would pass the end of the sound; here that window serves all frames left.

    Args:
        fps: frames a second, > 0.
        count: number of frames T.
        columns: length of the spectrogram N; under 16, all windows begin at 0.
        offset_frames: 0 as in published inference; −1 as the networks were trained, which lets the mouth move one frame
            later.

    Returns:
        int64 ``[T]``, 0 … max(N − 16, 0).

    Raises:
        SeamSyncError: ``fps`` not above 0, or a negative ``count``.
    """
    _check_frames(fps, count)
    last = max(columns - WINDOW, 0)
    return np.array([min(max(_column(fps, t + offset_frames), 0), last) for t in range(count)], np.int64)


def _column(fps: Fraction, frame: int) -> int:
    """Column at which a frame begins, unbounded."""
    return COLUMNS_PER_SECOND * frame * fps.denominator // fps.numerator


def _check_frames(fps: Fraction, count: int) -> None:
    if fps <= 0:
        raise SeamSyncError(f"fps must be more than 0, got {fps}")
    check_range("count", count, 0, 2**40, "frames")


def cover_frames(mel: np.ndarray, fps: Fraction, count: int) -> np.ndarray:
    """The spectrogram, followed by silence where the video outlasts the sound, so that no mouth freezes at its last shape.

    A spectrogram that every frame begins within stays as it is, unless it has fewer than 16 columns.

    Args:
        mel: float32 ``[80,N]``.
        fps: frames a second, > 0.
        count: number of frames T.

    Returns:
        float32 ``[80,M]``, M ≥ max(N, 16).
    """
    check_shape("mel", mel, "bands,columns", BANDS, None)
    missing = covered_columns(mel.shape[1], fps, count) - mel.shape[1]
    return np.pad(mel, ((0, 0), (0, missing)), constant_values=SILENT) if missing else mel


def covered_columns(columns: int, fps: Fraction, count: int) -> int:
    """Return the length of the spectrogram that :func:`cover_frames` makes of one with ``columns`` columns."""
    _check_frames(fps, count)
    begin = _column(fps, count - 1)
    return max(begin + WINDOW if begin >= columns else 0, WINDOW, columns)


def total_columns(samples: int, rate: int) -> int:
    """Return how many columns :func:`mel_spectrogram` makes of ``samples`` samples at ``rate``."""
    return 1 + (2 * samples * RATE + rate) // (2 * rate) // _HOP


def complete_columns(samples: int, rate: int) -> int:
    """Return how many columns, from the first, do not change when more sound follows ``samples`` samples at ``rate``."""
    heard = samples * RATE // rate
    return max((heard - _FFT // 2 - _RESAMPLER) // _HOP + 1, 0)


def complete_frames(columns: int, fps: Fraction, offset_frames: int = 0) -> int:
    """Return how many video frames, from the first, have their whole window within the first ``columns`` columns."""
    if columns < WINDOW:
        return 0
    # Frame t begins at ⌊80 · t / fps⌋, which must be at most columns − 16: t < (columns − 15) · fps / 80.
    frames = -(-(columns - WINDOW + 1) * fps.numerator // (COLUMNS_PER_SECOND * fps.denominator))
    return max(frames - offset_frames, 0)


def take_windows(mel: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Windows that begin at ``starts``: a batch of what :func:`window_starts` gave.

    Args:
        mel: float32 ``[80,N]``, N ≥ 16.
        starts: int64 ``[B]``, 0 … N − 16.

    Returns:
        float32 ``[B,1,80,16]``, a copy.
    """
    return np.lib.stride_tricks.sliding_window_view(mel, WINDOW, axis=1)[:, starts].transpose(1, 0, 2)[:, None].copy()


def mel_windows(mel: np.ndarray, fps: Fraction, count: int, *, offset_frames: int = 0) -> np.ndarray:
    """What each video frame hears; arguments as in :func:`window_starts` and :func:`cover_frames`.

    For long clips take the starts, and the windows batch by batch: this is 5 kB a frame.

    Returns:
        float32 ``[T,1,80,16]``, −4…4.
    """
    covered = cover_frames(mel, fps, count)
    return take_windows(covered, window_starts(fps, count, covered.shape[1], offset_frames))
