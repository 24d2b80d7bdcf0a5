"""Packet index and constant-rate timeline against brute force in fractions."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from seamsync.errors import SeamSyncError
from seamsync.media.packet_index import PacketIndex, read_index
from seamsync.media.timeline import STANDARD_RATES, constant_rate, grid_rate, make_timeline, nearest_rate, parse_rate
from videos import write_clip

CAMERA = (Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(60), Fraction(12))


def index_of(times: list[int], tick: Fraction, rates: tuple[Fraction, ...] = (), tail: int = 1) -> PacketIndex:
    """A packet index without a file."""
    return PacketIndex(np.array(times, np.int64), np.zeros(1, np.int64), tick, tail, rates, False, 0)


def read(path: Path) -> PacketIndex:
    """The index of a file."""
    with av.open(str(path), "r") as container:
        return read_index(container, container.streams.video[0])


def brute_force(index: PacketIndex, fps: Fraction, start: Fraction, count: int) -> list[int]:
    """For each output frame, the latest picture before the middle between it and the next; the first one at worst."""
    shown = []
    for k in range(count):
        edge = start + (k + Fraction(1, 2)) / fps
        early = [i for i, pts in enumerate(index.pts) if int(pts - index.pts[0]) * index.tick < edge]
        shown.append(max(early, default=0))
    return shown


@pytest.mark.parametrize("rate", CAMERA)
@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov", ".ts"])
def test_constant_rates_are_exact(tmp_path: Path, rate: Fraction, suffix: str) -> None:
    """Each picture once, at exactly the rate, though Matroska keeps milliseconds and MPEG-TS 90 kHz."""
    index = read(write_clip(tmp_path / f"clip{suffix}", 40, rate=rate))
    timeline = make_timeline(index)
    assert timeline.fps == rate
    assert not timeline.variable
    assert timeline.places.tolist() == list(range(40))


def test_index_knows_key_frames_and_order(tmp_path: Path) -> None:
    """Times ascend though B-frames are stored out of order; key frames every 12 pictures."""
    index = read(write_clip(tmp_path / "clip.mp4", 30))
    assert (np.diff(index.pts) > 0).all()
    assert index.keys.tolist() == [0, 12, 24]
    assert [index.start_before(place) for place in (0, 11, 12, 29)] == [0, 0, 12, 24]


def test_edit_list_hides_pictures(tmp_path: Path) -> None:
    """Pictures before the presentation's beginning are decoded but not counted."""
    hidden = {"use_editlist": "1", "avoid_negative_ts": "disabled"}
    index = read(write_clip(tmp_path / "clip.mp4", 30, times=list(range(-5, 25)), container_options=hidden))
    assert len(index) == 25
    assert index.promised == 25


@pytest.mark.parametrize("suffix", [".avi", ".h264"])
def test_files_without_times_are_counted(tmp_path: Path, suffix: str) -> None:
    """AVI and raw streams have no presentation times."""
    index = read(write_clip(tmp_path / f"clip{suffix}", 30))
    assert index.counted
    assert make_timeline(index).places.tolist() == list(range(30))
    assert index.start_before(29) == 0


def test_dropped_frames_keep_the_camera_rate(tmp_path: Path) -> None:
    """A 30 fps clip with pictures left out stays 30 fps; each gap repeats the picture before it."""
    index = read(write_clip(tmp_path / "clip.mp4", 10, rate=Fraction(30), times=[0, 1, 2, 4, 5, 9, 10, 11, 12, 13]))
    timeline = make_timeline(index)
    assert timeline.variable
    assert timeline.fps == 30
    assert timeline.places.tolist() == [0, 1, 2, 2, 3, 4, 4, 4, 4, 5, 6, 7, 8, 9]


def test_jittering_times_become_the_nearest_standard_rate() -> None:
    """A phone's 29.7 fps with jitter becomes 30 fps and keeps its length."""
    rng = np.random.default_rng(1)
    times = np.cumsum(1000 / 29.7 + rng.uniform(-4, 4, 300)).round().astype(int).tolist()
    index = index_of(times, Fraction(1, 1000), (Fraction(297, 10),), tail=34)
    timeline = make_timeline(index)
    assert timeline.variable
    assert timeline.fps in (Fraction(30), Fraction(30000, 1001))
    length = (times[-1] - times[0] + 34) / 1000
    assert abs(len(timeline.places) / timeline.fps - length) <= 1 / timeline.fps


@settings(max_examples=60, deadline=None)
@example(gaps=[42], tick=Fraction(1, 600), fps=Fraction(25), start=75, seconds=None)
@given(
    gaps=st.lists(st.integers(1, 90), min_size=1, max_size=40),
    tick=st.sampled_from([Fraction(1, 1000), Fraction(1, 600), Fraction(1, 90000) * 77]),
    fps=st.sampled_from([*STANDARD_RATES, Fraction(7), Fraction(123, 11)]),
    start=st.integers(0, 100),
    seconds=st.none() | st.integers(1, 4000),
)
def test_timeline_is_brute_force(gaps: list[int], tick: Fraction, fps: Fraction, start: int, seconds: int | None) -> None:
    """Any times, rate, start and duration: the same pictures as the definition in fractions."""
    index = index_of(np.cumsum([5, *gaps]).tolist(), tick, tail=3)
    if constant_rate(index) is not None:
        return
    begin = Fraction(start, 1000)
    length = (sum(gaps) + 3) * tick
    if begin >= length:
        with pytest.raises(SeamSyncError, match="start must be"):
            make_timeline(index, fps=fps, start=float(begin))
        return
    duration = None if seconds is None else Fraction(seconds, 1000)
    timeline = make_timeline(index, fps=fps, start=float(begin), duration=None if duration is None else float(duration))
    wanted = length - begin if duration is None else min(length - begin, duration)
    assert len(timeline.places) == max(1, round(wanted * fps))
    assert timeline.places.tolist() == brute_force(index, fps, begin, len(timeline.places))


@pytest.mark.parametrize(
    ("fps", "expected"),
    [(Fraction(25), [0, 2, 4, 6, 8]), (Fraction(100), [k // 2 for k in (0, 1, 2, 3, 4)])],
)
def test_constant_clip_at_another_rate(fps: Fraction, expected: list[int]) -> None:
    """50 fps read at 25 takes every second picture; read at 100 shows each twice."""
    index = index_of(list(range(0, 1000, 20)), Fraction(1, 1000), (Fraction(50),), tail=20)
    timeline = make_timeline(index, fps=fps)
    assert timeline.places[:5].tolist() == expected
    assert len(timeline.places) == 50 * fps / 50
    assert not timeline.variable


def test_start_and_duration_are_exact_frames() -> None:
    """Times given as k / fps in floats meet frame k, an hour in as well."""
    fps = Fraction(30000, 1001)
    index = index_of([k * 1001 for k in range(110_000)], Fraction(1, 30000), (fps,), tail=1001)
    for first in (1, 7, 299, 107_893):
        timeline = make_timeline(index, start=float(first / fps), duration=float(10 / fps))
        assert timeline.places.tolist() == list(range(first, first + 10))


def test_ten_hours_stay_exact() -> None:
    """No drift over a million pictures at 29.97 fps on a 90 kHz clock."""
    index = index_of((np.arange(1_080_000) * 3003).tolist(), Fraction(1, 90000), (Fraction(30000, 1001),), tail=3003)
    assert (make_timeline(index).places == np.arange(1_080_000)).all()


@pytest.mark.parametrize("start", [-0.1, 1.0, 7.0, float("nan")])
def test_start_outside_the_clip(start: float) -> None:
    """The message gives the clip's length."""
    index = index_of(list(range(25)), Fraction(1, 25), (Fraction(25),))
    with pytest.raises(SeamSyncError, match=r"start must be 0…1\.000 s"):
        make_timeline(index, start=start)


@pytest.mark.parametrize("duration", [0.0, -1.0, float("nan")])
def test_duration_must_be_positive(duration: float) -> None:
    """Zero is not 'to the end' here."""
    index = index_of(list(range(25)), Fraction(1, 25), (Fraction(25),))
    with pytest.raises(SeamSyncError, match="duration must be more than 0"):
        make_timeline(index, duration=duration)


def test_short_duration_still_gives_a_frame() -> None:
    """A hundredth of a second at 25 fps is one frame."""
    index = index_of(list(range(25)), Fraction(1, 25), (Fraction(25),))
    assert make_timeline(index, start=0.99, duration=0.01).places.tolist() == [24]


@pytest.mark.parametrize(
    ("average", "expected"),
    [("23.9", "24000/1001"), ("24.9", "25"), ("29.5", "30000/1001"), ("31", "30"), ("48", "50"), ("59", "60000/1001")]
    + [("12", "12"), ("15.5", "31/2"), ("90", "90")],
)
def test_nearest_rate(average: str, expected: str) -> None:
    """Standard rates within 8 %, others as they are."""
    assert nearest_rate(Fraction(average)) == Fraction(expected)


def test_grid_rate_needs_every_picture() -> None:
    """One picture off the grid and there is no grid."""
    times = [0, 40, 120, 160, 400]
    assert grid_rate(index_of(times, Fraction(1, 1000))) == 25
    assert grid_rate(index_of([*times, 417], Fraction(1, 1000))) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("25", "25"),
        ("29.97", "30000/1001"),
        ("23.976", "24000/1001"),
        ("30000/1001", "30000/1001"),
        ("12.5", "25/2"),
        ("23.98", "24000/1001"),
        ("59.94", "60000/1001"),
        ("29.965", "5993/200"),
        ("29.976", "3747/125"),
        ("29.98", "1499/50"),
        ("30.004", "30"),
        ("30.006", "15003/500"),
    ],
)
def test_parse_rate(text: str, expected: str) -> None:
    """As people write them."""
    assert parse_rate(text) == Fraction(expected)


@pytest.mark.parametrize("text", ["fast", "", "0", "-25", "1/0", "5000", "nan"])
def test_parse_rate_refuses(text: str) -> None:
    """Words, zero, negative and absurd rates."""
    with pytest.raises(SeamSyncError, match="frame rate must be"):
        parse_rate(text)
