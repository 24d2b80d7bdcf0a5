"""Guided filter and the blend that uses it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from seam_cases import chunk_of, pictures, soft_disc
from seamsync.blending.methods.guided import GuidedBlend
from seamsync.blending.pixels.guided_filter import guided_alpha, guided_filter, keep_ends
from seamsync.blending.pixels.srgb import luma
from seamsync.blending.settings import SeamBlend

SIZE = (33, 41)


def by_windows(guide: np.ndarray, source: np.ndarray, radius: int, epsilon: float) -> np.ndarray:
    """The paper's equations 4 to 6 in float64: a line fitted in every window, then the mean of the lines."""

    def _windows(image: np.ndarray) -> np.ndarray:
        padded = np.pad(image, radius, mode="reflect")
        return np.lib.stride_tricks.sliding_window_view(padded, (2 * radius + 1, 2 * radius + 1)).reshape(*image.shape, -1)

    g, s = _windows(guide), _windows(source)
    slope = ((g * s).mean(-1) - g.mean(-1) * s.mean(-1)) / (g.var(-1) + epsilon)
    offset = s.mean(-1) - slope * g.mean(-1)
    return _windows(slope).mean(-1) * guide + _windows(offset).mean(-1)


@pytest.mark.parametrize("radius", [1, 3, 8])
@pytest.mark.parametrize("epsilon", [1e-4, 0.05])
def test_filter_matches_the_paper(radius: int, epsilon: float) -> None:
    """Equal to a slow fit in every window."""
    guide, source = pictures(1, SIZE)[:, :1], soft_disc(1, SIZE, 14, 6)
    expected = by_windows(guide[0, 0].double().numpy(), source[0, 0].double().numpy(), radius, epsilon)
    np.testing.assert_allclose(guided_filter(guide, source, radius, epsilon)[0, 0], expected, atol=1e-4)


def test_each_frame_by_its_own_radius() -> None:
    """A batch gives what single frames give."""
    guide, source = pictures(2, SIZE)[:, :1], soft_disc(2, SIZE, 14, 6)
    together = guided_filter(guide, source, np.array([2.2, 5.6]), 1e-3)
    for i, radius in enumerate((2, 6)):
        assert torch.equal(together[i : i + 1], guided_filter(guide[i : i + 1], source[i : i + 1], radius, 1e-3))


def test_a_flat_guide_gives_box_means() -> None:
    """Without lines it is two box means, one after the other."""
    source = soft_disc(1, SIZE, 14, 6)
    expected = ndimage.uniform_filter(ndimage.uniform_filter(source[0, 0].double().numpy(), 7, mode="mirror"), 7, mode="mirror")
    result = guided_filter(torch.full((1, 1, *SIZE), 0.5), source, 3, 1e-3)
    np.testing.assert_allclose(result[0, 0], expected, atol=1e-5)


def test_alpha_steps_where_the_guide_does() -> None:
    """A line of the target inside the soft edge becomes alpha's steepest place."""
    guide = torch.zeros(1, 1, 20, 60)
    guide[..., 33:] = 1
    ramp = torch.linspace(-0.5, 1.5, 60).clamp(0, 1).expand(1, 1, 20, 60)
    refined = guided_alpha(guide, ramp, np.array([8.0]), 1e-3)[0, 0, 10]
    assert refined.diff().argmax() == 32
    assert refined.diff().max() > 3 * ramp.diff().max()


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 14), st.integers(1, 14), st.floats(0.05, 1), st.floats(0, 30), st.integers(0, 2**16))
def test_ends_hold(height: int, width: int, peak: float, radius: float, seed: int) -> None:
    """Support never grows, the peak stays the peak, all in 0…1, whatever the picture and the radius."""
    rng = np.random.default_rng(seed)
    alpha = torch.from_numpy(rng.random((1, 1, height, width), np.float32) * 2 - 0.5).clamp(0, 1) * peak
    guide = torch.from_numpy(rng.random((1, 1, height, width), np.float32))
    refined = guided_alpha(guide, alpha, np.array([radius]), 1e-3)
    assert torch.isfinite(refined).all()
    assert ((refined >= 0) & (refined <= alpha.max())).all()
    assert (refined[alpha == 0] == 0).all()
    assert torch.equal(refined[alpha == alpha.max()], alpha[alpha == alpha.max()])


def test_ends_are_held_without_a_step() -> None:
    """Just inside the ends the refined alpha may be no further off than alpha is, times a little."""
    shape = torch.linspace(0, 1, 1001)[None, None, None]
    wild = keep_ends(torch.where(shape < 0.5, 1.0, 0.0), shape)[0, 0, 0]
    assert wild.diff().abs()[[0, 1, -2, -1]].max() < 0.004


def test_blend_is_a_cross_fade_with_that_alpha() -> None:
    """The whole method, from its parts."""
    target, patch, alpha = pictures(1, SIZE), pictures(1, SIZE, 1), 0.7 * soft_disc(1, SIZE, 14, 6)
    delta = GuidedBlend(SeamBlend(method="guided", guided_radius=0.1))(target, patch, alpha, chunk_of(1, SIZE)).delta
    refined = guided_alpha(luma(target), alpha, np.array([4.1]), 1e-3)
    assert torch.equal(delta, (patch - target) * refined)
    assert (delta - (patch - target) * alpha).abs().max() > 0.01
