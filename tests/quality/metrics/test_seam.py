"""Slopes, steps and structure along the seam, against SciPy and scikit-image, and moved by planted faults."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from scipy import ndimage
from seam_scenes import MOUTH, SIZE, band_of, chunk_of, composite, ellipse, picture
from seamsync.quality.metrics.picture import luma_chroma
from seamsync.quality.metrics.ring import seam_ring
from seamsync.quality.metrics.seam import gradient_mismatch, ring_ssim, seam_step
from skimage.color import rgb2lab
from skimage.metrics import structural_similarity

BACKENDS = pytest.mark.parametrize("backend", [None, "torch"])
CAST = torch.tensor([0.035, -0.02, 0.025])[:, None, None]


def three(target: torch.Tensor, made: torch.Tensor, alpha: torch.Tensor, backend: str | None = None) -> np.ndarray:
    """Gradient mismatch, seam step and ring SSIM of single frames or a batch, ``[3,B]``."""
    ring = seam_ring(alpha, chunk_of(len(alpha)), backend=backend)
    before, after = luma_chroma(target), luma_chroma(made)
    return np.stack(
        [
            gradient_mismatch(before[0], after[0], ring, backend=backend),
            seam_step(target, made, ring, backend=backend),
            ring_ssim(before, after, ring, backend=backend),
        ]
    )


@BACKENDS
def test_gradient_mismatch_matches_scipy(backend: str | None) -> None:
    """Sobel vectors of the luma, summed over the ring."""
    target, alpha = picture(0), ellipse(6)
    made = composite(target, picture(1), alpha)
    slopes = []
    for rgb in (target, made):
        luma = np.tensordot([0.2126, 0.7152, 0.0722], rgb[0].double().numpy(), 1)
        slopes.append(
            np.stack([ndimage.sobel(luma, axis, mode="nearest") for axis in (0, 1)])[:, band_of(alpha[0, 0].numpy(), 3.0)]
        )
    lengths = [np.linalg.norm(v, axis=0).sum() for v in (slopes[0] - slopes[1], *slopes)]
    value = three(target, made, alpha, backend)[0, 0]
    assert value == pytest.approx(lengths[0] / (lengths[1] + lengths[2]), rel=1e-4)


@BACKENDS
def test_ring_ssim_matches_scikit_image(backend: str | None) -> None:
    """Its full map of each plane, averaged over the ring; chroma at half size; 4:1:1."""
    target, alpha = picture(0), ellipse(6)
    made = composite(target, picture(1) + CAST, alpha)
    band = band_of(alpha[0, 0].numpy(), 3.0)
    half = band.reshape(SIZE[0] // 2, 2, SIZE[1] // 2, 2).mean((1, 3)) >= 0.5
    before, after = luma_chroma(target), luma_chroma(made)
    total = 0.0
    for one, two, where, weight in (
        (before[0][0, 0], after[0][0, 0], band, 4),
        (before[1][0, 0], after[1][0, 0], half, 1),
        (before[1][0, 1], after[1][0, 1], half, 1),
    ):
        how: dict[str, Any] = {
            "gaussian_weights": True,
            "sigma": 1.5,
            "use_sample_covariance": False,
            "data_range": 1.0,
            "full": True,
        }
        whole = structural_similarity(one.double().numpy(), two.double().numpy(), **how)[1]
        total += weight * whole[where].mean()
    assert three(target, made, alpha, backend)[2, 0] == pytest.approx(total / 6, abs=2e-5)


def slow_step(target: np.ndarray, made: np.ndarray, half: np.ndarray) -> float:
    """Seam step on the drawn ellipse itself: points a pixel apart, its own normals, Lab by scikit-image."""
    turn = np.linspace(0, 2 * np.pi, 20001)
    curve = np.stack([np.cos(turn), np.sin(turn)], 1) * half
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1))])
    turn = np.interp(np.arange(0, along[-1]), along, turn)
    points = np.stack([np.cos(turn), np.sin(turn)], 1) * half + MOUTH
    normal = np.stack([np.cos(turn), np.sin(turn)], 1) / half
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    lengths = []
    for rgb in (target, made):
        sides = []
        for way in (-2, 2):
            x, y = (points + way * normal).T - 0.5
            values = np.stack([ndimage.map_coordinates(c.astype(np.float64), [y, x], order=1) for c in rgb], -1)
            sides.append(rgb2lab(values))
        step = ndimage.uniform_filter1d(sides[0] - sides[1], 9, axis=0, mode="wrap")
        lengths.append(np.linalg.norm(step, axis=-1))
    return float(np.maximum(lengths[1] - lengths[0], 0).mean())


@BACKENDS
@pytest.mark.parametrize("feather", [0.0, 4.0])
def test_seam_step_matches_the_drawn_curve(backend: str | None, feather: float) -> None:
    """Within a few percent of the same measured on the ellipse in continuous coordinates."""
    half = np.array([48.0, 38.0])
    target, alpha = picture(0, detail=0.01), ellipse(feather, half=(48.0, 38.0))
    made = composite(target, target + CAST, alpha)
    expected = slow_step(target[0].numpy(), made[0].numpy(), half)
    assert expected > 1
    assert three(target, made, alpha, backend)[1, 0] == pytest.approx(expected, rel=0.06)


@BACKENDS
def test_seam_step_of_a_planted_step_is_its_delta_e(backend: str | None) -> None:
    """On flat colour with a hard edge: the distance of the two Lab colours, whatever the direction of the edge."""
    flat = torch.full((1, 3, *SIZE), 0.5)
    made = composite(flat, flat + CAST, ellipse(0.0))
    expected = np.linalg.norm(rgb2lab((0.5 + CAST[:, 0, 0]).numpy()) - rgb2lab(np.full(3, 0.5)))
    assert three(flat, made, ellipse(0.0), backend)[1, 0] == pytest.approx(expected, rel=0.02)


@BACKENDS
def test_seam_step_counts_longer_steps_only(backend: str | None) -> None:
    """A step of the target that the composite takes away counts nothing, and does not make up for a new one elsewhere."""
    flat = torch.full((1, 3, *SIZE), 0.5)
    hard, right = ellipse(0.0), (torch.arange(SIZE[1]) >= MOUTH[0]).float().expand(1, 1, *SIZE)
    stepped = composite(flat, flat + CAST, hard)
    assert three(stepped, flat, hard, backend)[1, 0] < 1e-3
    target, made = (composite(flat, flat + CAST, hard * side) for side in (1 - right, right))
    whole = three(flat, stepped, hard, backend)[1, 0]
    assert three(target, made, hard, backend)[1, 0] == pytest.approx(whole / 2, rel=0.08)


def test_seam_step_ignores_texture_and_softened_steps() -> None:
    """Other texture inside, without a step, counts a fraction of a cast; a wide feather shrinks the cast's step."""
    target, hard = picture(0, detail=0.03), ellipse(0.0)
    other = picture(0, detail=0.0) + picture(7, detail=0.03) - picture(7, detail=0.0)
    texture, step = (three(target, composite(target, patch, hard), hard)[1, 0] for patch in (other, target + CAST))
    assert texture < 0.3 * step
    soft = three(target, composite(target, target + CAST, ellipse(20)), ellipse(20))[1, 0]
    assert soft < 0.35 * step


def test_a_hard_edge_is_worse_than_a_soft_one() -> None:
    """The planted hard paste of another picture loses on all three."""
    target, patch = picture(0, detail=0.01), picture(1, detail=0.01) + CAST
    hard, soft = (three(target, composite(target, patch, alpha), alpha)[:, 0] for alpha in (ellipse(0.0), ellipse(24)))
    assert hard[0] > soft[0]
    assert hard[1] > soft[1]
    assert hard[2] < soft[2]


@BACKENDS
def test_the_target_itself_is_perfect(backend: str | None) -> None:
    """No mismatch, no step, similarity 1; also where the picture is flat."""
    for target in (picture(0), torch.full((1, 3, *SIZE), 0.4)):
        np.testing.assert_allclose(three(target, target.clone(), ellipse(), backend)[:, 0], [0, 0, 1], atol=1e-6)


@BACKENDS
def test_without_a_ring_nothing_is_known(backend: str | None) -> None:
    """Empty and full masks give NaN, beside a frame in the same batch that has a seam."""
    alpha = torch.cat([torch.zeros(1, 1, *SIZE), ellipse(), torch.ones(1, 1, *SIZE)])
    target = torch.cat([picture(i) for i in range(3)])
    values = three(target, composite(target, target.flip(0), alpha), alpha, backend)
    assert np.isnan(values[:, [0, 2]]).all()
    assert np.isfinite(values[:, 1]).all()


def test_backends_agree_and_batches_equal_single_frames() -> None:
    """The same numbers either way, to the last digits of a float."""
    alpha = torch.cat([ellipse(6), ellipse(0, half=(40, 25))])
    target = torch.cat([picture(0), picture(2)])
    made = composite(target, target.flip(0) + CAST, alpha)
    one, two = three(target, made, alpha), three(target, made, alpha, "torch")
    np.testing.assert_allclose(one, two, rtol=1e-4)
    for row in range(2):
        part = slice(row, row + 1)
        np.testing.assert_allclose(three(target[part], made[part], alpha[part])[:, 0], one[:, row], rtol=1e-5)
