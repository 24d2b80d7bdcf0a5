"""The settings of the seam: small frozen objects that the nodes make and the compositor runs.

Every field carries its help text, range and step as metadata, so that nodes, command line and documentation say the
same thing without writing it twice.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from ..tensors import SeamSyncError, check_choice, check_range

SHAPES = ("contour", "ellipse", "wide ellipse", "superellipse", "box", "mouth")
FALLOFFS = ("distance", "gaussian")
SIDES = ("inward", "centred", "outward")
COLOR_METHODS = ("mean and deviation", "mean", "none")
COLOR_SPACES = ("ycbcr", "lab", "rgb")
BLENDS = ("alpha",)


def number(default: float, text: str, low: float, high: float, step: float, unit: str = "") -> Any:
    """A float field with its help text, range, step and unit."""
    return field(default=default, metadata={"help": text, "low": low, "high": high, "step": step, "unit": unit})


def choice(default: str, text: str, choices: tuple[str, ...]) -> Any:
    """A field that is one of ``choices``."""
    return field(default=default, metadata={"help": text, "choices": choices})


def switch(default: bool, text: str) -> Any:
    """A yes/no field."""
    return field(default=default, metadata={"help": text})


class Checked:
    """Base of the settings: checks every field against its metadata when the object is made."""

    def __post_init__(self) -> None:
        for item in dataclasses.fields(self):  # type: ignore[arg-type]
            value = getattr(self, item.name)
            name = f"{type(self).__name__}.{item.name}"
            if "choices" in item.metadata:
                check_choice(name, value, item.metadata["choices"])
            elif "low" in item.metadata:
                if isinstance(value, bool) or not isinstance(value, int | float):
                    raise SeamSyncError(f"{name} must be a number, got {value!r}")
                check_range(name, value, item.metadata["low"], item.metadata["high"], item.metadata["unit"])
            elif not isinstance(value, bool):
                raise SeamSyncError(f"{name} must be true or false, got {value!r}")


@dataclass(frozen=True)
class MouthMask(Checked):
    """Where the generated mouth shows. Lengths are in face widths, so that they fit every clip."""

    shape: str = choice("contour", "Outline of the mask. 'contour' follows the lower face, chin and cheeks included.", SHAPES)
    scale: float = number(1.0, "Size of the outline; above 1 covers more of the face.", 0.5, 2.0, 0.01)
    padding: float = number(0.0, "Distance added around the outline.", -0.1, 0.3, 0.005, "face widths")
    upper_boundary: float = number(
        0.34, "Top of the mask below the nose bridge; larger keeps more of the original nose.", 0.0, 0.7, 0.01, "face widths"
    )
    roundness: float = number(0.5, "Smooths the corners of the 'contour' outline.", 0.0, 1.0, 0.05)
    rotation: bool = switch(True, "Turns the mask with the line of the mouth corners.")
    erosion: float = number(
        0.006, "Shrinks the mask before the feather: hides the patch's own border.", 0.0, 0.1, 0.001, "face widths"
    )
    dilation: float = number(0.0, "Grows the mask after the erosion.", 0.0, 0.1, 0.001, "face widths")
    feather: float = number(0.08, "Width of the soft edge.", 0.0, 0.3, 0.005, "face widths")
    feather_min: float = number(3.0, "Narrowest soft edge, whatever the face size.", 0.0, 64.0, 0.5, "px")
    feather_max: float = number(64.0, "Widest soft edge, whatever the face size.", 1.0, 256.0, 1.0, "px")
    side: str = choice("inward", "Which side of the outline the soft edge lies on.", SIDES)
    falloff: str = choice("distance", "How alpha falls: by the distance to the outline, or by a Gaussian blur.", FALLOFFS)
    gamma: float = number(1.0, "Shape of the distance falloff; below 1 keeps more of the new mouth.", 0.3, 2.0, 0.05)
    opacity: float = number(1.0, "Weight of the new mouth inside the mask.", 0.0, 1.0, 0.01)


@dataclass(frozen=True)
class SeamTemporal(Checked):
    """Steadies the mask's outline and the colour gains, never the picture; nothing crosses a cut."""

    mask_beta: float = number(0.85, "Smoothing of the mask's outline in face coordinates; 0 is off.", 0.0, 0.98, 0.01)
    color_beta: float = number(0.9, "Smoothing of the colour gains; 0 is off.", 0.0, 0.99, 0.01)
    zero_phase: bool = switch(True, "Smooths the outline forwards and backwards, so that it never trails behind the face.")


@dataclass(frozen=True)
class ColorMatch(Checked):
    """Brings the patch's skin to the target's."""

    method: str = choice("mean and deviation", "What is matched between the patch's skin and the target's.", COLOR_METHODS)
    space: str = choice("ycbcr", "Colour space of the match.", COLOR_SPACES)
    strength: float = number(1.0, "How far the match goes.", 0.0, 1.0, 0.05)
    gain_clamp: float = number(0.25, "Largest change of contrast, as a share.", 0.0, 1.0, 0.01)
    shift_clamp: float = number(0.15, "Largest change of colour, as a share of full scale.", 0.0, 1.0, 0.01)


@dataclass(frozen=True)
class SeamBlend(Checked):
    """How the masked patch and the target become one picture."""

    method: str = choice("alpha", "Blend method.", BLENDS)


@dataclass(frozen=True)
class SeamSettings:
    """All that the compositor needs to know."""

    mask: MouthMask = MouthMask()
    temporal: SeamTemporal = SeamTemporal()
    color: ColorMatch = ColorMatch()
    blend: SeamBlend = SeamBlend()

    def as_dict(self) -> dict[str, dict[str, Any]]:
        """Plain nested values, for reports and settings files."""
        return dataclasses.asdict(self)
