"""Which frame of a result shows which frame of its original."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest
import torch
from planted import SIZE, tracked
from seamsync.errors import SeamSyncError
from seamsync.media.loops import play_order
from seamsync.media.sources import TensorSource
from seamsync.media.views import PickedSource
from seamsync.quality.inspect.mask import MaskFrames
from seamsync.quality.inspect.pairs import Pair, find_offset, pair_clips


def moving(count: int, *, size: tuple[int, int] = SIZE, fps: int = 25) -> TensorSource:
    """Soft clouds that drift unevenly, another picture in every frame."""
    clouds = cv2.resize(np.random.default_rng(0).random((24, 32, 3)).astype(np.float32), (SIZE[0] + 200, SIZE[1]))
    steps = np.cumsum(np.random.default_rng(1).integers(0, 9, count)) % 200
    frames = np.stack([cv2.resize(clouds[:, step : step + SIZE[0]], size) for step in steps])
    return TensorSource(torch.from_numpy(frames), Fraction(fps), name="clip")


@pytest.mark.parametrize("late", [-3, 0, 1, 3])
def test_a_shift_is_found_and_taken_off(late: int) -> None:
    """A result that repeats or leaves out frames at its start."""
    clip = moving(40)
    result = PickedSource(clip, np.clip(np.arange(40) - late, 0, 39))
    pair = pair_clips(clip, result)
    offset = find_offset(pair, tracked(np.zeros(40)))
    assert offset == late
    even = pair.shifted(offset)
    assert len(even) == 40 - abs(late)
    frames = zip(even.original.frames(), even.result.frames(), strict=True)
    assert all(np.array_equal(one.y, two.y) for one, two in frames)
    assert bool(even.notes) == (late != 0)


@pytest.mark.parametrize("loop", ["ping_pong", "restart", "hold"])
def test_a_longer_result_is_a_loop(loop: str) -> None:
    """The loop that fits is found; another picture after the end is none."""
    clip = moving(20)
    order = play_order(20, 47, loop=loop)
    pair = pair_clips(clip, PickedSource(clip, order))
    np.testing.assert_array_equal(pair.original.picked, order)
    assert loop in pair.notes[0]


def test_lengths_that_differ_by_a_few() -> None:
    """The common part is compared."""
    long, short = moving(30), PickedSource(moving(30), np.arange(28))
    for one, two in ((long, short), (short, long)):
        pair = pair_clips(one, two)
        assert len(pair) == 28
        assert "28 that both have" in pair.notes[0]


def test_a_span() -> None:
    """Start and duration count in the result's seconds."""
    pair = pair_clips(moving(50), moving(50), start=0.4, duration=0.8)
    np.testing.assert_array_equal(pair.result.picked, np.arange(10, 30))
    with pytest.raises(SeamSyncError, match="past the end"):
        pair_clips(moving(10), moving(10), start=1.0)
    with pytest.raises(SeamSyncError, match="duration must be more than 0"):
        pair_clips(moving(10), moving(10), duration=0.0)


def test_a_shift_within_a_span() -> None:
    """Frames still count in the clips themselves."""
    pair = pair_clips(moving(50), moving(50), start=0.4, duration=0.8).shifted(2)
    np.testing.assert_array_equal(pair.original.picked, np.arange(10, 28))
    np.testing.assert_array_equal(pair.result.picked, np.arange(12, 30))


def test_another_size() -> None:
    """The same aspect is resampled with a note, another refused with both sizes, as is another rate."""
    pair = pair_clips(moving(6), moving(6, size=(160, 120)))
    assert (pair.result.info.width, pair.result.info.height) == SIZE
    assert "resampled" in pair.notes[0]
    with pytest.raises(SeamSyncError, match=r"160×160.*320×240"):
        pair_clips(moving(6), moving(6, size=(160, 160)))
    with pytest.raises(SeamSyncError, match=r"30 frames/s.*25"):
        pair_clips(moving(6), moving(6, fps=30))


def _pair(count: int) -> Pair:
    return pair_clips(moving(count), moving(count))


def test_masks() -> None:
    """One picture stands for all frames, a clip goes frame by frame, any size of the same aspect."""
    grey = torch.linspace(0, 1, 4)[:, None, None, None].expand(4, 60, 80, 3)
    weights = [frame.mean() for frame in MaskFrames(TensorSource(grey, Fraction(25)), _pair(4))]
    np.testing.assert_allclose(weights, np.linspace(0, 1, 4), atol=0.01)
    single = list(MaskFrames(TensorSource(grey[3:], Fraction(25)), _pair(4)))
    assert len(single) == 4
    assert single[0].shape == SIZE[::-1]
    assert single[0].min() == 1
    with pytest.raises(SeamSyncError, match="has 4 frames"):
        MaskFrames(TensorSource(grey, Fraction(25)), _pair(6))
    with pytest.raises(SeamSyncError, match="80×80"):
        MaskFrames(TensorSource(torch.zeros(1, 80, 80, 3), Fraction(25)), _pair(4))
