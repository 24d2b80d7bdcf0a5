"""Decoding by place: any order gives what straight decoding gives; broken packets are stood in for."""

from __future__ import annotations

from pathlib import Path

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seamsync.errors import Cancelled, SeamSyncError
from seamsync.media.decode import FrameDecoder
from seamsync.media.frame import plane_views
from seamsync.media.opening import open_video
from seamsync.media.packet_index import PacketIndex, read_index
from videos import number_of, write_clip

COUNT = 60


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty pictures with B-frames, a key frame every twelve."""
    return write_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", COUNT, container_options={"movflags": "faststart"})


def index_of(path: Path) -> PacketIndex:
    """The packet index of a file."""
    with open_video(path) as file:
        return read_index(file.container, file.stream, path.name)


def numbers(path: Path, places: list[int]) -> tuple[list[int], set[int]]:
    """The pictures that come out, and the missing places."""
    missing: set[int] = set()
    decoder = FrameDecoder(lambda: open_video(path), index_of(path), missing)
    shown = [number_of(plane_views(decoder.picture(place))[0]) for place in places]
    decoder.close()
    return shown, missing


def damaged(clip: Path, path: Path, *packets: int) -> Path:
    """A copy whose packets, counted in stored order, are overwritten with zeros."""
    data = bytearray(clip.read_bytes())
    with av.open(str(clip), "r") as container:
        spots = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    for position, size in (spots[k] for k in packets):
        data[position + 4 : position + size] = bytes(size - 4)
    path.write_bytes(data)
    return path


@settings(max_examples=15, deadline=None)
@given(places=st.lists(st.integers(0, COUNT - 1), min_size=1, max_size=12))
def test_any_order(clip: Path, places: list[int]) -> None:
    """Forwards, backwards, repeated and by leaps."""
    assert numbers(clip, places) == (places, set())


@pytest.mark.parametrize("suffix", [".avi", ".h264", ".ts", ".mkv"])
def test_any_order_in_other_containers(tmp_path: Path, suffix: str) -> None:
    """Without times, and with times that do not begin at 0."""
    path = write_clip(tmp_path / f"clip{suffix}", COUNT)
    places = [0, 30, 31, 5, 59, 59, 12]
    assert numbers(path, places) == (places, set())


def test_edit_list_places(tmp_path: Path) -> None:
    """Place 0 is the first picture shown, not the first stored."""
    hidden = {"use_editlist": "1", "avoid_negative_ts": "disabled"}
    path = write_clip(tmp_path / "clip.mp4", 30, times=list(range(-5, 25)), container_options=hidden)
    assert numbers(path, [0, 1, 20, 3])[0] == [5, 6, 25, 8]


def test_damaged_packets_repeat_the_last_good_picture(clip: Path, tmp_path: Path) -> None:
    """Some pictures are lost, never a wrong one invented before them, and all of the next group is right again."""
    shown, missing = numbers(damaged(clip, tmp_path / "clip.mp4", 13, 14, 15, 16), list(range(COUNT)))
    assert missing
    assert missing <= set(range(12, 24))
    assert shown[:12] == list(range(12))
    assert shown[24:] == list(range(24, COUNT))
    for place in missing:
        assert shown[place] == shown[place - 1]


def test_damaged_beginning_shows_the_first_good_picture(clip: Path, tmp_path: Path) -> None:
    """Nothing good before it, so the next one stands in."""
    shown, missing = numbers(damaged(clip, tmp_path / "clip.mp4", 0), list(range(COUNT)))
    assert missing == set(range(12))
    assert shown == [12] * 12 + list(range(12, COUNT))


def test_nothing_decodes(clip: Path, tmp_path: Path) -> None:
    """Every packet overwritten."""
    path = damaged(clip, tmp_path / "clip.mp4", *range(COUNT))
    with pytest.raises(SeamSyncError, match=r"no frame of clip\.mp4 can be decoded"):
        numbers(path, [3])


def test_a_check_is_made_on_the_way(clip: Path) -> None:
    """The eleven pictures between a key frame and the one asked for are not decoded once the job is stopped."""
    made: list[int] = []

    def check() -> None:
        made.append(len(made))
        if len(made) == 3:
            raise Cancelled

    decoder = FrameDecoder(lambda: open_video(clip), index_of(clip), set(), check)
    with pytest.raises(Cancelled):
        decoder.picture(11)
    decoder.close()
    assert made == [0, 1, 2]
