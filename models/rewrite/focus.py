"""How sharp a mouth and the face around it are, to tell motion blur from a sharp picture.

The measure is the energy of differences along and across the mouth, each for itself: motion blur takes away one of them.
"""

from __future__ import annotations

import numpy as np

from .lips import MouthAxes
from .region import sample_patch

#: Grid step and half extents in face widths: what is measured, and within it the mouth.
_STEP, _WIDE, _TOP, _BOTTOM = 0.008, 0.36, -0.28, 0.34
_MOUTH_WIDE, _MOUTH_TOP, _MOUTH_BOTTOM = 0.22, -0.09, 0.16
#: Energy of a picture without detail: noise of half a level.
_NOISE = 0.25
#: Mouths that a mouth is compared with: their opening differs by less (face widths), there are about so many at most, and
#: this quantile of them is usual.
_ALIKE, _COMPARED, _USUAL = 0.012, 100, 0.6


def sharpness(image: np.ndarray, axes: MouthAxes) -> np.ndarray:
    """Measure one mouth.

    Args:
        image: uint8 ``[h,w,3]``, patch.
        axes: the mouth's axes in patch pixels.

    Returns:
        float64 ``[2]``, log of the energy around the mouth and of the mouth: lower when blurred. Only differences matter.
    """
    x, y = np.arange(-_WIDE, _WIDE, _STEP), np.arange(_TOP, _BOTTOM, _STEP)
    grid = np.stack(np.meshgrid(x, y), -1)
    at = axes.outward(grid.reshape(-1, 2)).reshape(grid.shape)
    picture = np.log(sample_patch(image, at).mean(-1) + 16)
    mouth = (np.abs(grid[..., 0]) < _MOUTH_WIDE) & (grid[..., 1] > _MOUTH_TOP) & (grid[..., 1] < _MOUTH_BOTTOM)
    along, across = (np.diff(picture, axis=a)[:-1] if a else np.diff(picture, axis=0)[:, :-1] for a in (1, 0))
    inside = mouth[:-1, :-1]
    return np.array([_energy(along, across, ~inside), _energy(along, across, inside)])


def _energy(along: np.ndarray, across: np.ndarray, where: np.ndarray) -> float:
    """Mean of the logs of both directions' mean squares over ``where``."""
    floor = (_NOISE / 100) ** 2
    return float(np.mean([np.log(np.mean(d[where] ** 2) + floor) for d in (along, across)]))


def blur(measured: np.ndarray, opening: np.ndarray, usable: np.ndarray) -> np.ndarray:
    """How much less sharp each mouth is than usual in this clip.

    Teeth and the dark between lips have edges of their own. So a mouth is compared with mouths of about the same opening.

    Args:
        measured: float64 ``[S,2]``, :func:`sharpness` of each frame.
        opening: float64 ``[S]``.
        usable: bool ``[S]``, frames that count as usual.

    Returns:
        float64 ``[S,2]``, around the mouth and of the mouth: 0 usual or sharper … 1 when a third of the energy is left,
        and more.
    """
    known = np.flatnonzero(usable) if usable.any() else np.arange(len(opening))
    known = known[np.argsort(opening[known], kind="stable")]
    openings, mouths = opening[known], measured[known, 1]
    first = np.searchsorted(openings, openings - _ALIKE, side="left")
    last = np.searchsorted(openings, openings + _ALIKE, side="right")
    usual = [np.quantile(mouths[i : j : 1 + (j - i) // _COMPARED], _USUAL) for i, j in zip(first, last, strict=True)]
    around = np.full(len(opening), np.quantile(measured[known, 0], _USUAL))
    return np.maximum(np.stack([around, np.interp(opening, openings, usual)], 1) - measured, 0)
