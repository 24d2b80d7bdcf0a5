"""Colour match: finds planted gains, obeys its clamps, is steady over time and new at a cut."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from seamsync.blending import color
from seamsync.blending.settings import COLOR_SPACES, ColorMatch

EVERYWHERE = torch.ones(1, 1, 60, 50)


def skin(seed: int = 0) -> torch.Tensor:
    """Noisy picture around a skin colour, ``[1,3,60,50]``."""
    noise = torch.from_numpy(np.random.default_rng(seed).normal(0, 0.04, (1, 3, 60, 50)).astype(np.float32))
    return torch.tensor([0.7, 0.5, 0.4])[None, :, None, None] + noise


def matched(target: torch.Tensor, patch: torch.Tensor, settings: ColorMatch, weight: torch.Tensor = EVERYWHERE) -> torch.Tensor:
    """The patch with the gains measured on it."""
    return color.apply(patch, color.measure(target, patch, weight, settings), settings)


@pytest.mark.parametrize("space", COLOR_SPACES)
def test_equal_pictures_stay(space: str) -> None:
    """A patch that equals the target comes back within 1/255."""
    target = skin()
    assert (matched(target, target, ColorMatch(space=space)) - target).abs().max() < 1 / 255


@pytest.mark.parametrize("space", COLOR_SPACES)
@pytest.mark.parametrize("cast", [(0.05, 0.05, 0.05), (0.06, -0.03, 0.02), (-0.08, -0.02, -0.05)])
def test_takes_a_constant_away(space: str, cast: tuple[float, float, float]) -> None:
    """A patch that equals the target plus a constant comes back to the target within 2/255 on average."""
    target = skin()
    patch = target + torch.tensor(cast)[None, :, None, None]
    result = matched(target, patch, ColorMatch(space=space))
    assert (result - target).mean((0, 2, 3)).abs().max() < 2 / 255


def test_finds_contrast() -> None:
    """Half the contrast comes back to the full one, within the clamp."""
    target = skin()
    mean = target.mean((-2, -1), keepdim=True)
    result = matched(target, mean + (target - mean) * 0.85, ColorMatch(space="rgb"))
    assert (result - target).abs().max() < 0.01


def test_clamps() -> None:
    """Neither the shift nor the gain passes its clamp."""
    target = skin()
    gains = color.measure(target, target * 0.2, EVERYWHERE, ColorMatch(space="rgb", gain_clamp=0.1, shift_clamp=0.05))[0]
    assert gains is not None
    assert np.abs(gains.target_mean - gains.patch_mean).max() <= 0.05 + 1e-9
    assert gains.gain.max() <= 1.1 + 1e-9


def test_statistics_come_from_the_weight_only() -> None:
    """Pixels of weight 0 (lips, the inside of the mouth) change nothing."""
    target, weight = skin(), EVERYWHERE.clone()
    weight[..., 20:40, 10:40] = 0
    patch = target + 0.04
    dirty = patch.clone()
    dirty[..., 20:40, 10:40] = 0.02
    settings = ColorMatch()
    clean, other = (color.measure(target, p, weight, settings)[0] for p in (patch, dirty))
    assert clean is not None
    assert other is not None
    np.testing.assert_allclose(clean.gain, other.gain)
    np.testing.assert_allclose(clean.target_mean, other.target_mean)


def test_too_little_skin_says_nothing() -> None:
    """An empty weight gives no gains, and the patch stays."""
    target = skin()
    assert color.measure(target, target + 0.1, EVERYWHERE * 0, ColorMatch()) == [None]
    assert color.apply(target, [None], ColorMatch()) is target


def test_tracker_steadies_and_begins_anew() -> None:
    """The gains move slowly inside a scene, at once across a cut; a gap repeats the last ones."""
    one, two = (color.ColorGains(np.full(3, v), np.zeros(3), np.full(3, v)) for v in (1.0, 2.0))
    out = color.ColorTracker(0.9).step([one, two, None, two], [0, 0, 0, 1])
    values = [None if g is None else float(g.gain[0]) for g in out]
    assert values == pytest.approx([1.0, 1.1, 1.1, 2.0])
    assert color.ColorTracker(0.9).step([None], [0]) == [None]
