"""Read settings files, in our names or names from other tools, as :class:`SeamSettings`.

A file is YAML (JSON is YAML too). It has known names on the top level, or the nested form of a report's ``settings``. A whole
report can be used as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import SeamSyncError, check_choice, printable, shown
from ..options import current_names
from ..parsing import parse_plain, parsed, read_text
from .presets import preset
from .settings import ColorMatch, MouthMask, SeamBlend, SeamSettings, SeamTemporal

_ROOMS = {"mask": MouthMask, "temporal": SeamTemporal, "color": ColorMatch, "blend": SeamBlend}

#: Bytes of a run tag, so that every system takes the names of the report's files.
_LONGEST_TAG = 200

#: Known name → (group, field).
_NAMES = {
    "ellipse_padding_factor": ("mask", "padding"),
    "upper_boundary_ratio": ("mask", "upper_boundary"),
    "mouth_scale_factor": ("mask", "scale"),
    "contour_smoothing": ("mask", "roundness"),
    "enable_mask_rotation": ("mask", "rotation"),
    "erosion_ratio": ("mask", "erosion"),
    "distance_alpha_gamma": ("mask", "falloff_gamma"),
    "edge_preserve_strength": ("mask", "edge_aware"),
    "mask_rotation_ema": ("temporal", "mask_beta"),
    "mask_param_ema_beta": ("temporal", "mask_beta"),
    "color_space": ("color", "space"),
    "color_gain_clamp": ("color", "gain_clamp"),
    "color_ema_beta": ("temporal", "color_beta"),
    "multiband_levels": ("blend", "levels"),
    "blend_scale": ("blend", "supersampling"),
}

#: Known switch → (group, field, value that "on" sets where it is off, value that "off" sets).
_SWITCHES: dict[str, tuple[str, str, Any, Any]] = {
    "enable_mask_rotation": ("mask", "rotation", True, False),
    "enable_pre_erosion": ("mask", "erosion", MouthMask.erosion, 0.0),
    "enable_semantic_regions": ("mask", "regions", "face", ""),
    "enable_edge_aware_feather": ("mask", "edge_aware", 0.5, 0.0),
    "enable_occlusion_cutout": ("mask", "occlusion", MouthMask.occlusion, "off"),
    "enable_color_match": ("color", "method", ColorMatch.method, "none"),
    "enable_color_ema": ("temporal", "color_beta", SeamTemporal.color_beta, 0.0),
    "enable_flow_alpha_avg": ("temporal", "flow_average", 0.5, 0.0),
    "enable_highres_blend": ("blend", "supersampling", 1.5, 1.0),
}


@dataclass(frozen=True)
class SeamConfig:
    """Hold the values of a settings file.

    Attributes:
        settings: of the seam.
        run_tag: name of the report's files.
        metrics_csv: write the report with its CSV, also where no folder is given.
        seam_ring: write the report with pictures of the seam ring.
    """

    settings: SeamSettings
    run_tag: str = "seam"
    metrics_csv: bool = False
    seam_ring: bool = False


def read_config(path: str | Path, base: SeamSettings | None = None) -> SeamConfig:
    """Read a settings file over ``base`` (the defaults when None).

    Raises:
        SeamSyncError: the file is missing, not YAML, or has an unknown key (the message names the nearest known one).
    """
    text = read_text(path, "a settings file")
    with parsed(path, "a YAML or JSON settings file"):
        content = parse_plain(text)
    if not isinstance(content, Mapping):
        raise SeamSyncError(f"{path} must hold names and values, such as 'erosion_ratio: 0.006', got {shown(content)}")
    try:
        return make_config(content, base)
    except SeamSyncError as error:
        raise SeamSyncError(f"in {path}: {error}") from error


def make_config(values: Mapping[str, Any], base: SeamSettings | None = None) -> SeamConfig:
    """Make the same from names and values; see :func:`read_config`."""
    if "summary" in values and isinstance(values.get("settings"), Mapping):
        values = values["settings"]
    values = {name: value for name, value in values.items() if name != "generator"}
    if "preset" in values:
        base = preset(str(values.pop("preset")))
    return change_config(SeamConfig(base or SeamSettings()), values)


def change_config(config: SeamConfig, values: Mapping[str, Any]) -> SeamConfig:
    """Return the configuration with these names and values over it; see :func:`read_config`."""
    for name in sorted(values, key=lambda name: _turn(str(name), values[name])):
        check_choice("setting", str(name), known_names())
        config = _set(config, str(name), values[name])
    return config


def known_names() -> list[str]:
    """Return every name that a settings file may have on its top level."""
    return ["preset", *_ROOMS, *_NAMES, *_SWITCHES, *_SPECIAL]


def _turn(name: str, value: Any) -> int:
    """Order the switches: those switched on first, so that a value beside a switch wins; those switched off last."""
    return 1 if not name.startswith("enable_") else 0 if value else 2


def _set(config: SeamConfig, name: str, value: Any) -> SeamConfig:
    if name.startswith(("enable_", "export_")) and not isinstance(value, bool):
        raise SeamSyncError(f"{name} must be true or false, got {shown(value)}")
    if name in _ROOMS:
        return _change(config, name, **_fields(name, value))
    if name in _NAMES:
        room, item = _NAMES[name]
        return _change(config, room, **{item: value})
    if name in _SWITCHES:
        room, item, on, off = _SWITCHES[name]
        now = getattr(getattr(config.settings, room), item)
        return _change(config, room, **{item: off if not value else on if now == off else now})
    return _SPECIAL[name](config, value)


def _change(config: SeamConfig, room: str, **changes: Any) -> SeamConfig:
    part = replace(getattr(config.settings, room), **changes)
    return replace(config, settings=replace(config.settings, **{room: part}))


def _fields(room: str, values: Any) -> dict[str, Any]:
    if not isinstance(values, Mapping):
        raise SeamSyncError(f"{room} must hold names and values, got {shown(values)}")
    return current_names(_ROOMS[room], values)


def _shape(config: SeamConfig, value: Any) -> SeamConfig:
    words = str(value).lower().replace(" ", "_").replace("-", "_")
    other = {"ultra_wide_ellipse": "wide_ellipse", "lower_face_contour": "contour", "landmark": "contour", "rectangle": "box"}
    return _change(config, "mask", shape=other.get(words, words))


def _blur(config: SeamConfig, value: Any) -> SeamConfig:
    return _change(config, "mask", feather=value, falloff="gaussian", feather_side="centred")


def _feather_limit(config: SeamConfig, value: Any, pick: Callable[[float, float], float]) -> SeamConfig:
    limit = MouthMask(feather=value).feather  # checked as a feather is
    return _change(config, "mask", feather=pick(config.settings.mask.feather, limit))


def _multiband(config: SeamConfig, value: Any) -> SeamConfig:
    """Switch multiband on (that method) or off (any other method)."""
    if value or config.settings.blend.method == "multiband":
        return _change(config, "blend", method="multiband" if value else "alpha")
    return config


def _distance(config: SeamConfig, value: Any) -> SeamConfig:
    return _change(config, "mask", falloff="distance" if value else "gaussian")


def _run_tag(config: SeamConfig, value: Any) -> SeamConfig:
    tag = str(value)
    plain = (
        tag == Path(tag).name == printable(tag) and not set(tag) & set('\n\t<>:"\\|?*') and len(tag.encode()) <= _LONGEST_TAG
    )
    if not plain or not tag.strip(". "):
        raise SeamSyncError(f"run_tag names the report's files and must be a plain file name, got {shown(tag)}")
    return replace(config, run_tag=tag)


_SPECIAL: dict[str, Callable[[SeamConfig, Any], SeamConfig]] = {
    "mask_shape": _shape,
    "blur_kernel_ratio": _blur,
    "blur_ratio_min": lambda config, value: _feather_limit(config, value, max),
    "blur_ratio_max": lambda config, value: _feather_limit(config, value, min),
    "enable_contour_aware": lambda config, value: _shape(config, "contour") if value else config,
    "enable_distance_alpha": _distance,
    "enable_multiband_seam": _multiband,
    "export_metrics_csv": lambda config, value: replace(config, metrics_csv=value),
    "export_seam_ring": lambda config, value: replace(config, seam_ring=value),
    "run_tag": _run_tag,
}
