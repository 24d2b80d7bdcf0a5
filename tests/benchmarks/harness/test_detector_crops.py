"""Crops of the seam lie where the seam is, the outside up, and at the same places of the face in another frame."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from faces import face68, track_of
from seam_scenes import HeldClip
from seamsync.benchmarks.harness.detector_crops import (
    AROUND,
    SIDE,
    Places,
    PlacesLog,
    cut_crops,
    detector_frames,
    face_motion,
    partners,
)
from seamsync.benchmarks.mouths import simulated_mouths
from seamsync.blending.composite import composite_frames
from seamsync.blending.presets import PRESETS

MIDDLE = np.array([160.0, 120.0])


def disc_places(radius: float, count: int = 8) -> Places:
    """Points all round a disc in the middle of the picture."""
    angle = np.arange(count) / count * 2 * np.pi + 0.1
    outward = np.stack([np.cos(angle), np.sin(angle)], 1)
    return Places(MIDDLE + radius * outward, outward)


def test_rows_run_from_the_outside_inwards() -> None:
    """On a bright disc cut along its edge, the upper half is dark and the lower half bright, wherever on the edge."""
    y, x = np.mgrid[:240, :320] + 0.5
    disc = np.where(np.hypot(x - MIDDLE[0], y - MIDDLE[1]) < 90, 180, 60).astype(np.uint8)
    frame = next(iter(HeldClip([disc]).frames()))
    crops = cut_crops(frame, disc_places(90.0))
    assert crops.shape == (8, 3, SIDE, SIDE)
    middle = crops[:, 0, :, SIDE // 2].astype(int)
    levels = [int(frame.rgb((x, 120, x + 1, 121))[0, 0, 0]) for x in (20, 160)]
    np.testing.assert_allclose(middle[:, :14], levels[0], atol=2)
    np.testing.assert_allclose(middle[:, -14:], levels[1], atol=2)
    np.testing.assert_allclose(crops[:, 1:], 128, atol=1)


def test_crops_past_the_border_repeat_it() -> None:
    """Places outside the frame are cut too."""
    frame = next(iter(HeldClip([np.full((240, 320), 90, np.uint8)]).frames()))
    places = Places(np.array([[-50.0, -50.0], [400.0, 300.0]]), np.array([[0.0, -1.0], [1.0, 0.0]]))
    crops = cut_crops(frame, places)
    assert np.ptp(crops[:, 0].astype(int)) == 0


def test_places_move_with_the_face() -> None:
    """Landmarks taken as places land on the landmarks of the other frame; directions turn with it and stay units."""
    turn = 0.3
    matrix = 1.4 * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    first = face68()
    second = (first.astype(np.float64) - 150) @ matrix.T + (170, 90)
    motion = face_motion(track_of(np.stack([first, second.astype(np.float32)])), 0, 1)
    moved = Places(first[:17].astype(np.float64), np.tile([0.0, 1.0], (17, 1))).moved(motion)
    np.testing.assert_allclose(moved.points, second[:17], atol=1e-3)
    np.testing.assert_allclose(moved.outward, np.tile([-np.sin(turn), np.cos(turn)], (17, 1)), atol=1e-6)


@pytest.mark.parametrize("count", [0, 1, 2, 5, 50])
def test_every_frame_has_another_as_partner(count: int) -> None:
    """Evenly chosen; a partner is another frame of those chosen, each once."""
    usable = np.zeros(80, bool)
    usable[10 : 10 + count] = True
    frames = detector_frames(usable)
    assert len(frames) == min(count, 20)
    pairs = partners(frames)
    assert sorted(pairs.values()) == sorted(pairs) == frames.tolist()
    if count > 1:
        assert all(here != there for here, there in pairs.items())


def test_the_log_notes_where_the_seam_runs() -> None:
    """Places of the wanted frames only, all round the mouth, on the edge: under them a hard mask changes half the crop."""
    texture = np.random.default_rng(0).integers(60, 190, (240, 320)).astype(np.uint8)
    clip = HeldClip([texture] * 4)
    track = track_of(np.stack([face68((160.0, 100.0))] * 4))
    log = PlacesLog(wanted=frozenset({1, 3}))
    mouths = simulated_mouths(clip, track, size=96)
    stream = composite_frames(clip, track, mouths, PRESETS["baseline"], torch.device("cpu"), recorder=log)
    made = list(stream)
    assert sorted(log.places) == [1, 3]
    places = log.places[1]
    assert places.points.shape == places.outward.shape == (AROUND, 2)
    mouth = track.landmarks[1, 48:60].mean(0)
    assert ((places.points - mouth) * places.outward).sum(1).min() > 0
    before, after = (cut_crops(frame, places).astype(int) for frame in (next(iter(clip.frames())), made[1]))
    change = np.abs(after - before)[:, 0].mean((0, 2))
    assert change[-8:].mean() > 5 * change[:4].mean()
    assert np.isfinite(log.columns["seam_step"]).all()
