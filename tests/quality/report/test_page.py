"""The report's page: whole, closed in itself, safe to open, the same every time."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest
from seamsync.quality.metrics.meter import summary
from seamsync.quality.metrics.registry import METRICS, goals, seam_columns
from seamsync.quality.report.report import SeamReport
from seamsync.quality.worst import Shot

_VOID = {"meta", "img", "input", "br", "link", "rect", "path"}
HOSTILE = '<script>alert("1")</script>&\'"{{ 7*7 }}.mp4'


class Page(HTMLParser):
    """Elements in order, text, and whether every element is closed where it should be."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Enter an element."""
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Enter an element that closes itself."""
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Leave the innermost element."""
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Gather what a reader sees."""
        if self._open[-1:] not in (["script"], ["style"]):
            self.text += data

    def values(self, name: str) -> list[str]:
        """Of an attribute, wherever it stands."""
        return [attributes[name] or "" for _, attributes in self.elements if name in attributes]


def report(count: int = 60, *, side: int = 48, shots: int = 7) -> SeamReport:
    """Every metric over two scenes, with pictures of coarse grain, which packs badly."""
    random = np.random.default_rng(0)
    columns = {name: random.uniform(0.0, 0.2, count) for name in seam_columns()}
    columns |= {"ring_ssim": random.uniform(0.95, 1, count), "tpsnr": random.uniform(15, 40, count)}
    columns |= {"tpsnr_target": random.uniform(30, 32, count)}
    columns = {"frame": np.arange(count), "time": np.arange(count) / 25, "scene": np.arange(count) // 40, **columns}
    target, result = random.normal(120, 20, (2, side, side, 3)).clip(0, 255).astype(np.uint8)
    alpha = cv2.circle(np.zeros((side, side), np.uint8), (side // 2, side // 2), side // 3, 255, -1)
    made = tuple(Shot(7 * k, 9.0 - k, target, result, alpha, side / 2, typical=k == 6) for k in range(shots))
    others = {"landmark_jitter_ratio": 0.2, "av_offset": 0.0, "av_correlation": 0.9}
    numbers = {"frames": count, "composited": count, **summary(columns), **others}
    return SeamReport(columns=columns, summary=numbers, settings={"mask": {"shape": "contour"}}, shots=made)


def test_page_is_whole_and_names_every_metric() -> None:
    """It parses with every element closed, and shows each measure's name, value and goal, and a plot of each column."""
    made = report()
    page = Page(made.to_html("clip"))
    for name, goal in goals().items():
        assert name in page.text
        assert goal.text() in page.text
        assert METRICS[name].phrase in page.text
        assert f"{made.summary[name]:.3g}" in page.text
    assert set(page.values("data-name")) == set(seam_columns())
    assert page.text.count("✗ missed") == len(made.failed()) > 0
    assert page.text.count("✓ met") == len(goals()) - len(made.failed())
    assert "frame 42, 1.68 s" in page.text


def test_figures_without_a_goal_are_told_too() -> None:
    """Of the inspection and the monitor, with a phrase and without a verdict; what is not known is a dash."""
    made = report()
    changes = {"av_correlation": 0.4, "frame_offset": np.nan, "tpsnr_spikes": 3}
    page = Page(replace(made, summary={**made.summary, **changes}).to_html())
    assert "how well lips and speech go together" in page.text
    assert re.search(r"frame_offset\D+–", page.text)
    assert re.search(r"tpsnr_spikes\D+3\s", page.text)
    assert page.text.count("✓ met") + page.text.count("✗ missed") == len(goals()) - 1
    assert page.text.count("not known") == 1  # an offset where lips and speech do not go together


def test_scores_of_lip_sync_name_their_network() -> None:
    """Each of the three says who judged."""
    made = report()
    scores = {"lse_d": 7.25, "lse_c": 6.5, "sync_offset": -1.0, "sync_network": "syncnet_v2"}
    page = Page(replace(made, summary={**made.summary, **scores}).to_html())
    assert re.search(r"lse_d.*\(LSE-D\).*judged by syncnet_v2.*\s+7\.25\s", page.text)
    assert page.text.count("judged by syncnet_v2") == 3


def test_a_goal_eased_by_the_target_says_so() -> None:
    """With the target's own number, and met."""
    made = report()
    plain, eased = (Page(replace(made, summary={**made.summary, "tpsnr_deviation_target": n}).to_html()) for n in (2.0, 8.0))
    assert "the untouched target has 8" in eased.text
    assert "≤ 8.5" in eased.text
    assert "the untouched target has" not in plain.text
    assert eased.text.count("✓ met") == plain.text.count("✓ met") + 1


def test_page_needs_no_network() -> None:
    """No address but data and places on the page itself; no import, no url() in its style."""
    text = report().to_html("clip")
    page = Page(text)
    addresses = [address for name in ("src", "href", "srcset", "action", "data") for address in page.values(name)]
    assert addresses
    assert all(address.startswith(("data:image/webp;base64,", "#shot")) for address in addresses)
    assert not re.search(r"url\(|@import|fetch\(|XMLHttpRequest|https?://", text)


def test_pictures_open() -> None:
    """Four of each frame, of the size that the page reserves for them."""
    page = Page(report().to_html("clip"))
    pictures = [attributes for tag, attributes in page.elements if tag == "img" and "src" in attributes]
    assert len(pictures) == 4 * 7
    for attributes in pictures:
        packed = base64.b64decode((attributes["src"] or "").split(",", 1)[1], validate=True)
        opened = cv2.imdecode(np.frombuffer(packed, np.uint8), cv2.IMREAD_COLOR)
        assert opened is not None
        assert opened.shape[:2] == (int(attributes["height"] or 0), int(attributes["width"] or 0))


def test_marks_lead_to_their_frames() -> None:
    """Every link on a plot has its picture."""
    page = Page(report().to_html("clip"))
    links = set(page.values("href"))
    assert links == {f"#shot{number}" for number in range(1, 7)}
    assert links <= {f"#{identity}" for identity in page.values("id")}


def test_hostile_names_are_only_text() -> None:
    """A title, a file, a note, a setting that look like markup are shown as they are, and add no element."""
    plain, made = report(), report()
    made = replace(made, notes=(HOSTILE,), warnings=(HOSTILE,), inputs={HOSTILE: "00"}, settings={HOSTILE: HOSTILE})
    page = Page(made.to_html(HOSTILE))
    usual = Page(replace(plain, notes=("a",), warnings=("a",), inputs={"a": "00"}).to_html("a"))
    assert [tag for tag, _ in page.elements] == [tag for tag, _ in usual.elements]
    assert page.text.count(HOSTILE) >= 5


def test_readout_is_data() -> None:
    """The script's numbers are JSON: a value a bin of each plot."""
    text = report().to_html("clip")
    found = re.search(r"const readout = (\{.*\});", text)
    assert found
    body = json.loads(found[1])
    assert body["frames"] == list(range(60))
    assert set(body["values"]) == set(seam_columns())
    assert all(len(values) == 60 for values in body["values"].values())


def test_equal_reports_give_equal_pages() -> None:
    """To the byte."""
    assert report().to_html("clip") == report().to_html("clip")


def test_an_hour_with_the_largest_pictures_stays_small() -> None:
    """Under 6 MB, though every picture is as grainy as any film."""
    assert len(report(90_000, side=480).to_html("clip").encode()) < 6e6


@pytest.mark.parametrize("columns", [{}, {"frame": np.arange(2)}, {"seam_step": np.array([np.nan, 0.1])}])
def test_little_is_enough(columns: dict[str, np.ndarray]) -> None:
    """A report without metrics, pictures or even frames has a page too."""
    page = Page(SeamReport(columns=columns, summary=dict(summary(columns))).to_html("bare"))
    assert "goal" in page.text or "not measured" in page.text
