"""Live seam tuning in a real ComfyUI (:mod:`real_host`) and a real browser, in both of its renderers: run, drag, apply, run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from browser_fixture import Tab
from host_page import RENDERERS, leave_and_return, node, template_page
from real_host import RUN_SECONDS, Server

NODE, MASK = node("PreviewComposite"), node("ShapeMouthMask")


@pytest.fixture(params=RENDERERS)
def tab(request: pytest.FixtureRequest, server: Server, chromium: Any) -> Iterator[Tab]:
    """The template, looking at the tuner."""
    view = {"kind": "PreviewComposite", "at": (760, 120), "widget": ".sst"}
    with template_page(server, chromium, request.param, "tune_the_seam", "seamtune", **view) as made:
        yield made


def run(tab: Tab) -> None:
    """Click Run; wait for the picture."""
    before = tab.page.evaluate(f"() => JSON.stringify(app.nodeOutputs[String({NODE}.id)] ?? null)")
    tab.page.get_by_test_id("queue-button").first.click()
    new = f"before => JSON.stringify(app.nodeOutputs[String({NODE}.id)] ?? null) !== before"
    tab.page.wait_for_function(new, arg=before, timeout=1000 * RUN_SECONDS)
    settle(tab)


def settle(tab: Tab) -> None:
    """Wait for the picture."""
    ready = "document.querySelector('.sst-filled') && !document.querySelector('.sst-notice').textContent"
    tab.page.wait_for_function(ready, timeout=60_000)
    tab.page.wait_for_timeout(400)


def shown(tab: Tab) -> np.ndarray:
    """The picture, RGB."""
    return tab.canvas(".sst-picture")[..., :3].astype(int)


def test_run_drag_apply_and_run_again(tab: Tab, server: Server) -> None:
    """The values reach the linked node, the second run has them, and what was dragged to is what it renders, nearly."""
    page = tab.page
    kept = f"() => {{ const {{ widgets_values, properties }} = {NODE}.serialize(); return [widgets_values, properties]; }}"
    saved = page.evaluate(kept)
    run(tab)
    assert page.locator(".sst-truth").inner_text().startswith("approximated: multiband blend")
    assert page.get_by_text("failed to load").count() == 0, "the page's own previews are pictures"
    first = shown(tab)
    slider = page.locator(".sst-slider[data-name='mask.feather']")
    box = slider.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.55, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    settle(tab)
    value = float(slider.input_value())
    assert 0.03 <= value <= 0.09
    dragged = shown(tab)
    assert np.abs(dragged - first).max() > 1
    page.locator(".sst-apply").click()
    assert page.locator(".sst-status").inner_text().startswith("Written to Shape Mouth Mask and Match Color")
    assert page.evaluate(f"() => {MASK}.widgets.find(one => one.name === 'feather').value") == value
    assert page.evaluate(f"() => {MASK}.widgets.find(one => one.name === 'preset').value") == "custom"
    assert page.evaluate(kept) == saved
    if folder := os.environ.get("SEAMSYNC_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/tuner_{page.evaluate('LiteGraph.vueNodesMode')}.png")
    run(tab)
    assert float(slider.input_value()) == value
    second = shown(tab)
    assert second.shape == dragged.shape
    assert np.abs(second - dragged).mean() < np.abs(second - first).mean()


def test_it_fills_again_after_another_workflow(tab: Tab) -> None:
    """The page makes its nodes anew."""
    run(tab)
    picture = shown(tab)
    leave_and_return(tab, ".sst", "seamtune")
    settle(tab)
    assert np.abs(shown(tab) - picture).max() == 0
