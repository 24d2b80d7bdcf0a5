"""How sharp mouths are, on drawn faces."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from drawn_mouths import draw_face
from faces import face68
from seamsync.models.rewrite.focus import blur, sharpness
from seamsync.models.rewrite.lips import mouth_axes

OPENINGS = np.linspace(0.0, 0.12, 25)


def _measured(blurred: dict[int, np.ndarray]) -> np.ndarray:
    """Sharpness of drawn mouths; ``blurred``: kernels of some of them."""
    found = []
    for i, opening in enumerate(OPENINGS):
        marks = face68(opening=opening).astype(np.float64)
        picture = draw_face(marks)
        if i in blurred:
            picture = cv2.filter2D(picture, -1, blurred[i])
        found.append(sharpness(picture, mouth_axes(marks)))
    return np.stack(found)


@pytest.mark.parametrize("shape", [(1, 13), (13, 1), (7, 7)])
def test_motion_blur_in_any_direction_is_seen(shape: tuple[int, int]) -> None:
    """Blurred mouths stand out at any opening, sharp ones do not."""
    kernel = np.full(shape, 1 / np.prod(shape))
    found = blur(_measured({4: kernel, 19: kernel}), OPENINGS, np.ones(25, bool))[:, 1]
    sharp = np.delete(np.arange(25), [4, 19])
    assert found[[4, 19]].min() > 0.5
    assert found[sharp].max() < 0.3


def test_one_frame_is_as_sharp_as_usual() -> None:
    """There is nothing to compare with, also when no frame is usable."""
    one = np.array([[-5.0, -4.0]])
    for usable in (True, False):
        assert not blur(one, np.zeros(1), np.array([usable])).any()
