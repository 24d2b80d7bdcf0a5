"""Shading match: light is evened out, detail stays, lips have no say."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from match_cases import SIZE, chunk_of
from scipy import ndimage
from seamsync.blending.match.shading import match_shading
from seamsync.blending.settings import ColorMatch

FULL = ColorMatch(shading=1.0, shading_scale=0.08)


def pictures(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """A target, and fine detail that only the patch has, ``[1,3,h,w]`` each."""
    rng = np.random.default_rng(seed)
    target = 0.5 + 0.1 * ndimage.gaussian_filter(rng.standard_normal((3, *SIZE)), (0, 6, 6))
    noise = 0.02 * rng.standard_normal((3, *SIZE))
    detail = noise - ndimage.gaussian_filter(noise, (0, 3, 3))
    return (torch.from_numpy(part.astype(np.float32))[None] for part in (target, detail))  # type: ignore[return-value]


def light() -> torch.Tensor:
    """From dark on the left to bright on the right, a little redder: ``[1,3,h,w]``."""
    across = torch.linspace(-0.06, 0.06, SIZE[1]).expand(*SIZE)
    return torch.stack([1.2 * across, across, 0.9 * across])[None]


def test_light_from_one_side_is_evened_out() -> None:
    """What varies slowly goes, what varies fast stays."""
    target, detail = pictures()
    out = match_shading(target, target + detail + light(), torch.ones_like(target[:, :1]), chunk_of(), FULL)
    left = out - target - detail
    inner = left[..., 20:-20, 20:-20]
    assert inner.abs().max() < 0.2 * light()[..., 20:-20, 20:-20].abs().max()


def test_against_a_slow_reference() -> None:
    """The field is the normalised Gaussian mean of the difference on skin."""
    target, _ = pictures()
    patch = target + light() + 0.05 * torch.sin(torch.arange(SIZE[1]) / 25.0)
    skin = torch.zeros(1, 1, *SIZE)
    skin[..., 20:100, 15:150] = 1
    out = match_shading(target, patch, skin, chunk_of(), FULL)
    weight = skin[0, 0].double().numpy()
    for band in range(3):
        difference = (patch - target)[0, band].double().numpy() * weight
        sums = [ndimage.gaussian_filter(part, 16, mode="constant", truncate=4) for part in (difference, weight)]
        field = (sums[0] + 0.01 * difference.sum() / weight.sum()) / (sums[1] + 0.01)
        assert np.abs((patch - out)[0, band].numpy() - field).max() < 0.002


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
def test_a_constant_goes_and_equal_pictures_stay(scale: float) -> None:
    """The whole of it, to the ROI's border; nothing is added where nothing differs."""
    target, _ = pictures()
    skin = torch.ones_like(target[:, :1])
    batch = chunk_of(scale)
    assert (match_shading(target, target + 0.05, skin, batch, FULL) - target).abs().max() < 1e-5
    assert (match_shading(target, target.clone(), skin, batch, FULL) - target).abs().max() == 0


def test_lips_have_no_say_and_no_skin_no_effect() -> None:
    """A difference where the weight is 0 changes nothing; without skin the patch stays as it is."""
    target, detail = pictures()
    skin = torch.ones_like(target[:, :1])
    skin[..., 40:80, 50:110] = 0
    patch = target + detail
    painted = patch + 0.3 * (1 - skin)
    fields = [p - match_shading(target, p, skin, chunk_of(), FULL) for p in (patch, painted)]
    torch.testing.assert_close(fields[0], fields[1], atol=1e-6, rtol=0)
    torch.testing.assert_close(match_shading(target, painted, skin * 0, chunk_of(), FULL), painted)


def test_strength_and_mirror() -> None:
    """Half the strength takes half; a mirrored picture gives the mirrored result."""
    target, detail = pictures()
    patch, skin = target + detail + light(), torch.ones_like(target[:, :1])
    whole, half = (
        patch - match_shading(target, patch, skin, chunk_of(), ColorMatch(shading=s, shading_scale=0.08)) for s in (1.0, 0.5)
    )
    torch.testing.assert_close(half, 0.5 * whole)
    mirrored = match_shading(target.flip(-1), patch.flip(-1), skin, chunk_of(), FULL).flip(-1)
    assert (mirrored - match_shading(target, patch, skin, chunk_of(), FULL)).abs().max() < 0.5 / 255


def test_gross_differences_are_no_shading() -> None:
    """A black hand darkens the skin beside it by no more than a limited difference would."""
    target, _ = pictures()
    patch, skin = target.clone(), torch.ones_like(target[:, :1])
    covered = target.clone()
    covered[..., :30] = 0
    field = patch - match_shading(covered, patch, skin, chunk_of(), FULL)
    assert field.abs().max() <= 0.12 + 1e-6
    assert field[..., 100:].abs().max() < 0.005


def test_batches_equal_single_frames() -> None:
    """Each frame by its own face width."""
    target, detail = pictures()
    patch, skin = target + detail + light(), torch.ones_like(target[:, :1])
    both = chunk_of(count=2)
    both.face_width[:] = (200, 90)
    twice = [part.repeat(2, 1, 1, 1) for part in (target, patch, skin)]
    out = match_shading(twice[0], twice[1], twice[2], both, FULL)
    for row, width in enumerate((200, 90)):
        torch.testing.assert_close(out[row : row + 1], match_shading(target, patch, skin, chunk_of(width=width), FULL))
