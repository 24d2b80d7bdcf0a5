"""Outlines: they cover what they should, move with the face, mirror and scale with it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from faces import face68
from hypothesis import given, settings
from hypothesis import strategies as st
from seamsync.blending.mask.shapes import WITHOUT_MOUTH, outlines
from seamsync.blending.settings import SHAPES, MouthMask
from seamsync.tracking.landmarks import EYES, MIRROR, OUTER_LIPS


def points_of(landmarks: np.ndarray, generated: np.ndarray | None = None, **options: object) -> np.ndarray:
    """Outline of one frame in pixels, ``[N,2]``."""
    shape, to_frame = outlines(landmarks[None], None if generated is None else generated[None], MouthMask(**options))  # type: ignore[arg-type]
    return shape.points(to_frame)[0]


def holds(outline: np.ndarray, points: np.ndarray) -> bool:
    """Whether every point lies inside the closed outline."""
    polygon = outline.astype(np.float32)
    return all(cv2.pointPolygonTest(polygon, (float(x), float(y)), measureDist=False) > 0 for x, y in points)


@pytest.mark.parametrize("shape", [s for s in SHAPES if s not in WITHOUT_MOUTH])
def test_covers_the_lips(shape: str) -> None:
    """Every shape but the upper face holds the whole mouth."""
    face = face68()
    assert holds(points_of(face, shape=shape), face[OUTER_LIPS])


def test_upper_face_leaves_the_mouth_out() -> None:
    """Brows, eyes and nose are inside, no lip is."""
    face = face68()
    outline = points_of(face, shape="upper_face", roundness=0.1)
    assert holds(outline, face[18:26])
    assert holds(outline, face[EYES])
    assert not any(holds(outline, point[None]) for point in face[OUTER_LIPS])


@pytest.mark.parametrize("shape", ["contour", "mouth", "jaw"])
def test_hull_is_over_original_and_generated(shape: str) -> None:
    """A mouth that opens wider than the original is covered."""
    closed, wide = face68(), face68(opening=0.35)
    assert not holds(points_of(closed, shape=shape), wide[OUTER_LIPS])
    assert holds(points_of(closed, wide, shape=shape), wide[OUTER_LIPS])


@pytest.mark.parametrize("roundness", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("shape", ["contour", "jaw"])
def test_stays_inside_the_face(shape: str, roundness: float) -> None:
    """Nothing passes the hull of the landmarks, however round."""
    face = face68(opening=0.08)
    hull = cv2.convexHull(face)
    outline = points_of(face, shape=shape, roundness=roundness)
    assert min(cv2.pointPolygonTest(hull, (float(x), float(y)), True) for x, y in outline) > -0.05


def test_contour_and_jaw_end_below_the_nose() -> None:
    """The contour leaves the bridge of the nose, the jaw all of it; the jaw goes as far out as the face does there."""
    face = face68()
    assert points_of(face, shape="contour")[:, 1].min() > face[27, 1] + 0.25 * 120
    jaw = points_of(face, shape="jaw", roundness=0.0)
    assert jaw[:, 1].min() > face[33, 1] - 0.05
    assert np.ptp(jaw[:, 0]) > 0.95 * np.interp(face[33, 1], face[8:17, 1][::-1], face[8:17, 0][::-1]) - 0.95 * np.interp(
        face[33, 1], face[:9, 1], face[:9, 0]
    )
    assert jaw[:, 1].max() > face[8, 1] - 1


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=10, deadline=None)
@given(x=st.floats(-50, 50), y=st.floats(-50, 50), angle=st.floats(-0.6, 0.6), scale=st.floats(0.5, 3))
def test_follows_a_similarity(shape: str, x: float, y: float, angle: float, scale: float) -> None:
    """Turning, moving and scaling the face turns, moves and scales the outline."""
    face = face68()
    matrix = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = (face @ matrix.T + (x, y)).astype(np.float32)
    expected = points_of(face, shape=shape) @ matrix.T + (x, y)
    np.testing.assert_allclose(points_of(moved, shape=shape), expected, atol=0.05 * scale)


@pytest.mark.parametrize("shape", SHAPES)
def test_mirrors(shape: str) -> None:
    """The mirrored face has the mirrored outline."""
    face = face68(opening=0.1)
    face[48:, 1] += np.linspace(0, 6, 20, dtype=np.float32)  # a crooked mouth
    mirrored = face[MIRROR] * np.array([-1, 1], np.float32) + np.array([320, 0], np.float32)
    expected = points_of(face, shape=shape) * (-1, 1) + (320, 0)
    got = points_of(mirrored, shape=shape)
    nearest = np.linalg.norm(got[:, None] - expected[None], axis=-1).min(1)
    assert nearest.max() < 0.5


def test_rotation_follows_the_mouth_corners() -> None:
    """With rotation a tilted mouth tilts the ellipse, without it does not."""
    face = face68()
    lips = face[48:] - face[48:].mean(0)
    turned = face.copy()
    turned[48:] = lips @ np.array([[np.cos(0.3), np.sin(0.3)], [-np.sin(0.3), np.cos(0.3)]]) + face[48:].mean(0)
    on, off = (points_of(turned, shape="wide_ellipse", rotation=flag) for flag in (True, False))
    assert abs(on[0, 1] - on[48, 1]) > 20
    assert abs(off[0, 1] - off[48, 1]) < 1e-3


def test_padding_and_scale_grow() -> None:
    """Padding adds its face widths all round; scale multiplies."""
    face = face68()
    plain = points_of(face, shape="wide_ellipse")
    padded = points_of(face, shape="wide_ellipse", padding=0.1)
    centre = plain.mean(0)
    grown = np.linalg.norm(padded - centre, axis=1) - np.linalg.norm(plain - centre, axis=1)
    np.testing.assert_allclose(grown, 12, atol=0.1)
