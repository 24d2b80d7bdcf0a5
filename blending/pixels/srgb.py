"""Apply the transfer function of sRGB, and compute luma.

Sources: IEC 61966-2-1 (sRGB), ITU-R BT.709-6 (weights of luma).
"""

from __future__ import annotations

import torch

#: Weights of red, green and blue in BT.709 luma.
LUMA = (0.2126, 0.7152, 0.0722)


def luma(rgb: torch.Tensor) -> torch.Tensor:
    """Return BT.709 luma, float ``[B,1,H,W]``, of gamma-coded RGB ``[B,3,H,W]``; luma itself ``[B,1,H,W]`` is returned."""
    if rgb.shape[1] == 1:
        return rgb
    red, green, blue = rgb.split(1, 1)
    return (red * LUMA[0]).add_(green, alpha=LUMA[1]).add_(blue, alpha=LUMA[2])


def to_linear(rgb: torch.Tensor) -> torch.Tensor:
    """Return linear light of gamma-coded sRGB of any shape; values below 0 are mirrored, as in scRGB."""
    size = rgb.abs()
    return torch.where(size <= 0.04045, size / 12.92, ((size + 0.055) / 1.055) ** 2.4).copysign(rgb)


def to_gamma(light: torch.Tensor) -> torch.Tensor:
    """Return gamma-coded sRGB of linear light: the inverse of :func:`to_linear`."""
    size = light.abs()
    return torch.where(size <= 0.0031308, size * 12.92, 1.055 * size.clamp(min=1e-9) ** (1 / 2.4) - 0.055).copysign(light)
