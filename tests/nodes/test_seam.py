"""The settings nodes of the seam: presets, and which inputs are shown at first."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import workflow_files
from seamsync.blending.presets import PRESETS
from seamsync.options import from_values

NODES = {"ShapeMouthMask": "mask", "TemporalEMA": "temporal", "MatchColor": "color", "SeamBlend": "blend"}


@pytest.fixture
def schemas(host: SimpleNamespace) -> dict[str, Any]:
    """Every schema of the pack by node id, without the pack's prefix."""
    return {name: node.define_schema() for name, node in host.by_id().items()}


def test_a_preset_names_the_values_that_it_leaves_unused(host: SimpleNamespace, caplog: pytest.LogCaptureFixture) -> None:
    """A prompt with a preset and other values; its own values and the defaults, which prompts write out, are not named."""
    node = host.by_id()["ShapeMouthMask"]
    assert node.execute(preset="high motion", feather=0.18, gamma=0.5).values[0] == PRESETS["high motion"].mask
    assert not caplog.text
    assert node.execute(preset="high motion", feather=0.3, erosion=0.01).values[0] == PRESETS["high motion"].mask
    assert "'high motion' holds, not feather 0.3 (it has 0.18), erosion 0.01 (it has 0.006)" in caplog.text


@pytest.mark.parametrize(("name", "part"), NODES.items())
def test_the_page_gets_every_presets_values(name: str, part: str, schemas: dict[str, Any]) -> None:
    """By the names of the node's inputs, all of them."""
    inputs = {item.id: item for item in schemas[name].inputs if item.kind in workflow_files.WIDGETS}
    sent = inputs.pop("preset").extra_dict["seamsync_presets"]
    assert set(sent) == set(PRESETS)
    for preset, values in sent.items():
        wanted = getattr(PRESETS[preset], part)
        assert set(values) == set(inputs)
        assert from_values(type(wanted), values) == wanted


def test_nodes_show_few_inputs_at_first(schemas: dict[str, Any]) -> None:
    """At most eleven a node; the others are advanced. A file, preset, model or folder to choose is always shown."""
    for name, schema in schemas.items():
        widgets = [item for item in schema.inputs if item.kind in workflow_files.WIDGETS]
        assert len([item for item in widgets if not item.advanced]) <= 11, name
        assert not {"file", "preset", "model", "folder"} & {item.id for item in widgets if item.advanced}, name
