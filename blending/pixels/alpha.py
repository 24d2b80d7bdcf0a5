"""Prepare alpha for a blend: normalise it, and find the box of its support."""

from __future__ import annotations

import torch


def normalised(alpha: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return alpha scaled to 0…1, and its peak, so that an opacity or a fade is not taken for a soft edge.

    Args:
        alpha: float32 ``[B,1,H,W]``, 0…1.

    Returns:
        ``alpha / peak``, same shape, and the peak ``[B,1,1,1]``; of an empty mask 0 and a number just above 0.
        A peak of 1 leaves alpha as it is to the bit.
    """
    peak = alpha.amax((1, 2, 3), keepdim=True).clamp(min=torch.finfo(alpha.dtype).tiny)
    return alpha / peak, peak


def support_box(shape: torch.Tensor) -> tuple[int, int, int, int]:
    """Return left, top, right, bottom of alpha's support with a pixel around it, over all frames; a pixel where there is none.

    Args:
        shape: ``[B,1,H,W]``.
    """
    sides = []
    for across in (2, 3):  # the largest of each column and row: comparing every pixel costs several times as much
        line = shape.amax((0, 1, across))
        places = (line > 0).nonzero().flatten().tolist() or [0]
        sides.append((max(places[0] - 1, 0), min(places[-1] + 2, len(line))))
    (left, right), (top, bottom) = sides
    return left, top, right, bottom
