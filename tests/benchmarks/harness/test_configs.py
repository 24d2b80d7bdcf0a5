"""The configurations of the quality harness: presets, settings, sweeps and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from seamsync.benchmarks.harness.configs import Configuration, make_configurations, plain, read_configurations
from seamsync.blending.presets import PRESETS
from seamsync.blending.settings import SeamSettings
from seamsync.errors import SeamSyncError


def test_presets_without_a_file() -> None:
    """All of them, as they are."""
    assert {one.name: one.settings for one in read_configurations(None)} == PRESETS


def test_a_sweep_becomes_every_combination(tmp_path: Path) -> None:
    """Names say the values; settings are those over the preset; the baseline joins by itself."""
    path = tmp_path / "configs.yaml"
    path.write_text("soft:\n  preset: fast\n  mask: {feather: [0.1, 0.2]}\n  erosion_ratio: [0.0, 0.006, 0.01]\n", "utf-8")
    found = {one.name: one.settings for one in read_configurations(path)}
    names = [f"soft feather={f} erosion_ratio={e}" for f in (0.1, 0.2) for e in (0.0, 0.006, 0.01)]
    assert list(found) == [*names, "baseline"]
    wanted = replace(PRESETS["fast"], mask=replace(PRESETS["fast"].mask, feather=0.2, erosion=0.006))
    assert found["soft feather=0.2 erosion_ratio=0.006"] == wanted


def test_a_preset_by_its_name() -> None:
    """Nothing under it: the preset; settings under it change the preset, not the defaults; another name: the defaults."""
    found = {
        one.name: one.settings for one in make_configurations({"fast": None, "baseline": {"blend": {"levels": 3}}, "x": {}})
    }
    assert found["fast"] == PRESETS["fast"]
    assert found["x"] == SeamSettings()
    assert found["baseline"] == replace(PRESETS["baseline"], blend=replace(PRESETS["baseline"].blend, levels=3))


def test_at_most_64() -> None:
    """Sixty-four are taken (and the baseline joins); one more, in the same entry or another, is refused."""
    mask = {"feather": [0.1, 0.11, 0.12, 0.13], "gamma": [0.5, 0.6, 0.7, 0.8], "erosion": [0.0, 0.004, 0.008, 0.012]}
    assert len(make_configurations({"a": {"mask": mask}})) == 65
    with pytest.raises(SeamSyncError, match="b brings the configurations to 65; at most 64"):
        make_configurations({"a": {"mask": mask}, "b": {}})
    with pytest.raises(SeamSyncError, match="a brings the configurations to 128; at most 64"):
        make_configurations({"a": {"mask": mask, "blend": {"levels": [3, 4]}}})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([1, 2], "must be names with settings"),
        ({}, "must be names with settings"),
        ({"a": {"feather_ratio": 1}}, "a: "),
        ({"a": {"mask": {"feather": [0.1]}}}, "a: feather must have 2 to 4 values"),
        ({"a": {"mask": {"feather": [0.1, 0.2, 0.3, 0.4, 0.5]}}}, "a: feather must have 2 to 4 values"),
        ({"a": {"mask": {"feather": [0.1, 99]}}}, "a feather=99: "),
        ({"a": "natural"}, "a must hold settings"),
        ({"original": None}, "the clip itself"),
        ({"A b": None, "a_B": None}, "same file name"),
    ],
)
def test_what_is_refused(content: Any, message: str) -> None:
    """Each with the name and the value."""
    with pytest.raises(SeamSyncError, match=message):
        make_configurations(content)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """Missing, or not YAML: the message has the path."""
    with pytest.raises(SeamSyncError, match="cannot read the configurations"):
        read_configurations(tmp_path / "none.yaml")
    (tmp_path / "bad.yaml").write_text("a: [", "utf-8")
    with pytest.raises(SeamSyncError, match=r"bad\.yaml cannot be read as configurations"):
        read_configurations(tmp_path / "bad.yaml")


def test_digest_is_of_the_settings() -> None:
    """Another name, the same digest; another value, another one; the clip itself has one too."""
    fast = PRESETS["fast"]
    other = replace(fast, mask=replace(fast.mask, feather=0.15))
    digests = {Configuration("a", fast).digest, Configuration("b", fast).digest, Configuration("a", other).digest}
    assert len(digests | {Configuration("original", None).digest}) == 3


def test_file_names_are_plain() -> None:
    """Nothing that a file system minds; the sign of a value stays."""
    assert plain("a/b: c=-0.1 *?") == "a_b_c=-0.1"
    assert plain("..") == "_"
