"""What can be a face, and what can be one frame's motion."""

from __future__ import annotations

import numpy as np
from faces import face68
from seamsync.tracking.plausible import plausible_faces, plausible_step


def _step(before: np.ndarray, after: np.ndarray) -> bool:
    regions = [np.array([*p.mean(0), max(1.5 * np.ptp(p[:, 0]), 1), 0]) for p in (before, after)]
    return plausible_step(before, after, *regions)


def test_faces() -> None:
    """A face in the frame, one half out, one far out, a speck, and one with NaN."""
    faces = np.stack([face68((160, 100)), face68((5, 100)), face68((-200, 100)), face68((160, 100), 3), face68()])
    faces[4, 0, 0] = np.nan
    np.testing.assert_array_equal(plausible_faces(faces, (320, 240)), [True, True, False, False, False])


def test_steps() -> None:
    """Ordinary motion passes; a leap, a sudden growth and another shape do not."""
    face = face68((160, 100), opening=0.0)
    assert _step(face, face)
    assert _step(face, face68((172, 96), 124, opening=0.1))
    assert not _step(face, face68((230, 100)))
    assert not _step(face, face68((160, 100), 190))
    assert not _step(face, np.random.default_rng(0).permutation(face))
    assert not _step(face, np.zeros_like(face))
