"""Choose a clip's frame rate, and make the sequence of constant rate from the times of its pictures."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ..errors import SeamSyncError, check_range
from .packet_index import PacketIndex

#: Rates that a variable-rate clip is resampled to: when its pictures lie on one's grid, or their average is near one.
STANDARD_RATES = tuple(Fraction(text) for text in ("24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60"))
_NEAR = 0.08
_OFF_GRID = 0.2

#: Pictures are near a rate's grid when in nine of ten windows of so many pictures the mean resultant length of their phases
#: reaches this: 0.4 for a rate that the file names (evenly spread by ±0.3 of a frame), more for a rate that is only tried.
_WINDOW = 48
_ENOUGH = 24
_NAMED, _TRIED = 0.4, 0.6

#: So many of the pictures must have a frame of their own.
_DISTINCT = 0.95

#: Start and duration are taken to a ten-thousandth of a second, so that k / fps given as a float is met exactly.
_TIME_GRID = 10**4


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
    pace = Pace(own, np.arange(len(index)), 1, own) if own else _variable_pace(index)
    rate = fps or pace.rate
    check_range("fps", float(rate), 0.01, 1000, "frames/s")
    length = (int(pace.positions[-1]) + pace.tail) / pace.per_second
    begin = Fraction(start).limit_denominator(_TIME_GRID) if math.isfinite(start) else Fraction(-1)
    if not 0 <= begin < length:
        raise SeamSyncError(f"start must be 0…{float(length):.3f} s, the length of the clip, got {start:g}")
    if duration is not None and not 0 < duration < math.inf:
        raise SeamSyncError(f"duration must be more than 0 s, got {duration:g}; leave it out to go to the end")
    rest = length - begin
    wanted = rest if duration is None else min(rest, Fraction(duration).limit_denominator(_TIME_GRID))
    steps = np.arange(max(1, round(wanted * rate)))
    ends = _ceil_line(pace.per_second * (begin + 1 / (2 * rate)), pace.per_second / rate, steps) - 1
    places = np.searchsorted(pace.positions, ends, side="right") - 1
    return Timeline(rate, np.clip(places, 0, len(index) - 1).astype(np.int64), own is None)


@dataclass(frozen=True, eq=False)
class Pace:
    """Hold when the pictures of a clip are shown.

    Attributes:
        rate: frames a second.
        positions: int64 ``[N]``, ascending from 0.
        tail: of the last picture, in the same unit.
        per_second: units of the positions in a second.
    """

    rate: Fraction
    positions: np.ndarray
    tail: int
    per_second: Fraction


def _variable_pace(index: PacketIndex) -> Pace:
    """Take the rate on whose grid the pictures lie; or lie nearly, then move them onto it; else the nearest to the average."""
    rate = index.rates[0] if index.slotted else grid_rate(index)
    near = near_grid(index, named_only=rate is not None) if rate not in index.rates else None
    if near is not None:
        rate, slots = near
        tail = max(1, round(index.tail * index.tick * rate))
        return Pace(rate, slots, tail, rate)
    times = index.pts - index.pts[0]
    return Pace(rate or nearest_rate(_average_rate(index)), times, index.tail, 1 / index.tick)


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
    """Return the lowest rate on whose grid every picture lies, if there is one: a camera that dropped frames.

    Standard rates are tried, and those the file names, unless more than half of their frames would be repeated. A coarse clock
    cannot distinguish 30 and 30000/1001. There the file's rate decides, then the better fit.
    """
    times = index.pts - index.pts[0]
    fitting: list[tuple[int, bool, float, Fraction]] = []
    for rate in {*STANDARD_RATES, *_named_rates(index)}:
        step = float(1 / (rate * index.tick))
        off = float(np.abs(times - np.round(times / step) * step).max())
        if off <= min(1.001, _OFF_GRID * step):
            fitting.append((round(rate), rate not in index.rates, off, rate))
    return min(fitting)[-1] if fitting else None


def near_grid(index: PacketIndex, *, named_only: bool = False) -> tuple[Fraction, np.ndarray] | None:
    """Return the lowest rate near whose grid the pictures lie, and the frame that each takes, int64 ``[N]`` from 0.

    So looks a webcam: its time stamps jitter by milliseconds, and it drops pictures in poor light. Each picture has one of the
    rate's frames, the phase of all is known from the first ones. Fewer than 24 pictures are too few to tell.

    Args:
        index: of the file.
        named_only: try only rates that the file names, not the standard ones.

    Example:
        >>> jitter = np.tile([0, 2, -2, 1, -1], 6)
        >>> times = np.delete(np.arange(30) * 1000 // 30 + jitter, [5, 17])
        >>> index = PacketIndex(times, np.zeros(1), Fraction(1, 1000), 33, (Fraction(30),), False, 0)
        >>> rate, frames = near_grid(index)
        >>> int(rate), frames[:8].tolist()
        (30, [0, 1, 2, 3, 4, 6, 7, 8])
    """
    if len(index) < _ENOUGH:
        return None
    seconds = (index.pts - index.pts[0]) * float(index.tick)
    named = set(_named_rates(index))
    for rate in sorted(
        named if named_only else {*STANDARD_RATES, *named}, key=lambda rate: (round(rate), rate not in named, -rate)
    ):
        phases = np.exp(2j * np.pi * seconds * float(rate))
        windows = np.array_split(phases, max(1, len(phases) // _WINDOW))
        nearness = np.quantile([abs(window.mean()) for window in windows], 0.1)
        if nearness < (_NAMED if rate in named else _TRIED):
            continue
        first = float(np.angle(windows[0].mean())) / (2 * np.pi)
        frames = _own_frames(seconds * float(rate) - first)
        if len(np.unique(frames)) >= _DISTINCT * len(frames):
            return rate, frames - frames[0]
    return None


def _own_frames(positions: np.ndarray) -> np.ndarray:
    """Round positions to frames. A picture whose frame is taken gets the next one, when that is less than a frame late."""
    frames = np.rint(positions).astype(np.int64)
    for k in range(1, len(frames)):
        if frames[k] <= frames[k - 1]:
            frames[k] = frames[k - 1] + (frames[k - 1] + 1 <= positions[k] + 1)
    return frames


def _named_rates(index: PacketIndex) -> list[Fraction]:
    """Return the plain rates that the file names and that its pictures fill at least by half."""
    average = _average_rate(index)
    return [rate for rate in index.rates if rate.denominator in (1, 1001) and rate <= 2 * average]


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
