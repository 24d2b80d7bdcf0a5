"""Keep the skin detail of the target: pores, stubble and a moustache are finer than what a generator makes.

The finest band of luma on the new skin (unsharp residue of a small Gaussian) is the target's. It fades out towards the lips of
both faces, so the old lips stay invisible. Coarser bands stay the generator's.
"""

from __future__ import annotations

import numpy as np
import torch

from ..frame_batch import FrameBatch
from ..pixels.coarse import block_means, enlarge
from ..pixels.primitives import distance, gaussian_blur
from ..pixels.srgb import luma

#: Standard deviation of the Gaussian that separates fine from coarse: share of the face width, and limits in frame pixels.
_SIGMA, _FINEST, _COARSEST = 0.008, 1.5, 4.0
#: Width of the fade towards the lips, face widths.
_FADE = 0.05
#: Side of the blocks in which the distance from the lips is computed, as a share of it.
_BLOCK = 0.15


def keep_detail(
    target: torch.Tensor, patch: torch.Tensor, skin: torch.Tensor, batch: FrameBatch, strength: float
) -> torch.Tensor:
    """Return the patches with the target's finest detail on skin.

    Args:
        target, patch: float32 ``[B,3,H,W]``, gamma-coded RGB, one over the other; or their luma ``[B,1,H,W]``.
        skin: float32 ``[B,1,H,W]``, 0 on the lips of both faces, 1 elsewhere.
        batch: the frames.
        strength: 0…1, how much of it.

    Returns:
        Shaped like ``patch``; the patch itself on and at the lips. Every channel changes by as much.
    """
    if strength == 0:
        return patch
    missing = luma(target) - luma(patch)
    sigmas = batch.scale * np.clip(_SIGMA * batch.face_width / batch.scale, _FINEST, _COARSEST)
    coarse = torch.cat([gaussian_blur(one, float(sigma)) for one, sigma in zip(missing.split(1), sigmas, strict=True)])
    return patch + missing.sub_(coarse).mul_(away_from_lips(skin, batch)).mul_(strength)


def away_from_lips(skin: torch.Tensor, batch: FrameBatch) -> torch.Tensor:
    """Return 0 on the lips, rising to 1 within 0.05 face widths of them: ``[B,1,H,W]``, shaped like ``skin``."""
    fades = []
    for one, width in zip(skin.split(1), batch.face_width, strict=True):
        reach = _FADE * float(width)
        step = max(int(_BLOCK * reach), 1)
        away = step * (distance(block_means(1 - one, step) <= 0) - 1)  # blocks that touch the lips count as lips
        fades.append(enlarge((away / reach).clamp_(0, 1), step, batch.size).mul_(one))
    return torch.cat(fades)
