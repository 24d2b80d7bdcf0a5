"""Blend in bands: coarse colour fades over the whole soft edge, fine detail changes over a few pixels.

After Burt & Adelson, "A Multiresolution Spline With Application to Image Mosaics" (1983), with three differences. First, the
*difference* patch − target is split into bands, which needs one pyramid instead of two. Second, each level is the mean of that
difference weighted with alpha (normalised convolution, Knutsson & Westin 1993), so pixels outside the mask and the ROI's margin
have no influence. Third, detail changes from target to patch at the inner end of the soft edge. Around it the picture keeps the
target's own texture and grain, and only its colour moves towards the patch's.
"""

from __future__ import annotations

import numpy as np
import torch

from ...arrays import smoothstep
from ..frame_batch import FrameBatch
from ..pixels.alpha import normalised
from ..pixels.scratch import Scratch
from ..pixels.stencils import downsample2x, upsample2x
from ..pixels.sums import count_true
from ..settings import SeamBlend
from .result import BlendResult


class MultibandBlend:
    """Compute ``delta = alpha · L0`` with ``Lk = up(Lk+1) + share_k · (Gk − up(Lk+1))``.

    G0 is patch − target, Gk its alpha-weighted mean k octaves coarser, the last L is the last G. ``share_k``, of
    :func:`detail_share`, is the part of band k's detail that comes from the patch: 0 far from the mask's core, 1 in it.
    """

    def __init__(self, settings: SeamBlend) -> None:
        self.settings = settings
        self._scratch = Scratch()

    def __call__(self, target: torch.Tensor, patch: torch.Tensor, alpha: torch.Tensor, batch: FrameBatch) -> BlendResult:
        """See :class:`~seamsync.blending.methods.result.Blender`."""
        shape, _ = normalised(alpha)
        difference = patch - target
        block = 1 << (self.settings.levels - 1)
        corner = np.rint(batch.origin * batch.scale).astype(np.int64) % block
        framed = self._weighted(difference, shape, corner, block)
        level = downsample2x(framed, out=self._scratch.tensor(1, framed, (framed.shape[-2] // 2, framed.shape[-1] // 2)))
        width = soft_width(shape, level[:, 3:])
        coarse = upsample2x(self._collapse(level, width, 1), out=framed[:, :3] if len(framed) == 1 else None)
        share = detail_share(shape, width, self.settings.fine_width)
        for one, smooth, part, (x, y) in zip(difference, coarse, share, corner.tolist(), strict=True):
            torch.lerp(smooth[:, y : y + one.shape[-2], x : x + one.shape[-1]], one, part, out=one)
        return BlendResult(difference.mul_(alpha))

    def _collapse(self, level: torch.Tensor, width: torch.Tensor, k: int) -> torch.Tensor:
        """Return Lk of level k: ``[B,3,h,w]`` of ``[B,4,h,w]``, the difference times its weight, and the weight."""
        weight = level[:, 3:]
        mean = level[:, :3] / weight.clamp(min=torch.finfo(weight.dtype).tiny)
        if k == self.settings.levels - 1:
            return mean
        smooth = upsample2x(self._collapse(downsample2x(level), width, k + 1))
        share = detail_share(weight, width, self.settings.fine_width * 2**k)
        return torch.lerp(smooth, mean, share, out=mean)

    def _weighted(self, difference: torch.Tensor, shape: torch.Tensor, corner: np.ndarray, block: int) -> torch.Tensor:
        """Return the difference times alpha, and alpha, ``[B,4,H,W]`` on a grid of whole blocks that is fixed in the frame.

        Around the picture the weight is 0. A grid that moves with the ROI would make the bands flicker.
        """
        first = corner.max(0)[::-1].tolist()
        size = [-(-(side + low) // block) * block for side, low in zip(shape.shape[-2:], first, strict=True)]
        like = shape.expand(-1, 4, -1, -1)
        out = self._scratch.tensor("framed", like, (size[0], size[1])).zero_()
        for one, d, a, (x, y) in zip(out, difference, shape, corner.tolist(), strict=True):
            view = one[:, y : y + a.shape[-2], x : x + a.shape[-1]]
            torch.mul(d, a, out=view[:3])
            view[3:] = a
        return out


def detail_share(shape: torch.Tensor, width: torch.Tensor, reach: float) -> torch.Tensor:
    """Return the part of the detail that comes from the patch: 1 in the core, 0 from ``reach`` pixels outside it on.

    Args:
        shape: ``[B,1,H,W]``, alpha 0…1, a smoothstep over ``width`` pixels.
        width: ``[B,1,1,1]``, of :func:`soft_width`.
        reach: pixels.

    Returns:
        ``[B,1,H,W]``, 0…1, exactly 1 where ``shape`` is 1.
    """
    part = (reach / width).clamp(max=1)
    fall = smoothstep(part)  # by how much the smoothstep has fallen there
    return (1 - (1 - shape) / fall).clamp_(min=0)


def soft_width(shape: torch.Tensor, half: torch.Tensor | None = None) -> torch.Tensor:
    """Return the mean width of the soft edge in pixels, at least 1: its area over the mean length of alpha's contours.

    That length is the integral of alpha's gradient (coarea formula, Federer 1959), for any falloff.

    Args:
        shape: ``[B,1,H,W]``, 0…1.
        half: the same at half the resolution, of :func:`~seamsync.blending.pixels.stencils.downsample2x`, where it is
            known.

    Returns:
        ``[B,1,1,1]``.
    """
    area = (count_true(shape > 0) - count_true(shape == 1))[:, None, None, None]
    half = downsample2x(shape) if half is None else half
    down = half[..., 1:, :-1] - half[..., :-1, :-1]
    across = half[..., :-1, 1:] - half[..., :-1, :-1]
    length = 2 * (down * down).addcmul_(across, across).sqrt_().sum((1, 2, 3), keepdim=True)
    return (area / length.clamp(min=1e-6)).clamp(min=1)
