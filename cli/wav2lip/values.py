"""What a flag of ``seamsync wav2lip`` is, and how arguments become values of SeamSync's settings."""

from __future__ import annotations

from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

#: Stands for "leave this setting as it is".
LEFT: Final = object()

#: Blend method → shape, edge awareness and its guide of the mask, blend method, enhancement; chosen by the figures in
#: docs/wav2lip_command.md.
BLENDS = {
    "ellipse": ("wide_ellipse", 0.0, "gradient", "multiband", "off"),
    "multiscale": ("contour", 0.0, "gradient", "multiband", "off"),
    "edge_aware": ("contour", 0.5, "gradient", "multiband", "off"),
    "guided": ("contour", 0.5, "guided_filter", "multiband", "off"),
    "hd": ("contour", 0.0, "gradient", "multiband", "hd"),
    "original": ("contour", 0.0, "gradient", "multiband", "off"),
}
#: The same of the fork's first script: shape, blend method.
OLDER_BLENDS = {"replace": ("contour", "multiband"), "feather": ("contour", "alpha"), "poisson": ("contour", "poisson")}
#: Mode of ``temporal_smooth`` → strength.
SMOOTHING = {"light": 1.0, "medium": 1.5, "strong": 2.0}
#: Usual scale of the mask, where it is not 1: more of this ellipse would leave the face.
_SCALES = {"ellipse": 0.85}
#: The fork's usual size of the mouth region, as a share of the face box.
_REGION = 0.6
#: The fork's usual kernel, and the feather it stands for, in face widths.
_KERNEL, _FEATHER = 51, 0.16
#: Height of a face box in face widths, and the mask's usual upper boundary.
_BOX_HEIGHT, _UPPER = 1.33, 0.25
#: Sharpening of 'hd' where none is asked for, as in the fork.
_HD = 0.7


#: Who has the flag: the published command, its enhanced fork, that fork's first script, another fork, or SeamSync alone.
ORIGINS = ("original", "enhanced", "first script", "other forks", "SeamSync")


@dataclass(frozen=True)
class Flag:
    """One flag.

    Attributes:
        name: as typed, without the dashes.
        default: as in the fork.
        help: what it takes.
        why: how it is understood here.
        sets: the settings it sets; none: it has no effect.
        values: a value for each of them, of all arguments; :data:`LEFT` leaves one as it is. None: the
            argument itself.
        options: further keywords of ``add_argument``.
        origin: one of :data:`ORIGINS`.
    """

    name: str
    default: Any
    help: str
    why: str
    sets: tuple[str, ...] = ()
    values: Callable[[Namespace], tuple[Any, ...]] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    origin: str = "original"

    def settings(self, arguments: Namespace) -> dict[str, Any]:
        """Setting → value that the flag gives it."""
        given = (getattr(arguments, self.name),) if self.values is None else self.values(arguments)
        pairs = zip(self.sets, given if self.sets else (), strict=True)
        return {name: value for name, value in pairs if value is not LEFT}


def switch(text: str) -> bool:
    """A yes or no in words.

    Raises:
        ArgumentTypeError: another word.
    """
    if text.lower() in ("true", "yes", "on", "1"):
        return True
    if text.lower() in ("false", "no", "off", "0", ""):
        return False
    raise ArgumentTypeError(f"must be True or False, got {text!r}")


def rate(given: Namespace) -> tuple[Any, ...]:
    """Frames a second as an exact fraction."""
    return (Fraction(given.fps).limit_denominator(100_000),)


def fixed_box(given: Namespace) -> tuple[Any, ...]:
    """Of ``box``: the box, and no pads, as it is taken as it is."""
    return (tuple(given.box), (0, 0, 0, 0)) if given.box[0] != -1 else (LEFT, LEFT)


def blend_settings(given: Namespace) -> tuple[Any, ...]:
    """Of ``blend_method``."""
    return BLENDS[given.blend_method]


def older_blend(given: Namespace) -> tuple[Any, ...]:
    """Of ``blend``."""
    return OLDER_BLENDS[given.blend] if given.blend else (LEFT, LEFT)


def region(given: Namespace) -> tuple[Any, ...]:
    """Of ``mouth_region_size``: scale of the mask. Half as much smaller as asked for, so that its edge keeps off the lips, and
    no larger than usual, as it would leave the face."""
    share = 1 + 0.5 * (given.mouth_region_size / _REGION - 1)
    return (round(_SCALES.get(given.blend_method, 1.0) * min(max(share, 0.6), 1.0), 3),)


def soft_edge(kernel: int) -> float:
    """Feather in face widths of a blur kernel in pixels, 0…0.3."""
    return min(max(_FEATHER * kernel / _KERNEL, 0.0), 0.3)


def part_below(given: Namespace) -> tuple[Any, ...]:
    """Of ``mouth_from``: the upper boundary in face widths, 0…0.7."""
    if given.mouth_from is None:
        return (LEFT,)
    return (min(max(_UPPER + _BOX_HEIGHT * (given.mouth_from - 0.5), 0.0), 0.7),)


def sharpening(given: Namespace) -> tuple[Any, ...]:
    """Of ``sharpen_amount``: of the unsharp mask, and of the HD chain."""
    amount = min(max(given.sharpen_amount, 0.0), 3.0)
    return amount, min(amount, 1.0) if given.sharpen_mouth else _HD


def smoothing(given: Namespace) -> tuple[Any, ...]:
    """Of ``temporal_smooth`` with its window and mode: strength of the landmarks' smoothing."""
    if not given.temporal_smooth:
        return (LEFT,)
    return (min(SMOOTHING[given.smooth_mode] * max(given.smooth_window, 1) / 3, 4.0),)
