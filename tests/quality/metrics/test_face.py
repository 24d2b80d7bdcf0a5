"""Colour, sharpness and cover inside the mask, against scikit-image and counting, and moved by planted faults."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from faces import face68
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import ndimage
from seam_scenes import CENTRE, SIZE, WIDTH, chunk_of, composite, ellipse, picture
from seamsync.blending.frame_batch import FrameBatch
from seamsync.quality.metrics.color import delta_e_2000, lip_delta_e, skin_delta_e
from seamsync.quality.metrics.coverage import fold, overspill
from seamsync.quality.metrics.face import face_parts, face_polygon
from seamsync.quality.metrics.picture import luma_chroma
from seamsync.quality.metrics.sharpness import sharpness_ratio
from seamsync.tracking.landmarks import BROWS, JAW, OUTER_LIPS
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.draw import polygon2mask

BACKENDS = pytest.mark.parametrize("backend", [None, "torch"])
CPU = torch.device("cpu")
LAB = st.tuples(st.floats(0, 100), st.floats(-110, 110), st.floats(-110, 110))


def opened(gap: float, count: int = 1) -> np.ndarray:
    """The scenes' face with its mouth open, ``[B,68,2]``."""
    return np.repeat(face68(CENTRE, WIDTH, opening=gap)[None], count, 0)


def inside(points: np.ndarray) -> np.ndarray:
    """Pixels whose centre lies in a polygon, by scikit-image."""
    return polygon2mask(SIZE, points[:, ::-1].astype(np.float64) - 0.5)


def about(batch: FrameBatch, rows: int = 4) -> int:
    """Pixels by which two rasterisers may differ along the outlines of ``batch``'s lips."""
    return rows * len(batch)


@given(st.lists(st.tuples(LAB, LAB), min_size=1, max_size=20))
def test_delta_e_matches_scikit_image(pairs: list[tuple[tuple[float, float, float], tuple[float, float, float]]]) -> None:
    """CIEDE2000 of any two colours, but for opposite hues, where the formula jumps and rounding decides."""
    one, two = np.array(pairs).transpose(1, 0, 2)
    across = one[:, 1] * two[:, 2] - one[:, 2] * two[:, 1]
    along = (one[:, 1:] * two[:, 1:]).sum(1)
    assume(not ((np.abs(across) <= 1e-6 * np.abs(along)) & (along < 0)).any())
    np.testing.assert_allclose(delta_e_2000(one, two), deltaE_ciede2000(one, two), atol=1e-6, rtol=1e-6)
    np.testing.assert_allclose(delta_e_2000(one, one), 0, atol=1e-9)


def test_delta_e_of_published_pairs() -> None:
    """From the test data of Sharma, Wu and Dalal (2005): the ends of the hue circle and grays."""
    one = np.array([[50, 2.6772, -79.7751], [50, -1, 2], [50, 2.49, -0.001], [50, 2.5, 0], [2.0776, 0.0795, -1.135]])
    two = np.array([[50, 0, -82.7485], [50, 0, 0], [50, -2.49, 0.0011], [61, -5, 29], [0.9033, -0.0636, -0.5514]])
    np.testing.assert_allclose(delta_e_2000(one, two), [2.0425, 2.3669, 7.2195, 22.8977, 0.9082], atol=5e-5)


@BACKENDS
def test_skin_colour_matches_scikit_image(backend: str | None) -> None:
    """Mean Lab of every fourth row and column (the picture has 170) inside the mask, off the lips."""
    batch, alpha, target = chunk_of(), ellipse(), picture(0)
    made = composite(target, picture(1), alpha)
    parts = face_parts(batch, CPU)
    skin = np.zeros(SIZE, bool)
    skin[::4, ::4] = True
    skin &= (alpha[0, 0] > 0.5).numpy() & ~parts.lips_around[0, 0].numpy()
    lab = [rgb2lab(rgb[0].permute(1, 2, 0).numpy())[skin].mean(0) for rgb in (target, made)]
    expected = deltaE_ciede2000(*lab)
    assert skin_delta_e(target, made, alpha, parts, backend=backend)[0] == pytest.approx(expected, rel=1e-3)


@BACKENDS
def test_lips_are_compared_where_each_picture_has_them(backend: str | None) -> None:
    """Lips of the same colour elsewhere differ by nothing; painted yellow they differ; skin does not hear of it."""
    marks = opened(0.12)
    batch, alpha = chunk_of(generated=marks), ellipse(6)
    lips = torch.tensor([0.7, 0.3, 0.3])[:, None]
    target = torch.full((1, 3, *SIZE), 0.6)
    target[0][:, inside(batch.landmarks[0, OUTER_LIPS])] = lips
    made = torch.full((1, 3, *SIZE), 0.6)
    parts = face_parts(batch, CPU)
    parts.boxed(made)[0][:, parts.new_lips[0, 0]] = lips
    same = lip_delta_e(target, made, alpha, parts, backend=backend)[0]
    parts.boxed(made)[0][:, parts.new_lips[0, 0]] = torch.tensor([0.8, 0.7, 0.3])[:, None]
    assert same < 1
    assert lip_delta_e(target, made, alpha, parts, backend=backend)[0] > 10
    assert skin_delta_e(target, made, alpha, parts, backend=backend)[0] < 0.1


def test_a_cast_inside_moves_skin_and_lips() -> None:
    """A purple patch shows in both; the target itself gives 0."""
    batch, alpha, target = chunk_of(), ellipse(4), picture(0)
    parts = face_parts(batch, CPU)
    purple = composite(target, target + torch.tensor([0.05, -0.04, 0.05])[:, None, None], alpha)
    for measure in (skin_delta_e, lip_delta_e):
        assert measure(target, purple, alpha, parts)[0] > 3
        assert measure(target, target.clone(), alpha, parts)[0] == 0


def test_parts_are_where_the_landmarks_are() -> None:
    """Against scikit-image's polygons; the generated mouth stands in for itself only."""
    batch = chunk_of(generated=opened(0.1))
    parts = face_parts(batch, CPU)
    old, new = inside(batch.landmarks[0, OUTER_LIPS]), inside(opened(0.1)[0, OUTER_LIPS])
    for mouth, known in ((parts.old_mouth, old), (parts.new_mouth, new)):
        assert (mouth[0, 0].numpy() ^ known[parts.box]).sum() <= about(batch)
        assert known[parts.box].sum() == known.sum()
    assert (parts.new_lips & ~parts.new_mouth).sum() == 0
    assert parts.new_lips.sum() < parts.new_mouth.sum()
    assert (parts.lips_around[0, 0].numpy() >= (old | new)).all()
    unknown = face_parts(chunk_of(generated=None), CPU)
    assert torch.equal(unknown.new_mouth, unknown.old_mouth)


def test_face_polygon_has_the_jaw_and_a_forehead() -> None:
    """It holds the brows with room above, and ends at the jaw."""
    marks = face68(CENTRE, WIDTH)
    polygon = face_polygon(marks[None])[0]
    np.testing.assert_array_equal(polygon[:17], marks[JAW])
    assert polygon[:, 1].min() < marks[BROWS, 1].min() - 0.1 * WIDTH
    assert polygon[:, 1].max() == marks[JAW, 1].max()


def test_overspill_counts_the_old_lips_that_show() -> None:
    """A planted strip: a mask that covers all but the right end of the old mouth, and a new one as wide."""
    batch = chunk_of()
    parts, old = face_parts(batch, CPU), inside(batch.landmarks[0, OUTER_LIPS])
    alpha = torch.ones(1, 1, *SIZE)
    right = int(batch.landmarks[0, 54, 0]) - 8
    alpha[..., right:] = 0.9
    assert overspill(alpha, parts)[0] == 0
    narrow = batch.landmarks.copy()
    narrow[:, OUTER_LIPS, 0] = 85 + 0.6 * (narrow[:, OUTER_LIPS, 0] - 85)
    parts = face_parts(chunk_of(generated=narrow), CPU)
    strip = old[:, right:].sum() / old.sum()
    assert overspill(alpha, parts)[0] == pytest.approx(strip, abs=about(batch) / old.sum())
    alpha[..., right:] = 0.99
    assert overspill(alpha, parts)[0] == 0


def test_overspill_without_generated_landmarks_wants_all_covered() -> None:
    """Every old lip pixel counts then; without a mask all of them show."""
    parts = face_parts(chunk_of(generated=None), CPU)
    assert overspill(torch.zeros(1, 1, *SIZE), parts, known=False)[0] == 1
    assert overspill(torch.ones(1, 1, *SIZE), parts, known=False)[0] == 0


def test_fold_counts_the_mask_past_the_jaw() -> None:
    """Inside the face 0; moved down, the share that scikit-image's polygon leaves outside; empty NaN."""
    batch = chunk_of()
    parts = face_parts(batch, CPU)
    within = ellipse(4, half=(25, 18))
    assert fold(within, parts)[0] == 0
    past = ellipse(4, half=(25, 18), centre=(85, 150))
    mask = past[0, 0].numpy() > 0.02
    face = inside(face_polygon(batch.landmarks)[0])
    assert fold(past, parts)[0] == pytest.approx((mask & ~face).sum() / mask.sum(), abs=0.01)
    assert torch.isnan(fold(torch.zeros(1, 1, *SIZE), parts)[0])


@BACKENDS
def test_sharpness_matches_scipy_and_hears_a_blur(backend: str | None) -> None:
    """Squared Laplacians over the skin; blurred under 0.5, sharpened over 1, itself 1."""
    target, alpha = picture(0), ellipse(6)
    parts = face_parts(chunk_of(), CPU)
    array = target[0].permute(1, 2, 0).numpy()
    blurred = torch.from_numpy(cv2.GaussianBlur(array, (0, 0), 1.5)).permute(2, 0, 1)[None]
    lumas = [luma_chroma(rgb)[0] for rgb in (target, composite(target, blurred, alpha), 2 * target - blurred)]
    skin = (alpha[0, 0] > 0.5).numpy() & ~parts.lips_around[0, 0].numpy()
    energy = [(ndimage.laplace(luma[0, 0].double().numpy(), mode="nearest") ** 2)[skin].sum() for luma in lumas]
    values = [sharpness_ratio(lumas[0], luma, alpha, parts, backend=backend)[0] for luma in lumas]
    np.testing.assert_allclose(values, np.array(energy) / energy[0], rtol=1e-3)
    assert values[0] == 1
    assert values[1] < 0.5
    assert values[2] > 1.25


@BACKENDS
def test_without_skin_or_lips_nothing_is_known(backend: str | None) -> None:
    """Empty masks, and faces outside the picture."""
    target, empty = picture(0), torch.zeros(1, 1, *SIZE)
    luma = luma_chroma(target)[0]
    parts = face_parts(chunk_of(), CPU)
    assert np.isnan(skin_delta_e(target, target, empty, parts, backend=backend)[0])
    assert np.isnan(lip_delta_e(target, target, empty, parts, backend=backend)[0])
    assert torch.isnan(sharpness_ratio(luma, luma, empty, parts, backend=backend)[0])
    flat = torch.zeros_like(luma)
    assert torch.isnan(sharpness_ratio(flat, flat, ellipse(), parts, backend=backend)[0])
    away = opened(0.1) + 500
    gone = face_parts(chunk_of(landmarks=away, generated=away), CPU)
    assert np.isnan(lip_delta_e(target, target, ellipse(), gone, backend=backend)[0])
    assert torch.isnan(overspill(ellipse(), gone)[0])
    assert fold(ellipse(), gone)[0] == 1
