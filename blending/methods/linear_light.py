"""Mixing in linear light: stored values are gamma-coded, light adds up linearly."""

from __future__ import annotations

import torch

from ..frame_batch import FrameBatch
from ..pixels.srgb import to_gamma, to_linear
from .registry import Blender, BlendResult


class LinearLight:
    """A blend method that works on linear light (IEC 61966-2-1), whatever it is.

    A soft edge between a bright and a dark picture then looks as wide on either side, as defocus does in a lens.
    """

    def __init__(self, blender: Blender) -> None:
        self._blender = blender

    def __call__(self, target: torch.Tensor, patch: torch.Tensor, alpha: torch.Tensor, batch: FrameBatch) -> BlendResult:
        """See :class:`~.registry.Blender`; target and patch come and go gamma-coded."""
        linear = to_linear(target)
        blended = self._blender(linear, to_linear(patch), alpha, batch)
        delta = to_gamma(linear + blended.delta) - target
        return BlendResult(torch.where(alpha > 0, delta, torch.zeros_like(delta)), blended.columns)
