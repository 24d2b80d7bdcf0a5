"""Alpha from an outline: exact inside and outside, monotone, mirrored, and safe at the edges."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from faces import face68
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from seamsync.blending.frame_batch import FrameBatch
from seamsync.blending.mask import feather
from seamsync.blending.pixels.primitives import fill_polygon
from seamsync.blending.settings import FALLOFFS, SIDES, MouthMask

SIZE = (120, 140)
FAR = torch.tensor([[[-500.0, -500], [700, -500], [700, 700], [-500, 700]]])


def mask_of(**options: object) -> MouthMask:
    """A mask with a plain falloff unless said otherwise."""
    return MouthMask(**({"falloff_gamma": 1.0, "feather": 0.08} | options))  # type: ignore[arg-type]


def disc(radius: float = 40.0, centre: tuple[float, float] = (70.0, 60.0)) -> torch.Tensor:
    """Outline of a disc, ``[1,96,2]``."""
    angle = torch.arange(96) * (2 * torch.pi / 96)
    return torch.stack([centre[0] + radius * angle.cos(), centre[1] + radius * angle.sin()], -1)[None]


def chunk_of(points: torch.Tensor, quad: torch.Tensor = FAR, width: float = 100.0, **changes: object) -> FrameBatch:
    """One frame with an upright face, its mouth a point in the outline's middle, so that the outline alone counts."""
    face = face68((70.0, 20.0), width)[None]
    face[:, 48:] = points.mean(1, keepdim=True).numpy()
    batch = FrameBatch(
        indices=np.arange(1),
        scene=np.zeros(1, np.int32),
        fresh=np.ones(1, bool),
        origin=np.zeros((1, 2)),
        size=SIZE,
        scale=1.0,
        face_width=np.array([width], np.float32),
        landmarks=face,
        generated=None,
        outline=points.double().numpy(),
        quad=quad.double().numpy(),
    )
    return replace(batch, **changes)  # type: ignore[arg-type]


def alpha(points: torch.Tensor, quad: torch.Tensor = FAR, width: float = 100.0, **options: object) -> torch.Tensor:
    """Alpha of one frame, ``[H,W]``."""
    return feather.alpha_from_outline(chunk_of(points, quad, width), mask_of(**options))[0, 0]  # type: ignore[arg-type]


def supersampled(points: torch.Tensor, times: int = 8) -> np.ndarray:
    """Slow, obviously right signed distance ``[H,W]``: SciPy's transform of the polygon filled at ``times`` the size."""
    filled = fill_polygon(points.double() * times, (SIZE[0] * times, SIZE[1] * times))[0, 0].numpy()
    inside, outside = (np.asarray(ndimage.distance_transform_edt(part)) for part in (filled, ~filled))
    fine = np.where(filled, inside - 0.5, 0.5 - outside) / times
    return fine.reshape(SIZE[0], times, SIZE[1], times).mean((1, 3))


@pytest.mark.parametrize("falloff", FALLOFFS)
@pytest.mark.parametrize("side", SIDES)
def test_in_range_and_exact_at_both_ends(falloff: str, side: str) -> None:
    """Alpha is 0…1, 1 in the middle and 0 well outside."""
    a = alpha(disc(), falloff=falloff, feather_side=side, erosion=0.02, dilation=0.01)
    assert a.min() == 0
    assert a.max() <= 1
    assert a[60, 70] == pytest.approx(1, abs=1e-6)
    assert (a[:5] == 0).all()


def test_inward_never_passes_the_outline() -> None:
    """An inward feather changes nothing outside the outline."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]] + 0.5
    outside = np.hypot(x - 70, y - 60) > 41
    assert (alpha(disc(), erosion=0.0).numpy()[outside] == 0).all()


@pytest.mark.parametrize(("side", "start"), [("inward", 0.0), ("centred", 0.5), ("outward", 1.0)])
def test_distance_falloff_matches_a_slow_reference(side: str, start: float) -> None:
    """Erosion, feather width, side and gamma as defined, against the supersampled outline."""
    ramp = np.clip((supersampled(disc()) - 3) / 15 + start, 0, 1) ** 0.6
    got = alpha(disc(), erosion=0.03, feather=0.15, falloff_gamma=0.6, feather_side=side).numpy()
    assert np.abs(got - ramp * ramp * (3 - 2 * ramp)).max() < 0.02


def test_gaussian_falloff_is_a_blurred_outline() -> None:
    """Against the Gaussian blur of the covered area, whose curvature alone it does not know."""
    covered = np.clip(supersampled(disc()) + 0.5, 0, 1)
    blurred = ndimage.gaussian_filter(covered, 4, truncate=3)
    assert np.abs(alpha(disc(), falloff="gaussian", feather=0.08, erosion=0.0).numpy() - blurred).max() < 0.03


def test_no_stair_steps_on_a_slanted_edge() -> None:
    """Along a slanted edge alpha stays the same: no step of a whole pixel, nor of a lattice node."""
    slanted = torch.tensor([[[-80.0, 40.3], [220.0, 20.3], [220.0, 300.0], [-80.0, 300.0]]])
    a = alpha(slanted, feather=0.06, erosion=0.0).numpy()
    columns, rows = np.arange(20, 120), np.arange(SIZE[0]) + 0.5
    edge = 40.3 - (columns + 0.5 + 80) / 15
    for depth in range(1, 6):
        along = np.array([np.interp(y + depth, rows, a[:, x]) for x, y in zip(columns, edge, strict=True)])
        assert np.abs(np.diff(along, 2)).max() < 0.004
        ramp = depth * np.cos(np.arctan(1 / 15)) / 6
        assert np.abs(along - ramp * ramp * (3 - 2 * ramp)).max() < 0.03


@settings(max_examples=20, deadline=None)
@given(x=st.floats(-1, 1), y=st.floats(-1, 1))
def test_moving_the_outline_moves_alpha(x: float, y: float) -> None:
    """A shift between pixels moves alpha by as much: half the shift lies half way, and its mean weight stays."""
    none, half, full = (alpha(disc(centre=(70 + k * x, 60 + k * y)), feather=0.12) for k in (0.0, 0.5, 1.0))
    assert (half - (none + full) / 2).abs().max() < 0.02
    assert float(full.mean()) == pytest.approx(float(none.mean()), rel=2e-3)


@settings(max_examples=20, deadline=None)
@given(x=st.floats(-20, 20), width=st.sampled_from([139, 140]))
def test_mirrors(x: float, width: int) -> None:
    """The mirrored outline has the mirrored alpha, in ROIs of even and odd width."""
    points = disc(centre=(70 + x, 60)) + torch.tensor([0.0, 0.3])
    mirrored = torch.stack([width - points[..., 0], points[..., 1]], -1)
    settings_ = mask_of(feather_chin=0.5, feather_top=2.0)
    one, two = (feather.alpha_from_outline(chunk_of(p, size=(120, width)), settings_) for p in (points, mirrored))
    torch.testing.assert_close(one.flip(-1), two, atol=1e-4, rtol=0)


@pytest.mark.parametrize("angle", [0.0, 0.7, -2.0])
def test_each_side_has_its_width(angle: float) -> None:
    """Top, sides and chin fade over their own share of the feather, also on a rolled head."""
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    face = ((face68((0.0, 0.0), 100.0)[None] @ turn) + (70, 60)).astype(np.float32)
    face[:, 48:] = (70, 60)
    batch = chunk_of(disc(48), landmarks=face)
    mask = mask_of(feather=0.1, erosion=0.0, feather_top=2.0, feather_sides=1.0, feather_chin=0.5)
    a = feather.alpha_from_outline(batch, mask)[0, 0].numpy()
    down = np.array([0.0, 1.0]) @ turn
    for direction, width in ((-down, 20), (down, 5), (down[::-1] * (1, -1), 10), (down[::-1] * (-1, 1), 10)):
        half = np.array([70, 60]) + (48 - width / 2) * direction - 0.5
        assert ndimage.map_coordinates(a, half[::-1, None], order=1)[0] == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("falloff", FALLOFFS)
@pytest.mark.parametrize("side", SIDES)
def test_the_soft_edge_narrows_over_the_lips(falloff: str, side: str) -> None:
    """However wide it is, the lips of both faces are covered; away from them it keeps its width."""
    points = disc(35)
    lips = np.zeros((2, 1, 68, 2), np.float32)
    turn = np.arange(12) * (2 * np.pi / 12)
    for face, centre in zip(lips, ((60.0, 60.0), (70.0, 75.0)), strict=True):
        face[0, 48:60] = np.stack([centre[0] + 18 * np.cos(turn), centre[1] + 8 * np.sin(turn)], -1)
        face[0, 60:] = centre
    frame = face68((70.0, 20.0), 100.0)[None]
    frame[:, 48:] = lips[0][:, 48:]
    batch = chunk_of(points, landmarks=frame, generated=lips[1])
    mask = mask_of(feather=0.25, erosion=0.0, falloff=falloff, feather_side=side)
    a = feather.alpha_from_outline(batch, mask)[0, 0]
    for face in (frame, lips[1]):
        mouth = fill_polygon(torch.from_numpy(face[:, 48:60]).double(), SIZE)[0, 0]
        assert a[mouth].min() >= 0.98
    plain = feather.alpha_from_outline(chunk_of(points), mask)[0, 0]
    assert (a >= plain - 1e-3).all()
    narrow = replace(mask, feather=0.06)
    there, plain = (feather.alpha_from_outline(c, narrow)[0, 0] for c in (batch, chunk_of(points)))
    assert (there - plain)[:, 100:].abs().max() < 0.05


def test_motion_widens_across_itself() -> None:
    """A sideways motion widens the edge on the cheeks, not at top and chin, and by no more than its limit."""
    mask = mask_of(feather=0.05, erosion=0.0)
    still, moving, wild = (
        feather.alpha_from_outline(chunk_of(disc(48)), mask, motion=None if v is None else np.array([[v, 0.0]]))[0, 0].numpy()
        for v in (None, 8.0, 800.0)
    )

    def width(a: np.ndarray) -> tuple[float, float]:  # of the edge on the left and at the top
        return tuple(float(np.abs(np.diff(line)).max() ** -1 * 1.5) for line in (a[60, :70], a[:60, 70]))  # type: ignore[return-value]

    assert width(still) == pytest.approx((5, 5), abs=0.4)
    assert width(moving) == pytest.approx((13, 5), abs=0.7)
    assert width(wild)[0] == pytest.approx(5 + 15, abs=1)


def test_limits_are_of_the_frame_not_of_a_supersampled_one() -> None:
    """At twice the resolution the narrowest edge is twice as many pixels."""
    twice = chunk_of(disc(), scale=2.0)
    a = feather.alpha_from_outline(twice, mask_of(feather=0.01, feather_min=6.0, erosion=0.0))[0, 0].numpy()
    assert 1.5 / np.abs(np.diff(a[60, :70])).max() == pytest.approx(12, abs=0.5)


def test_a_slow_outline_does_not_flicker() -> None:
    """The mean weight of a disc that creeps between pixels stays within half a percent."""
    means = [float(alpha(disc(30, (60 + 0.13 * t, 55 + 0.07 * t)), erosion=0.0).mean()) for t in range(20)]
    assert np.std(means) < 0.005 * np.mean(means)
    depth = np.arange(3000) / 100 + 0.005
    ramp = np.clip(depth / 8, 0, 1)
    expected = (2 * np.pi * (30 - depth) * ramp * ramp * (3 - 2 * ramp)).sum() / 100 / np.prod(SIZE)
    assert np.mean(means) == pytest.approx(expected, rel=0.02)


def test_erode_then_dilate_opens_the_mask() -> None:
    """Opening removes a spike that is thinner than the element and keeps the rest."""
    points = torch.tensor([[[30.0, 30], [68, 30], [69, 5], [71, 5], [72, 30], [110, 30], [110, 90], [30, 90]]])
    plain = alpha(points, erosion=0.0, dilation=0.0, feather_min=1.0, feather=0.0)
    opened = alpha(points, erosion=0.06, dilation=0.06, feather_min=1.0, feather=0.0, feather_side="inward")
    assert plain[15, 70] > 0
    assert opened[15, 70] == 0
    assert opened[60, 33] > 0.9


def test_feather_width_is_clamped() -> None:
    """``clamp(feather · face width, min, max)``."""
    widths = feather.feather_width(np.array([10.0, 100.0, 5000.0]), mask_of(feather=0.1, feather_min=3, feather_max=64))
    np.testing.assert_allclose(widths, [3, 10, 64])


@pytest.mark.parametrize("falloff", FALLOFFS)
@pytest.mark.parametrize("side", SIDES)
def test_never_leaves_the_patch(falloff: str, side: str) -> None:
    """Alpha is 0 where the patch ends, and small beside it, so that its border cannot show."""
    quad = torch.tensor([[[50.0, 40], [100, 44], [96, 90], [46, 86]]])
    a = alpha(disc(), quad, falloff=falloff, feather_side=side)
    edge = feather.quad_distance(quad, SIZE)[0, 0]
    assert (a[edge <= 0] == 0).all()
    assert a[(edge > 0) & (edge < 1)].max() < 0.2


@pytest.mark.parametrize(
    "points", [disc(0.01), disc(500.0), disc(30, (0.0, 0.0)), disc(30, (139.0, 119.0)), disc(20, (-300.0, 0.0))]
)
@pytest.mark.parametrize("falloff", FALLOFFS)
def test_finite_for_empty_full_and_border_masks(points: torch.Tensor, falloff: str) -> None:
    """No NaN for masks that are empty, fill the ROI, touch the border or lie outside."""
    a = alpha(points, falloff=falloff)
    assert torch.isfinite(a).all()
    assert a.min() >= 0
    assert a.max() <= 1


@pytest.mark.parametrize("falloff", FALLOFFS)
def test_no_feather_at_all_is_a_hard_edge(falloff: str) -> None:
    """Feather and its floor at 0: alpha is 0 or 1 but for the pixel of the edge itself, which is smooth; never NaN."""
    quad = torch.tensor([[[40.5, 30.5], [100.5, 30.5], [100.5, 90.5], [40.5, 90.5]]])
    for erosion in (0.0, 0.005):
        a = alpha(disc(), quad, falloff=falloff, feather=0.0, feather_min=0.0, erosion=erosion)
        between = (a > 0) & (a < 1)
        edge = (torch.from_numpy(supersampled(disc())) - 100 * erosion).abs() < (2.2 if falloff == "gaussian" else 1.1)
        assert not (between & ~edge & (feather.quad_distance(quad, SIZE)[0, 0].abs() > 1.1)).any()
        assert a[60, 70] == 1


def test_opacity_scales() -> None:
    """Opacity is the weight in the middle."""
    assert alpha(disc(), opacity=0.25)[60, 70] == pytest.approx(0.25, abs=1e-6)


def test_reach_bounds_the_support() -> None:
    """What ``reach`` promises holds for every side and falloff."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]] + 0.5
    past = np.hypot(x - 70, y - 60) - 40
    for falloff in FALLOFFS:
        for side in SIDES:
            mask = mask_of(falloff=falloff, feather_side=side, feather=0.1, erosion=0.01, feather_top=1.5)
            for motion in (None, np.array([[9.0, -5.0]])):
                a = feather.alpha_from_outline(chunk_of(disc()), mask, motion)[0, 0].numpy()
                assert (a[past > feather.alpha_extent(np.array([100.0]), mask, motion)[0] + 0.1] == 0).all()
