"""The templates in a real ComfyUI (:mod:`real_host`) and a real browser, in both of its renderers.

``SEAMSYNC_SCREENSHOTS`` names a folder for a picture of every template, ``docs/templates`` for those of the documentation.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from browser_fixture import Tab
from host_page import PLAIN, RENDERERS, host_page
from picture_parts import save
from real_host import ROOT, Server
from template_graphs import APPS, GRAPHS, TITLES

#: Templates whose nodes are all there.
NAMES = sorted(name for name, steps in GRAPHS.items() if not any(step.kind.startswith("VHS_") for step in steps))
#: Size of a laptop's window, and the least scale at which the classic canvas draws text well.
LAPTOP, READABLE = (1440, 900), 0.65
#: Left, top, right and bottom of all nodes.
_ALL = """() => {
  const boxes = app.graph.nodes.map(node => [...node.pos, node.pos[0] + node.size[0], node.pos[1] + node.size[1]]);
  return [0, 1, 2, 3].map(side => Math[side < 2 ? "min" : "max"](...boxes.map(box => box[side])));
}"""

#: Scale; left, right, top and bottom of what is in view; name, left, top, right and bottom of the nodes as they are drawn.
_SEEN = """() => {
  const { scale, offset } = app.canvas.ds;
  const box = node => {
    const at = LiteGraph.vueNodesMode && document.querySelector(`[data-node-id="${node.id}"]`)?.getBoundingClientRect();
    const height = at ? at.height / scale : node.size[1] + 30;
    return [node.title, node.pos[0], node.pos[1] - 30, node.pos[0] + node.size[0], node.pos[1] - 30 + height];
  };
  const { width, height } = app.canvas.canvas;
  const shown = [-offset[0], width / scale - offset[0], -offset[1], height / scale - offset[1]];
  return [scale, shown, app.graph.nodes.map(box)];
}"""


@pytest.fixture(scope="module", params=RENDERERS)
def tab(request: pytest.FixtureRequest, server: Server, chromium: Any) -> Iterator[Tab]:
    """ComfyUI's page with nothing over the graph."""
    with host_page(server, chromium, request.param, size=LAPTOP, settings=PLAIN) as made:
        yield made


def opened(tab: Tab, name: str) -> dict[str, Any]:
    """Open a template as the template browser does, and return what its Run would queue."""
    page = tab.page
    page.evaluate(
        """async name => {
          const answer = await fetch(`/api/workflow_templates/seamsync/${name}.json`);
          await app.loadGraphData(await answer.json(), true, true, name, { openSource: "template" });
        }""",
        TITLES[name],
    )
    page.wait_for_timeout(800)
    return page.evaluate("async () => (await app.graphToPrompt()).output")


@pytest.mark.parametrize("name", NAMES)
def test_opened_it_queues_what_is_stored_for_the_api(name: str, tab: Tab) -> None:
    """Every node is known, and the page makes the very graph of ``workflows/api`` out of it, links and values."""
    told = opened(tab, name)
    stored = json.loads((ROOT / "workflows" / "api" / f"{name}.json").read_text(encoding="utf-8"))
    muted = {step.name for step in GRAPHS[name] if step.muted}  # prompts have them, a click does not run them
    wanted = {key: node for key, node in stored.items() if key not in muted}
    assert {key: node["class_type"] for key, node in told.items()} == {key: node["class_type"] for key, node in wanted.items()}
    for key, node in wanted.items():
        assert told[key]["inputs"] == node["inputs"], f"{name}, node {key}"
        assert told[key]["_meta"]["title"] == node["_meta"]["title"]


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(APPS)))
def test_it_opens_readable_on_a_laptop(name: str, tab: Tab) -> None:
    """The page's own fit leaves a scale at which text is drawn; all nodes are in view, and none lies over another."""
    opened(tab, name)
    tab.page.wait_for_timeout(1000)
    scale, shown, boxes = tab.page.evaluate(_SEEN)
    assert scale >= READABLE
    assert all(shown[0] <= a and b <= shown[1] and shown[2] <= c and d <= shown[3] for _, a, c, b, d in boxes)
    for (one, *a), (other, *b) in itertools.combinations(boxes, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], f"{one} {a} and {other} {b}"


def test_the_app_opens_as_one(tab: Tab) -> None:
    """With three inputs, by names that say what they are; leaving it shows the graph."""
    page = tab.page
    opened(tab, "app")
    for _, _, label in APPS["app"][0]:
        page.get_by_text(label, exact=True).locator("visible=true").first.wait_for(timeout=10_000)
    page.evaluate("() => app.extensionManager.command.execute('Comfy.NewBlankWorkflow')")
    page.wait_for_timeout(500)


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(APPS)))
def test_it_runs_by_a_click_and_is_pictured(name: str, tab: Tab, server: Server) -> None:
    """Run succeeds on the page as it stands; kept for those who want pictures, the others' runs are in the other tests."""
    folder, page = os.environ.get("SEAMSYNC_SCREENSHOTS"), tab.page
    if not folder:
        pytest.skip("SEAMSYNC_SCREENSHOTS names no folder for pictures")
    opened(tab, name)
    if name in ("musetalk", "wav2lip"):  # random weights are no sight
        _picture(tab, Path(folder) / f"{name}.jpg")
        return
    with page.expect_response("**/api/prompt") as answer:
        page.get_by_test_id("queue-button").first.click()
    entry = server.wait(answer.value.json()["prompt_id"])
    assert entry["status"]["status_str"] == "success", entry["status"]["messages"]
    page.wait_for_timeout(4000)
    _picture(tab, Path(folder) / f"{name}.jpg")


def _picture(tab: Tab, path: Path) -> None:
    """The graph and a little room around it, without the page's menus."""
    left, top, right, bottom = tab.page.evaluate(_ALL)
    tab.page.set_viewport_size({"width": int(right - left) + 1000, "height": int(bottom - top) + 400})
    tab.page.evaluate(f"() => {{ app.canvas.ds.scale = 1; app.canvas.ds.offset = [{150 - left}, {150 - top}]; }}")
    tab.page.evaluate("() => app.canvas.setDirty(true, true)")
    tab.page.wait_for_timeout(3000)
    clip = {"x": 110, "y": 100, "width": right - left + 80, "height": bottom - top + 90}
    _save(tab.page.screenshot(clip=clip), path)


def _save(png: bytes, path: Path) -> None:
    """Write a screenshot as a JPEG of at most 1500 pixels across and 118 kB."""
    picture = np.asarray(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR))[..., ::-1]
    scale = min(1.0, 1500 / picture.shape[1])
    save(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), path, 118_000)


def test_every_run_takes_the_next_file(tab: Tab) -> None:
    """Three runs of the folder's template, by the number beside Run: each is queued with the next index."""
    page, queued = tab.page, []
    opened(tab, "batch_folder")

    def take(route: Any) -> None:
        queued.append(json.loads(route.request.post_data)["prompt"])
        route.fulfill(json={"prompt_id": f"none-{len(queued)}", "number": len(queued), "node_errors": {}})

    page.route("**/api/prompt", take)
    page.evaluate("() => app.queuePrompt(0, 3)")
    page.unroute("**/api/prompt")
    assert [(graph["1"]["inputs"]["index"], graph["2"]["inputs"]["index"]) for graph in queued] == [(0, 0), (1, 1), (2, 2)]


def test_the_template_browser_shows_them(tab: Tab) -> None:
    """With a thumbnail each, under the pack's name."""
    page = tab.page
    page.evaluate("() => app.extensionManager.command.execute('Comfy.BrowseTemplates')")
    page.get_by_role("dialog").get_by_text("seamsync", exact=True).first.click()
    for title in TITLES.values():
        card = page.get_by_role("dialog").get_by_text(title, exact=True).first
        card.wait_for(timeout=15_000)
        card.scroll_into_view_if_needed()  # its picture is loaded then
    cards = page.get_by_role("dialog").inner_text()
    assert sorted(TITLES.values(), key=cards.index) == sorted(TITLES.values()), "in the order of their names"
    pictures = "[...document.querySelectorAll('[role=dialog] img')]"  # of the cards that were in view
    page.wait_for_function(f"{pictures}.length >= 8 && {pictures}.every(one => one.naturalWidth === 400)", timeout=15_000)
    if folder := os.environ.get("SEAMSYNC_SCREENSHOTS"):
        _save(page.screenshot(), Path(folder) / "browser.jpg")
    page.keyboard.press("Escape")


def test_the_server_says_nothing_ill_of_us(server: Server) -> None:
    """No warning or error that names this pack in its log, the runs above included."""
    log = (server.base / "server.log").read_text(errors="replace").splitlines()
    ill = [line for line in log if any(word in line.lower() for word in ("error", "warning", "traceback", "deprecat"))]
    assert [line for line in ill if "seamsync" in line.lower()] == []
