"""A setting is declared once: names, old names, spellings, ranges, flags, inputs and the page of settings derive from it."""

from __future__ import annotations

import argparse
import inspect
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from seamsync.blending.config import make_config
from seamsync.blending.settings import ColorMatch, MouthMask, SeamTemporal
from seamsync.cli import arguments as shared
from seamsync.errors import SeamSyncError
from seamsync.media.encode_options import EncodeSettings
from seamsync.media.loops import play_order
from seamsync.models.options import GenerateOptions
from seamsync.options import Settings, choice, current_names, from_values, number, setting_of, settings_of, switch, whole
from seamsync.tracking.options import SmoothOptions, TrackOptions
from settings_page import PAGE, PARTS, page

OLD_NAMES = [
    (MouthMask, "side", "feather_side", "outward"),
    (MouthMask, "gamma", "falloff_gamma", 1.5),
    (SeamTemporal, "outliers", "reject_outliers", False),
    (ColorMatch, "statistics", "sample_region", "ring"),
    (GenerateOptions, "strength", "mouth_amplitude", 0.5),
    (SmoothOptions, "reaction", "beta", 12.0),
    (EncodeSettings, "encoder_speed", "preset", "slow"),
]


@dataclass(frozen=True)
class Drawn(Settings):
    """A made-up class: a setting is one line."""

    width: float = number(1.0, "Width of the line.", 0.5, 4.0, 0.5, "px", old=("thickness",))
    count: int = whole(3, "Number of lines.", 1, 9)
    style: str = choice("long_dash", "Kind of line.", ("long_dash", "dot"), old_values={"dashed": "long_dash"})
    closed: bool = switch(False, "Joins the ends.")


@pytest.mark.parametrize(("kind", "old", "new", "value"), OLD_NAMES)
def test_old_names_mean_the_same(kind: type[Settings], old: str, new: str, value: object) -> None:
    """In Python's from_values, and the declaration is found under both."""
    assert from_values(kind, {old: value}) == from_values(kind, {new: value}) != kind()
    assert setting_of(kind, old) == setting_of(kind, new)


def test_a_setting_is_given_once() -> None:
    """Old and new name together are an error; so is a name that is not known, with the nearest."""
    with pytest.raises(SeamSyncError, match="falloff_gamma is given twice"):
        current_names(MouthMask, {"gamma": 1.0, "falloff_gamma": 1.0})
    with pytest.raises(SeamSyncError, match="did you mean 'feather'"):
        from_values(MouthMask, {"feathr": 0.1})


@pytest.mark.parametrize("spelling", ["wide ellipse", "wide-ellipse", "wide_ellipse"])
def test_old_spellings_become_the_present_one(spelling: str) -> None:
    """Whatever way a value comes in, the object has one spelling."""
    assert MouthMask(shape=spelling).shape == "wide_ellipse"
    assert Drawn(style="dashed").style == Drawn(style="long dash").style == "long_dash"
    assert make_config({"mask": {"shape": spelling, "gamma": 1.0}}).settings.mask.falloff_gamma == 1.0
    assert play_order(2, 5, loop="ping-pong").tolist() == play_order(2, 5, loop="ping_pong").tolist()


def test_values_are_checked_with_their_unit() -> None:
    """Range, kind and choice, in the words of the declaration."""
    for changes, text in (
        ({"width": 9.0}, r"Drawn\.width must be 0\.5…4 px, got 9"),
        ({"count": 2.5}, r"Drawn\.count must be a whole number, got 2\.5"),
        ({"count": True}, "must be a whole number"),
        ({"style": "dots"}, "did you mean 'dot'"),
        ({"closed": 1}, "must be true or false, got 1"),
    ):
        with pytest.raises(SeamSyncError, match=text):
            from_values(Drawn, changes)


@pytest.mark.parametrize(("kind", "flags"), [(one, flags) for one, _, part, flags in PARTS if not part])
def test_every_setting_has_a_flag(kind: type[Settings], flags: dict[str, str]) -> None:
    """Given on the command line, each setting arrives; not given, the default stays."""
    parser = argparse.ArgumentParser()
    shared.add_settings(parser, kind, flags)
    assert shared.read_settings(parser.parse_args([]), kind, flags) == kind()
    for setting in settings_of(kind):
        flag = "--" + flags.get(setting.name, setting.name.replace("_", "-"))
        if setting.kind == "switch":
            words, value = [flag if not setting.default else f"--no-{flag[2:]}"], not setting.default
        elif setting.kind == "choice":
            value = setting.choices[-1]
            words = [flag, value]
        else:
            value = type(setting.default)(setting.high)
            words = [flag, str(value)]
        assert getattr(shared.read_settings(parser.parse_args(words), kind, flags), setting.name) == value


def test_old_flags_are_accepted() -> None:
    """``--strength`` is what ``--mouth-amplitude`` was called."""
    parser = argparse.ArgumentParser()
    shared.add_settings(parser, GenerateOptions)
    assert shared.read_settings(parser.parse_args(["--strength", "2"]), GenerateOptions).mouth_amplitude == 2


def test_single_values_are_read_as_a_settings_file() -> None:
    """Numbers, words and switches; what is no assignment says how it is written."""
    read = shared.read_assignments(["mask.feather=0.2", "mask.rotation=false", "color.space=lab", "erosion_ratio=0.01"])
    assert read == {"mask": {"feather": 0.2, "rotation": False}, "color": {"space": "lab"}, "erosion_ratio": 0.01}
    with pytest.raises(SeamSyncError, match=r"NAME=VALUE, such as mask\.feather=0\.2, got 'mask\.feather'"):
        shared.read_assignments(["mask.feather"])


@pytest.mark.parametrize(
    ("node", "kind"),
    [("DetectFaceLandmarks", TrackOptions), ("SmoothLandmarks", SmoothOptions), ("ShapeMouthMask", MouthMask)],
)
def test_a_node_offers_every_setting_in_its_range(host: SimpleNamespace, node: str, kind: type[Settings]) -> None:
    """Under the id that saved workflows have, with the declared range and help."""
    inputs = {item.id: item for item in host.by_id()[node].define_schema().inputs}
    for setting in settings_of(kind):
        item = inputs[setting.input_id]
        assert item.tooltip == setting.tooltip
        if setting.kind in ("number", "whole"):
            assert (item.min, item.max) == (setting.low, setting.high)


def test_saved_workflows_keep_running(host: SimpleNamespace) -> None:
    """Old ids and spellings are executed and pass the node's own check, which names its inputs as the host asks."""
    shape = host.by_id()["ShapeMouthMask"]
    assert shape.execute(shape="wide ellipse", gamma=1.5, side="outward").values[0] == MouthMask(
        shape="wide_ellipse", falloff_gamma=1.5, feather_side="outward"
    )
    assert {"shape", "edge_guide"} <= set(inspect.getfullargspec(shape.validate_inputs).args)
    assert shape.validate_inputs(shape="wide ellipse") is True
    assert "did you mean" in shape.validate_inputs(shape="elipse")
    assert host.by_id()["GenerateMouths"].validate_inputs(loop="ping-pong") is True
    assert host.by_id()["LipSync"].validate_inputs(loop="ping-pong") is True
    assert host.by_id()["ImportMouths"].validate_inputs(loop="ping-pong") is True
    assert "loop must be one of" in host.by_id()["ImportMouths"].validate_inputs(loop="backwards")


def test_the_page_of_settings_is_current() -> None:
    """``docs/settings.md`` is what tools/settings_page.py writes."""
    assert PAGE.read_text(encoding="utf-8") == page()
