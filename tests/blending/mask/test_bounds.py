"""Smoothed outlines keep the lips in and stay on the face."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from faces import face68
from seamsync.blending.mask.bounds import cover_lips, stay_on_face
from seamsync.blending.mask.shapes import Outlines, face_frames, outlines
from seamsync.blending.settings import MouthMask


def depth(outline: np.ndarray, points: np.ndarray) -> float:
    """Signed distance of the outermost of ``points`` to an outline, positive inside, pixels."""
    line = outline.astype(np.float32)
    return min(cv2.pointPolygonTest(line, (float(x), float(y)), True) for x, y in points)


@pytest.mark.parametrize("margin", [0.0, 0.03])
def test_lips_of_both_faces_are_covered(margin: float) -> None:
    """An outline of a closed mouth grows around an open one, by the margin, and nowhere else."""
    closed, wide = face68()[None], face68(opening=0.3)[None]
    shape, to_frame = outlines(closed, None, MouthMask(shape="mouth"))
    covered = cover_lips(shape, closed, wide, margin)
    assert depth(shape.points(to_frame)[0], wide[0, 48:60]) < -5
    assert depth(covered.points(to_frame)[0], wide[0, 48:60]) > 120 * margin - 0.5
    assert (covered.radii >= shape.radii).all()
    assert (covered.radii == shape.radii).mean() > 0.3


@pytest.mark.parametrize("angle", [0.0, 0.3])
@pytest.mark.parametrize("shape", ["contour", "jaw"])
def test_late_outlines_are_brought_back_onto_the_face(shape: str, angle: float) -> None:
    """An outline of an open jaw on a face that has closed it stands out by no more than what does not show."""
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    closed, wide = ((face @ turn)[None].astype(np.float32) for face in (face68(), face68(opening=0.15)))
    mask = MouthMask(shape=shape, feather=0.2, erosion=0.01, falloff_gamma=1.0)
    late, _ = outlines(wide, None, mask)
    to_frame = face_frames(closed)
    bound = stay_on_face(late, closed, None, mask).points(to_frame)[0]
    face = cv2.convexHull(closed[0])
    assert depth(face, late.points(to_frame)[0]) < -4
    room = 120 * (0.01 + 0.2 * np.sqrt(0.02 / 3) - 0.012)
    assert -room - 0.3 < depth(face, bound) < -room + 1.5
    assert stay_on_face(late, closed, wide, mask).radii == pytest.approx(late.radii)


def test_scale_and_padding_are_the_users_choice() -> None:
    """What the settings let reach past the face is not cut."""
    face = face68()[None]
    mask = MouthMask(scale=1.2, padding=0.05, feather_side="centred")
    shape, _ = outlines(face, None, mask)
    np.testing.assert_allclose(stay_on_face(shape, face, None, mask).radii, shape.radii, atol=1e-5)


def test_no_frames() -> None:
    """An empty clip is no trouble."""
    empty = np.zeros((0, 68, 2), np.float32)
    shape = Outlines.join([])
    assert len(cover_lips(shape, empty, None).radii) == 0
    assert len(stay_on_face(shape, empty, None, MouthMask()).radii) == 0
