"""Cross-fade by alpha."""

from __future__ import annotations

import torch

from ..frame_batch import FrameBatch
from ..settings import SeamBlend
from .result import BlendResult


class AlphaBlend:
    """Cross-fade (Porter & Duff 1984, "over"): ``alpha · (patch − target)``."""

    def __init__(self, settings: SeamBlend) -> None:
        self.settings = settings

    def __call__(self, target: torch.Tensor, patch: torch.Tensor, alpha: torch.Tensor, batch: FrameBatch) -> BlendResult:
        """See :class:`~seamsync.blending.methods.result.Blender`."""
        return BlendResult((patch - target) * alpha)
