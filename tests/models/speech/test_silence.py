"""Silent frames: the fork's rule, and what keeps it from flickering."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seamsync.errors import SeamSyncError
from seamsync.media.audio import Audio, load_audio
from seamsync.media.audio import silent_frames as relatively_silent
from seamsync.models.speech.silence import frame_peaks, silent_frames

FPS = Fraction(25)


def levels(*frames: float) -> Audio:
    """A sound whose loudest sample in frame t, at 25 fps, is ``frames[t]``."""
    wave = np.zeros((len(frames), 640), np.float32)
    wave[:, 320] = frames
    return Audio(wave.reshape(1, -1), 16000)


@given(st.lists(st.sampled_from([0.0, 0.005, 0.015, 0.3]), min_size=1, max_size=30), st.sampled_from([24.0, 25.0, 30.0, 60.0]))
@settings(deadline=None, max_examples=50)
def test_without_durations_it_is_the_forks_rule(frames: list[float], fps: float) -> None:
    """Frame for frame what the fork's loop over floats says, at whole frame rates."""
    audio = levels(*frames)
    wave, count = audio.samples[0], int(audio.duration * fps) + 3
    expected = []
    for t in range(count):
        chunk = wave[int(t * (16000 / fps)) :][: int(16000 / fps)]
        expected.append(len(chunk) == 0 or np.abs(chunk).max() < 0.01)
    got = silent_frames(audio, Fraction(fps), count, min_silence=0, min_sound=0)
    np.testing.assert_array_equal(got, expected)


def test_peaks_belong_to_their_frames() -> None:
    """Of each frame its own largest amplitude, of either sign; 0 past the end."""
    np.testing.assert_allclose(frame_peaks(levels(0.1, -0.2, 0, 0.3), FPS, 6), [0.1, 0.2, 0, 0.3, 0, 0], atol=1e-7)


def test_the_threshold_itself_is_sound() -> None:
    """Silent means under the threshold."""
    assert silent_frames(levels(*[0.5] * 10), FPS, 10, threshold=0.5).sum() == 0
    assert silent_frames(levels(*[0.5] * 10), FPS, 10, threshold=0.51).all()


def test_short_dips_are_speech() -> None:
    """Four quiet frames (160 ms) in speech are the closure of a stop; five (200 ms) are a pause."""
    for dip, silent in ((4, 0), (5, 5)):
        frames = [0.3] * 6 + [0.0] * dip + [0.3] * 6
        assert silent_frames(levels(*frames), FPS, len(frames)).sum() == silent


def test_faint_ticks_do_not_interrupt_silence() -> None:
    """Two frames just above the threshold are passed over; as loud as speech, or as long, they count."""
    for tick, sound in (([0.015] * 2, 0), ([0.025] * 2, 2), ([0.015] * 3, 3)):
        frames = [0.0] * 8 + tick + [0.0] * 8
        assert (~silent_frames(levels(*frames), FPS, len(frames))).sum() == sound


def test_silences_parted_by_ticks_are_one() -> None:
    """Ticks are passed over before silences are measured; the one that speech follows belongs to the speech."""
    frames = [0.3] * 5 + [0.0, 0.0, 0.0, 0.015] * 3 + [0.3] * 5
    np.testing.assert_array_equal(silent_frames(levels(*frames), FPS, len(frames)), [False] * 5 + [True] * 11 + [False] * 6)


def test_no_short_runs_are_left(media: Path) -> None:
    """On real speech: of the fork's flips few are left, no silence is shorter than asked, and pauses with noise count too."""
    audio = load_audio(media / "english_60s.wav")
    raw = silent_frames(audio, FPS, 1500, min_silence=0, min_sound=0)
    calm = silent_frames(audio, FPS, 1500)
    edges = np.flatnonzero(np.diff(calm.astype(int), prepend=0, append=0))
    assert np.count_nonzero(np.diff(raw)) > 40
    assert 0 < np.count_nonzero(np.diff(calm)) < 24
    assert (edges[1::2] - edges[::2]).min() >= 5
    assert 0.1 < calm.mean() < 0.15
    assert calm[1012:1030].all(), "levels between −44 and −56 dB under a voice at −14 dB"


@pytest.mark.parametrize("kind", ["clean", "offset", "hum", "noise", "fan"])
@pytest.mark.parametrize("absolute", [False, True])
def test_what_lies_under_the_voice_is_silence(kind: str, absolute: bool) -> None:
    """An offset, mains hum, steady noise, and noise that begins in the middle leave pauses where they are."""
    audio, pauses = spoken()
    time = np.arange(audio.count) / audio.rate
    noise = np.random.default_rng(2).normal(size=audio.count)
    added = {
        "clean": 0 * time,
        "offset": 0.02 + 0 * time,
        "hum": 10 ** (-30 / 20) * np.sin(2 * np.pi * 50 * time),
        "noise": 10 ** (-45 / 20) * noise,
        "fan": np.where(time > 5, 10 ** (-45 / 20), 1e-4) * noise,
    }[kind]
    heard = Audio((audio.samples + added).astype(np.float32), audio.rate)
    got = silent_frames(heard, FPS, 250) if absolute else relatively_silent(heard, FPS, 250, 35)
    assert np.count_nonzero(got != pauses) <= 8
    assert np.count_nonzero(got & ~pauses) <= 4


def spoken() -> tuple[Audio, np.ndarray]:
    """Ten seconds of a buzz in syllables with a pause of 0.8 s every 2.5 s, and the frames of the pauses."""
    time = np.arange(160_000) / 16_000
    syllables = np.sin(2 * np.pi * 2 * time) ** 2 + 0.02
    buzz = sum(np.sin(2 * np.pi * 120 * k * time + k * k) / k for k in range(1, 20))
    pause = time % 2.5 > 1.7
    frames = (np.arange(250) + 0.5) / 25
    return Audio((0.1 * buzz * syllables * ~pause)[None].astype(np.float32), 16_000), frames % 2.5 > 1.7


def test_speech_without_pauses_stays_speech() -> None:
    """Syllables that fade by 34 dB are no noise, nor is a long tone; nor is all of a noise that is as loud as it gets."""
    time = np.arange(160_000) / 16_000
    tone = np.sin(2 * np.pi * 220 * time)
    hiss = np.random.default_rng(0).normal(size=len(time))
    for wave in (0.2 * tone * (np.sin(2 * np.pi * 2 * time) ** 2 + 0.02), 0.1 * tone, 0.02 * hiss):
        assert not relatively_silent(Audio(wave[None].astype(np.float32), 16_000), FPS, 250, 35).any()


def test_refusals() -> None:
    """Values out of range are named."""
    with pytest.raises(SeamSyncError, match="threshold must be 0…1, got 40"):
        silent_frames(levels(0.1), FPS, 1, threshold=40)
    with pytest.raises(SeamSyncError, match="fps must be more than 0"):
        silent_frames(levels(0.1), Fraction(0), 1)
