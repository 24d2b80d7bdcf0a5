"""Head pose: exact for turned models, steady under a talking mouth, plausible on real heads."""

from __future__ import annotations

import numpy as np
import pytest
from faces import face68, turned_face
from hypothesis import given, settings
from hypothesis import strategies as st
from seamsync.errors import SeamSyncError
from seamsync.tracking.pose import head_pose


@settings(max_examples=60, deadline=None)
@given(yaw=st.floats(-85, 85), pitch=st.floats(-40, 40), roll=st.floats(-90, 90), scale=st.floats(20, 900))
def test_exact_for_the_model(yaw: float, pitch: float, roll: float, scale: float) -> None:
    """The angles a face was turned by come back."""
    got = head_pose(turned_face(yaw, pitch, roll, scale)[None])
    np.testing.assert_allclose(np.concatenate(got), [yaw, pitch, roll], atol=0.01)


def test_directions() -> None:
    """The nose tip moves to the right with yaw and down with pitch; the right eye moves down with roll."""
    rest = turned_face(0, 0, 0)
    assert turned_face(20, 0, 0)[30, 0] > rest[30, 0] + 5
    assert turned_face(0, 20, 0)[30, 1] > rest[30, 1] + 3
    assert turned_face(0, 0, 20)[45, 1] > turned_face(0, 0, 20)[36, 1] + 10


def test_noise_and_mouth_do_not_matter_much() -> None:
    """A pixel of noise on a 150 px face is a few degrees at most; lips and chin do not enter at all."""
    rng = np.random.default_rng(0)
    faces = np.stack([turned_face(30, 5, 10) + rng.normal(0, 0.7, (68, 2)) for _ in range(50)])
    yaw, _, _ = head_pose(faces)
    assert np.abs(yaw - 30).max() < 5
    one, two = (head_pose(face68(opening=opening)[None]) for opening in (0.0, 0.4))
    np.testing.assert_array_equal(one, two)


def test_the_drawn_face_looks_ahead() -> None:
    """A symmetric face has neither yaw nor roll; its mirror image and a batch change nothing."""
    yaw, _, roll = head_pose(np.stack([face68(), face68((100, 80), 300)]))
    np.testing.assert_allclose(yaw, 0, atol=0.1)
    np.testing.assert_allclose(roll, 0, atol=0.1)


def test_edges() -> None:
    """No frames, a face of one spot, and a wrong shape."""
    assert all(len(angle) == 0 for angle in head_pose(np.zeros((0, 68, 2))))
    np.testing.assert_allclose(np.concatenate(head_pose(np.ones((1, 68, 2)))), 0)
    with pytest.raises(SeamSyncError, match="T,68,2"):
        head_pose(np.zeros((68, 2)))
