"""Apply the guided filter (He et al. 2010), and refine alpha by it."""

from __future__ import annotations

import numpy as np
import torch

from .alpha import normalised
from .stencils import box_mean

#: How much faster than alpha itself a refined alpha may leave 0 and reach 1.
_SLOPE = 3.0


def guided_alpha(guide: torch.Tensor, alpha: torch.Tensor, radius: np.ndarray, epsilon: float) -> torch.Tensor:
    """Move alpha's soft edge along the guide's lines. 0 stays 0 and the peak stays the peak, exactly.

    Args:
        guide: float32 ``[B,1,H,W]``, 0…1.
        alpha: float32 ``[B,1,H,W]``, 0…1.
        radius: ``[B]``, pixels.
        epsilon: of :func:`guided_filter`.

    Returns:
        float32 ``[B,1,H,W]``, 0…1, as continuous as alpha.
    """
    shape, peak = normalised(alpha)
    return keep_ends(guided_filter(guide, shape, radius, epsilon), shape).mul_(peak)


def guided_filter(guide: torch.Tensor, source: torch.Tensor, radius: int | np.ndarray, epsilon: float) -> torch.Tensor:
    """Apply the guided filter by box means, at the same cost for any radius.

    Args:
        guide: float32 ``[B,1,H,W]``, 0…1.
        source: float32 ``[B,1,H,W]``, what is filtered.
        radius: pixels, one or ``[B]``, rounded, at least 1; the filter reaches twice as far.
        epsilon: variance of the guide below which a window counts as flat, above 0.

    Returns:
        float32 ``[B,1,H,W]``.
    """
    whole = np.maximum(np.rint(radius), 1).astype(np.int64)
    means = box_mean(torch.cat([guide, source, guide * guide, guide * source], 1), whole)
    mean, of_source, square, product = means.split(1, dim=1)
    slope = (product - mean * of_source) / (square - mean * mean + epsilon)
    line = torch.cat([slope, of_source - slope * mean], 1)
    slope, offset = box_mean(line, whole).split(1, dim=1)
    return slope * guide + offset


def keep_ends(refined: torch.Tensor, shape: torch.Tensor) -> torch.Tensor:
    """Keep a refined alpha between lines from the old one's ends: 0 stays 0, 1 stays 1, and no step appears at either.

    Args:
        refined, shape: ``[B,1,H,W]``, the second 0…1.

    Returns:
        ``[B,1,H,W]``, 0…1.
    """
    low, high = 1 - _SLOPE * (1 - shape), _SLOPE * shape
    return torch.minimum(torch.maximum(refined, low), high).clamp_(0, 1)
