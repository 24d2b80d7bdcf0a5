"""The help pages in a real ComfyUI (:mod:`real_host`) and a real browser, in both of its renderers.

``SEAMSYNC_SCREENSHOTS`` names a folder for the pictures of help pages that show the page itself, ``web/docs/img`` for those
that are stored.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from browser_fixture import Tab
from host_page import PLAIN, RENDERERS, host_page, look_at, open_template
from picture_drawing import WIDTH
from picture_parts import MOST, save
from real_host import ROOT, RUN_SECONDS, Server

PAGES = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "web" / "docs").glob("*.md"))}
#: A node alone on the page, selected.
_ALONE = """name => {
  app.graph.clear();
  const node = LiteGraph.createNode(name);
  app.graph.add(node);
  app.canvas.deselectAll();
  app.canvas.selectNode(node);
  app.canvas.centerOnNode(node);
}"""


@pytest.fixture(scope="module", params=RENDERERS)
def tab(request: pytest.FixtureRequest, server: Server, chromium: Any) -> Iterator[Tab]:
    """ComfyUI's page with nothing over the graph."""
    with host_page(server, chromium, request.param, size=(1700, 1500), settings=PLAIN) as made:
        yield made


def test_what_the_page_shows_is_pictured(tab: Tab, server: Server) -> None:
    """Viewer and tuner after a run, and a saved report: kept for those who want pictures, other tests look at them closely."""
    folder = os.environ.get("SEAMSYNC_SCREENSHOTS")
    if not folder:
        pytest.skip("SEAMSYNC_SCREENSHOTS names no folder for pictures")
    if tab.page.evaluate("app.ui.settings.getSettingValue('Comfy.VueNodes.Enabled')"):
        pytest.skip("pictured in the classic renderer")
    for name, kind, widget, to in (
        ("quickstart", "SeamDebugViewer", ".ssv", "seam_debug_viewer"),
        ("tune_the_seam", "PreviewComposite", ".sst", "preview_composite"),
    ):
        _run(tab, name, kind, f"{widget}-filled")
        _keep(tab.page.locator(widget).first.screenshot(), Path(folder) / f"{to}.jpg")
    _keep(_report(tab, server), Path(folder) / "save_seam_report.jpg")


@pytest.mark.parametrize("name", PAGES)
def test_the_help_panel_shows_the_page_with_its_picture(name: str, tab: Tab) -> None:
    """Opened by the button beside the node: its title, and every picture, loaded from beside the page, with its words."""
    page, wanted = tab.page, re.findall(r"!\[(.*)\]\(img/", PAGES[name])
    page.evaluate(_ALONE, name)
    page.wait_for_timeout(400)
    if not page.get_by_test_id("panel-tab-info").count():
        page.get_by_test_id("info-button").first.click()
    title = PAGES[name].splitlines()[0].removeprefix("# ")
    page.get_by_role("heading", level=1, name=title, exact=True).wait_for(timeout=15_000)
    shown = "[...document.querySelectorAll(\"img[src*='seamsync/docs/img/']\")]"
    page.wait_for_function(f"{shown}.filter(image => image.naturalWidth >= 400).length === {len(wanted)}", timeout=15_000)
    assert page.evaluate(f"{shown}.map(image => image.alt)") == wanted


def _run(tab: Tab, name: str, kind: str, ready: str) -> None:
    """Open a template, look at a node of it, which fills when it is seen, click Run, and wait until something is there."""
    open_template(tab, name, "help", seconds=0)
    look_at(tab, kind, (160, 140))
    tab.page.get_by_test_id("queue-button").first.click()
    tab.page.wait_for_function(f"document.querySelector('{ready}')", timeout=1000 * RUN_SECONDS)
    tab.page.wait_for_timeout(2000)


def _report(tab: Tab, server: Server) -> bytes:
    """The top of the page that Save Seam Report writes."""
    graph = json.loads((ROOT / "workflows" / "api" / "quickstart.json").read_text(encoding="utf-8"))
    graph = {
        key: node for key, node in graph.items() if "Save" not in node["class_type"] and "Viewer" not in node["class_type"]
    }
    composite = next(key for key, node in graph.items() if node["class_type"] == "SeamSyncCompositeMouths")
    graph["99"] = {"class_type": "SeamSyncSaveSeamReport", "inputs": {"report": [composite, 1]}}
    entry = server.run(graph)
    assert entry["status"]["status_str"] == "success", entry["status"]["messages"]
    saved = max((server.base / "output" / "report").glob("*.html"))
    page = tab.page.context.browser.new_page(viewport={"width": 760, "height": 900})
    page.goto(saved.as_uri())
    page.wait_for_timeout(500)
    picture = page.screenshot()
    page.close()
    return picture


def _keep(png: bytes, path: Path) -> None:
    """Write a screenshot as wide as the other pictures are, and as small."""
    picture = np.asarray(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR))[..., ::-1]
    scale = min(1.0, WIDTH / picture.shape[1])
    save(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), path, MOST)
