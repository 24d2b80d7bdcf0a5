"""Decode pictures by their place in display order: straight on when possible, by seeking when not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import chain

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet

from ..errors import SeamSyncError
from ..progress import Check, no_check
from .deinterlace import Deinterlacer
from .file_clock import may_jump
from .opening import OpenedVideo
from .packet_index import UNTIMED, Doubt, PacketIndex

Opener = Callable[[], OpenedVideo]

#: A key frame nearer than this is reached by decoding on: a seek discards what the decoder's threads have begun.
_NEAR = 32


def decode_stream(container: InputContainer, stream: av.VideoStream) -> Iterator[av.VideoFrame]:
    """Yield every frame that can be decoded, in display order; skip broken packets."""
    return _decode(stream, _full_packets(container, stream))


def settle_index(opener: Opener, index: PacketIndex, check: Check = no_check) -> PacketIndex:
    """Decode as much as the index leaves in doubt: until the first picture, or all of a file whose times are missing or equal.

    Args:
        opener: opens the file anew, with the video stream to decode.
        index: as read.
        check: called for every picture decoded.

    Returns:
        The index without pictures that cannot be decoded at the beginning, or in the decoder's order.
    """
    if index.doubt is Doubt.NOTHING or index.packets is None:
        return index
    rows: list[int] = []
    with opener() as file:
        stamped = _stamped(_full_packets(file.container, file.stream), np.arange(len(index.packets)))
        for frame in _decode(file.stream, stamped):
            check()
            if frame.pts is not None:
                rows.append(frame.pts)
            if rows and index.doubt is Doubt.HEAD:
                return index.from_row(rows[0])
    return index.in_order(np.array(rows, np.int64)) if rows else index


def first_shown(container: InputContainer, stream: av.VideoStream) -> Fraction | None:
    """Return when the first picture that can be decoded is shown, seconds in the file's own time; None: unknown.

    A broadcast may begin between key frames. The sound of a file counts from there, not from the first time stamp.

    Args:
        container: freshly opened; only its beginning is read.
        stream: the video stream.
    """
    if container.format.name not in UNTIMED and may_jump(container.format.name):
        for frame in decode_stream(container, stream):
            if frame.pts is not None and frame.time_base:
                return frame.pts * frame.time_base
    return None if stream.start_time is None else stream.start_time * Fraction(stream.time_base or 0)


class FrameDecoder:
    """Decode the pictures of one stream in any order, fastest forwards. At most two decoded frames are kept.

    Packets get the place of their picture in place of their time stamp, so that decoded frames tell it. Time stamps need not be
    unique.

    Args:
        opener: opens the file anew, with the video stream to decode.
        index: its packet index.
        missing: places that could not be decoded are added here; the last good picture replaces them.
        check: called for every picture decoded; hundreds may lie between a key frame and the one asked for.
        interlaced: frames are known to be interlaced; the one before a picture is then decoded too, as its fields count.
    """

    def __init__(
        self, opener: Opener, index: PacketIndex, missing: set[int], check: Check = no_check, *, interlaced: bool = False
    ) -> None:
        self._opener = opener
        self._index = index
        self._missing = missing
        self._check = check
        self._places = index.places()
        self._deinterlacer = Deinterlacer(interlaced)
        self._file: OpenedVideo | None = None
        self._pictures: Iterator[tuple[int, av.VideoFrame]] = iter(())
        self._shown: tuple[int, av.VideoFrame] | None = None
        self._ahead: tuple[int, av.VideoFrame] | None = None

    @property
    def interlaced(self) -> bool:
        """Return whether an interlaced frame was met."""
        return self._deinterlacer.found

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def picture(self, place: int) -> av.VideoFrame:
        """Return the picture at ``place``, as decoded. It belongs to the decoder and must not be changed.

        Raises:
            SeamSyncError: no picture of the file can be decoded.
        """
        start = self._index.start_before(max(place - self.interlaced, 0))
        at = -1 if self._shown is None else self._shown[0]
        if self._file is None or place < at or start > at + _NEAR:
            self._start(start)
        self._advance(place)
        if self._shown is None and start > 0:  # nothing decodes from there
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
        """Begin decoding at a key frame, or at the first packet of the file for place 0."""
        assert self._index.rows is not None
        first = int(self._index.rows[place]) if place else 0
        packets = self._sought(first) if place else None
        if packets is None:
            self.close()
            self._file = self._opener()
            packets = _stamped(_full_packets(self._file.container, self._file.stream), self._places, first)
        self._shown = self._ahead = None
        assert self._file is not None
        self._pictures = self._placed(_decode(self._file.stream, packets))

    def _sought(self, first: int) -> Iterator[Packet] | None:
        """Seek; return the packets from row ``first`` on, or None when the seek went too far."""
        packets = self._index.packets
        assert packets is not None
        if self._file is None:
            self._file = self._opener()
        container, stream = self._file.container, self._file.stream
        with suppress(FFmpegError):
            container.seek(packets.seek_time(first), stream=stream, backward=True)
            for packet in (found := _full_packets(container, stream)):
                row = packets.row_of(packet)
                if row is not None:
                    return _stamped(chain([packet], found), self._places, first, row) if row <= first else None
        return None

    def _placed(self, frames: Iterator[av.VideoFrame]) -> Iterator[tuple[int, av.VideoFrame]]:
        for count, frame in enumerate(self._deinterlacer(frames)):
            self._check()
            if self._index.counted:
                yield count, frame
            elif frame.pts is not None:
                yield frame.pts, frame


def _full_packets(container: InputContainer, stream: av.VideoStream) -> Iterator[Packet]:
    """Yield the packets of a stream to the end, or to the first that cannot be read. Empty ones stand for dropped pictures."""
    packets = container.demux(stream)
    with suppress(FFmpegError, StopIteration):
        while True:
            packet = next(packets)
            if packet.size:
                yield packet


def _stamped(packets: Iterator[Packet], places: np.ndarray, first: int = 0, row: int = 0) -> Iterator[Packet]:
    """Yield the packets from row ``first`` on, each with the place of its picture as its time stamp.

    Args:
        packets: in stored order.
        places: int64 ``[R]``, of the picture in each packet; -1: none is shown.
        first: row to begin with; those before are not decoded.
        row: of the first of ``packets``.
    """
    for number, packet in enumerate(packets, row):
        if number >= len(places):
            return
        if number >= first:
            packet.pts = int(places[number]) if places[number] >= 0 else None
            yield packet


def _decode(stream: av.VideoStream, packets: Iterator[Packet]) -> Iterator[av.VideoFrame]:
    """Yield every frame of the packets that can be decoded; skip broken packets."""
    for packet in chain(packets, [None]):
        with suppress(FFmpegError, EOFError):
            yield from stream.codec_context.decode(packet)
