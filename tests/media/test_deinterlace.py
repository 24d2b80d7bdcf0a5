"""Interlaced clips: one whole picture a frame, field order honoured, the same picture however it is reached."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.filter import Graph
from seamsync.media.deinterlace import Deinterlacer
from seamsync.media.frame import plane_views
from seamsync.media.video import VideoReader
from videos import LOSSLESS, made_frame

SIZE = (64, 48)


def moving_bar(number: int, first_field: int, *, noise: bool = False) -> av.VideoFrame:
    """A bright bar that moves by 4 pixels a field, flagged interlaced; ``first_field`` 0 is the one of even rows.

    Args:
        number: of the frame.
        first_field: see above.
        noise: behind the bar, so that the frames before and after count everywhere.
    """
    frame = av.VideoFrame(*SIZE, "yuv420p")
    for plane in plane_views(frame):
        plane[...] = 128
    luma = plane_views(frame)[0]
    luma[...] = np.random.default_rng(number).integers(40, 60, luma.shape) if noise else 40
    for field in range(2):
        left = 8 * number + 4 * (field != first_field)
        luma[field::2, left : left + 8] = 200
    graph = Graph()
    source = graph.add_buffer(width=SIZE[0], height=SIZE[1], format=frame.format, time_base=Fraction(1, 25))
    graph.link_nodes(source, graph.add("setfield", ("tff", "bff")[first_field]), graph.add("buffersink"))
    graph.configure()
    graph.push(frame)
    return graph.vpull()


def interlaced_clip(path: Path, first_field: int, count: int = 6, *, noise: bool = False) -> Path:
    """A clip of :func:`moving_bar`."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={**LOSSLESS, "g": "3", "flags": "+ildct+ilme"})
        stream.width, stream.height = SIZE
        for number in range(count):
            frame = moving_bar(number, first_field, noise=noise)
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def combing(luma: np.ndarray) -> float:
    """How much neighbouring rows differ, against rows two apart."""
    rows = luma.astype(float)
    return float(np.abs(np.diff(rows, axis=0)).mean() / (np.abs(rows[2:] - rows[:-2]).mean() + 1))


@pytest.mark.parametrize("first_field", [0, 1])
def test_one_picture_a_frame(tmp_path: Path, first_field: int) -> None:
    """The combs go, and what is shown is the frame's first field: the bar stands where that field has it."""
    reader = VideoReader(interlaced_clip(tmp_path / "in.mkv", first_field))
    assert reader.info.frame_count == 6
    assert reader.warnings == ["in.mkv is interlaced; it is deinterlaced, one picture a frame"]
    frames = list(reader.frames())
    assert len(frames) == 6
    for number, frame in enumerate(frames[1:-1], 1):
        raw = plane_views(moving_bar(number, first_field))[0]
        assert combing(frame.y) < 0.2 < combing(raw)
        assert np.array_equal(frame.y[first_field::2], raw[first_field::2])


def test_same_picture_in_any_order(tmp_path: Path) -> None:
    """Fields of the frame before count, so a seek decodes it too."""
    reader = VideoReader(interlaced_clip(tmp_path / "in.mkv", 0, 12, noise=True))
    straight = [frame.y.copy() for frame in reader.frames()]
    order = np.array([9, 3, 2, 3, 4, 11, 6, 0])
    for index, frame in zip(order, reader.frames(order), strict=True):
        assert np.array_equal(frame.y, straight[index])


def test_progressive_frames_pass() -> None:
    """The very frames of a clip without fields, and of the head of one that has them later; all time stamps stay."""
    frames = [made_frame(number, SIZE) for number in range(5)]
    for number, frame in enumerate(frames):
        frame.pts = 10 * number
    filtered = Deinterlacer()
    assert all(a is b for a, b in zip(filtered(iter(frames)), frames, strict=True))
    assert not filtered.found


def test_mixed_clip() -> None:
    """Film, then fields, then film of another size: progressive frames are kept bit for bit, none is lost."""
    film, wide = ([made_frame(number, size) for number in range(2)] for size in (SIZE, (96, 48)))
    fields = [moving_bar(number, 0) for number in range(6)]
    given = [*film, *fields, *(made_frame(number, SIZE) for number in (2, 3)), *wide]
    for number, frame in enumerate(given):
        frame.pts = number
    filtered = Deinterlacer()
    made = list(filtered(iter(given)))
    assert filtered.found
    assert [frame.pts for frame in made] == list(range(len(given)))
    for index in (0, 1, 8, 9, 10, 11):
        for got, expected in zip(plane_views(made[index]), plane_views(given[index]), strict=True):
            assert np.array_equal(got, expected)
    assert combing(plane_views(made[4])[0]) < 0.2


@pytest.mark.parametrize("name", ["uyvy422", "nv12"])
def test_tags_stay(name: str) -> None:
    """Also of formats that the filter cannot take as they are."""
    frames = [moving_bar(number, 0).reformat(format=name) for number in range(6)]
    for number, frame in enumerate(frames):
        frame.pts, frame.colorspace, frame.color_range = number, 9, 2
    made = list(Deinterlacer()(iter(frames)))
    if not frames[0].interlaced_frame:
        pytest.skip("this PyAV's conversion drops the flag")
    assert [(int(frame.colorspace), int(frame.color_range)) for frame in made] == [(9, 2)] * 6
