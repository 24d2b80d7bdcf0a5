"""Put the pictures of a file in display order, with their times, from its packets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction

import av
import numpy as np
from av.container import InputContainer

from ..errors import SeamSyncError
from .file_clock import Piece, find_jumps, lay_pieces, may_jump
from .packets import NO_TIME, Packets, read_packets

#: Containers without real presentation times.
UNTIMED = {"avi", "h264", "hevc", "m4v", "mpegvideo", "mjpeg", "rawvideo"}

#: Dropped pictures at the end of an AVI are believed up to so many seconds.
_DROPPED_END = 10


#: A gap of more seconds between pictures is worth a note.
_LONG_PAUSE = 3

#: A presentation time further from its decoding time, in seconds, is faulty.
_REORDERED = 10


class Doubt(Enum):
    """Say what only a decoder can tell about the order of pictures."""

    NOTHING = 0
    HEAD = 1  # whether the first pictures can be decoded
    ORDER = 2  # times are missing or equal


@dataclass(frozen=True, eq=False)
class PacketIndex:
    """Hold the presentation times of a file's pictures, in display order.

    Attributes:
        pts: int64 ``[N]``, in ticks, ascending. Where the file's clock jumps, the pieces follow each other.
        keys: int64 ``[K]``, the places where decoding may start, ascending.
        tick: seconds.
        tail: duration of the last picture in ticks.
        rates: rates named by the container or the codec, the likeliest first.
        counted: the order of packets does not tell the order of pictures; decoding must start at the first, and counts.
        promised: pictures that the container's header announces, 0 when it does not.
        name: of the file, for messages.
        rows: int64 ``[N]``, the packet of each picture.
        packets: all packets, None for an index without a file.
        pieces: stretches between jumps of the file's clock, at least one.
        doubt: what the decoder has to settle, see :func:`~seamsync.media.decode.settle_index`.
        slotted: times count frames of the first rate; dropped pictures leave theirs empty.
    """

    pts: np.ndarray
    keys: np.ndarray
    tick: Fraction
    tail: int
    rates: tuple[Fraction, ...]
    counted: bool
    promised: int
    name: str = "the clip"
    rows: np.ndarray | None = None
    packets: Packets | None = None
    pieces: tuple[Piece, ...] = ()
    doubt: Doubt = Doubt.NOTHING
    slotted: bool = False

    def __len__(self) -> int:
        return len(self.pts)

    def start_before(self, place: int) -> int:
        """Return the nearest picture at or before ``place`` where decoding may start."""
        if self.counted:
            return 0
        before = int(np.searchsorted(self.keys, place, side="right"))
        return int(self.keys[before - 1]) if before else 0

    def places(self) -> np.ndarray:
        """Return the place of each packet's picture, int64 ``[R]``; -1: none."""
        assert self.packets is not None
        assert self.rows is not None
        made = np.full(len(self.packets), -1, np.int64)
        made[self.rows] = np.arange(len(self.rows))
        return made

    def notes(self) -> list[str]:
        """Return what is unusual about the times and how it is met, in words for the user."""
        notes: list[str] = []
        if len(self.pieces) > 1:
            before, after = self.pieces[:2]
            times = "once" if len(self.pieces) == 2 else f"{len(self.pieces) - 1} times"
            notes.append(
                f"the clock of {self.name} jumps {times}, first {float(before.end - self.first_time):.2f} s into the clip "
                f"(from {float(before.end):.2f} to {float(after.begin):.2f} s); its parts follow each other without a gap"
            )
        gaps = np.diff(self.pts) * float(self.tick)
        if len(gaps) and gaps.max() > max(_LONG_PAUSE, 10 * np.median(gaps)):
            at = int(gaps.argmax())
            when = (int(self.pts[at]) - int(self.pts[0])) * float(self.tick)
            notes.append(
                f"{self.name} has no picture for {gaps[at]:.1f} s, from {when:.2f} s on; the last one is shown meanwhile"
            )
        return notes

    @property
    def first_time(self) -> Fraction:
        """Return when the first picture is shown in the file's own time, seconds."""
        return Fraction(0) if self.slotted else int(self.pts[0]) * self.tick

    def from_row(self, row: int) -> PacketIndex:
        """Return the index without the pictures before that of packet ``row``."""
        assert self.rows is not None
        first = max(int(self.places()[row]), 0)
        keys = self.keys[self.keys >= first] - first
        return replace(self, pts=self.pts[first:], rows=self.rows[first:], keys=keys, doubt=Doubt.NOTHING)

    def in_order(self, rows: np.ndarray) -> PacketIndex:
        """Return the index of the pictures that the decoder makes, in its order.

        Times that are missing, or not later than those before them, are interpolated.

        Args:
            rows: int64 ``[N]``, the packet of each picture.
        """
        assert self.packets is not None
        assert self.rows is not None
        times = np.full(len(self.packets), NO_TIME, np.int64)
        times[self.rows] = self.pts
        times[self.packets.pts == NO_TIME] = NO_TIME
        stamps = times[rows]
        before = np.maximum.accumulate(np.concatenate([[NO_TIME], stamps[:-1]]))
        sure = np.flatnonzero(stamps > before)
        if not len(sure):
            return replace(self, doubt=Doubt.NOTHING)
        step = float(1 / ((self.rates or (Fraction(25),))[0] * self.tick))
        if len(sure) > 1:
            step = float(np.median(np.diff(stamps[sure]) / np.diff(sure)))
        places = np.arange(len(rows))
        pts = np.interp(places, sure, stamps[sure])
        pts += step * (np.minimum(places - sure[0], 0) + np.maximum(places - sure[-1], 0))
        keys = np.flatnonzero(self.packets.keys[rows])
        tail = self.tail if len(sure) > 1 else max(1, round(step))
        return replace(self, pts=np.rint(pts).astype(np.int64), tail=tail, rows=rows, keys=keys, doubt=Doubt.NOTHING)


def read_index(container: InputContainer, stream: av.VideoStream, name: str = "the clip") -> PacketIndex:
    """Demux the stream once. Pictures that the file marks as hidden (edit lists) are left out.

    Args:
        container: freshly opened; it is read to its end.
        stream: the video stream.
        name: of the file, for messages.

    Raises:
        SeamSyncError: no pictures at all.
    """
    promised = _promised(stream)
    packets = read_packets(container, stream)
    if not len(packets) or packets.hidden.all():
        raise SeamSyncError(f"{name} holds no video frames; export it again or choose another file")
    if container.format.name in UNTIMED or (packets.pts == NO_TIME).all():
        return _slot_index(packets, stream, name)
    return _timed_index(packets, stream, container.format.name, promised, name)


def _slot_index(packets: Packets, stream: av.VideoStream, name: str) -> PacketIndex:
    """Index a file whose packets have no presentation times: each takes the next slot, those dropped leave theirs empty."""
    codec = stream.codec_context.framerate
    rates = tuple(Fraction(r) for r in (stream.average_rate, stream.guessed_rate, codec) if r) or (Fraction(25),)
    count = len(packets)
    reorders = bool(stream.codec_context.codec.reorder)
    order = np.arange(count)
    if (packets.dts != NO_TIME).all() and (np.diff(packets.dts) > 0).all():
        tick, slots = Fraction(stream.time_base or 1 / rates[0]), packets.dts - packets.dts[0]
        rest = int(stream.duration or 0) - int(slots[-1])
        tail = rest if 0 < rest * tick < _DROPPED_END else max(int(packets.durations[-1]), 1)
    else:
        rates = tuple(Fraction(r) for r in (codec, stream.guessed_rate, stream.average_rate) if r) or rates
        tick, slots, tail = 1 / rates[0], order, 1
    keys = np.zeros(1, np.int64) if reorders else np.flatnonzero(packets.keys)
    piece = Piece(Fraction(0), int(slots[-1] + tail) * tick, Fraction(0))
    return PacketIndex(slots, keys, tick, tail, rates, reorders, 0, name, order, packets, (piece,), slotted=True)


def _timed_index(packets: Packets, stream: av.VideoStream, container: str, promised: int, name: str) -> PacketIndex:
    tick = Fraction(stream.time_base or Fraction(1, 1000))
    jumps, faulty = find_jumps(packets, tick, container)
    stamps = packets.pts.copy()
    stamps[faulty] = NO_TIME
    stamps[(packets.dts != NO_TIME) & (np.abs(stamps - packets.dts) * float(tick) > _REORDERED)] = NO_TIME
    packets = replace(packets, pts=stamps)
    guessed = np.where(stamps == NO_TIME, packets.dts, stamps)
    times, pieces = lay_pieces(packets, guessed, jumps)
    shown = np.flatnonzero(~packets.hidden)
    rows = shown[np.argsort(times[shown], kind="stable")]
    pts = times[rows]
    tail = int(packets.durations[rows[-1]]) or (int(np.median(np.diff(pts))) if len(pts) > 1 else 1)
    if packets.end != NO_TIME and not len(jumps):
        tail = max(tail, packets.end - int(pts[-1]))
    rates = (stream.average_rate, stream.guessed_rate, stream.base_rate, stream.codec_context.framerate)
    return PacketIndex(
        pts,
        np.flatnonzero(packets.keys[rows]),
        tick,
        tail,
        tuple(Fraction(rate) for rate in rates if rate),
        False,
        promised,
        name,
        rows,
        packets,
        tuple(Piece(begin * tick, end * tick, shift * tick) for begin, end, shift in pieces),
        _doubt(packets, pts, times, cut_anywhere=may_jump(container)),
    )


def _doubt(packets: Packets, pts: np.ndarray, times: np.ndarray, *, cut_anywhere: bool) -> Doubt:
    """Say what cannot be known without decoding. Only a broadcast begins between key frames; elsewhere that is damage."""
    if (packets.pts[~packets.hidden] == NO_TIME).any() or (np.diff(pts) == 0).any():
        return Doubt.ORDER
    keys = np.flatnonzero(packets.keys)
    key = int(keys[0]) if len(keys) else 0
    leads = (times[key:] < times[key]) & ~packets.hidden[key:]
    return Doubt.HEAD if (key > 0 and cut_anywhere) or leads.any() else Doubt.NOTHING


def _promised(stream: av.VideoStream) -> int:
    """Return how many pictures the file's header announces and its edit list shows; 0 when it does not say."""
    if not stream.frames:
        return 0
    entries = getattr(stream, "index_entries", None)  # PyAV 17 and later
    return sum(not entry.is_discard for entry in entries) if entries else int(stream.frames)
