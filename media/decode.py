"""Decode pictures by their place in display order: straight on when possible, by seeking when not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

import av
from av.container import InputContainer
from av.error import FFmpegError

from ..errors import SeamSyncError
from ..progress import Check, no_check
from .packet_index import PacketIndex

Opener = Callable[[], InputContainer]

#: A key frame nearer than this is reached by decoding on: a seek discards what the decoder's threads have begun.
_NEAR = 32


def decode_stream(container: InputContainer, stream: av.VideoStream) -> Iterator[av.VideoFrame]:
    """Yield every frame that can be decoded, in display order; skip broken packets."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except FFmpegError:
            packet = None  # the file ends inside a packet
        with suppress(FFmpegError, EOFError):
            yield from stream.codec_context.decode(packet if packet and packet.size else None)
        if packet is None or not packet.size:
            return


class FrameDecoder:
    """Decode the pictures of one stream in any order, fastest forwards. At most two decoded frames are kept.

    Args:
        opener: opens the file anew.
        index: its packet index.
        missing: places that could not be decoded are added here; the last good picture replaces them.
        check: called for every picture decoded; hundreds may lie between a key frame and the one asked for.
    """

    def __init__(self, opener: Opener, index: PacketIndex, missing: set[int], check: Check = no_check) -> None:
        self._opener = opener
        self._index = index
        self._missing = missing
        self._check = check
        self._container: InputContainer | None = None
        self._pictures: Iterator[tuple[int, av.VideoFrame]] = iter(())
        self._shown: tuple[int, av.VideoFrame] | None = None
        self._ahead: tuple[int, av.VideoFrame] | None = None

    def close(self) -> None:
        """Close the file."""
        if self._container is not None:
            self._container.close()
            self._container = None

    def picture(self, place: int) -> av.VideoFrame:
        """Return the picture at ``place``, as decoded. It belongs to the decoder and must not be changed.

        Raises:
            SeamSyncError: no picture of the file can be decoded.
        """
        start = self._index.start_before(place)
        at = -1 if self._shown is None else self._shown[0]
        if self._container is None or place < at or start > at + _NEAR:
            self._start(start)
        self._advance(place)
        if self._shown is None and start > 0:  # the seek went too far, or nothing decodes from there
            self._start(0)
            self._advance(place)
        shown = self._shown or self._ahead
        if shown is None:
            raise SeamSyncError(f"no frame of {self._index.name} can be decoded; the file is damaged, export it again")
        if shown[0] != place:
            self._missing.add(place)
        return shown[1]

    def _advance(self, place: int) -> None:
        while self._shown is None or self._shown[0] < place:
            if self._ahead is None:
                self._ahead = next(self._pictures, None)
            if self._ahead is None or self._ahead[0] > place:
                return
            self._shown, self._ahead = self._ahead, None

    def _start(self, place: int) -> None:
        """Begin decoding at a key frame."""
        if self._container is None or place == 0:
            self.close()
            self._container = self._opener()
        stream = self._container.streams.video[0]
        if place > 0:
            self._container.seek(int(self._index.pts[place]), stream=stream, backward=True)
        self._shown = self._ahead = None
        self._pictures = self._placed(decode_stream(self._container, stream))

    def _placed(self, frames: Iterator[av.VideoFrame]) -> Iterator[tuple[int, av.VideoFrame]]:
        for count, frame in enumerate(frames):
            self._check()
            if self._index.counted:
                yield count, frame
            elif frame.pts is not None:
                yield self._index.place(frame.pts), frame
