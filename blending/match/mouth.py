"""Keep the generated mouth: it takes the patch-wide gain of luma, and its lips the patch-wide shift of colour.

Everything else that matches the patch to the target is measured on skin and would recolour the mouth: contrast gains, shading,
detail, texture. Towards the lips they fade out, and on the chin under the lip as far as its contrast with the lip asks for.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from ...arrays import smoothstep
from ...tracking.landmarks import INNER_LIPS, OUTER_LIPS
from ..frame_batch import FrameBatch
from ..pixels.coarse import block_means, enlarge
from ..pixels.primitives import distance, fill_polygon, gaussian_blur
from ..pixels.srgb import LUMA, luma
from ..settings import ColorMatch
from .chin import CHIN_TO, below_lip, contrast_shares
from .color import ColorGains, apply

#: Width of the fade around lips and chin, face widths, and the side of the blocks in which it is computed, as a share of it.
_FADE, _BLOCK = 0.04, 0.2
#: Standard deviation of the soft border between lips and the inside of the mouth, face widths.
_BORDER = 0.008
#: Limits of the luma gain.
_LEAST, _MOST = 0.7, 1.4


def keep_mouth(
    target: torch.Tensor,
    patch: torch.Tensor,
    matched: torch.Tensor,
    alpha: torch.Tensor,
    gains: list[ColorGains | None],
    batch: FrameBatch,
    settings: ColorMatch,
) -> torch.Tensor:
    """Return the matched patches with the mouths as they were generated.

    Args:
        target: float32 ``[B,3,H,W]``, gamma-coded RGB.
        patch: the same before any match.
        matched: the same after it.
        alpha: float32 ``[B,1,H,W]``.
        gains: colour gains in force, None where there are none.
        batch: the frames; the mouth is the target's where the generated one is unknown.
        settings: of the match; ``keep_mouth``, 0…1, is how far the mouths are kept.

    Returns:
        float32 ``[B,3,H,W]``; ``matched`` itself farther from lips and chin than 0.04 face widths.
    """
    if settings.keep_mouth == 0:
        return matched
    face = batch.landmarks if batch.generated is None else batch.generated
    under = np.concatenate([face[:, OUTER_LIPS[:7]], below_lip(face, batch.face_width, CHIN_TO).astype(np.float32)], axis=1)
    around = np.concatenate([face[:, OUTER_LIPS], under], axis=1)
    rows, columns = _box(around, _FADE * float(batch.face_width.max()), batch.size)
    target, patch, close, alpha = (image[..., rows, columns] for image in (target, patch, matched, alpha))
    corner = np.array([columns.start, rows.start], np.float32)
    outer, inner, below = (
        fill_polygon(torch.from_numpy(points - corner).to(patch.device), (patch.shape[-2], patch.shape[-1])).float()
        for points in (face[:, OUTER_LIPS], face[:, INNER_LIPS], under)
    )
    inside = _with_luma_gain(patch, gains, settings)
    shift = apply(patch, [None if g is None else replace(g, gain=np.eye(3)) for g in gains], settings) - patch
    lips = inside + (shift - luma(shift))
    mouth = lips.lerp(inside, gaussian_blur(inner, _BORDER * float(batch.face_width.mean())))
    weight = _near(outer, batch)
    if settings.method != "none":  # without gains the mouth cannot follow the chin
        mouth_share, chin_share = contrast_shares(patch, lips, close, target, alpha, face - corner, batch.face_width)
        mouth = patch.lerp(mouth, mouth_share)
        weight = torch.maximum(weight, (1 - chin_share) * _near(torch.maximum(outer, below), batch))
    out = matched.clone()
    out[..., rows, columns] = close.lerp(mouth, settings.keep_mouth * weight)
    return out


def _with_luma_gain(patch: torch.Tensor, gains: list[ColorGains | None], settings: ColorMatch) -> torch.Tensor:
    """Return the patches with their luma multiplied by the gain of the skin's, their colour differences as they were."""
    if settings.method == "none":
        return patch
    gain = [1.0 if one is None else _luma_gain(one, settings.space) for one in gains]
    more = settings.strength * (torch.tensor(gain, device=patch.device) - 1)
    return patch + more[:, None, None, None] * luma(patch)


def _luma_gain(gains: ColorGains, space: str) -> float:
    """Return by how much the mean luma of the skin (in Lab, its lightness) is multiplied, within limits."""
    weights = np.array(LUMA) if space == "rgb" else np.array([1.0, 0.0, 0.0])
    before, after = weights @ gains.patch_mean, weights @ gains.target_mean
    return float(np.clip(after / max(before, 1e-3), _LEAST, _MOST))


def _near(mouth: torch.Tensor, batch: FrameBatch) -> torch.Tensor:
    """Return 1 inside the masks ``[B,1,h,w]``, falling smoothly to 0 at 0.04 face widths from them."""
    near = []
    for one, width in zip(mouth.split(1), batch.face_width, strict=True):
        reach = _FADE * float(width)
        step = max(int(_BLOCK * reach), 1)
        away = step * (distance(block_means(one, step) <= 0) - 1)  # blocks that touch the lips count as lips
        near.append(enlarge(smoothstep((1 - away / reach).clamp_(0, 1)), step, (one.shape[-2], one.shape[-1])))
    return torch.cat(near)


def _box(points: np.ndarray, margin: float, size: tuple[int, int]) -> tuple[slice, slice]:
    """Return rows and columns around points ``[B,N,2]``, at least one each, inside a picture of ``size``."""
    limit = np.array(size[::-1])
    low = np.clip(np.floor(points.min((0, 1)) - margin), 0, limit - 1).astype(int)
    high = np.clip(np.ceil(points.max((0, 1)) + margin), low + 1, limit).astype(int)
    return slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))
