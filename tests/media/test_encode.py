"""Writing clips: exact planes, times, tags, sound in step, and nothing left behind when it fails."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from planted import pictures, still
from seamsync.errors import SeamSyncError
from seamsync.media.audio import Audio
from seamsync.media.encode import VideoWriter, check_target
from seamsync.media.encode_options import EncodeSettings
from seamsync.media.frame import PlanarFrame, VideoInfo
from seamsync.media.sources import TensorSource
from seamsync.media.tags import ColorTags
from seamsync.media.video import VideoReader
from videos import number_of, pattern, write_clip

LOSSLESS = EncodeSettings(lossless=True, preset="ultrafast")
QUICK = EncodeSettings(preset="ultrafast")


def make_info(
    size: tuple[int, int] = (48, 32), *, chroma: tuple[int, int] = (2, 2), bits: int = 8, rate: str = "25", **more: object
) -> VideoInfo:
    """Facts of a clip to be written."""
    color = more.pop("color", ColorTags())
    return VideoInfo("clip", *size, Fraction(rate), 1, bits, chroma, color, **more)  # type: ignore[arg-type]


def make_picture(info: VideoInfo, number: int) -> PlanarFrame:
    """A picture of ``pattern`` planes."""
    frame = PlanarFrame.blank(info.width, info.height, info.chroma, info.bit_depth, info.color)
    for index, plane in enumerate(frame.planes):
        plane[...] = pattern(number, plane.shape, index, info.bit_depth)  # type: ignore[arg-type]
    return frame


def write(path: Path, info: VideoInfo, count: int, **more: object) -> Path:
    """A whole clip of ``count`` pictures."""
    with VideoWriter(path, info, **more) as writer:  # type: ignore[arg-type]
        for number in range(count):
            writer.write(make_picture(info, number))
    return path


def leftovers(folder: Path) -> list[str]:
    """Names of everything in a folder."""
    return sorted(entry.name for entry in folder.iterdir())


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
@pytest.mark.parametrize(("chroma", "bits"), [((2, 2), 8), ((2, 1), 8), ((1, 1), 8), ((2, 2), 10), ((2, 1), 10), ((1, 1), 10)])
def test_lossless_is_bit_exact(tmp_path: Path, suffix: str, chroma: tuple[int, int], bits: int) -> None:
    """Every plane of every picture."""
    info = make_info(chroma=chroma, bits=bits)
    reader = VideoReader(write(tmp_path / f"out{suffix}", info, 15, settings=LOSSLESS))
    assert (reader.info.chroma, reader.info.bit_depth, reader.info.frame_count) == (chroma, bits, 15)
    for number, frame in enumerate(reader.frames()):
        for got, expected in zip(frame.planes, make_picture(info, number).planes, strict=True):
            assert np.array_equal(got, expected)


@pytest.mark.parametrize("rate", ["25", "30000/1001", "24000/1001", "60", "12.5", "150/7"])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_times_are_exact(tmp_path: Path, rate: str, suffix: str) -> None:
    """Frame k is shown at k / fps: to the tick in MP4, to the millisecond in Matroska."""
    fps = Fraction(rate)
    path = write(tmp_path / f"out{suffix}", make_info(rate=rate), 40, settings=QUICK)
    with av.open(str(path), "r") as container:
        stream = container.streams.video[0]
        times = [frame.pts * stream.time_base for frame in container.decode(stream)]  # type: ignore[operator]
    for k, time in enumerate(times):
        assert abs(time - k / fps) <= (0 if suffix == ".mp4" else Fraction(1, 2000))
    info = VideoReader(path).info
    assert (info.fps, info.frame_count, info.variable_rate) == (fps, 40, False)


@pytest.mark.parametrize(
    "color",
    [ColorTags(6, 1, 6, 6), ColorTags(1, 2, 1, 13), ColorTags(9, 1, 9, 16), ColorTags(1, 1, 2, 2), ColorTags(2, 0, 2, 2)]
    + [ColorTags(2, 2, 2, 2), ColorTags(5, 1, 2, 13), ColorTags(14, 2, 12, 18), ColorTags(2, 1, 9, 2), ColorTags(4, 2, 11, 2)],
)
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_color_tags_are_written(tmp_path: Path, color: ColorTags, suffix: str) -> None:
    """They come back as they were, from the container and from the stream."""
    path = write(tmp_path / f"out{suffix}", make_info(color=color), 3, settings=QUICK)
    assert VideoReader(path).info.color == color
    with av.open(str(path), "r") as container:
        context = container.streams.video[0].codec_context
        assert (context.colorspace, context.color_range) == (color.colorspace, color.color_range)


@pytest.mark.parametrize("color", [ColorTags(2, 1, 2, 2), ColorTags(5, 0, 2, 2)])
def test_range_that_h264_cannot_state(tmp_path: Path, color: ColorTags) -> None:
    """Its flag comes with a description or not at all, and no flag is limited range: the meaning stays, the rest too."""
    read = VideoReader(write(tmp_path / "out.mp4", make_info(color=color), 3, settings=QUICK)).info.color
    assert replace(read, color_range=color.color_range) == color
    assert not read.full_range


@pytest.mark.parametrize("chroma", [(2, 2), (2, 1), (1, 1)])
def test_odd_sizes_are_padded(tmp_path: Path, chroma: tuple[int, int]) -> None:
    """The picture is untouched; the last column and row are repeated once where the format needs it."""
    info = make_info((47, 31), chroma=chroma)
    reader = VideoReader(write(tmp_path / "out.mp4", info, 3, settings=LOSSLESS))
    frame, expected = next(reader.frames()), make_picture(info, 0)
    assert (frame.width, frame.height) == tuple(-(-n // s) * s for n, s in zip((47, 31), chroma, strict=True))
    assert np.array_equal(frame.y[:31, :47], expected.y)
    assert np.array_equal(frame.y, np.pad(expected.y, ((0, frame.height - 31), (0, frame.width - 47)), "edge"))
    assert np.array_equal(frame.u, expected.u)
    assert np.array_equal(frame.v, expected.v)


@pytest.mark.parametrize(("bits", "profile"), [(8, "High"), (10, "High 10")])
@pytest.mark.parametrize(("full_range", "location"), [(1, 1), (2, 2)])
def test_422_is_subsampled_for_players(tmp_path: Path, bits: int, profile: str, full_range: int, location: int) -> None:
    """As from a webcam's MJPEG: every two rows of chroma averaged; luma, range and the place across as they were."""
    info = make_info((47, 31), chroma=(2, 1), bits=bits, color=ColorTags(5, full_range, 2, 2, location))
    path = write(tmp_path / "a.mp4", info, 2, settings=EncodeSettings(crf=2))
    with av.open(str(path)) as container:
        assert container.streams.video[0].profile == profile
    read, expected = VideoReader(path), make_picture(info, 0)
    assert (read.info.chroma, read.info.bit_depth) == ((2, 2), bits)
    assert read.info.color == info.color
    unit = 1 << (bits - 8)
    for got, plane in zip(next(read.frames()).planes, expected.planes, strict=True):
        rows = np.pad(plane.astype(float), ((0, len(plane) % 2), (0, plane.shape[1] % 2)), "edge")
        wanted = rows if plane is expected.y else (rows[::2] + rows[1::2])[:, : got.shape[1]] / 2
        assert np.abs(got - wanted).mean() < 1.5 * unit
    full = EncodeSettings(preset="ultrafast", subsample=False)
    assert VideoReader(write(tmp_path / "b.mp4", info, 2, settings=full)).info.chroma == (2, 1)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
@pytest.mark.parametrize("location", range(1, 5))
def test_chroma_location_is_written(tmp_path: Path, suffix: str, location: int) -> None:
    """All four come back."""
    color = ColorTags(2, 0, 2, 2, location)
    path = write(tmp_path / f"out{suffix}", make_info(color=color), 2, settings=QUICK)
    assert VideoReader(path).info.color.chroma_location == location


def test_444_is_subsampled_for_players(tmp_path: Path) -> None:
    """Unless it is to be lossless or is asked for."""
    info = make_info(chroma=(1, 1))
    assert VideoReader(write(tmp_path / "a.mp4", info, 2, settings=QUICK)).info.chroma == (2, 2)
    full = EncodeSettings(preset="ultrafast", subsample=False)
    assert VideoReader(write(tmp_path / "b.mp4", info, 2, settings=full)).info.chroma == (1, 1)
    flat = PlanarFrame.blank(48, 32, (1, 1), 8, info.color)
    for plane, value in zip(flat.planes, (120, 90, 170), strict=True):
        plane[...] = value
    with VideoWriter(tmp_path / "c.mp4", info, settings=EncodeSettings(crf=1)) as writer:
        writer.write(flat)
    got = next(VideoReader(tmp_path / "c.mp4").frames())
    assert [round(float(plane.mean())) for plane in got.planes] == [120, 90, 170]


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_pixel_aspect_is_written(tmp_path: Path, suffix: str) -> None:
    """Anamorphic in, anamorphic out."""
    path = write(tmp_path / f"out{suffix}", make_info(pixel_aspect=Fraction(16, 11)), 2, settings=QUICK)
    assert VideoReader(path).info.pixel_aspect == Fraction(16, 11)


def test_quality_follows_crf(tmp_path: Path) -> None:
    """A smaller factor is a larger file and a smaller error."""
    info, sizes, errors = make_info((160, 96)), [], []
    for crf in (10, 30, 50):
        path = write(tmp_path / f"{crf}.mp4", info, 10, settings=EncodeSettings(crf=crf))
        sizes.append(path.stat().st_size)
        pairs = zip(VideoReader(path).frames(), range(10), strict=True)
        errors.append(np.mean([np.abs(f.y.astype(int) - make_picture(info, k).y).mean() for f, k in pairs]))
    assert sizes == sorted(sizes, reverse=True)
    assert errors == sorted(errors)


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_metadata_survives(tmp_path: Path, suffix: str) -> None:
    """ComfyUI's keys, long and in Unicode; the index stands at the front."""
    texts = {"prompt": '{"1": {"class_type": "Ü→"}}', "workflow": "x" * 200_000}
    path = write(tmp_path / f"out{suffix}", make_info(), 3, settings=QUICK, metadata=texts)
    with av.open(str(path), "r") as container:
        assert {key: container.metadata[key] for key in texts} == texts
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="cores cannot be taken from a process")
@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_same_input_same_bytes(tmp_path: Path, suffix: str) -> None:
    """Sound, metadata and all; on one core and on those there are."""
    sound = Audio(np.random.default_rng(0).uniform(-0.5, 0.5, (2, 44100)).astype(np.float32), 44100)
    cores, info, contents = os.sched_getaffinity(0), make_info((256, 192)), set()
    for number, used in enumerate((cores, {min(cores)})):
        os.sched_setaffinity(0, used)
        try:
            path = write(tmp_path / f"{number}{suffix}", info, 25, audio=sound, metadata={"title": "t"})
        finally:
            os.sched_setaffinity(0, cores)
        contents.add(path.read_bytes())
    assert len(contents) == 1


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_failure_leaves_the_old_file(tmp_path: Path, error: type[BaseException]) -> None:
    """An exception, or Ctrl-C, half way: the target is what it was and nothing lies beside it."""
    target = tmp_path / "out.mp4"
    target.write_text("old")
    info = make_info()

    def interrupted() -> None:
        with VideoWriter(target, info, settings=QUICK) as writer:
            for number in range(60):
                writer.write(make_picture(info, number))
            assert len(leftovers(tmp_path)) == 2
            raise error

    with pytest.raises(error):
        interrupted()
    assert target.read_text() == "old"
    assert leftovers(tmp_path) == ["out.mp4"]


def test_success_replaces_the_old_file(tmp_path: Path) -> None:
    """With the permissions of a new file."""
    target = tmp_path / "out.mp4"
    target.write_text("old")
    write(target, make_info(), 3, settings=QUICK)
    assert VideoReader(target).info.frame_count == 3
    assert leftovers(tmp_path) == ["out.mp4"]
    (tmp_path / "new").touch()
    assert target.stat().st_mode == (tmp_path / "new").stat().st_mode


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """The file that the target leads to is written, in its own folder."""
    (tmp_path / "far").mkdir()
    link = tmp_path / "out.mp4"
    link.symlink_to(tmp_path / "far" / "real.mp4")
    write(link, make_info(), 3, settings=QUICK)
    assert link.is_symlink()
    assert VideoReader(tmp_path / "far" / "real.mp4").info.frame_count == 3
    assert leftovers(tmp_path / "far") == ["real.mp4"]


def test_links_in_a_circle(tmp_path: Path) -> None:
    """They lead to no file."""
    for one, other in (("a.mp4", "b.mp4"), ("b.mp4", "a.mp4")):
        (tmp_path / one).symlink_to(tmp_path / other)
    with pytest.raises(SeamSyncError, match=r"cannot write .*; name another output"):
        check_target(tmp_path / "a.mp4")


def test_no_frames(tmp_path: Path) -> None:
    """An empty clip is an error, not an empty file."""
    with pytest.raises(SeamSyncError, match="no frame was given"):
        write(tmp_path / "out.mp4", make_info(), 0)
    assert leftovers(tmp_path) == []


def test_wrong_frames(tmp_path: Path) -> None:
    """Another size, depth or chroma than the info's."""
    with (
        pytest.raises(SeamSyncError, match=r"frames to write must be 48x32 yuv420p, .* got 48x32 yuv444p10le"),
        VideoWriter(tmp_path / "out.mp4", make_info()) as writer,
    ):
        writer.write(make_picture(make_info(chroma=(1, 1), bits=10), 0))
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("name", ["out.avi", "out", "out.MP3"])
def test_unknown_suffix(tmp_path: Path, name: str) -> None:
    """The message lists the known ones."""
    with pytest.raises(SeamSyncError, match=r"must end in \.mp4, \.m4v, \.mov, \.mkv, got"):
        check_target(tmp_path / name)


def test_targets_that_cannot_be_written(tmp_path: Path) -> None:
    """A directory, a missing folder, a file as folder, a folder that takes no files: before any work."""
    with pytest.raises(SeamSyncError, match="is a folder; name a file in it"):
        check_target(tmp_path)
    with pytest.raises(SeamSyncError, match=r"there is no folder .*; create it first"):
        VideoWriter(tmp_path / "gone" / "out.mp4", make_info())
    (tmp_path / "file").touch()
    with pytest.raises(SeamSyncError, match=r"cannot write in .*file"):
        check_target(tmp_path / "file" / "out.mp4")
    for name in ("x" * 252 + ".mp4", "nul\0.mp4"):
        with pytest.raises(SeamSyncError, match="name another output"):
            check_target(tmp_path / name)
    if Path("/proc/self").exists():
        with pytest.raises(SeamSyncError, match=r"(cannot write in|there is no folder) /proc"):
            check_target("/proc/out.mp4")
    assert leftovers(tmp_path) == ["file"]


def test_upper_case_suffix(tmp_path: Path) -> None:
    """OUT.MP4 is an MP4, and checking leaves nothing."""
    assert check_target(tmp_path / "OUT.MP4") == tmp_path / "OUT.MP4"
    assert leftovers(tmp_path) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full on this system")
def test_full_disk_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says so, and nothing is left."""
    info = make_info((320, 240))
    monkeypatch.setattr(VideoWriter, "_open", lambda self: av.open("/dev/full", "w", format="matroska"))
    with pytest.raises(SeamSyncError, match=r"cannot write .*out\.mkv: No space left on device; make room"):
        write(tmp_path / "out.mkv", info, 30, settings=LOSSLESS)
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"crf": 60}, "crf must be 0…51"), ({"preset": "fastt"}, "did you mean 'fast'"), ({"audio_bitrate": 1}, "audio_bitrate")],
)
def test_settings_are_checked(settings: dict, message: str) -> None:
    """On making them, not when encoding begins."""
    with pytest.raises(SeamSyncError, match=message):
        EncodeSettings(**settings)


def test_own_frames_pass_through(tmp_path: Path) -> None:
    """Read, write without loss, read: the same bytes, though a box in the middle was changed and changed back."""
    source = VideoReader(write_clip(tmp_path / "in.mp4", 20))
    with VideoWriter(tmp_path / "out.mp4", source.info, settings=LOSSLESS) as writer:
        for frame in source.frames():
            frame.y[4:8, 4:8] ^= 255
            frame.y[4:8, 4:8] ^= 255
            writer.write(frame)
            frame.y[...] = 0  # the writer is done with it
    out = VideoReader(tmp_path / "out.mp4")
    assert out.info.color == source.info.color
    for number, frame in enumerate(out.frames()):
        assert number_of(frame.y) == number
        assert all(np.array_equal(p, pattern(number, p.shape, i)) for i, p in enumerate(frame.planes))  # type: ignore[arg-type]


def test_real_clip(media: Path, tmp_path: Path) -> None:
    """Lossless copies of a real clip's planes, at its own rate and tags."""
    source = VideoReader(media / "slow_turn_512x512.mp4", duration=0.5)
    with VideoWriter(tmp_path / "out.mp4", source.info, settings=LOSSLESS) as writer:
        for frame in source.frames():
            writer.write(frame)
    out = VideoReader(tmp_path / "out.mp4")
    assert (out.info.fps, out.info.frame_count, out.info.color) == (30, 15, source.info.color)
    for mine, theirs in zip(source.frames(), out.frames(), strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(mine.planes, theirs.planes, strict=True))


def test_same_pictures_same_bytes(tmp_path: Path) -> None:
    """What the encoder makes of a grainy still does not depend on what memory held before (seen on AVX-512 machines)."""
    source = TensorSource(torch.from_numpy(pictures(still(0.06, 60)).clip(0, 255) / 255), Fraction(25))
    frames, rng, streams = list(source.frames()), np.random.default_rng(), set()
    for number in range(5):
        used = [rng.integers(0, 256, int(size), dtype=np.uint8) for size in rng.integers(100, 100_000, 400)]
        del used  # rubbish in freed memory: who reads what it did not write gives itself away
        path = tmp_path / f"{number}.mp4"
        with VideoWriter(path, source.info, settings=EncodeSettings()) as writer:
            for frame in frames:
                writer.write(frame)
        with av.open(str(path)) as container:
            streams.add(b"".join(bytes(packet) for packet in container.demux(video=0)))
    assert len(streams) == 1
