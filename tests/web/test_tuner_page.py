"""Live seam tuning in Chromium, on a page that stands in for ComfyUI's: what a user does. Pixels: test_tuner_pixels.py."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from browser_fixture import Site, Tab
from seamsync.browser.tuner import Tuner
from tuner_cases import PLAIN, changed, drawn_case, masks
from tuner_page import FRAMES, apart, click, opened, part, run, settle, shown


@pytest.fixture
def tab(chromium: Any, site: Site) -> Iterator[Tab]:
    """A page with one Preview Composite that has not run yet; it ends without an error."""
    with opened(chromium, site) as made:
        yield made


def test_before_is_the_target(tab: Tab, site: Site) -> None:
    """F blinks between the target, to the bit, and the composite; dragging shows the composite again."""
    case = drawn_case()
    tuner = case.tuned(PLAIN, FRAMES)
    run(tab, site, tuner)
    composite = shown(tab, {})
    tab.page.locator(".sst").focus()
    tab.page.keyboard.press("f")
    (frame,) = case.source.frames(np.array(FRAMES[:1]))
    assert apart(shown(tab, {}), part(frame.rgb(), tuner)) == 0
    tab.page.keyboard.press("f")
    assert apart(shown(tab, {}), composite) == 0
    tab.page.keyboard.press("f")
    assert tab.page.locator(".sst-truth").inner_text() == "the target"
    shown(tab, {"mask.feather": 0.1})
    assert tab.page.locator(".sst-before").get_attribute("aria-pressed") == "false"
    assert tab.page.evaluate("app.keys") == []


def test_alpha_and_difference_show_what_a_slider_does(tab: Tab, site: Site) -> None:
    """The engine's mask, to two levels, and eight times what differs from the target; both follow the sliders, and a second
    press leaves them."""
    case = drawn_case()
    tuner = case.tuned(PLAIN, FRAMES)
    run(tab, site, tuner)
    values = {"mask.feather": 0.1}
    composite = shown(tab, values).astype(int)
    click(tab, ".sst-alpha")
    alpha = 255 * part(case.alpha(changed(PLAIN, values), FRAMES[0]), tuner)
    assert np.abs(shown(tab, {}) - alpha[..., None]).max() <= 2
    assert np.abs(shown(tab, {"mask.feather": 0.2}) - alpha[..., None]).max() > 20
    shown(tab, values)
    tab.page.locator(".sst").focus()
    tab.page.keyboard.press("d")
    (frame,) = case.source.frames(np.array(FRAMES[:1]))
    wanted = np.minimum(8 * np.abs(composite - part(frame.rgb(), tuner)), 255)
    assert wanted.max() > 100
    assert apart(shown(tab, {}), wanted) <= 1
    tab.page.keyboard.press("d")
    assert apart(shown(tab, {}), composite) == 0
    assert tab.page.locator(".sst-show[aria-pressed=true]").count() == 0


def test_frames_can_be_chosen(tab: Tab, site: Site) -> None:
    """By button and by key; each is fetched when it is first looked at."""
    case = drawn_case()
    tuner = case.tuned(replace(PLAIN, mask=masks()["contour"]), FRAMES)
    run(tab, site, tuner)
    assert [one for one in site.asked if "run1.bin" in one] == []
    values = {"mask.feather": 0.1}
    shown(tab, values)
    click(tab, ".sst-frame >> nth=1")
    tab.page.wait_for_function("document.querySelectorAll('.sst-frame')[1].ariaPressed === 'true'")
    settings = changed(replace(PLAIN, mask=masks()["contour"]), values)
    tab.page.wait_for_timeout(300)
    assert apart(shown(tab, {}), part(case.engine(settings, FRAMES[1]), tuner, 1)) <= 2
    tab.page.locator(".sst").focus()
    tab.page.keyboard.press("1")
    tab.page.wait_for_timeout(300)
    assert apart(shown(tab, {}), part(case.engine(settings, FRAMES[0]), tuner)) <= 2


def test_reset_takes_the_values_of_the_run(tab: Tab, site: Site) -> None:
    """All sliders go back."""
    run(tab, site, drawn_case().tuned(PLAIN, FRAMES))
    first = shown(tab, {})
    assert apart(shown(tab, {"mask.feather": 0.0, "mask.opacity": 0.3}), first) > 8
    click(tab, ".sst-reset")
    assert apart(shown(tab, {}), first) == 0
    assert tab.page.locator(".sst-slider[data-name='mask.opacity']").input_value() == "1"
    assert tab.page.locator(".sst-moved").count() == 0


def test_it_fills_again_after_a_tab_switch(tab: Tab, site: Site) -> None:
    """The page makes the node anew and does not run it; told of the same run again, what was dragged stays."""
    run(tab, site, drawn_case().tuned(PLAIN, FRAMES))
    first = shown(tab, {})
    tab.page.evaluate("app.switchTabs()")
    settle(tab)
    assert apart(shown(tab, {}), first) == 0
    dragged = shown(tab, {"mask.feather": 0.05})
    tab.page.evaluate("for (const one of app.extensions) one.onNodeOutputsUpdated?.(app.nodeOutputs)")
    assert apart(shown(tab, {}), dragged) == 0


def test_what_was_dragged_is_there_after_a_tab_switch(tab: Tab, site: Site) -> None:
    """The values are those that Apply wrote into the nodes, not those of the run before; Reset still goes back to these."""
    run(tab, site, drawn_case().tuned(PLAIN, FRAMES))
    first = shown(tab, {})
    dragged = shown(tab, {"mask.feather": 0.05})
    click(tab, ".sst-frame >> nth=1")
    tab.page.evaluate("app.switchTabs()")
    settle(tab)
    assert tab.page.locator(".sst-slider[data-name='mask.feather']").input_value() == "0.05"
    assert tab.page.locator(".sst-frame[aria-pressed=true]").inner_text() == str(FRAMES[1])
    click(tab, ".sst-frame >> nth=0")
    tab.page.wait_for_timeout(300)
    assert apart(shown(tab, {}), dragged) == 0
    click(tab, ".sst-reset")
    assert apart(shown(tab, {}), first) == 0


def test_many_tab_switches_keep_the_picture(tab: Tab, site: Site) -> None:
    """Browsers keep only some sixteen graphics contexts; those of nodes that are gone are given back."""
    run(tab, site, drawn_case().tuned(PLAIN, FRAMES))
    first = shown(tab, {})
    for _ in range(20):
        tab.page.evaluate("app.switchTabs()")
        settle(tab)
    assert apart(shown(tab, {}), first) == 0


def test_nothing_of_it_is_saved(tab: Tab, site: Site) -> None:
    """The workflow of a tuner in use is that of a fresh one; dragging a slider does not drag the node."""
    fresh = tab.page.evaluate("app.serialize()")
    run(tab, site, drawn_case().tuned(PLAIN, FRAMES))
    box = tab.page.locator(".sst-slider").first.bounding_box()
    tab.page.mouse.move(box["x"] + 30, box["y"] + box["height"] / 2)
    tab.page.mouse.down()
    tab.page.mouse.move(box["x"] + 90, box["y"] + box["height"] / 2, steps=3)
    tab.page.mouse.up()
    assert tab.page.locator(".sst-moved").count() == 1
    assert tab.page.evaluate("app.serialize()") == fresh
    assert tab.page.evaluate("app.nodes[0].dragged") == 0


def test_it_says_what_is_missing(tab: Tab, site: Site) -> None:
    """Before a run, without a composited frame, and when the files are gone."""
    notice = tab.page.locator(".sst-notice")
    assert "Run the workflow" in notice.inner_text()
    assert tab.page.locator(".sst-apply").is_disabled()
    empty = {"seam_tuner": [{**Tuner(settings=PLAIN).node_data(), "frames": []}]}
    tab.page.evaluate("output => app.executed(11, output)", empty)
    assert "None of the chosen frames" in notice.inner_text()
    file = {"filename": "gone.bin", "subfolder": "", "type": "temp"}
    gone = {"seam_tuner": [{**Tuner(settings=PLAIN).node_data(), "frames": [{"index": 0, "shrink": 1, "file": file}]}]}
    tab.page.evaluate("output => app.executed(11, output)", gone)
    tab.page.wait_for_function("document.querySelector('.sst-notice').textContent.includes('run the workflow again')")
    tab.errors.clear()  # the browser's own line about the 404
    run(tab, site, drawn_case().tuned(PLAIN, FRAMES))


def test_every_control_has_a_name(tab: Tab, site: Site) -> None:
    """For those who do not see it."""
    run(tab, site, drawn_case().tuned(PLAIN, FRAMES))
    names = "[...document.querySelectorAll('.sst button, .sst input')].map(e => e.ariaLabel || e.innerText)"
    assert all(tab.page.evaluate(names))
