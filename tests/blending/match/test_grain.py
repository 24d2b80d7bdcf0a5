"""Grain: noise is measured apart from edges, what is missing is added, the same in every run."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage
from seam_cases import chunk_of
from seamsync.blending.match.grain import ROUNDING, Grain, noise_levels, white_noise
from seamsync.blending.match.texture import TextureMatch
from seamsync.blending.settings import ColorMatch

SIZE = (160, 192)
SKIN = torch.ones(1, 1, *SIZE)
CPU = torch.device("cpu")


def noise(deviation: float, sigma: float = 0.0, seed: int = 0) -> torch.Tensor:
    """White noise, or coarser by a blur, of that deviation: ``[1,1,H,W]``."""
    field = np.random.default_rng(seed).normal(size=SIZE)
    field = ndimage.gaussian_filter(field, sigma, mode="wrap") if sigma else field
    return torch.from_numpy((field * deviation / field.std()).astype(np.float32))[None, None]


def face() -> torch.Tensor:
    """Smooth shading with a few hard edges, luma ``[1,1,H,W]``."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    picture = 0.5 + 0.1 * np.sin(x / 40) + 0.1 * (np.hypot(x - 90, y - 80) < 30) - 0.2 * (abs(y - 120) < 2)
    return torch.from_numpy(picture.astype(np.float32))[None, None]


@pytest.mark.parametrize("deviation", [0.004, 0.01, 0.03])
def test_white_noise_is_measured_apart_from_edges(deviation: float) -> None:
    """Both levels tell its variance, over flat and over edged pictures; without noise there is next to none."""
    for picture in (face() * 0 + 0.5, face()):
        levels = noise_levels(picture + noise(deviation), SKIN)[0].sqrt()
        assert levels.tolist() == pytest.approx([deviation, deviation], rel=0.2)
    assert noise_levels(face(), SKIN).max() < 0.002**2


def test_white_noise_is_told_from_texture() -> None:
    """White noise counts in full, texture that falls off towards the finest detail not at all."""
    assert white_noise(noise_levels(0.5 + noise(0.02), SKIN))[0] == pytest.approx(0.02**2, rel=0.3)
    assert white_noise(noise_levels(0.5 + noise(0.02, 1.2), SKIN))[0] < 0.1 * 0.02**2


def test_only_skin_is_measured() -> None:
    """Noise elsewhere does not count."""
    weight = SKIN.clone()
    weight[..., 96:] = 0
    picture = face() + torch.where(weight > 0, noise(0.01), noise(0.1))
    assert noise_levels(picture, weight)[0, 0].sqrt() == pytest.approx(0.01, rel=0.2)
    assert noise_levels(picture, SKIN * 0).isnan().all()


@pytest.mark.parametrize("sigma", [0.0, 0.6, 1.0])
@pytest.mark.parametrize("deviation", [0.01, 0.025])
def test_a_clean_patch_gets_the_targets_grain(deviation: float, sigma: float) -> None:
    """As strong and as coarse as the target's, whether its noise is white or blurred."""
    target, patch = (0.5 + noise(deviation, sigma)).expand(1, 3, *SIZE), torch.full((1, 3, *SIZE), 0.5)
    result = TextureMatch(ColorMatch(sharpness=0.0, grain=1.0), 0.9)(target, patch, SKIN, chunk_of(1, SIZE))
    levels = [noise_levels(picture[:, :1], SKIN)[0].sqrt().numpy() for picture in (target, result)]
    np.testing.assert_allclose(levels[1], levels[0], rtol=0.15, atol=0.0015)
    assert result.std() == pytest.approx(float(target.std()), rel=0.35)
    assert torch.equal(result[:, 0], result[:, 2])  # luma only


def test_what_the_patch_has_is_not_added_again() -> None:
    """A patch with part of the noise gets the rest, one with more gets none."""
    match = TextureMatch(ColorMatch(sharpness=0.0, grain=1.0), 0.9)
    target = (0.5 + noise(0.02)).expand(1, 3, *SIZE)
    half = (0.5 + noise(0.012, seed=1)).expand(1, 3, *SIZE)
    assert match(target, half, SKIN, chunk_of(1, SIZE)).std() == pytest.approx(0.02, rel=0.15)
    loud = (0.5 + noise(0.03, seed=1)).expand(1, 3, *SIZE)
    assert torch.equal(TextureMatch(ColorMatch(sharpness=0.0, grain=1.0), 0.9)(target, loud, SKIN, chunk_of(1, SIZE)), loud)


def test_rounding_is_no_grain() -> None:
    """A smooth target stored in 8 bits asks for no noise: rounding comes back by itself."""
    smooth = torch.linspace(0.3, 0.6, SIZE[1]).expand(1, 1, *SIZE) + face() * 0.1
    target = ((smooth * 219).round() / 219).expand(1, 3, *SIZE)
    result = TextureMatch(ColorMatch(sharpness=0.0, grain=1.0), 0.9)(
        target, smooth.expand(1, 3, *SIZE), SKIN, chunk_of(1, SIZE)
    )
    assert (result - smooth).std() < 0.25 * ROUNDING**0.5


def test_noise_is_the_same_in_every_run_and_new_in_every_frame() -> None:
    """The frame's index alone decides."""
    amplitudes = torch.full((2, 2), 0.01)
    one, two = (Grain(CPU).noise(amplitudes, chunk_of(2, SIZE, indices=np.array([5, 6]))) for _ in range(2))
    assert torch.equal(one, two)
    assert abs(np.corrcoef(one[0].flatten(), one[1].flatten())[0, 1]) < 0.05


def test_noise_lies_on_the_frame() -> None:
    """Another ROI of the same frame shows the same noise, also past the tile's end."""
    grain, amplitudes = Grain(CPU), torch.full((1, 2), 0.01)
    whole = grain.noise(amplitudes, chunk_of(1, (700, 600)))
    part = grain.noise(amplitudes, chunk_of(1, (50, 40), origin=np.array([[530.0, 620.0]])))
    assert torch.equal(part, whole[..., 620:670, 530:570])


def test_amplitudes_are_within_reason() -> None:
    """Nothing missing, or less than nothing, gives none; a huge variance is clamped."""
    grain = Grain(CPU)
    assert (grain.amplitudes(torch.tensor([[0.0, 0.0], [-1.0, -0.5]])) == 0).all()
    assert (grain.amplitudes(torch.tensor([[9.0, 9.0]])) <= 24 / 255).all()
