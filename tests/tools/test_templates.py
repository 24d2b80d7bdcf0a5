"""The templates open readable: on a laptop's screen, without nodes over each other, with all wires in place."""

from __future__ import annotations

import itertools
import json
from types import SimpleNamespace
from typing import Any

import pytest
import vhs_nodes
import workflow_files
from paths import ROOT
from template_graphs import GRAPHS, TITLES
from template_notes import NOTES
from template_places import HIGHEST, LAYOUTS, WIDEST, WIDTH

#: What the page's canvas shows of a graph at first: three quarters of a window of 1440×900, for all nodes and a margin.
_SHARE, _CANVAS, _MARGIN, _SCALE = 0.75, (1440, 900), 20, 0.65


@pytest.fixture
def schemas(host: SimpleNamespace) -> dict[str, Any]:
    """Every schema that the templates use, by node id."""
    own = {(schema := node.define_schema()).node_id: schema for node in [*host.nodes(), *host.core.NODES]}
    return own | vhs_nodes.SCHEMAS


def boxes(name: str, schemas: dict[str, Any], *, vue: bool) -> dict[str, tuple[float, float, float, float]]:
    """Left, top, right and bottom of a template's nodes, titles included."""
    layout, made = LAYOUTS[name], {}
    for step in GRAPHS[name]:
        left, top = layout.places[step.name]
        height = workflow_files.size(step, schemas[step.kind], vue=vue)
        made[step.name] = left, top, left + layout.wide.get(step.name, WIDTH), top + height
    if layout.note:
        left, top, width, height = layout.note
        made["note"] = left, top, left + width, top + height
    return made


def test_there_are_layouts_titles_and_notes_for_all() -> None:
    """Quickstart stands first, what needs a checkpoint last."""
    assert set(GRAPHS) == set(TITLES) == set(LAYOUTS)
    assert {name for name, layout in LAYOUTS.items() if layout.note} == set(NOTES)
    ordered = sorted(TITLES, key=TITLES.__getitem__)
    assert (ordered[0], ordered[-1]) == ("quickstart", "wav2lip")


@pytest.mark.parametrize("vue", [False, True], ids=["classic", "vue"])
@pytest.mark.parametrize("name", sorted(GRAPHS))
def test_it_is_readable_on_a_laptop(name: str, vue: bool, schemas: dict[str, Any]) -> None:
    """At a scale of 0.65 or more: the classic canvas draws no text under 8/14. No node lies over another."""
    around = boxes(name, schemas, vue=vue)
    left, top, right, bottom = (
        min(box[side] for box in around.values()) if side < 2 else max(box[side] for box in around.values())
        for side in range(4)
    )
    scale = min(_SHARE * _CANVAS[0] / (right - left + _MARGIN), _SHARE * _CANVAS[1] / (bottom - top + _MARGIN))
    assert scale >= _SCALE, (right - left, bottom - top)
    assert right - left <= WIDEST
    assert bottom - top <= HIGHEST
    for (one, a), (other, b) in itertools.combinations(around.items(), 2):
        apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
        assert apart, f"{one} {a} and {other} {b}"


@pytest.mark.parametrize("name", sorted(GRAPHS))
def test_no_wire_lies_behind_a_node(name: str, schemas: dict[str, Any]) -> None:
    """From point to point, a wire passes only between nodes, but for the two that it links."""
    layout, around = LAYOUTS[name], boxes(name, schemas, vue=True)
    passed = {tap: bus.points[:count] for bus in layout.buses for tap, count in bus.taps.items()}
    for step in GRAPHS[name]:
        for slot, (entry, ref) in enumerate(step.links.items()):
            source = around[ref.split(".")[0]]
            begin, end = (source[2], source[1] + 45), (around[step.name][0], around[step.name][1] + 45 + 20 * slot)
            points = [begin, *passed.get(f"{step.name}.{entry}", ()), end]
            for (x, y), (to_x, to_y) in itertools.pairwise(points):
                for part in range(1, 40):
                    at = x + (to_x - x) * part / 40, y + (to_y - y) * part / 40
                    hidden = [one for one, box in around.items() if box[0] < at[0] < box[2] and box[1] < at[1] < box[3]]
                    assert not hidden, f"{ref} → {step.name}.{entry} passes behind {hidden} at {at}"


@pytest.mark.parametrize("name", sorted(GRAPHS))
def test_the_pages_file_is_whole(name: str) -> None:
    """Every reroute is of a link, every link of a reroute is there, and parents come before children."""
    graph = json.loads((ROOT / "workflows" / f"{TITLES[name]}.json").read_text(encoding="utf-8"))
    links, points = {link[0] for link in graph["links"]}, {one["id"]: one for one in graph["extra"].get("reroutes", [])}
    for point in points.values():
        assert point["linkIds"]
        assert set(point["linkIds"]) <= links
        assert point.get("parentId", 0) < point["id"]
        assert set(point["linkIds"]) <= set(points.get(point.get("parentId"), {"linkIds": links})["linkIds"])
    for extension in graph["extra"].get("linkExtensions", []):
        assert extension["id"] in points[extension["parentId"]]["linkIds"]


def test_the_full_chain_has_all_stages() -> None:
    """Each linked to the next, up to the saved clip and the viewer, in labelled groups."""
    steps = {step.name: step for step in GRAPHS["full_chain"]}
    seen, ends = set(), [step.name for step in steps.values() if step.kind in ("SaveVideo", "SeamSyncSeamDebugViewer")]
    while ends:
        step = steps[ends.pop()]
        seen.add(step.kind.removeprefix("SeamSync"))
        ends += [ref.split(".")[0] for ref in step.links.values()]
    stages = (
        "LoadSpeechAudio LoadFaceVideo DetectFaceLandmarks SmoothLandmarks GenerateMouths ShapeMouthMask TemporalEMA MatchColor"
    )
    assert {*stages.split(), "SeamBlend", "CompositeMouths", "SeamDebugViewer", "SaveVideo", "LoadLipSyncModel"} == seen
    assert len(LAYOUTS["full_chain"].groups) == 5


def test_the_app_has_three_inputs() -> None:
    """Face, speech and preset, and shows the clip that is saved."""
    graph = json.loads((ROOT / "workflows" / f"{TITLES['app']}.json").read_text(encoding="utf-8"))
    kinds = {node["id"]: node["type"].removeprefix("SeamSync") for node in graph["nodes"]}
    assert graph["extra"]["linearMode"] is True
    chosen = [(kinds[node], widget) for node, widget in graph["extra"]["linearData"]["inputs"]]
    assert chosen == [("LoadFaceVideo", "file"), ("LoadSpeechAudio", "file"), ("LipSync", "preset")]
    assert [kinds[node] for node in graph["extra"]["linearData"]["outputs"]] == ["SaveVideo"]
