"""Blend methods: how a masked patch and the target become one picture.

A method returns the *difference* to the target, exactly 0 where alpha is 0, so that the compositor can add it to the
stored planes and leave every other sample as it is. A new method is one function here (or in a file of its own) and
one entry in :data:`METHODS`.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from .settings import SeamBlend

#: (target, patch, alpha, settings) → difference to the target.
BlendMethod = Callable[[torch.Tensor, torch.Tensor, torch.Tensor, SeamBlend], torch.Tensor]


def alpha_blend(target: torch.Tensor, patch: torch.Tensor, alpha: torch.Tensor, settings: SeamBlend) -> torch.Tensor:
    """Plain cross-fade (Porter & Duff 1984, "over").

    Args:
        target, patch: float32 ``[B,3,H,W]``, gamma-coded RGB 0…1.
        alpha: float32 ``[B,1,H,W]``, 0…1.
        settings: not used by this method.

    Returns:
        ``alpha · (patch − target)``, float32 ``[B,3,H,W]``.
    """
    return (patch - target) * alpha


METHODS: dict[str, BlendMethod] = {"alpha": alpha_blend}
