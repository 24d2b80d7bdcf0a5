"""Play a newcomer's first ten minutes on the page of a running ComfyUI, and keep a picture of every step.

``python tools/first_ten_minutes.py --server URL --face clip.mp4 --audio speech.wav --out FOLDER`` opens the page, runs the
quickstart, drops a clip and a speech on the loaders and runs again, tunes the seam, applies, renders, saves, and drags the
saved clip back onto the page. It does so in both renderers and on both sizes of screens, unless told otherwise. Needs
Playwright and Chromium; it looks at the pictures for nobody: that is for whoever calls it.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "support")]

SIZES = {"laptop": (1440, 900), "desktop": (1920, 1080)}
RENDERERS = ("classic", "vue")
#: The longest that a run may take, seconds.
_LONGEST = 900
#: Milliseconds that the page may take for one thing, on a busy machine.
_PATIENCE = 180_000
_READY = "window.app?.graph && window.app.extensionManager?.workflow?.activeWorkflow"
_ARGUMENTS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"]


@dataclass
class Visit:
    """One visit to the page.

    Attributes:
        page: Playwright's.
        server: address of ComfyUI, without a slash at its end.
        folder: where the pictures go.
        face, speech: the user's own files.
        seconds: so much of the clips and the speech, that ten minutes suffice on a slow machine; 0: all.
        steps: names of the steps so far.
        last: what the last run showed, by node.
    """

    page: Any
    server: str
    folder: Path
    face: Path
    speech: Path
    seconds: float = 0.0
    steps: list[str] = field(default_factory=list)
    last: dict[str, Any] = field(default_factory=dict)

    def keep(self, step: str) -> None:
        """Take a picture of the page."""
        self.page.wait_for_timeout(1500)
        self.steps.append(step)
        self.page.screenshot(path=str(self.folder / f"{len(self.steps):02}_{step}.png"), timeout=_PATIENCE)

    def run(self) -> None:
        """Click Run and wait for the end; a failed run ends the visit with the server's own words."""
        with self.page.expect_response("**/api/prompt") as answer:
            self.page.get_by_test_id("queue-button").first.click()
        prompt, end = answer.value.json()["prompt_id"], time.monotonic() + _LONGEST
        while time.monotonic() < end:
            with urllib.request.urlopen(f"{self.server}/history/{prompt}", timeout=60) as body:
                entry = json.load(body).get(prompt)
            if entry:
                assert entry["status"]["status_str"] == "success", entry["status"]["messages"]
                self.last = entry["outputs"]
                return
            self.page.wait_for_timeout(500)
        raise TimeoutError(f"the run was not done after {_LONGEST} s")

    def node(self, kind: str) -> str:
        """Return JavaScript for the first node of a class."""
        return f"app.graph.nodes.find(node => node.type === '{kind}')"

    def place(self, kind: str) -> tuple[float, float]:
        """Return the middle of a node in the window."""
        middle = "[node.pos[0] + node.size[0] / 2, node.pos[1] + node.size[1] / 2]"
        at = "[(x + ds.offset[0]) * ds.scale, (y + ds.offset[1]) * ds.scale]"
        x, y = self.page.evaluate(
            f"() => {{ const node = {self.node(kind)}, ds = app.canvas.ds; const [x, y] = {middle}; return {at}; }}"
        )
        return x, y

    def set(self, kind: str, widget: str, value: Any) -> None:
        """Set a widget as a user does."""
        script = (
            "([name, value]) => { const one = NODE.widgets.find(one => one.name === name); one.value = value; "
            "one.callback?.(value); }"
        )
        self.page.evaluate(script.replace("NODE", self.node(kind)), [widget, value])

    def shorten(self) -> None:
        """Take only so much of the clip and the speech."""
        for loader in ("LoadFaceVideo", "LoadSpeechAudio"):
            self.set(f"SeamSync{loader}", "duration", self.seconds)

    def template(self, title: str) -> None:
        """Open a template by its card."""
        self.page.evaluate("() => app.extensionManager.command.execute('Comfy.BrowseTemplates')")
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_text("seamsync", exact=True).first.click()
        card = dialog.get_by_text(title, exact=True).first
        card.wait_for(timeout=_PATIENCE)
        self.keep("templates")
        card.click()
        dialog.wait_for(state="hidden", timeout=_PATIENCE)


def play(visit: Visit) -> None:
    """Go through the steps."""
    from drops import drop, transfer

    visit.keep("open")
    visit.template("01 Quickstart")
    visit.keep("quickstart")
    assert visit.page.evaluate("app.canvas.ds.scale") >= 0.65
    visit.shorten()
    visit.run()
    visit.keep("quickstart_result")
    for file, kind, loader in ((visit.face, "video/mp4", "LoadFaceVideo"), (visit.speech, "audio/wav", "LoadSpeechAudio")):
        drop(visit.page, transfer(visit.page, (file, kind)), *visit.place(f"SeamSync{loader}"))
        chosen = f"{visit.node(f'SeamSync{loader}')}.widgets.find(one => one.name === 'file').value.includes({file.stem!r})"
        visit.page.wait_for_function(chosen, timeout=_PATIENCE)
    visit.shorten()
    visit.keep("own_files")
    visit.run()
    visit.keep("own_result")
    _tune(visit)
    saved = next(entry for shown in visit.last.values() for entry in shown.get("images", []) if entry["type"] == "output")
    with urllib.request.urlopen(f"{visit.server}/view?{urllib.parse.urlencode(saved)}", timeout=60) as body:
        result = visit.folder / saved["filename"]
        result.write_bytes(body.read())
    visit.page.evaluate("() => app.extensionManager.command.execute('Comfy.NewBlankWorkflow')")
    visit.page.wait_for_timeout(1000)
    drop(visit.page, transfer(visit.page, (result, "video/mp4")), visit.page.viewport_size["width"] / 2, 500)
    visit.page.wait_for_function("app.graph.nodes.some(node => node.type === 'SeamSyncCompositeMouths')", timeout=_PATIENCE)
    visit.keep("dragged_back")


def _tune(visit: Visit) -> None:
    """Tune the seam, apply it, and render the whole clip."""
    page = visit.page
    visit.template("05 Tune the seam")
    visit.shorten()
    visit.keep("tune")
    visit.run()
    page.wait_for_selector(".sst-filled", timeout=_PATIENCE)
    visit.keep("tune_preview")
    slider = page.locator(".sst-slider[data-name='mask.feather']")
    slider.fill("0.08")
    page.wait_for_timeout(1000)
    page.locator(".sst-apply").click()
    visit.keep("applied")
    for kind in ("SeamSyncCompositeMouths", "SaveVideo"):
        page.evaluate(f"() => {{ {visit.node(kind)}.mode = 0; app.canvas.setDirty(true, true); }}")
    visit.run()
    visit.keep("saved")


def _visits(arguments: argparse.Namespace, browser: Any) -> None:
    """Play in every renderer and size that was asked for."""
    for renderer in arguments.renderer:
        for name in arguments.size:
            settings = {"Comfy.TutorialCompleted": True, "Comfy.VueNodes.Enabled": renderer == "vue"}
            request = urllib.request.Request(
                f"{arguments.server}/settings", json.dumps(settings).encode(), {"Content-Type": "application/json"}
            )
            urllib.request.urlopen(request, timeout=60).close()
            folder = arguments.out / f"{renderer}_{name}"
            folder.mkdir(parents=True, exist_ok=True)
            page = browser.new_page(viewport=dict(zip(("width", "height"), SIZES[name], strict=True)))
            page.set_default_timeout(_PATIENCE)
            page.goto(arguments.server)
            page.wait_for_function(_READY, timeout=_PATIENCE)
            _timed(Visit(page, arguments.server, folder, arguments.face, arguments.audio, arguments.seconds))
            page.close()


def _timed(visit: Visit) -> None:
    """Play, and write the steps and the time."""
    begun = time.monotonic()
    try:
        play(visit)
    finally:
        sys.stdout.write(f"{visit.folder}: {', '.join(visit.steps)}; {time.monotonic() - begun:.0f} s\n")


def main() -> None:
    """Read the arguments, start the browser, play."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=str(__doc__).split("\n")[0])
    parser.add_argument("--server", default="http://127.0.0.1:8188", help="address of a running ComfyUI with this pack")
    parser.add_argument("--face", type=Path, default=ROOT / "sample" / "face.mp4")
    parser.add_argument("--audio", type=Path, default=ROOT / "sample" / "speech.wav")
    parser.add_argument("--seconds", type=float, default=0.0, help="of clip and speech; 0: all")
    parser.add_argument("--out", type=Path, default=Path("first_ten_minutes"))
    parser.add_argument("--renderer", choices=RENDERERS, nargs="+", default=list(RENDERERS))
    parser.add_argument("--size", choices=sorted(SIZES), nargs="+", default=list(SIZES))
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    arguments = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=arguments.chromium, args=_ARGUMENTS)
        _visits(arguments, browser)
        browser.close()


if __name__ == "__main__":
    main()
