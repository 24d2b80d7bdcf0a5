"""Shading match: differences between patch and target that change slowly over the face are evened out.

One gain for the whole patch cannot follow light that falls from one side, nor a generator that darkens one cheek. The
difference of patch and target on skin is therefore smoothed over a fraction of the face (normalised convolution, Knutsson &
Westin 1993) and taken off the patch: what is left differs in detail, no longer in light, and coarse colour meets the target
all along the seam. Lips are not measured; what their surroundings say goes on under them.
"""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional as F

from .chunk import Chunk
from .primitives import area_mean, gaussian_blur, upsample
from .settings import ColorMatch

#: Pixels of the frame that are averaged before smoothing: shading is far coarser.
_BLOCK = 4
#: Larger differences are no shading; they count as this.
_LARGEST = 0.12
#: Weight of the mean difference where no skin is near.
_PRIOR = 0.01


def match_shading(
    target: torch.Tensor, patch: torch.Tensor, skin: torch.Tensor, chunk: Chunk, settings: ColorMatch
) -> torch.Tensor:
    """The patches with the target's shading.

    Args:
        target, patch: float32 ``[B,3,H,W]``, gamma-coded RGB.
        skin: float32 ``[B,1,H,W]``, 1 on skin inside the mask, 0 elsewhere.
        chunk: the frames.
        settings: ``shading``, 0…1, how far it goes, and ``shading_scale``, the smoothing's deviation in face widths.

    Returns:
        float32 ``[B,3,H,W]``.
    """
    if settings.shading == 0:
        return patch
    step = max(round(_BLOCK * chunk.scale), 1)
    sums = patch.new_empty(len(patch), 4, *chunk.size)
    torch.sub(patch, target, out=sums[:, :3]).mul_(skin)
    sums[:, 3:] = skin
    small = _blocks(sums, step)
    weight = small[:, 3:]
    limit = _LARGEST * weight
    small[:, :3] = torch.minimum(torch.maximum(small[:, :3], -limit), limit)
    deviation = np.maximum(settings.shading_scale * chunk.face_width / step, 0.5)
    smooth = torch.cat([_spread(one, float(sigma)) for one, sigma in zip(small.split(1), deviation, strict=True)])
    mean = small[:, :3].sum((2, 3), keepdim=True) / weight.sum((2, 3), keepdim=True).clamp(min=1e-6)
    field = (smooth[:, :3] + _PRIOR * mean) / (smooth[:, 3:] + _PRIOR)
    return torch.sub(patch, _enlarge(field, step, chunk.size), alpha=settings.shading)


def _margins(length: int, step: int) -> tuple[int, int]:
    """What makes a whole number of blocks of it, as evenly on both sides as can be."""
    missing = -length % step
    return missing // 2, missing - missing // 2


def _blocks(images: torch.Tensor, step: int) -> torch.Tensor:
    """Means of blocks of ``step`` pixels, zeros around: ``[B,C,⌈H/step⌉,⌈W/step⌉]``."""
    (top, bottom), (left, right) = (_margins(length, step) for length in images.shape[-2:])
    return area_mean(F.pad(images, (left, right, top, bottom)), step)


def _spread(weighted: torch.Tensor, sigma: float) -> torch.Tensor:
    """Gaussian blur with zeros around the picture."""
    room = int(np.ceil(3 * sigma))
    return gaussian_blur(F.pad(weighted, (room,) * 4), sigma)[..., room:-room, room:-room]


def _enlarge(field: torch.Tensor, step: int, size: tuple[int, int]) -> torch.Tensor:
    """The way back from :func:`_blocks`, bilinear."""
    (top, _), (left, _) = (_margins(length, step) for length in size)
    return upsample(field, (step, step))[..., top : top + size[0], left : left + size[1]]
