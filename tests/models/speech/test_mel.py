"""Mel spectrograms and windows against slow references, planted clicks, and the published loop."""

from __future__ import annotations

import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seamsync.errors import SeamSyncError
from seamsync.media.audio import Audio
from seamsync.models.speech import mel as module
from seamsync.models.speech.mel import (
    PAD_MODES,
    RATE,
    SILENT,
    cover_frames,
    mel_filters,
    mel_spectrogram,
    mel_windows,
    take_windows,
    window_starts,
)

RATES = [Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30), Fraction(50), Fraction(60)]


def noise(count: int, seed: int = 0) -> np.ndarray:
    """Float32 ``[count]``, half as loud as a shout."""
    return np.random.default_rng(seed).normal(0, 0.1, count).clip(-1, 1).astype(np.float32)


def slow_mel(wave: np.ndarray, pad_mode: str) -> np.ndarray:
    """The recipe spelled out: an explicit Fourier sum for each column, and each triangle drawn bin by bin."""
    emphasised = wave.astype(np.float64).copy()
    emphasised[1:] -= 0.97 * wave[:-1].astype(np.float64)
    padded = np.pad(emphasised, 400, mode="reflect" if pad_mode == "reflect" else "constant")
    n = np.arange(800)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * n / 800)
    waves = np.exp(-2j * np.pi * np.outer(np.arange(401), n) / 800)
    corners = slow_corners()
    columns = []
    for first in range(0, len(padded) - 799, 200):
        magnitude = abs(waves @ (padded[first : first + 800] * window))
        bands = [sum(w * m for w, m in zip(slow_triangle(*corners[b : b + 3]), magnitude, strict=True)) for b in range(80)]
        decibel = [20 * np.log10(max(1e-5, band)) - 20 for band in bands]
        columns.append([min(4, max(-4, 8 * (d + 100) / 100 - 4)) for d in decibel])
    return np.array(columns).T


def slow_corners() -> list[float]:
    """82 frequencies equally spaced on Slaney's scale, which is linear to 15 mel = 1 kHz."""
    top = 15 + np.log(7600 / 1000) / (np.log(6.4) / 27)
    mels = [55 * 3 / 200 + (top - 55 * 3 / 200) * k / 81 for k in range(82)]
    return [m * 200 / 3 if m < 15 else 1000 * np.exp((m - 15) * np.log(6.4) / 27) for m in mels]


def slow_triangle(low: float, centre: float, high: float) -> list[float]:
    """Weights of the 401 bins, 20 Hz apart; area 1 over Hz."""
    weights = []
    for hertz in range(0, 8001, 20):
        rise, fall = (hertz - low) / (centre - low), (high - hertz) / (high - centre)
        weights.append(max(0, min(rise, fall)) * 2 / (high - low))
    return weights


@pytest.mark.parametrize("pad_mode", PAD_MODES)
def test_against_the_recipe_spelled_out(pad_mode: str) -> None:
    """Every value is the reference's to 1e-6, also in the padded columns and with an odd number of samples."""
    wave = noise(3333)
    np.testing.assert_allclose(mel_spectrogram(Audio(wave[None], RATE), pad_mode=pad_mode), slow_mel(wave, pad_mode), atol=1e-6)


def test_pad_modes_differ_at_the_ends_only() -> None:
    """Only windows that reach outside the sound depend on how it is padded."""
    reflect, constant = (mel_spectrogram(Audio(noise(8000)[None], RATE), pad_mode=mode) for mode in PAD_MODES)
    different = np.flatnonzero((reflect != constant).any(0))
    np.testing.assert_array_equal(different, [0, 1, 39, 40])


def test_silence_is_the_least_value() -> None:
    """Digital silence reads −4 in every band, without warnings or NaN."""
    mel = mel_spectrogram(Audio(np.zeros((2, 4000)), 16000))
    assert mel.shape == (80, 21)
    assert mel.dtype == np.float32
    assert (mel == SILENT).all()


@pytest.mark.parametrize("count", [1, 2, 199, 200, 401])
def test_very_short_sounds(count: int) -> None:
    """Sounds shorter than half a window are reflected as often as it takes, as by numpy.pad."""
    wave = noise(count)
    np.testing.assert_allclose(mel_spectrogram(Audio(wave[None], RATE)), slow_mel(wave, "reflect"), atol=1e-6)


def test_refusals() -> None:
    """No sound, an unknown padding, and a frame rate of nothing are named."""
    with pytest.raises(SeamSyncError, match="audio is empty"):
        mel_spectrogram(Audio(np.zeros((1, 0)), RATE))
    with pytest.raises(SeamSyncError, match="did you mean 'reflect'"):
        mel_spectrogram(Audio(noise(400)[None], RATE), pad_mode="reflct")
    with pytest.raises(SeamSyncError, match="fps must be more than 0, got 0"):
        window_starts(Fraction(0), 3, 100)
    with pytest.raises(SeamSyncError, match="bands"):
        cover_frames(np.zeros((16, 80), np.float32), Fraction(25), 3)


def test_other_rates_and_channels() -> None:
    """Stereo at 48 kHz of a tone has its energy in the same band as at 16 kHz, and as many columns."""
    tone = {rate: 0.5 * np.sin(2 * np.pi * 1000 * np.arange(rate) / rate) for rate in (16000, 48000)}
    stereo = mel_spectrogram(Audio(np.stack([tone[48000]] * 2), 48000))
    mono = mel_spectrogram(Audio(tone[16000][None], 16000))
    assert stereo.shape == mono.shape == (80, 81)
    loudest = int(np.argmax(mel_filters()[:, 50]))
    assert (stereo[:, 5:-5].argmax(0) == loudest).all()
    np.testing.assert_allclose(stereo[loudest, 5:-5], mono[loudest, 5:-5], atol=0.01)


def test_blocks_leave_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """The result in small blocks is that of one piece, bit for bit."""
    audio = Audio(noise(16000)[None], RATE)
    whole = mel_spectrogram(audio)
    for block in (1, 7, 64):
        monkeypatch.setattr(module, "_BLOCK", block)
        np.testing.assert_array_equal(mel_spectrogram(audio), whole)


def test_memory_is_flat() -> None:
    """Three times the sound costs only three times the result."""
    peaks = []
    for minutes in (2, 6):
        audio = Audio(np.zeros((1, minutes * 60 * RATE)), RATE)
        tracemalloc.start()
        mel = mel_spectrogram(audio)
        peaks.append(tracemalloc.get_traced_memory()[1] - mel.nbytes)
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 1e6
    assert peaks[0] < 60e6


@pytest.mark.parametrize("fps", RATES, ids=str)
@pytest.mark.parametrize("seconds", [4, 900])
def test_a_click_moves_the_right_frames(fps: Fraction, seconds: int) -> None:
    """Frames whose 200 ms hold the click change, all of them; those further off than half a column's reach do not."""
    click = seconds - Fraction(3, 2)
    wave = np.zeros(20 * RATE if seconds > 20 else seconds * RATE, np.float32)
    # Of a long clip only the last 20 s are transformed; the columns before them are silent anyway.
    skipped = seconds * RATE - len(wave)
    wave[int(click * RATE) - skipped] = 0.8
    mel = np.full((80, 1 + seconds * 80), SILENT, np.float32)
    mel[:, skipped // 200 :] = mel_spectrogram(Audio(wave[None], RATE))
    count = int(seconds * fps)
    starts = window_starts(fps, count, mel.shape[1])
    loud = np.any(mel > SILENT, axis=0)
    changed = {t for t, start in enumerate(starts.tolist()) if loud[start : start + 16].any()}
    # Column c gathers c/80 ± 25 ms, the window of frame t the columns from t/fps (12.5 ms less, rounded down) on.
    surely = {t for t in range(count) if t / fps <= click <= t / fps + Fraction(3, 16)}
    possibly = {t for t in range(count) if t / fps - Fraction(3, 80) < click < t / fps + Fraction(17, 80)}
    assert surely
    assert surely <= changed <= possibly


@pytest.mark.parametrize("fps", RATES, ids=str)
def test_starts_are_the_published_ones(fps: Fraction) -> None:
    """As the published loop has them for 15 minutes; the frames it drops at the end hear the last window."""
    columns, count = 72001, int(900 * fps)
    published: list[int] = []
    while not published or published[-1] + 16 <= columns:
        published.append(int(len(published) * (80.0 / float(fps))))
    published[-1] = columns - 16
    starts = window_starts(fps, count, columns)
    np.testing.assert_array_equal(starts[: len(published)], published)
    assert len(published) < count
    assert (starts[len(published) :] == columns - 16).all()


@given(
    fps=st.fractions(min_value=1, max_value=240, max_denominator=2000),
    frame=st.integers(0, 500),
    offset=st.integers(-3, 3),
    columns=st.integers(0, 5000),
)
@settings(deadline=None, max_examples=60)
def test_starts_by_fractions(fps: Fraction, frame: int, offset: int, columns: int) -> None:
    """Each start is the floor of the exact quotient, unless that lies outside."""
    start = int(window_starts(fps, frame + 1, columns, offset)[-1])
    exact = Fraction(80 * (frame + offset)) / fps
    assert start == min(max(exact.__floor__(), 0), max(columns - 16, 0))


def test_training_alignment_is_one_frame_later() -> None:
    """With −1 a frame hears what the frame before it heard; the first hears the beginning twice."""
    published, trained = (window_starts(Fraction(25), 50, 400, offset) for offset in (0, -1))
    np.testing.assert_array_equal(trained[1:], published[:-1])
    assert trained[0] == 0


def test_windows_hold_their_columns() -> None:
    """Window t is columns s … s + 16 of the spectrogram, all bands; a batch is a part of all."""
    mel = np.random.default_rng(0).normal(size=(80, 100)).astype(np.float32)
    starts = window_starts(Fraction(25), 30, 100)
    windows = mel_windows(mel, Fraction(25), 30)
    assert windows.shape == (30, 1, 80, 16)
    for t, start in enumerate(starts.tolist()):
        np.testing.assert_array_equal(windows[t, 0], mel[:, start : start + 16])
    np.testing.assert_array_equal(take_windows(mel, starts[7:9]), windows[7:9])
    assert mel_windows(mel, Fraction(25), 0).shape == (0, 1, 80, 16)


def test_video_that_outlasts_the_sound_hears_silence() -> None:
    """Past the end come silent windows; the frame that still hears the end, hears it, followed by silence."""
    mel = np.ones((80, 40), np.float32)
    windows = mel_windows(mel, Fraction(25), 50)
    begins = np.arange(50) * 80 // 25
    assert (windows[begins >= 40] == SILENT).all()
    for t in np.flatnonzero(begins < 40):
        assert (windows[t, 0, 0] == 1).sum() == min(16, 40 - begins[t])


def test_sound_shorter_than_a_window() -> None:
    """It is followed by silence, in every frame's window."""
    windows = mel_windows(np.ones((80, 5), np.float32), Fraction(25), 1)
    np.testing.assert_array_equal(windows[0, 0, 0], [1] * 5 + [SILENT] * 11)
