"""Settings objects check themselves and describe themselves."""

from __future__ import annotations

import dataclasses

import pytest
from seamsync import options
from seamsync.blending import settings
from seamsync.errors import SeamSyncError

KINDS = (settings.MouthMask, settings.SeamTemporal, settings.ColorMatch, settings.SeamBlend)


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_says_what_it_does(kind: type) -> None:
    """Help text everywhere; numbers have range and step; the default is allowed."""
    declared = options.settings_of(kind)
    assert {item.name for item in dataclasses.fields(kind)} - {setting.name for setting in declared} <= {"external"}
    for setting in declared:
        assert setting.help.endswith(".")
        if setting.kind in ("number", "whole"):
            assert setting.low <= setting.default <= setting.high
            assert setting.step > 0
        if setting.kind == "choice":
            assert setting.default in setting.choices


def test_out_of_range_is_named() -> None:
    """The message has the field, the range, the unit and the value."""
    with pytest.raises(SeamSyncError, match=r"MouthMask\.feather must be 0…0\.3 face widths, got 2"):
        settings.MouthMask(feather=2)


def test_names_and_whole_numbers_are_checked() -> None:
    """A region that does not exist, and half a level."""
    with pytest.raises(SeamSyncError, match="did you mean 'lips'"):
        settings.MouthMask(regions="skin, lip")
    with pytest.raises(SeamSyncError, match=r"SeamBlend\.levels must be a whole number, got 3\.5"):
        settings.SeamBlend(levels=3.5)  # type: ignore[arg-type]
    assert options.split_names(" skin,  upper lip ,") == ["skin", "upper lip"]


def test_wrong_type_and_unknown_choice() -> None:
    """Text for a number, and a typo."""
    with pytest.raises(SeamSyncError, match=r"ColorMatch\.strength must be a number, got 'high'"):
        settings.ColorMatch(strength="high")  # type: ignore[arg-type]
    with pytest.raises(SeamSyncError, match="did you mean 'ellipse'"):
        settings.MouthMask(shape="elipse")
