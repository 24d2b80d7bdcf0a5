"""What a blend method is given and what it gives back.

A method returns the *difference* to the target, exactly 0 where alpha is 0, so that the compositor can add it to the
stored planes and leave every other sample as it is. A method is made anew for every clip and sees its frames in order,
so it may remember the last one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import torch

from ..frame_batch import FrameBatch


@dataclass(frozen=True, eq=False)
class BlendResult:
    """One batch blended.

    Attributes:
        delta: composite − target, float32 ``[B,3,H,W]``; exactly 0 where alpha is 0, patch − target where alpha is 1
            (but where a method gives the whole mask other colours).
        columns: numbers of the method for the report, ``[B]`` each, such as a solver's residual.
    """

    delta: torch.Tensor
    columns: dict[str, np.ndarray] = field(default_factory=dict)


class Blender(Protocol):
    """A blend method at work on one clip."""

    def __call__(self, target: torch.Tensor, patch: torch.Tensor, alpha: torch.Tensor, batch: FrameBatch) -> BlendResult:
        """Blend one batch.

        Args:
            target, patch: float32 ``[B,3,H,W]``, gamma-coded RGB 0…1 (the patch may lie a little outside).
            alpha: float32 ``[B,1,H,W]``, 0…1.
            batch: what else is known of these frames.
        """
        ...
