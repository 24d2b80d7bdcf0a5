"""An inspection sees what was painted over in anybody's result."""

from __future__ import annotations

import numpy as np
from front_clips import OVER, clip_of, covered, talking
from seamsync.media.sources import ArraySource
from seamsync.quality.inspect.inspect import inspect_clips
from seamsync.quality.metrics.goals import failed


def test_an_object_that_was_painted_over_fails() -> None:
    """The lower face is brighter in the result, the object with it in one of two results."""
    source, track, truth = covered("rod")
    original = [frame.rgb() for frame in source.frames()]
    plain = [frame.rgb() for frame in clip_of(*talking())[0].frames()]
    mask = np.zeros((132, 170), np.uint8)
    mask[60:112, 45:125] = 255
    inside = mask[..., None] > 0
    pairs = zip(plain, original, strict=True)
    over = [np.where(inside, np.clip(new.astype(int) + 15, 0, 255).astype(np.uint8), old) for new, old in pairs]
    kept = [np.where(truth[k][..., None], original[k], over[k]) for k in range(len(over))]
    masks = ArraySource([np.repeat(mask[..., None], 3, -1)] * len(over), 25)
    changes = []
    for result in (over, kept):
        report = inspect_clips(source, ArraySource(result, 25), lambda *_: track, track=track, mask=masks)
        changes.append(report.columns["occluder_change"][list(OVER)])
        assert ("occluder_change" in failed(report.summary)) == (result is over)
    assert np.nanmin(changes[0]) > 20
    assert np.nanmax(changes[1]) < 4
