"""How long the stop button takes: from the press until the node has ended and cleaned up, for every long node.

Each node runs once to its end, during which the longest time between two looks at the button is measured: a press waits no
longer than that. Then it is stopped early, in the middle, and near its end, by the clock; and what it leaves behind is looked
for. All of it on a calm machine, and beside four busy processes. The command is stopped by a signal, as Ctrl-C does it.
"""

from __future__ import annotations

import math
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..media.audio import load_audio
from ..media.video import VideoReader
from ..nodes.progress import NodeProgress
from ..tensors import SeamSyncError
from . import row
from .cancel_nodes import Scene, Work

#: Seconds of the clip, and processes that keep a core busy each.
SECONDS, QUICK_SECONDS, BUSY = 20.0, 4.0, 4
#: Shares of a node's time after which it is stopped.
MOMENTS = (0.03, 0.5, 0.93)
GOAL = 1.0
SPEECH = "english_60s.wav"


class Pressed(BaseException):
    """The stop button was pressed; not an ``Exception``, as the host's is none."""


class Button:
    """The host's stop button.

    Args:
        after: seconds until it is pressed.

    Attributes:
        longest: seconds between two looks at it; the last of them was at ``looked``, on the clock.
    """

    def __init__(self, after: float = math.inf) -> None:
        self._begun = self.looked = time.monotonic()
        self._after, self.longest = after, 0.0

    def look(self) -> None:
        """What a node calls: raises once the button is pressed."""
        now = time.monotonic()
        self.longest, self.looked = max(self.longest, now - self.looked), now
        if self.since_press() >= 0:
            raise Pressed

    def since_press(self) -> float:
        """Seconds since the press, below 0 before it."""
        return time.monotonic() - self._begun - self._after

    def bar(self) -> NodeProgress:
        """The progress of a node that has this button."""
        return NodeProgress(self.look, lambda total: _NoBar(), lambda words: None, lambda picture: picture)


class _NoBar:
    """A bar that nobody sees."""

    def update_absolute(self, value: int, total: int | None = None, preview: Any = None) -> None: ...


def run(media: Path | None, quick: bool) -> list[dict[str, Any]]:
    """A row a node and machine: seconds from press to end, the longest of the moments; beside it the longest time unlooked."""
    if media is None:
        raise SeamSyncError("no folder of real clips; name one with --media or SEAMSYNC_MEDIA")
    clips = sorted(media.glob("*.mp4"), key=lambda clip: VideoReader(clip).info.width * VideoReader(clip).info.height)
    if not clips:
        return []
    seconds, rows = QUICK_SECONDS if quick else SECONDS, []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        count = round(seconds * VideoReader(clips[-1]).info.fps)
        scene = Scene(clips[-1], folder / "clip.mp4", count, load_audio(media / SPEECH, duration=seconds))
        for busy in (0, BUSY):
            with busy_processes(busy):
                label = f"beside {busy} busy processes" if busy else "calm"
                rows += [_stop_node(scene, node, work, folder, label) for node, work in scene.works().items()]
                rows.append(_stop_command(scene.clip, media, folder, label))
    return rows


@contextmanager
def busy_processes(count: int) -> Iterator[None]:
    """That many processes that do nothing but keep a core busy."""
    running = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


def _stop_node(scene: Scene, node: str, work: Work, folder: Path, label: str) -> dict[str, Any]:
    """One node, run to its end and then stopped at each of :data:`MOMENTS`."""
    begun, whole = time.monotonic(), Button()
    scene.made[node] = work(whole.bar(), folder)
    ended = time.monotonic()
    waits = [_stopped(work, (ended - begun) * moment, folder) for moment in MOMENTS]
    return _row(f"{node}, {label}", max(waits), max(whole.longest, ended - whole.looked))


def _stopped(work: Work, after: float, folder: Path) -> float:
    """Seconds from the press until the node has ended; 0 where it was done before, infinite where a file is left."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        button = Button(after)
        try:
            work(button.bar(), Path(place))
        except Pressed:
            waited = button.since_press()
            return math.inf if list(Path(place).iterdir()) else waited
        return max(button.since_press(), 0.0)


def _stop_command(clip: Path, media: Path, folder: Path, label: str) -> dict[str, Any]:
    """``seamsync lipsync`` of a minute of speech, stopped while it tracks, later, and when it composites."""
    command = [sys.executable, "-c", "import sys; from seamsync.cli import main; sys.exit(main())", "lipsync", "--quiet"]
    command += ["--face", str(clip), "--audio", str(media / SPEECH), "--device", "cpu", "-o"]
    waits = []
    for after in (3.0, 8.0, 25.0):
        with tempfile.TemporaryDirectory(dir=folder) as place:
            running = subprocess.Popen([*command, str(Path(place) / "out.mp4")], stderr=subprocess.DEVNULL)
            time.sleep(after)
            pressed = time.monotonic()
            running.send_signal(signal.SIGTERM)
            running.wait()
            waits.append(math.inf if list(Path(place).iterdir()) else time.monotonic() - pressed)
    return _row(f"seamsync lipsync, signal, {label}", max(waits), 0.0)  # Python itself looks, at every step


def _row(case: str, waited: float, longest: float) -> dict[str, Any]:
    met = max(waited, longest) <= GOAL
    return row(case, waited, longest, "longest time without a look, s", waited / GOAL, f"≤ {GOAL:g} s", met)
