"""The settings of the seam: Shape Mouth Mask, Temporal EMA, Match Color, Seam Blend. No picture is touched here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..blending.external import ExternalMask
from ..blending.presets import PRESETS
from ..blending.settings import ColorMatch, MouthMask, SeamBlend, SeamTemporal
from ..options import from_values
from . import host, types
from .fields import accepts_old_values, choice, link, output, settings_inputs
from .host import io

CUSTOM = "custom"
_PRESET_HELP = "'custom' uses the values below; a preset's name uses that preset's values and ignores them."


def _preset_input() -> Any:
    return choice("preset", [CUSTOM, *PRESETS], _PRESET_HELP)


@accepts_old_values(MouthMask)
class ShapeMouthMask(io.ComfyNode):
    """Where the generated mouth shows."""

    @classmethod
    def define_schema(cls) -> Any:
        """Inputs and outputs."""
        return host.schema(
            "ShapeMouthMask",
            "Shape Mouth Mask",
            "Where the generated mouth shows: the outline, its soft edge, and how that falls off. Lengths are in face widths.",
            [
                _preset_input(),
                *settings_inputs(MouthMask),
                link(
                    io.Mask,
                    "external",
                    "A mask of your own: one picture for the whole clip, or one a frame. 'external_mode' says what it does.",
                    optional=True,
                ),
            ],
            [output(types.MOUTH_MASK, "mask", "Mask settings, for Composite Mouths and Preview Composite.")],
            ["feather", "ellipse mask", "erode", "dilate", "mask shape"],
        )

    @classmethod
    def execute(cls, preset: str = CUSTOM, external: Any = None, **settings: Any) -> Any:
        """The settings object; a linked mask joins a preset too."""
        mask = from_values(MouthMask, settings) if preset == CUSTOM else PRESETS[preset].mask
        return host.result(mask if external is None else replace(mask, external=ExternalMask.from_mask(external)))


class TemporalEMA(io.ComfyNode):
    """How the mask and the colour are steadied over time."""

    @classmethod
    def define_schema(cls) -> Any:
        """Inputs and outputs."""
        return host.schema(
            "TemporalEMA",
            "Temporal EMA",
            "Steadies the mask's outline and the colour over time, against flicker. The picture itself is never smoothed.",
            [_preset_input(), *settings_inputs(SeamTemporal)],
            [output(types.SEAM_TEMPORAL, "temporal", "Smoothing settings, for Composite Mouths and Preview Composite.")],
            ["smooth", "flicker", "deflicker", "jitter", "stabilize mask"],
        )

    @classmethod
    def execute(cls, preset: str = CUSTOM, **settings: Any) -> Any:
        """The settings object."""
        return host.result(from_values(SeamTemporal, settings) if preset == CUSTOM else PRESETS[preset].temporal)


@accepts_old_values(ColorMatch)
class MatchColor(io.ComfyNode):
    """How the mouth's colour is brought to the face's."""

    @classmethod
    def define_schema(cls) -> Any:
        """Inputs and outputs."""
        return host.schema(
            "MatchColor",
            "Match Color",
            "Brings the colour of the generated skin to the target's, within limits.",
            [_preset_input(), *settings_inputs(ColorMatch)],
            [output(types.COLOR_MATCH, "color", "Colour settings, for Composite Mouths and Preview Composite.")],
            ["color transfer", "colour match", "skin tone", "white balance"],
        )

    @classmethod
    def execute(cls, preset: str = CUSTOM, **settings: Any) -> Any:
        """The settings object."""
        return host.result(from_values(ColorMatch, settings) if preset == CUSTOM else PRESETS[preset].color)


class SeamBlendNode(io.ComfyNode):
    """How mouth and face become one picture."""

    @classmethod
    def define_schema(cls) -> Any:
        """Inputs and outputs."""
        return host.schema(
            "SeamBlend",
            "Seam Blend",
            "How the masked mouth and the target become one picture.",
            [_preset_input(), *settings_inputs(SeamBlend)],
            [output(types.SEAM_BLEND, "blend", "Blend settings, for Composite Mouths and Preview Composite.")],
            ["alpha blend", "multiband", "poisson", "seamless clone"],
        )

    @classmethod
    def execute(cls, preset: str = CUSTOM, **settings: Any) -> Any:
        """The settings object."""
        return host.result(from_values(SeamBlend, settings) if preset == CUSTOM else PRESETS[preset].blend)
