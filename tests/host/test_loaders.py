"""The load nodes in a real ComfyUI (:mod:`real_host`) and a real browser, in both of its renderers: files dropped and pasted on
them, and what they show. The pack lies in a folder of another name, as a clone or an archive has it.
"""

from __future__ import annotations

import json
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from browser_fixture import Tab
from drops import drop, paste, transfer
from host_fixture import write_clip
from host_page import RENDERERS, look_at, node, template_page
from real_host import Server

PACK_FOLDER = "ComfyUI-SeamSync"
FACE, SPEECH = "LoadFaceVideo", "LoadSpeechAudio"


@pytest.fixture(scope="module", params=RENDERERS)
def tab(request: pytest.FixtureRequest, server: Server, chromium: Any) -> Iterator[Tab]:
    """The quickstart, looking at the load nodes."""
    view = {"kind": SPEECH, "at": (300, 100), "widget": ".ssp-filled"}
    with template_page(server, chromium, request.param, "quickstart", "loaders", **view) as made:
        made.page.evaluate(f"() => {{ {node(FACE)}.pos = [-900, 0]; }}")
        yield made


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A second of grey video."""
    return write_clip(tmp_path / "own.mp4")


@pytest.fixture
def voice(tmp_path: Path) -> Path:
    """A second of sound."""
    path = tmp_path / "own.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes((8000 * np.sin(np.arange(16000) / 8)).astype("<i2").tobytes())
    return path


def chosen(tab: Tab, kind: str) -> str:
    """The file in a node."""
    return tab.page.evaluate(f"() => {node(kind)}.widgets.find(one => one.name === 'file').value")


def wait_for(tab: Tab, kind: str, name: str) -> None:
    """Wait until a node has a file."""
    tab.page.wait_for_function(f"name => {node(kind)}.widgets.find(one => one.name === 'file').value === name", arg=name)


def place(tab: Tab, kind: str) -> tuple[float, float]:
    """A place of the window on a node's title, which is brought into view."""
    look_at(tab, kind, (300, 200))
    tab.page.evaluate("async () => { for (let k = 0; k < 4; k++) await new Promise(requestAnimationFrame); }")
    tab.page.wait_for_timeout(500)
    return 380.0, 188.0


def kinds(tab: Tab) -> list[str]:
    """Classes of all nodes."""
    return sorted(tab.page.evaluate("() => app.graph.nodes.map(node => node.type)"))


def test_the_scripts_run_once(tab: Tab) -> None:
    """Each file is fetched from one address, and each extension is registered once."""
    page = tab.page
    script = "() => performance.getEntriesByType('resource').map(one => new URL(one.name).pathname)"
    fetched = [path for path in page.evaluate(script) if path.endswith("/loaders.js")]
    assert fetched == [f"/extensions/{PACK_FOLDER}/loaders.js"]
    names = page.evaluate("() => app.extensions.map(one => one.name).filter(name => name.startsWith('SeamSync'))")
    assert len(names) == len(set(names)) >= 6


def test_a_dropped_clip_is_loaded_into_the_node(tab: Tab, server: Server, clip: Path, voice: Path) -> None:
    """On its title and on its player; no node of the page's own comes beside it, and it is shown."""
    before = kinds(tab)
    drop(tab.page, transfer(tab.page, (clip, "video/mp4")), *place(tab, FACE))
    wait_for(tab, FACE, "own.mp4")
    assert (server.base / "input" / "own.mp4").is_file()
    tab.page.wait_for_function("document.querySelector('.ssp-facts').textContent.startsWith('64×48 · 10 fps · 1 s')")
    picture = clip.with_name("face.png")
    cv2.imwrite(str(picture), np.full((60, 80, 3), 200, np.uint8))
    box = tab.page.locator(".ssp-stage").bounding_box()
    drop(tab.page, transfer(tab.page, (picture, "image/png")), box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    wait_for(tab, FACE, "face.png")
    tab.page.wait_for_function("document.querySelector('.ssp img').naturalWidth === 80")
    drop(tab.page, transfer(tab.page, (voice, "audio/wav")), *place(tab, SPEECH))
    wait_for(tab, SPEECH, "own.wav")
    tab.page.wait_for_function("document.querySelector('.ssa-facts').textContent.endsWith('1 s · 0 s silent')")
    assert kinds(tab) == before


def test_a_clip_dropped_on_the_speech_is_its_sound(tab: Tab, clip: Path) -> None:
    """As any file with sound is; this one has none, and the node says so."""
    before = kinds(tab)
    drop(tab.page, transfer(tab.page, (clip.rename(clip.with_name("silent.mp4")), "video/mp4")), *place(tab, SPEECH))
    wait_for(tab, SPEECH, "silent.mp4")
    tab.page.wait_for_function("document.querySelector('.ssa-notice').textContent.includes('no sound')")
    assert kinds(tab) == before


def test_what_the_page_shows_can_be_dropped(tab: Tab, server: Server, clip: Path) -> None:
    """A preview or an item of a list is an address: a result stays where it is."""
    clip.rename(server.base / "output" / "result.mp4")
    address = f"{server.url}/api/view?filename=result.mp4&type=output&subfolder="
    drop(tab.page, transfer(tab.page, text_uri_list=address), *place(tab, FACE))
    wait_for(tab, FACE, "result.mp4 [output]")
    tab.page.wait_for_function("document.querySelector('.ssp-facts').textContent.startsWith('64×48')")


def test_a_workflow_dropped_on_it_is_opened(tab: Tab, tmp_path: Path) -> None:
    """What the node does not take is left to the page."""
    path = tmp_path / "flow.json"
    path.write_text(json.dumps({"version": 0.4, "nodes": [], "links": [], "last_node_id": 0, "last_link_id": 0}))
    here = tab.page.evaluate("() => app.extensionManager.workflow.activeWorkflow.path")
    drop(tab.page, transfer(tab.page, (path, "application/json")), *place(tab, FACE))
    tab.page.wait_for_function("() => app.graph.nodes.length === 0")
    tab.page.evaluate("path => app.extensionManager.workflow.getWorkflowByPath(path)", here)
    tab.page.get_by_text("loaders").first.click()
    tab.page.wait_for_selector(".ssp-filled")


def test_what_is_pasted_is_loaded_into_the_selected_node(tab: Tab, clip: Path, voice: Path) -> None:
    """A clip and a picture into one loader, sound into the other; not while a text is edited."""
    before = kinds(tab)
    picture = clip.with_name("pasted.png")
    cv2.imwrite(str(picture), np.full((60, 80, 3), 90, np.uint8))
    clip, voice = clip.rename(clip.with_name("pasted.mp4")), voice.rename(voice.with_name("pasted.wav"))
    for kind, path, mime in ((FACE, clip, "video/mp4"), (FACE, picture, "image/png"), (SPEECH, voice, "audio/wav")):
        tab.page.evaluate(f"() => {{ app.canvas.deselectAll?.(); app.canvas.selectNode({node(kind)}); }}")
        paste(tab.page, transfer(tab.page, (path, mime)))
        wait_for(tab, kind, path.name)
    assert kinds(tab) == before


def test_the_player_shows_what_will_be_used(tab: Tab, server: Server, clip: Path) -> None:
    """Trim, rate and loop, at the time that is looked at: level k of the clip is its frame k."""
    page = tab.page
    clip.rename(server.base / "input" / "levels.mp4")
    set_to = f"values => {{ for (const one of {node(FACE)}.widgets) if (one.name in values) one.value = values[one.name]; }}"
    values = {"file": "levels.mp4", "start": 0.2, "duration": 0.4, "frame_rate": 5, "length": 1.2, "loop": "ping_pong"}
    page.evaluate(set_to, values)
    page.wait_for_function("document.querySelector('.ssp-facts').textContent.includes('10 → 5 fps · 0.2–0.6 s of 1 s')")
    assert page.locator(".ssp-facts").inner_text().endswith("ping_pong to 1.2 s")
    seen = [_level(tab, time) for time in (0.0, 0.2, 0.4)]
    assert seen == [3, 5, 3], "middles of the frames at 0.2 and 0.4 s, and back"
    page.evaluate(set_to, {"file": "[sample] face.mp4", "start": 0.0, "duration": 0.0, "frame_rate": 0, "length": 0.0})
    page.wait_for_function("document.querySelector('.ssp-facts').textContent === '512×512 · 25 fps · 7 s'")


def _level(tab: Tab, time: float) -> int:
    """Which frame of :func:`write_clip` the player shows at a time of the loaded clip."""
    script = """async time => {
      const scrub = document.querySelector('.ssp-scrub');
      scrub.value = time;
      scrub.dispatchEvent(new Event('input'));
      const video = document.querySelector('.ssp video');
      while (video.seeking || video.readyState < 2) await new Promise(done => setTimeout(done, 20));
      const canvas = new OffscreenCanvas(1, 1).getContext('2d');
      canvas.drawImage(video, 40, 10, 1, 1, 0, 0, 1, 1);
      return canvas.getImageData(0, 0, 1, 1).data[1];
    }"""
    return round(tab.page.evaluate(script, time) / 20)
