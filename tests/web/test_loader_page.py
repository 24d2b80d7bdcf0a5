"""The load nodes' scripts in Chromium, on a page that stands in for ComfyUI's. Real videos: tests/host/test_loaders.py."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from browser_fixture import Site, Tab
from drops import drop, paste, transfer
from seamsync.media.loops import LOOPS, play_order

SPEECH = "SeamSyncLoadSpeechAudio"
VALUES = {"file": "a.wav", "start": 0.0, "duration": 0.0, "offset": 0.0, "loudness": 0.0, "audio_track": 0}
#: A second of sound, a second of silence, a second of sound.
WAVE = {"seconds": 3.0, "more": False, "peaks": [80] * 40 + [0] * 40 + [80] * 40, "silences": [[1.0, 2.0]]}


@pytest.fixture
def tab(chromium: Any, site: Site) -> Iterator[Tab]:
    """A page with one Load Speech Audio; it ends without an error."""
    site.answers["waveform a.wav"] = json.dumps(WAVE).encode()
    made = Tab.open(chromium, site.url, viewport={"width": 620, "height": 760})
    made.page.wait_for_function("window.ready")
    made.page.evaluate("([kind, values]) => { window.node = app.addNode(3, kind, values); }", [SPEECH, VALUES])
    made.page.wait_for_selector(".ssa-filled")
    yield made
    made.page.close()
    assert made.errors == []


def value(tab: Tab) -> str:
    """The file in the node."""
    return tab.page.evaluate("node.widgets[0].value")


@pytest.mark.parametrize("loop", LOOPS[:-1])
def test_the_plan_plays_what_the_engine_plays(loop: str, tab: Tab) -> None:
    """The same frame at every time, whatever trim, rate and length; a length shorter than the clip cuts it."""
    for start, duration, rate, length in ((0, 0, 0, 0), (1, 2, 0, 7.5), (0.5, 1, 10, 4.1), (1, 0, 30, 0.4), (2.96, 0, 0, 1)):
        choices = {"start": start, "duration": duration, "frame_rate": rate, "length": length, "loop": loop}
        fps = rate or 25
        frames = np.arange(max(1, round((min(duration, 3 - start) if duration else 3 - start) * fps)))
        script = """async ([choices, file, times]) => {
          const { makePlan } = await import("/extensions/seamsync/loader/plan.mjs");
          const plan = makePlan(choices, file);
          return [plan.seconds, times.map(time => plan.at(time).time)];
        }"""
        for counts in ({}, {"skip_frames": 7, "every_nth": 3, "frame_cap": 5}, {"every_nth": 2}):
            skip, every, cap = (
                counts.get(name, least) for name, least in (("skip_frames", 0), ("every_nth", 1), ("frame_cap", 0))
            )
            taken = frames[skip::every][: cap or None]
            if not len(taken):
                continue
            order = taken[play_order(len(taken), max(1, round(length * (fps / every))) if length else len(taken), loop=loop)]
            times = ((np.arange(len(order)) + 0.5) / fps * every).tolist()
            seconds, seen = tab.page.evaluate(script, [choices | counts, {"seconds": 3, "fps": 25}, times])
            assert seconds == pytest.approx(len(order) / fps * every)
            assert np.round((np.array(seen) - start) * fps - 0.5).astype(int).tolist() == order.tolist()


def test_a_dropped_file_is_sent_and_chosen(tab: Tab, site: Site, tmp_path: Path) -> None:
    """Sound by its type or its name; other files are left to the page, and so is what comes from another site."""
    (tmp_path / "b.wav").write_bytes(b"RIFF")
    script = "data => node.onDragDrop({ dataTransfer: data })"
    taken = {
        "sound": transfer(tab.page, (tmp_path / "b.wav", "audio/wav")),
        "nameless type": transfer(tab.page, (tmp_path / "b.wav", "")),
        "picture": transfer(tab.page, (tmp_path / "b.wav", "image/png")),
        "text": transfer(tab.page, text_plain="words"),
        "elsewhere": transfer(tab.page, text_uri_list="http://example.com/view?filename=c.wav"),
        "here": transfer(tab.page, text_uri_list=f"{site.url}/api/view?filename=c.wav&subfolder=x&type=output"),
    }
    told = {name: bool(tab.page.evaluate(script, data)) for name, data in taken.items()}
    assert told == {name: name in ("sound", "nameless type", "here") for name in taken}
    tab.page.wait_for_load_state("networkidle")
    assert value(tab) == "x/c.wav [output]", "the last one, though the others may have been slower"
    assert site.uploads == ["b.wav", "b.wav"]
    tab.page.evaluate(script, taken["sound"])
    tab.page.wait_for_function("node.widgets[0].value === 'b.wav'")
    assert "b.wav" in tab.page.evaluate("node.widgets[0].options.values")


def test_a_drop_on_the_waveform_is_one_on_the_node(tab: Tab, tmp_path: Path) -> None:
    """In the classic view the page hears only of drags over the canvas."""
    (tmp_path / "b.wav").write_bytes(b"RIFF")
    box = tab.page.locator(".ssa-stage").bounding_box()
    tab.page.evaluate("document.addEventListener('drop', event => event.preventDefault())")
    drop(tab.page, transfer(tab.page, (tmp_path / "b.wav", "audio/wav")), box["x"] + 20, box["y"] + 20)
    assert tab.page.evaluate("app.dragOverNode === node")


@pytest.mark.parametrize(("status", "words"), [(413, "b.wav is larger than ComfyUI takes"), (500, "upload failed: 500")])
def test_a_refused_upload_is_said(status: int, words: str, tab: Tab, site: Site, tmp_path: Path) -> None:
    """The file that was chosen stays."""
    site.upload_status = status
    (tmp_path / "b.wav").write_bytes(b"RIFF")
    tab.page.evaluate("data => node.onDragDrop({ dataTransfer: data })", transfer(tab.page, (tmp_path / "b.wav", "audio/wav")))
    tab.page.wait_for_function("app.toasts.length")
    assert tab.page.evaluate("app.toasts[0]").startswith(words)
    assert value(tab) == "a.wav"
    tab.errors.clear()  # the browser's own line about the status


def test_pasted_into_the_selected_node_alone(tab: Tab, site: Site, tmp_path: Path) -> None:
    """Not where it is not selected, and not while a text is edited; the page then handles it."""
    (tmp_path / "b.wav").write_bytes(b"RIFF")
    data = transfer(tab.page, (tmp_path / "b.wav", "audio/wav"))
    tab.page.evaluate("document.addEventListener('paste', () => app.moved.push('paste'))")
    paste(tab.page, data)
    tab.page.evaluate("app.canvas.selected_nodes = { 3: node }")
    tab.page.evaluate("document.body.append(document.createElement('textarea')); document.querySelector('textarea').focus()")
    paste(tab.page, data)
    assert tab.page.evaluate("app.moved") == ["paste", "paste"]
    tab.page.evaluate("document.activeElement.blur()")
    paste(tab.page, data)
    tab.page.wait_for_function("node.widgets[0].value === 'b.wav'")
    assert tab.page.evaluate("app.moved.length") == 2
    assert site.uploads == ["b.wav"]


def test_the_waveform_shows_silence_and_what_is_used(tab: Tab) -> None:
    """However the values are set; what is left out is darker."""
    assert tab.page.locator(".ssa-facts").inner_text() == "3 s · 1 s silent"
    whole = _columns(tab)
    assert whole[5] > 150
    assert 20 < whole[50] < 80, "the tint of silence"
    tab.page.evaluate("for (const one of node.widgets) if (one.name === 'start') one.value = 1.5")
    tab.page.wait_for_function("document.querySelector('.ssa-facts').textContent === '1.5–3 s of 3 s · 0.5 s silent'")
    cut = _columns(tab)
    assert cut[5] < 0.5 * whole[5]
    assert abs(cut[100] - whole[100]) < 5


def _columns(tab: Tab) -> np.ndarray:
    """Mean light of 120 columns of the waveform over black, near its middle line."""
    tab.page.evaluate("async () => { for (let k = 0; k < 3; k++) await new Promise(requestAnimationFrame); }")
    picture = tab.canvas(".ssa-wave").astype(float)
    light = picture[..., :3].max(-1) * picture[..., 3] / 255
    middle = light.shape[0] // 2
    return cv2.resize(light[middle - 8 : middle - 4], (120, 1), interpolation=cv2.INTER_AREA)[0]


def test_links_are_said(tab: Tab) -> None:
    """Linked speech is used in the file's place."""
    tab.page.evaluate("node.inputs = [{ name: 'audio', link: 4 }]")
    tab.page.wait_for_function("document.querySelector('.ssa-notice').textContent.startsWith('The linked audio')")
    tab.page.evaluate("node.inputs = []")
    tab.page.wait_for_selector(".ssa-filled")


def test_nothing_of_it_is_saved(tab: Tab) -> None:
    """Neither button nor preview has a place among the values."""
    (saved,) = tab.page.evaluate("app.serialize()")
    assert saved["widgets_values"] == list(VALUES.values())
    assert saved["properties"] == {}


def test_black_thumbnails_of_samples_and_pictures_are_mended(tab: Tab, site: Site) -> None:
    """The page's list of files takes every one for a video of the input folder."""
    script = """name => new Promise(done => {
      const video = document.createElement("video");
      video.src = `/api/view?filename=${encodeURIComponent(name)}&type=input`;
      document.body.append(video);
      video.addEventListener("error", () => setTimeout(() => done(video.poster)));
    })"""
    for name, mended in (("[sample] face.mp4", True), ("me.png", True), ("broken.mp4", False)):
        (site.temp / name).write_bytes(b"nothing")
        poster = tab.page.evaluate(script, name)
        assert poster.startswith(f"{site.url}/api/seamsync/thumbnail?name=") == mended, name


def test_every_control_has_a_name(tab: Tab) -> None:
    """For those who do not see it."""
    tab.page.evaluate("app.addNode(4, 'SeamSyncLoadFaceVideo', { file: '' })")
    script = "all => all.map(one => one.ariaLabel || one.innerText)"
    controls = ".ssa button, .ssp button, .ssp input, .ssa [role]:not([role=status]), .ssp [role]:not([role=status])"
    assert all(tab.page.locator(controls).evaluate_all(script))
    tab.page.wait_for_function("document.querySelector('.ssp-notice').textContent.includes('drop one here')")
