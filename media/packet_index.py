"""Read presentation times from a file's packets without decoding, and make the constant-rate sequence of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError

from ..errors import SeamSyncError, check_range

#: Rates that a variable-rate clip is resampled to: when its pictures lie on one's grid, or their average is near one.
STANDARD_RATES = tuple(Fraction(text) for text in ("24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60"))
_NEAR = 0.08
_OFF_GRID = 0.2

#: Start and duration are taken to a ten-thousandth of a second, so that k / fps given as a float is met exactly.
_TIME_GRID = 10**4

#: Containers without real presentation times: pictures are counted instead.
_UNTIMED = {"avi", "h264", "hevc", "m4v", "mpegvideo", "mjpeg", "rawvideo"}


@dataclass(frozen=True, eq=False)
class PacketIndex:
    """Hold the presentation times of a file's pictures, in display order.

    Attributes:
        pts: int64 ``[N]``, in ticks, ascending.
        keys: int64 ``[K]``, the places where decoding may start, ascending.
        tick: seconds.
        tail: duration of the last picture in ticks.
        rates: rates named by the container, the likeliest first.
        counted: no usable times in the file; ``pts`` counts pictures, and decoding must start at the first.
        promised: pictures that the container's header announces, 0 when it does not.
        name: of the file, for messages.
    """

    pts: np.ndarray
    keys: np.ndarray
    tick: Fraction
    tail: int
    rates: tuple[Fraction, ...]
    counted: bool
    promised: int
    name: str = "the clip"

    def __len__(self) -> int:
        return len(self.pts)

    def place(self, pts: int) -> int:
        """Return the place of the picture shown at ``pts``: the latest that is not later."""
        return max(int(np.searchsorted(self.pts, pts, side="right")) - 1, 0)

    def start_before(self, place: int) -> int:
        """Return the nearest picture at or before ``place`` where decoding may start."""
        if self.counted:
            return 0
        before = int(np.searchsorted(self.keys, place, side="right"))
        return int(self.keys[before - 1]) if before else 0


@dataclass(frozen=True, eq=False)
class Timeline:
    """Hold a constant-rate sequence: output k is shown at k / fps.

    Attributes:
        fps: frames a second.
        places: int64 ``[T]``, the picture each output frame shows.
        variable: the file's own times were not constant.
    """

    fps: Fraction
    places: np.ndarray
    variable: bool


def read_index(container: InputContainer, stream: av.VideoStream, name: str = "the clip") -> PacketIndex:
    """Demux the stream once. Pictures that the file marks as hidden (edit lists) are left out.

    Args:
        container: freshly opened; it is read to its end.
        stream: the video stream.
        name: of the file, for messages.

    Raises:
        SeamSyncError: no pictures at all.
    """
    rows: list[tuple[int | None, bool, int]] = []
    discarded = 0
    try:
        for packet in container.demux(stream):
            if packet.size and packet.is_discard:
                discarded += 1
            elif packet.size:
                rows.append((packet.pts, packet.is_keyframe, packet.duration or 0))
    except FFmpegError:
        pass  # the rest of the file cannot be read; the caller compares the count with what the header promised
    if not rows:
        raise SeamSyncError(f"{name} holds no video frames; export it again or choose another file")
    counted = container.format.name in _UNTIMED or any(pts is None for pts, _, _ in rows)
    rates = tuple(Fraction(r) for r in (stream.average_rate, stream.guessed_rate, stream.base_rate) if r)
    promised = max(int(stream.frames) - discarded, 0)
    if counted:
        rate = rates[0] if rates else Fraction(25)
        return PacketIndex(np.arange(len(rows)), np.zeros(1, np.int64), 1 / rate, 1, (rate,), True, promised, name)
    pts, first = np.unique(np.array([row[0] for row in rows], np.int64), return_index=True)
    keys = np.flatnonzero([rows[i][1] for i in first])
    tail = rows[first[-1]][2] or (int(np.median(np.diff(pts))) if len(pts) > 1 else 1)
    return PacketIndex(pts, keys, Fraction(stream.time_base or Fraction(1, 1000)), tail, rates, False, promised, name)


def make_timeline(
    index: PacketIndex,
    *,
    fps: Fraction | None = None,
    start: float = 0.0,
    duration: float | None = None,
) -> Timeline:
    """Return the constant-rate sequence of a clip. Output k shows the latest picture whose time rounds to k or before.

    Args:
        index: of the file.
        fps: rate of the sequence; None: the file's own. For a variable rate: the standard rate on whose grid the pictures
            lie, else the one nearest to their average.
        start: seconds after the first picture.
        duration: seconds, None: to the end.

    Raises:
        SeamSyncError: the start lies past the end, or the length is not positive.
    """
    own = constant_rate(index)
    rate = fps or own or grid_rate(index) or nearest_rate(_average_rate(index))
    check_range("fps", float(rate), 0.01, 1000, "frames/s")
    times = index.pts - index.pts[0]
    length = (int(times[-1]) + index.tail) * index.tick if own is None else len(index) / own
    begin = Fraction(start).limit_denominator(_TIME_GRID) if math.isfinite(start) else Fraction(-1)
    if not 0 <= begin < length:
        raise SeamSyncError(f"start must be 0…{float(length):.3f} s, the length of the clip, got {start:g}")
    if duration is not None and not 0 < duration < math.inf:
        raise SeamSyncError(f"duration must be more than 0 s, got {duration:g}; leave it out to go to the end")
    rest = length - begin
    wanted = rest if duration is None else min(rest, Fraction(duration).limit_denominator(_TIME_GRID))
    steps = np.arange(max(1, round(wanted * rate)))
    per_second = own or 1 / index.tick
    ends = _ceil_line(per_second * (begin + 1 / (2 * rate)), per_second / rate, steps) - 1
    positions = np.arange(len(index)) if own else times
    places = np.searchsorted(positions, ends, side="right") - 1
    return Timeline(rate, np.clip(places, 0, len(index) - 1).astype(np.int64), own is None)


def constant_rate(index: PacketIndex) -> Fraction | None:
    """Return the rate that puts every picture k within a tick (and a fifth of a frame) of k / rate, if there is one."""
    times = index.pts - index.pts[0]
    if len(index) == 1:
        return index.rates[0] if index.rates else Fraction(25)
    plain = (rate for rate in index.rates if rate.denominator in (1, 1001))
    for rate in (*plain, *STANDARD_RATES, *index.rates):
        step = float(1 / (rate * index.tick))
        if np.abs(times - np.arange(len(index)) * step).max() <= min(1.001, _OFF_GRID * step):
            return rate
    return None


def grid_rate(index: PacketIndex) -> Fraction | None:
    """Return the lowest standard rate on whose grid every picture lies, if there is one: a camera that dropped frames.

    A coarse clock cannot distinguish 30 and 30000/1001. There the container's rate decides, then the better fit.
    """
    times = index.pts - index.pts[0]
    fitting: list[tuple[int, bool, float, Fraction]] = []
    for rate in STANDARD_RATES:
        step = float(1 / (rate * index.tick))
        off = float(np.abs(times - np.round(times / step) * step).max())
        if off <= min(1.001, _OFF_GRID * step):
            fitting.append((round(rate), rate not in index.rates, off, rate))
    return min(fitting)[-1] if fitting else None


def nearest_rate(average: Fraction) -> Fraction:
    """Return the standard rate within 8 % of an average, else the average itself with a denominator up to 1001."""
    nearest = min(STANDARD_RATES, key=lambda rate: abs(rate - average))
    return nearest if abs(nearest - average) <= _NEAR * nearest else average.limit_denominator(1001)


def _average_rate(index: PacketIndex) -> Fraction:
    span = (int(index.pts[-1] - index.pts[0]) + index.tail) * index.tick
    return len(index) / span


def _ceil_line(offset: Fraction, slope: Fraction, steps: np.ndarray) -> np.ndarray:
    """Return ``⌈offset + slope · steps⌉`` in integers, exact at any length."""
    shared = math.lcm(offset.denominator, slope.denominator)
    return -(-(int(offset * shared) + int(slope * shared) * steps) // shared)


def parse_rate(text: str) -> Fraction:
    """Parse a frame rate as people write it: ``25``, ``30000/1001``, ``29.97`` (read as 30000/1001).

    Raises:
        SeamSyncError: not a number, or not between 1 and 1000.
    """
    try:
        rate = Fraction(text.strip())
    except (ValueError, ZeroDivisionError) as error:
        raise SeamSyncError(f"frame rate must be a number such as 25, 29.97 or 30000/1001, got {text!r}") from error
    check_range("frame rate", float(rate), 1, 1000, "frames/s")
    broadcast = min(STANDARD_RATES, key=lambda known: abs(known - rate))
    return broadcast if abs(broadcast - rate) < Fraction(1, 200) else rate
