"""Linear light."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from seamsync.blending.methods.alpha import AlphaBlend
from seamsync.blending.methods.linear_light import LinearLight, to_gamma, to_linear
from seamsync.blending.settings import SeamBlend
from skimage.color import rgb2xyz

NO_BATCH: Any = None  # a plain cross-fade asks nothing of it


def test_there_and_back() -> None:
    """Exact inverses, below 0 and above 1 too, and the standard's curve in between."""
    values = torch.linspace(-0.2, 1.2, 1001)
    assert (to_gamma(to_linear(values)) - values).abs().max() < 1e-5
    grey = torch.linspace(0, 1, 101).numpy()
    luminance = rgb2xyz(np.repeat(grey[None, :, None], 3, 2).astype(np.float64))[0, :, 1]
    np.testing.assert_allclose(to_linear(torch.from_numpy(grey)).numpy(), luminance, atol=1e-4)


def test_half_alpha_is_half_the_light() -> None:
    """Half black and half white is the grey that sends half the light; alpha 0 and 1 stay what they are."""
    black, white = torch.zeros(1, 3, 2, 3), torch.ones(1, 3, 2, 3)
    alpha = torch.tensor([0.0, 0.5, 1.0]).expand(1, 1, 2, 3)
    delta = LinearLight(AlphaBlend(SeamBlend()))(black, white, alpha, NO_BATCH).delta[0, 0, 0]
    assert delta[0] == 0
    torch.testing.assert_close(delta[1:], torch.tensor([1.055 * 0.5 ** (1 / 2.4) - 0.055, 1.0]), atol=1e-5, rtol=0)


def test_equal_pictures_stay() -> None:
    """No rounding of its own."""
    same = torch.rand(1, 3, 20, 20, generator=torch.Generator().manual_seed(0))
    alpha = torch.linspace(0, 1, 20).expand(1, 1, 20, 20)
    assert LinearLight(AlphaBlend(SeamBlend()))(same, same, alpha, NO_BATCH).delta.abs().max() < 1e-5
