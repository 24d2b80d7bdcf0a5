"""The layered warp on a drawn face."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_mouths import dark_rows, draw_face
from faces import face68
from seamsync.models.rewrite import lips
from seamsync.models.rewrite.appearance import measure, move_inner
from seamsync.models.rewrite.warp import Face, warp_mouth

COLUMN, WIDTH = 160, 120.0


def _moved(opening: float, gap: float, *, own: bool = True, seen: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """The drawn face with ``opening``, and the same driven to ``gap``; ``seen``: with its lips found on the picture."""
    marks = face68(opening=opening).astype(np.float64)
    axes = lips.mouth_axes(marks)
    contours = lips.own_contours(lips.contours_of(marks), axes)
    picture = draw_face(marks)
    sight = measure(picture, contours, axes)
    look, contours = sight.look, move_inner(contours, sight.moves) if seen else contours
    driven = lips.pixel_contours(lips.drive(contours, gap), axes)
    target = lips.with_contours(lips.drop_jaw(marks, axes, gap - opening), driven)
    source = Face(marks, lips.pixel_contours(contours, axes))
    return picture, warp_mouth(picture, source, Face(target, driven), look, own=own)


@pytest.mark.parametrize("own", [True, False])
def test_same_shape_gives_the_same_pixels(own: bool) -> None:
    """Identity within 1/255, also by the way through another frame's mouth."""
    picture, out = _moved(0.08, 0.08, own=own)
    assert np.abs(out.astype(int) - picture).max() <= 1


@pytest.mark.parametrize("opening", [0.0, 0.04, 0.1])
@pytest.mark.parametrize("gap", [0.05, 0.09, 0.13])
def test_opens_as_far_as_asked(opening: float, gap: float) -> None:
    """The dark between the lips is as high as the gap at the middle, within 2.5 px of a 120 px face."""
    _, out = _moved(opening, gap)
    shape = lips.drive(_contours(opening), gap)
    middle = (shape[lips.LOWER_INNER, 6, 1] - shape[lips.UPPER_INNER, 6, 1]) * WIDTH
    assert dark_rows(out, COLUMN) == pytest.approx(middle, abs=max(2.5, 0.45 * middle if opening == 0 else 0))


def _contours(opening: float) -> np.ndarray:
    marks = face68(opening=opening).astype(np.float64)
    return lips.own_contours(lips.contours_of(marks), lips.mouth_axes(marks))


@pytest.mark.parametrize("opening", [0.05, 0.1])
def test_closes_a_mouth_that_was_open(opening: float) -> None:
    """No dark inside is left when the lips meet."""
    picture, out = _moved(opening, 0.0, seen=True)
    assert dark_rows(picture, COLUMN) > 3
    assert dark_rows(out, COLUMN) <= 1


def test_far_from_the_mouth_nothing_moves() -> None:
    """The nose hardly changes, and beside the face the bytes stay."""
    picture, out = _moved(0.02, 0.12)
    changed = np.abs(out.astype(int) - picture).max(-1)
    assert changed[:150].max() <= 3
    assert not changed[:, :80].any()
    assert not changed[:, 240:].any()
    assert changed[190:220].max() > 50
