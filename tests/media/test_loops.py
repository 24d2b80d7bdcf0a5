"""Play orders."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seamsync.errors import SeamSyncError
from seamsync.media import loops


def test_play_orders() -> None:
    """The four ways of going on, on four frames."""
    assert loops.play_order(4, 9, loop="ping_pong").tolist() == [0, 1, 2, 3, 2, 1, 0, 1, 2]
    assert loops.play_order(4, 9, loop="restart").tolist() == [0, 1, 2, 3, 0, 1, 2, 3, 0]
    assert loops.play_order(4, 9, loop="restart", seam=(1, 2)).tolist() == [0, 1, 2, 1, 2, 1, 2, 1, 2]
    assert loops.play_order(4, 6, loop="hold").tolist() == [0, 1, 2, 3, 3, 3]
    assert loops.play_order(4, 6, loop="end").tolist() == [0, 1, 2, 3]
    assert loops.play_order(4, 2).tolist() == [0, 1]
    assert loops.play_order(4, 2, keep_rest=True).tolist() == [0, 1, 2, 3]
    assert loops.play_order(1, 3).tolist() == [0, 0, 0]


@given(st.integers(1, 50), st.integers(1, 400), st.sampled_from(loops.LOOPS))
def test_play_order_stays_inside(frames: int, wanted: int, loop: str) -> None:
    """Never a frame outside the clip; as long as asked, but for 'end'."""
    order = loops.play_order(frames, wanted, loop=loop)
    assert order.min() >= 0
    assert order.max() < frames
    assert len(order) == (min(frames, wanted) if loop == "end" else wanted)
    if loop == "ping_pong":
        assert np.abs(np.diff(order)).max(initial=0) <= 1


def test_unknown_loop() -> None:
    """The message names the nearest."""
    with pytest.raises(SeamSyncError, match="did you mean 'ping_pong'"):
        loops.play_order(3, 9, loop="pingpong")
