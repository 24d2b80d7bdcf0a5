"""Colour match: finds planted maps, obeys its clamps, looks where it should, is steady over time and new at a cut."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from seamsync.blending.match import color
from seamsync.blending.settings import COLOR_METHODS, COLOR_SPACES, SAMPLE_REGIONS, ColorMatch

EVERYWHERE = torch.ones(1, 1, 60, 50)
METHODS = [method for method in COLOR_METHODS if method != "none"]


def skin(seed: int = 0, deviation: float = 0.04) -> torch.Tensor:
    """Noisy picture around a skin colour, its channels correlated, ``[1,3,60,50]``."""
    noise = np.random.default_rng(seed).normal(0, deviation, (3, 60 * 50))
    noise = np.array([[1, 0.1, 0], [0.8, 0.2, 0.1], [0.7, 0, 0.3]]) @ noise
    return torch.tensor([0.7, 0.5, 0.4])[None, :, None, None] + torch.from_numpy(noise.reshape(1, 3, 60, 50).astype(np.float32))


def measured(
    target: torch.Tensor,
    patch: torch.Tensor,
    how: ColorMatch,
    alpha: torch.Tensor = EVERYWHERE,
    seen: torch.Tensor = EVERYWHERE,
) -> color.ColorGains:
    """The gains of one frame."""
    gains = color.measure(target, patch, alpha, seen, how)[0]
    assert gains is not None
    return gains


def matched(target: torch.Tensor, patch: torch.Tensor, how: ColorMatch, alpha: torch.Tensor = EVERYWHERE) -> torch.Tensor:
    """The patch with the gains measured on it."""
    return color.apply(patch, [measured(target, patch, how, alpha)], how)


def disc() -> torch.Tensor:
    """A soft round mask, ``[1,1,60,50]``."""
    y, x = np.mgrid[:60, :50] + 0.5
    return torch.from_numpy(np.clip((22 - np.hypot(x - 25, y - 30)) / 10, 0, 1).astype(np.float32))[None, None]


@pytest.mark.parametrize("statistics", SAMPLE_REGIONS)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("space", COLOR_SPACES)
def test_equal_pictures_stay(space: str, method: str, statistics: str) -> None:
    """A patch that equals the target comes back within 1/255."""
    how = ColorMatch(space=space, method=method, sample_region=statistics)
    assert (matched(skin(), skin(), how, disc()) - skin()).abs().max() < 1 / 255


@pytest.mark.parametrize("statistics", SAMPLE_REGIONS)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("space", COLOR_SPACES)
@pytest.mark.parametrize("cast", [(0.05, 0.05, 0.05), (0.06, -0.03, 0.02), (-0.08, -0.02, -0.05)])
def test_takes_a_constant_away(space: str, method: str, statistics: str, cast: tuple[float, float, float]) -> None:
    """A patch that equals the target plus a constant comes back to the target within 2/255 on average."""
    patch = skin() + torch.tensor(cast)[None, :, None, None]
    result = matched(skin(), patch, ColorMatch(space=space, method=method, sample_region=statistics), disc())
    assert (result - skin()).mean((0, 2, 3)).abs().max() < 2 / 255


@pytest.mark.parametrize("method", ["mean_and_deviation", "covariance"])
def test_finds_contrast(method: str) -> None:
    """Less contrast comes back to the full one, within the clamp."""
    target = skin()
    mean = target.mean((-2, -1), keepdim=True)
    result = matched(target, mean + (target - mean) * 0.85, ColorMatch(space="rgb", method=method))
    assert (result - target).abs().max() < 0.012


def test_covariance_gives_the_targets_covariance() -> None:
    """Mixed channels, which no gain a channel undoes, come back to the target's covariance; per-channel gains do not."""
    target = skin(deviation=0.08)
    mixing = torch.tensor([[1.05, -0.1, 0.02], [0.05, 0.95, 0.1], [-0.04, 0.06, 1.0]])
    mean = target.mean((-2, -1), keepdim=True)
    patch = torch.einsum("ij,bjhw->bihw", mixing, target - mean) + mean

    def covariance(image: torch.Tensor) -> np.ndarray:
        return np.cov(image.flatten(2)[0].double().numpy())

    errors = {}
    for method in ("covariance", "mean_and_deviation"):
        result = matched(target, patch, ColorMatch(space="rgb", method=method, gain_clamp=1.0))
        errors[method] = np.abs(covariance(result) - covariance(target)).max()
    assert errors["covariance"] < 0.03 * covariance(target).max()
    assert errors["covariance"] < 0.5 * errors["mean_and_deviation"]


def test_covariance_of_grey_contrast_is_the_deviation_match() -> None:
    """Where channels vary alone, the map is the per-channel one."""
    noise = torch.from_numpy(np.random.default_rng(1).normal(0, 0.05, (1, 3, 60, 50)).astype(np.float32))
    target, patch = 0.5 + noise, 0.52 + noise * torch.tensor([0.9, 1.1, 1.0])[None, :, None, None]
    one, two = (measured(target, patch, ColorMatch(space="rgb", method=m)) for m in ("covariance", "mean_and_deviation"))
    np.testing.assert_allclose(one.gain, two.gain, atol=0.01)


@pytest.mark.parametrize("method", METHODS)
def test_flat_skin_gives_a_calm_map(method: str) -> None:
    """Where target and patch are nearly flat, contrast is left as it is, whatever their tiny deviations say."""
    gains = measured(skin(deviation=1e-3), skin(1, deviation=1e-4), ColorMatch(space="rgb", method=method))
    np.testing.assert_allclose(gains.gain, np.eye(3), atol=0.03)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("space", COLOR_SPACES)
def test_clamps(space: str, method: str) -> None:
    """Neither the shift nor the gain passes its clamp."""
    how = ColorMatch(space=space, method=method, gain_clamp=0.1, shift_clamp=0.05)
    for patch in (skin() * 0.2, 1 - skin(3) * 0.3):
        gains = measured(skin(), patch, how)
        assert gains.shift <= 0.05 + 1e-9
        stretch = np.linalg.svd(gains.gain, compute_uv=False)
        assert stretch.max() <= 1.1 + 1e-6
        assert stretch.min() >= 1 / 1.1 - 1e-6


@pytest.mark.parametrize("method", ["mean and deviation", "covariance"])
@pytest.mark.parametrize("contrast", [0.1, 10.0])
def test_both_clamps_of_the_gain_are_reached(method: str, contrast: float) -> None:
    """A patch of a tenth or of ten times the target's contrast is changed by 1 + clamp or its reciprocal, exactly."""
    grey = torch.from_numpy(np.random.default_rng(6).normal(0.5, 0.02, (1, 3, 60, 50)).astype(np.float32))
    patch = 0.5 + contrast * (grey - 0.5)
    how = ColorMatch(method=method, space="rgb", gain_clamp=0.25)
    stretch = np.linalg.svd(measured(grey, patch, how).gain, compute_uv=False)
    np.testing.assert_allclose(stretch, 1.25 if contrast < 1 else 1 / 1.25, rtol=1e-6)


def test_statistics_come_from_skin_only() -> None:
    """Pixels that are not skin (lips, the inside of the mouth) change nothing, and neither do those outside the mask."""
    seen, alpha = EVERYWHERE.clone(), EVERYWHERE.clone()
    seen[..., 20:40, 10:40] = 0
    alpha[..., :10] = 0
    patch = skin() + 0.04
    dirty = patch.clone()
    dirty[..., 20:40, 10:40] = 0.02
    dirty[..., :10] = 0.9
    clean, other = (measured(skin(), p, ColorMatch(), alpha, seen) for p in (patch, dirty))
    np.testing.assert_allclose(clean.gain, other.gain)
    np.testing.assert_allclose(clean.target_mean, other.target_mean)


def test_inside_ring_and_both() -> None:
    """The ring sees the cast of the soft edge, the inside mostly that of the middle, both the mean of the two."""
    alpha = disc()
    edge = (alpha > 0) & (alpha < 1)
    patch = skin() + torch.where(edge, 0.03, -0.01)
    moved = {s: measured(skin(), patch, ColorMatch(method="mean", space="rgb", sample_region=s), alpha) for s in SAMPLE_REGIONS}
    shift = {name: float((g.target_mean - g.patch_mean).mean()) for name, g in moved.items()}
    assert shift["ring"] == pytest.approx(-0.03, abs=1e-4)
    assert -0.02 < shift["inside"] < 0.005
    assert shift["both"] == pytest.approx((shift["ring"] + shift["inside"]) / 2, abs=1e-4)


def test_a_hard_mask_is_measured_inside() -> None:
    """It has no ring."""
    alpha = (disc() > 0.5).float()
    ring, inside = (measured(skin(), skin() + 0.03, ColorMatch(sample_region=s), alpha) for s in ("ring", "inside"))
    np.testing.assert_allclose(ring.target_mean, inside.target_mean)


def test_a_hand_in_front_changes_nothing() -> None:
    """A third of the target covered by something else does not tint the mouth."""
    target = skin()
    covered = target.clone()
    covered[..., 40:, :] = torch.tensor([0.2, 0.3, 0.7])[None, :, None, None]
    clean, occluded = (measured(t, skin() + 0.03, ColorMatch(method="mean")) for t in (target, covered))
    np.testing.assert_allclose(clean.target_mean - clean.patch_mean, occluded.target_mean - occluded.patch_mean, atol=0.2 / 255)


def test_too_little_skin_says_nothing() -> None:
    """An empty mask gives no gains, and the patch stays."""
    target = skin()
    for alpha, seen in ((EVERYWHERE * 0, EVERYWHERE), (EVERYWHERE, EVERYWHERE * 0)):
        assert color.measure(target, target + 0.1, alpha, seen, ColorMatch()) == [None]
    assert color.apply(target, [None], ColorMatch()) is target


def test_frames_of_a_batch_are_their_own() -> None:
    """Measured and applied together they are as each alone, one without skin left as it is."""
    how = ColorMatch(method="covariance")
    target, patch = torch.cat([skin(0), skin(1), skin(2)]), torch.cat([skin(3) + 0.02, skin(4) - 0.03, skin(5)])
    alpha = torch.cat([EVERYWHERE, disc(), EVERYWHERE * 0])
    gains = color.measure(target, patch, alpha, EVERYWHERE.expand(3, -1, -1, -1), how)
    together = color.apply(patch, gains, how)
    for k in range(2):
        alone = matched(target[k : k + 1], patch[k : k + 1], how, alpha[k : k + 1])
        assert (together[k] - alone[0]).abs().max() < 1e-5
    assert (together[2] - patch[2]).abs().max() < 1e-5


@pytest.mark.parametrize("space", ["ycbcr", "rgb"])
def test_without_matrix_products_it_is_the_same(space: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The way taken on a GPU gives the same map and the same picture."""
    how = ColorMatch(space=space, method="covariance")
    plain = matched(skin(), skin(1) * 0.9, how)
    monkeypatch.setattr(color, "on_cpu", lambda *_: False)
    assert (matched(skin(), skin(1) * 0.9, how) - plain).abs().max() < 1e-5


def test_strength_goes_part_of_the_way() -> None:
    """Half the strength, half the shift."""
    how = ColorMatch(space="rgb", method="mean", strength=0.5)
    assert (matched(skin(), skin() + 0.04, how) - skin() - 0.02).abs().max() < 1e-4


def _level(value: float) -> color.ColorGains:
    """Gains that lift colours by ``value``."""
    return color.ColorGains(np.eye(3), np.full(3, 0.5), np.full(3, 0.5 + value))


def _lifts(tracker: color.ColorTracker, values: list[float | None], scenes: list[int]) -> list[float | None]:
    out = tracker.step([None if v is None else _level(v) for v in values], scenes)
    return [None if g is None else float((g.target_mean - g.patch_mean)[0]) for g in out]


def test_tracker_steadies_and_begins_anew() -> None:
    """The gains move slowly inside a scene, at once across a cut; a gap repeats the last ones."""
    out = _lifts(color.ColorTracker(0.9), [0.0, 0.1, None, 0.1, None], [0, 0, 0, 1, 2])
    assert out[:4] == pytest.approx([0.0, 0.01, 0.01, 0.1])
    assert out[4] is None


def test_hysteresis_holds_still() -> None:
    """Measurements that sway by less than the play move nothing; a change of contrast alone counts too."""
    sway = [0.004 * (-1) ** k for k in range(20)]
    assert set(_lifts(color.ColorTracker(0.5, 0.01), [0.0, *sway], [0] * 21)) == {0.0}
    one, two = _level(0.0), color.ColorGains(1.2 * np.eye(3), np.full(3, 0.5), np.full(3, 0.5))
    assert color.ColorTracker(0.0, 0.01).step([one, two], [0, 0])[1] is not one


@given(st.lists(st.floats(-0.1, 0.1), min_size=2, max_size=30), st.floats(0, 0.95), st.floats(0.001, 0.05))
@settings(max_examples=50, deadline=None)
def test_hysteresis_keeps_near_and_never_jumps(values: list[float], beta: float, play: float) -> None:
    """What is in force stays within the play of the average, and moves no further in a frame than the average does."""
    average = np.array(_lifts(color.ColorTracker(beta), list(values), [0] * len(values)), float)
    held = np.array(_lifts(color.ColorTracker(beta, play), list(values), [0] * len(values)), float)
    assert np.abs(held - average).max() <= play + 1e-9
    assert (np.abs(np.diff(held)) <= np.abs(np.diff(average)) + 1e-9).all()
