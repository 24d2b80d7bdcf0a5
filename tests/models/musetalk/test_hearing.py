"""What a frame hears: windows at every frame rate, pieces of sound, silence."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from seamsync.errors import SeamSyncError
from seamsync.media.audio import Audio
from seamsync.models.musetalk.hearing import (
    OURS,
    PUBLISHED,
    SAMPLES,
    STEP,
    Hearing,
    Pieces,
    positions,
    published_steps,
    silent_tokens,
    window_steps,
)

REFERENCE: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "functions.json").read_text(encoding="utf-8"))
RATES = [Fraction(24), Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(30), Fraction(50), Fraction(60)]


def loudness(wave: np.ndarray) -> np.ndarray:
    """Stands for Whisper: every state of a step is the mean of its samples."""
    assert wave.shape == (SAMPLES,)
    means = wave.reshape(-1, STEP).mean(1)
    return np.broadcast_to(means[:, None, None], (len(means), 5, 384)).astype(np.float32)


def ramp(steps: int) -> Audio:
    """Sound whose step k has the mean k / 10000."""
    return Audio(np.repeat(np.arange(steps) / 10_000, STEP)[None].astype(np.float32), 16_000)


@pytest.mark.parametrize("case", REFERENCE["windows"], ids=lambda case: f"{case['fps']} {case['seconds']}")
def test_published_windows(case: dict[str, Any]) -> None:
    """The published program's windows, its lateness below 25 frames a second included."""
    steps = published_steps(case["fps"], case["seconds"])
    assert len(steps) == case["frames"]
    for name, index in (("steps_frame_0", 0), ("steps_frame_1", 1), ("steps_frame_10", 10), ("steps_last", -1)):
        assert steps[index].tolist() == case[name]


def test_published_windows_at_60() -> None:
    """Where the original stops with an error, the last windows end with zeros."""
    assert published_steps(60, 1.0).shape == (60, 10)


@pytest.mark.parametrize("fps", RATES)
def test_windows_do_not_drift(fps: Fraction) -> None:
    """Every window begins 80 ms before its frame, within a step, after an hour too; at 25 a second exactly."""
    first = round(3600 * fps)
    for begin in (0, first):
        steps = window_steps(fps, 50, first=begin)
        moment = np.array([(begin + t) / fps for t in range(50)], float)
        late = steps[:, 4] / 50 - moment
        assert (late <= 1e-9).all()
        assert (late > -0.02).all()
        assert fps != 25 or np.abs(late).max() < 1e-9
    np.testing.assert_array_equal(window_steps(fps, 50)[:, 9] - window_steps(fps, 50)[:, 0], 9)
    np.testing.assert_array_equal(window_steps(fps, 20, first=30), window_steps(fps, 50)[30:])
    np.testing.assert_array_equal(window_steps(fps, 20, offset=3), window_steps(fps, 20, first=3))


def test_windows_need_a_rate() -> None:
    """A frame rate of 0 has no windows."""
    with pytest.raises(SeamSyncError, match="fps must be more than 0"):
        window_steps(Fraction(0), 3)


@pytest.mark.parametrize("pieces", [OURS, PUBLISHED, Pieces(100, 50)])
def test_pieces_join(pieces: Pieces) -> None:
    """Each token is of its own step, across the borders of the pieces, and a piece is heard once."""
    calls: list[int] = []

    def _count(wave: np.ndarray) -> np.ndarray:
        calls.append(1)
        return loudness(wave)

    hearing = Hearing(ramp(3300), _count, pieces)
    steps = window_steps(Fraction(25), 1650)[::6]
    found = np.concatenate([hearing.tokens(part)[..., :1] for part in np.array_split(steps, 60)])
    assert found.shape == (275, 50, 1)
    inside = (steps >= 0) & (steps < 3300)
    np.testing.assert_allclose(found[:, ::5, 0][inside], steps[inside] / 10_000, atol=1e-6)
    assert (found[:, ::5, 0][~inside] == 0).all()
    assert len(calls) <= 3300 // pieces.hop + 3


def test_what_lies_outside() -> None:
    """Published windows are padded with zeros; ours with what Whisper says of silence."""

    def _offset(wave: np.ndarray) -> np.ndarray:
        return loudness(wave) + 1

    steps = window_steps(Fraction(25), 1)
    ours = Hearing(ramp(20), _offset).tokens(steps)[0, ::5, 0]
    published = Hearing(ramp(20), _offset, PUBLISHED).tokens(steps)[0, ::5, 0]
    np.testing.assert_allclose(ours, [1, 1, 1, 1, 1, 1.0001, 1.0002, 1.0003, 1.0004, 1.0005], atol=1e-6)
    np.testing.assert_allclose(published, [0, 0, 0, 0, 1, 1.0001, 1.0002, 1.0003, 1.0004, 1.0005], atol=1e-6)
    assert (silent_tokens(_offset) == 1).all()


def test_sound_that_begins_later() -> None:
    """A stream's sound begins at a later step; the same tokens come out."""
    whole = Hearing(ramp(400), loudness).tokens(window_steps(Fraction(25), 20, first=120))
    rest = Audio(ramp(400).samples[:, 100 * STEP :], 16_000)
    part = Hearing(rest, loudness, first=100).tokens(window_steps(Fraction(25), 20, first=120))
    np.testing.assert_allclose(whole, part, atol=1e-7)


def test_positions() -> None:
    """Sines on even places, cosines on odd ones, by index."""
    table = positions()
    assert table[0, :4].tolist() == [0, 1, 0, 1]
    np.testing.assert_allclose(table[49, :6], [-0.953752637, 0.300592542, 0.406807542, -0.913513899, 0.509895682, 0.860236228])
