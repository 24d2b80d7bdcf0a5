"""What a node's progress costs: watching and reporting every frame, against decoding and encoding the same frames.

The clock of :class:`~seamsync.nodes.progress.NodeProgress` is set to 25 frames a second. A thumbnail of a Full HD frame is made
for every 25th of them, as on a machine that composites in real time.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from ..media.encode import VideoWriter
from ..media.encode_options import EncodeSettings
from ..media.frame import PlanarFrame, VideoInfo
from ..media.video import VideoReader
from ..nodes.progress import NodeProgress
from . import row

#: Of decoding and encoding, at most.
GOAL = 0.015
FRAMES, QUICK_FRAMES = 250, 75


class _Bar:
    """A bar that shows nothing."""

    def update_absolute(self, value: int, total: int | None = None, preview: Any = None) -> None:
        """Do nothing."""


class _Repeated:
    """A clip of one grey Full HD picture, the cheapest there is to decode and encode."""

    def __init__(self, count: int) -> None:
        self.info = VideoInfo("grey", 1920, 1080, Fraction(25), count)
        self.warnings: list[str] = []
        self._frame = PlanarFrame.blank(1920, 1080, self.info.chroma, self.info.bit_depth, self.info.color)
        for plane in self._frame.planes:
            plane[...] = 128

    def frames(self, order: np.ndarray | None = None) -> Iterator[PlanarFrame]:
        """Yield the picture again and again."""
        for _ in range(self.info.frame_count if order is None else len(order)):
            yield self._frame


def run(media: Path | None, quick: bool) -> list[dict[str, Any]]:
    """Measure processor milliseconds a frame at 1080p."""
    count, repeats = (QUICK_FRAMES, 3) if quick else (FRAMES, 5)
    clip = _Repeated(count)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        pairs = [(_seconds(_report, clip), _seconds(_transcode, clip, path)) for _ in range(repeats)]
    ours, plain = 1000 * np.median(pairs, axis=0) / count
    ratio = float(np.median([mine / other for mine, other in pairs]))
    return [row("1080p, 25 frames/s", ours, plain, "decode and encode, ms a frame", ratio, f"≤ {GOAL}", ratio <= GOAL)]


def _seconds(work: Any, *given: Any) -> float:
    begun = time.process_time()
    work(*given)
    return time.process_time() - begun


def _report(clip: _Repeated) -> None:
    """Watch and report every frame."""
    now = 0.0
    progress = NodeProgress(lambda: None, lambda total: _Bar(), lambda text: None, lambda picture: picture, lambda: now)
    for done, _ in enumerate(progress.watch(clip).frames(), start=1):
        now = done / float(clip.info.fps)
        progress("composite", done, clip.info.frame_count)


def _transcode(clip: _Repeated, path: Path) -> None:
    """Encode every frame, and decode it."""
    with VideoWriter(path, clip.info, settings=EncodeSettings()) as writer:
        for frame in clip.frames():
            writer.write(frame)
    for _ in VideoReader(path).frames():
        pass
