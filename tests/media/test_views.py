"""Clips seen at another size, or in part."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest
import torch
from seamsync.errors import SeamSyncError
from seamsync.media.sources import TensorSource
from seamsync.media.views import PickedSource, ResizedSource


def clip(count: int = 4, size: tuple[int, int] = (40, 30)) -> TensorSource:
    """Soft pictures, frame k of brightness about k / 10."""
    picture = cv2.resize(np.random.default_rng(0).random((4, 5, 3)).astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    frames = np.stack([picture * 0.3 + 0.1 * k for k in range(count)]).clip(0, 1)
    return TensorSource(torch.from_numpy(frames), Fraction(25))


@pytest.mark.parametrize("size", [(80, 60), (20, 15), (41, 31)])
def test_resized_frames_look_the_same(size: tuple[int, int]) -> None:
    """Enlarged and back gives nearly the same picture; info tells the new size."""
    source = clip()
    other = ResizedSource(source, size)
    assert (other.info.width, other.info.height, other.info.frame_count) == (*size, 4)
    for frame, before in zip(other.frames(np.array([1, 3])), source.frames(np.array([1, 3])), strict=True):
        assert (frame.width, frame.height) == size
        back = cv2.resize(frame.rgb(), (40, 30), interpolation=cv2.INTER_CUBIC)
        assert np.abs(back.astype(float) - before.rgb()).mean() < 2


def test_picked_frames() -> None:
    """Any order, repeats allowed; an order within them."""
    source = clip()
    some = PickedSource(source, np.array([3, 1, 1]))
    assert some.info.frame_count == 3
    expected = [frame.rgb() for frame in source.frames(np.array([3, 1, 1]))]
    for frame, wanted in zip(some.frames(), expected, strict=True):
        np.testing.assert_array_equal(frame.rgb(), wanted)
    np.testing.assert_array_equal(next(iter(some.frames(np.array([1])))).rgb(), expected[1])
    assert some.warnings == []


def test_a_part_of_what_was_picked() -> None:
    """Counts on in the clip's own frames, as often as parts are taken of parts."""
    source = clip()
    part = PickedSource(source, np.array([3, 2, 1, 0])).part(1, 3).part(1, 2)
    np.testing.assert_array_equal(part.picked, [1, 0])
    for frame, wanted in zip(part.frames(), source.frames(np.array([1, 0])), strict=True):
        np.testing.assert_array_equal(frame.rgb(), wanted.rgb())


def test_frames_that_are_not_there() -> None:
    """Are errors, not other frames."""
    for picked in (np.array([4]), np.array([-1]), np.array([], np.int64)):
        with pytest.raises(SeamSyncError, match="must be some of 0…3"):
            PickedSource(clip(), picked)
    with pytest.raises(SeamSyncError, match="frame order must be 0…1"):
        PickedSource(clip(), np.array([0, 1])).frames(np.array([2]))
