"""Read colour tags of a clip and carry them unchanged: matrix and range that turn its planes into RGB (ITU-T H.273)."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Protocol

import av
from av.error import FFmpegError

#: Luma weights (red, blue) a matrix: ITU-R BT.601-7, BT.709-6 and BT.2020-2 (non-constant luminance).
LUMA_WEIGHTS = {"bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722), "bt2020": (0.2627, 0.0593)}

UNSPECIFIED = 2
LIMITED_RANGE = 1  # AVCOL_RANGE_MPEG
FULL_RANGE = 2  # AVCOL_RANGE_JPEG

#: AVChromaLocation, H.273's Chroma420SampleLocType + 1.
LEFT, CENTER = 1, 2

#: AVChromaLocation → its name as FFmpeg's option, and where the sample lies across and down among the luma samples it covers:
#: 0 on the first, 1 between the first and the second.
_LOCATIONS = {LEFT: ("left", (0, 1)), CENTER: ("center", (1, 1)), 3: ("topleft", (0, 0)), 4: ("top", (1, 0))}

#: Matroska's ids of Segment, Tracks, TrackEntry, Video, Colour, and in it of ChromaSitingHorz and ChromaSitingVert (RFC 9559).
_COLOUR = (0x18538067, 0x1654AE6B, 0xAE, 0xE0, 0x55B0)
_CHROMA_SITING = (0x55B7, 0x55B8)

#: H.273 MatrixCoefficients → the matrix computed with. SMPTE 240M (7) differs from BT.709 by less than 1 %. Every other code,
#: "not stated" (2) included, is BT.601, whatever the picture's height: so FFmpeg's swscale reads it, hence PyAV and ComfyUI.
_MATRIX_OF = {1: "bt709", 7: "bt709", 9: "bt2020", 10: "bt2020"}


@dataclass(frozen=True)
class ColorTags:
    """Define the meaning of the numbers in the planes, as the codes that the file states. They are written as they were read.

    Attributes:
        colorspace: H.273 matrix code; 2 = not stated.
        color_range: 1 = limited (luma 16…235, 64…940 for 10 bit), 2 = full (0…255, 0…1023), 0 = not stated, which is limited.
        primaries: H.273 code; 2 = not stated.
        transfer: H.273 code; 2 = not stated.
        chroma_location: place of halved chroma as FFmpeg's AVChromaLocation, 1…4; 1 = left, also where nothing is stated.
    """

    colorspace: int = 1
    color_range: int = LIMITED_RANGE
    primaries: int = 1
    transfer: int = 1
    chroma_location: int = LEFT

    @property
    def matrix(self) -> str:
        """Return the matrix to compute with: ``"bt601"``, ``"bt709"`` or ``"bt2020"``."""
        return _MATRIX_OF.get(self.colorspace, "bt601")

    @property
    def full_range(self) -> bool:
        """Return whether black is 0 and white the largest value."""
        return self.color_range == FULL_RANGE

    @property
    def siting(self) -> tuple[int, int]:
        """Return where halved chroma lies across and down: 0 on the first luma sample it covers, 1 between two."""
        return _LOCATIONS[self.chroma_location][1]

    @property
    def location_name(self) -> str:
        """Return FFmpeg's name of the chroma location."""
        return _LOCATIONS[self.chroma_location][0]


class Tagged(Protocol):
    """Define what has H.273 codes in PyAV: a codec context, or a frame."""

    colorspace: int
    color_range: int


def read_tags(frame: Tagged, context: object, *, full_range: bool = False, chroma_location: int = LEFT) -> ColorTags:
    """Return the tags of a clip.

    Args:
        frame: the first decoded frame.
        context: the codec context, for primaries and transfer (frames carry them from PyAV 15 on only).
        full_range: the pixel format itself says full range (``yuvj420p``).
        chroma_location: of :func:`read_chroma_location`.
    """
    return ColorTags(
        colorspace=int(frame.colorspace),
        color_range=FULL_RANGE if full_range else int(frame.color_range),
        primaries=int(getattr(context, "color_primaries", UNSPECIFIED)),
        transfer=int(getattr(context, "color_trc", UNSPECIFIED)),
        chroma_location=chroma_location,
    )


def rgb_tags(stated: ColorTags) -> ColorTags:
    """Return the tags of YUV that RGB is converted to: BT.709 where primaries or transfer are not stated, limited range."""
    return ColorTags(
        colorspace=9 if stated.primaries == 9 else 1,
        primaries=1 if stated.primaries == UNSPECIFIED else stated.primaries,
        transfer=1 if stated.transfer == UNSPECIFIED else stated.transfer,
    )


def read_chroma_location(stream: av.VideoStream) -> int:
    """Return the chroma location that a file states, as in :class:`ColorTags`.

    PyAV does not show it, but FFmpeg's Matroska writer states it. So the header of a Matroska file of the same stream is
    written in memory, and the siting is read from it: 1 = on the first sample, 2 = between.

    Args:
        stream: of an open file.
    """
    header = io.BytesIO()
    try:
        with av.open(header, "w", format="matroska") as container:
            container.add_stream_from_template(stream, opaque=True)
            container.start_encoding()
    except (FFmpegError, ValueError):  # a codec that Matroska does not know
        return LEFT
    colour = _inside(header.getvalue(), *_COLOUR)
    horizontal, vertical = (_inside(colour, element) for element in _CHROMA_SITING)
    siting = int.from_bytes(horizontal, "big") - 1, int.from_bytes(vertical, "big") - 1
    return next((code for code, (_, place) in _LOCATIONS.items() if place == siting), LEFT)


def _inside(data: bytes, *path: int) -> bytes:
    """Return what a Matroska element holds; empty where it is missing.

    Args:
        data: elements, each its id, the length of its content, its content (RFC 8794).
        path: ids from the outermost element to the one wanted.
    """
    if not path:
        return data
    at = 0
    while at < len(data):
        id_bytes = 9 - data[at].bit_length()
        name = int.from_bytes(data[at : at + id_bytes], "big")
        at += id_bytes
        size_bytes = 9 - data[at].bit_length()
        size = int.from_bytes(data[at : at + size_bytes], "big") - (1 << 7 * size_bytes)
        at += size_bytes
        if name == path[0]:
            return _inside(data[at : at + size], *path[1:])
        at += size
    return b""
