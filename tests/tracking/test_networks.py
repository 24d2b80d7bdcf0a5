"""Level bounding boxes."""

from __future__ import annotations

import numpy as np
from seamsync.tracking.networks import level_boxes


def test_box_of_a_turned_rectangle() -> None:
    """A rectangle turned by 30° has its own middle and sides along that direction."""
    angle = np.pi / 6
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = np.array([[-4, -1], [4, -1], [4, 1], [-4, 1.0]]) @ turn.T + (10, 20)
    middle, size = level_boxes(corners[None], np.array([angle]))
    np.testing.assert_allclose(middle, [[10, 20]])
    np.testing.assert_allclose(size, [[8, 2]])


def test_depth_is_ignored() -> None:
    """A third coordinate does not change the box."""
    points = np.random.default_rng(0).normal(size=(2, 9, 3))
    roll = np.array([0.3, -0.4])
    for got, wanted in zip(level_boxes(points, roll), level_boxes(points[..., :2], roll), strict=True):
        np.testing.assert_array_equal(got, wanted)
