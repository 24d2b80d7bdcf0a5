"""Name settings of the whole seam.

Example:
    >>> from seamsync import PRESETS
    >>> sorted(PRESETS)
    ['baseline', 'fast', 'high motion', 'maximum concealment', 'natural']
"""

from __future__ import annotations

from ..errors import check_choice
from .settings import ColorMatch, MouthMask, SeamBlend, SeamSettings, SeamTemporal

PRESETS: dict[str, SeamSettings] = {
    # Follows the face: the default.
    "natural": SeamSettings(),
    # The outline as far from the mouth as the patch allows, the widest soft edge, and the target's own light and grain.
    "maximum concealment": SeamSettings(
        mask=MouthMask(upper_boundary=0.2, feather=0.2),
        temporal=SeamTemporal(mask_beta=0.9),
        color=ColorMatch(space="lab", shading_scale=0.035, grain=1.0),
    ),
    # The outline follows a head that turns and nods, and the soft edge widens with the motion.
    "high motion": SeamSettings(
        mask=MouthMask(feather=0.18),
        temporal=SeamTemporal(mask_beta=0.6, color_beta=0.8, motion_widening=1.0),
    ),
    # Half the work: no alignment, no matching of sharpness and grain.
    "fast": SeamSettings(
        mask=MouthMask(alignment=0.0, occlusion="off"),  # finding what is in front reads the clip a second time
        color=ColorMatch(sample_region="inside", sharpness=0.0, grain=0.0),
    ),
    # The plain feather of common tools (docs/architecture.md §7), to compare with.
    "baseline": SeamSettings(
        mask=MouthMask(
            shape="wide_ellipse",
            padding=0.02,
            upper_boundary=0.22,
            erosion=0.0,
            feather=0.06,
            falloff="gaussian",
            feather_side="centred",
            falloff_gamma=1.0,
            alignment=0.0,
            occlusion="off",
            profile_start=90.0,
            profile_end=90.0,
        ),
        temporal=SeamTemporal(mask_beta=0.0, color_beta=0.0, reject_outliers=False, color_hysteresis=0.0),
        color=ColorMatch(method="none", sharpness=0.0, grain=0.0, shading=0.0, detail=0.0, keep_mouth=0.0),
        blend=SeamBlend(method="alpha"),
    ),
}


def preset(name: str) -> SeamSettings:
    """Return the settings called ``name``.

    Raises:
        SeamSyncError: no such preset; the message names the nearest.

    Example:
        >>> from seamsync import preset
        >>> preset("baseline").blend.method
        'alpha'
    """
    check_choice("preset", name, PRESETS)
    return PRESETS[name]
