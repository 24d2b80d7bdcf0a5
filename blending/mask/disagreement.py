"""Find occluders without a model: skin in the generated patch, something else in the target.

Both pictures are compared at reduced size (about a hundred pixels a face), in features that shading hardly changes: two
chromaticities and the logarithm of luma. Medians over the face's skin remove the patch's colour cast and give the scale of
ordinary differences. The score of a pixel is how far it differs from the patch *and* from all of the patch's skin. Folds,
beards, shadows and a shifted patch move skin colours, but add no new ones.

Thresholds: hysteresis as in Canny, "A Computational Approach to Edge Detection" (1986), by morphological reconstruction
(Vincent, 1993). Robust scales: median absolute deviation (Huber, 1981).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

from ...tracking.landmarks import BROWS, JAW, NOSE_BASE, OUTER_LIPS
from ..frame_batch import FrameBatch
from ..pixels.primitives import distance, fill_polygon, gaussian_blur
from ..pixels.srgb import LUMA
from .feather import quad_distance

#: Pixels a face width at which pictures are compared.
_WIDTH = 96
#: Blur of the pictures, distance kept from the lips (with and without knowing the generated ones), the nostrils and the
#: face's contour, in face widths.
_BLUR, _LIPS, _LIPS_UNKNOWN, _NOSE, _INSET = 0.015, 0.06, 0.08, 0.05, 0.02
#: Width of the skin around the lips in face widths, and least contrast of lips that can be judged.
_RING, _PALE = (0.03, 0.14), 0.025
#: Largest score that certainly is skin.
_CLEAR = 0.8
#: A deviation's share of the median absolute deviation.
_DEVIATION = 1.4826
#: Limits of the ordinary difference of chromaticity and of log2 luma.
_CHROMA_NOISE, _LUMA_NOISE = (0.004, 0.012), (0.08, 0.25)
#: So many of those units have score 1.
_UNIT = 4.5


@dataclass(frozen=True, eq=False)
class Evidence:
    """Hold scores for an occluder, at a reduced size.

    Attributes:
        score: float32 ``[B,1,h,w]``, 1 is a difference larger than skin's; 0 where the pictures cannot be compared.
        features: float32 ``[B,3,h,w]`` of the target: chromaticities and log2 luma, each over its unit.
        skin: float32 ``[B,3,1,1]``, the features of its skin.
        lips: bool ``[B,1,h,w]``, around the lips of both faces, where differences are ignored.
        lips_stand_out: float32 ``[B,1,1,1]``, how much the target's lips differ from the skin around them, over the
            patch's; near 0 they are hidden, for example by a hand. 1 where it is unknown.
        step: ROI pixels a reduced one.
        face_width: reduced pixels, of the batch's first frame.
    """

    score: torch.Tensor
    features: torch.Tensor
    skin: torch.Tensor
    lips: torch.Tensor
    lip_contrast: torch.Tensor
    step: int
    face_width: float


def compare(alpha: torch.Tensor, target: torch.Tensor, patch: torch.Tensor, batch: FrameBatch) -> Evidence:
    """Score how likely something is in front of the face.

    Args:
        alpha: float32 ``[B,1,H,W]``; only where it is above 0 pictures are compared.
        target: float32 ``[B,3,H,W]``, gamma-coded RGB 0…1.
        patch: the same of the patch; matched in colour or not.
        batch: the frames.
    """
    step = max(round(float(batch.face_width[0]) / _WIDTH), 1)
    width = float(batch.face_width[0]) / step
    shown = _reduce(alpha, step) > 0.1
    lips, skin = _zones(batch, step, shown)
    seen, made = (_features(gaussian_blur(_reduce(image.clamp(0, 1), step), _BLUR * width)) for image in (target, patch))
    skin &= ~lips
    difference, unit = _aligned(seen - made, skin)
    made = seen - difference  # the patch in the target's colours
    middle = _median(made, skin)
    score = torch.where(skin & shown, _score(seen, made, difference, unit, skin), 0.0).nan_to_num(0.0)
    stand_out = _lip_contrast(seen[:, :2], made[:, :2], shown & (score < _CLEAR), batch, step)
    return Evidence(score, seen / unit, middle / unit, lips & shown, stand_out, step, width)


def _zones(batch: FrameBatch, step: int, like: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the zone around the lips, and the target's face under the patch without nostrils and contour, shaped like
    ``like``.

    Past the target's own contour, a new chin in front of neck or background is no disagreement.
    """
    size = (like.shape[-2], like.shape[-1])

    def _fill(points: np.ndarray) -> torch.Tensor:
        return fill_polygon(torch.from_numpy(points / np.float32(step)).to(like.device), size)

    width = torch.from_numpy(batch.face_width / np.float32(step)).to(like.device)[:, None, None, None]
    lips = _fill(batch.landmarks[:, OUTER_LIPS])
    if batch.generated is not None:
        lips = lips | _fill(batch.generated[:, OUTER_LIPS])
    margin = _LIPS_UNKNOWN if batch.generated is None else _LIPS
    face = _fill(batch.landmarks[:, np.concatenate([JAW, BROWS[::-1]])])
    nose = _fill(batch.landmarks[:, NOSE_BASE])
    inside = (distance(face) > _INSET * width) & (distance(~nose) > _NOSE * width)
    inside &= quad_distance(torch.from_numpy(batch.quad / step).to(like.device), size) > 0
    return distance(~lips) < margin * width, inside


def _lip_contrast(seen: torch.Tensor, made: torch.Tensor, shown: torch.Tensor, batch: FrameBatch, step: int) -> torch.Tensor:
    """Return ``lip_contrast`` of :class:`Evidence` from chromaticities ``[B,2,h,w]`` where skin or lips are ``shown``.

    Each picture is compared with itself, so colour casts cancel.
    """
    if batch.generated is None:
        return torch.ones(len(batch), 1, 1, 1, device=seen.device)
    size = (shown.shape[-2], shown.shape[-1])
    width = torch.from_numpy(batch.face_width / np.float32(step)).to(seen.device)[:, None, None, None]
    contrasts = []
    for image, points in ((seen, batch.landmarks), (made, batch.generated)):
        lips = fill_polygon(torch.from_numpy(points[:, OUTER_LIPS] / np.float32(step)).to(seen.device), size)
        away = distance(~lips)
        around = (away > _RING[0] * width) & (away < _RING[1] * width) & shown
        contrasts.append(_median((image - _median(image, around)).norm(dim=1, keepdim=True), lips & shown))
    known = contrasts[1] > _PALE
    return torch.where(known, contrasts[0] / contrasts[1].clamp(min=_PALE), 1.0).nan_to_num(1.0)


def _reduce(images: torch.Tensor, step: int) -> torch.Tensor:
    """Average squares of ``step`` pixels, ``[B,C,H,W]`` → ``[B,C,⌈H/step⌉,⌈W/step⌉]``; repeat the border."""
    height, width = images.shape[-2:]
    padded = F.pad(images, (0, -width % step, 0, -height % step), mode="replicate")
    return F.avg_pool2d(padded, step) if step > 1 else images


def _features(rgb: torch.Tensor) -> torch.Tensor:
    """Return red and blue against green over the sum, damped in the dark, and log2 luma: ``[B,3,h,w]`` from ``[B,3,h,w]``."""
    r, g, b = rgb.unbind(1)
    total = r + g + b + 0.3
    luma = (LUMA[0] * r + LUMA[1] * g + LUMA[2] * b).clamp(min=0.01)
    return torch.stack([(r - g) / total, (b - g) / total, luma.log2()], 1)


def _masked(values: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return ``[B,C,h·w]`` with NaN outside the mask."""
    return torch.where(mask, values, float("nan")).flatten(2)


def _median(values: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return the median of each channel inside the mask, ``[B,C,1,1]``; NaN where it is empty."""
    return _masked(values, mask).nanmedian(2).values[..., None, None]


def _aligned(difference: torch.Tensor, skin: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the difference without its offset on skin, and its unit: ``[B,3,h,w]`` and ``[B,3,1,1]``.

    Offset and scale are estimated again without outliers, so a large occluder is not taken for a colour cast.
    """
    floor, cap = (
        torch.tensor([c, c, y], device=skin.device).view(3, 1, 1) for c, y in zip(_CHROMA_NOISE, _LUMA_NOISE, strict=True)
    )
    kept, offset, scale = skin, torch.zeros(3, 1, 1, device=skin.device), cap
    for _ in range(3):
        offset = _median(difference, kept)
        scale = (_DEVIATION * _median((difference - offset).abs(), kept)).clamp(floor, cap)
        near = skin & (((difference - offset) / scale).square().sum(1, keepdim=True) < 12)
        enough = near.sum((2, 3), keepdim=True) > 0.2 * skin.sum((2, 3), keepdim=True)
        kept = torch.where(enough, near, skin)
    return difference - offset, _UNIT * scale


def _score(
    seen: torch.Tensor, made: torch.Tensor, difference: torch.Tensor, unit: torch.Tensor, skin: torch.Tensor
) -> torch.Tensor:
    """Score how far each pixel differs from the patch and from all its skin, in units; 0 where the patch has no skin either."""
    middle = _median(made, skin)
    spread = (_DEVIATION * _median((made - middle).abs(), skin)).clamp(min=0.006, max=0.03)
    novel = ((seen - middle) / spread)[:, :2].square().sum(1, keepdim=True).sqrt() / 2.5
    colour = torch.minimum((difference / unit)[:, :2].norm(dim=1, keepdim=True), novel)
    low, high = torch.nanquantile(_masked(made[:, 2:], skin), torch.tensor([0.02, 0.98], device=skin.device), dim=2)[
        ..., None, None
    ]
    darker = torch.minimum(-difference[:, 2:], low - seen[:, 2:])
    lighter = torch.minimum(difference[:, 2:], seen[:, 2:] - high)
    light = torch.maximum(darker, lighter).clamp(min=0) / unit[:, 2:]
    odd = ((made - middle) / spread)[:, :2].square().sum(1, keepdim=True).sqrt() / 2.5
    return torch.hypot(colour, light) * (2 - odd).clamp(0, 1)
