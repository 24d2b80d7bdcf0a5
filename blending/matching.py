"""Match the patch to the target: colour, shading, skin detail, then sharpness and grain, measured on skin."""

from __future__ import annotations

import torch

from ..tracking.landmarks import OUTER_LIPS
from .frame_batch import FrameBatch
from .match import color
from .match.detail import keep_detail
from .match.mouth import keep_mouth
from .match.shading import match_shading
from .match.texture import TextureMatch
from .pixels.primitives import fill_polygon
from .settings import SeamSettings

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
        self._color = color.ColorTracker(temporal.color_beta, temporal.color_hysteresis)
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
            measured = color.measure(target, patch, alpha, skin, wanted)
            gains = self._color.step(measured, batch.scene.tolist())
            patch = color.apply(patch, gains, wanted)
        inside = skin * (alpha > 0)
        patch = match_shading(target, patch, inside, batch, wanted)
        patch = keep_detail(target, patch, skin, batch, wanted.detail)
        if self._texture is not None:
            patch = self._texture(target, patch, inside, batch)
        return keep_mouth(generated, patch, gains, batch, wanted), gains


def skin_weight(batch: FrameBatch, device: torch.device) -> torch.Tensor:
    """Return 0 on the lips of both faces, enlarged a little as landmarks miss soft lips by a pixel or two, and 1 elsewhere.

    Returns:
        float32 ``[B,1,H,W]``.
    """
    skin = torch.ones((len(batch), 1, *batch.size), dtype=torch.bool, device=device)
    for lips in batch.faces(OUTER_LIPS):
        centre = lips.mean(1, keepdims=True)
        grown = torch.from_numpy(centre + LIPS_GROWN * (lips - centre)).to(device)
        skin &= ~fill_polygon(grown, batch.size)
    return skin.float()
