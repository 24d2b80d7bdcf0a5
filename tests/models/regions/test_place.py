"""Where regions lie: form, size of the picture that was measured, the part that a picture shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from faces import face68, track_of
from hypothesis import given, settings
from hypothesis import strategies as st
from seamsync.errors import SeamSyncError
from seamsync.models.regions.options import RegionOptions
from seamsync.models.regions.place import place_regions
from seamsync.tracking.track import FaceTrack

SIZE = (1280, 720)
PICTURE = (256, 256)


def track(count: int = 6) -> FaceTrack:
    """A face that moves to the right."""
    return track_of(np.stack([face68((500.0 + 3 * k, 300.0), 200.0) for k in range(count)]), SIZE)


def crops(face: FaceTrack) -> np.ndarray:
    """Squares of the lower face, int ``[T,4]``, two corners."""
    left = face.landmarks[:, 0, 0].round()
    top = face.landmarks[:, 29, 1].round()
    return np.stack([left, top, left + 200, top + 200], 1)


def test_forms_are_told_apart() -> None:
    """Two corners, and a corner with the size, give the same rectangles."""
    face = track()
    corners = crops(face)
    sizes = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], 1)
    for rows, form in ((corners, "xyxy"), (sizes, "xywh")):
        for chosen in ("auto", form):
            placed = place_regions(rows, PICTURE, face, RegionOptions(bounds_form=chosen))
            np.testing.assert_array_equal(placed.rectangles, corners)
            assert placed.usable.all()
            assert form in placed.notes[0]


@settings(max_examples=40, deadline=None)
@given(
    width=st.sampled_from([384, 480, 640, 854, 960, 1920]),
    x=st.floats(400, 1000),
    face_width=st.floats(80, 320),
    told=st.integers(0, 3),
)
def test_bounds_of_a_smaller_copy(width: int, x: float, face_width: float, told: int) -> None:
    """The size is found by the face, or taken from the option, the row or the file; the rectangles are the target's."""
    face = track_of(np.stack([face68((x + 2 * k, 300.0), face_width) for k in range(4)]), SIZE)
    left, top = face.landmarks[:, 0, 0], face.landmarks[:, 29, 1]
    corners = np.stack([left, top, left + face_width, top + face_width], 1)
    rows = corners * width / SIZE[0]
    height = SIZE[1] * width / SIZE[0]
    options = RegionOptions(bounds_width=width if told == 1 else 0)
    if told == 2:
        rows = np.concatenate([rows, np.full((4, 1), width), np.full((4, 1), height)], 1)
    placed = place_regions(rows, PICTURE, face, options, (width, height) if told == 3 else None)
    np.testing.assert_allclose(placed.rectangles, corners, atol=1e-3 if told else 1.5)


def test_rows_of_five_may_have_the_rectangles_own_width() -> None:
    """It is no picture's width then."""
    face = track()
    corners = crops(face)
    rows = np.concatenate([corners, np.full((len(corners), 1), 200.0)], 1)
    np.testing.assert_array_equal(place_regions(rows, PICTURE, face, RegionOptions()).rectangles, corners)


@pytest.mark.parametrize(
    ("picture", "role", "inset"),
    [
        (320, "auto", 200 * 4 / 328),
        (160, "auto", 200 * 4 / 168),
        (256, "auto", 0),
        (320, "whole", 0),
        (96, "inner_320_of_328", 200 * 4 / 328),
    ],
)
def test_inner_parts(picture: int, role: str, inset: float) -> None:
    """The picture of an inner part does not cover the border that the network left out."""
    face = track()
    placed = place_regions(crops(face), (picture, picture), face, RegionOptions(region_role=role))
    np.testing.assert_allclose(placed.rectangles, crops(face) + np.array([1, 1, -1, -1]) * inset)


def test_frames_that_miss_keep_the_original() -> None:
    """A frame without a row, one without a face, and one whose rectangle lies elsewhere are not used; the last is named."""
    face = track()
    face = replace(face, visible=np.arange(6) != 1)
    rows = crops(face)
    rows[3] = np.nan
    rows[4] += 700
    placed = place_regions(rows, PICTURE, face, RegionOptions())
    assert placed.usable.tolist() == [True, False, True, False, False, True]
    assert "1 regions do not lie on the mouth" in placed.notes[1]
    assert placed.notes[1].endswith(": 4")


@pytest.mark.parametrize("shift", [(0.0, 400.0), (5000.0, 5000.0)])
def test_bounds_of_another_clip(shift: tuple[float, float]) -> None:
    """They are refused with the first row, and what to check."""
    face = track()
    with pytest.raises(SeamSyncError, match="bounds lie on the mouth in 0% of the frames"):
        place_regions(crops(face) + np.tile(shift, 2), PICTURE, face, RegionOptions())


def test_nothing_in_common() -> None:
    """Rows only where no face is seen."""
    face = track()
    rows = crops(face)
    rows[2:] = np.nan
    with pytest.raises(SeamSyncError, match="no frame has both"):
        place_regions(rows, PICTURE, replace(face, visible=np.arange(6) > 2), RegionOptions())
