"""Read video clips frame by frame: exact times, a constant rate, writable planes, any order of frames."""

from __future__ import annotations

import io
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import numpy as np

from ..errors import SeamSyncError
from ..progress import Check, no_check
from .clips import store_patches
from .decode import FrameDecoder, settle_index
from .frame import PlanarFrame, VideoInfo
from .layout import Layout, planar, read_layout
from .opening import OpenedVideo, open_video, read_head, source_name
from .packet_index import PacketIndex, read_index
from .read_options import DEFAULT, ReadOptions
from .sources import TensorSource
from .stills import PictureFile, is_photo, open_pictures
from .tags import ColorTags, read_chroma_location
from .timeline import Timeline, make_timeline, parse_rate

__all__ = ["ColorTags", "FrameSource", "PlanarFrame", "TensorSource", "VideoInfo", "VideoReader", "parse_rate"]

#: Containers of pictures, besides FFmpeg's ``…_pipe``.
_STILLS = {"gif", "apng", "ico"}

#: Bytes of a backward run at once: in memory, and past that in a temporary file.
_BACKWARD_MEMORY = 16 << 20
_BACKWARD_BYTES = 512 << 20


class FrameSource(Protocol):
    """Give a clip's description, and its frames in any order."""

    @property
    def info(self) -> VideoInfo:
        """Return size, rate, count, colour."""
        ...

    @property
    def warnings(self) -> list[str]:
        """Return what went wrong so far without stopping the work, in words for the user."""
        ...

    def frames(self, order: np.ndarray | None = None) -> Iterator[PlanarFrame]:
        """Yield frames, each a fresh copy that the consumer may change.

        Args:
            order: int64 ``[N]``, the frames wanted in the order wanted, repeats allowed; None: all, once.

        Raises:
            SeamSyncError: an index outside the clip.
        """
        ...


class VideoReader:
    """Read a video file, an animation or a still picture as a :class:`FrameSource`; keep only a few frames in memory.

    Variable rates become constant: output k shows the latest picture whose time rounds to k / fps or before. The file's
    rotation is applied. A still picture is a clip of one frame, for any start and duration.

    Args:
        path: the file, or its bytes.
        start: seconds after the first frame.
        duration: seconds, None: to the end.
        fps: rate of the clip; None: the file's own, or for a variable rate the nearest standard one.
        still_fps: rate of a still picture.
        options: which of several tracks is read, and how large pictures may be.
        check: called for every picture decoded, also those before a requested one.

    Attributes:
        info: description of the frames that :meth:`frames` yields.
        first_stream: the clip is what every program takes, the first video stream that FFmpeg finds.
        first_time: when the first picture is shown in the file's own time, seconds; its sound may begin elsewhere.

    Raises:
        SeamSyncError: the file is missing, empty, truncated past use, or holds no video; or ``start`` lies past its end.

    Example:
        >>> from seamsync import VideoReader
        >>> clip = VideoReader("face.mp4")
        >>> next(clip.frames()).rgb().shape == (clip.info.height, clip.info.width, 3)
        True
    """

    def __init__(
        self,
        path: str | Path | io.BytesIO,
        *,
        start: float = 0.0,
        duration: float | None = None,
        fps: Fraction | None = None,
        still_fps: Fraction = Fraction(25),
        options: ReadOptions = DEFAULT,
        check: Check = no_check,
    ) -> None:
        self._source = path
        self._options = options
        self._check = check
        self._missing: set[int] = set()
        self._interlaced = False
        self._notes: list[str] = []
        self._pictures = open_pictures(path, options.max_megapixels)
        self.first_stream = self._pictures is None
        index, still, sound, pixel_aspect = self._read_index()
        if still:
            timeline = Timeline(fps or still_fps, np.zeros(1, np.int64), variable=False)
        else:
            index = settle_index(self._open, index, check)
            timeline = make_timeline(index, fps=fps, start=start, duration=duration)
        self._index: PacketIndex = index
        self._notes += index.notes()
        self._places = timeline.places
        self._layout = self._read_layout()
        self.first_time = index.first_time
        self.info = _describe(
            self._layout, self._name, timeline.fps, len(timeline.places), timeline.variable, sound, pixel_aspect
        )
        if index.promised > len(index) and not index.counted:
            self._notes.append(
                f"{self._name} is truncated: {len(index)} of {index.promised} frames are in it; the rest is left out"
            )

    def _read_index(self) -> tuple[PacketIndex, bool, bool, Fraction | None]:
        """Return the times of the pictures, whether it is a still picture, whether there is sound, and the pixels' shape."""
        if self._pictures:
            return self._pictures.index, self._pictures.still, False, None
        with self._open() as file:
            self._notes += [file.note] if file.note else []
            self.first_stream = file.stream.index == file.container.streams.video[0].index
            index, kind = read_index(file.container, file.stream, self._name), file.container.format.name
            alone = len(index) == 1 and (kind in _STILLS or is_photo(read_head(self._source)))
            still = alone or kind == "image2" or kind.endswith("_pipe")  # whatever follows a picture is not shown
            return index, still, bool(file.container.streams.audio), file.stream.sample_aspect_ratio

    @property
    def warnings(self) -> list[str]:
        """Return what went wrong so far without stopping the work. Frames that cannot be decoded are found while reading."""
        bad = len(self._missing)
        text = f"{bad} frame{'s' * (bad != 1)} of {self._name} could not be decoded; the last good one is shown instead"
        fields = f"{self._name} is interlaced; it is deinterlaced, one picture a frame"
        return [*self._notes, *([fields] if self._interlaced else []), *([text] if bad else [])]

    def frames(self, order: np.ndarray | None = None) -> Iterator[PlanarFrame]:
        """Yield frames in the given order, each a fresh copy.

        Forward runs decode straight on. Backward runs (the reversed half of a ping-pong loop) are decoded forwards in pieces of
        up to 512 MB, stored in a temporary file.

        Args:
            order: int64 ``[N]``, frames of this clip; None: all, once.

        Raises:
            SeamSyncError: an index outside the clip, or nothing can be decoded.
        """
        count = len(self._places)
        wanted = np.arange(count) if order is None else np.asarray(order, np.int64)
        if len(wanted) and (wanted.min() < 0 or wanted.max() >= count):
            raise SeamSyncError(
                f"frame order must be 0…{count - 1}, the frames of {self._name}, got {wanted.min()}…{wanted.max()}"
            )
        return self._play(self._places[wanted])

    def _play(self, places: np.ndarray) -> Iterator[PlanarFrame]:
        decoder = self._pictures or FrameDecoder(
            self._open, self._index, self._missing, self._check, interlaced=self._interlaced
        )
        try:
            for run in direction_runs(places):
                if run[-1] >= run[0]:
                    for place in run:
                        yield planar(decoder.picture(int(place)), self._layout)
                else:
                    yield from self._play_back(decoder, run)
        finally:
            if isinstance(decoder, FrameDecoder):
                self._interlaced |= decoder.interlaced
            decoder.close()

    def _play_back(self, decoder: FrameDecoder | PictureFile, run: np.ndarray) -> Iterator[PlanarFrame]:
        """Yield a descending run: decode each piece forwards, store it, and read it in reverse."""
        info = self.info
        blank = PlanarFrame.blank(info.width, info.height, info.chroma, info.bit_depth, info.color)
        piece = max(2, _BACKWARD_BYTES // sum(p.nbytes for p in blank.planes))
        distinct = np.unique(run)[::-1]
        for first in range(0, len(distinct), piece):
            ascending = distinct[first : first + piece][::-1]
            pictures = (planar(decoder.picture(int(place)), self._layout) for place in ascending)
            stored = store_patches((_pack(picture) for picture in pictures), limit=_BACKWARD_MEMORY)
            inside = (run >= ascending[0]) & (run <= ascending[-1])
            for slot in np.searchsorted(ascending, run[inside]):
                yield _unpack(stored[int(slot)], blank)

    def _read_layout(self) -> Layout:
        """Read the layout from the first frame; only a decoder knows the pixel format, not the header."""
        if self._pictures:
            return read_layout(self._pictures.picture(0), None)
        with self._open() as file:
            location = read_chroma_location(file.stream)
            decoder = FrameDecoder(lambda: file, self._index, set())
            first = decoder.picture(0)
            self._interlaced = decoder.interlaced
            return read_layout(first, file.stream.codec_context, location)

    def _open(self) -> OpenedVideo:
        return open_video(self._source, self._options)

    @property
    def _name(self) -> str:
        return source_name(self._source)


def direction_runs(places: np.ndarray) -> Iterator[np.ndarray]:
    """Split a sequence where its direction changes; each run is non-descending or non-ascending."""
    begin = 0
    while begin < len(places):
        steps = np.sign(np.diff(places[begin:]))
        moving = np.flatnonzero(steps)
        against = np.flatnonzero(steps == -steps[moving[0]]) if len(moving) else moving
        end = begin + int(against[0]) + 1 if len(against) else len(places)
        yield places[begin:end]
        begin = end


def _describe(
    layout: Layout, name: str, fps: Fraction, count: int, variable: bool, sound: bool, pixel_aspect: Fraction | None
) -> VideoInfo:
    aspect = pixel_aspect or Fraction(1)
    return VideoInfo(
        name=name,
        width=layout.size[0],
        height=layout.size[1],
        fps=fps,
        frame_count=count,
        bit_depth=layout.bit_depth,
        chroma=layout.chroma,
        color=layout.color,
        rotation=layout.turn.degrees,
        variable_rate=variable,
        has_audio=sound,
        pixel_aspect=1 / aspect if layout.turn.swap else aspect,
        hdr=layout.hdr,
    )


def _pack(picture: PlanarFrame) -> np.ndarray:
    """Return the planes in a row, uint8 ``[1,bytes]``."""
    return np.concatenate([plane.ravel() for plane in picture.planes]).view(np.uint8)[None]


def _unpack(packed: np.ndarray, like: PlanarFrame) -> PlanarFrame:
    """Make a frame from :func:`_pack`'s bytes."""
    picture = PlanarFrame.blank(like.width, like.height, like.chroma, like.bit_depth, like.color)
    begin = 0
    for plane in picture.planes:
        plane[...] = packed[begin : begin + plane.nbytes].view(plane.dtype).reshape(plane.shape)
        begin += plane.nbytes
    return picture
