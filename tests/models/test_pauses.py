"""Silences: which frames keep their own mouth, by each policy, and how one mouth passes into the other."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from drawn_mouths import speech
from faces import face68, track_of
from hypothesis import given
from hypothesis import strategies as st
from seamsync.media.audio import Audio
from seamsync.models.options import GenerateOptions
from seamsync.models.pauses import Pauses, fade_around, fade_frames, plan_pauses
from seamsync.tracking.track import FaceTrack

AUDIO = speech([(0.0, 0.8), (2.0, 2.4)], 3.2)
SILENT = np.isin(np.arange(80), [*range(20, 50), *range(60, 80)])


def _track(opening: np.ndarray) -> FaceTrack:
    return track_of(np.stack([face68(opening=float(gap)) for gap in opening]))


def _plan(policy: str, track: FaceTrack | None = None, threshold: float | None = None, audio: Audio = AUDIO) -> Pauses:
    track = track or _track(np.full(80, 0.0))
    return plan_pauses(audio, track, np.arange(80), 80, GenerateOptions(silence=policy), threshold)


@pytest.mark.parametrize("threshold", [None, 0.01])
def test_keep(threshold: float | None) -> None:
    """Speech is whole, silences are the clip's own but for the way in and out, by either threshold."""
    plan = _plan("keep", threshold=threshold)
    assert (plan.silent == SILENT).sum() >= 78
    assert (plan.opacity[~plan.silent] == 1).all()
    assert (plan.opacity[25:45] == 0).all()
    assert (np.abs(np.diff(plan.opacity)) < 0.31).all()
    assert not plan.hushed.any()


def test_generate() -> None:
    """Everything is left to the network, which hears what there is."""
    plan = _plan("generate")
    assert (plan.opacity == 1).all()
    assert not plan.hushed.any()


def test_closed() -> None:
    """Closed lips stay; lips that move in the silence are closed by the network, which hears nothing there."""
    opening = np.where((np.arange(80) >= 58), 0.08, 0.0)
    plan = _plan("closed", _track(opening))
    assert (plan.opacity[26:44] == 0).all()
    assert (plan.opacity[58:] == 1).all()
    assert (plan.hushed == plan.silent).all()


def test_lips_that_flap_do_not_flicker() -> None:
    """Short closures among open frames are not worth a change."""
    opening = np.where(np.arange(80) % 10 < 5, 0.1, 0.0)
    assert (_plan("closed", _track(opening)).opacity == 1).all()


def test_threshold_of_the_fork_is_absolute() -> None:
    """Faint speech: silent by amplitude, not beside its own loud level."""
    faint = Audio(AUDIO.samples * np.float32(0.02), AUDIO.rate)
    assert _plan("keep", threshold=0.01, audio=faint).silent.all()
    assert not _plan("keep", audio=faint).silent[:19].any()


def test_rest_of_the_clip() -> None:
    """Frames behind the speech keep their own mouth by every policy, however few."""
    track = _track(np.full(30, 0.1))
    for policy in ("keep", "closed", "generate"):
        plan = plan_pauses(AUDIO, track, np.arange(30), 18, GenerateOptions(silence=policy), None)
        assert (plan.opacity[:18] == 1).all()
        assert (plan.opacity[18 + fade_frames(Fraction(25)) :] == 0).all()
        assert 0 < plan.opacity[18] < 1


def test_no_fade_across_a_cut() -> None:
    """A silence that begins with a scene begins at once, also where the clip jumps back."""
    scene = np.zeros(80, np.int32)
    scene[30:] = 1
    track = replace(_track(np.full(80, 0.0)), scene=scene)
    plan = _plan("keep", track)
    assert plan.opacity[30] == 0
    shown = np.zeros(10, bool)
    shown[:5] = True
    level = fade_around(shown, np.repeat([0, 1], 5), 3)
    assert level.tolist() == [1] * 5 + [0] * 5


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.integers(1, 9))
def test_fades_are_smooth_and_symmetric(flags: list[bool], frames: int) -> None:
    """1 where shown, never a step larger than the steepest of the ramp, and the same read backwards."""
    shown, scene = np.array(flags), np.zeros(len(flags), int)
    level = fade_around(shown, scene, frames)
    assert (level[shown] == 1).all()
    assert np.abs(np.diff(level)).max(initial=0) <= 1.5 / (frames + 1) + 1e-6
    np.testing.assert_array_equal(level, fade_around(shown[::-1], scene, frames)[::-1])
    if shown.any():
        far = np.abs(np.arange(len(flags))[:, None] - np.flatnonzero(shown)).min(1) > frames
        assert not level[far].any()


def test_frames_of_a_fade() -> None:
    """Four at 25 a second, as long in time at other rates, and one at least."""
    assert [fade_frames(Fraction(rate)) for rate in (25, 50, 60, 2)] == [4, 8, 9, 1]
