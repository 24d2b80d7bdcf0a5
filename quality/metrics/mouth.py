"""The mouth of the composite against the mouth that was generated: lips, teeth, and the dark between them.

The generated mouth is compared as it was placed: warped into the ROI, before colour, texture and blend. The numbers are
unknown where the generated picture or its landmarks are not given.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from .color import delta_e_2000, lip_delta_e
from .measurement import Measurement
from .metric import Goal, Metric
from .mouth_parts import MouthView
from .picture import ENOUGH
from .reductions import mean

#: Least contrast of generated lip and chin that can be compared, ΔE.
_PALE = 4.0
#: The dark inside: full below the first share of the lips' mean luma, none above the second.
_DARK, _NOT_DARK = 0.35, 0.65
#: Least dark share of the generated mouth that can be compared.
_CLOSED = 0.04
#: Teeth: pixels between the generated lips that are at least as bright as this share of the lips (L*), with less than this
#: share of their chroma (a*, b*); fewer than this are none.
_BRIGHT, _COLOURLESS, _FEW = 1.0, 0.75, 8


def lip_contrast_ratio(view: MouthView) -> np.ndarray:
    """Return CIEDE2000 between lower lip and the chin under it, composite / generated.

    Returns:
        float64 ``[B]``, 1 if unchanged; NaN where the generated lips do not stand out, or too few pixels are visible.
    """
    made, given = delta_e_2000(mean_colours(view, view.lower_lip), mean_colours(view, view.chin))
    return np.where(given >= _PALE, made / np.maximum(given, _PALE), np.nan)


def lip_change(view: MouthView) -> np.ndarray:
    """Return CIEDE2000 between the lips' mean colours in composite and generated mouth: float64 ``[B]``."""
    return delta_e_2000(*mean_colours(view, view.lips))


def mouth_fidelity(view: MouthView) -> torch.Tensor:
    """Return the normalised correlation of luma inside the outer lips, of composite and generated mouth.

    Returns:
        float32 ``[B]``, -1…1, 1 if they differ by gain and offset only; NaN where one of them is flat.
    """
    count = view.mouth.sum(-1)
    one, two = (view.luma - _mean(view.luma, view.mouth)[..., None]) * view.mouth
    squares = one.square().sum(-1), two.square().sum(-1)
    known = (count >= ENOUGH) & (torch.minimum(*squares) > 1e-6 * count)
    return torch.where(known, (one * two).sum(-1) / (squares[0] * squares[1]).clamp(min=1e-20).sqrt(), torch.nan)


def opening_ratio(view: MouthView) -> torch.Tensor:
    """Return the mouth's dark area, composite / generated: pixels much darker than the lips, with a soft limit.

    Returns:
        float32 ``[B]``, 1 if unchanged; NaN where the generated mouth is closed, or teeth fill it.
    """
    level = _mean(view.luma, view.lips)[..., None]
    made, given = _mean(((_NOT_DARK - view.luma / level) / (_NOT_DARK - _DARK)).clamp(0, 1), view.mouth)
    return torch.where(given >= _CLOSED, made / given, torch.nan)


def teeth_chroma(view: MouthView) -> torch.Tensor:
    """Return the distance in (a*, b*) of the teeth's mean colours, composite from generated.

    Teeth are the pixels between the generated lips that are as bright as the lips and have less of their colour.

    Returns:
        float32 ``[B]``; NaN where no teeth show.
    """
    made, given = view.lab
    usual = _mean(given, view.lips[:, None])[..., None]
    chroma, usual_chroma = (colours[:, 1:].square().sum(1).sqrt() for colours in (given, usual))
    teeth = view.inside * (given[:, 0] > _BRIGHT * usual[:, 0]) * (chroma < _COLOURLESS * usual_chroma)
    apart = _mean((made - given)[:, 1:], teeth[:, None])
    return torch.where(teeth.sum(-1) >= _FEW, apart.square().sum(-1).sqrt(), torch.nan)


def mean_colours(view: MouthView, mask: torch.Tensor) -> np.ndarray:
    """Return the mean Lab of composite and generated mouth over a mask: float64 ``[2,B,3]``, NaN of too few pixels."""
    colours = torch.where(mask.sum(-1)[:, None] >= ENOUGH, _mean(view.lab, mask[:, None]), torch.nan)
    return colours.double().cpu().numpy()


def _mean(values: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Return the weighted mean over the last axis; NaN without weight."""
    return (values * weight).sum(-1) / weight.sum(-1)


def _known(
    function: Callable[[MouthView], torch.Tensor | np.ndarray],
) -> Callable[[Measurement], torch.Tensor | np.ndarray]:
    """Return the function of a measurement; NaN where the generated mouth is unknown."""
    return lambda m: function(m.mouth) if m.mouth is not None else np.full(len(m.batch), np.nan)


def _lips(measurement: Measurement) -> np.ndarray:
    """Return the lips' change from the generated ones, or where those are unknown, from the target's."""
    m = measurement
    return lip_delta_e(m.target, m.composite, m.alpha, m.parts, backend=m.backend) if m.mouth is None else lip_change(m.mouth)


METRICS = (
    Metric("lip_delta_e", "change of the lips' mean colour, CIEDE2000", "ΔE", goal=Goal(high=3.0), measure=_lips, reduce=mean),
    Metric(
        "lip_contrast_ratio",
        "contrast of lower lip and chin over that of the generated mouth",
        better="target",
        goal=Goal(low=0.85, high=1.15, share=0.95, ideal=1.0),
        measure=_known(lip_contrast_ratio),
        reduce=mean,
        fading=False,
    ),
    Metric(
        "mouth_fidelity",
        "likeness of the mouth to the generated one, 1 at best",
        better="higher",
        goal=Goal(low=0.97, share=0.95, ideal=1.0),
        measure=_known(mouth_fidelity),
        reduce=mean,
        fading=False,
    ),
    Metric(
        "opening_ratio",
        "dark inside of the mouth over that of the generated one",
        better="target",
        goal=Goal(low=0.9, high=1.1, share=0.95, ideal=1.0),
        measure=_known(opening_ratio),
        reduce=mean,
        fading=False,
    ),
    Metric(
        "teeth_chroma",
        "change of the teeth's colour from the generated ones, distance in a*, b*",
        "ΔE",
        goal=Goal(high=3.0, share=0.95),
        measure=_known(teeth_chroma),
        reduce=mean,
        fading=False,
    ),
)
