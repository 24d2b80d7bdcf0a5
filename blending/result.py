"""Define the compositor's result for one batch of frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ..media.planes import Box
from .frame_batch import FrameBatch
from .match.color import ColorGains


@dataclass(frozen=True, eq=False)
class CompositeResult:
    """Hold one batch's result on the ROI.

    Attributes:
        batch: the frames, in frame pixels.
        target: float32 ``[B,3,H,W]``, the ROI of the target, gamma-coded RGB.
        delta: float32 ``[B,3,H,W]``, composite − target.
        alpha: float32 ``[B,1,H,W]``.
        boxes: ROI of each frame, all of one size.
        gains: colour gains in force, None where there were none.
        columns: the blend method's numbers, ``[B]`` each.
        generated: the patch as it was placed, before colour, texture and blend, like ``target``.
        front: float32 ``[B,1,H,W]``, weight of what is in front of the face; None: it was not looked for, or nothing is there.
    """

    batch: FrameBatch
    target: torch.Tensor
    delta: torch.Tensor
    alpha: torch.Tensor
    boxes: list[Box]
    gains: list[ColorGains | None]
    columns: dict[str, np.ndarray]
    generated: torch.Tensor | None = None
    front: torch.Tensor | None = None
