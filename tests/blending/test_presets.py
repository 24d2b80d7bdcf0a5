"""Named settings."""

from __future__ import annotations

import pytest
from seamsync.blending.presets import PRESETS, preset
from seamsync.blending.settings import SeamSettings
from seamsync.errors import SeamSyncError


def test_the_presets_differ() -> None:
    """The names of the design, each with settings of its own; natural is the default."""
    assert list(PRESETS) == ["natural", "maximum concealment", "high motion", "fast", "baseline"]
    assert preset("natural") == SeamSettings()
    assert len({str(p) for p in PRESETS.values()}) == len(PRESETS)


def test_baseline_is_the_feather_everybody_starts_with() -> None:
    """docs/architecture.md §7: ultra-wide ellipse, padding 0.02, upper boundary 0.22, blur 0.06, nothing else."""
    base = preset("baseline")
    mask = base.mask
    assert (mask.shape, mask.padding, mask.upper_boundary, mask.feather) == (
        "wide_ellipse",
        0.02,
        0.22,
        0.06,
    )
    assert base.mask.erosion == base.temporal.mask_beta == base.temporal.color_beta == 0
    assert base.color.method == "none"
    assert base.color.shading == base.color.detail == base.color.sharpness == base.color.grain == base.mask.alignment == 0
    assert base.blend.method == "alpha"


def test_unknown_preset() -> None:
    """The message names the nearest."""
    with pytest.raises(SeamSyncError, match="did you mean 'natural'"):
        preset("natrual")
