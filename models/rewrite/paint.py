"""The inside of a mouth: its own where the picture shows one, painted where the lips part further than that.

Painted means a hint: a dark cavity in the tint of the lips, a soft row of upper teeth lit like the skin, a dim tongue.
Colours are gamma-coded RGB 0…255; lengths are face widths.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...arrays import smoothstep

#: Cavity and tongue as multiples of the lips' colour; teeth as a multiple of the skin's brightness.
_CAVITY = np.array([0.24, 0.17, 0.17], np.float32)
_TONGUE = np.array([0.62, 0.5, 0.5], np.float32)
_TEETH = np.array([0.86, 0.83, 0.77], np.float32)
#: The longest part of the upper teeth that speech shows, the width of their soft lower edge, and their weight: a hint, as a
#: row of even brightness with a sharp edge looks like a bar.
_TOOTH, _TOOTH_EDGE, _TOOTH_WEIGHT = 0.03, 0.018, 0.6


@dataclass(frozen=True, eq=False)
class MouthLook:
    """How one mouth looks.

    Attributes:
        lip, skin, dark: float32 ``[3]``, colours of the lips, the skin around and the darkest row between the lips.
        split: 0…1, how far down the gap that darkest row runs: above it what belongs to the upper jaw, below to the lower.
        hollow: 0…1, how surely that row is the mouth's cavity; 0 for a row of closed teeth or closed lips.
    """

    lip: np.ndarray
    skin: np.ndarray
    dark: np.ndarray
    split: float
    hollow: float


def _smooth(value: np.ndarray) -> np.ndarray:
    """Clip to 0…1 and apply a smoothstep."""
    return smoothstep(np.clip(value, 0, 1))


def gap_grown(gap: np.ndarray, was: np.ndarray) -> np.ndarray:
    """How far a gap has grown past what stretching its inside can cover: 0 … 1, from gaps in face widths."""
    return _smooth((gap - np.maximum(was, 0) - 0.012 * np.clip(was / 0.02, 0, 1)) / (0.015 + np.clip(was, 0, 0.025)))


def paint_inside(
    own: np.ndarray,
    look: MouthLook,
    along: np.ndarray,
    down: np.ndarray,
    gap: np.ndarray,
    was: np.ndarray,
    zone: tuple[np.ndarray, np.ndarray],
) -> np.ndarray:
    """The inside of the mouth in a box of the patch.

    Args:
        own: float32 ``[h,w,3]``, the source's own inside, stretched to the new gap.
        look: the source's colours.
        along: ``[h,w]``, -1 left corner … 1 right corner.
        down: ``[h,w]``, distance below the upper lip.
        gap: ``[h,w]``, gap of the lips there, and
        was: ``[h,w]``, the gap they had in the source.
        zone: two ``[h,w]``, shares of the gap between which the source shows nothing of its own.

    Returns:
        float32 ``[h,w,3]``. Where the gap has not grown, ``own``.
    """
    top, bottom = zone
    place = down / gap
    soft = 0.012 / gap
    begin = np.where(was < 0.006, 1.0, _smooth((place - top) / soft))
    end = np.where(was < 0.006, 1.0, _smooth((bottom - place) / soft))
    grown = gap_grown(gap, was)
    empty = (begin * end * grown * (1 - 0.75 * look.hollow))[..., None]
    return own + empty * (_painted(look, along, down, gap, was) - own)


def _painted(look: MouthLook, along: np.ndarray, down: np.ndarray, gap: np.ndarray, was: np.ndarray) -> np.ndarray:
    """Cavity, teeth and tongue, float32 ``[h,w,3]``."""
    place = (down / gap)[..., None]
    tint = look.hollow * look.dark + (1 - look.hollow) * look.lip * _CAVITY
    picture = tint * (0.75 + 0.5 * place) * (1 - 0.35 * along[..., None] ** 2)
    open_ = _smooth((gap - 0.03) / 0.05)
    tongue = 0.6 * open_ * _smooth((place[..., 0] - 0.5) / 0.4) * _smooth((0.85 - np.abs(along)) / 0.4)
    picture = picture + tongue[..., None] * (look.lip * _TONGUE - picture)
    # Teeth only where the source has not shown its own. The row curves up and darkens towards the corners, in the lip's shade.
    length = np.minimum(_TOOTH, 0.36 * gap) * (1 - along**2)
    teeth = _smooth((length - down) / _TOOTH_EDGE + 0.5) * _smooth((0.75 - np.abs(along)) / 0.55)
    teeth = _TOOTH_WEIGHT * teeth * _smooth((gap - 0.018) / 0.035) * _smooth(1 - was / 0.02)
    shade = 0.68 + 0.25 * np.clip(down / np.maximum(length, 1e-4), 0, 1)
    lit = look.skin.mean() * _TEETH * 0.6 + look.skin * _TEETH * 0.4
    return (picture + teeth[..., None] * (shade[..., None] * lit - picture)).astype(np.float32)
