"""Describe a clip, and hold one frame of it as planes that the consumer may change."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import av
import numpy as np
import torch

from ..tensors import one_thread
from .hdr import HdrMetadata
from .planes import Box, align_box, chroma_box, rgb_from_planes
from .tags import ColorTags

#: Rows converted to RGB at once, to limit the memory of the floats.
_BAND = 256


@dataclass(frozen=True)
class VideoInfo:
    """Describe a clip before any frame of it is decoded.

    Attributes:
        name: file name, for messages.
        width: pixels as displayed, after rotation.
        height: the same.
        fps: frames a second of the constant-rate sequence.
        frame_count: frames of that sequence, exact.
        bit_depth: 8 or 10.
        chroma: luma columns and rows a chroma sample covers: (2, 2) for 4:2:0, (2, 1) for 4:2:2, (1, 1) for 4:4:4.
        color: matrix, range and tags.
        rotation: degrees clockwise from the file; the planes are rotated already.
        variable_rate: the file's own timestamps were not constant.
        has_audio: the file has a sound track.
        pixel_aspect: width of a pixel over its height.
        hdr: what HDR10 states beside the colour tags.
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
    hdr: HdrMetadata = field(default_factory=HdrMetadata)

    @property
    def duration(self) -> Fraction:
        """Return the length in seconds."""
        return self.frame_count / self.fps


def pixel_format(chroma: tuple[int, int], bit_depth: int) -> str:
    """Return FFmpeg's name of planar YUV: ``"yuv420p"``, ``"yuv444p10le"``…"""
    sampling = {(1, 1): "444", (2, 1): "422", (2, 2): "420"}[chroma]
    return f"yuv{sampling}p" + ("10le" if bit_depth == 10 else "")


def plane_views(frame: av.VideoFrame) -> list[np.ndarray]:
    """Return the planes of a planar frame as arrays ``[h,w]`` over its own memory, uint8, or uint16 past 8 bit."""
    dtype = np.dtype(np.uint8 if frame.format.components[0].bits == 8 else np.uint16)
    views = []
    for plane in frame.planes:
        rows = np.frombuffer(plane, dtype).reshape(-1, plane.line_size // dtype.itemsize)  # type: ignore[arg-type]
        views.append(rows[: plane.height, : plane.width])
    return views


class PlanarFrame:
    """Hold one frame, which the consumer may change.

    Attributes:
        y: writable view of luma ``[h,w]``, uint8, or uint16 for 10 bit.
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
        """Allocate a frame of undefined content."""
        return cls(av.VideoFrame(width, height, pixel_format(chroma, bit_depth)), color)

    @property
    def width(self) -> int:
        """Return the number of luma columns."""
        return self.y.shape[1]

    @property
    def height(self) -> int:
        """Return the number of luma rows."""
        return self.y.shape[0]

    @property
    def planes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return y, u, v."""
        return self.y, self.u, self.v

    def copy(self) -> PlanarFrame:
        """Return the same picture in memory of its own."""
        other = self.blank(self.width, self.height, self.chroma, self.bit_depth, self.color)
        for mine, theirs in zip(self.planes, other.planes, strict=True):
            theirs[...] = mine
        return other

    @one_thread()
    def rgb(self, box: Box | None = None) -> np.ndarray:
        """Return gamma-coded RGB of the planes as they are now.

        Args:
            box: x0, y0, x1, y1 in whole pixels, cut at the border; None: the whole frame.

        Returns:
            uint8 ``[h,w,3]``.

        Raises:
            SeamSyncError: the box lies outside the frame.
        """
        whole = (0, 0, self.width, self.height)
        x0, y0, x1, y1 = whole if box is None else align_box(box, _OneByOne(self.width, self.height))
        out = np.empty((y1 - y0, x1 - x0, 3), np.uint8)
        for top in range(y0, y1, _BAND):
            bottom = min(top + _BAND, y1)
            out[top - y0 : bottom - y0] = self._rgb_band((x0, top, x1, bottom))
        return out

    def _rgb_band(self, box: Box) -> np.ndarray:
        """Convert a box inside the frame. The chroma around it is used too, so its border equals the whole frame's."""
        import cv2  # here, as clips are described long before pixels are touched

        around = align_box((box[0] - 2, box[1] - 2, box[2] + 2, box[3] + 2), self)
        columns, rows = slice(around[0], around[2]), slice(around[1], around[3])
        c0, r0, c1, r1 = chroma_box(around, self.chroma)
        parts = (self.y[rows, columns], self.u[r0:r1, c0:c1], self.v[r0:r1, c0:c1])
        y, u, v = (torch.from_numpy(np.ascontiguousarray(part))[None] for part in parts)
        rgb = rgb_from_planes(y, u, v, self.color, self.bit_depth)[0].mul_(255).round_().clamp_(0, 255).to(torch.uint8)
        left, top = box[0] - around[0], box[1] - around[1]
        return cv2.merge(list(rgb.numpy()[:, top : top + box[3] - box[1], left : left + box[2] - box[0]]))


@dataclass(frozen=True)
class _OneByOne:
    """Describe a picture without a chroma grid, to clip a box at the border only."""

    width: int
    height: int
    chroma: tuple[int, int] = (1, 1)
