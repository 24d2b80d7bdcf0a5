"""Apply: where the settings of a node come from in the graph, and how the values are written back, in Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from browser_fixture import Site, Tab
from tuner_cases import PLAIN, drawn_case
from tuner_page import FRAMES, opened, run, shown

#: A graph as the page has it, around the preview that stands in it: nodes with widgets and inputs, links by number.
_GRAPH = """([preview, nodes, links]) => {
  const graph = { isRootGraph: true, nodes: [], links: new Map(), changes: [] };
  graph.getNodeById = id => graph.nodes.find(n => n.id === id);
  graph.rootGraph = graph;
  graph.beforeChange = () => graph.changes.push("before");
  graph.afterChange = () => graph.changes.push("after");
  graph.add = node => { node.graph = graph; graph.nodes.push(node); };
  const widget = ([name, value]) => ({ name, value, callback(now) { (this.told ??= []).push(now); } });
  for (const { id, type, inputs = [], widgets = {} } of nodes) {
    const made = Object.entries(widgets).map(widget);
    graph.add({ id, type, comfyClass: type, inputs, pos: [0, 0], size: [200, 100], widgets: made });
  }
  for (const [id, origin, slot] of links) graph.links.set(id, { id, origin_id: origin, origin_slot: slot });
  const node = app.nodes[0];
  Object.assign(node, { inputs: preview, pos: [500, 40] });
  graph.add(node);
  window.graph = graph;
}"""
_MASK = {"preset": "custom", "feather": 0.16, "gamma": 0.5, "erosion": 0.006, "opacity": 1.0, "shape": "contour"}
_COLOR = {"preset": "custom", "strength": 1.0, "space": "ycbcr"}
_DRAGGED = {"mask.feather": 0.1, "mask.falloff_gamma": 1.5, "mask.erosion": 0.02, "mask.opacity": 0.8, "color.strength": 0.4}


@pytest.fixture
def tab(chromium: Any, site: Site) -> Iterator[Tab]:
    """A page with a preview that has run; it ends without an error."""
    with opened(chromium, site) as made:
        run(made, site, drawn_case().tuned(PLAIN, FRAMES[:1]))
        yield made


def mask_node(identity: int = 1, **widgets: Any) -> dict[str, Any]:
    """A Shape Mouth Mask."""
    return {"id": identity, "type": "SeamSyncShapeMouthMask", "widgets": _MASK | widgets}


def color_node(identity: int = 2, **widgets: Any) -> dict[str, Any]:
    """A Match Color."""
    return {"id": identity, "type": "SeamSyncMatchColor", "widgets": _COLOR | widgets}


def linked(mask: int | None = 21, color: int | None = 22) -> list[dict[str, Any]]:
    """Inputs of the preview; links 21 and 22 come from nodes 1 and 2."""
    return [{"name": "video", "link": None}, {"name": "mask", "link": mask}, {"name": "color", "link": color}]


def apply(tab: Tab, values: dict[str, float]) -> str:
    """Drag, press Apply; what it says."""
    shown(tab, values)
    tab.page.locator(".sst-apply").click()
    return tab.page.locator(".sst-status").inner_text()


def values_of(tab: Tab, identity: int, graph: str = "graph") -> dict[str, Any]:
    """Widgets of a node."""
    script = f"id => Object.fromEntries({graph}.nodes.find(n => n.id === id).widgets.map(w => [w.name, w.value]))"
    return tab.page.evaluate(script, identity)


def test_apply_writes_into_the_linked_nodes(tab: Tab) -> None:
    """All five values, each told to its widget once, as one change of the graph; the rest stays."""
    tab.page.evaluate(_GRAPH, [linked(), [mask_node(), color_node()], [[21, 1, 0], [22, 2, 0]]])
    said = apply(tab, _DRAGGED)
    assert said.startswith("Written to Shape Mouth Mask and Match Color")
    assert values_of(tab, 1) == _MASK | {"feather": 0.1, "gamma": 1.5, "erosion": 0.02, "opacity": 0.8}
    assert values_of(tab, 2) == _COLOR | {"strength": 0.4}
    assert tab.page.evaluate("graph.nodes[0].widgets.find(w => w.name === 'gamma').told") == [1.5]
    assert tab.page.evaluate("graph.nodes[0].widgets.find(w => w.name === 'shape').told") is None
    assert tab.page.evaluate("graph.changes") == ["before", "after"] * 2


def test_a_preset_becomes_custom_and_leaves_its_values(tab: Tab) -> None:
    """Or the written values would not count; what the preset had set besides stays in force."""
    node = mask_node(preset="high motion", shape="ellipse")
    tab.page.evaluate(_GRAPH, [linked(), [node, color_node()], [[21, 1, 0], [22, 2, 0]]])
    apply(tab, {"mask.feather": 0.1})
    assert values_of(tab, 1) == _MASK | {"feather": 0.1, "shape": "contour", "preset": "custom"}


def test_links_are_followed_through_reroutes(tab: Tab) -> None:
    """Two in a row."""
    reroutes = [{"id": 7 + k, "type": "Reroute", "inputs": [{"name": "", "link": 30 + k}]} for k in range(2)]
    links = [[21, 7, 0], [30, 8, 0], [31, 1, 0], [22, 2, 0]]
    tab.page.evaluate(_GRAPH, [linked(), [mask_node(), color_node(), *reroutes], links])
    assert apply(tab, {"mask.feather": 0.1}).startswith("Written to Shape Mouth Mask")
    assert values_of(tab, 1)["feather"] == 0.1


def test_links_are_followed_into_subgraphs(tab: Tab) -> None:
    """The mask's node lies in a subgraph whose node is linked to the preview."""
    subgraph = {"id": 9, "type": "some-uuid"}
    tab.page.evaluate(_GRAPH, [linked(), [mask_node(), color_node(), subgraph], [[21, 9, 0], [22, 2, 0]]])
    tab.page.evaluate(
        """() => {
          const [mask] = graph.nodes.splice(0, 1);
          const inner = { nodes: [mask], getNodeById: id => inner.nodes.find(n => n.id === id), rootGraph: graph };
          inner.outputNode = { slots: [{ getLinks: () => [{ origin_id: 1, origin_slot: 0 }] }] };
          mask.graph = inner;
          graph.getNodeById(9).subgraph = inner;
          window.inner = inner;
        }"""
    )
    assert "Shape Mouth Mask" in apply(tab, {"mask.feather": 0.1})
    assert values_of(tab, 1, "inner")["feather"] == 0.1


def test_links_are_followed_out_of_subgraphs(tab: Tab) -> None:
    """The preview lies in a subgraph, the mask's node outside."""
    subgraph = {"id": 9, "type": "some-uuid", "inputs": [{"name": "color", "link": None}, {"name": "mask", "link": 50}]}
    tab.page.evaluate(_GRAPH, [linked(color=None), [mask_node(), subgraph], [[50, 1, 0]]])
    tab.page.evaluate(
        """() => {
          const preview = graph.nodes.pop();
          const inner = { id: "u", isRootGraph: false, nodes: [preview], rootGraph: graph, inputNode: { id: -10 } };
          inner.links = new Map([[21, { origin_id: -10, origin_slot: 1 }]]);
          preview.graph = inner;
          graph.getNodeById(9).subgraph = inner;
        }"""
    )
    assert apply(tab, {"mask.feather": 0.1}).startswith("Written to Shape Mouth Mask")
    assert values_of(tab, 1)["feather"] == 0.1


def test_a_value_fed_by_a_link_is_left_alone_and_named(tab: Tab) -> None:
    """A widget turned into an input takes its value from elsewhere."""
    fed = mask_node() | {"inputs": [{"name": "gamma", "widget": {"name": "gamma"}, "link": 40}]}
    tab.page.evaluate(_GRAPH, [linked(), [fed, color_node()], [[21, 1, 0], [22, 2, 0]]])
    assert "Fed by links, so left alone: gamma." in apply(tab, {"mask.falloff_gamma": 1.5, "mask.feather": 0.1})
    assert values_of(tab, 1)["feather"] == 0.1
    assert values_of(tab, 1)["gamma"] == _MASK["gamma"]


def test_settings_of_another_packs_node_are_left_alone(tab: Tab) -> None:
    """They may mean anything."""
    tab.page.evaluate(_GRAPH, [linked(), [{"id": 1, "type": "Other"}, color_node()], [[21, 1, 0], [22, 2, 0]]])
    assert "Not from a node of ours: Shape Mouth Mask." in apply(tab, {})


def test_nodes_that_are_missing_can_be_added(tab: Tab) -> None:
    """A button for each; the new node is linked and gets the values."""
    tab.page.evaluate(_GRAPH, [linked(mask=None), [color_node()], [[22, 2, 0]]])
    assert "Nothing linked for: Shape Mouth Mask." in apply(tab, _DRAGGED)
    tab.page.evaluate(
        """widgets => {
          const connect = (slot, node, input) => {
            graph.links.set(60, { origin_id: 77, origin_slot: slot });
            node.inputs[input].link = 60;
          };
          const made = Object.entries(widgets).map(([name, value]) => ({ name, value }));
          const node = { id: 77, inputs: [], size: [200, 100], widgets: made, connect };
          window.LiteGraph = { createNode: type => Object.assign(node, { type, comfyClass: type }) };
        }""",
        _MASK,
    )
    tab.page.locator(".sst-add-node").click()
    assert values_of(tab, 77) == _MASK | {"feather": 0.1, "gamma": 1.5, "erosion": 0.02, "opacity": 0.8}
    assert tab.page.locator(".sst-add-node").count() == 0
    assert tab.page.evaluate("graph.nodes.find(n => n.id === 77).pos[0]") < 500
