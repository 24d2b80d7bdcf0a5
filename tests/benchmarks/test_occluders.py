"""The benchmark draws what it says, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from front_clips import clip_of, talking
from seamsync.benchmarks.occluders import KINDS, InFront
from seamsync.tracking.front.small_faces import SIZE


@pytest.mark.parametrize("kind", KINDS)
def test_an_object_is_drawn_while_it_is_there(kind: str) -> None:
    """The first frame is the clip's own; in the middle the object covers a part of the face."""
    source, track = clip_of(*talking())
    drawn = InFront(source, track, kind)
    assert not drawn.weight(0).any()
    first, middle = (next(iter(drawn.frames(np.array([index])))).rgb() for index in (0, 16))
    plain = [frame.rgb() for frame in source.frames(np.array([0, 16]))]
    assert np.array_equal(first, plain[0])
    weight = drawn.weight(16)
    assert weight.shape == SIZE
    assert 0.03 < weight.mean() < 0.6
    assert (middle != plain[1]).any(-1).mean() > 0.02
