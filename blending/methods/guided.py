"""Guided filter, and the blend whose soft edge follows the lines of the target's picture.

He, Sun & Tang, "Guided Image Filtering" (ECCV 2010): in every window the result is a linear function of the guide, so
that it has edges where the guide has them and is smooth where the guide is.
"""

from __future__ import annotations

import torch

from ..chunk import FrameBatch
from ..pixels.guided_filter import guided_alpha
from ..pixels.primitives import luma
from ..settings import SeamBlend
from .blended import BlendResult


class GuidedBlend:
    """Cross-fade with alpha refined by the guided filter, the target's luma as guide."""

    def __init__(self, settings: SeamBlend) -> None:
        self.settings = settings

    def __call__(self, target: torch.Tensor, patch: torch.Tensor, alpha: torch.Tensor, chunk: FrameBatch) -> BlendResult:
        """See :class:`~seamsync.blending.methods.blended.Blender`."""
        radius = self.settings.guided_radius * chunk.face_width
        refined = guided_alpha(luma(target), alpha, radius, self.settings.guided_epsilon)
        return BlendResult((patch - target).mul_(refined))
