"""The colour inside the mask in CIEDE2000: skin and lips of the composite against the target's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from .face import FaceParts
from .measurement import Measurement
from .metric import Goal, Metric
from .picture import ENOUGH, Pixels, lab
from .reductions import mean

#: Rows and columns that are read for the colour of skin and of lips, about.
_SKIN_LINES, _LIP_LINES = 48, 128


def skin_delta_e(
    target: torch.Tensor, composite: torch.Tensor, alpha: torch.Tensor, parts: FaceParts, *, backend: str | None = None
) -> np.ndarray:
    """Return CIEDE2000 between the mean skin colours of target and composite inside the mask (alpha > 0.5), without the mouth.

    Of large pictures only every second, third … row and column is read: a mean over thousands of pixels needs no more.

    Args:
        target, composite: gamma-coded RGB, float32 ``[B,3,H,W]``, 0…1.
        alpha: float32 ``[B,1,H,W]``.
        parts: masks of the faces.
        backend: as in :class:`~.measurement.Measurement`.

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
    """Return CIEDE2000 between the mean colours of the target's lips and the composite's, inside the mask.

    The lips of each picture are taken at their own place in it.

    Args, Returns: as for :func:`skin_delta_e`.
    """
    step, boxed = _step(alpha, _LIP_LINES), map(parts.boxed, (target, composite, alpha))
    pictures = (*boxed, parts.old_lips, parts.new_lips)
    target, composite, alpha, old, new = (p[..., ::step, ::step] for p in pictures)
    inside = alpha > 0.5
    return _delta_e((target, composite), (old & inside, new & inside), backend)


def _step(alpha: torch.Tensor, lines: int) -> int:
    """Return the distance between rows (and columns) that are read, so that the shorter side has about ``lines`` of them."""
    return max(1, round(min(alpha.shape[-2:]) / lines))


def _delta_e(pictures: Sequence[torch.Tensor], masks: Sequence[torch.Tensor], backend: str | None) -> np.ndarray:
    """Return CIEDE2000 between the mean colours of two pictures, each over its mask: float64 ``[B]``, NaN of too few pixels.

    Each picture is converted and summed on its own. In one batch of both, the rounding of a pixel would depend on its place
    in the batch, and identical pictures would differ.
    """
    means = [_mean_lab(picture, mask, backend) for picture, mask in zip(pictures, masks, strict=True)]
    return delta_e_2000(*means)


def _mean_lab(picture: torch.Tensor, mask: torch.Tensor, backend: str | None) -> np.ndarray:
    """Return the mean Lab of a picture over a mask: float64 ``[B,3]``, NaN of too few pixels."""
    pixels = Pixels.of(mask, backend=backend)
    colours = pixels.mean(lab(pixels.take(picture)))
    return torch.where(pixels.count()[:, None] >= ENOUGH, colours, torch.nan).double().cpu().numpy()


def delta_e_2000(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """Return the CIEDE2000 colour difference of Lab colours ``[...,3]``: ``[...]``.

    Source: Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula" (2005), with all weights 1.
    """
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


def _skin(measurement: Measurement) -> np.ndarray:
    m = measurement
    return skin_delta_e(m.target, m.composite, m.alpha, m.parts, backend=m.backend)


METRICS = (
    Metric(
        "skin_delta_e", "change of the skin's mean colour, CIEDE2000", "ΔE", goal=Goal(high=1.5), measure=_skin, reduce=mean
    ),
)
