"""Looking at drawn mouths: where the lips end, and what is between them."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_mouths import DARK, LIP, SKIN, draw_face
from faces import face68
from seamsync.models.rewrite import lips
from seamsync.models.rewrite.appearance import measure, move_inner


@pytest.mark.parametrize("shift", [-0.03, 0.0, 0.03])
def test_inner_lips_are_found_again(shift: float) -> None:
    """Inner contours put off by 0.03 face widths go back to within half of that, into the lip rather than out of it."""
    marks = face68(opening=0.09).astype(np.float64)
    axes = lips.mouth_axes(marks)
    true = lips.own_contours(lips.contours_of(marks), axes)
    wrong = np.array(true)
    taper = np.sin(np.pi * np.arange(13) / 12)
    wrong[lips.UPPER_INNER, :, 1] += shift * taper
    wrong[lips.LOWER_INNER, :, 1] += shift * taper
    found = move_inner(wrong, measure(draw_face(marks), wrong, axes).moves)
    rows = [lips.UPPER_INNER, lips.LOWER_INNER]
    assert np.abs(found[rows, 4:9, 1] - true[rows, 4:9, 1]).max() < 0.0165


def test_colours_and_cavity() -> None:
    """Lips, skin and a dark inside are told apart."""
    marks = face68(opening=0.1).astype(np.float64)
    axes = lips.mouth_axes(marks)
    look = measure(draw_face(marks), lips.own_contours(lips.contours_of(marks), axes), axes).look
    for seen, drawn in ((look.lip, LIP), (look.skin, SKIN), (look.dark, DARK)):
        assert np.abs(seen - drawn).max() < 14
    assert look.hollow > 0.9
    assert 0.1 < look.split < 0.9


def test_light_tells_the_sides_apart() -> None:
    """A face lit from the left has a positive last value."""
    marks = face68(opening=0.02).astype(np.float64)
    axes = lips.mouth_axes(marks)
    own = lips.own_contours(lips.contours_of(marks), axes)
    picture = draw_face(marks)
    lit = (picture * np.linspace(1.0, 0.5, picture.shape[1])[None, :, None]).astype(np.uint8)
    assert abs(measure(picture, own, axes).light[3]) < 0.02
    assert measure(lit, own, axes).light[3] > 0.06
