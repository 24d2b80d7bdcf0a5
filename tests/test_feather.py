"""Alpha from an outline: exact inside and outside, monotone, mirrored, and safe at the edges."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage
from seamsync.blending import feather
from seamsync.blending.settings import FALLOFFS, SIDES, MouthMask

SIZE = (120, 140)
FAR = torch.tensor([[[-500.0, -500], [700, -500], [700, 700], [-500, 700]]])


def disc(radius: float = 40.0, centre: tuple[float, float] = (70.0, 60.0)) -> torch.Tensor:
    """Outline of a disc, ``[1,96,2]``."""
    angle = torch.arange(96) * (2 * torch.pi / 96)
    return torch.stack([centre[0] + radius * angle.cos(), centre[1] + radius * angle.sin()], -1)[None]


def alpha(points: torch.Tensor, quad: torch.Tensor = FAR, width: float = 100.0, **options: object) -> torch.Tensor:
    """Alpha of one frame, ``[H,W]``."""
    return feather.alpha_from_outline(points, quad, torch.tensor([width]), SIZE, MouthMask(**options))[0, 0]  # type: ignore[arg-type]


@pytest.mark.parametrize("falloff", FALLOFFS)
@pytest.mark.parametrize("side", SIDES)
def test_in_range_and_exact_at_both_ends(falloff: str, side: str) -> None:
    """Alpha is 0…1, 1 in the middle and 0 well outside."""
    a = alpha(disc(), falloff=falloff, side=side, erosion=0.02, dilation=0.01)
    assert a.min() == 0
    assert a.max() <= 1
    assert a[60, 70] == pytest.approx(1, abs=1e-6)
    assert (a[:5] == 0).all()


def test_inward_never_passes_the_outline() -> None:
    """An inward feather changes nothing outside the outline."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]] + 0.5
    outside = np.hypot(x - 70, y - 60) > 41
    assert (alpha(disc(), erosion=0.0).numpy()[outside] == 0).all()


def test_distance_falloff_matches_a_slow_reference() -> None:
    """Erosion, feather width and gamma as defined, against SciPy's distance."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]] + 0.5
    inside = np.hypot(x - 70, y - 60) < 40
    depth = np.asarray(ndimage.distance_transform_edt(inside))
    ramp = np.clip((depth - 0.5 - 3) / 15, 0, 1) ** 0.6
    apart = np.abs(alpha(disc(), erosion=0.03, feather=0.15, gamma=0.6).numpy() - ramp * ramp * (3 - 2 * ramp))
    assert apart.max() < 0.15
    assert apart.mean() < 0.01


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
    opened = alpha(points, erosion=0.06, dilation=0.06, feather_min=1.0, feather=0.0, side="inward")
    assert plain[15, 70] > 0
    assert opened[15, 70] == 0
    assert opened[60, 33] > 0.9


def test_feather_width_is_clamped() -> None:
    """``clamp(feather · face width, min, max)``."""
    widths = feather.feather_width(np.array([10.0, 100.0, 5000.0]), MouthMask(feather=0.1, feather_min=3, feather_max=64))
    np.testing.assert_allclose(widths, [3, 10, 64])


@pytest.mark.parametrize("falloff", FALLOFFS)
@pytest.mark.parametrize("side", SIDES)
def test_never_leaves_the_patch(falloff: str, side: str) -> None:
    """Alpha is 0 where the patch ends, and small beside it, so that its border cannot show."""
    quad = torch.tensor([[[50.0, 40], [100, 44], [96, 90], [46, 86]]])
    a = alpha(disc(), quad, falloff=falloff, side=side)
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
    """Feather and its floor at 0: alpha is 0 or 1, never NaN, also where the patch's edge runs through pixel centres."""
    quad = torch.tensor([[[40.5, 30.5], [100.5, 30.5], [100.5, 90.5], [40.5, 90.5]]])
    for erosion in (0.0, 0.005):
        a = alpha(disc(), quad, falloff=falloff, feather=0.0, feather_min=0.0, erosion=erosion)
        assert set(torch.unique(a).tolist()) <= {0.0, 1.0}
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
            settings = MouthMask(falloff=falloff, side=side, feather=0.1, erosion=0.01)
            a = feather.alpha_from_outline(disc(), FAR, torch.tensor([100.0]), SIZE, settings)[0, 0].numpy()
            assert (a[past > feather.reach(np.array([100.0]), settings)[0] + 1.5] < 1e-2).all()
