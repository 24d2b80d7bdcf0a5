"""One batch of frames to be measured: pictures, alpha, and what several metrics need of them, worked out once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch

from ...blending.frame_batch import FrameBatch
from .face import FaceParts, face_parts
from .mouth_parts import MouthView, mouth_view
from .picture import luma_chroma
from .ring import SeamRing, seam_ring


@dataclass(frozen=True, eq=False)
class Measurement:
    """One batch of B frames of a clip, cut to the ROI.

    Attributes:
        batch: geometry of the frames, at the pictures' size.
        target: gamma-coded RGB before, float32 ``[B,3,H,W]``, 0…1.
        composite: the same after.
        alpha: weight of the new mouth, float32 ``[B,1,H,W]``, 0…1.
        backend: ``"torch"`` takes the GPU's way on a CPU too, for tests.
        generated: the generated picture as it was placed, like ``target``; None where it is unknown.
        front: weight of what is in front of the face, float32 ``[B,1,H,W]``; None where nothing was found.
    """

    batch: FrameBatch
    target: torch.Tensor
    composite: torch.Tensor
    alpha: torch.Tensor
    backend: str | None = None
    generated: torch.Tensor | None = None
    front: torch.Tensor | None = None

    @cached_property
    def ring(self) -> SeamRing:
        """The seam ring."""
        return seam_ring(self.alpha, self.batch, backend=self.backend)

    @cached_property
    def parts(self) -> FaceParts:
        """Face, lips and mouth as masks."""
        return face_parts(self.batch, self.alpha.device)

    @cached_property
    def target_planes(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Luma ``[B,1,H,W]`` and half-size chroma ``[B,2,⌈H/2⌉,⌈W/2⌉]`` of the target."""
        return luma_chroma(self.target, backend=self.backend)

    @cached_property
    def composite_planes(self) -> tuple[torch.Tensor, torch.Tensor]:
        """The same of the composite."""
        return luma_chroma(self.composite, backend=self.backend)

    @cached_property
    def mouth(self) -> MouthView | None:
        """The new mouth beside the generated one; None where the generated picture or its landmarks are unknown."""
        if self.generated is None:
            return None
        return mouth_view(self.batch, self.composite, self.generated)

    @property
    def luma(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Luma of target and composite, float32 ``[B,1,H,W]`` each."""
        return self.target_planes[0], self.composite_planes[0]
