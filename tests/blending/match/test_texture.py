"""Sharpness of the patch comes to the target's within its clamp; equal pictures, noise and mirrors change nothing."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage
from seam_cases import chunk_of
from seamsync.blending.match.texture import TextureMatch
from seamsync.blending.settings import ColorMatch

SIZE = (120, 140)
SKIN = torch.ones(1, 1, *SIZE)
BOTH = ColorMatch(sharpness=1.0, grain=1.0)
SHARP = ColorMatch(sharpness=1.0, grain=0.0)


def skin(sigma: float = 1.2, contrast: float = 0.06, seed: int = 0) -> torch.Tensor:
    """Skin with pores of size ``sigma``, ``[1,3,H,W]``."""
    pores = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=SIZE), sigma)
    pores = (pores * contrast / pores.std()).astype(np.float32)
    return torch.tensor([0.7, 0.5, 0.4])[None, :, None, None] + torch.from_numpy(pores)


def blurred(picture: torch.Tensor, sigma: float) -> torch.Tensor:
    """Softer by ``sigma`` pixels."""
    return torch.from_numpy(ndimage.gaussian_filter(picture.numpy(), (0, 0, sigma, sigma)))


def sharpness(picture: torch.Tensor) -> float:
    """Laplacian energy of luma, away from the border."""
    luma = np.tensordot([0.2126, 0.7152, 0.0722], picture[0].double().numpy(), 1)
    return float((ndimage.laplace(luma)[8:-8, 8:-8] ** 2).mean())


@pytest.mark.parametrize("strengths", [(1.0, 0.0), (0.0, 1.0), (1.0, 1.0)])
def test_equal_pictures_stay(strengths: tuple[float, float]) -> None:
    """A patch that equals the target is not touched, noisy or not."""
    match = TextureMatch(ColorMatch(sharpness=strengths[0], grain=strengths[1]), 0.9)
    noise = torch.from_numpy(np.random.default_rng(1).normal(0, 0.02, (1, 1, *SIZE)).astype(np.float32))
    for picture in (skin(), skin() + noise):
        assert (match(picture, picture, SKIN, chunk_of(1, SIZE)) - picture).abs().max() < 1e-5


def test_without_strength_nothing_happens() -> None:
    """The very same tensor comes back."""
    patch = blurred(skin(), 1.0)
    assert TextureMatch(ColorMatch(sharpness=0.0, grain=0.0), 0.9)(skin(), patch, SKIN, chunk_of(1, SIZE)) is patch


@pytest.mark.parametrize("sigma", [0.7, 1.0, 1.2])
def test_a_soft_patch_becomes_as_sharp_as_the_target(sigma: float) -> None:
    """The Laplacian's energy comes back to 0.8…1.25 of the target's, though the patch shows other pores."""
    target, patch = skin(2.0), blurred(skin(2.0, seed=5), sigma)
    assert sharpness(patch) / sharpness(target) < 0.75
    result = TextureMatch(SHARP, 0.9)(target, patch, SKIN, chunk_of(1, SIZE))
    assert 0.8 < sharpness(result) / sharpness(target) < 1.25


def test_a_patch_too_sharp_becomes_softer() -> None:
    """As far as the clamp goes."""
    target, patch = blurred(skin(2.0), 0.7), skin(2.0, seed=5)
    result = TextureMatch(SHARP, 0.9)(target, patch, SKIN, chunk_of(1, SIZE))
    assert 0.8 < sharpness(result) / sharpness(target) < 1.25 < sharpness(patch) / sharpness(target)


def test_detail_is_never_amplified_wildly() -> None:
    """No band becomes more than 2.5 times as strong, and no pixel moves further than the limit."""
    target, patch = skin(0.8, 0.1), blurred(skin(0.8, 0.1, seed=5), 2.5)
    patch[..., 60:] += 0.3  # an edge
    result = TextureMatch(SHARP, 0.9)(target, patch, SKIN, chunk_of(1, SIZE))
    assert (result - patch).abs().max() <= 0.06
    assert sharpness(result) <= 2.5**2 * sharpness(patch)


def test_noise_of_the_target_is_not_taken_for_sharpness() -> None:
    """A noisy but equally sharp target leaves the patch's detail nearly as it is, a less loud but sharper one does not."""
    patch = skin(3.0, seed=5)
    noise = torch.from_numpy(np.random.default_rng(1).normal(0, 0.02, (1, 1, *SIZE)).astype(np.float32))
    result = {}
    for name, target in (("noisy", skin(3.0) + noise), ("sharp", skin(1.5))):
        made = TextureMatch(SHARP, 0.9)(target, patch, SKIN, chunk_of(1, SIZE))
        result[name] = sharpness(made) / sharpness(patch)
    assert sharpness(skin(3.0) + noise) > sharpness(skin(1.5))
    assert result["noisy"] < 1.5
    assert result["sharp"] > 2


def test_strength_goes_part_of_the_way() -> None:
    """Half the strength lies between nothing and all of it."""
    target, patch = skin(2.0), blurred(skin(2.0, seed=5), 1.0)
    half = TextureMatch(ColorMatch(sharpness=0.5, grain=0.0), 0.9)(target, patch, SKIN, chunk_of(1, SIZE))
    full = TextureMatch(SHARP, 0.9)(target, patch, SKIN, chunk_of(1, SIZE))
    assert sharpness(patch) * 1.1 < sharpness(half) < sharpness(full) / 1.1


@pytest.mark.parametrize("width", [140, 141])
def test_mirrored_input_mirrored_output(width: int) -> None:
    """Sharpness has no preferred side."""
    target, patch = (p[..., :width] for p in (torch.cat([skin(2.0), skin(2.0, seed=1)], -1), torch.cat([skin(3.0)] * 2, -1)))
    weight = torch.linspace(0, 1, width).expand(1, 1, SIZE[0], width).contiguous()
    batch = chunk_of(1, (SIZE[0], width))
    plain = TextureMatch(SHARP, 0.9)(target, patch.contiguous(), weight, batch)
    flipped = TextureMatch(SHARP, 0.9)(target.flip(-1), patch.flip(-1), weight.flip(-1), batch)
    assert (flipped.flip(-1) - plain).abs().max() < 1e-3


def test_gains_are_steady_in_a_scene_and_new_at_a_cut() -> None:
    """A frame whose target turns soft changes little at once; after a cut the same frame has its own gains."""
    soft, sharp, patch = blurred(skin(2.0), 1.0), skin(2.0), blurred(skin(2.0, seed=5), 1.0)
    targets = torch.cat([soft, sharp])
    two = {}
    for name, scene in (("same", [0, 0]), ("cut", [0, 1])):
        batch = chunk_of(2, SIZE, scene=np.array(scene, np.int32))
        two[name] = TextureMatch(SHARP, 0.9)(targets, patch.expand(2, -1, -1, -1), SKIN.expand(2, -1, -1, -1), batch)[1:]
    alone = TextureMatch(SHARP, 0.9)(sharp, patch, SKIN, chunk_of(1, SIZE))
    assert torch.equal(two["cut"], alone)
    assert sharpness(two["same"]) < 0.5 * (sharpness(alone) + sharpness(patch))


def test_frames_in_one_batch_or_one_by_one() -> None:
    """The average over time does not know how frames are batched."""
    target = torch.cat([skin(2.0, seed=k) for k in range(3)])
    patch = torch.cat([blurred(skin(2.0, seed=k + 9), 0.5 + 0.3 * k) for k in range(3)])
    together = TextureMatch(BOTH, 0.8)(target, patch, SKIN.expand(3, -1, -1, -1), chunk_of(3, SIZE))
    match = TextureMatch(BOTH, 0.8)
    for k in range(3):
        batch = chunk_of(1, SIZE, indices=np.array([k]), fresh=np.array([k == 0]))
        alone = match(target[k : k + 1], patch[k : k + 1], SKIN, batch)
        assert (alone[0] - together[k]).abs().max() < 1e-5


def test_too_little_skin_keeps_the_last_gains() -> None:
    """Nothing is NaN for an empty mask or a tiny ROI; the first frame without skin stays, a later one goes on as before."""
    patch = blurred(skin(2.0, seed=5), 1.0)
    match = TextureMatch(SHARP, 0.9)
    assert torch.equal(match(skin(2.0), patch, SKIN * 0, chunk_of(1, SIZE)), patch)
    known = match(skin(2.0), patch, SKIN, chunk_of(1, SIZE))
    assert torch.equal(match(skin(2.0), patch, SKIN * 0, chunk_of(1, SIZE)), known)
    for height, width in ((1, 1), (3, 7), (9, 20)):
        small = patch[..., :height, :width].contiguous()
        result = TextureMatch(BOTH, 0.9)(small, small, SKIN[..., :height, :width], chunk_of(1, (height, width)))
        assert torch.isfinite(result).all()
