"""Speech curves on sounds whose mouths are known."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from drawn_mouths import speech, vowel
from scipy.signal import butter, sosfilt
from seamsync.errors import SeamSyncError
from seamsync.media.audio import Audio
from seamsync.models.speech import curves as module
from seamsync.models.speech.curves import SpeechCurves, speech_curves

FPS = Fraction(25)


def _with(sound: np.ndarray, rate: int = 16_000) -> SpeechCurves:
    """Curves of one second: a vowel, a pause, then ``sound`` from 0.6 s on."""
    wave = np.zeros(rate)
    wave[: rate // 4] = vowel(0.25, rate)
    wave[round(0.6 * rate) : round(0.6 * rate) + len(sound)] = sound
    return speech_curves(Audio(wave[None].astype(np.float32), rate), FPS, 25)


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100])
def test_vowels_open_and_pauses_close(rate: int) -> None:
    """A vowel opens the mouth wide, a pause shuts it, at any sample rate."""
    curves = speech_curves(speech([(0.5, 0.8), (1.4, 1.8)], 2.5, rate), FPS, 62)
    assert curves.opening[15:18].min() > 0.85
    assert curves.opening[38:42].min() > 0.85
    assert curves.opening[24:32].max() < 0.03
    assert curves.silent[:11].all()
    assert not curves.silent[14:19].any()


@pytest.mark.parametrize("fps", [Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(60)])
def test_a_burst_moves_its_own_frame(fps: Fraction) -> None:
    """The curve's centre of mass is the burst's middle to within a third of a frame."""
    curves = speech_curves(speech([(1.13, 1.37)], 3.0), fps, int(3 * fps))
    times = (np.arange(len(curves)) + 0.5) / float(fps)
    middle = (times * curves.opening).sum() / curves.opening.sum()
    assert abs(middle - 1.25) < 1 / (3 * float(fps))


def test_hiss_and_murmur_stay_nearly_closed() -> None:
    """An s as loud as the vowel, and an m, hardly open the mouth."""
    noise = np.random.default_rng(0).standard_normal(3200)
    hiss = np.asarray(sosfilt(butter(4, 4500, "high", fs=16_000, output="sos"), noise))
    time = np.arange(3200) / 16_000
    murmur = 0.2 * np.sin(2 * np.pi * 130 * time) + 0.02 * np.sin(2 * np.pi * 390 * time)
    for sound in (0.1 * hiss / hiss.std(), murmur):
        curves = _with(sound)
        assert curves.opening[2:5].min() > 0.85
        assert curves.opening[15:20].max() < 0.35


def test_front_vowels_spread_and_back_vowels_round() -> None:
    """High formant energy widens, low formant energy rounds."""
    time = np.arange(4000) / 16_000
    back, front = (0.2 * (np.sin(2 * np.pi * 400 * time) + np.sin(2 * np.pi * f * time)) for f in (800, 2300))
    wave = np.zeros(32_000)
    for start, sound in ((2000, vowel(0.25)), (10_000, back), (18_000, front), (26_000, vowel(0.25))):
        wave[start : start + 4000] += sound
    curves = speech_curves(Audio(wave[None].astype(np.float32), 16_000), FPS, 50)
    assert curves.rounding[17:21].mean() > 0.5 > 0.2 > curves.rounding[30:33].mean()
    assert curves.width[30:33].mean() > 0.5 > 0.2 > curves.width[17:21].mean()


def test_level_and_offset_do_not_matter() -> None:
    """40 dB quieter, or on a DC offset: the same curve."""
    loud = speech([(0.3, 0.6), (1.0, 1.2)], 2.0)
    reference = speech_curves(loud, FPS, 50).opening
    for samples in (loud.samples * 0.01, loud.samples + 0.3):
        assert np.abs(speech_curves(Audio(samples.astype(np.float32), 16_000), FPS, 50).opening - reference).max() < 0.03


def test_past_the_end_and_digital_silence_are_closed() -> None:
    """Frames after the audio's end, and a track of zeros, have the mouth shut and count as silent."""
    curves = speech_curves(speech([(0.1, 0.4)], 0.4), FPS, 50)
    assert curves.opening[14:].max() < 0.02
    assert curves.silent[14:].all()
    zeros = speech_curves(Audio(np.zeros((2, 8000), np.float32), 8000), FPS, 25)
    assert not zeros.opening.any()
    assert zeros.silent.all()


def test_shorter_than_a_window() -> None:
    """A hundredth of a second still gives finite curves."""
    curves = speech_curves(Audio(np.full((1, 160), 0.1, np.float32), 16_000), FPS, 1)
    assert np.isfinite(curves.opening).all()


def test_bad_audio() -> None:
    """Empty and NaN audio are refused in words."""
    with pytest.raises(SeamSyncError, match="empty"):
        speech_curves(Audio(np.zeros((1, 0), np.float32), 16_000), FPS, 10)


def test_long_tracks_are_measured_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """The curves do not depend on where the pieces are cut."""
    rng = np.random.default_rng(0)
    wave = (rng.normal(0, 0.1, 48_000) * (np.sin(np.arange(48_000) / 2500) > 0)).astype(np.float32)
    whole = speech_curves(Audio(wave[None], 16_000), Fraction(25), 75)
    monkeypatch.setattr(module, "_BLOCK", 37)
    made: list[int] = []
    pieces = speech_curves(Audio(wave[None], 16_000), Fraction(25), 75, check=lambda: made.append(1))
    assert len(made) >= len(pieces.opening) // 37, "no check for a piece"
    np.testing.assert_allclose(pieces.opening, whole.opening, atol=1e-9)
    np.testing.assert_allclose(pieces.rounding, whole.rounding, atol=1e-9)
