"""Mix in linear light: stored values are gamma-coded, light adds linearly."""

from __future__ import annotations

import torch

from ..frame_batch import FrameBatch
from ..pixels.srgb import to_gamma, to_linear
from .result import Blender, BlendResult


class LinearLight:
    """Run any blend method on linear light (IEC 61966-2-1).

    A soft edge between a bright and a dark picture then looks as wide on either side, as defocus does in a lens.
    """

    def __init__(self, blender: Blender) -> None:
        self._blender = blender

    def __call__(self, target: torch.Tensor, patch: torch.Tensor, alpha: torch.Tensor, batch: FrameBatch) -> BlendResult:
        """Blend as :class:`~.registry.Blender`; target, patch and result are gamma-coded."""
        linear = to_linear(target)
        blended = self._blender(linear, to_linear(patch), alpha, batch)
        delta = to_gamma(linear + blended.delta) - target
        return BlendResult(torch.where(alpha > 0, delta, torch.zeros_like(delta)), blended.columns)
