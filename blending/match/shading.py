"""Match shading: remove differences between patch and target that change slowly over the face.

One gain for the whole patch cannot correct light that falls from one side, nor a generator that darkens one cheek. The
difference of patch and target on skin is therefore smoothed over a fraction of the face (normalised convolution, Knutsson &
Westin 1993) and subtracted from the patch. What remains differs in detail, not in light, and coarse colour equals the target's
all along the seam. Lips are not measured; values from around them are used there.
"""

from __future__ import annotations

import numpy as np
import torch

from ..frame_batch import FrameBatch
from ..pixels.coarse import block_means, enlarge, gaussian_spread
from ..settings import ColorMatch

#: Pixels of the frame that are averaged before smoothing: shading is far coarser.
_BLOCK = 4
#: Larger differences are not shading; they are clipped to this.
_LARGEST = 0.12
#: Weight of the mean difference where no skin is near.
_PRIOR = 0.01


def match_shading(
    target: torch.Tensor, patch: torch.Tensor, skin: torch.Tensor, batch: FrameBatch, settings: ColorMatch
) -> torch.Tensor:
    """Return the patches with the target's shading.

    Args:
        target, patch: float32 ``[B,3,H,W]``, gamma-coded RGB.
        skin: float32 ``[B,1,H,W]``, 1 on skin inside the mask, 0 elsewhere.
        batch: the frames.
        settings: ``shading``, 0…1, its strength, and ``shading_scale``, the smoothing's standard deviation in face widths.

    Returns:
        float32 ``[B,3,H,W]``.
    """
    if settings.shading == 0:
        return patch
    step = max(round(_BLOCK * batch.scale), 1)
    sums = patch.new_empty(len(patch), 4, *batch.size)
    torch.sub(patch, target, out=sums[:, :3]).mul_(skin)
    sums[:, 3:] = skin
    small = block_means(sums, step)
    weight = small[:, 3:]
    limit = _LARGEST * weight
    small[:, :3] = torch.minimum(torch.maximum(small[:, :3], -limit), limit)
    deviation = np.maximum(settings.shading_scale * batch.face_width / step, 0.5)
    smooth = torch.cat([gaussian_spread(one, float(sigma)) for one, sigma in zip(small.split(1), deviation, strict=True)])
    mean = small[:, :3].sum((2, 3), keepdim=True) / weight.sum((2, 3), keepdim=True).clamp(min=1e-6)
    field = (smooth[:, :3] + _PRIOR * mean) / (smooth[:, 3:] + _PRIOR)
    return torch.sub(patch, enlarge(field, step, batch.size), alpha=settings.shading)
