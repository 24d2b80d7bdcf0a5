"""Settings files: known names, our own names, reports fed back, and typos."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from seamsync.blending.config import SeamConfig, known_names, make_config, read_config
from seamsync.blending.presets import PRESETS
from seamsync.blending.settings import MouthMask, SeamSettings
from seamsync.errors import SeamSyncError
from seamsync.quality.report.report import SeamReport

#: Every name of docs/architecture.md §6.
DESIGN = [
    "mask_shape",
    "ellipse_padding_factor",
    "upper_boundary_ratio",
    "blur_kernel_ratio",
    "mouth_scale_factor",
    "enable_contour_aware",
    "contour_smoothing",
    "enable_semantic_regions",
    "enable_mask_rotation",
    "mask_rotation_ema",
    "enable_pre_erosion",
    "erosion_ratio",
    "blur_ratio_min",
    "blur_ratio_max",
    "enable_distance_alpha",
    "distance_alpha_gamma",
    "enable_edge_aware_feather",
    "edge_preserve_strength",
    "enable_multiband_seam",
    "multiband_levels",
    "enable_color_match",
    "color_space",
    "color_gain_clamp",
    "enable_color_ema",
    "color_ema_beta",
    "mask_param_ema_beta",
    "enable_flow_alpha_avg",
    "enable_highres_blend",
    "blend_scale",
    "enable_occlusion_cutout",
    "export_seam_ring",
    "export_metrics_csv",
    "run_tag",
]


def test_every_name_of_the_design_is_known() -> None:
    """Nothing a user may have in a file is turned away as unknown."""
    assert set(DESIGN) <= set(known_names())


@pytest.mark.parametrize(
    ("values", "room", "field", "expected"),
    [
        ({"mask_shape": "ultra_wide_ellipse"}, "mask", "shape", "wide_ellipse"),
        ({"ellipse_padding_factor": 0.02}, "mask", "padding", 0.02),
        ({"blur_kernel_ratio": 0.06}, "mask", "falloff", "gaussian"),
        ({"erosion_ratio": 0.015}, "mask", "erosion", 0.015),
        ({"enable_pre_erosion": False}, "mask", "erosion", 0.0),
        ({"erosion_ratio": 0.01, "enable_pre_erosion": True}, "mask", "erosion", 0.01),
        ({"blur_ratio_max": 0.05}, "mask", "feather", 0.05),
        ({"blur_ratio_min": 0.02}, "mask", "feather", MouthMask.feather),
        ({"distance_alpha_gamma": 0.5, "enable_distance_alpha": True}, "mask", "falloff_gamma", 0.5),
        ({"enable_color_match": False}, "color", "method", "none"),
        ({"enable_color_match": True, "preset": "baseline"}, "color", "method", "mean_and_deviation"),
        ({"erosion_ratio": 0.01, "enable_pre_erosion": False}, "mask", "erosion", 0.0),
        ({"enable_semantic_regions": True}, "mask", "regions", "face"),
        ({"enable_edge_aware_feather": True}, "mask", "edge_aware", 0.5),
        ({"enable_edge_aware_feather": True, "edge_preserve_strength": 0.8}, "mask", "edge_aware", 0.8),
        ({"enable_edge_aware_feather": False, "edge_preserve_strength": 0.8}, "mask", "edge_aware", 0.0),
        ({"enable_occlusion_cutout": True}, "mask", "occlusion", "auto"),
        ({"enable_multiband_seam": True, "multiband_levels": 5}, "blend", "method", "multiband"),
        ({"enable_multiband_seam": True, "multiband_levels": 5}, "blend", "levels", 5),
        ({"enable_multiband_seam": True, "blend": {"method": "poisson"}}, "blend", "method", "poisson"),
        ({"enable_flow_alpha_avg": True}, "temporal", "flow_average", 0.5),
        ({"enable_highres_blend": True, "blend_scale": 2}, "blend", "supersampling", 2),
        ({"enable_highres_blend": False, "blend_scale": 2}, "blend", "supersampling", 1.0),
        ({"color_space": "lab"}, "color", "space", "lab"),
        ({"enable_color_ema": False}, "temporal", "color_beta", 0.0),
        ({"mask_param_ema_beta": 0.7}, "temporal", "mask_beta", 0.7),
        ({"mask": {"feather": 0.2}}, "mask", "feather", 0.2),
        ({"erosion_ratio": 0.01, "preset": "baseline"}, "mask", "shape", "wide_ellipse"),
        ({"erosion_ratio": 0.01, "preset": "baseline"}, "mask", "erosion", 0.01),
    ],
)
def test_names_map_onto_settings(values: dict[str, Any], room: str, field: str, expected: Any) -> None:
    """Each name sets what it says, over the defaults."""
    assert getattr(getattr(make_config(values).settings, room), field) == expected


def test_run_options() -> None:
    """The report's name, its CSV, its pictures of the seam ring."""
    made = make_config({"run_tag": "take3", "export_metrics_csv": True, "export_seam_ring": True})
    assert made == SeamConfig(SeamSettings(), run_tag="take3", metrics_csv=True, seam_ring=True)
    assert make_config({"export_metrics_csv": False, "export_seam_ring": False}) == SeamConfig(SeamSettings())


@pytest.mark.parametrize("name", list(PRESETS))
def test_a_report_fed_back_gives_its_settings(name: str, tmp_path: Path) -> None:
    """The JSON of a report is a settings file."""
    settings = {**PRESETS[name].as_dict(), "generator": {"name": "rewrite"}}
    paths = SeamReport(columns={"frame": np.arange(2)}, summary={"frames": 2}, settings=settings).save(tmp_path)
    assert read_config(paths[1]).settings == PRESETS[name]


def test_errors(tmp_path: Path) -> None:
    """Typos name the nearest; values are checked; a missing, broken or empty file is named."""
    with pytest.raises(SeamSyncError, match="did you mean 'erosion_ratio'"):
        make_config({"erosion_ration": 1})
    with pytest.raises(SeamSyncError, match="did you mean 'feather'"):
        make_config({"mask": {"fether": 1}})
    with pytest.raises(SeamSyncError, match=r"MouthMask\.erosion must be 0…0\.1"):
        make_config({"erosion_ratio": 3})
    with pytest.raises(SeamSyncError, match=r"mask must hold names and values, got 3"):
        make_config({"mask": 3})
    with pytest.raises(SeamSyncError, match=r"cannot read the settings file .*none\.yaml"):
        read_config(tmp_path / "none.yaml")
    for tag in ("../up", "a/b", "", "..", "a\0b", "a\nb", "a\x1b[2J", "a:b", "x" * 201, "\udcff"):
        with pytest.raises(SeamSyncError, match="run_tag"):
            make_config({"run_tag": tag})
    for text in ("{", "- a\n- b\n", "", "[" * 5000, "mask: &a {feather: *a}", "preset: 2020-13-44", '{"erosion_ratio": 1e999}'):
        (tmp_path / "bad.yaml").write_text(text)
        with pytest.raises(SeamSyncError, match=r"bad\.yaml"):
            read_config(tmp_path / "bad.yaml")


def test_yaml_and_json_read_alike(tmp_path: Path) -> None:
    """Two spellings of one file."""
    (tmp_path / "a.yaml").write_text("mask_shape: box\nerosion_ratio: 0.01\n")
    (tmp_path / "a.json").write_text(json.dumps({"mask_shape": "box", "erosion_ratio": 0.01}))
    assert read_config(tmp_path / "a.yaml") == read_config(tmp_path / "a.json")


@pytest.mark.parametrize(
    "values",
    [
        {"blur_ratio_max": "wide"},
        {"enable_mask_rotation": "false"},
        {"enable_occlusion_cutout": "on"},
        {"export_seam_ring": "false"},
        {"multiband_levels": 3.5},
        {"mask": {"regions": 3}},
        {"settings": None, "summary": {}},
        {"erosion_ratio": None},
        {"mask": {"rotation": 1}},
    ],
)
def test_values_of_another_kind_are_named(values: dict[str, Any]) -> None:
    """Text for a number or a switch, and nothing at all, end in a message and not in a traceback."""
    with pytest.raises(SeamSyncError, match="must be"):
        make_config(values)
