"""Make alpha, stage by stage: feather the outline, join regions and masks, cut occlusions, refine."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from ..media.frame import PlanarFrame
from .faces import FaceReaders
from .frame_batch import FrameBatch
from .mask.edges import refine_alpha
from .mask.feather import alpha_from_outline
from .mask.flow import FlowAverage
from .mask.front import front_weight
from .mask.occlusion import OcclusionCut
from .mask.regions import apply_external, apply_regions
from .plan import SeamPlan
from .settings import SeamSettings


class Masking:
    """Make alpha for the batches of one clip, in order.

    Args:
        plan: geometry of every output frame.
        settings: mask and temporal settings are used.
        device: of alpha.
        readers: the models that the mask needs.
    """

    def __init__(self, plan: SeamPlan, settings: SeamSettings, device: torch.device, readers: FaceReaders) -> None:
        self._plan, self._mask, self._device, self._readers = plan, settings.mask, device, readers
        self._widening = settings.temporal.motion_widening
        self._cut = OcclusionCut(settings.mask) if settings.mask.occlusion not in ("off", "auto") else None
        beta = settings.temporal.flow_average
        self._average = FlowAverage(beta) if beta else None

    def shape(
        self, batch: FrameBatch, frames: Sequence[PlanarFrame], target: torch.Tensor, patch: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Return alpha of the outline, joined with other masks, and cut by occlusions before they could change the patch's
        colours.

        A face in profile, and a patch of low opacity, scale all of it down.

        Args:
            batch: B frames.
            frames: the target's, unchanged as yet.
            target, patch: float32 ``[B,3,H,W]``, gamma-coded RGB.

        Returns:
            Alpha, float32 ``[B,1,H,W]``, 0…1, and the weight of what is in front of the face, the same; None: nothing is.
        """
        plan = self._plan
        motion = self._widening * plan.motion(batch.indices) if self._widening else None
        alpha = alpha_from_outline(batch, self._mask, motion, self._device)
        parsed, seen = self._readers.read(frames, plan.landmarks(batch.indices))
        if parsed is not None and self._mask.regions:
            alpha = apply_regions(alpha, parsed, batch, self._mask)
        alpha = apply_external(alpha, plan.mouths.frames[batch.indices], plan.track.frame_size, batch, self._mask)
        front = None
        if self._cut is not None:
            front = 1 - self._cut.visibility(alpha, target, patch, batch, parsed, seen)
        elif plan.front is not None:
            front = front_weight(plan.front, plan.mouths.frames[batch.indices], batch, self._device)
        if front is not None:
            alpha = alpha * (1 - front)
        weight, opacity = plan.profile(batch.indices), plan.mouths.opacity
        if opacity is not None:
            weight = weight * opacity[batch.indices]
        if (weight != 1).any():
            alpha = alpha * torch.from_numpy(weight).to(alpha)[:, None, None, None]
        return alpha, front

    def refine(
        self, alpha: torch.Tensor, target: torch.Tensor, batch: FrameBatch, front: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Move alpha off the target's lines, and average it along the motion; what is in front stays cut out.

        Args:
            alpha: float32 ``[B,1,H,W]``, of :meth:`shape`.
            target: float32 ``[B,3,H,W]``, gamma-coded RGB.
            batch: the frames.
            front: of :meth:`shape`.

        Returns:
            float32 ``[B,1,H,W]``, 0…1.
        """
        alpha = refine_alpha(alpha, target, batch.face_width, self._mask)
        if self._average is not None:
            alpha = self._average(alpha, target, batch)
        return alpha if front is None else torch.minimum(alpha, 1 - front)
