"""The settings of the seam: Shape Mouth Mask, Temporal EMA, Match Color, Seam Blend. No picture is touched here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from ..blending.external import ExternalMask
from ..blending.presets import PRESETS
from ..blending.settings import ColorMatch, MouthMask, SeamBlend, SeamTemporal
from ..options import Settings, from_values, settings_of
from . import host, types
from .fields import accepts_old_values, choice, link, output, settings_inputs
from .host import io

T = TypeVar("T", bound=Settings)

CUSTOM = "custom"
_PRESET_HELP = "Named settings: choosing one shows its values below, and changing a value makes it 'custom'."
#: Key of the preset input's options under which the page finds every preset's values (``web/presets.js``).
_VALUES = "seamsync_presets"


def _preset_input(part: str) -> Any:
    """Return the choice of a preset, with the values of all of them for the page.

    Args:
        part: field of :class:`SeamSettings` that the node makes.
    """
    values = {name: _inputs(getattr(preset, part)) for name, preset in PRESETS.items()}
    return choice("preset", [CUSTOM, *PRESETS], _PRESET_HELP, page={_VALUES: values})


def _inputs(settings: Settings) -> dict[str, Any]:
    """Return the values of a settings object by the node's inputs."""
    return {item.input_id: getattr(settings, item.name) for item in settings_of(type(settings))}


def _chosen(preset: str, part: str, kind: type[T], values: dict[str, Any]) -> T:
    """Return the settings of a node: those of its values, or of its preset.

    A prompt that was not made by our page can name a preset and give other values too: the preset holds, and a warning lists
    what is not used. Values at their defaults are not listed, because saved prompts write all of them out.
    """
    if preset == CUSTOM:
        return from_values(kind, values)
    made = getattr(PRESETS[preset], part)
    held, usual = _inputs(made), {item.input_id: item.default for item in settings_of(kind)}
    unused = {name: value for name, value in values.items() if value not in (held.get(name), usual.get(name))}
    if unused:
        listed = ", ".join(f"{name} {value!r} (it has {held.get(name)!r})" for name, value in unused.items())
        host.warn(f"the preset {preset!r} holds, not {listed}; choose the preset 'custom' for values of your own")
    return made


@accepts_old_values(MouthMask)
class ShapeMouthMask(io.ComfyNode):
    """Where the generated mouth shows."""

    @classmethod
    def define_schema(cls) -> Any:
        """Inputs and outputs."""
        return host.schema(
            "seam/ShapeMouthMask",
            "Shape Mouth Mask",
            "Where the generated mouth shows: the outline, its soft edge, and how that falls off. Lengths are in face widths.",
            [
                _preset_input("mask"),
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
        mask = _chosen(preset, "mask", MouthMask, settings)
        return host.result(mask if external is None else replace(mask, external=ExternalMask.from_mask(external)))


class TemporalEMA(io.ComfyNode):
    """How the mask and the colour are steadied over time."""

    @classmethod
    def define_schema(cls) -> Any:
        """Inputs and outputs."""
        return host.schema(
            "seam/TemporalEMA",
            "Temporal EMA",
            "Steadies the mask's outline and the colour over time, against flicker. The picture itself is never smoothed.",
            [_preset_input("temporal"), *settings_inputs(SeamTemporal)],
            [output(types.SEAM_TEMPORAL, "temporal", "Smoothing settings, for Composite Mouths and Preview Composite.")],
            ["smooth", "flicker", "deflicker", "jitter", "stabilize mask"],
        )

    @classmethod
    def execute(cls, preset: str = CUSTOM, **settings: Any) -> Any:
        """The settings object."""
        return host.result(_chosen(preset, "temporal", SeamTemporal, settings))


@accepts_old_values(ColorMatch)
class MatchColor(io.ComfyNode):
    """How the mouth's colour is brought to the face's."""

    @classmethod
    def define_schema(cls) -> Any:
        """Inputs and outputs."""
        return host.schema(
            "seam/MatchColor",
            "Match Color",
            "Brings the colour of the generated skin to the target's, within limits.",
            [_preset_input("color"), *settings_inputs(ColorMatch)],
            [output(types.COLOR_MATCH, "color", "Colour settings, for Composite Mouths and Preview Composite.")],
            ["color transfer", "colour match", "skin tone", "white balance"],
        )

    @classmethod
    def execute(cls, preset: str = CUSTOM, **settings: Any) -> Any:
        """The settings object."""
        return host.result(_chosen(preset, "color", ColorMatch, settings))


class SeamBlendNode(io.ComfyNode):
    """How mouth and face become one picture."""

    @classmethod
    def define_schema(cls) -> Any:
        """Inputs and outputs."""
        return host.schema(
            "seam/SeamBlend",
            "Seam Blend",
            "How the masked mouth and the target become one picture.",
            [_preset_input("blend"), *settings_inputs(SeamBlend)],
            [output(types.SEAM_BLEND, "blend", "Blend settings, for Composite Mouths and Preview Composite.")],
            ["alpha blend", "multiband", "poisson", "seamless clone"],
        )

    @classmethod
    def execute(cls, preset: str = CUSTOM, **settings: Any) -> Any:
        """The settings object."""
        return host.result(_chosen(preset, "blend", SeamBlend, settings))
