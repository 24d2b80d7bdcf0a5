"""The report's pictures: they open, and the heat is where the seam is."""

from __future__ import annotations

import base64

import cv2
import numpy as np
from seamsync.quality.report.pictures import data_uri, ring_png, seam_heat, shot_pictures
from seamsync.quality.worst import Shot


def opened(address: str) -> np.ndarray:
    """RGB picture of a data address."""
    kind, data = address.split(",", 1)
    assert kind == "data:image/webp;base64"
    picture = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)


def shot(step: int) -> Shot:
    """A grey face, the result brighter by ``step`` in the right half of a round mask."""
    target = np.full((120, 160, 3), 110, np.uint8)
    alpha = cv2.circle(np.zeros((120, 160), np.uint8), (80, 60), 40, 255, -1)
    result = target.copy()
    result[(alpha > 0) & (np.arange(160) >= 80)] += np.uint8(step)
    return Shot(7, 1.0, target, result, alpha, 100.0)


def test_pictures_open_in_their_own_colours() -> None:
    """All four, of the frame's size; red stays red."""
    red = np.zeros((20, 30, 3), np.uint8)
    red[..., 0] = 200
    assert np.abs(opened(data_uri(red)).astype(int) - red).max() <= 6
    pictures = shot_pictures(shot(20))
    assert list(pictures) == ["original", "result", "seam", "alpha"]
    assert {opened(address).shape for address in pictures.values()} == {(120, 160, 3)}
    assert opened(pictures["alpha"])[60, 80].min() > 250
    assert opened(pictures["result"])[60, 100].mean() - opened(pictures["original"])[60, 100].mean() > 15


def test_heat_is_where_the_seam_is() -> None:
    """Bright on the half with a step, black on the other, grey off the ring."""
    heat = seam_heat(shot(30)).astype(int)
    assert heat[60, 120].sum() > 400
    assert heat[60, 41].sum() < 20
    assert len(set(heat[60, 10])) == 1
    assert len(set(heat[60, 80])) == 1


def test_a_stronger_seam_is_brighter() -> None:
    """And none is black."""
    levels = [seam_heat(shot(step))[60, 120].astype(int).sum() for step in (0, 3, 10, 30)]
    assert levels == sorted(set(levels))
    assert levels[0] < 20


def test_no_ring_without_a_contour() -> None:
    """A mask that is empty or fills the picture shows the grey target alone."""
    for fill in (0, 255):
        grey = np.full((20, 20, 3), 90, np.uint8)
        whole = Shot(0, 0.0, grey, grey, np.full((20, 20), fill, np.uint8), 50.0)
        assert len(np.unique(seam_heat(whole))) == 1


def test_ring_picture_is_exact() -> None:
    """Result and heat beside each other, in their own colours, to the bit."""
    made = shot(30)
    made.result[..., 0] += np.uint8(40)
    opened = cv2.imdecode(np.frombuffer(ring_png(made), np.uint8), cv2.IMREAD_COLOR)
    assert opened is not None
    left, right = np.split(cv2.cvtColor(opened, cv2.COLOR_BGR2RGB), 2, axis=1)
    np.testing.assert_array_equal(left, made.result)
    np.testing.assert_array_equal(right, seam_heat(made))
