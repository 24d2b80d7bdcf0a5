"""The mask reaches past the target's chin where the generated one lies higher, downwards alone."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from faces import face68
from seamsync.blending.mask.bounds import stay_on_face
from seamsync.blending.mask.jaw import jaw_reach, lowered_jaw, past_jaw
from seamsync.blending.mask.shapes import face_frames, outlines
from seamsync.blending.settings import MouthMask

SHUT, WIDE = (face68((160, 90), 150.0, opening=opening)[None].astype(np.float32) for opening in (0.0, 0.2))


def test_a_raised_chin_gives_a_reach() -> None:
    """Lips closed over an open mouth; not the same face, nor a chin that drops, nor one that is unknown."""
    mask = MouthMask()
    assert jaw_reach(WIDE, SHUT, mask) == pytest.approx(0.22)
    for original, generated in ((WIDE, WIDE), (SHUT, WIDE), (WIDE, None)):
        assert jaw_reach(original, generated, mask) == 0
    assert jaw_reach(WIDE, SHUT, MouthMask(shape="ellipse")) == 0


@pytest.mark.parametrize("angle", [0.0, 0.5])
def test_outlines_reach_down_and_nowhere_else(angle: float) -> None:
    """By the reach under the chin, not at the cheeks, in the face's own directions; the bounds allow it."""
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    face, reach, mask = (WIDE @ turn).astype(np.float32), np.array([0.2], np.float32), MouthMask()
    shape, to_frame = outlines(face, None, mask)
    longer = past_jaw(shape, reach)
    apart = np.linalg.norm(longer.points(to_frame) - shape.points(to_frame), axis=-1)[0] / 150
    assert apart.max() == pytest.approx(0.2, abs=1e-3)
    down = ((shape.points(to_frame)[0] - shape.points(to_frame)[0].mean(0)) @ np.linalg.inv(turn))[:, 1] > 0
    assert apart[~down].max() == 0
    bound = stay_on_face(longer, face, None, mask, reach)
    np.testing.assert_allclose(bound.radii, np.minimum(longer.radii, bound.radii))
    assert (bound.radii - stay_on_face(shape, face, None, mask).radii).max() == pytest.approx(0.2, abs=0.01)


def test_the_lowered_jaw_holds_the_outline() -> None:
    """A contour moved by the reach contains an outline that was."""
    reach = np.array([0.2], np.float32)
    shape, _ = outlines(WIDE, None, MouthMask())
    moved = stay_on_face(past_jaw(shape, reach), WIDE, None, MouthMask(feather_side="centred"), reach).points(
        face_frames(WIDE)
    )[0]
    jaw = cv2.convexHull(lowered_jaw(WIDE, 1.15 * 150 * reach)[0].astype(np.float32))
    assert min(cv2.pointPolygonTest(jaw, (float(x), float(y)), True) for x, y in moved) > -2
    np.testing.assert_allclose(lowered_jaw(WIDE, np.zeros(1)), WIDE, atol=1e-4)
