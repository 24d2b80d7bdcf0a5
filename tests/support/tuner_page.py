"""The stand-in page with one Preview Composite on it: how a test runs it, drags its sliders and reads its pixels."""

from __future__ import annotations

import base64
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import numpy as np
from browser_fixture import Site, Tab
from seamsync.browser.tuner import Tuner

NODE = "SeamSyncPreviewComposite"
FRAMES = [2, 7]
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


@contextmanager
def opened(chromium: Any, site: Site) -> Generator[Tab, None, None]:
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
    output = {"seam_tuner": [{**tuner.node_data(), "frames": frames}]}
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
