"""Find where the clock of a file jumps, and lay the pieces between the jumps one after another."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from .packets import NO_TIME, Packets

#: Containers whose clock may start anew or jump. There a step of more than 10 s is a jump, as in FFmpeg.
_BROADCAST = {"mpegts", "mpeg", "vob", "dvd", "ogg", "asf", "rm", "flv", "swf"}
_BROADCAST_STEP = 10.0

#: Elsewhere the last picture is shown that long, as players do, when the clip paused.
_PAUSE = 60.0

#: A clock that goes back by less than this is untidy, not restarted (FFmpeg has the same limit).
_BACK = 0.1

#: Only presentation times: with B-frames they go back by several pictures.
_BACK_UNSORTED = 2.0

#: A jump that is undone after so many packets is a faulty time stamp.
_FAULTY = 16


@dataclass(frozen=True)
class Piece:
    """Hold a stretch of a file between two jumps of its clock.

    Attributes:
        begin: the file's own time of its first picture, seconds.
        end: the file's own time at the end of its last picture, seconds.
        shift: seconds to add to the file's own times.
    """

    begin: Fraction
    end: Fraction
    shift: Fraction


class FileClock:
    """Correct the times of another stream of the same file (its sound), read from the start in stored order.

    Args:
        pieces: those of the pictures, see :func:`lay_pieces`.

    Example:
        >>> clock = FileClock((Piece(Fraction(0), Fraction(3), Fraction(0)), Piece(Fraction(0), Fraction(3), Fraction(3))))
        >>> [float(clock.correct(Fraction(t))) for t in (0, 1, 2, 0, 1)]
        [0.0, 1.0, 2.0, 3.0, 4.0]
    """

    def __init__(self, pieces: tuple[Piece, ...]) -> None:
        self._pieces = pieces
        self._piece = 0
        self._last: Fraction | None = None

    def correct(self, seconds: Fraction) -> Fraction:
        """Return the time of the next packet or frame on the time line of the pictures."""
        last, self._last = self._last, seconds
        if last is not None and (seconds < last - Fraction(_BACK) or seconds > self._here.end + 1):
            self._piece += self._steps_to(seconds, back=seconds < last)
        return seconds + self._here.shift

    @property
    def _here(self) -> Piece:
        return self._pieces[self._piece]

    def _steps_to(self, seconds: Fraction, *, back: bool) -> int:
        """Return how many pieces further the time lies: the first later piece that has it, else the nearest."""
        ahead = self._pieces[self._piece + back :] or (self._here,)
        distances = [max(piece.begin - seconds, seconds - piece.end, Fraction(0)) for piece in ahead]
        near = [k for k, distance in enumerate(distances) if distance <= 1]
        step = near[0] if near else distances.index(min(distances))
        return min(step + back, len(self._pieces) - 1 - self._piece)


def may_jump(container: str) -> bool:
    """Say whether clips of a container (FFmpeg's name) are often joined or cut without mending their clock."""
    return bool(_BROADCAST & set(container.split(",")))


def find_jumps(packets: Packets, tick: Fraction, container: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows where the clock has jumped, and the rows whose time stamps are faulty; int64, ascending.

    A step forward is a jump when it is longer than a pause can be, and no sound runs through it.

    Args:
        packets: of the pictures.
        tick: seconds.
        container: FFmpeg's name of the container.
    """
    sorted_times = bool((packets.dts != NO_TIME).any())
    clock = packets.dts if sorted_times else packets.pts
    known = np.flatnonzero(clock != NO_TIME)
    steps = np.diff(clock[known]) * float(tick)
    longest = _BROADCAST_STEP if may_jump(container) else _PAUSE
    ahead = (steps > longest) & (_longest_steps(packets.silent, known) > longest)
    back = steps < -(_BACK if sorted_times else _BACK_UNSORTED)
    jumps: list[int] = []
    faulty: list[int] = []
    for place in np.flatnonzero(ahead | back) + 1:
        row = int(known[place])
        if jumps and row - jumps[-1] <= _FAULTY:
            before = known[np.searchsorted(known, jumps[-1]) - 1]
            if 0 < (clock[row] - clock[before]) * float(tick) <= longest:
                faulty += range(jumps.pop(), row)
                continue
        jumps.append(row)
    return np.array(jumps, np.int64), np.array(faulty, np.int64)


def _longest_steps(silent: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return the longest step of picture or sound between each two known rows, float64 ``[K-1]``."""
    return np.maximum.reduceat(silent, known[:-1] + 1) if len(known) > 1 else np.zeros(0)


def lay_pieces(packets: Packets, times: np.ndarray, jumps: np.ndarray) -> tuple[np.ndarray, list[tuple[int, int, int]]]:
    """Lay the pieces one after another: each begins one picture after the last picture of the piece before it.

    Args:
        packets: of the pictures.
        times: int64 ``[R]``, their presentation times in ticks, ``NO_TIME`` where unknown.
        jumps: rows where a piece begins, besides the first.

    Returns:
        The corrected times, and (begin, end, shift) of each piece in ticks.
    """
    known = (times != NO_TIME) & ~packets.hidden
    clock = packets.dts[packets.dts != NO_TIME]
    gaps = np.diff(clock if len(clock) > 1 else np.sort(times[known]))
    usual = int(np.median(gaps[gaps > 0])) if (gaps > 0).any() else 1
    made, pieces = times.copy(), []
    reached: int | None = None
    for first, stop in zip((0, *jumps), (*jumps, len(times)), strict=True):
        shown = first + np.flatnonzero(known[first:stop])
        if not len(shown):
            continue
        begin, end = int(times[shown].min()), int(times[shown].max()) + usual
        shift = 0 if reached is None else reached - begin
        reached = end + shift
        pieces.append((begin, end, shift))
        rows = first + np.flatnonzero(times[first:stop] != NO_TIME)
        made[rows] += shift
    return made, pieces
