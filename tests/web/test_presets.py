"""Presets and advanced inputs of the nodes on the page, in Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from browser_fixture import Site, Tab

_PRESETS = {"fast": {"feather": 0.16, "alignment": 0.0}, "high motion": {"feather": 0.18, "alignment": 1.0}}
#: A node as the page makes it, of a class with presets; `chosen` is what a workflow or a prompt writes before the page rests.
_NODE = """async ([presets, script, chosen]) => {
  await import(`/extensions/seamsync/${script}`);
  const widget = (name, value, advanced) => ({ name, value, options: { advanced } });
  const widgets = [widget("preset", "custom"), widget("feather", 0.16), widget("alignment", 1, true)];
  const node = { comfyClass: "SeamSyncAny", widgets, size: [200, 100], inputs: [] };
  node.setSize = size => { node.size = size; };
  node.computeSize = () => [200, 10 * node.widgets.filter(one => !one.hidden).length];
  node.addWidget = (type, name, value, callback) => node.widgets[node.widgets.push({ name, type, value, callback }) - 1];
  const definition = { name: "SeamSyncAny", input: { optional: { preset: [[], { seamsync_presets: presets }] } } };
  const { app } = await import("/scripts/app.js");
  for (const extension of app.extensions) extension.beforeRegisterNodeDef?.({}, definition, app);
  for (const extension of app.extensions) extension.nodeCreated?.(node, app);
  window.node = node;
  window.choose = (name, value) => {
    const one = node.widgets.find(one => one.name === name);
    one.value = value;
    one.callback?.(value);
  };
  window.values = () => node.widgets.slice(0, 3).map(one => one.value);
  for (const [name, value] of chosen) choose(name, value);
  await new Promise(done => setTimeout(done));
}"""


@pytest.fixture
def tab(chromium: Any, site: Site) -> Iterator[Tab]:
    """The stand-in of ComfyUI's page, without an error at its end."""
    made = Tab.open(chromium, site.url)
    yield made
    made.page.close()
    assert [error for error in made.errors if "favicon" not in error] == []


def add(tab: Tab, script: str, chosen: list[list[Any]]) -> None:
    """A node, once the page rests."""
    tab.page.evaluate(_NODE, [_PRESETS, script, chosen])


def choose(tab: Tab, name: str, value: Any) -> list[Any]:
    """Choose as the user does; the values then: preset, feather, alignment."""
    return tab.page.evaluate("([name, value]) => { choose(name, value); return values(); }", [name, value])


def test_a_preset_shows_its_values_and_a_change_makes_it_custom(tab: Tab) -> None:
    """The other values stay the preset's; 'custom' itself changes nothing."""
    add(tab, "presets.js", [])
    assert choose(tab, "preset", "high motion") == ["high motion", 0.18, 1.0]
    assert choose(tab, "preset", "fast") == ["fast", 0.16, 0.0]
    assert choose(tab, "feather", 0.1) == ["custom", 0.1, 0.0]
    assert choose(tab, "preset", "fast") == ["fast", 0.16, 0.0]
    assert choose(tab, "preset", "custom") == ["custom", 0.16, 0.0]


def test_what_a_workflow_or_prompt_writes_leaves_its_preset(tab: Tab) -> None:
    """A prompt's values come after its preset, by callbacks, as the user's would; the preset holds and shows its own."""
    add(tab, "presets.js", [["preset", "fast"], ["feather", 0.3], ["alignment", 1.0]])
    assert tab.page.evaluate("values()") == ["fast", 0.16, 0.0]
    add(tab, "presets.js", [["feather", 0.3]])
    assert tab.page.evaluate("values()") == ["custom", 0.3, 1.0]


def test_advanced_widgets_are_hidden_until_asked_for(tab: Tab) -> None:
    """The node is lower by them, a linked one is always seen, and the button is not saved."""
    add(tab, "advanced.js", [])
    hidden = "node.widgets.map(one => Boolean(one.hidden))"
    button = "node.widgets.at(-1)"
    assert tab.page.evaluate(f"[{hidden}, {button}.label, {button}.serialize, node.size]") == [
        [False, False, True, False],
        "1 more settings",
        False,
        [200, 90],
    ]
    tab.page.evaluate(f"{button}.callback()")
    assert tab.page.evaluate(f"[{hidden}, {button}.label, node.size]") == [[False] * 4, "fewer settings", [200, 100]]
    tab.page.evaluate(f"{button}.callback()")
    tab.page.evaluate("node.inputs.push({ widget: { name: 'alignment' }, link: 7 }); node.onConnectionsChange();")
    assert tab.page.evaluate(hidden) == [False] * 4
