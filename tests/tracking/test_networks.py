"""Level bounding boxes."""

from __future__ import annotations

import numpy as np
from seamsync.tracking.networks import FoundFaces, level_boxes, strongest_faces, turn_faces


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


def test_turned_faces_come_back() -> None:
    """A face at (10, 20) of a 100 × 60 picture is at (90, 40) of the turned one, with the opposite roll; twice is once more."""
    faces = FoundFaces(np.array([[90.0, 40.0, 12.0, 0.25]]), np.array([0.9], np.float32))
    turned = turn_faces(faces, (100, 60))
    np.testing.assert_allclose(turned.regions, [[10, 20, 12, 0.25 + np.pi]])
    np.testing.assert_allclose(turn_faces(turned, (100, 60)).regions[:, :3], faces.regions[:, :3])


def test_the_higher_score_is_kept_in_one_place() -> None:
    """Of two faces closer than half a side the stronger stays; others stay both, the best first."""
    one = FoundFaces(np.array([[10.0, 10, 20, 0], [100, 10, 20, 0]]), np.array([0.6, 0.7], np.float32))
    other = FoundFaces(np.array([[14.0, 10, 20, np.pi], [60, 10, 20, 0]]), np.array([0.9, 0.5], np.float32))
    kept = strongest_faces(one, other)
    np.testing.assert_allclose(kept.scores, [0.9, 0.7, 0.5])
    np.testing.assert_allclose(kept.regions[:, 0], [14, 100, 60])
