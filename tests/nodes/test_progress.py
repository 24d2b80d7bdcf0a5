"""Progress of a node: how often it is told, what it says, what it costs."""

from __future__ import annotations

import sys
from fractions import Fraction
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from seamsync.media.video import TensorSource
from seamsync.nodes.progress import NodeProgress, words


class Stopped(BaseException):
    """The host's exception."""


class Host:
    """Records what a node tells; its clock goes on by hand."""

    def __init__(self) -> None:
        self.now, self.stopped = 100.0, False
        self.moves: list[tuple[int, int | None, Any]] = []
        self.totals: list[int] = []
        self.lines: list[str] = []

    def progress(self, **options: Any) -> NodeProgress:
        """A node's progress over this host."""

        def _stop() -> None:
            if self.stopped:
                raise Stopped

        def _bar(total: int) -> Any:
            self.totals.append(total)
            return self

        picture = options.pop("picture", lambda picture: ("JPEG", picture))
        return NodeProgress(_stop, _bar, self.lines.append, picture, **{"clock": lambda: self.now, **options})

    def update_absolute(self, value: int, total: int | None = None, preview: Any = None) -> None:
        """The bar's."""
        self.moves.append((value, total, preview))


def clip(count: int, width: int = 32) -> TensorSource:
    """A clip whose picture k has the level k / count."""
    levels = torch.arange(count).reshape(-1, 1, 1, 1) / count
    return TensorSource(levels.expand(count, 48, width, 3), Fraction(25))


def test_told_once_a_second_with_the_frame_as_it_is() -> None:
    """80 frames in 5 seconds: the bar moves ten times a second; five texts and thumbnails, of changed frames as changed."""
    host = Host()
    progress = host.progress()
    for index, frame in enumerate(progress.watch(clip(80)).frames()):
        host.now += 0.0625
        frame.y[...] = 235  # composited
        progress("composite", index + 1, 80)
    looks = [(value, preview[1]) for value, _, preview in host.moves if preview]
    assert 40 <= len(host.moves) <= 45
    assert len(looks) == len(host.lines) == 5
    assert all(picture.shape == (48, 32, 3) and picture.min() > 230 for _, picture in looks)
    assert host.moves[-1][:2] == (80, 80)
    assert host.lines[0].startswith("composite: 17 of 80 frames, 17.0 a second, 0:04 left")
    assert host.lines[-1].startswith("composite: 80 frames in 0:05, 16.2 a second")
    assert host.totals == [80]


def test_what_is_said_again_is_not_told_again() -> None:
    """A long wait after the last frame asks for the stop button again and again; bar and text have had their say."""
    host = Host()
    progress = host.progress()
    for _ in range(5):
        host.now += 2.0
        progress("track", 40, 40)
    assert [move[:2] for move in host.moves] == [(40, 40)]
    assert len(host.lines) <= 1


def test_a_picture_is_left_where_thumbnails_were() -> None:
    """At the bar's end; a node that was quick has shown none, and leaves none."""
    host = Host()
    progress, picture = host.progress(), np.full((6, 8, 3), 7, np.uint8)
    progress("track", 40, 40)
    progress.replace_thumbnail(picture)
    assert host.moves == [(40, 40, None)]
    host.now += 2.0
    progress("smooth", 1, 40)
    host.now += 2.0
    progress("smooth", 40, 40)
    progress.replace_thumbnail(picture)
    value, total, (_, left) = host.moves[-1]
    assert (value, total) == (40, 40)
    assert np.array_equal(left, picture)


def test_mouths_are_thumbnails_too() -> None:
    """Of the patches shown before a step that is told, the newest; none where nothing new was shown since."""
    host = Host()
    progress = host.progress()
    progress("enhance", 0, 60)
    for done in (16, 32):
        host.now += 0.6
        progress.show(np.full((3, 40, 20), done, np.uint8))
        progress("enhance", done, 60)
    host.now += 1.5
    progress("enhance", 48, 60)
    looks = [(value, preview) for value, _, preview in host.moves][-2:]
    assert looks[0][0] == 32
    assert np.array_equal(looks[0][1][1], np.full((40, 20, 3), 32))
    assert looks[1] == (48, None)


def test_quick_nodes_tell_nothing_but_their_bar() -> None:
    """No text appears and vanishes on a node that is done at once; the last step always moves the bar."""
    host = Host()
    progress = host.progress()
    for done in (1, 2, 3):
        host.now += 0.01
        progress("track", done, 3)
    assert host.moves == [(1, 3, None), (3, 3, None)]
    assert not host.lines


def test_each_stage_has_its_bar() -> None:
    """A host that throttles a bar would not show the second stage's first half on the first stage's."""
    host = Host()
    progress = host.progress()
    for stage, total in (("track", 50), ("generate", 20)):
        host.now += 2.0
        progress(stage, 10, total)
    assert host.totals == [50, 20]
    assert [move[:2] for move in host.moves] == [(10, 50), (10, 20)]


def test_the_stop_button_is_felt_at_every_frame() -> None:
    """Reading a frame stops as reporting does, though nothing is due to be shown."""
    host = Host()
    progress = host.progress()
    frames = iter(progress.watch(clip(5)).frames())
    next(frames)
    progress("track", 1, 5)
    host.stopped = True
    with pytest.raises(Stopped):
        next(frames)
    with pytest.raises(Stopped):
        progress("track", 2, 5)


def test_a_watched_clip_is_the_clip() -> None:
    """Facts, notes, and any order of frames."""
    source = clip(6)
    watched = Host().progress().watch(source)
    assert watched.info == source.info
    assert watched.warnings == source.warnings
    order = np.array([3, 3, 0])
    means = [float(frame.rgb().mean()) for frame in watched.frames(order)]
    assert means == [float(frame.rgb().mean()) for frame in source.frames(order)]


@pytest.mark.parametrize(
    ("seconds", "done", "text"),
    [
        (0.0, 0, "a: 0 of 240 frames"),
        (4.0, 100, "a: 100 of 240 frames, 25.0 a second, 0:06 left"),
        (7200.0, 60, "a: 60 of 240 frames, 0.0 a second, 6:00:00 left"),
        (64.0, 240, "a: 240 frames in 1:04, 3.8 a second"),
    ],
)
def test_words(seconds: float, done: int, text: str) -> None:
    """Rate and time left, in minutes or hours."""
    assert words("a", done, 240, seconds) == text


@pytest.mark.parametrize("facilities", ["all", "bar only", "no node that runs", "no page that queued", "nothing"])
def test_hosts_with_fewer_facilities(facilities: str, host: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bar and thumbnail go to the host's bar; the text to the node that runs, for the page that queued it, where it can."""
    lines: list[tuple[Any, ...]] = []
    if facilities != "nothing":
        context = None if facilities == "no node that runs" else SimpleNamespace(node_id="7")
        page = None if facilities == "no page that queued" else "c"
        monkeypatch.setitem(sys.modules, "comfy_execution.utils", module(get_executing_context=lambda: context))
        told = SimpleNamespace(
            send_progress_text=lambda text, node_id, sid=None: lines.append((text, node_id, sid)), client_id=page
        )
        monkeypatch.setitem(sys.modules, "server", module(PromptServer=SimpleNamespace(instance=told)))
    host.nodes()
    progress = host.load("seamsync.nodes.host").progress(bar_only=facilities == "bar only")
    times = iter([0.0, 2.0])
    progress.clock = lambda: next(times)
    progress("load", 0, 10)
    for _ in progress.watch(clip(1, 640)).frames():
        progress("load", 1, 10)
    utils = host.load("comfy.utils")
    looks = [(kind, picture.size, side) for kind, picture, side in utils.previews]
    assert looks == [("JPEG", (256, 19), 256)] * (facilities != "bar only")
    assert utils.seen == [(0, 10), (1, 10)]
    assert lines == [("load: 1 of 10 frames, 0.5 a second, 0:18 left", "7", "c")] * (facilities == "all")


def module(**contents: Any) -> ModuleType:
    """A module of the host's."""
    made = ModuleType("made")
    vars(made).update(contents)
    return made
