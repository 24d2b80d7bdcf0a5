"""The seam ring lies where the distance to the contour says, its contour where alpha is 0.5."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from seam_scenes import MOUTH, SIZE, band_of, chunk_of, ellipse
from seamsync.quality.metrics.ring import half_width, seam_ring

BACKENDS = pytest.mark.parametrize("backend", [None, "torch"])


def test_half_width_follows_the_face_within_limits() -> None:
    """2 % of the face width, 3 to 8 pixels of the frame, in ROI pixels when supersampled."""
    widths = np.array([75.0, 300.0, 600.0], np.float32)
    np.testing.assert_allclose(half_width(chunk_of(3, face_width=widths)), [3, 6, 8])
    np.testing.assert_allclose(half_width(chunk_of(3, face_width=2 * widths, scale=2.0)), [6, 12, 16])


@BACKENDS
def test_band_is_by_exact_distance(backend: str | None) -> None:
    """Pixels no further than the half width from the contour that runs between the pixels, against SciPy."""
    alpha, batch = torch.cat([ellipse(12), ellipse(0)]), chunk_of(2, face_width=np.array([150.0, 300.0], np.float32))
    ring = seam_ring(alpha, batch, backend=backend)
    for a, band, reach in zip(alpha[:, 0].numpy(), ring.band[:, 0].numpy(), (3.0, 6.0), strict=True):
        np.testing.assert_array_equal(band, band_of(a, reach))
    np.testing.assert_array_equal(ring.pixels.count(), ring.band.sum((1, 2, 3)))


@BACKENDS
@pytest.mark.parametrize("feather", [0.0, 12.0])
def test_contour_points_lie_on_the_contour_and_look_outwards(backend: str | None, feather: float) -> None:
    """On the ellipse that was drawn, to a fraction of a pixel; normals across it, to a few degrees."""
    half = np.array([48.0, 38.0])
    ring = seam_ring(ellipse(feather), chunk_of(), backend=backend)
    chosen = ring.contour.weight[0] > 0
    from_middle = ring.points[0][chosen].numpy() - MOUTH
    off = (np.hypot(*(from_middle / half).T) - 1) * half.min()
    assert np.abs(off).max() < 0.6
    assert abs(off.mean()) < 0.1
    normal = from_middle / half**2
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    assert ((ring.outward[0][chosen].numpy() * normal).sum(1) > np.cos(np.radians(12))).all()


@BACKENDS
def test_no_contour_without_two_sides(backend: str | None) -> None:
    """Empty, full and faint masks have no ring; a mask at the border has none along it."""
    border = torch.zeros(1, 1, *SIZE)
    border[..., :40] = 1
    alpha = torch.cat([torch.zeros_like(border), torch.ones_like(border), torch.full_like(border, 0.4), border])
    ring = seam_ring(alpha, chunk_of(4), backend=backend)
    assert ring.contour.count().tolist() == [0, 0, 0, SIZE[0]]
    assert ring.pixels.count().tolist() == [0, 0, 0, SIZE[0] * 6]


def test_backends_agree() -> None:
    """The same ring either way."""
    alpha = torch.cat([ellipse(12), ellipse(3, half=(30, 20))])
    one, two = (seam_ring(alpha, chunk_of(2), backend=backend) for backend in (None, "torch"))
    assert torch.equal(one.band, two.band)
    dense = two.outward[1][two.contour.weight[1] > 0]
    np.testing.assert_allclose(one.outward[1][one.contour.weight[1] > 0], dense, atol=1e-4)
