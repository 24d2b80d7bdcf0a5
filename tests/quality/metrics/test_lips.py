"""Lips that come late, and what cannot be judged."""

from __future__ import annotations

import numpy as np
import pytest
from faces import face68
from seamsync.quality.metrics.lips import generated_lip_numbers, lip_numbers

DRIVEN = np.abs(np.sin(np.arange(80) / 3)) * 0.08
ALL = np.ones(80, bool)


def marks(opening: np.ndarray) -> np.ndarray:
    """A still face whose lips open so far, float32 ``[T,68,2]``."""
    return np.stack([face68(opening=float(o)) for o in opening])


@pytest.mark.parametrize("late", [-2, 0, 1])
def test_mouths_in_the_wrong_frame_are_found(late: int) -> None:
    """By as many frames as they were moved."""
    found = generated_lip_numbers({"opening": DRIVEN}, marks(np.roll(DRIVEN, late)), ALL)
    assert found["av_offset"] == late
    assert found["av_correlation"] > 0.99


def test_frames_left_alone_do_not_count() -> None:
    """A passage that the generator left alone may show anything."""
    opening, used = DRIVEN.copy(), ALL.copy()
    opening[20:40], used[20:40] = np.roll(DRIVEN, 3)[20:40], False
    assert lip_numbers(DRIVEN, opening, used)["av_correlation"] == pytest.approx(1)
    assert lip_numbers(DRIVEN, opening)["av_correlation"] < 0.95


def test_generators_that_do_not_tell_have_no_offset() -> None:
    """No curve, no landmarks: no number; lips that never move: not known."""
    assert generated_lip_numbers({}, marks(DRIVEN), ALL) == {}
    assert generated_lip_numbers({"opening": DRIVEN}, None, ALL) == {}
    assert np.isnan(generated_lip_numbers({"opening": DRIVEN}, marks(0 * DRIVEN), ALL)["av_offset"])
