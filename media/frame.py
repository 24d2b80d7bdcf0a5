"""One video frame as planes that the consumer may change: pixel formats, rotation, copies."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from fractions import Fraction

import av
import numpy as np
import torch

from .color import ColorTags, read_tags
from .planes import Box, align_box, chroma_box, planes_from_rgb, rgb_from_planes


@dataclass(frozen=True)
class VideoInfo:
    """What is known of a clip before any frame of it is looked at.

    Attributes:
        name: file name, for messages.
        width: pixels as displayed, after rotation.
        height: the same.
        fps: frames a second of the constant-rate sequence.
        frame_count: frames of that sequence, exact.
        bit_depth: 8 or 10.
        chroma: luma columns and rows a chroma sample covers: (2, 2) for 4:2:0, (2, 1) for 4:2:2, (1, 1) for 4:4:4.
        color: matrix, range and tags.
        rotation: degrees clockwise that the file asked for; the planes are turned already.
        variable_rate: the file's own timestamps were not constant.
        has_audio: the file has a sound track.
        pixel_aspect: width of a pixel over its height.
    """

    name: str
    width: int
    height: int
    fps: Fraction
    frame_count: int
    bit_depth: int = 8
    chroma: tuple[int, int] = (2, 2)
    color: ColorTags = field(default_factory=ColorTags)
    rotation: int = 0
    variable_rate: bool = False
    has_audio: bool = False
    pixel_aspect: Fraction = Fraction(1)

    @property
    def duration(self) -> Fraction:
        """Seconds."""
        return self.frame_count / self.fps


def pixel_format(chroma: tuple[int, int], bit_depth: int) -> str:
    """FFmpeg's name of planar YUV: ``"yuv420p"``, ``"yuv444p10le"``…"""
    sampling = {(1, 1): "444", (2, 1): "422", (2, 2): "420"}[chroma]
    return f"yuv{sampling}p" + ("10le" if bit_depth == 10 else "")


@dataclass(frozen=True)
class Turn:
    """How stored pictures become upright: swap axes first, then mirror left-right, then top-bottom."""

    swap: bool = False
    mirror_x: bool = False
    mirror_y: bool = False

    @property
    def degrees(self) -> int:
        """Clockwise; of a mirrored picture, the rotation before the mirroring."""
        return (90 if self.mirror_x else 270) if self.swap else (180 if self.mirror_y else 0)

    def apply(self, plane: np.ndarray) -> np.ndarray:
        """View of a plane ``[h,w]``, upright."""
        plane = plane.T if self.swap else plane
        return plane[:: -1 if self.mirror_y else 1, :: -1 if self.mirror_x else 1]


@dataclass(frozen=True)
class Layout:
    """What a clip's decoded pictures are, and the planar YUV they are handed out as."""

    coded_size: tuple[int, int]
    coded_format: str
    bit_depth: int
    chroma: tuple[int, int]
    color: ColorTags
    turn: Turn
    from_rgb: bool

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) upright."""
        width, height = self.coded_size
        return (height, width) if self.turn.swap else (width, height)

    @property
    def format(self) -> str:
        """The pixel format handed out."""
        return pixel_format(self.chroma, self.bit_depth)


def plane_views(frame: av.VideoFrame) -> list[np.ndarray]:
    """The planes of a planar frame as arrays ``[h,w]`` over its own memory, uint8, or uint16 past 8 bit."""
    dtype = np.dtype(np.uint8 if frame.format.components[0].bits == 8 else np.uint16)
    views = []
    for plane in frame.planes:
        rows = np.frombuffer(plane, dtype).reshape(-1, plane.line_size // dtype.itemsize)  # type: ignore[arg-type]
        views.append(rows[: plane.height, : plane.width])
    return views


class PlanarFrame:
    """One frame, the consumer's to change.

    Attributes:
        y: writable view of luma ``[h,w]``, uint8, or uint16 holding 10 bit.
        u: blue-difference chroma, ``[⌈h/sy⌉,⌈w/sx⌉]``.
        v: red-difference chroma.
        frame: the PyAV frame whose memory the views share; it goes to the encoder as it is.
        color: matrix and range of the planes.
        bit_depth: 8 or 10.
        chroma: as in :class:`VideoInfo`.
    """

    def __init__(self, frame: av.VideoFrame, color: ColorTags) -> None:
        self.frame = frame
        self.color = color
        self.y, self.u, self.v = plane_views(frame)
        self.bit_depth = 8 if self.y.dtype == np.uint8 else 10
        self.chroma = (16 // frame.format.chroma_width(16), 16 // frame.format.chroma_height(16))

    @classmethod
    def blank(cls, width: int, height: int, chroma: tuple[int, int], bit_depth: int, color: ColorTags) -> PlanarFrame:
        """A frame with memory of its own; what is in it is undefined."""
        return cls(av.VideoFrame(width, height, pixel_format(chroma, bit_depth)), color)

    @property
    def width(self) -> int:
        """Luma columns."""
        return self.y.shape[1]

    @property
    def height(self) -> int:
        """Luma rows."""
        return self.y.shape[0]

    @property
    def planes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """y, u, v."""
        return self.y, self.u, self.v

    def copy(self) -> PlanarFrame:
        """The same picture in memory of its own."""
        other = self.blank(self.width, self.height, self.chroma, self.bit_depth, self.color)
        for mine, theirs in zip(self.planes, other.planes, strict=True):
            theirs[...] = mine
        return other

    def rgb(self, box: Box | None = None) -> np.ndarray:
        """Gamma-coded RGB of the planes as they are now.

        Args:
            box: x0, y0, x1, y1 in whole pixels, cut at the border; None: the whole frame.

        Returns:
            uint8 ``[h,w,3]``.

        Raises:
            SeamSyncError: the box lies outside the frame.
        """
        wanted = (0, 0, self.width, self.height) if box is None else align_box(box, _OneByOne(self.width, self.height))
        aligned = align_box(wanted, self)
        x0, y0, x1, y1 = aligned
        c0, r0, c1, r1 = chroma_box(aligned, self.chroma)
        parts = (self.y[y0:y1, x0:x1], self.u[r0:r1, c0:c1], self.v[r0:r1, c0:c1])
        y, u, v = (torch.from_numpy(np.ascontiguousarray(p))[None] for p in parts)
        rgb = rgb_from_planes(y, u, v, self.color, self.bit_depth)[0]
        rgb = rgb[:, wanted[1] - y0 : wanted[3] - y0, wanted[0] - x0 : wanted[2] - x0]
        return rgb.permute(1, 2, 0).mul(255).round_().clamp_(0, 255).to(torch.uint8).contiguous().numpy()


@dataclass(frozen=True)
class _OneByOne:
    """A picture without a chroma grid, to cut a box at the border only."""

    width: int
    height: int
    chroma: tuple[int, int] = (1, 1)


def read_layout(frame: av.VideoFrame, context: object) -> Layout:
    """What the first decoded frame tells about a clip.

    8 and 10 bit 4:2:0, 4:2:2 and 4:4:4 stay as they are; deeper ones become 10 bit, alpha is dropped, RGB, palettes and grey
    become BT.709 4:4:4. A turned 4:2:2 picture becomes 4:4:4, as its chroma would be halved the other way round.

    Args:
        frame: as decoded.
        context: its codec context.
    """
    name = frame.format.name
    turn = _turn(frame)
    if frame.format.is_rgb or frame.format.has_palette or len(frame.format.components) < 3 or name.startswith("xyz"):
        return Layout((frame.width, frame.height), name, 8, (1, 1), ColorTags(), turn, from_rgb=True)
    sx, sy = 16 // frame.format.chroma_width(16), 16 // frame.format.chroma_height(16)
    halved = (min(sx, 2), min(sy, 2))
    if halved == (1, 2) or (halved == (2, 1) and turn.swap):
        halved = (1, 1)
    return Layout(
        coded_size=(frame.width, frame.height),
        coded_format=name,
        bit_depth=8 if max(c.bits for c in frame.format.components) == 8 else 10,
        chroma=halved,
        color=read_tags(frame, context, frame.height, full_range=name.startswith("yuvj")),
        turn=turn,
        from_rgb=False,
    )


def planar(frame: av.VideoFrame, layout: Layout) -> PlanarFrame:
    """A decoded frame as planes of their own memory, upright; the decoded frame, a reference of others, is not touched."""
    if (frame.width, frame.height, frame.format.name) != (*layout.coded_size, layout.coded_format):
        frame = frame.reformat(*layout.coded_size, format=layout.coded_format)
    if layout.from_rgb:
        rgb = torch.from_numpy(frame.to_ndarray(format="rgb24")).permute(2, 0, 1)[None]
        planes = [p[0].numpy() for p in planes_from_rgb(rgb.to(torch.float32).div_(255), layout.color, layout.bit_depth)]
    else:
        if frame.format.name.replace("yuvj", "yuv") != layout.format:
            frame = frame.reformat(format=layout.format)
        planes = plane_views(frame)
    result = PlanarFrame.blank(*layout.size, layout.chroma, layout.bit_depth, layout.color)
    for source, target in zip(planes, result.planes, strict=True):
        target[...] = layout.turn.apply(source)
    return result


def _turn(frame: av.VideoFrame) -> Turn:
    """From the display matrix (ISO 14496-12, 8.2.2: x' = a·x + c·y, y' = b·x + d·y), or PyAV's angle of it."""
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
