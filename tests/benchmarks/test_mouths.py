"""Simulated mouths are the same face a moment later, where they should be, with a generator's faults."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from faces import face68, track_of
from seam_scenes import HeldClip
from seamsync.benchmarks.mouths import CAST, KINDS, LATER, later_frames, simulated_mouths
from seamsync.tracking.align import apply_affine, invert_affine
from seamsync.tracking.landmarks import LIPS

COUNT = 10


def moving_face() -> np.ndarray:
    """A face that goes to the right by 2 px a frame and opens its mouth, float32 ``[T,68,2]``."""
    return np.stack([face68((130.0 + 2 * t, 90.0), 110.0, opening=0.01 * t) for t in range(COUNT)])


def clip() -> HeldClip:
    """Gray frames, each lighter by 8 levels than the one before, so that a patch tells which frame it shows."""
    return HeldClip([np.full((240, 320), 60 + 8 * t, np.uint8) for t in range(COUNT)])


def test_later_frames_turn_round_at_the_end_and_stay_in_their_stretch() -> None:
    """Seven on, back from the end; not past a cut, nor into frames without a face."""
    track = track_of(np.repeat(moving_face()[:1], 30, 0))
    assert later_frames(track)[[0, 5, 22, 23, 29]].tolist() == [7, 12, 29, 28, 22]
    scene, visible = np.repeat([0, 1], [12, 18]).astype(np.int32), np.ones(30, bool)
    visible[[20, 21]] = False
    other = later_frames(replace(track, scene=scene, visible=visible))
    for start, stop in ((0, 12), (12, 20), (22, 30)):
        assert (start <= other[start:stop]).all()
        assert (other[start:stop] < stop).all()
    assert later_frames(track_of(moving_face()[:1])).tolist() == [0]


@pytest.mark.parametrize("kind", KINDS)
def test_patches_show_the_later_frame_with_a_cast(kind: str) -> None:
    """Of the generator's size, in the colour of frame t + 7 plus the cast."""
    mouths = simulated_mouths(clip(), track_of(moving_face()), **KINDS[kind])
    side = int(KINDS[kind]["size"])
    assert mouths.patches.shape == (COUNT, 3, side, side)
    shown = [frame.rgb()[0, 0].astype(int) for frame in clip().frames(np.array([LATER, LATER + 1]))]
    for patch, colour in zip(mouths.patches[:2], shown, strict=True):
        np.testing.assert_array_equal(patch[:, side // 2, side // 2].astype(int), colour + CAST)


@pytest.mark.parametrize("kind", KINDS)
def test_generated_landmarks_are_the_later_ones_brought_onto_the_frame(kind: str) -> None:
    """Eyes and nose lie on the target's, the lips as they are seven frames later, all beside their place if askew."""
    marks = moving_face()
    mouths = simulated_mouths(clip(), track_of(marks), **KINDS[kind])
    assert mouths.landmarks is not None
    off = np.linalg.norm(mouths.landmarks[0, 27:48] - marks[0, 27:48], axis=-1).mean()
    assert off == pytest.approx(KINDS[kind]["shift"], abs=1.0)
    later = marks[LATER] - (marks[LATER, 27] - mouths.landmarks[0, 27])
    assert np.abs(mouths.landmarks[0, LIPS] - later[LIPS]).max() < 2.5
    assert np.abs(mouths.landmarks[0, LIPS] - marks[0, LIPS]).max() > 3


@pytest.mark.parametrize("kind", KINDS)
def test_patches_hold_the_lower_face(kind: str) -> None:
    """Mouth and jaw of both faces lie inside the usable part."""
    marks = moving_face()
    mouths = simulated_mouths(clip(), track_of(marks), **KINDS[kind])
    assert mouths.landmarks is not None
    for face in (marks, mouths.landmarks - KINDS[kind]["shift"] * np.array([0.8, 0.6])):
        local = apply_affine(invert_affine(mouths.to_frame), face[:, np.array([*range(4, 13), *LIPS])])
        assert local.min() > mouths.inset
        assert local.max() < KINDS[kind]["size"] - mouths.inset


def test_askew_patches_are_only_moved() -> None:
    """The same pictures, 2 px beside their place."""
    track = track_of(moving_face())
    straight, askew = (simulated_mouths(clip(), track, **KINDS[kind]) for kind in ("96", "96 askew"))
    np.testing.assert_array_equal(straight.patches[:], askew.patches[:])
    np.testing.assert_allclose(np.linalg.norm((askew.to_frame - straight.to_frame)[:, :, 2], axis=1), 2)


def test_both_sides_of_every_kind() -> None:
    """Small and large, straight and askew."""
    assert {(k["size"], k["shift"]) for k in KINDS.values()} == set(itertools.product((96, 256), (0.0, 2.0)))
