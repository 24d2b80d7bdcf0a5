"""Refine alpha at edges: the seam avoids the lines of the face, as jaw, nostrils and folds."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional as F

from ..pixels.alpha import normalised
from ..pixels.guided_filter import guided_alpha
from ..pixels.srgb import luma
from ..pixels.stencils import box_mean
from ..settings import MouthMask

#: Scale of lines, and radius of the guided filter, in face widths.
_LINE, _REACH = 0.006, 0.03
#: Contrast (squared) below which the guided filter smooths.
_EPSILON = 1e-3
#: Change of luma over the width of a line that counts as one at least; below it is skin and noise.
_FAINT = 0.03


def refine_alpha(alpha: torch.Tensor, target: torch.Tensor, face_width: np.ndarray, settings: MouthMask) -> torch.Tensor:
    """Move the soft edge off the target's lines. 0 stays 0 and the peak stays the peak, exactly.

    With the guide "gradient": ``alpha · (1 − edge_aware · lines)``, the second factor going to 1 with alpha, so that the
    target's own line shows through the soft edge. With "guided_filter": towards the guided filter's alpha.

    Args:
        alpha: float32 ``[B,1,H,W]``, 0…1.
        target: float32 ``[B,3,H,W]``, gamma-coded RGB 0…1.
        face_width: float ``[B]``, pixels, on the host.
        settings: ``edge_aware`` and ``edge_guide``; strength 0 returns alpha itself.

    Returns:
        float32 ``[B,1,H,W]``, 0…1, with alpha's support, as continuous as alpha.
    """
    strength = settings.edge_aware
    if strength == 0:
        return alpha
    picture = luma(target)
    if settings.edge_guide == "guided_filter":
        refined = guided_alpha(picture, alpha, _REACH * face_width, _EPSILON)
        return torch.lerp(alpha, refined, strength)
    shape, _ = normalised(alpha)
    soft = 1 - shape**4
    return alpha * (1 - strength * soft * lines(picture, shape, face_width))


def lines(picture: torch.Tensor, shape: torch.Tensor, face_width: np.ndarray) -> torch.Tensor:
    """Return the strength of lines at every pixel: the gradient over the strong gradients of the soft edge.

    Args:
        picture: float32 ``[B,1,H,W]``, luma 0…1.
        shape: float32 ``[B,1,H,W]``, alpha 0…1.
        face_width: float ``[B]``, pixels.

    Returns:
        float32 ``[B,1,H,W]``, 0…1; smoothed over a line's width, so noise makes no holes.
    """
    radius = np.maximum(np.rint(_LINE * face_width), 1).astype(np.int64)
    smooth = F.pad(box_mean(box_mean(picture, radius), radius), (1, 1, 1, 1), mode="replicate")
    across = smooth[..., 1:-1, 2:] - smooth[..., 1:-1, :-2]
    down = smooth[..., 2:, 1:-1] - smooth[..., :-2, 1:-1]
    slope = box_mean(torch.hypot(across, down), radius)
    weight = shape * (1 - shape)
    total = weight.sum((2, 3), keepdim=True).clamp(min=1e-6)
    mean = (weight * slope).sum((2, 3), keepdim=True) / total
    spread = (weight * (slope - mean) ** 2).sum((2, 3), keepdim=True) / total
    faint = torch.from_numpy((_FAINT / radius).astype(np.float32)).to(slope)[:, None, None, None]
    return (slope / torch.maximum(mean + 2 * spread.sqrt(), faint)).clamp_(max=1)
