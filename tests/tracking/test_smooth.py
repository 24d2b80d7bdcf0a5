"""Smoothing steadies the head, leaves the mouth its timing, and stops at cuts and gaps."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from faces import face68, track_of
from hypothesis import given, settings
from hypothesis import strategies as st
from seamsync.errors import Cancelled, SeamSyncError
from seamsync.tracking import smooth
from seamsync.tracking.jitter import jitter_over_time, landmark_jitter, still_frames
from seamsync.tracking.landmarks import LIPS, MESH_TO_68, STABLE, landmarks_from_mesh, lip_opening
from seamsync.tracking.options import METHODS, SmoothOptions
from seamsync.tracking.smooth import smooth_track
from seamsync.tracking.track import FaceTrack

WIDTH = 120.0


def _clean(count: int = 120, *, speed: float = 0.0, talks: bool = False) -> np.ndarray:
    """Landmarks [T,68,2]: the face sways with ``speed`` (pixels a frame at most) and may talk."""
    time = np.arange(count)
    swing = 25 / (2 * np.pi * 0.7)
    shift = np.stack([speed * swing * np.sin(time / swing), 0.5 * speed * swing * np.cos(time / swing)], -1)
    opening = 0.06 * (1 + np.sin(time * 2 * np.pi * 4 / 25)) * (np.sin(time / 20) > 0) if talks else np.zeros(count)
    return np.stack([face68((160 + dx, 130 + dy), WIDTH, opening=o) for (dx, dy), o in zip(shift, opening, strict=True)])


def _noisy(landmarks: np.ndarray, share: float = 0.003, seed: int = 0) -> np.ndarray:
    """With independent noise on every point and a common one, as landmark networks have it."""
    random = np.random.default_rng(seed)
    own = random.normal(0, share * WIDTH, landmarks.shape)
    return (landmarks + own + random.normal(0, share * WIDTH, (len(landmarks), 1, 2))).astype(np.float32)


def _with_mesh(landmarks: np.ndarray) -> FaceTrack:
    """A track whose mesh has those 68 points at their vertices, and filler elsewhere that moves along."""
    mesh = np.zeros((len(landmarks), 468, 3), np.float32)
    nearest = np.arange(468) % 68
    mesh[..., :2] = landmarks[:, nearest] + np.random.default_rng(1).uniform(-2, 2, (468, 2))
    mesh[..., 2] = 5.0
    mesh[:, MESH_TO_68, :2] = landmarks
    return replace(track_of(landmarks_from_mesh(mesh)), mesh=mesh)


def _error(track: FaceTrack, truth: np.ndarray) -> float:
    return float(np.sqrt(((track.landmarks - truth) ** 2).sum(-1).mean()))


@pytest.mark.parametrize("with_mesh", [False, True])
def test_still_head_trembles_a_quarter_at_most(with_mesh: bool) -> None:
    """The goal of the design: high-frequency jitter down to a quarter, and nearer to the truth."""
    truth = _clean()
    track = _with_mesh(_noisy(truth)) if with_mesh else track_of(_noisy(truth))
    smooth = smooth_track(track, SmoothOptions())
    assert landmark_jitter(smooth) <= 0.25 * landmark_jitter(track)
    assert _error(smooth, truth) < 0.5 * _error(track, truth)


@pytest.mark.parametrize("speed", [0.5, 2.0, 5.0])
def test_a_moving_head_is_followed(speed: float) -> None:
    """Whatever the speed, the result is nearer to the truth than the measurement was, and not late."""
    truth = _clean(speed=speed)
    track = track_of(_noisy(truth))
    smooth = smooth_track(track, SmoothOptions())
    assert _error(smooth, truth) < _error(track, truth)
    moved, measured = (np.diff(t[:, 30, 0]) for t in (truth, smooth.landmarks))
    lags = [np.corrcoef(moved[5 + k : len(moved) - 5 + k], measured[5:-5])[0, 1] for k in range(-4, 5)]
    assert int(np.argmax(lags)) == 4


def test_the_mouth_keeps_its_timing() -> None:
    """Lip opening: correlation ≥ 0.98, best at lag 0, peaks kept to 90 %."""
    truth = _clean(talks=True, speed=1.0)
    smooth = smooth_track(track_of(_noisy(truth, 0.002)), SmoothOptions())
    wanted, got = lip_opening(truth), lip_opening(smooth.landmarks)
    lags = [np.corrcoef(wanted[5 + k : len(wanted) - 5 + k], got[5:-5])[0, 1] for k in range(-4, 5)]
    assert int(np.argmax(lags)) == 4
    assert lags[4] >= 0.98
    assert got.max() >= 0.9 * wanted.max()


def test_a_cut_is_a_wall() -> None:
    """Frames of one scene do not depend on the next scene at all."""
    first, second = _noisy(_clean(30)), _noisy(_clean(30), seed=5) + 40
    track = replace(track_of(np.concatenate([first, second])), scene=np.repeat([0, 1], 30))
    together = smooth_track(track, SmoothOptions()).landmarks
    np.testing.assert_array_equal(together[:30], smooth_track(track_of(first), SmoothOptions()).landmarks)
    np.testing.assert_array_equal(together[30:], smooth_track(track_of(second), SmoothOptions()).landmarks)


@pytest.mark.parametrize("length", [8, 15, 29])
def test_short_scenes_are_smoothed(length: int) -> None:
    """Scenes of a third of a second and of a second are steadied, each of them."""
    truth = np.concatenate([_clean(length) + 40 * number for number in range(6)]).astype(np.float32)
    track = replace(track_of(_noisy(truth)), scene=np.repeat(np.arange(6, dtype=np.int32), length))
    smooth = smooth_track(track, SmoothOptions())
    before, after = (((t.landmarks - truth) ** 2).sum(-1).reshape(6, -1).mean(1) ** 0.5 for t in (track, smooth))
    assert (after < 0.85 * before).all()


def test_a_gap_is_a_wall() -> None:
    """Invisible frames stay as they are and do not leak into their neighbours."""
    landmarks = _noisy(_clean(60))
    landmarks[20:30] += 500
    visible = np.ones(60, bool)
    visible[20:30] = False
    smooth = smooth_track(replace(track_of(landmarks), visible=visible), SmoothOptions())
    np.testing.assert_array_equal(smooth.landmarks[20:30], landmarks[20:30])
    np.testing.assert_array_equal(smooth.landmarks[:20], smooth_track(track_of(landmarks[:20]), SmoothOptions()).landmarks)


def test_landmarks_follow_the_smoothed_mesh() -> None:
    """The two never disagree."""
    smooth = smooth_track(_with_mesh(_noisy(_clean(talks=True))), SmoothOptions())
    assert smooth.mesh is not None
    np.testing.assert_array_equal(smooth.landmarks, landmarks_from_mesh(smooth.mesh))


def test_every_vertex_of_the_mesh_is_smoothed() -> None:
    """The mesh is kept: vertices that are none of the 68 points come nearer to the truth too, and so does their depth."""
    truth, track = _with_mesh(_clean()), _with_mesh(_noisy(_clean()))
    assert truth.mesh is not None
    assert track.mesh is not None
    measured = track.mesh.copy()
    measured[..., 2] += np.random.default_rng(4).normal(0, 0.003 * WIDTH, measured.shape[:2])
    smooth = smooth_track(track.with_mesh(measured), SmoothOptions())
    assert smooth.mesh is not None
    assert smooth.mesh.dtype == np.float32
    others = np.setdiff1d(np.arange(468), MESH_TO_68)
    before, after = (np.sqrt(((t - truth.mesh)[:, others] ** 2).mean((0, 1))) for t in (measured, smooth.mesh))
    assert (after < 0.6 * before).all()


def test_lips_are_smoothed_less_than_the_jaw() -> None:
    """With the lips' share at 0 their own motion in the face is untouched by the filter."""
    truth = _clean(talks=True)
    track = track_of(truth)
    free, tied = (smooth_track(track, SmoothOptions(lips=lips, strength=2)) for lips in (0.0, 1.0))
    wanted = lip_opening(truth)
    free_error, tied_error = (np.abs(lip_opening(t.landmarks) - wanted).max() for t in (free, tied))
    assert free_error < 0.2 * tied_error


@pytest.mark.parametrize("method", METHODS)
def test_no_motion_no_change(method: str) -> None:
    """A face at rest stays where it is, by every method, to a hundredth of a pixel."""
    truth = _clean(40)
    smooth = smooth_track(track_of(truth), SmoothOptions(method=method))
    np.testing.assert_allclose(smooth.landmarks, truth, atol=0.01)


@pytest.mark.parametrize("method", METHODS[1:3])
def test_causal_methods_steady_a_still_head(method: str) -> None:
    """They reach less than the zero-phase filter, but halve the tremble, and never look ahead."""
    landmarks = _noisy(_clean())
    smooth = smooth_track(track_of(landmarks), SmoothOptions(method=method))
    assert landmark_jitter(smooth) < 0.55 * landmark_jitter(track_of(landmarks))


def test_nothing_asked_nothing_done() -> None:
    """Method none and strength 0 give the track itself."""
    track = track_of(_noisy(_clean(10)))
    assert smooth_track(track, SmoothOptions(method="none")) is track
    assert smooth_track(track, SmoothOptions(strength=0)) is track


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("count", [0, 1, 2, 3, 5])
def test_short_clips(method: str, count: int) -> None:
    """From nothing to a handful of frames: same length, finite."""
    smooth = smooth_track(track_of(_noisy(_clean(5))[:count]), SmoothOptions(method=method))
    assert len(smooth) == count
    assert np.isfinite(smooth.landmarks).all()


@given(scale=st.sampled_from([0.5, 2.0, 4.0]), shift=st.floats(-300, 300))
@settings(max_examples=10, deadline=None)
def test_same_at_every_size_and_place(scale: float, shift: float) -> None:
    """A picture twice as large gives the track twice as large."""
    landmarks = _noisy(_clean(40, talks=True)).astype(np.float64)
    plain = smooth_track(track_of(landmarks.astype(np.float32)), SmoothOptions()).landmarks
    other = smooth_track(track_of((landmarks * scale + shift).astype(np.float32)), SmoothOptions()).landmarks
    np.testing.assert_allclose(other, plain * scale + shift, atol=0.02 * scale)


def test_visible_without_a_face_is_survived() -> None:
    """All points in one place (no size to speak of) neither crash nor give NaN."""
    smooth = smooth_track(track_of(np.zeros((10, 68, 2), np.float32)), SmoothOptions())
    assert np.isfinite(smooth.landmarks).all()


def test_options_are_checked() -> None:
    """Unknown methods and impossible strengths are named."""
    with pytest.raises(SeamSyncError, match="did you mean 'zero_phase'"):
        SmoothOptions(method="zerophase")
    with pytest.raises(SeamSyncError, match="strength must be 0…4"):
        SmoothOptions(strength=-1)
    with pytest.raises(SeamSyncError, match="lips must be 0…1"):
        SmoothOptions(lips=2)


def test_jitter_of_known_noise() -> None:
    """A steady face has none, slow motion none, and white noise about its own size."""
    assert landmark_jitter(track_of(_clean(100))) < 1e-5
    assert landmark_jitter(track_of(_clean(100, speed=1.0))) < 1e-3
    noise = np.random.default_rng(0).normal(0, 0.01 * WIDTH, (200, 68, 2))
    measured = landmark_jitter(track_of((_clean(200) + noise).astype(np.float32)))
    assert 0.6 * 0.01 * np.sqrt(2) < measured < 0.01 * np.sqrt(2)


def test_jitter_of_chosen_points() -> None:
    """Only the points asked for count."""
    landmarks = _clean(50).copy()
    landmarks[::2, LIPS] += 3
    rest = np.setdiff1d(np.arange(68), LIPS)
    track = track_of(landmarks)
    assert landmark_jitter(track, rest) < 1e-5 < landmark_jitter(track, LIPS)


def test_jitter_over_time_shows_where() -> None:
    """One jump stands out in its frame, and hidden frames have no number."""
    landmarks = _clean(60).copy()
    landmarks[30] += 3
    track = track_of(landmarks)
    track = replace(track, visible=np.arange(60) < 50)
    frames = jitter_over_time(track)
    assert np.nanargmax(frames) == 30
    assert np.isnan(frames).tolist() == (~track.visible).tolist()
    np.testing.assert_allclose(landmark_jitter(track), np.sqrt(np.nanmean(frames**2)))


def test_still_frames_are_those_of_a_resting_head() -> None:
    """Passages of 1.6 s within 8 % of the face width; neither a moving head, nor a short rest, nor across a cut."""
    sway = 0.2 * WIDTH * np.sin(np.arange(60) / 6)[:, None, None]
    landmarks = _clean(200).copy()
    landmarks[60:120] += sway.astype(np.float32)
    landmarks[150:152] += 0.2 * WIDTH
    track = replace(track_of(landmarks), scene=(np.arange(200) >= 20).astype(np.int32))
    found = still_frames(track)
    assert not found[:20].any()  # 20 frames of a scene are too few
    assert found[20:60].all()
    assert not found[65:116].any()
    assert not found[119:152].any()  # rests that last 30 frames
    assert found[152:].all()
    assert not still_frames(replace(track, visible=np.zeros(200, bool))).any()
    assert still_frames(track_of(_clean(60, talks=True))).all()  # lips do not count


def test_a_smoothed_track_tells_how_the_measured_one_trembled() -> None:
    """Once: smoothing again, another frame order and dropping the mesh keep it; an unsmoothed track does not know."""
    track = _with_mesh(_noisy(_clean(60)))
    assert track.raw_jitter is None
    smooth = smooth_track(track, SmoothOptions())
    assert smooth.raw_jitter is not None
    np.testing.assert_allclose(smooth.raw_jitter, jitter_over_time(track, STABLE), rtol=1e-6)
    again = smooth_track(replace(smooth, mesh=None), SmoothOptions()).take(np.arange(60)[::-1])
    np.testing.assert_array_equal(again.raw_jitter, smooth.raw_jitter[::-1])


def test_a_long_smoothing_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a check before every block of points; on a long track a block is of a few, and the result is the same."""
    track, made = _with_mesh(_noisy(_clean(120))), []
    whole = smooth_track(track, SmoothOptions())
    monkeypatch.setattr(smooth, "_VALUES", 10 * len(track))
    blocks = smooth_track(track, SmoothOptions(), lambda: made.append(1))
    assert len(made) >= 468 / 10
    np.testing.assert_array_equal(blocks.landmarks, whole.landmarks)

    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        smooth_track(track, SmoothOptions(), stop)


def test_a_long_track_is_smoothed_in_little_memory() -> None:
    """Not the whole mesh in float64 and its filters at once: under 30 kB a frame, where a mesh itself has 5.6 kB."""
    track = _with_mesh(_noisy(_clean(600)))
    tracemalloc.start()
    try:
        smooth_track(track, SmoothOptions())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak / len(track) < 30_000
