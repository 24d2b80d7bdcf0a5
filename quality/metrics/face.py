"""Inside the mask: is the skin's and the lips' colour right, is it as sharp, is the old mouth covered, is the jaw kept?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ...blending.frame_batch import FrameBatch
from ...blending.pixels.primitives import fill_polygon
from ...tracking.landmarks import BROWS, INNER_LIPS, JAW, NOSE_BRIDGE, OUTER_LIPS
from .picture import Pixels, lab, laplacian, squared_sum

#: Fewer pixels than this say nothing.
_ENOUGH = 24
#: Rows and columns looked at for the colour of skin and of lips, about.
_SKIN_LINES, _LIP_LINES = 48, 128
#: Lips this much larger are kept out of the skin, as their outline is soft and landmarks miss it by a pixel or two.
_LIPS_GROWN = 1.25
#: The forehead: brows pushed away from the nose bridge's lower end by this share of their distance.
_FOREHEAD = 0.6
#: Alpha from which the patch counts as visible, and from which it counts as covering.
_VISIBLE, _COVERING = 0.02, 0.98


@dataclass(frozen=True, eq=False)
class FaceParts:
    """What of the faces lies where in B ROIs; bool ``[B,1,H,W]``, or ``[B,1,h,w]`` of the box around all the mouths.

    Attributes:
        face: the target's, from jaw to forehead.
        lips_around: both mouths with their surroundings, which are not skin.
        box: rows and columns of the mouths.
        old_mouth: in the box, inside the target's outer lips.
        new_mouth: in the box, inside the generated outer lips; those of the target where the generator does not know its own.
        old_lips, new_lips: the same without what the inner lips enclose.
    """

    face: torch.Tensor
    lips_around: torch.Tensor
    box: tuple[slice, slice]
    old_mouth: torch.Tensor
    new_mouth: torch.Tensor
    old_lips: torch.Tensor
    new_lips: torch.Tensor

    def boxed(self, picture: torch.Tensor) -> torch.Tensor:
        """The box of a picture ``[B,C,H,W]``."""
        return picture[..., self.box[0], self.box[1]]


def face_parts(batch: FrameBatch, device: torch.device) -> FaceParts:
    """Rasterise the landmarks of one batch."""
    outer = batch.faces(OUTER_LIPS)
    middle = [points.mean(1, keepdims=True) for points in outer]
    grown = [centre + _LIPS_GROWN * (points - centre) for centre, points in zip(middle, outer, strict=True)]
    low, high = _bounds(np.concatenate(grown), batch.size)
    box, size = (slice(low[1], high[1]), slice(low[0], high[0])), (high[1] - low[1], high[0] - low[0])

    def _filled(points: list[np.ndarray]) -> tuple[torch.Tensor, ...]:
        together = (np.concatenate(points) - low).astype(np.float32)
        return fill_polygon(torch.from_numpy(together).to(device), size).chunk(len(points))

    mouths, around = _filled(outer), _filled(grown)
    lips = [mouth & ~inside for mouth, inside in zip(mouths, _filled(batch.faces(INNER_LIPS)), strict=True)]
    outline = torch.from_numpy(face_polygon(batch.landmarks).astype(np.float32)).to(device)
    face = fill_polygon(outline, batch.size)
    parts = FaceParts(face, torch.zeros_like(face), box, mouths[0], mouths[-1], lips[0], lips[-1])
    parts.boxed(parts.lips_around)[...] = around[0] | around[-1]
    return parts


def _bounds(points: np.ndarray, size: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Whole pixels around points ``[...,2]`` as (x, y) and (x, y) past the last; within a picture, at least one."""
    limit = np.array(size[::-1])
    low = np.clip(np.floor(points.min((0, 1))), 0, limit - 1).astype(int)
    high = np.clip(np.ceil(points.max((0, 1))), low + 1, limit).astype(int)
    return (int(low[0]), int(low[1])), (int(high[0]), int(high[1]))


def face_polygon(landmarks: np.ndarray) -> np.ndarray:
    """Outline of a face: the jaw and a forehead above the brows, float32 ``[B,27,2]`` from ``[B,68,2]``."""
    brows, below = landmarks[:, BROWS[::-1]], landmarks[:, NOSE_BRIDGE[-1:]]
    return np.concatenate([landmarks[:, JAW], brows + _FOREHEAD * (brows - below)], axis=1)


def skin_delta_e(
    target: torch.Tensor, composite: torch.Tensor, alpha: torch.Tensor, parts: FaceParts, *, backend: str | None = None
) -> np.ndarray:
    """CIEDE2000 between the mean skin colours of T and C inside the mask (alpha > 0.5), the mouth left out.

    Of large pictures only every second, third … row and column is looked at: a mean over thousands of pixels needs no more.

    Args:
        target, composite: gamma-coded RGB, float32 ``[B,3,H,W]``, 0…1.
        alpha: float32 ``[B,1,H,W]``.
        parts: of the faces.

    Returns:
        float64 ``[B]``, NaN where there are too few pixels of skin.
    """
    step = _step(alpha, _SKIN_LINES)
    target, composite, alpha, lips = (p[..., ::step, ::step] for p in (target, composite, alpha, parts.lips_around))
    skin = (alpha > 0.5) & ~lips
    return _delta_e((target, composite), (skin, skin), backend)


def lip_delta_e(
    target: torch.Tensor, composite: torch.Tensor, alpha: torch.Tensor, parts: FaceParts, *, backend: str | None = None
) -> np.ndarray:
    """CIEDE2000 between the mean colour of T's lips and of C's, each where they are in its own picture, inside the mask.

    Args, Returns: as for :func:`skin_delta_e`.
    """
    step, boxed = _step(alpha, _LIP_LINES), map(parts.boxed, (target, composite, alpha))
    seen = (*boxed, parts.old_lips, parts.new_lips)
    target, composite, alpha, old, new = (p[..., ::step, ::step] for p in seen)
    inside = alpha > 0.5
    return _delta_e((target, composite), (old & inside, new & inside), backend)


def _step(alpha: torch.Tensor, lines: int) -> int:
    """Rows and columns from one that is looked at to the next, so that the shorter side has about so many."""
    return max(1, round(min(alpha.shape[-2:]) / lines))


def _delta_e(pictures: Sequence[torch.Tensor], masks: Sequence[torch.Tensor], backend: str | None) -> np.ndarray:
    """CIEDE2000 between the mean colours of two pictures, each over its mask: float64 ``[B]``, NaN of too few pixels."""
    pixels = Pixels.of(torch.cat([*masks]), backend=backend)
    mean = pixels.mean(lab(pixels.take(torch.cat([*pictures]))))
    known = torch.where(pixels.count()[:, None] >= _ENOUGH, mean, torch.nan).double().cpu().numpy()
    return delta_e_2000(*np.split(known, 2))


def delta_e_2000(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """CIEDE2000 colour difference, after Sharma, Wu & Dalal (2005) with all weights 1: ``[...]`` from Lab ``[...,3]``."""
    light, a, b = (np.stack([one[..., i], two[..., i]]) for i in range(3))
    mean_chroma = np.hypot(a, b).mean(0)
    gray = 0.5 * (1 - np.sqrt(mean_chroma**7 / (mean_chroma**7 + 25.0**7)))
    a = a * (1 + gray)
    chroma, hue = np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360
    colourless = chroma.prod(0) == 0
    turn = hue[1] - hue[0]
    turn = np.where(colourless, 0.0, turn - 360 * np.sign(turn) * (np.abs(turn) > 180))
    d_light, d_chroma = light[1] - light[0], chroma[1] - chroma[0]
    d_hue = 2 * np.sqrt(chroma.prod(0)) * np.sin(np.radians(turn / 2))
    l_mean, c_mean = light.mean(0), chroma.mean(0)
    h_mean = np.where(colourless, hue.sum(0), (hue[0] + turn / 2) % 360)
    weight = sum(
        k * np.cos(np.radians(n * h_mean - at)) for k, n, at in ((-0.17, 1, 30), (0.24, 2, 0), (0.32, 3, -6), (-0.2, 4, 63))
    )
    s_light = 1 + 0.015 * (l_mean - 50) ** 2 / np.sqrt(20 + (l_mean - 50) ** 2)
    s_chroma, s_hue = 1 + 0.045 * c_mean, 1 + 0.015 * c_mean * (1 + weight)
    bend = 60 * np.exp(-(((h_mean - 275) / 25) ** 2))
    rotation = -2 * np.sqrt(c_mean**7 / (c_mean**7 + 25.0**7)) * np.sin(np.radians(bend))
    chroma_part, hue_part = d_chroma / s_chroma, d_hue / s_hue
    return np.sqrt((d_light / s_light) ** 2 + chroma_part**2 + hue_part**2 + rotation * chroma_part * hue_part)


def sharpness_ratio(
    target: torch.Tensor, composite: torch.Tensor, alpha: torch.Tensor, parts: FaceParts, *, backend: str | None = None
) -> torch.Tensor:
    """Laplacian energy (mean square) of C's luma over T's on the skin inside the mask (alpha > 0.5).

    Args:
        target, composite: luma, float32 ``[B,1,H,W]``.
        alpha, parts: as for :func:`skin_delta_e`.

    Returns:
        float32 ``[B]``, 1 where as sharp; NaN where there is too little skin, or T is flat.
    """
    skin = (alpha > 0.5) & ~parts.lips_around
    energy = [squared_sum(laplacian(luma, backend=backend), skin, backend=backend) for luma in (target, composite)]
    known = (skin.sum((1, 2, 3)) >= _ENOUGH) & (energy[0] > 0)
    return torch.where(known, energy[1] / energy[0].clamp(min=1e-20), torch.nan)


def overspill(alpha: torch.Tensor, parts: FaceParts, *, known: bool = True) -> torch.Tensor:
    """Share of the original mouth's pixels that show (alpha < 0.98) beside the generated mouth.

    Args:
        alpha: float32 ``[B,1,H,W]``.
        parts: of the faces.
        known: whether the generated landmarks are; where not, all of the original mouth has to be covered.

    Returns:
        float32 ``[B]``, 0…1, NaN where the mouth is not in the picture.
    """
    shows = parts.old_mouth & (parts.boxed(alpha) < _COVERING)
    shows = shows & ~parts.new_mouth if known else shows
    return _share(shows, parts.old_mouth)


def fold(alpha: torch.Tensor, parts: FaceParts) -> torch.Tensor:
    """Share of the mask (alpha > 0.02) outside the target's face; float32 ``[B]``, NaN without a mask."""
    mask = alpha > _VISIBLE
    return _share(mask & ~parts.face, mask)


def _share(part: torch.Tensor, whole: torch.Tensor) -> torch.Tensor:
    return part.sum((1, 2, 3)) / whole.sum((1, 2, 3))  # 0 / 0 is NaN
