"""Clips and sound handed in as arrays."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from seamsync.errors import SeamSyncError
from seamsync.media.audio import Audio
from seamsync.media.inputs import open_audio, open_source

PICTURES = np.random.default_rng(0).integers(40, 200, (3, 1, 1, 3), np.uint8).repeat(24, 1).repeat(32, 2)


@pytest.mark.parametrize("frames", [PICTURES, list(PICTURES)])
def test_frames_come_back_as_they_went_in(frames: np.ndarray | list[np.ndarray]) -> None:
    """An array and a list give the same pictures, within the rounding of 8-bit planes."""
    source = open_source((frames, 29.97))
    assert (source.info.fps, source.info.frame_count) == (Fraction(30000, 1001), 3)
    made = np.stack([frame.rgb() for frame in source.frames()])
    assert np.abs(made.astype(int) - PICTURES).max() <= 2
    assert open_source(source) is source


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (PICTURES, r"need a frame rate: give \(frames, fps\)"),
        ((PICTURES / 255, 25), r"frames must be uint8 \[T,H,W,3\], got float64 \[3, 24, 32, 3\]"),
        ((PICTURES[0], 25), r"frames must be uint8 \[T,H,W,3\], got uint8 \[24, 32, 3\]"),
        (([PICTURES[0], PICTURES[0, :8]], 25), r"frame 1 is uint8 \[8, 32, 3\]"),
        (([], 25), "empty list"),
        ((PICTURES, 0), "fps must be above 0"),
        (7, "got int"),
    ],
)
def test_another_form_of_frames_is_an_error(value: object, message: str) -> None:
    """The message names the expected shape and dtype, and the one given."""
    with pytest.raises(SeamSyncError, match=message):
        open_source(value)  # type: ignore[arg-type]


def test_samples() -> None:
    """Mono, stereo, and integers by their full scale; an Audio stays itself."""
    assert open_audio((np.full(4, 0.5), 16000)).samples.tolist() == [[0.5] * 4]
    assert open_audio((np.full((2, 4), -(2**14), np.int16), 8000)).samples.tolist() == [[-0.5] * 4] * 2
    sound = Audio(np.zeros((1, 4), np.float32), 16000)
    assert open_audio(sound) is sound
    with pytest.raises(SeamSyncError, match=r"\[N\] or \[C,N\], got uint8 \[3\]"):
        open_audio((np.zeros(3, np.uint8), 16000))
    with pytest.raises(SeamSyncError, match="got ndarray"):
        open_audio(np.zeros(3))  # type: ignore[arg-type]
