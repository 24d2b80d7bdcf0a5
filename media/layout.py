"""Convert decoded pictures to upright planar YUV: pixel formats and rotation."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

import av
import numpy as np
import torch

from ..errors import SeamSyncError
from .frame import PlanarFrame, pixel_format, plane_views
from .hdr import HdrMetadata, read_hdr
from .planes import planes_from_rgb
from .tags import LEFT, UNSPECIFIED, ColorTags, read_tags, rgb_tags

#: Formats with interleaved chroma → how many low bits to drop. They are split here: the threads of FFmpeg 8.1's conversion of
#: P010 overwrite each other's first chroma samples now and then (seen at 48x32), so the same picture is not always the same.
_TWO_PLANES = {"nv12": 0, "nv16": 0, "nv24": 0, "nv20le": 0} | {
    f"p{k}le": 6 for k in ("010", "012", "016", "210", "216", "410", "416")
}


#: Rows converted from RGB at once.
_BAND = 256

#: Formats whose conversion ends the process with a failed assertion of FFmpeg 8.1's swscale.
_CRASHING = {"yaf32le", "yaf32be"}


@dataclass(frozen=True)
class Turn:
    """Rotate or mirror stored pictures upright: swap axes first, then mirror left-right, then top-bottom."""

    swap: bool = False
    mirror_x: bool = False
    mirror_y: bool = False

    @property
    def degrees(self) -> int:
        """Return clockwise degrees; of a mirrored picture, the rotation before the mirroring."""
        return (90 if self.mirror_x else 270) if self.swap else (180 if self.mirror_y else 0)

    def apply(self, plane: np.ndarray) -> np.ndarray:
        """Return an upright view of a plane ``[h,w]``."""
        plane = plane.T if self.swap else plane
        return plane[:: -1 if self.mirror_y else 1, :: -1 if self.mirror_x else 1]


@dataclass(frozen=True)
class Layout:
    """Describe a clip's decoded pictures, and the planar YUV that they are converted to."""

    coded_size: tuple[int, int]
    coded_format: str
    bit_depth: int
    chroma: tuple[int, int]
    color: ColorTags
    turn: Turn
    from_rgb: bool
    hdr: HdrMetadata = field(default_factory=HdrMetadata)

    @property
    def size(self) -> tuple[int, int]:
        """Return (width, height) upright."""
        width, height = self.coded_size
        return (height, width) if self.turn.swap else (width, height)

    @property
    def format(self) -> str:
        """Return the pixel format of the converted frames."""
        return pixel_format(self.chroma, self.bit_depth)


def read_layout(frame: av.VideoFrame, context: object, chroma_location: int = LEFT) -> Layout:
    """Read the layout of a clip from its first decoded frame.

    8 and 10 bit 4:2:0, 4:2:2 and 4:4:4 stay as they are; deeper ones become 10 bit, alpha is dropped. RGB, palettes and grey
    become 4:4:4, of 10 bit for 9 to 14 bit (pictures of 16 bit are stills, which players are to show), BT.709 unless they state
    other primaries. A 4:2:2 picture rotated by 90° becomes 4:4:4, as its chroma would be halved in the other direction.

    Args:
        frame: as decoded.
        context: its codec context.
        chroma_location: of :func:`~.tags.read_chroma_location`.

    Raises:
        SeamSyncError: a pixel format that FFmpeg cannot convert.
    """
    name = frame.format.name
    turn = _turn(frame)
    bits = max(c.bits for c in frame.format.components)
    if frame.format.is_rgb or frame.format.has_palette or len(frame.format.components) < 3 or name.startswith("xyz"):
        _converted(av.VideoFrame(16, 16, name), "rgb48le")  # raises here, not at the first frame
        depth = 10 if 8 < bits < 16 else 8
        color = rgb_tags(read_tags(frame, context))
        return Layout((frame.width, frame.height), name, depth, (1, 1), color, turn, True, read_hdr(frame))
    sx, sy = _halving(frame)
    halved = (min(sx, 2), min(sy, 2))
    if halved == (1, 2) or (halved == (2, 1) and turn.swap):
        halved = (1, 1)
    layout = Layout(
        coded_size=(frame.width, frame.height),
        coded_format=name,
        bit_depth=8 if bits == 8 else 10,
        chroma=halved,
        color=read_tags(frame, context, full_range=name.startswith("yuvj"), chroma_location=chroma_location),
        turn=turn,
        from_rgb=False,
        hdr=read_hdr(frame),
    )
    _converted(av.VideoFrame(16, 16, name), layout.format)
    return layout


def planar(frame: av.VideoFrame, layout: Layout) -> PlanarFrame:
    """Convert a decoded frame to planes of their own memory, upright. The decoded frame is not changed."""
    if (frame.width, frame.height, frame.format.name) != (*layout.coded_size, layout.coded_format):
        width, height = layout.coded_size
        frame = _converted(frame, layout.coded_format, width, height)
    if layout.from_rgb:
        name = "rgb24" if layout.bit_depth == 8 else "rgb48le"
        planes = _planes_of_rgb(_converted(frame, name).to_ndarray(), layout)
    elif frame.format.name in _TWO_PLANES and _halving(frame) == layout.chroma:
        planes = _split_planes(frame)
    else:
        if frame.format.name.replace("yuvj", "yuv") != layout.format:
            frame = _converted(_without_range(frame), layout.format)
        planes = plane_views(frame)
    result = PlanarFrame.blank(*layout.size, layout.chroma, layout.bit_depth, layout.color)
    for source, target in zip(planes, result.planes, strict=True):
        target[...] = layout.turn.apply(source)
    return result


def _planes_of_rgb(rgb: np.ndarray, layout: Layout) -> list[np.ndarray]:
    """Return y, u, v of uint8 or uint16 ``[h,w,3]``, a few rows at a time, as the floats between take much memory."""
    planes = [np.empty(rgb.shape[:2], np.uint8 if layout.bit_depth == 8 else np.uint16) for _ in range(3)]
    white = np.iinfo(rgb.dtype).max
    for top in range(0, len(rgb), _BAND):
        band = torch.from_numpy(rgb[top : top + _BAND].astype(np.float32)).permute(2, 0, 1)[None].div_(white)
        for plane, rows in zip(planes, planes_from_rgb(band, layout.color, layout.bit_depth), strict=True):
            plane[top : top + _BAND] = rows[0].numpy()
    return planes


def _converted(frame: av.VideoFrame, name: str, width: int | None = None, height: int | None = None) -> av.VideoFrame:
    """Return a frame in another pixel format.

    Its tags do not count: FFmpeg refuses a matrix that it cannot compute with, though the matrix stays the same.

    Raises:
        SeamSyncError: FFmpeg cannot convert it.
    """
    why = f"pictures of the pixel format {frame.format.name} cannot be read; convert the clip to yuv420p first"
    if frame.format.name in _CRASHING:
        raise SeamSyncError(why)
    matrix, color_range = frame.colorspace, frame.color_range
    frame.colorspace, frame.color_range = UNSPECIFIED, 0
    try:
        return frame.reformat(width, height, name)
    except OSError as error:
        raise SeamSyncError(why) from error
    finally:
        frame.colorspace, frame.color_range = matrix, color_range


def _halving(frame: av.VideoFrame) -> tuple[int, int]:
    """Return the luma columns and rows that a chroma sample covers."""
    return 16 // frame.format.chroma_width(16), 16 // frame.format.chroma_height(16)


def _split_planes(frame: av.VideoFrame) -> list[np.ndarray]:
    """Return y, u, v of a format in :data:`_TWO_PLANES`."""
    (luma, mixed), low_bits = frame.planes, _TWO_PLANES[frame.format.name]
    dtype = np.dtype(np.uint8 if frame.format.components[0].bits == 8 else np.uint16)
    y, uv = (np.frombuffer(p, dtype).reshape(-1, p.line_size // dtype.itemsize) >> low_bits for p in (luma, mixed))  # type: ignore[arg-type]
    columns, rows = mixed.width, mixed.height
    return [y[: luma.height, : luma.width], uv[:rows, : 2 * columns : 2], uv[:rows, 1 : 2 * columns : 2]]


def _without_range(frame: av.VideoFrame) -> av.VideoFrame:
    """Return ``yuvj…`` planes under the plain name, so that resampling their chroma does not change their range too."""
    if not frame.format.name.startswith("yuvj"):
        return frame
    plain = av.VideoFrame(frame.width, frame.height, frame.format.name.replace("yuvj", "yuv"))
    for source, target in zip(plane_views(frame), plane_views(plain), strict=True):
        target[...] = source
    return plain


def _turn(frame: av.VideoFrame) -> Turn:
    """Read the rotation from the display matrix (ISO 14496-12, 8.2.2: x' = a·x + c·y, y' = b·x + d·y), or from PyAV's angle of
    it.
    """
    try:
        matrix = next((bytes(d) for d in frame.side_data if d.type.name == "DISPLAYMATRIX"), None)  # type: ignore[arg-type]
    except ValueError:  # PyAV knows no name for another kind of side data (Exif) and cannot list them
        turns = round(-getattr(frame, "rotation", 0) / 90) % 4
        return (Turn(), Turn(True, True), Turn(False, True, True), Turn(True, False, True))[turns]
    if matrix is None:
        return Turn()
    a, b, _, c, d = struct.unpack("<5i", matrix[:20])
    swap = abs(b) + abs(c) > abs(a) + abs(d)
    return Turn(swap, (c if swap else a) < 0, (b if swap else d) < 0)
