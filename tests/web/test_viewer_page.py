"""The viewer's widget in Chromium, on a page that stands in for ComfyUI's: what a user does, and the pixels that follow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from browser_fixture import Site, Tab
from seamsync.browser.viewer import write_view
from view_cases import PEAK, WORST, after_level, before_level, clips, face_track, report

NODE = "SeamSyncSeamDebugViewer"
COUNT = 40
#: What JPEG and the screen change of a plain picture, 8-bit levels.
_NEAR = 4


def grey(level: int) -> float:
    """RGB level of a luma level of video range."""
    return (level - 16) * 255 / 219


@pytest.fixture
def tab(chromium: Any, site: Site) -> Iterator[Tab]:
    """A page with one viewer that has not run yet, and the view of a clip in the temp folder; it ends without an error."""
    (site.temp / "run").mkdir()
    write_view(report(COUNT), *clips(COUNT), site.temp / "run", track=face_track(COUNT))
    made = Tab.open(chromium, site.url, viewport={"width": 800, "height": 760})
    made.page.wait_for_function("window.ready")
    made.page.evaluate("node => { app.addNode(5, node); }", NODE)
    yield made
    made.page.close()
    assert made.errors == []


def run(tab: Tab, folder: str = "run") -> None:
    """What the page does when the node has run; waits until the picture is there."""
    file = {"filename": "view.json", "subfolder": folder, "type": "temp"}
    tab.page.evaluate("file => app.executed(5, { seam_viewer: [file] })", file)
    settle(tab)


def settle(tab: Tab) -> None:
    """Wait until the stage shows what it should: it is painted with the screen, and says so while a picture is on its way."""
    painted = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    tab.page.evaluate(painted)
    tab.page.wait_for_function("document.querySelector('.ssv-filled') && !document.querySelector('.ssv-notice').textContent")
    tab.page.evaluate(painted)


def stage(tab: Tab) -> np.ndarray:
    """The stage's own canvas, uint8 ``[h,w,3]`` RGB, where the picture is (the black beside it cut off)."""
    picture = tab.canvas(".ssv-picture")
    rows, columns = (np.flatnonzero((picture[..., 3] > 0).any(axis)) for axis in (1, 0))
    return picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1, :3]


def frame(tab: Tab) -> int:
    """Which frame of the clip the widget says it shows."""
    return int(tab.page.locator(".ssv-readout").inner_text().split(" /")[0])


def sides(tab: Tab) -> tuple[float, float]:
    """Mean level at the left and the right end of the picture."""
    picture = stage(tab)
    return float(picture[:, 2:12].mean()), float(picture[:, -12:-2].mean())


def drag(tab: Tab, selector: str, start: float, end: float) -> None:
    """Press at a share of an element's width, move, let go."""
    box = tab.page.locator(selector).first.bounding_box()
    middle = box["y"] + box["height"] / 2
    tab.page.mouse.move(box["x"] + start * box["width"], middle)
    tab.page.mouse.down()
    tab.page.mouse.move(box["x"] + end * box["width"], middle, steps=4)
    tab.page.mouse.up()
    settle(tab)


def click(tab: Tab, selector: str) -> None:
    """Click, and wait for the picture."""
    tab.page.locator(selector).first.click()
    settle(tab)


def press(tab: Tab, key: str) -> None:
    """A key on the widget, which has been clicked, and wait for the picture."""
    tab.page.locator(".ssv").focus()
    tab.page.keyboard.press(key)
    settle(tab)


def test_it_says_what_to_do_before_a_run(tab: Tab) -> None:
    """No picture, nothing to press, a sentence."""
    assert "Run the workflow" in tab.page.locator(".ssv-notice").inner_text()
    assert tab.page.locator(".ssv-play").is_disabled()
    tab.page.locator(".ssv").focus()
    for key in ("f", "z", " ", "2", "ArrowRight"):
        tab.page.keyboard.press(key)


def test_a_run_shows_the_worst_frame_under_a_wipe(tab: Tab) -> None:
    """Original left, result right, both of the worst frame, to the level."""
    run(tab)
    assert frame(tab) == WORST
    left, right = sides(tab)
    assert abs(left - grey(before_level(WORST))) <= _NEAR
    assert abs(right - grey(after_level(WORST))) <= _NEAR
    assert right - left > 8


def test_the_wipe_follows_the_pointer(tab: Tab) -> None:
    """The edge between the pictures lies where the handle was let go, to two pixels; the node is not dragged."""
    run(tab)
    for share in (0.3, 0.8):
        drag(tab, ".ssv-stage", 0.5, share)
        rows = stage(tab).mean((0, 2))
        edge = int(np.argmax(rows > (rows[0] + rows[-1]) / 2))
        wide = tab.page.evaluate("document.querySelector('.ssv-picture').width")
        black = (wide - len(rows)) / 2
        assert abs(edge + black - share * wide) <= 2
        handle = tab.page.locator(".ssv-handle")
        assert abs(float(handle.get_attribute("aria-valuenow")) - 100 * (share * wide - black) / len(rows)) <= 1
    drag(tab, ".ssv-stage", 0.5, 2.0)
    assert max(sides(tab)) - min(sides(tab)) <= _NEAR, "the original alone"
    assert tab.page.evaluate("app.nodes[0].dragged") == 0


def test_the_handle_moves_by_the_keyboard(tab: Tab) -> None:
    """Arrows on the handle move it; the frame stays."""
    run(tab)
    tab.page.locator(".ssv-handle").focus()
    for _ in range(5):
        tab.page.keyboard.press("ArrowRight")
    settle(tab)
    assert tab.page.locator(".ssv-handle").get_attribute("aria-valuenow") == "60"
    assert frame(tab) == WORST


def test_flip_blinks_between_original_and_result(tab: Tab) -> None:
    """F shows the original alone, F again the wipe; the page's own shortcuts do not hear it."""
    run(tab)
    drag(tab, ".ssv-stage", 0.5, -1.0)
    assert abs(np.mean(sides(tab)) - grey(after_level(WORST))) <= _NEAR
    press(tab, "f")
    assert abs(np.mean(sides(tab)) - grey(before_level(WORST))) <= _NEAR
    assert tab.page.locator(".ssv-flip").get_attribute("aria-pressed") == "true"
    press(tab, "f")
    assert abs(np.mean(sides(tab)) - grey(after_level(WORST))) <= _NEAR
    assert tab.page.evaluate("app.keys") == []


def test_keys_are_heard_after_a_press_anywhere(tab: Tab) -> None:
    """On the picture, its handle, a plot or a button; arrows then go through the frames, and Space plays."""
    run(tab)
    for selector in (".ssv-handle", ".ssv-plot", ".ssv-zoom", ".ssv-verdict", ".ssv-picture"):
        click_at = tab.page.locator(selector).first.bounding_box()
        tab.page.mouse.click(click_at["x"] + click_at["width"] / 2, click_at["y"] + click_at["height"] / 2)
        before = frame(tab)
        tab.page.keyboard.press("ArrowLeft")
        settle(tab)
        assert frame(tab) == before - 1
        tab.page.keyboard.press(" ")
        assert tab.page.locator(".ssv-play").get_attribute("aria-label") == "pause"
        tab.page.keyboard.press(" ")


def test_the_scrubber_and_the_arrows_go_through_the_frames(tab: Tab) -> None:
    """Every frame shows its own pictures, in any order."""
    run(tab)
    for wanted in (0, 39, 16, 15):
        tab.page.locator(".ssv-scrub").fill(str(wanted))
        settle(tab)
        assert frame(tab) == wanted
        assert abs(sides(tab)[0] - grey(before_level(wanted))) <= _NEAR
        assert abs(sides(tab)[1] - grey(after_level(wanted))) <= _NEAR
    tab.page.locator(".ssv").focus()
    press(tab, "ArrowRight")
    assert frame(tab) == 16
    assert abs(sides(tab)[0] - grey(before_level(16))) <= _NEAR
    for key, wanted in (("ArrowLeft", 15), ("Home", 0), ("ArrowLeft", 0), ("End", 39), ("ArrowRight", 39)):
        press(tab, key)
        assert frame(tab) == wanted


def test_it_plays_at_the_clips_rate(tab: Tab) -> None:
    """In 0.8 s of 25 frames a second some 20 frames go by; Space stops it."""
    run(tab)
    press(tab, "Home")
    began = tab.page.evaluate("performance.now()")
    tab.page.keyboard.press(" ")
    tab.page.wait_for_timeout(800)
    tab.page.keyboard.press(" ")
    seconds = (tab.page.evaluate("performance.now()") - began) / 1000
    stopped = frame(tab)
    assert 0.6 * 25 * 0.8 <= stopped <= 25 * seconds + 1
    tab.page.wait_for_timeout(150)
    assert frame(tab) == stopped


@pytest.mark.parametrize(("key", "view"), [("2", "alpha"), ("3", "seam"), ("4", "difference"), ("5", "landmarks")])
def test_views(key: str, view: str, tab: Tab) -> None:
    """Right of the wipe is the chosen view, left of it still the original."""
    run(tab)
    press(tab, key)
    assert tab.page.locator(f"[data-view={view}]").get_attribute("aria-pressed") == "true"
    picture = stage(tab).astype(int)
    middle, right = picture[picture.shape[0] // 2, int(0.6 * picture.shape[1])], picture[5:-5, -12:-2]
    assert abs(sides(tab)[0] - grey(before_level(WORST))) <= _NEAR
    if view == "alpha":
        assert middle.min() > 240
        assert right.max() < 16
    elif view == "seam":
        assert right.std() < 4
        assert picture[picture.shape[0] // 2].min() < 12, "the ring"
    elif view == "difference":
        step = grey(after_level(WORST)) - grey(before_level(WORST))
        assert abs(right.mean() - 8 * step) <= 2 * _NEAR
    else:
        green = (picture[..., 1] > 200) & (picture[..., 0] < 140)
        assert green[:, picture.shape[1] // 2 + 4 :].sum() > 100
        assert not green[:, : picture.shape[1] // 2 - 4].any()


def test_a_frame_without_a_mask_says_so(tab: Tab) -> None:
    """The last one, in the views that need it."""
    run(tab)
    press(tab, "End")
    tab.page.keyboard.press("2")
    tab.page.wait_for_function("document.querySelector('.ssv-notice').textContent.includes('no mask')")
    tab.page.keyboard.press("1")
    settle(tab)


def test_zoom_enlarges_the_mouth(tab: Tab) -> None:
    """The mask, which reaches past the mouth, fills the picture."""
    run(tab)
    press(tab, "2")
    drag(tab, ".ssv-stage", 0.5, -1.0)
    assert stage(tab).mean() < 200
    press(tab, "z")
    assert stage(tab).mean() > 240
    press(tab, "z")
    assert stage(tab).mean() < 200


def test_a_click_beside_a_peak_finds_it(tab: Tab) -> None:
    """The plot of the metric that jumps; its value there is marked as beyond the goal."""
    run(tab)
    plot = tab.page.locator(".ssv-plot").first
    wide = plot.bounding_box()["width"]
    plot.click(position={"x": (PEAK + 0.5) / COUNT * wide + 5, "y": 12})
    settle(tab)
    assert frame(tab) == PEAK
    value = tab.page.locator(".ssv-value").first
    assert value.inner_text() == "0.9"
    assert "ssv-bad" in value.get_attribute("class")
    assert abs(sides(tab)[0] - grey(before_level(PEAK))) <= _NEAR
    plot.click(position={"x": 2, "y": 12})
    settle(tab)
    assert frame(tab) <= 1
    assert "ssv-bad" not in value.get_attribute("class")


def test_the_plot_draws_the_peak_and_its_goal(tab: Tab) -> None:
    """The line is near the top at the peak and near the bottom elsewhere; what is beyond the goal is tinted red."""
    run(tab)
    picture = tab.canvas(".ssv-plot")
    high, wide = picture.shape[:2]
    white = (picture[..., :3].min(-1) > 180) & (picture[..., 3] > 90)
    peak = int((PEAK + 0.5) / COUNT * wide)
    assert np.flatnonzero(white[:, peak - 1 : peak + 2].any(1))[0] < 0.2 * high
    quiet = int(5.5 / COUNT * wide)
    assert np.flatnonzero(white[:, quiet])[0] > 0.75 * high
    tint = picture[high // 2, quiet].astype(int)
    assert tint[0] > tint[2] + 40
    assert tint[3] > 20


def test_worst_frames_are_a_click_away(tab: Tab) -> None:
    """From anywhere."""
    run(tab)
    press(tab, "Home")
    click(tab, ".ssv-bad-frame")
    assert frame(tab) == WORST


def test_it_fills_again_after_a_tab_switch(tab: Tab, site: Site) -> None:
    """The page makes the node anew and does not run it; a second telling of the same run loads nothing twice."""
    run(tab)
    tab.page.evaluate("app.switchTabs()")
    settle(tab)
    assert tab.page.locator(".ssv").count() == 1
    assert abs(sides(tab)[0] - grey(before_level(WORST))) <= _NEAR
    tab.page.wait_for_load_state("networkidle")  # the sheets behind the first one have come
    asked = len(site.asked)
    press(tab, "Home")
    tab.page.evaluate("for (const one of app.extensions) one.onNodeOutputsUpdated?.(app.nodeOutputs)")
    settle(tab)
    assert frame(tab) == 0, "what the user looks at stays"
    assert len(site.asked) == asked


def test_an_output_that_the_page_lost_is_there_after_a_tab_switch(tab: Tab) -> None:
    """Older frontends do not keep what came before they knew of the run; another workflow's node of that number stays empty."""
    file = {"filename": "view.json", "subfolder": "run", "type": "temp"}
    tab.page.evaluate("file => app.executed(5, { seam_viewer: [file] }, true)", file)
    settle(tab)
    tab.page.evaluate("app.switchTabs()")
    settle(tab)
    assert frame(tab) == WORST
    press(tab, "Home")
    press(tab, "3")
    tab.page.evaluate("app.switchTabs()")
    settle(tab)
    assert frame(tab) == 0, "it is looked at as it was left"
    assert tab.page.locator("[data-view=seam]").get_attribute("aria-pressed") == "true"
    tab.page.evaluate("() => { app.extensionManager.workflow.activeWorkflow = {}; app.switchTabs(); }")
    tab.page.wait_for_timeout(300)
    assert tab.page.locator(".ssv-filled").count() == 0


def test_the_pictures_carry_their_names(tab: Tab, site: Site) -> None:
    """Left and right are called what the node was told; a view other than the result is called by its own name."""
    (site.temp / "two").mkdir()
    write_view(report(COUNT), *clips(COUNT), site.temp / "two", labels=("alpha blend", "multiband"))
    run(tab, "two")
    tags = tab.page.locator(".ssv-tag")
    assert tags.all_inner_texts() == ["alpha blend", "multiband"]
    press(tab, "3")
    assert tags.all_inner_texts() == ["alpha blend", "Seam"]
    press(tab, "f")
    assert tags.all_inner_texts() == ["alpha blend", ""]


def test_pictures_that_are_gone_are_told_of(tab: Tab, site: Site) -> None:
    """After a restart of the server, whose temp folder is empty then; a new run fills the viewer."""
    file = {"filename": "view.json", "subfolder": "old", "type": "temp"}
    tab.page.evaluate("file => app.executed(5, { seam_viewer: [file] })", file)
    tab.page.wait_for_function("document.querySelector('.ssv-notice').textContent.includes('run the workflow again')")
    tab.errors.clear()  # the browser's own line about the 404
    run(tab)
    assert frame(tab) == WORST


def test_the_graph_can_be_moved_over_it(tab: Tab) -> None:
    """The wheel and the middle button reach the canvas in the classic view; where the page hears them itself, not twice."""
    run(tab)

    def moved() -> set[str]:
        box = tab.page.locator(".ssv-stage").bounding_box()
        tab.page.evaluate("app.moved.length = 0")
        tab.page.mouse.move(box["x"] + 60, box["y"] + 60)
        tab.page.mouse.wheel(0, 50)
        tab.page.mouse.down(button="middle")
        tab.page.mouse.move(box["x"] + 90, box["y"] + 90)
        tab.page.mouse.up(button="middle")
        tab.page.wait_for_timeout(100)
        return set(tab.page.evaluate("app.moved"))

    assert moved() == {"processMouseWheel", "processMouseDown", "processMouseMove", "processMouseUp"}
    tab.page.evaluate("window.LiteGraph = { vueNodesMode: true }")
    assert moved() == set()


def test_it_is_as_wide_as_its_node(tab: Tab) -> None:
    """A panel that shows the widget in its own width and leaves that behind does not narrow it."""
    assert tab.page.evaluate("() => { const [one] = app.nodes[0].widgets; one.width = 318; return one.width ?? null; }") is None


def test_nothing_of_it_is_saved(tab: Tab) -> None:
    """The workflow of a viewer in use is that of a fresh one."""
    fresh = tab.page.evaluate("app.serialize()")
    run(tab)
    press(tab, "z")
    press(tab, "3")
    assert tab.page.evaluate("app.serialize()") == fresh
    assert fresh[0]["widgets_values"] == []


def test_only_what_is_looked_at_is_fetched(tab: Tab, site: Site) -> None:
    """The sheets of two views at first; the others when they are chosen."""
    run(tab)
    kinds = ("original", "result", "alpha", "seam", "difference")
    fetched = {kind for kind in kinds if any(f"filename={kind}_" in one for one in site.asked)}
    assert fetched == {"original", "result"}
    press(tab, "3")
    assert any("filename=seam_" in one for one in site.asked)


def test_every_control_has_a_name(tab: Tab) -> None:
    """For those who do not see it."""
    run(tab)
    script = "all => all.map(one => one.ariaLabel || one.innerText)"
    controls = ".ssv button, .ssv input, .ssv [role]:not([role=status])"
    assert all(tab.page.locator(controls).evaluate_all(script))


def test_it_explains_the_faults_and_sets_what_helps(tab: Tab) -> None:
    """A sentence a fault; a click writes the values into the node that feeds the composite, and says so."""
    run(tab)
    assert tab.page.locator(".ssv-fault").count() == 1
    assert not tab.page.locator(".ssv-advice").is_visible()
    press(tab, "e")
    assert tab.page.locator(".ssv-fault span").inner_text() == "The seam shows: make the soft edge wider."
    assert tab.page.locator(".ssv-set").inner_text() == "feather 0.208"
    graph = """() => {
      const link = (id, origin) => ({ id, origin_id: origin, origin_slot: 0 });
      const widgets = [{ name: "preset", value: "custom" }, { name: "feather", value: 0.16 }];
      const mask = { id: 1, title: "My mask", comfyClass: "SeamSyncShapeMouthMask", widgets };
      const composite = { id: 2, comfyClass: "SeamSyncCompositeMouths", inputs: [{ name: "mask", link: 7 }] };
      const graph = { links: new Map([[7, link(7, 1)], [8, link(8, 2)]]), getNodeById: id => ({ 1: mask, 2: composite })[id] };
      const viewer = app.nodes[0];
      mask.graph = composite.graph = viewer.graph = graph;
      viewer.inputs = [{ name: "report", link: 8 }];
      window.mask = mask;
    }"""
    click(tab, ".ssv-set")
    assert tab.page.locator(".ssv-fault span").inner_text().startswith("No composite is linked")
    tab.page.evaluate(graph)
    click(tab, ".ssv-set")
    assert tab.page.locator(".ssv-fault span").inner_text().startswith("Written to My mask")
    assert tab.page.evaluate("mask.widgets.map(one => one.value)") == ["custom", 0.208]
    press(tab, "e")
    assert not tab.page.locator(".ssv-advice").is_visible()


def test_the_node_menu_explains_too(tab: Tab) -> None:
    """Of this node alone."""
    run(tab)
    entries = """node => app.extensions.flatMap(one => one.getNodeMenuItems?.(node) ?? [])"""
    assert tab.page.evaluate(f"({entries})({{ comfyClass: 'Other' }}).length") == 0
    tab.page.evaluate(f"({entries})(app.nodes[0]).find(one => one.content === 'SeamSync: explain').callback()")
    assert tab.page.locator(".ssv-advice").is_visible()


def test_shortcuts_are_listed_and_the_report_is_a_click_away(tab: Tab) -> None:
    """Every key that does something is in the list; the report opens in a tab."""
    run(tab)
    press(tab, "?")
    listed = " ".join(tab.page.locator(".ssw-shortcuts kbd").all_inner_texts())
    assert all(key in listed for key in ("1–5", "F", "Z", "←", "Home", "Space", "E", "R"))
    press(tab, "?")
    assert not tab.page.locator(".ssw-shortcuts").first.is_visible()
    with tab.page.context.expect_page() as opened:
        tab.page.locator(".ssv-report").click()
    opened.value.wait_for_selector("h1")
    assert opened.value.url.startswith("blob:")
    opened.value.close()


def test_after_a_reload_it_shows_the_last_run(tab: Tab, site: Site) -> None:
    """From the server's history: the newest run of this workflow that has an output of this node."""
    view = {"filename": "view.json", "subfolder": "run", "type": "temp"}
    gone = {**view, "subfolder": "older"}
    runs = [("mine", 3, view), ("mine", 2, gone), ("other", 9, gone)]
    for workflow, number, file in runs:
        prompt = [number, f"id{number}", {}, {"extra_pnginfo": {"workflow": {"id": workflow}}}, []]
        site.history[f"id{number}"] = {"prompt": prompt, "outputs": {"5": {"seam_viewer": [file]}, "6": {}}}
    tab.page.evaluate("app.graph = { id: 'unknown' }; app.reload()")
    tab.page.wait_for_load_state("networkidle")
    assert tab.page.locator(".ssv-filled").count() == 0
    tab.page.evaluate("app.graph = { id: 'mine' }; app.reload()")
    settle(tab)
    assert frame(tab) == WORST
