"""Alpha, stage by stage: the outline's soft edge, joined with regions and masks, cut where something is in front, refined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from ..media.frame import PlanarFrame
from ..tensors import SeamSyncError
from .chunk import Chunk
from .edges import refine_alpha
from .feather import alpha_from_outline
from .flow import FlowAverage
from .occlusion import OcclusionCut, Visibility, see_faces
from .plan import SeamPlan
from .regions import ParsedFaces, Parser, feather_weights, frame_to_roi, join_mask, parse_faces
from .settings import MouthMask, SeamSettings, split_names

#: Settings that need a network: its name in the registry.
PARSER, XSEG = "face-parser", "xseg"


@dataclass(frozen=True, eq=False)
class SeamNetworks:
    """Networks that some masks need; None where they do not."""

    parser: Parser | None = None
    xseg: Visibility | None = None


def needed_networks(mask: MouthMask) -> list[str]:
    """Names in the registry of the networks that a mask asks for."""
    parser = bool(split_names(mask.regions)) or mask.occlusion == "parser"
    return [name for name, wanted in ((PARSER, parser), (XSEG, mask.occlusion == "xseg")) if wanted]


class Masking:
    """Makes alpha for the chunks of one clip, in order.

    Args:
        plan: geometry of every output frame.
        settings: mask and temporal settings are used.
        device: where alpha is wanted.
        networks: that :func:`needed_networks` names.

    Raises:
        SeamSyncError: a network is needed and not given, or the linked mask is of another clip.
    """

    def __init__(self, plan: SeamPlan, settings: SeamSettings, device: torch.device, networks: SeamNetworks) -> None:
        self._plan, self._mask, self._device, self._networks = plan, settings.mask, device, networks
        self._widening = settings.temporal.motion_widening
        for name in needed_networks(settings.mask):
            if (networks.parser if name == PARSER else networks.xseg) is None:
                raise SeamSyncError(f"this mask needs the network {name!r}, which was not given")
        self._cut = OcclusionCut(settings.mask) if settings.mask.occlusion != "off" else None
        beta = settings.temporal.flow_average
        self._average = FlowAverage(beta) if beta else None

    def shape(self, chunk: Chunk, frames: Sequence[PlanarFrame]) -> tuple[torch.Tensor, ParsedFaces | None]:
        """Alpha before the pictures are compared.

        Args:
            chunk: B frames.
            frames: the target's, unchanged as yet.

        Returns:
            float32 ``[B,1,H,W]``, 0…1, and the parsed faces where the mask needs them.
        """
        mask, plan = self._mask, self._plan
        motion = self._widening * plan.motion(chunk.indices) if self._widening else None
        alpha = alpha_from_outline(chunk, mask, motion, self._device)
        parsed = None
        if PARSER in needed_networks(mask) and self._networks.parser is not None:
            parsed = parse_faces(self._networks.parser, frames, plan.landmarks(chunk.indices))
        if parsed is not None and (regions := split_names(mask.regions)):
            weights = parsed.weights(regions, frame_to_roi(chunk), chunk.size).to(self._device)
            alpha = join_mask(alpha, feather_weights(weights, chunk.face_width, mask), mask.region_mode, chunk, mask)
        if mask.external is not None:
            shown = plan.mouths.frames[chunk.indices]
            given = mask.external.on_roi(shown, chunk.origin, chunk.size, chunk.scale, plan.track.frame_size)
            alpha = join_mask(alpha, given.to(self._device), mask.external_mode, chunk, mask)
        facing = plan.profile(chunk.indices)
        alpha = alpha if (facing == 1).all() else alpha * torch.from_numpy(facing).to(alpha)[:, None, None, None]
        return alpha, parsed

    def refine(
        self,
        alpha: torch.Tensor,
        target: torch.Tensor,
        patch: torch.Tensor,
        chunk: Chunk,
        frames: Sequence[PlanarFrame],
        parsed: ParsedFaces | None,
    ) -> torch.Tensor:
        """Alpha cut where something is in front, kept off the target's lines, and averaged along the motion.

        Args:
            alpha: float32 ``[B,1,H,W]``, of :meth:`shape`.
            target, patch: float32 ``[B,3,H,W]``, gamma-coded RGB; the patch with its colours matched.
            chunk: the frames.
            frames: the target's, unchanged as yet.
            parsed: of :meth:`shape`.
        """
        if self._cut is not None:
            xseg = self._networks.xseg if self._mask.occlusion == "xseg" else None
            seen = None if xseg is None else see_faces(xseg, frames, self._plan.landmarks(chunk.indices))
            alpha = self._cut(alpha, target, patch, chunk, parsed, seen)
        alpha = refine_alpha(alpha, target, chunk.face_width, self._mask)
        return alpha if self._average is None else self._average(alpha, target, chunk)
