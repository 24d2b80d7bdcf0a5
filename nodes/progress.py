"""Show a node's progress: bar, rate, time left, a thumbnail of the current frame; and check the stop button."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import numpy as np

from ..media.frame import PlanarFrame, VideoInfo
from ..media.thumbnail import patch_thumbnail, thumbnail
from ..media.video import FrameSource

#: Seconds between updates of the bar, and of text and thumbnail.
_BAR_EVERY, _LOOK_EVERY = 0.1, 1.0
#: Longer side of a thumbnail, pixels.
SIDE = 256


class Bar(Protocol):
    """Define the host's progress bar."""

    def update_absolute(self, value: int, total: int | None = None, preview: Any = None) -> None:
        """Move it, and show a picture."""
        ...


@dataclass(eq=False)
class NodeProgress:
    """Report the :data:`~seamsync.progress.Progress` of a running node.

    It is cheap enough to be called for every frame. The bar moves ten times a second. Rate, time left and a thumbnail are shown
    once a second, and not for a node that is done within a second.

    Attributes:
        stop: raises the host's own exception when the user pressed stop.
        new_bar: makes a bar for so many steps; one for each stage.
        show_text: shows a line of text on the node.
        picture: converts a thumbnail uint8 ``[h,w,3]`` for the bar.
        clock: returns seconds.
    """

    stop: Callable[[], None]
    new_bar: Callable[[int], Bar]
    show_text: Callable[[str], None]
    picture: Callable[[np.ndarray], Any]
    clock: Callable[[], float] = time.monotonic
    _stage: str | None = field(default=None, init=False)
    _bar: Bar | None = field(default=None, init=False)
    _begun: float = field(default=0.0, init=False)
    _moved: float = field(default=0.0, init=False)
    _looked: float = field(default=0.0, init=False)
    _told: bool = field(default=False, init=False)
    _said: tuple[str, int, int] | None = field(default=None, init=False)
    _newest: Callable[[], np.ndarray] | None = field(default=None, init=False)

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Report that ``done`` of ``total`` frames of a stage are done, or stop. A repeated report only checks for a stop."""
        self.stop()
        if (stage, done, total) == self._said:
            return
        self._said = stage, done, total
        now = self.clock()
        if stage != self._stage or self._bar is None:
            self._stage, self._bar, self._begun = stage, self.new_bar(total), now
            self._looked, self._moved = now, -math.inf
        last = done >= total
        if now - self._looked >= _LOOK_EVERY or (last and self._told):
            self._looked, self._moved = now, now
            self._bar.update_absolute(done, total, self._thumbnail())
            self.show_text(words(stage, done, total, now - self._begun))
            self._told = True
        elif last or now - self._moved >= _BAR_EVERY:
            self._moved = now
            self._bar.update_absolute(done, total)

    def watch(self, source: FrameSource) -> FrameSource:
        """Return the same clip; its frames become thumbnails at the next report, and reading them checks for a stop."""
        return _Watched(source, self._see)

    def show(self, patch: np.ndarray) -> None:
        """Take the newest mouth, uint8 RGB ``[3,h,w]``, as the thumbnail of the next report."""
        self._newest = partial(patch_thumbnail, patch, SIDE)

    def replace_thumbnail(self, picture: np.ndarray) -> None:
        """Replace the last thumbnail by a picture uint8 RGB ``[h,w,3]``; nothing where no thumbnail was shown.

        Nodes 2.0 goes on showing the last thumbnail beside the node's output.
        """
        if self._told and self._bar is not None and self._said is not None:
            self._bar.update_absolute(*self._said[1:], self.picture(picture))

    def _see(self, frame: PlanarFrame) -> None:
        self.stop()
        self._newest = partial(thumbnail, frame, SIDE)

    def _thumbnail(self) -> Any:
        newest, self._newest = self._newest, None
        return None if newest is None else self.picture(newest())


def words(stage: str, done: int, total: int, seconds: float) -> str:
    """Return a line as ``composite: 48 of 240 frames, 23.1 a second, 0:08 left``."""
    rate = done / seconds if seconds > 0 else 0.0
    pace = f", {rate:.1f} a second" if rate else ""
    if done >= total:
        return f"{stage}: {total} frames in {_minutes(seconds)}{pace}"
    left = f", {_minutes((total - done) / rate)} left" if rate else ""
    return f"{stage}: {done} of {total} frames{pace}{left}"


def _minutes(seconds: float) -> str:
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


class _Watched:
    """Show each frame that a clip yields."""

    def __init__(self, source: FrameSource, see: Callable[[PlanarFrame], None]) -> None:
        self._source, self._see = source, see

    @property
    def info(self) -> VideoInfo:
        """Return the clip's."""
        return self._source.info

    @property
    def warnings(self) -> list[str]:
        """Return the clip's."""
        return self._source.warnings

    def frames(self, order: np.ndarray | None = None) -> Iterator[PlanarFrame]:
        """Yield the clip's."""
        for frame in self._source.frames(order):
            self._see(frame)
            yield frame
