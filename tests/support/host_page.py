"""ComfyUI's own page (:mod:`real_host`) in a real browser (:mod:`browser_fixture`), in either of its renderers."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from browser_fixture import Tab
from real_host import ROOT, Server
from template_graphs import TITLES

#: What ``Comfy.VueNodes.Enabled`` makes of the nodes.
RENDERERS = ("classic", "vue")
#: Settings without what would lie over the graph.
PLAIN = {"Comfy.Minimap.Visible": False, "Comfy.Graph.CanvasInfo": False, "Comfy.RightSidePanel.IsOpen": False}
#: The page has opened the workflow that it begins with.
_READY = "window.app?.graph && window.app.extensionManager?.workflow?.activeWorkflow"


@contextmanager
def host_page(
    server: Server, browser: Any, renderer: str, *, size: tuple[int, int] = (1700, 1100), settings: dict[str, Any] | None = None
) -> Generator[Tab, None, None]:
    """The page, ready for a workflow; it ends without an error of ours."""
    server.post("/settings", {"Comfy.TutorialCompleted": True, "Comfy.VueNodes.Enabled": renderer == "vue"} | (settings or {}))
    tab = Tab.open(browser, server.url, viewport=dict(zip(("width", "height"), size, strict=True)))
    tab.page.wait_for_function(_READY, timeout=120_000)
    tab.page.wait_for_timeout(1000)  # what it opened is drawn
    yield tab
    tab.page.close()
    # Help is asked for in the page's own language first; the page logs that there is none, and shows the English one.
    errors = [error for error in tab.errors if "404" not in error or not error.endswith("/en.md)")]
    assert [error for error in errors if "seamsync" in error.lower() or error.startswith("uncaught")] == []


@contextmanager
def template_page(
    server: Server, browser: Any, renderer: str, template: str, name: str, *, kind: str, at: tuple[int, int], widget: str
) -> Generator[Tab, None, None]:
    """The page with a template, looking at the first node of a class, whose widget is there.

    Args:
        server, browser, renderer: as for :func:`host_page`.
        template, name: as for :func:`open_template`.
        kind, at: as for :func:`look_at`.
        widget: selector of the widget's element.
    """
    with host_page(server, browser, renderer) as made:
        open_template(made, template, name)
        look_at(made, kind, at)
        made.page.wait_for_selector(widget)
        yield made


def node(kind: str) -> str:
    """JavaScript for the first node of a class."""
    return f"app.graph.nodes.find(node => node.type === 'SeamSync{kind}')"


def open_template(tab: Tab, template: str, name: str, seconds: float = 1) -> None:
    """Open a template, by its key, under a name of the test's own, with so much of its speech; 0: all."""
    graph = json.loads((ROOT / "workflows" / f"{TITLES[template]}.json").read_text(encoding="utf-8"))
    tab.page.evaluate("([graph, name]) => app.loadGraphData(graph, true, true, name)", [graph, name])
    duration = f"{node('LoadSpeechAudio')}.widgets.find(one => one.name === 'duration')"
    tab.page.evaluate(f"() => {{ {duration}.value = {seconds}; }}")


def look_at(tab: Tab, kind: str, at: tuple[int, int]) -> None:
    """Bring the first node of a class to a place of the window, unscaled."""
    place = f"const [x, y] = {node(kind)}.pos; app.canvas.ds.scale = 1; app.canvas.ds.offset = [{at[0]} - x, {at[1]} - y];"
    tab.page.evaluate(f"() => {{ {place} app.canvas.setDirty(true, true); }}")


def leave_and_return(tab: Tab, gone: str, name: str) -> None:
    """Open a blank workflow, wait until an element is gone, and come back to the workflow of that name by its tab."""
    tab.page.evaluate("() => app.extensionManager.command.execute('Comfy.NewBlankWorkflow')")
    tab.page.wait_for_function("gone => !document.querySelector(gone)", arg=gone)
    tab.page.get_by_text(name).first.click()
