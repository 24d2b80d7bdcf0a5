"""Loops that begin and end alike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from faces import face68, track_of
from seamsync.tracking.loops import matching_loop


def test_finds_the_matching_poses() -> None:
    """A head that swings: the loop closes where it passes the same place in the same direction again."""
    swing = 20 * np.sin(np.arange(110) * 2 * np.pi / 40) + np.arange(110) * 0.01
    track = track_of(np.stack([face68((160 + x, 130)) for x in swing]))
    first, last = matching_loop(track)
    jump = np.abs(track.landmarks[first] - track.landmarks[last + 1]).max()
    assert jump < 1.0
    assert np.abs(track.landmarks[0] - track.landmarks[-1]).max() > 5  # the plain restart would jump
    assert last - first > 40


@pytest.mark.parametrize("count", [1, 2, 3])
def test_too_short_to_choose(count: int) -> None:
    """The whole clip."""
    assert matching_loop(track_of(np.stack([face68()] * count))) == (0, count - 1)


def test_frames_without_a_face_are_no_ends() -> None:
    """The loop begins and ends on measured frames; with none there, the whole clip is taken."""
    track = track_of(np.stack([face68()] * 40))
    visible = np.ones(40, bool)
    visible[:4] = False
    assert matching_loop(replace(track, visible=visible))[0] >= 4
    assert matching_loop(replace(track, visible=np.zeros(40, bool))) == (0, 39)
