"""An average face in a given box."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from seamsync.errors import SeamSyncError
from seamsync.media.frame import VideoInfo
from seamsync.tracking.face_box import FaceBox, face_boxes
from seamsync.tracking.fixed_box import average_face, box_track
from seamsync.tracking.landmarks import BROWS, JAW, MIRROR, NOSE_BASE, OUTER_LIPS, lip_opening

INFO = VideoInfo("clip", 320, 240, Fraction(25), 4)


def test_the_average_face_is_a_face() -> None:
    """Symmetric, one unit wide, brows over nose over lips over chin, lips closed."""
    face = average_face()
    np.testing.assert_allclose(face, face[MIRROR] * (-1, 1), atol=1e-9)
    assert face[16, 0] - face[0, 0] == pytest.approx(1)
    heights = [face[points, 1].mean() for points in (BROWS, NOSE_BASE, OUTER_LIPS)]
    assert 0 < heights[0] < heights[1] < heights[2] < face[8, 1] < 1.1
    assert 0 <= lip_opening(face) < 0.06


def test_it_lies_in_the_box() -> None:
    """In every frame the same, inside the box and filling it as Wav2Lip's crop; nothing is said to be measured."""
    track = box_track(INFO, (40, 200, 100, 220))
    assert len(track) == 4
    assert track.visible.all()
    assert not track.confidence.any()
    points = track.landmarks[3]
    np.testing.assert_array_equal(points, track.landmarks[0])
    assert (points >= (100, 40)).all()
    assert (points <= (220, 200)).all()
    assert points[JAW[-1], 0] - points[JAW[0], 0] == pytest.approx(120)
    seen = face_boxes(track, FaceBox(pads=(0, 0, 0, 0)))
    np.testing.assert_allclose(seen, np.tile([100, 40, 120, 160, 0], (4, 1)), atol=1e-4)
    track.check_clip(INFO)


@pytest.mark.parametrize("box", [(0, 0, 0, 0), (10, 5, 0, 9), (0, 241, 0, 9), (0, 9, -1, 9), (0, 9, 0, 321)])
def test_boxes_that_are_none(box: tuple[int, int, int, int]) -> None:
    """Said with the picture's size."""
    with pytest.raises(SeamSyncError, match="inside the 320×240 picture"):
        box_track(INFO, box)
