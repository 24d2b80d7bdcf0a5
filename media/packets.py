"""Read the packets of a video stream, without decoding, into arrays."""

from __future__ import annotations

from dataclasses import dataclass

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet

#: Stands for a time stamp that a packet does not have.
NO_TIME = int(np.iinfo(np.int64).min)


@dataclass(frozen=True, eq=False)
class Packets:
    """Hold the packets of a video stream in stored order. Empty packets (dropped pictures) are left out.

    Attributes:
        pts: int64 ``[R]``, presentation times in ticks, ``NO_TIME`` where there is none.
        dts: int64 ``[R]``, decoding times, likewise.
        durations: int64 ``[R]``, in ticks, 0 where unknown.
        positions: int64 ``[R]``, bytes from the start of the file, -1 where unknown.
        sizes: int64 ``[R]``, bytes.
        keys: bool ``[R]``, decoding may start here.
        hidden: bool ``[R]``, decoded but not shown (edit lists).
        silent: float64 ``[R]``, the longest step of the clock in seconds since the packet before, from any packet of picture or
            sound to the next.
        end: the latest end of an empty packet in ticks, ``NO_TIME`` when there is none.
    """

    pts: np.ndarray
    dts: np.ndarray
    durations: np.ndarray
    positions: np.ndarray
    sizes: np.ndarray
    keys: np.ndarray
    hidden: np.ndarray
    silent: np.ndarray
    end: int

    def __len__(self) -> int:
        return len(self.pts)

    def seek_time(self, row: int) -> int:
        """Return the time to seek to, in ticks, so as to land at or before a packet."""
        times = [int(stamps[row]) for stamps in (self.pts, self.dts) if stamps[row] != NO_TIME]
        return min(times, default=0)

    def row_of(self, packet: Packet) -> int | None:
        """Return the row of a packet read after a seek; None: it is none of these, or has no place of its own.

        Position and time alone do not tell: the first packet of an MPEG-PS after a seek may be the end of another.
        """
        if packet.pos is None or packet.pos < 0:
            return None
        rows = np.flatnonzero((self.positions == packet.pos) & (self.sizes == packet.size))
        rows = rows[self.pts[rows] == (NO_TIME if packet.pts is None else packet.pts)]
        return int(rows[0]) if len(rows) == 1 else None


def read_packets(container: InputContainer, stream: av.VideoStream) -> Packets:
    """Read a freshly opened file to its end, or to the first error.

    Packets of sound are read too: they tell whether the clock really ran while there was no picture.
    """
    rows: list[tuple[int, int, int, int, int, bool, bool, float]] = []
    watch, end = _Watch(), NO_TIME
    try:
        for packet in container.demux(stream, *container.streams.audio):
            stamp = packet.dts if packet.dts is not None else packet.pts
            if stamp is not None and packet.time_base:
                watch.see(stamp * packet.time_base.numerator / packet.time_base.denominator)
            if packet.stream_index != stream.index:
                continue
            if packet.size:
                rows.append((*_times(packet), *_bytes(packet), *_marks(packet), watch.step))
                watch.step = 0.0
            elif stamp is not None:
                end = max(end, stamp + (packet.duration or 0))
    except FFmpegError:
        pass  # the rest of the file cannot be read; the caller compares the count with what the header promised
    pts, dts, durations, positions, sizes, keys, hidden, silent = zip(*rows, strict=True) if rows else [()] * 8
    return Packets(
        np.array(pts, np.int64),
        np.array(dts, np.int64),
        np.array(durations, np.int64),
        np.array(positions, np.int64),
        np.array(sizes, np.int64),
        np.array(keys, bool),
        np.array(hidden, bool),
        np.array(silent, np.float64),
        end,
    )


class _Watch:
    """Keep the longest step of a file's clock."""

    def __init__(self) -> None:
        self._last: float | None = None
        self.step = 0.0

    def see(self, seconds: float) -> None:
        """Take the time of the next packet."""
        if self._last is not None:
            self.step = max(self.step, seconds - self._last)
        self._last = seconds


def _times(packet: Packet) -> tuple[int, int, int]:
    pts = NO_TIME if packet.pts is None else packet.pts
    dts = NO_TIME if packet.dts is None else packet.dts
    return pts, dts, packet.duration or 0


def _bytes(packet: Packet) -> tuple[int, int]:
    return -1 if packet.pos is None else packet.pos, packet.size


def _marks(packet: Packet) -> tuple[bool, bool]:
    return packet.is_keyframe, packet.is_discard
