"""Mixing to one channel: any cut into blocks, and channels that cancel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seamsync.media.audio import Audio, to_mono
from seamsync.media.mixing import Mixer, mix_weights

VOICE = (np.random.default_rng(0).normal(0, 0.01, 16_000).cumsum() / 8).astype(np.float32)


def pair(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Two channels, float32 ``[2,N]``."""
    return np.stack([left, right]).astype(np.float32)


def level_of(samples: np.ndarray) -> float:
    """Standard deviation over that of the voice, 16 000 samples a second, from 0.1 s on."""
    return float(to_mono(Audio(samples, 16_000)).samples[0, 1600:].std() / VOICE[1600:].std())


def test_inverted_channels() -> None:
    """A pair of which one is inverted sounds like the one, also when it is weaker, noisy, or in surround."""
    noise = np.random.default_rng(1).normal(0, 0.002, (2, 16_000))
    assert level_of(pair(VOICE, -VOICE)) == pytest.approx(1, abs=0.02)
    assert level_of(pair(VOICE, -0.6 * VOICE)) == pytest.approx(0.8, abs=0.02)
    assert level_of((pair(VOICE, -VOICE) + noise).astype(np.float32)) == pytest.approx(1, abs=0.05)
    hum = 0.03 * np.sin(2 * np.pi * 50 * np.arange(16_000) / 16_000)  # the same in both
    assert level_of((pair(VOICE, -VOICE) + hum).astype(np.float32)) == pytest.approx(1, abs=0.05)
    surround = np.stack([VOICE, -VOICE, 0 * VOICE, 0 * VOICE, 0 * VOICE, 0 * VOICE])
    left, right = mix_weights(6)[:2]
    assert level_of(surround) == pytest.approx(left + right, abs=0.02)


def test_a_cable_that_turns_on_the_way() -> None:
    """Two seconds after the phase changed, the voice is heard again; and once more when it changes back."""
    sign = np.repeat([1, -1, 1], 3 * 16_000)
    voice = np.tile(VOICE, 9)
    mono = to_mono(Audio(pair(voice, sign * voice), 16_000)).samples[0].reshape(9, -1).std(1) / VOICE.std()
    assert mono[[0, 1, 2, 5, 8]] == pytest.approx(1, abs=0.1)


def test_ordinary_channels_are_averaged_exactly() -> None:
    """Equal, one-sided and unrelated channels, and offsets or hum of opposite sign, do not change the weights."""
    other = np.roll(VOICE, 5000)
    hum = 0.03 * np.sin(2 * np.pi * 50 * np.arange(16_000) / 16_000)
    for left, right in ((VOICE, VOICE), (VOICE, 0 * VOICE), (VOICE, other), (VOICE + 0.1, VOICE - 0.1)):
        samples = pair(left, right)
        np.testing.assert_array_equal(to_mono(Audio(samples, 16_000)).samples[0], (samples[0] + samples[1]) / 2)
    assert level_of(pair(VOICE + hum, VOICE - hum)) == pytest.approx(1, abs=0.01)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 16_000), max_size=8), st.sampled_from([8000, 11_025, 44_100]), st.integers(2, 6))
def test_blocks_do_not_matter(cuts: list[int], rate: int, channels: int) -> None:
    """The mix is the same bit for bit however the sound is cut, also where the weights change."""
    signs = np.where(np.arange(channels)[:, None] * (np.arange(16_000) > 5000) % 2, -1, 1)
    samples = (VOICE * signs).astype(np.float32)
    whole, pieces = Mixer(channels, rate), Mixer(channels, rate)
    expected = np.concatenate([whole.push(samples), whole.rest()], 1)
    made = []
    for piece in np.split(samples, sorted(cuts), axis=1):
        made.append(pieces.push(piece))
        pieces.rest()
    got = np.concatenate([*made, pieces.rest()], 1)
    assert got.shape == (1, 16_000)
    np.testing.assert_array_equal(got, expected)
