"""Choose how mouths are enhanced; importing this loads nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from ..options import Settings, choice, number, whole

ENHANCEMENTS = ("unsharp", "hd", "restoration", "off")


@dataclass(frozen=True)
class EnhanceOptions(Settings):
    """How mouths are enhanced. Lengths are in pixels of the generator's picture."""

    amount: float = number(0.5, "'unsharp': how much crisper; 0 changes nothing.", 0.0, 3.0, 0.05)
    radius: float = number(
        1.0, "'unsharp': size of the detail made crisper, in pixels of the mouth picture.", 0.3, 8.0, 0.1, advanced=True
    )
    method: str = choice(
        "unsharp",
        "Sharpen the mouths, make them larger and crisper ('hd'), or restore them with a model of your own.",
        ENHANCEMENTS,
    )
    scale: int = whole(2, "'hd' and 'restoration': size of the new mouths, as a multiple of the generator's.", 1, 4)
    edges: float = number(0.35, "'hd': makes the lines of lips and teeth stronger.", 0.0, 1.0, 0.05, advanced=True)
    smoothing: float = number(
        0.5, "'hd': takes noise and blocks out of the skin between the lines.", 0.0, 1.0, 0.05, advanced=True
    )
    sharpening: float = number(0.5, "'hd': sharpens fine, middle and coarse detail in turn.", 0.0, 1.0, 0.05, advanced=True)
    contrast: float = number(
        0.15, "'hd': brings out detail in dark and bright parts; much of it may flicker.", 0.0, 1.0, 0.05, advanced=True
    )
    fidelity: float = number(0.5, "'restoration': 1 keeps the generator's picture, 0 takes the model's.", 0.0, 1.0, 0.05)
    steadiness: float = number(
        0.7,
        "'restoration': steadies over time what the model adds, where the mouth stands still.",
        0.0,
        0.95,
        0.05,
        advanced=True,
    )
