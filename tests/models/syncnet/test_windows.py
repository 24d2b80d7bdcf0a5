"""Windows of pictures and of sound at 25 frames a second."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seamsync.errors import SeamSyncError
from seamsync.models.syncnet.windows import crop_windows, frames_shown, speech_count, speech_windows

#: Columns a second and of a window, as Wav2Lip's network and SyncNet 2 have them.
MEL, CEPSTRA = (80, 16), (100, 20)


@given(columns=st.integers(0, 400), kind=st.sampled_from([MEL, CEPSTRA]))
@settings(deadline=None, max_examples=60)
def test_windows_of_speech(columns: int, kind: tuple[int, int]) -> None:
    """Window t begins at column int(rate · t / 25), as in training; those past the end of the sound are left out."""
    rate, span = kind
    starts = [int(rate * t / 25) for t in range(200) if int(rate * t / 25) + span <= columns]
    assert speech_count(columns, rate, span) == len(starts)
    features = np.arange(3 * columns, dtype=np.float32).reshape(3, columns)
    windows = speech_windows(features, 2, 500, rate=rate, span=span)
    assert windows.shape == (max(len(starts) - 2, 0), 1, 3, span)
    for window, start in zip(windows, starts[2:], strict=True):
        np.testing.assert_array_equal(window[0], features[:, start : start + span])


def test_windows_of_speech_from_and_to() -> None:
    """Windows ``first`` to ``last`` are those of the whole; none where the first is past the sound's end."""
    features = np.random.default_rng(0).normal(size=(13, 99)).astype(np.float32)
    whole = speech_windows(features, 0, 500, rate=100, span=20)
    assert len(whole) == 20
    np.testing.assert_array_equal(speech_windows(features, 3, 9, rate=100, span=20), whole[3:9])
    assert speech_windows(features, 40, 50, rate=100, span=20).shape == (0, 1, 13, 20)


def test_windows_of_crops() -> None:
    """Window t holds crops t … t + 4, blue first, 0…255."""
    crops = np.random.default_rng(0).integers(0, 256, (7, 4, 6, 3), np.uint8)
    windows = crop_windows(crops, 4, 6)
    assert windows.shape == (3, 5, 3, 4, 6)
    for t in range(3):
        np.testing.assert_array_equal(windows[t], crops[t : t + 5, :, :, ::-1].transpose(0, 3, 1, 2))
    assert crop_windows(crops[:4], 4, 6).shape == (0, 5, 3, 4, 6)
    with pytest.raises(SeamSyncError, match="crops must be"):
        crop_windows(crops, 6, 4)


@pytest.mark.parametrize("fps", [Fraction(24), Fraction(30000, 1001), Fraction(30), Fraction(50), Fraction(60)], ids=str)
def test_frames_are_picked_by_time(fps: Fraction) -> None:
    """Each frame at 25 fps takes the one that is on the screen in its middle, for 15 minutes."""
    count = int(900 * fps)
    shown = frames_shown(fps, count)
    assert len(shown) == int(count / fps * 25)
    for t in range(0, len(shown), 97):
        middle = Fraction(2 * t + 1, 50)
        assert shown[t] / fps <= middle < (int(shown[t]) + 1) / fps
    assert shown.max() < count


def test_frames_at_25_are_all() -> None:
    """At 25 fps nothing is left out or shown twice."""
    np.testing.assert_array_equal(frames_shown(Fraction(25), 1000), np.arange(1000))


def test_slow_clips_repeat_frames() -> None:
    """At 10 fps each frame is shown two or three times; no rate at all is refused."""
    np.testing.assert_array_equal(frames_shown(Fraction(10), 4), [0, 0, 1, 1, 1, 2, 2, 3, 3, 3])
    with pytest.raises(SeamSyncError, match="fps must be more than 0, got 0"):
        frames_shown(Fraction(0), 4)
