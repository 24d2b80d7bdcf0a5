"""The blind A/B page: fair pairs that tell raters nothing, a page that needs no network, votes counted rightly."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections import Counter
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from seam_scenes import HeldClip
from seamsync.benchmarks.harness.ab_page import BEST, TEMPLATE, make_pairs, tally, write_page
from seamsync.benchmarks.harness.configs import Configuration
from seamsync.benchmarks.harness.store import Job
from seamsync.benchmarks.harness.views import View, ViewWriter
from seamsync.errors import SeamSyncError
from seamsync.media.video import VideoReader

RANKED = ["first-rate", "second-rate", "third-rate", "baseline", "last-of-all"]


def jobs_in(folder: Path, clips: int = 40) -> dict[str, list[Job]]:
    """Jobs without results."""
    names = ["original", *RANKED]
    return {n: [Job(f"clip{k}", "96", Configuration(n, None), f"{n} {k}", folder) for k in range(clips)] for n in names}


def test_pairs_are_fair_and_the_same_every_time(tmp_path: Path) -> None:
    """The best few against original and baseline, the baseline against the original; either side half the time; capped."""
    jobs = jobs_in(tmp_path)
    pairs = make_pairs(jobs, RANKED)
    assert pairs == make_pairs(jobs, RANKED)
    assert len(pairs) == 120
    few = make_pairs({name: column[:2] for name, column in jobs.items()}, RANKED)
    found = Counter(frozenset((pair.left.configuration.name, pair.right.configuration.name)) for pair in few)
    best = RANKED[:BEST]
    wanted = [{name, "original"} for name in [*best, "baseline"]] + [{name, "baseline"} for name in best]
    assert found == {frozenset(pair): 2 for pair in wanted}
    assert all(pair.left.clip == pair.right.clip for pair in pairs)
    lefts = sum(pair.left.configuration.name == "original" for pair in pairs)
    rights = sum(pair.right.configuration.name == "original" for pair in pairs)
    assert 0.3 < lefts / (lefts + rights) < 0.7
    assert len({pair.name for pair in pairs}) == 120


class _Page(HTMLParser):
    """Tags that stay open, ids, and everything that a tag points to."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it."""
        if tag not in ("meta", "input", "link", "img", "br"):
            self.open.append(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        """Close what was open."""
        assert self.open.pop() == tag


@pytest.fixture
def page(tmp_path: Path) -> tuple[Path, list[str]]:
    """A written page of one clip, and the names of its pairs."""
    jobs = jobs_in(tmp_path, clips=1)
    view = View(np.zeros((3, 2), np.int64), 40)
    for level, column in enumerate(jobs.values()):
        clip = HeldClip([np.full((48, 64), 40 + 30 * level, np.uint8)] * 3)
        with ViewWriter(column[0].path(".mkv"), view, Fraction(25)) as writer:
            for index, frame in enumerate(clip.frames()):
                writer.write(frame, index)
    pairs = make_pairs(jobs, RANKED)
    write_page(pairs, tmp_path / "ab")
    return tmp_path / "ab", [pair.name for pair in pairs]


def test_page_parses_and_needs_no_network(page: tuple[Path, list[str]]) -> None:
    """Tags are closed, every id that the script asks for is there, nothing is loaded but the clips beside it."""
    text = (page[0] / "index.html").read_text(encoding="utf-8")
    found = _Page()
    found.feed(text)
    assert found.open == []
    assert found.links == []
    assert set(re.findall(r'at\("(\w+)"\)', text)) <= set(found.ids)
    assert not re.search(r"https?:|//[a-z]|@import|url\(", text)
    assert "localStorage" in text


def test_page_is_blind_and_complete(page: tuple[Path, list[str]]) -> None:
    """It names its clips, each with both sides as the key has them, and no configuration."""
    folder, names = page
    text = (folder / "index.html").read_text(encoding="utf-8")
    assert json.loads(re.findall(r"const PAIRS = (\[.*?\]);", text)[0]) == names
    assert not [name for name in [*RANKED, "original"] if name in text]
    assert sorted(path.stem for path in folder.glob("*.mp4")) == sorted(names)
    key = json.loads((folder / "key.json").read_text())
    levels = {name: 40 + 30 * level for level, name in enumerate(["original", *RANKED])}
    for name in names:
        picture = next(iter(VideoReader(folder / f"{name}.mp4").frames())).y
        assert abs(int(picture[150, 100]) - levels[key[name]["left"]]) <= 2
        assert abs(int(picture[150, -100]) - levels[key[name]["right"]]) <= 2


#: A browser in a few lines: enough of a page for its script, keys from the command line, and what is kept and saved.
BROWSER = """
const kept = JSON.parse(process.argv[2]), saved = [], elements = {}, listeners = {};
const element = () => ({ src: "", value: "", paused: false, playbackRate: 1, addEventListener() {}, blur() {},
  classList: { toggle() {} }, play() { this.paused = false; }, pause() { this.paused = true; }, dataset: {} });
const buttons = ["left", "tie", "right"].map((vote) => Object.assign(element(), { dataset: { vote } }));
globalThis.document = { getElementById: (id) => (elements[id] ??= element()), querySelectorAll: () => buttons,
  createElement: () => ({ click() { saved.push(this.download); } }), addEventListener: (name, f) => (listeners[name] = f) };
globalThis.localStorage = { getItem: (key) => kept[key] ?? null, setItem: (key, value) => (kept[key] = value) };
URL.revokeObjectURL = () => {};
URL.createObjectURL = () => "";
SCRIPT
for (const key of process.argv.slice(3)) {
  listeners.keydown({ key, target: { tagName: "BODY" }, preventDefault() {} });
}
console.log(JSON.stringify({ kept, saved, shows: clip.src, count: elements.count.textContent }));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="no node on this machine")
def test_keys_vote_and_a_second_visit_goes_on(page: tuple[Path, list[str]], tmp_path: Path) -> None:
    """Arrows vote and go on, Backspace goes back to vote anew, the last vote saves a file; all is kept in between."""
    folder, names = page
    text = (folder / "index.html").read_text(encoding="utf-8")
    script = tmp_path / "page.js"
    script.write_text(BROWSER.replace("SCRIPT", text.split("<script>")[1].split("</script>")[0]), encoding="utf-8")

    def _visit(kept: dict[str, str], *keys: str) -> dict[str, Any]:
        command = ["node", str(script), json.dumps(kept), *keys]
        return json.loads(subprocess.run(command, check=True, timeout=60, capture_output=True, text=True).stdout)

    first = _visit({}, "ArrowLeft", "ArrowRight", "Backspace", "ArrowDown", "x")
    assert (first["shows"], first["count"]) == (f"{names[2]}.mp4", "3 of 7, 2 voted")
    second = _visit(first["kept"], *["ArrowRight"] * 5)
    state = json.loads(next(iter(second["kept"].values())))
    votes = [state["votes"][name]["vote"] for name in names]
    assert votes == ["left", "tie", *["right"] * 5]
    assert second["saved"] == ["votes-anonymous.json"]
    assert first["saved"] == []


def test_old_clips_go_and_the_key_stays(page: tuple[Path, list[str]]) -> None:
    """A page of fewer pairs keeps theirs and the user's only; votes on earlier pairs can still be read."""
    folder, names = page
    before = json.loads((folder / "key.json").read_text())
    own = [folder / "my.mp4", folder / f"{'0' * 16}.mp4"]
    for path in own:
        path.touch()
    write_page([], folder)
    assert sorted(folder.glob("*.mp4")) == sorted(own)
    assert json.loads((folder / "key.json").read_text()) == before
    assert len(before) == len(names)


def test_votes_are_counted(tmp_path: Path) -> None:
    """Shares of all raters' votes, ties half, whichever side; a vote of another page is an error."""
    sides = {"a": ("best", "original"), "b": ("original", "best"), "c": ("best", "baseline"), "d": ("baseline", "original")}
    key = {name: {"clip": "x", "mouths": "96", "left": left, "right": right} for name, (left, right) in sides.items()}
    (tmp_path / "key.json").write_text(json.dumps(key))
    assert tally(tmp_path) == {}
    for rater, votes in enumerate(
        ({"a": "left", "b": "left", "c": "left"}, {"a": "tie", "b": "tie", "c": "left", "d": "right"})
    ):
        body = {"votes": [{"pair": pair, "vote": vote, "seconds": 1} for pair, vote in votes.items()]}
        (tmp_path / f"votes-{rater}.json").write_text(json.dumps(body))
    assert tally(tmp_path) == {
        "votes against original": {"best": 0.5, "baseline": 0.0},
        "votes against baseline": {"best": 1.0},
    }
    (tmp_path / "votes-2.json").write_text(json.dumps({"votes": [{"pair": "z", "vote": "left"}]}))
    with pytest.raises(SeamSyncError, match=r"votes-2\.json has a vote that the page .* does not know"):
        tally(tmp_path)
    for text in ("{", "[]"):
        (tmp_path / "votes-2.json").write_text(text)
        with pytest.raises(SeamSyncError, match="the JSON that the A/B page saved"):
            tally(tmp_path)


def test_template_has_its_places() -> None:
    """What is filled in is there once."""
    text = TEMPLATE.read_text(encoding="utf-8")
    assert [text.count(place) for place in ("/*PAIRS*/[]", "/*PAGE*/")] == [1, 1]
