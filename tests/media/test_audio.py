"""Audio: the host's AUDIO, channels, rates, level, silences, and frames' samples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from seamsync.errors import SeamSyncError
from seamsync.media.audio import Audio, cut_audio, frame_windows, normalise_loudness, resample, silent_frames, to_mono
from seamsync.media.loudness import LOUDNESS_RATE, integrated_loudness


class LazyAudio(Mapping[str, Any]):
    """An AUDIO that is no dict, as VideoHelperSuite gives."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def sine(rate: int, seconds: float, hertz: float = 440.0, level: float = 0.5) -> np.ndarray:
    """Float32 sine ``[N]``."""
    return (level * np.sin(2 * np.pi * hertz * np.arange(round(rate * seconds)) / rate)).astype(np.float32)


def test_nan_is_counted() -> None:
    """NaN is an error that says how many."""
    with pytest.raises(SeamSyncError, match="audio must be finite, got 2 NaN or infinite values of 4"):
        Audio(np.array([[0, np.nan, np.inf, 1]]), 16000)


@pytest.mark.parametrize(
    ("shape", "rate", "message"), [((5,), 16000, r"\[C,N\]"), ((0, 5), 16000, "channels"), ((1, 5), 0, "rate")]
)
def test_impossible_audio(shape: tuple[int, ...], rate: int, message: str) -> None:
    """One axis too few, no channel, or no rate is refused."""
    with pytest.raises(SeamSyncError, match=message):
        Audio(np.zeros(shape), rate)


def test_comfy_round_trip() -> None:
    """AUDIO in and out keeps every bit, and the host's tensor is a fresh one that may be written to."""
    audio = Audio(np.stack([sine(8000, 1), sine(8000, 1, 300)]), 8000)
    out = audio.to_comfy()
    assert out["waveform"].shape == (1, 2, 8000)
    out["waveform"] += 1
    again = Audio.from_comfy(LazyAudio(audio.to_comfy()))
    assert np.array_equal(again.samples, audio.samples)
    assert again.rate == 8000
    assert again.duration == 1.0


def test_comfy_batch_and_integers() -> None:
    """Of a batch the first is taken; missing axes are filled; integers are scaled to −1…1."""
    batch = torch.stack([torch.full((1, 4), 0.25), torch.full((1, 4), 0.5)])
    assert np.all(Audio.from_comfy({"waveform": batch, "sample_rate": 8000}).samples == 0.25)
    whole = Audio.from_comfy({"waveform": torch.tensor([-32768, 16384], dtype=torch.int16), "sample_rate": 8000})
    assert whole.samples.tolist() == [[-1.0, 0.5]]


@pytest.mark.parametrize(
    ("audio", "message"),
    [(None, "no sound"), ({"waveform": torch.zeros(1, 1, 1)}, "sample_rate"), ({"sample_rate": 1}, "waveform")],
)
def test_comfy_missing(audio: dict[str, Any] | None, message: str) -> None:
    """A clip without sound, or a mapping without its keys, says what to link."""
    with pytest.raises(SeamSyncError, match=message):
        Audio.from_comfy(audio)


@pytest.mark.parametrize("channels", range(1, 11))
def test_mono_never_clips(channels: int) -> None:
    """Full scale on every channel stays at most full scale, for any number of channels."""
    mono = to_mono(Audio(np.ones((channels, 10)), 8000))
    assert mono.samples.shape == (1, 10)
    assert 0.99 < mono.samples.max() <= 1.0001


def test_mono_weights() -> None:
    """Stereo is averaged; in 5.1 the centre is loudest, LFE is dropped (ITU-R BS.775: 1, 0.707, 0.5)."""
    assert to_mono(Audio(np.array([[1.0], [0.0]]), 8000)).samples[0, 0] == pytest.approx(0.5)
    left, right, centre, low, *surround = to_mono(Audio(np.eye(6), 8000)).samples[0]
    assert left == right
    assert centre / left == pytest.approx(2**0.5)
    assert surround == pytest.approx([centre / 2] * 2)
    assert low == 0


@pytest.mark.parametrize(("old", "new"), [(8000, 16000), (44100, 16000), (48000, 44100), (192000, 16000), (22050, 48000)])
def test_resample_keeps_the_sound_in_place(old: int, new: int) -> None:
    """A sine comes out as the sine sampled at the new rate: no delay, no gain; exact length."""
    count = old + 17
    audio = resample(Audio(np.stack([sine(old, count / old), sine(old, count / old, 1000)]), old), new)
    assert audio.rate == new
    assert audio.samples.shape == (2, (2 * count * new + old) // (2 * old))
    middle = slice(new // 10, -new // 10)
    for channel, hertz in zip(audio.samples, (440, 1000), strict=True):
        want = 0.5 * np.sin(2 * np.pi * hertz * np.arange(len(channel)) / new)
        assert np.abs(channel - want)[middle].max() < 2e-3


def test_resample_leaves_out_what_would_alias() -> None:
    """A tone above the new half rate vanishes instead of folding down."""
    audio = resample(Audio(sine(48000, 1, 15000)[None], 48000), 16000)
    assert np.abs(audio.samples[0, 2000:-2000]).max() < 1e-3


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 5000), st.sampled_from([8000, 11025, 16000, 44100, 192000]), st.sampled_from([8000, 22050, 48000]))
def test_resample_length(count: int, old: int, new: int) -> None:
    """Any length, even none, comes out as ``round(n · new / old)``."""
    got = resample(Audio(np.zeros((1, count)), old), new).samples.shape[1]
    assert abs(Fraction(got) - Fraction(count * new, old)) <= Fraction(1, 2)


@pytest.mark.parametrize("rate", [8000, 44100, 48000])
def test_normalise_reaches_the_level(rate: int) -> None:
    """Quiet sound comes out at the wanted loudness."""
    audio = normalise_loudness(Audio(sine(rate, 3, level=0.05)[None], rate), -23)
    loudness = integrated_loudness(resample(audio, LOUDNESS_RATE).samples, LOUDNESS_RATE, np.ones(1))
    assert loudness == pytest.approx(-23, abs=0.1)


def test_normalise_never_clips() -> None:
    """A single high sample bounds the gain: the peak reaches 1 and the sound keeps its form."""
    samples = sine(16000, 2, level=0.01)[None].copy()
    samples[0, 1000] = 0.5
    loud = normalise_loudness(Audio(samples, 16000), 0)
    assert np.abs(loud.samples).max() == pytest.approx(1.0)
    assert np.allclose(loud.samples, samples * 2, atol=1e-6)


@pytest.mark.parametrize("samples", [np.zeros((1, 16000)), np.zeros((1, 0))])
def test_normalise_leaves_silence(samples: np.ndarray) -> None:
    """Silence, or nothing, stays as it is."""
    assert not normalise_loudness(Audio(samples, 16000), -16).samples.any()


def test_cut_in_memory() -> None:
    """A piece of a sound in memory, to the sample; then shifted like a loaded one."""
    audio = Audio(np.arange(8000)[None] / 8000, 8000)
    piece = cut_audio(audio, start=0.25, duration=0.5)
    assert np.array_equal(piece.samples, audio.samples[:, 2000:6000])
    assert np.array_equal(cut_audio(audio, start=0.25, duration=0.5, offset=-0.1).samples, piece.samples[:, 800:])
    later = cut_audio(audio, start=0.25, duration=0.5, offset=0.1)
    assert not later.samples[0, :800].any()
    assert np.array_equal(later.samples[:, 800:], piece.samples)
    with pytest.raises(SeamSyncError, match=r"start 2 s lies past the end of the sound, which is 1\.000 s long"):
        cut_audio(audio, start=2)


def speech_with_gap(rate: int = 16000) -> Audio:
    """1 s of tone, 0.6 s of near silence, 0.5 s of tone, a 0.1 s dip, 0.8 s of tone."""
    parts = [sine(rate, 1), 1e-4 * sine(rate, 0.6), sine(rate, 0.5), 1e-4 * sine(rate, 0.1), sine(rate, 0.8)]
    return Audio(np.concatenate(parts)[None], rate)


@pytest.mark.parametrize("fps", [Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(60)])
def test_silence_is_where_it_is(fps: Fraction) -> None:
    """The pause is found to a frame, the dip inside a word is not one, and past the end all is silent."""
    audio = speech_with_gap()
    count = round(audio.duration * fps) + 20
    centres = (np.arange(count) + 0.5) / float(fps)
    silent = silent_frames(audio, fps, count, 35)
    margin = 1.5 / float(fps)
    inside = (centres > 1 + margin) & (centres < 1.6 - margin) | (centres > 3 + margin)
    outside = (centres < 1 - margin) | (centres > 1.6 + margin) & (centres < 3 - margin)
    assert silent[inside].all()
    assert not silent[outside].any()


def test_silence_does_not_depend_on_level() -> None:
    """The threshold is relative: a quieter recording has the same silences."""
    audio = speech_with_gap()
    quiet = Audio(audio.samples * 0.05, audio.rate)
    assert np.array_equal(silent_frames(audio, Fraction(25), 75, 35), silent_frames(quiet, Fraction(25), 75, 35))


@pytest.mark.parametrize("samples", [np.zeros((1, 16000)), np.full((1, 16000), 1e-5), np.zeros((2, 0))])
def test_digital_silence_is_silent(samples: np.ndarray) -> None:
    """Nothing, zeros and dither are silent all through."""
    assert silent_frames(Audio(samples, 16000), Fraction(25), 25, 35).all()


def test_silence_min_seconds() -> None:
    """With a shorter least run the dip counts too."""
    silent = silent_frames(speech_with_gap(), Fraction(50), 150, 35, min_seconds=0.05)
    assert silent[107:109].all()


def test_windows_of_a_quarter_hour() -> None:
    """15 minutes at 192 kHz and 60000/1001 fps: within a sample of exact, where 32 bits and float32 would not hold."""
    rate, fps, count, length = 192_000, Fraction(60000, 1001), 15 * 60 * 60, 38_400
    windows = frame_windows(20 * 60 * rate, rate, fps, count, length / rate)
    assert windows.dtype == np.int64
    whole = windows[10:]
    assert np.all(whole[:, 1] - whole[:, 0] == length)
    for t in (10, 12345, count - 1):
        centre = (t + Fraction(1, 2)) / fps * rate
        assert abs(int(windows[t, 0]) + length // 2 - centre) <= 1


@given(
    st.integers(0, 10**6), st.sampled_from([8000, 44100, 192000]), st.fractions(1, 240), st.integers(0, 200), st.floats(0, 2)
)
def test_windows_stay_inside(samples: int, rate: int, fps: Fraction, count: int, seconds: float) -> None:
    """Every window lies inside the sound, runs forward, and none moves back."""
    windows = frame_windows(samples, rate, fps, count, seconds)
    assert windows.shape == (count, 2)
    assert np.all((windows >= 0) & (windows <= samples))
    assert np.all(windows[:, 0] <= windows[:, 1])
    assert np.all(np.diff(windows, axis=0) >= 0)


def test_windows_tile_the_sound() -> None:
    """Windows as long as a frame cover every sample once, up to rounding."""
    windows = frame_windows(16000, 16000, Fraction(25), 25, 1 / 25)
    assert windows.tolist() == [[640 * t, 640 * (t + 1)] for t in range(25)]
