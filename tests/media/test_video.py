"""Reading clips: facts, order, fresh copies, rotation, formats, stills, trims, real files."""

from __future__ import annotations

import io
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.video.stream import VideoStream
from hypothesis import given, settings
from hypothesis import strategies as st
from seamsync.errors import SeamSyncError
from seamsync.media import video
from seamsync.media.video import ColorTags, PlanarFrame, VideoReader, direction_runs
from videos import number_of, pattern, write_clip

COUNT = 40


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty pictures, inter-coded without loss, with B-frames and sound."""
    return write_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", COUNT, sound=True)


def numbers(reader: VideoReader, order: np.ndarray | None = None) -> list[int]:
    """Which pictures come out."""
    return [number_of(frame.y, frame.bit_depth) for frame in reader.frames(order)]


def is_picture(frame: PlanarFrame, number: int) -> bool:
    """All planes are bit-identical to the picture's."""
    planes = enumerate(frame.planes)
    return all(np.array_equal(p, pattern(number, p.shape, i, frame.bit_depth)) for i, p in planes)  # type: ignore[arg-type]


def test_info(clip: Path) -> None:
    """Facts of a plain clip."""
    info = VideoReader(clip).info
    assert (info.name, info.width, info.height, info.fps, info.frame_count) == ("clip.mp4", 48, 32, 25, COUNT)
    assert (info.bit_depth, info.chroma, info.rotation, info.variable_rate) == (8, (2, 2), 0, False)
    assert info.has_audio
    assert info.duration == Fraction(8, 5)
    assert info.color == ColorTags(2, 0, 2, 2)


def test_planes_are_bit_identical(clip: Path) -> None:
    """Every plane of every picture, in order."""
    frames = list(VideoReader(clip).frames())
    assert len(frames) == COUNT
    assert all(is_picture(frame, number) for number, frame in enumerate(frames))


def test_editing_in_place_spoils_nothing(clip: Path) -> None:
    """The decoder's reference pictures are not the consumer's: overwrite every frame, the next ones stay right."""
    reader = VideoReader(clip)
    order = np.concatenate([np.arange(COUNT), np.arange(COUNT)[::-1], np.zeros(3, np.int64)])
    for number, frame in zip(order, reader.frames(order), strict=True):
        assert is_picture(frame, int(number))
        for plane in frame.planes:
            plane[...] = 0


@settings(max_examples=20, deadline=None)
@given(order=st.lists(st.integers(0, COUNT - 1), max_size=25))
def test_any_order(clip: Path, order: list[int]) -> None:
    """Repeats, leaps and turns."""
    assert numbers(VideoReader(clip), np.array(order, np.int64)) == order


@pytest.mark.parametrize("memory", [0, 1 << 30])
def test_backward_pieces(clip: Path, monkeypatch: pytest.MonkeyPatch, memory: int) -> None:
    """A way back in many small pieces, from memory and from the temporary file, is the same."""
    monkeypatch.setattr(video, "_BACKWARD_BYTES", 7 * 48 * 32 * 3 // 2)
    monkeypatch.setattr(video, "_BACKWARD_MEMORY", memory)
    order = np.concatenate([np.arange(COUNT), np.arange(COUNT - 1)[::-1], [0, 0, 5, 5, 4, 2, 2]])
    for number, frame in zip(order, VideoReader(clip).frames(order), strict=True):
        assert is_picture(frame, int(number))


def test_two_iterators_do_not_disturb_each_other(clip: Path) -> None:
    """Each has its own file position."""
    reader = VideoReader(io.BytesIO(clip.read_bytes()))
    pairs = zip(reader.frames(), reader.frames(np.arange(COUNT)[::-1]), strict=True)
    assert [(number_of(a.y), number_of(b.y)) for a, b in pairs] == [(k, COUNT - 1 - k) for k in range(COUNT)]


@pytest.mark.parametrize("order", [[-1], [0, COUNT]])
def test_order_outside_the_clip(clip: Path, order: list[int]) -> None:
    """Said at once, not when the frame is reached."""
    with pytest.raises(SeamSyncError, match=f"frame order must be 0…{COUNT - 1}"):
        VideoReader(clip).frames(np.array(order))


@given(places=st.lists(st.integers(0, 5), max_size=20))
def test_direction_runs(places: list[int]) -> None:
    """The runs make up the whole, each goes one way, and none could be longer."""
    runs = [run.tolist() for run in direction_runs(np.array(places, np.int64))]
    assert [place for run in runs for place in run] == places
    for run in runs:
        assert run in (sorted(run), sorted(run, reverse=True))
    for run, after in pairwise(runs):
        longer = [*run, after[0]]
        assert longer not in (sorted(longer), sorted(longer, reverse=True))


def test_trim_and_rate(clip: Path) -> None:
    """Start, duration and a rate asked for."""
    assert numbers(VideoReader(clip, start=0.4, duration=0.2)) == [10, 11, 12, 13, 14]
    assert numbers(VideoReader(clip, start=1.4)) == [35, 36, 37, 38, 39]
    half = VideoReader(clip, fps=Fraction(25, 2))
    assert numbers(half) == list(range(0, COUNT, 2))
    assert half.info.fps == Fraction(25, 2)
    with pytest.raises(SeamSyncError, match=r"start must be 0…1\.600 s"):
        VideoReader(clip, start=1.6)


def test_trimmed_order_counts_from_the_start(clip: Path) -> None:
    """Frame 0 of a trimmed clip is its first, and order is checked against its length."""
    reader = VideoReader(clip, start=0.4, duration=0.2)
    assert numbers(reader, np.array([4, 0, 2])) == [14, 10, 12]
    with pytest.raises(SeamSyncError, match="frame order must be 0…4"):
        reader.frames(np.array([5]))


def test_variable_rate(tmp_path: Path) -> None:
    """Gaps repeat the picture before them."""
    path = write_clip(tmp_path / "clip.mkv", 6, rate=Fraction(30), times=[0, 1, 2, 5, 6, 8])
    reader = VideoReader(path)
    assert reader.info.variable_rate
    assert reader.info.fps == 30
    assert numbers(reader) == [0, 1, 2, 2, 2, 3, 4, 4, 5]


@pytest.mark.parametrize("degrees", [90, 180, 270])
@pytest.mark.parametrize("name", ["yuv420p", "yuv422p", "yuv444p"])
def test_rotation(tmp_path: Path, degrees: int, name: str) -> None:
    """The planes come out upright, 4:2:0 and 4:4:4 bit for bit."""
    if not hasattr(VideoStream, "set_display_rotation"):
        pytest.skip("this PyAV cannot write a rotation")
    path = write_clip(tmp_path / "clip.mp4", 3, pixel_format=name, prepare=lambda stream: stream.set_display_rotation(-degrees))
    reader = VideoReader(path)
    assert reader.info.rotation == degrees
    assert (reader.info.width, reader.info.height) == ((48, 32) if degrees == 180 else (32, 48))
    for number, frame in enumerate(reader.frames()):
        assert frame.frame.width == reader.info.width
        for index, plane in enumerate(frame.planes if name != "yuv422p" else frame.planes[:1]):
            back = np.rot90(plane, degrees // 90)
            assert np.array_equal(back, pattern(number, back.shape, index))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv444p10le"])
@pytest.mark.parametrize("size", [(48, 32), (47, 31), (1, 1)])
def test_formats_and_odd_sizes(tmp_path: Path, name: str, size: tuple[int, int]) -> None:
    """FFV1 keeps any size and format."""
    reader = VideoReader(write_clip(tmp_path / "clip.mkv", 3, size=size, pixel_format=name, codec="ffv1", options={}))
    assert reader.info.bit_depth == (10 if name.endswith("10le") else 8)
    assert all(is_picture(frame, number) for number, frame in enumerate(reader.frames()))


def test_tags_are_read(tmp_path: Path) -> None:
    """BT.2020 PQ full range in the stream."""

    def prepare(stream: VideoStream) -> None:
        context = stream.codec_context
        context.colorspace, context.color_range = 9, 2
        context.color_primaries, context.color_trc = 9, 16

    path = write_clip(tmp_path / "clip.mp4", 2, pixel_format="yuv420p10le", prepare=prepare)
    assert VideoReader(path).info.color == ColorTags(9, 2, 9, 16)


def test_pixel_aspect_is_carried(tmp_path: Path) -> None:
    """Anamorphic clips keep their shape."""

    def prepare(stream: VideoStream) -> None:
        stream.codec_context.sample_aspect_ratio = Fraction(16, 11)

    assert VideoReader(write_clip(tmp_path / "clip.mp4", 2, prepare=prepare)).info.pixel_aspect == Fraction(16, 11)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".bmp", ".tiff"])
def test_stills(tmp_path: Path, suffix: str) -> None:
    """One frame, whatever the rate, start and duration; the colours are the picture's."""
    rows, columns = np.mgrid[:31, :47]
    picture = np.stack([rows * 8, columns * 5, 255 - rows * 4 - columns], -1).astype(np.uint8)
    cv2.imwrite(str(tmp_path / f"face{suffix}"), picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 100])
    reader = VideoReader(tmp_path / f"face{suffix}", still_fps=Fraction(60), start=2, duration=9)
    assert (reader.info.frame_count, reader.info.fps, reader.info.has_audio) == (1, 60, False)
    frames = list(reader.frames(np.zeros(3, np.int64)))
    assert len(frames) == 3
    error = np.abs(frames[2].rgb().astype(int) - picture)
    assert np.median(error) <= 2
    assert error[2:-2, 2:-2].max() <= (20 if suffix in (".jpg", ".webp") else 3)


def test_photo_with_exif_rotation(tmp_path: Path) -> None:
    """A phone's portrait photo, stored lying down with Exif orientation 6."""
    picture = np.zeros((32, 48, 3), np.uint8)
    picture[:, 24:] = 255
    jpeg = cv2.imencode(".jpg", picture)[1].tobytes()
    tiff = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
    exif = b"Exif\0\0" + tiff
    path = tmp_path / "photo.jpg"
    path.write_bytes(jpeg[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + jpeg[2:])
    reader = VideoReader(path)
    assert (reader.info.width, reader.info.height) == (32, 48)
    rgb = next(reader.frames()).rgb()
    assert rgb[:20].max() < 30
    assert rgb[-20:].min() > 225


def test_animation(tmp_path: Path) -> None:
    """A GIF is a clip of its own rate."""
    path = write_clip(tmp_path / "clip.gif", 5, pixel_format="gray", codec="gif", options={}, rate=Fraction(20))
    reader = VideoReader(path)
    assert (reader.info.fps, reader.info.frame_count, reader.info.chroma) == (20, 5, (1, 1))
    means = [frame.rgb()[0, 0, 0] for frame in reader.frames()]
    assert np.abs(np.diff(np.array(means, int)) - 7).max() <= 2


def test_truncated_file_says_so(tmp_path: Path) -> None:
    """With the index at the front, what is there is read, and a warning counts the rest."""
    whole = write_clip(tmp_path / "whole.mp4", 60, container_options={"movflags": "faststart"}).read_bytes()
    path = tmp_path / "clip.mp4"
    path.write_bytes(whole[: len(whole) * 2 // 3])
    reader = VideoReader(path)
    shown = numbers(reader)
    count = reader.info.frame_count
    assert 30 < count < 60
    assert len(shown) == count
    assert shown[: count - 4] == list(range(count - 4))
    assert reader.warnings[0] == f"clip.mp4 is truncated: {count} of 60 frames are in it; the rest is left out"


def test_damaged_frames_are_counted(clip: Path, tmp_path: Path) -> None:
    """A warning after reading, none before."""
    data = bytearray(clip.read_bytes())
    with av.open(str(clip), "r") as container:
        spots = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    position, size = spots[0]
    data[position + 4 : position + size] = bytes(size - 4)
    reader = VideoReader(io.BytesIO(bytes(data)))
    assert reader.warnings == []
    assert len(numbers(reader)) == COUNT
    assert reader.warnings == ["12 frames of the clip in memory could not be decoded; the last good one is shown instead"]


def test_no_pictures(tmp_path: Path) -> None:
    """A video stream without a packet."""
    path = tmp_path / "clip.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 48, 32, "yuv420p"
        container.start_encoding()
    with pytest.raises(SeamSyncError, match=r"clip\.mkv"):
        VideoReader(path)


def test_real_clips(media: Path) -> None:
    """Every clip: exact count and rate, every frame decodes, and the last second backwards is the same bytes."""
    expected = {"garden": (250, 25), "outdoor": (175, 25), "presenter": (550, 25), "seated": (160, 30), "slow": (354, 30)}
    for path in sorted(media.glob("*.mp4")):
        reader = VideoReader(path)
        count, fps = expected.get(path.name.split("_")[0], (352, 30))
        assert (reader.info.frame_count, reader.info.fps, reader.info.variable_rate) == (count, fps, False)
        assert f"{reader.info.width}x{reader.info.height}" in path.name
        last = np.arange(count - 10, count)
        forward = [frame.y.tobytes() for frame in reader.frames(last)]
        backward = [frame.y.tobytes() for frame in reader.frames(last[::-1])]
        assert forward == backward[::-1]
        assert reader.warnings == []
