"""Lower faces as patches: whole pixels of the target."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawn_mouths import drawn_clip
from faces import face68, track_of
from seamsync.models.rewrite import region as rewrite_region
from seamsync.models.rewrite.region import lower_face, read_patches, sample_patch
from seamsync.progress import no_progress
from seamsync.tracking.landmarks import LIPS


def test_squares_hold_the_lower_face_on_the_chroma_grid() -> None:
    """Lips and chin of every visible frame, even corners, one size, no scaling of a usual face."""
    track = track_of(np.stack([face68((100 + 7 * t, 90 + t), 80 + 5 * t, opening=0.02 * t) for t in range(9)]))
    region = lower_face(track)
    assert region.scale == 1
    assert region.side % 16 == 0
    assert (region.corner % 2 == 0).all()
    for t in range(9):
        points = region.to_patch(track.landmarks[t][[8, *LIPS]], t)
        assert (points > 0).all()
        assert (points < region.side).all()
        back = points @ region.to_frame(np.array([t]))[0, :, :2].T + region.to_frame(np.array([t]))[0, :, 2]
        np.testing.assert_allclose(back, track.landmarks[t][[8, *LIPS]], atol=1e-4)


def test_invisible_frames_do_not_count() -> None:
    """A wild landmark in a frame without a face does not blow up the patch."""
    landmarks = np.stack([face68()] * 3)
    landmarks[1] *= 9
    visible = np.array([True, False, True])
    assert lower_face(replace(track_of(landmarks), visible=visible)).side == lower_face(track_of(landmarks[:1])).side


def test_huge_faces_are_made_smaller() -> None:
    """No patch is larger than the limit; the way back is scaled."""
    region = lower_face(track_of(face68((2000, 1500), 1800)[None], (4096, 3072)))
    assert region.side <= rewrite_region.MAX_SIDE
    assert region.to_frame(np.array([0]))[0, 0, 0] == pytest.approx(1 / region.scale)


def test_patches_are_the_frames_own_pixels() -> None:
    """Cut, not resampled; black where the face is not visible; the visitor sees the visible ones."""
    source, track = drawn_clip(np.full(5, 0.03))
    track = replace(track, visible=np.array([True, True, False, True, True]))
    region, seen = lower_face(track), []
    patches = read_patches(source, track, region, 5, lambda frame, patch: seen.append((frame, patch)), no_progress)
    assert [frame for frame, _ in seen] == [0, 1, 3, 4]
    assert patches[2].max() == 0
    x, y = region.corner[3]
    whole = next(source.frames(np.array([3]))).rgb()
    inside = whole[max(y, 0) : y + region.side, max(x, 0) : x + region.side]
    patch = patches[3].transpose(1, 2, 0)[max(-y, 0) :, max(-x, 0) :]
    np.testing.assert_array_equal(patch[: inside.shape[0], : inside.shape[1]], inside)


@pytest.mark.parametrize("bicubic", [True, False])
def test_whole_positions_are_exact(bicubic: bool) -> None:
    """Sampling at pixel centres returns the pixels; outside, the edge goes on."""
    image = np.random.default_rng(0).integers(0, 256, (12, 15, 3), dtype=np.uint8)
    grid = np.stack(np.meshgrid(np.arange(15) + 0.5, np.arange(12) + 0.5), -1)
    np.testing.assert_array_equal(sample_patch(image, grid, bicubic=bicubic), image)
    np.testing.assert_array_equal(sample_patch(image, grid - (40, 0), bicubic=bicubic)[:, 0], image[:, 0])
