"""Lip contours: measured, moved, and back to landmarks."""

from __future__ import annotations

import numpy as np
import pytest
from faces import face68
from hypothesis import given
from hypothesis import strategies as st
from seamsync.models.rewrite import lips
from seamsync.tracking.landmarks import lip_opening, lip_width


def _own(opening: float, angle: float = 0.0) -> tuple[np.ndarray, np.ndarray, lips.MouthAxes]:
    """Landmarks of a face turned in the plane, its own contours and axes."""
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    marks = face68(opening=opening).astype(np.float64) @ turn.T
    axes = lips.mouth_axes(marks)
    return marks, lips.own_contours(lips.contours_of(marks), axes), axes


@given(st.floats(0, 0.2), st.floats(-1.5, 1.5))
def test_contours_and_landmarks_go_both_ways(opening: float, angle: float) -> None:
    """Landmarks → own contours → landmarks changes nothing, and the gap is lip_opening()'s."""
    marks, own, axes = _own(opening, angle)
    assert np.abs(lips.with_contours(marks, lips.pixel_contours(own, axes)) - marks).max() < 1e-9
    assert lips.gap_of(own) == pytest.approx(lip_opening(marks), abs=1e-9)


@given(st.floats(0, 0.15), st.floats(0, 0.15), st.floats(0.85, 1.1))
def test_drive_reaches_the_gap_and_the_width(opening: float, gap: float, stretch: float) -> None:
    """The driven landmarks measure what was asked for."""
    marks, own, axes = _own(opening)
    driven = lips.with_contours(marks, lips.pixel_contours(lips.drive(own, gap, stretch), axes))
    assert lip_opening(driven) == pytest.approx(gap, abs=2e-3)
    assert lip_width(driven) == pytest.approx(stretch * lip_width(marks), abs=1e-6)


def test_drive_to_the_same_shape_moves_nothing() -> None:
    """Identity."""
    _, own, _ = _own(0.08)
    assert np.abs(lips.drive(own, lips.gap_of(own)) - own).max() < 1e-12


def test_lower_lip_does_most_of_the_way() -> None:
    """Opening moves the lower lip several times as far as the upper one, and the lips never cross."""
    _, own, _ = _own(0.02)
    moved = lips.drive(own, 0.12) - own
    assert moved[lips.LOWER_INNER, 6, 1] > 4 * -moved[lips.UPPER_INNER, 6, 1] > 0
    shut = lips.drive(_own(0.12)[1], 0.0)
    assert (shut[lips.LOWER_INNER, :, 1] - shut[lips.UPPER_INNER, :, 1]).min() > -1e-9


def test_jaw_follows_and_the_rest_stays() -> None:
    """The chin drops most, ears and eyes do not move."""
    marks, _, axes = _own(0.0)
    drop = lips.drop_jaw(marks, axes, 0.1) - marks
    assert drop[8, 1] == pytest.approx(0.062 * axes.unit)
    assert not drop[[0, 1, 2, 14, 15, 16]].any()
    assert not drop[17:].any()


def test_yaw_grows_with_the_nose_tip() -> None:
    """Frontal is 0, and mirrored turns have opposite signs."""
    marks = face68().astype(np.float64)
    assert lips.yaw_of(marks) == pytest.approx(0.0, abs=1e-6)
    left, right = marks.copy(), marks.copy()
    left[30, 0] -= 12
    right[30, 0] += 12
    assert lips.yaw_of(right) == pytest.approx(-lips.yaw_of(left))
    assert lips.yaw_of(right) > 0.2


def test_a_closed_mouth_opens_as_an_arch_wherever_its_landmarks_lie() -> None:
    """The face mesh has the inner points in the middle third of the lips; a quarter along, the gap is still wide."""
    marks, _, axes = _own(0.0)
    middle = marks[[60, 64]].mean(0)
    for point in (61, 62, 63, 65, 66, 67):
        marks[point, 0] = middle[0] + 0.4 * (marks[point, 0] - middle[0])
    driven = lips.drive(lips.own_contours(lips.contours_of(marks), axes), 0.09)
    share = (driven[:, :, 0] - driven[:, :1, 0]) / np.ptp(driven[:, :, 0], axis=1, keepdims=True)
    upper, lower = (np.interp((0.25, 0.5, 0.75), share[row], driven[row, :, 1]) for row in (lips.UPPER_INNER, lips.LOWER_INNER))
    gap = lower - upper
    assert gap[[0, 2]].min() > 0.65 * gap[1]
    assert lips.gap_of(driven) == pytest.approx(0.09, abs=2e-3)
