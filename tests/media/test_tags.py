"""Colour tags read from codes, and the convention where there are none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest
from seamsync.media.frame import PlanarFrame
from seamsync.media.tags import ColorTags, read_chroma_location, read_tags
from videos import write_clip


@dataclass
class Codes:
    """Stands for a frame and a codec context."""

    colorspace: int = 2
    color_range: int = 0
    color_primaries: int = 2
    color_trc: int = 2


@pytest.mark.parametrize(
    ("code", "matrix"),
    [(1, "bt709"), (4, "bt601"), (5, "bt601"), (6, "bt601"), (7, "bt709"), (9, "bt2020"), (10, "bt2020"), (2, "bt601")]
    + [(code, "bt601") for code in (0, 3, 8, 11, 12, 13, 14)],
)
def test_matrix(code: int, matrix: str) -> None:
    """The code is kept, whatever it is; one that is not stated or not known is computed with as BT.601."""
    tags = read_tags(Codes(code), Codes())
    assert (tags.matrix, tags.colorspace) == (matrix, code)


@pytest.mark.parametrize("code", [1, 2, 5, 6, 9])
def test_matrix_is_the_decoders(code: int) -> None:
    """PyAV's own conversion, which ComfyUI shows, gives the same colours."""
    frame = av.VideoFrame(16, 16, "yuv444p")
    for plane, value in zip(frame.planes, (120, 90, 180), strict=True):
        plane.update(bytes([value]) * (plane.line_size * plane.height))
    frame.colorspace = code
    mine = PlanarFrame(frame, read_tags(frame, Codes())).rgb()[0, 0].astype(int)
    assert np.abs(mine - frame.to_ndarray(format="rgb24")[0, 0]).max() <= 1


def test_range_primaries_and_transfer_are_carried() -> None:
    """HDR's codes pass through; full range from the frame or from the pixel format; nothing stated stays so."""
    tags = read_tags(Codes(9, color_range=2), Codes(color_primaries=9, color_trc=16))
    assert tags == ColorTags(9, 2, 9, 16)
    assert not read_tags(Codes(color_range=1), Codes()).full_range
    assert read_tags(Codes(), Codes(), full_range=True).full_range
    assert read_tags(Codes(), Codes()) == ColorTags(2, 0, 2, 2)


def test_chroma_location(tmp_path: Path) -> None:
    """JPEG's is the centre, UHD's the top left, and where nothing is stated the left. Not every codec fits into Matroska."""
    mjpeg = write_clip(tmp_path / "a.avi", 1, pixel_format="yuvj422p", codec="mjpeg", options={})
    uhd = write_clip(tmp_path / "b.mp4", 1, options={"chroma_sample_location": "topleft"})
    plain = write_clip(tmp_path / "c.mp4", 1)
    gif = write_clip(tmp_path / "d.gif", 1, pixel_format="rgb8", codec="gif", options={})
    for path, location in ((mjpeg, 2), (uhd, 3), (plain, 1), (gif, 1)):
        with av.open(str(path)) as container:
            assert read_chroma_location(container.streams.video[0]) == location
