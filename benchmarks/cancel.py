"""How long the stop button takes: from the press until the node has ended and cleaned up, for every long node.

Each node runs once to its end, during which the longest time between two looks at the button is measured: a press waits no
longer than that. Then it is stopped early, in the middle and near its end, and what it leaves behind is looked for. All of it
on a machine without other work, and beside busy processes. The command is stopped by a signal, as by Ctrl-C.
"""

from __future__ import annotations

import math
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ..errors import SeamSyncError
from ..media.audio import load_audio
from ..media.video import VideoReader
from ..nodes.progress import NodeProgress
from . import row
from .cancel_nodes import Scene, Work

#: Seconds of the clip, and processes that keep a core busy each.
SECONDS, QUICK_SECONDS, BUSY = 20.0, 2.0, 4
#: Shares of a node's time after which it is stopped, and seconds after which the command is.
MOMENTS, COMMAND_MOMENTS = (0.03, 0.5, 0.93), (3.0, 8.0, 25.0)
GOAL = 1.0
SPEECH = "english_60s.wav"
_NO_BAR: Any = SimpleNamespace(update_absolute=lambda value, total=None, preview=None: None)  # a bar


class Pressed(BaseException):
    """The button was; not an ``Exception``, as the host's is none."""


class Button:
    """The host's stop button, pressed ``after`` seconds; ``longest`` is the longest time between two looks at it."""

    def __init__(self, after: float = math.inf) -> None:
        self._looked = time.monotonic()
        self._press, self.longest = self._looked + after, 0.0

    def look(self) -> None:
        """What a node calls: raises once the button is pressed."""
        now = time.monotonic()
        self.longest, self._looked = max(self.longest, now - self._looked), now
        if now >= self._press:
            raise Pressed

    def since_press(self) -> float:
        """Seconds since the press, 0 before it."""
        return max(time.monotonic() - self._press, 0.0)

    def bar(self) -> NodeProgress:
        """The progress of a node that has this button."""
        return NodeProgress(self.look, lambda total: _NO_BAR, lambda words: None, lambda picture: picture)


def run(media: Path | None, quick: bool) -> list[dict[str, Any]]:
    """A row a node and machine: seconds from press to end, the longest of the moments; beside it the longest time unlooked.

    Raises:
        SeamSyncError: no real clips, or a stopped job has left a file.
    """
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
            with _busy_processes(busy):
                label = f"beside {busy} busy processes" if busy else "no other work"
                rows += [_stop_node(scene, node, work, folder, label) for node, work in scene.works().items()]
                rows.append(_stop_command(scene.clip, media, folder, label))
    return rows


@contextmanager
def _busy_processes(count: int) -> Generator[None, None, None]:
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
    whole.look()  # a node that ends without a look has not looked since its last
    took = time.monotonic() - begun
    return _row(f"{node}, {label}", [_stopped(node, work, took * moment, folder) for moment in MOMENTS], whole.longest)


def _stopped(node: str, work: Work, after: float, folder: Path) -> float:
    """Seconds from the press until the node has ended, 0 where it was done before."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        button = Button(after)
        try:
            work(button.bar(), Path(place))
        except Pressed:
            _check_clean(node, Path(place))
        return button.since_press()


def _stop_command(clip: Path, media: Path, folder: Path, label: str) -> dict[str, Any]:
    """``seamsync lipsync`` of a minute of speech, stopped while it starts, tracks and goes on."""
    command = [sys.executable, "-m", "seamsync.cli", "lipsync", "--quiet", "--face", str(clip), "--audio", str(media / SPEECH)]
    waits = []
    for after in COMMAND_MOMENTS:
        with tempfile.TemporaryDirectory(dir=folder) as place:
            running = subprocess.Popen([*command, "-o", str(Path(place) / "out.mp4")], stderr=subprocess.DEVNULL)
            time.sleep(after)
            pressed = time.monotonic()
            running.send_signal(signal.SIGTERM)
            running.wait()
            waits.append(time.monotonic() - pressed)
            _check_clean("the command", Path(place))
    return _row(f"seamsync lipsync, signal, {label}", waits, 0.0)  # Python itself looks, at every step


def _check_clean(what: str, place: Path) -> None:
    if left := [path.name for path in place.iterdir()]:
        raise SeamSyncError(f"{what} was stopped and has left {', '.join(left)}; nothing may be left")


def _row(case: str, waits: list[float], longest: float) -> dict[str, Any]:
    met = max(*waits, longest) <= GOAL
    return row(case, max(waits), longest, "longest time without a look, s", max(waits) / GOAL, f"≤ {GOAL:g} s", met)
