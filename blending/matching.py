"""Match the patch to the target: colour, shading, skin detail, then sharpness and grain, measured on skin."""

from __future__ import annotations

import numpy as np
import torch

from ..tracking.landmarks import JAW, OUTER_LIPS
from .frame_batch import FrameBatch
from .mask.jaw import lowered_jaw
from .match import color
from .match.detail import keep_detail
from .match.mouth import keep_mouth
from .match.pace import Pace, pick
from .match.shading import match_shading
from .match.texture import TextureMatch
from .pixels.primitives import fill_polygon
from .pixels.srgb import luma
from .settings import SeamSettings

#: The jaw's edge and its shadow lie this far under the landmarks, the cheeks' skin this far above them, face widths.
_UNDER_JAW, _ABOVE_JAW = 0.1, 0.04
#: Lips are enlarged by this factor before they are left out of skin statistics.
LIPS_GROWN = 1.15


class Matching:
    """Match the patches of one clip, in order.

    Args:
        settings: colour and temporal settings are used.
    """

    def __init__(self, settings: SeamSettings) -> None:
        temporal = settings.temporal
        self._settings = settings.color
        self._pace = Pace(temporal.color_beta)
        self._color = color.ColorTracker(self._pace.beta, temporal.color_hysteresis)
        wanted = settings.color.sharpness > 0 or settings.color.grain > 0
        self._texture = TextureMatch(settings.color, temporal.color_beta) if wanted else None

    def __call__(
        self, target: torch.Tensor, patch: torch.Tensor, alpha: torch.Tensor, batch: FrameBatch
    ) -> tuple[torch.Tensor, list[color.ColorGains | None]]:
        """Return the matched patches.

        Args:
            target, patch: float32 ``[B,3,H,W]``, gamma-coded RGB.
            alpha: float32 ``[B,1,H,W]``.
            batch: the frames.

        Returns:
            float32 ``[B,3,H,W]``, and the colour gains in force, None where there are none.
        """
        gains: list[color.ColorGains | None] = [None] * len(batch)
        wanted = self._settings
        if wanted.method == "none" and wanted.shading == wanted.detail == 0 and self._texture is None:
            return patch, gains
        generated, skin = patch, skin_weight(batch, alpha.device)
        if wanted.method != "none":
            gains = self._gains(target, patch, alpha, skin, batch)
            patch = color.apply(patch, gains, wanted)
        inside = skin * (alpha > 0)
        patch = match_shading(target, patch, inside, batch, wanted)
        patch = self._with_texture(target, patch, skin, inside, batch)
        return keep_mouth(target, generated, patch, alpha, gains, batch, wanted), gains

    def _gains(
        self, target: torch.Tensor, patch: torch.Tensor, alpha: torch.Tensor, skin: torch.Tensor, batch: FrameBatch
    ) -> list[color.ColorGains | None]:
        """Return the smoothed colour gains of every frame, measured in some of them."""
        rows = self._pace.rows(batch)
        gains: list[color.ColorGains | None] = [None] * len(batch)
        if rows:
            target, patch, alpha, skin = (pick(image, rows) for image in (target, patch, alpha, skin))
            for row, found in zip(rows, color.measure(target, patch, alpha, skin, self._settings), strict=True):
                gains[row] = found
        return self._color.step(gains, batch.scene.tolist())

    def _with_texture(
        self, target: torch.Tensor, patch: torch.Tensor, skin: torch.Tensor, inside: torch.Tensor, batch: FrameBatch
    ) -> torch.Tensor:
        """Return the patches with the target's skin detail, sharpness and grain, which change luma alone."""
        if self._settings.detail == 0 and self._texture is None:
            return patch
        seen, made = luma(target), luma(patch)
        wanted = keep_detail(seen, made, skin, batch, self._settings.detail)
        if self._texture is not None:
            wanted = self._texture(seen, wanted, inside, batch)
        return patch + (wanted - made)


def skin_weight(batch: FrameBatch, device: torch.device) -> torch.Tensor:
    """Return 0 on the lips of both faces, enlarged a little as landmarks miss soft lips by a pixel or two, and 1 elsewhere.

    Where the mask reaches past the target's chin, what lies between both jaws is no skin either.

    Returns:
        float32 ``[B,1,H,W]``.
    """
    skin = torch.ones((len(batch), 1, *batch.size), dtype=torch.bool, device=device)
    for lips in batch.faces(OUTER_LIPS):
        centre = lips.mean(1, keepdims=True)
        grown = torch.from_numpy(centre + LIPS_GROWN * (lips - centre)).to(device)
        skin &= ~fill_polygon(grown, batch.size)
    if batch.reach is not None:
        skin &= ~_between_jaws(batch, device)
    return skin.float()


def _between_jaws(batch: FrameBatch, device: torch.device) -> torch.Tensor:
    """Mark what lies between the contours of both jaws, and these themselves: bool ``[B,1,H,W]``."""
    apart = batch.face_width * _UNDER_JAW, -batch.face_width * _ABOVE_JAW
    faces = zip(batch.faces(np.arange(68)), apart, strict=True)
    lines = [lowered_jaw(face, moved)[:, JAW].astype(np.float32) for face, moved in faces]
    before, after = (fill_polygon(torch.from_numpy(line).to(device), batch.size) for line in lines)
    return before & ~after
