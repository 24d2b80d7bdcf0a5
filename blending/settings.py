"""The settings of the seam: small frozen objects that the nodes make and the compositor runs.

Every field carries its help text, range and step as metadata, so that nodes, command line and documentation say the
same thing without writing it twice.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..models.faces.regions import REGIONS
from ..options import Settings, choice, names, number, settings_of, switch, whole
from .methods.registry import METHODS

if TYPE_CHECKING:
    from .external import ExternalMask  # imports torch, which the command's help does without

SHAPES = ("contour", "ellipse", "wide_ellipse", "superellipse", "box", "mouth", "jaw", "upper_face")
FALLOFFS = ("distance", "gaussian")
SIDES = ("inward", "centred", "outward")
EDGE_GUIDES = ("gradient", "guided_filter")
MASK_MODES = ("intersect", "union", "minus", "replace")
OCCLUSIONS = ("off", "disagreement", "parser", "xseg", "auto")
COLOR_METHODS = ("mean_and_deviation", "mean", "none", "covariance")
COLOR_SPACES = ("ycbcr", "lab", "rgb")
SAMPLE_REGIONS = ("inside", "ring", "both")
BLENDS = tuple(METHODS)
GRADIENTS = ("mixed", "source", "target")
DOMAINS = ("ring", "mask")


@dataclass(frozen=True)
class MouthMask(Settings):
    """Where the generated mouth shows. Lengths are in face widths, so that they fit every clip.

    Example:
        >>> from seamsync import MouthMask
        >>> MouthMask(feather=0.08).feather
        0.08
    """

    shape: str = choice("contour", "Outline of the mask. 'contour' follows the lower face, chin and cheeks included.", SHAPES)
    scale: float = number(1.0, "Size of the outline; above 1 covers more of the face.", 0.5, 2.0, 0.01, advanced=True)
    padding: float = number(0.0, "Distance added around the outline.", -0.1, 0.3, 0.005, "face widths", advanced=True)
    upper_boundary: float = number(
        0.25,
        "Top of the mask below the nose bridge; larger keeps more of the original nose.",
        0.0,
        0.7,
        0.01,
        "face widths",
        advanced=True,
    )
    roundness: float = number(0.5, "Smooths the corners of the 'contour' outline.", 0.0, 1.0, 0.05, advanced=True)
    rotation: bool = switch(True, "Turns the mask with the line of the mouth corners.", advanced=True)
    erosion: float = number(
        0.006, "Shrinks the mask before the feather: hides the patch's own border.", 0.0, 0.1, 0.001, "face widths"
    )
    dilation: float = number(0.0, "Grows the mask after the erosion.", 0.0, 0.1, 0.001, "face widths", advanced=True)
    feather: float = number(0.16, "Width of the soft edge.", 0.0, 0.3, 0.005, "face widths")
    feather_min: float = number(3.0, "Narrowest soft edge, whatever the face size.", 0.0, 64.0, 0.5, "px", advanced=True)
    feather_max: float = number(64.0, "Widest soft edge, whatever the face size.", 1.0, 256.0, 1.0, "px", advanced=True)
    feather_side: str = choice(
        "inward",
        "Which side of the outline the soft edge lies on; a Gaussian lies on both.",
        SIDES,
        old=("side",),
        advanced=True,
    )
    falloff: str = choice(
        "distance", "How alpha falls: by the distance to the outline, or by a Gaussian blur.", FALLOFFS, advanced=True
    )
    falloff_gamma: float = number(
        0.5,
        "Shape of the distance falloff; below 1 keeps more of the new mouth.",
        0.3,
        2.0,
        0.05,
        old=("gamma",),
        advanced=True,
    )
    opacity: float = number(1.0, "Weight of the new mouth inside the mask.", 0.0, 1.0, 0.01, advanced=True)
    feather_top: float = number(1.0, "Soft edge under the nose, as a multiple of 'feather'.", 0.25, 4.0, 0.05, advanced=True)
    feather_sides: float = number(1.0, "Soft edge on the cheeks, as a multiple of 'feather'.", 0.25, 4.0, 0.05, advanced=True)
    feather_chin: float = number(1.0, "Soft edge at the chin, as a multiple of 'feather'.", 0.25, 4.0, 0.05, advanced=True)
    edge_aware: float = number(
        0.0,
        "Keeps the seam off lines of the face such as the jaw, nostrils and folds; 0 is off.",
        0.0,
        1.0,
        0.05,
        advanced=True,
    )
    edge_guide: str = choice(
        "gradient", "What finds those lines: the picture's gradient, or a guided filter.", EDGE_GUIDES, advanced=True
    )
    regions: str = names(
        "",
        "Face-parser regions such as 'skin, lips, mouth'; empty is off. Needs the model 'face-parser'.",
        REGIONS,
        advanced=True,
    )
    region_mode: str = choice("intersect", "How these regions and the outline become one mask.", MASK_MODES, advanced=True)
    external_mode: str = choice(
        "intersect", "How a linked MASK and the outline become one mask; 'minus' cuts out what it covers.", MASK_MODES
    )
    occlusion: str = choice(
        "auto",
        "Keeps hands, microphones and cups in front of the mouth. 'auto' finds them from the clip alone: whatever the face "
        "itself never looks like. 'disagreement' compares with the generated mouth; 'parser' and 'xseg' use a model.",
        OCCLUSIONS,
    )
    occlusion_strength: float = number(
        0.5, "How readily something counts as in front of the mouth.", 0.0, 1.0, 0.05, advanced=True
    )
    profile_start: float = number(
        45.0,
        "Head turned further than this begins to keep the original mouth; 90 is off.",
        0.0,
        90.0,
        1.0,
        "degrees",
        advanced=True,
    )
    profile_end: float = number(
        65.0, "Head turned this far keeps the original mouth entirely.", 0.0, 90.0, 1.0, "degrees", advanced=True
    )
    alignment: float = number(
        1.0,
        "Moves the patch so that its nose and mouth corners meet the target's; for patches that sit askew.",
        0.0,
        1.0,
        0.05,
        advanced=True,
    )
    external: ExternalMask | None = field(default=None, repr=False)


@dataclass(frozen=True)
class SeamTemporal(Settings):
    """Steadies the mask's outline and the colour gains, never the picture; nothing crosses a cut.

    Example:
        >>> from seamsync import SeamTemporal
        >>> SeamTemporal(color_beta=0.0).color_beta
        0.0
    """

    mask_beta: float = number(0.85, "Smoothing of the mask's outline in face coordinates; 0 is off.", 0.0, 0.98, 0.01)
    color_beta: float = number(0.9, "Smoothing of the colour gains; 0 is off.", 0.0, 0.99, 0.01)
    zero_phase: bool = switch(
        True, "Smooths the outline forwards and backwards, so that it never trails behind the face.", advanced=True
    )
    reject_outliers: bool = switch(
        True,
        "Replaces an outline that jumps for a frame or two by the median of its neighbours.",
        old=("outliers",),
        advanced=True,
    )
    motion_widening: float = number(
        0.0,
        "Widens the soft edge along the motion of the face, in frames of that motion.",
        0.0,
        4.0,
        0.1,
        "frames",
        advanced=True,
    )
    flow_average: float = number(
        0.0, "Averages alpha with the last frame's, moved along by optical flow; 0 is off.", 0.0, 0.95, 0.05, advanced=True
    )
    color_hysteresis: float = number(
        0.01,
        "Colour holds still until it is off by more than this share of full scale, against pumping.",
        0.0,
        0.1,
        0.002,
        advanced=True,
    )


@dataclass(frozen=True)
class ColorMatch(Settings):
    """Brings the patch's skin to the target's.

    Example:
        >>> from seamsync import ColorMatch
        >>> ColorMatch(method="mean").method
        'mean'
    """

    method: str = choice("mean_and_deviation", "What is matched between the patch's skin and the target's.", COLOR_METHODS)
    space: str = choice("ycbcr", "Colour space of the match.", COLOR_SPACES, advanced=True)
    strength: float = number(1.0, "How far the match goes.", 0.0, 1.0, 0.05)
    gain_clamp: float = number(0.25, "Largest change of contrast, as a share.", 0.0, 1.0, 0.01, advanced=True)
    shift_clamp: float = number(0.15, "Largest change of colour, as a share of full scale.", 0.0, 1.0, 0.01, advanced=True)
    sample_region: str = choice(
        "both",
        "Where skin is measured: inside the mask, around its edge, or both alike.",
        SAMPLE_REGIONS,
        old=("statistics",),
        advanced=True,
    )
    sharpness: float = number(
        1.0,
        "Brings the patch's sharpness to the target's, so that the mouth is no softer than the face.",
        0.0,
        1.0,
        0.05,
        advanced=True,
    )
    grain: float = number(0.5, "Gives the patch the target's grain (camera noise).", 0.0, 1.0, 0.05, advanced=True)
    shading: float = number(
        1.0,
        "Evens out differences of light that change slowly over the face, so that colour meets all along the seam.",
        0.0,
        1.0,
        0.05,
    )
    shading_scale: float = number(
        0.045,
        "How slowly: smaller follows the target's light more closely, larger keeps more of the patch's.",
        0.03,
        0.5,
        0.005,
        "face widths",
        advanced=True,
    )
    detail: float = number(
        1.0,
        "Keeps the target's own finest skin detail (pores, stubble, a moustache) away from the lips.",
        0.0,
        1.0,
        0.05,
        advanced=True,
    )
    keep_mouth: float = number(
        1.0, "Keeps lips and teeth as they were generated: they take the patch's overall colour alone.", 0.0, 1.0, 0.05
    )


@dataclass(frozen=True)
class SeamBlend(Settings):
    """How the masked patch and the target become one picture.

    Example:
        >>> from seamsync import SeamBlend
        >>> SeamBlend(method="poisson", iterations=50).iterations
        50
    """

    method: str = choice(
        "multiband",
        "Blend method. 'multiband' fades coarse detail wide and fine detail narrow; 'poisson' carries gradients over.",
        BLENDS,
    )
    levels: int = whole(5, "Bands of 'multiband'; each further one fades twice as coarse.", 3, 5, advanced=True)
    fine_width: float = number(
        2.0, "Width over which 'multiband' changes the finest detail.", 1.0, 16.0, 0.5, "px", advanced=True
    )
    gradients: str = choice(
        "target",
        "Detail of the soft edge under 'poisson': the target's, the patch's ('source'), or the stronger ('mixed').",
        GRADIENTS,
        advanced=True,
    )
    domain: str = choice(
        "mask",
        "Where 'poisson' solves: the soft edge alone, or the whole mask, so that the mouth follows the face's light.",
        DOMAINS,
        advanced=True,
    )
    iterations: int = whole(30, "Most iterations of 'poisson' before it falls back to 'multiband'.", 1, 200, advanced=True)
    guided_radius: float = number(0.03, "Reach of the guided filter.", 0.005, 0.2, 0.005, "face widths", advanced=True)
    guided_epsilon: float = number(
        0.001, "Contrast (squared) below which the guided filter smooths.", 0.0001, 0.1, 0.0001, advanced=True
    )
    linear_light: bool = switch(False, "Mixes in linear light, as lenses do, instead of in stored values.", advanced=True)
    supersampling: float = number(
        1.0, "Composites at this multiple of the resolution, for small faces.", 1.0, 2.0, 0.5, advanced=True
    )


@dataclass(frozen=True)
class SeamSettings:
    """Hold all settings that the compositor needs.

    Example:
        >>> from seamsync import MouthMask, SeamSettings
        >>> SeamSettings(mask=MouthMask(feather=0.08)).as_dict()["mask"]["feather"]
        0.08
    """

    mask: MouthMask = MouthMask()
    temporal: SeamTemporal = SeamTemporal()
    color: ColorMatch = ColorMatch()
    blend: SeamBlend = SeamBlend()

    def as_dict(self) -> dict[str, dict[str, Any]]:
        """Return plain nested values, for reports and settings files. A linked mask is left out."""
        parts = {item.name: getattr(self, item.name) for item in dataclasses.fields(self)}
        return {name: {item.name: getattr(part, item.name) for item in settings_of(type(part))} for name, part in parts.items()}
