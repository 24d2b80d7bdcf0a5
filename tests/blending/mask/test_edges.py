"""Edge-aware alpha keeps off lines, and only off lines."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from seam_cases import pictures, soft_disc
from seamsync.blending.mask.edges import lines, refine_alpha
from seamsync.blending.pixels.guided_filter import guided_alpha
from seamsync.blending.pixels.srgb import luma
from seamsync.blending.settings import EDGE_GUIDES, MouthMask

SIZE = (80, 90)
WIDTH = np.array([200.0], np.float32)


def with_a_line(contrast: float, noise: float = 0.0) -> torch.Tensor:
    """Grey skin with a dark vertical line at column 20, ``[1,3,H,W]``."""
    target = torch.full((1, 3, *SIZE), 0.5)
    target[..., 19:22] -= contrast
    return target + noise * torch.randn(1, 3, *SIZE, generator=torch.Generator().manual_seed(0))


def test_off_is_off() -> None:
    """Strength 0 gives alpha itself."""
    alpha = soft_disc(1, SIZE, 35, 20)
    assert refine_alpha(alpha, with_a_line(0.3), WIDTH, MouthMask()) is alpha


@pytest.mark.parametrize("strength", [0.3, 1.0])
def test_alpha_falls_on_a_line(strength: float) -> None:
    """In the soft edge the line shows through, more so with strength; away from it alpha stays."""
    alpha = soft_disc(1, SIZE, 35, 20)
    refined = refine_alpha(alpha, with_a_line(0.3), WIDTH, MouthMask(edge_aware=strength))
    row, beside = (slice(None), slice(None), 40), 20
    assert 0.3 < alpha[row][0, 0, beside] < 0.9
    assert refined[row][0, 0, beside] < (1 - 0.5 * strength) * alpha[row][0, 0, beside]
    assert torch.equal(refined[..., 60:], alpha[..., 60:])


def test_noise_is_no_line() -> None:
    """Grain alone moves alpha by a few percent at most."""
    alpha = soft_disc(1, SIZE, 35, 20)
    refined = refine_alpha(alpha, with_a_line(0.0, noise=0.01), WIDTH, MouthMask(edge_aware=1.0))
    assert (alpha - refined).max() < 0.1


def test_lines_are_measured_by_the_soft_edge() -> None:
    """A strong line is nearly 1, skin is 0; a far stronger one in the core changes neither."""
    shape = soft_disc(1, SIZE, 35, 20)
    found = lines(luma(with_a_line(0.3)), shape, WIDTH)
    assert found[..., 20].max() > 0.9
    assert found[..., 60:].max() < 1e-4
    strong = with_a_line(0.3)
    strong[..., 38:42, 44:47] -= 0.5
    np.testing.assert_allclose(lines(luma(strong), shape, WIDTH)[..., :30], found[..., :30], atol=0.02)


def test_guided_filter_is_the_other_guide() -> None:
    """Half strength is half way to the guided filter's alpha."""
    alpha, target = soft_disc(1, SIZE, 35, 20), with_a_line(0.3)
    refined = refine_alpha(alpha, target, WIDTH, MouthMask(edge_aware=0.5, edge_guide="guided_filter"))
    expected = (alpha + guided_alpha(luma(target), alpha, np.array([6.0]), 1e-3)) / 2
    np.testing.assert_allclose(refined, expected, atol=1e-6)
    assert (refined - alpha).abs().max() > 0.02


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 20),
    st.integers(1, 20),
    st.floats(0.05, 1),
    st.floats(0.01, 1),
    st.sampled_from(EDGE_GUIDES),
    st.integers(0, 99),
)
def test_ends_hold(height: int, width: int, peak: float, strength: float, guide: str, seed: int) -> None:
    """Any mask and picture: alpha's support and peak stay, nothing leaves 0…peak, nothing is not a number."""
    rng = np.random.default_rng(seed)
    alpha = torch.from_numpy(rng.random((1, 1, height, width), np.float32) * 2 - 0.5).clamp(0, 1) * peak
    target = pictures(1, (height, width), seed, sigma=0.5)
    refined = refine_alpha(alpha, target, np.array([90.0], np.float32), MouthMask(edge_aware=strength, edge_guide=guide))
    assert torch.isfinite(refined).all()
    assert ((refined >= 0) & (refined <= alpha.max())).all()
    assert (refined[alpha == 0] == 0).all()
    assert torch.equal(refined[alpha == alpha.max()], alpha[alpha == alpha.max()])


def test_mirrored_input_gives_the_mirrored_alpha() -> None:
    """Left and right are the same to it."""
    alpha, target = soft_disc(1, SIZE, 30, 20, shift=6.0), pictures(1, SIZE, 3)
    wanted = MouthMask(edge_aware=1.0)
    mirrored = refine_alpha(alpha.flip(-1), target.flip(-1), WIDTH, wanted).flip(-1)
    np.testing.assert_allclose(mirrored, refine_alpha(alpha, target, WIDTH, wanted), atol=1e-5)
