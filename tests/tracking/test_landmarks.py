"""Sets of landmarks and the measures taken from them."""

from __future__ import annotations

import numpy as np
import pytest
from faces import face68
from seamsync.tracking import landmarks as lm


def test_sets_cover_the_face_once() -> None:
    """Jaw, brows, nose, eyes and lips are the 68 points, each once."""
    parts = np.concatenate([lm.JAW, lm.BROWS, lm.NOSE, lm.EYES, lm.LIPS])
    np.testing.assert_array_equal(np.sort(parts), np.arange(68))
    np.testing.assert_array_equal(np.concatenate([lm.OUTER_LIPS, lm.INNER_LIPS]), lm.LIPS)


def test_mirror_is_its_own_inverse_and_mirrors() -> None:
    """Mirrored twice is unchanged, and a symmetric face mirrors onto itself."""
    np.testing.assert_array_equal(lm.MIRROR[lm.MIRROR], np.arange(68))
    face = face68((0, 0))
    np.testing.assert_allclose(face[lm.MIRROR] * [-1, 1], face, atol=1e-4)


def test_mesh_vertices_are_distinct_and_ordered() -> None:
    """68 different vertices of the mesh, picked in the order of the 68 points."""
    assert len(set(lm.MESH_TO_68.tolist())) == 68
    assert lm.MESH_TO_68.max() < lm.MESH_POINTS
    mesh = np.arange(468 * 3, dtype=np.float64).reshape(1, 468, 3)
    picked = lm.landmarks_from_mesh(mesh)
    assert picked.dtype == np.float32
    np.testing.assert_array_equal(picked[0, 8], mesh[0, 152, :2])


@pytest.mark.parametrize("opening", [0.0, 0.05, 0.2])
@pytest.mark.parametrize("angle", [0.0, 0.5, -1.2])
def test_lip_opening_of_a_turned_face(opening: float, angle: float) -> None:
    """The gap in face widths, whatever way the head is tilted and however large it is."""
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    face = face68((0, 0), 80.0, opening=opening) @ turn.T * 1.7 + 30
    assert lm.lip_opening(face) == pytest.approx(opening * 136 / lm.face_width(face), abs=1e-5)


def test_face_width_frontal_and_in_profile() -> None:
    """Frontal it is the jaw's width; squeezed as in profile it does not vanish."""
    face = face68((0, 0), 100.0)
    assert lm.face_width(face) == pytest.approx(100.0, rel=1e-4)
    assert lm.face_width(face * [0.2, 1.0]) > 60


def test_lip_width() -> None:
    """Mouth corners of the drawn face are 0.4 face widths apart."""
    assert lm.lip_width(face68((10, 20), 90.0)) == pytest.approx(0.4, rel=1e-4)


def test_batches() -> None:
    """Leading axes pass through every measure."""
    faces = np.stack([face68(opening=o) for o in (0.0, 0.1)])[None]
    for measure in (lm.face_width, lm.lip_opening, lm.lip_width):
        assert measure(faces).shape == (1, 2)
