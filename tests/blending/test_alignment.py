"""Micro-alignment finds a planted shift and takes it away."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from faces import face68
from scipy import ndimage
from seamsync.blending.alignment import PatchAlignment, control_points, measure_shifts, measured_boxes
from seamsync.blending.frame_batch import FrameBatch
from seamsync.tracking.align import apply_affine
from seamsync.tracking.landmarks import lip_opening

SIZE, WIDTH = (240, 320), 240.0


def texture(seed: int = 0) -> np.ndarray:
    """Skin-like picture, float32 ``[3,h,w]``: folds and pores, no edges."""
    rng = np.random.default_rng(seed)
    layers = [ndimage.gaussian_filter(rng.standard_normal(SIZE), s) * s for s in (2, 5, 12)]
    luma = 0.55 + 0.1 * sum(layers)
    return np.stack([luma, 0.8 * luma, 0.7 * luma]).astype(np.float32)


def moved(picture: np.ndarray, shift: tuple[float, float], blur: float = 1.5) -> torch.Tensor:
    """The picture ``shift`` (x, y) pixels further, as soft as a small generator makes it, and with a cast."""
    soft = ndimage.gaussian_filter(picture, (0, blur, blur))
    out = ndimage.shift(soft, (0, shift[1], shift[0]), order=3, mode="nearest")
    return torch.from_numpy((out * np.array([1.04, 0.98, 1.02])[:, None, None]).astype(np.float32))


def batch(landmarks: np.ndarray, *, fresh: bool = True, index: int = 0) -> FrameBatch:
    """One frame of it."""
    return FrameBatch(
        indices=np.array([index]),
        scene=np.zeros(1, np.int32),
        fresh=np.array([fresh]),
        origin=np.zeros((1, 2)),
        size=SIZE,
        scale=1.0,
        face_width=np.array([WIDTH], np.float32),
        landmarks=landmarks[None],
        generated=None,
        outline=np.zeros((1, 4, 2)),
        quad=np.zeros((1, 4, 2)),
    )


def placed(motion: np.ndarray) -> np.ndarray:
    """Positions over the whole ROI, ``[h,w,2]``, of the first frame."""
    return apply_affine(motion[0], np.stack(np.meshgrid(np.arange(SIZE[1]), np.arange(SIZE[0])), -1) + 0.5)


MARKS = face68((160.0, 20.0), WIDTH)


@pytest.mark.parametrize("shift", [(0.0, 0.0), (2.0, 0.0), (-1.3, 1.6), (0.4, -2.5)])
def test_planted_shifts_are_measured(shift: tuple[float, float]) -> None:
    """To a quarter of a pixel, in spite of blur and cast."""
    picture = texture()
    points = control_points(MARKS[None])[0]
    found = measure_shifts(torch.from_numpy(picture), moved(picture, shift), points, WIDTH)
    assert np.abs(found - shift).max() < 0.25


def test_the_patch_comes_to_lie_on_the_target() -> None:
    """Sampling at the positions undoes the shift over the whole patch."""
    picture = texture()
    patch = moved(picture, (2.0, -1.0), blur=0)
    positions = placed(PatchAlignment(1.0)(torch.from_numpy(picture)[None], patch[None], batch(MARKS))[0])
    inner = positions[20:-20, 20:-20] - (np.stack(np.meshgrid(np.arange(20, 300), np.arange(20, 220)), -1) + 0.5)
    assert np.abs(inner - (2.0, -1.0)).max() < 0.4


def test_equal_pictures_stay_where_they_are() -> None:
    """Nothing to align, nothing moved; flat pictures too."""
    for picture in (torch.from_numpy(texture()), torch.full((3, *SIZE), 0.5)):
        positions = placed(PatchAlignment(1.0)(picture[None], picture[None], batch(MARKS))[0])
        grid = np.stack(np.meshgrid(np.arange(SIZE[1]), np.arange(SIZE[0])), -1) + 0.5
        assert np.abs(positions - grid).max() < 0.02


def test_steadied_within_a_scene_and_forgotten_at_a_cut() -> None:
    """A jump is followed over some frames; a cut begins anew."""
    picture = texture()
    target = torch.from_numpy(picture)[None]
    align = PatchAlignment(1.0)
    centre = (120, 160)

    def _shift(patch: torch.Tensor, index: int, fresh: bool) -> float:
        motion, _ = align(target, patch[None], batch(MARKS, fresh=fresh, index=index))
        return float(placed(motion)[centre][0] - centre[1] - 0.5)

    still, off = moved(picture, (0, 0)), moved(picture, (3.0, 0))
    assert abs(_shift(still, 0, True)) < 0.2
    assert 0.5 < _shift(off, 1, False) < 2.0
    assert abs(_shift(off, 2, True) - 3) < 0.4


def test_half_strength_goes_half_way() -> None:
    """The setting scales the shift."""
    picture = texture()
    motion, _ = PatchAlignment(0.5)(torch.from_numpy(picture)[None], moved(picture, (2.0, 0.0))[None], batch(MARKS))
    assert abs(placed(motion)[120, 160, 0] - 160.5 - 1.0) < 0.2


def test_what_is_measured_does_not_depend_on_the_mask() -> None:
    """The same box of the frame for any ROI and supersampling, around nose and mouth."""
    here = measured_boxes(batch(MARKS))
    shift = np.array([[30.0, -12.0]])
    moved_roi = replace(batch(MARKS), origin=shift, landmarks=(MARKS - shift).astype(np.float32)[None], size=(90, 110))
    large = replace(batch(MARKS), scale=2.0, landmarks=2 * MARKS[None], face_width=np.array([2 * WIDTH], np.float32))
    for other in (moved_roi, large):
        np.testing.assert_array_equal(measured_boxes(other), here)
    x0, y0, x1, y1 = here[0]
    points = MARKS[[29, 33, 48, 54, 51]]
    assert ((points > (x0, y0)) & (points < (x1, y1))).all()


def test_pictures_cut_elsewhere_give_the_same_place() -> None:
    """A corner says where they lie; a face almost outside the frame, of which nothing is seen, stays."""
    picture = texture()
    patch = moved(picture, (2.0, -1.0), blur=0)
    whole, _ = PatchAlignment(1.0)(torch.from_numpy(picture)[None], patch[None], batch(MARKS))
    cut = [torch.from_numpy(picture)[:, 30:, 40:]], [patch[:, 30:, 40:]]
    part, _ = PatchAlignment(1.0)(*cut, batch(MARKS), np.array([[40.0, 30.0]]))
    assert np.abs(placed(whole) - placed(part)).max() < 0.15
    nothing = [torch.zeros(1, 4, 9)]
    still, _ = PatchAlignment(1.0)(nothing, nothing, batch(MARKS), np.zeros((1, 2)))
    grid = np.stack(np.meshgrid(np.arange(SIZE[1]), np.arange(SIZE[0])), -1) + 0.5
    assert np.abs(placed(still) - grid).max() < 1e-3


def test_pursed_lips_keep_their_width() -> None:
    """What the two points beside the mouth corners say of its width is not followed."""
    picture = texture()
    squeezed = picture.copy()
    y, x = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float64)
    for band in range(3):
        squeezed[band] = ndimage.map_coordinates(picture[band], [y, 160 + (x - 160) * 1.03], order=3, mode="nearest")
    found = measure_shifts(torch.from_numpy(picture), torch.from_numpy(squeezed), control_points(MARKS[None])[0], WIDTH)
    assert abs(found[-2, 0] - found[-1, 0]) < 1e-9


def test_generated_landmarks_move_along() -> None:
    """Where the generator says its lips are, they are no more once the patch is moved."""
    picture = texture()
    there = replace(batch(MARKS), generated=(MARKS + np.array([2.0, -1.0], np.float32))[None])
    _, after = PatchAlignment(1.0)(torch.from_numpy(picture)[None], moved(picture, (2.0, -1.0))[None], there)
    assert after.generated is not None
    assert np.abs(after.generated[0, 48:] - MARKS[48:]).max() < 0.4


def test_a_mouth_that_speaks_keeps_its_opening_and_width() -> None:
    """The target's chin moved down and its corners in, as speech moves them: the patch is not stretched after them."""
    picture = texture()
    y, x = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float64)
    below = np.clip((y - 130) / 60, 0, 1)
    places = [y - 5 * below, 160 + (x - 160) * (1 + 0.04 * below)]
    speaking = np.stack([ndimage.map_coordinates(band, places, order=3, mode="nearest") for band in picture])
    shut = face68((160.0, 20.0), WIDTH, opening=0.05)
    here = replace(batch(MARKS), generated=shut[None])
    motion, after = PatchAlignment(1.0)(torch.from_numpy(speaking.astype(np.float32))[None], moved(picture, (0, 0))[None], here)
    assert after.generated is not None
    assert lip_opening(after.generated[0]) == pytest.approx(lip_opening(shut), rel=1e-4)
    width = [float(np.linalg.norm(marks[54] - marks[48])) for marks in (after.generated[0], shut)]
    assert width[0] == pytest.approx(width[1], rel=1e-4)
    np.testing.assert_allclose(np.linalg.svd(motion[0, :, :2])[1], 1, atol=1e-9)


def test_a_shift_that_nobody_sees_is_left_alone() -> None:
    """A patch at its place to a few tenths of a pixel is not resampled."""
    picture = texture()
    motion, _ = PatchAlignment(1.0)(torch.from_numpy(picture)[None], moved(picture, (0.4, -0.3))[None], batch(MARKS))
    np.testing.assert_array_equal(motion[0], np.eye(2, 3))
