"""What a browser needs to compose a few frames itself while the user drags the seam's settings.

It gets numbers, not masks: the smoothed outline before its bounds, and those bounds, lips and patch corners. From these
alpha is worked out for any feather, gamma, erosion and opacity as the engine does it (feather.py, mirrored in
web/tuner/alpha.mjs), and from target and patch the colour match (color.py, web/tuner/color.mjs). Everything else the engine
does is kept as it was rendered, in two small pictures: what changed alpha, and what was added to the colour-matched patch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..blending.mask.shapes import Outlines
from ..blending.plan import SeamPlan, free_outlines
from ..blending.result import CompositeResult
from ..blending.settings import SeamSettings
from ..media.frame import PlanarFrame
from ..media.video import VideoInfo
from ..options import setting_of, settings_of
from .tuner_frame import TuningFrame, tuning_frame

#: Most frames that are gathered.
MOST_FRAMES = 4
#: What can be dragged: settings group, field.
TUNED = (("mask", "feather"), ("mask", "falloff_gamma"), ("mask", "erosion"), ("mask", "opacity"), ("color", "strength"))


@dataclass
class Tuner:
    """Gathers the first :data:`MOST_FRAMES` frames of a preview.

    Attributes:
        frames: what was gathered.
        settings: those that the frames were rendered with; set by the first.
    """

    frames: list[TuningFrame] = field(default_factory=list)
    settings: SeamSettings | None = None
    _free: Outlines | None = None
    _covered: bool = False

    @property
    def full(self) -> bool:
        """Whether it has all it wants."""
        return len(self.frames) >= MOST_FRAMES

    def add(
        self, plan: SeamPlan, settings: SeamSettings, info: VideoInfo, before: PlanarFrame, composed: CompositeResult
    ) -> None:
        """One composited frame.

        Args:
            plan: of the clip, the same for all frames, as are ``settings`` and ``info``.
            settings: it was rendered with.
            info: of the target.
            before: the target's frame, untouched.
            composed: a single frame's.
        """
        if self._free is None:
            self._free, self.settings = free_outlines(plan.track, plan.mouths, settings, plan.scene), settings
        self._covered = self._covered or (composed.front is not None and bool(composed.front.any()))
        index = int(composed.batch.indices[0])
        self.frames.append(tuning_frame(plan, settings, info, self._free.take([index]), before, composed))

    def node_data(self) -> dict[str, Any]:
        """What all frames share: the settings, the sliders, and why a picture can only be approximated, if so.

        ``always`` are reasons that no view is free of, ``finished`` those that concern the finished picture alone.
        """
        settings = self.settings or SeamSettings()
        always, finished = approximations(settings, covered=self._covered)
        return {
            "settings": settings.as_dict(),
            "inputs": {part: input_ids(type(getattr(settings, part))) for part in ("mask", "color")},
            "sliders": sliders(settings),
            "always": always,
            "finished": finished,
        }


def input_ids(kind: type) -> dict[str, str]:
    """Return the ids of the node's inputs that differ from the names of their settings."""
    return {setting.name: setting.input_id for setting in settings_of(kind) if setting.input_id != setting.name}


def sliders(settings: SeamSettings) -> list[dict[str, Any]]:
    """Name, range, step, help and present value of everything that can be dragged."""
    found = []
    for group, name in TUNED:
        part = getattr(settings, group)
        about = setting_of(type(part), name)
        shown = {"help": about.tooltip, "low": about.low, "high": about.high, "step": about.step}
        found.append({"group": group, "name": name, "value": getattr(part, name), **shown})
    return found


def approximations(settings: SeamSettings, *, covered: bool = False) -> tuple[list[str], list[str]]:
    """What the browser keeps as it was rendered instead of working it out anew, as words for the user.

    Args:
        settings: of the frames.
        covered: whether something was found in front of the face in one of them.

    Returns:
        What concerns every view, and what concerns only the finished picture, not that of mask and colour alone.
    """
    mask, wanted, blend = settings.mask, settings.color, settings.blend
    always = {
        "face regions": bool(mask.regions),
        "linked mask": mask.external is not None,
        "occlusion": covered or mask.occlusion not in ("off", "auto"),
        "edge-aware mask": mask.edge_aware > 0,
        "erosion with dilation": mask.dilation > 0,
        "Lab colour": wanted.method != "none" and wanted.space == "lab",
    }
    later = {
        f"{blend.method} blend": blend.method != "alpha",
        "linear light": blend.linear_light,
        "supersampling": blend.supersampling != 1,
        **{name: getattr(wanted, name) > 0 for name in ("shading", "detail", "sharpness", "grain")},
    }
    return [name for name, on in always.items() if on], [name for name, on in later.items() if on]
