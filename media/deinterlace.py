"""Make whole pictures of interlaced frames: one picture a frame, in the order of its fields."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction

import av
from av.filter import Graph

#: FFmpeg's motion-adaptive filter: one picture a frame, each frame's own field order, frames flagged progressive untouched.
_FILTER = ("bwdif", "mode=send_frame:parity=auto:deint=interlaced")


class Deinterlacer:
    """Filter decoded frames from the first interlaced one on; a clip without any passes through untouched.

    The filter looks at the frame before and the frame after; the first is made of its own fields alone.

    Args:
        found: it is known that there are interlaced frames.

    Attributes:
        found: an interlaced frame was met, or is known of.
    """

    def __init__(self, found: bool = False) -> None:
        self.found = found

    def __call__(self, frames: Iterator[av.VideoFrame]) -> Iterator[av.VideoFrame]:
        """Yield as many frames as are given, with their time stamps.

        Args:
            frames: in display order. They must not be changed afterwards.
        """
        filters = None
        for frame in frames:
            if filters is not None and not filters.fits(frame):  # the stream changes its size half way
                yield from filters.push(None)
                filters = None
            if filters is None and frame.interlaced_frame:
                self.found = True
                filters = _Filters(frame)
            if filters is None:
                yield frame
            else:
                yield from filters.push(frame)
        if filters is not None:
            yield from filters.push(None)


class _Filters:
    """Run FFmpeg's filter over frames of one size and format."""

    def __init__(self, frame: av.VideoFrame) -> None:
        self._kind = _kind(frame)
        self._waiting: deque[av.VideoFrame] = deque()
        self._graph = Graph()
        source = self._graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 1000)
        )
        self._graph.link_nodes(source, self._graph.add(*_FILTER), self._graph.add("buffersink"))
        self._graph.configure()

    def fits(self, frame: av.VideoFrame) -> bool:
        """Return whether the frame has the size and format of the first."""
        return _kind(frame) == self._kind

    def push(self, frame: av.VideoFrame | None) -> Iterator[av.VideoFrame]:
        """Take a frame, or None at the end, and yield what is ready."""
        if frame is not None:
            self._waiting.append(frame)
        self._graph.push(frame)
        with suppress(BlockingIOError, EOFError):
            while True:
                picture = self._graph.vpull()
                yield _like(self._waiting.popleft(), picture)


def _like(source: av.VideoFrame, picture: av.VideoFrame) -> av.VideoFrame:
    """Return the picture with the time stamp and tags of its frame; a filter graph that converts formats forgets the tags."""
    picture.pts = source.pts
    if not picture.format.is_rgb:
        picture.colorspace, picture.color_range = source.colorspace, source.color_range
    return picture


def _kind(frame: av.VideoFrame) -> tuple[int, int, str]:
    return frame.width, frame.height, frame.format.name
