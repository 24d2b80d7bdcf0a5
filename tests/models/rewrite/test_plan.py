"""What each frame shows: eases, silence policies, dissolves."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_mouths import drawn_clip, speech
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
    chin, nose = plan.landmarks[:, 8, 1], plan.landmarks[:, 30, 1]
    assert chin[24] > chin[6] + 1
    assert abs(nose[24] - nose[6]) < 1e-6


def test_warping_takes_each_frames_own_mouth() -> None:
    """Without a search nothing jumps and nothing dissolves."""
    plan = plan_of()
    assert (plan.mouth == plan.order).all()
    assert (plan.mix == 0).all()
    assert not plan.searched
