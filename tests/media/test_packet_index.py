"""Pictures of files with troubled times, against what was written: their order, one after another and at random."""

from __future__ import annotations

import struct
from collections.abc import Callable, Collection
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from seamsync.media.decode import first_shown
from seamsync.media.frame import plane_views
from seamsync.media.video import VideoReader
from videos import LOSSLESS, made_frame, number_of, write_clip

WRAP = (1 << 33) / 90000
OPEN = {"qp": "0", "g": "10", "x264-params": "open-gop=1:bframes=3:b-adapt=0:scenecut=0:keyint=10:min-keyint=10"}


def numbers(reader: VideoReader, order: np.ndarray | None = None) -> list[int]:
    """Which pictures come out."""
    return [number_of(frame.y) for frame in reader.frames(order)]


def check_orders(reader: VideoReader, expected: list[int]) -> None:
    """Straight, backwards and by leaps, the same pictures."""
    assert numbers(reader) == expected
    order = np.random.default_rng(1).permutation(len(expected))[:25]
    assert numbers(reader, order) == [expected[k] for k in order]
    assert numbers(reader, np.arange(len(expected))[::-1]) == expected[::-1]


def part(path: Path, first: int, count: int = 30, begin: float = 0.0) -> bytes:
    """A clip of 30 fps whose pictures are numbered from ``first``, its clock from ``begin`` seconds."""
    times = [round(begin * 30) + k for k in range(count)]
    return write_clip(path, count, rate=Fraction(30), times=times, first=first).read_bytes()


@pytest.mark.parametrize("suffix", [".ts", ".flv"])
@pytest.mark.parametrize("begins", [(0, 0, 0), (0, 36000, 0), (100, 3), (WRAP - 0.5, 30), (50, 20, 70)])
def test_joined_clips_keep_all_pictures(tmp_path: Path, begins: tuple[float, ...], suffix: str) -> None:
    """Recordings appended one to another, each with a clock of its own."""
    parts = [part(tmp_path / f"part{suffix}", 30 * k, 30, begin) for k, begin in enumerate(begins)]
    path = tmp_path / f"joined{suffix}"
    path.write_bytes(parts[0] + b"".join(data[13 if suffix == ".flv" else 0 :] for data in parts[1:]))
    reader = VideoReader(path)
    assert reader.info.fps == 30
    check_orders(reader, list(range(30 * len(begins))))
    assert len(reader.warnings) == 1
    assert "first 1.00 s into the clip" in reader.warnings[0]


def test_clock_of_33_bits_overflows(tmp_path: Path) -> None:
    """MPEG-TS begins anew after 26.5 hours; no jump is seen."""
    path = tmp_path / "clip.ts"
    part(path, 0, 40, WRAP - 0.5)
    reader = VideoReader(path)
    check_orders(reader, list(range(40)))
    assert reader.warnings == []


def change_pes(path: Path, change: Callable[[int, bytearray], None]) -> Path:
    """Apply ``change(number, header)`` to the PES header of every picture of an MPEG-TS, 30 bytes from its start code on."""
    data = bytearray(path.read_bytes())
    at, number = data.find(b"\0\0\1\xe0"), 0
    while at >= 0:
        header = data[at : at + 30]
        change(number, header)
        data[at : at + 30] = header
        at, number = data.find(b"\0\0\1\xe0", at + 4), number + 1
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("every", [1, 2, 3, 100])
def test_missing_times_keep_the_order(tmp_path: Path, every: int) -> None:
    """Packets without time stamps: every one but the first, every second, every third, none but some."""

    def strip(number: int, header: bytearray) -> None:
        if number % every == every - 1 and number:
            length = header[8]
            header[7] &= 0x3F
            header[9 : 9 + length] = b"\xff" * length

    reader = VideoReader(change_pes(write_clip(tmp_path / "clip.ts", 40), strip))
    assert reader.info.fps == 25
    check_orders(reader, list(range(40)))


def test_a_faulty_time_is_no_jump(tmp_path: Path) -> None:
    """One picture an hour ahead of its neighbours stays where it was stored."""

    def spoil(number: int, header: bytearray) -> None:
        if number == 17:
            for at in range(9, 9 + header[8], 5):  # the top bits of PTS and DTS: 2^30 / 90000 s = 3.3 h
                header[at] ^= 0x02

    reader = VideoReader(change_pes(write_clip(tmp_path / "clip.ts", 40), spoil))
    check_orders(reader, list(range(40)))
    assert reader.warnings == []


def test_equal_times_are_spread(tmp_path: Path) -> None:
    """Two pictures with one time stamp are both kept, one after the other."""
    path = tmp_path / "clip.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 48, 32, "yuv420p"
        for number in range(20):
            frame = made_frame(number, (48, 32))
            frame.pts, frame.time_base = number, Fraction(1, 25)
            for packet in stream.encode(frame):
                if number in (7, 12):
                    packet.pts = packet.dts = number - 1
                container.mux(packet)
        container.mux(stream.encode(None))
    reader = VideoReader(path)
    assert not reader.info.variable_rate
    check_orders(reader, list(range(20)))


@pytest.mark.parametrize("cut", [3, 10, 13])
def test_cut_heads(tmp_path: Path, cut: int) -> None:
    """A broadcast cut between key frames, or at one of an open group, begins with its first whole picture."""
    path = write_clip(tmp_path / "whole.ts", 60, options=OPEN)
    with av.open(str(path)) as container:
        spots = [packet.pos for packet in container.demux(video=0) if packet.size]
    data = path.read_bytes()
    path = tmp_path / "cut.ts"
    path.write_bytes(data[: spots[0]] + data[spots[cut] :])
    with av.open(str(path)) as container:
        plain = [number_of(plane_views(frame)[0]) for frame in container.decode(video=0)]
    reader = VideoReader(path)
    check_orders(reader, plain)
    assert reader.warnings == []
    with av.open(str(path)) as container:
        assert first_shown(container, container.streams.video[0]) == reader.first_time


def test_mpeg_program_streams(tmp_path: Path) -> None:
    """A seek lands inside a packet, whose rest looks like the packet after it."""
    options = {"qscale": "2", "bf": "2", "g": "12"}
    path = write_clip(tmp_path / "clip.mpg", 50, size=(96, 64), codec="mpeg2video", options=options)
    reader = VideoReader(path)
    straight = [frame.y for frame in reader.frames()]
    order = np.random.default_rng(1).permutation(50)
    assert all(np.array_equal(frame.y, straight[k]) for k, frame in zip(order, reader.frames(order), strict=True))
    assert reader.warnings == []


@pytest.mark.parametrize("codec", ["mjpeg", "mpeg4", "libx264"])
def test_empty_chunks_of_an_avi_repeat_the_picture(tmp_path: Path, codec: str) -> None:
    """Dropped pictures, one of them the last. Rate and length are the recorded ones."""
    options = {"mjpeg": {"q": "2"}, "mpeg4": {"qscale": "2"}, "libx264": LOSSLESS | {"bf": "0"}}[codec]
    name = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    path = write_clip(tmp_path / "clip.avi", 20, rate=Fraction(12), codec=codec, options=options, pixel_format=name)
    whole = [frame.y for frame in VideoReader(path).frames()]
    dropped = {1, 4, 5, 13, 19} if codec == "mjpeg" else {}
    path.write_bytes(empty_chunks(path.read_bytes(), dropped))
    reader = VideoReader(path)
    assert (reader.info.fps, reader.info.frame_count) == (12, 20)
    kept = [max(k for k in range(n + 1) if k not in dropped) for n in range(20)]
    for order in (np.arange(20), np.array([13, 2, 19, 5, 0])):
        for place, frame in zip(order, reader.frames(order), strict=True):
            assert np.array_equal(frame.y, whole[kept[place]])


def empty_chunks(data: bytes, dropped: Collection[int]) -> bytes:
    """An AVI with the pictures of some chunks taken out, the chunks left."""
    movi = data.find(b"movi")
    at, end = movi + 4, movi + struct.unpack("<I", data[movi - 4 : movi])[0]
    body, index, number = b"", b"", 0
    while at < end - 8:
        kind, size = data[at : at + 4], struct.unpack("<I", data[at + 4 : at + 8])[0]
        content = b"" if number in dropped else data[at + 8 : at + 8 + size]
        index += kind + struct.pack("<III", 16, 4 + len(body), len(content))
        body += kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) & 1)
        at, number = at + 8 + size + (size & 1), number + 1
    made = (
        data[: movi - 4] + struct.pack("<I", 4 + len(body)) + b"movi" + body + b"idx1" + struct.pack("<I", len(index)) + index
    )
    return made[:4] + struct.pack("<I", len(made) - 8) + made[8:]


@pytest.mark.parametrize(("pause", "frames", "words"), [(5, 145, "no picture for 5."), (3600, 21, "jumps once")])
def test_a_pause_is_bounded(tmp_path: Path, pause: int, frames: int, words: str) -> None:
    """The last picture is shown for seconds, but not for an hour; a note says so once."""
    times = [*range(10), *range(9 + 25 * pause, 20 + 25 * pause)]
    reader = VideoReader(write_clip(tmp_path / "clip.mkv", 21, times=times))
    assert reader.info.frame_count == frames
    assert len(reader.warnings) == 1
    assert words in reader.warnings[0]


def test_negative_times(tmp_path: Path) -> None:
    """The first picture is at -0.4 s, with an edit list that shows it."""
    path = write_clip(
        tmp_path / "clip.mkv", 30, times=list(range(-10, 20)), container_options={"avoid_negative_ts": "disabled"}
    )
    check_orders(VideoReader(path), list(range(30)))


def test_trimmed_by_an_edit_list(tmp_path: Path) -> None:
    """Pictures left out before and after are no truncation."""
    path = write_clip(tmp_path / "clip.mp4", 100)
    data = bytearray(path.read_bytes())
    edits, scale = data.find(b"elst"), 12800
    assert struct.unpack(">I", data[data.find(b"mdhd") + 16 :][:4])[0] == scale
    begin = struct.unpack(">i", data[edits + 16 : edits + 20])[0]
    data[edits + 12 : edits + 24] = struct.pack(">IiI", 1000, begin + 2 * scale, 0x10000)
    path.write_bytes(data)
    reader = VideoReader(path)
    check_orders(reader, list(range(50, 75)))
    assert reader.warnings == []
    with av.open(str(path)) as container:
        assert first_shown(container, container.streams.video[0]) == reader.first_time == 0


@pytest.mark.parametrize("named", [True, False])
def test_webcam_keeps_its_rate(tmp_path: Path, named: bool) -> None:
    """30 fps with jitter of some milliseconds and 12 % of the pictures dropped."""
    random = np.random.default_rng(3)
    slots = np.flatnonzero(random.random(140) > 0.12)
    times = (slots * 1000 / 30 + random.uniform(-6, 6, len(slots)) + 10).round().astype(int).tolist()
    path = tmp_path / "clip.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=30 if named else 1000)
        stream.width, stream.height, stream.pix_fmt = 48, 32, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for number, time in enumerate(times):
            frame = made_frame(number, (48, 32))
            frame.pts, frame.time_base = time, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    reader = VideoReader(path)
    assert reader.info.fps == 30
    shown = np.searchsorted(slots, np.arange(slots[0], slots[-1] + 1), side="right") - 1
    assert numbers(reader) == shown.tolist()
