"""The frames in which slow averages are measured."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from seam_cases import chunk_of
from seamsync.blending.match.pace import Pace, pick, spread


def test_every_second_frame_of_each_scene() -> None:
    """Counted from its first frame; a frame without a past begins anew. Of a quick average every frame is measured."""
    fresh = np.array([True, False, False, False, False, True, False])
    batch = chunk_of(7, (4, 4), scene=np.array([0, 0, 0, 1, 1, 1, 1], np.int32), fresh=fresh)
    assert Pace(0.9).rows(batch) == [0, 2, 3, 5]
    assert Pace(0.5).rows(batch) == list(range(7))
    assert Pace(0.9).beta == pytest.approx(0.81)
    assert Pace(0.5).beta == 0.5


def test_the_choice_does_not_depend_on_batches() -> None:
    """Frames one by one, or together."""
    pace = Pace(0.9)
    single = [row for row in range(6) if pace.rows(chunk_of(1, (4, 4), fresh=np.array([row == 0])))]
    assert single == Pace(0.9).rows(chunk_of(6, (4, 4)))


def test_values_return_to_their_rows() -> None:
    """NaN where nothing was measured; all rows are passed on as they are."""
    values = torch.arange(8.0).view(4, 2)
    assert torch.equal(pick(values, [1, 3]), values[[1, 3]])
    assert pick(values, [0, 1, 2, 3]) is values
    out = spread(values[[1, 3]], [1, 3], 4)
    assert torch.equal(out[[1, 3]], values[[1, 3]])
    assert out[[0, 2]].isnan().all()
