"""Pixel formats and rotation of decoded pictures."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from types import SimpleNamespace

import av
import numpy as np
import pytest
import torch
from seamsync.errors import SeamSyncError
from seamsync.media.frame import plane_views
from seamsync.media.layout import Turn, planar, read_layout
from seamsync.media.planes import rgb_from_planes
from seamsync.media.tags import ColorTags
from videos import made_frame, pattern

CONTEXT = object()  # a codec context that states nothing


@pytest.mark.parametrize(
    ("name", "handed_out"),
    [(name, name) for name in ("yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv444p10le")]
    + [("yuva420p", "yuv420p"), ("yuvj420p", "yuv420p"), ("yuv420p12le", "yuv420p10le"), ("yuv440p", "yuv444p")],
)
@pytest.mark.parametrize("size", [(48, 32), (47, 31)])
def test_planes_are_kept(name: str, handed_out: str, size: tuple[int, int]) -> None:
    """Luma bit for bit where the depth allows; the decoded frame is not touched by changes."""
    frame = made_frame(4, size, name)
    layout = read_layout(frame, CONTEXT)
    assert layout.format == handed_out
    assert layout.color.full_range == name.startswith("yuvj")
    result = planar(frame, layout)
    exact = pattern(4, (size[1], size[0]), 0, result.bit_depth)
    assert np.abs(result.y.astype(int) - exact).max() <= (name == "yuv420p12le")
    if name.replace("yuvj", "yuv") == handed_out:
        assert np.array_equal(result.u, pattern(4, result.u.shape, 1, result.bit_depth))  # type: ignore[arg-type]
    result.y[...] = 0
    assert np.array_equal(plane_views(frame)[0], made_views(4, size, name))


def made_views(number: int, size: tuple[int, int], name: str) -> np.ndarray:
    """Luma of a fresh picture."""
    return plane_views(made_frame(number, size, name))[0]


@pytest.mark.parametrize(
    ("name", "planar_name"), [("nv12", "yuv420p"), ("nv16", "yuv422p"), ("p010le", "yuv420p10le"), ("p016le", "yuv420p10le")]
)
@pytest.mark.parametrize("size", [(48, 32), (47, 31)])
@pytest.mark.parametrize("full_range", [False, True])
def test_interleaved_chroma(name: str, planar_name: str, size: tuple[int, int], full_range: bool) -> None:
    """NV12, P010 and the like come out planar without loss, whatever their range."""
    source = made_frame(6, size, planar_name)
    frame = _interleaved(source, name)
    frame.color_range = 1 + full_range
    layout = read_layout(frame, CONTEXT)
    result = planar(frame, layout)
    assert layout.color.full_range == full_range
    for got, expected in zip(result.planes, plane_views(source), strict=True):
        assert np.array_equal(got, expected)


def _interleaved(source: av.VideoFrame, name: str) -> av.VideoFrame:
    """The planes of a frame as NV12 and its kin store them; the deep ones use the high bits."""
    frame = av.VideoFrame(source.width, source.height, name)
    y, u, v = plane_views(source)
    for plane, values in zip(frame.planes, (y, np.stack((u, v), -1).reshape(len(u), -1)), strict=True):
        rows = np.frombuffer(plane, values.dtype).reshape(-1, plane.line_size // values.itemsize)  # type: ignore[arg-type]
        rows[: len(values), : values.shape[1]] = values << (6 if name.startswith("p") else 0)
    return frame


@pytest.mark.parametrize("name", ["rgb24", "bgra", "gbrp", "gray", "rgb48le", "pal8"])
def test_rgb_and_grey_become_444(name: str) -> None:
    """Tagged BT.709, and the same colours within the rounding of limited range."""
    rgb = np.random.default_rng(0).integers(0, 256, (31, 47, 3)).astype(np.uint8)
    if name == "gray":
        rgb = rgb[..., :1].repeat(3, -1)
    elif name == "pal8":
        rgb &= 0b11000000
    source = av.VideoFrame.from_ndarray(rgb, format="rgb24")
    frame = _palette_frame(rgb) if name == "pal8" else source.reformat(format=name)
    layout = read_layout(frame, CONTEXT)
    assert (layout.format, layout.color) == ("yuv444p", ColorTags())
    assert np.abs(planar(frame, layout).rgb().astype(int) - rgb).max() <= 3


@pytest.mark.parametrize("name", ["gbrp10le", "gbrp12le", "x2rgb10le", "gbrap10le"])
def test_deep_rgb_stays_deep(name: str) -> None:
    """10 bit 4:4:4, finer than 8 bit could hold."""
    rgb = np.random.default_rng(0).integers(0, 1 << 16, (31, 47, 3)).astype(np.uint16)
    frame = av.VideoFrame.from_ndarray(rgb, format="rgb48le").reformat(format=name)
    layout = read_layout(frame, CONTEXT)
    assert (layout.format, layout.color) == ("yuv444p10le", ColorTags())
    made = planar(frame, layout)
    y, u, v = (torch.from_numpy(plane.astype(np.int32))[None] for plane in made.planes)
    error = rgb_from_planes(y, u, v, layout.color, 10)[0].permute(1, 2, 0).numpy() - rgb / 65535
    assert np.abs(error).max() <= 5 / 1023  # 8 / 1023 with 8 bit


def test_stated_tags_of_rgb_are_carried() -> None:
    """HDR's primaries and transfer; the matrix is the one that we convert with."""
    frame = made_frame(0, (48, 32), "gbrp10le")
    context = SimpleNamespace(color_primaries=9, color_trc=16)
    assert read_layout(frame, context).color == ColorTags(9, 1, 9, 16)
    context.color_primaries = 12
    assert read_layout(frame, context).color == ColorTags(1, 1, 12, 16)


@pytest.mark.parametrize("code", [0, 2, 8, 10, 14])
@pytest.mark.parametrize("name", ["yuva420p", "yuv440p", "yuv420p12le"])
def test_any_matrix_is_converted(code: int, name: str) -> None:
    """Another depth or sampling needs no matrix; FFmpeg refuses some all the same."""
    frame = made_frame(4, (48, 32), name)
    frame.colorspace, frame.color_range = code, 2
    plain = made_frame(4, (48, 32), name)
    layout = read_layout(frame, CONTEXT)
    assert layout.color == ColorTags(code, 2, 2, 2)
    for got, expected in zip(planar(frame, layout).planes, planar(plain, layout).planes, strict=True):
        assert np.array_equal(got, expected)
    assert (int(frame.colorspace), int(frame.color_range)) == (code, 2)


@pytest.mark.parametrize("name", ["yuv410p", "yuv411p", "uyvy422", "nv21", "yuv420p9le", "yuv422p10be", "yuv444p16be"])
@pytest.mark.parametrize("size", [(48, 32), (47, 31)])
def test_rare_formats(name: str, size: tuple[int, int]) -> None:
    """Any subsampling, packing, depth or byte order comes out at its depth, a flat colour exact."""
    plain = av.VideoFrame(*size, "yuv444p")
    for view, value in zip(plane_views(plain), (100, 90, 170), strict=True):
        view[...] = value
    frame = plain.reformat(format=name)
    layout = read_layout(frame, CONTEXT)
    unit = 1 << (layout.bit_depth - 8)
    for plane, value in zip(planar(frame, layout).planes, (100, 90, 170), strict=True):
        assert np.abs(plane.astype(int) - value * unit).max() <= unit // 4


@pytest.mark.parametrize("name", ["rgb4", "y210be", "rgbaf32le", "yaf32le"])
def test_formats_that_cannot_be_converted(name: str) -> None:
    """An error names the format; one of them would end the process."""
    try:
        frame = av.VideoFrame(48, 32, name)
    except ValueError:
        pytest.skip("this FFmpeg does not have it")
    with pytest.raises(SeamSyncError, match=f"pixel format {name} cannot be read; convert the clip to yuv420p first"):
        read_layout(frame, CONTEXT)


def _palette_frame(rgb: np.ndarray) -> av.VideoFrame:
    """A paletted frame of colours whose channels have two bits each."""
    index = (rgb[..., 0] >> 6) * 16 + (rgb[..., 1] >> 6) * 4 + (rgb[..., 2] >> 6)
    palette = np.zeros((256, 4), np.uint8)
    colors = np.array(list(product(range(4), repeat=3)), np.uint8) << 6
    palette[:64] = np.concatenate([np.full((64, 1), 255, np.uint8), colors], 1)
    return av.VideoFrame.from_ndarray((index.astype(np.uint8), palette), format="pal8")  # type: ignore[arg-type]


def test_full_range_stays_full_when_resampled() -> None:
    """A turned 4:2:2 JPEG becomes 4:4:4 without its range being squeezed."""
    frame = made_frame(2, (48, 32), "yuvj422p")
    layout = read_layout(frame, CONTEXT)
    turned = replace(layout, chroma=(1, 1), turn=Turn(swap=True))
    result = planar(frame, turned)
    assert np.array_equal(result.y.T, pattern(2, (32, 48), 0))
    assert abs(float(result.u.mean()) - float(pattern(2, (32, 24), 1).mean())) < 1


def test_a_change_of_size_is_fitted() -> None:
    """A stream that changes its size half way keeps the first one's."""
    layout = read_layout(made_frame(0, (48, 32)), CONTEXT)
    assert planar(made_frame(0, (96, 64)), layout).y.shape == (32, 48)


@pytest.mark.parametrize(("swap", "mirror_x", "mirror_y"), list(product([False, True], repeat=3)))
def test_turn(swap: bool, mirror_x: bool, mirror_y: bool) -> None:
    """Every one of the eight, pixel by pixel."""
    plane = np.arange(12).reshape(3, 4)
    turned = Turn(swap, mirror_x, mirror_y).apply(plane)
    height, width = turned.shape
    for y in range(3):
        for x in range(4):
            to_x, to_y = (y, x) if swap else (x, y)
            assert turned[height - 1 - to_y if mirror_y else to_y, width - 1 - to_x if mirror_x else to_x] == plane[y, x]


@pytest.mark.parametrize(
    ("turn", "degrees", "clockwise"),
    [(Turn(), 0, 0), (Turn(True, True, False), 90, 1), (Turn(False, True, True), 180, 2), (Turn(True, False, True), 270, 3)],
)
def test_turn_degrees(turn: Turn, degrees: int, clockwise: int) -> None:
    """Named clockwise, as np.rot90 turns with a negative count."""
    plane = np.arange(12).reshape(3, 4)
    assert turn.degrees == degrees
    assert np.array_equal(turn.apply(plane), np.rot90(plane, -clockwise))
