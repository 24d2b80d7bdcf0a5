"""Live seam tuning in Chromium, on a page that stands in for ComfyUI's: its pixels against the engine's, what a user does."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from browser_fixture import Site, Tab
from seamsync.blending.presets import PRESETS
from seamsync.blending.settings import ColorMatch, MouthMask, SeamSettings, SeamTemporal
from seamsync.blending.tuning import Tuner
from tuner_cases import PLAIN, Case, changed, drawn_case, masks

NODE = "SeamSyncPreviewComposite"
FRAMES = [2, 7]
#: Sliders as a user may leave them.
DRAGGED: list[dict[str, float]] = [
    {},
    {"mask.feather": 0.05},
    {"mask.feather": 0.3, "mask.gamma": 0.3},
    {"mask.feather": 0.0, "mask.gamma": 0.3, "color.strength": 0.8},
    {"mask.gamma": 2.0, "color.strength": 0.5},
    {"mask.erosion": 0.1, "mask.feather": 0.1},
    {"mask.erosion": 0.0, "mask.opacity": 0.6, "color.strength": 0.0},
]
_READ = """async values => {
  for (const [name, value] of Object.entries(values)) {
    const slider = document.querySelector(`.sst-slider[data-name="${name}"]`);
    slider.value = value;
    slider.dispatchEvent(new Event("input"));
  }
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  const canvas = document.querySelector(".sst-picture");
  const flat = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
  flat.drawImage(canvas, 0, 0);
  const { data } = flat.getImageData(0, 0, canvas.width, canvas.height);
  let text = "";
  for (let i = 0; i < data.length; i += 4096) text += String.fromCharCode(...data.subarray(i, i + 4096));
  return [canvas.width, canvas.height, btoa(text)];
}"""


@pytest.fixture
def tab(chromium: Any, site: Site) -> Iterator[Tab]:
    """A page with one Preview Composite that has not run yet; it ends without an error."""
    made = Tab.open(chromium, site.url, viewport={"width": 620, "height": 760})
    made.page.wait_for_function("window.ready")
    made.page.evaluate("node => { app.addNode(11, node); }", NODE)
    yield made
    made.page.close()
    assert made.errors == []


def run(tab: Tab, site: Site, tuner: Tuner, name: str = "run") -> None:
    """What node and page do when the node has run; waits for the first picture."""
    frames = []
    for place, frame in enumerate(tuner.frames):
        (site.temp / f"{name}{place}.bin").write_bytes(frame.to_bytes())
        file = {"filename": f"{name}{place}.bin", "subfolder": "", "type": "temp"}
        frames.append({"index": frame.index, "shrink": frame.facts["shrink"], "file": file})
    output = {"seam_tuner": [{**tuner.told(), "frames": frames}]}
    tab.page.evaluate("output => app.executed(11, output)", output)
    settle(tab)


def settle(tab: Tab) -> None:
    """Wait for the picture."""
    tab.page.wait_for_function("document.querySelector('.sst-filled') && !document.querySelector('.sst-notice').textContent")


def shown(tab: Tab, values: dict[str, float]) -> np.ndarray:
    """The picture after sliders were moved, uint8 ``[h,w,3]``."""
    width, height, data = tab.page.evaluate(_READ, values)
    return np.frombuffer(base64.b64decode(data), np.uint8).reshape(height, width, 4)[..., :3]


def part(picture: np.ndarray, tuner: Tuner, place: int = 0) -> np.ndarray:
    """What of a whole frame the tuner shows."""
    facts = tuner.frames[place].facts
    (left, top), (x0, y0, x1, y1) = facts["corner"], facts["view"]
    return picture[top + y0 : top + y1, left + x0 : left + x1]


def apart(seen: np.ndarray, wanted: np.ndarray) -> int:
    """Largest difference, 8-bit levels."""
    assert seen.shape == wanted.shape
    return int(np.abs(seen.astype(int) - wanted).max())


def click(tab: Tab, selector: str) -> None:
    """Click, and wait for the picture."""
    tab.page.locator(selector).first.click()
    settle(tab)


def compare(tab: Tab, site: Site, case: Case, settings: SeamSettings, frame: int) -> list[int]:
    """Largest difference to the engine for every way the sliders are left."""
    tuner = case.tuned(settings, [frame])
    run(tab, site, tuner)
    assert tab.page.locator(".sst-truth").inner_text() == "exact"
    found, start = [], {f"{about['room']}.{about['name']}": about["value"] for about in tuner.told()["sliders"]}
    for values in DRAGGED:
        seen = shown(tab, start | values)
        found.append(apart(seen, part(case.engine(changed(settings, values), frame), tuner)))
    return found


@pytest.mark.parametrize("name", sorted(masks()))
def test_the_pixels_are_the_engines(name: str, tab: Tab, site: Site) -> None:
    """For any values of the sliders, within 2/255 a channel: masks of all kinds, the colour match as it comes."""
    worst = compare(tab, site, drawn_case(), replace(PLAIN, mask=masks()[name]), FRAMES[0])
    assert max(worst) <= 2, worst


@pytest.mark.parametrize(
    "color",
    [
        ColorMatch(space="rgb", statistics="ring", gain_clamp=0.6),
        ColorMatch(method="mean", statistics="inside", shift_clamp=0.02),
        ColorMatch(method="covariance", gain_clamp=0.5),
        ColorMatch(method="none"),
    ],
    ids=lambda color: f"{color.method} {color.space}",
)
def test_the_colours_are_the_engines(color: ColorMatch, tab: Tab, site: Site) -> None:
    """Other spaces, statistics and clamps; a face in motion, whose soft edge widens."""
    plain = replace(color, sharpness=0.0, grain=0.0, shading=0.0, detail=0.0)
    settings = replace(PLAIN, mask=MouthMask(alignment=0.0), color=plain, temporal=SeamTemporal(motion_widening=2.0))
    worst = compare(tab, site, drawn_case(), settings, FRAMES[1])
    assert max(worst) <= 2, worst


def test_an_aligned_patch_is_the_engines(tab: Tab, site: Site) -> None:
    """The patch bent onto the target stays where it was measured."""
    worst = compare(tab, site, drawn_case(), PLAIN, FRAMES[0])
    assert max(worst) <= 2, worst


def test_mask_and_colour_alone_are_exact_under_any_blend(tab: Tab, site: Site) -> None:
    """The second view of a run with the defaults shows what alpha blend without the later stages would give."""
    case, settings = drawn_case(), replace(SeamSettings(), mask=MouthMask(alignment=0.0))
    tuner = case.tuned(settings, FRAMES)
    run(tab, site, tuner)
    click(tab, ".sst-plain")
    assert tab.page.locator(".sst-truth").inner_text() == "exact"
    for values in ({}, {"mask.feather": 0.08, "color.strength": 0.5}):
        wanted = case.engine(changed(replace(PLAIN, mask=settings.mask), values), FRAMES[0])
        assert apart(shown(tab, values), part(wanted, tuner)) <= 2


def test_other_blends_are_approximated_and_said_to_be(tab: Tab, site: Site) -> None:
    """With the defaults the picture of the run itself is met but for a few levels, and the label says why it may differ."""
    case, settings = drawn_case(), PRESETS["natural"]
    tuner = case.tuned(settings, FRAMES)
    run(tab, site, tuner)
    told = tab.page.locator(".sst-truth").inner_text()
    assert told == "approximated: multiband blend, shading, detail, sharpness, grain"
    wanted = part(case.engine(settings, FRAMES[0]), tuner).astype(int)
    near = np.abs(shown(tab, {}).astype(int) - wanted)
    click(tab, ".sst-plain")
    plain = np.abs(shown(tab, {}).astype(int) - wanted)
    assert near.max() <= 6
    assert near.mean() < 0.2 * plain.mean()


def test_lab_is_approximated_closely(tab: Tab, site: Site) -> None:
    """The engine reads its Lab from a table; by the formulas the picture is nearly the same, for any colour strength."""
    case, settings = drawn_case(), replace(PLAIN, color=replace(PLAIN.color, space="lab"))
    tuner = case.tuned(settings, FRAMES)
    run(tab, site, tuner)
    assert tab.page.locator(".sst-truth").inner_text() == "approximated: Lab colour"
    for values in ({}, {"color.strength": 0.5, "mask.feather": 0.1}):
        near = np.abs(shown(tab, values).astype(int) - part(case.engine(changed(settings, values), FRAMES[0]), tuner))
        assert near.max() <= 4
        assert near.mean() < 0.5


def test_large_faces_are_shown_smaller_and_said_to_be(tab: Tab, site: Site) -> None:
    """A picture of bounded size, near to the engine's taken down."""
    case = drawn_case(6.0)
    tuner = case.tuned(replace(PLAIN, mask=MouthMask(alignment=0.0)), FRAMES[:1])
    run(tab, site, tuner)
    shrink = tuner.frames[0].facts["shrink"]
    assert tab.page.locator(".sst-truth").inner_text() == f"approximated: shown at 1/{shrink} of its size"
    seen = shown(tab, {})
    assert max(seen.shape) <= 640
    left, top = tuner.frames[0].facts["corner"]
    x0, y0, x1, y1 = (shrink * side for side in tuner.frames[0].facts["view"])
    whole = case.engine(replace(PLAIN, mask=MouthMask(alignment=0.0)), FRAMES[0])[top + y0 : top + y1, left + x0 : left + x1]
    small = whole.reshape(seen.shape[0], shrink, seen.shape[1], shrink, 3).mean((1, 3))
    assert np.abs(seen - small).mean() < 1.0


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
    empty = {"seam_tuner": [{**Tuner(settings=PLAIN).told(), "frames": []}]}
    tab.page.evaluate("output => app.executed(11, output)", empty)
    assert "None of the chosen frames" in notice.inner_text()
    file = {"filename": "gone.bin", "subfolder": "", "type": "temp"}
    gone = {"seam_tuner": [{**Tuner(settings=PLAIN).told(), "frames": [{"index": 0, "shrink": 1, "file": file}]}]}
    tab.page.evaluate("output => app.executed(11, output)", gone)
    tab.page.wait_for_function("document.querySelector('.sst-notice').textContent.includes('run the workflow again')")
    tab.errors.clear()  # the browser's own line about the 404
    run(tab, site, drawn_case().tuned(PLAIN, FRAMES))


def test_every_control_has_a_name(tab: Tab, site: Site) -> None:
    """For those who do not see it."""
    run(tab, site, drawn_case().tuned(PLAIN, FRAMES))
    names = "[...document.querySelectorAll('.sst button, .sst input')].map(e => e.ariaLabel || e.innerText)"
    assert all(tab.page.evaluate(names))
