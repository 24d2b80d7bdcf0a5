"""What each frame shows: eases, silence policies, dissolves."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import cv2
import numpy as np
import pytest
import torch
from drawn_mouths import draw_face, drawn_clip, speech
from faces import face68, track_of
from seamsync.media.sources import TensorSource
from seamsync.models.options import GenerateOptions
from seamsync.models.rewrite.mouth_bank import read_mouths
from seamsync.models.rewrite.plan import Plan, ease, make_plan
from seamsync.models.speech.curves import speech_curves
from seamsync.progress import no_progress


def plan_of(silence: str = "closed", *, keep: int = 0, searched: bool = False) -> Plan:
    """Two seconds of a half-open face: speech in the middle, ``keep`` frames of rest behind it."""
    source, track = drawn_clip(np.full(50 + keep, 0.05))
    audio = speech([(0.7, 1.3)], 2.0)
    bank = read_mouths(source, track, 50 + keep, no_progress)
    curves = speech_curves(audio, source.info.fps, 50 + keep)
    return make_plan(bank, np.arange(50 + keep), curves, 50, GenerateOptions(silence=silence), 25.0, searched)


def test_ease_ramps_inside_runs_but_not_at_the_ends() -> None:
    """0 outside the runs, smooth inside them, whole at the clip's own ends."""
    flags = np.array([1] * 4 + [0, 0] + [1] * 7 + [0] + [1] * 4, bool)
    weight = ease(flags, 25.0, seconds=0.12)
    assert (weight[~flags] == 0).all()
    assert weight[0] == weight[-1] == 1
    assert 0 < weight[6] < weight[7] < weight[8]
    np.testing.assert_allclose(weight[6:13], weight[6:13][::-1])
    assert ease(np.zeros(5, bool), 25.0).sum() == 0


@pytest.mark.parametrize("silence", ["closed", "keep", "generate"])
def test_silence_policies(silence: str) -> None:
    """Closed closes the generated mouth, keep lets the original stand, generate goes on."""
    plan = plan_of(silence)
    quiet, loud = slice(3, 12), slice(21, 29)
    assert plan.opening[loud].min() > plan.opening[quiet].max()
    assert plan.presence[loud].min() == 1
    assert plan.presence[quiet].max() == (0 if silence == "keep" else 1)


def test_the_rest_behind_the_speech_is_the_original() -> None:
    """Frames after the last spoken one fade back to the target's own mouth."""
    plan = plan_of(keep=20)
    assert plan.presence[45] == 1
    assert (plan.presence[56:] == 0).all()


def test_a_mouth_that_opens_takes_the_jaw_along() -> None:
    """The generated chin is lower in loud frames than in quiet ones, the nose stays."""
    plan = plan_of()
    landmarks, _ = plan.shapes(0, len(plan))
    chin, nose = landmarks[:, 8, 1], landmarks[:, 30, 1]
    assert chin[24] > chin[6] + 1
    assert abs(nose[24] - nose[6]) < 1e-6


def test_shapes_of_a_few_frames_are_those_of_all() -> None:
    """Shapes are smoothed over time, also past the ends of the frames asked for."""
    plan = plan_of(searched=True)
    whole = plan.shapes(0, len(plan))
    for first, last in ((0, 3), (17, 18), (20, 41), (44, 50)):
        for part, full in zip(plan.shapes(first, last), whole, strict=True):
            np.testing.assert_array_equal(part, full[first:last])


def test_warping_takes_each_frames_own_mouth() -> None:
    """Without a search nothing jumps and nothing dissolves."""
    plan = plan_of()
    assert (plan.mouth == plan.order).all()
    assert (plan.mix == 0).all()
    assert not plan.searched


def _calm_then(change: Callable[[np.ndarray, np.ndarray], None]) -> tuple[np.ndarray, int]:
    """Mouths searched for calm frames whose clip has the openings of speech in frames that ``change`` spoils, and later good.

    Returns:
        The mouths chosen for the first 25 frames, and the first good frame.
    """
    openings = np.concatenate([np.zeros(30), np.tile(np.linspace(0.0, 0.11, 15), 2)])
    marks = np.stack([face68(opening=float(o)) for o in openings])
    pictures = np.stack([draw_face(m) for m in marks])
    change(marks[30:45], pictures[30:45])
    # The good ones fit a little worse in everything else.
    pictures[45:] = np.rint(pictures[45:] * 0.94)
    track = track_of(marks)
    bank = read_mouths(TensorSource(torch.from_numpy(pictures).float() / 255, Fraction(25)), track, 60, no_progress)
    curves = speech_curves(speech([(0.2, 0.4), (0.6, 0.9)], 1.0), Fraction(25), 25)
    return make_plan(bank, np.arange(25), curves, 25, GenerateOptions(), 25.0, True).mouth, 45


def test_blurred_mouths_are_not_put_into_sharp_frames() -> None:
    """Of two mouths of the same opening the sharp one is taken."""

    def blur(marks: np.ndarray, pictures: np.ndarray) -> None:
        pictures[:] = np.stack([cv2.blur(p, (1, 13)) for p in pictures])

    mouth, good = _calm_then(blur)
    assert not ((mouth >= 30) & (mouth < good)).any()
    assert (mouth >= good).any()


def test_grimaces_are_not_put_into_a_calm_face() -> None:
    """Of two mouths of the same opening the one that is not drawn aside is taken."""

    def grimace(marks: np.ndarray, pictures: np.ndarray) -> None:
        marks[:, 48:] += (4, -5)
        pictures[:] = np.stack([draw_face(m) for m in marks])

    mouth, good = _calm_then(grimace)
    assert not ((mouth >= 30) & (mouth < good)).any()
    assert (mouth >= good).any()
