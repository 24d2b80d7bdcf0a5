"""Named settings of the whole seam."""

from __future__ import annotations

from ..tensors import check_choice
from .settings import ColorMatch, MouthMask, SeamBlend, SeamSettings, SeamTemporal

PRESETS: dict[str, SeamSettings] = {
    # Follows the face, leaves no box: the default.
    "natural": SeamSettings(),
    # Covers chin and cheeks as far as the patch goes, with the widest soft edge.
    "maximum concealment": SeamSettings(
        mask=MouthMask(scale=1.04, upper_boundary=0.3, erosion=0.01, feather=0.14, gamma=0.8),
        temporal=SeamTemporal(mask_beta=0.9, color_beta=0.95),
        color=ColorMatch(space="lab"),
    ),
    # The outline keeps up with a face that turns and nods.
    "high motion": SeamSettings(
        mask=MouthMask(feather=0.11),
        temporal=SeamTemporal(mask_beta=0.6, color_beta=0.8),
    ),
    # What everybody starts with (DESIGN §7), to compare with.
    "baseline": SeamSettings(
        mask=MouthMask(
            shape="wide ellipse",
            padding=0.02,
            upper_boundary=0.22,
            erosion=0.0,
            feather=0.06,
            falloff="gaussian",
            side="centred",
        ),
        temporal=SeamTemporal(mask_beta=0.0, color_beta=0.0),
        color=ColorMatch(method="none"),
        blend=SeamBlend(method="alpha"),
    ),
}


def preset(name: str) -> SeamSettings:
    """The settings called ``name``.

    Raises:
        SeamSyncError: no such preset; the message names the nearest.
    """
    check_choice("preset", name, PRESETS)
    return PRESETS[name]
