"""The viewer in a real ComfyUI (:mod:`real_host`) and a real browser, in both of its renderers: run, look, leave, come back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pytest
from browser_fixture import Tab
from host_page import RENDERERS, leave_and_return, look_at, node, template_page
from real_host import RUN_SECONDS, Server

NODE = node("SeamDebugViewer")
#: What scaling and JPEG change of a picture on average, 8-bit levels.
_NEAR = 6.0


@pytest.fixture(params=RENDERERS)
def tab(request: pytest.FixtureRequest, server: Server, chromium: Any) -> Iterator[Tab]:
    """The quickstart, looking at the viewer."""
    view = {"kind": "SeamDebugViewer", "at": (300, 120), "widget": ".ssv"}
    with template_page(server, chromium, request.param, "quickstart", "seamview", **view) as made:
        yield made


def shown(tab: Tab) -> np.ndarray:
    """The picture on the stage, RGB."""
    picture = tab.canvas(".ssv-picture")
    rows, columns = (np.flatnonzero((picture[..., 3] > 0).any(axis)) for axis in (1, 0))
    return picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1, :3]


def settle(tab: Tab) -> None:
    """Wait for the picture."""
    tab.page.wait_for_timeout(200)
    ready = "document.querySelector('.ssv-filled') && !document.querySelector('.ssv-notice').textContent"
    tab.page.wait_for_function(ready, timeout=1000 * RUN_SECONDS)
    tab.page.wait_for_timeout(200)


def cell(server: Server, view: str, frame: int) -> np.ndarray:
    """A picture as the newest run wrote it."""
    folder = max((server.base / "temp").glob("seamsync_view_*"), key=lambda path: path.stat().st_mtime)
    told = json.loads((folder / "view.json").read_text(encoding="utf-8"))
    (width, height), each = told["cell"], told["across"] * told["down"]
    index = told["frames"].index(frame)
    sheet = np.asarray(cv2.imread(str(folder / told["sheets"][view][index // each])))
    x, y = index % each % told["across"] * width, index % each // told["across"] * height
    return sheet[y : y + height, x : x + width, ::-1]


def test_run_look_leave_and_come_back(tab: Tab, server: Server) -> None:
    """Run fills the viewer with the pictures that were written; its wipe does not move the node, nor is anything saved; after
    another workflow it is filled again."""
    page = tab.page
    saved = page.evaluate(f"() => JSON.stringify({NODE}.serialize())")
    page.get_by_test_id("queue-button").first.click()
    settle(tab)
    frame = int(page.locator(".ssv-readout").inner_text().split(" /")[0])
    picture = shown(tab)
    half = picture.shape[1] // 2
    for view, part in (("original", np.s_[:, : half - 4]), ("result", np.s_[:, half + 4 :])):
        wanted = cv2.resize(cell(server, view, frame), picture.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        assert np.abs(picture[part].astype(float) - wanted[part]).mean() < _NEAR, view
    box = page.locator(".ssv-stage").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 3)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    assert int(page.locator(".ssv-handle").get_attribute("aria-valuenow")) > 80
    page.keyboard.press("3")
    settle(tab)
    assert page.locator("[data-view=seam]").get_attribute("aria-pressed") == "true"
    assert page.evaluate(f"() => JSON.stringify({NODE}.serialize())") == saved
    leave_and_return(tab, ".ssv", "seamview")
    settle(tab)
    assert np.abs(shown(tab).astype(float) - picture).mean() < _NEAR


def test_a_run_answered_from_the_cache_fills_it_as_well(tab: Tab) -> None:
    """Such a run is done before the page knows of it; the viewer is filled, also after another workflow."""
    for _ in range(2):
        tab.page.get_by_test_id("queue-button").first.click()
        settle(tab)
        leave_and_return(tab, ".ssv", "seamview")
    settle(tab)


def test_nodes_show_their_pictures_and_result_once(tab: Tab) -> None:
    """The landmarks as pictures, the result as a video that plays; nothing is left of the thumbnails of the run, which Nodes
    2.0 would show beside them, or take for the video."""
    page = tab.page
    length = f"{node('LoadFaceVideo')}.widgets.find(one => one.name === 'duration')"
    page.evaluate(f"() => {{ {length}.value = LiteGraph.vueNodesMode ? 1.6 : 1.5; }}")  # neither is in the cache
    look_at(tab, "DetectFaceLandmarks", (300, 120))
    page.get_by_test_id("queue-button").first.click()
    page.wait_for_function(f"() => app.nodeOutputs[String({node('CompositeMouths')}.id)]", timeout=1000 * RUN_SECONDS)
    page.wait_for_timeout(1000)
    assert page.get_by_text("failed to load").count() == 0
    if page.evaluate("LiteGraph.vueNodesMode"):
        number = page.evaluate(f"{node('DetectFaceLandmarks')}.id")
        sources = page.locator(f"[data-node-id='{number}'] img").evaluate_all("all => all.map(one => one.src)")
        assert len(sources) == len(set(sources)) >= 1
        assert all("type=temp" in source for source in sources), "no thumbnail of the run"
    look_at(tab, "CompositeMouths", (300, 120))
    playable = "[...document.querySelectorAll('video')].some(one => one.src.includes('_result.mp4') && one.videoWidth > 0)"
    page.wait_for_function(playable, timeout=20_000)


def test_the_server_says_nothing_ill_of_us(server: Server) -> None:
    """No warning or error that names this pack in its log, the runs above included."""
    log = (server.base / "server.log").read_text(errors="replace").splitlines()
    ill = [line for line in log if any(word in line.lower() for word in ("error", "warning", "traceback", "deprecat"))]
    assert [line for line in ill if "seamsync" in line.lower()] == []
