"""Blend methods: how a masked patch and the target become one picture.

A method returns the *difference* to the target, exactly 0 where alpha is 0, so that the compositor can add it to the
stored planes and leave every other sample as it is. A new method is one class (in a file of its own) and one entry in
:data:`METHODS`. A method is made anew for every clip and sees its frames in order, so it may remember the last one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import torch

from .chunk import Chunk
from .settings import SeamBlend


@dataclass(frozen=True, eq=False)
class Blended:
    """One chunk blended.

    Attributes:
        delta: composite − target, float32 ``[B,3,H,W]``; exactly 0 where alpha is 0, patch − target where alpha is 1.
        columns: numbers of the method for the report, ``[B]`` each, such as a solver's residual.
    """

    delta: torch.Tensor
    columns: dict[str, np.ndarray] = field(default_factory=dict)


class Blender(Protocol):
    """A blend method at work on one clip."""

    def __call__(self, target: torch.Tensor, patch: torch.Tensor, alpha: torch.Tensor, chunk: Chunk) -> Blended:
        """Blend one chunk.

        Args:
            target, patch: float32 ``[B,3,H,W]``, gamma-coded RGB 0…1 (the patch may lie a little outside).
            alpha: float32 ``[B,1,H,W]``, 0…1.
            chunk: what else is known of these frames.
        """
        ...


class AlphaBlend:
    """Plain cross-fade (Porter & Duff 1984, "over"): ``alpha · (patch − target)``."""

    def __init__(self, settings: SeamBlend) -> None:
        self.settings = settings

    def __call__(self, target: torch.Tensor, patch: torch.Tensor, alpha: torch.Tensor, chunk: Chunk) -> Blended:
        """See :class:`Blender`."""
        return Blended((patch - target) * alpha)


METHODS: dict[str, Callable[[SeamBlend], Blender]] = {"alpha": AlphaBlend}
