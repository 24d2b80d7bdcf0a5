"""Blend with a soft edge that follows the lines of the target's picture, by the guided filter.

He, Sun & Tang, "Guided Image Filtering" (ECCV 2010): in every window the result is a linear function of the guide, so
that it has edges where the guide has them and is smooth where the guide is.
"""

from __future__ import annotations

import torch

from ..frame_batch import FrameBatch
from ..pixels.guided_filter import guided_alpha
from ..pixels.srgb import luma
from ..settings import SeamBlend
from .result import BlendResult


class GuidedBlend:
    """Cross-fade with alpha refined by the guided filter. The guide is the target's luma."""

    def __init__(self, settings: SeamBlend) -> None:
        self.settings = settings

    def __call__(self, target: torch.Tensor, patch: torch.Tensor, alpha: torch.Tensor, batch: FrameBatch) -> BlendResult:
        """See :class:`~seamsync.blending.methods.result.Blender`."""
        radius = self.settings.guided_radius * batch.face_width
        refined = guided_alpha(luma(target), alpha, radius, self.settings.guided_epsilon)
        return BlendResult((patch - target).mul_(refined))
