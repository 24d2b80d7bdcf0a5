"""Skin detail: the target's finest band on skin, the patch untouched at the lips."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from match_cases import SIZE, chunk_of
from scipy import ndimage
from seamsync.blending.match.detail import away_from_lips, keep_detail

LIPS = (slice(48, 72), slice(60, 105))


def scene(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """A detailed target, a smooth patch of other colour, and skin with a hole for the lips."""
    rng = np.random.default_rng(seed)
    fine = 0.03 * rng.standard_normal((1, *SIZE)).repeat(3, 0)
    coarse = 0.1 * ndimage.gaussian_filter(rng.standard_normal((3, *SIZE)), (0, 8, 8))
    target = torch.from_numpy((0.5 + coarse + fine).astype(np.float32))[None]
    patch = torch.from_numpy((0.55 + coarse).astype(np.float32))[None]
    skin = torch.ones(1, 1, *SIZE)
    skin[(..., *LIPS)] = 0
    return target, patch, skin


def test_against_a_slow_reference() -> None:
    """Far from the lips, the luma residue of the target over a Gaussian takes the place of the patch's."""
    target, patch, _ = scene()
    out = keep_detail(target, patch, torch.ones_like(target[:, :1]), chunk_of(width=250.0), 1.0)
    weights = np.array([0.2126, 0.7152, 0.0722])
    missing = np.tensordot(weights, (target - patch)[0].double().numpy(), 1)
    band = missing - ndimage.gaussian_filter(missing, 2.0, mode="mirror", truncate=3.0)
    for channel in range(3):
        assert np.abs((out - patch)[0, channel].numpy() - band).max() < 1e-3


def test_lips_stay_the_patch() -> None:
    """Not a bit of the target's lips shows; detail comes within a tenth of a face width."""
    target, patch, skin = scene()
    out = keep_detail(target, patch, skin, chunk_of(), 1.0)
    lips = (..., *LIPS)
    assert torch.equal(out[lips], patch[lips])
    assert (out - patch)[..., :20].abs().mean() > 0.01


@pytest.mark.parametrize("width", [60.0, 200.0, 700.0])
def test_weight_rises_from_the_lips(width: float) -> None:
    """0 at the lips, never falling on the way out, 1 a tenth of a face width away."""
    _, _, skin = scene()
    weight = away_from_lips(skin, chunk_of(width=width))[0, 0]
    assert weight[LIPS].max() == 0
    beside = weight[60, 105:]
    assert (beside.diff() >= -1e-6).all()
    assert beside[int(0.03 * width)] < 0.7
    reach = int(0.1 * width)
    if reach < len(beside):
        assert beside[reach] > 0.97


def test_equal_pictures_constants_and_strength() -> None:
    """Nothing is added where nothing differs or a constant does; half the strength takes half; 0 is the patch itself."""
    target, patch, skin = scene()
    batch = chunk_of()
    assert torch.equal(keep_detail(target, target.clone(), skin, batch, 1.0), target)
    assert (keep_detail(target, target + 0.1, skin, batch, 1.0) - target - 0.1).abs().max() < 1e-6
    whole, half = (keep_detail(target, patch, skin, batch, strength) - patch for strength in (1.0, 0.5))
    torch.testing.assert_close(half, 0.5 * whole, atol=1e-7, rtol=1e-4)
    assert keep_detail(target, patch, skin, batch, 0.0) is patch


def test_batches_equal_single_frames() -> None:
    """Each frame by its own face width."""
    target, patch, skin = scene()
    both = chunk_of(count=2)
    both.face_width[:] = (200, 320)
    twice = [part.repeat(2, 1, 1, 1) for part in (target, patch, skin)]
    out = keep_detail(twice[0], twice[1], twice[2], both, 1.0)
    for row, width in enumerate((200, 320)):
        torch.testing.assert_close(out[row : row + 1], keep_detail(target, patch, skin, chunk_of(width=width), 1.0))
