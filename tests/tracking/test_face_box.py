"""The network's box: around the landmarks, level with the eyes, steady on a talking head, exact to a fraction of a pixel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from faces import face68, track_of
from hypothesis import given, settings
from hypothesis import strategies as st
from seamsync.errors import SeamSyncError
from seamsync.tracking.align import apply_affine
from seamsync.tracking.face_box import FaceBox, box_to_frame, face_boxes

PLAIN = FaceBox((0, 0, 0, 0), level=False, steadiness=0)
CORNERS = np.array([[0.0, 0], [96, 0], [96, 96], [0, 96]])


def _corners(landmarks: np.ndarray, options: FaceBox) -> np.ndarray:
    """Corners of the boxes in frame pixels, ``[T,4,2]``."""
    return apply_affine(box_to_frame(face_boxes(track_of(landmarks), options), 96), CORNERS)


def _talking(count: int = 60) -> np.ndarray:
    """A head at rest whose jaw goes up and down four times a second."""
    return np.stack([face68(opening=0.06 + 0.06 * np.sin(2 * np.pi * 4 * t / 25)) for t in range(count)])


def test_plain_box() -> None:
    """The landmarks' bounding box with an eighth of its height above it."""
    points = face68()
    (left, top), (right, bottom) = points.min(0), points.max(0)
    top -= (bottom - top) / 8
    expected = [[left, top], [right, top], [right, bottom], [left, bottom]]
    np.testing.assert_allclose(_corners(points[None], PLAIN)[0], expected, atol=1e-3)


def test_mouth_and_nose_are_where_the_network_expects_them() -> None:
    """The painted half begins on the nose, under the eyes and above the lips, and the chin is inside."""
    points = face68()
    (affine,) = box_to_frame(face_boxes(track_of(points[None]), FaceBox()), 96)
    inside = (points - affine[:, 2]) @ np.linalg.inv(affine[:, :2]).T
    assert inside[36:48, 1].max() < 48 < inside[48:, 1].min()
    assert inside[30, 1] < 60
    assert inside[8, 1] < 96


def test_pads_are_pixels_of_the_frame() -> None:
    """Top, bottom, left, right, on a face of any size."""
    for width in (60.0, 240.0):
        points = face68(width=width)[None]
        grown = _corners(points, replace(PLAIN, pads=(1, 2, 3, 4))) - _corners(points, PLAIN)
        np.testing.assert_allclose(grown[0], [[-3, -1], [4, -1], [4, 2], [-3, 2]], atol=1e-9)


@given(angle=st.floats(-1.2, 1.2), scale=st.floats(0.5, 2), x=st.floats(-40, 40), y=st.floats(-40, 40))
@settings(max_examples=30, deadline=None)
def test_level_box_goes_with_the_face(angle: float, scale: float, x: float, y: float) -> None:
    """A face turned, scaled and shifted carries the box along, corner by corner."""
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    options = replace(PLAIN, level=True)
    upright = _corners(face68()[None], options)
    turned = _corners((face68() @ turn.T + (x, y)).astype(np.float32)[None], options)
    np.testing.assert_allclose(turned, upright @ turn.T + (x, y), atol=0.02)


def test_published_box_stays_along_the_frame() -> None:
    """Without levelling a turned face gets an upright, larger box."""
    turn = np.array([[np.cos(0.4), -np.sin(0.4)], [np.sin(0.4), np.cos(0.4)]])
    boxes = face_boxes(track_of((face68() @ turn.T).astype(np.float32)[None]), PLAIN)
    assert boxes[0, 4] == 0
    assert boxes[0, 2:4].prod() > face_boxes(track_of(face68()[None]), PLAIN)[0, 2:4].prod() * 1.1


def test_box_does_not_pump_with_the_jaw() -> None:
    """The jaw moves the plain box by a tenth of its height, the steadied one by a hundredth of that motion."""
    plain, steady = (_corners(_talking(), options)[:, 2, 1] for options in (PLAIN, replace(PLAIN, steadiness=0.25)))
    assert np.ptp(plain) > 6
    assert np.ptp(steady[8:-8]) < 0.01 * np.ptp(plain)


def test_steady_box_follows_the_head() -> None:
    """A head that moves, nears and turns at once carries the box along without lag."""
    marks = []
    for t in range(50):
        angle, scale, shift = 0.3 * np.sin(t / 6), 1 + 0.3 * np.sin(t / 5), 30 * np.sin(t / 3)
        turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        marks.append(face68((0, 0)) @ turn.T + (160 + shift, 120))
    landmarks = np.stack(marks).astype(np.float32)
    options = replace(PLAIN, level=True)
    own = _corners(landmarks, options)
    np.testing.assert_allclose(_corners(landmarks, replace(options, steadiness=0.25)), own, atol=0.02)


def test_nothing_passes_a_cut_or_a_gap() -> None:
    """The box of a scene is what it would be alone, and so after frames without a face."""
    landmarks, options = _talking(40), FaceBox()
    other = np.stack([face68((100, 100), 60)] * 20)
    track = track_of(np.concatenate([landmarks, other]))
    scene, visible = np.repeat([0, 1], [40, 20]), np.repeat([True, False, True], [20, 5, 35])
    boxes = face_boxes(replace(track, scene=scene, visible=visible), options)
    np.testing.assert_allclose(boxes[:20], face_boxes(track_of(landmarks[:20]), options), atol=1e-9)
    np.testing.assert_allclose(boxes[25:40], face_boxes(track_of(landmarks[25:]), options), atol=1e-9)
    np.testing.assert_allclose(boxes[40:], face_boxes(track_of(other), options), atol=1e-9)


def test_bad_options() -> None:
    """Pads that eat the box, three pads, and a negative time."""
    with pytest.raises(SeamSyncError, match=r"leave .* pixels of the face's box"):
        face_boxes(track_of(face68()[None]), FaceBox((0, -200, 0, 0)))
    with pytest.raises(SeamSyncError, match="pads must be four numbers"):
        FaceBox((1, 2, 3))  # type: ignore[arg-type]
    with pytest.raises(SeamSyncError, match="steadiness"):
        FaceBox(steadiness=-1)
