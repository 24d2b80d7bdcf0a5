"""What every generator shares: choices, and the target's frames that go along with the speech."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from faces import face68, track_of
from seamsync.errors import SeamSyncError
from seamsync.media.audio import Audio
from seamsync.media.frame import VideoInfo
from seamsync.models.base import played_frames
from seamsync.models.options import GenerateOptions
from seamsync.tracking.loops import matching_loop


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"silence": "shut"}, "silence must be one of closed, keep, generate"),
        ({"loop": "ping-png"}, "did you mean 'ping_pong'"),
        ({"mouth_amplitude": float("nan")}, "mouth_amplitude must be 0…4"),
        ({"silence_threshold": -1.0}, "silence_threshold must be 0…120 dB, got -1"),
    ],
)
def test_wrong_choices_are_named(changes: dict[str, Any], message: str) -> None:
    """With the value and what is allowed."""
    with pytest.raises(SeamSyncError, match=message):
        GenerateOptions(**changes)


@pytest.mark.parametrize(
    ("seconds", "options", "count"), [(2.0, {}, 50), (2.0, {"loop": "end"}, 30), (0.4, {}, 10), (0.4, {"keep_rest": True}, 30)]
)
def test_the_target_goes_along_with_the_speech(seconds: float, options: dict[str, Any], count: int) -> None:
    """As many frames as the speech lasts, fewer where the target ends, more where it is to go on."""
    track = track_of(np.tile(face68(), (30, 1, 1)))
    info = VideoInfo("clip", *track.frame_size, track.fps, 30)
    audio = Audio(np.zeros((1, round(16000 * seconds))), 16000)
    order, spoken = played_frames(info, track, audio, GenerateOptions(**options))
    assert (len(order), spoken) == (count, 25 * seconds)
    np.testing.assert_array_equal(order[:30], np.arange(30)[:count])


def test_a_restart_jumps_where_the_poses_match() -> None:
    """Back to the frame that is most like the one after the last."""
    moved = face68() + np.abs(np.arange(60) - 30.0)[:, None, None] * (1.0, 0.5)
    track = track_of(moved)
    info = VideoInfo("clip", *track.frame_size, track.fps, 60)
    order, _ = played_frames(info, track, Audio(np.zeros((1, 64000)), 16000), GenerateOptions(loop="restart"))
    first, last = matching_loop(track)
    assert (last, first) in list(pairwise(order.tolist()))


def test_the_shortest_speech_lasts_a_frame() -> None:
    """A few samples are one frame of the target."""
    track = track_of(np.tile(face68(), (3, 1, 1)))
    info = VideoInfo("clip", *track.frame_size, track.fps, 3)
    order, spoken = played_frames(info, track, Audio(np.zeros((1, 5)), 16000), GenerateOptions())
    assert (order.tolist(), spoken) == ([0], 1)
