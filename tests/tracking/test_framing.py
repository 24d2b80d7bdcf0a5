"""FFHQ framing: eyes and mouth come where face networks expect them."""

from __future__ import annotations

import numpy as np
import pytest
from faces import face68
from seamsync.errors import SeamSyncError
from seamsync.tracking.align import apply_affine, similarity_parts
from seamsync.tracking.framing import ffhq_framing


@pytest.mark.parametrize("angle", [-20.0, 0.0, 35.0])
def test_eyes_are_level_and_where_ffhq_has_them(angle: float) -> None:
    """However large, turned or shifted the face is; nothing is mirrored or squeezed."""
    turn = np.deg2rad(angle)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    face = ((face68() * 1.7) @ rotation.T + (300, -40))[None].astype(np.float32)
    affine = ffhq_framing(face, 512)
    placed = apply_affine(affine, face)[0]
    eyes = np.stack([placed[36:42].mean(0), placed[42:48].mean(0)])
    np.testing.assert_allclose(eyes.mean(0), (256, 240), atol=25)
    assert abs(eyes[0, 1] - eyes[1, 1]) < 1
    np.testing.assert_allclose(placed[48:60].mean(0), (256, 371), atol=25)
    scale, roll = similarity_parts(affine[0])
    np.testing.assert_allclose(np.rad2deg(roll), -angle, atol=1)
    np.testing.assert_allclose(affine[0, :, :2] @ affine[0, :, :2].T, scale**2 * np.eye(2), atol=1e-9)


def test_other_points_are_refused() -> None:
    """Five-point landmarks are not enough."""
    with pytest.raises(SeamSyncError, match="landmarks must be"):
        ffhq_framing(np.zeros((1, 5, 2)), 512)
