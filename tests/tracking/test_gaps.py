"""Gaps: interpolated when short, repeated when long, always finite."""

from __future__ import annotations

import numpy as np
import pytest
from seamsync.tracking.gaps import fill_gaps


def _points(values: list[float | None]) -> list[np.ndarray | None]:
    return [None if v is None else np.full((68, 2), v, np.float32) for v in values]


def _fill(values: list[float | None], scene: list[int] | None = None, max_gap: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """First coordinate of every frame, and visibility."""
    chance = [0.9] * len(values)
    whole, confidence, visible = fill_gaps(_points(values), chance, np.array(scene or [0] * len(values)), max_gap)
    assert whole.dtype == np.float32
    np.testing.assert_allclose(confidence, [0 if v is None else 0.9 for v in values])
    return whole[:, 0, 0], visible


def test_short_gap_is_a_line() -> None:
    """Two missing frames between 0 and 3 are 1 and 2, and visible."""
    values, visible = _fill([0, None, None, 3])
    np.testing.assert_allclose(values, [0, 1, 2, 3])
    assert visible.all()


def test_long_gap_repeats_the_nearest() -> None:
    """One more than allowed: invisible, each frame as the nearest measured one."""
    values, visible = _fill([0, None, None, None, None, 8])
    np.testing.assert_allclose(values, [0, 0, 0, 8, 8, 8])
    np.testing.assert_array_equal(visible, [True, False, False, False, False, True])


def test_ends_are_not_gaps() -> None:
    """Before the first and after the last there is nothing to interpolate."""
    values, visible = _fill([None, 4, 5, None])
    np.testing.assert_allclose(values, [4, 4, 5, 5])
    np.testing.assert_array_equal(visible, [False, True, True, False])


def test_no_interpolation_across_a_cut() -> None:
    """A gap over a cut stays a gap, however short."""
    _, visible = _fill([0, None, 9, 9], scene=[0, 0, 1, 1])
    np.testing.assert_array_equal(visible, [True, False, True, True])


@pytest.mark.parametrize("count", [0, 1, 4])
def test_nothing_measured(count: int) -> None:
    """Zeros, never visible."""
    whole, confidence, visible = fill_gaps([None] * count, [0.0] * count, np.zeros(count, int), 5)
    assert whole.shape == (count, 468, 3)
    assert not whole.any()
    assert not confidence.any()
    assert not visible.any()
