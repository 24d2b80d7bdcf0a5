"""Define input and output of a blend method.

A method returns the *difference* to the target, exactly 0 where alpha is 0. The compositor adds it to the stored planes and
leaves every other sample as it is. A method is made anew for every clip and gets its frames in order, so it may remember the
last one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import torch

from ..frame_batch import FrameBatch


@dataclass(frozen=True, eq=False)
class BlendResult:
    """Hold one blended batch.

    Attributes:
        delta: composite − target, float32 ``[B,3,H,W]``; exactly 0 where alpha is 0, patch − target where alpha is 1
            (except with a method that changes the colours of the whole mask).
        columns: numbers of the method for the report, ``[B]`` each, as a solver's residual.
    """

    delta: torch.Tensor
    columns: dict[str, np.ndarray] = field(default_factory=dict)


class Blender(Protocol):
    """Blend the frames of one clip."""

    def __call__(self, target: torch.Tensor, patch: torch.Tensor, alpha: torch.Tensor, batch: FrameBatch) -> BlendResult:
        """Blend one batch.

        Args:
            target, patch: float32 ``[B,3,H,W]``, gamma-coded RGB 0…1 (the patch may lie a little outside).
            alpha: float32 ``[B,1,H,W]``, 0…1.
            batch: the frames.
        """
        ...
