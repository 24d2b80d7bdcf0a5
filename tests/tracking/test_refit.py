"""Landmarks fitted where a face is known to be, with a network that finds the middle of what is bright."""

from __future__ import annotations

import numpy as np
import pytest
from bright_face import TEMPLATE, BrightFace, bright_frame
from seamsync.errors import Cancelled
from seamsync.tracking.landmarks import OUTER_LIPS
from seamsync.tracking.refit import face_regions, refit_landmarks

MIDDLES = np.array([[150.0 + 2 * t, 120.0 + t] for t in range(11)])


def near() -> np.ndarray:
    """Landmarks a few pixels beside the faces."""
    return (TEMPLATE + MIDDLES[:, None] + (4.0, -3.0)).astype(np.float32)


def test_faces_are_found_at_their_own_places() -> None:
    """To a pixel, in frames of several chunks; progress ends with the last frame."""
    told: list[tuple[str, int, int]] = []
    frames = [bright_frame(middle) for middle in MIDDLES]
    points, confidence = refit_landmarks(frames, near(), BrightFace(), progress=lambda *call: told.append(call))
    assert np.abs(points - (TEMPLATE + MIDDLES[:, None])).max() < 1
    assert (confidence == 1).all()
    assert told[-1] == ("track result", 11, 11)


def test_what_the_network_is_shown_can_be_changed() -> None:
    """A black crop shows no face."""
    frames = [bright_frame(middle) for middle in MIDDLES]
    _, confidence = refit_landmarks(frames, near(), BrightFace(), change=lambda index, crop, region: crop * np.uint8(index % 2))
    np.testing.assert_array_equal(confidence, np.arange(11) % 2)


def test_it_can_be_stopped() -> None:
    """By its progress."""

    def _stop(*_: object) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        refit_landmarks([bright_frame(m) for m in MIDDLES], near(), BrightFace(), progress=_stop)


def test_regions_hold_the_face_level() -> None:
    """A face turned by 30 degrees: eyes level in the region, all points inside, and room for the forehead above."""
    angle = np.deg2rad(30)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    region = face_regions(((TEMPLATE @ turn) + (160, 120))[None])[0]
    assert region[3] == pytest.approx(angle)
    level = (TEMPLATE @ turn + (160, 120) - region[:2]) @ turn.T
    assert (np.abs(level) < region[2] / 2).all()
    assert level[OUTER_LIPS, 1].mean() > 0
    assert level[:, 1].min() + region[2] / 2 > region[2] / 2 - level[:, 1].max()
