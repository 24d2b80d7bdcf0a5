"""List the blend methods by name. A new one is a class like those here, and one entry in :data:`METHODS`."""

from __future__ import annotations

from collections.abc import Callable

import torch

from ..frame_batch import FrameBatch
from ..settings import SeamBlend
from .guided import GuidedBlend
from .poisson import PoissonBlend
from .pyramid import MultibandBlend
from .result import Blender, BlendResult

__all__ = ["METHODS", "AlphaBlend", "BlendResult", "Blender"]


class AlphaBlend:
    """Cross-fade (Porter & Duff 1984, "over"): ``alpha · (patch − target)``."""

    def __init__(self, settings: SeamBlend) -> None:
        self.settings = settings

    def __call__(self, target: torch.Tensor, patch: torch.Tensor, alpha: torch.Tensor, batch: FrameBatch) -> BlendResult:
        """See :class:`Blender`."""
        return BlendResult((patch - target) * alpha)


METHODS: dict[str, Callable[[SeamBlend], Blender]] = {
    "alpha": AlphaBlend,
    "guided": GuidedBlend,
    "multiband": MultibandBlend,
    "poisson": PoissonBlend,
}
