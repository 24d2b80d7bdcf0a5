"""Presets and advanced inputs in a real ComfyUI (:mod:`real_host`) and a real browser, in both of its renderers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from browser_fixture import Tab
from host_page import RENDERERS, host_page, node, open_template
from real_host import ROOT, Server

MASK = node("ShapeMouthMask")
#: A widget of the mask's node, and its value in the graph that Run would queue.
_CHOOSE = f"""([name, value]) => {{
  const widget = {MASK}.widgets.find(one => one.name === name);
  widget.value = value;
  widget.callback?.(value, app.canvas, {MASK});
}}"""
_QUEUED = f"async () => (await app.graphToPrompt()).output[{MASK}.id].inputs"


@pytest.fixture(params=RENDERERS)
def tab(request: pytest.FixtureRequest, server: Server, chromium: Any) -> Iterator[Tab]:
    """The page."""
    with host_page(server, chromium, request.param) as made:
        yield made


def chosen(tab: Tab, name: str, value: Any) -> tuple[Any, ...]:
    """Choose a value; preset, feather and gamma that would be queued then."""
    tab.page.evaluate(_CHOOSE, [name, value])
    return queued(tab)


def queued(tab: Tab) -> tuple[Any, ...]:
    """Preset, feather and gamma that would be queued."""
    inputs = tab.page.evaluate(_QUEUED)
    return inputs["preset"], inputs["feather"], inputs["gamma"]


def test_presets_show_their_values(tab: Tab) -> None:
    """Until one is changed; saved and opened again, they are what they were."""
    open_template(tab, "tune_the_seam", "presets")
    assert chosen(tab, "preset", "high motion") == ("high motion", 0.18, 0.5)
    assert chosen(tab, "gamma", 0.8) == ("custom", 0.18, 0.8)
    assert chosen(tab, "preset", "baseline") == ("baseline", 0.06, 1.0)
    tab.page.evaluate("() => app.loadGraphData(app.graph.serialize(), true, true, 'again')")
    tab.page.wait_for_timeout(500)
    assert queued(tab) == ("baseline", 0.06, 1.0)


def test_a_prompt_keeps_its_preset(tab: Tab) -> None:
    """The page writes every input of a prompt as if the user did; the preset's values are shown all the same."""
    graph = json.loads((ROOT / "workflows" / "api" / "tune_the_seam.json").read_text(encoding="utf-8"))
    (mask,) = (one for one in graph.values() if one["class_type"] == "SeamSyncShapeMouthMask")
    mask["inputs"]["preset"] = "high motion"
    tab.page.evaluate("graph => app.loadApiJson(graph, 'prompt')", graph)
    tab.page.wait_for_timeout(500)
    assert queued(tab) == ("high motion", 0.18, 0.5)


def test_advanced_inputs_appear_by_a_click(tab: Tab) -> None:
    """On a node fresh from the menu; what is hidden is queued with the graph."""
    tab.page.evaluate("() => { app.graph.clear(); app.graph.add(LiteGraph.createNode('SeamSyncShapeMouthMask')); }")
    tab.page.evaluate("() => { app.canvas.ds.scale = 1; app.canvas.ds.offset = [500, 200]; app.canvas.setDirty(true, true); }")
    tab.page.wait_for_timeout(500)
    assert tab.page.evaluate(_QUEUED)["feather_chin"] == 1.0
    if tab.page.evaluate("LiteGraph.vueNodesMode"):  # which has its own button
        row = tab.page.get_by_text("feather_chin", exact=True)
        assert not row.is_visible()
        tab.page.get_by_text("advanced inputs").first.click()
        row.wait_for()
        return
    tab.page.wait_for_function(f"{MASK}.widgets.at(-1).last_y > 100")  # it is drawn
    low = tab.page.evaluate(f"{MASK}.size[1]")
    left, top, below = tab.page.evaluate(f"[...{MASK}.pos, {MASK}.widgets.at(-1).y]")
    tab.page.mouse.move(500 + left + 100, 200 + top + below + 10)
    tab.page.wait_for_timeout(1000)
    tab.page.mouse.click(500 + left + 100, 200 + top + below + 10, delay=100)
    tab.page.wait_for_function(f"{MASK}.size[1] > {low} + 300", timeout=10_000)
    assert not tab.page.evaluate(f"{MASK}.widgets.some(one => one.hidden)")
