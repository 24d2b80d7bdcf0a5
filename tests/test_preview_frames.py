"""Frame numbers of a preview: from the beginning, from the end, and outside."""

from __future__ import annotations

import numpy as np
import pytest
from engine_cases import Memory, cut, frame_of, mouths_of, picture
from faces import face68, track_of
from seamsync.errors import SeamSyncError
from seamsync.preview import preview_composite
from seamsync.runtime import Runtime


def preview(frames: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return pictures and alphas of a clip of three frames, each with a picture and a mouth of its own."""
    clip = Memory([frame_of(picture(seed)) for seed in range(3)])
    track = track_of(np.stack([face68((160 + 3 * index, 130)) for index in range(3)]))
    return preview_composite(
        clip, track, mouths_of([cut(picture(seed), 8) for seed in range(3)]), frames, runtime=Runtime(device="cpu")
    )


@pytest.mark.parametrize(("negative", "frame"), [(-1, 2), (-3, 0)])
def test_negative_numbers_count_from_the_end(negative: int, frame: int) -> None:
    """-1 is the last frame, with its own mask and mouth, and -3 the first of three."""
    pictures, alphas = preview([negative, 0, 1, 2])
    assert np.array_equal(pictures[0], pictures[1 + frame])
    assert np.array_equal(alphas[0], alphas[1 + frame])
    assert len({alpha.tobytes() for alpha in alphas[1:]}) == 3


@pytest.mark.parametrize("frames", [[3], [-4], [0, 3], []])
def test_frames_outside_the_clip_are_refused(frames: list[int]) -> None:
    """Behind the end, before the beginning, or none at all."""
    with pytest.raises(SeamSyncError, match="preview frames must be 0…2"):
        preview(frames)
