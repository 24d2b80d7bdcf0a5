"""The widgets' words in other languages: complete, in step with code, engine and nodes, and shown."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import locale_files
import numpy as np
import pytest
from browser_fixture import ROOT, Site, Tab
from seamsync.blending.external import ExternalMask
from seamsync.blending.methods.registry import METHODS
from seamsync.blending.settings import ColorMatch, MouthMask, SeamBlend, SeamSettings
from seamsync.browser.advice import sentences
from seamsync.browser.tuner import approximations, sliders
from seamsync.browser.viewer import write_view
from seamsync.options import setting_of
from seamsync.quality.metrics.registry import columns
from tuner_cases import drawn_case
from tuner_page import opened, run
from view_cases import clips, face_track, report

LANGUAGES = ("zh", "ja")
_STRING = r'"((?:[^"\\]|\\.)*)"'
_CJK = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
#: All that a user is told: texts, tooltips, and what is read aloud; the engine's own sentences and the user's labels aside.
_TOLD = """() => [...document.querySelectorAll(".ssv, .ssv *, .sst, .sst *")].flatMap(one => {
  const own = one.matches(".ssv-verdict, .ssv-tag") ? [] : [...one.childNodes].filter(node => node.nodeType === 3);
  const title = one.matches(".ssv-bad-frame") ? "" : one.title;
  return [...own.map(node => node.data), title, one.ariaLabel, one.ariaValueText];
}).filter(text => text && /[a-z]{2}/i.test(text))"""


def table(language: str) -> dict[str, str]:
    """Translations by their English texts, as the module has them."""
    source = (ROOT / "web" / "words" / f"{language}.mjs").read_text(encoding="utf-8")
    pairs = re.findall(rf"^  {_STRING}:\s+{_STRING},$", source, re.MULTILINE)
    rest = re.sub(rf"^  {_STRING}:\s+{_STRING},$|//.*$", "", source, flags=re.MULTILINE)
    assert "".join(rest.split()) == f"exportconst{language.upper()}={{}};", "each entry is a pair of strings"
    assert len(pairs) == len(dict(pairs)), "no text has two translations"
    return dict(pairs)


def scripts() -> str:
    """The page's scripts without the tables."""
    paths = [path for path in (ROOT / "web").rglob("*.*js") if path.stem not in LANGUAGES]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def sent() -> set[str]:
    """What the engine sends for the widgets to say."""
    about = sliders(SeamSettings())
    color = ColorMatch(space="lab", shading=1.0, detail=1.0, sharpness=1.0, grain=1.0)
    mask = MouthMask(
        regions="skin", external=ExternalMask(np.zeros((1, 2, 2), np.uint8)), occlusion="xseg", edge_aware=0.5, dilation=0.01
    )
    all_on = SeamSettings(mask=mask, color=color, blend=SeamBlend(linear_light=True, supersampling=2.0))
    reasons = [approximations(replace(all_on, blend=replace(all_on.blend, method=method))) for method in METHODS]
    return {
        *(text for metric in columns().values() for text in (metric.title, metric.phrase)),
        *(slider_name(one) for one in about),
        *map(slider_title, about),
        *(reason for kinds in reasons for kind in kinds for reason in kind),
        *sentences(),
    }


def slider_name(about: dict[str, Any]) -> str:
    """What the tuner calls a slider."""
    return f"colour {about['name']}" if about["group"] == "color" else about["name"]


def slider_title(about: dict[str, Any]) -> str:
    """Its tooltip, that of the node's input."""
    return about["help"]


def places(text: str) -> list[str]:
    """Names of what is put into a text."""
    return sorted(re.findall(r"\{\w+\}", text))


def test_the_languages_have_the_same_texts() -> None:
    """And each translation the places of its text, and no word in English alone but Alpha."""
    zh, ja = map(table, LANGUAGES)
    assert list(zh) == list(ja)
    for english, told in [*zh.items(), *ja.items()]:
        assert places(told) == places(english), english
        assert _CJK.search(told) or english == "Alpha" or not re.search("[A-Za-z]{2}", english), english


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_has_a_translation_and_every_translation_a_text(language: str) -> None:
    """What the scripts say by name, and what the engine sends; nothing is left that neither has any more."""
    code, words = scripts(), table(language)
    said = set(re.findall(rf"\bsay\(\s*{_STRING}", code))
    assert len(said) > 50, "the search finds them"
    assert (said | sent()) - set(words) == set()
    assert set(words) - sent() - set(re.findall(_STRING, code)) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_settings_and_nodes_are_called_as_on_the_nodes(language: str) -> None:
    """Sliders, their tooltips and the nodes' names."""
    words, column = table(language), 1 + LANGUAGES.index(language)
    rows = (locale_files.TABLES / f"{language}.tsv").read_text(encoding="utf-8").splitlines()
    nodes = dict(line.split("\t")[:2] for line in rows if "\t" in line)
    lines = (locale_files.TABLES / "names.tsv").read_text(encoding="utf-8").splitlines()
    names = {line.split("\t")[0]: line.split("\t")[column] for line in lines if line}
    for about in sliders(SeamSettings()):
        assert words[slider_name(about)].endswith(
            names[setting_of(type(getattr(SeamSettings(), about["group"])), about["name"]).input_id]
        )
        assert words[slider_title(about)] == nodes[slider_title(about)]
    for name in ("Seam Debug Viewer", "Shape Mouth Mask", "Match Color"):
        assert words[name] == nodes[name]


def told(chromium: Any, site: Site, locale: str) -> tuple[list[str], list[str]]:
    """What both widgets tell before and after a run."""
    at = replace(site, url=f"{site.url}/?{'Comfy.Locale=' + locale if locale else ''}")
    if not (site.temp / "view").exists():
        (site.temp / "view").mkdir()
        write_view(report(40), *clips(40), site.temp / "view", track=face_track(40))
    with opened(chromium, at) as tab:
        tab.page.evaluate("app.addNode(5, 'SeamSyncSeamDebugViewer')")
        before = tab.page.evaluate(_TOLD)
        run(tab, site, drawn_case().tuned(SeamSettings(), [2, 7]))
        _show(tab)
        return before, tab.page.evaluate(_TOLD)


def _show(tab: Tab) -> None:
    """Fill the viewer; look at a frame without a mask in a view that needs it."""
    file = json.dumps({"filename": "view.json", "subfolder": "view", "type": "temp"})
    tab.page.evaluate(f"app.executed(5, {{ seam_viewer: [{file}] }})")
    tab.page.wait_for_function("document.querySelector('.ssv-filled')")
    tab.page.locator(".ssv").focus()
    for key in ("2", "End"):
        tab.page.keyboard.press(key)
    tab.page.wait_for_function("/mask|遮罩|マスク/.test(document.querySelector('.ssv-notice').textContent)")


@pytest.mark.parametrize(("language", "some"), [("zh", {"翻看", "应用", "羽化"}), ("ja", {"切替", "適用", "ぼかし"})])
def test_the_page_speaks_the_users_language(language: str, some: set[str], chromium: Any, site: Site) -> None:
    """Every text, tooltip and label of both widgets, before and after a run."""
    for texts in told(chromium, site, language):
        assert [text for text in texts if not _CJK.search(text) and not text.startswith("Alpha")] == []
    with opened(chromium, replace(site, url=f"{site.url}/?Comfy.Locale={language}")) as tab:
        tab.page.evaluate("app.addNode(5, 'SeamSyncSeamDebugViewer')")
        run(tab, site, drawn_case().tuned(SeamSettings(), [2]))
        assert some <= set(tab.page.locator(".ssv button, .sst button, .sst-name").all_inner_texts())


def test_other_languages_are_shown_in_english(chromium: Any, site: Site) -> None:
    """As is a page that does not tell its language."""
    english = told(chromium, site, "")
    assert told(chromium, site, "zh-TW") == english
    assert {"Run the workflow to tune its seam.", "Flip", "Apply"} <= set(english[0])
    assert {"feather", "no mask is kept of this frame", "gradient mismatch"} <= set(english[1])
    assert not any(_CJK.search(text) for text in english[1])
