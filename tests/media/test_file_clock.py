"""Jumps of a file's clock, and the sound that follows the pictures over them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from seamsync.media.file_clock import FileClock, Piece, find_jumps, lay_pieces
from seamsync.media.packets import NO_TIME, Packets

TICK = Fraction(1, 100)


def packets_at(times: list[int], silent: list[float] | None = None) -> Packets:
    """Packets of 100 ticks a second, without reordering."""
    stamps, zeros = np.array(times, np.int64), np.zeros(len(times), np.int64)
    steps = np.diff(np.array(times, np.float64), prepend=times[0]) / 100 if silent is None else np.array(silent)
    return Packets(stamps, stamps, zeros, zeros, zeros, zeros == 0, zeros > 0, steps, NO_TIME)


def jumps(packets: Packets, container: str = "mpegts") -> tuple[list[int], list[int]]:
    """Where the clock jumps, and which stamps are faulty."""
    found, faulty = find_jumps(packets, TICK, container)
    return found.tolist(), faulty.tolist()


@pytest.mark.parametrize(
    ("times", "container", "expected"),
    [
        ([0, 4, 8, 1007, 1011], "mpegts", []),
        ([0, 4, 8, 1009, 1013], "mpegts", [3]),
        ([0, 4, 8, 1009, 1013], "matroska,webm", []),
        ([0, 4, 8, 6009, 6013], "matroska,webm", [3]),
        ([100, 104, 108, 99, 103], "mpegts", []),
        ([100, 104, 108, 97, 101], "mpegts", [3]),
    ],
)
def test_limits_of_jumps(times: list[int], container: str, expected: list[int]) -> None:
    """More than 10 s ahead in a broadcast, 60 s elsewhere; more than 0.1 s back anywhere."""
    assert jumps(packets_at(times), container) == (expected, [])


def test_sound_through_a_gap_makes_it_real() -> None:
    """Twenty seconds without pictures are no jump while sound goes on."""
    times = [0, 4, 2004, 2008]
    assert jumps(packets_at(times))[0] == [2]
    assert jumps(packets_at(times, [0, 0.04, 0.02, 0.04]))[0] == []


def test_a_jump_that_is_undone_is_a_faulty_time() -> None:
    """One stamp an hour ahead, and one an hour back."""
    assert jumps(packets_at([0, 4, 360008, 12, 16])) == ([], [2])
    assert jumps(packets_at([360000, 360004, 8, 360012])) == ([], [2])


def test_pieces_follow_each_other() -> None:
    """Each begins one picture after the end of the one before."""
    made, pieces = lay_pieces(packets := packets_at([100, 104, 108, 0, 4, 8, 9000]), packets.pts, np.array([3, 6]))
    assert made.tolist() == [100, 104, 108, 112, 116, 120, 124]
    assert pieces == [(100, 112, 0), (0, 12, 112), (9000, 9004, -8876)]


def test_sound_follows_the_pictures() -> None:
    """A restart, a jump ahead of the sound alone, and a jump back; the sound strays a little from the pictures."""
    pieces = ((0, 3, 0), (0, 3, 3), (900, 903, -894), (20, 23, -11))
    clock = FileClock(tuple(Piece(*map(Fraction, piece)) for piece in pieces))
    times = [0, 1.5, 2.9, -0.1, 1, 1.9, 899.9, 901, 20.1, 22]
    made = [round(float(clock.correct(Fraction(time).limit_denominator(1000))), 3) for time in times]
    assert made == [0, 1.5, 2.9, 2.9, 4, 4.9, 5.9, 7, 9.1, 11]


def test_a_pause_of_the_sound_stays() -> None:
    """Inside a piece the sound may step ahead; after the last piece nothing changes."""
    clock = FileClock((Piece(Fraction(0), Fraction(90), Fraction(0)), Piece(Fraction(0), Fraction(9), Fraction(90))))
    assert [float(clock.correct(Fraction(time))) for time in (0, 1, 50, 89, 3, 2, 1)] == [0, 1, 50, 89, 93, 92, 91]
