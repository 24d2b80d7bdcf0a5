"""HDR10's static metadata: read from a clip, written to its result."""

from __future__ import annotations

from pathlib import Path

import av
import pytest
from seamsync.media.encode import VideoWriter
from seamsync.media.encode_options import EncodeSettings
from seamsync.media.hdr import HdrMetadata, read_hdr
from seamsync.media.video import VideoReader
from videos import write_clip

#: A display of BT.2020 primaries with D65, 0.005 to 1000 cd/m².
MASTERING = (35400, 14600, 8500, 39850, 6550, 2300, 15635, 16450, 50, 10_000_000)
X264 = "mastering-display=G(8500,39850)B(6550,2300)R(35400,14600)WP(15635,16450)L(10000000,50)"


@pytest.mark.parametrize(
    ("hdr", "params"),
    [(HdrMetadata(), ""), (HdrMetadata(MASTERING), X264), (HdrMetadata(None, (1000, 400)), "cll=1000,400")]
    + [(HdrMetadata(MASTERING, (1000, 400)), f"{X264}:cll=1000,400")],
)
def test_options_of_x264(hdr: HdrMetadata, params: str) -> None:
    """In its order: green, blue, red, white, then the highest and the lowest luminance."""
    assert hdr.x264_params == params


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_hdr10_in_hdr10_out(tmp_path: Path, suffix: str) -> None:
    """Tags, 10 bit, mastering display and light levels, through the whole reader and writer."""
    options = {"x264-params": f"{X264}:cll=1000,400"}

    def tag(stream: av.VideoStream) -> None:
        stream.codec_context.colorspace, stream.codec_context.color_range = 9, 1
        stream.codec_context.color_primaries, stream.codec_context.color_trc = 9, 16

    source = write_clip(tmp_path / "in.mkv", 3, pixel_format="yuv420p10le", options=options, prepare=tag)
    reader = VideoReader(source)
    assert reader.info.hdr == HdrMetadata(MASTERING, (1000, 400))
    with VideoWriter(tmp_path / f"out{suffix}", reader.info, settings=EncodeSettings(preset="ultrafast")) as writer:
        for frame in reader.frames():
            writer.write(frame)
    assert [note.split(",")[0] for note in writer.notes] == ["in.mkv is 10 bit"]
    result = VideoReader(tmp_path / f"out{suffix}").info
    assert (result.hdr, result.color, result.bit_depth) == (reader.info.hdr, reader.info.color, 10)


def test_no_hdr(tmp_path: Path) -> None:
    """An ordinary clip has none, and nothing is said."""
    reader = VideoReader(write_clip(tmp_path / "in.mp4", 1))
    assert reader.info.hdr == HdrMetadata()
    assert VideoWriter(tmp_path / "out.mp4", reader.info).notes == []


class _SideData:
    """Stands for one of a frame's."""

    def __init__(self, name: str, data: bytes) -> None:
        self.type = type("Type", (), {"name": name})
        self._data = data

    def __bytes__(self) -> bytes:
        return self._data


@pytest.mark.parametrize(
    "numbers",
    [[1, 2] * 10 + [0, 1], [1, 2] * 10 + [1, 0], [1, 0] * 10 + [1, 1], [3, 2] * 10 + [1, 1], [-1, 2] * 10 + [1, 1]]
    + [[1, 3] * 8 + [5, 1, 4, 1] + [1, 1], [1, 2]],
)
def test_nonsense_is_not_carried(numbers: list[int]) -> None:
    """Half of it, a denominator of 0, a chromaticity above 1 or below 0, luminances in the wrong order, too few bytes."""
    data = b"".join(number.to_bytes(4, "little", signed=True) for number in numbers)
    frame = type("Frame", (), {"side_data": [_SideData("MASTERING_DISPLAY_METADATA", data), _SideData("DOVI_METADATA", b"")]})
    assert read_hdr(frame) == HdrMetadata(dynamic=("Dolby Vision",))  # type: ignore[arg-type]
