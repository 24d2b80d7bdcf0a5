"""The transfer function of sRGB and luma, against the standards' formulas number by number."""

from __future__ import annotations

import pytest
import torch
from seamsync.blending.pixels.srgb import luma, to_gamma, to_linear


def _linear(value: float) -> float:
    """IEC 61966-2-1 for one value."""
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


@pytest.mark.parametrize("value", [0.0, 0.001, 0.04, 0.05, 0.2, 0.5, 0.735, 1.0, 1.2])
def test_to_linear(value: float) -> None:
    """Both parts of the curve, and mirrored below 0; 0.735 is half the light of white."""
    light = to_linear(torch.tensor([value, -value], dtype=torch.float64))
    assert light.tolist() == pytest.approx([_linear(value), -_linear(value)], abs=1e-12)
    assert to_gamma(light).tolist() == pytest.approx([value, -value], abs=1e-8)


def test_half_the_light() -> None:
    """Middle grey of light is 188 of 255."""
    assert round(255 * to_gamma(torch.tensor(0.5)).item()) == 188


def test_luma() -> None:
    """BT.709 weights; white is 1; the shape keeps its channel axis."""
    colours = torch.eye(3).T.reshape(1, 3, 1, 3)
    assert luma(colours).tolist() == [[[pytest.approx([0.2126, 0.7152, 0.0722])]]]
    assert luma(torch.ones(2, 3, 4, 5)).shape == (2, 1, 4, 5)
    torch.testing.assert_close(luma(torch.ones(2, 3, 4, 5)), torch.ones(2, 1, 4, 5))
